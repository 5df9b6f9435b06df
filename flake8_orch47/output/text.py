"""Findings as text: `concise` (one line each), `text` (grouped by file) and `full` (with the source).

Nothing that comes from the linted files reaches the terminal unescaped. Rows and columns are shown 1-based.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby

from flake8_orch47.findings import UNREADABLE
from flake8_orch47.output.terminal import cells, escape, wrap
from flake8_orch47.records import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from flake8_orch47.findings import Finding, Hop, Span
    from flake8_orch47.output.terminal import Screen

__all__ = ["Repairs", "concise", "full", "grouped", "statistics", "summary", "would_fix"]

#: What is said about the fix of a finding: a title and a text.
Remarks: TypeAlias = "Mapping[Finding, tuple[str, str]]"


#: A chain with more hops is shortened in the middle: so many are shown at either end.
LONGEST_CHAIN, SHOWN_AT_EITHER_END = 6, 3

#: Of a longer span only the first rows are shown.
MOST_ROWS = 4

TAB = 4
CUT = "..."


class Repairs(Row):
    """What was repaired: so many findings in so many files; `more` counts what further options would repair."""

    fixed: int
    files: int
    more: Mapping[str, int]


def concise(findings: Iterable[Finding], screen: Screen) -> Iterator[str]:
    """One line per finding: `path:row:column: CODE message`, the form that editors and CI systems read."""
    for finding in findings:
        place = screen.heading(screen.path(finding.span.path)) + screen.place(f":{_position(finding.span)}:")
        yield f"{place} {screen.code(finding.code)} {escape(finding.message)}"


def grouped(findings: Iterable[Finding], screen: Screen, remarks: Remarks | None = None) -> Iterator[str]:
    """The findings file by file, messages wrapped, the hops of a chain and remarks on fixes below their finding."""
    for path, group in groupby(findings, key=lambda finding: finding.span.path):
        of_file = list(group)
        width = max(len(_position(finding.span)) for finding in of_file)
        yield screen.heading(screen.path(path))
        for finding in of_file:
            place = _position(finding.span).ljust(width)
            margin = 2 + width + 2
            first, *others = wrap(escape(finding.message), screen.columns - margin - len(finding.code) - 2)
            indent = " " * (margin + len(finding.code) + 2)
            yield f"  {screen.place(place)}  {screen.code(finding.code)}  {first}"
            yield from (indent + line for line in others)
            yield from _hops(_shortened(finding.related), margin, screen)
            yield from _on_fix(finding, remarks, margin, screen)
        yield ""


def full(
    findings: Iterable[Finding],
    screen: Screen,
    sources: Mapping[str, str],
    advice: Callable[[str], str],
    remarks: Remarks | None = None,
) -> Iterator[str]:
    """Each finding with its source line and a marker below, every hop, and what to do about it.

    `sources` is the text of the files as far as it is known; `advice` gives the one line of a rule's code.
    """
    lines_of: dict[str, list[str]] = {}
    for finding in findings:
        path = finding.span.path
        if path not in lines_of and path in sources:
            lines_of[path] = _rows(sources[path])
        place = screen.heading(screen.path(path)) + screen.place(f":{_position(finding.span)}:")
        yield f"{place} {screen.code(finding.code)}"
        yield from ("  " + line for line in wrap(escape(finding.message), screen.columns - 2))
        yield from _excerpt(finding.span, lines_of.get(path, []), screen)
        yield from _hops(list(finding.related), 2, screen)
        yield from _remark("help", advice(finding.code), screen)
        yield from _on_fix(finding, remarks, 2, screen)
        yield from _remark("more", f"`orch47 rule {finding.code}`", screen)
        yield ""


def summary(findings: Sequence[Finding], checked: int, screen: Screen, repairs: Repairs | None = None) -> str:
    """The last line: how much was found in how much, what was repaired, and whether that is all."""
    fixed = f"Fixed {_counted(repairs.fixed, 'problem')} in {_counted(repairs.files, 'file')}" if repairs else ""
    if not findings:
        done = f"{fixed}. " if repairs and repairs.fixed else ""
        return screen.good(f"{done}All good: {_counted(checked, 'file')} checked.")
    in_files = len({finding.span.path for finding in findings})
    if repairs and repairs.fixed:
        line = f"{fixed}; {len(findings)} left in {_counted(in_files, 'file')} (checked {checked})."
    else:
        line = f"Found {_counted(len(findings), 'problem')} in {_counted(in_files, 'file')} (checked {checked})."
    for options, count in sorted(repairs.more.items()) if repairs else ():
        line += f" {_counted(count, 'more fix', 'more fixes')} with `{options}`."
    unread = sum(finding.code == UNREADABLE for finding in findings)
    if unread:
        line += f" The result is incomplete: {_counted(unread, 'file')} could not be read or parsed."
    return line


def would_fix(
    fixed: int, files: Collection[str], left: Collection[Finding], refused: Mapping[Finding, str], screen: Screen
) -> Iterator[str]:
    """What the diff does not show: how much it repairs, how much more could be, and why the rest is not."""
    more = f"; {_counted(len(left), 'more fix', 'more fixes')} with `--unsafe-fixes`" if left else ""
    yield f"would fix {_counted(fixed, 'problem')} in {_counted(len(files), 'file')}{more}"
    for finding, reason in sorted(refused.items()):
        yield f"no fix for {finding.code} at {screen.path(finding.span.path)}:{_position(finding.span)}: {reason}"


def statistics(findings: Iterable[Finding], screen: Screen, name: Callable[[str], str]) -> Iterator[str]:
    """How often each rule was found, most frequent first; `name` gives the name of a rule's code."""
    counts = Counter(finding.code for finding in findings)
    width = max((len(str(count)) for count in counts.values()), default=0)
    for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:>{width}}  {screen.code(code)}  {name(code)}"


def _position(span: Span) -> str:
    return f"{span.row}:{span.column + 1}"


def _counted(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or noun + 's'}"


# Hops and remarks


def _shortened(hops: Sequence[Hop]) -> list[Hop | int]:
    """The hops to show; a number stands for so many that are left out."""
    if len(hops) <= LONGEST_CHAIN:
        return list(hops)
    left_out = len(hops) - 2 * SHOWN_AT_EITHER_END
    return [*hops[:SHOWN_AT_EITHER_END], left_out, *hops[-SHOWN_AT_EITHER_END:]]


def _hops(hops: Sequence[Hop | int], margin: int, screen: Screen) -> Iterator[str]:
    for hop in hops:
        if isinstance(hop, int):
            yield " " * margin + f"{CUT} {hop} more (`--output-format full` shows them)"
            continue
        place = f"{screen.path(hop.span.path)}:{_position(hop.span)}"
        text = escape(hop.message)
        if margin + 3 + cells(place) + 1 + cells(text) <= screen.columns:
            yield " " * margin + f"-> {screen.place(place)} {text}"
        else:
            yield " " * margin + f"-> {screen.place(place)}"
            yield from (" " * (margin + 3) + line for line in wrap(text, screen.columns - margin - 3))


def _remark(title: str, text: str, screen: Screen) -> Iterator[str]:
    first, *others = wrap(text, screen.columns - len(title) - 4)
    yield f"  {screen.place(title + ':')} {first}"
    yield from (" " * (len(title) + 4) + line for line in others)


def _on_fix(finding: Finding, remarks: Remarks | None, margin: int, screen: Screen) -> Iterator[str]:
    if remarks and finding in remarks:
        title, text = remarks[finding]
        first, *others = wrap(f"{title}: {escape(text)}", screen.columns - margin - 2)
        yield " " * margin + first.replace(f"{title}:", screen.place(f"{title}:"), 1)
        yield from (" " * (margin + 2) + line for line in others)


# Source and marker


def _rows(source: str) -> list[str]:
    """The physical lines as Python counts them: `str.splitlines` would also split at form feeds."""
    return re.split(r"\r\n|\r|\n", source)


def _excerpt(span: Span, lines: Sequence[str], screen: Screen) -> Iterator[str]:
    """The source of `span`, numbered, with a marker under what belongs to it."""
    rows = range(span.row, min(span.end_row, span.row + MOST_ROWS - 1, len(lines)) + 1)
    if not rows or span.row < 1:
        return
    width = len(str(rows[-1]))
    gutter = " " * width
    yield f"  {gutter} {screen.place('|')}"
    for row in rows:
        text, marker = _marked(lines[row - 1], _stretch(span, row, lines[row - 1]), screen.columns - width - 5)
        yield f"  {screen.place(str(row).rjust(width))} {screen.place('|')} {text}".rstrip()
        yield f"  {gutter} {screen.place('|')} {_painted(marker, screen)}"
    if rows[-1] < span.end_row:
        yield f"  {gutter} {screen.place('|')} {CUT}"


def _painted(marker: str, screen: Screen) -> str:
    return " " * (len(marker) - len(marker.lstrip())) + screen.marker(marker.lstrip())


def _stretch(span: Span, row: int, line: str) -> tuple[int, int]:
    """Which characters of `row` belong to `span`: at least one, without the spaces around them."""
    start = span.column if row == span.row else len(line) - len(line.lstrip())
    end = span.end_column if row == span.end_row else len(line.rstrip())
    return start, max(end, start + 1)


def _marked(line: str, stretch: tuple[int, int], columns: int) -> tuple[str, str]:
    """`line` as a terminal shows it, at most `columns` wide, and the marker for `stretch` of it."""
    pieces = _displayed(line)
    widths = [cells(piece) for piece in pieces]
    start, end = stretch
    left = sum(widths[:start])
    marked = max(sum(widths[start:end]), 1)
    if sum(widths) <= columns:
        return "".join(pieces), " " * left + "^" * marked
    return _window(pieces, widths, left, marked, columns)


def _displayed(line: str) -> list[str]:
    """What a terminal shows for each character of `line`: tabs reach the next stop, the rest is harmless."""
    pieces: list[str] = []
    column = 0
    for char in line:
        piece = " " * (TAB - column % TAB) if char == "\t" else escape(char)
        pieces.append(piece)
        column += cells(piece)
    return pieces


def _window(pieces: Sequence[str], widths: Sequence[int], left: int, marked: int, columns: int) -> tuple[str, str]:
    """The part of a long line around what is marked, and the marker.

    It is the beginning of the line if that reaches far enough, else a third of the room goes before the mark.
    """
    room, from_cell = columns - len(CUT), 0
    if left + marked > room:
        room -= len(CUT)
        from_cell = max(0, left - max(room - marked, 0) // 3)
    shown: list[str] = []
    position = begins = used = 0
    cut_behind = False
    for piece, width in zip(pieces, widths, strict=True):
        if position < from_cell:
            begins = position + width
        elif used + width > room:
            cut_behind = True
            break
        else:
            shown.append(piece)
            used += width
        position += width
    before = CUT if begins else ""
    text = before + "".join(shown) + (CUT if cut_behind else "")
    offset = len(before) + left - begins
    return text, " " * offset + "^" * max(1, min(marked, used - (left - begins)))
