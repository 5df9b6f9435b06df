"""The tables of other libraries' names, held against these libraries and orchestrator-core's wheels."""

from __future__ import annotations

import ast
import asyncio
import builtins
import concurrent.futures
import importlib
import importlib.util
import inspect
import io
import itertools
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
import warnings
from contextlib import ExitStack, closing
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from wheels import ROOT, sources

from flake8_orch47.knowledge import libraries
from flake8_orch47.knowledge.blocking import orchestrator
from flake8_orch47.knowledge.blocking.library import members

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from flake8_orch47.knowledge.blocking.library import Library

CORE_DATA = os.path.join(os.path.dirname(ROOT), "shared", "data", "blocking_core.json")
CORE_VERSIONS = ("4.4.0", "4.6.5", "4.7.2", "4.8.2", "5.0.5", "5.5.0")

SQLALCHEMY_1_ONLY = (
    *members("sqlalchemy.engine.Connection", "run_callable transaction"),
    *members("sqlalchemy.engine.Engine", "execute has_table run_callable scalar table_names transaction"),
    *members("sqlalchemy.orm.Query", "from_self select_entity_from with_polymorphic"),
)
SQLALCHEMY_2_ONLY = (
    *members("sqlalchemy", "Connection Engine Inspector Transaction orm.Query.tuples orm.Session.get_one"),
    *members("sqlalchemy.engine.Connection", "commit rollback"),
    *members("sqlalchemy.ext.asyncio", "AsyncSession.get_one AsyncSession.reset async_sessionmaker"),
)
PURESNMP_1_ONLY = members(
    "puresnmp",
    "bulkget bulktable bulkwalk get getnext multiget multigetnext multiset multiwalk set table walk",
)
PYSNMP_4_ONLY = members("pysnmp.hlapi", "asyncore bulkCmd getCmd nextCmd sendNotification setCmd")
#: Names that some versions do not have: whose version decides, the first with the name, the first without it.
VERSIONS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    "importlib.resources.open_binary": ("sys", (3, 7), (99,)),
    "pathlib.Path.copy": ("sys", (3, 14), (99,)),
    "pathlib.Path.copy_into": ("sys", (3, 14), (99,)),
    "pathlib.Path.is_junction": ("sys", (3, 12), (99,)),
    "pathlib.Path.move": ("sys", (3, 14), (99,)),
    "pathlib.Path.move_into": ("sys", (3, 14), (99,)),
    "pathlib.Path.walk": ("sys", (3, 12), (99,)),
    "pathlib.Path.with_segments": ("sys", (3, 12), (99,)),
    "scrapli.Cli": ("scrapli", (2026, 0), (9999,)),
    "scrapli.Netconf": ("scrapli", (2026, 0), (9999,)),
    "scrapli.Scrapli": ("scrapli", (2019, 0), (2026, 0)),
    "scrapli.cli": ("scrapli", (2026, 0), (9999,)),
    "scrapli.driver": ("scrapli", (2019, 0), (2026, 0)),
    "scrapli.netconf": ("scrapli", (2026, 0), (9999,)),
    "scrapli.factory": ("scrapli", (2019, 0), (2026, 0)),
    "telnetlib": ("sys", (3, 0), (3, 13)),
    **dict.fromkeys(PURESNMP_1_ONLY, ("puresnmp", (1, 0), (2, 0))),
    **dict.fromkeys(PYSNMP_4_ONLY, ("pysnmp", (4, 0), (6, 2))),
    **dict.fromkeys(SQLALCHEMY_1_ONLY, ("sqlalchemy", (1, 4), (2, 0))),
    **dict.fromkeys(SQLALCHEMY_2_ONLY, ("sqlalchemy", (2, 0), (99,))),
}

#: Prefixes of names that the libraries make while they run, out of data files or dictionaries of operations, or
#: that stand in what subclasses are mixed of.
MADE_AT_RUN_TIME = (
    "boto3.resources.base.ServiceResource.",
    "gitlab.base.RESTManager.",
    "gitlab.base.RESTObject.",
    "hvac.api.SecretsEngines.kv",
    "ncclient.manager.Manager.",
    "pynautobot.core.app.App.jobs",
    "pynetbox.core.response.Record.available_",
)

#: What the standard library documents as a class and implements as a factory: an object of that class.
FACTORIES = {"threading.Lock": threading.Lock(), "threading.RLock": threading.RLock()}


def classes_of(kind: str) -> Iterator[str]:
    """The classes that a type of the tables is made of."""
    form, parts = libraries.unpack(kind)
    for part in parts:
        if form == "instance":
            yield part
        else:
            yield from classes_of(part)


def names_of(library: Library) -> set[str]:
    """Every dotted name that a library's tables use, without wildcards and states."""
    rows = itertools.chain(library.calls, library.iterating, library.entering, library.leaving)
    names = {name for row in rows for name in members(row.owners, row.names)}
    names |= {*library.awaitable, *library.aliases, *library.aliases.values(), *library.bases}
    names |= {base for bases in library.bases.values() for base in bases.split()}
    for table in (library.returns, library.attributes, library.enters, library.elements):
        names |= {*table, *(name for kind in table.values() for name in classes_of(kind))}
    for other in (library.offloading, library.in_place, library.passes, library.enters_argument):
        names |= set(other)
    return {libraries.without_state(name.removesuffix(".*")) for name in names}


libraries.read_all()
NAMES = sorted(name for name in set().union(*map(names_of, libraries.LIBRARIES)) if not name.startswith("orchestrator"))


@cache
def is_installed(package: str) -> bool:
    return package in dir(builtins) or importlib.util.find_spec(package) is not None


def version_of(package: str) -> tuple[int, ...]:
    if package == "sys":
        return sys.version_info[:3]
    return tuple(int(part) for part in importlib.import_module(package).__version__.split(".")[:2])


def is_expected(name: str) -> bool:
    for known, (package, first, gone) in VERSIONS.items():
        if name == known or name.startswith(f"{known}."):
            return first <= version_of(package) < gone
    return True


def find(name: str) -> Any:
    """The object of that dotted name; raises AttributeError where a part of it does not exist."""
    parts = name.split(".")
    found, end = module_of(parts)
    for position, part in enumerate(parts[end:], end):
        try:
            found = getattr(found, part)
        except AttributeError:
            if part in attributes_set_by(found):
                return None
            raise
        found = FACTORIES.get(".".join(parts[: position + 1]), found)
    return found


def module_of(parts: list[str]) -> tuple[Any, int]:
    """The longest module that the parts begin with, and how many of them it takes; `builtins` takes none."""
    for end in range(len(parts), 0, -1):
        try:
            return importlib.import_module(".".join(parts[:end])), end
        except ImportError:
            continue
    return builtins, 0


@cache
def attributes_set_by(cls: Any) -> set[str]:
    """The names that the class and its bases assign to `self`, which only instances have."""
    trees = [ast.parse(textwrap.dedent(source)) for source in sources_of(cls)]
    nodes = itertools.chain.from_iterable(map(ast.walk, trees))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}


def sources_of(cls: Any) -> Iterator[str]:
    for base in inspect.getmro(cls) if inspect.isclass(cls) else ():
        # elasticsearch's classes say that they stand in another module than they do; their functions know better.
        for source in filter(None, (base, vars(base).get("__init__"))):
            try:
                yield inspect.getsource(source)
            except (OSError, TypeError):
                continue
            break


def is_wrong(name: str) -> bool:
    """Whether the name exists although its version says otherwise, or does not exist although it should."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Deprecated names, and what the libraries do when they are imported.
        try:
            find(name)
        except AttributeError:
            return is_expected(name) and not name.startswith(MADE_AT_RUN_TIME)
        return not is_expected(name)


def core_callables() -> list[dict[str, Any]]:
    """What was measured about orchestrator-core; the test is skipped where the file is not there."""
    if not os.path.exists(CORE_DATA):
        pytest.skip(f"{CORE_DATA} is needed: what was measured about orchestrator-core")
    with open(CORE_DATA, encoding="utf-8") as file:
        callables: list[dict[str, Any]] = json.load(file)["callables"]
    return callables


def core_rows() -> set[str]:
    """The orchestrator-core names that the tables call blocking."""
    return {name for of in orchestrator.LIBRARIES for row in of.calls for name in members(row.owners, row.names)}


#: What `blocking_core.json` calls the kinds, and where RULES.md puts them.
CORE_CODES = {
    "anyio.run": "ORC307",
    "celery-broker": "ORC306",
    "db": "ORC302",
    "http": "ORC301",
    "redis": "ORC306",
    "sleep": "ORC303",
    "wait-future": "ORC307",
}
#: 4.6 and before re-exported these from the package, and two functions hide the module of the same name.
SCHEDULE_REEXPORTS = {
    f"orchestrator.schedules.{name}"
    for name in ("run_resume_workflows", "vacuum_tasks", "validate_products", "validate_subscriptions")
}


def test_every_name_of_the_standard_library_in_the_tables_exists() -> None:
    names = [name for name in NAMES if name.split(".")[0] in {*sys.stdlib_module_names, *dir(builtins)}]
    assert len(names) > 500
    assert [name for name in names if is_wrong(name)] == []


def test_every_name_of_an_installed_library_in_the_tables_exists() -> None:
    packages = {name.split(".")[0] for name in NAMES}
    installed = {package for package in packages if is_installed(package)}
    assert [name for name in NAMES if name.split(".")[0] in installed and is_wrong(name)] == []
    if absent := sorted(packages - installed):
        pytest.skip(f"not installed here, so their names were not looked up: {', '.join(absent)}")


def test_a_family_on_a_shelf_is_read_for_exactly_the_packages_that_it_speaks_of() -> None:
    for shelf, packages in libraries.SHELVES.items():
        family = importlib.import_module(f"flake8_orch47.knowledge.blocking.{shelf}").LIBRARIES
        assert packages.split() == sorted(subjects_of(family)), shelf
        # These tables are looked through as a whole, and then they have to be complete.
        assert not any(library.offloading or library.in_place for library in family)


def subjects_of(family: tuple[Library, ...]) -> set[str]:
    """The top-level packages of the names that a family's tables say something about."""
    names: set[str] = set()
    for of in family:
        rows = itertools.chain(of.calls, of.iterating, of.entering, of.leaving)
        names |= {name for row in rows for name in members(row.owners, row.names)}
        names |= {*of.awaitable, *of.silent, *of.aliases, *of.bases, *of.returns, *of.attributes}
        names |= {*of.enters, *of.elements, *of.passes, *of.enters_argument}
    return {name.partition(".")[0] for name in names}


def test_no_family_on_a_shelf_is_read_before_one_of_its_packages_is_asked_about() -> None:
    read = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, encoding="utf-8", check=True).stdout
    assert read.splitlines() == ["[]", "['network']"]


#: What prints the families that were read, before and after a name of one of them was asked about.
ASKED = """
import sys
from flake8_orch47.knowledge import libraries

def read():
    return [shelf for shelf in libraries.SHELVES if f"flake8_orch47.knowledge.blocking.{shelf}" in sys.modules]

libraries.blocking("requests.get"), libraries.packages()
print(read())
assert libraries.blocking("ldap3.core.connection.Connection.search").code == "ORC306"
print(read())
"""


def test_every_table_speaks_of_canonical_names() -> None:
    tables = (
        libraries.BLOCKING,
        libraries.ITERATING,
        libraries.ENTERING,
        libraries.LEAVING,
        libraries.SILENT,
        libraries.BASES,
        libraries.RETURNS,
        libraries.ATTRIBUTES,
        libraries.ENTERS,
        libraries.ELEMENTS,
        libraries.AWAITABLE,
        libraries.OFFLOADING,
        libraries.CALLS_ARGUMENT,
        libraries.PASSES_THROUGH,
        libraries.ENTERS_ARGUMENT,
    )
    kinds = {**libraries.RETURNS, **libraries.ATTRIBUTES, **libraries.ENTERS, **libraries.ELEMENTS}.values()
    names = {*itertools.chain.from_iterable(tables), *itertools.chain.from_iterable(map(classes_of, kinds))}
    names |= {base for bases in libraries.BASES.values() for base in bases.split()}
    assert {name: libraries.canonical(name) for name in names if libraries.canonical(name) != name} == {}


def test_what_a_wildcard_speaks_for_is_said_again_where_another_row_describes_it() -> None:
    """A row in `returns` takes a name out of a wildcard; whether it blocks has to be said then."""
    owners = {name.removesuffix(".*") for name in libraries.BLOCKING if name.endswith(".*")}
    taken_out = {name for name in libraries.RETURNS if name.rpartition(".")[0] in owners}
    lazy = {name for name in taken_out if libraries.RETURNS[name].startswith(f"{name}[")}
    assert taken_out - lazy - libraries.SILENT - libraries.BLOCKING.keys() == set()


def test_two_libraries_never_say_different_things_about_one_name() -> None:
    for field in ("aliases", "bases", "returns", "attributes", "offloading", "in_place"):
        said: dict[str, Any] = {}
        for library in libraries.LIBRARIES:
            for name, value in getattr(library, field).items():
                assert said.setdefault(name, value) == value, name


def test_every_kind_of_blocking_call_has_a_name_words_and_a_source() -> None:
    tables = (libraries.BLOCKING, libraries.ITERATING, libraries.ENTERING, libraries.LEAVING)
    facts = [fact for table in tables for fact in table.values()]
    assert {fact.code for fact in facts} == set(libraries.CODES) - {"ORC308"}
    assert [fact for fact in facts if not fact.what or not fact.source] == []


def test_orchestrator_core_rows_are_what_was_measured() -> None:
    measured = {
        entry["name"]: CORE_CODES[entry["kinds"][0]]
        for entry in core_callables()
        if "pattern" not in entry and "lazy" not in entry
    }
    measured = {name.removesuffix(".__init__"): code for name, code in measured.items()}
    assert core_rows() - SCHEDULE_REEXPORTS == set(measured)
    assert {name: libraries.BLOCKING[name].code for name in measured} == measured


def test_orchestrator_core_functions_that_only_look_asynchronous_are_marked() -> None:
    asynchronous = {entry["name"] for entry in core_callables() if entry["async_def_in"]}
    assert {name for name in core_rows() if libraries.BLOCKING[name].coroutine} == asynchronous
    assert all(libraries.awaitable(name) for name in asynchronous)


def test_orchestrator_core_names_that_do_not_block_are_silent() -> None:
    core_callables()
    with open(CORE_DATA, encoding="utf-8") as file:
        silent = json.load(file)["not_blocking"]
    lazy = [entry["name"] for entry in core_callables() if "lazy" in entry or "pattern" in entry]
    assert len(silent) + len(lazy) >= 10
    assert [name for name in (*silent, *lazy) if libraries.blocking(name)] == []


def test_every_orchestrator_core_name_in_the_tables_is_in_a_wheel() -> None:
    """A name is defined, or imported, at the top of its module, or in the class, in one of the versions."""
    known: set[str] = set()
    for version in CORE_VERSIONS:
        for module, path in sources(version).items():
            with open(path, "rb") as file:
                known.update(f"{module}.{name}" for name in defined_in(ast.parse(file.read())))
    names = set().union(*map(names_of, orchestrator.LIBRARIES))
    names = {name for name in names if name.startswith("orchestrator.") and name != "orchestrator.core"}
    assert len(names) > 150
    assert sorted(names - known) == []


def defined_in(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """The names that a module or class defines or imports, members of classes as `Class.member`."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{name}" for name in defined_in(node))
            yield from (f"{node.name}.{name}" for name in attributes_in(node))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def attributes_in(cls: ast.ClassDef) -> set[str]:
    return {node.attr for node in ast.walk(cls) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("requests.get", "ORC301"),
        ("requests.api.get", "ORC301"),
        ("requests.sessions.Session.post", "ORC301"),
        ("requests_oauthlib.OAuth2Session.get", "ORC301"),
        ("httpx.stream", "ORC301"),
        ("httpx.Client.send", "ORC301"),
        ("urllib.request.urlopen", "ORC301"),
        ("urllib3.poolmanager.PoolManager.request", "ORC301"),
        ("http.client.HTTPSConnection.request", "ORC301"),
        ("jwt.PyJWKClient.get_signing_key_from_jwt", "ORC301"),
        ("sqlalchemy.orm.Session.execute", "ORC302"),
        ("sqlalchemy.orm.session.Session.merge", "ORC302"),
        ("sqlalchemy.orm.scoped_session.commit", "ORC302"),
        ("sqlalchemy.orm.Session.delete", "ORC302"),
        ("sqlalchemy.orm.Query.one_or_none", "ORC302"),
        ("sqlalchemy.engine.base.Engine.connect", "ORC302"),
        ("sqlalchemy.Connection.scalars", "ORC302"),
        ("sqlite3.connect", "ORC302"),
        ("psycopg2.extensions.cursor.execute", "ORC302"),
        ("psycopg.Connection.execute", "ORC302"),
        ("pymysql.connect", "ORC302"),
        ("orchestrator.services.subscriptions.get_subscription", "ORC302"),
        ("orchestrator.core.services.subscriptions.get_subscription", "ORC302"),
        ("orchestrator.domain.SubscriptionModel.from_subscription", "ORC302"),
        ("orchestrator.db.SubscriptionTable.find_by_product_tag", "ORC302"),
        ("time.sleep", "ORC303"),
        ("subprocess.Popen", "ORC304"),
        ("subprocess.Popen.communicate", "ORC304"),
        ("os.system", "ORC304"),
        ("open", "ORC305"),
        ("builtins.open", "ORC305"),
        ("io.open", "ORC305"),
        ("pathlib.PosixPath.read_text", "ORC305"),
        ("json.load", "ORC305"),
        ("shutil.rmtree", "ORC305"),
        ("smtplib.SMTP", "ORC306"),
        ("smtplib.SMTP_SSL.sendmail", "ORC306"),
        ("redis.Redis.get", "ORC306"),
        ("redis.client.Redis.a_command_of_next_year", "ORC306"),
        ("redis.Redis.__contains__", "ORC306"),
        ("botocore.client.BaseClient.describe_instances", "ORC306"),
        ("netmiko.Netmiko", "ORC306"),
        ("napalm.ios.IOSDriver.get_facts", "ORC306"),
        ("pynetbox.core.endpoint.Endpoint.filter", "ORC306"),
        ("hvac.v1.Client.is_authenticated", "ORC301"),
        ("hvac.api.secrets_engines.Kv.read_secret_version", "ORC301"),
        ("opa_client.opa.OpaClient.query_rule", "ORC301"),
        ("zeep.client.CachingClient", "ORC301"),
        ("zeep.AsyncClient", "ORC301"),
        ("suds.client.ServiceSelector.Check", "ORC301"),
        ("azure.identity.DefaultAzureCredential.get_token", "ORC301"),
        ("google.auth.transport.requests.AuthorizedSession.post", "ORC301"),
        ("pymongo.synchronous.collection.Collection.find_one", "ORC302"),
        ("elasticsearch.Elasticsearch.search", "ORC302"),
        ("opensearchpy.client.indices.IndicesClient.exists", "ORC302"),
        ("peewee.PostgresqlDatabase.execute_sql", "ORC302"),
        ("casbin_sqlalchemy_adapter.adapter.Adapter", "ORC302"),
        ("oracledb.cursor.Cursor.fetchall", "ORC302"),
        ("azure.identity.AzureCliCredential.get_token", "ORC304"),
        ("casbin.enforcer.Enforcer", "ORC305"),
        ("geoip2.database.Reader", "ORC305"),
        ("kubernetes.config.kube_config.load_kube_config", "ORC305"),
        ("jnpr.junos.device.Device.open", "ORC306"),
        ("jnpr.junos.rpcmeta._RpcMetaExec.get_interface_information", "ORC306"),
        ("scrapli.driver.core.IOSXEDriver.send_command", "ORC306"),
        ("scrapli.Netconf.get_config", "ORC306"),
        ("pyeapi.client.Node.enable", "ORC306"),
        ("panos.panorama.Panorama.op", "ORC306"),
        ("panos.policies.SecurityRule.refreshall", "ORC306"),
        ("nornir.core.Nornir.run", "ORC306"),
        ("gitlab.base.RESTManager.list", "ORC306"),
        ("github.Team.Team.has_in_members", "ORC306"),
        ("slack_sdk.web.client.WebClient.chat_postMessage", "ORC306"),
        ("phpypam.api", "ORC306"),
        ("jira.client.JIRA.search_issues", "ORC306"),
        ("pynautobot.core.endpoint.JobsEndpoint.get", "ORC306"),
        ("zabbix_utils.api.APIObject.get", "ORC306"),
        ("infoblox_client.objects.NetworkV4.search", "ORC306"),
        ("kubernetes.client.CoreV1Api.list_namespaced_pod", "ORC306"),
        ("consul.std.Consul.kv.get", "ORC306"),
        ("etcd3.client.Etcd3Client.put", "ORC306"),
        ("kazoo.recipe.lock.ReadLock.acquire", "ORC306"),
        ("pika.BlockingConnection", "ORC306"),
        ("minio.api.Minio.stat_object", "ORC306"),
        ("grpc.UnaryUnaryMultiCallable.with_call", "ORC306"),
        ("ms_active_directory.core.ad_session.ADSession.find_user_by_name", "ORC306"),
        ("threading.BoundedSemaphore.acquire", "ORC307"),
        ("threading.Timer.join", "ORC307"),
        ("queue.PriorityQueue.get", "ORC307"),
        ("concurrent.futures._base.Future.result", "ORC307"),
        ("asyncio.runners.run", "ORC307"),
        ("asyncio.BaseEventLoop.run_until_complete", "ORC307"),
        ("orchestrator.websocket.sync_invalidate_subscription_cache", "ORC307"),
    ],
)
def test_a_blocking_call_is_known_under_every_public_name(name: str, code: str) -> None:
    fact = libraries.blocking(name)
    assert fact is not None
    assert fact.code == code


@pytest.mark.parametrize(
    "name",
    [
        "requests.Session",
        "requests.Session.close",
        "requests.Session.mount",
        "requests.Response.json",
        "httpx.Client",
        "httpx.AsyncClient.get",
        "httpx.Response.read",
        "jwt.PyJWKClient",
        "jwt.decode",
        "urllib.request.Request",
        "aiohttp.ClientSession.get",
        "sqlalchemy.select",
        "sqlalchemy.create_engine",
        "sqlalchemy.orm.Session",
        "sqlalchemy.orm.Session.add",
        "sqlalchemy.orm.Session.close",
        "sqlalchemy.orm.Session.query",
        "sqlalchemy.orm.Query.filter",
        "sqlalchemy.orm.Query.subquery",
        "sqlalchemy.engine.Result.all",
        "sqlalchemy.ext.asyncio.AsyncSession.execute",
        "psycopg2.extensions.cursor.fetchall",
        "asyncpg.connect",
        "orchestrator.db.db.database_scope",
        "asyncio.sleep",
        "asyncio.to_thread",
        "asyncio.Lock.acquire",
        "asyncio.Queue.get",
        "asyncio.Task.result",
        "asyncio.create_subprocess_exec",
        "threading.Lock",
        "threading.Lock.release",
        "queue.Queue.put_nowait",
        "concurrent.futures.Executor.submit",
        "concurrent.futures.ThreadPoolExecutor.map",
        "pathlib.Path",
        "pathlib.Path.with_suffix",
        "pathlib.PurePath.exists",
        "os.path.join",
        "os.getenv",
        "json.loads",
        "io.StringIO.read",
        "redis.Redis",
        "redis.Redis.pipeline",
        "redis.Redis.from_url",
        "redis.client.Pipeline.set",
        "redis.asyncio.Redis.get",
        "boto3.client",
        "botocore.client.BaseClient.get_paginator",
        "botocore.client.BaseClient._make_api_call",
        "ldap3.Server",
        "paramiko.SSHClient",
        "napalm.get_network_driver",
        "pynetbox.api",
        "pymongo.MongoClient",
        "pymongo.AsyncMongoClient",
        "pymongo.collection.Collection.find",
        "pymongo.asynchronous.collection.AsyncCollection.find_one",
        "motor.motor_asyncio.AsyncIOMotorClient",
        "elasticsearch.Elasticsearch",
        "elasticsearch.Elasticsearch.options",
        "elasticsearch.AsyncElasticsearch.search",
        "elasticsearch.helpers.scan",
        "peewee.Model.select",
        "jnpr.junos.Device",
        "scrapli.AsyncScrapli",
        "scrapli.Cli.send_input_async",
        "pyeapi.connect",
        "panos.firewall.Firewall",
        "nornir.core.Nornir.filter",
        "gitlab.Gitlab",
        "github.Organization.Organization.get_members",
        "slack_sdk.web.async_client.AsyncWebClient.chat_postMessage",
        "jira.JIRA.client_info",
        "pynautobot.api",
        "infoblox_client.connector.Connector",
        "kubernetes.client.CoreV1Api",
        "kubernetes.aio.client.CoreV1Api.list_namespaced_pod",
        "consul.Consul",
        "consul.aio.Consul.kv.get",
        "kazoo.client.KazooClient.get_async",
        "pika.SelectConnection",
        "minio.Minio.list_objects",
        "grpc.insecure_channel",
        "grpc.aio.insecure_channel",
        "geoip2.database.Reader.city",
        "geoip2.webservice.AsyncClient.city",
        "casbin.Enforcer.enforce",
        "casbin.AsyncEnforcer",
        "hvac.Client",
        "azure.identity.aio.DefaultAzureCredential.get_token",
        "google.cloud.storage.Client.bucket",
        "google.cloud.storage.Bucket.blob",
        "saml2.client.Saml2Client.prepare_for_authenticate",
        "zeep.proxy.AsyncServiceProxy.Check",
        "email.message.EmailMessage",
        "a_project.requests.get",
        "",
    ],
)
def test_what_does_not_block_is_silent(name: str) -> None:
    assert libraries.blocking(name) is None


def test_conditions_say_which_argument_decides() -> None:
    acquire = libraries.BLOCKING["threading.Lock.acquire"]
    assert [(given.name, given.position, given.values) for given in acquire.unless] == [
        ("blocking", 0, (False,)),
        ("timeout", 1, (0,)),
    ]
    put = libraries.BLOCKING["queue.Queue.put"]
    assert [(given.name, given.position) for given in put.unless] == [("block", 1), ("timeout", 2)]
    assert [given.name for given in libraries.BLOCKING["smtplib.SMTP"].only_if] == ["host"]
    bind = libraries.BLOCKING["ldap3.Connection"]
    assert [(given.name, given.position) for given in bind.only_if] == [("auto_bind", 3)]
    assert bind.unless[0].names == ("ldap3.AUTO_BIND_NONE",)
    assert [(given.name, given.position) for given in libraries.BLOCKING["jira.JIRA"].unless] == [
        ("get_server_info", 9)
    ]
    assert [(given.name, given.position) for given in libraries.BLOCKING["etcd3.client"].only_if] == [("user", 6)]
    assert libraries.BLOCKING["json.load"].unless[0].types == ("io.StringIO", "io.BytesIO")


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("threading.Semaphore.acquire", {"blocking": 0, "timeout": 1}),
        ("threading.Condition.wait_for", {"timeout": 1}),
        ("threading.Thread.join", {"timeout": 0}),
        ("queue.Queue.get", {"block": 0, "timeout": 1}),
        ("queue.Queue.put", {"block": 1, "timeout": 2}),
        ("concurrent.futures.Future.result", {"timeout": 0}),
        ("concurrent.futures.wait", {"timeout": 1}),
        ("multiprocessing.queues.Queue.put", {"block": 1, "timeout": 2}),
        ("subprocess.Popen.wait", {"timeout": 0}),
        ("sched.scheduler.run", {"blocking": 0}),
    ],
)
def test_conditions_are_about_arguments_where_the_standard_library_has_them(
    name: str, position: dict[str, int]
) -> None:
    unless = libraries.BLOCKING[name].unless
    assert {given.name: given.position for given in unless} == position
    parameters = [parameter for parameter in inspect.signature(find(name)).parameters if parameter != "self"]
    assert {argument: parameters.index(argument) for argument in position} == position


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("requests.session", "requests.Session"),
        ("requests_oauthlib.OAuth2Session.get", "requests.Response"),
        ("sqlalchemy.orm.scoped_session.query", "sqlalchemy.orm.Query"),
        ("sqlalchemy.orm.Query.filter", "sqlalchemy.orm.Query"),
        ("sqlalchemy.orm.Query.count", None),
        ("sqlalchemy.orm.sessionmaker", "sqlalchemy.orm.sessionmaker"),
        ("sqlalchemy.orm.sessionmaker.__call__", "sqlalchemy.orm.Session"),
        ("sqlalchemy.orm.sessionmaker.begin", "context[sqlalchemy.orm.Session]"),
        ("boto3.session.Session.client", "botocore.client.BaseClient"),
        ("napalm.get_network_driver", "type[napalm.base.base.NetworkDriver]"),
        ("redis.client.Pipeline.incr", "redis.client.Pipeline"),
        ("redis.client.Pipeline.execute", None),
        ("orchestrator.core.utils.redis_client.create_redis_client", "redis.Redis"),
        ("orchestrator.services.subscriptions.query_in_use_by_subscriptions", "sqlalchemy.orm.Query[request]"),
        ("pathlib.Path.__truediv__", "pathlib.Path"),
        ("pymongo.cursor.RawBatchCursor.sort", "pymongo.cursor.Cursor"),
        ("elasticsearch.helpers.scan", "elasticsearch.helpers.scan[stream]"),
        ("minio.api.Minio.get_object", "urllib3.HTTPResponse[stream]"),
        ("kazoo.client.KazooClient.Lock", "kazoo.recipe.lock.Lock"),
        ("librouteros.api.Path.__call__", "librouteros.api.Path[answer]"),
        ("requests.Session", None),
    ],
)
def test_a_factory_tells_what_it_returns(name: str, kind: str | None) -> None:
    assert libraries.returns(name) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("orchestrator.db.db", "orchestrator.db.database.Database"),
        ("orchestrator.db.database.Database.session", "sqlalchemy.orm.Session[request]"),
        ("orchestrator.db.SubscriptionTable.query", "sqlalchemy.orm.Query[request]"),
        ("pynetbox.core.api.Api.dcim", "pynetbox.core.app.App"),
        ("pynetbox.core.app.App.devices", "pynetbox.core.endpoint.Endpoint"),
        ("pynetbox.core.app.PluginsApp.bgp", "pynetbox.core.app.App"),
        ("pynetbox.core.api.Api.status", None),
        ("pynetbox.core.app.App.config", None),
        ("pathlib.Path.parent", "pathlib.Path"),
        ("pymongo.MongoClient.noc", "pymongo.database.Database"),
        ("pymongo.database.Database.people", "pymongo.collection.Collection"),
        ("pymongo.database.Database.name", None),
        ("pymongo.collection.Collection.find_one", None),
        ("hvac.Client.secrets", "hvac.api.SecretsEngines"),
        ("hvac.api.AuthMethods.ldap", "hvac.api.vault_api_base.VaultApiBase"),
        ("gitlab.base.RESTObject.members", "gitlab.base.RESTManager"),
        ("gitlab.base.RESTObject.name", None),
        ("consul.Consul.kv", "consul.Consul.kv"),
        ("requests.Response.text", None),
    ],
)
def test_an_attribute_tells_its_type(name: str, kind: str | None) -> None:
    assert libraries.attribute(name) == kind


def test_with_binds_the_instance_unless_the_class_says_otherwise() -> None:
    assert libraries.enters("requests.Session") == "requests.Session"
    assert libraries.enters("tempfile.TemporaryDirectory") == "str"
    assert libraries.enters("context[sqlalchemy.orm.Session]") == "sqlalchemy.orm.Session"
    assert libraries.enters("type[requests.Session]") is None


def test_iterating_gives_elements() -> None:
    assert libraries.elements("iter[pathlib.Path]") == "pathlib.Path"
    assert libraries.elements("pynetbox.core.response.RecordSet") == "pynetbox.core.response.Record"
    assert libraries.elements("requests.Session") is None


def test_the_places_where_no_call_is_written_are_known() -> None:
    def code(fact: libraries.Blocking | None) -> str | None:
        return fact.code if fact else None

    assert code(libraries.iterating("sqlalchemy.orm.Query")) == "ORC302"
    assert code(libraries.iterating("io.TextIOWrapper")) == "ORC305"
    assert code(libraries.iterating("io.StringIO")) is None
    assert code(libraries.iterating("pymongo.cursor.RawBatchCursor")) == "ORC302"
    assert code(libraries.iterating("elasticsearch.helpers.scan[stream]")) == "ORC302"
    assert code(libraries.iterating("azure.core.paging.ItemPaged")) == "ORC306"
    results = libraries.returns("concurrent.futures.ThreadPoolExecutor.map")
    assert results is not None
    assert code(libraries.iterating(results)) == "ORC307"
    assert code(libraries.entering("threading.BoundedSemaphore")) == "ORC307"
    assert code(libraries.entering("asyncio.Lock")) is None
    assert code(libraries.entering("requests.Session")) is None
    assert code(libraries.entering("jnpr.junos.device.Device")) == "ORC306"
    assert code(libraries.entering("scrapli.driver.core.EOSDriver")) == "ORC306"
    assert code(libraries.entering("pika.BlockingConnection")) is None
    assert code(libraries.leaving("psycopg2.extensions.connection")) == "ORC302"
    assert code(libraries.leaving("sqlalchemy.orm.Session")) is None
    assert code(libraries.leaving("concurrent.futures.ThreadPoolExecutor")) is None


def test_what_runs_elsewhere_says_which_argument_it_runs() -> None:
    places = {
        "asyncio.to_thread": (0, "func"),
        "asyncio.BaseEventLoop.run_in_executor": (1, "func"),
        "anyio.to_thread.run_sync": (0, "func"),
        "starlette.concurrency.run_in_threadpool": (0, "func"),
        "fastapi.concurrency.run_in_threadpool": (0, "func"),
        "asgiref.sync.sync_to_async": (0, "func"),
        "concurrent.futures.ThreadPoolExecutor.submit": (0, "fn"),
        "threading.Thread": (1, "target"),
        "threading.Timer": (1, "function"),
    }
    assert {name: tuple(libraries.offloading(name) or ())[:2] for name in places} == places
    assert libraries.offloading("map") is None


def test_what_calls_its_argument_says_which() -> None:
    places = {
        "map": (0, "", 1),
        "filter": (0, "", 1),
        "sorted": (None, "key", 0),
        "builtins.max": (None, "key", 0),
        "functools.reduce": (0, "", None),
    }
    assert {name: libraries.calls_argument(name) for name in places} == places
    assert libraries.calls_argument("asyncio.to_thread") is None
    assert libraries.calls_argument("retry.api.retry_call") == libraries.Callee(0, "f")
    assert libraries.passes_through("typing.cast") == 1
    assert libraries.enters_argument("contextlib.closing") == 0


@pytest.mark.parametrize(
    "name",
    [
        "asyncio.sleep",
        "asyncio.tasks.gather",
        "asyncio.Task",
        "asyncio.BaseEventLoop.run_in_executor",
        "httpx.AsyncClient.get",
        "aiohttp.client.ClientSession.get",
        "sqlalchemy.ext.asyncio.session.AsyncSession.scalar",
        "redis.asyncio.client.Redis.get",
        "orchestrator.utils.get_subscription_dict.get_subscription_dict",
    ],
)
def test_what_gives_an_awaitable_is_known(name: str) -> None:
    assert libraries.awaitable(name)
    assert not libraries.never_awaitable(name)


@pytest.mark.parametrize(
    "name",
    [
        "requests.get",
        "requests.Response.json",
        "bool",
        "any",
        "isinstance",
        "str.startswith",
        "os.getenv",
        "time.sleep",
    ],
)
def test_what_never_gives_an_awaitable_is_known(name: str) -> None:
    assert libraries.never_awaitable(name)
    assert not libraries.awaitable(name)


@pytest.mark.parametrize(
    "name",
    [
        "functools.reduce",
        "max",
        "next",
        "getattr",
        "redis.asyncio.Redis.pipeline",
        "somewhere.check",
        "dict.get",
        "",
    ],
)
def test_what_may_give_anything_is_not_decided(name: str) -> None:
    assert not libraries.never_awaitable(name)
    assert not libraries.awaitable(name)


def test_the_standard_library_returns_what_the_tables_say(tmp_path: pathlib.Path) -> None:
    """Each factory is called, and its result's class or one of its bases is what the table says."""
    with ExitStack() as stack:
        database = stack.enter_context(closing(sqlite3.connect(":memory:")))
        made: dict[str, Any] = {
            "open": stack.enter_context(open(os.devnull, encoding="utf-8")),
            "os.fdopen": stack.enter_context(os.fdopen(os.open(os.devnull, os.O_RDONLY))),
            "pathlib.Path.open": stack.enter_context((tmp_path / "a").open("w", encoding="utf-8")),
            "pathlib.Path.__truediv__": tmp_path / "b",
            "pathlib.Path.resolve": tmp_path.resolve(),
            "sqlite3.connect": database,
            "sqlite3.Connection.cursor": database.cursor(),
            "sqlite3.Connection.execute": database.execute("select 1"),
            "asyncio.new_event_loop": stack.enter_context(closing(asyncio.new_event_loop())),
        }
        wrong = [name for name, value in made.items() if not isinstance(value, find(str(libraries.returns(name))))]
    assert wrong == []


def test_submitting_to_an_executor_gives_a_future_that_can_be_waited_for() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(int, "1")
    assert libraries.returns("concurrent.futures.ThreadPoolExecutor.submit") == "concurrent.futures.Future"
    assert isinstance(future, find("concurrent.futures.Future"))


def test_a_temporary_folder_binds_its_name() -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert libraries.enters("tempfile.TemporaryDirectory") == type(folder).__name__


def test_an_open_file_gives_lines_and_memory_does_not_block() -> None:
    assert libraries.elements("io.TextIOWrapper") == type(next(io.StringIO("line"))).__name__
    assert not isinstance(io.StringIO(), io.TextIOWrapper)


def test_classes_in_small_letters_are_known_to_be_classes() -> None:
    """An engine that knows classes by their capitals has to be told what calling these gives."""
    owners = {name.rpartition(".")[0] for name in libraries.BLOCKING}
    kinds = {name for kind in libraries.RETURNS.values() for name in classes_of(kind)}
    small = {name for name in owners & kinds if name.rpartition(".")[2].islower() and "." in name}
    made_by_functions = {
        "peewee._savepoint",
        "peewee._transaction",
        "psycopg2.extensions.connection",
        "psycopg2.extensions.cursor",
    }
    assert {name for name in small if libraries.returns(name) != name} == made_by_functions
