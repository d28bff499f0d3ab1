"""A request of many operations is served in parts: right and whole, while others' cheap ones go first.

Source: OPC UA Part 4, 5.9.2 (Browse), 5.11.2 (Read), 5.13.2 (CreateMonitoredItems).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from tests.integration.trust.requests import read_request, refused, write
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, until

if TYPE_CHECKING:
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
SERVER = ua.NodeId(ua.Int32(ObjectIds.Server))
TYPES = ua.NodeId(ua.Int32(ObjectIds.BaseEventType))


def browse(*nodes: ua.NodeId) -> ua.BrowseRequest:
    """All that hangs on these nodes."""
    request = ua.BrowseRequest()
    request.Parameters.NodesToBrowse = [
        ua.BrowseDescription(NodeId=node, IncludeSubtypes=True, ResultMask=63) for node in nodes
    ]
    return request


async def test_a_cheap_read_of_another_client_goes_first(plant: Target) -> None:
    """It comes after a long Browse, and is answered before it."""
    async with plant.session() as long, plant.session() as cheap:
        await cheap.call(read_request(plant.id("speed")))
        order: list[str] = []

        async def done(name: str, client: RawClient, request: object) -> None:
            await client.call(request)
            order.append(name)

        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                order.clear()
                first = group.create_task(done("long", long, browse(*[SERVER, TYPES] * 50)), name="long")
                second = group.create_task(
                    done("cheap", cheap, read_request(plant.id("speed"))), name="cheap"
                )
                await asyncio.wait([first, second])
                assert order == ["cheap", "long"]


async def test_a_cheap_read_goes_before_one_long_value_too(plant: Target) -> None:
    """It comes after a Write of ten thousand texts into one Variable, which is refused as a short one is."""
    texts = ua.DataValue(ua.Variant(["text"] * 10_000, ua.VariantType.String))
    async with plant.session() as long, plant.session() as cheap:
        await cheap.call(read_request(plant.id("speed")))
        written = asyncio.create_task(write(long, plant.id("speed"), texts), name="long")
        await asyncio.sleep(0)
        await cheap.call(read_request(plant.id("speed")))
        assert not written.done()
        assert await written == Code.BadTypeMismatch


async def test_a_cheap_read_goes_before_the_chunks_of_one_long_answer(plant: Target) -> None:
    """Seven megabytes; what the same client is sent meanwhile comes behind them, whole as they are."""
    schema = ua.NodeId(ua.Int32(ObjectIds.OpcUa_XmlSchema))
    async with plant.session() as long, plant.session() as cheap:
        subscriber = await Subscriber.create(long, 10.0)
        await subscriber.monitor(plant.id("count"))
        for number in range(10):
            changes = asyncio.create_task(subscriber.numbers(1), name="changes")
            await changes
            waiting = await subscriber.send_publish()
            asked = await long.send(read_request(*[schema] * 20))
            await plant.write("count", 1_000 + number, ua.VariantType.Int32)
            called = await long.send(read_request(plant.id("speed")))
            await cheap.call(read_request(plant.id("speed")))
            results = (await long.answer(asked)).Results
            assert len({len(result.Value.Value) for result in results}) == 1
            assert (await long.answer(called)).Results[0].Value.Value is not None
            await long.answer(waiting)
            await plant.write("count", number, ua.VariantType.Int32)


async def test_a_long_browse_says_what_single_ones_say(plant: Target) -> None:
    """In the order asked for, a node that is not there in its place."""
    nodes = [SERVER, plant.id("pump"), ua.NodeId(ua.Int32(999_999)), TYPES] * 25
    async with plant.session() as client:
        together = (await client.call(browse(*nodes))).Results
        alone = {node: (await client.call(browse(node))).Results[0] for node in set(nodes)}
        assert together == [alone[node] for node in nodes]


async def test_a_long_read_says_what_single_ones_say(plant: Target) -> None:
    """A thousand nodes, of every attribute and none."""
    names = ("speed", "count", "title", "blob", "series", "constant")
    attributes = (
        AttributeIds.Value,
        AttributeIds.DisplayName,
        AttributeIds.DataType,
        AttributeIds.InverseName,
    )
    wanted = [
        ua.ReadValueId(NodeId=plant.id(names[n % 6]), AttributeId=attributes[n // 6 % 4])
        for n in range(1_000)
    ]
    request = ua.ReadRequest()
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Neither
    request.Parameters.NodesToRead = wanted
    async with plant.session() as client:
        together: list[Any] = (await client.call(request)).Results
        for number in range(24):
            request.Parameters.NodesToRead = [wanted[number]]
            (alone,) = (await client.call(request)).Results
            assert {repr(found) for found in together[number::24]} == {repr(alone)}
        request.Parameters.NodesToRead = [*wanted, wanted[0]]
        assert await refused(client, request) == Code.BadTooManyOperations


async def test_items_made_in_parts_have_each_its_answer(plant: Target) -> None:
    """Handles, revised values and refusals in the order asked for."""
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        wanted = [
            subscriber.item(plant.id("speed") if n % 3 else ua.NodeId(ua.Int32(999_999))) for n in range(60)
        ]
        results = await subscriber.create_items(*wanted)
        assert [one.StatusCode.value for one in results] == [
            0 if n % 3 else Code.BadNodeIdUnknown for n in range(60)
        ]
        made = [one.MonitoredItemId for one in results if one.StatusCode.is_good()]
        assert made == sorted(set(made))


async def test_a_session_that_moves_meanwhile_is_not_served_on(plant: Target) -> None:
    """Activated on another channel in the midst of its own long request."""
    async with plant.session() as client, plant.channel() as elsewhere:
        token = client.session.token
        code, _ = await asyncio.gather(
            refused(client, browse(*[SERVER] * 100)), elsewhere.activate_session(token)
        )
        assert code in {0, Code.BadSessionIdInvalid}
        assert await refused(client, browse(SERVER)) == Code.BadSessionIdInvalid
        assert await refused(elsewhere, browse(SERVER), token) == 0


async def test_who_goes_in_the_midst_of_a_long_request_leaves_nothing() -> None:
    """No place in the queue, no connection, no word in the log."""
    async with started("plant") as plant:
        server = plant.server
        for _ in range(5):
            async with plant.session() as client:
                asking = asyncio.create_task(client.call(browse(*[SERVER, TYPES] * 50)))
                await until(lambda: len(server.iserver.turns) > 0)
                asking.cancel()
        await until(lambda: not len(server.iserver.turns) and not server.bserver.clients)
        async with plant.session() as client:
            assert await refused(client, browse(SERVER)) == 0


async def test_values_of_a_long_read_are_of_one_moment(plant: Target) -> None:
    """Although others' work, here the server's own that changes the value, goes on between its parts."""
    names = read_request(*[SERVER] * 120, attribute=AttributeIds.DisplayName).Parameters.NodesToRead
    request = read_request(*[plant.id("speed")] * 60)
    speeds = request.Parameters.NodesToRead
    request.Parameters.NodesToRead = [*speeds, *names, *speeds]
    over, changes = False, 0

    async def changing() -> None:
        nonlocal changes
        while not over:
            changes += 1
            await plant.write("speed", float(changes))
            await asyncio.sleep(0)

    async with plant.session() as client, asyncio.TaskGroup() as group:
        group.create_task(changing(), name="changing")
        for _ in range(20):
            results = (await client.call(request)).Results
            values = {one.Value.Value for one in (*results[:60], *results[-60:])}
            assert len(values) == 1
        over = True
    assert changes > 20
