"""Only some files of a project are linted: what the others hold is seen, and reported where it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES, applications

from flake8_orch47.project import scan
from flake8_orch47.project.discovery import expand
from flake8_orch47.rules.check import check
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_orch47.findings import Finding

POLICIES = """\
import requests


def old(user):
    return user is not None


async def slow(user):
    return requests.get("https://example.org").ok
"""
WORKFLOWS = """\
from orchestrator.workflow import workflow
from policies import old, slow

workflow("old", authorize_callback=old)
workflow("slow", authorize_callback=slow, retry_auth_callback=slow)
"""


def findings(tree: Path, *names: str) -> list[Finding]:
    """The findings in some files of the project."""
    (tree / "pyproject.toml").write_text('[project]\nname = "part"\ndependencies = ["orchestrator-core>=4.7,<5"]\n')
    (tree / "policies.py").write_text(POLICIES)
    (tree / "workflows.py").write_text(WORKFLOWS)
    return list(check([str(tree / name) for name in names], load).findings)


def places(found: list[Finding]) -> list[tuple[str, int, int, str]]:
    """Where findings are, with their codes."""
    return [(one.span.path.rpartition("/")[2], one.span.row, one.span.column, one.code) for one in found]


def test_findings_stand_where_the_code_is_if_that_file_is_linted(tmp_path: Path) -> None:
    assert places(findings(tmp_path, "policies.py")) == [
        ("policies.py", 4, 0, "ORC201"),
        ("policies.py", 9, 11, "ORC301"),
    ]


def test_findings_stand_at_the_registrations_if_only_those_are_linted(tmp_path: Path) -> None:
    found = findings(tmp_path, "workflows.py")
    assert places(found) == [
        ("workflows.py", 4, 35, "ORC201"),
        ("workflows.py", 5, 36, "ORC301"),
        ("workflows.py", 5, 62, "ORC301"),
    ]
    assert found[0].message == (
        "`old` (defined at policies.py:4) is not async: 4.7 awaits an authorization callback, so everybody gets "
        "HTTP 500 (TypeError: object bool can't be used in 'await' expression)"
    )
    assert found[1].message == "the whole API waits for an HTTP request: `requests.get()` (policies.py:9)"
    assert [hop.span.path.rpartition("/")[2] for hop in found[1].related] == ["policies.py"]


def test_what_two_callbacks_lead_to_is_found_from_the_registration_of_either(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "two"\ndependencies = ["orchestrator-core>=4.7,<5"]\n')
    (tmp_path / "policies.py").write_text(
        "import requests\n\n\nasync def ask(user):\n    return requests.get('x').ok\n\n\n"
        "async def one(user):\n    return await ask(user)\n\n\nasync def two(user):\n    return await ask(user)\n"
    )
    for name in ("one", "two"):
        (tmp_path / f"flow_{name}.py").write_text(
            "from orchestrator.workflow import workflow\n"
            f"from policies import {name}\n\nworkflow('x', authorize_callback={name})\n"
        )
    for name in ("one", "two"):
        found = list(check([str(tmp_path / f"flow_{name}.py")], load).findings)
        assert places(found) == [(f"flow_{name}.py", 4, 33, "ORC301")]
        assert found[0].message == "the whole API waits for an HTTP request: `requests.get()` (policies.py:5)"


def test_a_long_way_is_cut_in_its_middle_and_whole_in_what_is_related(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "long"\ndependencies = ["orchestrator-core>=4.7,<5"]\n')
    hops = "".join(f"def hop{n}():\n    return hop{n + 1}()\n\n\n" for n in range(9))
    (tmp_path / "main.py").write_text(
        f"import time\nfrom orchestrator.workflow import workflow\n\n\n{hops}def hop9():\n    time.sleep(1)\n\n\n"
        "async def check(user):\n    return hop0()\n\n\nworkflow('x', authorize_callback=check)\n"
    )
    (found,) = check([str(tmp_path / "main.py")], load).findings
    assert found.message == (
        "the whole API waits for a sleep: `hop0()` (main.py:46) → `hop1()` (main.py:6) → … 7 more calls … → "
        "`hop9()` (main.py:38) → `time.sleep()` (main.py:42)"
    )
    assert [hop.span.row for hop in found.related] == [46, *range(6, 39, 4), 42]


def test_a_broken_file_beside_the_linted_ones_is_a_warning(tmp_path: Path) -> None:
    findings(tmp_path)
    (tmp_path / "policies.py").write_text("def old(user:\n")
    report = check([str(tmp_path / "workflows.py")], load)
    assert report.findings == report.problems == ()
    assert report.warnings[0].startswith(f"{tmp_path / 'policies.py'}:1: SyntaxError")


def test_a_chain_of_five_hundred_calls_is_followed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "chain"\ndependencies = ["orchestrator-core>=4.7,<5"]\n'
    )
    chain = "import requests\nfrom orchestrator.workflow import workflow\n\n\nclass Query:\n    def where(self):\n"
    chain += "        return self\n\n    def run(self):\n        return requests.get('x')\n\n\nasync def check(user):\n"
    chain += f"    return Query(){'.where()' * 500}.run().ok\n\n\nworkflow('x', authorize_callback=check)\n"
    (tmp_path / "main.py").write_text(chain)
    assert places(list(check([str(tmp_path / "main.py")], load).findings)) == [("main.py", 14, 11, "ORC301")]


def found_in(*paths: str) -> list[tuple[str, int, int, str]]:
    """Where the findings in some files or folders are, by path."""
    return [
        (one.span.path, one.span.row, one.span.column, one.code)
        for one in check(expand(list(paths)).files, load).findings
    ]


@pytest.mark.parametrize("name", applications())
def test_a_large_project_has_the_findings_of_a_small_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where few files are linted all of them are read; where many are, only those that something leads to."""
    small = found_in(str(FIXTURES / name))
    monkeypatch.setattr(scan, "FEW", 0)
    assert found_in(str(FIXTURES / name)) == small


@pytest.mark.parametrize(
    "name", [name for name in applications() if name.startswith(("uses_", "schedules_", "start", "cached", "removed"))]
)
def test_a_file_alone_has_the_findings_that_it_has_among_the_others(name: str) -> None:
    """But for ORC201 and ORC3, which stand elsewhere where their own file is not linted."""
    elsewhere = ("ORC201", "ORC3")
    together = found_in(str(FIXTURES / name))
    for path in expand([str(FIXTURES / name)]).files:
        alone = found_in(path)
        assert [one for one in alone if not one[3].startswith(elsewhere)] == [
            one for one in together if one[0] == path and not one[3].startswith(elsewhere)
        ]
