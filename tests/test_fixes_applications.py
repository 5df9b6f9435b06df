"""Every fixture application whose callbacks can be fixed: fixed, checked again, and run before and after."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES, applications, expected
from offloading import fixed
from standins import run_application

if TYPE_CHECKING:
    from pathlib import Path

#: The applications that block too have a test of their own; these cannot be run as one program.
LEFT_OUT = {
    "layout_monorepo": "two applications, each with an `auth` of its own",
    "rare_flow": "code that never ends when it runs",
}
APPLICATIONS = [
    name
    for name in applications()
    if name not in LEFT_OUT
    and any(code in ("ORC201", "ORC202") for _, _, code in expected(FIXTURES / name))
    and not any(code >= "ORC3" for _, _, code in expected(FIXTURES / name))
]
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
    before = run_application(folder)
    outcome = fixed(folder, ("ORC201",))
    after = run_application(folder)

    left = [finding for finding in outcome.report.findings if finding.code == "ORC201"]
    reasons = [outcome.refused[one] for one in left]
    assert [one for one in reasons if not one.endswith(REASONS) and not one.startswith("sync code calls it too")] == []
    assert set(after.imports) <= set(before.imports)
    answers = {label: answer for label, answer in before.answers.items() if " object at 0x" not in label}
    assert {label: after.answers.get(label) for label in answers} == answers
    assert fixed(folder, ("ORC201",)).changed == {}  # a second run changes nothing


def test_there_are_applications_with_callbacks() -> None:
    assert len(APPLICATIONS) > 40


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
