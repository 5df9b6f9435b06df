"""`orch47 report`: the scenario of the upgrade guide, the checklist, what is right and what nobody knows."""

from __future__ import annotations

import json
import re
import shutil
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest
from harness import FIXTURES, run
from markdown_it import MarkdownIt

from flake8_orch47.rules.catalogue import CODES
from flake8_orch47.upgrade.steps import SCENARIOS, SECTIONS, STEPS

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def report(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What `orch47 report` says in a folder."""
    return run("flake8_orch47", "report", *options, cwd=folder)


def copy(folder: Path, application: str, name: str = "app") -> Path:
    """A copy of a fixture application, away from this repository."""
    return shutil.copytree(FIXTURES / application, folder / name)


def write(folder: Path, files: dict[str, str]) -> Path:
    """A project of these files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content).lstrip("\n"), encoding="utf-8")
    return folder


def document(folder: Path, *options: str, status: int) -> dict[str, Any]:
    """The report as JSON, of the only project in a folder."""
    done = report(folder, "--format", "json", *options)
    assert (done.returncode, done.stderr) == (status, "")
    (project,) = json.loads(done.stdout)["projects"]
    assert isinstance(project, dict)
    return project


def states(project: dict[str, Any]) -> dict[str, str]:
    """The status of each step."""
    return {step["id"]: step["status"] for step in project["steps"]}


REQUIRES_47 = '[project]\nname = "app"\ndependencies = ["orchestrator-core>=4.7"]\n'
SCHEDULED = """
    from orchestrator.schedules.scheduler import scheduler
    from orchestrator.services.processes import start_process


    @scheduler.scheduled_job("interval", hours=1, id="sync"){comment}
    def sync():
        start_process("task_sync")
"""


# The three scenarios


def test_schedules_that_moved_are_still_the_project_s_own(tmp_path: Path) -> None:
    """The decorators are gone; what they stored may still be there, and nothing in the code says what that was."""
    loading = """
        from orchestrator.schedules.service import add_unique_scheduled_task_to_queue

        SCHEDULES = []


        def load():
            for schedule in SCHEDULES:
                add_unique_scheduled_task_to_queue(schedule)
    """
    project = document(write(tmp_path, {"pyproject.toml": REQUIRES_47, "load.py": loading}), status=0)
    assert project["scenario"]["number"] == 2
    (jobs,) = (step for step in project["steps"] if step["id"] == "own-jobs")
    assert (jobs["status"], jobs["command"]) == ("unverified", "SELECT id, next_run_time FROM apscheduler_jobs;")
    assert "own-jobs" in report(tmp_path).stdout.rpartition("`--done ")[2]


def test_scenario_1_the_scheduler_is_started_and_nothing_is_scheduled_in_code(tmp_path: Path) -> None:
    done = report(copy(tmp_path, "upgrade_default_schedules", "ports"))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == dedent("""\
        ports: upgrade to orchestrator-core 4.7
        requires orchestrator-core<4.7,>=4.6 (pyproject.toml:6)

        Scenario 1: I use the scheduler with only the default schedules
          The default schedules have to be loaded again.
          docker-compose.yml:11  python main.py scheduler run

        The upgrade itself
          [ ] Require orchestrator-core 4.7 or later
              In one release with the async callbacks: before 4.7 nobody awaits them,
              and everybody is authorized. 4.7 and 4.8 do not start with graphql-core
              3.3 (`cannot import name 'ExecutionContext'`): require `graphql-core<3.3`
              too.
              pyproject.toml:6  orchestrator-core<4.7,>=4.6
          [x] Migrate the database
              docker/entrypoint.sh:4  python main.py db upgrade heads

        Scheduling tasks via decorator is deprecated in favor of using the API
          [ ] Load the default schedules, if you want to keep them
              Cleaning up tasks (every 6 hours), resuming workflows (every hour) and
              validating subscriptions (every night) were declared in the framework's
              code. From 4.7 on they run only after they were loaded. Where the
              scheduler runs, and while it runs: then a second time changes nothing
              (from 4.7.1 on).
              $ python main.py scheduler load-initial-schedule
          [-] Delete the stored jobs of the old default schedules, or leave it to the
              scheduler
              Coming from 4.4 to 4.6 the database still holds them. The scheduler
              removes each when it is due, and says
              `Unable to restore job "resume-workflows" -- removing it`. To do it by
              hand, stop the scheduler first.
              DELETE FROM apscheduler_jobs WHERE id IN
                ('resume-workflows', 'clean-tasks', 'subscriptions-validator');

        Workflow authorization callbacks change from `def` to `async def`
          [ ] Make the callbacks `async def` (1)
              4.7 awaits them. Until they are async, what they guard answers HTTP 500
              for everybody.
              The fix is refused as long as the requirements hold orchestrator-core
              below 4.7.
              $ orch47 check --fix --select ORC201
              workflows/create_port.py:8:1 ORC201 `may_create` is not async: 4.7 awai...
          [ ] Check the callbacks for synchronous I/O (1)
              It blocks the event loop, and the whole API with it. Await an asynchronous
              alternative, or run the call in a thread with `asyncio.to_thread`.
              $ orch47 check --fix --unsafe-fixes --select ORC3
              workflows/create_port.py:9:14 ORC301 the whole API waits for an HTTP re...

        Not looked at, or not known
          - `register_authorization`, `register_authentication` and GraphQL
            authorization
          - what is in the database, and what is started by machines that this
            repository does not describe

        [-] Not necessary.
        4 steps are left: requirement, default-schedules, async-callbacks,
        blocking-calls.
        The guide: https://workfloworchestrator.org/orchestrator-core/guides/upgrading/4.7/
        """)


def test_scenario_2_something_is_scheduled_in_code_too(tmp_path: Path) -> None:
    done = report(copy(tmp_path, "upgrade_own_schedules"))
    assert done.returncode == 1
    assert (
        dedent("""\
        Scenario 2: I use the scheduler with both the default schedules and my own
        schedules
          The default schedules have to be loaded again. Own schedules keep firing, but
          the API cannot manage them.
          schedules/imports.py:5             own schedule `import_customers` (ORC101)
          schedules/imports.py:10            own schedule `poll_alarms` (ORC101)
          schedules/reports.py:5             own schedule `weekly_report` (ORC102)
          schedules/__init__.py:6            own entries of `ALL_SCHEDULERS` (ORC103)
          chart/templates/scheduler.yaml:11  scheduler run
        """)
        in done.stdout
    )
    assert (
        indent(
            dedent("""\
                [ ] Move the own schedules out of the code (3)
                    They keep firing, in 5.x too, but the API and the UI cannot manage them.
                    The command writes a module that loads them. Remove the declarations with
                    it: what is declared and loaded runs twice.
                    1 of 3 cannot be moved as written: `orch47 schedules` says why.
                    $ orch47 schedules --format python
                [ ] Delete the stored jobs of the schedules that moved
                    Without its declaration a stored job fires on as long as its function can
                    be imported, and the API cannot delete it. Stop the scheduler first.
                    The jobs of schedules that stay in the code are not among them.
                    DELETE FROM apscheduler_jobs WHERE id = 'import-customers';
                    DELETE FROM apscheduler_jobs WHERE id = 'weekly_report';
                """),
            "  ",
        )
        in done.stdout
    )
    assert "5 steps are left: database, default-schedules, own-schedules, own-jobs,\nall-schedulers.\n" in done.stdout


def test_scenario_3_nothing_starts_the_scheduler(tmp_path: Path) -> None:
    project = document(copy(tmp_path, "upgrade_no_scheduler"), status=1)
    assert (project["scenario"]["number"], project["scenario"]["evidence"]) == (3, [])
    assert states(project) == {"requirement": "open", "database": "open", "premature-callbacks": "open"}
    assert {remark["id"]: remark["count"] for remark in project["right"]} == {
        "async-callbacks": 1,
        "offloaded-calls": 1,
    }
    assert {remark["id"]: remark["count"] for remark in project["unknown"]} == {
        "undetermined-callbacks": 1,
        "no-scheduler": 2,
    }


def test_with_nothing_left_the_status_is_0_and_what_is_seen_to_has_its_place(tmp_path: Path) -> None:
    done = report(copy(tmp_path, "upgrade_done"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "\n  [x] Load the default schedules, if you want to keep them\n      Procfile:1  python main.py" in done.stdout
    )
    assert "\n  - 1 of 1 authorization callback is async\n" in done.stdout
    assert "\nNothing is left to do.\n" in done.stdout


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("from orchestrator.schedules.scheduler import scheduler\nscheduler.start()\n", 1),
        ("from orchestrator.core.schedules.scheduler import scheduler as s\nrun = s.start\nrun()\n", 1),
        ("from orchestrator.schedules import scheduler\nscheduler.scheduler.start()\n", 1),
        ("from apscheduler.schedulers.blocking import BlockingScheduler\nBlockingScheduler().start()\n", 3),
        ("from orchestrator.schedules.scheduler import scheduler\nscheduler.shutdown()\n", 3),
    ],
)
def test_code_may_start_the_scheduler_too(tmp_path: Path, code: str, number: int) -> None:
    write(tmp_path, {"pyproject.toml": REQUIRES_47, "wsgi.py": code})
    scenario = document(tmp_path, status=0)["scenario"]
    assert scenario["number"] == number
    assert [(place["row"], place["text"]) for place in scenario["evidence"]] == (
        [(code.count("\n"), code.splitlines()[-1])] if number == 1 else []
    )


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("ALL_SCHEDULERS.append(sync)", 2),
        ("ALL_SCHEDULERS += [sync]", 2),
        ("jobs = ALL_SCHEDULERS + [sync]", 2),
        ("jobs = [*ALL_SCHEDULERS, sync]", 2),
        ("for job in ALL_SCHEDULERS:\n    print(job)", 3),
        ("jobs = [*ALL_SCHEDULERS]", 3),
    ],
)
def test_a_list_of_schedules_counts_where_something_is_added_to_it(tmp_path: Path, code: str, number: int) -> None:
    text = f"from orchestrator.schedules import ALL_SCHEDULERS\nfrom jobs import sync\n\n{code}\n"
    write(tmp_path, {"pyproject.toml": REQUIRES_47, "schedules.py": text})
    assert document(tmp_path, status=1)["scenario"]["number"] == number


def test_a_schedule_is_one_whether_somebody_wants_to_see_it_or_not(tmp_path: Path) -> None:
    table = '\n[tool.flake8-orch47]\nignore = ["ORC1"]\n'
    write(
        tmp_path,
        {"pyproject.toml": REQUIRES_47, "schedules.py": SCHEDULED.replace("{comment}", "  # noqa: ORC101")},
    )
    project = document(tmp_path, status=0)
    assert project["scenario"]["number"] == 2
    assert [remark["text"] for remark in project["unknown"]][:1] == ["1 finding that `# noqa` comments take away"]
    assert states(project) == {"database": "unverified", "default-schedules": "unverified", "own-jobs": "optional"}
    write(tmp_path, {"pyproject.toml": REQUIRES_47 + table})
    project = document(tmp_path, status=0)
    assert project["scenario"]["number"] == 2
    assert [remark["text"] for remark in project["unknown"]][:1] == ["1 finding that the settings switch off (ORC101)"]


# Steps


def test_a_step_that_no_file_can_show_to_be_done_is_left_until_the_requirement_says_so_or_the_user(
    tmp_path: Path,
) -> None:
    files = {"schedules.py": SCHEDULED.replace("{comment}", ""), "requirements.txt": "orchestrator-core\n"}
    write(tmp_path, {"setup.cfg": "", **files})
    told = states(document(tmp_path, status=1))
    assert (told["database"], told["default-schedules"]) == ("open", "open")
    told = states(document(tmp_path, "--done", "database,own-schedules", "--done=default-schedules", status=1))
    assert told == {
        "database": "done",
        "default-schedules": "done",
        "default-jobs": "optional",
        "own-schedules": "done",
        "own-jobs": "open",
    }
    assert report(tmp_path, "--done", "database,own-schedules,default-schedules,own-jobs").returncode == 0
    write(tmp_path, {"requirements.txt": "orchestrator-core==4.7.2\n"})
    told = states(document(tmp_path, status=1))
    assert (told["database"], told["default-schedules"], told["own-jobs"]) == ("unverified", "unverified", "open")
    legend = "[?] No file can tell whether it was done; you can:\n    `--done database,default-schedules`\n"
    assert legend in report(tmp_path).stdout


def test_the_stored_jobs_are_those_of_the_target(tmp_path: Path) -> None:
    write(tmp_path, {"Procfile": "s: python main.py scheduler run\n", "requirements.txt": "orchestrator-core\n"})
    write(tmp_path, {"setup.cfg": "", "main.py": "from orchestrator.schedules import scheduler\n"})
    jobs = "'resume-workflows', 'clean-tasks', 'subscriptions-validator'"
    for target, ids in (("4.7", jobs), ("4.8", f"{jobs}, 'validate-products'")):
        project = document(tmp_path, "--target-version", target, status=1)
        assert project["target_version"] == target
        (step,) = [step for step in project["steps"] if step["id"] == "default-jobs"]
        assert step["command"] == f"DELETE FROM apscheduler_jobs WHERE id IN\n  ({ids});"
        assert (step["language"], step["status"]) == ("sql", "optional")


def test_an_id_with_a_quote_is_quoted(tmp_path: Path) -> None:
    text = SCHEDULED.replace("{comment}", "").replace('"sync"', '"it\'s"')
    write(tmp_path, {"pyproject.toml": REQUIRES_47, "schedules.py": text})
    (step,) = [step for step in document(tmp_path, status=1)["steps"] if step["id"] == "own-jobs"]
    assert step["command"] == "DELETE FROM apscheduler_jobs WHERE id = 'it''s';"


def test_sql_is_never_broken_nor_are_its_strings(tmp_path: Path) -> None:
    jobs = "".join(
        f"""

@scheduler.scheduled_job("interval", hours=1, id="job  {number} {"of a very long name " * 4}")
def job_{number}():
    start_process("task_{number}")


@scheduler.scheduled_job("interval", hours={number + 2})
def nameless_{number}():
    start_process("task_nameless_{number}")
"""
        for number in range(4)
    )
    imports = dedent(SCHEDULED.partition("@")[0])
    write(tmp_path, {"pyproject.toml": REQUIRES_47, "m.py": imports + jobs})
    (step,) = [step for step in document(tmp_path, status=1)["steps"] if step["id"] == "own-jobs"]
    statements = step["command"].split("\n")
    assert sum(line.startswith("DELETE FROM apscheduler_jobs WHERE") for line in statements) == 8
    out = report(tmp_path).stdout
    shown = out.partition("Stop the scheduler first.\n")[2].partition("      ... and more:")[0]
    assert shown == indent("\n".join(statements[:8]) + "\n", " " * 6)
    assert statements[7].endswith(";")
    assert "\n      ... and more: `orch47 schedules --format sql` prints all\n" in out


def test_of_schedules_that_all_stay_no_job_is_deleted(tmp_path: Path) -> None:
    text = SCHEDULED.replace("{comment}", "").replace("start_process", "print")
    write(tmp_path, {"pyproject.toml": REQUIRES_47, "schedules.py": text})
    project = document(tmp_path, status=1)
    assert "own-jobs" not in states(project)
    (step,) = [step for step in project["steps"] if step["id"] == "own-schedules"]
    assert step["note"] == "1 of 1 cannot be moved as written: `orch47 schedules` says why."


def test_the_commands_of_the_steps_can_be_typed_and_what_they_repair_is_no_longer_left(tmp_path: Path) -> None:
    folder = copy(tmp_path, "demo")
    before = {step["id"]: step["count"] for step in document(folder, status=1)["steps"]}
    for step in STEPS:
        program, _, arguments = step.command.partition(" ")
        if program == "orch47":
            done = run("flake8_orch47", *arguments.split(), cwd=folder)
            assert done.returncode in {0, 1}, step.id
    after = {step["id"]: step["count"] for step in document(folder, status=1)["steps"]}
    assert (before["awaits"], "awaits" in after) == (2, False)
    assert after["async-callbacks"] < before["async-callbacks"]


def test_a_command_is_only_told_where_it_repairs_something_and_with_the_option_that_it_needs(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": REQUIRES_47,
        "jobs.py": """
            from orchestrator.schedules import ALL_SCHEDULERS

            ALL_SCHEDULERS[:] = [print]
            """,
        "old.py": """
            from orchestrator.schedules.scheduling import SchedulingFunction


            def name(job: SchedulingFunction):
                return job.name
            """,
        "flows.py": """
            from orchestrator import workflow

            workflow("a", authorize_callback=lambda user: True)
            """,
    }
    steps = {step["id"]: step for step in document(write(tmp_path, files), status=1)["steps"]}
    for name in ("all-schedulers", "removed-names"):
        assert (steps[name]["command"], steps[name]["note"]) == (None, "No fix: this is for you to change.")
    unsafe = "orch47 check --fix --unsafe-fixes --select ORC201"
    assert (steps["async-callbacks"]["command"], steps["async-callbacks"]["note"]) == (unsafe, None)
    added = """

        def may(user):
            return True


        workflow("b", authorize_callback=may, retry_auth_callback=len)
        """
    (tmp_path / "flows.py").write_text(dedent(files["flows.py"]) + dedent(added), encoding="utf-8")
    steps = {step["id"]: step for step in document(tmp_path, status=1)["steps"]}
    assert steps["async-callbacks"]["command"] == "orch47 check --fix --select ORC201"
    assert steps["async-callbacks"]["note"] == (
        "1 of 3 only with `--unsafe-fixes`: to be looked at afterwards. 1 of 3 without a fix: for you to change."
    )


def test_every_code_has_one_step_but_for_what_the_report_calls_unknown() -> None:
    codes = [code for step in STEPS for code in step.codes]
    assert sorted(codes) == sorted(set(CODES) - {"ORC000", "ORC204"})


def test_the_table_of_steps_is_in_order() -> None:
    ids = [step.id for step in STEPS]
    assert len(ids) == len(set(ids))
    assert [section.id for section in SECTIONS] == list(dict.fromkeys(step.section for step in STEPS))
    for step in STEPS:
        assert step.url.startswith("https://workfloworchestrator.org/")
        assert not step.title.endswith(".")
        assert step.text.endswith((".", "`"))
        assert not step.after or ids.index(step.after) < ids.index(step.id)
    assert [scenario.when for scenario in SCENARIOS][-1] == frozenset()
    assert sorted(scenario.number for scenario in SCENARIOS) == [1, 2, 3]


# The same findings everywhere


@pytest.mark.parametrize("application", ["demo", "schedules_4x", "cross_module", "start_process", "auth_context"])
def test_the_report_has_the_findings_of_the_check(tmp_path: Path, application: str) -> None:
    folder = copy(tmp_path, application)
    if not (folder / "pyproject.toml").exists():
        (folder / "setup.cfg").write_text("")
    checked = json.loads(run("flake8_orch47", "check", "--output-format", "json", cwd=folder).stdout)
    project = document(folder, status=1)
    reported = [finding for step in project["steps"] for finding in step["findings"]]

    def place(finding: dict[str, Any]) -> tuple[str, int, str]:
        return finding["filename"], finding["location"]["row"], finding["code"]

    assert checked
    assert sorted(map(place, reported)) == sorted(map(place, checked))
    assert all(step["count"] == len(step["findings"]) for step in project["steps"])


def test_files_that_are_not_given_are_counted(tmp_path: Path) -> None:
    folder = copy(tmp_path, "demo")
    project = document(folder, "auth", "workflows", status=1)
    (remark,) = [remark for remark in project["unknown"] if remark["id"] == "not-given"]
    given = len([*folder.glob("auth/**/*.py"), *folder.glob("workflows/**/*.py")])
    assert remark["count"] == len([*folder.rglob("*.py")]) - given


# Forms


def test_the_text_fits_into_80_columns_and_is_coloured_only_when_asked(tmp_path: Path) -> None:
    folder = copy(tmp_path, "demo")
    plain = report(folder).stdout
    long = [line for line in plain.splitlines() if len(line) > 80]
    assert long == ["The guide: https://workfloworchestrator.org/orchestrator-core/guides/upgrading/4.7/"]
    assert "\x1b" not in plain
    coloured = report(folder, "--color", "always").stdout
    assert "\x1b[1;31m[ ]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_many_findings_are_cut_and_the_rest_is_counted(tmp_path: Path) -> None:
    lines = ["from orchestrator.workflow import workflow"]
    for number in range(12):
        lines += [f"def may_{number}(user): return True", f"w{number} = workflow('W', authorize_callback=may_{number})"]
    write(tmp_path, {"pyproject.toml": REQUIRES_47, "callbacks.py": "\n".join(lines) + "\n"})
    out = report(tmp_path).stdout
    assert "[ ] Make the callbacks `async def` (12)" in out
    assert "\n      ... 4 more: `orch47 check` lists all\n" in out
    assert "callbacks.py:16:1 ORC201" in out
    assert "callbacks.py:18:1 ORC201" not in out


@pytest.mark.parametrize("application", ["demo", "upgrade_own_schedules", "upgrade_done"])
def test_markdown_is_a_checklist_that_renders(tmp_path: Path, application: str) -> None:
    folder = copy(tmp_path, application)
    done = report(folder, "--format", "markdown")
    project = document(folder, status=done.returncode)
    rendered = MarkdownIt("commonmark").render(done.stdout)
    assert f"<h1>Upgrade of app to orchestrator-core {project['target_version']}</h1>" in rendered
    assert rendered.count("[ ] <strong>") == sum(step["status"] != "done" for step in project["steps"])
    assert rendered.count("[x] <strong>") == sum(step["status"] == "done" for step in project["steps"])
    for step in project["steps"]:
        fence = f'<pre><code class="language-{step["language"]}">'
        assert step["status"] == "done" or not step["command"] or fence in rendered
    left = project["left"]
    assert ("Nothing is left to do." if not left else f"{left} steps are left.") in rendered
    assert "```" not in rendered
    assert "\\" not in rendered
    tags = set(re.findall(r"</?(\w+)", rendered))
    assert tags <= {"h1", "h2", "p", "ul", "li", "strong", "em", "a", "code", "pre"}


def test_what_comes_from_files_is_only_text_in_markdown_and_on_a_terminal(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": REQUIRES_47,
            "a`b<i>.sh": "python main.py scheduler run '<script>' '`x`' '|' '\x1b[2J'\n",
            "m.py": SCHEDULED.replace("{comment}", ""),
        },
    )
    rendered = MarkdownIt("commonmark", {"html": True}).render(report(tmp_path, "--format=markdown").stdout)
    assert "<script>" not in rendered
    assert "<i>" not in rendered
    assert "&lt;script&gt;" in rendered
    text = report(tmp_path).stdout
    assert "\x1b" not in text
    assert "\\x1b[2J" in text


def test_json_is_one_object_with_everything_in_it(tmp_path: Path) -> None:
    folder = copy(tmp_path, "upgrade_default_schedules")
    done = report(folder, "--format", "json")
    assert list(json.loads(done.stdout)) == ["projects", "problems"]
    project = document(folder, status=1)
    guide = "https://workfloworchestrator.org/orchestrator-core/guides/upgrading/4.7/"
    assert project["root"] == str(folder)
    assert project["requirement"] == {
        "specifier": "<4.7,>=4.6",
        "filename": str(folder / "pyproject.toml"),
        "row": 6,
    }
    assert project["scenario"]["url"] == guide + "#1-i-use-the-scheduler-with-only-the-default-schedules"
    assert project["scenario"]["evidence"] == [
        {"filename": str(folder / "docker-compose.yml"), "row": 11, "text": "python main.py scheduler run"}
    ]
    assert project["left"] == 4
    database = project["steps"][1]
    assert database == {
        "id": "database",
        "section": "upgrade",
        "title": "Migrate the database",
        "text": "4.7 has a migration that takes the database of any 4.x version along.",
        "note": None,
        "status": "done",
        "command": "python main.py db upgrade heads",
        "language": "sh",
        "url": guide,
        "codes": [],
        "count": 0,
        "findings": [],
        "places": [
            {
                "filename": str(folder / "docker" / "entrypoint.sh"),
                "row": 4,
                "text": "python main.py db upgrade heads",
            }
        ],
    }
    blocking = project["steps"][-1]
    assert (blocking["id"], blocking["count"], blocking["findings"][0]["code"]) == ("blocking-calls", 1, "ORC301")
    assert len(project["never_looked_at"]) == 2
    assert project["deployment_files"] == 3  # pyproject.toml too: tasks may stand in it


# Projects


def test_each_project_has_a_report_of_its_own_and_what_does_not_matter_has_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    copy(tmp_path, "upgrade_done", "one")
    copy(tmp_path, "upgrade_no_scheduler", "two")
    write(
        tmp_path,
        {"three/setup.cfg": "", "three/x.py": "import os\n", "deploy/run.sh": "python main.py scheduler run\n"},
    )
    done = report(tmp_path)
    assert done.returncode == 1
    heads = [line for line in done.stdout.splitlines() if ": upgrade to orchestrator-core" in line]
    assert heads == ["one: upgrade to orchestrator-core 4.7", "two: upgrade to orchestrator-core 4.7"]
    assert done.stdout.count("  deploy/run.sh:1") == 2
    assert report(tmp_path, "one").returncode == 0


def test_a_requirement_alone_makes_a_project_one_of_the_framework(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": REQUIRES_47, "Procfile": "s: python main.py scheduler run\n", "x.py": ""})
    project = document(tmp_path, status=0)
    assert (project["scenario"]["number"], project["target_version"]) == (1, "4.7")
    assert document(tmp_path, "--target-version", "5.5", status=0)["target_version"] == "5.5"


def test_where_nothing_has_to_do_with_the_framework_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"setup.cfg": "", "x.py": "import os\n"})
    done = report(tmp_path)
    warning = "orch47: warning: nothing here has to do with orchestrator-core\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", warning)
    assert json.loads(report(tmp_path, "--format", "json").stdout) == {"projects": [], "problems": []}


def test_a_file_that_cannot_be_read_makes_the_report_incomplete(tmp_path: Path) -> None:
    folder = copy(tmp_path, "upgrade_done")
    (folder / "broken.py").write_text("from orchestrator.schedules import (\n")
    done = report(folder)
    assert done.returncode == 2
    assert done.stdout.endswith(
        "\nThe report is incomplete: 1 file could not be read.\n  broken.py:1 SyntaxError: '(' was never closed\n"
    )
    markdown = report(folder, "--format", "markdown").stdout
    assert markdown.endswith(
        "**The report is incomplete.** These files could not be read:\n\n"
        "- `broken.py:1` SyntaxError: '(' was never closed\n\n"
    )
    assert [problem["code"] for problem in json.loads(report(folder, "--format=json").stdout)["problems"]] == ["ORC000"]
    assert report(folder, "--exit-zero").returncode == 2
    assert report(folder, "nowhere.py").returncode == 2


# Options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--done", "databse"], "--done: unknown step `databse`: known are requirement, removed-names, database, "),
        (["--format", "xml"], "xml"),
        (["-"], "a report is about files: the standard input is none"),
        (["--select", "ORC2"], "unknown option `--select` (see `orch47 report --help`)"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_line_and_status_2(
    tmp_path: Path, options: list[str], message: str
) -> None:
    done = report(tmp_path, *options)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


def test_exit_zero_makes_what_is_left_no_failure(tmp_path: Path) -> None:
    assert report(copy(tmp_path, "upgrade_own_schedules"), "--exit-zero").returncode == 0


def test_a_report_changes_no_file(tmp_path: Path) -> None:
    folder = copy(tmp_path, "demo")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    report(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
