"""Where a text or number decides what runs: `getattr(session, method)`, `SOURCES[kind]`, `if kind == "file"`.

Most functions do the same whatever text they are given. To look at them once for each would be wasted; only the
parameters and attributes that are told here keep such values.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.resolution.registrations import unwrapped
from flake8_orch47.resolution.values import NOTHING, Arguments, Class, Expression, Function, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Telling"]

_LOOKUPS = frozenset({"get", "pop", "setdefault"})


class Telling:
    """Answers for functions and classes, each looked at once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._parameters: dict[Scope, set[str]] = {}
        self._attributes: dict[Scope, set[str]] = {}

    def parameters(self, scope: Scope) -> set[str]:
        """The parameters of a function whose text or number decides what it runs, or what it makes runs."""
        known = self._parameters.get(scope)
        if known is None:
            known = self._parameters[scope] = set()  # what a recursion is answered meanwhile
            known |= self._found(scope)
        return known

    def _found(self, scope: Scope) -> set[str]:
        own = {name for name, bindings in scope.bindings.items() if bindings[0].kind == "parameter"}
        found = {node.id for node in _deciding(scope.node) if isinstance(node, ast.Name) and node.id in own}
        found |= {node.id for node in self._handed_on(scope) if isinstance(node, ast.Name) and node.id in own}
        if scope.parent is not None and scope.parent.kind == "class":
            attributes = self.attributes(scope.parent)
            for name, assignments in scope.module.instance_attributes.get(scope.parent, {}).items():
                if name in attributes:
                    values = (one.value for one in assignments if one.scope is scope)
                    found |= {value.id for value in values if isinstance(value, ast.Name) and value.id in own}
        return found

    def attributes(self, scope: Scope) -> set[str]:
        """The attributes of a class whose text or number decides what its methods run."""
        known = self._attributes.get(scope)
        if known is None:
            known = self._attributes[scope] = set()
            known |= {node.attr for node in _deciding(scope.node) if isinstance(node, ast.Attribute)}
            for method in scope.inner:
                known |= {node.attr for node in self._handed_on(method) if isinstance(node, ast.Attribute)}
        return known

    def _handed_on(self, scope: Scope) -> Iterator[ast.expr]:
        """The names and attributes that a function gives to others of the project, for which they decide."""
        for call in self.evaluator.modules.calls_in(scope):
            given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
            if not any(isinstance(argument, ast.Name | ast.Attribute) for argument in given):
                continue
            here = Expression(call.node, call.scope, call.statement, None)
            for callee in self.evaluator.at(here, call.node.func):
                target, bound = unwrapped(callee)
                for function in self._functions(target):
                    telling = self.parameters(function.scope)
                    arguments = bound.then(self.evaluator.calls.arguments(call.node, here)) if telling else Arguments()
                    for name, argument in self.evaluator.calls.bind(function, arguments).items() if telling else ():
                        if name in telling and isinstance(argument, Expression):
                            yield argument.node

    def _functions(self, value: object) -> Iterator[Function]:
        if isinstance(value, Function):
            yield value
        elif isinstance(value, Class):
            methods = self.evaluator.members.method(value, "__init__", Instance(value)) or NOTHING
            yield from (method for method in methods if isinstance(method, Function))


def _deciding(root: ast.AST) -> Iterator[ast.expr]:
    """The names and attributes in a body on whose text or number it depends what is got or done."""
    for node in ast.walk(root):
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[_, name, *_]):
                yield from _parts(name)
            case ast.Call(func=ast.Attribute(attr=method), args=[key, *_]) if method in _LOOKUPS:
                yield from _parts(key)
            case ast.Subscript(slice=key):
                yield from _parts(key)
            case ast.Compare(left=left, comparators=[right]) if _is_constant(right):
                yield from _parts(left)
            case ast.Compare(left=left, comparators=[right]) if _is_constant(left):
                yield from _parts(right)
            case ast.Match(subject=subject):
                yield from _parts(subject)


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name | ast.Attribute):
        yield node
    elif isinstance(node, ast.JoinedStr | ast.BinOp):  # `getattr(self, f"load_{kind}")`
        yield from (inner for inner in ast.walk(node) if isinstance(inner, ast.Name | ast.Attribute))


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(_is_constant(element) for element in node.elts)
    return isinstance(node, ast.Constant) and node.value is not None
