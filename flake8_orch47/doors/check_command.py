"""`orch47 check`: what an upgrade breaks, and its repair.

Exit status: 0 nothing found (or left), 1 something found (with `--diff`: something to change), 2 something went
wrong (an option or a setting that cannot be used, a file that could not be read, parsed or written).
"""

from __future__ import annotations

import os
import sys

from flake8_orch47.doors.console import (
    FOUND,
    NOTHING_FOUND,
    WRONG,
    UsageError,
    screen_for,
    tell,
    write,
    write_bytes,
)
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from flake8_orch47.doors.options import Commands
    from flake8_orch47.findings import Finding
    from flake8_orch47.fixes.repair import Outcome
    from flake8_orch47.fixes.steps import Planned
    from flake8_orch47.output.text import Repairs
    from flake8_orch47.project.discovery import Discovery
    from flake8_orch47.project.tree import Project
    from flake8_orch47.rules.check import Report
    from flake8_orch47.settings import Settings

__all__ = ["add"]

#: The rules some of whose findings have a fix. Which do takes a plan of all of it, and that as long as the check.
REPAIRABLE = ("ORC1", "ORC201", "ORC202", "ORC3")

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
    fixes = check.add_argument_group("fixes")
    fixes.add_argument("--fix", action="store_true", help="repair what can be repaired, and report the rest")
    fixes.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: also what needs a look")
    fixes.add_argument("--diff", action="store_true", help="print what --fix would change, and write nothing")
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
    chosen, overlay = _chosen(options)
    if options.fix or options.diff or options.unsafe_fixes or options.output_format == "json":
        return _repair(options, chosen, overlay)
    from flake8_orch47.rules.check import check

    _LEFT[:] = ({},)
    report = check(
        chosen.files, _configuration(options), overlay, memory_of(options), projects=_LEFT[0], whole=chosen.whole
    )
    return _show(options, report, chosen.problems)


#: What the last run looked at: the process ends anyway, and taking syntax trees apart would take its time.
_LEFT: list[dict[str, Project]] = []


def _configuration(options: argparse.Namespace) -> Callable[[str], Settings]:
    """What gives the settings of a project root."""

    def configure(root: str) -> Settings:
        return settings_of(root, options)

    return configure


def _is_standard_input(options: argparse.Namespace) -> bool:
    return options.stdin_filename is not None or STANDARD_INPUT in options.paths


def _chosen(options: argparse.Namespace) -> tuple[Discovery, dict[str, bytes]]:
    """The files to look at, and what stands for the contents of some."""
    from flake8_orch47.project.discovery import Discovery, expand

    if _is_standard_input(options):
        path = _stdin_path(options)
        return Discovery((path,), ()), {path: _standard_input()}
    return expand(options.paths or ["."]), {}


def _show(
    options: argparse.Namespace, report: Report, others: Sequence[Finding], repaired: Outcome | None = None
) -> int:
    """Prints findings; the answer is the exit status."""
    findings = _to_show(report, others)
    if not options.quiet:
        if not report.checked and not findings:
            tell("warning: no Python files found under the given paths")
        for warning in report.warnings:
            tell(f"warning: {warning}")
    # The standard output is for the repaired source, where that came from the standard input.
    stream = sys.stderr if options.fix and _is_standard_input(options) else None
    write(_rendered(findings, report, options, repaired), stream)
    if report.problems or others:
        return WRONG
    return FOUND if findings and not options.exit_zero else NOTHING_FOUND


# Fixes


def _repair(options: argparse.Namespace, chosen: Discovery, overlay: Mapping[str, bytes]) -> int:
    """`--fix` and `--diff`, and the format in which findings carry their fix; the answer is the exit status."""
    from flake8_orch47.fixes.repair import repair
    from flake8_orch47.rules import noqa

    outcome = repair(
        chosen.files,
        _configuration(options),
        overlay,
        apply=options.fix or options.diff,
        unsafe=options.unsafe_fixes,
        target_given=options.target_version not in (None, "auto"),
        with_fixes=options.output_format == "json" and not options.diff and not options.statistics,
        keep=noqa.keep,
        whole=chosen.whole,
    )
    if options.diff:
        return _diff(options, outcome, chosen.problems)
    if options.fix and _is_standard_input(options):
        (path,) = overlay
        write_bytes([outcome.changed[path].after if path in outcome.changed else overlay[path]])
    elif outcome.changed:
        from flake8_orch47.fixes.writing import write_all

        write_all(outcome.changed)
    return _show(options, outcome.report, chosen.problems, outcome if options.fix or options.unsafe_fixes else None)


def _diff(options: argparse.Namespace, outcome: Outcome, others: Sequence[Finding]) -> int:
    """Prints what the fixes would change; the answer is the exit status."""
    from flake8_orch47.output import diff, text

    terminal = screen_for(options.color)
    for path, changed in outcome.changed.items():
        write_bytes(diff.unified(terminal.path(path), *changed, color=terminal.color))
    for problem in sorted({*outcome.report.problems, *others}, key=_order):
        tell(f"{terminal.path(problem.span.path)}:{problem.span.row}: {problem.message}")
    if not options.quiet:
        for warning in outcome.report.warnings:
            tell(f"warning: {warning}")
        for line in text.would_fix(len(outcome.fixed), outcome.changed, outcome.left, outcome.refused, terminal):
            tell(line)
    if outcome.report.problems or others:
        return WRONG
    return FOUND if outcome.changed and not options.exit_zero else NOTHING_FOUND


def _remarks(repaired: Outcome, options: argparse.Namespace) -> Mapping[Finding, tuple[str, str]]:
    """What to say below a finding about its fix: a title and a text."""
    from flake8_orch47.fixes.repair import told

    remarks = {finding: ("no fix", reason) for finding, reason in repaired.refused.items()}
    for finding, planned in repaired.left.items():
        remarks[finding] = (f"fix with {_needed(planned, options)}", told(planned))
    return remarks


def _needed(planned: Planned, options: argparse.Namespace) -> str:
    """The options that a fix still needs."""
    words = [] if options.fix else ["--fix"]
    if planned.applicability == "unsafe" and not (options.unsafe_fixes and options.fix):
        words.append("--unsafe-fixes")
    return " ".join(words) or "another run"


def _repairs(repaired: Outcome | None, options: argparse.Namespace) -> Repairs | None:
    """What the last line says about fixes."""
    if repaired is None:
        return None
    from flake8_orch47.output.text import Repairs

    more: dict[str, int] = {}
    for planned in repaired.left.values():
        needed = _needed(planned, options)
        more[needed] = more.get(needed, 0) + 1
    return Repairs(len(repaired.fixed), len(repaired.changed), more)


# What to look at


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
    from flake8_orch47.rules import noqa

    found = noqa.keep(report.findings, report.sources)
    return sorted({*found, *report.problems, *others}, key=_order)


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.span.path, finding.span.row, finding.span.column, finding.code


# Output


def _rendered(
    findings: Sequence[Finding], report: Report, options: argparse.Namespace, repaired: Outcome | None
) -> Iterator[str]:
    if options.output_format == "json":
        yield _as_json(findings, options)
        return
    from flake8_orch47.output import text

    terminal = screen_for(options.color)
    remarks = _remarks(repaired, options) if repaired is not None else {}
    if options.statistics:
        yield from text.statistics(findings, terminal, _name_of)
    elif options.output_format == "concise":
        yield from text.concise(findings, terminal)
    elif options.output_format == "full":
        yield from text.full(findings, terminal, report.sources, _advice_of, remarks)
    else:
        yield from text.grouped(findings, terminal, remarks)
    if options.output_format != "concise" and not options.quiet and (findings or report.checked):
        yield text.summary(findings, report.checked, terminal, _repairs(repaired, options))
        is_repairable = any(finding.code.startswith(REPAIRABLE) for finding in findings)
        if is_repairable and repaired is None and not options.statistics:
            yield "`orch47 check --diff` shows what can be repaired."


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
