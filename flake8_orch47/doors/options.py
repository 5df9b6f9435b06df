"""The command's options: the parser, the options that subcommands share, and the settings they lead to."""

from __future__ import annotations

import argparse
import os

from flake8_orch47.doors.console import UsageError, write
from flake8_orch47.output.terminal import COLOR_CHOICES, USUAL
from flake8_orch47.records import replace
from flake8_orch47.settings import TARGET_VERSIONS, Settings, SettingsError, file_entries, load, path_and_codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn, TypeAlias

    from flake8_orch47.rules.memory import Memory

    #: What `add_subparsers` gives: argparse has no public name for it.
    Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001

__all__ = [
    "STANDARD_INPUT",
    "Parser",
    "Version",
    "add_cache",
    "add_color",
    "add_project",
    "add_rules",
    "late_paths",
    "memory_of",
    "settings_of",
    "validate_codes",
    "words",
]

STANDARD_INPUT = "-"


def _help_formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.HelpFormatter(prog, width=USUAL - 2)


class Parser(argparse.ArgumentParser):
    """argparse, with one line where something is wrong, and help of a fixed width.

    To ask for the terminal's width it would import shutil, with every start: its checks make formatters too.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_help_formatter, **options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `{self.prog} --help`)")


class Version(argparse.Action):
    """`--version`, which does not look up the version before somebody asks."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from flake8_orch47 import __version__

        write([f"orch47 {__version__}"])
        parser.exit()


# Options that subcommands share


def add_rules(parser: argparse.ArgumentParser) -> None:
    """The choice of rules."""
    rules = parser.add_argument_group("rules", "Codes or prefixes of codes, separated by commas; repeatable.")
    for name, text in (
        ("--select", "only these; what `pyproject.toml` selects and ignores does not count"),
        ("--extend-select", "these too"),
        ("--ignore", "not these, beside what `pyproject.toml` ignores"),
    ):
        rules.add_argument(name, type=words, action="extend", metavar="CODES", help=text)
    rules.add_argument(
        "--per-file-ignores",
        type=lambda text: [entry for part in text.split() for entry in file_entries(part)],
        action="extend",
        metavar="PATTERN:CODES",
        help="not these in files whose path matches (`tests/*:ORC201,ORC3`), beside those of `pyproject.toml`",
    )


def add_project(parser: argparse.ArgumentParser) -> None:
    """What the project is: the target version, its own tables of calls, its folders."""
    project = parser.add_argument_group("project", "They replace the settings of the same name.")
    project.add_argument(
        "--target-version", choices=TARGET_VERSIONS, help="the version of orchestrator-core to upgrade to"
    )
    for name, metavar, text in (
        ("--blocking-calls", "NAMES", "patterns of qualified names that block (ORC308)"),
        ("--non-blocking-calls", "NAMES", "patterns of qualified names that do not"),
        ("--src", "FOLDERS", "folders from which imports resolve"),
    ):
        project.add_argument(name, type=words, action="extend", metavar=metavar, help=text)


def add_color(parser: argparse._ActionsContainer) -> None:
    """`--color`."""
    parser.add_argument("--color", choices=COLOR_CHOICES, default="auto", help="default: on a terminal")


def add_cache(parser: argparse._ActionsContainer) -> None:
    """Where results are kept for the next run, and whether."""
    parser.add_argument(
        "--cache-dir",
        metavar="DIR",
        default=os.environ.get("ORCH47_CACHE_DIR"),
        help="keep results of unchanged projects here (default: `flake8-orch47` in the user's cache folder)",
    )
    parser.add_argument("-n", "--no-cache", action="store_true", help="neither use nor keep results")


def memory_of(options: argparse.Namespace) -> Memory | None:
    """What earlier runs found; None where nobody wants to know, or there is no place for it."""
    if options.no_cache or os.environ.get("ORCH47_NO_CACHE"):
        return None
    from flake8_orch47.rules.memory import Memory, default_folder

    folder = os.path.abspath(options.cache_dir) if options.cache_dir else default_folder()
    return Memory(folder) if folder is not None else None


def words(text: str) -> list[str]:
    """The words between the commas of an option's value."""
    return [word.strip() for word in text.split(",") if word.strip()]


def late_paths(others: Sequence[str], command: str) -> list[str]:
    """Paths that stand behind options: argparse leaves them over. Raises UsageError for an unknown option."""
    if "--" in others:
        border = others.index("--")
        return late_paths(others[:border], command) + list(others[border + 1 :])
    unknown = [other for other in others if other.startswith("-") and other != STANDARD_INPUT]
    if unknown:
        raise UsageError(f"unknown option `{unknown[0]}` (see `orch47 {command} --help`)")
    return list(others)


# Settings


def settings_of(root: str, options: argparse.Namespace) -> Settings:
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
    select, extend_select, ignore, per_file = (
        getattr(options, name, None) for name in ("select", "extend_select", "ignore", "per_file_ignores")
    )
    if select is not None:
        settings = replace(settings, select=tuple(select), extend_select=(), ignore=())
    return replace(
        settings,
        extend_select=(*settings.extend_select, *(extend_select or ())),
        ignore=(*settings.ignore, *(ignore or ())),
        per_file_ignores=(*settings.per_file_ignores, *(per_file or ())),
    )


def _tuple(words: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(words)


def validate_codes(options: argparse.Namespace) -> None:
    """Raise UsageError for an option with a code that no rule has."""
    for option, selectors in (
        ("--select", options.select),
        ("--extend-select", options.extend_select),
        ("--ignore", options.ignore),
    ):
        for selector in selectors or ():
            if reason := _reason_against(selector):
                raise UsageError(f"{option}: {reason}")
    if options.select is not None and not options.select and not options.extend_select:
        raise UsageError("--select: no rule is chosen")
    for entry in options.per_file_ignores or ():
        if reason := _reason_against_entry(entry):
            raise UsageError(f"--per-file-ignores: {reason}")


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
    if settings.select is not None and not settings.select and not settings.extend_select:
        raise SettingsError(f"{path}: `select`: no rule is chosen")
    for entry in settings.per_file_ignores:
        if reason := _reason_against_entry(entry):
            raise SettingsError(f"{path}: `per-file-ignores`: {reason}")


def _reason_against_entry(entry: str) -> str | None:
    try:
        _, codes = path_and_codes(entry)
    except ValueError as error:
        return str(error)
    return next(filter(None, map(_reason_against, codes)), None)


def _reason_against(selector: str) -> str | None:
    from flake8_orch47.rules.catalogue import CODES, nearest, selectable

    if selectable(selector):
        return None
    if any(code.startswith(selector) for code in CODES) and selector:
        return f"`{selector}` cannot be chosen: a file that cannot be read or parsed is always reported"
    close = nearest(selector)
    hint = f"did you mean {close}?" if close else "codes are ORC201, prefixes ORC2 or ORC"
    return f"unknown rule code `{selector}`: {hint}"
