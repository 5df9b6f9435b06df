"""Style and types: ruff and mypy find nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import REPOSITORY, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", [("check", "--output-format=concise"), ("format", "--check")])
def test_ruff_finds_nothing(command: tuple[str, ...]) -> None:
    done = run("ruff", *command, ".", cwd=REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr


def typed() -> list[str]:
    """What has to be clean: the package, its tests, the benchmarks as soon as there are some."""
    return ["flake8_orch47", "tests", *(["benchmarks"] if any(REPOSITORY.glob("benchmarks/**/*.py")) else [])]


def test_mypy_finds_nothing_with_its_strictest_settings() -> None:
    done = run("mypy", "--strict", *typed(), cwd=REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_would_find_something(tmp_path: Path) -> None:
    """The project's own settings are in force: a wrong annotation and an unused import are seen."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import os\n\n\ndef double(x) -> int:\n    return 'two'\n")
    settings = str(REPOSITORY / "pyproject.toml")
    said = run("ruff", "check", f"--config={settings}", "--no-cache", str(wrong), cwd=REPOSITORY)
    assert (said.returncode, "F401" in said.stdout) == (1, True)
    said = run("mypy", f"--config-file={settings}", f"--cache-dir={tmp_path}", str(wrong), cwd=REPOSITORY)
    assert (said.returncode, "no-untyped-def" in said.stdout, "return-value" in said.stdout) == (1, True, True)
