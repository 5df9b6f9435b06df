"""The byte scan: which files can matter at all. Most files are never parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_orch47.project.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from flake8_orch47.project.tree import Project

__all__ = ["mentioning", "seeds"]

_FRAMEWORK = b"orchestrator"
_CALLBACK = b"_callback"
_CALLBACKS = (b"authorize_callback", b"_auth_callback")

#: Mentioned together with the framework, these always matter.
_WORDS = re.compile(
    rb"\borchestrator(?:\.core)?\.schedules\b|\bALL_SCHEDULERS\b|\bscheduled_job\b|\berror_message_unauthorized\b"
    rb"|\bimport(?:\s|\\)+(?:[\w.]+(?:\s|\\)+as(?:\s|\\)+\w+\s*,|[\w.]+\s*,|\s|\\)*orchestrator\b"
)
#: `from orchestrator... import names`, in brackets or on one (continued) line.
_IMPORTS = re.compile(rb"\bfrom(?:\s|\\)+orchestrator[\w.]*(?:\s|\\)+import(?:\s|\\)*(\([^)]*\)|(?:[^\n\\]|\\\r?\n)*)")
#: The names with which callbacks are registered, jobs scheduled and processes started, and modules of such names.
_NAMES = re.compile(
    rb"\*|\b(?:workflow|workflows|utils|schedules|app|agentic_app|processes|services|core|(?:make|create|modify|terminate"
    rb"|reconcile)_workflow|task|step|inputstep|retrystep|step_group|make_step_function|OrchestratorCore"
    rb"|LLMOrchestratorCore|start_process|create_process)\b"
)


def matters(data: bytes) -> bool:
    """Whether a file of these bytes can have a finding by itself, or hand the framework's names on."""
    if _CALLBACK in data and any(name in data for name in _CALLBACKS):
        return True
    if _FRAMEWORK not in data:
        return False
    if _WORDS.search(data) is not None:
        return True
    return any(_NAMES.search(match[1]) for match in _IMPORTS.finditer(data))


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
    wanted = [(module.encode(), [name.encode() for name in found]) for module, found in names.items()]
    if not wanted:
        return
    for path, data in project.contents(path for path in project.files if path not in known):
        if any(module in data and any(name in data for name in found) for module, found in wanted):
            yield path
