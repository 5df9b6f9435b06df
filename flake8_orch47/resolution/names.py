"""What a name refers to: scopes, bindings, imports."""

from __future__ import annotations

import ast
import builtins
import os

from flake8_orch47.facts.flow import Reached, reaching
from flake8_orch47.facts.operations import is_type_checking
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.bridges import without_older
from flake8_orch47.resolution.values import (
    NOTHING,
    UNKNOWN,
    Class,
    Constant,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalModule,
    Frame,
    Instance,
    Module,
    Opaque,
    Parameter,
    Sequence,
    Value,
    Values,
    is_empty,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_orch47.facts.scopes import Binding, Guards, ItemAssignment, ModuleFacts, Scope
    from flake8_orch47.project.tree import Found
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Names", "frame_at"]

_BUILTINS = frozenset(dir(builtins))
#: Longer chains of `from x import *` are not followed.
_STAR_DEPTH = 12
#: Of one question, so many additions to names are followed: in a loop each may come after each.
_ADDED = 200
#: Modules that star each other in circles are followed so far for one name.
_STAR_WORK = 200


def frame_at(scope: Scope, frame: Frame | None) -> Frame | None:
    """The part of a frame chain that is visible from `scope`: its own call, or that of a scope around it."""
    if scope.kind == "module":
        return None
    while frame is not None:
        around: Scope | None = scope
        while around is not None:
            if around is frame.scope:
                return frame
            around = around.parent
        frame = frame.parent
    return None


def _is_for_the_type_checker(way: Guards) -> bool:
    return any(branch and is_type_checking(guard.test) for guard, branch in way)


#: Lists outside the project that `+=` adds to: they stay what they are.
_ADDED_TO: Values = frozenset({External(core.ALL_SCHEDULERS)})


class Names:
    """Looks names up as Python does, with the bindings that may reach the place of use."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.modules = evaluator.modules
        self.project = evaluator.modules.project
        self._star_work = 0
        self._adding = self._added = 0
        self._starring: set[tuple[Scope, str]] = set()
        self._active: set[tuple[Binding, Frame | None]] = set()
        #: containers of which it is being worked out what is put into them
        self._unfilled: dict[tuple[Binding, Frame | None], Values] = {}
        self._core: dict[ModuleFacts, str | None] = {}
        #: the folders and names of files
        self._places: dict[str, tuple[str, str]] = {}

    # -- names ---------------------------------------------------------------------------------------------

    def lookup(self, name: str, scope: Scope, statement: ast.stmt | None) -> tuple[tuple[Reached, ...], Scope | None]:
        """The bindings that `name` may have at `statement` in `scope`, and the scope they belong to.

        Without bindings the scope is None: the name is a builtin, comes from a star import or is undefined.
        """
        at: Scope | None = scope
        point = statement
        while at is not None:
            if at.redirected and name in at.redirected:
                at, point = at.redirected[name], None
            if name in at.bindings and (at is scope or at.kind != "class" or scope.kind == "comprehension"):
                reached = reaching(at, name, point, self.evaluator.flows)
                if reached and not (at.kind == "class" and all(one.binding.statement is point for one in reached)):
                    return reached, at
            point = at.statement if at.immediate else None
            at = at.parent
        return (), None

    def values(self, name: str, scope: Scope, statement: ast.stmt | None, frame: Frame | None) -> Values:
        """What `name` may refer to at that place."""
        at: Scope | None = scope
        while at is not None and not (at.redirected or at.stars):  # as `lookup` does, where nothing is intricate
            bindings = at.bindings.get(name)
            if bindings is not None:
                if at.kind == "class" or len(bindings) != 1 or bindings[0].kind == "delete":
                    break
                return self.binding(bindings[0], frame)
            at = at.parent
        if at is None and name != "__class__":
            return frozenset({externals.builtin(name)}) if name in _BUILTINS else UNKNOWN
        reached, owner = self.lookup(name, scope, statement)
        if owner is not None:
            if owner.stars and (found := self._starred_after(reached, owner, name, statement, 0)):
                return found
            return self._all(reached, frame)
        around: Scope | None = scope
        while around is not None:
            if around.stars and (found := self._from_stars(around, name, 0)):
                return found
            around = around.parent
        if name in _BUILTINS:
            return frozenset({externals.builtin(name)})
        return self._class_around(scope) if name == "__class__" else UNKNOWN

    def _class_around(self, scope: Scope) -> Values:
        """What `__class__` means in a method."""
        at: Scope | None = scope
        while at is not None and at.kind != "class":
            at = at.parent
        return UNKNOWN if at is None else frozenset({Class(at)})

    def _starred_after(
        self, reached: tuple[Reached, ...], scope: Scope, name: str, statement: ast.stmt | None, depth: int
    ) -> Values:
        """What a star import below the bindings makes of `name`; nothing if none does."""
        if not scope.stars or not reached:
            return NOTHING
        last = max(binding.statement.lineno for binding, _ in reached)
        before = statement.lineno if statement is not None and statement in scope.node.body else None  # type: ignore[union-attr,operator]
        stars = [
            s for s in scope.stars if s.statement.lineno > last and (before is None or s.statement.lineno < before)
        ]
        return self._from_stars(scope, name, depth + 1, stars) if stars else NOTHING

    def _all(self, reached: tuple[Reached, ...], frame: Frame | None) -> Values:
        if len(reached) == 1:
            return self.binding(reached[0].binding, frame)
        may_run = self.evaluator.calls.may_run
        possible = [
            binding
            for binding, ways in reached
            if any(not way or may_run(way, binding.scope, frame_at(binding.scope, frame)) for way in ways)
        ]
        if len(possible) > 1:  # what is only there for the type checker gives way to what runs
            typed = {one.binding for one in reached if all(map(_is_for_the_type_checker, one.ways))}
            possible = [binding for binding in possible if binding not in typed] or possible
            if all(binding.kind == "function" for binding in possible):
                possible = list(without_older(self.evaluator, possible, reached))
        return NOTHING.union(
            *(self.binding(binding, frame) for binding in possible or (one.binding for one in reached))
        )

    def binding(self, binding: Binding, frame: Frame | None) -> Values:
        """What one binding gives its name; while that very question is being answered what is known so far: nothing,
        or a container without what is put into it later.
        """
        key = (binding, frame and frame_at(binding.scope, frame))
        known = self.evaluator.bindings.get(key)
        if known is not None:
            return known
        if key in self._active:
            self.evaluator.cuts += 1
            return self._unfilled.get(key, NOTHING)
        cuts, early = self.evaluator.cuts, self.evaluator.early
        self._active.add(key)
        try:
            values = self._binding(binding, key[1])
        finally:
            self._active.discard(key)
        if values and (not self._active or self.evaluator.cuts == cuts):
            self.evaluator.bindings[key] = values
            self.evaluator.note_premature(self.evaluator.bindings, key, cuts, early)
        return values

    def _binding(self, binding: Binding, frame: Frame | None) -> Values:
        scope = binding.scope
        if scope.kind == "module" and (canonical := self.core_name(scope.module)) is not None:
            name = f"{canonical}.{binding.name}"
            if binding.kind != "import" and externals.stands_for_itself(name):
                return frozenset({External(name)})
        match binding.kind:
            case "assign":
                return self._assigned(binding, frame)
            case "function":
                return self.evaluator.calls.decorated(binding, frame)
            case "class":
                return self.evaluator.calls.decorated_class(binding, frame)
            case "import":
                return self.imported(binding, scope.module)
            case "parameter":
                return self._parameter(binding, frame)
            case "annotation":
                return self.evaluator.annotations.instances(binding.annotation, scope, binding.statement) or UNKNOWN
            case "augmented":
                return self._augmented(binding, frame)
            case "loop" if frame is not None and frame.scope is scope and binding.name in frame.arguments:
                return frame.arguments[binding.name]  # one turn of a comprehension
            case "loop":
                return self._unpacked(self._iterated(binding, frame), binding.path)
            case "with":
                return self._unpacked(self._entered(binding, frame), binding.path)
            case "other" if binding.value is not None:
                return self._captured(binding, binding.value, frame)
            case "other" if binding.annotation is not None:
                return self._caught(binding, binding.annotation, frame)
        return UNKNOWN

    def _caught(self, binding: Binding, kind: ast.expr, frame: Frame | None) -> Values:
        """The exceptions that a handler catches: `except (ValueError, Denied) as error`."""
        classes: Values = NOTHING
        for one in kind.elts if isinstance(kind, ast.Tuple) else [kind]:
            classes |= self.evaluator.values(Expression(one, binding.scope, binding.statement, frame))
        own = frozenset(Instance(one, declared=True) for one in classes if isinstance(one, Class))
        return own if own and len(own) == len(classes) else own | UNKNOWN

    def _captured(self, binding: Binding, subject: ast.expr, frame: Frame | None) -> Values:
        """What a pattern captures of the subject of its `match`."""
        here = Expression(subject, binding.scope, binding.statement, frame)
        values, members = self.evaluator.values(here), self.evaluator.members
        for step in binding.route:
            if isinstance(step, int):
                values = members.items(values, frozenset({Constant.of(step)}))
            elif isinstance(step, ast.expr):
                values = members.items(values, self.evaluator.at(here, step))
            elif step.isdigit():
                values = NOTHING.union(*(self._at_position(value, int(step)) for value in values))
            else:
                values = NOTHING.union(*(members.attribute(value, step) for value in values))
        return values

    def _at_position(self, value: Value, position: int) -> Values:
        """The field that a class pattern means by its position, as `dataclass` and `NamedTuple` have them."""
        names = list(self.evaluator.members.fields(value.cls) or ()) if isinstance(value, Instance) else []
        return self.evaluator.members.attribute(value, names[position]) if position < len(names) else UNKNOWN

    def _assigned(self, binding: Binding, frame: Frame | None) -> Values:
        if binding.value is None:
            return UNKNOWN
        here = Expression(binding.value, binding.scope, binding.statement, frame)
        values = self.evaluator.state.in_all_calls(here) if binding.elsewhere else self.evaluator.values(here)
        values = self._unpacked(values, binding.path)
        values = self._with_items(values, binding, frame)
        values = self.evaluator.annotations.informed(values, binding.annotation, binding.scope, binding.statement)
        if binding.scope.kind in ("module", "class"):
            return self.evaluator.annotations.promised(values, binding.annotation, binding.scope, binding.statement)
        return values

    def _augmented(self, binding: Binding, frame: Frame | None) -> Values:
        """`name += value`: what the name held before, and what is added to it."""
        statement, scope = binding.statement, binding.scope
        if binding.value is None or not isinstance(statement, ast.AugAssign) or scope.kind == "class":
            return UNKNOWN
        if not self._adding:
            self._added = 0
        self._added += 1
        if self._added > _ADDED:
            self.evaluator.cuts += 1
            return UNKNOWN
        self._adding += 1
        try:
            before = self.values(binding.name, scope, statement, frame)
            added = self.evaluator.operated(statement.op, before, Expression(binding.value, scope, statement, frame))
            return added | (before & _ADDED_TO)
        finally:
            self._adding -= 1

    def _with_items(self, values: Values, binding: Binding, frame: Frame | None) -> Values:
        """A container together with what the module puts into it: `name["key"] = value`, `name.append(value)`."""
        if not any(isinstance(value, Dictionary | Sequence | Elements) for value in values):
            return values
        items = self._items_of(binding)
        if items:
            key = (binding, frame and frame_at(binding.scope, frame))
            self._unfilled[key] = values
            try:
                return self.evaluator.state.filled(values, items, binding.scope, frame)
            finally:
                del self._unfilled[key]
        if binding.scope.kind == "module" and not binding.name.startswith("_") and all(map(is_empty, values)):
            return self.evaluator.state.filled_elsewhere(values, binding)
        return values

    def _items_of(self, binding: Binding) -> list[ItemAssignment]:
        """What the module puts into the container that a binding names."""
        items = binding.scope.module.items.get(binding.name, ())
        return [item for item in items if self._means(binding.name, item.scope, binding.scope)]

    def _means(self, name: str, scope: Scope | None, owner: Scope) -> bool:
        """Whether `name` in `scope` is the one bound in `owner`."""
        while scope is not None and scope is not owner:
            if name in scope.bindings and name not in scope.redirected:
                return False
            scope = scope.parent
        return scope is owner

    def _iterated(self, binding: Binding, frame: Frame | None) -> Values:
        if binding.value is None or binding.is_async:
            return UNKNOWN
        scope = binding.scope
        here = Expression(binding.value, scope, binding.statement, frame)
        if scope.kind == "comprehension" and binding.value is scope.node.generators[0].iter:  # type: ignore[union-attr]
            here = here._replace(scope=scope.parent or scope)
        return self.evaluator.members.elements(self.evaluator.values(here))

    def _entered(self, binding: Binding, frame: Frame | None) -> Values:
        if binding.value is None:
            return UNKNOWN
        here = Expression(binding.value, binding.scope, binding.statement, frame)
        return self.evaluator.members.entered(self.evaluator.values(here), is_async=binding.is_async)

    def _unpacked(self, values: Values, path: tuple[int, ...]) -> Values:
        for step in path:
            if step < 0:
                return UNKNOWN
            values = self.evaluator.members.items(values, frozenset({Constant.of(step)}))
        return values

    def _parameter(self, binding: Binding, frame: Frame | None) -> Values:
        scope, node = binding.scope, binding.scope.function
        if frame is not None and frame.scope is scope and (argument := frame.arguments.get(binding.name)) is not None:
            known = self.evaluator.annotations.informed(
                argument, binding.annotation, scope.parent or scope, scope.statement
            )
            return self._with_items(known, binding, frame)
        if node is None:
            return UNKNOWN
        arguments = node.args
        if arguments.vararg is binding.node:
            each = self._annotated(binding)
            return frozenset({Parameter(scope, binding.name, "*"), *((Elements(each),) if each else ())})
        if arguments.kwarg is binding.node:
            each = self._annotated(binding)
            given: Values = frozenset(
                {Parameter(scope, binding.name, "**"), *((Dictionary((), each),) if each else ())}
            )
            own = self._with_items(frozenset({Dictionary(())}), binding, frame) - {Dictionary(())}
            return given | own
        if (receiver := self._receiver(binding)) is not None:
            return receiver
        values: Values = frozenset({Parameter(scope, binding.name)}) | self._annotated(binding)
        if binding.value is not None:
            outside = Expression(binding.value, scope.parent or scope, scope.statement, frame and frame.parent)
            values |= self.evaluator.values(outside) - UNKNOWN
        return values

    def _annotated(self, binding: Binding) -> Values:
        """The objects that a parameter is annotated with."""
        scope = binding.scope
        if binding.annotation is None:
            return NOTHING
        return self.evaluator.annotations.instances(binding.annotation, scope.parent or scope, scope.statement)

    def _receiver(self, binding: Binding) -> Values | None:
        """What `self` or `cls` stands for in a method whose caller is not known."""
        scope = binding.scope
        node, around = scope.node, scope.parent
        if around is None or around.kind != "class" or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        parameters = [*node.args.posonlyargs, *node.args.args]
        if not parameters or parameters[0] is not binding.node:
            return None
        kinds = {decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)}
        if "staticmethod" in kinds or node.name == "__init_subclass__":  # that is given the subclasses
            return None
        cls = Class(around)
        is_class = "classmethod" in kinds or node.name in (
            "__new__",
            "__class_getitem__",
        )
        return frozenset({cls if is_class else Instance(cls)})

    # -- imports -------------------------------------------------------------------------------------------

    def core_name(self, module: ModuleFacts) -> str | None:
        """The canonical name of a module of orchestrator-core's own tree, None for others."""
        if module not in self._core:
            self._core[module] = self.project.core_module(module.path)
        return self._core[module]

    def imported(self, binding: Binding, module: ModuleFacts) -> Values:
        """What an import binds."""
        if binding.imported is None:
            return self._import(binding, module.path)
        parent = self.module_named(binding.module, binding.level, module.path)
        values = self.member(parent, binding.imported)
        if values == UNKNOWN and not binding.level and self._is_shared(binding.module, module.path, parent):
            return frozenset({externals.member(externals.module(binding.module), binding.imported)})
        return values

    def import_key(self, binding: Binding) -> tuple[str, str | None, int, str]:
        """What tells imports apart: those with the same key bring the same."""
        module, path = binding.module, binding.scope.module.path
        place = self._places.get(path)
        if place is None:
            folder, file = os.path.split(path)
            place = self._places[path] = folder, os.path.splitext(file)[0]
        folder, stem = place
        # A script does not mean itself: see `Project.find`.
        return module, binding.imported, binding.level, path if stem in module else folder

    def _is_shared(self, name: str, importer: str, own: Values) -> bool:
        """Whether a module of that name of the framework is hidden by one of the project's that may be another one:
        what that does not have is the framework's. `own` is the project's module.
        """
        if name.partition(".")[0] != "orchestrator" or not externals.is_module(name):
            return False
        top = self.project.find("orchestrator", importer)
        return top is not None and self.project.is_shared(top) and not any(map(self._is_open, own))

    def _is_open(self, module: Value) -> bool:
        """Whether a module may have names that its facts do not know."""
        facts = self._facts_of(module)
        return facts is not None and (bool(facts.scope.stars) or "__getattr__" in facts.scope.bindings)

    def _facts_of(self, module: Value) -> ModuleFacts | None:
        if not isinstance(module, Module) or module.found.is_namespace:
            return None
        return self.modules.facts(module.found.path)

    def origin(self, binding: Binding) -> tuple[Reached, ...]:
        """The bindings in another module of the project that a `from ... import` leads to."""
        if binding.imported is None:
            return ()
        for parent in self.module_named(binding.module, binding.level, binding.scope.module.path):
            facts = self._facts_of(parent)
            if facts is not None and binding.imported in facts.scope.bindings:
                return reaching(facts.scope, binding.imported, None, self.evaluator.flows)
        return ()

    def _import(self, binding: Binding, importer: str) -> Values:
        top, *rest = binding.module.split(".")
        values = self.module_named(top, 0, importer)
        for name in rest:  # `import a.b as c` binds the attribute `b` of `a`, whatever it is
            values = self.member(values, name)
        return values

    def module_named(self, name: str, level: int, importer: str) -> Values:
        """The module that a `from` clause names."""
        if level:
            found = self.project.relative(name, level, importer)
        else:
            found = self.project.find(name, importer)
            if found is None or (found.is_namespace and externals.is_module(name)):
                if self.project.owns(name, importer):
                    return UNKNOWN
                return frozenset({ExternalModule(externals.module(name))})
        return frozenset({Module(found)}) if found is not None else UNKNOWN

    def member(self, parents: Values, name: str) -> Values:
        """What `from parent import name` gives."""
        values: Values = NOTHING
        for parent in parents:
            if isinstance(parent, Module):
                values |= self.module_attribute(parent.found, name)
            elif isinstance(parent, ExternalModule):
                values |= frozenset({externals.member(parent.name, name)})
            else:
                values |= self.evaluator.members.attribute(parent, name)
        return values

    def module_attribute(self, found: Found, name: str, depth: int = 0) -> Values:
        """The attribute `name` of a module of the project."""
        canonical = None if found.is_namespace else self.project.core_module(found.path)
        if canonical is not None and externals.stands_for_itself(f"{canonical}.{name}"):
            return frozenset({External(f"{canonical}.{name}")})
        facts = None if found.is_namespace else self.modules.facts(found.path)
        if facts is not None:
            if name in facts.scope.bindings:
                # A package's `from . import name` leads back here and then means the submodule.
                reached = reaching(facts.scope, name, None, self.evaluator.flows)
                if values := self._starred_after(reached, facts.scope, name, None, depth) or self._all(reached, None):
                    return values
            if facts.scope.stars and (values := self._from_stars(facts.scope, name, depth + 1)):
                return values
        child = self.project.child(found, name)
        if child is not None:
            return frozenset({Module(child)})
        if found.is_namespace and (external := self._namespace(found, name)) is not None:
            return frozenset({external})
        return UNKNOWN

    def _namespace(self, found: Found, name: str) -> ExternalModule | None:
        """A module outside the project in a namespace package that the project shares (`orchestrator.core`)."""
        dotted = f"{os.path.basename(found.path)}.{name}"
        return ExternalModule(externals.module(dotted)) if externals.is_module(dotted) else None

    def _from_stars(self, scope: Scope, name: str, depth: int, stars: list[Binding] | None = None) -> Values:
        """What star imports bring under `name`; nothing if they bring no such name."""
        if not self._starring:
            self._star_work = 0
        self._star_work += 1
        if depth > _STAR_DEPTH or self._star_work > _STAR_WORK or (scope, name) in self._starring:
            return NOTHING
        self._starring.add((scope, name))
        try:
            return self._from_these(scope.stars if stars is None else stars, scope, name, depth)
        finally:
            self._starring.discard((scope, name))

    def _from_these(self, stars: list[Binding], scope: Scope, name: str, depth: int) -> Values:
        for star in reversed(stars):
            for parent in self.module_named(star.module, star.level, scope.module.path):
                if (
                    isinstance(parent, ExternalModule)
                    and (value := externals.star_member(parent.name, name)) is not None
                ):
                    return frozenset({value})
                if isinstance(parent, Module) and (facts := self._facts_of(parent)) is not None:
                    if not self._exports(facts, name):
                        continue
                    values = self.module_attribute(parent.found, name, depth + 1)
                    if values != UNKNOWN:
                        return values
        return NOTHING

    def _exports(self, facts: ModuleFacts, name: str) -> bool:
        """Whether `from module import *` brings `name`, as far as `__all__` tells."""
        if "__all__" not in facts.scope.bindings:
            return not name.startswith("_")
        values = self.values("__all__", facts.scope, None, None)
        names: set[object] = set()
        for value in values:
            if not isinstance(value, Sequence):
                return True
            for element in value.elements:
                names.update(constant.value for constant in element if isinstance(constant, Constant))
        return name in names or any(isinstance(value, Opaque | Elements) for value in values)
