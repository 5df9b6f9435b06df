"""Schedules as Python source, as `ruff format` and black leave it."""

from __future__ import annotations

import json
import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from flake8_orch47.schedules.declared import Schedule

__all__ = ["WIDTH", "entry", "literal"]

#: What black and ruff take for a line unless a project says otherwise.
WIDTH = 88


def entry(schedule: Schedule, indent: int = 4) -> Iterator[str]:
    """The lines of one entry of `SCHEDULES`: what `load_schedules` takes, one key a line."""
    around = " " * indent
    yield f"{around}{{"
    for key, value in schedule.payload.items():
        yield from literal(value, indent + 4, f'"{key}": ', ",")
    yield f"{around}}},"


def literal(value: Any, indent: int, before: str = "", after: str = "") -> Iterator[str]:
    """A value of JSON as Python source: on one line where it fits, else one element a line."""
    around = " " * indent
    line = f"{around}{before}{_flat(value)}{after}"
    if len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        yield line
        return
    is_list = isinstance(value, list)
    yield f"{around}{before}{'[' if is_list else '{'}"
    if isinstance(value, list):
        for element in value:
            yield from literal(element, indent + 4, "", ",")
    else:
        for key, element in value.items():
            yield from literal(element, indent + 4, f"{_text(key)}: ", ",")
    yield f"{around}{']' if is_list else '}'}{after}"


def _flat(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {_flat(element)}" for key, element in value.items()) + "}"
        case list():
            return "[" + ", ".join(_flat(element) for element in value) + "]"
        case str():
            return _text(value)
        case float() if not math.isfinite(value):
            return f'float("{value}")'
    return repr(value)


def _text(value: str) -> str:
    """A string in the quotes that formatters give it."""
    if not value.isprintable() or not value.isascii():
        quoted = ascii(value) if any("\ud800" <= char <= "\udfff" for char in value) else repr(value)
        return quoted if '"' in value else f'"{quoted[1:-1]}"'.replace("\\'", "'")
    if '"' in value and "'" not in value:
        return repr(value)
    return json.dumps(value)
