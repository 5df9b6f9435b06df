"""The columns of the framework's tables: attributes that are plain values, loaded together with the object.

Those that every version from 4.7 to 5.5 has (`orchestrator.db.models`), relationships left out: these load when they
are looked at, which fails once the session has ended.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["COLUMNS"]

_TABLES = """
EngineSettingsTable: global_lock
FixedInputTable: created_at fixed_input_id name product_id value
InputStateTable: input_state input_state_id input_time input_type process_id
ProcessStepTable: commit_hash completed_at created_by name process_id started_at state status step_id
ProcessSubscriptionTable: created_at id process_id subscription_id workflow_target
ProcessTable: assignee created_by failed_reason is_task last_modified_at last_status last_step process_id started_at
ProcessTable: traceback workflow_id
ProductBlockTable: created_at description end_date name product_block_id status tag
ProductTable: created_at description end_date name product_id product_type status tag
ResourceTypeTable: description resource_type resource_type_id
SubscriptionCustomerDescriptionTable: created_at customer_id description id subscription_id version
SubscriptionInstanceTable: label product_block_id subscription_id subscription_instance_id
SubscriptionInstanceValueTable: resource_type_id subscription_instance_id subscription_instance_value_id value
SubscriptionMetadataTable: metadata_ subscription_id
SubscriptionTable: customer_id description end_date insync note product_id start_date status subscription_id version
WorkflowTable: created_at deleted_at description is_task name target workflow_id
"""

#: By the name of a table: its columns.
COLUMNS = MappingProxyType(
    {
        table: frozenset(
            column
            for line in _TABLES.strip().splitlines()
            for column in line.partition(": ")[2].split()
            if line.startswith(f"{table}:")
        )
        for table in dict.fromkeys(line.partition(":")[0] for line in _TABLES.strip().splitlines())
    }
)
