"""ORC103 and ORC104: what other modules read of a module counts as a use of what that imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixing import becomes, refused

if TYPE_CHECKING:
    from pathlib import Path

JOBS = "from orchestrator.schedules import ALL_SCHEDULERS\n\nALL_SCHEDULERS.append(print)\nname = 1\n"
VACUUM = "from orchestrator.schedules.task_vacuum import vacuum_tasks\n\nname = 1\n"


@pytest.mark.parametrize(
    ("jobs", "use", "reason"),
    [
        (VACUUM, "import jobs\n\njobs.vacuum_tasks()\n", "`jobs.vacuum_tasks` is used at main.py:3"),
        (VACUUM, "import jobs as j\n\nTASKS = {'v': j.vacuum_tasks}\n", "`j.vacuum_tasks` is used at main.py:3"),
        (VACUUM, "import jobs\n\ngetattr(jobs, 'vacuum_tasks')()\n", "main.py:3 names `vacuum_tasks` in a string"),
        (JOBS, "import jobs\n\nprint(jobs.ALL_SCHEDULERS)\n", "`jobs.ALL_SCHEDULERS` is used at main.py:3"),
        (
            JOBS,
            "import jobs\n\na = getattr(jobs, 'ALL_SCHEDULERS')\n",
            "main.py:3 names `ALL_SCHEDULERS` in a string",
        ),
    ],
)
def test_a_name_that_others_read_from_the_module_stays(tmp_path: Path, jobs: str, use: str, reason: str) -> None:
    refused(tmp_path, {"jobs.py": jobs, "main.py": use}, reason)


def test_what_others_add_to_the_list_through_the_module_goes_with_it(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        {"jobs.py": JOBS, "main.py": "import jobs\n\njobs.ALL_SCHEDULERS.append(jobs.name)\nprint(jobs.name)\n"},
        {"jobs.py": "name = 1\n", "main.py": "import jobs\n\nprint(jobs.name)\n"},
        unsafe=False,
    )
