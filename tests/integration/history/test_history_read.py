"""HistoryRead over the wire: raw values, bounds, continuation points, values at times, Aggregates, events.

Source: OPC UA Part 11, 6.4; Part 13, 5.4.
"""

from __future__ import annotations

import gc
import math
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.common.events import Event
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.history import provider, span, times
from opcua_ml.opcua.history.processed import AtTimeRead
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.texts import phrase, text
from tests.integration.history.site import (
    HistorySite,
    at,
    opened_site,
    raw_details,
    values,
)
from tests.integration.server.stage import (
    FLOW,
    PUMP,
    TEXTS,
    card,
    flow,
    opened,
    pump,
    read,
    site_node,
    texts,
)
from tests.patient_client import Client
from tests.unit.history.stores import PostgresqlStore, SqliteStore, Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")
OUTPUT = "pumping.Outputs.sum"
SECONDS = (0, 2, 3, 5, 6)
AVERAGE, COUNT = standard_id(ObjectIds.AggregateFunction_Average), standard_id(2352)
DURATION_BAD = standard_id(ObjectIds.AggregateFunction_DurationBad)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HistorySite]:
    """Five predictions of one model, at these seconds after noon, each of which is its second."""
    if request.param == "sqlite":
        store: Store = SqliteStore(tmp_path_factory.mktemp("history"))
    else:
        store = PostgresqlStore(request.getfixturevalue("postgresql").database("site"))
    async with opened_site(store.writer(), store.reader()) as made:
        await made.stage.show(card("pumping", FLOW), flow)
        await made.stage.show(card("pump", PUMP), pump)
        await made.stage.show(card("texts", TEXTS), texts)
        await made.shown.tell_events()
        for second in SECONDS:
            await made.stage.publish("pumping", (float(second), 0.0), source_timestamp=at(second))
        yield made


@pytest.mark.parametrize(
    ("times", "number", "bounds", "wanted"),
    [
        ((0, 5), 0, False, [0, 2, 3]),
        ((5, 0), 0, False, [5, 3, 2]),
        ((0, None), 2, False, [0, 2]),
        ((None, 5), 2, False, [5, 3]),
        ((2, 2), 0, False, [2]),
        ((0, 5), 0, True, [0, 2, 3, 5]),
        ((1, 4), 0, True, [0, 2, 3, 5]),
        ((4, 1), 0, True, [5, 3, 2, 0]),
        ((5, 0), 0, True, [5, 3, 2, 0]),
        ((1, None), 3, True, [0, 2, 3]),
        ((-1, 2), 0, True, ["-1 BadBoundNotFound", 0, 2]),
        ((5, 9), 0, True, [5, 6, "9 BadBoundNotFound"]),
        ((9, 5), 0, True, ["9 BadBoundNotFound", 6, 5]),
        ((6, None), 3, True, [6, "7 BadBoundNotFound"]),
        ((20, 30), 0, False, []),
    ],
)
async def test_raw_values_and_their_bounds(
    site: HistorySite, times: tuple[float | None, float | None], number: int, bounds: bool, wanted: list[Any]
) -> None:
    """As the table of Part 11, 6.4.3.2 has them."""
    result = await site.raw(OUTPUT, *times, number, bounds=bounds)
    found = [
        int(second) if second == content else f"{second:g} {content}" for second, content in values(result)
    ]
    assert found == wanted
    assert result.StatusCode.name == ("Good" if wanted else "GoodNoData")
    assert result.ContinuationPoint is None


END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""DateTime.MaxValue, as clients send it (Part 6, 5.2.2.5)."""


@pytest.mark.parametrize(
    ("start", "end", "number", "wanted"),
    [
        (at(5), END_OF_TIME, 0, [5, 6, "BadBoundNotFound"]),
        (END_OF_TIME, at(5), 0, ["BadBoundNotFound", 6, 5]),
        (END_OF_TIME, END_OF_TIME, 0, []),
        (END_OF_TIME, None, 3, [6, "BadBoundNotFound"]),
        (None, END_OF_TIME, 3, ["BadBoundNotFound", 6, 5]),
    ],
)
async def test_the_last_of_all_times_is_a_time_too(
    site: HistorySite, start: datetime | None, end: datetime | None, number: int, wanted: list[Any]
) -> None:
    """What lies up to it comes with the bounds that are not found; nothing lies behind it."""
    epoch = ua.get_win_epoch()
    details = ua.ReadRawModifiedDetails(False, start or epoch, end or epoch, number, True)
    result = await site.ask(OUTPUT, details)
    assert [content for _, content in values(result)] == wanted
    assert result.StatusCode.name == ("Good" if wanted else "GoodNoData")


async def test_other_reads_reach_the_last_of_all_times(site: HistorySite) -> None:
    """Modified values, values at times, Aggregates and events, forward and backward."""
    model = await site.node_id("pumping")
    for start, end in ((at(0), END_OF_TIME), (END_OF_TIME, at(0)), (END_OF_TIME, END_OF_TIME)):
        modified = ua.ReadRawModifiedDetails(True, start, end, 0, True)
        assert (await site.ask(OUTPUT, modified)).StatusCode.name == "GoodNoData"
        events = await site.ask(model, ua.ReadEventDetails(0, start, end, severe(900)))
        assert events.StatusCode.name == "GoodNoData"
        if start != end:
            (counted,) = (
                await site.ask(OUTPUT, ua.ReadProcessedDetails(start, end, 0.0, [COUNT]))
            ).HistoryData.DataValues
            assert counted.Value.Value == len(SECONDS)
    for simple in (True, False):
        found = await site.ask(OUTPUT, ua.ReadAtTimeDetails([at(3), END_OF_TIME], simple))
        assert values(found)[0] == (3, 3)
        assert found.StatusCode.name == "Good"


@pytest.mark.parametrize("way", [(0, 7), (7, -1)])
async def test_pages_follow_one_another_without_gap_or_repetition(
    site: HistorySite, way: tuple[float, float]
) -> None:
    """And the last one has no continuation point; one that was used is of no use again."""
    details = raw_details(*way, 2, bounds=False)
    found, point, used = [], None, []
    while True:
        result = await site.ask(OUTPUT, details, point=point)
        found += [value for _, value in values(result)]
        if result.ContinuationPoint is None:
            break
        used.append(point := result.ContinuationPoint)
    assert found == (sorted(SECONDS) if way[0] < way[1] else sorted(SECONDS, reverse=True))
    again = await site.ask(OUTPUT, details, point=used[0])
    assert again.StatusCode.name == "BadContinuationPointInvalid"


async def test_continuation_points_are_given_up_and_belong_to_their_node(site: HistorySite) -> None:
    """Released ones are gone, guessed and borrowed ones refused."""
    details = raw_details(0, 7, 2)
    point = (await site.ask(OUTPUT, details)).ContinuationPoint
    other = await site.ask("pumping.Inputs.flow", details, point=point)
    assert other.StatusCode.name == "BadContinuationPointInvalid"
    point = (await site.ask(OUTPUT, details)).ContinuationPoint
    released = await site.ask(OUTPUT, details, point=point, release=True)
    assert (released.StatusCode.name, released.ContinuationPoint) == ("Good", None)
    for wanted in (point, b"guessed"):
        result = await site.ask(OUTPUT, details, point=wanted)
        assert result.StatusCode.name == "BadContinuationPointInvalid"


@pytest.mark.parametrize(
    ("details", "code"),
    [
        (raw_details(0, None), "BadHistoryOperationInvalid"),
        (raw_details(None, None, 5), "BadHistoryOperationInvalid"),
        (ua.ReadProcessedDetails(at(0), at(0), 0.0, [AVERAGE]), "BadInvalidArgument"),
        (ua.ReadProcessedDetails(at(0), at(9), -1.0, [AVERAGE]), "BadInvalidArgument"),
        (ua.ReadProcessedDetails(at(0), at(9), math.nan, [AVERAGE]), "BadInvalidArgument"),
        (ua.ReadProcessedDetails(at(0), at(9), math.inf, [AVERAGE]), "BadInvalidArgument"),
        (ua.ReadProcessedDetails(at(0), at(9), 1e-300, [AVERAGE]), "BadInvalidArgument"),
        (ua.ReadProcessedDetails(at(0), at(60), 0.0001, [AVERAGE]), "BadTooManyOperations"),
        (ua.ReadProcessedDetails(at(0), at(9), 0.0, [standard_id(1)]), "BadAggregateNotSupported"),
        (
            ua.ReadProcessedDetails(
                at(0), at(9), 0.0, [AVERAGE], ua.AggregateConfiguration(False, True, 10, 20, False)
            ),
            "BadAggregateConfigurationRejected",
        ),
        (ua.ReadAtTimeDetails([]), "BadInvalidTimestampArgument"),
        (ua.ReadEventDetails(5, at(0), at(9)), "BadHistoryOperationUnsupported"),
        (ua.ReadAnnotationDataDetails([at(0)]), "BadHistoryOperationUnsupported"),
    ],
)
async def test_what_can_t_be_asked_has_its_code(site: HistorySite, details: Any, code: str) -> None:
    """Of the standard."""
    assert (await site.ask(OUTPUT, details)).StatusCode.name == code


async def test_texts_have_no_average_and_structures_no_history(site: HistorySite) -> None:
    """Counting them is fine."""
    one = ua.ReadProcessedDetails(at(-9), at(99), 0.0, [AVERAGE])
    assert (await site.ask("texts.Outputs.grade", one)).StatusCode.name == "BadAggregateInvalidInputs"
    one = ua.ReadProcessedDetails(at(-9), at(99), 0.0, [COUNT])
    assert (await site.ask("texts.Outputs.grade", one)).StatusCode.name == "Good"
    code = (await site.raw("pumping.Latest", 0, 9)).StatusCode.name
    assert code == "BadHistoryOperationUnsupported"
    encoded = await site.raw(OUTPUT, 0, 9, DataEncoding=ua.QualifiedName("Default Binary", 0))
    assert encoded.StatusCode.name == "BadDataEncodingInvalid"


async def test_nobody_has_modified_a_value(site: HistorySite) -> None:
    """As HistoryUpdate is not offered."""
    details = raw_details(0, 9)
    details.IsReadModified = True
    result = await site.ask(OUTPUT, details)
    assert result.StatusCode.name == "GoodNoData"
    assert isinstance(result.HistoryData, ua.HistoryModifiedData)
    assert (result.HistoryData.DataValues or []) == []


async def test_every_type_of_a_model_comes_back_as_the_nodes_showed_it(site: HistorySite) -> None:
    """Labels, arrays, Booleans, texts and windows; a Bad prediction as Bad; with both timestamps."""
    await site.stage.publish("pump", (5.0, True, 2, 3.0), source_timestamp=at(0))
    await site.stage.publish("texts", ("x", (1.0, 2.0, 3.0)), source_timestamp=at(0))
    for path in (
        *(f"pump.Inputs.{name}" for name in ("flow", "running", "mode", "current")),
        *(f"pump.Outputs.{name}" for name in ("fault", "probabilities", "confidence", "anomaly", "power")),
        *("texts.Inputs.grade", "texts.Inputs.trace", "texts.Outputs.grade", "texts.Outputs.cluster"),
    ):
        (kept,) = (await site.raw(path, 0, 1)).HistoryData.DataValues
        assert opened(kept) == await read(site.client, path), path
    part = await site.raw("pump.Outputs.probabilities", 0, 1, IndexRange="1:2")
    assert part.HistoryData.DataValues[0].Value.Value == [0.8, 0.1]
    outside = await site.raw("pump.Outputs.probabilities", 0, 1, IndexRange="7")
    assert outside.HistoryData.DataValues[0].StatusCode.name == "BadIndexRangeNoData"
    bad = 0x80310000
    await site.stage.publish("pump", (5.0, True, 2, 3.0), source_timestamp=at(1), status=bad, outputs=())
    assert values(await site.raw("pump.Outputs.power", 1, 2)) == [(1, "BadNoCommunication")]


async def test_values_at_times_lie_between_those_recorded(site: HistorySite) -> None:
    """Raw where there is one, before the first one nothing, behind the last one held and Uncertain."""
    details = ua.ReadAtTimeDetails([at(-1), at(0), at(1), at(4), at(8)], False)
    result = await site.ask(OUTPUT, details)
    assert values(result) == [(-1, "BadNoData"), (0, 0), (1, 1), (4, 4), (8, 6)]
    codes = [one.StatusCode.value for one in result.HistoryData.DataValues]
    assert codes == [0x809B0000, 0, 0x402, 0x402, 0x40A40402]


async def test_times_are_converted_once_for_all_nodes_and_off_the_loop(
    site: HistorySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And all continuation points of the request hold the same ones."""
    converting: list[str] = []

    def given(moment: Any) -> int | None:
        converting.append(threading.current_thread().name)
        return span.given(moment)

    monkeypatch.setattr(times, "given", given)
    monkeypatch.setattr(provider, "MOST_IN_ALL", 1_000)
    before = [one for one in gc.get_objects() if isinstance(one, AtTimeRead)]
    request = ua.HistoryReadRequest()
    request.Parameters.HistoryReadDetails = ua.ReadAtTimeDetails([at(1)] * 5_000, False)
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    request.Parameters.ReleaseContinuationPoints = False
    wanted = ua.HistoryReadValueId(NodeId=await site.node_id(OUTPUT))
    request.Parameters.NodesToRead = [wanted] * 10
    results = await site.client.uaclient.history_read(request.Parameters)
    assert {one.StatusCode.name for one in results} == {"Good"}
    assert [len(one.HistoryData.DataValues) for one in results] == [100] * 10
    assert len(converting) == 5_000
    assert all(name.startswith("history-read") for name in converting)
    kept = [one for one in gc.get_objects() if isinstance(one, AtTimeRead) and one not in before]
    assert len(kept) == 10
    assert len({id(one.times) for one in kept}) == 1
    rest = await site.ask(
        wanted.NodeId, request.Parameters.HistoryReadDetails, point=results[9].ContinuationPoint
    )
    assert len(rest.HistoryData.DataValues) == 1_000
    assert len(converting) == 5_000


async def test_aggregates_have_values_types_and_codes(site: HistorySite) -> None:
    """Several nodes of one request have an Aggregate each."""
    details = ua.ReadProcessedDetails(at(0), at(6), 3000.0, [AVERAGE])
    result = await site.ask(OUTPUT, details)
    assert values(result) == [(0, 1), (3, 4)]
    assert [one.StatusCode.value for one in result.HistoryData.DataValues] == [0x401, 0x401]
    details.AggregateType = [COUNT]
    (first, _) = (await site.ask(OUTPUT, details)).HistoryData.DataValues
    assert (first.Value.VariantType, first.Value.Value) == (ua.VariantType.Int32, 2)
    details.AggregateType = [standard_id(ObjectIds.AggregateFunction_WorstQuality)]
    (first, _) = (await site.ask(OUTPUT, details)).HistoryData.DataValues
    assert first.Value.VariantType == ua.VariantType.StatusCode


async def test_many_intervals_come_in_pages(site: HistorySite) -> None:
    """Ten thousand at once, and what is left behind a continuation point."""
    details = ua.ReadProcessedDetails(at(0), at(12), 1.0, [COUNT])
    first = await site.ask(OUTPUT, details)
    rest = await site.ask(OUTPUT, details, point=first.ContinuationPoint)
    counts = [one.Value.Value for one in (*first.HistoryData.DataValues, *rest.HistoryData.DataValues)]
    assert (len(first.HistoryData.DataValues), len(counts)) == (10_000, 12_000)
    assert (sum(counts), rest.ContinuationPoint) == (5, None)


async def test_an_aggregate_for_each_node_is_wanted(site: HistorySite) -> None:
    """Otherwise the whole request is refused."""
    with pytest.raises(UaStatusCodeError) as refused:
        await site.ask(OUTPUT, ua.ReadProcessedDetails(at(0), at(6), 0.0, [AVERAGE, COUNT]))
    assert refused.value.code == StatusCodes.BadAggregateListMismatch


async def test_events_are_kept_with_their_fields_and_filtered(site: HistorySite) -> None:
    """By the notifier that tells of them, in both directions, in pages."""
    model = await site.node_id("pumping")
    for number in range(5):
        event = Event(model)
        for name, content, kind in (
            ("EventId", bytes([number]), ua.VariantType.ByteString),
            ("EventType", standard_id(ObjectIds.BaseEventType), ua.VariantType.NodeId),
            ("SourceNode", model, ua.VariantType.NodeId),
            ("Time", at(number), ua.VariantType.DateTime),
            ("Message", ua.LocalizedText(f"event {number}", "en"), ua.VariantType.LocalizedText),
            ("Severity", 100 * number, ua.VariantType.UInt16),
        ):
            event.add_property(name, content, kind)
        await site.stage.server.server.iserver.subscription_service.trigger_event(event)
    found: list[Any] = await site.client.get_node(model).read_event_history(at(0), at(9), 0)
    assert [(one.Severity, one.Message.Text) for one in found] == [(100 * n, f"event {n}") for n in range(5)]
    assert found[0].SourceNode == model
    details = ua.ReadEventDetails(2, at(9), at(-1), severe(200))
    first = await site.ask(model, details)
    rest = await site.ask(model, details, point=first.ContinuationPoint)
    events = [one.EventFields[0].Value for one in (*first.HistoryData.Events, *rest.HistoryData.Events)]
    assert events == [400, 300]
    assert (await site.ask(standard_id(ObjectIds.Server), details)).StatusCode.name == "Good"
    details.Filter = ua.EventFilter()
    assert (await site.ask(model, details)).StatusCode.name == "BadEventFilterInvalid"


async def test_events_are_told_in_the_session_s_language(site: HistorySite) -> None:
    """As the live ones are (Part 4, 5.4)."""
    model = await site.node_id("pumping")
    event = Event(model)
    for name, content, kind in (
        ("EventId", b"spoken", ua.VariantType.ByteString),
        ("EventType", standard_id(ObjectIds.BaseEventType), ua.VariantType.NodeId),
        ("SourceNode", model, ua.VariantType.NodeId),
        ("Time", at(100), ua.VariantType.DateTime),
        ("Message", text(phrase("Model {name} works again", name="pumping")), ua.VariantType.LocalizedText),
    ):
        event.add_property(name, content, kind)
    await site.stage.server.server.iserver.subscription_service.trigger_event(event)
    for locales, words in ((["de"], "Modell pumping arbeitet wieder"), (["en"], "Model pumping works again")):
        site.client.set_locale(locales)
        await site.client.activate_session()
        found: Any
        (found,) = await site.client.get_node(model).read_event_history(at(99), at(101), 0)
        assert (found.Message.Locale, found.Message.Text) == (locales[0], words)


async def test_elements_of_arrays_have_the_history_of_their_array(site: HistorySite) -> None:
    """Raw, at times and as Aggregates, by the nodes' own attributes; nothing is stored twice."""
    whole, path = "pump.Outputs.probabilities", "pump.Outputs.probabilities.cavitation"
    for second, flow_rate in ((1000, 5.0), (1002, 50.0)):
        await site.stage.publish("pump", (flow_rate, True, 2, 3.0), source_timestamp=at(second))
    assert values(await site.raw(path, 1000, 1003)) == [(1000.0, 0.8), (1002.0, 0.1)]
    assert values(await site.raw(path, 1003, 999)) == [(1002.0, 0.1), (1000.0, 0.8)]
    of_array, of_element = [await site.raw(one, 1000, 1003, bounds=True) for one in (whole, path)]
    assert statuses_of(of_element) == statuses_of(of_array)
    page = await site.raw(path, 1000, 1003, 1)
    rest = await site.raw(path, 1000, 1003, 1, point=page.ContinuationPoint)
    assert [*values(page), *values(rest)] == [(1000.0, 0.8), (1002.0, 0.1)]
    between = await site.ask(path, ua.ReadAtTimeDetails([at(1001)], UseSimpleBounds=False))
    assert values(between) == [(1001.0, pytest.approx(0.45))]
    wanted = ua.AggregateConfiguration(UseServerCapabilitiesDefaults=True)
    details = ua.ReadProcessedDetails(at(1000), at(1002), 0.0, [COUNT], wanted)
    assert values(await site.ask(path, details)) == [(1000.0, 1)]
    node = await site_node(site.client, path)
    assert opened(await node.read_attribute(AttributeIds.Historizing)).value is True
    assert ua.AccessLevel.HistoryRead in await node.get_access_level()
    stepped = await node.get_child(["0:HA Configuration", "0:Stepped"])
    assert await stepped.read_value() is False


async def test_an_outage_is_over_in_the_history_too(site: HistorySite) -> None:
    """Where the tags stand still: the newest value is Good, and what is Bad lasts as long as the outage."""
    path, row, before = "pump.Outputs.power", (5.0, True, 2, 3.0), at(2000)
    began = datetime.now(UTC)
    await site.stage.publish("pump", row, source_timestamp=before)
    await site.stage.publish("pump", row, source_timestamp=began, status=0x80310000, outputs=())
    await site.stage.publish("pump", row, source_timestamp=before)
    end = (began - at(0)).total_seconds() + 60
    last, bad, first = (await site.raw(path, end, 1999)).HistoryData.DataValues
    assert opened(last) == (await read(site.client, path))._replace(source_timestamp=last.ServerTimestamp)
    assert [one.StatusCode.name for one in (first, bad, last)] == ["Good", "BadNoCommunication", "Good"]
    assert first.SourceTimestamp == before.replace(tzinfo=first.SourceTimestamp.tzinfo)
    (held,) = (await site.ask(path, ua.ReadAtTimeDetails([at(end)], False))).HistoryData.DataValues
    assert held.Value.Value == last.Value.Value
    details = ua.ReadProcessedDetails(last.SourceTimestamp, at(end), 0.0, [DURATION_BAD])
    assert [content for _, content in values(await site.ask(path, details))] == [0.0]


def statuses_of(result: ua.HistoryReadResult) -> list[tuple[float, str]]:
    """Seconds after noon, and the name of the StatusCode."""
    return [
        ((one.SourceTimestamp - at(0)).total_seconds(), one.StatusCode.name)
        for one in result.HistoryData.DataValues
    ]


async def test_events_are_gone_on_with_by_the_rights_of_now(site: HistorySite) -> None:
    """A page that comes after ReceiveEvents was withdrawn from its source has none of its events."""
    source = await site.node_id("texts")
    for number in range(4):
        event = Event(source)
        event.add_property("EventType", standard_id(ObjectIds.BaseEventType), ua.VariantType.NodeId)
        event.add_property("SourceNode", source, ua.VariantType.NodeId)
        event.add_property("Time", at(100 + number), ua.VariantType.DateTime)
        event.add_property("Severity", 1, ua.VariantType.UInt16)
        await site.stage.server.server.iserver.subscription_service.trigger_event(event)
    server = standard_id(ObjectIds.Server)
    details = ua.ReadEventDetails(2, at(100), at(110), severe(0))
    first = await site.ask(server, details)
    assert len(first.HistoryData.Events) == 2
    plant: Any = site.stage.server.server
    await plant.set_role_permissions(plant.get_node(source), {})
    rest = await site.ask(server, details, point=first.ContinuationPoint)
    assert rest.StatusCode.name == "GoodNoData"


def severe(above: int) -> ua.EventFilter:
    """Severities above a number."""
    operand = ua.SimpleAttributeOperand(
        standard_id(ObjectIds.BaseEventType), [ua.QualifiedName("Severity")], AttributeIds.Value
    )
    literal = ua.LiteralOperand(ua.Variant(above, ua.VariantType.UInt16))
    element = ua.ContentFilterElement(ua.FilterOperator.GreaterThan, [operand, literal])
    return ua.EventFilter([operand], ua.ContentFilter([element]))


async def test_nodes_tell_that_and_how_their_history_is_kept(site: HistorySite) -> None:
    """As UaExpert looks for it before it draws a trend."""
    node = await site_node(site.client, OUTPUT)
    level = opened(await node.read_attribute(AttributeIds.UserAccessLevel)).value
    assert level & ua.AccessLevel.HistoryRead.mask
    assert opened(await node.read_attribute(AttributeIds.Historizing)).value is True
    stepped = await node.get_child(["0:HA Configuration", "0:Stepped"])
    assert await stepped.read_value() is False
    label = await site_node(site.client, "pump.Outputs.fault")
    assert await (await label.get_child(["0:HA Configuration", "0:Stepped"])).read_value() is True
    functions = site.client.get_node(standard_id(ObjectIds.HistoryServerCapabilities_AggregateFunctions))
    assert len(await functions.get_children()) == 30
    can = site.client.get_node(standard_id(ObjectIds.HistoryServerCapabilities_AccessHistoryDataCapability))
    assert await can.read_value() is True


@pytest.mark.parametrize("largest", [8_192, 30_000])
async def test_pages_fit_into_the_largest_response_that_a_client_takes(
    site: HistorySite, largest: int
) -> None:
    """Of each node in a request, and of processed values; nothing is missing, and few pages are needed."""
    details = ua.ReadProcessedDetails(
        StartTime=at(0), EndTime=at(7), ProcessingInterval=5.0, AggregateType=[AVERAGE, COUNT]
    )
    output = await site.node_id(OUTPUT)
    whole = [
        (await site.ask(output, replace(details, AggregateType=[kind]))).HistoryData.DataValues
        for kind in (AVERAGE, COUNT)
    ]
    small = Client(site.stage.server.url)
    small.max_messagesize = largest
    found: list[list[Any]] = [[], []]
    points: list[bytes | None] = [None, None]
    pages = 0
    async with small:
        while True:
            open_ones = [place for place in (0, 1) if not pages or points[place]]
            if not open_ones:
                break
            request = ua.HistoryReadRequest()
            kinds = [(AVERAGE, COUNT)[place] for place in open_ones]
            request.Parameters.HistoryReadDetails = replace(details, AggregateType=kinds)
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.ReleaseContinuationPoints = False
            request.Parameters.NodesToRead = [
                ua.HistoryReadValueId(NodeId=output, ContinuationPoint=points[place]) for place in open_ones
            ]
            results = await small.uaclient.history_read(request.Parameters)
            for place, result in zip(open_ones, results, strict=True):
                assert result.StatusCode.is_good()
                found[place] += result.HistoryData.DataValues
                points[place] = result.ContinuationPoint
            pages += 1
    assert found == whole
    assert 2 <= pages <= sum(len(values) for values in whole) * 30 * 1.5 / largest + 2
