"""Commands in deployment files: every command line that a file holds, whatever its format.

Nothing is parsed by a format's own rules: a Helm template is no YAML, and what is broken may still be deployed. Keys
and their values are found line by line; a value is a list of words, or shell text. Whatever is in the file, only ever
fewer commands are found.
"""

from __future__ import annotations

import re

from flake8_orch47.project.shell import DEEPEST, Command, Rows, Word, heredocs, shell_commands, without_heredocs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_orch47.knowledge.deployment import Syntax

__all__ = ["commands"]


#: Longer lines are data, and a value in brackets over more rows is one that nobody closed: reading stays linear.
_LONGEST_LINE, _MOST_ROWS = 5_000, 100


def commands(text: str, syntax: Syntax, comments: Sequence[str] = ("#",)) -> Iterator[Command]:
    """The commands in the text of a file, in no particular order. Nothing is raised."""
    if syntax == "json":
        yield from _flow(text, 1)
        return
    lines = re.split(r"\r\n|\r|\n", _without_template_comments(text))
    rows = [(row, line if len(line) <= _LONGEST_LINE else "") for row, line in enumerate(lines, 1)]
    match syntax:
        case "shell":
            yield from shell_commands(without_heredocs(rows, comments), comments)
            for body in heredocs(rows):
                yield from shell_commands(body, comments)
        case "docker":
            yield from _docker(rows)
        case "keys":
            yield from _keys(rows, comments)


#: Comments of Helm (`{{/* ... */}}`), Jinja (`{# ... #}`) and HCL (`/* ... */` on lines of its own).
_TEMPLATE_COMMENTS = (("{{/*", "*/}}"), ("{{- /*", "*/ -}}"), ("{{- /*", "*/}}"), ("{#", "#}"), ("\n/*", "*/"))


def _without_template_comments(text: str) -> str:
    """The text with spaces for its template comments: rows stay what they are."""
    for opening, closing in _TEMPLATE_COMMENTS:
        start = text.find(opening)
        kept: list[str] = []
        done = 0
        while start >= 0 and (end := text.find(closing, start)) >= 0:
            kept += [text[done:start], "\n" * text.count("\n", start, end)]
            done = end + len(closing)
            start = text.find(opening, done)
        text = "".join(kept) + text[done:]
    return text


# Dockerfiles

_INSTRUCTION = re.compile(r"\s*(?:ONBUILD\s+)?(?:HEALTHCHECK\b.*?\s)?(CMD|ENTRYPOINT|RUN|SHELL)\s+(.*)", re.IGNORECASE)


def _docker(rows: Rows) -> Iterator[Command]:
    """The commands of a Dockerfile: of its instructions, continued over lines, comments between them left out."""
    rows = [(row, line) for row, line in rows if not line.lstrip().startswith("#")]
    inside = {row for body in heredocs(rows) for row, _ in body}
    for body in heredocs(rows):
        yield from shell_commands(body, key="run")
    instruction: Rows = []
    for row, line in rows:
        if row in inside or (not line.strip() and instruction):
            continue
        instruction.append((row, line.rstrip()))
        if not line.rstrip().endswith(("\\", "`")):
            yield from _instruction(instruction)
            instruction = []
    yield from _instruction(instruction)


def _instruction(rows: Rows) -> Iterator[Command]:
    match = _INSTRUCTION.match(rows[0][1]) if rows else None
    if match is not None:
        yield from _value([(rows[0][0], match[2]), *rows[1:]], match[1].lower())


# Keys and values

_KEY = re.compile(
    r"""(?P<dashes>(?:-\s+)*)(?P<quote>["']?)(?P<key>[\w.$/@+-]+)(?P=quote)\s*(?:[:=]|\+=)(?:\s+|$|(?<==))"""
)
#: An anchor, a tag or an alias before a YAML value.
_PROPERTIES = re.compile(r"^(?:[&!][\w./!-]*\s+)+(?=\S)|^[&!][\w./!-]*$")
_BLOCK = re.compile(r"[|>][-+\d]*$")
_DIRECTIVE = re.compile(r"\s*(?:\{\{[-~]?.*\}\}|\{%.*%\})\s*$")


class _Part:
    """A value, or one item of it: its rows; `is_literal` where line ends end commands."""

    def __init__(self, row: int, text: str, is_item: bool) -> None:
        self.rows: Rows = [(row, text)] if text else []
        self.is_item = is_item
        self.is_literal = False

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self.rows)

    @property
    def is_open(self) -> bool:
        """Whether the value goes on, whatever the next line looks like."""
        if len(self.rows) > _MOST_ROWS:
            return False
        text = self.text.strip()
        return text.endswith("\\") or (text.startswith(("[", "{")) and not text.startswith("{{") and _depth(text) > 0)


class _Statement:
    """A key, how far it is indented, and its values."""

    def __init__(self, key: str, column: int) -> None:
        self.key = key.rpartition(".")[2].lower().replace("-", "").replace("_", "")
        self.column = column
        self.parts: list[_Part] = []


def _depth(text: str) -> int:
    """How many brackets are open at the end of a flow value."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"|\'[^\']*\'', "", text)
    return sum(bare.count(char) for char in "[{") - sum(bare.count(char) for char in "]}")


def _keys(rows: Rows, comments: Sequence[str]) -> Iterator[Command]:
    """The commands in the values of a file that is made of keys and values."""
    for statement in _statements(rows, comments):
        yield from _of_statement(statement)


def _statements(rows: Rows, comments: Sequence[str]) -> Iterator[_Statement]:
    """Keys with their values: on the key's line, in the lines below that are indented more, as `-` items."""
    around: list[_Statement] = []
    current = _Statement("", -1)
    part: _Part | None = None
    block: int | None = None  # the column that a block scalar has to exceed
    for row, raw in rows:
        column = len(raw) - len(raw.lstrip())
        if block is not None and part is not None:
            if not raw.strip() or column > block:
                part.rows.append((row, raw))
                continue
            block = None
        line = _uncommented(raw, comments)
        body = line.strip()
        if not body or _DIRECTIVE.match(line):
            continue
        if part is not None and part.is_open:
            part.rows.append((row, line))
            continue
        match = _KEY.match(body)
        if match is not None:
            column += len(match["dashes"])
            yield from _closed(around, column)
            current = _Statement(match["key"], column)
            around.append(current)
            value = _PROPERTIES.sub("", body[match.end() :])
            part = _Part(row, value, is_item=False)
            current.parts.append(part)
        elif body.startswith(("- ", "-\t")) or body == "-":
            yield from _closed(around, column + 1)
            current = around[-1] if around else current
            item = body.lstrip("- \t")
            part = _Part(row, _PROPERTIES.sub("", item), is_item=True)
            if body.startswith(("- -", "- - ")):
                current.parts.append(_Part(row, "", is_item=False))  # a list in a list begins a command
            current.parts.append(part)
            value = item
        else:
            if part is not None:
                part.rows.append((row, line))
            continue
        if _BLOCK.match(value):
            part.rows = []
            part.is_literal = value.startswith("|")
            block = column
    yield from around


def _closed(around: list[_Statement], column: int) -> Iterator[_Statement]:
    """Takes away the statements that end where something stands at `column`."""
    while around and around[-1].column >= column:
        yield around.pop()


def _uncommented(line: str, comments: Sequence[str]) -> str:
    """A line without its comment: one that begins the line, or stands behind a space outside of quotes."""
    stripped = line.lstrip()
    if any(stripped.startswith(mark) for mark in comments):
        return ""
    if not any(mark in line for mark in comments):
        return line
    for match in re.finditer(r"""'[^']*'|"(?:\\.|[^"\\])*"|(?<=\s)(?:#|//)""", line):
        if match[0] in comments and match[0] != ";":
            return line[: match.start()]
    return line


def _of_statement(statement: _Statement) -> Iterator[Command]:
    """The commands of a key's value: single words of a list belong together, an item of several is a command."""
    words: list[Word] = []
    for part in statement.parts:
        text = part.text.strip()
        if part.is_item and text and not re.search(r"\s", text) and text[0] not in "[{":
            words.append(Word(_unquoted(text), part.rows[0][0]))
            continue
        if not part.is_item and words:
            yield Command(tuple(words), statement.key)
            words = []
        if part.rows:
            yield from _value(part.rows, statement.key, part.is_literal)
    if words:
        yield Command(tuple(words), statement.key)


def _value(rows: Rows, key: str, is_literal: bool = False) -> Iterator[Command]:
    """The commands of one value: a list in brackets, a mapping in braces, or text."""
    text = "\n".join(line for _, line in rows)
    stripped = text.strip()
    if stripped.startswith("["):
        yield from _array(text, rows[0][0], key)
    elif stripped.startswith("{") and not stripped.startswith("{{"):
        yield from _flow(text, rows[0][0])
    elif is_literal:
        yield from shell_commands(rows, key=key)
    elif re.search(r"\[\s*[\"']", text):  # lists in a function of Terraform: `concat([...], [...])`
        yield from _array(text, rows[0][0], key)
    else:
        yield from shell_commands(_folded(_bare(rows)), key=key)
    if "{{" in text:
        yield from _go_lists(text, rows[0][0], key)


def _bare(rows: Rows) -> Rows:
    """A scalar without the quotes around it."""
    first, last = rows[0][1].lstrip(), rows[-1][1].rstrip()
    quote = first[:3] if first[:3] in {'"""', "'''"} else first[:1]
    if quote[:1] not in {'"', "'"} or not last.endswith(quote) or (len(rows) == 1 and len(first) < 2 * len(quote)):
        return rows
    rows = [(rows[0][0], first[len(quote) :]), *rows[1:]]
    row, last = rows[-1]
    inner = [*rows[:-1], (row, last.rstrip()[: -len(quote)])]
    return [(row, line.replace('\\"', '"')) for row, line in inner] if quote[0] == '"' else inner


def _folded(rows: Rows) -> Rows:
    """A value over several lines, whose line ends are spaces: that is how a shell reads a continued line."""
    return [(row, line if line.rstrip().endswith("\\") else line + " \\") for row, line in rows[:-1]] + rows[-1:]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


_ITEM = re.compile(
    r""""(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>[^']*)'|(?P<bare>[^\s,\[\]"'\\]+)|(?P<inner>[\[\]])""", re.DOTALL
)


def _array(text: str, row: int, key: str, depth: int = 0) -> Iterator[Command]:
    """The command whose words are the items of a list in brackets; a list in it is a command of its own."""
    words: list[Word] = []
    for match in _ITEM.finditer(text):
        if match["inner"]:
            if words:
                yield Command(tuple(words), key)
            words = []
            continue
        at = row + text.count("\n", 0, match.start())
        item = match[match.lastgroup or 0]
        if re.search(r"\s", item.strip()) and depth < DEEPEST:
            inner = item.replace('\\"', '"').replace("\\n", "\n")
            yield from shell_commands([(at, line) for line in inner.split("\n")], key=key)
        words.append(Word(item, at))
    if words:
        yield Command(tuple(words), key)


_GO_LIST = re.compile(r"\blist((?:\s+\"[^\"\n]{0,200}\"){1,100})")


def _go_lists(text: str, row: int, key: str) -> Iterator[Command]:
    """The lists that a Helm template makes: `{{ list "scheduler" "run" | toJson }}`."""
    for match in _GO_LIST.finditer(text):
        yield Command(tuple(Word(item, row) for item in re.findall(r'"([^"]*)"', match[1])), key)


_ENTRY = re.compile(
    r"""(?<![\w.$/@-])(?P<quote>["']?)(?P<key>[\w.$/@-]{1,80})(?P=quote)\s{0,8}[:=]\s{0,80}
        (?:(?P<array>\[(?:"(?:\\.|[^"\\])*"|[^\[\]"]){0,2000}\])|"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>[^']*)'|(?P<bare>[^,{}\[\]"'\n]+))""",
    re.VERBOSE,
)


def _flow(text: str, row: int) -> Iterator[Command]:
    """The commands in the values of a mapping in braces, at whatever depth."""
    at, counted = row, 0
    for match in _ENTRY.finditer(text):
        start = match.start(match.lastgroup or 0)
        at += text.count("\n", counted, start)
        counted = start
        key = _Statement(match["key"], 0).key
        if match["array"]:
            yield from _array(match["array"], at, key)
        else:
            value = match["double"] or match["single"] or match["bare"] or ""
            yield from shell_commands(
                [(at, line) for line in value.replace('\\"', '"').replace("\\n", "\n").split("\n")], key=key
            )
