"""The command line: `orch47 check` and `orch47 rule`.

Exit status of `check`: 0 nothing found, 1 something found, 2 something went wrong (an option or a setting
that cannot be used, a file that could not be read or parsed, an error in here). Nobody ever sees a traceback,
unless `ORCH47_TRACEBACK=1` asks for it. What costs time is imported where it is needed: starting is a good
part of checking one file.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from flake8_orch47.output.terminal import COLOR_CHOICES, USUAL, Screen, escape, screen
from flake8_orch47.records import as_dict, replace
from flake8_orch47.settings import TARGET_VERSIONS, Settings, SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from flake8_orch47.findings import Finding
    from flake8_orch47.fixes.repair import Outcome
    from flake8_orch47.fixes.steps import Planned
    from flake8_orch47.output.text import Repairs
    from flake8_orch47.rules.catalogue import Rule
    from flake8_orch47.rules.check import Report

__all__ = ["main"]

NOTHING_FOUND, FOUND, WRONG = 0, 1, 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

STANDARD_INPUT = "-"

#: What the standard input is called where nobody gave it a name.
NAMELESS = "<stdin>"


class UsageError(Exception):
    """The command cannot do what it was asked to; the message is one line for the user."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, which is without the program's name. Returns the exit status."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        _silence(sys.stdout)
        return INTERRUPTED
    except (UsageError, SettingsError) as error:
        return _failed(f"error: {error}")
    except OSError as error:
        return _failed(f"error: {error}", error)
    except Exception as error:
        return _failed(_unexpected(error), error)


def _run(argv: Sequence[str]) -> int:
    _never_fail_to_encode(sys.stdout, sys.stderr)
    parser = _parser()
    try:
        options, others = parser.parse_known_args(argv)
    except SystemExit as end:  # --help, --version
        _print(())
        return end.code if isinstance(end.code, int) else WRONG
    if options.command is None:
        parser.print_help(sys.stderr)
        return WRONG
    if options.command == "rule":
        if others:
            raise UsageError(f"unexpected `{others[0]}` (see `orch47 rule --help`)")
        return _rule(options)
    options.paths += _late_paths(others)
    return _check(options)


def _late_paths(others: Sequence[str]) -> list[str]:
    """Paths that stand behind options: argparse leaves them over. Raises UsageError for an unknown option."""
    if "--" in others:
        border = others.index("--")
        return _late_paths(others[:border]) + list(others[border + 1 :])
    unknown = [other for other in others if other.startswith("-") and other != STANDARD_INPUT]
    if unknown:
        raise UsageError(f"unknown option `{unknown[0]}` (see `orch47 check --help`)")
    return list(others)


# Options


def _help_formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.HelpFormatter(prog, width=USUAL - 2)


class _Parser(argparse.ArgumentParser):
    """argparse, with one line where something is wrong, and help of a fixed width.

    To ask for the terminal's width it would import shutil, with every start: its checks make formatters too.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_help_formatter, **options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `{self.prog} --help`)")


class _Version(argparse.Action):
    """`--version`, which does not look up the version before somebody asks."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from flake8_orch47 import __version__

        _print([f"orch47 {__version__}"])
        parser.exit()


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="orch47",
        description="Find what breaks or gets dangerous when an application moves to orchestrator-core 4.7.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, prog="orch47")
    _add_check(commands)
    _add_rule(commands)
    return parser


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
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
    rules = check.add_argument_group("rules", "Codes or prefixes of codes, separated by commas; repeatable.")
    for name, text in (
        ("--select", "only these; what `pyproject.toml` selects and ignores does not count"),
        ("--extend-select", "these too"),
        ("--ignore", "not these, beside what `pyproject.toml` ignores"),
    ):
        rules.add_argument(name, type=_words, action="extend", metavar="CODES", help=text)
    project = check.add_argument_group("project", "They replace the settings of the same name.")
    project.add_argument(
        "--target-version", choices=TARGET_VERSIONS, help="the version of orchestrator-core to upgrade to"
    )
    for name, metavar, text in (
        ("--blocking-calls", "NAMES", "patterns of qualified names that block (ORC308)"),
        ("--non-blocking-calls", "NAMES", "patterns of qualified names that do not"),
        ("--src", "FOLDERS", "folders from which imports resolve"),
    ):
        project.add_argument(name, type=_words, action="extend", metavar=metavar, help=text)
    output = check.add_argument_group("output")
    output.add_argument(
        "--output-format", choices=("text", "full", "concise", "json"), default="text", help="default: text"
    )
    output.add_argument("--statistics", action="store_true", help="count per rule instead of listing")
    output.add_argument("--exit-zero", action="store_true", help="exit with 0, not 1, when something is found")
    output.add_argument("--stdin-filename", metavar="NAME", help="check the standard input as this file")
    output.add_argument("--quiet", "-q", action="store_true", help="findings and errors only")
    _add_color(output)


def _add_rule(commands: argparse._SubParsersAction[_Parser]) -> None:
    rule = commands.add_parser("rule", help="explain a rule", description="Explain a rule.")
    rule.add_argument("code", nargs="?", metavar="CODE", help="the code or the name of a rule")
    rule.add_argument("--all", action="store_true", help="every rule")
    rule.add_argument("--output-format", choices=("text", "json", "markdown"), default="text", help="default: text")
    _add_color(rule)


def _add_color(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--color", choices=COLOR_CHOICES, default="auto", help="default: on a terminal")


# orch47 rule


def _rule(options: argparse.Namespace) -> int:
    if options.all == (options.code is not None):
        raise UsageError("give the code of one rule, or --all")
    from flake8_orch47.rules.catalogue import RULES

    chosen = list(RULES.values()) if options.all else [RULES[_known(options.code)]]
    if options.output_format == "json":
        import json

        document = [as_dict(rule) | {"url": rule.url} for rule in chosen]
        _print([json.dumps(document if options.all else document[0], indent=2)])
    else:
        _print(_documentation(chosen, options))
    return NOTHING_FOUND


def _known(code: str) -> str:
    """The code that is meant by `code`, in whatever case, or by a rule's name. Raises UsageError."""
    from flake8_orch47.rules.catalogue import CODES, nearest

    if code.upper() in CODES:
        return code.upper()
    close = nearest(code)
    if close in CODES and _name_of(close) == code.lower():
        return close
    hint = f"did you mean {close}?" if close in CODES else f"known are {', '.join(CODES)}"
    raise UsageError(f"unknown rule `{code}`: {hint}")


def _documentation(rules: Sequence[Rule], options: argparse.Namespace) -> Iterator[str]:
    from flake8_orch47.output.documentation import for_terminal
    from flake8_orch47.rules.catalogue import page

    terminal = _screen(options)
    for number, rule in enumerate(rules):
        if number:
            yield ""
        text = page(rule)
        if options.output_format == "markdown":
            yield from text.splitlines()
        else:
            yield from for_terminal(text, terminal)


# orch47 check


def _check(options: argparse.Namespace) -> int:
    _validate_codes(options)
    files, overlay, others = _chosen_files(options)
    if options.fix or options.diff or options.unsafe_fixes or options.output_format == "json":
        return _repair(options, files, overlay, others)
    from flake8_orch47.rules.check import check

    report = check(files, _configuration(options), overlay)
    return _shown(options, report, others)


def _shown(
    options: argparse.Namespace, report: Report, others: Sequence[Finding], repaired: Outcome | None = None
) -> int:
    """Prints findings; the answer is the exit status."""
    findings = _to_show(report, others)
    if not options.quiet:
        if not report.checked and not findings:
            _tell("warning: no Python files found under the given paths")
        for warning in report.warnings:
            _tell(f"warning: {warning}")
    if options.fix and _is_standard_input(options):
        _print(_rendered(findings, report, options, repaired), sys.stderr)
    else:
        _print(_rendered(findings, report, options, repaired))
    if report.problems or others:
        return WRONG
    return FOUND if findings and not options.exit_zero else NOTHING_FOUND


def _repair(
    options: argparse.Namespace, files: Sequence[str], overlay: Mapping[str, bytes], others: Sequence[Finding]
) -> int:
    """`--fix` and `--diff`, and formats in which findings carry their fix; the answer is the exit status."""
    from flake8_orch47.fixes.repair import repair
    from flake8_orch47.output import noqa

    outcome = repair(
        files,
        _configuration(options),
        overlay,
        apply=options.fix or options.diff,
        unsafe=options.unsafe_fixes,
        target_given=options.target_version not in (None, "auto"),
        with_fixes=options.output_format == "json" and not options.diff and not options.statistics,
        keep=noqa.keep,
    )
    if options.diff:
        return _diff(options, outcome, others)
    if options.fix and _is_standard_input(options):
        (path,) = overlay
        _print_bytes([outcome.changed[path].after if path in outcome.changed else overlay[path]])
    elif outcome.changed:
        from flake8_orch47.fixes.writing import write_all

        write_all(outcome.changed)
    return _shown(options, outcome.report, others, outcome if options.fix or options.unsafe_fixes else None)


def _diff(options: argparse.Namespace, outcome: Outcome, others: Sequence[Finding]) -> int:
    """Prints what the fixes would change; the answer is the exit status."""
    from flake8_orch47.output import diff, text

    terminal = _screen(options)
    for path, changed in outcome.changed.items():
        _print_bytes(diff.unified(terminal.path(path), *changed, color=terminal.color))
    for problem in _to_show_problems(outcome.report, others):
        _tell(f"{terminal.path(problem.span.path)}:{problem.span.row}: {problem.message}")
    if not options.quiet:
        for warning in outcome.report.warnings:
            _tell(f"warning: {warning}")
        for line in text.would_fix(len(outcome.fixed), outcome.changed, outcome.left, outcome.refused, terminal):
            _tell(line)
    if outcome.report.problems or others:
        return WRONG
    return FOUND if outcome.changed and not options.exit_zero else NOTHING_FOUND


def _to_show_problems(report: Report, others: Sequence[Finding]) -> list[Finding]:
    return sorted({*report.problems, *others}, key=_order)


def _configuration(options: argparse.Namespace) -> Callable[[str], Settings]:
    """What gives the settings of a project root."""

    def configure(root: str) -> Settings:
        return _settings(root, options)

    return configure


def _is_standard_input(options: argparse.Namespace) -> bool:
    return options.stdin_filename is not None or STANDARD_INPUT in options.paths


def _chosen_files(options: argparse.Namespace) -> tuple[Sequence[str], dict[str, bytes], tuple[Finding, ...]]:
    """The files to look at, what stands for the contents of some, and the problems with the paths themselves."""
    if _is_standard_input(options):
        path = _stdin_path(options)
        return [path], {path: _standard_input()}, ()
    from flake8_orch47.project.discovery import expand

    discovery = expand(options.paths or ["."])
    return discovery.files, {}, discovery.problems


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


# Settings


def _settings(root: str, options: argparse.Namespace) -> Settings:
    """The settings of the project at `root`, with the options laid over them as ruff does it.

    `--select` starts afresh: what the file selects and ignores is gone; `--extend-select` and `--ignore` come
    on top. The other options replace the setting of their name. Raises SettingsError.
    """
    settings = load(
        root,
        target_version=options.target_version,
        blocking_calls=_tuple(options.blocking_calls),
        non_blocking_calls=_tuple(options.non_blocking_calls),
        src=_tuple(options.src),
    )
    _validate_file_codes(settings, os.path.join(root, "pyproject.toml"))
    if options.select is not None:
        settings = replace(settings, select=tuple(options.select), extend_select=(), ignore=())
    return replace(
        settings,
        extend_select=(*settings.extend_select, *(options.extend_select or ())),
        ignore=(*settings.ignore, *(options.ignore or ())),
    )


def _tuple(words: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(words)


def _validate_codes(options: argparse.Namespace) -> None:
    """Raise UsageError for an option with a code that no rule has."""
    for option, selectors in (
        ("--select", options.select),
        ("--extend-select", options.extend_select),
        ("--ignore", options.ignore),
    ):
        for selector in selectors or ():
            if reason := _reason_against(selector):
                raise UsageError(f"{option}: {reason}")


def _validate_file_codes(settings: Settings, path: str) -> None:
    """Raise SettingsError for a setting with a code that no rule has."""
    for key, selectors in (
        ("select", settings.select),
        ("extend-select", settings.extend_select),
        ("ignore", settings.ignore),
    ):
        for selector in selectors or ():
            if reason := _reason_against(selector):
                raise SettingsError(f"{path}: `{key}`: {reason}")


def _reason_against(selector: str) -> str | None:
    from flake8_orch47.rules.catalogue import CODES, nearest, selectable

    if selectable(selector):
        return None
    if any(code.startswith(selector) for code in CODES) and selector:
        return f"`{selector}` cannot be chosen: a file that cannot be read or parsed is always reported"
    close = nearest(selector)
    hint = f"did you mean {close}?" if close else "codes are ORC201, prefixes ORC2 or ORC"
    return f"unknown rule code `{selector}`: {hint}"


# Output


def _rendered(
    findings: Sequence[Finding], report: Report, options: argparse.Namespace, repaired: Outcome | None
) -> Iterator[str]:
    if options.output_format == "json":
        yield _as_json(findings, options)
        return
    from flake8_orch47.output import text

    terminal = _screen(options)
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


def _screen(options: argparse.Namespace) -> Screen:
    environ: Mapping[str, str] = os.environ
    return screen(options.color, sys.stdout, environ, os.getcwd())


def _print(lines: Iterator[str] | Sequence[str], stream: TextIO | None = None) -> None:
    """Write to the standard output. That nobody reads on is no error; raises OSError for a full disk."""
    stream = stream or sys.stdout
    if stream is None:
        return
    try:
        stream.writelines(f"{line}\n" for line in lines)
        stream.flush()
    except BrokenPipeError:
        _silence(stream)


def _print_bytes(pieces: Iterable[bytes]) -> None:
    """Write to the standard output as it is, without encoding or changing line ends. Raises OSError."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _silence(sys.stdout)


def _tell(message: str) -> None:
    """One line on the standard error."""
    with suppress(OSError, ValueError):
        print(f"orch47: {escape(message)}", file=sys.stderr)


def _never_fail_to_encode(*streams: TextIO | None) -> None:
    r"""A character that a stream's encoding does not have is written as `\u2026`."""
    from io import TextIOWrapper

    for stream in streams:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


# The end


def _failed(message: str, error: Exception | None = None) -> int:
    _tell(message)
    if error is not None and os.environ.get("ORCH47_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _silence(sys.stdout)
    return WRONG


def _unexpected(error: Exception) -> str:
    """One line about an error in here: what, in which file if a note says so, and what to do about it."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return (
        f"internal error: {what}{notes}. This is a bug in flake8-orch47: please report it with what the same "
        "command prints under ORCH47_TRACEBACK=1"
    )


def _silence(stream: TextIO | None) -> None:
    """Let the interpreter's last flush of `stream` go nowhere: it cannot go where it should."""
    if stream is None:
        return
    with suppress(OSError, ValueError):
        target = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, target)
        os.close(nowhere)
