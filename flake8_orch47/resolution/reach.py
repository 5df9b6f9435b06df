"""What a function may lead to, told from the names in it: the question before the question.

Most functions that a callback reaches neither block nor give a coroutine. To find that out it is not needed to
work out what each of their calls does, only what the names in them can mean: whatever a function runs, it or
something that it mentions has a name for it. So this answers "perhaps" far too often and "no" only when it is sure.

It speaks of plain functions of a module that are called with nothing that tells what they run. Methods, closures,
decorated functions and whatever holds values of its own are always "perhaps".
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from flake8_orch47.facts.children import children
from flake8_orch47.knowledge import libraries
from flake8_orch47.resolution.values import (
    Constant,
    External,
    ExternalInstance,
    ExternalModule,
    Function,
    Module,
    Opaque,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["BLOCKING", "COROUTINE", "Reach"]

#: What a function may lead to: a call that blocks, the coroutine of a function of the project.
BLOCKING, COROUTINE = 1, 2
_PERHAPS = BLOCKING | COROUTINE

#: Builtins that get at things without naming them.
_DYNAMIC = frozenset("__import__ compile delattr eval exec getattr globals locals setattr super vars".split())
_BUILTINS = {
    name: _PERHAPS if name in _DYNAMIC else BLOCKING if libraries.blocking(name) is not None else 0
    for name in dir(builtins)
}
#: Imports through imports deeper than this are "perhaps".
_DEPTH = 4


class Reach:
    """Answers for functions, each looked at once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._known: dict[Scope, int] = {}
        self._packages = libraries.packages()

    def may(self, scope: Scope, what: int) -> bool:
        """Whether a function, called with arguments that tell nothing, may lead to BLOCKING or COROUTINE."""
        known = self._known.get(scope)
        if known is None:
            self._explore(scope)
            known = self._known[scope]
        return bool(known & what)

    def _explore(self, start: Scope) -> None:
        """Finds the answer for a function and for all that it leads to."""
        callers: dict[Scope, list[Scope]] = {}
        own: dict[Scope, int] = {}
        pending = [start]
        while pending:
            scope = pending.pop()
            if scope in own:
                continue
            own[scope] = 0
            for found in self._mentions(scope):
                if isinstance(found, int):
                    own[scope] |= found
                elif found in self._known:
                    own[scope] |= self._known[found]
                else:
                    callers.setdefault(found, []).append(scope)
                    pending.append(found)
                if own[scope] == _PERHAPS:
                    break
        changed = [scope for scope, flags in own.items() if flags]
        while changed:
            scope = changed.pop()
            for caller in callers.get(scope, ()):
                if own[caller] | own[scope] != own[caller]:
                    own[caller] |= own[scope]
                    changed.append(caller)
        self._known.update(own)

    # -- what a function mentions --------------------------------------------------------------------------

    def _mentions(self, scope: Scope) -> Iterator[int | Scope]:
        """What the names in a function may lead to: functions, or flags."""
        node = scope.node
        around = scope.parent
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or around is None or around.kind != "module":
            yield _PERHAPS
            return
        if isinstance(node, ast.AsyncFunctionDef):
            yield COROUTINE
        arguments = node.args
        if any(
            default.__class__ is not ast.Constant
            for default in (*arguments.defaults, *arguments.kw_defaults)
            if default
        ):
            yield _PERHAPS
            return
        names, attributes = scope.mentioned(), scope.attributes_mentioned()
        for name in names:
            yield from self._name(name, scope, attributes)
        for annotation in _annotations(node):
            for name in _names_in(annotation):
                yield from self._module_name(name, scope.module, attributes, 0)

    def _name(self, name: str, scope: Scope, attributes: set[str]) -> Iterator[int | Scope]:
        own = scope.bindings.get(name)
        if own is None:
            yield from self._module_name(name, scope.module, attributes, 0)
            return
        for binding in own:
            if binding.kind == "import":
                yield from self._values(binding, attributes, 0)
            elif binding.kind == "class" or binding.elsewhere:
                yield _PERHAPS

    def _module_name(self, name: str, module: ModuleFacts, attributes: set[str], depth: int) -> Iterator[int | Scope]:
        bindings = module.scope.bindings.get(name)
        if bindings is None:
            if name in _BUILTINS:
                yield _BUILTINS[name]
            if module.scope.stars:
                yield _PERHAPS
            return
        if module.scope.stars:
            yield _PERHAPS
        for binding in bindings:
            node = binding.node
            if binding.elsewhere or depth > _DEPTH:
                yield _PERHAPS
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield _PERHAPS if node.decorator_list else module.scopes[node]
            elif binding.kind in ("import", "assign", "annotation"):
                if binding.value.__class__ is not ast.Constant:
                    yield from self._values(binding, attributes, depth)
            elif binding.kind != "delete":
                yield _PERHAPS

    def _values(self, binding: Binding, attributes: set[str], depth: int) -> Iterator[int | Scope]:
        for value in self.evaluator.names.binding(binding, None):
            yield from self._value(value, attributes, depth)

    def _value(self, value: Value, attributes: set[str], depth: int) -> Iterator[int | Scope]:
        match value:
            case Function(scope, None, None, "function"):
                yield scope
            case External(name) | ExternalModule(name) | ExternalInstance(name):
                yield BLOCKING if name.partition(".")[0] in self._packages else 0
            case Module(found) if not found.is_namespace:
                facts = self.evaluator.modules.facts(found.path)
                if facts is not None and facts.is_package:
                    yield _PERHAPS  # its attributes may be modules
                elif facts is not None:
                    for name in attributes & facts.scope.bindings.keys():
                        yield from self._module_name(name, facts, attributes, depth + 1)
                    if facts.scope.stars:
                        yield _PERHAPS
            case Constant() | Opaque() | Unknown():
                yield 0
            case _:
                yield _PERHAPS


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if argument.annotation is not None:
            yield argument.annotation
    if node.returns is not None:
        yield node.returns


def _names_in(annotation: ast.expr) -> Iterator[str]:
    """The names in an annotation; what a string says is not read, so it stands for anything."""
    stack: list[ast.AST] = [annotation]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield "eval"
        else:
            stack += children(node)
