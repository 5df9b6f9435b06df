"""SOAP: ORC301."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Blocks, Library, each

__all__ = ["LIBRARIES"]

ZEEP_CLIENTS = "zeep.AsyncClient zeep.CachingClient zeep.Client"
SOAP = "a SOAP request"
WSDL = "a request for a WSDL"

# A client fetches its WSDL when it is made, also the asynchronous one: "loading the wsdl is still a sync process".
ZEEP = Library(
    source="zeep: zeep/client.py, zeep/proxy.py, zeep/transports.py",
    calls=(
        Blocks("ORC301", ZEEP_CLIENTS, what=WSDL),
        Blocks("ORC301", "zeep.proxy.ServiceProxy", "*", SOAP),
        Blocks("ORC301", "zeep.proxy.OperationProxy", "__call__", SOAP),
        Blocks("ORC301", "zeep.Transport", "get load post post_xml", SOAP),
    ),
    aliases={
        "zeep.client.AsyncClient": "zeep.AsyncClient",
        "zeep.client.CachingClient": "zeep.CachingClient",
        "zeep.client.Client": "zeep.Client",
        "zeep.transports.Transport": "zeep.Transport",
    },
    bases={"zeep.CachingClient": "zeep.Client"},
    returns={
        **each("zeep.Client", "bind create_service", "zeep.proxy.ServiceProxy"),
        **each("zeep.AsyncClient", "bind create_service", "zeep.proxy.AsyncServiceProxy"),
    },
    awaitable=("zeep.proxy.AsyncOperationProxy.__call__", "zeep.proxy.AsyncServiceProxy.*"),
    attributes={
        "zeep.AsyncClient.service": "zeep.proxy.AsyncServiceProxy",
        "zeep.Client.service": "zeep.proxy.ServiceProxy",
    },
    elements={
        "zeep.proxy.AsyncServiceProxy": "zeep.proxy.AsyncOperationProxy",
        "zeep.proxy.ServiceProxy": "zeep.proxy.OperationProxy",
    },
)

SUDS = Library(
    source="suds: suds/client.py",
    calls=(
        Blocks("ORC301", "suds.client.Client", what=WSDL),
        # `client.service.Check(...)`, `client.service["Port"].Check(...)`
        Blocks("ORC301", "suds.client.MethodSelector suds.client.ServiceSelector", "*", SOAP),
        Blocks("ORC301", "suds.client.Method", "__call__", SOAP),
    ),
    attributes={"suds.client.Client.service": "suds.client.ServiceSelector"},
    elements={
        "suds.client.MethodSelector": "suds.client.Method",
        "suds.client.ServiceSelector": "suds.client.MethodSelector",
    },
)

LIBRARIES = (ZEEP, SUDS)
