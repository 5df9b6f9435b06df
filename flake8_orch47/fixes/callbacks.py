"""ORC201: an authorization callback becomes async.

A `def` becomes `async def`, and whoever calls it awaits it. Where sync code calls it too, it stays, and an async
function takes its place at the registration. A lambda becomes an async function with a name.
"""

from __future__ import annotations

import ast
from functools import cached_property

from flake8_orch47.facts.uses import use_of
from flake8_orch47.fixes.annotations import gives_awaitable
from flake8_orch47.fixes.awaits import await_call, leaves, returns_awaitable
from flake8_orch47.fixes.families import family
from flake8_orch47.fixes.lambdas import named_function
from flake8_orch47.fixes.plan import is_async_place
from flake8_orch47.fixes.steps import Planned, Refusal, Refused, Step
from flake8_orch47.fixes.twins import twin
from flake8_orch47.fixes.uses import Use, Uses, holds
from flake8_orch47.knowledge.orchestrator import CALLBACK_NAMES
from flake8_orch47.project import requirement
from flake8_orch47.records import Entity, made_by
from flake8_orch47.resolution.externals import is_callback
from flake8_orch47.resolution.registrations import closed_over
from flake8_orch47.resolution.values import (
    Cached,
    Class,
    Expression,
    External,
    Function,
    Partial,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact, Scope
    from flake8_orch47.findings import Finding
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.resolution.callbacks import Callback
    from flake8_orch47.resolution.values import Frame
    from flake8_orch47.rules.analysis import Registered

__all__ = ["plan"]

#: Decorators that hand a function through, async or not.
_TRANSPARENT = frozenset(
    "builtins.staticmethod builtins.classmethod abc.abstractmethod typing.override typing_extensions.override"
    " typing.final typing_extensions.final typing.no_type_check warnings.deprecated".split()
)


def plan(planning: Planning, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Planned | Refused]]:
    """The plans for ORC201."""
    findings = list(findings)
    required = planning.analysis.below_47
    if required is not None and not planning.target_given:
        reason = (
            f"the project requires orchestrator-core {required.specifier or 'below 4.7'}, and before 4.7 an async "
            "callback lets everybody in: it has to come together with the upgrade (`--target-version 4.7` says so)"
        )
        yield from ((finding, Refused(reason)) for finding in findings)
        return
    unread = "" if required is not None or planning.target_given else requirement.unread(planning.analysis.project.root)
    if unread:
        reason = (
            f"{unread}: before 4.7 an async callback lets everybody in (`--target-version 4.7` says that it is later)"
        )
        yield from ((finding, Refused(reason)) for finding in findings)
        return
    entries = _by_place(planning)
    conversions = _Conversions(planning)
    found: dict[Finding, list[_Target]] = {}
    for finding in findings:
        span = finding.span
        of_it = entries.get((span.path, span.row, span.column), ())
        found[finding] = list(dict.fromkeys(conversions.target(entry) for entry in of_it))
    conversions.settle()

    def one(finding: Finding) -> Planned:
        if not found[finding]:
            raise Refusal("what the finding points at was not found again")
        return _together([conversions.planned(target) for target in found[finding]])

    yield from planning.each(findings, one)


def _together(plans: list[Planned]) -> Planned:
    """Several plans as one."""
    steps = dict.fromkeys(step for planned in plans for step in planned.steps)
    reasons = dict.fromkeys(planned.reason for planned in plans if planned.reason)
    safe = all(planned.applicability == "safe" for planned in plans)
    return Planned("safe" if safe else "unsafe", plans[0].message, tuple(steps), "; ".join(reasons))


def _by_place(planning: Planning) -> dict[tuple[str, int, int], list[Registered]]:
    """The callbacks that are not async, by where they are reported."""
    analysis = planning.analysis
    found: dict[tuple[str, int, int], list[Registered]] = {}
    for entry in analysis.registered:
        if entry.callback.kind != "sync":
            continue
        change = entry.callback.change
        if change is not None and analysis.is_linted(change.scope.module):
            spans = [analysis.span(change.scope.module, change.node)]
        else:
            spans = [
                analysis.span(one.module, one.node) for one in entry.registrations if analysis.is_linted(one.module)
            ]
        for span in dict.fromkeys(spans):
            found.setdefault((span.path, span.row, span.column), []).append(entry)
    return found


class _Target(Entity):
    """One function that has to become async, with the methods that change together with it.

    `refused` says why it cannot; `doubts` why that is unsafe; `stays` is the use of it that no `await` reaches.
    """

    scope: Scope | None
    entries: list[Registered] = made_by(default_factory=list)
    members: tuple[Scope, ...] = ()
    refused: str = ""
    doubts: list[str] = made_by(default_factory=list)
    stays: Use | None = None
    waits: str = ""

    @property
    def is_lambda(self) -> bool:
        return self.scope is not None and isinstance(self.scope.node, ast.Lambda)


class _Conversions:
    """All functions that have to become async, together: one may call the other."""

    def __init__(self, planning: Planning) -> None:
        self.planning = planning
        self.targets: dict[object, _Target] = {}
        self.direct: set[_Target] = set()
        self.by_scope: dict[Scope, _Target] = {}

    # -- what has to become async --------------------------------------------------------------------------------

    def target(self, entry: Registered) -> _Target:
        """The function that has to become async for a callback."""
        change = entry.callback.change
        own = entry.callback.function
        if change is not None and own is not None and own.scope is not change.scope:
            # What does more with the answer than to return it has to become async itself.
            change = own if self._uses_answer(change.scope, own) else change
        key: object = change.scope if change is not None else entry
        target = self.targets.get(key)
        if target is None:
            target = self.targets[key] = _Target(change.scope if change is not None else None)
        target.entries.append(entry)
        try:
            self._look_at(target, entry.callback)
        except Refusal as refusal:
            target.refused = target.refused or str(refusal)
        return target

    def _look_at(self, target: _Target, callback: Callback) -> None:
        """Notes what speaks against it, or makes it unsafe. Raises Refusal where it cannot be."""
        value = callback.value
        while isinstance(value, Partial | Cached):
            if isinstance(value, Cached):
                raise Refusal("a cache would hand out the same coroutine again (ORC205): cache what it computes first")
            if "it is registered as a partial" not in target.doubts:
                target.doubts.append("it is registered as a partial")
            value = value.function
        if target.scope is None:
            raise Refusal(_why_nothing(value))
        if target.scope.yields:
            raise Refusal("it is a generator: it yields, and does not answer")
        if not target.members:
            target.members = family(self.planning, target.scope)
            for member in target.members:
                self.by_scope[member] = target
                if member.yields:
                    raise Refusal("a method that it overrides, or that overrides it, is a generator")
        self._decorators(target)

    def _decorators(self, target: _Target) -> None:
        """Decorators that are not known to take async functions make the fix unsafe."""
        evaluator = self.planning.analysis.evaluator
        for member in target.members:
            for decorator in getattr(member.node, "decorator_list", ()):
                around = member.parent or member
                for value in evaluator.values(Expression(decorator, around, member.statement, None)):
                    name = value.name if isinstance(value, External) else ""
                    known = name in _TRANSPARENT or isinstance(value, Function | Class | Partial)
                    text = f"whether `@{ast.unparse(decorator)}` takes async functions is not known"
                    if not known and name.partition("(")[0] != "functools.wraps" and text not in target.doubts:
                        target.doubts.append(text)

    def _uses_answer(self, scope: Scope, wrapper: Function) -> bool:
        """Whether a wrapper, or one that it wraps, does more with the answer of a function than to return it."""
        analysis = self.planning.analysis
        seen: list[Function] = []
        waiting = [wrapper]
        while waiting:
            function = waiting.pop()
            if function in seen or function.scope is scope:
                continue
            seen.append(function)
            waiting += closed_over(analysis.evaluator, function)
            for call in analysis.modules.calls_in(function.scope):
                here = Expression(call.node, call.scope, call.statement, function.frame)
                callees = analysis.evaluator.at(here, call.node.func)
                held = {one for value in callees for one in holds(self.planning, value)}
                if scope in held and not self._is_returned(function.scope, call.node):
                    return True
        return False

    def _is_returned(self, scope: Scope, node: ast.expr) -> bool:
        """Whether all that a wrapper does with a value is to return it, with nothing around that would notice."""
        parents = self.planning.analysis.parents(scope.module)
        at: ast.AST = node
        while at in parents and at is not scope.node:
            at = parents[at]
            if isinstance(at, ast.Try | ast.With | ast.AsyncWith):
                return False
        if isinstance(scope.node, ast.Lambda):
            return scope.node.body is node
        use = use_of(node, parents, lambda _node, _name: False)
        if use.kind == "assigned":
            return all(
                loads and all(use_of(one, parents, lambda _node, _name: False).kind == "returned" for one in loads)
                for target in use.targets
                for loads in [[n for n in ast.walk(scope.node) if _reads(n, target.id)]]
            )
        return use.kind in ("returned", "awaited")

    # -- who calls it --------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Decides for each function whether it becomes async itself, or gets an async twin."""
        able = [target for target in self.targets.values() if not target.refused and target.members]
        scopes = [member for target in able for member in target.members]
        self.uses = Uses(self.planning, scopes)
        self.direct = {target for target in able if not target.is_lambda}
        while True:
            awaitable = self._awaitable_calls()
            staying = {target: use for target in self.direct if (use := self._sync_use(target, awaitable)) is not None}
            if not staying:
                break
            for target, use in staying.items():
                target.stays = use
            self.direct -= staying.keys()
        for target in able:
            if target.is_lambda:
                target.stays = self._sync_use(target, awaitable)

    @property
    def becoming(self) -> frozenset[Scope]:
        """The functions that become async themselves."""
        return frozenset(member for target in self.direct for member in target.members)

    def _uses(self, target: _Target) -> list[Use]:
        found = [use for member in target.members for use in self.uses.of(member)]
        return list(dict.fromkeys(found))

    def _awaitable_calls(self) -> set[ast.Call]:
        """The calls that give something awaitable in every case, once the functions are async."""
        analysis = self.planning.analysis
        calls = {use.call for target in self.targets.values() for use in self._uses_or_none(target) if use.call}
        frames = {call: self._situations(call) for call in calls}

        def ask() -> set[ast.Call]:
            found = set()
            for call in calls:
                situations = (Expression(call.node, call.scope, call.statement, frame) for frame in frames[call])
                results = [analysis.evaluator.values(here) for here in situations]
                if all(one and all(analysis.callbacks.awaitable(value) for value in one) for one in results):
                    found.add(call.node)
            return found

        return self._assuming([scope.node for scope in self._assumed()], ask)

    def _situations(self, call: CallFact) -> list[Frame | None]:
        """The closures in which a call runs, if it is in a function that is made by another one."""
        owner = _owner(call.scope)
        target = self.by_scope.get(owner)
        around = owner.parent
        if target is None or target.refused or around is None or around.kind != "function":
            return [None]
        return self._frames(target, owner)

    def _assumed(self) -> set[Scope]:
        lambdas = {target.scope for target in self.targets.values() if target.is_lambda and target.scope}
        return {*self.becoming, *lambdas}

    def _uses_or_none(self, target: _Target) -> list[Use]:
        return self._uses(target) if target.members and not target.refused else []

    def _assuming(self, nodes: list[ast.AST], ask: object) -> set[ast.Call]:
        if not nodes:
            return ask()  # type: ignore[operator,no-any-return]
        found: set[ast.Call] = self.planning.analysis.evaluator.assuming_async(
            nodes[0], lambda: self._assuming(nodes[1:], ask)
        )
        return found

    def _sync_use(self, target: _Target, awaitable: set[ast.Call]) -> Use | None:
        """A use of the function that would get a coroutine and not await it."""
        for use in self._uses(target):
            if use.kind == "handed" or (use.kind == "called" and self._cannot_await(use, awaitable)):
                return use
        return None

    def _cannot_await(self, use: Use, awaitable: set[ast.Call]) -> bool:
        if use.call is None:
            return True
        owner = _owner(use.scope)
        other = self.by_scope.get(owner)
        if other is not None and other.is_lambda and not other.refused:
            return False  # that lambda becomes a function first: see `planned`
        if use.call.node not in awaitable:
            return True
        if isinstance(self.planning.analysis.parents(use.module)[use.call.node], ast.Await):
            return False
        try:
            await_call(self.planning, use.call.scope, use.call.node, self.becoming)
        except Refusal:
            return True
        return False

    @cached_property
    def _asked(self) -> list[str]:
        """What to say where sync code asks a workflow for its callback, which may be any of them."""
        analysis = self.planning.analysis
        for module in tuple(analysis.scanned):
            if analysis.evaluator.names.core_name(module) is not None:
                continue
            for call in analysis.calls_of(module, CALLBACK_NAMES):
                if is_async_place(call.scope) and self._asks_for_callback(call):
                    where = analysis.where(module, call.node)
                    return [
                        f"sync code asks `{_short(call.node.func)}(...)` at {where}: it takes a coroutine for a yes"
                    ]
        return []

    def _asks_for_callback(self, call: CallFact) -> bool:
        here = Expression(call.node.func, call.scope, call.statement, None)
        values = self.planning.analysis.evaluator.values(here)
        return any(isinstance(value, External) and is_callback(value.name) for value in values)

    # -- the plans -----------------------------------------------------------------------------------------------

    def planned(self, target: _Target) -> Planned:
        """The plan for one function. Raises Refusal where there is none."""
        if target.refused:
            raise Refusal(target.refused)
        if target.scope is None:
            raise Refusal("no function of the project stands behind it")
        if target.is_lambda:
            return self._lambda(target)
        if target in self.direct:
            return self._direct(target)
        return self._twin(target)

    def _direct(self, target: _Target) -> Planned:
        steps: dict[Step, None] = {}
        doubts = [*target.doubts, *self._asked]
        self._collect(target, steps, doubts, [])
        name = _name(target)
        message = f"make {name} async"
        return Planned("unsafe" if doubts else "safe", message, tuple(steps), "; ".join(doubts))

    def _collect(self, target: _Target, steps: dict[Step, None], doubts: list[str], seen: list[_Target]) -> None:
        """The steps for a function and for those that have to become async before they can await it."""
        seen.append(target)
        for member in target.members:
            node = member.node
            if isinstance(node, ast.FunctionDef):
                steps[self.planning.header(member.module, node, "callbacks:made_async")] = None
                steps.update(dict.fromkeys(self._returned_coroutines(target, member, doubts)))
                steps.update(dict.fromkeys(self._of_factory(member)))
        registered = {entry.callback.function.scope for entry in self._entries() if entry.callback.function is not None}
        others = [member for member in target.members if member not in registered and member is not target.scope]
        if others:
            where = self.planning.analysis.where(others[0].module, others[0].node)
            doubts.append(f"a method that it overrides, or that overrides it, becomes async too: {where}")
        for use in self._uses(target):
            self._follow(target, use, steps, doubts, seen)

    def _follow(
        self, target: _Target, use: Use, steps: dict[Step, None], doubts: list[str], seen: list[_Target]
    ) -> None:
        where = self.planning.analysis.where(use.module, use.node)
        if use.kind == "string" and not any("names it in a string" in doubt for doubt in doubts):
            doubts.append(f"{where} names it in a string, and may put a sync function in its place")
        if use.kind == "flows" and use.certain:
            match self.planning.analysis.parents(use.module)[use.node]:
                case ast.AnnAssign(annotation=annotation, value=value) if value is use.node:
                    steps.update(dict.fromkeys(gives_awaitable(self.planning, use.scope, annotation)))
        if use.kind != "called" or use.call is None:
            return
        owner = _owner(use.scope)
        caller = self.by_scope.get(owner)
        if caller is not None and caller.is_lambda:
            raise Refusal(f"a lambda calls it ({where}): that has to become an async function first")
        if isinstance(self.planning.analysis.parents(use.module)[use.call.node], ast.Await):
            return
        steps.update(dict.fromkeys(await_call(self.planning, use.call.scope, use.call.node, self.becoming)))
        steps.update(dict.fromkeys(self._of_parameter(use.call)))
        if caller is target:
            return
        if target is seen[0] and not any("calls it" in doubt for doubt in doubts):
            doubts.append(f"other code calls it, and awaits it from now on: {where}")
        if is_async_place(owner) and caller is not None and caller not in seen:
            doubts.append(f"{_name(caller)}, which calls it, becomes async too")
            self._collect(caller, steps, doubts, seen)

    def _of_factory(self, member: Scope) -> Iterator[Step]:
        """What says that a factory gives a callable with an awaitable answer, if all that it gives is async then."""
        factory = member.parent
        node = factory.node if factory is not None else None
        if factory is None or not isinstance(node, ast.FunctionDef) or not factory.returns:
            return
        lambdas = {one.scope for one in self.targets.values() if one.is_lambda and not one.refused and not one.stays}
        for fact in factory.returns:
            for leaf in leaves(fact.node.value) if fact.node.value is not None else ():
                values = self.planning.analysis.evaluator.values(Expression(leaf, factory, fact.node, None))
                if not values or not all(
                    isinstance(one, Function)
                    and (one.scope in self.becoming | lambdas or isinstance(one.node, ast.AsyncFunctionDef))
                    for one in values
                ):
                    return
        yield from gives_awaitable(self.planning, factory.parent or factory, node.returns)

    def _of_parameter(self, call: CallFact) -> Iterator[Step]:
        """What says that a parameter is a callable with an awaitable answer, where it is awaited from now on."""
        if not isinstance(call.node.func, ast.Name):
            return
        reached, owner = self.planning.analysis.evaluator.names.lookup(call.node.func.id, call.scope, call.statement)
        bindings = [one.binding for one in reached]
        if owner is not None and len(bindings) == 1 and bindings[0].kind == "parameter":
            yield from gives_awaitable(self.planning, owner.parent or owner, bindings[0].annotation)

    def _entries(self) -> Iterator[Registered]:
        for target in self.targets.values():
            yield from target.entries

    def _returned_coroutines(self, target: _Target, scope: Scope, doubts: list[str]) -> Iterator[Step]:
        """What awaits the coroutines that a sync function returned in some of its branches."""
        frames = self._frames(target, scope)
        for fact in scope.returns:
            for leaf in leaves(fact.node.value) if fact.node.value is not None else ():
                here = [Expression(leaf, scope, fact.node, frame) for frame in frames]
                answer = returns_awaitable(self.planning, here)
                if answer is True:
                    yield from await_call(self.planning, scope, leaf, frozenset({scope}))
                elif answer is None and isinstance(leaf, ast.Call):
                    where = self.planning.analysis.where(scope.module, leaf)
                    doubts.append(f"whether `{_short(leaf)}` ({where}) has to be awaited is not known")

    def _frames(self, target: _Target, scope: Scope) -> list[Frame | None]:
        """The calls of a function as the framework makes them, and otherwise the closures that it is used with."""
        analysis = self.planning.analysis
        frames: dict[Frame | None, None] = {}
        for entry in target.entries:
            called = analysis.callbacks.call_of(entry.callback.value)
            if called is not None and called[0].scope is scope:
                frames[called[1]] = None
        for use in self.uses.of(scope):
            for value in analysis.evaluator.values(Expression(use.node, use.scope, None, None)):
                if isinstance(value, Function) and value.scope is scope and value.frame is not None:
                    frames[value.frame] = None
        return list(frames) or [None]

    def _twin(self, target: _Target) -> Planned:
        scope = target.scope
        if scope is None or target.stays is None:
            raise Refusal("no function of the project stands behind it")
        if (found := self.uses.enumerated.get(scope)) is not None:
            where = self.planning.analysis.where(found.module, found.node)
            raise Refusal(f"`{_short(found.node)}` ({where}) finds it, and would find an async one beside it as well")
        uses, own = self.uses.of(scope), self._own(target)
        staying = [use for use in uses if use.kind == "handed" or (use.kind == "called" and use not in own)]
        first = [use for use in staying if use == target.stays]
        registrations = [one for entry in target.entries for one in entry.registrations]
        return twin(self.planning, scope, uses, [*first, *staying] or [target.stays], registrations, target.doubts)

    def _own(self, target: _Target) -> list[Use]:
        """Calls of a function in its own body: they stay as the function does."""
        return [use for use in self._uses(target) if _owner(use.scope) in target.members]

    def _lambda(self, target: _Target) -> Planned:
        scope = target.scope
        if scope is None:
            raise Refusal("no function of the project stands behind it")
        if target.stays is not None:
            return self._twin(target)
        registrations = [one for entry in target.entries for one in entry.registrations]
        steps: dict[Step, None] = {}
        doubts: list[str] = []
        for use in self._uses(target):
            self._follow(target, use, steps, doubts, [target])
        steps.update(dict.fromkeys(self._of_factory(scope)))
        planned = named_function(self.planning, scope, registrations, self._frames(target, scope))
        return planned._replace(steps=(*planned.steps, *steps), reason="; ".join([planned.reason, *doubts]))


def _reads(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _owner(scope: Scope) -> Scope:
    """The function, class or module in which a comprehension stands."""
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return scope


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 50 else f"{text[:47]}..."


def _name(target: _Target) -> str:
    scope = target.scope
    node = scope.node if scope is not None else None
    around = scope.parent if scope is not None else None
    if isinstance(node, ast.Lambda) or node is None:
        return "the lambda"
    name = getattr(node, "name", "")
    return f"`{around.node.name}.{name}`" if around and isinstance(around.node, ast.ClassDef) else f"`{name}`"


def _why_nothing(value: object) -> str:
    match value:
        case Class():
            return "a class is called, and gives an instance: give it an async function"
        case External(name):
            return f"`{name.removeprefix('builtins.')}` is not part of the project: call it in an async function"
    return "no function of the project stands behind it"
