"""Every fixture application whose callbacks can be fixed: fixed, checked again, and run before and after."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES
from offloading import fixed
from running import RAISING, UNCALLED, blocking, fixable, run_fixture
from standins import run_application

if TYPE_CHECKING:
    from pathlib import Path

#: The applications that block too have a test of their own.
APPLICATIONS = [name for name in fixable() if not blocking(name)]
#: Why a callback may stay as it is.
REASONS = (
    "gives an instance: give it an async function",
    "is not part of the project: call it in an async function",
    "(ORC205): cache what it computes first",
    "it yields, and does not answer",
    "what it returns can be awaited in some cases only",
    "(`--target-version 4.7` says so)",
    "which is not part of the project and may call `__call__`",
)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_a_fixed_application_answers_as_before(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(FIXTURES / name, folder)
    before = run_fixture(folder)
    outcome = fixed(folder, ("ORC1", "ORC2"))
    after = run_fixture(folder)

    left = [finding for finding in outcome.report.findings if finding.code == "ORC201"]
    reasons = [outcome.refused[one] for one in left]
    assert [one for one in reasons if not one.endswith(REASONS) and not one.startswith("sync code calls it too")] == []
    assert set(before.imports) == RAISING.get(name, set())
    assert set(after.imports) <= set(before.imports)
    # What counted a coroutine as true may answer otherwise now: that is the repair.
    same = {label for label, answer in before.answers.items() if answer != "coroutine"}
    same -= set(before.unawaited)
    assert {label: after.answers.get(label) for label in same} == {label: before.answers[label] for label in same}
    assert set(after.unawaited) <= set(before.unawaited)
    assert not Counter(before.jobs) - Counter(after.jobs)
    assert set(after.jobs) == set(before.jobs)
    assert bool(before.answers or before.jobs) is (name not in UNCALLED)
    assert fixed(folder, ("ORC1", "ORC2")).changed == {}  # a second run changes nothing


def test_no_application_is_left_out() -> None:
    assert len(APPLICATIONS) > 80
    assert {*RAISING, *UNCALLED} <= set(APPLICATIONS)


def test_an_awaited_check_denies_what_it_let_through(tmp_path: Path) -> None:
    """The coroutine of a check is true: before the fix everybody got in, after it those who may."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\ndependencies = ["orchestrator-core>=4.7"]\n'
    )
    (tmp_path / "app.py").write_text("""\
from orchestrator import workflow


async def nobody(user):
    return False


async def check(user):
    if not nobody(user):
        return False
    return any(nobody(one) for one in [user, user]) or nobody(user)


@workflow("Create", authorize_callback=check)
def create(): ...
""")
    before = run_application(tmp_path)
    assert set(before.answers.values()) != {"False"}
    outcome = fixed(tmp_path, ("ORC202",))
    assert [finding.code for finding in outcome.fixed] == ["ORC202", "ORC202", "ORC202"]
    after = run_application(tmp_path)
    assert set(after.answers.values()) == {"False"}
    assert re.findall(r"await \w+", (tmp_path / "app.py").read_text()) == ["await nobody"] * 3
