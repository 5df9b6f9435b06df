"""How a function names something of another module, and where an import goes that it needs for that."""

from __future__ import annotations

import ast
import builtins
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope

__all__ = ["Import", "Reference", "insertion", "is_free", "reference", "with_imports"]


class Import(NamedTuple):
    """`import module as alias`, or `from module import name as alias`."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def text(self) -> str:
        """The statement."""
        renamed = f" as {self.alias}" if self.alias else ""
        return f"from {self.module} import {self.name}{renamed}" if self.name else f"import {self.module}{renamed}"

    @property
    def bound(self) -> str:
        """The name that the statement binds."""
        return self.alias or self.name or self.module.partition(".")[0]


class Reference(NamedTuple):
    """An expression that names something, and the import that has to be there first, if one is missing."""

    text: str
    needs: Import | None = None


def reference(facts: ModuleFacts, function: Scope, row: int, module: str, name: str = "") -> Reference:
    """How the body of `function`, at `row`, names the module `module`, or `name` of it.

    An import that is there already is used, under whatever name; otherwise one is added, under a name that
    nothing in the module or in the function hides.
    """
    suffix = f".{name}" if name else ""
    for binding in _imports(facts, function, row):
        if binding.imported is None:
            if binding.module == module or (binding.module.startswith(f"{module}.") and binding.name == module):
                return Reference(f"{binding.name}{suffix}")
        elif name and binding.module == module and binding.imported == name and not binding.level:
            return Reference(binding.name)
    package, _, last = module.rpartition(".")
    wanted = Import(module) if not package else Import(module, name)
    plain = wanted.bound
    alias = next(
        (one for one in (plain, f"_{plain}", f"_{last}_{plain}", *(f"_{plain}_{n}" for n in range(2, 50)))
         if is_free(facts, function, one)),
        f"_{plain}_",
    )  # fmt: skip
    if alias != plain:
        wanted = wanted._replace(alias=alias)
    return Reference(wanted.bound if wanted.name else f"{wanted.bound}{suffix}", wanted)


def is_free(facts: ModuleFacts, function: Scope, name: str) -> bool:
    """Whether `name` means nothing yet where the body of `function` would look it up."""
    if name in facts.scope.bindings and not _only_for_types(facts.scope.bindings[name]):
        return False
    if hasattr(builtins, name):
        return False
    return not _is_hidden(facts, function, name) and not any(
        name in scope.redirected for scope in facts.scopes.values()
    )


def _imports(facts: ModuleFacts, function: Scope, row: int) -> Iterator[Binding]:
    """The imports that the body of `function` sees for certain: those of the module, then its own."""
    for name, bindings in facts.scope.bindings.items():
        same = {(one.kind, one.module, one.imported, one.level) for one in bindings}
        if len(same) > 1 or bindings[0].kind != "import" or any(name in one.redirected for one in facts.scopes.values()):
            continue
        if any(one.statement in facts.tree.body for one in bindings) and not _is_hidden(facts, function, name):
            yield bindings[0]
    for bindings in function.bindings.values():
        first = bindings[0]
        body = getattr(function.node, "body", [])
        is_above = first.kind == "import" and first.statement in body and first.statement.lineno < row
        if is_above and len(bindings) == 1 and not _is_hidden(facts, function, first.name, inside_only=True):
            yield first


def _is_hidden(facts: ModuleFacts, function: Scope, name: str, inside_only: bool = False) -> bool:
    """Whether the function, one around it or a scope in it gives `name` a meaning of its own."""
    around: Scope | None = function
    while around is not None and around.kind != "module" and not inside_only:
        if around.kind != "class" and (name in around.bindings or name in around.redirected):
            return True
        around = around.parent
    return any(
        name in scope.bindings and _is_inside(scope, function) for scope in facts.scopes.values() if scope is not function
    )


def _is_inside(scope: Scope, function: Scope) -> bool:
    at: Scope | None = scope
    while at is not None:
        if at is function:
            return True
        at = at.parent
    return False


def _only_for_types(bindings: Iterable[Binding]) -> bool:
    return all(binding.kind == "import" and _in_type_checking(binding.statement, binding.scope) for binding in bindings)


def _in_type_checking(statement: ast.stmt, scope: Scope) -> bool:
    for top in getattr(scope.node, "body", []):
        if isinstance(top, ast.If) and statement in ast.walk(top):
            return ast.unparse(top.test).endswith("TYPE_CHECKING")
    return False


# Where an import goes


def with_imports(text: str, tree: ast.Module, lines: Sequence[str], imports: Iterable[Import]) -> str:
    """The source `text` with `imports` where imports stand; `lines` are its lines with their ends."""
    changed = list(lines)
    end = next((end for end in ("\r\n", "\n", "\r") if end in text), "\n")
    for row, before, statement, after in sorted((insertion(tree, one) for one in set(imports)), reverse=True):
        at = min(row - 1, len(changed))
        if at and not changed[at - 1].endswith(("\n", "\r")):
            changed[at - 1] += end
        changed[at:at] = [end] * before + [statement + end] + [end] * after
    return "".join(changed)


def insertion(tree: ast.Module, wanted: Import) -> tuple[int, int, str, int]:
    """Where the statement goes: its row, the empty lines before it, its text, the empty lines after it."""
    body = tree.body
    start = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):  # fmt: skip
        start = 1
    future = start
    while future < len(body) and _is_future(body[future]):
        future += 1
    block = _import_block(body, future)
    if not block:
        if future:
            last = body[future - 1]
            follows = future < len(body)
            return (last.end_lineno or last.lineno) + 1, 1, wanted.text, 1 if follows and _gap(last, body[future]) < 1 else 0
        return (_start(body[0]) if body else 1), 0, wanted.text, 2 if body else 0
    key = _key(wanted.module, bool(wanted.name))
    below = None
    for statement in block:
        if _statement_key(statement)[0] == key[0]:
            if _statement_key(statement) < key:
                below = statement
            elif below is None:
                return statement.lineno, 0, wanted.text, 0
    if below is not None:
        return (below.end_lineno or below.lineno) + 1, 0, wanted.text, 0
    later = next((statement for statement in block if _statement_key(statement)[0] > key[0]), None)
    if later is not None:
        return later.lineno, 0, wanted.text, 1
    last = block[-1]
    return (last.end_lineno or last.lineno) + 1, 1, wanted.text, 0


def _import_block(body: Sequence[ast.stmt], start: int) -> list[ast.Import | ast.ImportFrom]:
    """The imports that follow each other at the start, each alone on its lines."""
    found: list[ast.Import | ast.ImportFrom] = []
    for number in range(start, len(body)):
        statement = body[number]
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        found.append(statement)
    rows: dict[int, int] = {}
    for statement in body:
        rows[statement.lineno] = rows.get(statement.lineno, 0) + 1
    return [
        statement
        for number, statement in enumerate(found)
        if rows[statement.lineno] == 1 and (number + 1 >= len(found) or found[number + 1].lineno > (statement.end_lineno or 0))
    ]


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _start(statement: ast.stmt) -> int:
    return min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])


def _gap(above: ast.stmt, below: ast.stmt) -> int:
    return _start(below) - (above.end_lineno or above.lineno) - 1


def _statement_key(statement: ast.Import | ast.ImportFrom) -> tuple[int, bool, str]:
    if isinstance(statement, ast.Import):
        return _key(statement.names[0].name, False)
    if statement.level:
        return 2, True, "." * statement.level + (statement.module or "")
    return _key(statement.module or "", True)


def _key(module: str, is_from: bool) -> tuple[int, bool, str]:
    """The order of isort's defaults: the standard library first, `import` before `from`, by name."""
    return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1, is_from, module.lower()
