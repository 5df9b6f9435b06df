"""orchestrator-core's own functions, in the spelling of 4.x, and its database objects.

Source: the wheels of orchestrator-core 4.4.0 to 5.5.0, read and run; `tests/test_knowledge_libraries.py`
holds the rows against them. Where one function blocks in two ways, the row names the first: a database
query comes before the Redis command or the wait that follows it.
"""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.database import QUERY_TO_QUERY
from flake8_orch47.knowledge.blocking.library import Blocks, Library, each

__all__ = ["LIBRARIES", "TABLES"]

BASE_MODEL = "orchestrator.db.database.BaseModel"
DATABASE = "orchestrator.db.database.Database"
SERVICES = "orchestrator.services"
#: What belongs to the session of the request (a scope of `db`): another thread needs one of its own.
REQUEST_SESSION = "sqlalchemy.orm.Session[request]"
REQUEST_QUERY = "sqlalchemy.orm.Query[request]"
REQUEST_REGISTRY = "sqlalchemy.orm.scoped_session[request]"
EVENT_LOOP = "an event loop of its own"

#: The mapped classes of `orchestrator.db.models`: each has the `query` of `BaseModel`.
TABLES = (
    "AgentRunTable EngineSettingsTable FixedInputTable GraphSnapshotTable InputStateTable ProcessStepTable "
    "ProcessSubscriptionTable ProcessTable ProductBlockRelationTable ProductBlockTable ProductTable "
    "ResourceTypeTable SearchQueryTable SubscriptionCustomerDescriptionTable "
    "SubscriptionInstanceRelationTable SubscriptionInstanceTable SubscriptionInstanceValueTable "
    "SubscriptionMetadataTable SubscriptionTable WorkflowTable"
)

#: Those that `orchestrator.db` does not re-export.
UNEXPORTED = ("GraphSnapshotTable", "ProductBlockRelationTable")

CORE_DATABASE = Library(
    source="orchestrator-core: orchestrator/db",
    calls=(
        Blocks("ORC302", "orchestrator.db.database", "disable_commit transactional", "a database transaction"),
        Blocks("ORC302", "orchestrator.db.helpers.get_postgres_version"),
        Blocks("ORC302", "orchestrator.db.models.ProductBlockTable", "find_by_name find_by_tag"),
        Blocks("ORC302", "orchestrator.db.models.SubscriptionMetadataTable", "find_by_subscription_id"),
        Blocks("ORC302", "orchestrator.db.models.SubscriptionTable", "find_by_product_tag"),
        Blocks(
            "ORC302",
            "orchestrator.db.queries.subscription",
            "eagerload_all_subscription_instances eagerload_all_subscription_instances_only_inuseby",
        ),
        Blocks("ORC302", "orchestrator.db.queries.subscription_instance.get_subscription_instance_dict"),
    ),
    aliases={
        "orchestrator.core": "orchestrator",
        "orchestrator.db.Database": DATABASE,
        "orchestrator.db.DbBaseModel": BASE_MODEL,
        "orchestrator.db.transactional": "orchestrator.db.database.transactional",
        "orchestrator.db.wrapped_db": "orchestrator.db.db",
        "orchestrator.domain.SubscriptionModel": "orchestrator.domain.base.SubscriptionModel",
        **{
            f"orchestrator.db.{table}": f"orchestrator.db.models.{table}"
            for table in TABLES.split()
            if table not in UNEXPORTED
        },
    },
    bases={
        "orchestrator.db.database.SearchQuery": "sqlalchemy.orm.Query",
        "orchestrator.db.database.WrappedSession": "sqlalchemy.orm.Session",
        **each("orchestrator.db.models", TABLES, BASE_MODEL),
        REQUEST_SESSION: "sqlalchemy.orm.Session",
        REQUEST_QUERY: "sqlalchemy.orm.Query",
        REQUEST_REGISTRY: REQUEST_SESSION,
    },
    returns={
        f"{REQUEST_REGISTRY}.__call__": REQUEST_SESSION,
        f"{REQUEST_SESSION}.query": REQUEST_QUERY,
        **each(REQUEST_QUERY, QUERY_TO_QUERY, REQUEST_QUERY),
        "orchestrator.db.init_database": DATABASE,
        f"{DATABASE}.async_session": "sqlalchemy.ext.asyncio.AsyncSession",
        f"{DATABASE}.database_scope": f"context[{DATABASE}]",
    },
    attributes={
        "orchestrator.db.db": DATABASE,
        f"{BASE_MODEL}.query": REQUEST_QUERY,
        f"{DATABASE}.async_engine": "sqlalchemy.ext.asyncio.AsyncEngine",
        f"{DATABASE}.async_session_factory": "sqlalchemy.ext.asyncio.async_sessionmaker",
        f"{DATABASE}.engine": "sqlalchemy.engine.Engine",
        f"{DATABASE}.scoped_session": REQUEST_REGISTRY,
        f"{DATABASE}.session": REQUEST_SESSION,
        f"{DATABASE}.session_factory": "sqlalchemy.orm.sessionmaker",
    },
)

DOMAIN = Library(
    source="orchestrator-core: orchestrator/domain, orchestrator/forms",
    calls=(
        Blocks(
            "ORC302",
            "orchestrator.domain.base.ProductBlockModel",
            "diff_product_block_in_database from_db new save",
        ),
        Blocks(
            "ORC302",
            "orchestrator.domain.base.SubscriptionModel",
            "diff_product_in_database from_other_lifecycle from_other_product from_product_id from_subscription save",
        ),
        Blocks(
            "ORC302",
            "orchestrator.domain.customer_description",
            "create_subscription_customer_description "
            "delete_subscription_customer_description_by_customer_subscription "
            "update_subscription_customer_description",
            coroutine=True,
            until="5.5",
        ),
        Blocks(
            "ORC302",
            "orchestrator.domain.customer_description.get_customer_description_by_customer_subscription",
            until="5.5",
        ),
        Blocks("ORC302", "orchestrator.domain.helpers.get_root_blocks_to_instance_ids"),
        Blocks("ORC302", "orchestrator.forms.scheduler_form.get_tasks", coroutine=True),
        Blocks("ORC302", "orchestrator.forms.summary_form.formatters.subscription_summary_fields"),
    ),
    aliases={
        "orchestrator.forms.summary_form.subscription_summary_fields": (
            "orchestrator.forms.summary_form.formatters.subscription_summary_fields"
        )
    },
)

SCHEDULES = Library(
    source="orchestrator-core: orchestrator/schedules",
    calls=(
        Blocks(
            "ORC302",
            "orchestrator.schedules",
            "resume_workflows.run_resume_workflows task_vacuum.vacuum_tasks",
        ),
        Blocks(
            "ORC302",
            "orchestrator.schedules",
            "validate_products.validate_products validate_subscriptions.validate_subscriptions",
        ),
        # The same four as `orchestrator.schedules` re-exported them; two hide the module of the same name.
        Blocks(
            "ORC302",
            "orchestrator.schedules",
            "run_resume_workflows vacuum_tasks validate_products validate_subscriptions",
        ),
        Blocks(
            "ORC302",
            "orchestrator.schedules.scheduler",
            "enrich_with_workflow_id get_all_scheduler_tasks get_scheduler get_scheduler_store "
            "get_scheduler_task get_scheduler_tasks",
        ),
        Blocks("ORC306", "orchestrator.schedules.service", "add_scheduled_task_to_queue", "a Redis command"),
        Blocks(
            "ORC302",
            "orchestrator.schedules.service",
            "add_unique_scheduled_task_to_queue get_linker_entries_by_schedule_ids load_schedules "
            "run_start_workflow_scheduler_task workflow_scheduler_queue",
        ),
    ),
)

PROCESSES = Library(
    source="orchestrator-core: orchestrator/services/processes.py, orchestrator/workflow.py",
    calls=(
        Blocks(
            "ORC302",
            f"{SERVICES}.executors.threadpool",
            "thread_resume_process thread_start_process thread_validate_workflow",
        ),
        Blocks("ORC302", f"{SERVICES}.input_state", "retrieve_input_state store_input_state"),
        Blocks("ORC302", f"{SERVICES}.process_subscription.store_process_subscription_relation"),
        Blocks(
            "ORC302",
            f"{SERVICES}.processes",
            "_get_process abort_process continue_awaiting_process create_process delete_process "
            "ensure_correct_process_status fail_awaiting_process load_process marshall_processes "
            "replace_current_step_state resume_process safe_logstep set_process_status start_process "
            "update_awaiting_process_progress",
        ),
        Blocks("ORC302", "orchestrator.utils.enrich_process.enrich_process"),
        Blocks("ORC302", "orchestrator.workflow", "abort_wf fail_awaiting_wf runwf"),
        Blocks("ORC302", "orchestrator.workflows.predicates", "awaiting_callbacks_exist no_uncompleted_instance"),
        Blocks("ORC302", "orchestrator.workflows.tasks.cleanup_tasks_log.cleanup_ai_search_index"),
        Blocks("ORC302", "orchestrator.workflows.tasks.resume_workflows.get_process_ids_by_process_statuses"),
        Blocks("ORC302", "orchestrator.workflows.tasks.validate_product_type.create_select_product_type_form"),
    ),
)

SUBSCRIPTIONS = Library(
    source="orchestrator-core: orchestrator/services",
    calls=(
        Blocks("ORC302", f"{SERVICES}.fixed_inputs.get_fixed_inputs"),
        Blocks(
            "ORC302",
            f"{SERVICES}.products",
            "get_product_by_id get_product_by_name get_products get_tags get_types",
        ),
        Blocks("ORC302", f"{SERVICES}.resource_types.get_resource_types"),
        Blocks(
            "ORC302",
            f"{SERVICES}.settings",
            "get_engine_settings get_engine_settings_for_update get_engine_settings_table "
            "get_engine_settings_table_for_update reset_search_index",
        ),
        Blocks(
            "ORC302",
            f"{SERVICES}.subscription_relations",
            "get_depends_on_subscriptions get_in_use_by_subscriptions get_last_validation_datetimes",
            coroutine=True,
        ),
        Blocks(
            "ORC302",
            f"{SERVICES}.subscriptions",
            "activate_subscription build_extended_domain_model create_subscription "
            "find_values_for_resource_types get_relations get_subscription get_subscription_metadata "
            "get_subscriptions_on_product_table get_subscriptions_on_product_table_in_sync "
            "migrate_subscription provision_subscription resync retrieve_node_subscriptions_by_name "
            "retrieve_subscription_by_subscription_instance_value set_status_provisioning_subscription "
            "status_relations subscription_workflows terminate_subscription unsync update_subscription "
            "update_subscription_description update_subscription_status",
        ),
        Blocks(
            "ORC302",
            f"{SERVICES}.workflows",
            "get_workflow_by_name get_workflow_by_workflow_id get_workflows start_subscription_validations",
        ),
        Blocks("ORC302", "orchestrator.utils.fixed_inputs.fixed_input_configuration"),
        Blocks("ORC302", "orchestrator.utils.get_subscription_dict.get_subscription_dict", coroutine=True),
    ),
    returns=each(
        f"{SERVICES}.subscriptions",
        "query_depends_on_subscriptions query_in_use_by_subscriptions",
        REQUEST_QUERY,
    ),
)

OTHER_SERVICES = Library(
    source="orchestrator-core: orchestrator/services, orchestrator/distlock, orchestrator/websocket",
    calls=(
        Blocks(
            "ORC303",
            "orchestrator.distlock.managers.memory_distlock_manager.MemoryDistLockManager",
            "run",
        ),
        Blocks(
            "ORC306",
            "orchestrator.distlock.managers.redis_distlock_manager.RedisDistLockManager",
            "release_sync",
            "a Redis command",
        ),
        Blocks(
            "ORC301",
            f"{SERVICES}.flower",
            "get_flower_metrics get_flower_metrics_subset get_flower_worker_status",
        ),
        Blocks("ORC301", f"{SERVICES}.settings.post_update_to_slack", until="5.5"),
        Blocks("ORC306", f"{SERVICES}.tasks.CeleryJobWorkerStatus", what="a request to the Celery broker"),
        Blocks(
            "ORC306",
            f"{SERVICES}.worker_status_monitor.WorkerStatusMonitor",
            "run",
            "a request to the Celery broker",
        ),
        # In a running event loop `anyio.run` raises "Already running asyncio in this thread".
        Blocks(
            "ORC307",
            "orchestrator.websocket",
            "broadcast_invalidate_status_counts broadcast_process_update_to_websocket "
            "sync_broadcast_invalidate_cache sync_invalidate_subscription_cache",
            EVENT_LOOP,
        ),
    ),
    returns={
        "orchestrator.utils.redis_client.create_redis_asyncio_client": "redis.asyncio.Redis",
        "orchestrator.utils.redis_client.create_redis_client": "redis.Redis",
    },
    awaitable=(
        "orchestrator.schedules.service.add_scheduled_task_to_queue_async",
        "orchestrator.schedules.service.get_linker_entries_by_schedule_ids_async",
        "orchestrator.security.authenticate",
        "orchestrator.security.authorize",
        f"{SERVICES}.processes.get_process_async",
        f"{SERVICES}.processes.update_awaiting_process_progress_async",
        f"{SERVICES}.settings.get_engine_settings_table_async",
        f"{SERVICES}.settings.post_update_to_slack_async",
        f"{SERVICES}.settings.reset_search_index_async",
        f"{SERVICES}.subscriptions.get_subscription_async",
        f"{SERVICES}.workflows.get_workflow_by_workflow_id_async",
        f"{SERVICES}.workflows.get_workflows_async",
        "orchestrator.websocket.broadcast_invalidate_cache",
        "orchestrator.websocket.broadcast_invalidate_status_counts_async",
        "orchestrator.websocket.broadcast_process_update_to_websocket_async",
        "orchestrator.websocket.invalidate_subscription_cache",
    ),
)

LIBRARIES = (CORE_DATABASE, DOMAIN, SCHEDULES, PROCESSES, SUBSCRIPTIONS, OTHER_SERVICES)
