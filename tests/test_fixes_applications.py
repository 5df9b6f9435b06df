"""Every fixture application whose callbacks can be fixed: fixed, checked again, and run before and after."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from fixing import REQUIRES_47
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
    "finds it, and would find an async one beside it as well",
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
    if nobody(user) and user is None:
        return False
    return any(nobody(one) for one in [user, user]) or await anybody(user) or nobody(user)


async def anybody(user):
    return not all(nobody(one) or ask(one) for one in [user, 7])


async def ask(one):
    if one == 7:
        raise LookupError(one)
    return False


@workflow("Create", authorize_callback=check)
def create(): ...
""")
    before = run_application(tmp_path)
    assert set(before.answers.values()) != {"False"}
    outcome = fixed(tmp_path, ("ORC202",))
    assert [finding.code for finding in outcome.fixed] == ["ORC202"] * 5
    after = run_application(tmp_path)
    assert set(after.answers.values()) == {"True"}  # `anybody`, whose `all` never comes to the second
    text = (tmp_path / "app.py").read_text()
    assert len(re.findall(r"(?<!await )\b(nobody|ask)\(", text)) == 2  # where they are defined


COMBINED = """
class Policy:
    def __or__(self, other):
        return AnyOf(self, other)

    def __invert__(self):
        return Not(self)


class HasRole(Policy):
    def __init__(self, role):
        self.role = role

    def __call__(self, user) -> bool:
        return self.role in user.roles


class Known(Policy):
    def __call__(self, user) -> bool:
        return user is not None


class AnyOf(Policy):
    def __init__(self, *parts):
        self.parts = parts

    def __call__(self, user) -> bool:
        return any(part(user) for part in self.parts)


class AllOf(Policy):
    def __init__(self, parts):
        self.parts = list(parts)

    def __call__(self, user) -> bool:
        return all(part(user) for part in self.parts)


class Not(Policy):
    def __init__(self, part):
        self.part = part

    def __call__(self, user) -> bool:
        return not self.part(user)


NOC = HasRole("noc") | HasRole("ops")
"""
METHODS = """
from abc import ABC, abstractmethod


class Policy(ABC):
    @abstractmethod
    def allows(self, user) -> bool: ...

    def __call__(self, user) -> bool:
        return self.allows(user)


class HasRole(Policy):
    def __init__(self, role):
        self.role = role

    def allows(self, user) -> bool:
        return self.role in user.roles


class Known(Policy):
    def allows(self, user) -> bool:
        return user is not None


class AllOf(Policy):
    def __init__(self, parts: list[Policy]):
        self.parts = parts

    def allows(self, user) -> bool:
        return all(part(user) for part in self.parts)
"""
FUNCTIONS = """
def known(user):
    return user is not None


def noc(user):
    return "noc" in user.roles


def ops(user):
    return "ops" in user.roles


def all_of(*policies):
    def check(user):
        return all(policy(user) for policy in policies)

    return check


def negated(policy):
    def check(user):
        return not policy(user)

    return check


def either(first, second):
    def check(user):
        return first(user) or second(user)

    return check


def any_of(*policies):
    return lambda user: any(policy(user) for policy in policies)
"""


@pytest.mark.parametrize(
    ("policies", "registered"),
    [
        (
            COMBINED,
            ("AllOf([Known(), NOC])", "AllOf([Known(), ~HasRole('guest')])", "Known()", "AllOf([Known(), NOC])"),
        ),
        (COMBINED, ("AllOf([Known(), NOC | HasRole('guest')])", "Known() | NOC", "~Known()", "NOC")),
        (METHODS, ("AllOf([Known(), HasRole('ops')])", "Known()", "AllOf([Known(), AllOf([HasRole('ops')])])")),
        (METHODS, ("Known()", "HasRole('ops')")),
        (FUNCTIONS, ("all_of(known, any_of(noc, ops))", "all_of(known, negated(ops))", "known", "ops")),
        (FUNCTIONS, ("all_of(known, ops)", "negated(known)", "negated(all_of(known, negated(ops)))")),
        (FUNCTIONS, ("all_of(known, either(noc, ops))", "either(all_of(known, ops), all_of(known, noc))")),
    ],
)
def test_policies_that_ask_other_policies_answer_as_before(
    tmp_path: Path, policies: str, registered: tuple[str, ...]
) -> None:
    """What asks them is sync, and stays so: the coroutine of a part would be true for everybody."""
    (tmp_path / "pyproject.toml").write_text(REQUIRES_47)
    (tmp_path / "policies.py").write_text(policies.lstrip())
    flows = [
        f'@workflow("{number}", authorize_callback={one})\ndef flow_{number}(): ...\n'
        for number, one in enumerate(registered)
    ]
    head = "from orchestrator.workflow import workflow\nfrom policies import *\n\n\n"
    (tmp_path / "workflows.py").write_text(head + "\n\n".join(flows))
    before = run_application(tmp_path)
    outcome = fixed(tmp_path, ("ORC2",))
    after = run_application(tmp_path)
    assert outcome.report.findings == ()
    assert after.imports == {}
    assert after.answers == before.answers
    assert after.unawaited == []
    assert {"True", "False"} <= set(before.answers.values())
    assert "coroutine" not in after.answers.values()


def test_a_function_that_asks_what_it_was_made_with_awaits_that_where_it_can(tmp_path: Path) -> None:
    """All that it is made with becomes async in the same step, or nothing of it does."""
    policies = """
def known(user):
    return user is not None


def role(name):
    return lambda user: name in user.roles


def both(first, second):
    def check(user):
        return first(user) and second(user)

    return check
"""
    flows = """
from orchestrator.workflow import workflow
from policies import both, known, role

workflow("a", authorize_callback=known, retry_auth_callback=both(known, role("ops")))
workflow("b", authorize_callback=role("noc"))
"""
    (tmp_path / "pyproject.toml").write_text(REQUIRES_47)
    (tmp_path / "policies.py").write_text(policies)
    (tmp_path / "flows.py").write_text(flows)
    before = run_application(tmp_path)
    assert fixed(tmp_path, ("ORC2",)).report.findings == ()
    text = (tmp_path / "policies.py").read_text()
    assert "    async def check(user):\n        return await first(user) and await second(user)\n" in text
    assert "async def known" in text
    assert run_application(tmp_path).answers == before.answers

    (tmp_path / "policies.py").write_text(policies)
    (tmp_path / "flows.py").write_text(
        flows + 'workflow("c", authorize_callback=both(known, lambda user: user.name.isalpha()))\n'
        "print(both(known, bool)('ops'))\n"
    )
    before = run_application(tmp_path)
    assert fixed(tmp_path, ("ORC2",)).report.findings == ()
    text = (tmp_path / "policies.py").read_text()
    assert "    def check(user):\n        return first(user) and second(user)\n" in text
    assert "def known_async" in text
    after = run_application(tmp_path)
    assert after.answers == before.answers
    assert after.unawaited == []
