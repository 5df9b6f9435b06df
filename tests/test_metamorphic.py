"""What a change of a program that keeps its meaning must not change, and what it must.

A program here is one callback that reaches blocking calls, each by its own chain of helpers. Each helper may
take many forms, live anywhere and be imported in any way. The lines on which a chain goes on carry a label,
`# 0.1` for the second line of the first chain, `# 0.end` for the call that blocks, so that what is found can
be told without line numbers.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flake8_orch47.rules.check import check
from flake8_orch47.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a checker says about a program: the code, the label where it is reported, the labels of its hops.
Verdict: TypeAlias = tuple[str, str, tuple[str, ...]]
#: The files of a program: path to text.
Files: TypeAlias = dict[str, str]


# -- programs ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class End:
    """What stands at the end of a chain. Without a `code` it does not block; `name` is how it is shown."""

    code: str
    name: str
    imports: str
    expression: str


@dataclass(frozen=True)
class Helper:
    """A function on the way: its form, how its caller imports it (`same`: it stands beside it), its name."""

    form: str = "function"
    imported: str = "same"
    name: str = "helper"


@dataclass(frozen=True)
class Chain:
    """Helpers from the callback on, and the end; `offloaded` is a way to run the first of them elsewhere."""

    end: End
    helpers: tuple[Helper, ...] = (Helper(), Helper())
    offloaded: str = ""


@dataclass(frozen=True)
class Program:
    """One application with one callback."""

    chains: tuple[Chain, ...]
    is_async: bool = True
    registered: bool = True
    reverse: bool = False
    extra: str = ""
    formatted: Callable[[str], str] = field(default=lambda text: text)


ENDS: Final = (
    End("ORC301", "requests.get()", "import requests", "requests.get(name, timeout=5)"),
    End("ORC301", "httpx.Client.get()", "import httpx", "httpx.Client().get(name)"),
    End("ORC302", "sqlalchemy.orm.Session.scalar()", "from orchestrator.db import db", "db.session.scalar(name)"),
    End(
        "ORC302",
        "orchestrator.services.subscriptions.get_subscription()",
        "from orchestrator.services.subscriptions import get_subscription",
        "get_subscription(name)",
    ),
    End("ORC303", "time.sleep()", "import time", "time.sleep(1)"),
    End("ORC304", "subprocess.check_output()", "import subprocess", "subprocess.check_output([name])"),
    End("ORC305", "pathlib.Path.read_text()", "from pathlib import Path", "Path(name).read_text()"),
    End("ORC306", "redis.Redis.get()", "import redis", "redis.Redis().get(name)"),
    End("ORC307", "queue.Queue.get()", "import queue", "queue.Queue().get()"),
)

#: Ends that look much the same and do not block.
HARMLESS: Final = (
    End("", "", "import requests", 'requests.Request("GET", name)'),
    End("", "", "from sqlalchemy import select", "select(name).where(name)"),
    End("", "", "import queue", "queue.Queue().get(block=False)"),
    End("", "", "import subprocess", "[subprocess.check_output, name]"),
    End("", "", "from operator import index as sleep", "sleep(1)"),
)

#: The seed of most tests: three kinds of blocking calls, each two helpers away, and a harmless one.
SEED: Final = Program((Chain(ENDS[0]), Chain(ENDS[2]), Chain(ENDS[6]), Chain(HARMLESS[0])))

#: The helper's definition; `BODY` is replaced by its body, indented as `BODY` is.
DEFINITIONS: Final = {
    "function": "def {name}(name):\n    BODY\n",
    "method": "class {name}:\n    def ask(self, name):\n        BODY\n",
    "through self": (
        "class {name}:\n    def ask(self, name):\n        return self._ask(name)  # {hop}\n\n"
        "    def _ask(self, name):\n        BODY\n"
    ),
    "static method": "class {name}:\n    @staticmethod\n    def ask(name):\n        BODY\n",
    "class method": "class {name}:\n    @classmethod\n    def ask(cls, name):\n        BODY\n",
    "inherited": "class Base{name}:\n    def ask(self, name):\n        BODY\n\n\nclass {name}(Base{name}):\n    pass\n",
    "super": (
        "class Base{name}:\n    def ask(self, name):\n        BODY\n\n\n"
        "class {name}(Base{name}):\n    def ask(self, name):\n        return super().ask(name)  # {hop}\n"
    ),
    "overriding": (
        "class Base{name}:\n    def ask(self, name):\n        return self._ask(name)  # {hop}\n\n"
        "    def _ask(self, name):\n        raise NotImplementedError\n\n\n"
        "class {name}(Base{name}):\n    def _ask(self, name):\n        BODY\n"
    ),
    "property": (
        "class {name}:\n    def __init__(self, name):\n        self.name = name\n\n"
        "    @property\n    def answer(self):\n        name = self.name\n        BODY\n"
    ),
    "cached property": (
        "from functools import cached_property\n\n\n"
        "class {name}:\n    def __init__(self, name):\n        self.name = name\n\n"
        "    @cached_property\n    def answer(self):\n        name = self.name\n        BODY\n"
    ),
    "called instance": "class {name}:\n    def __call__(self, name):\n        BODY\n",
    "constructor": (
        "class {name}:\n    def __init__(self, name):\n        self.answer = self.ask(name)  # {hop}\n\n"
        "    def ask(self, name):\n        BODY\n"
    ),
    "subscript": "class {name}:\n    def __getitem__(self, name):\n        BODY\n",
    "context manager": (
        "class {name}:\n    def __init__(self, name):\n        self.name = name\n\n"
        "    def __enter__(self):\n        name = self.name\n        BODY\n\n"
        "    def __exit__(self, *error):\n        return None\n"
    ),
    "generator": "def {name}(name):\n    BODY\n    yield\n",
    "iterated generator": "def {name}(name):\n    BODY\n    yield\n",
    "context generator": (
        "from contextlib import contextmanager\n\n\n@contextmanager\ndef {name}(name):\n    BODY\n    yield\n"
    ),
    "cached": "from functools import lru_cache\n\n\n@lru_cache(maxsize=8)\ndef {name}(name):\n    BODY\n",
    "partial": (
        "from functools import partial\n\n\ndef _{name}(name, other):\n    BODY\n\n\n"
        "{name} = partial(_{name}, other=1)\n"
    ),
    "assigned": "def _{name}(name):\n    BODY\n\n\n{name} = _{name}\n",
    "nested": "def {name}(name):\n    def inner():\n        BODY\n\n    return inner()  # {hop}\n",
    "in a dictionary": "def _{name}(name):\n    BODY\n\n\n{name} = {{'ask': _{name}}}\n",
    "made by a factory": "def {name}():\n    def inner(name):\n        BODY\n\n    return inner\n",
    "coroutine": "async def {name}(name):\n    BODY\n",
}

#: How a form is used; `{}` is the name under which the caller knows it.
USES: Final = {
    "method": "{}().ask(name)",
    "through self": "{}().ask(name)",
    "static method": "{}.ask(name)",
    "class method": "{}.ask(name)",
    "inherited": "{}().ask(name)",
    "super": "{}().ask(name)",
    "overriding": "{}().ask(name)",
    "property": "{}(name).answer",
    "cached property": "{}(name).answer",
    "called instance": "{}()(name)",
    "constructor": "{}(name).answer",
    "subscript": "{}()[name]",
    "context manager": "with {}(name):",
    "generator": "list({}(name))",
    "iterated generator": "[answer for answer in {}(name)]",
    "context generator": "with {}(name):",
    "in a dictionary": "{}['ask'](name)",
    "made by a factory": "{}()(name)",
    "coroutine": "await {}(name)",
}

#: Forms that run in place, so that no boundary moves.
FORMS: Final = tuple(sorted(DEFINITIONS.keys() - {"coroutine", "function"}))

#: How a name comes into another module: the import, and what the caller writes. `M` is `P.L`.
IMPORTS: Final = {
    "from": ("from {M} import {n}", "{n}"),
    "from, renamed": ("from {M} import {n} as imported_{n}", "imported_{n}"),
    "module": ("import {M}", "{M}.{n}"),
    "module, renamed": ("import {M} as module_of_{n}", "module_of_{n}.{n}"),
    "out of its package": ("from {P} import {L}", "{L}.{n}"),
    "relative": ("from .{L} import {n}", "{n}"),
    "relative module": ("from . import {L} as relative_{n}", "relative_{n}.{n}"),
    "re-exported": ("from {P} import public_{n}", "public_{n}"),
    "star": ("from {M} import *", "{n}"),
    "guarded": ("try:\n    from {M} import {n}\nexcept ImportError:\n    {n} = None", "{n}"),
    "aliased": ("from {M} import {n}\nalias_of_{n} = {n}", "alias_of_{n}"),
    "attribute by name": ("import {M} as module_of_{n}", "getattr(module_of_{n}, '{n}')"),
}

#: Every way to run the use of a helper elsewhere. Each is awaited.
OFFLOADING: Final = {
    "asyncio.to_thread": ("import asyncio", "asyncio.to_thread({})"),
    "run_in_executor": ("import asyncio", "asyncio.get_running_loop().run_in_executor(None, {})"),
    "anyio": ("from anyio import to_thread", "to_thread.run_sync({})"),
    "anyio, by its path": ("import anyio.to_thread", "anyio.to_thread.run_sync({})"),
    "starlette": ("from starlette.concurrency import run_in_threadpool", "run_in_threadpool({})"),
    "asgiref": ("from asgiref.sync import sync_to_async", "sync_to_async({})()"),
}

_PACKAGE: Final = "garr.auth"
_SIGN: Final = re.compile(r"# ([\w.]+)$")


class _Writer:
    """Writes the modules of a program: for each its imports and, from the top, its definitions."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.imports: dict[str, list[str]] = {"policies": []}
        self.blocks: dict[str, list[str]] = {"policies": []}
        self.exports: list[str] = []

    def files(self) -> Files:
        lines = ["name = user.name"]
        for number, chain in enumerate(self.program.chains):
            lines.extend(self.body(number, chain, 0, "policies"))
        head = "async def" if self.program.is_async else "def"
        body = "\n    ".join(line.replace("return ", f"answer_{n} = ") for n, line in enumerate(lines))
        callback = f"{head} may_run(user) -> bool:  # callback\n    {body}\n    return bool(user)\n"
        self.blocks["policies"].append(callback)
        registration = "authorize_callback=may_run" if self.program.registered else ""
        texts = {f"{_PACKAGE.replace('.', '/')}/{module}.py": self.text(module) for module in self.blocks} | {
            "garr/__init__.py": "",
            "garr/auth/__init__.py": "\n".join(self.exports) + "\n",
            "garr/workflows.py": (
                "from orchestrator.workflow import StepList, done, init, workflow\n\n"
                "from garr.auth.policies import may_run\n\n\n"
                f'@workflow("Create", {registration})\ndef create() -> StepList:\n    return init >> done\n'
            ),
            "garr/extra.py": self.program.extra,
        }
        for path, text in texts.items():
            compile(text, path, "exec")
        return {path: self.program.formatted(text) for path, text in texts.items()}

    def text(self, module: str) -> str:
        blocks = self.blocks[module]
        if self.program.reverse:
            blocks = blocks[::-1]
        return "\n".join([*dict.fromkeys(self.imports[module]), "", "", *blocks])

    def body(self, number: int, chain: Chain, depth: int, module: str) -> list[str]:
        """The lines with which a chain goes on at `depth` of it, in `module`."""
        if depth == len(chain.helpers):
            self.imports[module].append(chain.end.imports)
            return [f"return {chain.end.expression}  # {number}.end"]
        helper = chain.helpers[depth]
        use = USES.get(helper.form, "{}(name)").format(self.reference(number, chain, depth, module))
        sign = f"# {number}.{depth}"
        offloaded = chain.offloaded if depth == 0 else ""
        if offloaded:
            imports, form = OFFLOADING[offloaded]
            self.imports[module].append(imports)
            return [f"return await {form.format(f'lambda: {use}')}  {sign}"]
        return [f"{use}  {sign}", "    pass"] if use.startswith("with ") else [f"return {use}  {sign}"]

    def reference(self, number: int, chain: Chain, depth: int, module: str) -> str:
        """Writes the definition of a helper, and its import; what its caller calls it."""
        helper = chain.helpers[depth]
        name = f"{helper.name}_{number}_{depth}"
        place = module if helper.imported == "same" else f"layer_{number}_{depth}"
        self.imports.setdefault(place, [])
        self.blocks.setdefault(place, [])
        body = self.body(number, chain, depth + 1, place)
        form = DEFINITIONS[helper.form].format(name=name, hop=f"{number}.within")
        if "generator" in helper.form:
            body = [line.replace("return ", "answer = ") for line in body]
        indent = re.search(r"^( *)BODY", form, re.MULTILINE)
        assert indent is not None
        self.blocks[place].append(form.replace("BODY", f"\n{indent[1]}".join(body)) + "\n")
        if helper.imported == "same":
            return name
        written, used = IMPORTS[helper.imported]
        names = {"M": f"{_PACKAGE}.{place}", "P": _PACKAGE, "L": place, "n": name}
        if helper.imported == "re-exported":
            self.exports.append(f"from .{place} import {name} as public_{name}")
        self.imports[module].append(written.format(**names))
        return used.format(**names)


# -- verdicts ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def verdicts(program: Program) -> tuple[Verdict, ...]:
    """What is said about a program, by labels."""
    files = _Writer(program).files()
    with tempfile.TemporaryDirectory() as root:
        folder = os.path.realpath(root)
        files["pyproject.toml"] = '[project]\nname = "garr"\ndependencies = ["orchestrator-core>=4.7,<5"]\n'
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        report = check([os.path.join(folder, path) for path in files if path.endswith(".py")], load)
    assert report.problems == ()
    assert report.warnings == ()

    def label(path: str, row: int) -> str:
        lines = files[os.path.relpath(path, folder)].splitlines()
        sign = _SIGN.search(lines[row - 1].rstrip())
        return sign[1] if sign is not None else f"no label: {lines[row - 1].strip()}"

    found = []
    for finding in report.findings:
        if finding.code.startswith("ORC3"):
            _assert_names_the_end(program, finding.message, label(finding.span.path, finding.span.row))
        hops = tuple(label(hop.span.path, hop.span.row) for hop in finding.related)
        found.append((finding.code, label(finding.span.path, finding.span.row), hops))
    return tuple(sorted(found))


def _assert_names_the_end(program: Program, message: str, label: str) -> None:
    """The message ends in what blocks at the end of that chain."""
    end = program.chains[int(label.partition(".")[0])].end
    assert any(f"`{name}`" in message for name in end.name.split(" or ")), message


def ends(found: tuple[Verdict, ...]) -> list[tuple[str, str, str]]:
    """The verdicts without the hops between the boundary and what blocks, and without those of ORC201."""
    return [(code, where, hops[-1] if code.startswith("ORC3") else "") for code, where, hops in found]


def expected(program: Program) -> list[tuple[str, str, str]]:
    """What RULES.md says about a program: each chain that blocks and runs in place, once, at its boundary."""
    found = [] if program.is_async else [("ORC201", "callback", "")]
    for number, chain in enumerate(program.chains):
        depth = 0
        while depth < len(chain.helpers) and chain.helpers[depth].form == "coroutine":
            depth += 1  # a call that is awaited is no sync call: the boundary is in what it runs
        boundary = f"{number}.{depth}" if depth < len(chain.helpers) else f"{number}.end"
        if chain.end.code and not chain.offloaded:
            found.append((chain.end.code, boundary, f"{number}.end"))
    return sorted(found) if program.registered else []


def changed(program: Program, **changes: str) -> Program:
    """The program with the first helper of every chain changed."""
    return replace(
        program,
        chains=tuple(
            replace(chain, helpers=(replace(chain.helpers[0], **changes), *chain.helpers[1:]))
            for chain in program.chains
        ),
    )


def changed_inside(program: Program, **changes: str) -> Program:
    """The program with the last helper of every chain changed, the one that calls what blocks."""
    return replace(
        program,
        chains=tuple(
            replace(chain, helpers=(*chain.helpers[:-1], replace(chain.helpers[-1], **changes)))
            for chain in program.chains
        ),
    )


# -- what the tests start from -----------------------------------------------------------------------------


def test_the_seed_has_one_finding_for_each_blocking_chain() -> None:
    assert verdicts(SEED) == (
        ("ORC301", "0.0", ("0.0", "0.1", "0.end")),
        ("ORC302", "1.0", ("1.0", "1.1", "1.end")),
        ("ORC305", "2.0", ("2.0", "2.1", "2.end")),
    )


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
def test_every_kind_of_blocking_call_is_found_at_any_distance(end: End) -> None:
    for distance in range(5):
        program = Program((Chain(end, (Helper(),) * distance),))
        hops = (*(f"0.{depth}" for depth in range(distance)), "0.end")
        assert verdicts(program) == ((end.code, hops[0], hops),)


def test_a_boundary_call_has_one_finding_for_each_kind_that_it_reaches() -> None:
    both = "requests.get(name, timeout=time.sleep(1))"
    end = End("ORC301", "requests.get() or time.sleep()", "import requests\nimport time", both)
    assert [(code, where) for code, where, _ in verdicts(Program((Chain(end),)))] == [
        ("ORC301", "0.0"),
        ("ORC303", "0.0"),
    ]


# -- no verdict changes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("imported", IMPORTS)
def test_moving_a_helper_to_another_module_changes_no_verdict(imported: str) -> None:
    assert verdicts(changed(SEED, imported=imported)) == verdicts(SEED)
    assert verdicts(changed_inside(SEED, imported=imported)) == verdicts(SEED)
    assert verdicts(changed_inside(changed(SEED, imported="from"), imported=imported)) == verdicts(SEED)


@pytest.mark.parametrize("name", ["get", "commit", "requests", "Größe", "_private", "sleep", "workflow"])
def test_renaming_a_helper_changes_no_verdict(name: str) -> None:
    assert verdicts(changed(SEED, name=name)) == verdicts(SEED)
    assert verdicts(changed_inside(SEED, name=name, imported="from, renamed")) == verdicts(SEED)


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_helper_changes_no_verdict(form: str) -> None:
    assert ends(verdicts(changed(SEED, form=form))) == ends(verdicts(SEED))
    assert ends(verdicts(changed_inside(SEED, form=form))) == ends(verdicts(SEED))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("imported", ["module, renamed", "re-exported"])
def test_a_helper_of_any_form_can_be_imported(form: str, imported: str) -> None:
    assert ends(verdicts(changed(SEED, form=form, imported=imported))) == ends(verdicts(SEED))


@pytest.mark.parametrize("position", [0, 1, 2])
def test_wrapping_a_helper_in_one_more_function_adds_one_hop(position: int) -> None:
    def wrapped(chain: Chain) -> Chain:
        before, after = chain.helpers[:position], chain.helpers[position:]
        return replace(chain, helpers=(*before, Helper(name="wrapper", imported="from"), *after))

    found = verdicts(replace(SEED, chains=tuple(wrapped(chain) for chain in SEED.chains)))
    assert ends(found) == ends(verdicts(SEED))
    assert [len(hops) for _, _, hops in found] == [4, 4, 4]


def _with_comments(text: str) -> str:
    return "".join(
        f"{re.match(' *', line)[0]}# requests.get(name)\n{line}\n\n"  # type: ignore[index]
        for line in text.split("\n")
    )


FORMATS: Final[dict[str, Callable[[str], str]]] = {
    "comments and blank lines": _with_comments,
    "tabs": lambda text: text.replace("    ", "\t"),
    "one space": lambda text: text.replace("    ", " "),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "a byte order mark": lambda text: f"\ufeff{text}",
    "a docstring above": lambda text: f'"""time.sleep(1)\n\nÜber alles.\n"""\n\n\n{text}',
    "a coding line": lambda text: f"# -*- coding: utf-8 -*-\n{text}",
    "continued lines": lambda text: re.sub(r"(return|=) (.*# [\d])", r"\1 \\\n \2", text),
    "parentheses": lambda text: re.sub(r"return (.*)  (# \d.*)", r"return (\1)  \2", text),
    "calls over several lines": lambda text: re.sub(r"\(name\)  (# \d.*)", r"(  \1\n  name,\n )", text),
    "no blank lines": lambda text: re.sub(r"\n\n+", "\n", text),
}


@pytest.mark.parametrize("layout", FORMATS)
def test_formatting_changes_no_verdict(layout: str) -> None:
    formatted = replace(changed(SEED, imported="from"), formatted=FORMATS[layout])
    assert _Writer(formatted).files() != _Writer(SEED).files()
    assert verdicts(formatted) == verdicts(SEED)


@pytest.mark.parametrize("form", ["function", "method", "property", "generator", "inherited"])
def test_the_order_of_definitions_changes_no_verdict(form: str) -> None:
    program = changed(SEED, form=form)
    assert verdicts(replace(program, reverse=True)) == verdicts(program)
    assert ends(verdicts(replace(program, reverse=True))) == ends(verdicts(SEED))


UNRELATED: Final = {
    "blocking code that nobody calls": (
        "import time\n\nimport requests\n\ntime.sleep(1)\n\n\n"
        "async def may_run(user):\n    return requests.get(user.name, timeout=5)\n\n\n"
        "def helper_0_0(name):\n    time.sleep(1)\n"
    ),
    "a class with the same methods": (
        "class helper_0_0:\n    def ask(self, name):\n        return open(name)\n\n"
        "    @property\n    def answer(self):\n        return open('answer')\n"
    ),
    "names of the libraries": "def get(name):\n    return name\n\n\nrequests = time = db = Path = get\n",
    "a harmless callback": (
        "from orchestrator.workflow import StepList, done, init, workflow\n\n\n"
        "async def anybody(user) -> bool:\n    return user is not None\n\n\n"
        '@workflow("Modify", authorize_callback=anybody)\ndef modify() -> StepList:\n    return init >> done\n'
    ),
    "a second registration": (
        "from orchestrator.workflow import StepList, done, init, workflow\n\n"
        "from garr.auth.policies import may_run\n\n\n"
        '@workflow("Modify", authorize_callback=may_run, retry_auth_callback=may_run)\n'
        "def modify() -> StepList:\n    return init >> done\n"
    ),
}


@pytest.mark.parametrize("extra", UNRELATED)
@pytest.mark.parametrize("form", ["function", "method", "property"])
def test_unrelated_code_changes_no_verdict(extra: str, form: str) -> None:
    program = changed(SEED, form=form)
    assert verdicts(replace(program, extra=UNRELATED[extra])) == verdicts(program)
    assert ends(verdicts(program)) == ends(verdicts(SEED))


@pytest.mark.parametrize("end", HARMLESS, ids=lambda end: end.expression)
def test_what_does_not_block_stays_silent_in_every_form(end: End) -> None:
    for form in FORMS:
        for imported in ("same", "module"):
            assert verdicts(Program((Chain(end, (Helper(form, imported), Helper())),))) == ()


# -- what changes, and how ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["function", *FORMS])
def test_a_callback_that_nobody_registers_is_silent(form: str) -> None:
    program = changed(SEED, form=form)
    assert len(verdicts(program)) == 3
    assert verdicts(replace(program, registered=False)) == ()


@pytest.mark.parametrize("form", ["function", *FORMS])
def test_a_sync_callback_has_the_same_blocking_calls_and_orc201(form: str) -> None:
    program = changed(SEED, form=form)
    found = verdicts(replace(program, is_async=False))
    assert [one for one in found if one[0] == "ORC201"] == [("ORC201", "callback", found[0][2])]
    assert tuple(one for one in found if one[0] != "ORC201") == verdicts(program)


_IN_A_LAMBDA = [form for form in FORMS if not USES.get(form, "").startswith("with ")]


def _assert_only_what_is_offloaded_is_silent(program: Program, offloaded: str) -> None:
    for number in range(3):
        chains = [
            replace(chain, offloaded=offloaded if at == number else "") for at, chain in enumerate(program.chains)
        ]
        rest = tuple(one for one in verdicts(program) if not one[1].startswith(f"{number}."))
        assert len(rest) == 2
        assert verdicts(replace(program, chains=tuple(chains))) == rest


@pytest.mark.parametrize("offloaded", OFFLOADING)
@pytest.mark.parametrize("imported", ["same", "module, renamed", "re-exported"])
def test_a_boundary_that_runs_elsewhere_is_silent_and_the_others_are_not(offloaded: str, imported: str) -> None:
    _assert_only_what_is_offloaded_is_silent(changed(SEED, imported=imported), offloaded)


@pytest.mark.parametrize("form", _IN_A_LAMBDA)
def test_a_boundary_of_any_form_is_silent_in_a_thread(form: str) -> None:
    _assert_only_what_is_offloaded_is_silent(changed(SEED, form=form), "asyncio.to_thread")


@pytest.mark.parametrize("imported", ["same", *IMPORTS])
def test_without_async_and_await_a_helper_keeps_its_findings_and_becomes_the_boundary(imported: str) -> None:
    coroutine = verdicts(changed(SEED, form="coroutine", imported=imported))
    stripped = verdicts(changed(SEED, form="function", imported=imported))
    assert [where for _, where, _ in coroutine] == ["0.1", "1.1", "2.1"]
    assert [where for _, where, _ in stripped] == ["0.0", "1.0", "2.0"]
    assert [(code, hops[1:]) for code, _, hops in stripped] == [(code, hops) for code, _, hops in coroutine]


# -- everything together -----------------------------------------------------------------------------------


def _helpers(forms: tuple[str, ...]) -> st.SearchStrategy[tuple[Helper, ...]]:
    helper = st.builds(
        Helper, st.sampled_from(forms), st.sampled_from(["same", *IMPORTS]), st.sampled_from(["ask", "get", "Check"])
    )
    return st.lists(helper, max_size=4).map(tuple)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs of one to three chains, with coroutines before what is sync."""
    chains = []
    is_async = draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        coroutines = draw(_helpers(("coroutine",))) if is_async else ()
        end = draw(st.sampled_from([*ENDS, *HARMLESS]))
        chains.append(Chain(end, (*coroutines[:2], *draw(_helpers(("function", *FORMS))))))
    return Program(
        tuple(chains), is_async, reverse=draw(st.booleans()), extra=draw(st.sampled_from(list(UNRELATED.values())))
    )


@settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(programs())
def test_changes_that_keep_the_meaning_keep_the_verdict_in_any_combination(program: Program) -> None:
    assert ends(verdicts(program)) == expected(program)
