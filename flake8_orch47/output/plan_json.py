"""The upgrade report as JSON: one object, findings in the shape that `orch47 check` has for them."""

from __future__ import annotations

import json

from flake8_orch47.output.as_json import as_object
from flake8_orch47.upgrade.steps import NEVER_LOOKED_AT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from flake8_orch47.findings import Finding
    from flake8_orch47.upgrade.plan import Evidence, Plan, Remark, Task

__all__ = ["report_object"]


def report_object(plans: Iterable[Plan], problems: Iterable[Finding], url: Callable[[str], str]) -> str:
    """The report as one JSON object; `url` gives the address of a rule's page."""
    document = {
        "projects": [_plan(plan, url) for plan in plans],
        "problems": [as_object(problem, url) for problem in problems],
    }
    return json.dumps(document, indent=2)


def _plan(plan: Plan, url: Callable[[str], str]) -> dict[str, Any]:
    required = plan.requirement
    return {
        "root": plan.root,
        "target_version": ".".join(map(str, plan.target)),
        "requirement": None
        if required is None
        else {"specifier": required.specifier, "filename": required.path, "row": required.row},
        "scenario": {
            "number": plan.scenario.number,
            "title": plan.scenario.title,
            "text": plan.scenario.text,
            "url": plan.scenario.url,
            "evidence": _places(plan.evidence),
        },
        "steps": [_task(task, url) for task in plan.tasks],
        "left": len(plan.left),
        "right": [_remark(remark) for remark in plan.right],
        "unknown": [_remark(remark) for remark in plan.unknown],
        "never_looked_at": list(NEVER_LOOKED_AT),
        "deployment_files": plan.deployment_files,
    }


def _task(task: Task, url: Callable[[str], str]) -> dict[str, Any]:
    step = task.step
    return {
        "id": step.id,
        "section": step.section,
        "title": step.title,
        "text": step.text,
        "note": task.note or None,
        "status": task.state,
        "command": task.command or None,
        "language": step.language if task.command else None,
        "url": step.url,
        "codes": list(step.codes),
        "count": len(task.findings),
        "findings": [as_object(finding, url) for finding in task.findings],
        "places": _places(task.places),
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {"id": remark.id, "count": remark.number, "text": remark.text, "places": _places(remark.places)}


def _places(places: Iterable[Evidence]) -> list[dict[str, Any]]:
    return [{"filename": place.path, "row": place.row, "text": place.text} for place in places]
