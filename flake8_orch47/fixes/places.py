"""Where a node stands: as `facts.places`, and conditions and targets of a first `for` inside their comprehension."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.facts import places

if TYPE_CHECKING:
    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.facts.uses import Parents

__all__ = ["place_of"]


def place_of(node: ast.AST, parents: Parents, module: ModuleFacts) -> tuple[Scope, ast.stmt | None]:
    """The scope in which `node` is evaluated, and the statement of it."""
    at = node
    while at in parents and not isinstance(at, ast.stmt):
        parent = parents[at]
        if isinstance(parent, ast.comprehension):
            if at is not parent.iter:
                return module.scopes[parents[parent]], None
        elif parent in module.scopes and not isinstance(at, ast.comprehension):
            break
        at = parent
    return places.place_of(node, parents, module)
