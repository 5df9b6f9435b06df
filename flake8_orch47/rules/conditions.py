"""What the conditions around a call say of what it calls: that it is no coroutine function, or of which class it is."""

from __future__ import annotations

import ast

from flake8_orch47.resolution.narrowing import asked_of, behind_flags, callees_under, conditions_in, parts_of
from flake8_orch47.resolution.values import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flake8_orch47.facts.scopes import CallFact, Scope
    from flake8_orch47.facts.uses import Parents
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.values import Frame, Values

__all__ = ["is_said_to_be_sync", "narrowed", "never_runs"]


#: Words of flags that say that something is async.
_ASYNC = frozenset({"async", "isasync", "coroutine", "coroutinefunction", "awaitable"})


def is_said_to_be_sync(call: CallFact, parents: Parents, function: ast.expr | None = None) -> bool:
    """Whether the code itself made sure that what it calls is no coroutine function, or `function`, which it gives.

    `iscoroutinefunction(check)` is asked, or the object that has the method says so: `rule.is_async`.
    """
    called = function or call.node.func
    callee = ast.dump(called)
    owner = ast.dump(called.value) if isinstance(called, ast.Attribute) else callee
    for condition, holds in _conditions(call, parents):
        about = asked_of(condition)
        if about is not None and not holds and ast.dump(about) == callee:
            return True
        match condition:
            case ast.Attribute(value=flagged, attr=flag) if ast.dump(flagged) == owner:
                words = set(flag.lower().split("_"))
                is_async = not words.isdisjoint(_ASYNC)
                if (is_async and not holds) or (not is_async and "sync" in words and holds):
                    return True
    return False


def never_runs(evaluator: Evaluator, call: CallFact, parents: Parents) -> bool:
    """Whether a condition around a call goes the other way, for the version of the framework that is aimed at."""
    return any(
        evaluator.of_version(Expression(condition, call.scope, call.statement, None)) is (not holds)
        for condition, holds in _conditions(call, parents)
    )


def narrowed(evaluator: Evaluator, call: CallFact, frame: Frame | None, around: Callable[[], Parents]) -> Values | None:
    """What a call calls, as far as the conditions around it leave that: `isinstance(rule, Async)`; None where there
    are no such conditions. `around` gives the parents of nodes.
    """
    if _mentions_isinstance(call.scope):
        conditions = _conditions(call, around())
    elif call.guards:  # a `case` asks it without the word
        conditions = conditions_in(call.guards, call.scope)
    else:
        return None
    return callees_under(evaluator, Expression(call.node.func, call.scope, call.statement, frame), conditions)


def _mentions_isinstance(scope: Scope) -> bool:
    at: Scope | None = scope
    while at is not None and at.kind == "comprehension" and "isinstance" not in at.names:
        at = at.parent
    return at is not None and "isinstance" in at.names


def _conditions(call: CallFact, parents: Parents) -> Iterator[tuple[ast.expr, bool]]:
    """The conditions that hold where a call stands, and those that do not."""
    yield from conditions_in(call.guards, call.scope)
    for condition, holds in _in_expressions(call, parents):
        yield from behind_flags(condition, holds, call.scope)


def _in_expressions(call: CallFact, parents: Parents) -> Iterator[tuple[ast.expr, bool]]:
    """Those within the expression of which a call is a part."""
    node: ast.AST = call.node
    while isinstance(parent := parents.get(node), ast.expr | ast.comprehension):
        match parent:
            case ast.IfExp(test=test, body=body, orelse=orelse) if node in (body, orelse):
                yield from parts_of(test, node is body)
            case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp() if not isinstance(
                node, ast.comprehension
            ):
                for generator in parent.generators:
                    for test in generator.ifs:
                        yield from parts_of(test, True)
            case ast.BoolOp(op=op, values=values) if node in values:
                for test in values[: values.index(node)]:
                    yield from parts_of(test, isinstance(op, ast.And))
        node = parent
