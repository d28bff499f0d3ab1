"""What clients take is given back, whatever way they go.

Source: threat class 10, resources: subscriptions, items, queues, continuation points, nonces.
"""

from __future__ import annotations

import gc
import logging
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import browse, call_request, read_code
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, until, weak_in_asyncua

if TYPE_CHECKING:
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def use_everything(client: RawClient, plant: Target) -> int:
    """A session with all that one can hold; the request id of its waiting Publish."""
    await client.create_session()
    await client.activate_session()
    subscriber = await Subscriber.create(client)
    await subscriber.create_items(*[subscriber.item(plant.id("speed")) for _ in range(5)])
    await browse(client, plant.id("pump"), most=1)
    return await subscriber.send_publish()


def held(plant: Target) -> dict[str, int]:
    """Everything that is counted per client."""
    server: Any = plant.server.iserver
    subscriptions = server.subscription_service
    value = server.aspace[plant.id("speed")].attributes[13]
    return {
        "sessions": len(server.sessions),
        "subscriptions": len(subscriptions.subscriptions),
        "quota of subscriptions": subscriptions.quotas.subscriptions.total(),
        "quota of items": subscriptions.quotas.items.total(),
        "quota of queues": subscriptions.quotas.queue_places.total(),
        "watchers": len(value.datachange_callbacks),
        "calls": len(server.calls),
        "unfinished bytes": plant.server.bserver.budget.total,
    }


async def cycles(plant: Target, count: int) -> None:
    """Sessions that come, use everything and go."""
    while count > 0:
        async with plant.channel() as client:
            for _ in range(min(count, 1_000)):
                waiting = await use_everything(client, plant)
                await client.call(ua.CloseSessionRequest())
                with suppress(ServiceFaulted):
                    await client.answer(waiting)
        count -= 1_000


async def growth(plant: Target, count: int, before_that: int = 50) -> int:
    """Bytes that the process has more after so many sessions, once its caches are full."""
    tracemalloc.start()
    await cycles(plant, before_that)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    await cycles(plant, count)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown


async def test_sessions_that_close_leave_nothing(plant: Target) -> None:
    """All counters are as before, and so is the memory."""
    before = held(plant)
    assert await growth(plant, 150) < 100_000
    assert held(plant) == before


@pytest.mark.soak
async def test_twenty_thousand_sessions_leave_memory_flat(plant: Target) -> None:
    """The same for longer."""
    before = held(plant)
    assert await growth(plant, 20_000, before_that=1_000) < 200_000
    assert held(plant) == before


async def test_sessions_whose_clients_vanish_leave_nothing_after_their_timeout() -> None:
    """Connections dropped in every state: when the sessions time out, all is given back."""
    limits = Limits(min_session_timeout_ms=300, max_session_timeout_ms=300)
    async with started("plant", limits) as plant:
        before = held(plant)
        for _ in range(5):
            async with plant.channel() as client:
                await use_everything(client, plant)
            async with plant.channel() as client:
                await client.create_session()
            async with plant.session() as client:
                client.request_id += 1
                await client.send_bytes(
                    client.frame(b"MSG", bytes(500), chunk=b"C", request_id=client.request_id)
                )
        await until(lambda: held(plant) == before)


async def test_errors_in_every_step_leave_nothing(plant: Target) -> None:
    """Refused items, refused subscriptions, failing methods, requests that can't be decoded."""
    before = held(plant)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        wrong = [
            subscriber.item(ua.NodeId(ua.String("nothing"), ua.Int16(2))),
            subscriber.item(plant.id("speed"), 99),
            subscriber.item(plant.id("speed"), index_range="x"),
            subscriber.item(plant.id("title"), wanted_filter=ua.DataChangeFilter(DeadbandType=ua.UInt32(1))),
            subscriber.item(plant.id("pump"), 12, wanted_filter=ua.EventFilter()),
        ]
        for result in await subscriber.create_items(*wrong):
            assert result.StatusCode.is_bad()
        with pytest.raises(ServiceFaulted):
            await Subscriber(client, ua.CreateSubscriptionResult()).create_items(*wrong)
        await client.call(call_request(plant.id("pump"), plant.id("fail")))
        await client.send_bytes(client.frame(b"MSG", b"\x01\x00\x77\x02"))
        assert held(plant)["quota of items"] == before["quota of items"]
        await client.call(ua.CloseSessionRequest())
    await until(lambda: held(plant) == before)


async def test_closing_during_a_call_blocks_nobody(plant: Target) -> None:
    """The session is gone at once, others are served, and the Call runs to its end and is counted out.

    It is answered once, at once: what is outstanding is BadSessionClosed (Part 4, 5.6.4.1).
    """
    plant.released.clear()
    before = held(plant)
    async with plant.session() as client, plant.session() as other:
        number = await client.send(call_request(plant.id("pump"), plant.id("wait")))
        await until(lambda: any(session.running_calls for session in plant.server.iserver.sessions))
        await client.call(ua.CloseSessionRequest())
        with pytest.raises(ServiceFaulted) as fault:
            await client.answer(number)
        assert fault.value.code == StatusCodes.BadSessionClosed
        assert await read_code(other, plant.id("speed")) == 0
        assert held(plant)["calls"] == 1
        plant.released.set()
        await until(lambda: held(plant)["calls"] == 0)
        client.session = None
        await client.call(ua.GetEndpointsRequest())
        assert not client.unclaimed
        await other.call(ua.CloseSessionRequest())
    assert held(plant) == before


@weak_in_asyncua
async def test_a_subscription_leaves_no_logger(target: Target) -> None:
    """Python's logging never forgets a logger; one per subscription is a leak that any client can use."""
    known = logging.root.manager.loggerDict
    for name in [name for name in known if name.rpartition(".")[2].isdigit()]:
        del known[name]  # of subscriptions with the same numbers, by tests before
    async with target.session() as client:
        await Subscriber.create(client)
        before = len(known)
        for _ in range(20):
            await Subscriber.create(client)
        assert len(known) == before
