"""PLCs as clients see them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opcua_ml.domain.connection import ConnectionSnapshot, TagProblem
from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.server.source_observer import SourceObserver
from tests.integration.server.stage import read, site_node, value
from tests.integration.server.test_predictions import watching

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client

FOLDER = "MachineLearning.Sources"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FINE = ConnectionSnapshot(
    "north",
    "opc.tcp://127.0.0.1:1/plc",
    ConnectionState.Connected,
    connected_since=NOON,
    reconnects=2,
    server_state="Running",
    clock_offset=-0.25,
    good_tags=7,
    bad_tags=1,
    problems=(TagProblem("pump.flow", Status.BadNodeIdUnknown, "the PLC has no such node"),),
    values=2**33,
)


async def _shown(client: Client, plc: str, *names: str) -> list[object]:
    return [await value(client, f"{FOLDER}.{plc}.{name}") for name in names]


async def test_a_new_plc_is_disconnected(stage: Stage, client: Client) -> None:
    """It is there at once, with its address; what is not known yet is Bad."""
    await stage.server.sources.add("new", "opc.tcp://127.0.0.1:1/plc")
    assert await _shown(client, "new", "EndpointUrl", "ConnectionState", "LastError", "Problems") == [
        "opc.tcp://127.0.0.1:1/plc",
        ConnectionState.Disconnected,
        "",
        [],
    ]
    assert (await read(client, f"{FOLDER}.new.ClockOffset")).status == Status.BadWaitingForInitialData
    unit = await value(client, f"{FOLDER}.new.ClockOffset.EngineeringUnits")
    assert unit.DisplayName.Text == "s"


async def test_what_the_plc_revised_is_shown(stage: Stage, client: Client) -> None:
    """In seconds; Bad as long as it is not known."""
    await stage.server.sources.add("revised", FINE.endpoint)
    names = ("PublishingInterval", "SamplingInterval", "KeepAlive", "QueueSize")
    for name in names:
        assert (await read(client, f"{FOLDER}.revised.{name}")).status == Status.BadWaitingForInitialData
    told = replace(
        FINE, plc="revised", publishing_interval=0.1, sampling_interval=0.05, keep_alive=2.0, queue_size=10
    )
    await stage.server.sources.show(told)
    assert await _shown(client, "revised", *names) == [0.1, 0.05, 2.0, 10]
    assert await _shown(client, "revised", "WritingEnabled") == [True]


async def test_what_a_connection_reports_is_shown(stage: Stage, client: Client) -> None:
    """State, counts, clock and the words about every bad tag; what becomes unknown is Bad again."""
    sources = stage.server.sources
    await sources.add("north", FINE.endpoint)
    await sources.show(FINE)
    assert await _shown(
        client,
        "north",
        "ConnectionState",
        "Reconnects",
        "GoodTags",
        "BadTags",
        "ClockOffset",
        "Problems",
        "Values",
    ) == [ConnectionState.Connected, 2, 7, 1, -0.25, ["pump.flow: the PLC has no such node"], 2**33]
    assert await _shown(client, "north", "ConnectedSince", "ServerState") == [NOON, "Running"]
    lost = replace(FINE, state=ConnectionState.Disconnected, reason="the cable is out", connected_since=None)
    await sources.show(lost)
    assert await _shown(client, "north", "ConnectionState", "LastError", "ConnectedSince") == [
        ConnectionState.Disconnected,
        "the cable is out",
        None,
    ]


async def test_reports_are_shown_by_the_observer(stage: Stage, client: Client) -> None:
    """Reports come at any pace and never block; each PLC's newest is what is shown."""
    for name in ("east", "west"):
        await stage.server.sources.add(name, "opc.tcp://127.0.0.1:1/plc")
    observer = SourceObserver(stage.server.sources, stage.server.describe_input)
    for number in range(50):
        observer.observe(replace(FINE, plc="east", reconnects=number))
    west = replace(FINE, plc="west", state=ConnectionState.Connecting, good_tags=3, bad_tags=4)
    observer.observe(west)
    async with watching(client, f"{FOLDER}.west.BadTags") as watch, asyncio.TaskGroup() as group:
        assert (await watch.next()).value == 0
        running = group.create_task(observer.run(), name="observer")
        assert (await watch.next()).value == 4
        running.cancel()
    assert await _shown(client, "east", "Reconnects") == [49]
    assert await _shown(client, "west", "ConnectionState", "GoodTags") == [ConnectionState.Connecting, 3]


async def test_a_removed_plc_is_gone_and_late_reports_change_nothing(stage: Stage, client: Client) -> None:
    """What is reported of an unknown PLC is dropped."""
    await stage.server.sources.add("south", FINE.endpoint)
    await stage.server.sources.remove("south")
    await stage.server.sources.show(replace(FINE, plc="south"))
    folder = await site_node(client, FOLDER)
    assert "south" not in [one.BrowseName.Name for one in await folder.get_children_descriptions()]
