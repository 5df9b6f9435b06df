"""Lookups by a name that is computed: `getattr(policies, f"may_{what}")` may give any function of such a name."""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_orch47.facts.collect import class_of_receiver
from flake8_orch47.facts.places import place_of
from flake8_orch47.project.scan import word_of
from flake8_orch47.resolution.values import Class, Expression, Instance, Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["Lookup", "lookups"]

#: What a file mentions that looks something up by its name.
_LOOKING = ("getattr(", "globals(", "vars(", "__dict__")


#: What a template puts something in for.
_CONVERSION = re.compile(r"%(?:\([^)]*\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_FIELD = re.compile(r"\{[^{}]*\}")


class Lookup(NamedTuple):
    """A place that may look `function` up: the whole expression, and where it stands."""

    function: Scope
    module: ModuleFacts
    node: ast.expr
    scope: Scope


def lookups(analysis: Analysis, functions: Iterable[Scope]) -> Iterator[Lookup]:
    """The places that may look one of the functions up by a name that is computed.

    A constant name is no such: it names one function only.
    """
    wanted: dict[ModuleFacts, list[tuple[Scope, str]]] = {}
    for function in functions:
        name = getattr(function.node, "name", "")
        for module in _modules(analysis, function) if name else ():
            wanted.setdefault(module, []).append((function, name))
    for module, named in sorted(wanted.items(), key=lambda one: one[0].path):
        for node in ast.walk(module.tree):
            found = _looked_up(node)
            if found is None or not isinstance(node, ast.expr):
                continue
            scope, statement = place_of(node, analysis.parents(module), module)
            for function, name in named:
                if _may_be(found[1], name) and _has(analysis, found[0], scope, statement, function):
                    yield Lookup(function, module, node, scope)


def _modules(analysis: Analysis, function: Scope) -> set[ModuleFacts]:
    """The modules that may look up a function of a module, or of a class."""
    near = {function.module}
    if function.parent is not None and function.parent.kind == "class":
        line = analysis.evaluator.members.line(Class(function.parent))
        near |= {one.scope.module for one in line if isinstance(one, Class)}
    word, looking = os.fsencode(word_of(function.module.path)), [os.fsencode(one) for one in _LOOKING]
    for path, data in analysis.project.contents(analysis.project.files):
        if word in data and any(one in data for one in looking):
            facts = analysis.modules.facts(path)
            if facts is not None:
                near.add(facts)
    return {module for module in near if any(one in module.text for one in _LOOKING)}


def _looked_up(node: ast.AST) -> tuple[ast.expr | None, ast.expr] | None:
    """In what, and by which expression for its name, something is looked up; of None: in the module around it."""
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[receiver, name, *_]):
            found: tuple[ast.expr | None, ast.expr] = receiver, name
        case (
            ast.Subscript(value=names, slice=name, ctx=ast.Load())
            | ast.Call(func=ast.Attribute(value=names, attr="get"), args=[name, *_])
        ):
            match names:
                case ast.Call(func=ast.Name(id="globals"), args=[]):
                    found = None, name
                case ast.Call(func=ast.Name(id="vars"), args=[owner]) | ast.Attribute(value=owner, attr="__dict__"):
                    found = owner, name
                case _:
                    return None
        case _:
            return None
    return None if isinstance(found[1], ast.Constant) else found


def _may_be(computed: ast.expr, name: str) -> bool:
    """Whether an expression may give a name: an f-string, a sum, a template may say how that begins and ends."""
    parts: list[ast.expr] = []
    texts: list[str] = []
    match computed:
        case ast.JoinedStr(values=parts):
            pass
        case ast.BinOp(left=first, op=ast.Add(), right=last):
            parts = [first, last]
        case ast.BinOp(left=ast.Constant(value=str() as template), op=ast.Mod()):
            texts = _CONVERSION.split(template)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as template), attr="format")):
            texts = _FIELD.split(template)
    texts += [part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "" for part in parts]
    return not texts or (name.startswith(texts[0]) and name.endswith(texts[-1]))


def _has(
    analysis: Analysis, receiver: ast.expr | None, scope: Scope, statement: ast.stmt | None, function: Scope
) -> bool:
    """Whether a function may be an attribute of the receiver, or of the module around `scope` without one."""
    owner = function.parent
    if receiver is None:
        return owner is scope.module.scope
    classes = {class_of_receiver(receiver.id, scope)} if isinstance(receiver, ast.Name) else set()
    for value in analysis.evaluator.values(Expression(receiver, scope, statement, None)):
        match value:
            case Module(found) if owner is function.module.scope and found.path == function.module.path:
                return True
            case Class():
                classes.add(value.scope)
            case Instance(cls):
                classes.add(cls.scope)
    if owner is None or owner.kind != "class":
        return False
    is_kin = analysis.evaluator.state.is_kin
    return any(is_kin(Class(cls), Class(owner)) for cls in classes if cls is not None)
