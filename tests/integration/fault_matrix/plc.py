"""The simulated PLC as a process that can die, be stopped, disturbed, and asked what its result tags hold."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import UaError

from tests.integration.fault_matrix.policies import URI
from tests.integration.fault_matrix.watch import name_of
from tests.integration.service.processes import started

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from tests.integration.fault_matrix.policies import Policy
    from tests.integration.service.processes import Command

T = TypeVar("T")
_REACHED_SECONDS = 15.0
_AT_ONCE = 20
"""Nodes per Read: no more than a controller of small limits takes."""
LOST = (ConnectionError, TimeoutError, UaError, OSError)
"""What a client of a PLC that is away raises."""


@dataclass(frozen=True, slots=True)
class Result:
    """What stands in a result tag and in the quality tag beside it.

    Attributes:
        status: name of the StatusCode.
        value: None where there is none.
        written_at: SourceTimestamp and ServerTimestamp; one of them at least is another after each write.
        quality: name of the StatusCode whose number is in the quality tag.
    """

    status: str
    value: float | None
    written_at: tuple[datetime | None, datetime | None]
    quality: str

    @property
    def is_good(self) -> bool:
        """Whether the PLC's program may use it."""
        return self.status == self.quality == "Good" and self.value is not None

    @classmethod
    def of(cls, value: ua.DataValue, quality: ua.DataValue) -> Result:
        """From what was read."""
        number = None if quality.Value is None else quality.Value.Value
        return cls(
            status=name_of(value.StatusCode),
            value=None if value.Value is None else value.Value.Value,
            written_at=(value.SourceTimestamp, value.ServerTimestamp),
            quality="" if number is None else name_of(ua.StatusCode(ua.UInt32(number))),
        )


@dataclass(frozen=True, slots=True)
class Results:
    """All result tags by policy, and the service's heartbeat."""

    by_policy: dict[str, Result]
    heartbeat: Any


class Plc:
    """The simulator's process, which keeps its port over deaths, and what is asked of it over OPC UA."""

    def __init__(self, *options: str, seed: int = 7) -> None:
        self._options = ("--seed", str(seed), *options)
        self._stack = AsyncExitStack()
        self.command: Command | None = None
        self.endpoint = ""
        self.port = 0
        self._client: Client | None = None
        self._index = 0
        self._asking = asyncio.Lock()

    async def start(self) -> None:
        """Start the process and wait until it listens."""
        arguments = ("--json", "--no-signals", "--port", str(self.port), *self._options)
        self.command = await self._stack.enter_async_context(started(*arguments, module="opcua_ml_simulator"))
        self.endpoint = str(json.loads(self.command.first_line)["endpoint"])
        self.port = int(self.endpoint.rstrip("/").rpartition(":")[2])

    async def kill(self) -> None:
        """End the process as a power cut would."""
        assert self.command is not None
        await self._hang_up()
        if self.command.process.returncode is None:
            self.command.process.kill()
        await self._stack.aclose()

    def freeze(self) -> None:
        """Stop the process in the middle of what it does; its sockets stay open."""
        assert self.command is not None
        os.kill(self.command.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.command is not None
        os.kill(self.command.pid, signal.SIGCONT)

    async def call(self, method: str, *arguments: str | float) -> None:
        """Call a method of Simulation, on a connection of its own, as soon as the PLC can be reached."""
        given = [
            ua.Variant(one, ua.VariantType.String if isinstance(one, str) else ua.VariantType.Double)
            for one in arguments
        ]

        async def once(client: Client, index: int) -> None:
            owner = client.get_node(node_id("Simulation", index))
            await owner.call_method(node_id(f"Simulation.{method}", index), *given)

        await self._reached(once)

    async def ended(self) -> None:
        """Wait until the process has ended by itself, and forget it."""
        assert self.command is not None
        async with asyncio.timeout(_REACHED_SECONDS):
            await self.command.process.wait()
        await self._stack.aclose()

    async def namespace_index(self) -> int:
        """Of the simulator's namespace, now."""

        async def once(client: Client, _index: int) -> int:
            return await client.get_namespace_index(URI)

        return await self._reached(once)

    async def results(self, policies: Sequence[Policy]) -> Results:
        """What stands in the result tags of these policies, all of which this PLC has."""

        async def once(client: Client, index: int) -> Results:
            names = [f"Results.{policy.result}{end}" for policy in policies for end in ("", "Quality")]
            nodes = [node_id(name, index) for name in ("Results.Heartbeat", *names)]
            beat, *read = [
                one
                for start in range(0, len(nodes), _AT_ONCE)
                for one in await client.uaclient.read_attributes(
                    nodes[start : start + _AT_ONCE], AttributeIds.Value
                )
            ]
            pairs = zip(read[::2], read[1::2], strict=True)
            found = {policy.name: Result.of(*pair) for policy, pair in zip(policies, pairs, strict=True)}
            return Results(found, None if beat.Value is None else beat.Value.Value)

        return await self._reached(once)

    async def _reached(self, ask: Callable[[Client, int], Awaitable[T]]) -> T:
        """What the PLC answers, once it does; a connection that is lost on the way is made anew."""
        async with asyncio.timeout(_REACHED_SECONDS), self._asking:
            while True:
                try:
                    if self._client is None:
                        client = Client(self.endpoint, timeout=2)
                        await client.connect()
                        self._client, self._index = client, await client.get_namespace_index(URI)
                    return await ask(self._client, self._index)
                except LOST:
                    await self._hang_up()
                    await asyncio.sleep(0.05)

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(*LOST):
                async with asyncio.timeout(0.2):
                    await client.disconnect()


def node_id(path: str, index: int) -> ua.NodeId:
    """Of a node of the simulator."""
    return ua.NodeId(ua.String(path), ua.Int16(index))
