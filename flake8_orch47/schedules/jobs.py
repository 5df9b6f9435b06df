"""Where jobs are declared: the decorators and calls that schedule, and what each of them schedules."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_orch47.facts.operations import is_type_checking
from flake8_orch47.knowledge import apscheduler
from flake8_orch47.knowledge import orchestrator as core
from flake8_orch47.resolution.values import Expression, External, Function, Partial
from flake8_orch47.schedules import older
from flake8_orch47.schedules.started import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_orch47.facts.scopes import CallFact, ModuleFacts, Scope
    from flake8_orch47.resolution.values import Arguments, Value
    from flake8_orch47.rules.analysis import Analysis
    from flake8_orch47.schedules.constants import Constants, Given, Passed
    from flake8_orch47.schedules.declared import Form

__all__ = ["Job", "Jobs", "Obstacle", "form_of", "qualified"]

_FORMS: dict[str, tuple[Form, str]] = {
    f"{core.SCHEDULER}.scheduled_job": ("scheduled_job", "ORC101"),
    f"{core.SCHEDULER}.add_job": ("add_job", "ORC105"),
    core.SCHEDULER_DECORATOR: ("scheduler", "ORC102"),
}
_WORDS = frozenset({*core.SCHEDULER_JOB_METHODS, core.SCHEDULER_DECORATOR.rpartition(".")[2]})

#: The module of the older decorator: its own `add_job` is what every use of the decorator means.
_SHIM = core.SCHEDULER_DECORATOR.rpartition(".")[0]

#: The parameters by position; the older decorator has some by keyword only.
_POSITIONS = {**apscheduler.JOB_PARAMETERS, "scheduler": older.PARAMETERS}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Obstacle(NamedTuple):
    """Why a job cannot be read or moved, and what to point at."""

    message: str
    module: ModuleFacts
    node: ast.AST


class Job(NamedTuple):
    """A job as it is declared.

    `call` declares it, in `module`; `given` are its arguments by name, values or NotConstant; `target` is the
    expression of what it runs, or the function that a decorator stands on (`definition`, in `home`).
    """

    form: Form
    code: str
    module: ModuleFacts
    call: CallFact
    given: dict[str, Any]
    target: Expression | None = None
    definition: Definition | None = None
    home: ModuleFacts | None = None
    #: the decorator on `definition`, which may be a name for the call
    decorator: ast.expr | None = None
    obstacles: tuple[Obstacle, ...] = ()
    #: there may be more arguments than those in `given`
    is_open: bool = False
    #: where it is declared, if a function of the project makes the decorator: the call of that function
    through: tuple[ModuleFacts, ast.Call] | None = None

    @property
    def place(self) -> tuple[ModuleFacts, ast.Call]:
        """The module and the call that declare the job."""
        return self.through or (self.module, self.call.node)


class Jobs:
    """Finds the jobs of a project."""

    def __init__(self, analysis: Analysis, constants: Constants) -> None:
        self.analysis = analysis
        self.evaluator = analysis.evaluator
        self.constants = constants

    def found(self) -> Iterator[Job]:
        """The jobs of every module that may have some, in the order of the source."""
        core_name = self.evaluator.names.core_name
        modules = [module for module in self.analysis.scanned if core_name(module) != _SHIM]
        declared = [one for module in modules for one in self._declarations(module)]
        decorated = self._named_decorators({call.node: call for _, _, call, _ in declared})
        for form, code, call, before in declared:
            factory = self._factory(form, call)
            uses = list(self._uses_of(factory)) if factory is not None else []
            for definition, home, decorator in uses:
                here = Expression(decorator, home.scopes[definition].parent or home.scope, None, None)
                given = self.constants.bound(factory, self.constants.passed(decorator, here), here) if factory else {}
                job = self._job(form, code, call, before, given)._replace(through=(home, decorator))
                yield self._with_definition(job, definition, home, decorator)
            if not uses:
                yield from self._scheduled(self._job(form, code, call, before, {}), decorated.get(call.node, []))

    def _job(self, form: Form, code: str, call: CallFact, before: list[Arguments], given: Given) -> Job:
        """The job that a call declares, of which is not known yet what it runs."""
        passed = self._passed(call, before, given)
        arguments, obstacles = self._by_name(form, passed, call)
        obstacles += self._conditions(call.scope.module, call.node)
        is_open = passed.rest is not None
        return Job(form, code, call.scope.module, call, arguments, obstacles=tuple(obstacles), is_open=is_open)

    def _factory(self, form: Form, call: CallFact) -> Scope | None:
        """The function of the project that only gives the decorator which a call makes."""
        parent = self._parent(call)
        is_returned = isinstance(parent, ast.Return | ast.Lambda) and call.scope.kind in ("function", "lambda")
        return call.scope if is_returned and form != "add_job" else None

    def _uses_of(self, factory: Scope) -> Iterator[tuple[Definition, ModuleFacts, ast.Call]]:
        """What is decorated with calls of a function."""
        name = getattr(factory.node, "name", "")
        if name:
            self.analysis.scan_users_of([(factory.module, name)])
        for module in tuple(self.analysis.scanned):
            for scope in module.scopes.values():
                if not isinstance(scope.node, Definition) or scope.parent is None:
                    continue
                for decorator in scope.node.decorator_list:
                    if isinstance(decorator, ast.Call):
                        here = Expression(decorator.func, scope.parent, scope.statement, None)
                        values = self.evaluator.values(here)
                        if any(isinstance(value, Function) and value.scope is factory for value in values):
                            yield scope.node, module, decorator

    def _declarations(self, module: ModuleFacts) -> Iterator[tuple[Form, str, CallFact, list[Arguments]]]:
        """The calls of a module that schedule, with what partials have given before."""
        for call in sorted(self.analysis.calls_of(module, _WORDS), key=lambda one: _position(one.node)):
            values = self.evaluator.values(Expression(call.node.func, call.scope, call.statement, None))
            for value in values:
                before: list[Arguments] = []
                while isinstance(value, Partial):
                    before.append(value.arguments)
                    value = value.function
                if isinstance(value, External) and value.name in _FORMS:
                    yield *_FORMS[value.name], call, before
                    break

    # -- arguments -----------------------------------------------------------------------------------------

    def _passed(self, call: CallFact, before: list[Arguments], given: Given) -> Passed:
        here = Expression(call.node, call.scope, call.statement, None)
        passed = self.constants.passed(call.node, here, given)
        for arguments in before:  # the outermost partial first
            passed = joined(self.constants.passed_before(arguments, here, given), passed)
        return passed

    def _by_name(self, form: Form, passed: Passed, call: CallFact) -> tuple[dict[str, Any], list[Obstacle]]:
        names = _POSITIONS[form]
        given = dict(zip(names, passed.positional, strict=False))
        again = sorted(given.keys() & passed.keywords.keys())
        given.update(passed.keywords)
        obstacles = []
        if passed.rest is not None:
            message = f"its arguments cannot be determined: {passed.rest}"
            obstacles.append(Obstacle(message, passed.rest.module, passed.rest.node))
        if len(passed.positional) > len(names):
            obstacles.append(self._at(call, f"it has {len(passed.positional)} arguments by position (TypeError)"))
        if again:
            obstacles.append(self._at(call, f"`{again[0]}` is given twice (TypeError)"))
        return given, obstacles

    def _at(self, call: CallFact, message: str) -> Obstacle:
        return Obstacle(message, call.scope.module, call.node)

    # -- what is scheduled ---------------------------------------------------------------------------------

    def _scheduled(self, job: Job, decorated: list[tuple[Definition, ModuleFacts, ast.expr]]) -> Iterator[Job]:
        """The job with what it runs: several jobs for a decorator that several functions share."""
        module, node = job.module, job.call.node
        if job.form == "add_job":
            yield self._with_target(job, job.call, "func", 0)
            return
        parent = self.analysis.parents(module).get(node)
        if isinstance(parent, Definition) and node in parent.decorator_list:
            yield self._with_definition(job, parent, module, node)
        elif isinstance(parent, ast.Call) and parent.func is node:
            around = next(call for call in module.calls if call.node is parent)
            yield self._with_target(job, around, "func", 0)
        elif decorated:
            for definition, home, decorator in decorated:
                yield self._with_definition(job, definition, home, decorator)
        else:
            what = "it is handed on, so what it decorates cannot be determined"
            if isinstance(parent, ast.Assign | ast.AnnAssign):
                what = "nothing in the project is decorated with it"
            yield job._replace(obstacles=(*job.obstacles, self._at(job.call, what)))

    def _with_target(self, job: Job, call: CallFact, name: str, position: int) -> Job:
        """A job that is given what it runs: `add_job(run, ...)`, `scheduled_job(...)(run)`."""
        keyword = next((one.value for one in call.node.keywords if one.arg == name), None)
        node = keyword
        if node is None and len(call.node.args) > position and not isinstance(call.node.args[position], ast.Starred):
            node = call.node.args[position]
        if node is None and job.is_open:
            return job
        if node is None:
            obstacle = self._at(job.call, "what it runs cannot be determined")
            return job._replace(obstacles=(*job.obstacles, obstacle))
        return job._replace(target=Expression(node, call.scope, call.statement, None))

    def _with_definition(self, job: Job, definition: Definition, home: ModuleFacts, decorator: ast.expr) -> Job:
        obstacles = list(job.obstacles)
        obstacles += [Obstacle(message, home, definition) for message in self._against(definition, home)]
        if definition is not self.analysis.parents(job.module).get(job.call.node):
            obstacles += self._conditions(home, definition)
        return job._replace(definition=definition, home=home, decorator=decorator, obstacles=tuple(obstacles))

    def _against(self, definition: Definition, home: ModuleFacts) -> Iterator[str]:
        """What cannot be a job: a class, a method."""
        if isinstance(definition, ast.ClassDef):
            yield f"it decorates the class `{definition.name}`: the scheduler would only make an instance"
            return
        around = home.scopes[definition].parent
        if around is not None and isinstance(around.node, ast.ClassDef):
            name = f"{around.node.name}.{definition.name}"
            yield f"it decorates the method `{name}`: the scheduler calls it without `self`"

    def _named_decorators(
        self, calls: dict[ast.Call, CallFact]
    ) -> dict[ast.Call, list[tuple[Definition, ModuleFacts, ast.expr]]]:
        """What is decorated with a name for a call: `nightly = scheduler.scheduled_job(...)`, `@nightly`."""
        assigned = [call for call in calls if isinstance(self._parent(calls[call]), ast.Assign | ast.AnnAssign)]
        found: dict[ast.Call, list[tuple[Definition, ModuleFacts, ast.expr]]] = {}
        if not assigned:
            return found
        for module in self.analysis.scanned:
            for scope in module.scopes.values():
                node = scope.node
                if not isinstance(node, Definition) or scope.parent is None:
                    continue
                for decorator in node.decorator_list:
                    here = Expression(decorator, scope.parent, scope.statement, None)
                    call = self._origin(here)
                    if call in calls:
                        found.setdefault(call, []).append((node, module, decorator))
        return found

    def _parent(self, call: CallFact) -> ast.AST | None:
        return self.analysis.parents(call.scope.module).get(call.node)

    def _origin(self, here: Expression) -> ast.expr | None:
        """The expression that a name was assigned, through imports and other names; None where it is not one."""
        names = self.evaluator.names
        node = here.node
        for _ in range(20):
            if isinstance(node, ast.Name):
                reached, _ = names.lookup(node.id, here.scope, here.statement)
            elif isinstance(node, ast.Attribute):
                reached = self._of_module(here._replace(node=node.value), node.attr)
            else:
                return node
            while len(reached) == 1 and reached[0].binding.kind == "import":
                reached = names.origin(reached[0].binding)
            if len(reached) != 1:
                return None
            binding = reached[0].binding
            if binding.kind != "assign" or binding.value is None or binding.path:
                return None
            node = binding.value
            here = Expression(node, binding.scope, binding.statement, None)
        return None

    def _of_module(self, module: Expression, name: str) -> Any:
        from flake8_orch47.resolution.values import Module

        for value in self.evaluator.values(module):
            if isinstance(value, Module) and not value.found.is_namespace:
                facts = self.evaluator.modules.facts(value.found.path)
                if facts is not None and name in facts.scope.bindings:
                    return self.evaluator.names.lookup(name, facts.scope, None)[0]
        return ()

    # -- where it stands -----------------------------------------------------------------------------------

    def _conditions(self, module: ModuleFacts, node: ast.AST) -> list[Obstacle]:
        """Loops and conditions around a declaration: the API schedules once and always."""
        parents = self.analysis.parents(module)
        found = []
        while node in parents:
            parent = parents[node]
            if isinstance(node, ast.stmt) and (earlier := _leaves_before(node, parent)) is not None:
                found.append(
                    Obstacle(f"it is declared only under a condition, {_source(earlier.test)}", module, earlier)
                )
            match parent:
                case ast.If() if node is not parent.test and not _is_main(parent.test):
                    kind = "for type checkers only" if is_type_checking(parent.test) else "only under a condition"
                    found.append(Obstacle(f"it is declared {kind}, {_source(parent.test)}", module, parent))
                case ast.IfExp() | ast.BoolOp() | ast.match_case() | ast.ExceptHandler():
                    found.append(Obstacle("it is declared only under a condition", module, parent))
                case ast.For() | ast.AsyncFor() | ast.While() if node not in (
                    getattr(parent, "iter", None),
                    getattr(parent, "test", None),
                ):
                    found.append(Obstacle("it is declared in a loop: one schedule for each turn", module, parent))
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    found.append(Obstacle("it is declared in a loop: one schedule for each turn", module, parent))
            node = parent
        return found


def _leaves_before(statement: ast.stmt, parent: ast.AST) -> ast.If | None:
    """The `if ...: return` before a statement of the same block, if there is one."""
    for block in ("body", "orelse", "finalbody"):
        statements = getattr(parent, block, None)
        if isinstance(statements, list) and statement in statements:
            for earlier in statements[: statements.index(statement)]:
                if isinstance(earlier, ast.If) and isinstance(earlier.body[-1], ast.Return | ast.Continue | ast.Break):
                    return earlier
    return None


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _source(test: ast.expr) -> str:
    text = ast.unparse(test)
    return f"`if {text if len(text) <= 40 else text[:37] + '...'}`"


def _position(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def form_of(value: Value) -> Form | None:
    """The form of a declaration that a value, or a partial of one, makes; None for anything else."""
    while isinstance(value, Partial):
        value = value.function
    return _FORMS[value.name][0] if isinstance(value, External) and value.name in _FORMS else None


def qualified(scope: Scope) -> str:
    """The qualified name of a function or class inside its module, as Python's `__qualname__` has it."""
    parts: list[str] = []
    at: Scope | None = scope
    while at is not None and at.kind != "module":
        if at.kind in ("function", "lambda") and parts:
            parts.append("<locals>")
        parts.append(getattr(at.node, "name", "<lambda>"))
        at = at.parent
    return ".".join(reversed(parts))
