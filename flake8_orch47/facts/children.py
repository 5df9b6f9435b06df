"""The expressions inside a node, without what carries none: contexts and operators."""

from __future__ import annotations

import ast

__all__ = ["children", "last_name"]

_EMPTY = frozenset({"ctx", "op", "ops", "type_comment", "kind", "id", "attr", "arg", "conversion", "type_params"})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below `node`, in the order of the source; those of `ast.expr_context` and operators left out."""
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind._fields if name not in _EMPTY)
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [item for item in value if item is not None and item.__class__ is not str]
        elif value is not None and isinstance(value, ast.AST):
            found.append(value)
    return found


def last_name(node: ast.AST) -> str:
    """The name of a variable, or the last one of an attribute: `c` for `a.b.c`; empty for what has none."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
