"""Fixes where few projects need them: names among others, imports in odd places, files that do not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import libcst as cst
import pytest
from fixing import REQUIRES_47, becomes, refused, repaired

from flake8_orch47.findings import Span
from flake8_orch47.fixes.codemods import dead_schedules
from flake8_orch47.fixes.imports import import_edit
from flake8_orch47.fixes.plan import _colon as header_end
from flake8_orch47.fixes.render import render
from flake8_orch47.fixes.repair import repair
from flake8_orch47.fixes.steps import Change, Insertion, NewImport, Refusal, Removal
from flake8_orch47.fixes.text import Text, edited
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from pathlib import Path

VACUUM = "from orchestrator.schedules.task_vacuum import vacuum_tasks"
LIST = "from orchestrator.schedules import ALL_SCHEDULERS"


# -- names that go from imports, lists, tuples and sets --------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("JOBS = [vacuum_tasks]\n", "JOBS = []\n"),
        ("JOBS = [print, vacuum_tasks]\n", "JOBS = [print]\n"),
        ("JOBS = [\n    vacuum_tasks,\n]\n", "JOBS = []\n"),
        ("JOBS = print, vacuum_tasks\n", "JOBS = print,\n"),
        ("JOBS = (vacuum_tasks, print, len)\n", "JOBS = (print, len)\n"),
        ("JOBS = {print, vacuum_tasks}\n", "JOBS = {print}\n"),
        ("JOBS = {vacuum_tasks, print}\n", "JOBS = {print}\n"),
        (
            "JOBS = [\n    print,\n    # nightly\n    vacuum_tasks,\n    # daily\n    len,\n]\n",
            "JOBS = [\n    print,\n    # nightly\n    # daily\n    len,\n]\n",
        ),
        ("JOBS = [\n    vacuum_tasks,\n    # daily\n    len,\n]\n", "JOBS = [\n    # daily\n    len,\n]\n"),
        (
            "JOBS = (\n    vacuum_tasks,\n    # daily\n    len,\n    print,\n)\n",
            "JOBS = (\n    # daily\n    len,\n    print,\n)\n",
        ),
        ("JOBS = [\n    print,  # first\n    vacuum_tasks,  # last\n]\n", "JOBS = [\n    print,  # first\n]\n"),
        ("JOBS = {\n    print,  # first\n    vacuum_tasks,  # last\n}\n", "JOBS = {\n    print,  # first\n}\n"),
        (
            "JOBS = (\n    len,\n    print,  # first\n    vacuum_tasks  # last\n    # end\n)\n",
            "JOBS = (\n    len,\n    print  # first\n    # end\n)\n",
        ),
        ("JOBS = [print,  # first\n        vacuum_tasks]\n", "JOBS = [print  # first\n        ]\n"),
        ("JOBS = [print,\n        vacuum_tasks]\n", "JOBS = [print]\n"),
        ("JOBS = []\nJOBS.append(vacuum_tasks)\n", "JOBS = []\n"),
        ("JOBS = []\nJOBS.extend([vacuum_tasks])\n", "JOBS = []\n"),
        ("__all__ = ['vacuum_tasks', 'A']\nA = 1\n", "__all__ = ['A']\nA = 1\n"),
        ("__all__ = ['A']\n__all__ += ['vacuum_tasks']\nA = 1\n", "__all__ = ['A']\n__all__ += []\nA = 1\n"),
        ("__all__: list[str] = ['A', 'vacuum_tasks']\nA = 1\n", "__all__: list[str] = ['A']\nA = 1\n"),
    ],
)
def test_a_removed_name_goes_from_what_lists_it_and_comments_stay(tmp_path: Path, before: str, after: str) -> None:
    becomes(tmp_path, f"{VACUUM}\n\n{before}", after, unsafe=False)


@pytest.mark.parametrize(
    "source",
    [
        "JOBS = (vacuum_tasks,)\n",
        "NAME = {0: 1}[vacuum_tasks, 1]\n",
        "A, B = vacuum_tasks, print\n",
        "print((vacuum_tasks, len))\n",
        "vacuum_tasks()\n",
        "JOBS = len + vacuum_tasks\n",
        "print(vacuum_tasks.jobs)\n",
    ],
)
def test_a_removed_name_whose_place_says_something_stays(tmp_path: Path, source: str) -> None:
    refused(tmp_path, f"{VACUUM}\n\n{source}", "is used at app.py:3 in a way that cannot just go")


def test_a_set_is_not_left_empty(tmp_path: Path) -> None:
    refused(tmp_path, f"{VACUUM}, other\n\nJOBS = {{vacuum_tasks, other}}\n", "a set would be left empty")


def test_a_star_from_a_removed_module_is_refused(tmp_path: Path) -> None:
    source = "from orchestrator.schedules.task_vacuum import *\n"
    refused(tmp_path, source, "what `*` brings is not known: import the names that are there")


def test_a_star_that_may_hand_a_removed_name_on_is_named(tmp_path: Path) -> None:
    files = {"jobs.py": f"{VACUUM}\n", "main.py": "from jobs import *\n\nvacuum_tasks()\n"}
    refused(tmp_path, files, "`from ... import *` may hand it on: main.py:1")


def test_what_a_removed_name_may_be_besides_is_not_guessed(tmp_path: Path) -> None:
    source = f"import os\n\n{VACUUM}\n\nif os.name:\n    vacuum_tasks = print\nJOBS = [vacuum_tasks]\n"
    refused(tmp_path, source, "`vacuum_tasks` may be something else at app.py:7")


def test_another_value_of_the_name_is_left_alone(tmp_path: Path) -> None:
    source = "def nightly():\n    vacuum_tasks = print\n    return vacuum_tasks\n"
    becomes(tmp_path, f"{VACUUM}\n\n\n{source}", source, unsafe=False)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "import orchestrator.schedules.task_vacuum\n\nprint(orchestrator.schedules.task_vacuum)\n",
            "`orchestrator.schedules.task_vacuum` is used at app.py:3",
        ),
        (
            "import orchestrator.schedules.task_vacuum\n\nprint(orchestrator)\n",
            "the import also brings `orchestrator`, which is used",
        ),
    ],
)
def test_an_import_of_a_removed_module_that_is_used_stays(tmp_path: Path, source: str, reason: str) -> None:
    refused(tmp_path, source, reason, codes=("ORC104",))


def test_an_import_of_a_removed_module_goes_where_another_one_brings_its_package(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        "import orchestrator\nimport orchestrator.schedules.task_vacuum\n\nprint(orchestrator)\n",
        "import orchestrator\n\nprint(orchestrator)\n",
        codes=("ORC104",),
        unsafe=False,
    )


def test_of_an_import_with_others_only_the_removed_module_goes(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        "import os, orchestrator.schedules.task_vacuum\n\nprint(os)\n",
        "import os\n\nprint(os)\n",
        codes=("ORC104",),
        unsafe=False,
    )


def test_of_names_from_one_module_in_brackets_only_the_removed_one_goes_and_comments_stay(tmp_path: Path) -> None:
    becomes(
        tmp_path,
        "from orchestrator.schedules import (\n    ALL_SCHEDULERS,\n    # ours\n    other,\n)\n\n"
        "ALL_SCHEDULERS.append(print)\nother()\n",
        "from orchestrator.schedules import (\n    # ours\n    other,\n)\n\nother()\n",
        codes=("ORC103",),
        unsafe=False,
    )


# -- the framework's list --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ALL_SCHEDULERS += [print]\nA = 1\n", "A = 1\n"),
        ("ALL_SCHEDULERS.extend([print, len])\nA = 1\n", "A = 1\n"),
        ("def add():\n    ALL_SCHEDULERS.append(print)\n", "def add():\n    pass\n"),
        ("try:\n    A = 1\nfinally:\n    ALL_SCHEDULERS.clear()\n", "try:\n    A = 1\nfinally:\n    pass\n"),
    ],
)
def test_what_only_fills_the_list_goes(tmp_path: Path, before: str, after: str) -> None:
    becomes(tmp_path, f"{LIST}\n\n{before}", after, codes=("ORC103",), unsafe=False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("JOBS = ALL_SCHEDULERS + [print]\n", "JOBS = [print]\n"),
        ("JOBS = [print] + ALL_SCHEDULERS\n", "JOBS = [print]\n"),
        ("JOBS = (\n    [print]\n    + ALL_SCHEDULERS\n)\n", "JOBS = (\n    [print]\n)\n"),
        ("JOBS = [*ALL_SCHEDULERS, print]\n", "JOBS = [print]\n"),
    ],
)
def test_what_joins_the_list_to_another_keeps_the_other(tmp_path: Path, before: str, after: str) -> None:
    becomes(tmp_path, f"{LIST}\n\n{before}", after, codes=("ORC103",))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("ALL_SCHEDULERS.append(print())\n", "what is added at app.py:3 runs code that may be needed"),
        ("ALL_SCHEDULERS += make()\n", "`ALL_SCHEDULERS` is used at app.py:3 in a way that cannot just go"),
        ("JOBS = ALL_SCHEDULERS + make()\n", "`ALL_SCHEDULERS` is used at app.py:3 in a way that cannot just go"),
        ("JOBS = {*ALL_SCHEDULERS}\n", "`ALL_SCHEDULERS` is used at app.py:3 in a way that cannot just go"),
        ("JOBS = ALL_SCHEDULERS.append\n", "`ALL_SCHEDULERS` is used at app.py:3 in a way that cannot just go"),
        (
            "JOBS = ALL_SCHEDULERS + [print]\nALL_SCHEDULERS.append(len)\n",
            "some code adds to the list, and other code reads it",
        ),
        (
            "import os\nif os.name:\n    ALL_SCHEDULERS = []\nALL_SCHEDULERS.append(print)\n",
            "`ALL_SCHEDULERS` may be something else at app.py:6",
        ),
    ],
)
def test_a_list_that_is_needed_stays(tmp_path: Path, source: str, reason: str) -> None:
    refused(tmp_path, f"{LIST}\n\n{source}", reason, codes=("ORC103",))


# -- steps that become text ------------------------------------------------------------------------------------


def text_after(source: str, *steps: Change | Insertion | NewImport | Removal) -> str:
    return edited(source, render(source, steps))


@pytest.mark.parametrize(
    ("source", "columns", "after"),
    [
        ("a(); b()\n", (0, 3), "b()\n"),
        ("a(); b()\n", (5, 8), "a()\n"),
        ("a(); b(); c()\n", (5, 8), "a(); c()\n"),
        ("if x: b()\n", (6, 9), "if x: pass\n"),
        ("a()  # why\n", (0, 3), ""),
    ],
)
def test_a_statement_goes_from_a_line_with_others(source: str, columns: tuple[int, int], after: str) -> None:
    start, end = columns
    assert text_after(source, Removal(Span("app.py", 1, start, 1, end))) == after


def test_insertions_in_the_same_place_have_the_blank_lines_between_them_once() -> None:
    first, second = (Insertion("app.py", 2, (f"{name} = 1",), blank=1) for name in "bc")
    assert text_after("a = 1\nd = 1\n", first, second) == "a = 1\n\nb = 1\n\nc = 1\n\nd = 1\n"


def test_an_insertion_at_the_end_of_a_file_without_a_line_end_gets_one() -> None:
    assert text_after("a = 1", Insertion("app.py", 2, ("b = 1",), blank=0)) == "a = 1\nb = 1\n"


def test_two_steps_that_touch_the_same_text_are_refused() -> None:
    steps = [Removal(Span("app.py", 1, 0, 1, 3), "x"), Removal(Span("app.py", 1, 0, 1, 1), "y")]
    with pytest.raises(Refusal, match="two changes of it touch the same text"):
        render("a()\n", steps)


def test_two_changes_that_overlap_are_refused() -> None:
    steps = [
        Change(Span("app.py", 1, 0, 1, 5), "expression", "dead_schedules:operand", ("left",)),
        Change(Span("app.py", 1, 4, 1, 9), "expression", "dead_schedules:operand", ("left",)),
    ]
    with pytest.raises(Refusal, match="two changes of it overlap"):
        render("a + b + c\n", steps)


@pytest.mark.parametrize(
    ("code", "rewrite", "options", "message"),
    [
        ("import a\n", "names_gone", (), ""),
        ("f(x)\n", "names_gone", (0,), "imports no names"),
        ("from a import *\n", "names_gone", (0,), "imports no names"),
    ],
)
def test_a_codemod_does_not_take_a_statement_that_it_is_not_for(
    code: str, rewrite: str, options: tuple[int, ...], message: str
) -> None:
    step = Change(Span("app.py", 1, 0, 1, len(code) - 1), "statement", f"dead_schedules:{rewrite}", options)
    if not message:
        assert text_after(code, step) == code
        return
    with pytest.raises(TypeError, match=message):
        render(code, [step])


@pytest.mark.parametrize(("rewrite", "message"), [("elements_gone", "has no elements"), ("operand", "is no sum")])
def test_a_codemod_does_not_take_an_expression_that_it_is_not_for(rewrite: str, message: str) -> None:
    step = Change(Span("app.py", 1, 0, 1, 4), "expression", f"dead_schedules:{rewrite}", ("left",))
    with pytest.raises(TypeError, match=message):
        render("f(x)\n", [step])


# -- where imports go ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("import asyncio\n", ("asyncio", ""), "import asyncio\n"),
        ("from a import b\n", ("a", "b"), "from a import b\n"),
        ("import asyncio as aio\n", ("os", ""), "import asyncio as aio\nimport os\n"),
        ("from a import b, d\n", ("a", "c"), "from a import b, c, d\n"),
        ("from a import B, c\n", ("a", "D"), "from a import B, D, c\n"),
        ("from a import ONE, Two, four\n", ("a", "three"), "from a import ONE, Two, four, three\n"),
        ("from a import (\n    b,\n    d,\n)\n", ("a", "c"), "from a import (\n    b,\n    c,\n    d,\n)\n"),
        ("from a import d, b\n", ("a", "c"), "from a import d, b, c\n"),
        ("import json\nimport sys\n", ("os", ""), "import json\nimport os\nimport sys\n"),
        ("import json\n", ("os", ""), "import json\nimport os\n"),
        ("import os\n\nfrom m import x\n", ("b", "c"), "import os\n\nfrom b import c\nfrom m import x\n"),
        ("import os\n\nfrom a import x\n", ("b", "c"), "import os\n\nfrom a import x\nfrom b import c\n"),
        ("# what\nx = 1\n", ("os", ""), "# what\nimport os\n\nx = 1\n"),
        ('"""Doc."""\n\nx = 1\n', ("os", ""), '"""Doc."""\n\nimport os\n\nx = 1\n'),
        (
            "from __future__ import annotations\n\nimport json\n",
            ("os", ""),
            "from __future__ import annotations\n\nimport json\nimport os\n",
        ),
        ("__all__ = []\n\nimport json\n", ("os", ""), "__all__ = []\n\nimport json\nimport os\n"),
    ],
)
def test_an_import_goes_where_isort_would_have_it(before: str, new: tuple[str, str], after: str) -> None:
    assert edited(before, import_edit(Text(before), [NewImport("app.py", *new)])) == after


def test_an_import_goes_beside_its_kin() -> None:
    new = NewImport("app.py", "b", "c", beside=2)
    assert edited(
        "import z\nfrom a import y\nimport q\n", import_edit(Text("import z\nfrom a import y\nimport q\n"), [new])
    ) == ("import z\nfrom a import y\nfrom b import c\nimport q\n")


def test_an_import_under_another_name_stands_behind_the_plain_one() -> None:
    new = NewImport("app.py", "json", alias="j")
    assert edited("import json\n", import_edit(Text("import json\n"), [new])) == "import json\nimport json as j\n"


# -- files that do not come back as they were ------------------------------------------------------------------


def test_a_file_whose_encoding_cannot_hold_its_text_again_is_not_touched(tmp_path: Path) -> None:
    """UTF-7 writes the same text in several ways."""
    (tmp_path / "pyproject.toml").write_text(REQUIRES_47)
    path = tmp_path / "app.py"
    path.write_bytes(b"# coding: utf-7\n" + VACUUM.encode() + b"\n\nx = '+AGE-'\n")
    outcome = repair([str(path)], load, unsafe=True)
    assert outcome.changed == {}
    assert [reason for _, reason in outcome.refused.items()] == ["its encoding does not give the same bytes back"]


def test_a_fix_that_cannot_be_made_is_not_shown_either(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(REQUIRES_47)
    path = tmp_path / "app.py"
    path.write_bytes(b"# coding: utf-7\n" + VACUUM.encode() + b"\n\nx = '+AGE-'\n")
    outcome = repair([str(path)], load, apply=False, with_fixes=True)
    assert [finding.fix for finding in outcome.report.findings] == [None]


# -- a repair that makes a mess is not written -----------------------------------------------------------------


def test_what_would_not_parse_is_left_out_and_the_rest_is_repaired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(node: cst.CSTNode, *indices: int) -> cst.CSTNode:
        found = as_ever(node, *indices)
        return cst.Name("import") if "BAD" in cst.Module([]).code_for_node(node) else found

    as_ever = dead_schedules.elements_gone
    monkeypatch.setattr(dead_schedules, "elements_gone", spoilt)
    files = {
        "bad.py": f"{VACUUM}\n\nJOBS = ['BAD', vacuum_tasks]\n",
        "good.py": f"{VACUUM}\n\nJOBS = ['GOOD', vacuum_tasks]\n",
    }
    done = becomes(tmp_path, files, {"good.py": "JOBS = ['GOOD']\n"})
    assert done.reasons == ["the result would not parse"]


def test_a_repair_that_leaves_its_finding_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unchanged(node: cst.CSTNode, *_indices: int) -> cst.CSTNode:
        return node

    monkeypatch.setattr(dead_schedules, "names_gone", unchanged)
    source = "from orchestrator.schedules import ALL_SCHEDULERS, other\n\nother()\n"
    refused(tmp_path, source, "the result would still have this ORC103", codes=("ORC103",))


def test_a_repair_that_brings_another_finding_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def worse(_node: cst.CSTNode, *_indices: int) -> cst.CSTNode:
        return cst.parse_expression("[schedules.ALL_SCHEDULERS]")

    monkeypatch.setattr(dead_schedules, "elements_gone", worse)
    source = f"from orchestrator import schedules\n{VACUUM}\n\nJOBS = [len, vacuum_tasks]\n"
    refused(tmp_path, source, "the result would have another ORC103, at app.py:3")


def test_what_an_await_runs_for_the_first_time_does_not_speak_against_it_and_is_repaired_next(tmp_path: Path) -> None:
    """Nothing of `check` ran before: what blocks in it is found when the repair is made."""
    source = """
        import time

        from orchestrator import workflow


        async def check(user):
            time.sleep(1)
            return user is not None


        async def other(user):
            if check(user):
                return user


        @workflow("Create", authorize_callback=other)
        def create(): ...
    """
    after = source.replace("if check", "if await check").replace("import time", "import asyncio\n        import time")
    becomes(
        tmp_path,
        source,
        after.replace("time.sleep(1)", "await asyncio.to_thread(time.sleep, 1)"),
        codes=("ORC202", "ORC3"),
    )


# -- what a plan says ------------------------------------------------------------------------------------------


def test_of_many_files_that_have_to_change_too_three_are_named(tmp_path: Path) -> None:
    files = {
        "auth.py": "def check(user):\n    return user is not None\n",
        "flows.py": "from auth import check\nfrom orchestrator import workflow\n\n\n"
        "@workflow('Create', authorize_callback=check)\ndef create(): ...\n",
    }
    files |= {f"api{n}.py": "import auth\n\n\nasync def get(u):\n    return auth.check(u)\n" for n in range(5)}
    said = "it has to change `api0.py`, `api1.py`, `api2.py`, 2 more files too: add them"
    refused(tmp_path, files, said, given=["auth.py", "flows.py"])


@pytest.mark.parametrize("lines", [["def f(a"], ["def f(a):"[:-1]], ["def f('a"]])
def test_a_header_without_an_end_is_refused(lines: list[str]) -> None:
    with pytest.raises(Refusal, match="the header of the function was not understood"):
        header_end(lines, 1, 0)


def test_a_header_ends_at_the_colon_that_is_in_no_bracket() -> None:
    assert header_end(["x; def f(a: int = {1: 2}[1],", "  b=lambda: 1) -> 'x': pass"], 1, 3) == (2, 22)


# -- functions that other modules name -------------------------------------------------------------------------

POLICY = "def check(user):\n    return True\n"
TWIN = "\n\nasync def check_async(user):\n    return check(user)\n"
SYNC = "from policy import check\n\nprint(check(1))\n"


@pytest.mark.parametrize(
    ("imports", "callback", "new_imports", "new_callback"),
    [
        ("from policy import check", "check", "from policy import check_async", "check_async"),
        ("from policy import check as may", "may", "from policy import check_async", "check_async"),
        ("import policy", "policy.check", "import policy", "policy.check_async"),
        ("import policy as p", "p.check", "import policy as p", "p.check_async"),
        ("from names import check", "check", "from policy import check_async", "check_async"),
    ],
)
def test_the_async_twin_of_a_callback_is_named_as_the_callback_was(
    tmp_path: Path, imports: str, callback: str, new_imports: str, new_callback: str
) -> None:
    def registering(imports: str, callback: str) -> str:
        head = f"from orchestrator import workflow\n\n{imports}\n"
        return f"{head}\n\n@workflow('a', authorize_callback={callback})\ndef a(): ...\n"

    files = {"policy.py": POLICY, "sync.py": SYNC, "names.py": "from policy import check\n"}
    becomes(
        tmp_path,
        {**files, "app.py": registering(imports, callback)},
        {"policy.py": POLICY + TWIN, "app.py": registering(new_imports, new_callback)},
    )


def test_an_import_that_others_take_from_the_module_stays_beside_that_of_the_twin(tmp_path: Path) -> None:
    head = "from orchestrator import workflow\nfrom policy import {}\n"
    flows = head + "\n\n@workflow('a', authorize_callback={})\ndef a(): ...\n"
    files = {"policy.py": POLICY, "sync.py": "from flows import check\n\nprint(check(1))\n"}
    becomes(
        tmp_path,
        {**files, "flows.py": flows.format("check", "check")},
        {"policy.py": POLICY + TWIN, "flows.py": flows.format("check, check_async", "check_async")},
    )


def test_a_generator_among_the_methods_that_override_a_callback_is_a_reason_not_to(tmp_path: Path) -> None:
    source = """
        from orchestrator import workflow


        class Policy:
            def check(self, user):
                return True


        class Own(Policy):
            def check(self, user):
                yield True


        @workflow("a", authorize_callback=Policy().check)
        def a(): ...
    """
    refused(tmp_path, source, "a method that it overrides, or that overrides it, is a generator", codes=("ORC201",))


# -- jobs that cannot move, and functions that stay ------------------------------------------------------------

MOVING = ("ORC101", "ORC102", "ORC105")
SCHEDULER = """\
from orchestrator.schedules.scheduler import scheduler
from orchestrator.services.processes import start_process
"""
JOB = """

@scheduler.scheduled_job("cron", hour=2)
def nightly():
    start_process("task_nightly")
"""
NIGHTLY_LIST = """\
SCHEDULES = [
    {
        "name": "nightly",
        "workflow_name": "task_nightly",
        "trigger": "cron",
        "trigger_kwargs": {"hour": 2},
    },
]
"""


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {"jobs.py": f"{SCHEDULER}{JOB}", "a.py": "SCHEDULES = make()\n"},
            "`SCHEDULES` in `a.py` is no list of schedules",
        ),
        (
            {"jobs.py": f"{SCHEDULER}{JOB}", "a.py": "SCHEDULES = []\n", "b.py": "SCHEDULES = []\n"},
            "the project has several lists `SCHEDULES`",
        ),
        ({"jobs.py": f"{SCHEDULER}from m import SCHEDULES\n{JOB}"}, "`SCHEDULES` is something else in `jobs.py`"),
        (
            {"jobs.py": f"{SCHEDULER}{JOB}".replace("@scheduler", "@(scheduler").replace("hour=2)", "hour=2))")},
            "bracket",
        ),
    ],
)
def test_a_job_that_cannot_move_says_why(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    done = repaired(tmp_path, files, codes=MOVING)
    assert "def nightly" in done.files["jobs.py"]
    assert any(reason in one for one in done.reasons), done.reasons


ADDED = f"""{SCHEDULER}

def nightly():
    start_process("task_nightly")


scheduler.add_job(nightly, "cron", hour=2)
"""


def test_a_function_that_was_there_only_to_be_scheduled_goes(tmp_path: Path) -> None:
    done = repaired(tmp_path, {"jobs.py": ADDED}, codes=MOVING)
    assert done.files["jobs.py"] == NIGHTLY_LIST


@pytest.mark.parametrize("jobs", [ADDED, SCHEDULER + JOB], ids=["added", "decorated"])
@pytest.mark.parametrize(
    ("own", "main"),
    [
        ("\n\nnightly()\n", ""),
        ("", "from jobs import nightly\n\nnightly()\n"),
        ("", "from jobs import *\n\nnightly()\n"),
        ("", "import jobs\n\njobs.nightly()\n"),
    ],
)
def test_a_scheduled_function_that_others_need_stays_when_its_job_moves(
    tmp_path: Path, jobs: str, own: str, main: str
) -> None:
    done = repaired(tmp_path, {"jobs.py": jobs + own, "main.py": main}, codes=MOVING)
    assert done.files["main.py"] == main
    assert '"workflow_name": "task_nightly"' in done.files["jobs.py"]
    assert "scheduler" not in done.files["jobs.py"]
    assert '\ndef nightly():\n    start_process("task_nightly")\n' in done.files["jobs.py"]


def test_code_behind_a_job_on_its_line_stays(tmp_path: Path) -> None:
    after = NIGHTLY_LIST + "\nA = 1\n"
    done = repaired(tmp_path, {"jobs.py": f"{ADDED.rstrip()}; A = 1\n"}, codes=MOVING)
    assert done.files["jobs.py"] == after


def test_code_before_a_job_on_its_line_keeps_the_job(tmp_path: Path) -> None:
    source = ADDED.replace("scheduler.add_job", "A = 1; scheduler.add_job")
    refused(tmp_path, {"jobs.py": source}, "the statement does not begin its line", codes=MOVING)


def test_a_job_in_a_list_of_the_old_names_goes_with_its_entry(tmp_path: Path) -> None:
    listed = {"all.py": f"{LIST}\nfrom jobs import nightly\n\nALL_SCHEDULERS.append(nightly)\n\nA = 1\n"}
    done = repaired(tmp_path, {"jobs.py": SCHEDULER + JOB, **listed}, codes=("ORC1",))
    assert done.files == {"jobs.py": NIGHTLY_LIST, "all.py": "A = 1\n"}


@pytest.mark.parametrize(
    ("code", "kind", "rewrite", "message"),
    [
        ("x = 1", "statement", "callbacks:made_async", "Assign is no function"),
        ("from a import b", "statement", "callbacks:made_async", "ImportFrom is no function"),
        ("f(x)", "expression", "callbacks:other_attribute", "Call is no attribute"),
        ("x = 1", "statement", "callbacks:attribute_of", "Assign is no expression"),
        ("f(x)", "expression", "moved_schedules:with_entry", "Call is no list"),
    ],
)
def test_no_codemod_takes_what_it_is_not_for(
    code: str, kind: Literal["expression", "statement"], rewrite: str, message: str
) -> None:
    options = () if rewrite.endswith("made_async") else ("name",)
    step = Change(Span("app.py", 1, 0, 1, len(code)), kind, rewrite, options)
    with pytest.raises(TypeError, match=message):
        render(f"{code}\n", [step])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("policy", "policy.call_async"),
        ("Policy(1)", "Policy(1).call_async"),
        ("a or b", "(a or b).call_async"),
        ("lambda: x", "(lambda: x).call_async"),
    ],
)
def test_the_method_of_an_instance_is_taken_of_all_of_the_expression(before: str, after: str) -> None:
    step = Change(Span("app.py", 1, 0, 1, len(before)), "expression", "callbacks:attribute_of", ("call_async",))
    assert text_after(f"{before}\n", step) == f"{after}\n"


@pytest.mark.parametrize(
    ("callback", "head", "reason"),
    [
        ("print", "", "`print` is not part of the project: call it in an async function"),
        (
            "Policy",
            "class Policy:\n    def __init__(self, user): ...\n\n\n",
            "a class is called, and gives an instance",
        ),
    ],
)
def test_a_callback_that_is_no_function_of_the_project_stays(
    tmp_path: Path, callback: str, head: str, reason: str
) -> None:
    source = (
        f"from orchestrator import workflow\n\n{head}\n@workflow('a', authorize_callback={callback})\ndef a(): ...\n"
    )
    refused(tmp_path, source, reason, codes=("ORC201",))


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("check = lambda user: True\n", "check = lambda user: True\n"),
        ("class Policy:\n    def __call__(self, user):\n        return True\n\n\ncheck = Policy()\n", None),
        ("def make():\n    def inner(user):\n        return True\n\n    return inner\n\n\ncheck = make()\n", None),
        ("check: object = lambda user: True\n", "check: object = lambda user: True\n"),
    ],
)
def test_whatever_sync_code_calls_too_gets_an_async_function_beside_it(
    tmp_path: Path, source: str, after: str | None
) -> None:
    flows = "from orchestrator import workflow\nfrom policy import check\n\n\n"
    flows += "@workflow('a', authorize_callback=check)\ndef a(): ...\n"
    done = repaired(tmp_path, {"policy.py": source, "flows.py": flows, "sync.py": SYNC}, codes=("ORC201",))
    assert done.files["sync.py"] == SYNC
    assert (after or source.partition("\n")[0]) in done.files["policy.py"]
    assert "async def " in done.files["policy.py"] or done.reasons
    assert ("async def " in done.files["policy.py"]) == ("_async" in done.files["flows.py"])


def test_a_use_that_stands_in_a_removed_module_with_another_name_for_it_is_found(tmp_path: Path) -> None:
    files = {"jobs.py": f"{VACUUM}\n", "main.py": "import jobs as j\n\nJOBS = [j.vacuum_tasks, len]\n"}
    becomes(tmp_path, files, {"jobs.py": "", "main.py": "import jobs as j\n\nJOBS = [len]\n"})


# -- uses that only look like the name -------------------------------------------------------------------------


def test_the_same_name_of_another_module_is_left_alone(tmp_path: Path) -> None:
    files = {
        "jobs.py": f"{VACUUM}\n\nA = 1\n",
        "other.py": "def vacuum_tasks(): ...\n",
        "main.py": "import jobs, other\n\nother.vacuum_tasks()\ngetattr(other, 'vacuum_tasks')()\nprint(jobs.A)\n",
    }
    becomes(tmp_path, files, {"jobs.py": "A = 1\n"}, unsafe=False)


def test_what_another_module_imports_of_the_removed_name_goes_there_too(tmp_path: Path) -> None:
    files = {
        "jobs.py": f"{VACUUM}\n",
        "middle.py": "from jobs import vacuum_tasks as vacuum\n\n__all__ = ['vacuum']\n",
        "main.py": "from middle import vacuum\n\nJOBS = [vacuum, len]\n",
    }
    after = {"jobs.py": "", "middle.py": "__all__ = []\n", "main.py": "JOBS = [len]\n"}
    becomes(tmp_path, files, after, unsafe=False)


# -- statements in files of other kinds ------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_an_insertion_has_the_indentation_and_the_line_ends_of_its_file(newline: str) -> None:
    source = newline.join(["def f():", "\tif x:", "\t\treturn 1", ""])
    step = Insertion("app.py", 2, ("if y:", "", "    return 2"), indent="\t", blank=0)
    assert text_after(source, step) == newline.join(
        ["def f():", "\tif y:", "", "\t\treturn 2", "\tif x:", "\t\treturn 1", ""]
    )


def test_the_last_statement_of_a_file_takes_the_blank_lines_before_it_along() -> None:
    assert text_after("a = 1\n\n\nb = 2\n", Removal(Span("app.py", 4, 0, 4, 5))) == "a = 1\n"


def test_of_the_blank_lines_around_a_statement_as_many_stay_as_separate_the_others() -> None:
    assert text_after("a = 1\n\nb = 2\n\n\nc = 3\n", Removal(Span("app.py", 3, 0, 3, 5))) == "a = 1\n\n\nc = 3\n"


def test_neighbours_go_together() -> None:
    steps = [Removal(Span("app.py", row, 0, row, 5)) for row in (3, 5)]
    assert text_after("a = 1\n\nb = 2\n\nc = 3\n\nd = 4\n", *steps) == "a = 1\n\nd = 4\n"
