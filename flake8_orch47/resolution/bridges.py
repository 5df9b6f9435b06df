"""Functions that are there twice, async and not: for the framework's versions before and from 4.7."""

from __future__ import annotations

import ast

from flake8_orch47.facts import versions
from flake8_orch47.resolution.values import External, ExternalModule, Function

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
        and all(any(_asks(evaluator, guard.test, one.binding.scope) for guard, _ in way) for way in one.ways)
    }
    return [binding for binding in bindings if binding not in older] or bindings


def _asks(evaluator: Evaluator, test: ast.expr, scope: Scope) -> bool:
    """Whether a condition asks for the framework's version, or for something that only some versions have."""
    if versions.speaks_of_a_version(test):
        return versions.is_about_a_version(test, test)
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return any(_comes_from_the_framework(evaluator, name, scope) for name in names)


def _comes_from_the_framework(evaluator: Evaluator, name: str, scope: Scope) -> bool:
    for value in evaluator.names.values(name, scope, None, None):
        match value:
            case External(found) | ExternalModule(found) if found.partition(".")[0] == "orchestrator":
                return True
            case Function() if any("version" in word for word in value.scope.mentioned()):
                return True
    return _is_flag_of_an_import(scope, name)


def _is_flag_of_an_import(scope: Scope, name: str) -> bool:
    """Whether a variable says if something of the framework could be imported."""
    statements = {binding.statement for binding in scope.bindings.get(name, ())}
    return any(
        isinstance(tried, ast.Try)
        and not statements.isdisjoint(tried.body)
        and any(isinstance(one, ast.ImportFrom) and (one.module or "").startswith("orchestrator") for one in tried.body)
        for tried in getattr(scope.node, "body", ())
    )
