"""What other libraries' names do: what blocks, what it returns, what runs elsewhere.

The tables are in `flake8_orch47.knowledge.blocking`, a module per family; here they are joined and read, each
family once: what most projects need at the start, the others when one of their packages is asked about. A name
is a dotted path, as the imports of the linted code spell it: every function below takes any public spelling,
and methods in the spelling of the class at hand (`requests_oauthlib.OAuth2Session.get`). orchestrator-core's
names are those of 4.x. The form of types (`iter[A]`, `context[A]`, ...) is described in `blocking/library.py`.

How a receiver is followed, one step at a time: `attribute("C.name")` says what `x.name` is; where it is
silent, `x.name` is the callable `C.name`, and `blocking`, `returns`, `awaitable`, `offloading` and
`calls_argument` say what calling it does. An instance of `C` that is called is `C.__call__`. Calling a
class gives an instance of it where `returns` says nothing else.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module

from flake8_orch47.knowledge.blocking import concurrency, database, http, orchestrator, stdlib
from flake8_orch47.knowledge.blocking.library import Argument, Blocking, Blocks, Callee, Library, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Final, TypeVar

    _T = TypeVar("_T")

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
    "SHELVES",
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
    "read_all",
    "returns",
    "unpack",
    "without_state",
]

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

#: The libraries whose tables were read so far; `read_all` reads the others.
LIBRARIES: Final[list[Library]] = []

#: What blocks when it is called; `package.Class.*` are all public methods of a class but those in `SILENT`.
BLOCKING: Final[dict[str, Blocking]] = {}
#: Classes by what blocks when an instance is iterated, entered or left.
ITERATING: Final[dict[str, Blocking]] = {}
ENTERING: Final[dict[str, Blocking]] = {}
LEAVING: Final[dict[str, Blocking]] = {}
SILENT: Final[set[str]] = set()
ALIASES: Final[dict[str, str]] = {}
BASES: Final[dict[str, str]] = {}
RETURNS: Final[dict[str, str]] = {}
ATTRIBUTES: Final[dict[str, str]] = {}
ENTERS: Final[dict[str, str]] = {}
ELEMENTS: Final[dict[str, str]] = {}
OFFLOADING: Final[dict[str, Callee]] = {}
CALLS_ARGUMENT: Final[dict[str, Callee]] = {}
#: Callables that give back their argument at that position, and those that enter it as `with` would.
PASSES_THROUGH: Final[dict[str, int]] = {}
ENTERS_ARGUMENT: Final[dict[str, int]] = {}
#: What gives an awaitable when it is called: external coroutine functions, futures, tasks.
AWAITABLE: Final[dict[str, bool]] = {}


def _read(libraries: Iterable[Library]) -> None:
    """Adds what the pages of these libraries say to the tables."""
    for of in libraries:
        LIBRARIES.append(of)
        _state(BLOCKING, of.calls, of.source)
        _state(ITERATING, of.iterating, of.source)
        _state(ENTERING, of.entering, of.source)
        _state(LEAVING, of.leaving, of.source)
        SILENT.update(of.silent)
        ALIASES.update(of.aliases)
        BASES.update(of.bases)
        RETURNS.update(of.returns)
        ATTRIBUTES.update(of.attributes)
        ENTERS.update(of.enters)
        ELEMENTS.update(of.elements)
        OFFLOADING.update(of.offloading)
        CALLS_ARGUMENT.update(of.in_place)
        PASSES_THROUGH.update(of.passes)
        ENTERS_ARGUMENT.update(of.enters_argument)
        AWAITABLE.update(dict.fromkeys(of.awaitable, True))
        for row in of.calls:
            if row.coroutine:
                AWAITABLE.update(dict.fromkeys(members(row.owners, row.names), True))


def _state(table: dict[str, Blocking], rows: Iterable[Blocks], source: str) -> None:
    for row in rows:
        table.update(dict.fromkeys(members(row.owners, row.names), row.blocking(source)))


for _family in (stdlib, http, database, concurrency, orchestrator):
    _read(_family.LIBRARIES)

#: Families that few projects need, by the packages that they speak of: read when one is first asked about.
#: Nothing in them runs a function that it is given: those tables are looked through as a whole.
SHELVES: Final[Mapping[str, str]] = {
    "clouds": "azure google",
    "datastores": "elasticsearch gridfs opensearchpy oracledb peewee playhouse pony pymongo pyodbc",
    "devices": "easysnmp jnpr librouteros nornir panos puresnmp pyeapi pysnmp scrapli telnetlib3",
    "identity": "authlib casbin casbin_sqlalchemy_adapter hvac keycloak ms_active_directory msal opa_client saml2",
    "network": """
        boto3 botocore dns ftplib imaplib ldap ldap3 napalm ncclient netmiko paramiko poplib pynetbox redis scp
        smtplib socket ssl telnetlib
    """,
    "services": """
        consul etcd3 geoip2 github gitlab grpc infoblox_client jira kazoo kubernetes minio phpypam pika pynautobot
        pynso pyzabbix slack_sdk whois zabbix_utils
    """,
    "soap": "suds zeep",
}
_WAITING: Final[dict[str, str]] = {package: shelf for shelf, names in SHELVES.items() for package in names.split()}


def _fetch(shelf: str) -> None:
    """Reads a family of `SHELVES`, unless that was done."""
    packages = [package for package, waiting in _WAITING.items() if waiting == shelf]
    if packages:
        _read(import_module(f"flake8_orch47.knowledge.blocking.{shelf}").LIBRARIES)
    for package in packages:
        _WAITING.pop(package, None)


def read_all() -> None:
    """Reads every family, for those who look through the tables instead of asking for a name."""
    for shelf in SHELVES:
        _fetch(shelf)


_PACKAGES = """
    MySQLdb boto3 botocore dns easysnmp httpx httpx2 hvac infoblox_client jira jnpr jwt kazoo ldap ldap3 minio
    ms_active_directory msal napalm ncclient netmiko panos paramiko psycopg psycopg2 psycopg_pool pyeapi pymysql
    pynautobot pynetbox pynso pyzabbix redis requests requests_oauthlib saml2 scp sqlalchemy suds urllib3 whois yaml
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
    read = frozenset(name.partition(".")[0] for table in tables for name in table) - {"builtins"}
    return read.union(*(names.split() for names in SHELVES.values()))


@lru_cache(maxsize=8192)
def canonical(name: str) -> str:
    """The name under which the tables know `name`, which may be any public path (`requests.api.get`)."""
    name = name.removeprefix("builtins.")
    for _ in range(4):
        if (shelf := _WAITING.get(name.partition(".")[0])) is not None:
            _fetch(shelf)
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
    if member.startswith("_") or any(_is_described(f"{cls}.{member}") for cls in classes):
        return None
    return next((table[wildcard] for cls in classes if (wildcard := f"{cls}.*") in table), None)


def _is_described(name: str) -> bool:
    """Whether a row of its own describes a member; no wildcard speaks for it."""
    return name in BLOCKING or name in RETURNS or name in SILENT


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
    """A type's form (`instance`, `type`, `tuple`, `iter`, `context`, `callable`) and its parts, types themselves."""
    form, bracket, rest = kind.partition("[")
    if not bracket or form not in {"type", "tuple", "iter", "context", "callable"}:
        return "instance", (kind,)
    return form, tuple(rest[:-1].split(", "))
