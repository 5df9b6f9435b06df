"""ORC201: annotations of what carries a callback say that its answer is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixing import becomes, repaired

if TYPE_CHECKING:
    from pathlib import Path

INNER = """

def allow(role: str) -> {annotation}:
    {make} check(user) -> bool:
        return user == role

    return check


workflow("x", authorize_callback=allow("noc"))
"""


def factory(imports: str, annotation: str, make: str = "def") -> str:
    return f"{imports}\nfrom orchestrator import workflow\n" + INNER.format(annotation=annotation, make=make)


@pytest.mark.parametrize(
    ("imports", "annotation", "new_imports", "new_annotation"),
    [
        (
            "from collections.abc import Callable",
            "Callable[[str], bool]",
            "from collections.abc import Awaitable, Callable",
            "Callable[[str], Awaitable[bool]]",
        ),
        (
            "from typing import Any, Callable",
            "Callable[..., bool | None]",
            "from typing import Any, Awaitable, Callable",
            "Callable[..., Awaitable[bool | None]]",
        ),
        (
            "import typing as t",
            "t.Callable[[t.Any], bool]",
            "import typing as t",
            "t.Callable[[t.Any], t.Awaitable[bool]]",
        ),
        (
            "from collections.abc import Awaitable, Callable",
            "Callable[[str], bool]",
            "from collections.abc import Awaitable, Callable",
            "Callable[[str], Awaitable[bool]]",
        ),
    ],
    ids=["abc", "typing", "attribute", "imported"],
)  # fmt: skip
def test_what_a_factory_gives_is_awaited(
    imports: str, annotation: str, new_imports: str, new_annotation: str, tmp_path: Path
) -> None:
    becomes(tmp_path, factory(imports, annotation), factory(new_imports, new_annotation, "async def"))


def test_an_import_for_types_only_stays_one(tmp_path: Path) -> None:
    head = "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
    done = repaired(tmp_path, factory(f"{head}    from collections.abc import Callable\n", "Callable[[str], bool]"))
    assert f"{head}    from collections.abc import Awaitable, Callable\n" in done.files["app.py"]
    assert "-> Callable[[str], Awaitable[bool]]:" in done.files["app.py"]


@pytest.mark.parametrize(
    ("imports", "annotation"),
    [
        ("from collections.abc import Callable", "Callable"),
        ("from collections.abc import Callable", "Callable[..., object]"),
        ("from collections.abc import Callable\nCheck = Callable[[str], bool]", "Check"),
        ("from collections.abc import Callable\nAwaitable = 1", "Callable[[str], bool]"),
        ("from checks import Callable", "Callable[[str], bool]"),
        ("from collections.abc import Callable", "'Callable[[str], bool]'"),
    ],
    ids=["bare", "object", "alias", "other", "foreign", "text"],
)
def test_what_is_not_certainly_such_a_callable_stays(imports: str, annotation: str, tmp_path: Path) -> None:
    becomes(tmp_path, factory(imports, annotation), factory(imports, annotation, "async def"))


def test_a_factory_that_gives_sync_functions_too_says_so_still(tmp_path: Path) -> None:
    before = """
        from collections.abc import Callable
        from orchestrator import workflow


        def everybody(user) -> bool:
            return True


        def allow(role: str) -> Callable[[str], bool]:
            def check(user) -> bool:
                return user == role

            return check if role else everybody


        workflow("x", authorize_callback=allow("noc"))
        print(everybody("a"))
        """
    done = repaired(tmp_path, before)
    assert "def allow(role: str) -> Callable[[str], bool]:" in done.files["app.py"]


def test_the_twin_of_a_factory_says_what_it_gives(tmp_path: Path) -> None:
    before = factory("from collections.abc import Callable", "Callable[[str], bool]") + 'print(allow("a")("b"))\n'
    done = repaired(tmp_path, before)
    text = done.files["app.py"]
    assert "from collections.abc import Awaitable, Callable\n" in text
    assert "def allow(role: str) -> Callable[[str], bool]:" in text
    assert "def allow_async(role: str) -> Callable[[str], Awaitable[bool]]:" in text


def test_parameters_and_variables_that_hold_it_say_so(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        """
        from collections.abc import Callable
        from orchestrator import workflow


        def known(user) -> bool:
            return user is not None


        def role(name: str) -> Callable[[str], bool]:
            return lambda user: name in user.roles


        def both(
            first: Callable[[str], bool], second: Callable[[str], bool]
        ) -> Callable[[str], bool]:
            def check(user) -> bool:
                return first(user) and second(user)

            return check


        policy: Callable[[str], bool] = known
        workflow("x", authorize_callback=both(known, role("noc")), retry_auth_callback=policy)
        workflow("y", authorize_callback=role("ops"))
        """,
        """
        from collections.abc import Awaitable, Callable
        from orchestrator import workflow


        async def known(user) -> bool:
            return user is not None


        def role(name: str) -> Callable[[str], Awaitable[bool]]:
            async def authorize(user):
                return name in user.roles

            return authorize


        def both(
            first: Callable[[str], Awaitable[bool]], second: Callable[[str], Awaitable[bool]]
        ) -> Callable[[str], Awaitable[bool]]:
            async def check(user) -> bool:
                return await first(user) and await second(user)

            return check


        policy: Callable[[str], Awaitable[bool]] = known
        workflow("x", authorize_callback=both(known, role("noc")), retry_auth_callback=policy)
        workflow("y", authorize_callback=role("ops"))
        """,
    )
