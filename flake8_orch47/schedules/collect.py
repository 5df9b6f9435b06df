"""The schedules of a project: the one way in for doors, fixes and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.schedules.declared import Schedule

__all__ = ["schedules_of"]


def schedules_of(analysis: Analysis) -> tuple[Schedule, ...]:
    """Every schedule that the linted modules declare, in the order of the source; the project's others only count
    where two jobs have one id.
    """
    return ()
