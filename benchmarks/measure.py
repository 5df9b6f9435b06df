"""Commands against a reference, in turns: processor time, wall time and peak memory of what they start."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trees

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Command", "Comparison", "MeasureError", "Sample", "compare", "floor", "median"]

_MEBIBYTE = 1024  # Linux counts peak memory in KiB
_LIMIT = 180.0  # seconds; what takes longer is not a ratio any more, it is a defect


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, where, and how it is called in the table. Exit statuses beyond 1 are failures."""

    label: str
    arguments: tuple[str, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds of processor and wall time, and MiB of peak memory.

    Processor time is that of the process and of all that it started and waited for; memory is the largest
    single process's.
    """

    processor: float
    wall: float
    memory: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rounds of a command and of its reference; round i of one ran next to round i of the other."""

    measured: tuple[Sample, ...]
    reference: tuple[Sample, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """The processor time of the command over that of the reference, round by round."""
        pairs = zip(self.measured, self.reference, strict=True)
        return tuple(measured.processor / reference.processor for measured, reference in pairs)


class MeasureError(Exception):
    """A command that did not do what is to be measured; the message has its last words."""


def compare(measured: Command, reference: Command, rounds: int) -> Comparison:
    """Runs both in turns, `rounds` times each, after one run of each that only warms the system's caches.

    Raises MeasureError.
    """
    _run(measured)
    _run(reference)
    samples = [(_run(measured), _run(reference)) for _ in range(rounds)]
    first, second = zip(*samples, strict=True)
    return Comparison(first, second)


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number the mean of the middle two."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def floor() -> float:
    """The peak memory below which nothing can be told: a child starts as a copy of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEBIBYTE


def _run(command: Command) -> Sample:
    with open(os.devnull, "rb+") as nothing:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=_environment(),
            stdin=nothing,
            stdout=nothing,
            stderr=subprocess.PIPE,
        )
        watch = threading.Timer(_LIMIT, process.kill)
        watch.start()
        errors = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        watch.cancel()
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stderr:
        process.stderr.close()
    if wall >= _LIMIT:
        reached = f"{usage.ru_maxrss / _MEBIBYTE:.0f} MiB"
        raise MeasureError(f"{command.label}: did not end within {_LIMIT:.0f} s of wall time, had reached {reached}")
    if process.returncode not in (0, 1):
        raise MeasureError(
            f"{command.label}: exit status {process.returncode}: {errors[-500:].decode(errors='replace')}"
        )
    return Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / _MEBIBYTE)


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "RUFF_", "ORCH47_"))}
    return {**kept, "NO_COLOR": "1", "XDG_CACHE_HOME": os.path.join(trees.CACHE, "user")}
