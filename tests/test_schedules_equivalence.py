"""What goes to the API fires when the original did: both made by APScheduler itself, over generated arguments.

The original runs, with stand-ins for the framework around a real scheduler of APScheduler; its source is read by
`orch47 schedules`; the payload, as JSON carries it, goes through the real `APSchedulerJobCreate` of four versions and
into another scheduler, as the framework's own service does it.
"""

from __future__ import annotations

import json
import random
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from core_schedules import VERSIONS, api_model, in_place, older_decorator
from harness import FIXTURES
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scheduling import HEAD, declared, schedules_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apscheduler.triggers.base import BaseTrigger

    from flake8_orch47.schedules.declared import Schedule

NOW = datetime(2030, 3, 20, 10, 17, 23, 456789, tzinfo=ZoneInfo("Europe/Amsterdam"))
ZONES = ("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
KEPT = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is in a zone with summer time, whatever it says: the scheduler's zone and that of trigger objects."""
    for module in ("schedulers.base", "triggers.cron", "triggers.date", "triggers.interval"):
        monkeypatch.setattr(f"apscheduler.{module}.get_localzone", lambda: ZoneInfo("Europe/Amsterdam"))


def originals(source: str) -> list[BaseTrigger]:
    """The triggers of the jobs that a module declares when it runs."""
    scheduler = BackgroundScheduler()
    stand_ins = {
        "orchestrator.schedules.scheduler": {"scheduler": scheduler},
        "orchestrator.schedules.scheduling": {"scheduler": older_decorator("4.7.2", scheduler)},
        "orchestrator.services.processes": {"start_process": print},
    }
    with in_place(stand_ins):
        exec(compile(HEAD + source, "jobs.py", "exec"), {"__name__": "jobs"})
    return [job.trigger for job in scheduler.get_jobs()]


def moved(schedule: Schedule) -> BaseTrigger:
    """The trigger that the framework makes of a schedule's payload, after every version has taken it."""
    body = json.loads(json.dumps(schedule.payload, allow_nan=False))
    for version in VERSIONS:
        model = api_model(version)
        payload = model(**body, workflow_id=uuid.uuid4())
        assert (payload.trigger, payload.trigger_kwargs) == (body["trigger"], body["trigger_kwargs"])
        assert model.model_validate_json(payload.model_dump_json()).trigger_kwargs == body["trigger_kwargs"]
    scheduler = BackgroundScheduler()
    assert body["trigger_kwargs"], "the service refuses a schedule without arguments"
    job = scheduler.add_job(print, trigger=body["trigger"], id="x", name=body["name"], **body["trigger_kwargs"])
    return job.trigger


def fires(trigger: BaseTrigger, count: int = 20) -> Iterator[datetime]:
    """The next times at which a trigger fires."""
    random.seed(7)  # jitter
    previous, now = None, NOW
    for _ in range(count):
        next_time = trigger.get_next_fire_time(previous, now)
        if next_time is None:
            return
        yield next_time
        previous = now = next_time


def same(original: BaseTrigger, other: BaseTrigger, *, from_now: bool = False) -> None:
    """Both fire at the same moments; `from_now`: they begin when they are made, so only their distances count."""
    first, second = list(fires(original)), list(fires(other))
    assert len(first) == len(second)
    if from_now:
        shifts = [(a - first[0]) - (b - second[0]) for a, b in zip(first, second, strict=True)]
        assert all(abs(shift) < timedelta(milliseconds=1) for shift in shifts)  # jitter is added to floats
        assert not first or abs(first[0] - second[0]) < timedelta(minutes=1)
    else:
        assert first == second


def check(folder: Path, source: str, *, from_now: bool = False) -> None:
    """Every job of a module fires as before after the move."""
    try:
        triggers = originals(source)
    except (ValueError, TypeError, OverflowError):
        assume(False)
    schedules = declared(folder, source)
    assert all(schedule.converts for schedule in schedules), [one.remarks for one in schedules]
    assert len(schedules) == len(triggers)
    for schedule, trigger in zip(schedules, triggers, strict=True):
        same(trigger, moved(schedule), from_now=from_now)


def job(decorator: str) -> str:
    """A module with one job."""
    return f"@{decorator}\ndef job():\n    start_process('task_job')\n"


def call(function: str, arguments: dict[str, Any], *first: str) -> str:
    """The source of a call."""
    return f"{function}({', '.join([*first, *(f'{name}={source(value)}' for name, value in arguments.items())])})"


def source(value: Any) -> str:
    """The source of a value."""
    if isinstance(value, ZoneInfo):
        return f"ZoneInfo({value.key!r})"
    if isinstance(value, datetime) and isinstance(value.tzinfo, ZoneInfo):
        return f"{value.replace(tzinfo=None)!r}.replace(tzinfo={source(value.tzinfo)})"
    if isinstance(value, timezone):
        return repr(value).removeprefix("datetime.").replace("timedelta", "timedelta").replace("datetime.", "")
    return repr(value).replace("datetime.timezone", "timezone").replace("timezone(datetime.", "timezone(")


# -- generated arguments -------------------------------------------------------------------------------------

named_zones = st.sampled_from(ZONES).flatmap(lambda key: st.sampled_from([key, ZoneInfo(key)]))
offsets = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.datetimes(datetime(2029, 1, 1), datetime(2031, 12, 31)).flatmap(
    lambda moment: st.sampled_from(
        [
            moment,
            moment.replace(microsecond=0),
            moment.date(),
            moment.isoformat(" ", "seconds"),
            moment.date().isoformat(),
            moment.isoformat(timespec="microseconds") + "+02:00",
            moment.replace(tzinfo=UTC),
            moment.replace(tzinfo=ZoneInfo("America/New_York"), microsecond=0),
            moment.replace(tzinfo=timezone(timedelta(hours=-3))),
        ]
    )
)
later = st.dates(date(2032, 1, 1), date(2040, 1, 1)).flatmap(lambda day: st.sampled_from([day, day.isoformat()]))
lengths = st.dictionaries(
    st.sampled_from(["weeks", "days", "hours", "minutes", "seconds"]),
    st.one_of(st.integers(0, 400), st.floats(0, 400, width=16)),
    max_size=3,
)


def optional(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these arguments."""
    return st.fixed_dictionaries({}, optional=strategies)


common = optional(timezone=st.one_of(named_zones, offsets), end_date=later, jitter=st.integers(0, 90))
starting = st.fixed_dictionaries({"start_date": moments})
FIELDS = {
    "year": st.sampled_from(["*", 2031, "2030-2040/2"]),
    "month": st.sampled_from(["*", 1, "*/3", "jan,jul", "3-9"]),
    "day": st.sampled_from(["*", 1, "last", "1st mon", "last fri", "*/5", "1,15"]),
    "week": st.sampled_from(["*", "*/2", 10]),
    "day_of_week": st.sampled_from(["*", 0, "mon-fri", "sat,sun", "1-3"]),
    "hour": st.sampled_from(["*", 0, 2, "8-18", "*/6", "1,2"]),
    "minute": st.sampled_from(["*", 0, 30, "*/15", "5-50/5"]),
    "second": st.sampled_from(["*", 0, "*/20", "30"]),
}
fields = optional(**FIELDS).filter(lambda chosen: "year" not in chosen or chosen["year"] == "*")


@KEPT
@given(lengths, starting, common)
def test_an_interval_by_name_fires_as_before(tmp_path: Path, length: Any, start: Any, more: Any) -> None:
    check(tmp_path, job(call("scheduler.scheduled_job", length | start | more, "'interval'")))


@KEPT
@given(lengths, common)
def test_an_interval_without_a_start_keeps_its_distances(tmp_path: Path, length: Any, more: Any) -> None:
    check(tmp_path, job(call("scheduler.scheduled_job", length | more, "'interval'")), from_now=True)


@KEPT
@given(lengths, starting, common)
def test_an_interval_object_fires_as_before(tmp_path: Path, length: Any, start: Any, more: Any) -> None:
    check(tmp_path, job(f"scheduler.scheduled_job({call('IntervalTrigger', length | start | more)})"))


@KEPT
@given(fields, optional(start_date=moments), common)
def test_a_cron_trigger_by_name_fires_as_before(tmp_path: Path, chosen: Any, start: Any, more: Any) -> None:
    check(tmp_path, job(call("scheduler.scheduled_job", chosen | start | more, "'cron'")))


@KEPT
@given(fields, optional(start_date=moments), common)
def test_a_cron_object_fires_as_before(tmp_path: Path, chosen: Any, start: Any, more: Any) -> None:
    check(tmp_path, job(f"scheduler.scheduled_job({call('CronTrigger', chosen | start | more)})"))


@KEPT
@given(st.tuples(*(FIELDS[name] for name in ("minute", "hour", "day", "month", "day_of_week"))), named_zones)
def test_a_crontab_line_fires_as_before(tmp_path: Path, line: tuple[Any, ...], zone: Any) -> None:
    assume(all(" " not in str(part) for part in line))
    crontab = " ".join(map(str, line))
    check(tmp_path, job(f"scheduler.scheduled_job(CronTrigger.from_crontab({crontab!r}, {source(zone)}))"))


@KEPT
@given(moments, optional(timezone=st.one_of(named_zones, offsets)), st.booleans())
def test_a_date_fires_as_before(tmp_path: Path, moment: Any, zone: Any, as_object: bool) -> None:
    arguments = {"run_date": moment} | zone
    made = call("DateTrigger", arguments) if as_object else call("scheduler.scheduled_job", arguments, "'date'")
    check(tmp_path, job(f"scheduler.scheduled_job({made})" if as_object else made))


UNITS = "second seconds minute minutes hour hours day days weeks Second HOURS Days WEEKS".split()


@KEPT
@given(
    st.sampled_from(UNITS),
    st.integers(1, 60),
    st.one_of(st.none(), st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda at: f"{at[0]:02}:{at[1]:02}")),
)
def test_the_older_decorator_fires_as_the_framework_converts_it(
    tmp_path: Path, unit: str, period: int, at: str | None
) -> None:
    arguments = {"name": "Job", "time_unit": unit, "period": period, "at": at}
    check(tmp_path, job(call("older", arguments)), from_now=True)


@pytest.mark.parametrize("version", ["4.4.0", "4.6.5", "4.8.2", "5.0.5", "5.5.0"])
def test_the_older_decorator_is_the_same_in_every_version(version: str) -> None:
    """What is generated above is compared with 4.7.2 only."""
    for unit in UNITS:
        made = []
        for one in ("4.7.2", version):
            scheduler = BackgroundScheduler()
            older_decorator(one, scheduler)("Job", unit, 2, "04:05")(print)
            made.append(str(scheduler.get_jobs()[0].trigger))
        assert made[0] == made[1], unit


@pytest.mark.parametrize("unit", ["week", "month", "monday", "sundays", "years", "fortnight", "time", ""])
def test_units_that_the_framework_refuses_are_refused_with_its_error(tmp_path: Path, unit: str) -> None:
    written = job(call("older", {"name": "Job", "time_unit": unit}))
    with pytest.raises(TypeError) as raised:
        originals(written)
    [schedule] = declared(tmp_path, written)
    assert not schedule.converts
    assert str(raised.value) in schedule.remarks[0].message


@pytest.mark.parametrize("at", ["01:30:15", ":15", "half past one", "0130", "1:2:3:4"])
def test_times_that_the_framework_refuses_are_refused_with_its_error(tmp_path: Path, at: str) -> None:
    written = job(call("older", {"name": "Job", "time_unit": "day", "at": at}))
    with pytest.raises(ValueError, match="Invalid time format") as raised:
        originals(written)
    [schedule] = declared(tmp_path, written)
    assert str(raised.value) in schedule.remarks[0].message


BAD_FIELDS = st.one_of(
    st.integers(-5, 120),
    st.from_regex(r"[0-9*/,\- a-z]{1,8}", fullmatch=True),
    st.sampled_from(
        ["*/0", "5-2", "sun-mon", "6th mon", "1st day", "dec-jan", "*/70", "0-59/60", "lastly", "mon-fri/2"]
    ),
)


@settings(KEPT, max_examples=300)
@given(st.sampled_from(sorted(FIELDS)), BAD_FIELDS)
def test_a_cron_field_is_refused_where_apscheduler_refuses_it(tmp_path: Path, name: str, value: Any) -> None:
    written = job(call("scheduler.scheduled_job", {name: value}, "'cron'"))
    try:
        originals(written)
    except (ValueError, IndexError, KeyError):
        accepted = False
    else:
        accepted = True
    [schedule] = declared(tmp_path, written)
    assert schedule.converts is accepted, (schedule.remarks, value)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("application", ["schedules_moving", "schedules_staying", "schedules_e2e"])
def test_the_payloads_of_the_fixtures_are_what_the_api_takes(application: str, version: str) -> None:
    moving = [one for one in schedules_in(FIXTURES / application) if one.converts]
    assert len(moving) >= 4
    for schedule in moving:
        payload = api_model(version)(**schedule.payload, workflow_id=uuid.uuid4())
        assert payload.trigger_kwargs == schedule.payload["trigger_kwargs"]
        assert (payload.workflow_name, payload.name) == (schedule.workflow, schedule.name)


def test_payloads_with_inputs_are_what_the_api_of_5_takes() -> None:
    [schedule] = [one for one in schedules_in(FIXTURES / "schedules_moving_5x") if one.user_inputs]
    payload = api_model("5.5.0")(**schedule.payload, workflow_id=uuid.uuid4())
    assert payload.user_inputs == [{"days": 30, "dry_run": True}]


def test_the_real_api_refuses_what_is_not_a_payload() -> None:
    """The stand-ins do not let everything through."""
    with pytest.raises(ValueError, match="literal_error"):
        api_model("4.7.2")(workflow_name="x", trigger="calendarinterval", workflow_id=uuid.uuid4())
    with pytest.raises(ValueError, match="unexpected keyword argument 'hour'"):
        api_model("5.5.0")(workflow_name="x", trigger="interval", trigger_kwargs={"hour": 1}, workflow_id=uuid.uuid4())


def test_a_difference_would_be_seen() -> None:
    [original] = originals(job("scheduler.scheduled_job('cron', hour=2)"))
    [other] = originals(job("scheduler.scheduled_job('cron', hour=2, timezone='UTC')"))
    with patch("builtins.print"), pytest.raises(AssertionError):
        same(original, other)
