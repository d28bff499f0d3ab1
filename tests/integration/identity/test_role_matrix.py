"""Every Role on every kind of node by every service, over real sockets, against a table written by hand.

Each request is a mixed batch: it names the nodes of all kinds at once, the allowed beside the denied.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.config.server import AnonymousAccess
from opcua_ml.opcua.identity.rights.node_rights import grant
from opcua_ml.opcua.identity.rights.permissions import NodeKind
from tests.integration.identity.site import HASH, Site, opened_site

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.opcua.identity.secured_server import SecuredServer
    from tests.patient_client import Client

# By the first letters of users: n a user without Roles, o Observer, p Operator, e Engineer, s Supervisor,
# c ConfigureAdmin, x SecurityAdmin, a anonymous as observer.
USERS = {
    "n": [],
    "o": ["Observer"],
    "p": ["Operator"],
    "e": ["Engineer"],
    "s": ["Supervisor"],
    "c": ["ConfigureAdmin"],
    "x": ["SecurityAdmin"],
    "oc": ["Observer", "ConfigureAdmin"],
    "px": ["Operator", "SecurityAdmin"],
}
# Rows: what; columns: who may look, read, write, call.
MAY = {
    "MODEL": {"look": "anopescx", "write": "", "call": ""},
    "INPUT": {"look": "anopescx", "write": "pe", "call": ""},
    "PREDICTION": {"look": "anopescx", "write": "", "call": "pes"},
    "OPERATION": {"look": "anopescx", "write": "", "call": "pes"},
    "LIFECYCLE": {"look": "anopescx", "write": "", "call": "e"},
    "CONFIGURATION": {"look": "anopescx", "write": "ec", "call": "ec"},
    "SECURITY": {"look": "x", "write": "x", "call": "x"},
    "untold": {"look": "anopescx", "write": "", "call": ""},
}


@dataclass
class Nodes:
    """One object with a variable and a method per kind; `untold` has no permissions of its own."""

    parent: ua.NodeId
    variables: dict[str, ua.NodeId]
    methods: dict[str, ua.NodeId]


async def build(server: SecuredServer) -> Nodes:
    """The nodes, with their rights."""
    parent = await server.nodes.objects.add_object(ua.NodeId.from_string("ns=1;s=pump"), "1:pump")
    found = Nodes(parent.nodeid, {}, {})
    for name in MAY:
        variable = await parent.add_variable(ua.NodeId.from_string(f"ns=1;s=pump.{name}"), f"1:{name}", 1.0)
        await variable.set_writable()
        method = await parent.add_method(
            ua.NodeId.from_string(f"ns=1;s=pump.{name}()"), f"1:call {name}", lambda *_: [], [], []
        )
        found.variables[name], found.methods[name] = variable.nodeid, method.nodeid
        if name != "untold":
            for node in (variable, method):
                await grant(server, node, NodeKind[name])
    return found


def oracle(who: str, name: str, what: str) -> bool:
    """Whether the table above says yes to any of the user's letters."""
    return any(letter in MAY[name][what] for letter in who)


def allowed(status: ua.StatusCode | None) -> bool:
    """Whether the service did it, or refused for another reason than the user's rights."""
    denied = (StatusCodes.BadUserAccessDenied, StatusCodes.BadNodeIdUnknown)
    return status is None or int(status.value) not in denied


async def asked(client: Client, nodes: Nodes) -> dict[tuple[str, str], bool]:
    """What the server let this client do, by node and service."""
    names = list(MAY)
    session = client.uaclient
    found: dict[tuple[str, str], bool] = {}
    read = await session.read(
        ua.ReadParameters(
            NodesToRead=[
                ua.ReadValueId(NodeId=nodes.variables[name], AttributeId=ua.UInt32(AttributeIds.Value))
                for name in names
            ]
        )
    )
    found |= {(name, "Read"): allowed(one.StatusCode) for name, one in zip(names, read, strict=True)}
    value = ua.DataValue(ua.Variant(2.0))
    written = await session.write(
        ua.WriteParameters(
            NodesToWrite=[
                ua.WriteValue(
                    NodeId=nodes.variables[name], AttributeId=ua.UInt32(AttributeIds.Value), Value=value
                )
                for name in names
            ]
        )
    )
    found |= {(name, "Write"): allowed(one) for name, one in zip(names, written, strict=True)}
    called = await session.call(
        [ua.CallMethodRequest(ObjectId=nodes.parent, MethodId=nodes.methods[name]) for name in names]
    )
    found |= {(name, "Call"): allowed(one.StatusCode) for name, one in zip(names, called, strict=True)}
    references = {one.NodeId for one in await client.get_node(nodes.parent).get_references()}
    found |= {(name, "Browse"): nodes.variables[name] in references for name in names}
    found |= await monitored(client, nodes, names)
    return found


class FirstValues:
    """A subscription's handler that keeps each node's first StatusCode."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self.statuses: dict[ua.NodeId, ua.StatusCode] = {}
        self.complete = asyncio.Event()

    def datachange_notification(self, node: Any, _: Any, data: Any) -> None:
        """Keep it."""
        self.statuses.setdefault(node.nodeid, data.monitored_item.Value.StatusCode)
        if len(self.statuses) == self._wanted:
            self.complete.set()


async def monitored(client: Client, nodes: Nodes, names: list[str]) -> dict[tuple[str, str], bool]:
    """Which values may be subscribed to: the item is refused, or its first value is."""
    wanted = [client.get_node(nodes.variables[name]) for name in names]
    handler = FirstValues(len(wanted))
    subscription = await client.create_subscription(20, handler)
    handles: Any = await subscription.subscribe_data_change(wanted)
    assert not any(isinstance(handle, ua.StatusCode) for handle in handles)
    async with asyncio.timeout(10):
        await handler.complete.wait()
    await subscription.delete()
    return {(name, "Monitor"): allowed(handler.statuses[nodes.variables[name]]) for name in names}


NEEDS = {"Browse": "look", "Read": "look", "Monitor": "look", "Write": "write", "Call": "call"}


async def test_the_server_does_what_the_table_says(tmp_path: Path) -> None:
    """Ten users, eight kinds, five services: 400 cells, no mismatch."""
    built: list[Nodes] = []

    async def prepare(server: SecuredServer) -> None:
        built.append(await build(server))

    users = "".join(
        f'[users."{name}"]\nroles = {roles}\npassword = "{HASH}"\n' for name, roles in USERS.items()
    )
    async with opened_site(
        tmp_path, users=users, anonymous=AnonymousAccess.OBSERVER, prepare=prepare
    ) as site:
        cells, mismatches = 0, []
        for who in (*USERS, "a"):
            client = await (site.client() if who == "a" else site.user_client(who))
            letters = "ao" if who == "a" else f"n{who}"
            async with client:
                for (name, service), done in (await asked(client, built[0])).items():
                    cells += 1
                    if done != oracle(letters, name, NEEDS[service]):
                        mismatches.append((who, name, service, done))
        assert mismatches == []
        assert cells == 400


async def test_a_service_before_a_login_is_refused(tmp_path: Path) -> None:
    """A session without a user has no Roles: nothing is read, written, called or browsed by it."""
    async with opened_site(tmp_path) as site:
        await refused_without_activation(site)


async def refused_without_activation(site: Site) -> None:
    """Create a session, do not activate it, and ask."""
    client = await site.client()
    await client.connect_socket()
    try:
        await client.send_hello()
        await client.open_secure_channel()
        await client.create_session()
        node = client.get_node(ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_State)))
        with pytest.raises(ua.uaerrors.UaStatusCodeError) as refused:
            await node.read_value()
        assert refused.value.code == StatusCodes.BadSessionNotActivated
    finally:
        client.disconnect_socket()
