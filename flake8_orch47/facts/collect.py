"""The one pass over a syntax tree that finds scopes, bindings, calls and assignments."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import children, last_name
from flake8_orch47.facts.later import FILLING, SETTING, Words, concerns_nothing_else
from flake8_orch47.facts.scopes import (
    MAX_GUARDS,
    AttributeAssignment,
    Binding,
    CallFact,
    FunctionNode,
    ItemAssignment,
    ModuleFacts,
    ReturnFact,
    Route,
    Scope,
    ScopeNode,
    case_guards,
    guarded,
    guarded_after,
    guarded_by,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

__all__ = ["class_of_receiver", "collect", "default_of"]

#: An unpacking step that cannot be followed (`a, *b = value`).
UNFOLLOWED = -1


def collect(tree: ast.Module, path: str, text: str) -> ModuleFacts:
    """The facts of the module `tree`, read from `path`, whose decoded source is `text`."""
    module = ModuleFacts(path, tree, text, path.endswith(("/__init__.py", "\\__init__.py")))
    module.scope = Scope("module", tree, module)
    module.met[tree] = module.scope
    module.read.append(module.scope)
    _Collector(module).body(tree.body, module.scope)
    return module


def _read(scope: Scope) -> None:
    """Reads a function that was left for later."""
    collector = _Collector(scope.module)
    if scope.parent is not None:
        collector.scope = scope.parent
    if scope.statement is not None:
        collector.statement = scope.statement
    collector.inside(scope)


class _Collector:
    """Walks statements with the scope they stand in; `statement` is the current one."""

    def __init__(self, module: ModuleFacts) -> None:
        self.module = module
        self.words = Words(module.text)
        self.scope = module.scope
        self.statement: ast.stmt = ast.Pass()
        self.guards: tuple[tuple[ast.If, bool], ...] = ()

    def body(self, statements: Iterable[ast.stmt], scope: Scope) -> None:
        outer, self.scope = self.scope, scope
        kept, guards = self.statement, self.guards
        for statement in statements:
            self.statement = statement
            kind = statement.__class__
            _STATEMENTS.get(kind, _Collector.generic)(self, statement)
            if kind is ast.If:
                self.guards = guarded_after(statement, self.guards)  # type: ignore[arg-type]
            elif kind is ast.Assert:
                self.guards = guarded_by(statement, self.guards)  # type: ignore[arg-type]
        self.scope, self.statement, self.guards = outer, kept, guards

    def within(self, statements: Iterable[ast.stmt]) -> None:
        self.body(statements, self.scope)

    # -- bindings ------------------------------------------------------------------------------------------

    def bind(
        self,
        kind: Any,
        name: str,
        node: ast.AST,
        value: ast.expr | None = None,
        path: tuple[int, ...] = (),
        annotation: ast.expr | None = None,
        is_async: bool = False,
    ) -> None:
        scope = self.scope
        if kind == "assign" and scope.kind == "comprehension":  # a walrus binds in the function around it
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
        self.add(
            Binding(
                kind,
                name,
                node,
                scope,
                self.statement,
                value,
                path,
                annotation,
                is_async=is_async,
                guards=self.guards,
            )
        )

    def bind_import(
        self, name: str, alias: ast.alias, module: str, imported: str | None = None, level: int = 0
    ) -> None:
        scope, statement = self.scope, self.statement
        self.add(
            Binding(
                "import", name, alias, scope, statement, None, (), None, module, imported, level, guards=self.guards
            )
        )

    def add(self, binding: Binding) -> None:
        """Adds a binding to its scope, or to the one that `global` or `nonlocal` says."""
        scope = binding.scope
        target = scope.redirected.get(binding.name)
        if target is not None:
            binding.elsewhere, scope = True, target
        known = scope.bindings.get(binding.name)
        if known is None:
            scope.bindings[binding.name] = [binding]
        else:
            known.append(binding)
            if scope is self.module.scope:
                self.module.plain_functions.pop(binding.name, None)

    def target(
        self, target: ast.expr, kind: str, value: ast.expr | None, path: tuple[int, ...] = (), **more: Any
    ) -> None:
        if isinstance(target, ast.Name):
            self.bind(kind, target.id, target, value, path, **more)
        elif isinstance(target, ast.Tuple | ast.List):
            starred = False
            for index, element in enumerate(target.elts):
                starred = starred or isinstance(element, ast.Starred)
                inner = element.value if isinstance(element, ast.Starred) else element
                self.target(inner, kind, value, (*path, UNFOLLOWED if starred else index), **more)
        elif isinstance(target, ast.Attribute):
            self.expression(target.value)
            if kind == "assign" and value is not None:
                annotation = more.get("annotation")
                self.attribute(
                    AttributeAssignment(target, value, path, self.scope, self.statement, annotation, guards=self.guards)
                )
        elif isinstance(target, ast.Subscript):
            self.expression(target.value)
            self.expression(target.slice)
            if kind == "assign" and value is not None and not path:
                self.item(target.value, target.slice, value)

    def item(
        self,
        container: ast.expr,
        key: ast.expr | None,
        value: ast.expr,
        *,
        merges: bool = False,
        yields: bool = False,
    ) -> None:
        nests = False
        if (inner := _inner(container)) is not None and key is None:  # `container["key"].append(value)`
            (container, key), nests = inner, True
        if isinstance(container, ast.Name):
            receiver, items = None, self.module.items.setdefault(container.id, [])
        elif isinstance(container, ast.Attribute):
            receiver, items = container.value, self.module.attribute_items.setdefault(container.attr, [])
        else:
            return
        scope, statement = self.scope, self.statement
        items.append(
            ItemAssignment(container, key, value, scope, statement, merges, receiver, yields, nests, self.guards)
        )

    def set_by_name(self, node: ast.Call) -> None:
        """`setattr(x, "name", value)` and `object.__setattr__(x, "name", value)`."""
        match node.args:
            case [receiver, ast.Constant(value=str() as attribute), value] if last_name(node.func) in SETTING:
                target = ast.copy_location(ast.Attribute(receiver, attribute, ast.Store()), receiver)
                self.attribute(
                    AttributeAssignment(target, value, (), self.scope, self.statement, None, guards=self.guards)
                )

    def filled(self, node: ast.Call) -> None:
        """What a container's method puts into it: `d.setdefault(key, value)`, `d.update(key=value)`, `l.append(x)`."""
        func = node.func
        if not isinstance(func, ast.Attribute) or func.attr not in FILLING:
            return
        arguments = node.args
        match func.attr, len(arguments):
            case "setdefault", 2:
                self.item(func.value, arguments[0], arguments[1], yields=True)
            case (("append" | "add" | "set"), 1):
                self.item(func.value, None, arguments[0])
            case "insert", 2:
                self.item(func.value, None, arguments[1])
            case (("update" | "extend"), 1):
                self.item(func.value, None, arguments[0], merges=True)
        if func.attr == "update":
            for keyword in node.keywords:
                if keyword.arg is None:
                    self.item(func.value, None, keyword.value, merges=True)
                else:
                    key = ast.copy_location(ast.Constant(keyword.arg), keyword.value)
                    self.item(func.value, key, keyword.value)

    def attribute(self, assignment: AttributeAssignment) -> None:
        self.module.attributes.append(assignment)
        receiver, scope = assignment.target.value, assignment.scope
        if isinstance(receiver, ast.Name) and (owner := class_of_receiver(receiver.id, scope)) is not None:
            attributes = self.module.instance_attributes.setdefault(owner, {})
            attributes.setdefault(assignment.target.attr, []).append(assignment)

    # -- statements ----------------------------------------------------------------------------------------

    def generic(self, statement: ast.stmt) -> None:
        for name in statement._fields:
            value = getattr(statement, name)
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    self.within(value)
                else:
                    for item in value:
                        if isinstance(item, ast.AST):
                            self.expression(item)
            elif isinstance(value, ast.AST):
                self.expression(value)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.expression(decorator)
        self.bind("function", node.name, node)
        words = None
        if self.scope.kind in ("module", "class") and concerns_nothing_else(node.body):
            words = self.words.of(node)
        scope = self.callable_scope("function", node, words)
        if node.decorator_list:
            self.module.decorated.append(scope)
        elif self.scope is self.module.scope and len(self.scope.bindings[node.name]) == 1:
            self.module.plain_functions[node.name] = scope
        if words is not None:
            self.module.unread.append(scope)
        else:
            self.inside(scope)

    def inside(self, scope: Scope) -> None:
        """Visits the parameters and the body of a function."""
        node: ast.FunctionDef | ast.AsyncFunctionDef = scope.node  # type: ignore[assignment]
        self.parameters(scope, node)
        guards, self.guards = self.guards, ()
        self.body(node.body, scope)
        self.guards = guards

    def callable_scope(self, kind: Any, node: FunctionNode, words: frozenset[str] | None = None) -> Scope:
        """Makes the scope of a function or lambda; its defaults and annotations belong to the scope around it."""
        arguments = node.args
        has_defaults = False
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                has_defaults = True
                self.expression(default)
        scope = self.new_scope(kind, node, node, words)
        scope.is_given_all = not (has_defaults or arguments.vararg or arguments.kwarg)
        self.module.functions.append(scope)
        return scope

    def parameters(self, scope: Scope, node: FunctionNode) -> None:
        arguments = node.args
        has_defaults = bool(arguments.defaults or arguments.kw_defaults)
        for argument in all_arguments(arguments):
            default = default_of(node, argument.arg) if has_defaults else None
            binding = Binding(
                "parameter", argument.arg, argument, scope, self.statement, default, annotation=argument.annotation
            )
            scope.bindings[argument.arg] = [binding]

    def new_scope(
        self, kind: Any, node: ScopeNode, function: FunctionNode | None = None, words: frozenset[str] | None = None
    ) -> Scope:
        reader = None if words is None else _read
        scope = Scope(kind, node, self.module, self.scope, self.statement, function, words, reader)
        self.module.met[node] = scope
        if words is None:
            self.module.read.append(scope)
        self.scope.inner.append(scope)
        return scope

    def class_(self, node: ast.ClassDef) -> None:
        for expression in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.expression(expression)
        self.bind("class", node.name, node)
        scope = self.new_scope("class", node)
        self.module.classes.append(scope)
        if node.decorator_list:
            self.module.decorated.append(scope)
        self.body(node.body, scope)

    def return_(self, node: ast.Return) -> None:
        self.scope.returns.append(ReturnFact(node, self.guards))
        if node.value is not None:
            self.expression(node.value)

    def if_(self, node: ast.If) -> None:
        self.expression(node.test)
        around = self.guards
        for branch, body in ((True, node.body), (False, node.orelse)):
            self.guards = guarded(around, node, branch)
            self.within(body)
        self.guards = around

    def assign(self, node: ast.Assign) -> None:
        self.expression(node.value)
        for target in node.targets:
            self.target(target, "assign", node.value)

    def annotated(self, node: ast.AnnAssign) -> None:
        self.expression(node.annotation)
        if node.value is not None:
            self.expression(node.value)
            self.target(node.target, "assign", node.value, annotation=node.annotation)
        elif isinstance(node.target, ast.Name):
            self.bind("annotation", node.target.id, node.target, annotation=node.annotation)

    def augmented(self, node: ast.AugAssign) -> None:
        self.expression(node.value)
        if isinstance(node.target, ast.Name):
            self.scope.names.add(node.target.id)
        self.target(node.target, "augmented", node.value)
        if isinstance(node.target, ast.Attribute) and isinstance(node.op, ast.Add | ast.BitOr):
            self.item(node.target, None, node.value, merges=True)

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)
        self.target(node.target, "loop", node.iter, is_async=isinstance(node, ast.AsyncFor))
        self.within(node.body)
        self.within(node.orelse)

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.expression(item.context_expr)
            if item.optional_vars is not None:
                self.target(item.optional_vars, "with", item.context_expr, is_async=isinstance(node, ast.AsyncWith))
        self.within(node.body)

    def try_(self, node: ast.Try) -> None:
        self.within(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self.expression(handler.type)
            if handler.name:
                self.bind("other", handler.name, handler, annotation=handler.type)
            self.within(handler.body)
        self.within(node.orelse)
        self.within(node.finalbody)

    def match(self, node: ast.Match) -> None:
        self.expression(node.subject)
        around = self.guards
        for case, conditions in zip(node.cases, case_guards(node), strict=True):
            self.module.cases[case] = conditions
            self.guards = (*around, *conditions)[-MAX_GUARDS:]
            self.pattern(case.pattern, node.subject, ())
            if case.guard is not None:
                self.expression(case.guard)
            self.within(case.body)
        self.guards = around

    def pattern(self, pattern: ast.pattern | None, subject: ast.expr | None, route: Route) -> None:
        """Binds what a pattern captures; without a subject what it is cannot be told."""
        match pattern:
            case ast.MatchAs(pattern=inner, name=name):
                self.pattern(inner, subject, route)
                if name is not None:
                    self.capture(name, pattern, subject, route)
            case ast.MatchStar(name=str() as name):
                self.capture(name, pattern, None, ())
            case ast.MatchSequence(patterns=patterns):
                for index, inner in enumerate(patterns):
                    if isinstance(inner, ast.MatchStar):
                        subject = None  # what follows stands anywhere
                    self.pattern(inner, subject, (*route, index))
            case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
                for key, inner in zip(keys, patterns, strict=True):
                    self.pattern(inner, subject, (*route, key))
                if rest is not None:
                    self.capture(rest, pattern, None, ())
            case ast.MatchClass(patterns=patterns, kwd_attrs=names, kwd_patterns=named):
                for index, inner in enumerate(patterns):
                    self.pattern(inner, subject, (*route, f"{index}"))
                for name, inner in zip(names, named, strict=True):
                    self.pattern(inner, subject, (*route, name))
            case ast.MatchOr(patterns=patterns):
                for inner in patterns:
                    self.pattern(inner, subject, route)

    def capture(self, name: str, node: ast.AST, subject: ast.expr | None, route: Route) -> None:
        scope, statement = self.scope, self.statement
        self.add(Binding("other", name, node, scope, statement, subject, guards=self.guards, route=route))

    def import_(self, node: ast.Import) -> None:
        self.module.imports.append((node, self.scope))
        for alias in node.names:
            if alias.asname:
                self.bind_import(alias.asname, alias, alias.name)
            else:
                top = alias.name.partition(".")[0]
                self.bind_import(top, alias, top)

    def import_from(self, node: ast.ImportFrom) -> None:
        self.module.imports.append((node, self.scope))
        for alias in node.names:
            name, module = alias.name, node.module or ""
            if name == "*":
                star = Binding(
                    "import", "*", alias, self.scope, self.statement, module=module, imported=name, level=node.level
                )
                self.scope.stars.append(star)
            else:
                self.bind_import(alias.asname or name, alias, module, name, node.level)

    def global_(self, node: ast.Global) -> None:
        for name in node.names:
            self.scope.redirected[name] = self.module.scope

    def nonlocal_(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            scope = self.scope.parent
            while scope is not None and (scope.kind == "class" or name not in scope.bindings):
                scope = scope.parent
            if scope is not None:
                self.scope.redirected[name] = scope

    def type_alias(self, node: Any) -> None:
        """`type User = OIDCUserModel | None` (Python 3.12)."""
        self.target(node.name, "assign", node.value)

    def delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.bind("delete", target.id, target)
            else:
                self.expression(target)

    # -- expressions ---------------------------------------------------------------------------------------

    def expression(self, root: ast.AST) -> None:
        """Visits an expression without recursion where nothing new begins: operators may nest by thousands."""
        if root.__class__ is ast.Constant:
            return
        names = self.scope.names
        stack: list[ast.AST] = [root]
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind is ast.Constant:
                continue
            if kind is ast.Name:
                names.add(node.id)  # type: ignore[attr-defined]
                continue
            if kind is ast.Call:
                call: ast.Call = node  # type: ignore[assignment]
                self.scope.calls.append(CallFact(call, self.scope, self.statement, self.guards))
                if call.func.__class__ is ast.Attribute:
                    self.filled(call)
                if len(call.args) == 3:
                    self.set_by_name(call)
                stack.append(call.func)
                stack += call.args
                stack += [keyword.value for keyword in call.keywords]
                continue
            if kind is ast.Compare:
                stack.append(node.left)  # type: ignore[attr-defined]
                stack += node.comparators  # type: ignore[attr-defined]
            elif kind is ast.BoolOp:
                stack += node.values  # type: ignore[attr-defined]
            elif kind is ast.Attribute:
                self.scope.attributes.add(node.attr)  # type: ignore[attr-defined]
                stack.append(node.value)  # type: ignore[attr-defined]
            elif kind in _EXPRESSIONS:
                _EXPRESSIONS[kind](self, node)
            else:
                stack += children(node)

    def named(self, node: ast.NamedExpr) -> None:
        self.expression(node.value)
        self.target(node.target, "assign", node.value)

    def lambda_(self, node: ast.Lambda) -> None:
        scope = self.callable_scope("lambda", node)
        self.parameters(scope, node)
        outer, self.scope = self.scope, scope
        guards, self.guards = self.guards, ()
        self.expression(node.body)
        self.scope, self.guards = outer, guards

    def await_(self, node: ast.Await) -> None:
        self.module.awaited.add(node.value)
        self.expression(node.value)

    def yield_(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.scope.yields.append((node, self.statement))
        if node.value is not None:
            self.expression(node.value)

    def comprehension(self, node: Any) -> None:
        first = node.generators[0]
        self.expression(first.iter)
        scope = self.new_scope("comprehension", node)
        outer, self.scope = self.scope, scope
        for generator in node.generators:
            if generator is not first:
                self.expression(generator.iter)
            self.target(generator.target, "loop", generator.iter, is_async=bool(generator.is_async))
            for condition in generator.ifs:
                self.expression(condition)
        for part in ("key", "value", "elt"):
            if (expression := getattr(node, part, None)) is not None:
                self.expression(expression)
        self.scope = outer


def _inner(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The container and the key of what is held in a container: `x["key"]`, `x.setdefault("key", [])`."""
    match node:
        case ast.Subscript(value=container, slice=key):
            return container, key
        case ast.Call(func=ast.Attribute(value=container, attr="setdefault"), args=[key, _]):
            return container, key
    return None


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, in the order of the signature."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    found.extend(arguments.kwonlyargs)
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


def default_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> ast.expr | None:
    """The default value of a parameter."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    for parameter, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
        if parameter.arg == name:
            return default
    for keyword_only, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_only.arg == name:
            return keyword_default
    return None


def class_of_receiver(name: str, scope: Scope) -> Scope | None:
    """The class scope whose instance (or class) `name` is: the first parameter of a method around `scope`."""
    while scope.kind != "module":
        if scope.parent is None:
            return None
        if scope.parent.kind == "class" and isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = scope.node.args
            first = [*arguments.posonlyargs, *arguments.args][:1]
            return scope.parent if first and first[0].arg == name else None
        if name in scope.bindings:
            return None
        scope = scope.parent
    return None


_STATEMENTS: dict[type[ast.stmt], Callable[[_Collector, Any], None]] = {
    ast.FunctionDef: _Collector.function,
    ast.AsyncFunctionDef: _Collector.function,
    ast.ClassDef: _Collector.class_,
    ast.Return: _Collector.return_,
    ast.If: _Collector.if_,
    ast.Assign: _Collector.assign,
    ast.AnnAssign: _Collector.annotated,
    ast.AugAssign: _Collector.augmented,
    ast.For: _Collector.for_,
    ast.AsyncFor: _Collector.for_,
    ast.With: _Collector.with_,
    ast.AsyncWith: _Collector.with_,
    ast.Try: _Collector.try_,
    ast.TryStar: _Collector.try_,
    ast.Match: _Collector.match,
    ast.Import: _Collector.import_,
    ast.ImportFrom: _Collector.import_from,
    ast.Global: _Collector.global_,
    ast.Nonlocal: _Collector.nonlocal_,
    ast.Delete: _Collector.delete,
}

if hasattr(ast, "TypeAlias"):
    _STATEMENTS[ast.TypeAlias] = _Collector.type_alias

_EXPRESSIONS: dict[type[ast.AST], Callable[[_Collector, Any], None]] = {
    ast.NamedExpr: _Collector.named,
    ast.Lambda: _Collector.lambda_,
    ast.Await: _Collector.await_,
    ast.Yield: _Collector.yield_,
    ast.YieldFrom: _Collector.yield_,
    ast.ListComp: _Collector.comprehension,
    ast.SetComp: _Collector.comprehension,
    ast.DictComp: _Collector.comprehension,
    ast.GeneratorExp: _Collector.comprehension,
}
