"""The README tells the truth: its output is real, its tables are complete, its commands and settings exist."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import yaml
from harness import REPOSITORY, run
from readme import REPORT, commands, current, generated, with_steps

from flake8_orch47 import __version__
from flake8_orch47.rules.catalogue import CODES, RULES
from flake8_orch47.settings import TARGET_VERSIONS, Settings, load

if TYPE_CHECKING:
    from pathlib import Path


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", current(), re.DOTALL)


def rows(name: str) -> list[list[str]]:
    """The rows of the table between two marks, without its head."""
    (table,) = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", current(), re.DOTALL)
    lines = table.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_output_is_what_the_commands_print_and_the_table_is_the_catalogues() -> None:
    """`python tests/readme.py` repairs it."""
    text = current()
    assert len(commands(text)) == 6
    assert generated(text) == text


def test_the_steps_of_the_report_are_in_its_page() -> None:
    """`python tests/readme.py` repairs it."""
    text = REPORT.read_text(encoding="utf-8")
    assert with_steps(text) == text
    assert with_steps(text.replace("| `database` |", "| `databse` |")) == text


def test_stale_output_and_a_stale_table_would_be_seen() -> None:
    text = current()
    assert generated(text.replace("Found ", "Found no ", 1)) == text
    assert generated(text.replace(RULES["ORC202"].summary, "nothing")) == text


def test_the_output_shows_every_family_of_rules() -> None:
    shown = "".join(blocks("console"))
    assert {"ORC1", "ORC2", "ORC3"} <= {code[:4] for code in re.findall(r"ORC\d+", shown)}
    assert "expect:" not in shown


def test_every_rule_is_in_the_table_with_the_page_that_explains_it() -> None:
    linked = [re.fullmatch(r"\[(ORC\d+)\]\((docs/rules/ORC\d+\.md)\)", row[0]) for row in rows("rules") if row[0]]
    assert [match[1] for match in linked if match] == list(CODES)
    assert all(match and (REPOSITORY / match[2]).is_file() for match in linked)


def test_every_setting_is_in_the_table_with_its_options(tmp_path: Path) -> None:
    table = {row[0].strip("`"): row for row in rows("settings")}
    assert set(table) == {name.replace("_", "-") for name in Settings.__annotations__}
    of_check = run("flake8_orch47", "check", "--help", cwd=tmp_path).stdout
    of_flake8 = run("flake8", "--help", cwd=tmp_path).stdout
    for name, (_, default, option, in_flake8, text) in table.items():
        assert option == f"`--{name}`"
        assert f"--{name} " in of_check
        assert re.search(r"--[\w-]+", in_flake8)[0] in of_flake8  # type: ignore[index]
        value = getattr(Settings(), name.replace("-", "_"))
        assert default == ('`"auto"`' if value == "auto" else "every rule that is not off" if value is None else "none")
        if name == "target-version":
            assert re.findall(r"`(\S+?)`", text)[:5] == list(TARGET_VERSIONS)


def test_the_settings_that_it_shows_can_be_used(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    (tmp_path / "pyproject.toml").write_text(block)
    assert load(str(tmp_path)) == Settings(target_version="4.8", blocking_calls=("legacy_client.*",))
    assert "flake8-orch47" in tomllib.loads(block)["tool"]


def test_the_exit_status_that_it_promises_is_the_commands(tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text("x = 1\n")
    (tmp_path / "found.py").write_text("from orchestrator.schedules import ALL_SCHEDULERS\n")
    (tmp_path / "broken.py").write_text("from orchestrator.schedules import (\n")
    check = ("flake8_orch47", "check")
    assert run(*check, "fine.py", cwd=tmp_path).returncode == 0
    assert run(*check, "--exit-zero", "found.py", cwd=tmp_path).returncode == 0
    assert run(*check, "found.py", cwd=tmp_path).returncode == 1
    assert run(*check, "broken.py", cwd=tmp_path).returncode == 2
    promised = re.findall(r"^\| (\d) \|", current(), re.MULTILINE)
    assert promised == ["0", "1", "2"]


def test_the_lines_for_ci_are_flake8s_own(tmp_path: Path) -> None:
    """The format for GitHub is taken out of the README and given to flake8."""
    (tmp_path / "found.py").write_text(
        "from orchestrator.schedules.scheduler import scheduler\n\n\n"
        "@scheduler.scheduled_job(id='nightly')\ndef nightly():\n    pass\n"
    )
    github = yaml.safe_load(blocks("yaml")[2])
    command = github["jobs"]["orch47"]["steps"][-1]["run"]
    form = re.search(r"--format='(.*)'", command)
    assert form is not None
    said = run("flake8", "--select=ORC", f"--format={form[1]}", "found.py", cwd=tmp_path).stdout
    assert said.startswith("::error file=found.py,line=4,col=2::ORC101 ")


def test_the_hook_that_it_shows_is_offered() -> None:
    (own, others) = [yaml.safe_load(block)["repos"][0] for block in blocks("yaml")[:2]]
    offered, fixing = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    assert own["hooks"] == [{"id": offered["id"]}]
    assert own["rev"] == f"v{__version__}"
    assert (offered["entry"], fixing["entry"]) == ("orch47 check", "orch47 check --fix")
    for hook in (offered, fixing):
        assert (hook["language"], hook["types"]) == ("python", ["python"])
        assert hook["require_serial"]
        assert hook["pass_filenames"]
    assert others["hooks"] == [{"id": "flake8", "additional_dependencies": ["flake8-orch47"]}]


def test_every_file_and_section_that_it_links_to_exists() -> None:
    sections = {line[3:].lower().replace(" ", "-") for line in current().splitlines() if line.startswith("## ")}
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", current()):
        assert target[1:] in sections if target[0] == "#" else (REPOSITORY / target).exists(), target
