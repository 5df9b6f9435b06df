"""Which of the framework's tables the objects of a session come from, and what of them are plain columns.

Columns are loaded together with their object and outlive the session; everything else about it may query again.
"""

from __future__ import annotations

import ast

from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.function import COMPREHENSIONS
from flake8_orch47.knowledge.columns import COLUMNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_orch47.fixes.threads.function import AsyncFunction

__all__ = ["bound_to", "is_column", "iterated", "selects_columns"]

#: Methods of queries and results that give the same objects, or some of them.
_SAME = frozenset(
    "all distinct filter filter_by first join limit offset one one_or_none order_by outerjoin scalar scalar_one "
    "scalar_one_or_none scalars unique where with_for_update yield_per".split()
)
#: Methods that end a query: nothing of what they give belongs to the session any more, if it selects columns.
_ENDS = frozenset("all fetchall first one one_or_none scalar scalar_one scalar_one_or_none".split())
#: Built-in functions that give the objects of what they are given.
_HOLDING = frozenset({"list", "tuple", "sorted", "reversed", "iter", "next", "min", "max"})
_DEPTH = 8


def is_column(function: AsyncFunction, node: ast.Attribute) -> bool:
    """Whether an attribute is a column of an object of one of the framework's tables."""
    return node.attr in COLUMNS.get(_table_of(function, node.value, 0), ())


def selects_columns(function: AsyncFunction, node: ast.expr, *, ended: bool) -> bool:
    """Whether a query selects columns and what SQL functions give, no objects; `ended`: and has been run to its end."""
    if ended and not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ENDS):
        return False
    at: ast.expr = node
    while isinstance(at, ast.Call) and isinstance(at.func, ast.Attribute):
        if at.func.attr in ("scalars", "scalar", "execute") and at.args:
            return _columns(function, _selected(function, at.args[0], 0))
        if at.func.attr == "query":
            return _columns(function, at.args)
        if at.func.attr not in _SAME | _ENDS:
            return False
        at = at.func.value
    return False


def bound_to(function: AsyncFunction, node: ast.Name) -> list[ast.expr] | None:
    """What a variable of the function is bound to, wherever that is; None where that is not known."""
    scopes = function.scope.module.scopes.values()
    if node.id in function.parameters or any(node.id in one.redirected for one in scopes):
        return None
    found: list[ast.expr] = []
    known: set[int] = set()
    for inner in regions.own(function.body):
        match inner:
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value) if name == node.id:
                found.append(value)
                known.add(id(target))
            case ast.AnnAssign(target=ast.Name(id=name) as target) if name == node.id:
                found += [inner.value] if inner.value is not None else []
                known.add(id(target))
            case ast.NamedExpr(target=ast.Name(id=name) as target, value=value) if name == node.id:
                found.append(value)
                known.add(id(target))
    others = (
        inner
        for inner in regions.own(function.body)
        if isinstance(inner, ast.Name) and inner.id == node.id and not isinstance(inner.ctx, ast.Load)
    )
    if any(id(other) not in known and not _is_in_comprehension(function, other) for other in others):
        return None
    return found or None


def iterated(function: AsyncFunction, node: ast.Name) -> ast.expr | None:
    """What the loop or comprehension iterates over whose only variable a name is; None if it is another name."""
    at: ast.AST = node
    while not isinstance(at, ast.stmt) and at in function.parents:
        at = function.parents[at]
        if isinstance(at, COMPREHENSIONS):
            for part in at.generators:
                if node.id in regions.stored([part.target]) or any(
                    isinstance(inner, ast.Name) and inner.id == node.id for inner in ast.walk(part.target)
                ):
                    return part.iter if isinstance(part.target, ast.Name) else None
    loops = [one for one in regions.own(function.body) if isinstance(one, ast.For | ast.AsyncFor)]
    own = [one for one in loops if isinstance(one.target, ast.Name) and one.target.id == node.id]
    stores = [
        inner
        for inner in regions.own(function.body)
        if isinstance(inner, ast.Name) and inner.id == node.id and isinstance(inner.ctx, ast.Store)
    ]
    if len(own) == 1 and [one for one in stores if not _is_in_comprehension(function, one)] == [own[0].target]:
        return own[0].iter if isinstance(own[0], ast.For) else None
    return None


def _is_in_comprehension(function: AsyncFunction, node: ast.AST) -> bool:
    """Whether a stored name is the variable of a comprehension."""
    while not isinstance(node, ast.stmt | ast.NamedExpr):
        node = function.parents[node]
        if isinstance(node, ast.comprehension):
            return True
    return False


def _table_of(function: AsyncFunction, node: ast.expr, depth: int) -> str:
    """The table whose objects an expression gives, or holds; the empty text where that is not known."""
    if depth > _DEPTH:
        return ""
    match node:
        case ast.Name():
            over = iterated(function, node)
            bound = [over] if over is not None else bound_to(function, node) or []
            tables = {_table_of(function, one, depth + 1) for one in bound if not _is_none(one)}
            return tables.pop() if len(tables) == 1 else ""
        case ast.NamedExpr(value=value) | ast.Subscript(value=value):
            return _table_of(function, value, depth + 1)
        case ast.Attribute(value=value, attr="query"):
            return function.knowledge.table(value)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return _table_of(function, node.elt, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _HOLDING:
            return _table_of(function, first, depth + 1)
        case ast.Call(func=ast.Attribute(value=receiver, attr=name), args=arguments):
            if name in ("scalars", "scalar") and arguments:
                selected = _selected(function, arguments[0], depth + 1)
                return function.knowledge.table(selected[0]) if len(selected) == 1 else ""
            if name in ("query", "get") and arguments and (table := function.knowledge.table(arguments[0])):
                return table if len(arguments) == 1 or name == "get" else ""
            if name in ("scalars", "scalar", "scalar_one", "scalar_one_or_none"):
                match receiver:
                    case ast.Call(func=ast.Attribute(attr="execute"), args=[statement, *_]):
                        selected = _selected(function, statement, depth + 1)
                        return function.knowledge.table(selected[0]) if len(selected) == 1 else ""
            if name in _SAME or name == "get":
                return _table_of(function, receiver, depth + 1)
    return function.knowledge.table_given(node)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _selected(function: AsyncFunction, node: ast.expr, depth: int) -> list[ast.expr]:
    """What a statement selects: the arguments of its `select`."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            if function.knowledge.is_select(node.func):
                return list(node.args)
            node = node.func
        else:
            node = node.value
    if isinstance(node, ast.Name) and depth <= _DEPTH:
        found = [_selected(function, one, depth + 1) for one in bound_to(function, node) or ()]
        return found[0] if len(found) == 1 else []
    return []


def _columns(function: AsyncFunction, selected: list[ast.expr]) -> bool:
    """Whether all that is selected are columns of the framework's tables, or what SQL functions give."""
    return bool(selected) and all(_is_column_of_a_table(function, one) for one in selected)


def _is_column_of_a_table(function: AsyncFunction, node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=value, attr=name):
            return name in COLUMNS.get(function.knowledge.table(value), ())
        case ast.Call(func=ast.Attribute(value=ast.Name(id="func"))):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr="label" | "distinct")):
            return _is_column_of_a_table(function, value)
    return False
