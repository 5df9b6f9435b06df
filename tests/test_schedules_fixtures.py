"""Fixture applications of schedules: what becomes of each stands in a comment on its line.

`# moves: cron {"hour": 2}` on the line of the declaration: it goes to the API with these `trigger_kwargs`;
`# refused: ...`, `# lost: ...`, `# changed: ...`, `# apart: ...` on the line of the reason, with words of it.
"""

from __future__ import annotations

import io
import json
import os
import re
import tokenize
from typing import TYPE_CHECKING, NamedTuple

import pytest
from harness import FIXTURES
from scheduling import schedules_in

if TYPE_CHECKING:
    from pathlib import Path

APPLICATIONS = ("schedules_moving", "schedules_staying", "schedules_moving_5x", "schedules_e2e")
REMARKS = ("refused", "lost", "changed", "apart")


class Stated(NamedTuple):
    """What a comment says, or what was found: file, row, what becomes of it, the details."""

    path: str
    row: int
    kind: str
    text: str


def stated(application: Path) -> list[Stated]:
    """The comments of an application."""
    found = []
    for path in sorted(application.rglob("*.py")):
        for token in tokenize.tokenize(io.BytesIO(path.read_bytes()).readline):
            if token.type == tokenize.COMMENT:
                for part in re.split(r"(?:^|\s)#\s(?=[a-z]+: )", token.string):
                    kind, _, text = part.strip().removeprefix("# ").partition(": ")
                    if kind in ("moves", *REMARKS):
                        found.append(Stated(str(path.relative_to(application)), token.start[0], kind, text))
    return found


def found_in(application: Path) -> list[Stated]:
    """What `schedules_of` says about it, in the same words. One decorator may stand for several schedules."""
    found: dict[Stated, None] = {}
    for schedule in schedules_in(application):
        path = os.path.relpath(schedule.span.path, application)
        if schedule.converts:
            body = schedule.payload
            text = f"{body['trigger']} {json.dumps(body['trigger_kwargs'])}"
            found[Stated(path, schedule.span.row, "moves", text)] = None
        for remark in schedule.remarks:
            if schedule.converts or remark.kind == "refused":
                where = os.path.relpath(remark.span.path, application)
                found[Stated(where, remark.span.row, remark.kind, remark.message)] = None
    return list(found)


@pytest.mark.parametrize("application", APPLICATIONS[:3])
def test_every_form_moves_and_every_obstacle_is_named_at_its_line(application: str) -> None:
    said = stated(FIXTURES / application)
    found = found_in(FIXTURES / application)
    assert len(said) > 4
    missing = [one for one in said if not any(_says(other, one) for other in found)]
    unexpected = [one for one in found if not any(_says(one, other) for other in said)]
    assert (missing, unexpected) == ([], [])


def _says(found: Stated, expected: Stated) -> bool:
    if found[:3] != expected[:3]:
        return False
    if expected.kind == "moves":
        return found.text == expected.text
    return expected.text in found.text


@pytest.mark.parametrize("application", APPLICATIONS)
def test_a_schedule_is_found_where_the_rules_report_one(application: str) -> None:
    """ORC101, ORC102 and ORC105 and the schedules are of the same places."""
    reported = set()
    for path in sorted((FIXTURES / application).rglob("*.py")):
        for row, line in enumerate(path.read_text().splitlines(), 1):
            for code in re.findall(r"# expect: (ORC10[125])", line):
                reported.add((str(path.relative_to(FIXTURES / application)), row, code))
    found = {
        (os.path.relpath(one.span.path, FIXTURES / application), one.span.row, one.code)
        for one in schedules_in(FIXTURES / application)
    }
    assert found == reported
