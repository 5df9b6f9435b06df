"""The upgrade report for a terminal: scenario, checklist, what is right, what is unknown."""

from __future__ import annotations

import os

from flake8_orch47.output.terminal import cells, escape, wrap
from flake8_orch47.upgrade.steps import NEVER_LOOKED_AT, SECTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.findings import Finding
    from flake8_orch47.output.terminal import Screen
    from flake8_orch47.upgrade.plan import Evidence, Plan, State, Task

__all__ = ["for_terminal", "incomplete"]

#: Of more places so many are shown.
MOST = 8

CUT = "..."

_BOXES: dict[State, str] = {"open": "[ ]", "done": "[x]", "unverified": "[?]", "optional": "[-]"}
#: What a box means that does not speak for itself.
_LEGEND: dict[State, str] = {
    "unverified": "No file can tell whether it was done; you can: `--done {steps}`",
    "optional": "Not necessary.",
}


def for_terminal(plan: Plan, screen: Screen) -> Iterator[str]:
    """The lines of one project's report."""
    yield screen.heading(f"{_name(plan.root, screen)}: upgrade to orchestrator-core {_dotted(plan.target)}")
    if (required := plan.requirement) is not None:
        where = f"{screen.path(required.path)}:{required.row}"
        yield from wrap(f"requires orchestrator-core{escape(required.specifier)} ({where})", screen.columns)
    yield ""
    yield from _titled(f"Scenario {plan.scenario.number}: {plan.scenario.title}", screen)
    yield from _wrapped(plan.scenario.text, "  ", screen)
    yield from _evidence(plan.evidence, "  ", screen)
    yield ""
    for section in SECTIONS:
        tasks = [task for task in plan.tasks if task.step.section == section.id]
        if tasks:
            yield from _titled(section.title, screen)
            for task in tasks:
                yield from _task(task, screen)
            yield ""
    if plan.right:
        yield from _titled("Already right", screen)
        for remark in plan.right:
            yield from _wrapped(remark.text, "  - ", screen)
        yield ""
    yield from _titled("Not looked at, or not known", screen)
    for remark in plan.unknown:
        yield from _wrapped(remark.text, "  - ", screen)
        yield from _evidence(remark.places, "    ", screen)
    for text in NEVER_LOOKED_AT:
        yield from _wrapped(text, "  - ", screen)
    yield ""
    yield from _legend(plan, screen)
    yield from _summary(plan, screen)
    yield f"The guide: {plan.scenario.url.partition('#')[0]}"


def incomplete(problems: Iterable[Finding], screen: Screen) -> Iterator[str]:
    """The lines that say which files are missing in the report."""
    problems = list(problems)
    if not problems:
        return
    yield ""
    yield from _wrapped(f"The report is incomplete: {_counted(len(problems), 'file')} could not be read.", "", screen)
    for problem in problems:
        place = screen.place(f"{screen.path(problem.span.path)}:{problem.span.row}")
        yield f"  {place} {escape(problem.message)}"


def _name(root: str, screen: Screen) -> str:
    shown = screen.path(root)
    return escape(os.path.basename(root)) or shown if os.path.isabs(shown) else shown


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _titled(title: str, screen: Screen) -> Iterator[str]:
    yield from (screen.title(line) for line in wrap(title, screen.columns))


def _wrapped(text: str, margin: str, screen: Screen) -> Iterator[str]:
    """The text behind a margin, its further lines below its first."""
    first, *others = wrap(escape(text), screen.columns - len(margin))
    yield margin + first
    yield from (" " * len(margin) + line for line in others)


def _task(task: Task, screen: Screen) -> Iterator[str]:
    step = task.step
    count = f" ({len(task.findings)})" if task.findings else ""
    box = _BOXES[task.state]
    head, *others = wrap(f"{step.title}{count}", screen.columns - 6)
    yield f"  {screen.good(box) if task.state == 'done' else screen.code(box) if task.state == 'open' else box} {head}"
    margin = " " * 6
    yield from (margin + line for line in others)
    if task.state == "done":
        yield from _wrapped(task.note, margin, screen) if task.note else ()
        yield from _evidence(task.places, margin, screen)
        return
    yield from _wrapped(step.text, margin, screen)
    if task.note:
        yield from _wrapped(task.note, margin, screen)
    if task.command:
        yield from _command(task, margin, screen)
    yield from _evidence(task.places, margin, screen)
    if step.is_listed:
        yield from _findings(task.findings, margin, screen)


def _command(task: Task, margin: str, screen: Screen) -> Iterator[str]:
    """What to type: no line is broken, so that it can be copied. Of many statements of SQL the first whole ones."""
    if task.step.language == "sh":
        yield margin + screen.heading(f"$ {escape(task.command)}")
        return
    lines = task.command.split("\n")
    shown = lines[:MOST]
    while len(shown) < len(lines) and shown and not shown[-1].endswith(";"):
        shown.pop()
    yield from (margin + screen.heading(escape(line)) for line in shown)
    if len(shown) < len(lines):
        yield f"{margin}{CUT} and more: `orch47 schedules --format sql` prints all"


def _evidence(places: Iterable[Evidence], margin: str, screen: Screen) -> Iterator[str]:
    places = list(places)
    shown = [f"{screen.path(place.path)}:{place.row}" for place in places]
    width = max(map(cells, shown[:MOST]), default=0)
    for where, place in list(zip(shown, places, strict=True))[:MOST]:
        room = screen.columns - len(margin) - width - 2
        yield f"{margin}{screen.place(where)}{' ' * (width - cells(where))}  {_cut(place.text, room)}"
    yield from _more(len(places), margin)


def _findings(findings: tuple[Finding, ...], margin: str, screen: Screen) -> Iterator[str]:
    for finding in findings[:MOST]:
        where = f"{screen.path(finding.span.path)}:{finding.span.row}:{finding.span.column + 1}"
        room = screen.columns - len(margin) - cells(where) - len(finding.code) - 2
        yield f"{margin}{screen.place(where)} {screen.code(finding.code)} {_cut(finding.message, room)}"
    yield from _more(len(findings), margin, ": `orch47 check` lists all")


def _more(count: int, margin: str, how: str = "") -> Iterator[str]:
    if count > MOST:
        yield f"{margin}{CUT} {count - MOST} more{how}"


def _cut(text: str, columns: int) -> str:
    """The text, as far as it fits; some of it always."""
    text = escape(text)
    columns = max(columns, 16)
    if cells(text) <= columns:
        return text
    while text and cells(text) > columns - len(CUT):
        text = text[:-1]
    return text.rstrip() + CUT


def _legend(plan: Plan, screen: Screen) -> Iterator[str]:
    for state, text in _LEGEND.items():
        steps = ",".join(task.step.id for task in plan.tasks if task.state == state)
        if steps:
            yield from _wrapped(text.format(steps=steps), f"{_BOXES[state]} ", screen)


def _summary(plan: Plan, screen: Screen) -> Iterator[str]:
    left = plan.left
    if not left:
        yield screen.good("Nothing is left to do.")
        return
    steps = "1 step is" if len(left) == 1 else f"{len(left)} steps are"
    yield from wrap(f"{steps} left: {', '.join(task.step.id for task in left)}.", screen.columns)
