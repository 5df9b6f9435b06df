"""Starting is a good part of checking a few files: what is expensive to import waits until it is needed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from harness import environment

if TYPE_CHECKING:
    from pathlib import Path

#: What a tree without triggers never needs. The first three cost more than the whole run (PERFORMANCE.md).
NOT_WITHOUT_REASON = {
    "asyncio",
    "astroid",
    "flake8",
    "importlib.metadata",
    "libcst",
    "multiprocessing",
    "packaging",
    "pathspec",
    "shutil",
    "tempfile",
    "typing",
    "typing_extensions",
}

SCHEDULE = """\
from orchestrator.schedules.scheduler import scheduler


@scheduler.scheduled_job(id="nightly", trigger="cron", hour=2)
def nightly():
    pass
"""


def imported(*arguments: str, cwd: Path) -> set[str]:
    """The modules that `python -X importtime ARGUMENTS` imports. It has to end with 0 or 1."""
    measured = {key: value for key, value in environment().items() if not key.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        env=measured,
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines[1:]}


def needless(modules: set[str], forbidden: set[str] = NOT_WITHOUT_REASON) -> set[str]:
    """Those of the modules that are, or are in, one of the forbidden."""
    return {name for name in modules if any(f"{name}.".startswith(f"{one}.") for one in forbidden)}


def tree(folder: Path) -> Path:
    """A project of some files that have nothing to do with orchestrator-core."""
    (folder / "pyproject.toml").write_text("[project]\nname = 'app'\nversion = '1'\ndependencies = ['requests']\n")
    for package in ("app", "app/api", "app/db"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text("")
        (folder / package / "main.py").write_text("import asyncio\n\n\nasync def main():\n    return 1\n")
    return folder


def test_a_tree_without_triggers_costs_no_expensive_import(tmp_path: Path) -> None:
    modules = imported("-m", "flake8_orch47", "check", cwd=tree(tmp_path))
    assert {"flake8_orch47.doors.command", "flake8_orch47.project.scan"} <= modules
    assert needless(modules) - imported("-c", "pass", cwd=tmp_path) == set()


def test_a_finding_needs_neither_libcst_nor_flake8_nor_asyncio(tmp_path: Path) -> None:
    (tree(tmp_path) / "schedule.py").write_text(SCHEDULE)
    modules = imported("-m", "flake8_orch47", "check", cwd=tmp_path)
    assert "flake8_orch47.output.text" in modules
    assert needless(modules, {"asyncio", "astroid", "flake8", "libcst"}) == set()


def test_the_help_and_the_version_do_not_load_the_engine(tmp_path: Path) -> None:
    for option in ("--help", "--version"):
        modules = imported("-m", "flake8_orch47", option, cwd=tmp_path)
        assert needless(modules, {"flake8_orch47.rules", "flake8_orch47.project"}) == set()


def test_this_test_would_see_an_expensive_import(tmp_path: Path) -> None:
    (tmp_path / "costly.py").write_text("import asyncio.events\nimport flake8.defaults\n")
    assert {"asyncio", "asyncio.events", "flake8"} <= needless(imported("costly.py", cwd=tmp_path))
