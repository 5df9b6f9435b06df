"""Every fixture application, through both doors: each finding where a comment expects it, and no other."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES, applications, by_command, by_flake8, expected

if TYPE_CHECKING:
    from pathlib import Path


def chooses_opt_in(application: Path) -> bool:
    """Whether an application's settings select ORC204."""
    settings = (
        tomllib.loads((application / "pyproject.toml").read_text()) if (application / "pyproject.toml").exists() else {}
    )
    table = settings.get("tool", {}).get("flake8-orch47", {})
    return any("ORC204".startswith(code) for code in [*table.get("extend-select", []), *table.get("select", [])])


@pytest.mark.parametrize("name", applications())
def test_the_command_finds_what_the_application_expects(name: str) -> None:
    assert by_command(FIXTURES / name) == expected(FIXTURES / name)


@pytest.mark.parametrize("name", applications())
def test_flake8_finds_what_the_application_expects(name: str) -> None:
    options = () if chooses_opt_in(FIXTURES / name) else ("--ignore=ORC204",)
    assert by_flake8(FIXTURES / name, options=options) == expected(FIXTURES / name)
