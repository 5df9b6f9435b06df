"""Registrations: every place where an authorization callback is handed to the framework."""

from __future__ import annotations

import ast

from flake8_orch47.facts.operations import is_type_checking
from flake8_orch47.facts.scopes import CallFact
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.records import Entity, Record
from flake8_orch47.resolution.narrowing import conditions_in, passing
from flake8_orch47.resolution.values import (
    NOTHING,
    Argument,
    Arguments,
    Cached,
    Class,
    Constant,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    Frame,
    Function,
    Instance,
    Parameter,
    Partial,
    Sequence,
    Value,
    Values,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from flake8_orch47.facts.scopes import AttributeAssignment, ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = [
    "Registration",
    "Registrations",
    "closed_over",
    "first_parameter",
    "method_around",
    "names_to_reach",
    "parameters_in",
    "unwrapped",
]

#: Wrappers inside closures inside partials deeper than this are not looked into for parameters.
_DEPTH = 4


class Registration(Record):
    """One callback expression handed to the framework.

    `node` in `module` is the expression at the registration; `parameter` what it was handed over as; `values`
    what it may be.
    """

    module: ModuleFacts
    node: ast.expr
    parameter: str
    values: Values


class _Wrapper(Entity):
    """A function of the project that hands one of its parameters on to a registration.

    `node` is what it hands on; `resolve` gives what is registered for one call of it; `parameters` are those that
    take part.
    """

    node: ast.expr
    parameter: str
    parameters: frozenset[Parameter]
    resolve: Callable[[Frame | None, Instance | None], Values]


class Registrations:
    """Finds registrations module by module; wrappers that turn up later apply to modules seen before."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.found: dict[tuple[ast.expr, str], Registration] = {}
        self.wrappers: dict[Scope, list[_Wrapper]] = {}
        self._known: set[tuple[Scope, ast.AST, str]] = set()
        self._calls: dict[CallFact, tuple[tuple[Function | Class, Arguments], ...]] = {}
        #: the modules, each with the words that were looked for in it
        self._modules: dict[ModuleFacts, frozenset[str] | None] = {}
        self.words = _WORDS
        #: expressions that hand a parameter on to a registration: what the callers give is registered
        self.forwarded: set[ast.expr] = set()
        #: those of them for which a caller is known
        self.answered: set[ast.expr] = set()
        self._applied: set[tuple[CallFact, _Wrapper]] = set()
        #: the parameters on which values depend
        self._depending: dict[Values, frozenset[Parameter]] = {}
        self._decorators: set[ast.expr] = set()

    def add(self, modules: Iterable[ModuleFacts], names: Iterable[str] = ()) -> None:
        """Looks for registrations in further modules, and for calls of every wrapper known by then.

        `names` are those under which modules hand on the framework's callables.
        """
        added = [module for module in modules if module not in self._modules]
        self._modules.update(dict.fromkeys(added, None))
        for module in added:
            for assignment in module.attributes:
                self._assignment(assignment)
        self.words |= frozenset(names)
        while due := self._due():
            for module in due:
                for call in (*self._candidates(module), *self._decorations(module)):
                    self._call(call)
            self._apply_wrappers()
            self.words |= {name for scope in self.wrappers for name in names_to_reach(scope)}
            for module in due:
                self.words |= self.evaluator.modules.vocabulary(module).handed_on(self.words)

    def _due(self) -> list[ModuleFacts]:
        """The modules with a word that nobody has looked for in them."""
        due = []
        for module, known in self._modules.items():
            if known is self.words:
                continue
            self._modules[module] = self.words
            if known is None or self.evaluator.modules.vocabulary(module).mentions(self.words - known):
                due.append(module)
        return due

    def _candidates(self, module: ModuleFacts) -> Iterator[CallFact]:
        """The calls not looked at yet that may register a callback: by their callee's name, or a keyword."""
        for call in self.evaluator.modules.vocabulary(module).calls(self.words):
            func = call.node.func
            if call not in self._calls and not (isinstance(func, ast.Attribute) and func.attr in core.CALLBACK_NAMES):
                yield call
        for call in self.evaluator.modules.vocabulary(module).calls_with(_KEYWORDS):
            if call not in self._calls:
                yield call

    def _decorations(self, module: ModuleFacts) -> Iterator[CallFact]:
        """The decorators not looked at yet that may register what they decorate, as the calls that they are."""
        vocabulary = self.evaluator.modules.vocabulary(module)
        names = vocabulary.spread(self.words)
        for name, decorator, scope in vocabulary.decorators:
            if name not in names or decorator in self._decorators or scope.parent is None or scope.statement is None:
                continue
            self._decorators.add(decorator)
            given = ast.copy_location(ast.Name(scope.node.name, ast.Load()), decorator)  # type: ignore[union-attr]
            call = ast.copy_location(ast.Call(decorator, [given], []), decorator)
            yield CallFact(call, scope.parent, scope.statement, ())

    # -- registrations -------------------------------------------------------------------------------------

    def _call(self, call: CallFact) -> None:
        if call in self._calls:
            return
        if any(branch and is_type_checking(condition.test) for condition, branch in call.guards):
            self._calls[call] = ()  # it never runs
            return
        here = Expression(call.node, call.scope, call.statement, None)
        callees = self.evaluator.at(here, call.node.func)
        project: list[tuple[Function | Class, Arguments]] = []
        for callee in callees:
            target, bound = unwrapped(callee)
            for registering in self._passed_on_to(target):
                for parameter in core.REGISTRATIONS.get(registering.name, ()):
                    self._register(call, parameter.name, self._extractor(call, bound, parameter))
            if not isinstance(target, External):
                project.extend((inner, bound) for inner in self._targets(target))
        self._calls[call] = tuple(project)

    def _passed_on_to(self, target: Value) -> Iterator[External]:
        """What a call outside the project runs, itself or through a decorator of the project that hands all on."""
        if isinstance(target, External):
            yield target
        elif isinstance(target, Function) and target.node.args.kwarg is not None:
            frame = target.frame
            while frame is not None:
                yield from (one for held in frame.arguments.values() for one in held if isinstance(one, External))
                frame = frame.parent

    def _extractor(self, call: CallFact, bound: Arguments, parameter: core.CallbackParameter) -> _Extract:
        def extract(frame: Frame | None, instance: Instance | None = None) -> Argument | None:
            if instance is not None:
                frame = self._method_frame(call.scope, instance, frame)
            here = Expression(call.node, call.scope, call.statement, frame)
            arguments = bound.then(self.evaluator.calls.arguments(call.node, here))
            given = arguments.get(parameter.name, parameter.position)
            written = any(keyword.arg == parameter.name for keyword in call.node.keywords)
            if given is not None and written:
                return given
            others = arguments.keyword_rest | (NOTHING if given is not None else arguments.rest)
            forwarded = frozenset(value for value in others if isinstance(value, Parameter))
            if arguments.keyword_rest or (given is not None and not written):  # from a `**dictionary`
                from flake8_orch47.resolution.removals import left_after_removal  # most projects need it never

                left = left_after_removal(self.evaluator, call, parameter.name, frame)
                if left is not None:
                    return (forwarded or left) if left else None
            return self.evaluator.calls.values_of(given) | forwarded if forwarded else given

        return extract

    def _register(self, call: CallFact, parameter: str, extract: _Extract) -> None:
        argument = extract(None)
        if argument is None:
            return
        values = self.evaluator.calls.values_of(argument)
        node = argument.node if isinstance(argument, Expression) else call.node
        if call.guards:
            values = passing(self.evaluator, values, node, conditions_in(call.guards, call.scope))
        self._record(call.scope.module, node, parameter, values)

        def resolve(frame: Frame | None, instance: Instance | None) -> Values:
            if frame is not None and not self.evaluator.calls.may_run(call.guards, call.scope, frame):
                return NOTHING
            return self.evaluator.calls.values_of(extract(frame, instance))

        self._wrap(node, parameter, values, resolve, call.scope)

    def _assignment(self, assignment: AttributeAssignment) -> None:
        attribute = assignment.target.attr
        if attribute not in core.CALLBACK_NAMES:
            return
        here = Expression(assignment.target.value, assignment.scope, assignment.statement, None)
        module = assignment.scope.module
        if self.evaluator.names.core_name(module) is None:
            owners = self.evaluator.values(here)
            if any(isinstance(owner, Parameter) for owner in owners):  # what it is given decides
                owners |= self.evaluator.state.in_all_calls(here)
            if not any(_has_callback(owner, attribute) for owner in owners):
                return
        value = here._replace(node=assignment.value)
        self._assigned(module, attribute, value, assignment.path)

    def _assigned(self, module: ModuleFacts, attribute: str, here: Expression, path: tuple[int, ...]) -> None:
        def resolve(frame: Frame | None, instance: Instance | None = None) -> Values:
            if instance is not None:
                frame = self._method_frame(here.scope, instance, frame)
            values = self.evaluator.values(here._replace(frame=frame))
            for step in path:
                values = self.evaluator.members.items(values, frozenset({Constant.of(step)}))
            return values

        values = resolve(None)
        self._record(module, here.node, attribute, values)
        self._wrap(here.node, attribute, values, resolve, here.scope)

    def _record(self, module: ModuleFacts, node: ast.expr, parameter: str, values: Values) -> None:
        own: Values = frozenset(value for value in values if not isinstance(value, Parameter))
        if own != values:  # what a parameter is annotated with says nothing about what it is given
            own = frozenset(value for value in own if not (isinstance(value, Instance) and value.declared))
        if not own and values:
            return  # a wrapper's parameter: its callers decide
        key = (node, parameter)
        known = self.found.get(key)
        if known is not None:
            own |= known.values
        self.found[key] = Registration(module, node, parameter, own)

    # -- wrappers ------------------------------------------------------------------------------------------

    def _wrap(
        self,
        node: ast.expr,
        parameter: str,
        values: Values,
        resolve: Callable[[Frame | None, Instance | None], Values],
        scope: Scope,
    ) -> None:
        parameters = self._depending.get(values)
        if parameters is None:  # every entry of a table is asked for by every caller
            parameters = self._depending[values] = frozenset(parameters_in(self.evaluator, values))
        owners = {found.scope for found in parameters}
        method = method_around(scope)
        if method is not None and not owners and _mentions_self(node, method):
            owners = {method}  # what `self.x` is depends on whose method it is
        if owners:
            self.forwarded.add(node)
        for owner in owners:
            key = (owner, node, parameter)
            if key not in self._known:
                self._known.add(key)
                own = frozenset(found for found in parameters if found.scope is owner)
                self.wrappers.setdefault(owner, []).append(_Wrapper(node, parameter, own, resolve))

    def _method_frame(self, scope: Scope, instance: Instance, frame: Frame | None) -> Frame | None:
        """The frame for a method's body when `self` is `instance`: `frame` if it is that method's own call, with
        the object in it.
        """
        method = method_around(scope)
        if method is None:
            return frame
        if frame is None or frame.scope is not method:
            return self.evaluator.calls.method_frame(instance, method)
        first = first_parameter(method)
        if first is None or instance.frame is not frame:
            return frame
        # A constructor does not know yet what the object holds that it makes.
        known = {**frame.arguments, first: frozenset[Value]({instance})}
        return self.evaluator.calls.intern(method, known, frame.parent, frame.depth)

    def _apply_wrappers(self) -> None:
        """Applies wrappers to the calls of them, which may make wrappers of the callers, until nothing is new."""
        while True:
            before = len(self._known)
            for call, targets in tuple(self._calls.items()):
                for target, bound in targets:
                    for wrapper in tuple(self._wrappers_of(target)):
                        if (call, wrapper) not in self._applied:
                            self._applied.add((call, wrapper))
                            self._wrapped(call, target, bound, wrapper)
            if len(self._known) == before:
                return

    def _wrappers_of(self, target: Function | Class) -> Iterator[_Wrapper]:
        if isinstance(target, Function):
            yield from self.wrappers.get(target.scope, ())
            return
        for owner in self.evaluator.members.line(target):
            if isinstance(owner, Class):
                yield from self.wrappers.get(owner.scope, ())
        for name in ("__init__", "__call__"):  # an object that is made is also one that decorates
            for method in self.evaluator.members.method(target, name, Instance(target)) or NOTHING:
                if isinstance(method, Function):
                    yield from self.wrappers.get(method.scope, ())

    def _wrapped(self, call: CallFact, target: Function | Class, bound: Arguments, wrapper: _Wrapper) -> None:
        """One call of a wrapper: what it registers, and who has to be asked if that is a parameter again."""

        def resolve(frame: Frame | None, instance: Instance | None = None) -> Values:
            if frame is not None and not self.evaluator.calls.may_run(call.guards, call.scope, frame):
                return NOTHING
            if instance is not None:
                frame = self._method_frame(call.scope, instance, frame)
            inner, made = self._frame_of(call, target, bound, frame)
            return wrapper.resolve(inner, made) if inner is not None or made is not None else NOTHING

        values = resolve(None)
        if not values:
            return
        self.answered.add(wrapper.node)
        node = self._given(call, target, bound, wrapper) or call.node
        self._record(call.scope.module, node, wrapper.parameter, values - wrapper.parameters)
        self._wrap(node, wrapper.parameter, values - wrapper.parameters, resolve, call.scope)

    def _frame_of(
        self, call: CallFact, target: Function | Class, bound: Arguments, frame: Frame | None
    ) -> tuple[Frame | None, Instance | None]:
        """The call of a wrapper, and the instance that it makes or belongs to."""
        here = Expression(call.node, call.scope, call.statement, frame)
        arguments = bound.then(self.evaluator.calls.arguments(call.node, here))
        if isinstance(target, Function):
            receiver = target.receiver if isinstance(target.receiver, Instance) else None
            return self.evaluator.calls.frame(target, arguments), receiver
        for instance in self.evaluator.calls.call(target, arguments):
            if isinstance(instance, Instance):
                return instance.frame, instance
        return None, None

    def _given(self, call: CallFact, target: Function | Class, bound: Arguments, wrapper: _Wrapper) -> ast.expr | None:
        """The expression that the caller gave for a wrapper's parameter."""
        here = Expression(call.node, call.scope, call.statement, None)
        arguments = bound.then(self.evaluator.calls.arguments(call.node, here))
        given = self._bound(target, arguments)
        for parameter in sorted(wrapper.parameters, key=lambda found: found.name):
            argument = given.get(parameter.name)
            if isinstance(argument, Expression) and argument.scope.module is call.scope.module:
                return argument.node
            if parameter.star == "**":
                for keyword in call.node.keywords:
                    if keyword.arg == wrapper.parameter:
                        return keyword.value
        return None

    def _bound(self, target: Function | Class, arguments: Arguments) -> dict[str, Argument]:
        """Which argument goes to which parameter: of a function, or of a class's `__init__` or fields."""
        calls, members = self.evaluator.calls, self.evaluator.members
        if isinstance(target, Function):
            return calls.bind(target, arguments)
        for method in members.method(target, "__init__", Instance(target)) or NOTHING:
            if isinstance(method, Function):
                return calls.bind(method, arguments)
        return {
            **dict(zip(members.fields(target) or (), arguments.positional, strict=False)),
            **dict(arguments.keywords),
        }

    def _targets(self, value: Value) -> Iterator[Function | Class]:
        """The functions of the project that a call runs: the one called, and those its decorators wrap."""
        match value:
            case Function():
                yield value
                arguments = value.node.args
                if arguments.vararg is not None or arguments.kwarg is not None:
                    for inner in closed_over(self.evaluator, value):
                        yield from self._targets(inner)
            case Class():
                yield value
            case Instance():
                for method in self.evaluator.members.method(value.cls, "__call__", value) or NOTHING:
                    if isinstance(method, Function):
                        yield method
            case Cached():
                yield from self._targets(value.function)


_Extract: TypeAlias = "Callable[..., Argument | None]"

#: The last names of the callables that take callbacks.
_WORDS = frozenset(name.rpartition(".")[2] for name in core.REGISTRATIONS)
_KEYWORDS = frozenset(parameter.name for row in core.REGISTRATIONS.values() for parameter in row) - {"callback"}


def _has_callback(owner: Value, attribute: object) -> bool:
    """Whether something is an object of the framework that has a callback of that name."""
    return isinstance(owner, ExternalInstance) and attribute in core.CALLBACK_ATTRIBUTES.get(owner.cls, ())


def method_around(scope: Scope) -> Scope | None:
    """The method in which a scope stands, or which it is."""
    at: Scope | None = scope
    while at is not None:
        if at.kind == "function" and at.parent is not None and at.parent.kind == "class":
            return at
        at = at.parent
    return None


def first_parameter(method: Scope) -> str | None:
    """The name of a function's first parameter."""
    node = method.function
    parameters = [*node.args.posonlyargs, *node.args.args] if node is not None else []
    return parameters[0].arg if parameters else None


def _mentions_self(node: ast.expr, method: Scope) -> bool:
    first = first_parameter(method)
    return any(isinstance(inner, ast.Name) and inner.id == first for inner in ast.walk(node))


def names_to_reach(scope: Scope) -> Iterator[str]:
    """The names by which a function is reached from other modules: its own, and those of what encloses it."""
    at: Scope | None = scope
    while at is not None and at.kind != "module":
        if isinstance(at.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield at.node.name
        at = at.parent


def closed_over(evaluator: Evaluator, value: Value) -> list[Function]:
    """The functions that a closure, or an instance, was made with: for a decorator's wrapper, what it wraps."""
    return [held for held in held_by(evaluator, value) if isinstance(held, Function)]


def held_by(evaluator: Evaluator, value: Value) -> list[Value]:
    """The callables that a closure or an instance holds; instances as their `__call__`, caches as themselves."""
    found: list[Value] = []
    frame = value.frame if isinstance(value, Function | Instance) else None
    if isinstance(value, Function) and isinstance(value.receiver, Instance):
        found.extend(held_by(evaluator, value.receiver))
    while frame is not None:
        for argument in frame.arguments.values():
            for held in argument:
                inner = held
                while isinstance(inner, Cached | Partial):
                    if isinstance(inner, Cached):
                        found.append(inner)
                    inner = inner.function
                if isinstance(inner, Function):
                    found.append(inner)
                elif isinstance(inner, Instance):
                    methods = evaluator.members.method(inner.cls, "__call__", inner) or NOTHING
                    found.extend(method for method in methods if isinstance(method, Function))
        frame = frame.parent
    return found


def unwrapped(value: Value) -> tuple[Value, Arguments]:
    """The callable behind partials, and the arguments that they bind."""
    bound = Arguments()
    while isinstance(value, Partial):
        bound = value.arguments.then(bound)
        value = value.function
    return value, bound


def parameters_in(evaluator: Evaluator, values: Iterable[Value], depth: int = 0) -> Iterator[Parameter]:
    """The parameters on which values depend: themselves, or through partials, closures and containers.

    A closure depends on those parameters of the functions around it that it, or a variable in it, mentions.
    """
    if depth > _DEPTH:
        return
    for value in values:
        match value:
            case Parameter():
                yield value
            case Partial():
                yield from parameters_in(evaluator, (value.function,), depth + 1)
                for argument in (
                    *value.arguments.positional,
                    *(given for _, given in value.arguments.keywords),
                ):
                    yield from parameters_in(evaluator, evaluator.calls.values_of(argument), depth + 1)
            case Function() | Instance():
                frame = value.frame
                while frame is not None:
                    for argument in frame.arguments.values():
                        yield from parameters_in(evaluator, evaluator.calls.values_of(argument), depth + 1)
                    frame = frame.parent
                if isinstance(value, Function):
                    yield from _parameters_around(evaluator, value, depth)
            case Sequence():
                for element in value.elements:
                    yield from parameters_in(evaluator, element, depth + 1)
            case Dictionary():
                yield from parameters_in(evaluator, value.values, depth + 1)
            case Elements(of):
                yield from parameters_in(evaluator, of, depth + 1)


def _parameters_around(evaluator: Evaluator, closure: Function, depth: int) -> Iterator[Parameter]:
    """The parameters of the functions around a closure, of whose calls nothing is known, on which it depends."""
    around = closure.scope.parent
    if around is None or around.kind == "module":
        return
    called = set()
    frame = closure.frame
    while frame is not None:
        called.add(frame.scope)
        frame = frame.parent
    names = closure.scope.mentioned() - closure.scope.bindings.keys()
    while around is not None and names:
        if around.kind in ("function", "lambda") and around not in called:
            for name in sorted(names & around.bindings.keys()):
                for binding in around.bindings[name]:
                    if binding.kind == "parameter":
                        yield Parameter(around, name)
                    elif binding.kind != "import":
                        yield from parameters_in(evaluator, evaluator.names.binding(binding, None), depth + 1)
        if around.kind != "class":
            names -= around.bindings.keys()
        around = around.parent
