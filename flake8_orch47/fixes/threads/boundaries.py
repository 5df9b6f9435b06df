"""What is asked: blocking calls at their boundary, and what only the engine knows of the code around them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, TypeAlias

from flake8_orch47.fixes.threads.naming import Reference, reference
from flake8_orch47.records import Entity

if TYPE_CHECKING:
    from flake8_orch47.facts.scopes import Scope

__all__ = [
    "CONSUMERS",
    "LAZY_RESULTS",
    "PLAIN_TYPES",
    "Action",
    "Boundary",
    "Knowledge",
    "NotMoved",
    "helper_name",
    "is_plain_annotation",
]

#: How a blocking call leaves the loop: in a thread, or as `await` of what `asyncio.run` is given.
#: `lazy`: what it gives blocks when it is consumed (`map(requests.get, urls)`).
Action: TypeAlias = Literal["thread", "lazy", "await"]

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
#: How the names of functions begin that change files.
_WRITING = (
    "write",
    "dump",
    "mkdir",
    "makedirs",
    "rm",
    "remove",
    "unlink",
    "rename",
    "replace",
    "touch",
    "copy",
    "move",
)
#: What only blocks when its result is consumed, by the end of its name.
LAZY_RESULTS = frozenset(
    "iterdir glob rglob walk fwalk iglob scandir iter_content iter_lines iter_bytes iter_text iter_raw scan_iter "
    "hscan_iter sscan_iter zscan_iter paged_search".split()
)
#: Builtins that consume all that they need of an iterable before they return.
CONSUMERS = frozenset(
    "all any bool dict frozenset len list max min set sorted sum tuple str int float bytes bytearray".split()
)
#: Types whose instances hold nothing of a session.
PLAIN_TYPES = frozenset("bool bytes date datetime Decimal float int None str timedelta UUID".split())


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


class Knowledge:
    """What the engine knows about expressions. This one knows nothing."""

    def is_request(self, node: ast.expr) -> bool:
        """Whether the value is the request's session, or something that runs on it."""
        return False

    def is_owned(self, node: ast.expr) -> bool:
        """Whether the value belongs to one thread: a registry of sessions, a connection of `sqlite3`."""
        return False

    def is_exclusive(self, node: ast.expr) -> bool:
        """Whether the value is for one task at a time: a session, a connection."""
        return False

    def is_plain(self, node: ast.expr) -> bool:
        """Whether the value certainly holds nothing of a session, beyond what the syntax shows."""
        return False

    def table(self, node: ast.expr) -> str:
        """The table of the framework that an expression names; the empty text for everything else."""
        return ""

    def table_given(self, node: ast.expr) -> str:
        """The table of the framework whose object a function of the framework gives."""
        return ""

    def is_select(self, node: ast.expr) -> bool:
        """Whether an expression names SQLAlchemy's `select`."""
        return False

    def is_callback(self, function: ast.AST) -> bool:
        """Whether only the framework calls the function, and only tests the result for truth."""
        return False

    def stays(self, node: ast.expr) -> str:
        """Why an expression must not run in another thread; the empty text if it may."""
        return ""

    def stops(self, node: ast.expr) -> str:
        """Why what an expression runs must not end a thread: StopIteration comes out; the empty text if it may."""
        return ""

    def changes_session(self, node: ast.expr) -> bool:
        """Whether a call of the project's changes, sends or commits what is in the session of the request."""
        return False

    def database(self, function: Scope, row: int) -> Reference:
        """How the function names the orchestrator's database object."""
        return reference(function.module, function, row, "orchestrator.db", "db")


class NotMoved(Exception):  # noqa: N818 (nothing went wrong)
    """Why something cannot be moved. `is_final`: nor can the statement around it."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


def helper_name(boundary: Boundary) -> str:
    """What a nested function for a boundary is called."""
    node = boundary.node
    if boundary.code == "ORC305" and isinstance(node, ast.Call):
        is_function = isinstance(node.func, ast.Name) or len(node.args) > 1
        given = [*node.args[is_function:], *(keyword.value for keyword in node.keywords)]
        modes = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        called = ast.unparse(node.func).rpartition(".")[2]
        is_mode = any(len(mode) < 4 and set(mode) <= set("waxbt+") and mode[:1] in ("w", "a", "x") for mode in modes)
        if is_mode or called.startswith(_WRITING):
            return "_write"
    return _HELPERS[boundary.code]


def is_plain_annotation(annotation: ast.expr | None) -> bool:
    """Whether an annotation allows nothing but plain values."""
    if annotation is None:
        return False
    words = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    words |= {str(node.value) for node in ast.walk(annotation) if isinstance(node, ast.Constant)}
    return words <= PLAIN_TYPES
