"""ORC103, ORC104: dead imports and their uses go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_orch47.fixes.steps import Planned, Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.findings import Finding
    from flake8_orch47.fixes.plan import Planning

__all__ = ["plan"]


def plan(planning: Planning, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Planned | Refused]]:
    """The plans for ORC103 and ORC104."""

    def one(_finding: Finding) -> Planned:
        raise Refusal("not yet")

    return planning.each(findings, one)
