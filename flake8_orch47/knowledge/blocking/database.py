"""Databases: ORC302."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Argument, Blocks, Callee, Library, each, members

__all__ = ["LIBRARIES"]

SESSION = "sqlalchemy.orm.Session"
ENGINE = "sqlalchemy.engine.Engine"
CONNECTION = "sqlalchemy.engine.Connection"
TRANSACTION = "sqlalchemy.engine.Transaction"
QUERY = "sqlalchemy.orm.Query"

#: What a query answers with another query, on SQLAlchemy 1.4 or 2.0: nothing has been sent yet.
QUERY_TO_QUERY = (
    "add_column add_columns add_entity apply_labels autoflush correlate distinct enable_assertions "
    "enable_eagerloads except_ except_all execution_options filter filter_by from_self from_statement "
    "group_by having intersect intersect_all join limit offset options order_by outerjoin params "
    "populate_existing prefix_with reset_joinpoint select_entity_from select_from set_label_style slice "
    "suffix_with tuples union union_all where with_entities with_for_update with_hint with_labels "
    "with_parent with_polymorphic with_session with_statement_hint with_transformation yield_per"
)

SQLALCHEMY_ORM = Library(
    source="https://docs.sqlalchemy.org/en/20/orm/session_api.html",
    calls=(
        Blocks(
            "ORC302",
            SESSION,
            "bulk_insert_mappings bulk_save_objects bulk_update_mappings connection delete execute flush "
            "get get_one merge refresh scalar scalars",
        ),
        Blocks("ORC302", SESSION, "begin begin_nested commit prepare rollback", "a database transaction"),
        Blocks("ORC302", "sqlalchemy.orm.sessionmaker", "begin", "a database transaction"),
        Blocks("ORC302", "sqlalchemy.orm.SessionTransaction", "commit prepare rollback", "a database transaction"),
        Blocks(
            "ORC302",
            QUERY,
            "__getitem__ all count delete first get one one_or_none scalar update value values",
        ),
    ),
    iterating=(Blocks("ORC302", QUERY),),
    leaving=(Blocks("ORC302", "sqlalchemy.orm.SessionTransaction", what="a database transaction"),),
    aliases={
        "sqlalchemy.orm.query.Query": QUERY,
        "sqlalchemy.orm.scoping.scoped_session": "sqlalchemy.orm.scoped_session",
        "sqlalchemy.orm.session.Session": SESSION,
        "sqlalchemy.orm.session.SessionTransaction": "sqlalchemy.orm.SessionTransaction",
        "sqlalchemy.orm.session.sessionmaker": "sqlalchemy.orm.sessionmaker",
    },
    bases={"sqlalchemy.orm.scoped_session": SESSION},
    returns={
        "sqlalchemy.orm.scoped_session": "sqlalchemy.orm.scoped_session",
        "sqlalchemy.orm.scoped_session.__call__": SESSION,
        "sqlalchemy.orm.scoped_session.query_property": QUERY,
        "sqlalchemy.orm.sessionmaker": "sqlalchemy.orm.sessionmaker",
        "sqlalchemy.orm.sessionmaker.__call__": SESSION,
        "sqlalchemy.orm.sessionmaker.begin": f"context[{SESSION}]",
        f"{SESSION}.connection": CONNECTION,
        f"{SESSION}.execute": "sqlalchemy.engine.Result",
        f"{SESSION}.query": QUERY,
        f"{SESSION}.scalars": "sqlalchemy.engine.ScalarResult",
        **each(SESSION, "begin begin_nested", "sqlalchemy.orm.SessionTransaction"),
        **each(QUERY, QUERY_TO_QUERY, QUERY),
    },
    attributes={f"{SESSION}.no_autoflush": f"context[{SESSION}]"},
)

SQLALCHEMY_CORE = Library(
    source="https://docs.sqlalchemy.org/en/20/core/connections.html",
    calls=(
        Blocks("ORC302", ENGINE, "connect raw_connection", "a database connection"),
        Blocks("ORC302", ENGINE, "begin transaction", "a database transaction"),
        Blocks("ORC302", ENGINE, "execute has_table run_callable scalar table_names"),
        Blocks("ORC302", CONNECTION, "exec_driver_sql execute run_callable scalar scalars"),
        Blocks(
            "ORC302",
            CONNECTION,
            "begin begin_nested begin_twophase commit commit_prepared recover_twophase rollback "
            "rollback_prepared transaction",
            "a database transaction",
        ),
        Blocks("ORC302", TRANSACTION, "commit rollback", "a database transaction"),
        Blocks("ORC302", "sqlalchemy.engine.TwoPhaseTransaction", "prepare", "a database transaction"),
        Blocks("ORC302", "sqlalchemy.schema.MetaData", "create_all drop_all reflect"),
        Blocks("ORC302", "sqlalchemy.schema.Table", "create drop"),
        Blocks(
            "ORC302",
            "sqlalchemy.engine.Inspector",
            "get_columns get_foreign_keys get_indexes get_pk_constraint get_schema_names get_table_names "
            "get_unique_constraints get_view_names has_table",
        ),
    ),
    leaving=(Blocks("ORC302", TRANSACTION, what="a database transaction"),),
    aliases={
        "sqlalchemy.Connection": CONNECTION,
        "sqlalchemy.Engine": ENGINE,
        "sqlalchemy.Inspector": "sqlalchemy.engine.Inspector",
        "sqlalchemy.MetaData": "sqlalchemy.schema.MetaData",
        "sqlalchemy.Table": "sqlalchemy.schema.Table",
        "sqlalchemy.Transaction": TRANSACTION,
        "sqlalchemy.engine.base.Connection": CONNECTION,
        "sqlalchemy.engine.base.Engine": ENGINE,
        "sqlalchemy.engine.base.Transaction": TRANSACTION,
        "sqlalchemy.engine.create_engine": "sqlalchemy.create_engine",
        "sqlalchemy.engine.engine_from_config": "sqlalchemy.engine_from_config",
        "sqlalchemy.engine.reflection.Inspector": "sqlalchemy.engine.Inspector",
        "sqlalchemy.sql.schema": "sqlalchemy.schema",
    },
    bases={
        "sqlalchemy.engine.NestedTransaction": TRANSACTION,
        "sqlalchemy.engine.RootTransaction": TRANSACTION,
        "sqlalchemy.engine.TwoPhaseTransaction": TRANSACTION,
    },
    returns={
        "sqlalchemy.create_engine": ENGINE,
        "sqlalchemy.engine_from_config": ENGINE,
        f"{ENGINE}.begin": f"context[{CONNECTION}]",
        f"{ENGINE}.connect": CONNECTION,
        f"{ENGINE}.execution_options": ENGINE,
        f"{CONNECTION}.begin_twophase": "sqlalchemy.engine.TwoPhaseTransaction",
        f"{CONNECTION}.execute": "sqlalchemy.engine.Result",
        f"{CONNECTION}.execution_options": CONNECTION,
        f"{CONNECTION}.scalars": "sqlalchemy.engine.ScalarResult",
        **each(CONNECTION, "begin begin_nested", TRANSACTION),
    },
    attributes={f"{CONNECTION}.engine": ENGINE},
)

ASYNC = "sqlalchemy.ext.asyncio"

SQLALCHEMY_ASYNC = Library(
    source="https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html",
    aliases={
        f"{ASYNC}.engine": ASYNC,
        f"{ASYNC}.session": ASYNC,
        f"{ASYNC}.scoping": ASYNC,
    },
    bases={f"{ASYNC}.async_scoped_session": f"{ASYNC}.AsyncSession"},
    returns={
        f"{ASYNC}.create_async_engine": f"{ASYNC}.AsyncEngine",
        f"{ASYNC}.async_scoped_session": f"{ASYNC}.async_scoped_session",
        f"{ASYNC}.async_scoped_session.__call__": f"{ASYNC}.AsyncSession",
        f"{ASYNC}.async_sessionmaker": f"{ASYNC}.async_sessionmaker",
        f"{ASYNC}.async_sessionmaker.__call__": f"{ASYNC}.AsyncSession",
        f"{ASYNC}.AsyncEngine.connect": f"{ASYNC}.AsyncConnection",
    },
    awaitable=(
        f"{ASYNC}.AsyncEngine.connect",
        f"{ASYNC}.AsyncEngine.dispose",
        *members(
            f"{ASYNC}.AsyncConnection",
            "close commit exec_driver_sql execute rollback run_sync scalar scalars start stream",
        ),
        *members(
            f"{ASYNC}.AsyncSession",
            "close commit connection delete execute flush get get_one invalidate merge refresh reset "
            "rollback run_sync scalar scalars stream stream_scalars",
        ),
    ),
    # The function gets a synchronous session whose I/O is awaited underneath, so it does not block.
    offloading={f"{ASYNC}.AsyncConnection.run_sync": Callee(0), f"{ASYNC}.AsyncSession.run_sync": Callee(0)},
)

SQLMODEL = Library(
    source="https://sqlmodel.tiangolo.com/tutorial/select/",
    calls=(Blocks("ORC302", "sqlmodel.Session", "exec"),),
    aliases={
        "sqlmodel.create_engine": "sqlalchemy.create_engine",
        "sqlmodel.orm.session.Session": "sqlmodel.Session",
    },
    bases={"sqlmodel.Session": SESSION},
)

SQLITE3 = Library(
    source="https://docs.python.org/3/library/sqlite3.html",
    calls=(
        Blocks("ORC302", "sqlite3.connect", what="a database connection"),
        Blocks("ORC302", "sqlite3.Connection", "backup blobopen commit iterdump rollback"),
        Blocks("ORC302", "sqlite3.Connection sqlite3.Cursor", "execute executemany executescript"),
        # Rows are read from the file when they are fetched: "sqlite3_step" runs as often as there are rows.
        Blocks("ORC302", "sqlite3.Cursor", "fetchall fetchmany fetchone"),
    ),
    iterating=(Blocks("ORC302", "sqlite3.Cursor"),),
    leaving=(Blocks("ORC302", "sqlite3.Connection", what="a database transaction"),),
    aliases={"sqlite3.dbapi2": "sqlite3"},
    returns={
        "sqlite3.connect": "sqlite3.Connection",
        "sqlite3.Connection.cursor": "sqlite3.Cursor",
        **each("sqlite3.Connection sqlite3.Cursor", "execute executemany executescript", "sqlite3.Cursor"),
    },
)

POOLS = "psycopg2.pool.SimpleConnectionPool psycopg2.pool.ThreadedConnectionPool"

PSYCOPG2 = Library(
    source="https://www.psycopg.org/docs/connection.html",
    calls=(
        Blocks("ORC302", "psycopg2.connect", what="a database connection"),
        Blocks(
            "ORC302",
            "psycopg2.extensions.connection",
            "cancel commit reset rollback set_client_encoding tpc_commit tpc_prepare tpc_recover tpc_rollback",
        ),
        Blocks(
            "ORC302",
            "psycopg2.extensions.cursor",
            "callproc copy_expert copy_from copy_to execute executemany",
        ),
        Blocks("ORC302", "psycopg2.extras", "execute_batch execute_values"),
        Blocks("ORC302", POOLS, what="a database connection"),
        Blocks("ORC302", POOLS, "getconn", "a database connection"),
    ),
    leaving=(Blocks("ORC302", "psycopg2.extensions.connection", what="a database transaction"),),
    aliases={
        "psycopg2._psycopg.connection": "psycopg2.extensions.connection",
        "psycopg2._psycopg.cursor": "psycopg2.extensions.cursor",
    },
    bases={
        **each("psycopg2.extras", "DictCursor NamedTupleCursor RealDictCursor", "psycopg2.extensions.cursor"),
        **each("psycopg2.extras", "DictConnection RealDictConnection", "psycopg2.extensions.connection"),
    },
    returns={
        "psycopg2.connect": "psycopg2.extensions.connection",
        "psycopg2.extensions.connection.cursor": "psycopg2.extensions.cursor",
        **each(POOLS, "getconn", "psycopg2.extensions.connection"),
    },
)

PSYCOPG = Library(
    source="https://www.psycopg.org/psycopg3/docs/api/connections.html",
    calls=(
        Blocks("ORC302", "psycopg.connect psycopg.Connection.connect", what="a database connection"),
        Blocks(
            "ORC302",
            "psycopg.Connection",
            "commit execute notifies rollback tpc_begin tpc_commit tpc_prepare tpc_recover tpc_rollback transaction",
        ),
        Blocks("ORC302", "psycopg.Cursor", "copy execute executemany stream"),
        Blocks("ORC302", "psycopg.ServerCursor", "fetchall fetchmany fetchone scroll"),
        Blocks("ORC302", "psycopg_pool.ConnectionPool", "check connection getconn wait", "a database connection"),
    ),
    iterating=(Blocks("ORC302", "psycopg.ServerCursor"),),
    leaving=(Blocks("ORC302", "psycopg.Connection", what="a database transaction"),),
    aliases={
        "psycopg.connection.Connection": "psycopg.Connection",
        "psycopg.cursor.Cursor": "psycopg.Cursor",
        "psycopg_pool.pool.ConnectionPool": "psycopg_pool.ConnectionPool",
    },
    bases={
        "psycopg.ClientCursor": "psycopg.Cursor",
        "psycopg.RawCursor": "psycopg.Cursor",
        "psycopg.ServerCursor": "psycopg.Cursor",
        "psycopg_pool.NullConnectionPool": "psycopg_pool.ConnectionPool",
    },
    returns={
        "psycopg.connect": "psycopg.Connection",
        "psycopg.Connection.connect": "psycopg.Connection",
        "psycopg.Connection.cursor": "psycopg.Cursor",
        "psycopg.Connection.execute": "psycopg.Cursor",
        "psycopg.Cursor.execute": "psycopg.Cursor",
        "psycopg_pool.ConnectionPool.connection": "context[psycopg.Connection]",
        "psycopg_pool.ConnectionPool.getconn": "psycopg.Connection",
    },
    awaitable=(
        "psycopg.AsyncConnection.connect",
        *members("psycopg.AsyncConnection", "close commit execute rollback set_autocommit"),
        *members("psycopg.AsyncCursor", "execute executemany fetchall fetchmany fetchone"),
    ),
)

PYMYSQL = Library(
    source="https://pymysql.readthedocs.io/en/latest/modules/connections.html",
    calls=(
        Blocks(
            "ORC302",
            "pymysql.connections.Connection",
            what="a database connection",
            unless=(Argument("defer_connect", None, values=(True,)),),
        ),
        Blocks(
            "ORC302",
            "pymysql.connections.Connection",
            "begin commit connect kill next_result ping query rollback select_db show_warnings",
        ),
        Blocks("ORC302", "pymysql.cursors.Cursor", "callproc execute executemany"),
        Blocks("ORC302", "pymysql.cursors.SSCursor", "fetchall fetchall_unbuffered fetchmany fetchone"),
    ),
    iterating=(Blocks("ORC302", "pymysql.cursors.SSCursor"),),
    aliases={
        "pymysql.Connect": "pymysql.connections.Connection",
        "pymysql.Connection": "pymysql.connections.Connection",
        "pymysql.connect": "pymysql.connections.Connection",
    },
    bases={
        "pymysql.cursors.DictCursor": "pymysql.cursors.Cursor",
        "pymysql.cursors.SSCursor": "pymysql.cursors.Cursor",
        "pymysql.cursors.SSDictCursor": "pymysql.cursors.SSCursor",
    },
    returns={"pymysql.connections.Connection.cursor": "pymysql.cursors.Cursor"},
)

# Other drivers of PEP 249, with what it says that connections and cursors do.
MYSQL = Library(
    source="https://peps.python.org/pep-0249/",
    calls=(
        Blocks("ORC302", "mysql.connector.connect MySQLdb.connect", what="a database connection"),
        Blocks(
            "ORC302",
            "mysql.connector.connection.MySQLConnection",
            "cmd_query commit connect is_connected ping reconnect reset_session rollback start_transaction",
        ),
        Blocks(
            "ORC302", "mysql.connector.cursor.MySQLCursor", "callproc execute executemany fetchall fetchmany fetchone"
        ),
        Blocks("ORC302", "MySQLdb.connections.Connection", "autocommit commit ping query rollback select_db"),
        Blocks("ORC302", "MySQLdb.cursors.Cursor", "callproc execute executemany"),
    ),
    iterating=(Blocks("ORC302", "mysql.connector.cursor.MySQLCursor"),),
    aliases={
        "MySQLdb.Connect": "MySQLdb.connect",
        "MySQLdb.Connection": "MySQLdb.connect",
        "mysql.connector.Connect": "mysql.connector.connect",
        "mysql.connector.MySQLConnection": "mysql.connector.connection.MySQLConnection",
    },
    returns={
        "MySQLdb.connect": "MySQLdb.connections.Connection",
        "MySQLdb.connections.Connection.cursor": "MySQLdb.cursors.Cursor",
        "mysql.connector.connect": "mysql.connector.connection.MySQLConnection",
        "mysql.connector.connection.MySQLConnection.cursor": "mysql.connector.cursor.MySQLCursor",
    },
)

ASYNC_DRIVERS = Library(
    source="https://magicstack.github.io/asyncpg/current/api/index.html",
    awaitable=(
        "asyncpg.connect",
        "asyncpg.create_pool",
        *members(
            "asyncpg.Connection",
            "close copy_records_to_table execute executemany fetch fetchrow fetchval prepare",
        ),
        *members("asyncpg.Pool", "acquire close execute executemany fetch fetchrow fetchval"),
        "aiosqlite.connect",
        *members("aiosqlite.Connection", "close commit cursor execute executemany executescript rollback"),
    ),
    aliases={"asyncpg.connection.Connection": "asyncpg.Connection", "asyncpg.pool.Pool": "asyncpg.Pool"},
    returns={
        "asyncpg.connect": "asyncpg.Connection",
        "aiosqlite.connect": "aiosqlite.Connection",
    },
)

LIBRARIES = (
    SQLALCHEMY_ORM,
    SQLALCHEMY_CORE,
    SQLALCHEMY_ASYNC,
    SQLMODEL,
    SQLITE3,
    PSYCOPG2,
    PSYCOPG,
    PYMYSQL,
    MYSQL,
    ASYNC_DRIVERS,
)
