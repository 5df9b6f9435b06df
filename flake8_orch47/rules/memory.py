"""What earlier runs found, kept for runs that would find the same.

One entry is one project, one list of files to check, one set of choices. It holds as long as nothing that the run
looked at has changed: files, folders, and what was not there. Entries lie in a folder of the user's own, never in a
project, and whatever is wrong with one only means that the work is done again.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
import zlib
from contextlib import suppress

import flake8_orch47
from flake8_orch47.findings import Finding, Hop, Outcome, Span
from flake8_orch47.project.inputs import holds, settled, stamps, watching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from flake8_orch47.settings import Settings

__all__ = ["Memory", "default_folder"]

#: So many entries are kept of one project: an editor and a hook check a few files each, always others.
_ENTRIES = 32


def default_folder() -> str | None:
    """Where entries lie unless somebody says otherwise; None where the user has no such place."""
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "flake8-orch47") if os.path.isabs(base) else None


class Memory:
    """Entries below one folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def outcome(self, root: str, linted: Sequence[str], settings: Settings, work: Callable[[], Outcome]) -> Outcome:
        """What `work` would give, from an entry if one holds; else `work` is done and its outcome is kept.

        Raises what `work` raises, nothing else.
        """
        key = (_tool(), root, tuple(linted), tuple(settings)[1:])
        path = self._path(root, key)
        found = _read(path, key)
        if found is not None:
            return found
        begun = time.time_ns()
        with watching() as seen:
            done = work()
        marks = stamps(seen, begun)
        if marks is not None:
            _write(path, (key, marks, _plain(done)))
        return done

    def _path(self, root: str, key: tuple[Any, ...]) -> str:
        name = f"{zlib.crc32(os.fsencode(root)):08x}"
        return os.path.join(self.folder, name, f"{zlib.crc32(marshal.dumps(key, 2)):08x}")


def _tool() -> tuple[Any, ...]:
    """What decides the outcome besides the project: this very code, and the Python that parses."""
    top = os.path.dirname(os.path.abspath(flake8_orch47.__file__))
    newest, count = 0, 0
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith(".py"):
                state = os.stat(os.path.join(folder, name))
                newest, count = max(newest, state.st_mtime_ns), count + state.st_size
    return flake8_orch47.__version__, top, newest, count, sys.version


def _read(path: str, key: tuple[Any, ...]) -> Outcome | None:
    """The outcome in an entry that is of this key and holds; None otherwise, whatever the reason."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        if zlib.crc32(data[4:]) != int.from_bytes(data[:4], "little"):
            return None
        known, marks, outcome = marshal.loads(data[4:])  # noqa: S302 (the user wrote it; what is damaged was found out)
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if known != key or not all(map(holds, marks)):
        return None
    slim = settled(marks)
    if slim is not None:
        _write(path, (key, slim, outcome))
    findings, problems, warnings = outcome
    return Outcome(tuple(map(_finding, findings)), tuple(map(_finding, problems)), warnings)


def _write(path: str, entry: tuple[Any, ...]) -> None:
    """Keeps an entry, as a whole or not at all; the oldest of too many go."""
    data = marshal.dumps(entry)
    folder = os.path.dirname(path)
    scratch = f"{path}.{os.getpid()}"
    with suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        with open(scratch, "wb") as file:
            file.write(zlib.crc32(data).to_bytes(4, "little") + data)
        os.replace(scratch, path)
        others = sorted((os.path.join(folder, name) for name in os.listdir(folder)), key=_age)
        for old in others[_ENTRIES:]:
            os.unlink(old)


def _age(path: str) -> float:
    try:
        return -os.stat(path).st_mtime
    except OSError:
        return 0.0


def _plain(outcome: Outcome) -> tuple[Any, ...]:
    """An outcome as marshal takes it."""
    findings, problems = ([_plain_finding(one) for one in group] for group in (outcome.findings, outcome.problems))
    return findings, problems, outcome.warnings


def _plain_finding(finding: Finding) -> tuple[Any, ...]:
    related = tuple((tuple(hop.span), hop.message) for hop in finding.related)
    return tuple(finding.span), finding.code, finding.message, related


def _finding(plain: tuple[Any, ...]) -> Finding:
    span, code, message, related = plain
    return Finding(Span(*span), code, message, tuple(Hop(Span(*where), what) for where, what in related))
