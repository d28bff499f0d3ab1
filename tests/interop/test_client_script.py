"""The client script itself, against a plain asyncua server: what it tells must be what the server holds."""

from __future__ import annotations

import math
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.common.methods import uamethod
from asyncua.server.server import Server
from asyncua.ua.status_codes import StatusCodes

from tests.interop.node_process import NodeError, NodeProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from asyncua.common.node import Node

URI = "urn:test:site"
FLOW = f"nsu={URI};s=Flow"


class Plant:
    """A server of plain asyncua with a few nodes."""

    def __init__(self, server: Server, namespace: int, endpoint: str) -> None:
        self.server = server
        self.namespace = namespace
        self.endpoint = endpoint

    @property
    def flow(self) -> Node:
        """A writable Double."""
        return self.server.get_node(f"ns={self.namespace};s=Flow")

    async def add_nodes(self) -> None:
        """Two variables and a method."""
        objects, index = self.server.nodes.objects, self.namespace
        flow = await objects.add_variable(f"ns={index};s=Flow", f"{index}:Flow", 1.5)
        await flow.set_writable()
        wide = ua.Variant(-(2**40), ua.VariantType.Int64)
        await objects.add_variable(f"ns={index};s=Wide", f"{index}:Wide", wide)
        argument = ua.Argument(
            Name="value",
            DataType=ua.NodeId.from_string("i=11"),
            Description=ua.LocalizedText("m/s"),
        )
        await objects.add_method(f"ns={index};s=Double", f"{index}:Double", double, [argument], [argument])

    async def set_flow(self, value: float, status: int, source_time: datetime | None = None) -> None:
        """Give the flow a value with a quality."""
        variant, code = ua.Variant(value, ua.VariantType.Double), ua.StatusCode(ua.UInt32(status))
        stamp = None if source_time is None else ua.DateTime.fromisoformat(source_time.isoformat())
        await self.flow.write_value(ua.DataValue(variant, code, SourceTimestamp=stamp))


@uamethod
def double(_parent: ua.NodeId, value: float) -> float:
    """The method that clients call."""
    return value * 2


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plant() -> AsyncIterator[Plant]:
    """A running server on a free port; one for all tests here, as starting it takes more than a second."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    plant = Plant(server, await server.register_namespace(URI), f"opc.tcp://127.0.0.1:{port}/plant")
    await plant.add_nodes()
    async with server:
        yield plant


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def connected(plant: Plant, node: str, certificates: Path) -> AsyncIterator[NodeProcess]:
    """The client, connected without security; one for all tests that leave it so."""
    async with NodeProcess(node, "client.js", certificates / "client.log") as client:
        answer = await client.request("connect", endpoint=plant.endpoint, folder=str(certificates))
        assert URI in answer["namespaces"]
        yield client


async def test_read_tells_value_status_and_source_time(plant: Plant, connected: NodeProcess) -> None:
    """What the server holds arrives whole, also an Uncertain status and a 64-bit integer."""
    moment = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)
    await plant.set_flow(7.25, StatusCodes.UncertainLastUsableValue, moment)
    flow, wide = await connected.request("read", nodes=[FLOW, f"nsu={URI};s=Wide"])
    assert (flow["value"], flow["status"]) == (7.25, "UncertainLastUsableValue")
    assert datetime.fromisoformat(flow["source_timestamp"]) == moment
    assert (wide["value"], wide["variant"]["type"]) == (-(2**40), "Int64")


async def test_read_of_a_number_that_is_none_says_so(plant: Plant, connected: NodeProcess) -> None:
    """NaN is no number of JSON; it arrives as the text NaN and never as null."""
    await plant.flow.write_value(math.nan)
    (flow,) = await connected.request("read", nodes=[FLOW])
    assert flow["value"] == "NaN"


async def test_write_reaches_the_server(plant: Plant, connected: NodeProcess) -> None:
    """A write changes the server's value; one that the server refuses tells its StatusCode."""
    assert await connected.request("write", node=FLOW, type="Double", value=9.5) == "Good"
    assert await plant.flow.read_value() == 9.5
    refused = await connected.request("write", node=f"nsu={URI};s=Wide", type="Int64", value=1)
    assert refused == "BadUserAccessDenied"


async def test_call_tells_outputs(connected: NodeProcess) -> None:
    """A method's outputs arrive with their types, and its arguments are described."""
    objects, method = "i=85", f"nsu={URI};s=Double"
    answer = await connected.request(
        "call", object=objects, method=method, arguments=[{"type": "Double", "value": 2.5}]
    )
    assert answer == {"status": "Good", "argument_results": ["Good"], "outputs": [5.0], "types": ["Double"]}
    described = await connected.request("signature", method=method)
    assert described["inputs"] == [
        {"name": "value", "data_type": "i=11", "value_rank": -1, "description": "m/s"}
    ]


async def test_browse_and_walk_find_nodes_by_uri(connected: NodeProcess) -> None:
    """Node ids in answers carry their namespace's URI; a walk tells the way to each node."""
    found = {one["browse_name"]: one for one in await connected.request("browse", node="i=85")}
    assert found["Flow"]["node"] == FLOW
    assert (found["Flow"]["node_class"], found["Flow"]["type_definition"]) == ("Variable", "i=63")
    paths = {one["path"] for one in await connected.request("walk", node=f"nsu={URI};s=Double")}
    assert paths == {"InputArguments", "OutputArguments"}


async def test_subscription_tells_changes_of_value_and_status(plant: Plant, connected: NodeProcess) -> None:
    """The first value comes by itself; then each change, a change of status alone included."""
    await plant.set_flow(1.5, StatusCodes.Good)
    answer = await connected.request("subscribe", nodes=[FLOW])
    assert answer["items"][0]["status"] == "Good"
    assert (await connected.event(event="change", node=FLOW))["value"] == 1.5
    await plant.set_flow(1.5, StatusCodes.UncertainSubNormal)
    assert (await connected.event(event="change", node=FLOW))["status"] == "UncertainSubNormal"
    await connected.request("unsubscribe", subscription=answer["subscription"])


async def test_failures_carry_their_status_code(connected: NodeProcess) -> None:
    """An unknown node is a status in the answer; an unknown namespace and command are errors."""
    (missing,) = await connected.request("read", nodes=[f"nsu={URI};s=Nowhere"])
    assert missing["status"] == "BadNodeIdUnknown"
    with pytest.raises(NodeError, match="no namespace urn:other"):
        await connected.request("read", nodes=["nsu=urn:other;s=X"])
    with pytest.raises(NodeError, match="unknown command dance"):
        await connected.request("dance")


async def test_endpoints_are_told(plant: Plant, ua_client: NodeProcess, certificates: Path) -> None:
    """The offered endpoints, with policy, mode and user tokens, without a session."""
    (endpoint,) = await ua_client.request("endpoints", endpoint=plant.endpoint, folder=str(certificates))
    assert (endpoint["policy"], endpoint["mode"]) == ("None", "None")


async def test_a_refused_connection_is_an_error_and_the_next_one_works(
    plant: Plant, ua_client: NodeProcess, certificates: Path
) -> None:
    """A policy that the server does not offer is refused; afterwards the same process can connect."""
    asked = {"endpoint": plant.endpoint, "folder": str(certificates)}
    with pytest.raises(NodeError):
        await ua_client.request("connect", policy="Basic256Sha256", mode="SignAndEncrypt", **asked)
    assert URI in (await ua_client.request("connect", **asked))["namespaces"]
    await ua_client.request("disconnect")
