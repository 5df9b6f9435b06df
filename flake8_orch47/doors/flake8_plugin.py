"""The flake8 door: one scan of the project per run, findings handed out file by file.

flake8 calls `parse_options` once, in the parent, before it forks its workers: the scan happens there, and the
workers inherit its result. Where workers are spawned instead, each parses the options again and scans again.
"""

from __future__ import annotations

import gc
import os

from flake8_orch47 import __version__
from flake8_orch47.project.discovery import find_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, ClassVar

    from flake8.options.manager import OptionManager

    from flake8_orch47.findings import Finding
    from flake8_orch47.settings import Settings

__all__ = ["Plugin"]

#: What flake8 passes on: everything that is selected there. The choice of rules is flake8's own.
_ALL = ("ORC",)


class Plugin:
    """The plugin as flake8 sees it: options, and an iterator of findings for each file."""

    name = "flake8-orch47"
    version = __version__
    _findings: ClassVar[dict[str, list[Finding]]] = {}

    def __init__(self, tree: ast.AST, filename: str) -> None:
        self.path = _absolute(filename)

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """Row, 0-based column and message of each finding in the file."""
        for finding in self._findings.get(self.path, ()):
            yield finding.span.row, finding.span.column, f"{finding.code} {finding.message}", type(self)

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Adds the `--orch-...` options, and the rules that are off unless selected."""
        from flake8_orch47.settings import OPT_IN, TARGET_VERSIONS

        manager.extend_default_ignore(sorted(OPT_IN))
        manager.add_option(
            "--orch-target-version",
            parse_from_config=True,
            choices=TARGET_VERSIONS,
            help="orchestrator-core version to check for (default: what the project requires, at least 4.7)",
        )
        manager.add_option(
            "--orch-no-cache",
            action="store_true",
            parse_from_config=True,
            help="neither use nor keep the results of unchanged projects",
        )
        for name, text in (
            ("blocking-calls", "patterns of qualified names of calls that block"),
            ("non-blocking-calls", "patterns of qualified names of calls that do not block"),
            ("src", "folders from which imports resolve, relative to the project root"),
        ):
            manager.add_option(
                f"--orch-{name}", parse_from_config=True, comma_separated_list=True, metavar="LIST", help=text
            )

    @classmethod
    def parse_options(cls, manager: OptionManager, options: argparse.Namespace, _args: Sequence[str]) -> None:
        """Scans the projects of the files that flake8 is going to check."""
        files, overlay = _files(options)
        collecting = gc.isenabled()
        gc.disable()
        try:
            cls._findings = _scan(files, overlay, options)
        finally:
            gc.freeze()  # what is left of the scan would only be walked over and over, and copied after a fork
            if collecting:
                gc.enable()


def _absolute(filename: str) -> str:
    return os.path.normpath(os.path.join(os.getcwd(), filename))


def _files(options: argparse.Namespace) -> tuple[list[str], dict[str, bytes]]:
    """The files that flake8 will check, and what it reads from standard input under a name."""
    from flake8 import utils
    from flake8.discover_files import expand_paths

    overlay: dict[str, bytes] = {}
    files: dict[str, None] = {}
    for path in expand_paths(
        paths=options.filenames,
        stdin_display_name=options.stdin_display_name,
        filename_patterns=options.filename,
        exclude=(*options.exclude, *options.extend_exclude),
    ):
        if path == "-":
            path = options.stdin_display_name
            overlay[_absolute(path)] = _encoded(utils.stdin_get_value())
        files[_absolute(path)] = None
    return list(files), overlay


def _encoded(text: str) -> bytes:
    """The bytes of a source that flake8 has decoded by what its first lines declare."""
    from flake8_orch47.project.source import SourceError, encode

    data = text.encode("utf-8", "surrogatepass")
    try:
        return encode(text, data)
    except SourceError:
        return data


def _unmarked(names: Iterable[str]) -> list[str]:
    """The folders among the names that nothing marks, nor what is above them: each is a project of its own."""
    folders = [_absolute(name) for name in names if os.path.isdir(name)]
    return [folder for folder in folders if find_root(folder) == folder]


def _scan(files: list[str], overlay: dict[str, bytes], options: argparse.Namespace) -> dict[str, list[Finding]]:
    from flake8.exceptions import ExecutionError

    from flake8_orch47.rules.check import check
    from flake8_orch47.rules.memory import Memory, default_folder
    from flake8_orch47.settings import OPT_IN, TARGET_VERSIONS, SettingsError, load

    target = options.orch_target_version
    if target is not None and target not in TARGET_VERSIONS:  # flake8 lets anything through from its settings file
        raise ExecutionError(
            f"flake8-orch47: `orch-target-version` is `{target}`: it has to be one of {', '.join(TARGET_VERSIONS)}"
        )

    def configure(root: str) -> Settings:
        # Which rules run is flake8's choice; what they look for may stand in pyproject.toml, as for the command.
        return load(
            root,
            select=_ALL,
            extend_select=(),
            ignore=(),
            per_file_ignores=(),
            target_version=target,
            blocking_calls=_tuple(options.orch_blocking_calls),
            non_blocking_calls=_tuple(options.orch_non_blocking_calls),
            src=_tuple(options.orch_src),
        )

    folder = None if options.orch_no_cache or os.environ.get("ORCH47_NO_CACHE") else default_folder()
    try:
        memory = None if folder is None else Memory(folder)
        report = check(files, configure, overlay, memory, given=_unmarked(options.filenames or ()))
    except SettingsError as error:
        raise ExecutionError(f"flake8-orch47: {error}") from error
    found: dict[str, list[Finding]] = {}
    hidden = {code for code in OPT_IN if not _is_chosen(code, options)}
    for finding in report.findings:
        if finding.code in hidden:
            continue
        found.setdefault(finding.span.path, []).append(finding)
    return found


def _is_chosen(code: str, options: argparse.Namespace) -> bool:
    """Whether somebody selects a rule that is off by default.

    flake8 forgets what plugins ignore by default as soon as a user sets `ignore`.
    """
    chosen = (*(options.select or ()), *(options.extend_select or ()))
    return any(code.startswith(prefix) for prefix in chosen)


def _tuple(value: Sequence[str] | None) -> tuple[str, ...] | None:
    return tuple(value) if value else None
