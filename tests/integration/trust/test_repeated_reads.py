"""A Read that comes again is answered from what was decided and encoded before, and never with old news.

Source: OPC UA Part 4, 5.11.2 (Read), 7.40 (TimestampsToReturn); Part 3, 5.6.2 (AccessLevel), 5.2.9.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import AnonymousAuthenticator, Permission, RoleAccess
from opcua_ml.opcua.trust.access.identity import Role
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id, status_code, variant
from tests.integration.trust.requests import double, read, read_code, read_request, refused, write
from tests.integration.trust.target import Target, started

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust import Caller
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
NAMES = ("speed", "count", "title", "blob", "series", "constant")


async def values(client: RawClient, target: Target, timestamps: ua.TimestampsToReturn) -> list[Any]:
    """One Read of several nodes."""
    request = read_request(*map(target.id, NAMES))
    request.Parameters.TimestampsToReturn = timestamps
    results: list[Any] = (await client.call(request)).Results
    return results


async def test_again_and_again_the_newest_value_is_read(plant: Target) -> None:
    """Each write in between is seen, by a client or by the server's own code, a Bad one too."""
    async with plant.session() as client:
        for number in range(3):
            assert await write(client, plant.id("speed"), double(number)) == Code.Good
            assert (await read(client, plant.id("speed"))).Value.Value == number
        await plant.write("speed", 9.5, ua.VariantType.Double)
        assert (await read(client, plant.id("speed"))).Value.Value == 9.5
        lost = data_value(None, status_code(Code.BadSensorFailure))
        await plant.nodes["speed"].write_value(lost)
        assert await read_code(client, plant.id("speed")) == Code.BadSensorFailure


@pytest.mark.parametrize("timestamps", list(ua.TimestampsToReturn)[:4])
@pytest.mark.parametrize("stamped", [True, False])
async def test_timestamps_are_those_asked_for(
    plant: Target, timestamps: ua.TimestampsToReturn, *, stamped: bool
) -> None:
    """At every repetition; a value without server timestamp has that of the Read."""
    then = datetime(2020, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    cell = plant.server.iserver.aspace[plant.id("speed")].attributes[AttributeIds.Value]
    held = variant(1.5, ua.VariantType.Double)
    async with plant.session() as client:
        cell.value = data_value(held, source=then, server=then if stamped else None)
        before = datetime.now(UTC)
        for _ in range(3):
            found = (await values(client, plant, timestamps))[0]
            assert found.Value == held
            wants_source = timestamps in {ua.TimestampsToReturn.Source, ua.TimestampsToReturn.Both}
            assert found.SourceTimestamp == (then if wants_source else None)
            if timestamps not in {ua.TimestampsToReturn.Server, ua.TimestampsToReturn.Both}:
                assert found.ServerTimestamp is None
            elif stamped:
                assert found.ServerTimestamp == then
            else:
                assert found.ServerTimestamp >= before
                before = found.ServerTimestamp


async def test_a_repeated_read_says_what_a_single_one_says(plant: Target) -> None:
    """Value, type and StatusCode of every node, read together and one by one."""
    async with plant.session() as client:
        for _ in range(3):
            together = await values(client, plant, ua.TimestampsToReturn.Neither)
            for name, found in zip(NAMES, together, strict=True):
                held = plant.server.iserver.aspace[plant.id(name)].attributes[AttributeIds.Value].value
                alone = await read(client, plant.id(name), AttributeIds.Value)
                assert found.Value == alone.Value == held.Value
                assert found.StatusCode == alone.StatusCode


async def test_a_value_hidden_in_between_is_not_read_any_more(plant: Target) -> None:
    """AccessLevel is obeyed from the moment it changes, and the value is shown again afterwards."""
    async with plant.session() as client:
        for level, code in ((0, Code.BadNotReadable), (3, Code.Good)) * 2:
            access = ua.DataValue(variant(level, ua.VariantType.Byte))
            await plant.nodes["count"].write_attribute(AttributeIds.AccessLevel, access)
            assert [await read_code(client, plant.id("count")) for _ in range(2)] == [code, code]


class Closing(RoleAccess):
    """Rules that let nodes without RolePermissions of their own be read only while they are open."""

    is_open = True

    def close(self) -> None:
        """Say something else from now on."""
        self.is_open = False
        self.version += 1

    def permissions(self, caller: Caller, node: NodeData) -> int:
        """As RoleAccess, or to browse alone."""
        granted = super().permissions(caller, node)
        own = AttributeIds.RolePermissions in node.attributes
        return granted if self.is_open or own or caller.identity.trusted else granted & Permission.Browse


async def test_a_right_taken_in_between_is_taken_at_once() -> None:
    """By the rules, and by the node."""
    rules = Closing()
    access = AnonymousAuthenticator(frozenset({Role.OBSERVER}))
    async with started("plant", rules=rules, authenticator=access) as plant, plant.session() as client:
        speed = plant.id("speed")
        assert [await read_code(client, speed) for _ in range(2)] == [0, 0]
        rules.close()
        assert await read_code(client, speed) == Code.BadUserAccessDenied
        both = int(Permission.Browse | Permission.Read)
        await plant.server.set_role_permissions(plant.nodes["speed"], {Role.OBSERVER: both})
        assert [await read_code(client, speed) for _ in range(2)] == [0, 0]
        await plant.server.set_role_permissions(plant.nodes["speed"], {Role.OBSERVER: 0})
        assert await read_code(client, speed) == Code.BadUserAccessDenied


async def test_a_node_that_is_deleted_or_replaced_is_not_remembered() -> None:
    """BadNodeIdUnknown afterwards, and then the value of the new node of this id."""
    async with started("plant") as plant, plant.session() as client:
        place = plant.id("count")
        assert [await read_code(client, place) for _ in range(2)] == [0, 0]
        await plant.server.delete_nodes([plant.nodes["count"]])
        assert await read_code(client, place) == Code.BadNodeIdUnknown
        await plant.nodes["pump"].add_variable(place, ua.QualifiedName("count", plant.index), 77)
        assert (await read(client, place)).Value.Value == 77


async def test_a_computed_value_is_computed_at_every_read() -> None:
    """Even where the node had a plain value at the Read before."""
    async with started("plant") as plant, plant.session() as client:
        assert [await read_code(client, plant.id("speed")) for _ in range(2)] == [0, 0]
        count = iter(range(100))

        def compute(_node: ua.NodeId, _attribute: AttributeIds) -> ua.DataValue:
            return ua.DataValue(variant(float(next(count)), ua.VariantType.Double))

        plant.server.iserver.aspace.set_attribute_value_callback(
            plant.id("speed"), AttributeIds.Value, compute
        )
        assert [(await read(client, plant.id("speed"))).Value.Value for _ in range(3)] == [0.0, 1.0, 2.0]


async def test_a_large_value_is_read_whole_every_time(plant: Target) -> None:
    """Past what is kept encoded."""
    async with plant.session() as client:
        for length in (100, 1_000, 10):
            await plant.write("series", [0.5] * length, ua.VariantType.Double)
            for _ in range(2):
                assert (await read(client, plant.id("series"))).Value.Value == [0.5] * length


async def test_a_stranger_gets_nothing_from_what_is_remembered(plant: Target) -> None:
    """The same Read under another token is refused before anything is looked up."""
    async with plant.session() as client:
        request = read_request(plant.id("speed"))
        assert [await refused(client, request) for _ in range(2)] == [0, 0]
        assert await refused(client, request, node_id(b"guessed!" * 4)) == Code.BadSessionIdInvalid


async def test_a_value_that_comes_back_brings_no_old_neighbour_along(plant: Target) -> None:
    """The very DataValue of before, while the other one changed beside a value too large to keep."""
    cell = plant.server.iserver.aspace[plant.id("series")].attributes[AttributeIds.Value]
    async with plant.session() as client:
        await plant.write("series", [0.5] * 10, ua.VariantType.Double)
        kept = cell.value
        request = read_request(plant.id("speed"), plant.id("series"))
        for number in (1.0, 2.0, 3.0):
            await plant.write("speed", number, ua.VariantType.Double)
            for length in (10, 1_000, 10):
                if length == 10:
                    cell.value = kept
                else:
                    await plant.write("series", [0.5] * length, ua.VariantType.Double)
                for _ in range(2):
                    found = [one.Value.Value for one in (await client.call(request)).Results]
                    assert found == [number, [0.5] * length]
                number += 0.25  # noqa: PLW2901 - the next value of speed
                await plant.write("speed", number, ua.VariantType.Double)


async def test_a_session_that_moved_or_ended_reads_nothing_by_its_old_way(plant: Target) -> None:
    """Though the connection knows the Read."""
    async with plant.session() as client, plant.channel() as elsewhere:
        request = read_request(plant.id("speed"))
        token = client.session.token
        assert [await refused(client, request) for _ in range(3)] == [0, 0, 0]
        await elsewhere.activate_session(token)
        assert await refused(client, request) == Code.BadSessionIdInvalid
        assert [await refused(elsewhere, request, token) for _ in range(3)] == [0, 0, 0]
        assert await refused(elsewhere, ua.CloseSessionRequest(), token) == 0
        assert await refused(elsewhere, request, token) == Code.BadSessionIdInvalid
