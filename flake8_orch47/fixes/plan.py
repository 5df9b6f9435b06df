"""The plan: for each finding what repairs it, or why nothing does. Looks at the whole project, writes nothing.

A planner is a module of this room with a function `plan(planning, findings)`; PLANNERS says which codes it is for.
"""

from __future__ import annotations

import ast
import os
import tokenize
from collections import defaultdict
from functools import lru_cache
from importlib import import_module
from io import StringIO

from flake8_orch47.findings import Span
from flake8_orch47.fixes.steps import Change, Planned, Refusal, Refused
from flake8_orch47.fixes.text import Text
from flake8_orch47.project.source import split_lines, to_column
from flake8_orch47.resolution.values import Class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from flake8_orch47.facts.scopes import CallFact, ModuleFacts, Scope
    from flake8_orch47.findings import Finding
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["PLANNERS", "Planning", "plan"]

#: The planner of each code: a module of this room.
PLANNERS: Mapping[str, str] = {
    "ORC101": "moved_schedules",
    "ORC102": "moved_schedules",
    "ORC105": "moved_schedules",
    "ORC103": "dead_schedules",
    "ORC104": "dead_schedules",
    "ORC201": "callbacks",
    "ORC202": "awaits",
    **dict.fromkeys((f"ORC30{number}" for number in range(1, 9)), "offload"),
}


def plan(
    analysis: Analysis, findings: Iterable[Finding], *, target_given: bool = False
) -> dict[Finding, Planned | Refused]:
    """What repairs each of the findings of a project. A finding without an entry has no fix to speak of.

    `target_given`: somebody said to which version the project goes, whatever its requirements hold.
    """
    planning = Planning(analysis, target_given=target_given)
    by_planner: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.code in PLANNERS:
            by_planner.setdefault(PLANNERS[finding.code], []).append(finding)
    plans: dict[Finding, Planned | Refused] = {}
    for name, found in by_planner.items():
        module: Any = import_module(f"flake8_orch47.fixes.{name}")
        for finding, planned in module.plan(planning, found):
            plans[finding] = planning.within_reach(planned)
    return plans


class Planning:
    """The project as planners see it: the analysis, and what turns syntax nodes into steps."""

    def __init__(self, analysis: Analysis, *, target_given: bool = False) -> None:
        self.analysis = analysis
        self.target_given = target_given
        self._lines: dict[ModuleFacts, list[str]] = {}
        self._given_methods: dict[str, str] = {}
        self._given: defaultdict[ModuleFacts, frozenset[str]] = defaultdict(frozenset)
        self._texts: dict[ModuleFacts, Text] = {}
        self._nodes: dict[ModuleFacts, dict[tuple[int, int], list[ast.AST]]] = {}
        self._calls: dict[ModuleFacts, dict[ast.Call, CallFact]] = {}

    def each(
        self, findings: Iterable[Finding], one: Callable[[Finding], Planned]
    ) -> Iterator[tuple[Finding, Planned | Refused]]:
        """The plan for each finding by itself: what `one` returns, or why it raised a Refusal."""
        for finding in findings:
            try:
                yield finding, one(finding)
            except Refusal as refusal:
                yield finding, Refused(str(refusal))

    def within_reach(self, planned: Planned | Refused) -> Planned | Refused:
        """The plan, refused where it edits files that are not among those given."""
        if isinstance(planned, Refused):
            return planned
        missing = sorted(path for path in planned.paths if path not in self.analysis.project.linted)
        if not missing:
            return planned
        return Refused(f"it has to change {self.listed(missing)} too: add {'it' if len(missing) == 1 else 'them'}")

    def listed(self, paths: Sequence[str]) -> str:
        """Paths for a message, relative to the project, at most three."""
        shown = [f"`{self.relative(path)}`" for path in paths[:3]]
        if len(paths) > 3:
            shown.append(f"{len(paths) - 3} more files")
        return ", ".join(shown)

    def relative(self, path: str) -> str:
        """A path for a message."""
        return os.path.relpath(path, self.analysis.project.root).replace(os.sep, "/")

    # -- from findings to syntax -------------------------------------------------------------------------------

    def module(self, path: str) -> ModuleFacts:
        """The facts of a file with a finding. Raises Refusal where it has none."""
        facts = self.analysis.modules.facts(path)
        if facts is None:
            raise Refusal("the file cannot be parsed")
        return facts

    def node(self, finding: Finding, *kinds: type[ast.AST]) -> tuple[ModuleFacts, ast.AST]:
        """The syntax node that a finding points at, of one of these kinds. Raises Refusal where there is none."""
        module = self.module(finding.span.path)
        for node in self._at(module).get((finding.span.row, finding.span.column), ()):
            if isinstance(node, kinds or ast.AST) and self.analysis.span(module, node) == finding.span:
                return module, node
        raise Refusal("what the finding points at was not found again")

    def call(self, finding: Finding) -> CallFact:
        """The call that a finding points at, with its scope and statement. Raises Refusal where there is none."""
        module, node = self.node(finding, ast.Call)
        fact = self.fact_of(module, node)
        if fact is None:
            raise Refusal("what the finding points at was not found again")
        return fact

    def fact_of(self, module: ModuleFacts, node: ast.AST) -> CallFact | None:
        """What is known of a call: its scope, its statement, the conditions around it."""
        if module not in self._calls:
            self._calls[module] = {fact.node: fact for fact in module.calls}
        return self._calls[module].get(node)  # type: ignore[call-overload,no-any-return]

    def statement(self, module: ModuleFacts, row: int, column: int) -> ast.stmt:
        """The statement that begins at a position. Raises Refusal where none does."""
        for node in self._at(module).get((row, column), ()):
            if isinstance(node, ast.stmt):
                return node
        raise Refusal("the statement was not found again")

    def _at(self, module: ModuleFacts) -> dict[tuple[int, int], list[ast.AST]]:
        """The nodes of a module by the position at which they start, outermost first."""
        if module not in self._nodes:
            found = self._nodes[module] = {}
            for node in ast.walk(module.tree):
                if isinstance(node, ast.expr | ast.stmt | ast.alias):
                    found.setdefault((node.lineno, self.column(module, node.lineno, node.col_offset)), []).append(node)
        return self._nodes[module]

    # -- from syntax to steps ------------------------------------------------------------------------------------

    def lines(self, module: ModuleFacts) -> list[str]:
        """The lines of a module."""
        if module not in self._lines:
            self._lines[module] = split_lines(module.text)
        return self._lines[module]

    def column(self, module: ModuleFacts, row: int, offset: int) -> int:
        """The column in code points for the offset of a syntax node."""
        lines = self.lines(module)
        return to_column(lines[row - 1], offset) if 0 < row <= len(lines) else offset

    def span(self, module: ModuleFacts, node: ast.expr | ast.stmt | ast.alias) -> Span:
        """All of a node, without the brackets around it; a function or class without its decorators."""
        end_row, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        return Span(
            module.path,
            node.lineno,
            self.column(module, node.lineno, node.col_offset),
            end_row,
            self.column(module, end_row, end),
        )

    def source(self, module: ModuleFacts, node: ast.expr | ast.stmt) -> str:
        """The source of a node as it stands. Raises Refusal where its position is not known (see `change`)."""
        code = self.stretch(module, self.span(module, node))
        if isinstance(node, ast.expr) and not _says(code, node):
            raise Refusal("it stands inside an f-string, where Python does not say in which column")
        return code

    def stretch(self, module: ModuleFacts, span: Span) -> str:
        """The source of a stretch of a module."""
        if module not in self._texts:
            self._texts[module] = Text(module.text)
        text = self._texts[module]
        return text.text[text.offset(span.row, span.column) : text.offset(span.end_row, span.end_column)]

    def change(
        self,
        module: ModuleFacts,
        node: ast.expr | ast.stmt,
        rewrite: str,
        *options: object,
        composes: bool = False,
    ) -> Change:
        """The step that rewrites a node with the function `rewrite` (`module:function` in `fixes.codemods`).

        Raises Refusal where the position of the node is not known: before Python 3.12, inside some f-strings.
        """
        self.source(module, node)
        kind: Any = "statement" if isinstance(node, ast.stmt) else "expression"
        return Change(self.span(module, node), kind, rewrite, options, composes)

    def header(
        self, module: ModuleFacts, node: ast.FunctionDef | ast.AsyncFunctionDef, rewrite: str, *options: object
    ) -> Change:
        """The step that rewrites the header of a function: from `def` to the colon. It composes with others."""
        start = self.span(module, node)
        row, column = _colon(self.lines(module), start.row, start.column)
        return Change(Span(module.path, start.row, start.column, row, column), "header", rewrite, options, True)

    def indent(self, module: ModuleFacts, node: ast.stmt) -> str:
        """The white space before a statement that begins its line. Raises Refusal for one that does not."""
        row = first_row(node)
        line = self.lines(module)[row - 1]
        white = line[: len(line) - len(line.lstrip())]
        if row == node.lineno and len(white) != self.column(module, row, node.col_offset):
            raise Refusal("the statement does not begin its line")
        return white

    def row_before(self, module: ModuleFacts, node: ast.stmt) -> int:
        """The row for an Insertion before a statement: above its decorators and the comments on it."""
        row, white = first_row(node), self.indent(module, node)
        lines = self.lines(module)
        while row > 1 and lines[row - 2].startswith(f"{white}#") and not lines[row - 2].startswith("#!"):
            row -= 1
        return row

    def row_after(self, module: ModuleFacts, node: ast.stmt) -> int:
        """The row for an Insertion after a statement."""
        return (node.end_lineno or node.lineno) + 1

    # -- names -----------------------------------------------------------------------------------------------------

    def names(self, module: ModuleFacts) -> frozenset[str]:
        """Every name that a module binds or reads, whatever the scope, and every attribute: no new name is one."""
        return names_of(module)

    def fresh(self, module: ModuleFacts, wanted: str, also: Iterable[ModuleFacts] = ()) -> str:
        """`wanted`, or with a number behind it, so that it is no name in the module nor in those of `also`.

        No other fix of the same plan gets it either.
        """
        modules = {module, *also}
        taken = frozenset().union(*(names_of(one) | self._given[one] for one in modules))
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        for one in modules:
            self._given[one] |= {name}
        return name

    def fresh_method(self, cls: Scope, wanted: str, old: str) -> str:
        """`wanted`, or with a number behind it, for a method beside the method `old` of a class.

        Classes that have nothing to do with each other may have methods of the same name, and related ones where
        these stand beside methods of one name: then they override each other as those do.
        """
        members = self.analysis.evaluator.members
        related = [cls] + [
            one
            for module in tuple(self.analysis.scanned)
            for one in module.classes
            if one is not cls
            and (
                cls in {owner.scope for owner in members.line(Class(one)) if isinstance(owner, Class)}
                or one in {owner.scope for owner in members.line(Class(cls)) if isinstance(owner, Class)}
            )
        ]
        taken = {
            str(getattr(node, "attr", None) or getattr(node, "name", None) or getattr(node, "id", ""))
            for one in related
            for node in ast.walk(one.node)
        }
        name, number = wanted, 2
        while name in taken or self._given_methods.get(name, old) != old:
            name, number = f"{wanted}_{number}", number + 1
        self._given_methods[name] = old
        return name


def first_row(node: ast.stmt) -> int:
    """The first row of a statement, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


@lru_cache(maxsize=64)
def names_of(module: ModuleFacts) -> frozenset[str]:
    """The names and attributes of a module."""
    found: set[str] = set()
    for scope in module.scopes.values():
        found.update(scope.bindings, scope.redirected)
        found.add(getattr(scope.node, "name", ""))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return frozenset(found)


def is_async_place(scope: Scope, becoming: frozenset[Scope] = frozenset()) -> str:
    """Why `await` is not allowed in a scope; empty where it is. `becoming` are functions that become async."""
    at = scope
    while at.kind == "comprehension" and at.parent is not None:
        if isinstance(at.node, ast.GeneratorExp) and not _is_asynchronous(at.node):
            return "it stands in a generator expression, which `await` would make asynchronous"
        at = at.parent
    if isinstance(at.node, ast.AsyncFunctionDef) or at in becoming:
        return ""
    match at.node:
        case ast.FunctionDef(name=name):
            return f"`{name}` is not async, and `await` is allowed in async functions only"
        case ast.Lambda():
            return "it stands in a lambda, where `await` is not allowed"
        case ast.ClassDef(name=name):
            return f"it stands in the body of class `{name}`, where `await` is not allowed"
    return "it runs at import, where `await` is not allowed"


def _is_asynchronous(generator: ast.GeneratorExp) -> bool:
    """Whether a generator expression awaits already."""
    first = {id(inner) for inner in ast.walk(generator.generators[0].iter)}
    return any(
        (isinstance(inner, ast.Await) and id(inner) not in first)
        or (isinstance(inner, ast.comprehension) and bool(inner.is_async))
        for inner in ast.walk(generator)
    )


def _says(code: str, node: ast.expr) -> bool:
    """Whether a piece of source is this expression."""
    try:
        return _dumped(ast.parse(f"({code}\n)", mode="eval").body) == _dumped(node)
    except (SyntaxError, ValueError):
        return False


def _dumped(node: ast.expr) -> str:
    text = ast.dump(node)
    return text.replace("ctx=Store()", "ctx=Load()").replace("ctx=Del()", "ctx=Load()")


def _colon(lines: Sequence[str], row: int, column: int) -> tuple[int, int]:
    """Where the colon of the `def` that begins at a position ends."""
    source = "\n".join([lines[row - 1][column:], *lines[row:]])
    depth = 0
    try:
        for token in tokenize.generate_tokens(StringIO(source).readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
                if token.string == ":" and depth == 0:
                    return row + token.end[0] - 1, token.end[1] + (column if token.end[0] == 1 else 0)
    except (tokenize.TokenError, SyntaxError):
        pass
    raise Refusal("the header of the function was not understood")
