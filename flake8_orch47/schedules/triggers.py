"""From what a job was given to what the API takes: names of triggers, their arguments, trigger objects.

What APScheduler would refuse when the program starts is refused here: the API says 201 to it and writes the error
into the scheduler's log.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, cast

from flake8_orch47.knowledge import apscheduler
from flake8_orch47.schedules.constants import LOCAL, NotConstant, TriggerObject, Zone
from flake8_orch47.schedules.declared import Trigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_orch47.schedules.declared import TriggerKind

__all__ = ["Refused", "cron_problem", "trigger_of", "trigger_of_object"]


class Refused(Exception):  # noqa: N818 (it says what becomes of a trigger)
    """A trigger that cannot go to the API; the message says why, `node` where if not at the job itself."""

    def __init__(self, message: str, reason: NotConstant | None = None) -> None:
        super().__init__(message)
        self.reason = reason


def trigger_of(kind: str, arguments: Mapping[str, Any]) -> Trigger:
    """The trigger of a job that names its kind (`"cron"`) and gives the arguments beside it. Raises Refused."""
    if kind in apscheduler.COMBINING:
        raise Refused(apscheduler.COMBINING[kind])
    if kind not in apscheduler.TRIGGERS:
        known = ", ".join(apscheduler.TRIGGERS)
        raise Refused(f'there is no trigger "{kind}": the API takes {known}')
    # `timezone=None` keeps the scheduler's own zone out, as a trigger object does.
    takes_own_zone = "timezone" in arguments and not arguments["timezone"]
    return _converted(kind, arguments, takes_own_zone=takes_own_zone)


def trigger_of_object(trigger: TriggerObject) -> Trigger:
    """The trigger that an object stands for. Raises Refused."""
    if trigger.kind in apscheduler.COMBINING:
        raise Refused(apscheduler.COMBINING[trigger.kind])
    return _converted(trigger.kind, trigger.arguments, takes_own_zone=True)


def _converted(kind: str, arguments: Mapping[str, Any], *, takes_own_zone: bool) -> Trigger:
    parameters = apscheduler.TRIGGERS[kind]
    found: dict[str, str | int | float] = {}
    for name, value in arguments.items():
        if name not in parameters:
            raise Refused(f"`{name}` is no argument of the {kind} trigger (TypeError){_meant(name, parameters)}")
        if isinstance(value, NotConstant):
            raise Refused(f"its `{name}` is not constant: {value}", value)
        if (value is None and name not in apscheduler.UNITS) or (name == "timezone" and (value is LOCAL or not value)):
            continue
        found[name] = _argument(kind, name, value)
    if kind != "date" and takes_own_zone and "timezone" not in found:
        zone = _zone_of_dates(arguments)
        if zone is not None:
            found["timezone"] = _zone("timezone", zone)
    return _checked(kind, found)


def _meant(name: str, parameters: tuple[str, ...]) -> str:
    for close in (f"{name}s", name.removesuffix("s"), name.lower()):
        if close in parameters:
            return f", perhaps `{close}`"
    return ""


def _checked(kind: str, found: dict[str, str | int | float]) -> Trigger:
    """A trigger, complete: the API refuses one without arguments, though APScheduler has a meaning for it."""
    if kind == "date" and "run_date" not in found:
        raise Refused("it runs once, whenever the scheduler starts: the API schedules at a date that it is given")
    if kind == "interval":
        units = {name: float(value) for name, value in found.items() if name in apscheduler.UNITS}
        try:
            length = timedelta(**units)
        except OverflowError as error:
            raise Refused(f"its interval is too long: {error}") from error
        if length < timedelta(0):
            raise Refused("its interval is negative")
        if not units:
            found = {"seconds": 1, **found}
    elif kind == "cron" and not apscheduler.CRON_FIELDS.keys() & found.keys():
        found = {"second": "*", **found}
    return Trigger(cast("TriggerKind", kind), tuple(found.items()))


def _argument(kind: str, name: str, value: Any) -> str | int | float:
    """One argument as JSON carries it. Raises Refused."""
    if name in apscheduler.DATES:
        return _date(name, value)
    if name == "timezone":
        return _zone(name, value)
    if name == "jitter" or kind == "interval":
        return _number(name, value)
    return _field(name, value)


def _number(name: str, value: Any) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused(f"its `{name}` is {value}, which JSON does not have")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int | float):
        return value
    raise Refused(f"its `{name}` is a {_type(value)}, not a number (TypeError)")


#: What APScheduler reads as a date (`apscheduler.util.convert_to_datetime`).
_DATE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?)?$"
)


def _date(name: str, value: Any) -> str:
    if isinstance(value, datetime | date):
        try:
            return value.isoformat()
        except Exception as error:  # a zone that does not know its offset
            raise Refused(f"its `{name}` cannot be written down: {error}") from error
    if not isinstance(value, str):
        raise Refused(f"its `{name}` is a {_type(value)}, not a date (TypeError)")
    match = _DATE.match(value)
    if match is None:
        raise Refused(f"its `{name}={value!r}` is no date (ValueError): write 2031-01-31 or 2031-01-31 05:00:00")
    try:
        datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]
    except ValueError as error:
        raise Refused(f"its `{name}` is no date (ValueError: {error})") from error
    return value


def _zone(name: str, value: Any) -> str:
    """A time zone by name. A fixed offset has one if it is of whole hours."""
    if isinstance(value, str | Zone):
        named = value if isinstance(value, str) else value.key
        if not _is_zone(named):
            raise Refused(f"there is no time zone {named!r} (ZoneInfoNotFoundError)")
        return named
    if isinstance(value, timezone):
        offset = value.utcoffset(None)
        if not offset:
            return "UTC"
        hours = offset / timedelta(hours=1)
        if hours.is_integer() and -12 <= hours <= 14:
            return f"Etc/GMT{-int(hours):+d}"  # POSIX signs: Etc/GMT-2 is two hours ahead
        raise Refused(f"its time zone, {value}, has no name, and the API takes a name")
    key = getattr(value, "key", None)
    if isinstance(value, tzinfo) and isinstance(key, str):
        return key
    raise Refused(f"its `{name}` is a {_type(value)}, not a time zone (TypeError)")


def _is_zone(key: str) -> bool:
    """Whether there is a time zone of this name, as far as this machine knows time zones."""
    return _loads(key) or not _loads("Europe/Amsterdam")


def _loads(key: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(key)
    except Exception:  # a name that is none has many ways to fail: in the file system, in the file
        return False
    return True


def _zone_of_dates(arguments: Mapping[str, Any]) -> tzinfo | None:
    """The zone that a trigger object takes from its dates where it is given none."""
    for name in ("start_date", "end_date"):
        value = arguments.get(name)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.tzinfo
    return None


def _type(value: Any) -> str:
    return (
        "trigger"
        if isinstance(value, TriggerObject)
        else "time zone"
        if isinstance(value, Zone)
        else type(value).__name__
    )


# -- cron fields ---------------------------------------------------------------------------------------------


def _field(name: str, value: Any) -> str | int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        hint = f': write "{",".join(map(str, value))}"' if isinstance(value, list | tuple) and value else ""
        raise Refused(f"its `{name}` is a {_type(value)}, which is no cron field (ValueError){hint}")
    problem = cron_problem(name, value)
    if problem:
        raise Refused(f"its `{name}={value!r}` is no cron field (ValueError): {problem}")
    return value


def cron_problem(name: str, value: str | int) -> str:
    """What APScheduler would say against a cron field, nothing if it takes it."""
    for part in re.split(" *, *", str(value).strip()):
        problem = _part_problem(name, part)
        if problem:
            return problem
    return ""


_ALL = re.compile(r"\*(?:/(?P<step>\d+))?$")
_RANGE = re.compile(r"(?P<first>\d+)(?:-(?P<last>\d+))?(?:/(?P<step>\d+))?$")
_NAMES = re.compile(r"(?P<first>[a-z]+)(?:-(?P<last>[a-z]+))?", re.IGNORECASE)
_POSITION = re.compile(rf"(?:{'|'.join(apscheduler.POSITIONS)}) +(?P<weekday>\w+)", re.IGNORECASE)
#: The fields that take names, which APScheduler counts from the field's first number on.
_NAMED = {"month": apscheduler.MONTHS, "day_of_week": apscheduler.WEEKDAYS}


def _part_problem(name: str, part: str) -> str:
    """The same for one part of a list: `*`, `*/5`, `8-18`, `8-18/2`, `mon-fri`, `last`, `2nd fri`."""
    first, last = apscheduler.CRON_FIELDS[name]
    if match := _ALL.match(part):
        return _step_problem(match["step"], last - first)
    if match := _RANGE.match(part):
        start = int(match["first"])
        end = int(match["last"]) if match["last"] else (start if match["step"] is None else None)
        if end is not None and start > end:
            return "the minimum value in a range must not be higher than the maximum"
        if start < first:
            return f"the first value ({start}) is lower than the minimum value ({first})"
        if end is not None and end > last:
            return f"the last value ({end}) is higher than the maximum value ({last})"
        return _step_problem(match["step"], last - first) or _step_problem(match["step"], (end or last) - start)
    if name in _NAMED and (match := _NAMES.match(part)):
        names = [match["first"].lower(), *([match["last"].lower()] if match["last"] else [])]
        unknown = [one for one in names if one not in _NAMED[name]]
        if unknown:
            return f'there is no "{unknown[0]}"'
        if len(names) == 2 and _NAMED[name].index(names[0]) > _NAMED[name].index(names[1]):
            return "the minimum value in a range must not be higher than the maximum"
        return ""
    if name == "day":
        if match := _POSITION.match(part):
            return "" if match["weekday"].lower() in apscheduler.WEEKDAYS else f'there is no "{match["weekday"]}"'
        if part.lower().startswith("last"):
            return ""
    return f'"{part}" is none'


def _step_problem(step: str | None, total: int) -> str:
    if step is None:
        return ""
    if int(step) == 0:
        return "the step must be higher than 0"
    return f"the step ({step}) is higher than the range ({total})" if int(step) > total else ""
