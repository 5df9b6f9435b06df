"""Schedules for tests: those of a folder, those of a piece of source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_orch47.project.discovery import expand
from flake8_orch47.records import replace
from flake8_orch47.rules.check import check
from flake8_orch47.schedules.collect import schedules_of
from flake8_orch47.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.schedules.declared import Schedule

HEAD = """\
import datetime
import zoneinfo
from datetime import date, timedelta, timezone
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from orchestrator.schedules.scheduler import scheduler
from orchestrator.schedules.scheduling import scheduler as older
from orchestrator.services.processes import start_process


"""


def schedules_in(folder: Path, target: str = "auto") -> list[Schedule]:
    """The schedules that the files of a folder declare."""
    found: list[Schedule] = []

    def configure(root: str) -> Settings:
        return replace(load(root), target_version=target)

    def inspect(analysis: Analysis, _findings: object) -> None:
        found.extend(schedules_of(analysis))

    check(expand([str(folder)]).files, configure, inspect=inspect)
    return found


def declared(folder: Path, source: str, target: str = "auto") -> list[Schedule]:
    """The schedules of a module, with `HEAD` before it, that is a project of its own."""
    (folder / "pyproject.toml").touch()
    (folder / "jobs.py").write_text(HEAD + source)
    return schedules_in(folder, target)
