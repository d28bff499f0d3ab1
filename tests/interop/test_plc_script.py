"""The PLC script itself, against a plain asyncua client: it must behave as the tests tell it to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from tests.interop.node_process import NodeProcess
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from asyncua.common.node import Node

URI = "urn:test:plc"
TAGS = [
    {"name": "Flow", "type": "Double", "value": 12.5, "range": [0, 100], "unit": "degree_celsius"},
    {"name": "Count", "type": "UInt64", "value": 2**40},
    {"name": "Result", "type": "Float", "value": 0, "writable": True},
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(node: str, certificates: Path) -> AsyncIterator[tuple[NodeProcess, str]]:
    """The PLC and where it listens; one for all tests here, as starting it takes seconds."""
    async with NodeProcess(node, "plc.js", certificates / "plc.log") as plc:
        started = await plc.request("start", namespace_uri=URI, tags=TAGS, folder=str(certificates))
        yield plc, str(started["endpoint"])


@pytest_asyncio.fixture(loop_scope="session")
async def ua_plc(running: tuple[NodeProcess, str]) -> NodeProcess:
    """The PLC, with its tags as they were at its start."""
    plc, _ = running
    for tag in TAGS:
        await plc.request("remove", tag=tag["name"])
        await plc.request("add", namespace_uri=URI, tag=tag)
    return plc


@pytest_asyncio.fixture(loop_scope="session")
async def client(running: tuple[NodeProcess, str], ua_plc: NodeProcess) -> AsyncIterator[Client]:
    """A client that is connected to it."""
    plc, endpoint = running
    assert plc is ua_plc
    async with Client(endpoint) as client:
        yield client


async def tag(client: Client, name: str) -> Node:
    """The node of a tag, by its namespace's URI."""
    return client.get_node(f"ns={await client.get_namespace_index(URI)};s={name}")


async def test_tags_have_values_types_units_and_ranges(client: Client) -> None:
    """What the test asked for is what a client sees."""
    flow = await tag(client, "Flow")
    assert await flow.read_value() == 12.5
    unit = await (await flow.get_child("0:EngineeringUnits")).read_value()
    assert unit.UnitId == 4408652  # CEL
    limits = await (await flow.get_child("0:EURange")).read_value()
    assert (limits.Low, limits.High) == (0, 100)
    assert await (await tag(client, "Count")).read_value() == 2**40


async def test_quality_and_source_time_are_the_test_s_own(client: Client, ua_plc: NodeProcess) -> None:
    """A value set with a status and a time is read with just these."""
    moment = "2026-03-01T12:00:00.250Z"
    await ua_plc.request(
        "set", tag="Flow", value=3.5, status="UncertainSensorNotAccurate", source_timestamp=moment
    )
    seen = await (await tag(client, "Flow")).read_data_value(raise_on_bad_status=False)
    assert seen.Value is not None
    assert seen.Value.Value == 3.5
    assert seen.StatusCode is not None
    assert seen.StatusCode.value == StatusCodes.UncertainSensorNotAccurate
    assert seen.SourceTimestamp == datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)


async def test_a_client_s_write_is_told(client: Client, ua_plc: NodeProcess) -> None:
    """A write to a writable tag is an event and changes the tag; to another one it is refused."""
    result = await tag(client, "Result")
    await result.write_value(ua.DataValue(ua.Variant(0.5, ua.VariantType.Float)))
    assert (await ua_plc.event(event="written", tag="Result"))["value"] == 0.5
    assert await ua_plc.request("get", tag="Result") == {"value": 0.5, "status": "Good"}
    with pytest.raises(UaStatusCodeError) as refused:
        await (await tag(client, "Flow")).write_value(1.0)
    assert refused.value.code in {StatusCodes.BadNotWritable, StatusCodes.BadUserAccessDenied}


async def test_changes_reach_a_subscription(client: Client, ua_plc: NodeProcess) -> None:
    """A client that subscribed sees what the test sets, in order."""
    seen: asyncio.Queue[float] = asyncio.Queue()

    class Handler:
        def datachange_notification(self, _node: object, value: float, _data: object) -> None:
            seen.put_nowait(value)

    subscription = await client.create_subscription(20, Handler())
    await subscription.subscribe_data_change(await tag(client, "Flow"))
    async with asyncio.timeout(10):
        assert await seen.get() == 12.5
        await ua_plc.request("set", tag="Flow", value=13.5)
        assert await seen.get() == 13.5
    await subscription.delete()


async def test_a_removed_tag_is_unknown_until_it_is_added_again(client: Client, ua_plc: NodeProcess) -> None:
    """As after a download to a real PLC."""
    flow = await tag(client, "Flow")
    await ua_plc.request("remove", tag="Flow")
    with pytest.raises(UaStatusCodeError) as unknown:
        await flow.read_value()
    assert unknown.value.code == StatusCodes.BadNodeIdUnknown
    await ua_plc.request("add", namespace_uri=URI, tag=TAGS[0])
    assert await flow.read_value() == 12.5
