"""Async contexts: the bodies of callbacks, and of every async function of the project that they await."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flake8_orch47.facts.scopes import AwaitFact, Scope
from flake8_orch47.resolution.callbacks import Callback
from flake8_orch47.resolution.evaluator import Evaluator
from flake8_orch47.resolution.values import (
    Awaitable,
    Coroutine,
    Expression,
    Frame,
    Function,
    Value,
)

__all__ = ["AsyncContext", "async_contexts"]

#: One function is looked at in so many different closures, not more.
_CLOSURES = 8


@dataclass(frozen=True, slots=True)
class AsyncContext:
    """The body of a function that the event loop runs: a callback's, or that of one it awaits."""

    function: Function
    frame: Frame | None

    @property
    def scope(self) -> Scope:
        """The scope of the body."""
        return self.function.scope


def async_contexts(evaluator: Evaluator, callbacks: Iterable[Callback]) -> tuple[AsyncContext, ...]:
    """The async contexts that `callbacks` lead to, each once."""
    found: dict[AsyncContext, None] = {}
    closures: dict[Scope, int] = {}
    queue: list[AsyncContext] = []

    def add(function: Function, frame: Frame | None) -> None:
        context = AsyncContext(function, frame)
        if context not in found and closures.get(function.scope, 0) < _CLOSURES:
            closures[function.scope] = closures.get(function.scope, 0) + 1
            found[context] = None
            queue.append(context)

    for callback in callbacks:
        if callback.function is not None:
            add(callback.function, callback.function.frame)
        if callback.change is not None:
            add(callback.change, callback.change.frame)
        for coroutine in callback.coroutines:
            add(coroutine.function, coroutine.function.frame)
    while queue:
        context = queue.pop()
        for coroutine in _awaited(evaluator, context):
            add(coroutine.function, coroutine.function.frame)
    return tuple(found)


def _awaited(evaluator: Evaluator, context: AsyncContext) -> Iterator[Coroutine]:
    """The coroutines of the project that a context awaits, or gives to the event loop."""
    scope = context.scope
    for fact in scope.module.awaits:
        if _function_scope(fact) is scope:
            here = Expression(fact.node.value, fact.scope, fact.statement, context.frame)
            yield from _coroutines(evaluator.values(here))
    for call in evaluator.modules.calls_in(scope):
        here = Expression(call.node, call.scope, call.statement, context.frame)
        for value in evaluator.values(here):
            if isinstance(value, Awaitable):
                yield from _coroutines(value.of)


def _coroutines(values: Iterable[Value]) -> Iterator[Coroutine]:
    for value in values:
        if isinstance(value, Coroutine):
            yield value
        elif isinstance(value, Awaitable):
            yield from _coroutines(value.of)


def _function_scope(fact: AwaitFact) -> Scope:
    scope = fact.scope
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return scope


def is_async_scope(scope: Scope) -> bool:
    """Whether a `return` in this scope returns from an `async def`."""
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return isinstance(scope.node, ast.AsyncFunctionDef)
