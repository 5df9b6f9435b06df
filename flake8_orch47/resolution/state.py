"""State: what functions put into variables, containers and attributes that outlive their call.

`POLICIES[name] = check` in a decorator says nothing by itself: `name` and `check` are what the decorator is given,
wherever it is applied. Here the calls of such a function are found, in whatever modules they stand, and what it
puts away is looked at once for each of them. Nobody asks before such a container, variable or attribute is read.
"""

from __future__ import annotations

import ast
from itertools import islice

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.vocabulary import names_in
from flake8_orch47.records import Entity, Row
from flake8_orch47.resolution.narrowing import finds_sync
from flake8_orch47.resolution.registrations import (
    first_parameter,
    method_around,
    parameters_in,
    unwrapped,
)
from flake8_orch47.resolution.users import Users
from flake8_orch47.resolution.values import (
    NOTHING,
    UNKNOWN,
    Arguments,
    Cached,
    Class,
    Constant,
    Dictionary,
    Elements,
    Expression,
    Frame,
    Function,
    Instance,
    Module,
    Parameter,
    Sequence,
    Value,
    Values,
    as_keys,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from typing import TypeAlias

    from flake8_orch47.facts.scopes import Binding, ItemAssignment, ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["State"]

#: What something is put away on.
Receiver: TypeAlias = "Instance | Class"

#: Functions that hand on to functions that hand on: so many of them are followed.
_DEPTH = 4
#: Of functions that hand on to each other, so many are followed.
_WORK = 200
#: So many calls of a function are looked at.
_CALLS = 10_000
#: A search for the calls of a function is given up after so many expressions: a usual one takes twenty. All of them
#: together may take so many; what is asked later is not looked for.
_SEARCH, _SEARCHES = 5_000, 50_000


class _Place(Entity):
    """A place that calls a function: a call, a decorator that is given `given`, an assignment to a property, or one to
    an item, which is given a key and a value.

    `owner` is the function around it.
    """

    here: Expression
    given: Values | Expression | tuple[Expression, Expression] | None
    owner: Scope | None


class _Put(Row):
    """What is put into a container under some keys, or without one; whether it certainly is, whether what was there
    under that key stays, and whether it takes the place of whatever is no coroutine function.
    """

    keys: Values
    held: Values
    is_sure: bool = True
    yields: bool = False
    mends: bool = False


class State:
    """Finds the calls of functions that put their arguments away, on demand."""

    def __init__(self, evaluator: Evaluator, before: State | None = None) -> None:
        self.evaluator = evaluator
        self.users: Users = Users(evaluator.modules) if before is None else before.users
        self._places: dict[Scope, tuple[_Place, ...]] = {}
        self._asking: list[Scope] = []
        self._frames: dict[tuple[Scope, Receiver | None], list[Frame]] = {}
        self._framing: set[tuple[Scope, Receiver | None]] = set()
        #: so many expressions all searches took, and so many were worked out when this one began
        self._searched = self._began = 0
        self._filled_on: dict[tuple[Values, str, Receiver], Values] = {}

    # -- what is put away ----------------------------------------------------------------------------------

    def in_all_calls(self, here: Expression, receiver: Receiver | None = None) -> Values:
        """What a function puts away under a name that outlives it, whatever it is given.

        With a `receiver` only what is put away on it counts, as far as objects can be told apart.
        """
        return NOTHING.union(*(values for (values,) in self.situations([here], receiver)))

    def filled(self, values: Values, items: Iterable[ItemAssignment], owner: Scope, frame: Frame | None) -> Values:
        """Containers together with what is put into them; `owner` is the scope they belong to, `frame` its call."""
        puts: list[_Put] = []
        for item in items:
            turns = self._put_in_turn(item, values, owner, frame)
            puts += self._put(item, owner, frame) if turns is None else turns
        return self._filled(values, puts)

    def _put_in_turn(
        self, item: ItemAssignment, values: Values, owner: Scope, frame: Frame | None
    ) -> list[_Put] | None:
        """What a loop over a dictionary puts into it in place of what it has; None for anything else.

        `for key, value in kwargs.items(): if key.endswith("_callback"): kwargs[key] = to_async(value)`
        """
        names = _names_of_turn(item) if item.scope is owner else None
        if names is None or not all(isinstance(one, Dictionary) and not one.others for one in values):
            return None
        given = frame.arguments if frame is not None and frame.scope is owner else {}
        if names[0] in given:
            return []  # this is such a turn
        evaluator = self.evaluator
        puts = []
        for key, held in (entry for one in values if isinstance(one, Dictionary) for entry in one.items):
            bound = dict(zip(names, (frozenset[Value]({key}), held), strict=False))
            turn = evaluator.calls.intern(owner, {**given, **bound}, frame and frame.parent)
            answers = [
                branch if _asks_for(guard.test, item) else evaluator.decide(Expression(guard.test, owner, guard, turn))
                for guard, branch in item.guards
            ]
            wanted = [branch for _, branch in item.guards]
            if not any(answer is (not branch) for answer, branch in zip(answers, wanted, strict=True)):
                value = evaluator.values(Expression(item.value, owner, item.statement, turn))
                puts.append(_Put(frozenset({key}), value, answers == wanted))
        return puts

    def filled_on(self, values: Values, name: str, items: Iterable[ItemAssignment], receiver: Receiver) -> Values:
        """Containers that are the attribute `name` of `receiver`, together with what is put into them."""
        key = values, name, receiver
        known = self._filled_on.get(key)
        if known is None:
            cuts = self.evaluator.cuts
            known = self._filled(values, (put for item in items for put in self._put_on(item, receiver)))
            if self.evaluator.cuts == cuts:
                self._filled_on[key] = known
        return known

    def filled_elsewhere(self, values: Values, binding: Binding) -> Values:
        """An empty container of a module together with what other modules put into it."""
        module, name = binding.scope.module, binding.name
        items = [item for other in self.users.of_name(module, name) for item in self._items_for(binding, other)]
        return self.filled(values, items, binding.scope, None) if items else values

    def _items_for(self, binding: Binding, other: ModuleFacts) -> Iterator[ItemAssignment]:
        """What a module puts into a container of another one."""
        names = self.evaluator.names
        for name in self.evaluator.modules.vocabulary(other).spread(frozenset({binding.name})) & other.items.keys():
            for item in other.items[name]:
                reached, _ = names.lookup(name, item.scope, item.statement)
                if any(one.binding is binding for each in reached for one in names.origin(each.binding)):
                    yield item
        for item in other.attribute_items.get(binding.name, ()):
            if item.receiver is not None:
                owners = self.evaluator.values(Expression(item.receiver, item.scope, item.statement, None))
                if any(isinstance(one, Module) and one.found.path == binding.scope.module.path for one in owners):
                    yield item

    def items_of(self, receiver: Instance) -> list[ItemAssignment]:
        """What code that knows the class of an object puts into it as into a container."""
        modules, names = self.users.of_function(receiver.cls.scope)
        found = []
        for module in modules:
            for item in _items_in(module, self.evaluator.modules.vocabulary(module).spread(names)):
                owners = self.evaluator.values(Expression(item.container, item.scope, item.statement, None))
                if any(self.is_kin(one, receiver) and _is_same(one, receiver, is_only=True) for one in owners):
                    found.append(item)
        return found

    def items_elsewhere(self, owners: Iterable[ModuleFacts], attribute: str) -> list[ItemAssignment]:
        """What modules that use the classes of `owners` put into their attributes of that name."""
        return [
            item
            for owner in owners
            for other in self.users.of_name(owner, attribute)
            for item in other.attribute_items.get(attribute, ())
        ]

    def assigned(self, receiver: Receiver | Module, attribute: str) -> Values:
        """What is assigned to an attribute from outside: `settings.callback = check`."""
        owner = self._module_of(receiver)
        found: Values = NOTHING
        for module in self.users.assigning(owner, attribute) if owner is not None else ():
            for assignment in module.attributes:
                if assignment.target.attr == attribute and not assignment.path:
                    here = Expression(assignment.value, assignment.scope, assignment.statement, None)
                    owners = self.evaluator.at(here, assignment.target.value)
                    if any(self._is_assigned(one, receiver, assignment.scope) for one in owners):
                        found |= self.in_all_calls(here)
        return found

    def put_on_base(self, cls: Class, attribute: str) -> Values:
        """What the modules of its bases put on a class that derives from one of a library:
        `Base = declarative_base()`, `Base.query = session.query_property()`.
        """
        found: Values = NOTHING
        line = self.evaluator.members.line(cls)
        modules = {module for owner in line if isinstance(owner, Class) for module in self._modules_of_bases(owner)}
        for module in modules:
            for assignment in module.attributes:
                if assignment.target.attr == attribute and not assignment.path and assignment.scope.kind == "module":
                    here = Expression(assignment.value, assignment.scope, assignment.statement, None)
                    if any(one in line for one in self.evaluator.at(here, assignment.target.value)):
                        found |= self.evaluator.values(here)
        return found

    def _modules_of_bases(self, cls: Class) -> Iterator[ModuleFacts]:
        """The module of a class, and those from which it has its bases."""
        scope = cls.scope
        yield scope.module
        for base in getattr(scope.node, "bases", ()):
            if isinstance(base, ast.Name) and scope.parent is not None:
                reached, _ = self.evaluator.names.lookup(base.id, scope.parent, scope.statement)
                for one in reached:
                    for origin in self.evaluator.names.origin(one.binding):
                        yield origin.binding.scope.module

    def shelves(self, modules: Iterable[ModuleFacts]) -> Iterator[tuple[ModuleFacts, str, Values]]:
        """The containers, attributes and variables in which functions of `modules` put what they are given.

        Each by its name, with what that may be. What a constructor keeps does not count: it belongs to one object.
        """
        for module in modules:
            if self.users.is_core(module):
                continue
            for name, items in (*module.items.items(), *module.attribute_items.items()):
                for item in items:
                    if _is_given(item.value, item.scope) and _outlives(item.receiver or name, item.scope):
                        here = Expression(item.value, item.scope, item.statement, None)
                        yield module, name, self.in_all_calls(here)
            for assignment in module.attributes:
                scope = assignment.scope
                if _is_given(assignment.value, scope) and _outlives(assignment.target.value, scope):
                    here = Expression(assignment.value, scope, assignment.statement, None)
                    yield module, assignment.target.attr, self.in_all_calls(here)
            for binding in (one for bindings in module.scope.bindings.values() for one in bindings if one.elsewhere):
                if binding.value is not None and _is_given(binding.value, binding.scope):
                    here = Expression(binding.value, binding.scope, binding.statement, None)
                    yield module, binding.name, self.in_all_calls(here)

    def _module_of(self, receiver: Receiver | Module) -> ModuleFacts | None:
        if isinstance(receiver, Module):
            return None if receiver.found.is_namespace else self.evaluator.modules.facts(receiver.found.path)
        return (receiver.cls if isinstance(receiver, Instance) else receiver).scope.module

    def _is_assigned(self, one: Value, receiver: Receiver | Module, scope: Scope) -> bool:
        """Whether assigning to an attribute of `one`, in `scope`, is assigning to that of `receiver`."""
        if isinstance(receiver, Module) or isinstance(one, Module):
            return one == receiver
        if not self.is_kin(one, receiver) or (isinstance(one, Instance) and isinstance(receiver, Class)):
            return False
        method = method_around(scope)
        if method is not None and isinstance(receiver, Instance):  # `cls._instance.x = value` in `__new__`
            line = self.evaluator.members.line(receiver.cls)
            if any(isinstance(owner, Class) and owner.scope is method.parent for owner in line):
                return True
        return _is_same(one, receiver, is_only=False) or self.is_made_once(receiver, scope.module)

    def is_made_once(self, receiver: Receiver, user: ModuleFacts) -> bool:
        """Whether no more than one object of a class is made, as far as its own module and `user` tell."""
        cls = receiver.cls if isinstance(receiver, Instance) else receiver
        name = frozenset({getattr(cls.scope.node, "name", "")})
        made = 0
        for module in {cls.scope.module, user}:
            for call in self.evaluator.modules.vocabulary(module).calls(name):
                here = Expression(call.node, call.scope, call.statement, None)
                made += any(
                    isinstance(one, Class) and self.is_kin(one, cls) for one in self.evaluator.at(here, call.node.func)
                )
        return made < 2

    def _filled(self, values: Values, puts: Iterable[_Put]) -> Values:
        added: dict[Constant, Values] = {}
        others: Values = NOTHING
        replaced: set[Constant] = set()
        yielding: set[Constant] = set()
        mended: set[Constant | None] = set()  # None for any key
        for keys, held, is_sure, yields, mends in puts:
            if mends:
                mended.update(key if isinstance(key, Constant) else None for key in keys)
            if not keys:
                others |= held
            for key in keys:
                if isinstance(key, Constant):
                    added[key] = added.get(key, NOTHING) | held
                    if not yields:
                        yielding.discard(key)
                    elif len(added) == 1 or key not in replaced:
                        yielding.add(key)
                    if is_sure and not yields:
                        replaced.add(key)
                else:
                    others |= held
        anything = others.union(*added.values())
        if not anything:
            return values
        grown: set[Value] = set()
        for container in values:
            if isinstance(container, Dictionary):
                now = dict(container.items)
                for key in [key for key in now if None in mended or key in mended]:
                    now[key] = self._awaited_ones(now[key])
                unknown = {key for key, held in added.items() if held <= UNKNOWN and key not in now}
                for key, held in added.items():
                    if key in unknown or (key in now and key in yielding):
                        continue
                    now[key] = held if key in replaced else held | now.get(key, NOTHING)
                merged = frozenset(value for value in others if isinstance(value, Parameter))
                if merged:  # it may have any key
                    now = {key: held | merged for key, held in now.items()}
                more = others | UNKNOWN if unknown else others
                grown.add(Dictionary(tuple(now.items()), container.others | more))
            elif isinstance(container, Sequence | Elements):
                grown.add(Elements(self.evaluator.members.elements(frozenset({container})) - UNKNOWN | anything))
            else:
                grown.add(container)
        return frozenset(grown)

    def _awaited_ones(self, values: Values) -> Values:
        """Those of some values that may be coroutine functions."""
        return frozenset(one for one in values if self.evaluator.calls.is_coroutine_function(one) is not False)

    def _put(self, item: ItemAssignment, owner: Scope, frame: Frame | None) -> Iterator[_Put]:
        """Keys and what is put there, together, for every call that does so; no keys where there are none."""
        parts = _parts(item, frame)
        at = function_around(item.scope)
        if at is None or at is function_around(owner):  # in the very call that made the container
            return self._held(item, (tuple(self.evaluator.values(part) for part in parts),))
        return self._held(item, self.situations(parts))

    def _put_on(self, item: ItemAssignment, receiver: Receiver) -> Iterator[_Put]:
        at = function_around(item.scope)
        if at is not None and isinstance(receiver, Instance) and self._initializes(at, receiver):
            parts = _parts(item, self.evaluator.calls.method_frame(receiver, at))
            return self._held(item, (tuple(self.evaluator.values(part) for part in parts),))
        if item.receiver is None:  # `self[key] = value` in a method
            return self._held(item, self.situations(_parts(item, None), receiver))
        owners = self.evaluator.values(Expression(item.receiver, item.scope, item.statement, None))
        if not any(self.is_kin(owner, receiver) and _is_same(owner, receiver, is_only=True) for owner in owners):
            return iter(())
        return self._held(item, self.situations(_parts(item, None), receiver))

    def _held(self, item: ItemAssignment, given: Iterable[tuple[Values, ...]]) -> Iterator[_Put]:
        is_sure = not item.nests and all(branch and _asks_for(guard.test, item) for guard, branch in item.guards)
        for *keys, held in given:
            if item.nests:
                inner = self.evaluator.members.elements(held) if item.merges else held
                yield _Put(keys[0] if keys else NOTHING, frozenset({Elements(inner)}), is_sure)
                continue
            if not item.merges:
                mends = finds_sync(item.guards)
                yield _Put(as_keys(keys[0]) if keys else NOTHING, held, is_sure, item.yields, mends)
                continue
            for value in held:
                if isinstance(value, Dictionary):
                    for key, inner in value.items:
                        yield _Put(frozenset({key}), inner, is_sure)
                    if value.others:
                        yield _Put(NOTHING, value.others)
                else:
                    elements = self.evaluator.members.elements(frozenset({value}))
                    for keys_of, inner in _merged(elements):
                        yield _Put(keys_of, inner, is_sure)

    def situations(self, parts: list[Expression], receiver: Receiver | None = None) -> Iterator[tuple[Values, ...]]:
        """What expressions of one place give together: once for each call of the function around it, where that
        matters; as they are where no call is known.
        """
        values = tuple(self.evaluator.values(part) for part in parts)
        owner = function_around(parts[0].scope)
        if owner is None or not any(self._depends(given) for given in values):
            yield values
            return
        known = False
        for frame in self.frames(owner, receiver):
            known = True
            yield tuple(self.evaluator.values(part._replace(frame=frame)) for part in parts)
        if not known:
            yield values

    def _depends(self, values: Values) -> bool:
        return next(parameters_in(self.evaluator, values), None) is not None

    # -- objects -------------------------------------------------------------------------------------------

    def _initializes(self, scope: Scope, instance: Instance) -> bool:
        """Whether `scope` is the `__init__` of a class of the instance."""
        if not _constructs(scope):
            return False
        line = self.evaluator.members.line(instance.cls)
        return any(isinstance(owner, Class) and owner.scope is scope.parent for owner in line)

    def is_kin(self, one: Value, other: Receiver) -> bool:
        """Whether two values are of one class, or of a class and one derived from it."""
        if not isinstance(one, Instance | Class):
            return False
        first = one.cls if isinstance(one, Instance) else one
        second = other.cls if isinstance(other, Instance) else other
        line = self.evaluator.members.line
        return first in line(second) or second in line(first)

    def _on(self, frames: list[Frame], method: Scope, receiver: Receiver) -> Iterator[Frame]:
        """The calls of a method, or of a function inside it, that belong to `receiver`.

        Objects made at different places are different. Where one is not known it counts if there is but one.
        """
        name = first_parameter(method)
        owners: list[tuple[Frame, list[Receiver]]] = []
        for call in frames:
            frame: Frame | None = call
            while frame is not None and frame.scope is not method:
                frame = frame.parent
            held = frame.arguments.get(name, NOTHING) if frame is not None and name is not None else NOTHING
            kin = [value for value in held if isinstance(value, Instance | Class) and self.is_kin(value, receiver)]
            owners.append((call, kin))
        sites = {_site(receiver), *(_site(value) for _, values in owners for value in values)} - {None}
        for call, values in owners:
            if any(_is_same(value, receiver, is_only=len(sites) < 2) for value in values):
                yield call

    # -- calls ---------------------------------------------------------------------------------------------

    def frames(self, scope: Scope, receiver: Receiver | None = None) -> list[Frame]:
        """The calls of a function of the project that are known; with a `receiver` those that belong to it."""
        key = scope, receiver
        known = self._frames.get(key)
        if known is not None:
            return known
        if key in self._framing:
            self.evaluator.cuts += 1
            self.evaluator.early += 1
            return []
        cuts = self.evaluator.cuts
        self._begun()
        self._framing.add(key)
        try:
            found = self._traced(scope) if receiver is None else {scope: self._frames_on(scope, receiver)}
        finally:
            self._framing.discard(key)
            self._ended()
        if not self._framing or self.evaluator.cuts == cuts:
            self._frames.update({(one, receiver): frames for one, frames in found.items()})
        return found[scope]

    def _begun(self) -> None:
        if not self._asking and not self._framing:
            self._began = self.evaluator.work
            self.evaluator.search(_SEARCH)

    def _ended(self) -> None:
        if not self._asking and not self._framing:
            self._searched += self.evaluator.work - self._began
            self.evaluator.end_search()

    def _traced(self, start: Scope) -> dict[Scope, list[Frame]]:
        """The calls of a function, and of those that hand on to it what they are given themselves."""
        found: dict[Scope, dict[Frame, None]] = {start: {}}
        handing: dict[Scope, list[tuple[Scope, _Place]]] = {}
        new: list[tuple[Scope, Frame]] = []

        def add(scope: Scope, place: _Place, around: Frame | None) -> None:
            for frame in self._made(scope, place, around):
                if frame not in found[scope] and len(found[scope]) < _CALLS:
                    found[scope][frame] = None
                    new.append((scope, frame))

        def spread() -> None:
            while new:
                owner, frame = new.pop()
                for scope, place in handing.get(owner, ()):
                    add(scope, place, frame)

        pending = [start]
        while pending:
            scope = pending.pop()
            for place in self.places(scope):
                if self.evaluator.is_exhausted:
                    break
                owner = place.owner
                if owner is None or len(found) > _WORK or not self._hands_on(scope, place):
                    add(scope, place, None)
                    continue
                handing.setdefault(owner, []).append((scope, place))
                if owner not in found:
                    found[owner] = {}
                    pending.append(owner)
        spread()
        for owner in [owner for owner in handing if not found[owner]]:  # nobody is known to call it
            for scope, place in handing[owner]:
                add(scope, place, None)
        spread()
        return {scope: list(frames) for scope, frames in found.items()}

    def _hands_on(self, scope: Scope, place: _Place) -> bool:
        """Whether what a place gives depends on what the function around it is given."""
        return any(self._depends(values) for _, _, told in self._given(scope, place, None) for values in told)

    def _frames_on(self, scope: Scope, receiver: Receiver) -> list[Frame]:
        method = method_around(scope)
        if method is None:
            return self.frames(scope)
        found: dict[Frame, None] = {}
        own: dict[Frame, None] = {}
        for place in self.places(scope):
            owner = place.owner
            if isinstance(receiver, Instance) and owner is not None and self._initializes(owner, receiver):
                outer = self.evaluator.calls.method_frame(receiver, owner)
                own.update(dict.fromkeys(self._made(scope, place, outer)))
            elif owner is not None and self._hands_on(scope, place):
                arounds: list[Frame | None] = [*self.frames(owner)] or [None]
                for around in arounds:
                    found.update(dict.fromkeys(self._made(scope, place, around)))
            else:
                found.update(dict.fromkeys(self._made(scope, place, None)))
        return [*own, *self._on(list(found), method, receiver)]

    def places(self, scope: Scope) -> tuple[_Place, ...]:
        """The places that call a function of the project."""
        known = self._places.get(scope)
        if known is not None or self._searched > _SEARCHES:
            return known or ()
        if scope in self._asking or len(self._asking) >= _DEPTH:
            self.evaluator.cuts += 1
            self.evaluator.early += 1
            return ()
        cuts = self.evaluator.cuts
        self._begun()
        self._asking.append(scope)
        try:
            found = tuple(islice(self._found(scope), _CALLS))
        finally:
            self._asking.pop()
            self._ended()
        if not self._asking or self.evaluator.cuts == cuts:
            self._places[scope] = found
        return found

    def _found(self, scope: Scope) -> Iterator[_Place]:
        modules, names = self.users.of_function(scope)
        setter = is_setter(scope)
        for module in modules:
            self.evaluator.work += 1
            if self.evaluator.is_exhausted:
                return
            vocabulary = self.evaluator.modules.vocabulary(module)
            for call in vocabulary.calls(names):
                if self.evaluator.is_exhausted:
                    return
                here = Expression(call.node, call.scope, call.statement, None)
                yield from self._calling(scope, here, None)
            for assignment in module.attributes if setter else ():
                if assignment.target.attr in names:
                    here = Expression(assignment.target, assignment.scope, assignment.statement, None)
                    yield from self._calling(scope, here, here._replace(node=assignment.value))
            words = vocabulary.spread(names)
            for item in _items_in(module, words) if is_item_setter(scope) else ():
                if item.key is not None:
                    container, key, value = (
                        Expression(part, item.scope, item.statement, None)
                        for part in (item.container, item.key, item.value)
                    )
                    yield from self._calling(scope, container, (key, value))
            for decorated in (*module.functions, *module.classes):
                decorators = getattr(decorated.node, "decorator_list", ())
                if decorators and any(not words.isdisjoint(names_in(one)) for one in decorators):
                    yield from self._decorations(scope, decorated, decorators)

    def _decorations(self, scope: Scope, decorated: Scope, decorators: Iterable[ast.expr]) -> Iterator[_Place]:
        calls = self.evaluator.calls
        around = decorated.parent or decorated
        values: Values = frozenset({Class(decorated) if decorated.kind == "class" else Function(decorated)})
        for decorator in reversed(tuple(decorators)):
            here = Expression(decorator, around, decorated.statement, None)
            yield from self._calling(scope, here, values)
            if decorated.kind == "function":
                values = NOTHING.union(*(calls.apply(here, value) for value in values))

    def _calling(
        self, scope: Scope, here: Expression, given: Values | Expression | tuple[Expression, Expression] | None
    ) -> Iterator[_Place]:
        self.evaluator.work += 1  # a place that is looked at counts as an expression does
        place = _Place(here, given, function_around(here.scope))
        if next(self._given(scope, place, None), None) is not None:
            yield place

    def _made(self, scope: Scope, place: _Place, around: Frame | None) -> Iterator[Frame]:
        """The frames that a place makes of `scope`, in one call of the function around it."""
        for function, arguments, _ in self._given(scope, place, around):
            frame = self.evaluator.calls.frame(function, arguments)
            if frame is not None:
                yield frame

    def _given(
        self, scope: Scope, place: _Place, frame: Frame | None
    ) -> Iterator[tuple[Function, Arguments, list[Values]]]:
        """The function of `scope` as a place calls it, what it is given, and what that may be."""
        calls = self.evaluator.calls
        here = place.here._replace(frame=frame)
        node = here.node
        for function, bound in self._callees(scope, here, is_call=place.given is None):
            if place.given is None:
                arguments = calls.arguments(node, here) if isinstance(node, ast.Call) else Arguments()
            elif isinstance(place.given, Expression):
                arguments = Arguments((place.given._replace(frame=frame),))
            elif isinstance(place.given, tuple):
                arguments = Arguments(tuple(one._replace(frame=frame) for one in place.given))
            else:
                arguments = Arguments((place.given,))
            arguments = bound.then(arguments)
            told = [calls.values_of(given) for given in calls.bind(function, arguments).values()]
            inner = function.frame
            while inner is not None:
                told.extend(inner.arguments.values())
                inner = inner.parent
            yield function, arguments, told

    def _callees(self, scope: Scope, here: Expression, *, is_call: bool) -> Iterator[tuple[Function, Arguments]]:
        """The function of `scope` that a place calls, and the arguments that a partial has bound."""
        node = here.node
        owners: Values | None = None
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            owners = self.evaluator.at(here, node.value)
        elif not is_call and is_item_setter(scope):
            owners = self.evaluator.values(here)
        if owners is not None:
            for value in owners:
                if isinstance(value, Instance) and scope.parent is not None:
                    line = self.evaluator.members.line(value.cls)
                    if any(isinstance(owner, Class) and owner.scope is scope.parent for owner in line):
                        yield Function(scope, None, value), Arguments()
            return
        callee = here._replace(node=node.func) if is_call and isinstance(node, ast.Call) else here
        for value in self.evaluator.values(callee):
            target, bound = unwrapped(value)
            for function in self._functions(target, scope):
                yield function, bound

    def _functions(self, value: Value, scope: Scope) -> Iterator[Function]:
        """The function of `scope`, if calling a value runs it."""
        members = self.evaluator.members
        match value:
            case Function():
                if value.scope is scope:
                    yield value
            case Cached():
                yield from self._functions(value.function, scope)
            case Class() | Instance():
                if scope.parent is None or scope.parent.kind != "class":
                    return
                cls = value if isinstance(value, Class) else value.cls
                receiver = Instance(cls) if isinstance(value, Class) else value
                name = "__init__" if isinstance(value, Class) else "__call__"
                for method in members.method(cls, name, receiver) or NOTHING:
                    if isinstance(method, Function) and method.scope is scope:
                        yield method


def function_around(scope: Scope | None) -> Scope | None:
    """The function in which a scope stands, or which it is."""
    while scope is not None and scope.kind not in ("function", "lambda"):
        scope = scope.parent
    return scope


def _parts(item: ItemAssignment, frame: Frame | None) -> list[Expression]:
    return [Expression(node, item.scope, item.statement, frame) for node in (item.key, item.value) if node is not None]


def _names_of_turn(item: ItemAssignment) -> list[str] | None:
    """The names that a loop over the very container gives a key, and its value; None where the key is no such name."""
    if not isinstance(item.key, ast.Name) or item.merges or item.nests or item.yields:
        return None
    bindings = item.scope.bindings.get(item.key.id, ())
    loop = bindings[0].statement if len(bindings) == 1 and bindings[0].kind == "loop" else None
    if not isinstance(loop, ast.For):
        return None
    match loop.target:
        case ast.Name(id=name) if name == item.key.id:
            names, method = [name], "keys"
        case ast.Tuple(elts=[ast.Name(id=name), ast.Name(id=value)]) if name == item.key.id:
            names, method = [name, value], "items"
        case _:
            return None
    through = loop.iter
    if isinstance(through, ast.Call) and last_name(through.func) in ("list", "tuple") and len(through.args) == 1:
        through = through.args[0]
    match through:
        case ast.Call(func=ast.Attribute(value=through, attr=called), args=[]) if called == method:
            pass
        case _ if method == "items":
            return None
    return names if ast.dump(through) == ast.dump(item.container) else None


def _constructs(scope: Scope) -> bool:
    return getattr(scope.node, "name", "") in ("__init__", "__post_init__")


def _is_given(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a parameter of a function around it."""
    at: Scope | None = scope if isinstance(node, ast.Name) else None
    while at is not None and isinstance(node, ast.Name):
        if node.id in at.bindings:
            return at.bindings[node.id][0].kind == "parameter"
        at = at.parent
    return False


def _outlives(holder: ast.expr | str, scope: Scope) -> bool:
    """Whether what holds something is there before and after a call: a module's, a class's, or the object of a method.

    Not in the object's constructor: what that keeps belongs to this one object.
    """
    while isinstance(holder, ast.Attribute):
        holder = holder.value
    name = holder.id if isinstance(holder, ast.Name) else holder
    at: Scope | None = scope
    while at is not None and isinstance(name, str):
        if name in at.redirected:
            return True
        if name in at.bindings:
            is_method = at.parent is not None and at.parent.kind == "class" and first_parameter(at) == name
            return at.kind in ("module", "class") or (is_method and not _constructs(at))
        at = at.parent
    return False


def _site(value: Receiver) -> ast.Call | None:
    return value.site if isinstance(value, Instance) else None


def _is_same(one: Value, other: Receiver, *, is_only: bool) -> bool:
    """Whether two values of one class may be the same object. `is_only`: no more than one such object is known."""
    if not isinstance(one, Instance) or not isinstance(other, Instance):
        return True
    first, second = one.site, other.site
    return first is second if first is not None and second is not None else is_only


def _merged(elements: Values) -> Iterator[tuple[Values, Values]]:
    """What `update([(key, value)])` or `extend([value])` puts in."""
    for element in elements:
        if isinstance(element, Sequence) and len(element.elements) == 2:
            yield element.elements
        yield NOTHING, frozenset({element})


def is_setter(scope: Scope) -> bool:
    """Whether a function is the setter of a property."""
    decorators = getattr(scope.node, "decorator_list", ())
    return any(isinstance(one, ast.Attribute) and one.attr == "setter" for one in decorators)


def is_item_setter(scope: Scope) -> bool:
    """Whether a function is what `container[key] = value` calls."""
    return (
        getattr(scope.node, "name", "") == "__setitem__" and scope.parent is not None and scope.parent.kind == "class"
    )


def _items_in(module: ModuleFacts, words: AbstractSet[str]) -> Iterator[ItemAssignment]:
    """What a module puts into containers of these names."""
    for table in (module.items, module.attribute_items):
        for name in sorted(words & table.keys()):
            yield from table[name]


def _asks_for(condition: ast.expr, item: ItemAssignment) -> bool:
    """Whether a condition only asks if the container has the key under which something is put."""
    match condition:
        case ast.Compare(left=key, ops=[ast.In()], comparators=[container]):
            asked = key, container
        case ast.Call(func=ast.Attribute(value=container, attr="get"), args=[key, *_]):
            asked = key, container
        case (
            ast.NamedExpr(value=inner)
            | ast.Compare(left=inner, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)])
        ):
            return _asks_for(inner, item)
        case ast.Call(func=ast.Name(id="callable"), args=[ast.Name() as held]):
            return _asks_for(held, item)
        case ast.Name(id=name):  # `found = kwargs.get(key)`
            value = item.scope.value_of(name)
            return isinstance(value, ast.Call) and _asks_for(value, item)
        case _:
            return False
    return item.key is not None and [*map(ast.dump, asked)] == [ast.dump(item.key), ast.dump(item.container)]
