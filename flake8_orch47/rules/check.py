"""From files to findings: the one way in for every door."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flake8_orch47.findings import UNREADABLE, Finding, Span
from flake8_orch47.project import scan
from flake8_orch47.project.discovery import find_root, is_marked
from flake8_orch47.project.source import SourceError, parse
from flake8_orch47.project.tree import Project
from flake8_orch47.records import Record, made_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.settings import Settings

__all__ = ["Report", "check"]

#: Resolution recurses through expressions, calls and bases; what is deeper is unknown.
_RECURSION = 25_000


class Report(Record):
    """What a run found.

    `findings` are those of the selected rules, in order of path, row, column and code, `noqa` not yet applied;
    `problems` (ORC000) the given files that could not be read or parsed; `warnings` what else went wrong, a
    line each; `checked` the number of given files; `sources` the text of each file with a finding.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    checked: int = 0
    sources: Mapping[str, str] = made_by(default_factory=dict)


def check(
    files: Sequence[str],
    configure: Callable[[str], Settings],
    overlay: Mapping[str, bytes] | None = None,
    inspect: Callable[[Analysis], None] | None = None,
) -> Report:
    """The findings in `files` (absolute paths), each looked at together with the project around it.

    `configure` gives the settings of a project root; `overlay` unsaved contents by path; `inspect` is shown each
    project that has to do with the framework, after its findings. Raises what `configure` and `inspect` raise.
    """
    findings: list[Finding] = []
    problems: list[Finding] = []
    warnings: list[str] = []
    sources: dict[str, str] = {}
    with _prepared():
        for root, linted in _by_root(files).items():
            settings = configure(root)
            project = Project(root, linted, overlay, settings.src)
            _check_project(project, settings, findings, problems, warnings, sources, inspect)
    return Report(tuple(sorted(findings)), tuple(sorted(problems)), tuple(warnings), len(files), sources)


def _by_root(files: Sequence[str]) -> dict[str, list[str]]:
    """The files by project root.

    Folders that nothing marks as a project belong to the one above them, if that is one of the roots too.
    """
    root_of: dict[str, str] = {}
    for path in files:
        folder = os.path.dirname(path)
        if folder not in root_of:
            root_of[folder] = find_root(path)
    owners: dict[str, str] = {}
    for root in sorted(set(root_of.values())):
        above = root
        while above not in owners and above != os.path.dirname(above):
            above = os.path.dirname(above)
        owners[root] = owners[above] if above in owners and not is_marked(root) else root
    grouped: dict[str, list[str]] = {}
    for path in files:
        grouped.setdefault(owners[root_of[os.path.dirname(path)]], []).append(path)
    return grouped


def _check_project(
    project: Project,
    settings: Settings,
    findings: list[Finding],
    problems: list[Finding],
    warnings: list[str],
    sources: dict[str, str],
    inspect: Callable[[Analysis], None] | None,
) -> None:
    unread: dict[str, SourceError] = {}
    seeds = list(scan.seeds(project, unread))
    if not seeds:  # nothing here has to do with the framework: what follows names is not even imported
        unread.update(_broken(project))
        problems.extend(_problem(path, error) for path, error in sorted(unread.items()))
        return
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.rules.blocking import check_blocking
    from flake8_orch47.rules.callbacks import check_callbacks
    from flake8_orch47.rules.schedules import check_schedules

    analysis = Analysis(project, settings, seeds)
    analysis.modules.problems.update(unread)
    found = _unique((*check_schedules(analysis), *check_callbacks(analysis), *check_blocking(analysis)))
    findings.extend(finding for finding in found if settings.selects(finding.code))
    if inspect is not None:
        inspect(analysis)
    for path, error in sorted(analysis.modules.problems.items()):
        if path in project.linted:
            problems.append(_problem(path, error))
        else:
            warnings.append(f"{path}:{error.row}: {error.reason} (what depends on this file is not checked)")
    wanted = {finding.span.path for finding in findings}
    sources.update({module.path: module.text for module in analysis.modules.known() if module.path in wanted})


def _broken(project: Project) -> Iterator[tuple[str, SourceError]]:
    """The linted files that cannot be parsed, where they are few."""
    for path in sorted(project.linted) if len(project.linted) <= scan.FEW else ():
        try:
            parse(project.read(path), path)
        except SourceError as error:
            yield path, error


def _unique(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One finding per code and location."""
    seen: set[tuple[str, str, int, int]] = set()
    for finding in findings:
        key = (finding.code, finding.span.path, finding.span.row, finding.span.column)
        if key not in seen:
            seen.add(key)
            yield finding


def _problem(path: str, error: SourceError) -> Finding:
    return Finding(Span(path, error.row, 0, error.row, 0), UNREADABLE, error.reason)


@contextmanager
def _prepared() -> Iterator[None]:
    """Room for recursion, and no garbage collection while syntax trees pile up: it only walks what stays."""
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, _RECURSION))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()
