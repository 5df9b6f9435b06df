"""Plain records: what `dataclasses` would give, at a tenth of what it costs to import.

A hundred small classes travel through this house. As dataclasses they took half of the start-up time of a
check: each is compiled from generated source when its module is imported, and `dataclasses` itself imports
`inspect`. Type checkers treat these classes as dataclasses (PEP 681).

`typing` costs another 3 ms, a twelfth of a run in which nothing has changed. So modules on the way of a check say
`TYPE_CHECKING = False`, which type checkers read as that of `typing`.
"""

from __future__ import annotations

try:
    from _collections import _tuplegetter  # type: ignore[import-not-found]  # what named tuples are made of: half of what a property costs
except ImportError:  # pragma: no cover - another Python

    def _tuplegetter(index: int, doc: str) -> Any:
        return property(lambda self: tuple.__getitem__(self, index), doc=doc)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self, TypeAlias, TypeVar, dataclass_transform

    T = TypeVar("T")
    R = TypeVar("R", bound="Record")
    _Tuple: TypeAlias = tuple[Any, ...]
else:  # importing `typing` would cost as much as all of these records
    _Tuple = tuple

    def dataclass_transform(**_options: object) -> Callable[[type], type]:
        return lambda cls: cls


__all__ = ["Entity", "Record", "Row", "as_dict", "made_by", "replace"]

_new = tuple.__new__


class _Factory:
    """A default that is made anew for each instance."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def made_by(*, default_factory: Callable[[], T]) -> T:
    """The default of a field that is made anew for each instance."""
    return _Factory(default_factory)  # type: ignore[return-value]


def _declared(bases: tuple[type, ...], namespace: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The own fields of a class body, and all of them; its defaults move to `_defaults`."""
    own = tuple(field for field in namespace.get("__annotations__", {}) if not field.startswith("__"))
    defaults = {field: namespace.pop(field) for field in own if field in namespace}
    fields: tuple[str, ...] = ()
    for base in bases:
        fields += getattr(base, "__match_args__", ())
        defaults = {**getattr(base, "_defaults", {}), **defaults}
    fields += own
    namespace.update(__match_args__=fields, _defaults=defaults)
    return own, fields


def _completed(cls: type, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """The values of all fields, from those given by position and by name. Raises TypeError as a call does."""
    fields: tuple[str, ...] = cls.__match_args__  # type: ignore[attr-defined]
    if len(values) > len(fields):
        raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(values)}")
    found = list(values)
    for field in fields[len(values) :]:
        if field in named:
            found.append(named.pop(field))
            continue
        try:
            default = cls._defaults[field]  # type: ignore[attr-defined]
        except KeyError:
            raise TypeError(f"{cls.__name__} misses {field!r}") from None
        found.append(default.make() if type(default) is _Factory else default)
    if named:
        raise TypeError(f"{cls.__name__} has no {', '.join(named)}, or it was given twice")
    return tuple(found)


class _EntityType(type):
    """Makes slots of the annotated names of a class body, and defaults of their values."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _EntityType:
        own, fields = _declared(bases, namespace)
        namespace["__slots__"] = own
        cls = super().__new__(mcs, name, bases, namespace)
        cls._setters = tuple(getattr(cls, field).__set__ for field in fields)  # type: ignore[attr-defined]
        return cls


@dataclass_transform(eq_default=False, field_specifiers=(made_by,))
class Entity(metaclass=_EntityType):
    """A record with an identity: two are the same only if they are one."""

    def __init__(self, *values: Any, **named: Any) -> None:
        cls = type(self)
        setters: tuple[Callable[[Any, Any], None], ...] = cls._setters  # type: ignore[attr-defined]
        if named or len(values) != len(setters):
            values = _completed(cls, values, named)
        for setter, value in zip(setters, values, strict=True):
            setter(self, value)


def _rests(fields: tuple[str, ...], defaults: dict[str, Any]) -> dict[int, tuple[Any, ...]]:
    """The values that are left to their defaults, by how many are given; without those that are made anew."""
    rests: dict[int, tuple[Any, ...]] = {}
    rest: tuple[Any, ...] = ()
    for count in range(len(fields) - 1, -1, -1):
        default = defaults.get(fields[count], _Factory)
        if default is _Factory or type(default) is _Factory:
            break
        rest = (default, *rest)
        rests[count] = rest
    return rests


class _RowType(type):
    """Makes fields of the annotated names of a class body, and defaults of their values.

    The tuple has `lead` elements before its values.
    """

    lead = 0

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        own, fields = _declared(bases, namespace)
        first = len(fields) - len(own) + mcs.lead
        getters = {field: _tuplegetter(index, f"{name}.{field}") for index, field in enumerate(own, first)}
        namespace.update(getters, __slots__=(), _arity=len(fields), _rests=_rests(fields, namespace["_defaults"]))
        return super().__new__(mcs, name, bases, namespace)


class _RecordType(_RowType):
    """As for rows; a record's class stands before its values."""

    lead = 1


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(made_by,))
class Record(_Tuple, metaclass=_RecordType):
    """A record that is what it holds: immutable, compared and hashed by type and values.

    It is a tuple of its class and its values: so comparing and hashing never come back to Python.
    """

    def __new__(cls, *values: Any, **named: Any) -> Any:
        if named:
            values = _completed(cls, values, named)
        elif (count := len(values)) != cls._arity:  # type: ignore[attr-defined]
            rest = cls._rests.get(count)  # type: ignore[attr-defined]
            values = values + rest if rest is not None else _completed(cls, values, named)
        return _new(cls, (cls, *values))

    def __repr__(self) -> str:
        fields: tuple[str, ...] = type(self).__match_args__  # type: ignore[attr-defined]
        values = ", ".join(f"{field}={value!r}" for field, value in zip(fields, self[1:], strict=True))
        return f"{type(self).__name__}({values})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self[1:]


@dataclass_transform(frozen_default=True, eq_default=True)
class Row(_Tuple, metaclass=_RowType):
    """A named tuple: compared and ordered by its values, and it can be taken apart.

    `typing.NamedTuple` compiles every annotation of every such class when its module is imported.
    """

    def __new__(cls, *values: Any, **named: Any) -> Any:
        if named:
            values = _completed(cls, values, named)
        elif (count := len(values)) != cls._arity:  # type: ignore[attr-defined]
            rest = cls._rests.get(count)  # type: ignore[attr-defined]
            values = values + rest if rest is not None else _completed(cls, values, named)
        return _new(cls, values)

    def __repr__(self) -> str:
        fields: tuple[str, ...] = type(self).__match_args__  # type: ignore[attr-defined]
        values = ", ".join(f"{field}={value!r}" for field, value in zip(fields, self, strict=True))
        return f"{type(self).__name__}({values})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def _replace(self, **changes: Any) -> Self:
        """A copy with some values changed. Raises TypeError for a name that it does not have."""
        cls = type(self)
        fields: tuple[str, ...] = cls.__match_args__  # type: ignore[attr-defined]
        values = list(self)
        for name, value in changes.items():
            if name not in fields:
                raise TypeError(f"{cls.__name__} has no {name}")
            values[fields.index(name)] = value
        return _new(cls, values)


def replace(record: R, **changes: Any) -> R:
    """A copy of a record with some values changed. Raises TypeError for a name that it does not have."""
    return type(record)(**{**as_dict(record), **changes})


def as_dict(record: Record) -> dict[str, Any]:
    """The values of a record by name, as they are."""
    return dict(zip(type(record).__match_args__, record[1:], strict=True))  # type: ignore[attr-defined]
