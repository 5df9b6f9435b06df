"""Parts of the real orchestrator-core, from its wheels, without what they import: nothing of it is installed.

The schema of the Scheduler API and the older decorator are small modules; what they import of the rest of the
framework are one function and one type, for which others stand in.
"""

from __future__ import annotations

import sys
import types
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from wheels import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apscheduler.schedulers.base import BaseScheduler

VERSIONS = ("4.7.2", "4.8.2", "5.0.5", "5.5.0")


@cache
def api_model(version: str) -> Any:
    """`APSchedulerJobCreate` of a version, as its wheel has it."""
    stand_ins: dict[str, dict[str, Any]] = {
        "orchestrator.core.workflow": {"default_user_inputs": lambda: [{}]},
        "pydantic_forms.types": {"State": dict[str, Any]},
    }
    return executed(version, "orchestrator.schemas.schedules", stand_ins)["APSchedulerJobCreate"]


def older_decorator(version: str, scheduler: BaseScheduler) -> Any:
    """The decorator `scheduler` of `orchestrator.schedules.scheduling`, on a scheduler."""
    name = "orchestrator.core.schedules.scheduler" if version.startswith("5") else "orchestrator.schedules.scheduler"
    stand_ins: dict[str, dict[str, Any]] = {
        name: {"scheduler": scheduler},
        "deprecated": {"deprecated": lambda **_: lambda function: function},
    }
    return executed(version, "orchestrator.schedules.scheduling", stand_ins)["scheduler"]


def executed(version: str, module: str, stand_ins: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The names of a module of a wheel after its source has run, with stand-ins for what it imports."""
    path = sources(version)[module]
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    made = types.ModuleType(f"{module}@{version}")
    with in_place(stand_ins | {made.__name__: {}}):
        sys.modules[made.__name__] = made  # pydantic looks names up there
        exec(code, vars(made))
    return vars(made)


@contextmanager
def in_place(stand_ins: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Modules of these names, with these contents, and the packages above them."""
    names = {".".join(name.split(".")[: end + 1]) for name in stand_ins for end in range(len(name.split(".")))}
    before = {name: sys.modules.get(name) for name in names}
    try:
        for name in sorted(names):
            if name in stand_ins or sys.modules.get(name) is None:
                module = types.ModuleType(name)
                module.__path__ = []
                vars(module).update(stand_ins.get(name, {}))
                sys.modules[name] = module
        yield
    finally:
        for name, kept in before.items():
            if kept is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = kept
