"""The plan of a project: its scenario with evidence, what is left to do, what is right, what is unknown."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, TypeAlias

from flake8_orch47.project import requirement
from flake8_orch47.project.deployment import Deployment
from flake8_orch47.project.source import split_lines, to_column
from flake8_orch47.records import Record, made_by
from flake8_orch47.schedules.sql import removal
from flake8_orch47.upgrade.steps import SCENARIOS, STEPS, Fact, Scenario, Step
from flake8_orch47.upgrade.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from flake8_orch47.findings import Applicability, Finding, Span
    from flake8_orch47.project.deployment import CliCommand
    from flake8_orch47.project.requirement import Requirement
    from flake8_orch47.schedules.declared import Schedule

__all__ = ["Evidence", "Looked", "Plan", "Remark", "Shown", "State", "Task", "plan"]

#: `open` is left to do; `done` is seen to; `unverified` may be done, nothing here can tell; `optional` may be done.
State: TypeAlias = Literal["open", "done", "unverified", "optional"]


#: What shows the jobs that are stored.
_STORED = "SELECT id, next_run_time FROM apscheduler_jobs;"


class Evidence(Record):
    """A place that says something: `text` is what stands there, or what it is."""

    path: str
    row: int
    text: str


class Looked(Record):
    """What one project is, as far as the files say."""

    root: str
    target: tuple[int, int] = (4, 7)
    requirements: tuple[Requirement, ...] = ()
    survey: Survey = Survey()
    schedules: tuple[Schedule, ...] = ()
    deployment: Deployment = Deployment()
    #: how many Python files of the project were not among those given
    not_given: int = 0


class Task(Record):
    """A step of a project: its state and findings, places that bear it out, the command to type.

    `note` says what the step's own text cannot know.
    """

    step: Step
    state: State
    findings: tuple[Finding, ...] = ()
    places: tuple[Evidence, ...] = ()
    command: str = ""
    note: str = ""


class Remark(Record):
    """Something that was not looked at, or cannot be known: how much of it, what, and where."""

    id: str
    number: int
    text: str
    places: tuple[Evidence, ...] = ()


class Plan(Record):
    """The upgrade of one project."""

    root: str
    target: tuple[int, int]
    requirement: Requirement | None
    scenario: Scenario
    evidence: tuple[Evidence, ...]
    tasks: tuple[Task, ...]
    right: tuple[Remark, ...]
    unknown: tuple[Remark, ...]
    #: how many deployment files were read
    deployment_files: int

    @property
    def left(self) -> tuple[Task, ...]:
        """The tasks that are open."""
        return tuple(task for task in self.tasks if task.state == "open")


class Shown(Record):
    """The findings of one project: those that count, and those that somebody does not want to see.

    `suppressed` by `# noqa`, `switched_off` by the project's settings; `undetermined` are those of ORC204. `fixes`
    says how they can be repaired; one that cannot is not in it.
    """

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    switched_off: tuple[Finding, ...] = ()
    undetermined: tuple[Finding, ...] = ()
    fixes: Mapping[Finding, Applicability] = made_by(default_factory=dict)


def plan(looked: Looked, shown: Shown, sources: Mapping[str, str], done: Collection[str] = ()) -> Plan:
    """The plan of a project.

    `sources` is the text of the files with findings; `done` are the ids of steps that the user says are done.
    """
    everything = (*shown.findings, *shown.suppressed, *shown.switched_off)
    own = (*_own(looked.schedules), *_listed(everything, sources))
    started = (
        *(Evidence(start.path, start.row, start.text) for start in looked.survey.starts),
        *(_of_command(command) for command in looked.deployment.runs("scheduler")),
    )
    moved = tuple(Evidence(one.path, one.row, one.text) for one in looked.survey.loads)
    facts = _facts(looked, bool(own or moved), bool(started))
    scenario = next(scenario for scenario in SCENARIOS if scenario.when <= facts)
    tasks: list[Task] = []
    for step in STEPS:
        if (task := _task(step, looked, shown, facts, tasks, done)) is not None:
            tasks.append(task)
    return Plan(
        looked.root,
        looked.target,
        _stated(looked.requirements),
        scenario,
        own + moved + started,
        tuple(tasks),
        tuple(_right(looked.survey)),
        tuple(_unknown(looked, shown)),
        looked.deployment.read,
    )


def _facts(looked: Looked, has_own: bool, is_started: bool) -> frozenset[Fact]:
    answers: dict[Fact, bool] = {
        "scheduler": has_own or is_started,
        "own": has_own,
        "below": requirement.below_47(looked.requirements) is not None,
        "upgrading": not requirement.is_from_47(looked.requirements),
    }
    return frozenset(fact for fact, holds in answers.items() if holds)


def _stated(requirements: Sequence[Requirement]) -> Requirement | None:
    """The requirement to show: what holds the project below 4.7, else the first."""
    return requirement.below_47(requirements) or next(iter(requirements), None)


# Evidence


def _own(schedules: Iterable[Schedule]) -> Iterator[Evidence]:
    for schedule in schedules:
        name = schedule.function.rpartition(".")[2]
        yield Evidence(schedule.span.path, schedule.span.row, f"own schedule `{name}` ({schedule.code})")


def _of_command(command: CliCommand) -> Evidence:
    return Evidence(command.path, command.row, command.text)


def _listed(findings: Iterable[Finding], sources: Mapping[str, str]) -> Iterator[Evidence]:
    """Where something is added to `ALL_SCHEDULERS`."""
    for finding in findings:
        if finding.code == "ORC103" and _adds(finding.span, sources.get(finding.span.path, "")):
            yield Evidence(finding.span.path, finding.span.row, "own entries of `ALL_SCHEDULERS` (ORC103)")


def _adds(span: Span, text: str) -> bool:
    """Whether the use of a list at `span` adds something to it: `+`, `+=`, `append`, `[*LIST, job]`."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    lines = split_lines(text)
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if (
                isinstance(child, ast.Name | ast.Attribute)
                and child.lineno == span.row
                and to_column(lines[child.lineno - 1], child.col_offset) == span.column
                and _is_addition(node, child, tree)
            ):
                return True
    return False


def _is_addition(parent: ast.AST, node: ast.AST, tree: ast.AST) -> bool:
    match parent:
        case ast.BinOp(op=ast.Add()) | ast.AugAssign(op=ast.Add()):
            return True
        case ast.Attribute(attr="append" | "extend" | "insert"):
            return parent.value is node
        case ast.Starred():
            lists = (one for one in ast.walk(tree) if isinstance(one, ast.List | ast.Tuple))
            return any(parent in one.elts and len(one.elts) > 1 for one in lists)
    return False


# Tasks


def _task(
    step: Step, looked: Looked, shown: Shown, facts: frozenset[Fact], before: Sequence[Task], done: Collection[str]
) -> Task | None:
    """What a step is for the project; None where it does not apply."""
    findings = tuple(finding for finding in shown.findings if finding.code in step.codes)
    if not step.when <= facts or (step.codes and not findings):
        return None
    places = tuple(_of_command(one) for one in _seen_to(step, looked.deployment))
    own_jobs = "\n".join(removal(schedule for schedule in looked.schedules if schedule.converts))
    have_moved = step.id == "own-jobs" and not looked.schedules and bool(looked.survey.loads)
    command = step.command.format(
        own_jobs=_STORED if have_moved else own_jobs,
        default_jobs=", ".join(f"'{job}'" for job in _default_jobs(looked.target)),
    )
    if step.command and not command:  # nothing moves
        return None
    command, by_hand = _repairing(step, command, findings, shown)
    if step.id in done:
        return Task(step, "done", findings, places, command, "you say that this is done")
    state: State = "open"
    if places:
        state = "done"
    elif have_moved:
        note = "Which they were the code no longer says: every id that is none of today's schedules is left over."
        return Task(step, "unverified", findings, places, command, note)
    elif step.is_optional or (step.after and all(task.step.id != step.after for task in before)):
        state = "optional"
    elif step.id == "requirement":
        below = requirement.below_47(looked.requirements)
        places = (Evidence(below.path, below.row, f"orchestrator-core{below.specifier}"),) if below else ()
    elif not step.codes and not step.after and "upgrading" not in facts:
        state = "unverified"
    note = _note(step, looked.schedules, facts, has_fix=bool(command))
    return Task(step, state, findings, places, command, " ".join(filter(None, (note, by_hand))))


def _seen_to(step: Step, deployment: Deployment) -> tuple[CliCommand, ...]:
    return deployment.runs(*step.evidence) if step.evidence is not None else ()


def _default_jobs(target: tuple[int, int]) -> tuple[str, ...]:
    """The ids of the framework's own jobs that are gone: 4.8 has moved the fourth to the API too."""
    gone = ("resume-workflows", "clean-tasks", "subscriptions-validator")
    return (*gone, "validate-products") if target >= (4, 8) else gone


def _repairing(step: Step, command: str, findings: Sequence[Finding], shown: Shown) -> tuple[str, str]:
    """The command that repairs findings, as far as they have a fix, and what is to be said of it.

    What a callback does can often be repaired only once it is async: then the findings of today do not say.
    """
    if not command.startswith(_FIX):
        return command, ""
    in_callbacks = step.codes[0] > "ORC201"
    if in_callbacks and any(finding.code == "ORC201" for finding in shown.findings):
        return command, ""
    fixable = [shown.fixes[finding] for finding in findings if finding in shown.fixes]
    if not fixable:
        return "", "No fix: this is for you to change."
    command = command.replace(_UNSAFE, "")
    unsafe = fixable.count("unsafe")
    notes = []
    if unsafe == len(fixable):
        command = command.replace(_FIX, _FIX + _UNSAFE)
    elif unsafe:
        notes.append(f"{unsafe} of {len(findings)} only with `{_UNSAFE.strip()}`: to be looked at afterwards.")
    if by_hand := len(findings) - len(fixable):
        notes.append(f"{by_hand} of {len(findings)} without a fix: for you to change.")
    return command, " ".join(notes)


_FIX = "orch47 check --fix"
_UNSAFE = " --unsafe-fixes"


def _note(step: Step, schedules: Sequence[Schedule], facts: frozenset[Fact], *, has_fix: bool) -> str:
    """What is to be said of a step for this project alone."""
    staying = sum(not schedule.converts for schedule in schedules)
    if step.id == "own-schedules" and staying:
        return f"{staying} of {len(schedules)} cannot be moved as written: `orch47 schedules` says why."
    if step.id == "async-callbacks" and has_fix and "below" in facts:
        return "The fix is refused as long as the requirements hold orchestrator-core below 4.7."
    if step.id == "own-jobs" and staying:
        return "The jobs of schedules that stay in the code are not among them."
    return ""


# What is right, what is unknown


def _right(survey: Survey) -> Iterator[Remark]:
    if number := survey.async_callbacks:
        of = _counted(survey.callbacks, "authorization callback")
        yield Remark("async-callbacks", number, f"{number} of {of} {'is' if number == 1 else 'are'} async")
    if number := survey.offloaded:
        text = f"{_counted(number, 'call')} in callbacks {'runs' if number == 1 else 'run'} in a thread or elsewhere"
        yield Remark("offloaded-calls", number, text)


def _unknown(looked: Looked, shown: Shown) -> Iterator[Remark]:
    if shown.undetermined:
        count = len(shown.undetermined)
        text = f"{_counted(count, 'callback')} that the code does not determine (ORC204): to be looked at by hand"
        yield Remark("undetermined-callbacks", count, text, tuple(_places(shown.undetermined)))
    if shown.suppressed:
        count = len(shown.suppressed)
        yield Remark("suppressed", count, f"{_counted(count, 'finding')} that `# noqa` comments take away")
    if shown.switched_off:
        count, codes = len(shown.switched_off), sorted({finding.code for finding in shown.switched_off})
        text = f"{_counted(count, 'finding')} that the settings switch off ({', '.join(codes)})"
        yield Remark("switched-off", count, text)
    if looked.not_given:
        text = f"{_counted(looked.not_given, 'Python file')} of the project not among the given paths"
        yield Remark("not-given", looked.not_given, text)
    if looked.deployment.unread:
        places = tuple(Evidence(path, 1, reason) for path, reason in looked.deployment.unread)
        yield Remark(
            "unread", len(places), f"{_counted(len(places), 'deployment file')} that could not be read", places
        )
    count = looked.deployment.read
    text = f"{_counted(count, 'deployment file')} read for commands that start the scheduler"
    if not count and not looked.survey.starts:
        yield Remark("no-deployment", 0, "no deployment file: nothing says whether the scheduler is started")
    elif not looked.deployment.runs("scheduler") and not looked.survey.starts:
        yield Remark("no-scheduler", count, f"{text}, and none found")


def _places(findings: Iterable[Finding]) -> Iterator[Evidence]:
    for finding in findings:
        yield Evidence(finding.span.path, finding.span.row, finding.message)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
