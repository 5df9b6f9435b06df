"""The older decorator, `@scheduler(name=..., time_unit=..., period=..., at=...)`, as the framework converts it.

Since 4.4 it is a shim over APScheduler: `orchestrator/schedules/scheduling.py`, the same from 4.4.0 to 5.5.0. Up to 4.3
it meant what the `schedule` package makes of it. Where the two differ the shim counts, because that is what an upgraded
application runs, and the difference is said.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flake8_orch47.knowledge import apscheduler
from flake8_orch47.schedules.triggers import Refused, trigger_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_orch47.schedules.declared import Trigger

__all__ = ["PARAMETERS", "Older", "older_trigger"]

#: The decorator's parameters in order; those after the first four by keyword only.
PARAMETERS: Final = ("name", "time_unit", "period", "at")
KEYWORDS: Final = ("id", "scheduler")

#: The units that the shim knows besides what the interval trigger takes.
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"second": "seconds", "minute": "minutes", "hour": "hours", "day": "days"}
)

#: Units that `schedule` knew and the shim does not: what they meant, as an API trigger.
GONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "week": "interval {weeks: 1}",
        **{
            f"{day}day": f"cron {{day_of_week: {day[:3]}, hour: ..., minute: ...}}"
            for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
        },
    }
)


class Older(NamedTuple):
    """What an older decorator means, and what it only seems to say."""

    trigger: Trigger
    ignored: tuple[str, ...] = ()


def older_trigger(time_unit: Any, period: Any = 1, at: Any = None) -> Older:
    """The trigger that the framework makes of the arguments. Raises Refused, with its error, where it makes none."""
    if not isinstance(time_unit, str):
        raise Refused(f"its `time_unit` is a {type(time_unit).__name__}, not a text (AttributeError)")
    if time_unit == "day" and at:
        return _daily(period, at)
    unit = UNITS.get(time_unit.lower(), time_unit.lower())
    if unit not in apscheduler.UNITS:
        meant = f"; up to 4.3 it meant {GONE[unit]}" if unit in GONE else ""
        raise Refused(
            f'since 4.4 `time_unit="{time_unit}"` raises TypeError at import: '
            f"IntervalTrigger.__init__() got an unexpected keyword argument '{unit}'{meant}"
        )
    trigger = trigger_of("interval", {unit: period})
    return Older(trigger, (_ignored_at(time_unit, at),) if at else ())


def _daily(period: Any, at: Any) -> Older:
    try:
        hour, minute = map(int, at.split(":"))
    except (AttributeError, ValueError):
        seconds = isinstance(at, str) and at.count(":") == 2
        meant = "; up to 4.3 it meant the seconds too: cron {hour, minute, second}" if seconds else ""
        raise Refused(
            f"since 4.4 it raises ValueError: Invalid time format for 'at': {at}, expected 'HH:MM'{meant}"
        ) from None
    trigger = trigger_of("cron", {"hour": hour, "minute": minute})
    if period in (1, None):
        return Older(trigger)
    return Older(trigger, (f'`period={period!r}` is ignored beside `time_unit="day"` with `at`: it runs every day',))


def _ignored_at(time_unit: str, at: Any) -> str:
    return (
        f'since 4.4 `at={at!r}` is ignored unless `time_unit` is "day": with "{time_unit}" it runs in intervals from '
        "the time when it is loaded; for a fixed time use a cron trigger, or an interval with a `start_date`"
    )
