"""Which workflow a job's function starts, and what else it does: the API starts one workflow and does nothing else."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_orch47.facts.uses import is_docstring
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution.values import Expression, External, Function, Partial
from flake8_orch47.schedules.constants import Constants, Given, NotConstant, Passed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_orch47.facts.scopes import ModuleFacts, Scope
    from flake8_orch47.resolution.values import Value

__all__ = ["Deed", "Start", "Started", "described", "joined", "started_by"]

#: Functions that call functions deeper than this are not followed.
_DEPTH = 6

START: str = next(name for name in core.START_PROCESS if name.endswith(".start_process"))
#: The parameters of START, in order, with what is as good as nothing.
_PARAMETERS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("workflow_key", ()),
    ("user_inputs", (None, [{}])),
    ("user", ("SYSTEM",)),
    ("user_model", (None,)),
    ("broadcast_func", (None,)),
)
#: The context in which the API's own jobs run since 4.8: a body may well have it already.
_SCOPE = "orchestrator.db.database.Database.database_scope"


class Deed(NamedTuple):
    """Something that a body does beside starting a workflow: `text` says what ("loops"), the node where."""

    text: str
    module: ModuleFacts
    node: ast.AST


class Start(NamedTuple):
    """One start of a workflow. The workflow and the inputs are values, or the NotConstant that says why not."""

    workflow: Any
    inputs: Any
    module: ModuleFacts
    node: ast.AST


class Started(NamedTuple):
    """What running a function does: which workflows it starts, whatever else, and why it may not run at all."""

    starts: tuple[Start, ...]
    deeds: tuple[Deed, ...]
    never: tuple[Deed, ...] = ()


def started_by(constants: Constants, value: Value, passed: Passed, here: Expression) -> Started | None:
    """What a call of `value` does; None if what it is cannot be determined. `here` is where it is handed over."""
    reader = _Reader(constants)
    if not reader.call(value, passed, here, {}, 0):
        return None
    return Started(tuple(reader.starts), tuple(reader.deeds), tuple(reader.never))


class _Reader:
    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.evaluator = constants.evaluator
        self.starts: list[Start] = []
        self.deeds: list[Deed] = []
        self.never: list[Deed] = []

    def call(self, value: Value, passed: Passed, here: Expression, given: Given, depth: int) -> bool:
        """Follow a call; False if nothing is known of what is called."""
        match value:
            case External(name) if name == START:
                self.start(passed, here)
            case Function() if depth < _DEPTH:
                self.function(value, passed, here, given, depth)
            case Partial():
                before = self.constants.passed_before(value.arguments, here, given)
                return self.call(value.function, joined(before, passed), here, given, depth)
            case _:
                return False
        return True

    def start(self, passed: Passed, here: Expression) -> None:
        names = [name for name, _ in _PARAMETERS]
        found = {**dict(zip(names, passed.positional, strict=False)), **passed.keywords}
        missing = passed.rest or NotConstant("no workflow is named", here.scope.module, here.node)
        self.starts.append(
            Start(found.get("workflow_key", missing), found.get("user_inputs"), here.scope.module, here.node)
        )
        for name, usual in _PARAMETERS[2:]:
            if name in found and found[name] not in usual:
                self.did(f"passes `{name}`", here.scope, here.node)
        if passed.rest is not None and "workflow_key" in found:
            self.did("passes arguments that cannot be determined", here.scope, here.node)

    def function(self, function: Function, passed: Passed, here: Expression, given: Given, depth: int) -> None:
        scope, node = function.scope, function.node
        if isinstance(node, ast.AsyncFunctionDef):
            self.never_ran("async, and the scheduler does not await it", scope, node)
            return
        if scope.yields:
            self.never_ran("a generator, and the scheduler does not iterate over it", scope, node)
            return
        bound = {**given, **self.constants.bound(scope, passed, here)}
        if isinstance(node, ast.Lambda):
            self.expression(Expression(node.body, scope, None, None), bound, depth)
        else:
            self.block(node.body, scope, bound, depth)

    def block(self, statements: Iterable[ast.stmt], scope: Scope, given: Given, depth: int) -> None:
        for statement in statements:
            self.statement(statement, scope, given, depth)

    def statement(self, statement: ast.stmt, scope: Scope, given: Given, depth: int) -> None:
        if is_docstring(statement) or isinstance(statement, _NOTHING):
            return
        text = _KINDS.get(type(statement))
        if text is not None:
            self.did(text, scope, statement)
            return
        if isinstance(statement, ast.With) and all(self.is_scope(item, scope, statement) for item in statement.items):
            self.block(statement.body, scope, given, depth)
            return
        value = getattr(statement, "value", None)
        if isinstance(statement, ast.Return) and value is None:
            return
        if isinstance(statement, ast.Expr | ast.Return | ast.Assign | ast.AnnAssign) and isinstance(value, ast.expr):
            here = Expression(value, scope, statement, None)
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            if all(target is None or isinstance(target, ast.Name) for target in targets):
                self.expression(here, given, depth)
                return
        self.did(f"does something else, `{type(statement).__name__.lower()}`", scope, statement)

    def expression(self, here: Expression, given: Given, depth: int) -> None:
        """A start, a call that leads to one, or a value that can be known and therefore does nothing."""
        node = here.node
        if isinstance(node, ast.Name):  # reading it does nothing
            return
        if isinstance(node, ast.Call):
            callees = self.evaluator.at(here, node.func)
            callee = next(iter(callees)) if len(callees) == 1 else None
            deeds, starts, never = len(self.deeds), len(self.starts), len(self.never)
            passed = self.constants.passed(node, here, given)
            if callee is not None and self.call(callee, passed, here, given, depth + 1) and len(self.starts) > starts:
                return
            del self.never[never:]
            del self.deeds[deeds:]
        elif isinstance(node, ast.IfExp | ast.BoolOp):
            self.did("branches", here.scope, node)
            return
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            self.did("loops", here.scope, node)
            return
        if isinstance(self.constants.tried(here, given), NotConstant):
            called = f"calls `{ast.unparse(node.func)}()`" if isinstance(node, ast.Call) else "computes something"
            self.did(called, here.scope, node)

    def is_scope(self, item: ast.withitem, scope: Scope, statement: ast.stmt) -> bool:
        """Whether a `with` only opens the session scope that the API's jobs run in."""
        node = item.context_expr
        if not isinstance(node, ast.Call) or item.optional_vars is not None:
            return False
        values = self.evaluator.values(Expression(node.func, scope, statement, None))
        return bool(values) and all(isinstance(value, External) and value.name == _SCOPE for value in values)

    def never_ran(self, text: str, scope: Scope, node: ast.AST) -> None:
        self.never.append(Deed(text, scope.module, node))

    def did(self, text: str, scope: Scope, node: ast.AST) -> None:
        if all(deed.text != text for deed in self.deeds):
            self.deeds.append(Deed(text, scope.module, node))


def joined(before: Passed, now: Passed) -> Passed:
    """The arguments of a partial with those of its call."""
    return Passed([*before.positional, *now.positional], {**before.keywords, **now.keywords}, before.rest or now.rest)


#: Statements that do nothing by themselves.
_NOTHING = (ast.Pass, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Global, ast.Nonlocal)

_KINDS: dict[type[ast.stmt], str] = {
    ast.If: "branches",
    ast.Match: "branches",
    ast.For: "loops",
    ast.While: "loops",
    ast.Try: "handles exceptions",
    ast.TryStar: "handles exceptions",
    ast.Raise: "raises",
    ast.Assert: "checks something",
}


def described(deeds: Iterable[Deed], around: ModuleFacts) -> str:
    """Deeds as the end of a sentence: "calls `x()` (line 7) and branches (line 9)"."""
    parts = [f"{deed.text} ({_place(deed, around)})" for deed in deeds]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _place(deed: Deed, around: ModuleFacts) -> str:
    line = f"line {deed.node.lineno}"  # type: ignore[attr-defined]
    return line if deed.module is around else f"{os.path.basename(deed.module.path)}, {line}"
