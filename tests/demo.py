"""`make demo`: what the project does, on a realistic application and on the real orchestrator-core 4.6.5.

Findings are what the demonstration is about: the exit status is 0 with them. It is 1 if a check could not be done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

from wheels import ROOT, unpacked

VERSION = "4.6.5"

APPLICATION = """\
A realistic application, fixtures/demo, that is about to move to orchestrator-core 4.7. Each finding stands on
the line that has to change."""

REAL = f"""\
The real orchestrator-core {VERSION}, as it is published. What 4.7 changed in it is what is found: four schedules
in code (ORC101) and the imports of the modules that went with them (ORC104), seven calls of authorization callbacks
that have to be awaited (ORC202; four of them call what `get_auth_callbacks` hands out in a tuple), and the framework's
own default callback, which has to become async (ORC201)."""

MORE = """\
What a finding means: {orch47} rule ORC202"""


def main() -> int:
    """Both demonstrations. Returns the exit status."""
    statuses = [check("fixtures/demo", APPLICATION, os.path.join(ROOT, "fixtures", "demo"))]
    folder, problem = unpacked("orchestrator-core", VERSION)
    if problem:
        print(f"\norchestrator-core {VERSION} cannot be downloaded: {problem}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as alone:  # a project of its own, wherever the cache is
        shutil.copytree(os.path.join(folder, "orchestrator"), os.path.join(alone, "orchestrator"))
        statuses.append(check(f"orchestrator-core {VERSION}", REAL, alone, "--output-format=concise"))
    print(f"\n{MORE.format(orch47=os.path.relpath(orch47()))}")
    return 0 if set(statuses) == {1} else 1


def check(title: str, text: str, folder: str, *options: str) -> int:
    """Run `orch47 check` in the folder, below a heading. Returns its exit status."""
    print(f"\n{title}\n{'=' * len(title)}\n\n{text}\n\n$ orch47 check {' '.join(options)}".rstrip(), flush=True)
    return subprocess.run([orch47(), "check", *options], cwd=folder, check=False).returncode


def orch47() -> str:
    """The command that is installed beside this Python."""
    return os.path.join(os.path.dirname(sys.executable), "orch47")


if __name__ == "__main__":
    sys.exit(main())
