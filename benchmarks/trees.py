"""The trees that are measured, each built once, in the folder that `ORCH47_CACHE` names (default: `.cache`).

    python benchmarks/trees.py A App G-200     builds trees, prints their folders

Every tree has a `pyproject.toml`, as a project has: it ends the search for the root, here as there.
"""

from __future__ import annotations

import os
import runpy
import shutil
import sys
import tempfile

from application import application
from generated import generated

__all__ = ["CACHE", "build", "folder", "python_files"]

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CACHE = os.path.join(os.path.abspath(os.environ.get("ORCH47_CACHE") or os.path.join(ROOT, ".cache")), "benchmarks")

#: Raised by one when a generator changes: trees are not looked at again once they are built.
_EDITION = 2

#: The version of orchestrator-core that is tree A.
_A = ("orchestrator-core", "4.7.2", "orchestrator")

#: Tree B: 10,000 files that have nothing to do with orchestrator-core. Several schedule jobs, check authorization
#: by callbacks or call something an orchestrator, and so contain the words that the scan looks for. All of it parses
#: under Python 3.11.
_B = (
    ("django", "6.1.3"),
    ("sqlalchemy", "2.1.9"),
    ("sympy", "1.14.0"),
    ("apache-airflow-core", "3.3.2"),
    ("ansible-core", "2.19.14"),
    ("pandas", "3.1.1"),
    ("numpy", "2.4.6"),
    ("scipy", "1.17.1"),
    ("twisted", "26.10.0"),
    ("prefect", "3.9.1"),
    ("dagster", "1.13.29"),
    ("celery", "5.7.0"),
    ("apscheduler", "3.11.3"),
    ("networkx", "3.7"),
)


def folder(name: str) -> str:
    """Where the tree `name` is, once it is built."""
    return os.path.join(CACHE, f"trees-{_EDITION}", name)


def build(name: str) -> str:
    """The folder of the tree A, B, BA, App or G-n, built where it is not there yet.

    Raises ValueError for another name, and `pytest.skip`'s exception where a wheel cannot be downloaded.
    """
    target = folder(name)
    if os.path.isdir(target):
        return target
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target), prefix=".new-") as scratch:
        _fill(name, scratch)
        if not os.path.exists(os.path.join(scratch, "pyproject.toml")):
            _write(scratch, {"pyproject.toml": '[project]\nname = "measured"\nversion = "1.0"\n'})
        os.chmod(scratch, 0o755)
        os.rename(scratch, target)
        os.mkdir(scratch)  # for its end
    return target


def python_files(name: str) -> list[str]:
    """The Python files of a tree, in order, as paths from its folder."""
    top = folder(name)
    return sorted(
        os.path.relpath(os.path.join(directory, file), top)
        for directory, _, files in os.walk(top)
        for file in files
        if file.endswith(".py")
    )


def _fill(name: str, target: str) -> None:
    kind, _, number = name.partition("-")
    if kind == "A":
        _copy_package(*_A, target)
    elif kind == "B":
        for distribution, version in _B:
            _copy_package(distribution, version, "", target)
    elif kind == "BA":
        for part in ("A", "B"):
            shutil.copytree(build(part), target, dirs_exist_ok=True)
    elif kind == "App":
        _write(target, application())
    elif kind == "G" and number.isdigit():
        _write(target, generated(int(number)))
    else:
        raise ValueError(f"there is no tree {name}: A, B, BA, App and G-100 are trees")


def _copy_package(distribution: str, version: str, package: str, target: str) -> None:
    """Copies the Python files of a wheel (below `package`, if it is given)."""
    wheels = runpy.run_path(os.path.join(ROOT, "tests", "wheels.py"))
    top = wheels["wheel"](version, distribution)
    for directory, folders, files in os.walk(os.path.join(top, package)):
        folders.sort()
        into = os.path.join(target, os.path.relpath(directory, top))
        for file in files:
            if file.endswith(".py"):
                os.makedirs(into, exist_ok=True)
                shutil.copy(os.path.join(directory, file), into)


def _write(target: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        full = os.path.join(target, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        print(build(wanted))
