"""How the value of an expression is used: pure syntax."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import children
from flake8_orch47.records import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    UseKind = Literal["awaited", "tested", "returned", "dropped", "assigned", "collected", "handed", "looked at"]

__all__ = [
    "SHOWING",
    "Parents",
    "Use",
    "is_docstring",
    "parents_of",
    "statement_of",
    "use_of",
    "use_of_elements",
    "use_of_results",
]

Parents = dict[ast.AST, ast.AST]


class Use(Row):
    """What happens to a value; `targets` are the names that it, or a list of such, is assigned to.

    `(name := value)` has a use of its own, and may have others by that name.
    """

    kind: UseKind
    node: ast.AST
    targets: tuple[ast.Name, ...] = ()


def parents_of(tree: ast.AST) -> Parents:
    """The parent of every node below `tree`."""
    parents: Parents = {}
    stack = [tree]
    while stack:
        node = stack.pop()
        below = children(node)
        parents.update(dict.fromkeys(below, node))
        stack += below
    return parents


def statement_of(node: ast.AST, parents: Parents) -> ast.stmt | None:
    """The statement in which an expression stands."""
    while not isinstance(node, ast.stmt):
        if node not in parents:
            return None
        node = parents[node]
    return node


def use_of(node: ast.AST, parents: Parents, is_builtin: Callable[[ast.expr, str], bool]) -> Use:
    """How the value of `node` is used.

    Values pass through the arms of `a if b else c` and the last operand of `and` and `or`; every other operand
    is tested. `is_builtin(expression, name)` says whether an expression is the built-in `name`.
    """
    while True:
        parent = parents[node]
        match parent:
            case ast.Await():
                return Use("awaited", parent)
            case ast.Expr():
                return Use("dropped", parent)
            case ast.Return():
                return Use("returned", parent)
            case _ if _is_condition(node, parent):
                return Use("tested", parent)
            case ast.IfExp() | ast.BoolOp():
                node = parent
                continue
            case ast.Compare() | ast.FormattedValue() | ast.Match() | ast.match_case():
                return Use("tested", parent)
            case ast.comprehension() if any(node is condition for condition in parent.ifs):
                return Use("tested", parent)
            case ast.NamedExpr():
                outer = use_of(parent, parents, is_builtin)
                if outer.kind in ("tested", "awaited", "returned"):
                    return Use(outer.kind, outer.node, (parent.target,))
                return Use("assigned", parent, (parent.target,))
            case ast.Assign() | ast.AnnAssign():
                return _assigned(node, parent)
            case ast.Tuple() | ast.List() if (unpacked := _unpacked(node, parent, parents[parent])) is not None:
                return unpacked
            case ast.Tuple() | ast.List() | ast.Set() | ast.GeneratorExp() | ast.ListComp() | ast.SetComp():
                return _elements(parent, parents, is_builtin) if _is_element(node, parent) else Use("handed", parent)
            case ast.Lambda() if isinstance(called := parents[parent], ast.Call) and called.args[:1] == [parent]:
                return use_of_results(called, parents, is_builtin)
            case ast.Call() if node is not parent.func and is_builtin(parent.func, "bool"):
                return Use("tested", parent)
            case ast.Call(func=ast.Attribute(value=ast.Name() as held, attr="append" | "add")) if (
                node is not parent.func
            ):
                return Use("collected", parent, (held,))
        return Use("handed", parent)


def use_of_results(call: ast.Call, parents: Parents, is_builtin: Callable[[ast.expr, str], bool]) -> Use:
    """How that is used which a function gives that `map` or `filter` is given first."""
    if is_builtin(call.func, "filter"):
        return Use("tested", call)
    return _elements(call, parents, is_builtin) if is_builtin(call.func, "map") else Use("handed", call)


def _assigned(node: ast.AST, parent: ast.AST, kind: UseKind = "assigned") -> Use:
    targets: list[ast.expr] = []
    if isinstance(parent, ast.Assign | ast.AnnAssign) and parent.value is node:
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
    names = tuple(target for target in targets if isinstance(target, ast.Name))
    return Use(kind, parent, names) if names and len(names) == len(targets) else Use("handed", parent)


def _unpacked(node: ast.AST, value: ast.Tuple | ast.List, parent: ast.AST) -> Use | None:
    """`a, b = check(user), other(user)`."""
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
        if isinstance(target, ast.Tuple | ast.List) and len(target.elts) == len(value.elts):
            for element, name in zip(value.elts, target.elts, strict=True):
                if element is node and isinstance(name, ast.Name):
                    return Use("assigned", parent, (name,))
    return None


def _is_element(node: ast.AST, parent: ast.AST) -> bool:
    """Whether a node is what a display or comprehension holds, not what it goes through."""
    return getattr(parent, "elt", node) is node


def _elements(iterable: ast.AST, parents: Parents, is_builtin: Callable[[ast.expr, str], bool]) -> Use:
    """What happens to the elements of something that is gone through: `any` and `all` test them."""
    outer = parents[iterable]
    while isinstance(outer, ast.Call) and any(is_builtin(outer.func, name) for name in ("list", "tuple", "set")):
        iterable, outer = outer, parents[outer]
    collected = _assigned(iterable, outer, "collected")
    if collected.targets:
        return collected
    match outer:
        case ast.Call(func=ast.Attribute(value=ast.Name() as held, attr="extend" | "update")) if iterable in outer.args:
            return Use("collected", outer, (held,))
        case ast.AugAssign(target=ast.Name() as held, op=ast.Add() | ast.BitOr()):
            return Use("collected", outer, (held,))
        case ast.Call(args=[ast.Constant(value=None), _]) if is_builtin(outer.func, "filter"):
            return Use("tested", outer)
    if targets := _bound_one_by_one(iterable, outer):
        return Use("assigned", outer, targets)
    if isinstance(outer, ast.Expr) and not isinstance(iterable, ast.GeneratorExp | ast.Call):
        return Use("dropped", outer)
    match outer:
        case ast.Compare(left=ast.Constant(value=bool()), ops=[ast.In() | ast.NotIn()]):
            return Use("tested", outer)
    tests = isinstance(outer, ast.Call) and iterable in outer.args
    if tests and (is_builtin(outer.func, "any") or is_builtin(outer.func, "all")):  # type: ignore[attr-defined]
        return Use("tested", outer)
    return Use("handed", iterable)


def _bound_one_by_one(iterable: ast.AST, outer: ast.AST) -> tuple[ast.Name, ...]:
    """The variables that hold the elements: of a loop, of a comprehension, of an unpacking; none if not all are."""
    match outer:
        case ast.For(target=ast.Name() as target, iter=gone_through) if gone_through is iterable:
            return (target,)
        case ast.comprehension(target=ast.Name() as target, iter=gone_through) if gone_through is iterable:
            return (target,)
        case ast.Assign(targets=[ast.Tuple(elts=names) | ast.List(elts=names)]):
            found = tuple(name for name in names if isinstance(name, ast.Name))
            return found if len(found) == len(names) else ()
    return ()


def use_of_elements(node: ast.Name, parents: Parents, is_builtin: Callable[[ast.expr, str], bool]) -> Use:
    """How the elements of a list are used where a variable that holds it is read.

    They are `looked at` at most where only the list itself is asked about.
    """
    parent = parents[node]
    match parent:
        case _ if _is_condition(node, parent):
            return Use("looked at", parent)
        case ast.Call() if node in parent.args and any(is_builtin(parent.func, name) for name in _LOOKING):
            return Use("looked at", parent)
        case ast.Subscript(value=held, slice=ast.Constant()) if held is node:
            return use_of(parent, parents, is_builtin)
    return _elements(node, parents, is_builtin)


def _is_condition(node: ast.AST, parent: ast.AST) -> bool:
    """Whether the truth of an expression decides what comes next."""
    match parent:
        case ast.If(test=test) | ast.While(test=test) | ast.Assert(test=test) | ast.IfExp(test=test):
            return test is node
        case ast.BoolOp(values=values):
            return values[-1] is not node
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


#: Builtins that look at an object and neither call it nor await it, nor keep it.
SHOWING = ("print", "str", "repr", "type", "id", "isinstance")
#: Those that do so with a list, and do not test its elements.
_LOOKING = (*SHOWING, "len", "bool")


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is only a text, or `...`."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
