"""Shell text: its commands, and their words with the rows they stand in.

Quotes, comments, continued lines, here-documents and texts that are run (`sh -c '...'`) count as a shell has them;
what expands at run time stays as it is written. Whatever the text, only ever fewer commands are found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["DEEPEST", "Command", "Rows", "Word", "heredocs", "shell_commands", "without_heredocs"]


class Word(NamedTuple):
    """A word of a command, without its quotes, and the row in which it begins (1-based)."""

    text: str
    row: int


class Command(NamedTuple):
    """The words of one command, and the key whose value it is (lower case, without `-` and `_`), if there is one."""

    words: tuple[Word, ...]
    key: str = ""


#: Rows of text: their number in the file, and what they hold.
Rows: TypeAlias = "list[tuple[int, str]]"

#: Texts in texts are followed this far: `sh -c "sh -c '...'"`.
DEEPEST = 4


def shell_commands(rows: Rows, comments: Sequence[str] = ("#",), key: str = "", depth: int = 0) -> Iterator[Command]:
    """The commands of shell text."""
    for words in _scanned(rows, comments):
        yield Command(tuple(Word(word.text, word.row) for word in words), key)
        for before, word in zip((None, *words), words, strict=False):
            if word.is_text and depth < DEEPEST and before is not None and _runs_text(before.text):
                inner = [(word.row + number, line) for number, line in enumerate(word.text.split("\n"))]
                yield from shell_commands(inner, comments, key, depth + 1)


def _runs_text(word: str) -> bool:
    """Whether what follows a word is text to run: `sh -c`, `bash -lc`, Jenkins' `sh`."""
    return word in {"sh", "script:", "eval", "--command"} or re.fullmatch(r"-[a-z]*c", word) is not None


class _Scanned(NamedTuple):
    """A word as the scanner finds it; `is_text`: quotes hold several words together."""

    text: str
    row: int
    is_text: bool


#: What a shell reads as one piece. A quote that is never closed is a character.
_PIECE = re.compile(
    r"""(?P<continued>\\\n)
      | \\(?P<escaped>.)
      | '(?P<single>[^']*)'
      | "(?P<double>(?:\\.|[^"\\])*)"
      | (?P<variable>\$\([\w.]+\)|\$\{[^}\n]{0,200}\}|\{\{[^\n]{0,200}?\}\})
      | (?P<space>[ \t\f\v<>]+)
      | (?P<end>[\n;|&()`])
      | (?P<char>.)""",
    re.DOTALL | re.VERBOSE,
)


def _scanned(rows: Rows, comments: Sequence[str]) -> Iterator[list[_Scanned]]:
    """The words of each command in shell text."""
    text = "\n".join(line for _, line in rows)
    numbers = [row for row, _ in rows]
    words: list[_Scanned] = []
    pieces: list[str] = []
    line = start = position = 0
    inside = is_text = False

    def finish() -> None:
        nonlocal inside, is_text
        if inside:
            words.append(_Scanned("".join(pieces), numbers[start], is_text))
        pieces.clear()
        inside = is_text = False

    while position < len(text):
        if not inside and any(text.startswith(mark, position) for mark in comments):
            position = _line_end(text, position)
            continue
        match = _PIECE.match(text, position)
        if match is None:
            break
        position = match.end()
        kind = match.lastgroup or "char"
        if kind in {"space", "end"}:
            finish()
            if kind == "end":
                if words:
                    yield words
                words = []
        elif kind != "continued":
            if not inside:
                start = line
            inside = True
            piece = match[kind]
            if kind == "double":
                piece = piece.replace('\\"', '"')
            is_text |= kind in {"single", "double"} and re.search(r"\s", piece.strip()) is not None
            pieces.append(piece)
        line += match[0].count("\n")
    finish()
    if words:
        yield words


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


def heredocs(rows: Rows) -> Iterator[Rows]:
    """The bodies of here-documents: text of their own, whose quotes do not count outside."""
    waiting: list[str] = []
    body: Rows = []
    for row, line in rows:
        if waiting:
            if line.strip() == waiting[0]:
                yield body
                waiting.pop(0)
                body = []
            else:
                body.append((row, line))
        elif "<<" in line and "<<<" not in line:
            waiting = [match[2] for match in _HEREDOC.finditer(line)]


def without_heredocs(rows: Rows, comments: Sequence[str]) -> Rows:
    """The rows outside of here-documents, those that are comments only left empty: their quotes do not count."""
    inside = {row for body in heredocs(rows) for row, _ in body}
    kept = ((row, line) for row, line in rows if row not in inside)
    return [(row, "" if line.lstrip().startswith(tuple(comments)) else line) for row, line in kept]
