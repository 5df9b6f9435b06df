"""The tables about orchestrator-core say what its published wheels say: everything is read from them again.

`VERSIONS` are both sides of every change the tables know: 4.4 (APScheduler), 4.6, 4.7.0, 4.8, 5.0, 5.4, 5.5.
What RULES.md fixes (the registrations, the removals) is spelled out here once more and compared with both.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest
from wheels import ROOT, outline, sources, wheel

from flake8_orch47.knowledge import orchestrator as core

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = ("4.3.1", "4.4.0", "4.6.5", "4.7.0", "4.7.2", "4.8.2", "5.0.5", "5.4.0", "5.5.0")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef

# ------------------------------------------------------------------------------------- reading the wheels


def minor(version: str) -> tuple[int, int]:
    major, second, *_ = version.split(".")
    return int(major), int(second)


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What runs at module level, in order: branches of `if` and `try` too, except for `if TYPE_CHECKING:`."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            if "TYPE_CHECKING" not in ast.unparse(statement.test):
                yield from statements(statement.body)
            yield from statements(statement.orelse)
        elif isinstance(statement, ast.Try):
            handlers = [part for handler in statement.handlers for part in handler.body]
            yield from statements([*statement.body, *handlers, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.With):
            yield from statements(statement.body)


def definitions(version: str, module: str) -> Iterator[tuple[str, Definition]]:
    """The functions and classes of a module and the methods of its classes, by canonical name."""
    for statement in statements(outline(version, module).body):
        if isinstance(statement, Definition):
            yield f"{module}.{statement.name}", statement
        if isinstance(statement, ast.ClassDef):
            for part in statement.body:
                if isinstance(part, Function):
                    yield f"{module}.{statement.name}.{part.name}", part


@cache
def defined(version: str, module: str) -> dict[str, Definition]:
    return dict(definitions(version, module))


def definition(version: str, name: str) -> Definition | None:
    """The function, class or method of that canonical name, if the version has it."""
    module = module_of(version, name)
    return defined(version, module).get(name) if module else None


def module_of(version: str, name: str) -> str:
    """The longest module name that `name` starts with, "" if there is none."""
    while name and name not in sources(version):
        name = name.rpartition(".")[0]
    return name


def everything(version: str) -> Iterator[tuple[str, str, Definition]]:
    """(module, name, node) of every definition of a version."""
    for module in sources(version):
        for name, node in defined(version, module).items():
            yield module, name, node


@cache
def bindings(version: str, module: str) -> dict[str, tuple[str, str] | None]:
    """What the names of a module are: (module, name) that an import takes them from, None if its own."""
    bound: dict[str, tuple[str, str] | None] = {}
    for statement in statements(outline(version, module).body):
        if isinstance(statement, ast.ImportFrom):
            origin = imported_module(version, module, statement)
            bound.update({alias.asname or alias.name: (origin, alias.name) for alias in statement.names})
        elif isinstance(statement, Definition):
            bound[statement.name] = None
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            bound.update({target.id: None for target in targets if isinstance(target, ast.Name)})
    return bound


def imported_module(version: str, module: str, statement: ast.ImportFrom) -> str:
    named = statement.module or ""
    if not statement.level:
        return core.canonical(named) or named
    is_package = os.path.basename(sources(version)[module]) == "__init__.py"
    parts = module.split(".")
    base = parts[: len(parts) - statement.level + is_package]
    return ".".join([*base, named] if named else base)


def resolve(version: str, module: str, name: str) -> str:
    """Where a name of a module is defined, followed through the modules that it is imported from."""
    seen = set()
    while (module, name) not in seen and module in sources(version):
        seen.add((module, name))
        origin = bindings(version, module).get(name)
        if origin is None:
            break
        module, name = origin
    return f"{module}.{name}"


def exists(version: str, name: str) -> bool:
    """Whether a module, or a name in a module, is there: what `from module import name` would find."""
    module, _, own = name.rpartition(".")
    return name in sources(version) or (module in sources(version) and own in bindings(version, module))


def parameters(node: Definition) -> list[str]:
    """The names of the positional parameters, without `self`."""
    assert isinstance(node, Function)
    assert not node.args.posonlyargs
    return [argument.arg for argument in node.args.args if argument.arg != "self"]


def class_of(version: str, module: str, annotation: ast.expr | None, calls: int = 0) -> str:
    """The class that an annotation names: X of `X`, `"X"` and `X | None`; with `calls` of `Callable[..., X]`.

    "" for every other annotation.
    """
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    if isinstance(annotation, ast.BinOp):
        optional = ast.unparse(annotation.right) == "None"
        return class_of(version, module, annotation.left, calls) if optional else ""
    if calls:
        if not (isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Callable"):
            return ""
        assert isinstance(annotation.slice, ast.Tuple)
        return class_of(version, module, annotation.slice.elts[-1], calls - 1)
    return resolve(version, module, annotation.id) if isinstance(annotation, ast.Name) else ""


def annotated(node: Definition) -> dict[str, ast.expr]:
    """The annotated attributes of a class."""
    return {
        part.target.id: part.annotation
        for part in node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }


def whole(version: str, name: str) -> str:
    """The source of a function with its body, normalised."""
    module = module_of(version, name)
    with open(sources(version)[module], encoding="utf-8") as file:
        parsed = ast.parse(file.read())
    own = name.removeprefix(f"{module}.")
    return next(ast.unparse(node) for node in parsed.body if isinstance(node, Definition) and node.name == own)


# ------------------------------------------------------------------------------------------ canonical names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orchestrator", "orchestrator"),
        ("orchestrator.core", "orchestrator"),
        ("orchestrator.workflow.step", "orchestrator.workflow.step"),
        ("orchestrator.core.workflow.step", "orchestrator.workflow.step"),
        ("orchestrator.core.core", "orchestrator.core"),
        ("orchestrator.corelib.x", "orchestrator.corelib.x"),
        ("orchestrator_core.workflow", None),
        ("orchestrators", None),
        ("my.orchestrator.workflow", None),
        ("", None),
    ],
)
def test_names_of_both_namespaces_have_one_canonical_form(name: str, expected: str | None) -> None:
    assert core.canonical(name) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_no_version_before_5_has_a_module_core_of_its_own_and_every_later_one_has_only_that(
    version: str,
) -> None:
    below = set(os.listdir(os.path.join(wheel(version), "orchestrator")))

    assert below == {"core"} if minor(version) >= (5, 0) else "core" not in below


# ------------------------------------------------------------------------------------------- registrations

#: RULES.md, "Registrations".
REGISTRATIONS = {
    "orchestrator.workflow.workflow": {"authorize_callback": 3, "retry_auth_callback": 4},
    "orchestrator.workflow.make_workflow": {"authorize_callback": 5, "retry_auth_callback": 6},
    "orchestrator.workflow.inputstep": {"resume_auth_callback": 2, "retry_auth_callback": 3},
    "orchestrator.workflow.step": {"retry_auth_callback": 1},
    "orchestrator.workflow.retrystep": {"retry_auth_callback": 1},
    "orchestrator.workflow.step_group": {"retry_auth_callback": 3},
    "orchestrator.workflow.make_step_function": {"resume_auth_callback": 4, "retry_auth_callback": 5},
    "orchestrator.workflows.utils.create_workflow": {"authorize_callback": 4, "retry_auth_callback": 5},
    "orchestrator.workflows.utils.modify_workflow": {"authorize_callback": 3, "retry_auth_callback": 4},
    "orchestrator.workflows.utils.terminate_workflow": {"authorize_callback": 3, "retry_auth_callback": 4},
    "orchestrator.workflows.utils.task": {"authorize_callback": 3, "retry_auth_callback": 4},
    "orchestrator.workflows.utils.reconcile_workflow": {"authorize_callback": 2, "retry_auth_callback": 3},
    "orchestrator.app.OrchestratorCore.register_internal_authorize_callback": {"callback": 0},
    "orchestrator.app.OrchestratorCore.register_internal_retry_auth_callback": {"callback": 0},
}


def test_the_registrations_are_those_of_the_rules() -> None:
    known = {
        name: {parameter.name: parameter.position for parameter in parameters}
        for name, parameters in core.REGISTRATIONS.items()
    }

    assert known == REGISTRATIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_every_callback_parameter_is_where_the_table_says_from_the_version_it_says(version: str) -> None:
    for name, expected in core.REGISTRATIONS.items():
        node = definition(version, name)
        found = parameters(node) if node else []
        for parameter in expected:
            position = found.index(parameter.name) if parameter.name in found else None
            wanted = parameter.position if minor(version) >= parameter.since else None
            assert position == wanted, f"{name}({parameter.name}=)"


@pytest.mark.parametrize("version", VERSIONS)
def test_no_other_function_of_orchestrator_core_takes_a_callback(version: str) -> None:
    takers = {
        name
        for module, name, node in everything(version)
        if isinstance(node, Function)
        for argument in [*node.args.args, *node.args.kwonlyargs]
        if class_of(version, module, argument.annotation) == core.AUTHORIZER
    }

    assert takers
    assert takers <= set(core.REGISTRATIONS)


def test_callbacks_are_held_by_the_attributes_in_the_table_and_by_no_others() -> None:
    holders: dict[str, set[str]] = {}
    for version in VERSIONS:
        for module, name, node in everything(version):
            if isinstance(node, ast.ClassDef):
                for attribute, annotation in annotated(node).items():
                    if class_of(version, module, annotation) == core.AUTHORIZER:
                        holders.setdefault(name, set()).add(attribute)

    assert holders == core.CALLBACK_ATTRIBUTES


def test_pairs_of_callbacks_are_returned_by_the_functions_in_the_table_and_by_no_others() -> None:
    pairs = {
        name
        for version in VERSIONS
        for module, name, node in everything(version)
        if isinstance(node, Function) and node.returns
        if ast.unparse(node.returns) == "tuple[Authorizer | None, Authorizer | None]"
    }

    assert pairs == core.CALLBACK_PAIRS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_callback_is_awaited_from_4_7_and_gets_a_context_from_5_0(version: str) -> None:
    module, _, own = core.AUTHORIZER.rpartition(".")
    alias = next(
        ast.unparse(statement.value)
        for statement in outline(version, module).body
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == own and statement.value
    )

    assert ("Awaitable[bool]" in alias) == (minor(version) >= (4, 7))
    assert exists(version, core.AUTH_CONTEXT) == (minor(version) >= (5, 0))


def test_the_user_model_is_known_under_every_name_that_orchestrator_core_imports_it_by() -> None:
    spellings = {
        f"{module}.{name}"
        for version in VERSIONS
        for module in sources(version)
        for name, origin in bindings(version, module).items()
        if origin == ("oauth2_lib.fastapi", "OIDCUserModel")
    }

    assert spellings | {"oauth2_lib.fastapi.OIDCUserModel"} == core.USER_MODEL


@pytest.mark.parametrize("version", [version for version in VERSIONS if minor(version) >= (5, 0)])
def test_an_auth_context_has_its_fields_and_what_pydantic_gives_a_model(version: str) -> None:
    node = definition(version, core.AUTH_CONTEXT)
    assert isinstance(node, ast.ClassDef)
    assert [ast.unparse(base) for base in node.bases] == ["BaseModel"]

    assert {*annotated(node), *public_attributes_of_base_model()} == core.AUTH_CONTEXT_ATTRIBUTES


def public_attributes_of_base_model() -> set[str]:
    path = os.path.join(wheel("2.13.0", "pydantic"), "pydantic", "main.py")
    with open(path, encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    model = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == "BaseModel")
    names: set[str] = set()
    for statement in class_statements(model.body):
        if isinstance(statement, Function):
            names.add(statement.name)
        elif isinstance(statement, ast.AnnAssign):
            names.add(ast.unparse(statement.target))
    return {name for name in names if not name.startswith("_")}


def class_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a class body, those in both branches of its `if TYPE_CHECKING:` too."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            yield from class_statements([*statement.body, *statement.orelse])


# ------------------------------------------------------------------------------------- starting processes


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["create_process", "start_process"])
def test_processes_are_started_with_the_user_model_at_the_same_position_in_every_version(
    version: str, name: str
) -> None:
    node = definition(version, f"orchestrator.services.processes.{name}")
    assert node

    assert parameters(node).index("user_model") == 3  # RULES.md, ORC206
    assert core.START_PROCESS[f"orchestrator.services.processes.{name}"] == 3


@pytest.mark.parametrize("version", VERSIONS)
def test_creating_a_process_checks_the_callback_up_to_4_6_only(version: str) -> None:
    source = whole(version, "orchestrator.services.processes.create_process")

    assert ("workflow.authorize_callback(user_model)" in source) == (minor(version) < (4, 7))
    assert set(core.START_PROCESS) == {
        f"orchestrator.services.processes.{name}" for name in ("create_process", "start_process")
    }


# ---------------------------------------------------------------------------------------------- schedules


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schedulers_are_where_the_tables_say(version: str) -> None:
    assert exists(version, core.SCHEDULER) == (minor(version) >= (4, 4))
    assert exists(version, core.SCHEDULER_DECORATOR)
    assert exists(version, core.ALL_SCHEDULERS)
    for name in (core.SCHEDULER, core.SCHEDULER_DECORATOR, core.ALL_SCHEDULERS):
        module, _, own = name.rpartition(".")
        assert resolve(version, module, own) == name


@pytest.mark.parametrize("version", [version for version in VERSIONS if minor(version) >= (4, 4)])
def test_the_scheduler_is_the_one_of_apscheduler(version: str) -> None:
    module, _, own = core.SCHEDULER.rpartition(".")
    value = next(
        ast.unparse(statement.value.func)
        for statement in outline(version, module).body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == own
        if isinstance(statement.value, ast.Call)
    )

    assert resolve(version, module, value) == "apscheduler.schedulers.background.BackgroundScheduler"
    assert dict(core.SCHEDULER_JOB_METHODS) == {"scheduled_job": "ORC101", "add_job": "ORC105"}  # RULES.md


#: RULES.md, ORC104 and its fine print.
REMOVED = {
    "orchestrator.schedules.scheduling.SchedulingFunction": (4, 4),
    "orchestrator.schedules.task_vacuum": (4, 7),
    "orchestrator.schedules.resume_workflows": (4, 7),
    "orchestrator.schedules.validate_subscriptions": (4, 7),
    "orchestrator.services.processes.error_message_unauthorized": (4, 7),
    "orchestrator.schedules.validate_products": (4, 8),
    "orchestrator.schedules.run_resume_workflows": (4, 7),
    "orchestrator.schedules.vacuum_tasks": (4, 7),
}


def test_the_removals_are_those_of_the_rules() -> None:
    assert {name: removal.since for name, removal in core.REMOVED.items()} == REMOVED


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", REMOVED)
def test_what_is_removed_was_there_before_and_is_not_there_from_then_on(name: str, version: str) -> None:
    assert exists(version, name) == (minor(version) < core.REMOVED[name].since)


def test_the_tasks_that_take_the_place_of_removed_schedules_exist() -> None:
    tasks = {name.rpartition(".")[2] for name in core.ATTRIBUTES if ".tasks." in name}

    for name in ("resume_workflows", "task_vacuum", "validate_subscriptions", "validate_products"):
        proposed = core.REMOVED[f"orchestrator.schedules.{name}"].instead.split("`")[1]
        assert proposed in tasks


# -------------------------------------------------------------------------------------------------- types

#: The classes that the tables follow.
FOLLOWED = {
    "orchestrator.workflow.Workflow",
    "orchestrator.workflow.Step",
    "orchestrator.workflow.StepList",
    "orchestrator.workflow.ProcessStat",
    "orchestrator.workflows.LazyWorkflowInstance",
    "orchestrator.settings.Authorizers",
    "orchestrator.app.OrchestratorCore",
    "orchestrator.agentic_app.LLMOrchestratorCore",
    "orchestrator.utils.auth.AuthContext",
    "orchestrator.workflow.PredicateContext",
}

#: Where nobody looks who writes an application.
INTERNAL = ("orchestrator.cli.", "orchestrator.graphql.", "orchestrator.migrations.", "orchestrator.search.")


def returned(version: str, key: str) -> str | None:
    """What a key of RETURNS gives according to a version's source, None if the version lacks the callable."""
    name, calls = key.rstrip("()"), key.count("()")
    node = definition(version, name)
    if node is None:
        return None
    if isinstance(node, ast.ClassDef):
        assert calls == 1
        return name
    return class_of(version, module_of(version, name), node.returns, calls - 1)


@pytest.mark.parametrize("key", [key for key in core.RETURNS if "__enter__" not in key])
def test_calling_gives_what_the_source_says(key: str) -> None:
    given = {returned(version, key) for version in VERSIONS} - {None}

    assert given == {core.RETURNS[key]}


@pytest.mark.parametrize("version", VERSIONS)
def test_no_public_function_that_gives_a_followed_class_is_missing(version: str) -> None:
    found = {
        name + "()" * (calls + 1)
        for module, name, node in everything(version)
        if isinstance(node, Function) and not name.startswith(INTERNAL) and name not in core.ATTRIBUTES
        if "._" not in name or name.endswith("__rshift__")
        for calls in (0, 1)
        if class_of(version, module, node.returns, calls) in FOLLOWED
    }
    constructed = {f"{name}()" for _, name, _ in everything(version) if name in FOLLOWED} - {
        "orchestrator.workflow.Workflow()",  # protocols: what has their shape are functions
        "orchestrator.workflow.Step()",
    }

    assert found
    assert found | constructed <= set(core.RETURNS)


def test_entering_a_context_manager_gives_the_scheduler_where_the_source_yields_it() -> None:
    module = core.SCHEDULER.rpartition(".")[0]
    managers = {
        name
        for version in VERSIONS
        if module in sources(version)
        for name, node in defined(version, module).items()
        if isinstance(node, ast.FunctionDef)
        if [ast.unparse(decorator) for decorator in node.decorator_list] == ["contextmanager"]
        if [ast.unparse(part).strip("()") for part in node.body] == ["yield scheduler"]
    }

    assert core.GET_SCHEDULER in managers
    assert {f"{name}().__enter__()": core.SCHEDULER for name in managers} == {
        key: given for key, given in core.RETURNS.items() if key.endswith(".__enter__()")
    }


INSTANCE_ATTRIBUTES = sorted(name for name in core.ATTRIBUTES if name.rpartition(".")[0] not in core.MODULES)


@pytest.mark.parametrize("name", INSTANCE_ATTRIBUTES)
def test_an_attribute_has_the_class_that_its_annotation_says(name: str) -> None:
    owner, _, attribute = name.rpartition(".")
    protocols = {  # AuthContext cannot name the real classes, its docstring says: a circular import
        "orchestrator.utils.auth.AuthWorkflow": "orchestrator.workflow.Workflow",
        "orchestrator.utils.auth.AuthStep": "orchestrator.workflow.Step",
    }
    declared = {
        class_of(version, module_of(version, owner), annotated(node)[attribute])
        for version in VERSIONS
        if (node := definition(version, owner))
    }

    assert {protocols.get(class_, class_) for class_ in declared} == {core.ATTRIBUTES[name]}


def test_no_attribute_of_a_followed_class_that_has_a_followed_class_is_missing() -> None:
    found = {
        f"{name}.{attribute}"
        for version in VERSIONS
        for module, name, node in everything(version)
        if name in FOLLOWED
        for attribute, annotation in annotated(node).items()
        if class_of(version, module, annotation) in FOLLOWED
    }

    protocols = {"orchestrator.utils.auth.AuthContext.workflow", "orchestrator.utils.auth.AuthContext.step"}
    assert found | protocols == set(INSTANCE_ATTRIBUTES)


@pytest.mark.parametrize("protocol", ["Workflow", "Step"])
@pytest.mark.parametrize("version", [version for version in VERSIONS if minor(version) >= (5, 0)])
def test_a_workflow_and_a_step_have_what_the_protocols_of_an_auth_context_ask_for(version: str, protocol: str) -> None:
    asked = definition(version, f"orchestrator.utils.auth.Auth{protocol}")
    real = definition(version, f"orchestrator.workflow.{protocol}")
    assert asked
    assert real

    assert set(annotated(asked)) <= set(annotated(real))


def test_the_module_attributes_are_all_workflows_steps_and_step_lists_that_orchestrator_core_defines() -> None:
    found: dict[str, str] = {}
    for version in VERSIONS:
        for module in sources(version):
            if not module.startswith(INTERNAL):
                found.update(module_objects(version, module))

    assert found == {name: kind for name, kind in core.ATTRIBUTES.items() if name not in INSTANCE_ATTRIBUTES}


def module_objects(version: str, module: str) -> Iterator[tuple[str, str]]:
    """The decorated functions of a module that become objects, and the step lists that it makes."""
    steps = {"orchestrator.workflow._purestep": "orchestrator.workflow.StepList"}
    for statement in outline(version, module).body:
        if isinstance(statement, ast.FunctionDef):
            for decorator in statement.decorator_list:
                if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name):
                    name = resolve(version, module, decorator.func.id)
                    if made := steps.get(name) or core.RETURNS.get(f"{name}()()"):
                        yield f"{module}.{statement.name}", made
        elif isinstance(statement, ast.Assign) and ast.unparse(statement.value) == "StepList()":
            yield f"{module}.{ast.unparse(statement.targets[0])}", resolve(version, module, "StepList")


@pytest.mark.parametrize("version", VERSIONS)
def test_sequences_and_mappings_hold_what_the_tables_say(version: str) -> None:
    steps = definition(version, "orchestrator.workflow.StepList")
    assert isinstance(steps, ast.ClassDef)
    assert [ast.unparse(base) for base in steps.bases] == ["list[Step]"]
    assert dict(core.ELEMENTS) == {"orchestrator.workflow.StepList": "orchestrator.workflow.Step"}

    annotations = {
        f"orchestrator.workflows.{ast.unparse(statement.target)}": ast.unparse(statement.annotation)
        for statement in outline(version, "orchestrator.workflows").body
        if isinstance(statement, ast.AnnAssign)
    }
    assert annotations == {"orchestrator.workflows.ALL_WORKFLOWS": "dict[str, 'LazyWorkflowInstance']"}
    assert dict(core.VALUES) == {"orchestrator.workflows.ALL_WORKFLOWS": "orchestrator.workflows.LazyWorkflowInstance"}


def test_the_subclasses_of_followed_classes_are_in_the_table() -> None:
    subclasses = {
        name: base
        for version in VERSIONS
        for module, name, node in everything(version)
        if isinstance(node, ast.ClassDef)
        for base in (class_of(version, module, expression) for expression in node.bases)
        if base in FOLLOWED
    }

    assert subclasses == core.BASES


# --------------------------------------------------------------------------------------------- coroutines

USABLE = ("domain", "schedules", "security", "services", "settings", "utils", "websocket", "workflow")


def coroutine_functions(version: str) -> set[str]:
    """The public `async def`s without `yield` of the parts that a callback may use."""
    return {
        name
        for module, name, node in everything(version)
        if isinstance(node, ast.AsyncFunctionDef) and not node.body and "._" not in name
        if module.split(".")[1:2] and module.split(".")[1] in USABLE
        if not module.startswith("orchestrator.websocket.")
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_the_coroutine_functions_of_every_version_are_those_of_the_table(version: str) -> None:
    expected = {name for name, since in core.COROUTINE_FUNCTIONS.items() if minor(version) >= since}

    assert coroutine_functions(version) == expected


# -------------------------------------------------------------------------------------- modules and names


def test_the_modules_are_those_of_all_versions() -> None:
    modules: set[str] = set()
    for version in VERSIONS:
        for module in sources(version):
            while module:
                modules.add(module)
                module = module.rpartition(".")[0]

    assert modules == core.MODULES


#: The packages whose purpose is to re-export: everything in them is known, not only what the tables mention.
PACKAGES = {
    "orchestrator",
    *(f"orchestrator.{name}" for name in ("db", "domain", "schedules", "services", "websocket", "workflows")),
}


def table_names() -> set[str]:
    """The definitions that the tables other than the re-exports speak about."""
    tables = {
        *core.REGISTRATIONS,
        *core.CALLBACK_ATTRIBUTES,
        *core.CALLBACK_PAIRS,
        *core.START_PROCESS,
        *core.REMOVED,
        *(key.partition("(")[0] for key in core.RETURNS),
        *core.RETURNS.values(),
        *core.ATTRIBUTES,
        *core.VALUES,
        *core.COROUTINE_FUNCTIONS,
        *core.BASES,
        *(core.AUTHORIZER, core.AUTH_CONTEXT, core.SCHEDULER, core.SCHEDULER_DECORATOR, core.ALL_SCHEDULERS),
    }
    return tables - core.MODULES


def test_a_re_exported_name_means_what_its_import_says_in_the_newest_version_that_has_it() -> None:
    wanted = table_names()
    found: dict[str, dict[str, str]] = {}
    for version in VERSIONS:
        for module in sources(version):
            for name, origin in bindings(version, module).items():
                source = resolve(version, module, name) if origin else ""
                public = module in PACKAGES and not name.startswith("_") and source.startswith("orchestrator.")
                if source in wanted or (public and source not in core.MODULES):
                    found.setdefault(module, {})[name] = source
                elif source and module in found:
                    found[module].pop(name, None)

    assert {module: dict(names) for module, names in core.REEXPORTS.items()} == {
        module: names for module, names in found.items() if names
    }


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("orchestrator.workflow", "orchestrator.workflow.workflow"),
        ("orchestrator.step", "orchestrator.workflow.step"),
        ("orchestrator.OrchestratorCore", "orchestrator.app.OrchestratorCore"),
        ("orchestrator.workflows.utils.make_workflow", "orchestrator.workflow.make_workflow"),
        ("orchestrator.schedules.scheduling.default_scheduler", "orchestrator.schedules.scheduler.scheduler"),
        ("orchestrator.domain.SubscriptionModel", "orchestrator.domain.base.SubscriptionModel"),
    ],
)
def test_well_known_imports_lead_to_their_definitions(name: str, meaning: str) -> None:
    module, _, own = name.rpartition(".")

    assert core.REEXPORTS[module][own] == meaning


def test_every_known_name_is_defined_in_the_module_that_it_names() -> None:
    undefined = {
        name
        for name in core.NAMES
        for module, _, own in [name.rpartition(".")]
        if not any(
            module in sources(version) and bindings(version, module).get(own, ()) is None for version in VERSIONS
        )
    }

    assert undefined == set()
    assert {name for name in table_names() if name.rpartition(".")[0] in core.MODULES} - core.NAMES == {
        # in the package these are imports; REEXPORTS has their definitions
        "orchestrator.schedules.run_resume_workflows",
        "orchestrator.schedules.vacuum_tasks",
    }


def starred(version: str, module: str) -> set[str]:
    """What `from module import *` brings."""
    for statement in outline(version, module).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            names: set[str] = set(ast.literal_eval(statement.value))
            return names
    return {name for name in bindings(version, module) if not name.startswith("_")}


def test_a_star_import_brings_the_known_names_that_the_module_exports() -> None:
    expected: dict[str, set[str]] = {}
    for version in VERSIONS:
        for module in sources(version):
            known = {name for name in starred(version, module) if knows(module, name)}
            if known:
                expected.setdefault(module, set()).update(known)

    assert {module: set(names) for module, names in core.EXPORTS.items() if names} == expected


def knows(module: str, name: str) -> bool:
    return name in core.REEXPORTS.get(module, ()) or f"{module}.{name}" in core.NAMES


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_orchestrator_core_has_the_files_it_is_recognised_by(version: str) -> None:
    root = os.path.dirname(sources(version)["orchestrator.workflow"])

    assert [marker for marker in core.CORE_TREE_MARKERS if not os.path.isfile(os.path.join(root, marker))] == []
    assert len(core.CORE_TREE_MARKERS) >= 3


# ------------------------------------------------------------------------------------- the module itself


@pytest.mark.parametrize("table", ["REGISTRATIONS", "REEXPORTS", "EXPORTS", "RETURNS", "REMOVED", "ATTRIBUTES"])
def test_the_tables_cannot_be_changed(table: str) -> None:
    with pytest.raises(TypeError):
        getattr(core, table)["orchestrator.x"] = None


def test_importing_the_tables_imports_nothing_but_the_ground_and_is_quick() -> None:
    script = """
import __future__, sys, time, typing, types, flake8_orch47.knowledge, flake8_orch47.records
before = set(sys.modules)
start = time.perf_counter()
import flake8_orch47.knowledge.orchestrator
print(time.perf_counter() - start)
print(*sorted(set(sys.modules) - before))
"""
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
        for _ in range(3)
    ]
    seconds, imported = zip(*(run.stdout.splitlines() for run in runs), strict=True)

    assert set(imported) == {"flake8_orch47.knowledge.orchestrator"}
    # 2 ms from bytecode, 8 where the bytecode may not be written: this catches another order of magnitude
    assert min(map(float, seconds)) < 0.05
