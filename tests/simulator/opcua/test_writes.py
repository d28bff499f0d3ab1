"""Writes to result tags and to tags that are none, as the client gets them answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

WRITTEN_AT = datetime(2024, 5, 6, 7, 8, 9, 123_000, tzinfo=UTC)
KINDS = {
    "Results.AnomalyScore": (ua.VariantType.Double, 0.75),
    "Results.AnomalyScoreQuality": (ua.VariantType.UInt32, 0),
    "Results.FaultClass": (ua.VariantType.Int32, 3),
    "Results.FaultClassQuality": (ua.VariantType.UInt32, 0x80310000),
    "Results.PredictedFlow": (ua.VariantType.Double, 99.5),
    "Results.PredictedFlowQuality": (ua.VariantType.UInt32, 0),
    "Results.BearingRemainingLife": (ua.VariantType.Double, 12_345.0),
    "Results.BearingRemainingLifeQuality": (ua.VariantType.UInt32, 0),
    "Results.Heartbeat": (ua.VariantType.UInt32, 4_294_967_295),
    "Results.Enable": (ua.VariantType.Boolean, False),
    **{f"Results.Value{number}": (ua.VariantType.Double, -1.5) for number in range(1, 10)},
    **{f"Results.Value{number}Quality": (ua.VariantType.UInt32, 0x808C0000) for number in range(1, 10)},
}


async def test_every_result_tag_takes_value_status_and_time(start_plant: Any) -> None:
    """All three are kept as written; without a time the server's own is put."""
    plant = await start_plant(manual=True)
    results = {tag.path for tag in plant.simulator.tags if tag.writable and tag.folder == "Results"}
    assert results == set(KINDS)
    uncertain = ua.StatusCode(ua.UInt32(0x40900000))
    for path, (kind, value) in KINDS.items():
        answer = await plant.write(path, value, kind, StatusCode=uncertain, SourceTimestamp=WRITTEN_AT)
        assert answer.is_good(), path
        found = await plant.read(path)
        assert (found.Value.Value, found.Value.VariantType) == (value, kind)
        assert found.StatusCode == uncertain
        assert found.SourceTimestamp == WRITTEN_AT
        assert found.ServerTimestamp > WRITTEN_AT
        assert (await plant.write(path, value, kind)).is_good()
        unstamped = await plant.read(path)
        assert datetime.now(UTC) - unstamped.SourceTimestamp < timedelta(seconds=10)


async def test_a_bad_status_loses_the_value_and_a_good_one_brings_it_back(start_plant: Any) -> None:
    """As Part 4 says of values with a Bad StatusCode; the type is still checked afterwards."""
    plant = await start_plant(manual=True)
    bad = ua.StatusCode(ua.UInt32(0x80310000))
    path, kind = "Results.AnomalyScore", ua.VariantType.Double
    assert (await plant.write(path, 0.5, kind, StatusCode=bad)).is_good()
    found = await plant.read(path)
    assert found.Value.Value is None
    assert found.StatusCode == bad
    assert (await plant.write(path, 1, ua.VariantType.Int32)).name == "BadTypeMismatch"
    assert (await plant.write(path, 0.25, kind)).is_good()
    assert await plant.value(path) == 0.25


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, ua.VariantType.Int32),
        (1.0, ua.VariantType.Float),
        ("1.0", ua.VariantType.String),
        (True, ua.VariantType.Boolean),
        ([1.0, 2.0], ua.VariantType.Double),
        (None, ua.VariantType.Null),
    ],
    ids=str,
)
async def test_a_value_of_another_type_is_a_type_mismatch(start_plant: Any, value: Any, kind: Any) -> None:
    """Also an array, also null; before the first write and after it, and nothing is stored."""
    plant = await start_plant(manual=True)
    path = "Results.AnomalyScore"
    assert (await plant.write(path, value, kind)).name == "BadTypeMismatch"
    assert (await plant.read(path)).StatusCode.name == "BadWaitingForInitialData"
    assert (await plant.write(path, 0.5, ua.VariantType.Double)).is_good()
    assert (await plant.write(path, value, kind)).name == "BadTypeMismatch"
    assert await plant.value(path) == 0.5


async def test_what_is_not_writable_is_refused_by_its_name(start_plant: Any) -> None:
    """A measured tag, a property, another attribute, an unknown node, an index range."""
    plant = await start_plant(manual=True)
    double = ua.VariantType.Double
    for path in ("PumpStation.Flow", "GroundTruth.TrueFlow", "Plc.ScanTime"):
        assert (await plant.write(path, 1.0, double)).name == "BadNotWritable", path
    assert (await plant.write("PumpStation.Nothing", 1.0, double)).name == "BadNodeIdUnknown"
    flow = plant.node("Results.PredictedFlow").nodeid

    async def write(**fields: Any) -> str:
        value = ua.DataValue(ua.Variant(1.0, double))
        item = ua.WriteValue(**{"NodeId": flow, "AttributeId": ua.UInt32(13), "Value": value, **fields})
        (answer,) = await plant.client.uaclient.write(ua.WriteParameters(NodesToWrite=[item]))
        return str(answer.name)

    assert await write(AttributeId=ua.UInt32(4)) == "BadNotWritable"
    assert await write(NodeId=plant.node("PumpStation").nodeid) == "BadAttributeIdInvalid"
    assert await write(IndexRange="0:1") == "BadIndexRangeNoData"
    assert await write() == "Good"


async def test_one_wrong_write_does_not_spoil_its_neighbours(start_plant: Any) -> None:
    """Each value of a request has its own answer."""
    plant = await start_plant(manual=True)
    paths = ("Results.AnomalyScore", "Results.FaultClass", "PumpStation.Flow", "Results.PredictedFlow")
    items = [
        ua.WriteValue(
            NodeId=plant.node(path).nodeid,
            AttributeId=ua.UInt32(13),
            Value=ua.DataValue(ua.Variant(1.0, ua.VariantType.Double)),
        )
        for path in paths
    ]
    answers = await plant.client.uaclient.write(ua.WriteParameters(NodesToWrite=items))
    assert [answer.name for answer in answers] == ["Good", "BadTypeMismatch", "BadNotWritable", "Good"]


async def test_a_client_cannot_add_or_delete_nodes(start_plant: Any) -> None:
    """The plant's address space is its own."""
    plant = await start_plant(manual=True)
    with pytest.raises(UaStatusCodeError):
        await plant.node("PumpStation").add_variable(
            ua.NodeId(ua.String("Mine"), plant.namespace), ua.QualifiedName("Mine", plant.namespace), 1.0
        )
    with pytest.raises(UaStatusCodeError):
        await plant.node("PumpStation.Flow").delete()
    assert (await plant.read("PumpStation.Flow")).StatusCode.is_good()
