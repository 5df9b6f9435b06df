"""The catalogue, its documentation, the generated pages and the changelog hold the same rules."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

from flake8_orch47.rules import catalogue
from flake8_orch47.rules.catalogue import CODES, FAMILIES, RULES, nearest, page, pages, selectable
from flake8_orch47.settings import OPT_IN

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT.parent / "shared" / "RULES.md"
EVERY_CODE = pytest.mark.parametrize("code", CODES)

#: Enabled by itself as soon as there is an engine.
needs_engine = pytest.mark.skipif(
    find_spec("flake8_orch47.rules.check") is None, reason="there is no flake8_orch47.rules.check yet"
)

#: What a project has to say so that the example of a rule is an example: the rest of its `pyproject.toml`.
CIRCUMSTANCES = {
    "ORC203": '[project]\nname = "app"\ndependencies = ["orchestrator-core>=4.6,<4.7"]\n',
    "ORC204": '[tool.flake8-orch47]\nextend-select = ["ORC204"]\n',
    "ORC207": '[tool.flake8-orch47]\ntarget-version = "5.0"\n',
    "ORC308": '[tool.flake8-orch47]\nblocking-calls = ["acme_ipam.*"]\n',
}


def _python_blocks(markdown: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", markdown, re.DOTALL)


def test_the_catalogue_has_exactly_the_rules_of_the_contract() -> None:
    if not CONTRACT.exists():
        pytest.skip(f"no contract at {CONTRACT}")
    defined = re.findall(r"^\| (ORC\d{3}) \|", CONTRACT.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(defined) == len(set(defined)) == 20
    assert list(CODES) == ["ORC000", *sorted(defined)]


def test_the_catalogue_is_a_mapping_that_refuses_unknown_codes() -> None:
    assert list(RULES) == list(CODES)
    assert len(RULES) == len(CODES)
    assert "ORC201" in RULES
    assert "ORC999" not in RULES
    assert RULES.get("../ORC201") is None


@EVERY_CODE
def test_every_rule_has_all_sections(code: str) -> None:
    rule = RULES[code]
    for text in (rule.what, rule.why, rule.example, rule.use_instead):
        assert len(text) > 40
    for line in (rule.summary, rule.advice):
        assert line[0].isupper() or line[0] == "`"
        assert line.endswith((".", ")."))
        assert "\n" not in line
    assert rule.references
    assert all(re.fullmatch(r"https://[a-z][^\s<>]+", address) for address in rule.references)
    assert rule.url.startswith(
        "https://docs.python.org/" if code == "ORC000" else "https://workfloworchestrator.org/orchestrator-core/"
    )


def test_every_rule_has_a_name_of_its_own_that_reads_after_allow() -> None:
    names = [rule.name for rule in RULES.values()]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name)
        assert name.split("-")[0] not in {"no", "not", "missing", "use", "avoid", "allow"}


@pytest.mark.parametrize("code", [code for code in CODES if code != "ORC000"])
def test_examples_and_what_to_use_instead_are_python(code: str) -> None:
    rule = RULES[code]
    sources = [
        rule.example,
        rule.use_instead,
        *_python_blocks("\n".join((rule.what, rule.why, rule.notes or ""))),
    ]
    for source in sources:
        assert ast.parse(source).body
    assert ast.dump(ast.parse(rule.example)) != ast.dump(ast.parse(rule.use_instead))


def test_the_example_of_an_unreadable_file_is_not_python_and_its_remedy_is() -> None:
    with pytest.raises(SyntaxError):
        ast.parse(RULES["ORC000"].example)
    assert ast.parse(RULES["ORC000"].use_instead).body


@EVERY_CODE
def test_no_line_of_an_example_is_wider_than_a_terminal(code: str) -> None:
    lines = (RULES[code].example + RULES[code].use_instead).splitlines()
    assert [line for line in lines if len(line) > 78 and "noqa" not in line] == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ORC102", "TypeError: IntervalTrigger.__init__() got an unexpected keyword argument 'week'"),
        ("ORC102", "ValueError: Invalid time format for 'at': 01:30:15, expected 'HH:MM'"),
        ("ORC103", "ALL_SCHEDULERS is deprecated and will be removed in 5.0.0."),
        ("ORC201", "TypeError: object bool can't be used in 'await' expression"),
        ("ORC201", "object NoneType can't be used in 'await' expression"),
        ("ORC202", "was never awaited"),
        ("ORC203", "Boolean cannot represent a non boolean value"),
        ("ORC205", "RuntimeError: cannot reuse already awaited coroutine"),
        ("ORC206", "403: User is not authorized to execute"),
        ("ORC207", "AttributeError: 'AuthContext' object has no attribute 'name'"),
        ("ORC207", "TypeError: 'AuthContext' object is not subscriptable"),
    ],
)
def test_the_documentation_quotes_the_error_that_the_framework_raises(code: str, error: str) -> None:
    assert error in " ".join(RULES[code].why.split())


def test_the_rules_that_are_off_by_default_say_so() -> None:
    assert {code for code, rule in RULES.items() if rule.opt_in} == OPT_IN == {"ORC204"}
    assert "off unless it is selected" in page(RULES["ORC204"])
    assert "off unless it is selected" not in page(RULES["ORC201"])


def test_every_rule_belongs_to_one_family() -> None:
    for code in CODES:
        assert sum(code.startswith(prefix) for prefix in FAMILIES) == 1


def test_the_pages_in_docs_are_what_the_catalogue_generates() -> None:
    on_disk = {
        path.relative_to(ROOT / "docs").as_posix(): path.read_text(encoding="utf-8")
        for path in [ROOT / "docs" / "index.md", *(ROOT / "docs" / "rules").iterdir()]
    }
    assert on_disk == pages(), "run: python -m flake8_orch47.rules.catalogue docs"


def test_the_pages_are_written_where_the_command_is_told_to(tmp_path: Path) -> None:
    assert catalogue.main([str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "rules" / "ORC201.md").read_text(encoding="utf-8") == page(RULES["ORC201"])


def test_the_page_generator_explains_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert catalogue.main([]) == 2
    assert "FOLDER" in capsys.readouterr().err


def test_the_index_links_to_a_page_of_every_rule() -> None:
    linked = re.findall(r"\(rules/(ORC\d+)\.md\)", pages()["index.md"])
    assert linked == list(CODES)


def test_the_changelog_names_every_rule() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for code, rule in RULES.items():
        assert f"{code} `{rule.name}`" in text


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("orc201", "ORC201"),
        ("ORC2O1", "ORC201"),
        ("ORC20l", "ORC201"),
        ("ORC3", "ORC3"),
        ("ORC9", "ORC"),
        ("sync-auth-callback", "ORC201"),
        ("blocking-sleeep", "ORC303"),
        ("E501", None),
        ("", None),
    ],
)
def test_a_code_that_does_not_exist_brings_the_nearest_one(word: str, code: str | None) -> None:
    assert nearest(word) == code


@pytest.mark.parametrize(
    ("selector", "possible"),
    [
        ("O", True),
        ("ORC", True),
        ("ORC2", True),
        ("ORC20", True),
        ("ORC201", True),
        ("ORC2011", False),
        ("orc201", False),
        ("ORC4", False),
        ("ORC000", False),
        ("ORC00", False),
        ("", False),
    ],
)
def test_codes_and_prefixes_of_rules_can_be_selected(selector: str, possible: bool) -> None:
    assert selectable(selector) is possible


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("## Example", "## Exmaple"),
        lambda text: text.replace("## What it does", "## References"),
        lambda text: text.replace("```python\n", "```\n"),
        lambda text: re.sub(r"## References.*", "", text, flags=re.DOTALL),
    ],
)
def test_documentation_with_a_damaged_section_is_refused(damage: Callable[[str], str]) -> None:
    path = ROOT / "flake8_orch47" / "rules" / "documentation" / "ORC201.md"
    text = path.read_text(encoding="utf-8")
    assert catalogue._parsed("ORC201", text) == RULES["ORC201"]
    with pytest.raises(ValueError, match="ORC201"):
        catalogue._parsed("ORC201", damage(text))


def _codes_found(folder: Path, source: str, code: str) -> set[str]:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(CIRCUMSTANCES.get(code, ""), encoding="utf-8")
    (folder / "example.py").write_text(source, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "flake8_orch47", "check", "--output-format", "json", str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.returncode in {0, 1} or code == "ORC000", run.stderr
    return {finding["code"] for finding in json.loads(run.stdout)}


@needs_engine
@EVERY_CODE
def test_the_rule_finds_its_example_and_is_silent_about_what_to_use_instead(code: str, tmp_path: Path) -> None:
    assert _codes_found(tmp_path / "bad", RULES[code].example, code) == {code}
    assert code not in _codes_found(tmp_path / "good", RULES[code].use_instead, code)
