"""HistoryRead: rights and StatusCodes before any history, what a provider is asked, and how often.

Source: OPC UA Part 4, 5.11.3; Part 11, 6.4; Part 3, 8.55, 8.57 and 8.59.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import AnonymousAuthenticator, Identity, Limits, Permission, Role
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.integration.trust.requests import double, history_codes, history_request, read_code, refused
from tests.integration.trust.target import Target, started, weak_in_asyncua

if TYPE_CHECKING:
    from opcua_ml.opcua.trust import Login
    from opcua_ml.opcua.trust.nodes.history import HistoryRequest
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
UNSUPPORTED = "BadHistoryOperationUnsupported"


class Kept:
    """A provider that keeps one value of every node but `constant`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, type, bool]] = []

    async def read(self, request: HistoryRequest) -> ua.HistoryReadResult:
        """The value, a refusal or a fault."""
        wanted = request.wanted
        self.asked.append((wanted.NodeId.Identifier, type(request.details), request.release))
        if wanted.NodeId.Identifier == "constant":
            raise ServiceError(Code.BadNoContinuationPoints)
        if wanted.NodeId.Identifier == "count":
            raise ZeroDivisionError
        return ua.HistoryReadResult(HistoryData=ua.HistoryData(DataValues=[ua.DataValue(double(1.0))]))


async def historize(target: Target, *names: str) -> None:
    """Say in AccessLevel that there is a history."""
    for name in names:
        for attribute in (AttributeIds.AccessLevel, AttributeIds.UserAccessLevel):
            bits = ua.DataValue(ua.Variant(0b111, ua.VariantType.Byte))
            await target.nodes[name].write_attribute(attribute, bits)


@weak_in_asyncua
async def test_a_node_without_history_says_so(target: Target) -> None:
    """Good, with nothing in it, would tell that there was nothing."""
    async with target.session() as client:
        assert await history_codes(client, target.id("speed")) == [UNSUPPORTED]
        events = ua.ReadEventDetails(NumValuesPerNode=10)
        assert await history_codes(client, target.id("pump"), details=events) == [UNSUPPORTED]


@pytest.mark.parametrize(
    "details",
    [
        ua.ReadRawModifiedDetails(IsReadModified=True),
        ua.ReadProcessedDetails(AggregateType=[ua.NodeId()] * 4),
        ua.ReadAtTimeDetails(),
        ua.ReadAnnotationDataDetails(),
        ua.ReadEventDetails(),
    ],
    ids=lambda details: type(details).__name__,
)
@weak_in_asyncua
async def test_every_kind_of_history_has_its_code(target: Target, details: Any) -> None:
    """Of a value, an object, the Server and a node that is not there."""
    async with target.session() as client:
        nodes = (target.id("speed"), target.id("pump"), node_id(ObjectIds.Server), node_id("absent", 1))
        codes = await history_codes(client, *nodes, details=details)
        assert codes == [UNSUPPORTED, UNSUPPORTED, UNSUPPORTED, "BadNodeIdUnknown"]


async def test_a_history_read_that_asks_for_nothing_known_is_refused(plant: Target) -> None:
    """Without details, timestamps or nodes, with too many nodes, with a foreign continuation point."""
    async with plant.session() as client:
        speed = plant.id("speed")
        request = history_request(speed)
        request.Parameters.HistoryReadDetails = ua.ExtensionObject()
        assert await refused(client, request) == Code.BadHistoryOperationInvalid
        request.Parameters.HistoryReadDetails = ua.Argument()
        assert await refused(client, request) == Code.BadHistoryOperationInvalid
        for timestamps in (ua.TimestampsToReturn.Neither, 4):
            request = history_request(speed)
            request.Parameters.TimestampsToReturn = timestamps
            assert await refused(client, request) == Code.BadTimestampsToReturnInvalid
        assert await refused(client, history_request()) == Code.BadNothingToDo
        many = history_request(*[speed] * (Limits().max_nodes_per_history_read + 1))
        assert await refused(client, many) == Code.BadTooManyOperations
        await historize(plant, "title")
        request = history_request(plant.id("title"))
        request.Parameters.NodesToRead[0].ContinuationPoint = b"guessed"
        (result,) = (await client.call(request)).Results
        assert result.StatusCode.value == Code.BadContinuationPointInvalid
        request.Parameters.NodesToRead[0].ContinuationPoint = None
        request.Parameters.NodesToRead[0].IndexRange = "2:1"
        (result,) = (await client.call(request)).Results
        assert result.StatusCode.value == Code.BadIndexRangeInvalid


async def test_a_provider_is_asked_only_for_what_the_caller_may_read() -> None:
    """Allowed beside denied, refused beside broken: each node has its own answer in its place."""
    observer = AnonymousAuthenticator({Role.ANONYMOUS, Role.OBSERVER})
    async with started("plant", authenticator=observer) as plant, plant.session() as client:
        kept = plant.server.iserver.history_service.provider = Kept()
        await historize(plant, "speed", "count", "title", "constant", "hidden")
        only_engineers = {Role.ENGINEER: Permission.ReadHistory, Role.OBSERVER: Permission.Read}
        await plant.server.set_role_permissions(plant.nodes["title"], only_engineers)
        bits = ua.DataValue(ua.Variant(0b011, ua.VariantType.Byte))
        await plant.nodes["hidden"].write_attribute(AttributeIds.UserAccessLevel, bits)
        names = ("speed", "title", "hidden", "blob", "constant", "count", "speed")
        codes = await history_codes(client, *(plant.id(name) for name in names))
        assert codes == [
            "Good",
            "BadUserAccessDenied",
            "BadUserAccessDenied",
            UNSUPPORTED,
            "BadNoContinuationPoints",
            "BadInternalError",
            "Good",
        ]
        assert [name for name, _, _ in kept.asked] == ["speed", "constant", "count", "speed"]


class InParts:
    """A provider that has something left each time, and remembers who has asked for it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def read(self, request: HistoryRequest) -> ua.HistoryReadResult:
        """The name of the one who had asked first, while the continuation point is known."""
        wanted, name = request.wanted, request.caller.identity.name
        if wanted.ContinuationPoint:
            kept = request.points.take(wanted.ContinuationPoint)
            if kept is None:
                raise ServiceError(Code.BadContinuationPointInvalid)
            name = kept[1]
        self.asked.append(name)
        self.begun.set()
        await self.go_on.wait()
        return ua.HistoryReadResult(ContinuationPoint=request.points.keep(wanted.NodeId, name))


class ByName(AnonymousAuthenticator):
    """Everybody observes."""

    async def authenticate(self, login: Login) -> Identity:
        """The user."""
        return Identity(login.token.UserName, frozenset({Role.OBSERVER}), ua.UserTokenType.UserName)


async def read_on(client: RawClient, node: ua.NodeId, point: bytes | None) -> ua.HistoryReadResult:
    """The next part of a node's history."""
    request = history_request(node)
    request.Parameters.NodesToRead[0].ContinuationPoint = point
    (result,) = (await client.call(request)).Results
    found: ua.HistoryReadResult = result
    return found


async def test_another_user_of_the_session_goes_on_with_no_history_of_the_one_before() -> None:
    """The continuation point is gone, that of a read under way too; the same user keeps it (Part 4, 7.9)."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as client:
        kept = plant.server.iserver.history_service.provider = InParts()
        await historize(plant, "speed")
        speed = plant.id("speed")
        ann, bob = (ua.UserNameIdentityToken(UserName=name) for name in ("ann", "bob"))
        await client.create_session()
        await client.activate_session(identity=ann)
        first = await read_on(client, speed, None)
        await client.activate_session(identity=ann)
        second = await read_on(client, speed, first.ContinuationPoint)
        assert kept.asked == ["ann", "ann"]
        kept.go_on.clear()
        kept.begun.clear()
        under_way = await client.send(history_request(speed))
        await kept.begun.wait()
        await client.activate_session(identity=bob)
        kept.go_on.set()
        (late,) = (await client.answer(under_way)).Results
        for point in (second.ContinuationPoint, late.ContinuationPoint):
            assert (await read_on(client, speed, point)).StatusCode.value == Code.BadContinuationPointInvalid
        await read_on(client, speed, None)
        assert kept.asked[-1] == "bob"


async def test_the_history_of_events_needs_its_notifier_and_its_right() -> None:
    """The bit HistoryRead of EventNotifier, and ReadHistory on the object."""
    observer = AnonymousAuthenticator({Role.ANONYMOUS, Role.OBSERVER})
    async with started("plant", authenticator=observer) as plant, plant.session() as client:
        kept = plant.server.iserver.history_service.provider = Kept()
        pump, other = plant.nodes["pump"], plant.nodes["other"]
        for node in (pump, other):
            notifier = [ua.EventNotifier.SubscribeToEvents, ua.EventNotifier.HistoryRead]
            await node.set_event_notifier(notifier)
        await plant.server.set_role_permissions(other, {Role.OBSERVER: Permission.Read})
        events = ua.ReadEventDetails(NumValuesPerNode=10)
        codes = await history_codes(client, pump.nodeid, other.nodeid, plant.id("speed"), details=events)
        assert codes == ["Good", "BadUserAccessDenied", UNSUPPORTED]
        assert kept.asked == [("pump", ua.ReadEventDetails, False)]
        assert await history_codes(client, pump.nodeid) == [UNSUPPORTED]


async def test_asyncuas_own_history_is_refused_in_words(plant: Target) -> None:
    """Silence would promise a history that nobody serves."""
    with pytest.raises(NotImplementedError, match="needs a provider of history_service"):
        await plant.server.historize_node_data_change(plant.nodes["speed"])
    with pytest.raises(NotImplementedError, match="need a provider of history_service"):
        await plant.server.historize_node_event(plant.nodes["pump"])


async def test_a_flood_of_history_reads_is_slowed_down_and_harms_nobody_else() -> None:
    """Past the rate BadServerTooBusy until a second's share is back; the session goes on."""
    slow = Limits(max_history_reads_per_second=20.0)
    async with started("plant", slow) as plant, plant.session() as client:
        request = history_request(*[plant.id("speed")] * 10)
        codes = [await refused(client, request) for _ in range(5)]
        assert codes[:2] == [Code.Good, Code.Good]
        assert set(codes[2:]) == {Code.BadServerTooBusy}
        assert await read_code(client, plant.id("speed")) == Code.Good
        assert plant.server.iserver.history_rates.refused == 3
