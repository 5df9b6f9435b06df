"""What conditions tell of the class of an object."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.collect import class_of_receiver
from flake8_orch47.knowledge import libraries
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.values import (
    NOTHING,
    Class,
    Expression,
    External,
    ExternalInstance,
    Instance,
    Value,
    Values,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import Guards, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["asked_of", "behind_flags", "callees_under", "conditions_in", "finds_sync", "parts_of", "passing"]


def callees_under(evaluator: Evaluator, here: Expression, conditions: Iterable[tuple[ast.expr, bool]]) -> Values | None:
    """What an expression that is called stands for, if some conditions hold and others do not.

    None where they say nothing of the class of its object.
    """
    func = here.node
    owner = func.value if isinstance(func, ast.Attribute) else func
    kinds = list(_kinds(evaluator, here, owner, conditions))
    if not kinds:
        return None
    owners = evaluator.at(here, owner)
    left = [one for one in owners if all(_is_of(evaluator, one, classes) in (holds, None) for classes, holds in kinds)]
    if not any(isinstance(one, Instance | ExternalInstance) for one in owners):  # only the condition tells
        left = [made for classes, holds in kinds if holds for made in _objects(classes)]
    if not isinstance(func, ast.Attribute):
        return frozenset(left)
    return NOTHING.union(*(evaluator.members.attribute(one, func.attr) for one in left))


def _kinds(
    evaluator: Evaluator, here: Expression, owner: ast.expr, conditions: Iterable[tuple[ast.expr, bool]]
) -> Iterator[tuple[Values, bool]]:
    """Of which classes something certainly is, or is not, under these conditions."""
    for condition, holds in conditions:
        match condition:
            case ast.Call(func=ast.Name(id="isinstance"), args=[about, classes]) if ast.dump(about) == ast.dump(owner):
                options = classes.elts if isinstance(classes, ast.Tuple) else [classes]
                yield NOTHING.union(*(evaluator.at(here, one) for one in options)), holds


def _is_of(evaluator: Evaluator, value: Value, classes: Values) -> bool | None:
    """What `isinstance` answers; None where that is not certain."""
    if isinstance(value, ExternalInstance):
        family = libraries.family(value.cls)
        names = {externals.class_name(cls.name) for cls in classes if isinstance(cls, External)}
        return True if not names.isdisjoint(family) else None
    if not isinstance(value, Instance):
        return None
    line = evaluator.members.line(value.cls)
    if any(cls in line for cls in classes):
        return True
    known = all(isinstance(cls, Class) for cls in classes) and all(
        isinstance(owner, Class) or getattr(owner, "name", "") in externals.PLAIN_BASES for owner in line
    )
    return False if known and not value.declared else None


def _objects(classes: Values) -> Iterator[Value]:
    for cls in classes:
        if isinstance(cls, Class):
            yield Instance(cls, declared=True)
        elif isinstance(cls, External):
            yield ExternalInstance(externals.class_name(cls.name))


def passing(
    evaluator: Evaluator, values: Values, node: ast.expr, conditions: Iterable[tuple[ast.expr, bool]]
) -> Values:
    """What an expression may be where conditions ask whether it is a coroutine function."""
    for holds in _asks_async(node, conditions):
        values = frozenset(one for one in values if evaluator.calls.is_coroutine_function(one) in (holds, None))
    return values


def _asks_async(node: ast.expr, conditions: Iterable[tuple[ast.expr, bool]]) -> Iterator[bool]:
    """The answers to `iscoroutinefunction(node)` that some conditions take for granted."""
    for condition, holds in conditions:
        about = asked_of(condition)
        if about is not None and ast.dump(about) == ast.dump(node):
            yield holds


def finds_sync(guards: Guards) -> bool:
    """Whether a place is only reached for what is no coroutine function."""
    return any(asked_of(condition) is not None and not holds for condition, holds in conditions_in(guards))


def asked_of(condition: ast.expr) -> ast.expr | None:
    """What a condition asks `iscoroutinefunction` of; None for any other condition."""
    match condition:
        case ast.Call(func=called, args=[about]) if last_name(called) == "iscoroutinefunction":
            return about
    return None


def conditions_in(guards: Guards, scope: Scope | None = None) -> Iterator[tuple[ast.expr, bool]]:
    """The conditions of the `if`s around a place, and what variables stand for in them that are known in a scope."""
    for guard, branch in guards:
        for condition, holds in parts_of(guard.test, branch):
            yield from behind_flags(condition, holds, scope)


def behind_flags(condition: ast.expr, holds: bool, scope: Scope | None) -> Iterator[tuple[ast.expr, bool]]:
    """A condition, and what it asks by a variable: `is_async = iscoroutinefunction(check)`, then `if is_async:`."""
    yield condition, holds
    asked = _flag(condition, scope) if scope is not None else None
    if asked is not None:
        yield from parts_of(asked, holds)


def _flag(condition: ast.expr, scope: Scope) -> ast.expr | None:
    """What a variable that is a condition was made of; for `self.is_async`, of what the object keeps."""
    at: Scope | None = scope
    if isinstance(condition, ast.Name):
        while at is not None and condition.id not in at.bindings:
            at = at.parent
        return at.value_of(condition.id) if at is not None else None
    if not isinstance(condition, ast.Attribute) or not isinstance(condition.value, ast.Name):
        return None
    owner = class_of_receiver(condition.value.id, scope)
    kept = scope.module.instance_attributes.get(owner, {}) if owner is not None else {}
    assigned = kept.get(condition.attr, ())
    asks = assigned[0].value if len(assigned) == 1 else None
    about = asked_of(asks) if asks is not None else None
    if not isinstance(about, ast.Name) or not isinstance(asks, ast.Call):
        return None
    for attribute, values in kept.items():
        value = values[0].value
        if len(values) == 1 and isinstance(value, ast.Name) and value.id == about.id:
            held = ast.copy_location(ast.Attribute(condition.value, attribute, ast.Load()), condition)
            return ast.copy_location(ast.Call(asks.func, [held], []), condition)
    return None


def parts_of(test: ast.expr, holds: bool) -> Iterator[tuple[ast.expr, bool]]:
    """What follows from a condition that holds, or does not: all parts of `and` do, none of `or` does."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, holds = test.operand, not holds
    if isinstance(test, ast.BoolOp):
        if holds is isinstance(test.op, ast.And):
            for part in test.values:
                yield from parts_of(part, holds)
        return
    yield test, holds
