"""Who hears of an alarm: the hierarchy of notifiers, filters, and refreshes.

Source: OPC UA Part 3, 7.17 and 7.18; Part 4, 7.22.3; Part 9, 5.5.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.space.standard import standard_id
from tests.integration.alarms.desk import on_event, operate, select
from tests.integration.server.stage import read, site_node, type_of

if TYPE_CHECKING:
    from asyncua.common.node import Node

    from tests.integration.alarms.desk import AlarmStage
    from tests.patient_client import Client

ACKNOWLEDGE = ObjectIds.AcknowledgeableConditionType_Acknowledge
SERVER = standard_id(ObjectIds.Server)
HIGH = {"high": 0.6, "hysteresis": 0.1}


@pytest.mark.parametrize("notifier", ["server", "MachineLearning", "model"])
async def test_an_alarm_reaches_every_notifier_above_it(stage: AlarmStage, notifier: str) -> None:
    """The model, the entry point and the Server object; once each."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        path = desk.model if notifier == "model" else notifier
        alarms = await desk.alarm_list(client, SERVER if notifier == "server" else path)
        await desk.score(0.7)
        await desk.score(0.1)
        raised, over = await alarms.take_next(2)
        assert (raised.state, over.state) == ((True, False, True), (False, False, True))
        assert not alarms.rows


async def test_browsing_from_the_server_leads_to_the_alarm(stage: AlarmStage) -> None:
    """By HasNotifier, HasEventSource and HasCondition, each with its way back."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        at = client.get_node(SERVER)
        for kind, path in (
            (ObjectIds.HasNotifier, "MachineLearning"),
            (ObjectIds.HasNotifier, desk.model),
            (ObjectIds.HasEventSource, f"{desk.model}.Outputs.score"),
            (ObjectIds.HasCondition, f"{desk.model}.Monitoring.Alarms.high"),
        ):
            wanted = await site_node(client, path)
            assert wanted in await at.get_referenced_nodes(kind, ua.BrowseDirection.Forward)
            assert at in await wanted.get_referenced_nodes(kind, ua.BrowseDirection.Inverse)
            at = wanted


async def test_an_output_is_no_notifier(stage: AlarmStage) -> None:
    """Variables have no EventNotifier (Part 3, 5.6.2)."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        with pytest.raises(ua.uaerrors.BadAttributeIdInvalid):
            await desk.alarm_list(client, f"{desk.model}.Outputs.score")


async def test_the_instance_follows_the_events(stage: AlarmStage) -> None:
    """What an HMI reads from the nodes is what the last event said, when a Method has answered."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        path = f"{desk.model}.Monitoring.Alarms.high"
        assert (await read(client, f"{path}.LimitState.CurrentState")).status == StatusCodes.BadStateNotActive
        await desk.score(0.7)
        row = await alarms.next()
        assert (await read(client, f"{path}.EventId")).value == row["EventId"]
        assert (await read(client, f"{path}.LimitState.CurrentState")).value.Text == "High"
        await operate(row, client, ACKNOWLEDGE, *on_event(row))
        assert (await read(client, f"{path}.AckedState.Id")).value is True
        assert (await read(client, f"{path}.EventId")).value == (await alarms.next())["EventId"]
        input_node = (await read(client, f"{path}.InputNode")).value
        assert input_node == (await site_node(client, f"{desk.model}.Outputs.score")).nodeid


async def test_a_refresh_shows_what_is_in_the_list_and_no_more(stage: AlarmStage) -> None:
    """Between RefreshStart and RefreshEnd, with the EventIds of before."""
    desk = await stage.desk(high=HIGH, calm={"high": 2.0})
    async with desk.client() as client:
        await desk.score(0.7)
        alarms = await desk.alarm_list(client)
        assert await alarms.refresh() == StatusCodes.Good
        start, row, end = await alarms.take_next(3)
        kinds = [standard_id(ObjectIds.RefreshStartEventType), standard_id(ObjectIds.RefreshEndEventType)]
        assert [start["EventType"], end["EventType"]] == kinds
        assert (row["ConditionName"], row.state) == ("high", (True, False, True))
        assert await operate(row, client, ACKNOWLEDGE, *on_event(row)) == StatusCodes.Good


async def test_a_refresh_is_marked_for_every_notifier_whatever_its_filter(stage: AlarmStage) -> None:
    """An alarm list of one model, which wants alarms alone, knows where the refresh ends."""
    alarm = ua.ContentFilterElement(
        FilterOperator=ua.FilterOperator.OfType,
        FilterOperands=[ua.LiteralOperand(ua.Variant(standard_id(ObjectIds.AlarmConditionType)))],
    )
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        await desk.score(0.7)
        alarms = await desk.alarm_list(client, desk.model, [alarm])
        assert await alarms.refresh() == StatusCodes.Good
        start, row, end = await alarms.take_next(3)
        assert start["EventType"] == standard_id(ObjectIds.RefreshStartEventType)
        assert row["ConditionName"] == "high"
        assert end["EventType"] == standard_id(ObjectIds.RefreshEndEventType)


async def test_a_filter_by_severity_leaves_out_the_lesser_ones(stage: AlarmStage) -> None:
    """A where clause over a field of the event."""
    severe = ua.ContentFilterElement(
        FilterOperator=ua.FilterOperator.GreaterThanOrEqual,
        FilterOperands=[select("Severity"), ua.LiteralOperand(ua.Variant(600, ua.VariantType.UInt16))],
    )
    desk = await stage.desk(lesser=HIGH, severe={**HIGH, "severity": 700})
    async with desk.client() as client:
        alarms = await desk.alarm_list(client, where=[severe])
        await desk.score(0.7)
        await desk.score(0.1)
        assert [row["ConditionName"] for row in await alarms.take_next(2)] == ["severe", "severe"]
        assert not alarms.rows


async def test_an_operand_is_restricted_to_its_type(stage: AlarmStage) -> None:
    """A field of another type of alarms is null, though an event has one of that name (Part 4, 7.7.4.5)."""

    def named(kind: int) -> ua.ContentFilterElement:
        name = ua.LiteralOperand(ua.Variant("high", ua.VariantType.String))
        return ua.ContentFilterElement(
            FilterOperator=ua.FilterOperator.Equals, FilterOperands=[select("ConditionName", kind), name]
        )

    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        others = await desk.alarm_list(client, where=[named(ObjectIds.OffNormalAlarmType)])
        alarms = await desk.alarm_list(client, where=[named(ObjectIds.LimitAlarmType)])
        await desk.score(0.7)
        assert (await alarms.next())["ConditionName"] == "high"
        assert not others.rows


async def test_each_class_that_means_a_fault_is_told_by_its_name(stage: AlarmStage) -> None:
    """Another fault is another thing to acknowledge."""
    fault = {"output": "fault", "off_normal": ["cavitation", "worn bearing"], "message": "Look at the pump"}
    desk = await stage.desk(fault=fault)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.05)
        row = await alarms.next()
        assert row.message == "Look at the pump: fault is cavitation"
        assert row["SourceName"] == f"{desk.model}.fault"
        assert row["EventType"] == (await kind_of(client, desk.model)).nodeid
        await operate(row, client, ACKNOWLEDGE, *on_event(row))
        await alarms.next()
        await desk.score(0.5)
        assert (await alarms.next()).message == "Look at the pump: no longer so, fault is none"


async def kind_of(client: Client, model: str) -> Node:
    """The type of the alarm on the fault."""
    node = await site_node(client, f"{model}.Monitoring.Alarms.fault")
    return client.get_node(await type_of(node))


async def test_the_fields_of_our_own_types_are_in_the_types(stage: AlarmStage) -> None:
    """An alarm list offers what it browses there."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        node = await site_node(client, f"{desk.model}.Monitoring.Alarms.high")
        kind = client.get_node(await type_of(node))
        names = {name.Name for one in await kind.get_children() for name in [await one.read_browse_name()]}
        assert names == {"PredictionId", "ModelVersion"}
        (above,) = await kind.get_referenced_nodes(ObjectIds.HasSubtype, ua.BrowseDirection.Inverse)
        assert above.nodeid == standard_id(ObjectIds.ExclusiveLevelAlarmType)
        notifier = await client.get_node((await site_node(client, desk.model)).nodeid).read_attribute(
            AttributeIds.EventNotifier
        )
        assert notifier.Value is not None
        assert notifier.Value.Value == 1
