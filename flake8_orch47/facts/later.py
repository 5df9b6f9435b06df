"""Which functions can be left unread until something asks about them, and the words in them till then."""

from __future__ import annotations

import ast
import re
from sys import intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

__all__ = ["FILLING", "SETTING", "Words", "concerns_nothing_else"]

#: Methods that put something into a container.
FILLING = frozenset({"setdefault", "append", "add", "set", "insert", "update", "extend"})

#: Callables that set an attribute by its name.
SETTING = frozenset({"setattr", "__setattr__"})

#: Words of functions that may concern what is outside of them.
_CONCERNING = FILLING | SETTING | {"lambda"}
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
        told = _TOLD.get(kind)
        if told is None:
            return False
        blocks, targets = told(statement)
        if targets and not _are_names(targets):
            return False
        for block in blocks:
            pending += block
    return True


def _are_names(targets: Iterable[ast.expr]) -> bool:
    """Whether assignment targets are plain names, or tuples of them."""
    return all(
        target.__class__ is ast.Name or (isinstance(target, ast.Tuple) and _are_names(target.elts))
        for target in targets
    )


#: For kinds of statements: the blocks inside one, and what it assigns to.
_TOLD: dict[type[ast.stmt], Callable[[Any], tuple[Iterable[list[ast.stmt]], Iterable[ast.expr]]]] = {
    ast.Assign: lambda node: ((), node.targets),
    ast.AugAssign: lambda node: ((), (node.target,)),
    ast.AnnAssign: lambda node: ((), (node.target,)),
    ast.If: lambda node: ((node.body, node.orelse), ()),
    ast.While: lambda node: ((node.body, node.orelse), ()),
    ast.For: lambda node: ((node.body, node.orelse), (node.target,)),
    ast.AsyncFor: lambda node: ((node.body, node.orelse), (node.target,)),
    ast.With: lambda node: ((node.body,), [item.optional_vars for item in node.items if item.optional_vars]),
    ast.AsyncWith: lambda node: ((node.body,), [item.optional_vars for item in node.items if item.optional_vars]),
    ast.Try: lambda node: (
        (node.body, node.orelse, node.finalbody, *(handler.body for handler in node.handlers)),
        (),
    ),
}


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
        words = frozenset(map(intern, part.split()))  # most stand in thousands of functions
        return words if words.isdisjoint(_CONCERNING) else None

    def _split(self) -> list[str]:
        """The lines of the text, with spaces for what parts words; none where lines end in other ways too."""
        text = self._text
        if "\r" in text:
            return []
        if not text.isascii():
            text = _NO_ASCII.sub(_OTHER, text)
        return text.translate(_BETWEEN).split("\n")
