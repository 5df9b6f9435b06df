"""What few projects write, each as the rules have it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from flake8_orch47.project.discovery import expand
from flake8_orch47.rules.check import check
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "from orchestrator.workflow import workflow\n"
TAIL = '\n\n@workflow("x", authorize_callback=check)\ndef order(): ...\n'


def found(tree: Path, code: str, settings: str = "", **files: str) -> list[tuple[int, str]]:
    """Rows and codes in `app.py`: its code between an import of `workflow` and the registration of `check`."""
    requires = 'dependencies = ["orchestrator-core>=4.7,<5"]'
    (tree / "pyproject.toml").write_text(f'[project]\nname = "rare"\n{requires}\n[tool.flake8-orch47]\n{settings}')
    (tree / "app.py").write_text(HEAD + textwrap.dedent(code).strip("\n") + TAIL)
    for name, text in files.items():
        (tree / f"{name}.py").write_text(textwrap.dedent(text))
    report = check(expand([str(tree)]).files, load)
    assert not report.problems
    return [(one.span.row, one.code) for one in report.findings if one.span.path.endswith("app.py")]


LEGACY = """
    class Client:
        def __init__(self, url):
            self.url = url


    class Quiet(Client):
        pass
"""
USES_LEGACY = """
    import legacy
    async def check(user):
        return bool(legacy.Client("x"))
"""


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", []),
        ('blocking-calls = ["legacy.Client"]', [(4, "ORC308")]),
        ('blocking-calls = ["legacy.*"]\nnon-blocking-calls = ["legacy.Client"]', []),
    ],
)
def test_a_class_of_the_project_may_be_listed(tmp_path: Path, settings: str, expected: list[tuple[int, str]]) -> None:
    assert found(tmp_path, USES_LEGACY, settings, legacy=LEGACY) == expected


@pytest.mark.parametrize("name", ["orchestrator.services.own.ask", "orchestrator.core.services.own.ask"])
def test_a_name_of_the_framework_may_be_listed_as_either_version_spells_it(tmp_path: Path, name: str) -> None:
    code = """
        from orchestrator.services.own import ask
        async def check(user):
            return ask(user)
    """
    assert found(tmp_path, code, f'blocking-calls = ["{name}"]') == [(4, "ORC308")]


def test_a_cached_static_method_is_the_function_that_it_caches(tmp_path: Path) -> None:
    code = """
        import functools
        class Rules:
            @staticmethod
            @functools.lru_cache
            def check(user):
                return True
        check = Rules().check
    """
    assert found(tmp_path, code) == [(6, "ORC201")]


def test_what_iscoroutinefunction_says_of_a_partial_is_what_it_says_of_the_function(tmp_path: Path) -> None:
    code = """
        import inspect
        from functools import partial
        async def asks(role, user):
            return True
        def wrapped(function):
            if inspect.iscoroutinefunction(function):
                return function
            def sync(user):
                return function(user)
            return sync
        check = wrapped(partial(asks, "noc"))
    """
    assert found(tmp_path, code) == []


def test_functions_in_a_list_run_where_a_comprehension_calls_them(tmp_path: Path) -> None:
    code = """
        import requests
        async def check(user):
            for name in (requests.get for _ in range(2)):
                pass
            return [one(user) for one in [requests.get, requests.post]] != []
    """
    assert found(tmp_path, code) == [(6, "ORC301")]


def test_a_property_of_a_class_whose_base_is_not_known_is_still_read(tmp_path: Path) -> None:
    code = """
        import time
        from somewhere import Base
        class Policy(Base):
            @property
            def roles(self):
                return time.sleep(1)
        async def check(user):
            return "noc" in Policy().roles
    """
    assert found(tmp_path, code) == [(9, "ORC303")]


def test_what_a_lambda_defaults_to_runs_where_the_lambda_stands(tmp_path: Path) -> None:
    code = """
        import time
        async def check(user):
            later = lambda pause=time.sleep(1): pause
            return later is not None
    """
    assert found(tmp_path, code) == [(4, "ORC303")]


def test_a_class_body_inside_a_callback_runs_with_it(tmp_path: Path) -> None:
    code = """
        import time
        async def check(user):
            class Local:
                pause = time.sleep(1)
                assert not time.sleep(2), time.sleep(3)
            return Local is not None
    """
    assert found(tmp_path, code) == [(5, "ORC303"), (6, "ORC303"), (6, "ORC303")]


def test_under_type_checking_nothing_runs_but_its_else_does(tmp_path: Path) -> None:
    code = """
        import time
        from typing import TYPE_CHECKING
        async def check(user):
            if TYPE_CHECKING:
                time.sleep(1)
            else:
                time.sleep(2)
            return True
    """
    assert found(tmp_path, code) == [(8, "ORC303")]


def test_a_match_runs_its_subject_its_guards_and_the_cases_that_may_fit(tmp_path: Path) -> None:
    code = """
        import time
        async def check(user):
            match user.pause(time.sleep(1)):
                case 1 if time.sleep(2):
                    return time.sleep(3)
                case _:
                    return True
    """
    assert found(tmp_path, code) == [(4, "ORC303"), (5, "ORC303"), (6, "ORC303")]


def test_raise_del_and_augmented_assignments_evaluate_what_stands_in_them(tmp_path: Path) -> None:
    code = """
        import time
        async def check(user):
            counts = {None: 0}
            counts[time.sleep(1)] += time.sleep(2) or 0
            del counts[time.sleep(3)]
            if not counts:
                raise ValueError(time.sleep(4))
            return True
    """
    assert found(tmp_path, code) == [(row, "ORC303") for row in (5, 5, 6, 8)]


def test_a_recursive_generator_and_its_yield_from_block_where_they_are_consumed(tmp_path: Path) -> None:
    code = """
        import time
        def walk(node):
            yield time.sleep(1)
            yield from walk(node.parent)
        async def check(user):
            first, *rest = walk(user)
            return first in [*walk(user)]
    """
    assert found(tmp_path, code) == [(7, "ORC303"), (8, "ORC303")]
