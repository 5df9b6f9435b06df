"""Who uses a function: every call of it in the project, and every place that hands it on.

What becomes async must be awaited by whoever calls it; whoever cannot be seen to do so counts as sync code.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.places import place_of
from flake8_orch47.facts.uses import SHOWING
from flake8_orch47.facts.vocabulary import names_in
from flake8_orch47.fixes.keeping import FILLING, Kept, kept, parameter_of
from flake8_orch47.fixes.lookups import lookups, may_be_found
from flake8_orch47.project.scan import word_of
from flake8_orch47.resolution.annotations import is_protocol
from flake8_orch47.resolution.registrations import closed_over, names_to_reach
from flake8_orch47.resolution.values import (
    NOTHING,
    Cached,
    Class,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    Function,
    Instance,
    Parameter,
    Partial,
    Sequence,
    Unknown,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_orch47.facts.scopes import CallFact, ModuleFacts, Scope
    from flake8_orch47.fixes.lookups import Lookup
    from flake8_orch47.fixes.plan import Planning

__all__ = ["Use", "Uses", "holds"]

#: What is done with a function: it is `called`, `registered` as a callback, gets another name or place in a
#: container (`flows`: what is done with that is seen by itself), is looked at without being called (`harmless`),
#: named in a `string`, or handed to what may call it (`handed`).
UseKind = Literal["called", "registered", "flows", "harmless", "string", "handed"]


class Use(NamedTuple):
    """One use of a function: `node` is the expression that stands for it, `call` the call of it, if it is one.

    `certain`: the expression stands for nothing else, and only for functions that were asked about.
    """

    kind: UseKind
    module: ModuleFacts
    node: ast.expr
    scope: Scope
    call: CallFact | None = None
    certain: bool = True


#: Attributes of functions that say something about them and run nothing.
_HARMLESS = frozenset("__name__ __qualname__ __doc__ __module__ __wrapped__ __code__ __defaults__ __dict__".split())
#: Methods and built-in functions that take a container apart, or fill it; their results are seen by themselves.
_CONTAINER = frozenset("get values items keys pop setdefault copy append add extend insert update remove".split())
_ITERATING = frozenset(
    {"enumerate", "reversed", "sorted", "list", "tuple", "set", "dict", "zip", "iter", "next", "len"}
)
_LOOKING = frozenset({*SHOWING, "callable", "hash", "iscoroutinefunction"})
#: Functions that look at an object and do not call it.
_DESCRIBED_BY = frozenset(
    {"super", "hasattr", "getattr", "setattr", "vars", "dir", "len", "fields", "asdict", "replace"}
)

#: What makes attributes of a function that nobody calls by name, and what finds functions by their names.
_DESCRIBING = frozenset({"property", "cached_property"})
_BY_NAME = frozenset({"attrgetter", "methodcaller"})
_FINDERS = (b"import_module", b"__import__", b"sys.modules", b"locate(", b"methodcaller", b"attrgetter", b"eval(")
_FINDING = frozenset({"getattr", "attrgetter", "methodcaller", "globals", "vars", "locals", "__dict__"})


class Uses:
    """The uses of some functions, found in one pass over the modules that may mention them."""

    def __init__(self, planning: Planning, functions: Iterable[Scope]) -> None:
        self.planning = planning
        self.analysis = planning.analysis
        self.functions = frozenset(functions)
        registrations = self.analysis.registrations
        self._registered = {*registrations.forwarded, *(one.node for one in registrations.found.values())}
        self._found: dict[Scope, list[Use]] = {function: [] for function in self.functions}
        self._words: dict[Scope, frozenset[str]] = {}
        #: the variables of modules that hold functions made by others
        self._variables: set[str] = set()
        #: by the name of a place: the functions that something put there
        self._kept: dict[str, set[Scope]] = {}
        self._survey()
        self._registrations()
        self._run()
        #: the places that go through all attributes of the module or class of a function
        self.enumerated: dict[Scope, Lookup] = {}
        held = {one: [name for name in self._variables if self._is_held_by(one, name)] for one in self.functions}
        for one in lookups(self.analysis, held):
            if one.enumerates:
                self.enumerated.setdefault(one.function, one)
            self._found[one.function].append(Use("handed", one.module, one.node, one.scope, certain=False))

    def of(self, function: Scope) -> list[Use]:
        """The uses of one of the functions, in the order of files and rows."""
        return self._found[function]

    # -- which modules, which names ------------------------------------------------------------------------------

    def _survey(self) -> None:
        words = {word for function in self.functions for word in self._names(function)}
        places = self._kept_by_decorators()
        while True:
            known = set(self._kept)
            modules = self._modules(words, places)
            for found in self._found.values():
                found[:] = [use for use in found if use.kind == "handed" and use.node in self._decorators]
            for module in sorted(modules, key=lambda one: one.path):
                names = frozenset(self.analysis.spread(module, words))
                if self.analysis.evaluator.names.core_name(module) is None and any(one in module.text for one in names):
                    places |= self._look_through(module, names)
            if known == set(self._kept):
                return

    def _kept_by_decorators(self) -> set[tuple[ModuleFacts, str]]:
        """The places in which decorators of the project put the functions; what else they do with them is noted."""
        places: set[tuple[ModuleFacts, str]] = set()
        self._decorators: set[ast.expr] = set()
        for function in self.functions:
            for decorator in getattr(function.node, "decorator_list", ()):
                around = function.parent or function
                for value in self.analysis.evaluator.values(Expression(decorator, around, function.statement, None)):
                    parameter = parameter_of(value, 0) if isinstance(value, Function) else None
                    if not isinstance(value, Function) or parameter is None:
                        continue
                    done = kept(self.planning, value, parameter)
                    self._keep(done, function)
                    places |= done.words
                    if done.handed:
                        self._decorators.add(decorator)
                        self._found[function].append(Use("handed", function.module, decorator, around))
        return places

    def _keep(self, done: Kept, function: Scope) -> None:
        for _, word in done.words:
            self._kept.setdefault(word, set()).add(function)

    def _names(self, function: Scope) -> set[str]:
        """The names under which a function is known where it is made."""
        names = set(names_to_reach(function))
        statement = function.statement
        if isinstance(function.node, ast.Lambda) and statement is not None:
            for scope in function.module.scopes.values():
                for name, bindings in scope.bindings.items():
                    if any(one.statement is statement and one.kind == "assign" for one in bindings):
                        names.add(name)
            names.update(one.target.attr for one in function.module.attributes if one.statement is statement)
            for name, items in function.module.items.items():
                if any(one.statement is statement for one in items):
                    names.add(name)
        self._words[function] = frozenset(names)
        if function.parent is not None and (
            function.parent.kind == "function" or isinstance(function.node, ast.Lambda)
        ):
            known = self.analysis.spread(function.module, self._words[function])
            for module in tuple(self.analysis.scanned):
                made = known if module is function.module else self.analysis.spread(module, self._words[function])
                self._variables |= {
                    name
                    for name in made & module.scope.bindings.keys()
                    if all(one.kind == "assign" for one in module.scope.bindings[name])
                }
        return names

    def _modules(self, words: set[str], places: set[tuple[ModuleFacts, str]]) -> set[ModuleFacts]:
        """The modules that may use the names, or the places in which the functions are kept.

        `words` grows by the names of these places, of what the functions decorate, and of classes that inherit them.
        """
        analysis = self.analysis
        known: set[tuple[ModuleFacts, str]] = set()
        wanted = {(function.module, word) for function in self.functions for word in self._words[function]} | places
        words |= {word for _, word in places}
        owners = {function.parent for function in self.functions if _is_method(function)}
        while wanted - known:
            analysis.scan_users_of(wanted - known)
            known |= wanted
            for module in tuple(analysis.scanned):
                names = analysis.spread(module, words)
                for scope in module.functions:
                    node = scope.node
                    decorators = getattr(node, "decorator_list", ())
                    if any(not names.isdisjoint(names_in(one)) for one in decorators):
                        words.add(node.name)  # type: ignore[union-attr]
                        wanted.add((module, node.name))  # type: ignore[union-attr]
                for scope in module.classes if owners else ():
                    line = analysis.evaluator.members.line(Class(scope))
                    if any(isinstance(one, Class) and one.scope in owners for one in line):
                        words.add(scope.node.name)  # type: ignore[union-attr]
                        wanted.add((module, scope.node.name))  # type: ignore[union-attr]
        return set(analysis.scanned) | self._duck_typed()

    def _duck_typed(self) -> set[ModuleFacts]:
        """Modules that never mention the class of a method, but something with a method of that name; those that may
        have a variable's function from a module that they were given, or find a module, or a function, by its name.
        """
        methods = {
            function.node.name
            for function in self.functions
            if _is_method(function) and isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef)
        } - {"__call__"}
        named = {name for function in self.functions if (name := getattr(function.node, "name", ""))} - {"__call__"}
        asked = methods | self._variables
        patterns = []
        if asked:
            patterns.append(re.compile(rb"\.\s*(?:%s)\b" % _any_of(asked)))
        if named | self._variables:
            patterns.append(re.compile(rb"[\"'.](?:%s)[\"'(]" % _any_of(named | self._variables)))
        project = self.analysis.project
        paths = [
            path
            for path, data in project.contents(project.files)
            if any(one.search(data) for one in patterns[:1] if asked)
            or (any(one in data for one in _FINDERS) and any(one.search(data) for one in patterns))
        ]
        return {facts for path in paths if (facts := self.analysis.modules.facts(path)) is not None}

    def _registrations(self) -> None:
        """Notes the registrations whose expression has no name to look for: `NOC | OPS`, or a name for that."""
        seen = {use.node for found in self._found.values() for use in found if use.kind == "registered"}
        for one in self.analysis.registrations.found.values():
            inside = any(node in seen for node in ast.walk(one.node))
            if not inside and isinstance(one.node, ast.BinOp | ast.UnaryOp | ast.Name | ast.Attribute | ast.Subscript):
                self._look_at(one.module, one.node)

    def _run(self) -> None:
        """Notes the calls that only a run from the callbacks on shows: `part(user)` of what a constructor was given."""
        execution = self.analysis.execution
        waiting = [context.body for context in self.analysis.contexts]
        seen = set(waiting)
        while waiting:
            for step in execution.steps(waiting.pop()):
                for body in step.bodies:
                    if body not in seen:
                        seen.add(body)
                        waiting.append(body)
                    if body.scope in self.functions and isinstance(step.node, ast.Call):
                        self._note_call(step.module, step.node, body.scope)

    def _note_call(self, module: ModuleFacts, node: ast.Call, function: Scope) -> None:
        call = self.planning.fact_of(module, node)
        known = any(use.call is not None and use.call.node is node for use in self._found[function])
        if known or call is None or self._is_closed_over(call):
            return
        if self.analysis.evaluator.names.core_name(module) is None:
            self._found[function].append(Use("called", module, node.func, call.scope, call, certain=False))

    def _is_closed_over(self, call: CallFact) -> bool:
        """Whether a wrapper calls what it was made for and returns the answer: its own uses are seen by themselves."""
        parent = self.analysis.parents(call.scope.module)[call.node]
        name = call.node.func.id if isinstance(call.node.func, ast.Name) else ""
        around = call.scope.parent
        while around is not None and name not in around.bindings:
            around = around.parent
        is_variable = around is not None and around.kind == "function" and name not in call.scope.bindings
        return is_variable and isinstance(parent, ast.Return | ast.Lambda | ast.Await)

    # -- one module ------------------------------------------------------------------------------------------------

    def _look_through(self, module: ModuleFacts, names: frozenset[str]) -> set[tuple[ModuleFacts, str]]:
        """Notes the uses in a module; gives the places in which something puts the functions."""
        self._places: set[tuple[ModuleFacts, str]] = set()
        parents = self.analysis.parents(module)
        own = {function.node.name for function in self.functions if hasattr(function.node, "name")}
        for node in ast.walk(module.tree):
            match node:
                case ast.Name(ctx=ast.Load()) if node.id in names:
                    self._look_at(module, node)
                case ast.Attribute(ctx=ast.Load()) if node.attr in names or node.attr in own | self._variables:
                    self._look_at(module, node)
                case ast.Call(func=ast.Name(id=name) as called) if name not in names and self._is_variable(
                    module, called
                ):
                    self._look_at(module, called)  # of a loop, out of a list
                case ast.Subscript(ctx=ast.Load()) | ast.Call() if not names.isdisjoint(names_in(_head(node))):
                    self._look_at(module, node)
                case ast.Constant(value=str() as text) if (
                    text.rpartition(".")[2] in own | self._variables or "(" in text
                ):
                    self._named(module, node, text, parents)
                case ast.Lambda() if module.scopes.get(node) in self.functions:
                    self._look_at(module, node)
        self._note_given_away(module)
        return self._places

    def _is_variable(self, module: ModuleFacts, node: ast.Name) -> bool:
        """Whether a name is a variable of the function or comprehension around it, and no function of that."""
        scope: Scope | None = place_of(node, self.analysis.parents(module), module)[0]
        while scope is not None and scope.kind != "module":
            if node.id in scope.bindings:
                return all(one.kind not in ("function", "class", "import") for one in scope.bindings[node.id])
            scope = scope.parent
        return False

    def _note_given_away(self, module: ModuleFacts) -> None:
        """Notes where an object that can be called hands itself on: `AnyOf(self, other)` may call it."""
        callables = [one for one in self.functions if _is_method(one) and getattr(one.node, "name", "") == "__call__"]
        members = self.analysis.evaluator.members
        for cls in module.classes if callables else ():
            line = {one.scope for one in members.line(Class(cls)) if isinstance(one, Class)}
            for function in callables:
                owner = function.parent
                above = {one.scope for one in members.line(Class(owner)) if isinstance(one, Class)} if owner else set()
                if owner in line or cls in above:
                    for method in cls.inner:
                        given = _given_away(method, self.analysis.parents(module))
                        self._found[function] += [Use("handed", module, node, method, None, False) for node in given]

    def _look_at(self, module: ModuleFacts, node: ast.expr) -> None:
        parents = self.analysis.parents(module)
        scope, statement = place_of(node, parents, module)
        values = self.analysis.evaluator.values(Expression(node, scope, statement, None))
        held = {function for value in values for function in holds(self.planning, value)}
        hit = held & self.functions
        if isinstance(node, ast.Attribute) and not hit and _may_be_anything(values):
            hit = {one for one in self.functions if _is_method(one) and getattr(one.node, "name", "") == node.attr}
            if not hit and node.attr in self._variables:
                hit = {one for one in self.functions if self._is_held_by(one, node.attr)}
        if isinstance(node, ast.Attribute) and not hit:
            named = (one for one in self.functions if getattr(one.node, "name", "") == node.attr)
            hit = {one for one in named if self._may_be_found(node.value, scope, one)}
        if not hit and self._kept and (not values or _may_be_anything(values) or self._is_any_of_a_kind(values)):
            hit = self._may_be_kept(module, node)
        if not hit:
            return
        heads = {_stands_for(value) for value in values}
        alone = len(heads) == 1 and all(_is_callable(value) for value in values)
        kind, call = self._kind(module, node, values)
        for function in hit:
            certain = alone and (held <= self.functions or any(function in self._first(value) for value in values))
            self._found[function].append(Use(kind, module, node, scope, call, certain))

    def _is_held_by(self, function: Scope, name: str) -> bool:
        """Whether a variable of a module may hold a function: `is_ops = require("ops")`."""
        return name in self._variables and name in self.analysis.spread(function.module, self._words[function])

    def _may_be_found(self, node: ast.expr, scope: Scope, function: Scope) -> bool:
        """Whether an expression, or what a variable is made of, may be the module of a function, found by its name."""
        bindings = scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else ()
        made_of = [node, *(one.value for one in bindings if one.value is not None)]
        return any(may_be_found(one, function.module, scope.module) for one in made_of)

    def _first(self, value: Value) -> set[Scope]:
        """The functions of which one runs first when a value is called."""
        while isinstance(value, Partial | Cached):
            value = value.function
        if isinstance(value, Instance):
            methods = self.analysis.evaluator.members.method(value.cls, "__call__", value) or NOTHING
            return {method.scope for method in methods if isinstance(method, Function)}
        return {value.scope} if isinstance(value, Function) else set()

    def _is_any_of_a_kind(self, values: Values) -> bool:
        """Whether a value is known by a `Protocol` only, which anything may fit."""
        return any(isinstance(value, Instance) and is_protocol(value.cls.scope.node) for value in values)

    def _may_be_kept(self, module: ModuleFacts, node: ast.expr) -> set[Scope]:
        """The functions that a call may get out of a place in which they are kept, where that is not known."""
        parent = self.analysis.parents(module)[node]
        if not isinstance(parent, ast.Call) or parent.func is not node:
            return set()
        if isinstance(node, ast.Attribute):
            return self._kept.get(node.attr, set())
        words = frozenset(self._kept)
        made_of = {word for word in words if _is_made_of(node, set(self.analysis.spread(module, {word})))}
        return {function for word in made_of for function in self._kept[word]}

    def _kind(self, module: ModuleFacts, node: ast.expr, values: Values) -> tuple[UseKind, CallFact | None]:
        """What is done with the value of an expression that stands for a function, or holds one."""
        parents = self.analysis.parents(module)
        container = not any(_is_callable(value) for value in values)
        at: ast.AST = node
        while True:
            if at in self._registered:
                return "registered", None
            parent = parents[at]
            match parent:
                case ast.Call() if parent.func is at:
                    return "called", self.planning.fact_of(module, parent)
                case ast.IfExp() if parent.test is not at:
                    at = parent
                case ast.Starred() | ast.keyword(arg=None) if parents[parent] in self._registered:
                    return "registered", None  # `workflow("x", **COMMON)`: that call is the registration
                case ast.BoolOp() | ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Starred() | ast.keyword():
                    container = container or not isinstance(parent, ast.BoolOp | ast.keyword | ast.Starred)
                    at = parent
                case ast.IfExp() | ast.Compare() | ast.Expr() | ast.FormattedValue() | ast.UnaryOp() | ast.Assert():
                    return "harmless", None
                case ast.If() | ast.While() | ast.Delete():
                    return "harmless", None
                case ast.Assign() if any(self._is_out_of_sight(module, target, values) for target in parent.targets):
                    return "handed", None
                case ast.Assign() | ast.AnnAssign() if self._makes_member(module, parent):
                    return "handed", None
                case (
                    ast.Assign() | ast.AnnAssign() | ast.NamedExpr() | ast.Return() | ast.AugAssign() | ast.arguments()
                ):
                    return "flows", None
                case ast.For() | ast.comprehension() | ast.Subscript() | ast.BinOp():
                    return "flows", None
                case ast.Attribute():
                    only_objects = all(isinstance(value, Instance) for value in values)
                    return "harmless" if only_objects else self._attribute(parent, container), None
                case ast.Call():
                    kind = self._argument(module, parent, values, container)
                    made = self._made(module, parent, values) if kind == "flows" else NOTHING
                    if not made:
                        return kind, None
                    at, values, container = parent, made, not any(map(_is_callable, made))
                case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                    at = parent
                case _:
                    return "handed", None

    def _attribute(self, parent: ast.Attribute, container: bool) -> UseKind:
        if parent.attr in _HARMLESS:
            return "harmless"
        return "flows" if container and parent.attr in _CONTAINER else "handed"

    def _is_out_of_sight(self, module: ModuleFacts, target: ast.expr, values: Values) -> bool:
        """Whether what an assignment fills cannot be followed; if it can, its name is one to look for."""
        if isinstance(target, ast.Tuple | ast.List):
            return any(isinstance(element, ast.Starred) for element in target.elts)
        if not isinstance(target, ast.Subscript | ast.Attribute):
            return False
        if self._is_foreign(module, target):
            return True
        words = names_in(target.value) if isinstance(target, ast.Subscript) else (target.attr,)
        done = Kept(frozenset((module, word) for word in words))
        self._places |= done.words
        for function in self.functions & {one for value in values for one in holds(self.planning, value)}:
            self._keep(done, function)
        return False

    def _makes_member(self, module: ModuleFacts, statement: ast.Assign | ast.AnnAssign) -> bool:
        """Whether an assignment makes a member of an `Enum`: who has that is not known."""
        scope, _ = place_of(statement, self.analysis.parents(module), module)
        return scope.kind == "class" and self.analysis.evaluator.members.is_enum(Class(scope))

    def _is_foreign(self, module: ModuleFacts, node: ast.Subscript | ast.Attribute) -> bool:
        """Whether something is put into what belongs to a library, or to who knows whom: `env.globals["check"]`."""
        scope, statement = place_of(node, self.analysis.parents(module), module)
        values = self.analysis.evaluator.values(Expression(node.value, scope, statement, None))
        return any(isinstance(value, External | ExternalInstance | Unknown | Parameter) for value in values)

    def _argument(self, module: ModuleFacts, call: ast.Call, values: Values, container: bool) -> UseKind:
        """What a call does with a function that it is given."""
        if isinstance(call.func, ast.Attribute) and call.func.attr in FILLING and self._is_foreign(module, call.func):
            return "handed"
        name = last_name(call.func)
        if name in _LOOKING and not (name == "type" and len(call.args) > 1):
            return "harmless"
        if name in _DESCRIBING:
            return "handed"
        if (container and name in _ITERATING) or (isinstance(call.func, ast.Attribute) and name in _CONTAINER):
            return "flows"
        scope, statement = place_of(call, self.analysis.parents(module), module)
        results = self.analysis.evaluator.values(Expression(call, scope, statement, None))
        if any(isinstance(one, Cached) for one in results):
            return "handed"  # it would give the same coroutine twice
        wanted = {function for value in values for function in holds(self.planning, value)}
        done = self._done_with(call, scope, statement, wanted)
        if any(one.handed for one in done):
            return "handed"
        callees = self.analysis.evaluator.values(Expression(call.func, scope, statement, None))
        if any(isinstance(one, Class) for one in callees) and any(isinstance(one, Instance) for one in results):
            return "handed"  # an object keeps it, whatever its own `__call__` is
        if wanted & {function for value in results for function in holds(self.planning, value)}:
            return "flows"  # a partial, a decorator: what it makes of the function is seen by itself
        return "flows" if done and not any(one.called for one in done) else "handed"

    def _made(self, module: ModuleFacts, call: ast.Call, values: Values) -> Values:
        """What a call gives that holds the functions it is given: a partial, or what a decorator makes of them."""
        wanted = {function for value in values for function in holds(self.planning, value)}
        scope, statement = place_of(call, self.analysis.parents(module), module)
        made = self.analysis.evaluator.values(Expression(call, scope, statement, None))
        return made if wanted & {function for value in made for function in holds(self.planning, value)} else NOTHING

    def _done_with(self, call: ast.Call, scope: Scope, statement: ast.stmt | None, wanted: set[Scope]) -> list[Kept]:
        """What functions of the project do with a function that a call gives them; nothing where that is not known."""
        found = []
        for callee in self.analysis.evaluator.values(Expression(call.func, scope, statement, None)):
            if not isinstance(callee, Function):
                return []
            given: list[tuple[int, ast.expr | ast.keyword]] = [
                *enumerate(call.args),
                *((0, one) for one in call.keywords),
            ]
            for position, argument in given:
                value = argument.value if isinstance(argument, ast.keyword | ast.Starred) else argument
                held = self.analysis.evaluator.values(Expression(value, scope, statement, None))
                if wanted.isdisjoint(one for inner in held for one in holds(self.planning, inner)):
                    continue
                keyword = argument.arg if isinstance(argument, ast.keyword) else None
                parameter = parameter_of(callee, position, keyword)
                if parameter is None or isinstance(argument, ast.Starred):
                    return []
                done = kept(self.planning, callee, parameter)
                found.append(done)
                self._places |= done.words
                for function in wanted & self.functions:
                    self._keep(done, function)
        return found

    def _evaluated(self, module: ModuleFacts, node: ast.Constant, text: str, parents: dict[ast.AST, ast.AST]) -> None:
        """A string that is run as code, and mentions a function."""
        scope, _ = place_of(node, parents, module)
        for function in self.functions:
            names = {getattr(function.node, "name", ""), *self._words[function]}
            if not names.isdisjoint(_words_of(text)):
                self._found[function].append(Use("handed", module, node, scope))

    def _named(self, module: ModuleFacts, node: ast.Constant, text: str, parents: dict[ast.AST, ast.AST]) -> None:
        """A string that names a function: `mock.patch("app.auth.check")`, `setattr(auth, "check", ...)`."""
        parent = parents[node]
        if isinstance(parent, ast.Subscript) and parent.slice is node:
            finder = parent.value.func if isinstance(parent.value, ast.Call) else parent.value
        elif isinstance(parent, ast.Call) and node in parent.args:
            finder = parent.func
        else:
            return
        finds = getattr(finder, "attr", getattr(finder, "id", "")) in _FINDING
        if isinstance(parent, ast.Subscript) and not finds:
            return
        if last_name(finder) in ("eval", "exec"):
            self._evaluated(module, node, text, parents)
            return
        prefix, _, name = text.rpartition(".")
        for function in self.functions:
            if getattr(function.node, "name", "") != name and not self._is_held_by(function, name):
                continue
            owner = getattr(function.parent.node, "name", "") if function.parent is not None else ""
            kin = {word_of(function.module.path), owner} - {""}
            mentioned = prefix.rpartition(".")[2] if prefix else ""
            others = {inner.id for inner in ast.walk(parent) if isinstance(inner, ast.Name)}
            others |= {inner.attr for inner in ast.walk(parent) if isinstance(inner, ast.Attribute)}
            is_own = "vars" in others or (module is function.module and bool({"globals", "locals"} & others))
            scope, _statement = place_of(node, parents, module)
            receiver = parent.args[0] if isinstance(parent, ast.Call) and parent.args else None
            is_found = receiver is not None and self._may_be_found(receiver, scope, function)
            if mentioned in kin or (not prefix and (kin & others or is_own or is_found or others & _BY_NAME)):
                self._found[function].append(Use("handed" if finds else "string", module, node, scope))


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _given_away(method: Scope, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.Name]:
    """The places in a method where its object itself becomes an argument, or a part of something."""
    arguments = method.function.args if method.function is not None else None
    first = [*arguments.posonlyargs, *arguments.args][:1] if arguments is not None else []
    for node in ast.walk(method.node) if first else ():
        if not isinstance(node, ast.Name) or node.id != first[0].arg or not isinstance(node.ctx, ast.Load):
            continue
        match parents[node]:
            case ast.Call(func=function) if function is not node:
                name = getattr(function, "attr", getattr(function, "id", ""))
                if name not in _LOOKING | _DESCRIBED_BY and not (name.startswith("__") and name.endswith("__")):
                    yield node
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Starred() | ast.keyword() | ast.Assign():
                yield node


def _any_of(names: Iterable[str]) -> bytes:
    return b"|".join(re.escape(name.encode()) for name in sorted(names))


def _is_made_of(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression is made of one of the names."""
    return not names.isdisjoint(names_in(node))


def _head(node: ast.Subscript | ast.Call) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node.value


def holds(planning: Planning, value: Value, depth: int = 0) -> Iterator[Scope]:
    """The functions that calling a value may run in the end, or that a container holds."""
    if depth > 4:
        return
    evaluator = planning.analysis.evaluator
    match value:
        case Function():
            yield value.scope
            for inner in closed_over(evaluator, value):
                if inner.scope is not value.scope and not _is_only_registered(planning, value, inner):
                    yield from holds(planning, inner, depth + 1)
        case Partial() | Cached():
            yield from holds(planning, value.function, depth + 1)
        case Instance():
            for method in evaluator.members.method(value.cls, "__call__", value) or NOTHING:
                if isinstance(method, Function):
                    yield from holds(planning, method, depth + 1)
        case Sequence():
            for element in value.elements:
                for inner_value in element:
                    yield from holds(planning, inner_value, depth + 1)
        case Elements():
            for inner_value in value.of:
                yield from holds(planning, inner_value, depth + 1)
        case Dictionary():
            for inner_value in value.values:
                yield from holds(planning, inner_value, depth + 1)


def _is_only_registered(planning: Planning, closure: Function, inner: Function) -> bool:
    """Whether a closure was made with a function that it only registers: `workflow(name, authorize_callback=check)`."""
    frame, found = closure.frame, False
    while frame is not None:
        for name, values in frame.arguments.items():
            if inner in values:
                done = kept(planning, Function(frame.scope), name)
                if done.called or done.handed or done.words:
                    return False
                found = True
        frame = frame.parent
    return found


def _is_callable(value: Value) -> bool:
    return isinstance(value, Function | Partial | Cached | Instance)


def _stands_for(value: Value) -> object:
    """The function, or the class of the object, that a value is or is made of."""
    while isinstance(value, Partial | Cached):
        value = value.function
    return value.cls.scope if isinstance(value, Instance) else getattr(value, "scope", value)


def _may_be_anything(values: Values) -> bool:
    return any(isinstance(value, Unknown | Parameter) for value in values)


def _is_method(function: Scope) -> bool:
    return function.parent is not None and function.parent.kind == "class"
