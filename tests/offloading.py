"""Callbacks before and after their blocking calls have moved to a thread: the texts, and what they do when they run."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, NamedTuple

from standins import Outcome, run_application

from flake8_orch47.fixes.repair import repair
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flake8_orch47.fixes.repair import Outcome as Repaired
    from flake8_orch47.settings import Settings

__all__ = ["PROLOGUE", "Case", "Ran", "fixed", "module", "ran", "reasons"]

PROLOGUE = """\
import asyncio
import threading
import time
from pathlib import Path

import requests
from orchestrator.db import SubscriptionTable, db
from orchestrator.services.subscriptions import get_subscription
from orchestrator.workflow import begin, workflow
from sqlalchemy import func, select

URL = "https://entitlements.example.org"


async def is_known(user):
    return user is not None


"""


class Case(NamedTuple):
    """A callback `allowed` and what becomes of it; without `after` it stays, for `reason`."""

    name: str
    before: str
    after: str = ""
    reason: str = ""


class Ran(NamedTuple):
    """All cases as one application: their modules before and after, what ran, and why something stayed."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    ran_before: Outcome
    ran_after: Outcome
    reasons: Mapping[str, Sequence[str]]
    left: Sequence[str]
    again: Mapping[str, str]


def module(callback: str, name: str, prologue: str = PROLOGUE) -> str:
    """The module of a callback, which registers it."""
    return f'{prologue}{dedent(callback).strip()}\n\n\nworkflow("{name}", authorize_callback=allowed)(begin)\n'


def fixed(
    folder: Path, select: Iterable[str] = ("ORC3",), options: Mapping[str, tuple[str, ...]] | None = None
) -> Repaired:
    """What the fixes make of the files of an application, unsafe ones too; they are written."""

    def configure(root: str) -> Settings:
        return load(root, select=tuple(select), extend_select=(), ignore=(), **(options or {}))

    files = sorted(str(path) for path in folder.rglob("*.py"))
    outcome = repair(files, configure, unsafe=True, target_given=True)
    for path, changed in outcome.changed.items():
        Path(path).write_bytes(changed.after)
    return outcome


def reasons(outcome: Repaired) -> dict[str, list[str]]:
    """Why findings stay, by the name of their module."""
    found: dict[str, list[str]] = {}
    for finding, reason in sorted(outcome.refused.items()):
        found.setdefault(Path(finding.span.path).stem, []).append(reason)
    return found


def ran(folder: Path, cases: Iterable[Case]) -> Ran:
    """Fixes and runs the cases."""
    folder.joinpath("pyproject.toml").write_text("[project]\nname = 'policies'\nversion = '1'\n")
    before = {case.name: module(case.before, case.name) for case in cases}
    for name, text in before.items():
        folder.joinpath(f"{name}.py").write_text(text)
    ran_before = run_application(folder)
    outcome = fixed(folder)
    left = [f"{Path(one.span.path).stem}:{one.code}" for one in outcome.report.findings if one not in outcome.refused]
    ran_after = run_application(folder)
    after = {name: folder.joinpath(f"{name}.py").read_text() for name in before}
    fixed(folder)
    again = {name: folder.joinpath(f"{name}.py").read_text() for name in before}
    return Ran(before, after, ran_before, ran_after, reasons(outcome), left, again)
