"""A server that stops says so first: state, time, reason, ServiceLevel 0, and what it still has to send.

Source: OPC UA Part 5, 12.10 (ServerStatusDataType), Part 4, 6.6.2.4.2 (ServiceLevel).
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import ServerClosed, ServiceFaulted, with_session
from tests.integration.trust.requests import double, read, write
from tests.integration.trust.subscriber import Subscriber, changes_of
from tests.integration.trust.target import SHOWN, Target, started, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
STATE = node_id(ObjectIds.Server_ServerStatus_State)
SECONDS = node_id(ObjectIds.Server_ServerStatus_SecondsTillShutdown)
REASON = node_id(ObjectIds.Server_ServerStatus_ShutdownReason)
LEVEL = node_id(ObjectIds.Server_ServiceLevel)
STATUS = node_id(ObjectIds.Server_ServerStatus)


async def last_values(subscriber: Subscriber) -> dict[int, Any]:
    """By client handle the last value of each item before the connection is closed."""
    found: dict[int, Any] = {}
    try:
        while True:
            for change in changes_of(await subscriber.publish()):
                found[change.ClientHandle] = change.Value.Value.Value
    except (ServerClosed, ServiceFaulted):
        return found


async def the_end_is_told(kind: str) -> None:
    """Long sampling and publishing intervals notwithstanding: nothing that was known is lost."""
    async with started(kind) as server, server.session() as client:
        subscriber = await Subscriber.create(client, interval=60_000.0)
        for node in (STATE, SECONDS, REASON, LEVEL):
            await subscriber.monitor(node, queue=1)
        await subscriber.monitor(server.id("speed"), sampling=60_000.0, queue=1)
        listening = asyncio.ensure_future(last_values(subscriber))
        if kind == "plant":
            await until(lambda: bool(held_requests(server)))
        await server.write("speed", 17.0)
        await server.server.stop()
        told = await listening
        assert told[1] == ua.ServerState.Shutdown
        assert told[2] == 0
        assert told[3].Text == "The server is stopping."
        assert told[4] == 0
        assert told[5] == 17.0


async def test_subscribers_hear_of_the_end_and_of_all_values_before_it() -> None:
    """State, seconds, reason, ServiceLevel and the last value of a slow item."""
    await the_end_is_told("plant")


async def test_plain_asyncua_ends_without_a_word() -> None:
    """Its ServiceLevel stays 255 and its State Running."""
    with pytest.raises((KeyError, *SHOWN)):
        await the_end_is_told("plain")


def held_requests(plant: Target) -> int:
    """Publish requests that wait."""
    return sum(len(session.lane) for session in plant.server.iserver.sessions)


async def test_a_notice_is_counted_down_while_the_server_goes_on_serving() -> None:
    """Reads are answered, new sessions are not begun; nobody is waited for who is gone already."""
    loop = asyncio.get_running_loop()
    async with started("plant", Limits(shutdown_notice_s=30.0)) as plant:
        async with plant.session() as client:
            begun = loop.time()
            ending = asyncio.ensure_future(plant.server.stop())
            await until(lambda: plant.server.iserver.shutting_down)
            status = (await read(client, STATUS)).Value.Value
            assert status.State == ua.ServerState.Shutdown
            assert 25 < status.SecondsTillShutdown <= 30
            assert (await read(client, STATE)).Value.Value == ua.ServerState.Shutdown
            assert await write(client, plant.id("speed"), double(2.0)) == StatusCodes.Good
            assert (await read(client, LEVEL)).Value.Value == 0
            with pytest.raises(ServiceFaulted) as refused:
                async with with_session(*plant.address):
                    pass
            assert refused.value.code == StatusCodes.BadShutdown
            await client.call(ua.CloseSessionRequest())
        await ending
        assert loop.time() - begun < 10


async def test_a_server_that_stops_without_sessions_stops_at_once() -> None:
    """The notice is for clients."""
    loop = asyncio.get_running_loop()
    async with started("plant", Limits(shutdown_notice_s=30.0)) as plant:
        begun = loop.time()
        await plant.server.stop()
        assert loop.time() - begun < 10
