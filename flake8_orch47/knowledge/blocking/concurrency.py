"""Libraries around event loops: what runs functions in threads, what waits, what is awaited."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Blocks, Callee, Library, members

__all__ = ["LIBRARIES"]

CELERY = Library(
    source="https://docs.celeryq.dev/en/stable/reference/celery.result.html",
    calls=(
        Blocks("ORC307", "celery.result.AsyncResult", "get wait", "a Celery task"),
        Blocks("ORC307", "celery.result.ResultSet", "get join join_native", "Celery tasks"),
    ),
    bases={"celery.result.GroupResult": "celery.result.ResultSet"},
)

ANYIO = Library(
    source="https://anyio.readthedocs.io/en/stable/threads.html",
    calls=(
        Blocks("ORC307", "anyio.run", what="an event loop of its own"),
        Blocks("ORC307", "anyio.from_thread", "run run_sync", "the event loop"),
        Blocks("ORC307", "anyio.from_thread.BlockingPortal", "call", "the event loop"),
    ),
    returns={
        "anyio.create_task_group": "context[anyio.abc.TaskGroup]",
        "anyio.from_thread.start_blocking_portal": "context[anyio.from_thread.BlockingPortal]",
    },
    awaitable=(
        "anyio.Path.exists",
        "anyio.Path.read_bytes",
        "anyio.Path.read_text",
        "anyio.Path.write_bytes",
        "anyio.Path.write_text",
        "anyio.connect_tcp",
        "anyio.open_file",
        "anyio.open_process",
        "anyio.run_process",
        "anyio.sleep",
        "anyio.sleep_forever",
        "anyio.sleep_until",
        "anyio.to_process.run_sync",
        "anyio.to_thread.run_sync",
    ),
    offloading={
        "anyio.to_process.run_sync": Callee(0, "func"),
        "anyio.to_thread.run_sync": Callee(0, "func"),
    },
)

STARLETTE = Library(
    source="https://www.starlette.io/threadpool/",
    aliases={
        "fastapi.BackgroundTasks": "starlette.background.BackgroundTasks",
        "fastapi.background.BackgroundTasks": "starlette.background.BackgroundTasks",
        "fastapi.concurrency.iterate_in_threadpool": "starlette.concurrency.iterate_in_threadpool",
        "fastapi.concurrency.run_in_threadpool": "starlette.concurrency.run_in_threadpool",
    },
    awaitable=("starlette.concurrency.run_in_threadpool",),
    offloading={
        "starlette.background.BackgroundTask": Callee(0, "func"),
        "starlette.background.BackgroundTasks.add_task": Callee(0, "func"),
        "starlette.concurrency.run_in_threadpool": Callee(0, "func"),
    },
)

ASGIREF = Library(
    source="https://github.com/django/asgiref/blob/main/README.rst",
    calls=(Blocks("ORC307", "asgiref.sync.AsyncToSync", "__call__", "the event loop"),),
    aliases={
        "asgiref.sync.SyncToAsync": "asgiref.sync.sync_to_async",
        "channels.db.database_sync_to_async": "asgiref.sync.sync_to_async",
    },
    returns={"asgiref.sync.async_to_sync": "asgiref.sync.AsyncToSync"},
    offloading={"asgiref.sync.sync_to_async": Callee(0, "func")},
)

ASYNCER = Library(
    source="https://asyncer.tiangolo.com/tutorial/asyncify/",
    aliases={"asyncer._main.asyncify": "asyncer.asyncify"},
    offloading={"asyncer.asyncify": Callee(0, "function")},
)

TRIO = Library(
    source="https://trio.readthedocs.io/en/stable/reference-core.html#threads",
    calls=(Blocks("ORC307", "trio.run", what="an event loop of its own"),),
    awaitable=("trio.sleep", "trio.to_thread.run_sync"),
    offloading={"trio.to_thread.run_sync": Callee(0, "sync_fn")},
)

TENACITY = Library(
    source="https://tenacity.readthedocs.io/en/latest/api.html",
    calls=(Blocks("ORC303", "tenacity.nap.sleep"),),
    aliases={"tenacity.sleep": "tenacity.nap.sleep"},
    in_place={"tenacity.Retrying.__call__": Callee(0, "fn")},
)

RETRY = Library(
    source="retry: retry/api.py",
    in_place={"retry.api.retry_call": Callee(0, "f")},
)

AIOFILES = Library(
    source="https://github.com/Tinche/aiofiles/blob/main/README.md",
    awaitable=(
        "aiofiles.open",
        *members("aiofiles.os", "listdir makedirs mkdir remove rename replace rmdir scandir stat unlink"),
    ),
)

LIBRARIES = (CELERY, ANYIO, STARLETTE, ASGIREF, ASYNCER, TRIO, TENACITY, RETRY, AIOFILES)
