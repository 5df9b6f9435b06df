"""What the command says: lines on the standard output, remarks on the standard error, the exit statuses."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from flake8_orch47.output.terminal import Screen, escape, screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

__all__ = [
    "FOUND",
    "INTERRUPTED",
    "NOTHING_FOUND",
    "WRONG",
    "UsageError",
    "never_fail_to_encode",
    "screen_for",
    "silence",
    "tell",
    "write",
    "write_bytes",
]

NOTHING_FOUND, FOUND, WRONG = 0, 1, 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class UsageError(Exception):
    """The command cannot do what it was asked to; the message is one line for the user."""


def screen_for(color: str) -> Screen:
    """The screen behind the standard output; `color` is what `--color` says."""
    environ: Mapping[str, str] = os.environ
    return screen(color, sys.stdout, environ, os.getcwd())


def write(lines: Iterator[str] | Sequence[str], stream: TextIO | None = None) -> None:
    """Write to the standard output. That nobody reads on is no error; raises OSError for a full disk."""
    stream = stream or sys.stdout
    if stream is None:
        return
    try:
        stream.writelines(f"{line}\n" for line in lines)
        stream.flush()
    except BrokenPipeError:
        silence(stream)


def write_bytes(pieces: Iterable[bytes]) -> None:
    """Write to the standard output as it is: nothing is encoded, line ends stay. Raises OSError for a full disk."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        silence(sys.stdout)


def tell(message: str) -> None:
    """One line on the standard error."""
    with suppress(OSError, ValueError):
        print(f"orch47: {escape(message)}", file=sys.stderr)


def never_fail_to_encode(*streams: TextIO | None) -> None:
    r"""A character that a stream's encoding does not have is written as `\u2026`."""
    from io import TextIOWrapper

    for stream in streams:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence(stream: TextIO | None) -> None:
    """Let the interpreter's last flush of `stream` go nowhere: it cannot go where it should."""
    if stream is None:
        return
    with suppress(OSError, ValueError):
        target = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, target)
        os.close(nowhere)
