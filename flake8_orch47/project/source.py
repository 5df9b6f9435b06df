"""Source files: their bytes, their text, their syntax tree, and the columns of its nodes.

Whatever is wrong with a file becomes one exception, SourceError, so that one bad file never loses the
findings of the others.
"""

from __future__ import annotations

import ast
import codecs
import os
import re
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["SourceError", "decode", "encode", "parse", "parse_text", "read", "split_lines", "to_column"]

#: The first two lines: only there may an encoding be declared (PEP 263).
#: Text mode would change line ends on Windows.
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
#: Nearly every source file is smaller; asking how large it is takes longer than reading it.
_PIECE = 1 << 16
_HEAD = re.compile(rb"([^\r\n]*)(?:\r\n?|\n)?([^\r\n]*)")
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#.*)?$")


class SourceError(Exception):
    """A file that cannot be read or parsed: `reason` is one line for a person, `row` where (1-based)."""

    def __init__(self, reason: str, row: int = 1) -> None:
        super().__init__(reason, row)
        self.reason = reason
        self.row = row


def read(path: str) -> bytes:
    """The bytes of the file at `path`. Raises SourceError with the system's reason, without the path."""
    try:
        descriptor = os.open(path, _READ)
        try:
            data = os.read(descriptor, _PIECE)
            pieces = [data]
            while data:  # to the end, also where a piece is short: of a device
                data = os.read(descriptor, _PIECE)
                pieces.append(data)
            return pieces[0] if len(pieces) < 3 else b"".join(pieces)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SourceError(error.strerror or type(error).__name__) from error
    except ValueError as error:  # a NUL in the path
        raise SourceError(str(error)) from error


def decode(data: bytes) -> str:
    """The text of a source file, as Python reads it: byte order mark, declared encoding, else UTF-8.

    The mark is not part of the text; line ends stay as they are. Raises SourceError for an unknown
    encoding, for bytes that are not text in the encoding and for NUL characters.
    """
    body = data.removeprefix(codecs.BOM_UTF8)
    encoding, row = _declared_encoding(body)
    if len(body) != len(data) and not _is_utf8(encoding):
        # CPython and tokenize.detect_encoding refuse the contradiction too.
        raise SourceError(f"encoding problem: {encoding} with BOM", row)
    text = _decoded(body, encoding, row)
    if "\0" in text:
        raise SourceError("a NUL character: Python source has none", _row_at(text, text.index("\0")))
    return text


def encode(text: str, like: bytes) -> bytes:
    """The bytes of a source text in the encoding of the file with the bytes `like`, with its byte order mark.

    Raises SourceError for a character that the encoding does not have.
    """
    body = like.removeprefix(codecs.BOM_UTF8)
    encoding, _ = _declared_encoding(body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return like[: len(like) - len(body)] + text.encode(encoding)
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"not {encoding}: {error}") from error


def parse(data: bytes, path: str) -> ast.Module:
    """The syntax tree of a source file. `path` only names it.

    Warnings about the source (invalid escapes) are dropped: they are for those who run it. Raises
    SourceError for whatever Python does not parse, also for what nests too deeply for its parser.
    """
    return parse_text(decode(data), path)


def parse_text(text: str, path: str) -> ast.Module:
    """As `parse`, for a source that was decoded already."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, path)
    except SyntaxError as error:
        raise SourceError(_described(error, error.msg), max(error.lineno or 1, 1)) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError(f"{type(error).__name__}: nested too deeply for Python's parser") from error
    except ValueError as error:  # text that is not Unicode: a lone surrogate out of `coding: utf-7`
        raise SourceError(_described(error, str(error))) from error


def split_lines(text: str) -> list[str]:
    r"""The lines of `text` without their ends; the line in row n of a syntax tree is item n - 1.

    Python ends a line at \n, \r\n and \r, and nowhere else: str.splitlines also does so at form feeds,
    \x85, \u2028 and others, which puts every later row off.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def to_column(line: str, utf8_offset: int) -> int:
    """The column in code points for a `col_offset` of `ast` in this line.

    `ast` counts bytes of the line in UTF-8, whatever the file's own encoding is (documentation of
    ast.AST.col_offset: "the parser uses UTF-8 internally"). An offset past the end (Python 3.11 has such
    ones inside f-strings) is the end; one inside a character is that character's.
    """
    if line.isascii():
        return min(utf8_offset, len(line))
    before = line.encode("utf-8", "surrogatepass")[:utf8_offset]
    return len(before.decode("utf-8", "ignore"))


def _declared_encoding(body: bytes) -> tuple[str, int]:
    """The encoding that the first or, below a line without code, the second line names; with its row."""
    head = _HEAD.match(body)
    first, second = head.groups() if head else (b"", b"")
    if cookie := _COOKIE.match(first):
        return cookie[1].decode("ascii"), 1
    if _BLANK.match(first) and (cookie := _COOKIE.match(second)):
        return cookie[1].decode("ascii"), 2
    return "utf-8", 1


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
    except LookupError:
        return False


def _decoded(body: bytes, encoding: str, row: int) -> str:
    try:
        if encoding == "utf-8":
            return body.decode()
        with warnings.catch_warnings():  # `coding: unicode_escape` warns about escapes
            warnings.simplefilter("ignore")
            return body.decode(encoding)
    except LookupError as error:
        raise SourceError(f"unknown encoding: {encoding}", row) from error
    except UnicodeDecodeError as error:
        where = _row_at(body.decode("latin-1"), error.start)
        raise SourceError(
            f"not {encoding}: byte 0x{body[error.start]:02x} in line {where} ({error.reason})", where
        ) from error
    except UnicodeError as error:
        raise SourceError(f"not {encoding}: {error}", row) from error


def _row_at(text: str, position: int) -> int:
    return len(split_lines(text[:position]))


def _described(error: Exception, message: Any) -> str:
    """`SyntaxError: '(' was never closed`, on one line."""
    return " ".join(f"{type(error).__name__}: {message}".split())
