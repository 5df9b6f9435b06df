"""Network devices, beside what `network.py` says of SSH and NETCONF: ORC306."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Argument, Blocks, Library, each, members

__all__ = ["LIBRARIES"]

DEVICE = "a request to a network device"

PYEZ_DEVICES = "jnpr.junos.Console jnpr.junos.Device"
RPC = "jnpr.junos.rpcmeta._RpcMetaExec"
FACTS = "jnpr.junos.factcache._FactCache"
CONFIG = "jnpr.junos.utils.config.Config"
SHELL = "jnpr.junos.utils.start_shell.StartShell"

# A device connects when it is opened. Each fact is fetched when it is first looked at.
PYEZ = Library(
    source="junos-eznc: jnpr/junos/device.py, jnpr/junos/factcache.py, jnpr/junos/rpcmeta.py",
    calls=(
        Blocks(
            "ORC306",
            PYEZ_DEVICES,
            "cli cli_to_rpc_string close display_xml_rpc execute facts_refresh open probe",
            DEVICE,
        ),
        Blocks("ORC306", RPC, "*", DEVICE),
        Blocks("ORC306", FACTS, "__contains__ __getitem__ get items values", DEVICE),
        Blocks(
            "ORC306",
            CONFIG,
            "commit commit_check diff load lock pdiff rescue rollback unlock",
            DEVICE,
        ),
        Blocks(
            "ORC306",
            "jnpr.junos.utils.fs.FS",
            "cat checksum cp directory_usage ls mkdir mv pwd rm rmdir stat storage_cleanup storage_cleanup_check "
            "storage_usage symlink tgz",
            DEVICE,
        ),
        Blocks("ORC306", SHELL, "open run send wait_for", DEVICE),
        Blocks(
            "ORC306",
            "jnpr.junos.utils.sw.SW",
            "halt install pkgadd poweroff put reboot remote_checksum rollback safe_copy validate",
            DEVICE,
        ),
    ),
    entering=(Blocks("ORC306", f"{PYEZ_DEVICES} {CONFIG} {SHELL}", what=DEVICE),),
    leaving=(Blocks("ORC306", f"{PYEZ_DEVICES} {CONFIG}", what=DEVICE),),
    aliases={"jnpr.junos.console.Console": "jnpr.junos.Console", "jnpr.junos.device.Device": "jnpr.junos.Device"},
    attributes={**each(PYEZ_DEVICES, "rpc", RPC), **each(PYEZ_DEVICES, "facts", FACTS)},
)

DRIVER = "scrapli.driver.Driver"
NETWORK_DRIVER = "scrapli.driver.NetworkDriver"
_CLI = (
    "close enter_mode execute_on_open_callback get_prompt open read_with_callbacks send_input send_inputs "
    "send_inputs_from_file send_prompted_input"
)
_NETCONF = (
    "action cancel_commit close close_session commit copy_config delete_config discard edit_config edit_data get "
    "get_config get_data get_schema kill_session lock open raw_rpc unlock validate"
)

# Drivers until 2025; `Cli` and `Netconf`, which have asynchronous methods too, since.
SCRAPLI = Library(
    source="scrapli: scrapli/driver/network/sync_driver.py, scrapli/cli.py, scrapli/netconf.py",
    calls=(
        Blocks("ORC306", DRIVER, "close commandeer open", DEVICE),
        Blocks(
            "ORC306",
            "scrapli.driver.GenericDriver",
            "get_prompt read_callback send_and_read send_command send_commands send_commands_from_file "
            "send_interactive",
            DEVICE,
        ),
        Blocks("ORC306", NETWORK_DRIVER, "acquire_priv send_config send_configs send_configs_from_file", DEVICE),
        Blocks("ORC306", "scrapli.Cli", _CLI, DEVICE),
        Blocks("ORC306", "scrapli.Netconf", _NETCONF, DEVICE),
    ),
    entering=(Blocks("ORC306", f"{DRIVER} scrapli.Cli scrapli.Netconf", what=DEVICE),),
    leaving=(Blocks("ORC306", f"{DRIVER} scrapli.Cli scrapli.Netconf", what=DEVICE),),
    awaitable=(
        *members("scrapli.Cli", " ".join(f"{name}_async" for name in _CLI.split())),
        *members("scrapli.Netconf", " ".join(f"{name}_async" for name in _NETCONF.split())),
    ),
    aliases={
        "scrapli.cli.Cli": "scrapli.Cli",
        "scrapli.driver.base.Driver": DRIVER,
        "scrapli.driver.base.sync_driver.Driver": DRIVER,
        "scrapli.driver.generic.GenericDriver": "scrapli.driver.GenericDriver",
        "scrapli.driver.network.NetworkDriver": NETWORK_DRIVER,
        "scrapli.factory.Scrapli": "scrapli.Scrapli",
        "scrapli.netconf.Netconf": "scrapli.Netconf",
    },
    bases={
        "scrapli.driver.GenericDriver": DRIVER,
        NETWORK_DRIVER: "scrapli.driver.GenericDriver",
        "scrapli.Scrapli": NETWORK_DRIVER,
        **each("scrapli.driver.core", "EOSDriver IOSXEDriver IOSXRDriver JunosDriver NXOSDriver", NETWORK_DRIVER),
    },
)

NODE = "pyeapi.client.Node"
EAPI = "pyeapi.eapilib.EapiConnection"

# `connect(...)` opens nothing; it gives a node or, without `return_node`, the connection below.
PYEAPI = Library(
    source="pyeapi: pyeapi/client.py, pyeapi/eapilib.py",
    calls=(
        Blocks("ORC306", NODE, "abort commit config diff enable get_config run_commands section", DEVICE),
        Blocks("ORC306", EAPI, "execute send", DEVICE),
        # `node.api("vlans")` gives an object all of whose methods ask or tell the device.
        Blocks("ORC306", "pyeapi.api.abstract.EntityCollection", "*", DEVICE),
    ),
    silent=("pyeapi.api.abstract.EntityCollection.command_builder",),
    bases={f"{NODE}[any]": f"{NODE} {EAPI}"},
    aliases={"pyeapi.client.connect": "pyeapi.connect", "pyeapi.client.connect_to": "pyeapi.connect_to"},
    returns={
        "pyeapi.connect": f"{NODE}[any]",
        "pyeapi.connect_to": NODE,
        f"{NODE}.api": "pyeapi.api.abstract.EntityCollection",
    },
    attributes={f"{NODE}.connection": EAPI},
)

PAN_OBJECT = "panos.base.PanObject"
PAN_DEVICE = "panos.base.PanDevice"

# A firewall asks for its API key with the first request.
PANOS = Library(
    source="pan-os-python: panos/base.py, panos/firewall.py, panos/panorama.py, panos/userid.py",
    calls=(
        Blocks(
            "ORC306",
            PAN_OBJECT,
            "apply apply_similar create create_similar delete delete_similar move refresh refresh_variable refreshall "
            "rename update",
            DEVICE,
        ),
        Blocks(
            "ORC306",
            PAN_DEVICE,
            "add_commit_lock add_config_lock check_commit_locks check_config_locks clock commit config_synced "
            "get_device_version op pending_changes refresh_ha_active refresh_system_info refresh_version "
            "remove_all_locks remove_commit_lock remove_config_lock request_license_info restart set_dns_servers "
            "set_hostname set_ntp_servers show_highavailability_state show_system_info syncjob synchronize_config "
            "test_security_policy_match whoami",
            DEVICE,
        ),
        Blocks(
            "ORC306",
            "panos.firewall.Firewall",
            "commit_device_and_network commit_policy_and_objects create_vsys",
            DEVICE,
        ),
        Blocks("ORC306", "panos.panorama.Panorama", "commit_all refresh_devices", DEVICE),
        Blocks(
            "ORC306",
            "panos.userid.UserId",
            "clear_registered_ip get_group_members get_groups get_registered_ip get_user_tags login logins logout "
            "logouts register send set_group tag_user unregister untag_user",
            DEVICE,
        ),
    ),
    bases={
        PAN_DEVICE: PAN_OBJECT,
        "panos.firewall.Firewall": PAN_DEVICE,
        "panos.panorama.Panorama": PAN_DEVICE,
        **each("panos.objects", "AddressGroup AddressObject ServiceGroup ServiceObject Tag", PAN_OBJECT),
        **each("panos.policies", "NatRule PostRulebase PreRulebase Rulebase SecurityRule", PAN_OBJECT),
        **each("panos.network", "EthernetInterface StaticRoute VirtualRouter Vlan Zone", PAN_OBJECT),
        **each("panos.panorama", "DeviceGroup Template TemplateStack", PAN_OBJECT),
        "panos.device.Administrator": PAN_OBJECT,
        "panos.device.SystemSettings": PAN_OBJECT,
        "panos.device.Vsys": PAN_OBJECT,
    },
    attributes=each("panos.base.PanDevice", "userid", "panos.userid.UserId"),
)

ROUTER_PATH = "librouteros.api.Path"

# An answer is read while it is iterated: `tuple(path("print"))`.
ROUTEROS = Library(
    source="librouteros: librouteros/__init__.py, librouteros/api.py, librouteros/query.py",
    calls=(
        Blocks("ORC306", "librouteros.connect", what=DEVICE),
        Blocks("ORC306", ROUTER_PATH, "add remove update", DEVICE),
    ),
    iterating=(Blocks("ORC306", f"{ROUTER_PATH} {ROUTER_PATH}[answer] librouteros.query.Query", what=DEVICE),),
    aliases={"librouteros.Api": "librouteros.api.Api"},
    returns={
        "librouteros.connect": "librouteros.api.Api",
        **each("librouteros.api.Api", "__call__ rawCmd", f"{ROUTER_PATH}[answer]"),
        "librouteros.api.Api.path": ROUTER_PATH,
        f"{ROUTER_PATH}.__call__": f"{ROUTER_PATH}[answer]",
        f"{ROUTER_PATH}.join": ROUTER_PATH,
        f"{ROUTER_PATH}.select": "librouteros.query.Query",
        "librouteros.query.Query.where": "librouteros.query.Query",
    },
)

SNMP = "an SNMP request"
SNMP_COMMANDS = (
    "pysnmp.hlapi.bulkCmd pysnmp.hlapi.getCmd pysnmp.hlapi.nextCmd pysnmp.hlapi.sendNotification pysnmp.hlapi.setCmd "
    "puresnmp.bulkwalk puresnmp.multiwalk puresnmp.walk"
)

# Of pysnmp 4 and puresnmp 1; their successors are asynchronous. Commands of pysnmp are sent when they are iterated.
SNMP_MANAGERS = Library(
    source="pysnmp 4.4: pysnmp/hlapi/asyncore/sync; puresnmp 1.11: puresnmp/api; easysnmp: easysnmp/session.py",
    calls=(
        Blocks("ORC306", "puresnmp", "bulkget bulktable get getnext multiget multigetnext multiset set table", SNMP),
        Blocks(
            "ORC306",
            "easysnmp",
            "snmp_get snmp_get_bulk snmp_get_next snmp_set snmp_set_multiple snmp_walk",
            SNMP,
        ),
        Blocks("ORC306", "easysnmp.Session", "get get_bulk get_next set set_multiple walk", SNMP),
    ),
    iterating=(Blocks("ORC306", " ".join(f"{name}[stream]" for name in SNMP_COMMANDS.split()), what=SNMP),),
    aliases={
        "easysnmp.session.Session": "easysnmp.Session",
        "pysnmp.hlapi.asyncore.sync": "pysnmp.hlapi",
        "pysnmp.hlapi.asyncore": "pysnmp.hlapi",
    },
    returns={name: f"{name}[stream]" for name in SNMP_COMMANDS.split()},
)

NORNIR_HOST = "nornir.core.inventory.Host"
NORNIR_HUB = "nornir.core.Nornir"

# The tasks run in the runner's threads, and `run` waits for them.
NORNIR = Library(
    source="nornir: nornir/init_nornir.py, nornir/core/__init__.py, nornir/core/inventory.py",
    calls=(
        Blocks("ORC305", "nornir.InitNornir", what="reading an inventory"),
        Blocks("ORC306", NORNIR_HUB, "close_connections run", "tasks on network devices"),
        Blocks("ORC306", NORNIR_HOST, "close_connection close_connections get_connection open_connection", DEVICE),
    ),
    leaving=(Blocks("ORC306", NORNIR_HUB, what="tasks on network devices"),),
    aliases={"nornir.init_nornir.InitNornir": "nornir.InitNornir"},
    returns={
        "nornir.InitNornir": NORNIR_HUB,
        **each(NORNIR_HUB, "filter with_processors with_runner", NORNIR_HUB),
    },
)

TELNET = "telnetlib3.sync.TelnetConnection"

TELNETLIB3 = Library(
    source="telnetlib3: telnetlib3/sync.py, telnetlib3/telnetlib.py",
    calls=(
        Blocks("ORC306", TELNET, "connect flush read read_some read_until readline wait_for", "telnet"),
        Blocks(
            "ORC306",
            "telnetlib3.telnetlib.Telnet",
            what="a telnet connection",
            only_if=(Argument("host", 0),),
        ),
        Blocks(
            "ORC306",
            "telnetlib3.telnetlib.Telnet",
            "expect interact open read_all read_some read_until write",
            "telnet",
        ),
    ),
    entering=(Blocks("ORC306", TELNET, what="a telnet connection"),),
    aliases={"telnetlib3.Telnet": "telnetlib3.telnetlib.Telnet", "telnetlib3.TelnetConnection": TELNET},
    awaitable=("telnetlib3.open_connection",),
)

LIBRARIES = (PYEZ, SCRAPLI, PYEAPI, PANOS, ROUTEROS, SNMP_MANAGERS, NORNIR, TELNETLIB3)
