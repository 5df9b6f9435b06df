"""ORC201 is fixed: callbacks become async, and whoever calls them awaits them, in one step or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixing import REQUIRES_46, becomes, refused, repaired

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "from orchestrator import workflow\n"
TAIL = """

@workflow("Create", authorize_callback={})
def create(): ...
"""


def registered(source: str, callback: str = "check") -> str:
    """A program that registers a callback."""
    return f"{HEAD}{source.rstrip()}\n{TAIL.format(callback)}"


PLAIN = """

def check(user):
    return user is not None
"""


# -- safe: nobody else calls it --------------------------------------------------------------------------------------


def test_a_callback_that_nobody_else_calls_becomes_async_safely(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        registered("""

# Who may.
def check(  # noqa: D103
    user: "OIDCUserModel | None", *, role="ops",
) -> bool:
    # everybody
    return user is not None
"""),
        registered("""

# Who may.
async def check(  # noqa: D103
    user: "OIDCUserModel | None", *, role="ops",
) -> bool:
    # everybody
    return user is not None
"""),
        unsafe=False,
    )


def test_a_callback_that_calls_itself_awaits_itself(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        registered("\n\ndef check(user):\n    return user.boss is None or check(user.boss)\n"),
        registered("\n\nasync def check(user):\n    return user.boss is None or await check(user.boss)\n"),
        unsafe=False,
    )


@pytest.mark.parametrize(
    ("before", "callback"),
    [
        ("class Policy:\n    def check(self, user):\n        return True\n", "Policy().check"),
        ("class Policy:\n    def __call__(self, user):\n        return True\n", "Policy()"),
        ("class Policy:\n    @staticmethod\n    def check(user):\n        return True\n", "Policy.check"),
        ("class Policy:\n    @classmethod\n    def check(cls, user):\n        return True\n", "Policy.check"),
        ("def allow(role):\n    def check(user):\n        return role\n\n    return check\n", 'allow("ops")'),
        (
            "def allow():\n    n = 0\n\n    def check(user):\n        nonlocal n\n        n += 1\n\n    return check\n",
            "allow()",
        ),
    ],
    ids=["method", "call", "static", "class", "factory", "nonlocal"],
)
def test_the_def_of_whatever_is_called_becomes_async(tmp_path: Path, before: str, callback: str) -> None:
    name = "__call__" if "__call__" in before else "check"
    after = before.replace(f"def {name}", f"async def {name}")
    becomes(tmp_path, registered(f"\n\n{before}", callback), registered(f"\n\n{after}", callback), unsafe=False)


def test_coroutines_that_it_returned_in_some_branches_are_awaited(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        registered("""

async def ask(user):
    return True


def check(user):
    if user is None:
        return False
    return ask(user) if user.name else user.age and ask(user)
"""),
        registered("""

async def ask(user):
    return True


async def check(user):
    if user is None:
        return False
    return await ask(user) if user.name else user.age and await ask(user)
"""),
        unsafe=False,
    )


def test_what_is_not_known_to_be_no_coroutine_makes_the_fix_unsafe(tmp_path: Path) -> None:
    before = registered("""import opa


def check(user):
    return user is not None and opa.allows(user)
""")
    done = repaired(tmp_path, before, unsafe=False)
    assert done.left == [
        "make `check` async (unsafe: whether `opa.allows(user)` (app.py:6) has to be awaited is not known)"
    ]
    becomes(tmp_path, before, before.replace("def check", "async def check"))


# -- callers ---------------------------------------------------------------------------------------------------------


def test_async_callers_await_it_and_that_is_unsafe(tmp_path: Path) -> None:
    before = registered(f"""{PLAIN}

async def menu(users):
    first = not check(users[0]) or check(users[1]).real
    return [u for u in users if check(u)], sorted(check(u) for u in users), f"{{first}}"
""")
    done = repaired(tmp_path, before, unsafe=False)
    assert done.left == ["make `check` async (unsafe: other code calls it, and awaits it from now on: app.py:9)"]
    becomes(
        tmp_path,
        before,
        registered("""

async def check(user):
    return user is not None


async def menu(users):
    first = not await check(users[0]) or (await check(users[1])).real
    return [u for u in users if await check(u)], sorted([await check(u) for u in users]), f"{first}"
"""),
    )


def test_callers_in_other_files_await_it_in_the_same_step(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/auth.py": "def check(user):\n    return user is not None\n",
        "app/workflows.py": f"{HEAD}from app.auth import check\n{TAIL.format('check')}",
        "app/api.py": "from app import auth\n\n\nasync def get(user):\n    if auth.check(user):\n        return 1\n",
    }
    becomes(
        tmp_path,
        files,
        {
            "app/auth.py": "async def check(user):\n    return user is not None\n",
            "app/api.py": (
                "from app import auth\n\n\nasync def get(user):\n    if await auth.check(user):\n        return 1\n"
            ),
        },
    )


def test_a_fix_that_needs_another_file_says_which_one_to_add(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/auth.py": "def check(user):\n    return user is not None\n",
        "app/workflows.py": f"{HEAD}from app.auth import check\n{TAIL.format('check')}",
        "app/api.py": "from app import auth\n\n\nasync def get(user):\n    return auth.check(user)\n",
    }
    refused(tmp_path, files, "it has to change `app/api.py` too: add it", given=["app/auth.py", "app/workflows.py"])
    refused(tmp_path, files, "it has to change `app/api.py`, `app/auth.py` too: add them", given=["app/workflows.py"])


def test_callbacks_that_call_each_other_become_async_together(tmp_path: Path) -> None:
    tail = '\n\n@workflow("Other", authorize_callback=one, retry_auth_callback=two)\ndef other(): ...\n'
    before = """

def one(user):
    return user


def two(user):
    return user


def check(user):
    return one(user) or two(user)
"""
    after = before.replace("def ", "async def ").replace(
        "return one(user) or two", "return await one(user) or await two"
    )
    becomes(tmp_path, registered(before + tail), registered(after + tail))


def test_only_the_safe_ones_of_callbacks_that_call_each_other_are_fixed_without_more(tmp_path: Path) -> None:
    before = """

def one(user):
    return user


def check(user):
    return one(user)


@workflow("Other", authorize_callback=one)
def other(): ...
"""
    becomes(
        tmp_path,
        registered(before),
        registered(before.replace("def check", "async def check")),
        unsafe=False,
    )


# -- sync code calls it too ------------------------------------------------------------------------------------------


def test_where_sync_code_calls_it_too_an_async_function_takes_its_place(tmp_path: Path) -> None:
    done = becomes(
        tmp_path,
        registered('''

def check(user: object, *roles: str, strict: bool = False, **more: object) -> bool:
    """Whether somebody may."""
    return user is not None


def menu(user):
    return ["create"] if check(user) else []
'''),
        registered(
            '''

def check(user: object, *roles: str, strict: bool = False, **more: object) -> bool:
    """Whether somebody may."""
    return user is not None


async def check_async(user: object, *roles: str, strict: bool = False, **more: object) -> bool:
    return check(user, *roles, strict=strict, **more)


def menu(user):
    return ["create"] if check(user) else []
''',
            "check_async",
        ),
    )
    assert len(done.outcome.fixed) == 1


@pytest.mark.parametrize(
    "use",
    [
        "may = [u for u in map(check, USERS)]",
        "ALLOWED = check(None)",
        "assert check(object())",
        "async def f(users):\n    return sorted(users, key=lambda user: check(user))",
        "async def f(users):\n    def one(user):\n        return check(user)\n\n    return [one(u) for u in users]",
        "async def f(user):\n    return (check(u) for u in user)",
        "async def f(user):\n    class Answer:\n        may = check(user)\n\n    return Answer",
        "import threading\n\nthreading.Thread(target=check)",
        "from functools import lru_cache\n\nquick = lru_cache(check)",
        "check.cache = {}",
        "def f(check=check):\n    return check(1)",
    ],
    ids=[
        "map",
        "import",
        "assert",
        "lambda",
        "nested",
        "generator",
        "class",
        "handed",
        "cache",
        "attribute",
        "default",
    ],
)
def test_whoever_cannot_await_it_keeps_the_sync_function(tmp_path: Path, use: str) -> None:
    before = f"\n\ndef check(user):\n    return user is not None\n\n\n{use}\n"
    done = repaired(tmp_path, registered(before))
    assert "\ndef check(user):\n    return user is not None\n\n\nasync def check_async(user):\n" in done.files["app.py"]
    assert use in done.files["app.py"]
    assert "authorize_callback=check_async)" in done.files["app.py"]


def test_a_test_that_calls_it_keeps_the_sync_function_and_imports_change_where_nobody_needs_the_old_name(
    tmp_path: Path,
) -> None:
    both = f"{HEAD}\nfrom app.auth import (\n    LIMIT,\n    check,\n)\n{TAIL.format('check')}\nprint(check(1))\n"
    files = {
        "app/__init__.py": "",
        "app/auth.py": "def check(user):\n    return user is not None\n\n\nLIMIT = 1\n",
        "app/workflows.py": f"{HEAD}\nfrom app.auth import LIMIT, check  # noqa: I001\n{TAIL.format('check')}",
        "app/tasks.py": f"{HEAD}\nfrom app import auth\n{TAIL.format('auth.check')}",
        "app/both.py": both,
        "tests/test_auth.py": "from app.auth import check\n\n\ndef test_nobody_may():\n    assert not check(None)\n",
    }
    becomes(
        tmp_path,
        files,
        {
            "app/auth.py": (
                "def check(user):\n    return user is not None\n\n\n"
                "async def check_async(user):\n    return check(user)\n\n\nLIMIT = 1\n"
            ),
            "app/workflows.py": (
                f"{HEAD}\nfrom app.auth import LIMIT, check_async  # noqa: I001\n{TAIL.format('check_async')}"
            ),
            "app/tasks.py": f"{HEAD}\nfrom app import auth\n{TAIL.format('auth.check_async')}",
            "app/both.py": (
                f"{HEAD}\nfrom app.auth import (\n    LIMIT,\n    check,\n    check_async,\n)\n"
                f"{TAIL.format('check_async')}\nprint(check(1))\n"
            ),
        },
    )


def test_the_new_name_is_nobodys_name(tmp_path: Path) -> None:
    done = repaired(tmp_path, registered(f"{PLAIN}\n\ncheck_async = check(1)\n"))
    assert "authorize_callback=check_async_2)" in done.files["app.py"]
    assert "async def check_async_2(user):" in done.files["app.py"]


@pytest.mark.parametrize(
    ("before", "callback", "after", "registration"),
    [
        (
            "class Policy:\n    def check(self, user):\n        return True\n\n\nprint(Policy().check(1))\n",
            "Policy().check",
            "    async def check_async(self, user):\n        return self.check(user)\n",
            "Policy().check_async",
        ),
        (
            "class Policy:\n    def __call__(self, user):\n        return True\n\n\nprint(Policy()(1))\n",
            "Policy()",
            "    async def call_async(self, user):\n        return self(user)\n",
            "Policy().call_async",
        ),
        (
            "class Policy:\n    @staticmethod\n    def check(user):\n        return True\n\n\nprint(Policy.check(1))\n",
            "Policy.check",
            "    @staticmethod\n    async def check_async(user):\n        return Policy.check(user)\n",
            "Policy.check_async",
        ),
        (
            "def allow(*roles, strict=False):\n    def check(user):\n        ...\n\n    return check\n\n\nallow(1)(2)",
            'allow("ops")',
            """def allow_async(*roles, strict=False):
    check = allow(*roles, strict=strict)

    async def check_async(user):
        return check(user)

    return check_async
""",
            'allow_async("ops")',
        ),
        (
            "check = lambda user, role=1: user.role\n\nprint(check(1))\n",
            "check",
            "async def check_async(user, role=1):\n    return check(user, role)\n",
            "check_async",
        ),
        (
            'def check(user):\n    return user\n\n\nCHECKS = {"a": check}\nprint(CHECKS["a"](1))\n',
            'CHECKS["a"]',
            "async def check_async(user):\n    return check(user)\n",
            "check_async",
        ),
    ],
    ids=["method", "call", "static", "factory", "lambda", "lookup"],
)
def test_whatever_is_called_can_have_an_async_twin(
    tmp_path: Path, before: str, callback: str, after: str, registration: str
) -> None:
    done = repaired(tmp_path, registered(f"\n\n{before}", callback))
    assert f"\n{after}" in done.files["app.py"]
    assert f"authorize_callback={registration})" in done.files["app.py"]
    assert done.outcome.report.findings == ()


def test_a_method_that_code_calls_without_naming_its_class_keeps_a_sync_one(tmp_path: Path) -> None:
    files = {
        "app.py": registered("\n\nclass Policy:\n    def check(self, user):\n        return True\n", "Policy().check"),
        "view.py": "def view(policy, user):\n    return policy.check(user)\n",
    }
    done = repaired(tmp_path, files)
    assert "    async def check_async(self, user):" in done.files["app.py"]
    assert done.files["view.py"] == files["view.py"]


def test_what_is_handed_to_a_workflow_among_other_things_is_registered_and_not_called(tmp_path: Path) -> None:
    before = f"""{HEAD}

def check(user):
    return user is not None


def check_retry(user):
    return False


COMMON = {{"authorize_callback": check, "retry_auth_callback": check_retry}}


@workflow("Create", **COMMON)
def create(): ...
"""
    becomes(tmp_path, before, before.replace("def check", "async def check"), unsafe=False)


def test_a_wrapper_with_a_function_inside_only_registers_its_default(tmp_path: Path) -> None:
    before = f"""{HEAD}

def check(user):
    return user is not None


def ours(name, *, allowed=check):
    def decorated(function):
        return workflow(name, authorize_callback=allowed)(function)

    return decorated


@ours("Create")
def create(): ...
"""
    becomes(tmp_path, before, before.replace("def check", "async def check"), unsafe=False)


def test_two_registrations_of_one_function_get_one_twin(tmp_path: Path) -> None:
    before = f"""from functools import partial

{HEAD}

def has_role(role, user):
    return user is not None and user.role == role


def main(user):
    return has_role("ops", user)


@workflow("Create", authorize_callback=partial(has_role, "ops"), retry_auth_callback=partial(has_role, "noc"))
def create(): ...
"""
    twin = "    return user is not None and user.role == role\n\n\n"
    after = before.replace(twin, f"{twin}async def has_role_async(role, user):\n    return has_role(role, user)\n\n\n")
    becomes(tmp_path, before, after.replace("partial(has_role,", "partial(has_role_async,"))


def test_the_twin_of_a_decorated_function_calls_what_the_decorator_made_of_it(tmp_path: Path) -> None:
    decorated = """

def audited(function):
    def inner(user):
        print(user)
        return function(user)

    return inner


@audited
def check(user):
    return user is not None

{}
def main(user):
    return check(user)
"""
    twin = "\n\nasync def check_async(user):\n    return check(user)\n\n"
    becomes(
        tmp_path,
        registered(decorated.format("")),
        registered(decorated.format(twin.removeprefix("\n")), "check_async"),
    )


def test_objects_of_classes_that_inherit_the_method_are_called_by_sync_code_too(tmp_path: Path) -> None:
    files = {
        "app.py": registered(
            "\n\nclass Policy:\n    def __call__(self, user):\n        return True\n\n\nclass Strict(Policy): ...\n",
            "Strict()",
        ),
        "cli.py": "from app import Strict\n\n\ndef main(user):\n    if Strict()(user):\n        print('in')\n",
    }
    assert repaired(tmp_path, files, unsafe=False).files == files
    done = repaired(tmp_path, files)
    assert "authorize_callback=Strict().call_async" in done.files["app.py"]
    assert done.files["cli.py"] == files["cli.py"]


REGISTRY = """

CHECKS = {}


def policy(check):
    CHECKS[check.__name__] = check
    return check


"""


@pytest.mark.parametrize(
    "sync",
    [
        "def main(name, user):\n    if CHECKS[name](user):\n        print('in')\n",
        "def main(name, user):\n    check = CHECKS.get(name)\n    return bool(check and check(user))\n",
        "def main(user):\n    return all(check(user) for check in CHECKS.values())\n",
        "def main(user):\n    for name, check in CHECKS.items():\n        print(name, bool(check(user)))\n",
    ],
    ids=["by_name", "through_a_variable", "all", "in_a_loop"],
)
@pytest.mark.parametrize(
    ("start", "end"),
    [("@policy\n", ""), ("", "\n\npolicy(check)\n"), ("", "\n\npolicy(check=check)\n")],
    ids=["decorator", "call", "keyword"],
)
def test_sync_code_that_finds_it_in_a_registry_keeps_the_sync_function(
    tmp_path: Path, start: str, end: str, sync: str
) -> None:
    files = {
        "app.py": registered(f"{REGISTRY}{start}def check(user):\n    return user is not None\n{end}"),
        "cli.py": f"from app import CHECKS\n\n\n{sync}",
    }
    assert repaired(tmp_path, files, unsafe=False).files == files
    done = repaired(tmp_path, files)
    assert f"{start}def check(user):\n" in done.files["app.py"]
    assert "authorize_callback=check_async" in done.files["app.py"]
    assert done.files["cli.py"] == files["cli.py"]


@pytest.mark.parametrize(
    "sync",
    [
        "def setup(page):\n    page.allowed = app.check\n",
        (
            "class Page: ...\n\n\nPage.allowed = {}\nPage.allowed['x'] = app.check\n\n\n"
            "def main(name, user):\n    return not Page.allowed[name](user)\n"
        ),
        "first, *rest = [None, app.check]\n\n\ndef main(user):\n    return not rest[0](user)\n",
        "class Page:\n    allowed = property(app.check)\n",
        "def main(user):\n    return not getattr(app, 'check')(user)\n",
        "def main(user):\n    return not vars(app)['check'](user)\n",
        "def main(user):\n    return not app.__dict__['check'](user)\n",
        "import importlib\n\n\ndef main(user):\n    return not importlib.import_module('app').check(user)\n",
        "from operator import attrgetter\n\n\ndef main(user):\n    return not attrgetter('check')(app)(user)\n",
    ],
    ids=["attribute", "item", "rest", "property", "getattr", "vars", "dict", "import_module", "attrgetter"],
)
def test_who_gets_it_on_a_way_that_is_hard_to_see_keeps_the_sync_function(tmp_path: Path, sync: str) -> None:
    files = {"app.py": registered(PLAIN), "page.py": f"import app\n\n\n{sync}"}
    assert repaired(tmp_path, files, unsafe=False).files == files
    done = repaired(tmp_path, files)
    assert "authorize_callback=check_async" in done.files["app.py"]
    assert done.files["page.py"] == files["page.py"]


def test_a_registry_from_which_callbacks_are_only_registered_changes_nothing(tmp_path: Path) -> None:
    before = registered(f"{REGISTRY}@policy\ndef check(user):\n    return True\n", 'CHECKS["check"]')
    after = registered(f"{REGISTRY}@policy\nasync def check(user):\n    return True\n", 'CHECKS["check"]')
    becomes(tmp_path, before, after, unsafe=False)


def test_a_registration_that_may_get_several_callbacks_never_gets_the_twin_of_one_of_them(tmp_path: Path) -> None:
    source = registered(
        f"{REGISTRY}@policy\ndef check(user):\n    return True\n\n\n@policy\ndef strict(user):\n    return False\n\n\n"
        "def get(name):\n    return CHECKS[name]\n\n\ndef main(name, user):\n    return not CHECKS[name](user)\n",
        'get("strict")',
    ).replace("check.__name__", "label(check)")
    refused(tmp_path, source, "sync code calls it too, under another name or out of a container")


@pytest.mark.parametrize(
    "use",
    ['env.globals["check"] = check', "env.filters.update(check=check)", "env.tests.setdefault('check', check)"],
)
def test_a_library_that_gets_it_gets_the_sync_function(tmp_path: Path, use: str) -> None:
    before = registered(f"{PLAIN}\n\nimport jinja2\n\nenv = jinja2.Environment()\n{use}\n")
    assert repaired(tmp_path, before, unsafe=False).files["app.py"] == before
    assert "authorize_callback=check_async" in repaired(tmp_path, before).files["app.py"]


# -- overrides -------------------------------------------------------------------------------------------------------


def test_overrides_and_base_methods_become_async_together(tmp_path: Path) -> None:
    before = """

class Base:
    def check(self, user):
        return True


class Policy(Base):
    def check(self, user):
        return super().check(user) and user.active


class Other(Base):
    def check(self, user):
        return False
"""
    after = before.replace("def check", "async def check").replace("super()", "await super()")
    becomes(tmp_path, registered(before, "Policy().check"), registered(after, "Policy().check"))


def test_a_method_of_a_class_with_a_base_outside_the_project_stays(tmp_path: Path) -> None:
    before = registered(
        """
import somebodys

class Policy(somebodys.Base):
    def check(self, user):
        return True
""",
        "Policy().check",
    )
    refused(tmp_path, before, "`Policy` inherits from `somebodys.Base`, which is not part of the project")


# -- lambdas and partials --------------------------------------------------------------------------------------------


def test_a_lambda_becomes_an_async_function_before_the_statement_that_registers_it(tmp_path: Path) -> None:
    done = becomes(
        tmp_path,
        """
        from orchestrator import workflow


        # Creates.
        @workflow("Create", authorize_callback=lambda user, role="a": user.role == role)
        def create(): ...
        """,
        """
        from orchestrator import workflow


        async def authorize_create(user, role="a"):
            return user.role == role


        # Creates.
        @workflow("Create", authorize_callback=authorize_create)
        def create(): ...
        """,
    )
    assert len(done.outcome.fixed) == 1
    (left,) = repaired(tmp_path, registered("", "lambda user: True"), unsafe=False).left
    assert left.startswith("register an async function `authorize_create` instead of the lambda (unsafe: ")


def test_two_lambdas_of_one_statement_get_two_names(tmp_path: Path) -> None:
    done = repaired(tmp_path, registered("", "(lambda u: True) if LAX else (lambda u: False)"))
    assert done.files["app.py"].count("async def authorize(") == 1
    assert "authorize_callback=(authorize) if LAX else (authorize_2))" in done.files["app.py"]


def test_functions_for_the_lambdas_of_one_dictionary_stand_two_lines_apart(tmp_path: Path) -> None:
    before = f"""{HEAD}

COMMON = {{"authorize_callback": lambda user: True, "retry_auth_callback": lambda user: False}}


@workflow("Create", **COMMON)
def create(): ...
"""
    after = f"""{HEAD}

async def authorize_common(user):
    return True


async def authorize_retry_common(user):
    return False


COMMON = {{"authorize_callback": authorize_common, "retry_auth_callback": authorize_retry_common}}


@workflow("Create", **COMMON)
def create(): ...
"""
    becomes(tmp_path, before, after)


def test_a_lambda_with_a_name_becomes_the_function_of_that_name(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        registered("\nLIMIT = 1\ncheck = lambda user: user.age > LIMIT\n"),
        registered("\nLIMIT = 1\n\n\nasync def check(user):\n    return user.age > LIMIT\n"),
    )


def test_a_lambda_that_goes_over_lines_keeps_them(tmp_path: Path) -> None:
    done = repaired(tmp_path, registered("", "lambda user: (\n    user is not None  # really\n    and user.age\n)"))
    assert (
        "async def authorize_create(user):\n    return (\n    user is not None  # really\n    and user.age\n)\n"
        in done.files["app.py"]
    )


@pytest.mark.parametrize(
    ("source", "inserted_before"),
    [
        (
            "def build():\n    one = 1\n    return workflow('a', authorize_callback=lambda u: u.a)\n",
            "    return workflow",
        ),
        ("class A:\n    b = workflow('a', authorize_callback=lambda u: u.a)\n", "class A:"),
        ("if X:\n    pass\nelif workflow('a', authorize_callback=lambda u: u.a):\n    pass\n", "if X:"),
        ("if X: workflow('a', authorize_callback=lambda u: u.a)\n", "if X:"),
        ("x = 1; y = workflow('a', authorize_callback=lambda u: u.a)\n", "x = 1; y"),
        ("def f(w=workflow('a', authorize_callback=lambda u: u.a)): ...\n", "def f(w"),
    ],
    ids=["function", "class", "elif", "one line", "semicolon", "default"],
)
def test_the_function_goes_before_the_statement_in_which_the_lambda_stands(
    tmp_path: Path, source: str, inserted_before: str
) -> None:
    done = repaired(tmp_path, f"{HEAD}\n\n{source}").files["app.py"]
    indent = inserted_before[: len(inserted_before) - len(inserted_before.lstrip())]
    blank = "\n" if indent else "\n\n"
    assert f"{indent}    return u.a\n{blank}{inserted_before}" in done


def test_a_lambda_that_needs_the_names_around_it_stays(tmp_path: Path) -> None:
    before = f"{HEAD}\nALL = [workflow('a', authorize_callback=lambda user: role in user) for role in ROLES]\n"
    refused(tmp_path, before, "it stands inside a comprehension and uses its names")


def test_the_function_behind_a_partial_becomes_async_unsafely(tmp_path: Path) -> None:
    before = registered(
        "from functools import partial\n\n\ndef check(role, user):\n    return role in user\n", 'partial(check, "ops")'
    )
    assert repaired(tmp_path, before, unsafe=False).left == [
        "make `check` async (unsafe: it is registered as a partial)"
    ]
    becomes(tmp_path, before, before.replace("def check", "async def check"))


# -- decorators ------------------------------------------------------------------------------------------------------


def test_a_function_whose_decorator_hands_it_through_becomes_async(tmp_path: Path) -> None:
    before = registered("""
import functools


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        print(args)
        return function(*args, **kwargs)

    return wrapper


@logged
def check(user):
    return user
""")
    becomes(tmp_path, before, before.replace("def check", "async def check"), unsafe=False)


@pytest.mark.parametrize(
    "lines",
    [
        "with lock:\n            return function(user)",
        "return function(user) or function(None)",
        "return user is not None and not function(user)",
    ],
)
def test_a_wrapper_that_does_more_with_the_answer_becomes_async_itself(tmp_path: Path, lines: str) -> None:
    """What it asks stays sync: its coroutine would be true, or run when the `with` is over."""
    before = registered(f"""

def checked(function):
    def wrapper(user):
        {lines}

    return wrapper


@checked
def check(user):
    return user
""")
    becomes(tmp_path, before, before.replace("def wrapper", "async def wrapper"), codes=["ORC2"])


def test_a_wrapper_of_sync_and_async_functions_is_never_made_async(tmp_path: Path) -> None:
    """Made async it would return the coroutine of the async one, which is true: everybody would get in."""
    before = registered("""

def known(function):
    def wrapper(user):
        if user is None:
            return False
        return function(user)

    return wrapper


@known
def check(user):
    return user


@known
async def other(user):
    return False


@workflow("Other", authorize_callback=other)
def two(): ...
""")
    refused(tmp_path, before, "what it returns can be awaited in some cases only")


@pytest.mark.parametrize(
    ("source", "callback", "reason"),
    [
        ("def check(user):\n    yield True\n", "check", "it is a generator"),
        ("from functools import cache\n\n\n@cache\ndef check(user):\n    return 1\n", "check", "ORC205"),
        ("class Check:\n    def __init__(self, user): ...\n", "Check", "a class is called"),
        ("", "bool", "`bool` is not part of the project"),
    ],
    ids=["generator", "cache", "class", "builtin"],
)
def test_what_cannot_become_async_says_why(tmp_path: Path, source: str, callback: str, reason: str) -> None:
    refused(tmp_path, registered(f"\n\n{source}", callback), reason)


def test_a_decorator_that_nobody_knows_makes_the_fix_unsafe(tmp_path: Path) -> None:
    before = registered("import tracing\n\n\n@tracing.span\ndef check(user):\n    return user\n")
    assert repaired(tmp_path, before, unsafe=False).left == [
        "make `check` async (unsafe: whether `@tracing.span` takes async functions is not known)"
    ]


def test_a_mock_that_names_it_makes_the_fix_unsafe(tmp_path: Path) -> None:
    files = {
        "app.py": registered(PLAIN),
        "tests/test_app.py": 'from unittest import mock\n\nwith mock.patch("app.check"):\n    pass\n',
    }
    (left,) = repaired(tmp_path, files, unsafe=False).left
    assert "tests/test_app.py:3 names it in a string, and may put a sync function in its place" in left


# -- never before the framework awaits -------------------------------------------------------------------------------


def test_nothing_becomes_async_while_the_project_requires_a_version_that_does_not_await(tmp_path: Path) -> None:
    reason = "the project requires orchestrator-core <4.7,>=4.6, and before 4.7 an async callback lets everybody in"
    refused(tmp_path, registered(PLAIN), reason, pyproject=REQUIRES_46)


def test_the_target_version_says_that_the_upgrade_goes_along(tmp_path: Path) -> None:
    before = registered(PLAIN)
    after = before.replace("def check", "async def check")
    done = becomes(tmp_path, before, after, pyproject=REQUIRES_46, target="4.7", unsafe=False)
    assert [finding.code for finding in done.outcome.report.findings] == ["ORC203"]


ROLE = """
class HasRole:
    def __init__(self, role):
        self.role = role

    def __call__(self, user) -> bool:
        return user is not None and self.role in user["roles"]

"""


OUT_OF_A_LIST = """
ALL = [HasRole("a"), HasRole("b")]


def menu(user):
    return [policy.role for policy in ALL if policy(user)]
"""
GIVEN_TO_A_CONSTRUCTOR = """
class Menu:
    def __init__(self, policy):
        self.policy = policy

    def shown(self, user):
        return self.policy(user) is True


noc = HasRole("a")
menu = Menu(noc)
"""
BEHIND_A_PROTOCOL = """
class Check(Protocol):
    def __call__(self, user) -> bool: ...


class Gate:
    check: Check

    def open(self, user):
        return self.check(user)


gate = Gate()
gate.check = HasRole("a")
"""
HANDS_ITSELF_ON = """
class Shown(HasRole):
    def on(self, menu):
        menu.policy = self


class Menu:
    policy = None

    def shown(self, user):
        return self.policy and self.policy(user)
"""


@pytest.mark.parametrize(
    ("source", "callback"),
    [
        (OUT_OF_A_LIST, "ALL[0]"),
        (GIVEN_TO_A_CONSTRUCTOR, "noc"),
        (BEHIND_A_PROTOCOL, "HasRole('b')"),
        (HANDS_ITSELF_ON, "HasRole('b')"),
        ("\nANY = all(map(lambda policy: policy('ops'), [HasRole('z')]))\n", "HasRole('b')"),
    ],
    ids=["list", "constructor", "protocol", "self", "map"],
)
def test_an_object_that_sync_code_may_call_stays_sync(source: str, callback: str, tmp_path: Path) -> None:
    """Its coroutine would be true there: everybody would get in."""
    done = repaired(tmp_path, registered(f"\nfrom typing import Protocol\n\n{ROLE}{source}", callback), codes=["ORC2"])
    text = done.files["app.py"]
    assert "async def __call__" not in text
    assert f"authorize_callback={callback}.call_async)" in text
    assert done.outcome.report.findings == ()


def test_closures_that_sync_code_calls_out_of_a_loop_stay_sync(tmp_path: Path) -> None:
    done = repaired(
        tmp_path,
        registered(
            """
def noc(user):
    return "noc" in user["roles"]


def both(first, second):
    def check(user):
        return first(user) and second(user)

    return check


COMBINED = {"x": both(noc, noc)}


def menu(user):
    return [key for key, check in COMBINED.items() if check(user)]
""",
            "both(noc, noc)",
        ),
        codes=["ORC2"],
    )
    text = done.files["app.py"]
    assert "    def check(user):\\n        return first(user) and second(user)\\n" in text.replace("\n", "\\n")
    assert "authorize_callback=both_async(noc, noc))" in text
    assert done.outcome.report.findings == ()


def test_one_module_imports_the_async_function_once(tmp_path: Path) -> None:
    flows = """
    from orchestrator.workflow import begin, workflow

    from auth import first

    RULES = {"first": first}


    def check(user):
        return {"ok": first(user)}


    workflow("1", authorize_callback=first)(begin)
    workflow("2", authorize_callback=RULES["first"])(begin)
    """
    files = {"auth.py": "def first(user):\n    return user is not None\n", "flows.py": flows}
    done = repaired(tmp_path, files)
    assert "from auth import first, first_async\n" in done.files["flows.py"]
    assert done.files["flows.py"].count("authorize_callback=first_async") == 2


def test_a_function_inside_another_one_is_named_where_it_cannot_have_a_twin(tmp_path: Path) -> None:
    source = """
import logging

from orchestrator.workflow import begin, workflow


def logged(check):
    def inner(user):
        allowed = check(user)
        logging.info("allowed: %s", allowed)
        return allowed

    return inner


@logged
@logged
def may(user):
    return user is not None


workflow("1", authorize_callback=may, retry_auth_callback=logged(lambda user: False))(begin)
"""
    refused(tmp_path, source, "`inner` is defined inside `logged` (app.py:7), and sync code calls it too (app.py:8)")


HIDDEN = """
import requests
from orchestrator.workflow import begin, workflow


def fetch(user):
    return requests.get("https://dir.example.org/").json()["active"]


class Tree:
    def __init__(self, *children, leaf=None):
        self.children = children
        self.leaf = leaf

    def allows(self, user):
        if self.leaf is not None:
            return self.leaf(user)
        return all(child.allows(user) for child in self.children)


active = Tree(leaf=fetch)
root = Tree(leaf=lambda user: user is not None and user.name == "root")
strict = Tree(active, root)

workflow("1", authorize_callback=strict.allows)(begin)
workflow("2", authorize_callback=root.allows)(begin)
"""


def test_a_twin_does_not_hide_what_blocks(tmp_path: Path) -> None:
    done = repaired(tmp_path, HIDDEN, codes=("ORC201", "ORC3"))
    assert "authorize_callback=strict.allows_async" in done.files["app.py"]
    assert [(one.code, one.span.row) for one in done.outcome.report.findings if one.code == "ORC301"] == [
        ("ORC301", 16)
    ]


def test_a_twin_does_not_hide_what_blocks_behind_another_one(tmp_path: Path) -> None:
    other = """

def asked(user):
    return requests.get("https://dir.example.org/").ok


def main(user):
    return bool(asked(user))


workflow("3", authorize_callback=asked)(begin)
"""
    done = repaired(tmp_path, HIDDEN + other, codes=("ORC201", "ORC3"))
    assert "return await asyncio.to_thread(asked, user)\n" in done.files["app.py"]
    assert [finding.code for finding in done.outcome.report.findings].count("ORC301") == 1


# -- what asks for it without its name -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lookup",
    [
        'getattr(policies, "may_" + what)(user)',
        'getattr(policies, f"may_{what}")(user)',
        'getattr(policies, "may_%s" % what)(user)',
        'getattr(policies, "{}_order".format(what))(user)',
        "getattr(policies, what, None)(user)",
        "vars(policies)[what](user)",
        "policies.__dict__.get(what)(user)",
    ],
)
def test_what_may_be_looked_up_by_a_computed_name_stays_sync(tmp_path: Path, lookup: str) -> None:
    """It would take the coroutine for a yes."""
    before = {
        "policies.py": "def may_order(user):\n    return user is not None\n",
        "menu.py": f"import policies\n\n\ndef shown(what, user):\n    return bool({lookup})\n",
        "app.py": HEAD + "from policies import may_order\n" + TAIL.format("may_order"),
    }
    done = repaired(tmp_path, before, unsafe=False)
    assert done.files == before
    after = repaired(tmp_path, before).files
    assert "\ndef may_order(user):" in "\n" + after["policies.py"]
    assert "authorize_callback=may_order_async" in after["app.py"]


@pytest.mark.parametrize(
    "lookup",
    [
        'getattr(policies, f"show_{what}")(user)',
        'getattr(policies, "%s_shown" % what)(user)',
        'getattr(policies, "{}_shown".format(what))(user)',
        "getattr(other, what)(user)",
        'getattr(policies, "LIMIT") + what',
    ],
)
def test_what_looks_for_something_else_does_not_hinder(tmp_path: Path, lookup: str) -> None:
    before = {
        "policies.py": "LIMIT = 3\n\n\ndef may_order(user):\n    return user is not None\n",
        "other.py": "def show(user):\n    return user\n",
        "menu.py": f"import policies\nimport other\n\n\ndef shown(what, user):\n    return bool({lookup})\n",
        "app.py": HEAD + "from policies import may_order\n" + TAIL.format("may_order"),
    }
    done = repaired(tmp_path, before, unsafe=False)
    assert "async def may_order(user):" in done.files["policies.py"]


def test_methods_that_may_be_looked_up_stay_sync(tmp_path: Path) -> None:
    done = repaired(
        tmp_path,
        HEAD
        + """

class Base:
    def ask(self, action, user):
        return bool(getattr(self, f"can_{action}")(user))


class Access(Base):
    def can_start(self, user):
        return user is not None

    def may_never(self, user):
        return False


ACCESS = Access()
workflow("A", authorize_callback=ACCESS.can_start, retry_auth_callback=ACCESS.may_never)(print)
""",
        unsafe=False,
    )
    assert "    def can_start(" in done.files["app.py"]
    assert "    async def may_never(" in done.files["app.py"]


@pytest.mark.parametrize(
    "asks",
    [
        "if create.authorize_callback(user):\n        return True",
        "return create.authorize_callback(user)",
    ],
)
def test_sync_code_that_asks_a_workflow_makes_it_unsafe(tmp_path: Path, asks: str) -> None:
    """It never names the callback, and lets everybody in once that is async."""
    before = registered(PLAIN) + f"\n\ndef button(user):\n    {asks}\n    return False\n"
    assert repaired(tmp_path, before, unsafe=False).files["app.py"] == before
    done = repaired(tmp_path, before)
    assert "async def check(user):" in done.files["app.py"]


def test_async_code_that_asks_a_workflow_awaits_it_in_the_same_run(tmp_path: Path) -> None:
    before = registered(PLAIN) + "\n\nasync def button(user):\n    return not create.authorize_callback(user)\n"
    done = repaired(tmp_path, before, unsafe=False)
    assert "async def check(user):" in done.files["app.py"]
    assert "return not await create.authorize_callback(user)" in done.files["app.py"]


def test_lambdas_one_below_the_other_become_functions_with_two_blank_lines_between(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        HEAD
        + """
OPS = lambda user: "ops" in user.roles
NOBODY = lambda user: False
LIMIT = 3

workflow("A", authorize_callback=OPS, retry_auth_callback=NOBODY)(print)
""",
        HEAD
        + """

async def OPS(user):
    return "ops" in user.roles


async def NOBODY(user):
    return False


LIMIT = 3

workflow("A", authorize_callback=OPS, retry_auth_callback=NOBODY)(print)
""",
    )
