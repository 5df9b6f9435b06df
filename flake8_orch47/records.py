"""Plain records: what `dataclasses` would give, at a tenth of what it costs to import.

A hundred small classes travel through this house. As dataclasses they took half of the start-up time of a
check: each is compiled from generated source when its module is imported, and `dataclasses` itself imports
`inspect`. Type checkers treat these classes as dataclasses (PEP 681).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Entity", "Record", "as_dict", "made_by", "replace"]

T = TypeVar("T")
R = TypeVar("R", bound="Record")


class _Factory:
    """A default that is made anew for each instance."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def made_by(*, default_factory: Callable[[], T]) -> T:
    """The default of a field that is made anew for each instance."""
    return _Factory(default_factory)  # type: ignore[return-value]


class _RecordType(type):
    """Makes slots of the annotated names of a class body, and defaults of their values."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        own = tuple(field for field in namespace.get("__annotations__", {}) if not field.startswith("__"))
        defaults = {field: namespace.pop(field) for field in own if field in namespace}
        fields: tuple[str, ...] = ()
        for base in bases:
            fields += getattr(base, "__match_args__", ())
            defaults = {**getattr(base, "_defaults", {}), **defaults}
        namespace.update(__slots__=own, __match_args__=(*fields, *own), _defaults=defaults)
        return super().__new__(mcs, name, bases, namespace)


class _Base(metaclass=_RecordType):
    """What both kinds of records share."""

    def __init__(self, *values: Any, **named: Any) -> None:
        fields: tuple[str, ...] = type(self).__match_args__  # type: ignore[attr-defined]
        if len(values) > len(fields):
            raise TypeError(f"{type(self).__name__} takes {len(fields)} values, not {len(values)}")
        given = dict(zip(fields, values, strict=False))
        for field in fields[len(values) :]:
            if field in named:
                given[field] = named.pop(field)
                continue
            try:
                default = type(self)._defaults[field]  # type: ignore[attr-defined]  # noqa: SLF001 (its own class)
            except KeyError:
                raise TypeError(f"{type(self).__name__} misses {field!r}") from None
            given[field] = default.make() if type(default) is _Factory else default
        if named:
            raise TypeError(f"{type(self).__name__} has no {', '.join(named)}, or it was given twice")
        for field, value in given.items():
            object.__setattr__(self, field, value)


@dataclass_transform(eq_default=False, field_specifiers=(made_by,))
class Entity(_Base):
    """A record with an identity: two are the same only if they are one."""


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(made_by,))
class Record(_Base):
    """A record that is what it holds: immutable, compared and hashed by type and values."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash((type(self), *_values(self)))

    def __repr__(self) -> str:
        fields = type(self).__match_args__  # type: ignore[attr-defined]
        return f"{type(self).__name__}({', '.join(f'{field}={getattr(self, field)!r}' for field in fields)})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(_values(self))


def _values(record: Record) -> list[Any]:
    return [getattr(record, field) for field in type(record).__match_args__]  # type: ignore[attr-defined]


def replace(record: R, **changes: Any) -> R:
    """A copy of a record with some values changed. Raises TypeError for a name that it does not have."""
    return type(record)(**{**as_dict(record), **changes})


def as_dict(record: Record) -> dict[str, Any]:
    """The values of a record by name, as they are."""
    return dict(zip(type(record).__match_args__, _values(record), strict=True))  # type: ignore[attr-defined]
