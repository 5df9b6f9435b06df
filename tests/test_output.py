"""What findings look like: noqa comments, text in three forms, JSON; nothing a terminal would act upon."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_orch47.findings import Finding, Hop, Span
from flake8_orch47.output import as_json, documentation, text
from flake8_orch47.output.diff import unified
from flake8_orch47.output.terminal import Screen, cells, escape, screen, wrap
from flake8_orch47.rules import noqa

HERE = Screen(folder="/app")
INCOMPLETE = "The result is incomplete: 1 file could not be read or parsed."
ESC = "\x1b"


def finding(
    row: int = 1,
    column: int = 0,
    *,
    path: str = "/app/auth/policies.py",
    code: str = "ORC201",
    message: str = "callback `allow` is not async",
    end: tuple[int, int] | None = None,
    related: tuple[Hop, ...] = (),
) -> Finding:
    end_row, end_column = end or (row, column + 1)
    return Finding(Span(path, row, column, end_row, end_column), code, message, related)


def hop(row: int, message: str = "calls `f`", path: str = "/app/auth/helpers.py") -> Hop:
    return Hop(Span(path, row, 4, row, 8), message)


# Comments that suppress


def kept(source: str, row: int, code: str = "ORC201") -> bool:
    found = finding(row, path="/app/x.py", code=code)
    return noqa.keep([found], {"/app/x.py": source}) == (found,)


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# NoQA",
        "# noqa: ORC201",
        "# noqa:ORC201",
        "# noqa: E501,ORC201",
        "# noqa: E501, ORC201",
        "# noqa:ORC201 ORC202",
        "# noqa: ORC202 ORC201",
        "# noqa: ORC2",
        "# noqa: ORC201 the framework calls this one differently",
        "# noqa: orc201",
        "# type: ignore[arg-type]  # noqa: ORC201",
        "# noqa : E501",
        "# noqa: because",
    ],
)
def test_a_noqa_comment_on_the_reported_line_suppresses(comment: str) -> None:
    assert not kept(f"def allow(user):  {comment}\n    return True\n", 1)


@pytest.mark.parametrize("comment", ["# noqa: E501", "# noqa: ORC202", "# noqa: ORC2011", "#noqa", "# no qa"])
def test_a_comment_for_other_codes_does_not_suppress(comment: str) -> None:
    assert kept(f"def allow(user):  {comment}\n    return True\n", 1)


def test_a_noqa_comment_on_another_line_does_not_suppress() -> None:
    source = "# noqa\ndef allow(user):\n    return True  # noqa\n# noqa\n"
    assert kept(source, 2)
    assert not kept(source, 3)


HEADER = """\
@workflow(
    "Provision a port",  # noqa: ORC301
    authorize_callback=allow,
)
def provision(
    a,
    # noqa: ORC201
    b,
):
    return a
"""


@pytest.mark.parametrize("row", [5, 6, 7, 8, 9])
def test_a_noqa_comment_counts_on_every_line_of_the_first_logical_line(row: int) -> None:
    assert not kept(HEADER, row, "ORC201")


@pytest.mark.parametrize("row", [1, 2, 3, 4, 10])
def test_a_noqa_comment_does_not_reach_beyond_its_logical_line(row: int) -> None:
    assert kept(HEADER, row, "ORC201")


def test_each_decorator_is_a_logical_line_of_its_own() -> None:
    assert [kept(HEADER, row, "ORC301") for row in (1, 2, 3, 4, 5)] == [False] * 4 + [True]


def test_a_noqa_in_a_string_does_not_suppress() -> None:
    assert kept('allow = check("# noqa")\n', 1)
    assert kept('allow = """\n# noqa\n# flake8: noqa\n"""\n', 2)


def test_a_noqa_comment_behind_a_string_of_several_lines_suppresses_on_all_of_them() -> None:
    source = 'run("""\nselect 1\n""")  # noqa\nrun()\n'
    assert [kept(source, row) for row in (1, 2, 3, 4)] == [False, False, False, True]


def test_a_line_that_is_continued_is_one_line() -> None:
    assert not kept("allow = \\\n    check  # noqa\n", 1)


@pytest.mark.parametrize(
    ("comment", "suppresses"),
    [
        ("# flake8: noqa", True),
        ("    # flake8: noqa", True),
        ("# FLAKE8: NOQA", True),
        ("# flake8:noqa", True),
        ("# flake8=noqa", True),
        ("#  flake8: noqa", False),
        ("# see # flake8: noqa", False),
    ],
)
def test_a_flake8_noqa_line_suppresses_the_whole_file(comment: str, suppresses: bool) -> None:
    assert kept(f"import os\n\n{comment}\nx = 1\n", 4) is not suppresses


def test_a_flake8_noqa_line_with_codes_suppresses_the_whole_file_as_in_flake8() -> None:
    assert not kept("# flake8: noqa: ORC201\nx = 1\ny = 2\n", 3, "ORC302")


def test_a_flake8_noqa_comment_behind_code_does_not_suppress_the_file() -> None:
    assert kept("x = 1  # flake8: noqa\ny = 2\n", 2)
    assert kept("x = 1  # flake8: noqa\ny = 2\n", 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_rows_are_counted_as_python_counts_them(newline: str) -> None:
    source = newline.join(["\ufeffx = 1\x0c", "# \u2028 a", "def f(): ...  # noqa", "y = 1", ""])
    assert [kept(source, row) for row in (1, 2, 3, 4)] == [True, True, False, True]


def test_what_comes_before_a_broken_token_still_counts() -> None:
    assert not kept("x = 1  # noqa\ny = (\n", 1)


def test_findings_in_files_without_a_source_are_kept_and_the_order_stays() -> None:
    found = [finding(3), finding(1, path="/app/other.py"), finding(2)]
    sources = {"/app/auth/policies.py": "a = 1\nb = 1  # noqa\nc = 1\n"}
    assert noqa.keep(found, sources) == (found[0], found[1])


def test_files_without_a_noqa_are_not_tokenized(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenize.generate_tokens", None)
    assert kept("x = 1\n", 1)
    with pytest.raises(TypeError):
        kept("x = 1  # noqa\n", 1)


# Concise and grouped


def test_concise_is_one_line_per_finding_with_columns_from_one() -> None:
    lines = list(text.concise([finding(12, 4), finding(3, path="/elsewhere/x.py", code="ORC303")], HERE))
    assert lines == [
        "auth/policies.py:12:5: ORC201 callback `allow` is not async",
        "/elsewhere/x.py:3:1: ORC303 callback `allow` is not async",
    ]


def test_paths_are_relative_only_below_the_working_folder() -> None:
    assert HERE.path("/app/x.py") == "x.py"
    assert HERE.path("/application/x.py") == "/application/x.py"
    assert Screen("/").path("/x.py") == "x.py"


def test_text_is_grouped_by_file_with_aligned_positions() -> None:
    found = [finding(3), finding(112, 10, code="ORC303"), finding(5, path="/app/b.py")]
    assert list(text.grouped(found, HERE)) == [
        "auth/policies.py",
        "  3:1     ORC201  callback `allow` is not async",
        "  112:11  ORC303  callback `allow` is not async",
        "",
        "b.py",
        "  5:1  ORC201  callback `allow` is not async",
        "",
    ]


def test_a_long_message_is_wrapped_below_itself() -> None:
    message = "callback `allow` is not async: orchestrator-core 4.7 awaits it, so that everybody gets an HTTP 500"
    assert list(text.grouped([finding(3, message=message)], HERE)) == [
        "auth/policies.py",
        "  3:1  ORC201  callback `allow` is not async: orchestrator-core 4.7 awaits it,",
        "               so that everybody gets an HTTP 500",
        "",
    ]


def test_the_hops_of_a_chain_stand_below_their_finding() -> None:
    found = finding(3, related=(hop(7, "registered here"), hop(9, "calls `requests.get`")))
    assert list(text.grouped([found], HERE))[2:] == [
        "       -> auth/helpers.py:7:5 registered here",
        "       -> auth/helpers.py:9:5 calls `requests.get`",
        "",
    ]


def test_the_message_of_a_hop_that_does_not_fit_goes_to_the_next_line() -> None:
    found = finding(3, related=(hop(7, "calls " + "very " * 14 + "far"),))
    lines = list(text.grouped([found], HERE))
    assert lines[2] == "       -> auth/helpers.py:7:5"
    assert lines[3].startswith("          calls very very")
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize(("hops", "shown"), [(6, "123456"), (7, "123.567"), (30, "123.282930")])
def test_a_chain_of_more_than_six_hops_is_shortened_in_the_middle(hops: int, shown: str) -> None:
    found = finding(3, related=tuple(hop(row) for row in range(1, hops + 1)))
    lines = list(text.grouped([found], HERE))[2:-1]
    rows = ["." if line.split()[0] == "..." else line.split(":")[1] for line in lines]
    assert "".join(rows) == shown
    if hops > 6:
        assert f"... {hops - 6} more" in lines[3]


def test_full_shows_every_hop() -> None:
    found = finding(3, related=tuple(hop(row) for row in range(1, 31)))
    lines = list(text.full([found], HERE, {}, lambda code: "Do it."))
    assert sum("-> auth/helpers.py:" in line for line in lines) == 30


def test_control_characters_never_reach_the_terminal() -> None:
    evil = f"/app/{ESC}]0;title\x07\n\u202ea.py"
    found = finding(1, path=evil, message=f"a{ESC}[2Jb\r\n", related=(hop(2, f"{ESC}c", evil),))
    source = {evil: f"x = '{ESC}[31m\u202e'\n"}
    for lines in (
        text.concise([found], HERE),
        text.grouped([found], HERE),
        text.full([found], HERE, source, lambda code: "Do it."),
    ):
        for line in lines:
            assert line.isprintable()
    assert "\\x1b]0;title\\x07\\n\\u202ea.py" in next(iter(text.concise([found], HERE)))


# The source and its marker


def excerpt(line: str, start: int, end: int, columns: int = 80) -> tuple[str, str]:
    """The source line of the full output and the marker line below it, without the gutter."""
    found = finding(1, start, end=(1, end))
    lines = list(text.full([found], Screen("/app", columns), {"/app/auth/policies.py": line}, lambda code: "Do it."))
    shown, marker = (row.removeprefix("  1 | ").removeprefix("    | ") for row in lines[3:5])
    return shown, marker


def test_full_shows_source_marker_advice_and_where_to_read_more() -> None:
    source = {"/app/auth/policies.py": "import os\n\ndef allow(user):\n    return True\n"}
    found = finding(3, 4, end=(3, 9), related=(hop(7),))
    assert list(text.full([found], HERE, source, lambda code: f"Make {code} async.")) == [
        "auth/policies.py:3:5: ORC201",
        "  callback `allow` is not async",
        "    |",
        "  3 | def allow(user):",
        "    |     ^^^^^",
        "  -> auth/helpers.py:7:5 calls `f`",
        "  help: Make ORC201 async.",
        "  more: `orch47 rule ORC201`",
        "",
    ]


def test_full_without_the_source_shows_no_excerpt() -> None:
    lines = list(text.full([finding(3)], HERE, {}, lambda code: "Do it."))
    assert [line for line in lines if "|" in line] == []


def test_a_position_behind_the_end_of_the_file_shows_no_excerpt() -> None:
    lines = list(text.full([finding(9)], HERE, {"/app/auth/policies.py": "x = 1"}, lambda code: "Do it."))
    assert [line for line in lines if "|" in line] == []


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "marker"),
    [
        ("    return check(user)", 11, 22, "    return check(user)", "           ^^^^^^^^^^^"),
        ("\treturn check(user)", 8, 19, "    return check(user)", "           ^^^^^^^^^^^"),
        ("x\t= f()", 4, 7, "x   = f()", "      ^^^"),
        ("naam = 'é'; f()", 12, 15, "naam = 'é'; f()", "            ^^^"),
        ("naam = 'e\u0301'; f()", 13, 16, "naam = 'e\u0301'; f()", "            ^^^"),
        ("漢字 = f()", 5, 8, "漢字 = f()", "       ^^^"),
        ("f('漢字')", 2, 6, "f('漢字')", "  ^^^^^^"),
        ("s = '\x1b'; f()", 9, 12, "s = '\\x1b'; f()", "            ^^^"),
        ("f()", 0, 0, "f()", "^"),
        ("f()   ", 3, 3, "f()", "   ^"),
    ],
)
def test_the_marker_stands_below_what_it_marks(line: str, start: int, end: int, shown: str, marker: str) -> None:
    assert excerpt(line, start, end) == (shown, marker)


def test_a_very_long_line_is_cut_around_what_is_marked() -> None:
    line = "x = [" + "1, " * 2000 + "requests.get(url)" + ", 1" * 2000 + "]"
    start = line.index("requests")
    shown, marker = excerpt(line, start, start + 17)
    assert len(shown) <= 74
    assert shown.startswith("...")
    assert shown.endswith("...")
    assert shown[marker.index("^") : marker.rindex("^") + 1] == "requests.get(url)"


def test_a_line_that_is_a_little_too_long_loses_its_end_only() -> None:
    line = "async def may_create(user: OIDCUserModel | None) -> bool:  # " + "a comment" * 3
    assert excerpt(line, 21, 47, columns=80) == (
        "async def may_create(user: OIDCUserModel | None) -> bool:  # a commenta...",
        " " * 21 + "^" * 26,
    )


def test_a_very_long_line_keeps_its_beginning_where_that_is_marked() -> None:
    shown, marker = excerpt("f(" + "x" * 500 + ")", 0, 503)
    assert shown.startswith("f(x")
    assert set(marker) == {"^"}
    assert len(marker) <= len(shown) <= 74


@given(
    line=st.text(alphabet=st.sampled_from("ab (\t漢é\u0301\x1b\u200d🙂"), min_size=1, max_size=300),
    data=st.data(),
    columns=st.integers(40, 120),
)
def test_marker_and_line_fit_for_every_line_and_span(line: str, data: st.DataObject, columns: int) -> None:
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    shown, marker = text._marked(line, (start, max(end, start + 1)), columns)
    assert cells(shown) <= columns
    assert marker.lstrip().strip("^") == ""
    assert "^" in marker
    assert shown.isprintable()


def test_a_span_over_some_lines_is_marked_on_each_and_a_longer_one_is_cut() -> None:
    source = "f(\n    1,\n    2,\n)\n" + "".join(f"    x{n}\n" for n in range(9))
    sources = {"/app/auth/policies.py": source}
    short = list(text.full([finding(1, 0, end=(4, 1))], HERE, sources, lambda code: "Do it."))[2:-3]
    assert short == [
        "    |",
        "  1 | f(",
        "    | ^^",
        "  2 |     1,",
        "    |     ^^",
        "  3 |     2,",
        "    |     ^^",
        "  4 | )",
        "    | ^",
    ]
    long = list(text.full([finding(1, 0, end=(9, 1))], HERE, sources, lambda code: "Do it."))[2:-3]
    assert long == [*short, "    | ..."]


def test_form_feeds_do_not_shift_the_source() -> None:
    sources = {"/app/auth/policies.py": "a = 1\x0c\nb = '\u2028'\nc = f()\n"}
    lines = list(text.full([finding(3, 4, end=(3, 7))], HERE, sources, lambda code: "Do it."))
    assert "  3 | c = f()" in lines


# Summary and statistics


@pytest.mark.parametrize(
    ("findings", "checked", "line"),
    [
        ([], 48, "All good: 48 files checked."),
        ([], 1, "All good: 1 file checked."),
        ([finding(1)], 1, "Found 1 problem in 1 file (checked 1)."),
        (
            [finding(1), finding(2), finding(3, path="/app/b.py")],
            48,
            "Found 3 problems in 2 files (checked 48).",
        ),
        (
            [finding(1), finding(1, path="/app/b.py", code="ORC000")],
            2,
            "Found 2 problems in 2 files (checked 2). " + INCOMPLETE,
        ),
    ],
)
def test_the_last_line_says_how_much_was_found_in_how_much(findings: list[Finding], checked: int, line: str) -> None:
    assert text.summary(findings, checked, HERE) == line


def test_statistics_count_per_rule_most_frequent_first() -> None:
    found = [finding(row, code="ORC301") for row in range(11)] + [finding(1, code="ORC303"), finding(1)]
    names = {"ORC201": "sync", "ORC301": "http", "ORC303": "sleep"}
    assert list(text.statistics(found, HERE, names.__getitem__)) == [
        "11  ORC301  http",
        " 1  ORC201  sync",
        " 1  ORC303  sleep",
    ]
    assert list(text.statistics([], HERE, names.__getitem__)) == []


# JSON


def test_json_has_the_shape_of_ruffs_with_related_places() -> None:
    found = finding(3, 4, end=(5, 0), related=(hop(7, "registered here"),))
    assert json.loads(as_json.findings_array([found], lambda code: f"https://example.org/{code}")) == [
        {
            "code": "ORC201",
            "message": "callback `allow` is not async",
            "filename": "/app/auth/policies.py",
            "location": {"row": 3, "column": 5},
            "end_location": {"row": 5, "column": 1},
            "url": "https://example.org/ORC201",
            "fix": None,
            "related": [
                {
                    "message": "registered here",
                    "filename": "/app/auth/helpers.py",
                    "location": {"row": 7, "column": 5},
                }
            ],
        }
    ]


def test_json_without_findings_is_an_empty_array() -> None:
    assert json.loads(as_json.findings_array([], str)) == []


def test_json_is_ascii_and_keeps_every_character() -> None:
    found = finding(message="naïve 漢字 \x1b \udce9", path="/app/\udce9.py")
    written = as_json.findings_array([found], str)
    assert written.isascii()
    assert json.loads(written)[0]["message"] == "naïve 漢字 \x1b \udce9"


def test_statistics_as_json() -> None:
    found = [finding(1), finding(2), finding(1, code="ORC301")]
    assert json.loads(as_json.statistics_array(found, str.lower)) == [
        {"code": "ORC201", "name": "orc201", "count": 2},
        {"code": "ORC301", "name": "orc301", "count": 1},
    ]


# Terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "environ", "color"),
    [
        ("auto", Terminal(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", None, {}, False),
        ("auto", Terminal(), {"TERM": "dumb"}, False),
        ("auto", Terminal(), {"NO_COLOR": "1"}, False),
        ("auto", Terminal(), {"NO_COLOR": ""}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1"}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": ""}, False),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
        ("never", Terminal(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_only_where_they_are_wanted(
    choice: str, stream: io.StringIO | None, environ: dict[str, str], color: bool
) -> None:
    assert screen(choice, stream, environ, "/app").color is color


@pytest.mark.parametrize(
    ("environ", "columns"),
    [
        ({}, 80),
        ({"COLUMNS": "100"}, 100),
        ({"COLUMNS": "7"}, 40),
        ({"COLUMNS": "999"}, 120),
        ({"COLUMNS": "x"}, 80),
    ],
)
def test_text_is_as_wide_as_the_terminal_within_reason(environ: dict[str, str], columns: int) -> None:
    assert screen("auto", io.StringIO(), environ, "/app").columns == columns


def test_colours_do_not_change_what_is_said() -> None:
    found = [finding(3, related=(hop(7), hop(8)))]
    sources = {"/app/auth/policies.py": "a\nb\ndef allow(): ...\n"}
    colored = Screen("/app", color=True)

    def said(where: Screen) -> list[str]:
        return [
            *text.concise(found, where),
            *text.grouped(found, where),
            *text.full(found, where, sources, lambda code: "Do it."),
            *text.statistics(found, where, str.lower),
            text.summary([], 3, where),
            *documentation.for_terminal("# Title\n\ntext\n", where),
        ]

    plain, painted = said(HERE), said(colored)
    assert all(ESC not in line for line in plain)
    assert sum(ESC in line for line in painted) > 8
    assert [_without_color(line) for line in painted] == plain


def _without_color(line: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", line)


@pytest.mark.parametrize(
    ("text_in", "out"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b[0m", "\\x1b[0m"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202e", "\\u202e"),
        ("\udce9", "\\udce9"),
    ],
)
def test_escaping_shows_what_python_would_write(text_in: str, out: str) -> None:
    assert escape(text_in) == out


@pytest.mark.parametrize(("string", "width"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("🙂", 2), ("é", 1), ("", 0)])
def test_width_is_counted_in_columns_of_the_terminal(string: str, width: int) -> None:
    assert cells(string) == width


def test_wrapping_keeps_words_and_code_whole() -> None:
    assert wrap("aaa bbb ccc", 7) == ["aaa bbb", "ccc"]
    assert wrap("call `f(a, b)` now", 12) == ["call", "`f(a, b)`", "now"]
    assert wrap("a_path_that_is_longer/than.py:3 x", 10) == ["a_path_that_is_longer/than.py:3", "x"]
    assert wrap("`code that is longer` x", 8) == ["`code", "that is", "longer`", "x"]
    assert wrap("one ` backtick", 80) == ["one ` backtick"]
    assert wrap("漢字 漢字", 8) == ["漢字", "漢字"]
    assert wrap("", 10) == [""]


@given(st.text(alphabet="ab `漢\n", max_size=200), st.integers(2, 40))
def test_wrapping_loses_no_word(words: str, columns: int) -> None:
    assert " ".join(wrap(words, columns)).split() == words.split()


def test_documentation_is_wrapped_and_code_is_not() -> None:
    page = (
        "# Title (ORC1)\n\n**What to do:** " + "word " * 20 + "\n\n## Example\n\n```python\n" + "x" * 100 + "\n\n"
        "# a comment\n```\n\n- first\n  continued\n- second\n\n## References\n\n- <https://example.org/>\n"
    )
    lines = list(documentation.for_terminal(page, HERE))
    assert lines[0] == "Title (ORC1)"
    assert lines[2].startswith("What to do: word")
    assert all(len(line) <= 80 for line in lines[:6])
    assert "    " + "x" * 100 in lines
    assert "    # a comment" in lines
    assert "- first continued" in lines
    assert "- second" in lines
    assert "- https://example.org/" in lines


def test_nothing_here_knows_a_door_or_reads_the_world() -> None:
    for path in Path(text.__file__).parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert "flake8_orch47.doors" not in source
        assert "sys.stdout" not in source


def test_a_diff_says_where_a_name_with_blanks_ends() -> None:
    assert [*unified("a b.py", b"1\n", b"2\n")][:2] == [b"--- a b.py\t\n", b"+++ a b.py\t\n"]
    assert [*unified("ab.py", b"1\n", b"2\n")][:2] == [b"--- ab.py\n", b"+++ ab.py\n"]
