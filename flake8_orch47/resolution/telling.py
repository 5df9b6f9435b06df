"""Where a text or number decides what runs: `getattr(session, method)`, `SOURCES[kind]`, `if kind == "file"`.

Most functions do the same whatever text they are given. To look at them once for each would be wasted; only the
parameters and attributes that are told here keep such values.
"""

from __future__ import annotations

import ast

from flake8_orch47.facts.vocabulary import given_to
from flake8_orch47.resolution.registrations import unwrapped
from flake8_orch47.resolution.values import NOTHING, Class, Expression, Function, Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Telling"]

_LOOKUPS = frozenset({"get", "pop", "setdefault"})


class Telling:
    """Answers for parameters and attributes, each looked at once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._parameters: dict[tuple[Scope, str], bool] = {}
        self._attributes: dict[tuple[Scope, str], bool] = {}
        self._deciding: dict[Scope, tuple[frozenset[str], frozenset[str]]] = {}

    def parameter(self, scope: Scope, name: str) -> bool:
        """Whether the text or number in a parameter decides what a function runs, or what it makes runs."""
        known = self._parameters.get((scope, name))
        if known is None:
            self._parameters[scope, name] = False  # what a recursion is answered meanwhile
            known = self._parameters[scope, name] = self._decides(scope, name)
        return known

    def _decides(self, scope: Scope, name: str) -> bool:
        if name in self._read(scope)[0]:
            return True

        def is_it(node: ast.expr) -> bool:
            return isinstance(node, ast.Name) and node.id == name

        if self._is_handed_on(scope, is_it):
            return True
        if scope.parent is None or scope.parent.kind != "class":
            return False
        kept = scope.module.instance_attributes.get(scope.parent, {})
        return any(
            any(one.scope is scope and is_it(one.value) for one in assignments)
            and self.attribute(scope.parent, attribute)
            for attribute, assignments in kept.items()
        )

    def attribute(self, scope: Scope, name: str) -> bool:
        """Whether the text or number in an attribute of a class decides what its methods run."""
        known = self._attributes.get((scope, name))
        if known is None:

            def is_it(node: ast.expr) -> bool:
                return isinstance(node, ast.Attribute) and node.attr == name

            self._attributes[scope, name] = False
            known = self._attributes[scope, name] = name in self._read(scope)[1] or any(
                self._is_handed_on(method, is_it) for method in scope.inner
            )
        return known

    def _read(self, scope: Scope) -> tuple[frozenset[str], frozenset[str]]:
        """The names and the attributes on which something depends right in a function or class."""
        known = self._deciding.get(scope)
        if known is None:
            nodes = list(_deciding(scope.node))
            known = self._deciding[scope] = (
                frozenset(node.id for node in nodes if isinstance(node, ast.Name)),
                frozenset(node.attr for node in nodes if isinstance(node, ast.Attribute)),
            )
        return known

    def _is_handed_on(self, scope: Scope, is_it: Callable[[ast.expr], bool]) -> bool:
        """Whether a function gives something to a function of the project for which it decides."""
        for call in self.evaluator.modules.calls_in(scope):
            if not any(map(is_it, given_to(call.node))):
                continue
            here = Expression(call.node, call.scope, call.statement, None)
            for callee in self.evaluator.at(here, call.node.func):
                target, bound = unwrapped(callee)
                for function in self._functions(target):
                    arguments = bound.then(self.evaluator.calls.arguments(call.node, here))
                    for name, argument in self.evaluator.calls.bind(function, arguments).items():
                        is_given = isinstance(argument, Expression) and is_it(argument.node)
                        if is_given and self.parameter(function.scope, name):
                            return True
        return False

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
