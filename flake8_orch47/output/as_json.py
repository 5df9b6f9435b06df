"""Findings as JSON: one array in the shape of ruff's, with the hops of a chain as `related`.

`row` and `column` are 1-based, columns in code points; `filename` is absolute. Characters outside ASCII are
escaped, so that the encoding of the standard output does not matter.
"""

from __future__ import annotations

import json
from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from flake8_orch47.findings import Finding, Fix, Hop

__all__ = ["as_object", "findings_array", "statistics_array"]


def findings_array(findings: Iterable[Finding], url: Callable[[str], str]) -> str:
    """All `findings` as one JSON array; `url` gives the address of a rule's page."""
    return _dump([as_object(finding, url) for finding in findings])


def statistics_array(findings: Iterable[Finding], name: Callable[[str], str]) -> str:
    """How often each rule was found, most frequent first, as one JSON array."""
    counts = Counter(finding.code for finding in findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return _dump([{"code": code, "name": name(code), "count": count} for code, count in ordered])


def _dump(document: object) -> str:
    return json.dumps(document, indent=2)


def as_object(finding: Finding, url: Callable[[str], str]) -> dict[str, Any]:
    """One finding as what its JSON object is made of."""
    span = finding.span
    return {
        "code": finding.code,
        "message": finding.message,
        "filename": span.path,
        "location": _location(span.row, span.column),
        "end_location": _location(span.end_row, span.end_column),
        "url": url(finding.code),
        "fix": None if finding.fix is None else _fix(finding.fix, span.path),
        "related": [_hop(hop) for hop in finding.related],
    }


def _fix(fix: Fix, path: str) -> dict[str, Any]:
    """A fix as ruff writes it; an edit in another file says which."""
    edits = []
    for edit in fix.edits:
        place = {
            "content": edit.content,
            "location": _location(edit.span.row, edit.span.column),
            "end_location": _location(edit.span.end_row, edit.span.end_column),
        }
        edits.append(place if edit.span.path == path else {**place, "filename": edit.span.path})
    return {"applicability": fix.applicability, "message": fix.message, "edits": edits}


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "message": hop.message,
        "filename": hop.span.path,
        "location": _location(hop.span.row, hop.span.column),
    }


def _location(row: int, column: int) -> dict[str, int]:
    return {"row": row, "column": column + 1}
