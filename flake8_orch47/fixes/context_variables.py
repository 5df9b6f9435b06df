"""Context variables that are set: a thread sees those of its caller, but what it sets, it sets for itself."""

from __future__ import annotations

import ast

from flake8_orch47.facts.places import place_of
from flake8_orch47.resolution.values import Expression, External, Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.fixes.plan import Planning

__all__ = ["left_changed"]

_DEPTH = 5


def left_changed(planning: Planning, module: ModuleFacts, calls: Iterable[ast.Call]) -> str:
    """Why a function with these calls must not run in another thread: it sets a context variable and does not reset
    it, or resets one that is set elsewhere. The empty text if it does neither; `{where}` stands for its place.
    """
    found: dict[str, set[str]] = {}
    for call in calls:
        match call.func:
            case ast.Attribute(value=variable, attr="set" | "reset" as what) if call.args:
                if _is_variable(planning, module, variable):
                    found.setdefault(ast.unparse(variable), set()).add(what)
    for name, done in found.items():
        if "reset" not in done:
            return f"the context variable `{name}` is set in it ({{where}}), which would be set in the thread only"
        if "set" not in done:
            return f"the context variable `{name}` is reset in it ({{where}}), which is only allowed where it was set"
    return ""


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
