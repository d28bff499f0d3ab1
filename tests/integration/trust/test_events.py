"""Events reach those who subscribed to them, and may see them, through filters that can't do harm.

Source: OPC UA Part 4, 7.22.3 (EventFilter), 7.7 (ContentFilter); Part 3, 7.17 (HasEventSource).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Permission, Role
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.integration.trust.subscriber import Subscriber, event_lists_of, events_of
from tests.integration.trust.target import Target, weak_in_asyncua

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
SERVER = node_id(ObjectIds.Server)
BASE = node_id(ObjectIds.BaseEventType)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
Operator = ua.FilterOperator


def field(*path: str, attribute: int = AttributeIds.Value) -> ua.SimpleAttributeOperand:
    """A field of BaseEventType."""
    names = [ua.QualifiedName(name, 0) for name in path]
    return ua.SimpleAttributeOperand(TypeDefinitionId=BASE, BrowsePath=names, AttributeId=attribute)


def literal(value: Any) -> ua.LiteralOperand:
    """A constant."""
    return ua.LiteralOperand(ua.Variant(value))


def element(operator: ua.FilterOperator, *operands: Any) -> ua.ContentFilterElement:
    """One element of a where clause."""
    return ua.ContentFilterElement(FilterOperator=operator, FilterOperands=list(operands))


def event_filter(*elements: ua.ContentFilterElement, select: Sequence[Any] = ()) -> ua.EventFilter:
    """A filter that selects Message and Severity unless told otherwise."""
    wanted = ua.EventFilter()
    wanted.SelectClauses = list(select) or [field("Message"), field("Severity")]
    wanted.WhereClause = ua.ContentFilter(list(elements))
    return wanted


@pytest_asyncio.fixture(loop_scope="module")
async def fire(target: Target) -> Any:
    """Fires an event of the pump: message and severity."""
    return await firing(target)


async def firing(target: Target) -> Any:
    """Makes the function that fires an event of the pump."""
    generator = await target.server.get_event_generator(ObjectIds.BaseEventType, target.id("pump"))

    async def fire_one(message: str, severity: int = 500) -> None:
        generator.event.Severity = severity
        try:
            await generator.trigger(message=message)
        except Exception as error:  # whatever a client's filter does to the server's own code
            raise AssertionError("a client's filter broke the server's event") from error

    return fire_one


async def subscribe(client: Any, node: ua.NodeId, wanted: Any, **options: Any) -> tuple[Subscriber, Any]:
    """A subscription with one event item, and the item's result."""
    subscriber = await Subscriber.create(client)
    item = subscriber.item(node, AttributeIds.EventNotifier, wanted_filter=wanted, **options)
    (result,) = await subscriber.create_items(item)
    return subscriber, result


async def messages(subscriber: Subscriber, count: int) -> list[Any]:
    """Texts of the next events."""
    found: list[Any] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            found += [
                fields[0].Text if fields[0] else None for fields in events_of(await subscriber.publish())
            ]
    return found


@weak_in_asyncua
async def test_events_of_an_object_reach_subscribers_of_the_server(target: Target, fire: Any) -> None:
    """The Server object notifies of everything (Part 3, 7.17)."""
    async with target.session() as client:
        subscriber, _ = await subscribe(client, SERVER, event_filter())
        await fire("vibration")
        assert await messages(subscriber, 1) == ["vibration"]


@weak_in_asyncua
async def test_events_climb_along_notifiers(target: Target, fire: Any) -> None:
    """HasNotifier leads an event of the pump to subscribers of what is above it."""
    other = target.nodes["other"]
    await other.set_event_notifier([ua.EventNotifier.SubscribeToEvents])
    await other.add_reference(target.id("pump"), ObjectIds.HasNotifier)
    try:
        async with target.session() as client:
            subscriber, _ = await subscribe(client, target.id("other"), event_filter())
            await fire("climbed")
            assert await messages(subscriber, 1) == ["climbed"]
    finally:
        await other.delete_reference(target.id("pump"), ObjectIds.HasNotifier)


@pytest.mark.parametrize(
    ("elements", "passed"),
    [
        ([element(Operator.GreaterThan, field("Severity"), literal(500))], ["high"]),
        ([element(Operator.LessThanOrEqual, field("Severity"), literal(500))], ["low", "middle"]),
        ([element(Operator.Between, field("Severity"), literal(400), literal(600))], ["middle"]),
        ([element(Operator.InList, field("Severity"), literal(100), literal(900))], ["low", "high"]),
        ([element(Operator.Like, field("Message"), literal("%i%h"))], ["high"]),
        ([element(Operator.Like, field("Message"), literal("[hl]%"))], ["low", "high"]),
        ([element(Operator.OfType, literal(BASE))], ["low", "middle", "high"]),
        ([element(Operator.OfType, literal(node_id(ObjectIds.AlarmConditionType)))], []),
        ([element(Operator.IsNull, field("Nothing"))], ["low", "middle", "high"]),
        ([element(Operator.IsNull, literal(ua.NodeId()))], ["low", "middle", "high"]),
        ([element(Operator.IsNull, field("SourceNode"))], []),
        ([element(Operator.Equals, field("Severity"), literal("900"))], ["high"]),
        ([element(Operator.Between, field("Severity"), literal("400"), literal("600"))], ["middle"]),
        ([element(Operator.GreaterThan, field("Time"), literal(LONG_AGO))], ["low", "middle", "high"]),
        (
            [
                element(Operator.Like, ua.ElementOperand(1), literal("%00")),
                element(Operator.Cast, field("Severity"), literal(node_id(ObjectIds.String))),
            ],
            ["low", "middle", "high"],
        ),
        (
            [
                element(Operator.Equals, ua.ElementOperand(1), literal(16)),
                element(Operator.BitwiseAnd, field("Severity"), literal(16)),
            ],
            ["middle"],
        ),
        ([element(Operator.Equals, field("Nothing"), literal(1))], []),
        (
            [
                element(Operator.Not, ua.ElementOperand(1)),
                element(Operator.Equals, field("Severity"), literal(900)),
            ],
            ["low", "middle"],
        ),
        (
            [
                element(Operator.And, ua.ElementOperand(1), ua.ElementOperand(2)),
                element(Operator.GreaterThan, field("Severity"), literal(200)),
                element(Operator.LessThan, field("Severity"), literal(800)),
            ],
            ["middle"],
        ),
        (
            [
                element(Operator.Or, ua.ElementOperand(1), ua.ElementOperand(2)),
                element(Operator.Equals, field("Nothing"), literal(1)),
                element(Operator.Equals, field("Severity"), literal(900)),
            ],
            ["high"],
        ),
    ],
)
async def test_a_where_clause_passes_what_it_says(
    plant: Target, elements: list[ua.ContentFilterElement], passed: list[str]
) -> None:
    """Operators with the standard's three-valued logic."""
    fire = await firing(plant)
    async with plant.session() as client:
        subscriber, result = await subscribe(client, plant.id("pump"), event_filter(*elements))
        assert result.StatusCode.is_good()
        everything = subscriber.item(
            plant.id("pump"), AttributeIds.EventNotifier, wanted_filter=event_filter()
        )
        await subscriber.create_items(everything)
        for message, severity in (("low", 100), ("middle", 500), ("high", 900)):
            await fire(message, severity)
        found: dict[int, list[str]] = {1: [], 2: []}
        async with asyncio.timeout(30):
            while len(found[2]) < 3:
                for event in event_lists_of(await subscriber.publish()):
                    found[event.ClientHandle].append(event.EventFields[0].Value.Text)
        assert found[1] == passed


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (event_filter(element(Operator.Not, ua.ElementOperand(0))), Code.BadFilterOperandInvalid),
        (event_filter(element(Operator.Not, ua.ElementOperand(9))), Code.BadFilterOperandInvalid),
        (event_filter(element(Operator.InView, literal(1))), Code.BadFilterOperatorUnsupported),
        (event_filter(element(Operator.Equals, literal(1))), Code.BadFilterOperandCountMismatch),
        (event_filter(element(Operator.OfType, literal(5))), Code.BadFilterOperandInvalid),
        (event_filter(element(Operator.Like, field("Message"), literal("["))), Code.BadFilterOperandInvalid),
    ],
)
@weak_in_asyncua
async def test_a_filter_that_runs_in_circles_or_nowhere_is_refused(
    target: Target, fire: Any, wanted: ua.EventFilter, where: int
) -> None:
    """BadEventFilterInvalid, with the element's own code; the item is not made."""
    await fire("notifier")
    async with target.session() as client:
        _, result = await subscribe(client, target.id("pump"), wanted)
        assert result.StatusCode.value == Code.BadEventFilterInvalid
        assert result.FilterResult.WhereClauseResult.ElementResults[0].StatusCode.value == where


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (element(Operator.OfType, literal(5)), ["BadFilterLiteralInvalid"]),
        (element(Operator.OfType, literal(node_id(ObjectIds.Double))), ["BadFilterLiteralInvalid"]),
        (element(Operator.OfType, literal(node_id(424_242))), ["BadFilterLiteralInvalid"]),
        (element(Operator.Like, field("Message"), literal("[")), ["Good", "BadFilterLiteralInvalid"]),
        (element(Operator.Like, literal(3), literal(4)), ["BadFilterLiteralInvalid"] * 2),
        (element(Operator.Not, literal(1)), ["BadFilterLiteralInvalid"]),
        (element(Operator.And, literal(True), ua.ElementOperand(0)), ["Good", "BadFilterElementInvalid"]),
        (element(Operator.Cast, field("Severity"), literal("String")), ["Good", "BadFilterLiteralInvalid"]),
        (element(Operator.Cast, field("Severity"), field("EventType")), ["Good", "BadFilterOperandInvalid"]),
        (element(Operator.BitwiseAnd, field("Severity"), literal(0.5)), ["Good", "BadFilterLiteralInvalid"]),
        (element(Operator.LessThan, field("Severity"), literal(True)), ["Good", "BadFilterLiteralInvalid"]),
        (element(Operator.LessThan, field("Severity"), literal(BASE)), ["Good", "BadFilterLiteralInvalid"]),
        (element(Operator.IsNull, field("Message", attribute=4)), ["BadAttributeIdInvalid"]),
        (
            element(
                Operator.IsNull,
                ua.SimpleAttributeOperand(
                    node_id(ObjectIds.Double), [ua.QualifiedName("Time")], ua.UInt32(AttributeIds.Value)
                ),
            ),
            ["BadTypeDefinitionInvalid"],
        ),
    ],
)
async def test_each_operand_that_can_never_match_is_named(
    plant: Target, wanted: ua.ContentFilterElement, codes: list[str]
) -> None:
    """The element is BadFilterOperandInvalid, and each of its operands has its code (Part 4, 7.7.2)."""
    await firing(plant)
    async with plant.session() as client:
        _, result = await subscribe(client, plant.id("pump"), event_filter(wanted))
        assert result.StatusCode.value == Code.BadEventFilterInvalid
        (found,) = result.FilterResult.WhereClauseResult.ElementResults
        assert found.StatusCode.value == Code.BadFilterOperandInvalid
        assert [code.name for code in found.OperandStatusCodes] == codes


async def test_clauses_and_elements_beyond_the_limit_are_named(plant: Target) -> None:
    """As many results as there are clauses and elements; those past the limit are BadTooManyOperations."""
    await firing(plant)
    limits = plant.server.iserver.limits
    many = [field("Message")] * (limits.max_select_clauses + 3)
    elements = [element(Operator.IsNull, field("Nothing"))] * (limits.max_filter_elements + 1)
    async with plant.session() as client:
        _, result = await subscribe(client, plant.id("pump"), event_filter(*elements, select=many))
        assert result.StatusCode.value == Code.BadEventFilterInvalid
        codes = [code.name for code in result.FilterResult.SelectClauseResults]
        assert codes == ["Good"] * limits.max_select_clauses + ["BadTooManyOperations"] * 3
        codes = [one.StatusCode.name for one in result.FilterResult.WhereClauseResult.ElementResults]
        assert codes == ["Good"] * limits.max_filter_elements + ["BadTooManyOperations"]


@pytest.mark.parametrize(
    "clause",
    [
        field("__class__"),
        field("data_types"),
        field("emitting_node"),
        field("to_event_fields"),
        field("Message", "__init__"),
    ],
    ids=lambda clause: clause.BrowsePath[0].Name,
)
@weak_in_asyncua
async def test_a_field_is_never_an_attribute_of_our_code(target: Target, fire: Any, clause: Any) -> None:
    """Names of Python's are null fields; the event reaches this client and the others."""
    async with target.session() as client, target.session() as other:
        await fire("before")
        subscriber, result = await subscribe(
            client, target.id("pump"), event_filter(select=[clause, field("Message")])
        )
        assert result.StatusCode.is_good()
        honest, _ = await subscribe(other, target.id("pump"), event_filter())
        await fire("for all")
        assert await messages(honest, 1) == ["for all"]
        fields: list[Any] = []
        async with asyncio.timeout(30):
            while not fields:
                fields = events_of(await subscriber.publish())
        assert fields[0][0] is None
        assert fields[0][1].Text == "for all"


async def test_a_filter_that_branches_without_end_costs_little(plant: Target) -> None:
    """Ninety elements that each name the next one twice: one evaluation each, not two to the ninetieth."""
    fire = await firing(plant)
    chain = [element(Operator.And, ua.ElementOperand(n + 1), ua.ElementOperand(n + 1)) for n in range(90)]
    chain.append(element(Operator.GreaterThan, field("Severity"), literal(0)))
    async with plant.session() as client:
        subscriber, result = await subscribe(client, plant.id("pump"), event_filter(*chain))
        assert result.StatusCode.is_good()
        async with asyncio.timeout(30):
            await fire("cheap")
            assert await messages(subscriber, 1) == ["cheap"]


async def test_constants_of_a_like_can_not_stop_the_server(plant: Target) -> None:
    """Two texts of a megabyte, held against each other at each event, would take days."""
    fire = await firing(plant)
    constants = literal("a" * 500_000), literal("%" + "a" * 250_000 + "b")
    async with plant.session() as client:
        _, result = await subscribe(
            client, plant.id("pump"), event_filter(element(Operator.Like, *constants))
        )
        assert result.StatusCode.value == Code.BadEventFilterInvalid
        (found,) = result.FilterResult.WhereClauseResult.ElementResults
        assert [code.name for code in found.OperandStatusCodes] == ["BadFilterLiteralInvalid"] * 2
        field_and_long = element(Operator.Like, field("Message"), literal("%" + "a" * 1_000 + "b"))
        subscriber, result = await subscribe(client, plant.id("pump"), event_filter(field_and_long))
        assert result.StatusCode.is_good()
        await subscriber.create_items(
            subscriber.item(plant.id("pump"), AttributeIds.EventNotifier, wanted_filter=event_filter())
        )
        async with asyncio.timeout(30):
            await fire("a" * 100_000)
            assert await messages(subscriber, 1) == ["a" * 100_000]


async def test_filters_are_bounded_each_and_in_sum(plant: Target) -> None:
    """What filters hold and cost is bounded for each of them and for their owner, and given back."""
    await firing(plant)
    quotas, limits = plant.server.iserver.subscription_service.quotas, plant.server.iserver.limits
    before = quotas.filter_weights.total()
    lists = [element(Operator.InList, field("Severity"), *[literal(1)] * 900) for _ in range(3)]
    heavy = event_filter(*lists[:2])
    named = event_filter(select=[field("x" * 513)])
    async with plant.session() as client:
        _, result = await subscribe(client, plant.id("pump"), event_filter(*lists))
        assert result.StatusCode.value == Code.BadMonitoredItemFilterUnsupported
        _, result = await subscribe(client, plant.id("pump"), named)
        assert result.FilterResult.SelectClauseResults[0].value == Code.BadBrowseNameInvalid
        subscriber = await Subscriber.create(client)
        wanted = [
            subscriber.item(plant.id("pump"), AttributeIds.EventNotifier, wanted_filter=heavy)
            for _ in range(40)
        ]
        codes = [result.StatusCode.name for result in await subscriber.create_items(*wanted)]
        assert codes == sorted(codes, key=["Good", "BadTooManyMonitoredItems"].index)
        assert codes.count("Good") == limits.max_filter_weight_per_owner // 1_804
        assert await subscriber.delete() == Code.Good
        assert quotas.filter_weights.total() == before


async def test_wide_events_are_told_in_messages_of_bounded_width(plant: Target) -> None:
    """A thousand events of two hundred fields in one message would take half a second to encode."""
    fire = await firing(plant)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        wide = event_filter(select=[field("Message")] * 200)
        for _ in range(2):
            item = subscriber.item(plant.id("pump"), AttributeIds.EventNotifier, wanted_filter=wide)
            await subscriber.create_items(item)
        for number in range(30):
            await fire(str(number))
        found: dict[int, list[str]] = {1: [], 2: []}
        async with asyncio.timeout(30):
            while sum(map(len, found.values())) < 60:
                events = event_lists_of(await subscriber.publish())
                assert len(events) * 200 <= 4_096 + 4_000
                for event in events:
                    texts = {one.Value.Text for one in event.EventFields}
                    found[event.ClientHandle] += texts
        assert found[1] == found[2] == [str(number) for number in range(30)]


async def test_lost_events_are_told(plant: Target) -> None:
    """A full queue drops the oldest and puts an EventQueueOverflowEvent in their place."""
    fire = await firing(plant)
    async with plant.session() as client:
        select = [field("Message"), field("EventType")]
        subscriber, _ = await subscribe(client, plant.id("pump"), event_filter(select=select), queue=3)
        for number in range(6):
            await fire(str(number))
        found: list[Any] = []
        async with asyncio.timeout(30):
            while len(found) < 4:
                found += events_of(await subscriber.publish())
        assert found[0][1] == node_id(ObjectIds.EventQueueOverflowEventType)
        assert [fields[0].Text for fields in found[1:]] == ["3", "4", "5"]


async def test_events_need_the_right_to_receive_them(plant: Target) -> None:
    """Without ReceiveEvents on the source a client gets none of its events."""
    fire = await firing(plant)
    await plant.server.set_role_permissions(
        plant.nodes["pump"], {Role.OBSERVER: Permission.Browse | Permission.Read}
    )
    try:
        async with plant.session() as client:
            subscriber, result = await subscribe(client, SERVER, event_filter())
            assert result.StatusCode.is_good()
            await fire("secret")
            other = await plant.server.get_event_generator(ObjectIds.BaseEventType, plant.id("other"))
            await other.trigger(message="public")
            assert await messages(subscriber, 1) == ["public"]
    finally:
        del plant.server.iserver.aspace[plant.id("pump")].attributes[AttributeIds.RolePermissions]


async def test_an_event_item_needs_a_notifier_and_a_filter(plant: Target) -> None:
    """Other nodes have no events, and without a filter nothing is selected."""
    async with plant.session() as client:
        for node, wanted, code in (
            (plant.id("speed"), event_filter(), Code.BadAttributeIdInvalid),
            (node_id(ObjectIds.ObjectsFolder), event_filter(), Code.BadNotSupported),
            (SERVER, None, Code.BadMonitoredItemFilterInvalid),
            (SERVER, ua.EventFilter(), Code.BadEventFilterInvalid),
        ):
            _, result = await subscribe(client, node, wanted)
            assert result.StatusCode.value == code
