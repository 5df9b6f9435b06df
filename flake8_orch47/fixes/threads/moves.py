"""What moving blocking work off the event loop does to a module, as plain data: no syntax tree, no libcst.

Positions are those of the house: rows 1-based, columns 0-based code points. An expression's stretch is the one
of its `ast` node, without parentheses around it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from flake8_orch47.records import Record

__all__ = ["Form", "InFunction", "InThread", "Move", "Statements", "Stretch", "WholeBody"]


class Stretch(NamedTuple):
    """A stretch of the source."""

    row: int
    column: int
    end_row: int
    end_column: int

    def holds(self, other: Stretch) -> bool:
        """Whether `other` is a part of this one."""
        return (self.row, self.column) <= (other.row, other.column) and (other.end_row, other.end_column) <= (
            self.end_row,
            self.end_column,
        )


Form: TypeAlias = Literal[
    "call",  # `f(a)` becomes `await asyncio.to_thread(f, a)`
    "lambda",  # `f(a).b()` becomes `await asyncio.to_thread(lambda: f(a).b())`
    "bool",  # tested for truth: `await asyncio.to_thread(lambda: bool(...))`
    "await",  # `asyncio.run(a)` becomes `await a`
]


class InThread(Record):
    """An expression that is evaluated in a thread. `bracketed`: the `await` needs parentheses where it stands.

    `target` is what is called: `asyncio.to_thread`, however the module names it.
    """

    where: Stretch
    form: Form
    target: str
    bracketed: bool = False


class InFunction(Record):
    """An expression that becomes what a nested function returns; the function is defined before `statement`.

    `scope` is the orchestrator's database object: the function needs a session of its own, so its body stands
    under `with db.database_scope():`. `parameters` are handed on to the function.
    """

    where: Stretch
    statement: Stretch
    helper: str
    target: str
    scope: str
    parameters: tuple[str, ...] = ()
    bracketed: bool = False


class Statements(Record):
    """Statements of one block, from `first` to `last`, that become the body of a nested function.

    `results` are the names that come back; None: the statements return from the function around them, so the
    result of the nested function is returned; `returns` is the annotation of it.
    """

    first: Stretch
    last: Stretch
    helper: str
    target: str
    results: tuple[str, ...] | None = ()
    scope: str = ""
    parameters: tuple[str, ...] = ()
    returns: str = ""


class WholeBody(Record):
    """The body of an async function of a module that moves to a sync function beside it (the recipe)."""

    where: Stretch
    helper: str
    target: str
    scope: str = ""


Move: TypeAlias = InThread | InFunction | Statements | WholeBody
