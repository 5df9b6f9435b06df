"""Values of schedules that few projects write as they are here, and why some of them are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scheduling import HEAD, declared, schedules_in

if TYPE_CHECKING:
    from pathlib import Path

JOB = "\n\n@scheduler.scheduled_job({arguments})\ndef job():\n    start_process('task_job')\n"

#: The rows of what stands above the source of a test.
ROWS = HEAD.count("\n")


def interval(before: str, hours: str) -> str:
    """A job that runs every so many hours, below the source that says how many."""
    return before + JOB.format(arguments=f"'interval', hours={hours}")


ENUM = "import enum\n\n\nclass Every(enum.Enum):\n    NIGHT = 12\n\n\n"

CLOCK = "class Clock:\n    def __enter__(self):\n        return self\n\n\n"


@pytest.mark.parametrize(
    ("before", "written", "hours"),
    [
        ("", "timedelta(days=3).days", 3),
        ("", "timedelta(minutes=1).seconds", 60),
        ("class Base:\n    HOURS = 2\n\n\nclass Own(Base):\n    pass\n", "Own.HOURS", 2),
        ("every = lambda hours: hours\n", "every(5)", 5),
        ("def last(*all_of_them):\n    return all_of_them[1]\n", "last(4, 6)", 6),
        ("def named(**all_of_them):\n    return all_of_them['b']\n", "named(a=4, b=6)", 6),
        (ENUM, "Every.NIGHT.value", 12),
        ("PAIR = (3, 7)\nFIRST, SECOND = PAIR\n", "SECOND", 7),
    ],
)
def test_a_number_of_hours_is_read_through_classes_functions_and_pairs(
    tmp_path: Path, before: str, written: str, hours: int
) -> None:
    [schedule] = declared(tmp_path, interval(before, written))
    assert schedule.payload["trigger_kwargs"] == {"hours": hours}


@pytest.mark.parametrize(
    ("before", "written", "reason"),
    [
        (ENUM, "Every.NIGHT", "`Every.NIGHT` is a member of an Enum, not its value"),
        (ENUM, "Every.MORNING.value", "`Every.MORNING` cannot be determined"),
        ("class Own:\n    HOURS = 2\n", "Own.MINUTES", "`Own.MINUTES` cannot be determined"),
        ("", "timedelta(days=3).hours", "`timedelta(days=3).hours` cannot be determined"),
        ("HOURS = 2\nHOURS += 1\n", "HOURS", f"`HOURS` is changed after it is made (line {ROWS + 2})"),
        (CLOCK + "with Clock() as hours:\n    pass\n", "hours", "`hours` is an object of the program"),
        ("ONE = (3,)\nFIRST, SECOND = ONE\n", "SECOND", "`SECOND` cannot be determined"),
        ("def every(hours):\n    return hours\n", "every(*NOBODY)", "`NOBODY` cannot be determined"),
        ("def every(hours):\n    return hours\n", "every()", "`every()` gives nothing to the parameter `hours`"),
        ("BIG = 60000 ** 16\nMORE = BIG * BIG\n", "MORE * MORE", "is too large"),
        ("", "sum([*4])", "the result of `sum([*4])` cannot be known before the program runs"),
        ("", "[*4][0]", "`[*4]` cannot be determined"),
        ("", "{**4}[0]", "`{**4}` cannot be determined"),
        ("", "{(1, 2): 3}[0]", "`{(1, 2): 3}` cannot be determined"),
        ("", "...", "`...` stands for something else"),
    ],
)
def test_a_number_of_hours_that_is_not_known_is_refused_with_the_part_that_hides_it(
    tmp_path: Path, before: str, written: str, reason: str
) -> None:
    [schedule] = declared(tmp_path, interval(before, written))
    [remark] = schedule.remarks_of("refused")
    assert remark.message.startswith("its `hours` is not constant: ")
    assert reason in remark.message


def test_a_name_that_a_module_of_the_project_does_not_have_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "common.py").write_text("MINUTES = 1\n")
    [schedule] = declared(tmp_path, interval("import common\n", "common.HOURS"))
    [remark] = schedule.remarks_of("refused")
    assert remark.message == "its `hours` is not constant: `common.HOURS` cannot be determined"


def test_an_f_string_with_nothing_in_it_is_a_text(tmp_path: Path) -> None:
    [schedule] = declared(tmp_path, JOB.format(arguments="'cron', day_of_week=f'mon'"))
    assert schedule.payload["trigger_kwargs"] == {"day_of_week": "mon"}


def test_days_are_joined_from_lists_with_other_lists_in_them(tmp_path: Path) -> None:
    source = "DAYS = ('mon', 'tue')\n" + JOB.format(arguments="'cron', day_of_week=','.join([*DAYS, 'fri'])")
    [schedule] = declared(tmp_path, source)
    assert schedule.payload["trigger_kwargs"] == {"day_of_week": "mon,tue,fri"}


def test_a_trigger_that_is_given_a_value_twice_raises_when_the_program_runs(tmp_path: Path) -> None:
    [schedule] = declared(tmp_path, JOB.format(arguments="IntervalTrigger(1, weeks=2)"))
    messages = [remark.message for remark in schedule.remarks_of("refused")]
    assert any("`IntervalTrigger(1, weeks=2)` raises TypeError: too many arguments" in one for one in messages)


# -- decorators with a name ----------------------------------------------------------------------------------

NIGHTLY = HEAD + "nightly = scheduler.scheduled_job('cron', hour=3)\n"
DECORATED = (
    "from orchestrator.services.processes import start_process\n{}\n\n{}\ndef job():\n    start_process('task_job')\n"
)


def decorated(folder: Path, files: dict[str, str]) -> list[str]:
    """What is scheduled by jobs that a decorator of another module declares, and why what is not is not."""
    (folder / "pyproject.toml").touch()
    for name, source in files.items():
        (folder / name).write_text(source)
    found = schedules_in(folder)
    return [
        f"{one.workflow} {one.payload['trigger_kwargs']}" if one.converts else one.remarks_of("refused")[0].message
        for one in found
    ]


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from common import nightly", "@nightly"),
        ("from common import nightly as at_night", "@at_night"),
        ("import common", "@common.nightly"),
        ("import common as c\n\nat_night = c.nightly\nalso = at_night\n", "@also"),
    ],
)
def test_a_decorator_with_a_name_is_found_through_imports_modules_and_other_names(
    tmp_path: Path, imports: str, decorator: str
) -> None:
    files = {"common.py": NIGHTLY, "jobs.py": DECORATED.format(imports, decorator)}
    assert decorated(tmp_path, files) == ["task_job {'hour': 3}"]


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("import common", "@common.daily"),
        ("import os\n\nnightly, daily = os.pair\n", "@nightly"),
        ("import os\nif os.name:\n    from common import nightly\nelse:\n    nightly = print\n", "@nightly"),
        ("def nightly(job):\n    return job\n", "@nightly"),
    ],
)
def test_a_function_under_another_decorator_is_no_job(tmp_path: Path, imports: str, decorator: str) -> None:
    files = {"common.py": NIGHTLY, "jobs.py": DECORATED.format(imports, decorator)}
    assert not any("task_job" in one for one in decorated(tmp_path, files))
