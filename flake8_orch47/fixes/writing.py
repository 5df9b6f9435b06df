"""Writing files: each whole or not at all, with its permissions, through links."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from flake8_orch47.project.source import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_all"]


def write_all(files: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Replaces the contents of files: of each path, what it held before and what it holds from now on.

    At every moment every file is whole, the old one or the new one. The new ones are written beside the old ones
    and brought to the disk before the first takes its place. Permissions and owner stay as far as the system
    allows it; a link stays a link, and what it leads to is replaced. Raises OSError, or SourceError for a file
    that cannot be read; then nothing was replaced, unless the system failed half-way through the replacing.
    """
    staged: list[tuple[str, str]] = []
    try:
        for path, (before, after) in files.items():
            target = os.path.realpath(path)
            if read(target) != before:
                raise OSError(f"{path} was changed by somebody else meanwhile: nothing was written")
            if not os.access(target, os.W_OK):
                raise PermissionError(f"{path} could not be written (permission denied): no file was changed")
            staged.append((_stage(target, after), target))
        while staged:
            os.replace(*staged[0])
            del staged[0]
    finally:
        for temporary, _ in staged:
            with suppress(OSError):
                os.unlink(temporary)
    for folder in {os.path.dirname(os.path.realpath(path)) for path in files}:
        _bring_to_disk(folder)


def _stage(target: str, data: bytes) -> str:
    """Writes what a file is going to hold beside it. Raises OSError and leaves nothing behind."""
    before = os.stat(target)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.orch47")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            with suppress(OSError, AttributeError):
                os.chown(temporary, before.st_uid, before.st_gid)
            os.chmod(temporary, stat.S_IMODE(before.st_mode))
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def _bring_to_disk(folder: str) -> None:
    """The folder's entries too; not every system opens folders."""
    with suppress(OSError):
        entry = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)
