"""`orch47 schedules`: the schedules that a project declares in code, as what the Scheduler API takes.

Exit status: 0 everything can move as it is, 1 something stays in the code or is lost with the move, 2 something went
wrong (an option or a setting that cannot be used, a file that could not be read or parsed).
"""

from __future__ import annotations

from flake8_orch47.doors.console import FOUND, NOTHING_FOUND, WRONG, UsageError, screen_for, tell, write
from flake8_orch47.doors.options import STANDARD_INPUT, add_color, add_project, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from flake8_orch47.doors.options import Commands
    from flake8_orch47.output.terminal import Screen
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.schedules.declared import Schedule
    from flake8_orch47.settings import Settings

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Give the command its subcommand `schedules`."""
    schedules = commands.add_parser(
        "schedules",
        help="the schedules in code, as what the API takes",
        description="Print the schedules that are declared in code as what the Scheduler API takes, and the SQL that "
        "removes the jobs which they have left in the database. Exit status: 0 everything can move as it is, 1 "
        "something stays in the code or is lost with the move, if only an id (it is listed), 2 something went wrong, "
        "or a file could not be read or parsed.",
    )
    schedules.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: .)")
    schedules.add_argument(
        "--format",
        choices=("table", "json", "python", "sql"),
        default="table",
        help="json: bodies of POST /api/schedules/, without the workflow_id; python: a module that loads them; "
        "sql: what removes the old jobs (default: table)",
    )
    add_project(schedules)
    add_color(schedules)
    schedules.set_defaults(run=_schedules)


def _schedules(options: argparse.Namespace) -> int:
    if STANDARD_INPUT in options.paths:
        raise UsageError("schedules are read from files: the standard input is none")
    from flake8_orch47.project.discovery import expand
    from flake8_orch47.rules.check import check

    found: list[Schedule] = []
    namespaces: set[str] = set()
    targets: list[tuple[int, int]] = []

    def configure(root: str) -> Settings:
        return settings_of(root, options)

    def inspect(analysis: Analysis, _findings: object) -> None:
        from flake8_orch47.schedules.collect import namespace_of, schedules_of

        found.extend(schedules_of(analysis))
        namespaces.add(namespace_of(analysis))
        targets.append(analysis.target)

    discovery = expand(options.paths or ["."])
    report = check(discovery.files, configure, inspect=inspect, whole=discovery.whole)
    if not report.checked and not discovery.problems:
        tell("warning: no Python files found under the given paths")
    for warning in report.warnings:
        tell(f"warning: {warning}")
    problems = [*report.problems, *discovery.problems]
    for problem in problems:
        tell(f"error: {problem.span.path}:{problem.span.row}: {problem.message}")
    found.sort(key=lambda schedule: schedule.span)
    screen = screen_for(options.color)
    if options.format == "python" and not any(schedule.converts for schedule in found):
        # An empty list would take the place of the module that an earlier run has written.
        tell("error: none of the schedules can move" if found else "error: no schedules in code: no module is written")
        _tell_remarks(found, screen, with_sql=False)
        return WRONG
    if options.format == "python":
        write(_module(found, screen, namespaces, targets))
    elif options.format == "json":
        write(_json(found))
    elif options.format == "sql":
        write(_sql(found))
    else:
        write(_table(found, screen))
    if options.format != "table" and not any(schedule.converts for schedule in found):
        tell("warning: none of the schedules can move" if found else "warning: no schedules in code")
    if options.format != "table":
        _tell_remarks(found, screen, with_sql=options.format == "json")
    if problems:
        return WRONG
    return FOUND if any(_is_worth_a_look(schedule) for schedule in found) else NOTHING_FOUND


def _is_worth_a_look(schedule: Schedule) -> bool:
    """Whether something of a schedule stays behind."""
    return any(remark.kind != "changed" for remark in schedule.remarks)


def _module(
    found: Sequence[Schedule], screen: Screen, namespaces: set[str], targets: Sequence[tuple[int, int]]
) -> Iterator[str]:
    from flake8_orch47.output.schedules_module import module
    from flake8_orch47.schedules.collect import LOADS_SCHEDULES

    if len(namespaces) > 1:
        raise UsageError("these paths hold projects for 4.x and for 5.x: make a module for each of them")
    yield from module(
        found,
        screen,
        namespace=namespaces.pop() if namespaces else "orchestrator",
        loads_schedules=bool(targets) and min(targets) >= LOADS_SCHEDULES,
    )


def _json(found: Sequence[Schedule]) -> Iterator[str]:
    from flake8_orch47.output.schedules import payloads

    yield payloads(found)


def _table(found: Sequence[Schedule], screen: Screen) -> Iterator[str]:
    from flake8_orch47.output.schedules import table

    yield from table(found, screen)


def _sql(found: Sequence[Schedule]) -> Iterator[str]:
    from flake8_orch47.schedules.sql import removal

    yield from removal(schedule for schedule in found if schedule.converts)


def _tell_remarks(found: Sequence[Schedule], screen: Screen, *, with_sql: bool) -> None:
    """What a program's format has no place for, on the standard error: one line each, and the SQL."""
    from flake8_orch47.output.schedules import place, sentence

    for schedule in found:
        for remark in schedule.remarks:
            if schedule.converts or remark.kind == "refused":
                said = sentence(schedule, remark, screen)
                tell(f"{_KINDS[remark.kind]}: {place(schedule, screen)}: {schedule.function}: {said}")
    for line in _sql(found) if with_sql else ():
        tell(line)


_KINDS = {"refused": "stays in the code", "lost": "lost", "apart": "apart", "changed": "note"}
