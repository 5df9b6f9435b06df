"""Calls whose result follows from their arguments: what `partial`, `cast`, `getattr` and others give."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.stdlib import IN_MEMORY, OPENING
from flake8_orch47.records import replace
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.values import (
    NOTHING,
    UNKNOWN,
    Arguments,
    Awaitable,
    Cached,
    Class,
    Constant,
    Coroutine,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    Function,
    Instance,
    Namespace,
    Opaque,
    Partial,
    Sequence,
    Unknown,
    Value,
    Values,
    merged,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from flake8_orch47.resolution.calls import Calls

__all__ = ["KNOWN_CALLS", "KnownCall"]

#: Given who follows calls, the arguments and the call itself: what the call gives.
KnownCall: TypeAlias = "Callable[[Calls, Arguments, Expression | None], Values]"


def _first(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    return calls.values_of(arguments.positional[0]) if arguments.positional else UNKNOWN


def _second(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    return calls.values_of(arguments.positional[1]) if len(arguments.positional) > 1 else UNKNOWN


def _cast(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    values = _second(calls, arguments, here)
    target = arguments.positional[0] if arguments.positional else None
    if not isinstance(target, Expression):
        return values
    told = calls.evaluator.annotations.instances(target.node, target.scope, target.statement)
    return calls.evaluator.annotations.narrowed(values - UNKNOWN, told) | told if told else values


def _partial(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    if not arguments.positional:
        return UNKNOWN
    bound = replace(arguments, positional=arguments.positional[1:])
    return frozenset(
        value if isinstance(value, Unknown) else Partial(value, bound)
        for value in calls.values_of(arguments.positional[0])
    )


def _cached(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    if not arguments.positional:
        return frozenset({External("functools.lru_cache()")})
    functions = [value for value in _first(calls, arguments, here) if not isinstance(value, Constant | Unknown)]
    if not functions:  # `lru_cache(128)` makes a decorator
        return frozenset({External("functools.lru_cache()")})
    if here is None:
        return frozenset(functions)
    return frozenset(Cached(function, here) for function in functions)


def _getattr(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    if len(arguments.positional) < 2:
        return UNKNOWN
    receivers, names = (calls.values_of(argument) for argument in arguments.positional[:2])
    found = calls.values_of(arguments.positional[2]) if len(arguments.positional) > 2 else NOTHING
    for name in names:
        if not (isinstance(name, Constant) and isinstance(name.value, str)):
            return UNKNOWN
        for receiver in receivers:
            found |= calls.evaluator.members.attribute(receiver, name.value)
    return found


def _dict(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    parts = list(_first(calls, arguments, here)) if arguments.positional else []
    if not (parts or arguments.keywords) and len(arguments.keyword_rest) == 1:
        return arguments.keyword_rest
    parts += [Dictionary(((Constant.of(name), calls.values_of(value)),)) for name, value in arguments.keywords]
    return frozenset({merged((*parts, *arguments.keyword_rest))})


def _default_dict(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    """A dictionary in which a key that is not there gives what the first argument makes."""
    given = replace(arguments, positional=arguments.positional[1:])
    made = NOTHING.union(*(calls.call(factory, Arguments()) for factory in _first(calls, arguments, here)))
    return frozenset(
        replace(value, others=value.others | made) if isinstance(value, Dictionary) else value
        for value in _dict(calls, given, here)
    )


def _changed(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    """`replace(spec, check=other)`: a copy with other values for some fields."""
    changes = {name: calls.values_of(value) for name, value in arguments.keywords}
    return NOTHING.union(*(calls.changed(value, changes) for value in _first(calls, arguments, here)))


def _context_var(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    """Something whose `get` gives the default, or what is `set`."""
    return frozenset({Elements(calls.values_of(arguments.get("default", None)))})


def _new(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    """`super().__new__(cls)`."""
    made = (Instance(value) if isinstance(value, Class) else Unknown() for value in _first(calls, arguments, here))
    return frozenset(made) or UNKNOWN


def _opens(name: str) -> KnownCall:
    """An archive or compressed file: of what is in memory it is in memory too."""

    def opened(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
        given = (*arguments.positional, *(argument for _, argument in arguments.keywords))
        values = NOTHING.union(*map(calls.values_of, given))
        if any(isinstance(value, ExternalInstance) and value.cls in IN_MEMORY for value in values):
            return frozenset({ExternalInstance(IN_MEMORY[-1])})
        return frozenset({externals.result(name)})

    return opened


def _chain_map(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    """Several dictionaries as one, in which the first that has a key wins."""
    parts = (value for argument in reversed(arguments.positional) for value in calls.values_of(argument))
    return frozenset({merged(parts)})


def _namespace(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    return frozenset({Namespace(tuple((name, calls.values_of(value)) for name, value in arguments.keywords))})


def _named_tuple(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    """The type that `namedtuple("Pair", "first second")` makes: a call that knows its fields."""
    fields = arguments.get("field_names", 1)
    return frozenset({Partial(External("collections.namedtuple()"), Arguments((calls.values_of(fields),)))})


def _tuple_with_names(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    fields: list[str] = []
    for value in _first(calls, arguments, here):
        match value:
            case Constant(str() as names):
                fields = names.replace(",", " ").split()
            case Sequence(elements):
                names_of = (constant.value for one in elements for constant in one if isinstance(constant, Constant))
                fields = [name for name in names_of if isinstance(name, str)]
    given = dict(zip(fields, arguments.positional[1:], strict=False))
    given.update(arguments.keywords)
    if not fields or len(given) > len(fields):
        return UNKNOWN
    return frozenset({Namespace(tuple((name, calls.values_of(given.get(name)) or UNKNOWN) for name in fields))})


def _elements(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    values = _first(calls, arguments, here)
    if values and all(isinstance(value, Sequence) for value in values):
        return values
    return frozenset({Elements(calls.evaluator.members.elements(values))})


def _some(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    """One element of the first argument, or the default that follows it."""
    found = calls.evaluator.members.elements(_first(calls, arguments, here))
    if len(arguments.positional) > 1:
        found |= calls.values_of(arguments.positional[1])
    return found.union(*(calls.values_of(value) for name, value in arguments.keywords if name == "default"))


def _filtered(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    elements = calls.evaluator.members.elements(_second(calls, arguments, here))
    if all(isinstance(one, External) and one.name in _ASKS_ASYNC for one in _first(calls, arguments, here)):
        elements = frozenset(value for value in elements if calls.is_coroutine_function(value) is not False)
    return frozenset({Elements(elements)})


_ASKS_ASYNC = frozenset(f"{module}.iscoroutinefunction" for module in ("asgiref.sync", "asyncio", "inspect"))


def _enumerated(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    elements = calls.evaluator.members.elements(_first(calls, arguments, here))
    return frozenset({Elements(frozenset({Sequence((frozenset({Opaque("int")}), elements))}))})


def _zipped(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    columns = [calls.evaluator.members.elements(calls.values_of(one)) for one in arguments.positional]
    return frozenset({Elements(frozenset({Sequence(tuple(columns))}))})


def _chained(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    columns = (calls.evaluator.members.elements(calls.values_of(one)) for one in arguments.positional)
    return frozenset({Elements(NOTHING.union(*columns))})


def _mapped(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    if len(arguments.positional) != 2:
        return UNKNOWN
    elements = calls.evaluator.members.elements(_second(calls, arguments, here))
    given = Arguments((elements,))
    return frozenset({Elements(NOTHING.union(*(calls.call(f, given) for f in _first(calls, arguments, here))))})


def _callable(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    return _certainly(calls, arguments, here, _is_callable_value)


def _is_instance(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    """`isinstance(function, partial)` and the like; other classes are not decided."""
    if len(arguments.positional) == 2 and calls.values_of(arguments.positional[1]) == _PARTIAL:
        return _certainly(calls, arguments, None, _is_partial)
    return frozenset({Opaque("bool")})


def _to_sync(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    return frozenset(Partial(_TO_SYNC, Arguments((frozenset({one}),))) for one in _first(calls, arguments, here))


_TO_SYNC = External("asgiref.sync.AsyncToSync.__call__")


def _finishes(name: str, *, called: bool = False) -> KnownCall:
    """What runs an awaitable to its end, and gives what awaiting it does; `called`: the function that makes it."""

    def finish(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
        made = _first(calls, arguments, here)
        if called:
            given = replace(arguments, positional=arguments.positional[1:])
            made = NOTHING.union(*(calls.call(function, given) for function in made))
        found = calls.awaited(made)
        return frozenset({externals.result(name)}) if found == UNKNOWN else found

    return finish


def _task(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    handed = NOTHING.union(*(calls.values_of(argument) for argument in arguments.positional))
    for value in arguments.rest:  # `gather(*(check(user) for check in checks))`
        handed |= calls.evaluator.members.elements(frozenset({value}))
    return frozenset({_awaiting("task", handed)})


def _started(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    """`group.start_soon(check, user)`: the function is called with what follows it."""
    given = Arguments(arguments.positional[1:])
    made = NOTHING.union(*(calls.call(function, given) for function in _first(calls, arguments, here)))
    return frozenset({_awaiting("task", made)})


def _waited_for(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    """`asyncio.wait(tasks)`."""
    return frozenset({_awaiting("wait", calls.evaluator.members.elements(_first(calls, arguments, here)))})


def _as_completed(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    return frozenset({Elements(_waited_for(calls, arguments, here))})


def _awaiting(what: str, handed: Values) -> Awaitable:
    return Awaitable(what, frozenset(value for value in handed if isinstance(value, Coroutine | Awaitable)))


def _identity_decorator(calls: Calls, _arguments: Arguments, _here: Expression | None) -> Values:
    return frozenset({External("functools.wraps()")})


def _is_coroutine_function(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    return _certainly(calls, arguments, here, calls.is_coroutine_function)


def _is_awaitable(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    return _certainly(calls, arguments, here, _is_awaitable_value)


def _certainly(
    calls: Calls,
    arguments: Arguments,
    here: Expression | None,
    question: Callable[[Value], bool | None],
) -> Values:
    """A bool, where every value of the first argument gives the same answer."""
    answers = {question(value) for value in _first(calls, arguments, here)}
    if len(answers) == 1 and (answer := answers.pop()) is not None:
        return frozenset({Constant.of(answer)})
    return frozenset({Opaque("bool")})


def _type(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
    """The class of an object; what `type(name, bases, namespace)` makes is not followed."""
    if len(arguments.positional) != 1:
        return UNKNOWN
    classes: set[Value] = set()
    for value in _first(calls, arguments, here):
        match value:
            case Instance(cls):
                classes.add(cls)
            case ExternalInstance(name):
                classes.add(External(name))
            case _:
                classes.add(Unknown())
    return frozenset(classes)


def _to_async(calls: Calls, arguments: Arguments, _here: Expression | None) -> Values:
    return frozenset({External(externals.ASYNC_CALLABLE)})


def _marked(value: Value, kind: Any) -> Value:
    """A function as a static method, class method or property; so is one behind a cache."""
    match value:
        case Function():
            return replace(value, kind=kind)
        case Cached():
            return replace(value, function=_marked(value.function, kind))
    return value


def _is_awaitable_value(value: Value) -> bool | None:
    """What `inspect.isawaitable` answers."""
    match value:
        case Coroutine() | Awaitable():
            return True
        case Constant() | Opaque() | Function() | Class():
            return False
    return None


def _marks(kind: Any) -> KnownCall:
    def mark(calls: Calls, arguments: Arguments, here: Expression | None) -> Values:
        return frozenset(_marked(value, kind) for value in _first(calls, arguments, here))

    return mark


def _is_callable_value(value: Value) -> bool | None:
    match value:
        case Function() | Class() | Partial() | Cached():
            return True
        case Constant() | Opaque() | Sequence() | Dictionary():
            return False
    return None


def _is_partial(value: Value) -> bool | None:
    match value:
        case Partial():
            return True
        case Function() | Class() | Instance() | Constant():
            return False
    return None


_PARTIAL: Values = frozenset({External("functools.partial")})

KNOWN_CALLS: dict[str, KnownCall] = {
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.lru_cache": _cached,
    "functools.cache": _cached,
    "functools.lru_cache()": _cached,
    "functools.wraps": _identity_decorator,
    "functools.wraps()": _first,
    "functools.update_wrapper": _first,
    "functools.cached_property": _marks("property"),
    "types.coroutine": _marks("coroutine"),
    "functools.singledispatch": _marks("dispatch"),
    "functools.singledispatchmethod": _marks("dispatch"),
    "cached_property.cached_property": _marks("property"),
    "django.utils.functional.cached_property": _marks("property"),
    "werkzeug.utils.cached_property": _marks("property"),
    "builtins.property": _marks("property"),
    "abc.abstractproperty": _marks("property"),
    "builtins.staticmethod": _marks("static"),
    "builtins.classmethod": _marks("class"),
    "contextlib.aclosing": _first,
    "contextlib.contextmanager": _marks("context"),
    "contextlib.asynccontextmanager": _marks("context"),
    "typing.cast": _cast,
    "typing_extensions.cast": _cast,
    **{name: _opens(name) for name in OPENING.split()},
    "builtins.getattr": _getattr,
    "builtins.dict": _dict,
    "dataclasses.replace": _changed,
    "copy.replace": _changed,
    "attr.evolve": _changed,
    "attrs.evolve": _changed,
    "collections.OrderedDict": _dict,
    "collections.UserDict": _dict,
    "collections.defaultdict": _default_dict,
    "collections.ChainMap": _chain_map,
    "collections.namedtuple": _named_tuple,
    "collections.namedtuple()": _tuple_with_names,
    "contextvars.ContextVar": _context_var,
    "builtins.object.__new__": _new,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
    "types.MappingProxyType": _first,
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "builtins.iter": _elements,
    "builtins.list": _elements,
    "builtins.tuple": _elements,
    "builtins.set": _elements,
    "builtins.frozenset": _elements,
    "builtins.sorted": _elements,
    "builtins.reversed": _elements,
    "builtins.filter": _filtered,
    "builtins.enumerate": _enumerated,
    "builtins.zip": _zipped,
    "builtins.map": _mapped,
    "builtins.callable": _callable,
    "builtins.isinstance": _is_instance,
    "builtins.type": _type,
    "itertools.chain": _chained,
    "builtins.next": _some,
    "more_itertools.first": _some,
    "more_itertools.last": _some,
    "more_itertools.one": _some,
    "more_itertools.only": _some,
    **dict.fromkeys(_ASKS_ASYNC, _is_coroutine_function),
    "inspect.isawaitable": _is_awaitable,
    "inspect.iscoroutine": _is_awaitable,
    "asyncio.iscoroutine": _is_awaitable,
    "asyncio.create_task": _task,
    "asyncio.ensure_future": _task,
    "asyncio.gather": _task,
    "asyncio.shield": _task,
    "asyncio.wait_for": _task,
    "asyncio.wait": _waited_for,
    "asyncio.as_completed": _as_completed,
    "anyio.abc.TaskGroup.start": _started,
    "anyio.abc.TaskGroup.start_soon": _started,
    "asyncio.run": _finishes("asyncio.run"),
    "asyncio.BaseEventLoop.run_until_complete": _finishes("asyncio.BaseEventLoop.run_until_complete"),
    "asyncio.Runner.run": _finishes("asyncio.Runner.run"),
    "anyio.run": _finishes("anyio.run", called=True),
    "anyio.from_thread.run": _finishes("anyio.from_thread.run", called=True),
    "trio.run": _finishes("trio.run", called=True),
    "trio.from_thread.run": _finishes("trio.from_thread.run", called=True),
    "asgiref.sync.async_to_sync": _to_sync,
    _TO_SYNC.name: _finishes(_TO_SYNC.name, called=True),
    "asgiref.sync.sync_to_async": _to_async,
    "asgiref.sync.sync_to_async()": _to_async,
    "asyncer.asyncify": _to_async,
}
