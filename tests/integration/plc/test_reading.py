"""Reading tags of a PLC: values, types, quality and time as they are there."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from opcua_ml.domain.details import TagDetails
from opcua_ml.domain.signature import DataType, Range
from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.domain.unit_contract import UnitContract
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import Heartbeat, InputBinding
from opcua_ml.units import conversion
from tests.integration.plc.bench import URI, Plc, connection_to, reason_of, running, tag, until

if TYPE_CHECKING:
    from tests.integration.plc.bench import Recorder

SENSOR_FAILURE = 0x808C0000
NOT_ACCURATE = 0x40930000


async def test_a_tag_brings_its_value_at_connect_and_at_every_change(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """The value of now comes without waiting for a change; changes follow, each with the PLC's time."""
    await shared_plc.do("add", name="flow", value=1.5)
    async with running(connection_to(shared_plc, recorder, tag("flow"))) as connection:
        await until(lambda: recorder.value() == 1.5)
        await until(lambda: connection.snapshot().state is ConnectionState.Connected)
        before = datetime.now(UTC)
        await shared_plc.do("write", name="flow", value=2.5)
        await until(lambda: recorder.value() == 2.5)
        sample = recorder.latest()
        assert sample is not None
        assert sample.source_timestamp is not None
        assert before <= sample.source_timestamp <= datetime.now(UTC)
    values = [one.value for one in recorder.all() if one.value is not None]
    assert values == [1.5, 2.5]


async def test_no_value_comes_twice_and_none_is_missing(shared_plc: Plc, recorder: Recorder) -> None:
    """The read at connect and the first notification tell the same once; then every change comes."""
    await shared_plc.do("add", name="counter", type="Int32", value=0)
    counter = tag("counter", data_type=DataType.INT32)
    async with running(connection_to(shared_plc, recorder, counter, queue_size=50)):
        await until(lambda: recorder.value() == 0)
        await shared_plc.do("write_many", names=["counter"], value=1, rounds=100, pause=0.003)
        await until(lambda: recorder.value() == 100)
    assert [one.value for one in recorder.all() if one.value is not None] == list(range(101))


async def test_quality_alone_notifies_and_travels(shared_plc: Plc, recorder: Recorder) -> None:
    """Uncertain keeps its value; Bad has none; both come although the value did not change."""
    await shared_plc.do("add", name="level", value=3.0)
    async with running(connection_to(shared_plc, recorder, tag("level"))) as connection:
        await until(lambda: recorder.value() == 3.0)
        await shared_plc.do("write", name="level", value=3.0, status=NOT_ACCURATE)
        await until(lambda: recorder.status() == NOT_ACCURATE)
        assert recorder.value() == 3.0
        await shared_plc.do("write", name="level", value=3.0, status=SENSOR_FAILURE)
        await until(lambda: recorder.status() == SENSOR_FAILURE)
        assert recorder.value() is None
        await until(lambda: connection.snapshot().bad_tags == 1)
        assert reason_of(connection, "level") == "the PLC says BadSensorFailure"


async def test_the_same_value_written_again_is_told(shared_plc: Plc, recorder: Recorder) -> None:
    """A replay or a PLC that repeats a value has spoken anew: rows must not be lost for being equal."""
    await shared_plc.do("add", name="again", value=7.0)
    async with running(connection_to(shared_plc, recorder, tag("again"))):
        await until(lambda: recorder.value() == 7.0)
        first = recorder.latest()
        await shared_plc.do("write", name="again", value=7.0)
        await until(lambda: recorder.latest() is not first)
        assert recorder.value() == 7.0


async def test_times_of_years_ago_are_not_taken_for_old_news(shared_plc: Plc, recorder: Recorder) -> None:
    """A replay sends the times of its recording; not one of its rows is lost, also right after connecting."""
    await shared_plc.do("add", name="replay", value=0.0)
    async with running(connection_to(shared_plc, recorder, tag("replay"), queue_size=50)):
        await until(lambda: recorder.value() == 0.0)
        for number in range(1, 20):
            await shared_plc.do("write", name="replay", value=float(number), age=1e8 - number)
        await until(lambda: recorder.value() == 19.0)
    assert [one.value for one in recorder.all() if one.value is not None] == list(map(float, range(20)))


CASTS: list[tuple[str, Any, DataType, Any]] = [
    ("Int16", -5, DataType.INT32, -5),
    ("Int16", -5, DataType.DOUBLE, -5.0),
    ("Float", 0.5, DataType.DOUBLE, 0.5),
    ("UInt32", 4_000_000_000, DataType.DOUBLE, 4_000_000_000.0),
    ("Boolean", True, DataType.BOOLEAN, True),
    ("String", "on", DataType.STRING, "on"),
    ("Double", 0.5, DataType.FLOAT, None),
    ("Int32", 5, DataType.FLOAT, None),
    ("Int64", 5, DataType.DOUBLE, None),
    ("Boolean", True, DataType.DOUBLE, None),
    ("Double", 1.0, DataType.BOOLEAN, None),
    ("String", "5", DataType.DOUBLE, None),
    ("DateTime", None, DataType.DOUBLE, None),
    ("Guid", None, DataType.STRING, None),
    ("ByteString", None, DataType.STRING, None),
    ("XmlElement", None, DataType.STRING, None),
    ("NodeId", None, DataType.STRING, None),
    ("StatusCode", None, DataType.INT64, None),
    ("QualifiedName", None, DataType.STRING, None),
    ("LocalizedText", None, DataType.STRING, None),
]


async def test_types_are_cast_without_loss_or_refused(shared_plc: Plc, recorder: Recorder) -> None:
    """A tag that can't feed its input is Bad with tag, found and wanted; the others work."""
    inputs = []
    for key, (found, value, wanted, _) in enumerate(CASTS):
        await shared_plc.do("add", name=f"cast{key}", type=found, value=value)
        inputs.append(tag(f"cast{key}", key, data_type=wanted))
    async with running(connection_to(shared_plc, recorder, *inputs)) as connection:
        await until(lambda: connection.snapshot().state is ConnectionState.Degraded)
        for key, (found, _, wanted, expected) in enumerate(CASTS):
            if expected is not None:
                assert recorder.value(key) == expected
                assert type(recorder.value(key)) is type(expected)
                continue
            assert recorder.status(key) == Status.BadTypeMismatch
            reason = reason_of(connection, f"cast{key}")
            assert reason.startswith(f"cast{key} (nsu={URI};s=cast{key}): ")
            assert reason.endswith(f"found {found}; wanted one {wanted.value}")


async def test_a_wide_integer_passes_where_its_range_says_so(shared_plc: Plc, recorder: Recorder) -> None:
    """Int64 becomes Double only within ±2^53: by the tag's EURange, and then value by value."""
    await shared_plc.do("add", name="total", type="Int64", value=12, range=[0.0, 1e12], unit=[4404019, "l"])
    async with running(connection_to(shared_plc, recorder, tag("total"))) as connection:
        await until(lambda: recorder.value() == 12.0)
        await shared_plc.do("write", name="total", value=2**53 + 1)
        await until(lambda: recorder.status() == Status.BadOutOfRange)
        description = connection.descriptions()[0]
        assert description.range == Range(0.0, 1e12)
        assert (description.unit, description.unit_name) == ("C33", "l")


async def test_arrays_and_their_elements_are_read(shared_plc: Plc, recorder: Recorder) -> None:
    """A whole array feeds an input of its length, an element one of one value; another shape is refused."""
    await shared_plc.do("add", name="profile", value=[1.0, 2.0, 3.0])
    inputs = [
        tag("profile", 0, length=3),
        InputBinding(1, "element", TagAddress(URI, "profile", (1,))),
        tag("profile", 2, length=2),
        InputBinding(3, "beyond", TagAddress(URI, "profile", (9,))),
        tag("profile", 4),
    ]
    async with running(connection_to(shared_plc, recorder, *inputs)):
        await until(lambda: recorder.value(0) == (1.0, 2.0, 3.0))
        assert recorder.value(1) == 2.0
        for key in (2, 3, 4):
            assert recorder.status(key) == Status.BadTypeMismatch


async def test_a_node_named_like_an_element_is_found(shared_plc: Plc, recorder: Recorder) -> None:
    """Some PLCs show each element as a node of its own, named `array[1]`."""
    await shared_plc.do("add", name='"DB"."levels"[1]', value=4.5)
    element = InputBinding(0, "level", TagAddress.parse('s="DB"."levels"[1]', URI))
    async with running(connection_to(shared_plc, recorder, element)):
        await until(lambda: recorder.value() == 4.5)


async def test_an_enumeration_is_its_number(shared_plc: Plc, recorder: Recorder) -> None:
    """A subtype of Enumeration is climbed to Int32."""
    server_state = 852  # DataType ServerState of the standard
    await shared_plc.do("add", name="mode", type="Int32", value=2, data_type=server_state)
    async with running(
        connection_to(shared_plc, recorder, tag("mode", data_type=DataType.INT32))
    ) as connection:
        await until(lambda: recorder.value() == 2)
        assert connection.descriptions()[0].is_enumeration


async def test_an_unknown_tag_is_bad_alone_and_comes_when_it_appears(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """Unknown node and unknown namespace are told in words; the rest runs; the node is found by itself."""
    await shared_plc.do("add", name="here", value=1.0)
    inputs = [
        tag("here", 0),
        tag("later", 1),
        InputBinding(2, "nowhere", TagAddress("urn:bench:other", "here")),
    ]
    async with running(connection_to(shared_plc, recorder, *inputs)) as connection:
        await until(lambda: recorder.value(0) == 1.0)
        assert recorder.status(1) == recorder.status(2) == Status.BadNodeIdUnknown
        assert "no such node" in reason_of(connection, "later")
        told = reason_of(connection, "nowhere")
        assert "no such namespace" in told
        assert URI in told, "which ones there are"
        await shared_plc.do("add", name="later", value=2.0)
        assert await until(lambda: recorder.value(1) == 2.0) < 3
        assert all(one.value == 1.0 for one in recorder.all(0) if one.status == 0)


async def test_a_node_that_goes_and_comes_back_is_bad_meanwhile(shared_plc: Plc, recorder: Recorder) -> None:
    """A download to the PLC removes nodes; this server does not even tell, so it is seen by looking."""
    await shared_plc.do("add", name="downloaded", value=1.0)
    await shared_plc.do("add", name="stays", value=1.0)
    async with running(connection_to(shared_plc, recorder, tag("downloaded", 0), tag("stays", 1))):
        await until(lambda: recorder.value(0) == 1.0)
        await shared_plc.do("delete", name="downloaded")
        await until(lambda: recorder.status(0) == Status.BadNodeIdUnknown)
        await shared_plc.do("add", name="downloaded", value=5.0)
        await until(lambda: recorder.value(0) == 5.0)
        await shared_plc.do("write", name="downloaded", value=6.0)
        await until(lambda: recorder.value(0) == 6.0)
    assert recorder.value(1) == 1.0


async def test_a_node_made_anew_between_two_looks_is_not_lost(shared_plc: Plc, recorder: Recorder) -> None:
    """Its monitored item is deaf without a word; the value that never came gives it away."""
    await shared_plc.do("add", name="reborn", value=1.0)
    async with running(connection_to(shared_plc, recorder, tag("reborn"))):
        await until(lambda: recorder.value() == 1.0)
        await shared_plc.do("delete", name="reborn")
        await shared_plc.do("add", name="reborn", value=2.0)
        await until(lambda: recorder.value() == 2.0)
        await shared_plc.do("write", name="reborn", value=3.0)
        await until(lambda: recorder.value() == 3.0)


async def test_a_type_changed_at_run_time_is_noticed(shared_plc: Plc, recorder: Recorder) -> None:
    """Another type that can't feed the input makes the tag Bad; the right one makes it Good again."""
    await shared_plc.do("add", name="changing", type="Double", value=1.0)
    async with running(connection_to(shared_plc, recorder, tag("changing"))) as connection:
        await until(lambda: recorder.value() == 1.0)
        await shared_plc.do("write", name="changing", value="text", type="String")
        await until(lambda: recorder.status() == Status.BadTypeMismatch)
        assert "found String; wanted one Double" in reason_of(connection, "changing")
        await shared_plc.do("write", name="changing", value=2.0, type="Double")
        await until(lambda: recorder.value() == 2.0)
        assert connection.snapshot().type_changes == 2


async def test_what_a_tag_tells_for_displays_is_told_on(shared_plc: Plc, recorder: Recorder) -> None:
    """In the input's unit; places after the decimal point only where the unit is the tag's."""
    how = {"unit": (4342098, "bar"), "range": (0.0, 10.0), "instrument": (-1.0, 16.0)}
    await shared_plc.do("add", name="told", value=1.0, precision=2.0, definition="meter A", **how)
    await shared_plc.do("add", name="silent", value=1.0)
    same = tag("told", units=UnitContract("BAR", conversion), feeds=("pump", "same"))
    other = replace(same, key=1, name="other", units=UnitContract("KPA", conversion))
    silent = replace(tag("silent", feeds=("pump", "silent")), key=2)
    unasked = replace(tag("silent"), key=3, name="unasked")
    async with running(connection_to(shared_plc, recorder, same, other, silent, unasked)):
        await until(lambda: len(recorder.details) == 3)
    span = Range(0.0, 10.0), Range(-1.0, 16.0)
    assert recorder.details["told"] == TagDetails("BAR", *span, 2.0, "meter A")
    converted = recorder.details["other"]
    assert (converted.unit, converted.value_precision, converted.definition) == (None, None, "meter A")
    assert converted.range is not None
    assert converted.range.high == pytest.approx(1000.0)
    assert recorder.details["silent"] == TagDetails()


async def test_a_unit_changed_at_run_time_is_noticed(shared_plc: Plc, recorder: Recorder) -> None:
    """By the next look, where the PLC does not mark the value; then it is Bad until it can be converted."""
    await shared_plc.do("add", name="pressure", value=1.0, unit=(4342098, "bar"))
    pressure = tag("pressure", units=UnitContract("BAR", conversion))
    async with running(connection_to(shared_plc, recorder, pressure)) as connection:
        await until(lambda: recorder.value() == 1.0)
        seen = len(recorder.all())
        await shared_plc.do("unit", name="pressure", number=20563, words="psi")
        await shared_plc.do("write", name="pressure", value=14.5037738)
        told = Status.BadWaitingForInitialData
        await until(lambda: told in [one.status for one in recorder.all()[seen:]])
        await until(lambda: recorder.value() == pytest.approx(1.0, rel=1e-6))
        await shared_plc.do("unit", name="pressure", number=4408652, words="°C")
        await until(lambda: recorder.status() == Status.BadConfigurationError)
        assert "°C" in reason_of(connection, "pressure")


@pytest.mark.parametrize(("value", "allow_missing", "is_good"), [
    (math.nan, False, False), (math.nan, True, True), (math.inf, False, False), (math.inf, True, False),
])  # fmt: skip
async def test_a_value_that_is_no_number_is_good_only_as_a_missing_one(
    shared_plc: Plc, recorder: Recorder, value: float, allow_missing: bool, is_good: bool
) -> None:
    """NaN means «not known» where the input allows that; else, and for infinity, the sample is Bad."""
    name = f"odd-{value}-{allow_missing}"
    await shared_plc.do("add", name=name, value=1.0)
    async with running(connection_to(shared_plc, recorder, tag(name, allow_missing=allow_missing))):
        await until(lambda: recorder.value() == 1.0)
        await shared_plc.do("write", name=name, value=value)
        if is_good:
            await until(lambda: recorder.value() != 1.0)
            assert math.isnan(recorder.value())
        else:
            await until(lambda: recorder.status() == Status.BadOutOfRange)
            assert recorder.value() is None


async def test_a_tag_that_turns_is_told_at_once(shared_plc: Plc, recorder: Recorder) -> None:
    """And which one: the state does not wait for the next look at the PLC's server."""
    await shared_plc.do("add", name="one", value=1.0)
    await shared_plc.do("add", name="other", value=1.0)
    inputs = (tag("one", 0), tag("other", 1))
    async with running(connection_to(shared_plc, recorder, *inputs, silence=300.0)) as connection:
        await until(lambda: connection.snapshot().state is ConnectionState.Connected)
        for names in (("one",), ("one", "other"), ("other",), ()):
            for name in ("one", "other"):
                status = Status.BadSensorFailure if name in names else Status.Good
                await shared_plc.do("write", name=name, value=1.0, status=int(status))
            wanted = f"{len(names)} of 2 tags are Bad: {', '.join(names)}: the PLC says BadSensorFailure"
            await until(lambda: connection.snapshot().reason == (wanted if names else ""))  # noqa: B023


async def test_a_server_that_transfers_no_data_makes_its_tags_bad(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """Suspended is shown, and no value counts until the server runs again; a mere test mode is only shown."""
    await shared_plc.do("add", name="process", value=1.0)
    async with running(connection_to(shared_plc, recorder, tag("process"), silence=1.0)) as connection:
        await until(lambda: connection.snapshot().state is ConnectionState.Connected)
        await shared_plc.do("state", state="Suspended")
        await until(lambda: recorder.status() == Status.BadOutOfService)
        await until(lambda: connection.snapshot().state is ConnectionState.Degraded)
        assert connection.snapshot().reason == "the PLC's server is Suspended"
        await shared_plc.do("write", name="process", value=2.0)
        await shared_plc.do("state", state="Test")
        await until(lambda: recorder.value() == 2.0)
        assert connection.snapshot().state is ConnectionState.Degraded
        with capture_logs() as lines:
            await shared_plc.do("state", state="Running")
            await until(lambda: connection.snapshot().state is ConnectionState.Connected)
    told = [line for line in lines if line["event"].startswith("PLC")]
    assert [line["event"] for line in told] == ["PLC no longer degraded"]
    assert "reason" not in told[0]
    assert 2.0 not in [one.value for one in recorder.all() if one.status == Status.BadOutOfService]


async def test_a_program_without_a_sign_of_life_makes_its_tags_bad(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """Values of a PLC whose program stands still don't count, however Good they look."""
    await shared_plc.do("add", name="pulse", type="Int16", value=0)
    await shared_plc.do("add", name="driven", value=1.0)
    heartbeat = Heartbeat(read=TagAddress(URI, "pulse"), timeout=0.4)
    async with running(connection_to(shared_plc, recorder, tag("driven"), heartbeat=heartbeat)):
        await until(lambda: recorder.status() == Status.BadOutOfService)
        assert all(one.is_bad for one in recorder.all()), "it has never been seen alive"
        await shared_plc.do("write", name="driven", value=2.0)
        await shared_plc.do("write_many", names=["pulse"], value=1, rounds=20, pause=0.05)
        await until(lambda: (2.0, Status.Good) in [(one.value, one.status) for one in recorder.all()])
        await until(lambda: recorder.status() == Status.BadOutOfService)
        seen = len(recorder.all())
        await shared_plc.do("drop_subscriptions")
        await until(lambda: Status.BadNoCommunication in [one.status for one in recorder.all()[seen:]])
        await until(lambda: recorder.status() == Status.BadOutOfService)
        assert all(one.is_bad for one in recorder.all()[seen:]), "a new session is no sign of life"


async def test_a_server_that_transfers_no_data_gives_no_value_to_a_new_session(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """Its state is read before the first value: a service that starts late must not take one."""
    await shared_plc.do("add", name="late", value=1.0)
    await shared_plc.do("state", state="NoConfiguration")
    async with running(connection_to(shared_plc, recorder, tag("late"))):
        await until(lambda: recorder.status() == Status.BadOutOfService)
        await shared_plc.do("state", state="Running")
        await until(lambda: recorder.value() == 1.0)
    told = [one.status for one in recorder.all()]
    assert told.index(Status.Good) > told.index(Status.BadOutOfService)


async def test_a_stale_value_is_not_renewed_by_a_new_session(shared_plc: Plc, recorder: Recorder) -> None:
    """Reading again what was told before, with the same time, tells nothing new: its age goes on."""
    await shared_plc.do("add", name="stale", value=1.0)
    async with running(connection_to(shared_plc, recorder, tag("stale"))):
        await until(lambda: recorder.value() == 1.0)
        heard = recorder.all()[-1].received
        await shared_plc.do("drop_subscriptions")
        await until(lambda: recorder.status() == Status.BadNoCommunication)
        await until(lambda: recorder.value() == 1.0)
        assert recorder.all()[-1].received == heard
        await shared_plc.do("write", name="stale", value=1.0)
        await until(lambda: recorder.all()[-1].received > heard)


async def test_a_thousand_tags_are_read_in_the_sizes_that_the_plc_takes(recorder: Recorder) -> None:
    """Its limits per call are kept; a thousand changes come in a few batches, none is missing."""
    names = [f"t{number}" for number in range(1000)]
    plc = Plc(
        limits={"read": 70, "monitor": 100},
        nodes=[{"name": name, "value": float(number)} for number, name in enumerate(names)],
    )
    plc.start()
    try:
        inputs = [tag(name, key) for key, name in enumerate(names)]
        async with running(connection_to(plc, recorder, *inputs)) as connection:
            # Not good_tags: values are read, and so Good, before the items that tell changes exist.
            await until(lambda: connection.snapshot().state is ConnectionState.Connected, within=20)
            values = {key: sample.value for key, sample in recorder.samples if sample.value is not None}
            assert values == {key: float(key) for key in range(1000)}
            most = (await plc.do("facts"))["most_in_a_call"]
            assert (most["read"], most["monitor"]) == (70, 100)
            recorder.batches.clear()
            await plc.do("write_many", names=names, value=5000.0, rounds=1, pause=0)
            await until(lambda: len({k for k, one in recorder.samples if one.value == 5000.0}) == 1000)
            assert len(recorder.batches) < 20
    finally:
        plc.close()


async def test_limits_that_a_plc_does_not_tell_are_found(odd_plc: Plc, recorder: Recorder) -> None:
    """It only answers BadTooManyOperations: less is asked at once, until it is little enough."""
    await odd_plc.do("set", limits={"read": 30, "monitor": 7})
    inputs = [tag(f"few{number}", number) for number in range(40)]
    for one in inputs:
        await odd_plc.do("add", name=one.name, value=1.0)
    async with running(connection_to(odd_plc, recorder, *inputs)) as connection:
        await until(lambda: connection.snapshot().good_tags == 40)


def _field(name: str, key: int, data_type: DataType = DataType.DOUBLE) -> InputBinding:
    address = TagAddress(URI, "pump", field=tuple(name.split(".")))
    return InputBinding(key, name, address, data_type)


async def test_fields_of_a_union_are_read(shared_plc: Plc, recorder: Recorder) -> None:
    """The one that it holds has a value; the other is Bad until it is held."""
    await shared_plc.do("add_result", name="union")
    tags = [
        InputBinding(key, name, TagAddress(URI, "union", field=("Last", name)), data_type)
        for key, (name, data_type) in enumerate((("Words", DataType.STRING), ("Number", DataType.DOUBLE)))
    ]
    async with running(connection_to(shared_plc, recorder, *tags)):
        await until(lambda: recorder.value(0) == "none")
        assert recorder.status(1) == Status.BadNoData
        await shared_plc.do("hold_number", name="union", number=2.5)
        await until(lambda: recorder.value(1) == 2.5)
        assert recorder.status(0) == Status.BadNoData


async def test_fields_of_a_structure_are_read(shared_plc: Plc, recorder: Recorder) -> None:
    """Of structures within structures, behind others of any length; one that is absent is Bad alone."""
    await shared_plc.do("add_structure", name="pump")
    tags = (
        _field("Pressure", 0),
        _field("Drive.Speed", 1),
        _field("Torque", 2),
        _field("Label", 3, DataType.STRING),
        _field("Flow", 4),
        _field("Label", 5),
        _field("Pressure.Raw", 6),
    )
    async with running(connection_to(shared_plc, recorder, *tags)) as connection:
        await until(lambda: recorder.value(0) == 2.5)
        assert (recorder.value(1), recorder.value(3)) == (1480.0, "one")
        assert recorder.status(2) == Status.BadNoData
        assert "Torque" in reason_of(connection, "Torque")
        assert recorder.status(4) == Status.BadConfigurationError
        assert "wanted Label, Torque, Drive, Pressure" in reason_of(connection, "Flow")
        assert recorder.status(5) == Status.BadTypeMismatch
        assert "no fields of its own" in reason_of(connection, "Pressure.Raw")
        await shared_plc.do("write_structure", name="pump", pressure=3.5, torque=30.0, speed=1000.0)
        await until(lambda: recorder.value(2) == 30.0)
        assert [recorder.value(key) for key in range(4)] == [3.5, 1000.0, 30.0, "two"]
