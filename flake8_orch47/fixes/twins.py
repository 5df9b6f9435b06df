"""An async function beside a sync one that other code needs as it is: it takes its place at the registration."""

from __future__ import annotations

import ast
import re

from flake8_orch47.fixes.annotations import gives_awaitable, result_of
from flake8_orch47.fixes.references import direct, name_of, replacement
from flake8_orch47.fixes.steps import Change, Insertion, NewImport, Planned, Refusal, Removal, Step
from flake8_orch47.resolution.values import Expression, Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.fixes.uses import Use
    from flake8_orch47.resolution.registrations import Registration

__all__ = ["twin"]


def twin(
    planning: Planning,
    scope: Scope,
    uses: Sequence[Use],
    staying: Sequence[Use],
    registrations: Sequence[Registration],
    doubts: Sequence[str],
) -> Planned:
    """The plan that gives a function an async twin. `uses` are all uses of it, `staying` those of sync code.

    Raises Refusal where the two cannot be told apart.
    """
    old = name_of(scope)
    where = planning.analysis.where(staying[0].module, staying[0].node)
    wanted = _to_replace(planning, scope, uses, staying, registrations, where)
    factory = _factory(planning, scope, wanted)
    if not old and factory is None:
        raise Refusal("it has no name, and sync code calls it too: make it a function")
    beside = factory or scope
    base = _base(name_of(beside))
    if beside.parent is not None and beside.parent.kind == "class":
        name = planning.fresh_method(beside.parent, f"{base}_async", old)
    else:
        name = planning.fresh(beside.module, f"{base}_async", {use.module for use in wanted})
    made = [_insertion(planning, scope, old, name)] if factory is None else _of_factory(planning, scope, factory, name)
    steps: dict[Step, None] = dict.fromkeys(made)
    for use in wanted:
        steps.update(dict.fromkeys(replacement(planning, beside, use, name, wanted, where)))
    steps = _imported_once(steps, name)
    reason = f"other code calls `{old or 'the lambda'}` without `await` ({where}), so it stays beside `{name}`"
    message = f"register an async `{name}` instead of `{name_of(beside)}`"
    return Planned("unsafe", message, tuple(steps), "; ".join((reason, *doubts)))


def _imported_once(steps: Iterable[Step], name: str) -> dict[Step, None]:
    """The steps, with one import of the twin in each module: in the place of another name, or beside that."""
    imports: dict[str, NewImport] = {}
    renamed = set()
    others: dict[Step, None] = {}
    for step in steps:
        if isinstance(step, NewImport) and step.name == name:
            known = imports.get(step.path)
            imports[step.path] = step if known is None or not known.beside else known
            continue
        if isinstance(step, Removal) and step.instead.split(" ")[-1] == name:
            renamed.add(step.span.path)
        others[step] = None
    return {**others, **{step: None for path, step in imports.items() if path not in renamed}}


def _base(name: str) -> str:
    return name.strip("_") if name.startswith("__") else name


# -- where it takes the place ----------------------------------------------------------------------------------


def _to_replace(
    planning: Planning,
    scope: Scope,
    uses: Sequence[Use],
    staying: Sequence[Use],
    registrations: Sequence[Registration],
    where: str,
) -> list[Use]:
    """The uses that become uses of the twin: at the registrations, or on the way to them.

    Raises Refusal where sync code gets the function on the same way.
    """
    certain = [use for use in uses if use.kind == "registered" and use.certain]
    registered = _innermost([use for use in certain if any(_holds(one, use) for one in registrations)])
    if all(any(_holds(one, use) for use in registered) for one in registrations):
        return registered
    if any(not direct(planning, scope, use) for use in staying):
        raise Refusal(f"sync code calls it too, under another name or out of a container: {where}")
    flowing = [use for use in uses if use.kind in ("registered", "flows") and direct(planning, scope, use)]
    if not flowing:
        raise Refusal(f"sync code calls it too ({where}), and where it is registered its name does not stand")
    return _innermost(flowing)


def _holds(registration: Registration, use: Use) -> bool:
    inside = (node is use.node for node in ast.walk(registration.node))
    return registration.module is use.module and any(inside)


def _innermost(uses: Sequence[Use]) -> list[Use]:
    """The uses that do not hold another one: `check` in `partial(check, "ops")`."""
    nodes = {use.node for use in uses}
    return [use for use in uses if not any(node in nodes and node is not use.node for node in ast.walk(use.node))]


def _factory(planning: Planning, scope: Scope, wanted: Sequence[Use]) -> Scope | None:
    """The function of the module that makes the function, where it is registered as what calling that gives."""
    around = scope.parent
    if around is None or around.kind != "function" or around.parent is None or around.parent.kind != "module":
        return None
    for use in wanted:
        if not isinstance(use.node, ast.Call):
            return None
        callees = planning.analysis.evaluator.values(Expression(use.node.func, use.scope, None, None))
        if not all(isinstance(one, Function) and one.scope is around for one in callees):
            return None
    return around


# -- what it is ------------------------------------------------------------------------------------------------


def _insertion(planning: Planning, scope: Scope, old: str, name: str) -> Insertion:
    """The statements of the async function: it has the same parameters, and hands them on."""
    module, kind = scope.module, _kind(scope)
    statement = scope.node if isinstance(scope.node, ast.FunctionDef) else scope.statement
    if statement is None or scope.function is None:
        raise Refusal("it is no function with a name")
    decorators = [f"@{kind}method"] if kind in ("static", "class") else []
    skip = 0 if kind in ("function", "static") else 1
    call = f"{_callee(scope, old, kind)}({', '.join(_handed_on(scope.function.args, skip))})"
    indent = planning.indent(module, statement)
    lines = (*decorators, _header(planning, scope, f"async def {name}"), f"    return {call}")
    return Insertion(module.path, planning.row_after(module, statement), lines, indent, 1 if indent else 2)


def _of_factory(planning: Planning, scope: Scope, factory: Scope, name: str) -> list[Step]:
    """The statements of a factory that makes async functions of what the sync one makes."""
    node, inner, module = factory.node, scope.node, factory.module
    if not isinstance(node, ast.FunctionDef) or not isinstance(inner, ast.FunctionDef | ast.Lambda):
        raise Refusal("what makes it is no function that could be called from another one")
    taken = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
    own = inner.name if isinstance(inner, ast.FunctionDef) else "check"
    made = own if own not in taken else f"sync_{own}"
    header = _header(planning, factory, f"def {name}")
    annotated = list(gives_awaitable(planning, factory.parent or factory, node.returns))
    if annotated and node.returns is not None and (result := result_of(node.returns)) is not None:
        old, new = planning.source(module, node.returns), planning.source(module, result)
        name_of_it = next(one.options[0] for one in annotated if isinstance(one, Change))
        start, _, _end = header.rpartition(old)
        header = f"{start}{old[: old.rindex(new)]}{name_of_it}[{new}]{old[old.rindex(new) + len(new) :]}:"
    lines = (
        header,
        f"    {made} = {node.name}({', '.join(_handed_on(node.args, 0))})",
        "",
        f"    {_header(planning, scope, f'async def {own}_async')}",
        f"        return {made}({', '.join(_handed_on(inner.args, 0))})",
        "",
        f"    return {own}_async",
    )
    inserted = Insertion(module.path, planning.row_after(module, node), lines, planning.indent(module, node))
    return [inserted, *(one for one in annotated if isinstance(one, NewImport))]


def _header(planning: Planning, scope: Scope, start: str) -> str:
    """The header of a function, or of one with a lambda's parameters, that begins with `start`."""
    node, module = scope.node, scope.module
    if isinstance(node, ast.Lambda):
        return f"{start}({ast.unparse(node.args)}):"
    if not isinstance(node, ast.FunctionDef):
        raise Refusal("it is no function with a name")
    header = planning.stretch(module, planning.header(module, node, "callbacks:made_async").span)
    return re.sub(r"^def\s+\w+", lambda _: start, header, count=1)


def _kind(scope: Scope) -> str:
    """How a function is bound: a plain function, a method, a static or a class method."""
    if scope.parent is None or scope.parent.kind != "class":
        return "function"
    decorators = {ast.unparse(one).rpartition(".")[2] for one in getattr(scope.node, "decorator_list", ())}
    if "staticmethod" in decorators:
        return "static"
    return "class" if "classmethod" in decorators else "method"


def _callee(scope: Scope, name: str, kind: str) -> str:
    if kind == "function":
        return name
    around, function = scope.parent, scope.function
    if kind == "static":
        if around is None or around.parent is None or around.parent.kind == "class":
            raise Refusal("it is a static method of a class inside a class")
        return f"{getattr(around.node, 'name', '')}.{name}"
    parameters = [*function.args.posonlyargs, *function.args.args] if function is not None else []
    if not parameters:
        raise Refusal("it is a method without `self`")
    return parameters[0].arg if name == "__call__" else f"{parameters[0].arg}.{name}"


def _handed_on(arguments: ast.arguments, skip: int) -> list[str]:
    """The parameters of a function as the arguments of a call of another one with the same parameters."""
    positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][skip:]
    rest = [f"*{arguments.vararg.arg}"] if arguments.vararg is not None else []
    keywords = [f"{one.arg}={one.arg}" for one in arguments.kwonlyargs]
    others = [f"**{arguments.kwarg.arg}"] if arguments.kwarg is not None else []
    return [*positional, *rest, *keywords, *others]
