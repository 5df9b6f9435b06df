"""The text of a file as rows and columns, its line ends and its indentation."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cached_property
from typing import NamedTuple

__all__ = ["Text", "TextEdit", "edited"]

_LINE_END = re.compile(r"\r\n|\r|\n")
_BLOCK = re.compile(r"(?:^|(?<=[\r\n]))([ \t]*)[^\s#][^\r\n]*:[ \t]*(?:#[^\r\n]*)?[\r\n]+([ \t]+)[^\s#]")


class TextEdit(NamedTuple):
    """The characters from `start` to `end` become `content`."""

    start: int
    end: int
    content: str


class Text:
    r"""A source text whose characters are found by row (1-based) and column (0-based, code points).

    Lines end where Python ends them: at `\n`, `\r\n` and `\r` only.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def offset(self, row: int, column: int) -> int:
        """Where a position is."""
        return self._starts[row - 1] + column

    def position(self, offset: int) -> tuple[int, int]:
        """Row and column of an offset."""
        row = bisect_right(self._starts, offset)
        return row, offset - self._starts[row - 1]

    @property
    def rows(self) -> int:
        """The number of lines; the empty one behind a last line end does not count."""
        return len(self._starts) - (self._starts[-1] == len(self.text))

    def line(self, row: int) -> str:
        """A line without its end; empty where there is none."""
        if not 1 <= row <= len(self._starts):
            return ""
        end = self._starts[row] if row < len(self._starts) else len(self.text)
        return self.text[self._starts[row - 1] : end].rstrip("\r\n")

    def start(self, row: int) -> int:
        """Where a line begins; the end of the text for what is behind the last."""
        return self._starts[row - 1] if row <= len(self._starts) else len(self.text)

    def end(self, row: int) -> int:
        """Where a line's end begins."""
        return self.start(row) + len(self.line(row))

    @cached_property
    def newline(self) -> str:
        """The line end that the text uses most; a line feed where it has none."""
        found = Counter(_LINE_END.findall(self.text))
        return max(found, key=lambda end: found[end]) if found else "\n"

    @cached_property
    def indent(self) -> str:
        """One level of indentation, as most blocks have it; four spaces where there is none."""
        deeper = (inner[len(outer) :] for outer, inner in _BLOCK.findall(self.text) if inner.startswith(outer))
        found = Counter(filter(None, deeper))
        return max(found, key=lambda indent: found[indent]) if found else "    "


def edited(text: str, edits: list[TextEdit]) -> str:
    """The text with the edits made, which are in order and do not overlap."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += (text[at : edit.start], edit.content)
        at = edit.end
    return "".join((*parts, text[at:]))
