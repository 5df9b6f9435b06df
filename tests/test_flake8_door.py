"""The flake8 plugin: the same findings as the command's, however flake8 is asked, with one scan per run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from flake8.api import legacy
from flake8.main.application import Application
from harness import FIXTURES, Stated, by_command, by_flake8, run

from flake8_orch47 import __version__
from flake8_orch47.rules import check as engine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: An application whose callback is defined in one file and registered in another.
POLICIES = """\
def allow(user):
    return True
"""
WORKFLOWS = """\
from orchestrator.workflows.utils import create_workflow

from policies import allow


@create_workflow("Create port", authorize_callback=allow)
def create_port():
    return None
"""
SCHEDULE = """\
from orchestrator.schedules.scheduler import scheduler


@scheduler.scheduled_job(id="nightly", trigger="cron", hour=2)
def nightly():
    pass
"""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "policies.py").write_text(POLICIES)
    (tmp_path / "workflows.py").write_text(WORKFLOWS)
    (tmp_path / "schedule.py").write_text(SCHEDULE)
    return tmp_path


@dataclass(frozen=True)
class Said:
    """What flake8 printed: its status, and `file:row:column:code` of each line."""

    status: int
    lines: list[str]
    errors: str
    output: str = field(default="", compare=False)


def flake8(folder: Path, *arguments: str, stdin: str | None = None) -> Said:
    """Runs flake8 with its settings files. Only our codes and flake8's errors are looked at."""
    done = run("flake8", *arguments, cwd=folder, stdin=None if stdin is None else stdin.encode())
    lines = [
        f"{match[1].removeprefix('./')}:{match[2]}"
        for line in done.stdout.splitlines()
        if (match := re.match(r"(.*?):(\d+:\d+: (?:ORC|E9)\d+)", line))
    ]
    return Said(done.returncode, sorted(lines), done.stderr, done.stdout)


# The same findings


@pytest.mark.parametrize("name", ["demo", "cross_module", "schedules_5x"])
def test_two_jobs_find_what_one_job_and_the_command_find(name: str) -> None:
    folder = FIXTURES / name
    alone = by_flake8(folder, options=("--jobs=1", "--ignore=ORC204"))
    assert alone
    assert by_flake8(folder, options=("--jobs=2", "--ignore=ORC204")) == alone
    assert by_command(folder) == alone


def test_a_finding_is_at_the_same_column_for_both_each_in_its_own_counting(application: Path) -> None:
    """flake8 adds one to the column that a plugin gives, so what both print is the same."""
    done = run("flake8_orch47", "check", "--output-format=concise", ".", cwd=application)
    by_the_command = [line.split(" ")[0] + " " + line.split(" ")[1] for line in done.stdout.splitlines()]
    assert flake8(application, "--select=ORC").lines == sorted(by_the_command)
    assert by_the_command == ["policies.py:1:1: ORC201", "schedule.py:4:2: ORC101"]


def test_the_message_is_the_commands_message(application: Path) -> None:
    by_the_plugin = run("flake8", "--select=ORC", "policies.py", cwd=application).stdout
    by_the_command = run("flake8_orch47", "check", "--output-format=concise", "policies.py", cwd=application).stdout
    assert by_the_plugin == by_the_command
    assert by_the_command.startswith("policies.py:1:1: ORC201 ")
    assert "`allow` is not async" in by_the_command


# Only some files named


def test_a_callback_is_found_where_only_the_file_that_defines_it_is_named(application: Path) -> None:
    assert by_flake8(application, "policies.py") == [("policies.py", 1, "ORC201")]
    assert by_command(application, "policies.py") == [("policies.py", 1, "ORC201")]


def test_a_callback_is_reported_at_its_registration_where_only_that_file_is_named(application: Path) -> None:
    expected: list[Stated] = [("workflows.py", 6, "ORC201")]
    assert by_flake8(application, "workflows.py") == expected
    assert by_command(application, "workflows.py") == expected
    assert flake8(application, "--select=ORC", "workflows.py").lines == ["workflows.py:6:52: ORC201"]


def test_a_callback_is_reported_once_where_both_files_are_named(application: Path) -> None:
    both = ["policies.py", "workflows.py"]
    assert by_flake8(application, *both) == [("policies.py", 1, "ORC201")]
    assert by_flake8(application, *both, options=("--jobs=2",)) == [("policies.py", 1, "ORC201")]


def test_a_file_that_flake8_leaves_out_is_not_linted_but_belongs_to_the_project(application: Path) -> None:
    said = flake8(application, "--select=ORC", "--exclude=policies.py")
    assert said.lines == ["schedule.py:4:2: ORC101", "workflows.py:6:52: ORC201"]
    said = flake8(application, "--select=ORC", "--extend-exclude=workflows.py,schedule.py")
    assert said.lines == ["policies.py:1:1: ORC201"]


def test_flake8_run_from_elsewhere_finds_the_same(application: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    said = flake8(elsewhere, "--select=ORC", str(application / "policies.py"))
    assert said.lines == [f"{application / 'policies.py'}:1:1: ORC201"]


# Standard input


def test_what_stands_on_standard_input_takes_the_place_of_the_file(application: Path) -> None:
    edited = "import os\n\n\n" + POLICIES
    said = flake8(application, "--select=ORC", "--stdin-display-name=policies.py", "-", stdin=edited)
    assert said == Said(1, ["policies.py:4:1: ORC201"], "")
    repaired = POLICIES.replace("def", "async def")
    assert flake8(application, "--select=ORC", "--stdin-display-name=policies.py", "-", stdin=repaired).status == 0


def test_standard_input_without_a_name_is_checked_too(application: Path) -> None:
    said = flake8(application, "--select=ORC", "-", stdin=SCHEDULE)
    assert said == Said(1, ["stdin:4:2: ORC101"], "")


def test_both_doors_say_the_same_about_standard_input(application: Path) -> None:
    edited = ("\n" + WORKFLOWS).encode()
    command = ["flake8_orch47", "check", "--output-format=concise", "--stdin-filename=workflows.py", "-"]
    plugin = ["flake8", "--select=ORC", "--stdin-display-name=workflows.py", "-"]
    found = run(*plugin, cwd=application, stdin=edited).stdout
    assert found.startswith("workflows.py:7:52: ORC201 ")
    assert run(*command, cwd=application, stdin=edited).stdout == found


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-8"])
def test_standard_input_is_read_in_the_encoding_that_it_declares(application: Path, encoding: str) -> None:
    """flake8 has decoded it by then."""
    source = (
        f"# coding: {encoding}\nfrom orchestrator.schedules.scheduler import scheduler\nx = 'Á'; scheduler.add_job(1)\n"
    )
    said = run(
        "flake8", "--select=ORC,E9", "--stdin-display-name=a.py", "-", cwd=application, stdin=source.encode(encoding)
    )
    assert said.stdout.startswith("a.py:3:10: ORC105 "), said


def test_a_folder_without_any_mark_is_one_project_if_it_is_given(tmp_path: Path) -> None:
    for name, text in (("policies", POLICIES), ("flows", WORKFLOWS.replace("from policies", "from policies.all"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "all.py").write_text(text)
    (tmp_path / "requirements.txt").write_text("orchestrator-core\n")
    said = flake8(tmp_path, "--select=ORC", ".")
    assert said.lines == ["policies/all.py:1:1: ORC201"]
    found = run("flake8_orch47", "check", "--output-format=concise", ".", cwd=tmp_path).stdout
    assert found.startswith("policies/all.py:1:1: ORC201 "), found


# One scan per run


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file with one line per scan. A file, because a scan in a forked worker would be seen there too."""
    log = tmp_path / "scans.log"
    log.write_text("")
    check = engine.check

    def counted(files: Sequence[str], *arguments: object, **named: object) -> object:
        with log.open("a") as file:
            file.write(f"{os.getpid()} {len(files)}\n")
        return check(files, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "check", counted)
    return log


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_project_is_scanned_once_per_run(
    jobs: str,
    application: Path,
    scans: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for number in range(6):
        (application / f"more_{number}.py").write_text(SCHEDULE)
    monkeypatch.chdir(application)
    application_of_flake8 = Application()
    application_of_flake8.run(["--isolated", "--select=ORC", f"--jobs={jobs}", "."])
    assert application_of_flake8.exit_code() == 1
    assert len(capfd.readouterr().out.splitlines()) == 8
    assert scans.read_text() == f"{os.getpid()} 9\n"


def test_flake8s_api_for_programs_gets_the_findings_too(
    application: Path, scans: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It parses its options before anybody names a file: then flake8 means the current folder."""
    monkeypatch.chdir(application)
    report = legacy.get_style_guide(select=["ORC"]).check_files(["schedule.py"])
    assert report.total_errors == 1
    assert "schedule.py:4:2: ORC101" in capfd.readouterr().out
    assert len(scans.read_text().splitlines()) == 1


# Options, settings, choices


def test_the_options_are_in_flake8s_help(tmp_path: Path) -> None:
    text = run("flake8", "--help", cwd=tmp_path).stdout
    for option in ("target-version", "blocking-calls", "non-blocking-calls", "src"):
        assert f"--orch-{option}" in text


def test_flake8_names_the_plugin_and_its_version(tmp_path: Path) -> None:
    assert f"flake8-orch47: {__version__}" in run("flake8", "--version", cwd=tmp_path).stdout.replace("\n", " ")


#: Removed in 4.8, so the target version decides whether the import is a finding.
REMOVED_IN_48 = "from orchestrator.schedules.validate_products import validate_products\n"


def test_the_target_version_is_an_option_and_a_setting_of_flake8_and_of_the_project(application: Path) -> None:
    (application / "schedule.py").write_text(REMOVED_IN_48)
    named = ("--select=ORC104", "schedule.py")
    finding = ["schedule.py:1:1: ORC104"]
    assert flake8(application, *named).lines == []
    assert flake8(application, *named, "--orch-target-version=4.8").lines == finding

    (application / "pyproject.toml").write_text('[tool.flake8-orch47]\ntarget-version = "4.8"\n')
    assert flake8(application, *named).lines == finding
    assert flake8(application, *named, "--orch-target-version=4.7").lines == []

    (application / "pyproject.toml").write_text("")
    for name, section in (("setup.cfg", "flake8"), ("tox.ini", "flake8"), (".flake8", "flake8")):
        (application / name).write_text(f"[{section}]\norch-target-version = 4.8\n")
        assert flake8(application, *named).lines == finding
        (application / name).unlink()


def test_a_wrong_target_version_is_refused_in_one_line(application: Path) -> None:
    said = flake8(application, "--orch-target-version=4.6")
    assert said.status == 2
    assert "invalid choice: '4.6'" in said.errors
    assert "Traceback" not in said.errors


def test_a_wrong_target_version_in_flake8s_settings_is_refused_in_one_line_too(application: Path) -> None:
    """flake8 holds its own settings files to no choices."""
    (application / "tox.ini").write_text("[flake8]\norch-target-version = 9\n")
    said = flake8(application)
    assert said.status == 1
    assert "`orch-target-version` is `9`: it has to be one of auto, 4.7, 4.8, 5.0, 5.5" in said.errors + said.output
    assert "Traceback" not in said.errors


def test_src_is_an_option(tmp_path: Path) -> None:
    """The callback's module lies where no rule looks, until `src` names the folder."""
    folder = tmp_path / "code" / "lib"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    (folder / "policies.py").write_text(POLICIES)
    (tmp_path / "workflows.py").write_text(WORKFLOWS)
    assert flake8(tmp_path).lines == []
    assert flake8(tmp_path, "--orch-src=code/lib").lines == ["code/lib/policies.py:1:1: ORC201"]
    (tmp_path / "pyproject.toml").write_text('[tool.flake8-orch47]\nsrc = ["code/lib"]\n')
    assert flake8(tmp_path).lines == ["code/lib/policies.py:1:1: ORC201"]


def test_what_blocks_is_an_option_and_a_setting(application: Path) -> None:
    """The project's own client blocks because its owner says so (ORC308), `requests` unless he says it does not."""
    (application / "policies.py").write_text(
        "import legacy_client\nimport requests\n\n\nasync def allow(user):\n"
        "    legacy_client.ask(user)\n    return requests.get('https://roles.example.org').ok\n"
    )
    configured, http = "policies.py:6:5: ORC308", "policies.py:7:12: ORC301"
    named = ("--select=ORC3", "policies.py")
    assert flake8(application, *named).lines == [http]
    assert flake8(application, *named, "--orch-blocking-calls=legacy_client.*").lines == [configured, http]
    assert flake8(application, *named, "--orch-non-blocking-calls=requests.*").lines == []
    (application / "pyproject.toml").write_text(
        '[tool.flake8-orch47]\nblocking-calls = ["legacy_client.*"]\nnon-blocking-calls = ["requests.get"]\n'
    )
    assert flake8(application, *named).lines == [configured]
    assert flake8(application, *named, "--orch-non-blocking-calls=nothing").lines == [configured, http]


def test_which_rules_run_is_flake8s_choice_alone(application: Path) -> None:
    (application / "pyproject.toml").write_text('[tool.flake8-orch47]\nselect = ["ORC205"]\nignore = ["ORC1"]\n')
    everything = ["policies.py:1:1: ORC201", "schedule.py:4:2: ORC101"]
    assert flake8(application).lines == everything
    assert flake8(application, "--select=ORC1").lines == everything[1:]
    assert flake8(application, "--select=E", "--extend-select=ORC201").lines == everything[:1]
    assert flake8(application, "--extend-ignore=ORC2").lines == everything[1:]


def test_a_rule_that_is_off_has_to_be_selected(application: Path) -> None:
    (application / "schedule.py").write_text(
        "from orchestrator.workflow import workflow\nfrom unknown import allow\n\n\n"
        '@workflow("x", authorize_callback=allow)\ndef x():\n    pass\n'
    )
    assert flake8(application, "schedule.py").lines == []
    assert flake8(application, "schedule.py", "--extend-select=ORC204").lines == ["schedule.py:5:35: ORC204"]
    assert flake8(application, "schedule.py", "--select=ORC204").lines == ["schedule.py:5:35: ORC204"]


def test_per_file_ignores_and_noqa_are_flake8s_own(application: Path) -> None:
    (application / "setup.cfg").write_text("[flake8]\nper-file-ignores =\n    schedule.py: ORC1\n")
    assert flake8(application, "--select=ORC").lines == ["policies.py:1:1: ORC201"]

    (application / "policies.py").write_text(POLICIES.replace("user):", "user):  # noqa: ORC201"))
    assert flake8(application, "--select=ORC").lines == []
    assert flake8(application, "--select=ORC", "--disable-noqa").lines == ["policies.py:1:1: ORC201"]

    (application / "policies.py").write_text(POLICIES.replace("user):", "user):  # noqa: ORC202"))
    assert flake8(application, "--select=ORC").lines == ["policies.py:1:1: ORC201"]

    (application / "policies.py").write_text("# flake8: noqa\n" + POLICIES)
    assert flake8(application, "--select=ORC").lines == []
