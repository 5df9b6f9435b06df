"""The plain types: a schedule as the source declares it, its trigger, and what stands against moving it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from flake8_orch47.records import Record

if TYPE_CHECKING:
    from flake8_orch47.findings import Span

__all__ = ["Form", "Remark", "RemarkKind", "Schedule", "Trigger", "TriggerKind"]

#: How a schedule is declared: `@scheduler.scheduled_job(...)`, the older `@scheduler(...)`, `scheduler.add_job(...)`.
Form: TypeAlias = Literal["scheduled_job", "scheduler", "add_job"]

#: The triggers that the API takes.
TriggerKind: TypeAlias = Literal["interval", "cron", "date"]

RemarkKind: TypeAlias = Literal[
    "refused",  # the schedule stays in the code
    "lost",  # the schedule moves, without something that the API cannot carry
    "apart",  # the API takes the schedule, `load_schedules` of 5.5 does not
    "changed",  # the schedule moves and means what the framework makes of it, which is not what it says
]


class Remark(Record):
    """Something to know before a schedule moves: where, and one sentence without a full stop."""

    kind: RemarkKind
    span: Span
    message: str


class Trigger(Record):
    """What fires a schedule: the API's name of the kind, and the arguments in the order of the source."""

    kind: TriggerKind
    arguments: tuple[tuple[str, str | int | float], ...]

    @property
    def kwargs(self) -> dict[str, str | int | float]:
        """The arguments as `trigger_kwargs`."""
        return dict(self.arguments)


class Schedule(Record):
    """One schedule of a project, as far as it can be read.

    `span` is the decorator or call that declares it; `function` what it runs, as a person would name it
    (`schedules.nightly.export`); `name`, `workflow` and `trigger` are None where they cannot be determined.
    `job_id` is the id under which the job is stored, None for a random or an unknown one; `reference` is
    APScheduler's `module:function` for what it calls, which is in the stored job. `user_inputs` is the JSON text of
    what the workflow is started with, empty for nothing. The schedule moves to the API unless a remark refuses it.
    """

    span: Span
    code: str
    form: Form
    function: str
    name: str | None = None
    workflow: str | None = None
    trigger: Trigger | None = None
    user_inputs: str = ""
    job_id: str | None = None
    reference: str | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def converts(self) -> bool:
        """Whether the API can take it over."""
        return not any(remark.kind == "refused" for remark in self.remarks)

    def remarks_of(self, kind: RemarkKind) -> tuple[Remark, ...]:
        """The remarks of one kind."""
        return tuple(remark for remark in self.remarks if remark.kind == kind)

    @property
    def payload(self) -> dict[str, Any]:
        """The body of `POST /api/schedules/`, without the `workflow_id` that only the database knows.

        Raises ValueError for a schedule that does not convert.
        """
        if not self.converts or self.workflow is None or self.trigger is None:
            raise ValueError(f"{self.function} cannot be scheduled through the API")
        body: dict[str, Any] = {"name": self.name} if self.name is not None else {}
        body |= {"workflow_name": self.workflow, "trigger": self.trigger.kind, "trigger_kwargs": self.trigger.kwargs}
        if self.user_inputs:
            import json

            body["user_inputs"] = json.loads(self.user_inputs)
        return body
