"""What is written down of APScheduler is what APScheduler says."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import expressions, fields

from flake8_orch47.knowledge import apscheduler as known


def test_the_parameters_of_the_methods_that_schedule() -> None:
    for method, parameters in known.JOB_PARAMETERS.items():
        names = [
            name
            for name, one in inspect.signature(getattr(BackgroundScheduler, method)).parameters.items()
            if one.kind is one.POSITIONAL_OR_KEYWORD and name != "self"
        ]
        assert tuple(names) == parameters


def test_the_options_of_a_job_and_what_they_are_usually() -> None:
    """`coalesce` is the framework's own default, see its `job_defaults`."""
    scheduler = BackgroundScheduler(job_defaults={"coalesce": True})
    job = scheduler.add_job(print, "interval", hours=1)
    scheduler.start(paused=True)
    try:
        usual = {name: getattr(job, name) for name in ("misfire_grace_time", "coalesce", "max_instances", "executor")}
    finally:
        scheduler.shutdown()
    assert {**usual, "jobstore": "default"} == dict(known.JOB_OPTIONS)


def test_the_parameters_of_the_triggers() -> None:
    for path, name in known.TRIGGER_CLASSES.items():
        module, _, cls = path.rpartition(".")
        trigger: Any = getattr(import_module(module), cls)
        if name in known.TRIGGERS:
            assert tuple(inspect.signature(trigger).parameters) == known.TRIGGERS[name]
        assert (name in known.TRIGGERS) is (name not in known.COMBINING)


def test_the_names_of_the_triggers() -> None:
    scheduler = BackgroundScheduler()
    for path, name in known.TRIGGER_CLASSES.items():
        loaded = scheduler._trigger_plugins[name].load()
        assert f"{loaded.__module__}.{loaded.__name__}" == path
    assert scheduler._trigger_plugins.keys() == set(known.TRIGGER_CLASSES.values())


def test_the_fields_of_the_cron_trigger() -> None:
    assert {name: one.first for name, one in known.CRON_FIELDS.items()} == fields.MIN_VALUES
    assert {name: one.last for name, one in known.CRON_FIELDS.items()} == fields.MAX_VALUES
    assert tuple(expressions.WEEKDAYS) == known.WEEKDAYS
    assert tuple(expressions.MONTHS) == known.MONTHS
    assert tuple(expressions.WeekdayPositionExpression.options) == known.POSITIONS


def test_the_fields_of_a_crontab_line() -> None:
    from apscheduler.triggers.cron import CronTrigger

    line = dict(zip(known.CRONTAB, ("1", "2", "3", "4", "5"), strict=True))
    trigger = CronTrigger.from_crontab(" ".join(line.values()))
    said = {field.name: str(field) for field in trigger.fields if not field.is_default}
    assert said == line
    assert f"{CronTrigger.__module__}.{CronTrigger.__name__}.from_crontab" == known.FROM_CRONTAB
