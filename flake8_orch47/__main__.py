"""The command `orch47` (and `flake8-orch47`), also as `python -m flake8_orch47`."""

from __future__ import annotations

import gc
import os
import sys

from flake8_orch47.doors.command import main

__all__ = ["main", "run"]

#: What malloc(3) takes from the system in one piece; what it keeps for itself goes by the largest such piece that it
#: released (mallopt(3), M_MMAP_THRESHOLD). It costs no memory: nothing is written to it.
_LARGE = 16 << 20


def run() -> None:
    """Runs the command and ends the process with its status.

    The process lives for one check. Collecting its syntax trees, or taking them apart at the end, would cost a
    quarter of the time that the check itself takes; so the process leaves at once, unless somebody traces it.
    """
    gc.disable()
    bytes(_LARGE)  # since its release, glibc keeps what a parser frees, instead of handing it back after every file
    status = main()
    if sys.gettrace() is None and not _is_monitored():
        for stream in (sys.stdout, sys.stderr):
            try:
                if stream is not None:  # `>&-` leaves none
                    stream.flush()
            except (OSError, ValueError):  # a closed pipe: `main` has said what there is to say
                continue
        os._exit(status)
    sys.exit(status)


def _is_monitored() -> bool:
    """Whether a tool watches through `sys.monitoring` (Python 3.12): coverage needs an ordinary end."""
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and any(monitoring.get_tool(tool) for tool in range(6))


if __name__ == "__main__":
    run()
