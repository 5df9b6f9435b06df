"""Databases beside SQLAlchemy and the drivers that it has at hand: ORC302."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Blocks, Library, each, members

__all__ = ["LIBRARIES"]

CLIENT = "pymongo.mongo_client.MongoClient"
DATABASE = "pymongo.database.Database"
COLLECTION = "pymongo.collection.Collection"
CURSOR = "pymongo.cursor.Cursor"
COMMAND_CURSOR = "pymongo.command_cursor.CommandCursor"
CHANGES = "pymongo.change_stream.ChangeStream"

# `MongoClient(...)` starts its monitors in the background; `find` sends the query when its cursor is read.
PYMONGO = Library(
    source="https://pymongo.readthedocs.io/en/stable/api/pymongo/collection.html",
    calls=(
        Blocks("ORC302", CLIENT, "bulk_write drop_database list_database_names list_databases server_info watch"),
        Blocks(
            "ORC302",
            DATABASE,
            "aggregate command create_collection cursor_command dereference drop_collection list_collection_names "
            "list_collections validate_collection watch",
        ),
        Blocks(
            "ORC302",
            COLLECTION,
            "aggregate aggregate_raw_batches bulk_write count_documents create_index create_indexes "
            "create_search_index create_search_indexes delete_many delete_one distinct drop drop_index drop_indexes "
            "drop_search_index estimated_document_count find_one find_one_and_delete find_one_and_replace "
            "find_one_and_update index_information insert_many insert_one list_indexes list_search_indexes options "
            "rename replace_one update_many update_one update_search_index watch",
        ),
        Blocks("ORC302", CURSOR, "__getitem__ distinct explain next to_list"),
        Blocks("ORC302", COMMAND_CURSOR, "next to_list try_next"),
        Blocks("ORC302", CHANGES, "next try_next"),
        Blocks(
            "ORC302",
            "pymongo.client_session.ClientSession",
            "abort_transaction commit_transaction with_transaction",
            "a database transaction",
        ),
        Blocks("ORC302", "gridfs.GridFS", "delete exists find_one get get_last_version get_version list put"),
    ),
    iterating=(Blocks("ORC302", f"{CURSOR} {COMMAND_CURSOR} {CHANGES}"),),
    silent=(
        *members(
            CLIENT,
            "HOST PORT address append_metadata arbiters close codec_options eq_props is_mongos is_primary nodes "
            "options primary read_concern read_preference secondaries topology_description write_concern",
        ),
        *members(DATABASE, "client codec_options name read_concern read_preference write_concern"),
        *members(COLLECTION, "codec_options database full_name name read_concern read_preference write_concern"),
    ),
    aliases={
        "gridfs.synchronous.grid_file.GridFS": "gridfs.GridFS",
        "pymongo.MongoClient": CLIENT,
        "pymongo.synchronous": "pymongo",
    },
    bases={
        "pymongo.command_cursor.RawBatchCommandCursor": COMMAND_CURSOR,
        "pymongo.cursor.RawBatchCursor": CURSOR,
    },
    returns={
        **each(CLIENT, "get_database get_default_database", DATABASE),
        f"{CLIENT}.list_databases": COMMAND_CURSOR,
        f"{CLIENT}.start_session": "pymongo.client_session.ClientSession",
        f"{DATABASE}.get_collection": COLLECTION,
        f"{DATABASE}.create_collection": COLLECTION,
        f"{DATABASE}.with_options": DATABASE,
        **each(DATABASE, "aggregate cursor_command list_collections", COMMAND_CURSOR),
        f"{COLLECTION}.with_options": COLLECTION,
        f"{COLLECTION}.find": CURSOR,
        f"{COLLECTION}.find_raw_batches": "pymongo.cursor.RawBatchCursor",
        **each(COLLECTION, "aggregate list_indexes list_search_indexes", COMMAND_CURSOR),
        f"{COLLECTION}.aggregate_raw_batches": "pymongo.command_cursor.RawBatchCommandCursor",
        **each(f"{CLIENT} {DATABASE} {COLLECTION}", "watch", CHANGES),
        **each(
            CURSOR,
            "add_option allow_disk_use batch_size clone collation comment hint limit max max_await_time_ms max_scan "
            "max_time_ms min remove_option rewind skip sort where",
            CURSOR,
        ),
    },
    # `client.noc.users`, `client["noc"]["users"]`: whatever name is asked for.
    attributes={f"{CLIENT}.*": DATABASE, f"{DATABASE}.*": COLLECTION, f"{COLLECTION}.*": COLLECTION},
    elements={CLIENT: DATABASE, DATABASE: COLLECTION, COLLECTION: COLLECTION},
)

SEARCH_ENGINES = "elasticsearch.Elasticsearch opensearchpy.OpenSearch"
_SHARED_NAMESPACES = "cat cluster indices ingest nodes security snapshot tasks"
#: `client.indices` and the like, and their classes.
NAMESPACES = {
    **{
        f"elasticsearch.Elasticsearch.{name}": f"elasticsearch.client.{name.capitalize()}Client"
        for name in f"{_SHARED_NAMESPACES} esql sql".split()
    },
    **{
        f"opensearchpy.OpenSearch.{name}": f"opensearchpy.client.{name}.{name.capitalize()}Client"
        for name in _SHARED_NAMESPACES.split()
    },
}
SCANS = (
    "elasticsearch.helpers.parallel_bulk elasticsearch.helpers.scan elasticsearch.helpers.streaming_bulk "
    "opensearchpy.helpers.parallel_bulk opensearchpy.helpers.scan opensearchpy.helpers.streaming_bulk"
)
SEARCH = "a request to the search engine"

ELASTICSEARCH = Library(
    source="elasticsearch: elasticsearch/_sync/client/__init__.py; opensearch-py: opensearchpy/client/__init__.py",
    calls=(
        Blocks("ORC302", " ".join([SEARCH_ENGINES, *NAMESPACES.values()]), "*", SEARCH),
        Blocks("ORC302", "elasticsearch.helpers opensearchpy.helpers", "bulk reindex", SEARCH),
    ),
    iterating=(Blocks("ORC302", " ".join(f"{scan}[stream]" for scan in SCANS.split()), what=SEARCH),),
    silent=(*members(SEARCH_ENGINES, "close"), "elasticsearch.Elasticsearch.options"),
    aliases={
        "elasticsearch._sync.client.Elasticsearch": "elasticsearch.Elasticsearch",
        "elasticsearch.client.Elasticsearch": "elasticsearch.Elasticsearch",
        "opensearchpy.client.OpenSearch": "opensearchpy.OpenSearch",
    },
    returns={
        "elasticsearch.Elasticsearch.options": "elasticsearch.Elasticsearch",
        **{scan: f"{scan}[stream]" for scan in SCANS.split()},
    },
    attributes=NAMESPACES,
)

# Drivers of PEP 249: rows are fetched from the server, as many at a time as the driver asks for.
ODBC = Library(
    source="pyodbc: pyodbc.pyi; https://peps.python.org/pep-0249/",
    calls=(
        Blocks("ORC302", "pyodbc.connect", what="a database connection"),
        Blocks("ORC302", "pyodbc.Connection", "commit execute getinfo rollback"),
        Blocks(
            "ORC302",
            "pyodbc.Cursor",
            "columns commit execute executemany fetchall fetchmany fetchone fetchval nextset procedures rollback "
            "skip statistics tables",
        ),
    ),
    iterating=(Blocks("ORC302", "pyodbc.Cursor"),),
    returns={
        "pyodbc.connect": "pyodbc.Connection",
        "pyodbc.Connection.cursor": "pyodbc.Cursor",
        **each("pyodbc.Connection pyodbc.Cursor", "execute", "pyodbc.Cursor"),
    },
)

ORACLE = Library(
    source="oracledb: oracledb/connection.py, oracledb/cursor.py, oracledb/pool.py",
    calls=(
        Blocks("ORC302", "oracledb.connect", what="a database connection"),
        Blocks("ORC302", "oracledb.ConnectionPool", "acquire", "a database connection"),
        Blocks(
            "ORC302",
            "oracledb.Connection",
            "begin changepassword commit fetch_df_all gettype ping prepare rollback tpc_begin tpc_commit tpc_prepare "
            "tpc_recover tpc_rollback",
        ),
        Blocks(
            "ORC302",
            "oracledb.Cursor",
            "callfunc callproc execute executemany fetchall fetchmany fetchone parse scroll",
        ),
    ),
    iterating=(Blocks("ORC302", "oracledb.Cursor"),),
    aliases={
        "oracledb.connection.Connection": "oracledb.Connection",
        "oracledb.cursor.Cursor": "oracledb.Cursor",
        "oracledb.pool.ConnectionPool": "oracledb.ConnectionPool",
    },
    returns={
        "oracledb.connect": "oracledb.Connection",
        "oracledb.create_pool": "oracledb.ConnectionPool",
        "oracledb.get_pool": "oracledb.ConnectionPool",
        "oracledb.ConnectionPool.acquire": "oracledb.Connection",
        "oracledb.Connection.cursor": "oracledb.Cursor",
    },
)

SELECT = "peewee.ModelSelect"
WRITES = "peewee.ModelDelete peewee.ModelInsert peewee.ModelUpdate"
TRANSACTIONS = "peewee.Database peewee._atomic peewee._savepoint peewee._transaction"

PEEWEE = Library(
    source="https://docs.peewee-orm.com/en/latest/peewee/api.html; peewee: playhouse/pool.py, playhouse/db_url.py",
    calls=(
        Blocks(
            "ORC302",
            "peewee.Database",
            "begin commit connect create_tables drop_tables execute execute_sql get_columns get_foreign_keys "
            "get_indexes get_primary_keys get_tables rollback table_exists",
        ),
        Blocks(
            "ORC302",
            "peewee.Model",
            "bulk_create bulk_update create create_table delete_by_id delete_instance drop_table get get_by_id "
            "get_or_create get_or_none save set_by_id table_exists truncate_table",
        ),
        Blocks(
            "ORC302",
            SELECT,
            "__getitem__ count execute exists first get get_or_none iterator peek scalar scalars",
        ),
        Blocks("ORC302", WRITES, "execute"),
        Blocks("ORC302", "peewee._savepoint peewee._transaction", "commit rollback", "a database transaction"),
    ),
    iterating=(Blocks("ORC302", f"{SELECT} {WRITES}"),),
    entering=(
        Blocks("ORC302", "peewee.ConnectionContext", what="a database connection"),
        Blocks("ORC302", TRANSACTIONS, what="a database transaction"),
    ),
    leaving=(Blocks("ORC302", TRANSACTIONS, what="a database transaction"),),
    bases={
        **each("peewee", "MySQLDatabase PostgresqlDatabase SqliteDatabase", "peewee.Database"),
        **each(
            "playhouse.pool",
            "PooledMySQLDatabase PooledPostgresqlDatabase PooledSqliteDatabase",
            "peewee.Database",
        ),
        **each("playhouse.postgres_ext", "PooledPostgresqlExtDatabase PostgresqlExtDatabase", "peewee.Database"),
    },
    enters={"peewee._atomic": "peewee._transaction"},
    returns={
        "playhouse.db_url.connect": "peewee.Database",
        "peewee.Model.select": SELECT,
        "peewee.Model.filter": SELECT,
        "peewee.Model.delete": "peewee.ModelDelete",
        "peewee.Model.update": "peewee.ModelUpdate",
        **each("peewee.Model", "insert insert_from insert_many replace replace_many", "peewee.ModelInsert"),
        **each(
            SELECT,
            "clone dicts distinct filter from_ group_by group_by_extend having join join_from left_outer_join limit "
            "namedtuples objects offset order_by order_by_extend orwhere paginate select select_extend switch tuples "
            "where with_cte",
            SELECT,
        ),
        **{f"{query}.{name}": query for query in WRITES.split() for name in ("returning", "where")},
        **each("peewee.ModelInsert", "on_conflict on_conflict_ignore on_conflict_replace", "peewee.ModelInsert"),
        "peewee.Database.atomic": "peewee._atomic",
        "peewee.Database.connection_context": "peewee.ConnectionContext",
        "peewee.Database.savepoint": "peewee._savepoint",
        "peewee.Database.transaction": "peewee._transaction",
    },
)

QUERY = "pony.orm.core.Query"

# What `db.Entity` is depends on the object `db`, so entities are not followed.
PONY = Library(
    source="https://docs.ponyorm.org/api_reference.html",
    calls=(
        Blocks("ORC302", "pony.orm", "commit delete exists flush get rollback"),
        Blocks("ORC302", "pony.orm.Database", "bind execute exists get insert select"),
        Blocks(
            "ORC302",
            QUERY,
            "__getitem__ avg count delete exists fetch first get group_concat max min sum",
        ),
    ),
    iterating=(Blocks("ORC302", f"{QUERY} pony.orm.core.QueryResult"),),
    aliases={"pony.orm.core.Database": "pony.orm.Database"},
    returns={
        **each("pony.orm", "left_join select", QUERY),
        **each(QUERY, "limit page", "pony.orm.core.QueryResult"),
        **each(
            QUERY,
            "distinct filter for_update order_by prefetch sort_by where without_distinct",
            QUERY,
        ),
    },
)

LIBRARIES = (PYMONGO, ELASTICSEARCH, ODBC, ORACLE, PEEWEE, PONY)
