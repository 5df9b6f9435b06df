"""ORC202: the coroutine of a callback is awaited where it is used as a value."""

from __future__ import annotations

import ast

from flake8_orch47.findings import Span
from flake8_orch47.fixes.families import overrides
from flake8_orch47.fixes.plan import Planning, is_async_place
from flake8_orch47.fixes.steps import Change, Planned, Refusal, Refused
from flake8_orch47.resolution.state import function_around
from flake8_orch47.resolution.values import Expression, External, Function, Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact, ModuleFacts, Scope
    from flake8_orch47.findings import Finding
    from flake8_orch47.resolution.values import Values
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["await_call", "leaves", "plan", "returns_awaitable"]

#: Built-in functions that take all of what they are given apart at once, so that a list does as well as a generator.
_CONSUMERS = frozenset({"list", "tuple", "set", "frozenset", "sum", "sorted", "min", "max"})
#: Those that stop as soon as the answer is known: what comes after that must not be asked.
_STOPPING = frozenset({"any", "all"})


def plan(planning: Planning, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Planned | Refused]]:
    """The plans for ORC202."""

    def one(finding: Finding) -> Planned:
        call = planning.call(finding)
        if isinstance(planning.analysis.parents(call.scope.module)[call.node], ast.Await):
            raise Refusal("what runs in the thread is async: call it without one, and await that")
        _is_known_async(planning, call)
        name = ast.unparse(call.node.func)
        name = name if len(name) <= 50 else f"{name[:47]}..."
        return Planned("safe", f"await `{name}(...)`", await_call(planning, call.scope, call.node))

    return planning.each(findings, one)


def _is_known_async(planning: Planning, call: CallFact) -> None:
    """Raises Refusal where what is called may be no coroutine function."""
    evaluator, callbacks = planning.analysis.evaluator, planning.analysis.callbacks
    here = Expression(call.node, call.scope, call.statement, None)
    if any(callbacks.awaitable(value) is False for value in _results(planning.analysis, here)):
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


def _results(analysis: Analysis, here: Expression) -> Values:
    """What a call gives, whatever the functions around it were given, as far as that is known."""
    results = analysis.evaluator.state.in_all_calls(here)
    owner = function_around(here.scope)
    for context in analysis.contexts:
        if context.scope is owner:
            results |= analysis.execution.evaluator.values(here._replace(frame=context.body.frame))
    return results


def await_call(
    planning: Planning, scope: Scope, node: ast.expr, becoming: frozenset[Scope] = frozenset()
) -> tuple[Change, ...]:
    """The steps that await the value of an expression in `scope`.

    `becoming` are the functions that become async in the same plan. Raises Refusal where `await` is not allowed.
    """
    module = scope.module
    steps = _opened(planning, module, scope, becoming) if is_async_place(scope, becoming) else ()
    brackets = _binds_closer(planning, module, node)
    return (planning.change(module, node, "awaits:awaited", brackets, composes=True), *steps)


def _opened(planning: Planning, module: ModuleFacts, scope: Scope, becoming: frozenset[Scope]) -> Iterator[Change]:
    """The steps that make something of the generator expression around a place in which `await` is allowed.

    Raises Refusal where that would not be the same.
    """
    at = scope
    while at.kind == "comprehension" and not isinstance(at.node, ast.GeneratorExp) and at.parent is not None:
        at = at.parent
    node, outside = at.node, at.parent
    if not isinstance(node, ast.GeneratorExp) or outside is None:
        raise Refusal(is_async_place(scope, becoming))
    parent = planning.analysis.parents(module)[node]
    name = parent.func.id if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) else ""
    if (
        name not in _CONSUMERS | _STOPPING
        or not isinstance(parent, ast.Call)
        or parent.args != [node]
        or parent.keywords
        or any(planning.analysis.evaluator.names.lookup(one, outside, None)[1] for one in (name, "anext"))
    ):
        owner = outside
        while owner.kind == "comprehension" and owner.parent is not None:
            owner = owner.parent
        raise Refusal(is_async_place(owner, becoming) or is_async_place(scope, becoming))
    if is_async_place(outside, becoming):
        yield from _opened(planning, module, outside, becoming)
    if name in _CONSUMERS:
        yield planning.change(module, node, "awaits:listed", composes=True)
        return
    statement = planning.analysis.parents(module)[parent]
    if isinstance(statement, ast.Return) and _may_be_a_loop(planning, module, statement, node, outside):
        span = planning.span(module, statement)
        lines = planning.lines(module)
        whole = Span(module.path, span.row, 0, span.end_row, len(lines[span.end_row - 1]))
        yield Change(whole, "block", "awaits:loop", (name == "any",), composes=True)
        return
    brackets = _binds_closer(planning, module, parent)
    yield planning.change(module, parent, "awaits:first", name == "any", brackets, composes=True)


def _may_be_a_loop(
    planning: Planning, module: ModuleFacts, statement: ast.Return, generator: ast.GeneratorExp, scope: Scope
) -> bool:
    """Whether a `return` can become a loop: it has its lines to itself, and the variables of the loop are new ones."""
    span, lines = planning.span(module, statement), planning.lines(module)
    stretch = planning.stretch(module, span)
    before, after = lines[span.row - 1][: span.column].strip(), lines[span.end_row - 1][span.end_column :].strip()
    if before or (after and not after.startswith("#")):
        return False
    if "#" in stretch or '"""' in stretch or "\\\n" in stretch:
        return False
    own = {id(inner) for inner in ast.walk(generator)}
    targets = [inner for one in generator.generators for inner in ast.walk(one.target)]
    names = {inner.id for inner in targets if isinstance(inner, ast.Name)}
    if any(isinstance(one, ast.Attribute | ast.Subscript) for one in targets) or names & scope.bindings.keys():
        return False
    others = (inner for inner in ast.walk(scope.node) if id(inner) not in own)
    return scope.node is not module.tree and not any(
        (isinstance(inner, ast.Name) and inner.id in names)
        or (isinstance(inner, ast.arg) and inner.arg in names)
        or (isinstance(inner, ast.Global | ast.Nonlocal) and names & set(inner.names))
        for inner in others
    )


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
