"""What running the body of a function does, operation by operation: calls, and what the syntax calls."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import children, last_name
from flake8_orch47.facts.scopes import MAX_GUARDS, guarded, guarded_after, guarded_by
from flake8_orch47.records import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Literal, TypeAlias

    from flake8_orch47.facts.scopes import FunctionNode, Guards, Scope

    OperationKind: TypeAlias = Literal[
        "call",  # a call that is not awaited
        "awaited call",
        "await",  # node is the operand
        "attribute",  # reading an attribute: it may be a property
        "assigned attribute",  # likewise
        "subscript",
        "enter",  # node is the context expression of a `with`
        "async enter",
        "iterate",  # node is what is iterated over
        "async iterate",
        "contains",  # node is the right side of `in`
        "truth",  # node is tested
    ]

__all__ = ["LAZY", "Operation", "is_type_checking", "operations"]


class Operation(Row):
    """One thing that running a body does to `node`, and where it stands."""

    kind: OperationKind
    node: ast.expr
    scope: Scope
    statement: ast.stmt | None
    guards: Guards = ()
    #: the call that is given an iterator which does this when it is gone through, not before
    given_to: ast.Call | None = None


#: Functions whose results do nothing until somebody goes through them.
LAZY = frozenset("map filter zip enumerate islice chain takewhile dropwhile starmap filterfalse".split())


def operations(scope: Scope) -> tuple[Operation, ...]:
    """The operations of a function's or lambda's own body, in the order of the source.

    Comprehensions and class bodies in it belong to it; functions and lambdas in it do not, but their defaults
    and decorators do. What stands under `if TYPE_CHECKING:` never runs.
    """
    node = scope.node
    walker = _Walker(scope)
    if isinstance(node, ast.Lambda):
        walker.expression(node.body)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        walker.block(node.body)
    return tuple(walker.found)


def is_type_checking(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING` or `typing.TYPE_CHECKING`."""
    return last_name(test) == "TYPE_CHECKING"


_ENDS = frozenset({ast.Return, ast.Raise, ast.Break, ast.Continue})


def _is_without_loop(node: ast.Try, caught: ast.expr) -> bool:
    """Whether a handler is for when no event loop runs: `try: get_running_loop()`, `except RuntimeError: ...`."""
    if last_name(caught) != "RuntimeError":
        return False
    calls = [inner for statement in node.body for inner in ast.walk(statement) if isinstance(inner, ast.Call)]
    return bool(calls) and all(last_name(call.func) == "get_running_loop" for call in calls)


def _is_lazy(node: ast.expr) -> bool:
    """Whether an expression makes an iterator that does nothing until somebody goes through it."""
    return isinstance(node, ast.GeneratorExp) or (isinstance(node, ast.Call) and last_name(node.func) in LAZY)


class _Walker:
    """Walks the statements and expressions of one body; `found` is what running it does, in order."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.statement: ast.stmt | None = None
        self.found: list[Operation] = []
        self.guards: Guards = ()

    def block(self, statements: Iterable[ast.stmt]) -> None:
        around, outer = self.guards, self.statement
        for statement in statements:
            self.statement = statement
            visit = _STATEMENTS.get(statement.__class__)
            if visit is not None:
                visit(self, statement)
            if statement.__class__ is ast.If:
                self.guards = guarded_after(statement, self.guards)
            elif statement.__class__ is ast.Assert:
                self.guards = guarded_by(statement, self.guards)
            elif statement.__class__ in _ENDS:
                break  # what follows never runs
        self.guards, self.statement = around, outer

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.expressions(node.decorator_list)
        self.defaults(node)

    def defaults(self, node: FunctionNode) -> None:
        self.expressions(node.args.defaults)
        self.expressions(default for default in node.args.kw_defaults if default is not None)

    def class_(self, node: ast.ClassDef) -> None:
        self.expressions(node.decorator_list)
        self.expressions(node.bases)
        inner, self.scope = self.scope, self.scope.module.met.get(node, self.scope)
        self.block(node.body)
        self.scope = inner

    def value(self, node: ast.Expr | ast.Return) -> None:
        if node.value is not None:
            self.expression(node.value)

    def assign(self, node: ast.Assign) -> None:
        self.expression(node.value)
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            self.add("iterate", node.value)
        self.expressions(node.targets)

    def annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.expression(node.value)
        self.expression(node.target)

    def augmented(self, node: ast.AugAssign) -> None:
        self.expression(node.target)
        self.expression(node.value)

    def if_(self, node: ast.If) -> None:
        if is_type_checking(node.test):
            self.block(node.orelse)
            return
        self.expression(node.test)
        self.tested(node.test)
        around = self.guards
        constant = bool(node.test.value) if isinstance(node.test, ast.Constant) else None
        for branch, block in ((True, node.body), (False, node.orelse)):
            if block and constant is not (not branch):
                self.guards = guarded(around, node, branch)
                self.block(block)
        self.guards = around

    def while_(self, node: ast.While) -> None:
        self.expression(node.test)
        self.tested(node.test)
        self.block(node.body)
        self.block(node.orelse)

    def assert_(self, node: ast.Assert) -> None:
        self.expression(node.test)
        self.tested(node.test)
        if node.msg is not None:
            self.expression(node.msg)

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        kind: OperationKind = "async enter" if isinstance(node, ast.AsyncWith) else "enter"
        for item in node.items:
            self.expression(item.context_expr)
            self.add(kind, item.context_expr)
            if item.optional_vars is not None:
                self.expression(item.optional_vars)
        self.block(node.body)

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)
        self.add("async iterate" if isinstance(node, ast.AsyncFor) else "iterate", node.iter)
        self.expression(node.target)
        self.block(node.body)
        self.block(node.orelse)

    def try_(self, node: ast.Try) -> None:
        self.block(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                if _is_without_loop(node, handler.type):
                    continue  # what is looked at here runs in a loop
                self.expression(handler.type)
            self.block(handler.body)
        self.block(node.orelse)
        self.block(node.finalbody)

    def match(self, node: ast.Match) -> None:
        self.expression(node.subject)
        around = self.guards
        for case in node.cases:
            self.guards = (*around, *self.scope.module.cases[case])[-MAX_GUARDS:]
            if case.guard is not None:
                self.expression(case.guard)
                self.tested(case.guard)
            self.block(case.body)
        self.guards = around

    def inside(self, node: ast.stmt) -> None:
        """A statement that only evaluates what stands in it: `raise`, `del`."""
        self.expressions(child for child in children(node) if isinstance(child, ast.expr))

    # -- expressions ---------------------------------------------------------------------------------------

    def add(self, kind: OperationKind, node: ast.expr) -> None:
        self.found.append(Operation(kind, node, self.scope, self.statement, self.guards))

    def expressions(self, nodes: Iterable[ast.expr]) -> None:
        for node in nodes:
            visit = _EXPRESSIONS.get(node.__class__)
            if visit is not None:
                visit(self, node)

    def tested(self, node: ast.expr) -> None:
        if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            self.add("truth", node)

    def expression(self, node: ast.expr) -> None:
        """Adds what evaluating `node` does, the inner expressions first."""
        visit = _EXPRESSIONS.get(node.__class__)
        if visit is not None:
            visit(self, node)

    def chain(self, node: ast.expr, *, awaited: bool = False) -> None:
        """Calls, attributes and items, one after the other: without recursion, they may be thousands."""
        links: list[Any] = []
        inner: Any = node
        while True:
            kind = inner.__class__
            if kind is ast.Attribute or kind is ast.Subscript:
                links.append(inner)
                inner = inner.value
            elif kind is ast.Call:
                links.append(inner)
                inner = inner.func
            else:
                break
        self.expression(inner)
        for link in reversed(links):
            kind = link.__class__
            if kind is ast.Attribute:
                if link.ctx.__class__ is ast.Load:
                    self.add("attribute", link)
                elif link.ctx.__class__ is ast.Store:
                    self.add("assigned attribute", link)
            elif kind is ast.Call:
                for argument in link.args:
                    before = len(self.found)
                    self.expression(argument)
                    if _is_lazy(argument):
                        self.later(argument, link, before)
                for keyword in link.keywords:
                    self.expression(keyword.value)
                self.add("awaited call" if awaited and link is node else "call", link)
            else:
                self.expression(link.slice)
                if link.ctx.__class__ is ast.Load:
                    self.add("subscript", link)

    def later(self, iterator: ast.expr, call: ast.Call, before: int) -> None:
        """Notes what an iterator that a call is given does only when it is gone through."""
        first = iterator.generators[0].iter if isinstance(iterator, ast.GeneratorExp) else None
        now = set(ast.walk(first)) if first is not None else set()
        for index, operation in enumerate(self.found[before:], before):
            is_later = operation.node not in now or operation.kind == "iterate"
            if is_later if first is not None else operation.node is iterator:
                self.found[index] = operation._replace(given_to=call)

    def await_(self, node: ast.Await) -> None:
        if isinstance(node.value, ast.Call):
            self.chain(node.value, awaited=True)
        else:
            self.expression(node.value)
        self.add("await", node.value)

    def iterated(self, node: ast.Starred | ast.YieldFrom) -> None:
        self.expression(node.value)
        if isinstance(node, ast.YieldFrom) or isinstance(node.ctx, ast.Load):
            self.add("iterate", node.value)

    def compare(self, node: ast.Compare) -> None:
        self.expression(node.left)
        self.expressions(node.comparators)
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                self.add("contains", right)

    def boolean(self, node: ast.BoolOp) -> None:
        self.expressions(node.values)
        for operand in node.values[:-1]:
            self.tested(operand)

    def unary(self, node: ast.UnaryOp) -> None:
        self.expression(node.operand)
        if isinstance(node.op, ast.Not):
            self.tested(node.operand)

    def conditional(self, node: ast.IfExp) -> None:
        self.expression(node.test)
        around = self.guards
        told = isinstance(node.test, ast.Name | ast.Attribute) or any(  # a flag may hold the answer
            last_name(inner) == "iscoroutinefunction" for inner in ast.walk(node.test)
        )
        condition = ast.copy_location(ast.If(node.test, [], []), node)
        for arm, branch in ((node.body, True), (node.orelse, False)):
            if told:
                self.guards = guarded(around, condition, branch)
            self.expression(arm)
        self.guards = around
        self.tested(node.test)

    def binary(self, node: ast.BinOp) -> None:
        """A sum of thousands leans to the left."""
        operands = []
        inner: ast.expr = node
        while isinstance(inner, ast.BinOp):
            operands.append(inner.right)
            inner = inner.left
        self.expression(inner)
        self.expressions(reversed(operands))

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first = node.generators[0]
        self.expression(first.iter)
        self.add("async iterate" if first.is_async else "iterate", first.iter)
        outer, self.scope = self.scope, self.scope.module.met.get(node, self.scope)
        for generator in node.generators:
            if generator is not first:
                self.expression(generator.iter)
                self.add("async iterate" if generator.is_async else "iterate", generator.iter)
            for condition in generator.ifs:
                self.expression(condition)
                self.tested(condition)
        self.expressions([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scope = outer

    def parts(self, node: ast.expr) -> None:
        """An expression that only evaluates what stands in it."""
        self.expressions(child for child in children(node) if isinstance(child, ast.expr))


_STATEMENTS: dict[type[ast.stmt], Callable[[_Walker, Any], None]] = {
    ast.FunctionDef: _Walker.function,
    ast.AsyncFunctionDef: _Walker.function,
    ast.ClassDef: _Walker.class_,
    ast.Expr: _Walker.value,
    ast.Return: _Walker.value,
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.annotated,
    ast.AugAssign: _Walker.augmented,
    ast.If: _Walker.if_,
    ast.While: _Walker.while_,
    ast.Assert: _Walker.assert_,
    ast.With: _Walker.with_,
    ast.AsyncWith: _Walker.with_,
    ast.For: _Walker.for_,
    ast.AsyncFor: _Walker.for_,
    ast.Try: _Walker.try_,
    ast.TryStar: _Walker.try_,
    ast.Match: _Walker.match,
    ast.Raise: _Walker.inside,
    ast.Delete: _Walker.inside,
}

#: Names and constants are not among them: evaluating them does nothing.
_EXPRESSIONS: dict[type[ast.expr], Callable[[_Walker, Any], None]] = {
    ast.Call: _Walker.chain,
    ast.Attribute: _Walker.chain,
    ast.Subscript: _Walker.chain,
    ast.Await: _Walker.await_,
    ast.Starred: _Walker.iterated,
    ast.YieldFrom: _Walker.iterated,
    ast.Compare: _Walker.compare,
    ast.BoolOp: _Walker.boolean,
    ast.UnaryOp: _Walker.unary,
    ast.IfExp: _Walker.conditional,
    ast.BinOp: _Walker.binary,
    ast.Lambda: _Walker.defaults,
    ast.ListComp: _Walker.comprehension,
    ast.SetComp: _Walker.comprehension,
    ast.GeneratorExp: _Walker.comprehension,
    ast.DictComp: _Walker.comprehension,
    ast.Dict: _Walker.parts,
    ast.List: _Walker.parts,
    ast.Tuple: _Walker.parts,
    ast.Set: _Walker.parts,
    ast.JoinedStr: _Walker.parts,
    ast.FormattedValue: _Walker.parts,
    ast.NamedExpr: _Walker.parts,
    ast.Slice: _Walker.parts,
    ast.Yield: _Walker.parts,
}
