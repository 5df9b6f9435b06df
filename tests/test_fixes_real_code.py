"""Fixes in real code: published wheels, and large packages with something to repair planted at the end of files."""

from __future__ import annotations

import ast
import os
import random
import shutil
import warnings
from typing import TYPE_CHECKING

import pytest
from wheels import wheel

from flake8_orch47.fixes.repair import repair
from flake8_orch47.project.discovery import expand
from flake8_orch47.project.source import SourceError, parse
from flake8_orch47.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path

PLANTED = """

def planted_check_{n}(user):
    return user is not None  # planted


def planted_build_{n}():
    from orchestrator import workflow

    one = workflow("a", authorize_callback=planted_check_{n})
    return one, workflow("b", retry_auth_callback=lambda user: (
        user is not None  # and nothing else
    ))
"""
FIXED = """

async def planted_check_{n}(user):
    return user is not None  # planted


def planted_build_{n}():
    from orchestrator import workflow

    one = workflow("a", authorize_callback=planted_check_{n})
{indent}
    async def authorize_retry(user):
        return (
        user is not None  # and nothing else
    )

    return one, workflow("b", retry_auth_callback=authorize_retry)
"""

#: Ten large packages, as they are published.
PACKAGES = (
    ("django", "6.1.3"),
    ("sqlalchemy", "2.1.9"),
    ("sympy", "1.14.0"),
    ("apache-airflow-core", "3.3.2"),
    ("celery", "5.7.0"),
    ("networkx", "3.7"),
    ("twisted", "26.10.0"),
    ("prefect", "3.9.1"),
    ("pydantic", "2.13.0"),
    ("ansible-core", "2.19.14"),
)


def configure(root: str) -> Settings:
    return load(root, select=("ORC1", "ORC2"), target_version="4.7")


def sources(folder: Path, version: str, distribution: str = "orchestrator-core", most: int = 1000) -> tuple[str, ...]:
    """The files of a wheel as a project of its own; of many files the largest, and some others."""
    wheel_folder = wheel(version, distribution)
    files = sorted(expand([wheel_folder]).files, key=os.path.getsize)
    if len(files) > most:
        others = random.Random(4).sample(files[: -most // 2], most // 2)
        files = [*others, *files[-most // 2 :]]
    for path in files:
        copy = folder / "wheel" / os.path.relpath(path, wheel_folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (folder / "wheel" / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "1"\n')
    return expand([str(folder / "wheel")]).files


@pytest.mark.parametrize("version", ["4.3.1", "4.6.5", "4.7.2", "5.5.0"])
def test_the_framework_s_own_code_is_repaired_without_harm(version: str, tmp_path: Path) -> None:
    files = sources(tmp_path, version)
    outcome = repair(files, configure, unsafe=True, target_given=True)
    for path, changed in outcome.changed.items():
        compile(changed.after, path, "exec", dont_inherit=True)
    if version == "4.6.5":  # three endpoints forget to await what becomes a coroutine, in async functions
        assert sorted(finding.code for finding in outcome.fixed).count("ORC202") == 3
    again = repair(files, configure, {path: one.after for path, one in outcome.changed.items()}, unsafe=True)
    assert again.changed == {}


@pytest.mark.parametrize(("distribution", "version"), PACKAGES, ids=[name for name, _ in PACKAGES])
def test_nothing_but_what_was_planted_changes_in_a_large_package(
    distribution: str, version: str, tmp_path: Path
) -> None:
    files = sources(tmp_path, version, distribution, most=30)
    overlay, wanted = planted(files)
    assert len(wanted) >= 4
    outcome = repair(files, configure, overlay, unsafe=True)
    assert {path: changed.after for path, changed in outcome.changed.items()} == wanted
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for changed in outcome.changed.values():
            ast.parse(changed.after)


def planted(files: tuple[str, ...]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Some of the files with something to repair at their end: as it is, and as it should become."""
    chosen = random.Random(47).sample(sorted(files), min(8, len(files)))
    chosen += sorted(files, key=os.path.getsize)[-8:]
    before, after = {}, {}
    for n, path in enumerate(dict.fromkeys(chosen)):
        with open(path, "rb") as file:
            data = file.read()
        try:
            parse(data, path)
        except SourceError:
            continue
        if b"orchestrator" in data or data.endswith(b"\\\n"):
            continue
        end = b"\r\n" if b"\r\n" in data else b"\n"
        data += b"" if data.endswith(b"\n") or not data else end
        before[path] = data + PLANTED.format(n=n).replace("\n", end.decode()).encode()
        after[path] = data + FIXED.format(n=n, indent="").replace("\n", end.decode()).encode()
    return before, after
