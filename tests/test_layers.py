"""The rooms of the house: each imports only what stands below it, whichever way the import is written.

An import counts wherever it stands: at the top, inside a function, under `if TYPE_CHECKING:`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from harness import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PACKAGE = "flake8_orch47"

#: The rooms from top to bottom (DESIGN.md). Rooms of one floor do not know each other. The ground is what belongs
#: to nobody: `records`, what plain types are made of, and the package's own `__init__`, which holds the version.
FLOORS = (
    ("__main__",),
    ("doors",),
    ("output", "fixes"),
    ("upgrade",),
    ("schedules",),
    ("rules",),
    ("resolution",),
    ("facts",),
    ("project",),
    ("knowledge",),
    ("findings", "settings"),
    ("records", "__init__"),
)
HEIGHT = {room: -number for number, rooms in enumerate(FLOORS) for room in rooms}

#: Where what is expensive to import, or belongs to a door, may be imported at all.
ROOMS_OF = {
    "astroid": {"resolution"},
    "libcst": {"fixes"},
    "flake8": {"doors"},
    "asyncio": {"doors"},
}


@dataclass(frozen=True, order=True)
class Import:
    """`importer` (a module's path inside the package, dotted) imports `imported`, at `row`.

    `is_deferred` says that it happens inside a function; `is_typing` that it is for the type checker only.
    """

    importer: str
    imported: str
    row: int
    is_deferred: bool = False
    is_typing: bool = False

    @property
    def is_upward(self) -> bool:
        above, below = room(self.importer), room(self.imported)
        return above != below and HEIGHT[below] >= HEIGHT[above]


def room(module: str) -> str:
    """The room of a module of the package: `rules.check` is in `rules`."""
    return module.partition(".")[0] or "__init__"


def modules(package: Path) -> Mapping[str, Path]:
    """The modules of a package, by their dotted path inside it; the package's own is `__init__`."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        if parts[-1] == "__init__" and len(parts) > 1:
            parts = parts[:-1]
        found[".".join(parts)] = path
    return found


def imports(package: Path) -> list[Import]:
    """What the modules of a package import of each other."""
    known = modules(package)
    found = []
    for name, path in known.items():
        tree = ast.parse(path.read_bytes())
        for node, is_deferred, is_typing in import_statements(tree, False, False):
            for target in targets(node, name, path.name == "__init__.py"):
                own = inside(target, known)
                if own is not None and own != name:
                    found.append(Import(name, own, node.lineno, is_deferred, is_typing))
    return found


def import_statements(
    tree: ast.AST, deferred: bool, typing: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom | ast.Call, bool, bool]]:
    """The imports below a node, `import_module("...")` too, with whether they are deferred and for types only."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, deferred, typing
        if isinstance(child, ast.Call) and is_import_call(child):
            yield child, deferred, typing
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            yield from import_statements(ast.Module(child.body, []), deferred, True)
            yield from import_statements(ast.Module(child.orelse, []), deferred, typing)
        else:
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from import_statements(child, deferred or is_function, typing)


def is_import_call(node: ast.Call) -> bool:
    """Whether the call is `import_module("a.constant")` or `__import__("a.constant")`."""
    if not node.args or not isinstance(node.args[0], ast.Constant):
        return False
    return ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}


def targets(node: ast.Import | ast.ImportFrom | ast.Call, importer: str, is_package: bool) -> Iterator[str]:
    """The full dotted names that an import may mean. `from a import b` means `a.b`, a module or a name in one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Call):
        yield ast.literal_eval(node.args[0])
    else:
        base = node.module or ""
        if node.level:
            above = [PACKAGE, *(importer.split(".") if importer != "__init__" else [])]
            above = above[: len(above) - node.level + (1 if is_package else 0)]
            base = ".".join([*above, base] if base else above)
        yield from (f"{base}.{alias.name}" for alias in node.names)


def inside(target: str, known: Mapping[str, Path]) -> str | None:
    """The module of the package that a dotted name leads to; None for everything outside."""
    parts = target.split(".")
    if parts[0] != PACKAGE:
        return None
    for length in range(len(parts), 1, -1):
        if ".".join(parts[1:length]) in known:
            return ".".join(parts[1:length])
    return "__init__"


def upward(package: Path) -> list[str]:
    """The imports that go up, or to the neighbour on the same floor."""
    return [f"{found.importer}:{found.row} imports {found.imported}" for found in imports(package) if found.is_upward]


def circles(found: list[Import]) -> list[str]:
    """Modules that import each other at run time, through others or not, each circle once."""
    below: dict[str, set[str]] = {}
    for one in found:
        if not one.is_typing:
            below.setdefault(one.importer, set()).add(one.imported)

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for module in below.get(waiting.pop(), set()) - seen:
                seen.add(module)
                waiting.append(module)
        return seen

    reach = {module: reachable(module) for module in below}
    groups = {
        tuple(sorted(other for other in reach[module] if module in reach.get(other, ())))
        for module in below
        if module in reach[module]
    }
    return sorted(" <-> ".join(group) for group in groups)


REAL = REPOSITORY / PACKAGE


def test_every_module_is_in_a_room_of_the_design() -> None:
    assert {room(module) for module in modules(REAL)} - set(HEIGHT) == set()
    assert {"doors", "output", "rules", "resolution", "facts", "project", "knowledge"} <= {
        room(module) for module in modules(REAL)
    }


def test_a_room_imports_only_what_stands_below_it() -> None:
    assert len(imports(REAL)) > 80
    assert upward(REAL) == []


def test_no_two_modules_import_each_other_at_run_time() -> None:
    """The parts of the evaluator know it as a type only: it hands itself to them."""
    assert circles(imports(REAL)) == []


def test_what_is_expensive_is_imported_only_where_it_is_needed_and_when() -> None:
    """astroid, libcst, flake8 and asyncio: only in their room, and never at the top of a module."""
    wrong = []
    for name, path in modules(REAL).items():
        for node, is_deferred, is_typing in import_statements(ast.parse(path.read_bytes()), False, False):
            for target in targets(node, name, path.name == "__init__.py"):
                library = target.partition(".")[0]
                if library not in ROOMS_OF or is_typing:
                    continue
                if room(name) not in ROOMS_OF[library] or (not is_deferred and room(name) != "fixes"):
                    wrong.append(f"{name}:{node.lineno} imports {target}")
    assert wrong == []


# The tests above can fail


@pytest.fixture
def house(tmp_path: Path) -> Path:
    package = tmp_path / PACKAGE
    for name in ("doors", "output", "fixes", "rules", "resolution", "facts"):
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").write_text("")
        (package / name / "one.py").write_text("")
        (package / name / "two.py").write_text("")
    (package / "__init__.py").write_text('__version__ = "1"\n')
    (package / "findings.py").write_text("")
    return package


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("rules/one.py", "from flake8_orch47.doors.one import x"),
        ("rules/one.py", "from flake8_orch47.doors import one"),
        ("rules/one.py", "from flake8_orch47 import doors"),
        ("rules/one.py", "import flake8_orch47.doors.one as d"),
        ("rules/one.py", "from ..doors.one import x"),
        ("rules/one.py", "from .. import doors"),
        ("rules/__init__.py", "from ..doors import one"),
        ("facts/one.py", "def later():\n    from flake8_orch47.resolution.one import x"),
        ("facts/one.py", "if TYPE_CHECKING:\n    from flake8_orch47.resolution.one import X"),
        ("facts/one.py", "import typing as t\nif t.TYPE_CHECKING:\n    from flake8_orch47.rules.one import X"),
        ("facts/one.py", "try:\n    from flake8_orch47.rules.one import X\nexcept ImportError:\n    pass"),
        ("findings.py", "import importlib\nx = importlib.import_module('flake8_orch47.facts.one')"),
        ("output/one.py", "from flake8_orch47.fixes.one import x"),
        ("fixes/one.py", "from flake8_orch47.output.one import x"),
        ("__init__.py", "from flake8_orch47.findings import x"),
    ],
)
def test_an_import_that_goes_up_is_seen_however_it_is_written(house: Path, module: str, line: str) -> None:
    (house / module).write_text(line + "\n")
    assert len(upward(house)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("doors/one.py", "from flake8_orch47.rules.one import x"),
        ("doors/one.py", "from flake8_orch47 import __version__"),
        ("doors/one.py", "from .two import x"),
        ("rules/one.py", "from . import two"),
        ("rules/one.py", "from ..facts.one import x"),
        ("facts/one.py", "import os.path, ast"),
        ("facts/one.py", "text = 'from flake8_orch47.doors.one import x'"),
    ],
)
def test_an_import_that_goes_down_is_fine(house: Path, module: str, line: str) -> None:
    (house / module).write_text(line + "\n")
    assert upward(house) == []


def test_a_circle_is_seen_unless_it_is_for_the_type_checker(house: Path) -> None:
    (house / "rules/one.py").write_text("from flake8_orch47.rules.two import x\n")
    (house / "rules/two.py").write_text("def later():\n    from flake8_orch47.rules.one import y\n")
    assert circles(imports(house)) == ["rules.one <-> rules.two"]
    (house / "rules/two.py").write_text("if TYPE_CHECKING:\n    from flake8_orch47.rules.one import Y\n")
    assert circles(imports(house)) == []
