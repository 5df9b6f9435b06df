"""The plain types that travel through the house: findings, hops, fixes, problems.

Inside the house rows are 1-based and columns are 0-based *code points*; a door converts them to its own
convention (1-based for the command, 0-based for flake8, UTF-16 for editors).
"""

from __future__ import annotations

from flake8_orch47.records import Record, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    #: Whether a fix keeps what the program does (`safe`), or somebody has to look at it (`unsafe`: its message says
    #: why).
    Applicability: TypeAlias = Literal["safe", "unsafe"]

__all__ = ["UNREADABLE", "Edit", "Finding", "Fix", "Hop", "Outcome", "Span"]

#: The code of a file that cannot be read or parsed. Its findings are incomplete, so the command exits with 2.
UNREADABLE = "ORC000"


class Span(Row):
    """A stretch of source: `path` is absolute, rows 1-based, columns 0-based code points."""

    path: str
    row: int
    column: int
    end_row: int
    end_column: int


class Hop(Row):
    """One step on the way to a problem: where it is and what happens there."""

    span: Span
    message: str


class Edit(Row):
    """The text that takes the place of a stretch of source; the empty text deletes it."""

    span: Span
    content: str


class Fix(Row):
    """What repairs a finding: all of its edits, in one file or several, or none of them."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]


class Finding(Row):
    """One problem, reported once, on the line that has to change.

    `span` is where; `code` is the rule (`ORC201`); `message` is one line for a person, without the code;
    `related` are the hops that explain it, in order; `fix` what repairs it, where somebody asked for fixes.
    """

    span: Span
    code: str
    message: str
    related: tuple[Hop, ...] = ()
    fix: Fix | None = None


class Outcome(Record):
    """What checking one project gave: findings and problems in order, and warnings, a line each."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
