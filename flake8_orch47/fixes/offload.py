"""ORC301 to ORC308: what blocks the event loop moves to a thread.

Here findings become boundaries, with what the engine knows of them; `placement` decides what moves, and
`codemods.offload` writes it.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from flake8_orch47.facts.places import place_of
from flake8_orch47.findings import Span
from flake8_orch47.fixes.steps import Change, Insertion, Planned, Refusal, Refused, Step
from flake8_orch47.fixes.thread_affinity import REENTRANT, SESSION, ThreadAffinity, opened_elsewhere, thread_reason
from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import LAZY_RESULTS, Action, Boundary, Knowledge, is_plain_annotation
from flake8_orch47.fixes.threads.moves import InFunction, InThread, Move, Statements, WholeBody
from flake8_orch47.fixes.threads.naming import Reference, is_certain, reference
from flake8_orch47.fixes.threads.placement import Placement, Planner
from flake8_orch47.fixes.transactions import Transactions, uses_request
from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.knowledge.columns import COLUMNS
from flake8_orch47.resolution.values import (
    BoundBuiltin,
    Class,
    Constant,
    Coroutine,
    Expression,
    External,
    ExternalInstance,
    Function,
    Instance,
    Opaque,
    Value,
    Values,
)
from flake8_orch47.rules.blocking import boundary_calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope
    from flake8_orch47.findings import Finding
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.fixes.thread_affinity import Tie
    from flake8_orch47.resolution.contexts import AsyncContext
    from flake8_orch47.resolution.execution import Body, Leaf
    from flake8_orch47.resolution.execution import Step as Operation

__all__ = ["plan"]

#: Of the ways in which one expression runs things, the one that decides how it moves.
_KINDS = ("enter", "iterate", "contains", "truth", "subscript", "attribute", "call")
#: What ends an object's state that others may see: queries after it have to use the same session.
_WRITES = frozenset("begin begin_nested commit delete flush merge refresh rollback update".split())
#: Built-in functions that only run what they are given when their result is consumed.
_LAZY = frozenset(f"builtins.{name}" for name in ("enumerate", "filter", "iter", "map", "reversed", "zip"))
#: `pynetbox` answers with what only blocks when it is consumed, too.
_LAZY_OWNERS = {"pynetbox.core.endpoint.Endpoint": frozenset({"all", "filter"})}
#: Objects that only the thread that made them may use.
_OWNED = {
    "sqlite3.Connection": "a connection of `sqlite3` belongs to the thread that opened it",
    "sqlite3.Cursor": "a cursor of `sqlite3` belongs to the thread that opened its connection",
    "sqlalchemy.orm.scoped_session": "a `scoped_session` gives each thread a session of its own",
}
#: Where the framework's tables are, and functions of it that give an object of one.
_TABLES = ("orchestrator.db", "orchestrator.db.models", "orchestrator.core.db", "orchestrator.core.db.models")
_GIVEN = {"orchestrator.services.subscriptions.get_subscription": "SubscriptionTable"}
#: No line is to be longer than that for a fix's sake.
_LONG = 120
_SCOPED = "the session of a `database_scope()` belongs to what is in it"
#: Objects that one task at a time may use: those of the function itself may move, those of others may not.
_EXCLUSIVE = (
    "sqlalchemy.orm.Session",
    "sqlalchemy.engine.Connection",
    "sqlalchemy.engine.Transaction",
    "pymysql.connections.Connection",
    "pymysql.cursors.Cursor",
)
#: How a lock is taken that the thread that took it has to give back.
_REENTRANT = frozenset(name for name in REENTRANT if name.endswith((".acquire", ".wait")))
_REENTRANT_STAYS = "the lock belongs to the thread that takes it, which has to give it back too"
_REASONS = {
    "session": "it runs in another thread, under a session of its own: what it changes is not part of the request's "
    "transaction, and objects of the session must not leave it",
    "thread": "it runs in another thread, and other requests run before it has ended: thread-locals and objects that "
    "are not thread-safe are for you to check",
    "await": "the coroutine runs in the event loop of the API, not in one of its own",
}


def plan(planning: Planning, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Planned | Refused]]:
    """The plans for ORC301 to ORC308."""
    found = list(findings)
    paths = {finding.span.path for finding in found}
    affinity = ThreadAffinity(planning)
    by_module = _boundaries(affinity, paths)
    placed: dict[tuple[str, int, int], Placement] = {}
    refused: dict[tuple[str, int, int], str] = {}
    for module, boundaries in by_module.items():
        planner = Planner(module, _Engine(affinity, module))
        placements, refusals = planner.plan(boundaries.values())
        for placement in placements:
            for boundary in placement.boundaries:
                where = planner.stretch(boundary.node)
                placed[module.path, where.row, where.column] = placement
        for boundary, reason in refusals.items():
            where = planner.stretch(boundary.node)
            refused[module.path, where.row, where.column] = reason

    def one(finding: Finding) -> Planned:
        key = finding.span.path, finding.span.row, finding.span.column
        if key in placed:
            return _planned(planning, planning.module(finding.span.path), placed[key])
        raise Refusal(refused.get(key, "the call that blocks is in a file that is not among those given"))

    return planning.each(found, one)


# From findings to boundaries


class _Situation(NamedTuple):
    """A blocking step of an async context, and the code of what blocks."""

    step: Operation
    context: AsyncContext
    code: str


def _boundaries(affinity: ThreadAffinity, paths: set[str]) -> dict[ModuleFacts, dict[ast.expr, Boundary]]:
    """The boundaries in these files, in the order of the source."""
    situations: dict[ModuleFacts, dict[ast.expr, list[_Situation]]] = {}
    for call in boundary_calls(affinity.analysis):
        step = call.step
        if step.module.path in paths:
            nodes = situations.setdefault(step.module, {})
            nodes.setdefault(step.node, []).append(_Situation(step, call.context, call.chains[0].leaf.code))
    transactions, locks = Transactions(affinity), _Locks(affinity)
    return {
        module: {
            node: _boundary(_Engine(affinity, module), transactions, locks, node, nodes[node])
            for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
        }
        for module, nodes in situations.items()
    }


def _boundary(
    engine: _Engine, transactions: Transactions, locks: _Locks, node: ast.expr, situations: Sequence[_Situation]
) -> Boundary:
    affinity = engine.affinity
    steps = [one.step for one in situations]
    kinds = {step.kind for step in steps}
    leaves = {leaf for step in steps for leaf in step.leaves}
    reached = [one for step in steps for one in _reached(affinity, step)]
    within = engine.is_scoped(node)
    request = not within and any(uses_request(one.leaf) and not one.is_scoped for one in reached)
    classes = engine.classes(node)
    return Boundary(
        node,
        next(kind for kind in _KINDS if kind in kinds or kind == "call"),
        situations[0].code,
        _action(engine, node, leaves, has_bodies=any(step.bodies for step in steps)),
        request,
        any(one.leaf.origin.rpartition(".")[2] in _WRITES for one in reached),
        next((why for cls, why in _OWNED.items() if cls in classes), "")
        or (_SCOPED if within and any(uses_request(one.leaf) for one in reached) else "")
        or next((_OWNED["sqlite3.Connection"] for leaf in leaves if leaf.origin == "sqlite3.connect"), ""),
        engine.not_ours(node, leaves)
        or affinity.of(body for step in steps for body in step.bodies)
        or affinity.handled((body for step in steps for body in step.bodies), engine.module, node)
        or locks.reason(situations)
        or (transactions.reason(one.context for one in situations) if request else ""),
    )


class _Locks:
    """Locks that belong to a thread: those that the event loop holds, nobody takes in another thread meanwhile."""

    def __init__(self, affinity: ThreadAffinity) -> None:
        self.affinity = affinity
        self.analysis = affinity.analysis

    def reason(self, situations: Iterable[_Situation]) -> str:
        """Why a boundary must not wait for a lock in another thread; the empty text if it may."""
        for step, context, _ in situations:
            if (held := self._acquired.get(context.scope)) is not None and held.node is not step.node:
                return f"{self.affinity.said(held)}: {_REENTRANT_STAYS}"
            holders = [tie for scope, tie in self._holders.items() if scope is not context.scope]
            if not holders:
                continue
            taken = [tie for tie in self.affinity.reached(step.bodies) if tie.kind == "lock"]
            taken += [tie for tie in self.affinity.own(context.body) if tie.kind == "lock" and tie.node is step.node]
            for one in taken:
                for held in holders:
                    if self._may_be_same(one, held):
                        what, where = self.affinity.said(one), self.analysis.where(held.module, held.node)
                        return (
                            f"{what}, which the event loop may hold meanwhile ({where}): the thread would wait for ever"
                        )
        return ""

    def _may_be_same(self, one: Tie, other: Tie) -> bool:
        """Whether two places may take one lock: not if each has a variable that is made a lock of its own."""
        made = [self._made(tie) for tie in (one, other)]
        return None in made or made[0] is made[1]

    def _made(self, tie: Tie) -> Binding | None:
        """What makes the lock that is taken, where the name that stands there tells."""
        node = tie.node.func.value if isinstance(getattr(tie.node, "func", None), ast.Attribute) else tie.node  # type: ignore[attr-defined]
        if not isinstance(node, ast.Name):
            return None
        scope, statement = place_of(node, self.analysis.parents(tie.module), tie.module)
        reached, _ = self.analysis.evaluator.names.lookup(node.id, scope, statement)
        bindings = [found.binding for found in reached]
        is_made = len(bindings) == 1 and bindings[0].kind == "assign" and isinstance(bindings[0].value, ast.Call)
        return bindings[0] if is_made else None

    @cached_property
    def _acquired(self) -> dict[Scope, Tie]:
        """The async functions that call `acquire` of such a lock: from there on they hold it, nobody knows how long."""
        return {
            scope: tie
            for scope, ties in self._taken.items()
            for tie in ties
            if isinstance(tie.node, ast.Call) and ast.unparse(tie.node.func).endswith("acquire")
        }

    @cached_property
    def _holders(self) -> dict[Scope, Tie]:
        """The async functions that may wait for something else while they hold such a lock."""
        found = {scope: tie for scope, tie in self._acquired.items() if _waits(scope.node)}
        for scope, ties in self._taken.items():
            parents = self.analysis.parents(scope.module)
            for tie in ties:
                parent = parents[tie.node]
                block = parents[parent] if isinstance(parent, ast.withitem) else None
                if isinstance(block, ast.With) and _waits(block):
                    found[scope] = tie
        return found

    @cached_property
    def _taken(self) -> dict[Scope, list[Tie]]:
        """The async functions that take such a lock themselves."""
        found: dict[Scope, list[Tie]] = {}
        for context in self.analysis.contexts:
            if isinstance(context.scope.node, ast.AsyncFunctionDef):
                ties = [tie for tie in self.affinity.own(context.body) if tie.kind == "lock"]
                if ties:
                    found.setdefault(context.scope, []).extend(ties)
        return found


def _waits(node: ast.AST) -> bool:
    """Whether something in a function or block waits for the event loop."""
    return any(
        isinstance(one, ast.Await | ast.AsyncFor | ast.AsyncWith) for one in regions.own(getattr(node, "body", ()))
    )


class _Reached(NamedTuple):
    """Something that blocks, and whether a `database_scope()` is around it on the way."""

    leaf: Leaf
    is_scoped: bool


def _reached(affinity: ThreadAffinity, step: Operation) -> Iterator[_Reached]:
    """Everything that blocks behind a step."""
    execution = affinity.analysis.execution
    yield from (_Reached(leaf, False) for leaf in step.leaves)
    seen: set[tuple[Body, bool]] = set()
    waiting: list[tuple[Body, bool]] = [(body, False) for body in step.bodies]
    while waiting:
        body, scoped = waiting.pop()
        if (body, scoped) in seen:
            continue
        seen.add((body, scoped))
        for inner in execution.steps(body):
            inside = scoped or affinity.is_scoped(inner.module, inner.node)
            yield from (_Reached(leaf, inside) for leaf in inner.leaves)
            waiting += [(one, inside) for one in inner.bodies]


def _action(engine: _Engine, node: ast.expr, leaves: Iterable[Leaf], has_bodies: bool) -> Action:
    """How a call leaves the loop."""
    origins = {leaf.origin for leaf in leaves}
    runs_a_loop = all(one == "asyncio.run" or one.endswith(".run_until_complete") for one in origins)
    if not has_bodies and origins and runs_a_loop:
        return "await"
    for origin in origins:
        owner, _, last = origin.rpartition(".")
        if last in _LAZY_OWNERS.get(owner, ()) or (last in LAZY_RESULTS and origin != "glob.glob"):
            return "lazy"
    if isinstance(node, ast.Call):
        callees = engine.values(node.func)
        names = [one.name for one in callees if isinstance(one, External)]
        if any(name in _LAZY or name.startswith("itertools.") for name in names):
            return "lazy"
    return "thread"


class _Engine(Knowledge):
    """What the analysis knows about the expressions of one module."""

    def __init__(self, affinity: ThreadAffinity, module: ModuleFacts) -> None:
        self.analysis = affinity.analysis
        self.affinity = affinity
        self.module = module
        self.parents = self.analysis.parents(module)
        self._values: dict[ast.expr, Values] = {}
        self._callbacks = {
            function.node
            for entry in self.analysis.registered
            for function in (entry.callback.function, entry.callback.change)
            if function is not None
        }

    def values(self, node: ast.expr) -> Values:
        """What an expression may be, in every situation in which its function runs."""
        known = self._values.get(node)
        if known is None:
            scope, statement = place_of(node, self.parents, self.module)
            owner = scope
            while owner.kind == "comprehension" and owner.parent is not None:
                owner = owner.parent
            frames = {context.body.frame for context in self.analysis.contexts if context.scope is owner} or {None}
            found: set[Value] = set()
            for frame in frames:
                found |= self.analysis.evaluator.values(Expression(node, scope, statement, frame))
            known = self._values[node] = frozenset(found)
        return known

    def classes(self, node: ast.expr) -> set[str]:
        """The classes outside the project of what an expression is made from."""
        found: set[str] = set()
        for inner in regions.own([node]):
            if isinstance(inner, ast.Name | ast.Attribute | ast.Call):
                for value in self.values(inner):
                    if isinstance(value, ExternalInstance):
                        found.update(libraries.family(value.cls))
        return found

    def is_scoped(self, node: ast.AST) -> bool:
        """Whether `with db.database_scope():` is around a node."""
        return self.affinity.is_scoped(self.module, node)

    def is_request(self, node: ast.expr) -> bool:
        """Whether the value is the session of the request, a query of it, or an object that holds one."""
        return any(_holds_request(value) for value in self.values(node))

    def is_owned(self, node: ast.expr) -> bool:
        """Whether the value belongs to one thread."""
        families = [libraries.family(one.cls) for one in self.values(node) if isinstance(one, ExternalInstance)]
        return any(cls in _OWNED for family in families for cls in family)

    def is_exclusive(self, node: ast.expr) -> bool:
        """Whether the value is for one task at a time."""
        return any(isinstance(value, ExternalInstance) and _is_exclusive(value.cls) for value in self.values(node))

    def is_callback(self, function: ast.AST) -> bool:
        """Whether the framework calls the function and tests the result for truth."""
        return function in self._callbacks

    @cached_property
    def _runs(self) -> dict[ast.expr, tuple[Body, ...]]:
        """What the expressions of async functions of this module run, in every situation."""
        found: dict[ast.expr, tuple[Body, ...]] = {}
        for context in self.analysis.contexts:
            if context.scope.module is self.module:
                for step in self.analysis.execution.steps(context.body):
                    found[step.node] = found.get(step.node, ()) + step.bodies
        return found

    def stays(self, node: ast.expr) -> str:
        """Why an expression must not run in another thread: it makes a coroutine, or runs what is tied to its own."""
        if isinstance(node, ast.Call):
            if any(isinstance(value, Coroutine) for value in self.values(node)):
                return "a coroutine is made in it that is not awaited yet"
            for callee in self.values(node.func):
                if isinstance(callee, BoundBuiltin) and callee.name in ("set", "reset"):  # of a ContextVar
                    return "a context variable is set in it, which would be set in the thread only"
                if isinstance(callee, External) and (reason := thread_reason(callee.name)):
                    return reason
        is_name = isinstance(node, ast.Name | ast.Attribute)
        if is_name and self.affinity.knows_locals and self.affinity.is_local(self.values(node)):
            return self.affinity.local_reason(node)
        bodies = self._runs.get(node, ())
        return (
            self._not_opened_here(node) or self.affinity.of(bodies) or self.affinity.handled(bodies, self.module, node)
        )

    def stops(self, node: ast.expr) -> str:
        """Why what an expression runs must not end a thread: StopIteration cannot leave one."""
        return self.affinity.stops(self._runs.get(node, ()))

    def changes_session(self, node: ast.expr) -> bool:
        """Whether a call changes, sends or commits what is in the session of the request."""
        ties = self.affinity.reached(self._runs.get(node, ()))
        return any(tie.kind in SESSION for tie in ties)

    def _not_opened_here(self, node: ast.expr) -> str:
        """Why a connection of `sqlite3` must not be used in another thread: another one opened it."""
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return ""
        scope, statement = place_of(node, self.parents, self.module)
        if not self.affinity.is_connection(Expression(node, scope, statement, None), self.values(node)):
            return ""
        function = self._function(node)
        made = _is_made_in(node.id, function) if isinstance(node, ast.Name) else _root_is_made_in(node, function)
        return "" if made else opened_elsewhere(node)

    def is_plain(self, node: ast.expr) -> bool:
        """Whether the value is certainly plain: a comparison, a constant, a count, what an annotation says is."""
        values = self.values(node)
        if values and all(isinstance(value, Opaque | Constant) for value in values):
            return True
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "count" and not node.args:
                return any("Query" in cls for cls in self.classes(node.func.value))
            if isinstance(node.func, ast.Attribute) and node.func.attr == "scalar" and node.args:
                return self._selects_functions(node.args[0])
            callees = self.values(node.func)
            return bool(callees) and all(
                isinstance(one, Function) and is_plain_annotation(getattr(one.node, "returns", None)) for one in callees
            )
        return False

    def table(self, node: ast.expr) -> str:
        """The table of the framework that an expression names; the empty text for everything else."""
        names = {one.name for one in self.values(node) if isinstance(one, External)}
        if len(names) != 1 or not isinstance(node, ast.Name | ast.Attribute):
            return ""
        module, _, name = names.pop().rpartition(".")
        return name if module in _TABLES and name in COLUMNS else ""

    def table_given(self, node: ast.expr) -> str:
        """The table of the framework whose object a function of the framework gives."""
        if not isinstance(node, ast.Call):
            return ""
        names = {one.name for one in self.values(node.func) if isinstance(one, External)}
        return _GIVEN.get(names.pop(), "") if len(names) == 1 else ""

    def is_select(self, node: ast.expr) -> bool:
        """Whether an expression names SQLAlchemy's `select`."""
        return any(isinstance(one, External) and one.name.endswith(".select") for one in self.values(node))

    def _selects_functions(self, node: ast.expr) -> bool:
        """Whether a statement selects what SQL functions give, no objects: `select(func.count())`."""
        while isinstance(node, ast.Call | ast.Attribute):
            if isinstance(node, ast.Call):
                if any(isinstance(one, External) and one.name.endswith(".select") for one in self.values(node.func)):
                    return bool(node.args) and all(
                        isinstance(argument, ast.Call) and ast.unparse(argument.func).partition(".")[0] == "func"
                        for argument in node.args
                    )
                node = node.func
            else:
                node = node.value
        if isinstance(node, ast.Name):
            scope, statement = place_of(node, self.parents, self.module)
            reached, _ = self.analysis.evaluator.names.lookup(node.id, scope, statement)
            values = [one.binding.value for one in reached]
            return len(values) == 1 and isinstance(values[0], ast.Call) and self._selects_functions(values[0])
        return False

    def not_ours(self, node: ast.expr, leaves: Iterable[Leaf]) -> str:
        """Why something that the expression uses must not be used in another thread."""
        if any(leaf.origin in _REENTRANT for leaf in leaves):
            return _REENTRANT_STAYS
        function = self._function(node)
        for inner in regions.own([node]):
            if not isinstance(inner, ast.Name | ast.Attribute) or not isinstance(inner.ctx, ast.Load):
                continue
            if reason := self._not_opened_here(inner):
                return reason
            values = self.values(inner)
            if not (self.is_exclusive(inner) or any(_holds_request(value) for value in values)):
                continue
            if isinstance(inner, ast.Name):
                if not _is_made_in(inner.id, function):
                    return f"`{inner.id}` comes from elsewhere, where it may be in use at the same time"
            elif not self._is_database(inner.value) and not _root_is_made_in(inner, function):
                return f"`{ast.unparse(inner)}` comes from elsewhere, where it may be in use at the same time"
        return ""

    def _is_database(self, node: ast.expr) -> bool:
        """Whether an expression is something that gives each scope its own: `db`, a table, a registry, an engine."""
        return any(
            isinstance(value, External | Class)
            or (isinstance(value, ExternalInstance) and not _is_exclusive(value.cls))
            for value in self.values(node)
        )

    def _function(self, node: ast.AST) -> Scope:
        scope, _ = place_of(node, self.parents, self.module)
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope

    def database(self, function: Scope, row: int) -> Reference:
        """How a function names the orchestrator's `db`: as its module does, or by a new import."""
        for node in ast.walk(function.node):
            if isinstance(node, ast.Name | ast.Attribute) and self._names_database(node, function):
                return Reference(ast.unparse(node))
        for name, bindings in function.module.scope.bindings.items():
            if bindings[0].kind in ("import", "assign") and is_certain(function.module, function, name):
                values = self.analysis.evaluator.names.values(name, function.module.scope, None, None)
                if values and all(_is_core_database(value) for value in values):
                    return Reference(name)
        module = "orchestrator.core.db" if self._is_five(function.module) else "orchestrator.db"
        return reference(function.module, function, row, module, "db")

    def _names_database(self, node: ast.Name | ast.Attribute, function: Scope) -> bool:
        """Whether an expression of plain names is `db`, wherever in the module it is evaluated."""
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id not in function.module.scope.bindings:
            return False
        if root.id in function.bindings or not is_certain(function.module, function, root.id):
            return False
        values = self.values(node)
        return bool(values) and all(_is_core_database(value) for value in values)

    def _is_five(self, module: ModuleFacts) -> bool:
        """Whether the framework is imported as `orchestrator.core`: as the module does, or as the target has it."""
        for statement, _ in module.imports:
            names = [getattr(statement, "module", None) or "", *(alias.name for alias in statement.names)]
            words = [name for name in names if name.partition(".")[0] == "orchestrator"]
            if words:
                return any(f"{word}.".startswith("orchestrator.core.") for word in words)
        return self.analysis.target >= (5, 0)


def _is_exclusive(cls: str) -> bool:
    """Whether only one task at a time may use an instance."""
    family = libraries.family(cls)
    return any(one in _EXCLUSIVE for one in family) and not any("scoped_session" in one for one in family)


def _holds_request(value: Value) -> bool:
    match value:
        case ExternalInstance(cls):
            return "[request]" in cls
        case Instance(_, frame) if frame is not None:
            held = [one for given in frame.arguments.values() for one in given]
            return any(isinstance(one, ExternalInstance) and "[request]" in one.cls for one in held)
    return False


def _is_core_database(value: Value) -> bool:
    return isinstance(value, ExternalInstance) and core.canonical(value.cls) == "orchestrator.db.database.Database"


def _is_made_in(name: str, function: Scope) -> bool:
    """Whether a function binds a name itself, other than as a parameter."""
    bindings = function.bindings.get(name, [])
    if bindings:
        return all(binding.kind != "parameter" for binding in bindings)
    return any(
        name in scope.bindings and scope.kind == "comprehension" and scope.node in ast.walk(function.node)
        for scope in function.module.scopes.values()
    )


def _root_is_made_in(node: ast.expr, function: Scope) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call):
        return True
    return isinstance(node, ast.Name) and _is_made_in(node.id, function)


# From placements to steps


def _planned(planning: Planning, module: ModuleFacts, placement: Placement) -> Planned:
    """The plan that makes the moves of a placement."""
    first, move = placement.boundaries[0], placement.move
    reason = "thread"
    if getattr(move, "scope", ""):
        reason = "session"
    elif isinstance(move, InThread) and move.form == "await":
        reason = "await"
    return Planned(
        "unsafe", _message(move, first), (*_steps(planning, module, placement), *placement.imports), _REASONS[reason]
    )


def _message(move: Move, boundary: Boundary) -> str:
    node = boundary.node
    text = ast.unparse(node.func if isinstance(node, ast.Call) else node)
    text = text if len(text) <= 50 else f"{text[:47]}..."
    text = f"`{text}(...)`" if isinstance(node, ast.Call) else f"`{text}`"
    match move:
        case InThread(form="await"):
            return f"await what {text} is given"
        case InThread():
            return f"run {text} in a thread"
        case InFunction():
            return f"move {text} to `{move.helper}`, which runs in a thread with a session of its own"
        case WholeBody() | Statements():
            own = " with a session of its own" if move.scope else ""
            return f"move the body to `{move.helper}`, which runs in a thread{own}"


def _steps(planning: Planning, module: ModuleFacts, placement: Placement) -> Iterator[Step]:
    path, move = module.path, placement.move
    match move:
        case InThread():
            split = _split(planning, module, move, placement.boundaries[0])
            options: tuple[object, ...] = (move.form, move.target, move.bracketed, *split)
            composes = move.form in ("call", "await")
            yield Change(Span(path, *move.where), "expression", "offload:in_thread", options, composes)
        case InFunction():
            options = (move.helper, move.target, move.parameters, move.bracketed)
            yield Change(Span(path, *move.where), "expression", "offload:in_function", options)
            statement = planning.statement(module, *move.statement[:2])
            yield Insertion(
                path,
                planning.row_before(module, statement),
                tuple(_definition(planning, module, move)),
                planning.indent(module, statement),
                1,
            )
        case Statements():
            first, last = planning.statement(module, *move.first[:2]), move.last.end_row
            row = planning.row_before(module, first)
            above = planning.lines(module)[row - 2].strip() if row > 1 else ""
            options = (
                move.helper,
                move.target,
                move.results,
                move.scope,
                move.parameters,
                int(bool(above) and not above.endswith(":")),
                move.returns,
            )
            yield Change(_lines(planning, module, row, last), "block", "offload:statements", options)
        case WholeBody():
            function = planning.statement(module, *move.where[:2])
            row = planning.row_before(module, function)
            options = (move.helper, move.target, move.scope, _missing_blank_lines(planning, module, row))
            yield Change(_lines(planning, module, row, move.where.end_row), "block", "offload:whole_body", options)


def _split(planning: Planning, module: ModuleFacts, move: InThread, boundary: Boundary) -> tuple[str, int] | tuple[()]:
    """The white space before a line that would be too long with the thread, and how long one may be.

    Nothing where it is short enough, and where there can be no line ends: in an f-string.
    """
    lines, where = planning.lines(module), move.where
    line = lines[where.row - 1]
    added = len(f"await {move.target}, " if move.form == "call" else f"await {move.target}(lambda: )")
    added += 2 * move.bracketed
    if where.row != where.end_row or move.form == "await" or len(line) + added <= _LONG:
        return ()
    parents = planning.analysis.parents(module)
    at: ast.AST = boundary.node
    while not isinstance(at, ast.stmt):
        if isinstance(at, ast.JoinedStr):
            return ()
        at = parents[at]
    return line[: len(line) - len(line.lstrip())], _LONG


def _missing_blank_lines(planning: Planning, module: ModuleFacts, row: int) -> int:
    """How many blank lines are missing above a row for a function of the module."""
    above = planning.lines(module)[max(row - 3, 0) : row - 1]
    blank = next((number for number, line in enumerate(reversed(above)) if line.strip()), 2)
    return 2 - blank


def _lines(planning: Planning, module: ModuleFacts, first: int, last: int) -> Span:
    return Span(module.path, first, 0, last, len(planning.lines(module)[last - 1]))


def _definition(planning: Planning, module: ModuleFacts, move: InFunction) -> Iterator[str]:
    """The lines of the nested function that gives what an expression gave."""
    where = move.where
    lines = planning.lines(module)[where.row - 1 : where.end_row]
    lines[-1] = lines[-1][: where.end_column]
    lines[0] = lines[0][where.column :]
    code = "\n".join(lines)
    if len(lines) > 1:
        code = f"({code})"
    yield f"def {move.helper}({', '.join(move.parameters)}):"
    yield f"    with {move.scope}.database_scope():"
    yield f"        return {code}"
