"""Other names for the same place: where an expression stands for a function, another function takes its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.fixes.steps import NewImport, Refusal, Step
from flake8_orch47.resolution.values import Expression, Function, Instance, Module

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.fixes.uses import Use

__all__ = ["direct", "replacement"]


def direct(planning: Planning, function: Scope, use: Use) -> bool:
    """Whether a use stands for the function by its own name: as it is defined, or imported, or an attribute."""
    node = use.node
    name = getattr(function.node, "name", "")
    if isinstance(node, ast.Attribute):
        return node.attr == name
    if not isinstance(node, ast.Name):
        return False
    bindings = _bindings(planning, use)
    return bool(bindings) and all(
        (one.kind == "function" and one.node is function.node) or (one.kind == "import" and one.imported is not None)
        for one in bindings
    )


def _bindings(planning: Planning, use: Use) -> list[Binding]:
    if not isinstance(use.node, ast.Name):
        return []
    reached, _owner = planning.analysis.evaluator.names.lookup(use.node.id, use.scope, None)
    return [one.binding for one in reached]


def replacement(planning: Planning, function: Scope, use: Use, name: str, all_uses: Sequence[Use]) -> Iterator[Step]:
    """The steps that make a use of `function` one of the function `name`, which stands beside it."""
    node, module = use.node, use.module
    if not use.certain:
        where = planning.analysis.where(module, node)
        raise Refusal(f"at {where} it is one of several callbacks")
    here = Expression(node, use.scope, None, None)
    values = planning.analysis.evaluator.values(here)
    if values and all(isinstance(value, Instance) for value in values):
        yield planning.change(module, node, "callbacks:attribute_of", name)
        return
    bound = function.parent is not None and function.parent.kind == "class"
    if isinstance(node, ast.Attribute) and (bound or _is_module(planning, use, function)):
        yield planning.change(module, node, "callbacks:other_attribute", name)
        return
    if bound or not any(isinstance(value, Function) for value in values):
        raise Refusal(f"what stands at {planning.analysis.where(module, node)} cannot be named otherwise")
    around = function.parent
    if around is not None and around.kind != "module" and not _is_visible(use.scope, around):
        raise Refusal("it is defined inside another function, and sync code calls it too")
    yield planning.change(module, node, "callbacks:other_name", name)
    if module is not function.module:
        yield _new_import(planning, function, use, name)


def _is_visible(scope: Scope, owner: Scope) -> bool:
    at: Scope | None = scope
    while at is not None:
        if at is owner:
            return True
        at = at.parent
    return False


def _is_module(planning: Planning, use: Use, function: Scope) -> bool:
    """Whether an attribute is read from the very module in which the function is defined."""
    if not isinstance(use.node, ast.Attribute):
        return False
    values = planning.analysis.evaluator.values(Expression(use.node.value, use.scope, None, None))
    return bool(values) and all(isinstance(one, Module) and one.found.path == function.module.path for one in values)


def _new_import(planning: Planning, function: Scope, use: Use, name: str) -> NewImport:
    """The import of the new function beside that of the old one."""
    module = use.module
    for binding in _bindings(planning, use):
        if binding.kind == "import" and binding.imported is not None and binding.scope is module.scope:
            parents = planning.analysis.evaluator.names.module_named(binding.module, binding.level, module.path)
            if any(isinstance(one, Module) and one.found.path == function.module.path for one in parents):
                return NewImport(module.path, binding.module, name, binding.level, binding.statement.lineno)
    return NewImport(module.path, _dotted(planning, function.module, module), name)


def _dotted(planning: Planning, target: ModuleFacts, importer: ModuleFacts) -> str:
    """The name under which a module can be imported from another one: as others are, or the shortest."""
    project = planning.analysis.project
    tops = {
        binding.module.partition(".")[0]
        for bindings in importer.scope.bindings.values()
        for binding in bindings
        if binding.kind == "import" and not binding.level
    }
    names = [
        name
        for name in project.dotted_names(target.path)
        if (found := project.find(name, importer.path)) is not None and found.path == target.path
    ]
    if not names:
        raise Refusal(f"`{planning.relative(target.path)}` cannot be imported by `{planning.relative(importer.path)}`")
    return min(names, key=lambda name: (name.partition(".")[0] not in tops, len(name)))
