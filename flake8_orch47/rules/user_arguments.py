"""ORC207: a callback that takes its argument for a user; from 5.0 it is an AuthContext."""

from __future__ import annotations

import ast

from flake8_orch47.facts.places import place_of
from flake8_orch47.facts.vocabulary import given_to
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution.registrations import closed_over
from flake8_orch47.resolution.values import (
    Class,
    Expression,
    External,
    ExternalInstance,
    Function,
    Instance,
    Partial,
    Value,
)
from flake8_orch47.rules.coroutines import called_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import Binding, CallFact, Scope
    from flake8_orch47.facts.uses import Parents
    from flake8_orch47.findings import Finding
    from flake8_orch47.resolution.callbacks import Callback
    from flake8_orch47.rules.analysis import Analysis, Registered

__all__ = ["treats_as_user"]

#: So often a callback's argument is followed to a function that it is handed to.
_HANDED = 3


def treats_as_user(analysis: Analysis, entry: Registered) -> Iterator[Finding]:
    """A callback that takes its argument for a user: from 5.0 it gets an AuthContext."""
    for function, parameter, is_followed in _given_the_user(analysis, entry.callback):
        module = function.scope.module
        if not analysis.is_linted(module):
            continue
        reason = _user_reason(analysis, function, parameter, 0 if is_followed else _HANDED)
        if reason:
            message = (
                f"`{parameter.arg}` is taken for a user ({reason}), but from 5.0 the callback gets an AuthContext: "
                f"`{parameter.arg} is not None` lets everybody in, attributes of a user answer HTTP 500"
            )
            yield analysis.finding("ORC207", module, parameter, message, analysis.hops(entry.registrations))


def _given_the_user(analysis: Analysis, callback: Callback) -> Iterator[tuple[Function, ast.arg, bool]]:
    """The functions of which a parameter is what the framework hands over: each with that parameter, and whether it
    has to answer for whom it hands that to. A wrapper has not: what it wraps is a callback itself.
    """
    function = callback.function
    if function is None:
        return
    parameter = _first_parameter(function, _bound_positions(callback.value))
    wrapped = {inner.node: inner for inner in closed_over(analysis.evaluator, function)}
    wrapped.pop(function.node, None)
    if parameter is None:
        for inner in wrapped.values():
            first = _first_parameter(inner, 0)
            if first is not None:
                yield inner, first, True
        return
    handed = [one for one in _handed(analysis, function, parameter) if one[0].node in wrapped]
    yield function, parameter, not handed
    for inner, taken, _ in handed:
        yield inner, taken, True


def _bound_positions(value: Value) -> int:
    bound = 0
    while isinstance(value, Partial):
        bound += len(value.arguments.positional)
        value = value.function
    return bound


def _first_parameter(function: Function, skip: int) -> ast.arg | None:
    parameters = [*function.node.args.posonlyargs, *function.node.args.args]
    skip += 1 if function.receiver is not None else 0
    return parameters[skip] if skip < len(parameters) else None


def _user_reason(analysis: Analysis, function: Function, parameter: ast.arg, depth: int = 0) -> str:
    """Why a parameter is taken for a user; empty if it is not, or if the function knows what an AuthContext is.

    One that says that it gets an AuthContext may still read what only a user has.
    """
    scope = function.scope
    annotated = analysis.evaluator.annotations.instances(parameter.annotation, scope.parent or scope, scope.statement)
    classes = {value.cls for value in annotated if isinstance(value, ExternalInstance)}
    own = [(value.cls, _bases(analysis, value.cls)) for value in annotated if isinstance(value, Instance)]
    if any(core.AUTH_CONTEXT in bases for _, bases in own):
        return ""
    is_context = classes == {core.AUTH_CONTEXT} and not own
    if not is_context and (core.AUTH_CONTEXT in classes or _knows_context(analysis, function, parameter, depth)):
        return ""
    if classes & core.USER_MODEL:
        return "annotated OIDCUserModel"
    for cls, bases in own:
        if bases & core.USER_MODEL:
            return f"annotated {cls.scope.node.name}, which is an OIDCUserModel"  # type: ignore[union-attr]
    if len(scope.bindings.get(parameter.arg, ())) > 1:
        return ""  # what is read may be something else by then
    for node, name in _reads(analysis, function, parameter):
        if name and name not in core.AUTH_CONTEXT_ATTRIBUTES and not name.startswith("__"):
            if is_context and isinstance(node, ast.Call):
                continue  # `hasattr(context, "name")` asks, in code that knows what it gets
            return f"reads `.{name}`" if name != "[]" else "is subscripted"
    for callee, taken, call in _handed(analysis, function, parameter) if depth < _HANDED else ():
        if reason := _user_reason(analysis, callee, taken, depth + 1):
            return f"handed to `{called_name(call)}`, there {reason}"
    return ""


def _reads(analysis: Analysis, function: Function, parameter: ast.arg) -> Iterator[tuple[ast.AST, str]]:
    """Where a function looks at a parameter, or at a variable that is the same: each place with the attribute that it
    reads, or with nothing where it asks what kind of thing the parameter is.
    """
    scope = function.scope
    parents = analysis.parents(scope.module, function.node)
    names = {parameter.arg, *(name for name, bound in scope.bindings.items() if _is_same(bound, parameter.arg))}
    for node in ast.walk(function.node):
        for name in names:
            read = _read_attribute(node, name)
            if read is not None and _is_own_name(analysis, node, name, scope, parents):
                yield node, read


def _is_same(bindings: list[Binding], parameter: str) -> bool:
    """Whether a variable is nothing but a parameter under another name."""
    value = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "assign" else None
    return isinstance(value, ast.Name) and value.id == parameter and not bindings[0].path


def _is_told_apart(analysis: Analysis, scope: Scope, node: ast.AST) -> bool:
    """Whether a place asks if something is an AuthContext."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, asked]):
            classes = asked.elts if isinstance(asked, ast.Tuple) else [asked]
        case ast.Match(cases=cases):
            patterns = (pattern for case in cases for pattern in ast.walk(case.pattern))
            classes = [pattern.cls for pattern in patterns if isinstance(pattern, ast.MatchClass)]
        case _:
            return False
    told = (analysis.evaluator.values(Expression(one, scope, scope.statement, None)) for one in classes)
    return any(isinstance(value, External) and value.name == core.AUTH_CONTEXT for values in told for value in values)


def _knows_context(analysis: Analysis, function: Function, parameter: ast.arg, depth: int) -> bool:
    """Whether a function tells an AuthContext from a user, or a function does to which it hands its parameter."""
    reads = _reads(analysis, function, parameter)
    if any(_is_told_apart(analysis, function.scope, node) or name in core.AUTH_CONTEXT_FIELDS for node, name in reads):
        return True
    handed = _handed(analysis, function, parameter) if depth < _HANDED else ()
    return any(_knows_context(analysis, callee, taken, depth + 1) for callee, taken, _ in handed)


def _handed(analysis: Analysis, function: Function, parameter: ast.arg) -> Iterator[tuple[Function, ast.arg, CallFact]]:
    """The functions to which one hands its parameter, each with its own parameter for it and the call."""
    for call in analysis.modules.calls_in(function.scope):
        given = [one for one in given_to(call.node) if isinstance(one, ast.Name) and one.id == parameter.arg]
        here = Expression(call.node, call.scope, call.statement, function.frame)
        for callee in analysis.evaluator.at(here, call.node.func) if given else ():
            if not isinstance(callee, Function):
                continue
            for name in (name for one in given for name in analysis.evaluator.calls.given(callee, here, one)):
                taken = callee.scope.bindings[name][0].node
                if isinstance(taken, ast.arg):
                    yield callee, taken, call


def _bases(analysis: Analysis, cls: Class) -> frozenset[str]:
    """The classes of others that a class of the project inherits from."""
    return frozenset(base.name for base in analysis.evaluator.members.line(cls) if isinstance(base, External))


def _is_own_name(analysis: Analysis, node: ast.AST, name: str, scope: Scope, parents: Parents) -> bool:
    """Whether a name is that of the function where `node` reads it, and nothing that hides it."""
    place, statement = place_of(node, parents, scope.module)
    return analysis.evaluator.names.lookup(name, place, statement)[1] is scope


def _read_attribute(node: ast.AST, name: str) -> str | None:
    """The attribute of the object of that name that a node reads; nothing where it only asks what that is."""
    match node:
        case ast.Attribute(value=ast.Name(id=read), attr=attribute) if read == name:
            return attribute
        case ast.Subscript(value=ast.Name(id=read)) if read == name:
            return "[]"
        case ast.Call(
            func=ast.Name(id="getattr" | "hasattr"),
            args=[ast.Name(id=read), ast.Constant(value=str() as attribute), *_],
        ) if read == name:
            return attribute
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=read), _]) if read == name:
            return ""
        case ast.Match(subject=ast.Name(id=read)) if read == name:
            return ""
    return None
