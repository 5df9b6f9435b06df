"""What orchestrator-core looks like, as data: where callbacks go in, which name means what, what is gone.

Every name here is canonical: its 4.x spelling (`orchestrator.workflow.step`), whichever namespace the
linted code uses; `canonical` maps 5.x names (`orchestrator.core.workflow.step`) to it. Versions are
`(major, minor)`.

Source: the wheels of orchestrator-core 4.3.1, 4.4.0, 4.6.5, 4.7.0, 4.7.2, 4.8.2, 5.0.5, 5.4.0 and
5.5.0, which `tests/test_knowledge_orchestrator.py` reads again and compares with every table. Where versions
differ, a table is the union over them, and the newest version decides what a name means.

The long tables are text that is split at import: less to read, and no slower than literals. Rows are
named tuples, a quarter of what dataclasses cost there: every door pays for this module's import.
"""

from __future__ import annotations

from types import MappingProxyType

from flake8_orch47.records import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Final

__all__ = [
    "ALL_SCHEDULERS",
    "ATTRIBUTES",
    "AUTHORIZER",
    "AUTH_CONTEXT",
    "AUTH_CONTEXT_ATTRIBUTES",
    "AUTH_CONTEXT_FIELDS",
    "BASES",
    "CALLBACK_ATTRIBUTES",
    "CALLBACK_NAMES",
    "CALLBACK_PAIRS",
    "CORE_TREE_MARKERS",
    "COROUTINE_FUNCTIONS",
    "ELEMENTS",
    "EXPORTS",
    "GET_SCHEDULER",
    "MODULES",
    "NAMES",
    "REEXPORTS",
    "REGISTRATIONS",
    "REMOVED",
    "RETURNS",
    "SCHEDULER",
    "SCHEDULER_DECORATOR",
    "SCHEDULER_JOB_METHODS",
    "START_PROCESS",
    "USER_MODEL",
    "VALUES",
    "CallbackParameter",
    "Removal",
    "canonical",
]

Version = tuple[int, int]

#: In a `since`: already so in the oldest version that is compared (4.3), possibly earlier.
ALWAYS: Final[Version] = (4, 0)


def canonical(name: str) -> str | None:
    """The 4.x spelling of a dotted name of either namespace; None for what is not below `orchestrator`.

    5.0 moved every module from `orchestrator` to `orchestrator.core`; 4.x has no module of that name.
    """
    if name in {"orchestrator", "orchestrator.core"}:
        return "orchestrator"
    if name.startswith("orchestrator.core."):
        return "orchestrator." + name[18:]
    return name if name.startswith("orchestrator.") else None


def _grouped(text: str) -> Iterator[tuple[str, str]]:
    """The pairs (absolute group, member) of a table in text, `group: member member group: member`.

    `.` as a group is `orchestrator` itself.
    """
    group = ""
    for word in text.split():
        if word.endswith(":"):
            group = _absolute(word[:-1])
        else:
            yield group, word


def _absolute(name: str) -> str:
    return "orchestrator" if name == "." else "orchestrator." + name


# ---------------------------------------------------------------------------------------------- callbacks


class CallbackParameter(Row):
    """A parameter that takes a callback: name, 0-based position without `self`, first version that has it.

    All of them can be given by keyword and by position.
    """

    name: str
    position: int
    since: Version


def _workflow_callbacks(position: int, since: Version = ALWAYS) -> tuple[CallbackParameter, ...]:
    return (
        CallbackParameter("authorize_callback", position, since),
        CallbackParameter("retry_auth_callback", position + 1, max(since, (4, 1))),
    )


def _input_callbacks(position: int) -> tuple[CallbackParameter, ...]:
    return (
        CallbackParameter("resume_auth_callback", position, (4, 1)),
        CallbackParameter("retry_auth_callback", position + 1, (4, 1)),
    )


_INTERNAL: Final = (CallbackParameter("callback", 0, (4, 7)),)

#: The callables that take callbacks.
REGISTRATIONS: Final[Mapping[str, tuple[CallbackParameter, ...]]] = MappingProxyType(
    {
        "orchestrator.workflow.workflow": _workflow_callbacks(3),
        "orchestrator.workflow.make_workflow": _workflow_callbacks(5),
        "orchestrator.workflow.inputstep": _input_callbacks(2),
        "orchestrator.workflow.step": (CallbackParameter("retry_auth_callback", 1, (4, 6)),),
        "orchestrator.workflow.retrystep": (CallbackParameter("retry_auth_callback", 1, (4, 6)),),
        "orchestrator.workflow.step_group": (CallbackParameter("retry_auth_callback", 3, (4, 6)),),
        "orchestrator.workflow.make_step_function": _input_callbacks(4),
        "orchestrator.workflows.utils.create_workflow": _workflow_callbacks(4),
        "orchestrator.workflows.utils.modify_workflow": _workflow_callbacks(3),
        "orchestrator.workflows.utils.terminate_workflow": _workflow_callbacks(3),
        "orchestrator.workflows.utils.task": _workflow_callbacks(3, (5, 0)),
        "orchestrator.workflows.utils.reconcile_workflow": _workflow_callbacks(2, (4, 4)),
        "orchestrator.app.OrchestratorCore.register_internal_authorize_callback": _INTERNAL,
        "orchestrator.app.OrchestratorCore.register_internal_retry_auth_callback": _INTERNAL,
    }
)

#: The attributes that hold callbacks, by class. `Authorizers.authorize_callback` and `.retry_auth_callback`
#: are methods (see COROUTINE_FUNCTIONS), not to be assigned.
CALLBACK_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "orchestrator.workflow.Workflow": frozenset({"authorize_callback", "retry_auth_callback"}),
        "orchestrator.workflow.Step": frozenset({"resume_auth_callback", "retry_auth_callback"}),
        "orchestrator.settings.Authorizers": frozenset({"internal_authorize_callback", "internal_retry_auth_callback"}),
    }
)

CALLBACK_NAMES: Final = frozenset().union(*CALLBACK_ATTRIBUTES.values())

#: Functions that return two callbacks (to resume with, to retry with), each of which may be None.
CALLBACK_PAIRS: Final = frozenset({"orchestrator.api.api_v1.endpoints.processes.get_auth_callbacks"})

#: The type that the framework's own annotations give a callback.
AUTHORIZER: Final = "orchestrator.utils.auth.Authorizer"

_USER_MODEL_IMPORTERS: Final = """
api.api_v1.endpoints.forms api.api_v1.endpoints.processes api.api_v1.endpoints.schedules
api.api_v1.endpoints.settings api.api_v1.endpoints.subscriptions forms.scheduler_form security
services.executors.threadpool services.processes settings utils.auth workflow
"""

#: What a callback gets before 5.0, or None: its definition, and where orchestrator-core's modules import it.
USER_MODEL: Final = frozenset(
    {
        "oauth2_lib.fastapi.OIDCUserModel",
        *(f"{_absolute(module)}.OIDCUserModel" for module in _USER_MODEL_IMPORTERS.split()),
    }
)

#: What a callback gets from 5.0. `orchestrator[.core].utils.auth` defines it; REEXPORTS knows who imports it.
AUTH_CONTEXT: Final = "orchestrator.utils.auth.AuthContext"

_BASE_MODEL: Final = """
construct copy dict from_orm json model_computed_fields model_config model_construct model_copy model_dump
model_dump_json model_extra model_fields model_fields_set model_json_schema model_parametrized_name
model_post_init model_rebuild model_validate model_validate_json model_validate_strings parse_file parse_obj
parse_raw schema schema_json update_forward_refs validate
"""

#: The public attributes that an AuthContext has: its fields, and what it inherits from pydantic's `BaseModel`
#: (2.13, which 5.0 and later require).
AUTH_CONTEXT_FIELDS: Final = frozenset({"user", "action", "workflow", "step"})
AUTH_CONTEXT_ATTRIBUTES: Final = AUTH_CONTEXT_FIELDS | frozenset(_BASE_MODEL.split())

#: Functions that checked `authorize_callback` up to 4.6, with the 0-based position of `user_model`. It is the
#: same in every version: 4.7 and later still take it.
START_PROCESS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "orchestrator.services.processes.create_process": 3,
        "orchestrator.services.processes.start_process": 3,
    }
)

# ---------------------------------------------------------------------------------------------- schedules

#: The APScheduler instance, the decorator before it (deprecated in 4.4) and the list of jobs (in 4.7).
SCHEDULER: Final = "orchestrator.schedules.scheduler.scheduler"
SCHEDULER_DECORATOR: Final = "orchestrator.schedules.scheduling.scheduler"
ALL_SCHEDULERS: Final = "orchestrator.schedules.ALL_SCHEDULERS"

#: The context manager that starts SCHEDULER and gives it.
GET_SCHEDULER: Final = "orchestrator.schedules.scheduler.get_scheduler"

#: SCHEDULER's methods that schedule from code, with their rule.
SCHEDULER_JOB_METHODS: Final[Mapping[str, str]] = MappingProxyType({"scheduled_job": "ORC101", "add_job": "ORC105"})


class Removal(Row):
    """Since which version a module or a name is gone, and what to do instead (the end of a sentence)."""

    since: Version
    instead: str


def _task(name: str) -> str:
    return f"schedule the workflow `{name}` through the API (`load-initial-schedule` does)"


_NO_REGISTER: Final = "remove the import: from 4.4 the decorator returns the function itself"
_NO_MESSAGE: Final = "write your own message: from 4.7 only the REST endpoint refuses a user"

#: Schedule modules and names that later versions do not have. A name below a removed module is removed too.
REMOVED: Final[Mapping[str, Removal]] = MappingProxyType(
    {
        "orchestrator.schedules.scheduling.SchedulingFunction": Removal((4, 4), _NO_REGISTER),
        "orchestrator.schedules.resume_workflows": Removal((4, 7), _task("task_resume_workflows")),
        "orchestrator.schedules.run_resume_workflows": Removal((4, 7), _task("task_resume_workflows")),
        "orchestrator.schedules.task_vacuum": Removal((4, 7), _task("task_clean_up_tasks")),
        "orchestrator.schedules.vacuum_tasks": Removal((4, 7), _task("task_clean_up_tasks")),
        "orchestrator.schedules.validate_subscriptions": Removal((4, 7), _task("task_validate_subscriptions")),
        "orchestrator.schedules.validate_products": Removal((4, 8), _task("task_validate_products")),
        "orchestrator.services.processes.error_message_unauthorized": Removal((4, 7), _NO_MESSAGE),
    }
)

# -------------------------------------------------------------------------------------------------- types

_WORKFLOW: Final = "orchestrator.workflow.Workflow"
_STEP: Final = "orchestrator.workflow.Step"
_STEP_LIST: Final = "orchestrator.workflow.StepList"
_PROCESS_STAT: Final = "orchestrator.workflow.ProcessStat"
_LAZY_WORKFLOW: Final = "orchestrator.workflows.LazyWorkflowInstance"
_AUTHORIZERS: Final = "orchestrator.settings.Authorizers"
_CORE: Final = "orchestrator.app.OrchestratorCore"
_LLM_CORE: Final = "orchestrator.agentic_app.LLMOrchestratorCore"

#: Base classes within orchestrator-core.
BASES: Final[Mapping[str, str]] = MappingProxyType({_LLM_CORE: _CORE})

#: What a call gives, as a class. `f()` is the result of calling f, `f()()` of calling that (a decorator at
#: work), `C.m()` of calling a method, `f().__enter__()` what `with f() as x` binds (here an object, not its
#: class). None is left out: `get_workflow` gives a Workflow or None.
RETURNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "orchestrator.workflow.workflow()()": _WORKFLOW,
        "orchestrator.workflow.make_workflow()": _WORKFLOW,
        "orchestrator.workflows.utils.create_workflow()()": _WORKFLOW,
        "orchestrator.workflows.utils.modify_workflow()()": _WORKFLOW,
        "orchestrator.workflows.utils.terminate_workflow()()": _WORKFLOW,
        "orchestrator.workflows.utils.validate_workflow()()": _WORKFLOW,
        "orchestrator.workflows.utils.reconcile_workflow()()": _WORKFLOW,
        "orchestrator.workflows.utils.task()()": _WORKFLOW,
        "orchestrator.workflows.get_workflow()": _WORKFLOW,
        "orchestrator.workflows.LazyWorkflowInstance()": _LAZY_WORKFLOW,
        "orchestrator.workflows.LazyWorkflowInstance.instantiate()": _WORKFLOW,
        "orchestrator.workflow.step()()": _STEP,
        "orchestrator.workflow.retrystep()()": _STEP,
        "orchestrator.workflow.inputstep()()": _STEP,
        "orchestrator.workflow.steplens()()": _STEP,
        "orchestrator.workflow.step_group()": _STEP,
        "orchestrator.workflow.callback_step()": _STEP,
        "orchestrator.workflow.make_step_function()": _STEP,
        "orchestrator.workflows.steps.set_status()": _STEP,
        "orchestrator.workflows.steps.store_process_subscription()": _STEP,
        "orchestrator.workflow.conditional()()": _STEP_LIST,
        "orchestrator.workflow.focussteps()()": _STEP_LIST,
        "orchestrator.workflow.StepList()": _STEP_LIST,
        "orchestrator.workflow.StepList.map()": _STEP_LIST,
        "orchestrator.workflow.StepList.__rshift__()": _STEP_LIST,
        "orchestrator.workflows.utils.ensure_provisioning_status()": _STEP_LIST,
        "orchestrator.api.api_v1.endpoints.processes.get_steps_to_evaluate_for_rbac()": _STEP_LIST,
        "orchestrator.workflow.ProcessStat()": _PROCESS_STAT,
        "orchestrator.workflow.ProcessStat.update()": _PROCESS_STAT,
        "orchestrator.services.processes.create_process()": _PROCESS_STAT,
        "orchestrator.services.processes.load_process()": _PROCESS_STAT,
        "orchestrator.settings.Authorizers()": _AUTHORIZERS,
        "orchestrator.settings.get_authorizers()": _AUTHORIZERS,
        "orchestrator.utils.auth.AuthContext()": AUTH_CONTEXT,
        "orchestrator.workflow.PredicateContext()": "orchestrator.workflow.PredicateContext",
        "orchestrator.app.OrchestratorCore()": _CORE,
        "orchestrator.agentic_app.LLMOrchestratorCore()": _LLM_CORE,
        f"{GET_SCHEDULER}().__enter__()": SCHEDULER,
        "orchestrator.schedules.scheduler.get_paused_scheduler().__enter__()": SCHEDULER,
    }
)

#: orchestrator-core's own workflows (`module: function`): objects whose callbacks an application may assign.
_CORE_WORKFLOWS: Final = """
workflows.modify_note: modify_note
workflows.removed_workflow: removed_workflow
workflows.tasks.cleanup_tasks_log: task_clean_up_tasks
workflows.tasks.resume_workflows: task_resume_workflows
workflows.tasks.validate_awaiting_callbacks: task_validate_awaiting_callbacks
workflows.tasks.validate_product_type: task_validate_product_type
workflows.tasks.validate_products: task_validate_products
workflows.tasks.validate_subscriptions: task_validate_subscriptions
"""

_CORE_STEPS: Final = """
workflows.modify_note: store_subscription_note
workflows.steps: refresh_process_search_index refresh_subscription_search_index resync unsync
    unsync_unchecked
workflows.tasks.cleanup_tasks_log: cleanup_ai_search_index remove_tasks
workflows.tasks.resume_workflows: find_waiting_workflows restart_created_workflows resume_found_workflows
workflows.tasks.validate_awaiting_callbacks: fail_timed_out_callbacks find_timed_out_callbacks
workflows.tasks.validate_product_type: validate_product_type
workflows.tasks.validate_products: check_all_workflows_are_in_db check_db_fixed_input_config
    check_subscription_models check_that_active_products_have_a_modify_note
    check_that_products_have_at_least_one_workflow
    check_that_products_have_create_modify_and_terminate_workflows
    check_workflows_for_matching_targets_and_descriptions
workflows.tasks.validate_subscriptions: validate_subscriptions
workflows.utils: obsolete_step
"""

#: The class of an attribute: of an instance (`C.attribute`) or of a module. AuthContext declares the
#: protocols AuthWorkflow and AuthStep; what it holds are the Workflow and the Step.
ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "orchestrator.workflow.Workflow.steps": _STEP_LIST,
        "orchestrator.workflow.ProcessStat.workflow": _WORKFLOW,
        "orchestrator.workflow.ProcessStat.log": _STEP_LIST,
        "orchestrator.workflow.PredicateContext.workflow": _WORKFLOW,
        "orchestrator.utils.auth.AuthContext.workflow": _WORKFLOW,
        "orchestrator.utils.auth.AuthContext.step": _STEP,
        "orchestrator.workflow.begin": _STEP_LIST,
        "orchestrator.workflow.init": _STEP_LIST,
        "orchestrator.workflow.done": _STEP_LIST,
        "orchestrator.workflow.abort": _STEP_LIST,
        **{f"{module}.{name}": _WORKFLOW for module, name in _grouped(_CORE_WORKFLOWS)},
        **{f"{module}.{name}": _STEP for module, name in _grouped(_CORE_STEPS)},
    }
)

#: What iterating over or indexing a sequence gives (a slice gives the sequence's own class).
ELEMENTS: Final[Mapping[str, str]] = MappingProxyType({_STEP_LIST: _STEP})

#: What a mapping holds: the result of `[key]`, `.get(key)`, `.values()`.
VALUES: Final[Mapping[str, str]] = MappingProxyType({"orchestrator.workflows.ALL_WORKFLOWS": _LAZY_WORKFLOW})

_COROUTINES: Final[Mapping[Version, str]] = {
    ALWAYS: """
        domain.customer_description: create_subscription_customer_description
            delete_subscription_customer_description_by_customer_subscription
            update_subscription_customer_description
        security: authenticate authenticate_websocket authorize authorize_websocket
        services.subscription_relations: get_depends_on_subscriptions get_in_use_by_subscriptions
            get_last_validation_datetimes get_recursive_relations
        utils.get_subscription_dict: get_subscription_dict
        utils.redis: delete_keys_matching_pattern
        utils.redis.RedisBroadcast: connect disconnect
        websocket: broadcast_invalidate_cache broadcast_process_update_to_websocket_async empty_fn
            invalidate_subscription_cache
    """,
    (4, 7): """
        settings.Authorizers: authorize_callback retry_auth_callback
        websocket: broadcast_invalidate_status_counts_async
        workflow: allow
    """,
    (5, 1): """
        websocket: invalidate_subscription_cache_by_id
    """,
    (5, 4): """
        domain.customer_description: get_customer_description_by_customer_subscription
        schedules.service: add_scheduled_task_to_queue_async get_linker_entries_by_schedule_ids_async
        services.processes: get_process_async update_awaiting_process_progress_async
        services.settings: get_engine_settings_table_async post_update_to_slack_async
            reset_search_index_async
        services.subscriptions: get_subscription_async
        services.workflows: get_workflow_by_workflow_id_async get_workflows_async
    """,
    (5, 5): """
        services.workflow_user_guides: get_workflow_guide
    """,
}

#: The public `async def`s of what a callback may use (`domain`, `schedules`, `security`, `services`,
#: `settings`, `utils`, `workflow`, `websocket` itself), and since when. Async generators are left out.
COROUTINE_FUNCTIONS: Final[Mapping[str, Version]] = MappingProxyType(
    {f"{scope}.{name}": since for since, text in _COROUTINES.items() for scope, name in _grouped(text)}
)

# -------------------------------------------------------------------------------------- modules and names

#: Files of orchestrator-core's tree, relative to its namespace's folder, that every version has: a package
#: named `orchestrator` (or `orchestrator.core`) that has all of them is orchestrator-core, another is not.
CORE_TREE_MARKERS: Final = (
    "workflow.py",
    "targets.py",
    "domain/base.py",
    "services/processes.py",
    "workflows/utils.py",
)

_MODULES: Final = """
.: agent_tags agentic_app api app cli config db devtools distlock domain exception_handlers forms graphql
    llm_settings log_config mcp metrics migrations schedules schemas search security services settings
    targets types utils version websocket workflow workflows
api: api_v1 error_handling helpers models
api.api_v1: api endpoints
api.api_v1.endpoints: agent forms health mcp_tools processes product_blocks products resource_types
    schedules search settings subscription_customer_descriptions subscriptions translations user
    workflow_user_guides workflows ws
cli: database domain_gen_helpers generate generator helpers main migrate_domain_models migrate_tasks
    migrate_workflows migration_helpers scheduler search
cli.domain_gen_helpers: fixed_input_helpers helpers product_block_helpers product_helpers
    resource_type_helpers types
cli.generator: generator
cli.generator.generator: enums helpers migration product product_block settings translations unittest
    validations workflow
cli.helpers: input_helpers print_helpers
cli.search: display index_llm resize_embedding search_explore speedtest
config: assignee
db: database filters helpers listeners loaders models queries range sorting
db.filters: filters process product product_block resource_type search_filters subscription workflow
db.filters.search_filters: inferred_filter
db.queries: subscription subscription_instance
db.range: range
db.sorting: process product product_block resource_type sorting subscription workflow
devtools: populator scripts
devtools.scripts: migrate_20 migrate_30 migrate_50 shared
distlock: distlock_manager managers
distlock.managers: memory_distlock_manager redis_distlock_manager
domain: base context_cache customer_description helpers lifecycle subscription_instance_transform
forms: scheduler_form summary_form validators
forms.summary_form: formatters summary_form
forms.validators: customer_contact_list customer_id display_subscription network_type_validators product_id
    timestamp
graphql: autoregistration extensions loaders mutations pagination resolvers schema schemas search_inputs
    types utils
graphql.extensions: db_session model_cache stats
graphql.loaders: subscriptions
graphql.mutations: customer_description start_process
graphql.resolvers: customer helpers process product product_block resource_type scheduled_tasks search
    settings subscription version workflow
graphql.schemas: customer customer_description errors fixed_input helpers process product product_block
    resource_type scheduled_task search settings strawberry_pydantic_patch subscription version workflow
graphql.utils: create_resolver_error_handler get_query_loaders get_selected_fields get_selected_paths
    get_subscription_product_blocks is_query_detailed override_class to_graphql_result_page
mcp: server
metrics: dbutils engine init processes subscriptions workers
migrations: env helpers
schedules: resume_workflows scheduler scheduling service task_vacuum validate_products
    validate_subscriptions
schemas: base engine_settings fixed_input mcp_search mcp_tools problem_detail process product product_block
    resource_type schedules search search_requests subscription subscription_descriptions workflow
search: agent aggregations core entity_lookup fallback filters indexing llm_migration query retrieval
    schemas
search.agent: adapters agent artifacts events handlers json_patch memory persistence planner prompts
    skill_runner skills state tools utils validation
search.agent.adapters: a2a ag_ui mcp stream
search.agent.tools: aggregation filters result_actions search
search.aggregations: base
search.core: embedding exceptions types validators
search.filters: base date_filters definitions elastic_dsl ltree_filters numeric_filter
search.indexing: field_types hooks indexer registry schema tasks traverse
search.query: builder engine exceptions export mixins queries results state validation
search.retrieval: pagination retrievers session
search.retrieval.retrievers: base fuzzy hybrid process semantic structured
search.schemas: process product_block resource_type
services: executors fixed_inputs flower input_state process_broadcast_thread process_subscription processes
    products resource_types settings settings_env_variables subscription_relations subscriptions tasks
    translations worker_status_monitor workflow_user_guides workflows
services.executors: celery threadpool types
utils: auth crypt datetime deprecation_logger docs enrich_process errors expose_settings fixed_inputs
    functional get_subscription_dict get_updated_properties helpers json redis redis_client search_query
    state strings validate_data_version
websocket: close managers websocket_manager
websocket.managers: broadcast_websocket_manager memory_websocket_manager
workflows: modify_note predicates removed_workflow steps tasks utils
workflows.tasks: cleanup_tasks_log resume_workflows validate_awaiting_callbacks validate_product_type
    validate_products validate_subscriptions
"""

#: Every module and package, namespace packages included.
MODULES: Final = frozenset({"orchestrator", *(f"{package}.{module}" for package, module in _grouped(_MODULES))})

#: `definition: module module=alias`: which modules import what the tables above define, under its own or
#: another name.
_IMPORTERS: Final = """
api.api_v1.endpoints.processes.get_auth_callbacks: graphql.schemas.process
api.api_v1.endpoints.processes.get_steps_to_evaluate_for_rbac: graphql.schemas.process
app.OrchestratorCore: . agentic_app
domain.customer_description.create_subscription_customer_description:
    api.api_v1.endpoints.subscription_customer_descriptions graphql.mutations.customer_description
domain.customer_description.delete_subscription_customer_description_by_customer_subscription:
    graphql.mutations.customer_description
domain.customer_description.get_customer_description_by_customer_subscription:
    api.api_v1.endpoints.subscription_customer_descriptions graphql.mutations.customer_description
domain.customer_description.update_subscription_customer_description:
    api.api_v1.endpoints.subscription_customer_descriptions graphql.mutations.customer_description
schedules.ALL_SCHEDULERS: cli.scheduler
schedules.scheduler.get_paused_scheduler: cli.scheduler
schedules.scheduler.get_scheduler: cli.scheduler
schedules.scheduler.scheduler: schedules.resume_workflows schedules.scheduling=default_scheduler
    schedules.task_vacuum schedules.validate_products schedules.validate_subscriptions
schedules.scheduling.SchedulingFunction: schedules
schedules.service.add_scheduled_task_to_queue_async: api.api_v1.endpoints.schedules
schedules.service.get_linker_entries_by_schedule_ids_async: api.api_v1.endpoints.schedules
security.authenticate: api.api_v1.endpoints.forms api.api_v1.endpoints.processes
    api.api_v1.endpoints.schedules api.api_v1.endpoints.settings api.api_v1.endpoints.subscriptions
security.authenticate_websocket: websocket.websocket_manager
security.authorize: api.api_v1.api
security.authorize_websocket: websocket.websocket_manager
services.processes.create_process: services.executors.celery services.executors.threadpool
services.processes.get_process_async: api.api_v1.endpoints.mcp_tools api.api_v1.endpoints.processes
services.processes.load_process: api.api_v1.endpoints.mcp_tools api.api_v1.endpoints.processes
    graphql.resolvers.process graphql.schemas.process services.executors.threadpool services.tasks
services.processes.start_process: api.api_v1.endpoints.processes graphql.mutations.start_process
    schedules.resume_workflows schedules.service schedules.task_vacuum schedules.validate_products
services.processes.update_awaiting_process_progress_async: api.api_v1.endpoints.processes
services.settings.get_engine_settings_table_async: api.api_v1.endpoints.settings
services.settings.post_update_to_slack_async: graphql.resolvers.settings
services.settings.reset_search_index_async: api.api_v1.endpoints.settings
services.subscription_relations.get_depends_on_subscriptions: graphql.loaders.subscriptions
services.subscription_relations.get_in_use_by_subscriptions: graphql.loaders.subscriptions
services.subscription_relations.get_last_validation_datetimes: graphql.loaders.subscriptions
services.subscription_relations.get_recursive_relations: graphql.schemas.subscription
services.subscriptions.get_subscription_async: api.api_v1.endpoints.mcp_tools
    api.api_v1.endpoints.subscriptions
services.workflow_user_guides.get_workflow_guide: api.api_v1.endpoints.workflow_user_guides
services.workflows.get_workflow_by_workflow_id_async: api.api_v1.endpoints.schedules
services.workflows.get_workflows_async: api.api_v1.endpoints.mcp_tools
settings.get_authorizers: app workflows.modify_note workflows.removed_workflow
    workflows.tasks.cleanup_tasks_log workflows.tasks.resume_workflows
    workflows.tasks.validate_awaiting_callbacks workflows.tasks.validate_product_type
    workflows.tasks.validate_products workflows.tasks.validate_subscriptions
utils.auth.AuthContext: api.api_v1.endpoints.processes api.api_v1.endpoints.schedules
    api.api_v1.endpoints.subscriptions forms.scheduler_form graphql.schemas.process graphql.schemas.workflow
    settings
utils.auth.Authorizer: api.api_v1.endpoints.processes app settings workflow workflows.utils
utils.get_subscription_dict.get_subscription_dict: api.api_v1.endpoints.subscriptions
    graphql.resolvers.subscription graphql.utils.get_subscription_product_blocks
utils.redis.delete_keys_matching_pattern: api.api_v1.endpoints.settings graphql.resolvers.settings
websocket.broadcast_invalidate_cache: api.api_v1.endpoints.settings
websocket.broadcast_invalidate_status_counts_async: api.api_v1.endpoints.processes
websocket.broadcast_process_update_to_websocket_async: api.api_v1.endpoints.processes
    services.process_broadcast_thread services.processes
websocket.invalidate_subscription_cache: api.api_v1.endpoints.subscriptions domain.customer_description
workflow.PredicateContext: services.processes workflows.predicates
workflow.ProcessStat: api.api_v1.endpoints.processes services.executors.celery services.executors.threadpool
    services.processes utils.enrich_process
workflow.Step: services.processes utils.enrich_process workflows.steps workflows.utils
workflow.StepList: api.api_v1.endpoints.processes services.processes workflows.modify_note
    workflows.removed_workflow workflows.tasks.cleanup_tasks_log workflows.tasks.resume_workflows
    workflows.tasks.validate_awaiting_callbacks workflows.tasks.validate_product_type
    workflows.tasks.validate_products workflows.tasks.validate_subscriptions workflows.utils
workflow.Workflow: api.api_v1.endpoints.processes api.api_v1.endpoints.schedules cli.migrate_tasks
    forms.scheduler_form services.processes workflows workflows.utils
workflow.begin: . workflows.utils
workflow.conditional: .
workflow.done: . workflows.modify_note workflows.tasks.cleanup_tasks_log workflows.tasks.resume_workflows
    workflows.tasks.validate_awaiting_callbacks workflows.tasks.validate_product_type
    workflows.tasks.validate_products workflows.tasks.validate_subscriptions workflows.utils
workflow.focussteps: .
workflow.init: workflows.modify_note workflows.tasks.cleanup_tasks_log workflows.tasks.resume_workflows
    workflows.tasks.validate_awaiting_callbacks workflows.tasks.validate_product_type
    workflows.tasks.validate_products workflows.tasks.validate_subscriptions workflows.utils
workflow.inputstep: .
workflow.make_workflow: workflows.utils
workflow.retrystep: .
workflow.step: . workflows.modify_note workflows.steps workflows.tasks.cleanup_tasks_log
    workflows.tasks.resume_workflows workflows.tasks.validate_awaiting_callbacks
    workflows.tasks.validate_product_type workflows.tasks.validate_products
    workflows.tasks.validate_subscriptions workflows.utils
workflow.steplens: .
workflow.workflow: . workflows.modify_note workflows.removed_workflow workflows.tasks.cleanup_tasks_log
    workflows.tasks.resume_workflows workflows.tasks.validate_awaiting_callbacks
    workflows.tasks.validate_product_type workflows.tasks.validate_products
    workflows.tasks.validate_subscriptions
workflows.LazyWorkflowInstance: cli.migrate_workflows
workflows.get_workflow: api.api_v1.endpoints.mcp_tools api.api_v1.endpoints.processes
    api.api_v1.endpoints.schedules api.api_v1.endpoints.subscriptions cli.migrate_tasks
    cli.migrate_workflows forms.scheduler_form graphql.schemas.process graphql.schemas.workflow
    services.processes services.workflows
workflows.removed_workflow.removed_workflow: services.executors.threadpool services.processes
workflows.steps.refresh_process_search_index: workflows.utils
workflows.steps.refresh_subscription_search_index: workflows.modify_note workflows.utils
workflows.steps.resync: workflows.utils
workflows.steps.set_status: workflows.utils
workflows.steps.store_process_subscription: workflows.modify_note workflows.utils
workflows.steps.unsync: workflows.utils
workflows.steps.unsync_unchecked: workflows.utils
"""

#: `package: definition definition=alias`: what the packages that are meant for it re-export besides.
_PACKAGES: Final = """
.: settings.app_settings settings.llm_settings
db: db.database.BaseModel=DbBaseModel db.database.Database db.database.transactional db.models.AgentRunTable
    db.models.EngineSettingsTable db.models.FixedInputTable db.models.InputStateTable
    db.models.ProcessStepTable db.models.ProcessSubscriptionTable db.models.ProcessTable
    db.models.ProductBlockTable db.models.ProductTable db.models.ResourceTypeTable
    db.models.SearchQueryTable db.models.SubscriptionCustomerDescriptionTable
    db.models.SubscriptionInstanceRelationTable db.models.SubscriptionInstanceTable
    db.models.SubscriptionInstanceValueTable db.models.SubscriptionMetadataTable db.models.SubscriptionTable
    db.models.UtcTimestamp db.models.UtcTimestampError db.models.WorkflowTable settings.AppSettings
domain: domain.base.SubscriptionModel domain.base.SubscriptionModelRegistry
    utils.docs.make_product_type_index_doc
schedules: schedules.resume_workflows.run_resume_workflows schedules.task_vacuum.vacuum_tasks
    schedules.validate_products.validate_products schedules.validate_subscriptions.validate_subscriptions
websocket: db.db db.models.ProcessTable settings.AppSettings settings.app_settings
    websocket.websocket_manager.WebSocketManager workflow.ProcessStatus
workflows: utils.docs.make_workflow_index_doc
"""


def _reexports() -> dict[str, dict[str, str]]:
    reexports: dict[str, dict[str, str]] = {}
    for definition, importer in _grouped(_IMPORTERS):
        module, _, alias = importer.partition("=")
        reexports.setdefault(_absolute(module), {})[alias or _last(definition)] = definition
    for package, exported in _grouped(_PACKAGES):
        definition, _, alias = exported.partition("=")
        reexports.setdefault(package, {})[alias or _last(definition)] = _absolute(definition)
    return reexports


def _last(name: str) -> str:
    return name[name.rindex(".") + 1 :]


#: Per module, the names that it has from elsewhere in orchestrator-core, with their definitions. A name wins
#: over a submodule: `orchestrator.workflow` is the decorator for whoever imports it from the package.
REEXPORTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {module: MappingProxyType(names) for module, names in _reexports().items()}
)


def _names() -> Iterator[str]:
    """The names in the tables, those of methods and attributes too."""
    yield from REGISTRATIONS
    yield from CALLBACK_ATTRIBUTES
    yield from CALLBACK_PAIRS
    yield from (AUTHORIZER, AUTH_CONTEXT, SCHEDULER, SCHEDULER_DECORATOR, ALL_SCHEDULERS, GET_SCHEDULER)
    yield from START_PROCESS
    yield from (name for name in REMOVED if name not in MODULES)
    yield from BASES
    yield from (name.partition("(")[0] for name in RETURNS)
    yield from RETURNS.values()
    yield from ATTRIBUTES
    yield from VALUES
    yield from COROUTINE_FUNCTIONS
    yield from (definition for names in REEXPORTS.values() for definition in names.values())


def _definitions() -> Iterator[str]:
    """Of the names in the tables, those that a module defines at its top level and does not re-export."""
    for name in set(_names()):
        module, _, own = name.rpartition(".")
        if module in MODULES and own not in REEXPORTS.get(module, ()):
            yield name


#: Every definition of orchestrator-core that a table here speaks about.
NAMES: Final = frozenset(_definitions())

#: `module: names`: what the modules with an `__all__` list there, of what the tables know.
_STARRED: Final = """
.: OrchestratorCore app_settings begin conditional done focussteps inputstep llm_settings retrystep step
    steplens workflow
db: AgentRunTable EngineSettingsTable FixedInputTable InputStateTable ProcessStepTable
    ProcessSubscriptionTable ProcessTable ProductBlockTable ProductTable ResourceTypeTable SearchQueryTable
    SubscriptionCustomerDescriptionTable SubscriptionInstanceRelationTable SubscriptionInstanceTable
    SubscriptionInstanceValueTable SubscriptionMetadataTable SubscriptionTable UtcTimestamp
    UtcTimestampError WorkflowTable db transactional
domain: SubscriptionModel
websocket: broadcast_invalidate_status_counts_async broadcast_process_update_to_websocket_async
"""


def _exports() -> dict[str, frozenset[str]]:
    exports: dict[str, set[str]] = {module: set(names) for module, names in REEXPORTS.items()}
    for name in NAMES:
        module, _, own = name.rpartition(".")
        exports.setdefault(module, set()).add(own)
    starred: dict[str, set[str]] = {}
    for module, name in _grouped(_STARRED):
        starred.setdefault(module, set()).add(name)
    exports.update(starred)
    return {module: frozenset(names) for module, names in exports.items()}


#: What `from module import *` brings, of the names that the tables know.
EXPORTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(_exports())
