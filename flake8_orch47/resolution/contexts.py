"""Async contexts: the bodies of callbacks, and of every async function of the project that they await."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import last_name
from flake8_orch47.records import Record
from flake8_orch47.resolution.plain import PlainCall
from flake8_orch47.resolution.values import (
    NOTHING,
    Arguments,
    Awaitable,
    Class,
    Coroutine,
    Expression,
    Frame,
    Function,
    Generator,
    Instance,
    Value,
    Values,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.operations import Operation
    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.resolution.callbacks import Callback
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.execution import Body, Execution

__all__ = ["AsyncContext", "async_contexts", "is_async_scope"]


class AsyncContext(Record):
    """A body that the event loop runs, and the callback that leads to it (the first one, if several do)."""

    body: Body
    callback: Callback

    @property
    def scope(self) -> Scope:
        """The scope of the body."""
        return self.body.scope


def async_contexts(execution: Execution, callbacks: Iterable[Callback]) -> tuple[AsyncContext, ...]:
    """The async contexts that `callbacks` lead to, each once, in a stable order."""
    evaluator = execution.evaluator
    found: dict[Body, AsyncContext] = {}
    queue: list[AsyncContext] = []

    def add(body: Body, callback: Callback) -> None:
        if body not in found:
            context = found[body] = AsyncContext(body, callback)
            queue.append(context)

    for callback in callbacks:
        for function in (callback.function, callback.change):
            if function is not None and not function.scope.yields:
                add(execution.root(function), callback)
        for coroutine in callback.coroutines:
            add(execution.body_of_frame(coroutine.function, coroutine.frame), callback)
    while queue:
        context = queue.pop()
        for body in _run_by_the_loop(evaluator, execution, context):
            add(body, context.callback)
    return tuple(found.values())


def _run_by_the_loop(evaluator: Evaluator, execution: Execution, context: AsyncContext) -> Iterator[Body]:
    """What the loop runs for a context: the async functions of the project that it awaits, enters, iterates over or
    starts as a task, and the sync ones whose calls it awaits, which give a coroutine.
    """
    for operation in execution.happening(context.body):
        if isinstance(operation, PlainCall):
            continue  # it gives what a sync function gives
        here = Expression(operation.node, operation.scope, operation.statement, context.body.frame)
        if operation.kind == "awaited call":
            yield from execution.called(here, operation.guards)
        for function, frame in _started(evaluator, operation, here):
            yield execution.body_of_frame(function, frame)
        if operation.kind == "call" and getattr(context.scope.node, "name", "") == "__await__":
            for function, frame in _coroutines(evaluator.values(here)):  # `self._load().__await__()`
                yield execution.body_of_frame(function, frame)
        if operation.kind == "call" and _is_given_a_result(operation):
            for body in execution.called(here, operation.guards):
                yield from _started_in(evaluator, execution, body)


def _started_in(evaluator: Evaluator, execution: Execution, body: Body) -> Iterator[Body]:
    """What a sync function of the project starts of the coroutines that it is given: `create_task(coro)`."""
    frame = body.frame
    given = frame.arguments.values() if frame is not None and frame.scope is body.scope else ()
    if any(isinstance(value, Coroutine | Awaitable) for values in given for value in values):
        for operation in execution.running(body):
            here = Expression(operation.node, operation.scope, operation.statement, frame)
            for function, inner in _started(evaluator, operation, here):
                yield execution.body_of_frame(function, inner)


def _is_given_a_result(operation: Operation) -> bool:
    """Whether a call is given what another call gives, which may be a coroutine."""
    node = operation.node
    given = [*node.args, *(keyword.value for keyword in node.keywords)] if isinstance(node, ast.Call) else []
    return any(
        isinstance(one, ast.Call)
        or (
            isinstance(one, ast.Name)
            and any(isinstance(binding.value, ast.Call) for binding in operation.scope.bindings.get(one.id, ()))
        )
        for one in given
    )


def _started(evaluator: Evaluator, operation: Operation, here: Expression) -> Iterator[tuple[Function, Frame | None]]:
    match operation.kind:
        case "await":
            values = evaluator.values(here)
            yield from _coroutines(values)
            yield from _awaited(evaluator, values)
        case "call":
            callees = evaluator.at(here, operation.node.func) if isinstance(operation.node, ast.Call) else NOTHING
            if not all(isinstance(callee, Function | Class) for callee in callees):
                tasks = (value for value in evaluator.values(here) if isinstance(value, Awaitable))
                yield from _coroutines(tasks)
        case "awaited call" if isinstance(operation.node, ast.Call) and last_name(operation.node.func) == _ENTERING:
            for given in operation.node.args[:1]:
                yield from _entered(evaluator, evaluator.at(here, given))
        case "async enter":
            yield from _entered(evaluator, evaluator.values(here))
        case "async iterate":
            yield from _generators(evaluator.values(here))
            yield from _special(evaluator, evaluator.values(here), ("__aiter__", "__anext__"))


def _awaited(evaluator: Evaluator, values: Values) -> Iterator[tuple[Function, Frame | None]]:
    """What `await` runs of objects of the project: their `__await__`."""
    for value in values:
        if isinstance(value, Instance):
            for method in evaluator.members.method(value.cls, "__await__", value) or NOTHING:
                if isinstance(method, Function):
                    yield method, evaluator.calls.frame(method, Arguments())


#: The method of `contextlib.AsyncExitStack` that does what `async with` would.
_ENTERING = "enter_async_context"


def _entered(evaluator: Evaluator, values: Values) -> Iterator[tuple[Function, Frame | None]]:
    yield from _generators(values)
    yield from _special(evaluator, values, ("__aenter__", "__aexit__"))


def _coroutines(values: Iterable[Value]) -> Iterator[tuple[Function, Frame | None]]:
    for value in values:
        if isinstance(value, Coroutine):
            yield value.function, value.frame
        elif isinstance(value, Awaitable):
            yield from _coroutines(value.of)


def _generators(values: Values) -> Iterator[tuple[Function, Frame | None]]:
    for value in values:
        if isinstance(value, Generator) and isinstance(value.function.node, ast.AsyncFunctionDef):
            yield value.function, value.frame


def _special(evaluator: Evaluator, values: Values, names: tuple[str, ...]) -> Iterator[tuple[Function, Frame | None]]:
    for value in values:
        if isinstance(value, Instance):
            for name in names:
                for method in evaluator.members.method(value.cls, name, value) or NOTHING:
                    made = evaluator.calls.call(method, Arguments())
                    yield from _coroutines(made)
                    yield from _generators(made)


def is_async_scope(scope: Scope) -> bool:
    """Whether a `return` in this scope returns from an `async def`."""
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return isinstance(scope.node, ast.AsyncFunctionDef)
