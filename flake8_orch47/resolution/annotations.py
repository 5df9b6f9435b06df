"""What an annotation says about the value behind it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.resolution import externals
from flake8_orch47.resolution.values import (
    NOTHING,
    Awaitable,
    Class,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    Instance,
    Opaque,
    Sequence,
    Values,
)

if TYPE_CHECKING:
    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Annotations"]

_TRANSPARENT = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Self"})
_ELEMENTS = frozenset(
    "list List Sequence MutableSequence Iterable Iterator Collection set Set frozenset FrozenSet AbstractSet deque"
    " Deque"
    " Generator Reversible".split()
)
_MAPPINGS = frozenset("dict Dict Mapping MutableMapping defaultdict DefaultDict OrderedDict".split())
_AWAITABLES = frozenset(
    {
        *(f"{module}.{name}" for module in ("typing", "collections.abc") for name in ("Awaitable", "Coroutine")),
        *(f"asyncio.{name}" for name in ("Future", "Task", "futures.Future", "tasks.Task")),
    }
)
_PLAIN = frozenset("bool int float complex str bytes None".split())


class Annotations:
    """Turns annotations into instances. What they say nothing about (`Any`, a type variable) gives nothing."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def instances(self, annotation: ast.expr | None, scope: Scope, statement: ast.stmt | None) -> Values:
        """What a value with this annotation may be, besides None."""
        match annotation:
            case ast.Constant(value=str() as text):
                try:
                    parsed = ast.parse(text.strip(), mode="eval").body
                except (SyntaxError, ValueError, RecursionError):
                    return NOTHING
                return self.instances(parsed, scope, None)
            case ast.Name() | ast.Attribute():
                return self._named(annotation, scope, statement)
            case ast.BinOp(op=ast.BitOr()):
                return self.instances(annotation.left, scope, statement) | self.instances(
                    annotation.right, scope, statement
                )
            case ast.Subscript():
                return self._generic(annotation, scope, statement)
        return NOTHING

    def _named(self, node: ast.expr, scope: Scope, statement: ast.stmt | None) -> Values:
        found: Values = NOTHING
        for value in self.evaluator.values(Expression(node, scope, statement, None)):
            match value:
                case Class():
                    found |= frozenset({Instance(value)})
                case External(name):
                    found |= _instance_of(name)
                case Opaque() | ExternalInstance() | Instance() | Elements() | Dictionary() | Sequence():
                    pass
        return found

    def _generic(self, node: ast.Subscript, scope: Scope, statement: ast.stmt | None) -> Values:
        name = _last_name(node.value)
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name in _TRANSPARENT:
            wanted = arguments if name == "Union" else arguments[:1]
            return NOTHING.union(*(self.instances(argument, scope, statement) for argument in wanted))
        if name in ("tuple", "Tuple"):
            if len(arguments) == 2 and isinstance(arguments[1], ast.Constant) and arguments[1].value is Ellipsis:
                return frozenset({Elements(self.instances(arguments[0], scope, statement))})
            return frozenset({Sequence(tuple(self.instances(argument, scope, statement) for argument in arguments))})
        if name in _ELEMENTS:
            return frozenset({Elements(self.instances(arguments[0], scope, statement))})
        if name in _MAPPINGS and len(arguments) == 2:
            return frozenset({Dictionary((), self.instances(arguments[1], scope, statement))})
        if name in ("type", "Type"):
            return self.evaluator.values(Expression(arguments[0], scope, statement, None))
        return self._named(node.value, scope, statement)

    def returned(self, annotation: ast.expr | None, scope: Scope, statement: ast.stmt | None) -> Values:
        """As `instances`, with None and the plain types as what they are: what a return annotation tells."""
        match annotation:
            case ast.Constant(value=None):
                return frozenset({Opaque("None")})
            case ast.BinOp(op=ast.BitOr()):
                return self.returned(annotation.left, scope, statement) | self.returned(
                    annotation.right, scope, statement
                )
        return self.instances(annotation, scope, statement)


def _instance_of(name: str) -> Values:
    last = name.rpartition(".")[2]
    if name.removeprefix("builtins.") in _PLAIN:
        return frozenset({Opaque(name)})
    if name in _AWAITABLES:
        return frozenset({Awaitable(last)})
    if last in ("Any", "Callable", "object", "TypeVar", "Self", "Hashable", "Never", "NoReturn") or "(" in name:
        return NOTHING
    return frozenset({ExternalInstance(externals.class_name(name))})


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
