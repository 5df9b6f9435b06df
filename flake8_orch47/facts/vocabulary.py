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
        self._edges = tuple(_edges(module))
        self._spread: dict[frozenset[str], frozenset[str]] = {}
        self._shared: frozenset[str] | None = None
        self._called: list[tuple[CallFact, frozenset[str]]] | None = None

    def spread(self, words: frozenset[str]) -> frozenset[str]:
        """The words, and every name of the module that may stand for one of them."""
        found = self._spread.get(words)
        if found is None:
            names = set(words)
            grown = True
            while grown:
                grown = False
                for name, made_of in self._edges:
                    if name not in names and not names.isdisjoint(made_of):
                        names.add(name)
                        grown = True
            found = self._spread[words] = frozenset(names)
        return found

    def handed_on(self, words: frozenset[str]) -> frozenset[str]:
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
        names = self.spread(words)
        if self._called is None:
            self._called = [(call, frozenset(names_in(call.node.func))) for call in self.module.calls]
        for call, mentioned in self._called:
            if not names.isdisjoint(mentioned):
                yield call


def _edges(module: ModuleFacts) -> Iterator[tuple[str, Collection[str]]]:
    """Pairs of a name and the names of what it may be."""
    for scope in module.scopes.values():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if binding.kind == "import":
                    source = binding.imported or binding.module.rpartition(".")[2]
                    if source != name:
                        yield name, (source,)
                elif binding.value is not None:
                    yield name, frozenset(names_in(binding.value))
                    if isinstance(binding.value, ast.Call):  # `tools = Namespace(create=create_workflow)`
                        for keyword in binding.value.keywords:
                            if keyword.arg is not None:
                                yield keyword.arg, frozenset(names_in(keyword.value))
                elif binding.annotation is not None:
                    yield name, frozenset(names_in(binding.annotation))
        own = getattr(scope.node, "name", "")
        if own and scope.kind == "function":
            values = [fact.node.value for fact in scope.returns] + [node.value for node, _ in scope.yields]
            mentioned = {word for value in values if value is not None for word in names_in(value)}
            if mentioned:
                yield own, mentioned
    for name, items in module.items.items():
        for item in items:
            yield name, frozenset(names_in(item.value))
    for assignment in module.attributes:
        yield assignment.target.attr, frozenset(names_in(assignment.value))


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
