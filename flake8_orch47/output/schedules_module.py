"""Schedules as a Python module: a `SCHEDULES` list and the command that loads it at deployment.

The module is one that `ruff format` and black leave as it is.
"""

from __future__ import annotations

from flake8_orch47.output.schedules import STOPPED, place, sentence
from flake8_orch47.output.terminal import escape, wrap
from flake8_orch47.schedules.source import WIDTH, entry
from flake8_orch47.schedules.sql import removal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_orch47.output.terminal import Screen
    from flake8_orch47.schedules.declared import Schedule

__all__ = ["module"]

_HEAD = '''"""The schedules of this application, for the Scheduler API of orchestrator-core.

Load them with every deployment, while the scheduler runs:

    python main.py schedules load

after the application's `main.py` has taken the command in, as it does its others:

    from orchestrator{core}.cli.main import app as cli
    import {name} as schedules

    cli.add_typer(schedules.app, name="schedules")

{promise}
"""

from __future__ import annotations

from typing import Any

import typer
'''

_PROMISE = """A workflow that has a schedule already is left as it is, so loading again changes
nothing. The framework looks at what the scheduler has stored: do not load twice while
the scheduler is stopped.{needs}"""

_LOADER = '''
app = typer.Typer(help="The schedules of this application.", no_args_is_help=True)


@app.callback()
def schedules() -> None:
    """The schedules of this application."""


@app.command()
def load() -> None:
    """Schedule what is not scheduled yet. Fails if a workflow is unknown."""
    missing = load_missing()
    if missing:
        typer.echo(f"Not scheduled, unknown workflows: {', '.join(missing)}", err=True)
        raise typer.Exit(code=1)


'''

_BEFORE_55 = '''def load_missing() -> list[str]:
    """Queue the schedules of workflows that have none; return the unknown workflows.

    Nothing is queued before every schedule is known to be one.
    """
    missing: list[str] = []
    payloads: list[APSchedulerJobCreate] = []
    for schedule in SCHEDULES:
        workflow = get_workflow_by_name(schedule["workflow_name"])
        if workflow is None:
            missing.append(schedule["workflow_name"])
            continue
        payloads.append(
            APSchedulerJobCreate(**schedule, workflow_id=workflow.workflow_id)
        )
    queued: dict[str, bool] = {}
    for payload in payloads:
        name = payload.workflow_name
        if name not in queued:
            queued[name] = add_unique_scheduled_task_to_queue(payload)
            done = "scheduled" if queued[name] else "has a schedule already"
            typer.echo(f"{name}: {done}")
        elif queued[name]:  # one more schedule of a workflow that had none
            add_scheduled_task_to_queue(payload)
    return missing
'''

_FROM_55 = '''def load_missing() -> list[str]:
    """Queue the schedules of workflows that have none; return the unknown workflows."""
    return load_schedules(SCHEDULES)
'''


def module(
    schedules: Sequence[Schedule],
    screen: Screen,
    *,
    namespace: str,
    loads_schedules: bool,
    name: str = "schedules_to_load",
) -> Iterator[str]:
    """The lines of the module.

    `namespace` is `orchestrator` or `orchestrator.core`; `loads_schedules` says that the framework has `load_schedules`
    (5.5); `screen` says what paths are relative to; `name` is what the module is going to be called.
    """
    core = namespace.removeprefix("orchestrator")
    promise = _PROMISE.format(needs="" if loads_schedules else "\n\nIt needs orchestrator-core 4.7.2 or later.")
    yield from _HEAD.format(core=core, name=name, promise=promise).splitlines()
    if loads_schedules:
        yield f"from {namespace}.schedules.service import load_schedules"
    else:
        yield from (
            f"from {namespace}.schedules.service import (",
            "    add_scheduled_task_to_queue,",
            "    add_unique_scheduled_task_to_queue,",
            ")",
            f"from {namespace}.schemas.schedules import APSchedulerJobCreate",
            f"from {namespace}.services.workflows import get_workflow_by_name",
        )
    yield ""
    moving = [schedule for schedule in schedules if schedule.converts and not schedule.remarks_of("apart")]
    if moving:
        yield "SCHEDULES: list[dict[str, Any]] = ["
        for schedule in moving:
            yield f"    # {place(schedule, screen)}, {escape(schedule.function)}"
            yield from entry(schedule)
        yield "]"
    else:
        yield "SCHEDULES: list[dict[str, Any]] = []"
    yield from (_LOADER + (_FROM_55 if loads_schedules else _BEFORE_55)).splitlines()
    said = list(_remarks(schedules, screen))
    yield from said
    statements = removal(moving)
    if statements:
        yield from ([""] if said else ["", ""])
        yield from _comment(STOPPED)
        yield "#"
        yield from (f"#   {escape(line)}" for line in statements)


def _remarks(schedules: Sequence[Schedule], screen: Screen) -> Iterator[str]:
    """What is not in the list, and what the list has lost, as comments."""
    first = ["", ""]
    for kinds, title in ((("refused", "apart"), "Not in this list:"), (("lost", "changed"), "Not as it was:")):
        found = [
            (schedule, remark)
            for schedule in schedules
            for remark in schedule.remarks
            if remark.kind in kinds and (schedule.converts or remark.kind == "refused")
        ]
        if not found:
            continue
        yield from first
        first = [""]
        yield f"# {title}"
        for schedule, remark in found:
            said = sentence(schedule, remark, screen)
            yield from _comment(f"- {place(schedule, screen)}, {schedule.function}: {said}", "  ")


def _comment(text: str, hanging: str = "") -> Iterator[str]:
    for number, line in enumerate(wrap(escape(text), WIDTH - 4 - len(hanging))):
        yield f"# {hanging if number else ''}{line}"
