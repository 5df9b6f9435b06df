"""What other libraries' names do: what blocks, what it returns, what runs elsewhere.

The tables are in `flake8_orch47.knowledge.blocking`, a module per family; here they are joined, once, and
read. A name is a dotted path, as the imports of the linted code spell it: every function below takes any
public spelling, and methods in the spelling of the class at hand (`requests_oauthlib.OAuth2Session.get`).
orchestrator-core's names are those of 4.x. The form of types (`iter[A]`, `context[A]`, ...) is described in
`blocking/library.py`.

How a receiver is followed, one step at a time: `attribute("C.name")` says what `x.name` is; where it is
silent, `x.name` is the callable `C.name`, and `blocking`, `returns`, `awaitable`, `offloading` and
`calls_argument` say what calling it does. An instance of `C` that is called is `C.__call__`. Calling a
class gives an instance of it where `returns` says nothing else.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from flake8_orch47.knowledge.blocking import concurrency, database, http, identity, network, orchestrator, stdlib
from flake8_orch47.knowledge.blocking.library import Argument, Blocking, Blocks, Callee, Library, members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ALIASES",
    "ATTRIBUTES",
    "AWAITABLE",
    "BASES",
    "BLOCKING",
    "CALLS_ARGUMENT",
    "CODES",
    "ELEMENTS",
    "ENTERING",
    "ENTERS",
    "ENTERS_ARGUMENT",
    "ITERATING",
    "LEAVING",
    "LIBRARIES",
    "NOT_AWAITABLE",
    "OFFLOADING",
    "PASSES_THROUGH",
    "RETURNS",
    "SILENT",
    "Argument",
    "Blocking",
    "Callee",
    "attribute",
    "awaitable",
    "blocking",
    "calls_argument",
    "canonical",
    "elements",
    "entering",
    "enters",
    "enters_argument",
    "family",
    "iterating",
    "leaving",
    "never_awaitable",
    "offloading",
    "packages",
    "passes_through",
    "returns",
    "unpack",
    "without_state",
]

_T = TypeVar("_T")

#: The rule's name for each kind of blocking call.
CODES: Final[Mapping[str, str]] = {
    "ORC301": "blocking-http-call",
    "ORC302": "blocking-database-call",
    "ORC303": "blocking-sleep",
    "ORC304": "blocking-subprocess",
    "ORC305": "blocking-file-access",
    "ORC306": "blocking-network-call",
    "ORC307": "blocking-wait",
    "ORC308": "configured-blocking-call",
}

LIBRARIES: Final[tuple[Library, ...]] = (
    *stdlib.LIBRARIES,
    *http.LIBRARIES,
    *identity.LIBRARIES,
    *database.LIBRARIES,
    *network.LIBRARIES,
    *concurrency.LIBRARIES,
    *orchestrator.LIBRARIES,
)


def _joined(tables: Iterable[Mapping[str, _T]]) -> dict[str, _T]:
    joined: dict[str, _T] = {}
    for table in tables:
        joined.update(table)
    return joined


def _stated(rows: Iterable[tuple[Blocks, str]]) -> dict[str, Blocking]:
    """What the rows, each with its library's page, state about every name."""
    stated: dict[str, Blocking] = {}
    for row, source in rows:
        stated.update(dict.fromkeys(members(row.owners, row.names), row.blocking(source)))
    return stated


#: What blocks when it is called; `package.Class.*` are all public methods of a class but those in `SILENT`.
BLOCKING: Final[Mapping[str, Blocking]] = _stated((row, of.source) for of in LIBRARIES for row in of.calls)
#: Classes by what blocks when an instance is iterated, entered or left.
ITERATING: Final[Mapping[str, Blocking]] = _stated((row, of.source) for of in LIBRARIES for row in of.iterating)
ENTERING: Final[Mapping[str, Blocking]] = _stated((row, of.source) for of in LIBRARIES for row in of.entering)
LEAVING: Final[Mapping[str, Blocking]] = _stated((row, of.source) for of in LIBRARIES for row in of.leaving)
SILENT: Final[frozenset[str]] = frozenset(name for of in LIBRARIES for name in of.silent)
ALIASES: Final[Mapping[str, str]] = _joined(of.aliases for of in LIBRARIES)
BASES: Final[Mapping[str, str]] = _joined(of.bases for of in LIBRARIES)
RETURNS: Final[Mapping[str, str]] = _joined(of.returns for of in LIBRARIES)
ATTRIBUTES: Final[Mapping[str, str]] = _joined(of.attributes for of in LIBRARIES)
ENTERS: Final[Mapping[str, str]] = _joined(of.enters for of in LIBRARIES)
ELEMENTS: Final[Mapping[str, str]] = _joined(of.elements for of in LIBRARIES)
OFFLOADING: Final[Mapping[str, Callee]] = _joined(of.offloading for of in LIBRARIES)
CALLS_ARGUMENT: Final[Mapping[str, Callee]] = _joined(of.in_place for of in LIBRARIES)
#: Callables that give back their argument at that position, and those that enter it as `with` would.
PASSES_THROUGH: Final[Mapping[str, int]] = _joined(of.passes for of in LIBRARIES)
ENTERS_ARGUMENT: Final[Mapping[str, int]] = _joined(of.enters_argument for of in LIBRARIES)
#: What gives an awaitable when it is called: external coroutine functions, futures, tasks.
AWAITABLE: Final[Mapping[str, bool]] = {
    **{name: True for of in LIBRARIES for name in of.awaitable},
    **{name: True for name, row in BLOCKING.items() if row.coroutine},
}

#: What a row of its own describes; no wildcard speaks for it.
_DESCRIBED = SILENT | BLOCKING.keys() | RETURNS.keys()

_PACKAGES = """
    MySQLdb boto3 botocore dns httpx httpx2 hvac jwt ldap ldap3 msal napalm ncclient netmiko paramiko psycopg psycopg2
    psycopg_pool pymysql pynetbox redis requests requests_oauthlib scp sqlalchemy urllib3 yaml
"""
#: Packages whose functions never give an awaitable; so does the standard library. `_ANYTHING` is excepted.
NOT_AWAITABLE: Final = frozenset(_PACKAGES.split())

_ANYTHING_TEXT = """
    abc asyncio atexit builtins collections concurrent contextlib contextvars copy copyreg dataclasses enum functools
    heapq importlib inspect itertools marshal multiprocessing operator pickle pkgutil pydoc queue random runpy shelve
    sys.modules threading types typing unittest weakref yaml.full_load yaml.load yaml.unsafe_load
    dns.asyncquery dns.asyncresolver httpx.AsyncBaseTransport httpx.AsyncClient
    httpx.AsyncHTTPTransport httpx2.AsyncBaseTransport httpx2.AsyncClient httpx2.AsyncHTTPTransport
    psycopg.AsyncConnection psycopg.AsyncCursor psycopg.connection_async
    psycopg_pool.AsyncConnectionPool redis.asyncio sqlalchemy.ext.asyncio sqlalchemy.util
"""
#: Asynchronous parts of those, and modules of the standard library that hand back whatever they were given.
_ANYTHING = frozenset(_ANYTHING_TEXT.split())

#: Of these also what blocks hands back what somebody put in.
_KEEPING = frozenset({"multiprocessing", "pickle", "queue", "shelve"})

_PLAIN_TEXT = """
    all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float format
    frozenset hasattr hash hex id input int isinstance issubclass len list map memoryview oct open ord
    print range repr reversed round set slice sorted str tuple type zip concurrent.futures.Future
"""
#: Builtins whose result is certainly no awaitable; `max`, `next` or `getattr` may give back anything.
_PLAIN = frozenset(_PLAIN_TEXT.split())
#: Builtin types none of whose methods gives one.
_PLAIN_TYPES = frozenset(
    {
        "bool",
        "bytearray",
        "bytes",
        "complex",
        "float",
        "frozenset",
        "int",
        "memoryview",
        "range",
        "set",
        "str",
    }
)


@lru_cache(maxsize=1)
def packages() -> frozenset[str]:
    """The top-level packages of which anything is known to block, however it is reached, or leads to such."""
    tables = (BLOCKING, ITERATING, ENTERING, LEAVING, ALIASES, RETURNS, ATTRIBUTES, ENTERS, ELEMENTS, BASES)
    return frozenset(name.partition(".")[0] for table in tables for name in table) - {"builtins"}


@lru_cache(maxsize=8192)
def canonical(name: str) -> str:
    """The name under which the tables know `name`, which may be any public path (`requests.api.get`)."""
    name = name.removeprefix("builtins.")
    for _ in range(4):
        for prefix in _prefixes(name):
            if prefix in ALIASES:
                name = ALIASES[prefix] + name[len(prefix) :]
                break
        else:
            return name
    return name


def _prefixes(name: str) -> Iterable[str]:
    """The name and every shorter dotted path at its start, longest first."""
    end = len(name)
    while end > 0:
        yield name[:end]
        end = name.rfind(".", 0, end)


@lru_cache(maxsize=4096)
def family(cls: str) -> tuple[str, ...]:
    """The class, canonical, and the known classes whose methods it has, nearest first."""
    cls = canonical(cls)
    found = [cls]
    for name in found:
        found.extend(canonical(base) for base in BASES.get(name, "").split() if canonical(base) not in found)
    return tuple(found)


def _lookup(table: Mapping[str, _T], name: str) -> _T | None:
    """The row for `name`, for the same member of a base class, or of a wildcard."""
    for cls in family(name):
        if cls in table:
            return table[cls]
    owner, _, member = canonical(name).rpartition(".")
    classes = family(owner) if owner else ()
    for cls in classes[1:]:
        if (inherited := f"{cls}.{member}") in table:
            return table[inherited]
    if member.startswith("_") or any(f"{cls}.{member}" in _DESCRIBED for cls in classes):
        return None
    return next((table[wildcard] for cls in classes if (wildcard := f"{cls}.*") in table), None)


@lru_cache(maxsize=8192)
def blocking(name: str) -> Blocking | None:
    """What is known about calling `name` (a function, a class, a method); None: not known to block."""
    return _lookup(BLOCKING, name)


@lru_cache(maxsize=4096)
def iterating(cls: str) -> Blocking | None:
    """What is known about iterating an instance of `cls`."""
    return _lookup(ITERATING, cls)


@lru_cache(maxsize=4096)
def entering(cls: str) -> Blocking | None:
    """What is known about the start of a `with` block of an instance of `cls`."""
    return _lookup(ENTERING, cls)


@lru_cache(maxsize=4096)
def leaving(cls: str) -> Blocking | None:
    """What is known about the end of a `with` block of an instance of `cls`."""
    return _lookup(LEAVING, cls)


@lru_cache(maxsize=8192)
def returns(name: str) -> str | None:
    """The type of what calling `name` gives; for an awaitable, of what awaiting it gives."""
    return _lookup(RETURNS, name)


@lru_cache(maxsize=8192)
def attribute(name: str) -> str | None:
    """The type of an attribute, property or module-level object; None for methods and the unknown."""
    return _lookup(ATTRIBUTES, name)


def enters(kind: str) -> str | None:
    """The type that `with` binds for a value of type `kind`: the instance itself, unless known better."""
    form, parts = unpack(kind)
    if form == "context":
        return parts[0]
    return (_lookup(ENTERS, kind) or kind) if form == "instance" else None


def elements(kind: str) -> str | None:
    """The type of what iterating a value of type `kind` gives; None where it is not known."""
    form, parts = unpack(kind)
    if form == "iter":
        return parts[0]
    return _lookup(ELEMENTS, kind) if form == "instance" else None


def awaitable(name: str) -> bool:
    """Whether calling `name` is known to give an awaitable."""
    return bool(_lookup(AWAITABLE, name))


@lru_cache(maxsize=8192)
def never_awaitable(name: str) -> bool:
    """Whether calling `name` certainly gives no awaitable. False where that is not known."""
    if awaitable(name):
        return False
    name = canonical(name)
    package = name.partition(".")[0]
    if package not in _KEEPING and blocking(name):
        return True
    if name in _PLAIN or package in _PLAIN_TYPES:
        return True
    if any(prefix in _ANYTHING for prefix in _prefixes(name)):
        return False
    return "." in name and (package in NOT_AWAITABLE or package in sys.stdlib_module_names)


@lru_cache(maxsize=4096)
def offloading(name: str) -> Callee | None:
    """Where `name` takes the function that it runs in a thread, a process or an executor."""
    return _lookup(OFFLOADING, name)


@lru_cache(maxsize=4096)
def calls_argument(name: str) -> Callee | None:
    """Where `name` takes the function that it calls in place."""
    return _lookup(CALLS_ARGUMENT, name)


@lru_cache(maxsize=4096)
def passes_through(name: str) -> int | None:
    """The position of the argument that calling `name` gives back: 1 for `typing.cast`."""
    return _lookup(PASSES_THROUGH, name)


@lru_cache(maxsize=4096)
def enters_argument(name: str) -> int | None:
    """The position of the argument that `name` enters, or wraps for `with`: 0 for `contextlib.closing`."""
    return _lookup(ENTERS_ARGUMENT, name)


def without_state(name: str) -> str:
    """A name as the library writes it: without the state that the tables put in brackets (see `library.py`)."""
    while "[" in name:
        before, _, rest = name.partition("[")
        name = before + rest.partition("]")[2]
    return name


def unpack(kind: str) -> tuple[str, tuple[str, ...]]:
    """A type's form (`instance`, `type`, `tuple`, `iter`, `context`) and its parts, types themselves."""
    form, bracket, rest = kind.partition("[")
    if not bracket or form not in {"type", "tuple", "iter", "context"}:
        return "instance", (kind,)
    return form, tuple(rest[:-1].split(", "))
