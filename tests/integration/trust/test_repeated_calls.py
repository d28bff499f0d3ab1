"""A Call that comes again is answered in passing, and never by somebody who may not, or to old ends.

Source: OPC UA Part 4, 5.12.2 (Call); Part 3, 5.7 (Executable).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.trust import AnonymousAuthenticator, Limits, Permission, RoleAccess
from opcua_ml.opcua.trust.access.identity import Role
from opcua_ml.opcua.trust.ground.ua_values import node_id, variant
from tests.adversary.wire import RawSession
from tests.integration.trust.requests import call, call_request, double, int32, read_code, refused
from tests.integration.trust.target import Target, started, until

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
OBSERVERS = {Role.OBSERVER: int(Permission.Browse | Permission.Call)}


class Sum:
    """Adds two Doubles; knows how often it was asked which way."""

    def __init__(self, name: str = "sum") -> None:
        self.name = name
        self.awaited = 0
        self.asked = 0
        self.declines = False

    async def call(self, _object: ua.NodeId, a: ua.Variant, b: ua.Variant) -> ua.CallMethodResult:
        """As any Method."""
        self.awaited += 1
        outputs = [double(a.Value + b.Value), variant(self.name, ua.VariantType.String)]
        return ua.CallMethodResult(OutputArguments=outputs)

    def inline_answer(self, arguments: tuple[Any, ...]) -> bytes | None:
        """The same in passing."""
        if self.declines:
            return None
        self.asked += 1
        name = self.name.encode()
        head = struct.pack("<iBdBi", 2, 11, arguments[0] + arguments[1], 12, len(name))
        return head + name


async def placed(target: Target) -> Sum:
    """Such a Method, `sum` of an object of its own."""
    code, index = Sum(), target.index
    owner = await target.server.nodes.objects.add_object(index, "Adder")
    kinds = [ua.VariantType.Double] * 2
    target.nodes["adder"] = owner
    target.nodes["sum"] = await owner.add_method(index, "sum", code.call, kinds, [])
    return code


@pytest_asyncio.fixture(loop_scope="module")
async def code(plant: Target) -> Sum:
    """On the server that these tests share, a new one for each test."""
    return await placed(plant)


async def add(client: RawClient, target: Target, a: float = 1.0, b: float = 2.0) -> Any:
    """One Call of it."""
    return await call(client, target.id("adder"), target.id("sum"), double(a), double(b))


async def known(client: RawClient, target: Target, code: Sum) -> None:
    """Call until it is answered in passing."""
    for _ in range(2):
        assert (await add(client, target)).StatusCode.value == Code.Good
    assert code.asked > 0


def own_session(target: Target, client: RawClient) -> Any:
    """The client's, as the server sees it."""
    return target.server.iserver.sessions.find(client.session.token)


async def test_the_second_call_is_answered_in_passing_and_alike(plant: Target, code: Sum) -> None:
    """With its own arguments, and all that a result has."""
    target = plant
    async with target.session() as client:
        results = [await add(client, target, float(number), 0.5) for number in range(5)]
        assert (code.awaited, code.asked) == (1, 4)
        assert [one.OutputArguments[0].Value for one in results] == [0.5, 1.5, 2.5, 3.5, 4.5]
        assert {one.OutputArguments[1].Value for one in results} == {"sum"}
        assert all(one.InputArgumentResults == [] for one in results)


async def test_requests_that_come_together_are_answered_one_by_one(plant: Target, code: Sum) -> None:
    """Far more than one turn's; each answer carries its request's id and handle."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        frames, ids = b"", []
        for number in range(200):
            request = call_request(target.id("adder"), target.id("sum"), double(float(number)), double(0.0))
            request.RequestHeader.AuthenticationToken = client.session.token
            request.RequestHeader.RequestHandle = ua.UInt32(7000 + number)
            frames += client.frame(b"MSG", struct_to_binary(request))
            ids.append(client.request_id)
        await client.send_bytes(frames[:1001])
        await client.send_bytes(frames[1001:])
        answers = [await client.answer(number) for number in ids]
        assert [one.Results[0].OutputArguments[0].Value for one in answers] == list(map(float, range(200)))
        assert [one.ResponseHeader.RequestHandle for one in answers] == list(range(7000, 7200))
        assert code.awaited == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([double(1.0)], Code.BadArgumentsMissing),
        ([double(1.0)] * 3, Code.BadTooManyArguments),
        ([double(1.0), int32(2)], Code.BadInvalidArgument),
        ([double(1.0), ua.Variant("2")], Code.BadInvalidArgument),
        ([double([1.0]), double(1.0)], Code.BadInvalidArgument),
    ],
    ids=["too few", "too many", "Int32", "String", "array"],
)
async def test_arguments_that_do_not_fit_are_refused_as_ever(
    arguments: list[ua.Variant], status: int, plant: Target, code: Sum
) -> None:
    """Before and after the Method is known."""
    target = plant
    async with target.session() as client:
        for _ in range(2):
            answer = await call(client, target.id("adder"), target.id("sum"), *arguments)
            assert answer.StatusCode.value == status
            await known(client, target, code)


async def test_what_declines_is_asked_the_long_way(plant: Target, code: Sum) -> None:
    """And in passing again as soon as it answers."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        code.declines = True
        assert (await add(client, target)).OutputArguments[0].Value == 3.0
        assert code.awaited == 2
        code.declines = False
        await add(client, target)
        assert code.awaited == 2


class Closing(RoleAccess):
    """Observers may call, until the rules themselves are closed."""

    def __init__(self) -> None:
        super().__init__({Role.OBSERVER: OBSERVERS[Role.OBSERVER]})
        self._is_open = True

    def permissions(self, caller: Caller, node: NodeData) -> int:
        """As the role has it, or nothing."""
        return super().permissions(caller, node) if self._is_open or caller.identity.trusted else 0

    def turn(self) -> None:
        """Close, or open again."""
        self._is_open = not self._is_open
        self.version += 1


async def test_a_right_taken_is_taken_at_once_and_given_back() -> None:
    """By the rules, of the Method and of its object."""
    rules = Closing()
    access = AnonymousAuthenticator(frozenset({Role.OBSERVER}))
    async with started("plant", rules=rules, authenticator=access) as target, target.session() as client:
        code = await placed(target)
        await known(client, target, code)
        rules.turn()
        assert (await add(client, target)).StatusCode.value == Code.BadUserAccessDenied
        rules.turn()
        await known(client, target, code)
        for name in ("adder", "sum"):
            await target.server.set_role_permissions(target.nodes[name], OBSERVERS)
        await known(client, target, code)
        for name in ("adder", "sum"):
            await target.server.set_role_permissions(target.nodes[name], {})
            assert (await add(client, target)).StatusCode.value == Code.BadUserAccessDenied
            await target.server.set_role_permissions(target.nodes[name], OBSERVERS)
            await known(client, target, code)


@pytest.mark.parametrize(
    ("attribute", "status"),
    [
        (AttributeIds.Executable, Code.BadNotExecutable),
        (AttributeIds.UserExecutable, Code.BadUserAccessDenied),
    ],
)
async def test_a_method_switched_off_is_off_at_once(
    attribute: AttributeIds, status: int, plant: Target, code: Sum
) -> None:
    """Executable and UserExecutable are obeyed from the moment they change."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        for value, wanted in ((False, status), (True, Code.Good)):
            held = ua.DataValue(variant(value, ua.VariantType.Boolean))
            await target.nodes["sum"].write_attribute(attribute, held)
            for _ in range(2):
                assert (await add(client, target)).StatusCode.value == wanted


async def test_other_code_behind_the_method_is_called_at_once(plant: Target, code: Sum) -> None:
    """The answers are the new one's."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        other = Sum("other")
        target.server.link_method(target.nodes["sum"], other.call)
        for _ in range(3):
            assert (await add(client, target)).OutputArguments[1].Value == "other"
        assert (other.awaited, other.asked) == (1, 2)


async def test_other_declared_arguments_count_at_once(plant: Target, code: Sum) -> None:
    """A version of the Method that wants something else refuses what fitted before."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        declared = await target.nodes["sum"].get_child("0:InputArguments")
        before = await declared.read_value()
        await declared.write_value(before[:1])
        assert (await add(client, target)).StatusCode.value == Code.BadTooManyArguments
        await declared.write_value(before)
        await known(client, target, code)


async def test_a_method_taken_from_its_object_or_deleted_is_gone(plant: Target, code: Sum) -> None:
    """BadMethodInvalid without the reference, and without the node."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        await target.nodes["adder"].delete_reference(target.nodes["sum"], ObjectIds.HasComponent)
        assert (await add(client, target)).StatusCode.value == Code.BadMethodInvalid
        await target.nodes["adder"].add_reference(target.nodes["sum"], ObjectIds.HasComponent)
        await known(client, target, code)
        await target.server.delete_nodes([target.nodes["sum"]])
        assert (await add(client, target)).StatusCode.value == Code.BadMethodInvalid


async def test_a_guessed_token_a_closed_session_and_a_moved_one_get_nothing(plant: Target, code: Sum) -> None:
    """Whatever the connection has learnt."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        request = call_request(target.id("adder"), target.id("sum"), double(1.0), double(2.0))
        asked = code.asked
        assert await refused(client, request, node_id(b"guessed!" * 4)) == Code.BadSessionIdInvalid
        async with target.channel() as elsewhere:
            assert await refused(elsewhere, request, client.session.token) == Code.BadSessionIdInvalid
            await elsewhere.activate_session(client.session.token)
            assert await refused(client, request) == Code.BadSessionIdInvalid
            closing = ua.CloseSessionRequest()
            assert await refused(elsewhere, closing, client.session.token) == 0
            assert await refused(elsewhere, request, client.session.token) == Code.BadSessionIdInvalid
        assert code.asked == asked


async def test_a_sequence_number_used_twice_closes_the_connection(plant: Target, code: Sum) -> None:
    """As for every message."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        client.sequence_number -= 1
        request = call_request(target.id("adder"), target.id("sum"), double(1.0), double(2.0))
        await client.send(request)
        assert await client.closed_by_server() == Code.BadSequenceNumberInvalid


@pytest.mark.parametrize(
    ("place", "status"),
    [(8, Code.BadTcpSecureChannelUnknown), (12, Code.BadSecureChannelTokenUnknown)],
    ids=["channel", "token"],
)
async def test_a_known_call_of_another_channel_or_token_closes_the_connection(
    place: int, status: int, plant: Target, code: Sum
) -> None:
    """As every message; the Method is not asked."""
    async with plant.session() as client:
        await known(client, plant, code)
        asked = code.asked
        request = call_request(plant.id("adder"), plant.id("sum"), double(1.0), double(2.0))
        request.RequestHeader.AuthenticationToken = client.session.token
        frame = bytearray(client.frame(b"MSG", struct_to_binary(request)))
        frame[place] ^= 1
        await client.send_bytes(bytes(frame))
        assert await client.closed_by_server() == status
        assert code.asked == asked


async def test_calls_past_the_cap_are_refused() -> None:
    """The slow ones of the session count."""
    limits = Limits(max_concurrent_calls_per_session=1)
    async with started("plant", limits) as target, target.session() as client:
        code = await placed(target)
        await known(client, target, code)
        slow = await client.send(call_request(target.id("pump"), target.id("wait")))
        session = own_session(target, client)
        await until(lambda: session.running_calls)
        request = call_request(target.id("adder"), target.id("sum"), double(1.0), double(2.0))
        assert await refused(client, request) == Code.BadResourceUnavailable
        target.released.set()
        await client.answer(slow)
        await until(lambda: not len(target.server.iserver.calls))
        assert await refused(client, request) == 0


async def test_an_answer_too_large_for_the_client_is_refused(plant: Target, code: Sum) -> None:
    """BadResponseTooLarge, by the limit of its session."""
    async with plant.channel() as client:
        target = plant
        request = ua.CreateSessionRequest()
        request.Parameters.MaxResponseMessageSize = ua.UInt32(400)
        request.Parameters.RequestedSessionTimeout = ua.Double(60_000)
        created = (await client.call(request)).Parameters
        client.session = RawSession(created.AuthenticationToken, created.SessionId)
        await client.activate_session()
        await known(client, target, code)
        code.name = "x" * 500
        again = call_request(target.id("adder"), target.id("sum"), double(1.0), double(2.0))
        assert await refused(client, again) == Code.BadResponseTooLarge


async def test_the_session_counts_every_call_and_is_kept_awake(plant: Target, code: Sum) -> None:
    """Diagnostics tell no difference, and the session's clock starts again."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        session = own_session(target, client)
        before, contact = session.counters["Call"][0], session.last_contact
        activity = session.last_activity
        for _ in range(10):
            await add(client, target)
        assert session.counters["Call"] == [before + 10, 0]
        assert session.last_activity > activity
        assert session.last_contact >= contact


async def test_an_audit_entry_is_not_lost(plant: Target, code: Sum) -> None:
    """A request that names one takes the long way."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        request = call_request(target.id("adder"), target.id("sum"), double(1.0), double(2.0))
        request.RequestHeader.AuditEntryId = ua.String("ticket 7")
        awaited = code.awaited
        assert await refused(client, request) == 0
        assert code.awaited == awaited + 1


async def test_requests_of_other_services_keep_their_order(plant: Target, code: Sum) -> None:
    """A Call in passing never overtakes what came before it on the same connection."""
    target = plant
    async with target.session() as client:
        await known(client, target, code)
        for _ in range(20):
            assert await read_code(client, target.id("speed")) == Code.Good
            assert (await add(client, target)).OutputArguments[0].Value == 3.0
