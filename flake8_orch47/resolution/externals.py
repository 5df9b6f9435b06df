"""Names outside the project, followed by name alone: nothing of them has to be installed.

Everything known about them is in `flake8_orch47.knowledge`; here it is put into values.
"""

from __future__ import annotations

import ast
import sys
from functools import cache

from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution.values import (
    UNKNOWN,
    Elements,
    External,
    ExternalInstance,
    ExternalModule,
    Opaque,
    Sequence,
    Unknown,
    Value,
    Values,
)

__all__ = [
    "ASYNC_CALLABLE",
    "COPYING",
    "ENUMS",
    "FIELD_BASES",
    "FIELD_DECORATORS",
    "PLAIN_BASES",
    "attribute",
    "builtin",
    "class_name",
    "defines",
    "element",
    "entered",
    "instance_attribute",
    "is_callback",
    "is_coroutine_function",
    "is_guess",
    "is_module",
    "makes_itself",
    "member",
    "module",
    "never_awaitable",
    "operation",
    "result",
    "stands_for_itself",
    "star_member",
]

ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag", "enum.ReprEnum"})
#: Bases that add nothing to what a class does with callbacks.
PLAIN_BASES = frozenset(
    {"typing.Generic", "typing.Protocol", "abc.ABC", "builtins.object", "typing_extensions.Protocol"}
)
#: Bases and decorators that generate an `__init__` from the annotated fields.
FIELD_BASES = frozenset({"typing.NamedTuple", "pydantic.BaseModel", "pydantic.main.BaseModel"})
#: Their methods that make a copy with other values for some fields.
COPYING = {
    "typing.NamedTuple": frozenset({"_replace"}),
    "pydantic.BaseModel": frozenset({"copy", "model_copy"}),
    "pydantic.main.BaseModel": frozenset({"copy", "model_copy"}),
}
#: Classmethods by which classes that derive from one of these packages make objects of themselves.
_MAKING = {
    "orchestrator": frozenset(
        "from_db from_other_lifecycle from_other_product from_product_id from_subscription new".split()
    ),
    "pydantic": frozenset(
        "construct from_orm model_construct model_validate model_validate_json model_validate_strings parse_file"
        " parse_obj parse_raw".split()
    ),
}
_MAKING["orchestrator"] |= _MAKING["pydantic"]
_MAKING["pydantic_settings"] = _MAKING["sqlmodel"] = _MAKING["pydantic"]
FIELD_DECORATORS = frozenset(
    {
        "dataclasses.dataclass",
        "pydantic.dataclasses.dataclass",
        "attr.s",
        "attr.attrs",
        "attr.define",
        "attr.frozen",
        "attr.mutable",
        "attrs.define",
        "attrs.frozen",
        "attrs.mutable",
    }
)

#: Names of orchestrator-core that mean themselves, also in its own source tree.
_NAMED = frozenset(
    {
        *core.REGISTRATIONS,
        *core.START_PROCESS,
        *(name.removesuffix("()").removesuffix("()") for name in core.RETURNS if "." in name),
        *core.CALLBACK_ATTRIBUTES,
        *core.ELEMENTS,
        core.SCHEDULER,
        core.SCHEDULER_DECORATOR,
        core.ALL_SCHEDULERS,
        core.AUTH_CONTEXT,
    }
)


def module(name: str) -> str:
    """The name under which a module is known: its 4.x spelling for orchestrator-core's."""
    return core.canonical(name) or name


def is_module(name: str) -> bool:
    """Whether `name` is a module of orchestrator-core."""
    return core.canonical(name) in core.MODULES


def stands_for_itself(name: str) -> bool:
    """Whether the tables speak of this name of orchestrator-core, so that its own source need not be followed."""
    return name in _NAMED


def member(parent: str, name: str) -> Value:
    """What `from parent import name` binds. A package's attribute hides its submodule of that name."""
    exported = core.REEXPORTS.get(parent)
    if exported is not None and name in exported:
        return _typed(exported[name])
    dotted = module(f"{parent}.{name}")
    if dotted in core.MODULES:
        return ExternalModule(dotted)
    return _typed(dotted)


def star_member(parent: str, name: str) -> Value | None:
    """What `from parent import *` binds to `name`, as far as the tables know; None if nothing."""
    return member(parent, name) if name in core.EXPORTS.get(parent, ()) else None


def _typed(name: str) -> Value:
    if name.startswith("builtins."):
        return External(name)
    name = libraries.canonical(name)
    if (cls := core.ATTRIBUTES.get(name)) is not None:
        return ExternalInstance(cls)
    if (cls := core.VALUES.get(name)) is not None:
        return Elements(frozenset({ExternalInstance(cls)}))
    kind = libraries.attribute(name)
    return of_type(kind) if kind is not None else External(name)


def of_type(kind: str) -> Value:
    """A value of a type as the library tables write it."""
    form, parts = libraries.unpack(kind)
    if form == "tuple":
        return Sequence(tuple(frozenset({of_type(part)}) for part in parts))
    if form == "type":
        return External(parts[0])
    return ExternalInstance(kind)


def builtin(name: str) -> Value:
    """A built-in name."""
    return External(f"builtins.{name}")


def class_name(name: str) -> str:
    """The canonical name of a class."""
    return libraries.canonical(core.canonical(name) or name)


def attribute(name: str, attr: str) -> Value:
    """The attribute `attr` of the external `name`: a class's method, a module's function, an object's field."""
    if name.endswith("()"):
        return instance_attribute(name.removesuffix("()"), attr)
    return _typed(f"{name}.{attr}")


@cache
def instance_attribute(cls: str, attr: str) -> Value:
    """The attribute `attr` of an instance of `cls`."""
    for owner in _line(cls):
        dotted = f"{owner}.{attr}"
        if (typed := core.ATTRIBUTES.get(dotted)) is not None:
            return ExternalInstance(typed)
        if _is_known(dotted):
            return External(dotted)
    kind = libraries.attribute(f"{cls}.{attr}")
    return of_type(kind) if kind is not None else External(f"{cls}.{attr}")


def _is_known(name: str) -> bool:
    return name in core.REGISTRATIONS or name in core.COROUTINE_FUNCTIONS or f"{name}()" in core.RETURNS


def _line(cls: str) -> tuple[str, ...]:
    """A class of orchestrator-core and its bases there."""
    base = core.BASES.get(cls)
    return (cls, base) if base else (cls,)


def defines(cls: str, method: str) -> bool:
    """Whether a base class outside the project may define a special method, as far as is known."""
    name = f"{class_name(cls)}.{method}"
    return _is_known(name) or libraries.returns(name) is not None or libraries.blocking(name) is not None


#: What `sync_to_async(f)` gives: something whose call gives an awaitable.
ASYNC_CALLABLE = "asgiref.sync.SyncToAsync"


@cache
def is_guess(cls: str) -> bool:
    """Whether only its spelling says that `cls` is a class: no table knows its package, and it is none of Python's."""
    package = cls.partition(".")[0]
    known = package in _KNOWN or package in sys.stdlib_module_names or package in libraries.packages()
    return not known


_KNOWN = frozenset({"builtins", "oauth2_lib", "orchestrator", "pydantic", "pydantic_forms"})


def is_callback(name: str) -> bool:
    """Whether `name` is an attribute of the framework that holds a callback: from 4.7 its call is a coroutine."""
    cls, _, attr = name.rpartition(".")
    return attr in core.CALLBACK_ATTRIBUTES.get(cls, ())


def is_coroutine_function(name: str) -> bool:
    """Whether calling `name` gives an awaitable."""
    return name in core.COROUTINE_FUNCTIONS or libraries.awaitable(name) or name == ASYNC_CALLABLE


def result(name: str) -> Value:
    """What calling the external `name` gives."""
    called = f"{name}()"
    if (cls := core.RETURNS.get(called)) is not None:
        return ExternalInstance(cls)
    if (kind := libraries.returns(name)) is not None:
        return of_type(kind)
    owner, _, method = name.rpartition(".")
    if makes_itself(owner, method) and owner.rpartition(".")[2][:1].isupper():
        return ExternalInstance(class_name(owner))
    if name.rpartition(".")[2][:1].isupper() and not name.endswith(")"):
        return ExternalInstance(class_name(name))
    return External(called)


def element(cls: str) -> Values:
    """What iterating over an instance gives."""
    if cls in _PLAIN_CLASSES:
        return opaque("claim")
    found = core.ELEMENTS.get(cls) or libraries.elements(cls)
    return frozenset({of_type(found)}) if found else UNKNOWN


def makes_itself(base: str, name: str) -> bool:
    """Whether a classmethod of a base class makes an object of the class that it is called on.

    Sources: the pages "Domain models" of orchestrator-core and "Models" of pydantic.
    """
    return name in _MAKING.get(base.partition(".")[0], ())


def entered(value: External | ExternalInstance) -> Value:
    """What `with value as x` binds."""
    if isinstance(value, External):
        name = core.RETURNS.get(f"{value.name}.__enter__()")
        return External(name) if name else Unknown()
    kind = libraries.enters(value.cls)
    return of_type(kind) if kind else value


def operation(cls: str, operator: ast.operator) -> Values:
    """What an arithmetic operator on an instance gives (`path / name`, `begin >> step`)."""
    name = _OPERATORS.get(type(operator))
    if name is None:
        return UNKNOWN
    found = core.RETURNS.get(f"{cls}.{name}()") or libraries.returns(f"{cls}.{name}")
    return frozenset({of_type(found)}) if found else UNKNOWN


_OPERATORS = {ast.Div: "__truediv__", ast.RShift: "__rshift__", ast.Add: "__add__", ast.BitOr: "__or__"}


def never_awaitable(name: str) -> bool:
    """Whether what `name` gives when called, or an instance of it, is certainly no awaitable."""
    return name.startswith(_PLAIN_PREFIXES) or name in _PLAIN_CLASSES or libraries.never_awaitable(name)


#: What the framework hands to callbacks: claims and fields, none of them an awaitable.
_PLAIN_CLASSES = frozenset({*core.USER_MODEL, core.AUTH_CONTEXT})
_PLAIN_PREFIXES = tuple(f"{name}." for name in _PLAIN_CLASSES)


def opaque(what: str) -> Values:
    """A value that is certainly no awaitable."""
    return frozenset({Opaque(what)})
