"""What callbacks change in the session of the request, and who commits it: that has to stay in one session."""

from __future__ import annotations

import ast
from functools import cached_property

from flake8_orch47.fixes.keeping import FILLING
from flake8_orch47.fixes.threads import regions
from flake8_orch47.fixes.threads.boundaries import is_plain_annotation
from flake8_orch47.resolution.values import Coroutine, Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_orch47.fixes.thread_affinity import ThreadAffinity, Tie, TieKind
    from flake8_orch47.resolution.contexts import AsyncContext
    from flake8_orch47.resolution.execution import Leaf

__all__ = ["Transactions", "uses_request"]


class Transactions:
    """Which async contexts cannot get a session of their own, because others change or commit the same one."""

    def __init__(self, affinity: ThreadAffinity) -> None:
        self.affinity = affinity
        self.analysis = affinity.analysis
        self._reasons: dict[AsyncContext, str] = {}

    def reason(self, contexts: Iterable[AsyncContext]) -> str:
        """Why a query in these contexts cannot get a session of its own; the empty text if it can."""
        for context in contexts:
            if reason := self._of(context):
                return reason
        return ""

    def _of(self, context: AsyncContext) -> str:
        known = self._reasons.get(context)
        if known is None:
            known = self._reasons[context] = self._open(context) or self._foreign(context)
        return known

    # -- changes that nobody commits -----------------------------------------------------------------------

    @cached_property
    def _unfinished(self) -> dict[AsyncContext, Tie]:
        """The contexts that change the session and leave it to somebody else to commit that."""
        found = {}
        for context in self.analysis.contexts:
            ties = self._ties(context)
            if "write" in ties and "end" not in ties:
                found[context] = ties["write"]
        return found

    def _open(self, context: AsyncContext) -> str:
        """Why: the same callback changes its session somewhere, and does not commit that there."""
        if not self._unfinished:
            return ""
        callbacks = [one.callback for one in self.analysis.registered if self.analysis.runs(one.callback, context)]
        for other, tie in self._unfinished.items():
            if other == context or any(self.analysis.runs(callback, other) for callback in callbacks):
                return (
                    f"{self.affinity.said(tie)} changes the session of the request without a commit: a session of its "
                    "own would neither see nor keep that"
                )
        return ""

    # -- commits of what others change ---------------------------------------------------------------------

    def _foreign(self, context: AsyncContext) -> str:
        """Why: it commits, or sends, what may have been changed elsewhere in the session of the request."""
        ties = self._ties(context)
        sent = ties.get("flush") or ties.get("end")
        if sent is None:
            return ""
        changes = bool({"write", "may_write"} & ties.keys()) or self._changes_objects(context)
        if sent.kind == "flush" and not changes:
            return (
                f"{self.affinity.said(sent)} is about what is changed elsewhere in the session of the request: a "
                "session of its own has none of it"
            )
        if awaited := self._objects_from_elsewhere(context):
            where = self.analysis.where(context.scope.module, awaited)
            return (
                f"`{ast.unparse(awaited)}` ({where}) may give an object of the session of the request, which "
                f"{self.affinity.said(sent)} would leave out in a session of its own"
            )
        return ""

    def _ties(self, context: AsyncContext) -> dict[TieKind, Tie]:
        """The first tie of each kind in a context, awaited functions left out."""
        found: dict[TieKind, Tie] = {}
        for tie in self.affinity.reached([context.body]):
            found.setdefault(tie.kind, tie)
        return found

    def _changes_objects(self, context: AsyncContext) -> bool:
        """Whether a function changes an object that it has got itself: `found.description = ...`."""
        for node in regions.own(getattr(context.scope.node, "body", [])):
            match node:
                case ast.Attribute(ctx=ast.Store() | ast.Del()):
                    root: ast.expr = node.value
                case ast.Call(func=ast.Attribute(attr=method, value=ast.Attribute() as changed)) if method in FILLING:
                    root = changed
                case _:
                    continue
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            bindings = context.scope.bindings.get(root.id, []) if isinstance(root, ast.Name) else []
            if bindings and all(one.kind != "parameter" and not _is_awaited(one.value) for one in bindings):
                return True
        return False

    def _objects_from_elsewhere(self, context: AsyncContext) -> ast.Await | None:
        """An `await` whose result is used and may be an object of the session of the request."""
        scope = context.scope
        parents = self.analysis.parents(scope.module)
        evaluator = self.analysis.execution.evaluator
        for call in self.analysis.modules.calls_in(scope):
            around = parents[call.node]
            if not isinstance(around, ast.Await) or isinstance(parents[around], ast.Expr):
                continue
            for value in evaluator.values(Expression(call.node, call.scope, call.statement, context.body.frame)):
                if not isinstance(value, Coroutine) or is_plain_annotation(
                    getattr(value.function.node, "returns", None)
                ):
                    continue
                body = self.analysis.execution.body_of_frame(value.function, value.frame)
                if any(uses_request(leaf) for step in self.analysis.execution.steps(body) for leaf in step.leaves):
                    return around
        return None


def uses_request(leaf: Leaf) -> bool:
    """Whether something uses the session of the request: as a table's query, or inside the framework."""
    return leaf.code == "ORC302" and ("[request]" in leaf.origin or leaf.origin.startswith("orchestrator."))


def _is_awaited(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Await)
