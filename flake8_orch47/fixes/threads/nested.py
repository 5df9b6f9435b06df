"""Statements as a nested function: what has to be handed in, what comes back, and when it would not be the same."""

from __future__ import annotations

import ast

from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import CONSUMERS, NotMoved
from flake8_orch47.fixes.threads.moves import Statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_orch47.fixes.threads.function import AsyncFunction

__all__ = ["live", "nested_function"]

_CLOSURES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)
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
    if closed := _closed_over(function, stored, statements):
        raise NotMoved(closed)
    if introspective := function.looked_at_by(statements):
        raise NotMoved(introspective)
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


def _closed_over(function: AsyncFunction, stored: set[str], statements: Sequence[ast.stmt]) -> str:
    """Why a function, lambda or generator that is made in the statements would not see the right variable any more.

    It would keep the variable of the nested function; what the function around binds afterwards is another one.
    """
    inside = {node for statement in statements for node in ast.walk(statement)}
    end = statements[-1].end_lineno or 0
    repeats = _is_in_loop(function, statements)
    for scope in function.scope.module.scopes.values():
        node = scope.node
        if node not in inside or not isinstance(node, _CLOSURES) or _is_consumed(function, node):
            continue
        if shared := sorted(name for name, owner in scope.redirected.items() if owner is function.scope):
            return f"`{shared[0]}` is bound in `{getattr(node, 'name', 'a function')}` too, for the function around it"
        for name in sorted(regions.loaded([node]) & stored):
            again = [
                other.lineno
                for other in regions.own(function.body)
                if isinstance(other, ast.Name)
                and other.id == name
                and not isinstance(other.ctx, ast.Load)
                and other not in inside
                and (other.lineno > end or repeats)
            ]
            if again:
                what = {"lambda": "a lambda", "comprehension": "a generator"}.get(scope.kind) or f"`{node.name}`"  # type: ignore[union-attr]
                return f"{what} (line {node.lineno}) uses `{name}`, which is bound again in line {again[0]}"
    return ""


def _is_consumed(function: AsyncFunction, node: ast.AST) -> bool:
    """Whether a lambda or generator is used up where it stands: `any(...)`, `sorted(names, key=lambda ...)`."""
    parent = function.parents[node]
    if isinstance(parent, ast.keyword):
        parent = function.parents[parent] if parent.arg == "key" else parent
    match parent:
        case ast.Call(func=ast.Name(id=name)):
            return name in CONSUMERS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in ("sort", "join", "extend", "update")
    return False


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
