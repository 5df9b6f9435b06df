"""The upgrade guide as data: its scenarios, and what there is to do in each, in the guide's order.

Source: the 4.7 upgrade guide of orchestrator-core, in its own words where they are facts. Where it says less, or
something else than what a running 4.7.2 to 5.5.0 does, the latter counts: own schedules keep firing in 5.x, a job
whose declaration is gone fires on, async callbacks before 4.7 let everybody in.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from flake8_orch47.records import Record

__all__ = ["GUIDE", "NEVER_LOOKED_AT", "SCENARIOS", "SECTIONS", "STEPS", "Fact", "Scenario", "Section", "Step"]

_DOCS: Final = "https://workfloworchestrator.org/orchestrator-core"
GUIDE: Final = f"{_DOCS}/guides/upgrading/4.7/"
_SCHEDULES: Final = f"{GUIDE}#scheduling-tasks-via-decorator-is-deprecated-in-favor-of-using-the-api"
_CALLBACKS: Final = f"{GUIDE}#workflow-authorization-callbacks-change-from-def-to-async-def"

#: What may hold for a project: `scheduler` it is used, `own` with own schedules, `below` the requirements hold the
#: framework below 4.7, `upgrading` they do not hold it at 4.7 or later yet.
Fact: TypeAlias = Literal["scheduler", "own", "below", "upgrading"]


class Scenario(Record):
    """One of the guide's three scenarios; the first applies whose `when` holds."""

    number: int
    title: str
    when: frozenset[Fact]
    text: str
    url: str


SCENARIOS: Final = (
    Scenario(
        2,
        "I use the scheduler with both the default schedules and my own schedules",
        frozenset({"own"}),
        "The default schedules have to be loaded again. Own schedules keep firing, but the API cannot manage them.",
        f"{GUIDE}#2-i-use-the-scheduler-with-both-the-default-schedules-and-my-own-schedules",
    ),
    Scenario(
        1,
        "I use the scheduler with only the default schedules",
        frozenset({"scheduler"}),
        "The default schedules have to be loaded again.",
        f"{GUIDE}#1-i-use-the-scheduler-with-only-the-default-schedules",
    ),
    Scenario(
        3,
        "I do not use the scheduler",
        frozenset(),
        "No action required for schedules. If the scheduler is started where this report cannot look, scenario 1 "
        "applies.",
        f"{GUIDE}#3-i-do-not-use-the-scheduler",
    ),
)


class Section(Record):
    """A part of the guide."""

    id: str
    title: str
    url: str


SECTIONS: Final = (
    Section("upgrade", "The upgrade itself", GUIDE),
    Section("schedules", "Scheduling tasks via decorator is deprecated in favor of using the API", _SCHEDULES),
    Section("callbacks", "Workflow authorization callbacks change from `def` to `async def`", _CALLBACKS),
)


class Step(Record):
    """Something to do.

    It applies where everything in `when` holds and, if it has `codes`, where a rule of these has findings: they
    are what is left. A step without codes is done once, with the deployment: `evidence` is the command and the
    subcommand of the framework that show in a deployment file that it is seen to, `after` the step with whose
    findings it is left. `command` is what to type, where `{own_jobs}` stands for the statements that remove the jobs
    of the schedules that can move, and `{default_jobs}` for the quoted ids of the framework's.
    `is_optional`: the report mentions it and never counts it as left. `is_listed`: its findings are listed below it;
    those of own schedules stand below the scenario already.
    """

    id: str
    section: str
    title: str
    text: str
    codes: tuple[str, ...] = ()
    when: frozenset[Fact] = frozenset()
    command: str = ""
    language: str = "sh"
    url: str = GUIDE
    evidence: tuple[str, str] | None = None
    after: str = ""
    is_optional: bool = False
    is_listed: bool = True


STEPS: Final = (
    Step(
        "requirement",
        "upgrade",
        "Require orchestrator-core 4.7 or later",
        "In one release with the async callbacks: before 4.7 nobody awaits them, and everybody is authorized. "
        "4.7 and 4.8 do not start with graphql-core 3.3 (`cannot import name 'ExecutionContext'`): require "
        "`graphql-core<3.3` too.",
        when=frozenset({"below"}),
    ),
    Step(
        "removed-names",
        "upgrade",
        "Remove the imports of what is gone",
        "The application does not start with them.",
        codes=("ORC104",),
        command="orch47 check --fix --select ORC104",
    ),
    Step(
        "database",
        "upgrade",
        "Migrate the database",
        "4.7 has a migration that takes the database of any 4.x version along.",
        command="python main.py db upgrade heads",
        evidence=("db", "upgrade"),
    ),
    Step(
        "default-schedules",
        "schedules",
        "Load the default schedules, if you want to keep them",
        "Cleaning up tasks (every 6 hours), resuming workflows (every hour) and validating subscriptions (every "
        "night) were declared in the framework's code. From 4.7 on they run only after they were loaded. Where "
        "the scheduler runs, and while it runs: then a second time changes nothing (from 4.7.1 on).",
        when=frozenset({"scheduler"}),
        command="python main.py scheduler load-initial-schedule",
        url=f"{GUIDE}#1-i-use-the-scheduler-with-only-the-default-schedules",
        evidence=("scheduler", "load-initial-schedule"),
    ),
    Step(
        "default-jobs",
        "schedules",
        "Delete the stored jobs of the old default schedules, or leave it to the scheduler",
        "Coming from 4.4 to 4.6 the database still holds them. The scheduler removes each when it is due, and "
        'says `Unable to restore job "resume-workflows" -- removing it`. To do it by hand, stop the scheduler '
        "first.",
        when=frozenset({"scheduler", "upgrading"}),
        command="DELETE FROM apscheduler_jobs WHERE id IN\n  ({default_jobs});",
        language="sql",
        url=f"{GUIDE}#1-i-use-the-scheduler-with-only-the-default-schedules",
        is_optional=True,
    ),
    Step(
        "own-schedules",
        "schedules",
        "Move the own schedules out of the code",
        "They keep firing, in 5.x too, but the API and the UI cannot manage them. The command writes a module that "
        "loads them. Remove the declarations with it: what is declared and loaded runs twice.",
        codes=("ORC101", "ORC102", "ORC105"),
        command="orch47 schedules --format python",
        url=f"{GUIDE}#2-i-use-the-scheduler-with-both-the-default-schedules-and-my-own-schedules",
        is_listed=False,
    ),
    Step(
        "own-jobs",
        "schedules",
        "Delete the stored jobs of the schedules that moved",
        "Without its declaration a stored job fires on as long as its function can be imported, and the API cannot "
        "delete it. Stop the scheduler first.",
        when=frozenset({"own"}),
        command="{own_jobs}",
        language="sql",
        url=f"{GUIDE}#2-i-use-the-scheduler-with-both-the-default-schedules-and-my-own-schedules",
        after="own-schedules",
    ),
    Step(
        "all-schedulers",
        "schedules",
        "Remove `ALL_SCHEDULERS`",
        "Nothing reads it any more: a job is scheduled by its decorator, or through the API.",
        codes=("ORC103",),
        command="orch47 check --fix --select ORC103",
        url=_SCHEDULES,
    ),
    Step(
        "async-callbacks",
        "callbacks",
        "Make the callbacks `async def`",
        "4.7 awaits them. Until they are async, what they guard answers HTTP 500 for everybody.",
        codes=("ORC201",),
        command="orch47 check --fix --select ORC201",
        url=_CALLBACKS,
    ),
    Step(
        "premature-callbacks",
        "callbacks",
        "Deploy the async callbacks together with 4.7, never before",
        "The requirements hold orchestrator-core below 4.7, which does not await them: everybody is authorized.",
        codes=("ORC203",),
        url=_CALLBACKS,
    ),
    Step(
        "awaits",
        "callbacks",
        "Await the checks that nobody awaits",
        "A coroutine is always true: access is granted whatever it would have answered.",
        codes=("ORC202",),
        command="orch47 check --fix --select ORC202",
        url=_CALLBACKS,
    ),
    Step(
        "cached-callbacks",
        "callbacks",
        "Take the cache off the async callbacks",
        "The second call gets the coroutine of the first and fails. Cache what it computes instead.",
        codes=("ORC205",),
        url=_CALLBACKS,
    ),
    Step(
        "blocking-calls",
        "callbacks",
        "Check the callbacks for synchronous I/O",
        "It blocks the event loop, and the whole API with it. Await an asynchronous alternative, or run the call "
        "in a thread with `asyncio.to_thread`.",
        codes=("ORC301", "ORC302", "ORC303", "ORC304", "ORC305", "ORC306", "ORC307", "ORC308"),
        command="orch47 check --fix --unsafe-fixes --select ORC3",
        url=_CALLBACKS,
    ),
    Step(
        "lost-checks",
        "callbacks",
        "Check the user before starting a process",
        "From 4.7 on only the REST endpoint asks `authorize_callback`; `start_process` and `create_process` "
        "start whatever they are given.",
        codes=("ORC206",),
    ),
    Step(
        "auth-context",
        "callbacks",
        "Take an `AuthContext` instead of a user",
        "From 5.0 on a callback gets an `AuthContext`, which is never None: `user is not None` lets everybody in.",
        codes=("ORC207",),
        url=f"{_DOCS}/guides/upgrading/5.0/",
    ),
)

#: What nothing in a repository can tell.
NEVER_LOOKED_AT: Final = (
    "`register_authorization`, `register_authentication` and GraphQL authorization",
    "what is in the database, and what is started by machines that this repository does not describe",
)
