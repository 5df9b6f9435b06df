"""An async function beside a sync one that other code needs as it is: it takes its place at the registration."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_orch47.fixes.references import direct, replacement
from flake8_orch47.fixes.steps import Insertion, Planned, Refusal, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_orch47.facts.scopes import Scope
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.fixes.uses import Use

__all__ = ["twin"]


def twin(
    planning: Planning, scope: Scope, uses: Sequence[Use], staying: Sequence[Use], doubts: Sequence[str]
) -> Planned:
    """The plan that gives a function an async twin. `uses` are all uses of it, `staying` those of sync code.

    Raises Refusal where the two cannot be told apart.
    """
    node = scope.node
    analysis = planning.analysis
    if not isinstance(node, ast.FunctionDef):
        raise Refusal("it is no function with a name")
    where = analysis.where(staying[0].module, staying[0].node)
    if any(not direct(planning, scope, use) for use in staying if node.name != "__call__"):
        raise Refusal(f"sync code calls it too, under another name or out of a container: {where}")
    wanted = [use for use in uses if use.kind == "registered" or (use.kind == "flows" and node.name != "__call__")]
    wanted = [use for use in wanted if node.name == "__call__" or direct(planning, scope, use)]
    wanted = [use for use in wanted if not any(use is not other and _is_inside(other, use) for other in wanted)]
    if not any(use.kind == "registered" for use in wanted) and not wanted:
        raise Refusal(f"sync code calls it too ({where}), and where it is registered its name does not stand")
    base = "call" if node.name == "__call__" else node.name.strip("_") if node.name.startswith("__") else node.name
    name = planning.fresh(scope.module, f"{base}_async", {use.module for use in wanted})
    steps: dict[Step, None] = {_insertion(planning, scope, node, name): None}
    for use in wanted:
        steps.update(dict.fromkeys(replacement(planning, scope, use, name, wanted)))
    reason = f"other code calls `{node.name}` without `await` ({where}), so it stays beside `{name}`"
    message = f"register an async `{name}` instead of `{node.name}`"
    return Planned("unsafe", message, tuple(steps), "; ".join((reason, *doubts)))


def _is_inside(inner: Use, outer: Use) -> bool:
    if inner.module is not outer.module:
        return False
    return any(node is inner.node for node in ast.walk(outer.node)) and inner.node is not outer.node


def _insertion(planning: Planning, scope: Scope, node: ast.FunctionDef, name: str) -> Insertion:
    """The statements of the async function: it has the same parameters, and hands them on."""
    module = scope.module
    change = planning.header(module, node, "callbacks:made_async")
    header = planning.stretch(module, change.span)
    header = re.sub(r"^def\s+\w+", f"async def {name}", header, count=1)
    kind = _kind(planning, scope)
    decorators = [f"@{kind}method"] if kind in ("static", "class") else []
    callee = _callee(scope, node, kind)
    skip = 0 if kind in ("function", "static") else 1
    call = f"{callee}({', '.join(_handed_on(node.args, skip))})"
    indent = planning.indent(module, node)
    lines = (*decorators, header, f"    return {call}")
    return Insertion(module.path, planning.row_after(module, node), lines, indent, 1 if indent else 2)


def _kind(planning: Planning, scope: Scope) -> str:
    """How a function is bound: a plain function, a method, a static or a class method."""
    if scope.parent is None or scope.parent.kind != "class":
        return "function"
    decorators = {ast.unparse(one).rpartition(".")[2] for one in getattr(scope.node, "decorator_list", ())}
    if "staticmethod" in decorators:
        return "static"
    return "class" if "classmethod" in decorators else "method"


def _callee(scope: Scope, node: ast.FunctionDef, kind: str) -> str:
    if kind == "function":
        return node.name
    if kind == "static":
        around = scope.parent
        if around is None or around.parent is None or around.parent.kind == "class":
            raise Refusal("it is a static method of a class inside a class")
        return f"{getattr(around.node, 'name', '')}.{node.name}"
    parameters = [*node.args.posonlyargs, *node.args.args]
    if not parameters:
        raise Refusal("it is a method without `self`")
    return parameters[0].arg if node.name == "__call__" else f"{parameters[0].arg}.{node.name}"


def _handed_on(arguments: ast.arguments, skip: int) -> list[str]:
    """The parameters of a function as the arguments of a call of another one with the same parameters."""
    positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][skip:]
    rest = [f"*{arguments.vararg.arg}"] if arguments.vararg is not None else []
    keywords = [f"{one.arg}={one.arg}" for one in arguments.kwonlyargs]
    others = [f"**{arguments.kwarg.arg}"] if arguments.kwarg is not None else []
    return [*positional, *rest, *keywords, *others]
