"""`orch47 report`: which scenario of the upgrade guide applies, and what is left to do.

Exit status: 0 nothing is left, 1 something is, 2 something went wrong, or the report is incomplete.
"""

from __future__ import annotations

from flake8_orch47.doors.console import FOUND, NOTHING_FOUND, WRONG, UsageError, screen_for, tell, write
from flake8_orch47.doors.options import STANDARD_INPUT, add_color, add_project, settings_of, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from flake8_orch47.doors.options import Commands
    from flake8_orch47.findings import Applicability, Finding
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.settings import Settings
    from flake8_orch47.upgrade.collect import Plans

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Give the command its subcommand `report`."""
    report = commands.add_parser(
        "report",
        help="say what the upgrade takes, as a checklist",
        description="Say which scenario of the 4.7 upgrade guide applies, and what is left to do. Every rule runs, "
        "whatever the settings choose. Exit status: 0 nothing is left, 1 something is, 2 something went wrong, or a "
        "file could not be read or parsed.",
    )
    report.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: .)")
    add_project(report)
    output = report.add_argument_group("output")
    output.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="default: text")
    output.add_argument(
        "--done", type=words, action="extend", metavar="STEPS", help="steps that are done where no file can tell"
    )
    output.add_argument("--exit-zero", action="store_true", help="exit with 0, not 1, when something is left")
    add_color(output)
    report.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    done = _done(options)
    if STANDARD_INPUT in options.paths:
        raise UsageError("a report is about files: the standard input is none")
    from flake8_orch47.project.discovery import expand
    from flake8_orch47.rules import noqa
    from flake8_orch47.upgrade.collect import plans

    def configure(root: str) -> Settings:
        return settings_of(root, options)

    discovery = expand(options.paths or ["."])
    found = plans(discovery.files, configure, noqa.keep, _repairs, done)
    problems = sorted({*found.problems, *discovery.problems})
    for warning in found.warnings:
        tell(f"warning: {warning}")
    if not found.projects:
        tell("warning: nothing here has to do with orchestrator-core" if found.checked else _NOTHING)
    write(_rendered(found, problems, options))
    if problems:
        return WRONG
    left = any(plan.left for plan in found.projects)
    return FOUND if left and not options.exit_zero else NOTHING_FOUND


_NOTHING = "warning: no Python files found under the given paths"


def _repairs(analysis: Analysis, findings: Sequence[Finding]) -> Mapping[Finding, Applicability]:
    """How findings can be repaired, once the requirements let it be."""
    if not findings:
        return {}
    from flake8_orch47.fixes.plan import plan
    from flake8_orch47.fixes.steps import Planned
    from flake8_orch47.rules import noqa

    sources = {module.path: module.text for module in analysis.modules.known()}
    planned = plan(analysis, noqa.keep(findings, sources), target_given=True)
    return {finding: one.applicability for finding, one in planned.items() if isinstance(one, Planned)}


def _done(options: argparse.Namespace) -> frozenset[str]:
    """The steps that are said to be done. Raises UsageError for one that does not exist."""
    if not options.done:
        return frozenset()
    from flake8_orch47.upgrade.steps import STEPS

    known = [step.id for step in STEPS]
    for one in options.done:
        if one not in known:
            raise UsageError(f"--done: unknown step `{one}`: known are {', '.join(known)}")
    return frozenset(options.done)


def _rendered(found: Plans, problems: list[Finding], options: argparse.Namespace) -> Iterator[str]:
    if options.format == "json":
        from flake8_orch47.output import plan_json
        from flake8_orch47.rules.catalogue import RULES

        yield plan_json.report_object(found.projects, problems, lambda code: RULES[code].url)
        return
    screen = screen_for(options.color)
    if options.format == "markdown":
        from flake8_orch47.output import plan_markdown

        for plan in found.projects:
            yield from plan_markdown.as_markdown(plan, screen)
        yield from plan_markdown.incomplete(problems, screen)
        return
    from flake8_orch47.output import plan_text

    for number, plan in enumerate(found.projects):
        if number:
            yield ""
        yield from plan_text.for_terminal(plan, screen)
    yield from plan_text.incomplete(problems, screen)
