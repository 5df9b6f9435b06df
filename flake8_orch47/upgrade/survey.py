"""What the analysis of a project tells beside its findings: what is right already, what starts the scheduler."""

from __future__ import annotations

import ast
import re

from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.records import Record
from flake8_orch47.resolution.values import Expression, External

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["Start", "Survey", "survey"]

#: What runs the scheduler in the process that calls it.
_START = f"{core.SCHEDULER}.start"


#: What the modules that `orch47 schedules` writes, and the guide's examples, load schedules with.
_LOADING = re.compile(rb"\b(?:add_unique_scheduled_task_to_queue|add_scheduled_task_to_queue|load_schedules)\b")


class Start(Record):
    """A call in the project's code that starts the scheduler."""

    path: str
    row: int
    text: str


class Survey(Record):
    """A whole project: how many callbacks, how many of them async or undetermined, how many calls in callbacks are
    handed to a thread; where code starts the scheduler, and where it loads schedules of its own through the API.
    """

    callbacks: int = 0
    async_callbacks: int = 0
    undetermined: int = 0
    offloaded: int = 0
    starts: tuple[Start, ...] = ()
    loads: tuple[Start, ...] = ()


def survey(analysis: Analysis) -> Survey:
    """The counts for a project."""
    kinds = [entry.callback.kind for entry in analysis.registered]
    counts = len(kinds), kinds.count("async"), kinds.count("unknown"), _offloaded(analysis)
    return Survey(*counts, _starts(analysis), _loads(analysis))


def _loads(analysis: Analysis) -> tuple[Start, ...]:
    """Where the project's own code uses what puts schedules into the scheduler's queue: it has moved some there."""
    found = []
    for path, data in analysis.project.contents(analysis.project.files):
        loading = _LOADING.search(data) if b"orchestrator" in data else None
        if loading is not None and analysis.project.core_module(path) is None:
            row = data.count(b"\n", 0, loading.start()) + 1
            found.append(Start(path, row, "own schedules, loaded through the API"))
    return tuple(found)


def _starts(analysis: Analysis) -> tuple[Start, ...]:
    found: dict[Start, None] = {}
    for module in analysis.scanned:
        if analysis.evaluator.names.core_name(module) is not None:  # the framework's own code is no application
            continue
        for call in analysis.calls_of(module, ("start",)):
            callees = analysis.evaluator.values(Expression(call.node.func, call.scope, call.statement, None))
            if any(isinstance(callee, External) and core.canonical(callee.name) == _START for callee in callees):
                found[Start(module.path, call.node.lineno, ast.unparse(call.node))] = None
    return tuple(sorted(found))


def _offloaded(analysis: Analysis) -> int:
    """How many calls in async contexts move a function to a thread, a process or an executor."""
    found: set[tuple[str, int, int]] = set()
    for context in analysis.contexts:
        for operation in analysis.execution.running(context.body):
            node = operation.node
            if operation.kind in {"call", "awaited call"} and isinstance(node, ast.Call):
                here = Expression(node, operation.scope, operation.statement, context.body.frame)
                for callee in analysis.evaluator.at(here, node.func):
                    if isinstance(callee, External) and libraries.offloading(callee.name) is not None:
                        found.add((operation.scope.module.path, node.lineno, node.col_offset))
    return len(found)
