"""Functions that are there twice, async and not: for the framework's versions before and from 4.7."""

from __future__ import annotations

import ast

from flake8_orch47.resolution.values import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_orch47.facts.flow import Reached
    from flake8_orch47.facts.scopes import Binding, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["without_older"]


def without_older(evaluator: Evaluator, bindings: Sequence[Binding], reached: Sequence[Reached]) -> Sequence[Binding]:
    """The bindings without the sync function that an older framework gets, where a newer one gets an async one.

    A condition that asks what is installed decides which of them is there: `hasattr(OrchestratorCore, ...)`.
    """
    nodes = [binding.node for binding in bindings]
    if not all(any(isinstance(node, kind) for node in nodes) for kind in (ast.AsyncFunctionDef, ast.FunctionDef)):
        return bindings
    older = {
        one.binding
        for one in reached
        if isinstance(one.binding.node, ast.FunctionDef)
        and (
            _stands_in_for_an_import(one.binding)
            or all(any(_asks(evaluator, guard, one.binding.scope) for guard, _ in way) for way in one.ways)
        )
    }
    return [binding for binding in bindings if binding not in older] or bindings


def _asks(evaluator: Evaluator, guard: ast.If, scope: Scope) -> bool:
    return evaluator.installed.is_asked(Expression(guard.test, scope, guard, None))


def _stands_in_for_an_import(binding: Binding) -> bool:
    """Whether a function is there where something of the framework could not be imported."""
    from flake8_orch47.resolution.installed import tried_imports  # only where there is a pair

    return any(
        binding.statement in handler.body for tried in tried_imports(binding.scope) for handler in tried.handlers
    )
