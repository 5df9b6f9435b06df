"""Reading arguments: what an expression is before the program runs, or why that cannot be said.

Names are followed through assignments, imports, classes and parameters whose argument is known; arithmetic and the
constructors of dates, time zones and triggers are worked out. Nothing of the project is executed: what is built here
are Python's own numbers, texts and dates.
"""

from __future__ import annotations

import ast
import operator
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from flake8_orch47.facts.uses import is_docstring
from flake8_orch47.knowledge import apscheduler
from flake8_orch47.records import Entity
from flake8_orch47.resolution.values import (
    Class,
    Constant,
    Expression,
    External,
    ExternalModule,
    Function,
    Instance,
    Module,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flake8_orch47.facts.flow import Reached
    from flake8_orch47.facts.scopes import Binding, ModuleFacts, Scope
    from flake8_orch47.resolution.values import Arguments
    from flake8_orch47.rules.analysis import Analysis

__all__ = ["LOCAL", "Constants", "Given", "NotConstant", "Passed", "TriggerObject", "Zone"]

#: Expressions inside expressions deeper than this are not read; real code stays far below.
_DEPTH = 60
#: Longer texts, lists and numbers are nothing that a schedule is made of.
_LENGTH = 10_000
_BITS = 256


class NotConstant(Exception):  # noqa: N818 (it says what an expression is)
    """An expression that cannot be known before the program runs; the message says why, `node` what."""

    def __init__(self, message: str, module: ModuleFacts, node: ast.AST) -> None:
        super().__init__(message)
        self.module = module
        self.node = node


class Zone(Entity):
    """A named time zone. pytz's own objects are no proper `tzinfo` of a date: `library` tells them apart."""

    key: str
    library: str = "zoneinfo"


class _Local(Entity):
    """The time zone of the machine, which is also the scheduler's."""


LOCAL = _Local()


class TriggerObject(Entity):
    """A trigger of APScheduler: the name of its kind and what its constructor was given, by name."""

    kind: str
    arguments: dict[str, Any]


class Passed(NamedTuple):
    """The arguments of a call, each read or with the reason why it is not; `rest` for what a star may bring."""

    positional: list[Any]
    keywords: dict[str, Any]
    rest: NotConstant | None = None


#: What parameters hold: the value, or why it is not known.
Given: TypeAlias = "Mapping[tuple[Scope, str], Any]"

_NOTHING_GIVEN: dict[tuple[Scope, str], Any] = {}


class Constants:
    """Reads expressions of one project."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.evaluator = analysis.evaluator
        self._changed: dict[ModuleFacts, dict[str, int]] = {}
        self._depth = 0

    def read(self, here: Expression, given: Given = _NOTHING_GIVEN) -> Any:
        """The value of an expression. Raises NotConstant."""
        reader = _READERS.get(type(here.node))
        if reader is None or self._depth > _DEPTH:
            raise self._not(here, f"{self.source(here)} cannot be known before the program runs")
        self._depth += 1
        try:
            return reader(self, here, here.node, given)
        finally:
            self._depth -= 1

    def tried(self, here: Expression, given: Given = _NOTHING_GIVEN) -> Any:
        """The value of an expression, or the NotConstant that says why it has none."""
        try:
            return self.read(here, given)
        except NotConstant as reason:
            return reason

    def source(self, here: Expression) -> str:
        """The expression as it stands in the source, short enough for a message."""
        text = ast.get_source_segment(here.scope.module.text, here.node) or ast.unparse(here.node)
        text = " ".join(text.split())
        return f"`{text if len(text) <= 40 else text[:37] + '...'}`"

    # -- calls ---------------------------------------------------------------------------------------------

    def passed(self, call: ast.Call, here: Expression, given: Given = _NOTHING_GIVEN) -> Passed:
        """The arguments of a call, stars expanded."""
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        rest: NotConstant | None = None
        for argument in call.args:
            if not isinstance(argument, ast.Starred):
                positional.append(self.tried(here._replace(node=argument), given))
                continue
            values = self.tried(here._replace(node=argument.value), given)
            if isinstance(values, list | tuple):
                positional.extend(values)
            else:
                rest = self._unexpanded(values, here._replace(node=argument.value))
                break
        for keyword in call.keywords:
            value = self.tried(here._replace(node=keyword.value), given)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(name, str) for name in value):
                keywords.update(value)
            else:
                rest = self._unexpanded(value, here._replace(node=keyword.value))
        return Passed(positional, keywords, rest)

    def passed_before(self, arguments: Arguments, here: Expression, given: Given = _NOTHING_GIVEN) -> Passed:
        """What a `partial` was given when it was made; `here` is where it is used."""

        def value(argument: Expression | Values) -> Any:
            if isinstance(argument, Expression):
                return self.tried(argument, given)
            only = next(iter(argument)) if len(argument) == 1 else None
            if isinstance(only, Constant):
                return only.value
            return self._not(here, f"what {self.source(here)} was given cannot be determined")

        unknown = bool(arguments.rest or arguments.keyword_rest)
        return Passed(
            [value(argument) for argument in arguments.positional],
            {name: value(argument) for name, argument in arguments.keywords},
            self._not(here, f"what {self.source(here)} was given cannot be determined") if unknown else None,
        )

    def _unexpanded(self, value: Any, here: Expression) -> NotConstant:
        if isinstance(value, NotConstant):
            return value
        return self._not(here, f"{self.source(here)} cannot be expanded into arguments")

    def _not(self, here: Expression, message: str) -> NotConstant:
        return NotConstant(message, here.scope.module, here.node)

    # -- names ---------------------------------------------------------------------------------------------

    def _name(self, here: Expression, node: ast.Name, given: Given) -> Any:
        reached, owner = self.evaluator.names.lookup(node.id, here.scope, here.statement)
        if owner is None:
            return self._known(here)
        return self._reached(reached, here, given)

    def _reached(self, reached: tuple[Reached, ...], here: Expression, given: Given) -> Any:
        """What the bindings that a name may have give it: all but one way to read that is none."""
        if len(reached) != 1:
            raise self._not(here, f"{self.source(here)} may have several values")
        binding = reached[0].binding
        self._unchanged(binding, here)
        match binding.kind:
            case "assign" if binding.value is not None:
                inner = Expression(binding.value, binding.scope, binding.statement, None)
                return self._element(self.read(inner, given), binding.path, here)
            case "import":
                origin = self.evaluator.names.origin(binding)
                return self._reached(origin, here, given) if origin else self._known(here)
            case "parameter":
                return self._parameter(binding, here, given)
            case "loop":
                raise self._not(here, f"{self.source(here)} changes from one turn of a loop to the next")
        return self._known(here)

    def _parameter(self, binding: Binding, here: Expression, given: Given) -> Any:
        key = (binding.scope, binding.name)
        if key not in given:
            function = getattr(binding.scope.node, "name", "a lambda")
            raise self._not(here, f"{self.source(here)} is a parameter of `{function}`")
        value = given[key]
        if isinstance(value, NotConstant):
            raise value
        return value

    def _element(self, value: Any, path: tuple[int, ...], here: Expression) -> Any:
        for step in path:
            if not isinstance(value, list | tuple) or not 0 <= step < len(value):
                raise self._not(here, f"{self.source(here)} cannot be determined")
            value = value[step]
        return value

    def _known(self, here: Expression) -> Any:
        """What the engine says of an expression that is no name of a constant."""
        values = self.evaluator.values(here)
        only = next(iter(values)) if len(values) == 1 else None
        match only:
            case Constant():
                return only.value
            case External() if only.name in _ATTRIBUTES:
                return _ATTRIBUTES[only.name]
            case Instance():
                raise self._not(here, f"{self.source(here)} is an object of the program")
        raise self._not(here, f"{self.source(here)} cannot be determined")

    def _unchanged(self, binding: Binding, here: Expression) -> None:
        """Raise NotConstant if the module puts something into what the binding names, or takes something out."""
        module = binding.scope.module
        changed = self._changed.get(module)
        if changed is None:
            changed = self._changed[module] = _changed_names(module.tree)
        if binding.name in changed:
            raise self._not(here, f"`{binding.name}` is changed after it is made (line {changed[binding.name]})")

    # -- attributes ----------------------------------------------------------------------------------------

    def _attribute(self, here: Expression, node: ast.Attribute, given: Given) -> Any:
        owners = self.evaluator.at(here, node.value)
        owner = next(iter(owners)) if len(owners) == 1 else None
        match owner:
            case Module() if not owner.found.is_namespace:
                facts = self.evaluator.modules.facts(owner.found.path)
                if facts is not None and node.attr in facts.scope.bindings:
                    return self._reached(self._at_end(facts.scope, node.attr), here, given)
                return self._known(here)
            case Class():
                return self._class_attribute(owner, here, node.attr, given)
            case External(name="datetime.timedelta()"):
                pass  # a value, which is read below
            case External() | ExternalModule():
                return self._known(here)
            case Instance():
                raise self._not(here, f"{self.source(here)} belongs to an object: it is known when the program runs")
        if node.attr == "value" and isinstance(node.value, ast.Attribute):
            return self._enum_value(here._replace(node=node.value), node.value, given)
        value = self.read(here._replace(node=node.value), given)
        if isinstance(value, timedelta) and node.attr in ("days", "seconds", "microseconds"):
            return getattr(value, node.attr)
        raise self._not(here, f"{self.source(here)} cannot be determined")

    def _class_attribute(self, owner: Class, here: Expression, name: str, given: Given) -> Any:
        members = self.evaluator.members
        line = members.line(owner)
        if members.is_enum(owner) and not any(isinstance(base, External) and base.name in _TEXT_BASES for base in line):
            raise self._not(here, f"{self.source(here)} is a member of an Enum, not its value")
        for base in line:
            if isinstance(base, Class) and name in base.scope.bindings:
                return self._reached(self._at_end(base.scope, name), here, given)
        raise self._not(here, f"{self.source(here)} cannot be determined")

    def _enum_value(self, member: Expression, node: ast.Attribute, given: Given) -> Any:
        """`Task.EXPORT.value`"""
        for owner in self.evaluator.at(member, node.value):
            if isinstance(owner, Class) and self.evaluator.members.is_enum(owner) and node.attr in owner.scope.bindings:
                return self._reached(self._at_end(owner.scope, node.attr), member, given)
        raise self._not(member, f"{self.source(member)} cannot be determined")

    def _at_end(self, scope: Scope, name: str) -> tuple[Reached, ...]:
        return self.evaluator.names.lookup(name, scope, None)[0]

    # -- calls, items and operators ------------------------------------------------------------------------

    def _call(self, here: Expression, node: ast.Call, given: Given) -> Any:
        callees = self.evaluator.at(here, node.func)
        callee = next(iter(callees)) if len(callees) == 1 else None
        if isinstance(callee, Function):
            return self._returned(callee, here, node, given)
        name = callee.name if isinstance(callee, External) else ""
        if name in _MOMENTS:
            raise self._not(here, f"{self.source(here)} is another moment with every start of the program")
        if name in _ENVIRONMENT:
            raise self._not(here, f"{self.source(here)} comes from the environment")
        if name in _CALLS or name in apscheduler.TRIGGER_CLASSES or name == apscheduler.FROM_CRONTAB:
            return self._built(name, here, self._arguments(node, here, given))
        if isinstance(node.func, ast.Attribute) and not name.startswith("apscheduler."):
            receiver = self.tried(here._replace(node=node.func.value), given)
            method = _METHODS.get((type(receiver), node.func.attr))
            if method is not None:
                positional, keywords = self._arguments(node, here, given)
                return self._computed(here, lambda: method(receiver, *positional, **keywords))
        raise self._not(here, f"the result of {self.source(here)} cannot be known before the program runs")

    def _arguments(self, node: ast.Call, here: Expression, given: Given) -> tuple[list[Any], dict[str, Any]]:
        positional, keywords, rest = self.passed(node, here, given)
        for value in (*positional, *keywords.values(), rest):
            if isinstance(value, NotConstant):
                raise value
        return positional, keywords

    def _built(self, name: str, here: Expression, arguments: tuple[list[Any], dict[str, Any]]) -> Any:
        """What a constructor that the tables know makes."""
        positional, keywords = arguments
        if name in _CALLS:
            return self._computed(here, lambda: _CALLS[name](*positional, **keywords))
        if name == apscheduler.FROM_CRONTAB:
            return self._computed(here, lambda: _from_crontab(*positional, **keywords))
        kind = apscheduler.TRIGGER_CLASSES[name]
        if kind in apscheduler.COMBINING:
            return TriggerObject(kind, keywords)
        parameters = apscheduler.TRIGGERS[kind]
        named = dict(zip(parameters, positional, strict=False))
        again = sorted(named.keys() & keywords.keys())
        if len(positional) > len(parameters) or again:
            raise self._not(here, f"{self.source(here)} raises TypeError: too many arguments")
        return TriggerObject(kind, named | keywords)

    def _returned(self, function: Function, here: Expression, node: ast.Call, given: Given) -> Any:
        """What a function gives whose body is one `return`."""
        scope, definition = function.scope, function.node
        if isinstance(definition, ast.Lambda):
            returned: ast.expr | None = definition.body
            statement = None
        else:
            body = [one for one in definition.body if not is_docstring(one)]
            only = body[0] if len(body) == 1 else None
            returned = only.value if isinstance(only, ast.Return) else None
            statement = only
        if returned is None or isinstance(definition, ast.AsyncFunctionDef) or function.receiver is not None:
            raise self._not(here, f"the result of {self.source(here)} cannot be known before the program runs")
        inner = self.bound(scope, self.passed(node, here, given), here)
        return self.read(Expression(returned, scope, statement, None), {**given, **inner})

    def bound(self, scope: Scope, passed: Passed, here: Expression) -> dict[tuple[Scope, str], Any]:
        """What the parameters of a function hold for a call: arguments, and defaults for what is not given."""
        node = scope.function
        if node is None:
            raise TypeError(f"{scope.kind} is no function")
        positional = [parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)]
        named = [parameter.arg for parameter in (*node.args.args, *node.args.kwonlyargs)]
        found = dict(zip(positional, passed.positional, strict=False))
        found.update({name: value for name, value in passed.keywords.items() if name in named})
        for name in (*positional, *(parameter.arg for parameter in node.args.kwonlyargs)):
            if name in found:
                continue
            default = scope.bindings[name][0].value
            if passed.rest is not None:
                found[name] = passed.rest
            elif default is not None:
                outside = Expression(default, scope.parent or scope, scope.statement, None)
                found[name] = self.tried(outside)
            else:
                found[name] = self._not(here, f"{self.source(here)} gives nothing to the parameter `{name}`")
        extra = {name: value for name, value in passed.keywords.items() if name not in found}
        if node.args.vararg is not None:
            found[node.args.vararg.arg] = passed.rest or tuple(passed.positional[len(positional) :])
        if node.args.kwarg is not None:
            found[node.args.kwarg.arg] = passed.rest or extra
        return {(scope, name): value for name, value in found.items()}

    def _computed(self, here: Expression, compute: Callable[[], Any]) -> Any:
        """The result of a computation on values that were read; what it would raise is the reason."""
        try:
            value = compute()
        except Exception as error:
            raise self._not(here, f"{self.source(here)} raises {type(error).__name__}: {error}") from error
        if isinstance(value, int) and value.bit_length() > _BITS:
            raise self._not(here, f"{self.source(here)} is too large")
        return value

    def _binary(self, here: Expression, node: ast.BinOp, given: Given) -> Any:
        left = self.read(here._replace(node=node.left), given)
        right = self.read(here._replace(node=node.right), given)
        operation = _OPERATORS.get(type(node.op))
        if operation is None or _explodes(node.op, left, right):
            raise self._not(here, f"{self.source(here)} is not worked out")
        return self._computed(here, lambda: operation(left, right))

    def _unary(self, here: Expression, node: ast.UnaryOp, given: Given) -> Any:
        value = self.read(here._replace(node=node.operand), given)
        return self._computed(here, lambda: _UNARY[type(node.op)](value))

    def _constant(self, here: Expression, node: ast.Constant, _given: Given) -> Any:
        if node.value is Ellipsis:
            raise self._not(here, "`...` stands for something else")
        return node.value

    def _string(self, here: Expression, node: ast.JoinedStr, _given: Given) -> Any:
        """An f-string without anything in it. What is put into one is a computation, even of constants."""
        parts = [part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if len(parts) != len(node.values):
            raise self._not(here, f"{self.source(here)} is an f-string, which is put together when the program runs")
        return "".join(parts)

    def _choice(self, here: Expression, node: ast.IfExp | ast.BoolOp, _given: Given) -> Any:
        raise self._not(here, f"{self.source(here)} depends on a condition")

    def _sequence(self, here: Expression, node: ast.List | ast.Tuple | ast.Set, given: Given) -> Any:
        found: list[Any] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                inner = self.read(here._replace(node=element.value), given)
                if not isinstance(inner, list | tuple):
                    raise self._not(here, f"{self.source(here)} cannot be determined")
                found.extend(inner)
            else:
                found.append(self.read(here._replace(node=element), given))
        return tuple(found) if isinstance(node, ast.Tuple) else found

    def _dictionary(self, here: Expression, node: ast.Dict, given: Given) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            held = self.read(here._replace(node=value), given)
            if key is None:
                if not isinstance(held, dict):
                    raise self._not(here, f"{self.source(here)} cannot be determined")
                found.update(held)
                continue
            name = self.read(here._replace(node=key), given)
            if not isinstance(name, str | int | float | None):
                raise self._not(here, f"{self.source(here)} cannot be determined")
            found[name] = held
        return found

    def _subscript(self, here: Expression, node: ast.Subscript, given: Given) -> Any:
        owners = self.evaluator.at(here, node.value)
        if any(isinstance(owner, External) and owner.name == "os.environ" for owner in owners):
            raise self._not(here, f"{self.source(here)} comes from the environment")
        container = self.read(here._replace(node=node.value), given)
        key = self.read(here._replace(node=node.slice), given)
        return self._computed(here, lambda: container[key])

    def _named(self, here: Expression, node: ast.NamedExpr, given: Given) -> Any:
        return self.read(here._replace(node=node.value), given)


# -- what is changed after it is made ------------------------------------------------------------------------

_CHANGING = frozenset("append add clear extend insert pop popitem remove reverse setdefault sort update".split())


def _changed_names(tree: ast.Module) -> dict[str, int]:
    """The names of containers that a module changes after making them, with the line."""
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript | ast.Call | ast.AugAssign):
            continue
        changed: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            changed = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            changed = node.func.value
        elif isinstance(node, ast.AugAssign):
            changed = node.target
        if isinstance(changed, ast.Name | ast.Attribute):
            name = changed.id if isinstance(changed, ast.Name) else changed.attr
            found.setdefault(name, node.lineno)
    return found


# -- what can be worked out ----------------------------------------------------------------------------------

_READERS: dict[type[ast.expr], Callable[[Constants, Expression, Any, Given], Any]] = {
    ast.Name: Constants._name,
    ast.Attribute: Constants._attribute,
    ast.Call: Constants._call,
    ast.BinOp: Constants._binary,
    ast.UnaryOp: Constants._unary,
    ast.Constant: Constants._constant,
    ast.JoinedStr: Constants._string,
    ast.IfExp: Constants._choice,
    ast.BoolOp: Constants._choice,
    ast.List: Constants._sequence,
    ast.Tuple: Constants._sequence,
    ast.Set: Constants._sequence,
    ast.Dict: Constants._dictionary,
    ast.Subscript: Constants._subscript,
    ast.NamedExpr: Constants._named,
}

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitOr: operator.or_,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}


def _explodes(operation: ast.operator, left: Any, right: Any) -> bool:
    """Whether an operation may give something too large to be worth working out."""
    if isinstance(operation, ast.Pow):
        return not (isinstance(left, int | float) and isinstance(right, int) and abs(left) < 2**16 and 0 <= right <= 16)
    if isinstance(operation, ast.Mod):
        return isinstance(left, str | bytes)  # `"task_%s" % name` is put together, as an f-string is
    if isinstance(operation, ast.Mult):
        for many, times in ((left, right), (right, left)):
            if isinstance(many, str | bytes | list | tuple) and isinstance(times, int):
                return len(many) * times > _LENGTH
    return False


def _tz(value: Any) -> Any:
    """A time zone as the argument of a date. Raises ValueError for one that Python does not know here."""
    if not isinstance(value, Zone):
        return value
    if value.library == "pytz":
        raise ValueError(f"a date with pytz's {value.key} as its tzinfo is in local mean time")
    from zoneinfo import ZoneInfo

    return ZoneInfo(value.key)


def _datetime(*values: Any, **named: Any) -> datetime:
    return datetime(*(_tz(value) for value in values), **{name: _tz(value) for name, value in named.items()})


def _zone(library: str) -> Callable[..., Zone]:
    def make(key: Any = None, **named: Any) -> Zone:
        key = named.get("zone", named.get("name", key))
        if not isinstance(key, str):
            raise TypeError("the key of a time zone is a text")
        return Zone("UTC" if key.upper() == "UTC" else key, "zoneinfo" if key.upper() == "UTC" else library)

    return make


def _from_crontab(expr: Any, timezone: Any = None) -> TriggerObject:
    fields = expr.split()
    if len(fields) != len(apscheduler.CRONTAB):
        raise ValueError(f"Wrong number of fields; got {len(fields)}, expected 5")
    arguments = dict(zip(apscheduler.CRONTAB, fields, strict=True))
    return TriggerObject("cron", arguments | ({} if timezone is None else {"timezone": timezone}))


_UTC = Zone("UTC")

#: Names of other modules that stand for a value.
_ATTRIBUTES: dict[str, Any] = {
    "datetime.timezone.utc": UTC,
    "datetime.UTC": UTC,
    "pytz.utc": _UTC,
    "pytz.UTC": _UTC,
    "dateutil.tz.UTC": _UTC,
    "dateutil.tz.tz.UTC": _UTC,
}

#: Functions and classes that give a value of what they are given.
_CALLS: dict[str, Callable[..., Any]] = {
    "datetime.datetime": _datetime,
    "datetime.date": date,
    "datetime.time": time,
    "datetime.timedelta": timedelta,
    "datetime.timezone": timezone,
    "datetime.datetime.fromisoformat": datetime.fromisoformat,
    "datetime.date.fromisoformat": date.fromisoformat,
    "datetime.datetime.combine": lambda day, at, tzinfo=None: datetime.combine(day, at, _tz(tzinfo)),
    "datetime.datetime.strptime": datetime.strptime,
    "zoneinfo.ZoneInfo": _zone("zoneinfo"),
    "backports.zoneinfo.ZoneInfo": _zone("zoneinfo"),
    "dateutil.tz.gettz": _zone("dateutil"),
    "dateutil.tz.tzutc": lambda: _UTC,
    "pytz.timezone": _zone("pytz"),
    "tzlocal.get_localzone": lambda: LOCAL,
    "builtins.int": int,
    "builtins.float": float,
    "builtins.str": str,
    "builtins.dict": dict,
    "builtins.list": list,
    "builtins.tuple": tuple,
}

#: Methods of values that give a value.
_METHODS: dict[tuple[type, str], Callable[..., Any]] = {
    (timedelta, "total_seconds"): timedelta.total_seconds,
    (datetime, "isoformat"): datetime.isoformat,
    (datetime, "replace"): lambda value, **named: value.replace(**{name: _tz(one) for name, one in named.items()}),
    (date, "isoformat"): date.isoformat,
    (str, "join"): lambda separator, parts: separator.join(parts),
    (str, "lower"): str.lower,
    (str, "strip"): str.strip,
    (str, "upper"): str.upper,
    (dict, "copy"): dict.copy,
}

#: What is another value with every start.
_MOMENTS = frozenset(
    "datetime.datetime.now datetime.datetime.today datetime.datetime.utcnow datetime.date.today time.time".split()
)
_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get"})
#: What makes the member of an Enum its value.
_TEXT_BASES = frozenset({"enum.StrEnum", "enum.IntEnum", "builtins.str", "builtins.int"})
