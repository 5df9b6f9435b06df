"""How schedules are read, where a fixture application has no room for it; and what nobody would write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scheduling import HEAD, declared, schedules_in

from flake8_orch47.output.schedules import payloads, table
from flake8_orch47.output.schedules_module import module
from flake8_orch47.output.terminal import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_orch47.schedules.declared import Schedule


def reasons(schedules: list[Schedule]) -> list[str]:
    return [remark.message for schedule in schedules for remark in schedule.remarks_of("refused")]


# -- decorators that functions of the project make -----------------------------------------------------------


@pytest.mark.parametrize(
    "factory",
    [
        "def every(hours, **more):\n    return scheduler.scheduled_job('interval', hours=hours, **more)\n",
        "def every(**more):\n    return scheduler.scheduled_job('interval', **more)\n",
        "def every(hours, *, minutes):\n    return scheduler.scheduled_job('interval', hours=hours, minutes=minutes)\n",
    ],
)
def test_a_decorator_that_a_function_makes_is_read_where_it_is_used(tmp_path: Path, factory: str) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "common.py").write_text(HEAD + factory)
    (tmp_path / "jobs.py").write_text(
        "from common import every\nfrom orchestrator.services.processes import start_process\n\n\n"
        "@every(hours=2, minutes=30)\ndef first():\n    start_process('task_first')\n\n\n"
        "@every(hours=4, minutes=HOURS)\ndef second():\n    start_process('task_second')\n"
    )
    first, second = schedules_in(tmp_path)
    assert first.payload["trigger_kwargs"] == {"hours": 2, "minutes": 30}
    assert (first.span.path, first.span.row, first.workflow) == (str(tmp_path / "jobs.py"), 5, "task_first")
    assert reasons([second]) == ["its `minutes` is not constant: `HOURS` cannot be determined"]


def test_a_factory_that_nobody_uses_is_named_itself(tmp_path: Path) -> None:
    [schedule] = declared(tmp_path, "def every(hours):\n    return scheduler.scheduled_job('interval', hours=hours)\n")
    assert "it is handed on, so what it decorates cannot be determined" in reasons([schedule])


# -- names that are not the framework's ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "from apscheduler.schedulers.background import BackgroundScheduler\nscheduler = BackgroundScheduler()\n",
        "from nonebot import scheduler\n",
        "class scheduler:\n    scheduled_job = lambda *a, **k: lambda f: f\n",
        "def scheduler(*a, **k): ...\n",
    ],
)
def test_other_schedulers_are_left_alone(tmp_path: Path, source: str) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "jobs.py").write_text(
        source + "from orchestrator.services.processes import start_process\n"
        "@scheduler.scheduled_job('cron', hour=1)\ndef job():\n    start_process('x')\n"
        "scheduler.add_job(job, 'cron', hour=1)\n@scheduler(name='x', time_unit='hour')\ndef other(): ...\n"
    )
    assert schedules_in(tmp_path) == []


def test_triggers_and_dates_of_other_libraries_are_not_taken_for_the_real_ones(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        "from mine import CronTrigger as Mine, datetime\n"
        "@scheduler.scheduled_job(Mine(hour=2))\ndef job():\n    start_process('x')\n"
        "@scheduler.scheduled_job('date', run_date=datetime(2031, 1, 1))\ndef other():\n    start_process('y')\n",
    )
    assert [schedule.trigger for schedule in found] == [None, None]
    assert len(reasons(found)) == 2


def test_a_start_process_of_somebody_else_starts_nothing(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        "from mine import start_process\n"
        "@scheduler.scheduled_job('cron', hour=1)\ndef job():\n    start_process('x')\n",
    )
    assert reasons(found) == [
        "`job` does more than start one workflow: it calls `start_process()` (line 17)",
    ]


# -- places --------------------------------------------------------------------------------------------------


def test_the_same_name_in_two_modules_of_the_older_decorator_is_one_id(tmp_path: Path) -> None:
    """The shim takes the function's name for an id, so `run` of one file replaces `run` of the other."""
    (tmp_path / "pyproject.toml").touch()
    for name in ("a", "b"):
        source = f'@older("{name}", "hour")\ndef run():\n    start_process("task_{name}")\n'
        (tmp_path / f"{name}.py").write_text(HEAD + source)
    found = schedules_in(tmp_path)
    assert [schedule.converts for schedule in found] == [False, False]
    assert reasons(found)[0] == (
        'it shares its id "run" with `b.run` (b.py:14): only the one that is declared last runs'
    )


def test_the_job_is_found_from_an_application_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    for folder in ("garr", "garr/schedules", "garr/workflows"):
        (tmp_path / folder).mkdir()
    (tmp_path / "garr/schedules/__init__.py").touch()
    (tmp_path / "garr/workflows/__init__.py").write_text("NIGHTLY = 'task_nightly'\nHOUR = 3\n")
    (tmp_path / "garr/schedules/nightly.py").write_text(
        HEAD + "import workflows\nfrom workflows import HOUR\n"
        "@scheduler.scheduled_job('cron', hour=HOUR)\ndef job():\n    start_process(workflows.NIGHTLY)\n"
    )
    [schedule] = schedules_in(tmp_path)
    assert schedule.payload == {
        "name": "job",
        "workflow_name": "task_nightly",
        "trigger": "cron",
        "trigger_kwargs": {"hour": 3},
    }
    assert schedule.reference == "schedules.nightly:job"


@pytest.mark.parametrize("namespace", ["orchestrator", "orchestrator.core"])
def test_the_framework_named_by_a_text_is_the_framework(tmp_path: Path, namespace: str) -> None:
    """APScheduler imports what a text names."""
    [schedule] = declared(
        tmp_path,
        f'scheduler.add_job("{namespace}.services.processes:start_process", "interval", args=["task_a"], hours=1)\n',
    )
    assert (schedule.workflow, schedule.converts) == ("task_a", True)
    [schedule] = declared(tmp_path, 'scheduler.add_job("requests:get", "interval", args=["task_a"], hours=1)\n')
    assert (schedule.workflow, schedule.converts) == (None, False)


# -- what nobody would write ---------------------------------------------------------------------------------

NESTED = "(" * 90 + "1" + ")" * 90
AWKWARD = [
    "hours=" + "1+" * 3000 + "1",
    "hours=" + "-" * 3000 + "1",
    f"hours={NESTED}",
    "hours=10 ** 10 ** 10",
    "hours=2 ** 100000",
    "hours='x' * 10 ** 12",
    "hours=[0] * 10 ** 12",
    "hours=1 << 10 ** 9",
    "hours=A",
    "hours=B",
    "hours=f()",
    "hours=(yield)",
    "hours=await_it",
    "hours=lambda: 1",
    "hours=...",
    "hours=b'1'",
    "hours=1j",
    "hours=float('inf')",
    "hours=int('9' * 5000)",
    "hours={}['x']",
    "hours={[]: 1}",
    "hours=[][0]",
    "hours=[1][::0]",
    "hours=timedelta(days=10**10)",
    "start_date=datetime.datetime(10**9, 1, 1)",
    "start_date=datetime.datetime(2031, 1, 1, tzinfo='x')",
    "start_date=datetime.datetime.strptime('x', '%d')",
    "timezone=ZoneInfo(1)",
    "timezone=ZoneInfo('../../etc/passwd')",
    "timezone=timezone(timedelta(days=9))",
    "start_date=datetime.datetime(2031, 1, 1, tzinfo=ZoneInfo('No/Where'))",
    "**{**{}}",
    "**{1: 2}",
    "**[1]",
    "**SELF",
    "*[]",
    "id=''",
    "name='\\ud800'",
    "id='\\x00'",
]


@pytest.mark.parametrize("argument", AWKWARD)
def test_no_argument_is_too_awkward(tmp_path: Path, argument: str) -> None:
    source = (
        "A = B\nB = A\nSELF = {'x': 1}\nSELF['self'] = SELF\ndef f(): return f()\n"
        f"@scheduler.scheduled_job('interval', {argument})\ndef job():\n    start_process('x')\n"
    )
    [schedule] = declared(tmp_path, source)
    assert schedule.converts or reasons([schedule])
    assert "job" in "\n".join(table([schedule], Screen(str(tmp_path))))
    json.loads(payloads([schedule]))
    source = "\n".join(module([schedule], Screen(str(tmp_path)), namespace="orchestrator", loads_schedules=False))
    compile(source.encode(), "module", "exec")


@pytest.mark.parametrize(
    "body",
    [
        "job()",
        "start_process(job())",
        "start_process(*job)",
        "start_process(**{'workflow_key': 'x', 'user_inputs': job})",
        "start_process()",
        "start_process('x')(1)",
        "(lambda: start_process('x'))()",
        "start_process('x') if job else None",
        "start_process(start_process('x'))",
        "global job\n    job = start_process('x')",
        "def job(): start_process('x')\n    job()",
        "with start_process('x') as job: pass",
        "for job in start_process('x'): pass",
        "return (start_process('x'), start_process('y'))",
        "job = job2 = start_process('x')",
        "job[0] = start_process('x')",
        "match start_process('x'):\n        case _: pass",
        "del job",
        "...",
        "class job: start_process('x')",
        "import job",
        "async def inner(): start_process('x')",
        "raise start_process('x')",
        "start_process('x'), 1",
        "print(start_process('x'))",
        "start_process(name := 'x')",
    ],
)
def test_no_body_is_too_awkward(tmp_path: Path, body: str) -> None:
    [schedule] = declared(tmp_path, f"@scheduler.scheduled_job('cron', hour=1)\ndef job():\n    {body}\n")
    assert schedule.converts or reasons([schedule])


PIECES = st.sampled_from(
    "scheduler start_process older job 'x' 1 None [] {} () f'{job}' CronTrigger IntervalTrigger datetime date "
    "ZoneInfo('UTC') timedelta(1) lambda:0 *job **job hour=1 id='x' name=job trigger='cron' args=[1] kwargs={'a':1} "
    "next_run_time=None func=job time_unit='day' at='1:00' period=2 CronTrigger(hour=1) 'cron' 'interval'".split()
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["scheduler.scheduled_job", "scheduler.add_job", "older"]), st.lists(PIECES, max_size=6))
def test_no_call_is_too_awkward(tmp_path: Path, function: str, pieces: list[str]) -> None:
    source = f"{function}({', '.join(pieces)})\n"
    try:
        compile(source, "x", "exec")
    except SyntaxError:
        return
    for schedule in declared(tmp_path, f"def job(a=1):\n    start_process('x')\n{source}@{source}def other(): job()\n"):
        assert schedule.converts or reasons([schedule])
