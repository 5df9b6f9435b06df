"""Scopes and bindings: where a name gets its meaning, as plain data."""

from __future__ import annotations

import ast

from flake8_orch47.records import Entity, made_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any, Literal, TypeAlias

    BindingKind: TypeAlias = Literal[
        "import",  # `import a.b`, `import a.b as c`, `from a import b`
        "assign",  # `x = value`, `x: T = value`, `(x := value)`; `path` picks the element of an unpacking
        "annotation",  # `x: T` without a value
        "augmented",  # `x += value`
        "function",
        "class",
        "parameter",
        "loop",  # the target of a `for`; `value` is the iterable
        "with",  # the target of a `with`; `value` is the context expression
        "other",  # `except ... as x`, a type alias: a value that is not followed; a match capture, with its `route`
        "delete",
    ]

__all__ = [
    "MAX_GUARDS",
    "AttributeAssignment",
    "Binding",
    "CallFact",
    "FunctionNode",
    "Guards",
    "ItemAssignment",
    "ModuleFacts",
    "ReturnFact",
    "Route",
    "Scope",
    "ScopeNode",
    "case_guards",
    "fits_anything",
    "guarded",
    "guarded_after",
    "guarded_by",
]

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ScopeNode: TypeAlias = ast.Module | FunctionNode | ast.ClassDef | Comprehension

#: Of the conditions around a place, so many of the nearest are kept.
MAX_GUARDS = 8
#: The `if`s of a function around a place, each with the branch that leads there.
Guards: TypeAlias = tuple[tuple[ast.If, bool], ...]
#: The way from the subject of a `match` to what a pattern captures: positions, keys (expressions), names of attributes.
Route: TypeAlias = tuple[int | str | ast.expr, ...]


class Binding(Entity):
    """One place that gives `name` a meaning.

    `node` is what to point at, `statement` the statement (of `scope`) in which it happens. `path` picks the
    element of an unpacked value: `(0, 1)` is the second of the first; a negative step stands for "unknown".
    `route` leads from the subject of a `match` to what a pattern captures.
    `module` and `imported` belong to imports: `from module import imported`; `imported` is None for a plain
    `import module`; `level` counts the dots of a relative import.
    """

    kind: BindingKind
    name: str
    node: ast.AST
    scope: Scope
    statement: ast.stmt
    value: ast.expr | None = None
    path: tuple[int, ...] = ()
    annotation: ast.expr | None = None
    module: str = ""
    imported: str | None = None
    level: int = 0
    #: bound from another scope through `global` or `nonlocal`: it may happen at any time
    elsewhere: bool = False
    is_async: bool = False
    guards: Guards = ()
    route: Route = ()

    def __init__(  # written out: there are more of these than of anything else
        self,
        kind: BindingKind,
        name: str,
        node: ast.AST,
        scope: Scope,
        statement: ast.stmt,
        value: ast.expr | None = None,
        path: tuple[int, ...] = (),
        annotation: ast.expr | None = None,
        module: str = "",
        imported: str | None = None,
        level: int = 0,
        elsewhere: bool = False,
        is_async: bool = False,
        guards: Guards = (),
        route: Route = (),
    ) -> None:
        self.kind = kind
        self.name = name
        self.node = node
        self.scope = scope
        self.statement = statement
        self.value = value
        self.path = path
        self.annotation = annotation
        self.module = module
        self.imported = imported
        self.level = level
        self.elsewhere = elsewhere
        self.is_async = is_async
        self.guards = guards
        self.route = route


class Scope(Entity):
    """A region with names of its own: a module, class, function, lambda or comprehension.

    `statement` is the statement of the parent in which the scope stands. An *immediate* scope (class,
    comprehension) runs there and then; a function runs later, when its surroundings are complete.

    Most functions of a project are never asked about. One whose body tells nothing of anything outside it is
    read when that happens: until then its contents (from `bindings` on) are not there, and `words` has every word
    of its source.
    """

    kind: Literal["module", "class", "function", "lambda", "comprehension"]
    node: ScopeNode
    module: ModuleFacts
    parent: Scope | None = None
    statement: ast.stmt | None = None
    #: the node of a function or lambda, None for other scopes
    function: FunctionNode | None = None
    bindings: dict[str, list[Binding]] = made_by(default_factory=dict)
    #: names declared `global` (to the module) or `nonlocal` (to the scope given)
    redirected: dict[str, Scope] = made_by(default_factory=dict)
    returns: list[ReturnFact] = made_by(default_factory=list)
    yields: list[tuple[ast.Yield | ast.YieldFrom, ast.stmt]] = made_by(default_factory=list)
    #: the modules of `from module import *` in this scope, latest last
    stars: list[Binding] = made_by(default_factory=list)
    #: the scopes right inside this one
    inner: list[Scope] = made_by(default_factory=list)
    #: the names and the attributes that this scope reads
    names: set[str] = made_by(default_factory=set)
    attributes: set[str] = made_by(default_factory=set)
    #: the calls right in this scope
    calls: list[CallFact] = made_by(default_factory=list)
    #: the words in a function that was not read yet, None for every other scope
    words: frozenset[str] | None = None
    reader: Callable[[Scope], None] | None = None
    #: whether a function's parameters hold what they are given, one each: without a default, `*args` and `**kwargs`
    is_given_all: bool = False

    def __init__(  # written out, as that of Binding is
        self,
        kind: Literal["module", "class", "function", "lambda", "comprehension"],
        node: ScopeNode,
        module: ModuleFacts,
        parent: Scope | None = None,
        statement: ast.stmt | None = None,
        function: FunctionNode | None = None,
        words: frozenset[str] | None = None,
        reader: Callable[[Scope], None] | None = None,
    ) -> None:
        self.kind = kind
        self.node = node
        self.module = module
        self.parent = parent
        self.statement = statement
        self.function = function
        self.words = words
        self.reader = reader
        self.is_given_all = False
        if words is None:
            self._empty()

    def _empty(self) -> None:
        self.bindings = {}
        self.redirected = {}
        self.returns = []
        self.yields = []
        self.stars = []
        self.inner = []
        self.names = set()
        self.attributes = set()
        self.calls = []

    def read(self) -> None:
        """Reads the body of a function that was not read yet."""
        words, reader = self.words, self.reader
        if words is None or reader is None:
            return
        self.words = None
        self._empty()
        before = len(self.module.read)
        try:
            reader(self)
        except BaseException:  # too deep in the stack: another question may be asked from further up
            del self.module.read[before:]
            for name in _CONTENTS:
                delattr(self, name)
            self.words = words
            raise
        self.module.read.append(self)

    if not TYPE_CHECKING:  # what is not there is what was not read

        def __getattr__(self, name: str) -> Any:
            if name not in _CONTENTS or self.words is None:
                raise AttributeError(name)
            self.read()
            return getattr(self, name)

    @property
    def is_generator(self) -> bool:
        """Whether a function has a `yield` of its own."""
        return (self.words is None or "yield" in self.words) and bool(self.yields)

    def has_default(self, parameter: str) -> bool:
        """Whether a parameter of a function has a default."""
        node = self.function
        if node is None or not (node.args.defaults or node.args.kw_defaults):
            return False
        return self.bindings[parameter][0].value is not None

    def value_of(self, name: str) -> ast.expr | None:
        """What a variable of this scope is given, if that is one thing."""
        bindings = self.bindings.get(name, ())
        return bindings[0].value if len(bindings) == 1 and bindings[0].kind == "assign" else None

    def is_in(self, owner: Scope) -> bool:
        """Whether this is `owner`, or stands somewhere in it."""
        at: Scope | None = self
        while at is not None and at is not owner:
            at = at.parent
        return at is not None

    def mentioned(self) -> set[str]:
        """The names that this scope reads, and those that the scopes in it do."""
        found = set(self.names)
        for scope in self.inner:
            found |= scope.mentioned()
        return found

    def attributes_mentioned(self) -> set[str]:
        """The attributes that this scope reads, of whatever, and those that the scopes in it do."""
        found = set(self.attributes)
        for scope in self.inner:
            found |= scope.attributes_mentioned()
        return found

    def __repr__(self) -> str:
        name = getattr(self.node, "name", self.kind)
        return f"<{self.kind} {name} {self.module.path.rpartition('/')[2]}:{getattr(self.node, 'lineno', 1)}>"

    @property
    def immediate(self) -> bool:
        """Whether the scope runs where it stands."""
        return self.kind in ("class", "comprehension")


#: What a function has from when it was read.
_CONTENTS = frozenset("bindings redirected returns yields stars inner names attributes calls".split())


class CallFact(Entity):
    """A call, where it stands, and the conditions under which it is reached."""

    node: ast.Call
    scope: Scope
    statement: ast.stmt
    guards: Guards = ()

    def __init__(self, node: ast.Call, scope: Scope, statement: ast.stmt, guards: Guards) -> None:
        self.node = node
        self.scope = scope
        self.statement = statement
        self.guards = guards


class ReturnFact(Entity):
    """A `return` and the conditions under which it is reached."""

    node: ast.Return
    guards: Guards

    def __init__(self, node: ast.Return, guards: Guards) -> None:
        self.node = node
        self.guards = guards


class AttributeAssignment(Entity):
    """`target.attribute = value`, with the `path` of an unpacking."""

    target: ast.Attribute
    value: ast.expr
    path: tuple[int, ...]
    scope: Scope
    statement: ast.stmt
    annotation: ast.expr | None = None
    guards: Guards = ()


class ItemAssignment(Entity):
    """`container["key"] = value`, or the same by a method; without a key for `container.append(value)`.

    `merges`: what `value` holds is put in, as `container.update(value)` and `container |= value` do. `yields`: what
    the container has under that key stays, as with `container.setdefault("key", value)`. `nests`: the value is added
    to what the container has under the key, as with `container["key"].append(value)`. `receiver` is the `x` of a
    container `x.name`, None for one that is a variable.
    """

    container: ast.expr
    key: ast.expr | None
    value: ast.expr
    scope: Scope
    statement: ast.stmt
    merges: bool = False
    receiver: ast.expr | None = None
    yields: bool = False
    nests: bool = False
    guards: Guards = ()


def _not_yet() -> Any:
    """The scope of a module is made right after its facts."""
    return None


class ModuleFacts(Entity):
    """What one pass over a module found. `path` identifies the module; `package` says if it is an `__init__`.

    Functions that were not read yet are in `unread`. They assign to no attribute and put nothing into a container,
    import nothing, and define no function or class: the lists of such things are complete without them.
    """

    path: str
    tree: ast.Module
    text: str
    is_package: bool
    scope: Scope = made_by(default_factory=_not_yet)
    #: the scopes by node, without those inside functions that were not read
    met: dict[ast.AST, Scope] = made_by(default_factory=dict)
    #: the scopes that were read, in that order
    read: list[Scope] = made_by(default_factory=list)
    unread: list[Scope] = made_by(default_factory=list)
    #: the words in these, and in some that were read meanwhile
    _unread_words: frozenset[str] | None = None
    #: those of which every function that has one was read
    _asked: frozenset[str] = frozenset()
    attributes: list[AttributeAssignment] = made_by(default_factory=list)
    functions: list[Scope] = made_by(default_factory=list)
    #: the functions of the module that are not decorated and alone bind their names
    plain_functions: dict[str, Scope] = made_by(default_factory=dict)
    classes: list[Scope] = made_by(default_factory=list)
    #: the functions and classes that are decorated
    decorated: list[Scope] = made_by(default_factory=list)
    imports: list[tuple[ast.Import | ast.ImportFrom, Scope]] = made_by(default_factory=list)
    #: what is awaited, in the functions that were read
    awaited: set[ast.expr] = made_by(default_factory=set)
    #: the conditions under which a `case` is reached, as far as they are simple
    cases: dict[ast.match_case, Guards] = made_by(default_factory=dict)
    #: what is put into containers, by the container's name
    items: dict[str, list[ItemAssignment]] = made_by(default_factory=dict)
    #: what is put into containers that are attributes, by the attribute's name
    attribute_items: dict[str, list[ItemAssignment]] = made_by(default_factory=dict)
    #: `self.x = value` in methods, by class scope and attribute name
    instance_attributes: dict[Scope, dict[str, list[AttributeAssignment]]] = made_by(default_factory=dict)

    @property
    def scopes(self) -> dict[ast.AST, Scope]:
        """Every scope by node. It reads all functions."""
        self.read_mentioning(None)
        return self.met

    @property
    def calls(self) -> list[CallFact]:
        """Every call. It reads all functions."""
        self.read_mentioning(None)
        return [call for scope in self.read for call in scope.calls]

    def read_mentioning(self, words: Collection[str] | None) -> None:
        """Reads the functions in whose source one of `words` stands, all of them for None."""
        unread = self.unread
        if not unread:
            return
        if words is None:
            for scope in unread:
                scope.read()
            self.unread = []
            return
        if self._unread_words is None:
            self._unread_words = frozenset().union(*(scope.words for scope in unread if scope.words))
        new = self._unread_words.intersection(words)
        if self._asked:
            new -= self._asked
        if not new:
            return
        left = []
        for scope in unread:
            if scope.words is not None:
                if scope.words.isdisjoint(new):
                    left.append(scope)
                else:
                    scope.read()
        self.unread = left
        self._asked |= new


def guarded(guards: Guards, node: ast.If, branch: bool) -> Guards:
    """`guards` with one more condition: that `node` takes this branch."""
    return (*guards, (node, branch))[-MAX_GUARDS:]


def case_guards(node: ast.Match) -> Iterator[Guards]:
    """For each `case` its conditions, as `if`s of their own: that its pattern fits, and none before it.

    Only patterns that compare count, `"web"`, `None`, `"web" | "static"`, and the guards of cases.
    """
    before: Guards = ()
    for case in node.cases:
        anything = fits_anything(case.pattern)
        tests = [None if anything else _fits(node.subject, case.pattern), case.guard]
        own = tuple(ast.copy_location(ast.If(test, [], []), case.pattern) for test in tests if test is not None)
        yield (*before, *((condition, True) for condition in own))[-MAX_GUARDS:]
        if len(own) == 1 and (anything or case.guard is None):
            before = (*before, (own[0], False))[-MAX_GUARDS:]


def fits_anything(pattern: ast.pattern) -> bool:
    """Whether a pattern fits whatever is matched: `case _`, or a name alone."""
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _fits(subject: ast.expr, pattern: ast.pattern) -> ast.expr | None:
    """The comparison that a pattern stands for; None for one that does more."""
    match pattern:
        case ast.MatchValue(value):
            test: ast.expr = ast.Compare(subject, [ast.Eq()], [value])
        case ast.MatchSingleton(constant):
            test = ast.Compare(subject, [ast.Is()], [ast.copy_location(ast.Constant(constant), pattern)])
        case ast.MatchClass(cls=cls, patterns=[], kwd_patterns=[]):
            test = _is_instance(subject, cls, pattern)
        case ast.MatchAs(pattern=ast.MatchClass(cls=cls, patterns=[], kwd_patterns=[]), name=str() as captured):
            named = ast.copy_location(ast.Name(captured, ast.Load()), pattern)
            test = ast.BoolOp(ast.And(), [_is_instance(one, cls, pattern) for one in (subject, named)])
        case ast.MatchOr(patterns) if all(isinstance(one, ast.MatchValue) for one in patterns):
            values = [one.value for one in patterns if isinstance(one, ast.MatchValue)]
            test = ast.Compare(subject, [ast.In()], [ast.copy_location(ast.Tuple(values, ast.Load()), pattern)])
        case _:
            return None
    return ast.copy_location(test, pattern)


def _is_instance(subject: ast.expr, cls: ast.expr, pattern: ast.pattern) -> ast.expr:
    name = ast.copy_location(ast.Name("isinstance", ast.Load()), pattern)
    return ast.copy_location(ast.Call(name, [subject, cls], []), pattern)


def guarded_after(statement: ast.If, guards: Guards) -> Guards:
    """The conditions for what follows an `if`: after `if condition: return` the condition is false."""
    for branch, block in ((True, statement.body), (False, statement.orelse)):
        if block and isinstance(block[-1], ast.Return | ast.Raise | ast.Continue | ast.Break):
            guards = guarded(guards, statement, not branch)
    return guards


def guarded_by(statement: ast.Assert, guards: Guards) -> Guards:
    """The conditions for what follows an `assert` that something is of a class."""
    if not any(isinstance(node, ast.Name) and node.id == "isinstance" for node in ast.walk(statement.test)):
        return guards
    return guarded(guards, ast.copy_location(ast.If(statement.test, [], []), statement), True)
