"""Bytes, text, trees and columns of source files, as Python has them."""

from __future__ import annotations

import ast
import contextlib
import os
import pickle
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flake8_orch47
from flake8_orch47.project.source import SourceError, decode, parse, read, split_lines, to_column

if TYPE_CHECKING:
    from pathlib import Path


def refused(data: bytes) -> tuple[str, int]:
    """Reason and row of the error that parsing these bytes gives."""
    with pytest.raises(SourceError) as raised:
        parse(data, "a.py")
    assert "\n" not in raised.value.reason
    return raised.value.reason, raised.value.row


class TestRead:
    def test_bytes_come_as_they_are(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbfa\r\n\0\xff")
        assert read(str(tmp_path / "a.py")) == b"\xef\xbb\xbfa\r\n\0\xff"

    def test_the_reason_is_the_systems_without_the_path(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError) as missing:
            read(str(tmp_path / "no.py"))
        assert (missing.value.reason, missing.value.row) == ("No such file or directory", 1)
        with pytest.raises(SourceError) as folder:
            read(str(tmp_path))
        assert folder.value.reason == "Is a directory"
        with pytest.raises(SourceError) as nul:
            read("a\0.py")
        assert nul.value.reason == "embedded null byte"

    def test_the_error_travels_between_processes(self) -> None:
        error = pickle.loads(pickle.dumps(SourceError("why", 3)))
        assert (error.reason, error.row) == ("why", 3)


class TestDecode:
    @pytest.mark.parametrize(
        ("data", "text"),
        [
            ("é = 1\r\n".encode(), "é = 1\r\n"),
            (b"\xef\xbb\xbfx = 1\r", "x = 1\r"),
            (b"# coding: latin-1\n\xe9", "# coding: latin-1\né"),
            (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n\x80", None),
            (b"\n# -*- coding: latin-1 -*-\n\xe9", "\n# -*- coding: latin-1 -*-\né"),
            (b"# a\r# coding=latin-1\r\xe9", "# a\r# coding=latin-1\ré"),
            (b"\x0c # coding: latin-1\r\n\xe9", "\x0c # coding: latin-1\r\né"),
            ("\ufeff# coding: UTF-8\né".encode(), "# coding: UTF-8\né"),
            ("x = 1\n# coding: latin-1\né".encode(), "x = 1\n# coding: latin-1\né"),
            ("#\n#\n# coding: latin-1\né".encode(), "#\n#\n# coding: latin-1\né"),
            ("x = '# coding: latin-1 é'".encode(), "x = '# coding: latin-1 é'"),
            (b"", ""),
        ],
    )
    def test_the_encoding_is_found_where_python_finds_it(self, data: bytes, text: str | None) -> None:
        if text is None:
            assert decode(data).endswith("\n€")
        else:
            assert decode(data) == text

    def test_an_unknown_encoding_is_an_error_in_its_line(self) -> None:
        assert refused(b"#\n# coding: klingon\n") == ("unknown encoding: klingon", 2)

    def test_a_codec_that_gives_no_text_is_an_unknown_encoding(self) -> None:
        assert refused(b"# coding: rot13\n") == ("unknown encoding: rot13", 1)

    def test_another_encoding_with_a_byte_order_mark_is_an_error(self) -> None:
        assert refused(b"\xef\xbb\xbf# coding: latin-1\n") == ("encoding problem: latin-1 with BOM", 1)
        assert refused(b"\xef\xbb\xbf# coding: klingon\n") == ("encoding problem: klingon with BOM", 1)

    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
    def test_an_undecodable_byte_is_named_with_its_line(self, end: bytes) -> None:
        reason = "not utf-8: byte 0xe9 in line 3 (invalid continuation byte)"
        assert refused(end.join([b"a", b"b", b"'\xe9 '", b"d"])) == (reason, 3)

    def test_utf_16_is_named_by_its_first_byte(self) -> None:
        reason = "not utf-8: byte 0xff in line 1 (invalid start byte)"
        assert refused("x = 1\n".encode("utf-16")) == (reason, 1)

    def test_a_codec_that_always_fails_is_an_error(self) -> None:
        reason, row = refused(b"# coding: undefined\n")
        assert reason.startswith("not undefined: ")
        assert "undefined encoding" in reason  # since 3.11 among other words
        assert row == 1

    def test_a_nul_is_named_with_its_line(self) -> None:
        assert refused(b"a\nb\0\n") == ("a NUL character: Python source has none", 2)

    @given(st.binary(max_size=60), st.sampled_from(["utf-8", "latin-1", "cp1252", "ascii", "utf-7", "koi8-r"]))
    def test_what_python_parses_is_parsed_alike_and_nothing_else(self, tail: bytes, encoding: str) -> None:
        data = f"# coding: {encoding}\nx = '''".encode() + tail.replace(b"\\", b"") + b"'''\ny = x\n"
        expected = ours = None
        # Lone \r inside a string becomes \n in both; only what is not text or not Python is an error.
        with contextlib.suppress(SyntaxError, ValueError):
            expected = ast.dump(ast.parse(data), include_attributes=True)
        with contextlib.suppress(SourceError):
            ours = ast.dump(parse(data, "a.py"), include_attributes=True)
        assert ours == expected

    @given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
    def test_text_survives_the_way_to_bytes_and_back(self, text: str) -> None:
        text = f"pass\n\n{text}"
        assert decode(text.encode()) == decode(text.encode("utf-8-sig")) == text

    @given(st.text(st.characters(codec="latin-1", exclude_characters="\0")))
    def test_latin_1_survives_the_way_to_bytes_and_back(self, text: str) -> None:
        text = f"# coding: latin-1\n{text}"
        assert decode(text.encode("latin-1")) == text


class TestParse:
    def test_the_reason_of_a_syntax_error_is_pythons_and_has_its_row(self) -> None:
        assert refused(b"x = 1\ny = (\n") == ("SyntaxError: '(' was never closed", 2)
        assert refused(b"if x:\n  a\n    b\n") == ("IndentationError: unexpected indent", 3)

    def test_an_empty_file_is_a_module(self) -> None:
        assert parse(b"", "a.py").body == []

    def test_invalid_escapes_are_not_reported_even_where_warnings_are_errors(self) -> None:
        source = rb"x = '\d'; y = 1is 1"
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert len(parse(source, "a.py").body) == 2
        assert caught == []
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(parse(source, "a.py").body) == 2
            assert parse(b"# coding: unicode_escape\nx = '\\d'\n", "a.py").body

    def test_nothing_is_printed(self) -> None:
        code = r"""from flake8_orch47.project import source; print(len(source.parse(rb"'\d'", "a.py").body))"""
        run = subprocess.run(
            [sys.executable, "-W", "always", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=os.path.dirname(os.path.dirname(flake8_orch47.__file__)),
        )
        assert (run.stdout, run.stderr) == ("1\n", "")

    def test_type_comments_are_comments(self) -> None:
        (statement,) = parse(b"x = 1  # type: (((\n", "a.py").body
        assert isinstance(statement, ast.Assign)
        assert statement.type_comment is None

    def test_a_thousand_nested_brackets_are_an_error_and_no_crash(self) -> None:
        assert refused(b"x = 1\ny = " + b"(" * 1000 + b")" * 1000) == (
            "SyntaxError: too many nested parentheses",
            2,
        )

    @pytest.mark.parametrize("source", [b"-" * 100_000 + b"1", b"a" + b".b" * 50_000, b"a" + b"+a" * 50_000])
    def test_what_nests_too_deeply_for_python_is_an_error_and_no_crash(self, source: bytes) -> None:
        reason, row = refused(source)
        assert reason.endswith("Error: nested too deeply for Python's parser")
        assert row == 1

    def test_a_lone_surrogate_is_an_error(self) -> None:
        reason, row = refused(b"# coding: utf-7\nx = '+2AA-'\n")
        assert "surrogates not allowed" in reason
        assert row == 1

    def test_a_hundred_thousand_lines_are_parsed(self) -> None:
        assert len(parse(b"x = 1\n" * 100_000, "a.py").body) == 100_000


def name_spans(data: bytes, name: str) -> list[str]:
    """What the text holds where the tree says that `name` stands."""
    lines = split_lines(decode(data))
    return [
        lines[node.lineno - 1][
            to_column(lines[node.lineno - 1], node.col_offset) : to_column(
                lines[node.lineno - 1], node.end_col_offset or 0
            )
        ]
        for node in ast.walk(parse(data, "a.py"))
        if isinstance(node, ast.Name) and node.id == name
    ]


class TestColumns:
    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
    def test_columns_count_characters_whatever_the_files_encoding(self, encoding: str) -> None:
        data = f"# coding: {encoding}\nx = 'éü'; target = 1; é = target\n".encode(encoding)
        assert name_spans(data, "target") == ["target", "target"]
        assert to_column("x = 'éü'; target = 1", 12) == 10

    @pytest.mark.parametrize("separator", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    def test_only_python_line_ends_end_lines(self, separator: str) -> None:
        data = f"x = 'a{separator}b'; target = 1\r# {separator}\r\n\x0ctarget\n".encode()
        assert name_spans(data, "target") == ["target", "target"]

    def test_lines_are_those_of_the_tree(self) -> None:
        assert split_lines("a\nb\r\nc\rd\x0ce\u2028f\n\r") == ["a", "b", "c", "d\x0ce\u2028f", "", ""]

    def test_a_byte_order_mark_takes_no_column(self) -> None:
        assert name_spans(b"\xef\xbb\xbftarget = 1\n", "target") == ["target"]

    def test_an_offset_past_the_end_is_the_end(self) -> None:
        assert to_column("ab", 9) == 2
        assert to_column("é𝕏", 9) == 2

    def test_an_offset_inside_a_character_is_that_characters(self) -> None:
        assert [to_column("é𝕏", offset) for offset in range(7)] == [0, 0, 1, 1, 1, 1, 2]

    @given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
    def test_columns_survive_the_way_to_offsets_and_back(self, before: str, after: str) -> None:
        assert to_column(before + after, len(before.encode())) == len(before)

    @given(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r'\\")),
            min_size=1,
            max_size=4,
        ),
        st.sampled_from(["\n", "\r\n", "\r"]),
    )
    def test_every_name_is_found_where_the_tree_has_it(self, texts: list[str], end: str) -> None:
        data = end.join(f"x = '{text}'; target = 1" for text in texts).encode()
        assert name_spans(data, "target") == ["target"] * len(texts)


def test_this_file_is_its_own_witness() -> None:
    with open(os.path.abspath(__file__), "rb") as file:
        data = file.read()
    assert set(name_spans(data, "to_column")) == {"to_column"}
