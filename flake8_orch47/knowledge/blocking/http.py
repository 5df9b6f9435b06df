"""HTTP: ORC301."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Blocks, Library, each, members

__all__ = ["LIBRARIES"]

VERBS = "request get options head post put patch delete"

URLLIB_REQUEST = Library(
    source="https://docs.python.org/3/library/urllib.request.html",
    calls=(
        Blocks("ORC301", "urllib.request.urlopen urllib.request.urlretrieve"),
        Blocks("ORC301", "urllib.request.OpenerDirector", "open"),
        Blocks("ORC301", "urllib.robotparser.RobotFileParser", "read"),
    ),
    returns={
        "urllib.request.urlopen": "http.client.HTTPResponse",
        "urllib.request.build_opener": "urllib.request.OpenerDirector",
        "urllib.request.OpenerDirector.open": "http.client.HTTPResponse",
    },
)

HTTP_CLIENT = Library(
    source="https://docs.python.org/3/library/http.client.html",
    calls=(
        Blocks("ORC301", "http.client.HTTPConnection", "connect endheaders getresponse request send"),
        Blocks("ORC301", "http.client.HTTPResponse", "peek read read1 readinto readinto1 readline readlines"),
    ),
    iterating=(Blocks("ORC301", "http.client.HTTPResponse"),),
    bases={"http.client.HTTPSConnection": "http.client.HTTPConnection"},
    returns={"http.client.HTTPConnection.getresponse": "http.client.HTTPResponse"},
)

XMLRPC = Library(
    source="https://docs.python.org/3/library/xmlrpc.client.html",
    calls=(Blocks("ORC301", "xmlrpc.client.ServerProxy", "__call__", "an XML-RPC request"),),
    aliases={"xmlrpc.client.Server": "xmlrpc.client.ServerProxy"},
    # `proxy.system.listMethods()`: every attribute of a proxy is one more proxy until it is called.
    attributes={"xmlrpc.client.ServerProxy.*": "xmlrpc.client.ServerProxy"},
)

REQUESTS = Library(
    source="https://requests.readthedocs.io/en/latest/api/",
    calls=(
        Blocks("ORC301", "requests requests.Session", VERBS),
        Blocks("ORC301", "requests.Session requests.adapters.HTTPAdapter", "send"),
    ),
    aliases={
        "requests.api": "requests",
        "requests.models.Response": "requests.Response",
        "requests.sessions.Session": "requests.Session",
        "requests.sessions.session": "requests.session",
    },
    returns={
        "requests.session": "requests.Session",
        "requests.Session.send": "requests.Response",
        "requests.adapters.HTTPAdapter.send": "requests.Response",
        **each("requests requests.Session", VERBS, "requests.Response"),
    },
    # Only a response that was asked for with `stream=True` has something left to read here.
    attributes={"requests.Response.raw": "urllib3.HTTPResponse[stream]"},
)

REQUESTS_OAUTHLIB = Library(
    source="https://requests-oauthlib.readthedocs.io/en/latest/api.html",
    calls=(
        Blocks("ORC301", "requests_oauthlib.OAuth2Session", "fetch_token refresh_token"),
        Blocks("ORC301", "requests_oauthlib.OAuth1Session", "fetch_access_token fetch_request_token"),
    ),
    aliases={
        "requests_oauthlib.oauth1_session.OAuth1Session": "requests_oauthlib.OAuth1Session",
        "requests_oauthlib.oauth2_session.OAuth2Session": "requests_oauthlib.OAuth2Session",
    },
    bases={
        "requests_oauthlib.OAuth1Session": "requests.Session",
        "requests_oauthlib.OAuth2Session": "requests.Session",
    },
)

# Sessions with one thing more: a cache, a base address.
REQUESTS_MORE = Library(
    source="https://requests-cache.readthedocs.io/ and https://toolbelt.readthedocs.io/en/latest/sessions.html",
    bases={
        "requests_cache.CachedSession": "requests.Session",
        "requests_toolbelt.sessions.BaseUrlSession": "requests.Session",
    },
    aliases={"requests_cache.session.CachedSession": "requests_cache.CachedSession"},
)

URLLIB3 = Library(
    source="https://urllib3.readthedocs.io/en/stable/reference/",
    calls=(
        Blocks("ORC301", "urllib3", "request"),
        Blocks(
            "ORC301",
            "urllib3.PoolManager urllib3.HTTPConnectionPool",
            "request request_encode_body request_encode_url urlopen",
        ),
        Blocks(
            "ORC301",
            "urllib3.HTTPResponse[stream]",
            "drain_conn json read read1 read_chunked readinto readline readlines stream",
        ),
    ),
    iterating=(Blocks("ORC301", "urllib3.HTTPResponse[stream]"),),
    aliases={
        "urllib3.connectionpool.HTTPConnectionPool": "urllib3.HTTPConnectionPool",
        "urllib3.connectionpool.HTTPSConnectionPool": "urllib3.HTTPSConnectionPool",
        "urllib3.connectionpool.connection_from_url": "urllib3.connection_from_url",
        "urllib3.poolmanager.PoolManager": "urllib3.PoolManager",
        "urllib3.poolmanager.ProxyManager": "urllib3.ProxyManager",
        "urllib3.poolmanager.proxy_from_url": "urllib3.proxy_from_url",
        "urllib3.response.HTTPResponse": "urllib3.HTTPResponse",
    },
    bases={
        "urllib3.HTTPResponse[stream]": "urllib3.HTTPResponse",
        "urllib3.HTTPSConnectionPool": "urllib3.HTTPConnectionPool",
        "urllib3.ProxyManager": "urllib3.PoolManager",
    },
    returns={
        "urllib3.connection_from_url": "urllib3.HTTPConnectionPool",
        "urllib3.proxy_from_url": "urllib3.ProxyManager",
        **each(
            "urllib3.PoolManager",
            "connection_from_context connection_from_host connection_from_pool_key connection_from_url",
            "urllib3.HTTPConnectionPool",
        ),
    },
)

HTTPX = Library(
    source="https://www.python-httpx.org/api/",
    calls=(
        Blocks("ORC301", "httpx httpx.Client", f"{VERBS} stream"),
        Blocks("ORC301", "httpx.Client", "send"),
        Blocks("ORC301", "httpx.HTTPTransport", "handle_request"),
        Blocks("ORC301", "httpx.Response[stream]", "iter_bytes iter_lines iter_raw iter_text read"),
    ),
    bases={"httpx.Response[stream]": "httpx.Response"},
    returns={
        "httpx.stream": "context[httpx.Response[stream]]",
        "httpx.Client.stream": "context[httpx.Response[stream]]",
        "httpx.Client.send": "httpx.Response",
        "httpx.AsyncClient.send": "httpx.Response",
        **each("httpx httpx.AsyncClient httpx.Client", VERBS, "httpx.Response"),
    },
    awaitable=(
        *members("httpx.AsyncClient", f"{VERBS} send aclose"),
        "httpx.Response.aread",
        "httpx.Response.aclose",
    ),
)

# Pydantic's successor of httpx: what httpx has, and a few methods more.
HTTPX2 = Library(
    source="httpx2: httpx2/_client.py",
    calls=(
        Blocks("ORC301", "httpx2", f"{VERBS} query stream websocket"),
        Blocks("ORC301", "httpx2.Client", "query sse websocket"),
    ),
    bases={"httpx2.AsyncClient": "httpx.AsyncClient", "httpx2.Client": "httpx.Client"},
    aliases={"httpx2.HTTPTransport": "httpx.HTTPTransport", "httpx2.Response": "httpx.Response"},
    returns={
        "httpx2.stream": "context[httpx.Response[stream]]",
        **each("httpx2", f"{VERBS} query", "httpx.Response"),
        **each("httpx2.AsyncClient httpx2.Client", "query", "httpx.Response"),
    },
    awaitable=("httpx2.AsyncClient.query",),
)

AIOHTTP = Library(
    source="https://docs.aiohttp.org/en/stable/client_reference.html",
    awaitable=(
        *members("aiohttp.ClientSession", f"{VERBS} ws_connect close"),
        *members("aiohttp.ClientResponse", "json read text"),
    ),
    returns=each("aiohttp.ClientSession", VERBS, "aiohttp.ClientResponse"),
    aliases={"aiohttp.client.ClientSession": "aiohttp.ClientSession"},
)

PYJWT = Library(
    source="https://pyjwt.readthedocs.io/en/stable/api.html#jwt.PyJWKClient",
    calls=(
        Blocks(
            "ORC301",
            "jwt.PyJWKClient",
            "fetch_data get_jwk_set get_signing_key get_signing_key_from_jwt get_signing_keys",
            "an HTTP request for signing keys",
        ),
    ),
    aliases={"jwt.jwks_client.PyJWKClient": "jwt.PyJWKClient"},
)

LIBRARIES = (
    URLLIB_REQUEST,
    HTTP_CLIENT,
    XMLRPC,
    REQUESTS,
    REQUESTS_OAUTHLIB,
    REQUESTS_MORE,
    URLLIB3,
    HTTPX,
    HTTPX2,
    AIOHTTP,
    PYJWT,
)
