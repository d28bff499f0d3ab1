"""A PLC that sends changes faster than any client takes them.

    python fast_plc.py PORT TAGS

Everything but the notifications is asyncua's own. They come from one structured array of numpy, so that
sending a value costs well below what receiving it does. Commands, one line of JSON each, with rate, seconds
and subscription: `blast`; `single`, which sends one tag at a time, stamped as it is sent; and `scan`, which
changes all tags at once, stamped then, and sends them at the next publishing interval.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import struct
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from asyncua import ua
from asyncua.server.server import Server
from asyncua.server.subscription_service import SubscriptionService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

if TYPE_CHECKING:
    from collections.abc import Callable

NAMESPACE = "urn:opcua-ml:benchmarks:plc"
MOST_VALUES = 1000  # of one notification: it fits in one chunk
CHANGE = np.dtype(
    [
        ("handle", "<u4"),
        ("mask", "u1"),
        ("type", "u1"),
        ("value", "<f8"),
        ("source", "<i8"),
        ("server", "<i8"),
    ]
)
VALUE_AND_TIMES, DOUBLE = 0x0D, 11
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
build: Any = ua  # unchecked: its annotations want ua.Int16 and the like, where everyone gives an int


def filetime() -> int:
    """Now, in 100 ns since 1601 (Part 6, 5.2.2.5)."""
    return int((datetime.now(UTC) - EPOCH).total_seconds() * 1e6) * 10


class Subscription:
    """One client's subscription, to which changes are sent past asyncua's queues."""

    def __init__(self, processor: Any, inner: Any) -> None:
        self._processor = processor
        self._inner = inner
        self.changes = np.zeros(0, CHANGE)
        self.sent = 0

    def bind(self) -> None:
        """See which items the client has by now."""
        items = list(self._inner.monitored_item_srv._monitored_items.values())  # noqa: SLF001 - asyncua tells nobody
        self.changes = np.zeros(len(items), CHANGE)
        self.changes["handle"] = [item.client_handle for item in items]
        self.changes["mask"], self.changes["type"] = VALUE_AND_TIMES, DOUBLE

    @property
    def interval(self) -> float:
        """Seconds between two publishes."""
        return float(self._inner.data.RevisedPublishingInterval / 1e3)

    async def send(self, places: Any, values: Any, source: int | None = None) -> None:
        """Send these items' new values; waits while the client leaves no publish request.

        Args:
            places: of the items.
            values: theirs.
            source: when they became so, as filetime; None for now.
        """
        for start in range(0, len(places), MOST_VALUES):
            part = slice(start, start + MOST_VALUES)
            request = await self._publish_request()
            now = filetime()
            changes = self.changes[places[part]]
            changes["value"], changes["source"], changes["server"] = values[part], source or now, now
            self._write(request, self._body(request, now, changes))
            self.sent += len(changes)

    async def _publish_request(self) -> Any:
        while True:
            request = self._processor.get_publish_request(self._inner.data.SubscriptionId)
            if request is not None:
                return request
            await asyncio.sleep(0.0005)

    def _body(self, request: Any, now: int, changes: Any) -> Any:
        subscription = self._inner
        number = subscription._notification_seq  # noqa: SLF001 - asyncua's own messages count on
        subscription._notification_seq = number + 1  # noqa: SLF001 - as above
        head = struct.pack(
            "<BBHqIIBi3s", 1, 0, 829, now, request.requesthdr.RequestHandle, 0, 0, -1, b"\0\0\0"
        )
        head += struct.pack("<IiI?Iqi", subscription.data.SubscriptionId, 1, number, False, number, now, 1)
        content = struct.pack("<i", len(changes)) + changes.tobytes() + struct.pack("<i", -1)
        results = struct.pack("<i", len(request.results)) + bytes(4 * len(request.results))
        return (
            head
            + struct.pack("<BBHBi", 1, 0, 811, 1, len(content))
            + content
            + results
            + struct.pack("<i", -1)
        )

    def _write(self, request: Any, body: bytes) -> None:
        connection, transport = self._processor._connection, self._processor._transport  # noqa: SLF001 - as above
        transport.write(connection.message_to_binary(body, request_id=request.seqhdr.RequestId))


class Subscriptions(SubscriptionService):
    """Notes which connection each subscription came from."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.made: list[Subscription] = []

    async def create_subscription(
        self, params: Any, callback: Any, session_id: Any, request_callback: Any = None
    ) -> Any:
        """As asyncua, and remember it where a client asked."""
        result = await super().create_subscription(params, callback, session_id, request_callback)
        processor = getattr(callback, "__self__", None)
        if request_callback is not None and processor is not None:
            self.made.append(Subscription(processor, self.subscriptions[result.SubscriptionId]))
        return result


class Plc:
    """The tags, and what is done to them."""

    def __init__(self, subscriptions: Subscriptions, tags: int) -> None:
        self._subscriptions = subscriptions
        self.values = np.zeros(tags)

    def read(self, place: int) -> Callable[..., ua.DataValue]:
        """What a Read of this tag answers."""

        def answer(_node: ua.NodeId, _attribute: AttributeIds) -> ua.DataValue:
            now: Any = datetime.now(UTC)
            value = ua.Variant(float(self.values[place]), ua.VariantType.Double)
            return ua.DataValue(value, ua.StatusCode(), now, now)

        return answer

    async def blast(self, rate: float, seconds: float, subscription: int) -> dict[str, Any]:
        """Send `rate` changed values a second, spread over the tags, at each publishing interval."""
        target = self._subscriptions.made[subscription]
        target.bind()
        size, loop = len(target.changes), asyncio.get_running_loop()
        tick = target.interval
        begin, before, done = loop.time(), target.sent, 0
        while done < round(rate * seconds) and loop.time() - begin < 3 * seconds:
            due = min(round(rate * seconds), round((loop.time() - begin + tick) * rate))
            while done < due:
                places = (np.arange(done, min(due, done + size))) % size
                self.values[places] += 1
                await target.send(places, self.values[places])
                done += len(places)
            await asyncio.sleep(tick)
        return {"sent": target.sent - before, "seconds": loop.time() - begin}

    async def scan(self, rate: float, seconds: float, subscription: int) -> dict[str, Any]:
        """Change all tags at once, `rate` times a second, as a controller's program does."""
        target = self._subscriptions.made[subscription]
        target.bind()
        places, loop, tick = np.arange(len(target.changes)), asyncio.get_running_loop(), target.interval
        begin, before = loop.time(), target.sent
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
            self.values += 1
            stamp, now = filetime(), loop.time() - begin
            await asyncio.sleep(begin + (now // tick + 1) * tick - loop.time())
            await target.send(places, self.values[places], stamp)
        return {"sent": target.sent - before, "seconds": loop.time() - begin}

    async def single(self, rate: float, seconds: float, subscription: int) -> dict[str, Any]:
        """Change one tag after the other, at even distances in time."""
        target = self._subscriptions.made[subscription]
        target.bind()
        size, loop = len(target.changes), asyncio.get_running_loop()
        begin, before = loop.time(), target.sent
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
            place = np.array([number % size])
            self.values[place] += 1e-3
            await target.send(place, self.values[place])
        return {"sent": target.sent - before, "seconds": loop.time() - begin}


async def main(port: int, tags: int) -> None:
    """Serve until standard input ends."""
    logging.basicConfig(level=logging.CRITICAL)
    server = Server()
    gc.disable()  # looking for garbage among half a million objects that stay doubles the start
    await server.init()
    gc.freeze()
    gc.enable()
    url = f"opc.tcp://127.0.0.1:{port}"
    server.set_endpoint(url)
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    aspace = server.iserver.aspace
    subscriptions = server.iserver.subscription_service = Subscriptions(aspace, server.iserver)
    plc = Plc(subscriptions, tags)
    space = await server.register_namespace(NAMESPACE)
    folder = await server.nodes.objects.add_folder(build.NodeId("Tags", space), "Tags")
    for number in range(tags):
        node = await folder.add_variable(
            build.NodeId(f"T{number}", space), f"T{number}", 0.0, datatype=build.NodeId(ObjectIds.Double)
        )
        aspace.set_attribute_value_callback(node.nodeid, AttributeIds.Value, plc.read(number))
    async with server:
        print(json.dumps({"url": url, "namespace": space, "uri": NAMESPACE}), flush=True)
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while line := await reader.readline():
            command = json.loads(line)
            work = {"blast": plc.blast, "single": plc.single, "scan": plc.scan}[command.pop("do")]
            print(json.dumps(await work(**command)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
