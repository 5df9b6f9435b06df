"""What a run has looked at outside itself, so that a later one can tell whether it would see the same.

Whatever reads a file, lists a folder or asks whether something is there says so with `note`. What was noted while
somebody was `watching` becomes a list of stamps: as long as every stamp holds, nothing has changed.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias

__all__ = ["Stamp", "holds", "note", "note_kind", "settled", "stamps", "watching"]

#: A path, what the file system says of it (empty: there is nothing), and a digest where that may be too coarse.
Stamp: TypeAlias = tuple[str, tuple[int, ...], bytes]

#: What changed so shortly before it was stamped may change again without its times moving.
_COARSE = 2_000_000_000
#: The clock of a file system lags behind the system's by a tick of the kernel.
_TICK = 20_000_000

#: By path, whether more than its kind matters.
_watchers: list[dict[str, bool]] = []


def note(path: str) -> None:
    """Says that the result depends on a file's bytes, on the names in a folder, or on nothing being there."""
    for watcher in _watchers:
        watcher[path] = True


def note_kind(path: str) -> None:
    """Says that the result depends on whether `path` is a file, a folder, or not there."""
    for watcher in _watchers:
        watcher.setdefault(path, False)


@contextmanager
def watching() -> Iterator[dict[str, bool]]:
    """Collects the paths that are noted meanwhile, each with whether more than its kind matters."""
    seen: dict[str, bool] = {}
    _watchers.append(seen)
    try:
        yield seen
    finally:
        _watchers.remove(seen)


def stamps(paths: Mapping[str, bool], since: int) -> tuple[Stamp, ...] | None:
    """A stamp for each noted path; None if something changed after `since` (`time.time_ns()`).

    Then it may have changed between being read and being stamped.
    """
    now = time.time_ns()
    found = []
    for path, whole in paths.items():
        if not whole:
            found.append((path, _kind(path), b""))
            continue
        state = _state(path)
        changed = max(state[:2], default=0)
        if changed > since - _TICK:
            return None
        found.append((path, state, _digest(path) if changed > now - _COARSE else b""))
    return tuple(found)


def holds(stamp: Stamp) -> bool:
    """Whether a path is as it was when it was stamped."""
    path, state, digest = stamp
    if len(state) < 2:
        return _kind(path) == state
    return _state(path) == state and (not digest or _digest(path) == digest)


def settled(found: Iterable[Stamp]) -> tuple[Stamp, ...] | None:
    """Stamps that held, without the digests that time has made needless; None if there are none of those."""
    now = time.time_ns()
    slim = tuple(
        (path, state, b"" if digest and max(state[:2]) < now - _COARSE else digest) for path, state, digest in found
    )
    return None if slim == tuple(found) else slim


def _kind(path: str) -> tuple[int, ...]:
    try:
        return (stat.S_IFMT(os.stat(path).st_mode),)
    except (OSError, ValueError):
        return ()


def _state(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode


def _digest(path: str) -> bytes:
    """A digest of a file's bytes or of a folder's names; of what cannot be read one that never comes again."""
    from hashlib import blake2b

    try:
        if os.path.isdir(path):
            data = "\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape")
        else:
            with open(path, "rb") as file:
                data = file.read()
    except OSError:
        return os.urandom(16)
    return blake2b(data, digest_size=16).digest()
