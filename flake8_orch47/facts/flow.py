"""Which bindings of a name may reach a statement: reaching definitions within one scope."""

from __future__ import annotations

import ast

from flake8_orch47.facts.scopes import MAX_GUARDS, Binding, Guards, Scope, fits_anything, guarded
from flake8_orch47.records import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

__all__ = ["Flows", "Reached", "falls_off_end", "reaching"]


#: The ways to a place, each with its conditions: one way is enough, and all of its conditions have to hold.
Ways: TypeAlias = tuple[Guards, ...]

ALWAYS: Ways = ((),)


class Reached(Row):
    """A binding that may hold at a place, and the ways from it to there, with their conditions as far as they are
    simple.
    """

    binding: Binding
    ways: Ways


#: What a name may mean at one point, with the ways to there; None stands for "perhaps nothing yet".
State: TypeAlias = dict[Binding | None, Ways]

#: More ways than this become one, with the conditions that all of them have.
_WAYS = 6
UNBOUND: State = {None: ALWAYS}
#: The state of a point that is never reached.
NOWHERE: State = {}


def reaching(scope: Scope, name: str, statement: ast.stmt | None, cache: Flows) -> tuple[Reached, ...]:
    """The bindings of `name` in `scope` that may hold when `statement` starts.

    Without a statement: when the scope has ended. Bindings made through `global` or `nonlocal` elsewhere always
    count. A name that is only bound later is taken to have all of its bindings.
    """
    bindings = scope.bindings[name]
    if len(bindings) == 1 and bindings[0].kind != "delete":
        return (Reached(bindings[0], ALWAYS),)
    flow = cache.get((scope, name))
    if flow is None:
        flow = cache[scope, name] = _Flow(scope, bindings)
    state = flow.end if statement is None else flow.before.get(statement, flow.end)
    own = flow.walrus(statement) if statement is not None else None
    found = own or state
    reached = [
        Reached(binding, found.get(binding, ALWAYS)) for binding in bindings if binding in found or binding.elsewhere
    ]
    alive = tuple(one for one in reached if one.binding.kind != "delete")
    return alive or tuple(Reached(binding, ALWAYS) for binding in bindings if binding.kind != "delete")


def falls_off_end(body: Sequence[ast.stmt], ends: Callable[[ast.Call], bool] | None = None) -> bool:
    """Whether running `body` may come to its end without `return` or `raise`.

    `ends` says of a call whether it never returns.
    """
    if body and isinstance(body[-1], ast.Return | ast.Raise):
        return False
    return bool(_Flow(None, (), ends).block(body, UNBOUND))


class _Flow:
    """Runs the statements of a scope on states, for one name."""

    def __init__(
        self, scope: Scope | None, bindings: Sequence[Binding], ends: Callable[[ast.Call], bool] | None = None
    ) -> None:
        self.ends = ends
        self.cases: dict[ast.match_case, Guards] = {} if scope is None else scope.module.cases
        self.by_statement: dict[ast.stmt, list[Binding]] = {}
        self.before: dict[ast.stmt, State] = {}
        self.loops: list[tuple[list[State], list[State]]] = []  # states at `break`, at `continue`
        start: State = {}
        for binding in bindings:
            if binding.kind == "parameter":
                start[binding] = ALWAYS
            elif not binding.elsewhere:
                self.by_statement.setdefault(binding.statement, []).append(binding)
        self.end: State = NOWHERE
        if scope is not None:
            body = getattr(scope.node, "body", None)
            state = start or UNBOUND
            returned: list[State] = []
            self.returned = returned
            ended = self.block(body, state) if isinstance(body, list) else state
            # A module's or class's names are what holds at its end; a closure may be called after any return.
            self.end = _either(ended, *returned) or state
        else:
            self.returned = []

    def walrus(self, statement: ast.stmt) -> State | None:
        """The bindings that hold within the header of `statement` itself: those of `:=` and of `with`."""
        if isinstance(statement, ast.With | ast.AsyncWith):
            return dict.fromkeys(self.by_statement.get(statement, ()), ALWAYS) or None
        if isinstance(statement, ast.If | ast.While | ast.Expr | ast.Return | ast.Assert | ast.Assign):
            made = [b for b in self.by_statement.get(statement, ()) if b.kind == "assign" and _is_walrus(b, statement)]
            return dict.fromkeys(made, ALWAYS) if made else None
        return None

    def block(self, statements: Sequence[ast.stmt], state: State) -> State:
        for statement in statements:
            known = self.before.get(statement)
            self.before[statement] = state if known is None else _either(known, state)
            if not state:
                break
            state = self.step(statement, state)
        return state

    def step(self, node: ast.stmt, state: State) -> State:
        """The state after `node`, from the state before it."""
        made = self.by_statement.get(node)
        if made and not isinstance(node, ast.Try | ast.TryStar):  # a handler's name holds in the handler
            last = made[-1]
            if last.kind == "delete":
                state = UNBOUND
            else:
                state = {last: ALWAYS} if _certain(made) else {**state, **dict.fromkeys(made, ALWAYS)}
        match node:
            case ast.Return():
                self.returned.append(state)
                return NOWHERE
            case ast.Raise() | ast.Assert(test=ast.Constant(value=False)):
                return NOWHERE
            case ast.Expr(value=ast.Call() as call) if self.ends is not None and self.ends(call):
                return NOWHERE
            case ast.Break():
                if self.loops:
                    self.loops[-1][0].append(state)
                return NOWHERE
            case ast.Continue():
                if self.loops:
                    self.loops[-1][1].append(state)
                return NOWHERE
            case ast.If():
                always = _constant_truth(node.test)
                body = self.block(node.body, state) if always is not False else NOWHERE
                otherwise = self.block(node.orelse, state) if always is not True else NOWHERE
                return _joined(node, body, otherwise)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self.loop(node, state)
            case ast.With() | ast.AsyncWith():
                return self.block(node.body, state)
            case ast.Try() | ast.TryStar():
                return self.try_(node, state)
            case ast.Match():
                return self.match(node, state)
        return state

    def loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> State:
        endless = isinstance(node, ast.While) and _constant_truth(node.test) is True
        target = self.by_statement.get(node) if not isinstance(node, ast.While) else None
        each: State | None = {target[-1]: ALWAYS} if target else None  # every turn binds it anew
        breaks: list[State] = []
        entry = state
        for _ in range(2):  # once more for what the first round leaves behind
            continues: list[State] = []
            breaks.clear()
            self.loops.append((breaks, continues))
            done = self.block(node.body, each or entry)
            self.loops.pop()
            around = _either(entry, done, *continues)
            if around == entry:
                break
            entry = around
        if isinstance(node, ast.While):  # its test is asked again after every turn
            self.before[node] = _either(self.before.get(node, NOWHERE), entry)
        # A `for` target is bound only if there was something to iterate over; take it as bound.
        after = NOWHERE if endless else self.block(node.orelse, entry) if node.orelse else entry
        return _either(after, *breaks)

    def try_(self, node: ast.Try | ast.TryStar, state: State) -> State:
        body = self.block(node.body, state)
        # An exception may come at any point of the body.
        raised = _either(state, *(self.before.get(inner, NOWHERE) for inner in node.body), body)
        done = self.block(node.orelse, body) if node.orelse else body
        named = {binding.node: binding for binding in self.by_statement.get(node, ())}
        for handler in node.handlers:
            own = named.get(handler)
            left = self.block(handler.body, raised if own is None else {own: ALWAYS})
            if own in left:  # the name is gone where the handler ends
                left = {**{binding: ways for binding, ways in left.items() if binding is not own}, None: ALWAYS}
            done = _either(done, left)
        if not node.finalbody:
            return done
        finished = self.block(node.finalbody, done or raised)
        return finished if done else NOWHERE

    def match(self, node: ast.Match, state: State) -> State:
        left: list[tuple[State, Guards]] = []
        exhaustive = False
        for case in node.cases:
            conditions = self.cases.get(case, ())
            self.before.update((condition, state) for condition, _ in conditions)
            left.append((self.block(case.body, state), conditions))
            exhaustive = exhaustive or (case.guard is None and fits_anything(case.pattern))
        if not exhaustive:
            left.append((state, ()))
        if all(after == left[0][0] for after, _ in left):
            return left[0][0]
        return _either(*(_under(after, conditions) for after, conditions in left))


def _under(state: State, conditions: Guards) -> State:
    """A state that holds under further conditions."""
    if not conditions:
        return state
    return {binding: tuple((*way, *conditions)[-MAX_GUARDS:] for way in ways) for binding, ways in state.items()}


def _either(*states: State) -> State:
    """What holds where several ways come together."""
    joined: State = {}
    for state in states:
        for binding, ways in state.items():
            known = joined.get(binding)
            joined[binding] = ways if known is None else _any(known, ways)
    return joined


def _any(some: Ways, others: Ways) -> Ways:
    """The ways of both: a way without conditions makes all others needless, too many become one."""
    if some == others:
        return some
    ways = dict.fromkeys((*some, *others))
    if () in ways:
        return ALWAYS
    if len(ways) <= _WAYS:
        return tuple(ways)
    first, *rest = ways
    return (tuple(guard for guard in first if all(guard in way for way in rest)),)


def _joined(node: ast.If, body: State, otherwise: State) -> State:
    """What holds after an `if`: what its branches leave differently holds under its condition or the opposite."""
    joined: State = {}
    for binding in (*body, *(one for one in otherwise if one not in body)):
        before, after = body.get(binding), otherwise.get(binding)
        if before is None or after is None or before != after:
            before = tuple(guarded(way, node, True) for way in before or ())
            after = tuple(guarded(way, node, False) for way in after or ())
            joined[binding] = _any(before, after)
        else:
            joined[binding] = before
    return joined


def _certain(made: list[Binding]) -> bool:
    """Whether one of the bindings certainly happens: an `except ... as` or a pattern's capture only may."""
    return any(binding.kind != "other" for binding in made)


def _is_walrus(binding: Binding, statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return binding.value is not statement.value
    return not isinstance(statement, ast.AnnAssign)


def _constant_truth(test: ast.expr) -> bool | None:
    """Whether a condition is written down as true or false; None where it is decided at run time.

    `TYPE_CHECKING` counts as undecided: what it guards gives annotations their meaning.
    """
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _constant_truth(test.operand)
        return None if inner is None else not inner
    return None


#: Flows that were computed already, by scope and name.
Flows: TypeAlias = dict[tuple[Scope, str], _Flow]
