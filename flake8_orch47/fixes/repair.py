"""Repairs what was found: plans, renders, checks the result again, until nothing changes. Writes nothing itself."""

from __future__ import annotations

import ast
import gc
import os
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from flake8_orch47.findings import Edit, Finding, Fix, Span
from flake8_orch47.fixes.plan import plan
from flake8_orch47.fixes.render import render
from flake8_orch47.fixes.steps import Change, Planned, Refusal, Refused, path_of
from flake8_orch47.fixes.text import Text, TextEdit, edited
from flake8_orch47.project.source import SourceError, decode, encode, read
from flake8_orch47.records import Record, made_by, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from flake8_orch47.fixes.steps import Step
    from flake8_orch47.project.tree import Project
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.rules.check import Report
    from flake8_orch47.settings import Settings

__all__ = ["Changed", "Outcome", "repair", "told"]

#: A fix may make room for another one; more than so many in a row are not.
_ROUNDS = 20


class Changed(NamedTuple):
    """The bytes of a file before and after."""

    before: bytes
    after: bytes


class Outcome(Record):
    """What repairing came to.

    `report` is about the files as they are afterwards. `fixed` are the findings that are gone, as they were
    found; `changed` the files that are different; `left` the remaining findings that a fix could repair which
    was not asked for, with what it does; `refused` those that none can, with the reason.
    """

    report: Report
    fixed: tuple[Finding, ...] = ()
    changed: Mapping[str, Changed] = made_by(default_factory=dict)
    left: Mapping[Finding, Planned] = made_by(default_factory=dict)
    refused: Mapping[Finding, str] = made_by(default_factory=dict)


class _State(NamedTuple):
    """The files at one moment: what was found in them, and what would repair it."""

    overlay: Mapping[str, bytes]
    report: Report
    plans: Mapping[Finding, Planned | Refused]


class _Project(NamedTuple):
    """What to look at, and how."""

    files: Sequence[str]
    configure: Callable[[str], Settings]
    keep: Callable[[Iterable[Finding], Mapping[str, str]], Iterable[Finding]]
    target_given: bool
    projects: dict[str, Project]
    whole: Collection[str]

    def shown(self, span: Span) -> str:
        """Where something stands, for a message: the file as seen from the project's root, and the row."""
        root = next((one.root for one in self.projects.values() if span.path in one.linted), "")
        path = os.path.relpath(span.path, root) if root else span.path
        return f"{path.replace(os.sep, '/')}:{span.row}"

    def state(self, overlay: Mapping[str, bytes]) -> _State:
        """What there is to say about the files with these contents."""
        from flake8_orch47.rules.check import check

        plans: dict[Finding, Planned | Refused] = {}

        def inspect(analysis: Analysis, findings: Sequence[Finding]) -> None:
            if not findings:
                return
            sources = {module.path: module.text for module in analysis.modules.known()}
            plans.update(plan(analysis, self.keep(findings, sources), target_given=self.target_given))

        report = check(self.files, self.configure, overlay, inspect=inspect, projects=self.projects, whole=self.whole)
        return _State(overlay, report, plans)


def _all(findings: Iterable[Finding], _sources: Mapping[str, str]) -> Iterable[Finding]:
    return findings


def repair(
    files: Sequence[str],
    configure: Callable[[str], Settings],
    overlay: Mapping[str, bytes] | None = None,
    *,
    apply: bool = True,
    unsafe: bool = False,
    target_given: bool = False,
    with_fixes: bool = False,
    keep: Callable[[Iterable[Finding], Mapping[str, str]], Iterable[Finding]] = _all,
    whole: Collection[str] = (),
) -> Outcome:
    """The findings in `files` repaired as far as possible; the result says what has to be written.

    `apply`: whether to repair at all, or only to tell what could be; `unsafe`: unsafe fixes too. `target_given`:
    somebody named the version to go to. `with_fixes`: the findings that are left carry what would repair them.
    `keep` leaves out findings that nobody wants to see, given the text of their files. `whole` are the roots of
    projects all of whose files are given. Raises what `configure` raises.
    """
    project = _Project(files, configure, keep, target_given, {}, whole)
    with _without_collecting():
        return _repaired(project, dict(overlay or {}), apply=apply, unsafe=unsafe, with_fixes=with_fixes)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No garbage collection while the syntax trees of several rounds are there: it would only walk them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _repaired(
    project: _Project, overlay: Mapping[str, bytes], *, apply: bool, unsafe: bool, with_fixes: bool
) -> Outcome:
    state = project.state(overlay)
    contents = _Contents()
    fixed: list[Finding] = []
    dropped: dict[Finding, str] = {}
    for _ in range(_ROUNDS if apply else 0):
        wanted = {
            finding: planned
            for finding, planned in sorted(state.plans.items(), key=lambda item: item[0])
            if isinstance(planned, Planned) and (unsafe or planned.applicability == "safe")
        }
        round_ = _Round(project, state, contents)
        round_.take(_compatible(wanted))
        dropped = round_.dropped
        if not round_.taken:
            break
        fixed += round_.taken
        state = round_.state
    left = {
        finding: planned
        for finding, planned in state.plans.items()
        if isinstance(planned, Planned) and finding not in dropped
    }
    refused = {finding: why.reason for finding, why in state.plans.items() if isinstance(why, Refused)}
    report = _with_fixes(state, contents) if with_fixes else state.report
    return Outcome(report, tuple(fixed), contents.changed(state.overlay), left, {**refused, **dropped})


def _with_fixes(state: _State, contents: _Contents) -> Report:
    """What was found, each finding together with the fix that is there for it."""
    fixes: dict[Finding, Fix] = {}
    for finding, planned in state.plans.items():
        if isinstance(planned, Planned):
            try:
                edits = _rendered(contents, state.overlay, planned.steps)
            except Refusal:
                continue
            fixes[finding] = _fix(planned, contents, state.overlay, edits)
    if not fixes:
        return state.report
    findings = tuple(finding._replace(fix=fixes.get(finding)) for finding in state.report.findings)
    return replace(state.report, findings=findings)


def _fix(
    planned: Planned, contents: _Contents, overlay: Mapping[str, bytes], edits: Mapping[str, list[TextEdit]]
) -> Fix:
    found = []
    for path, of_file in sorted(edits.items()):
        text = contents.text(path, overlay)
        found += [Edit(Span(path, *text.position(one.start), *text.position(one.end)), one.content) for one in of_file]
    return Fix(planned.applicability, told(planned), tuple(found))


def told(planned: Planned) -> str:
    """What a fix does, and why it is unsafe if it is."""
    return f"{planned.message} (unsafe: {planned.reason})" if planned.reason else planned.message


class _Contents:
    """The bytes and texts of files, as they were at first and as an overlay has them."""

    def __init__(self) -> None:
        self._first: dict[str, bytes] = {}
        self._texts: dict[tuple[str, bytes], Text] = {}

    def data(self, path: str, overlay: Mapping[str, bytes]) -> bytes:
        """The bytes of a file. Raises Refusal where it cannot be read."""
        if path not in self._first:
            try:
                self._first[path] = overlay[path] if path in overlay else read(path)
            except SourceError as error:
                raise Refusal(error.reason) from error
        return overlay.get(path, self._first[path])

    def text(self, path: str, overlay: Mapping[str, bytes]) -> Text:
        """The text of a file. Raises Refusal where its bytes would not come back from it."""
        data = self.data(path, overlay)
        key = path, data
        if key not in self._texts:
            try:
                text = decode(data)
                same = encode(text, data) == data
            except SourceError as error:
                raise Refusal(error.reason) from error
            if not same:
                raise Refusal("its encoding does not give the same bytes back")
            self._texts[key] = Text(text)
        return self._texts[key]

    def changed(self, overlay: Mapping[str, bytes]) -> dict[str, Changed]:
        """The files that are different now."""
        return {
            path: Changed(first, overlay[path])
            for path, first in sorted(self._first.items())
            if path in overlay and overlay[path] != first
        }


def _rendered(contents: _Contents, overlay: Mapping[str, bytes], steps: Iterable[Step]) -> dict[str, list[TextEdit]]:
    """The edits that take the steps, by file. Raises Refusal where they cannot be taken."""
    by_path: dict[str, list[Step]] = {}
    for step in steps:
        by_path.setdefault(path_of(step), []).append(step)
    return {path: render(contents.text(path, overlay).text, found) for path, found in by_path.items()}


def _compatible(wanted: Mapping[Finding, Planned]) -> dict[Finding, Planned]:
    """Those fixes, first come first served, that can be made at the same time."""
    chosen: dict[Finding, Planned] = {}
    taken: dict[str, list[Step]] = {}
    for finding, planned in wanted.items():
        if any(_clash(step, other) for step in planned.steps for other in taken.get(path_of(step), ())):
            continue
        chosen[finding] = planned
        for step in planned.steps:
            of_file = taken.setdefault(path_of(step), [])
            if step not in of_file:
                of_file.append(step)
    return chosen


def _clash(one: Step, other: Step) -> bool:
    """Whether two steps of different fixes get into each other's way."""
    if one == other:
        return False
    first, second = getattr(one, "span", None), getattr(other, "span", None)
    if first is None or second is None:
        return False
    if isinstance(one, Change) and isinstance(other, Change) and one.composes and other.composes:
        return False
    return bool(first[1:3] < second[3:5] and second[1:3] < first[3:5])


class _Round:
    """One round: fixes are made together where that works, and those that do any harm are left out."""

    def __init__(self, project: _Project, state: _State, contents: _Contents) -> None:
        self.project = project
        self.before = state
        self.state = state
        self.contents = contents
        self.taken: dict[Finding, Planned] = {}
        self.dropped: dict[Finding, str] = {}

    def take(self, fixes: Mapping[Finding, Planned]) -> None:
        """Makes the fixes, on top of those that were made; by halves where not all of them can be."""
        if not fixes:
            return
        try:
            self._try({**self.taken, **fixes})
            self.taken.update(fixes)
        except Refusal as refusal:
            if len(fixes) == 1:
                self.dropped.update(dict.fromkeys(fixes, str(refusal)))
                return
            items = list(fixes.items())
            self.take(dict(items[: len(items) // 2]))
            self.take(dict(items[len(items) // 2 :]))

    def _try(self, fixes: Mapping[Finding, Planned]) -> None:
        steps = dict.fromkeys(step for planned in fixes.values() for step in planned.steps)
        edits = _rendered(self.contents, self.before.overlay, steps)
        overlay = dict(self.before.overlay)
        for path, of_file in edits.items():
            data = self.contents.data(path, overlay)
            try:
                overlay[path] = encode(edited(self.contents.text(path, self.before.overlay).text, of_file), data)
            except SourceError as error:
                raise Refusal(error.reason) from error
        after = self.project.state(overlay)
        self._judge(fixes, edits, after)
        self.state = after

    def _judge(self, fixes: Mapping[Finding, Planned], edits: Mapping[str, list[TextEdit]], after: _State) -> None:
        """Raises Refusal where the result does not parse, still has a finding, or has one that was not there."""
        unread = {one.span.path for one in self.before.report.problems}
        broken = {one.span.path for one in after.report.problems} - unread
        if broken:
            raise Refusal("the result would not parse")
        places = _Places(self.contents, self.before.overlay, after.overlay, edits)
        found = {(one.span.path, one.code, one.span.row, one.span.column): one for one in after.report.findings}
        missing: Counter[str] = Counter()
        unseen: list[Finding] = []
        # Those that stay come first: one of them may now stand where a repaired one stood.
        for finding in sorted(self.before.report.findings, key=lambda one: one in fixes):
            keys = [(finding.span.path, finding.code, *place) for place in places.of(finding.span)]
            again = [key for key in keys if key in found]
            if finding in fixes and again:
                _, _, registered = found[again[0]].message.rpartition("; registered as ")
                why = f": it is still registered, as {registered}" if registered and finding.code == "ORC201" else ""
                raise Refusal(f"the result would still have this {finding.code}{why}")
            for key in again[:1]:
                del found[key]
            missing[finding.code] += finding not in fixes and not again
            if finding not in fixes and not again and finding.code.startswith("ORC3"):
                unseen.append(finding)
        if any(finding.code == "ORC202" for finding in fixes):
            # What is awaited runs, and what it runs is looked at for the first time.
            for key in [key for key in found if key[1] == "ORC202" or key[1].startswith("ORC3")]:
                if not places.is_changed(key[0], key[2]):
                    del found[key]
        new = Counter(one.code for one in found.values())
        if any(finding.code == "ORC201" for finding in fixes):
            blocking = [one for one in found.values() if one.code.startswith("ORC3")]
            self._judge_unseen(unseen, blocking, places, len(fixes))
            # What asks a function that blocks is the boundary now that the function itself is no callback.
            new = Counter({code: count for code, count in new.items() if not code.startswith("ORC3")})
        if self.project.target_given:
            del new["ORC203"]  # somebody said that the requirements are going to change
        for code, count in new.items():
            if count > missing[code]:
                where = min(one.span for one in found.values() if one.code == code)
                raise Refusal(f"the result would have another {code}, at {self.project.shown(where)}")

    def _judge_unseen(self, unseen: Iterable[Finding], new: Sequence[Finding], places: _Places, fixes: int) -> None:
        """Raises Refusal where something that blocks is not found any more, and what calls it now is not either.

        Where several fixes are made, the chains of what is found now have to lead to the function that blocks.
        """
        led = {places.function_at(hop.span.path, hop.span.row) for one in new for hop in one.related}
        for finding in unseen:
            codes = {one.code for one in new}
            known = {places.function_at(finding.span.path, row) for row, _ in places.of(finding.span)}
            is_led_to = bool(known & led) or places.is_replaced(finding.span)
            if finding.code not in codes or (fixes > 1 and not is_led_to):
                where = self.project.shown(finding.span)
                raise Refusal(f"the {finding.code} at {where} would still block, and would not be found any more")


class _Places:
    """Where in the changed files is what stood somewhere before."""

    def __init__(
        self,
        contents: _Contents,
        before: Mapping[str, bytes],
        after: Mapping[str, bytes],
        edits: Mapping[str, list[TextEdit]],
    ) -> None:
        self.contents = contents
        self.before = before
        self.after = after
        self.edits = edits
        self._functions: dict[str, list[tuple[int, int]]] = {}

    def of(self, span: Span) -> list[tuple[int, int]]:
        """The rows and columns where something that began here may begin now: before and behind an insertion."""
        if span.path not in self.edits:
            return [(span.row, span.column)]
        old, new = self.contents.text(span.path, self.before), self.contents.text(span.path, self.after)
        at = old.offset(span.row, span.column)
        moved = 0
        found: dict[int, None] = {}
        for edit in self.edits[span.path]:
            if edit.start > at:
                break
            if edit.start == at:
                found[at + moved] = None
            if edit.end > at:  # it stands in what was replaced
                return [new.position(place) for place in (*found, edit.start + moved)]
            moved += len(edit.content) - (edit.end - edit.start)
        found[at + moved] = None
        return [new.position(place) for place in found]

    def is_replaced(self, span: Span) -> bool:
        """Whether something stood in what was replaced."""
        at = self.contents.text(span.path, self.before).offset(span.row, span.column)
        return any(edit.start <= at < edit.end for edit in self.edits.get(span.path, ()))

    def function_at(self, path: str, row: int) -> tuple[str, int]:
        """The innermost function around a line of a changed file: the file, and where it begins."""
        if path not in self._functions:
            tree = ast.parse(self.contents.text(path, self.after).text)
            functions = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            self._functions[path] = [(one.lineno, one.end_lineno or one.lineno) for one in functions]
        return path, max((start for start, end in self._functions[path] if start <= row <= end), default=0)

    def is_changed(self, path: str, row: int) -> bool:
        """Whether a line of a changed file is not as it was."""
        new = self.contents.text(path, self.after)
        moved = 0
        for edit in self.edits.get(path, ()):
            start = edit.start + moved
            if new.position(start)[0] <= row <= new.position(start + len(edit.content))[0]:
                return True
            moved += len(edit.content) - (edit.end - edit.start)
        return False
