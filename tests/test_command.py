"""The command line door: options, exit status, streams. The engine is a stub, except at the end."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from harness import run

from flake8_orch47 import __version__
from flake8_orch47.doors.command import main
from flake8_orch47.findings import Finding, Hop, Span
from flake8_orch47.rules.catalogue import CODES, RULES, page
from flake8_orch47.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flake8_orch47.rules.memory import Memory

ROOT = Path(__file__).resolve().parent.parent

#: Enabled by itself as soon as there is an engine.
needs_engine = pytest.mark.skipif(
    find_spec("flake8_orch47.rules.check") is None, reason="there is no flake8_orch47.rules.check yet"
)

Capture = pytest.CaptureFixture[str]


# The stub


@dataclass
class Report:
    findings: tuple[Finding, ...] = ()
    problems: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    checked: int = 3
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Discovery:
    files: tuple[str, ...]
    problems: tuple[Finding, ...]
    whole: frozenset[str] = frozenset()


@dataclass
class Engine:
    """Stands for `rules.check` and `project.discovery`: says what a test wants, keeps what it was asked."""

    root: Path
    report: Report = field(default_factory=Report)
    path_problems: tuple[Finding, ...] = ()
    error: BaseException | None = None
    paths: list[str] | None = None
    files: list[str] | None = None
    overlay: dict[str, bytes] = field(default_factory=dict)
    settings: Settings | None = None

    def expand(self, paths: Sequence[str]) -> Discovery:
        self.paths = list(paths)
        return Discovery((str(self.root / "a.py"), str(self.root / "b.py")), self.path_problems)

    def check(
        self,
        files: Sequence[str],
        configure: Callable[[str], Settings],
        overlay: Mapping[str, bytes] | None = None,
        memory: Memory | None = None,
        inspect: object = None,
        projects: object = None,
        whole: object = None,
    ) -> Report:
        self.files, self.overlay = list(files), dict(overlay or {})
        self.settings = configure(str(self.root))
        if self.error is not None:
            raise self.error
        return self.report


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    stub = Engine(tmp_path)
    check = ModuleType("flake8_orch47.rules.check")
    check.check = stub.check  # type: ignore[attr-defined]
    discovery = ModuleType("flake8_orch47.project.discovery")
    discovery.expand = stub.expand  # type: ignore[attr-defined]
    discovery.Discovery = Discovery  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flake8_orch47.rules.check", check)
    monkeypatch.setitem(sys.modules, "flake8_orch47.project.discovery", discovery)
    for name in ("NO_COLOR", "FORCE_COLOR", "ORCH47_TRACEBACK", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return stub


def found(root: Path, row: int = 3, code: str = "ORC201", name: str = "a.py") -> Finding:
    return Finding(Span(str(root / name), row, 4, row, 9), code, "callback `allow` is not async")


def unread(root: Path, name: str = "broken.py") -> Finding:
    return Finding(Span(str(root / name), 7, 0, 7, 1), "ORC000", "cannot be parsed: invalid syntax")


# Exit status and summary


def test_without_findings_the_status_is_0_and_all_is_good(engine: Engine, capsys: Capture) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr() == ("All good: 3 files checked.\n", "")
    assert engine.paths == ["."]
    assert engine.files == [str(engine.root / "a.py"), str(engine.root / "b.py")]


def test_with_findings_the_status_is_1(engine: Engine, capsys: Capture) -> None:
    engine.report = Report((found(engine.root),))
    assert main(["check", "src"]) == 1
    assert capsys.readouterr().out == (
        "a.py\n  3:5  ORC201  callback `allow` is not async\n\nFound 1 problem in 1 file (checked 3).\n"
        "`orch47 check --diff` shows what can be repaired.\n"
    )


def test_exit_zero_makes_findings_no_failure(engine: Engine, capsys: Capture) -> None:
    engine.report = Report((found(engine.root),))
    assert main(["check", "--exit-zero"]) == 0
    assert "ORC201" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--exit-zero"], ["--ignore", "ORC"], ["--quiet"]])
def test_a_file_that_could_not_be_read_makes_the_status_2_and_the_rest_is_still_shown(
    engine: Engine, capsys: Capture, options: list[str]
) -> None:
    engine.report = Report((found(engine.root, name="z.py"),), problems=(unread(engine.root),))
    assert main(["check", "--output-format", "concise", *options]) == 2
    assert capsys.readouterr().out == (
        "broken.py:7:1: ORC000 cannot be parsed: invalid syntax\nz.py:3:5: ORC201 callback `allow` is not async\n"
    )


def test_a_path_that_does_not_exist_is_a_finding_and_makes_the_status_2(engine: Engine, capsys: Capture) -> None:
    engine.path_problems = (unread(engine.root, "nowhere"),)
    assert main(["check", "nowhere"]) == 2
    out = capsys.readouterr().out
    assert "ORC000" in out
    assert "The result is incomplete: 1 file could not be read or parsed." in out


def test_a_problem_that_discovery_and_engine_both_report_is_shown_once(engine: Engine, capsys: Capture) -> None:
    engine.path_problems = (unread(engine.root),)
    engine.report = Report(problems=(unread(engine.root),))
    assert main(["check", "--output-format", "concise"]) == 2
    assert capsys.readouterr().out.count("ORC000") == 1


def test_no_files_at_all_is_said_and_not_called_good(engine: Engine, capsys: Capture) -> None:
    engine.report = Report(checked=0)
    assert main(["check", "docs"]) == 0
    assert capsys.readouterr() == ("", "orch47: warning: no Python files found under the given paths\n")


def test_warnings_go_to_the_standard_error(engine: Engine, capsys: Capture) -> None:
    engine.report = Report(warnings=("lib/x.py\x1b[2J cannot be read",))
    assert main(["check"]) == 0
    assert capsys.readouterr().err == "orch47: warning: lib/x.py\\x1b[2J cannot be read\n"


def test_quiet_shows_findings_only(engine: Engine, capsys: Capture) -> None:
    engine.report = Report((found(engine.root),), warnings=("w",))
    assert main(["check", "--quiet"]) == 1
    assert capsys.readouterr() == ("a.py\n  3:5  ORC201  callback `allow` is not async\n\n", "")
    engine.report = Report()
    assert main(["check", "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_noqa_comments_are_respected_but_not_for_files_that_could_not_be_read(engine: Engine, capsys: Capture) -> None:
    sources = {str(engine.root / name): "# flake8: noqa\n" for name in ("a.py", "broken.py")}
    engine.report = Report((found(engine.root, 1),), problems=(unread(engine.root),), sources=sources)
    assert main(["check", "--output-format", "concise"]) == 2
    assert capsys.readouterr().out == "broken.py:7:1: ORC000 cannot be parsed: invalid syntax\n"


# Formats


def test_json_is_one_array_with_the_page_of_each_rule_and_nothing_else(engine: Engine, capsys: Capture) -> None:
    related = (Hop(Span(str(engine.root / "b.py"), 9, 0, 9, 1), "registered here"),)
    finding = Finding(Span(str(engine.root / "a.py"), 3, 4, 3, 9), "ORC201", "m", related)
    engine.report = Report((finding,), problems=(unread(engine.root),))
    assert main(["check", "--output-format", "json"]) == 2
    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "code": "ORC201",
        "message": "m",
        "filename": str(engine.root / "a.py"),
        "location": {"row": 3, "column": 5},
        "end_location": {"row": 3, "column": 10},
        "url": "https://workfloworchestrator.org/orchestrator-core/guides/upgrading/4.7/",
        "fix": None,
        "related": [
            {
                "message": "registered here",
                "filename": str(engine.root / "b.py"),
                "location": {"row": 9, "column": 1},
            }
        ],
    }
    assert second["code"] == "ORC000"
    assert second["url"].startswith("https://")


@pytest.mark.parametrize("checked", [0, 3])
def test_json_without_findings_is_an_empty_array(engine: Engine, capsys: Capture, checked: int) -> None:
    engine.report = Report(checked=checked)
    assert main(["check", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_full_shows_the_source_and_the_advice_of_the_catalogue(engine: Engine, capsys: Capture) -> None:
    path = str(engine.root / "a.py")
    engine.report = Report((found(engine.root),), sources={path: "\n\ndef allow(u): ...\n"})
    assert main(["check", "--output-format", "full"]) == 1
    out = capsys.readouterr().out
    assert "  3 | def allow(u): ...\n    |     ^^^^^\n" in out
    assert "help: Make it `async def`" in out
    assert "`orch47 rule ORC201`" in out


def test_statistics_take_the_place_of_the_findings(engine: Engine, capsys: Capture) -> None:
    engine.report = Report((found(engine.root, 1), found(engine.root, 2), found(engine.root, 9, "ORC303")))
    assert main(["check", "--statistics"]) == 1
    assert capsys.readouterr().out == (
        "2  ORC201  sync-auth-callback\n1  ORC303  blocking-sleep\nFound 3 problems in 1 file (checked 3).\n"
    )
    assert main(["check", "--statistics", "--output-format", "json"]) == 1
    assert [(row["code"], row["count"]) for row in json.loads(capsys.readouterr().out)] == [
        ("ORC201", 2),
        ("ORC303", 1),
    ]


def test_colours_come_with_the_option_and_never_into_json(engine: Engine, capsys: Capture) -> None:
    engine.report = Report((found(engine.root),))
    assert main(["check"]) == 1
    assert "\x1b[" not in capsys.readouterr().out
    assert main(["check", "--color", "always"]) == 1
    assert "\x1b[1;31mORC201\x1b[0m" in capsys.readouterr().out
    assert main(["check", "--color=always", "--output-format=json"]) == 1
    assert "\x1b" not in capsys.readouterr().out


# Options and settings


def settings_for(engine: Engine, *options: str, table: str = "") -> Settings:
    (engine.root / "pyproject.toml").write_text(f"[tool.flake8-orch47]\n{table}", encoding="utf-8")
    assert main(["check", *options]) == 0
    assert engine.settings is not None
    return engine.settings


def test_codes_may_be_repeated_and_separated_by_commas(engine: Engine) -> None:
    settings = settings_for(
        engine,
        "--select",
        "ORC2,ORC301",
        "--select=ORC1",
        "--extend-select",
        "ORC204",
        "--ignore",
        " ORC202 ,",
    )
    assert settings.select == ("ORC2", "ORC301", "ORC1")
    assert settings.extend_select == ("ORC204",)
    assert settings.ignore == ("ORC202",)


def test_the_choices_of_the_file_hold_where_no_option_says_otherwise(engine: Engine) -> None:
    table = 'select = ["ORC2"]\nignore = ["ORC202"]\ntarget-version = "5.0"\nsrc = ["garr"]\n'
    assert settings_for(engine, table=table) == Settings(
        select=("ORC2",), ignore=("ORC202",), target_version="5.0", src=("garr",)
    )


def test_ignore_and_extend_select_come_on_top_of_the_file(engine: Engine) -> None:
    table = 'extend-select = ["ORC204"]\nignore = ["ORC305"]\n'
    settings = settings_for(engine, "--ignore", "ORC1", "--extend-select", "ORC30", table=table)
    assert settings.ignore == ("ORC305", "ORC1")
    assert settings.extend_select == ("ORC204", "ORC30")


def test_codes_are_ignored_in_files_whose_path_matches(engine: Engine) -> None:
    table = '[tool.flake8-orch47.per-file-ignores]\n"tests/*" = ["ORC201", "ORC3"]\n"!app/*" = ["ORC1"]\n'
    settings = settings_for(engine, "--per-file-ignores", "conftest.py:ORC2 legacy/:ORC", table=table)
    ignored = [
        (path, code)
        for path in ("tests/test_a.py", "app/conftest.py", "legacy/old/a.py", "app/a.py")
        for code in ("ORC101", "ORC201", "ORC202", "ORC305")
        if settings.ignores(path, code)
    ]
    assert ignored == [
        ("tests/test_a.py", "ORC101"),
        ("tests/test_a.py", "ORC201"),
        ("tests/test_a.py", "ORC305"),
        ("app/conftest.py", "ORC201"),
        ("app/conftest.py", "ORC202"),
        *(("legacy/old/a.py", code) for code in ("ORC101", "ORC201", "ORC202", "ORC305")),
    ]
    assert settings_for(engine, table='per-file-ignores = ["a.py:ORC2"]\n').ignores("b/a.py", "ORC201")


def test_files_with_their_codes_may_stand_between_commas(engine: Engine) -> None:
    """As flake8 and ruff take them."""
    option = "a.py:ORC201,ORC3,src/b c.py:ORC105"
    for settings in (
        settings_for(engine, "--per-file-ignores", option.replace(" ", "?")),
        settings_for(engine, table=f'per-file-ignores = ["{option}"]\n'),
    ):
        ignored = [
            (path, code)
            for path in ("a.py", "src/b c.py")
            for code in ("ORC201", "ORC301", "ORC105")
            if settings.ignores(path, code)
        ]
        assert ignored == [("a.py", "ORC201"), ("a.py", "ORC301"), ("src/b c.py", "ORC105")]


def test_select_starts_afresh_so_that_what_is_asked_for_is_shown(engine: Engine) -> None:
    table = 'select = ["ORC1"]\nextend-select = ["ORC204"]\nignore = ["ORC201"]\n'
    settings = settings_for(engine, "--select", "ORC201", table=table)
    assert settings.selects("ORC201")
    assert not settings.selects("ORC101")
    assert not settings.selects("ORC204")


def test_the_other_options_replace_the_setting_of_their_name(engine: Engine) -> None:
    table = 'target-version = "4.7"\nblocking-calls = ["a.*"]\nnon-blocking-calls = ["b"]\nsrc = ["lib"]\n'
    settings = settings_for(
        engine,
        "--target-version=5.5",
        "--blocking-calls=c.*,d",
        "--non-blocking-calls=e",
        "--src=x",
        "--src=y",
        table=table,
    )
    assert settings.target_version == "5.5"
    assert settings.blocking_calls == ("c.*", "d")
    assert settings.non_blocking_calls == ("e",)
    assert settings.src == ("x", "y")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--select", "ORC2O1"], "--select: unknown rule code `ORC2O1`: did you mean ORC201?"),
        (["--ignore", "ORC2,orc3"], "--ignore: unknown rule code `orc3`: did you mean ORC3?"),
        (["--extend-select", "E501"], "--extend-select: unknown rule code `E501`: codes are ORC201"),
        (["--ignore", "ORC000"], "--ignore: `ORC000` cannot be chosen"),
        (["--per-file-ignores", "a.py:ORC2O1"], "--per-file-ignores: unknown rule code `ORC2O1`: did you mean ORC201?"),
        (["--per-file-ignores", "a.py"], "--per-file-ignores: `a.py` has to be a pattern and codes"),
        (["--target-version", "4.9"], "4.9"),
        (["--output-format", "xml"], "xml"),
        (["--select"], "--select"),
        (["--fixes"], "unknown option `--fixes`"),
        (["--selec", "ORC2"], "unknown option `--selec`"),
        (["-", "a.py"], "the standard input is checked alone"),
        (["a.py", "--stdin-filename", "b.py"], "the standard input is checked alone"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_line_and_status_2(
    engine: Engine, capsys: Capture, options: list[str], message: str
) -> None:
    assert main(["check", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("orch47: error: ")
    assert message in err
    assert err.count("\n") == 1
    assert engine.files is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('select = ["ORC2O1"]', "pyproject.toml: `select`: unknown rule code `ORC2O1`: did you mean ORC201?"),
        ('ignore = [""]', "pyproject.toml: `ignore`: unknown rule code ``"),
        ('selct = ["ORC2"]', "pyproject.toml: unknown setting `selct`"),
        ("select = [", "pyproject.toml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line_and_status_2(
    engine: Engine, capsys: Capture, table: str, message: str
) -> None:
    (engine.root / "pyproject.toml").write_text(f"[tool.flake8-orch47]\n{table}\n", encoding="utf-8")
    assert main(["check"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_paths_may_stand_before_between_and_behind_options(engine: Engine) -> None:
    assert main(["check", "a", "--quiet", "b", "--select", "ORC2", "c"]) == 0
    assert engine.paths == ["a", "b", "c"]
    assert main(["check", "--quiet", "--", "-odd.py"]) == 0
    assert engine.paths == ["-odd.py"]
    assert main(["check", "a", "--quiet", "--", "-odd.py", "b"]) == 0
    assert engine.paths == ["a", "-odd.py", "b"]


# Standard input


class Input:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize("arguments", [["-"], [], ["-", "--quiet"]])
def test_the_standard_input_is_checked_as_the_file_it_is_named(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Capture, arguments: list[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Input(b"x = '\xe9'\r\n"))
    name = str(engine.root / "auth" / "policies.py")
    engine.report = Report((found(engine.root, name="auth/policies.py"),))
    assert main(["check", "--stdin-filename", "auth/policies.py", *arguments]) == 1
    assert engine.files == [name]
    assert engine.overlay == {name: b"x = '\xe9'\r\n"}
    assert engine.paths is None
    assert capsys.readouterr().out.startswith(os.path.join("auth", "policies.py") + "\n")


def test_the_standard_input_needs_no_name(engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("sys.stdin", Input(b"x\n"))
    engine.report = Report((found(engine.root, name="<stdin>"),))
    assert main(["check", "-", "--output-format=concise"]) == 1
    assert list(engine.overlay.values()) == [b"x\n"]
    assert capsys.readouterr().out.startswith("<stdin>:3:5: ORC201")


def test_a_closed_standard_input_is_one_line_and_status_2(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["check", "-"]) == 2
    assert capsys.readouterr().err == "orch47: error: there is no standard input\n"


# What goes wrong


def test_an_error_in_the_engine_is_one_line_that_names_the_file_and_asks_for_a_report(
    engine: Engine, capsys: Capture
) -> None:
    engine.error = RecursionError("maximum recursion depth exceeded")
    engine.error.add_note("while checking /app/a\nb.py")
    assert main(["check"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("orch47: internal error: RecursionError: maximum recursion depth exceeded")
    assert "(while checking /app/a\\nb.py)" in err
    assert "ORCH47_TRACEBACK=1" in err


def test_the_traceback_is_shown_to_who_asks_for_it(
    engine: Engine, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.error = ValueError()
    monkeypatch.setenv("ORCH47_TRACEBACK", "1")
    assert main(["check"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("orch47: internal error: ValueError. ")
    assert "Traceback (most recent call last)" in err


def test_an_error_of_the_operating_system_is_one_line(engine: Engine, capsys: Capture) -> None:
    engine.error = PermissionError(13, "Permission denied", "/app/x")
    assert main(["check"]) == 2
    assert capsys.readouterr().err == "orch47: error: [Errno 13] Permission denied: '/app/x'\n"


def test_an_interrupt_ends_quietly_with_130(engine: Engine, capsys: Capture) -> None:
    engine.error = KeyboardInterrupt()
    assert main(["check"]) == 130
    assert capsys.readouterr() == ("", "")


# orch47 and orch47 rule


def test_the_version_is_printed(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"orch47 {__version__}\n"


def test_without_a_command_the_help_is_shown_and_the_status_is_2(capsys: Capture) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "check" in err
    assert "rule" in err


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["rule", "-h"]])
def test_help_is_no_error(capsys: Capture, arguments: list[str]) -> None:
    assert main(arguments) == 0
    assert "usage: orch47" in capsys.readouterr().out


def test_an_unknown_command_is_one_line_and_status_2(capsys: Capture) -> None:
    assert main(["chek"]) == 2
    err = capsys.readouterr().err
    assert "chek" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("code", ["ORC201", "orc201", "sync-auth-callback"])
def test_a_rule_is_explained_by_code_or_name(capsys: Capture, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["rule", code]) == 0
    out = capsys.readouterr().out
    assert out.startswith("sync-auth-callback (ORC201)\n")
    assert "\nWhy is this bad?\n" in out
    assert "TypeError: object bool can't be used in 'await' expression" in out
    assert all(len(line) <= 80 for line in out.splitlines() if "https://" not in line)


def test_a_rule_has_coloured_headings_where_colours_are_wanted(capsys: Capture) -> None:
    assert main(["rule", "ORC201", "--color", "always"]) == 0
    assert "\x1b[1;34mWhy is this bad?\x1b[0m" in capsys.readouterr().out


def test_all_rules_are_explained_in_order(capsys: Capture) -> None:
    assert main(["rule", "--all"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.endswith(tuple(f"({code})" for code in CODES))] == [
        f"{rule.name} ({code})" for code, rule in RULES.items()
    ]


def test_a_rule_as_markdown_is_its_page(capsys: Capture) -> None:
    assert main(["rule", "ORC303", "--output-format", "markdown"]) == 0
    assert capsys.readouterr().out == page(RULES["ORC303"])


def test_a_rule_as_json_is_an_object_and_all_are_an_array(capsys: Capture) -> None:
    assert main(["rule", "ORC204", "--output-format", "json"]) == 0
    rule = json.loads(capsys.readouterr().out)
    assert rule["code"] == "ORC204"
    assert rule["opt_in"] is True
    assert rule["fix_safety"] is None
    assert rule["url"] == rule["references"][0]
    assert main(["rule", "--all", "--output-format=json"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == list(CODES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ORC2O1"], "unknown rule `ORC2O1`: did you mean ORC201?"),
        (["ORC2"], "unknown rule `ORC2`: known are ORC000, ORC101"),
        (["sync-callback"], "unknown rule `sync-callback`: did you mean ORC201?"),
        (["E501"], "unknown rule `E501`: known are"),
        ([], "give the code of one rule, or --all"),
        (["ORC201", "--all"], "give the code of one rule, or --all"),
        (["ORC201", "ORC202"], "unexpected `ORC202`"),
    ],
)
def test_an_unknown_rule_is_one_line_and_status_2(capsys: Capture, arguments: list[str], message: str) -> None:
    assert main(["rule", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


# The process: streams, pipes, signals, start-up


def orch47(*arguments: str, env: Mapping[str, str] | None = None, **options: object) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    command = [sys.executable, "-m", "flake8_orch47", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(command, env=environ, **pipes)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["rule", "--all"], ["rule", "ORC201"], ["--help"], ["--version"]])
def test_a_closed_pipe_ends_quietly(arguments: list[str], unbuffered: str) -> None:
    read, write = os.pipe()
    process = orch47(*arguments, stdout=write, env={"PYTHONUNBUFFERED": unbuffered})
    os.close(read)
    os.close(write)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["rule", "--all"], ["--version"]])
def test_a_full_disk_is_one_line_and_status_2(arguments: list[str], unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        process = orch47(*arguments, stdout=full, env={"PYTHONUNBUFFERED": unbuffered})
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors.startswith(b"orch47: error: ")
    assert errors.count(b"\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor")
def test_a_closed_standard_output_is_no_traceback() -> None:
    command = f"exec {sys.executable} -m flake8_orch47 rule ORC201 >&-"
    run = subprocess.run(
        ["/bin/sh", "-c", command],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, b"")


@needs_engine
def test_an_encoding_without_a_character_is_no_traceback(tmp_path: Path) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    process = orch47("check", "--output-format=concise", "na\xefve.py", env=ascii_only, cwd=tmp_path)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert out.startswith(b"na\\xefve.py:1:1: ORC000 ")
    assert errors == b""


#: What `orch47 check` of nothing must not import: dear, and needed by other doors or rare cases only.
HEAVY = {
    "asyncio",
    "astroid",
    "libcst",
    "shutil",
    "flake8",
    "difflib",
    "json",
    "importlib.resources",
    "logging",
}


def test_starting_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys; from flake8_orch47.__main__ import main; main(['check', '--targt']); "
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("COVERAGE")}
        | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert run.stdout == "[]\n"


# End to end: the real engine


@pytest.fixture
def application(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "app"\ndependencies = ["orchestrator-core>=4.7"]\n', encoding="utf-8"
    )
    (tmp_path / "policies.py").write_text("def allow(user):\n    return True\n", encoding="utf-8")
    (tmp_path / "workflows.py").write_text(
        "from orchestrator.workflow import begin, done, workflow\n"
        "from policies import allow\n\n\n"
        '@workflow("Provision", authorize_callback=allow)\n'
        "def provision():\n    return begin >> done\n",
        encoding="utf-8",
    )
    return tmp_path


def run_in(folder: Path, *arguments: str, given: bytes | None = None) -> tuple[int, str, str]:
    process = orch47(*arguments, cwd=folder, stdin=subprocess.PIPE)
    out, err = process.communicate(given, timeout=60)
    return process.returncode, out.decode(), err.decode()


@needs_engine
def test_end_to_end_a_sync_callback_is_found(application: Path) -> None:
    status, out, err = run_in(application, "check", "--output-format", "concise")
    assert (status, err) == (1, "")
    assert out.startswith("policies.py:1:1: ORC201 ")
    assert out.count("\n") == 1


@needs_engine
def test_end_to_end_every_format_shows_it(application: Path) -> None:
    for name in ("text", "full", "concise", "json"):
        status, out, _ = run_in(application, "check", "--output-format", name)
        assert status == 1
        assert "ORC201" in out


@needs_engine
def test_end_to_end_a_noqa_comment_suppresses(application: Path) -> None:
    (application / "policies.py").write_text("def allow(user):  # noqa: ORC201\n    return True\n", encoding="utf-8")
    assert run_in(application, "check") == (0, "All good: 2 files checked.\n", "")


@needs_engine
def test_end_to_end_the_standard_input_replaces_the_file(application: Path) -> None:
    fixed = b"async def allow(user):\n    return True\n"
    status, out, _ = run_in(application, "check", "-", "--stdin-filename", "policies.py", given=fixed)
    assert (status, out) == (0, "All good: 1 file checked.\n")
    status, out, _ = run_in(application, "check", "-", "--stdin-filename", "policies.py", given=fixed[6:])
    assert status == 1
    assert "policies.py\n  1:1  ORC201" in out


@needs_engine
def test_end_to_end_a_broken_file_and_a_missing_path_are_reported_beside_the_rest(application: Path) -> None:
    (application / "broken.py").write_text("def f(:\n", encoding="utf-8")
    status, out, _ = run_in(application, "check", ".", "missing.py", "--output-format", "concise")
    assert status == 2
    assert [line.split(":")[0] for line in out.splitlines()] == ["broken.py", "missing.py", "policies.py"]
    assert out.count("ORC000") == 2


@needs_engine
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_end_to_end_an_interrupt_ends_quietly_with_130(application: Path) -> None:
    process = orch47("check", "-", cwd=application, stdin=subprocess.PIPE)  # waits for its input
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_without_fix_it_is_said_how_to_see_what_can_be_repaired(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "from orchestrator.workflow import workflow\n\n\ndef check(user):\n    return True\n\n\n"
        '@workflow("x", authorize_callback=check)\ndef order(): ...\n'
    )
    hint = "`orch47 check --diff` shows what can be repaired."
    assert run("flake8_orch47", "check", cwd=tmp_path).stdout.splitlines()[-1] == hint
    assert hint not in run("flake8_orch47", "check", "--unsafe-fixes", cwd=tmp_path).stdout
    assert hint not in run("flake8_orch47", "check", "--output-format", "concise", cwd=tmp_path).stdout
    (tmp_path / "a.py").write_text(
        "from orchestrator.services.processes import start_process\nstart_process('x', [], 'me', 'me')\n"
    )
    only_206 = run("flake8_orch47", "check", cwd=tmp_path).stdout
    assert "ORC206" in only_206
    assert hint not in only_206
