"""ORC101, ORC102, ORC105: a job that only starts a workflow becomes an entry of the project's `SCHEDULES`.

The jobs of a module move together, so that an import which only they needed goes with them. The first module that has
some gets the list, if the project has none yet; the next round finds it there.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from flake8_orch47.facts.children import last_name
from flake8_orch47.findings import Span
from flake8_orch47.fixes.dead_schedules import Dead, exported
from flake8_orch47.fixes.steps import Insertion, Planned, Refusal, Refused, Removal, Step
from flake8_orch47.fixes.uses import Uses
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution.values import Module
from flake8_orch47.schedules.collect import LOADS_SCHEDULES, Found, read
from flake8_orch47.schedules.source import entry
from flake8_orch47.schedules.sql import removal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flake8_orch47.facts.scopes import Binding, ModuleFacts
    from flake8_orch47.findings import Finding
    from flake8_orch47.fixes.dead_schedules import Gone
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.fixes.uses import Use
    from flake8_orch47.schedules.jobs import Definition

__all__ = ["plan"]

#: The name that `load_schedules` of 5.5 and the generated module use.
LIST = "SCHEDULES"
_ALL = core.ALL_SCHEDULERS.rpartition(".")[2]


class _List(NamedTuple):
    """The list of schedules that a project has already."""

    module: ModuleFacts
    node: ast.List


class _Going(NamedTuple):
    """What goes when a job moves: a whole statement, with the comments on it, or a decorator."""

    found: Found
    statement: ast.stmt
    span: Span
    is_whole: bool
    comments: tuple[str, ...] = ()
    #: why its function stays
    kept: str = ""

    @property
    def entry(self) -> str:
        """The source of the entry that takes its place."""
        return "\n".join(entry(self.found.schedule))


def plan(planning: Planning, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Planned | Refused]]:
    """The plans for ORC101, ORC102 and ORC105."""
    jobs: dict[tuple[str, int, int], list[Found]] = {}
    for found in read(planning.analysis):
        span = planning.analysis.span(found.job.module, found.job.call.node)
        jobs.setdefault((span.path, span.row, span.column), []).append(found)
    moving: dict[ModuleFacts, list[tuple[Finding, _Going]]] = {}
    planner = _Planner(planning, [found for group in jobs.values() for found in group])
    for finding in findings:
        try:
            for going in planner.going(jobs.get((finding.span.path, finding.span.row, finding.span.column), [])):
                moving.setdefault(going.found.job.module, []).append((finding, going))
        except Refusal as refusal:
            yield finding, Refused(str(refusal))
    yield from planner.planned(moving)


class _Planner:
    """Plans for the jobs of a project."""

    def __init__(self, planning: Planning, jobs: Sequence[Found]) -> None:
        self.planning = planning
        self.analysis = planning.analysis
        self.jobs = jobs
        self.dead = Dead(planning)

    @cached_property
    def uses(self) -> Uses:
        """Who uses the functions of the jobs."""
        return Uses(self.planning, {found.function for found in self.jobs if found.function is not None})

    # -- what goes -----------------------------------------------------------------------------------------

    def going(self, jobs: Sequence[Found]) -> list[_Going]:
        """What goes with the jobs that one finding points at. Raises Refusal where one of them stays."""
        if not jobs:
            raise Refusal("what it schedules was not found")
        required = self.analysis.below_47
        if required is not None and not self.planning.target_given:
            raise Refusal(
                f"the project requires orchestrator-core {required.specifier or 'below 4.7'}, which has no Scheduler "
                "API; `--target-version` says that the upgrade goes along"
            )
        for found in jobs:
            reasons = [*found.schedule.remarks_of("refused"), *found.schedule.remarks_of("apart")]
            if reasons:
                raise Refusal("; ".join(remark.message for remark in reasons))
        return [self._of(found) for found in jobs]

    def _of(self, found: Found) -> _Going:
        job = found.job
        parents = self.analysis.parents(job.module)
        definition = job.definition
        if definition is not None:
            if job.decorator is not job.call.node or job.home is not job.module:
                raise Refusal("the decorator has a name: write it at the function, and it can be moved")
            if parents[definition] is not job.module.tree:
                raise Refusal("its function stands inside something else")
            self.planning.indent(job.module, definition)
            try:
                return self._function(found, definition)
            except Refusal as refusal:
                decorator = self._decorator(job.module, job.call.node)
                return _Going(found, definition, decorator, is_whole=False, kept=str(refusal))
        statement: ast.AST = parents[job.call.node]
        if isinstance(statement, ast.Call) and statement.func is job.call.node:  # `scheduled_job(...)(run)`
            statement = parents[statement]
        if not isinstance(statement, ast.Expr):
            raise Refusal("what the call gives is used")
        span = self.planning.span(job.module, statement)
        if job.module.tree.body.count(statement) and self._starts_its_line(job.module, statement):
            span, comments = self._with_comments(job.module, statement, span)
            return _Going(found, statement, span, is_whole=True, comments=comments)
        return _Going(found, statement, span, is_whole=True)

    def _function(self, found: Found, definition: Definition) -> _Going:
        """The decorated function with its decorators. Raises Refusal where it has to stay."""
        job = found.job
        others = [one for one in self.jobs if one.function is found.function and one is not found]
        if any(not one.schedule.converts or one.schedule.remarks_of("apart") for one in others):
            raise Refusal("another schedule of it does")
        self._users(found)
        start = self.planning.span(job.module, definition)
        first = min((self._decorator(job.module, one) for one in definition.decorator_list), key=lambda span: span[1:3])
        span = Span(start.path, first.row, first.column, start.end_row, start.end_column)
        span, comments = self._with_comments(job.module, definition, span)
        return _Going(found, definition, span, is_whole=True, comments=comments)

    def _with_comments(self, module: ModuleFacts, node: ast.stmt, span: Span) -> tuple[Span, tuple[str, ...]]:
        """A statement's stretch with the comments right above it, which go where it goes."""
        first = self.planning.row_before(module, node)
        lines = self.planning.lines(module)[first - 1 : span.row - 1]
        if not lines:
            return span, ()
        return span._replace(row=first, column=0), tuple(line.strip() for line in lines)

    def _starts_its_line(self, module: ModuleFacts, node: ast.stmt) -> bool:
        try:
            self.planning.indent(module, node)
        except Refusal:
            return False
        return True

    def _users(self, found: Found) -> tuple[list[Binding], list[tuple[ModuleFacts, Gone]]]:
        """The imports and the entries of lists that go with a function. Raises Refusal where other code uses it."""
        function = found.function
        if found.job.definition is None or function is None or not isinstance(function.node, ast.FunctionDef):
            return [], []
        bindings = function.module.scope.bindings[function.node.name]
        if len(bindings) != 1:
            raise Refusal(f"`{function.node.name}` has several meanings")
        gone = []
        for use in self.uses.of(function):
            if not self._is_listed(use):
                raise Refusal(f"`{function.node.name}` is used at {self.analysis.where(use.module, use.node)}")
            parents = self.analysis.parents(use.module)
            gone.append((use.module, self.dead.goes(use.module, use.node, parents, is_list=False)))
        imports = list(self._imports_of(bindings[0]))
        known = {id(use.node) for use in self.uses.of(function)}
        for binding in imports:
            module = binding.scope.module
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Name) and node.id == binding.name and id(node) not in known:
                    raise Refusal(f"`{binding.name}` is used at {self.analysis.where(module, node)}")
        return imports, gone

    def _is_listed(self, use: Use) -> bool:
        """Whether a use only lists the function among the framework's jobs, or exports it."""
        parents = self.analysis.parents(use.module)
        node: ast.AST = use.node
        while not isinstance(node, ast.stmt):
            node = parents[node]
        match node:
            case ast.Assign(targets=targets):
                return use.kind == "flows" and any(last_name(target) == _ALL for target in targets)
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                return use.kind == "flows" and last_name(target) == _ALL
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver))):
                return last_name(receiver) == _ALL
        return False

    def _imports_of(self, binding: Binding) -> Iterator[Binding]:
        """The imports of a function in other modules, and in those that import it from there."""
        home = binding.scope.module
        self.analysis.scan_users_of([(home, binding.name)])
        stays = [one for one in self.jobs if one.job.module is home and not one.schedule.converts]
        for module in tuple(self.analysis.scanned):
            for scope in module.scopes.values():
                if any(self.dead.is_from(star, home, module) and binding.name in module.text for star in scope.stars):
                    raise Refusal(f"`from ... import *` may hand it on to `{self.planning.relative(module.path)}`")
                for other in (one for found in scope.bindings.values() for one in found):
                    if other.kind != "import" or other.imported != binding.name:
                        continue
                    if self.dead.is_from(other, home, module):
                        if stays and len(getattr(other.statement, "names", ())) == 1:
                            raise Refusal("the import has other jobs scheduled")
                        yield other
                        yield from self._imports_of(other)

    def _decorator(self, module: ModuleFacts, node: ast.expr) -> Span:
        """A decorator with its `@`."""
        span = self.planning.span(module, node)
        line = self.planning.lines(module)[span.row - 1]
        at = line.rfind("@", 0, span.column)
        if at < 0 or line[at + 1 : span.column].strip(" \t("):
            raise Refusal("the decorator does not follow its @")
        if line[at + 1 : span.column].strip():
            raise Refusal("the decorator stands in brackets")
        return Span(span.path, span.row, at, span.end_row, span.end_column)

    # -- plans ---------------------------------------------------------------------------------------------

    def planned(
        self, moving: dict[ModuleFacts, list[tuple[Finding, _Going]]]
    ) -> Iterator[tuple[Finding, Planned | Refused]]:
        """The plans of the jobs that move, by module."""
        if not moving:
            return
        try:
            known = self._list()
        except Refusal as refusal:
            yield from ((finding, Refused(str(refusal))) for group in moving.values() for finding, _ in group)
            return
        for module, whole_group in moving.items():
            group = []
            for finding, going in whole_group:
                try:
                    self._already_loaded(going, known)
                    group.append((finding, going))
                except Refusal as refusal:
                    yield finding, Refused(str(refusal))
            try:
                steps = tuple(self._steps(module, [going for _, going in group], known)) if group else ()
            except Refusal as refusal:
                yield from ((finding, Refused(str(refusal))) for finding, _ in group)
                continue
            for finding, going in group:
                yield finding, self._plan(going, steps)
            if known is None:  # the others wait until there is a list
                return

    def _already_loaded(self, going: _Going, known: _List | None) -> None:
        """`load_schedules` takes one schedule per workflow. Raises Refusal where the list has one."""
        workflow = going.found.schedule.workflow
        if known is None or self.analysis.target < LOADS_SCHEDULES:
            return
        constants = (node for node in ast.walk(known.node) if isinstance(node, ast.Constant))
        if any(node.value == workflow for node in constants):
            raise Refusal(f"`{LIST}` has a schedule of `{workflow}`, and `load_schedules` takes one per workflow")

    def _plan(self, going: _Going, steps: tuple[Step, ...]) -> Planned:
        schedule = going.found.schedule
        lost = [remark.message for remark in (*schedule.remarks_of("lost"), *schedule.remarks_of("changed"))]
        statements = " ".join(line.strip() for line in removal([schedule]) if not line.startswith("--"))
        parts = [
            f"nothing is scheduled before `{LIST}` is loaded (see `orch47 schedules`)",
            *([f"the old job stays until `{statements}`"] if statements else []),
            *([f"lost: {'; '.join(lost)}"] if lost else []),
        ]
        if going.kept:
            parts.insert(0, f"its function stays: {going.kept}")
        return Planned("unsafe", f"move `{schedule.function}` to `{LIST}`", steps, "; ".join(parts))

    def _steps(self, module: ModuleFacts, group: Sequence[_Going], known: _List | None) -> Iterator[Step]:
        spans = list(dict.fromkeys(going.span for going in group))
        whole = {going.span: going.statement for going in group if going.is_whole}
        for function in self._orphans(module, group, spans):
            span = self.planning.span(module, function)
            whole[span] = function
            spans.append(span)
        yield from self._lists_and_imports(module, [going for going in group if going.is_whole], whole.values(), spans)
        if known is not None:
            for text, comments in self._entries(group):
                rewrite = "moved_schedules:with_entry"
                yield self.planning.change(known.module, known.node, rewrite, text, *comments, composes=True)
        else:
            insertion, spans = self._new_list(module, group, spans)
            yield insertion
        parents = self.analysis.parents(module)
        for span in spans:
            statement = whole.get(span)
            yield Removal(span, "pass" if statement is not None and _is_alone(statement, parents[statement]) else "")

    def _entries(self, group: Sequence[_Going]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The entries of jobs, with the comments on what went: once where one function had several schedules."""
        said: set[Span] = set()
        for going in group:
            yield going.entry, () if going.span in said else going.comments
            said.add(going.span)

    def _orphans(
        self, module: ModuleFacts, group: Sequence[_Going], spans: Sequence[Span]
    ) -> Iterator[ast.FunctionDef]:
        """The functions of the module that were there only to be handed to the calls that go."""
        for function in dict.fromkeys(one.found.function for one in group if one.found.job.target is not None):
            if function is None or function.module is not module or not isinstance(function.node, ast.FunctionDef):
                continue
            node = function.node
            bindings = module.scope.bindings.get(node.name, [])
            if node.decorator_list or node not in module.tree.body or len(bindings) != 1:
                continue
            uses = self.uses.of(function)
            if any(use.module is not module or not self._is_within(module, use.node, spans) for use in uses):
                continue
            try:
                if not list(self._imports_of(bindings[0])):
                    self.planning.indent(module, node)
                    yield node
            except Refusal:
                continue

    def _lists_and_imports(
        self, module: ModuleFacts, going: Sequence[_Going], statements: Iterable[ast.stmt], spans: Sequence[Span]
    ) -> Iterator[Step]:
        """The steps that take functions out of lists and imports, and imports that nothing needs any more."""
        imports: dict[ModuleFacts, dict[ast.stmt, list[ast.AST]]] = {}
        gone: dict[ModuleFacts, list[Gone]] = {}
        bindings = list(self._dead_imports(module, statements, spans))
        for one in going:
            more, listed = self._users(one.found)
            bindings += more
            for where, what in listed:
                gone.setdefault(where, []).append(what)
        for binding in dict.fromkeys(bindings):
            imports.setdefault(binding.scope.module, {}).setdefault(binding.statement, []).append(binding.node)
        for where in dict.fromkeys((*imports, *gone, module)):
            names = self._exported(where, bindings, going)
            yield from self.dead.in_module(where, [*gone.get(where, ()), *names], imports.get(where, {}))

    def _exported(self, module: ModuleFacts, bindings: Sequence[Binding], going: Sequence[_Going]) -> Iterator[Gone]:
        """The entries of a module's `__all__` for what goes."""
        names = {binding.name for binding in bindings if binding.scope.module is module}
        names |= {getattr(one.statement, "name", "") for one in going if one.found.job.module is module} - {""}
        for name in sorted(names):
            yield from exported(module, name)

    def _new_list(
        self, module: ModuleFacts, group: Sequence[_Going], spans: Sequence[Span]
    ) -> tuple[Insertion, list[Span]]:
        """The step that brings the list, in the place of the first thing that goes; and what else goes."""
        if LIST in self.planning.names(module):
            raise Refusal(f"`{LIST}` is something else in `{self.planning.relative(module.path)}`")
        entries = [[*(f"    {one}" for one in comments), *text.splitlines()] for text, comments in self._entries(group)]
        lines = (f"{LIST} = [", *(line for one in entries for line in one), "]")
        parents = self.analysis.parents(module)
        first = min(group, key=lambda going: going.span)
        top = first.statement
        while not isinstance(parents[top], ast.Module):
            top = _statement_around(parents[top], parents)
        replaces = first.is_whole and top is first.statement and self._has_its_lines(module, first.span)
        until = first.span.end_row + 1 if replaces else 0
        row = first.span.row if replaces else self.planning.row_before(module, top)
        blank = 2 if isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else 1
        insertion = Insertion(module.path, row, lines, "", 0 if replaces else blank, until)
        return insertion, [span for span in spans if not (replaces and span == first.span)]

    def _has_its_lines(self, module: ModuleFacts, span: Span) -> bool:
        """Whether no other code stands on the lines of a stretch."""
        lines = self.planning.lines(module)
        before, after = lines[span.row - 1][: span.column], lines[span.end_row - 1][span.end_column :]
        return not before.strip() and (not after.strip() or after.lstrip().startswith("#"))

    def _list(self) -> _List | None:
        """The project's list of schedules, None where it has none. Raises Refusal for several, or for another thing."""
        found = []
        for path, data in self.analysis.project.contents(self.analysis.project.files):
            if LIST.encode() not in data:
                continue
            facts = self.analysis.modules.facts(path)
            bindings = facts.scope.bindings.get(LIST, []) if facts is not None else []
            for binding in bindings:
                if facts is not None and binding.kind == "assign":
                    if not isinstance(binding.value, ast.List) or not all(map(_is_entry, binding.value.elts)):
                        raise Refusal(f"`{LIST}` in `{self.planning.relative(path)}` is no list of schedules")
                    found.append(_List(facts, binding.value))
        if len(found) > 1:
            raise Refusal(f"the project has several lists `{LIST}`")
        return found[0] if found else None

    # -- imports -------------------------------------------------------------------------------------------

    def _dead_imports(self, module: ModuleFacts, gone: Iterable[ast.stmt], spans: Sequence[Span]) -> Iterator[Binding]:
        """The imports that only what goes has needed."""
        going = {id(node) for statement in gone for node in ast.walk(statement)}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if self._is_within(module, decorator, spans):
                        going |= {id(inner) for inner in ast.walk(decorator)}
        loads: dict[str, bool] = {}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name):
                loads[node.id] = loads.get(node.id, True) and id(node) in going
        for name, only in loads.items():
            bindings = module.scope.bindings.get(name, [])
            if only and len(bindings) == 1 and self._is_dead(module, bindings[0]):
                yield bindings[0]

    def _is_within(self, module: ModuleFacts, node: ast.expr, spans: Sequence[Span]) -> bool:
        span = self.planning.span(module, node)
        return any(one[1:3] <= span[1:3] and span[3:5] <= one[3:5] for one in spans)

    def _is_dead(self, module: ModuleFacts, binding: Binding) -> bool:
        """Whether an import that no code of its module needs can go: nobody imports it from here, nothing runs."""
        if binding.kind != "import" or binding.statement not in module.tree.body:
            return False
        if self._schedules_when_imported(module, binding) or _is_named(module, binding.name):
            return False
        try:
            return not list(self._imports_of(binding))
        except Refusal:
            return False

    def _schedules_when_imported(self, module: ModuleFacts, binding: Binding) -> bool:
        """Whether an import runs a module of the project that may schedule jobs."""
        if binding.imported is None:
            alias = binding.node
            dotted = alias.name if isinstance(alias, ast.alias) else binding.module
            return self.analysis.project.find(dotted.partition(".")[0], module.path) is not None
        sources = self.analysis.evaluator.names.module_named(binding.module, binding.level, module.path)
        homes = {one.found.path for one in sources if isinstance(one, Module)}
        return any(one.job.module.path in homes for one in self.jobs)


def _is_named(module: ModuleFacts, name: str) -> bool:
    """Whether a text names something: in `__all__`, or in an annotation that is a text."""
    if next(exported(module, name), None) is not None:
        return True
    annotations = [getattr(node, field, None) for node in ast.walk(module.tree) for field in ("annotation", "returns")]
    texts = [node for one in annotations if isinstance(one, ast.expr) for node in ast.walk(one)]
    return any(isinstance(node, ast.Constant) and name in str(node.value) for node in texts)


def _is_entry(node: ast.expr) -> bool:
    """Whether an element of a list is a schedule: a dictionary with a workflow's name."""
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant) and key.value == "workflow_name" for key in node.keys
    )


def _is_alone(statement: ast.stmt, parent: ast.AST) -> bool:
    """Whether a statement is all there is in its block."""
    blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
    return any(isinstance(block, list) and block == [statement] for block in blocks)


def _statement_around(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> ast.stmt:
    """The statement that a node is, or stands in."""
    while not isinstance(node, ast.stmt):
        node = parents[node]
    return node
