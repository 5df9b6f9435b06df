"""What fixes change, as a unified diff: of bytes, so that `patch` and `git apply` take it, whatever the encoding."""

from __future__ import annotations

from difflib import diff_bytes, unified_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["unified"]

_PAINT = {b"---": b"1", b"+++": b"1", b"@@": b"36", b"-": b"31", b"+": b"32"}


def unified(path: str, before: bytes, after: bytes, *, color: bool = False) -> Iterator[bytes]:
    """The lines of the diff of one file, which is shown as `path`."""
    shown = path.encode("utf-8", "backslashreplace")
    if b" " in shown:
        shown += b"\t"  # where the name ends, for `patch`
    lines = diff_bytes(unified_diff, _lines(before), _lines(after), shown, shown, lineterm=b"\n")
    for line in lines:
        text = line.removesuffix(b"\n")
        yield (_painted(text) if color else text) + b"\n"
        if not line.endswith(b"\n"):
            yield b"\\ No newline at end of file\n"


def _lines(data: bytes) -> list[bytes]:
    """Lines as these tools count them: they end at line feeds only."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop().removesuffix(b"\n")
    return [*lines, last] if last else lines


def _painted(line: bytes) -> bytes:
    for prefix, code in _PAINT.items():
        if line.startswith(prefix):
            return b"\x1b[%sm%s\x1b[0m" % (code, line)
    return line
