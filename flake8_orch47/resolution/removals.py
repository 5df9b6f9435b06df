"""What a function takes out of a dictionary before it hands it on: `kwargs.pop("authorize_callback", None)`."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import children
from flake8_orch47.resolution.values import NOTHING, Constant, Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import CallFact, Scope
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.values import Frame, Values

__all__ = ["left_after_removal"]


def left_after_removal(evaluator: Evaluator, call: CallFact, key: str, frame: Frame | None) -> Values | None:
    """What the dictionary that a call hands on has under a key that was taken out of it before; None if it was not.

    That is what was put there afterwards: nothing, if nothing was.
    """
    handed_on = [keyword.value for keyword in call.node.keywords if keyword.arg is None]
    owner = call.scope
    if len(handed_on) != 1 or not isinstance(handed_on[0], ast.Name) or owner.kind != "function":
        return None
    name = handed_on[0].id
    removed = [
        node
        for node, statement in _removals(owner, name, call.node)
        if any(
            isinstance(one, Constant) and one.value == key for one in _keys(evaluator, owner, node, statement, frame)
        )
    ]
    if not removed:
        return None
    after = max(map(_position, removed))
    left: Values = NOTHING
    for item in owner.module.items.get(name, ()):
        if item.scope is owner and item.key is not None and after < _position(item.value) < _position(call.node):
            here = Expression(item.key, owner, item.statement, frame)
            if any(isinstance(one, Constant) and one.value == key for one in evaluator.values(here)):
                left |= evaluator.at(here, item.value)
    return left


def _keys(evaluator: Evaluator, owner: Scope, node: ast.expr, statement: ast.stmt, frame: Frame | None) -> Values:
    return evaluator.values(Expression(node, owner, statement, frame))


def _removals(owner: Scope, name: str, call: ast.Call) -> Iterator[tuple[ast.expr, ast.stmt]]:
    """The keys that a function certainly takes out of a variable before a call, each with its statement."""
    body: list[ast.stmt] = getattr(owner.node, "body", [])
    blocks = [body] if isinstance(body, list) else []
    while blocks:
        for statement in blocks.pop():
            if _position(statement) >= _position(call):
                break
            holds_call = _is_in(call, statement)
            inner = [value for _, value in ast.iter_fields(statement) if _is_block(value)]
            if not inner:
                yield from ((key, statement) for key in _taken(statement, name))
            elif holds_call:
                blocks += [block for block in inner if any(_is_in(call, one) for one in block)]
            elif _runs_if_it_matters(statement, name):
                blocks.append(statement.body)  # type: ignore[attr-defined]


def _runs_if_it_matters(statement: ast.stmt, name: str) -> bool:
    """Whether the body of a statement runs: always, for each key of a list, or where there is something to take out."""
    match statement:
        case ast.With() | ast.Try() | ast.For(iter=ast.Tuple() | ast.List() | ast.Set() | ast.Name()):
            return True
        case ast.If(test=test):
            return _asks_whether_it_is_there(test, name)
    return False


def _taken(statement: ast.stmt, name: str) -> Iterator[ast.expr]:
    """The keys that a simple statement takes out of a variable."""
    if isinstance(statement, ast.Delete):
        for target in statement.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name:
                yield target.slice
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        match node:
            case ast.Lambda() | ast.IfExp() | ast.BoolOp():
                continue
            case ast.Call(func=ast.Attribute(value=ast.Name(id=holder), attr="pop"), args=[key, *_]) if holder == name:
                yield key
        pending += children(node)


def _asks_whether_it_is_there(test: ast.expr, name: str) -> bool:
    """Whether a condition is `key in name`, `name.get(key)` or `name`: otherwise there is nothing to take out."""
    match test:
        case ast.Compare(ops=[ast.In()], comparators=[ast.Name(id=holder)]):
            return holder == name
        case ast.Call(func=ast.Attribute(value=ast.Name(id=holder), attr="get")):
            return holder == name
        case ast.Name(id=holder):
            return holder == name
    return False


def _is_block(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], ast.stmt)


def _is_in(call: ast.Call, statement: ast.stmt) -> bool:
    end = statement.end_lineno or statement.lineno, statement.end_col_offset or 0
    return _position(statement) <= _position(call) < end


def _position(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]
