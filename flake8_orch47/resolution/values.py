"""The values that expressions may have, as far as they matter here.

A value is what reading the source tells about an object, nothing more: `Unknown` is an ordinary answer.
"""

from __future__ import annotations

from functools import lru_cache

from flake8_orch47.records import Record, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable
    from typing import Any, Literal, TypeAlias

    from flake8_orch47.facts.scopes import FunctionNode, Scope
    from flake8_orch47.project.tree import Found

__all__ = [
    "NONE",
    "NOTHING",
    "UNKNOWN",
    "Arguments",
    "Awaitable",
    "BoundBuiltin",
    "Cached",
    "Class",
    "Constant",
    "Container",
    "Coroutine",
    "Dictionary",
    "Elements",
    "Expression",
    "External",
    "ExternalInstance",
    "ExternalModule",
    "Frame",
    "Function",
    "Generator",
    "Instance",
    "Module",
    "Namespace",
    "Opaque",
    "Parameter",
    "Partial",
    "Sequence",
    "Super",
    "Unknown",
    "Value",
    "Values",
    "as_keys",
    "is_empty",
    "merged",
]


class Frame:
    """One call of a function as seen from its body: what its parameters hold, and the closure around it.

    Frames are interned by `Calls`, so they compare by identity.
    """

    __slots__ = ("arguments", "depth", "parent", "scope")

    def __init__(self, scope: Scope, arguments: dict[str, Values], parent: Frame | None, depth: int) -> None:
        self.scope = scope
        self.arguments = arguments
        self.parent = parent
        self.depth = depth


class Expression(Row):
    """An expression and where it stands; `statement` is None for "after the scope has ended"."""

    node: ast.expr
    scope: Scope
    statement: ast.stmt | None
    frame: Frame | None


class Unknown(Record):
    """What cannot be determined."""


class Constant(Record):
    """None, a bool, a number, a string, or a tuple of them as a key. `kind` keeps True apart from 1."""

    value: str | bytes | int | float | complex | tuple[object, ...] | None
    kind: str

    @classmethod
    def of(cls, value: str | bytes | complex | tuple[object, ...] | None) -> Constant:
        """The constant for a Python value."""
        return _constant(value, type(value).__name__)


@lru_cache(maxsize=4096)
def _constant(value: str | bytes | complex | tuple[object, ...] | None, kind: str) -> Constant:
    return Constant(value, kind)


class ExternalModule(Record):
    """A module that is not part of the project, by its dotted name."""

    name: str


class External(Record):
    """Something of a module outside the project, by its dotted name; `()` stands for "the result of calling"."""

    name: str


class ExternalInstance(Record):
    """An instance of a class outside the project."""

    cls: str


class Module(Record):
    """A module or package of the project."""

    found: Found


class Function(Record):
    """A function, method or lambda of the project, with its closure and, if bound, what it is bound to.

    `kind` says how attribute access treats it; `decorated` is set where decorators have been applied.
    """

    scope: Scope
    frame: Frame | None = None
    receiver: Value | None = None
    kind: Literal["function", "static", "class", "property", "context", "coroutine", "dispatch"] = "function"

    @property
    def node(self) -> FunctionNode:
        """The `def` or `lambda`."""
        node = self.scope.function
        if node is None:
            raise TypeError(f"{self.scope.kind} is no function")
        return node


class Class(Record):
    """A class of the project."""

    scope: Scope
    frame: Frame | None = None


class Instance(Record):
    """An instance of a class of the project; `frame` holds what its constructor was given, where known.

    `declared`: only an annotation says so; it may well be of a subclass. `site` is the call that made it, where
    such objects hold what they are given later on: it tells them apart.
    """

    cls: Class
    frame: Frame | None = None
    declared: bool = False
    site: ast.Call | None = None


class Super(Record):
    """`super()` in a method of `cls`, bound to `receiver`."""

    cls: Class
    receiver: Value


class Partial(Record):
    """`functools.partial(function, ...)`."""

    function: Value
    arguments: Arguments


class Maker(Record):
    """A classmethod that a class has from a library and that makes an object of it: `Port.from_subscription`."""

    name: str
    cls: Class


class Cached(Record):
    """A function behind `functools.lru_cache` or `cache`; `decorator` is the expression that wraps it."""

    function: Value
    decorator: Expression


#: Containers in containers deeper than this, or of more values in all, are known as containers only.
_DEEPEST, _LARGEST = 12, 4000


class Container(Record):
    """What holds values. `depth` and `size` measure them once and for all, when it is made.

    What a container of containers of containers may hold grows with the power of its depth: beyond all measure
    it is not looked into.
    """

    def __new__(cls, *given: Any, **named: Any) -> Any:
        if named:
            given = Record.__new__(cls, *given, **named)[1:]
        held = cls.held(*given)
        depth, size = _measured(cls.groups(*held))
        if depth > _DEEPEST or size > _LARGEST:
            held, depth, size = cls.hidden(*held), 1, 1
        return tuple.__new__(cls, (cls, *held, depth, size))

    @staticmethod
    def held(*given: Any) -> tuple[Any, ...]:
        """The values of the fields, without those that measure."""
        return given[:1]

    @staticmethod
    def groups(*held: Any) -> Iterable[Values]:
        """The sets of values in it."""
        raise NotImplementedError

    @staticmethod
    def hidden(*held: Any) -> tuple[Any, ...]:
        """The same with nothing known of what it holds."""
        raise NotImplementedError


def _measured(groups: Iterable[Values]) -> tuple[int, int]:
    """How deep the containers among some values nest, and how many values they hold in all."""
    depth, size = 0, 0
    for values in groups:
        for value in values:
            if isinstance(value, Container):
                depth = max(depth, value.depth)
                size += value.size
        size += len(values)
    return depth + 1, size


class Sequence(Container):
    """A list or tuple whose elements are known, in order."""

    elements: tuple[Values, ...]
    depth: int = 0
    size: int = 0

    @staticmethod
    def groups(elements: tuple[Values, ...]) -> Iterable[Values]:
        return elements

    @staticmethod
    def hidden(elements: tuple[Values, ...]) -> tuple[Any, ...]:
        return ((UNKNOWN,) * len(elements),)


class Elements(Container):
    """Something that yields values when iterated or indexed: a set, a `list[T]`, a generator expression."""

    of: Values
    depth: int = 0
    size: int = 0

    @staticmethod
    def groups(of: Values) -> Iterable[Values]:
        return (of,)

    @staticmethod
    def hidden(_of: Values) -> tuple[Any, ...]:
        return (UNKNOWN,)


class Dictionary(Container):
    """A dictionary: values by constant key, and what any other key may give."""

    items: tuple[tuple[Constant, Values], ...]
    others: Values = frozenset()
    depth: int = 0
    size: int = 0

    @staticmethod
    def held(items: tuple[tuple[Constant, Values], ...], others: Values = frozenset(), *_: int) -> tuple[Any, ...]:
        return items, others

    @staticmethod
    def groups(items: tuple[tuple[Constant, Values], ...], others: Values) -> Iterable[Values]:
        return (others, *(values for _, values in items))

    @staticmethod
    def hidden(items: tuple[tuple[Constant, Values], ...], others: Values) -> tuple[Any, ...]:
        return tuple((key, UNKNOWN) for key, _ in items), UNKNOWN if others else others

    @property
    def values(self) -> Values:
        """Every value, whatever its key."""
        return self.others.union(*(value for _, value in self.items))


def merged(parts: Iterable[Value]) -> Dictionary:
    """One dictionary of several, as `{**first, **second}` makes it; a parameter may have any key."""
    items: dict[Constant, Values] = {}
    others: Values = frozenset()
    for part in parts:
        if isinstance(part, Dictionary):
            items.update(part.items)
            others |= part.others
        elif isinstance(part, Parameter):
            items = {key: held | {part} for key, held in items.items()}
            others |= {part}
        else:
            others |= UNKNOWN
    return Dictionary(tuple(items.items()), others)


class Namespace(Container):
    """Values by name, and for a named tuple by position: `SimpleNamespace(check=check)`."""

    attributes: tuple[tuple[str, Values], ...]
    depth: int = 0
    size: int = 0

    @staticmethod
    def groups(attributes: tuple[tuple[str, Values], ...]) -> Iterable[Values]:
        return [values for _, values in attributes]

    @staticmethod
    def hidden(attributes: tuple[tuple[str, Values], ...]) -> tuple[Any, ...]:
        return (tuple((name, UNKNOWN) for name, _ in attributes),)


class BoundBuiltin(Record):
    """A method of a built-in container: `roles.get`."""

    receiver: Value
    name: str


class Coroutine(Record):
    """What calling the async function gives; `frame` is the call."""

    function: Function
    frame: Frame | None


class Generator(Record):
    """What calling a generator function gives; `frame` is the call. `context`: it is a context manager."""

    function: Function
    frame: Frame | None
    context: bool = False


class Awaitable(Record):
    """An awaitable that is no coroutine of the project: a Future, a Task, an external coroutine.

    `of` is what was wrapped into it, where that matters (`asyncio.create_task(check(user))`); `runs` the functions
    that run in a thread or an executor, whose result awaiting it gives, and `arguments` what they are given.
    """

    what: str
    of: Values = frozenset()
    runs: Values = frozenset()
    arguments: Arguments | None = None


class Opaque(Record):
    """A value that is certainly no awaitable and no callable: the result of a comparison, an f-string."""

    what: str


class Parameter(Record):
    """A parameter of a function (or a field of a class) whose caller is not known.

    `star` is `*` or `**` for the parameters that collect.
    """

    scope: Scope
    name: str
    star: str = ""


Value: TypeAlias = (
    Unknown
    | Constant
    | ExternalModule
    | External
    | ExternalInstance
    | Module
    | Function
    | Class
    | Instance
    | Super
    | Partial
    | Maker
    | Cached
    | Sequence
    | Elements
    | Dictionary
    | Namespace
    | BoundBuiltin
    | Coroutine
    | Generator
    | Awaitable
    | Opaque
    | Parameter
)
Values: TypeAlias = frozenset[Value]
Argument: TypeAlias = Expression | Values


class Arguments(Record):
    """The arguments of a call, with stars expanded as far as they are known.

    `rest` and `keyword_rest` are what stars bring that could not be expanded: a wrapper's `*args`/`**kwargs`
    parameters, or something unknown.
    """

    positional: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Argument], ...] = ()
    rest: Values = frozenset()
    keyword_rest: Values = frozenset()

    def then(self, later: Arguments) -> Arguments:
        """These arguments, those of a partial, together with those of its call; the call's keywords win."""
        if self == _NO_ARGUMENTS:
            return later
        again = {name for name, _ in later.keywords}
        return Arguments(
            (*self.positional, *later.positional),
            (*(pair for pair in self.keywords if pair[0] not in again), *later.keywords),
            self.rest | later.rest,
            self.keyword_rest | later.keyword_rest,
        )

    def get(self, name: str, position: int | None) -> Argument | None:
        """The argument for a parameter, by keyword or by position."""
        for keyword, argument in self.keywords:
            if keyword == name:
                return argument
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None


_NO_ARGUMENTS = Arguments()


def is_empty(value: Value) -> bool:
    """Whether a value is a container with nothing in it."""
    match value:
        case Dictionary(items, others):
            return not items and not others
        case Sequence(elements):
            return not elements
        case Elements(of):
            return of <= UNKNOWN
    return False


UNKNOWN: Values = frozenset({Unknown()})
NOTHING: Values = frozenset()
NONE: Values = frozenset({Constant.of(None)})


def as_keys(values: Values) -> Values:
    """Values as the keys of a dictionary: a tuple of constants is one."""
    return frozenset(_as_key(value) for value in values) if any(isinstance(one, Sequence) for one in values) else values


def _as_key(value: Value) -> Value:
    if not isinstance(value, Sequence):
        return value
    parts = [next(iter(element)) if len(element) == 1 else None for element in value.elements]
    known = tuple(part.value for part in parts if isinstance(part, Constant))
    return Constant(known, "tuple") if len(known) == len(parts) else value
