"""Context variables that are set: a thread sees those of its caller, but what it sets, it sets for itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.facts.places import place_of
from flake8_orch47.resolution.values import Expression, External, Module

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.fixes.plan import Planning

__all__ = ["left_set"]

_DEPTH = 5


def left_set(planning: Planning, module: ModuleFacts, calls: Iterable[ast.Call]) -> str:
    """The context variable that some of these calls of a module set, and none of them resets; or the empty text."""
    found: dict[str, str] = {}
    for call in calls:
        match call.func:
            case ast.Attribute(value=variable, attr="set" | "reset" as what) if call.args:
                name = ast.unparse(variable)
                if found.get(name) != "reset" and _is_variable(planning, module, variable):
                    found[name] = what
    return next((name for name, what in found.items() if what == "set"), "")


def _is_variable(planning: Planning, module: ModuleFacts, node: ast.expr) -> bool:
    """Whether an expression is the name of a context variable."""
    if isinstance(node, ast.Attribute):
        scope, statement = place_of(node, planning.analysis.parents(module), module)
        owners = planning.analysis.evaluator.values(Expression(node.value, scope, statement, None))
        homes = [planning.analysis.modules.facts(one.found.path) for one in owners if isinstance(one, Module)]
        return any(_is_made(planning, home.scope, node.attr) for home in homes if home is not None)
    if not isinstance(node, ast.Name):
        return False
    scope, _ = place_of(node, planning.analysis.parents(module), module)
    return node.id not in scope.bindings and _is_made(planning, module.scope, node.id)


def _is_made(planning: Planning, scope: Scope, name: str, depth: int = 0) -> bool:
    """Whether a name of a module is bound to a context variable, there or where it is imported from."""
    evaluator = planning.analysis.evaluator
    for binding in scope.bindings.get(name, ()):
        if isinstance(binding.value, ast.Call):
            callees = evaluator.values(Expression(binding.value.func, scope, binding.statement, None))
            if any(isinstance(one, External) and one.name == "contextvars.ContextVar" for one in callees):
                return True
        if binding.kind == "import" and binding.imported is not None and depth < _DEPTH:
            for home in evaluator.names.module_named(binding.module, binding.level, scope.module.path):
                facts = planning.analysis.modules.facts(home.found.path) if isinstance(home, Module) else None
                if facts is not None and _is_made(planning, facts.scope, binding.imported, depth + 1):
                    return True
    return False
