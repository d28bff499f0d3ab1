"""Data changes: dead bands, triggers, sampling intervals, queues and their overflow.

Source: OPC UA Part 4, 5.13.1 (MonitoredItem model), 7.22.2 (DataChangeFilter); Part 8, 6.2 (PercentDeadband).
"""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id, status_code
from tests.integration.trust.subscriber import Subscriber, changes_of
from tests.integration.trust.target import Target, started, weak_in_asyncua

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
OVERFLOW = 0x480


def band(kind: ua.DeadbandType, value: float, trigger: int = 1) -> ua.DataChangeFilter:
    """A data change filter."""
    wanted = ua.DataChangeFilter(DeadbandType=kind, DeadbandValue=value)
    wanted.Trigger = ua.DataChangeTrigger(trigger)
    return wanted


async def set_range(target: Target, low: float, high: float) -> ua.NodeId:
    """A variable with an EURange."""
    name = f"analog{low}{high}{len(target.nodes)}"
    node = await target.nodes["other"].add_variable(target.index, name, 0.0)
    await node.add_property(
        node_id(f"{name}.EURange", target.index), ua.QualifiedName("EURange", 0), ua.Range(low, high)
    )
    target.nodes[name] = node
    return node.nodeid


@weak_in_asyncua
async def test_an_absolute_dead_band_counts_from_the_last_value_reported(target: Target) -> None:
    """Many small steps add up and are reported once they exceed the band."""
    await target.write("speed", 0.0)
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(target.id("speed"), wanted_filter=band(ua.DeadbandType.Absolute, 1.0))
        assert await subscriber.numbers(1) == [0.0]
        for step in range(1, 31):
            await target.write("speed", step * 0.1)
        assert await subscriber.numbers(2) == pytest.approx([1.1, 2.2], abs=0.11)


@weak_in_asyncua
async def test_a_percent_dead_band_is_a_part_of_the_range(target: Target) -> None:
    """10 % of an EURange of 200 is 20."""
    node = await set_range(target, -100.0, 100.0)
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(node, wanted_filter=band(ua.DeadbandType.Percent, 10.0))
        assert await subscriber.numbers(1) == [0.0]
        for value in (5.0, 19.0, 20.0, 21.0, 30.0, 42.0):
            await target.server.get_node(node).write_value(value)
        assert await subscriber.numbers(2) == [21.0, 42.0]
        assert await subscriber.nothing_for(0.1)


@pytest.mark.parametrize(
    ("name", "wanted", "code"),
    [
        ("speed", band(ua.DeadbandType.Percent, 10.0), Code.BadMonitoredItemFilterUnsupported),
        ("title", band(ua.DeadbandType.Absolute, 1.0), Code.BadFilterNotAllowed),
        ("speed", band(ua.DeadbandType.Absolute, -1.0), Code.BadDeadbandFilterInvalid),
        ("speed", band(ua.DeadbandType.Absolute, float("nan")), Code.BadDeadbandFilterInvalid),
        ("speed", ua.EventFilter(), Code.BadFilterNotAllowed),
        ("speed", ua.AggregateFilter(), Code.BadMonitoredItemFilterUnsupported),
        ("speed", ua.ElementOperand(), Code.BadMonitoredItemFilterInvalid),
    ],
)
@weak_in_asyncua
async def test_a_filter_that_can_not_be_applied_is_refused(
    target: Target, name: str, wanted: Any, code: int
) -> None:
    """With the code of the reason, and no item is made."""
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        (result,) = await subscriber.create_items(subscriber.item(target.id(name), wanted_filter=wanted))
        assert result.StatusCode.value == code


async def test_percent_above_a_hundred_is_invalid(plant: Target) -> None:
    """Even where there is a range."""
    node = await set_range(plant, 0.0, 1.0)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        wanted = band(ua.DeadbandType.Percent, 101.0)
        (result,) = await subscriber.create_items(subscriber.item(node, wanted_filter=wanted))
        assert result.StatusCode.value == Code.BadDeadbandFilterInvalid


async def test_a_status_change_is_reported_within_any_dead_band(plant: Target) -> None:
    """The band is about the value alone."""
    await plant.write("speed", 0.0)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("speed"), wanted_filter=band(ua.DeadbandType.Absolute, 100.0))
        await subscriber.values(1)
        uncertain = status_code(Code.UncertainLastUsableValue)
        await plant.nodes["speed"].write_value(ua.DataValue(ua.Variant(0.0), uncertain))
        (value,) = await subscriber.values(1)
        assert value.StatusCode.value == Code.UncertainLastUsableValue
        await plant.write("speed", 0.0)
        assert (await subscriber.values(1))[0].StatusCode.is_good()


@pytest.mark.parametrize(("trigger", "reported"), [(0, 0), (1, 1), (2, 2)])
async def test_the_trigger_says_what_counts_as_a_change(plant: Target, trigger: int, reported: int) -> None:
    """Status; status and value; status, value and source time."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    await plant.nodes["speed"].write_value(data_value(ua.Variant(1.0), source=start))
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("speed"), wanted_filter=band(ua.DeadbandType.None_, 0.0, trigger))
        await subscriber.values(1)
        for seconds, value in ((1, 1.0), (2, 2.0)):
            later = start + timedelta(seconds=seconds)
            await plant.nodes["speed"].write_value(data_value(ua.Variant(value), source=later))
        await subscriber.values(reported)
        assert await subscriber.nothing_for(0.1)


async def test_a_lasting_nan_is_one_change(plant: Target) -> None:
    """NaN after NaN is the same; from and to NaN is a change, within a dead band too."""
    for wanted in (None, band(ua.DeadbandType.Absolute, 5.0)):
        await plant.write("speed", 0.0)
        async with plant.session() as client:
            subscriber = await Subscriber.create(client)
            await subscriber.monitor(plant.id("speed"), wanted_filter=wanted)
            for value in (float("nan"), float("nan"), float("nan"), 0.0):
                await plant.write("speed", value)
            first, second, third = await subscriber.numbers(3)
            assert (first, third) == (0.0, 0.0)
            assert math.isnan(second)
            assert await subscriber.nothing_for(0.1)


@weak_in_asyncua
async def test_a_sampling_interval_is_granted_and_kept(target: Target) -> None:
    """Between two samples only the value at the second counts; the last one always comes."""
    await target.write("count", 0, ua.VariantType.Int32)
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        result = await subscriber.monitor(target.id("count"), sampling=200.0)
        assert result.RevisedSamplingInterval == 200.0
        assert await subscriber.numbers(1) == [0]
        loop = asyncio.get_running_loop()
        start, number = loop.time(), 0
        while loop.time() - start < 0.5:
            number += 1
            await target.write("count", number, ua.VariantType.Int32)
            await asyncio.sleep(0.01)
        seen: list[int] = []
        while not seen or seen[-1] != number:
            seen += await subscriber.numbers(1)
        assert len(seen) <= 5


@weak_in_asyncua
async def test_a_sampling_interval_of_minus_one_is_the_publishing_interval(target: Target) -> None:
    """And one of zero is granted as zero: every change."""
    async with target.session() as client:
        subscriber = await Subscriber.create(client, 250.0)
        assert (await subscriber.monitor(target.id("count"), sampling=-1.0)).RevisedSamplingInterval == 250.0
        assert (await subscriber.monitor(target.id("count"), sampling=0.0)).RevisedSamplingInterval == 0.0
        assert (await subscriber.monitor(target.id("count"), sampling=70.0)).RevisedSamplingInterval == 70.0


@pytest.mark.parametrize("asked", [float("nan"), float("inf"), -float("inf"), 1e300, -1e300])
async def test_absurd_intervals_are_revised(plant: Target, asked: float) -> None:
    """Publishing and sampling intervals stay within the limits."""
    limits = Limits()
    async with plant.session() as client:
        subscriber = await Subscriber.create(client, asked)
        publishing = subscriber.result.RevisedPublishingInterval
        assert limits.min_publishing_interval_ms <= publishing <= limits.max_publishing_interval_ms
        (result,) = await subscriber.create_items(subscriber.item(plant.id("count"), sampling=asked))
        assert 0 <= result.RevisedSamplingInterval <= limits.max_sampling_interval_ms


async def test_who_has_many_subscriptions_gets_longer_publishing_intervals() -> None:
    """A thousand cycles a second in sum; whoever has few gets what the limits allow."""
    async with started("plant") as plant, plant.session() as client:
        granted = [(await Subscriber.create(client, 10.0)).result for _ in range(50)]
        intervals = [one.RevisedPublishingInterval for one in granted]
        assert intervals[:10] == [10.0] * 10
        assert intervals[-1] == 50.0
        assert intervals == sorted(intervals)


async def test_a_nodes_minimum_sampling_interval_is_kept(plant: Target) -> None:
    """Its own attribute raises what is granted."""
    node = await plant.nodes["other"].add_variable(plant.index, "slow", 0.0)
    minimum = ua.DataValue(ua.Variant(500.0, ua.VariantType.Double))
    await node.write_attribute(AttributeIds.MinimumSamplingInterval, minimum)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        assert (await subscriber.monitor(node.nodeid, sampling=100.0)).RevisedSamplingInterval == 500.0


async def test_a_computed_value_is_polled(plant: Target) -> None:
    """A value that is computed when read has no changes to wait for; it is looked at, as often as granted."""
    node = await plant.nodes["other"].add_variable(plant.index, "polled", 0)
    seen = iter(range(1_000_000))
    plant.server.set_attribute_value_callback(node.nodeid, lambda *_: ua.DataValue(ua.Variant(next(seen))))
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        granted = (await subscriber.monitor(node.nodeid, sampling=1.0)).RevisedSamplingInterval
        assert granted == Limits().min_polling_interval_ms
        numbers = await subscriber.numbers(3)
        assert numbers == sorted(set(numbers))


@weak_in_asyncua
async def test_a_queue_of_no_size_is_a_queue_of_one(target: Target) -> None:
    """Part 4, 7.21: 0 is one value for data, the latest."""
    await target.write("count", 0, ua.VariantType.Int32)
    async with target.session() as client:
        subscriber = await Subscriber.create(client, 100.0)
        assert (await subscriber.monitor(target.id("count"), queue=0)).RevisedQueueSize == 1
        await subscriber.values(1)
        for number in range(1, 6):
            await target.write("count", number, ua.VariantType.Int32)
        (value,) = await subscriber.values(1)
        assert value.Value.Value == 5
        assert value.StatusCode is None or not value.StatusCode.value & OVERFLOW
        assert await subscriber.nothing_for(0.15)


@pytest.mark.parametrize(
    ("discard_oldest", "kept", "marked"),
    [(True, [8, 9, 10], 0), (False, [1, 2, 10], 2)],
    ids=["oldest", "newest"],
)
@weak_in_asyncua
async def test_an_overflow_is_marked_where_values_are_missing(
    target: Target, discard_oldest: bool, kept: list[int], marked: int
) -> None:
    """The Overflow bit stands on the first value kept, or on the last one replaced."""
    await target.write("count", 0, ua.VariantType.Int32)
    async with target.session() as client:
        subscriber = await Subscriber.create(client, 100.0)
        await subscriber.monitor(target.id("count"), queue=3, discard_oldest=discard_oldest)
        await subscriber.values(1)
        for number in range(1, 11):
            await target.write("count", number, ua.VariantType.Int32)
        values = await subscriber.values(3)
        assert [value.Value.Value for value in values] == kept
        bits = [bool(value.StatusCode and value.StatusCode.value & OVERFLOW == OVERFLOW) for value in values]
        assert bits == [place == marked for place in range(3)]


async def test_a_value_changed_in_place_is_a_change(plant: Target) -> None:
    """The server's own code may write the same list again with other contents."""
    values = [1.0, 2.0]
    await plant.nodes["series"].write_value(values)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("series"))
        values[0] = 5.0
        await plant.nodes["series"].write_value(values)
        assert await subscriber.numbers(2) == [[1.0, 2.0], [5.0, 2.0]]


async def test_an_item_of_a_part_reports_that_part_alone(plant: Target) -> None:
    """Changes outside of its IndexRange are none."""
    await plant.write("series", [0.0, 1.0, 2.0])
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("series"), index_range="1")
        await plant.write("series", [9.0, 1.0, 9.0])
        await plant.write("series", [9.0, 7.0, 9.0])
        assert await subscriber.numbers(2) == [[1.0], [7.0]]
        assert await subscriber.nothing_for(0.1)
        await plant.write("series", [1.0])
        assert (await subscriber.values(1))[0].StatusCode.value == Code.BadIndexRangeNoData


@pytest.mark.parametrize("timestamps", [0, 1, 2, 3])
async def test_items_carry_the_timestamps_asked_for(plant: Target, timestamps: int) -> None:
    """TimestampsToReturn of CreateMonitoredItems holds for every notification."""
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.create_items(subscriber.item(plant.id("speed")), timestamps=timestamps)
        (value,) = await subscriber.values(1)
        assert (value.SourceTimestamp is not None) == (timestamps in {0, 2})
        assert (value.ServerTimestamp is not None) == (timestamps in {1, 2})


async def test_a_removed_node_is_told_once(plant: Target) -> None:
    """Its items report BadNodeIdUnknown and stay quiet."""
    node = await plant.nodes["other"].add_variable(plant.index, "mortal", 1.0)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        result = await subscriber.monitor(node.nodeid)
        await subscriber.values(1)
        await plant.server.delete_nodes([node])
        (value,) = await subscriber.values(1)
        assert value.StatusCode.value == Code.BadNodeIdUnknown
        assert await subscriber.nothing_for(0.1)
        request = ua.DeleteMonitoredItemsRequest()
        request.Parameters.SubscriptionId = subscriber.id
        request.Parameters.MonitoredItemIds = [result.MonitoredItemId]
        assert (await client.call(request)).Results[0].is_good()


async def test_modified_items_keep_their_values_and_take_their_new_parameters(plant: Target) -> None:
    """ModifyMonitoredItems: queue, client handle, filter and interval, each truthfully revised."""
    await plant.write("speed", 0.0)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        result = await subscriber.monitor(plant.id("speed"))
        await subscriber.values(1)
        request = ua.ModifyMonitoredItemsRequest()
        request.Parameters.SubscriptionId = subscriber.id
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        wanted = ua.MonitoringParameters(
            ClientHandle=77, SamplingInterval=50.0, QueueSize=2, Filter=band(ua.DeadbandType.Absolute, 5.0)
        )
        request.Parameters.ItemsToModify = [
            ua.MonitoredItemModifyRequest(result.MonitoredItemId, wanted),
            ua.MonitoredItemModifyRequest(999, wanted),
        ]
        first, second = (await client.call(request)).Results
        assert (first.StatusCode.value, first.RevisedSamplingInterval, first.RevisedQueueSize) == (0, 50.0, 2)
        assert second.StatusCode.value == Code.BadMonitoredItemIdInvalid
        await plant.write("speed", 4.0)
        assert await subscriber.nothing_for(0.06)
        await plant.write("speed", 6.0)
        (notification,) = await subscriber.notifications(1)
        assert (notification.ClientHandle, notification.Value.Value.Value) == (77, 6.0)


async def test_an_absurd_queue_size_is_revised_to_what_is_left() -> None:
    """The sum of all queues of one owner is capped; each item keeps at least one place."""
    limits = Limits(max_queue_size=100, max_queued_notifications_per_owner=150)
    async with started("plant", limits) as plant, plant.session() as client:
        subscriber = await Subscriber.create(client)
        items = [subscriber.item(plant.id("speed"), queue=0xFFFFFFFF) for _ in range(4)]
        assert [result.RevisedQueueSize for result in await subscriber.create_items(*items)] == [
            100,
            50,
            1,
            1,
        ]


async def test_changes_reach_many_items_of_one_node(plant: Target) -> None:
    """Every item of the node gets the value, in one message."""
    await plant.write("speed", 3.0)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.create_items(*[subscriber.item(plant.id("speed")) for _ in range(50)])
        message = await subscriber.publish()
        while not changes_of(message):
            message = await subscriber.publish()
        assert sorted(change.ClientHandle for change in changes_of(message)) == list(range(1, 51))
