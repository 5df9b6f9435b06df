"""The async function that a plan is made for: its syntax, and the names that it can use."""

from __future__ import annotations

import ast

from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import Boundary, Knowledge, NotMoved
from flake8_orch47.fixes.threads.moves import Stretch
from flake8_orch47.fixes.threads.naming import reference
from flake8_orch47.project.source import to_column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.facts.uses import Parents
    from flake8_orch47.fixes.steps import NewImport

__all__ = ["COMPREHENSIONS", "AsyncFunction", "binds", "stretch_of"]

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def stretch_of(node: ast.AST, lines: Sequence[str]) -> Stretch:
    """Where a node stands in a source with these lines."""
    row, end = node.lineno, node.end_lineno  # type: ignore[attr-defined]
    return Stretch(
        row,
        to_column(lines[row - 1], node.col_offset),  # type: ignore[attr-defined]
        end,
        to_column(lines[end - 1], node.end_col_offset),  # type: ignore[attr-defined]
    )


class AsyncFunction:
    """An async function with its boundaries by node.

    `needed` are the imports for the names that were asked for, by the text that uses them; `objects` are the
    variables that may hold an object of a session, or what belongs to one thread.
    """

    def __init__(
        self,
        scope: Scope,
        node: ast.AsyncFunctionDef,
        boundaries: Mapping[ast.expr, Boundary],
        knowledge: Knowledge,
        parents: Parents,
        lines: Sequence[str],
    ) -> None:
        self.scope = scope
        self.node = node
        self.boundaries = boundaries
        self.knowledge = knowledge
        self.parents = parents
        self.lines = lines
        self.body = regions.without_docstring(node)
        self.parameters = regions.parameters(node)
        self.needed: dict[str, NewImport] = {}
        self.objects: frozenset[str] = frozenset()
        self._words: dict[ast.AST, set[str]] = {}
        self._reads: dict[str, list[ast.Name]] | None = None
        self._entry: dict[ast.stmt, frozenset[str]] | None = None
        self._asyncio = frozenset(
            name
            for one in (scope.module.scope, scope)
            for name, bindings in one.bindings.items()
            if any(b.kind == "import" and b.imported is None and b.module == "asyncio" for b in bindings)
        )

    @property
    def is_top_level(self) -> bool:
        """Whether it is a function of the module, and of nothing in it."""
        return self.node in self.scope.module.tree.body

    # -- names ---------------------------------------------------------------------------------------------

    def asyncio(self, name: str) -> str:
        """How the function names something of `asyncio`."""
        found = reference(self.scope.module, self.scope, self.node.end_lineno or 0, "asyncio", name)
        if found.needs is not None:
            self.needed[found.text] = found.needs
        return found.text

    def database(self) -> str:
        """How the function names the orchestrator's database object."""
        found = self.knowledge.database(self.scope, self.node.end_lineno or 0)
        if found.needs is not None:
            self.needed[found.text] = found.needs
        return found.text

    def fresh(self, name: str, place: ast.AST | None = None) -> str:
        """A name that means nothing yet in `place`: in the function, if nothing else is said."""
        top = place or self.node
        words = self._words.get(top)
        if words is None:
            words = {str(getattr(node, "name", None) or getattr(node, "id", "")) for node in ast.walk(top)}
            words |= {node.arg for node in ast.walk(top) if isinstance(node, ast.arg)}
            self._words[top] = words
        candidate, number = name, 1
        while candidate in words:
            number += 1
            candidate = f"{name}_{number}"
        words.add(candidate)
        return candidate

    # -- syntax --------------------------------------------------------------------------------------------

    def stretch(self, node: ast.AST) -> Stretch:
        """Where a node stands."""
        return stretch_of(node, self.lines)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """What is around a node, up to the function."""
        while node is not self.node and node in self.parents:
            node = self.parents[node]
            yield node

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement in which a node stands."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def around(self, statement: ast.stmt) -> ast.stmt:
        """The compound statement around a statement, at last the function."""
        return self.statement(self.parents[statement])

    def block(self, statement: ast.stmt) -> tuple[list[ast.stmt], int]:
        """The block in which a statement stands, and where there. Raises NotMoved where it stands in none."""
        parent = self.parents[statement]
        inner = [parent.body] if isinstance(parent, ast.ExceptHandler | ast.match_case) else ()
        for block in (*inner, *regions.statement_blocks(parent)):
            for number, one in enumerate(block):
                if one is statement:
                    return block, number
        raise NotMoved("it stands in no block")

    def begins_its_line(self, statement: ast.stmt) -> bool:
        """Whether nothing but white space stands before a statement."""
        line = self.lines[statement.lineno - 1]
        return not line[: to_column(line, statement.col_offset)].strip()

    def owner(self, part: ast.comprehension) -> ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp:
        """The comprehension that a `for` belongs to."""
        owner = self.parents[part]
        if not isinstance(owner, COMPREHENSIONS):
            raise TypeError("a comprehension without an owner")
        return owner

    def reads(self, name: str) -> Sequence[ast.Name]:
        """Where in the function a name is read, nested functions included."""
        if self._reads is None:
            self._reads = {}
            for node in regions.loads(self.node.body):
                self._reads.setdefault(node.id, []).append(node)
        return self._reads.get(name, ())

    def bound_before(self, statement: ast.stmt) -> frozenset[str]:
        """The names that are certainly bound when a statement is reached."""
        if self._entry is None:
            self._entry = regions.bound_on_entry(self.node.body, self.parameters)
        return self._entry.get(statement, self.parameters)

    # -- what may be done ----------------------------------------------------------------------------------

    def obstacle(self, nodes: Sequence[ast.AST], allowed: tuple[type[ast.AST], ...] = ()) -> str:
        """Why nodes cannot run in a function of their own in another thread; the empty text if they can."""
        in_handler = bool(nodes) and any(isinstance(one, ast.ExceptHandler) for one in self.ancestors(nodes[0]))
        found = regions.obstacle(nodes, self._asyncio, in_handler, allowed)
        if found:
            return found
        for node in regions.own(nodes):
            if isinstance(node, ast.expr):
                if reason := self.knowledge.stays(node):
                    return reason
                if (reason := self.knowledge.stops(node)) and not regions.stops(nodes, node):
                    return reason
        return ""

    def looked_at_by(self, nodes: Sequence[ast.AST]) -> str:
        """Why no function may be made for nodes: what stays looks at the variables, `locals()`; or the empty text."""
        inside = {node for top in nodes for node in ast.walk(top)}
        for node in regions.own(self.body):
            match node:
                case ast.Call(func=ast.Name(id=name)) if node not in inside and regions.is_introspective(node):
                    return f"`{name}()` in line {node.lineno} looks at the variables of `{self.node.name}`"
        return ""

    def session_in(self, nodes: Sequence[ast.AST]) -> str:
        """Why nodes that need no session of their own must not run in a thread: they use that of the request."""
        for node in regions.own(nodes):
            boundary = self.boundaries.get(node) if isinstance(node, ast.expr) else None
            if boundary is not None and (boundary.request or boundary.owned):
                return "something in it uses a session that stays in the event loop"
            if isinstance(node, ast.expr) and self.knowledge.changes_session(node):
                return f"`{ast.unparse(node)}` changes a session that stays in the event loop"
            if isinstance(node, ast.Name) and node.id in self.objects:
                return f"`{node.id}` may be an object of a session that stays in the event loop"
        return ""

    def may_await(self, node: ast.expr) -> bool:
        """Whether an `await` in place of the expression keeps what is around it as it is."""
        at: ast.AST = node
        while not isinstance(at, ast.stmt):
            parent = self.parents[at]
            inside = isinstance(parent, ast.GeneratorExp)
            if isinstance(parent, ast.comprehension):
                owner = self.owner(parent)
                inside = isinstance(owner, ast.GeneratorExp) and not (
                    owner.generators[0] is parent and parent.iter is at
                )
                parent = owner
            if inside and not regions.is_asynchronous(parent):
                return False
            at = parent
        return True

    def is_primary(self, node: ast.expr) -> bool:
        """Whether an `await` in place of the expression needs parentheses."""
        parent = self.parents[node]
        match parent:
            case ast.Attribute() | ast.Subscript():
                return parent.value is node
            case ast.Call():
                return parent.func is node
        return isinstance(parent, ast.Await)

    def comprehension_variables(self, node: ast.expr) -> set[str]:
        """The variables of the comprehensions around an expression."""
        found: set[str] = set()
        at: ast.AST = node
        while not isinstance(at, ast.stmt):
            at = self.parents[at]
            if isinstance(at, COMPREHENSIONS):
                found |= regions.stored_by_comprehension(at)
        return found


def binds(node: ast.expr) -> str:
    """Why an expression that binds a name does not move: the name would be another one in there."""
    names = regions.stored([node])
    return f"`{min(names)}` is bound in it" if names else ""
