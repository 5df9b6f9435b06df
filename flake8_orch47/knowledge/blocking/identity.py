"""Who somebody is, asked of an identity provider: ORC301."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Argument, Blocks, Library, members

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

LIBRARIES = (KEYCLOAK, AUTHLIB, MSAL)
