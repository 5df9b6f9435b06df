"""`functools.singledispatch`: which of the functions that are registered for types a call runs."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import last_name
from flake8_orch47.knowledge import libraries
from flake8_orch47.records import Row
from flake8_orch47.resolution.values import (
    NOTHING,
    Arguments,
    Constant,
    Expression,
    ExternalInstance,
    Function,
    Instance,
    Opaque,
    Value,
    Values,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Dispatch"]

_REGISTER = "register"
_PLAIN = frozenset("bool int float str bytes".split())


class _Case(Row):
    """A function that is registered for types, as values that have them; none where the types are not known."""

    types: Values
    function: Function


class Dispatch:
    """Answers for the generic functions of a project, each looked at once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._known: dict[Scope, tuple[_Case, ...]] = {}

    def chosen(self, generic: Function, arguments: Arguments) -> tuple[Function, ...]:
        """The functions that calling a generic one may run: by the type of its first argument, all where that is
        not known.
        """
        default = Function(generic.scope, generic.frame, generic.receiver)
        cases = self._cases(generic.scope)
        given = arguments.positional[0] if arguments.positional else None
        values = self.evaluator.calls.values_of(given)
        if not values or not all(_has_type(value) for value in values):
            return (default, *(self._bound(case, generic) for case in cases))
        found: dict[Function, None] = {}
        for value in values:
            fitting = [case for case in cases if not case.types or self._fits(value, case.types)]
            certain = [case for case in fitting if case.types]
            for case in fitting:
                found[self._bound(case, generic)] = None
            if not certain:
                found[default] = None
        return tuple(found)

    def _bound(self, case: _Case, generic: Function) -> Function:
        return Function(case.function.scope, case.function.frame, generic.receiver)

    def _fits(self, value: Value, types: Values) -> bool:
        """Whether a value is of one of the types."""
        match value:
            case Instance():
                line = self.evaluator.members.line(value.cls)
                return any(isinstance(one, Instance) and one.cls in line for one in types)
            case ExternalInstance(cls):
                family = set(libraries.family(cls))
                return any(isinstance(one, ExternalInstance) and one.cls in family for one in types)
            case Constant(kind=kind) | Opaque(what=kind):
                return Opaque(kind) in types or (kind == "bool" and Opaque("int") in types)
        return False

    # -- what is registered --------------------------------------------------------------------------------

    def _cases(self, scope: Scope) -> tuple[_Case, ...]:
        known = self._known.get(scope)
        if known is None:
            self._known[scope] = ()  # while it is being found out
            known = self._known[scope] = tuple(self._found(scope))
        return known

    def _found(self, scope: Scope) -> Iterator[_Case]:
        modules, names = self.evaluator.state.users.of_function(scope)
        for module in modules or (scope.module,):
            for function in module.functions:
                for decorator in getattr(function.node, "decorator_list", ()):
                    called = isinstance(decorator, ast.Call)
                    register = decorator.func if called else decorator
                    if self._registers(register, function.parent or function, function.statement, scope, names):
                        types = decorator.args[0] if called and decorator.args else _annotation(function)
                        yield self._case(types, function.parent or function, function.statement, Function(function))
            yield from self._called(module, scope, names)

    def _called(self, module: ModuleFacts, scope: Scope, names: frozenset[str]) -> Iterator[_Case]:
        """`generic.register(Type, function)`."""
        for call in self.evaluator.modules.vocabulary(module).calls(frozenset({_REGISTER})):
            node = call.node
            if len(node.args) != 2 or not self._registers(node.func, call.scope, call.statement, scope, names):
                continue
            for value in self.evaluator.values(Expression(node.args[1], call.scope, call.statement, None)):
                if isinstance(value, Function):
                    yield self._case(node.args[0], call.scope, call.statement, value)

    def _registers(
        self, node: ast.expr, scope: Scope, statement: ast.stmt | None, generic: Scope, names: frozenset[str]
    ) -> bool:
        """Whether an expression is `register` of the generic function."""
        if not isinstance(node, ast.Attribute) or node.attr != _REGISTER:
            return False
        if last_name(node.value) not in names:
            return False
        values = self.evaluator.values(Expression(node.value, scope, statement, None))
        return any(isinstance(value, Function) and value.scope is generic for value in values)

    def _case(self, types: ast.expr | None, scope: Scope, statement: ast.stmt | None, function: Function) -> _Case:
        return _Case(self._types(types, scope, statement), function)

    def _types(self, node: ast.expr | None, scope: Scope, statement: ast.stmt | None) -> Values:
        """Values of the types that an expression names; none where one of them is not known."""
        match node:
            case None:
                return NOTHING
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                first, second = self._types(left, scope, statement), self._types(right, scope, statement)
                return first | second if first and second else NOTHING
            case ast.Name(id=name) if name in _PLAIN and self.evaluator.names.lookup(name, scope, statement)[1] is None:
                return frozenset({Opaque(name)})
        values = self.evaluator.annotations.instances(node, scope, statement)
        return values if all(_has_type(value) for value in values) else NOTHING


def _annotation(function: Scope) -> ast.expr | None:
    """What the first parameter that is given is annotated with."""
    node = function.function
    parameters = [*node.args.posonlyargs, *node.args.args] if node is not None else []
    if function.parent is not None and function.parent.kind == "class":
        parameters = parameters[1:]
    return parameters[0].annotation if parameters else None


def _has_type(value: Value) -> bool:
    """Whether it is known of what type a value is."""
    return isinstance(value, Instance | ExternalInstance | Constant) or (
        isinstance(value, Opaque) and value.what in _PLAIN
    )
