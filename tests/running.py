"""Runs fixture applications: which programs they consist of, and what has to be set for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import FIXTURES, applications, expected
from standins import Outcome, run_application

from flake8_orch47.fixes.plan import PLANNERS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RAISING", "UNCALLED", "blocking", "fixable", "run_fixture"]

#: Applications of several programs: the folders in which these are started.
PROGRAMS = {
    "layout_monorepo": ("ip", "optical"),
    "seen_app_folder_package": ("network",),
    "seen_docs_of_that_name": ("src",),
    "seen_tests_of_that_name": ("src",),
    "style_c05_monorepo": ("services/one", "services/two"),
}
#: What an application reads from its environment when it is imported; `DONE` ends a loop.
ENVIRONMENT = {
    "callback_forms": {"STAGE": "production"},
    "factories": {"LEVEL": "high"},
    "probe_many_values": {"X": "c7"},
    "probe_string_settings": {"KIND": "ops"},
    "rare_flow": {"DONE": "yes"},
    "schedules_staying": {"HOURS": "4"},
    "undetermined": {"POLICY": "require_noc", "POLICY_NAME": "noc"},
}
#: Modules that raise when they are imported, fixed or not, as they would with the framework: the code says so.
RAISING = {
    "case_coroutines_used": {"ask_compat"},  # asks for the version of what is not installed
    "case_folder_beside": {"surf.flows"},  # a stand-in is not found before a folder, as the installed framework is
    "case_folder_of_deployment": {"app.flows", "deploy.orchestrator.run"},  # likewise
    "computed_keys": {"workflows"},  # looks up what is not there
    "cross_module": {
        "campus.auth.endless",  # import each other
        "campus.auth.endless_too",
        "campus.workflows.l2vpn.cycles",
        "campus.workflows.l2vpn.stars",  # a name that the star does not bring
        "campus.workflows.port.fallback",  # imports what is not there
    },
    "probe_holders_apart": {"app"},  # looks up what is not there
    "probe_namespaces": {"app"},  # an attribute that nobody sets
    "registrations_4x": {"shared.unknown_kwargs", "silent.shadowed_local"},  # options and decorators of nobody
    "schedules_staying": {  # a division by zero, an abstract class
        *("jobs.arguments", "jobs.bodies", "jobs.older", "jobs.places"),
        "jobs.triggers",
    },
    "seen_folder_of_that_name": {  # a stand-in is not found before a folder, as the installed framework is
        *("orchestrator.main", "orchestrator.workflows.create"),
    },
    "style_b08_reexports": {"acme.workflows.link"},  # an attribute of None
    "undetermined": {"workflows.unknown"},  # one variable, looked up in two places
}
#: Applications in which nothing that is fixed runs at import, in a callback or in a job.
UNCALLED = {
    "case_folder_beside": "its modules are found in place of the stand-in's",
    "case_folder_of_deployment": "its modules are found in place of the stand-in's",
    "probe_nonlocal": "the registration is in a function that nobody calls",
    "removed_names": "endpoints",
    "seen_bound_by_handler": "handlers of what does not happen",
    "seen_folder_of_that_name": "its modules are found in place of the stand-in's",
    "removed_names_48": "endpoints",
    "style_d03_await_attr": "endpoints",
    "uses_w03_core": "functions that nobody calls",
    "uses_z02": "nothing can be fixed",
}


def fixable() -> list[str]:
    """The applications with a finding that may have a fix."""
    return [name for name in applications() if any(code in PLANNERS for _, _, code in expected(FIXTURES / name))]


def blocking(name: str) -> bool:
    """Whether an application has a finding about blocking calls."""
    return any(code >= "ORC3" for _, _, code in expected(FIXTURES / name))


def run_fixture(folder: Path) -> Outcome:
    """Runs a copy of a fixture application in a folder of its name: all of its programs, as one outcome."""
    runs = {
        program: run_application(folder, program=program, environment=ENVIRONMENT.get(folder.name))
        for program in PROGRAMS.get(folder.name, ("",))
    }
    if len(runs) == 1:
        return runs.popitem()[1]
    every = list(runs.values())
    return Outcome(
        answers={f"{program} {key}": value for program, one in runs.items() for key, value in one.answers.items()},
        blocking={f"{program} {key}": value for program, one in runs.items() for key, value in one.blocking.items()},
        in_loop=[line for one in every for line in one.in_loop],
        threaded=[line for one in every for line in one.threaded],
        shared=[line for one in every for line in one.shared],
        contexts=[line for one in every for line in one.contexts],
        imports={f"{program} {key}": value for program, one in runs.items() for key, value in one.imports.items()},
        unawaited=[f"{program} {line}" for program, one in runs.items() for line in one.unawaited],
        jobs=[line for one in every for line in one.jobs],
    )
