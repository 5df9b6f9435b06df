"""Results of unchanged projects: the same as anew, and forgotten as soon as anything changes that decides them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from harness import run

from flake8_orch47.project import inputs
from flake8_orch47.rules import memory

if TYPE_CHECKING:
    from pathlib import Path

POLICIES = """\
from helpers import groups_of


def may_order(user):
    return "noc" in groups_of(user)
"""
HELPERS = """\
import requests


def groups_of(user):
    return requests.get(user)
"""
WORKFLOWS = """\
from orchestrator.workflow import workflow
from policies import may_order


@workflow("Order", authorize_callback=may_order)
def order():
    return None
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    top = tmp_path / "project"
    top.mkdir()
    for name, text in (("policies", POLICIES), ("helpers", HELPERS), ("workflows", WORKFLOWS)):
        (top / f"{name}.py").write_text(text)
    (top / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["orchestrator-core>=4.7"]\n')
    return top


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def check(project: Path, cache: Path, *options: str) -> str:
    done = run("flake8_orch47", "check", "--output-format", "concise", "--cache-dir", str(cache), *options, cwd=project)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def codes(output: str) -> list[str]:
    return sorted(word for word in output.split() if word.startswith("ORC"))


def entries(cache: Path) -> list[Path]:
    return [path for path in sorted(cache.rglob("*")) if path.is_file()]


def test_a_second_run_says_the_same_and_does_not_even_import_the_engine(project: Path, cache: Path) -> None:
    first = check(project, cache)
    assert codes(first) == ["ORC201", "ORC301"]
    os.environ["PYTHONPROFILEIMPORTTIME"] = "1"
    try:
        again = run("flake8_orch47", "check", "--output-format", "concise", "--cache-dir", str(cache), cwd=project)
        anew = run("flake8_orch47", "check", "--output-format", "concise", "--no-cache", cwd=project)
    finally:
        del os.environ["PYTHONPROFILEIMPORTTIME"]
    assert again.stdout == anew.stdout == first
    assert "flake8_orch47.rules.analysis" in anew.stderr
    assert "flake8_orch47.rules.analysis" not in again.stderr
    assert "flake8_orch47.project.scan" not in again.stderr


def age(project: Path) -> None:
    """Everything looks as if it had been written long ago; what changed last cannot be told by `mtime`."""
    for path in (project, *project.rglob("*")):
        os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.mark.parametrize("ages", [False, True])
def test_a_helper_of_the_same_size_and_time_is_read_again(project: Path, cache: Path, ages: bool) -> None:
    if ages:
        age(project)
    assert codes(check(project, cache)) == ["ORC201", "ORC301"]
    changed = HELPERS.replace("requests.get(user)", "str(user) + 'abcd'")
    assert len(changed) == len(HELPERS)
    (project / "helpers.py").write_text(changed)
    if ages:
        age(project)
    assert codes(check(project, cache)) == ["ORC201"]


def test_a_file_that_appears_or_goes_is_noticed(project: Path, cache: Path) -> None:
    check(project, cache, "workflows.py", "policies.py")
    (project / "more.py").write_text(WORKFLOWS.replace("may_order", "nobody"))
    (project / "orchestrator").mkdir()
    (project / "orchestrator" / "__init__.py").write_text("")
    (project / "orchestrator" / "workflow.py").write_text("def workflow(*a, **k): ...\n")
    assert codes(check(project, cache, "workflows.py", "policies.py")) == []
    (project / "orchestrator" / "__init__.py").unlink()
    (project / "orchestrator" / "workflow.py").unlink()
    (project / "orchestrator").rmdir()
    assert codes(check(project, cache, "workflows.py", "policies.py")) == ["ORC201", "ORC301"]
    (project / "helpers.py").unlink()
    assert codes(check(project, cache, "workflows.py", "policies.py")) == ["ORC201"]


def test_a_module_that_git_ignores_is_noticed_when_it_appears(project: Path, cache: Path) -> None:
    helpers = (project / "helpers.py").read_text()
    (project / "helpers.py").unlink()
    (project / ".gitignore").write_text("helpers.py\n")
    assert codes(check(project, cache)) == ["ORC201"]
    (project / "helpers.py").write_text(helpers)
    assert codes(check(project, cache)) == ["ORC201", "ORC301"]


def test_what_git_ignores_and_what_the_project_requires_count_too(project: Path, cache: Path) -> None:
    assert codes(check(project, cache)) == ["ORC201", "ORC301"]
    (project / ".gitignore").write_text("policies.py\n")
    assert all(line.startswith("workflows.py:") for line in check(project, cache).splitlines())
    (project / ".gitignore").unlink()
    (project / "policies.py").write_text("async def may_order(user):\n    return True\n")
    assert codes(check(project, cache)) == []
    (project / "requirements.txt").write_text("orchestrator-core==4.6.5\n")
    assert codes(check(project, cache)) == ["ORC203"]


def test_a_file_of_a_project_in_the_project_is_noticed(project: Path, cache: Path) -> None:
    """What is given as a whole is not looked for again, but for what belongs to the projects in it."""
    nested = project / "plugins"
    nested.mkdir()
    (nested / "setup.cfg").write_text("[metadata]\nname = plugins\n")
    (nested / "empty.py").write_text("")
    assert codes(check(project, cache)) == ["ORC201", "ORC301"]
    (project / "spare.py").write_text("def may_cease(user):\n    return True\n")
    (nested / "more.py").write_text(
        "from spare import may_cease\nfrom orchestrator.workflow import workflow\n\n\n"
        '@workflow("Cease", authorize_callback=may_cease)\ndef cease():\n    return None\n'
    )
    anew = check(project, cache, "--no-cache")
    assert codes(anew) == ["ORC201", "ORC201", "ORC301"]
    assert check(project, cache) == anew
    (nested / "more.py").unlink()
    assert codes(check(project, cache)) == ["ORC201", "ORC301"]


def test_other_choices_are_other_runs(project: Path, cache: Path) -> None:
    assert codes(check(project, cache)) == ["ORC201", "ORC301"]
    assert codes(check(project, cache, "--select", "ORC3")) == ["ORC301"]
    assert codes(check(project, cache, "--non-blocking-calls", "requests.*")) == ["ORC201"]
    (project / "pyproject.toml").write_text('[tool.flake8-orch47]\nignore = ["ORC301"]\n')
    assert codes(check(project, cache)) == ["ORC201"]
    assert codes(check(project, cache, "workflows.py")) == ["ORC201"]


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 500, b"half", b"bit"])
def test_a_damaged_entry_only_costs_time(project: Path, cache: Path, damage: bytes) -> None:
    first = check(project, cache)
    (entry,) = entries(cache)
    data = entry.read_bytes()
    if damage == b"half":
        damage = data[: len(data) // 2]
    elif damage == b"bit":
        damage = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
    entry.write_bytes(damage)
    assert check(project, cache) == first
    assert entry.read_bytes() != damage


def test_a_place_where_nothing_can_be_written_costs_nothing(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert codes(check(project, tmp_path / "file")) == ["ORC201", "ORC301"]


def test_nothing_is_kept_when_nobody_wants_it_and_never_in_the_project(project: Path, cache: Path) -> None:
    before = sorted(project.rglob("*"))
    check(project, cache, "--no-cache")
    assert not cache.exists()
    check(project, cache)
    assert entries(cache)
    assert sorted(project.rglob("*")) == before


def test_standard_input_neither_uses_nor_leaves_an_entry(project: Path, cache: Path) -> None:
    check(project, cache, "policies.py")
    kept = [path.read_bytes() for path in entries(cache)]
    unsaved = b"async def may_order(user):\n    return True\n"
    done = run(
        "flake8_orch47", "check", "--cache-dir", str(cache), "--stdin-filename", "policies.py", "-",
        cwd=project, stdin=unsaved,
    )  # fmt: skip
    assert "ORC" not in done.stdout
    assert [path.read_bytes() for path in entries(cache)] == kept


def test_only_so_many_entries_of_a_project_are_kept(project: Path, cache: Path) -> None:
    folder = next(iter(_entry_folders(project, cache)))
    for number in range(50):
        (folder / f"old{number}").write_bytes(b"")
        os.utime(folder / f"old{number}", (1, 1))
    check(project, cache, "workflows.py")
    assert len(entries(cache)) == 32
    assert not all(path.name.startswith("old") for path in entries(cache))


def _entry_folders(project: Path, cache: Path) -> list[Path]:
    check(project, cache)
    return [path for path in cache.iterdir() if path.is_dir()]


def test_flake8_uses_the_same_memory(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    first = run("flake8", "--isolated", "--select=ORC", ".", cwd=project)
    assert codes(first.stdout) == ["ORC201", "ORC301"]
    assert entries(tmp_path / "user" / "flake8-orch47")
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    again = run("flake8", "--isolated", "--select=ORC", ".", cwd=project)
    assert again.stdout == first.stdout
    assert "flake8_orch47.rules.analysis" not in again.stderr
    off = run("flake8", "--isolated", "--select=ORC", "--orch-no-cache", ".", cwd=project)
    assert off.stdout == first.stdout
    assert "flake8_orch47.rules.analysis" in off.stderr


def test_what_changes_while_it_is_read_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "file.py"
    path.write_text("a = 1\n")
    os.utime(path, (1, 1))
    assert inputs.stamps({str(path): True}, since=0) is None  # its inode changed after the run began
    assert inputs.stamps({str(path): False}, since=0) is not None  # only its kind matters
    assert inputs.stamps({str(path): True}, since=time.time_ns() + 10**9) is not None


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert memory.default_folder() is None
