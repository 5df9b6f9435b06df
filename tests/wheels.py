"""The source of published wheels, for tests that compare our tables with it.

A wheel is downloaded once, with pip, into the folder that `ORCH47_CACHE` names (default: `.cache` in the
repository), and unpacked there. Nothing of it is installed or imported.
"""

from __future__ import annotations

import ast
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from functools import cache

YIELDS = (ast.Yield, ast.YieldFrom)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def wheel(version: str, distribution: str = "orchestrator-core") -> str:
    """The folder of the unpacked wheel of `distribution` at `version`.

    Skips the test where it is not in the cache and cannot be downloaded; the reason is pip's own.
    """
    folder, problem = unpacked(distribution, version)
    if problem:
        import pytest  # `make demo` has none

        pytest.skip(f"{distribution} {version} is needed and cannot be downloaded: {problem}")
    return folder


@cache
def sources(version: str) -> dict[str, str]:
    """The modules of orchestrator-core at `version`: canonical (4.x) dotted name to the path of its file.

    Files that no import statement can name (the migrations' versions) are left out.
    """
    folder = wheel(version)
    found = {}
    for directory, _, names in os.walk(os.path.join(folder, "orchestrator")):
        for name in names:
            parts = os.path.relpath(os.path.join(directory, name), folder).removesuffix(".py").split(os.sep)
            if name.endswith(".py") and all(part.isidentifier() for part in parts):
                if parts[1] == "core":
                    del parts[1]
                if parts[-1] == "__init__":
                    del parts[-1]
                found[".".join(parts)] = os.path.join(directory, name)
    return found


def outline(version: str, module: str) -> ast.Module:
    """The syntax tree of a module, given by its canonical name. Of function bodies only `yield`s are left."""
    with open(sources(version)[module], "rb") as file:
        return _outline(file.read())


@cache  # by content: most files are the same in several versions
def _outline(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = ast.parse(source)
    for node in ast.walk(parsed):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Expr(part) for part in ast.walk(node) if isinstance(part, YIELDS)]
    return parsed


@cache
def unpacked(distribution: str, version: str) -> tuple[str, str]:
    """The unpacked wheel's folder and "", or "" and why there is none. Tried once per run, even in vain."""
    cached = os.environ.get("ORCH47_CACHE") or os.path.join(ROOT, ".cache")
    folder = os.path.join(os.path.abspath(cached), "wheels", f"{distribution}-{version}")
    if os.path.isdir(folder):
        return folder, ""
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(folder), prefix=".download-") as scratch:
        problem = _download(distribution, version, scratch)
        if problem:
            return "", problem
        unpacked = os.path.join(scratch, "unpacked")
        with zipfile.ZipFile(glob.glob(os.path.join(scratch, "*.whl"))[0]) as archive:
            archive.extractall(unpacked)
        try:
            os.rename(unpacked, folder)
        except OSError:  # another worker of pytest-xdist was faster: its copy is as good
            if not os.path.isdir(folder):
                raise
    return folder, ""


def _download(distribution: str, version: str, target: str) -> str:
    """Put the wheel into `target`. The answer is "" or the last line of the first pip that works at all."""
    problem = "there is no pip, neither in this environment nor beside its Python"
    for pip in _pips():
        command = [*pip, "download", "--no-deps", "--only-binary", ":all:", "--python-version", "3.12"]
        command += ["--disable-pip-version-check", "--retries", "1", "--timeout", "20", "--dest", target]
        try:
            run = subprocess.run(
                [*command, f"{distribution}=={version}"],
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
        except subprocess.TimeoutExpired as error:
            return str(error)
        if run.returncode == 0:
            return ""
        if "No module named pip" not in run.stderr:
            return (run.stderr.strip().splitlines() or [f"pip ended with {run.returncode}"])[-1]
    return problem


def _pips() -> list[list[str]]:
    """Ways to run pip, the environment's own first: a virtual environment need not have one."""
    pips = [[sys.executable, "-m", "pip"]]
    base = getattr(sys, "_base_executable", None)
    if base and base != sys.executable:
        pips.append([base, "-m", "pip"])
    pips += [[found] for name in ("pip3", "pip") if (found := shutil.which(name))]
    return pips
