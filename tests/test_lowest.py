"""The lower bounds in `pyproject.toml` are honest: with the lowest versions that they allow, both doors work."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from built import environment, metadata, pip
from harness import FIXTURES, REPOSITORY, Stated, expected

pytestmark = pytest.mark.xdist_group("lowest")

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


def said(python: str, *arguments: str, folder: Path = APPLICATION) -> list[Stated]:
    """The findings that a module prints as `path:row:column: CODE message`."""
    done = subprocess.run(
        [python, "-W", "error::RuntimeWarning", "-m", *arguments],
        cwd=folder,
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


def test_with_the_lowest_pathspec_what_git_ignores_is_left_out(python: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(APPLICATION, tmp_path / "application"))
    (folder / ".gitignore").write_text("/sched*/**\n!/schedules/nightly.py\norders.p[a-z]\n")
    left = {"schedules/nightly.py", *(path for path, _, _ in expected(APPLICATION) if not path.startswith("sched"))}
    left.remove("api/orders.py")
    found = said(python, "flake8_orch47", "check", "--output-format=concise", folder=folder)
    assert found == [one for one in expected(APPLICATION) if one[0] in left]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_with_the_lowest_flake8_the_plugin_finds_what_the_application_expects(python: str, jobs: str) -> None:
    found = said(python, "flake8", "--isolated", "--select=ORC", "--ignore=ORC204", f"--jobs={jobs}", ".")
    assert found == expected(APPLICATION)


def test_the_lowest_versions_are_those_that_are_installed(python: str) -> None:
    script = "import astroid, libcst\nfrom importlib.metadata import distributions\n"
    script += "print(*(f'{one.name}=={one.version}' for one in distributions()))"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    assert set(lowest(metadata()["project"]["dependencies"])) <= set(done.stdout.lower().split())
