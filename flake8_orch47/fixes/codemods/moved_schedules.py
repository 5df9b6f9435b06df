"""ORC101, ORC102, ORC105: entries join a list of schedules, one below the other."""

from __future__ import annotations

import libcst as cst

__all__ = ["with_entry"]


def with_entry(node: cst.CSTNode, entry: str, *comments: str) -> cst.CSTNode:
    """A list with one more element, on a line of its own, and comments above it.

    `entry` is its source, indented as it stands there.
    """
    if not isinstance(node, cst.List):
        raise TypeError(f"{type(node).__name__} is no list")
    value = cst.parse_expression(entry.strip().rstrip(","))
    elements = list(node.elements)
    element = cst.Element(value, comma=cst.Comma(whitespace_after=_line("")))
    if not elements:
        opening = node.lbracket.with_changes(whitespace_after=_after(node.lbracket.whitespace_after, comments))
        return node.with_changes(elements=[element], lbracket=opening)
    last = elements[-1]
    between = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else node.rbracket.whitespace_before
    if not isinstance(between, cst.ParenthesizedWhitespace):
        between = node.rbracket.whitespace_before
    elements[-1] = last.with_changes(comma=cst.Comma(whitespace_after=_after(between, comments)))
    opening = node.lbracket
    if not isinstance(opening.whitespace_after, cst.ParenthesizedWhitespace):  # all of it was on one line
        opening = opening.with_changes(whitespace_after=_line("    "))
    bracket = node.rbracket.with_changes(whitespace_before=cst.SimpleWhitespace(""))
    return node.with_changes(elements=[*elements, element], lbracket=opening, rbracket=bracket)


def _line(indent: str) -> cst.ParenthesizedWhitespace:
    """A line end, and what the next line is indented by."""
    return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))


def _after(space: cst.BaseParenthesizableWhitespace, comments: tuple[str, ...]) -> cst.ParenthesizedWhitespace:
    """White space that ends its line, its comments kept, with more of them on lines of their own."""
    kept = space if isinstance(space, cst.ParenthesizedWhitespace) else _line("")
    indent = cst.SimpleWhitespace("    ")
    more = [cst.EmptyLine(whitespace=indent, comment=cst.Comment(text)) for text in comments]
    return kept.with_changes(empty_lines=[*kept.empty_lines, *more], indent=True, last_line=indent)
