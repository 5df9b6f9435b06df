"""What an expression may evaluate to."""

from __future__ import annotations

import ast
import sys
from functools import cached_property, lru_cache

from flake8_orch47.facts.children import last_name
from flake8_orch47.facts.uses import is_docstring
from flake8_orch47.resolution import externals
from flake8_orch47.resolution.annotations import Annotations
from flake8_orch47.resolution.calls import Calls, settles
from flake8_orch47.resolution.members import Members
from flake8_orch47.resolution.names import Names, frame_at
from flake8_orch47.resolution.narrowing import parts_of, passing
from flake8_orch47.resolution.state import State
from flake8_orch47.resolution.values import (
    NOTHING,
    UNKNOWN,
    Arguments,
    Awaitable,
    BoundBuiltin,
    Class,
    Constant,
    Coroutine,
    Dictionary,
    Elements,
    Expression,
    External,
    ExternalInstance,
    Frame,
    Function,
    Instance,
    Opaque,
    Parameter,
    Partial,
    Sequence,
    Unknown,
    Value,
    Values,
    as_keys,
    merged,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from flake8_orch47.facts.flow import Flows
    from flake8_orch47.facts.modules import Modules
    from flake8_orch47.facts.scopes import Binding, FunctionNode, Scope
    from flake8_orch47.resolution.dispatch import Dispatch
    from flake8_orch47.resolution.inference import Inference
    from flake8_orch47.resolution.installed import Installed

__all__ = ["Evaluator"]

#: Expressions inside expressions deeper than this are unknown; real code stays far below.
_DEPTH = 150
#: Longer chains of calls and attributes are evaluated piece by piece.
_CHAIN = 40
#: More possible values than this are as good as none known.
_WIDTH = 512
#: One question may take so many expressions, by how many all took so far. A usual one takes ten, all of those about an
#: application some thousand; the insides of a large library would take millions.
_WORK = ((50_000, 20_000), (100_000, 2_000), (10**12, 300))
#: So many turns of a comprehension are looked at one by one.
_TURNS = 40
#: So many pairs of operands are looked at one by one.
_PAIRS = 256
#: Stands for the answer to a question that is being asked: who asks it again has come in a circle.
_BEING_ASKED: Values = frozenset({Opaque("being asked")})


_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp

BOOL: Values = frozenset({Opaque("bool")})


@lru_cache(maxsize=4096, typed=True)
def constant(value: Any) -> Values:
    """The value of a literal."""
    return frozenset({Opaque("...") if value is Ellipsis else Constant.of(value)})


#: Built-in functions that give a number or a text.
_PLAIN = frozenset(f"builtins.{name}()" for name in "abs bin float hash hex id int len oct ord repr round str".split())


def _is_plain(value: Value) -> bool:
    """Whether a value is a constant, or certainly a number or a text."""
    return isinstance(value, Constant | Opaque) or (isinstance(value, External) and value.name in _PLAIN)


def _is_something(value: Value) -> bool:
    """Whether a value is certainly not None."""
    kinds = Function | Class | Coroutine | Awaitable | Partial | Sequence | Dictionary
    return isinstance(value, kinds) or (isinstance(value, Instance) and not value.declared)


def _returned(node: FunctionNode) -> tuple[ast.expr | None, ast.stmt | None]:
    """What a function returns that does nothing else, and the statement; None for others."""
    if isinstance(node, ast.Lambda):
        return node.body, None
    statements = [one for one in node.body if not is_docstring(one)]
    only = statements[0] if len(statements) == 1 else None
    return (only.value, only) if isinstance(only, ast.Return) else (None, None)


def _gone_through(node: ast.DictComp) -> tuple[ast.expr, bool] | None:
    """The dictionary whose items a comprehension goes through, keeping their keys: `{k: f(v) for k, v in d.items()}`.

    With whether it also keeps their values; None for other comprehensions.
    """
    match node:
        case ast.DictComp(
            key=ast.Name(id=key),
            generators=[
                ast.comprehension(
                    target=ast.Tuple(elts=[ast.Name(id=first), ast.Name(id=second)]),
                    iter=ast.Call(func=ast.Attribute(value=whole, attr="items"), args=[], keywords=[]),
                )
            ],
        ) if key == first:
            return whole, isinstance(node.value, ast.Name) and node.value.id == second
    return None


def _is_written_down(node: ast.expr) -> bool:
    """Whether what is gone through may stand in the source: a display, a variable, or the items of one."""
    match node:
        case ast.Call(func=ast.Attribute(value=held, attr="items" | "values" | "keys"), args=[]):
            return isinstance(held, ast.Name)
        case ast.Call(func=ast.Name(id="zip" | "enumerate"), args=arguments):
            return all(map(_is_written_down, arguments))
    return isinstance(node, ast.Name | ast.Tuple | ast.List | ast.Set)


def _is_among(value: Value, container: Value) -> bool | None:
    """Whether a constant is one of the constants in a container; None where that is not known."""
    if not isinstance(value, Constant) or not isinstance(container, Sequence):
        return None
    held = [next(iter(one)) for one in container.elements if len(one) == 1]
    if len(held) < len(container.elements) or not all(isinstance(one, Constant) for one in held):
        return None
    return value in held


class Evaluator:
    """Evaluates expressions of a project, on demand, each once.

    Values are sets: an expression may have several, one for each branch that leads to it. `Unknown` among them
    says that there may be others.

    A wrapper's parameter is followed to what its callers give, so `Parameter` values are passed on and told
    apart. When every registration is known nobody asks for that any more: an evaluator made from the one
    `before` takes such an argument for unknown, and calls that differ in nothing else are one.
    """

    def __init__(self, modules: Modules, target: tuple[int, int], before: Evaluator | None = None) -> None:
        self.modules = modules
        #: the version of orchestrator-core that is taken to be installed
        self.target = target
        #: what a parameter without a known caller holds decides nothing (any more): see `Calls.frame`
        self.is_settled = before is not None
        self.flows: Flows = {} if before is None else before.flows
        self.names = Names(self)
        self.members = Members(self)
        self.calls: Calls = Calls(self, {} if before is None else before.calls.frames)
        self.annotations = Annotations(self)
        self.state: State = State(self, None if before is None else before.state)
        #: functions that are taken to be async, to find out whether that would make a callback async
        self.assumed_async: frozenset[ast.AST] = frozenset()
        #: how conditions go, by `if` and frame
        self.decided: dict[tuple[ast.If, Frame | None], bool | None] = {}
        #: counts the questions that were cut short; an answer during which none was is final
        self.cuts = 0
        #: counts the questions asked about calls while it was still being found out who calls what
        self.early = 0
        #: where answers are kept for which such a question was asked: none of them outlives that search
        self.premature: list[tuple[dict[Any, Any], object]] = []
        #: so many expressions were worked out, and so many may be until the question is given up
        self.work, self.limit = 0, sys.maxsize
        #: whether the calls of a function are searched for, which has a limit of its own
        self.is_searching = False
        self._limit_around = sys.maxsize
        #: what bindings gave, by binding and frame
        self.bindings: dict[tuple[Binding, Frame | None], Values] = {}
        #: what functions returned, by scope and frame
        self.results: dict[tuple[Scope, Frame | None], Values] = {}
        self._memo: dict[Expression, Values] = {}
        #: the functions whose answer is being decided
        self._asked: set[Scope] = set()
        #: so many questions are being answered, each for the one before
        self._depth = 0

    @cached_property
    def installed(self) -> Installed:
        """Which conditions the installed version of the framework decides."""
        from flake8_orch47.resolution.installed import Installed

        return Installed(self)

    @cached_property
    def dispatch(self) -> Dispatch:
        """Which function of several a single dispatch chooses."""
        from flake8_orch47.resolution.dispatch import Dispatch

        return Dispatch(self)

    @cached_property
    def inference(self) -> Inference:
        """What astroid says where facts cannot decide."""
        from flake8_orch47.resolution.inference import Inference

        return Inference()

    def values(self, expression: Expression) -> Values:
        """The values that `expression` may have; never empty outside of a cycle."""
        node = expression.node
        kind = node.__class__
        if kind is ast.Constant:
            return constant(node.value)  # type: ignore[attr-defined]
        if kind is ast.Name:  # bindings keep what they gave
            _, scope, statement, frame = expression
            values = self.names.values(node.id, scope, statement, frame)  # type: ignore[attr-defined]
            if len(values) > _WIDTH or not (values or self._depth):
                return UNKNOWN
            return values
        known = self._memo.get(expression)
        if known is not None:
            if known is _BEING_ASKED:
                self.cuts += 1
                return NOTHING
            return known
        depth = self._depth
        if depth > _CHAIN:
            self._inner_first(expression)
            if depth > _DEPTH:
                self.cuts += 1
                return UNKNOWN
        self.work += 1
        if not depth and not self.is_searching:
            self.limit = self.work + next(most for total, most in _WORK if self.work < total)
            self.premature.clear()
        if self.work > self.limit:
            self.cuts += 1
            self.early += 1
            return UNKNOWN
        memo, early, cuts = self._memo, self.early, self.cuts
        memo[expression] = _BEING_ASKED
        self._depth = depth + 1
        values = NOTHING
        try:
            handler = _HANDLERS.get(kind)
            values = handler(self, expression, node) if handler else UNKNOWN
        except RecursionError:
            if depth:
                raise  # to the outermost question: that one is unknown
            return UNKNOWN
        finally:
            self._depth = depth
            if not values:
                del memo[expression]
        if len(values) > _WIDTH or not (values or depth):
            values = UNKNOWN
        if values:
            memo[expression] = values
            self.note_premature(memo, expression, cuts, early)
        return values

    def note_premature(self, memo: dict[Any, Any], key: object, cuts: int, early: int) -> None:
        """Notes an answer that was cut short since the counters had these values: it ends with the search going on."""
        if self.early != early or (self.is_searching and self.cuts != cuts):
            self.premature.append((memo, key))

    @property
    def is_exhausted(self) -> bool:
        """Whether the question at hand has taken all that it may."""
        return self.work > self.limit

    def search(self, limit: int) -> None:
        """Begins a search for the calls of something, which is given up after so many expressions."""
        self.is_searching, self._limit_around = True, self.limit
        self.limit = self.work + limit

    def end_search(self) -> None:
        """Ends it, and forgets the answers that were given before it was known who calls what."""
        self.is_searching, self.limit = False, self._limit_around
        for memo, key in self.premature:
            memo.pop(key, None)
        self.premature.clear()

    def _inner_first(self, expression: Expression) -> None:
        """Evaluates a long chain of calls and attributes from its inner end: no recursion is as deep as that."""
        node, chain = expression.node, list[ast.expr]()
        while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
            if len(chain) > _CHAIN and expression._replace(node=node) in self._memo:
                break
            chain.append(node)
        if len(chain) > _CHAIN:
            for inner in reversed(chain[:: _CHAIN // 2]):
                self.values(expression._replace(node=inner))

    def at(self, expression: Expression, node: ast.expr) -> Values:
        """The values of `node`, which stands where `expression` does."""
        _, scope, statement, frame = expression
        return self.values(Expression(node, scope, statement, frame))

    def assuming_async(self, node: ast.AST, question: Callable[[], Any]) -> Any:
        """The answer to `question` if the function `node` were async."""
        kept = self._memo, self.bindings, self.results, self.decided, self._depth, self.assumed_async
        self._memo, self.bindings, self.results, self.decided, self._depth = {}, {}, {}, {}, 0
        self.assumed_async |= {node}
        try:
            return question()
        finally:
            self._memo, self.bindings, self.results, self.decided, self._depth, self.assumed_async = kept

    # -- kinds of expressions ------------------------------------------------------------------------------

    def _attribute(self, here: Expression, node: ast.Attribute) -> Values:
        values = self.at(here, node.value)
        found: Values = NOTHING
        for value in values:
            found |= self.members.attribute(value, node.attr)
        if any(map(_is_foreign_holder, values)):
            found |= self._put_there(here, node)
        return found

    def _put_there(self, here: Expression, node: ast.Attribute) -> Values:
        """What the same module puts into an object of somebody else: `local.session = Session()`."""
        found: Values = NOTHING
        for one in here.scope.module.attributes:
            if one.target.attr == node.attr and not one.path and ast.dump(one.target.value) == ast.dump(node.value):
                found |= self.values(Expression(one.value, one.scope, one.statement, None))
        return found

    def _subscript(self, here: Expression, node: ast.Subscript) -> Values:
        values = self.at(here, node.value)
        if values == UNKNOWN:
            return UNKNOWN
        if isinstance(node.slice, ast.Slice):
            return self.members.sliced(values)
        keys = as_keys(self.at(here, node.slice))
        if any(isinstance(value, Dictionary) for value in values) and not any(
            isinstance(key, Constant) for key in keys
        ):
            keys = self.inference.constants(here.scope.module, node.slice) or keys
        return self.members.items(values, keys)

    def _call(self, here: Expression, node: ast.Call) -> Values:
        return self.calls.result(here, node)

    def _await(self, here: Expression, node: ast.Await) -> Values:
        return self.calls.awaited(self.at(here, node.value))

    def _lambda(self, here: Expression, node: ast.Lambda) -> Values:
        scope = here.scope.module.met.get(node)  # there is none for what stands in an annotation
        return UNKNOWN if scope is None else frozenset({Function(scope, here.frame)})

    def _conditional(self, here: Expression, node: ast.IfExp) -> Values:
        match self.decide(here._replace(node=node.test)):
            case True:
                return self.at(here, node.body)
            case False:
                return self.at(here, node.orelse)
        either = self.at(here, node.body), self.at(here, node.orelse)
        asks = self.calls.is_coroutine_function
        is_async = [bool(arm) and all(asks(value) is True for value in arm) for arm in either]
        is_sync = [bool(arm) and all(asks(value) is False for value in arm) for arm in either]
        for_both = (is_async[0] and is_sync[1]) or (is_sync[0] and is_async[1])  # sides of 4.7, if that is asked
        if for_both and self.installed.is_asked(here._replace(node=node.test)):
            return either[is_async[1]]
        return either[0] | either[1]

    def decide(self, test: Expression) -> bool | None:
        """How a condition goes, where that is certain.

        Settings are not: what a module or class calls True today may be False in another deployment.
        """
        node = test.node
        if isinstance(node, ast.Compare | ast.Name | ast.Attribute | ast.Call):
            answer = self.of_version(test)
            if answer is not None:
                return answer
        match node:
            case ast.UnaryOp(op=ast.Not()):
                answer = self.decide(test._replace(node=node.operand))
                return None if answer is None else not answer
            case ast.BoolOp():
                answers = {self.decide(test._replace(node=operand)) for operand in node.values}
                stops = isinstance(node.op, ast.Or)
                return stops if stops in answers else (not stops if answers == {not stops} else None)
            case ast.Compare() if any(
                self.is_setting(test, side) and not self._is_list(test, side) for side in (node.left, *node.comparators)
            ):
                return None
            case ast.Name() | ast.Attribute() if self.is_setting(test, node):
                return None
            case ast.NamedExpr():
                return self.decide(test._replace(node=node.value))
            case ast.Name():
                return self._decide_name(test, node)
            case ast.Call():
                callees = self.at(test, node.func)
                known = any(isinstance(callee, External) for callee in callees)
                if isinstance(node.func, ast.Attribute) and not self.is_setting(test, node.func.value):
                    known = known or all(isinstance(callee, BoundBuiltin) for callee in callees)
                return self._truth_of_all(self.values(test)) if known else self._decide_asked(test, node, callees)
            case ast.Compare() | ast.Constant() | ast.Attribute():
                return self._truth_of_all(self.values(test))
        return None

    def of_version(self, test: Expression) -> bool | None:
        """How a condition goes that the installed version decides; `AWAITS = CORE >= Version("4.7")` is one too."""
        return self.installed.holds(test)

    def _decide_asked(self, test: Expression, node: ast.Call, callees: Values) -> bool | None:
        """How a call of a function of the project goes that only asks what kind of thing it is given.

        What any other answers today says nothing about tomorrow.
        """
        function = next(iter(callees)) if len(callees) == 1 else None
        if not isinstance(function, Function) or self.calls.is_async(function):
            return None
        asked, statement = _returned(function.node)
        if asked is None or function.scope in self._asked or not settles(asked):
            return None
        self._asked.add(function.scope)
        try:
            frame = self.calls.frame(function, self.calls.arguments(node, test))
            return self.decide(Expression(asked, function.scope, statement, frame))
        finally:
            self._asked.discard(function.scope)

    def _decide_name(self, test: Expression, node: ast.Name) -> bool | None:
        """A local variable is as certain as what it was given; a parameter as what a known caller gave."""
        reached, owner = self.names.lookup(node.id, test.scope, test.statement)
        if len(reached) != 1 or owner is None:
            return None
        binding = reached[0].binding
        if binding.kind == "parameter":
            return self._truth_of_all(self.values(test))
        if binding.kind == "assign" and binding.value is not None and not binding.path:
            frame = frame_at(binding.scope, test.frame)
            return self.decide(Expression(binding.value, binding.scope, binding.statement, frame))
        return None

    def _truth_of_all(self, values: Values) -> bool | None:
        # A coroutine is always true, but nobody means that: its `await` was forgotten.
        answers = {None if isinstance(value, Coroutine | Awaitable) else self.truth(value) for value in values}
        return answers.pop() if len(answers) == 1 else None

    def is_setting(self, here: Expression, node: ast.expr) -> bool:
        """Whether a name is bound in a module or class, or read from one."""
        if isinstance(node, ast.Attribute):
            owners = self.at(here, node.value)
            return not all(isinstance(one, Instance) and self.members.is_given(one, node.attr) for one in owners)
        if not isinstance(node, ast.Name):
            return False
        _, owner = self.names.lookup(node.id, here.scope, here.statement)
        return owner is None or owner.kind in ("module", "class")

    def _is_list(self, here: Expression, node: ast.expr) -> bool:
        """Whether a name is that of constants which a module lists: `CALLBACKS = ("authorize_callback", ...)`."""
        if not isinstance(node, ast.Name):
            return False
        reached, _ = self.names.lookup(node.id, here.scope, here.statement)
        if len(reached) == 1 and reached[0].binding.kind == "import":
            reached = self.names.origin(reached[0].binding)
        value = reached[0].binding.value if len(reached) == 1 else None
        if isinstance(value, ast.Call) and last_name(value.func) in ("frozenset", "set") and len(value.args) == 1:
            value = value.args[0]
        return isinstance(value, ast.Tuple | ast.List | ast.Set) and all(
            isinstance(element, ast.Constant) for element in value.elts
        )

    def _boolean(self, here: Expression, node: ast.BoolOp) -> Values:
        """`or` gives the first true operand, `and` the first false one, both else the last."""
        stops_at = isinstance(node.op, ast.Or)
        found: Values = NOTHING
        for operand in node.values[:-1]:
            values = self.at(here, operand)
            stopping: set[Value] = {value for value in values if self.truth(value) in (stops_at, None)}
            if self.assumed_async and any(isinstance(value, Coroutine) for value in values):
                found |= UNKNOWN  # what is asked for its truth now would have to be awaited first
            if not stops_at and any(isinstance(value, External) for value in stopping):
                # What `settings.ENABLED and check` gives if it is false is nobody's function.
                stopping = {Unknown() if isinstance(value, External) else value for value in stopping}
            found |= stopping
            if values and all(self.truth(value) is stops_at for value in values):
                return found
        return found | self.at(here, node.values[-1])

    def truth(self, value: Value) -> bool | None:
        """Whether a value is true, where that is certain."""
        match value:
            case Constant():
                return bool(value.value)
            case Function() | Class() | Coroutine() | Awaitable() | Partial():
                return True
            case Sequence():
                return bool(value.elements)
            case Instance(declared=False) if all(isinstance(owner, Class) for owner in self.members.line(value.cls)):
                special = ("__bool__", "__len__")
                return None if any(self.members.method(value.cls, name, value) for name in special) else True
            case Dictionary() if not value.others:
                return bool(value.items)
        return None

    def _unary(self, here: Expression, node: ast.UnaryOp) -> Values:
        if isinstance(node.op, ast.Not):
            return BOOL
        if isinstance(node.op, ast.USub):
            match list(self.at(here, node.operand)):
                case [Constant(value=int() | float() as number)]:
                    return frozenset({Constant.of(-number)})
        found: Values = NOTHING
        for value in self.at(here, node.operand):
            made = self._overloaded(node.op, value) if isinstance(value, Instance) else None
            if made is None:
                made = frozenset({Opaque("value")}) if _is_plain(value) else UNKNOWN
            found |= made
        return found

    def _compare(self, here: Expression, node: ast.Compare) -> Values:
        """A bool; a certain one for `x is None` and the like where every value of both sides is known."""
        if len(node.ops) == 1:
            answer = self._compared(node.ops[0], self.at(here, node.left), self.at(here, node.comparators[0]))
            if answer is not None:
                return frozenset({Constant.of(answer)})
        return BOOL

    def _compared(self, operator: ast.cmpop, left: Values, right: Values) -> bool | None:
        if len(left) != 1 or len(right) != 1:
            return None
        first, second = next(iter(left)), next(iter(right))
        if isinstance(operator, ast.In | ast.NotIn):
            answer = _is_among(first, second)
            return answer if answer is None or isinstance(operator, ast.In) else not answer
        if not isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
            return None
        if isinstance(first, Constant) and isinstance(second, Constant):
            same = first == second
        elif isinstance(second, Constant) and second.value is None and _is_something(first):
            same = False
        else:
            return None
        return same if isinstance(operator, ast.Is | ast.Eq) else not same

    def _binary(self, here: Expression, node: ast.BinOp) -> Values:
        return self.operated(node.op, self.at(here, node.left), here._replace(node=node.right))

    def operated(self, operator: ast.operator, left: Values, right: Expression) -> Values:
        """What an arithmetic operator gives. Of very many pairs only what they hold in all is known."""
        others = self.values(right)
        if len(left) * len(others) > _PAIRS:
            holders = frozenset(value for value in left | others if isinstance(value, Sequence | Elements))
            return frozenset({Elements(self.members.elements(holders))}) | UNKNOWN
        return NOTHING.union(*(self._operation(operator, first, second) for first in left for second in others))

    def _overloaded(
        self, operator: ast.operator | ast.unaryop, instance: Instance, *others: Value, reflected: bool = False
    ) -> Values | None:
        """What the method behind an operator gives; None if the class has none."""
        name = f"__{'r' if reflected else ''}{_OVERLOADS.get(type(operator), '')}__"
        methods = self.members.method(instance.cls, name, instance)
        if methods is None:
            return None
        arguments = Arguments(tuple(frozenset({other}) for other in others))
        return NOTHING.union(*(self.calls.call(method, arguments) for method in methods))

    def _operation(self, operator: ast.operator, left: Value, right: Value) -> Values:
        match operator, left, right:
            case ast.Add(), Constant(str() as first), Constant(str() as second):
                return frozenset({Constant.of(first + second)})
            case ast.Add(), Sequence(), Sequence():
                return frozenset({Sequence((*left.elements, *right.elements))})
            case ast.Add(), (Sequence() | Elements()), (Sequence() | Elements()):
                return frozenset({Elements(self.members.elements(frozenset({left, right})))})
            case ast.BitOr(), Dictionary(), (Dictionary() | Parameter()):
                return frozenset({merged((left, right))})
            case ast.BitOr(), Parameter(), Dictionary():
                return frozenset({merged((left, right))})
            case _, Instance(), _ if (found := self._overloaded(operator, left, right)) is not None:
                return found
            case _, _, Instance() if (found := self._overloaded(operator, right, left, reflected=True)) is not None:
                return found
            case _, ExternalInstance(), _:
                return externals.operation(left.cls, operator)
        return frozenset({Opaque("value")}) if _is_plain(left) and _is_plain(right) else UNKNOWN

    def _string(self, here: Expression, node: ast.JoinedStr) -> Values:
        parts: list[str] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                if part.conversion != -1 or part.format_spec is not None:
                    return frozenset({Opaque("str")})
                part = part.value
            values = self.at(here, part)
            value = next(iter(values)) if len(values) == 1 else None
            if not isinstance(value, Constant) or not isinstance(value.value, str):
                return frozenset({Opaque("str")})
            parts.append(value.value)
        return frozenset({Constant.of("".join(parts))})

    def _sequence(self, here: Expression, node: ast.List | ast.Tuple) -> Values:
        elements: list[Values] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                inner = self.at(here, element.value)
                only = next(iter(inner)) if len(inner) == 1 else None
                if not isinstance(only, Sequence):
                    return frozenset({Elements(self._any_of(here, node.elts))})
                elements.extend(only.elements)
            else:
                elements.append(self.at(here, element))
        return frozenset({Sequence(tuple(elements))})

    def _set(self, here: Expression, node: ast.Set) -> Values:
        return frozenset({Elements(self._any_of(here, node.elts))})

    def _any_of(self, here: Expression, nodes: list[ast.expr]) -> Values:
        found: Values = NOTHING
        for node in nodes:
            if isinstance(node, ast.Starred):
                found |= self.members.elements(self.at(here, node.value))
            else:
                found |= self.at(here, node)
        return found

    def _dictionary(self, here: Expression, node: ast.Dict) -> Values:
        parts: list[Value] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                parts += self.at(here, value)
                continue
            keys = as_keys(self.at(here, key))
            values = self.at(here, value)
            if len(keys) == 1 and isinstance(constant := next(iter(keys)), Constant):
                parts.append(Dictionary(((constant, values),)))
            else:
                parts.append(Dictionary((), values))
        return frozenset({merged(parts)})

    def _comprehension(self, here: Expression, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Values:
        scope = here.scope.module.met.get(node)
        if scope is None:
            return UNKNOWN
        if (turns := self._turns(here, node, node.elt)) is not None:
            each = (self.values(Expression(node.elt, scope, here.statement, frame)) for frame in turns)
            return frozenset({Elements(NOTHING.union(*each))})
        values = self.values(Expression(node.elt, scope, here.statement, here.frame))
        tests = [test for generator in node.generators for test in generator.ifs]
        if tests:
            values = passing(self, values, node.elt, (part for test in tests for part in parts_of(test, True)))
        return frozenset({Elements(values)})

    def _turns(self, here: Expression, node: _Comprehension, value: ast.expr) -> list[Frame] | None:
        """The turns that a comprehension takes, each with what it binds, if they are few and all known.

        Not for lambdas: they see the last turn, whichever makes them.
        """
        generator, *more = node.generators
        if more or generator.is_async or isinstance(value, ast.Lambda) or not _is_written_down(generator.iter):
            return None
        elements: list[Values] = []
        for held in self.at(here, generator.iter):
            match held:
                case Sequence():
                    elements += held.elements
                case Elements():
                    elements += [frozenset({one}) for one in held.of]
                case Dictionary() if not held.others:
                    elements += [frozenset({key}) for key, _ in held.items]
                case _:
                    return None
        scope, target = here.scope.module.met[node], generator.target
        names = [target] if isinstance(target, ast.Name) else getattr(target, "elts", [])
        if len(elements) > _TURNS or not all(isinstance(name, ast.Name) for name in names):
            return None
        frames = []
        for element in elements:
            parts = [element]
            if target not in names:
                parts = [self.members.items(element, constant(index)) for index in range(len(names))]
            bound = {name.id: part for name, part in zip(names, parts, strict=True)}
            frame = self.calls.intern(scope, bound, here.frame)
            tests = (Expression(test, scope, here.statement, frame) for test in generator.ifs)
            if not any(self._truth_of_all(self.values(test)) is False for test in tests):
                frames.append(frame)
        return frames

    def _dictionary_comprehension(self, here: Expression, node: ast.DictComp) -> Values:
        scope = here.scope.module.met.get(node)
        if scope is None:
            return UNKNOWN
        if (turns := self._turns(here, node, node.value)) is not None:
            items: dict[Constant, Values] = {}
            others: Values = NOTHING
            for frame in turns:
                key, value = (Expression(part, scope, here.statement, frame) for part in (node.key, node.value))
                keys = as_keys(self.values(key))
                if len(keys) == 1 and isinstance(constant := next(iter(keys)), Constant):
                    items[constant] = self.values(value)
                else:
                    others |= self.values(value)
            return frozenset({Dictionary(tuple(items.items()), others)})
        made = frozenset({Dictionary((), self.values(Expression(node.value, scope, here.statement, here.frame)))})
        if (through := _gone_through(node)) is None:
            return made
        whole, keeps = through
        values = self.at(here, whole)
        if keeps:
            return values
        # What a caller gives decides: with its arguments every turn is known.
        given = frozenset(value for value in values if isinstance(value, Parameter))
        return given or made

    def _named(self, here: Expression, node: ast.NamedExpr) -> Values:
        return self.at(here, node.value)


#: The methods behind operators on objects that the project defines.
_OVERLOADS: dict[type[ast.operator | ast.unaryop], str] = {
    ast.Add: "add",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.LShift: "lshift",
    ast.MatMult: "matmul",
    ast.Mod: "mod",
    ast.Mult: "mul",
    ast.RShift: "rshift",
    ast.Sub: "sub",
    ast.Invert: "invert",
    ast.UAdd: "pos",
    ast.USub: "neg",
}

_HANDLERS: dict[type[ast.expr], Callable[[Evaluator, Expression, Any], Values]] = {
    ast.Attribute: Evaluator._attribute,
    ast.Subscript: Evaluator._subscript,
    ast.Call: Evaluator._call,
    ast.Await: Evaluator._await,
    ast.Lambda: Evaluator._lambda,
    ast.IfExp: Evaluator._conditional,
    ast.BoolOp: Evaluator._boolean,
    ast.UnaryOp: Evaluator._unary,
    ast.Compare: Evaluator._compare,
    ast.BinOp: Evaluator._binary,
    ast.JoinedStr: Evaluator._string,
    ast.List: Evaluator._sequence,
    ast.Tuple: Evaluator._sequence,
    ast.Set: Evaluator._set,
    ast.Dict: Evaluator._dictionary,
    ast.ListComp: Evaluator._comprehension,
    ast.SetComp: Evaluator._comprehension,
    ast.GeneratorExp: Evaluator._comprehension,
    ast.DictComp: Evaluator._dictionary_comprehension,
    ast.NamedExpr: Evaluator._named,
}


def _is_foreign_holder(value: Value) -> bool:
    """Whether something is an object outside the project, or a function, that may hold what is put there."""
    return isinstance(value, ExternalInstance | Function) or (isinstance(value, External) and value.name.endswith("()"))
