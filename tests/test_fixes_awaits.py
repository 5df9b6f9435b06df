"""ORC202 is fixed: coroutines are awaited where that is allowed, and otherwise the reason is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixing import REQUIRES_46, becomes, refused, repaired

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
from orchestrator import workflow


async def check(user):
    return user is not None


"""
TAIL = """

@workflow("Create", authorize_callback=check, retry_auth_callback=other)
def create(): ...
"""


def calling(body: str, start: str = "async def other(user):") -> str:
    """A program with an async function of this body."""
    return HEAD + start + "\n" + "".join(f"    {line}\n" for line in body.split("\n")) + TAIL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if check(user):\n    return True", "if await check(user):\n    return True"),
        ("if not check(user):\n    return False", "if not await check(user):\n    return False"),
        ("while check(user):\n    pass", "while await check(user):\n    pass"),
        ("assert check(user), user", "assert await check(user), user"),
        ("return check(user)", "return await check(user)"),
        ("return user.a and check(user)", "return user.a and await check(user)"),
        ("return check(user) or check(user.boss)", "return await check(user) or await check(user.boss)"),
        ("return 1 if check(user) else 2", "return 1 if await check(user) else 2"),
        ("return check(user) == True", "return await check(user) == True"),
        ("check(user)", "await check(user)"),
        ("check(\n    user,  # of the request\n)", "await check(\n    user,  # of the request\n)"),
        ("may = check(user)\nif may:\n    return 1", "may = await check(user)\nif may:\n    return 1"),
        ("may: bool = check(user)\nreturn may", "may: bool = await check(user)\nreturn may"),
        ("if may := check(user):\n    return may", "if may := await check(user):\n    return may"),
        ("return bool(check(user))", "return bool(await check(user))"),
        ("return [u for u in user if check(u)]", "return [u for u in user if await check(u)]"),
        ("return {u: 1 for u in user if check(u)}", "return {u: 1 for u in user if await check(u)}"),
        ("return all([check(u) for u in user])", "return all([await check(u) for u in user])"),
        ("a = [check(u) for u in user]\nreturn any(a)", "a = [await check(u) for u in user]\nreturn any(a)"),
        ("match check(user):\n    case 1:\n        pass", "match await check(user):\n    case 1:\n        pass"),
        ("if (check(user)):\n    return True", "if (await check(user)):\n    return True"),
    ],
)  # fmt: skip
def test_the_coroutine_is_awaited_where_it_is_called(tmp_path: Path, before: str, after: str) -> None:
    done = becomes(tmp_path, calling(before), calling(after), unsafe=False)
    assert done.outcome.report.findings == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "return any(check(u) for u in user)",
            "for u in user:\n    if await check(u):\n        return True\nreturn False",
        ),
        (
            "# each\nreturn all((check(u) for u in user if u))  # of them",
            "# each\nfor u in user:\n    if u and not await check(u):\n        return False\nreturn True  # of them",
        ),
        (
            "return all(\n    not check(u)\n    for g in user\n    for u in [\n        g,\n    ]\n    if g or u\n)",
            """for g in user:
    for u in [
            g,
        ]:
        if (g or u) and await check(u):
            return False
return True""",
        ),
        (
            "return any(check(u) and\n    u.may for u in user)",
            "for u in user:\n    if (await check(u) and\n        u.may):\n        return True\nreturn False",
        ),
        (
            "return any(all(check(p) or p.m for p in u) for u in user)",
            """for u in user:
    if await anext((False for p in u if not (await check(p) or p.m)), True):
        return True
return False""",
        ),
        (
            "return user and any(check(u) for u in user)",
            "return user and await anext((True for u in user if await check(u)), False)",
        ),
        (
            "if not all(check(u) if u else False for u in user):\n    return 1",
            "if not await anext((False for u in user if not (await check(u) if u else False)), True):\n    return 1",
        ),
        (
            "return any(check(u) for u in user).real",
            "return (await anext((True for u in user if await check(u)), False)).real",
        ),
        (
            "if any(\n    check(u)  # each\n    for u in user\n):\n    return 1",
            "if await anext((\n    True  # each\n    for u in user\n    if await check(u)\n), False):\n    return 1",
        ),
        # the variable of the loop would be one of the function
        ("u = 1\nreturn any(check(u) for u in user)",
         "u = 1\nreturn await anext((True for u in user if await check(u)), False)"),
        ("print(user); return any(check(u) for u in user)",
         "print(user); return await anext((True for u in user if await check(u)), False)"),
    ],
)  # fmt: skip
def test_any_and_all_stop_at_the_first_that_decides(tmp_path: Path, before: str, after: str) -> None:
    """What comes after it may fail for this user: `all(check(user) for check in (is_known, has_role))`."""
    done = becomes(tmp_path, calling(before), calling(after), unsafe=False)
    assert done.outcome.report.findings == ()


def test_calls_inside_calls_are_awaited_each(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        calling("if check(other(user)):\n    return user\nreturn check(check(user))"),
        calling("if await check(other(user)):\n    return user\nreturn await check(check(user))"),
        unsafe=False,
    )


@pytest.mark.parametrize(
    ("start", "body", "reason"),
    [
        ("def other(user):", "if check(user):\n    return 1", "`other` is not async, and `await` is allowed in async"),
        ("other = workflow\nif check(1):", "print(1)", "it runs at import, where `await` is not allowed"),
        (
            "async def other(user):",
            "return filter(lambda u: not check(u), user)",
            "it stands in a lambda, where `await` is not allowed",
        ),
        (
            "async def other(user):",
            "class Answer:\n    may = not check(user)\nreturn Answer",
            "it stands in the body of class `Answer`, where `await` is not allowed",
        ),
        (
            "async def other(user):",
            "return feed(not check(u) for u in user)",
            "it stands in a generator expression, which `await` would make asynchronous",
        ),
    ],
    ids=["sync", "import", "lambda", "class", "generator"],
)
def test_where_await_is_not_allowed_the_reason_is_told(tmp_path: Path, start: str, body: str, reason: str) -> None:
    refused(tmp_path, calling(body, start), reason, codes=["ORC202"])


def test_what_is_async_in_some_cases_only_stays(tmp_path: Path) -> None:
    before = calling("ask = check if user else bool\nif ask(user):\n    return 1")
    refused(tmp_path, before, "what is called is not async in every case", codes=["ORC202"])


def test_a_sync_callback_becomes_async_first_and_awaits_then(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        calling("return not check(user)", "def other(user):"),
        calling("return not await check(user)", "async def other(user):"),
        unsafe=False,
    )


def test_the_callback_of_a_workflow_is_awaited_only_where_the_framework_has_it_async(tmp_path: Path) -> None:
    before = """
        from orchestrator.services.processes import start_process
        from orchestrator.workflows import get_workflow


        async def start(key, user):
            if get_workflow(key).authorize_callback(user):
                start_process(key)
        """
    refused(tmp_path, before, "callbacks need not be async", pyproject=REQUIRES_46, codes=["ORC202"])
    done = repaired(tmp_path, before, codes=["ORC202"], unsafe=False)
    assert "if await get_workflow(key).authorize_callback(user):" in done.files["app.py"]
