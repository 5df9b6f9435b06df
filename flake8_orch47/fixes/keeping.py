"""Where a function of the project puts what it is given: `CHECKS[name] = check` in a decorator that registers.

What is called out of such a place later is a use of what was put there, under the name of the place.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.places import place_of
from flake8_orch47.facts.vocabulary import names_in
from flake8_orch47.resolution.values import Expression, Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.fixes.plan import Planning

__all__ = ["FILLING", "Kept", "kept", "parameter_of"]

#: Methods that put their arguments into a container.
FILLING = frozenset("add append appendleft extend insert put register setdefault update".split())
#: Functions that copy what says something about a function, and keep the function as `__wrapped__`.
_COPYING = frozenset({"wraps", "update_wrapper", "partial"})
_DEPTH = 4


class Kept(NamedTuple):
    """The names of the places in which a function puts what it is given; whether it calls it, or hands it on."""

    words: frozenset[tuple[ModuleFacts, str]] = frozenset()
    called: bool = False
    handed: bool = False


def kept(planning: Planning, function: Function, parameter: str) -> Kept:
    """What a function does with one of its parameters, other than to return it."""
    words: set[tuple[ModuleFacts, str]] = set()
    called = handed = False
    seen: set[tuple[Scope, str]] = set()
    waiting = [(function.scope, parameter)]
    while waiting and len(seen) < 4 * _DEPTH:
        scope, name = waiting.pop()
        if (scope, name) in seen:
            continue
        seen.add((scope, name))
        for node in _loads(scope, name):
            for what in _done(planning, scope.module, node):
                match what:
                    case str():
                        words.add((scope.module, what))
                    case tuple():
                        waiting.append(what)
                    case True:
                        called = True
                    case None:
                        handed = True
    return Kept(frozenset(words), called, handed)


def parameter_of(function: Function, position: int, keyword: str | None = None) -> str | None:
    """The name of the parameter that gets an argument; None where it is one of many, or none."""
    arguments = getattr(function.node, "args", None)
    if arguments is None:
        return None
    named = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    if keyword is not None:
        return keyword if keyword in {*named, *(one.arg for one in arguments.kwonlyargs)} else None
    bound = 1 if function.receiver is not None and function.kind != "static" else 0
    return named[position + bound] if position + bound < len(named) else None


def _loads(scope: Scope, name: str) -> Iterator[ast.Name]:
    """The reads of a function's name in it and in the functions inside it that have no such name of their own."""
    hidden = {
        id(inner)
        for one in scope.module.scopes.values()
        if one is not scope and one.kind != "module" and name in one.bindings and one.node in ast.walk(scope.node)
        for inner in ast.walk(one.node)
    }
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) and id(node) not in hidden:
            yield node


#: What is done with a value: it is put where a name says, becomes a parameter or a variable, is called (True), or
#: handed to what is not known.
_Done: TypeAlias = "str | tuple[Scope, str] | Literal[True] | None"


def _done(planning: Planning, module: ModuleFacts, node: ast.expr) -> Iterator[_Done]:
    """What is done with the value of an expression."""
    parents, registrations = planning.analysis.parents(module), planning.analysis.registrations
    at: ast.AST = node
    while at not in registrations.forwarded:
        parent = parents[at]
        match parent:
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Starred() | ast.keyword() | ast.BoolOp():
                at = parent
            case ast.IfExp() if parent.test is not at:
                at = parent
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() | ast.AugAssign():
                for target in parent.targets if isinstance(parent, ast.Assign) else [parent.target]:
                    yield from _targets(module, planning, target)
                return
            case ast.Call() if parent.func is at:
                yield True
                return
            case ast.Call():
                yield from _given(planning, module, parent, at)
                return
            case _:
                return


def _targets(module: ModuleFacts, planning: Planning, target: ast.expr) -> Iterator[str | tuple[Scope, str]]:
    """The names of what an assignment fills."""
    match target:
        case ast.Name(id=name):
            scope, _ = place_of(target, planning.analysis.parents(module), module)
            if name in scope.bindings and scope.kind != "module":
                yield scope, name
            else:
                yield name
        case ast.Subscript():
            yield from names_in(target.value)
        case ast.Attribute():
            yield target.attr
        case ast.Tuple() | ast.List():
            for element in target.elts:
                yield from _targets(module, planning, element)


def _given(planning: Planning, module: ModuleFacts, call: ast.Call, argument: ast.AST) -> Iterator[_Done]:
    """What a call does with an argument."""
    name = last_name(call.func)
    if name in _COPYING:
        return
    scope, statement = place_of(call, planning.analysis.parents(module), module)
    callees = planning.analysis.evaluator.values(Expression(call.func, scope, statement, None))
    ours = [one for one in callees if isinstance(one, Function)]
    for one in ours:
        keyword = argument.arg if isinstance(argument, ast.keyword) else None
        position = call.args.index(argument) if argument in call.args else 0
        parameter = parameter_of(one, position, keyword)
        yield (one.scope, parameter) if parameter is not None else None
    if not ours and isinstance(call.func, ast.Attribute) and name in FILLING:
        yield from names_in(call.func.value)
    elif not ours and name not in ("print", "repr", "str", "callable", "isinstance", "iscoroutinefunction", "id"):
        yield None
