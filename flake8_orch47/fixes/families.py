"""Methods that override each other: they change together, or not at all."""

from __future__ import annotations

from flake8_orch47.fixes.steps import Refusal
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.values import Class, External

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.fixes.plan import Planning

__all__ = ["family", "overrides"]


def family(planning: Planning, method: Scope) -> tuple[Scope, ...]:
    """The method together with those that it overrides and that override it; a function alone.

    Raises Refusal where a base class is not part of the project and may have the method too.
    """
    around, name = method.parent, getattr(method.node, "name", "")
    if around is None or around.kind != "class" or not name:
        return (method,)
    classes = _related(planning, around, name)
    for cls in classes:
        _stays_inside(planning, cls, name)
    return tuple(scope for cls in classes for scope in _methods(cls, name))


def overrides(planning: Planning, method: Scope) -> tuple[Scope, ...]:
    """The functions that may run where a method is called on an object of its class or of one below it."""
    around, name = method.parent, getattr(method.node, "name", "")
    if around is None or around.kind != "class" or not name:
        return (method,)
    found = [method]
    for cls in _related(planning, around, name):
        line = [
            owner.scope for owner in planning.analysis.evaluator.members.line(Class(cls)) if isinstance(owner, Class)
        ]
        if around in line[1:]:
            found += [cls.module.scopes[one.node] for one in cls.bindings[name] if one.kind == "function"]
    return tuple(found)


def _related(planning: Planning, around: Scope, name: str) -> dict[Scope, None]:
    """The class, those above and below it, and those related to them, as far as they have the method."""
    members = planning.analysis.evaluator.members
    classes: dict[Scope, None] = {around: None}
    planning.analysis.scan_users_of([(around.module, getattr(around.node, "name", ""))])
    grown = True
    while grown:
        grown = False
        for candidate in _classes(planning):
            if candidate in classes or name not in candidate.bindings:
                continue
            line = {owner.scope for owner in members.line(Class(candidate)) if isinstance(owner, Class)}
            related = line & classes.keys() or any(
                candidate in {o.scope for o in members.line(Class(cls)) if isinstance(o, Class)} for cls in classes
            )
            if related:
                classes[candidate] = None
                planning.analysis.scan_users_of([(candidate.module, getattr(candidate.node, "name", ""))])
                grown = True
    return classes


def _classes(planning: Planning) -> Iterator[Scope]:
    for module in tuple(planning.analysis.scanned):
        yield from module.classes


def _methods(cls: Scope, name: str) -> Iterator[Scope]:
    """The functions that a class body binds to the name. Raises Refusal for anything else."""
    for binding in cls.bindings.get(name, ()):
        if binding.kind == "annotation":
            continue
        if binding.kind != "function":
            raise Refusal(f"`{name}` of class `{getattr(cls.node, 'name', '')}` is no method that could become async")
        yield cls.module.scopes[binding.node]


def _stays_inside(planning: Planning, cls: Scope, name: str) -> None:
    """Raises Refusal where a class inherits from outside the project what may define or call the method."""
    for owner in planning.analysis.evaluator.members.line(Class(cls)):
        if isinstance(owner, Class):
            continue
        what = getattr(cls.node, "name", "")
        if not isinstance(owner, External):
            raise Refusal(f"`{what}` has a base class that is not known: `{name}` may override a method of it")
        if owner.name.startswith("builtins.") or (owner.name in _HARMLESS and not externals.defines(owner.name, name)):
            continue
        base = owner.name.removeprefix("builtins.")
        raise Refusal(f"`{what}` inherits from `{base}`, which is not part of the project and may call `{name}`")


#: Base classes that call no method of their subclasses but special ones.
_HARMLESS = externals.PLAIN_BASES | externals.FIELD_BASES | externals.ENUMS | {"abc.ABC", "typing.NamedTuple"}
