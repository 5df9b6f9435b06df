"""Every fixture application that blocks: fixed, checked again, and run before and after."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

import pytest
from harness import FIXTURES
from offloading import fixed
from running import blocking, fixable, run_fixture

if TYPE_CHECKING:
    from pathlib import Path

BLOCKING = [name for name in fixable() if blocking(name)]

#: What could only raise before: an event loop inside a running one. Awaited instead, it answers.
NEVER_WORKED = ("asyncio.run() cannot be called from a running event loop", "This event loop is already running")
#: What the stand-ins take for blocking and the rules do not: a connection that is only made, what blocks only with
#: an argument, an unknown decorator that may run a function elsewhere, what the settings call harmless.
SILENT = {
    "blocking_configured": ("requests.head", "orchestrator.services.subscriptions.get_subscription"),
    "blocking_network": ("ldap3.Connection", "smtplib.SMTP"),
    "blocking_offloaded": ("requests.get",),
    "blocks_configured": ("time.sleep", "requests.head"),
    "blocks_generators": ("requests.get",),
    "blocks_lib_services": ("github.Github.get_user",),
    "blocks_network": ("ldap3.Connection",),
}
#: Why a blocking call may stay.
REASONS = (
    "comes from elsewhere, where it may be in use at the same time",
    "consumed elsewhere, where it would block again",
    "there is a `yield` in it",
    "is not async yet",
    "it has to become an async function first",
    "a session of its own would neither see nor keep that",
)
#: What a helper needs its thread for, in front of its place.
TIED = (
    "needs the event loop (",
    "which cannot leave a thread (",
    "works in the main thread only (",
    "which is only allowed where it was set",
    "which holds something else in each thread (",
    "the thread would wait for ever",
    "must not hold the lock while a thread works",
    "it moves with the whole statement, but there is an `await` in it",
    "unless that says `check_same_thread=False` (",
)


@pytest.mark.parametrize("name", BLOCKING)
def test_a_fixed_application_answers_as_before_and_does_not_hold_up_the_event_loop(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(FIXTURES / name, folder)
    before = run_fixture(folder)
    outcome = fixed(folder, ("ORC1", "ORC2", "ORC3"))
    after = run_fixture(folder)

    for path in folder.rglob("*.py"):
        ast.parse(path.read_bytes())
    left = [finding for finding in outcome.report.findings if finding.code >= "ORC3"]
    assert [one for one in left if one not in outcome.refused] == []
    reasons = [outcome.refused[one] for one in left]
    others = [reason for reason in reasons if not any(words in reason for words in TIED)]
    assert [reason for reason in others if not reason.endswith(REASONS)] == []

    assert any(finding.code >= "ORC3" for finding in outcome.fixed)
    assert before.imports == after.imports == {}
    assert before.answers
    assert after.jobs == before.jobs
    for label, answer in before.answers.items():
        if not answer.endswith(NEVER_WORKED) and answer != "coroutine":
            assert after.answers[label] == answer, label
    names = {line.rpartition(": ")[2] for line in after.in_loop}
    assert names <= {*SILENT.get(name, ()), *(line.rpartition(": ")[2] for line in before.in_loop if reasons)}
    assert len(after.shared) <= len(before.shared)
    assert after.contexts == []
    assert fixed(folder, ("ORC1", "ORC2", "ORC3")).changed == {}  # a second run changes nothing


def test_there_are_applications_that_block() -> None:
    assert len(BLOCKING) > 30
