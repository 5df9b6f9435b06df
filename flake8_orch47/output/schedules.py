"""Schedules for people: a table, what cannot be carried over and why, and the SQL that removes the old jobs."""

from __future__ import annotations

import json

from flake8_orch47.output.terminal import cells, escape, wrap
from flake8_orch47.schedules.sql import removal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_orch47.output.terminal import Screen
    from flake8_orch47.schedules.declared import Remark, RemarkKind, Schedule

__all__ = ["STOPPED", "payloads", "place", "remarks", "sentence", "summary", "table", "trigger_text"]

#: What stands above the SQL.
STOPPED = (
    "The old jobs are in the database and keep firing beside the new schedules. Remove them while the scheduler is "
    "stopped:"
)
_NEXT = (
    "`orch47 schedules --format python > schedules_to_load.py` writes a module that loads them. Then the declarations "
    "go from the code."
)

_HEADINGS = ("NAME", "WORKFLOW", "TRIGGER", "DECLARED AT", "")
#: These columns give way, the widest first; a path is never broken.
_YIELDING = 3
_GAP = 2
#: No column is made narrower than this to give others room.
_NARROWEST = 10

_TITLES: tuple[tuple[RemarkKind, str], ...] = (
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
    if schedules:
        yield from _rows(schedules, screen)
        yield ""
    yield summary(schedules)
    for part in (list(remarks(schedules, screen)), list(_next(schedules, screen))):
        if part:
            yield ""
            yield from part


def _next(schedules: Sequence[Schedule], screen: Screen) -> Iterator[str]:
    """How to go on: the module, and the SQL."""
    moving = [schedule for schedule in schedules if schedule.converts]
    statements = removal(moving)
    if moving:
        yield from wrap(f"{_NEXT} {STOPPED}" if statements else _NEXT, screen.columns)
    if statements:
        yield ""
        yield from (escape(line) for line in statements)


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
        [
            escape(schedule.name or "-"),
            escape(schedule.workflow or "-"),
            trigger_text(schedule),
            place(schedule, screen),
            "moves" if schedule.converts else "stays",
        ]
        for schedule in schedules
    ]
    headings = list(_HEADINGS)
    widths = _widths([headings, *rows], screen.columns)
    own_line = widths is None  # no room beside the rest: each place has a line of its own
    if own_line:
        headings.pop(3)
        places = [row.pop(3) for row in rows]
        widths = _widths([headings, *rows], screen.columns)
    widths = widths or [_NARROWEST] * len(headings)
    yield screen.heading(_line(headings, widths))
    for number, row in enumerate(rows):
        columns = [_folded(text, width) for text, width in zip(row, widths, strict=True)]
        for part in range(max(map(len, columns))):
            yield _line([column[part] if part < len(column) else "" for column in columns], widths)
        if own_line:
            yield f"  {screen.place(places[number])}"


def trigger_text(schedule: Schedule) -> str:
    """A trigger on one line, without fields that may be anything: `cron hour=2 minute=30`."""
    if schedule.trigger is None:
        return "-"
    shown = [(name, value) for name, value in schedule.trigger.arguments if value != "*"]
    arguments = (f"{name}={escape(str(value))}" for name, value in shown or schedule.trigger.arguments)
    return " ".join([schedule.trigger.kind, *arguments])


def _widths(rows: Sequence[Sequence[str]], columns: int) -> list[int] | None:
    """Widths that fit, the widest of the first columns giving way first; None where they cannot.

    Words are broken only where there is no other way.
    """
    by_column = [list(column) for column in zip(*rows, strict=True)]
    widths = [max(map(cells, column)) for column in by_column]
    words = [max(cells(word) for text in column for word in (text.split() or [""])) for column in by_column]
    while sum(widths) + _GAP * (len(widths) - 1) > columns:
        yielding = [number for number in range(_YIELDING) if widths[number] > max(words[number], _NARROWEST)]
        yielding = yielding or [number for number in range(_YIELDING) if widths[number] > _NARROWEST]
        if not yielding:
            return None
        widths[max(yielding, key=lambda number: widths[number])] -= 1
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
    """What stays, what is lost and what means something else, by kind; what is the same for several, once."""
    first = True
    for kind, title in _TITLES:
        # what becomes of a schedule that stays matters to nobody
        concerned = [one for one in schedules if one.remarks_of(kind) and (kind == "refused" or one.converts)]
        if not concerned:
            continue
        if not first:
            yield ""
        first = False
        yield screen.heading(f"{title}:")
        yield from (_by_reason if kind == "lost" else _by_schedule)(concerned, kind, screen)


def _by_schedule(schedules: Sequence[Schedule], kind: RemarkKind, screen: Screen) -> Iterator[str]:
    """The places of schedules, and below them what is said about each of them."""
    groups: dict[tuple[str, ...], list[Schedule]] = {}
    for schedule in schedules:
        said = tuple(sentence(schedule, remark, screen) for remark in schedule.remarks_of(kind))
        groups.setdefault(said, []).append(schedule)
    for said, group in groups.items():
        for schedule in group:
            yield f"  {screen.place(place(schedule, screen))}: {escape(schedule.function)}"
        for text in said:
            yield from _item(text, "    ", screen)


def _by_reason(schedules: Sequence[Schedule], kind: RemarkKind, screen: Screen) -> Iterator[str]:
    """What is lost, and why, and below it where: `its id "x": the API gives ...`."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for schedule in schedules:
        for remark in schedule.remarks_of(kind):
            what, _, why = remark.message.partition(": ")
            where = place(schedule, screen)
            groups.setdefault(escape(why or remark.message), []).append((where, escape(what)))
    for why, places in groups.items():
        yield from _item(why, "  ", screen)
        for where, what in places:
            if cells(where) + cells(what) + 6 <= screen.columns:
                yield f"    {screen.place(where)}: {what}"
            else:
                yield f"    {screen.place(where)}:"
                yield from (f"      {line}" for line in wrap(what, screen.columns - 6))


def _item(text: str, indent: str, screen: Screen) -> Iterator[str]:
    for number, line in enumerate(wrap(text, max(screen.columns - len(indent) - 2, 20))):
        yield f"{indent}{'  ' if number else '- '}{line}"


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
