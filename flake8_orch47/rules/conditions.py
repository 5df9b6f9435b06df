"""What the conditions around a call say of what it calls: that it is no coroutine function, or of which class it is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact
    from flake8_orch47.facts.uses import Parents
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.values import Frame

__all__ = ["is_said_to_be_sync", "narrowed", "never_runs"]


def is_said_to_be_sync(call: CallFact, parents: Parents) -> bool:
    """Whether the code itself made sure that what it calls is no coroutine function.

    `iscoroutinefunction(check)` is asked, or the object that has the method says so: `rule.is_async`.
    """
    callee = ast.dump(call.node.func)
    owner = ast.dump(call.node.func.value) if isinstance(call.node.func, ast.Attribute) else callee
    for condition, holds in _conditions(call, parents):
        match condition:
            case ast.Call(func=ast.Name(id="iscoroutinefunction") | ast.Attribute(attr="iscoroutinefunction")):
                if not holds and condition.args and ast.dump(condition.args[0]) == callee:
                    return True
            case ast.Attribute(value=flagged, attr=flag) if ast.dump(flagged) == owner:
                is_async = "async" in flag or "coroutine" in flag
                if (is_async and not holds) or (not is_async and "sync" in flag and holds):
                    return True
    return False


def never_runs(evaluator: Evaluator, call: CallFact, parents: Parents) -> bool:
    """Whether a condition around a call goes the other way, for the version of the framework that is aimed at."""
    return any(
        evaluator.decide(Expression(condition, call.scope, call.statement, None)) is (not holds)
        for condition, holds in _conditions(call, parents)
    )


def narrowed(evaluator: Evaluator, call: CallFact, frame: Frame | None, around: Callable[[], Parents]) -> Values | None:
    """What a call calls, as far as the conditions around it leave that: `isinstance(rule, Async)`; None where there
    are no such conditions. `around` gives the parents of nodes.
    """
    text = call.scope.module.text
    if "isinstance" not in text and "match" not in text:
        return None
    func = call.node.func
    here = Expression(func, call.scope, call.statement, frame)
    owner = func.value if isinstance(func, ast.Attribute) else func
    kinds = list(_kinds(evaluator, here, owner, _conditions(call, around())))
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
    asked = ast.dump(owner)
    for condition, holds in conditions:
        match condition:
            case ast.Call(func=ast.Name(id="isinstance"), args=[about, classes]) if ast.dump(about) == asked:
                options = classes.elts if isinstance(classes, ast.Tuple) else [classes]
                yield NOTHING.union(*(evaluator.at(here, one) for one in options)), holds


def _is_of(evaluator: Evaluator, value: Value, classes: Values) -> bool | None:
    """What `isinstance` answers; None where that is not certain."""
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


def _conditions(call: CallFact, parents: Parents) -> Iterator[tuple[ast.expr, bool]]:
    """The conditions that hold where a call stands, and those that do not."""
    for guard, branch in call.guards:
        yield from _parts(guard.test, branch)
    node: ast.AST = call.node
    while isinstance(parent := parents.get(node), ast.expr | ast.comprehension):
        match parent:
            case ast.IfExp(test=test, body=body, orelse=orelse) if node in (body, orelse):
                yield from _parts(test, node is body)
            case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp() if not isinstance(
                node, ast.comprehension
            ):
                for generator in parent.generators:
                    for test in generator.ifs:
                        yield from _parts(test, True)
            case ast.BoolOp(op=op, values=values) if node in values:
                for test in values[: values.index(node)]:
                    yield from _parts(test, isinstance(op, ast.And))
        node = parent


def _parts(test: ast.expr, holds: bool) -> Iterator[tuple[ast.expr, bool]]:
    """What follows from a condition that holds, or does not: all parts of `and` do, none of `or` does."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, holds = test.operand, not holds
    if isinstance(test, ast.BoolOp):
        if holds is isinstance(test.op, ast.And):
            for part in test.values:
                yield from _parts(part, holds)
        return
    yield test, holds
