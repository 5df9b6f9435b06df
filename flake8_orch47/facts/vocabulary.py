"""Which names of a module may stand for given words: a cheap, syntactic answer that leaves nothing out.

Most calls in a file have nothing to do with the framework. Before anything is resolved, the names in question
are spread over imports, assignments and returns; only what mentions one of them is worth a closer look.
"""

from __future__ import annotations

import ast
from operator import attrgetter

from flake8_orch47.facts.children import children, last_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from typing import Any

    from flake8_orch47.facts.scopes import Binding, CallFact, ModuleFacts, Scope

__all__ = ["Vocabulary", "given_to", "names_in"]


class Vocabulary:
    """The names of one module and what they are made of.

    Functions in which no word in question stands are not read for it.
    """

    def __init__(self, module: ModuleFacts) -> None:
        self.module = module
        #: by name: the names that may stand for it
        self._stand_ins: dict[str, list[str]] = {}
        #: the names that other modules may use, and those of them that may be somebody else's
        self._shared: frozenset[str] | None = None
        self._brought: frozenset[str] = frozenset()
        #: calls by the names of their callee, and by those of their keywords
        self._called: dict[str, list[CallFact]] = {}
        self._keywords: dict[str, list[CallFact]] = {}
        self._taken = 0
        #: by words: the names that they reach, and the last of these answers
        self._known: dict[frozenset[str], frozenset[str]] = {}
        self._last: tuple[frozenset[str], frozenset[str]] = (_NOTHING, _NOTHING)
        #: the decorators, each with the last name of what it calls and what it decorates
        self.decorators = tuple(_decorators(module))
        self._decorating = frozenset(name for name, _, _ in self.decorators)
        for name, made_of in _outside_scopes(module):
            self._stands_for(name, made_of)

    def mentions(self, words: AbstractSet[str]) -> bool:
        """Whether one of the words stands where it may matter to an answer of this vocabulary."""
        self._take(words)
        return not (
            self._stand_ins.keys().isdisjoint(words)
            and self._called.keys().isdisjoint(words)
            and self._decorating.isdisjoint(words)
        )

    def spread(self, words: frozenset[str]) -> AbstractSet[str]:
        """The words, and every name of the module that may stand for one of them."""
        reached = self._reached(words)
        return words if reached <= words else words | reached

    def handed_on(self, words: frozenset[str]) -> AbstractSet[str]:
        """The names that may stand for one of the words and that other modules may use.

        They are names of the module, of its classes, and of attributes. A function of its own that has such a name
        stands for nothing but itself.
        """
        if self._shared is None:
            shared: set[str] = set()
            brought: set[str] = set()
            for scope in (self.module.scope, *self.module.classes):
                shared.update(scope.bindings)
                plain = self.module.plain_functions if scope is self.module.scope else ()
                brought.update(
                    name
                    for name, bindings in scope.bindings.items()
                    if name not in plain and not all(map(_is_own, bindings))
                )
            shared.update(assignment.target.attr for assignment in self.module.attributes)
            self._shared, self._brought = frozenset(shared), frozenset(brought)
        return (self._reached(words) & self._shared) | (self._brought & words)

    def calls(self, words: frozenset[str]) -> list[CallFact]:
        """The calls whose callee has one of the words as its last name, or a name that may stand for one."""
        reached = self._reached(words)
        names = (*_common(words, self._called), *_common(reached, self._called))
        return _in_order(call for name in names for call in self._called[name])

    def _reached(self, words: frozenset[str]) -> frozenset[str]:
        """The names that may stand for one of the words because of what they are made of.

        What is read later on mentions neither the words nor these names: an answer stays right.
        """
        known = self._known.get(words)
        if known is None:
            before, reached = self._last
            if not before <= words:
                before, reached = _NOTHING, _NOTHING
            known = self._known[words] = reached | self._reached_by(words - before, before | reached)
            self._last = words, known
            if len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
        return known

    def _reached_by(self, words: frozenset[str], before: frozenset[str]) -> set[str]:
        """The names that the words lead to; those from `before` have been followed already."""
        self._take(words)
        stand_ins = self._stand_ins
        reached: set[str] = set()
        pending = list(_common(words, stand_ins))
        while pending:
            found = set()
            while pending:
                for name in stand_ins.get(pending.pop(), ()):
                    if name not in reached:
                        reached.add(name)
                        if name not in words and name not in before:
                            found.add(name)
                            pending.append(name)
            if found:
                self._take(found)
                pending = list(_common(found, stand_ins))
        return reached

    def calls_with(self, keywords: frozenset[str]) -> list[CallFact]:
        """The calls that give an argument by one of these names."""
        self._take(keywords)
        return _in_order(call for name, calls in self._keywords.items() if name in keywords for call in calls)

    def calls_given(self, names: Collection[str]) -> list[CallFact]:
        """The calls that give a variable of one of these names."""
        self._take(names)
        return [
            call
            for scope in self.module.read
            if not scope.names.isdisjoint(names)
            for call in scope.calls
            if any(isinstance(given, ast.Name) and given.id in names for given in given_to(call.node))
        ]

    def _take(self, words: Collection[str]) -> None:
        """Takes in the functions in which one of the words stands."""
        module = self.module
        if module.unread:
            module.read_mentioning(words)
        read = module.read
        if self._taken == len(read):
            return
        for scope in read[self._taken :]:
            for name, made_of in _edges(scope):
                self._stands_for(name, made_of)
            for call in scope.calls:
                node = call.node
                for name in _made_of(node.func):
                    self._called.setdefault(name, []).append(call)
                for keyword in node.keywords:
                    if keyword.arg is not None:
                        self._keywords.setdefault(keyword.arg, []).append(call)
        self._taken = len(read)

    def _stands_for(self, name: str, made_of: Collection[str]) -> None:
        for word in made_of:
            self._stand_ins.setdefault(word, []).append(name)


#: The questions go round: so many answers are kept, each of which may hold thousands of names.
_KEPT = 8
_NOTHING: frozenset[str] = frozenset()


def _common(words: frozenset[str] | set[str], names: dict[str, Any]) -> AbstractSet[str]:
    """The words that are among the names: what is looked through is the smaller of both."""
    return names.keys() & words if len(words) < len(names) else words.intersection(names)


def _is_own(binding: Binding) -> bool:
    """Whether what a name is bound to is told by what it is made of: not so for imports, nor for what is unpacked."""
    return binding.kind in ("function", "class") or (binding.kind == "assign" and not binding.elsewhere)


def given_to(call: ast.Call) -> list[ast.expr]:
    """The expressions that a call gives as arguments."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _in_order(calls: Iterable[CallFact]) -> list[CallFact]:
    """Calls in the order of the source, each once."""
    return sorted(dict.fromkeys(calls), key=_POSITION)


_POSITION = attrgetter("node.lineno", "node.col_offset", "node.end_lineno", "node.end_col_offset")


def _decorators(module: ModuleFacts) -> Iterator[tuple[str, ast.expr, Scope]]:
    for scope in module.decorated:
        for decorator in scope.node.decorator_list:  # type: ignore[union-attr]
            yield last_name(decorator.func if isinstance(decorator, ast.Call) else decorator), decorator, scope


def _edges(scope: Scope) -> Iterator[tuple[str, Collection[str]]]:
    """Pairs of a name in a scope and the names of what it may be."""
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
            elif binding.kind == "class":
                for base in binding.node.bases:  # type: ignore[attr-defined]
                    yield name, _made_of(base)
    own = getattr(scope.node, "name", "")
    if own and scope.kind == "function":
        for fact in scope.returns:
            if fact.node.value is not None:
                yield own, _made_of(fact.node.value)
        for node, _ in scope.yields:
            if node.value is not None:
                yield own, _made_of(node.value)


def _outside_scopes(module: ModuleFacts) -> Iterator[tuple[str, Collection[str]]]:
    """Pairs of the name of a container or attribute and the names of what is put into it."""
    for name, items in module.items.items():
        for item in items:
            yield name, _made_of(item.value)
    for assignment in module.attributes:
        yield assignment.target.attr, _made_of(assignment.value)


def _made_of(value: ast.expr) -> Collection[str]:
    kind = value.__class__
    if kind is ast.Name:
        return (value.id,)  # type: ignore[attr-defined]
    if kind is ast.Attribute and value.value.__class__ is ast.Name and value.attr not in _CONTAINED:  # type: ignore[attr-defined]
        return (value.attr,)  # type: ignore[attr-defined]
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
