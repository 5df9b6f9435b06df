"""The calls of callbacks that a function was given: a guard of endpoints, `@requires(may_order)`."""

from __future__ import annotations

import ast

from flake8_orch47.facts.vocabulary import given_to
from flake8_orch47.resolution.narrowing import asked_of, conditions_in
from flake8_orch47.resolution.registrations import first_parameter, unwrapped
from flake8_orch47.resolution.values import NOTHING, Class, Expression, Function, Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact, Scope
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.values import Value
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["calls_of_given"]


def calls_of_given(
    analysis: Analysis,
    callbacks: Iterable[Function],
    calls: Iterable[CallFact],
    is_callback: Callable[[Value], bool],
) -> Iterator[CallFact]:
    """The calls in which functions of the project ask a callback that they were given, as an argument or to decorate.

    `calls` are those that may give one of the `callbacks`.
    """
    found: dict[CallFact, None] = {}
    for function, parameter in _takers(analysis, callbacks, calls, is_callback):
        found.update(dict.fromkeys(_calls_of_parameter(function.scope, parameter)))
    yield from found


def _takers(
    analysis: Analysis, callbacks: Iterable[Function], calls: Iterable[CallFact], is_callback: Callable[[Value], bool]
) -> Iterator[tuple[Function, str]]:
    """The functions that are given a callback, each with the parameter that gets it."""
    evaluator = analysis.evaluator
    for call in calls:
        here = Expression(call.node, call.scope, call.statement, None)
        functions = list(_functions(evaluator, here, call.node.func))
        for one in given_to(call.node) if functions else ():
            if any(map(is_callback, evaluator.at(here, one))):
                for function in functions:
                    yield from ((function, name) for name in evaluator.calls.given(function, here, one))
    for callback in callbacks:
        scope = callback.scope
        decorators: list[ast.expr] = getattr(scope.node, "decorator_list", [])
        if not decorators or not evaluator.calls.is_async(callback) or not is_callback(callback):
            continue
        here = Expression(decorators[-1], scope.parent or scope, scope.statement, None)  # others get what this gives
        for function in _functions(evaluator, here, decorators[-1]):
            taken = [*function.node.args.posonlyargs, *function.node.args.args]
            for parameter in taken[0 if function.receiver is None else 1 :][:1]:
                yield function, parameter.arg


def _functions(evaluator: Evaluator, here: Expression, node: ast.expr) -> Iterator[Function]:
    """The functions that run when something is called: for a class its constructor."""
    for callee in evaluator.at(here, node):
        target, _ = unwrapped(callee)
        if isinstance(target, Class):
            made = Instance(target)
            methods = evaluator.members.method(target, "__init__", made) or NOTHING
            yield from (method for method in methods if isinstance(method, Function))
        elif isinstance(target, Function):
            yield target


def _calls_of_parameter(function: Scope, name: str) -> Iterator[CallFact]:
    """The calls of what a parameter holds: in its function, the functions inside, and the methods of an object that
    keeps it.
    """
    for scope in _inside(function, name):
        for call in scope.calls:
            func = call.node.func
            if isinstance(func, ast.Name) and func.id == name and not _is_told_apart(scope, function, name):
                yield call
    around = function.parent
    if around is None or around.kind != "class" or getattr(function.node, "name", "") != "__init__":
        return
    for attribute, assignments in function.module.instance_attributes.get(around, {}).items():
        if len(assignments) == 1 and isinstance(value := assignments[0].value, ast.Name) and value.id == name:
            for method in around.inner:
                yield from _calls_of_attribute(method, attribute)


def _calls_of_attribute(method: Scope, attribute: str) -> Iterator[CallFact]:
    """The calls of `self.attribute` in a method."""
    me = first_parameter(method) if method.kind == "function" else None
    for scope in _inside(method, me) if me is not None else ():
        for call in scope.calls:
            match call.node.func:
                case ast.Attribute(value=ast.Name(id=receiver), attr=called) if (receiver, called) == (me, attribute):
                    yield call


def _inside(scope: Scope, name: str) -> Iterator[Scope]:
    """A function and the scopes inside it in which a name means what it does there."""
    if len(scope.bindings.get(name, ())) > 1:
        return
    yield scope
    for inner in scope.inner:
        if inner.kind != "class" and name not in inner.bindings:
            yield from _inside(inner, name)


def _is_told_apart(scope: Scope, function: Scope, name: str) -> bool:
    """Whether a function around a call is only made where the parameter holds no coroutine function."""
    at: Scope | None = scope
    while at is not None and at is not function:
        around = at.parent
        bindings = around.bindings.get(getattr(at.node, "name", ""), ()) if around is not None else ()
        for condition, holds in conditions_in(bindings[0].guards) if bindings else ():
            asked = asked_of(condition)
            if not holds and isinstance(asked, ast.Name) and asked.id == name:
                return True
        at = around
    return False
