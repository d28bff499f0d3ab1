"""Fixtures for the simulator's tests: a running simulator, a client on it, and waiting with a deadline."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import AsyncExitStack
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua

from opcua_ml_simulator import pytest_fixture
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from asyncua.common.node import Node

    from opcua_ml_simulator import Simulator

start_simulator = pytest_fixture.start_simulator


class Plant:
    """A client on a simulator, with nodes by path."""

    def __init__(self, simulator: Simulator, client: Client, namespace: int) -> None:
        self.simulator = simulator
        self.client = client
        self.namespace = namespace

    def node(self, path: str) -> Node:
        """A node by its path."""
        return self.client.get_node(ua.NodeId(ua.String(path), ua.Int16(self.namespace)))

    async def read(self, path: str) -> ua.DataValue:
        """Value, StatusCode and timestamps as the client sees them."""
        return await self.node(path).read_data_value(raise_on_bad_status=False)

    async def value(self, path: str) -> Any:
        """The value alone."""
        found = await self.read(path)
        return None if found.Value is None else found.Value.Value

    async def write(self, path: str, value: Any, kind: ua.VariantType, **parts: Any) -> ua.StatusCode:
        """The StatusCode that a write is answered with."""
        item = ua.WriteValue(
            NodeId=self.node(path).nodeid,
            AttributeId=ua.UInt32(13),
            Value=ua.DataValue(ua.Variant(value, kind), **parts),
        )
        (answer,) = await self.client.uaclient.write(ua.WriteParameters(NodesToWrite=[item]))
        return answer

    async def call(self, path: str, *arguments: ua.Variant, on: str | None = None) -> ua.CallMethodResult:
        """The whole answer to a method call."""
        owner = self.node(on or path.rpartition(".")[0])
        request = ua.CallMethodRequest(owner.nodeid, self.node(path).nodeid, list(arguments))
        (answer,) = await self.client.uaclient.call([request])
        return answer


@pytest.fixture
async def start_plant(start_simulator: Any) -> AsyncIterator[Callable[..., Awaitable[Plant]]]:
    """A function that starts a simulator with settings and connects a client to it."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Plant:
            simulator = await start_simulator(**settings)
            client = await stack.enter_async_context(Client(simulator.endpoint))
            return Plant(simulator, client, await client.get_namespace_index(simulator.namespace_uri))

        yield start


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Wait until a condition (a function or coroutine function) holds; fails after the deadline."""

    async def wait(condition: Callable[[], Any], *, seconds: float = 10.0) -> None:
        deadline = monotonic() + seconds
        while True:
            found = condition()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return
            assert monotonic() < deadline, f"not within {seconds} s"
            await asyncio.sleep(0.02)

    return wait
