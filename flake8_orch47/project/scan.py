"""The byte scan: which files can matter at all. Most files are never parsed."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.project.source import SourceError

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
_WORDS = (b".schedules", b"ALL_SCHEDULERS", b"scheduled_job", b"error_message_unauthorized")
#: The last names of the functions with which callbacks are registered and processes started.
_CALLABLES = "|".join(
    sorted(name.rpartition(".")[2] for name in core.REGISTRATIONS if name.rpartition(".")[0] in core.MODULES)
).encode()
_STARTS = "|".join(sorted(name.rpartition(".")[2] for name in core.START_PROCESS)).encode()
#: Names reached through a module: `orchestrator.workflow.step(...)`, `import orchestrator.workflow as w`.
_THROUGH = rb"\.(?:%s|%s)\b(?!\.|(?:\s|\\)+import\b)" % (_CALLABLES, _STARTS)
_THROUGH_A_MODULE = rb"orchestrator[\w.]*" + _THROUGH
#: One of both, looked for in one go; `orchestrator as` may also stand in a sentence.
_MODULE = re.compile(rb"orchestrator[\w.]*(?:(?:\s|\\)+as\b|%s)" % _THROUGH)
_MODULE_ALIAS = re.compile(rb"import(?:\s|\\)+[^\n;]*\borchestrator[\w.]*(?:\s|\\)+as\b")
#: `from module import names`, the names in brackets or on one (continued) line.
_IMPORTS = re.compile(rb"from(?:\s|\\)+(orchestrator[\w.]*)(?:\s|\\)+import(?:\s|\\)*(\([^)]*\)|(?:[^\n\\]|\\\r?\n)*)")
_REGISTERING = re.compile(rb"\*|\b(?:%s)\b" % _CALLABLES)
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
    b"orchestrator": re.compile(rb"\b(?:core|schedules|services|workflows)\b"),
    b"core": re.compile(rb"\b(?:schedules|services|workflows)\b"),
    b"workflows": re.compile(rb"\butils\b"),
    b"services": re.compile(rb"\bprocesses\b"),
}
_START = re.compile(rb"\b(?:%s)\b" % _STARTS)
_START_CALL = re.compile(rb"\b(?:%s)\s*\((.{0,400})" % _STARTS, re.DOTALL)


def matters(data: bytes) -> bool:
    """Whether a file of these bytes can have a finding by itself, or hand the framework's names on."""
    if _CALLBACK in data and any(name in data for name in _CALLBACKS):
        return True
    if _FRAMEWORK not in data:
        return False
    for word in _WORDS:
        if word in data:
            return True
    if _MODULE.search(data) and (re.search(_THROUGH_A_MODULE, data) or _MODULE_ALIAS.search(data)):
        return True
    for module, names in _IMPORTS.findall(data):
        if core.canonical(module.decode("ascii", "replace")) in _REGISTERING_MODULES and _REGISTERING.search(names):
            return True
        submodules = _MODULES.get(module.rpartition(b".")[2])
        if submodules is not None and submodules.search(names) is not None:
            return True
        if _START.search(names) is not None and _may_pass_a_user(data):
            return True
    return False


def _may_pass_a_user(data: bytes) -> bool:
    """Whether a file that imports `start_process` may give it a user: by name, by position, or for others to do."""
    if b"user_model" in data:
        return True
    calls = _START_CALL.findall(data)
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
