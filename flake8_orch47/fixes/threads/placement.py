"""Where blocking calls leave the event loop: what of a function moves to a thread, and in which form.

The smallest move that is right wins. A call goes alone (`f(a)`); a chain that goes on calling goes whole, as one
lambda; a comprehension or generator goes with what consumes it (`extents`); what a statement does (`with`, `for`)
goes with the statement, as a nested function (`nested`); what needs the orchestrator's session goes with everything
that this session gave, under a session of its own, the whole body of the function where nothing in it is awaited
(`sessions`).

Only syntax is read here. What only the engine knows comes with each Boundary, and through Knowledge.
"""

from __future__ import annotations

import ast

from flake8_orch47.facts.places import place_of
from flake8_orch47.facts.uses import parents_of
from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import Boundary, Knowledge, NotMoved, helper_name
from flake8_orch47.fixes.threads.extents import moved_expression
from flake8_orch47.fixes.threads.function import AsyncFunction, stretch_of
from flake8_orch47.fixes.threads.moves import InThread, Move, Statements, Stretch
from flake8_orch47.fixes.threads.nested import nested_function
from flake8_orch47.fixes.threads.sessions import all_together, apart, are_inseparable, objects_of, whole_body
from flake8_orch47.project.source import split_lines
from flake8_orch47.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.fixes.steps import NewImport

__all__ = ["Placement", "Planner"]

#: The forms that leave the arguments of a call where they are.
_OPEN = frozenset({"call", "await"})


class Placement(Record):
    """The move that takes some boundaries off the loop together, and the imports that it needs."""

    boundaries: tuple[Boundary, ...]
    move: Move
    imports: tuple[NewImport, ...] = ()


class Planner:
    """Plans for the boundaries of one module."""

    def __init__(self, facts: ModuleFacts, knowledge: Knowledge | None = None) -> None:
        self.facts = facts
        self.knowledge = knowledge or Knowledge()
        self.parents = parents_of(facts.tree)
        self.lines = split_lines(facts.text)

    def plan(self, boundaries: Iterable[Boundary]) -> tuple[list[Placement], dict[Boundary, str]]:
        """The placements of the boundaries, and the reasons for those that stay."""
        placements: list[Placement] = []
        refused: dict[Boundary, str] = {}
        groups: dict[Scope, list[Boundary]] = {}
        for boundary in boundaries:
            scope, _ = place_of(boundary.node, self.parents, self.facts)
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
            groups.setdefault(scope, []).append(boundary)
        for scope, group in groups.items():
            if isinstance(scope.node, ast.AsyncFunctionDef):
                nodes = {boundary.node: boundary for boundary in group}
                function = AsyncFunction(scope, scope.node, nodes, self.knowledge, self.parents, self.lines)
                part = _Part(function, group)
                part.run()
                placements += part.placements
                refused.update(part.refused)
            else:
                refused.update(dict.fromkeys(group, _no_place(scope)))
        return placements, refused

    def stretch(self, node: ast.AST) -> Stretch:
        """Where a node stands."""
        return stretch_of(node, self.lines)


def _no_place(scope: Scope) -> str:
    """Why nothing can be awaited in a scope."""
    if scope.kind == "lambda":
        return "a lambda cannot await: it has to become an async function first"
    if scope.kind == "class":
        return "nothing can be awaited in the body of a class"
    if isinstance(scope.node, ast.FunctionDef):
        return f"`{scope.node.name}` is not async yet"
    return "it runs when the module is imported"


class _Part:
    """The boundaries of one async function."""

    def __init__(self, function: AsyncFunction, group: Sequence[Boundary]) -> None:
        self.function = function
        self.group = group
        self.placements: list[Placement] = []
        self.refused: dict[Boundary, str] = {boundary: boundary.shared for boundary in group if boundary.shared}
        self._whole: dict[int, list[Placement]] = {}

    def run(self) -> None:
        """Places every boundary of the function, or says why not."""
        bound = [one for one in self.group if (one.request or one.owned) and not one.shared]
        self.function.objects = objects_of(self.function) if bound else frozenset()
        if bound and not self.refused:
            self._try(self.group, lambda: whole_body(self.function, bound))
            if not self.refused:
                return
            self.refused.clear()
        if bound:
            self._place_bound(bound)
        free = [boundary for boundary in self.group if boundary not in bound]
        for boundary in sorted(free, key=lambda one: self._owner(one) is None):  # statements first
            if boundary not in self.refused and not self._around(self.function.stretch(boundary.node)):
                self._try([boundary], lambda boundary=boundary: self._placed(boundary))  # type: ignore[misc]
        self._merge()
        self._keep_locked()

    def _try(self, boundaries: Sequence[Boundary], make: Callable[[], Move]) -> None:
        """One placement for the boundaries, or the reason why there is none."""
        try:
            move = make()
            for boundary in self.group:
                if boundary.shared and _takes(move, self.function.stretch(boundary.node)):
                    raise NotMoved(boundary.shared)  # noqa: TRY301 (as if `make` had said so)
        except NotMoved as reason:
            self.refused.update(dict.fromkeys(boundaries, str(reason)))
            return
        texts = (move.target, getattr(move, "scope", ""))
        needed = tuple(one for text, one in self.function.needed.items() if text in texts)
        placement = Placement(tuple(boundaries), move, needed)
        self.placements.append(placement)
        if not _is_open(move):
            for row in range(_region(move).row, _region(move).end_row + 1):
                self._whole.setdefault(row, []).append(placement)

    # -- what belongs to a session -------------------------------------------------------------------------

    def _place_bound(self, bound: Sequence[Boundary]) -> None:
        """The function awaits in between: what belongs to a session moves in parts, where these are apart."""
        if are_inseparable(self.function, bound):
            self._try(bound, lambda: all_together(self.function, bound))
            return
        for boundary in bound:
            if boundary not in self.refused and not self._around(self.function.stretch(boundary.node)):
                self._try([boundary], lambda boundary=boundary: apart(self.function, boundary))  # type: ignore[misc]

    # -- everything else -----------------------------------------------------------------------------------

    def _placed(self, boundary: Boundary) -> Move:
        """The statement, the expression, or at last the statement around the expression."""
        owner = self._owner(boundary)
        if owner is not None:
            try:
                return self._nested(owner, boundary)
            except NotMoved as reason:
                is_part = boundary.kind != "call" or boundary.action == "lazy"
                if is_part and isinstance(self.function.parents[boundary.node], ast.withitem | ast.For):
                    raise NotMoved(f"it moves with the whole statement, but {reason}") from reason
        try:
            return moved_expression(self.function, boundary)
        except NotMoved as reason:
            if reason.is_final:
                raise
            try:
                return self._nested(self.function.statement(boundary.node), boundary)
            except NotMoved:
                raise reason from None

    def _nested(self, statement: ast.stmt, boundary: Boundary) -> Statements:
        block, number = self.function.block(statement)
        return nested_function(self.function, block, number, number, helper_name(boundary))

    def _owner(self, boundary: Boundary) -> ast.stmt | None:
        """The `with` or `for` that a boundary belongs to, if it is part of what the statement does."""
        parents, node = self.function.parents, boundary.node
        parent = parents[node]
        if isinstance(parent, ast.withitem):
            owner = parents[parent]
            return owner if isinstance(owner, ast.With) else None
        if isinstance(parent, ast.For) and parent.iter is node:
            return parent if boundary.kind == "iterate" or boundary.action == "lazy" else None
        return self._session_block(boundary)

    def _session_block(self, boundary: Boundary) -> ast.stmt | None:
        """The outermost `with` that binds a session which a query uses: it is opened and closed where it is used."""
        if boundary.code != "ORC302":
            return None
        knowledge = self.function.knowledge
        used = {name.id for name in regions.loads([boundary.node]) if knowledge.is_exclusive(name)}
        found = None
        for around in self.function.ancestors(boundary.node):
            if isinstance(around, ast.With):
                targets = [item.optional_vars for item in around.items if item.optional_vars is not None]
                found = around if regions.stored(targets) & used else found
        return found

    # -- under a lock --------------------------------------------------------------------------------------

    def _keep_locked(self) -> None:
        """Under a lock that stays in the event loop nothing is awaited: who waits for it meanwhile stops the loop."""
        for lock in [one for one in self.refused if one.code == "ORC307" and one.kind == "enter"]:
            parent = self.function.parents[lock.node]
            block = self.function.parents[parent] if isinstance(parent, ast.withitem) else None
            if not isinstance(block, ast.With):
                continue
            where = self.function.stretch(block)
            line = f"`with {ast.unparse(lock.node)}` (line {block.lineno})"
            for placement in [one for one in self.placements if where.holds(_region(one.move))]:
                self.placements.remove(placement)
                reason = f"{line} stays in the event loop, which must not hold the lock while a thread works"
                self.refused.update(dict.fromkeys(placement.boundaries, reason))

    # -- one in another ------------------------------------------------------------------------------------

    def _around(self, where: Stretch) -> list[Placement]:
        """The placements that take along what stands somewhere, the largest last."""
        found = [one for one in self._whole.get(where.row, ()) if _takes(one.move, where)]
        return sorted(found, key=lambda one: _extent(_region(one.move)))

    def _merge(self) -> None:
        """What moves inside something that moves as a whole is part of that."""
        taken: dict[Placement, list[Boundary]] = {}
        for placement in self.placements:
            region = _region(placement.move)
            around = [one for one in self._around(region) if _region(one.move) != region]
            taken.setdefault(around[-1] if around else placement, []).extend(placement.boundaries)
        for boundary in self.group:
            for placement in self._around(self.function.stretch(boundary.node))[-1:]:
                self.refused.pop(boundary, None)
                taken[placement].append(boundary)
        self.placements = [
            Placement(tuple(dict.fromkeys(boundaries)), placement.move, placement.imports)
            for placement, boundaries in taken.items()
        ]


def _is_open(move: Move) -> bool:
    """Whether a move leaves the arguments of a call where they are."""
    return isinstance(move, InThread) and move.form in _OPEN


def _takes(move: Move, where: Stretch) -> bool:
    """Whether a move takes what stands at `where` to the thread: the arguments of a call stay."""
    return not _is_open(move) and _region(move).holds(where)


def _region(move: Move) -> Stretch:
    """What of the source a move takes along."""
    if isinstance(move, Statements):
        return Stretch(move.first.row, move.first.column, move.last.end_row, move.last.end_column)
    return move.where


def _extent(stretch: Stretch) -> tuple[int, int, int]:
    return stretch.end_row - stretch.row, -stretch.row, stretch.end_column - stretch.column
