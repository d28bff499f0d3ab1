"""Bytes that say what is not so: refused with a StatusCode, in bounded time and memory, the server untouched.

Source: OPC UA Part 6, 5.1.5 and 5.2.2.
"""

from __future__ import annotations

import asyncio
import random
import struct
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.trust.services.table import SERVICES
from tests.adversary import malformed
from tests.adversary.wire import ServerClosed, ServiceFaulted
from tests.integration.trust.requests import call_request, double, read_code, read_request
from tests.integration.trust.target import Target, weak_in_asyncua

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
REFUSALS = {Code.BadDecodingError, Code.BadEncodingLimitsExceeded}


async def answer_to(client: RawClient, body: bytes) -> int:
    """The code of what a message body gets: of its ServiceFault, or of its first result."""
    client.request_id += 1
    await client.send_bytes(client.chunks(body, client.request_id))
    try:
        response = await client.answer(client.request_id)
    except ServiceFaulted as fault:
        return fault.code
    return int(response.Results[0].value)


@pytest.mark.parametrize(
    "nested",
    [
        malformed.nested_variants,
        malformed.nested_arrays,
        malformed.nested_diagnostics,
        malformed.nested_data_values,
        malformed.nested_structures,
    ],
)
@pytest.mark.parametrize("depth", [1, 10, 30, 99, 100, 101, 500, 1_000, 10_000])
async def test_nesting_is_bounded(plant: Target, nested: Callable[[int], bytes], depth: int) -> None:
    """Up to the limit it is a value of the wrong type, past it BadEncodingLimitsExceeded; never a crash."""
    if nested is malformed.nested_structures and depth > 1_000:
        depth = 1_000  # each level repeats the length of those inside it
    async with plant.session() as client:
        code = await answer_to(client, malformed.write_of(client, plant.id("speed"), nested(depth)))
        levels = depth * (
            3 if nested is malformed.nested_structures else 2 if "values" in nested.__name__ else 1
        )
        if levels < 90:
            assert code == Code.BadTypeMismatch
        elif levels > 110:
            assert code == Code.BadEncodingLimitsExceeded
        else:
            assert code in {Code.BadTypeMismatch, Code.BadEncodingLimitsExceeded}
        assert await read_code(client, plant.id("speed")) == Code.Good


LENGTHS = [-(2**31), -2, 2, 1_000_000, 1_000_001, 2**30, 2**31 - 1]


@pytest.mark.parametrize("kind", [1, 3, 6, 11, 12, 15, 17, 22, 23, 24, 25])
@pytest.mark.parametrize("length", LENGTHS)
async def test_a_lying_array_length_is_refused_before_it_costs(plant: Target, kind: int, length: int) -> None:
    """Of every type: nothing is allocated for elements that are not there."""
    async with plant.session() as client:
        tracemalloc.start()
        code = await answer_to(
            client, malformed.write_of(client, plant.id("speed"), malformed.array(kind, length))
        )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert code in REFUSALS
        assert peak < 3_000_000


@weak_in_asyncua
async def test_an_array_of_nothing_does_not_take_all_memory(target: Target) -> None:
    """Null Variants have no bytes: an array of two million of them fits into five."""
    async with target.session() as client:
        body = malformed.write_of(client, target.id("speed"), malformed.array(0, 2_000_000))
        assert await answer_to(client, body) in REFUSALS


@pytest.mark.parametrize(
    ("length", "count", "dimensions"),
    [
        (4, 4, (2, 3)),
        (4, 4, (-1, -4)),
        (4, 4, (4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)),
        (0, 0, (2**31 - 1, 0, 2**31 - 1)),
        (4, 4, (2**16, 2**16)),
        (1, 1, (2**31 - 1, 2**31 - 1)),
        (1, 1, (0,)),
    ],
)
async def test_dimensions_have_to_multiply_to_the_length(
    plant: Target, length: int, count: int, dimensions: tuple[int, ...]
) -> None:
    """Whatever else they claim is BadDecodingError, or for an empty array a wrong type."""
    data = struct.pack(f"<{count}i", *range(count))
    async with plant.session() as client:
        body = malformed.write_of(client, plant.id("speed"), malformed.matrix(6, length, data, *dimensions))
        assert await answer_to(client, body) in {Code.BadDecodingError, Code.BadTypeMismatch}


@pytest.mark.parametrize(
    "text", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ab\x80", b"\xe2\x82"]
)
@weak_in_asyncua
async def test_malformed_utf8_is_not_stored(target: Target, text: bytes) -> None:
    """A String is valid UTF-8 or it is BadDecodingError; the value stays (asyncua stores surrogates)."""
    async with target.session() as client:
        variant = b"\x0c" + struct.pack("<i", len(text)) + text
        body = malformed.write_of(client, target.id("title"), variant)
        assert await answer_to(client, body) == Code.BadDecodingError


@pytest.mark.parametrize("number", [26, 31, 32, 63])
async def test_reserved_types_are_no_values(plant: Target, number: int) -> None:
    """Built-in types 26 to 31 are read as bytes and fit nothing; above there are none."""
    async with plant.session() as client:
        body = malformed.write_of(client, plant.id("speed"), bytes([number]) + struct.pack("<i", 0))
        code = await answer_to(client, body)
        assert code == (Code.BadTypeMismatch if number <= 31 else Code.BadDecodingError)


async def test_every_truncation_of_a_request_is_answered(plant: Target) -> None:
    """A Call cut after each of its bytes: a fault each time, and the connection goes on."""
    async with plant.session() as client:
        request = call_request(plant.id("pump"), plant.id("add"), double(1.0), double(2.0))
        request.RequestHeader.AuthenticationToken = client.session.token
        body = struct_to_binary(request)
        for end in range(1, len(body)):
            client.request_id += 1
            await client.send_bytes(client.frame(b"MSG", body[:end], request_id=client.request_id))
            with pytest.raises(ServiceFaulted):
                await client.answer(client.request_id)
        assert await read_code(client, plant.id("speed")) == Code.Good


def mutated(body: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, removed, doubled or replaced by extremes."""
    data = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.randint(1, 8)]
        elif kind == 2:
            data[at:at] = data[at : at + chance.randint(1, 8)]
        else:
            data[at : at + 4] = struct.pack("<i", chance.choice([-1, -2, 0, 2**31 - 1, -(2**31), 65_536]))
        if not data:
            return b"\x00"
    return bytes(data)


def seeds(plant: Target) -> list[Any]:
    """A request of every service, filled where it can carry much."""
    subscription: Any = ua.CreateMonitoredItemsRequest()
    item = ua.MonitoredItemCreateRequest()
    item.RequestedParameters.Filter = ua.EventFilter(
        SelectClauses=[ua.SimpleAttributeOperand(BrowsePath=[ua.QualifiedName("Message", 0)])],
        WhereClause=ua.ContentFilter(
            [ua.ContentFilterElement(ua.FilterOperator.Not, [ua.LiteralOperand(ua.Variant(True))])]
        ),
    )
    subscription.Parameters.ItemsToCreate = [item]
    write = ua.WriteRequest()
    for value in (
        ua.Variant(1.0),
        ua.Variant("x"),
        ua.Variant([[1, 2], [3, 4]]),
        ua.Variant(ua.Range(0.0, 1.0)),
    ):
        write.Parameters.NodesToWrite.append(
            ua.WriteValue(NodeId=plant.id("speed"), AttributeId=ua.UInt32(13), Value=ua.DataValue(value))
        )
    browse = ua.TranslateBrowsePathsToNodeIdsRequest()
    element = ua.RelativePathElement(TargetName=ua.QualifiedName("a", 1))
    browse.Parameters.BrowsePaths = [ua.BrowsePath(plant.id("pump"), ua.RelativePath([element]))]
    create, activate = ua.CreateSessionRequest(), ua.ActivateSessionRequest()
    create.Parameters.ServerUri = create.Parameters.EndpointUrl = "opc.tcp://a:1"
    activate.Parameters.UserIdentityToken = ua.UserNameIdentityToken(UserName="a", Password=b"b")
    activate.Parameters.LocaleIds = ["en"]
    find, publish = ua.FindServersRequest(), ua.PublishRequest()
    find.Parameters.ServerUris = find.Parameters.LocaleIds = ["urn:a", "urn:b"]
    publish.Parameters.SubscriptionAcknowledgements = [ua.SubscriptionAcknowledgement(1, 1)]
    full = [
        read_request(plant.id("speed"), plant.id("series")),
        call_request(plant.id("pump"), plant.id("add"), double(1.0), double(2.0)),
        *(subscription, write, browse, create, activate, find, publish),
    ]
    known = {type(request) for request in full}
    every = (getattr(ua, f"{service.name}Request") for service in SERVICES.values())
    return full + [request() for request in every if request not in known]


async def outcome(client: RawClient, body: bytes) -> int | None:
    """The code of what a request gets, 0 for a response, None if the server closes the connection."""
    client.request_id += 1
    await client.send_bytes(client.chunks(body, client.request_id))
    try:
        async with asyncio.timeout(5):
            await client.answer(client.request_id)
    except ServiceFaulted as fault:
        return fault.code
    except ServerClosed:
        return None
    return 0


async def fuzz(plant: Target, rounds: int, seed: int) -> int:
    """Send mutated requests; how many were answered. The others ended their connection; none is our fault."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable fuzzer
    requests = seeds(plant)
    answered = 0
    async with plant.session() as honest:
        while rounds:
            async with plant.session() as client:
                bodies = []
                for request in requests:
                    request.RequestHeader.AuthenticationToken = client.session.token
                    bodies.append(struct_to_binary(request))
                code: int | None = 0
                while rounds and code is not None:
                    rounds -= 1
                    code = await outcome(client, mutated(chance.choice(bodies), chance))
                    assert code != Code.BadInternalError
                    answered += code is not None
            assert await read_code(honest, plant.id("constant")) == Code.Good
    return answered


async def test_mutated_requests_are_answered_or_end_their_connection(plant: Target) -> None:
    """Two thousand over the real socket: no crash, no hang, an honest client is served all the while."""
    assert await fuzz(plant, 2_000, seed=20) > 1_500


@pytest.mark.soak
async def test_a_hundred_thousand_mutated_requests(plant: Target) -> None:
    """The same for longer."""
    for seed in range(20):
        assert await fuzz(plant, 5_000, seed=seed)
