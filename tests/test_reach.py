"""The question before the question: what is never worked out would have given nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES, applications

from flake8_orch47.project.discovery import expand
from flake8_orch47.resolution.reach import BLOCKING, COROUTINE, Reach
from flake8_orch47.rules.check import check
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.findings import Finding


def findings(application: Path) -> tuple[Finding, ...]:
    return check(expand([str(application)]).files, load).findings


@pytest.mark.parametrize("name", applications())
def test_a_look_at_everything_finds_nothing_more(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(FIXTURES / name)
    monkeypatch.setattr(Reach, "may", lambda *_: True)
    assert findings(FIXTURES / name) == found


SOURCE = """\
import logging
import other
import requests
from orchestrator.workflow import workflow

logger = logging.getLogger(__name__)
LIMIT = 20
session = requests.Session()


def plain(user):
    logger.info("asked")
    return len(user) > LIMIT


def through(user):
    return plain(user) and other.quiet(user)


def blocks(user):
    return session.get(user)


def blocks_elsewhere(user):
    return other.loud(user)


def in_circles(user):
    return in_circles(user) or around(user)


def around(user):
    return in_circles(user) or blocks_elsewhere(user)


def gives(user):
    return coroutine(user)


async def coroutine(user):
    return True


def dynamic(user):
    return getattr(user, "name")


def by_default(user, what=requests.get):
    return what(user)


def annotated(user, client: requests.Session):
    return client.get(user)


def keeps(function):
    return function


@keeps
def decorated(user):
    return True


class Policy:
    def method(self, user):
        return True


def makes(user):
    return Policy().method(user)


@workflow("x", authorize_callback=through)
def order(): ...
"""
OTHER = """\
import time


def quiet(user):
    return user == "x"


def loud(user):
    return time.sleep(1)
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", 0),
        ("through", 0),
        ("blocks", BLOCKING),
        ("blocks_elsewhere", BLOCKING),
        ("in_circles", BLOCKING),
        ("around", BLOCKING),
        ("gives", COROUTINE),
        ("dynamic", BLOCKING | COROUTINE),
        ("by_default", BLOCKING | COROUTINE),
        ("annotated", BLOCKING),
        ("makes", BLOCKING | COROUTINE),
        ("method", BLOCKING | COROUTINE),
    ],
)
def test_what_a_function_may_lead_to_is_told_from_its_names(tmp_path: Path, name: str, expected: int) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "app.py").write_text(SOURCE)
    (tmp_path / "other.py").write_text(OTHER)
    told: dict[str, int] = {}

    def inspect(analysis: object, _findings: object) -> None:
        execution = analysis.execution  # type: ignore[attr-defined]
        (module,) = (one for one in analysis.scanned if one.path.endswith("app.py"))  # type: ignore[attr-defined]
        scopes: list[Scope] = module.functions
        for scope in scopes:
            flags = (what for what in (BLOCKING, COROUTINE) if execution.reach.may(scope, what))
            told[scope.node.name] = sum(flags)  # type: ignore[union-attr]

    check(expand([str(tmp_path)]).files, load, inspect=inspect)
    assert told[name] == expected
