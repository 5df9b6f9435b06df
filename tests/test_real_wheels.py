"""The published wheels of orchestrator-core: their real defects are found, and gone where they were repaired.

What is expected is read from the wheels with `ast` by rules of this file's own. The engine has no part in it.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import REPOSITORY, Stated, by_command, by_flake8, environment
from scheduling import schedules_in
from wheels import wheel

from flake8_orch47.schedules.sql import removal

CALLBACKS = {"authorize_callback", "retry_auth_callback", "resume_auth_callback"}

#: The calls in 4.6.5 of what became a coroutine in 4.7, as a person reads them.
SEVEN_CALLS = [
    ("orchestrator/api/api_v1/endpoints/processes.py", 214),
    ("orchestrator/api/api_v1/endpoints/processes.py", 217),
    ("orchestrator/api/api_v1/endpoints/subscriptions.py", 117),
    ("orchestrator/graphql/schemas/process.py", 92),
    ("orchestrator/graphql/schemas/process.py", 93),
    ("orchestrator/graphql/schemas/workflow.py", 41),
    ("orchestrator/services/processes.py", 445),
]


@dataclass(frozen=True, order=True)
class CallbackCall:
    """A call of an authorization callback: of an attribute (`by` its name), or of what a function handed out."""

    path: str
    row: int
    by: str
    is_awaited: bool


def callback_calls(folder: str) -> list[CallbackCall]:
    """The calls of authorization callbacks in a wheel.

    They are the calls of `X.authorize_callback` and its like, and those of names that are unpacked from
    `get_auth_callbacks(...)`. Methods of `self` and of the framework's settings are left out: those are
    `async def` in 4.7 and not the application's.
    """
    found = []
    for path in sorted(Path(folder).rglob("*.py")):
        source = path.read_bytes()
        if b"_callback" not in source:
            continue
        tree = ast.parse(source)
        awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
        unpacked = {
            element.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and "get_auth_callbacks" in ast.unparse(node.value)
            for target in node.targets
            for element in ast.walk(target)
            if isinstance(element, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (by := called_by(call.func, unpacked)):
                relative = path.relative_to(folder).as_posix()
                found.append(CallbackCall(relative, call.lineno, by, id(call) in awaited))
    return sorted(found)


def called_by(function: ast.expr, unpacked: set[str]) -> str:
    """How a call gets at an authorization callback; "" if it does not."""
    if isinstance(function, ast.Attribute) and function.attr in CALLBACKS:
        return "" if isinstance(function.value, ast.Name) and function.value.id == "self" else function.attr
    return "get_auth_callbacks" if isinstance(function, ast.Name) and function.id in unpacked else ""


def scheduled_jobs(folder: str) -> list[Stated]:
    """The decorators `@scheduler.scheduled_job(...)` in a wheel."""
    return sorted(
        (path.relative_to(folder).as_posix(), decorator.lineno, "ORC101")
        for path in Path(folder).rglob("schedules/*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        for decorator in getattr(node, "decorator_list", ())
        if ast.unparse(decorator).startswith("scheduler.scheduled_job(")
    )


def imports_that_later_fail(folder: str, later: str) -> list[Stated]:
    """The imports in `schedules/__init__.py` of modules that the wheel in `later` does not have."""
    name = "orchestrator/schedules/__init__.py"
    tree = ast.parse(Path(folder, name).read_bytes())
    return [
        (name, node.lineno, "ORC104")
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and node.module
        and not os.path.exists(os.path.join(later, *node.module.split(".")) + ".py")
    ]


def found_in(version: str, tmp_path: Path) -> list[Stated]:
    return by_command(application(version, tmp_path))


def application(version: str, tmp_path: Path) -> Path:
    """The wheel's package, alone in a folder: the cache may lie inside some project."""
    shutil.copytree(os.path.join(wheel(version), "orchestrator"), tmp_path / "orchestrator")
    return tmp_path


def of(code: str, found: list[Stated]) -> list[Stated]:
    return [one for one in found if one[2] == code]


def test_the_seven_calls_are_those_that_the_wheel_of_4_6_5_has() -> None:
    calls = callback_calls(wheel("4.6.5"))
    assert [(call.path, call.row) for call in calls] == SEVEN_CALLS
    assert [call.by for call in calls].count("get_auth_callbacks") == 4
    assert not any(call.is_awaited for call in calls)


def test_on_4_6_5_the_schedules_the_removed_imports_and_the_seven_calls_are_found(tmp_path: Path) -> None:
    folder = wheel("4.6.5")
    found = found_in("4.6.5", tmp_path)

    jobs = scheduled_jobs(folder)
    assert [os.path.basename(path) for path, _, _ in jobs] == [
        "resume_workflows.py",
        "task_vacuum.py",
        "validate_products.py",
        "validate_subscriptions.py",
    ]
    assert of("ORC101", found) == jobs

    imports = imports_that_later_fail(folder, wheel("4.7.0"))
    assert len(imports) == 3
    assert of("ORC104", found) == imports

    assert of("ORC202", found) == [(path, row, "ORC202") for path, row in SEVEN_CALLS]


def test_on_4_6_5_flake8_finds_what_the_command_finds(tmp_path: Path) -> None:
    folder = application("4.6.5", tmp_path)
    found = by_command(folder)
    assert len(found) >= 14
    assert by_flake8(folder, options=("--ignore=ORC204", "--jobs=2")) == found


@pytest.mark.parametrize("version", ["4.7.0", "4.7.2", "4.8.2", "5.0.5"])
def test_the_call_without_await_that_shipped_until_5_5_is_found(version: str, tmp_path: Path) -> None:
    """`not workflow.authorize_callback(...)` in `subscriptions.py`: every workflow was offered to everybody."""
    calls = [call for call in callback_calls(wheel(version)) if not call.is_awaited]
    assert [os.path.basename(call.path) for call in calls] == ["subscriptions.py"]
    assert of("ORC202", found_in(version, tmp_path)) == [(calls[0].path, calls[0].row, "ORC202")]


def test_on_5_5_0_which_repaired_it_nothing_is_found_there(tmp_path: Path) -> None:
    calls = callback_calls(wheel("5.5.0"))
    assert any(call.path.endswith("endpoints/subscriptions.py") for call in calls)
    assert all(call.is_awaited for call in calls)
    assert of("ORC202", found_in("5.5.0", tmp_path)) == []


#: What becomes of the jobs that the framework itself declared: the workflow, the trigger, or why it stays.
OF_4_6_5 = {
    "resume_workflows.py:19": ("task_resume_workflows", "interval", {"hours": 1}),
    "task_vacuum.py:19": ("task_clean_up_tasks", "interval", {"hours": 6}),
    "validate_products.py:21": "it calls `db.session.scalar()` (line 29) and branches (line 34)",
    "validate_subscriptions.py:36": "it branches (line 38) and loops (line 44)",
}
OF_4_3_1 = {
    "resume_workflows.py:19": ("task_resume_workflows", "interval", {"hours": 1}),
    "task_vacuum.py:19": ("task_clean_up_tasks", "interval", {"hours": 6}),
    "validate_products.py:21": "it calls `db.session.scalar()` (line 23) and branches (line 28)",
    "validate_subscriptions.py:36": "it branches (line 38) and loops (line 44)",
}


@pytest.mark.parametrize(("version", "expected"), [("4.6.5", OF_4_6_5), ("4.4.0", OF_4_6_5), ("4.3.1", OF_4_3_1)])
def test_of_the_four_schedules_of_the_framework_two_can_move(
    version: str, expected: dict[str, object], tmp_path: Path
) -> None:
    """The one that asks the database first and the one that starts a workflow for each subscription stay."""
    found: dict[str, object] = {}
    for schedule in schedules_in(application(version, tmp_path)):
        place = f"{os.path.basename(schedule.span.path)}:{schedule.span.row}"
        if schedule.trigger is not None and schedule.converts:
            found[place] = (schedule.workflow, schedule.trigger.kind, schedule.trigger.kwargs)
        else:
            [reason] = [remark.message for remark in schedule.remarks_of("refused")]
            found[place] = reason.partition(" does more than start one workflow: ")[2]
    assert found == expected


def test_their_ids_are_in_the_sql(tmp_path: Path) -> None:
    found = schedules_in(application("4.6.5", tmp_path))
    assert removal(schedule for schedule in found if schedule.converts) == [
        "DELETE FROM apscheduler_jobs WHERE id = 'resume-workflows';",
        "DELETE FROM apscheduler_jobs WHERE id = 'clean-tasks';",
    ]


def test_the_demonstration_shows_both_applications_and_ends_well() -> None:
    """What `make demo` runs: that there are findings is no failure."""
    wheel("4.6.5")
    done = subprocess.run(
        [sys.executable, "tests/demo.py"],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    application, _, real = done.stdout.partition("\norchestrator-core 4.6.5\n")
    assert {"ORC101", "ORC201", "ORC202", "ORC301"} <= set(application.split())
    for path, row in SEVEN_CALLS:
        assert f"\n{path}:{row}:" in real
