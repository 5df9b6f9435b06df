"""The trees G(n): n callbacks, 10 n helper functions in n / 2 modules, chains of 1 to 20 helpers.

The callbacks are async, the helpers sync; every third chain ends in a call that blocks. Which module holds which
helper is drawn from a seed: a chain wanders through the whole project.
"""

from __future__ import annotations

from random import Random

__all__ = ["generated"]

_PROJECT = '[project]\nname = "generated"\nversion = "1.0"\ndependencies = ["orchestrator-core>=4.7,<4.8"]\n'

_HEAD = '''\
"""Module {number}."""

import time

import requests
from orchestrator.db import SubscriptionTable, db
from orchestrator.workflow import StepList, begin
from orchestrator.workflows.utils import create_workflow
{imports}
'''

_HELPER = """

def {name}(user):
    known = {{"name": "{name}", "limit": {limit}}}
    if user is None or len(known) > {limit}:
        return False
    return {then}
"""

_CALLBACK = """

async def {name}(user):
    if user is None:
        return False
    return {then}


@create_workflow("Order {name}", authorize_callback={name})
def order_{name}() -> StepList:
    return begin
"""

_BLOCKING_ENDS = (
    'requests.get(f"https://example.org/{user}", timeout=5).ok',
    "time.sleep(1) is None",
    "db.session.query(SubscriptionTable).first() is not None",
)
_END = 'str(user).endswith("@example.org")'


def generated(count: int, seed: int = 47) -> dict[str, str]:
    """The files of G(count): path to text. `count` has to be a multiple of 20 (ValueError)."""
    if count <= 0 or count % 20:
        raise ValueError(f"a multiple of 20 is needed, not {count}")
    random = Random(seed)
    homes = [index // 20 for index in range(10 * count)]
    random.shuffle(homes)
    bodies: list[list[str]] = [[] for _ in range(count // 2)]
    imports: list[set[int]] = [set() for _ in range(count // 2)]

    def calling(home: int, helper: int) -> str:
        if homes[helper] == home:
            return f"helper_{helper}(user)"
        imports[home].add(homes[helper])
        return f"module_{homes[helper]}.helper_{helper}(user)"

    for helper, following in _chains(count):
        home = homes[helper]
        then = _end(helper) if following is None else calling(home, following)
        bodies[home].append(_HELPER.format(name=f"helper_{helper}", limit=20 + helper % 7, then=then))
    for callback, first in enumerate(_starts(count)):
        home = callback // 2
        bodies[home].append(_CALLBACK.format(name=f"check_{callback}", then=calling(home, first)))
    files = {"pyproject.toml": _PROJECT, "helpers/__init__.py": ""}
    for number, body in enumerate(bodies):
        lines = "".join(f"from helpers import module_{name}\n" for name in sorted(imports[number]))
        files[f"helpers/module_{number}.py"] = _HEAD.format(number=number, imports=lines) + "".join(body)
    return files


def _starts(count: int) -> list[int]:
    """The first helper of each callback's chain."""
    return [block + start for block in range(0, 10 * count, 200) for start in _block()[1]]


def _chains(count: int) -> list[tuple[int, int | None]]:
    """Each helper with the one that it calls; None at the end of a chain."""
    return [
        (block + helper, None if following is None else block + following)
        for block in range(0, 10 * count, 200)
        for helper, following in enumerate(_block()[0])
    ]


def _block() -> tuple[list[int | None], list[int]]:
    """Twenty chains of 1 to 20 among 200 helpers: what each calls, and where each chain starts.

    The longest would need ten helpers more than there are: it runs into the last ten of the second longest.
    """
    following: list[int | None] = []
    starts = []
    for depth in range(1, 20):
        starts.append(len(following))
        following += [*range(len(following) + 1, len(following) + depth), None]
    tail = len(following) - 10
    starts.append(len(following))
    following += [*range(len(following) + 1, len(following) + 10), tail]
    return following, starts


def _end(helper: int) -> str:
    return _BLOCKING_ENDS[helper // 3 % len(_BLOCKING_ENDS)] if helper % 3 == 0 else _END
