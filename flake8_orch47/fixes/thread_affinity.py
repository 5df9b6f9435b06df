"""Thread affinity: what code does that only works in the thread, or the session, in which it runs now.

A call that moves takes along all that it runs: what it calls is looked through, as far as it is part of the project.
What a function does itself is worked out once, and what leads to nothing is not looked through again.
"""

from __future__ import annotations

import ast
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from flake8_orch47.facts.places import place_of
from flake8_orch47.fixes.context_variables import left_changed
from flake8_orch47.fixes.threads import regions
from flake8_orch47.resolution.values import Expression, External, ExternalInstance, Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact, ModuleFacts
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.resolution.execution import Body, Step

__all__ = ["REENTRANT", "SESSION", "ThreadAffinity", "Tie", "TieKind"]

#: What ties code down: the `thread` it runs in, or its context; an exception that cannot `stop` a thread, or that is
#: `handled` outside; a `lock`
#: that belongs to the thread that takes it; a `connection` of `sqlite3` of the module, or one that an object holds
#: (`held`), if it is not `opened` on the way. To the session of the request: something is changed in it (`write`, or
#: perhaps so: `may_write`), sent (`flush`), or made to last or given up (`end`).
TieKind: TypeAlias = Literal[
    "thread", "stop", "handled", "lock", "connection", "held", "opened", "write", "may_write", "flush", "end"
]
#: The kinds that are about the session of the request.
SESSION: frozenset[TieKind] = frozenset({"write", "may_write", "flush", "end"})

#: Locks that the thread that took them has to give back, and how they are taken.
REENTRANT = frozenset(
    {
        *("threading.RLock", "threading.RLock.acquire"),
        *("threading.Condition", "threading.Condition.acquire", "threading.Condition.wait"),
    }
)
#: What needs the event loop of the thread that calls it.
_LOOP = frozenset(
    {
        *(
            f"asyncio.{name}"
            for name in "all_tasks as_completed create_task current_task ensure_future gather get_event_loop "
            "get_running_loop shield timeout timeout_at TaskGroup Timeout".split()
        ),
        *(
            f"asyncio.AbstractEventLoop.{name}"
            for name in "add_reader add_signal_handler add_writer call_at call_later call_soon create_future "
            "create_task remove_reader remove_signal_handler remove_writer stop".split()
        ),
        *(
            f"anyio.{name}"
            for name in "create_task_group current_effective_deadline current_time fail_after get_current_task "
            "get_running_tasks move_on_after".split()
        ),
        *("sniffio.current_async_library", "starlette.concurrency.run_until_first_complete"),
        *(f"trio.{name}" for name in ("current_time", "open_nursery", "lowlevel.current_task", "move_on_after")),
    }
)
#: Methods of loops and task groups, where the object is not known.
_LOOP_METHODS = frozenset({"create_task", "create_future", "call_soon", "call_later", "call_at", "start_soon"})
#: What only the main thread may call.
_MAIN_THREAD = frozenset(f"signal.{name}" for name in ("alarm", "set_wakeup_fd", "setitimer", "siginterrupt", "signal"))
#: What looks at who calls it, and at the exception that is handled.
_FRAMES = frozenset({"inspect.currentframe", "inspect.stack", "sys._getframe"})
_EXCEPTION = frozenset(
    "logging.Logger.exception logging.exception sys.exc_info sys.exception traceback.format_exc "
    "traceback.print_exc".split()
)
#: What changes context variables, by the end of its name.
_CONTEXT = (".bind_contextvars", ".clear_contextvars", ".unbind_contextvars")
_LOCAL = "`{}` is a `threading.local()`, which holds something else in each thread"
#: Iterators that have no end.
_ENDLESS = frozenset({"itertools.count()", "itertools.cycle()"})
_CONNECTIONS = frozenset({"sqlite3.Connection", "sqlite3.Cursor"})
#: Methods of a session that change what is in it.
_ADDING = frozenset(
    "add add_all bulk_insert_mappings bulk_save_objects bulk_update_mappings delete merge update".split()
)
#: Statements that change the database, and the words with which they begin.
_CHANGING = frozenset({"insert", "update", "delete"})
#: How functions of the framework begin that change something in the session.
_VERBS = ("add", "create", "delete", "remove", "save", "set", "store", "update")


class Tie(NamedTuple):
    """Something that ties code down: what it is, in words of a message, and where."""

    kind: TieKind
    what: str
    module: ModuleFacts
    node: ast.AST


class ThreadAffinity:
    """What ties the functions of a project down."""

    def __init__(self, planning: Planning) -> None:
        self.analysis = planning.analysis
        self.planning = planning
        self._own: dict[Body, tuple[Tie, ...]] = {}
        self._reached: dict[frozenset[Body], tuple[Tie, ...]] = {}
        #: what leads to nothing, with what was around it on the way
        self._free: set[tuple[Body, bool, bool, bool]] = set()

    # -- what a call runs ----------------------------------------------------------------------------------

    def of(self, bodies: Iterable[Body]) -> str:
        """Why what these bodies lead to must not run in another thread, however it is called; or the empty text."""
        ties = self.reached(bodies)
        kinds = {tie.kind for tie in ties}
        for tie in ties:
            if tie.kind in ("thread", "connection") or (tie.kind == "held" and "opened" not in kinds):
                return self.said(tie)
        return ""

    def stops(self, bodies: Iterable[Body]) -> str:
        """Why what these bodies lead to must not end a thread; or the empty text."""
        return next((self.said(tie) for tie in self.reached(bodies) if tie.kind == "stop"), "")

    def handled(self, bodies: Iterable[Body], module: ModuleFacts, node: ast.AST) -> str:
        """Why what a node runs stays: it looks at the exception that is handled there; or the empty text."""
        ties = [tie for tie in self.reached(bodies) if tie.kind == "handled"]
        return self.said(ties[0]) if ties and self._handles(module, node) else ""

    def said(self, tie: Tie) -> str:
        """A tie as a reason, with the place."""
        where = self.analysis.where(tie.module, tie.node)
        if "{where}" in tie.what:
            return tie.what.replace("{where}", where)
        scope, _ = place_of(tie.node, self.analysis.parents(tie.module), tie.module)
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        name = getattr(scope.node, "name", "")
        return f"{tie.what} ({f'`{name}`, ' if name else ''}{where})"

    def reached(self, bodies: Iterable[Body]) -> tuple[Tie, ...]:
        """All that ties these bodies and what they run down, the nearest first."""
        roots = dict.fromkeys(bodies)
        key = frozenset(roots)
        known = self._reached.get(key)
        if known is None:
            known = self._reached[key] = tuple(self._reach(roots))
        return known

    def _reach(self, roots: Iterable[Body]) -> Iterator[Tie]:
        """Follows the steps; what handles exceptions and what has a session of its own count on the way."""
        waiting = deque((body, False, False, False) for body in roots)
        seen = set(waiting)
        found = False
        while waiting:
            state = waiting.popleft()
            if state in self._free:
                continue
            body, caught, scoped, handling = state
            for tie in self.own(body):
                stops_here = (tie.kind == "stop" and caught) or (tie.kind == "handled" and handling)
                apart = tie.kind in SESSION and scoped
                if not (stops_here or apart):
                    found = True
                    yield tie
            for step, inner in self._steps(body):
                further = (
                    inner,
                    caught or self._is_caught(step, inner),
                    scoped or self.is_scoped(step.module, step.node),
                    handling or self._handles(step.module, step.node),
                )
                if further not in seen:
                    seen.add(further)
                    waiting.append(further)
        if not found:
            self._free |= seen

    def _steps(self, body: Body) -> Iterator[tuple[Step, Body]]:
        for step in self.analysis.execution.steps(body):
            for inner in step.bodies:
                yield step, inner

    def _is_caught(self, step: Step, inner: Body) -> bool:
        """Whether StopIteration does not come through a step: a loop takes it, a generator makes it another error."""
        if inner.scope.is_generator or step.kind in ("iterate", "contains"):
            return True
        return self._catches(step.module, step.node)

    def _catches(self, module: ModuleFacts, node: ast.AST) -> bool:
        """Whether StopIteration is handled around a node, in the function in which it stands."""
        parents = self.analysis.parents(module)
        at = node
        while at in parents and not isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            parent = parents[at]
            match parent:
                case ast.Try() | ast.TryStar() if at in parent.body:
                    if any(_takes_stop(handler.type) for handler in parent.handlers):
                        return True
                case ast.With() if at in parent.body:
                    if any("suppress" in (text := ast.unparse(item)) and _names_stop(text) for item in parent.items):
                        return True
                case ast.GeneratorExp():
                    return True
            at = parent
        return False

    def _handles(self, module: ModuleFacts, node: ast.AST) -> bool:
        """Whether a node stands in an `except` block of its function."""
        parents = self.analysis.parents(module)
        while node in parents and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            node = parents[node]
            if isinstance(node, ast.ExceptHandler):
                return True
        return False

    def is_scoped(self, module: ModuleFacts, node: ast.AST) -> bool:
        """Whether `with db.database_scope():` is around a node in its function."""
        parents = self.analysis.parents(module)
        while node in parents and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            node = parents[node]
            if isinstance(node, ast.With) and any(_opens_scope(item.context_expr) for item in node.items):
                return True
        return False

    # -- what a body does itself ---------------------------------------------------------------------------

    def own(self, body: Body) -> tuple[Tie, ...]:
        """What ties a body down without what it calls."""
        known = self._own.get(body)
        if known is None:
            known = self._own[body] = tuple(self._ties(body))
        return known

    def _ties(self, body: Body) -> Iterator[Tie]:
        scope = body.scope
        module = scope.module
        calls = self.analysis.modules.calls_in(scope)
        for call in calls:
            yield from self._of_call(body, call)
        if changed := left_changed(self.planning, module, (call.node for call in calls)):
            yield Tie("thread", changed, module, scope.node)
        for step in self.analysis.execution.steps(body):
            if any(leaf.origin in REENTRANT for leaf in step.leaves):
                yield Tie("lock", f"`{ast.unparse(step.node)}` is taken", module, step.node)
        if self.knows_locals:
            yield from self._of_locals(body)
        for node in _nodes_of(scope.node):
            match node:
                case ast.Raise(exc=ast.expr() as error) if "StopIteration" in _words(error):
                    if not self._may_stop(body) and not self._catches(module, node):
                        yield Tie("stop", "StopIteration is raised, which cannot leave a thread", module, node)
                case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()) if self._knows_sqlite:
                    yield from self._of_connection(body, node)

    def _of_call(self, body: Body, call: CallFact) -> Iterator[Tie]:
        evaluator = self.analysis.execution.evaluator
        module, node = body.scope.module, call.node
        here = Expression(node, call.scope, call.statement, body.frame)
        callees = evaluator.at(here, node.func)
        names = [one.name for one in callees if isinstance(one, External)]
        last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        is_known = any(isinstance(one, External | Function) for one in callees)
        for name in names:
            if reason := thread_reason(name):
                yield Tie("thread", reason, module, node)
            elif name in _FRAMES:
                yield Tie("thread", f"`{name}()` looks at the thread that it runs in", module, node)
            elif name in _EXCEPTION and not self._handles(module, node):
                reason = f"`{name.rpartition('.')[2]}()` reports the exception of the thread that it runs in"
                yield Tie("handled", reason, module, node)
            elif name == "sqlite3.connect" and not self._is_conditional(module, node):
                yield Tie("opened", "a connection is opened", module, node)
            elif name == "builtins.next" and len(node.args) == 1 and not self._may_stop(body):
                given = evaluator.at(here, node.args[0])
                ends = {one.name if isinstance(one, External) else "" for one in given}
                if not (ends and ends <= _ENDLESS) and not self._catches(module, node):
                    yield Tie("stop", "`next()` may raise StopIteration, which cannot leave a thread", module, node)
        if last in _LOOP_METHODS and not is_known:
            yield Tie("thread", f"`{last}()` needs the event loop", module, node)
        if not self.is_scoped(module, node):
            for kind in dict.fromkeys(kind for name in names for kind in _on_session(name, node)):
                yield Tie(kind, f"`{_short(node)}`", module, node)

    def _may_stop(self, body: Body) -> bool:
        """Whether a function is there to raise StopIteration, or makes a RuntimeError of it."""
        return body.scope.is_generator or getattr(body.scope.node, "name", "") == "__next__"

    def _is_conditional(self, module: ModuleFacts, node: ast.AST) -> bool:
        """Whether something is done at the first time only, perhaps: an `if` is around it in its function."""
        parents = self.analysis.parents(module)
        while node in parents and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            node = parents[node]
            if isinstance(node, ast.If | ast.IfExp | ast.BoolOp):
                return True
        return False

    # -- thread-locals -------------------------------------------------------------------------------------

    @cached_property
    def knows_locals(self) -> bool:
        """Whether the project has something that each thread has for itself."""
        return any("threading" in one.text and "local(" in one.text for one in self.analysis.modules.known())

    def is_local(self, values: Iterable[object]) -> bool:
        """Whether a value may be a `threading.local()`."""
        return self.knows_locals and any(
            isinstance(one, External) and one.name == "threading.local()" for one in values
        )

    def local_reason(self, node: ast.expr) -> str:
        """Why a `threading.local()` must not be used in another thread."""
        return _LOCAL.format(ast.unparse(node))

    def _of_locals(self, body: Body) -> Iterator[Tie]:
        """What a function reads of a `threading.local()` and does not set, or sets for others."""
        done: dict[str, dict[bool, ast.AST]] = {}
        for node in _nodes_of(body.scope.node):
            match node:
                case ast.Attribute(value=ast.Name() | ast.Attribute() as holder):
                    sets = not isinstance(node.ctx, ast.Load)
                case ast.Call(func=ast.Name(id="getattr" | "setattr" as function), args=[ast.expr() as holder, _, *_]):
                    sets = function == "setattr"
                case _:
                    continue
            here = Expression(
                holder, *place_of(holder, self.analysis.parents(body.scope.module), body.scope.module), body.frame
            )
            values = self.analysis.execution.evaluator.values(here)
            if self.is_local(values):
                done.setdefault(ast.unparse(holder), {})[sets] = node
        for name, uses in done.items():
            if len(uses) == 1:
                yield Tie("thread", _LOCAL.format(name), body.scope.module, next(iter(uses.values())))

    # -- connections of sqlite3 ----------------------------------------------------------------------------

    @cached_property
    def _knows_sqlite(self) -> bool:
        """Whether the project opens connections of `sqlite3` that belong to the thread that does."""
        found = False
        for module in self.analysis.modules.known():
            if "sqlite3" not in module.text:
                continue
            found = True
            opened = [
                node
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sqlite3.connect", "connect")
            ]
            if opened and not all(map(_is_for_all_threads, opened)):
                return True
        return found and not any(
            "check_same_thread" in module.text for module in self.analysis.modules.known() if "sqlite3" in module.text
        )

    def is_connection(self, here: Expression, values: Iterable[object]) -> bool:
        """Whether an expression may be a connection of `sqlite3`, or a cursor of one, that belongs to one thread."""
        if not self._knows_sqlite:
            return False
        if not any(isinstance(one, ExternalInstance) and one.cls in _CONNECTIONS for one in values):
            return False
        if not isinstance(here.node, ast.Name):
            return True
        reached, _ = self.analysis.evaluator.names.lookup(here.node.id, here.scope, here.statement)
        opened = [one.binding.value for one in reached]
        return not (opened and all(isinstance(one, ast.Call) and _is_for_all_threads(one) for one in opened))

    def _of_connection(self, body: Body, node: ast.Name | ast.Attribute) -> Iterator[Tie]:
        module = body.scope.module
        scope, statement = place_of(node, self.analysis.parents(module), module)
        if isinstance(node, ast.Name):
            inside = body.scope.bindings.get(node.id) or (scope is not body.scope and scope.bindings.get(node.id))
            if inside and node.id not in body.scope.redirected:
                return
        here = Expression(node, scope, statement, body.frame)
        if self.is_connection(here, self.analysis.execution.evaluator.values(here)):
            kind: TieKind = "connection" if isinstance(node, ast.Name) else "held"
            yield Tie(kind, opened_elsewhere(node), module, node)


def thread_reason(name: str) -> str:
    """Why what has this qualified name must not be called in another thread; the empty text if it may."""
    if name in _LOOP:
        return f"`{name.removeprefix('asyncio.AbstractEventLoop.')}()` needs the event loop"
    if name in _MAIN_THREAD:
        return f"`{name}()` works in the main thread only"
    if name.endswith(_CONTEXT):
        return f"`{name.rpartition('.')[2]}()` changes context variables, which would be changed in the thread only"
    return ""


def opened_elsewhere(node: ast.expr) -> str:
    """Why a connection of `sqlite3` must not be used in another thread."""
    return (
        f"`{ast.unparse(node)}` is a connection of `sqlite3` that is opened elsewhere, and belongs to the thread that "
        "opens it unless that says `check_same_thread=False`"
    )


def _on_session(name: str, call: ast.Call) -> Iterator[TieKind]:
    """What calling something by its qualified name does to the session of the request."""
    owner, _, last = name.rpartition(".")
    if owner.startswith("orchestrator."):
        if last == "transactional":
            yield "end"
        elif last == "save":
            yield "write"
        elif last.lstrip("_").startswith(_VERBS):
            yield "may_write"
        return
    if "[request]" not in owner:
        return
    if last in _ADDING or (last in ("execute", "scalar", "scalars") and call.args and _is_changing(call.args[0])):
        yield "write"
    elif last == "flush":
        yield "flush"
    elif last == "commit":
        yield from ("flush", "end")
    elif last in ("begin", "rollback"):
        yield "end"


def _is_changing(statement: ast.expr) -> bool:
    """Whether an SQL statement changes the database, as far as it stands here: `insert(T)`, `text("update ...")`."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _CHANGING:
                return True
            case ast.Constant(value=str(text)) if text.split()[:1] and text.split()[0].lower() in _CHANGING:
                return True
    return False


def _is_for_all_threads(call: ast.Call) -> bool:
    return any(
        keyword.arg == "check_same_thread" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in call.keywords
    )


def _opens_scope(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "database_scope"


def _nodes_of(function: ast.AST) -> Iterator[ast.AST]:
    """What runs when a function is called."""
    body = getattr(function, "body", [])
    yield from regions.own(body if isinstance(body, list) else [body])


def _takes_stop(handled: ast.expr | None) -> bool:
    return handled is None or _names_stop(ast.unparse(handled))


def _names_stop(text: str) -> bool:
    return any(word in text for word in ("StopIteration", "Exception"))


def _words(node: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _short(node: ast.Call) -> str:
    text = ast.unparse(node.func)
    return f"{text if len(text) <= 50 else f'{text[:47]}...'}(...)"
