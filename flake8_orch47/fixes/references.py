"""Other names for the same place: where an expression stands for a function, another function takes its place."""

from __future__ import annotations

import ast

from flake8_orch47.fixes.steps import NewImport, Refusal, Removal, Step
from flake8_orch47.resolution.values import Expression, Function, Instance, Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.fixes.uses import Use

__all__ = ["direct", "name_of", "replacement"]


def name_of(function: Scope) -> str:
    """The name of a function, or of the variable that a lambda is assigned to; empty where it has none."""
    node, statement = function.node, function.statement
    if not isinstance(node, ast.Lambda):
        return getattr(node, "name", "")
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is node:
            return name
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is node:
            return name
    return ""


def direct(planning: Planning, function: Scope, use: Use) -> bool:
    """Whether a use stands for the function by its own name: as it is defined, or imported, or an attribute."""
    node = use.node
    if isinstance(node, ast.Attribute):
        return node.attr == name_of(function)
    bindings = _bindings(planning, use)
    return bool(bindings) and all(
        one.node is function.node
        or (one.kind == "assign" and one.value is function.node)
        or (one.kind == "import" and one.imported is not None)
        for one in bindings
    )


def _bindings(planning: Planning, use: Use) -> list[Binding]:
    node = use.node.func if isinstance(use.node, ast.Call) else use.node
    if not isinstance(node, ast.Name):
        return []
    reached, _owner = planning.analysis.evaluator.names.lookup(node.id, use.scope, None)
    return [one.binding for one in reached]


def replacement(
    planning: Planning, function: Scope, use: Use, name: str, all_uses: Sequence[Use], called: str
) -> Iterator[Step]:
    """The steps that make a use of `function` one of the function `name`, which stands beside it.

    `function` is what is used, or the factory that makes it: then the use is the factory's call. `all_uses` are
    those that are replaced too; `called` is where sync code calls it. Raises Refusal where it is not to be named there.
    """
    module = use.module
    node = use.node
    by_name = isinstance(node, ast.Name) and direct(planning, function, use)  # decorated or not
    if not use.certain and not by_name:
        raise Refusal(f"at {planning.analysis.where(module, node)} it is one of several callbacks")
    if isinstance(node, ast.Call) and function.kind == "function" and _makes(planning, use, function):
        node = node.func
    values = planning.analysis.evaluator.values(Expression(node, use.scope, None, None))
    if values and all(isinstance(value, Instance) for value in values):
        yield planning.change(module, node, "callbacks:attribute_of", name)
        return
    bound = function.parent is not None and function.parent.kind == "class"
    if isinstance(node, ast.Attribute) and (bound or _is_module(planning, node, use, function)):
        yield planning.change(module, node, "callbacks:other_attribute", name)
        return
    if bound or not any(isinstance(value, Function) for value in values):
        raise Refusal(f"what stands at {planning.analysis.where(module, node)} cannot be named otherwise")
    around = function.parent
    if around is not None and around.kind != "module" and not use.scope.is_in(around):
        inner, outer = name_of(function) or "it", getattr(around.node, "name", "")
        made = f"`{inner}` is defined inside {f'`{outer}`' if outer else 'another function'}"
        where = planning.analysis.where(function.module, function.node)
        raise Refusal(f"{made} ({where}), and sync code calls it too ({called})")
    yield planning.change(module, node, "callbacks:other_name", name)
    if module is not function.module:
        yield from _imports(planning, function, use, name, all_uses)


def _makes(planning: Planning, use: Use, function: Scope) -> bool:
    """Whether a use is the call of `function`."""
    if not isinstance(use.node, ast.Call):
        return False
    callees = planning.analysis.evaluator.values(Expression(use.node.func, use.scope, None, None))
    return any(isinstance(one, Function) and one.scope is function for one in callees)


def _is_module(planning: Planning, node: ast.Attribute, use: Use, function: Scope) -> bool:
    """Whether an attribute is read from the very module in which the function is defined."""
    values = planning.analysis.evaluator.values(Expression(node.value, use.scope, None, None))
    return bool(values) and all(isinstance(one, Module) and one.found.path == function.module.path for one in values)


def _imports(planning: Planning, function: Scope, use: Use, name: str, all_uses: Sequence[Use]) -> Iterator[Step]:
    """The import of the new function: instead of the old one, if nobody needs that any more, or beside it."""
    module = use.module
    dotted, level, beside = "", 0, 0
    for binding in _bindings(planning, use):
        if binding.kind != "import" or binding.imported is None or binding.scope is not module.scope:
            continue
        beside = binding.statement.lineno
        parents = planning.analysis.evaluator.names.module_named(binding.module, binding.level, module.path)
        is_home = any(isinstance(one, Module) and one.found.path == function.module.path for one in parents)
        if is_home:
            dotted, level = binding.module, binding.level
        if isinstance(binding.node, ast.alias) and not _is_needed(planning, binding, all_uses):
            if is_home:
                yield Removal(planning.span(module, binding.node), name)
                return
            if len(getattr(binding.statement, "names", ())) == 1:
                yield Removal(
                    planning.span(module, binding.statement),
                    f"from {_dotted(planning, function.module, module)} import {name}",
                )
                return
    yield NewImport(module.path, dotted or _dotted(planning, function.module, module), name, level, beside)


def _is_needed(planning: Planning, binding: Binding, all_uses: Sequence[Use]) -> bool:
    """Whether anybody uses an import, but for the uses that are replaced."""
    module = binding.scope.module
    replaced = {node for use in all_uses for node in ast.walk(use.node)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == binding.name and node not in replaced:
            return True
        if isinstance(node, ast.Constant) and node.value == binding.name:  # `__all__`, `getattr`
            return True
    if module.is_package:
        return True
    for other in planning.analysis.scanned:
        for one in (found for bindings in other.scope.bindings.values() for found in bindings):
            if one.kind == "import" and one.imported == binding.name and other is not module:
                parents = planning.analysis.evaluator.names.module_named(one.module, one.level, other.path)
                if any(isinstance(parent, Module) and parent.found.path == module.path for parent in parents):
                    return True
    return False


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
