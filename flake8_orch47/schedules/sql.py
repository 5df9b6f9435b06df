"""The SQL that removes the jobs which decorators have left in the database.

Taking a decorator away is not enough: its job stays in `apscheduler_jobs` and keeps firing as long as its function can
be imported, and the API, which knows schedules by UUID, cannot delete it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.schedules.declared import Schedule

__all__ = ["removal"]

_DELETE = "DELETE FROM apscheduler_jobs WHERE"


def removal(schedules: Iterable[Schedule]) -> list[str]:
    """The lines of the statements, each statement once, that remove the stored jobs of these schedules.

    A job without an id is stored under a random one, once more with every start of the scheduler. It is found by the
    function that it calls, whose name is in the pickled job: together with its length, as `jobs:nightly` is a part of
    `jobs:nightly_report` and of `other_jobs:nightly` too.
    """
    statements = dict.fromkeys(statement for schedule in schedules if (statement := tuple(_lines(schedule))))
    return [line for statement in statements for line in statement]


def _lines(schedule: Schedule) -> Iterator[str]:
    if schedule.job_id is not None:
        yield f"{_DELETE} id = {_quoted(schedule.job_id)};"
    elif schedule.reference is not None:
        yield f"-- {_one_line(schedule.function)} has no id: stored once per start"
        yield _DELETE
        yield f"  position({_pickled(schedule.reference)} IN job_state) > 0;"
    elif "<" not in schedule.function:  # a lambda cannot be stored
        yield f"-- {_one_line(schedule.name or schedule.function)} has no id: see `scheduler show-schedule`"


def _pickled(text: str) -> str:
    """A text as it stands in a pickle of protocol 4 or later: opcode, number of bytes in one byte, bytes."""
    length = len(text.encode("utf-8", "replace"))
    return f"'\\x8c{length:02x}'::bytea || {_quoted(text)}" if length < 256 else f"{_quoted(text)}::bytea"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _one_line(text: str) -> str:
    return " ".join(text.split())
