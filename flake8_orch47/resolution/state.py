"""State: what functions put into variables, containers and attributes that outlive their call.

`POLICIES[name] = check` in a decorator says nothing by itself: `name` and `check` are what the decorator is given,
wherever it is applied. Here the calls of such a function are found, in whatever modules they stand, and what it
puts away is looked at once for each of them. Nobody asks before such a container, variable or attribute is read.
"""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING

from flake8_orch47.facts.vocabulary import names_in
from flake8_orch47.project import scan
from flake8_orch47.records import Entity
from flake8_orch47.resolution.registrations import names_to_reach, parameters_in, unwrapped
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
    Sequence,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import ItemAssignment, ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["State"]

#: Functions that hand on to functions that hand on: so many of them are followed.
_DEPTH = 4
#: So many functions are looked for in a run; what any further one puts away is unknown.
_FUNCTIONS = 60
#: So many calls of a function are looked at.
_CALLS = 400


class _Call(Entity):
    """A place that calls a function: a call, or a decorator. `owner` is the function around it."""

    frame: Frame
    owner: Scope | None


class State:
    """Finds the calls of functions that put their arguments away, on demand."""

    def __init__(self, evaluator: Evaluator, before: State | None = None) -> None:
        self.evaluator = evaluator
        self._modules: dict[Scope, tuple[tuple[ModuleFacts, ...], frozenset[str]]] = (
            {} if before is None else before._modules  # noqa: SLF001 (the same of an earlier evaluator)
        )
        self._calls: dict[Scope, tuple[_Call, ...]] = {}
        self._asking: list[Scope] = []
        self._asked = 0

    # -- what is put away ----------------------------------------------------------------------------------

    def in_all_calls(self, here: Expression) -> Values:
        """What a function puts away under a name that outlives it, whatever it is given."""
        return NOTHING.union(*(values for (values,) in self.situations([here])))

    def filled(self, values: Values, items: Iterable[ItemAssignment], owner: Scope, frame: Frame | None) -> Values:
        """Containers together with what is put into them; `owner` is the scope they belong to, `frame` its call."""
        added: dict[Constant, Values] = {}
        others: Values = NOTHING
        for item in items:
            for keys, held in self._put(item, owner, frame):
                if not keys:
                    others |= held
                for key in keys:
                    if isinstance(key, Constant):
                        added[key] = added.get(key, NOTHING) | held
                    else:
                        others |= held
        grown: set[Value] = set()
        anything = others.union(*added.values())
        for container in values:
            if isinstance(container, Dictionary):
                now = {**dict(container.items), **added}
                grown.add(Dictionary(tuple(now.items()), container.others | others))
            elif isinstance(container, Sequence | Elements) and anything:
                grown.add(Elements(self.evaluator.members.elements(frozenset({container})) - UNKNOWN | anything))
            else:
                grown.add(container)
        return frozenset(grown)

    def _put(self, item: ItemAssignment, owner: Scope, frame: Frame | None) -> Iterator[tuple[Values, Values]]:
        """Keys and what is put there, together, for every call that does so; no keys where there are none."""
        parts = [Expression(node, item.scope, item.statement, frame) for node in (item.key, item.value) if node]
        at = function_around(item.scope)
        if at is None or at is function_around(owner):  # in the very call that made the container
            given: Iterable[tuple[Values, ...]] = (tuple(self.evaluator.values(part) for part in parts),)
        else:
            given = self.situations(parts)
        for *keys, held in given:
            if not item.merges:
                yield keys[0] if keys else NOTHING, held
                continue
            for value in held:
                if isinstance(value, Dictionary):
                    yield from ((frozenset({key}), inner) for key, inner in value.items)
                    if value.others:
                        yield NOTHING, value.others
                else:
                    yield from self._merged(self.evaluator.members.elements(frozenset({value})))

    def _merged(self, elements: Values) -> Iterator[tuple[Values, Values]]:
        """What `update([(key, value)])` or `extend([value])` puts in."""
        for element in elements:
            match element:
                case Sequence((keys, held)):
                    yield keys, held
                    yield NOTHING, frozenset({element})
                case _:
                    yield NOTHING, frozenset({element})

    def situations(self, parts: list[Expression]) -> Iterator[tuple[Values, ...]]:
        """What expressions of one place give together: once for each call of the function around it, where that
        matters; as they are where no call is known.
        """
        values = tuple(self.evaluator.values(part) for part in parts)
        owner = function_around(parts[0].scope)
        if owner is None or not any(self._depends(given) for given in values):
            yield values
            return
        known = False
        for call in self.calls(owner):
            known = True
            yield tuple(self.evaluator.values(part._replace(frame=call.frame)) for part in parts)
        if not known:
            yield values

    def _depends(self, values: Values) -> bool:
        return next(parameters_in(self.evaluator, values), None) is not None

    # -- calls ---------------------------------------------------------------------------------------------

    def calls(self, scope: Scope) -> tuple[_Call, ...]:
        """The calls of a function of the project that are known, each as the frame that it makes."""
        known = self._calls.get(scope)
        if known is not None:
            return known
        if scope in self._asking or len(self._asking) >= _DEPTH or self._asked >= _FUNCTIONS:
            self.evaluator.cuts += 1
            return ()
        self._asked += not self._asking
        cuts = self.evaluator.cuts
        self._asking.append(scope)
        try:
            found: dict[tuple[Frame, Scope | None], _Call] = {}
            for call in self._found(scope):
                found.setdefault((call.frame, call.owner), call)
                if len(found) >= _CALLS:
                    break
        finally:
            self._asking.pop()
        calls = tuple(found.values())
        if not self._asking or self.evaluator.cuts == cuts:
            self._calls[scope] = calls
        return calls

    def _found(self, scope: Scope) -> Iterator[_Call]:
        modules, names = self._callers(scope)
        for module in modules:
            vocabulary = self.evaluator.modules.vocabulary(module)
            for call in vocabulary.calls(names):
                here = Expression(call.node, call.scope, call.statement, None)
                yield from self._made(scope, here, None)
            words = vocabulary.spread(names)
            for decorated in (*module.functions, *module.classes):
                decorators = getattr(decorated.node, "decorator_list", ())
                if decorators and any(not words.isdisjoint(names_in(one)) for one in decorators):
                    yield from self._decorations(scope, decorated, decorators)

    def _decorations(self, scope: Scope, decorated: Scope, decorators: Iterable[ast.expr]) -> Iterator[_Call]:
        calls = self.evaluator.calls
        around = decorated.parent or decorated
        values: Values = frozenset({Class(decorated) if decorated.kind == "class" else Function(decorated)})
        for decorator in reversed(tuple(decorators)):
            here = Expression(decorator, around, decorated.statement, None)
            yield from self._made(scope, here, values)
            if decorated.kind == "function":
                values = NOTHING.union(*(calls.apply(here, value) for value in values))

    def _made(self, scope: Scope, here: Expression, decorated: Values | None) -> Iterator[_Call]:
        """The calls of `scope` at one place: by a call, or by a decorator that is given `decorated`."""
        owner = function_around(here.scope)
        given = tuple(self._given(scope, here, decorated))
        if owner is not None and any(self._depends(values) for _, _, bound in given for values in bound):
            outer = [call.frame for call in self.calls(owner)]
            if outer:
                given = tuple(
                    one for frame in outer for one in self._given(scope, here._replace(frame=frame), decorated)
                )
        for function, arguments, _ in given:
            frame = self.evaluator.calls.frame(function, arguments)
            if frame is not None:
                yield _Call(frame, owner)

    def _given(
        self, scope: Scope, here: Expression, decorated: Values | None
    ) -> Iterator[tuple[Function, Arguments, list[Values]]]:
        """The function of `scope` as a place calls it, what it is given, and what that may be."""
        calls = self.evaluator.calls
        node = here.node
        callee = here if decorated is not None or not isinstance(node, ast.Call) else here._replace(node=node.func)
        for value in self.evaluator.values(callee):
            target, bound = unwrapped(value)
            for function in self._functions(target, scope):
                if decorated is not None:
                    arguments = Arguments((decorated,))
                else:
                    arguments = calls.arguments(node, here) if isinstance(node, ast.Call) else Arguments()
                arguments = bound.then(arguments)
                told = [calls.values_of(given) for given in calls.bind(function, arguments).values()]
                frame = function.frame
                while frame is not None:
                    told.extend(frame.arguments.values())
                    frame = frame.parent
                yield function, arguments, told

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

    # -- modules -------------------------------------------------------------------------------------------

    def _callers(self, scope: Scope) -> tuple[tuple[ModuleFacts, ...], frozenset[str]]:
        """The modules that may call a function, and the names under which they may know it."""
        known = self._modules.get(scope)
        if known is None:
            known = self._modules[scope] = self._mentioning(scope)
        return known

    def _mentioning(self, scope: Scope) -> tuple[tuple[ModuleFacts, ...], frozenset[str]]:
        modules = self.evaluator.modules
        names = frozenset(names_to_reach(scope))
        found = {scope.module: None}
        if self.evaluator.names.core_name(scope.module) is not None:
            return (), names
        offered: set[tuple[str, str]] = set()
        new = {(scan.word_of(scope.module.path), name) for name in names}
        while new:
            offered |= new
            wanted: dict[str, set[str]] = {}
            for word, name in new:
                wanted.setdefault(word, set()).add(name)
            for path in scan.mentioning(modules.project, wanted, {module.path for module in found}):
                facts = None if self._is_test(path) and not self._is_test(scope.module.path) else modules.facts(path)
                if facts is not None:
                    found[facts] = None
            handed = {(module, modules.vocabulary(module).handed_on(names)) for module in found}
            names = names.union(*(more for _, more in handed))
            new = {(scan.word_of(module.path), name) for module, more in handed for name in more} - offered
        return tuple(found), names

    def _is_test(self, path: str) -> bool:
        """Whether a module holds tests: what they put away is not there when the application runs."""
        parts = os.path.relpath(path, self.evaluator.modules.project.root).split(os.sep)
        return not {"tests", "test"}.isdisjoint(parts[:-1]) or parts[-1].startswith(("test_", "conftest."))


def function_around(scope: Scope | None) -> Scope | None:
    """The function in which a scope stands, or which it is."""
    while scope is not None and scope.kind not in ("function", "lambda"):
        scope = scope.parent
    return scope
