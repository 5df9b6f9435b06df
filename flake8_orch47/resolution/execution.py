"""What calling a function executes: the call graph, made on demand, and the ways in it that block.

A *body* is a function in one situation: what its parameters hold, as far as that decides what runs (a function
that is called, an object that is used). What it does is worked out once, whatever the number of callers.
"""

from __future__ import annotations

import ast
from collections import deque

from flake8_orch47.facts.operations import Operation, operations
from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.records import Entity, Record, Row, made_by
from flake8_orch47.resolution.calls import is_untold
from flake8_orch47.resolution.members import FACTORIES
from flake8_orch47.resolution.narrowing import callees_under, conditions_in, passing
from flake8_orch47.resolution.plain import Plain, PlainCall
from flake8_orch47.resolution.reach import BLOCKING, COROUTINE, Reach
from flake8_orch47.resolution.registrations import unwrapped
from flake8_orch47.resolution.telling import Telling
from flake8_orch47.resolution.values import (
    NOTHING,
    UNKNOWN,
    Argument,
    Arguments,
    Awaitable,
    BoundBuiltin,
    Cached,
    Class,
    Constant,
    Coroutine,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    Frame,
    Function,
    Generator,
    Instance,
    Maker,
    Namespace,
    Parameter,
    Partial,
    Sequence,
    Unknown,
    Value,
    Values,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_orch47.facts.operations import OperationKind
    from flake8_orch47.facts.scopes import Guards, ModuleFacts, Scope
    from flake8_orch47.knowledge.blocking.library import Argument as Condition
    from flake8_orch47.knowledge.blocking.library import Blocking, Callee
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Body", "Chain", "Execution", "Leaf", "Step", "order"]

#: One function is looked at in so many situations, by how many there are of all functions together; in any further
#: one without them. A callback of a real application reaches some hundred; one that reaches the insides of a large
#: library comes to many thousands, which differ in nothing that matters.
_SITUATIONS = ((1_000, 200), (4_000, 20), (10**9, 3))

#: After so many expressions what is further away from the callbacks stays unknown: a thousand callbacks with ten
#: thousand helpers take a tenth of it, a minute is over.
_WORK = 100_000

_BUILTIN_CONSUMERS = "list tuple set frozenset dict sorted sum any all min max next iter enumerate zip reversed"
#: Callables that iterate over their arguments. The lazy ones count where they are made: what they make is used.
_CONSUMERS = frozenset(
    {
        *(f"builtins.{name}" for name in _BUILTIN_CONSUMERS.split()),
        *(f"itertools.{name}" for name in "accumulate batched chain cycle islice pairwise product tee".split()),
        "builtins.dict.fromkeys",
        "itertools.chain.from_iterable",
        "collections.Counter",
        "collections.deque",
    }
)
#: Functions that iterate over what follows their first argument.
_MAPPERS = frozenset({"builtins.map", "builtins.filter", "itertools.filterfalse", "itertools.starmap"})
#: Methods of built-in containers and strings that iterate over their argument.
_CONSUMING_METHODS = frozenset({"extend", "update", "join", "union", "intersection", "difference"})


class Body(Row):
    """A function of the project in one situation."""

    scope: Scope
    frame: Frame | None


class Leaf(Row):
    """Something outside the project that blocks: its rule, what it is in words, its name.

    `origin` is the name as the tables know it, with the state that the object is in.
    """

    code: str
    what: str
    name: str
    origin: str = ""


class Step(Entity):
    """A place in a body that runs something: further bodies, or what blocks right away; `kind` says how."""

    module: ModuleFacts
    node: ast.expr
    bodies: tuple[Body, ...]
    leaves: tuple[Leaf, ...]
    kind: OperationKind = "call"

    def __init__(  # written out: there are many
        self,
        module: ModuleFacts,
        node: ast.expr,
        bodies: tuple[Body, ...],
        leaves: tuple[Leaf, ...],
        kind: OperationKind = "call",
    ) -> None:
        self.module = module
        self.node = node
        self.bodies = bodies
        self.leaves = leaves
        self.kind = kind


class Chain(Record):
    """The way from a boundary call to what blocks: `steps` from the boundary on, `leaf` at the end."""

    steps: tuple[Step, ...]
    leaf: Leaf


class _Ways(Entity):
    """For one code: how far a body is from a blocking call, and the step that leads there."""

    distance: dict[Body, int] = made_by(default_factory=dict)
    step: dict[Body, tuple[Step, Body | None, Leaf | None]] = made_by(default_factory=dict)


class Execution:
    """The call graph from async contexts.

    `configured` answers for a qualified name whether the user lists it as blocking (True), as not blocking
    (False), or says nothing (None); it is None itself where the user lists nothing. `target` is the version of
    orchestrator-core to judge for.
    """

    def __init__(
        self, evaluator: Evaluator, configured: Callable[[str], bool | None] | None, target: tuple[int, int]
    ) -> None:
        self.evaluator = evaluator
        self.configured = configured
        self.target = target
        self._steps: dict[Body, tuple[Step, ...]] = {}
        self._operations: dict[Scope, tuple[Operation, ...]] = {}
        self._plain: dict[Scope, list[Operation | PlainCall] | None] = {}
        self._situations: dict[Scope, set[Frame | None]] = {}
        self._told_apart = 0
        self._relevant: dict[Scope, set[str]] = {}
        self._names: dict[Scope, tuple[str, ...]] = {}
        self.reach = Reach(evaluator)
        self.telling = Telling(evaluator)
        self.plain = Plain(evaluator, self.reach)

    # -- the graph -----------------------------------------------------------------------------------------

    def steps(self, body: Body) -> tuple[Step, ...]:
        """What a body does that matters, in the order of the source."""
        known = self._steps.get(body)
        if known is None:
            known = self._steps[body] = tuple(self._steps_of(body))
        return known

    def happening(self, body: Body) -> Iterable[Operation | PlainCall]:
        """The operations of a body that may be reached in its situation, as far as they may run something."""
        plain = self._plain_operations(body)
        return self.running(body) if plain is None else plain

    def plain_callee(self, body: Body, call: ast.Call) -> Scope | None:
        """The sync function of the project that a call runs, where that is plain and nothing tells what runs there."""
        for one in self._plain_operations(body) or ():
            if isinstance(one, PlainCall) and one.node is call:
                return one.callee
        return None

    def _plain_operations(self, body: Body) -> list[Operation | PlainCall] | None:
        """The operations of a plain body. What the settings list may be anything, so may what a situation tells of."""
        scope, frame = body
        if frame is not None or self.configured is not None:
            return None
        if scope not in self._plain:
            self._plain[scope] = self.plain.operations(scope)
        return self._plain[scope]

    def running(self, body: Body) -> Iterator[Operation]:
        """The operations of a body that may be reached in its situation."""
        scope, frame = body
        guards: Guards = ()
        reached = True
        for operation in self.operations(scope):
            if operation.guards is not guards:
                guards = operation.guards
                reached = not guards or self.evaluator.calls.may_run(guards, scope, frame)
            if reached:
                yield operation

    def operations(self, scope: Scope) -> tuple[Operation, ...]:
        """The operations of a function's body."""
        known = self._operations.get(scope)
        if known is None:
            known = self._operations[scope] = operations(scope)
        return known

    def chains(self, bodies: Iterable[Body]) -> dict[str, _Ways]:
        """For each code, the shortest ways from every body that `bodies` reach to what blocks."""
        callers: dict[Body, list[tuple[Body, Step]]] = {}
        ways: dict[str, _Ways] = {}
        ends: dict[str, list[Body]] = {}
        queue = deque(body for body in dict.fromkeys(bodies) if self._may_block(body))
        seen = set(queue)
        while queue and self.evaluator.work < _WORK:
            body = queue.popleft()
            for step in self.steps(body):
                for leaf in step.leaves:
                    way = ways.setdefault(leaf.code, _Ways())
                    if body not in way.distance:
                        way.distance[body] = 0
                        way.step[body] = step, None, leaf
                        ends.setdefault(leaf.code, []).append(body)
                for inner in step.bodies:
                    callers.setdefault(inner, []).append((body, step))
                    if inner not in seen:
                        seen.add(inner)
                        if self._may_block(inner):
                            queue.append(inner)
        for code, way in ways.items():
            backwards = deque(ends[code])
            while backwards:
                inner = backwards.popleft()
                for body, step in callers.get(inner, ()):
                    if body not in way.distance:
                        way.distance[body] = way.distance[inner] + 1
                        way.step[body] = step, inner, None
                        backwards.append(body)
        return ways

    def reached(self, bodies: Iterable[Body]) -> Iterator[Body]:
        """The sync bodies that `bodies` lead to and in which the coroutine of a function of the project may be made."""
        queue = deque(dict.fromkeys(bodies))
        seen = set(queue)
        while queue and self.evaluator.work < _WORK:
            for step in self.steps(queue.popleft()):
                for inner in step.bodies:
                    if inner not in seen:
                        seen.add(inner)
                        if inner.frame is not None or self.reach.may(inner.scope, COROUTINE):
                            queue.append(inner)
                            yield inner

    def _may_block(self, body: Body) -> bool:
        """Whether a body is worth a look; where the user names calls that block, any is."""
        return body.frame is not None or self.configured is not None or self.reach.may(body.scope, BLOCKING)

    def may_give_coroutine(self, function: Function, arguments: Arguments) -> bool:
        """Whether what a call gives may be, or hold, the coroutine of a function of the project."""
        frame = self.evaluator.calls.frame(function, arguments)
        return frame is not None or self.reach.may(function.scope, COROUTINE)

    def chain(self, ways: _Ways, step: Step, body: Body) -> Chain:
        """The chain from `step`, which runs `body`, to what blocks."""
        found = [step]
        current: Body | None = body
        leaf: Leaf | None = None
        while current is not None and leaf is None:
            inner, current, leaf = ways.step[current]
            found.append(inner)
        if leaf is None:
            raise LookupError("a way without an end")
        return Chain(tuple(found), leaf)

    # -- bodies --------------------------------------------------------------------------------------------

    def body(self, function: Function, arguments: Arguments) -> Body:
        """The body that runs when `function` is called with `arguments`."""
        return self._situation(function, self.evaluator.calls.bind(function, arguments))

    def root(self, function: Function) -> Body:
        """The body of a function whose caller is not in the project: only `self` is known."""
        parameters = [*function.node.args.posonlyargs, *function.node.args.args]
        if function.receiver is None or not parameters:
            return self._situation(function, {})
        return self._situation(function, {parameters[0].arg: frozenset({function.receiver})})

    def body_of_frame(self, function: Function, frame: Frame | None) -> Body:
        """The body of a call that the evaluator has bound already."""
        bound: dict[str, Argument] = (
            dict(frame.arguments) if frame is not None and frame.scope is function.scope else {}
        )
        relevant = self._relevant_parameters(function.scope)
        return self._situation(function, {name: given for name, given in bound.items() if name in relevant})

    def _situation(self, function: Function, bound: dict[str, Argument]) -> Body:
        scope = function.scope
        kept: dict[str, Values] = {}
        for name, given in bound.items():
            if self._is_star(scope, name):  # how much is handed on decides which defaults count
                kept[name] = frozenset(self._shape(value) for value in self.evaluator.calls.values_of(given))
                continue
            if is_untold(given) and not scope.has_default(name):
                continue
            # What a module calls "static" today may be something else in another deployment.
            is_setting = isinstance(given, Expression) and self.evaluator.is_setting(given, given.node)
            reduced = {
                self._reduced(value) or (None if is_setting else self._deciding(value, scope, name))
                for value in self.evaluator.calls.values_of(given)
            }
            values = frozenset(value for value in reduced if value is not None)
            if values:
                kept[name] = values | UNKNOWN if None in reduced else values
            elif (parameter := scope.bindings[name][0]).value is not None:  # its default is not what it holds
                around = scope.parent or scope
                told = self.evaluator.annotations.instances(parameter.annotation, around, scope.statement)
                kept[name] = told or UNKNOWN
        if kept:
            relevant = self._relevant_parameters(scope)
            kept = {name: values for name, values in kept.items() if name in relevant}
        frame = self.evaluator.calls.intern(scope, kept, function.frame) if kept else function.frame
        situations = self._situations.setdefault(scope, set())
        if frame not in situations:
            if len(situations) >= next(most for total, most in _SITUATIONS if self._told_apart < total):
                return Body(scope, function.frame)
            self._told_apart += 1
            situations.add(frame)
        return Body(scope, frame)

    def _relevant_parameters(self, scope: Scope) -> set[str]:
        """The parameters that may decide what a body runs: those that it mentions; `super()` means the first."""
        known = self._relevant.get(scope)
        if known is None:
            mentioned = scope.mentioned()
            parameters = [name for name, bindings in scope.bindings.items() if bindings[0].kind == "parameter"]
            known = self._relevant[scope] = mentioned & frozenset(parameters)
            if "super" in mentioned:
                known.update(parameters[:1])
        return known

    def _reduced(self, value: Value, depth: int = 0) -> Value | None:
        """A value as far as it decides what runs; None if it does not."""
        match value:
            case Function() | Partial() | Class() | Cached() | Maker() | Generator() | Coroutine() | Awaitable():
                return value
            case External(name):
                return value if not name.startswith("builtins.") else None
            case ExternalInstance(cls):
                return None if cls in core.USER_MODEL or cls == core.AUTH_CONTEXT else value
            case Constant(value=None | bool()):
                return value
            case Instance(cls, frame):
                known = None if frame is None or depth > 2 else self._reduced_frame(frame, depth)
                return Instance(cls, known, site=value.site)
            case Dictionary():
                return value if any(self._reduced(inner, depth + 1) for inner in value.values) else None
            case Sequence():
                return value if any(self._reduced(v, depth + 1) for e in value.elements for v in e) else None
            case Elements():
                return value if any(self._reduced(inner, depth + 1) for inner in value.of) else None
            case Namespace():
                return value if any(self._reduced(v, depth + 1) for _, held in value.attributes for v in held) else None
        return None

    def _is_star(self, scope: Scope, name: str) -> bool:
        """Whether a parameter is `*args` or `**kwargs`."""
        if scope.function is None:
            return False
        arguments = scope.function.args
        return any(star is not None and star.arg == name for star in (arguments.vararg, arguments.kwarg))

    def _shape(self, value: Value, depth: int = 0) -> Value:
        """What a `*args` or `**kwargs` holds: how many, under which names, and of each what decides what runs."""
        shape: Value = Unknown()
        match value:
            case Sequence(elements):
                shape = Sequence(tuple(self._each_reduced(element, depth) for element in elements))
            case Dictionary(items, others):
                named = tuple((key, self._each_reduced(held, depth)) for key, held in items)
                shape = Dictionary(named, self._each_reduced(others, depth))
        return shape

    def _each_reduced(self, values: Values, depth: int) -> Values:
        return frozenset(self._reduced(value, depth) or Unknown() for value in values)

    def _deciding(self, value: Value, scope: Scope, name: str) -> Value | None:
        """A text or number, where the parameter that it is given for decides what runs."""
        if not isinstance(value, Constant) or not isinstance(value.value, str | int):
            return None
        tells = self.telling.attribute if scope.kind == "class" else self.telling.parameter
        return value if tells(scope, name) else None

    def _reduced_frame(self, frame: Frame, depth: int) -> Frame:
        """The call of a constructor, as far as it decides what runs: the rest of its arguments is unknown."""
        bound: dict[str, Values] = {}
        for name, values in frame.arguments.items():
            if self._is_star(frame.scope, name):
                bound[name] = frozenset(self._shape(value, depth + 1) for value in values)
                continue
            reduced = {self._reduced(value, depth + 1) or self._deciding(value, frame.scope, name) for value in values}
            known = frozenset(value for value in reduced if value is not None)
            bound[name] = known | UNKNOWN if None in reduced or not known else known
        return self.evaluator.calls.intern(frame.scope, bound, frame.parent, frame.depth)

    # -- steps ---------------------------------------------------------------------------------------------

    def _steps_of(self, body: Body) -> Iterator[Step]:
        for operation in self.happening(body):
            if isinstance(operation, PlainCall):
                yield Step(body.scope.module, operation.node, (Body(operation.callee, None),), (), "call")
            elif (step := self._step(operation, body)) is not None:
                yield step

    def _step(self, operation: Operation, body: Body) -> Step | None:
        """What an operation runs; None for nothing."""
        if operation.given_to is not None and self._runs_elsewhere(operation, operation.given_to, body.frame):
            return None
        bodies: dict[Body, None] = {}
        leaves: dict[Leaf, None] = {}
        for found in self._runs(operation, body.frame):
            if isinstance(found, Leaf):
                leaves[found] = None
            else:
                bodies[found] = None
        if not bodies and not leaves:
            return None
        # Values are sets, and their order is that of memory: what is told must not depend on it.
        inner = tuple(bodies) if len(bodies) < 2 else tuple(sorted(bodies, key=order))
        blocking = tuple(leaves) if len(leaves) < 2 else tuple(sorted(leaves))
        return Step(body.scope.module, operation.node, inner, blocking, operation.kind)

    def _runs_elsewhere(self, operation: Operation, call: ast.Call, frame: Frame | None) -> bool:
        """Whether a call hands what it is given to a thread: `asyncio.to_thread(any, map(check, users))`."""
        callees = self.evaluator.values(Expression(call.func, operation.scope, operation.statement, frame))
        return all(isinstance(one, External) and libraries.offloading(one.name) is not None for one in callees)

    def _runs(self, operation: Operation, frame: Frame | None) -> Iterator[Body | Leaf]:
        here = Expression(operation.node, operation.scope, operation.statement, frame)
        match operation.kind:
            case "call":
                yield from self._called(here, operation.guards)
            case "attribute":
                yield from self._read(here)
            case "assigned attribute":
                yield from self._set(here)
            case "subscript":
                yield from self._indexed(self._receivers(here))
            case "enter":
                yield from self._entered(self.evaluator.values(here))
            case "iterate":
                yield from self._iterated(self.evaluator.values(here))
            case "contains":
                values = self.evaluator.values(here)
                found = [*self._special(values, ("__contains__",)), *self._operated(values, "__contains__")]
                yield from found or self._iterated(values)
            case "truth":
                values = self.evaluator.values(here)
                yield from list(self._special(values, ("__bool__",))) or self._special(values, ("__len__",))

    def _receivers(self, here: Expression) -> Values:
        node = here.node
        if not isinstance(node, ast.Attribute | ast.Subscript):
            return NOTHING
        return self.evaluator.at(here, node.value)

    def _called(self, here: Expression, guards: Guards = ()) -> Iterator[Body | Leaf]:
        node = here.node
        if not isinstance(node, ast.Call):
            return
        arguments: Arguments | None = None
        callees = self.evaluator.at(here, node.func)
        text = here.scope.module.text
        if guards and ("isinstance" in text or "case " in text):
            left = callees_under(self.evaluator, here._replace(node=node.func), conditions_in(guards, here.scope))
            if left or (left is not None and not all(map(_is_untold, callees))):
                callees = left
        if guards and "iscoroutinefunction" in text:
            callees = passing(self.evaluator, callees, node.func, conditions_in(guards, here.scope))
        for callee in callees:
            if arguments is None:
                arguments = self.evaluator.calls.arguments(node, here)
            yield from self.run(callee, arguments)

    def called(self, here: Expression, guards: Guards = ()) -> Iterator[Body]:
        """The sync functions of the project that a call runs which is reached under some conditions."""
        return (found for found in self._called(here, guards) if isinstance(found, Body))

    def run(self, callee: Value, arguments: Arguments) -> Iterator[Body | Leaf]:
        """What calling a value runs."""
        target, bound = unwrapped(callee)
        arguments = bound.then(arguments)
        match target:
            case Function(kind="dispatch"):
                for function in self.evaluator.dispatch.chosen(target, arguments):
                    yield from self._run_function(function, arguments)
            case Function():
                yield from self._run_function(target, arguments)
            case Cached():
                yield from self.run(target.function, arguments)
            case Class():
                yield from self._constructed(target, arguments)
            case Instance():
                for method in self.evaluator.members.method(target.cls, "__call__", target) or NOTHING:
                    if not isinstance(method, Instance):
                        yield from self.run(method, arguments)
            case External() | Maker():
                yield from self._external(target.name, arguments)
            case ExternalInstance():
                yield from self._external(f"{target.cls}.__call__", arguments)
            case BoundBuiltin(_, name) if name in _CONSUMING_METHODS and arguments.positional:
                yield from self._iterated(self.evaluator.calls.values_of(arguments.positional[0]))

    def _run_function(self, function: Function, arguments: Arguments) -> Iterator[Body | Leaf]:
        answer = self._configured_for(function.scope)
        if answer is False:
            return
        if answer:
            yield Leaf("ORC308", "a call that the settings list as blocking", self.names_of(function.scope)[0])
            return
        if self.evaluator.calls.is_async(function) or function.scope.is_generator:
            return  # calling it only makes a coroutine or a generator
        yield self.body(function, arguments)

    def _constructed(self, cls: Class, arguments: Arguments) -> Iterator[Body | Leaf]:
        answer = self._configured_for(cls.scope)
        if answer is False:
            return
        if answer:
            yield Leaf("ORC308", "a call that the settings list as blocking", self.names_of(cls.scope)[0])
            return
        members = self.evaluator.members
        made = [value for value in self.evaluator.calls.call(cls, arguments) if isinstance(value, Instance)]
        instance: Instance = made[0] if made else Instance(cls)
        for name in ("__new__", "__init__", "__post_init__"):
            given = Arguments() if name == "__post_init__" else arguments
            for method in members.method(cls, name, cls if name == "__new__" else instance) or NOTHING:
                if isinstance(method, Function):
                    if name == "__new__":
                        method = Function(method.scope, method.frame, cls)
                    yield from self._run_function(method, given)
        fields = members.fields(cls) or {}
        given_names = {name for name, _ in arguments.keywords} | set(list(fields)[: len(arguments.positional)])
        for name, binding in fields.items():
            if name not in given_names and isinstance(binding.value, ast.Call):
                for keyword in binding.value.keywords:
                    if keyword.arg in FACTORIES:
                        factory = Expression(keyword.value, binding.scope, binding.statement, None)
                        for value in self.evaluator.values(factory):
                            yield from self.run(value, Arguments())
        if members.method(cls, "__init__", instance) is None or not any(
            isinstance(owner, Class) and "__init__" in owner.scope.bindings for owner in members.line(cls)
        ):
            for owner in members.line(cls):
                if isinstance(owner, External):
                    yield from self._external(owner.name, arguments)

    def _external(self, name: str, arguments: Arguments) -> Iterator[Body | Leaf]:
        name = name.removesuffix(".__init__")
        if (answer := self._configured_name(name)) is not None:
            if answer:
                yield Leaf("ORC308", "a call that the settings list as blocking", name)
            return
        if libraries.offloading(name) is not None:
            return
        fact = libraries.blocking(name)
        if fact is None and name.endswith((".__enter__", ".__exit__")):  # called by its name, as `with` would
            cls, _, method = name.rpartition(".")
            fact = libraries.entering(cls) if method == "__enter__" else libraries.leaving(cls)
        if fact is not None and self._counts(fact, arguments):
            yield Leaf(fact.code, fact.what, self._shown(name), name)
        if (callee := libraries.calls_argument(name)) is not None:
            given = arguments.get(callee.name, callee.position)
            for value in self.evaluator.calls.values_of(given):
                yield from self.run(value, self._given_on(arguments, callee))
        if (position := libraries.enters_argument(name)) is not None:
            yield from self._entered(self.evaluator.calls.values_of(arguments.get("", position)))
        for argument in arguments.positional[1 if name in _MAPPERS else 0 :]:
            if (name in _CONSUMERS or name in _MAPPERS) and not _is_literal(argument):
                yield from self._iterated(self.evaluator.calls.values_of(argument))
        if name == "builtins.getattr" and len(arguments.positional) > 1:
            receivers, names = (self.evaluator.calls.values_of(given) for given in arguments.positional[:2])
            read = [one.value for one in names if isinstance(one, Constant) and isinstance(one.value, str)]
            for receiver in receivers:
                for getter in (getter for one in read for getter in self.evaluator.members.getters(receiver, one)):
                    yield from self._run_function(getter, Arguments())
        asked = arguments.positional[0] if arguments.positional and name in ("builtins.len", "builtins.bool") else None
        if asked is not None and not _is_literal(asked):
            values = self.evaluator.calls.values_of(asked)
            yield from self._special(values, ("__len__",) if name == "builtins.len" else ("__bool__", "__len__"))

    def _given_on(self, arguments: Arguments, callee: Callee) -> Arguments:
        """The arguments with which a callable runs the function that it is given."""
        if callee.each is not None:
            given = (one for at, one in enumerate(arguments.positional) if at >= callee.each and at != callee.position)
            elements, values_of = self.evaluator.members.elements, self.evaluator.calls.values_of
            return Arguments(tuple(elements(values_of(one)) for one in given))
        if callee.position is None:
            return Arguments()
        return Arguments(arguments.positional[callee.position + 1 :], ())

    def _counts(self, fact: Blocking, arguments: Arguments) -> bool:
        if fact.coroutine:
            return False  # only awaiting it does anything
        if fact.until and self.target >= tuple(int(part) for part in fact.until.split(".")[:2]):
            return False
        if any(self._holds(condition, arguments) for condition in fact.unless):
            return False
        return not fact.only_if or any(self._holds(condition, arguments) for condition in fact.only_if)

    def _holds(self, condition: Condition, arguments: Arguments) -> bool:
        given = arguments.get(condition.name, condition.position)
        if given is None:
            return False
        if not (condition.values or condition.names or condition.types):
            return True
        for value in self.evaluator.calls.values_of(given):
            match value:
                case Constant():
                    if any(value.value == one for one in condition.values):
                        return True
                case External(name):
                    if name in condition.names:
                        return True
                case ExternalInstance(cls):
                    if any(kind in condition.types for kind in libraries.family(cls)):
                        return True
        return False

    def _read(self, here: Expression) -> Iterator[Body | Leaf]:
        """Reading an attribute runs it if it is a property."""
        node = here.node
        if isinstance(node, ast.Attribute):
            for receiver in self._receivers(here):
                for getter in self.evaluator.members.getters(receiver, node.attr):
                    yield from self._run_function(getter, Arguments())

    def _set(self, here: Expression) -> Iterator[Body | Leaf]:
        """Setting an attribute runs the setter of a property."""
        node = here.node
        if isinstance(node, ast.Attribute):
            for receiver in self.evaluator.at(here, node.value):
                for setter in self.evaluator.members.setters(receiver, node.attr):
                    yield from self._run_function(setter, Arguments())

    def _special(self, values: Values, names: tuple[str, ...]) -> Iterator[Body | Leaf]:
        """What the syntax calls on instances of the project's classes: the first of `names` that there is."""
        for value in values:
            if isinstance(value, Instance):
                for name in names:
                    methods = self.evaluator.members.method(value.cls, name, value)
                    if methods is not None:
                        for method in methods:
                            if isinstance(method, Function | Cached | Partial):
                                yield from self.run(method, Arguments())
                        break

    def _indexed(self, values: Values) -> Iterator[Body | Leaf]:
        yield from self._special(values, ("__getitem__",))
        yield from self._operated(values, "__getitem__")

    def _operated(self, values: Values, name: str) -> Iterator[Body | Leaf]:
        """What the syntax calls on instances of classes outside the project: `query[0]`, `key in redis`."""
        for value in values:
            for cls in self._libraries_of(value, name):
                if libraries.blocking(f"{cls}.{name}") is not None:
                    yield from self._external(f"{cls}.{name}", Arguments())

    def _libraries_of(self, value: Value, name: str) -> Iterator[str]:
        """The class outside the project that gives an object a special method: its own class, or a base."""
        if isinstance(value, ExternalInstance):
            yield value.cls
        elif isinstance(value, Instance):
            yield from self.evaluator.members.libraries(value, name)

    def _entered(self, values: Values) -> Iterator[Body | Leaf]:
        for value in values:
            match value:
                case Generator(context=True):
                    if not self.evaluator.calls.is_async(value.function):
                        yield self.body_of_frame(value.function, value.frame)
                case Instance() | ExternalInstance():
                    for name, known in (("__enter__", libraries.entering), ("__exit__", libraries.leaving)):
                        yield from self._special(frozenset({value}), (name,))
                        for cls in self._libraries_of(value, name):
                            yield from self._by_syntax(known(cls), f"with {self._shown(cls)}", cls)

    def _by_syntax(self, fact: Blocking | None, what: str, cls: str) -> Iterator[Leaf]:
        """What the syntax does to an object of a library's class that blocks."""
        if fact is not None and self._configured_name(cls) is None and self._counts(fact, Arguments()):
            yield Leaf(fact.code, fact.what, what, cls)

    def _iterated(self, values: Values) -> Iterator[Body | Leaf]:
        for value in values:
            match value:
                case Generator():
                    if not self.evaluator.calls.is_async(value.function):
                        yield self.body_of_frame(value.function, value.frame)
                case Instance():
                    yield from self._special(frozenset({value}), ("__iter__",))
                    iterators: set[Value] = {value}
                    for method in self.evaluator.members.method(value.cls, "__iter__", value) or NOTHING:
                        made = self.evaluator.calls.call(method, Arguments())
                        yield from self._iterated(frozenset(one for one in made if isinstance(one, Generator)))
                        iterators |= {one for one in made if isinstance(one, Instance)}
                    yield from self._special(frozenset(iterators), ("__next__",))
                    for cls in self._libraries_of(value, "__iter__"):
                        yield from self._by_syntax(libraries.iterating(cls), f"iterating over {self._shown(cls)}", cls)
                case ExternalInstance(cls):
                    yield from self._by_syntax(libraries.iterating(cls), f"iterating over {self._shown(cls)}", cls)

    # -- names ---------------------------------------------------------------------------------------------

    def _shown(self, name: str) -> str:
        """A name as the project writes it: with the namespace of 5.x where it goes there."""
        name = libraries.without_state(name).removeprefix("builtins.").removesuffix(".__call__")
        if self.target >= (5, 0) and name.startswith("orchestrator."):
            return "orchestrator.core." + name.removeprefix("orchestrator.")
        return name

    def _configured_name(self, name: str) -> bool | None:
        if self.configured is None:
            return None
        name = libraries.without_state(name)
        for spelling in dict.fromkeys((libraries.canonical(name), name.removeprefix("builtins."), self._shown(name))):
            if (answer := self.configured(spelling)) is not None:
                return answer
        if name.startswith("orchestrator."):
            return self.configured("orchestrator.core." + name.removeprefix("orchestrator."))
        return None

    def _configured_for(self, scope: Scope) -> bool | None:
        if self.configured is None:
            return None
        for name in self.names_of(scope):
            if (answer := self.configured(name)) is not None:
                return answer
        return None

    def names_of(self, scope: Scope) -> tuple[str, ...]:
        """The qualified names of a function or class of the project, as its imports may spell them."""
        known = self._names.get(scope)
        if known is None:
            parts: list[str] = []
            at: Scope | None = scope
            while at is not None and at.kind != "module":
                parts.append(getattr(at.node, "name", "<lambda>"))
                at = at.parent
            own = ".".join(reversed(parts))
            modules = self.evaluator.modules.project.dotted_names(scope.module.path)
            known = self._names[scope] = tuple(f"{module}.{own}" for module in modules) or (own,)
        return known


def _is_untold(value: Value) -> bool:
    if isinstance(value, BoundBuiltin):
        value = value.receiver
    return isinstance(value, Unknown | Parameter)


def order(body: Body) -> tuple[str, int, int]:
    """Where a body stands: an order of bodies that is the same in every run."""
    node = body.scope.node
    return body.scope.module.path, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


#: Displays, which are no objects of a class of the project, and run nothing when they are gone through.
_LITERALS = frozenset({ast.Dict, ast.List, ast.Set, ast.Tuple, ast.Constant, ast.JoinedStr})


def _is_literal(argument: Argument) -> bool:
    """Whether an argument is a display, or a local variable that is one and nothing else."""
    if isinstance(argument, frozenset):
        return False
    node = argument.node
    if isinstance(node, ast.Name):
        bindings = argument.scope.bindings.get(node.id, ())
        return (
            len(bindings) == 1
            and bindings[0].kind == "assign"
            and not bindings[0].path
            and bindings[0].value.__class__ in _LITERALS
        )
    return node.__class__ in _LITERALS
