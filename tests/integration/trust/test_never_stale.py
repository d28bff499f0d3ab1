"""Whatever happens to a node between two Reads, the Read that comes again says what a new Read says.

Chains of changes by chance: after each of them the same Read is sent by a connection that has sent it before,
and one that can't be known again, since it asks for a DisplayName as well. Both have to be answered alike.

Source: OPC UA Part 4, 5.11.2 (Read), 5.6.3 (ActivateSession); Part 3, 5.6.2 (AccessLevel).
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.live import ValueCell
from opcua_ml.opcua.trust import AnonymousAuthenticator, Permission, RoleAccess
from opcua_ml.opcua.trust.access.identity import Role
from opcua_ml.opcua.trust.ground.ua_values import data_value, status_code, variant
from tests.integration.trust.requests import double, read_request, write
from tests.integration.trust.target import Target, started

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncua.server.address_space import NodeData

    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = ("speed", "count", "title", "series")
CHAINS, STEPS = 6, 25
_VALUE = AttributeIds.Value
_READ = int(Permission.Browse | Permission.Read | Permission.Write)


class Plant:
    """The plant, with everything that may happen to it.

    Args:
        target: whose nodes.
        client: who writes.
        chance: which node, and to what.
    """

    def __init__(self, target: Target, client: RawClient, chance: random.Random) -> None:
        self.target, self.client, self.chance = target, client, chance
        self.aspace = target.server.iserver.aspace
        self.changes: list[Callable[[], Awaitable[object]]] = [
            self.a_client_writes,
            self.a_client_writes_a_part,
            self.the_server_writes,
            self.the_server_writes_speed,
            self.the_server_writes_bad,
            self.a_computed_value_begins,
            self.a_live_value_takes_its_place,
            self.a_live_value_changes,
            self.it_is_deleted_and_added_again,
            self.it_is_hidden_or_shown,
            self.rights_are_taken_or_given,
            self.its_type_changes,
            self.the_same_object_comes_back,
            self.the_session_is_activated_again,
            self.a_large_value_comes,
        ]
        self.kept: dict[str, Any] = {}

    def held(self, name: str) -> Any:
        """The Value attribute of a node."""
        return self.aspace[self.target.id(name)].attributes[_VALUE]

    async def a_client_writes(self) -> None:
        """By the Write service."""
        await write(self.client, self.target.id("speed"), double(self.chance.random()))

    async def a_client_writes_a_part(self) -> None:
        """An IndexRange of an array."""
        await write(self.client, self.target.id("series"), double([self.chance.random()]), index_range="1")

    async def the_server_writes(self) -> None:
        """Its own code, as asyncua has it."""
        kind = self.held("count").value.Value.VariantType
        number = self.chance.randrange(1_000)
        await self.target.write("count", number if kind == ua.VariantType.Int32 else str(number), kind)
        await self.target.write("title", str(self.chance.random()), ua.VariantType.String)

    async def the_server_writes_bad(self) -> None:
        """A StatusCode instead of a value."""
        await self.target.nodes["speed"].write_value(
            data_value(None, status_code(StatusCodes.BadSensorFailure))
        )

    async def a_computed_value_begins(self) -> None:
        """A callback answers Reads from now on; a write ends it."""
        found = data_value(variant(self.chance.random(), ua.VariantType.Double))
        self.aspace.set_attribute_value_callback(
            self.target.id("speed"), _VALUE, lambda _node, _attribute: found
        )

    async def a_live_value_takes_its_place(self) -> None:
        """As when a model begins to serve a node."""
        await self.the_server_writes_speed()
        await self.expect_alike()
        place = self.target.id("speed")
        node: NodeData = self.aspace[place]
        node.attributes[_VALUE] = ValueCell.in_place_of(node.attributes[_VALUE])
        self.aspace[place] = node
        await self.a_live_value_changes()

    async def the_server_writes_speed(self) -> None:
        """What ends a computed value, too."""
        await self.target.write("speed", self.chance.random(), ua.VariantType.Double)

    async def a_live_value_changes(self) -> None:
        """In place, as predictions do, without a word to anybody."""
        now = datetime.now(UTC)
        self.held("speed").value = data_value(
            variant(self.chance.random(), ua.VariantType.Double), source=now, server=now
        )

    async def it_is_deleted_and_added_again(self) -> None:
        """Under the same id, with another value."""
        place = self.target.id("title")
        await self.target.server.delete_nodes([self.target.nodes["title"]])
        await self.expect_alike()
        name = ua.QualifiedName("title", self.target.index)
        node = await self.target.nodes["pump"].add_variable(place, name, f"new {self.chance.random()}")
        await node.set_writable()
        self.target.nodes["title"] = node

    async def it_is_hidden_or_shown(self) -> None:
        """Its AccessLevel changes."""
        level = ua.DataValue(variant(self.chance.choice((0, 1, 3)), ua.VariantType.Byte))
        await self.target.nodes["count"].write_attribute(AttributeIds.AccessLevel, level)
        await self.target.nodes["count"].write_attribute(AttributeIds.UserAccessLevel, level)

    async def rights_are_taken_or_given(self) -> None:
        """RolePermissions of the node."""
        granted = {Role.OBSERVER: self.chance.choice((0, _READ))}
        await self.target.server.set_role_permissions(self.target.nodes["series"], granted)

    async def its_type_changes(self) -> None:
        """DataType and value."""
        kind, value = self.chance.choice(((ua.VariantType.Int32, 7), (ua.VariantType.String, "seven")))
        held = self.held("count")
        await self.target.nodes["count"].write_attribute(
            AttributeIds.DataType,
            ua.DataValue(variant(ua.NodeId(ua.Int32(kind.value)), ua.VariantType.NodeId)),
        )
        held.value = data_value(variant(value, kind))

    async def the_same_object_comes_back(self) -> None:
        """A DataValue of before."""
        held = self.held("series")
        if isinstance(held.value, ua.DataValue):
            before = self.kept.get("series", held.value)
            self.kept["series"] = held.value
            held.value = before

    async def the_session_is_activated_again(self) -> None:
        """The same user, decided on anew."""
        await self.client.activate_session(self.client.session.token)

    async def a_large_value_comes(self) -> None:
        """Larger than what is kept, or small again."""
        length = self.chance.choice((3, 100, 5_000))
        await self.target.write("series", [0.5] * length, ua.VariantType.Double)

    async def expect_alike(self) -> None:
        """The known Read three times, and one that can't be known."""
        for timestamps in (ua.TimestampsToReturn.Source, ua.TimestampsToReturn.Neither):
            known = read_request(*map(self.target.id, NAMES))
            known.Parameters.TimestampsToReturn = timestamps
            fresh = read_request(*map(self.target.id, NAMES))
            fresh.Parameters.TimestampsToReturn = timestamps
            fresh.Parameters.NodesToRead.append(
                ua.ReadValueId(NodeId=self.target.id("pump"), AttributeId=AttributeIds.DisplayName)
            )
            wanted = (await self.client.call(fresh)).Results[:-1]
            for _ in range(3):
                assert (await self.client.call(known)).Results == wanted


@pytest.mark.parametrize("seed", range(CHAINS))
async def test_the_known_read_is_never_old_news(seed: int) -> None:
    """Chains of changes, of which each may meet what was kept before."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    access = AnonymousAuthenticator(frozenset({Role.OBSERVER, Role.OPERATOR}))
    async with (
        started("plant", rules=RoleAccess(), authenticator=access) as target,
        target.session() as client,
    ):
        plant = Plant(target, client, chance)
        await plant.expect_alike()
        for _ in range(STEPS):
            await chance.choice(plant.changes)()
            await plant.expect_alike()


async def test_every_change_is_noticed_by_itself() -> None:
    """Each of them right after a known Read."""
    access = AnonymousAuthenticator(frozenset({Role.OBSERVER, Role.OPERATOR}))
    async with (
        started("plant", rules=RoleAccess(), authenticator=access) as target,
        target.session() as client,
    ):
        plant = Plant(target, client, random.Random(7))  # noqa: S311 - repeatable
        for change in plant.changes * 2:
            await plant.expect_alike()
            await change()
            await plant.expect_alike()
            await plant.the_server_writes_speed()
            await target.write("series", [0.5, 1.5, 2.5], ua.VariantType.Double)


async def test_kept_reads_take_bounded_memory() -> None:
    """Of one connection, however many long strings it reads in however many ways."""
    async with started("plant") as target, target.session() as client:
        await target.write("title", "x" * 100, ua.VariantType.String)
        processors = [one.processor for one in target.server.bserver.clients]
        for count in range(1, 400, 9):
            request = read_request(*[target.id("title")] * count)
            for _ in range(2):
                assert len((await client.call(request)).Results) == count
        held = [one.kept_bytes for one in processors]
        assert 0 < sum(held) <= 256 * 1024
