"""The process in which an application runs against stand-ins: `python runtime.py FOLDER PROGRAM [BLOCKING_NAME ...]`.

Prints one line of JSON, the fields of `standins.Outcome`.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import contextvars
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import io
import json
import os
import re
import signal
import sys
import threading
import types
import warnings
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from flake8_orch47.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: So long may a callback wait before it counts as hanging; so long may it hold up the event loop.
_PATIENCE = 1.0
_BLOCKED = 3.0
#: What is different in each run.
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")

LOOP_THREAD = threading.get_ident()
CURRENT = contextvars.ContextVar[str]("CURRENT", default="import")
#: What the request knows: a callback's thread has to see it too.
REQUEST = contextvars.ContextVar[str]("REQUEST", default="none")
NOTED: list[tuple[str, str, bool, str]] = []
SHARED: list[str] = []
CONFIGURED: list[str] = []
#: For whom a coroutine was made that nobody awaited: it counts as true.
UNAWAITED: set[str] = set()


def note(name: str) -> None:
    """Notes that something blocked, for whom, and whether it held up the event loop."""
    NOTED.append((CURRENT.get(), name, threading.get_ident() == LOOP_THREAD, REQUEST.get()))


def blocks(name: str) -> bool:
    return libraries.blocking(name) is not None or any(fnmatchcase(name, pattern) for pattern in CONFIGURED)


# What is made up


class Made:
    """A value of a library that is not here: everything can be done with it, the same way each time."""

    def __init__(self, path: str, cls: str = "") -> None:
        self.__dict__["path"] = path
        self.__dict__["cls"] = cls

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name.endswith(("Error", "Exception", "Warning", "Timeout")) and name[0].isupper():
            return made_error(f"{self.path}.{name}")
        owner = self.cls or self.path
        kind = libraries.attribute(f"{owner}.{name}")
        return Made(f"{self.path}.{name}", kind or "") if kind else Made(f"{owner}.{name}")

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        name = self.cls or self.path
        name = f"{name}.__call__" if self.cls else name
        if len(arguments) == 1 and inspect.isfunction(arguments[0]) and not named:
            return arguments[0]  # a decorator
        if blocks(name):
            note(libraries.canonical(name))
        kind = libraries.returns(name)
        last = name.rpartition(".")[2]
        if kind is None and last[:1].isupper():
            kind = libraries.canonical(name)
        return Made(f"{name}()", kind or f"{name}()")

    def __iter__(self) -> Iterator[Any]:
        if libraries.iterating(self.cls) is not None:
            note(f"iterating {self.cls}")
        yield Made(f"{self.path}[0]")
        yield Made(f"{self.path}[1]")

    def __enter__(self) -> Any:
        if libraries.entering(self.cls) is not None:
            note(f"entering {self.cls}")
        kind = libraries.enters(self.cls) if self.cls else None
        return Made(f"{self.path}.entered", kind or self.cls)

    def __exit__(self, *error: object) -> None:
        if libraries.leaving(self.cls) is not None:
            note(f"leaving {self.cls}")

    def __await__(self) -> Iterator[Any]:
        yield from ()
        return Made(f"await {self.path}", self.cls)  # type: ignore[return-value]

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    async def __aiter__(self) -> Any:
        yield Made(f"{self.path}[0]")

    def __getitem__(self, key: object) -> Any:
        if isinstance(key, int) and key > 1:
            raise IndexError(key)
        return Made(f"{self.path}[{key}]")

    def __setitem__(self, key: object, value: object) -> None: ...
    def __contains__(self, item: object) -> bool:
        return len(f"{self.path}{item}") % 2 == 0

    def __bool__(self) -> bool:
        return len(self.path) % 3 != 0

    def __len__(self) -> int:
        return len(self.path) % 4

    def __int__(self) -> int:
        return len(self.path) % 5

    __index__ = __int__

    def __float__(self) -> float:
        return float(int(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Made) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __lt__(self, other: object) -> bool:
        return len(self.path) % 2 == 0

    __gt__ = __le__ = __ge__ = __lt__

    def __str__(self) -> str:
        return str(self.__dict__["path"])

    def __repr__(self) -> str:
        return f"<{self.path}>"

    def _operated(self, other: object = None) -> Any:
        return Made(self.path)

    __add__ = __radd__ = __sub__ = __mul__ = __or__ = __ror__ = __and__ = __truediv__ = __mod__ = __rshift__ = _operated
    __neg__ = __invert__ = _operated

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (made_class(self.path),)

    def __instancecheck__(self, instance: object) -> bool:
        return False


class MadeMeta(type):
    """The class of made-up classes: their attributes are made up too."""

    path: str

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if "path" not in cls.__dict__ and not any("path" in base.__dict__ for base in cls.__mro__):
            raise AttributeError(name)
        kind = libraries.attribute(f"{cls.path}.{name}")
        return Made(f"{cls.path}.{name}", kind or "") if kind else Made(f"{cls.path}.{name}")


def _nothing(cls: Any, /, **named: Any) -> None:
    return None


def _itself(cls: Any, item: object, /) -> Any:
    return cls


def made_class(path: str) -> type:
    """A class of a library that is not here, to inherit from."""

    def attribute(self: object, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(Made(path, path), name)

    def start(self: object, *arguments: Any, **named: Any) -> None:
        for key, value in named.items():
            with contextlib.suppress(Exception):
                setattr(self, key, value)

    return MadeMeta(
        path.rpartition(".")[2],
        (),
        {
            "path": path,
            "__getattr__": attribute,
            "__init__": start,
            "__init_subclass__": classmethod(_nothing),
            "__class_getitem__": classmethod(_itself),
        },
    )


_ERRORS: dict[str, type] = {}


def made_error(path: str) -> type:
    """An exception class of a library that is not here."""
    return _ERRORS.setdefault(path, type(path.rpartition(".")[2], (Exception,), {}))


class MadeModule(types.ModuleType):
    """A module of a library that is not here."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if f"{self.__name__}.{name}" in sys.modules:
            return sys.modules[f"{self.__name__}.{name}"]
        return getattr(Made(self.__name__), name)


# The framework


class Database:
    """`orchestrator.db.db`: a session for each scope, and nobody else may use it."""

    def __init__(self) -> None:
        self.scope = contextvars.ContextVar[tuple[str, int]]("scope", default=("", 0))
        self.opened = 0

    @contextlib.contextmanager
    def database_scope(self) -> Iterator[Database]:
        self.opened += 1
        token = self.scope.set((f"scope {self.opened}", threading.get_ident()))
        try:
            yield self
        finally:
            self.scope.reset(token)

    @property
    def session(self) -> Any:
        return Session(self.scope.get(), self)

    @property
    def session_factory(self) -> Any:
        return Made("sqlalchemy.orm.sessionmaker", "sqlalchemy.orm.sessionmaker")

    @property
    def engine(self) -> Any:
        return Made("sqlalchemy.engine.Engine", "sqlalchemy.engine.Engine")

    def used(self, scope: tuple[str, int], how: str) -> None:
        note(how)
        name, thread = scope
        if not name or thread != threading.get_ident():
            SHARED.append(f"{CURRENT.get()}: {how} on the session of {name or 'nobody'}, from another thread")


class Session:
    """One scope's session."""

    def __init__(self, scope: tuple[str, int], database: Database) -> None:
        self._scope = scope
        self._database = database

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def method(*arguments: Any, **named: Any) -> Any:
            if blocks(f"sqlalchemy.orm.Session.{name}"):
                self._database.used(self._scope, f"sqlalchemy.orm.Session.{name}")
            if name == "query":
                return Query(self._scope, self._database)
            return Made(f"session.{name}()", libraries.returns(f"sqlalchemy.orm.Session.{name}") or "")

        return method


class Query:
    """A query of one scope's session: what it gives knows nothing of the scope."""

    def __init__(self, scope: tuple[str, int], database: Database) -> None:
        self._scope = scope
        self._database = database

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def method(*arguments: Any, **named: Any) -> Any:
            if blocks(f"sqlalchemy.orm.Query.{name}"):
                self._database.used(self._scope, f"sqlalchemy.orm.Query.{name}")
                return Made(f"query.{name}()")
            return self

        return method

    def __iter__(self) -> Iterator[Any]:
        self._database.used(self._scope, "iterating sqlalchemy.orm.Query")
        yield Made("query[0]")
        yield Made("query[1]")


DB = Database()


class TableMeta(type):
    """The class of tables: `Table.query` belongs to the session of the moment."""

    @property
    def query(cls) -> Query:
        return Query(DB.scope.get(), DB)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.startswith("find_by"):
            return service(f"orchestrator.db.models.{cls.__name__}.{name}")
        return Made(f"{cls.__name__}.{name}")


def table(name: str) -> type:
    return TableMeta(name, (), {"__init__": lambda self, **named: None, "__tablename__": name.lower()})


def service(path: str) -> Callable[..., Any]:
    """A function of the framework: it may query."""

    def function(*arguments: Any, **named: Any) -> Any:
        name = libraries.canonical(path)
        if blocks(name):
            DB.used(DB.scope.get(), name)
        if name.endswith((".start_process", ".create_process")):
            STARTED.append(str(arguments[0] if arguments else named.get("workflow_key")))
        return Made(f"{name}()")

    function.__name__ = path.rpartition(".")[2]
    return function


class Registered:
    """A workflow or step, and its callbacks."""

    every: ClassVar[list[Registered]] = []

    def __init__(self, kind: str, name: str, function: object = None, **callbacks: object) -> None:
        self.kind, self.name, self.function = kind, name, function
        self.__dict__.update(callbacks)
        Registered.every.append(self)

    def __rshift__(self, other: object) -> Registered:
        return self

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self


#: Every registering callable: its callbacks by position, and how it registers.
_PARAMETERS = {
    "workflow": {"authorize_callback": 3, "retry_auth_callback": 4},
    "make_workflow": {"authorize_callback": 5, "retry_auth_callback": 6},
    "inputstep": {"resume_auth_callback": 2, "retry_auth_callback": 3},
    "step": {"retry_auth_callback": 1},
    "retrystep": {"retry_auth_callback": 1},
    "step_group": {"retry_auth_callback": 3},
    "make_step_function": {"resume_auth_callback": 4, "retry_auth_callback": 5},
    "create_workflow": {"authorize_callback": 4, "retry_auth_callback": 5},
    "modify_workflow": {"authorize_callback": 3, "retry_auth_callback": 4},
    "terminate_workflow": {"authorize_callback": 3, "retry_auth_callback": 4},
    "task": {"authorize_callback": 3, "retry_auth_callback": 4},
    "reconcile_workflow": {"authorize_callback": 2, "retry_auth_callback": 3},
}


def registering(kind: str) -> Callable[..., Any]:
    parameters = _PARAMETERS[kind]

    def register(*arguments: Any, **named: Any) -> Any:
        callbacks = {
            name: named.get(name, arguments[position] if position < len(arguments) else None)
            for name, position in parameters.items()
        }
        first = arguments[0] if arguments else named.get("name", named.get("description", ""))
        if kind in ("make_workflow", "step_group", "make_step_function"):
            return Registered(kind, getattr(first, "__name__", str(first)), first, **callbacks)
        registered = [Registered(kind, str(first), **callbacks)]  # there may be nothing that it decorates

        def decorate(function: Any) -> Registered:
            one = registered.pop() if registered else Registered(kind, "", **callbacks)
            one.function, one.name = function, f"{first} {getattr(function, '__name__', '')}".strip()
            return one

        return decorate

    return register


class OrchestratorCore:
    """The application object."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.callbacks = Registered("core", "OrchestratorCore")

    def register_internal_authorize_callback(self, callback: object) -> None:
        Registered("core", "internal", internal_authorize_callback=callback)

    def register_internal_retry_auth_callback(self, callback: object) -> None:
        Registered("core", "internal", internal_retry_auth_callback=callback)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Made(f"OrchestratorCore.{name}")


class OIDCUserModel(dict[str, Any]):
    """The user of a request."""

    def __init__(self, name: str = "ops") -> None:
        super().__init__(name=name, email=f"{name}@example.org", roles=[name], groups=[name])

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Scheduler:
    """`orchestrator.schedules.scheduler.scheduler`: keeps the jobs, and starts none."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]] = []

    def scheduled_job(self, trigger: object, *more: Any, **named: Any) -> Callable[[Any], Any]:
        def decorate(function: Any) -> Any:
            self.add_job(function, trigger, *more, **named)
            return function

        return decorate

    def add_job(self, func: Any, trigger: Any = "date", args: Any = (), kwargs: Any = None, **named: Any) -> Any:
        kind = trigger if isinstance(trigger, str) else type(trigger).__name__.removesuffix("Trigger").lower()
        self.jobs.append((kind, func, tuple(args or ()), dict(kwargs or {})))
        return Made("job")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Made(f"scheduler.{name}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None: ...


SCHEDULER = Scheduler()
STARTED: list[str] = []


def older_decorator(
    name: str = "", time_unit: str = "", period: int = 1, at: str | None = None, **_: object
) -> Callable[[Any], Any]:
    """`orchestrator.schedules.scheduling.scheduler`, as the framework converts it."""
    return SCHEDULER.scheduled_job("cron" if at and time_unit == "day" else "interval")


async def allow(user: object) -> bool:
    """`orchestrator.workflow.allow`: lets everybody in."""
    return True


AUTHORIZERS = Registered("core", "authorizers", authorize_callback=allow, retry_auth_callback=allow)
_ATTRIBUTES = (
    "authorize_callback",
    "retry_auth_callback",
    "resume_auth_callback",
    "internal_authorize_callback",
    "internal_retry_auth_callback",
)


def framework(name: str) -> types.ModuleType:
    """A module of the orchestrator, by its 4.x name."""
    module = FrameworkModule(name)
    module.__dict__["__path__"] = []
    return module


class FrameworkModule(types.ModuleType):
    """A module of the framework: what is known of it, and made-up functions."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _PARAMETERS and isinstance(value, types.ModuleType):
            value = registering(name)  # in the framework's own packages `workflow` is the decorator, not the module
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            names = "begin init done conditional StepList OrchestratorCore ALL_SCHEDULERS".split()
            schedules = self.__name__.endswith(("schedules.scheduler", ".scheduling"))
            return [*_PARAMETERS, *names, *(["scheduler"] if schedules else [])]
        if name.startswith("__"):
            raise AttributeError(name)
        below = f"{self.__name__}.{name}"
        if name in _PARAMETERS:
            return registering(name)
        if name == "OrchestratorCore":
            return OrchestratorCore
        if name in ("db", "wrapped_db") and self.__name__.endswith(".db"):
            return DB
        if name == "get_authorizers":
            return lambda: AUTHORIZERS
        if name == "allow":
            return allow
        if name == "app" or name.endswith("_settings"):
            return Made(f"orchestrator.{name}")
        if name == "ALL_SCHEDULERS":
            return self.__dict__.setdefault(name, [])
        if name in ("scheduler", "get_scheduler") and self.__name__.endswith(("schedules.scheduler", ".scheduling")):
            plain = older_decorator if self.__name__.endswith(".scheduling") else SCHEDULER
            return plain if name == "scheduler" else lambda *a, **k: SCHEDULER
        if name.endswith("Table"):
            value: Any = table(name)
        elif name in ("begin", "init", "done"):
            value = Made(f"orchestrator.{name}")
        elif name == "OIDCUserModel":
            value = OIDCUserModel
        elif name[0].isupper():
            value = model(name) if name.endswith("Model") else made_class(_four(below))
        elif is_module(below):
            value = importlib.import_module(below)
        else:
            value = service(_four(below))
        setattr(self, name, value)
        return value


def model(name: str) -> type:
    """A domain model of the framework: its class methods query."""
    cls = made_class(f"orchestrator.domain.base.{name}")
    for method in ("from_subscription", "from_product_id", "from_other_lifecycle", "from_other_product"):
        setattr(cls, method, staticmethod(service(f"orchestrator.domain.base.SubscriptionModel.{method}")))
    return cls


def _four(name: str) -> str:
    return name.replace("orchestrator.core", "orchestrator", 1)


_MODULES = frozenset(
    "workflow workflows workflows.utils workflows.steps db db.database db.models domain domain.base services "
    "schedules utils targets "
    "services.subscriptions services.products services.workflows services.processes services.settings types "
    "schedules.scheduler schedules.scheduling schedules.service settings security forms config cli api "
    "utils.redis_client utils.state utils.auth utils.errors utils.json utils.docs".split()
)  # fmt: skip


def is_module(name: str) -> bool:
    return _four(name).removeprefix("orchestrator.") in _MODULES


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last: finds what nobody else found."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in OWN or name.endswith("._loop") or top == "local_settings":
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        if spec.name.partition(".")[0] == "orchestrator":
            return framework(spec.name)
        return MadeModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__name__ == "oauth2_lib.fastapi":
            module.__dict__["OIDCUserModel"] = OIDCUserModel


OWN: set[str] = set()


# The standard library's blocking calls


def spy_on_the_standard_library() -> None:
    """Calls that would sleep, wait, connect or run something are noted, and do nothing."""
    import http.client
    import pathlib
    import shutil
    import smtplib
    import socket
    import subprocess
    import time
    import urllib.request

    def replace(owner: Any, name: str, path: str, result: Callable[..., Any]) -> None:
        def spy(*arguments: Any, **named: Any) -> Any:
            note(path)
            return result(*arguments, **named)

        setattr(owner, name, spy)

    replace(time, "sleep", "time.sleep", _sleep)
    pause = asyncio.sleep

    async def slept(seconds: float, result: object = None) -> object:
        await pause(0)
        return result

    asyncio.sleep = slept  # type: ignore[assignment]
    for name in ("run", "call", "check_call", "check_output", "getoutput"):
        path = f"subprocess.{name}"
        replace(subprocess, name, path, lambda *a, path=path, **k: Made(f"{path}()"))
    real_process = subprocess.Popen

    def process(*arguments: Any, **named: Any) -> Any:
        if "asyncio" in sys._getframe(1).f_code.co_filename:
            return real_process(*arguments, **named)
        note("subprocess.Popen")
        return Made("popen", "subprocess.Popen")

    subprocess.Popen = process  # type: ignore[assignment,misc]
    for name in ("system", "popen"):
        replace(os, name, f"os.{name}", lambda *a, name=name, **k: Made(f"os.{name}()"))
    replace(
        urllib.request,
        "urlopen",
        "urllib.request.urlopen",
        lambda *a, **k: Made("urlopen()", "http.client.HTTPResponse"),
    )
    replace(socket, "create_connection", "socket.create_connection", lambda *a, **k: Made("socket", "socket.socket"))
    replace(socket, "gethostbyname", "socket.gethostbyname", lambda *a, **k: "192.0.2.1")
    replace(smtplib, "SMTP", "smtplib.SMTP", lambda *a, **k: Made("smtp", "smtplib.SMTP"))
    for name in ("HTTPConnection", "HTTPSConnection"):
        setattr(http.client, name, lambda *a, name=name, **k: Made(name, f"http.client.{name}"))
    for name in ("copy", "copyfile", "rmtree", "move", "copytree"):
        replace(shutil, name, f"shutil.{name}", lambda *a, **k: None)
    for name in ("read_text", "read_bytes", "write_text"):
        made: Any = b"ops" if name == "read_bytes" else "ops\nnoc\n"
        setattr(pathlib.Path, name, _file_spy(getattr(pathlib.Path, name), f"pathlib.Path.{name}", made))

    def listed(*arguments: Any) -> Iterator[Any]:
        note("pathlib.Path.iterdir")
        yield from (pathlib.PurePath("roles/ops"), pathlib.PurePath("roles/noc"))

    pathlib.Path.iterdir = listed  # type: ignore[assignment,method-assign]
    replace(builtins, "input", "input", lambda *a: "yes")
    real = builtins.open

    def opened(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if isinstance(file, str) and os.path.isabs(file) and os.path.exists(file):
            return real(file, mode, *arguments, **named)
        note("open")
        return io.BytesIO(b"ops\nnoc\n") if "b" in mode else File("ops\nnoc\n")

    builtins.open = opened


def _file_spy(real: Callable[..., Any], name: str, made: Any) -> Callable[..., Any]:
    """A method of paths that is noted; what is installed is read as it is."""

    def spy(path: Path, *arguments: Any, **named: Any) -> Any:
        if str(path).startswith((sys.prefix, sys.base_prefix)):
            return real(path, *arguments, **named)
        note(name)
        return '["ops", "noc"]' if path.suffix == ".json" else made

    return spy


class File(io.StringIO):
    """An open file: reading it blocks."""

    def read(self, *arguments: Any) -> str:
        note("read")
        return super().read(*arguments)

    def __next__(self) -> str:  # type: ignore[override]
        note("next line")
        return super().__next__()


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")


# The run


def names_of_modules(folder: Path) -> Iterator[str]:
    """The modules of the application, dotted as its imports write them."""
    source = folder / "src"
    for root in (source, folder) if source.is_dir() else (folder,):
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if root is folder and parts[0] == "src":
                continue
            if all(part.isidentifier() for part in parts):
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or parts[-1]


def names_at(top: Path) -> set[str]:
    """The modules and packages that a folder holds."""
    return {one.stem for one in top.iterdir() if one.suffix == ".py" or (one.is_dir() and any(one.rglob("*.py")))}


def described(value: object) -> str:
    plain = isinstance(value, str | int | float | bool | list | tuple | dict | Made | None)
    return _ADDRESS.sub("", repr(value)) if plain else type(value).__name__


async def answer(callback: Callable[..., Any], user: object) -> str:
    """What a callback answers, or raises; the framework awaits what can be awaited."""
    try:
        with DB.database_scope():
            result = callback(user)
            if inspect.isawaitable(result) and not isinstance(result, Made):
                result = await asyncio.wait_for(result, _PATIENCE)
        return described(result)
    except (TimeoutError, asyncio.CancelledError, Hanging):
        return "hangs"
    except Exception as error:
        return _ADDRESS.sub("", f"{type(error).__name__}: {error}")


class Hanging(BaseException):
    """The event loop has been blocked for too long."""


def alarm(*_: object) -> None:
    raise Hanging


async def called(registered: list[Registered]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for one in registered:
        for attribute in _ATTRIBUTES:
            callback = one.__dict__.get(attribute)
            if callback is None or callback is allow or isinstance(callback, Made):
                continue
            for user in (None, OIDCUserModel("ops"), OIDCUserModel("guest")):
                name = "nobody" if user is None else user["name"]
                label = _ADDRESS.sub("", f"{one.kind} {one.name}:{attribute}[{name}]")
                while label in answers:
                    label += "'"
                CURRENT.set(label)
                REQUEST.set(label)
                signal.setitimer(signal.ITIMER_REAL, _BLOCKED)
                try:
                    answers[label] = await answer(callback, user)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
    return answers


def never_awaited(*_: Any, **__: Any) -> None:
    UNAWAITED.add(CURRENT.get())


def main(folder: str, program: str, *configured: str) -> None:
    """Runs the application, or the one program of it that is started in a folder of its own, and prints what it did."""
    warnings.simplefilter("ignore")
    warnings.filterwarnings("always", "coroutine .* was never awaited", RuntimeWarning)
    warnings.showwarning = never_awaited
    os.environ.setdefault("TZ", "UTC")
    CONFIGURED.extend(configured)
    root = Path(folder).resolve()
    if program:
        sys.path.insert(0, str(root))
        OWN.update(names_at(root))
        root /= program
    for top in (root, root / "src"):
        if top.is_dir():
            OWN.update(names_at(top))
    nested = [str(one) for one in root.iterdir() if one.is_dir() and not (one / "__init__.py").exists()]
    for one in list(nested):
        OWN.update(inner.stem for inner in Path(one).iterdir() if inner.suffix == ".py" or inner.is_dir())
    sys.path[:0] = [str(root / "src"), str(root), *nested]
    OWN.discard("orchestrator")
    sys.dont_write_bytecode = True
    names = list(names_of_modules(root))
    sys.meta_path.append(Finder())
    failed: dict[str, str] = {}
    signal.signal(signal.SIGALRM, alarm)
    spy_on_the_standard_library()
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"
    asyncio.run(told(names, failed))


def scheduled(names: list[str]) -> list[str]:
    """What is scheduled, in code and as data: the kind of trigger and the workflows that are started."""
    found = []
    for kind, function, arguments, named in SCHEDULER.jobs:
        STARTED.clear()
        CURRENT.set("job")
        REQUEST.set("job")
        with contextlib.suppress(Exception), DB.database_scope():
            if isinstance(function, str):  # "jobs.nightly:export"
                function = getattr(sys.modules[function.partition(":")[0]], function.partition(":")[2])
            function(*arguments, **named)
        what = ", ".join(STARTED) or getattr(function, "__qualname__", str(function))
        found.append(f"{kind}: {what}")
    lists = {id(one): one for name in names if (one := getattr(sys.modules.get(name), "SCHEDULES", None))}
    found += [f"{one['trigger']}: {one['workflow_name']}" for entries in lists.values() for one in entries]
    return sorted(found)


async def told(names: list[str], failed: dict[str, str]) -> None:
    """Calls every callback and job and prints what happened. Ends the process: a thread may hang for ever."""
    answers = await called(list(Registered.every))
    jobs = scheduled(names)
    by_label: dict[str, list[str]] = {}
    noted = [one for one in NOTED if one[0] not in ("import", "job")]
    for label, name, _, _ in noted:
        by_label.setdefault(label, []).append(name)
    said = {
        "answers": answers,
        "blocking": by_label,
        "in_loop": [f"{label}: {name}" for label, name, loop, _ in noted if loop],
        "threaded": [f"{label}: {name}" for label, name, loop, _ in noted if not loop],
        "shared": SHARED,
        "contexts": [f"{label}: {name} saw {seen}" for label, name, _, seen in noted if label != seen],
        "imports": failed,
        "unawaited": sorted(UNAWAITED),
        "jobs": jobs,
    }
    print(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
