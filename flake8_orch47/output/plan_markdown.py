"""The upgrade report as Markdown, for the description of a merge request: a checklist with details."""

from __future__ import annotations

import os
import re

from flake8_orch47.output.terminal import escape
from flake8_orch47.upgrade.steps import NEVER_LOOKED_AT, SECTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.findings import Finding
    from flake8_orch47.output.terminal import Screen
    from flake8_orch47.upgrade.plan import Evidence, Plan, Task

__all__ = ["as_markdown", "incomplete"]

#: Of more places so many are shown: a description may hold 65,536 characters (GitHub).
MOST = 20

#: Addresses that a section's heading leads to already.
_SECTION_URLS = frozenset(section.url for section in SECTIONS)


def as_markdown(plan: Plan, screen: Screen) -> Iterator[str]:
    """The lines of one project's report; `screen` is what paths are relative to."""
    name = escape(os.path.basename(plan.root))
    yield f"# Upgrade of {_text(name)} to orchestrator-core {'.'.join(map(str, plan.target))}"
    yield ""
    if (required := plan.requirement) is not None:
        where = _code(f"{screen.path(required.path)}:{required.row}")
        yield f"Requires {_code('orchestrator-core' + required.specifier)} ({where})."
        yield ""
    scenario = plan.scenario
    left = [task.step.title for task in plan.left]
    if left:
        yield f"**{'1 step is' if len(left) == 1 else f'{len(left)} steps are'} left.**"
    else:
        yield "**Nothing is left to do.**"
    yield ""
    yield f"**[Scenario {scenario.number}]({scenario.url}): {scenario.title}.** {scenario.text}"
    yield ""
    if plan.evidence:
        yield from _places(plan.evidence, "", screen)
        yield ""
    for section in SECTIONS:
        tasks = [task for task in plan.tasks if task.step.section == section.id]
        if tasks:
            yield f"## [{section.title}]({section.url})"
            yield ""
            for task in tasks:
                yield from _task(task, screen)
            yield ""
    if plan.right:
        yield "## Already right"
        yield ""
        yield from (f"- {_text(remark.text)}" for remark in plan.right)
        yield ""
    yield "## Not looked at, or not known"
    yield ""
    for remark in plan.unknown:
        yield f"- {_text(remark.text)}"
        yield from _places(remark.places, "  ", screen)
    yield from (f"- {text}" for text in NEVER_LOOKED_AT)
    yield ""


def incomplete(problems: Iterable[Finding], screen: Screen) -> Iterator[str]:
    """The lines that say which files are missing in the report."""
    problems = list(problems)
    if problems:
        yield "**The report is incomplete.** These files could not be read:"
        yield ""
        for problem in problems:
            yield f"- {_code(f'{screen.path(problem.span.path)}:{problem.span.row}')} {_text(problem.message)}"
        yield ""


def _task(task: Task, screen: Screen) -> Iterator[str]:
    step = task.step
    count = f" ({len(task.findings)})" if task.findings else ""
    remark = {"unverified": " *(nothing in the files can tell)*", "optional": " *(not necessary)*"}.get(task.state, "")
    title = step.title if step.url in _SECTION_URLS else f"[{step.title}]({step.url})"
    yield f"- [{'x' if task.state == 'done' else ' '}] **{title}**{count}{remark}"
    if task.state != "done":
        yield f"  {_text(step.text)}"
    if task.note:
        yield f"  {_text(task.note)}"
    yield ""
    if task.state != "done" and task.command:
        yield f"  ```{step.language}"
        yield from (f"  {escape(line)}" for line in task.command.split("\n"))
        yield "  ```"
        yield ""
    yield from _places(task.places, "  ", screen)
    findings = task.findings if step.is_listed and task.state != "done" else ()
    for finding in findings[:MOST]:
        where = _code(f"{screen.path(finding.span.path)}:{finding.span.row}:{finding.span.column + 1}")
        yield f"  - {where} {finding.code} {_text(finding.message)}"
    yield from _more(len(findings), "  ")
    if task.places or findings:
        yield ""


def _places(places: Iterable[Evidence], margin: str, screen: Screen) -> Iterator[str]:
    places = list(places)
    for place in places[:MOST]:
        text = _text(place.text) if "`" in place.text else _code(place.text)
        yield f"{margin}- {_code(f'{screen.path(place.path)}:{place.row}')} {text}"
    yield from _more(len(places), margin)


def _more(count: int, margin: str) -> Iterator[str]:
    if count > MOST:
        yield f"{margin}- ... {count - MOST} more"


def _code(text: str) -> str:
    """The text as code, whatever backticks it holds."""
    text = escape(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _text(text: str) -> str:
    """The text without what Markdown or HTML would make something of; what stands between backticks stays."""
    pieces = re.split(r"(`[^`]*`)", escape(text))
    return "".join(piece if piece.startswith("`") else re.sub(r"([\\*_\[\]<>|#])", r"\\\1", piece) for piece in pieces)
