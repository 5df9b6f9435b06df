"""Schedules for people: a table, what cannot be carried over and why, and the SQL that removes the old jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flake8_orch47.output.terminal import cells, escape, wrap
from flake8_orch47.schedules.sql import removal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_orch47.output.terminal import Screen
    from flake8_orch47.schedules.declared import Remark, Schedule

__all__ = ["STOPPED", "payloads", "place", "remarks", "sentence", "summary", "table", "trigger_text"]

#: What stands above the SQL.
STOPPED = (
    "The old jobs are in the database and keep firing beside the new schedules. Remove them while the scheduler is "
    "stopped:"
)

_HEADINGS = ("NAME", "WORKFLOW", "TRIGGER", "DECLARED AT", "API")
_GAP = 2
#: No column is made narrower than this to give others room.
_NARROWEST = 10

_TITLES = (
    ("refused", "These stay in the code"),
    ("apart", "These the API takes, and `load_schedules` does not"),
    ("lost", "This the API cannot carry: it is lost with the move"),
    ("changed", "This does not mean what it says"),
)


def payloads(schedules: Sequence[Schedule]) -> str:
    """The JSON array of what `POST /api/schedules/` takes, but for `workflow_id`."""
    return json.dumps([schedule.payload for schedule in schedules if schedule.converts], indent=2)


def table(schedules: Sequence[Schedule], screen: Screen) -> Iterator[str]:
    """Everything there is to say, the SQL last."""
    moving = [schedule for schedule in schedules if schedule.converts]
    if schedules:
        yield from _rows(schedules, screen)
    said = list(remarks(schedules, screen))
    if said:
        yield ""
    yield from said
    statements = removal(moving)
    if statements:
        yield ""
        yield from wrap(STOPPED, screen.columns)
        yield ""
        yield from (escape(line) for line in statements)
    if schedules:
        yield ""
    yield summary(schedules)


def summary(schedules: Sequence[Schedule]) -> str:
    """One line: how many there are and what becomes of them."""
    if not schedules:
        return "No schedules in code."
    files = len({schedule.span.path for schedule in schedules})
    moving = sum(schedule.converts for schedule in schedules)
    staying = len(schedules) - moving
    parts = ([f"{moving} can move"] if moving else []) + (
        [f"{staying} {_verb(staying)} in the code"] if staying else []
    )
    return f"{_count(len(schedules), 'schedule')} in {_count(files, 'file')}: {', '.join(parts)}."


def _verb(count: int) -> str:
    return "stays" if count == 1 else "stay"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# -- the table -----------------------------------------------------------------------------------------------


def _rows(schedules: Sequence[Schedule], screen: Screen) -> Iterator[str]:
    rows = [
        (
            escape(schedule.name or "-"),
            escape(schedule.workflow or "-"),
            trigger_text(schedule),
            place(schedule, screen),
            "yes" if schedule.converts else "no",
        )
        for schedule in schedules
    ]
    widths = _widths([_HEADINGS, *rows], screen.columns)
    yield screen.heading(_line(_HEADINGS, widths))
    for row in rows:
        columns = [_folded(text, width) for text, width in zip(row, widths, strict=True)]
        for number in range(max(map(len, columns))):
            yield _line([column[number] if number < len(column) else "" for column in columns], widths)


def trigger_text(schedule: Schedule) -> str:
    """A trigger on one line: `cron hour=2 minute=30`."""
    if schedule.trigger is None:
        return "-"
    arguments = (f"{name}={escape(str(value))}" for name, value in schedule.trigger.arguments)
    return " ".join([schedule.trigger.kind, *arguments])


def _widths(rows: Sequence[Sequence[str]], columns: int) -> list[int]:
    """Widths that fit: the widest column gives way first."""
    widths = [max(cells(text) for text in column) for column in zip(*rows, strict=True)]
    while sum(widths) + _GAP * (len(widths) - 1) > columns:
        widest = max(range(len(widths)), key=lambda number: widths[number])
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _folded(text: str, width: int) -> list[str]:
    """A cell's text in lines of at most `width`: at spaces, else behind what divides a path or a name."""
    lines = []
    for line in wrap(text.replace("`", "'"), width):
        rest = line
        while cells(rest) > width:
            cut = _cut(rest, width)
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return lines


def _cut(text: str, width: int) -> int:
    end = width
    while end > 1 and cells(text[:end]) > width:
        end -= 1
    for dividing in ("/", "_.-:"):
        for index in range(end, end // 3, -1):
            if text[index - 1] in dividing:
                return index
    return end


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * (width - cells(text) + _GAP) for text, width in zip(texts, widths, strict=True))
    return "".join(padded).rstrip()


# -- what has to be known ------------------------------------------------------------------------------------


def remarks(schedules: Sequence[Schedule], screen: Screen) -> Iterator[str]:
    """What stays, what is lost and what means something else, by kind, file and line."""
    first = True
    for kind, title in _TITLES:
        found = [(schedule, remark) for schedule in schedules for remark in schedule.remarks if remark.kind == kind]
        if kind != "refused":  # what becomes of a schedule that stays matters to nobody
            found = [(schedule, remark) for schedule, remark in found if schedule.converts]
        if not found:
            continue
        if not first:
            yield ""
        first = False
        yield screen.heading(f"{title}:")
        last: Schedule | None = None
        for schedule, remark in found:
            if schedule is not last:
                yield f"  {screen.place(place(schedule, screen))}: {escape(schedule.function)}"
            last = schedule
            for number, line in enumerate(wrap(sentence(schedule, remark, screen), max(screen.columns - 6, 20))):
                yield f"    {'  ' if number else '- '}{line}"


def place(schedule: Schedule, screen: Screen) -> str:
    """Where a schedule is declared."""
    return f"{screen.path(schedule.span.path)}:{schedule.span.row}"


def sentence(schedule: Schedule, remark: Remark, screen: Screen) -> str:
    """A remark with its own place, where that is another than the schedule's and the words do not say it."""
    where, declared = remark.span, schedule.span
    message = escape(remark.message)
    if (where.path, where.row) == (declared.path, declared.row) or "(line " in message:
        return message
    at = f"line {where.row}" if where.path == declared.path else f"{screen.path(where.path)}:{where.row}"
    return f"{message} ({at})"
