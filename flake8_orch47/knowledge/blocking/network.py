"""Network and services: ORC306."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Argument, Blocks, Library, each, members

__all__ = ["LIBRARIES"]

SOCKET = Library(
    source="https://docs.python.org/3/library/socket.html",
    calls=(
        Blocks("ORC306", "socket", "create_connection"),
        Blocks(
            "ORC306",
            "socket",
            "getaddrinfo getfqdn gethostbyaddr gethostbyname gethostbyname_ex getnameinfo",
            "a name lookup",
        ),
        Blocks(
            "ORC306",
            "socket.socket",
            "accept connect connect_ex recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into send "
            "sendall sendfile sendmsg sendto",
        ),
        Blocks("ORC306", "ssl.SSLSocket", "do_handshake read unwrap write"),
        Blocks("ORC306", "ssl.get_server_certificate"),
    ),
    bases={"ssl.SSLSocket": "socket.socket"},
    returns={
        "socket.create_connection": "socket.socket",
        "socket.socket": "socket.socket",
        "socket.socket.accept": "tuple[socket.socket, str]",
        "ssl.SSLContext.wrap_socket": "ssl.SSLSocket",
    },
)

WITH_HOST = (Argument("host", 0),)

MAIL = Library(
    source="https://docs.python.org/3/library/smtplib.html",
    calls=(
        Blocks(
            "ORC306",
            "smtplib.SMTP smtplib.SMTP_SSL smtplib.LMTP",
            what="a mail connection",
            only_if=WITH_HOST,
        ),
        Blocks(
            "ORC306",
            "smtplib.SMTP",
            "auth connect data docmd ehlo ehlo_or_helo_if_needed expn getreply helo help login mail noop "
            "quit rcpt rset send send_message sendmail starttls verify vrfy",
            "mail",
        ),
        Blocks("ORC306", "imaplib.IMAP4 imaplib.IMAP4_SSL poplib.POP3 poplib.POP3_SSL", what="a mail connection"),
        Blocks(
            "ORC306",
            "imaplib.IMAP4",
            "append authenticate capability check copy create delete expunge fetch list login logout lsub "
            "noop rename search select sort starttls status store uid",
            "mail",
        ),
        Blocks(
            "ORC306",
            "poplib.POP3",
            "apop capa dele list noop pass_ quit retr rset stat stls top uidl user",
            "mail",
        ),
    ),
    bases={
        "imaplib.IMAP4_SSL": "imaplib.IMAP4",
        "poplib.POP3_SSL": "poplib.POP3",
        "smtplib.LMTP": "smtplib.SMTP",
        "smtplib.SMTP_SSL": "smtplib.SMTP",
    },
)

FTP = Library(
    source="https://docs.python.org/3/library/ftplib.html",
    calls=(
        Blocks("ORC306", "ftplib.FTP ftplib.FTP_TLS", what="an FTP connection", only_if=WITH_HOST),
        Blocks(
            "ORC306",
            "ftplib.FTP",
            "abort connect cwd delete dir login mkd mlsd nlst ntransfercmd pwd quit rename retrbinary "
            "retrlines rmd sendcmd size storbinary storlines transfercmd voidcmd",
            "an FTP command",
        ),
        Blocks("ORC306", "telnetlib.Telnet", what="a telnet connection", only_if=WITH_HOST),
        Blocks("ORC306", "telnetlib.Telnet", "expect interact open read_all read_some read_until write", "telnet"),
    ),
    bases={"ftplib.FTP_TLS": "ftplib.FTP"},
)

DNSPYTHON = Library(
    source="https://dnspython.readthedocs.io/en/stable/resolver-functions.html",
    calls=(
        Blocks(
            "ORC306",
            "dns.resolver",
            "canonical_name query resolve resolve_address resolve_at resolve_name zone_for_name",
            "a name lookup",
        ),
        Blocks(
            "ORC306",
            "dns.resolver.Resolver",
            "canonical_name query resolve resolve_address resolve_name",
            "a name lookup",
        ),
        Blocks("ORC306", "dns.query", "https tcp tls udp udp_with_fallback", "a name lookup"),
    ),
    returns={"dns.resolver.get_default_resolver": "dns.resolver.Resolver"},
)

LDAP_BIND_NOT = ("ldap3.AUTO_BIND_NONE",)

LDAP3 = Library(
    source="https://ldap3.readthedocs.io/en/latest/connection.html",
    calls=(
        Blocks(
            "ORC306",
            "ldap3.Connection",
            what="an LDAP connection",
            only_if=(Argument("auto_bind", 3),),
            unless=(Argument("auto_bind", 3, values=(False, None, "NONE", "DEFAULT"), names=LDAP_BIND_NOT),),
        ),
        Blocks(
            "ORC306",
            "ldap3.Connection",
            "abandon add bind compare delete do_ntlm_bind do_sasl_bind extended modify modify_dn open rebind "
            "refresh_server_info search start_tls",
            "an LDAP operation",
        ),
        Blocks(
            "ORC306",
            "ldap3.extend.StandardExtendedOperations",
            "funnel_search modify_password paged_search persistent_search who_am_i",
            "an LDAP operation",
        ),
        Blocks(
            "ORC306",
            "ldap3.extend.MicrosoftExtendedOperations",
            "add_members_to_groups dir_sync modify_password persistent_search remove_members_from_groups "
            "unlock_account",
            "an LDAP operation",
        ),
        Blocks(
            "ORC306",
            "ldap3.extend.NovellExtendedOperations",
            "add_members_to_groups check_groups_memberships get_bind_dn remove_members_from_groups",
            "an LDAP operation",
        ),
        Blocks(
            "ORC306",
            "ldap3.Reader",
            "search search_level search_object search_paged search_subtree",
            "an LDAP operation",
        ),
        Blocks("ORC306", "ldap3.Writer", "commit refresh_entry", "an LDAP operation"),
        Blocks("ORC306", "ldap3.Server", "check_availability get_info_from_server", "an LDAP operation"),
    ),
    entering=(Blocks("ORC306", "ldap3.Connection", what="an LDAP bind"),),
    aliases={
        "ldap3.abstract.cursor.Reader": "ldap3.Reader",
        "ldap3.abstract.cursor.Writer": "ldap3.Writer",
        "ldap3.core.connection.Connection": "ldap3.Connection",
        "ldap3.core.server.Server": "ldap3.Server",
    },
    attributes={
        "ldap3.Connection.extend": "ldap3.extend.ExtendedOperationsRoot",
        "ldap3.extend.ExtendedOperationsRoot.microsoft": "ldap3.extend.MicrosoftExtendedOperations",
        "ldap3.extend.ExtendedOperationsRoot.novell": "ldap3.extend.NovellExtendedOperations",
        "ldap3.extend.ExtendedOperationsRoot.standard": "ldap3.extend.StandardExtendedOperations",
    },
)

PYTHON_LDAP = Library(
    source="https://www.python-ldap.org/en/latest/reference/ldap.html",
    calls=(
        Blocks(
            "ORC306",
            "ldap.ldapobject.SimpleLDAPObject",
            "add_ext_s add_s bind_s cancel_s compare_ext_s compare_s delete_ext_s delete_s extop_s find_unique_entry "
            "modify_ext_s modify_s modrdn_s passwd_s read_rootdse_s read_s rename_s result result2 result3 result4 "
            "sasl_bind_s sasl_external_bind_s sasl_gssapi_bind_s sasl_interactive_bind_s sasl_non_interactive_bind_s "
            "search_ext_s search_s search_st simple_bind_s start_tls_s unbind_ext_s unbind_s whoami_s",
            "an LDAP operation",
        ),
    ),
    aliases={"ldap.ldapobject.LDAPObject": "ldap.ldapobject.SimpleLDAPObject"},
    bases={"ldap.ldapobject.ReconnectLDAPObject": "ldap.ldapobject.SimpleLDAPObject"},
    returns={"ldap.initialize": "ldap.ldapobject.SimpleLDAPObject"},
)

REDIS_CLIENTS = "redis.Redis redis.RedisCluster"
#: What a client has beside commands.
REDIS_NO_COMMANDS = (
    "close disconnect_connection_pools from_pool from_url get_cache get_connection_kwargs get_default_node "
    "get_encoder get_node get_nodes get_primaries get_random_node get_redis_connection get_replicas "
    "get_retry himport_registry keyspace_notifications load_external_module lock pipeline pubsub "
    "register_script set_default_node set_response_callback set_retry bf cf cms ft json tdigest topk ts "
    "vset"
)
REDIS_MODULES = {
    "bf": "redis.commands.bf.BFBloom",
    "cf": "redis.commands.bf.CFBloom",
    "ft": "redis.commands.search.Search",
    "json": "redis.commands.json.JSON",
    "ts": "redis.commands.timeseries.TimeSeries",
}

REDIS = Library(
    source="https://redis.readthedocs.io/en/stable/commands.html",
    calls=(
        Blocks("ORC306", "redis.RedisCluster redis.RedisCluster.from_url", what="a Redis connection"),
        Blocks("ORC306", REDIS_CLIENTS, "* __contains__ __delitem__ __getitem__ __setitem__", "a Redis command"),
        Blocks("ORC306", "redis.client.Pipeline", "execute load_scripts unwatch watch", "Redis commands"),
        Blocks(
            "ORC306",
            "redis.client.PubSub",
            "execute_command get_message listen ping psubscribe punsubscribe ssubscribe subscribe "
            "sunsubscribe unsubscribe",
            "a Redis command",
        ),
        Blocks("ORC306", "redis.lock.Lock", "acquire extend locked owned reacquire release", "a Redis lock"),
        Blocks("ORC306", "redis.commands.core.Script", "__call__", "a Redis command"),
        Blocks("ORC306", " ".join(REDIS_MODULES.values()), "*", "a Redis command"),
        Blocks("ORC306", "redis.sentinel.Sentinel", "discover_master discover_slaves execute_command"),
    ),
    silent=(
        *members(REDIS_CLIENTS, REDIS_NO_COMMANDS),
        *members(" ".join(REDIS_MODULES.values()), "batch_indexer pipeline"),
    ),
    entering=(Blocks("ORC306", "redis.lock.Lock", what="a Redis lock"),),
    leaving=(Blocks("ORC306", "redis.lock.Lock", what="a Redis lock"),),
    aliases={
        "redis.StrictRedis": "redis.Redis",
        "redis.client.Redis": "redis.Redis",
        "redis.client.StrictRedis": "redis.Redis",
        "redis.cluster.RedisCluster": "redis.RedisCluster",
        "redis.Sentinel": "redis.sentinel.Sentinel",
        "redis.utils.from_url": "redis.from_url",
    },
    returns={
        "redis.from_url": "redis.Redis",
        "redis.Redis.from_pool": "redis.Redis",
        "redis.Redis.from_url": "redis.Redis",
        "redis.RedisCluster.from_url": "redis.RedisCluster",
        **each(REDIS_CLIENTS, "lock", "redis.lock.Lock"),
        **each(REDIS_CLIENTS, "pipeline", "redis.client.Pipeline"),
        **each(REDIS_CLIENTS, "pubsub", "redis.client.PubSub"),
        **each(REDIS_CLIENTS, "register_script", "redis.commands.core.Script"),
        **each("redis.sentinel.Sentinel", "master_for slave_for", "redis.Redis"),
        **{f"redis.Redis.{name}": command for name, command in REDIS_MODULES.items()},
        # The commands of a pipeline are queued and give it back: `pipe.set(...).get(...).execute()`.
        "redis.client.Pipeline.*": "redis.client.Pipeline",
    },
)

REDIS_ASYNCIO = Library(
    source="https://redis.readthedocs.io/en/stable/examples/asyncio_examples.html",
    aliases={
        "redis.asyncio.StrictRedis": "redis.asyncio.Redis",
        "redis.asyncio.client.Redis": "redis.asyncio.Redis",
        "redis.asyncio.client.StrictRedis": "redis.asyncio.Redis",
        "redis.asyncio.cluster.RedisCluster": "redis.asyncio.RedisCluster",
        "redis.asyncio.utils.from_url": "redis.asyncio.from_url",
    },
    returns={
        "redis.asyncio.from_url": "redis.asyncio.Redis",
        "redis.asyncio.Redis.from_url": "redis.asyncio.Redis",
        "redis.asyncio.Redis.pipeline": "redis.asyncio.client.Pipeline",
        "redis.asyncio.Redis.pubsub": "redis.asyncio.client.PubSub",
        "redis.asyncio.Redis.lock": "redis.asyncio.lock.Lock",
    },
    awaitable=(
        "redis.asyncio.Redis.*",
        "redis.asyncio.RedisCluster.*",
        "redis.asyncio.client.Pipeline.execute",
        "redis.asyncio.client.PubSub.get_message",
        "redis.asyncio.lock.Lock.acquire",
        "redis.asyncio.lock.Lock.release",
    ),
    silent=(
        *members(
            "redis.asyncio.Redis redis.asyncio.RedisCluster",
            "from_pool from_url get_connection_kwargs get_encoder lock monitor pipeline pubsub "
            "register_script set_response_callback hscan_iter scan_iter sscan_iter zscan_iter",
        ),
    ),
)

SSH = "an SSH connection"
CHANNEL_FILE = "paramiko.ChannelFile"

PARAMIKO = Library(
    source="https://docs.paramiko.org/en/stable/api/client.html",
    calls=(
        Blocks("ORC306", "paramiko.SSHClient", "connect exec_command invoke_shell open_sftp", SSH),
        Blocks(
            "ORC306",
            "paramiko.Transport",
            "accept auth_interactive auth_none auth_password auth_publickey connect global_request "
            "open_channel open_session open_sftp_client renegotiate_keys start_client start_server",
            SSH,
        ),
        Blocks(
            "ORC306",
            "paramiko.Channel",
            "exec_command invoke_shell invoke_subsystem recv recv_exit_status recv_stderr send send_stderr "
            "sendall sendall_stderr",
            SSH,
        ),
        Blocks(
            "ORC306",
            "paramiko.SFTPClient",
            "chdir chmod chown file from_transport get getfo listdir listdir_attr listdir_iter lstat mkdir "
            "normalize open posix_rename put putfo readlink remove rename rmdir stat symlink truncate "
            "unlink utime",
            "SFTP",
        ),
        Blocks(
            "ORC306",
            "paramiko.ChannelFile paramiko.SFTPFile",
            "flush read readline readlines write writelines",
            SSH,
        ),
        Blocks("ORC306", "scp.SCPClient", "get put putfo", "SCP"),
    ),
    iterating=(Blocks("ORC306", "paramiko.ChannelFile paramiko.SFTPFile", what=SSH),),
    entering=(Blocks("ORC306", "scp.SCPClient", what="SCP"),),
    aliases={
        "paramiko.channel.Channel": "paramiko.Channel",
        "paramiko.channel.ChannelFile": "paramiko.ChannelFile",
        "paramiko.client.SSHClient": "paramiko.SSHClient",
        "paramiko.sftp_client.SFTPClient": "paramiko.SFTPClient",
        "paramiko.sftp_file.SFTPFile": "paramiko.SFTPFile",
        "paramiko.transport.Transport": "paramiko.Transport",
    },
    returns={
        "paramiko.SSHClient.exec_command": f"tuple[{CHANNEL_FILE}, {CHANNEL_FILE}, {CHANNEL_FILE}]",
        "paramiko.SSHClient.get_transport": "paramiko.Transport",
        "paramiko.SSHClient.invoke_shell": "paramiko.Channel",
        "paramiko.SSHClient.open_sftp": "paramiko.SFTPClient",
        "paramiko.SFTPClient.from_transport": "paramiko.SFTPClient",
        "paramiko.SFTPClient.file": "paramiko.SFTPFile",
        "paramiko.SFTPClient.open": "paramiko.SFTPFile",
        "paramiko.Transport.open_channel": "paramiko.Channel",
        "paramiko.Transport.open_session": "paramiko.Channel",
        "paramiko.Transport.open_sftp_client": "paramiko.SFTPClient",
    },
    attributes={"paramiko.ChannelFile.channel": "paramiko.Channel"},
)

NETMIKO = Library(
    source="https://ktbyers.github.io/netmiko/docs/netmiko/index.html",
    calls=(
        Blocks(
            "ORC306",
            "netmiko.ConnectHandler netmiko.BaseConnection",
            what=SSH,
            unless=(Argument("auto_connect", None, values=(False,)),),
        ),
        Blocks("ORC306", "netmiko.ConnLogOnly netmiko.ConnUnify netmiko.SSHDetect", what=SSH),
        Blocks("ORC306", "netmiko.SSHDetect", "autodetect", SSH),
        Blocks("ORC306", "netmiko.file_transfer netmiko.redispatch", what=SSH),
        Blocks(
            "ORC306",
            "netmiko.BaseConnection",
            "check_config_mode check_enable_mode cleanup clear_buffer commit config_mode disable_paging "
            "disconnect enable establish_connection exit_config_mode exit_enable_mode find_prompt is_alive "
            "read_channel read_channel_timing read_until_pattern read_until_prompt "
            "read_until_prompt_or_pattern save_config send_command send_command_expect send_command_timing "
            "send_config_from_file send_config_set send_multiline send_multiline_timing session_preparation "
            "set_base_prompt write_channel",
            SSH,
        ),
    ),
    aliases={
        "netmiko.Netmiko": "netmiko.ConnectHandler",
        "netmiko.base_connection.BaseConnection": "netmiko.BaseConnection",
        "netmiko.ssh_autodetect.SSHDetect": "netmiko.SSHDetect",
        "netmiko.ssh_dispatcher.ConnectHandler": "netmiko.ConnectHandler",
    },
    bases={"netmiko.cisco_base_connection.CiscoBaseConnection": "netmiko.BaseConnection"},
    returns=each("netmiko", "ConnLogOnly ConnUnify ConnectHandler", "netmiko.BaseConnection"),
)

NETCONF = "a NETCONF operation"

NCCLIENT = Library(
    source="https://ncclient.readthedocs.io/en/latest/manager.html",
    calls=(
        Blocks(
            "ORC306",
            "ncclient.manager",
            "call_home connect connect_ioproc connect_ssh connect_tls connect_uds",
            "a NETCONF connection",
        ),
        Blocks(
            "ORC306",
            "ncclient.manager.Manager",
            "cancel_commit close_session commit copy_config create_subscription delete_config "
            "discard_changes dispatch edit_config execute get get_config get_schema kill_session lock "
            "poweroff_machine reboot_machine rpc take_notification unlock validate",
            NETCONF,
        ),
    ),
    entering=(Blocks("ORC306", "ncclient.operations.lock.LockContext", what=NETCONF),),
    leaving=(
        Blocks("ORC306", "ncclient.operations.lock.LockContext", what=NETCONF),
        Blocks("ORC306", "ncclient.manager.Manager", what=NETCONF),
    ),
    returns={
        "ncclient.manager.Manager.locked": "ncclient.operations.lock.LockContext",
        **each(
            "ncclient.manager",
            "call_home connect connect_ioproc connect_ssh connect_tls connect_uds",
            "ncclient.manager.Manager",
        ),
    },
)

DRIVER = "napalm.base.base.NetworkDriver"

NAPALM = Library(
    source="https://napalm.readthedocs.io/en/latest/base.html",
    calls=(
        Blocks(
            "ORC306",
            DRIVER,
            "cli commit_config compare_config compliance_report confirm_commit connection_tests "
            "discard_config get_arp_table get_bgp_config get_bgp_neighbors get_bgp_neighbors_detail "
            "get_config get_environment get_facts get_firewall_policies get_interfaces "
            "get_interfaces_counters get_interfaces_ip get_ipv6_neighbors_table get_lldp_neighbors "
            "get_lldp_neighbors_detail get_mac_address_table get_network_instances get_ntp_peers "
            "get_ntp_servers get_ntp_stats get_optics get_probes_config get_probes_results get_route_to "
            "get_snmp_information get_users get_vlans has_pending_commit is_alive load_merge_candidate "
            "load_replace_candidate load_template open ping rollback traceroute",
            "a request to a network device",
        ),
    ),
    entering=(Blocks("ORC306", DRIVER, what="a request to a network device"),),
    aliases={
        "napalm.base.NetworkDriver": DRIVER,
        "napalm.base.get_network_driver": "napalm.get_network_driver",
    },
    bases=each(
        "napalm.eos.EOSDriver napalm.ios.IOSDriver napalm.iosxr.IOSXRDriver napalm.junos.JunOSDriver "
        "napalm.nxos.NXOSDriver napalm.nxos_ssh.NXOSSSHDriver",
        "",
        DRIVER,
    ),
    returns={"napalm.get_network_driver": f"type[{DRIVER}]"},
)

NETBOX = "a NetBox request"
ENDPOINT = "pynetbox.core.endpoint.Endpoint"
RECORD = "pynetbox.core.response.Record"
DETAIL = "pynetbox.core.endpoint.DetailEndpoint"

PYNETBOX = Library(
    source="https://pynetbox.readthedocs.io/en/latest/endpoint.html",
    calls=(
        Blocks("ORC306", ENDPOINT, "all choices count create delete filter get update", NETBOX),
        Blocks("ORC306", DETAIL, "create list", NETBOX),
        Blocks("ORC306", RECORD, "delete full_details save update", NETBOX),
        Blocks("ORC306", "pynetbox.core.response.RecordSet", "delete update", NETBOX),
        Blocks("ORC306", "pynetbox.core.api.Api", "create_token openapi status", NETBOX),
        Blocks("ORC306", "pynetbox.core.app.App", "config", NETBOX),
        Blocks("ORC306", "pynetbox.core.app.PluginsApp", "installed_plugins", NETBOX),
    ),
    aliases={"pynetbox.Api": "pynetbox.core.api.Api", "pynetbox.api": "pynetbox.core.api.Api"},
    bases={"pynetbox.core.endpoint.RODetailEndpoint": DETAIL},
    returns={
        **each(ENDPOINT, "create get", RECORD),
        **each(ENDPOINT, "all filter", "pynetbox.core.response.RecordSet"),
        "pynetbox.core.app.App.endpoint": ENDPOINT,
    },
    # `api.dcim.devices`, `api.plugins.bgp.sessions`: any name that is asked for is an app or an endpoint.
    attributes={
        **each("pynetbox.core.api.Api", "base_url http_session token version", "str"),
        "pynetbox.core.api.Api.http_session": "requests.Session",
        "pynetbox.core.api.Api.plugins": "pynetbox.core.app.PluginsApp",
        "pynetbox.core.api.Api.*": "pynetbox.core.app.App",
        "pynetbox.core.app.App.*": ENDPOINT,
        "pynetbox.core.app.PluginsApp.*": "pynetbox.core.app.App",
        **each(RECORD, "available_asns available_ips available_prefixes available_vlans", DETAIL),
    },
    elements={"pynetbox.core.response.RecordSet": RECORD},
)

RESOURCE = "boto3.resources.base.ServiceResource"
COLLECTIONS = "boto3.resources.collection.CollectionManager boto3.resources.collection.ResourceCollection"
AWS = "an AWS request"

BOTO3 = Library(
    source="https://boto3.amazonaws.com/v1/documentation/api/latest/reference/core/session.html",
    calls=(
        Blocks("ORC306", "botocore.client.BaseClient", "*", AWS),
        Blocks("ORC306", "botocore.paginate.PageIterator", "build_full_result", AWS),
        Blocks("ORC306", "botocore.waiter.Waiter", "wait", AWS),
        Blocks(
            "ORC306",
            RESOURCE,
            "batch_get_item batch_write_item change_message_visibility copy copy_from create_bucket "
            "create_queue create_table create_topic delete delete_item delete_message delete_messages "
            "delete_objects download_file download_fileobj get get_item get_queue_by_name "
            "initiate_multipart_upload load purge put put_item put_object publish query receive_messages "
            "reload scan send_message send_messages subscribe update_item upload_file upload_fileobj "
            "wait_until_exists wait_until_not_exists",
            AWS,
        ),
    ),
    silent=tuple(
        members(
            "botocore.client.BaseClient",
            "can_paginate close generate_presigned_post generate_presigned_url get_paginator get_waiter",
        )
    ),
    iterating=(Blocks("ORC306", f"botocore.paginate.PageIterator {COLLECTIONS}", what=AWS),),
    aliases={"boto3.session.Session": "boto3.Session"},
    returns={
        **each("boto3 boto3.Session", "client", "botocore.client.BaseClient"),
        **each("boto3 boto3.Session", "resource", RESOURCE),
        "botocore.client.BaseClient.get_paginator": "botocore.paginate.Paginator",
        "botocore.client.BaseClient.get_waiter": "botocore.waiter.Waiter",
        "botocore.paginate.Paginator.paginate": "botocore.paginate.PageIterator",
        **each(
            RESOURCE,
            "Bucket BucketPolicy Image Instance Message Object ObjectSummary ObjectVersion Queue Role "
            "SecurityGroup Snapshot Stack Subnet Subscription Table Topic User Volume Vpc",
            RESOURCE,
        ),
        **each(COLLECTIONS, "all filter limit page_size", "boto3.resources.collection.ResourceCollection"),
    },
    attributes=each(
        RESOURCE,
        "buckets images instances messages multipart_uploads object_versions objects queues security_groups "
        "snapshots stacks subnets subscriptions tables topics users volumes vpcs",
        "boto3.resources.collection.CollectionManager",
    ),
    elements=each(COLLECTIONS, "", RESOURCE),
)

LIBRARIES = (
    SOCKET,
    MAIL,
    FTP,
    DNSPYTHON,
    LDAP3,
    PYTHON_LDAP,
    REDIS,
    REDIS_ASYNCIO,
    PARAMIKO,
    NETMIKO,
    NCCLIENT,
    NAPALM,
    PYNETBOX,
    BOTO3,
)
