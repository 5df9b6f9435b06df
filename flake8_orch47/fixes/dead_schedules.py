"""ORC103, ORC104: an import of what is gone goes, and with it all that only handed it on.

From 4.7 on nobody reads the framework's list of jobs, so what only adds to it does nothing. Where a program reads
the list itself, or does more with a removed name than to list it, there is no telling what should come instead.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, NamedTuple

from flake8_orch47.facts.places import place_of
from flake8_orch47.fixes.steps import Planned, Refusal, Refused, Removal, Step
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.records import Entity, made_by
from flake8_orch47.resolution.values import Expression, External, Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import Binding, ModuleFacts
    from flake8_orch47.findings import Finding
    from flake8_orch47.fixes.plan import Planning

__all__ = ["Dead", "Gone", "exported", "plan"]

_LIST = core.ALL_SCHEDULERS
_WORD = _LIST.rpartition(".")[2]
#: Methods that change a list and give nothing.
_FILLING = frozenset({"append", "extend", "insert", "remove", "add", "discard", "clear"})


class Gone(NamedTuple):
    """Something that goes with a name: a statement, an element of a list, or one side of a sum."""

    kind: Literal["statement", "element", "operand"]
    node: ast.AST
    element: ast.AST | None = None
    reads: bool = False


class _Name(Entity):
    """A name that an import brings and that has to go."""

    module: ModuleFacts
    binding: Binding
    gone: list[Gone] = made_by(default_factory=list)
    users: list[_Name] = made_by(default_factory=list)
    elsewhere: list[tuple[ModuleFacts, Gone]] = made_by(default_factory=list)
    refused: str = ""


def plan(planning: Planning, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Planned | Refused]]:
    """The plans for ORC103 and ORC104."""
    findings = list(findings)
    dead = Dead(planning)
    lists = _Lists(planning, dead) if any(finding.code == "ORC103" for finding in findings) else None

    def one(finding: Finding) -> Planned:
        if finding.code == "ORC103" and lists is not None:
            return lists.planned(finding)
        return dead.planned(finding)

    yield from planning.each(findings, one)


def _is_removed(binding: Binding) -> bool:
    """Whether an import is one of what is gone: it goes as well."""
    name = core.canonical(binding.node.name) if isinstance(binding.node, ast.alias) else None
    return name in core.REMOVED


class Dead:
    """Names that go, each with everything that goes with it."""

    def __init__(self, planning: Planning) -> None:
        self.planning = planning
        self.analysis = planning.analysis
        self._names: dict[Binding, _Name] = {}

    def planned(self, finding: Finding) -> Planned:
        """The plan for an import of a removed name or module."""
        module, node = self.planning.node(finding, ast.Import, ast.ImportFrom, ast.alias)
        statement = node if isinstance(node, ast.Import | ast.ImportFrom) else self.analysis.parents(module)[node]
        aliases = [node] if isinstance(node, ast.alias) else statement.names  # type: ignore[attr-defined]
        names = [self.name(module, alias) for alias in aliases]
        words = ", ".join(f"`{name.binding.name}`" for name in names)
        return Planned("safe", f"remove {words} and what lists it", self.steps(names))

    def name(self, module: ModuleFacts, alias: ast.alias) -> _Name:
        """The name that an alias binds, with all that would go with it. Raises Refusal for a star."""
        for scope in module.scopes.values():
            for bindings in scope.bindings.values():
                for binding in bindings:
                    if binding.node is alias:
                        return self.of(binding)
        raise Refusal("what `*` brings is not known: import the names that are there")

    def of(self, binding: Binding) -> _Name:
        """The name that an import binds, with all that would go with it."""
        name = self._names.get(binding)
        if name is None:
            name = self._names[binding] = _Name(binding.scope.module, binding)
            try:
                self._look_at(name)
            except Refusal as refusal:
                name.refused = str(refusal)
        return name

    def _look_at(self, name: _Name) -> None:
        binding, module = name.binding, name.module
        alias = binding.node
        if isinstance(binding.statement, ast.Import) and isinstance(alias, ast.alias) and alias.asname is None:
            self._binds_package(module, binding, alias.name)
            return
        parents = self.analysis.parents(module)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name) and node.id == binding.name and self._means(name, node):
                name.gone.append(self.goes(module, node, parents, name.binding.imported == _WORD))
        if binding.scope is module.scope:
            name.gone += exported(module, binding.name)
            self._handed_on(name)
            self._read_elsewhere(name)

    def _means(self, name: _Name, node: ast.Name) -> bool:
        """Whether a name in the source is the one that the import binds. Raises Refusal where it may be."""
        if any(one.node is node for one in name.binding.scope.bindings[name.binding.name]):
            augmented = isinstance(self.analysis.parents(name.module)[node], ast.AugAssign)
            if not augmented:
                return False
        scope, statement = place_of(node, self.analysis.parents(name.module), name.module)
        reached, owner = self.analysis.evaluator.names.lookup(node.id, scope, statement)
        if owner is not name.binding.scope:
            return False
        bindings = {one.binding for one in reached if one.binding.kind != "augmented"}  # `+=` needs what was there
        if bindings and name.binding not in bindings:
            return False
        if len(bindings) > 1:
            where = self.analysis.where(name.module, node)
            raise Refusal(f"`{node.id}` may be something else at {where}")
        return True

    def _binds_package(self, module: ModuleFacts, binding: Binding, dotted: str) -> None:
        """`import orchestrator.schedules.gone` also binds `orchestrator`. Raises Refusal where that is used."""
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == dotted:
                raise Refusal(f"`{dotted}` is used at {self.analysis.where(module, node)}")
        others = [one for one in binding.scope.bindings[binding.name] if one is not binding]
        uses = any(isinstance(node, ast.Name) and node.id == binding.name for node in ast.walk(module.tree))
        if uses and not any(one.kind == "import" and one.imported is None and not _is_removed(one) for one in others):
            raise Refusal(f"the import also brings `{binding.name}`, which is used")

    def _handed_on(self, name: _Name) -> None:
        """Other modules that import the name from here: there it has to go too."""
        self.analysis.scan_users_of([(name.module, name.binding.name)])
        for module in tuple(self.analysis.scanned):
            for scope in module.scopes.values():
                for star in scope.stars:
                    if self.is_from(star, name.module, module) and name.binding.name in module.text:
                        where = self.analysis.where(module, star.statement)
                        raise Refusal(f"`from ... import *` may hand it on: {where}")
                for bindings in scope.bindings.values():
                    for binding in bindings:
                        is_it = binding.kind == "import" and binding.imported == name.binding.name
                        if is_it and self.is_from(binding, name.module, module):
                            name.users.append(self.of(binding))

    def _read_elsewhere(self, name: _Name) -> None:
        """Uses of the name as an attribute of its module. Raises Refusal where one cannot just go."""
        word = name.binding.name
        for module in tuple(self.analysis.scanned):
            if module is name.module or word not in module.text:
                continue
            parents = self.analysis.parents(module)
            for node in ast.walk(module.tree):
                match node:
                    case ast.Attribute(value=value, attr=attr) if attr == word and self._is_module(module, value, name):
                        gone = self.goes(module, node, parents, name.binding.imported == _WORD)
                        name.elsewhere.append((module, gone))
                    case ast.Call(args=[value, ast.Constant(value=text), *_]) if text == word and self._is_module(
                        module, value, name
                    ):
                        raise Refusal(f"{self.analysis.where(module, node)} names `{word}` in a string")

    def _is_module(self, module: ModuleFacts, node: ast.expr, name: _Name) -> bool:
        """Whether an expression is the module of a name."""
        scope, statement = place_of(node, self.analysis.parents(module), module)
        values = self.analysis.evaluator.values(Expression(node, scope, statement, None))
        return any(isinstance(one, Module) and one.found.path == name.module.path for one in values)

    def is_from(self, binding: Binding, source: ModuleFacts, importer: ModuleFacts) -> bool:
        """Whether an import takes something from a module of the project."""
        parents = self.analysis.evaluator.names.module_named(binding.module, binding.level, importer.path)
        return any(isinstance(one, Module) and one.found.path == source.path for one in parents)

    def goes(self, module: ModuleFacts, node: ast.expr, parents: dict[ast.AST, ast.AST], is_list: bool) -> Gone:
        """What goes with a use of a name. Raises Refusal where the use cannot just go."""
        parent = parents[node]
        where = self.analysis.where(module, node)
        refusal = Refusal(f"`{ast.unparse(node)}` is used at {where} in a way that cannot just go")
        match parent:
            case ast.List() | ast.Tuple() | ast.Set():
                return self._element(module, parent, node, parents, refusal)
            case ast.Call(func=ast.Attribute(attr=attr)) if node in parent.args and attr in _FILLING:
                outer = parents[parent]
                if isinstance(outer, ast.Expr) and _is_pure(parent.func) and all(map(_is_pure, parent.args)):
                    return Gone("statement", outer)
        if is_list:
            return self._of_list(module, parent, node, parents, refusal)
        raise refusal

    def _of_list(
        self, module: ModuleFacts, parent: ast.AST, node: ast.expr, parents: dict[ast.AST, ast.AST], refusal: Refusal
    ) -> Gone:
        """The same for a name that stands for a list: what only fills it, or joins it to another."""
        match parent:
            case ast.Attribute(attr=attr) if attr in _FILLING:
                call = parents[parent]
                outer = parents.get(call)
                if isinstance(call, ast.Call) and call.func is parent and isinstance(outer, ast.Expr):
                    if all(_is_pure(one) for one in (*call.args, *(keyword.value for keyword in call.keywords))):
                        return Gone("statement", outer)
                    raise Refusal(f"what is added at {self.analysis.where(module, node)} runs code that may be needed")
            case ast.AugAssign(target=target, op=ast.Add()) if target is node and _is_pure(parent.value):
                return Gone("statement", parent)
            case ast.BinOp(op=ast.Add()):
                other = parent.right if parent.left is node else parent.left
                if isinstance(other, ast.List | ast.ListComp | ast.BinOp | ast.Name):
                    return Gone("operand", parent, other, reads=True)
            case ast.Starred():
                outer = parents[parent]
                if isinstance(outer, ast.List):
                    return self._element(module, outer, parent, parents, refusal)._replace(reads=True)
        raise refusal

    def _element(
        self,
        module: ModuleFacts,
        container: ast.List | ast.Tuple | ast.Set,
        node: ast.expr,
        parents: dict[ast.AST, ast.AST],
        refusal: Refusal,
    ) -> Gone:
        outer = parents[container]
        if isinstance(getattr(container, "ctx", ast.Load()), ast.Store | ast.Del):
            raise refusal
        unpacked = isinstance(outer, ast.Assign) and not all(isinstance(one, ast.Name) for one in outer.targets)
        plain = isinstance(outer, ast.Assign | ast.AnnAssign | ast.For | ast.AugAssign)
        if isinstance(container, ast.Tuple | ast.Set) and (len(container.elts) < 2 or not plain or unpacked):
            raise refusal
        statement = parents.get(outer)
        if (
            len(container.elts) == 1
            and isinstance(outer, ast.Call)
            and isinstance(outer.func, ast.Attribute)
            and outer.func.attr in _FILLING
            and isinstance(statement, ast.Expr)
        ):
            return Gone("statement", statement)
        if unpacked or isinstance(outer, ast.Subscript):
            raise refusal
        return Gone("element", container, node)

    # -- steps -----------------------------------------------------------------------------------------------------

    def steps(self, names: Iterable[_Name]) -> tuple[Step, ...]:
        """The steps that take names away, and those that use them. Raises Refusal where one of them cannot go."""
        going = self.with_users(names)
        for name in going:
            if name.refused:
                raise Refusal(name.refused)
        found: dict[Step, None] = {}
        by_module: dict[ModuleFacts, list[_Name]] = {}
        for name in going:
            by_module.setdefault(name.module, []).append(name)
        elsewhere = [one for name in going for one in name.elsewhere]
        for module, _ in elsewhere:
            by_module.setdefault(module, [])
        for module, of_module in by_module.items():
            gone = [one for name in of_module for one in name.gone]
            gone += [one for where, one in elsewhere if where is module]
            imports: dict[ast.stmt, list[ast.AST]] = {}
            for name in of_module:
                imports.setdefault(name.binding.statement, []).append(name.binding.node)
            found.update(dict.fromkeys(self.in_module(module, gone, imports)))
        return tuple(found)

    def with_users(self, names: Iterable[_Name]) -> list[_Name]:
        """The names, those that other modules give them, and those listed in the same places."""
        found: dict[_Name, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found[name] = None
            waiting += name.users
        return list(found)

    def in_module(
        self, module: ModuleFacts, gone: list[Gone], imports: dict[ast.stmt, list[ast.AST]]
    ) -> Iterator[Step]:
        """The steps in one module: what goes, and of which imports which names."""
        statements: dict[ast.stmt, None] = {}
        elements: dict[ast.AST, list[int]] = {}
        for one in gone:
            if isinstance(one.node, ast.stmt):
                statements[one.node] = None
            elif one.kind == "element":
                index = [at is one.element for at in one.node.elts].index(True)  # type: ignore[attr-defined]
                elements.setdefault(one.node, []).append(index)
            elif isinstance(one.node, ast.BinOp):
                side = "left" if one.node.left is one.element else "right"
                yield self.planning.change(module, one.node, "dead_schedules:operand", side)
        for statement, aliases in imports.items():
            names = statement.names  # type: ignore[attr-defined]
            if len(aliases) == len(names):
                statements[statement] = None
            else:
                indices = sorted(names.index(alias) for alias in aliases)
                yield self.planning.change(module, statement, "dead_schedules:names_gone", *indices)
        for container, found in elements.items():
            if isinstance(container, ast.expr):
                if isinstance(container, ast.Set) and len(found) == len(container.elts):
                    raise Refusal("a set would be left empty")
                yield self.planning.change(module, container, "dead_schedules:elements_gone", *sorted(found))
        yield from self._removals(module, statements)

    def _removals(self, module: ModuleFacts, statements: Iterable[ast.stmt]) -> Iterator[Step]:
        """The steps that take statements away; a block that gets empty gets a `pass`."""
        going = set(statements)
        parents = self.analysis.parents(module)
        for statement in sorted(going, key=lambda one: (one.lineno, one.col_offset)):
            parent = parents[statement]
            blocks = [getattr(parent, field, None) for field in ("body", "orelse", "finalbody")]
            block = next(one for one in blocks if isinstance(one, list) and statement in one)
            is_last = (
                not isinstance(parent, ast.Module) and all(one in going for one in block) and block[0] is statement
            )
            yield Removal(self.planning.span(module, statement), "pass" if is_last else "")


class _Lists:
    """The framework's list of jobs: it can go where all of the project only fills it, or only joins it."""

    def __init__(self, planning: Planning, dead: Dead) -> None:
        self.planning = planning
        self.dead = dead
        self.names: dict[Binding, None] = {}
        self.attributes: list[tuple[ModuleFacts, ast.Attribute]] = []
        self.gone: dict[ast.AST, Gone] = {}
        self.refused = ""
        try:
            self._survey()
        except Refusal as refusal:
            self.refused = str(refusal)

    def _survey(self) -> None:
        """Every use of the list in the project. Raises Refusal where one of them needs it."""
        analysis = self.planning.analysis
        for module in tuple(analysis.scanned):
            if analysis.evaluator.names.core_name(module) is not None or _WORD not in module.text:
                continue
            names = analysis.spread(module, {_WORD})
            parents = analysis.parents(module)
            for scope in module.scopes.values():
                for name in names & scope.bindings.keys():
                    for binding in scope.bindings[name]:
                        if binding.kind == "import" and self._is_list(binding):
                            self.names[binding] = None
            for node in ast.walk(module.tree):
                mentioned = getattr(node, "id", "") or (
                    getattr(node, "attr", "") if isinstance(node, ast.Attribute) else ""
                )
                if mentioned not in names or not isinstance(node, ast.Name | ast.Attribute):
                    continue
                scope, statement = place_of(node, parents, module)
                is_target = isinstance(node.ctx, ast.Store) and isinstance(parents[node], ast.AugAssign)
                if not isinstance(node.ctx, ast.Load) and not is_target:
                    continue
                values = analysis.evaluator.values(Expression(node, scope, statement, None))
                if not any(isinstance(one, External) and one.name == _LIST for one in values):
                    continue
                if len(values) > 1:
                    where = analysis.where(module, node)
                    raise Refusal(f"`{ast.unparse(node)}` may be something else at {where}")
                self.gone[node] = self.dead.goes(module, node, parents, is_list=True)
                if isinstance(node, ast.Attribute):
                    self.attributes.append((module, node))
        reads = [one for one in self.gone.values() if one.reads]
        if reads and len(reads) < len(self.gone):
            raise Refusal("some code adds to the list, and other code reads it")
        self.reads = bool(reads)

    def _is_list(self, binding: Binding) -> bool:
        values = self.planning.analysis.evaluator.names.binding(binding, None)
        return any(isinstance(one, External) and one.name == _LIST for one in values)

    def planned(self, finding: Finding) -> Planned:
        """The plan for one use or import of the list: all in its file go together."""
        if self.refused:
            raise Refusal(self.refused)
        module = self.planning.module(finding.span.path)
        names = [self.dead.of(binding) for binding in self.names if binding.scope.module is module]
        steps: dict[Step, None] = dict.fromkeys(self.dead.steps(names))
        others = [self.gone[node] for of_module, node in self.attributes if of_module is module]
        steps.update(dict.fromkeys(self.dead.in_module(module, others, {})))
        if not steps:
            raise Refusal("the import that brings it was not found")
        message = f"remove `{_WORD}` and what only handles it"
        if self.reads and self.planning.analysis.target < (4, 8):
            reason = "up to 4.7 the framework's list still holds `validate_products`"
            return Planned("unsafe", message, tuple(steps), reason)
        return Planned("safe", message, tuple(steps))


def exported(module: ModuleFacts, name: str) -> Iterator[Gone]:
    """The entries of `__all__`."""
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as value):
                pass
            case ast.AugAssign(target=ast.Name(id="__all__"), value=ast.List() | ast.Tuple() as value):
                pass
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.List() | ast.Tuple() as value):
                pass
            case _:
                continue
        for element in value.elts:
            if isinstance(element, ast.Constant) and element.value == name:
                yield Gone("element", value, element)


def _is_pure(node: ast.expr) -> bool:
    """Whether evaluating an expression does nothing but give a value."""
    match node:
        case ast.Name() | ast.Constant() | ast.Lambda():
            return True
        case ast.Attribute() | ast.Starred():
            return _is_pure(node.value)
        case ast.List() | ast.Tuple() | ast.Set():
            return all(map(_is_pure, node.elts))
    return False
