"""Conditions that ask which orchestrator-core is installed, and how they go for the version aimed at.

`Version(version("orchestrator-core")) >= Version("4.7")`, a flag that was made of it in another module, a function
that compares for others. What asks for another package's version, or for a setting, is no such condition.
"""

from __future__ import annotations

import ast

from flake8_orch47.facts import versions
from flake8_orch47.facts.children import last_name
from flake8_orch47.project.source import SourceError
from flake8_orch47.resolution.values import Constant, Expression, External, ExternalModule, Function, Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.flow import Reached
    from flake8_orch47.facts.scopes import Binding, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Installed", "tried_imports"]

#: So many names are followed from a condition to what it asks.
_HOPS = 5
_DISTRIBUTIONS = frozenset({"orchestrator-core", "orchestrator_core", "orchestrator.core"})
#: Calls that ask for something which only some versions of the framework have, or for what it is there.
_FEATURES = frozenset({"hasattr", "find_spec", "iscoroutinefunction", "signature", "issubclass"})


class Installed:
    """Answers for conditions."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def holds(self, test: Expression, hops: int = _HOPS) -> bool | None:
        """Whether a condition holds for the version aimed at; None for one that asks something else, or more."""
        node = test.node
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._compared(test, left, operator, right, hops)
            case ast.UnaryOp(op=ast.Not()):
                answer = self.holds(test._replace(node=node.operand), hops)
                return None if answer is None else not answer
            case ast.BoolOp() if hops < _HOPS:
                answers = {self.holds(test._replace(node=operand), hops) for operand in node.values}
                stops = isinstance(node.op, ast.Or)
                return stops if stops in answers else (not stops if answers == {not stops} else None)
            case ast.Name() | ast.Attribute() | ast.Call() if hops:
                found = {self.holds(one, hops - 1) for one in self._behind(test)}
                return found.pop() if len(found) == 1 else None
        return None

    def is_asked(self, test: Expression) -> bool:
        """Whether a condition asks for the version of the framework, or for something that only some versions have."""
        if self.holds(test) is not None or self._is_version(test, _HOPS):
            return True
        return any(self._asks_for_a_feature(test._replace(node=part)) for part in _parts(test.node))

    # -- comparisons ---------------------------------------------------------------------------------------

    def _compared(
        self, test: Expression, left: ast.expr, operator: ast.cmpop, right: ast.expr, hops: int
    ) -> bool | None:
        if isinstance(operator, ast.In | ast.NotIn):
            wanted = _specified(right)
            if wanted is None or not self._is_version(test._replace(node=left), hops):
                return None
            answer = versions.admits(wanted, self.evaluator.target)
            return answer if answer is None or isinstance(operator, ast.In) else not answer
        if not versions.orders(operator):
            return None
        for asked, other, mirrored in ((left, right, False), (right, left, True)):
            version = self._literal(test._replace(node=other), hops)
            if version is not None and self._is_version(test._replace(node=asked), hops):
                return versions.compared(self.evaluator.target, operator, version, mirrored=mirrored)
        return None

    def _literal(self, here: Expression, hops: int) -> tuple[int, int] | None:
        """The version that an expression, or what a name stands for, writes down."""
        node = here.node
        version = versions.literal(node)
        if version is not None or not hops:
            return version
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:  # `Version(wanted)`
            return self._literal(here._replace(node=node.args[0]), hops - 1)
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        if isinstance(node, ast.Name) and here.frame is not None and node.id in here.frame.arguments:
            given = here.frame.arguments[node.id]
            value = next(iter(given)) if len(given) == 1 else None
            if not isinstance(value, Constant) or not isinstance(value.value, str | float):
                return None
            return versions.literal(ast.Constant(value.value))
        found = {self._literal(one, hops - 1) for one in self._behind(here)}
        return found.pop() if len(found) == 1 else None

    # -- what is asked -------------------------------------------------------------------------------------

    def _is_version(self, here: Expression, hops: int) -> bool:
        """Whether an expression is made of the version of orchestrator-core."""
        for node in ast.walk(here.node):
            match node:
                case ast.Constant(value=str() as text) if text.lower() in _DISTRIBUTIONS:
                    return True
                case ast.Name() | ast.Attribute() if isinstance(node.ctx, ast.Load):
                    if self._is_named_version(here._replace(node=node), hops):
                        return True
                case ast.Call(func=ast.Name()) if hops:
                    if any(self._is_version(one, hops - 1) for one in self._behind(here._replace(node=node))):
                        return True
        return False

    def _is_named_version(self, here: Expression, hops: int) -> bool:
        node = here.node
        name = last_name(node)
        if name == "__version__":
            return any(
                isinstance(value, External) and value.name.partition(".")[0] == "orchestrator"
                for value in self.evaluator.values(here)
            )
        behind = list(self._behind(here)) if hops and not isinstance(node, ast.Call) else []
        if behind:
            return any(self._is_version(one, hops - 1) for one in behind)
        words = name.lower()
        return "version" in words and ("core" in words or "orchestrator" in words)

    def _behind(self, here: Expression) -> Iterator[Expression]:
        """What a variable was made of, wherever it was, or what a function gives that only returns."""
        node = here.node
        if isinstance(node, ast.Call):
            if self._may_speak_of_it(here, node.func):
                yield from self._returned(here, node)
            return
        reached: tuple[Reached, ...] = ()
        if isinstance(node, ast.Name) and self._may_speak_of_it(here, node):
            reached, _ = self.evaluator.names.lookup(node.id, here.scope, here.statement)
        elif isinstance(node, ast.Attribute) and self._may_speak_of_it(here, node):
            for owner in self.evaluator.at(here, node.value):
                facts = self.evaluator.modules.facts(owner.found.path) if _is_file(owner) else None  # type: ignore[union-attr]
                if facts is not None and node.attr in facts.scope.bindings:
                    reached, _ = self.evaluator.names.lookup(node.attr, facts.scope, None)
        for one in reached:
            binding = one.binding
            for origin in self.evaluator.names.origin(binding) if binding.kind == "import" else (one,):
                value = origin.binding.value
                if origin.binding.kind == "assign" and value is not None:
                    scope = origin.binding.scope
                    frame = here.frame if scope is here.scope else None
                    yield Expression(value, scope, origin.binding.statement, frame)

    def _may_speak_of_it(self, here: Expression, node: ast.expr) -> bool:
        """Whether a name, or one of the module that it imports, may have to do with a version: a look at the source
        that reads no module which has nothing to do with it.
        """
        base = node.value if isinstance(node, ast.Attribute) else node
        if not isinstance(base, ast.Name):
            return False
        reached, _ = self.evaluator.names.lookup(base.id, here.scope, here.statement)
        imports = [one.binding for one in reached if one.binding.kind == "import"]
        if isinstance(node, ast.Attribute) and len(imports) < len(reached):
            return False
        return all(map(self._imports_a_version, imports))

    def _imports_a_version(self, binding: Binding) -> bool:
        project, importer = self.evaluator.names.project, binding.scope.module.path
        named = project.relative if binding.level else None
        found = named(binding.module, binding.level, importer) if named else project.find(binding.module, importer)
        if found is not None and binding.imported is not None:
            found = project.child(found, binding.imported) or found
        if found is None or found.is_namespace:
            return False
        try:
            return b"ersion" in project.read(found.path)
        except SourceError:
            return False

    def _returned(self, here: Expression, node: ast.Call) -> Iterator[Expression]:
        for callee in self.evaluator.at(here, node.func):
            if isinstance(callee, Function) and not self.evaluator.calls.is_async(callee) and self._mentions(callee):
                frame = self.evaluator.calls.frame(callee, self.evaluator.calls.arguments(node, here))
                for fact in callee.scope.returns:
                    if fact.node.value is not None:
                        yield Expression(fact.node.value, callee.scope, fact.node, frame)

    def _mentions(self, function: Function) -> bool:
        scope = function.scope
        words = scope.words if scope.words is not None else scope.mentioned() | scope.attributes_mentioned()
        return any("version" in word.lower() or "orchestrator" in word.lower() for word in words)

    # -- features ------------------------------------------------------------------------------------------

    def _asks_for_a_feature(self, here: Expression) -> bool:
        node = here.node
        match node:
            case ast.Call(func=function, args=[about, *_]) if last_name(function) in _FEATURES:
                return self._is_of_the_framework(here._replace(node=about))
            case ast.Call(func=function, args=[]) if isinstance(function, ast.Name):
                return any(self._is_version(one, _HOPS) for one in self._behind(here))
            case ast.Compare(left=asked, comparators=[ast.Constant(value=None)]):
                return self._is_of_the_framework(here._replace(node=asked), imported=True)
            case ast.Name():
                return self._is_of_the_framework(here, imported=True) or _is_flag_of_an_import(here, node.id)
        return False

    def _is_of_the_framework(self, here: Expression, *, imported: bool = False) -> bool:
        """Whether something is the framework's; `imported`: right by an import, which may have failed."""
        node = here.node
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str) and node.value.partition(".")[0] == "orchestrator"
        if imported and not (isinstance(node, ast.Name) and self._is_tried(here, node.id)):
            return False
        values = self.evaluator.values(here)
        return any(
            isinstance(value, External | ExternalModule) and value.name.partition(".")[0] == "orchestrator"
            for value in values
        )

    def _is_tried(self, here: Expression, name: str) -> bool:
        """Whether the import of a name may fail: it is bound otherwise too."""
        reached, owner = self.evaluator.names.lookup(name, here.scope, here.statement)
        return owner is not None and len(owner.bindings.get(name, reached)) > 1


def _is_file(value: object) -> bool:
    return isinstance(value, Module) and not value.found.is_namespace


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    """The conditions of which one is made."""
    match test:
        case ast.UnaryOp(operand=operand):
            yield from _parts(operand)
        case ast.BoolOp(values=values):
            for operand in values:
                yield from _parts(operand)
        case _:
            yield test


def _specified(node: ast.expr) -> str | None:
    """What `SpecifierSet(">=4.7")` admits."""
    match node:
        case ast.Call(func=function, args=[ast.Constant(value=str() as text)]) if last_name(function) == "SpecifierSet":
            return text
    return None


def _is_flag_of_an_import(here: Expression, name: str) -> bool:
    """Whether a variable says if something of the framework could be imported."""
    scope = here.scope
    while name not in scope.bindings and scope.parent is not None:
        scope = scope.parent
    statements = {binding.statement for binding in scope.bindings.get(name, ())}
    return any(not statements.isdisjoint(tried.body) for tried in tried_imports(scope))


def tried_imports(scope: Scope) -> Iterator[ast.Try]:
    """The `try` statements right in a module or class that import something of the framework."""
    for tried in getattr(scope.node, "body", ()):
        if isinstance(tried, ast.Try) and any(
            isinstance(one, ast.ImportFrom) and (one.module or "").startswith("orchestrator") for one in tried.body
        ):
            yield tried
