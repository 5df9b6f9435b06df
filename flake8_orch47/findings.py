"""The plain types that travel through the house: findings, hops, problems.

Inside the house rows are 1-based and columns are 0-based *code points*; a door converts them to its own
convention (1-based for the command, 0-based for flake8, UTF-16 for editors).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["UNREADABLE", "Finding", "Hop", "Span"]

#: The code of a file that cannot be read or parsed. Its findings are incomplete, so the command exits with 2.
UNREADABLE = "ORC000"


class Span(NamedTuple):
    """A stretch of source: `path` is absolute, rows 1-based, columns 0-based code points."""

    path: str
    row: int
    column: int
    end_row: int
    end_column: int


class Hop(NamedTuple):
    """One step on the way to a problem: where it is and what happens there."""

    span: Span
    message: str


class Finding(NamedTuple):
    """One problem, reported once, on the line that has to change.

    `span` is where; `code` is the rule (`ORC201`); `message` is one line for a person, without the code;
    `related` are the hops that explain it, in order.
    """

    span: Span
    code: str
    message: str
    related: tuple[Hop, ...] = ()
