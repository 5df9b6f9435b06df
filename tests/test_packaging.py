"""What is published: a wheel and an sdist that hold what they should, commands and the plugin's entry point."""

from __future__ import annotations

import configparser
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from built import build, environment, metadata
from harness import FIXTURES, REPOSITORY, expected

from flake8_orch47 import __version__
from flake8_orch47.rules.catalogue import CODES

if TYPE_CHECKING:
    from email.message import Message

pytestmark = pytest.mark.xdist_group("packaging")

INFO = f"flake8_orch47-{__version__}.dist-info"


@dataclass(frozen=True)
class Distributions:
    """What was built, and the names of the files in it. Those of the sdist are without its folder."""

    wheel: Path
    in_wheel: frozenset[str]
    in_sdist: frozenset[str]

    def read(self, name: str) -> str:
        with zipfile.ZipFile(self.wheel) as archive:
            return archive.read(name).decode("utf-8")

    def metadata(self) -> Message:
        return Parser().parsestr(self.read(f"{INFO}/METADATA"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    wheel, sdist = build(tmp_path_factory.mktemp("dist"))
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = frozenset(archive.namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = frozenset(member.name.partition("/")[2] for member in archive.getmembers() if member.isfile())
    return Distributions(wheel, in_wheel, in_sdist)


def package_files() -> set[str]:
    """The files of the package in the repository."""
    return {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "flake8_orch47").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_with_its_documentation_and_nothing_else(built: Distributions) -> None:
    files = {name for name in built.in_wheel if not name.startswith(INFO)}
    assert files == package_files()
    assert {f"flake8_orch47/rules/documentation/{code}.md" for code in CODES} <= files
    assert "flake8_orch47/py.typed" in files


def test_the_sdist_holds_what_the_wheel_is_built_from_and_no_tests_or_fixtures(built: Distributions) -> None:
    beside = {".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
    assert built.in_sdist == package_files() | beside


def test_the_wheel_says_what_it_is(built: Distributions) -> None:
    said = built.metadata()
    assert said["Name"] == "flake8-orch47"
    assert said["Version"] == __version__
    assert said["License-Expression"] == "Apache-2.0"
    assert said["Requires-Python"] == ">=3.11"
    assert said["Description-Content-Type"] == "text/markdown"
    assert f"{INFO}/licenses/LICENSE" in built.in_wheel
    required = {line.replace(" ", "") for line in said.get_all("Requires-Dist", []) if "extra" not in line}
    assert required == set(metadata()["project"]["dependencies"])


def test_the_wheel_has_the_plugin_and_both_commands(built: Distributions) -> None:
    said = configparser.ConfigParser()
    said.optionxform = str  # type: ignore[assignment, method-assign]
    said.read_string(built.read(f"{INFO}/entry_points.txt"))
    assert dict(said["flake8.extension"]) == {"ORC": "flake8_orch47.doors.flake8_plugin:Plugin"}
    assert set(said["console_scripts"]) == {"orch47", "flake8-orch47"}
    assert len(set(said["console_scripts"].values())) == 1, "two names of one command"


def test_from_the_wheel_alone_the_commands_and_the_plugin_work(built: Distributions, tmp_path: Path) -> None:
    scripts = Path(environment(tmp_path / "venv", str(built.wheel))).parent
    folder = FIXTURES / "cross_module"
    lines = sorted(f"{path}:{row}: {code}" for path, row, code in expected(folder))
    for command in (["orch47", "check"], ["flake8-orch47", "check"]):
        said = output([*command, "--output-format=concise"], scripts, folder)
        assert sorted(without_columns(said)) == lines
    assert (
        sorted(without_columns(output(["flake8", "--isolated", "--select=ORC", "--ignore=ORC204"], scripts, folder)))
        == lines
    )
    assert output(["orch47", "--version"], scripts, folder) == f"orch47 {__version__}\n"
    assert "sync-auth-callback" in output(["orch47", "rule", "ORC201"], scripts, folder)


def output(command: list[str], scripts: Path, folder: Path) -> str:
    done = subprocess.run(
        [str(scripts / command[0]), *command[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in {0, 1}, done.stderr
    assert done.stderr == ""
    return done.stdout


def without_columns(said: str) -> list[str]:
    """`path:row:column: CODE message` as `path:row: CODE`."""
    split = [line.removeprefix("./").split(":", 3) for line in said.splitlines()]
    return [f"{path}:{row}: {rest.split()[0]}" for path, row, _, rest in split]
