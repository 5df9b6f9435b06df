"""The command line: `orch47 check` and its siblings; each subcommand has a module of its own.

Exit status: what the subcommand says; 2 where something went wrong (an option or a setting that cannot be used,
an error in here). Nobody ever sees a traceback, unless `ORCH47_TRACEBACK=1` asks for it. What costs time is
imported where it is needed: starting is a good part of checking one file.
"""

from __future__ import annotations

import os
import sys

from flake8_orch47.doors.console import (
    INTERRUPTED,
    WRONG,
    UsageError,
    never_fail_to_encode,
    silence,
    tell,
    write,
)
from flake8_orch47.doors.options import Parser, Version, late_paths
from flake8_orch47.settings import SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

#: The subcommands, in the order of the help. The module `NAME_command` adds its options and what runs it.
_SUBCOMMANDS = ("check", "report", "schedules", "rule")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, which is without the program's name. Returns the exit status."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        silence(sys.stdout)
        return INTERRUPTED
    except (UsageError, SettingsError) as error:
        return _failed(f"error: {error}")
    except OSError as error:
        return _failed(f"error: {error}", error)
    except Exception as error:
        return _failed(_unexpected(error), error)


def _run(argv: Sequence[str]) -> int:
    never_fail_to_encode(sys.stdout, sys.stderr)
    parser = _parser(argv)
    try:
        options, others = parser.parse_known_args(argv)
    except SystemExit as end:  # --help, --version
        write(())
        return end.code if isinstance(end.code, int) else WRONG
    if options.command is None:
        parser.print_help(sys.stderr)
        return WRONG
    if hasattr(options, "paths"):
        options.paths += late_paths(others, options.command)
    elif others:
        raise UsageError(f"unexpected `{others[0]}` (see `orch47 {options.command} --help`)")
    status: int = options.run(options)
    return status


def _parser(argv: Sequence[str]) -> Parser:
    """The parser for these arguments: without the subcommands that they do not name, where they name one."""
    from importlib import import_module

    parser = Parser(
        prog="orch47",
        description="Find and repair what breaks or gets dangerous when an application moves to orchestrator-core 4.7.",
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser, prog="orch47")
    named = argv[0] if argv and argv[0] in _SUBCOMMANDS else None
    for name in (named,) if named else _SUBCOMMANDS:
        import_module(f"flake8_orch47.doors.{name}_command").add(commands)
    return parser


# The end


def _failed(message: str, error: Exception | None = None) -> int:
    tell(message)
    if error is not None and os.environ.get("ORCH47_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        silence(sys.stdout)
    return WRONG


def _unexpected(error: Exception) -> str:
    """One line about an error in here: what, in which file if a note says so, and what to do about it."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return (
        f"internal error: {what}{notes}. This is a bug in flake8-orch47: please report it with what the same "
        "command prints under ORCH47_TRACEBACK=1"
    )
