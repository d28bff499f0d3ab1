"""A server to be attacked, with a few nodes of every kind that rights and types are about."""

from __future__ import annotations

import asyncio
import functools
import inspect
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.common.methods import uamethod
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaError

from opcua_ml.garbage import collection_paused
from opcua_ml.opcua.trust import Limits, PlantServer
from opcua_ml.opcua.trust.ground.ua_values import node_id, variant
from tests.adversary.wire import (
    RawClient,
    ServerClosed,
    ServiceFaulted,
    connected,
    with_channel,
    with_session,
)
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from asyncua.common.node import Node

SHOWN = (AssertionError, pytest.fail.Exception, TimeoutError, ServerClosed, ServiceFaulted, UaError)
"""How a scenario fails on a server that is weak."""
URI = "urn:test:plant"
WITH_STATUS_AND_TIME = 0b110_0011
"""AccessLevel: CurrentRead, CurrentWrite, StatusWrite and TimestampWrite."""


@dataclass
class Target:
    """A running server and its nodes by name."""

    kind: str
    server: Any
    nodes: dict[str, Node] = field(default_factory=dict)
    index: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    generators: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", self.server.bserver.port

    @property
    def patience_s(self) -> float:
        """How long an answer is waited for; a server that is known to give none is not waited for long."""
        return 30.0 if self.kind == "plant" else 0.3

    def client(self) -> Client:
        """An asyncua client, not connected yet."""
        return Client(f"opc.tcp://127.0.0.1:{self.address[1]}")

    def bare(self) -> AbstractAsyncContextManager[RawClient]:
        """A raw connection."""
        return connected(*self.address, self.patience_s)

    def channel(self) -> AbstractAsyncContextManager[RawClient]:
        """A raw connection with a channel."""
        return with_channel(*self.address, self.patience_s)

    def session(self) -> AbstractAsyncContextManager[RawClient]:
        """A raw connection with an activated session."""
        return with_session(*self.address, self.patience_s)

    def id(self, name: str) -> ua.NodeId:
        """NodeId by name."""
        return self.nodes[name].nodeid

    async def write(self, name: str, value: Any, kind: ua.VariantType | None = None) -> None:
        """Write as the server's own code does."""
        await self.nodes[name].write_value(variant(value, kind))


def weak_in_asyncua(test: Callable[..., Any]) -> Callable[..., Any]:
    """Run the scenario on both servers: ours has to pass, asyncua's to fail.

    When asyncua closes a hole, the test of its plain server says so, and the mend can be looked at again.
    """

    @functools.wraps(test)
    async def run(*args: Any, **kwargs: Any) -> None:
        target: Target = kwargs["target"]
        if target.kind == "plant":
            await test(*args, **kwargs)
            return
        with pytest.raises(SHOWN):
            async with asyncio.timeout(10):
                await test(*args, **kwargs)

    assert "target" in inspect.signature(test).parameters
    return run


async def until(condition: Callable[[], object], deadline_s: float = 30.0) -> None:
    """Wait for a state of the server that nothing announces.

    Raises:
        TimeoutError: it did not come in time.
    """
    async with asyncio.timeout(deadline_s):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


@asynccontextmanager
async def started(kind: str, limits: Limits | None = None, **options: Any) -> AsyncIterator[Target]:
    """A running server of this kind."""
    server: Any = PlantServer(limits, **options) if kind == "plant" else Server()
    with collection_paused():
        await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    target = Target(kind, server)
    await build(target)
    async with server:
        yield target


async def build(target: Target) -> None:
    """The nodes."""
    target.index = index = await target.server.register_namespace(URI)
    pump = await target.server.nodes.objects.add_object(
        node_id("pump", index), ua.QualifiedName("Pump", index)
    )
    other = await target.server.nodes.objects.add_object(
        node_id("other", index), ua.QualifiedName("Other", index)
    )
    target.nodes |= {"pump": pump, "other": other}

    async def add(name: str, value: Any, kind: ua.VariantType, *, writable: bool = True) -> None:
        node = await pump.add_variable(
            node_id(name, index), ua.QualifiedName(name, index), value, varianttype=kind
        )
        await node.set_writable(writable)
        target.nodes[name] = node

    await add("speed", 1.0, ua.VariantType.Double)
    await add("count", 1, ua.VariantType.Int32)
    await add("title", "pump", ua.VariantType.String)
    await add("blob", b"0123456789", ua.VariantType.ByteString)
    await add("series", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], ua.VariantType.Double)
    await target.nodes["series"].write_value_rank(ua.ValueRank.OneDimension)
    await add("matrix", [[1, 2, 3], [4, 5, 6]], ua.VariantType.Int32)
    await add("constant", 7, ua.VariantType.Int32, writable=False)
    await add("hidden", 42, ua.VariantType.Int32)
    samples = await pump.add_variable(node_id("sample", index), ua.QualifiedName("sample", index), 1.0)
    target.nodes["sample"] = samples
    all_bits = ua.DataValue(ua.Variant(WITH_STATUS_AND_TIME, ua.VariantType.Byte))
    await samples.write_attribute(AttributeIds.AccessLevel, all_bits)
    await samples.write_attribute(AttributeIds.UserAccessLevel, all_bits)
    none = ua.DataValue(ua.Variant(0, ua.VariantType.Byte))
    await target.nodes["hidden"].write_attribute(AttributeIds.AccessLevel, none)
    await build_methods(target)


async def build_methods(target: Target) -> None:
    """Methods: a sum, one that is not executable, one that fails, one that waits until it is released."""
    double, index, pump = ua.VariantType.Double, target.index, target.nodes["pump"]

    @uamethod
    async def add(_parent: ua.NodeId, a: float, b: float) -> float:
        return a + b

    @uamethod
    async def total(_parent: ua.NodeId, values: list[float]) -> float:
        return float(sum(values))

    @uamethod
    async def fail(_parent: ua.NodeId) -> None:
        raise RuntimeError("secret detail of the implementation")

    @uamethod
    async def wait(_parent: ua.NodeId) -> float:
        await target.released.wait()
        return 1.0

    def argument(name: str, rank: int = -1) -> ua.Argument:
        return ua.Argument(Name=name, DataType=node_id(ObjectIds.Double), ValueRank=rank, ArrayDimensions=[])

    async def method(name: str, code: Any, inputs: list[Any], outputs: list[Any]) -> None:
        target.nodes[name] = await pump.add_method(
            node_id(name, index), ua.QualifiedName(name, index), code, inputs, outputs
        )

    await method("add", add, [argument("a"), argument("b")], [double])
    await method("total", total, [argument("values", 1)], [double])
    await method("fail", fail, [], [])
    await method("wait", wait, [], [double])
    await method("locked", add, [argument("a"), argument("b")], [double])
    no = ua.DataValue(ua.Variant(False, ua.VariantType.Boolean))
    await target.nodes["locked"].write_attribute(AttributeIds.Executable, no)
