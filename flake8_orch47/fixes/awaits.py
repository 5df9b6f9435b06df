"""ORC202: the coroutine of a callback is awaited where it is used as a value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.fixes.families import overrides
from flake8_orch47.fixes.plan import Planning, is_async_place
from flake8_orch47.fixes.steps import Change, Planned, Refusal, Refused
from flake8_orch47.resolution.values import Expression, External, Function, Instance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact, ModuleFacts, Scope
    from flake8_orch47.findings import Finding

__all__ = ["await_call", "leaves", "plan", "returns_awaitable"]

#: Built-in functions that take what they are given apart at once, so that a list does as well as a generator.
_CONSUMERS = frozenset({"any", "all", "list", "tuple", "set", "frozenset", "sum", "sorted", "min", "max"})


def plan(planning: Planning, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Planned | Refused]]:
    """The plans for ORC202."""

    def one(finding: Finding) -> Planned:
        call = planning.call(finding)
        _is_known_async(planning, call)
        name = ast.unparse(call.node.func)
        name = name if len(name) <= 50 else f"{name[:47]}..."
        return Planned("safe", f"await `{name}(...)`", await_call(planning, call.scope, call.node))

    return planning.each(findings, one)


def _is_known_async(planning: Planning, call: CallFact) -> None:
    """Raises Refusal where what is called may be no coroutine function."""
    evaluator, callbacks = planning.analysis.evaluator, planning.analysis.callbacks
    here = Expression(call.node, call.scope, call.statement, None)
    results = evaluator.values(here)
    if any(callbacks.awaitable(value) is False for value in results):
        raise Refusal("what is called is not async in every case, and `await` fails on everything else")
    callees = evaluator.at(here, call.node.func)
    for callee in callees:
        if isinstance(callee, Function) and isinstance(callee.receiver, Instance):
            for other in overrides(planning, callee.scope):
                if not isinstance(other.node, ast.AsyncFunctionDef):
                    where = planning.analysis.where(other.module, other.node)
                    raise Refusal(f"a method that overrides it is not async ({where}), and `await` fails on its answer")
    required = planning.analysis.below_47
    if required is not None and not planning.target_given and any(isinstance(one, External) for one in callees):
        raise Refusal(
            f"the project requires orchestrator-core {required.specifier or 'below 4.7'}, where the framework's "
            "callbacks need not be async; `--target-version` says that the upgrade goes along"
        )


def await_call(
    planning: Planning, scope: Scope, node: ast.expr, becoming: frozenset[Scope] = frozenset()
) -> tuple[Change, ...]:
    """The steps that await the value of an expression in `scope`.

    `becoming` are the functions that become async in the same plan. Raises Refusal where `await` is not allowed.
    """
    module = scope.module
    reason = is_async_place(scope, becoming)
    steps = []
    if reason:
        generator, outside = _consumed_generator(planning, module, scope, becoming)
        if generator is None:
            raise Refusal(is_async_place(outside, becoming) or reason)
        steps.append(planning.change(module, generator, "awaits:listed", composes=True))
    brackets = _binds_closer(planning, module, node)
    return (planning.change(module, node, "awaits:awaited", brackets, composes=True), *steps)


def _consumed_generator(
    planning: Planning, module: ModuleFacts, scope: Scope, becoming: frozenset[Scope]
) -> tuple[ast.GeneratorExp | None, Scope]:
    """The generator expression around a place, if a list can take its place; and the scope around it."""
    at = scope
    while at.kind == "comprehension" and not isinstance(at.node, ast.GeneratorExp) and at.parent is not None:
        at = at.parent
    node, outside = at.node, at.parent
    if not isinstance(node, ast.GeneratorExp) or outside is None:
        return None, at
    parent = planning.analysis.parents(module)[node]
    consumed = (
        isinstance(parent, ast.Call)
        and parent.args == [node]
        and not parent.keywords
        and isinstance(parent.func, ast.Name)
        and parent.func.id in _CONSUMERS
        and planning.analysis.evaluator.names.lookup(parent.func.id, outside, None)[1] is None
    )
    if not consumed or is_async_place(outside, becoming):
        return None, at if not is_async_place(outside, becoming) else outside
    return node, outside


def _binds_closer(planning: Planning, module: ModuleFacts, node: ast.expr) -> bool:
    """Whether `await node` needs brackets: its attribute is read, it is called or subscripted."""
    parent = planning.analysis.parents(module)[node]
    match parent:
        case ast.Attribute() | ast.Subscript() if parent.value is node:
            pass
        case ast.Call() if parent.func is node:
            pass
        case _:
            return False
    outer, inner = planning.span(module, parent), planning.span(module, node)
    return (outer.row, outer.column) == (inner.row, inner.column)


def leaves(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions that may be the value of an expression: arms of conditions, the last of `and` and `or`."""
    match node:
        case ast.IfExp():
            yield from leaves(node.body)
            yield from leaves(node.orelse)
        case ast.BoolOp():
            yield from leaves(node.values[-1])
        case _:
            yield node


def returns_awaitable(planning: Planning, values: Iterable[Expression]) -> bool | None:
    """Whether what is returned can be awaited, in every situation given; None where that is not known.

    Raises Refusal where it can be in some cases only: then no `await` is right.
    """
    evaluator, callbacks = planning.analysis.evaluator, planning.analysis.callbacks
    answers = {callbacks.awaitable(value) for here in values for value in evaluator.values(here)}
    if True in answers and answers != {True}:
        raise Refusal("what it returns can be awaited in some cases only")
    return None if None in answers else True in answers
