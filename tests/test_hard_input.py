"""Code that leads back to itself, or goes on for ever: every question about it has an end."""

from __future__ import annotations

import os
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from flake8_orch47.project.discovery import expand
from flake8_orch47.rules.check import check
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Far above what any of these takes (a second at most), far below what they took when they did not end.
SECONDS = 30


def findings(tree: Path, files: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """The findings in a project of these files."""
    (tree / "pyproject.toml").write_text('[project]\nname = "hard"\ndependencies = ["orchestrator-core>=4.7,<5"]\n')
    for name, text in files.items():
        (tree / name).write_text(textwrap.dedent(text), encoding="utf-8")
    started = time.monotonic()
    report = check(expand([str(tree)]).files, load)
    assert time.monotonic() - started < SECONDS
    return [(os.path.basename(one.span.path), one.span.row, one.code) for one in report.findings]


REGISTER = "from orchestrator.workflow import workflow\n"


def test_a_function_that_calls_itself_twice_ends(tmp_path: Path) -> None:
    code = (
        REGISTER
        + "def fib(n):\n    return fib(n - 1) + fib(n - 2)\nworkflow('x', authorize_callback=lambda u: fib(u))\n"
    )
    assert findings(tmp_path, {"main.py": code}) == []


def test_functions_that_wrap_their_argument_in_circles_end(tmp_path: Path) -> None:
    parts = [REGISTER]
    for number in range(6):
        parts.append(f"def f{number}(x):\n")
        parts.extend(f"    if x.is_{other}:\n        return f{other}([x, {number}])\n" for other in range(6))
        parts.append("    return x\n")
    parts.append("async def check(user):\n    return f0(user).get()\nworkflow('x', authorize_callback=check)\n")
    assert findings(tmp_path, {"main.py": "".join(parts)}) == []


def test_generators_that_delegate_to_themselves_end(tmp_path: Path) -> None:
    code = (
        REGISTER
        + """
def walk(tree):
    yield from walk(tree.left)
    yield tree
    yield from walk(tree.right)
async def check(user):
    return all(walk(user))
workflow('x', authorize_callback=check)
"""
    )
    assert findings(tmp_path, {"main.py": code}) == []


def test_modules_that_star_each_other_lose_no_finding(tmp_path: Path) -> None:
    files = {
        "main.py": REGISTER + "from other import *\nworkflow('x', authorize_callback=lambda user: True)\n",
        "other.py": "from main import *\n",
    }
    assert findings(tmp_path, files) == [("main.py", 3, "ORC201")]


def test_a_hundred_modules_that_star_each_other_end(tmp_path: Path) -> None:
    files = {
        f"m{n}.py": f"from m{(n + 1) % 100} import cb\nfrom m{(n + 7) % 100} import *\n{REGISTER}"
        "workflow('x', authorize_callback=cb)\n"
        for n in range(100)
    }
    assert findings(tmp_path, files) == []


@pytest.mark.parametrize("same", [True, False])
def test_two_thousand_coroutines_in_one_callback_are_each_found(tmp_path: Path, same: bool) -> None:
    lines = [REGISTER, "async def ask(user): return True\n", "async def check(user):\n"]
    for number in range(2000):
        name = "x" if same else f"x{number}"
        lines.append(f"    {name} = ask(user)\n    if {name}: pass\n")
    lines.append("    return True\nworkflow('x', authorize_callback=check)\n")
    found = findings(tmp_path, {"main.py": "".join(lines)})
    assert len(found) == 2000
    assert {code for _, _, code in found} == {"ORC202"}


def test_three_thousand_elifs_are_read(tmp_path: Path) -> None:
    lines = [REGISTER, "def check(user):\n    if user == 0: return True\n"]
    lines.extend(f"    elif user == {number}: return True\n" for number in range(1, 3000))
    lines.append("    return False\nworkflow('x', authorize_callback=check)\n")
    assert findings(tmp_path, {"main.py": "".join(lines)}) == [("main.py", 2, "ORC201")]


def test_a_class_that_is_its_own_base_ends(tmp_path: Path) -> None:
    code = (
        REGISTER
        + """
class A:
    pass
class A(A):
    def check(self, user):
        return super().check(user)
class B(B.C):
    pass
x = x
f = f(f)
workflow('x', authorize_callback=A().check, retry_auth_callback=B().anything)
workflow('y', authorize_callback=x, retry_auth_callback=f)
"""
    )
    assert findings(tmp_path, {"main.py": code}) == []


def test_a_file_name_that_is_no_text_loses_no_finding(tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), b"odd\xff.py"), "wb") as file:
        file.write(f"{REGISTER}def wrap(check):\n    return workflow('x', authorize_callback=check)\n".encode())
    code = REGISTER + "workflow('x', authorize_callback=lambda user: True)\n"
    assert findings(tmp_path, {"main.py": code}) == [("main.py", 2, "ORC201")]


def test_a_type_alias_that_is_made_of_itself_ends(tmp_path: Path) -> None:
    code = (
        REGISTER
        + """from typing import Mapping, Union

JSON = Mapping[str, Union[str, "JSON"]]
TREE = dict[str, "LEAF"]
LEAF = list["TREE"]


def groups(claims: JSON, tree: TREE):
    return claims.get("groups")


def check(user):
    return groups(user, {})


@workflow("x", authorize_callback=check)
def order(): ...
"""
    )
    assert findings(tmp_path, {"app.py": code}) == [("app.py", 13, "ORC201")]


def test_a_list_that_is_added_to_in_many_branches_of_a_loop_ends(tmp_path: Path) -> None:
    branches = "".join(
        f"        if user == {number}:\n            found += [{number}, *found]\n" for number in range(24)
    )
    code = (
        REGISTER
        + "def collect(user):\n    found = []\n    for _ in range(9):\n"
        + branches
        + "    return found\n\n\ndef check(user):\n    return bool(collect(user))\n\n\n"
        + '@workflow("x", authorize_callback=check)\ndef order(): ...\n'
    )
    row = code.splitlines().index("def check(user):") + 1
    assert findings(tmp_path, {"app.py": code}) == [("app.py", row, "ORC201")]


def test_a_serializer_of_trees_that_calls_itself_through_tables_ends(tmp_path: Path) -> None:
    kinds = [f"kind{number}" for number in range(12)]
    functions = "".join(
        f"def {kind}(value):\n    return {{'{kind}': encode(value), 'parts': [encode(part) for part in value]}}\n\n\n"
        for kind in kinds
    )
    table = "TABLE = {" + ", ".join(f"'{kind}': {kind}" for kind in kinds) + "}\n\n\n"
    code = (
        REGISTER
        + functions
        + table
        + "def encode(value):\n    return TABLE[value.kind]({'of': value, 'all': [encode(one) for one in value]})\n\n\n"
        + "def check(user):\n    return bool(encode(user))\n\n\n"
        + '@workflow("x", authorize_callback=check)\ndef order(): ...\n'
    )
    row = code.splitlines().index("def check(user):") + 1
    assert findings(tmp_path, {"app.py": code}) == [("app.py", row, "ORC201")]


def test_a_table_of_some_hundred_policies_is_asked_for_all_of_them(tmp_path: Path) -> None:
    """Each of them was asked on which parameters all others depend: that took half a minute."""
    table = "".join(f'    "r{number}": allow("r{number}"),\n' for number in range(400))
    code = (
        REGISTER
        + "def allow(role):\n    def check(user):\n        return role in user.roles\n    return check\n\n\n"
        + f"ROLES = {{\n{table}}}\n"
        + 'workflow("x", authorize_callback=ROLES[input()])(print)\n'
    )
    assert findings(tmp_path, {"app.py": code}) == [("app.py", 3, "ORC201")]


def test_a_callback_with_the_insides_of_a_library_ends(tmp_path: Path) -> None:
    """Every function calls a dozen others with what it was given and more: nobody needs to know them all."""
    functions = "".join(
        f"def f{number}(kind, *given):\n"
        + "".join(
            f"    if kind == {other}: return f{(number * 7 + other) % 60}([kind, {number}], *given, f{other})\n"
            for other in range(12)
        )
        + "    return given[0](kind)\n\n\n"
        for number in range(60)
    )
    code = (
        REGISTER
        + functions
        + "def check(user):\n    return f0(user, f1)\n\n\nworkflow('x', authorize_callback=check)\n"
    )
    assert [found for found in findings(tmp_path, {"app.py": code}) if found[2] != "ORC201"] == []
