"""From the steps of fixes to the edits of one file.

Only the nodes that change are parsed by libcst, each by itself: their text is cut out of the file, rewritten and
put back. So nothing outside an edit can change, whatever encoding, line ends or white space a file has.
"""

from __future__ import annotations

import ast
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_orch47.fixes.imports import import_edit
from flake8_orch47.fixes.steps import Change, Insertion, NewImport, Refusal, Removal, Step
from flake8_orch47.fixes.text import Text, TextEdit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import libcst

__all__ = ["render"]

_BODY = " pass"


class _Node(NamedTuple):
    """A stretch of text with the changes to it, innermost first, and the changed stretches inside it."""

    start: int
    end: int
    changes: list[Change]
    inside: list[_Node]


def render(source: str, steps: Iterable[Step]) -> list[TextEdit]:
    """The edits that take these steps in a file with this text, in order.

    Raises Refusal where two steps get into each other's way, or a node is not what it was planned for.
    """
    try:
        return _rendered(source, steps)
    except RecursionError:
        raise Refusal("it is nested too deeply") from None


def _rendered(source: str, steps: Iterable[Step]) -> list[TextEdit]:
    text = Text(source)
    unique = list(dict.fromkeys(steps))
    edits = [_trimmed(text, edit) for edit in _changed(text, [one for one in unique if isinstance(one, Change)])]
    removals = [one for one in unique if isinstance(one, Removal)]
    edits += _removals(text, removals)
    edits += _joined((_insertion(text, one) for one in unique if isinstance(one, Insertion)), text.newline)
    new = [one for one in unique if isinstance(one, NewImport)]
    if new:
        edits += import_edit(text, new, {one.span.row for one in removals})
    return _in_order(edits)


def _in_order(edits: list[TextEdit]) -> list[TextEdit]:
    edits = sorted(edit for edit in edits if edit.start != edit.end or edit.content)
    for before, after in pairwise(edits):
        if before.end > after.start:
            raise Refusal("two changes of it touch the same text")
    return edits


# -- changes -------------------------------------------------------------------------------------------------


def _changed(text: Text, changes: Sequence[Change]) -> list[TextEdit]:
    """The edits for rewritten nodes; what is inside another one is part of its edit."""
    return [TextEdit(node.start, node.end, _code(text, node)) for node in _nested(text, changes)]


def _nested(text: Text, changes: Sequence[Change]) -> list[_Node]:
    """The changes as a forest: by what is inside what."""
    placed: dict[tuple[int, int], list[Change]] = {}
    for change in changes:
        span = change.span
        place = text.offset(span.row, span.column), text.offset(span.end_row, span.end_column)
        placed.setdefault(place, []).append(change)
    roots: list[_Node] = []
    for (start, end), found in sorted(placed.items(), key=lambda item: (item[0][0], -item[0][1])):
        level = roots
        while level and level[-1].end > start:
            if end > level[-1].end:
                raise Refusal("two changes of it overlap")
            level = level[-1].inside
        level.append(_Node(start, end, found, []))
    return roots


def _code(text: Text, node: _Node) -> str:
    """The new source of a node."""
    parts: list[str] = []
    at = node.start
    for inner in node.inside:
        parts += (text.text[at : inner.start], _code(text, inner))
        at = inner.end
    code = "".join((*parts, text.text[at : node.end]))
    indent = text.text[text.start(text.position(node.start)[0]) : node.start]
    for change in node.changes:
        code = _rewritten(text, change, code, indent)
    return code


def _rewritten(text: Text, change: Change, code: str, indent: str) -> str:
    """What a codemod makes of a node's source."""
    import libcst as cst

    module, _, name = change.rewrite.partition(":")
    rewrite = getattr(import_module(f"flake8_orch47.fixes.codemods.{module}"), name)
    config = cst.PartialParserConfig(default_newline=text.newline, default_indent=text.indent)
    if change.kind == "expression":
        inner = code if not _needs_brackets(code) else f"({code})"
        node: cst.CSTNode = cst.parse_expression(inner, config)
        around = cst.Module([], default_newline=text.newline, default_indent=text.indent)
        if around.code_for_node(node) != inner:
            raise Refusal("libcst does not give the source back as it was")
        if inner is not code:  # the brackets are around more of the source: what is rewritten has none of them
            node = node.with_changes(lpar=node.lpar[1:], rpar=node.rpar[:-1])  # type: ignore[attr-defined]
        return around.code_for_node(rewrite(node, *change.options))
    if change.kind == "block":
        return _block(rewrite, change, code, config)
    if change.kind == "header":
        return _statement(cst, rewrite, change, code + _BODY, "", config).removesuffix(_BODY)
    return _statement(cst, rewrite, change, code, indent if not indent.strip() else "", config)


def _needs_brackets(code: str) -> bool:
    """Whether an expression goes on in another line without brackets of its own: it stands inside some."""
    if "\n" not in code and "\r" not in code:
        return False
    try:
        ast.parse(code.strip("\f"), mode="eval")
    except (SyntaxError, ValueError):
        return True
    return False


def _statement(
    cst: object, rewrite: object, change: Change, code: str, indent: str, config: libcst.PartialParserConfig
) -> str:
    import libcst

    newline = str(config.default_newline)
    prefix = f"if 1:{newline}{indent}" if indent else ""
    module = libcst.parse_module(prefix + code, config)
    if module.code != prefix + code:
        raise Refusal("libcst does not give the source back as it was")
    body: Sequence[libcst.BaseStatement | libcst.BaseSmallStatement] = module.body
    if indent:
        outer = module.body[0]
        body = outer.body.body if isinstance(outer, libcst.If) else ()
    whole = body[0]
    node: libcst.CSTNode = whole
    if isinstance(whole, libcst.SimpleStatementLine):
        node = whole.body[0]
    made = rewrite(node, *change.options)  # type: ignore[operator]
    changed = module.deep_replace(node, made)
    result = changed.code if isinstance(changed, libcst.Module) else ""
    if not result.startswith(prefix):
        raise Refusal("the statement cannot be rewritten")
    return result.removeprefix(prefix)


def _block(rewrite: object, change: Change, code: str, config: libcst.PartialParserConfig) -> str:
    """What a codemod makes of whole lines with statements.

    They are parsed below lines that bring them to their depth, so that new blocks are indented as the file is, and
    that keep comments with the first of them.
    """
    import libcst

    unit, newline = str(config.default_indent), str(config.default_newline)
    white = code[: len(code) - len(code.lstrip(" \t"))]
    depth = len(white) // len(unit) if white == unit * (len(white) // len(unit)) else 1
    prefix = "".join(f"{unit * level}if 1:{newline}" for level in range(depth)) or f"0{newline}"
    module = libcst.parse_module(prefix + code, config)
    if module.code != prefix + code:
        raise Refusal("libcst does not give the source back as it was")
    try:
        made = _inside(module, depth, lambda body: rewrite(body, *change.options))  # type: ignore[operator]
    except libcst.CSTValidationError as error:
        raise Refusal("the statements cannot be moved") from error
    return made.code.removeprefix(prefix)


def _inside(module: libcst.Module, depth: int, rewrite: Callable[[list[Any]], list[Any]]) -> libcst.Module:
    """The module with the statements rewritten that stand so deep in it."""
    import libcst

    if not depth:
        return module.with_changes(body=[module.body[0], *rewrite(list(module.body[1:]))])

    def deeper(node: libcst.CSTNode, level: int) -> libcst.CSTNode:
        block = getattr(node, "body", None)
        if not isinstance(block, libcst.IndentedBlock):
            raise Refusal("the statements do not stand where they should")
        body = rewrite(list(block.body)) if level == 1 else [deeper(block.body[0], level - 1)]
        return node.with_changes(body=block.with_changes(body=body))

    return module.with_changes(body=[deeper(module.body[0], depth)])


def _trimmed(text: Text, edit: TextEdit) -> TextEdit:
    """An edit without what it leaves as it was at its beginning and end."""
    old, new = text.text[edit.start : edit.end], edit.content
    shortest = min(len(old), len(new))
    tail = 0
    while tail < shortest and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    head = 0
    while head < shortest - tail and old[head] == new[head]:
        head += 1
    return TextEdit(edit.start + head, edit.end - tail, new[head : len(new) - tail])


# -- insertions and removals -----------------------------------------------------------------------------------


def _insertion(text: Text, step: Insertion) -> TextEdit:
    newline = text.newline
    code = "".join(f"{_indented(line, step.indent, text.indent)}{newline}" for line in step.lines)
    until = step.until or step.row
    before = newline if step.row > text.rows and text.text and not text.text.endswith(("\n", "\r")) else ""
    before += newline * _missing(text, step.row - 1, -1, step)
    after = newline * _missing(text, until, 1, step)
    return TextEdit(text.start(step.row), text.start(until), before + code + after)


def _missing(text: Text, row: int, direction: int, step: Insertion) -> int:
    """How many blank lines are missing between an insertion and what stands on this side of it."""
    blank = 0
    while 1 <= row <= text.rows and not text.line(row).strip():
        blank += 1
        row += direction
    if not 1 <= row <= text.rows:
        return 0
    line = text.line(row)
    opens = direction < 0 and line.rstrip().endswith(":") and len(line) - len(line.lstrip()) < len(step.indent)
    closes = direction > 0 and len(line) - len(line.lstrip()) < len(step.indent)
    return 0 if opens or (closes and blank) else max(0, step.blank - blank)


def _indented(line: str, indent: str, unit: str) -> str:
    if not line:
        return line
    stripped = line.lstrip(" ")
    return indent + unit * ((len(line) - len(stripped)) // 4) + stripped


def _joined(edits: Iterable[TextEdit], newline: str) -> list[TextEdit]:
    """Insertions at the same place as one, in their order; the blank lines between two neighbours count once."""
    found: dict[int, TextEdit] = {}
    for edit in edits:
        content = edit.content
        if edit.start in found:
            before = found[edit.start].content
            content = before + _after(before, content, newline)
        found[edit.start] = TextEdit(edit.start, edit.end, content)
    joined: list[TextEdit] = []
    for edit in sorted(found.values()):
        if joined and joined[-1].end == edit.start:
            edit = TextEdit(edit.start, edit.end, _after(joined[-1].content, edit.content, newline))
        joined.append(edit)
    return joined


def _after(before: str, content: str, newline: str) -> str:
    """What follows some lines, without the blank lines at its beginning with which those end."""
    while before.endswith(2 * newline) and content.startswith(newline):
        before, content = before.removesuffix(newline), content.removeprefix(newline)
    return content


def _removals(text: Text, steps: Iterable[Removal]) -> Iterator[TextEdit]:
    """The edits that take statements away; of neighbours one edit takes all lines."""
    rows: list[tuple[int, int]] = []
    for step in sorted(steps):
        edit = _removal(text, step)
        if edit is not None:
            yield edit
        elif rows and not any(text.line(row).strip() for row in range(rows[-1][1] + 1, step.span.row)):
            rows[-1] = rows[-1][0], step.span.end_row
        else:
            rows.append((step.span.row, step.span.end_row))
    for first, last in rows:
        yield _lines_gone(text, first, last)


def _removal(text: Text, step: Removal) -> TextEdit | None:
    """The edit that takes a statement away; None where its lines go as a whole."""
    span = step.span
    start, end = text.offset(span.row, span.column), text.offset(span.end_row, span.end_column)
    if step.instead:
        return TextEdit(start, end, step.instead)
    before, after = text.text[text.start(span.row) : start], text.text[end : text.end(span.end_row)]
    if not before.strip() and (not after.strip() or after.lstrip().startswith("#")):
        return None
    if after.lstrip().startswith(";"):  # `import a; b()`: up to what follows
        rest = after.lstrip()[1:]
        return TextEdit(start, end + len(after) - len(rest.lstrip()), "")
    if before.rstrip().endswith(";"):
        return TextEdit(start - len(before) + len(before.rstrip()[:-1].rstrip()), end, "")
    return TextEdit(start, end, "pass")  # all there is behind a colon


def _lines_gone(text: Text, first: int, last: int) -> TextEdit:
    """Whole lines, and the blank lines behind them where there are as many before."""
    before = first - 1
    while before >= 1 and not text.line(before).strip():
        before -= 1
    after = last + 1
    while after <= text.rows and not text.line(after).strip():
        after += 1
    if after > text.rows:  # nothing follows: the file ends with what was before
        return TextEdit(text.start(before + 1), len(text.text), "")
    drop = after - last - 1 if before < 1 else min(first - before, after - last) - 1
    return TextEdit(text.start(first), text.start(last + 1 + drop), "")
