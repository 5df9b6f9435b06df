"""Which expression moves for a boundary: as little as is right, and as much as has to run in one go."""

from __future__ import annotations

import ast
import re

from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import CONSUMERS, LAZY_RESULTS, Boundary, NotMoved
from flake8_orch47.fixes.threads.function import COMPREHENSIONS, AsyncFunction, binds
from flake8_orch47.fixes.threads.moves import Form, InThread, Stretch

__all__ = ["moved_expression"]

#: Builtins that hand on what they are given, one by one.
_LAZY = frozenset("enumerate filter iter map reversed zip".split())
_UNPACKING = (ast.List, ast.Tuple, ast.Set, ast.Call)


def moved_expression(function: AsyncFunction, boundary: Boundary) -> InThread:
    """The move of the expression that has to leave the loop for a boundary. Raises NotMoved where none can."""
    node = boundary.node
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        raise NotMoved("setting it runs a property that blocks, and an assignment is no expression: call a method")
    if boundary.action == "await":
        return _in_thread(function, node, "await")
    whole = _extent(function, boundary)
    nested = any(inner is not node and inner in function.boundaries for inner in ast.walk(node))
    is_call = boundary.kind == "call" and isinstance(node, ast.Call)
    if is_call and whole is node and not nested:
        return _in_thread(function, node, "call")
    form: Form = "bool" if boundary.kind == "truth" and _is_tested(function, whole) else "lambda"
    reason = function.obstacle([whole]) or binds(whole) or function.session_in([whole])
    if not reason:
        return _in_thread(function, whole, form)
    called = node.func if isinstance(node, ast.Call) and is_call and boundary.action == "thread" else None
    if called is not None and not any(inner in function.boundaries for inner in ast.walk(called)):
        if session := function.session_in([called]):
            raise NotMoved(session)
        return _in_thread(function, node, "call")
    raise NotMoved(reason)


# How far the expression reaches


def _extent(function: AsyncFunction, boundary: Boundary) -> ast.expr:
    """The expression in which what blocks is finished."""
    node = _of_syntax(function, boundary)
    around = _comprehension_around(function, node)
    if around is not None and regions.is_asynchronous(around) and node is boundary.node:
        return _chain(function, node, boundary)  # it awaits already
    node = around or node
    is_lazy = boundary.action == "lazy" and node is boundary.node
    while True:
        while isinstance(node, ast.GeneratorExp) or is_lazy:
            node, is_lazy = _consumer(function, node), False
            node = _comprehension_around(function, node) or node
        chain = _chain(function, node, boundary)
        if chain is node or not _is_stream(chain):
            return chain
        node, is_lazy = chain, True  # `requests.get(url, stream=True).iter_lines()`


def _of_syntax(function: AsyncFunction, boundary: Boundary) -> ast.expr:
    """The expression whose syntax runs what blocks: the whole comparison for `x in roles`."""
    node = boundary.node
    parent = function.parents[node]
    match boundary.kind:
        case "iterate":
            if isinstance(parent, ast.comprehension):
                return function.owner(parent)
            if isinstance(parent, ast.Starred):
                around = function.parents[parent]
                if isinstance(around, _UNPACKING):
                    return around
            raise NotMoved("what iterates over it moves with it, but that is no expression")
        case "contains" if isinstance(parent, ast.Compare):
            return parent
        case "truth":
            while isinstance(parent, ast.BoolOp | ast.UnaryOp):
                node, parent = parent, function.parents[parent]
    return node


def _comprehension_around(function: AsyncFunction, node: ast.expr) -> ast.expr | None:
    """The outermost comprehension in whose loop an expression is evaluated."""
    found: ast.expr | None = None
    at: ast.AST = node
    while not isinstance(at, ast.stmt | ast.Lambda):
        parent = function.parents[at]
        if isinstance(parent, ast.comprehension):
            owner = function.owner(parent)
            if not (owner.generators[0] is parent and parent.iter is at):
                found = owner
            at = owner
            continue
        if isinstance(parent, COMPREHENSIONS):
            found = parent
        at = parent
    return found


def _consumer(function: AsyncFunction, node: ast.expr) -> ast.expr:
    """The expression that consumes something lazy: a call, or what it is unpacked into or looked up in."""
    parent = function.parents[node]
    match parent:
        case ast.comprehension() if parent.iter is node:
            return function.owner(parent)
        case ast.Call(func=ast.Name(id=name)) if node in parent.args:
            is_builtin = name not in function.scope.module.scope.bindings
            if is_builtin and name in CONSUMERS:
                return parent
            if is_builtin and name in _LAZY:
                return _consumer(function, parent)
            if is_builtin and name == "next" and len(parent.args) == 2:
                return parent
        case ast.Call(func=ast.Attribute(attr="join" | "extend" | "update")) if node in parent.args:
            return parent
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return parent
        case ast.Starred() if isinstance(around := function.parents[parent], ast.List | ast.Tuple | ast.Set):
            return around
        case ast.For() if parent.iter is node:
            raise NotMoved("the loop consumes it")
    raise NotMoved("what it gives is consumed elsewhere, where it would block again", is_final=True)


def _chain(function: AsyncFunction, node: ast.expr, boundary: Boundary) -> ast.expr:
    """The chain of calls that begins with an expression: `f(a).b().c`.

    One that only reads attributes may stay in the loop, but for what comes out of a database: reading that may
    query again.
    """
    calls = boundary.code == "ORC302"
    at: ast.expr = node
    while True:
        parent = function.parents[at]
        match parent:
            case ast.Attribute(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()) if parent.value is at:
                at = parent
            case ast.Call() if parent.func is at:
                at = parent
                calls = True
            case _:
                break
    if isinstance(parent, ast.Await):
        return node  # what is awaited belongs to the loop
    chained = any(inner is not boundary.node and inner in function.boundaries for inner in ast.walk(at))
    return at if calls or chained else node


def _is_stream(node: ast.expr) -> bool:
    """Whether a chain ends with what blocks again when it is consumed."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LAZY_RESULTS


def _is_tested(function: AsyncFunction, node: ast.expr) -> bool:
    parent = function.parents[node]
    return isinstance(parent, ast.If | ast.While | ast.Assert | ast.IfExp) and parent.test is node


# The move


def _in_thread(function: AsyncFunction, node: ast.expr, form: Form) -> InThread:
    if not function.may_await(node):
        raise NotMoved("it stands in a generator, which would become an asynchronous one")
    match node:
        case ast.Call(func=ast.Name(id="next"), args=[_]) if form == "call":
            raise NotMoved("`next()` may raise StopIteration, which cannot leave a thread")
    if form == "call" and (reason := function.knowledge.stops(node)):
        raise NotMoved(reason)
    if form == "await" and not _has_one_argument(node):
        raise NotMoved("only its first argument could be awaited")
    where = function.stretch(node)
    if reason := _not_placed(function, node, where):
        raise NotMoved(reason)
    target = "" if form == "await" else function.asyncio("to_thread")
    return InThread(where, form, target, function.is_primary(node))


def _has_one_argument(node: ast.expr) -> bool:
    match node:
        case ast.Call(args=[argument], keywords=[]):
            return not isinstance(argument, ast.Starred)
    return False


def _not_placed(function: AsyncFunction, node: ast.expr, where: Stretch) -> str:
    """Why an expression in an f-string stays: Python 3.11 errs about its place, or its source is what is shown."""
    shown: ast.expr = node
    for around in function.ancestors(node):
        if isinstance(around, ast.stmt):
            return ""
        if isinstance(around, ast.JoinedStr):
            break
        if isinstance(around, ast.expr) and not isinstance(around, ast.FormattedValue):
            shown = around
    else:
        return ""
    lines = list(function.lines[where.row - 1 : where.end_row])
    lines[-1] = lines[-1][: where.end_column]
    lines[0] = lines[0][where.column :]
    try:
        if ast.dump(ast.parse("\n".join(lines), mode="eval").body) != ast.dump(node):
            return "Python 3.11 does not say where it stands in the f-string"
    except SyntaxError:
        return "Python 3.11 does not say where it stands in the f-string"
    before = [value.value for value in around.values if isinstance(value, ast.Constant)]
    source = _condensed(f"{ast.unparse(shown)}=")
    if any(_condensed(str(text)).endswith(source) for text in before):
        return "the f-string shows its source"
    return ""


def _condensed(code: str) -> str:
    return re.sub(r"\s", "", code).replace('"', "'")
