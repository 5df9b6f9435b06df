"""Who somebody is and what they may do, asked of an identity provider, a vault or a policy engine: ORC301."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Argument, Blocks, Library, each, members

__all__ = ["LIBRARIES"]

_OPENID = """
    auth_url certs device entitlement exchange_token get_permissions get_policies has_uma_access introspect
    logout public_key refresh_token register_client token uma_permissions update_client userinfo well_known
"""
_ADMIN = """
    assign_client_role assign_realm_roles create_client create_group create_user delete_client delete_group
    delete_user disable_user enable_user get_all_roles_of_user get_client get_client_id get_client_role
    get_client_role_groups get_client_role_members get_client_roles get_client_roles_of_user get_clients
    get_composite_client_roles_of_user get_composite_realm_roles_of_user get_current_realm get_group
    get_group_by_path get_group_children get_group_client_roles get_group_members get_group_realm_roles
    get_groups get_realm get_realm_role get_realm_role_groups get_realm_role_members get_realm_roles
    get_realm_roles_of_user get_realms get_sessions get_user get_user_groups get_user_id
    get_user_organizations get_users group_user_add group_user_remove set_user_password update_group
    update_user user_logout users_count
"""
_UMA = """
    permission_ticket_create permissions_check policy_query resource_set_create resource_set_list
    resource_set_list_ids resource_set_read resource_set_update uma_well_known
"""

KEYCLOAK = Library(
    source="https://python-keycloak.readthedocs.io/en/latest/reference/index.html",
    calls=(
        Blocks("ORC301", "keycloak.KeycloakOpenID", _OPENID, "a request to Keycloak"),
        Blocks(
            "ORC301",
            "keycloak.KeycloakOpenID",
            "decode_token",
            "a request to Keycloak for its keys",
            unless=(Argument("key"), Argument("validate", 1, values=(False,))),
        ),
        Blocks("ORC301", "keycloak.KeycloakAdmin", _ADMIN, "a request to Keycloak"),
        Blocks("ORC301", "keycloak.KeycloakUMA", _UMA, "a request to Keycloak"),
    ),
    aliases={
        "keycloak.keycloak_admin.KeycloakAdmin": "keycloak.KeycloakAdmin",
        "keycloak.keycloak_openid.KeycloakOpenID": "keycloak.KeycloakOpenID",
        "keycloak.keycloak_uma.KeycloakUMA": "keycloak.KeycloakUMA",
    },
    # Every method has an asynchronous twin: `a_userinfo`.
    awaitable=(
        *members("keycloak.KeycloakOpenID", " ".join(f"a_{name}" for name in [*_OPENID.split(), "decode_token"])),
        *members("keycloak.KeycloakAdmin", " ".join(f"a_{name}" for name in _ADMIN.split())),
        *members("keycloak.KeycloakUMA", " ".join(f"a_{name}" for name in _UMA.split())),
    ),
)

_TOKENS = "fetch_token introspect_token refresh_token revoke_token"

AUTHLIB = Library(
    source="https://docs.authlib.org/en/latest/client/oauth2.html",
    calls=(
        Blocks("ORC301", "authlib.integrations.requests_client.OAuth2Session", f"fetch_access_token {_TOKENS}"),
        Blocks("ORC301", "authlib.integrations.httpx_client.OAuth2Client", _TOKENS),
    ),
    aliases={
        "authlib.integrations.httpx_client.oauth2_client": "authlib.integrations.httpx_client",
        "authlib.integrations.requests_client.oauth2_session": "authlib.integrations.requests_client",
    },
    bases={
        "authlib.integrations.httpx_client.AsyncOAuth2Client": "httpx.AsyncClient",
        "authlib.integrations.httpx_client.OAuth2Client": "httpx.Client",
        "authlib.integrations.requests_client.OAuth2Session": "requests.Session",
    },
    awaitable=(*members("authlib.integrations.httpx_client.AsyncOAuth2Client", _TOKENS),),
)

MSAL = Library(
    source="https://learn.microsoft.com/en-us/python/api/msal/msal.application",
    calls=(
        Blocks(
            "ORC301",
            "msal.ClientApplication",
            "acquire_token_by_auth_code_flow acquire_token_by_authorization_code acquire_token_by_refresh_token "
            "acquire_token_by_username_password",
            "a request for a token",
        ),
        Blocks(
            "ORC301",
            "msal.ConfidentialClientApplication",
            "acquire_token_for_client acquire_token_on_behalf_of",
            "a request for a token",
        ),
        Blocks(
            "ORC301",
            "msal.PublicClientApplication",
            "acquire_token_by_device_flow acquire_token_interactive initiate_device_flow",
            "a request for a token",
        ),
    ),
    bases={
        "msal.ConfidentialClientApplication": "msal.ClientApplication",
        "msal.PublicClientApplication": "msal.ClientApplication",
    },
    aliases={"msal.application": "msal"},
)

VAULT = "a request to Vault"
VAULT_API = "hvac.api.vault_api_base.VaultApiBase"

# `client.secrets.kv.v2.read_secret(...)`, `client.auth.ldap.login(...)`: every method of a backend is a request.
HVAC = Library(
    source="hvac: hvac/v1/__init__.py, hvac/api",
    calls=(
        Blocks(
            "ORC301",
            "hvac.Client",
            "auth_cubbyhole delete get_policy is_authenticated list login logout lookup_token read renew_token "
            "revoke_token write write_data",
            VAULT,
        ),
        Blocks("ORC301", VAULT_API, "*", VAULT),
    ),
    aliases={"hvac.v1.Client": "hvac.Client"},
    bases={"hvac.api.SystemBackend": VAULT_API, "hvac.api.secrets_engines.Kv": VAULT_API},
    attributes={
        "hvac.Client.auth": "hvac.api.AuthMethods",
        "hvac.Client.secrets": "hvac.api.SecretsEngines",
        "hvac.Client.session": "requests.Session",
        "hvac.Client.sys": "hvac.api.SystemBackend",
        "hvac.api.AuthMethods.*": VAULT_API,
        "hvac.api.SecretsEngines.kv": "hvac.api.secrets_engines.Kv",
        "hvac.api.SecretsEngines.*": VAULT_API,
        **each("hvac.api.secrets_engines.Kv", "v1 v2", VAULT_API),
    },
)

OPA = Library(
    source="opa-python-client: opa_client/opa.py",
    calls=(
        Blocks(
            "ORC301",
            "opa_client.OpaClient",
            "ad_hoc_query bulk_query_rule check_connection check_health compile_query delete_data delete_policy "
            "get_config get_data get_metrics get_policies_info get_policies_list get_policy get_status patch_data "
            "policy_to_file query_rule update_or_create_data update_policy_from_file update_policy_from_string "
            "update_policy_from_url wait_for_ready",
            "a request to Open Policy Agent",
        ),
    ),
    aliases={"opa_client.opa.OpaClient": "opa_client.OpaClient"},
    returns={"opa_client.create_opa_client": "opa_client.OpaClient"},
)

ENFORCERS = "casbin.Enforcer casbin.SyncedEnforcer"
ADAPTER = "casbin_sqlalchemy_adapter.Adapter"

# An enforcer reads its model and its policy when it is made; `enforce` works in memory.
CASBIN = Library(
    source="casbin: casbin/core_enforcer.py; casbin-sqlalchemy-adapter: casbin_sqlalchemy_adapter/adapter.py",
    calls=(
        Blocks("ORC305", ENFORCERS, what="reading a policy", only_if=(Argument("model", 0),)),
        Blocks("ORC305", ENFORCERS, "load_filtered_policy load_model load_policy save_policy", "reading a policy"),
        Blocks(
            "ORC302",
            ADAPTER,
            unless=(Argument("create_all_models", 4, values=(False,)),),
        ),
        Blocks(
            "ORC302",
            ADAPTER,
            "add_policies add_policy load_filtered_policy load_policy remove_filtered_policy remove_policies "
            "remove_policy save_policy update_filtered_policies update_policies update_policy",
        ),
    ),
    aliases={
        "casbin.enforcer.Enforcer": "casbin.Enforcer",
        "casbin.synced_enforcer.SyncedEnforcer": "casbin.SyncedEnforcer",
        "casbin_sqlalchemy_adapter.adapter.Adapter": ADAPTER,
    },
    bases={"casbin.DistributedEnforcer": "casbin.SyncedEnforcer", "casbin.FastEnforcer": "casbin.Enforcer"},
)

DOMAIN = "ms_active_directory.ADDomain"
DIRECTORY = "a request to Active Directory"
SESSION = "ms_active_directory.ADSession"

ACTIVE_DIRECTORY = Library(
    source="ms-active-directory: ms_active_directory/core/ad_domain.py, ms_active_directory/core/ad_session.py",
    calls=(
        Blocks(
            "ORC306",
            DOMAIN,
            what="a name lookup",
            # Those of LDAP are looked up as well as those of Kerberos: who leaves out the latter gives the former.
            unless=(Argument("kerberos_uris", 3), Argument("discover_kerberos_servers", None, values=(False,))),
        ),
        Blocks(
            "ORC306",
            DOMAIN,
            "create_ldap_connection_as_computer create_ldap_connection_as_user create_session_as_computer "
            "create_session_as_user find_current_time find_functional_level find_netbios_name find_sid "
            "find_supported_sasl_mechanisms find_trusted_domains is_close_in_time_to_localhost join "
            "refresh_kerberos_server_discovery refresh_ldap_server_discovery",
            DIRECTORY,
        ),
        Blocks("ORC306", SESSION, "*", DIRECTORY),
    ),
    silent=tuple(
        members(
            SESSION,
            "get_current_server_uri get_domain get_domain_dns_name get_domain_search_base get_ldap_connection "
            "get_search_paging_size get_trusted_domain_cache_lifetime_seconds is_anonymous is_authenticated "
            "is_encrypted is_open is_thread_safe set_domain_search_base set_search_paging_size "
            "set_trusted_domain_cache_lifetime_seconds",
        )
    ),
    aliases={
        "ms_active_directory.core.ad_domain.ADDomain": DOMAIN,
        "ms_active_directory.core.ad_session.ADSession": SESSION,
    },
    returns={
        **each(DOMAIN, "create_ldap_connection_as_computer create_ldap_connection_as_user", "ldap3.Connection"),
        **each(DOMAIN, "create_session_as_computer create_session_as_user", SESSION),
        f"{SESSION}.get_domain": DOMAIN,
        f"{SESSION}.get_ldap_connection": "ldap3.Connection",
    },
)

# What asks another server goes through `send`; requests for a browser are only put together.
PYSAML2 = Library(
    source="pysaml2: saml2/client.py, saml2/httpbase.py",
    calls=(
        Blocks("ORC301", "saml2.httpbase.HTTPBase", "send send_using_soap"),
        Blocks(
            "ORC301",
            "saml2.client.Saml2Client",
            "do_assertion_id_request do_attribute_query do_authn_query do_authz_decision_query do_logout global_logout",
        ),
        Blocks("ORC305", "saml2.config.Config", "load_file"),
    ),
    bases={
        "saml2.client.Saml2Client": "saml2.httpbase.HTTPBase",
        "saml2.config.IdPConfig": "saml2.config.Config",
        "saml2.config.SPConfig": "saml2.config.Config",
    },
)

LIBRARIES = (KEYCLOAK, AUTHLIB, MSAL, HVAC, OPA, CASBIN, ACTIVE_DIRECTORY, PYSAML2)
