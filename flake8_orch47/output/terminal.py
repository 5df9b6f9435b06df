"""For terminals: colours or none, the width of characters, wrapping, nothing that it would act upon."""

from __future__ import annotations

import os
import re

from flake8_orch47.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

__all__ = ["COLOR_CHOICES", "USUAL", "Screen", "cells", "escape", "screen", "wrap"]

COLOR_CHOICES = ("auto", "always", "never")

#: Lines are never wrapped narrower or wider than this, whatever the terminal says.
NARROWEST, USUAL, WIDEST = 40, 80, 120

_BOLD, _RED, _GREEN, _CYAN, _BLUE = "1", "31", "32", "36", "34"


class Screen(Record):
    """Where text goes: `folder` is what paths are shown relative to, `columns` its width."""

    folder: str
    columns: int = USUAL
    color: bool = False

    def heading(self, text: str) -> str:
        """`text` as a path or a title."""
        return self._paint(text, _BOLD)

    def code(self, text: str) -> str:
        """`text` as the code of a rule."""
        return self._paint(text, _BOLD, _RED)

    def place(self, text: str) -> str:
        """`text` as a position in a file, a gutter or a hint."""
        return self._paint(text, _CYAN)

    def marker(self, text: str) -> str:
        """`text` as what points at a piece of source."""
        return self._paint(text, _BOLD, _RED)

    def good(self, text: str) -> str:
        """`text` as good news."""
        return self._paint(text, _GREEN)

    def title(self, text: str) -> str:
        """`text` as a heading inside a page of documentation."""
        return self._paint(text, _BOLD, _BLUE)

    def path(self, path: str) -> str:
        """The absolute `path` as it is shown: relative where it is below the folder, and escaped."""
        prefix = self.folder if self.folder.endswith(os.sep) else self.folder + os.sep
        return escape(path.removeprefix(prefix))

    def _paint(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.color and text else text


def screen(color: str, stream: TextIO | None, environ: Mapping[str, str], folder: str) -> Screen:
    """The screen behind `stream`. `color` is one of COLOR_CHOICES.

    `auto` colours only on a terminal; `NO_COLOR` (https://no-color.org) takes the colours away and
    `FORCE_COLOR` (https://force-color.org) brings them, in this order; an option wins over both.
    """
    return Screen(folder, _columns(stream, environ), _wants_color(color, stream, environ))


def _wants_color(choice: str, stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and environ.get("TERM") != "dumb"


def _columns(stream: TextIO | None, environ: Mapping[str, str]) -> int:
    """`COLUMNS`, else what the terminal says, else the usual 80."""
    given = environ.get("COLUMNS", "")
    columns = int(given) if given.isascii() and given.isdigit() else 0
    if not columns and stream is not None:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
    return min(max(columns or USUAL, NARROWEST), WIDEST)


def escape(text: str) -> str:
    r"""`text` without anything that a terminal would act upon: control characters, line ends, marks that
    reverse the direction of writing and lone surrogates become what Python would write (`\x1b`).
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return len(text) + sum(
        -1 if category(char) in {"Mn", "Me"} else 1 if east_asian_width(char) in {"W", "F"} else 0
        for char in text
        if not char.isascii()
    )


def wrap(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`, broken at spaces only: a path or a name stays whole.

    What stands between backticks stays on one line where it fits.
    """
    lines: list[str] = []
    line, width = "", 0
    for word in re.findall(r"(?:`[^`]*`|\S)+", text):
        pieces = [word] if cells(word) <= columns else word.split()
        for piece in pieces:
            wider = cells(piece)
            if line and width + 1 + wider > columns:
                lines.append(line)
                line, width = piece, wider
            elif line:
                line, width = f"{line} {piece}", width + 1 + wider
            else:
                line, width = piece, wider
    return [*lines, line]
