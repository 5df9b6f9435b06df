"""What is put away and read elsewhere: bounds of the search, and what does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES

from flake8_orch47.project.discovery import expand
from flake8_orch47.resolution import users
from flake8_orch47.rules.check import check
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = """\
POLICIES = {}


def policy(name):
    def decorate(func):
        POLICIES[name] = func
        return func

    return decorate
"""
POLICY = """\
from registry import policy


@policy("{name}")
def {name}(user):
    return True
"""
WORKFLOWS = """\
from orchestrator.workflow import workflow
from registry import POLICIES

workflow("a", authorize_callback=POLICIES["one"], retry_auth_callback=POLICIES["two"])
"""


def write(project: Path, **modules: str) -> Path:
    """Makes a project of modules with a registry, policies in it, and workflows that look them up."""
    (project / "pyproject.toml").write_text('[project]\nname = "app"\ndependencies = ["orchestrator-core>=4.7"]\n')
    registry = {"registry": REGISTRY, "workflows": WORKFLOWS, **modules}
    for name, source in registry.items():
        path = project / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    return project


def reported(project: Path, *paths: str) -> list[str]:
    """The files with a finding, each once for each finding."""
    files = expand([str(project / path) for path in paths] or [str(project)]).files
    return sorted(finding.span.path.rpartition("/")[2] for finding in check(files, load).findings)


def test_a_registry_is_read_whatever_files_are_checked(tmp_path: Path) -> None:
    write(tmp_path, first=POLICY.format(name="one"), second=POLICY.format(name="two"))
    assert reported(tmp_path) == ["first.py", "second.py"]
    assert reported(tmp_path, "first.py") == ["first.py"]
    assert reported(tmp_path, "workflows.py") == ["workflows.py", "workflows.py"], "where they are registered"
    assert reported(tmp_path, "registry.py") == []


def test_what_tests_put_into_a_registry_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, **{"tests/test_policies": POLICY.format(name="one"), "test_two": POLICY.format(name="two")})
    assert reported(tmp_path) == []


@pytest.mark.parametrize("bound", ["_FILES", "_MENTIONS", "_READ"])
def test_a_search_that_would_be_too_much_leaves_the_answer_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    many = {f"policies_{number}": POLICY.format(name=f"p{number}") for number in range(80)}
    write(tmp_path, first=POLICY.format(name="one"), second=POLICY.format(name="two"), **many)
    assert reported(tmp_path, "first.py", "second.py") == ["first.py", "second.py"]
    monkeypatch.setattr(users, bound, 10)
    assert reported(tmp_path, "first.py", "second.py") == []


def test_holders_made_in_one_place_are_one_and_those_of_two_places_are_two() -> None:
    assert reported(FIXTURES / "probe_holders_apart") == ["app.py"]


CIRCLE = """

def one(name, func):
    two(name, func)


def two(name, func):
    one(name, func)
    POLICIES[name] = func


def three(func=None):
    POLICIES[func] = three(func)
    return func


three()
"""
GIVEN = """\
from registry import one


def check(user):
    return True


one("one", check)
"""


def test_functions_that_hand_their_arguments_to_each_other_end(tmp_path: Path) -> None:
    write(tmp_path, registry=REGISTRY + CIRCLE, given=GIVEN)
    assert reported(tmp_path) == ["given.py"]


def test_many_functions_that_all_call_each_other_end(tmp_path: Path) -> None:
    numbers = range(12)
    tangle = "\n\n".join(
        f"def f{one}(name, func):\n"
        + "".join(f"    f{two}(name, func)\n" for two in numbers)
        + "    POLICIES[name] = func"
        for one in numbers
    )
    given = GIVEN.replace("import one", "import f3").replace('one("one"', 'f3("one"')
    write(tmp_path, registry=f"{REGISTRY}\n\n{tangle}\n", given=given)
    assert reported(tmp_path) == ["given.py"]


def test_a_call_through_a_registry_is_found_whatever_files_are_checked() -> None:
    application = FIXTURES / "probe_called_from_registries"
    assert reported(application, "views.py") == ["views.py"] * 3
    assert reported(application, "registry.py") == ["registry.py"] * 2
    assert reported(application, "policies.py") == []
