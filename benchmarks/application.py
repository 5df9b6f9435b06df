"""The tree App: a realistic application on orchestrator-core, of 150 files, written from a seed.

Eighteen products with their blocks and workflows; authorization callbacks in `auth`, which reach helpers in
`services` and through them clients in `clients`, some of which block. The same seed gives the same bytes.
"""

from __future__ import annotations

from random import Random

__all__ = ["ONE_FILE", "application"]

#: The file that is measured alone: it registers callbacks that lead through three other modules.
ONE_FILE = "workflows/firewall/create_firewall.py"

_PRODUCTS = (
    "access_point backup_link core_link customer_site data_circuit dns_zone firewall ip_prefix ip_static l2_vpn"
    " l3_vpn load_balancer node optical_path port router_uplink storage_volume vlan_range"
).split()
_ACTIONS = ("create", "modify", "terminate", "validate")
_POLICIES = ("may_order", "may_change", "may_remove", "may_retry", "may_resume", "may_inspect")

_PROJECT = """\
[project]
name = "netauto"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["orchestrator-core>=4.7,<4.8", "requests", "httpx"]
"""

_MAIN = '''\
"""The application."""

import typer
from orchestrator import OrchestratorCore
from orchestrator.cli.main import app as core_cli
from orchestrator.settings import AppSettings

import products  # noqa: F401
import schedules  # noqa: F401
import workflows  # noqa: F401
from auth.policies import may_inspect, may_retry

app = OrchestratorCore(base_settings=AppSettings())
app.register_internal_authorize_callback(may_inspect)
app.register_internal_retry_auth_callback(may_retry)
cli = typer.Typer()

if __name__ == "__main__":
    core_cli()
'''

_SETTINGS = '''\
"""Settings."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    inventory_url: str = "https://inventory.example.org"
    ipam_url: str = "https://ipam.example.org"
    tickets_url: str = "https://tickets.example.org"
    timeout: float = 5.0


settings = Settings()
'''

_ROLES = '''\
"""Roles, as the identity provider hands them out."""

from enum import Enum

from oauth2_lib.fastapi import OIDCUserModel


class Role(str, Enum):
    NOC = "noc"
    ENGINEER = "engineer"
    CUSTOMER = "customer"


def roles_of(user: OIDCUserModel | None) -> set[str]:
    if user is None:
        return set()
    return set(user.get("eduperson_entitlement", []))


def has_role(user: OIDCUserModel | None, *roles: Role) -> bool:
    return bool(roles_of(user) & {role.value for role in roles})
'''

_FACTORIES = '''\
"""Callbacks made from roles."""

from collections.abc import Awaitable, Callable

from oauth2_lib.fastapi import OIDCUserModel

from auth.roles import Role, has_role
from services.customers import is_contact

Authorizer = Callable[[OIDCUserModel | None], Awaitable[bool]]


def allow_roles(*roles: Role) -> Authorizer:
    async def authorize(user: OIDCUserModel | None) -> bool:
        return has_role(user, *roles)

    return authorize


def allow_contacts(product: str) -> Authorizer:
    async def authorize(user: OIDCUserModel | None) -> bool:
        return user is not None and is_contact(user.email, product)

    return authorize


def allow_everybody(user: OIDCUserModel | None) -> bool:
    return True
'''

_POLICY = """

{keyword} {name}(user: OIDCUserModel | None) -> bool:
    if not has_role(user, {roles}):
        return False
    note("{name}", user)
    return {check}
"""

_POLICIES_HEAD = '''\
"""Who may do what."""

from oauth2_lib.fastapi import OIDCUserModel

from auth.roles import Role, has_role
from services.audit import note
from services.customers import is_contact
from services.subscriptions import is_locked, owner_of
from services.vlans import is_reserved
'''
_CHECKS = (
    "is_contact(user.email, {word!r})",
    "not is_locked({word!r})",
    "owner_of({word!r}) == user.email",
    "not is_reserved({number})",
    "user.email.endswith('@example.org')",
)

_CLIENT = '''\
"""A client of the {name} service."""

from typing import Any

import requests

from settings import settings


class {title}Client:
    def __init__(self, url: str = settings.{setting}, timeout: float = settings.timeout) -> None:
        self.url = url
        self.timeout = timeout
        self.session = requests.Session()

    def get(self, path: str, **parameters: Any) -> Any:
        response = self.session.get(f"{{self.url}}/{{path}}", params=parameters, timeout=self.timeout)
        response.raise_for_status()
        return response.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        response = self.session.post(f"{{self.url}}/{{path}}", json=body, timeout=self.timeout)
        response.raise_for_status()
        return response.json()


client = {title}Client()


def lookup(kind: str, name: str) -> dict[str, Any]:
    found = client.get(kind, name=name)
    return found[0] if found else {{}}
'''

_DIRECTORY = '''\
"""The directory of people, over an async client."""

import httpx

from settings import settings


async def person(email: str) -> dict[str, str]:
    async with httpx.AsyncClient(timeout=settings.timeout) as client:
        response = await client.get("https://directory.example.org/people", params={"mail": email})
    return response.json()
'''

_SUBSCRIPTIONS = '''\
"""What the database knows about subscriptions."""

from orchestrator.db import SubscriptionTable, db
from sqlalchemy import select

from services.customers import contacts_of


def newest(product: str) -> SubscriptionTable | None:
    statement = select(SubscriptionTable).where(SubscriptionTable.description.contains(product))
    return db.session.scalars(statement.order_by(SubscriptionTable.start_date.desc())).first()


def is_locked(product: str) -> bool:
    subscription = newest(product)
    return subscription is not None and not subscription.insync


def owner_of(product: str) -> str:
    subscription = newest(product)
    if subscription is None:
        return ""
    return next(iter(contacts_of(str(subscription.customer_id))), "")
'''

_CUSTOMERS = '''\
"""Customers and their contacts."""

from functools import lru_cache

from clients import inventory, tickets


@lru_cache
def contacts_of(customer: str) -> tuple[str, ...]:
    record = inventory.lookup("customers", customer)
    return tuple(record.get("contacts", ()))


def is_contact(email: str, product: str) -> bool:
    return email in contacts_of(product) or bool(tickets.lookup("delegations", email))
'''

_VLANS = '''\
"""Which VLANs are taken."""

from clients import ipam


def reserved() -> set[int]:
    return {int(entry) for entry in ipam.lookup("vlans", "reserved").get("ids", ())}


def is_reserved(vlan: int) -> bool:
    return vlan in reserved()
'''

_AUDIT = '''\
"""The audit trail."""

import structlog

logger = structlog.get_logger(__name__)


def note(decision: str, user: object) -> None:
    logger.info("authorization", decision=decision, user=str(user))
'''

_NIGHTLY = '''\
"""What runs at night."""

from orchestrator.schedules.scheduler import scheduler
from orchestrator.services.processes import start_process


@scheduler.scheduled_job("cron", hour=3, id="{name}", name="{name}")
def {name}() -> None:
    start_process("task_{name}")
'''

_BLOCK = '''\
"""The product block {title}."""

from ipaddress import IPv4Address

from orchestrator.domain.base import ProductBlockModel
from orchestrator.types import SubscriptionLifecycle


class {title}BlockInactive(ProductBlockModel, product_block_name="{title}"):
    name: str | None = None
    vlan: int | None = None
    address: IPv4Address | None = None


class {title}BlockProvisioning({title}BlockInactive, lifecycle=[SubscriptionLifecycle.PROVISIONING]):
    name: str
    vlan: int
    address: IPv4Address | None = None


class {title}Block({title}BlockProvisioning, lifecycle=[SubscriptionLifecycle.ACTIVE]):
    name: str
    vlan: int
    address: IPv4Address
'''

_PRODUCT = '''\
"""The product {title}."""

from orchestrator.domain.base import SubscriptionModel
from orchestrator.types import SubscriptionLifecycle

from product_blocks.{name} import {title}Block, {title}BlockInactive, {title}BlockProvisioning


class {title}Inactive(SubscriptionModel, is_base=True):
    {name}: {title}BlockInactive


class {title}Provisioning({title}Inactive, lifecycle=[SubscriptionLifecycle.PROVISIONING]):
    {name}: {title}BlockProvisioning


class {title}({title}Provisioning, lifecycle=[SubscriptionLifecycle.ACTIVE]):
    {name}: {title}Block
'''

_SHARED = '''\
"""What the workflows share."""

from typing import Any

from orchestrator.forms import FormPage
from orchestrator.types import FormGenerator
from orchestrator.workflow import StepList, begin, step
from pydantic_forms.types import State, UUIDstr


@step("Write to the inventory")
def write_to_inventory(subscription_id: UUIDstr, name: str) -> State:
    from clients.inventory import client

    return {"inventory": client.post("items", {"id": subscription_id, "name": name})}


def summary(product: str, fields: dict[str, Any]) -> FormGenerator:
    class Summary(FormPage):
        pass

    yield Summary
    return fields


def tail() -> StepList:
    return begin >> write_to_inventory
'''

_WORKFLOW = '''\
"""{verb} {title}."""

from orchestrator.forms import FormPage
from orchestrator.types import FormGenerator, Target
from orchestrator.workflow import StepList, begin, inputstep, step
from orchestrator.workflows.utils import {decorator}
from pydantic_forms.types import State, UUIDstr

from auth.factories import allow_contacts, allow_roles
from auth.policies import {policy}, may_resume, may_retry
from auth.roles import Role
from products.{name} import {title}, {title}Inactive
from workflows.shared import summary, tail, write_to_inventory


def initial_input_form_generator(subscription_id: UUIDstr) -> FormGenerator:
    class Form(FormPage):
        name: str
        vlan: int = {number}

    user_input = yield Form
    yield from summary("{name}", user_input.model_dump())
    return user_input.model_dump()


@step("Prepare {name}")
def prepare(subscription_id: UUIDstr, name: str, vlan: int) -> State:
    subscription = {title}Inactive.from_product_id(subscription_id, name)
    subscription.{name}.name = name
    subscription.{name}.vlan = vlan
    return {{"subscription": subscription}}


@step("Deploy {name}", retry_auth_callback=may_retry)
def deploy(subscription: {title}) -> State:
    lines = [f"interface {{subscription.{name}.name}}"]
    if subscription.{name}.vlan > {number}:
        lines.append(f"  vlan {{subscription.{name}.vlan}}")
    return {{"configuration": "\\n".join(lines)}}


@inputstep("Confirm {name}", assignee="NOC", resume_auth_callback=may_resume)
def confirm(state: State) -> FormGenerator:
    class Confirm(FormPage):
        is_right: bool

    user_input = yield Confirm
    return user_input.model_dump()


@{decorator}(
    "{verb} {name}",
    initial_input_form=initial_input_form_generator,
    authorize_callback={callback},
    retry_auth_callback=may_retry,
)
def {action}_{name}() -> StepList:
    return begin >> prepare >> deploy >> confirm >> write_to_inventory >> tail()
'''

_VALIDATION = '''\
"""Validate {title}."""

from orchestrator.workflow import StepList, begin, step
from orchestrator.workflows.utils import validate_workflow
from pydantic_forms.types import State

from products.{name} import {title}
from services.vlans import is_reserved


@step("Compare {name} with the inventory")
def compare(subscription: {title}) -> State:
    vlan = subscription.{name}.vlan
    if is_reserved(vlan):
        raise ValueError(f"VLAN {{vlan}} is reserved")
    return {{"is_valid": vlan > 0}}


@validate_workflow("Validate {name}")
def validate_{name}() -> StepList:
    return begin >> compare
'''


def application(seed: int = 47) -> dict[str, str]:
    """The application's files: path from its root to text. Of 150 of them the path ends with `.py`."""
    random = Random(seed)
    files = {"pyproject.toml": _PROJECT, "main.py": _MAIN, "settings.py": _SETTINGS}
    files |= _auth(random) | _clients() | _services() | _schedules()
    files |= {"workflows/__init__.py": '"""Workflows."""\n', "workflows/shared.py": _SHARED}
    files |= {"products/__init__.py": "", "product_blocks/__init__.py": ""}
    for name in _PRODUCTS:
        words = {"name": name, "title": name.title().replace("_", "")}
        files[f"products/{name}.py"] = _PRODUCT.format(**words)
        files[f"product_blocks/{name}.py"] = _BLOCK.format(**words)
        files[f"workflows/{name}/__init__.py"] = ""
        for action in _ACTIONS:
            files[f"workflows/{name}/{action}_{name}.py"] = _workflow(random, action, words)
    return files


def _auth(random: Random) -> dict[str, str]:
    policies = _POLICIES_HEAD
    for number, name in enumerate(_POLICIES):
        policies += _POLICY.format(
            keyword="def" if number == 0 else "async def",
            name=name,
            roles=", ".join(f"Role.{role}" for role in random.sample(("NOC", "ENGINEER", "CUSTOMER"), 2)),
            check=_CHECKS[number % len(_CHECKS)].format(word=random.choice(_PRODUCTS), number=random.randrange(4000)),
        )
    files = {"__init__": "", "roles": _ROLES, "factories": _FACTORIES, "policies": policies}
    return {f"auth/{name}.py": text for name, text in files.items()}


def _clients() -> dict[str, str]:
    files = {
        f"clients/{name}.py": _CLIENT.format(name=name, title=name.title(), setting=f"{name}_url")
        for name in ("inventory", "ipam", "tickets")
    }
    return {"clients/__init__.py": "", "clients/directory.py": _DIRECTORY, **files, "clients/errors.py": ""}


def _services() -> dict[str, str]:
    files = {
        "__init__": "",
        "subscriptions": _SUBSCRIPTIONS,
        "customers": _CUSTOMERS,
        "vlans": _VLANS,
        "audit": _AUDIT,
    }
    return {f"services/{name}.py": text for name, text in files.items()}


def _schedules() -> dict[str, str]:
    names = ("nightly", "cleanup")
    init = "".join(f"from schedules.{name} import {name}\n" for name in names)
    return {"schedules/__init__.py": init} | {f"schedules/{name}.py": _NIGHTLY.format(name=name) for name in names}


def _workflow(random: Random, action: str, words: dict[str, str]) -> str:
    if action == "validate":
        return _VALIDATION.format(**words)
    policy = {"create": "may_order", "modify": "may_change", "terminate": "may_remove"}[action]
    made = (f'allow_contacts("{words["name"]}")', "allow_roles(Role.NOC, Role.ENGINEER)")
    return _WORKFLOW.format(
        **words,
        action=action,
        verb=action.title(),
        decorator=f"{action}_workflow",
        policy=policy,
        number=random.randrange(2, 4000),
        callback=random.choice((policy, policy, *made)),
    )
