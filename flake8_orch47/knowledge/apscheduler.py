"""What APScheduler looks like, as data: what its methods and triggers take, and what a cron field may say.

Source: APScheduler 3.11 (`schedulers/base.py`, `triggers/*`), which every orchestrator-core from 4.4 on uses and
which `tests/test_knowledge_apscheduler.py` compares with every table.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COMBINING",
    "CRONTAB",
    "CRON_FIELDS",
    "DATES",
    "FROM_CRONTAB",
    "JOB_OPTIONS",
    "JOB_PARAMETERS",
    "MONTHS",
    "POSITIONS",
    "TRIGGERS",
    "TRIGGER_CLASSES",
    "UNITS",
    "WEEKDAYS",
    "Range",
]

_JOB: Final = (
    "trigger args kwargs id name misfire_grace_time coalesce max_instances next_run_time jobstore executor".split()
)

#: The parameters of the methods that schedule, in order. Whatever else is given goes to the trigger.
JOB_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "scheduled_job": tuple(_JOB),
        "add_job": ("func", *_JOB, "replace_existing"),
    }
)

#: Parameters of a job that the Scheduler API has no place for, with what the framework's scheduler gives every job
#: (`job_defaults` of orchestrator-core, APScheduler's own for the rest): only another value is lost.
JOB_OPTIONS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "misfire_grace_time": 1,
        "coalesce": True,
        "max_instances": 1,
        "jobstore": "default",
        "executor": "default",
    }
)

#: The arguments of the interval trigger that make up its length.
UNITS: Final = ("weeks", "days", "hours", "minutes", "seconds")


class Range(NamedTuple):
    """The numbers that a cron field takes."""

    first: int
    last: int


#: The fields of the cron trigger, the most significant first.
CRON_FIELDS: Final[Mapping[str, Range]] = MappingProxyType(
    {
        "year": Range(1970, 9999),
        "month": Range(1, 12),
        "day": Range(1, 31),
        "week": Range(1, 53),
        "day_of_week": Range(0, 6),
        "hour": Range(0, 23),
        "minute": Range(0, 59),
        "second": Range(0, 59),
    }
)

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: `day="2nd fri"`
POSITIONS: Final = ("1st", "2nd", "3rd", "4th", "5th", "last")

#: The triggers that the API takes, with their parameters in order.
TRIGGERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "interval": (*UNITS, "start_date", "end_date", "timezone", "jitter"),
        "cron": (*CRON_FIELDS, "start_date", "end_date", "timezone", "jitter"),
        "date": ("run_date", "timezone"),
    }
)

#: The parameters that take a date.
DATES: Final = frozenset({"start_date", "end_date", "run_date"})

#: APScheduler's own triggers: class to the name under which `add_job` knows it.
TRIGGER_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "apscheduler.triggers.interval.IntervalTrigger": "interval",
        "apscheduler.triggers.cron.CronTrigger": "cron",
        "apscheduler.triggers.date.DateTrigger": "date",
        "apscheduler.triggers.calendarinterval.CalendarIntervalTrigger": "calendarinterval",
        "apscheduler.triggers.combining.AndTrigger": "and",
        "apscheduler.triggers.combining.OrTrigger": "or",
    }
)

#: The triggers that the API does not take, and why.
COMBINING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "calendarinterval": "the API has no calendar interval: it takes interval, cron and date triggers "
        "(`cron` has days of the month, `day=1`)",
        "and": "the API has no trigger that combines others (AndTrigger): say it in one cron trigger",
        "or": "the API has no trigger that combines others (OrTrigger): make it one schedule for each of its triggers",
    }
)

#: The class method that makes a cron trigger of a crontab line, whose fields are these.
FROM_CRONTAB: Final = "apscheduler.triggers.cron.CronTrigger.from_crontab"
CRONTAB: Final = ("minute", "hour", "day", "month", "day_of_week")
