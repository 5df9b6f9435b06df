"""Bytes in, bytes out: what an edit does not touch stays, whatever its encoding, line ends and white space are."""

from __future__ import annotations

import ast
import codecs
import os
import tempfile
from pathlib import Path

import pytest
from fixing import REQUIRES_47
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_orch47.fixes.repair import Outcome, repair
from flake8_orch47.settings import load

PROGRAM = """\
from orchestrator import workflow

{before}
def check(user):{comment}
    return user is not None


async def other(user):
    return not check(user)

{between}
@workflow("Create", authorize_callback=check, retry_auth_callback=lambda user: user)
def create(): ...
{after}"""


def fixed(data: bytes) -> tuple[bytes, Outcome]:
    """What becomes of a file with these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(REQUIRES_47)
        path = os.path.join(os.path.realpath(folder), "app.py")
        outcome = repair([path], load, {path: data}, unsafe=True)
        return (outcome.changed[path].after if path in outcome.changed else data), outcome


def program(before: str = "", comment: str = "", between: str = "", after: str = "") -> str:
    return PROGRAM.format(before=before, comment=comment, between=between, after=after)


def expected(text: str) -> str:
    """The same program, fixed by hand."""
    text = text.replace("def check(user):", "async def check(user):", 1)
    text = text.replace("return not check(user)", "return not await check(user)")
    function = "async def authorize_retry_create(user):\n    return user\n\n\n"
    text = text.replace("lambda user: user)", "authorize_retry_create)")
    return text.replace('@workflow("Create"', f'{function}@workflow("Create"')


def test_line_ends_stay_as_they_are_and_new_lines_have_the_same() -> None:
    for end in ("\n", "\r\n"):
        before = program(between="\n").replace("\n", end)
        after, _ = fixed(before.encode())
        assert after.decode() == expected(program(between="\n")).replace("\n", end)


def test_mixed_line_ends_stay_mixed() -> None:
    before = program(between="\n").replace("\n", "\r\n").replace("None\r\n", "None\n").replace("user):\r\n", "user):\n")
    after, _ = fixed(before.encode())
    assert after.count(b"\r\n") - before.encode().count(b"\r\n") == 4  # the new function
    assert b"user is not None\n\r\n" in after


def test_a_file_with_carriage_returns_only_keeps_them() -> None:
    before = program(between="\n").replace("\n", "\r")
    after, _ = fixed(before.encode())
    assert after.decode() == expected(program(between="\n")).replace("\n", "\r")


@pytest.mark.parametrize(
    ("encoding", "mark", "cookie"),
    [
        ("utf-8", codecs.BOM_UTF8, ""),
        ("utf-8", codecs.BOM_UTF8, "# -*- coding: utf-8 -*-\n"),
        ("latin-1", b"", "# -*- coding: latin-1 -*-\n"),
        ("cp1252", b"", "#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n"),
        ("utf-8", b"", ""),
    ],
)
def test_encodings_and_byte_order_marks_stay(encoding: str, mark: bytes, cookie: str) -> None:
    before = cookie + program(before="NAME = 'café déjà vu'", comment="  # größer", between="\n")
    after, _ = fixed(mark + before.encode(encoding))
    assert after == mark + expected(before).encode(encoding)


def test_columns_behind_wide_characters_are_right() -> None:
    before = program(between="\n").replace("return not check", "return 'żółć 🐍' and not check")
    after, _ = fixed(before.encode())
    assert "return 'żółć 🐍' and not await check(user)" in after.decode()


def test_tabs_and_odd_indentation_are_used_as_they_are_found() -> None:
    before = """\
from orchestrator import workflow


def build():
\tx = 1
\treturn workflow("a", authorize_callback=lambda u: u)
"""
    after, _ = fixed(before.encode())
    assert after.decode() == before.replace(
        "\treturn", "\n\tasync def authorize(u):\n\t\treturn u\n\n\treturn"
    ).replace("lambda u: u", "authorize")
    after, _ = fixed(before.replace("\t", "   ").encode())
    assert "   async def authorize(u):\n      return u\n" in after.decode()


def test_form_feeds_stay() -> None:
    before = program(before="\f", between="\n\f\n", after="\f\n")
    after, _ = fixed(before.encode())
    assert after.count(b"\f") == 3
    assert b"async def check(user)" in after


def test_a_file_without_a_last_newline_gets_none_but_behind_a_new_function() -> None:
    before = program(between="\n").rstrip("\n")
    after, _ = fixed(before.encode())
    assert after.decode() == expected(program(between="\n")).rstrip("\n")
    last = """\
from orchestrator import workflow


def build():
    return workflow("a", authorize_callback=check), check(1)


def check(u):
    return u"""
    after, _ = fixed(last.encode())
    assert after.decode().endswith("def check(u):\n    return u\n\n\nasync def check_async(u):\n    return check(u)\n")


def test_continued_lines_and_strings_that_look_like_code_stay() -> None:
    odd = 'X = 1 + \\\n  2\nTEXT = """\ndef check(user):\n    return check(user)\n"""\n'
    before = program(before=odd, between="\n")
    after, _ = fixed(before.encode())
    assert odd in after.decode()


_LINES = st.lists(
    st.sampled_from(
        [
            "# a comment  ",
            "",
            "   ",
            "x = {'a':1,  'b' : 2}",
            "if x: y = 1; z = 2",
            "class A:\n    b = 1\n\t\n    def c(self): return 'é'",
            "TEXT = '''\n\n  \tcheck(user)\n'''",
            "\f",
            "y = (1 +\n    2)  # two",
            "def f(\n  a, # é\n  *b): pass",
            "print(f'{x!r:>{10}} ü')",
            "z = 1 \\\n  + 2",
        ]
    ),
    max_size=6,
).map("\n".join)


@given(
    _LINES, _LINES, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]), st.booleans()
)
@settings(max_examples=40, deadline=None)
def test_everything_outside_the_edits_survives(before: str, after: str, end: str, encoding: str, last: bool) -> None:
    cookie = "# coding: latin-1\n" if encoding == "latin-1" else ""
    text = cookie + program(before=before + "\n", after=after + "\n", between="\n")
    text = text if last else text.rstrip("\n")
    text = text.replace("\n", end)
    result, outcome = fixed(text.encode(encoding))
    ast.parse(result)
    assert [finding.code for finding in outcome.fixed] == ["ORC201", "ORC201"]
    wanted = expected(text.replace(end, "\n")).replace("\n", end)
    assert result.decode(encoding) == wanted
