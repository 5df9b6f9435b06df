"""Where blocking calls leave the event loop: what of a function moves to a thread, and in which form.

The smallest move that is right wins. A call goes alone (`f(a)`); a chain that goes on calling goes whole, as one
lambda; a comprehension or generator goes with what consumes it; what a statement does (`with`, `for`) goes with
the statement, as a nested function; what needs the orchestrator's session goes with everything that this session
gave, under a session of its own, the whole body of the function where nothing in it is awaited.

Only syntax is read here. What only the engine knows comes with each Boundary, and through Knowledge.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, TypeAlias

from flake8_orch47.facts.places import place_of
from flake8_orch47.facts.uses import parents_of
from flake8_orch47.fixes import regions
from flake8_orch47.fixes.moves import Form, InFunction, InThread, Move, Refusal, Statements, Stretch, WholeBody
from flake8_orch47.fixes.naming import Reference, reference
from flake8_orch47.project.source import split_lines, to_column
from flake8_orch47.records import Entity, Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.fixes.steps import NewImport

__all__ = ["Action", "Boundary", "Knowledge", "Placement", "Planner"]

#: How a blocking call leaves the loop: in a thread, as `asyncio.sleep`, as `await` of what `asyncio.run` is given.
#: `lazy`: what it gives blocks when it is consumed (`map(requests.get, urls)`).
Action: TypeAlias = Literal["thread", "lazy", "sleep", "await"]

#: What a nested function is called, by what it does.
_HELPERS = {
    "ORC301": "_request",
    "ORC302": "_query",
    "ORC303": "_pause",
    "ORC304": "_run",
    "ORC305": "_read",
    "ORC306": "_ask",
    "ORC307": "_wait",
    "ORC308": "_call",
}
#: Builtins that consume all that they need of an iterable before they return.
_CONSUMERS = frozenset(
    "all any bool dict frozenset len list max min set sorted sum tuple str int float bytes bytearray".split()
)
#: Builtins that hand on what they are given, one by one.
_LAZY = frozenset("enumerate filter iter map reversed zip".split())
#: Builtins whose result holds nothing of what they were given.
_PLAIN_CALLS = frozenset("all any bool bytes float hash int isinstance issubclass len ord repr round str type".split())
_PLAIN_TYPES = frozenset("bool bytes date datetime Decimal float int None str timedelta UUID".split())
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_UNPACKING = (ast.List, ast.Tuple, ast.Set, ast.Call)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Boundary(Entity):
    """A blocking call in an async context, at its boundary expression.

    `kind` says how the syntax runs it (as the operations of the facts do). `request`: it uses the session of the
    request, so its thread needs a session of its own; `writes`: it changes what this session holds. `owned`: why
    what it gives or uses belongs to one thread, so that everything with it moves together; `shared`: why it
    cannot move at all.
    """

    node: ast.expr
    kind: str
    code: str
    action: Action = "thread"
    request: bool = False
    writes: bool = False
    owned: str = ""
    shared: str = ""


class Placement(Record):
    """The moves that take some boundaries off the loop together, and the imports that they need."""

    boundaries: tuple[Boundary, ...]
    moves: tuple[Move, ...]
    imports: tuple[NewImport, ...] = ()


class Knowledge:
    """What the engine knows about expressions. This one knows nothing: a codemod that runs alone."""

    def is_request(self, node: ast.expr) -> bool:
        """Whether the value is the request's session, or something that runs on it."""
        return False

    def is_plain(self, node: ast.expr) -> bool:
        """Whether the value certainly holds nothing of a session, beyond what the syntax shows."""
        return False

    def is_callback(self, function: ast.AST) -> bool:
        """Whether only the framework calls the function, and only tests the result for truth."""
        return False

    def is_coroutine(self, node: ast.Call) -> bool:
        """Whether calling it makes a coroutine."""
        return False

    def database(self, function: Scope, row: int) -> Reference:
        """How the function names the orchestrator's database object."""
        return reference(function.module, function, row, "orchestrator.db", "db")


class _Refused(Exception):  # noqa: N818 (nothing went wrong)
    """Why something cannot be moved. `is_final`: nor can the statement around it."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Planner:
    """Plans for the boundaries of one module."""

    def __init__(self, facts: ModuleFacts, knowledge: Knowledge | None = None) -> None:
        self.facts = facts
        self.knowledge = knowledge or Knowledge()
        self.parents = parents_of(facts.tree)
        self.lines = split_lines(facts.text)

    def plan(self, boundaries: Iterable[Boundary]) -> tuple[list[Placement], list[tuple[Boundary, Refusal]]]:
        """The placements of the boundaries, and the reasons for those that stay."""
        placements: list[Placement] = []
        refusals: list[tuple[Boundary, Refusal]] = []
        groups: dict[Scope, list[Boundary]] = {}
        for boundary in boundaries:
            scope, _ = place_of(boundary.node, self.parents, self.facts)
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
            reason = _no_place(scope)
            if reason:
                refusals.append((boundary, Refusal(self.stretch(boundary.node), reason)))
            else:
                groups.setdefault(scope, []).append(boundary)
        for scope, group in groups.items():
            if isinstance(scope.node, ast.AsyncFunctionDef):
                part = _Part(self, scope, scope.node, group)
                part.run()
                placements += part.placements
                refusals += [(one, Refusal(self.stretch(one.node), why)) for one, why in part.refused.items()]
        return placements, refusals

    def stretch(self, node: ast.AST) -> Stretch:
        """Where a node stands."""
        row, end = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return Stretch(
            row,
            to_column(self.lines[row - 1], node.col_offset),  # type: ignore[attr-defined]
            end,
            to_column(self.lines[end - 1], node.end_col_offset),  # type: ignore[attr-defined]
        )


def _no_place(scope: Scope) -> str:
    """Why nothing can be awaited in a scope."""
    if scope.kind == "lambda":
        return "a lambda cannot await: it has to become an async function first"
    if scope.kind == "class":
        return "nothing can be awaited in the body of a class"
    if isinstance(scope.node, ast.FunctionDef):
        return f"`{scope.node.name}` is not async yet"
    if not isinstance(scope.node, ast.AsyncFunctionDef):
        return "it runs when the module is imported"
    return ""


class _Part:
    """The boundaries of one async function."""

    def __init__(self, planner: Planner, scope: Scope, function: ast.AsyncFunctionDef, group: list[Boundary]) -> None:
        self.planner = planner
        self.scope = scope
        self.function = function
        self.group = group
        self.placements: list[Placement] = []
        self.refused: dict[Boundary, str] = {}
        self.nodes = {boundary.node: boundary for boundary in group}
        self.asyncio_names = frozenset(
            name
            for one in (scope.module.scope, scope)
            for name, bindings in one.bindings.items()
            if any(b.kind == "import" and b.imported is None and b.module == "asyncio" for b in bindings)
        )
        self.body = _without_docstring(function)
        self.words: dict[ast.AST, set[str]] = {}
        self._needed: dict[str, NewImport] = {}

    # -- the order of things -------------------------------------------------------------------------------

    def run(self) -> None:
        """Places every boundary of the function, or says why not."""
        self.refused.update({boundary: boundary.shared for boundary in self.group if boundary.shared})
        bound = [one for one in self.group if (one.request or one.owned) and not one.shared]
        if bound:
            reason = self._reason(self.body, allowed=(ast.Global,) if self._is_top_level() else ())
            if not reason and not self.refused:
                self._try(self.group, lambda: [self._whole(bound)])
                if not self.refused:
                    return
                self.refused.clear()
            self._bound(bound)
        free = [boundary for boundary in self.group if boundary not in bound]
        statements = [boundary for boundary in free if self._owner(boundary) is not None]
        for boundary in [*statements, *(one for one in free if one not in statements)]:
            if boundary not in self.refused and not self._is_moved(boundary):
                self._try([boundary], lambda boundary=boundary: [self._one(boundary)])  # type: ignore[misc]
        self._merge()

    def _try(self, boundaries: Sequence[Boundary], make: object) -> None:
        try:
            moves = tuple(make())  # type: ignore[operator]
            self._leave_shared(moves)
        except _Refused as refused:
            for boundary in boundaries:
                self.refused[boundary] = str(refused)
        else:
            self.placements.append(Placement(tuple(boundaries), moves, tuple(self._imports(moves))))

    def _leave_shared(self, moves: Iterable[Move]) -> None:
        """Raises _Refused where a move takes along what must not move."""
        for boundary in self.group:
            where = self.planner.stretch(boundary.node)
            if boundary.shared and any(_takes(move, where) for move in moves):
                raise _Refused(boundary.shared)

    def _imports(self, moves: Iterable[Move]) -> Iterator[NewImport]:
        texts = {text for move in moves for text in (move.target, getattr(move, "scope", ""))}
        yield from (needed for text, needed in self._needed.items() if text in texts)

    def _is_moved(self, boundary: Boundary) -> bool:
        where = self.planner.stretch(boundary.node)
        return any(_takes(move, where) for placement in self.placements for move in placement.moves)

    def _merge(self) -> None:
        """What moves inside something that moves as a whole is part of that."""
        whole = [
            (placement, move)
            for placement in self.placements
            for move in placement.moves
            if not (isinstance(move, InThread) and move.form in ("call", "sleep", "await"))
        ]
        kept: dict[Placement, tuple[Boundary, ...]] = {placement: placement.boundaries for placement in self.placements}
        for placement in self.placements:
            around = [
                (outer, move)
                for outer, move in whole
                if outer is not placement
                and outer in kept
                and all(_region(move).holds(_region(one)) and _region(move) != _region(one) for one in placement.moves)
            ]
            if around:
                outer = max(around, key=lambda pair: _extent(_region(pair[1])))[0]
                kept[outer] = (*kept[outer], *kept.pop(placement))
        for boundary in list(self.refused):
            for placement, move in whole:
                if placement in kept and _region(move).holds(self.planner.stretch(boundary.node)):
                    del self.refused[boundary]
                    kept[placement] = (*kept[placement], boundary)
                    break
        self.placements = [
            Placement(tuple(dict.fromkeys(boundaries)), placement.moves, placement.imports)
            for placement, boundaries in kept.items()
        ]

    # -- names ---------------------------------------------------------------------------------------------

    def _target(self, name: str = "to_thread") -> str:
        found = reference(self.scope.module, self.scope, self.function.end_lineno or 0, "asyncio", name)
        if found.needs is not None:
            self._needed[found.text] = found.needs
        return found.text

    def _database(self) -> str:
        found = self.planner.knowledge.database(self.scope, self.function.end_lineno or 0)
        if found.needs is not None:
            self._needed[found.text] = found.needs
        return found.text

    def _free_name(self, name: str, place: ast.AST | None = None) -> str:
        """A name that means nothing yet in `place`: in the function, if nothing else is said."""
        top = place or self.function
        words = self.words.get(top)
        if words is None:
            words = {getattr(node, "name", None) or getattr(node, "id", "") for node in ast.walk(top)}
            words |= {node.arg for node in ast.walk(top) if isinstance(node, ast.arg)}
            self.words[top] = words
        candidate, number = name, 1
        while candidate in words:
            number += 1
            candidate = f"{name}_{number}"
        words.add(candidate)
        return candidate

    # -- the whole body ------------------------------------------------------------------------------------

    def _is_top_level(self) -> bool:
        return self.function in self.scope.module.tree.body

    def _whole(self, bound: Sequence[Boundary]) -> Move:
        """The body moves as it is: nothing in it is awaited."""
        request = any(boundary.request for boundary in bound)
        if request:
            self._stay_with_their_session()
        name = f"_{self.function.name.strip('_')}_sync"
        scope = self._database() if request else ""
        if self._is_top_level():
            helper = self._free_name(name, self.scope.module.tree)
            return WholeBody(self.planner.stretch(self.function), helper, self._target(), scope)
        first = len(self.function.body) - len(self.body)
        move = self._statements(self.function.body, first, None, name, scope)
        annotation = self.function.returns
        return replace(move, results=None, returns="" if annotation is None else ast.unparse(annotation))

    def _stay_with_their_session(self) -> None:
        """Raises _Refused where the function may return an object of a session that ends in the thread."""
        if not self.planner.knowledge.is_callback(self.function) and not self._returns_plain():
            raise _Refused("what it returns may be an object of the session, which ends with the thread")

    def _returns_plain(self) -> bool:
        if self.function.returns is not None:
            words = {node.id for node in ast.walk(self.function.returns) if isinstance(node, ast.Name)}
            words |= {str(node.value) for node in ast.walk(self.function.returns) if isinstance(node, ast.Constant)}
            if words <= _PLAIN_TYPES:
                return True
        return all(
            node.value is None or self._is_plain(node.value)
            for node in regions.own(self.function.body)
            if isinstance(node, ast.Return)
        )

    def _is_plain(self, node: ast.expr) -> bool:
        """Whether a value holds nothing that belongs to a session."""
        match node:
            case ast.Constant() | ast.Compare() | ast.JoinedStr() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.BoolOp():
                return all(self._is_plain(value) for value in node.values)
            case ast.IfExp():
                return self._is_plain(node.body) and self._is_plain(node.orelse)
            case ast.BinOp():
                return self._is_plain(node.left) and self._is_plain(node.right)
            case ast.UnaryOp():
                return self._is_plain(node.operand)
            case ast.Tuple() | ast.List() | ast.Set():
                return all(self._is_plain(element) for element in node.elts)
            case ast.ListComp() | ast.SetComp():
                return self._is_plain(node.elt)
            case ast.Call(func=ast.Name(id=name)) if name in _PLAIN_CALLS:
                return True
        return self.planner.knowledge.is_plain(node)

    # -- what belongs to a session -------------------------------------------------------------------------

    def _bound(self, bound: list[Boundary]) -> None:
        """The function awaits in between: what belongs to a session moves in parts, where these are apart."""
        if any(boundary.owned for boundary in bound) or any(boundary.writes for boundary in bound) or self._touches():
            self._try(bound, lambda: [self._all_together(bound)])
            return
        for boundary in bound:
            if boundary not in self.refused and not self._is_moved(boundary):
                self._try([boundary], lambda boundary=boundary: [self._apart(boundary)])  # type: ignore[misc]

    def _touches(self) -> bool:
        """Whether the function calls something on the session that is no query: `db.session.add(...)`."""
        return any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node not in self.nodes
            and node.func.attr.startswith(("add", "expunge", "delete", "expire"))
            and self.planner.knowledge.is_request(node.func.value)
            for node in regions.own(self.body)
        )

    def _session_statements(self) -> set[ast.stmt]:
        """Every statement that has to do with the session."""
        found = set()
        for node in regions.own(self.body):
            if isinstance(node, ast.expr) and (
                (node in self.nodes and (self.nodes[node].request or self.nodes[node].owned))
                or (
                    isinstance(node, ast.Name | ast.Attribute)
                    and isinstance(node.ctx, ast.Load)
                    and self.planner.knowledge.is_request(node)
                )
            ):
                found.add(self._statement(node))
        return found

    def _all_together(self, bound: Sequence[Boundary]) -> Move:
        """One nested function for everything from the first use of the session to the last use of what it gave."""
        wanted = self._session_statements()
        block = self._common_block(wanted)
        numbers = [number for number, one in enumerate(block) if any(inner in wanted for inner in ast.walk(one))]
        scope = self._database() if any(boundary.request for boundary in bound) else ""
        return self._grown(block, numbers[0], numbers[-1], bound[0], scope)

    def _apart(self, boundary: Boundary) -> Move:
        """A query on its own: the expression that makes something plain of it, or the statements that use it."""
        try:
            return self._hoisted(boundary)
        except _Refused as refused:
            statement = self._statement(boundary.node)
            block, number = self._place(statement)
            try:
                return self._grown(block, number, number, boundary, self._database())
            except _Refused as second:
                raise _Refused(str(second)) from refused

    def _hoisted(self, boundary: Boundary) -> Move:
        """The expression around a query that gives something plain becomes a nested function."""
        node: ast.expr = boundary.node
        if boundary.kind != "call" or boundary.action != "thread":
            raise _Refused("it is no call")
        while not self._is_plain_here(node) or self._is_tainted(node):
            parent = self._expression_around(node)
            if parent is None:
                raise _Refused("an object of the session comes back")
            node = parent
        if reason := self._reason([node]) or self._stores(node):
            raise _Refused(reason)
        if not self._may_await(node):
            raise _Refused("it stands in a generator, which would become an asynchronous one")
        given = self._variables_around(node) & regions.loaded([node])
        return InFunction(
            self.planner.stretch(node),
            self.planner.stretch(self._definition_point(node)),
            self._free_name(_HELPERS[boundary.code]),
            self._target(),
            self._database(),
            tuple(sorted(given)),
            self._is_primary(node),
        )

    def _is_plain_here(self, node: ast.expr) -> bool:
        """Whether what the expression gives is plain, or is only looked at and dropped."""
        if self._is_plain(node):
            return True
        at: ast.AST = node
        while True:
            parent = self.planner.parents[at]
            match parent:
                case ast.Expr():
                    return True
                case ast.If() | ast.While() | ast.Assert() | ast.IfExp() if parent.test is at:
                    return True
                case ast.UnaryOp(op=ast.Not()):
                    return True
                case ast.BoolOp():
                    at = parent
                    continue
                case ast.Return():
                    return self.planner.knowledge.is_callback(self.function)
            return False

    def _is_tainted(self, node: ast.expr) -> bool:
        """Whether the expression uses a variable that holds something of the session of the request."""
        return any(
            name.id in self.scope.bindings and self.planner.knowledge.is_request(name) for name in regions.loads([node])
        )

    def _expression_around(self, node: ast.AST) -> ast.expr | None:
        """The next expression around, as far as it can move."""
        parent = self.planner.parents[node]
        while isinstance(parent, ast.keyword | ast.comprehension):
            parent = self.planner.parents[parent]
        if not isinstance(parent, ast.expr) or isinstance(parent, ast.Lambda | ast.Await):
            return None
        return parent if not self._reason([parent]) and not self._stores(parent) else None

    def _grown(self, block: list[ast.stmt], first: int, last: int, boundary: Boundary, scope: str) -> Move:
        """The statements, with those before that make and those behind that use something of the session."""
        while True:
            statements = block[first : last + 1]
            start, end = first, last
            for name in regions.loads(statements):
                if name.id in self.scope.bindings and self.planner.knowledge.is_request(name):
                    for number in range(first):
                        if name.id in regions.stored([block[number]]):
                            start = min(start, number)
            for name in self._live(statements) - self._plain_names(statements):
                users = [n for n in range(last + 1, len(block)) if name in regions.loaded([block[n]])]
                if not users:
                    raise _Refused(f"`{name}` may be an object of the session, and is used where it has ended")
                end = max(end, users[-1])
            if (start, end) == (first, last):
                break
            first, last = start, end
        try:
            move = self._statements(block, first, last, _HELPERS[boundary.code], scope)
        except _Refused as refused:
            raise _Refused(f"it moves with all that uses what it gives, but {refused}") from refused
        if move.results is None and scope:
            self._stay_with_their_session()
        return move

    def _plain_names(self, statements: Sequence[ast.stmt]) -> set[str]:
        """The names that the statements bind to plain values only."""
        plain: set[str] = set()
        other: set[str] = set()
        for statement in statements:
            for node in ast.walk(statement):
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)]) if self._is_plain(node.value):
                        plain.add(name)
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if self._is_plain(value):
                        plain.add(name)
                    case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                        other |= regions.stored(getattr(node, "targets", None) or [node.target])  # type: ignore[union-attr]
                    case ast.For() | ast.With():
                        other |= regions.stored([node]) - regions.stored(node.body) - plain
        return plain - other

    def _common_block(self, wanted: set[ast.stmt]) -> list[ast.stmt]:
        """The innermost block that holds all of the statements."""
        block = self.function.body
        while True:
            for statement in block:
                held = [inner for inner in regions.statement_blocks(statement) if _holds(inner, wanted)]
                if held:
                    block = held[0]
                    break
            else:
                return block

    # -- one boundary --------------------------------------------------------------------------------------

    def _owner(self, boundary: Boundary) -> ast.stmt | None:
        """The `with` or `for` that a boundary belongs to, if it is part of what the statement does."""
        parent = self.planner.parents[boundary.node]
        if isinstance(parent, ast.withitem):
            owner = self.planner.parents[parent]
            return owner if isinstance(owner, ast.With) else None
        consumed = boundary.kind == "iterate" or boundary.action == "lazy"
        return parent if isinstance(parent, ast.For) and parent.iter is boundary.node and consumed else None

    def _one(self, boundary: Boundary) -> Move:
        owner = self._owner(boundary)
        if owner is not None:
            block, number = self._place(owner)
            try:
                return self._statements(block, number, number, _HELPERS[boundary.code])
            except _Refused as refused:
                if boundary.kind != "call" or boundary.action == "lazy":
                    raise _Refused(f"it moves with the whole statement, but {refused}") from refused
        try:
            return self._expression(boundary)
        except _Refused as refused:
            if refused.is_final:
                raise
            statement = self._statement(boundary.node)
            block, number = self._place(statement)
            try:
                return self._statements(block, number, number, _HELPERS[boundary.code])
            except _Refused:
                raise refused from None

    def _expression(self, boundary: Boundary) -> Move:
        """The expression that moves for a boundary."""
        node = boundary.node
        if boundary.action in ("sleep", "await"):
            return self._in_thread(node, boundary.action)  # type: ignore[arg-type]
        whole = self._extent(boundary)
        nested = any(inner is not node and inner in self.nodes for inner in ast.walk(node))
        if boundary.kind == "call" and isinstance(node, ast.Call) and whole is node and not nested:
            return self._in_thread(node, "call")
        form: Form = "bool" if boundary.kind == "truth" and self._is_tested(whole) else "lambda"
        reason = self._reason([whole]) or self._stores(whole)
        if not reason:
            return self._in_thread(whole, form)
        is_call = boundary.kind == "call" and boundary.action == "thread" and isinstance(node, ast.Call)
        if is_call and not any(inner in self.nodes for inner in ast.walk(node.func)):  # type: ignore[attr-defined]
            return self._in_thread(node, "call")
        raise _Refused(reason)

    def _extent(self, boundary: Boundary) -> ast.expr:
        """The expression that has to move as a whole: where what blocks is finished."""
        node: ast.expr = boundary.node
        parent = self.planner.parents[node]
        if boundary.kind == "iterate":
            if isinstance(parent, ast.comprehension):
                node = self._comprehension_of(parent)
            elif isinstance(parent, ast.Starred) and isinstance(around := self.planner.parents[parent], _UNPACKING):
                node = around  # type: ignore[assignment]
            else:
                raise _Refused("what iterates over it moves with it, but that is no expression")
        elif boundary.kind == "contains" and isinstance(parent, ast.Compare):
            node = parent
        elif boundary.kind == "truth":
            while isinstance(self.planner.parents[node], ast.BoolOp | ast.UnaryOp):
                node = self.planner.parents[node]  # type: ignore[assignment]
        around = self._comprehension_around(node)
        if around is not None and _is_asynchronous(around) and node is boundary.node:
            return self._chain(node, boundary)  # it awaits already
        node = around or node
        while isinstance(node, ast.GeneratorExp) or (boundary.action == "lazy" and node is boundary.node):
            node = self._consumer(node)
            node = self._comprehension_around(node) or node
        return self._chain(node, boundary)

    def _comprehension_of(self, part: ast.comprehension) -> ast.expr:
        return self.planner.parents[part]  # type: ignore[return-value]

    def _comprehension_around(self, node: ast.expr) -> ast.expr | None:
        """The outermost comprehension in whose loop an expression is evaluated."""
        found: ast.expr | None = None
        at: ast.AST = node
        while not isinstance(at, ast.stmt | ast.Lambda):
            parent = self.planner.parents[at]
            if isinstance(parent, ast.comprehension):
                owner = self._comprehension_of(parent)
                if not (owner.generators[0] is parent and parent.iter is at):  # type: ignore[attr-defined]
                    found = owner
                at = owner
                continue
            if isinstance(parent, _COMPREHENSIONS):
                found = parent
            at = parent
        return found

    def _consumer(self, node: ast.expr) -> ast.expr:
        """The expression that consumes something lazy: a call, or what it is unpacked into or looked up in."""
        parent = self.planner.parents[node]
        match parent:
            case ast.comprehension() if parent.iter is node:
                return self._comprehension_of(parent)
            case ast.Call(func=ast.Name(id=name)) if node in parent.args:
                if name in _CONSUMERS and name not in self.scope.module.scope.bindings:
                    return parent
                if name in _LAZY and name not in self.scope.module.scope.bindings:
                    return self._consumer(parent)
            case ast.Call(func=ast.Name(id="next"), args=[_, _]):
                return parent
            case ast.Call(func=ast.Attribute(attr="join" | "extend" | "update")) if node in parent.args:
                return parent
            case ast.Compare(ops=[ast.In() | ast.NotIn()]):
                return parent
            case ast.Starred() if isinstance(around := self.planner.parents[parent], ast.List | ast.Tuple | ast.Set):
                return around
            case ast.For() if parent.iter is node:
                raise _Refused("the loop consumes it")
        raise _Refused("what it gives is consumed elsewhere, where it would block again", is_final=True)

    def _chain(self, node: ast.expr, boundary: Boundary) -> ast.expr:
        """The chain of calls that begins with an expression: `f(a).b().c`."""
        calls = False
        at: ast.expr = node
        while True:
            parent = self.planner.parents[at]
            match parent:
                case ast.Attribute(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()) if parent.value is at:
                    at = parent
                case ast.Call() if parent.func is at:
                    at = parent
                    calls = True
                case _:
                    break
        if isinstance(self.planner.parents[at], ast.Await):
            return node  # what is awaited belongs to the loop
        chained = any(inner is not boundary.node and inner in self.nodes for inner in ast.walk(at))
        return at if calls or (boundary.code == "ORC302" and at is not node) or (chained and at is not node) else node

    def _is_tested(self, node: ast.expr) -> bool:
        parent = self.planner.parents[node]
        return isinstance(parent, ast.If | ast.While | ast.Assert | ast.IfExp) and parent.test is node

    def _in_thread(self, node: ast.expr, form: Form) -> Move:
        if not self._may_await(node):
            raise _Refused("it stands in a generator, which would become an asynchronous one")
        if form == "call" and isinstance(node, ast.Call):
            match node:
                case ast.Call(func=ast.Name(id="next"), args=[_]):
                    raise _Refused("`next()` may raise StopIteration, which cannot leave a thread")
        if form in ("sleep", "await") and not (
            isinstance(node, ast.Call)
            and len(node.args) == 1
            and not node.keywords
            and not isinstance(node.args[0], ast.Starred)
        ):
            if form == "await":
                raise _Refused("only its first argument could be awaited")
            form = "call"
        where = self.planner.stretch(node)
        if not self._is_placed(node, where):
            raise _Refused("Python 3.11 does not say where it stands in the f-string")
        target = self._target("sleep") if form == "sleep" else self._target() if form != "await" else ""
        return InThread(where, form, target, self._is_primary(node))

    def _is_placed(self, node: ast.expr, where: Stretch) -> bool:
        """Whether the source at the place of a node is the node: Python 3.11 errs inside f-strings."""
        at: ast.AST = node
        while not isinstance(at, ast.stmt):
            at = self.planner.parents[at]
            if isinstance(at, ast.JoinedStr):
                break
        else:
            return True
        lines = self.planner.lines[where.row - 1 : where.end_row]
        lines[-1] = lines[-1][: where.end_column]
        lines[0] = lines[0][where.column :]
        try:
            return ast.dump(ast.parse("\n".join(lines), mode="eval").body) == ast.dump(node)
        except SyntaxError:
            return False

    def _may_await(self, node: ast.expr) -> bool:
        """Whether an `await` in place of the expression keeps what is around it as it is."""
        at: ast.AST = node
        while not isinstance(at, ast.stmt):
            parent = self.planner.parents[at]
            inside = isinstance(parent, ast.GeneratorExp)
            if isinstance(parent, ast.comprehension):
                owner = self.planner.parents[parent]
                inside = isinstance(owner, ast.GeneratorExp) and not (
                    owner.generators[0] is parent and parent.iter is at
                )
                parent = owner
            if inside and not _is_asynchronous(parent):
                return False
            at = parent
        return True

    def _is_primary(self, node: ast.expr) -> bool:
        """Whether an `await` in place of the expression needs parentheses."""
        parent = self.planner.parents[node]
        match parent:
            case ast.Attribute() | ast.Subscript():
                return parent.value is node
            case ast.Call():
                return parent.func is node
        return isinstance(parent, ast.Await)

    def _stores(self, node: ast.expr) -> str:
        """Why an expression that binds a name does not move: the name would be another one in there."""
        names = regions.stored([node])
        return f"`{min(names)}` is bound in it" if names else ""

    def _variables_around(self, node: ast.expr) -> set[str]:
        """The variables of the comprehensions around an expression."""
        found: set[str] = set()
        at: ast.AST = node
        while not isinstance(at, ast.stmt):
            at = self.planner.parents[at]
            if isinstance(at, _COMPREHENSIONS):
                found |= regions.stored_by_comprehension(at)
        return found

    # -- statements ----------------------------------------------------------------------------------------

    def _reason(self, nodes: Sequence[ast.AST], allowed: tuple[type[ast.AST], ...] = ()) -> str:
        in_handler = bool(nodes) and any(isinstance(one, ast.ExceptHandler) for one in self._ancestors(nodes[0]))
        found = regions.obstacle(nodes, self.asyncio_names, in_handler, allowed)
        if not found and any(
            isinstance(node, ast.Call) and self.planner.knowledge.is_coroutine(node) for node in regions.own(nodes)
        ):
            return "a coroutine is made in it that is not awaited yet"
        return found

    def _ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while node is not self.function and node in self.planner.parents:
            node = self.planner.parents[node]
            yield node

    def _statement(self, node: ast.AST) -> ast.stmt:
        while not isinstance(node, ast.stmt):
            node = self.planner.parents[node]
        return node

    def _place(self, statement: ast.stmt) -> tuple[list[ast.stmt], int]:
        """The block in which a statement stands, and where there."""
        for block in regions.statement_blocks(self.planner.parents[statement]):
            for number, one in enumerate(block):
                if one is statement:
                    return block, number
        if isinstance(parent := self.planner.parents[statement], ast.ExceptHandler | ast.match_case):
            return parent.body, next(number for number, one in enumerate(parent.body) if one is statement)
        raise _Refused("it stands in no block")

    def _definition_point(self, node: ast.AST) -> ast.stmt:
        """The statement before which a function can be defined for an expression in it."""
        statement = self._statement(node)
        while True:
            line = self.planner.lines[statement.lineno - 1]
            start = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
            alone = not line[: to_column(line, statement.col_offset)].strip() and start <= statement.lineno
            if alone and not line[to_column(line, statement.col_offset) :].startswith("elif"):
                return statement
            parent = self.planner.parents[statement]
            while not isinstance(parent, ast.stmt):
                parent = self.planner.parents[parent]
            if parent is self.function:
                raise _Refused("it shares its line with another statement")
            statement = parent

    def _statements(
        self, block: list[ast.stmt], first: int, last: int | None, helper: str, scope: str = ""
    ) -> Statements:
        """Statements of a block as a nested function. Raises _Refused where that is not the same."""
        last = len(block) - 1 if last is None else last
        while True:
            statements = block[first : last + 1]
            if reason := self._reason(statements):
                raise _Refused(reason)
            returns, jumps = regions.escapes(statements)
            is_tail = block is self.function.body and last == len(block) - 1
            if not jumps and (not returns or is_tail or regions.ends(statements)):
                break
            if returns and not jumps and last < len(block) - 1:
                last = len(block) - 1
                continue
            around = self.planner.parents[statements[0]]
            while not isinstance(around, ast.stmt):
                around = self.planner.parents[around]
            if around is self.function:
                raise _Refused("it returns on some ways only")
            block, first = self._place(around)
            last = first
        if not self._is_alone(statements):
            raise _Refused("it shares its line with another statement")
        stored = regions.stored(statements)
        if hidden := self._elsewhere(stored, statements):
            raise _Refused(f"`{hidden}` is bound for another function too")
        flow = regions.Bound(statements)
        entry = regions.bound_on_entry(self.function.body, regions.parameters(self.function), statements[0])
        handed = stored & flow.early
        live = self._live(statements)
        if returns and live:
            raise _Refused(f"it returns, and `{min(live)}` is used afterwards")
        after = flow.after if flow.after is not None else frozenset(live)
        handed |= {name for name in live if name not in after}
        if unbound := sorted(handed - entry):
            raise _Refused(f"`{unbound[0]}` may not be bound")
        if caught := self._seen_by_handlers(statements, live):
            raise _Refused(f"`{caught}` is looked at where an exception is handled")
        order = {name.id: (name.lineno, name.col_offset) for name in reversed(list(self._name_nodes(statements)))}
        return Statements(
            self.planner.stretch(statements[0]),
            self.planner.stretch(statements[-1]),
            self._free_name(helper),
            self._target(),
            None if returns else tuple(sorted(live, key=lambda name: order.get(name, (0, 0)))),
            scope,
            tuple(sorted(handed)),
        )

    def _name_nodes(self, statements: Sequence[ast.stmt]) -> Iterator[ast.Name]:
        for statement in statements:
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Name))

    def _is_alone(self, statements: Sequence[ast.stmt]) -> bool:
        """Whether the statements share no line with others."""
        first, last = statements[0], statements[-1]
        line = self.planner.lines[first.lineno - 1]
        if line[: to_column(line, first.col_offset)].strip():
            return False
        rest = self.planner.stretch(last)
        return not self.planner.lines[rest.end_row - 1][rest.end_column :].lstrip().startswith(";")

    def _live(self, statements: Sequence[ast.stmt]) -> set[str]:
        """The names that the statements bind and something else in the function reads."""
        stored = regions.stored(statements)
        inside = {id(node) for statement in statements for node in ast.walk(statement)}
        first, last = statements[0], statements[-1]
        in_loop = any(isinstance(one, _LOOPS) for one in self._ancestors(first))
        found = set()
        for name in regions.loads(self.function.body):
            if name.id not in stored or id(name) in inside:
                continue
            later = (name.lineno, name.col_offset) >= (last.end_lineno or 0, last.end_col_offset or 0)
            if later or in_loop or self._is_in_nested(name):
                found.add(name.id)
        return found

    def _is_in_nested(self, node: ast.AST) -> bool:
        """Whether a node stands in a function inside the function."""
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        return any(isinstance(one, inner) and one is not self.function for one in self._ancestors(node))

    def _elsewhere(self, names: set[str], statements: Sequence[ast.stmt]) -> str:
        """A name that belongs to the module or another function, or that a nested function binds."""
        for name in sorted(names):
            if name in self.scope.redirected:
                return name
            for scope in self.scope.module.scopes.values():
                if scope.redirected.get(name) is self.scope and not any(
                    scope.node in ast.walk(one) for one in statements
                ):
                    return name
        return ""

    def _seen_by_handlers(self, statements: Sequence[ast.stmt], live: set[str]) -> str:
        """A name that is bound before an exception ends the statements, and read where it is handled or later."""
        first = statements[0]
        at_once = len(statements) == 1 and isinstance(first, ast.Assign | ast.AnnAssign)
        at: ast.AST = first
        for parent in self._ancestors(first):
            if isinstance(parent, ast.Try | ast.TryStar) and at in parent.body and not at_once:
                if seen := regions.loaded([*parent.handlers, *parent.finalbody]) & live:
                    return min(seen)
                if any(not regions.ends(handler.body) for handler in parent.handlers):
                    known = regions.parameters(self.function)
                    before = regions.bound_on_entry(self.function.body, known, first)
                    if both := before & live:
                        return min(both)
            at = parent
        return ""


def _holds(block: Sequence[ast.stmt], wanted: Iterable[ast.stmt]) -> bool:
    """Whether all of the statements stand somewhere in a block."""
    inside = {node for top in block for node in ast.walk(top)}
    return all(one in inside for one in wanted)


def _is_asynchronous(generator: ast.AST) -> bool:
    """Whether a generator expression awaits already: it is an asynchronous one then."""
    return any(
        isinstance(node, ast.Await) or (isinstance(node, ast.comprehension) and bool(node.is_async))
        for node in regions.own([generator])
    )


def _without_docstring(function: _Function) -> list[ast.stmt]:
    first, *rest = function.body
    is_text = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
    return rest if rest and is_text else function.body


def _takes(move: Move, where: Stretch) -> bool:
    """Whether a move takes what stands at `where` to the thread: the arguments of a call stay."""
    return _region(move).holds(where) and not (isinstance(move, InThread) and move.form in ("call", "sleep", "await"))


def _region(move: Move) -> Stretch:
    """What of the source a move takes along."""
    if isinstance(move, Statements):
        return Stretch(move.first.row, move.first.column, move.last.end_row, move.last.end_column)
    return move.where


def _extent(stretch: Stretch) -> tuple[int, int, int]:
    return stretch.end_row - stretch.row, -stretch.row, stretch.end_column - stretch.column
