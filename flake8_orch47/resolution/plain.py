"""Functions of which it is plain what they run: the short way to the answer for most of what callbacks reach.

A helper usually looks at the user whom it is given, compares, and calls other functions of the project. Nothing that
such a function is given tells what it runs, so no variable has to be followed and no condition decided: one walk over
its statements gives what its operations would, without reading it. `Plain.operations` leaves out what certainly runs
nothing. What it is not sure of it leaves to the evaluator, one operation or the whole function.
"""

from __future__ import annotations

import ast

from flake8_orch47.facts import versions
from flake8_orch47.facts.children import children, last_name
from flake8_orch47.facts.operations import LAZY, Operation
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.records import Row
from flake8_orch47.resolution.reach import FUNCTIONS, OBJECT
from flake8_orch47.resolution.values import ExternalInstance, Function, Instance, Module, Opaque, Super

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet
    from typing import Any

    from flake8_orch47.facts.operations import OperationKind
    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope
    from flake8_orch47.resolution.evaluator import Evaluator
    from flake8_orch47.resolution.reach import Reach
    from flake8_orch47.resolution.values import Value, Values

__all__ = ["Plain", "PlainCall"]

#: Words of functions in which a condition may be decided, or in which more goes on than the syntax shows.
_INTRICATE = frozenset(
    "TYPE_CHECKING callable eval exec get_running_loop global globals isawaitable iscoroutine iscoroutinefunction"
    " isinstance lambda locals nonlocal setattr super vars yield".split()
)
#: Builtins that run nothing of what they are given, as far as the rules go.
_HARMLESS = frozenset("abs bytes float format hash hex id int issubclass oct ord repr round str type".split())
#: Builtins that run nothing of a text, a number, a display, or what nothing is known of.
_HARMLESS_OF_PLAIN = frozenset("all any dict enumerate frozenset list max min set sorted sum tuple zip".split())
#: Builtins that run a method of an object of the project, nothing else.
_ASKING = frozenset({"bool", "len"})
_DISPLAYS = frozenset({ast.Dict, ast.List, ast.Set, ast.Tuple, ast.Constant, ast.JoinedStr})


class PlainCall(Row):
    """A call of a function of the project with nothing that tells what runs there."""

    node: ast.Call
    callee: Scope


class _Owner(Row):
    """What a module calls by an import: a module of the project, or something whose attributes may run something."""

    module: ModuleFacts | None = None
    has_properties: bool = False


class _IntricateError(Exception):
    """There is more to a function than can be seen at a glance."""


class Plain:
    """Answers for functions of modules, in the situation in which nothing tells what they run."""

    def __init__(self, evaluator: Evaluator, reach: Reach) -> None:
        self.evaluator = evaluator
        self.reach = reach
        #: by module and annotation: whether values of it tell nothing
        self._untelling: dict[tuple[ModuleFacts, str], bool] = {}
        #: by what is imported, and where
        self._owners: dict[tuple[str, str | None, int, str], _Owner] = {}

    def operations(self, scope: Scope) -> list[Operation | PlainCall] | None:
        """What running a function does that matters, in the order of the source; None for one that is not plain.

        Of an `Operation` the evaluator has to say what it runs.
        """
        node, around = scope.node, scope.parent
        if around is None or around.kind != "module" or not isinstance(node, FUNCTIONS) or not scope.is_given_all:
            return None
        words: AbstractSet[str] | None = scope.words
        if words is None:
            if scope.inner or scope.redirected or scope.stars or scope.yields:
                return None
            words = scope.names | scope.attributes
        if not words.isdisjoint(_INTRICATE) or around.stars or around.redirected:
            return None
        walk = _Walk(self, scope, node.args)
        try:
            walk.block(node.body)
        except (_IntricateError, RecursionError):
            return None
        return walk.found if walk.holds() else None

    def is_untelling(self, annotation: ast.expr, module: ModuleFacts, statement: ast.stmt | None) -> bool:
        """Whether an annotation says that it is the user, the context of the question, a text or a number."""
        key = module, _spelled(annotation)
        known = self._untelling.get(key)
        if known is None:
            told = self.evaluator.annotations.instances(annotation, module.scope, statement)
            known = self._untelling[key] = all(map(_tells_nothing, told))
        return known

    def called(self, name: str, module: ModuleFacts) -> Scope | None:
        """The function that a name of a module stands for, if calling it does nothing but run it; None for others."""
        scope = module.plain_functions.get(name)
        if scope is None:
            scope = self._imported(module.scope.bindings[name])
        elif self.evaluator.names.core_name(module) is not None:
            scope = None
        if scope is None or not self._runs_when_called(scope):
            return None
        return scope

    def _imported(self, bindings: list[Binding]) -> Scope | None:
        """The function that an import brings, if that alone binds its name."""
        if len(bindings) != 1 or bindings[0].kind != "import" or bindings[0].elsewhere:
            return None
        value = _only(self.evaluator.names.binding(bindings[0], None))
        return value.scope if isinstance(value, Function) and value == Function(value.scope, None) else None

    def owner(self, binding: Binding) -> _Owner:
        """What an import brings, as far as its attributes matter."""
        key = self.evaluator.names.import_key(binding)
        known = self._owners.get(key)
        if known is None:
            values = self.evaluator.names.binding(binding, None)
            value = _only(values)
            facts = None
            if isinstance(value, Module) and not value.found.is_namespace:
                facts = self.evaluator.modules.facts(value.found.path)
            module = facts if facts is not None and not facts.scope.stars else None
            known = _Owner(module, any(isinstance(one, Instance | Super) for one in values))
            self._owners[key] = known
        return known

    def _runs_when_called(self, scope: Scope) -> bool:
        """Whether calling a function runs it, in a situation that nothing tells of."""
        node = scope.node
        return (
            node.__class__ is ast.FunctionDef
            and scope.is_given_all
            and node not in self.evaluator.assumed_async
            and not scope.is_generator
        )


class _Walk:
    """One walk over the statements of a function; it ends with _IntricateError where they are not plain."""

    def __init__(self, plain: Plain, scope: Scope, arguments: ast.arguments) -> None:
        self.plain = plain
        self.scope = scope
        self.module = scope.module
        self.found: list[Operation | PlainCall] = []
        self.statement: ast.stmt | None = None
        #: the parameters that tell nothing, and whether nothing at all is known of them
        self.parameters: dict[str, bool] = {}
        #: the names that are assigned to, with what to; None for what is assigned more than once, or otherwise
        self.assigned: dict[str, ast.expr | None] = {}
        #: the names that were taken for those of the module, or for builtins
        self.outer: set[str] = set()
        #: the functions called plainly
        self.called: dict[ast.expr, Scope] = {}
        for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if one.annotation is None:
                self.parameters[one.arg] = True
            elif plain.is_untelling(one.annotation, scope.module, scope.statement):
                self.parameters[one.arg] = False
            else:
                self.assigned[one.arg] = None

    def holds(self) -> bool:
        """Whether every name was taken for what it is."""
        return self.parameters.keys().isdisjoint(self.assigned) and self.outer.isdisjoint(self.assigned)

    # -- statements ----------------------------------------------------------------------------------------

    def block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.statement = statement
            kind = statement.__class__
            visit = _STATEMENTS.get(kind)
            if visit is None:
                raise _IntricateError
            visit(self, statement)
            if kind in _ENDS:
                break  # what follows never runs

    def value(self, statement: ast.Return | ast.Expr) -> None:
        value = statement.value
        if value is not None and value.__class__ not in _NOTHING:
            self.visit(value)

    def assign(self, statement: ast.Assign) -> None:
        self.visit(statement.value)
        for target in statement.targets:
            if target.__class__ is not ast.Name:
                raise _IntricateError
            name: str = target.id
            self.assigned[name] = None if name in self.assigned else statement.value

    def changed(self, statement: ast.AnnAssign | ast.AugAssign) -> None:
        if statement.value is not None:
            self.visit(statement.value)
        self.bound(statement.target)

    def bound(self, target: ast.expr) -> None:
        """Notes a variable that gets a value of which nothing is known here."""
        if target.__class__ is ast.Tuple:
            for element in target.elts:
                self.bound(element)
        elif target.__class__ is ast.Name:
            self.assigned[target.id] = None
        else:
            raise _IntricateError

    def if_(self, statement: ast.If) -> None:
        test = statement.test
        self.condition(test)
        self.visit(test)
        self.tested(test)
        self.block(statement.body)
        self.block(statement.orelse)

    def condition(self, test: ast.expr) -> None:
        """Makes sure that nothing decides how a condition goes."""
        while test.__class__ is ast.UnaryOp:
            test = test.operand
        if test.__class__ is ast.BoolOp:
            for operand in test.values:
                self.condition(operand)
        elif (
            test.__class__ is ast.Constant
            or (test.__class__ is ast.Name and test.id not in self.parameters)
            or (test.__class__ is ast.Compare and versions.compares_with_one(test))
            or (test.__class__ is ast.Attribute and not self.is_unknown(test))
            or (test.__class__ is ast.Call and not any(map(self.is_unknown, test.args)))
        ):
            raise _IntricateError

    def while_(self, statement: ast.While) -> None:
        self.visit(statement.test)
        self.tested(statement.test)
        self.block(statement.body)
        self.block(statement.orelse)

    def for_(self, statement: ast.For) -> None:
        self.visit(statement.iter)
        if not self.is_plain(statement.iter):
            self.add("iterate", statement.iter)
        self.bound(statement.target)
        self.block(statement.body)
        self.block(statement.orelse)

    def with_(self, statement: ast.With) -> None:
        for item in statement.items:
            self.visit(item.context_expr)
            self.add("enter", item.context_expr)
            if item.optional_vars is not None:
                self.bound(item.optional_vars)
        self.block(statement.body)

    def try_(self, statement: ast.Try) -> None:
        self.block(statement.body)
        for handler in statement.handlers:
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name:
                self.assigned[handler.name] = None
            self.block(handler.body)
        self.block(statement.orelse)
        self.block(statement.finalbody)

    def assert_(self, statement: ast.Assert) -> None:
        self.visit(statement.test)
        self.tested(statement.test)
        if statement.msg is not None:
            self.visit(statement.msg)

    def nothing(self, statement: ast.stmt) -> None:
        """`pass`, `break` and `continue` run nothing."""

    # -- expressions ---------------------------------------------------------------------------------------

    def visit(self, node: ast.expr) -> None:
        visit = _EXPRESSIONS.get(node.__class__)
        if visit is not None:
            visit(self, node)
        elif node.__class__ not in _NOTHING:
            raise _IntricateError

    def parts(self, node: ast.AST) -> None:
        """What only evaluates what stands in it."""
        for inner in children(node):
            if inner.__class__ not in _NOTHING:
                self.visit(inner)  # type: ignore[arg-type]

    def add(self, kind: OperationKind, node: ast.expr) -> None:
        self.found.append(Operation(kind, node, self.scope, self.statement))

    def await_(self, node: ast.Await) -> None:
        if node.value.__class__ is ast.Call:
            self.call(node.value, awaited=True)
        else:
            self.visit(node.value)
        self.add("await", node.value)

    def call(self, node: ast.Call, *, awaited: bool = False) -> None:
        func = node.func
        owner: _Owner | None = None
        if func.__class__ is ast.Attribute:
            owner = self.attribute(func)
        elif func.__class__ is not ast.Name:
            self.visit(func)
        untelling = True
        for argument in node.args:
            kind = argument.__class__
            if kind is ast.Name:
                untelling = untelling and argument.id in self.parameters  # type: ignore[attr-defined]
                continue
            untelling = False
            self.visit(argument)
            if kind is ast.Call and last_name(argument.func) in LAZY:  # type: ignore[attr-defined]
                raise _IntricateError  # what it does is done later
        for keyword in node.keywords:
            value = keyword.value
            self.visit(value)
            told = value.__class__ is not ast.Name or value.id not in self.parameters
            untelling = untelling and keyword.arg is not None and not told
        if awaited:
            self.add("awaited call", node)
        elif not self.runs_nothing(node, func):
            callee = self.callee(func, owner) if untelling else None
            if callee is None:
                self.add("call", node)
            else:
                self.called[node] = callee
                self.found.append(PlainCall(node, callee))

    def runs_nothing(self, node: ast.Call, func: ast.expr) -> bool:
        """Whether a call runs nothing that matters: of a parameter, of a method of one, of a harmless builtin."""
        if self.is_unknown(func):
            return True
        if func.__class__ is not ast.Name or func.id in self.module.scope.bindings or func.id in self.assigned:
            return False
        name: str = func.id
        if (
            name in _HARMLESS
            or (name in _HARMLESS_OF_PLAIN and not node.keywords and all(map(self.is_plain, node.args)))
            or (name in _ASKING and all(map(self.is_no_object, node.args)))
        ):
            self.outer.add(name)
            return True
        return False

    def callee(self, func: ast.expr, owner: _Owner | None) -> Scope | None:
        """The function of the project that `function` or `module.function` is; `owner` is the module."""
        if func.__class__ is ast.Name:
            name: str = func.id
            if name in self.assigned or name not in self.module.scope.bindings:
                return None
            self.outer.add(name)
            return self.plain.called(name, self.module)
        module = owner.module if owner is not None else None
        if module is None:
            return None
        attribute: str = func.attr  # type: ignore[attr-defined]
        if attribute not in module.scope.bindings or attribute in self.plain.reach.set_on_modules:
            return None
        return self.plain.called(attribute, module)

    def attribute(self, node: ast.Attribute) -> _Owner | None:
        """Reading an attribute runs a property of an object of the project, nothing else.

        Gives what it is read from where that is an import.
        """
        inner = node.value
        if inner.__class__ is not ast.Name:
            self.visit(inner)
            if not self.is_unknown(inner):
                self.add("attribute", node)
            return None
        name: str = inner.id
        if name in self.parameters:
            return None
        bindings = () if name in self.assigned else self.module.scope.bindings.get(name, ())
        owner = None
        if len(bindings) == 1 and bindings[0].kind == "import" and not bindings[0].elsewhere:
            self.outer.add(name)
            owner = self.plain.owner(bindings[0])
        if owner is None or owner.has_properties:
            self.add("attribute", node)
        return owner

    def subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        self.visit(node.slice)
        if not self.is_unknown(node.value):
            self.add("subscript", node)

    def compare(self, node: ast.Compare) -> None:
        self.visit(node.left)
        for right in node.comparators:
            self.visit(right)
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if operator.__class__ in _CONTAINED and not self.is_plain(right):
                self.add("contains", right)

    def boolean(self, node: ast.BoolOp) -> None:
        for operand in node.values:
            self.visit(operand)
        for operand in node.values[:-1]:
            self.tested(operand)

    def unary(self, node: ast.UnaryOp) -> None:
        self.visit(node.operand)
        if node.op.__class__ is ast.Not:
            self.tested(node.operand)

    def conditional(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self.visit(node.body)
        self.visit(node.orelse)
        self.tested(node.test)

    def binary(self, node: ast.BinOp) -> None:
        self.visit(node.left)
        self.visit(node.right)

    def tested(self, node: ast.expr) -> None:
        """Asking whether something is true runs a method of an object of the project, nothing else."""
        if node.__class__ in _OBJECTS and not self.is_no_object(node):
            self.add("truth", node)

    # -- what is known -------------------------------------------------------------------------------------

    def is_unknown(self, node: ast.expr) -> bool:
        """Whether nothing is known of a value: a parameter, or something got from one."""
        while node.__class__ is ast.Attribute or node.__class__ is ast.Subscript:
            node = node.value
        return node.__class__ is ast.Name and self.parameters.get(node.id, False)

    def is_plain(self, node: ast.expr) -> bool:
        """Whether a value is a display, a text or a number, or tells nothing."""
        if node.__class__ is ast.Name:
            name: str = node.id
            return name in self.parameters or self.assigned.get(name).__class__ in _DISPLAYS
        return node.__class__ in _DISPLAYS or self.is_unknown(node)

    def is_no_object(self, node: ast.expr) -> bool:
        """Whether a value is certainly no object of a class of the project."""
        callee = self.called.get(node)
        return self.is_plain(node) if callee is None else not self.plain.reach.may(callee, OBJECT)


#: Evaluating these does nothing.
_NOTHING = frozenset({ast.Name, ast.Constant})
_ENDS = frozenset({ast.Return, ast.Raise, ast.Break, ast.Continue})
_CONTAINED = frozenset({ast.In, ast.NotIn})
#: Expressions whose value may be an object of the project.
_OBJECTS = frozenset({ast.Name, ast.Attribute, ast.Subscript, ast.Call})

_STATEMENTS: dict[type[ast.stmt], Callable[[_Walk, Any], None]] = {
    ast.AnnAssign: _Walk.changed,
    ast.Assert: _Walk.assert_,
    ast.Assign: _Walk.assign,
    ast.AugAssign: _Walk.changed,
    ast.Break: _Walk.nothing,
    ast.Continue: _Walk.nothing,
    ast.Expr: _Walk.value,
    ast.For: _Walk.for_,
    ast.If: _Walk.if_,
    ast.Pass: _Walk.nothing,
    ast.Raise: _Walk.parts,
    ast.Return: _Walk.value,
    ast.Try: _Walk.try_,
    ast.While: _Walk.while_,
    ast.With: _Walk.with_,
}

_EXPRESSIONS: dict[type[ast.expr], Callable[[_Walk, Any], object]] = {
    ast.Attribute: _Walk.attribute,
    ast.Await: _Walk.await_,
    ast.BinOp: _Walk.binary,
    ast.BoolOp: _Walk.boolean,
    ast.Call: _Walk.call,
    ast.Compare: _Walk.compare,
    ast.Dict: _Walk.parts,
    ast.FormattedValue: _Walk.parts,
    ast.IfExp: _Walk.conditional,
    ast.JoinedStr: _Walk.parts,
    ast.List: _Walk.parts,
    ast.Set: _Walk.parts,
    ast.Subscript: _Walk.subscript,
    ast.Tuple: _Walk.parts,
    ast.UnaryOp: _Walk.unary,
}


def _only(values: Values) -> Value | None:
    return next(iter(values)) if len(values) == 1 else None


def _tells_nothing(value: object) -> bool:
    if isinstance(value, ExternalInstance):
        return value.cls in core.USER_MODEL or value.cls == core.AUTH_CONTEXT
    return isinstance(value, Opaque)


def _spelled(annotation: ast.expr) -> str:
    """An annotation as it is written, `unparse` being dear."""
    if isinstance(annotation, ast.Name):
        return annotation.id
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.right, ast.Constant):
        return f"{_spelled(annotation.left)} | {annotation.right.value!r}"
    return ast.unparse(annotation)
