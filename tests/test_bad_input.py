"""Bad input: a message that names the file, the findings of all other files unharmed, never a traceback."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from harness import run

from flake8_orch47.doors.command import main
from flake8_orch47.project import source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = b"""\
from orchestrator.schedules.scheduler import scheduler


@scheduler.scheduled_job(id="nightly", trigger="cron", hour=2)
def nightly():
    pass
"""

#: The one finding of GOOD: row and code.
IN_GOOD = (4, "ORC101")

#: With this a file matters: what is wrong with it has to be said.
MATTERS = b"from orchestrator.schedules.scheduler import scheduler\n"


@dataclass(frozen=True)
class Bad:
    """A file that cannot be parsed: its bytes, a word of the reason, and the row (0: whatever Python says).

    `in_flake8` is the code that flake8 has for it: "" where it reads the file as Latin-1, None where flake8
    itself does not survive it.
    """

    data: bytes
    reason: str
    row: int = 0
    in_flake8: str | None = "E9"


UNPARSABLE = {
    "a syntax error": Bad(MATTERS + b"\ndef broken(:\n    pass\n", "syntax", 3),
    "an unclosed bracket": Bad(MATTERS + b"x = (\n", "never closed", 2),
    "bad indentation": Bad(MATTERS + b"def f():\nreturn 1\n", "indent", 3),
    "NUL bytes": Bad(MATTERS + b"x = '\0'\n", "NUL", 2),
    "NUL bytes only": Bad(MATTERS + b"\0" * 1000, "NUL", 2),
    "an unknown encoding": Bad(b"# -*- coding: klingon -*-\n" + MATTERS, "klingon", 1, ""),
    "bytes that are no UTF-8": Bad(MATTERS + b"x = '\xff'\n", "utf-8", 2, ""),
    "1,000 nested brackets": Bad(MATTERS + b"x = " + b"[" * 1000 + b"]" * 1000 + b"\n", "nested", 2),
    "1,000 nested calls": Bad(MATTERS + b"x = " + b"f(" * 1000 + b")" * 1000 + b"\n", "nested", 2),
    "100,000 minus signs": Bad(MATTERS + b"x = " + b"-" * 100_000 + b"1\n", "", 0, None),
}


def project(tmp_path: Path, **files: bytes) -> Path:
    """A project with a good file before and one behind every other, so that both have to survive."""
    (tmp_path / "pyproject.toml").write_text("")
    for name, data in {"aaa": GOOD, "zzz": GOOD, **files}.items():
        (tmp_path / f"{name}.py").write_bytes(data)
    return tmp_path


@dataclass(frozen=True)
class Outcome:
    """What the command said: its status, the findings by file (row and code), the reasons of ORC000 by file."""

    status: int
    found: dict[str, list[tuple[int, str]]]
    reasons: dict[str, str]


def outcome(folder: Path, *paths: str) -> Outcome:
    done = run("flake8_orch47", "check", "--output-format=json", *(paths or (".",)), cwd=folder)
    assert "Traceback" not in done.stdout + done.stderr
    assert "internal error" not in done.stderr
    found: dict[str, list[tuple[int, str]]] = {}
    reasons = {}
    for one in json.loads(done.stdout):
        name = os.path.relpath(one["filename"], folder)
        found.setdefault(name, []).append((one["location"]["row"], one["code"]))
        if one["code"] == "ORC000":
            reasons[name] = one["message"]
    return Outcome(done.returncode, found, reasons)


def assert_others_unharmed(seen: Outcome) -> None:
    assert seen.found["aaa.py"] == [IN_GOOD]
    assert seen.found["zzz.py"] == [IN_GOOD]


def assert_said(seen: Outcome, name: str, reason: str) -> None:
    """The command says what is wrong with the file, ends with 2, and shows what it found in the others."""
    assert seen.status == 2
    assert set(seen.found) == {"aaa.py", "zzz.py", name}
    assert reason.lower() in seen.reasons[name].lower()
    assert_others_unharmed(seen)


def by_flake8(folder: Path) -> tuple[int, dict[str, set[str]]]:
    """flake8's status, and the codes by file."""
    done = run("flake8", "--isolated", "--select=ORC,E9", "--format=%(path)s\t%(code)s", ".", cwd=folder)
    assert "Traceback" not in done.stdout + done.stderr
    found: dict[str, set[str]] = {}
    for path, code in (line.split("\t") for line in done.stdout.splitlines() if "\t" in line):
        found.setdefault(os.path.normpath(path), set()).add(code)
    return done.returncode, found


# Files that cannot be parsed


@pytest.mark.parametrize("what", UNPARSABLE)
def test_a_file_that_cannot_be_parsed_is_named_and_harms_no_other(what: str, tmp_path: Path) -> None:
    bad = UNPARSABLE[what]
    seen = outcome(project(tmp_path, bad=bad.data))
    assert_said(seen, "bad.py", bad.reason)
    if bad.row:
        assert seen.found["bad.py"] == [(bad.row, "ORC000")]


@pytest.mark.parametrize("what", [what for what, bad in UNPARSABLE.items() if bad.in_flake8 is not None])
def test_in_flake8_such_a_file_has_flake8s_own_code_and_harms_no_other(what: str, tmp_path: Path) -> None:
    status, found = by_flake8(project(tmp_path, bad=UNPARSABLE[what].data))
    assert status == 1
    assert found.pop("aaa.py") == found.pop("zzz.py") == {"ORC101"}
    if UNPARSABLE[what].in_flake8:
        assert found["bad.py"] <= {"E902", "E999"}
    else:
        assert found == {}


@pytest.mark.parametrize("what", UNPARSABLE)
def test_a_bad_file_that_is_not_linted_is_a_warning(what: str, tmp_path: Path) -> None:
    folder = project(tmp_path, bad=UNPARSABLE[what].data)
    done = run("flake8_orch47", "check", "--output-format=concise", "aaa.py", cwd=folder)
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["aaa.py"]
    assert "Traceback" not in done.stderr


def test_the_text_says_which_file_where_and_why(tmp_path: Path) -> None:
    folder = project(tmp_path, bad=UNPARSABLE["a syntax error"].data)
    done = run("flake8_orch47", "check", "--output-format=concise", ".", cwd=folder)
    line = next(line for line in done.stdout.splitlines() if line.startswith("bad.py"))
    assert line.startswith("bad.py:3:1: ORC000 ")
    assert "invalid syntax" in line


# Files that cannot be read


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="who may read everything has no such file")
def test_a_file_without_permission_is_named_and_harms_no_other(tmp_path: Path) -> None:
    folder = project(tmp_path, bad=MATTERS)
    (folder / "bad.py").chmod(0)
    assert_said(outcome(folder), "bad.py", "permission denied")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="there is no file that even root cannot read")
def test_a_file_whose_reading_fails_is_named_and_harms_no_other(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "bad.py").symlink_to("/proc/self/mem")
    assert_said(outcome(folder), "bad.py", "error")
    status, found = by_flake8(folder)
    assert status == 1
    assert found == {"aaa.py": {"ORC101"}, "bad.py": {"E902"}, "zzz.py": {"ORC101"}}


@pytest.mark.parametrize(("target", "reason"), [("nowhere.py", "broken link"), ("bad.py", "leads back to itself")])
def test_a_link_that_leads_nowhere_is_named_and_harms_no_other(target: str, reason: str, tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "bad.py").symlink_to(target)
    assert_said(outcome(folder), "bad.py", reason)
    assert_said(outcome(folder, "aaa.py", "bad.py", "zzz.py"), "bad.py", reason)
    status, found = by_flake8(folder)
    assert status == 1
    assert found == {"aaa.py": {"ORC101"}, "bad.py": {"E902"}, "zzz.py": {"ORC101"}}


def test_a_loop_of_folders_is_not_walked(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "inner").mkdir()
    (folder / "inner" / "again").symlink_to(folder)
    seen = outcome(folder)
    assert seen.status == 1
    assert set(seen.found) == {"aaa.py", "zzz.py"}
    assert by_flake8(folder) == (1, {"aaa.py": {"ORC101"}, "zzz.py": {"ORC101"}})


def test_a_missing_path_is_named_and_harms_no_other(tmp_path: Path) -> None:
    folder = project(tmp_path)
    assert_said(outcome(folder, "aaa.py", "missing.py", "zzz.py"), "missing.py", "no such file")
    assert_said(outcome(folder, ".", "missing/folder"), "missing/folder", "no such file")


@pytest.mark.parametrize("path", ["", "\udcff.py"])
def test_a_path_that_is_none_is_no_accident(path: str, tmp_path: Path) -> None:
    done = run("flake8_orch47", "check", "--output-format=concise", "aaa.py", path, cwd=project(tmp_path))
    assert done.returncode == 2
    assert "aaa.py:4:2: ORC101" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_with_the_name_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    folder = project(tmp_path)
    os.mkfifo(folder / "bad.py")
    assert_said(outcome(folder, "aaa.py", "bad.py", "zzz.py"), "bad.py", "neither a file nor a folder")
    assert_others_unharmed(outcome(folder))


# Files that are unusual, and fine


def test_an_empty_file_has_nothing_wrong(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_bytes(b"")
    done = run("flake8_orch47", "check", "empty.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    seen = outcome(project(tmp_path))
    assert seen.status == 1
    assert set(seen.found) == {"aaa.py", "zzz.py"}
    assert by_flake8(tmp_path) == (1, {"aaa.py": {"ORC101"}, "zzz.py": {"ORC101"}})


def test_a_folder_called_as_a_module_is_a_folder(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "mmm.py").mkdir()
    (folder / "mmm.py" / "inner.py").write_bytes(GOOD)
    seen = outcome(folder)
    assert (seen.status, seen.found[os.path.join("mmm.py", "inner.py")]) == (1, [IN_GOOD])


def test_100_000_lines_are_read_to_their_end(tmp_path: Path) -> None:
    lines = 100_000
    data = MATTERS + b"x = [1]\n" * (lines - 7) + GOOD.replace(MATTERS, b"")
    assert data.count(b"\n") == lines - 1
    seen = outcome(project(tmp_path, large=data))
    assert seen.status == 1
    assert seen.found["large.py"] == [(lines - 3, "ORC101")]
    assert_others_unharmed(seen)


DEEP = {
    "1,000 times elif": b"if x == 0: pass\n" + b"elif x == 1: pass\n" * 1000,
    "a sum of 1,000": b"y = " + b" + ".join([b"x"] * 1000) + b"\n",
    "a chain of 1,000 attributes": b"y = x" + b".a" * 1000 + b"\n",
    "a chain of 500 calls": b"y = x" + b".a()" * 500 + b"\n",
    "90 nested functions": b"".join(b" " * n + b"def f(x):\n" for n in range(90)) + b" " * 90 + b"pass\n",
    "a chain of 1,000 assignments": b"".join(b"x%d = x%d\n" % (n + 1, n) for n in range(1000)),
    "a string of 1 MB": b"y = '" + b"a" * 1_000_000 + b"'\n",
}


@pytest.mark.parametrize("what", DEEP)
def test_what_python_parses_is_checked_however_deep(what: str, tmp_path: Path) -> None:
    seen = outcome(project(tmp_path, deep=GOOD + b"x = x0 = scheduler\n" + DEEP[what]))
    assert seen.status == 1
    assert seen.found["deep.py"] == [IN_GOOD]
    assert_others_unharmed(seen)


# Files that change while they are read


def gone(path: Path) -> None:
    path.unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def broken(path: Path) -> None:
    path.write_bytes(b"def (")


def replaced(path: Path) -> None:
    path.write_bytes(b"# one more line\n" + GOOD)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (gone, (1, [IN_GOOD]), (2, [(1, "ORC000")])),
        (emptied, (1, [IN_GOOD]), (1, None)),
        (broken, (1, [IN_GOOD]), (2, [(1, "ORC000")])),
        (replaced, (1, [IN_GOOD]), (1, [(5, "ORC101")])),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_taken_as_it_was_or_as_it_is(
    change: Callable[[Path], None],
    before: tuple[int, list[tuple[int, str]]],
    after: tuple[int, list[tuple[int, str]] | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = project(tmp_path, changing=GOOD)
    changing = folder / "changing.py"
    read = source.read
    reads: list[str] = []

    def read_and_change(path: str) -> bytes:
        data = read(path)
        if path == str(changing) and not reads:
            reads.append(path)
            change(changing)
        return data

    monkeypatch.setattr(source, "read", read_and_change)
    monkeypatch.chdir(folder)
    status = main(["check", "--output-format=json"])
    said = capsys.readouterr()
    found: dict[str, list[tuple[int, str]]] = {}
    for one in json.loads(said.out):
        name = os.path.relpath(one["filename"], folder)
        found.setdefault(name, []).append((one["location"]["row"], one["code"]))
    assert reads, "the test did not get at the reading"
    assert found["aaa.py"] == found["zzz.py"] == [IN_GOOD]
    assert (status, found.get("changing.py")) in (before, after)
    assert "Traceback" not in said.err


def test_a_file_that_is_written_all_the_time_never_ends_in_a_traceback(tmp_path: Path) -> None:
    folder = project(tmp_path, changing=GOOD)
    stop = threading.Event()

    def write() -> None:
        contents = [GOOD * 50, b"", GOOD[:90], b"\0" + GOOD, GOOD]
        while not stop.is_set():
            for data in contents:
                (folder / "changing.py").write_bytes(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(4):
            seen = outcome(folder)
            assert seen.status in {1, 2}
            assert_others_unharmed(seen)
    finally:
        stop.set()
        writer.join()


# Settings


@pytest.mark.parametrize(
    "text",
    ["[tool.flake8-orch47", "[tool.flake8-orch47]\nselekt = []", '[tool.flake8-orch47]\ntarget-version = "4.6"'],
)
def test_settings_that_cannot_be_used_are_named_and_nothing_else_is_said(text: str, tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "pyproject.toml").write_text(text)
    done = run("flake8_orch47", "check", ".", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pyproject.toml" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    done = run("flake8", "--isolated", "--select=ORC", ".", cwd=folder)
    assert done.returncode == 1
    assert "pyproject.toml" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
