"""A client of a PLC under test: subscribes to its tags and counts what comes.

    python receiver.py asyncua|opcua_ml URL TAGS INTERVAL_MS

Says «ready» once a value of each tag is here. Command `count`: how many values came since the last time, and
the processor time that took.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

NAMESPACE = "urn:opcua-ml:benchmarks:plc"
QUEUE = 1000
build: Any = ua  # unchecked: its annotations want ua.Int16 and the like, where everyone gives an int


class Counter:
    """Counts values in whichever form a stack hands them on."""

    def __init__(self) -> None:
        self.values = 0
        self.troubles = 0

    async def first(self, count: int) -> None:
        """Wait until so many values are here, and no more are under way."""
        while True:
            before = self.values
            await asyncio.sleep(0.3)
            if count <= self.values == before:
                return

    def datachange_notification(self, _node: Any, _value: Any, _data: Any) -> None:
        """Take one value from asyncua's subscription."""
        self.values += 1

    def status_change_notification(self, _status: Any) -> None:
        """Note that asyncua's subscription is in trouble."""
        self.troubles += 1

    def receive(self, samples: Sequence[tuple[int, Any]]) -> None:
        """Take one notification's samples from our connection."""
        self.values += len(samples)


@asynccontextmanager
async def with_asyncua(url: str, tags: int, interval_ms: float, counter: Counter) -> AsyncIterator[None]:
    """The client of asyncua, which asks explicitly for what it wants."""
    from asyncua.client.client import Client  # noqa: PLC0415 - each stack loads its own

    async with Client(url) as client:
        space = await client.get_namespace_index(NAMESPACE)
        subscription = await client.create_subscription(interval_ms, counter)
        nodes = [client.get_node(build.NodeId(f"T{number}", space)) for number in range(tags)]
        for start in range(0, tags, 1000):
            await subscription.subscribe_data_change(
                nodes[start : start + 1000], queuesize=QUEUE, sampling_interval=build.Double(0)
            )
        yield


@asynccontextmanager
async def with_ours(url: str, tags: int, interval_ms: float, counter: Counter) -> AsyncIterator[None]:
    """Our connection to a PLC."""
    from opcua_ml.opcua.plc.address import TagAddress  # noqa: PLC0415 - as above
    from opcua_ml.opcua.plc.binding import InputBinding  # noqa: PLC0415 - as above
    from opcua_ml.opcua.plc.connection import PlcConnection  # noqa: PLC0415 - as above
    from opcua_ml.opcua.plc.settings import PlcSecurity, PlcSettings, Policy  # noqa: PLC0415 - as above
    from opcua_ml.service.clock import SystemClock  # noqa: PLC0415 - as above
    from opcua_ml.service.log import configure_logging  # noqa: PLC0415 - as above

    configure_logging("warning")

    settings = PlcSettings(
        name="plc",
        endpoint=url,
        security=PlcSecurity(policy=Policy.NONE),
        publishing_interval=interval_ms / 1e3,
        sampling_interval=0.0,
        queue_size=QUEUE,
    )
    inputs = [
        InputBinding(key=number, name=f"T{number}", address=TagAddress(NAMESPACE, f"T{number}"))
        for number in range(tags)
    ]
    connection = PlcConnection(settings, inputs=inputs, receiver=counter, clock=SystemClock())
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(connection.run(), name="plc")
        yield
        task.cancel()


async def main(stack: str, url: str, tags: int, interval_ms: float) -> None:
    """Count until standard input ends."""
    logging.basicConfig(level=logging.CRITICAL)
    counter = Counter()
    session = with_asyncua if stack == "asyncua" else with_ours
    async with session(url, tags, interval_ms, counter):
        await counter.first(tags)
        print(json.dumps({"ready": True}), flush=True)
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        before, cpu = 0, 0.0
        while await reader.readline():
            values, used = counter.values, time.process_time()
            said = {"values": values - before, "cpu_s": used - cpu, "troubles": counter.troubles}
            before, cpu = values, used
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
