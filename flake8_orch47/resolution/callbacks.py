"""Callbacks: what the framework ends up calling, and whether it can await the result."""

from __future__ import annotations

from flake8_orch47.records import Record
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.registrations import closed_over, held_by, unwrapped
from flake8_orch47.resolution.values import (
    NOTHING,
    Arguments,
    Awaitable,
    Cached,
    Class,
    Constant,
    Coroutine,
    Expression,
    External,
    ExternalInstance,
    ExternalModule,
    Frame,
    Function,
    Generator,
    Instance,
    Parameter,
    Partial,
    Super,
    Unknown,
    Value,
    Values,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from flake8_orch47.resolution.evaluator import Evaluator

    Kind = Literal["async", "sync", "unknown", "none"]

__all__ = ["Callback", "Callbacks"]

#: What callbacks are given up to 4.8 (from 5.0 it is an AuthContext; neither has awaitable attributes).
_USER: Values = frozenset({ExternalInstance("oauth2_lib.fastapi.OIDCUserModel")})


class Callback(Record):
    """A callable that the framework calls.

    `kind` says whether calling it gives an awaitable. `function` is the function of the project that runs first,
    if there is one; `change` the functions that would have to become async (for a sync callback one of them does
    it, the first); `coroutines` those whose coroutine it returns; `cached` the decorators that cache it.
    `returns` names what a sync callback gives instead of an awaitable.
    """

    value: Value
    kind: Kind
    function: Function | None = None
    change: Function | None = None
    coroutines: tuple[Coroutine, ...] = ()
    cached: tuple[Expression, ...] = ()
    returns: str = "bool"


class Callbacks:
    """Classifies values as callbacks."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._known: dict[Value, Callback] = {}

    def callback(self, value: Value) -> Callback:
        """What `value` is as a callback."""
        if value not in self._known:
            self._known[value] = self._classify(value)
        return self._known[value]

    def _classify(self, value: Value) -> Callback:
        if isinstance(value, Constant):
            return Callback(value, "none")
        cached: list[Expression] = []
        inner: Value = value
        while isinstance(inner, Cached | Partial):
            if isinstance(inner, Cached):
                cached.append(inner.decorator)
            inner = inner.function
        function = self._function(inner, cached)
        if function is None and not isinstance(inner, Class | External | Instance):
            return Callback(value, "unknown")
        if function is not None and _is_attribute(function):
            return Callback(value, "unknown")
        results = self._results(value, function)
        kind = self.kind(results)
        coroutines = tuple(result for result in results if isinstance(result, Coroutine))
        if kind == "sync":
            return Callback(
                value, kind, function, self._to_change(value, function), coroutines, (), self._told(results)
            )
        if kind != "async":
            return Callback(value, kind, function, None, coroutines)
        cached.extend(self._caches_inside(inner))
        return Callback(value, kind, function, None, coroutines, tuple(dict.fromkeys(cached)))

    def _function(self, value: Value, cached: list[Expression]) -> Function | None:
        """The function of the project that runs first; caches on the way to it are noted."""
        if isinstance(value, Instance):
            methods = self.evaluator.members.method(value.cls, "__call__", value) or NOTHING
            value = next(iter(methods)) if len(methods) == 1 else value
        while isinstance(value, Cached | Partial):
            if isinstance(value, Cached):
                cached.append(value.decorator)
            value = value.function
        return value if isinstance(value, Function) else None

    def _caches_inside(self, value: Value, depth: int = 0) -> Iterator[Expression]:
        """The caches that decorators wrapped: they hand out the same coroutine as an outermost one does."""
        for held in held_by(self.evaluator, value) if depth < 4 else ():
            if isinstance(held, Cached) and self._makes_coroutine(held):
                yield held.decorator
            yield from self._caches_inside(held, depth + 1)

    def _makes_coroutine(self, value: Value) -> bool:
        """Whether calling something gives the coroutine of a function of the project."""
        return any(isinstance(made, Coroutine) for made in self.evaluator.calls.call(value, Arguments((_USER,))))

    def _results(self, value: Value, function: Function | None) -> Values:
        """What calling the callback with a user gives."""
        user = _USER
        if function is not None:
            parameters = [*function.node.args.posonlyargs, *function.node.args.args]
            first = parameters[1 if function.receiver is not None else 0 :][:1]
            if first and first[0].annotation is not None:
                scope = function.scope
                told = self.evaluator.annotations.instances(first[0].annotation, scope.parent or scope, scope.statement)
                user = told if _is_own(told) else _USER
        return self.evaluator.calls.call(value, Arguments((user,)))

    def call_of(self, value: Value) -> tuple[Function, Frame | None] | None:
        """The function of the project that a callback is, and its call as the framework makes it; None for others."""
        function, bound = unwrapped(value)
        if not isinstance(function, Function):
            return None
        return function, self.evaluator.calls.frame(function, bound.then(Arguments((_USER,))))

    def kind(self, results: Values) -> Kind:
        """Whether results can be awaited: all of them, certainly not all of them, or nobody knows."""
        answers = {self.awaitable(result) for result in results}
        if answers == {True}:
            return "async"
        return "sync" if False in answers else "unknown"

    def awaitable(self, value: Value) -> bool | None:
        """Whether `await value` works, None where that cannot be told."""
        match value:
            case Coroutine() | Awaitable():
                return True
            case Unknown() | Parameter() | Super() | ExternalModule():
                return None
            case Instance():
                return self._has_await(value)
            case ExternalInstance(cls):
                if cls in _AWAITABLE_CLASSES:
                    return True
                return False if externals.never_awaitable(cls) else None
            case External(name):  # what a function hands out may be a function: nobody knows what that gives
                known = ")(" not in name and externals.never_awaitable(name.partition("(")[0])
                return False if known else None
        return False

    def _has_await(self, instance: Instance) -> bool | None:
        line = self.evaluator.members.line(instance.cls)
        for owner in line:
            if isinstance(owner, Class) and "__await__" in owner.scope.bindings:
                return True
            if isinstance(owner, External) and externals.class_name(owner.name) in _AWAITABLE_CLASSES:
                return True
        if all(isinstance(owner, Class) or externals.never_awaitable(getattr(owner, "name", "?")) for owner in line):
            return False
        return None

    def truth_is_right(self, value: Value) -> bool:
        """Whether an awaitable instance also answers a truth test: it bridges the versions before and from 4.7."""
        if not isinstance(value, Instance):
            return False
        for owner in self.evaluator.members.line(value.cls):
            if isinstance(owner, Class) and ("__bool__" in owner.scope.bindings or "__len__" in owner.scope.bindings):
                return True
            if isinstance(owner, External) and owner.name.startswith("builtins."):
                return True
        return False

    def _to_change(self, value: Value, function: Function | None) -> Function | None:
        """The function that has to become async: the innermost that would make the callback async, else its own."""
        if function is None:
            return None
        for candidate in self._wrapped(value, function):
            kind = self.evaluator.assuming_async(
                candidate.node, lambda: self.kind(self.evaluator.calls.call(value, Arguments((_USER,))))
            )
            if kind == "async":
                return candidate
        return function

    def _wrapped(self, value: Value, function: Function) -> Iterator[Function]:
        """The functions that decorators wrapped to make a value, and those that factories make: the innermost first."""
        seen: list[Function] = []

        def visit(holder: Value) -> None:
            for held in closed_over(self.evaluator, holder):
                for function in (held, *self._made_by(held)):
                    if function not in seen:
                        seen.append(function)
                        visit(function)

        visit(value if isinstance(value, Instance) else function)
        own = None if isinstance(value, Instance) else function.node  # a decorator's, applied once more
        yield from (held for held in reversed(seen) if held.node is not own and not self.evaluator.calls.is_async(held))

    def _made_by(self, function: Function) -> list[Function]:
        """The functions that one gives which takes nothing: `Lazy(make_policy)`."""
        arguments = function.node.args
        taken = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
        if taken > (0 if function.receiver is None else 1):
            return []
        return [value for value in self.evaluator.calls.call(function, Arguments()) if isinstance(value, Function)]

    def _told(self, results: Values) -> str:
        """The type that a sync callback returns, as the framework's error would name it."""
        names = {self._type_name(result) for result in results if self.awaitable(result) is False}
        if not names or "bool" in names:
            return "bool"
        return min(names)

    def _type_name(self, value: Value) -> str:
        match value:
            case Constant():
                return value.kind
            case Instance():
                return getattr(value.cls.scope.node, "name", "object")
            case Generator():
                return "async_generator" if self.evaluator.calls.is_async(value.function) else "generator"
        return "bool"


def _is_attribute(function: Function) -> bool:
    """Whether a decorator must have made something else of a method: it takes nothing but its object."""
    arguments = function.node.args
    taken = len(arguments.posonlyargs) + len(arguments.args) - 1
    return (
        function.receiver is not None
        and bool(getattr(function.node, "decorator_list", ()))
        and function.kind == "function"
        and taken < 1
        and arguments.vararg is None
    )


def _is_own(values: Values) -> bool:
    return any(isinstance(value, Instance) for value in values)


_AWAITABLE_CLASSES = frozenset(
    {
        "asyncio.Future",
        "asyncio.Task",
        "asyncio.futures.Future",
        "asyncio.tasks.Task",
        "typing.Awaitable",
        "typing.Coroutine",
        "collections.abc.Awaitable",
        "collections.abc.Coroutine",
    }
)
