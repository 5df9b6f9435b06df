"""What callbacks rarely do while they block: the fixes still move them as they should, or say why they stay."""

from __future__ import annotations

import ast
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from fixing import becomes, refused, repaired
from offloading import PROLOGUE, module

from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import Knowledge, is_plain_annotation

if TYPE_CHECKING:
    from pathlib import Path

CODES = ("ORC3",)


def moves(folder: Path, before: str, after: str, head: str = PROLOGUE) -> None:
    """The callback `before` becomes the callback `after`; the rest of its module stays."""
    becomes(folder, module(before, "x", head), module(after, "x", head), codes=CODES)


def stays_for(folder: Path, callback: str, reason: str) -> None:
    """The callback stays, and everything that blocks in it stays for this reason."""
    refused(folder, module(callback, "x"), reason, codes=CODES)


def statements(source: str) -> list[ast.stmt]:
    return ast.parse(dedent(source)).body


# What cannot run in another thread

OBSTACLES = (
    ("x = [a async for a in b]", "there is an `async for` in it"),
    ("yield 1", "there is a `yield` in it"),
    ("yield from a", "there is a `yield` in it"),
    ("global seen", "it declares `seen` global"),
    ("nonlocal seen", "it declares `seen` nonlocal"),
    ("del seen", "it deletes a name"),
    ("raise", "it raises the exception again that is handled outside"),
    ("super().check()", "`super()` finds its class in the function around it only"),
    ("next(a)", "`next()` may raise StopIteration, which cannot leave a thread"),
    ("try:\n    next(a)\nexcept KeyError:\n    pass", "`next()` may raise StopIteration, which cannot leave a thread"),
    (
        "try:\n    pass\nexcept StopIteration:\n    next(a)",
        "`next()` may raise StopIteration, which cannot leave a thread",
    ),
    ("locals()", "`locals()` looks at the variables around it"),
    ("eval('a')", "`eval()` looks at the variables around it"),
    ("sys.exc_info()", "`exc_info()` looks at the thread that it runs in"),
    ("loop.create_task(a)", "`create_task()` needs the event loop"),
    ("aio.current_task()", "`aio.current_task` needs the event loop"),
    ("log.exception('a')", "`exception()` reports the exception of the thread that it runs in"),
)
NO_OBSTACLES = (
    "try:\n    check()\nexcept KeyError:\n    raise",
    "super(Policy, self).check()",
    "next(a, None)",
    "try:\n    next(a)\nexcept StopIteration:\n    pass",
    "try:\n    next(a)\nexcept (KeyError, Exception):\n    pass",
    "try:\n    next(a)\nexcept:\n    pass",
    "eval('a', {})",
    "aio.run(check())",
    "try:\n    check()\nexcept KeyError:\n    log.exception('a')",
    "x = lambda: (yield)",
    "def inner():\n    del seen",
)


@pytest.mark.parametrize(("source", "reason"), OBSTACLES)
def test_statements_that_need_their_thread_stay_there(source: str, reason: str) -> None:
    assert regions.obstacle(statements(source), frozenset({"aio"}), in_handler=True) == reason


@pytest.mark.parametrize("source", NO_OBSTACLES)
def test_statements_that_mind_no_thread_may_go(source: str) -> None:
    assert regions.obstacle(statements(source), frozenset({"aio"}), in_handler=True) == ""


def test_what_is_allowed_is_no_obstacle() -> None:
    assert regions.obstacle(statements("global seen\nseen = 1"), allowed=(ast.Global,)) == ""


# What statements bind, read and leave

FLOWS: tuple[tuple[str, set[str], set[str] | None], ...] = (
    # a loop may run no time at all, unless it never ends
    ("while test:\n    a = 1", {"test"}, set()),
    ("while (a := test):\n    b = 1", {"test"}, {"a"}),
    ("while test:\n    a = 1\nelse:\n    b = 1", {"test"}, {"b"}),
    ("while test:\n    break\nelse:\n    b = 1", {"test"}, set()),
    ("while True:\n    a = 1", set(), None),
    ("while True:\n    if test:\n        break", {"test"}, set()),
    ("while True:\n    for one in many:\n        break", {"many"}, None),
    ("while True:\n    for one in many:\n        pass\n    else:\n        break", {"many"}, set()),
    ("while True:\n    def inner():\n        while test:\n            break", {"test"}, None),
    # assignments
    ("a[b] += c", {"a", "b", "c"}, set()),
    ("a += 1", {"a"}, {"a"}),
    ("a: int", set(), set()),
    ("a: int = b", {"b"}, {"a"}),
    ("a.b: int = c", {"a", "c"}, set()),
    ("a = (b := c)\nb", {"c"}, {"a", "b"}),
    ("import a.b\na", set(), {"a"}),
    ("from a import b as c\nc, b", {"b"}, {"c"}),
    ("a = 1\ndel a\na", {"a"}, set()),
    ("assert (a := b)", {"b"}, {"a"}),
    # functions see what is bound before them, and their parameters
    ("a = lambda b: (b, c)", {"c"}, {"a"}),
    ("def a(b=c):\n    return d", {"c", "d"}, {"a"}),
    # exceptions
    ("try:\n    a = 1\nexcept:\n    a = 2", set(), {"a"}),
    ("try:\n    a = 1\nexcept KeyError as error:\n    a = error", {"KeyError"}, {"a"}),
    ("try:\n    a = 1\nexcept KeyError:\n    pass", {"KeyError"}, set()),
    ("try:\n    a = 1\nfinally:\n    b = 1", set(), {"a", "b"}),
    ("try:\n    a = 1\nfinally:\n    a", {"a"}, {"a"}),
    ("try:\n    a = 1\nfinally:\n    return", set(), None),
    ("try:\n    return 1\nfinally:\n    a = 1", set(), None),
    # patterns
    ("match a:\n    case [b, *c]:\n        pass\n    case _:\n        b = c = 1", {"a"}, {"b", "c"}),
    ("match a:\n    case {'b': b, **c}:\n        d = b, c", {"a"}, set()),
    ("match a:\n    case b if b > c:\n        pass", {"a", "c"}, set()),
    ("match a:\n    case {'b': 1, **c}:\n        pass\n    case c:\n        pass", {"a"}, {"c"}),
    ("match a:\n    case 1:\n        return\n    case _:\n        raise a", {"a"}, None),
)


@pytest.mark.parametrize(("source", "early", "after"), FLOWS)
def test_what_comes_from_outside_and_what_is_bound_at_the_end_is_known(
    source: str, early: set[str], after: set[str] | None
) -> None:
    bound = regions.Bound(statements(source))
    assert bound.early == early
    assert bound.after == after


STORED = (
    ("import a.b, c as d", {"a", "d"}),
    ("try:\n    pass\nexcept KeyError as error:\n    pass", {"error"}),
    ("match a:\n    case [b, *c] | {'b': b, **c} as d:\n        pass", {"b", "c", "d"}),
    ("a = [b for b in c if (d := b)]", {"a", "d"}),
    ("a = lambda: (b := 1)", {"a"}),
)


@pytest.mark.parametrize(("source", "names"), STORED)
def test_every_way_to_bind_a_name_is_seen(source: str, names: set[str]) -> None:
    assert regions.stored(statements(source)) == names


ESCAPES = (
    ("def inner():\n    return 1", (False, False)),
    ("for one in many:\n    return 1", (True, False)),
    ("for one in many:\n    break\nelse:\n    continue", (False, True)),
    ("while test:\n    continue", (False, False)),
)


@pytest.mark.parametrize(("source", "ways"), ESCAPES)
def test_only_what_leaves_the_statements_counts_as_leaving(source: str, ways: tuple[bool, bool]) -> None:
    assert regions.escapes(statements(source)) == ways


# Expressions that reach farther than the call

LAZY = (
    'sorted(map(str, Path("a").iterdir()))',
    'next(Path("a").iterdir(), None)',
    '",".join(one.name for one in Path("a").iterdir())',
    'user in (one.name for one in Path("a").iterdir())',
    '[*(one.name for one in Path("a").iterdir())]',
    '[*reversed([1]), *Path("a").iterdir()]',
)


@pytest.mark.parametrize("code", LAZY)
def test_what_is_lazy_moves_with_what_consumes_it(code: str, tmp_path: Path) -> None:
    before = f"async def allowed(user):\n    found = {code}\n    await is_known(user)\n    return found\n"
    moves(tmp_path, before, before.replace(code, f"await asyncio.to_thread(lambda: {code})"))


EXPRESSIONS = (
    ("await requests.get(URL).answer()", "await (await asyncio.to_thread(requests.get, URL)).answer()"),
    ("time.sleep(*[1])", "await asyncio.to_thread(time.sleep, *[1])"),
    ("time.sleep(secs=1)", "await asyncio.to_thread(time.sleep, secs=1)"),
    ("(time.sleep(1))", "(await asyncio.to_thread(time.sleep, 1))"),
    ("asyncio.run(is_known(user))", "await is_known(user)"),
    ("asyncio.run(is_known(user) if user else is_known(1))", "await (is_known(user) if user else is_known(1))"),
    ("requests.get(URL)[0].x()", "await asyncio.to_thread(lambda: requests.get(URL)[0].x())"),
    ("(lambda: requests.get(URL))", "(lambda: requests.get(URL))"),
)


@pytest.mark.parametrize(("old", "new"), EXPRESSIONS)
def test_an_expression_moves_as_far_as_it_must(old: str, new: str, tmp_path: Path) -> None:
    before = "async def allowed(user):\n    found = {}\n    await is_known(user)\n    return found\n"
    moves(tmp_path, before.format(old), before.format(new))


REFUSED = (("asyncio.run(is_known(user), debug=True)", "only its first argument could be awaited"),)


@pytest.mark.parametrize(("code", "reason"), REFUSED)
def test_an_expression_that_cannot_move_stays(code: str, reason: str, tmp_path: Path) -> None:
    callback = f"async def allowed(user):\n    found = {code}\n    await is_known(user)\n    return found\n"
    stays_for(tmp_path, callback, reason)


@pytest.mark.parametrize("code", ['f"{requests.get(URL)=}"', 'f"{ requests.get(URL).text = }"'])
def test_an_f_string_that_shows_its_source_still_shows_it(code: str, tmp_path: Path) -> None:
    before = f"async def allowed(user):\n    found = {code}\n    await is_known(user)\n    return found\n"
    after = (
        f"async def allowed(user):\n    def _request():\n        return {code}\n\n"
        "    found = await asyncio.to_thread(_request)\n    await is_known(user)\n    return found\n"
    )
    moves(tmp_path, before, after)


# What belongs to a session

COUNT = "SubscriptionTable.query.count()"
PLAIN = (
    f"{COUNT} + 1",
    f"-{COUNT}",
    f"({COUNT}, 1)",
    f"{COUNT} or 0",
    f"{COUNT} if user else 0",
    f"[row > 1 for row in range({COUNT})]",
    f"len(str({COUNT}))",
)


@pytest.mark.parametrize("code", PLAIN)
def test_what_is_made_of_a_plain_value_stays_in_the_loop(code: str, tmp_path: Path) -> None:
    before = f"async def allowed(user):\n    total = {code}\n    await is_known(user)\n    return bool(total)\n"
    changed = before.replace(COUNT, "await asyncio.to_thread(_query)")
    helper = f"    def _query():\n        with db.database_scope():\n            return {COUNT}\n\n"
    moves(tmp_path, before, changed.replace("    total", f"{helper}    total", 1))


# Context variables

TOKENS = "from contextvars import ContextVar\n\nTOKEN = ContextVar('TOKEN', default='')\nOTHER = {'a': set()}\n"
SETTING = """\
import asyncio

import requests
import tokens
from orchestrator.workflow import begin, workflow
from tokens import OTHER
from tokens import TOKEN as SECRET


def fetched():
    CODE
    return requests.get("a")


async def allowed(user):
    return REQUEST is not None


workflow("x", authorize_callback=allowed)(begin)
"""
BEFORE = SETTING.replace("REQUEST", "fetched()")
AFTER = SETTING.replace("REQUEST", "await asyncio.to_thread(fetched)")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("tokens.TOKEN.set('a')", "tokens.TOKEN"),
        ("SECRET.set('a')", "SECRET"),
        ("OTHER.get('a').set(1), SECRET.set('a')", "SECRET"),
    ],
)
def test_a_context_variable_of_another_module_is_set_where_others_see_it(code: str, name: str, tmp_path: Path) -> None:
    reason = f"the context variable `{name}` is set in it"
    refused(tmp_path, {"app.py": BEFORE.replace("CODE", code), "tokens.py": TOKENS}, reason, codes=CODES)


@pytest.mark.parametrize(
    "code",
    [
        "tokens.TOKEN.reset(tokens.TOKEN.set('a'))",
        "OTHER['a'].set(1)",
        "tokens.OTHER.set(1)",
        "OTHER.set(1)",
        "SECRET = user_token()\n    SECRET.set('a')",
    ],
)
def test_what_is_set_back_or_no_context_variable_holds_nothing_up(code: str, tmp_path: Path) -> None:
    before = {"app.py": BEFORE.replace("CODE", code), "tokens.py": TOKENS}
    becomes(tmp_path, before, {"app.py": AFTER.replace("CODE", code)}, codes=CODES)


# Statements that move together


def body(*lines: str) -> str:
    return "async def allowed(user):\n" + "".join(f"    {line}\n" for line in lines)


TOGETHER = (
    (
        ("for found in open('a'):", "    print(found)", "await is_known(user)", "return (lambda: found)()"),
        "`found` is bound for another function too",
    ),
    (
        (
            "found = None",
            "for found in open('a'):",
            "    print(found)",
            "",
            "def inner():",
            "    return found",
            "",
            "await is_known(user)",
            "return inner()",
        ),
        "`found` is bound for another function too",
    ),
    (
        ("global SEEN", "for SEEN in open('a'):", "    print(SEEN)", "await is_known(user)", "return SEEN"),
        "`SEEN` is bound for another function too",
    ),
    (
        ('x = 1; found = f"{requests.get(URL)=}"', "await is_known(user)", "return found"),
        "the f-string shows its source",
    ),
    (
        (
            "for line in open('a'):",
            "    if line == user:",
            "        return True",
            "await is_known(user)",
        ),
        "there is an `await` in it",
    ),
    (
        (
            "found = None",
            "try:",
            "    for found in open('a'):",
            "        print(found)",
            "except OSError:",
            "    pass",
            "await is_known(user)",
            "return found",
        ),
        "`found` is looked at where an exception is handled",
    ),
    (
        (
            "found = None",
            "try:",
            "    for found in open('a'):",
            "        print(found)",
            "    print(found)",
            "finally:",
            "    print(found)",
            "await is_known(user)",
            "return True",
        ),
        "`found` is looked at where an exception is handled",
    ),
    (
        (
            "found = None",
            "while await is_known(user):",
            "    for line in open('a'):",
            "        if line == found:",
            "            return True",
            "        found = line",
            "return found",
        ),
        "there is an `await` in it",
    ),
    (
        ("for line in open('a'):", "    if await is_known(line):", "        return True", "return False"),
        "there is an `await` in it",
    ),
    (
        (
            "try:",
            "    await is_known(user)",
            "except KeyError:",
            "    for line in open('a'):",
            "        raise",
            "return False",
        ),
        "it raises the exception again that is handled outside",
    ),
)


@pytest.mark.parametrize(("lines", "reason"), TOGETHER)
def test_statements_whose_names_others_share_stay(lines: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    stays_for(tmp_path, body(*lines), reason)


# What a session gave moves with all that uses it

SESSIONS = (
    (  # what a pattern takes out of an object may be one as well
        (
            "match SubscriptionTable.query.first():",
            "    case SubscriptionTable(product=part):",
            "        await is_known(user)",
            "        return part",
            "return False",
        ),
        "there is an `await` in it",
    ),
    (
        ("with db.session.begin() as found:", "    await is_known(user)", "return found"),
        "`found` may hold an object of the session, and is used after the `await` in line 21",
    ),
    (
        (
            "await is_known(user)",
            "if user:",
            "    found = SubscriptionTable.query.first()",
            "else:",
            "    found = None",
            "return found",
        ),
        "`found` may be an object of the session, and is used where it has ended",
    ),
    (
        (
            "found = 1",
            "for row in user:",
            "    found: object = SubscriptionTable.query.first()",
            "    await is_known(row)",
            "return found",
        ),
        "`found` may be an object of the session, and is used where it has ended",
    ),
    (
        (
            "await is_known(user)",
            "if user:",
            "    for row in SubscriptionTable.query:",
            "        total: int = 1",
            "        user += row",
            "return user",
        ),
        "`user` may be an object of the session, and is used where it has ended",
    ),
    (
        (
            "await is_known(user)",
            "if user:",
            "    with SubscriptionTable.query.first() as row:",
            "        print(row)",
            "return row",
        ),
        "`row` may be an object of the session, and is used where it has ended",
    ),
)


@pytest.mark.parametrize(("lines", "reason"), SESSIONS)
def test_an_object_of_a_session_never_outlives_it(lines: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    stays_for(tmp_path, body(*lines), reason)


# Callbacks that become async

HEAD = "from orchestrator import workflow\n\n\n"


def registered(source: str, callback: str = "check") -> str:
    return f'{HEAD}{source}\n\n@workflow("Create", authorize_callback={callback})\ndef create(): ...\n'


PLACES = (
    ("    CHECKS[check.__name__] = check if check is not None else None\n", "CHECKS[name](user)"),
    ("    CHECKS[check.__name__], _ = check, None\n", "CHECKS[name](user)"),
    ("    global LAST\n    LAST = check\n", "LAST(user)"),
    ("    ALL.append(check)\n", "all(one(user) for one in ALL)"),
    ("    one = check\n    check = one\n    ALL.append(check)\n", "all(one(user) for one in ALL)"),
)


@pytest.mark.parametrize(("keeps", "calls"), PLACES)
def test_wherever_a_decorator_keeps_a_callback_sync_code_gets_the_sync_one(
    keeps: str, calls: str, tmp_path: Path
) -> None:
    registry = f"CHECKS = {{}}\nALL = []\nLAST = None\n\n\ndef policy(check):\n{keeps}    return check\n\n\n"
    files = {
        "app.py": registered(f"{registry}@policy\ndef check(user):\n    return user is not None\n"),
        "cli.py": f"from app import ALL, CHECKS, LAST\n\n\ndef main(name, user):\n    return not {calls}\n",
    }
    done = repaired(tmp_path, files)
    assert "@policy\ndef check(user):\n" in done.files["app.py"]
    assert "authorize_callback=check_async" in done.files["app.py"]
    assert done.files["cli.py"] == files["cli.py"]


NO_TWINS = (
    (
        (
            "def allow(role):\n    def check(user):\n        return user == role\n\n    return check\n\n\n"
            "POLICY = allow('ops')\nprint(POLICY(1))\n"
        ),
        "POLICY",
        "`check` is defined inside `allow` (app.py:5), and sync code calls it too (app.py:12)",
    ),
    (  # no function can stand before a line that goes on
        "x = 1; \\\n  y = workflow('a', authorize_callback=lambda user: user)\n",
        "None",
        "the result would not parse",
    ),
    (
        'CHECKS = {"a": lambda user: user}\nprint(CHECKS["a"](1))\n',
        'CHECKS["a"]',
        "it has no name, and sync code calls it too: make it a function",
    ),
    (
        (
            "class A:\n    class B:\n        @staticmethod\n        def check(user):\n            return 1\n\n\n"
            "print(A.B.check(1))\n"
        ),
        "A.B.check",
        "it is a static method of a class inside a class",
    ),
    (
        "class A:\n    def check(*args):\n        return 1\n\n\nprint(A().check(1))\n",
        "A().check",
        "it is a method without `self`",
    ),
    (
        "check = lambda user: (yield user)\n",
        "check",
        "it is a generator: it yields, and does not answer",
    ),
    (
        "class A:\n    ROLE = 1\n    one = workflow('a', authorize_callback=lambda user, role=ROLE: user)\n",
        "None",
        "a default of it is a name of the class in which it stands",
    ),
    (
        "make = lambda role: workflow('a', authorize_callback=lambda user: user == role)\n",
        "None",
        "it stands inside a lambda and uses its names",
    ),
)


@pytest.mark.parametrize(("source", "callback", "reason"), NO_TWINS)
def test_a_callback_that_no_async_function_can_replace_stays(
    source: str, callback: str, reason: str, tmp_path: Path
) -> None:
    refused(tmp_path, registered(source, callback), reason)


def test_a_lambda_in_a_class_that_uses_nothing_of_it_goes_before_the_class(tmp_path: Path) -> None:
    source = "class A:\n    ROLE = 1\n    one = workflow('a', authorize_callback=lambda user, role=2: user)\n"
    done = repaired(tmp_path, f"{HEAD}{source}")
    function = "async def authorize_a(user, role=2):\n    return user\n\n\nclass A:\n"
    assert function in done.files["app.py"].replace("authorize(", "authorize_a(")


# Expressions and statements around a query

SCALAR = "db.session.scalar(select(func.count()).select_from(SubscriptionTable))"
QUERY = "def _query():\n        with db.database_scope():\n            return "
PARTS = (
    (
        body(f"total = {SCALAR} + 1", "await is_known(user)", "return total > 3"),
        body(
            f"{QUERY}{SCALAR}",
            "",
            "total = await asyncio.to_thread(_query) + 1",
            "await is_known(user)",
            "return total > 3",
        ),
    ),
    (
        body("await is_known(user)", "if not SubscriptionTable.query.first():", "    return False", "return True"),
        body(
            "await is_known(user)",
            "",
            f"{QUERY}SubscriptionTable.query.first()",
            "",
            "if not await asyncio.to_thread(_query):",
            "    return False",
            "return True",
        ),
    ),
    (
        body("await is_known(user)", "if user and SubscriptionTable.query.first():", "    return False", "return True"),
        body(
            "await is_known(user)",
            "",
            f"{QUERY}SubscriptionTable.query.first()",
            "",
            "if user and await asyncio.to_thread(_query):",
            "    return False",
            "return True",
        ),
    ),
    (
        body(
            "await is_known(user)",
            "if user is None:",
            "    return False",
            "elif SubscriptionTable.query.first():",
            "    return True",
            "return False",
        ),
        body(
            "await is_known(user)",
            "",
            f"{QUERY}SubscriptionTable.query.first()",
            "",
            "if user is None:",
            "    return False",
            "elif await asyncio.to_thread(_query):",
            "    return True",
            "return False",
        ),
    ),
    (
        body("await is_known(user)", "if user: print(SubscriptionTable.query.count())", "return True"),
        body(
            "await is_known(user)",
            "",
            f"{QUERY}SubscriptionTable.query.count()",
            "",
            "if user: print(await asyncio.to_thread(_query))",
            "return True",
        ),
    ),
    (
        body(
            "found = requests.get(str(SubscriptionTable.query.count())).json()", "await is_known(user)", "return found"
        ),
        body(
            f"{QUERY}SubscriptionTable.query.count()",
            "",
            "found = (await asyncio.to_thread(requests.get, str(await asyncio.to_thread(_query)))).json()",
            "await is_known(user)",
            "return found",
        ),
    ),
    (  # a transaction inside a block
        body(
            "await is_known(user)",
            "if user:",
            "    db.session.add(SubscriptionTable())",
            "    db.session.commit()",
            "return True",
        ),
        body(
            "await is_known(user)",
            "if user:",
            "    def _query():",
            "        with db.database_scope():",
            "            db.session.add(SubscriptionTable())",
            "            db.session.commit()",
            "",
            "    await asyncio.to_thread(_query)",
            "return True",
        ),
    ),
    (  # the next round of a loop reads what the last one left
        body(
            "found = None",
            "while await is_known(user):",
            "    for line in open('a'):",
            "        found = (found, line)",
            "return True",
        ),
        body(
            "found = None",
            "while await is_known(user):",
            "    def _read(found):",
            "        for line in open('a'):",
            "            found = (found, line)",
            "        return found",
            "",
            "    found = await asyncio.to_thread(_read, found)",
            "return True",
        ),
    ),
    (
        body("return requests.get(one for one in user)"),
        body("return await asyncio.to_thread(requests.get, (one for one in user))"),
    ),
    (
        """
async def allowed(*users, role=None, **more):
    \"\"\"Whether.\"\"\"

    return SubscriptionTable.query.count() > 1
""",
        """
def _allowed_sync(*users, role, **more):
    with db.database_scope():
        return SubscriptionTable.query.count() > 1


async def allowed(*users, role=None, **more):
    \"\"\"Whether.\"\"\"
    return await asyncio.to_thread(_allowed_sync, *users, role=role, **more)
""",
    ),
)


@pytest.mark.parametrize(("before", "after"), PARTS)
def test_what_blocks_goes_and_what_is_around_it_stays(before: str, after: str, tmp_path: Path) -> None:
    moves(tmp_path, before, after)


OTHERS = (
    (
        body("total = db.session.scalar(select(SubscriptionTable))", "await is_known(user)", "return total"),
        "`total` may hold an object of the session, and is used after the `await` in line 21",
    ),
    (
        body("return any(requests.get(one) and locals() for one in user)"),
        "it stands in a generator, which would become an asynchronous one",
    ),
    (
        body(
            "found = None",
            "for found in open('a'):",
            "    print(found)",
            "",
            "def inner():",
            "    nonlocal found",
            "    found = 1",
            "",
            "await is_known(user)",
            "return inner()",
        ),
        "`found` is bound for another function too",
    ),
    (
        body("found = SubscriptionTable.query.first()", "assert found", "await is_known(user)", "return found"),
        "`found` may hold an object of the session, and is used after the `await` in line 22",
    ),
    (
        (
            "class Policy:\n    def __init__(self, session):\n        self.session = session\n\n"
            "    async def check(self, user):\n        return self.session.query(SubscriptionTable).count() > 1\n\n\n"
            "allowed = Policy(db.session).check\n"
        ),
        "`self.session` comes from elsewhere, where it may be in use at the same time",
    ),
)


@pytest.mark.parametrize(("callback", "reason"), OTHERS)
def test_what_would_not_be_the_same_in_a_thread_stays(callback: str, reason: str, tmp_path: Path) -> None:
    stays_for(tmp_path, callback, reason)


def test_what_uses_an_object_of_a_session_stays_where_the_session_is(tmp_path: Path) -> None:
    callback = body(
        "row = SubscriptionTable.query.first()",
        "await is_known(user)",
        "for line in open('a'):",
        "    print(line, row)",
        "return row is None",
    )
    done = repaired(tmp_path, module(callback, "x"), codes=CODES)
    assert any("`row` may hold an object of the session, and is used after the `await`" in one for one in done.reasons)
    assert (
        "it moves with the whole statement, but `row` may be an object of a session that stays in the event loop"
        in done.reasons
    )


# How asyncio is named

NAMING = (
    ("", body("import asyncio", "return requests.get('a')"), "", "asyncio"),
    (
        "",
        body("def inner():", "    asyncio = 1", "    return asyncio", "", "return requests.get('a')"),
        "import asyncio as _asyncio\n\n",
        "_asyncio",
    ),
    (
        "try:\n    import asyncio\nfinally:\n    pass\n",
        body("return requests.get('a')"),
        "import asyncio as _asyncio\n\n",
        "_asyncio",
    ),
)


@pytest.mark.parametrize(("head", "callback", "added", "name"), NAMING)
def test_a_name_of_asyncio_that_is_not_certain_is_not_used(
    head: str, callback: str, added: str, name: str, tmp_path: Path
) -> None:
    imports = f"import requests\nfrom orchestrator.workflow import begin, workflow\n{head}\n\n"
    after = callback.replace("requests.get(", f"await {name}.to_thread(requests.get, ")
    becomes(tmp_path, module(callback, "x", imports), module(after, "x", added + imports), codes=CODES)


@pytest.mark.parametrize(
    ("annotation", "is_plain"),
    [("bool", True), ("int | None", True), ("'str'", True), ("list[str]", False), ("SubscriptionTable", False)],
)
def test_only_types_that_hold_nothing_of_a_session_are_plain(annotation: str, is_plain: bool) -> None:
    assert is_plain_annotation(ast.parse(annotation, mode="eval").body) is is_plain
    assert is_plain_annotation(None) is False


LOCKED = "LOCK = threading.RLock()\n\n\n"
ENGINES = "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import Session\n\n\n"
EACH = "[one.query(SubscriptionTable).count() for one in [Session(create_engine('a'))]]"
COUNTED = "any(SubscriptionTable.query.count() > one for one in user)"
MORE_PARTS = (
    (  # a statement that selects what a function of the database gives, under a name
        body(
            "query = select(func.count())",
            "total = db.session.scalar(query) + 1",
            "await is_known(user)",
            "return total",
        ),
        body(
            "query = select(func.count())",
            "",
            f"{QUERY}db.session.scalar(query)",
            "",
            "total = await asyncio.to_thread(_query) + 1",
            "await is_known(user)",
            "return total",
        ),
    ),
    (  # a generator must not become an asynchronous one
        body(f"found = {COUNTED}", "await is_known(user)", "return found"),
        body(
            "def _query():",
            "    with db.database_scope():",
            f"        return {COUNTED}",
            "",
            "found = await asyncio.to_thread(_query)",
            "await is_known(user)",
            "return found",
        ),
    ),
    (  # lines inside its brackets keep their place
        body(
            "total = SubscriptionTable.query.filter(",
            "    user,",
            ").count()",
            "await is_known(user)",
            "return total > 3",
        ),
        body(
            "def _query():",
            "    with db.database_scope():",
            "        return (SubscriptionTable.query.filter(",
            "    user,",
            ").count())",
            "",
            "total = await asyncio.to_thread(_query)",
            "await is_known(user)",
            "return total > 3",
        ),
    ),
    (  # a docstring that shares its line moves with the line
        body('"""Whether."""; least = 1', "return SubscriptionTable.query.count() > least"),
        (
            "def _allowed_sync(user):\n    with db.database_scope():\n"
            '        """Whether."""; least = 1\n        return SubscriptionTable.query.count() > least\n\n\n'
            + body("return await asyncio.to_thread(_allowed_sync, user)")
        ),
    ),
    (  # sessions that a comprehension makes
        ENGINES + body(f"return any({EACH})"),
        ENGINES + body("return any(await asyncio.to_thread(", f"    lambda: {EACH}", "))"),
    ),
)


@pytest.mark.parametrize(("before", "after"), MORE_PARTS)
def test_a_query_moves_with_as_little_as_is_right(before: str, after: str, tmp_path: Path) -> None:
    moves(tmp_path, before, after)


MORE_OTHERS = (
    (
        body("total = db.session.scalar('SELECT 1')", "await is_known(user)", "return total"),
        "`total` may hold an object of the session, and is used after the `await` in line 21",
    ),
    (
        body("total = SubscriptionTable.query.filter(locals()).count()", "await is_known(user)", "return total"),
        "it moves with all that uses what it gives, but `locals()` looks at the variables around it",
    ),
    (
        "async def allowed(user): print(SubscriptionTable.query.count()); await is_known(user)\n",
        "it shares its line with another statement",
    ),
    (
        LOCKED + body("for line in open('a'):", "    LOCK.acquire()", "await is_known(user)", "return True"),
        "the lock belongs to the thread that takes it, which has to give it back too",
    ),
)


@pytest.mark.parametrize(("callback", "reason"), MORE_OTHERS)
def test_a_query_or_a_lock_that_cannot_move_alone_stays(callback: str, reason: str, tmp_path: Path) -> None:
    stays_for(tmp_path, callback, reason)


def test_without_an_engine_nothing_is_known_and_nothing_holds_a_call_up() -> None:
    knowledge, call = Knowledge(), ast.parse("db.session.get(a)", mode="eval").body
    assert isinstance(call, ast.Call)
    asked = (knowledge.is_request, knowledge.is_owned, knowledge.is_exclusive, knowledge.is_plain)
    assert not any(ask(call) for ask in asked)
    assert not knowledge.is_callback(call)
    assert knowledge.stays(call) == ""


# Lines that would be too long

LONG = "https://entitlements.example.org/api/v2/entitlements/of/users/of/the/network"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f'answer = requests.post("{LONG}", timeout=5)',
            f'answer = await asyncio.to_thread(\n    requests.post, "{LONG}", timeout=5\n)',
        ),
        (
            f'if not requests.post("{LONG}").json():',
            f'if not await asyncio.to_thread(\n    lambda: requests.post("{LONG}").json()\n):',
        ),
        (
            f'answer = requests.post("{LONG}", json={{"name": user}}, timeout=5)',
            f"""answer = await asyncio.to_thread(
    requests.post,
    "{LONG}",
    json={{"name": user}},
    timeout=5,
)""",
        ),
        (
            f'answer = requests.post("{LONG}").ok',
            f'answer = (await asyncio.to_thread(\n    requests.post, "{LONG}"\n)).ok',
        ),
        (
            f"answer = f\"{{requests.post('{LONG}', timeout=5)}}\"",
            f"answer = f\"{{await asyncio.to_thread(requests.post, '{LONG}', timeout=5)}}\"",
        ),
    ],
    ids=["arguments", "lambda", "each", "brackets", "f-string"],
)
def test_a_line_that_would_be_too_long_is_broken_at_the_brackets(before: str, after: str, tmp_path: Path) -> None:
    """Longer than 120 characters."""
    end = ("    return True", "return answer") if before.startswith("if") else ("return answer",)
    lines = before.splitlines()
    moves(tmp_path, body(*lines, *end), body(*after.splitlines(), *end))
