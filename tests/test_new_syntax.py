"""Syntax that is younger than the oldest Python: read where the running Python reads it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from harness import by_command, expected

if TYPE_CHECKING:
    from pathlib import Path

_APPLICATION = """\
from typing import Callable

import requests
from oauth2_lib.fastapi import OIDCUserModel
from orchestrator.core.workflow import workflow

type User = OIDCUserModel | None
type Check[T] = Callable[[T], bool]


class Repository[T]:
    def __init__(self, item: T):
        self.item = item

    def fetch(self):
        return requests.get("https://opa.example/")


def same[T](value: T) -> T:
    return value


def traced[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return wrapper


@traced
async def allow(user: User):  # expect: ORC207
    Repository[int](1).fetch()  # expect: ORC301
    same(requests.get)("https://opa.example/")  # expect: ORC301
    return True


@traced
def retry(context):  # expect: ORC201
    return f"{context.workflow["name"]}"


workflow("a", authorize_callback=allow, retry_auth_callback=retry)
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python does not read type parameters")
def test_type_parameters_and_type_statements_are_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "new"\ndependencies = ["orchestrator-core>=5.0"]\n')
    (tmp_path / "app.py").write_text(_APPLICATION)
    assert by_command(tmp_path) == expected(tmp_path)
