"""ORC202: the coroutine of a callback that is used as a value, without `await`."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.scopes import CallFact, Scope
from flake8_orch47.facts.uses import SHOWING, Parents, Use, statement_of, use_of, use_of_elements, use_of_results
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.contexts import is_async_scope
from flake8_orch47.resolution.narrowing import callees_under, conditions_in
from flake8_orch47.resolution.reach import COROUTINE
from flake8_orch47.resolution.registrations import closed_over, names_to_reach
from flake8_orch47.resolution.values import (
    NOTHING,
    Arguments,
    Awaitable,
    Cached,
    Coroutine,
    Expression,
    External,
    ExternalInstance,
    ExternalModule,
    Function,
    Instance,
    Partial,
    Value,
)
from flake8_orch47.rules.conditions import is_said_to_be_sync, narrowed, never_runs
from flake8_orch47.rules.handed_on import calls_of_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_orch47.facts.scopes import ModuleFacts
    from flake8_orch47.findings import Finding
    from flake8_orch47.resolution.callbacks import Callback
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.execution import Body
    from flake8_orch47.resolution.values import Frame
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["called_name", "without_await"]

_CALLBACK_CALLS = frozenset({"authorize_callback", "retry_auth_callback", "resume_auth_callback"})
#: Coroutine functions of the framework that answer whether somebody may.
_FRAMEWORK_CHECKS = frozenset(
    {
        "orchestrator.workflow.allow",
        "orchestrator.settings.Authorizers.authorize_callback",
        "orchestrator.settings.Authorizers.retry_auth_callback",
    }
)
#: What calls its first argument with each of some elements.
_MAPPING = ("map", "filter")
_MAPPERS = tuple(External(f"builtins.{name}") for name in _MAPPING)
#: The names under which code gets at the callbacks of a workflow or step, and at the framework's own.
_CALLBACK_WORDS = _CALLBACK_CALLS | {"allow", *(name.rpartition(".")[2] for name in core.CALLBACK_PAIRS)}


def without_await(analysis: Analysis, callbacks: list[Callback]) -> Iterator[Finding]:
    """Coroutines of callbacks that are used as values."""
    functions = [callback.function for callback in callbacks if callback.kind == "async" and callback.function]
    known = {_identity(analysis, function) for function in functions}
    named = [inner for function in functions for inner in (function, *closed_over(analysis.evaluator, function))]
    names = {name for function in named for name in names_to_reach(function.scope)}
    analysis.scan_users_of(
        (function.scope.module, name) for function in named for name in names_to_reach(function.scope)
    )
    calls = list(_calls_given(analysis, analysis.scanned, names)) if known else []
    looked_at = set(analysis.scanned)
    shelves = list(_shelves(analysis, known, named, calls)) if known else []
    names.update(name for _, name in shelves)
    analysis.scan_users_of(shelves)
    seen: set[ast.Call] = set()
    for context in analysis.contexts:
        if analysis.is_linted(context.scope.module):
            for call in analysis.evaluator.modules.calls_in(context.scope):
                if call.node in seen:
                    continue
                finding = None
                if _is_coroutine(analysis, call, context.body) and not _is_excluded(analysis, call):
                    finding = _misused(analysis, call, called_name(call))
                elif (function := _run_elsewhere(analysis, call, context.body)) is not None:
                    finding = _misused(analysis, call, getattr(function.node, "name", "lambda"), awaited=True)
                if finding is not None:
                    seen.add(call.node)
                    yield finding
    calls += _calls_given(analysis, [one for one in analysis.scanned if one not in looked_at], names) if known else ()
    for call in _asked_outside(analysis, known, named, calls, frozenset(names), seen):
        finding = _misused(analysis, call, called_name(call))
        if finding is not None:
            seen.add(call.node)
            yield finding


def _asked_outside(
    analysis: Analysis,
    known: set[tuple[ast.AST, ...]],
    named: list[Function],
    given: list[CallFact],
    names: frozenset[str],
    seen: set[ast.Call],
) -> Iterator[CallFact]:
    """The calls of callbacks outside of async contexts, without those `seen`: in sync functions that contexts lead to,
    in what was `given` a callback, and wherever one is called by its name.
    """
    contexts = analysis.contexts if known else ()
    for body in analysis.execution.reached(context.body for context in contexts) if contexts else ():
        if analysis.is_linted(body.scope.module):
            for call in analysis.modules.calls_in(body.scope):
                if call.node not in seen and _calls_callback_in(analysis, call, body, known):
                    yield call
    for call in calls_of_given(analysis, named, given, lambda value: _is_callback(analysis, value, known)):
        if call.node not in seen and analysis.is_linted(call.scope.module) and not _is_excluded(analysis, call):
            yield call
    words = names | _CALLBACK_WORDS
    for module in tuple(analysis.scanned):
        if analysis.is_linted(module):
            for call in (*analysis.calls_of(module, words), *_mapping(analysis, module, words)):
                if (
                    call.node not in seen
                    and _calls_callback(analysis, call, known)
                    and not _is_excluded(analysis, call)
                ):
                    yield call


def _calls_given(analysis: Analysis, modules: Iterable[ModuleFacts], names: set[str]) -> Iterator[CallFact]:
    """The calls that are given a variable of one of these names."""
    for module in tuple(modules):
        yield from analysis.modules.vocabulary(module).calls_given(names)


def _shelves(
    analysis: Analysis, known: set[tuple[ast.AST, ...]], named: list[Function], calls: list[CallFact]
) -> Iterator[tuple[ModuleFacts, str]]:
    """Where functions keep callbacks, by module and name: `POLICIES[name](user)` calls one, whatever it is called."""
    modules = dict.fromkeys(analysis.scanned)
    for taker in _takers(analysis, named, calls):
        scope = getattr(taker, "scope", None) or getattr(getattr(taker, "cls", None), "scope", None)
        if isinstance(scope, Scope):
            modules[scope.module] = None
    for module, name, values in analysis.evaluator.state.shelves(modules):
        if any(_is_callback(analysis, value, known) for value in values):
            yield module, name


def _takers(analysis: Analysis, named: list[Function], calls: list[CallFact]) -> Iterator[Value]:
    """What is given a callback: as an argument, or as a decorator."""
    values = analysis.evaluator.values
    for call in calls:
        yield from values(Expression(call.node.func, call.scope, call.statement, None))
    for function in named:
        scope = function.scope
        for decorator in getattr(scope.node, "decorator_list", ()):
            yield from values(Expression(decorator, scope.parent or scope, scope.statement, None))


def _identity(analysis: Analysis, function: Function) -> tuple[ast.AST, ...]:
    """What tells callbacks apart: the `def`, and for a decorator's wrapper what it wraps.

    An `async` method gives a coroutine whatever its object holds: `Policy.__call__` of one policy is that of all.
    """
    around = function.scope.parent
    if isinstance(function.node, ast.AsyncFunctionDef) and around is not None and around.kind == "class":
        return (function.node,)
    wrapped = (inner.node for inner in closed_over(analysis.evaluator, function))
    return (function.node, *sorted(wrapped, key=lambda node: (node.lineno, node.col_offset)))


def _mapping(analysis: Analysis, module: ModuleFacts, words: frozenset[str]) -> Iterator[CallFact]:
    """The calls of `map` and `filter` that are given something of these names."""
    if not any(f"{name}(" in module.text for name in _MAPPING):
        return
    for call in analysis.modules.vocabulary(module).calls_given(analysis.spread(module, words)):
        if isinstance(call.node.func, ast.Name) and call.node.func.id in _MAPPING:
            yield call


def called_name(call: CallFact) -> str:
    func = call.node.func
    if isinstance(func, ast.Name) and func.id in _MAPPING and call.node.args:
        func = call.node.args[0]
    text = ast.unparse(func)
    return text if len(text) <= 50 else text[:47] + "..."


def _is_coroutine(analysis: Analysis, call: CallFact, body: Body) -> bool:
    """Whether a call in an async context, or in a lambda there, gives the coroutine of a function of the project."""
    scope, frame = body
    evaluator = analysis.execution.evaluator
    plain = analysis.execution.plain_callee(body, call.node)
    if plain is not None and not analysis.execution.reach.may(plain, COROUTINE):
        return False
    if call.guards and not evaluator.calls.may_run(call.guards, scope, frame):
        return False
    here = Expression(call.node, call.scope, call.statement, frame)
    callees = evaluator.at(here, call.node.func)
    arguments = evaluator.calls.arguments(call.node, here)
    if all(
        isinstance(callee, Function) and not analysis.execution.may_give_coroutine(callee, arguments)
        for callee in callees
    ):
        return False
    if any(callee in _MAPPERS for callee in callees) and arguments.positional:
        elements = [evaluator.members.elements(evaluator.calls.values_of(one)) for one in arguments.positional[1:]]
        mapped = evaluator.calls.values_of(arguments.positional[0])
        if isinstance(call.node.args[0], ast.Lambda):
            return False  # the call in it is at fault
        results = NOTHING.union(*(evaluator.calls.call(one, Arguments(tuple(elements))) for one in mapped))
        return any(isinstance(value, Coroutine) for value in results)
    if not any(isinstance(value, Coroutine) for value in evaluator.values(here)):
        return False
    left = narrowed(evaluator, call, frame, _around(analysis, call))
    return left is None or any(
        isinstance(value, Coroutine) for callee in left for value in evaluator.calls.call(callee, arguments, here)
    )


def _around(analysis: Analysis, call: CallFact) -> Callable[[], Parents]:
    return lambda: analysis.parents(call.scope.module, call.node)


def _is_excluded(analysis: Analysis, call: CallFact) -> bool:
    """Whether the code makes sure itself that a call gives no coroutine, or that it never runs."""
    parents = analysis.parents(call.scope.module, call.node)
    return is_said_to_be_sync(call, parents) or never_runs(analysis.evaluator, call, parents)


def _calls_callback(analysis: Analysis, call: CallFact, known: set[tuple[ast.AST, ...]]) -> bool:
    """Whether a call is one of a callback: registered in the project, or held by a workflow or step."""
    func = call.node.func
    in_core = analysis.evaluator.names.core_name(call.scope.module) is not None
    if in_core and isinstance(func, ast.Attribute) and func.attr in _CALLBACK_CALLS:
        return True
    return _is_of_callback(analysis, call, None, analysis.evaluator, known)


def _is_of_callback(
    analysis: Analysis, call: CallFact, frame: Frame | None, evaluator: Evaluator, known: set[tuple[ast.AST, ...]]
) -> bool:
    """Whether what a call calls may be a callback, under the conditions around it."""
    left = narrowed(evaluator, call, frame, _around(analysis, call))
    if left is None:
        here = Expression(call.node.func, call.scope, call.statement, frame)
        left = evaluator.values(here)
        if call.node.args and any(callee in _MAPPERS for callee in left):
            left = evaluator.at(here, call.node.args[0])
    return any(_is_callback(analysis, value, known) for value in left)


def _calls_callback_in(analysis: Analysis, call: CallFact, body: Body, known: set[tuple[ast.AST, ...]]) -> bool:
    """Whether a call is one of a callback in a sync function in its situation: of a policy that it holds."""
    if body.scope.kind == "lambda":  # it stands in a context, and in place of a loop there
        return _is_coroutine(analysis, call, body) and not _is_excluded(analysis, call)
    evaluator = analysis.execution.evaluator
    if call.guards and not evaluator.calls.may_run(call.guards, body.scope, body.frame):
        return False
    return _is_of_callback(analysis, call, body.frame, evaluator, known) and not _is_excluded(analysis, call)


def _is_callback(analysis: Analysis, value: Value, known: set[tuple[ast.AST, ...]]) -> bool:
    while isinstance(value, Partial | Cached):
        value = value.function
    match value:
        case External():
            return externals.is_callback(value.name) or value.name in _FRAMEWORK_CHECKS
        case Function():
            return _identity(analysis, value) in known
        case Instance():
            methods = analysis.evaluator.members.method(value.cls, "__call__", value) or ()
            return any(isinstance(method, Function) and _identity(analysis, method) in known for method in methods)
    return False


def _run_elsewhere(analysis: Analysis, call: CallFact, body: Body) -> Function | None:
    """The async function of the project that a call runs in a thread, where it only makes its coroutine."""
    if call.node not in call.scope.module.awaited:
        return None
    parents = analysis.parents(call.scope.module, call.node)
    if any(is_said_to_be_sync(call, parents, given) for given in call.node.args):
        return None
    evaluator = analysis.execution.evaluator
    for value in evaluator.values(Expression(call.node, call.scope, call.statement, body.frame)):
        for function in value.runs if isinstance(value, Awaitable) else ():
            if not isinstance(function, Function) or call.scope.is_in(function.scope):
                continue  # a wrapper that stands in for what it wraps
            if any(_is_ruled_out(analysis, call, body, given, function) for given in call.node.args):
                continue
            if evaluator.calls.is_coroutine_function(function):
                return function
    return None


def _is_ruled_out(analysis: Analysis, call: CallFact, body: Body, given: ast.expr, function: Function) -> bool:
    """Whether the conditions around a call say that what it gives is of a class that has another such method."""
    here = Expression(given, call.scope, call.statement, body.frame)
    if not isinstance(given, ast.Attribute) or "isinstance" not in call.scope.module.text:
        return False
    left = callees_under(analysis.execution.evaluator, here, conditions_in(call.guards, call.scope))
    return left is not None and not any(isinstance(one, Function) and one.scope is function.scope for one in left)


def _misused(analysis: Analysis, call: CallFact, name: str, *, awaited: bool = False) -> Finding | None:
    """The finding for a coroutine that is used as a value; None if its use is fine.

    It is what a call gives, or what awaiting that gives: `await asyncio.to_thread(check, user)`.
    """
    node = analysis.parents(call.scope.module, call.node)[call.node] if awaited else call.node
    use = _use(analysis, call, node, 0)
    match use.kind if use else "":
        case "tested":
            what = "is tested for truth without `await`: it is always true, so access is granted"
        case "returned":
            what = "is returned without `await` from an async function: it is always true, so access is granted"
        case "dropped":
            what = "is dropped without `await`: the check never runs"
        case _:
            return None
    if not awaited and _answers_itself(analysis, call):
        return None
    module = call.scope.module
    made = ", which the thread only makes," if awaited else ""
    return analysis.finding("ORC202", module, call.node, f"the coroutine of `{name}(...)`{made} {what}")


def _answers_itself(analysis: Analysis, call: CallFact) -> bool:
    """Whether what a call gives is awaitable and yet answers a truth test: it serves the versions before 4.7 too."""
    given = analysis.evaluator.values(Expression(call.node, call.scope, call.statement, None))
    return all(analysis.callbacks.truth_is_right(value) for value in given)


def _use(analysis: Analysis, call: CallFact, node: ast.AST, depth: int) -> Use | None:
    """What is done with the coroutine in the end; None where that is fine or unknown."""
    parents = analysis.parents(call.scope.module, node)
    is_builtin = _builtins(analysis, call)
    if node is call.node and isinstance(call.node.func, ast.Name) and call.node.func.id in _MAPPING:
        use = use_of_results(call.node, parents, is_builtin)
    else:
        use = use_of(node, parents, is_builtin)
    if use.kind == "tested" and any(_use_of_name(analysis, call, one, False, depth) is None for one in use.targets):
        return None  # `if (made := check(user)) is not None: await made`
    if use.kind == "returned":
        return use if is_async_scope(call.scope) else None
    if use.kind in ("assigned", "collected") and depth < 4:
        uses = [_use_of_name(analysis, call, target, use.kind == "collected", depth) for target in use.targets]
        if None in uses:
            return None
        return next((one for one in uses if one is not None and one.kind != "dropped"), None)
    if use.kind == "handed" and depth < 4:
        return _handed(analysis, call, node, depth)
    return use if use.kind in ("tested", "dropped") else None


def _builtins(analysis: Analysis, call: CallFact) -> Callable[[ast.expr, str], bool]:
    """What tells whether an expression is the built-in of that name, where a call stands."""

    def is_builtin(expression: ast.expr, name: str) -> bool:
        if not (isinstance(expression, ast.Name) and expression.id == name):
            return False
        return analysis.evaluator.names.lookup(name, call.scope, call.statement)[1] is None

    return is_builtin


def _use_of_name(analysis: Analysis, call: CallFact, target: ast.Name, collected: bool, depth: int) -> Use | None:
    """What is done with the variable that holds the coroutine: a test or return, if it is never awaited.

    One that is never read is `dropped` here. `collected`: the variable holds a list of coroutines, of which only
    `any` and `all` are known to test the elements.
    """
    parents = analysis.parents(call.scope.module, target)
    scope = call.scope
    while scope.kind in ("comprehension", "lambda") and scope.parent is not None:
        scope = scope.parent
    found = Use("dropped", target)
    for node in _loads(analysis, scope, target, statement_of(target, parents)):
        if collected and _is_filled(node, parents):
            continue
        use = _use_of_elements if collected else _use
        inner = use(analysis, call, node, depth + 1)
        if inner is None:
            return None  # awaited, or handed to what may await it
        if inner.kind not in ("dropped", "looked at"):
            found = inner
    return found


def _loads(analysis: Analysis, scope: Scope, target: ast.Name, statement: ast.stmt | None) -> Iterator[ast.Name]:
    """Where a variable is read after `target`: its assignment, or a place that adds to what it holds."""
    comprehension = analysis.parents(scope.module, target).get(target)
    if isinstance(comprehension, ast.comprehension):  # its variables are its own
        yield from _loads_in(analysis.parents(scope.module, target)[comprehension], target)
        return
    if isinstance(target.ctx, ast.Store):
        yield from analysis.loads(scope, target.id, statement)
        return
    reached, owner = analysis.evaluator.names.lookup(target.id, scope, statement)
    for one in reached if owner is scope else ():
        yield from analysis.loads(scope, target.id, one.binding.statement)


def _is_filled(node: ast.Name, parents: Parents) -> bool:
    """Whether a list is only added to."""
    method = parents[node]
    return isinstance(method, ast.Attribute) and method.attr in ("append", "add", "extend", "update")


def _loads_in(comprehension: ast.AST, target: ast.Name) -> Iterator[ast.Name]:
    for node in ast.walk(comprehension):
        if isinstance(node, ast.Name) and node.id == target.id and node is not target:
            yield node


def _use_of_elements(analysis: Analysis, call: CallFact, node: ast.Name, depth: int) -> Use | None:
    """What is done with the coroutines in a list, where a variable that holds it is read."""
    use = use_of_elements(node, analysis.parents(call.scope.module, node), _builtins(analysis, call))
    if use.kind == "assigned" and depth < 4:
        return _worst([_use_of_name(analysis, call, target, False, depth) for target in use.targets])
    return use if use.kind in ("tested", "looked at") else None


def _handed(analysis: Analysis, call: CallFact, node: ast.AST, depth: int) -> Use | None:
    """What becomes of a coroutine in a variable that is handed over: what only shows it does not await it."""
    parents = analysis.parents(call.scope.module, node)
    given = node
    while isinstance(parents[given], ast.Dict | ast.List | ast.Tuple | ast.Set | ast.keyword):
        given = parents[given]
    handed_to = parents[given]
    if not isinstance(handed_to, ast.Call) or given is handed_to.func:
        return None
    if isinstance(parents[handed_to], ast.Raise) or _shows(analysis, call, handed_to.func):
        return Use("looked at", handed_to)
    if not isinstance(node, ast.Name | ast.Call) or given not in (node, parents[node]):
        return None
    calls = analysis.evaluator.calls
    here = Expression(handed_to, call.scope, statement_of(node, parents), None)
    uses: list[Use | None] = []
    for callee in analysis.evaluator.at(here, handed_to.func):
        if not isinstance(callee, Function) or calls.is_async(callee):
            return None
        taken = calls.given(callee, here, node)
        uses += [_use_of_parameter(analysis, call, callee, name, depth) for name in taken] or [None]
    return _worst(uses)


def _worst(uses: list[Use | None]) -> Use | None:
    """Of several uses one that tests the coroutine, if there is one; None if there is no use, or one that is fine."""
    found = [use for use in uses if use is not None]
    if not found or len(found) < len(uses):
        return None
    return next((use for use in found if use.kind == "tested"), found[0])


def _use_of_parameter(analysis: Analysis, call: CallFact, function: Function, name: str, depth: int) -> Use | None:
    """What a sync function does with a coroutine that it is given: tests it or only looks at it; None otherwise."""
    scope = function.scope
    binding = scope.bindings[name][0]
    if not isinstance(binding.node, ast.arg) or scope.kind == "lambda":
        return None
    inside = CallFact(call.node, scope, binding.statement, ())
    uses: list[Use | None] = [Use("looked at", binding.node)]
    for node in analysis.loads(scope, name, binding.statement):
        inner = _use(analysis, inside, node, depth + 1)
        uses.append(None if inner is not None and inner.kind == "returned" else inner)
    return _worst(uses)


def _shows(analysis: Analysis, call: CallFact, func: ast.expr) -> bool:
    """Whether what is called only shows its arguments: `print`, `repr`, the methods of a logger."""
    is_builtin = _builtins(analysis, call)
    if isinstance(func, ast.Name):
        return any(is_builtin(func, name) for name in _SHOWING)
    if not isinstance(func, ast.Attribute) or func.attr not in _LOGGING:
        return False
    if "log" in last_name(func.value).lower():
        return True
    values = analysis.evaluator.values(Expression(func.value, call.scope, call.statement, None))
    return any(
        getattr(value, "name", getattr(value, "cls", "")).partition(".")[0] in _LOGGERS
        for value in values
        if isinstance(value, External | ExternalInstance | ExternalModule)
    )


_SHOWING = (*SHOWING, "format", "callable", "hash")
_LOGGING = frozenset("debug info warning warn error exception critical fatal log msg trace success".split())
_LOGGERS = frozenset({"logging", "structlog", "loguru"})
