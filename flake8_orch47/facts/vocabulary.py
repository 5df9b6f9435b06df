"""Which names of a module may stand for given words: a cheap, syntactic answer that leaves nothing out.

Most calls in a file have nothing to do with the framework. Before anything is resolved, the names in question
are spread over imports, assignments and returns; only what mentions one of them is worth a closer look.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_orch47.facts.children import children

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from flake8_orch47.facts.scopes import CallFact, ModuleFacts

__all__ = ["Vocabulary", "names_in"]


class Vocabulary:
    """The names of one module and what they are made of."""

    def __init__(self, module: ModuleFacts) -> None:
        self.module = module
        #: by name: the names that may stand for it
        self._stand_ins: dict[str, list[str]] = {}
        for name, made_of in _edges(module):
            for word in made_of:
                self._stand_ins.setdefault(word, []).append(name)
        self._shared: frozenset[str] | None = None
        self._called: dict[str, list[int]] | None = None
        self._keywords: dict[str, list[int]] | None = None

    def spread(self, words: frozenset[str]) -> set[str]:
        """The words, and every name of the module that may stand for one of them."""
        names = set(words)
        pending = list(words & self._stand_ins.keys())
        while pending:
            for name in self._stand_ins.get(pending.pop(), ()):
                if name not in names:
                    names.add(name)
                    pending.append(name)
        return names

    def handed_on(self, words: frozenset[str]) -> set[str]:
        """Those names that other modules may use: of the module, of its classes, and of attributes."""
        if self._shared is None:
            shared = set(self.module.scope.bindings)
            for scope in self.module.classes:
                shared.update(scope.bindings)
            shared.update(assignment.target.attr for assignment in self.module.attributes)
            self._shared = frozenset(shared)
        return self.spread(words) & self._shared

    def calls(self, words: frozenset[str]) -> Iterator[CallFact]:
        """The calls whose callee has one of the words as its last name, or a name that may stand for one."""
        if self._called is None:
            self._called = {}
            for number, call in enumerate(self.module.calls):
                for name in set(names_in(call.node.func)):
                    self._called.setdefault(name, []).append(number)
        return self._numbered(self._called, self.spread(words))

    def calls_with(self, keywords: frozenset[str]) -> Iterator[CallFact]:
        """The calls that give an argument by one of these names."""
        if self._keywords is None:
            self._keywords = {}
            for number, call in enumerate(self.module.calls):
                for keyword in call.node.keywords:
                    if keyword.arg is not None:
                        self._keywords.setdefault(keyword.arg, []).append(number)
        return self._numbered(self._keywords, keywords)

    def _numbered(self, index: dict[str, list[int]], names: Collection[str]) -> Iterator[CallFact]:
        """The calls that an index has for some names, in the order of the source."""
        numbers = {number for name in index.keys() & names for number in index[name]}
        return (self.module.calls[number] for number in sorted(numbers))


def _edges(module: ModuleFacts) -> Iterator[tuple[str, Collection[str]]]:
    """Pairs of a name and the names of what it may be."""
    for scope in module.scopes.values():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                value = binding.value
                if binding.kind == "import":
                    source = binding.imported or binding.module.rpartition(".")[2]
                    if source != name:
                        yield name, (source,)
                elif value is not None:
                    yield name, _made_of(value)
                    if isinstance(value, ast.Call):  # `tools = Namespace(create=create_workflow)`
                        for keyword in value.keywords:
                            if keyword.arg is not None:
                                yield keyword.arg, _made_of(keyword.value)
                elif binding.annotation is not None:
                    yield name, _made_of(binding.annotation)
        own = getattr(scope.node, "name", "")
        if own and scope.kind == "function":
            for fact in scope.returns:
                if fact.node.value is not None:
                    yield own, _made_of(fact.node.value)
            for node, _ in scope.yields:
                if node.value is not None:
                    yield own, _made_of(node.value)
    for name, items in module.items.items():
        for item in items:
            yield name, _made_of(item.value)
    for assignment in module.attributes:
        yield assignment.target.attr, _made_of(assignment.value)


def _made_of(value: ast.expr) -> Collection[str]:
    kind = value.__class__
    if kind is ast.Name:
        return (value.id,)  # type: ignore[attr-defined]
    if kind in _OPAQUE or (kind is ast.Constant and value.value.__class__ is not str):  # type: ignore[attr-defined]
        return ()
    return frozenset(names_in(value))


def names_in(value: ast.expr) -> Iterator[str]:
    """The names of the objects that a value may be, hold or wrap.

    `a.b` is called `b`, whatever `a` is; of a call, what is called and what it is given count; constant strings
    do too (`getattr(utils, "create_workflow")`).
    """
    stack: list[ast.AST] = [value]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is ast.Name:
            yield node.id  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            yield node.attr  # type: ignore[attr-defined]
            if node.attr in _CONTAINED or isinstance(node.value, ast.Call | ast.Subscript):  # type: ignore[attr-defined]
                stack.append(node.value)  # type: ignore[attr-defined]
        elif kind is ast.Constant:
            if isinstance(node.value, str):  # type: ignore[attr-defined]
                yield node.value  # type: ignore[attr-defined]
        elif kind is ast.Subscript:
            stack.append(node.value)  # type: ignore[attr-defined]
        elif kind is ast.IfExp:
            stack += (node.body, node.orelse)  # type: ignore[attr-defined]
        elif kind not in _OPAQUE:
            stack += children(node)


#: Methods that give what their container holds.
_CONTAINED = frozenset({"get", "pop", "setdefault", "values", "items", "copy"})
#: Expressions that are no callable and hold none.
_OPAQUE = frozenset({ast.Compare, ast.JoinedStr, ast.UnaryOp, ast.Slice})
