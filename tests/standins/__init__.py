"""Runs an application without the framework and the libraries that it uses, and says what its callbacks did.

    before = run_application(folder)
    ...                                     # something changes files in the folder
    after = run_application(folder)
    assert after.answers == before.answers  # values, or exceptions by type and message
    assert not after.in_loop                # what blocked, ran in another thread than the event loop's
    assert not after.shared                 # no request's session was used by another thread

The application runs in a process of its own (`runtime.py`), against stand-ins: `orchestrator` and
`orchestrator.core` keep what is registered; every other library that is not installed is made up on the spot: each
call of it is noted, with the thread that it ran in, and gives a deterministic value. Every callback is called
with each of USERS, as the framework does: what it returns is awaited if it can be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Outcome", "run_application"]


class Outcome(NamedTuple):
    """What an application did.

    `answers`: by registration (`workflow Order:authorize_callback[ops]`) what the callback answered, as text;
    `blocking`: the names that blocked, by registration, in order; `in_loop`: those that blocked the event loop;
    `threaded`: those that ran elsewhere; `shared`: uses of a request's session by another thread;
    `contexts`: what a context variable of the request held where something blocked;
    `imports`: the modules that could not be imported, with the reason; `unawaited`: the registrations for which a
    coroutine was made that nobody awaited; `jobs`: what is scheduled, in code and in `SCHEDULES`.
    """

    answers: dict[str, str]
    blocking: dict[str, list[str]]
    in_loop: list[str]
    threaded: list[str]
    shared: list[str]
    contexts: list[str]
    imports: dict[str, str]
    unawaited: list[str]
    jobs: list[str]


def run_application(
    folder: Path,
    *,
    program: str = "",
    environment: Mapping[str, str] | None = None,
    blocks: tuple[str, ...] = (),
) -> Outcome:
    """Imports every module of the application in `folder` and calls every callback that it registers.

    `program` is the folder in it in which one of several programs is started: its modules are imported, and what
    they import. `environment` are variables that are set then; `blocks` further qualified names whose calls block
    (as the setting `blocking-calls`).
    """
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("runtime.py")), str(folder), program, *blocks],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,  # what the application writes, it writes there
    )
    assert done.returncode == 0, done.stderr[-4000:]
    # A thread of the application may still print something.
    said: dict[str, Any] = json.loads(next(one for one in reversed(done.stdout.splitlines()) if one.startswith("{")))
    return Outcome(**said)
