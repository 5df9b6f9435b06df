"""How a function names something of another module, and the import that it needs for that, if one is missing."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, NamedTuple

from flake8_orch47.fixes.steps import NewImport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope

__all__ = ["Reference", "is_certain", "is_free", "reference"]


class Reference(NamedTuple):
    """An expression that names something, and the import that has to be there first, if one is missing."""

    text: str
    needs: NewImport | None = None


def reference(facts: ModuleFacts, function: Scope, row: int, module: str, name: str = "") -> Reference:
    """How the body of `function`, at `row`, names the module `module`, or `name` of it.

    An import that is there already is used, under whatever name; otherwise one is added, under a name that
    nothing in the module or in the function hides.
    """
    suffix = f".{name}" if name else ""
    for binding in _imports(facts, function, row, module):
        if binding.imported is None:
            return Reference(f"{binding.name}{suffix}")
        if name and binding.imported == name:
            return Reference(binding.name)
    package, _, last = module.rpartition(".")
    plain = name if package else module
    alias = next(
        (one for one in (plain, f"_{plain}", f"_{last}_{plain}", *(f"_{plain}_{n}" for n in range(2, 50)))
         if is_free(facts, function, one)),
        f"_{plain}_",
    )  # fmt: skip
    wanted = NewImport(facts.path, module, name if package else "", alias="" if alias == plain else alias)
    return Reference(alias if package else f"{alias}{suffix}", wanted)


def is_free(facts: ModuleFacts, function: Scope, name: str) -> bool:
    """Whether `name` means nothing yet where the body of `function` would look it up."""
    if name in facts.scope.bindings and not _only_for_types(facts.scope.bindings[name]):
        return False
    if hasattr(builtins, name):
        return False
    return not _is_hidden(facts, function, name) and not any(
        name in scope.redirected for scope in facts.scopes.values()
    )


def _imports(facts: ModuleFacts, function: Scope, row: int, module: str) -> Iterator[Binding]:
    """The imports of a module that the body of `function` sees for certain: those of its module, then its own."""
    for name, bindings in facts.scope.bindings.items():
        if _is_import_of(bindings[0], module) and is_certain(facts, function, name):
            yield bindings[0]
    for bindings in function.bindings.values():
        first = bindings[0]
        if len(bindings) > 1 or not _is_import_of(first, module):
            continue
        is_above = first.statement in getattr(function.node, "body", []) and first.statement.lineno < row
        if is_above and not _is_hidden(facts, function, first.name, inside_only=True):
            yield first


def is_certain(facts: ModuleFacts, function: Scope, name: str) -> bool:
    """Whether the body of `function` certainly sees what its module imports, or assigns once, as `name`."""
    bindings = facts.scope.bindings[name]
    same = {(one.kind, one.module, one.imported, one.level) for one in bindings}
    return (
        len(same) == 1
        and (bindings[0].kind == "import" or (bindings[0].kind == "assign" and len(bindings) == 1))
        and any(one.statement in facts.tree.body for one in bindings)
        and not any(name in scope.redirected for scope in facts.scopes.values())
        and not _is_hidden(facts, function, name)
    )


def _is_import_of(binding: Binding, module: str) -> bool:
    """Whether a binding is an import of the module, or of a name of it."""
    if binding.kind != "import" or binding.level:
        return False
    if binding.imported is not None:
        return binding.module == module
    return binding.module == module or (binding.module.startswith(f"{module}.") and binding.name == module)


def _is_hidden(facts: ModuleFacts, function: Scope, name: str, inside_only: bool = False) -> bool:
    """Whether the function, one around it or a scope in it gives `name` a meaning of its own."""
    around: Scope | None = function
    while around is not None and around.kind != "module" and not inside_only:
        if around.kind != "class" and (name in around.bindings or name in around.redirected):
            return True
        around = around.parent
    return any(
        name in scope.bindings and scope.is_in(function) for scope in facts.scopes.values() if scope is not function
    )


def _only_for_types(bindings: Iterable[Binding]) -> bool:
    return all(binding.kind == "import" and _in_type_checking(binding.statement, binding.scope) for binding in bindings)


def _in_type_checking(statement: ast.stmt, scope: Scope) -> bool:
    for top in getattr(scope.node, "body", []):
        if isinstance(top, ast.If) and statement in ast.walk(top):
            return ast.unparse(top.test).endswith("TYPE_CHECKING")
    return False
