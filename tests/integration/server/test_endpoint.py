"""Opening and closing the endpoint."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import EndpointUnavailable
from tests.integration.server.stage import Stage, plant_server
from tests.patient_client import Client

if TYPE_CHECKING:
    from opcua_ml.opcua.server.model_server import ModelServer


def _server(endpoint: str) -> ModelServer:
    return Stage(plant_server(), endpoint).server


async def test_a_port_in_use_is_told_in_one_sentence() -> None:
    """Where, what was found, what was wanted; and leaving the server afterwards is clean."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"opc.tcp://127.0.0.1:{taken.getsockname()[1]}/models"
        async with _server(endpoint) as server:
            with pytest.raises(EndpointUnavailable) as refused:
                await server.open()
    assert str(refused.value).startswith(f"{endpoint}: the endpoint can't be opened; found ")
    assert "in use" in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_foreign_address_is_told_in_one_sentence() -> None:
    """An address that is not this machine's (here one of RFC 5737)."""
    async with _server("opc.tcp://192.0.2.1:48400/models") as server:
        with pytest.raises(EndpointUnavailable, match="an address of this machine"):
            await server.open()


async def test_a_free_port_is_found_and_told_to_clients() -> None:
    """With port 0 the open port stands in the url, and in what discovery answers."""
    async with _server("opc.tcp://127.0.0.1:0/models") as server:
        await server.open()
        assert ":0/" not in server.url
        client = Client(server.url)
        endpoints = await client.connect_and_get_server_endpoints()
        assert {endpoint.EndpointUrl for endpoint in endpoints} == {server.url}
        assert {endpoint.Server.ApplicationName.Text for endpoint in endpoints} == {"Plant models"}
        port = int(server.url.split(":")[2].split("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        pass
