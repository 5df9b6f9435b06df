"""What is right already: callbacks that are async, calls that run elsewhere."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.knowledge import libraries
from flake8_orch47.records import Record
from flake8_orch47.resolution.values import Expression, External

if TYPE_CHECKING:
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["Survey", "survey"]


class Survey(Record):
    """Counts over a whole project: callbacks, those that are async, and calls that callbacks hand to a thread."""

    callbacks: int = 0
    async_callbacks: int = 0
    undetermined: int = 0
    offloaded: int = 0


def survey(analysis: Analysis) -> Survey:
    """The counts for a project."""
    kinds = [entry.callback.kind for entry in analysis.registered]
    return Survey(len(kinds), kinds.count("async"), kinds.count("unknown"), _offloaded(analysis))


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
