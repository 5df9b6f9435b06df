"""What takes the place of a class's attributes after its body has run."""

from __future__ import annotations

import ast

from flake8_orch47.resolution.registrations import first_parameter
from flake8_orch47.resolution.values import NOTHING, Arguments, Class, Expression, Function, Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import AttributeAssignment, ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.values import Frame, Value, Values

__all__ = ["Replacements"]


class Replacements:
    """Finds them on demand."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._outside: dict[ModuleFacts, dict[str, list[AttributeAssignment]]] = {}
        self._replacing: set[tuple[Scope, str]] = set()

    def of(self, owner: Class, name: str, receiver: Value) -> Values:
        """What takes the place of an attribute of a class once that is made: `Policy.check = to_async(Policy.check)`,
        in its module, in a decorator of the class, or in the `__init_subclass__` of a base, and of that of an object.
        """
        module = owner.scope.module
        key = owner.scope, name
        if key in self._replacing:
            return NOTHING  # what is being replaced
        self._replacing.add(key)
        try:
            found: Values = NOTHING
            for assignment in self._set_outside(module).get(name, ()):
                here = Expression(assignment.value, assignment.scope, assignment.statement, None)
                owners = self.evaluator.at(here, assignment.target.value)
                if any(self._is_of(one, owner, receiver, module) for one in owners):
                    found |= self.evaluator.values(here)
            return found.union(*self._set_by_decorators(owner, name), *self._set_by_bases(owner, name))
        finally:
            self._replacing.discard(key)

    def _is_of(self, one: Value, owner: Class, receiver: Value, module: ModuleFacts) -> bool:
        """Whether setting an attribute of `one` sets that of a class, or of the only object `receiver` of it."""
        if isinstance(one, Class):
            return one.scope is owner.scope
        return isinstance(one, Instance) and one == receiver and self.evaluator.state.is_made_once(one, module)

    def _set_outside(self, module: ModuleFacts) -> dict[str, list[AttributeAssignment]]:
        """The attributes that a module sets on what a name of it stands for."""
        known = self._outside.get(module)
        if known is None:
            known = self._outside[module] = {}
            for one in module.attributes:
                if one.scope.kind == "module" and isinstance(one.target.value, ast.Name) and not one.path:
                    known.setdefault(one.target.attr, []).append(one)
        return known

    def _set_by_decorators(self, owner: Class, name: str) -> Iterator[Values]:
        around = owner.scope.parent or owner.scope
        for decorator in getattr(owner.scope.node, "decorator_list", ()):
            for function in self.evaluator.values(Expression(decorator, around, owner.scope.statement, owner.frame)):
                if isinstance(function, Function):
                    first = first_parameter(function.scope)
                    frame = self.evaluator.calls.frame(function, Arguments((frozenset({owner}),)))
                    yield from self._set_in(function.scope, first, name, frame)

    def _set_by_bases(self, owner: Class, name: str) -> Iterator[Values]:
        for base in self.evaluator.members.line(owner)[1:]:
            hook = base.scope.bindings.get("__init_subclass__") if isinstance(base, Class) else None
            scope = base.scope.module.met.get(hook[0].node) if isinstance(base, Class) and hook else None
            if scope is not None:
                frame = self.evaluator.calls.method_frame(Instance(owner), scope)
                yield from self._set_in(scope, first_parameter(scope), name, frame)

    def _set_in(self, scope: Scope, receiver: str | None, name: str, frame: Frame | None) -> Iterator[Values]:
        """What a function sets an attribute of its parameter `receiver` to."""
        for one in scope.module.attributes:
            target = one.target
            if one.scope is scope and target.attr == name and getattr(target.value, "id", None) == receiver:
                yield self.evaluator.values(Expression(one.value, scope, one.statement, frame))
