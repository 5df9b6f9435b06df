"""The command `orch47` (and `flake8-orch47`), also as `python -m flake8_orch47`."""

from __future__ import annotations

import sys

from flake8_orch47.doors.command import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
