"""What running the body of a function does, operation by operation: calls, and what the syntax calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from flake8_orch47.facts.children import children
from flake8_orch47.facts.scopes import guarded, guarded_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import Guards, Scope

__all__ = ["Operation", "OperationKind", "is_type_checking", "operations"]

OperationKind: TypeAlias = Literal[
    "call",  # a call that is not awaited
    "awaited call",
    "await",  # node is the operand
    "attribute",  # reading an attribute: it may be a property
    "subscript",
    "enter",  # node is the context expression of a `with`
    "async enter",
    "iterate",  # node is what is iterated over
    "async iterate",
    "contains",  # node is the right side of `in`
    "truth",  # node is tested
]


class Operation(NamedTuple):
    """One thing that running a body does to `node`, and where it stands."""

    kind: OperationKind
    node: ast.expr
    scope: Scope
    statement: ast.stmt | None
    guards: Guards = ()


def operations(scope: Scope) -> tuple[Operation, ...]:
    """The operations of a function's or lambda's own body, in the order of the source.

    Comprehensions and class bodies in it belong to it; functions and lambdas in it do not, but their defaults
    and decorators do. What stands under `if TYPE_CHECKING:` never runs.
    """
    node = scope.node
    walker = _Walker(scope)
    if isinstance(node, ast.Lambda):
        return tuple(walker.expression(node.body))
    return tuple(walker.block(node.body)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ()


def is_type_checking(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING` or `typing.TYPE_CHECKING`."""
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == "TYPE_CHECKING"


class _Walker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.statement: ast.stmt | None = None
        self.found: list[Operation] = []
        self.guards: Guards = ()

    def block(self, statements: Iterable[ast.stmt]) -> list[Operation]:
        around = self.guards
        for statement in statements:
            self.visit_statement(statement)
            if isinstance(statement, ast.If):
                self.guards = guarded_after(statement, self.guards)
        self.guards = around
        return self.found

    def visit_statement(self, statement: ast.stmt) -> None:
        outer, self.statement = self.statement, statement
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                arguments = statement.args
                defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
                self.expressions([*statement.decorator_list, *defaults])
            case ast.ClassDef():
                self.expressions([*statement.decorator_list, *statement.bases])
                inner, self.scope = self.scope, self.scope.module.scopes.get(statement, self.scope)
                self.block(statement.body)
                self.scope = inner
            case ast.If(test=test) if is_type_checking(test):
                self.block(statement.orelse)
            case ast.If():
                self.expression(statement.test)
                self.tested(statement.test)
                around = self.guards
                for branch, block in ((True, statement.body), (False, statement.orelse)):
                    self.guards = guarded(around, statement, branch)
                    self.block(block)
                self.guards = around
            case ast.With() | ast.AsyncWith():
                kind: OperationKind = "async enter" if isinstance(statement, ast.AsyncWith) else "enter"
                for item in statement.items:
                    self.expression(item.context_expr)
                    self.add(kind, item.context_expr)
                    if item.optional_vars is not None:
                        self.expression(item.optional_vars)
                self.block(statement.body)
            case ast.For() | ast.AsyncFor():
                self.expression(statement.iter)
                self.add("async iterate" if isinstance(statement, ast.AsyncFor) else "iterate", statement.iter)
                self.expression(statement.target)
                self.block([*statement.body, *statement.orelse])
            case ast.AnnAssign():
                self.expressions([statement.target, *([statement.value] if statement.value is not None else [])])
            case _:
                self.generic(statement)
        self.statement = outer

    def generic(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign) and any(
            isinstance(one, ast.Tuple | ast.List) for one in statement.targets
        ):
            self.expression(statement.value)
            self.add("iterate", statement.value)
            self.expressions(statement.targets)
            return
        test = getattr(statement, "test", None)
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                self.visit_statement(child)
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                self.handler(child)
            elif isinstance(child, ast.expr):
                self.expression(child)
                if child is test:
                    self.tested(child)

    def handler(self, node: ast.ExceptHandler | ast.match_case) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.visit_statement(child)
            elif isinstance(child, ast.expr):
                self.expression(child)

    # -- expressions ---------------------------------------------------------------------------------------

    def add(self, kind: OperationKind, node: ast.expr) -> None:
        self.found.append(Operation(kind, node, self.scope, self.statement, self.guards))

    def expressions(self, nodes: Iterable[ast.expr]) -> None:
        for node in nodes:
            self.expression(node)

    def tested(self, node: ast.expr) -> None:
        if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            self.add("truth", node)

    def expression(self, node: ast.expr) -> list[Operation]:
        """Adds what evaluating `node` does, the inner expressions first."""
        pending: list[tuple[ast.AST, bool]] = [(node, False)]
        awaited: set[ast.AST] = set()
        while pending:
            current, entered = pending.pop()
            if isinstance(current, ast.Lambda):
                pending.extend(
                    (default, False) for default in (*current.args.defaults, *current.args.kw_defaults) if default
                )
            elif isinstance(current, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
                self.comprehension(current)
            elif entered:
                self.leave(current, awaited)
            else:
                if isinstance(current, ast.Await):
                    awaited.add(current.value)
                kind = type(current)
                if kind is ast.Name or kind is ast.Constant:
                    continue
                pending.append((current, True))
                pending.extend((child, False) for child in reversed(list(_evaluated(current))))
        return self.found

    def leave(self, node: ast.AST, awaited: set[ast.AST]) -> None:
        match node:
            case ast.Call():
                self.add("awaited call" if node in awaited else "call", node)
            case ast.Await():
                self.add("await", node.value)
            case ast.Attribute(ctx=ast.Load()):
                self.add("attribute", node)
            case ast.Subscript(ctx=ast.Load()):
                self.add("subscript", node)
            case ast.Starred(ctx=ast.Load()) | ast.YieldFrom():
                self.add("iterate", node.value)
            case ast.Compare():
                for operator, right in zip(node.ops, node.comparators, strict=True):
                    if isinstance(operator, ast.In | ast.NotIn):
                        self.add("contains", right)
            case ast.BoolOp():
                for operand in node.values[:-1]:
                    self.tested(operand)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.tested(operand)
            case ast.IfExp(test=test):
                self.tested(test)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first = node.generators[0]
        self.expression(first.iter)
        self.add("async iterate" if first.is_async else "iterate", first.iter)
        outer, self.scope = self.scope, self.scope.module.scopes.get(node, self.scope)
        for generator in node.generators:
            if generator is not first:
                self.expression(generator.iter)
                self.add("async iterate" if generator.is_async else "iterate", generator.iter)
            for condition in generator.ifs:
                self.expression(condition)
                self.tested(condition)
        self.expressions([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scope = outer


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions that evaluating `node` evaluates first."""
    for child in children(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.keyword):
            yield child.value
