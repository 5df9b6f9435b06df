"""The doors of the fixes: `orch47 check --fix`, `--unsafe-fixes`, `--diff`, formats, files and their bytes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from fixing import REQUIRES_46, REQUIRES_47
from harness import environment, run

from flake8_orch47.fixes.writing import write_all

if TYPE_CHECKING:
    from pathlib import Path

SAFE = """\
from orchestrator import workflow


def check(user):
    return user is not None


@workflow("Create", authorize_callback=check)
def create(): ...
"""
SAFE_FIXED = SAFE.replace("def check", "async def check")
UNSAFE = SAFE.replace("authorize_callback=check", "authorize_callback=lambda user: user")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(REQUIRES_47)
    (tmp_path / "safe.py").write_text(SAFE)
    (tmp_path / "unsafe.py").write_text(UNSAFE)
    (tmp_path / "fine.py").write_text(SAFE_FIXED)
    return tmp_path


def orch47(project: Path, *options: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    return run("flake8_orch47", "check", *options, cwd=project, stdin=stdin)


def test_fix_repairs_what_is_safe_and_reports_the_rest(project: Path) -> None:
    done = orch47(project, "--fix", ".")
    assert done.returncode == 1
    assert (project / "safe.py").read_text() == SAFE_FIXED
    assert (project / "unsafe.py").read_text() == UNSAFE
    assert "safe.py\n" in done.stdout
    assert "fix with --unsafe-fixes: register an async function `authorize_create`" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "Fixed 1 problem in 1 file; 1 left in 1 file (checked 3). 1 more fix with `--unsafe-fixes`."
    )


def test_unsafe_fixes_repair_the_rest(project: Path) -> None:
    done = orch47(project, "--fix", "--unsafe-fixes", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Fixed 2 problems in 2 files. All good: 3 files checked.\n"
    assert "async def authorize_create(user):" in (project / "unsafe.py").read_text()
    again = orch47(project, "--fix", "--unsafe-fixes", ".")
    assert again.stdout == "All good: 3 files checked.\n"


def test_unsafe_fixes_alone_change_nothing_but_tell_what_there_is(project: Path) -> None:
    done = orch47(project, "--unsafe-fixes", ".")
    assert done.returncode == 1
    assert (project / "safe.py").read_text() == SAFE
    assert done.stdout.splitlines()[-1] == (
        "Found 2 problems in 2 files (checked 3). 1 more fix with `--fix`. 1 more fix with `--fix --unsafe-fixes`."
    )


def test_a_reason_is_told_where_there_is_no_fix(project: Path) -> None:
    (project / "pyproject.toml").write_text(REQUIRES_46)
    done = orch47(project, "--fix", "safe.py", "--output-format", "full")
    told = " ".join(done.stdout.split())
    assert "no fix: the project requires orchestrator-core <4.7,>=4.6, and before 4.7 an async callback" in told
    assert (project / "safe.py").read_text() == SAFE
    assert orch47(project, "--fix", "safe.py", "--target-version", "4.7", "--select", "ORC201").returncode == 0
    assert (project / "safe.py").read_text() == SAFE_FIXED


def test_a_noqa_comment_keeps_a_finding_and_its_code(project: Path) -> None:
    quiet = SAFE.replace("def check(user):", "def check(user):  # noqa: ORC201")
    (project / "safe.py").write_text(quiet)
    assert orch47(project, "--fix", "safe.py").returncode == 0
    assert (project / "safe.py").read_text() == quiet


def test_diff_prints_a_patch_and_writes_nothing(project: Path) -> None:
    done = orch47(project, "--diff", "safe.py", "unsafe.py")
    assert done.returncode == 1
    assert done.stdout == (
        "--- safe.py\n+++ safe.py\n@@ -1,7 +1,7 @@\n from orchestrator import workflow\n \n \n"
        "-def check(user):\n+async def check(user):\n     return user is not None\n \n \n"
    )
    assert done.stderr == "orch47: would fix 1 problem in 1 file; 1 more fix with `--unsafe-fixes`\n"
    assert (project / "safe.py").read_text() == SAFE
    assert orch47(project, "--diff", "fine.py").returncode == 0


def test_a_patch_applies_whatever_the_encoding_and_the_last_line_are(project: Path) -> None:
    text = "# coding: latin-1\nNAME = 'é'\n" + SAFE.replace("\n\n\n@workflow", "  # é\n\n\n@workflow").rstrip("\n")
    text = text.replace("\ndef create(): ...", "\ndef create(): check(1)")
    (project / "safe.py").write_bytes(text.encode("latin-1"))
    done = subprocess.run(
        [sys.executable, "-m", "flake8_orch47", "check", "--diff", "--unsafe-fixes", "safe.py"],
        cwd=project,
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert b"  # \xe9\n" in done.stdout
    assert b"\\ No newline at end of file\n" in done.stdout
    before = (project / "safe.py").read_bytes()
    subprocess.run(["git", "apply", "-p0", "-"], cwd=project, input=done.stdout, check=True)
    patched = (project / "safe.py").read_bytes()
    (project / "safe.py").write_bytes(before)
    assert orch47(project, "--fix", "--unsafe-fixes", "safe.py").returncode == 0
    assert patched == (project / "safe.py").read_bytes() != before


def test_the_standard_input_comes_out_fixed_and_what_is_left_is_told_beside_it(project: Path) -> None:
    done = orch47(project, "--fix", "-", "--stdin-filename", "safe.py", stdin=SAFE.encode())
    assert (done.returncode, done.stdout) == (0, SAFE_FIXED)
    done = orch47(project, "--fix", "-", stdin=UNSAFE.encode())
    assert (done.returncode, done.stdout) == (1, UNSAFE)
    assert "ORC201" in done.stderr
    done = orch47(project, "--diff", "-", "--stdin-filename", "safe.py", stdin=SAFE.encode())
    assert done.stdout.startswith("--- safe.py\n+++ safe.py\n")
    assert (project / "safe.py").read_text() == SAFE


def found(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    document: list[dict[str, Any]] = json.loads(done.stdout)
    return document


def test_json_has_the_edits_of_each_fix(project: Path) -> None:
    (one,) = found(orch47(project, "--output-format", "json", "safe.py"))
    assert one["fix"] == {
        "applicability": "safe",
        "message": "make `check` async",
        "edits": [{"content": "async ", "location": {"row": 4, "column": 1}, "end_location": {"row": 4, "column": 1}}],
    }
    (one,) = found(orch47(project, "--output-format", "json", "unsafe.py"))
    assert one["fix"]["applicability"] == "unsafe"
    assert [edit["location"] for edit in one["fix"]["edits"]] == [{"row": 8, "column": 1}, {"row": 8, "column": 40}]


def test_an_edit_in_another_file_says_which(project: Path) -> None:
    (project / "api.py").write_text("from safe import check\n\n\nasync def get(user):\n    return check(user)\n")
    documents = found(orch47(project, "--output-format", "json", "safe.py", "api.py"))
    (one,) = [document for document in documents if document["code"] == "ORC201"]
    assert [edit.get("filename") for edit in one["fix"]["edits"]] == [str(project / "api.py"), None]


def test_json_without_a_fix_has_null(project: Path) -> None:
    (project / "pyproject.toml").write_text(REQUIRES_46)
    (one,) = found(orch47(project, "--output-format", "json", "safe.py"))
    assert one["fix"] is None


def test_a_check_without_fixes_never_imports_what_writes_them(project: Path) -> None:
    code = (
        "import sys; from flake8_orch47.doors.command import main; main(['check', '--no-cache', '.']);"
        "print([name for name in sys.modules if 'libcst' in name or 'flake8_orch47.fixes' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_file_without_an_edit_is_never_written(project: Path) -> None:
    before = (project / "fine.py").stat()
    time.sleep(0.02)
    orch47(project, "--fix", "--unsafe-fixes", ".")
    after = (project / "fine.py").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_permissions_stay_and_links_are_written_through(project: Path) -> None:
    os.chmod(project / "safe.py", 0o754)
    (project / "kept").mkdir()
    os.rename(project / "safe.py", project / "kept" / "real.txt")
    os.symlink("kept/real.txt", project / "safe.py")
    assert orch47(project, "--fix", "safe.py").returncode == 0
    assert (project / "safe.py").is_symlink()
    assert (project / "kept" / "real.txt").read_text() == SAFE_FIXED
    assert stat.S_IMODE((project / "kept" / "real.txt").stat().st_mode) == 0o754
    assert sorted(os.listdir(project / "kept")) == ["real.txt"]


def test_a_file_that_somebody_else_changed_meanwhile_is_left_alone(project: Path) -> None:
    path = str(project / "safe.py")
    with pytest.raises(OSError, match="changed by somebody else"):
        write_all({path: (b"something else", b"new")})
    assert (project / "safe.py").read_text() == SAFE


def test_nothing_is_replaced_where_one_file_cannot_be(project: Path) -> None:
    first, gone = str(project / "safe.py"), str(project / "gone.py")
    with pytest.raises(Exception, match="No such file"):
        write_all({first: (SAFE.encode(), b"new"), gone: (b"", b"new")})
    assert (project / "safe.py").read_text() == SAFE
    assert not [name for name in os.listdir(project) if name.endswith(".orch47")]


def test_a_run_that_is_killed_leaves_whole_files(tmp_path: Path) -> None:
    """Killed at different moments, from the start of the writing on: each file is the old one or the new one."""
    (tmp_path / "pyproject.toml").write_text(REQUIRES_47)
    filler = "".join(f"x_{number} = {number}\n" for number in range(3000))
    old, new = SAFE + filler, SAFE_FIXED + filler
    names = [f"app_{number}.py" for number in range(30)]
    mixed = 0
    for delay in (0.0, 0.002, 0.005, 0.01, 0.02, 0.04):
        for name in names:
            (tmp_path / name).write_text(old)
        process = subprocess.Popen(
            [sys.executable, "-m", "flake8_orch47", "check", "--fix", "."],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and not any(name.endswith(".orch47") for name in os.listdir(tmp_path)):
            time.sleep(0.001)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        contents = [(tmp_path / name).read_text() for name in names]
        assert all(content in (old, new) for content in contents)
        mixed += len(set(contents)) > 1
        for name in os.listdir(tmp_path):
            if name.endswith(".orch47"):
                os.unlink(tmp_path / name)
    assert orch47(tmp_path, "--fix", ".").returncode == 0


# -- libcst.tool -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "source"), [("AsyncCallbacks", "safe.py"), ("AwaitCallbacks", "awaits.py")])
def test_each_fix_is_a_codemod_of_its_own(project: Path, command: str, source: str) -> None:
    (project / "awaits.py").write_text(
        SAFE_FIXED.replace("user is not None", "user") + "\n\nasync def other(user):\n    return not check(user)\n"
    )
    done = run(
        "libcst.tool",
        "codemod",
        "--jobs=1",
        "--no-format",
        "-x",
        f"flake8_orch47.fixes.codemods.commands.{command}",
        source,
        cwd=project,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = (project / source).read_text()
    assert "async def check" in text
    assert ("return not await check(user)" in text) is (command == "AwaitCallbacks")


def test_a_codemod_leaves_what_a_noqa_comment_keeps(project: Path) -> None:
    kept = SAFE.replace("def check(user):", "def check(user):  # noqa: ORC201")
    assert kept != SAFE
    (project / "safe.py").write_text(kept)
    command = "flake8_orch47.fixes.codemods.commands.AsyncCallbacks"
    done = run("libcst.tool", "codemod", "--jobs=1", "--no-format", "-x", command, "safe.py", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "safe.py").read_text() == kept
