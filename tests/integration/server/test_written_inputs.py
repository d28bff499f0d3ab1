"""A model fed by the Writes of clients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.status import Status
from tests.integration.server.stage import FLOW, TEXTS, Book, card, flow, read, site_node, texts, utc, value

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def _write(client: Client, values: dict[str, ua.DataValue]) -> list[int]:
    """One Write of several nodes; the codes, a fault of the whole service for each of them."""
    parameters = ua.WriteParameters()
    for path, shown in values.items():
        node_id = (await site_node(client, path)).nodeid
        parameters.NodesToWrite.append(
            ua.WriteValue(NodeId=node_id, AttributeId=AttributeIds.Value, Value=shown)
        )
    try:
        return [code.value for code in await client.uaclient.write(parameters)]
    except ua.uaerrors.UaStatusCodeError as fault:
        return [fault.code] * len(values)


def _double(number: float, **more: object) -> ua.DataValue:
    return ua.DataValue(ua.Variant(number, ua.VariantType.Double), **more)  # type: ignore[arg-type]


async def test_the_values_of_one_write_come_together(stage: Stage, client: Client) -> None:
    """Both samples in one call, by their places, with value, status and the client's own time."""
    book = Book()
    await stage.show(card("fed", FLOW), flow, receiver=book)
    codes = await _write(
        client,
        {"fed.Inputs.level": _double(2.0), "fed.Inputs.flow": _double(1.0, SourceTimestamp=NOON)},
    )
    assert codes == [0, 0]
    (samples,) = book.entries
    assert [(index, sample.value, sample.status) for index, sample in samples] == [(1, 2.0, 0), (0, 1.0, 0)]
    assert samples[1][1].source_timestamp == NOON
    assert utc(samples[0][1].source_timestamp) > NOON
    assert await value(client, "fed.Inputs.flow") == 1.0
    assert await value(client, "fed.Inputs.flow.Source") == "clients"


async def test_a_written_bad_status_arrives(stage: Stage, client: Client) -> None:
    """A client may say that a value is not usable; it is shown so, and handed on so."""
    book = Book()
    await stage.show(card("fed badly", FLOW), flow, receiver=book)
    bad = ua.DataValue(
        ua.Variant(None, ua.VariantType.Null), ua.StatusCode(ua.UInt32(Status.BadSensorFailure))
    )
    assert await _write(client, {"fed badly.Inputs.flow": bad}) == [0]
    ((_, sample),) = book.entries[0]
    assert (sample.value, sample.status) == (None, Status.BadSensorFailure)
    assert (await read(client, "fed badly.Inputs.flow")).status == Status.BadSensorFailure


@pytest.mark.parametrize(
    "wrong",
    [
        ua.Variant(1, ua.VariantType.Int32),
        ua.Variant(1.0, ua.VariantType.Float),
        ua.Variant("1", ua.VariantType.String),
        ua.Variant([1.0], ua.VariantType.Double),
        ua.Variant(None, ua.VariantType.Null),
    ],
)
async def test_another_type_is_refused_and_not_handed_on(
    stage: Stage, client: Client, wrong: ua.Variant
) -> None:
    """Other types, arrays and nulls under Good: BadTypeMismatch, and the node keeps its value."""
    book = Book()
    await stage.show(card("typed feed", FLOW), flow, receiver=book)
    await _write(client, {"typed feed.Inputs.flow": _double(1.0)})
    assert await _write(client, {"typed feed.Inputs.flow": ua.DataValue(wrong)}) == [
        StatusCodes.BadTypeMismatch
    ]
    assert await value(client, "typed feed.Inputs.flow") == 1.0
    assert len(book.entries) == 1


async def test_a_window_is_written_whole(stage: Stage, client: Client) -> None:
    """An array of exactly its samples."""
    book = Book()
    await stage.show(card("window feed", TEXTS), texts, receiver=book)
    whole = ua.DataValue(ua.Variant([1.0, 2.0, 3.0], ua.VariantType.Double))
    short = ua.DataValue(ua.Variant([1.0], ua.VariantType.Double))
    assert await _write(client, {"window feed.Inputs.trace": whole}) == [0]
    assert await _write(client, {"window feed.Inputs.trace": short}) == [StatusCodes.BadTypeMismatch]
    ((index, sample),) = book.entries[0]
    assert (index, sample.value) == (1, (1.0, 2.0, 3.0))


async def test_only_inputs_without_a_source_are_writable(stage: Stage, client: Client) -> None:
    """Neither an input that a PLC feeds, nor an output, nor any input of a model that nobody listens for."""
    book = Book()
    await stage.show(card("half", FLOW), flow, receiver=book, sources={"flow": "plc/pump.flow"})
    await stage.show(card("deaf", FLOW), flow)
    refused = (StatusCodes.BadNotWritable, StatusCodes.BadUserAccessDenied)
    for path in ("half.Inputs.flow", "half.Outputs.sum", "deaf.Inputs.flow"):
        assert (await _write(client, {path: _double(1.0)}))[0] in refused
    assert await _write(client, {"half.Inputs.level": _double(1.0)}) == [0]
    assert [index for index, _ in book.entries[0]] == [1]
    sources = [await value(client, f"{path}.Source") for path in ("half.Inputs.flow", "deaf.Inputs.flow")]
    assert sources == ["plc/pump.flow", "Predict alone"]


async def test_a_prediction_is_not_taken_for_a_write(stage: Stage, client: Client) -> None:
    """What the server shows by itself never comes back as a sample."""
    book = Book()
    await stage.show(card("no echo", FLOW), flow, receiver=book)
    await stage.publish("no echo", (1.0, 2.0))
    assert await value(client, "no echo.Inputs.flow") == 1.0
    assert book.entries == []


async def test_what_was_written_since_stays_on_show(stage: Stage, client: Client) -> None:
    """A prediction of the values before does not bring them back; the next one is of the written value."""
    await stage.show(card("written since", FLOW), flow, receiver=Book())
    path = "written since.Inputs.flow"
    assert await _write(client, {path: _double(7.0, SourceTimestamp=NOON)}) == [0]
    await stage.publish("written since", (1.0, 2.0), source_timestamp=NOON - timedelta(seconds=1))
    assert await value(client, path) == 7.0
    assert await value(client, "written since.Inputs.level") == 2.0
    await stage.publish("written since", (7.0, 2.0), source_timestamp=NOON)
    assert await value(client, path) == 7.0
