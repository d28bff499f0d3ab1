"""Connections before and beside login: sizes, chunks, half-open and slow clients, floods.

Source: OPC UA Part 6, 6.7 (UA Secure Conversation) and 7.1 (UA Connection Protocol).
"""

from __future__ import annotations

import asyncio
import gc
import struct
import tracemalloc
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.garbage import collection_paused
from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import ServerClosed
from tests.integration.trust.requests import read_code, read_request, refused
from tests.integration.trust.target import Target, started, until, weak_in_asyncua
from tests.stopwatch import Stopwatch

if TYPE_CHECKING:
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
READ = struct_to_binary(read_request(node_id(ObjectIds.Server_ServerStatus)))


async def served(target: Target) -> None:
    """An honest client is served."""
    async with target.session() as client:
        assert await read_code(client, target.id("speed")) == Code.Good


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"HELF" + struct.pack("<I", 8),
        b"HELF" + struct.pack("<I", 0),
        b"HELF" + struct.pack("<I", 7),
        b"HELF" + struct.pack("<I", 0xFFFFFFFF),
        b"HELF" + struct.pack("<I", 0x7FFFFFFF) + bytes(100),
        b"OPNF" + struct.pack("<II", 40, 0) + bytes(28),
        b"MSGF" + struct.pack("<II", 40, 0) + bytes(28),
        b"ACKF" + struct.pack("<I", 28) + bytes(20),
        b"XXXF" + struct.pack("<I", 28) + bytes(20),
        bytes(64),
    ],
)
@weak_in_asyncua
async def test_what_is_no_hello_is_closed_at_once(target: Target, data: bytes) -> None:
    """Wrong types and impossible sizes end the connection with an Error message; nothing is waited for."""
    async with target.bare() as client:
        await client.send_bytes(data)
        assert await client.closed_by_server() & 0x80000000
    await served(target)


async def test_connections_that_have_ended_are_gone_without_the_collector() -> None:
    """It looks for rings rarely while we serve: until then each would keep all that it had read."""
    async with started("plant") as target:
        request = read_request(*[target.id("speed")] * 20)
        ends: list[weakref.ref[Any]] = []
        with collection_paused():
            for kind in (target.bare, target.channel, target.session) * 3:
                async with kind() as client:
                    if kind == target.session:
                        for _ in range(3):
                            await client.call(request)
                        await client.call(read_request(*[target.id("speed")] * 900))
                    (one,) = target.server.bserver.clients
                    ends += [weakref.ref(one), weakref.ref(one.processor)]
                    del one
                await until(lambda: not target.server.bserver.clients)
            await until(lambda: all(end() is None for end in ends))


@pytest.mark.parametrize("size", [0, 1, 11, 12, 23, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF])
@weak_in_asyncua
async def test_a_chunk_of_impossible_size_ends_the_connection(target: Target, size: int) -> None:
    """Too short for its headers, or above the buffer agreed on."""
    async with target.session() as client:
        await client.send_bytes(client.frame(b"MSG", b"", size=size))
        assert await client.closed_by_server() & 0x80000000
    await served(target)


@weak_in_asyncua
async def test_a_second_hello_ends_the_connection(target: Target) -> None:
    """Sizes are agreed on once."""
    async with target.session() as client:
        with pytest.raises(ServerClosed):
            await client.hello()


@weak_in_asyncua
async def test_messages_without_a_channel_are_not_served(target: Target) -> None:
    """After Hello comes OpenSecureChannel; nothing else is answered (asyncua serves token 0, channel 0)."""
    async with target.bare() as client:
        await client.hello()
        with pytest.raises(ServerClosed) as closed:
            await client.call(ua.GetEndpointsRequest())
        assert closed.value.code == Code.BadTcpSecureChannelUnknown


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"channel_id": 1}, Code.BadTcpSecureChannelUnknown),
        ({"token_id": 0}, Code.BadSecureChannelTokenUnknown),
        ({"token_id": 4711}, Code.BadSecureChannelTokenUnknown),
        ({"sequence_number": 0}, Code.BadSequenceNumberInvalid),
        ({"sequence_number": 500}, Code.BadSequenceNumberInvalid),
    ],
    ids=str,
)
@weak_in_asyncua
async def test_a_lie_about_the_channel_ends_the_connection(
    target: Target, lie: dict[str, int], code: int
) -> None:
    """Wrong channel, token or sequence number: closed with the code of the reason."""
    async with target.session() as client:
        for name, value in lie.items():
            setattr(client, name, value)
        await client.send_bytes(client.frame(b"MSG", READ))
        assert await client.closed_by_server() == code
    await served(target)


async def test_a_channel_is_renewed_and_goes_on(plant: Target) -> None:
    """Renew gives another token; the old one serves until the new one is used."""
    async with plant.session() as client:
        old = client.token_id
        result = await client.open_channel(renew=True)
        assert result.SecurityToken.TokenId not in {0, old}
        assert result.SecurityToken.ChannelId == client.channel_id
        client.token_id = old
        assert await read_code(client, plant.id("speed")) == Code.Good
        client.token_id = result.SecurityToken.TokenId
        assert await read_code(client, plant.id("speed")) == Code.Good


@weak_in_asyncua
async def test_a_channel_is_issued_once(target: Target) -> None:
    """Issue on an open channel and Renew on none are refused."""
    async with target.session() as client:
        with pytest.raises(ServerClosed):
            await client.open_channel()
    async with target.bare() as client:
        await client.hello()
        with pytest.raises(ServerClosed):
            await client.open_channel(renew=True)


async def test_a_channel_that_is_not_renewed_is_closed() -> None:
    """A quarter of its lifetime is added, then the connection goes; the session waits for another one."""
    limits = Limits(min_channel_lifetime_ms=100, max_channel_lifetime_ms=100)
    async with started("plant", limits) as plant, plant.session() as client:
        await client.closed_by_server()
        assert len(plant.server.iserver.sessions) == 1


async def test_silent_connections_are_let_go() -> None:
    """No channel in time, or no session in time: closed, and their places are free again."""
    limits = Limits(handshake_timeout_s=0.2, activation_timeout_s=0.4)
    async with (
        started("plant", limits) as plant,
        plant.bare() as mute,
        plant.bare() as half,
        plant.channel() as idle,
        plant.session() as honest,
    ):
        await half.send_bytes(b"HELF")
        for client in (mute, half, idle):
            await client.closed_by_server()
        assert await read_code(honest, plant.id("speed")) == Code.Good
        assert len(plant.server.bserver.clients) == 1


async def test_connections_are_capped_by_address_and_in_sum() -> None:
    """One more is refused with BadTcpServerTooBusy; those before are served, and places come back."""
    async with started("plant", Limits(max_connections_per_address=3)) as plant, plant.session() as honest:
        async with plant.bare(), plant.bare(), plant.bare() as fourth:
            assert await fourth.closed_by_server() == Code.BadTcpServerTooBusy
            assert await read_code(honest, plant.id("speed")) == Code.Good
        await until(lambda: len(plant.server.bserver.clients) <= 1)
        await served(plant)


@weak_in_asyncua
async def test_a_message_in_pieces_is_put_together(target: Target) -> None:
    """Bytes one by one, frames glued together, a request in many chunks: all the same to us."""
    async with target.session() as client:
        request = read_request(*[target.id("speed")] * 100)
        assert client.session is not None
        request.RequestHeader.AuthenticationToken = client.session.token
        client.request_id += 1
        data = client.chunks(struct_to_binary(request), client.request_id, size=50)
        for at in range(0, len(data), 97):
            await client.send_bytes(data[at : at + 97])
        assert len((await client.answer(client.request_id)).Results) == 100
        assert await refused(client, ua.RegisterServerRequest()) == Code.BadServiceUnsupported


async def abort_cycles(client: RawClient, cycles: int) -> None:
    """Begin messages and abort them."""
    part = bytes(1_000)
    for _ in range(cycles):
        client.request_id += 1
        number = client.request_id
        data = client.frame(b"MSG", part, chunk=b"C", request_id=number)
        data += client.frame(
            b"MSG", struct.pack("<Ii", Code.BadOutOfMemory, -1), chunk=b"A", request_id=number
        )
        client.writer.write(data)
        if client.writer.transport.get_write_buffer_size() > 1 << 20:
            await client.writer.drain()
    await client.writer.drain()


async def test_aborted_messages_leave_nothing_behind() -> None:
    """Thousands of begun and aborted messages: the connection lives, budget and memory are as before."""
    async with started("plant") as plant, plant.session() as client:
        budget = plant.server.bserver.budget
        await abort_cycles(client, 500)
        assert await read_code(client, plant.id("speed")) == Code.Good
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await abort_cycles(client, 3_000)
        assert await read_code(client, plant.id("speed")) == Code.Good
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert budget.total == 0
        assert grown < 200_000


@pytest.mark.soak
async def test_a_hundred_thousand_aborted_messages_leave_memory_flat() -> None:
    """The whole number that the weakness class asks for."""
    async with started("plant") as plant, plant.session() as client:
        await abort_cycles(client, 5_000)
        assert await read_code(client, plant.id("speed")) == Code.Good
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            await abort_cycles(client, 5_000)
            assert await read_code(client, plant.id("speed")) == Code.Good
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 500_000


async def test_unfinished_messages_are_bounded_by_address_and_given_back() -> None:
    """Who never sends the final chunk is cut off at the budget; honest clients are served meanwhile."""
    limits = Limits(max_incomplete_bytes_per_address=300_000, max_incomplete_bytes=1_000_000)
    async with started("plant", limits) as plant:
        budget = plant.server.bserver.budget
        async with plant.session() as one, plant.session() as two, plant.session() as honest:
            for attacker in (one, two):
                attacker.request_id += 1
            for _ in range(2):
                for attacker in (one, two):
                    number = attacker.request_id
                    await attacker.send_bytes(
                        attacker.frame(b"MSG", bytes(60_000), chunk=b"C", request_id=number)
                    )
                    assert await read_code(honest, plant.id("speed")) == Code.Good
            assert budget.total == 240_000
            await one.send_bytes(one.frame(b"MSG", bytes(60_000), chunk=b"C", request_id=one.request_id))
            await two.send_bytes(two.frame(b"MSG", bytes(60_000), chunk=b"C", request_id=two.request_id))
            assert await two.closed_by_server() == Code.BadTcpNotEnoughResources
            assert await read_code(honest, plant.id("speed")) == Code.Good
        await until(lambda: not budget.total)


@pytest.mark.parametrize("chunk", [60_000, 1])
async def test_a_message_above_the_size_or_number_of_chunks_is_refused(chunk: int) -> None:
    """MaxMessageSize and MaxChunkCount of the Acknowledge are what counts."""
    async with started("plant", Limits(max_message_size=200_000)) as plant, plant.bare() as client:
        acknowledged = await client.hello()
        assert acknowledged.MaxMessageSize == 200_000
        await client.open_channel()
        client.request_id = 7
        for _ in range(acknowledged.MaxChunkCount + 1):
            client.writer.write(client.frame(b"MSG", bytes(chunk), chunk=b"C", request_id=7))
        assert await client.closed_by_server() == Code.BadRequestTooLarge


@weak_in_asyncua
async def test_chunks_of_two_requests_are_not_mixed(target: Target) -> None:
    """A chunk of another request in between ends the connection."""
    async with target.session() as client:
        await client.send_bytes(client.frame(b"MSG", READ[:20], chunk=b"C", request_id=50))
        await client.send_bytes(client.frame(b"MSG", READ, chunk=b"F", request_id=51))
        assert await client.closed_by_server() & 0x80000000


@weak_in_asyncua
async def test_the_acknowledge_says_what_the_server_takes(target: Target) -> None:
    """Not what the client said of itself."""
    async with target.bare() as client:
        acknowledged = await client.hello(MaxMessageSize=10_000, MaxChunkCount=1)
        assert acknowledged.MaxMessageSize > 1_000_000
        assert acknowledged.MaxChunkCount > 10


@pytest.mark.parametrize("size", [0, 1, 8191])
@weak_in_asyncua
async def test_buffers_that_are_too_small_are_refused(target: Target, size: int) -> None:
    """Part 6, 7.1.2.3: 8192 bytes at least."""
    async with target.bare() as client:
        with pytest.raises(ServerClosed):
            await client.hello(ReceiveBufferSize=size)


@weak_in_asyncua
async def test_a_response_never_exceeds_what_the_client_takes(target: Target) -> None:
    """BadResponseTooLarge in its place, by the Hello's limit."""
    async with target.bare() as client:
        await client.hello(MaxMessageSize=9_000)
        await client.open_channel()
        await client.create_session()
        await client.activate_session()
        request = read_request(*[node_id(ObjectIds.Server_ServerStatus)] * 200)
        assert await refused(client, request) == Code.BadResponseTooLarge
        assert await read_code(client, target.id("speed")) == Code.Good


async def test_large_responses_come_in_chunks_of_the_clients_size(plant: Target) -> None:
    """No frame is larger than the client's receive buffer."""
    async with plant.bare() as client:
        await client.hello(ReceiveBufferSize=8192)
        await client.open_channel()
        await client.create_session()
        await client.activate_session()
        number = await client.send(read_request(*[node_id(ObjectIds.Server_ServerStatus)] * 200))
        assert len((await client.answer(number)).Results) == 200
        assert client.largest_frame <= 8192


async def test_a_response_of_a_third_of_a_gigabyte_is_not_made(plant: Target) -> None:
    """A thousand times the schema of the standard's types, by a client that takes any size."""
    async with plant.session() as client:
        schema = node_id(ObjectIds.OpcUa_XmlSchema)
        assert await refused(client, read_request(*[schema] * 1_000)) == Code.BadResponseTooLarge
        assert len((await client.call(read_request(*[schema] * 20))).Results) == 20


async def test_a_client_that_does_not_read_is_let_go() -> None:
    """Its answers are not piled up; others are served all the while."""
    limits = Limits(slow_reader_timeout_s=0.3, max_send_backlog=1_000_000, max_queued_requests=10)
    async with started("plant", limits) as plant, plant.session() as honest:
        async with plant.session() as deaf:
            request = read_request(*[node_id(ObjectIds.Server_ServerStatus)] * limits.max_nodes_per_read)
            deaf.deafen()
            with suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(5):
                    while len(plant.server.bserver.clients) > 1:
                        await deaf.send(request)
                        assert await read_code(honest, plant.id("speed")) == Code.Good
            await until(lambda: len(plant.server.bserver.clients) <= 1)
        assert await read_code(honest, plant.id("speed")) == Code.Good


async def test_a_flood_of_requests_does_not_starve_the_others(plant: Target) -> None:
    """A client that pipelines thousands of reads shares the loop: an honest read comes through in between."""
    async with plant.session() as flood, plant.session() as honest:
        sending = asyncio.ensure_future(pipeline(flood, plant.id("speed"), 2_000))
        watch, slowest = Stopwatch(), 0.0
        while not sending.done():
            watch.restart()
            assert await read_code(honest, plant.id("speed")) == Code.Good
            slowest = max(slowest, watch.seconds)
        assert await sending == 2_000
        assert slowest < 1.0


async def pipeline(client: RawClient, node: ua.NodeId, count: int) -> int:
    """Send many reads without waiting; how many were answered Good."""
    numbers = [await client.send(read_request(node)) for _ in range(count)]
    good = 0
    for number in numbers:
        good += (await client.answer(number)).Results[0].StatusCode.is_good()
    return good


async def test_a_session_survives_its_connection_until_its_timeout(plant: Target) -> None:
    """The connection is gone at once; nothing that was queued is answered to nobody."""
    sessions = plant.server.iserver.sessions
    async with plant.session() as client:
        before = len(sessions)
        await client.send(read_request(plant.id("speed")))
    await until(lambda: not plant.server.bserver.clients)
    assert len(sessions) == before


async def test_stopping_closes_every_connection() -> None:
    """No client keeps the server from stopping, whatever state it is in."""
    async with asyncio.timeout(20):
        async with started("plant") as plant:
            mute = await asyncio.open_connection(*plant.address)
            half = plant.channel()
            client = await half.__aenter__()
            await client.send_bytes(client.frame(b"MSG", bytes(100), chunk=b"C"))
    assert await mute[0].read() is not None
    await client.closed_by_server()
    mute[1].close()
    await half.__aexit__(None, None, None)
