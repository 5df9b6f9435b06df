"""`orch47 schedules`: what it prints, in every format, and the exit status."""

from __future__ import annotations

import ast
import json
import pickle
import re
import types
from typing import TYPE_CHECKING, Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from core_schedules import api_model, in_place
from harness import FIXTURES, run
from scheduling import HEAD, declared, schedules_in

from flake8_orch47.output.schedules import payloads, table
from flake8_orch47.output.schedules_module import module
from flake8_orch47.output.terminal import Screen

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

MOVING = FIXTURES / "schedules_moving"
STAYING = FIXTURES / "schedules_staying"
MOVING_5X = FIXTURES / "schedules_moving_5x"


def schedules(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run("flake8_orch47", "schedules", *arguments, cwd=cwd)


def project(folder: Path, source: str, requires: str = "orchestrator-core==4.7.2") -> Path:
    """A project with one module of jobs."""
    (folder / "pyproject.toml").write_text(f'[project]\nname = "app"\ndependencies = ["{requires}"]\n')
    (folder / "jobs.py").write_text(HEAD + source)
    return folder


ONE = '@older(name="Hourly", time_unit="hour")\ndef hourly():\n    start_process("task_hourly")\n'
WITH_ID = '@scheduler.scheduled_job("cron", hour=2, id="nightly")\ndef nightly():\n    start_process("task_nightly")\n'
REFUSED = '@scheduler.scheduled_job("cron", hour=2)\ndef nightly():\n    print("x")\n'
IGNORED = '@older(name="Daily", time_unit="days", at="01:00")\ndef daily():\n    start_process("task_daily")\n'


# -- the exit status -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("", 0),
        (ONE, 0),
        (IGNORED, 0),  # as the framework means it: there is nothing to do
        (WITH_ID, 1),  # the id is lost
        (REFUSED, 1),
        (ONE + REFUSED, 1),
    ],
)
def test_the_exit_status_says_whether_something_stays_behind(tmp_path: Path, source: str, status: int) -> None:
    done = schedules(cwd=project(tmp_path, source))
    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.parametrize("form", ["table", "json", "python", "sql"])
def test_the_exit_status_is_the_same_in_every_format(tmp_path: Path, form: str) -> None:
    assert schedules("--format", form, cwd=project(tmp_path, WITH_ID)).returncode == 1
    assert schedules("--format", form, cwd=project(tmp_path, ONE)).returncode == 0


def test_a_file_that_cannot_be_parsed_is_named_and_the_status_is_2(tmp_path: Path) -> None:
    project(tmp_path, WITH_ID)
    (tmp_path / "broken.py").write_text("from orchestrator.schedules.scheduler import scheduler\ndef (:\n")
    done = schedules(cwd=tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path / 'broken.py'}:2:" in done.stderr
    assert "task_nightly" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "yaml"], "--format"),
        (["--fix"], "unknown option `--fix`"),
        (["-"], "schedules are read from files"),
        (["nowhere"], "nowhere"),
        (["--target-version", "3.0"], "--target-version"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = schedules(*arguments, cwd=project(tmp_path, ONE))
    assert (done.returncode, message in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


# -- the table -----------------------------------------------------------------------------------------------


def test_the_table_fits_into_80_columns_and_ends_with_the_sql(tmp_path: Path) -> None:
    done = schedules(cwd=project(tmp_path, ONE + WITH_ID + REFUSED.replace("nightly", "other")))
    assert done.stdout == (
        "NAME     WORKFLOW      TRIGGER           DECLARED AT\n"
        "Hourly   task_hourly   interval hours=1  jobs.py:14   moves\n"
        "nightly  task_nightly  cron hour=2       jobs.py:17   moves\n"
        "other    -             cron hour=2       jobs.py:20   stays\n"
        "\n"
        "3 schedules in 1 file: 2 can move, 1 stays in the code.\n"
        "\n"
        "These stay in the code:\n"
        "  jobs.py:20: jobs.other\n"
        "    - `other` does more than start one workflow: it calls `print()` (line 22)\n"
        "\n"
        "This the API cannot carry: it is lost with the move:\n"
        "  - the API gives the schedule an id of its own, a new UUID\n"
        '    jobs.py:17: its id "nightly"\n'
        "\n"
        "`orch47 schedules --format python > schedules_to_load.py` writes a module that\n"
        "loads them. Then the declarations go from the code. The old jobs are in the\n"
        "database and keep firing beside the new schedules. Remove them while the\n"
        "scheduler is stopped:\n"
        "\n"
        "DELETE FROM apscheduler_jobs WHERE id = 'hourly';\n"
        "DELETE FROM apscheduler_jobs WHERE id = 'nightly';\n"
    )
    assert done.stderr == ""


@pytest.mark.parametrize("application", [MOVING, STAYING, MOVING_5X])
@pytest.mark.parametrize("columns", [80, 60])
def test_no_line_but_sql_is_wider_than_the_terminal(application: Path, columns: int) -> None:
    lines = list(table(schedules_in(application), Screen(str(application), columns)))
    assert [
        line
        for line in lines
        if len(line) > columns and len(line.split()) > 2 and "job_state" not in line and line[:2] != "--"
    ] == []
    assert all(any(f"{name}.py:" in line for line in lines) for name in NAMES.get(application, ()))


NAMES = {MOVING: ("added", "by_name", "objects"), STAYING: ("arguments", "bodies")}


def test_a_place_is_never_broken(tmp_path: Path) -> None:
    """`path:row` is what terminals and people look for: in a narrow one it has a line of its own."""
    folder = tmp_path / "a_folder_with_a_rather_long_name" / "and_another_one_inside_it"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    (folder / "jobs.py").write_text(HEAD + ONE.replace("task_hourly", "task_with_quite_a_long_name_too"))
    lines = list(table(schedules_in(tmp_path), Screen(str(tmp_path), 80)))
    assert "  a_folder_with_a_rather_long_name/and_another_one_inside_it/jobs.py:14" in lines


def test_without_schedules_it_says_so(tmp_path: Path) -> None:
    assert schedules(cwd=project(tmp_path, "")).stdout == "No schedules in code.\n"


def test_only_the_given_files_are_read_but_an_id_counts_everywhere(tmp_path: Path) -> None:
    project(tmp_path, WITH_ID)
    (tmp_path / "other.py").write_text(HEAD + WITH_ID.replace("nightly():", "again():"))
    done = schedules("jobs.py", cwd=tmp_path)
    assert "other.py:14" in done.stdout  # the one with the same id
    assert "1 schedule in 1 file: 1 stays in the code." in done.stdout


# -- JSON ----------------------------------------------------------------------------------------------------


def test_json_is_what_the_api_takes_and_the_rest_is_on_the_standard_error(tmp_path: Path) -> None:
    done = schedules("--format", "json", cwd=project(tmp_path, ONE + WITH_ID + REFUSED.replace("nightly", "other")))
    assert json.loads(done.stdout) == [
        {
            "name": "Hourly",
            "workflow_name": "task_hourly",
            "trigger": "interval",
            "trigger_kwargs": {"hours": 1},
        },
        {
            "name": "nightly",
            "workflow_name": "task_nightly",
            "trigger": "cron",
            "trigger_kwargs": {"hour": 2},
        },
    ]
    assert done.stderr.splitlines() == [
        (
            'orch47: lost: jobs.py:17: jobs.nightly: its id "nightly": the API gives the schedule an id of its own, '
            "a new UUID"
        ),
        (
            "orch47: stays in the code: jobs.py:20: jobs.other: `other` does more than start one workflow: it calls "
            "`print()` (line 22)"
        ),
        "orch47: DELETE FROM apscheduler_jobs WHERE id = 'hourly';",
        "orch47: DELETE FROM apscheduler_jobs WHERE id = 'nightly';",
    ]


def test_without_schedules_json_is_an_empty_array_and_a_warning_says_so(tmp_path: Path) -> None:
    done = schedules("--format", "json", cwd=project(tmp_path, ""))
    assert (json.loads(done.stdout), done.stderr) == ([], "orch47: warning: no schedules in code\n")
    done = schedules("--format", "json", cwd=project(tmp_path, REFUSED))
    assert (json.loads(done.stdout), done.stderr.splitlines()[0]) == (
        [],
        "orch47: warning: none of the schedules can move",
    )


def test_inputs_are_in_the_payload_from_50_on() -> None:
    done = schedules("--format", "json", cwd=MOVING_5X)
    bodies = json.loads(done.stdout)
    assert bodies[0]["user_inputs"] == [{"days": 30, "dry_run": True}]
    assert [body["workflow_name"] for body in bodies].count("task_twice") == 2  # the API takes both


# -- SQL -----------------------------------------------------------------------------------------------------


def test_a_quote_in_an_id_stays_a_quote(tmp_path: Path) -> None:
    source = WITH_ID.replace('"nightly"', '"it\'s; DROP"')
    done = schedules("--format", "sql", cwd=project(tmp_path, source))
    assert done.stdout == "DELETE FROM apscheduler_jobs WHERE id = 'it''s; DROP';\n"


def test_a_job_without_an_id_is_found_by_its_function(tmp_path: Path) -> None:
    source = '@scheduler.scheduled_job("cron", hour=2)\ndef nightly():\n    start_process("task_nightly")\n'
    done = schedules("--format", "sql", cwd=project(tmp_path, source))
    assert done.stdout == (
        "-- jobs.nightly has no id: stored once per start\n"
        "DELETE FROM apscheduler_jobs WHERE\n"
        "  position('\\x8c0c'::bytea || 'jobs:nightly' IN job_state) > 0;\n"
    )


@pytest.mark.parametrize("function", ["nightly", "nightly_report", "né"])
def test_a_job_without_an_id_is_found_as_the_scheduler_stores_it_and_no_other(tmp_path: Path, function: str) -> None:
    """`jobs:nightly` alone is a part of what is stored for `jobs:nightly_report` too."""
    source = f'@scheduler.scheduled_job("cron", hour=2)\ndef {function}():\n    start_process("task_nightly")\n'
    done = schedules("--format", "sql", cwd=project(tmp_path, source))
    match = re.search(r"position\('\\x(\w+)'::bytea \|\| '([^']+)' IN job_state\)", done.stdout)
    assert match is not None
    wanted = bytes.fromhex(match[1]) + match[2].encode()
    scheduler = BackgroundScheduler()
    scheduler.start(paused=True)
    found = set()
    for stored in ("nightly", "nightly_report", "né"):
        state = scheduler.add_job(print, "cron", hour=2, name="x").__getstate__() | {"func": f"jobs:{stored}"}
        if wanted in pickle.dumps(state, pickle.HIGHEST_PROTOCOL):
            found.add(stored)
    scheduler.shutdown()
    assert found == {function}


def test_jobs_that_stay_are_not_removed(tmp_path: Path) -> None:
    assert schedules("--format", "sql", cwd=project(tmp_path, REFUSED)).stdout == ""


# -- Python --------------------------------------------------------------------------------------------------


class Framework:
    """Stands in for the framework's database and queue: which workflows exist, which schedules are queued."""

    def __init__(self, workflows: set[str], version: str = "4.7.2") -> None:
        self.workflows = workflows
        self.scheduled: set[str] = set()
        self.queued: list[Any] = []
        self.said: list[str] = []
        self.model = api_model(version)

    def workflow(self, name: str) -> Any:
        identifier = "00000000-0000-0000-0000-0000000000ff"
        return types.SimpleNamespace(workflow_id=identifier) if name in self.workflows else None

    def add(self, payload: Any) -> None:
        self.queued.append(payload)

    def add_unique(self, payload: Any) -> bool:
        if payload.workflow_name in self.scheduled:
            return False
        self.queued.append(payload)
        return True

    def load_schedules(self, schedules: list[dict[str, Any]]) -> list[str]:
        names = [schedule["workflow_name"] for schedule in schedules]
        assert len(names) == len(set(names)), "ValueError: Multiple schedules declared"
        for schedule in schedules:
            if (workflow := self.workflow(schedule["workflow_name"])) is not None:
                self.add_unique(self.model(**schedule, workflow_id=workflow.workflow_id))
        return [name for name in names if name not in self.workflows]

    def work_off(self) -> None:
        self.scheduled |= {payload.workflow_name for payload in self.queued}

    def module(self, source: str) -> dict[str, Any]:
        """The generated module, run."""
        core = "orchestrator.core" if "orchestrator.core" in source else "orchestrator"
        stand_ins = {
            f"{core}.schedules.service": {
                "add_scheduled_task_to_queue": self.add,
                "add_unique_scheduled_task_to_queue": self.add_unique,
                "load_schedules": self.load_schedules,
            },
            f"{core}.schemas.schedules": {"APSchedulerJobCreate": self.model},
            f"{core}.services.workflows": {"get_workflow_by_name": self.workflow},
            "typer": {"Typer": Typer, "Exit": Exit, "echo": lambda text, err=False: self.said.append(text)},
        }
        namespace: dict[str, Any] = {}
        with in_place(stand_ins):
            exec(compile(source, "generated.py", "exec"), namespace)
        return namespace


class Exit(Exception):  # noqa: N818 (typer's name)
    """The end of a command, with its status."""

    def __init__(self, code: int) -> None:
        self.code = code


class Typer:
    """As much of typer as the generated module needs."""

    def __init__(self, **_: object) -> None: ...

    def command(self) -> Any:
        return lambda function: function

    callback = command


def generated(folder: Path, *arguments: str) -> str:
    return schedules("--format", "python", *arguments, cwd=folder).stdout


def test_the_module_schedules_what_has_no_schedule_yet_and_a_second_time_nothing() -> None:
    source = generated(MOVING)
    names = {schedule["workflow_name"] for schedule in Framework(set()).module(source)["SCHEDULES"]}
    framework = Framework(names)
    module = framework.module(source)
    assert module["load_missing"]() == []
    assert [payload.workflow_name for payload in framework.queued] == [
        schedule["workflow_name"] for schedule in module["SCHEDULES"]
    ]
    framework.work_off()
    count = len(framework.queued)
    module["load"]()
    assert len(framework.queued) == count


def test_the_module_names_unknown_workflows_and_fails_after_the_others(tmp_path: Path) -> None:
    project(tmp_path, ONE + WITH_ID)
    framework = Framework({"task_nightly"})
    with pytest.raises(Exit) as ended:
        framework.module(generated(tmp_path))["load"]()
    assert ended.value.code == 1
    assert framework.said[-1] == "Not scheduled, unknown workflows: task_hourly"
    assert [payload.workflow_name for payload in framework.queued] == ["task_nightly"]


def test_the_module_for_55_uses_load_schedules_and_has_one_schedule_per_workflow() -> None:
    source = generated(MOVING_5X)
    assert "from orchestrator.core.schedules.service import load_schedules\n" in source
    framework = Framework({"task_inputs", "task_twice"}, "5.5.0")
    assert framework.module(source)["load_missing"]() == []
    assert [payload.workflow_name for payload in framework.queued] == ["task_inputs", "task_twice"]
    assert framework.queued[0].user_inputs == [{"days": 30, "dry_run": True}]
    assert "# Not in this list:\n" in source
    assert "jobs.evening: `task_twice` is scheduled by" in source


@pytest.mark.parametrize(
    ("target", "imported"),
    [
        ("4.7", "from orchestrator.services.workflows import get_workflow_by_name"),
        ("4.8", "from orchestrator.services.workflows import get_workflow_by_name"),
        ("5.0", "from orchestrator.core.services.workflows import get_workflow_by_name"),
        ("5.5", "from orchestrator.core.schedules.service import load_schedules"),
    ],
)
def test_the_module_is_for_the_target_version(tmp_path: Path, target: str, imported: str) -> None:
    source = generated(project(tmp_path, ONE), "--target-version", target)
    assert imported in source
    core = "orchestrator.core" if target >= "5" else "orchestrator"
    assert f"    from {core}.cli.main import app as cli\n" in source


@pytest.mark.parametrize("application", [MOVING, STAYING, MOVING_5X])
def test_the_module_is_one_that_formatters_leave_as_it_is(application: Path, tmp_path: Path) -> None:
    path = tmp_path / "schedules_to_load.py"
    path.write_text(generated(application))
    ast.parse(path.read_text())
    said = run("ruff", "format", "--isolated", "--diff", str(path), cwd=tmp_path)
    assert said.returncode == 0, said.stdout
    said = run("ruff", "check", "--isolated", "--select=E,F,I,B,UP,RUF,N", str(path), cwd=tmp_path)
    assert said.returncode == 0, said.stdout
    said = run("mypy", "--ignore-missing-imports", "--disallow-untyped-defs", str(path), cwd=tmp_path)
    assert said.returncode == 0, said.stdout


def test_the_module_ends_with_the_sql(tmp_path: Path) -> None:
    lines = generated(project(tmp_path, WITH_ID)).splitlines()
    assert lines[-1] == "#   DELETE FROM apscheduler_jobs WHERE id = 'nightly';"


@pytest.mark.parametrize(
    ("source", "reason"),
    [("", "no schedules in code: no module is written"), ("REFUSED", "none of the schedules can move")],
)
def test_without_schedules_no_module_takes_the_place_of_one(tmp_path: Path, source: str, reason: str) -> None:
    done = schedules("--format", "python", cwd=project(tmp_path, REFUSED if source else ""))
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr.splitlines()[0] == f"orch47: error: {reason}"


@pytest.mark.parametrize(
    "name",
    [
        'with "quotes"',
        "it's",
        "both ' and \"",
        "back\\\\slash",
        "line\\nbreak",
        "Größe",
        "\U0001f600",
        "tab\\t",
        "\\ud800",
    ],
)
def test_any_name_comes_through(tmp_path: Path, name: str) -> None:
    literal = '"' + name.replace('"', '\\"') + '"'
    expected = ast.literal_eval(literal)
    source = f'@older(name={literal}, time_unit="hour")\ndef job():\n    start_process("task_job")\n'
    found = declared(tmp_path, source)
    screen = Screen(str(tmp_path))
    assert [schedule.name for schedule in found] == [expected]
    assert json.loads(payloads(found))[0]["name"] == expected
    text = "\n".join(module(found, screen, namespace="orchestrator", loads_schedules=False))
    assert Framework(set()).module(text.encode().decode())["SCHEDULES"][0]["name"] == expected
    assert all(line.isprintable() for line in table(found, screen))
