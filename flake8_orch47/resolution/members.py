"""Attributes, items, iteration, contexts: what is reached through a value."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.flow import reaching
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.narrowing import finds_sync
from flake8_orch47.resolution.registrations import first_parameter, method_around
from flake8_orch47.resolution.replacements import Replacements
from flake8_orch47.resolution.state import is_setter
from flake8_orch47.resolution.values import (
    NONE,
    NOTHING,
    UNKNOWN,
    Arguments,
    BoundBuiltin,
    Cached,
    Class,
    Constant,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    ExternalModule,
    Function,
    Generator,
    Instance,
    Maker,
    Module,
    Namespace,
    Opaque,
    Parameter,
    Partial,
    Sequence,
    Super,
    Unknown,
    Value,
    Values,
    is_empty,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import AttributeAssignment, Binding, ItemAssignment, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["FACTORIES", "Members"]


#: What fields of dataclasses, pydantic and attrs call the function that makes their default.
FACTORIES = frozenset({"default_factory", "factory"})
#: What pydantic calls what it applies to a field, in an annotation, and to a whole object once that is made.
_VALIDATORS = frozenset({"AfterValidator", "BeforeValidator", "PlainValidator"})
_MODEL_VALIDATORS = frozenset({"model_validator", "root_validator"})
#: Classes that are containers, and those that are derived from them.
_CONTAINERS: dict[str, Value] = {
    "builtins.dict": Dictionary(()),
    "builtins.list": Sequence(()),
    "collections.OrderedDict": Dictionary(()),
    "collections.UserDict": Dictionary(()),
    "collections.UserList": Sequence(()),
    "collections.defaultdict": Dictionary(()),
}
_MAPPINGS = frozenset(
    f"{module}.{name}" for module in ("collections.abc", "typing") for name in ("Mapping", "MutableMapping")
)
#: Methods of containers that give what is in them.
_LOOKUPS = frozenset({"get", "pop", "setdefault", "values", "items"})


class Members:
    """Follows attributes and items, through classes and their bases, for instances and containers."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._lines: dict[Class, tuple[Class | External | Unknown, ...]] = {}
        self._keeping: dict[Class, bool] = {}
        self.replacements = Replacements(evaluator)

    # -- attributes ----------------------------------------------------------------------------------------

    def attribute(self, value: Value, name: str) -> Values:
        """What `value.name` may be."""
        match value:
            case ExternalModule():
                return frozenset({externals.member(value.name, name)})
            case External():
                return frozenset({externals.attribute(value.name, name)})
            case ExternalInstance():
                return frozenset({externals.instance_attribute(value.cls, name)})
            case Module():
                return self._or_assigned(self.evaluator.names.module_attribute(value.found, name), value, name)
            case Instance():
                return self._with_items(self._or_assigned(self._of_instance(value, name), value, name), value, name)
            case Class():
                return self._with_items(self._or_assigned(self._of_class(value, name, value), value, name), value, name)
            case Super():
                return self._of_super(value, name)
            case Partial():
                return frozenset({value.function}) if name == "func" else UNKNOWN
            case Function():
                return self._of_function(value, name)
            case Namespace(attributes):
                return dict(attributes).get(name) or UNKNOWN
            case Cached():
                return frozenset({value.function}) if name == "__wrapped__" else UNKNOWN
            case Dictionary() | Sequence() | Elements():
                return frozenset({BoundBuiltin(value, name)})
            case Parameter():
                return frozenset({BoundBuiltin(value, name) if name in _LOOKUPS else value})
            case Constant() | Opaque() if isinstance(value, Opaque) or value.value is not None:
                return frozenset({BoundBuiltin(value, name)})
        return UNKNOWN

    def _of_function(self, function: Function, name: str) -> Values:
        """Attributes set on a function (`check.roles = ...`) and the usual ones."""
        if name == "__call__":
            return frozenset({function})
        around = function.scope.parent
        if name == "__name__" or (name == "__qualname__" and around is not None and around.kind == "module"):
            return frozenset({Constant.of(getattr(function.node, "name", "<lambda>"))})
        if name == "__func__":
            return frozenset({Function(function.scope, function.frame, None, function.kind)})
        return UNKNOWN

    def _of_instance(self, instance: Instance, name: str) -> Values:
        found: Values = NOTHING
        for owner in self.line(instance.cls):
            match owner:
                case Unknown():
                    return found or UNKNOWN
                case External():
                    if name in _LOOKUPS and (contents := self.contents(instance)):
                        return frozenset(BoundBuiltin(held, name) for held in contents)
                    if name in _LOOKUPS and owner.name in _MAPPINGS:  # they go by what the class looks up itself
                        held = Dictionary((), self._called(instance, "__getitem__", UNKNOWN))
                        return frozenset({BoundBuiltin(held, name)})
                    if name in externals.COPYING.get(owner.name, ()):
                        return frozenset({BoundBuiltin(instance, name)})
                    base = externals.class_name(owner.name)
                    if externals.makes_itself(base, name):
                        return frozenset({Maker(f"{base}.{name}", instance.cls)})
                    return found or frozenset({externals.instance_attribute(base, name)})
                case Class():
                    assigned = _assignments(owner.scope, name)
                    if assigned and name in owner.scope.bindings and next(self.getters(instance, name), None):
                        return self._class_binding(owner, name, instance)
                    in_init = False
                    mended = any(finds_sync(assignment.guards) for assignment in assigned)
                    for assignment in assigned:
                        in_init = in_init or _is_init(assignment.scope)
                        values = self._assigned(assignment, instance)
                        if mended and not assignment.guards:  # the rest was replaced
                            asks = self.evaluator.calls.is_coroutine_function
                            values = frozenset(value for value in values if asks(value) is not False)
                        found |= values
                    if in_init:
                        return self._declared(instance, name, found)
                    if name in owner.scope.bindings:
                        return found | self._class_binding(owner, name, instance)
                    if found:
                        return found
        if name == "__class__":
            return frozenset({instance.cls})
        return UNKNOWN

    def _or_assigned(self, values: Values, receiver: Instance | Class | Module, name: str) -> Values:
        """An attribute that its owner only declares, or does not know, and what is assigned to it from outside."""
        if values not in (UNKNOWN, NONE) or name.startswith("__"):
            return values
        if values == UNKNOWN and (isinstance(receiver, Module) or self._declares(receiver, name)):
            return values
        found = self.evaluator.state.assigned(receiver, name)
        return (values - UNKNOWN) | found if found else values

    def _declares(self, receiver: Instance | Class, name: str) -> bool:
        """Whether the classes of an object may say themselves what an attribute is."""
        return not all(
            isinstance(owner, Class) and name not in owner.scope.bindings and not _assignments(owner.scope, name)
            for owner in self.line(receiver.cls if isinstance(receiver, Instance) else receiver)
        )

    def _with_items(self, values: Values, receiver: Instance | Class, name: str) -> Values:
        """A container together with what is put into it: `self.x["key"] = value`, `Owner.x.append(value)`."""
        if not any(isinstance(value, Dictionary | Sequence | Elements) for value in values):
            return values
        line = self.line(receiver.cls if isinstance(receiver, Instance) else receiver)
        modules = dict.fromkeys(owner.scope.module for owner in line if isinstance(owner, Class))
        items = [item for module in modules for item in module.attribute_items.get(name, ())]
        if not items and not name.startswith("_") and all(map(is_empty, values)):
            items = self.evaluator.state.items_elsewhere(modules, name)
        return self.evaluator.state.filled_on(values, name, items, receiver) if items else values

    def is_given(self, instance: Instance, name: str) -> bool:
        """Whether an attribute holds what the known constructor of an object was given, and nothing else."""
        if instance.frame is None or instance.declared:
            return False
        for owner in self.line(instance.cls):
            if not isinstance(owner, Class):
                return False
            if assignments := _assignments(owner.scope, name):
                return all(_is_init(one.scope) and _is_parameter(one.value, one.scope) for one in assignments)
            if name in owner.scope.bindings:
                return owner.scope is instance.frame.scope and name in instance.frame.arguments
        return False

    def keeps(self, cls: Class) -> bool:
        """Whether instances hold what their methods are given after they were made."""
        known = self._keeping.get(cls)
        if known is None:
            known = self._keeping[cls] = any(
                isinstance(owner, Class) and _is_filled_later(owner.scope) for owner in self.line(cls)
            )
        return known

    def _assigned(self, assignment: AttributeAssignment, instance: Instance) -> Values:
        """`self.x = value`, with what the constructor of this very instance was given."""
        frame = self.evaluator.calls.method_frame(instance, assignment.scope)
        here = Expression(assignment.value, assignment.scope, assignment.statement, frame)
        if _is_init(assignment.scope):
            values = self.evaluator.values(here)
        else:
            values = self.evaluator.state.in_all_calls(here, instance)
        for step in assignment.path:
            values = self.items(values, frozenset({Constant.of(step)})) if step >= 0 else UNKNOWN
        told = assignment.annotation, assignment.scope, assignment.statement
        return self.evaluator.annotations.promised(self.evaluator.annotations.informed(values, *told), *told)

    def _declared(self, instance: Instance, name: str, values: Values) -> Values:
        """What a constructor keeps, with what a class body declares of it where that is not known."""
        classes = (owner for owner in self.line(instance.cls) if isinstance(owner, Class))
        for owner in classes:
            for binding in owner.scope.bindings.get(name, ()):
                if binding.annotation is not None:
                    told = binding.annotation, owner.scope, binding.statement
                    return self.evaluator.annotations.informed(values, *told)
        return values

    def _class_binding(self, owner: Class, name: str, receiver: Value) -> Values:
        """What a name of a class body gives when it is reached through an instance or class."""
        found: Values = NOTHING
        for value in self.replacements.of(owner, name, receiver):
            found |= self._bound(value, receiver)
        if found:
            return found
        may_run = self.evaluator.calls.may_run
        for binding, ways in reaching(owner.scope, name, None, self.evaluator.flows):
            if ways and not any(not way or may_run(way, owner.scope, owner.frame) for way in ways):
                continue
            if binding.kind == "annotation" or (binding.kind == "assign" and self._is_field(owner)):
                found |= self._field(owner, binding, receiver)
                continue
            for value in self.evaluator.names.binding(binding, owner.frame):
                found |= self._bound(value, receiver)
        return found or UNKNOWN

    def _is_field(self, owner: Class) -> bool:
        return self.fields(owner) is not None

    def _field(self, owner: Class, binding: Binding, receiver: Value) -> Values:
        """A field of a dataclass or of a class with annotations only: what the constructor was given."""
        if isinstance(receiver, Instance) and receiver.frame is not None:
            argument = receiver.frame.arguments.get(binding.name)
            if argument is not None:
                converted = self._converted(argument, owner, binding, receiver)
                told = binding.annotation, owner.scope, binding.statement
                return self.evaluator.annotations.informed(converted, *told)
        annotated = self.evaluator.annotations.instances(binding.annotation, owner.scope, binding.statement)
        default: Values = NOTHING
        if binding.value is not None:
            default = self._default(binding, owner)
        if isinstance(receiver, Instance) and receiver.frame is None and self.fields(owner) is not None:
            return annotated | default | frozenset({Parameter(owner.scope, binding.name)})
        return annotated | default or UNKNOWN

    def _converted(self, values: Values, owner: Class, binding: Binding, receiver: Instance) -> Values:
        """What a field makes of what it is given: by a `converter=` of attrs, a validator of pydantic."""
        converters: list[Expression] = []
        if isinstance(binding.value, ast.Call):
            converters += [
                Expression(keyword.value, binding.scope, binding.statement, owner.frame)
                for keyword in binding.value.keywords
                if keyword.arg == "converter"
            ]
        for made in ast.walk(binding.annotation) if binding.annotation is not None else ():
            if isinstance(made, ast.Call) and made.args and last_name(made.func) in _VALIDATORS:
                converters.append(Expression(made.args[0], binding.scope, binding.statement, owner.frame))
        for converter in converters:
            functions = self.evaluator.values(converter)
            values = NOTHING.union(*(self.evaluator.calls.call(one, Arguments((values,))) for one in functions))
        for validator in _validators(owner.scope, binding.name):
            function = Function(validator, owner.frame, receiver.cls)
            values = self.evaluator.calls.call(function, Arguments((values,)))
        return values

    def _default(self, binding: Binding, owner: Class) -> Values:
        """The default of a field: its value, or what `field(default=...)` or its factory says."""
        if isinstance(binding.value, ast.Call):
            for keyword in binding.value.keywords:
                here = Expression(keyword.value, binding.scope, binding.statement, owner.frame)
                if keyword.arg == "default":
                    return self.evaluator.values(here)
                if keyword.arg in FACTORIES:
                    made = (self.evaluator.calls.call(one, Arguments()) for one in self.evaluator.values(here))
                    return NOTHING.union(*made)
        return self.evaluator.names.binding(binding, owner.frame)

    def _bound(self, value: Value, receiver: Value) -> Values:
        """A class attribute as attribute access gives it: methods are bound, properties are called."""
        match value:
            case Function(kind="static"):
                return frozenset({value})
            case Function(kind="class"):
                cls = receiver if isinstance(receiver, Class) else getattr(receiver, "cls", None)
                return frozenset({Function(value.scope, value.frame, cls or value.receiver, "class")})
            case Function(kind="property"):
                if isinstance(receiver, Class):
                    return frozenset({Opaque("property")})
                getter = Function(value.scope, value.frame, receiver)
                return self.evaluator.calls.call(getter, Arguments())
            case Function() if value.receiver is None and not isinstance(receiver, Class):
                if value.scope.kind == "lambda" or value.scope.parent is not None:
                    return frozenset({Function(value.scope, value.frame, receiver, value.kind)})
            case Cached(function=Function() as function):
                bound = self._bound(function, receiver)
                return frozenset({Cached(inner, value.decorator) for inner in bound})
        return frozenset({value})

    def _of_class(self, cls: Class, name: str, receiver: Value) -> Values:
        for owner in self.line(cls):
            match owner:
                case Unknown():
                    return UNKNOWN
                case External():
                    if owner.name in externals.ENUMS:
                        return UNKNOWN
                    base = externals.class_name(owner.name)
                    if externals.makes_itself(base, name):
                        return frozenset({Maker(f"{base}.{name}", cls)})
                    return self.evaluator.state.put_on_base(cls, name) or frozenset({externals.attribute(base, name)})
                case Class() if name in owner.scope.bindings:
                    if self.is_enum(cls) and any(one.kind != "function" for one in owner.scope.bindings[name]):
                        return UNKNOWN  # a member
                    later = [self._assigned(one, Instance(cls)) for one in self._assigned_to_class(owner, name)]
                    return self._class_binding(owner, name, receiver).union(*later)
        assigned = [
            a for owner in self.line(cls) if isinstance(owner, Class) for a in self._assigned_to_class(owner, name)
        ]
        if assigned:
            return NOTHING.union(*(self._assigned(assignment, Instance(cls)) for assignment in assigned))
        return self._of_metaclass(cls, name) or UNKNOWN

    def _of_metaclass(self, cls: Class, name: str) -> Values:
        """A method that the metaclass of a class gives it, bound to the class."""
        node = cls.scope.node
        found: Values = NOTHING
        for keyword in node.keywords if isinstance(node, ast.ClassDef) else ():
            here = Expression(keyword.value, cls.scope.parent or cls.scope, cls.scope.statement, cls.frame)
            for meta in self.evaluator.values(here) if keyword.arg == "metaclass" else ():
                methods = self.method(meta, name, meta) if isinstance(meta, Class) else None
                for method in methods or NOTHING:
                    if isinstance(method, Function) and method.kind == "function":
                        found |= frozenset({Function(method.scope, method.frame, cls)})
        return found

    def _assigned_to_class(self, owner: Class, name: str) -> list[AttributeAssignment]:
        return [assignment for assignment in _assignments(owner.scope, name) if not _is_init(assignment.scope)]

    def _of_super(self, value: Super, name: str) -> Values:
        receiver = value.receiver
        start = receiver if isinstance(receiver, Class) else getattr(receiver, "cls", value.cls)
        line = list(self.line(start)) if isinstance(start, Class) else []
        after = line[line.index(value.cls) + 1 :] if value.cls in line else list(self.line(value.cls))[1:]
        for owner in after:
            match owner:
                case Unknown():
                    return UNKNOWN
                case External():
                    return frozenset({externals.attribute(externals.class_name(owner.name), name)})
                case Class() if name in owner.scope.bindings:
                    return self._class_binding(owner, name, receiver)
        return frozenset({External("builtins.object.__new__")}) if name == "__new__" else UNKNOWN

    # -- classes -------------------------------------------------------------------------------------------

    def line(self, cls: Class) -> tuple[Class | External | Unknown, ...]:
        """The classes in which an attribute of `cls` is looked for, in order; Unknown where one is not known."""
        if cls not in self._lines:
            self._lines[cls] = (cls, Unknown())  # while the bases are found, and if they are a cycle
            self._lines[cls] = tuple(self._linearise(cls))
        return self._lines[cls]

    def _linearise(self, cls: Class) -> Iterator[Class | External | Unknown]:
        node = cls.scope.node
        if not isinstance(node, ast.ClassDef):
            return
        found: list[Class | External | Unknown] = [cls]
        for base in node.bases:
            inner = base.value if isinstance(base, ast.Subscript) else base
            here = Expression(inner, cls.scope.parent or cls.scope, cls.scope.statement, cls.frame)
            for value in self.evaluator.values(here):
                match value:
                    case Class():
                        found.extend(self.line(value))
                    case External():
                        found.append(value)
                    case _:
                        found.append(Unknown())
        # Depth first, each class where it comes last: what C3 gives for every hierarchy without conflicts.
        seen: set[Class | External | Unknown] = set()
        ordered = []
        for owner in reversed(found):
            if owner not in seen:
                seen.add(owner)
                ordered.append(owner)
        project = [owner for owner in reversed(ordered) if isinstance(owner, Class)]
        yield from project
        yield from (
            owner
            for owner in reversed(ordered)
            if isinstance(owner, External) and owner.name not in externals.PLAIN_BASES
        )
        yield from (owner for owner in ordered if isinstance(owner, Unknown))

    def is_enum(self, cls: Class) -> bool:
        """Whether the class is an Enum: its members are unknown."""
        return any(isinstance(owner, External) and owner.name in externals.ENUMS for owner in self.line(cls))

    def method(self, cls: Class, name: str, receiver: Value) -> Values | None:
        """The method `name` as `cls` or a base defines it, bound to `receiver`.

        None if no class of the line defines it; UNKNOWN if a base is not known.
        """
        for owner in self.line(cls):
            match owner:
                case Unknown():
                    return UNKNOWN
                case External():
                    if externals.defines(owner.name, name):
                        return frozenset({externals.instance_attribute(externals.class_name(owner.name), name)})
                case Class() if name in owner.scope.bindings:
                    return self._class_binding(owner, name, receiver)
        return None

    def getters(self, receiver: Value, name: str) -> Iterator[Function]:
        """The property functions that reading `receiver.name` runs, bound to it."""
        cls = receiver.cls if isinstance(receiver, Instance | Super) else None
        if cls is None:
            return
        line = self.line(cls)
        bound = receiver.receiver if isinstance(receiver, Super) else receiver
        for owner in line[1:] if isinstance(receiver, Super) else line:
            if not isinstance(owner, Class) or name not in owner.scope.bindings:
                continue
            for binding, _ in reaching(owner.scope, name, None, self.evaluator.flows):
                if binding.kind in ("function", "assign"):
                    for value in self.evaluator.names.binding(binding, owner.frame):
                        if isinstance(value, Function) and value.kind == "property":
                            yield Function(value.scope, value.frame, bound)
            return

    def setters(self, receiver: Value, name: str) -> Iterator[Function]:
        """The property functions that setting `receiver.name` runs, bound to it."""
        for owner in self.line(receiver.cls) if isinstance(receiver, Instance) else ():
            if isinstance(owner, Class) and name in owner.scope.bindings:
                for binding in owner.scope.bindings[name]:
                    scope = owner.scope.module.met.get(binding.node)
                    if scope is not None and is_setter(scope):
                        yield Function(scope, owner.frame, receiver)
                return

    def fields(self, cls: Class) -> dict[str, Binding] | None:
        """The fields that a generated `__init__` takes, in order; None if the class has no such `__init__`."""
        found: dict[str, Binding] = {}
        generated = False
        for owner in reversed(self.line(cls)):
            if isinstance(owner, External):
                generated = generated or owner.name in externals.FIELD_BASES
            elif isinstance(owner, Class):
                if "__init__" in owner.scope.bindings:
                    return None
                generated = generated or self._generates_init(owner)
                for name, bindings in owner.scope.bindings.items():
                    if bindings[0].annotation is not None and not _is_class_variable(bindings[0].annotation):
                        found[name] = bindings[0]
        return found if generated else None

    def _generates_init(self, cls: Class) -> bool:
        node = cls.scope.node
        if not isinstance(node, ast.ClassDef):
            return False
        for decorator in node.decorator_list:
            inner = decorator.func if isinstance(decorator, ast.Call) else decorator
            here = Expression(inner, cls.scope.parent or cls.scope, cls.scope.statement, cls.frame)
            if any(
                isinstance(v, External) and v.name in externals.FIELD_DECORATORS for v in self.evaluator.values(here)
            ):
                return True
        return False

    # -- items, iteration, contexts ------------------------------------------------------------------------

    def items(self, values: Values, keys: Values) -> Values:
        """What indexing gives: the value of a constant key, or any value where the key is not known."""
        constants = [key for key in keys if isinstance(key, Constant)]
        certain = bool(keys) and len(constants) == len(keys)
        found: Values = NOTHING
        for value in values:
            match value:
                case Dictionary():
                    known = dict(value.items)
                    if certain and all(key in known for key in constants):
                        found |= NOTHING.union(*(known[key] for key in constants))
                    elif certain:
                        found |= (
                            NOTHING.union(*(known.get(key, NOTHING) for key in constants)) | value.others or UNKNOWN
                        )
                    else:
                        found |= value.values or UNKNOWN
                case Sequence():
                    found |= self._indexed(value, constants if certain else [])
                case Elements():
                    found |= value.of or UNKNOWN
                case Namespace():
                    held = Sequence(tuple(values for _, values in value.attributes))
                    found |= self._indexed(held, constants if certain else [])
                case ExternalInstance():
                    found |= externals.element(value.cls)
                case Class() | External():
                    found |= frozenset({value})  # a generic class with its parameters
                case Instance():
                    named = self._named_item(value, constants) if certain else NOTHING
                    if not named and self.method(value.cls, "__getitem__", value) is None:
                        named = self.items(self.contents(value), keys)
                    found |= named or self._called(value, "__getitem__", keys)
                case Parameter():
                    found |= frozenset({value})
                case _:
                    found |= UNKNOWN
        return found

    def _indexed(self, value: Sequence, keys: list[Constant]) -> Values:
        found: Values = NOTHING
        for key in keys:
            if isinstance(key.value, int) and -len(value.elements) <= key.value < len(value.elements):
                found |= value.elements[key.value]
            else:
                return UNKNOWN
        return found if keys else NOTHING.union(*value.elements) or UNKNOWN

    def _named_item(self, instance: Instance, keys: list[Constant]) -> Values:
        """The fields of a named tuple by position."""
        if not any(
            isinstance(owner, External) and owner.name == "typing.NamedTuple" for owner in self.line(instance.cls)
        ):
            return NOTHING
        names = list(self.fields(instance.cls) or ())
        found: Values = NOTHING
        for key in keys:
            if isinstance(key.value, int) and -len(names) <= key.value < len(names):
                found |= self.attribute(instance, names[key.value])
        return found

    def _called(self, instance: Instance, name: str, argument: Values) -> Values:
        found: Values = NOTHING
        for method in self.method(instance.cls, name, instance) or UNKNOWN:
            found |= self.evaluator.calls.call(method, Arguments((argument,)))
        return found

    def sliced(self, values: Values) -> Values:
        """What a slice gives: the same kind of thing."""
        found: Values = NOTHING
        for value in values:
            match value:
                case Sequence():
                    found |= frozenset({Elements(NOTHING.union(*value.elements))})
                case Elements() | ExternalInstance():
                    found |= frozenset({value})
                case _:
                    found |= UNKNOWN
        return found

    def elements(self, values: Values) -> Values:
        """What iterating gives."""
        found: Values = NOTHING
        for value in values:
            match value:
                case Sequence():
                    found |= NOTHING.union(*value.elements)
                case Elements():
                    found |= value.of or UNKNOWN
                case Dictionary():
                    found |= frozenset(key for key, _ in value.items) or UNKNOWN
                case ExternalInstance():
                    found |= externals.element(value.cls)
                case Generator():
                    found |= self.evaluator.calls.yielded(value)
                case Instance():
                    found |= self._iterated(value)
                case Parameter():  # it depends on what the parameter holds
                    found |= frozenset({value})
                case _:
                    found |= UNKNOWN
        return found or UNKNOWN

    def _iterated(self, instance: Instance) -> Values:
        """What iterating over an object of the project gives: what its `__iter__` makes gives it."""
        methods = self.method(instance.cls, "__iter__", instance)
        if methods is None:
            contents = self.contents(instance)
            return self.elements(contents) if contents else UNKNOWN
        made = NOTHING.union(*(self.evaluator.calls.call(method, Arguments()) for method in methods))
        return self.elements(frozenset(value for value in made if not isinstance(value, Instance)))

    def contents(self, instance: Instance) -> Values:
        """An object that is a dictionary or list itself, as such; nothing for any other."""
        line = self.line(instance.cls)
        bases = [_CONTAINERS[one.name] for one in line if isinstance(one, External) and one.name in _CONTAINERS]
        if not bases:
            return NOTHING
        items = [item for owner in line if isinstance(owner, Class) for item in _own_items(owner.scope)]
        items += self.evaluator.state.items_of(instance)
        return self.evaluator.state.filled_on(frozenset(bases[:1]), "", items, instance)

    def entered(self, values: Values, *, is_async: bool) -> Values:
        """What `with value as x` binds."""
        found: Values = NOTHING
        for value in values:
            match value:
                case Generator(context=True):
                    found |= self.evaluator.calls.yielded(value)
                case Instance():
                    name = "__aenter__" if is_async else "__enter__"
                    if own := self._entered_as(value, name):
                        found |= own
                        continue
                    for method in self.method(value.cls, name, value) or UNKNOWN:
                        result = self.evaluator.calls.call(method, Arguments())
                        found |= self.evaluator.calls.awaited(result) if is_async else result
                case ExternalInstance() | External():
                    found |= frozenset({externals.entered(value)})
                case _:
                    found |= UNKNOWN
        return found or UNKNOWN

    def _entered_as(self, instance: Instance, name: str) -> Values:
        """What entering an object binds whose class has that from a library: mostly the object itself."""
        for cls in self.libraries(instance, name):
            bound = externals.entered(ExternalInstance(cls))
            return frozenset({instance if bound == ExternalInstance(cls) else bound})
        return NOTHING

    def libraries(self, instance: Instance, name: str) -> Iterator[str]:
        """The class outside the project that gives an object its method `name`, if one does."""
        for owner in self.line(instance.cls):
            match owner:
                case Class() if name in owner.scope.bindings:
                    return
                case External() if owner.name not in externals.PLAIN_BASES:
                    yield externals.class_name(owner.name)
                    return
                case Unknown():
                    return


def _assignments(owner: Scope, name: str) -> list[AttributeAssignment]:
    return owner.module.instance_attributes.get(owner, {}).get(name, [])


def _is_init(scope: Scope) -> bool:
    """Whether a method runs when an object is made."""
    node = scope.node
    return isinstance(node, ast.FunctionDef) and (
        node.name in ("__init__", "__post_init__", "__attrs_post_init__", "model_post_init")
        or any(last_name(_called(one)) in _MODEL_VALIDATORS for one in node.decorator_list)
    )


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _validators(owner: Scope, field: str) -> Iterator[Scope]:
    """The methods of a pydantic class that validate one of its fields, and so may change it."""
    for scope in owner.inner:
        for decorator in getattr(scope.node, "decorator_list", ()):
            if isinstance(decorator, ast.Call) and last_name(decorator.func) in ("field_validator", "validator"):
                fields = {one.value for one in decorator.args if isinstance(one, ast.Constant)}
                if fields & {field, "*"}:
                    yield scope


def _own_items(owner: Scope) -> Iterator[ItemAssignment]:
    """What the methods of a class put into their own object: `self[name] = check`."""
    for name, items in owner.module.items.items():
        for item in items:
            method = method_around(item.scope)
            if method is not None and method.parent is owner and first_parameter(method) == name:
                yield item


def _is_parameter(node: ast.expr, scope: Scope) -> bool:
    bindings = scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else ()
    return len(bindings) == 1 and bindings[0].kind == "parameter"


def _is_filled_later(owner: Scope) -> bool:
    """Whether methods of a class other than its `__init__` put what they are given into an instance.

    An object of a class without methods is made to be filled from outside.
    """
    module = owner.module
    if not any(binding.kind == "function" for bindings in owner.bindings.values() for binding in bindings):
        return True
    if any(
        not _is_init(assignment.scope)
        for assignments in module.instance_attributes.get(owner, {}).values()
        for assignment in assignments
    ):
        return True
    if any(not _is_init(item.scope) for item in _own_items(owner)):
        return True
    for items in module.attribute_items.values():
        for item in items:
            scope: Scope | None = item.scope
            while scope is not None and scope is not owner:
                scope = scope.parent
            if scope is owner and not _is_init(item.scope):
                return True
    return False


def _is_class_variable(annotation: ast.expr) -> bool:
    inner = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    name = last_name(inner)
    return name == "ClassVar"
