"""ORC101 to ORC105: schedules declared in code, and names of the schedules package that are going or gone."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.operations import is_type_checking
from flake8_orch47.facts.places import place_of
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution.values import Expression, External, ExternalModule, Partial, Sequence, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flake8_orch47.facts.scopes import Binding, CallFact, ModuleFacts, Scope
    from flake8_orch47.findings import Finding
    from flake8_orch47.resolution.values import Values
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["check_schedules"]

_JOBS = {f"{core.SCHEDULER}.{method}": code for method, code in core.SCHEDULER_JOB_METHODS.items()}
_JOB_MESSAGES = {
    "ORC101": "`@scheduler.scheduled_job` schedules from code, which the API cannot manage: deprecated in 4.7",
    "ORC105": "`scheduler.add_job` schedules from code, which the API cannot manage",
}
_DEPRECATED = {
    core.SCHEDULER_DECORATOR: (
        "ORC102",
        "the `@scheduler(...)` decorator of `schedules.scheduling` is deprecated since 4.4",
    ),
    core.ALL_SCHEDULERS: (
        "ORC103",
        "`ALL_SCHEDULERS` is deprecated in 4.7: schedules go through the API, which does not know what is in it",
    ),
}
_WORDS = ("ALL_SCHEDULERS", "scheduler")
#: What a binding that leads to a deprecated name is made of: the name, or a module on the way to it.
_BINDINGS = (*_WORDS, "scheduling", "schedules", "orchestrator", "core")


def check_schedules(analysis: Analysis) -> Iterator[Finding]:
    """The findings of ORC101 to ORC105 in the linted modules."""
    for module in analysis.scanned:
        if analysis.is_linted(module):
            yield from _jobs(analysis, module)
            yield from _deprecated(analysis, module)
            yield from _removed(analysis, module)


def _jobs(analysis: Analysis, module: ModuleFacts) -> Iterator[Finding]:
    for call in analysis.calls_of(module, core.SCHEDULER_JOB_METHODS):
        for name in _called(analysis, call):
            if name in _JOBS:
                code = _JOBS[name]
                yield analysis.finding(code, module, call.node, _JOB_MESSAGES[code])


def _called(analysis: Analysis, call: CallFact) -> set[str]:
    """The external names that a call may call; a partial counts where it is called."""
    values = analysis.evaluator.values(Expression(call.node.func, call.scope, call.statement, None))
    return {name for value in values if (name := _external(value))}


def _external(value: Value) -> str:
    while isinstance(value, Partial):
        value = value.function
    if isinstance(value, External):
        return value.name
    return ""


# -- deprecated names ----------------------------------------------------------------------------------------


def _deprecated(analysis: Analysis, module: ModuleFacts) -> Iterator[Finding]:
    """Each use of a deprecated name, or its import where the file has no other use."""
    names = _local_names(analysis, module)
    if not names and not (module.scope.stars and any(word in module.text for word in _WORDS)):
        return
    used: set[str] = set()
    for node, meaning in _uses(analysis, module, {name for _, name, _ in names}):
        used.add(meaning)
        code, message = _DEPRECATED[meaning]
        yield analysis.finding(code, module, node, message)
    for binding, _, meaning in names:
        if meaning and meaning not in used and isinstance(binding.node, ast.alias):
            code, message = _DEPRECATED[meaning]
            yield analysis.finding(code, module, _import_node(binding.node, binding.statement), message)


def _local_names(analysis: Analysis, module: ModuleFacts) -> list[tuple[Binding, str, str]]:
    """The bindings of a module that mean a deprecated name, with the local name."""
    found = []
    names = analysis.spread(module, _BINDINGS)
    for scope in module.read:  # in functions that were not, no such name stands
        for name in sorted(names & scope.bindings.keys()):
            for binding in filter(_may_lead_on, scope.bindings[name]):
                for value in analysis.evaluator.names.binding(binding, None):
                    if (meaning := _external(value)) in _DEPRECATED:
                        found.append((binding, name, meaning))
                    elif isinstance(value, ExternalModule) and value.name.startswith("orchestrator"):
                        found.append((binding, name, ""))
    mentioned = any(word in module.text for word in _WORDS)
    return [entry for entry in found if entry[2] or mentioned]


def _may_lead_on(binding: Binding) -> bool:
    """Whether a binding is an import or gives another name to something."""
    return binding.kind == "import" or (
        binding.kind == "assign" and isinstance(binding.value, ast.Name | ast.Attribute | ast.IfExp | ast.BoolOp)
    )


def _uses(analysis: Analysis, module: ModuleFacts, names: set[str]) -> Iterator[tuple[ast.AST, str]]:
    """Where a deprecated name is used: the call if it is called, else the name itself."""
    parents = analysis.parents(module)
    for node in ast.walk(module.tree):
        is_name = isinstance(node, ast.Name) and (node.id in names or node.id in _WORDS)
        is_attribute = isinstance(node, ast.Attribute) and (node.attr in _WORDS or node.attr in names)
        context = getattr(node, "ctx", None)
        if not (is_name or is_attribute or _gets_attribute(node)) or isinstance(context, ast.Del):
            continue
        parent = parents[node]
        if isinstance(context, ast.Store) and not isinstance(parent, ast.AugAssign):
            continue
        if _is_alias(node, parent):
            continue
        scope, statement = place_of(node, parents, module)
        values = analysis.evaluator.values(Expression(node, scope, statement, None))  # type: ignore[arg-type]
        for meaning in sorted({value.name for value in values if isinstance(value, External)} & _DEPRECATED.keys()):
            if isinstance(parent, ast.Call) and parent.func is node:
                yield parent, meaning
            elif not _is_partial_function(analysis, node, parent, scope, statement):
                yield node, meaning
    for call in analysis.calls_of(module, _WORDS):
        values = analysis.evaluator.values(Expression(call.node.func, call.scope, call.statement, None))
        for value in values:
            if isinstance(value, Partial) and (meaning := _external(value)) in _DEPRECATED:
                yield call.node, meaning


def _gets_attribute(node: ast.AST) -> bool:
    """Whether a node is `getattr(schedules, "ALL_SCHEDULERS")`."""
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str() as name), *_]):
            return name in _WORDS
    return False


def _is_alias(node: ast.AST, parent: ast.AST) -> bool:
    """Whether a name only gets another name: `jobs = ALL_SCHEDULERS`."""
    return (
        isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr)
        and parent.value is node
        and all(
            isinstance(target, ast.Name)
            for target in (parent.targets if isinstance(parent, ast.Assign) else [parent.target])
        )
    )


def _is_partial_function(
    analysis: Analysis, node: ast.AST, parent: ast.AST, scope: Scope, statement: ast.stmt | None
) -> bool:
    """Whether the name is what a `partial(...)` is made of: that counts where the partial is called."""
    if not (isinstance(parent, ast.Call) and parent.args and parent.args[0] is node):
        return False
    values = analysis.evaluator.values(Expression(parent, scope, statement, None))
    return any(isinstance(value, Partial) for value in values)


# -- removed names -------------------------------------------------------------------------------------------


def _removed(analysis: Analysis, module: ModuleFacts) -> Iterator[Finding]:
    """Imports of what the target version no longer has."""
    for statement, scope in module.imports:
        if _is_of_somebody_else(statement):
            continue
        for alias, name in _imported(analysis, module, statement):
            removed = _removal(name, analysis.target)
            if removed is not None and not _is_guarded(analysis, module, statement, scope):
                gone, removal = removed
                since = ".".join(map(str, removal.since))
                message = f"`{gone}` is gone since {since}: {removal.instead}"
                whole = isinstance(statement, ast.ImportFrom) and gone == _module_of(name)
                node = statement if whole else _import_node(alias, statement)
                yield analysis.finding("ORC104", module, node, message)
                if whole:
                    break


def _is_of_somebody_else(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether a `from` clause names a module outside of orchestrator-core."""
    return isinstance(statement, ast.ImportFrom) and not statement.level and not core.canonical(statement.module or "")


def _imported(
    analysis: Analysis, module: ModuleFacts, statement: ast.Import | ast.ImportFrom
) -> Iterator[tuple[ast.alias, str]]:
    """The canonical names that a statement imports from orchestrator-core."""
    project = analysis.project
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            dotted: str | None = alias.name
        elif statement.level:
            found = project.relative(statement.module or "", statement.level, module.path)
            parent = (
                project.core_module(found.path) if found is not None else _relative_core(analysis, module, statement)
            )
            dotted = f"{parent}.{alias.name}" if parent else None
        else:
            dotted = f"{statement.module}.{alias.name}"
        canonical = core.canonical(dotted) if dotted else None
        if canonical is None or dotted is None:
            continue
        if not (isinstance(statement, ast.ImportFrom) and statement.level):
            top = project.find(dotted.partition(".")[0], module.path)
            if top is not None and top.is_namespace:  # which it may share with orchestrator-core
                top = project.find(_module_of(dotted) or dotted, module.path)
            if top is not None and not top.is_namespace and project.core_module(top.path) is None:
                continue  # the project's own package of that name
        yield alias, canonical


def _relative_core(analysis: Analysis, module: ModuleFacts, statement: ast.ImportFrom) -> str | None:
    """The module that a relative import inside orchestrator-core names, though it is not there (any more)."""
    here = analysis.project.core_module(module.path)
    if here is None:
        return None
    parts = here.split(".")
    keep = len(parts) - statement.level + (1 if module.is_package else 0)
    return ".".join([*parts[:keep], *([statement.module] if statement.module else [])])


def _removal(name: str, target: tuple[int, int]) -> tuple[str, core.Removal] | None:
    """The part of a dotted name that the target version does not have, the longest name first."""
    parts = name.split(".")
    for length in range(2, len(parts) + 1):
        gone = ".".join(parts[:length])
        removal = core.REMOVED.get(gone)
        if removal is not None and removal.since <= target:
            return gone, removal
    return None


def _module_of(name: str) -> str:
    return name.rpartition(".")[0]


def _import_node(alias: ast.alias, statement: ast.stmt) -> ast.AST:
    """What to point at: the name among several, else the statement."""
    names = getattr(statement, "names", [])
    return alias if len(names) > 1 else statement


_GUARDS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_SUPPRESS = "contextlib.suppress"


def _is_guarded(analysis: Analysis, module: ModuleFacts, statement: ast.stmt, scope: Scope) -> bool:
    """Whether a failing import is expected: caught, suppressed, or only for the type checker."""
    parents = analysis.parents(module, statement)
    function = scope
    while function.kind == "class" and function.parent is not None:
        function = function.parent  # a class body runs where it stands

    def means(expression: ast.expr) -> Values:
        return analysis.evaluator.values(Expression(expression, scope, statement, None))

    node: ast.AST = statement
    while node is not function.node and node in parents:
        parent = parents[node]
        match parent:
            case ast.Try() | ast.TryStar() if _catches(parent, means):
                if not _is_in(node, [*parent.orelse, *parent.finalbody]):
                    return True
            case ast.With() if any(_suppresses(item.context_expr, means) for item in parent.items):
                return True
            case ast.If() if _is_for_the_type_checker(parent.test, _is_in(node, parent.body)):
                return True
            case ast.If():  # for another version of the framework
                here = Expression(parent.test, scope, parent, None)
                if analysis.evaluator.of_version(here) is (not _is_in(node, parent.body)):
                    return True
        node = parent
    return False


def _is_in(node: ast.AST, body: list[ast.stmt]) -> bool:
    return any(node is statement for statement in body)


def _catches(node: ast.Try | ast.TryStar, means: Callable[[ast.expr], Values]) -> bool:
    return any(handler.type is None or _names_import_error(handler.type, means) for handler in node.handlers)


def _names_import_error(node: ast.expr, means: Callable[[ast.expr], Values]) -> bool:
    if isinstance(node, ast.Starred):
        return _names_import_error(node.value, means)
    if isinstance(node, ast.Tuple):
        return any(_names_import_error(element, means) for element in node.elts)
    name = last_name(node)
    return name in _GUARDS or any(_is_import_error(value) for value in means(node))


def _is_import_error(value: Value) -> bool:
    if isinstance(value, Sequence):
        return any(_is_import_error(inner) for element in value.elements for inner in element)
    return _external(value).removeprefix("builtins.") in _GUARDS


def _suppresses(node: ast.expr, means: Callable[[ast.expr], Values]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func)
    if name != "suppress" and not any(_external(value) == _SUPPRESS for value in means(node.func)):
        return False
    return any(_names_import_error(argument, means) for argument in node.args)


def _is_for_the_type_checker(test: ast.expr, holds: bool) -> bool:
    """Whether what runs where a condition holds, or does not, is for the type checker only."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _is_for_the_type_checker(test.operand, not holds)
    if isinstance(test, ast.BoolOp):
        certain = holds if isinstance(test.op, ast.And) else not holds
        return certain and any(_is_for_the_type_checker(part, holds) for part in test.values)
    return holds and is_type_checking(test)
