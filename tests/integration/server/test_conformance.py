"""ServerCapabilities.ConformanceUnits says what is there, and nothing else (OPC UA Part 5, 6.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.server.handshake_nodes import HandshakeKeys
from opcua_ml.opcua.trust.information.conformance import STANDARD
from tests.integration.server.stage import Stage, card, plant_server
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterable

TYPES = "urn:opcua-ml:UA"


async def _told(stage: Stage) -> set[tuple[str, str]]:
    """Namespace URI and name of each unit."""
    async with Client(stage.server.url) as client:
        uris = await client.get_namespace_array()
        node = client.get_node(ObjectIds.Server_ServerCapabilities_ConformanceUnits)
        return {(uris[one.NamespaceIndex], one.Name) for one in await node.read_value()}


def _own(units: Iterable[tuple[str, str]]) -> set[str]:
    return {name.removeprefix("Machine Learning ") for uri, name in units if uri == TYPES}


@pytest.mark.parametrize("asked", [False, True])
async def test_units_are_those_of_what_is_shown(*, asked: bool) -> None:
    """A handshake where a model has one; no history, alarms or versions where there are none."""
    stage = Stage(plant_server())
    async with stage.server as server:
        keys = HandshakeKeys(on_plc=True, request=0, client_heartbeat=1) if asked else None
        await stage.show(card("unit"), handshake=keys)
        await server.open()
        told = await _told(stage)
    assert _own(told) == {"Models", "Diagnostics", "Sources"} | ({"Handshake"} if asked else set())
    standard = {name for uri, name in told if uri == "http://opcfoundation.org/UA/"}
    assert standard > set(STANDARD)
    assert "Data Access AnalogUnitRangeType" in standard
    assert not [name for name in standard if name.startswith(("Historical", "Aggregates", "A & C"))]
