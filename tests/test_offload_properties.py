"""Whatever a callback does: with its blocking calls in a thread it answers, raises and calls as it did before."""

from __future__ import annotations

import asyncio
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
    from collections.abc import Callable
    from pathlib import Path

    from flake8_orch47.settings import Settings

VARIABLES = ("a", "b", "c")
INDENT = "    "
#: What the request knows: a thread has to see it too.
REQUEST = contextvars.ContextVar[int]("REQUEST", default=0)


# What a callback is made of

names = st.sampled_from(VARIABLES)
numbers = st.integers(0, 9).map(str)


def expressions(depth: int) -> st.SearchStrategy[str]:
    """Expressions with blocking calls, awaits and everything that decides what is evaluated, and when."""
    if depth == 0:
        leaves = st.sampled_from(["look()", "bump()"])
        return st.one_of(names, numbers, names.map(lambda name: f"slow.ask({name})"), leaves)
    inner = expressions(depth - 1)
    pair = st.tuples(inner, inner)
    return st.one_of(
        inner,
        inner.map(lambda one: f"slow.ask({one})"),
        inner.map(lambda one: f"slow.ask({one}).more()"),
        pair.map(lambda two: f"slow.ask({two[0]}, extra={two[1]})"),
        pair.map(lambda two: f"slow.ask(*[{two[0]}], **{{'extra': {two[1]}}}).more({two[1]}).level"),
        inner.map(lambda one: f"await other({one})"),
        inner.map(lambda one: f"note({one})"),
        pair.map(lambda two: f"({two[0]} and {two[1]})"),
        pair.map(lambda two: f"({two[0]} or not {two[1]})"),
        pair.map(lambda two: f"({two[0]} + {two[1]})"),
        pair.map(lambda two: f"({two[0]} < {two[1]} < 5)"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} else {three[2]})"),
        st.tuples(names, inner).map(lambda two: f"({two[0]} := {two[1]})"),
        inner.map(lambda one: f"sum([slow.ask(x) + {one} for x in (1, 2) if slow.ask(x)])"),
        inner.map(lambda one: f"any(slow.ask(x) > {one} for x in (1, 2, 3))"),
        inner.map(lambda one: f"len({{x: [slow.ask(x + y) for y in (1, 2)] for x in range(2) if {one}}})"),
        names.map(lambda name: f"int(f'{{slow.ask({name})!s}}{{{name}:d}}')"),
        inner.map(lambda one: f"(lambda x: slow.ask(x))({one})"),
        inner.map(lambda one: f"sum(map(slow.ask, ({one}, 2)))"),
        inner.map(lambda one: f"slow.ask(\n        {one},  # why\n        extra=1,\n    )"),
    )


def statements(depth: int, in_loop: bool) -> st.SearchStrategy[list[str]]:
    """A statement, as lines."""
    value = expressions(2)
    simple = [
        st.tuples(names, value).map(lambda two: [f"{two[0]} = {two[1]}"]),
        st.tuples(names, value).map(lambda two: [f"{two[0]} += {two[1]}"]),
        value.map(lambda one: [one]),
        value.map(lambda one: [f"return {one}"]),
        value.map(lambda one: [f"note({one})  # seen"]),
    ]
    if in_loop:
        simple += [st.just(["break"]), st.just(["continue"])]
    if depth == 0:
        return st.one_of(simple)
    body = blocks(depth - 1, in_loop)
    loop = blocks(depth - 1, True)
    return st.one_of(
        *simple,
        st.tuples(value, body, body).map(lambda it: [f"if {it[0]}:", *deeper(it[1]), "else:", *deeper(it[2])]),
        st.tuples(value, body).map(lambda it: [f"with slow.Opened({it[0]}) as c:", *deeper(it[1])]),
        st.tuples(names, loop).map(lambda it: [f"for {it[0]} in (1, 2):", *deeper(it[1])]),
        st.tuples(names, loop).map(lambda it: [f"for {it[0]} in slow.pages(2):", *deeper(it[1])]),
        st.tuples(value, loop).map(lambda it: [f"while slow.ask({it[0]}) > 4:", *deeper(it[1])]),
        st.tuples(value, body).map(lambda it: [f"match {it[0]}:", *deeper(["case 1 | 2:", *deeper(it[1])])]),
        st.tuples(body, names).map(
            lambda it: ["try:", *deeper(it[0]), "except ValueError as error:", *deeper([f"note(str(error), {it[1]})"])]
        ),
        st.tuples(body, names).map(lambda it: ["try:", *deeper(it[0]), "finally:", *deeper([f"note({it[1]})"])]),
    )


def blocks(depth: int, in_loop: bool) -> st.SearchStrategy[list[str]]:
    one = statements(depth, in_loop)
    return st.lists(one, min_size=1, max_size=3).map(lambda many: [line for lines in many for line in lines])


def deeper(lines: list[str]) -> list[str]:
    return [INDENT + line for line in lines]


def module(lines: list[str]) -> str:
    """A module with a callback of these lines."""
    look = ["def look():", "    return a"]
    bump = ["def bump():", "    nonlocal b", "    b += 1", "    return b"]
    body = ["a = b = 1", "c = user", *look, *bump, *lines, "return a, b, int(c)"]
    text = "\n".join(deeper(body))
    return (
        "import asyncio\nimport slow\nfrom orchestrator.workflow import begin, workflow\nfrom tools import note\n\n\n"
        "async def other(x):\n    return x + 1\n\n\n"
        f"async def allowed(user):\n{text}\n\n\nworkflow('x', authorize_callback=allowed)(begin)\n"
    )


# What it runs against


class Answer(int):
    """What `slow` answers: a number."""

    @property
    def level(self) -> int:
        return int(self) + 1

    def more(self, extra: int = 1) -> Answer:
        return Answer((int(self) + extra) % 11)


class World:
    """The modules that a callback imports, and what they saw."""

    def __init__(self) -> None:
        self.loop = threading.get_ident()
        self.events: list[object] = []
        self.in_loop: list[object] = []

    def blocked(self, *event: object) -> None:
        self.events.append((*event, REQUEST.get()))
        if len(self.events) > 300:
            raise RuntimeError("too much")
        if threading.get_ident() == self.loop:
            self.in_loop.append(event)

    def modules(self) -> dict[str, ModuleType]:
        world = self

        def ask(x: int, *, extra: int = 0) -> Answer:
            world.blocked("ask", int(x), int(extra))
            if int(x) % 7 == 5:
                raise ValueError(f"no answer to {int(x)}")
            return Answer((int(x) * 3 + int(extra)) % 11)

        def pages(number: int) -> list[int]:
            world.blocked("pages", number)
            return list(range(number))

        class Opened:
            def __init__(self, x: int) -> None:
                self.x = int(x)
                world.blocked("opened", self.x)

            def __enter__(self) -> Answer:
                return Answer(self.x)

            def __exit__(self, *error: object) -> None:
                world.events.append(("closed", self.x, type(error[1]).__name__))

        def note(*what: Any) -> int:
            world.events.append(("note", *(str(one) for one in what)))
            return len(world.events) % 5

        def workflow(_: str, authorize_callback: object) -> Callable[[object], object]:
            return lambda function: function

        slow, tools = ModuleType("slow"), ModuleType("tools")
        slow.__dict__.update(ask=ask, pages=pages, Opened=Opened)
        tools.__dict__.update(note=note)
        framework, package = ModuleType("orchestrator.workflow"), ModuleType("orchestrator")
        framework.__dict__.update(workflow=workflow, begin=None)
        package.__dict__.update(workflow=framework)
        return {"slow": slow, "tools": tools, "orchestrator": package, "orchestrator.workflow": framework}


def run(text: str) -> tuple[list[str], list[object], list[object]]:
    """What a callback answers to some users, what happened, and what of it held up the loop."""
    world = World()
    modules = world.modules()
    known = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        namespace: dict[str, Any] = {}
        exec(compile(text, "policy.py", "exec"), namespace)
        answers = asyncio.run(answered(namespace["allowed"]))
    finally:
        for name, module in known.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return answers, world.events, world.in_loop


async def answered(callback: Callable[[int], Any]) -> list[str]:
    answers = []
    for user in (0, 1, 2, 4):
        REQUEST.set(user)
        try:
            answers.append(repr(await callback(user)))
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}")
    return answers


def fixed(folder: Path, text: str) -> tuple[str, bool]:
    """The module after the fixes, and whether something stayed with a reason."""
    path = folder / "policy.py"
    path.write_text(text)
    folder.joinpath("setup.cfg").write_text("")

    def configure(root: str) -> Settings:
        return load(root, select=("ORC3",), extend_select=(), ignore=(), blocking_calls=("slow.*",))

    outcome = repair([str(path)], configure, unsafe=True)
    assert not outcome.report.problems
    assert set(outcome.report.findings) <= set(outcome.refused)
    changed = outcome.changed.get(str(path))
    return (changed.after.decode() if changed else text), bool(outcome.refused)


@given(blocks(2, False))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_fixed_callback_does_what_it_did(tmp_path_factory: Any, lines: list[str]) -> None:
    folder = tmp_path_factory.mktemp("property")
    before = module(lines)
    after, stays = fixed(folder, before)
    assert run(after)[:2] == run(before)[:2], after
    if not stays:
        assert run(after)[2] == [], after
    again, _ = fixed(folder, after)
    assert again == after


def test_the_programs_can_block(tmp_path: Path) -> None:
    """The property above would hold for nothing if nothing ever blocked or moved."""
    text = module(["if slow.ask(a):", "    b = slow.ask(b).more(c)"])
    assert len(run(text)[2]) == 8
    after, stays = fixed(tmp_path, text)
    assert not stays
    assert run(after)[2] == []
    assert run(after)[:2] == run(text)[:2]
    assert "to_thread(lambda: slow.ask(b).more(c))" in after
