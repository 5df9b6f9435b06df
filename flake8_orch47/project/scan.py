"""The byte scan: which files can matter at all. Most files are never parsed."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.project.source import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from flake8_orch47.project.tree import Project

__all__ = ["FEW", "assigning", "mentioning", "seeds", "word_of"]

#: So few linted files are parsed whatever they contain: then a broken one among them is always named.
FEW = 64
_FRAMEWORK = b"orchestrator"
_CALLBACK = b"_callback"
_CALLBACKS = (b"authorize_callback", b"_auth_callback")

#: Mentioned together with the framework, these always matter. Patterns begin with literal text: that is what
#: makes them fast. What they find beyond what they mean costs a parse, nothing else.
_WORDS = (b".schedules", b"ALL_SCHEDULERS", b"scheduled_job")
#: The last names of the functions with which callbacks are registered and processes started.
_CALLABLES = frozenset(
    os.fsencode(name.rpartition(".")[2]) for name in core.REGISTRATIONS if name.rpartition(".")[0] in core.MODULES
)
_STARTS = frozenset(os.fsencode(name.rpartition(".")[2]) for name in core.START_PROCESS)
#: What the names in `_STARTS` have in common.
_STARTING = b"_process"
#: `orchestrator.workflow`, and whether it is imported from or gets another name.
_MENTION = re.compile(rb"orchestrator([\w.]*)(?:(?:\s|\\)+(as|import)\b)?")
#: The names that follow `import`, in brackets or on one (continued) line.
_NAMES = re.compile(rb"(?:\s|\\)*(?:\([^)]*\)|(?:[^\n\\]|\\\r?\n)*)")
#: Compiled by `re` where it is needed; `orchestrator as` may also stand in a sentence.
_MODULE_ALIAS = rb"import(?:\s|\\)+[^\n;]*\borchestrator[\w.]*(?:\s|\\)+as\b"
_START_CALL = rb"(?s)\b(?:%s)\s*\((.{0,400})" % b"|".join(sorted(_STARTS))
#: The modules of the framework that have those names.
_REGISTERING_MODULES = frozenset(
    {
        *(name.rpartition(".")[0] for name in core.REGISTRATIONS),
        *(
            module
            for module, names in core.REEXPORTS.items()
            if not core.REGISTRATIONS.keys().isdisjoint(names.values())
        ),
    }
)
#: Modules that are imported as such, by the last name of their package.
_MODULES = {
    b"orchestrator": frozenset({b"core", b"schedules", b"services", b"workflows"}),
    b"core": frozenset({b"schedules", b"services", b"workflows"}),
    b"workflows": frozenset({b"utils"}),
    b"services": frozenset({b"processes"}),
}


def matters(data: bytes) -> bool:
    """Whether a file of these bytes can have a finding by itself, or hand the framework's names on."""
    if _CALLBACK in data and any(name in data for name in _CALLBACKS):
        return True
    if _FRAMEWORK not in data:
        return False
    for word in _WORDS:
        if word in data:
            return True
    starts = _STARTS if _STARTING in data else frozenset()
    through = _CALLABLES | starts
    for mention in _MENTION.finditer(data):
        name, then = mention.groups()
        if then == b"import":
            wanted = _imported_from(name)
            if (wanted or starts) and _imports(data, mention.end(), wanted, starts):
                return True
        elif name.rpartition(b".")[2] in through:
            return True  # reached through a module: `orchestrator.workflow.step(...)`
        elif then and re.search(_MODULE_ALIAS, data):
            return True
    return False


def _imports(data: bytes, at: int, wanted: frozenset[bytes], starts: frozenset[bytes]) -> bool:
    """Whether the names that an `import` before `at` brings are among `wanted`, or start processes for a user."""
    found = _NAMES.match(data, at)
    names = set(re.findall(rb"\w+|\*", found.group())) if found is not None else set()
    if not names.isdisjoint(wanted):
        return True
    return not names.isdisjoint(starts) and _may_pass_a_user(data)


@lru_cache(maxsize=1024)
def _imported_from(name: bytes) -> frozenset[bytes]:
    """What to look for among the names that are imported from a module; `name` is what follows `orchestrator`."""
    module = core.canonical("orchestrator" + name.decode("ascii", "replace"))
    wanted = set(_MODULES.get((b"orchestrator" + name).rpartition(b".")[2], ()))
    if module is not None:
        gone = (removed.rpartition(".") for removed in core.REMOVED)
        wanted.update(os.fsencode(last) for owner, _, last in gone if owner == module)
    if module in _REGISTERING_MODULES:
        wanted |= _CALLABLES | {b"*"}
    return frozenset(wanted)


def _may_pass_a_user(data: bytes) -> bool:
    """Whether a file that imports `start_process` may give it a user: by name, by position, or for others to do."""
    if b"user_model" in data:
        return True
    calls = re.findall(_START_CALL, data)
    return not calls or any(call.count(b",") >= 3 for call in calls)


def seeds(project: Project, problems: dict[str, SourceError]) -> Iterator[str]:
    """The files that matter. Why a linted file cannot be read goes to `problems`."""
    for path in project.files:
        try:
            data = project.read(path)
        except SourceError as error:
            if path in project.linted:
                problems[path] = error
            continue
        if matters(data):
            yield path


def mentioning(project: Project, names: Mapping[str, Collection[str]], known: Collection[str]) -> Iterator[str]:
    """The files, but for those `known`, that may use names of other modules.

    `names` maps what the importing file has to mention of the module (its last component; empty for a package,
    which `from . import x` does not mention) to the names of interest in it.
    """
    unknown = [path for path in project.files if path not in known]
    wanted = [(os.fsencode(module), sorted(map(os.fsencode, found))) for module, found in sorted(names.items())]
    if not unknown or not wanted:
        return
    for path, data in project.contents(unknown):
        if any(
            module in data and any(name in data and _as_a_word(name).search(data) for name in found)
            for module, found in wanted
        ):
            yield path


@lru_cache(maxsize=1024)
def _as_a_word(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\b%s\b" % re.escape(name))


def assigning(project: Project, attribute: str) -> Iterator[str]:
    """The files that assign to an attribute of that name: `x.attribute = value`."""
    name = os.fsencode(attribute)
    dotted = b"." + name
    pattern = re.compile(rb"\.%s\s*(?::[^=\n]+)?=[^=]" % re.escape(name))
    for path, data in project.contents(project.files):
        if dotted in data and pattern.search(data):
            yield path


def word_of(path: str) -> str:
    """What a file that imports the module at `path` has to mention of it; nothing for a package."""
    name = os.path.basename(path).removesuffix(".py")
    return "" if name == "__init__" else name
