"""A rule's documentation for a terminal: the Markdown of the catalogue, wrapped and with coloured headings.

Only what the catalogue uses is understood: headings, paragraphs, lists, fenced code and addresses in `<...>`.
"""

from __future__ import annotations

from flake8_orch47.output.terminal import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.output.terminal import Screen

__all__ = ["for_terminal"]

_FENCE = "```"
_CODE_INDENT = " " * 4


def for_terminal(markdown: str, screen: Screen) -> Iterator[str]:
    """The lines of a page."""
    paragraph: list[str] = []
    fenced = False
    for line in [*markdown.splitlines(), ""]:
        if fenced or _is_block(line):
            yield from _paragraph(paragraph, screen)
            paragraph = []
        if line.startswith(_FENCE):
            fenced = not fenced
        elif fenced:
            yield f"{_CODE_INDENT}{line}".rstrip()
        elif line.startswith("#"):
            yield screen.title(line.lstrip("# "))
        elif line:
            paragraph.append(line.strip())
        else:
            yield ""


def _is_block(line: str) -> bool:
    """Whether `line` ends the paragraph before it."""
    return not line or line.startswith(("#", "- ", _FENCE))


def _paragraph(lines: list[str], screen: Screen) -> Iterator[str]:
    """The wrapped text of a paragraph or of one item of a list."""
    if not lines:
        return
    text = " ".join(lines).replace("**", "")
    bullet, text = ("- ", text[2:]) if text.startswith("- ") else ("", text)
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    first, *others = wrap(text, screen.columns - len(bullet))
    yield bullet + first
    yield from (" " * len(bullet) + line for line in others)
