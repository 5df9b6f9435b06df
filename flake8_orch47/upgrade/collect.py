"""From files to plans: the one way in for doors."""

from __future__ import annotations

from flake8_orch47.project import requirement
from flake8_orch47.project.deployment import Deployments
from flake8_orch47.records import Record, replace
from flake8_orch47.rules.check import check
from flake8_orch47.schedules.collect import schedules_of
from flake8_orch47.upgrade.plan import Looked, Plan, Shown, plan
from flake8_orch47.upgrade.survey import survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from flake8_orch47.findings import Applicability, Finding
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.settings import Settings

    #: Those of some findings that no comment takes away, given the text of the files that have findings.
    Keep: TypeAlias = Callable[[Iterable[Finding], Mapping[str, str]], Iterable[Finding]]
    #: How the findings of a project can be repaired; one that cannot is left out.
    Repairs: TypeAlias = Callable[[Analysis, Sequence[Finding]], Mapping[Finding, Applicability]]

__all__ = ["Plans", "plans"]

_UNDETERMINED = "ORC204"


class Plans(Record):
    """What became of the given files.

    `projects` are the plans of the projects that have to do with orchestrator-core, in order of their folders;
    `problems` (ORC000) the given files that could not be read or parsed; `warnings` what else went wrong, a line
    each; `checked` the number of given files.
    """

    projects: tuple[Plan, ...]
    problems: tuple[Finding, ...]
    warnings: tuple[str, ...]
    checked: int


def plans(
    files: Sequence[str],
    configure: Callable[[str], Settings],
    keep: Keep,
    repairs: Repairs,
    done: Collection[str] = (),
) -> Plans:
    """The plans of the projects that `files` (absolute paths) belong to.

    `configure` gives the settings of a project root; `keep` drops what comments suppress; `repairs` says what has a
    fix; `done` are the ids of steps that the user says are done. Every rule runs, whatever the settings choose: a
    schedule is one whether somebody wants to see it or not. Raises what `configure` raises.
    """
    settings: dict[str, Settings] = {}
    looked: dict[str, Looked] = {}
    found: dict[str, Sequence[Finding]] = {}
    fixes: dict[str, Mapping[Finding, Applicability]] = {}

    def every_rule(root: str) -> Settings:
        settings[root] = configure(root)
        return replace(settings[root], select=("ORC",), extend_select=(), ignore=(), per_file_ignores=())

    def inspect(analysis: Analysis, findings: Sequence[Finding]) -> None:
        project = analysis.project
        found[project.root] = findings
        fixes[project.root] = repairs(analysis, findings)
        looked[project.root] = Looked(
            project.root,
            analysis.target,
            analysis.requirements,
            survey(analysis),
            schedules_of(analysis),
            not_given=sum(path not in project.linted for path in project.files),
        )

    report = check(files, every_rule, inspect=inspect)
    for root, choices in settings.items():
        if root not in looked and (requirements := requirement.requirements(root)):
            looked[root] = Looked(root, _target(choices, requirements), requirements)
    deployments = Deployments()
    kept = frozenset(keep(report.findings, report.sources))
    return Plans(
        tuple(
            plan(
                replace(looked[root], deployment=deployments.of(root)),
                replace(_shown(found.get(root, ()), kept, settings[root], root), fixes=fixes.get(root, {})),
                report.sources,
                done,
            )
            for root in sorted(looked)
        ),
        report.problems,
        report.warnings,
        report.checked,
    )


def _target(settings: Settings, requirements: tuple[requirement.Requirement, ...]) -> tuple[int, int]:
    if settings.target_version != "auto":
        major, _, minor = settings.target_version.partition(".")
        return int(major), int(minor)
    return requirement.at_least(requirements) or (4, 7)


def _shown(findings: Iterable[Finding], kept: Collection[Finding], settings: Settings, root: str) -> Shown:
    """The findings, sorted by whether they count. What the settings switch off is no matter of comments."""
    shown: list[Finding] = []
    suppressed: list[Finding] = []
    switched_off: list[Finding] = []
    undetermined: list[Finding] = []
    for finding in findings:
        if finding.code == _UNDETERMINED:
            undetermined.append(finding)
        elif not settings.wants(finding.code, finding.span.path, root):
            switched_off.append(finding)
        elif finding not in kept:
            suppressed.append(finding)
        else:
            shown.append(finding)
    return Shown(tuple(shown), tuple(suppressed), tuple(switched_off), tuple(undetermined))
