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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from typing import TypeAlias

    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["BLOCKING", "COROUTINE", "FUNCTIONS", "OBJECT", "Reach"]

#: What a function may lead to: a call that blocks, the coroutine of a function of the project, an object of a class of
#: the project.
BLOCKING, COROUTINE, OBJECT = 1, 2, 4
_PERHAPS = BLOCKING | COROUTINE | OBJECT

#: Builtins that get at things without naming them.
_DYNAMIC = frozenset("__import__ compile delattr eval exec getattr globals locals setattr super vars".split())
_BUILTINS = {
    **dict.fromkeys(libraries.BLOCKING.keys() & set(dir(builtins)), BLOCKING),
    **dict.fromkeys(_DYNAMIC, _PERHAPS),
}
_TELLING_BUILTINS = frozenset(_BUILTINS)


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

#: What a name of a module may lead to: flags, functions, and modules whose attributes count.
_Meaning: TypeAlias = tuple[int, tuple["Scope", ...], tuple["ModuleFacts", ...]]

_NOTHING: _Meaning = (0, (), ())
_ANYTHING: _Meaning = (_PERHAPS, (), ())
_MAY_BLOCK: _Meaning = (BLOCKING, (), ())


class _Names:
    """What the names that a module binds may lead to."""

    __slots__ = ("bound", "functions", "meanings")

    def __init__(self, module: ModuleFacts) -> None:
        self.bound = frozenset(module.scope.bindings)
        self.functions = module.plain_functions
        self.meanings: dict[str, _Meaning] = {}


class Reach:
    """Answers for functions, each looked at once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._known: dict[Scope, int] = {}
        self._names: dict[ModuleFacts, _Names] = {}
        #: what imports mean, by what they import and where
        self._imported: dict[tuple[str, str | None, int, str], _Meaning] = {}
        self._packages = libraries.packages()

    def may(self, scope: Scope, what: int) -> bool:
        """Whether a function, called with arguments that tell nothing, may lead to BLOCKING, COROUTINE or OBJECT."""
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
                elif found is not scope:  # its own name is among its words
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
        if not isinstance(node, FUNCTIONS) or around is None or around.kind != "module" or around.stars:
            return _PERHAPS, functions
        if not scope.is_given_all:
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None and default.__class__ is not ast.Constant:
                    return _PERHAPS, functions
        flags = COROUTINE if node.__class__ is ast.AsyncFunctionDef else 0
        if scope.words is not None:
            # Its words are all that it mentions, and more: where they tell nothing, it need not be read.
            may, functions = self._told(flags, scope.words, scope.words, module)
            if not may & ~flags:
                return may, functions
        names = scope.mentioned()
        for annotation in _annotations(node):
            names.update(_names_in(annotation))
        for name in names & scope.bindings.keys():
            flags |= self._local(name, scope)
        names -= scope.bindings.keys()
        return self._told(flags, names, scope.attributes_mentioned(), module)

    def _told(
        self, flags: int, names: AbstractSet[str], attributes: AbstractSet[str], module: ModuleFacts
    ) -> tuple[int, list[Scope]]:
        """What a function of a module may lead to that mentions these names and attributes, beside `flags`."""
        own = self._names.get(module) or self._names_of(module)
        functions: list[Scope] = []
        modules: list[ModuleFacts] = []
        for name in own.bound & names:
            function = own.functions.get(name)
            if function is not None:
                functions.append(function)
                continue
            may, leads_to, found = own.meanings.get(name) or self._meaning(name, own, module)
            flags |= may
            functions += leads_to
            modules += found
        if not names.isdisjoint(_TELLING_BUILTINS):
            for name in (names & _TELLING_BUILTINS) - own.bound:
                flags |= _BUILTINS[name]
        if modules:
            if not attributes.isdisjoint(self.set_on_modules):
                return _PERHAPS, functions
            for facts in modules:
                its = self._names.get(facts) or self._names_of(facts)
                for name in its.bound & attributes:
                    function = its.functions.get(name)
                    if function is not None:
                        functions.append(function)
                        continue
                    may, leads_to, found = its.meanings.get(name) or self._meaning(name, its, facts)
                    flags |= _PERHAPS if found else may
                    functions += leads_to
        return flags, functions

    def _names_of(self, module: ModuleFacts) -> _Names:
        names = self._names[module] = _Names(module)
        return names

    @cached_property
    def set_on_modules(self) -> frozenset[str]:
        """The attributes that modules set on other modules: `settings.AUTHORIZE = check`."""
        return frozenset(
            assignment.target.attr
            for module in self.evaluator.modules.known()
            for assignment in module.attributes
            if isinstance(assignment.target.value, ast.Name)
            and any(one.kind == "import" for one in module.scope.bindings.get(assignment.target.value.id, ()))
        )

    # -- names ---------------------------------------------------------------------------------------------

    def _local(self, name: str, scope: Scope) -> int:
        """What a name that the function itself binds may lead to, besides what the function mentions anyway."""
        for binding in scope.bindings[name]:
            if binding.kind in ("import", "class") or binding.elsewhere:
                return _PERHAPS
        return 0

    def _meaning(self, name: str, names: _Names, module: ModuleFacts) -> _Meaning:
        """What a name may lead to that a module binds."""
        bindings = module.scope.bindings[name]
        if len(bindings) == 1:
            meaning = self._bound(bindings[0])
        else:
            meaning = _joined([self._bound(binding) for binding in bindings])
        names.meanings[name] = meaning
        return meaning

    def _bound(self, binding: Binding) -> _Meaning:
        if binding.elsewhere:
            return _ANYTHING
        kind = binding.kind
        if kind == "delete":
            return _NOTHING
        if kind == "function":
            node = binding.node
            plain = not node.decorator_list  # type: ignore[attr-defined]
            return (0, (binding.scope.module.met[node],), ()) if plain else _ANYTHING
        if kind == "import":
            key = self.evaluator.names.import_key(binding)
            known = self._imported.get(key)
            if known is None:
                known = self._imported[key] = self._values(binding)
            return known
        if kind in ("assign", "annotation"):
            if isinstance(binding.value, ast.Constant):  # what is None may be set later, from anywhere
                return _ANYTHING if binding.value.value is None else _NOTHING
            return self._values(binding)
        return _ANYTHING

    def _values(self, binding: Binding) -> _Meaning:
        return _joined([self._value(value) for value in self.evaluator.names.binding(binding, None)])

    def _value(self, value: Value) -> _Meaning:
        match value:
            case Function(scope, None, None, "function"):
                return 0, (scope,), ()
            case External(name) | ExternalModule(name) | ExternalInstance(name):
                return _MAY_BLOCK if name.partition(".")[0] in self._packages else _NOTHING
            case Module(found) if not found.is_namespace:
                facts = self.evaluator.modules.facts(found.path)
                if facts is None:
                    return _NOTHING
                # The attributes of a package may be modules; what stars bring is not listed.
                return _ANYTHING if facts.is_package or facts.scope.stars else (0, (), (facts,))
            case Constant() | Opaque() | Unknown():
                return _NOTHING
        return _ANYTHING


def _joined(meanings: list[_Meaning]) -> _Meaning:
    flags = 0
    functions: tuple[Scope, ...] = ()
    modules: tuple[ModuleFacts, ...] = ()
    for may, leads_to, found in meanings:
        flags |= may
        functions += leads_to
        modules += found
    return flags, functions, modules


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
