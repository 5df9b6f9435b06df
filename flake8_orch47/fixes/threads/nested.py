"""Statements as a nested function: what has to be handed in, what comes back, and when it would not be the same."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import NotMoved
from flake8_orch47.fixes.threads.moves import Statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_orch47.fixes.threads.function import AsyncFunction

__all__ = ["live", "nested_function"]

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def nested_function(
    function: AsyncFunction,
    block: list[ast.stmt],
    first: int,
    last: int,
    helper: str,
    scope: str = "",
    *,
    has_session: bool = False,
) -> Statements:
    """The statements of a block from `first` to `last` as a nested function called `helper`, or nearly so.

    Where they return on some ways only, what follows them comes along. `has_session`: what belongs to a session is
    meant to come along; otherwise it must not. Raises NotMoved where the function would not do the same.
    """
    statements, returns = _closed(function, block, first, last)
    if not has_session and (reason := function.session_in(statements)):
        raise NotMoved(reason)
    last_row = function.stretch(statements[-1])
    rest = function.lines[last_row.end_row - 1][last_row.end_column :]
    if not function.begins_its_line(statements[0]) or rest.lstrip().startswith(";"):
        raise NotMoved("it shares its line with another statement")
    stored = regions.stored(statements)
    if hidden := _elsewhere(function, stored, statements):
        raise NotMoved(f"`{hidden}` is bound for another function too")
    flow = regions.Bound(statements)
    used = live(function, statements)
    handed = stored & flow.early
    if _is_in_loop(function, statements):
        used |= handed  # the next round reads what this one leaves
    if returns and used:
        raise NotMoved(f"it returns, and `{min(used)}` is used afterwards")
    if flow.after is None:
        used = set()  # nothing comes after
    else:
        handed |= used - flow.after
    if unbound := sorted(handed - function.bound_before(statements[0])):
        raise NotMoved(f"`{unbound[0]}` may not be bound")
    if caught := _seen_by_handlers(function, statements, used):
        raise NotMoved(f"`{caught}` is looked at where an exception is handled")
    return Statements(
        function.stretch(statements[0]),
        function.stretch(statements[-1]),
        function.fresh(helper),
        function.asyncio("to_thread"),
        None if returns else tuple(sorted(used, key=lambda name: _first_place(statements, name))),
        scope,
        tuple(sorted(handed)),
    )


def _closed(function: AsyncFunction, block: list[ast.stmt], first: int, last: int) -> tuple[Sequence[ast.stmt], bool]:
    """Statements that never leave a loop around them, and that return on every way or on none; and which of it."""
    while True:
        statements = block[first : last + 1]
        if reason := function.obstacle(statements):
            raise NotMoved(reason)
        returns, jumps = regions.escapes(statements)
        is_tail = block is function.node.body and last == len(block) - 1
        if not jumps and (not returns or is_tail or regions.ends(statements)):
            return statements, returns
        if returns and not jumps and last < len(block) - 1:
            last = len(block) - 1
            continue
        around = function.around(statements[0])
        if around is function.node:
            raise NotMoved("it returns on some ways only")
        block, first = function.block(around)
        last = first


def live(function: AsyncFunction, statements: Sequence[ast.stmt]) -> set[str]:
    """The names that the statements bind and something else in the function reads afterwards."""
    first, last = statements[0], statements[-1]
    start, end = (first.lineno, first.col_offset), (last.end_lineno or 0, last.end_col_offset or 0)
    in_loop = _is_in_loop(function, statements)
    found = set()
    for name in regions.stored(statements):
        places = [(node.lineno, node.col_offset) for node in function.reads(name)]
        if any(place >= end or (in_loop and place < start) for place in places):
            found.add(name)
    return found


def _is_in_loop(function: AsyncFunction, statements: Sequence[ast.stmt]) -> bool:
    return any(isinstance(one, _LOOPS) for one in function.ancestors(statements[0]))


def _first_place(statements: Sequence[ast.stmt], name: str) -> tuple[int, int]:
    """Where a name stands first: results come in this order."""
    places = [
        (node.lineno, node.col_offset)
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == name
    ]
    return min(places, default=(0, 0))


def _elsewhere(function: AsyncFunction, names: set[str], statements: Sequence[ast.stmt]) -> str:
    """A name that belongs to the module or another function, or that a function beside the statements uses."""
    inside = {node for statement in statements for node in ast.walk(statement)}
    for name in sorted(names):
        if name in function.scope.redirected:
            return name
        for scope in function.scope.module.scopes.values():
            if scope.node in inside or scope.function is None or scope is function.scope:
                continue
            if not any(one is function.node for one in function.ancestors(scope.node)):
                continue
            if scope.redirected.get(name) is function.scope:
                return name
            if name not in scope.bindings and name in regions.loaded([scope.node]):
                return name
    return ""


def _seen_by_handlers(function: AsyncFunction, statements: Sequence[ast.stmt], used: set[str]) -> str:
    """A name that is bound before an exception ends the statements, and read where it is handled or later."""
    first = statements[0]
    if len(statements) == 1 and isinstance(first, ast.Assign | ast.AnnAssign):
        return ""  # it is bound at the very end
    at: ast.AST = first
    for parent in function.ancestors(first):
        if isinstance(parent, ast.Try | ast.TryStar) and at in parent.body:
            if seen := regions.loaded([*parent.handlers, *parent.finalbody]) & used:
                return min(seen)
            goes_on = any(not regions.ends(handler.body) for handler in parent.handlers)
            if goes_on and (both := function.bound_before(first) & used):
                return min(both)
        at = parent
    return ""
