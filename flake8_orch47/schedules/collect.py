"""The schedules of a project: the one way in for doors, fixes and reports."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_orch47.knowledge import apscheduler
from flake8_orch47.records import replace
from flake8_orch47.resolution.values import Constant, Expression, Function, Value
from flake8_orch47.schedules import older
from flake8_orch47.schedules.constants import Constants, NotConstant, Passed, TriggerObject
from flake8_orch47.schedules.declared import Remark, RemarkKind, Schedule, Trigger
from flake8_orch47.schedules.jobs import Job, Jobs, form_of, qualified
from flake8_orch47.schedules.started import Started, described, started_by
from flake8_orch47.schedules.triggers import Refused, trigger_of, trigger_of_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["LOADS_SCHEDULES", "Found", "namespace_of", "read", "schedules_of"]

#: From this version on the API carries what a workflow is started with.
CARRIES_INPUTS = (5, 0)
#: From this version on `load_schedules` exists, which takes one schedule per workflow.
LOADS_SCHEDULES = (5, 5)


class Found(NamedTuple):
    """A schedule with where it comes from: what a fix needs to move it."""

    schedule: Schedule
    job: Job
    #: the function that the job runs, where it is one of the project
    function: Scope | None


def schedules_of(analysis: Analysis) -> tuple[Schedule, ...]:
    """Every schedule that the linted modules declare, in the order of the source.

    The project's other modules only count where two jobs have one id.
    """
    return tuple(found.schedule for found in read(analysis) if analysis.is_linted(found.job.place[0]))


def namespace_of(analysis: Analysis) -> str:
    """Where the framework's modules are for this project: `orchestrator`, from 5.0 on `orchestrator.core`."""
    is_5 = analysis.target >= (5, 0) or any(is_5x(module) for module in analysis.scanned)
    return "orchestrator.core" if is_5 else "orchestrator"


def read(analysis: Analysis) -> tuple[Found, ...]:
    """Every schedule of the project, also those of files that are not linted."""
    constants = Constants(analysis)
    found = [_Reader(analysis, constants, job).found() for job in Jobs(analysis, constants).found()]
    found = sorted(found, key=lambda one: one.schedule.span)
    return tuple(_without_shared_workflows(analysis, _without_shared_ids(analysis, found)))


class _Reader:
    """Reads one job."""

    def __init__(self, analysis: Analysis, constants: Constants, job: Job) -> None:
        self.analysis = analysis
        self.constants = constants
        self.job = job
        self.remarks: list[Remark] = []
        for obstacle in job.obstacles:
            self.remark("refused", obstacle.message, obstacle.module, obstacle.node)

    def remark(
        self, kind: RemarkKind, message: str, module: ModuleFacts | None = None, node: ast.AST | None = None
    ) -> None:
        """Something to say: at the job itself, or where `node` stands."""
        where, declaration = self.job.place
        span = self.analysis.span(module or where, node or declaration)
        remark = Remark(kind, span, message)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def found(self) -> Found:
        job = self.job
        value = self.value()
        function = value.scope if isinstance(value, Function) else None
        trigger = self.trigger()
        workflow, inputs = self.started(value)
        name = self.name(function)
        self.options()
        schedule = Schedule(
            self.analysis.span(*job.place),
            job.code,
            job.form,
            self.named(function),
            name,
            workflow,
            trigger,
            inputs,
            self.job_id(function),
            self.reference(function),
            (),
        )
        return Found(replace(schedule, remarks=tuple(self.remarks)), job, function)

    # -- what it runs --------------------------------------------------------------------------------------

    def value(self) -> Value | None:
        """What the job runs."""
        job = self.job
        if job.definition is not None and job.home is not None:
            self.other_decorators(job.definition, job.home)
            return None if isinstance(job.definition, ast.ClassDef) else Function(job.home.scopes[job.definition])
        if job.target is None:
            return None
        values = self.analysis.evaluator.values(job.target)
        value = next(iter(values)) if len(values) == 1 else None
        if isinstance(value, Constant) and isinstance(value.value, str):
            value = self.referenced(value.value)
        if isinstance(value, Function) and isinstance(value.node, ast.FunctionDef):
            self.other_decorators(value.node, value.scope.module)
            if value.receiver is not None:
                self.remark("refused", f"it runs the method `{qualified(value.scope)}` of an object")
        return value

    def referenced(self, reference: str) -> Value | None:
        """`"schedules.nightly:export"`, which APScheduler imports."""
        module, _, name = reference.partition(":")
        names, project = self.analysis.evaluator.names, self.analysis.project
        found = project.find(module, self.job.module.path)
        if module in project.dotted_names(self.job.module.path):
            values = names.values(name, self.job.module.scope, None, None)
        elif found is not None and not found.is_namespace:
            values = names.module_attribute(found, name)
        else:  # `"orchestrator.services.processes:start_process"`
            values = names.member(names.module_named(module, 0, self.job.module.path), name)
        return next(iter(values)) if len(values) == 1 else None

    def other_decorators(self, definition: ast.AST, home: ModuleFacts) -> None:
        """Refuse what another decorator does to the function: the API starts the workflow without it."""
        for decorator in getattr(definition, "decorator_list", ()):
            if decorator is not self.job.decorator and not self.schedules(decorator, home.scopes[definition]):
                self.remark("refused", f"`@{ast.unparse(decorator)}` is lost with the function", home, decorator)

    def schedules(self, decorator: ast.expr, scope: Scope) -> bool:
        """Whether a decorator is a schedule of its own."""
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        here = Expression(node, scope.parent or scope, scope.statement, None)
        return any(form_of(value) for value in self.analysis.evaluator.values(here))

    def started(self, value: Value | None) -> tuple[str | None, str]:
        """The workflow that the job starts, and the JSON of its inputs."""
        job = self.job
        if value is None:
            if job.target is not None:
                what = self.constants.source(job.target)
                self.remark("refused", f"what it runs, {what}, cannot be determined")
            return None, ""
        passed = self.passed()
        node = job.target or Expression(job.call.node, job.call.scope, job.call.statement, None)
        started = started_by(self.constants, value, passed, node)
        if started is None:
            self.remark("refused", f"what it runs, {self.constants.source(node)}, is no function of the project")
            return None, ""
        return self.workflow(started, value)

    def passed(self) -> Passed:
        """What APScheduler hands to the function: `args=[...]`, `kwargs={...}`."""
        args, kwargs = self.job.given.get("args"), self.job.given.get("kwargs")
        rest = next((one for one in (args, kwargs) if isinstance(one, NotConstant)), None)
        positional = list(args) if isinstance(args, list | tuple) else []
        return Passed(positional, dict(kwargs) if isinstance(kwargs, dict) else {}, rest)

    def workflow(self, started: Started, value: Value) -> tuple[str | None, str]:
        """The one workflow that is started; whatever else happens is a reason to stay."""
        name = f"`{qualified(value.scope)}`" if isinstance(value, Function) else "it"
        home = value.scope.module if isinstance(value, Function) else self.job.module
        if started.never:
            text, module, node = started.never[0]
            self.remark("refused", f"{name} is {text}: its body never ran", module, node)
            return None, ""
        if started.deeds:
            deeds = started.deeds
            self.remark(
                "refused",
                f"{name} does more than start one workflow: it {described(deeds, home)}",
                deeds[0].module,
                deeds[0].node,
            )
        if not started.starts:
            if not started.deeds:
                self.remark("refused", f"{name} starts no workflow")
            return None, ""
        if len(started.starts) > 1:
            second = started.starts[1]
            message = f"{name} starts {len(started.starts)} workflows: make it one schedule for each"
            self.remark("refused", message, second.module, second.node)
            return None, ""
        [start] = started.starts
        if isinstance(start.workflow, NotConstant) or not isinstance(start.workflow, str) or not start.workflow:
            reason = start.workflow if isinstance(start.workflow, NotConstant) else f"{start.workflow!r} is no name"
            self.remark("refused", f"the workflow cannot be determined: {reason}", start.module, start.node)
            return None, ""
        return start.workflow, self.inputs(start.inputs, start.module, start.node)

    def inputs(self, inputs: Any, module: ModuleFacts, node: ast.AST) -> str:
        """What the workflow is started with, where the API carries it."""
        if inputs in (None, [{}]) and not isinstance(inputs, NotConstant):
            return ""
        if not self.carries_inputs():
            self.remark("refused", "it passes `user_inputs`, which the API of 4.7 and 4.8 ignores", module, node)
            return ""
        reason: object = "they are no list of dictionaries"
        if isinstance(inputs, NotConstant):
            reason = inputs
        elif isinstance(inputs, list | tuple) and all(isinstance(state, dict) for state in inputs):
            try:
                return json.dumps(inputs, allow_nan=False)
            except (TypeError, ValueError) as error:
                reason = error
        self.remark("refused", f"the API cannot carry its `user_inputs`: {reason}", module, node)
        return ""

    def carries_inputs(self) -> bool:
        return self.analysis.target >= CARRIES_INPUTS or is_5x(self.job.module)

    # -- when it runs --------------------------------------------------------------------------------------

    def trigger(self) -> Trigger | None:
        if self.job.is_open:
            return None
        try:
            return self.older_trigger() if self.job.form == "scheduler" else self.job_trigger()
        except Refused as refused:
            reason = refused.reason
            self.remark("refused", str(refused), reason.module if reason else None, reason.node if reason else None)
        return None

    def older_trigger(self) -> Trigger | None:
        given = self.job.given
        unknown = sorted(given.keys() - {*older.PARAMETERS, *older.KEYWORDS})
        if unknown:
            raise Refused(f"`{unknown[0]}` is no argument of the older decorator (TypeError)")
        for name in ("name", "time_unit"):
            if name not in given:
                raise Refused(f"it is given no `{name}` (TypeError)")
        for name in ("time_unit", "period", "at"):
            if isinstance(value := given.get(name), NotConstant):
                raise Refused(f"its `{name}` is not constant: {value}", value)
        if "scheduler" in given:
            raise Refused("it schedules on a scheduler of its own (`scheduler=`)")
        made = older.older_trigger(given.get("time_unit"), given.get("period", 1), given.get("at"))
        for ignored in made.ignored:
            self.remark("changed", ignored)
        return made.trigger

    def job_trigger(self) -> Trigger | None:
        given = self.job.given
        arguments = {name: value for name, value in given.items() if name not in apscheduler.JOB_PARAMETERS["add_job"]}
        if self.job.form == "scheduled_job":
            arguments |= {name: given[name] for name in ("func", "replace_existing") if name in given}
            if "trigger" not in given:
                raise Refused("it is given no trigger (TypeError)")
        kind = given.get("trigger")
        if isinstance(kind, NotConstant):
            raise Refused(f"its trigger is not constant: {kind}", kind)
        if isinstance(kind, TriggerObject):
            if arguments:
                names = ", ".join(f"`{name}`" for name in arguments)
                self.remark("changed", f"{names} beside a trigger object: APScheduler ignores it")
            return trigger_of_object(kind)
        if kind is None:
            kind = "date"
        if not isinstance(kind, str):
            raise Refused(f"its trigger is a {type(kind).__name__} (TypeError)")
        return trigger_of(kind, arguments)

    # -- the rest of it ------------------------------------------------------------------------------------

    def name(self, function: Scope | None) -> str | None:
        """The name of the schedule: what it says, else the function's, as APScheduler has it."""
        name = self.job.given.get("name")
        if isinstance(name, NotConstant):
            self.remark("refused", f"its name is not constant: {name}", name.module, name.node)
            return None
        if name is None:
            return getattr(function.node, "name", None) if function is not None else None
        if not isinstance(name, str) or not name:
            self.remark("refused", f"its name is {name!r}, not a text (TypeError)")
            return None
        return name

    def job_id(self, function: Scope | None) -> str | None:
        """The id under which the job is stored. The API gives every schedule one of its own."""
        given = self.job.given.get("id")
        if isinstance(given, NotConstant):
            self.remark("lost", f"its id, which is not constant either: {given}", given.module, given.node)
            return None
        if self.job.form == "scheduler" and not given:
            return getattr(function.node, "name", None) if function is not None else None
        if given is None:
            return None
        if not isinstance(given, str) or not given:
            self.remark("refused", f"its id is {given!r}, not a text (TypeError)")
            return None
        self.remark("lost", f'its id "{given}": the API gives the schedule an id of its own, a new UUID')
        return given

    def options(self) -> None:
        """Options of the job that the API has no place for."""
        given = self.job.given
        if self.job.form == "scheduler":
            return
        for name, usual in apscheduler.JOB_OPTIONS.items():
            if name in given and (isinstance(given[name], NotConstant) or given[name] != usual):
                shown = "" if isinstance(given[name], NotConstant) else f"={given[name]!r}"
                self.remark("lost", f"`{name}{shown}`: through the API it is {usual!r}, as for every schedule")
        if "next_run_time" in given:
            if given["next_run_time"] is None:
                self.remark("refused", "it is added paused (`next_run_time=None`), and the API's schedules run")
            else:
                self.remark("lost", "`next_run_time`: through the API it first runs when its trigger says")

    def named(self, function: Scope | None) -> str:
        """What the job runs, as a person would name it."""
        if function is not None:
            return f"{self.module_name(function.module)}.{qualified(function)}"
        if self.job.definition is not None:
            return self.job.definition.name
        return self.constants.source(self.job.target).strip("`") if self.job.target is not None else self.job.form

    def module_name(self, module: ModuleFacts) -> str:
        names = self.analysis.project.dotted_names(module.path)
        return next((name for name in names if all(part.isidentifier() for part in name.split("."))), "__main__")

    def reference(self, function: Scope | None) -> str | None:
        """What the stored job calls, as the end of APScheduler's `module:function`: imports may begin further up."""
        if function is None:
            return None
        name = qualified(function)
        if "<" in name:
            what = "a lambda" if "<lambda>" in name else "a function inside a function"
            self.remark("changed", f"{what} cannot be stored, so this job never ran; its schedule does")
            return None
        names = self.analysis.project.dotted_names(function.module.path)
        return f"{names[-1]}:{name}" if names else None


def is_5x(module: ModuleFacts) -> bool:
    """Whether a module imports from the namespace of 5.x."""
    for statement, _ in module.imports:
        names = [statement.module or ""] if isinstance(statement, ast.ImportFrom) else [a.name for a in statement.names]
        if any(name == "orchestrator.core" or name.startswith("orchestrator.core.") for name in names):
            return True
    return False


def _without_shared_ids(analysis: Analysis, found: Iterable[Found]) -> Iterator[Found]:
    """Jobs with one id take each other's place, so that only the last one runs."""
    kept = list(found)
    by_id: dict[str, list[Found]] = {}
    for one in kept:
        if one.schedule.job_id is not None:
            by_id.setdefault(one.schedule.job_id, []).append(one)
    for one in kept:
        others = [other for other in by_id.get(one.schedule.job_id or "", ()) if other is not one]
        if not others:
            yield one
            continue
        places = ", ".join(f"`{other.schedule.function}` ({_where(analysis, other)})" for other in others)
        message = f'it shares its id "{one.schedule.job_id}" with {places}: only the one that is declared last runs'
        yield _remarked(one, "refused", message)


def _without_shared_workflows(analysis: Analysis, found: Iterable[Found]) -> Iterator[Found]:
    """`load_schedules` takes one schedule per workflow."""
    first: dict[str, Found] = {}
    for one in found:
        workflow = one.schedule.workflow
        if workflow is None or not one.schedule.converts or analysis.target < LOADS_SCHEDULES:
            yield one
        elif workflow not in first:
            first[workflow] = one
            yield one
        else:
            other = first[workflow]
            yield _remarked(
                one,
                "apart",
                f"`{workflow}` is scheduled by `{other.schedule.function}` ({_where(analysis, other)}) already, and "
                "`load_schedules` takes one schedule per workflow (ValueError): POST this one to /api/schedules/",
            )


def _remarked(found: Found, kind: RemarkKind, message: str) -> Found:
    remark = Remark(kind, found.schedule.span, message)
    return found._replace(schedule=replace(found.schedule, remarks=(*found.schedule.remarks, remark)))


def _where(analysis: Analysis, found: Found) -> str:
    return analysis.where(*found.job.place)
