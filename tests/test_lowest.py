"""The lower bounds in `pyproject.toml` are honest: with the lowest versions that they allow, both doors work."""

from __future__ import annotations

import re
import subprocess

import pytest
from built import environment, metadata, pip
from harness import FIXTURES, REPOSITORY, Stated, expected

pytestmark = pytest.mark.xdist_group("packaging")

#: An application with findings of all families, over several modules.
APPLICATION = FIXTURES / "demo"


def lowest(requirements: list[str]) -> list[str]:
    """The requirements with each lower bound as the version: `flake8==7.0.0`."""
    pinned = [re.sub(r"^([\w-]+)>=([\w.]+)$", r"\1==\2", requirement) for requirement in requirements]
    assert all("==" in requirement for requirement in pinned), f"not only lower bounds: {requirements}"
    return pinned


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment with the lowest versions, and the project."""
    requirements = lowest(metadata()["project"]["dependencies"])
    assert "flake8==7.0.0" in requirements
    interpreter = environment(tmp_path_factory.mktemp("lowest") / "venv", *requirements)
    pip("--python", interpreter, "install", "--no-deps", str(REPOSITORY))
    return interpreter


def said(python: str, *arguments: str) -> list[Stated]:
    """The findings that a module prints as `path:row:column: CODE message`."""
    done = subprocess.run(
        [python, "-W", "error::RuntimeWarning", "-m", *arguments],
        cwd=APPLICATION,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    matches = [re.match(r"(?:\./)?(.+?):(\d+):\d+: (ORC\d+) ", line) for line in done.stdout.splitlines()]
    return sorted((match[1], int(match[2]), match[3]) for match in matches if match)


def test_with_the_lowest_versions_the_command_finds_what_the_application_expects(python: str) -> None:
    assert said(python, "flake8_orch47", "check", "--output-format=concise") == expected(APPLICATION)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_with_the_lowest_flake8_the_plugin_finds_what_the_application_expects(python: str, jobs: str) -> None:
    found = said(python, "flake8", "--isolated", "--select=ORC", "--ignore=ORC204", f"--jobs={jobs}", ".")
    assert found == expected(APPLICATION)


def test_the_lowest_versions_are_those_that_are_installed(python: str) -> None:
    script = "from importlib.metadata import distributions as d; print(*(f'{one.name}=={one.version}' for one in d()))"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    assert set(lowest(metadata()["project"]["dependencies"])) <= set(done.stdout.lower().split())
