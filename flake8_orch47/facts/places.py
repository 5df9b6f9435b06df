"""Where a node stands: its scope and statement."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.facts.uses import Parents

__all__ = ["place_of"]


def place_of(node: ast.AST, parents: Parents, module: ModuleFacts) -> tuple[Scope, ast.stmt | None]:
    """The scope in which `node` is evaluated, and the statement of it.

    Decorators, defaults, annotations and bases belong to the scope around the function or class; so does what
    a comprehension first iterates over.
    """
    statement: ast.stmt | None = None
    scopes = module.scopes
    below: ast.AST | None = None
    while node in parents:
        if statement is None and isinstance(node, ast.stmt):
            statement = node
        parent = parents[node]
        if parent in scopes and _is_inside(node, parent, below):
            return scopes[parent], statement
        node, below = parent, node
    return module.scope, statement


def _is_inside(node: ast.AST, owner: ast.AST, below: ast.AST | None) -> bool:
    """Whether a child of a scope's node belongs to the scope itself; `below` is where that child was come to from."""
    match owner:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Module():
            return isinstance(node, ast.stmt) and any(node is statement for statement in owner.body)
        case ast.Lambda():
            return node is owner.body
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return node is not owner.generators[0] or below is not owner.generators[0].iter
    return False
