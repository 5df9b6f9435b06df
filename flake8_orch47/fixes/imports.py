"""New imports: once, and where imports stand."""

from __future__ import annotations

import ast
import sys

from flake8_orch47.facts.children import children
from flake8_orch47.fixes.text import Text, TextEdit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from flake8_orch47.fixes.steps import NewImport

__all__ = ["import_edit"]

_Import = ast.Import | ast.ImportFrom


def import_edit(text: Text, wanted: Sequence[NewImport], removed: Collection[int] = ()) -> list[TextEdit]:
    """The edits that add imports to a module. `removed` are the rows of statements that go."""
    tree = ast.parse(text.text)
    standing = [node for node in tree.body if isinstance(node, _Import) and node.lineno not in removed]
    edits: list[TextEdit] = []
    longer: dict[ast.ImportFrom, list[str]] = {}
    lines: dict[int, list[str]] = {}
    for one in sorted(wanted, key=lambda new: (bool(new.name), new.module, new.name)):
        if _is_there(standing, one):
            continue
        kin = _beside(tree, one) or _same_module(standing, one)
        if kin is not None:
            longer.setdefault(kin, []).append(one.name + _renamed(one))
        else:
            lines.setdefault(_row(text, tree, standing, one), []).append(_written(one))
    edits += [_longer(text, node, names) for node, names in longer.items()]
    edits += [_lines(text, tree, row, found) for row, found in lines.items()]
    return edits


def _written(new: NewImport) -> str:
    module = "." * new.level + new.module
    return f"from {module} import {new.name}{_renamed(new)}" if new.name else f"import {module}{_renamed(new)}"


def _renamed(new: NewImport) -> str:
    return f" as {new.alias}" if new.alias else ""


def _is_there(standing: Sequence[_Import], new: NewImport) -> bool:
    for node in standing:
        for alias in node.names:
            if (alias.asname or "") != new.alias:
                continue
            if isinstance(node, ast.Import) and not new.name and alias.name == new.module:
                return True
            if isinstance(node, ast.ImportFrom) and _is_module(node, new) and alias.name == new.name:
                return True
    return False


def _is_module(node: ast.ImportFrom, new: NewImport) -> bool:
    return (node.module or "", node.level) == (new.module, new.level)


def _same_module(standing: Sequence[_Import], new: NewImport) -> ast.ImportFrom | None:
    """The last statement that imports other names of the same module."""
    found = [
        node
        for node in standing
        if isinstance(node, ast.ImportFrom)
        and new.name
        and _is_module(node, new)
        and all(alias.name != "*" for alias in node.names)
    ]
    return found[-1] if found else None


def _beside(tree: ast.Module, new: NewImport) -> ast.ImportFrom | None:
    """The statement beside which an import goes, wherever that is, if it imports from the same module."""
    for node in ast.walk(tree) if new.beside and new.name else ():
        if isinstance(node, ast.ImportFrom) and node.lineno == new.beside and _is_module(node, new):
            return node
    return None


def _longer(text: Text, node: ast.ImportFrom, names: Sequence[str]) -> TextEdit:
    """More names in a `from` import, in their place where the names are in order."""
    aliases = node.names
    order = next((key for key in (_by_type, _by_letter) if _is_sorted([alias.name for alias in aliases], key)), None)
    later = [alias for alias in aliases if order and order(alias.name) > order(names[0])]
    own_lines = len({alias.lineno for alias in aliases}) == len(aliases) and aliases[0].lineno > node.lineno
    between = ", "
    if own_lines:
        between = "," + text.newline + text.line(aliases[0].lineno)[: aliases[0].col_offset]
    if later:
        at = text.offset(later[0].lineno, later[0].col_offset)
        return TextEdit(at, at, "".join(f"{name}{between}" for name in names))
    last = aliases[-1]
    at = text.offset(last.end_lineno or last.lineno, last.end_col_offset or 0)
    return TextEdit(at, at, "".join(f"{between}{name}" for name in names))


def _by_type(name: str) -> tuple[int, str]:
    """The order of isort: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name.lower()


def _by_letter(name: str) -> tuple[int, str]:
    return 0, name.lower()


def _is_sorted(names: list[str], key: Callable[[str], tuple[int, str]]) -> bool:
    return names == sorted(names, key=key)


def _row(text: Text, tree: ast.Module, standing: Sequence[_Import], new: NewImport) -> int:
    """The row before which an import goes."""
    if new.beside:
        for node in tree.body:
            if node.lineno <= new.beside <= (node.end_lineno or node.lineno):
                return _behind(text, node)
    block = _first_block(tree)
    if not block:
        return _behind_head(text, tree)
    plain = [node for node in block if isinstance(node, ast.Import) and _is_standard(node.names[0].name)]
    if not new.name and _is_standard(new.module):
        later = [node for node in plain if node.names[0].name > new.module]
        if later:
            return later[0].lineno
        return _behind(text, plain[-1]) if plain else block[0].lineno
    group = _third_party(block) if new.name and not new.level else []
    before = [node for node in group if _order(node) < (1, 1, new.module.lower())]
    if group and not before:
        return group[0].lineno
    return _behind(text, before[-1] if before else block[-1])


def _third_party(block: Sequence[_Import]) -> list[_Import]:
    """The first group of imports, without blank lines between them, that is not only the standard library's."""
    group: list[_Import] = []
    for node in block:
        if group and node.lineno > (group[-1].end_lineno or 0) + 1:
            if _order(group[-1])[0]:
                break
            group = []
        group.append(node)
    return group if group and _order(group[-1])[0] and not getattr(group[-1], "level", 0) else []


def _order(node: _Import) -> tuple[int, int, str]:
    """The place of an import within its section, as isort has it: `import` before `from`, then by name."""
    module = node.names[0].name if isinstance(node, ast.Import) else "." * node.level + (node.module or "")
    return int(not _is_standard(module)), int(isinstance(node, ast.ImportFrom)), module.lower()


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _first_block(tree: ast.Module) -> list[_Import]:
    """The imports at the top, but for those from `__future__`."""
    found: list[_Import] = []
    for node in tree.body:
        if isinstance(node, _Import):
            if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                found.append(node)
        elif found or not _is_head(node):
            break
    return found


def _is_head(node: ast.stmt) -> bool:
    """Whether a statement may stand before the imports: a docstring, `__all__` and the like."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.Assign) and all(
        isinstance(target, ast.Name) and target.id.startswith("__") for target in node.targets
    )


def _behind(text: Text, node: ast.stmt) -> int:
    return min((node.end_lineno or node.lineno) + 1, text.rows + 1)


def _behind_head(text: Text, tree: ast.Module) -> int:
    """Where the first import of a module goes: behind its docstring and its imports from `__future__`."""
    row = 0
    for index, node in enumerate(tree.body):
        is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            row = _behind(text, node)
    if row:
        return row
    row = 1
    while row <= text.rows and text.line(row).startswith("#"):
        row += 1
    return row


def _lines(text: Text, tree: ast.Module, row: int, lines: Sequence[str]) -> TextEdit:
    newline = text.newline
    code = "".join(f"{line}{newline}" for line in lines)
    at = text.start(row)
    before = newline if row > text.rows and text.text and not text.text.endswith(("\n", "\r")) else ""
    follows = next((node for node in tree.body if _first_row(node) >= row), None)
    precedes = next((node for node in reversed(tree.body) if (node.end_lineno or 0) < row), None)
    is_import = isinstance(precedes, _Import) and getattr(precedes, "module", "") != "__future__"
    if precedes is not None and not is_import and text.line(row - 1).strip():
        before += newline
    after = ""
    if follows is not None and text.line(row).strip():
        same = isinstance(follows, ast.Import) and _is_standard(follows.names[0].name)
        same = same or (
            isinstance(follows, ast.ImportFrom) and _is_standard(follows.module or "") and not follows.level
        )
        beside_others = is_import and isinstance(follows, _Import)
        after = "" if same or beside_others else newline
    return TextEdit(at, at, before + code + after)


def _first_row(node: ast.stmt) -> int:
    decorators = [one for one in children(node) if one in getattr(node, "decorator_list", ())]
    return min([node.lineno, *(one.lineno for one in decorators if isinstance(one, ast.expr))])
