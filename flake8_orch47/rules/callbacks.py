"""ORC201 to ORC207: authorization callbacks."""

from __future__ import annotations

import ast
from functools import cache

from flake8_orch47.facts.places import place_of
from flake8_orch47.facts.vocabulary import given_to, names_in
from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution.values import (
    Argument,
    Arguments,
    Constant,
    Expression,
    External,
    Function,
    Partial,
    Value,
)
from flake8_orch47.rules.coroutines import without_await
from flake8_orch47.rules.user_arguments import treats_as_user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact, FunctionNode, ModuleFacts
    from flake8_orch47.findings import Finding
    from flake8_orch47.resolution.registrations import Registration
    from flake8_orch47.rules.analysis import Analysis, Registered

__all__ = ["check_callbacks"]

_STARTS = frozenset(name.rpartition(".")[2] for name in core.START_PROCESS)
#: A call that starts a process gives the user after so many others.
_USER_POSITION = min(core.START_PROCESS.values())
_PARTIAL = frozenset({"partial"})
_AWAITABLE_RETURN = "RuntimeError: cannot reuse already awaited coroutine"


def check_callbacks(analysis: Analysis) -> Iterator[Finding]:
    """The findings of ORC201 to ORC207 in the linted modules."""
    registered = analysis.registered
    callbacks = [entry.callback for entry in registered]
    for entry in registered:
        match entry.callback.kind:
            case "sync":
                yield from _not_async(analysis, entry)
            case "async":
                yield from _too_early(analysis, entry)
                yield from _cached(analysis, entry)
            case "unknown":
                yield from _undetermined(analysis, entry)
        if analysis.target >= (5, 0):
            yield from treats_as_user(analysis, entry)
    yield from without_await(analysis, callbacks)
    yield from _unchecked_starts(analysis)


def _name(function: Function | None, registration: Registration) -> str:
    """What to call a callback in a message."""
    if function is None:
        text = ast.unparse(registration.node)
        return f"`{text}`" if len(text) <= 40 else "the callback"
    node = function.node
    if isinstance(node, ast.Lambda):
        return "this lambda"
    scope = function.scope.parent
    if scope is not None and isinstance(scope.node, ast.ClassDef):
        return f"`{scope.node.name}.{node.name}`"
    return f"`{node.name}`"


# -- ORC201 --------------------------------------------------------------------------------------------------


def _not_async(analysis: Analysis, entry: Registered) -> Iterator[Finding]:
    callback = entry.callback
    kind = "NoneType" if callback.returns == "NoneType" else callback.returns
    error = f"TypeError: object {kind} can't be used in 'await' expression"
    hops = analysis.hops(entry.registrations)
    first = entry.registrations[0]
    consequence = f"4.7 awaits an authorization callback, so everybody gets HTTP 500 ({error})"
    change = callback.change
    if change is not None and analysis.is_linted(change.scope.module):
        what = _name(change, first)
        where = analysis.where(first.module, first.node)
        message = f"{what} is not async: {consequence}; registered as {first.parameter} at {where}"
        yield analysis.finding("ORC201", change.scope.module, change.node, message, hops)
        return
    for one in entry.registrations:
        if not analysis.is_linted(one.module):
            continue
        if change is not None:
            at = analysis.where(change.scope.module, change.node)
            message = f"{_name(change, one)} (defined at {at}) is not async: {consequence}"
            defined = [analysis.hop(change.scope.module, change.node, "defined here")]
            yield analysis.finding("ORC201", one.module, one.node, message, defined)
        else:
            message = f"{_name(None, one)} is not async: {consequence}"
            yield analysis.finding("ORC201", one.module, one.node, message)


# -- ORC203 --------------------------------------------------------------------------------------------------


def _too_early(analysis: Analysis, entry: Registered) -> Iterator[Finding]:
    """An async callback while the project's requirements hold the framework below 4.7."""
    required = analysis.below_47
    if required is None:
        return
    callback = entry.callback
    functions = [coroutine.function for coroutine in callback.coroutines]
    results = analysis.evaluator.calls.call(callback.value, Arguments())
    if not functions and results and all(analysis.callbacks.truth_is_right(value) for value in results):
        return  # works before and from 4.7 on
    places = [(function.scope.module, function.node) for function in functions]
    if not places and callback.function is not None:
        places = [(callback.function.scope.module, callback.function.node)]
    version = required.specifier or "an older version"
    for module, node in places:
        if analysis.is_linted(module) and not _is_for_later(analysis, module, node, entry):
            name = f"`{node.name}`" if hasattr(node, "name") else "this lambda"
            message = (
                f"async authorization callback {name}, but the project requires orchestrator-core {version}: "
                "before 4.7 it is never awaited and every user is authorized"
            )
            yield analysis.finding("ORC203", module, node, message, analysis.hops(entry.registrations))


def _is_for_later(analysis: Analysis, module: ModuleFacts, node: FunctionNode, entry: Registered) -> bool:
    """Whether the code itself only uses an async function where the framework awaits it."""
    installed = analysis.evaluator.installed
    scope = module.met[node]
    around = scope.parent or scope
    for binding in around.bindings.get(getattr(node, "name", ""), ()):
        conditions = (Expression(guard.test, around, guard, None) for guard, _ in binding.guards)
        if binding.node is node and any(map(installed.is_asked, conditions)):
            return True
    for one in entry.registrations:
        home, statement = place_of(one.node, analysis.parents(one.module), one.module)
        chosen = one.node
        if isinstance(chosen, ast.Name):
            reached, _ = analysis.evaluator.names.lookup(chosen.id, home, statement)
            chosen = reached[0].binding.value or chosen if len(reached) == 1 else chosen
        if isinstance(chosen, ast.IfExp) and installed.is_asked(Expression(chosen.test, home, statement, None)):
            return True
    return False


# -- ORC204 --------------------------------------------------------------------------------------------------


def _undetermined(analysis: Analysis, entry: Registered) -> Iterator[Finding]:
    for one in entry.registrations:
        if analysis.is_linted(one.module) and one.node not in analysis.registrations.answered:
            message = f"{one.parameter}: what {_name(None, one)} does cannot be determined statically"
            yield analysis.finding("ORC204", one.module, one.node, message)


# -- ORC205 --------------------------------------------------------------------------------------------------


def _cached(analysis: Analysis, entry: Registered) -> Iterator[Finding]:
    if not entry.callback.coroutines:
        return  # a task or future can be awaited again
    for decorator in entry.callback.cached:
        module = decorator.scope.module
        if analysis.is_linted(module):
            name = _name(entry.callback.function, entry.registrations[0])
            message = (
                f"the cache hands out the coroutine of {name} again: the second call fails with "
                f"`{_AWAITABLE_RETURN}` (HTTP 500); cache what it computes, not the coroutine"
            )
            yield analysis.finding("ORC205", module, decorator.node, message, analysis.hops(entry.registrations))


# -- ORC206 --------------------------------------------------------------------------------------------------


def _unchecked_starts(analysis: Analysis) -> Iterator[Finding]:
    for module in analysis.scanned:
        if not analysis.is_linted(module):
            continue
        started = [
            (call, _start_with_user(analysis, call))
            for call in analysis.calls_of(module, _STARTS)
            if _may_give_user(analysis, call)
        ]
        if analysis.evaluator.names.core_name(module) is None:  # the framework's own endpoint asks the callback itself
            starts = analysis.spread(module, _STARTS)
            started += [
                (call, _handed_with_user(analysis, call))
                for call in analysis.calls_of(module, _runners())
                if any(not starts.isdisjoint(names_in(given)) for given in given_to(call.node))
            ]
        for call, name in started:
            if name is not None and analysis.evaluator.calls.may_run(call.guards, call.scope, None):
                message = (
                    f"`{name}(user_model=...)` no longer checks authorize_callback from 4.7 on, only the REST "
                    "endpoint does: await the workflow's authorize_callback first"
                )
                yield analysis.finding("ORC206", module, call.node, message)


def _may_give_user(analysis: Analysis, call: CallFact) -> bool:
    """Whether a call may hand over a user: by its arguments, or with what a partial holds."""
    node = call.node
    if len(node.args) > _USER_POSITION or any(isinstance(argument, ast.Starred) for argument in node.args):
        return True
    if any(keyword.arg is None or keyword.arg == "user_model" for keyword in node.keywords):
        return True
    return not analysis.spread(call.scope.module, _PARTIAL).isdisjoint(names_in(node.func))


def _start_with_user(analysis: Analysis, call: CallFact) -> str | None:
    """The function that a call starts a process with, for a user."""
    here = Expression(call.node, call.scope, call.statement, None)
    callees = analysis.evaluator.at(here, call.node.func)
    return _start_of(analysis, callees, lambda: analysis.evaluator.calls.arguments(call.node, here), 0)


def _handed_with_user(analysis: Analysis, call: CallFact) -> str | None:
    """The same for a call that has it done: `asyncio.to_thread(start_process, "name", user_model=user)`."""
    here = Expression(call.node, call.scope, call.statement, None)
    for value in analysis.evaluator.at(here, call.node.func):
        name = value.name if isinstance(value, External) else ""
        taken = libraries.offloading(name) or libraries.calls_argument(name)
        if taken is not None and taken.position is not None:
            arguments = analysis.evaluator.calls.arguments(call.node, here)
            handed = analysis.evaluator.calls.values_of(arguments.get(taken.name, taken.position))
            started = _start_of(analysis, handed, lambda given=arguments: given, taken.position + 1)  # type: ignore[misc]
            if started is not None:
                return started
    return None


@cache
def _runners() -> frozenset[str]:
    """What calls have functions run by: `to_thread`, `submit`, `add_task`."""
    return frozenset(name.rpartition(".")[2] for name in (*libraries.OFFLOADING, *libraries.CALLS_ARGUMENT))


def _start_of(
    analysis: Analysis, functions: Iterable[Value], given_to: Callable[[], Arguments], before: int
) -> str | None:
    """The one of some functions that starts a process, if it is given a user behind `before` other arguments."""
    for value in functions:
        bound = 0
        inner: Value = value
        given = None
        while isinstance(inner, Partial):
            bound += len(inner.arguments.positional)
            given = given or inner.arguments.get("user_model", None)
            inner = inner.function
        position = core.START_PROCESS.get(inner.name) if isinstance(inner, External) else None
        if position is None or not isinstance(inner, External):
            continue
        given = given_to().get("user_model", before + position - bound) or given
        if given is not None and not _is_none(analysis, given):
            return inner.name.rpartition(".")[2]
    return None


def _is_none(analysis: Analysis, argument: Argument) -> bool:
    values = analysis.evaluator.calls.values_of(argument)
    return all(isinstance(value, Constant) and value.value is None for value in values)
