"""Calls: which argument goes to which parameter, and what a call gives."""

from __future__ import annotations

import ast
import re
from contextlib import suppress

from flake8_orch47.facts.children import children, last_name
from flake8_orch47.facts.flow import falls_off_end
from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.annotations import is_guessed, is_protocol
from flake8_orch47.resolution.known_calls import KNOWN_CALLS
from flake8_orch47.resolution.values import (
    NONE,
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
    Opaque,
    Parameter,
    Partial,
    Sequence,
    Super,
    Unknown,
    Value,
    Values,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flake8_orch47.facts.scopes import Binding, Guards, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Calls", "is_untold", "settles"]

#: Calls inside calls deeper than this are followed without knowing their arguments.
_DEPTH = 10
_TYPED_DICTS = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
#: Containers in containers deeper than this are unknown to the functions that are given them.
_NESTING = 4
#: So many calls of one function are told apart by what it is given, by how many there are of all functions together: a
#: table of policies has some hundred, a serializer of trees thousands.
_FRAMES = ((5_000, 1_000), (10**9, 200))
#: Of one question, so many calls are followed.
_WORK = 1500
#: A function that calls itself is followed so often: a decorator may well be applied to its own wrapper.
_RECURSION = 3


class Calls:
    """Binds arguments, runs functions on values, applies decorators."""

    def __init__(self, evaluator: Evaluator, frames: dict[object, Frame]) -> None:
        self.evaluator = evaluator
        self.frames = frames
        #: so many calls of each function were told apart
        self._crowd: dict[Scope, int] = {}
        self._running: dict[Scope, int] = {}
        self._work = 0
        self._decorating: set[tuple[ast.AST, Frame | None]] = set()
        self._settled: dict[ast.If, bool] = {}
        self._endings: dict[Scope, tuple[bool, bool]] = {}
        #: the functions of which it is being asked whether they return
        self._ending: set[Scope] = set()

    # -- arguments -----------------------------------------------------------------------------------------

    def arguments(self, node: ast.Call, here: Expression) -> Arguments:
        """The arguments of a call, with `*sequence` and `**dictionary` expanded where their contents are known."""
        positional: list[Argument] = []
        rest: Values = NOTHING
        _, scope, statement, frame = here
        for argument in node.args:
            if not isinstance(argument, ast.Starred):
                if not rest:
                    positional.append(Expression(argument, scope, statement, frame))
                continue
            values = self.evaluator.at(here, argument.value)
            lengths = {len(value.elements) if isinstance(value, Sequence) else -1 for value in values}
            if not rest and len(lengths) == 1 and -1 not in lengths:
                rows = [value.elements for value in values if isinstance(value, Sequence)]
                positional.extend(NOTHING.union(*column) for column in zip(*rows, strict=True))
            else:
                rest |= values
        keywords: list[tuple[str, Argument]] = []
        keyword_rest: Values = NOTHING
        for keyword in node.keywords:
            if keyword.arg is not None:
                keywords.append((keyword.arg, Expression(keyword.value, scope, statement, frame)))
                continue
            given: dict[str, Values] = {}
            for value in self.evaluator.at(here, keyword.value):  # one of several dictionaries
                if isinstance(value, Dictionary):
                    for key, held in value.items:
                        if isinstance(key.value, str):
                            given[key.value] = given.get(key.value, NOTHING) | held
                    keyword_rest |= value.others
                else:
                    keyword_rest |= frozenset({value})
            keywords.extend(sorted(given.items()))
        return Arguments(tuple(positional), tuple(keywords), rest, keyword_rest)

    def values_of(self, argument: Argument | None) -> Values:
        """The values of an argument."""
        if argument is None:
            return NOTHING
        return argument if isinstance(argument, frozenset) else self.evaluator.values(argument)

    def frame(self, function: Function, arguments: Arguments) -> Frame | None:
        """The call of `function` with `arguments`; None where closures nest too deeply to be told apart.

        Calls with the same values share a frame, wherever they stand: what they give is worked out once.
        """
        settled = self.evaluator.is_settled
        bound = {
            name: UNKNOWN if settled and is_untold(given) else self.values_of(given) or UNKNOWN
            for name, given in self.bind(function, arguments).items()
        }
        depth = 1 + (function.frame.depth if function.frame is not None else 0)
        if depth > _DEPTH:
            return None
        if settled:
            bound = _telling(function.scope, bound)
            if not bound:
                return function.frame
        scope = function.scope
        most = next(most for total, most in _FRAMES if len(self.frames) < total)
        if self._crowd.get(scope, 0) >= most and (scope, function.frame, tuple(bound.items())) not in self.frames:
            return self._without_arguments(function, depth, most)
        return self.intern(scope, bound, function.frame, depth)

    def _without_arguments(self, function: Function, depth: int, most: int) -> Frame | None:
        """The call of a function of which too many were told apart already: only the object counts, if that."""
        parameters = [*function.node.args.posonlyargs, *function.node.args.args]
        if function.receiver is None or not parameters or self._crowd[function.scope] >= 2 * most:
            return function.frame
        return self.intern(function.scope, {parameters[0].arg: frozenset({function.receiver})}, function.frame, depth)

    def intern(self, scope: Scope, bound: dict[str, Values], parent: Frame | None, depth: int = 1) -> Frame:
        """The frame of `scope` with these arguments: always the same object for the same arguments."""
        key = (scope, parent, tuple(bound.items()))
        frame = self.frames.get(key)
        if frame is None:
            if any(_nests_deeply(value) for values in bound.values() for value in values):
                # A recursion that wraps its argument once more each time never comes back to the same call.
                return self.intern(scope, {name: _flattened(values) for name, values in bound.items()}, parent, depth)
            frame = self.frames[key] = Frame(scope, bound, parent, depth)
            self._crowd[scope] = self._crowd.get(scope, 0) + 1
        return frame

    def given(self, function: Function, here: Expression, node: ast.expr) -> list[str]:
        """The parameters of a function that get the expression `node` in the call `here`."""
        if not isinstance(here.node, ast.Call):
            return []
        bound = self.bind(function, self.arguments(here.node, here))
        return [name for name, one in bound.items() if isinstance(one, Expression) and one.node is node]

    def bind(self, function: Function, arguments: Arguments) -> dict[str, Argument]:
        """Parameters to arguments, as Python binds them. What is not known to be given is left out."""
        node = function.node.args
        positional = [*node.posonlyargs, *node.args] if node.posonlyargs else node.args
        given = list(arguments.positional)
        if function.receiver is not None:
            given.insert(0, frozenset({function.receiver}))
        bound: dict[str, Argument] = {
            parameter.arg: argument for parameter, argument in zip(positional, given, strict=False)
        }
        extra: dict[Constant, Values] = {}
        if arguments.keywords:
            names = {parameter.arg for parameter in (*node.args, *node.kwonlyargs)}
            for name, argument in arguments.keywords:
                if name in names:
                    bound.setdefault(name, argument)
                else:
                    extra[Constant.of(name)] = self.values_of(argument)
        if node.vararg is not None and not arguments.rest:
            more = tuple(self.values_of(argument) for argument in given[len(positional) :])
            bound[node.vararg.arg] = frozenset({Sequence(more)})
        elif node.vararg is not None:
            bound[node.vararg.arg] = arguments.rest
        if node.kwarg is not None:
            if arguments.keyword_rest and not extra:
                bound[node.kwarg.arg] = arguments.keyword_rest
            else:
                others = UNKNOWN if arguments.keyword_rest else NOTHING
                bound[node.kwarg.arg] = frozenset({Dictionary(tuple(extra.items()), others)})
        for parameter in (*positional, *node.kwonlyargs):
            if parameter.arg in bound:
                continue
            default = function.scope.bindings[parameter.arg][0].value
            if arguments.rest or arguments.keyword_rest:
                bound[parameter.arg] = UNKNOWN
            elif default is not None:
                scope = function.scope.parent or function.scope
                bound[parameter.arg] = Expression(default, scope, function.scope.statement, function.frame)
        return bound

    # -- results -------------------------------------------------------------------------------------------

    def result(self, here: Expression, node: ast.Call) -> Values:
        """What a call expression gives."""
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            found = self._super(here, node)
            if found is not None:
                return found
        callees = self.evaluator.at(here, node.func)
        if callees == UNKNOWN:
            return UNKNOWN
        if len(callees) > 1:
            callees -= NONE  # calling None gives nothing: what is not set yet is set by then
        arguments = self.arguments(node, here)
        found = NOTHING
        for callee in callees:
            found |= self.call(callee, arguments, here)
        return found

    def call(self, callee: Value, arguments: Arguments, here: Expression | None = None) -> Values:
        """What calling `callee` gives; `here` is the call, where it stands in the source."""
        match callee:
            case Function(kind="dispatch"):
                chosen = self.evaluator.dispatch.chosen(callee, arguments)
                return NOTHING.union(*(self.call(function, arguments, here) for function in chosen))
            case Function():
                return self.run(callee, self.frame(callee, arguments))
            case Class():
                return self._construct(callee, arguments, here)
            case Partial():
                return self.call(callee.function, callee.arguments.then(arguments), here)
            case Cached():
                return self.call(callee.function, arguments, here)
            case Instance():
                found: Values = NOTHING
                for method in self.evaluator.members.method(callee.cls, "__call__", callee) or UNKNOWN:
                    found |= UNKNOWN if isinstance(method, Unknown) else self.call(method, arguments, here)
                return found
            case External():
                known = self._external(callee.name, arguments, here)
                return known if known is not None else frozenset({externals.result(callee.name)})
            case Maker():
                return frozenset({Instance(callee.cls, None, declared=True)})
            case ExternalInstance():
                form, parts = libraries.unpack(callee.cls)
                if form == "callable":
                    return frozenset({externals.of_type(parts[0])})
                return self.call(External(f"{callee.cls}.__call__"), arguments, here)
            case BoundBuiltin():
                return self._builtin(callee, arguments)
            case Parameter():
                return frozenset({callee})  # it depends on what the parameter holds
        return UNKNOWN

    def is_async(self, function: Function) -> bool:
        """Whether calling the function gives a coroutine: it is an `async def`, or taken to be one."""
        return isinstance(function.node, ast.AsyncFunctionDef) or function.node in self.evaluator.assumed_async

    def is_coroutine_function(self, value: Value) -> bool | None:
        """What `inspect.iscoroutinefunction` answers; None where that is not certain."""
        match value:
            case Function():
                return self.is_async(value) and not value.scope.yields
            case Partial():
                return self.is_coroutine_function(value.function)
            case Instance() | Class() | Constant():
                return False
        return None

    def run(self, function: Function, frame: Frame | None) -> Values:
        """What a call of a function gives."""
        scope = function.scope
        if function.kind == "coroutine":
            return frozenset({Coroutine(function, frame)})
        if self.is_async(function):
            if not scope.is_generator:
                return frozenset({Coroutine(function, frame)})
            if function.kind == "context":
                return frozenset({Generator(function, frame, context=True)})
            return frozenset({Generator(function, frame)})
        if scope.is_generator:
            return frozenset({Generator(function, frame, context=function.kind == "context")})
        return self.returned(function, frame)

    def returned(self, function: Function, frame: Frame | None) -> Values:
        """What the body of a function returns; Unknown for one that only raises."""
        known = self.evaluator.results.get((function.scope, frame))
        if known is not None:
            return known
        if not self._running:
            self._work = 0
        self._work += 1
        if self._work > _WORK:
            self.evaluator.cuts += 1
            return UNKNOWN
        cuts, early = self.evaluator.cuts, self.evaluator.early
        scope = function.scope
        running = self._running.get(scope, 0)
        if running >= _RECURSION:  # it recurses so far that it has nothing new to say
            self.evaluator.cuts += 1
            return NOTHING
        self._running[scope] = running + 1
        try:
            found = self._returned(function, frame)
        finally:
            self._ran(scope, running)
        if not self._running or self.evaluator.cuts == cuts:
            self.evaluator.results[scope, frame] = found or UNKNOWN
            self.evaluator.note_premature(self.evaluator.results, (scope, frame), cuts, early)
        return found or UNKNOWN

    def _ran(self, scope: Scope, running: int) -> None:
        """A function has ended that ran `running` times around this call of it."""
        if running:
            self._running[scope] = running
        else:
            del self._running[scope]

    def _returned(self, function: Function, frame: Frame | None) -> Values:
        scope, node = function.scope, function.node
        if frame is None:
            frame = function.frame
        if isinstance(node, ast.Lambda):
            return self.evaluator.values(Expression(node.body, scope, None, frame))
        found: Values = NOTHING
        for fact in scope.returns:
            statement = fact.node
            if fact.guards and not self.may_run(fact.guards, scope, frame):
                continue
            if statement.value is None:
                found |= NONE
            else:
                found |= self.evaluator.values(Expression(statement.value, scope, statement, frame))
        ending = self._endings.get(scope)
        if ending is None:
            ending = self._endings[scope] = falls_off_end(node.body), _is_abstract(function)
        falls_off, is_abstract = ending
        # What keeps a function from its end is only looked for where it would make a difference.
        if falls_off and not (any(map(_is_awaitable, found)) and not self._falls_off_end(function)):
            found |= NONE
        if is_abstract:
            found = UNKNOWN
        vague = _vague(found)
        if node.returns is not None and not vague and sum(isinstance(value, Instance) for value in found) > 1:
            told = self.evaluator.annotations.instances(node.returns, scope.parent or scope, scope.statement)
            found = self.evaluator.annotations.narrowed(found, told)
        if node.returns is not None and (vague or any(map(is_guessed, found))):
            told = self.evaluator.annotations.returned(node.returns, scope.parent or scope, scope.statement)
            told |= _of_its_own(function, node.returns)
            if told:
                found = (found - vague) | told
        return found

    def _falls_off_end(self, function: Function) -> bool:
        """Whether a function may come to its end: a call of what only raises keeps it from that."""
        body: list[ast.stmt] = function.node.body  # type: ignore[assignment]

        def ends(call: ast.Call) -> bool:
            callees = self.evaluator.values(Expression(call.func, function.scope, None, function.frame))
            return bool(callees) and all(map(self._never_returns, callees))

        return falls_off_end(body, ends)

    def _never_returns(self, callee: Value) -> bool:
        if isinstance(callee, External):
            return callee.name in _ENDING
        if not isinstance(callee, Function) or callee.scope in self._ending or isinstance(callee.node, ast.Lambda):
            return False
        returns = callee.node.returns
        name = returns.value if isinstance(returns, ast.Constant) else last_name(returns) if returns else ""
        if name in ("NoReturn", "Never"):
            return True
        if callee.scope.returns or callee.scope.yields or self.is_async(callee) or _is_abstract(callee):
            return False
        self._ending.add(callee.scope)
        try:
            return not self._falls_off_end(callee)
        finally:
            self._ending.discard(callee.scope)

    def may_run(self, guards: Guards, scope: Scope, frame: Frame | None) -> bool:
        """Whether a place behind conditions may be reached: none of them is certain to go the other way."""
        decided = self.evaluator.decided
        for guard, branch in guards:
            key = guard, frame
            if key not in decided:
                # Without a known caller only a call can settle a condition (`iscoroutinefunction(...)`).
                settled = frame is not None or self._settles(guard, scope)
                decided[key] = None  # while it is being answered: a condition may depend on itself
                decided[key] = self.evaluator.decide(Expression(guard.test, scope, guard, frame)) if settled else None
            if decided[key] is (not branch):
                return False
        return True

    def _settles(self, guard: ast.If, scope: Scope) -> bool:
        known = self._settled.get(guard)
        if known is None:
            mentions = bool(scope.inner) or not _SETTLING.isdisjoint(scope.names | scope.attributes)
            asks_version = self.evaluator.of_version(Expression(guard.test, scope, guard, None)) is not None
            known = self._settled[guard] = asks_version or settles(guard.test, mentions)
        return known

    def awaited(self, values: Values) -> Values:
        """What `await` gives."""
        found: Values = NOTHING
        for value in values:
            match value:
                case Coroutine():
                    found |= self.returned(value.function, value.frame)
                case Awaitable() if value.of:
                    found |= self.awaited(value.of)
                case Awaitable() if value.runs:
                    found |= self._made_elsewhere(value) or UNKNOWN
                case _:
                    found |= UNKNOWN
        return found or UNKNOWN

    def yielded(self, generator: Generator) -> Values:
        """What iterating over a generator gives, or entering the context that it makes."""
        scope = generator.function.scope
        if not self._running:
            self._work = 0
        self._work += 1
        running = self._running.get(scope, 0)
        if running >= _RECURSION or self._work > _WORK:  # generators of generators that lead back to each other
            self.evaluator.cuts += 1
            return NOTHING if running else UNKNOWN
        self._running[scope] = running + 1
        try:
            return self._yielded(generator, scope) or UNKNOWN
        finally:
            self._ran(scope, running)

    def _yielded(self, generator: Generator, scope: Scope) -> Values:
        found: Values = NOTHING
        for node, statement in scope.yields:
            if node.value is None:
                found |= NONE
                continue
            values = self.evaluator.values(Expression(node.value, scope, statement, generator.frame))
            found |= self.evaluator.members.elements(values) if isinstance(node, ast.YieldFrom) else values
        vague = _vague(found)
        node_of = generator.function.node
        if vague and not isinstance(node_of, ast.Lambda) and node_of.returns is not None:
            told = self.evaluator.annotations.instances(node_of.returns, scope.parent or scope, scope.statement)
            elements = self.evaluator.members.elements(told) - UNKNOWN if told else NOTHING
            return (found - vague) | elements if elements else found
        return found

    def _super(self, here: Expression, node: ast.Call) -> Values | None:
        """`super()` in a method; None if the name is not the builtin."""
        if self.evaluator.names.lookup("super", here.scope, here.statement)[1] is not None:
            return None
        scope: Scope | None = here.scope
        while scope is not None and not (scope.kind == "function" and scope.parent and scope.parent.kind == "class"):
            scope = scope.parent
        if scope is None or scope.parent is None or scope.function is None:
            return UNKNOWN
        parameters = [*scope.function.args.posonlyargs, *scope.function.args.args]
        if not parameters:
            return UNKNOWN
        found: Values = NOTHING
        for receiver in self.evaluator.names.values(parameters[0].arg, scope, None, here.frame):
            found |= frozenset({Super(Class(scope.parent), receiver)})
        return found

    # -- classes -------------------------------------------------------------------------------------------

    def _construct(self, cls: Class, arguments: Arguments, here: Expression | None) -> Values:
        members = self.evaluator.members
        if members.is_enum(cls):
            return UNKNOWN
        site = here.node if here is not None and isinstance(here.node, ast.Call) and members.keeps(cls) else None
        for method in members.method(cls, "__init__", Instance(cls)) or NOTHING:
            if isinstance(method, Function):
                return frozenset({Instance(cls, self.frame(method, arguments), site=site)})
        if any(isinstance(owner, External) and owner.name in _TYPED_DICTS for owner in members.line(cls)):
            given_items = tuple((Constant.of(name), self.values_of(value)) for name, value in arguments.keywords)
            return frozenset({Dictionary(given_items, UNKNOWN if arguments.positional else NOTHING)})
        fields = members.fields(cls)
        if not fields:
            return frozenset({Instance(cls, site=site)})
        given: dict[str, Argument] = dict(zip(fields, arguments.positional, strict=False))
        given.update({name: argument for name, argument in arguments.keywords if name in fields})
        bound = {name: self.values_of(argument) or UNKNOWN for name, argument in given.items()}
        return frozenset({Instance(cls, self.intern(cls.scope, bound, cls.frame, 1), site=site)})

    def changed(self, value: Value, changes: dict[str, Values]) -> Values:
        """A copy of an object with other values for some of its fields; Unknown for what is none of the project's."""
        if not isinstance(value, Instance):
            return UNKNOWN
        frame = value.frame
        if frame is None:
            made = self.intern(value.cls.scope, changes, value.cls.frame)
        else:
            made = self.intern(frame.scope, {**frame.arguments, **changes}, frame.parent, frame.depth)
        return frozenset({Instance(value.cls, made, site=value.site)})

    def method_frame(self, instance: Instance, scope: Scope) -> Frame | None:
        """The call with which `scope`, a method, ran on `instance`: that of its constructor where it is known."""
        frame = instance.frame
        for _ in range(_DEPTH):
            if frame is None:
                break
            if frame.scope is scope:
                return frame
            frame = self._next_init(frame)
        node = scope.function
        if node is None or not (parameters := [*node.args.posonlyargs, *node.args.args]):
            return None
        is_class = getattr(node, "name", "") in ("__new__", "__init_subclass__", "__class_getitem__") or any(
            last_name(one) == "classmethod" for one in getattr(node, "decorator_list", ())
        )
        receiver: Value = instance.cls if is_class else instance
        return self.intern(scope, {parameters[0].arg: frozenset({receiver})}, instance.cls.frame, 1)

    def _next_init(self, frame: Frame) -> Frame | None:
        """The `__init__` that the one of `frame` calls: `super().__init__(...)` or `Base.__init__(self, ...)`."""
        for call in self.evaluator.modules.calls_in(frame.scope):
            func = call.node.func
            if isinstance(func, ast.Attribute) and func.attr == "__init__":
                here = Expression(call.node, call.scope, call.statement, frame)
                for callee in self.evaluator.at(here, func):
                    if isinstance(callee, Function):
                        return self.frame(callee, self.arguments(call.node, here))
        return None

    # -- decorators ----------------------------------------------------------------------------------------

    def decorated(self, binding: Binding, frame: Frame | None) -> Values:
        """What a `def` binds: the function, or what its decorators make of it."""
        node = binding.node
        scope = binding.scope.module.met[node]
        values: Values = frozenset({Function(scope, frame)})
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.decorator_list:
            return values
        key = (node, frame)
        if key in self._decorating:
            return values
        self._decorating.add(key)
        try:
            for decorator in reversed(node.decorator_list):
                here = Expression(decorator, binding.scope, binding.statement, frame)
                if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
                    return self.evaluator.at(here, decorator.value)
                values = NOTHING.union(*(self.apply(here, value) for value in values))
        finally:
            self._decorating.discard(key)
        return values

    def decorated_class(self, binding: Binding, frame: Frame | None) -> Values:
        """What a `class` binds: the class, or another one that a decorator of the project makes of it."""
        node = binding.node
        values: Values = frozenset({Class(binding.scope.module.met[node], frame)})
        decorators = getattr(node, "decorator_list", ())
        key = (node, frame)
        if not decorators or key in self._decorating:
            return values
        self._decorating.add(key)
        try:
            for decorator in reversed(decorators):
                here = Expression(decorator, binding.scope, binding.statement, frame)
                made = NOTHING.union(
                    *(
                        self.call(function, Arguments((frozenset({cls}),)), here)
                        for function in self.evaluator.values(here)
                        if isinstance(function, Function)
                        for cls in values
                    )
                )
                classes = frozenset(value for value in made if isinstance(value, Class))
                values = classes or values
        finally:
            self._decorating.discard(key)
        return values

    def apply(self, decorator: Expression, function: Value) -> Values:
        """What a decorator makes of a function; one that is not known is taken to pass it through."""
        arguments = Arguments((frozenset({function}),))
        unchanged: Values = frozenset({function})
        found: Values = NOTHING
        for value in self.evaluator.values(decorator):
            match value:
                case External():
                    last = value.name.removesuffix("()").rpartition(".")[2]
                    known = self._external(value.name, arguments, decorator)
                    if known is None and f"{value.name}()" in core.RETURNS:
                        known = frozenset({externals.result(value.name)})
                    if known is None:  # what is named so does not pass a function through
                        known = UNKNOWN if _ASYNC_WORDS.search(last) else unchanged
                    found |= known
                case Instance() if not self._is_callable(value):
                    found |= unchanged  # a context manager that is a decorator too
                case Function() | Class() | Instance() | Partial() | Cached():
                    found |= self.call(value, arguments, decorator)
                case _:
                    found |= unchanged
        return found or unchanged

    def _is_callable(self, instance: Instance) -> bool:
        """Whether the project itself says what calling an instance does."""
        methods = self.evaluator.members.method(instance.cls, "__call__", instance) or NOTHING
        return any(isinstance(method, Function | Cached | Partial) for method in methods)

    # -- what is known of names outside the project ----------------------------------------------------------

    def _external(self, name: str, arguments: Arguments, here: Expression | None) -> Values | None:
        """What calling an external name gives, if it matters here how; None otherwise."""
        special = KNOWN_CALLS.get(name)
        if special is not None:
            return special(self, arguments, here)
        if externals.is_callback(name):
            return frozenset({Awaitable("callback")})
        if externals.is_coroutine_function(name):
            handed = NOTHING.union(*(self.values_of(argument) for argument in arguments.positional))
            # What a thread is given, whoever gets it there runs in a loop of its own.
            is_elsewhere = libraries.offloading(name) is not None
            of = frozenset(one for one in handed if isinstance(one, Coroutine | Awaitable) and not is_elsewhere)
            return frozenset({Awaitable(name, of, *self._run_elsewhere(name, arguments))})
        if name in core.CALLBACK_PAIRS:
            return _CALLBACK_PAIR
        if (position := libraries.enters_argument(name)) is not None:
            return self.evaluator.members.entered(self.values_of(arguments.get("", position)), is_async=False)
        return None

    def _run_elsewhere(self, name: str, arguments: Arguments) -> tuple[Values, Arguments | None]:
        """The functions that run in a thread or an executor, and their arguments: `asyncio.to_thread(make_session)`."""
        callee = libraries.offloading(name)
        if callee is None or callee.position is None:
            return NOTHING, None
        given = Arguments(arguments.positional[callee.position + 1 :], arguments.keywords)
        return self.values_of(arguments.get(callee.name, callee.position)), given

    def _made_elsewhere(self, awaitable: Awaitable) -> Values:
        """The objects that functions give which run elsewhere."""
        given = awaitable.arguments or Arguments()
        made = NOTHING.union(*(self.call(function, given) for function in awaitable.runs))
        return frozenset(one for one in made if isinstance(one, Instance | ExternalInstance | Sequence | Dictionary))

    def _of_text(self, receiver: Constant, name: str, arguments: Arguments) -> Values:
        """What a method of a text gives: `name.removeprefix("policy_").upper()`, `key.endswith(("_a", "_b"))`."""
        given = [_as_written(self.values_of(argument)) for argument in arguments.positional]
        known = [value for values in given for value in values]
        plain = not (arguments.keywords or arguments.rest or arguments.keyword_rest) and len(known) == len(given)
        if plain and isinstance(receiver.value, str) and name in _TEXT_METHODS:
            with suppress(TypeError, ValueError):
                return frozenset({Constant.of(getattr(receiver.value, name)(*known))})
        return frozenset({Opaque(name)})

    def _builtin(self, callee: BoundBuiltin, arguments: Arguments) -> Values:
        """Methods of dictionaries, lists and strings."""
        receiver, name = callee.receiver, callee.name
        members = self.evaluator.members
        if isinstance(receiver, Instance):  # `_replace(check=other)`, `model_copy(update={"check": other})`
            changes = {key: self.values_of(given) for key, given in arguments.keywords if name == "_replace"}
            for update in self.values_of(arguments.get("update", None)):
                if isinstance(update, Dictionary):
                    changes.update((key.value, held) for key, held in update.items if isinstance(key.value, str))
            return self.changed(receiver, changes)
        if isinstance(receiver, Constant):
            return self._of_text(receiver, name, arguments)
        if isinstance(receiver, Opaque):
            return frozenset({Opaque(name)})
        if isinstance(receiver, Parameter):
            default = self.values_of(arguments.get("default", 1)) if name in ("get", "pop", "setdefault") else NOTHING
            return frozenset({receiver}) | default
        if isinstance(receiver, Dictionary):
            match name:
                case "get" | "pop" | "setdefault" if arguments.positional:
                    keys = self.values_of(arguments.positional[0])
                    default = self.values_of(arguments.get("default", 1)) or (NONE if name == "get" else NOTHING)
                    known = dict(receiver.items)
                    if keys and all(isinstance(key, Constant) and key in known for key in keys):
                        return members.items(frozenset({receiver}), keys)
                    if keys and all(isinstance(key, Constant) for key in keys):
                        return receiver.others | default or UNKNOWN
                    return receiver.values | default or UNKNOWN
                case "values":
                    return frozenset({Elements(receiver.values or UNKNOWN)})
                case "items":
                    pairs: Values = frozenset({Sequence((frozenset({key}), value)) for key, value in receiver.items})
                    if receiver.others:
                        pairs |= frozenset({Sequence((UNKNOWN, receiver.others))})
                    return frozenset({Elements(pairs or UNKNOWN)})
                case "copy":
                    return frozenset({receiver})
        elif isinstance(receiver, Sequence | Elements):
            if name == "copy":
                return frozenset({receiver})
            if name == "pop":
                return members.elements(frozenset({receiver}))
            if isinstance(receiver, Elements) and name == "get":
                return receiver.of
            if isinstance(receiver, Elements) and name == "values":
                return frozenset({receiver})
        return UNKNOWN


#: Functions that never return.
_ENDING = frozenset(
    {
        *("builtins.exit", "builtins.quit", "os._exit", "os.abort", "sys.exit", "pytest.fail", "pytest.skip"),
        *("typing.assert_never", "typing_extensions.assert_never", "orchestrator.api.error_handling.raise_status"),
    }
)
#: Methods that make a text of another one, or ask something of it.
_TEXT_METHODS = frozenset(
    "capitalize casefold endswith lower lstrip removeprefix removesuffix replace rstrip startswith strip swapcase title"
    " upper".split()
)
#: In the names of decorators nothing else is known of: they may well make an async function of a sync one.
_ASYNC_WORDS = re.compile("async|await|corou?tine|thread|executor", re.IGNORECASE | re.ASCII)

#: Calls that ask what kind of thing a value is.
_SETTLING = frozenset("iscoroutinefunction iscoroutine isawaitable callable isinstance".split())


def _as_written(values: Values) -> list[Any]:
    """The one constant that some values are, or tuple of constants; nothing for what is not so certain."""
    value = next(iter(values)) if len(values) == 1 else None
    if isinstance(value, Constant):
        return [value.value]
    if not isinstance(value, Sequence):
        return []
    elements = [one for each in value.elements for one in _as_written(each)]
    return [tuple(elements)] if len(elements) == len(value.elements) else []


def _vague(values: Values) -> Values:
    """Those of some values that an annotation may tell more about."""
    return frozenset(value for value in values if isinstance(value, Unknown | External))


def _of_its_own(function: Function, returns: ast.expr) -> Values:
    """What `-> Self` and `-> list[Self]` say of a method."""
    receiver = function.receiver
    cls = receiver.cls if isinstance(receiver, Instance) else receiver
    if not isinstance(cls, Class):
        return NOTHING
    own: Values = frozenset({Instance(cls, None, declared=True)})
    if isinstance(returns, ast.Subscript) and last_name(returns.value) in ("list", "List", "Sequence", "Iterable"):
        return frozenset({Elements(own)}) if last_name(returns.slice) == "Self" else NOTHING
    text = returns.value if isinstance(returns, ast.Constant) else last_name(returns)
    return own if text == "Self" else NOTHING


def _is_awaitable(value: Value) -> bool:
    return isinstance(value, Coroutine | Awaitable)


def settles(test: ast.expr, mentions: bool = True) -> bool:
    """Whether a condition asks such a thing; `mentions`: a name of them stands in its function."""
    # A name may be a local variable that holds the answer of such a call.
    if isinstance(test, ast.UnaryOp):
        test = test.operand
    if isinstance(test, ast.Name):
        return True
    if not mentions:
        return False
    stack: list[ast.AST] = [test]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is ast.Name or kind is ast.Constant:
            continue
        if kind is ast.Call and last_name(node.func) in _SETTLING:  # type: ignore[attr-defined]
            return True
        stack += children(node)
    return False


def _telling(scope: Scope, bound: dict[str, Values]) -> dict[str, Values]:
    """The arguments that tell something; of a parameter with a default also that it does not hold that."""
    return {
        name: values
        for name, values in bound.items()
        if not all(isinstance(value, Unknown | Parameter | Opaque) for value in values) or scope.has_default(name)
    }


def is_untold(argument: Argument) -> bool:
    """Whether an argument is a parameter of which nothing is known: a shortcut for the most common case of all."""
    if isinstance(argument, frozenset):
        return False
    node, scope, _, frame = argument
    if frame is not None or node.__class__ is not ast.Name:
        return False
    function, around = scope.function, scope.parent
    if function is None or function.args.vararg or function.args.kwarg or around is None or around.kind != "module":
        return False
    bindings = scope.bindings.get(node.id, ())
    if len(bindings) != 1:
        return False
    binding = bindings[0]
    return binding.kind == "parameter" and binding.annotation is None and binding.value is None


def _nests_deeply(value: Value) -> bool:
    return isinstance(value, Sequence | Dictionary | Elements | Namespace) and value.depth > _NESTING


def _flattened(values: Values) -> Values:
    return frozenset(Unknown() if _nests_deeply(value) else value for value in values)


def _is_abstract(function: Function) -> bool:
    """Whether a method only declares what others define: of a Protocol, or decorated as abstract."""
    node, around = function.node, function.scope.parent
    if around is None or not isinstance(around.node, ast.ClassDef) or isinstance(node, ast.Lambda):
        return False
    if any(last_name(decorator).startswith("abstract") for decorator in node.decorator_list):
        return True
    return is_protocol(around.node)


_CALLBACK_PAIR: Values = frozenset(
    {
        Sequence(
            (
                frozenset({External("orchestrator.workflow.Workflow.authorize_callback")}),
                frozenset({External("orchestrator.workflow.Workflow.retry_auth_callback")}),
            )
        )
    }
)
