"""What the rules look at: the modules that matter, the registrations in them, and how findings are placed."""

from __future__ import annotations

import ast
import os
from bisect import bisect_left
from fnmatch import fnmatchcase
from functools import cached_property

from flake8_orch47.facts.modules import Modules
from flake8_orch47.facts.scopes import CallFact, FunctionNode, ModuleFacts, Scope
from flake8_orch47.facts.uses import Parents, is_docstring, parents_of, statement_of
from flake8_orch47.findings import Finding, Hop, Span
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.project import requirement, scan
from flake8_orch47.project.source import split_lines, to_column
from flake8_orch47.records import Entity, made_by
from flake8_orch47.resolution.callbacks import Callback, Callbacks
from flake8_orch47.resolution.evaluator import Evaluator
from flake8_orch47.resolution.registrations import Registration, Registrations, names_to_reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from flake8_orch47.project.tree import Project
    from flake8_orch47.resolution.contexts import AsyncContext
    from flake8_orch47.resolution.execution import Body, Execution
    from flake8_orch47.resolution.values import (
        Value,
    )
    from flake8_orch47.settings import Settings

__all__ = ["Analysis", "Registered"]

_INTERESTING = frozenset(
    {
        *core.REGISTRATIONS,
        *core.START_PROCESS,
        core.SCHEDULER,
        core.SCHEDULER_DECORATOR,
        core.ALL_SCHEDULERS,
        core.GET_SCHEDULER,
    }
)
_WORDS = frozenset(
    {
        *(name.rpartition(".")[2] for name in _INTERESTING),
        *(name.rpartition(".")[0].rpartition(".")[2] for name in _INTERESTING if name.count(".") > 1),
        *core.SCHEDULER_JOB_METHODS,
        "OrchestratorCore",
    }
)


class Registered(Entity):
    """A callback with the registrations that lead to it."""

    callback: Callback
    registrations: list[Registration] = made_by(default_factory=list)


class Analysis:
    """One project under one set of choices: everything that rules share, computed once.

    `seeds` are the files that matter, as the byte scan found them.
    """

    def __init__(self, project: Project, settings: Settings, seeds: Iterable[str]) -> None:
        self.project = project
        self.settings = settings
        self.requirements = requirement.requirements(project.root)
        self.target = self._target()
        self.modules = Modules(project)
        self.evaluator = Evaluator(self.modules, self.target)
        self.registrations = Registrations(self.evaluator)
        self.callbacks = Callbacks(self.evaluator)
        self.scanned: dict[ModuleFacts, None] = {}
        #: by words, as long as no further module is looked at: how many were
        self._known_aliases: tuple[int, dict[frozenset[str], frozenset[str]]] = (0, {})
        self._reads: dict[tuple[Scope, str], dict[ast.stmt, list[ast.Name]]] = {}
        self._loads: dict[Scope, dict[str, list[ast.Name]]] = {}
        #: the parents known, the last lines of the module's statements, and those whose nodes are among the parents
        self._parents: dict[ModuleFacts, tuple[Parents, list[int], set[int]]] = {}
        self._lines: dict[ModuleFacts, list[str]] = {}
        self._relative: dict[ModuleFacts, str] = {}
        self._bodies: dict[Value, frozenset[Body]] = {}
        self._survey(seeds)

    def _target(self) -> tuple[int, int]:
        """The version that the project goes to: the one asked for, or what it requires, at least 4.7."""
        if self.settings.target_version != "auto":
            major, _, minor = self.settings.target_version.partition(".")
            return int(major), int(minor)
        return requirement.at_least(self.requirements) or (4, 7)

    # -- which modules matter ------------------------------------------------------------------------------

    def _survey(self, seeds: Iterable[str]) -> None:
        """Reads the files that matter, then those that use what they hand on, until nothing is new."""
        paths = list(seeds)
        if len(self.project.linted) <= scan.FEW:
            paths.extend(self.project.linted - set(paths))
        self._scan(paths)
        offered: set[tuple[str, str]] = set()
        while True:
            new = {pair for module in self.scanned for pair in self._handed_on(module)} - offered
            offered |= new
            names = {name for _, name in offered}
            if not new or not self._scan(self._mentioning(new), names):
                self.registrations.add((), names)
                return

    def _scan(self, paths: Iterable[str], names: Iterable[str] = ()) -> bool:
        added = []
        for path in sorted(paths):
            facts = self.modules.facts(path)
            if facts is not None and facts not in self.scanned:
                self.scanned[facts] = None
                added.append(facts)
        self.registrations.add(added, names)
        return bool(added)

    def _mentioning(self, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
        names: dict[str, set[str]] = {}
        for module, name in pairs:
            names.setdefault(module, set()).add(name)
        scanned = {module.path for module in self.scanned}
        return scan.mentioning(self.project, names, scanned)

    def scan_users_of(self, functions: Iterable[tuple[ModuleFacts, str]]) -> None:
        """Also looks at the modules of these functions, and at those that may use them, however they are handed on."""
        is_core = self.evaluator.names.core_name  # what the framework defines is known without looking
        own = {(module, name) for module, name in functions if is_core(module) is None}
        offered = {(scan.word_of(module.path), name) for module, name in own}
        names = frozenset(name for _, name in offered)
        new = set(offered)
        found = self._scan({module.path for module, _ in own})
        while new and (self._scan(self._mentioning(new)) or found):
            found = False
            aliases = self._aliases(names)
            new = {
                (scan.word_of(module.path), name)
                for module in self.scanned
                if is_core(module) is None
                for name in self.modules.vocabulary(module).handed_on(aliases)
            } - offered
            offered |= new

    def _handed_on(self, module: ModuleFacts) -> Iterator[tuple[str, str]]:
        """What other modules may import from this one to register callbacks or schedule jobs."""
        if self.evaluator.names.core_name(module) is not None:
            return
        word = scan.word_of(module.path)
        for scope in self.registrations.wrappers:
            if scope.module is module:
                for name in names_to_reach(scope):
                    yield word, name
        words = _WORDS | self.registrations.words
        for name in self.modules.vocabulary(module).handed_on(words):
            yield word, name
        if module.scope.stars:  # what it stars, it hands on
            for name in words:
                yield word, name

    def calls_of(self, module: ModuleFacts, words: Iterable[str]) -> Iterator[CallFact]:
        """The calls in a module whose callee may have one of these names."""
        yield from self.modules.vocabulary(module).calls(self._aliases(words))

    def _aliases(self, words: Iterable[str]) -> frozenset[str]:
        """The names that other modules give to what has one of these names."""
        if self._known_aliases[0] != len(self.scanned):
            self._known_aliases = len(self.scanned), {}
        known = self._known_aliases[1].get(key := frozenset(words))
        if known is None:
            found, new = set(key), key
            while new:
                vocabularies = map(self.modules.vocabulary, self.scanned)
                handed = [one.handed_on(new) for one in vocabularies if one.mentions(new)]
                new = frozenset().union(*handed) - found
                found |= new
            known = self._known_aliases[1][key] = frozenset(found)
        return known

    def spread(self, module: ModuleFacts, words: Iterable[str]) -> AbstractSet[str]:
        """The names in a module that may stand for one of `words`."""
        return self.modules.vocabulary(module).spread(self._aliases(words))

    @cached_property
    def below_47(self) -> requirement.Requirement | None:
        """What holds the project below the version that awaits callbacks, if anything does."""
        return requirement.below_47(self.requirements)

    # -- callbacks -----------------------------------------------------------------------------------------

    @cached_property
    def registered(self) -> tuple[Registered, ...]:
        """Every callback once, in the order of its first registration."""
        found: dict[Value, Registered] = {}
        order = sorted(
            self.registrations.found.values(),
            key=lambda one: (one.module.path, one.node.lineno, one.node.col_offset, one.parameter),
        )
        for registration in order:
            for value in sorted(registration.values, key=_position):
                callback = self.callbacks.callback(value)
                if callback.kind != "none":
                    found.setdefault(value, Registered(callback)).registrations.append(registration)
        return tuple(found.values())

    @cached_property
    def execution(self) -> Execution:
        """The call graph from the callbacks on: where there are none, it is not even imported."""
        from flake8_orch47.resolution.execution import Execution

        says = self.settings.blocking_calls or self.settings.non_blocking_calls
        settled = Evaluator(self.modules, self.target, self.evaluator)
        return Execution(settled, self._configured if says else None, self.target)

    @cached_property
    def contexts(self) -> tuple[AsyncContext, ...]:
        """The bodies that the event loop runs for a callback."""
        leading = [entry.callback for entry in self.registered if _leads_anywhere(entry.callback)]
        if not leading:
            return ()
        from flake8_orch47.resolution.contexts import async_contexts

        return async_contexts(self.execution, leading)

    def runs(self, callback: Callback, context: AsyncContext) -> bool:
        """Whether a callback leads to a context, which knows only the first one that does."""
        bodies = self._bodies.get(callback.value)
        if bodies is None:
            from flake8_orch47.resolution.contexts import async_contexts

            found = async_contexts(self.execution, [callback])
            bodies = self._bodies[callback.value] = frozenset(one.body for one in found)
        return context.body in bodies

    def _configured(self, name: str) -> bool | None:
        """What the settings say of a qualified name: it blocks, it does not, or nothing."""
        if any(fnmatchcase(name, pattern) for pattern in self.settings.non_blocking_calls):
            return False
        return any(fnmatchcase(name, pattern) for pattern in self.settings.blocking_calls) or None

    # -- placing findings ----------------------------------------------------------------------------------

    def is_linted(self, module: ModuleFacts) -> bool:
        """Whether findings in the module are wanted."""
        return module.path in self.project.linted

    def loads(self, scope: Scope, name: str, assigned: ast.stmt | None) -> list[ast.Name]:
        """Where in a function, nested functions included, a name is read that `assigned` has bound."""
        names = self._loads.get(scope)
        if names is None:
            names = self._loads[scope] = {}
            for node in ast.walk(scope.node):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    names.setdefault(node.id, []).append(node)
        reads = self._reads.get((scope, name))
        if reads is None:
            reads = self._reads[scope, name] = {}
            parents = self.parents(scope.module, scope.node)
            for node in names.get(name, ()):
                reached, owner = self.evaluator.names.lookup(name, scope, statement_of(node, parents))
                if owner is scope:
                    for statement in {one.binding.statement for one in reached}:
                        reads.setdefault(statement, []).append(node)
        return reads.get(assigned, []) if assigned is not None else []

    def parents(self, module: ModuleFacts, around: ast.AST | None = None) -> Parents:
        """The parent of every node of a module; with `around`, of those in its statement that `around` stands in.

        A module stands in none of its statements, but around all of them.
        """
        body = module.tree.body
        known = self._parents.get(module)
        if known is None:
            known = dict.fromkeys(body, module.tree), [statement.end_lineno or 0 for statement in body], set()
            self._parents[module] = known
        parents, ends, done = known
        line: int | None = getattr(around, "lineno", None)
        for index in range(0 if line is None else bisect_left(ends, line), len(body)):
            if line is not None and _first_line(body[index]) > line:
                break
            if index not in done:
                done.add(index)
                parents.update(parents_of(body[index]))
        return parents

    def span(self, module: ModuleFacts, node: ast.AST) -> Span:
        """Where a node stands; for a function or class its keyword and name only."""
        lines = self._lines.get(module)
        if lines is None:
            lines = self._lines[module] = split_lines(module.text)
        row, end_row = node.lineno, node.end_lineno or node.lineno  # type: ignore[attr-defined]
        column = _column(lines, row, node.col_offset)  # type: ignore[attr-defined]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            line = lines[row - 1] if row <= len(lines) else ""
            found = line.find(node.name, column + 3)
            return Span(module.path, row, column, row, found + len(node.name) if found >= 0 else len(line))
        return Span(module.path, row, column, end_row, _column(lines, end_row, node.end_col_offset or 0))  # type: ignore[attr-defined]

    def finding(
        self, code: str, module: ModuleFacts, node: ast.AST, message: str, related: Iterable[Hop] = ()
    ) -> Finding:
        """A finding at a node."""
        return Finding(self.span(module, node), code, message, tuple(related))

    def hop(self, module: ModuleFacts, node: ast.AST, message: str) -> Hop:
        """A hop at a node."""
        return Hop(self.span(module, node), message)

    def hops(self, registrations: Iterable[Registration]) -> list[Hop]:
        """Where a callback is registered, each place once."""
        hops: dict[Hop, None] = {}
        for one in registrations:
            hops[self.hop(one.module, one.node, f"registered here as {one.parameter}")] = None
        return list(hops)

    def where(self, module: ModuleFacts, node: ast.AST) -> str:
        """A short `file:line` for messages, relative to the project."""
        path = self._relative.get(module)
        if path is None:
            path = self._relative[module] = os.path.relpath(module.path, self.project.root).replace(os.sep, "/")
        return f"{path}:{node.lineno}"  # type: ignore[attr-defined]


def _leads_anywhere(callback: Callback) -> bool:
    """Whether a callback runs anything: some only say yes or no."""
    functions = [callback.function, callback.change, *(coroutine.function for coroutine in callback.coroutines)]
    return any(function is not None and not _says_only(function.node) for function in functions)


def _says_only(node: FunctionNode) -> bool:
    """Whether a function does nothing but return a constant."""
    if isinstance(node, ast.Lambda):
        return isinstance(node.body, ast.Constant)
    *before, last = node.body
    return all(map(is_docstring, before)) and isinstance(last, ast.Return) and isinstance(last.value, ast.Constant)


def _position(value: Value) -> tuple[str, int, int, str]:
    """A stable order of values: by where they stand."""
    scope = getattr(value, "scope", None) or getattr(getattr(value, "cls", None), "scope", None)
    if not isinstance(scope, Scope):
        return "", 0, 0, str(value)
    node = scope.node
    return scope.module.path, getattr(node, "lineno", 0), getattr(node, "col_offset", 0), type(value).__name__


def _first_line(statement: ast.stmt) -> int:
    """Where a statement begins: at its decorators, if it has some."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min((statement.lineno, *(decorator.lineno for decorator in decorators)))


def _column(lines: list[str], row: int, offset: int) -> int:
    return to_column(lines[row - 1], offset) if 0 < row <= len(lines) else offset
