"""Annotations of what carries a callback: `Callable[[User], bool]` gives an awaitable once the callback is async."""

from __future__ import annotations

import ast

from flake8_orch47.fixes.steps import NewImport
from flake8_orch47.resolution.values import Expression, External

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import Binding, Scope
    from flake8_orch47.fixes.plan import Planning
    from flake8_orch47.fixes.steps import Step

__all__ = ["gives_awaitable", "result_of"]

_CALLABLES = frozenset({"typing.Callable", "collections.abc.Callable"})
_NAME = "Awaitable"
#: Results that hold an awaitable already, or anything.
_WIDE = frozenset({"Any", "Awaitable", "Coroutine", "Future", "Task", "object"})


def gives_awaitable(planning: Planning, scope: Scope, annotation: ast.expr | None) -> Iterator[Step]:
    """The steps that make `Callable[..., X]`, which stands in `scope`, into `Callable[..., Awaitable[X]]`.

    Nothing for any other annotation: an alias may stand for other callables too, a text is nothing to Python.
    """
    result = result_of(annotation)
    if result is None or not isinstance(annotation, ast.Subscript):
        return
    module, called = scope.module, annotation.value
    values = planning.analysis.evaluator.values(Expression(called, scope, None, None))
    if not values or not all(isinstance(one, External) and one.name in _CALLABLES for one in values):
        return
    if isinstance(called, ast.Attribute):
        yield planning.change(
            module, result, "callbacks:awaitable", f"{ast.unparse(called.value)}.{_NAME}", composes=True
        )
        return
    binding = _import_of(planning, scope, called)
    if binding is None:
        return
    others = module.scope.bindings.get(_NAME, ())
    if any(one.kind != "import" or one.imported != _NAME or one.module != binding.module for one in others):
        return
    yield planning.change(module, result, "callbacks:awaitable", _NAME, composes=True)
    if not others:
        yield NewImport(module.path, binding.module, _NAME, 0, binding.statement.lineno)


def result_of(annotation: ast.expr | None) -> ast.expr | None:
    """What a callable gives by its annotation `X[..., result]`, if that cannot be awaited already."""
    match annotation:
        case ast.Subscript(slice=ast.Tuple(elts=[ast.List() | ast.Constant(), result])):
            words = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(result)}
            return None if words & _WIDE else result
    return None


def _import_of(planning: Planning, scope: Scope, node: ast.expr) -> Binding | None:
    """The import that a name comes from: the only thing that it means."""
    if not isinstance(node, ast.Name):
        return None
    reached, _ = planning.analysis.evaluator.names.lookup(node.id, scope, None)
    found = [one.binding for one in reached]
    if len(found) == 1 and found[0].kind == "import" and found[0].imported and not found[0].level:
        return found[0]
    return None
