"""The project's distributions, and virtual environments made from them, for tests and for people who ask."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
from typing import TYPE_CHECKING, Any

import pytest
from harness import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

#: What pip says where there is no index, or none that answers.
_NO_INDEX = ("from versions: none", "NewConnectionError", "No matching distribution found for hatchling")


def metadata() -> dict[str, Any]:
    """The tables of `pyproject.toml`."""
    with open(REPOSITORY / "pyproject.toml", "rb") as file:
        return tomllib.load(file)


def build(folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist of the project, built into the folder, each by the build backend in its isolation.

    Skips the test where the backend cannot be had; fails where the building fails.
    """
    before = set(folder.iterdir())
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(REPOSITORY))
    (wheel,) = set(folder.iterdir()) - before
    backend = environment(folder / "backend", *metadata()["build-system"]["requires"])
    done = subprocess.run(
        [backend, "-c", f"from hatchling.build import build_sdist; build_sdist({str(folder)!r})"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,) = folder.glob("*.tar.gz")
    return wheel, sdist


def environment(folder: Path, *requirements: str) -> str:
    """A new virtual environment with these requirements; the answer is its Python."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    pip("--python", python, "install", *requirements)
    return python


def pip(*arguments: str) -> None:
    """Runs pip. Skips the test where it finds no index; fails where it fails for another reason."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode == 0:
        return
    without_index = [line for line in done.stderr.splitlines() if any(sign in line for sign in _NO_INDEX)]
    if without_index:
        pytest.skip(f"there is no package index: {without_index[-1].strip()}")
    pytest.fail(f"pip {' '.join(arguments)}\n{done.stdout}{done.stderr}")
