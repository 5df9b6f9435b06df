"""Callbacks that use the session of the request: each thread gets a session of its own, and nothing outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flake8_orch47.fixes.repair import repair
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flake8_orch47.settings import Settings

INDENT = "    "


# What a callback is made of

plain_names = st.sampled_from(["p", "q"])
numbers = st.integers(0, 5).map(str)


def plain(depth: int) -> st.SearchStrategy[str]:
    """Expressions that give a number, many of them out of the database."""
    if depth == 0:
        return st.one_of(plain_names, numbers, st.just("(o.value if o is not None else 0)"))
    inner = plain(depth - 1)
    pair = st.tuples(inner, inner)
    return st.one_of(
        inner,
        inner.map(lambda one: f"db.session.get(SubscriptionTable, {one}).value"),
        inner.map(lambda one: f"lookup({one}).value"),
        inner.map(lambda one: f"level({one})"),
        inner.map(lambda one: f"db.session.get(SubscriptionTable, {one}).status"),
        st.just("(o.status if o is not None else 0)"),
        st.just("SubscriptionTable.query.count()"),
        st.just("db.session.scalar(select(func.count()).select_from(SubscriptionTable))"),
        st.just("sum(row.value for row in SubscriptionTable.query)"),
        st.just("len([row for row in SubscriptionTable.query.all() if row.value > p])"),
        inner.map(lambda one: f"(db.session.get(SubscriptionTable, {one}) is not None)"),
        inner.map(lambda one: f"await other({one})"),
        pair.map(lambda two: f"({two[0]} and {two[1]})"),
        pair.map(lambda two: f"({two[0]} + {two[1]})"),
        pair.map(lambda two: f"({two[0]} if {two[1]} else 0)"),
    )


def statements(depth: int) -> st.SearchStrategy[list[str]]:
    """A statement, as lines."""
    value = plain(2)
    simple = [
        st.tuples(plain_names, value).map(lambda two: [f"{two[0]} = {two[1]}"]),
        st.tuples(plain_names, value).map(lambda two: [f"{two[0]} += {two[1]}"]),
        value.map(lambda one: [f"o = db.session.get(SubscriptionTable, {one})"]),
        value.map(lambda one: [f"o = lookup({one})"]),
        value.map(lambda one: [f"return {one}"]),
        value.map(lambda one: ["session = db.session", f"o = session.get(SubscriptionTable, {one})"]),
        st.just(["query = SubscriptionTable.query", "q = query.count()"]),
        st.just(["if o is not None and o.value > 2:", "    return o.value"]),
        st.just(["q = await other(p)"]),
        st.just(["r = [row.status for row in SubscriptionTable.query]"]),
        st.just(["for row in SubscriptionTable.query:", "    r.append(row)"]),
        st.just(["for row in SubscriptionTable.query:", "    r.append(row.status)"]),
        st.just(["q = sum(one if isinstance(one, int) else one.value for one in r)"]),
    ]
    if depth == 0:
        return st.one_of(simple)
    body = blocks(depth - 1)
    return st.one_of(
        *simple,
        st.tuples(value, body, body).map(lambda it: [f"if {it[0]}:", *deeper(it[1]), "else:", *deeper(it[2])]),
        body.map(lambda lines: ["for o in SubscriptionTable.query:", *deeper(lines)]),
        body.map(lambda lines: ["for row in SubscriptionTable.query.all():", *deeper(["q += row.value", *lines])]),
        body.map(lambda lines: ["with db.database_scope():", *deeper(lines)]),
        body.map(lambda lines: ["try:", *deeper(lines), "except LookupError as error:", "    p = len(str(error))"]),
    )


def blocks(depth: int) -> st.SearchStrategy[list[str]]:
    return st.lists(statements(depth), min_size=1, max_size=4).map(lambda many: [line for one in many for line in one])


def deeper(lines: list[str]) -> list[str]:
    return [INDENT + line for line in lines]


def module(lines: list[str], in_method: bool) -> str:
    """A module with a callback of these lines, which only the framework calls."""
    body = deeper(["p = q = 1", "r = []", "o = None", "q = user", *lines, "return p, q"])
    head = (
        "import asyncio\nfrom orchestrator.db import SubscriptionTable, db\n"
        "from orchestrator.workflow import begin, workflow\nfrom sqlalchemy import func, select\n\n\n"
        "async def other(x):\n    return x + 1\n\n\n"
        "def lookup(x):\n    return db.session.get(SubscriptionTable, x)\n\n\n"
        "def level(x) -> int:\n    with db.database_scope():\n        return lookup(x).value\n\n\n"
    )
    register = "workflow('x', authorize_callback=allowed)(begin)\n"
    if in_method:
        method = "\n".join(deeper(["async def check(self, user):", *body]))
        return f"{head}class Policy:\n{method}\n\n\nallowed = Policy().check\n{register}"
    return f"{head}async def allowed(user):\n" + "\n".join(body) + f"\n\n\n{register}"


# What it runs against


class DetachedInstanceError(Exception):
    """An object loads an attribute, and its session has ended."""


class Session:
    """A session belongs to the thread that opened its scope, and ends with the scope."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.thread = threading.get_ident()
        self.is_open = True

    def use(self, what: str) -> None:
        if self.thread != threading.get_ident():
            self.world.shared.append(what)
        if not self.is_open:
            raise DetachedInstanceError(what)
        self.world.events.append(what)
        if len(self.world.events) > 300:
            raise RuntimeError("too much")
        if threading.get_ident() == self.world.loop:
            self.world.in_loop.append(what)

    def get(self, _: object, number: int) -> Row | None:
        self.use(f"get {int(number)}")
        return Row(self, int(number)) if int(number) % 5 != 3 else None

    def scalar(self, _: object) -> int:
        self.use("scalar")
        return 3


class Row:
    """A row loads its value when it is looked at; its status is a column, and loaded with it."""

    def __init__(self, session: Session, number: int) -> None:
        self.session = session
        self.number = number
        self.status = number % 3

    @property
    def value(self) -> int:
        self.session.use(f"load {self.number}")
        return self.number % 4


class Query:
    """A query runs when it is iterated over or asked."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __iter__(self) -> Iterator[Row]:
        self.session.use("query")
        return iter([Row(self.session, number) for number in range(3)])

    def all(self) -> list[Row]:
        return list(self)

    def count(self) -> int:
        self.session.use("count")
        return 2


class World:
    """The framework, and what happened in it."""

    def __init__(self) -> None:
        self.loop = threading.get_ident()
        self.events: list[str] = []
        self.in_loop: list[str] = []
        self.shared: list[str] = []
        self.scope: contextvars.ContextVar[Session] = contextvars.ContextVar("scope")

    @contextlib.contextmanager
    def database_scope(self) -> Iterator[None]:
        session = Session(self)
        token = self.scope.set(session)
        try:
            yield
        finally:
            session.is_open = False
            self.scope.reset(token)

    @property
    def session(self) -> Session:
        return self.scope.get()

    def modules(self) -> dict[str, ModuleType]:
        world = self

        class Meta(type):
            @property
            def query(cls) -> Query:
                return Query(world.session)

        class SubscriptionTable(metaclass=Meta):
            pass

        class Lazy:
            def __getattr__(self, name: str) -> Any:
                return lambda *a: self

        def workflow(_: str, authorize_callback: object) -> Callable[[object], object]:
            return lambda function: function

        package, framework, database = (
            ModuleType("orchestrator"),
            ModuleType("orchestrator.workflow"),
            ModuleType("orchestrator.db"),
        )
        framework.__dict__.update(workflow=workflow, begin=None)
        database.__dict__.update(db=world, SubscriptionTable=SubscriptionTable)
        package.__dict__.update(workflow=framework, db=database)
        alchemy = ModuleType("sqlalchemy")
        alchemy.__dict__.update(func=Lazy(), select=lambda *a: Lazy())
        return {
            "orchestrator": package,
            "orchestrator.workflow": framework,
            "orchestrator.db": database,
            "sqlalchemy": alchemy,
        }


def run(text: str) -> tuple[list[str], World]:
    """What a callback answers to some users, and what happened."""
    world = World()
    modules = world.modules()
    known = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        namespace: dict[str, Any] = {}
        exec(compile(text, "policy.py", "exec"), namespace)
        answers = asyncio.run(answered(namespace["allowed"], world))
    finally:
        for name, module in known.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return answers, world


async def answered(callback: Callable[[int], Any], world: World) -> list[str]:
    answers = []
    for user in (0, 1, 3):
        try:
            with world.database_scope():
                answers.append(repr(await callback(user)))
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}")
    return answers


def fixed(folder: Path, text: str) -> tuple[str, list[str]]:
    """The module after the fixes, and why something stayed."""
    path = folder / "policy.py"
    path.write_text(text)
    folder.joinpath("setup.cfg").write_text("")

    def configure(root: str) -> Settings:
        return load(root, select=("ORC3",), extend_select=(), ignore=())

    outcome = repair([str(path)], configure, unsafe=True)
    assert not outcome.report.problems
    assert set(outcome.report.findings) <= set(outcome.refused)
    changed = outcome.changed.get(str(path))
    return (changed.after.decode() if changed else text), list(outcome.refused.values())


@given(blocks(2), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_thread_has_a_session_of_its_own_and_only_plain_values_come_back(
    tmp_path_factory: Any, lines: list[str], in_method: bool
) -> None:
    folder = tmp_path_factory.mktemp("sessions")
    before = module(lines, in_method)
    after, reasons = fixed(folder, before)
    answers, world = run(before)
    answers_after, world_after = run(after)
    assert answers_after == answers, after
    assert world_after.events == world.events, after
    assert world_after.shared == [], after
    if not reasons:
        queries = [event for event in world_after.in_loop if not event.startswith("load")]
        assert queries == [], after
    assert fixed(folder, after)[0] == after


def test_the_stand_in_notices_what_goes_wrong() -> None:
    text = module(["p = await asyncio.to_thread(lambda: db.session.get(SubscriptionTable, 1))"], False)
    assert "get 1" in run(text)[1].shared
    text = module(["with db.database_scope():", "    o = lookup(1)", "p = o.value"], False)
    assert run(text)[0][0] == "DetachedInstanceError: load 1"
