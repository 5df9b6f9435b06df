"""The byte scan: which files can matter at all. Most files are never parsed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from flake8_orch47.project.source import SourceError
from flake8_orch47.project.tree import Project

__all__ = ["mentioning", "seeds"]

_FRAMEWORK = b"orchestrator"
_CALLBACK = b"_callback"
_CALLBACKS = (b"authorize_callback", b"_auth_callback")

#: How code gets at what the rules are about, in a file that mentions the framework. Imports may be broken over
#: lines by a backslash; `import` also stands for `from package import module`.
_MATTERS = re.compile(
    rb"""
      orchestrator(?:\.core)?(?:\.(?:workflow|workflows|workflows\.utils|workflows\.steps|app|agentic_app))?
        (?:\s|\\)+import\b
    | import(?:\s|\\)[^\n]*\borchestrator\b
    | \bschedul(?:es|ing|er)\b
    | \b(?:start|create)_process\b
    | \berror_message_unauthorized\b
    """,
    re.VERBOSE,
)


def matters(data: bytes) -> bool:
    """Whether a file of these bytes can have a finding by itself, or hand the framework's names on."""
    if _CALLBACK in data and any(name in data for name in _CALLBACKS):
        return True
    return _FRAMEWORK in data and _MATTERS.search(data) is not None


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


def mentioning(
    project: Project, names: Mapping[str, Collection[str]], known: Collection[str]
) -> Iterator[str]:
    """The files, but for those `known`, that may use names of other modules.

    `names` maps what the importing file has to mention of the module (its last component; empty for a package,
    which `from . import x` does not mention) to the names of interest in it.
    """
    wanted = [(module.encode(), [name.encode() for name in found]) for module, found in names.items()]
    if not wanted:
        return
    for path, data in project.contents(path for path in project.files if path not in known):
        if any(module in data and any(name in data for name in found) for module, found in wanted):
            yield path
