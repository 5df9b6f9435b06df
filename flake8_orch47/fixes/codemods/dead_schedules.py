"""ORC103, ORC104: names go from imports and from what lists them; comments stay that belong to others."""

from __future__ import annotations

import libcst as cst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["elements_gone", "names_gone", "operand"]


def names_gone(node: cst.CSTNode, *indices: int) -> cst.CSTNode:
    """An import without the names at these places; at least one is left."""
    if isinstance(node, cst.Import):
        return node.with_changes(names=_without(node.names, indices, None)[0])
    if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
        raise TypeError(f"{type(node).__name__} imports no names")
    names, opening = _without(node.names, indices, node.lpar.whitespace_after if node.lpar else None)
    lpar = node.lpar.with_changes(whitespace_after=opening) if node.lpar and opening else node.lpar
    return node.with_changes(names=names, lpar=lpar)


def elements_gone(node: cst.CSTNode, *indices: int) -> cst.CSTNode:
    """A list, tuple or set without the elements at these places."""
    if isinstance(node, cst.List):
        start, end = node.lbracket, node.rbracket
        elements, opening = _without(node.elements, indices, start.whitespace_after)
        if not elements:
            return node.with_changes(elements=[], lbracket=cst.LeftSquareBracket(), rbracket=cst.RightSquareBracket())
        closing = _closing(node.elements, indices, end.whitespace_before)
        return node.with_changes(
            elements=elements,
            lbracket=start.with_changes(whitespace_after=opening),
            rbracket=end.with_changes(whitespace_before=closing),
        )
    if isinstance(node, cst.Set):
        elements, opening = _without(node.elements, indices, node.lbrace.whitespace_after)
        closing = _closing(node.elements, indices, node.rbrace.whitespace_before)
        return node.with_changes(
            elements=elements,
            lbrace=node.lbrace.with_changes(whitespace_after=opening),
            rbrace=node.rbrace.with_changes(whitespace_before=closing),
        )
    if not isinstance(node, cst.Tuple):
        raise TypeError(f"{type(node).__name__} has no elements")
    lpar, rpar = list(node.lpar), list(node.rpar)
    elements, opening = _without(node.elements, indices, lpar[-1].whitespace_after if lpar else None)
    if len(elements) == 1 and not isinstance(elements[0].comma, cst.Comma):
        elements = [elements[0].with_changes(comma=cst.Comma())]
    if lpar and opening is not None:
        lpar[-1] = lpar[-1].with_changes(whitespace_after=opening)
        closing = _closing(node.elements, indices, rpar[0].whitespace_before)
        rpar[0] = rpar[0].with_changes(whitespace_before=closing)
    return node.with_changes(elements=elements, lpar=lpar, rpar=rpar)


def operand(node: cst.CSTNode, side: str) -> cst.CSTNode:
    """One side of `left + right` instead of the sum."""
    if not isinstance(node, cst.BinaryOperation):
        raise TypeError(f"{type(node).__name__} is no sum")
    kept: cst.BaseExpression = getattr(node, side)
    return kept.with_changes(lpar=[*node.lpar, *kept.lpar], rpar=[*kept.rpar, *node.rpar])


def _without(items: Sequence[Any], indices: Sequence[int], opening: Any) -> tuple[list[Any], Any]:
    """The items that are left, and the white space in front of the first; `opening` is that of all of them."""
    kept: list[Any] = []
    for index, item in enumerate(items):
        if index not in indices:
            kept.append(item)
            continue
        comments = _own_line_comments(item)
        if comments and kept:
            kept[-1] = kept[-1].with_changes(comma=_with_comments(kept[-1].comma, comments))
        elif comments and isinstance(opening, cst.ParenthesizedWhitespace):
            opening = opening.with_changes(empty_lines=[*opening.empty_lines, *comments])
    if kept and len(items) - 1 in indices:
        kept[-1] = kept[-1].with_changes(comma=_last_comma(kept[-1].comma, items[-1].comma))
    return kept, opening


def _own_line_comments(item: Any) -> list[cst.EmptyLine]:
    """The comments on lines of their own behind an item: they are about what follows."""
    space = item.comma.whitespace_after if isinstance(item.comma, cst.Comma) else None
    return list(space.empty_lines) if isinstance(space, cst.ParenthesizedWhitespace) else []


def _with_comments(comma: Any, comments: Sequence[cst.EmptyLine]) -> Any:
    space = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return comma
    return comma.with_changes(whitespace_after=space.with_changes(empty_lines=[*space.empty_lines, *comments]))


def _last_comma(own: Any, last: Any) -> Any:
    """The comma of what comes last now: like the old last one's, but with the comment on its own line."""
    space = own.whitespace_after if isinstance(own, cst.Comma) else None
    end = last.whitespace_after if isinstance(last, cst.Comma) else None
    if isinstance(space, cst.ParenthesizedWhitespace) and isinstance(end, cst.ParenthesizedWhitespace):
        return last.with_changes(
            whitespace_after=end.with_changes(first_line=space.first_line, empty_lines=space.empty_lines)
        )
    return last


def _closing(items: Sequence[Any], indices: Sequence[int], closing: Any) -> Any:
    """The white space before the bracket that closes: it holds the comment on the line of what comes last."""
    kept = [item for index, item in enumerate(items) if index not in indices]
    if not kept or len(items) - 1 not in indices:
        return closing
    comma = kept[-1].comma
    space = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return closing
    if isinstance(closing, cst.ParenthesizedWhitespace):
        lines = [*space.empty_lines, *closing.empty_lines]
        return closing.with_changes(first_line=space.first_line, empty_lines=lines)
    return space if space.first_line.comment else closing
