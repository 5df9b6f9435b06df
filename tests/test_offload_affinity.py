"""What ties code to its thread, or to the session of the request: it stays, also where a helper does it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fixing import refused, repaired
from offloading import fixed

if TYPE_CHECKING:
    from pathlib import Path

CODES = ("ORC201", "ORC3")
HEAD = """\
import asyncio
import contextlib
import contextvars
import inspect
import itertools
import signal
import sqlite3
import threading
import traceback

import requests
import structlog
from orchestrator.db import WorkflowTable, db
from orchestrator.workflow import begin, workflow
from sqlalchemy import insert, select, text

URL = "https://dir.example.org/groups"


"""
REGISTERED = "\n\nworkflow('x', authorize_callback=may)(begin)\n"


def program(code: str) -> str:
    return HEAD + code.strip("\n") + REGISTERED


#: What helpers do that only works in the thread of their caller, and the words of the reason.
HELPERS = {
    "asks_for_the_loop": (
        """
def groups(user):
    found = requests.get(URL).json()
    asyncio.get_running_loop().call_later(60, print, "refresh")
    return found


async def may(user):
    return "noc" in groups(user)
""",
        "needs the event loop (`groups`, app.py:22)",
    ),
    "asks_for_the_loop_and_goes_on_without": (
        """
def groups(user):
    found = requests.get(URL).json()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return []
    return found


async def may(user):
    return "noc" in groups(user)
""",
        "`asyncio.get_running_loop()` needs the event loop (`groups`, app.py:23)",
    ),
    "starts_a_task_further_down": (
        """
def later(coroutine):
    asyncio.create_task(coroutine)


def groups(user):
    later(asyncio.sleep(1))
    return requests.get(URL).json()


def asked(user):
    return groups(user)


async def may(user):
    return "noc" in asked(user)
""",
        "`asyncio.create_task()` needs the event loop (`later`, app.py:21)",
    ),
    "uses_a_task_group_that_it_is_given": (
        """
def groups(group):
    group.create_task(asyncio.sleep(1))
    return requests.get(URL).json()


async def may(user):
    return "noc" in groups(user.group)
""",
        "`create_task()` needs the event loop (`groups`, app.py:21)",
    ),
    "sets_a_signal_handler": (
        """
def groups():
    old = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        return requests.get(URL).json()
    finally:
        signal.signal(signal.SIGALRM, old)


async def may(user):
    return "noc" in groups()
""",
        "`signal.signal()` works in the main thread only (`groups`, app.py:21)",
    ),
    "looks_for_the_first_match": (
        """
def group(user):
    groups = requests.get(URL).json()
    return next(name for name in groups if name.startswith("noc"))


async def may(user):
    try:
        return group(user) is not None
    except StopIteration:
        return False
""",
        "`next()` may raise StopIteration, which cannot leave a thread (`group`, app.py:22)",
    ),
    "raises_the_end_itself": (
        """
def group(user):
    if not requests.get(URL).ok:
        raise StopIteration
    return user


async def may(user):
    return group(user) is not None
""",
        "StopIteration is raised, which cannot leave a thread (`group`, app.py:22)",
    ),
    "resets_a_context_variable": (
        """
TENANT = contextvars.ContextVar("TENANT", default="none")


def leave(token):
    requests.get(URL)
    TENANT.reset(token)


async def may(user):
    token = TENANT.set("acme")
    try:
        return TENANT.get() == "acme"
    finally:
        leave(token)
""",
        "the context variable `TENANT` is reset in it (app.py:23), which is only allowed where it was set",
    ),
    "binds_what_is_logged": (
        """
def groups(user):
    structlog.contextvars.bind_contextvars(user=user.name)
    return requests.get(URL).json()


async def may(user):
    return "noc" in groups(user)
""",
        "`bind_contextvars()` changes context variables, which would be changed in the thread only",
    ),
    "reads_what_its_thread_was_given": (
        """
LOCAL = threading.local()


def enter(name):
    LOCAL.name = name


def groups():
    return requests.get(URL).json()[LOCAL.name]


async def may(user):
    enter(user.name)
    return "noc" in groups()
""",
        "`LOCAL` is a `threading.local()`, which holds something else in each thread (`groups`, app.py:28)",
    ),
    "looks_at_its_caller": (
        """
def groups():
    return requests.get(URL, params={"for": inspect.stack()[1].function}).json()


async def may(user):
    return "noc" in groups()
""",
        "`inspect.stack()` looks at the thread that it runs in (`groups`, app.py:21)",
    ),
    "reports_what_is_handled": (
        """
def report():
    requests.post(URL, data=traceback.format_exc())


async def may(user):
    try:
        return user.name in user.groups
    except AttributeError:
        report()
        return False
""",
        "`format_exc()` reports the exception of the thread that it runs in (`report`, app.py:21)",
    ),
    "uses_a_connection_of_the_module": (
        """
RIGHTS = sqlite3.connect(":memory:")


async def may(user):
    return RIGHTS.execute("select 1 from rights where name = ?", [user.name]).fetchone() is not None
""",
        "`RIGHTS` is a connection of `sqlite3` that is opened elsewhere",
    ),
    "uses_a_cursor_of_the_module": (
        """
RIGHTS = sqlite3.connect(":memory:")


def rights(user):
    cursor = RIGHTS.cursor()
    cursor.execute("select 1 from rights where name = ?", [user.name])
    return cursor.fetchone()


async def may(user):
    return rights(user) is not None
""",
        "`RIGHTS` is a connection of `sqlite3` that is opened elsewhere",
    ),
    "uses_a_connection_that_it_keeps": (
        """
class Rights:
    def __init__(self):
        self.connection = sqlite3.connect(":memory:")

    def has(self, name):
        return self.connection.execute("select 1 from rights where name = ?", [name]).fetchone() is not None

    async def allows(self, user):
        return self.has(user.name)


may = Rights().allows
""",
        "`self.connection` is a connection of `sqlite3` that is opened elsewhere",
    ),
}


@pytest.mark.parametrize(("code", "reason"), HELPERS.values(), ids=HELPERS)
def test_a_call_stays_whose_helper_is_tied_to_its_thread(code: str, reason: str, tmp_path: Path) -> None:
    refused(tmp_path, program(code), reason, codes=CODES)


def test_a_twin_does_not_hand_the_end_of_an_iterator_to_a_thread(tmp_path: Path) -> None:
    code = """
def may(user):
    return next(name for name in requests.get(URL).json() if name.startswith("noc")) is not None


def check(user):
    return {"ok": may(user)}


may_not = check
"""
    done = repaired(tmp_path, program(code), codes=CODES)
    assert "async def may_async(user):\n    return may(user)\n" in done.files["app.py"]
    assert done.reasons == ["`next()` may raise StopIteration, which cannot leave a thread (`may`, app.py:21)"]


#: What helpers may do all the same.
HARMLESS = {
    "catches_the_end": """
def group(user):
    try:
        return next(name for name in requests.get(URL).json() if name.startswith("noc"))
    except StopIteration:
        return None


async def may(user):
    return group(user) is not None
""",
    "catches_the_end_of_another": """
def group(names):
    return next(name for name in names if name.startswith("noc"))


def asked(user):
    with contextlib.suppress(StopIteration):
        return group(requests.get(URL).json())


async def may(user):
    return asked(user) is not None
""",
    "keeps_something_for_each_thread": """
LOCAL = threading.local()


def session():
    if not hasattr(LOCAL, "session"):
        LOCAL.session = requests.Session()
    return LOCAL.session


def groups():
    return requests.get(URL, auth=session().auth).json()


async def may(user):
    return "noc" in groups()
""",
    "reports_what_it_handles_itself": """
def report():
    requests.post(URL, data=traceback.format_exc())


def groups():
    try:
        return requests.get(URL).json()
    except ValueError:
        report()
        return []


async def may(user):
    return "noc" in groups()
""",
    "has_a_default": """
def group(user):
    return next((name for name in requests.get(URL).json() if name.startswith("noc")), None)


async def may(user):
    return group(user) is not None
""",
    "turns_round_for_ever": """
URLS = itertools.cycle([URL, "https://other.example.org"])


def group(user):
    return requests.get(next(URLS)).json()


async def may(user):
    return group(user) is not None
""",
    "is_an_iterator": """
class Pages:
    def __iter__(self):
        return self

    def __next__(self):
        page = requests.get(URL).json()
        if not page:
            raise StopIteration
        return page


def pages():
    return [page for page in Pages()]


async def may(user):
    return pages() == []
""",
    "sets_and_resets": """
TENANT = contextvars.ContextVar("TENANT", default="none")


def asked():
    token = TENANT.set("acme")
    try:
        return requests.get(URL).json()
    finally:
        TENANT.reset(token)


async def may(user):
    return "noc" in asked()
""",
    "opens_a_connection_itself": """
class Rights:
    def __init__(self):
        self.connection = sqlite3.connect("rights.db")

    def has(self, name):
        return self.connection.execute("select 1 from rights where name = ?", [name]).fetchone() is not None


def has(user):
    return Rights().has(user.name)


async def may(user):
    return has(user)
""",
    "shares_a_connection_that_says_so": """
OTHERS = sqlite3.connect("others.db")
RIGHTS = sqlite3.connect("rights.db", check_same_thread=False)


def rights(user):
    return RIGHTS.execute("select 1 from rights where name = ?", [user.name]).fetchone()


async def may(user):
    return rights(user) is not None
""",
    "runs_a_loop_of_its_own": """
async def asked():
    asyncio.get_running_loop()
    return True


def groups(user):
    return asyncio.run(asked()) and requests.get(URL).json()


async def may(user):
    return groups(user) is not None
""",
    "takes_another_lock_than_the_one_that_is_held": """
LOCK = threading.RLock()
OTHER = threading.RLock()


def groups():
    with LOCK:
        return requests.get(URL).json()


async def asked():
    return "noc" in groups()


async def may(user):
    OTHER.acquire(blocking=False)
    return await asked()
""",
    "takes_a_lock_that_nobody_holds": """
LOCK = threading.RLock()


def groups(user):
    with LOCK:
        return requests.get(URL).json()


async def may(user):
    with LOCK:
        known = dict(groups(user))
    return bool(known)
""",
}


@pytest.mark.parametrize("code", HARMLESS.values(), ids=HARMLESS)
def test_a_call_moves_whose_helper_needs_no_thread_in_particular(code: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, program(code), codes=CODES)
    assert done.reasons == []
    assert "await asyncio.to_thread(" in done.files["app.py"]


def test_what_belongs_to_a_thread_is_read_there(tmp_path: Path) -> None:
    code = """
LOCAL = threading.local()


async def may(user):
    LOCAL.name = user.name
    return requests.get(URL).json()[LOCAL.name]
"""
    done = repaired(tmp_path, program(code), codes=CODES)
    assert "return (await asyncio.to_thread(requests.get, URL)).json()[LOCAL.name]\n" in done.files["app.py"]


# Locks

LOCKED = """
LOCK = threading.RLock()


def groups():
    with LOCK:
        return requests.get(URL).json()


"""
WAITS = (
    "`LOCK` is taken (`groups`, app.py:24), which the event loop may hold meanwhile (app.py:33): "
    "the thread would wait for ever"
)
TAKEN = (
    "`LOCK.acquire()` is taken (`may`, app.py:29): "
    "the lock belongs to the thread that takes it, which has to give it back too"
)
HELD = {
    "around_an_await": (
        """
async def may(user):
    with LOCK:
        await asyncio.sleep(0)
        return "noc" in groups()
""",
        ["it moves with the whole statement, but there is an `await` in it"]
        + ["`with LOCK` (line 29) stays in the event loop, which must not hold the lock while a thread works"] * 2,
    ),
    "by_acquire": (
        """
async def may(user):
    LOCK.acquire()
    try:
        return "noc" in groups()
    finally:
        LOCK.release()
""",
        ["the lock belongs to the thread that takes it, which has to give it back too", TAKEN, TAKEN],
    ),
    "by_the_caller": (
        """
async def asked():
    return "noc" in groups()


async def may(user):
    with LOCK:
        return await asked()
""",
        [WAITS, WAITS, "it moves with the whole statement, but there is an `await` in it"],
    ),
}


@pytest.mark.parametrize(("code", "reasons"), HELD.values(), ids=HELD)
def test_no_thread_waits_for_a_lock_that_the_event_loop_holds(code: str, reasons: list[str], tmp_path: Path) -> None:
    source = program(LOCKED.lstrip("\n") + code.lstrip("\n"))
    done = repaired(tmp_path, source, codes=CODES)
    assert done.reasons == reasons
    assert done.files["app.py"] == source


# The session of the request

APART = {
    "an_awaited_function_writes": (
        """
async def note(user):
    db.session.execute(text("insert into workflows (name) values ('asked')"))


async def may(user):
    await note(user)
    db.session.commit()
    return True
""",
        "`db.session.execute(...)` (`note`, app.py:21) changes the session of the request without a commit",
    ),
    "an_awaited_function_commits": (
        """
async def keep():
    db.session.commit()


async def may(user):
    db.session.add(WorkflowTable(name="asked"))
    await keep()
    return True
""",
        "changes the session of the request without a commit",
    ),
    "an_object_from_elsewhere_is_changed": (
        """
async def keep(found):
    found.description = "asked for"
    db.session.commit()


async def may(user):
    with db.database_scope():
        await keep(user.found)
    return True
""",
        "`db.session.commit(...)` (`keep`, app.py:22) is about what is changed elsewhere in the session of the request",
    ),
    "another_function_reads_what_is_not_committed": (
        """
async def note(user):
    db.session.add(WorkflowTable(name=user.name))
    db.session.flush()


async def count() -> int:
    return WorkflowTable.query.count()


async def may(user):
    await note(user)
    return await count() > 3
""",
        "`db.session.add(...)` (`note`, app.py:21) changes the session of the request without a commit",
    ),
}


@pytest.mark.parametrize(("code", "reason"), APART.values(), ids=APART)
def test_a_transaction_is_not_split_between_sessions(code: str, reason: str, tmp_path: Path) -> None:
    refused(tmp_path, program(code), reason, codes=CODES)


def test_a_commit_stays_with_an_object_of_the_session_that_is_changed(tmp_path: Path) -> None:
    code = """
async def load(name):
    return db.session.scalars(select(WorkflowTable).where(WorkflowTable.name == name)).one()


async def may(user):
    found = await load("create_port")
    found.description = "asked for"
    db.session.commit()
    return True


async def may_too(user):
    found = await load("create_port")
    found.description = "asked for"
    db.session.add(WorkflowTable(name="asked"))
    db.session.commit()
    return True


workflow("y", authorize_callback=may_too)(begin)
"""
    source = program(code)
    done = repaired(tmp_path, source, codes=CODES)
    assert done.files["app.py"] == source
    assert done.reasons == [
        "what it returns may be an object of the session, which ends with the thread",
        (
            "`db.session.commit(...)` (`may`, app.py:27) is about what is changed elsewhere in the session of the "
            "request: a session of its own has none of it"
        ),
        (
            "`await load('create_port')` (app.py:32) may give an object of the session of the request, which "
            "`db.session.commit(...)` (`may_too`, app.py:35) would leave out in a session of its own"
        ),
    ]


def test_what_a_helper_adds_moves_together_with_the_commit(tmp_path: Path) -> None:
    code = """
def note(user):
    db.session.add(WorkflowTable(name="asked", description=user.name))


async def known(user):
    return user is not None


async def may(user):
    if not await known(user):
        return False
    note(user)
    db.session.commit()
    return True
"""
    done = repaired(tmp_path, program(code), codes=CODES)
    assert done.reasons == []
    assert (
        "    def _query():\n        with db.database_scope():\n"
        "            note(user)\n            db.session.commit()\n\n"
        "    await asyncio.to_thread(_query)\n    return True\n"
    ) in done.files["app.py"]


WHOLE = {
    "changes_and_takes_it_back": (
        "db.session.execute(text(\"update workflows set name = 'x'\"))\n    db.session.rollback()\n    return True"
    ),
    "adds_and_commits": 'db.session.add(WorkflowTable(name="asked"))\n    db.session.commit()\n    return True',
    "changes_and_commits": (
        'found = db.session.get(WorkflowTable, 1)\n    found.description = "asked"\n    db.session.commit()\n'
        "    return True"
    ),
    "inserts_and_commits": "db.session.execute(insert(WorkflowTable))\n    db.session.commit()\n    return True",
    "changes_an_attribute_of_the_user": "user.seen = db.session.get(WorkflowTable, 1).name\n    return bool(user.seen)",
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
def test_a_transaction_of_one_function_moves_as_a_whole(body: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, program(f"async def may(user):\n    {body}\n"), codes=CODES)
    assert done.reasons == []
    assert f"    with db.database_scope():\n        {body.splitlines()[0]}\n" in done.files["app.py"]


# Functions that are made in what moves

CLOSURES = {
    "a_lambda": (
        "allowed = lambda name: name not in denied\n    denied = denied | {'ops'}\n    return allowed(user.name)"
    ),
    "a_generator": (
        "checks = (name not in denied for name in [user.name])\n    denied = denied | {'ops'}\n    return all(checks)"
    ),
    "a_function": (
        "def allowed(name):\n            return name not in denied\n\n    denied = denied | {'ops'}\n"
        "    return allowed(user.name)"
    ),
    "a_function_that_binds": (
        "def allowed(name):\n            nonlocal denied\n            denied = denied | {'ops'}\n\n"
        "    allowed(user.name)\n    return user.name not in denied"
    ),
}


@pytest.mark.parametrize("rest", CLOSURES.values(), ids=CLOSURES)
def test_a_function_made_in_what_moves_sees_the_same_variable(rest: str, tmp_path: Path) -> None:
    """The answer is False, whatever moves: the file is empty, and `ops` is denied."""
    (tmp_path / "denied").write_text("")
    (tmp_path / "orchestrator").mkdir()
    (tmp_path / "orchestrator" / "__init__.py").write_text("")
    (tmp_path / "orchestrator" / "workflow.py").write_text("begin = None\nworkflow = lambda *a, **k: lambda f: f\n")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "pyproject.toml").write_text("[project]\nname = 'a'\nversion = '1'\n")
    (tmp_path / "code" / "app.py").write_text(
        "import asyncio\n\nfrom orchestrator.workflow import begin, workflow\n\n\nasync def may(user):\n"
        f"    with open('denied') as file:\n        denied = {{file.read().strip()}}\n        {rest}\n{REGISTERED}"
    )
    outcome = fixed(tmp_path / "code")
    assert outcome.changed or outcome.refused
    ask = "import types, asyncio, sys; sys.path.insert(0, 'code'); import app; "
    ask += "print(asyncio.run(app.may(types.SimpleNamespace(name='ops'))))"
    done = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_variables_of_a_function_are_there_for_what_looks_at_them(tmp_path: Path) -> None:
    code = """
async def may(user):
    count = db.session.scalar(text("select 3"))
    return "{count}".format_map(locals()) == "3"
"""
    refused(tmp_path, program(code), "`locals()` in line 22 looks at the variables of `may`", codes=CODES)


def test_what_looks_at_an_object_does_not_matter(tmp_path: Path) -> None:
    code = """
async def may(user):
    count = db.session.scalar(text("select count(*) from workflows"))
    return len(vars(user)) == int(count)
"""
    assert repaired(tmp_path, program(code), codes=CODES).reasons == []


def test_the_sync_half_of_an_async_twin_has_a_plain_name(tmp_path: Path) -> None:
    code = """
def may(user):
    return WorkflowTable.query.count() > 1


def check(user):
    return {"ok": may(user)}
"""
    done = repaired(tmp_path, program(code), codes=CODES)
    assert done.reasons == []
    assert "def _may_sync(user):\n    with db.database_scope():\n        return may(user)\n" in done.files["app.py"]
