"""`orch47 check`: what an upgrade breaks.

Exit status: 0 nothing found, 1 something found, 2 something went wrong (an option or a setting that cannot be
used, a file that could not be read or parsed).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flake8_orch47.doors.console import FOUND, NOTHING_FOUND, WRONG, UsageError, screen_for, tell, write
from flake8_orch47.doors.options import (
    STANDARD_INPUT,
    add_cache,
    add_color,
    add_project,
    add_rules,
    memory_of,
    settings_of,
    validate_codes,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from flake8_orch47.doors.options import Commands
    from flake8_orch47.findings import Finding
    from flake8_orch47.rules.check import Report
    from flake8_orch47.settings import Settings

__all__ = ["add"]

#: What the standard input is called where nobody gave it a name.
NAMELESS = "<stdin>"


def add(commands: Commands) -> None:
    """Give the command its subcommand `check`."""
    check = commands.add_parser(
        "check",
        help="report what an upgrade breaks",
        description="Report what an upgrade breaks. Exit status: 0 nothing found, 1 something found, 2 "
        "something went wrong, or a file could not be read or parsed.",
    )
    check.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: .), or -")
    add_rules(check)
    add_project(check)
    output = check.add_argument_group("output")
    output.add_argument(
        "--output-format", choices=("text", "full", "concise", "json"), default="text", help="default: text"
    )
    output.add_argument("--statistics", action="store_true", help="count per rule instead of listing")
    output.add_argument("--exit-zero", action="store_true", help="exit with 0, not 1, when something is found")
    output.add_argument("--stdin-filename", metavar="NAME", help="check the standard input as this file")
    output.add_argument("--quiet", "-q", action="store_true", help="findings and errors only")
    add_color(output)
    add_cache(check.add_argument_group("cache"))
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    validate_codes(options)
    report, others = _report(options)
    findings = _to_show(report, others)
    if not options.quiet:
        if not report.checked and not findings:
            tell("warning: no Python files found under the given paths")
        for warning in report.warnings:
            tell(f"warning: {warning}")
    write(_rendered(findings, report, options))
    if report.problems or others:
        return WRONG
    return FOUND if findings and not options.exit_zero else NOTHING_FOUND


def _report(options: argparse.Namespace) -> tuple[Report, tuple[Finding, ...]]:
    """What the engine says about the chosen files, and the problems with the paths themselves."""
    from flake8_orch47.rules.check import check

    def configure(root: str) -> Settings:
        return settings_of(root, options)

    if options.stdin_filename is not None or STANDARD_INPUT in options.paths:
        path = _stdin_path(options)
        return check([path], configure, {path: _standard_input()}), ()

    from flake8_orch47.project.discovery import expand

    discovery = expand(options.paths or ["."])
    return check(discovery.files, configure, memory=memory_of(options)), discovery.problems


def _stdin_path(options: argparse.Namespace) -> str:
    if options.paths not in ([], [STANDARD_INPUT]):
        raise UsageError("the standard input is checked alone: give no other path")
    return os.path.abspath(options.stdin_filename or NAMELESS)


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise UsageError("there is no standard input")
    return sys.stdin.buffer.read()


def _to_show(report: Report, others: Sequence[Finding]) -> list[Finding]:
    """The findings without those that a comment takes away, and the problems, which none takes away."""
    from flake8_orch47.output import noqa

    found = noqa.keep(report.findings, report.sources)
    return sorted({*found, *report.problems, *others}, key=_order)


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.span.path, finding.span.row, finding.span.column, finding.code


# Output


def _rendered(findings: Sequence[Finding], report: Report, options: argparse.Namespace) -> Iterator[str]:
    if options.output_format == "json":
        yield _as_json(findings, options)
        return
    from flake8_orch47.output import text

    terminal = screen_for(options.color)
    if options.statistics:
        yield from text.statistics(findings, terminal, _name_of)
    elif options.output_format == "concise":
        yield from text.concise(findings, terminal)
    elif options.output_format == "full":
        yield from text.full(findings, terminal, report.sources, _advice_of)
    else:
        yield from text.grouped(findings, terminal)
    if options.output_format != "concise" and not options.quiet and (findings or report.checked):
        yield text.summary(findings, report.checked, terminal)


def _as_json(findings: Sequence[Finding], options: argparse.Namespace) -> str:
    from flake8_orch47.output import as_json

    if options.statistics:
        return as_json.statistics_array(findings, _name_of)
    return as_json.findings_array(findings, _url_of)


def _name_of(code: str) -> str:
    from flake8_orch47.rules.catalogue import RULES

    return RULES[code].name


def _advice_of(code: str) -> str:
    from flake8_orch47.rules.catalogue import RULES

    return RULES[code].advice


def _url_of(code: str) -> str:
    from flake8_orch47.rules.catalogue import RULES

    return RULES[code].url
