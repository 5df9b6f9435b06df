"""ORC101, ORC102 and ORC105 are fixed: jobs become entries of `SCHEDULES`, and what only they needed goes."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from fixing import REQUIRES_46, becomes, refused, repaired
from harness import FIXTURES
from scheduling import schedules_in

from flake8_orch47.fixes.repair import repair
from flake8_orch47.settings import load

CODES = ("ORC101", "ORC102", "ORC105")

ONE = '''
"""Nightly jobs."""

import structlog
from orchestrator.schedules.scheduler import scheduler
from orchestrator.services.processes import start_process

logger = structlog.get_logger(__name__)


# Every night.
@scheduler.scheduled_job(  # type: ignore[misc]
    id="export",
    name="Export",
    trigger="cron",
    hour=2,
)
def export() -> None:
    """Export."""
    start_process("task_export")


def kept() -> None:
    logger.info("kept")
'''

ENTRY = """
    # Every night.
    {
        "name": "Export",
        "workflow_name": "task_export",
        "trigger": "cron",
        "trigger_kwargs": {"hour": 2},
    },
"""


def test_a_job_becomes_an_entry_in_its_place_and_its_imports_go(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        ONE,
        '''
"""Nightly jobs."""

import structlog

logger = structlog.get_logger(__name__)


SCHEDULES = [
    # Every night.
    {
        "name": "Export",
        "workflow_name": "task_export",
        "trigger": "cron",
        "trigger_kwargs": {"hour": 2},
    },
]


def kept() -> None:
    logger.info("kept")
''',
        codes=CODES,
    )


def test_it_is_unsafe_and_says_what_else_has_to_be_done(tmp_path: Path) -> None:
    done = repaired(tmp_path, ONE, codes=CODES, unsafe=False)
    [said] = done.left
    assert said.startswith("move `app.export` to `SCHEDULES` (unsafe: ")
    assert "nothing is scheduled before `SCHEDULES` is loaded (see `orch47 schedules`)" in said
    assert "the old job stays until `DELETE FROM apscheduler_jobs WHERE id = 'export';`" in said
    assert 'lost: its id "export"' in said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SCHEDULES = []\n", f"SCHEDULES = [{ENTRY}]\n"),
        ("SCHEDULES: list[dict] = []  # ours\n", f"SCHEDULES: list[dict] = [{ENTRY}]  # ours\n"),
        (
            'SCHEDULES = [\n    {"workflow_name": "task_a"},  # first\n]\n',
            f'SCHEDULES = [\n    {{"workflow_name": "task_a"}},  # first{ENTRY}]\n',
        ),
        (
            'SCHEDULES = [\n    {"workflow_name": "task_a"}\n]\n',
            f'SCHEDULES = [\n    {{"workflow_name": "task_a"}},{ENTRY}]\n',
        ),
        (
            'SCHEDULES = [{"workflow_name": "task_a"}]\n',
            f'SCHEDULES = [\n    {{"workflow_name": "task_a"}},{ENTRY}]\n',
        ),
    ],
)
def test_a_list_that_is_there_gets_the_entry(tmp_path: Path, before: str, after: str) -> None:
    files = {"jobs/nightly.py": ONE, "jobs/__init__.py": "", "jobs/declared.py": before}
    done = becomes(tmp_path, files, {**files, "jobs/declared.py": after, "jobs/nightly.py": WITHOUT}, codes=CODES)
    assert not done.reasons


WITHOUT = '''
"""Nightly jobs."""

import structlog

logger = structlog.get_logger(__name__)


def kept() -> None:
    logger.info("kept")
'''


def test_jobs_of_several_modules_come_into_one_list(tmp_path: Path) -> None:
    source = """
        from orchestrator.schedules.scheduling import scheduler
        from orchestrator.services.processes import start_process


        @scheduler(name="{0}", time_unit="hour")
        def job_{0}() -> None:
            start_process("task_{0}")
    """
    files = {"jobs/__init__.py": "", **{f"jobs/{name}.py": source.format(name) for name in ("a", "b", "c")}}
    done = repaired(tmp_path, files, codes=CODES)
    assert done.files["jobs/a.py"].count('"workflow_name"') == 3
    assert [done.files[f"jobs/{name}.py"].strip() for name in ("b", "c")] == ["", ""]


def test_what_lists_the_functions_lets_them_go(tmp_path: Path) -> None:
    job = """
        from orchestrator.schedules.scheduling import scheduler
        from orchestrator.services.processes import start_process

        __all__ = ["first", "second"]


        @scheduler(name="First", time_unit="hour")
        def first() -> None:
            start_process("task_first")


        @scheduler(name="Second", time_unit="day", at="01:00")
        def second() -> None:
            start_process("task_second")
    """
    package = """
        from orchestrator.schedules import ALL_SCHEDULERS
        from jobs import ours
        from jobs.ours import first, second

        ALL_SCHEDULERS.append(first)
        ALL_SCHEDULERS += [second, ours.other]
    """
    done = repaired(tmp_path, {"jobs/__init__.py": package, "jobs/ours.py": job}, codes=CODES)
    assert [line for line in done.files["jobs/__init__.py"].splitlines() if line] == [
        "from orchestrator.schedules import ALL_SCHEDULERS",
        "from jobs import ours",
        "ALL_SCHEDULERS += [ours.other]",
    ]
    assert "def " not in done.files["jobs/ours.py"]
    assert "__all__ = []" in done.files["jobs/ours.py"]
    assert "import" not in done.files["jobs/ours.py"]
    assert done.files["jobs/ours.py"].count('"workflow_name"') == 2


USED = """
    from orchestrator.schedules.scheduler import scheduler
    from orchestrator.services.processes import start_process


    @scheduler.scheduled_job("interval", hours=1)
    def job() -> None:
        start_process("task_job")
"""


@pytest.mark.parametrize(
    "use",
    [
        "\n    def now() -> None:\n        job()\n",
        "\n    JOBS = {'job': job}\n",
        "\n    runner.register(job)\n",
        "\n    EVERYTHING = [job]\n",
    ],
)
def test_a_function_that_other_code_uses_stays_without_its_decorator(tmp_path: Path, use: str) -> None:
    done = repaired(tmp_path, {"app.py": USED + use}, codes=CODES)
    source = done.files["app.py"]
    assert "scheduled_job" not in source
    assert ']\n\n\ndef job() -> None:\n    start_process("task_job")\n' in source
    assert "import start_process" in source
    assert "import scheduler" not in source
    assert '"workflow_name": "task_job"' in source
    [said] = repaired(tmp_path, {"app.py": USED + use}, codes=CODES, unsafe=False).left
    assert "(unsafe: its function stays: `job` is used at app.py:" in said


def test_a_function_that_another_module_calls_stays(tmp_path: Path) -> None:
    for caller in ("from app import job\n\njob()\n", "import app\n\napp.job()\n", "from app import *\n\njob()\n"):
        done = repaired(tmp_path, {"app.py": USED, "other.py": caller}, codes=CODES)
        assert "def job" in done.files["app.py"], caller
        assert done.files["other.py"] == caller
        assert '"workflow_name": "task_job"' in done.files["app.py"]


def test_a_function_that_a_job_names_stays_where_a_module_beside_it_calls_it(tmp_path: Path) -> None:
    jobs = """
    from orchestrator.schedules.scheduler import scheduler
    from orchestrator.services.processes import start_process


    def ping():
        start_process("task_ping")


    scheduler.add_job("acme.jobs:ping", "interval", days=1)
    """
    files = {"acme/__init__.py": "", "acme/jobs.py": jobs, "acme/use.py": "from acme.jobs import ping\n\nping()\n"}
    done = repaired(tmp_path, files, codes=CODES)
    assert "def ping():" in done.files["acme/jobs.py"]
    assert "add_job" not in done.files["acme/jobs.py"]
    assert done.reasons == []


def test_an_import_that_has_other_jobs_scheduled_stays(tmp_path: Path) -> None:
    both = (
        USED
        + """

    @scheduler.scheduled_job("interval", hours=2)
    def other() -> None:
        if start_process:
            start_process("task_other")
    """
    )
    importer = "from app import job\n"
    done = repaired(tmp_path, {"app.py": both, "main.py": importer}, codes=CODES)
    assert done.files["main.py"] == importer
    assert "def job" in done.files["app.py"]
    assert '@scheduler.scheduled_job("interval", hours=2)' in done.files["app.py"]
    [reason] = done.reasons
    assert reason.startswith("`other` does more than start one workflow: it branches (line ")


def test_added_jobs_go_with_the_function_that_only_they_used(tmp_path: Path) -> None:
    done = becomes(
        tmp_path,
        """
        from functools import partial

        from orchestrator.schedules.scheduler import get_scheduler, scheduler
        from orchestrator.services.processes import start_process


        def job() -> None:
            start_process("task_job")


        def run(name: str) -> None:
            start_process(name)


        scheduler.add_job(job, "interval", hours=1, id="job")


        def install() -> None:
            with get_scheduler() as running:
                running.add_job(run, "cron", args=["task_run"], hour=4)
            print(partial)
        """,
        """
        from functools import partial

        from orchestrator.schedules.scheduler import get_scheduler


        SCHEDULES = [
            {
                "name": "job",
                "workflow_name": "task_job",
                "trigger": "interval",
                "trigger_kwargs": {"hours": 1},
            },
            {
                "name": "run",
                "workflow_name": "task_run",
                "trigger": "cron",
                "trigger_kwargs": {"hour": 4},
            },
        ]


        def install() -> None:
            with get_scheduler() as running:
                pass
            print(partial)
        """,
        codes=CODES,
    )
    assert not done.reasons


def test_two_schedules_of_one_function_move_together_or_not_at_all(tmp_path: Path) -> None:
    both = """
        from orchestrator.schedules.scheduler import scheduler
        from orchestrator.services.processes import start_process


        @scheduler.scheduled_job("cron", hour=6)
        @scheduler.scheduled_job("{}", hour=18)
        def job() -> None:
            start_process("task_job")
    """
    done = repaired(tmp_path, {"app.py": both.format("cron")}, codes=CODES)
    assert (done.files["app.py"].count("workflow_name"), "def " in done.files["app.py"]) == (2, False)
    done = repaired(tmp_path, {"app.py": both.format("interval")}, codes=CODES)
    source = done.files["app.py"]
    assert (source.count("workflow_name"), source.count("@scheduler"), "def job" in source) == (1, 1, True)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "@scheduler.scheduled_job('interval', hour=1)\ndef job() -> None:\n    start_process('task_job')\n",
            "`hour` is no argument of the interval trigger (TypeError), perhaps `hours`",
        ),
        (
            "@scheduler.scheduled_job('cron', hour=1)\ndef job():\n    print('x')\n    start_process('task_job')\n",
            "`job` does more than start one workflow: it calls `print()` (line 6)",
        ),
        (
            "class A:\n    @scheduler.scheduled_job('cron', hour=1)\n    def job(self):\n        start_process('t')\n",
            "it decorates the method `A.job`",
        ),
        (
            "nightly = scheduler.scheduled_job('cron', hour=1)\n@nightly\ndef job():\n    start_process('task_job')\n",
            "the decorator has a name: write it at the function, and it can be moved",
        ),
        (
            "handle = scheduler.add_job(start_process, 'cron', args=['task_job'], hour=1)\nhandle.pause()\n",
            "what the call gives is used",
        ),
        (
            "def outer():\n    @scheduler.scheduled_job('cron', hour=1)\n    def job():\n        start_process('t')\n",
            "its function stands inside something else",
        ),
        (
            "SCHEDULES = load()\n@scheduler.scheduled_job('cron', hour=1)\ndef job():\n    start_process('task_job')\n",
            "`SCHEDULES` in `app.py` is no list of schedules",
        ),
    ],
)
def test_what_cannot_move_stays_and_says_why(tmp_path: Path, source: str, reason: str) -> None:
    head = (
        "from orchestrator.schedules.scheduler import scheduler\n"
        "from orchestrator.services.processes import start_process\n\n"
    )
    refused(tmp_path, head + source, reason, codes=CODES)


def test_nothing_moves_before_there_is_an_api(tmp_path: Path) -> None:
    refused(tmp_path, USED, "has no Scheduler API; `--target-version` says", codes=CODES, pyproject=REQUIRES_46)
    done = repaired(tmp_path, USED, codes=CODES, pyproject=REQUIRES_46, target="4.7")
    assert "SCHEDULES" in done.files["app.py"]


def test_a_list_in_a_file_that_is_not_given_is_named(tmp_path: Path) -> None:
    files = {"app.py": USED, "declared.py": "SCHEDULES = []\n"}
    refused(tmp_path, files, "it has to change `declared.py` too: add it", codes=CODES, given=["app.py"])


def test_on_55_the_second_schedule_of_a_workflow_stays(tmp_path: Path) -> None:
    source = """
        from orchestrator.core.schedules.scheduler import scheduler
        from orchestrator.core.services.processes import start_process


        @scheduler.scheduled_job("cron", hour=6)
        def morning() -> None:
            start_process("task_job")


        @scheduler.scheduled_job("cron", hour=18)
        def evening() -> None:
            start_process("task_job")
    """
    done = repaired(tmp_path, {"app.py": source}, codes=CODES, target="5.5")
    assert done.files["app.py"].count("workflow_name") == 1
    assert "def evening" in done.files["app.py"]
    [reason] = done.reasons
    assert reason == "`SCHEDULES` has a schedule of `task_job`, and `load_schedules` takes one per workflow"


def test_everything_else_stays_as_it_is_byte_by_byte(tmp_path: Path) -> None:
    """A tab, carriage returns, a byte order mark, an encoding: only what moves changes."""
    lines = [
        "\ufefffrom orchestrator.schedules.scheduler import scheduler",
        "from orchestrator.services.processes import start_process",
        "x = {'a':1}   # \xe9",
        "",
        "@scheduler.scheduled_job('cron', hour=2)",
        "def job():",
        "\tstart_process('task_job')",
        "",
        "def  kept( ) :",
        "\treturn    1",
        "",
    ]
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\ndependencies = ['orchestrator-core>=4.7']\n")
    path = tmp_path / "app.py"
    path.write_bytes("\r\n".join(lines).encode())
    after = repair([str(path)], load, unsafe=True).changed[str(path)].after
    assert after.startswith(b"\xef\xbb\xbfx = {'a':1}   # \xc3\xa9\r\n")
    assert after.endswith(b"]\r\n\r\ndef  kept( ) :\r\n\treturn    1\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")


@pytest.mark.parametrize(
    "application", ["schedules_moving", "schedules_staying", "schedules_e2e", "upgrade_own_schedules"]
)
def test_the_list_holds_what_moved_and_the_program_still_runs(application: str, tmp_path: Path) -> None:
    """Every module is imported afterwards: no name has lost its import, no import its module."""
    folder = tmp_path / application
    shutil.copytree(FIXTURES / application, folder)
    before = [one for one in schedules_in(folder) if one.converts]
    paths = [str(path) for path in sorted(folder.rglob("*.py"))]
    outcome = repair(paths, lambda root: load(root, select=CODES), unsafe=True)
    for path, changed in outcome.changed.items():
        Path(path).write_bytes(changed.after)
    names = {str(folder / "jobs/common.py"): 1}  # `at_five` is a decorator with a name
    after = [one for one in schedules_in(folder) if one.converts]
    assert len(after) == sum(names.get(path, 0) for path in paths)

    lists = [path for path in paths if "\nSCHEDULES = [\n" in Path(path).read_text()]
    assert len(lists) == 1
    tree = ast.parse(Path(lists[0]).read_text())
    [value] = [
        one.value for one in tree.body if isinstance(one, ast.Assign) and "SCHEDULES" in ast.unparse(one.targets[0])
    ]
    moved = ast.literal_eval(value)
    stays = [one.payload for one in after]
    key = partial(json.dumps, sort_keys=True)
    assert sorted(map(key, moved)) == sorted(key(one.payload) for one in before if one.payload not in stays)

    code = (
        "import sys, types, unittest.mock as mock\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('orchestrator', 'pytz', 'structlog', 'pydantic_settings'):\n"
        "            from importlib.machinery import ModuleSpec\n"
        "            return ModuleSpec(name, self, is_package=True)\n"
        "    def create_module(self, spec):\n"
        "        made = mock.MagicMock(name=spec.name)\n"
        "        made.__path__, made.__spec__, made.__all__ = [], spec, []\n"
        "        return made\n"
        "    def exec_module(self, module): pass\n"
        "sys.meta_path.append(Finder())\n"
        "import importlib, pathlib\n"
        "for path in sorted(pathlib.Path('.').rglob('*.py')):\n"
        "    name = '.'.join(path.with_suffix('').parts).removesuffix('.__init__')\n"
        "    try:\n"
        "        importlib.import_module(name)\n"
        "    except (NameError, ImportError) as error:\n"
        "        if 'orchestrator' not in str(error): print(name, type(error).__name__, error)\n"
        "    except Exception: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    unknown = [line for line in done.stdout.splitlines() if "'X'" not in line and "'Y'" not in line]
    assert (unknown, done.stderr) == ([], "")
