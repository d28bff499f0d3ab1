"""ConditionRefresh: retained conditions again, for the caller's own subscription, and not without end.

Source: OPC UA Part 9, 5.5.7 and 5.5.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.integration.trust.requests import call
from tests.integration.trust.subscriber import Subscriber, events_of
from tests.integration.trust.target import Target, started

if TYPE_CHECKING:
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
TYPE = node_id(ObjectIds.ConditionType)
REFRESH = node_id(ObjectIds.ConditionType_ConditionRefresh)
REFRESH_ITEM = node_id(ObjectIds.ConditionType_ConditionRefresh2)
KINDS = {
    ObjectIds.RefreshStartEventType: "start",
    ObjectIds.RefreshEndEventType: "end",
    ObjectIds.AlarmConditionType: "alarm",
}


def uint32(value: int) -> ua.Variant:
    """A SubscriptionId or MonitoredItemId."""
    return ua.Variant(value, ua.VariantType.UInt32)


async def refresh(client: RawClient, subscription: int, item: int | None = None) -> int:
    """The StatusCode of a refresh."""
    arguments = [uint32(subscription)] if item is None else [uint32(subscription), uint32(item)]
    method = REFRESH if item is None else REFRESH_ITEM
    return int((await call(client, TYPE, method, *arguments)).StatusCode.value)


async def event_item(subscriber: Subscriber) -> int:
    """An item on the Server object; its id."""
    clause = ua.SimpleAttributeOperand(
        TypeDefinitionId=node_id(ObjectIds.BaseEventType),
        BrowsePath=[ua.QualifiedName("EventType", 0)],
        AttributeId=ua.UInt32(AttributeIds.Value),
    )
    wanted = ua.EventFilter(SelectClauses=[clause])
    result = await subscriber.monitor(
        node_id(ObjectIds.Server), AttributeIds.EventNotifier, wanted_filter=wanted
    )
    return int(result.MonitoredItemId)


async def alarm(target: Target, *, retain: bool) -> None:
    """One alarm of the pump, of interest still or no more."""
    generator = await target.server.get_event_generator(ObjectIds.AlarmConditionType, target.id("pump"))
    generator.event.NodeId = target.id("pump")
    generator.event.Retain = retain
    await generator.trigger(message="hot")


async def kinds(subscriber: Subscriber, count: int) -> list[str]:
    """What kinds the next events are of."""
    found: list[str] = []
    while len(found) < count:
        found += [KINDS[fields[0].Identifier] for fields in events_of(await subscriber.publish())]
    return found


async def test_a_refresh_shows_what_is_retained_between_start_and_end(plant: Target) -> None:
    """To the one item that asked where one is named, and nothing that is over."""
    async with plant.session() as client, plant.session() as other:
        await alarm(plant, retain=True)
        one, two = await Subscriber.create(client), await Subscriber.create(other)
        first, second = await event_item(one), await event_item(one)
        await event_item(two)
        assert await refresh(client, one.id) == Code.Good
        assert sorted(await kinds(one, 6)) == ["alarm", "alarm", "end", "end", "start", "start"]
        await alarm(plant, retain=False)
        assert await kinds(one, 2) == ["alarm", "alarm"]
        assert await refresh(client, one.id, second) == Code.Good
        assert await kinds(one, 2) == ["start", "end"]
        assert first != second
        assert await kinds(two, 1) == ["alarm"]


async def test_only_the_own_subscription_is_refreshed(plant: Target) -> None:
    """Another's, an unknown one and an unknown item have their codes."""
    async with plant.session() as client, plant.session() as stranger:
        subscriber = await Subscriber.create(client)
        await event_item(subscriber)
        assert await refresh(stranger, subscriber.id) == Code.BadUserAccessDenied
        assert await refresh(client, 4_000_000) == Code.BadSubscriptionIdInvalid
        assert await refresh(client, subscriber.id, 4711) == Code.BadMonitoredItemIdInvalid


async def test_a_flood_of_refreshes_is_slowed_down() -> None:
    """Each would write every condition into the queues: past the rate BadServerTooBusy."""
    slow = Limits(max_condition_refreshes_per_second=2.0)
    async with started("plant", slow) as plant, plant.session() as client:
        subscriber = await Subscriber.create(client)
        item: Any = await event_item(subscriber)
        codes = [await refresh(client, subscriber.id, item if n % 2 else None) for n in range(6)]
        assert codes[:2] == [Code.Good, Code.Good]
        assert set(codes[2:]) == {Code.BadServerTooBusy}
