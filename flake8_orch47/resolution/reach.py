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
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_orch47.facts.children import children
from flake8_orch47.knowledge import libraries
from flake8_orch47.records import Row
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


class _Meaning(Row):
    """What a name of a module may lead to: flags, functions, and modules whose attributes count."""

    flags: int
    functions: tuple[Scope, ...] = ()
    modules: tuple[ModuleFacts, ...] = ()


_NOTHING = _Meaning(0)
_ANYTHING = _Meaning(_PERHAPS)


class Reach:
    """Answers for functions, each looked at once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._known: dict[Scope, int] = {}
        self._meanings: dict[ModuleFacts, dict[str, _Meaning]] = {}
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
            flags, functions = self._mentions(scope)
            for found in functions if flags != _PERHAPS else ():
                known = self._known.get(found)
                if known is not None:
                    flags |= known
                else:
                    callers.setdefault(found, []).append(scope)
                    pending.append(found)
            own[scope] = flags
        changed = [scope for scope, flags in own.items() if flags]
        while changed:
            scope = changed.pop()
            for caller in callers.get(scope, ()):
                if own[caller] | own[scope] != own[caller]:
                    own[caller] |= own[scope]
                    changed.append(caller)
        self._known.update(own)

    def _mentions(self, scope: Scope) -> tuple[int, list[Scope]]:
        """What the names in a function may lead to: flags of its own, and functions."""
        node, around, module = scope.node, scope.parent, scope.module
        functions: list[Scope] = []
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or around is None or around.kind != "module":
            return _PERHAPS, functions
        flags = COROUTINE if isinstance(node, ast.AsyncFunctionDef) else 0
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None and default.__class__ is not ast.Constant:
                return _PERHAPS, functions
        meanings = self._meanings.setdefault(module, {})
        modules: list[ModuleFacts] = []
        names = scope.mentioned()
        names.update(*(_names_in(annotation) for annotation in _annotations(node)))
        for name in names:
            if name in scope.bindings:
                meaning = self._local(name, scope)
            else:
                known = meanings.get(name)
                meaning = known if known is not None else self._meaning(name, module)
            flags |= meaning.flags
            functions += meaning.functions
            modules += meaning.modules
        if modules:
            attributes = scope.attributes_mentioned()
            if not attributes.isdisjoint(self._set_on_modules):
                return _PERHAPS, functions
            for facts in modules:
                for name in attributes & facts.scope.bindings.keys():
                    meaning = self._meaning(name, facts)
                    flags |= _PERHAPS if meaning.modules else meaning.flags
                    functions += meaning.functions
        return flags, functions

    @cached_property
    def _set_on_modules(self) -> frozenset[str]:
        """The attributes that modules set on other modules: `settings.AUTHORIZE = check`."""
        return frozenset(
            assignment.target.attr
            for module in self.evaluator.modules.known()
            for assignment in module.attributes
            if isinstance(assignment.target.value, ast.Name)
            and any(one.kind == "import" for one in module.scope.bindings.get(assignment.target.value.id, ()))
        )

    # -- names ---------------------------------------------------------------------------------------------

    def _local(self, name: str, scope: Scope) -> _Meaning:
        """What a name that the function itself binds may lead to, besides what the function mentions anyway."""
        for binding in scope.bindings[name]:
            if binding.kind == "import":
                return self._values(binding)
            if binding.kind == "class" or binding.elsewhere:
                return _ANYTHING
        return _NOTHING

    def _meaning(self, name: str, module: ModuleFacts) -> _Meaning:
        """What a name may lead to that is looked up in a module."""
        meanings = self._meanings.setdefault(module, {})
        known = meanings.get(name)
        if known is None:
            known = meanings[name] = self._looked_up(name, module)
        return known

    def _looked_up(self, name: str, module: ModuleFacts) -> _Meaning:
        if module.scope.stars:
            return _ANYTHING
        bindings = module.scope.bindings.get(name)
        if bindings is None:
            return _Meaning(_BUILTINS.get(name, 0))
        found = [self._bound(binding) for binding in bindings if binding.kind != "delete"]
        return found[0] if len(found) == 1 else _joined(found)

    def _bound(self, binding: Binding) -> _Meaning:
        node = binding.node
        if binding.elsewhere:
            return _ANYTHING
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return _ANYTHING if node.decorator_list else _Meaning(0, (binding.scope.module.scopes[node],))
        if binding.kind in ("import", "assign", "annotation"):
            if isinstance(binding.value, ast.Constant):  # what is None may be set later, from anywhere
                return _ANYTHING if binding.value.value is None else _NOTHING
            return self._values(binding)
        return _ANYTHING

    def _values(self, binding: Binding) -> _Meaning:
        return _joined([self._value(value) for value in self.evaluator.names.binding(binding, None)])

    def _value(self, value: Value) -> _Meaning:
        match value:
            case Function(scope, None, None, "function"):
                return _Meaning(0, (scope,))
            case External(name) | ExternalModule(name) | ExternalInstance(name):
                return _Meaning(BLOCKING if name.partition(".")[0] in self._packages else 0)
            case Module(found) if not found.is_namespace:
                facts = self.evaluator.modules.facts(found.path)
                if facts is None:
                    return _NOTHING
                # The attributes of a package may be modules; what stars bring is not listed.
                return _ANYTHING if facts.is_package or facts.scope.stars else _Meaning(0, (), (facts,))
            case Constant() | Opaque() | Unknown():
                return _NOTHING
        return _ANYTHING


def _joined(meanings: list[_Meaning]) -> _Meaning:
    flags = 0
    functions: list[Scope] = []
    modules: list[ModuleFacts] = []
    for meaning in meanings:
        flags |= meaning.flags
        functions += meaning.functions
        modules += meaning.modules
    return _Meaning(flags, tuple(functions), tuple(modules))


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
