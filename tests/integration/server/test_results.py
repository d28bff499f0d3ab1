"""Verdicts as results of Machinery: what a quality system fetches of an inspection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua import ua_binary
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.alarm.ranges import OutputRanges
from opcua_ml.domain.status import Status
from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.results import management, show_results
from opcua_ml.opcua.values import shared_status
from tests.integration.server.stage import PUMP, Stage, card, plant_server
from tests.patient_client import Client
from tests.unit.opcua.nodesets.files import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RESULT = "http://opcfoundation.org/UA/Machinery/Result/"
_RESULT_ENCODING = 5008
GOOD_ROW = (50.0, True, 1, 5.0)
FAULTY_ROW = (5.0, True, 1, 5.0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """A server with Machinery Result and one model that gives verdicts."""
    made = Stage(
        plant_server(), nodesets=(OFFICIAL / "Machinery/Result/Opc.Ua.Machinery.Result.NodeSet2.xml",)
    )
    async with made.server as server:
        await show_results(server)
        await made.show(card("pump", PUMP), ranges={"fault": OutputRanges(off_normal=frozenset({1, 2}))})
        await server.open()
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def client(stage: Stage) -> AsyncIterator[Client]:
    """Connected to it, knowing its structures from their definitions alone."""
    async with Client(stage.server.url) as connected:
        await connected.load_data_type_definitions()
        # asyncua's client knows no subtyped values: it would take the wrapped MetaData for a plain one.
        index = await connected.get_namespace_index(RESULT)
        ua.extension_objects_by_typeid.pop(ua.NodeId(ua.Int32(_RESULT_ENCODING), ua.Int16(index)), None)
        yield connected


def meta_data(result: ua.ExtensionObject) -> Any:
    """The first field of a ResultDataType, which is wrapped, as it may be of a subtype (Part 6, 5.2.6)."""
    return ua_binary.extensionobject_from_binary(Buffer(result.Body or b""))


async def call(client: Client, method: str, *given: ua.Variant) -> Any:
    """Call a method of the ResultManagement."""
    index = await client.get_namespace_index("urn:example:plant")
    node = client.get_node(f"ns={index};s=MachineLearning.ResultManagement")
    path = f"ns={index};s=MachineLearning.ResultManagement.{method}"
    return await node.call_method(ua.NodeId.from_string(path), *given)


def timeout() -> ua.Variant:
    """None."""
    return ua.Variant(0, ua.VariantType.Int32)


@pytest.mark.parametrize(
    ("row", "status", "verdict"),
    [(GOOD_ROW, Status.Good, 1), (FAULTY_ROW, Status.Good, 2), (GOOD_ROW, Status.Uncertain, 3)],
)
async def test_a_verdict_is_a_result_with_part_and_job(
    stage: Stage, client: Client, row: tuple[Any, ...], status: int, verdict: int
) -> None:
    """OK, NotOK, NotDecidable; decoded by a client that has never seen the structures."""
    index = await client.get_namespace_index("urn:example:plant")
    context = f"ns={index};s=MachineLearning.ResultManagement.Results.pump.Context"
    for name in ("PartId", "JobId"):
        await client.get_node(f"{context}.{name}").write_value(f"{name}-7")
    made = await stage.publish("pump", row, status=int(status))
    _, result, error = await call(client, "GetLatestResult", timeout())
    assert error == 0
    told = meta_data(result)
    assert (told.ResultId, told.PartId, told.JobId) == (made.id, "PartId-7", "JobId-7")
    assert int(told.ResultEvaluation) == verdict
    assert told.CreationTime == made.source_timestamp
    shown = client.get_node(f"ns={index};s=MachineLearning.ResultManagement.Results.pump")
    assert meta_data(await shown.read_value()).ResultId == made.id
    below = f"{shown.nodeid.to_string()}.ResultMetaData"
    assert await client.get_node(f"{below}.ResultId").read_value() == made.id
    assert await client.get_node(f"{below}.PartId").read_value() == "PartId-7"
    assert int(await client.get_node(f"{below}.ResultEvaluation").read_value()) == verdict


async def test_a_part_of_too_many_characters_is_refused(stage: Stage, client: Client) -> None:
    """Every kept result has a copy of it."""
    index = await client.get_namespace_index("urn:example:plant")
    for name in ("PartId", "JobId"):
        path = f"ns={index};s=MachineLearning.ResultManagement.Results.pump.Context.{name}"
        node = client.get_node(path)
        await node.write_value("x" * 256)
        with pytest.raises(ua.uaerrors.BadOutOfRange):
            await node.write_value("x" * 257)
        assert await node.read_value() == "x" * 256
        made = await stage.publish("pump", GOOD_ROW)
        _, result, _ = await call(client, "GetResultById", ua.Variant(made.id), timeout())
        assert getattr(meta_data(result), name) == "x" * 256
        await node.write_value("")


@pytest.mark.parametrize(
    ("code", "told"),
    [(Status.Good, "part 8"), (Status.Uncertain, None), (Status.BadNoData, None)],
)
async def test_a_part_that_is_written_with_a_quality_counts_only_where_it_is_good(
    stage: Stage, client: Client, code: int, told: str | None
) -> None:
    """As one that a tag tells: a result has no place for the quality."""
    index = await client.get_namespace_index("urn:example:plant")
    path = "MachineLearning.ResultManagement.Results.pump"
    node = client.get_node(f"ns={index};s={path}.Context.PartId")
    words = ua.Variant("part 8", ua.VariantType.String)
    await node.write_value(ua.DataValue(words, shared_status(code)))
    made = await stage.publish("pump", GOOD_ROW)
    _, result, _ = await call(client, "GetResultById", ua.Variant(made.id), timeout())
    assert meta_data(result).PartId == told
    await node.write_value("")


async def test_kept_results_are_bounded_in_bytes(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest go, the newest stays whatever it takes."""
    made = [await stage.publish("pump", GOOD_ROW) for _ in range(3)]
    _, result, _ = await call(client, "GetLatestResult", timeout())
    monkeypatch.setattr(management, "MOST_BYTES", int(2.5 * len(result.Body)))
    made.append(await stage.publish("pump", GOOD_ROW))
    nothing = ua.Variant(ua.ContentFilter(), ua.VariantType.ExtensionObject)
    order = ua.Variant([], ua.VariantType.ExtensionObject, None, True)
    everything = ua.Variant(0, ua.VariantType.UInt32)
    _, ids, _ = await call(client, "GetResultIdListFiltered", nothing, order, everything, timeout())
    assert ids == [made[3].id, made[2].id]
    monkeypatch.setattr(management, "MOST_BYTES", 1)
    last = await stage.publish("pump", GOOD_ROW)
    _, ids, _ = await call(client, "GetResultIdListFiltered", nothing, order, everything, timeout())
    assert ids == [last.id]


async def test_results_are_found_by_id_and_listed_newest_first(stage: Stage, client: Client) -> None:
    """An id that is not kept is told as such."""
    first, second = [await stage.publish("pump", row) for row in (GOOD_ROW, FAULTY_ROW)]
    identity = ua.Variant(first.id, ua.VariantType.String)
    _, result, _ = await call(client, "GetResultById", identity, timeout())
    assert meta_data(result).ResultId == first.id
    nothing = ua.Variant(ua.ContentFilter(), ua.VariantType.ExtensionObject)
    order = ua.Variant([], ua.VariantType.ExtensionObject, None, True)
    most = ua.Variant(2, ua.VariantType.UInt32)
    _, ids, _ = await call(client, "GetResultIdListFiltered", nothing, order, most, timeout())
    assert ids == [second.id, first.id]
    with pytest.raises(ua.uaerrors.BadNotFound):
        await call(client, "GetResultById", ua.Variant("none", ua.VariantType.String), timeout())


async def test_a_result_s_details_are_in_the_session_s_language(stage: Stage) -> None:
    """As a Method's answer, as a variable and in the event; the structure of the variable is everybody's."""
    why = sentence("{name}: {why}", name="flow", why=sentence("no value has come yet"))
    heard = Heard()
    connected = Client(stage.server.url)
    connected.set_locale(["de"])
    async with connected as german:
        index = await german.get_namespace_index("urn:example:plant")
        source = german.get_node(f"ns={index};s=MachineLearning.ResultManagement")
        subscription = await german.create_subscription(20, heard)
        await subscription.subscribe_events(source)
        made = await stage.publish("pump", GOOD_ROW, status=int(Status.Uncertain), reason=why)
        identity = ua.Variant(made.id, ua.VariantType.String)
        await german.load_data_type_definitions()
        results = await german.get_namespace_index(RESULT)
        ua.extension_objects_by_typeid.pop(ua.NodeId(ua.Int32(_RESULT_ENCODING), ua.Int16(results)), None)
        _, result, _ = await call(german, "GetResultById", identity, timeout())
        details = meta_data(result).ResultEvaluationDetails
        assert (details.Locale, details.Text) == ("de", "flow: es ist noch kein Wert gekommen")
        async with asyncio.timeout(10):
            event = await heard.events.get()
        assert event.Message.Text == "pump: flow: es ist noch kein Wert gekommen"
        member = f"ns={index};s=MachineLearning.ResultManagement.Results.pump.ResultMetaData"
        shown = german.get_node(f"{member}.ResultEvaluationDetails")
        assert (await shown.read_value()).Text == details.Text


class Heard:
    """Keeps the events that it is told of."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Any] = asyncio.Queue()

    def event_notification(self, event: Any) -> None:
        """One event."""
        self.events.put_nowait(event)


@pytest.mark.parametrize("at", ["ResultManagement", "Server"])
async def test_a_verdict_that_is_ready_is_told_by_an_event(stage: Stage, client: Client, at: str) -> None:
    """Of a concrete subtype of ResultReadyEventType, with the result, which can be fetched by then."""
    site, index = [await client.get_namespace_index(uri) for uri in ("urn:example:plant", RESULT)]
    heard = Heard()
    subscription = await client.create_subscription(20, heard)
    source = client.get_node(f"ns={site};s=MachineLearning.ResultManagement")
    notifier = client.nodes.server if at == "Server" else source
    select = [
        ua.SimpleAttributeOperand(
            TypeDefinitionId=ua.NodeId(ua.Int32(ObjectIds.BaseEventType)),
            BrowsePath=[ua.QualifiedName(name, space) for name, space in path],
            AttributeId=AttributeIds.Value,
        )
        for path in (
            [("EventType", 0)],
            [("Severity", 0)],
            [("Message", 0)],
            [("Result", index)],
            [("Result", index), ("ResultMetaData", index), ("ResultId", index)],
            [("Result", index), ("ResultMetaData", index), ("ResultEvaluation", index)],
        )
    ]
    await subscription.subscribe_events(notifier, evfilter=ua.EventFilter(SelectClauses=select))
    made = await stage.publish("pump", FAULTY_ROW)
    async with asyncio.timeout(10):
        event = await heard.events.get()
    assert meta_data(event.Result).ResultId == made.id
    fields = vars(event)
    assert fields["Result/ResultMetaData/ResultId"] == made.id
    assert fields["Result/ResultMetaData/ResultEvaluation"] == 2
    kind = client.get_node(event.EventType)
    abstract = await kind.read_attribute(AttributeIds.IsAbstract)
    assert abstract.Value is not None
    assert abstract.Value.Value is False
    above = await kind.get_parent()
    assert above is not None
    assert (await above.read_browse_name()).Name == "ResultReadyEventType"
    assert event.Message.Text.startswith("pump: ")
    await subscription.delete()
