"""Which functions can be left unread until something asks about them, and the words in them till then."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FILLING", "Words", "concerns_nothing_else"]

#: Methods that put something into a container.
FILLING = frozenset({"setdefault", "append", "add", "set", "insert", "update", "extend"})

#: Words of functions that may concern what is outside of them.
_CONCERNING = FILLING | {"lambda"}
_HARMLESS = frozenset({ast.Expr, ast.Return, ast.Raise, ast.Assert, ast.Pass, ast.Break, ast.Continue})
#: Stands for characters that may be part of a name which Python spells in another way.
_OTHER = "\0"
_NO_ASCII = re.compile(r"[^\x00-\x7f]")
#: Every character that parts words, but for the end of a line.
_BETWEEN = {number: " " for number in range(128) if not (chr(number).isalnum() or chr(number) in "_\n\0")}


def concerns_nothing_else(body: Sequence[ast.stmt]) -> bool:
    """Whether the statements of a function bind nothing but names of its own, and define and import nothing."""
    pending = list(body)
    for statement in pending:
        kind = statement.__class__
        if kind in _HARMLESS:
            continue
        match statement:
            case ast.Assign(targets):
                if not _are_names(targets):
                    return False
            case ast.AugAssign(target) | ast.AnnAssign(target):
                if target.__class__ is not ast.Name:
                    return False
            case ast.If() | ast.While():
                pending += statement.body
                pending += statement.orelse
            case ast.For() | ast.AsyncFor():
                if not _are_names((statement.target,)):
                    return False
                pending += statement.body
                pending += statement.orelse
            case ast.With() | ast.AsyncWith():
                if not _are_names(item.optional_vars for item in statement.items if item.optional_vars is not None):
                    return False
                pending += statement.body
            case ast.Try():
                for block in (statement.body, statement.orelse, statement.finalbody):
                    pending += block
                for handler in statement.handlers:
                    pending += handler.body
            case _:
                return False
    return True


def _are_names(targets: Iterable[ast.expr]) -> bool:
    """Whether assignment targets are plain names, or tuples of them."""
    return all(
        target.__class__ is ast.Name or (isinstance(target, ast.Tuple) and _are_names(target.elts))
        for target in targets
    )


class Words:
    """The words of parts of a source text: every name, every attribute, and more."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[str] | None = None

    def of(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str] | None:
        """The words in the source of a function without its decorators; None if it cannot be left unread."""
        if self._lines is None:
            self._lines = self._split()
        part = " ".join(self._lines[node.lineno - 1 : node.end_lineno])
        if not part or _OTHER in part:
            return None
        words = frozenset(part.split())
        return words if words.isdisjoint(_CONCERNING) else None

    def _split(self) -> list[str]:
        """The lines of the text, with spaces for what parts words; none where lines end in other ways too."""
        text = self._text
        if "\r" in text:
            return []
        if not text.isascii():
            text = _NO_ASCII.sub(_OTHER, text)
        return text.translate(_BETWEEN).split("\n")
