"""The short way: what is told of plain functions at a glance is what following everything in them gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES, applications

from flake8_orch47.project.discovery import expand
from flake8_orch47.resolution.execution import Body, Execution
from flake8_orch47.resolution.plain import Plain, PlainCall
from flake8_orch47.rules.check import check
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.findings import Finding
    from flake8_orch47.rules.analysis import Analysis


def inspected(application: Path, look: Callable[[Execution, Scope], None]) -> tuple[Finding, ...]:
    """The findings of an application, after a look at every function in the modules that they needed."""

    def inspect(analysis: Analysis, _findings: object) -> None:
        for module in analysis.modules.known():
            for scope in module.functions:
                look(analysis.execution, scope)

    return check(expand([str(application)]).files, load, inspect=inspect).findings


def steps(execution: Execution, scope: Scope) -> list[object]:
    body = Body(scope, None)
    return [(step.node, step.bodies, step.leaves, step.kind) for step in execution._steps_of(body)]


@pytest.mark.parametrize("name", applications())
def test_a_plain_function_runs_what_following_everything_in_it_gives(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain: list[tuple[Execution, Scope, list[object]]] = []

    def look(execution: Execution, scope: Scope) -> None:
        if execution.configured is None and execution.plain.operations(scope) is not None:
            execution._plain.pop(scope, None)
            plain.append((execution, scope, steps(execution, scope)))

    findings = inspected(FIXTURES / name, look)
    monkeypatch.setattr(Plain, "operations", lambda *_: None)
    for execution, scope, found in plain:
        execution._plain.clear()
        assert steps(execution, scope) == found, scope
    assert inspected(FIXTURES / name, lambda *_: None) == findings


HEAD = """\
import time
import requests
import services
from helpers import ask, Policy, policy
from orchestrator.workflow import workflow


def same(user):
    return ask(user)


async def fetch(user):
    return ask(user)


@workflow("x", authorize_callback=fetch)
def order(): ...


"""
HELPERS = """\
import time


def ask(user):
    return time.sleep(1)


def give(user):
    return policy


def by_default(user, how=time.sleep):
    return how(1)


class Policy:
    @property
    def name(self):
        return time.sleep(1)

    def __len__(self):
        return time.sleep(1)


policy = Policy()
"""


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], list[str] | None]:
    """Tells what is plain of a function of a project: its calls and operations in words, None if it is not plain."""

    def told(function: str) -> list[str] | None:
        (tmp_path / "pyproject.toml").write_text("")
        (tmp_path / "app.py").write_text(HEAD + function)
        (tmp_path / "helpers.py").write_text(HELPERS)
        (tmp_path / "services.py").write_text(HELPERS)
        found: dict[str, list[str] | None] = {}

        def look(execution: Execution, scope: Scope) -> None:
            name = getattr(scope.node, "name", "")
            operations = execution.plain.operations(scope)
            found[name] = None if operations is None else [worded(one) for one in operations]

        inspected(tmp_path, look)
        return found["asked"]

    return told


def worded(operation: object) -> str:
    if isinstance(operation, PlainCall):
        return f"runs {operation.callee.node.name}"  # type: ignore[union-attr]
    return f"{operation.kind} {ast.unparse(operation.node)}"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return ask(user)", ["runs ask"]),
        ("return ask(user=user)", ["runs ask"]),
        ("return services.ask(user) and same(user)", ["runs ask", "runs same"]),
        ("if user.name == 'x': return same(user)", ["runs same"]),
        ("some = {'a': 1}\n    if user is None or len(some) > 20: return False\n    return ask(user)", ["runs ask"]),
        ("return str(user).endswith('x')", ["attribute str(user).endswith", "call str(user).endswith('x')"]),
        ("return requests.get(user)", ["call requests.get(user)"]),
        ("time.sleep(1)\n    raise Exit(ask(user))", ["call time.sleep(1)", "runs ask", "call Exit(ask(user))"]),
        # What somebody is given that tells what runs is the evaluator's.
        ("return ask(None)", ["call ask(None)"]),
        ("return ask(policy)", ["call ask(policy)"]),
        ("return services.by_default(user)", ["call services.by_default(user)"]),
        ("return policy.name", ["attribute policy.name"]),
        ("return len(policy)", ["call len(policy)"]),
        ("if policy: return True", None),
        ("return bool(ask(user))", ["runs ask"]),
        ("return services.ask(user) or False", ["runs ask"]),
        ("return bool(services.give(user))", ["runs give", "call bool(services.give(user))"]),
        ("if services.give(user): return True", ["runs give", "truth services.give(user)"]),
        ("return policy and user", ["truth policy"]),
        ("for one in policy: ask(one)", ["iterate policy", "call ask(one)"]),
        ("with policy as user_policy: return ask(user)", ["enter policy", "runs ask"]),
        ("return user in policy", ["contains policy"]),
        ("return fetch(user)", ["call fetch(user)"]),
        # A name that is bound again is not what it was.
        ("user = policy\n    return ask(user)", None),
        ("ask = user.check\n    return ask(user)", ["call ask(user)"]),
        ("found = ask(user)\n    ask = found", None),
        ("limits = []\n    limits = policy\n    return len(limits)", ["call len(limits)"]),
        ("for len in user: pass\n    return len(user)", ["call len(user)"]),
        # More goes on in these.
        ("return [ask(one) for one in user]", None),
        ("return lambda: ask(user)", None),
        ("yield ask(user)", None),
        ("if isinstance(user, str): return ask(user)", None),
        ("self.user = user", None),
        ("return any(map(ask, user))", None),
        ("return ask(*user)", None),
        ("import time\n    return time.sleep(1)", None),
        ("global order\n    order = ask(user)", None),
        ("if services.VERSION >= '4.7': return ask(user)", None),
        ("if 0: return ask(user)", None),
    ],
)  # fmt: skip
def test_what_is_plain_of_a_function(
    body: str, expected: list[str] | None, project: Callable[[str], list[str] | None]
) -> None:
    assert project(f"def asked(user):\n    {body}\n") == expected


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("user: 'OIDCUserModel | None'", ["runs ask"]),
        ("user: str", ["runs ask"]),
        ("user: Policy", ["call ask(user)"]),
        ("user, policy: Policy", ["runs ask"]),
        ("user=None", None),
        ("*user", None),
        ("**user", None),
        ("other, /, *, user", ["runs ask"]),
    ],
)
def test_which_parameters_tell_nothing(
    signature: str, expected: list[str] | None, project: Callable[[str], list[str] | None]
) -> None:
    text = f"from oauth2_lib.fastapi import OIDCUserModel\n\n\ndef asked({signature}):\n    return ask(user)\n"
    assert project(text) == expected


def test_what_a_module_sets_on_another_is_not_taken_for_its_function(
    project: Callable[[str], list[str] | None],
) -> None:
    setting = "def other(user): ...\n\n\nservices.ask = other\n\n\n"
    assert project(f"{setting}def asked(user):\n    return services.ask(user)\n") == ["call services.ask(user)"]
