"""What the fixture applications expect, and how each door is asked about them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tokenize
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
FIXTURES = REPOSITORY / "fixtures"
_EXPECT = re.compile(r"#\s*expect:\s*(ORC\d{3}(?:\s*,\s*ORC\d{3})*)")

#: A finding as a fixture states it: file (relative to the application), row and code.
Stated = tuple[str, int, str]


def applications() -> list[str]:
    """The names of the fixture applications."""
    return sorted(entry.name for entry in FIXTURES.iterdir() if entry.is_dir())


def expected(application: Path) -> list[Stated]:
    """The `# expect: ORC201` comments of an application, one entry for each code."""
    found: list[Stated] = []
    for path in sorted(application.rglob("*.py")):
        for token in tokenize.tokenize(io.BytesIO(path.read_bytes()).readline):
            if token.type == tokenize.COMMENT and (match := _EXPECT.search(token.string)):
                codes = re.findall(r"ORC\d{3}", match[1])
                found.extend((str(path.relative_to(application)), token.start[0], code) for code in codes)
    return sorted(found)


def environment() -> dict[str, str]:
    """The environment for commands: without colours or other people's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ORCH47_T", "FLAKE8"))}
    return {**kept, "NO_COLOR": "1", "PYTHONWARNINGS": "error::RuntimeWarning"}


def run(*arguments: str, cwd: Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Runs `python -m ...` and returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=environment(),
        timeout=300,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def by_command(application: Path, *paths: str) -> list[Stated]:
    """What `orch47 check` says about an application."""
    done = run("flake8_orch47", "check", "--output-format", "json", *(paths or (".",)), cwd=application)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return sorted(
        (os.path.relpath(finding["filename"], application), finding["location"]["row"], finding["code"])
        for finding in json.loads(done.stdout)
    )


def by_flake8(application: Path, *paths: str, options: tuple[str, ...] = ()) -> list[Stated]:
    """What flake8 says about an application, with the rules that its settings choose."""
    done = run(
        "flake8",
        "--isolated",
        "--select=ORC",
        "--format=%(path)s\t%(row)d\t%(code)s",
        *options,
        *(paths or (".",)),
        cwd=application,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert not done.stderr, done.stderr
    found = []
    for line in done.stdout.splitlines():
        path, row, code = line.split("\t")
        found.append((os.path.normpath(path), int(row), code))
    return sorted(found)
