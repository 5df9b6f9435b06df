"""What an annotation says about the value behind it."""

from __future__ import annotations

import ast

from flake8_orch47.facts.children import last_name
from flake8_orch47.knowledge import libraries
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.values import (
    NONE,
    NOTHING,
    UNKNOWN,
    Awaitable,
    Class,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    Instance,
    Module,
    Opaque,
    Parameter,
    Sequence,
    Unknown,
    Value,
    Values,
    is_empty,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_orch47.facts.flow import Reached
    from flake8_orch47.facts.scopes import Binding, Scope
    from flake8_orch47.resolution.evaluator import Evaluator

__all__ = ["Annotations", "is_guessed", "is_protocol"]

_TRANSPARENT = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Self"})
_ELEMENTS = frozenset(
    "list List Sequence MutableSequence Iterable Iterator Collection set Set frozenset FrozenSet AbstractSet deque"
    " Deque"
    " Generator Reversible".split()
)
_CONTEXTS = frozenset({"ContextManager", "AbstractContextManager"})
_MAPPINGS = frozenset("dict Dict Mapping MutableMapping defaultdict DefaultDict OrderedDict".split())
_AWAITABLES = frozenset(
    {
        *(f"{module}.{name}" for module in ("typing", "collections.abc") for name in ("Awaitable", "Coroutine")),
        *(f"asyncio.{name}" for name in ("Future", "Task", "futures.Future", "tasks.Task")),
    }
)
_PLAIN = frozenset("bool int float complex str bytes None".split())


#: So many imports are followed from a type alias to its definition.
_HOPS = 6


class Annotations:
    """Turns annotations into instances. What they say nothing about (`Any`, a type variable) gives nothing."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        #: the aliases that are being read: `JSON = dict[str, "JSON"]` leads back to itself
        self._reading: set[Binding] = set()

    def instances(self, annotation: ast.expr | None, scope: Scope, statement: ast.stmt | None) -> Values:
        """What a value with this annotation may be, besides None."""
        match annotation:
            case ast.Constant(value=str() as text):
                try:
                    parsed = ast.parse(text.strip(), mode="eval").body
                except (SyntaxError, ValueError, RecursionError):
                    return NOTHING
                return self.instances(parsed, scope, None)
            case ast.Name() | ast.Attribute():
                return self._named(annotation, scope, statement)
            case ast.BinOp(op=ast.BitOr()):
                return self.instances(annotation.left, scope, statement) | self.instances(
                    annotation.right, scope, statement
                )
            case ast.Subscript():
                return self._generic(annotation, scope, statement)
            case ast.Call() if (bound := _bound(annotation)) is not None:
                return self.instances(bound, scope, statement)
        return NOTHING

    def informed(self, values: Values, annotation: ast.expr | None, scope: Scope, statement: ast.stmt | None) -> Values:
        """`values`, with what the annotation tells in place of what is not known."""
        if annotation is None:
            return values
        empty = frozenset(value for value in values if is_empty(value))
        made = frozenset(value for value in values if isinstance(value, External) and value.name.endswith(")"))
        vague = bool(made) or any(isinstance(value, Unknown | Parameter) for value in values)
        guessed = any(is_guessed(value) for value in values)
        if not (vague or empty or guessed):
            several = sum(isinstance(value, Instance) for value in values) > 1
            return self.narrowed(values, self.instances(annotation, scope, statement)) if several else values
        told = self.instances(annotation, scope, statement)
        if vague:
            return (values - UNKNOWN - made) | told if told else values
        if guessed:
            return values | told
        held = frozenset(one for one in told if isinstance(one, Elements | Dictionary | Sequence) and not is_empty(one))
        return (values - empty) | held if held else values

    def narrowed(self, values: Values, told: Values) -> Values:
        """Of several objects those of a class that an annotation names; all, where none is, or anything may fit it."""
        line = self.evaluator.members.line
        named = [one.cls for one in told if isinstance(one, Instance)]
        if any(is_protocol(cls.scope.node) for cls in named):
            return values
        fitting = frozenset(
            value
            for value in values
            if isinstance(value, Instance) and any(cls in line(value.cls) or value.cls in line(cls) for cls in named)
        )
        if all(isinstance(value, Instance) and value.declared for value in fitting):
            return values
        return frozenset(value for value in values if not isinstance(value, Instance)) | fitting

    def promised(self, values: Values, annotation: ast.expr | None, scope: Scope, statement: ast.stmt | None) -> Values:
        """`values` of what outlives a call; None with an annotation stands for what somebody sets later on.

        `client: httpx.Client | None = None` is filled at the start of the application, or in its tests only.
        """
        if annotation is None or values != NONE:
            return values
        return values | self.instances(annotation, scope, statement)

    def _named(self, node: ast.expr, scope: Scope, statement: ast.stmt | None) -> Values:
        found: Values = NOTHING
        if (alias := self._alias(node, scope, statement)) is not None:
            return self._aliased(alias)
        for value in self.evaluator.values(Expression(node, scope, statement, None)):
            match value:
                case Class():
                    found |= frozenset({Instance(value, None, declared=True)})
                case External(name):
                    found |= _instance_of(name)
                case Opaque() | ExternalInstance() | Instance() | Elements() | Dictionary() | Sequence():
                    pass
        return found

    def _aliased(self, alias: Binding) -> Values:
        if alias in self._reading:
            return NOTHING
        self._reading.add(alias)
        try:
            return self.instances(alias.value, alias.scope, alias.statement)
        finally:
            self._reading.discard(alias)

    def _alias(self, node: ast.expr, scope: Scope, statement: ast.stmt | None) -> Binding | None:
        """The `User = OIDCUserModel | None` behind a name, in this module or another of the project."""
        reached: tuple[Reached, ...] = ()
        if isinstance(node, ast.Name):
            reached, _ = self.evaluator.names.lookup(node.id, scope, statement)
        elif isinstance(node, ast.Attribute):  # `types_.User`
            for owner in self.evaluator.values(Expression(node.value, scope, statement, None)):
                facts = self.evaluator.modules.facts(owner.found.path) if isinstance(owner, Module) else None
                if facts is not None and node.attr in facts.scope.bindings:
                    reached, _ = self.evaluator.names.lookup(node.attr, facts.scope, None)
        for _ in range(_HOPS):
            if len(reached) != 1:
                return None
            binding = reached[0].binding
            if binding.kind != "import":
                form = (
                    isinstance(binding.value, ast.BinOp | ast.Subscript)
                    or (isinstance(binding.value, ast.Constant) and isinstance(binding.value.value, str))
                    or _bound(binding.value) is not None
                )
                return binding if binding.kind == "assign" and form and not binding.path else None
            reached = self.evaluator.names.origin(binding)
        return None

    def _generic(self, node: ast.Subscript, scope: Scope, statement: ast.stmt | None) -> Values:
        name = last_name(node.value)
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name in _TRANSPARENT:
            wanted = arguments if name == "Union" else arguments[:1]
            return NOTHING.union(*(self.instances(argument, scope, statement) for argument in wanted))
        if name in ("tuple", "Tuple"):
            if len(arguments) == 2 and isinstance(arguments[1], ast.Constant) and arguments[1].value is Ellipsis:
                return frozenset({Elements(self.instances(arguments[0], scope, statement))})
            return frozenset({Sequence(tuple(self.instances(argument, scope, statement) for argument in arguments))})
        if name in _ELEMENTS or name == "ContextVar":  # whose `get` gives what it holds
            return frozenset({Elements(self.instances(arguments[0], scope, statement))})
        if name in _MAPPINGS and len(arguments) == 2:
            return frozenset({Dictionary((), self.instances(arguments[1], scope, statement))})
        if name in _CONTEXTS:
            return _outside("context[{}]", self.instances(arguments[0], scope, statement))
        if name == "Callable" and len(arguments) == 2:
            return _outside("callable[{}]", self.instances(arguments[1], scope, statement))
        if name in ("type", "Type"):
            return self.evaluator.values(Expression(arguments[0], scope, statement, None))
        return self._named(node.value, scope, statement)

    def returned(self, annotation: ast.expr | None, scope: Scope, statement: ast.stmt | None) -> Values:
        """As `instances`, with None and the plain types as what they are: what a return annotation tells."""
        match annotation:
            case ast.Constant(value=None):
                return frozenset({Opaque("None")})
            case ast.BinOp(op=ast.BitOr()):
                return self.returned(annotation.left, scope, statement) | self.returned(
                    annotation.right, scope, statement
                )
        return self.instances(annotation, scope, statement)


def is_protocol(cls: ast.AST) -> bool:
    """Whether objects of other classes may fit a class: a Protocol."""
    bases: list[ast.expr] = getattr(cls, "bases", [])
    return any(last_name(base.value if isinstance(base, ast.Subscript) else base) == "Protocol" for base in bases)


def _outside(form: str, values: Values) -> Values:
    """What binds or gives an object of a library that the tables know: `Callable[..., Session]`."""
    known = libraries.packages()
    return frozenset(
        ExternalInstance(form.format(value.cls))
        for value in values
        if isinstance(value, ExternalInstance) and value.cls.rpartition("[")[2].partition(".")[0] in known
    )


def _bound(node: ast.expr | None) -> ast.expr | None:
    """What `TypeVar("S", bound=Session)` may be at most."""
    if not (isinstance(node, ast.Call) and last_name(node.func) == "TypeVar"):
        return None
    return next((keyword.value for keyword in node.keywords if keyword.arg == "bound"), None)


def _instance_of(name: str) -> Values:
    last = name.rpartition(".")[2]
    if name.removeprefix("builtins.") in _PLAIN:
        return frozenset({Opaque(name)})
    if name in _AWAITABLES:
        return frozenset({Awaitable(last)})
    if last in ("Any", "Callable", "object", "TypeVar", "Self", "Hashable", "Never", "NoReturn") or "(" in name:
        return NOTHING
    return frozenset({ExternalInstance(externals.class_name(name))})


def is_guessed(value: Value) -> bool:
    """Whether something is of a library that nobody knows: `SessionLocal()` there need not be of a class."""
    if isinstance(value, ExternalInstance):
        return externals.is_guess(value.cls)
    return isinstance(value, External) and externals.is_guess(value.name)
