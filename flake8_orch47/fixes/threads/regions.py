"""What a stretch of a function means to the rest of it: the names that pass in and out, and how it ends.

Pure syntax, over `ast`. A *stretch* is an expression, or statements that follow each other in one block.
"""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import children
from flake8_orch47.facts.scopes import fits_anything

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

__all__ = [
    "Bound",
    "bound_on_entry",
    "ends",
    "escapes",
    "is_asynchronous",
    "is_introspective",
    "loaded",
    "loads",
    "obstacle",
    "own",
    "parameters",
    "statement_blocks",
    "stops",
    "stored",
    "stored_by_comprehension",
    "without_docstring",
]

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Loop: TypeAlias = ast.For | ast.AsyncFor | ast.While

#: Functions that look at the local variables of their caller, if they are given so many arguments.
_INTROSPECTIVE = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
#: Methods that look at the calls or at the exception of the thread that they run in.
_THREAD_STATE = frozenset({"_getframe", "currentframe", "stack", "exc_info", "format_exc", "print_exc"})
#: Methods of loops, task groups and nurseries, which only their own thread may call.
_LOOP_METHODS = frozenset({"create_task", "create_future", "call_soon", "call_later", "call_at", "start_soon"})
#: What of `asyncio` works in any thread.
_ANY_THREAD = frozenset(
    {"run", "Runner", "TimeoutError", "CancelledError", "iscoroutine", "iscoroutinefunction", "new_event_loop"}
)


def own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Every node that runs where `nodes` run: of functions in them the defaults and decorators, not the bodies."""
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, _Function):
            arguments = node.args
            stack += [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]
            stack += getattr(node, "decorator_list", ())
        else:
            stack += reversed(children(node))


def loads(nodes: Iterable[ast.AST]) -> Iterator[ast.Name]:
    """Every name that is read below `nodes`, in functions in them too, but not the variables of these."""
    for top in nodes:
        yield from _loads(top, frozenset())


def _loads(node: ast.AST, hidden: frozenset[str]) -> Iterator[ast.Name]:
    match node:
        case ast.Name(ctx=ast.Load()) if node.id not in hidden:
            yield node
        case ast.AugAssign(target=ast.Name(id=name)) if name not in hidden:
            yield node.target  # type: ignore[misc]
        case ast.Lambda():
            yield from _loads(node.args, hidden)  # the defaults
            yield from _loads(node.body, hidden | _parameters(node.args))
            return
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            first, own = node.generators[0].iter, hidden | stored_by_comprehension(node)
            yield from _loads(first, hidden)
            for inner in ast.iter_child_nodes(node):
                for part in (
                    (inner.target, inner.iter, *inner.ifs) if isinstance(inner, ast.comprehension) else (inner,)
                ):
                    if part is not first:
                        yield from _loads(part, own)
            return
    for child in ast.iter_child_nodes(node):
        yield from _loads(child, hidden)


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are read below `nodes`."""
    return {node.id for node in loads(nodes)}


def stored(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that running `nodes` binds or deletes in the function around them."""
    found: set[str] = set()
    stack = [(node, False) for node in nodes]
    while stack:
        node, comprehended = stack.pop()
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()) if not comprehended:
                found.add(node.id)
            case ast.NamedExpr():
                found.add(node.target.id)
                stack.append((node.value, comprehended))
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
                continue
            case ast.Lambda():
                continue
            case ast.Import() | ast.ImportFrom():
                found.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
            case ast.ExceptHandler() if node.name:
                found.add(node.name)
            case ast.MatchAs() | ast.MatchStar() if node.name:
                found.add(node.name)
            case ast.MatchMapping() if node.rest:
                found.add(node.rest)
            case ast.comprehension():
                stack += [(node.target, True), (node.iter, comprehended), *((test, comprehended) for test in node.ifs)]
                continue
        stack += [(child, comprehended) for child in children(node)]
    return found


def obstacle(
    nodes: Sequence[ast.AST],
    asyncio_names: frozenset[str] = frozenset(),
    in_handler: bool = False,
    allowed: tuple[type[ast.AST], ...] = (),
) -> str:
    """Why `nodes` cannot run in a function of their own in another thread; the empty text if they can.

    `asyncio_names` are the names of the module `asyncio`; `in_handler`: the nodes stand in an `except` block;
    `allowed` are kinds of statements that are none here.
    """
    handled = {id(inner) for handler in _handlers(nodes) for inner in ast.walk(handler)}
    for node in own(nodes):
        if isinstance(node, allowed):
            continue
        match node:
            case ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                return "there is an `await` in it"
            case ast.comprehension(is_async=1):
                return "there is an `async for` in it"
            case ast.Yield() | ast.YieldFrom():
                return "there is a `yield` in it"
            case ast.Global() | ast.Nonlocal():
                return f"it declares `{node.names[0]}` {type(node).__name__.lower()}"
            case ast.Delete():
                return "it deletes a name"
            case ast.Raise(exc=None) if id(node) not in handled:
                return "it raises the exception again that is handled outside"
            case ast.Call(func=ast.Name(id="super"), args=[]):
                return "`super()` finds its class in the function around it only"
            case ast.Call(func=ast.Name(id="next"), args=[_], keywords=[]) if not stops(nodes, node):
                return "`next()` may raise StopIteration, which cannot leave a thread"
            case ast.Call(func=ast.Name(id=name)) if is_introspective(node):
                return f"`{name}()` looks at the variables around it"
            case ast.Call(func=ast.Attribute(attr=name)) if name in _THREAD_STATE:
                return f"`{name}()` looks at the thread that it runs in"
            case ast.Call(func=ast.Attribute(attr=name)) if name in _LOOP_METHODS:
                return f"`{name}()` needs the event loop"
            case ast.Call(func=ast.Attribute(attr="exception")) if in_handler and id(node) not in handled:
                return "`exception()` reports the exception of the thread that it runs in"
            case ast.Attribute(value=ast.Name(id=name)) if name in asyncio_names and node.attr not in _ANY_THREAD:
                return f"`{name}.{node.attr}` needs the event loop"
    return ""


def is_introspective(call: ast.Call) -> bool:
    """Whether a call looks at the local variables of the function around it."""
    return isinstance(call.func, ast.Name) and len(call.args) == _INTROSPECTIVE.get(call.func.id)


def _handlers(nodes: Sequence[ast.AST]) -> Iterator[ast.ExceptHandler]:
    for node in own(nodes):
        if isinstance(node, ast.ExceptHandler):
            yield node


def stops(nodes: Sequence[ast.AST], call: ast.expr) -> bool:
    """Whether a `try` in `nodes` around the call handles StopIteration."""
    for node in own(nodes):
        if isinstance(node, ast.Try | ast.TryStar) and any(
            inner is call for one in node.body for inner in ast.walk(one)
        ):
            for handler in node.handlers:
                words = ast.unparse(handler.type) if handler.type is not None else "Exception"
                if any(word in words for word in ("StopIteration", "Exception")):
                    return True
    return False


def escapes(nodes: Sequence[ast.stmt]) -> tuple[bool, bool]:
    """Whether statements return from the function around them, and whether they leave a loop around them."""
    returns = jumps = False
    stack: list[tuple[ast.AST, bool]] = [(node, False) for node in nodes]
    while stack:
        node, in_loop = stack.pop()
        match node:
            case ast.Return():
                returns = True
            case ast.Break() | ast.Continue():
                jumps |= not in_loop
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                continue
        if isinstance(node, _Loop):
            stack += [(child, True) for child in node.body]
            stack += [(child, in_loop) for child in node.orelse]
            continue
        stack += [(child, in_loop) for child in children(node)]
    return returns, jumps


def ends(statements: Sequence[ast.stmt]) -> bool:
    """Whether what follows the statements is never reached: they return or raise on every way."""
    return _Flow().block(statements, frozenset()) is None


def statement_blocks(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


class Bound:
    """What a stretch finds and leaves, name by name.

    `early`: names that it may read before it has bound them, so that the value comes from outside; `after`: the
    names that are certainly bound when it has run to its end, None if it never does.
    """

    def __init__(self, statements: Sequence[ast.stmt], before: frozenset[str] = frozenset()) -> None:
        flow = _Flow()
        self.after = flow.block(statements, before)
        self.early = flow.early


def bound_on_entry(body: Sequence[ast.stmt], parameters: frozenset[str]) -> dict[ast.stmt, frozenset[str]]:
    """For every statement of a function that is reached: the names that are certainly bound then."""
    flow = _Flow()
    flow.block(body, parameters)
    return flow.entry


class _Flow:
    """Definite assignment, as Java and Python's own compiler for `del` know it: a must-analysis over statements."""

    def __init__(self) -> None:
        self.early: set[str] = set()
        self.entry: dict[ast.stmt, frozenset[str]] = {}

    def block(self, statements: Sequence[ast.stmt], bound: frozenset[str]) -> frozenset[str] | None:
        now: frozenset[str] | None = bound
        for statement in statements:
            if now is None:
                return None
            now = self.statement(statement, now)
        return now

    def statement(self, node: ast.stmt, bound: frozenset[str]) -> frozenset[str] | None:
        self.entry[node] = bound & self.entry.get(node, bound)
        match node:
            case ast.Return() | ast.Raise():
                self.reads(node, bound)
                return None
            case ast.Break() | ast.Continue():
                return None
            case ast.If():
                bound = self.expression(node.test, bound)
                return _joined(self.block(node.body, bound), self.block(node.orelse, bound))
            case ast.While():
                bound = self.expression(node.test, bound)
                self.block(node.body, bound)
                endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
                if endless:
                    return bound if _breaks(node.body) else None
                return bound if _breaks(node.body) else self.block(node.orelse, bound)
            case ast.For() | ast.AsyncFor():
                bound = self.expression(node.iter, bound)
                self.block(node.body, bound | stored([node.target]))
                self.reads(node.target, bound)
                return bound if _breaks(node.body) else self.block(node.orelse, bound)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    bound = self.expression(item.context_expr, bound)
                    if item.optional_vars is not None:
                        self.reads(item.optional_vars, bound)
                        bound |= stored([item.optional_vars])
                after = self.block(node.body, bound)
                return bound if any("suppress" in ast.unparse(item.context_expr) for item in node.items) else after
            case ast.Try() | ast.TryStar():
                return self.tried(node, bound)
            case ast.Match():
                return self.matched(node, bound)
            case ast.AugAssign():
                self.reads(node.target, bound)
                if isinstance(node.target, ast.Name):
                    self.read(node.target.id, bound)
                return self.expression(node.value, bound) | stored([node.target])
            case ast.AnnAssign():
                if node.value is None:
                    return bound
                bound = self.expression(node.value, bound)
                self.reads(node.target, bound)
                return bound | stored([node.target])
            case ast.Assign():
                bound = self.expression(node.value, bound)
                for target in node.targets:
                    self.reads(target, bound)
                return bound | stored(node.targets)
            case ast.Assert():
                return self.expression(node.test, bound)
            case ast.Expr():
                return self.expression(node.value, bound)
        self.reads(node, bound)
        if isinstance(node, ast.Delete):
            return bound - stored([node])
        return bound | stored([node])

    def tried(self, node: ast.Try | ast.TryStar, bound: frozenset[str]) -> frozenset[str] | None:
        after = self.block(node.body, bound)
        after = self.block(node.orelse, after) if after is not None else None
        for handler in node.handlers:
            if handler.type is not None:
                self.reads(handler.type, bound)
            caught = self.block(handler.body, bound | ({handler.name} if handler.name else frozenset()))
            after = _joined(after, caught - {handler.name} if caught is not None and handler.name else caught)
        if not node.finalbody:
            return after
        final = self.block(node.finalbody, bound)
        return None if after is None or final is None else after | final

    def matched(self, node: ast.Match, bound: frozenset[str]) -> frozenset[str] | None:
        bound = self.expression(node.subject, bound)
        after: frozenset[str] | None = bound
        for case in node.cases:
            if fits_anything(case.pattern) and case.guard is None:
                after = None
        for case in node.cases:
            self.reads(case.pattern, bound)
            inner = bound | stored([case.pattern])
            if case.guard is not None:
                inner = self.expression(case.guard, inner)
            after = _joined(after, self.block(case.body, inner))
        return after

    def expression(self, node: ast.AST, bound: frozenset[str]) -> frozenset[str]:
        """Notes what an expression reads, in the order of evaluation; returns what is bound after it."""
        match node:
            case ast.Name():
                if not isinstance(node.ctx, ast.Store):
                    self.read(node.id, bound)
                return bound
            case ast.NamedExpr():
                return self.expression(node.value, bound) | {node.target.id}
            case ast.BoolOp():
                inner = first = self.expression(node.values[0], bound)
                for value in node.values[1:]:
                    inner = self.expression(value, inner)
                return first
            case ast.IfExp():
                bound = self.expression(node.test, bound)
                self.expression(node.body, bound)
                self.expression(node.orelse, bound)
                return bound
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                after = self.expression(node.generators[0].iter, bound)
                self.reads(node, after | stored_by_comprehension(node))
                return after
            case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef():
                self.reads(node, bound | _parameters(node.args))
                return bound
        for child in children(node):
            bound = self.expression(child, bound)
        return bound

    def reads(self, node: ast.AST, bound: frozenset[str]) -> None:
        for name in loads([node]):
            self.read(name.id, bound)

    def read(self, name: str, bound: frozenset[str]) -> None:
        if name not in bound:
            self.early.add(name)


def _joined(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """What is bound where two ways meet; a way that never gets there does not count."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """Whether the body of a loop leaves it by `break`."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, _Loop):
            stack += node.orelse
        elif not isinstance(node, _Function | ast.ClassDef):
            stack += children(node)
    return False


def is_asynchronous(generator: ast.AST) -> bool:
    """Whether a comprehension awaits already: it is an asynchronous one then."""
    return any(
        isinstance(node, ast.Await) or (isinstance(node, ast.comprehension) and bool(node.is_async))
        for node in own([generator])
    )


def without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    """The body of a function without its docstring, if something else is there."""
    first, *rest = function.body
    is_text = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
    return rest if rest and is_text else function.body


def stored_by_comprehension(node: _Comprehension) -> frozenset[str]:
    """The variables of a comprehension itself."""
    return frozenset(
        inner.id
        for generator in node.generators
        for inner in ast.walk(generator.target)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    )


def _parameters(arguments: ast.arguments) -> frozenset[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return frozenset(one.arg for one in every if one is not None)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """The names of a function's parameters."""
    return _parameters(function.args)
