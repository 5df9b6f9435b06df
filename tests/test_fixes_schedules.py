"""ORC103 and ORC104 are fixed: dead imports go, with all that only hands them on, and nothing is left undefined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixing import REQUIRES_47, becomes, refused, repaired

if TYPE_CHECKING:
    from pathlib import Path

REQUIRES_48 = REQUIRES_47.replace("4.7", "4.8")


def test_what_only_adds_to_the_framework_s_list_goes_with_its_import(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        """
        \"\"\"Jobs.\"\"\"

        from orchestrator.schedules import ALL_SCHEDULERS, scheduler

        from app.jobs import clean, vacuum

        __all__ = ["ALL_SCHEDULERS", "scheduler"]

        # Ours:
        ALL_SCHEDULERS.append(clean)  # daily
        ALL_SCHEDULERS.extend([
            vacuum,
        ])
        LIMIT = 1


        def more(job):
            ALL_SCHEDULERS.append(job)
        """,
        """
        \"\"\"Jobs.\"\"\"

        from orchestrator.schedules import scheduler

        from app.jobs import clean, vacuum

        __all__ = ["scheduler"]

        # Ours:
        LIMIT = 1


        def more(job):
            pass
        """,
        unsafe=False,
    )


def test_an_import_without_uses_goes_alone(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        "import logging\n\nfrom orchestrator.schedules import ALL_SCHEDULERS\n\nLIMIT = 1\n",
        "import logging\n\nLIMIT = 1\n",
        unsafe=False,
    )


def test_modules_that_hand_it_on_change_together(tmp_path: Path) -> None:
    files = {
        "jobs/__init__.py": "from orchestrator.schedules import ALL_SCHEDULERS\n\n__all__ = ['ALL_SCHEDULERS']\n",
        "jobs/night.py": "from jobs import ALL_SCHEDULERS as jobs\n\n\ndef night(): ...\n\n\njobs.append(night)\n",
    }
    becomes(
        tmp_path,
        files,
        {"jobs/__init__.py": "__all__ = []\n", "jobs/night.py": "def night(): ...\n"},
        unsafe=False,
    )
    refused(tmp_path, files, "it has to change `jobs/night.py` too: add it", given=["jobs/__init__.py"])


def test_a_list_made_of_it_is_made_without_it(tmp_path: Path) -> None:
    before = """
        from orchestrator.schedules import ALL_SCHEDULERS

        JOBS = [*ALL_SCHEDULERS, night]
        MORE = ALL_SCHEDULERS + [day]
        """
    after = "JOBS = [night]\nMORE = [day]\n"
    becomes(tmp_path, before, after, unsafe=False, pyproject=REQUIRES_48)
    (left, _) = repaired(tmp_path, before, unsafe=False).left
    assert left.endswith("(unsafe: up to 4.7 the framework's list still holds `validate_products`)")
    becomes(tmp_path, before, after)


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (
            "for job in ALL_SCHEDULERS:\n    print(job)",
            "`ALL_SCHEDULERS` is used at app.py:3 in a way that cannot just go",
        ),
        ("ALL_SCHEDULERS.append(make())", "what is added at app.py:3 runs code that may be needed"),
        ("JOBS = ALL_SCHEDULERS\nprint(len(JOBS))", "in a way that cannot just go"),
        ("ALL_SCHEDULERS.append(a)\nJOBS = [*ALL_SCHEDULERS]", "some code adds to the list, and other code reads it"),
        ("ALL_SCHEDULERS += [a]\n\n\ndef f():\n    return ALL_SCHEDULERS", "in a way that cannot just go"),
    ],
)
def test_whoever_reads_it_keeps_it(tmp_path: Path, use: str, reason: str) -> None:
    refused(tmp_path, f"from orchestrator.schedules import ALL_SCHEDULERS\n\n{use}\n", reason)


def test_removed_names_go_and_the_others_stay_with_their_comments(tmp_path: Path) -> None:
    done = becomes(
        tmp_path,
        """
        from orchestrator.schedules import (
            run_resume_workflows,  # resumes
            scheduler,  # the scheduler
            vacuum_tasks,  # cleans
            # Products change rarely.
            validate_products,
            validate_subscriptions as validate,  # weekly
        )
        from orchestrator.services.processes import error_message_unauthorized

        JOBS = [run_resume_workflows, vacuum_tasks, validate_products, validate]
        NAMES = (
            "scheduler",  # first
            validate,
            scheduler,
        )
        register.append(vacuum_tasks)
        """,
        """
        from orchestrator.schedules import (
            scheduler,  # the scheduler
            # Products change rarely.
            validate_products,
        )

        JOBS = [validate_products]
        NAMES = (
            "scheduler",  # first
            scheduler,
        )
        """,
        unsafe=False,
    )
    assert done.outcome.report.findings == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "from orchestrator.services.processes import error_message_unauthorized as f\n\n\nf(1)\n",
            "`f` is used at app.py:4 in a way that cannot just go",
        ),
        (
            "from orchestrator.schedules.scheduling import SchedulingFunction\n\njob: SchedulingFunction = 1\n",
            "`SchedulingFunction` is used at app.py:3",
        ),
        ("from orchestrator.schedules.task_vacuum import *\n", "what `*` brings is not known"),
        (
            "import orchestrator.schedules.task_vacuum\n\nprint(orchestrator.__version__)\n",
            "the import also brings `orchestrator`, which is used",
        ),
        (
            "from orchestrator.schedules import vacuum_tasks\n\nJOBS = {'vacuum': vacuum_tasks}\n",
            "`vacuum_tasks` is used at app.py:3",
        ),
    ],
)
def test_a_removed_name_that_is_needed_stays(tmp_path: Path, source: str, reason: str) -> None:
    refused(tmp_path, source, reason, codes=["ORC104"])


def test_a_block_that_gets_empty_gets_a_pass(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        """
        def later():
            from orchestrator.schedules.task_vacuum import vacuum_tasks


        if LATER: from orchestrator.schedules.task_vacuum import vacuum_tasks
        from orchestrator.schedules.task_vacuum import vacuum_tasks as vacuum; LIMIT = 1
        """,
        """
        def later():
            pass


        if LATER: pass
        LIMIT = 1
        """,
        unsafe=False,
        codes=["ORC104"],
    )
