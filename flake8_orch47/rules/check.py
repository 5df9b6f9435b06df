"""From files to findings: the one way in for every door."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager, suppress
from functools import partial

from flake8_orch47.findings import UNREADABLE, Finding, Outcome, Span
from flake8_orch47.project.discovery import is_marked, root_around
from flake8_orch47.project.source import SourceError, decode, parse
from flake8_orch47.project.tree import Project
from flake8_orch47.records import Record, made_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.rules.memory import Memory
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
    memory: Memory | None = None,
    inspect: Callable[[Analysis, Sequence[Finding]], None] | None = None,
    projects: dict[str, Project] | None = None,
    whole: Collection[str] = (),
    given: Collection[str] = (),
) -> Report:
    """The findings in `files` (absolute paths), each looked at together with the project around it.

    `configure` gives the settings of a project root; `overlay` unsaved contents by path; `memory` what earlier
    runs found, which unsaved contents leave alone; `inspect` is shown the analysis of each project that has to do
    with the framework, with its findings, and so needs every project anew. `projects` are those of an earlier
    call for the same files, by root, and then those of this one: what is on the disk is looked at once. `whole`
    are the roots of projects all of whose files are given, `given` other folders that were named. Raises what
    `configure` and `inspect` raise.
    """
    findings: list[Finding] = []
    problems: list[Finding] = []
    warnings: list[str] = []
    sources: dict[str, str] = {}
    with _prepared():
        by_root = _by_root(files, (*whole, *given))
        for root, linted in by_root.items():
            settings = configure(root)
            known = projects.get(root) if projects is not None else None
            if known is None:
                is_whole = root in whole and len(by_root) == 1  # else a project in it has files too
                project = Project(root, linted, overlay, settings.src, is_whole)
            else:
                project = known.again(overlay or {})
            if projects is not None:
                projects[root] = project
            work = partial(_check_project, project, settings, inspect)
            if memory is None or overlay or inspect is not None:
                done = work()
            else:
                done = memory.outcome(root, linted, settings, work)
            findings += done.findings
            problems += done.problems
            warnings += done.warnings
            sources.update(_texts(project, done.findings))
    return Report(tuple(sorted(findings)), tuple(sorted(problems)), tuple(warnings), len(files), sources)


def _texts(project: Project, findings: Iterable[Finding]) -> Iterator[tuple[str, str]]:
    """The source of each file with a finding."""
    for path in dict.fromkeys(finding.span.path for finding in findings):
        with suppress(SourceError):  # it was there a moment ago
            yield path, decode(project.read(path))


def _by_root(files: Sequence[str], given: Collection[str] = ()) -> dict[str, list[str]]:
    """The files by project root.

    Folders that nothing marks as a project belong to the one above them, if that is one of the roots too, or if it
    was given as a whole and they have no requirements of their own.
    """
    root_of: dict[str, str] = {}
    for path in files:
        folder = os.path.dirname(path)
        if folder not in root_of:
            root_of[folder] = root_around(folder)
    owners: dict[str, str] = {}
    roots = set(root_of.values())
    for root in sorted({*roots, *given}):
        above = root
        while above not in owners and above != os.path.dirname(above):
            above = os.path.dirname(above)
        belongs = above in owners and not is_marked(root) and (above in roots or not _has_requirements(root))
        owners[root] = owners[above] if belongs else root
    grouped: dict[str, list[str]] = {}
    for path in files:
        grouped.setdefault(owners[root_of[os.path.dirname(path)]], []).append(path)
    return grouped


def _has_requirements(folder: str) -> bool:
    """Whether a folder says what an application needs, as pip reads it."""
    from flake8_orch47.project.requirement import requirement_files  # a folder without a mark is rare

    return bool(requirement_files(folder))


def _check_project(
    project: Project, settings: Settings, inspect: Callable[[Analysis, Sequence[Finding]], None] | None
) -> Outcome:
    from flake8_orch47.project import scan  # where nothing changed, not even this is imported

    unread: dict[str, SourceError] = {}
    few = project.linted if len(project.linted) <= scan.FEW else frozenset()
    seeds = list(scan.seeds(project, unread))
    if not seeds:  # nothing here has to do with the framework: what follows names is not even imported
        unread.update(_broken(project, few))
        return Outcome(problems=tuple(_problem(path, error) for path, error in sorted(unread.items())))
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.rules.callbacks import check_callbacks
    from flake8_orch47.rules.schedules import check_schedules

    analysis = Analysis(project, settings, seeds)
    analysis.modules.problems.update(unread)
    found = [*check_schedules(analysis), *check_callbacks(analysis)]
    if analysis.contexts:
        from flake8_orch47.rules.blocking import check_blocking

        found += check_blocking(analysis)
    wanted = tuple(sorted(one for one in _unique(found) if settings.wants(one.code, one.span.path, project.root)))
    if inspect is not None:
        inspect(analysis, wanted)
    problems: list[Finding] = []
    warnings: list[str] = []
    for path, error in sorted(analysis.modules.problems.items()):
        if path in project.linted:
            problems.append(_problem(path, error))
        else:
            warnings.append(f"{path}:{error.row}: {error.reason} (what depends on this file is not checked)")
    return Outcome(wanted, tuple(problems), tuple(warnings))


def _broken(project: Project, paths: Iterable[str]) -> Iterator[tuple[str, SourceError]]:
    """Those of the files that cannot be parsed."""
    for path in sorted(paths):
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
