"""Services that are asked over the network: what teams keep their tickets, code, addresses and messages in: ORC306.

What is a request to an identity provider is in `identity.py`, what is an HTTP request as such in `http.py`.
"""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Argument, Blocks, Library, each, members

__all__ = ["LIBRARIES"]

MANAGER = "gitlab.base.RESTManager"
GITLAB_OBJECT = "gitlab.base.RESTObject"
GITLAB = "a request to GitLab"

PYTHON_GITLAB = Library(
    source="python-gitlab: gitlab/client.py, gitlab/mixins.py, gitlab/v4/objects",
    calls=(
        Blocks(
            "ORC306",
            "gitlab.Gitlab",
            "auth get_license http_delete http_get http_head http_list http_patch http_post http_put http_request "
            "markdown search set_license version",
            GITLAB,
        ),
        Blocks("ORC306", "gitlab.GraphQL", "execute", GITLAB),
        # Managers are made of mixins, objects too: these are the names that most of them have.
        Blocks("ORC306", MANAGER, "create delete get head list set update", GITLAB),
        Blocks("ORC306", GITLAB_OBJECT, "delete refresh save", GITLAB),
    ),
    aliases={"gitlab.client.Gitlab": "gitlab.Gitlab", "gitlab.client.GraphQL": "gitlab.GraphQL"},
    returns={**each(MANAGER, "create get", GITLAB_OBJECT), f"{MANAGER}.list": f"iter[{GITLAB_OBJECT}]"},
    attributes={
        **each(
            "gitlab.Gitlab",
            "appearance applications audit_events broadcastmessages deploykeys deploytokens events features groups "
            "hooks issues keys ldapgroups licenses member_roles mergerequests namespaces personal_access_tokens "
            "projects runners runners_all service_accounts settings snippets statistics todos topics users variables",
            MANAGER,
        ),
        **each(
            GITLAB_OBJECT,
            "access_tokens accessrequests approvals audit_events badges billable_members branches commits "
            "customattributes deployments deploytokens descendant_groups discussions emails environments events files "
            "forks gpgkeys groups hooks impersonationtokens invitations issues jobs keys labels ldap_group_links "
            "members members_all memberships mergerequests milestones notes packages personal_access_tokens pipelines "
            "pipelineschedules projects protectedbranches protectedtags releases repositories runners "
            "saml_group_links shared_projects snippets subgroups tags triggers users variables wikis",
            MANAGER,
        ),
        "gitlab.Gitlab.user": GITLAB_OBJECT,
    },
)

GITHUB_PAGES = "github.PaginatedList.PaginatedList"
GITHUB_REQUEST = "a request to GitHub"

# Lists are fetched page by page while they are iterated; `get_user()` without a name only stands for oneself.
PYGITHUB = Library(
    source="PyGithub: github/MainClass.py, github/Organization.py, github/Team.py, github/PaginatedList.py",
    calls=(
        Blocks("ORC306", "github.Github", "get_organization get_rate_limit get_repo get_user_by_id", GITHUB_REQUEST),
        Blocks("ORC306", "github.Github", "get_user", GITHUB_REQUEST, only_if=(Argument("login", 0),)),
        Blocks(
            "ORC306",
            "github.Organization.Organization",
            "add_to_members get_repo get_team get_team_by_slug has_in_members has_in_public_members invite_user "
            "remove_from_members",
            GITHUB_REQUEST,
        ),
        Blocks(
            "ORC306",
            "github.Team.Team",
            "add_membership get_team_membership has_in_members has_in_repos remove_membership",
            GITHUB_REQUEST,
        ),
        Blocks(
            "ORC306",
            "github.Repository.Repository",
            "get_branch get_collaborator_permission get_commit get_contents get_issue get_pull has_in_collaborators",
            GITHUB_REQUEST,
        ),
        Blocks("ORC306", GITHUB_PAGES, "__getitem__ get_page", GITHUB_REQUEST),
    ),
    iterating=(Blocks("ORC306", GITHUB_PAGES, what=GITHUB_REQUEST),),
    aliases={"github.MainClass.Github": "github.Github"},
    returns={
        "github.Github.get_organization": "github.Organization.Organization",
        **each("github.Github github.Organization.Organization", "get_repo", "github.Repository.Repository"),
        **each("github.Organization.Organization", "get_team get_team_by_slug", "github.Team.Team"),
        **each("github.Organization.Organization", "get_members get_repos get_teams", GITHUB_PAGES),
        "github.Github.get_organizations": GITHUB_PAGES,
        "github.Team.Team.get_members": GITHUB_PAGES,
    },
)

SLACK = Library(
    source="slack-sdk: slack_sdk/web/client.py, slack_sdk/webhook/client.py",
    calls=(
        Blocks("ORC306", "slack_sdk.WebClient", "*", "a request to Slack"),
        Blocks("ORC306", "slack_sdk.WebhookClient", "send send_dict", "a request to Slack"),
    ),
    silent=("slack_sdk.WebClient.validate_slack_signature",),
    aliases={
        "slack_sdk.web.WebClient": "slack_sdk.WebClient",
        "slack_sdk.web.client.WebClient": "slack_sdk.WebClient",
        "slack_sdk.webhook.WebhookClient": "slack_sdk.WebhookClient",
        "slack_sdk.webhook.client.WebhookClient": "slack_sdk.WebhookClient",
    },
)

IPAM = "a request to phpIPAM"
#: An encrypted application needs no login.
WITHOUT_LOGIN = (Argument("encryption", 5, values=(True,)),)

PHPYPAM = Library(
    source="phpypam: phpypam/core/api.py",
    calls=(
        Blocks("ORC306", "phpypam.core.api.Api", what=IPAM, unless=WITHOUT_LOGIN),
        Blocks(
            "ORC306", "phpypam.core.api.Api", "controllers create_entity delete_entity get_entity update_entity", IPAM
        ),
    ),
    aliases={"phpypam.api": "phpypam.core.api.Api"},
)

JIRA_RESOURCE = "jira.resources.Resource"
JIRA_REQUEST = "a request to Jira"

JIRA = Library(
    source="jira: jira/client.py, jira/resources.py",
    calls=(
        Blocks(
            "ORC306",
            "jira.JIRA",
            what=JIRA_REQUEST,
            unless=(Argument("get_server_info", 9, values=(False,)),),
        ),
        Blocks("ORC306", "jira.JIRA", "* comment component create_issue group issue project user", JIRA_REQUEST),
        Blocks("ORC306", JIRA_RESOURCE, "delete find update", JIRA_REQUEST),
    ),
    silent=("jira.JIRA.client_info", "jira.JIRA.close", "jira.JIRA.server_url"),
    aliases={
        "jira.client.JIRA": "jira.JIRA",
        "jira.Issue": "jira.resources.Issue",
        "jira.Project": "jira.resources.Project",
        "jira.User": "jira.resources.User",
    },
    bases=each(
        "jira.resources", "Comment Component Group Issue Project Role User Version Watchers Worklog", JIRA_RESOURCE
    ),
    returns={
        "jira.JIRA.comment": "jira.resources.Comment",
        "jira.JIRA.component": "jira.resources.Component",
        "jira.JIRA.group": "jira.resources.Group",
        "jira.JIRA.project": "jira.resources.Project",
        "jira.JIRA.user": "jira.resources.User",
        **each("jira.JIRA", "create_issue issue", "jira.resources.Issue"),
    },
)

NAUTOBOT = "a Nautobot request"
NAUTOBOT_API = "pynautobot.core.api.Api"
NAUTOBOT_APP = "pynautobot.core.app.App"
NAUTOBOT_ENDPOINT = "pynautobot.core.endpoint.Endpoint"
NAUTOBOT_JOBS = "pynautobot.core.endpoint.JobsEndpoint"
NAUTOBOT_RECORD = "pynautobot.core.response.Record"

# What pynetbox was when it was forked, but lists are fetched when they are asked for.
PYNAUTOBOT = Library(
    source="pynautobot: pynautobot/core/api.py, pynautobot/core/app.py, pynautobot/core/endpoint.py",
    calls=(
        Blocks(
            "ORC306",
            NAUTOBOT_ENDPOINT,
            "all bulk_update choices count create delete filter get update",
            NAUTOBOT,
        ),
        Blocks("ORC306", NAUTOBOT_JOBS, "run run_and_wait", NAUTOBOT),
        Blocks("ORC306", "pynautobot.core.endpoint.DetailEndpoint", "create list", NAUTOBOT),
        Blocks("ORC306", NAUTOBOT_RECORD, "delete full_details save update", NAUTOBOT),
        Blocks("ORC306", NAUTOBOT_API, "openapi status", NAUTOBOT),
        Blocks("ORC306", NAUTOBOT_APP, "choices config get_custom_field_choices get_custom_fields", NAUTOBOT),
        Blocks("ORC306", "pynautobot.core.app.PluginsApp", "installed_plugins", NAUTOBOT),
        Blocks("ORC306", "pynautobot.core.graphql.GraphQLQuery", "query", NAUTOBOT),
    ),
    aliases={"pynautobot.api": NAUTOBOT_API},
    bases={NAUTOBOT_JOBS: NAUTOBOT_ENDPOINT},
    returns={
        **each(NAUTOBOT_ENDPOINT, "create get", NAUTOBOT_RECORD),
        **each(NAUTOBOT_ENDPOINT, "all filter", f"iter[{NAUTOBOT_RECORD}]"),
    },
    attributes={
        **each(
            NAUTOBOT_API,
            "circuits cloud core data_validation dcim extras ipam load_balancers tenancy ui users virtualization vpn "
            "wireless",
            NAUTOBOT_APP,
        ),
        f"{NAUTOBOT_API}.graphql": "pynautobot.core.graphql.GraphQLQuery",
        f"{NAUTOBOT_API}.http_session": "requests.Session",
        f"{NAUTOBOT_API}.plugins": "pynautobot.core.app.PluginsApp",
        f"{NAUTOBOT_APP}.jobs": NAUTOBOT_JOBS,
        f"{NAUTOBOT_APP}.*": NAUTOBOT_ENDPOINT,
        "pynautobot.core.app.PluginsApp.*": NAUTOBOT_APP,
    },
)

ZABBIX = "a request to Zabbix"

# Two packages are called pyzabbix; only one of them connects when its client is made.
ZABBIX_CLIENTS = Library(
    source="pyzabbix and py-zabbix: pyzabbix/api.py; zabbix-utils: zabbix_utils/api.py",
    calls=(
        Blocks("ORC306", "zabbix_utils.ZabbixAPI", what=ZABBIX),
        Blocks("ORC306", "zabbix_utils.ZabbixAPI", "api_version check_auth login logout send_api_request", ZABBIX),
        Blocks("ORC306", "pyzabbix.ZabbixAPI", "api_version do_request login", ZABBIX),
        # `api.host.get(...)`: every method of every object is a request.
        Blocks("ORC306", "pyzabbix.api.ZabbixAPIObjectClass zabbix_utils.api.APIObject", "*", ZABBIX),
        Blocks("ORC306", "zabbix_utils.Getter", "get", ZABBIX),
        Blocks("ORC306", "zabbix_utils.Sender", "send send_value", ZABBIX),
    ),
    silent=(
        *members("pyzabbix.ZabbixAPI", "is_authenticated session timeout url version"),
        *members("zabbix_utils.ZabbixAPI", "timeout url version"),
    ),
    aliases={
        "pyzabbix.api.ZabbixAPI": "pyzabbix.ZabbixAPI",
        "zabbix_utils.api.ZabbixAPI": "zabbix_utils.ZabbixAPI",
    },
    attributes={
        "pyzabbix.ZabbixAPI.*": "pyzabbix.api.ZabbixAPIObjectClass",
        "zabbix_utils.ZabbixAPI.*": "zabbix_utils.api.APIObject",
    },
)

WAPI = "a request to Infoblox"
WAPI_OBJECT = "infoblox_client.objects.InfobloxObject"

INFOBLOX = Library(
    source="infoblox-client: infoblox_client/connector.py, infoblox_client/objects.py",
    calls=(
        Blocks(
            "ORC306",
            "infoblox_client.connector.Connector",
            "call_func create_object delete_object get_object update_object",
            WAPI,
        ),
        Blocks("ORC306", "infoblox_client.object_manager.InfobloxObjectManager", "*", WAPI),
        Blocks("ORC306", WAPI_OBJECT, "create create_check_exists delete fetch search search_all update", WAPI),
    ),
    bases=each(
        "infoblox_client.objects",
        "ARecord CNAMERecord DNSView DNSZone EADefinition FixedAddress FixedAddressV4 FixedAddressV6 HostRecord "
        "HostRecordV4 HostRecordV6 IPAddress IPRange IPRangeV4 IPRangeV6 MXRecord Member Network NetworkContainer "
        "NetworkContainerV4 NetworkContainerV6 NetworkV4 NetworkV6 NetworkView PtrRecord SRVRecord SharedNetwork "
        "TXTRecord Tenant Vlan",
        WAPI_OBJECT,
    ),
    returns=each(WAPI_OBJECT, "create search", WAPI_OBJECT),
)

KUBERNETES_APIS = " ".join(
    f"kubernetes.client.{name}Api"
    for name in (
        "AdmissionregistrationV1 ApiextensionsV1 Apis AppsV1 AuthenticationV1 AuthorizationV1 AutoscalingV1 "
        "AutoscalingV2 BatchV1 CoordinationV1 Core CoreV1 CustomObjects DiscoveryV1 EventsV1 NetworkingV1 NodeV1 "
        "PolicyV1 RbacAuthorizationV1 SchedulingV1 StorageV1 Version"
    ).split()
)

# `async_req=True` has the client's own threads send the request.
KUBERNETES = Library(
    source="kubernetes: kubernetes/client/api, kubernetes/config, kubernetes/watch/watch.py",
    calls=(
        Blocks(
            "ORC306",
            KUBERNETES_APIS,
            "*",
            "a request to Kubernetes",
            unless=(Argument("async_req", None, values=(True,)),),
        ),
        Blocks("ORC306", "kubernetes.client.ApiClient", "call_api", "a request to Kubernetes"),
        Blocks(
            "ORC306",
            "kubernetes.utils",
            "create_from_dict create_from_directory create_from_yaml",
            "a request to Kubernetes",
        ),
        Blocks(
            "ORC305",
            "kubernetes.config",
            "list_kube_config_contexts load_config load_incluster_config load_kube_config new_client_from_config",
        ),
    ),
    iterating=(Blocks("ORC306", "kubernetes.watch.Watch[stream]", what="a request to Kubernetes"),),
    silent=tuple(members(KUBERNETES_APIS, "close")),
    aliases={
        "kubernetes.client.api_client.ApiClient": "kubernetes.client.ApiClient",
        "kubernetes.config.incluster_config": "kubernetes.config",
        "kubernetes.config.kube_config": "kubernetes.config",
        "kubernetes.watch.watch.Watch": "kubernetes.watch.Watch",
    },
    returns={
        "kubernetes.config.new_client_from_config": "kubernetes.client.ApiClient",
        "kubernetes.watch.Watch.stream": "kubernetes.watch.Watch[stream]",
    },
)

CONSUL_REQUEST = "a request to Consul"

# The classes have other names in python-consul and its successor py-consul; the attributes have not.
CONSUL = Library(
    source="python-consul: consul/base.py; py-consul: consul/api",
    calls=(
        Blocks(
            "ORC306",
            "consul.Consul.acl",
            "bootstrap clone create destroy info list login logout update",
            CONSUL_REQUEST,
        ),
        Blocks(
            "ORC306",
            "consul.Consul.agent",
            "checks force_leave join leave maintenance members metrics monitor reload self service_definition services",
            CONSUL_REQUEST,
        ),
        Blocks("ORC306", "consul.Consul.agent.service", "deregister maintenance register", CONSUL_REQUEST),
        Blocks(
            "ORC306",
            "consul.Consul.agent.check",
            "deregister register ttl_fail ttl_pass ttl_warn",
            CONSUL_REQUEST,
        ),
        Blocks(
            "ORC306",
            "consul.Consul.catalog",
            "connect datacenters deregister gateway_services node nodes register service services",
            CONSUL_REQUEST,
        ),
        Blocks("ORC306", "consul.Consul.event", "fire list", CONSUL_REQUEST),
        Blocks("ORC306", "consul.Consul.health", "checks connect ingress node service state", CONSUL_REQUEST),
        Blocks("ORC306", "consul.Consul.kv", "delete get put", CONSUL_REQUEST),
        Blocks("ORC306", "consul.Consul.query", "create delete execute explain get list update", CONSUL_REQUEST),
        Blocks("ORC306", "consul.Consul.session", "create destroy info list node renew", CONSUL_REQUEST),
        Blocks("ORC306", "consul.Consul.status", "leader peers", CONSUL_REQUEST),
        Blocks("ORC306", "consul.Consul.txn", "put", CONSUL_REQUEST),
    ),
    aliases={"consul.std.Consul": "consul.Consul"},
    attributes={
        f"consul.Consul.{name}": f"consul.Consul.{name}"
        for name in "acl agent agent.check agent.service catalog event health kv query session status txn".split()
    },
)

ETCD = "etcd3.Etcd3Client"
ETCD_PAGES = f"{ETCD}.get_all {ETCD}.get_prefix {ETCD}.refresh_lease"
ETCD_REQUEST = "a request to etcd"
WITH_USER = (Argument("user", 6),)

# A client connects with its first request, or when it has to log in.
ETCD3 = Library(
    source="etcd3: etcd3/client.py, etcd3/locks.py, etcd3/leases.py",
    calls=(
        Blocks("ORC306", f"{ETCD} etcd3.client", what=ETCD_REQUEST, only_if=WITH_USER),
        Blocks(
            "ORC306",
            ETCD,
            "add_member compact create_alarm defragment delete delete_prefix disarm_alarm get get_lease_info hash "
            "lease put remove_member replace revoke_lease snapshot status transaction update_member watch_once "
            "watch_prefix_once",
            ETCD_REQUEST,
        ),
        Blocks("ORC306", "etcd3.Lease", "refresh revoke", ETCD_REQUEST),
        Blocks("ORC306", "etcd3.Lock", "acquire is_acquired refresh release", "a lock in etcd"),
    ),
    iterating=(Blocks("ORC306", " ".join(f"{name}[stream]" for name in ETCD_PAGES.split()), what=ETCD_REQUEST),),
    entering=(Blocks("ORC306", "etcd3.Lock", what="a lock in etcd"),),
    leaving=(Blocks("ORC306", "etcd3.Lock", what="a lock in etcd"),),
    aliases={"etcd3.client.Etcd3Client": ETCD, "etcd3.leases.Lease": "etcd3.Lease", "etcd3.locks.Lock": "etcd3.Lock"},
    returns={
        "etcd3.client": ETCD,
        f"{ETCD}.lease": "etcd3.Lease",
        f"{ETCD}.lock": "etcd3.Lock",
        **{name: f"{name}[stream]" for name in ETCD_PAGES.split()},
    },
)

ZOOKEEPER = "a request to ZooKeeper"
KAZOO_CLIENT = "kazoo.client.KazooClient"
KAZOO_LOCK = "kazoo.recipe.lock.Lock"
KAZOO_RESULT = "kazoo.interfaces.IAsyncResult"

KAZOO = Library(
    source="kazoo: kazoo/client.py, kazoo/recipe/lock.py, kazoo/interfaces.py",
    calls=(
        Blocks(
            "ORC306",
            KAZOO_CLIENT,
            "add_auth command create delete ensure_path exists get get_acls get_children reconfig restart "
            "server_version set set_acls start stop sync",
            ZOOKEEPER,
        ),
        Blocks("ORC306", "kazoo.client.TransactionRequest", "commit", ZOOKEEPER),
        Blocks("ORC306", KAZOO_RESULT, "get wait", ZOOKEEPER, unless=(Argument("block", 0, values=(False,)),)),
        Blocks(
            "ORC306",
            f"{KAZOO_LOCK} kazoo.recipe.lock.Semaphore",
            "acquire release",
            "a lock in ZooKeeper",
        ),
        Blocks("ORC306", KAZOO_LOCK, "contenders", ZOOKEEPER),
        Blocks("ORC306", "kazoo.recipe.lock.Semaphore", "lease_holders", ZOOKEEPER),
    ),
    entering=(Blocks("ORC306", f"{KAZOO_LOCK} kazoo.recipe.lock.Semaphore", what="a lock in ZooKeeper"),),
    leaving=(
        Blocks("ORC306", f"{KAZOO_LOCK} kazoo.recipe.lock.Semaphore", what="a lock in ZooKeeper"),
        Blocks("ORC306", "kazoo.client.TransactionRequest", what=ZOOKEEPER),
    ),
    bases={"kazoo.recipe.lock.ReadLock": KAZOO_LOCK, "kazoo.recipe.lock.WriteLock": KAZOO_LOCK},
    returns={
        f"{KAZOO_CLIENT}.Lock": KAZOO_LOCK,
        f"{KAZOO_CLIENT}.ReadLock": "kazoo.recipe.lock.ReadLock",
        f"{KAZOO_CLIENT}.Semaphore": "kazoo.recipe.lock.Semaphore",
        f"{KAZOO_CLIENT}.WriteLock": "kazoo.recipe.lock.WriteLock",
        f"{KAZOO_CLIENT}.transaction": "kazoo.client.TransactionRequest",
        **each(
            KAZOO_CLIENT,
            "create_async delete_async exists_async get_async get_children_async set_async",
            KAZOO_RESULT,
        ),
    },
)

BROKER = "a request to the message broker"
AMQP = "pika.adapters.blocking_connection.BlockingConnection"
CHANNEL = "pika.adapters.blocking_connection.BlockingChannel"

PIKA = Library(
    source="pika: pika/adapters/blocking_connection.py",
    calls=(
        Blocks("ORC306", AMQP, what="a connection to the message broker"),
        Blocks("ORC306", AMQP, "channel close process_data_events sleep update_secret", BROKER),
        Blocks(
            "ORC306",
            CHANNEL,
            "basic_ack basic_cancel basic_consume basic_get basic_nack basic_publish basic_qos basic_recover "
            "basic_reject cancel close confirm_delivery exchange_bind exchange_declare exchange_delete exchange_unbind "
            "flow queue_bind queue_declare queue_delete queue_purge queue_unbind start_consuming tx_commit tx_rollback "
            "tx_select",
            BROKER,
        ),
    ),
    iterating=(Blocks("ORC306", f"{CHANNEL}.consume[stream]", what=BROKER),),
    leaving=(Blocks("ORC306", f"{AMQP} {CHANNEL}", what=BROKER),),
    aliases={"pika.BlockingConnection": AMQP, "pika.adapters.BlockingConnection": AMQP},
    returns={f"{AMQP}.channel": CHANNEL, f"{CHANNEL}.consume": f"{CHANNEL}.consume[stream]"},
)

STORE = "a request to the object store"

MINIO = Library(
    source="minio: minio/api.py, minio/minioadmin.py",
    calls=(
        Blocks("ORC306", "minio.Minio minio.MinioAdmin", "*", STORE),
        Blocks("ORC306", "minio.Minio", "get_object", STORE),
    ),
    iterating=(Blocks("ORC306", "minio.Minio.list_objects[stream] minio.Minio.remove_objects[stream]", what=STORE),),
    silent=(
        *members("minio.Minio minio.MinioAdmin", "set_app_info trace_off trace_on"),
        *members(
            "minio.Minio",
            "disable_accelerate_endpoint disable_dualstack_endpoint disable_virtual_style_endpoint "
            "enable_accelerate_endpoint enable_dualstack_endpoint enable_virtual_style_endpoint presigned_post_policy",
        ),
    ),
    aliases={"minio.api.Minio": "minio.Minio", "minio.minioadmin.MinioAdmin": "minio.MinioAdmin"},
    returns={
        "minio.Minio.get_object": "urllib3.HTTPResponse[stream]",
        **{f"minio.Minio.{name}": f"minio.Minio.{name}[stream]" for name in ("list_objects", "remove_objects")},
    },
)

CALLABLES = "grpc.StreamUnaryMultiCallable grpc.UnaryUnaryMultiCallable"
RPC = "a remote procedure call"

# Generated stubs hold what a channel's methods give: `self.Check = channel.unary_unary("/authz.Authz/Check")`.
GRPC = Library(
    source="https://grpc.github.io/grpc/python/grpc.html",
    calls=(
        Blocks("ORC306", CALLABLES, "__call__ with_call", RPC),
        Blocks("ORC306", "grpc.Future", "exception result traceback", RPC),
    ),
    iterating=(
        Blocks("ORC306", "grpc.StreamStreamMultiCallable[answer] grpc.UnaryStreamMultiCallable[answer]", what=RPC),
    ),
    returns={
        **each("grpc", "insecure_channel intercept_channel secure_channel", "grpc.Channel"),
        "grpc.channel_ready_future": "grpc.Future",
        "grpc.Channel.stream_stream": "grpc.StreamStreamMultiCallable",
        "grpc.Channel.stream_unary": "grpc.StreamUnaryMultiCallable",
        "grpc.Channel.unary_stream": "grpc.UnaryStreamMultiCallable",
        "grpc.Channel.unary_unary": "grpc.UnaryUnaryMultiCallable",
        **each(CALLABLES, "future", "grpc.Future"),
        **{
            f"grpc.{name}.__call__": f"grpc.{name}[answer]"
            for name in ("StreamStreamMultiCallable", "UnaryStreamMultiCallable")
        },
    },
)

# The databases are read when they are opened; looking something up in them is not counted.
GEOIP2 = Library(
    source="geoip2: geoip2/webservice.py, geoip2/database.py",
    calls=(
        Blocks("ORC306", "geoip2.webservice.Client", "city country insights", "a request to a web service"),
        Blocks("ORC305", "geoip2.database.Reader", what="opening a database file"),
    ),
)

WHOIS = Library(
    source="python-whois: whois/__init__.py",
    calls=(
        Blocks("ORC306", "whois.whois", what="a whois request"),
        Blocks("ORC306", "whois.NICClient", "whois whois_lookup", "a whois request"),
    ),
    aliases={"whois.whois.NICClient": "whois.NICClient"},
)

PYNSO = Library(
    source="https://github.com/workfloworchestrator/pynso-restconf: pynso/client.py",
    calls=(
        Blocks(
            "ORC301",
            "pynso.NSOClient",
            "apply_rollback call_operation create_data_value delete_path exists get_data get_datastore get_rollback"
            " get_rollbacks info set_data_value update_data_value",
        ),
    ),
    aliases={"pynso.client.NSOClient": "pynso.NSOClient"},
)

LIBRARIES = (
    PYTHON_GITLAB,
    PYGITHUB,
    SLACK,
    PHPYPAM,
    JIRA,
    PYNAUTOBOT,
    ZABBIX_CLIENTS,
    INFOBLOX,
    KUBERNETES,
    CONSUL,
    ETCD3,
    KAZOO,
    PIKA,
    MINIO,
    GRPC,
    GEOIP2,
    WHOIS,
    PYNSO,
)
