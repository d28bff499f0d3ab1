"""Structures whose bytes are given: matrices in them, other types, Bad ones, and what is no structure at all.

Source of the encodings: OPC UA Part 6, 5.2.5, Table 17 (matrices) and 5.2.6 (structures).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import InputBinding, OutputBinding
from tests.integration.plc.bench import URI, connection_to, reason_of, running, until
from tests.integration.plc.test_writing import prediction, sink_for

if TYPE_CHECKING:
    from tests.integration.plc.bench import Plc, Recorder

MAP_AND_TEMPERATURE = [("map", "Double", 2), ("temp", "Double", -1)]
SENSOR_FAILURE = 0x808C0000


def matrix(temperature: float) -> str:
    """Two rows of three, and what lies behind them."""
    return struct.pack("<iii7d", 2, 2, 3, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, temperature).hex()


def doubles(*numbers: float) -> str:
    """One after the other."""
    return struct.pack(f"<{len(numbers)}d", *numbers).hex()


def read(tag: str, name: str, key: int = 0) -> InputBinding:
    """An input from a field."""
    return InputBinding(key, f"{tag}.{name}", TagAddress(URI, tag, field=(name,)), DataType.DOUBLE)


def written(tag: str, name: str) -> OutputBinding:
    """An output into a field."""
    return OutputBinding(model="pump", name=f"{tag}.{name}", address=TagAddress(URI, tag, field=(name,)))


async def test_what_lies_behind_a_matrix_is_read_and_written(shared_plc: Plc, recorder: Recorder) -> None:
    """The matrix keeps every value; as a field of its own it is refused."""
    await shared_plc.do("add_bytes", name="mapped", fields=MAP_AND_TEMPERATURE, body=matrix(42.0))
    sink = sink_for(shared_plc, written("mapped", "temp"))
    tags = (read("mapped", "temp"), read("mapped", "map", 1))
    async with running(connection_to(shared_plc, recorder, *tags, sink=sink)) as connection:
        await until(lambda: recorder.value() == 42.0)
        assert "the field is a matrix; found 2 dimensions" in reason_of(connection, "mapped.map")
        sink.submit(prediction(7.0))
        await until(lambda: sink.counts.written == 1)
        assert await shared_plc.do("read_bytes", name="mapped") == matrix(7.0)
        await until(lambda: recorder.value() == 7.0)


@pytest.mark.parametrize("rank", [0, -2, -3])
async def test_a_rank_that_does_not_tell_the_encoding_is_refused(
    shared_plc: Plc, recorder: Recorder, rank: int
) -> None:
    """Part 3, 8.51 allows none of them for a field."""
    name = f"rank {rank}"
    fields = [("map", "Double", rank), ("temp", "Double", -1)]
    await shared_plc.do("add_bytes", name=name, fields=fields, body=doubles(1.0, 42.0))
    async with running(connection_to(shared_plc, recorder, read(name, "temp"))) as connection:
        await until(lambda: recorder.status() == Status.BadConfigurationError)
        assert f"found {rank} for map" in reason_of(connection, f"{name}.temp")


async def test_an_array_of_structures_without_fields_is_refused(shared_plc: Plc, recorder: Recorder) -> None:
    """Three million of them take no byte, and would hold up all other PLCs."""
    await shared_plc.do("add_bytes", name="nothing", fields=[], body="")
    fields = [("many", "Type of nothing", 1), ("temp", "Double", -1)]
    body = struct.pack("<id", 3_000_000, 1.0).hex()
    await shared_plc.do("add_bytes", name="rogue", fields=fields, body=body)
    async with running(connection_to(shared_plc, recorder, read("rogue", "temp"))) as connection:
        await until(lambda: recorder.status() == Status.BadConfigurationError)
        assert "without fields" in reason_of(connection, "rogue.temp")


async def test_a_value_of_another_structure_is_neither_read_nor_written(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """Its bytes would make a number, and a write would be one into the middle of something else."""
    plain = [("low", "Double", -1), ("temp", "Double", -1)]
    await shared_plc.do("add_bytes", name="one kind", fields=plain, body=doubles(1.0, 42.0))
    await shared_plc.do("add_bytes", name="other kind", fields=plain, body=doubles(1.0, 2.0))
    sink = sink_for(shared_plc, written("one kind", "low"))
    async with running(
        connection_to(shared_plc, recorder, read("one kind", "temp"), sink=sink)
    ) as connection:
        await until(lambda: recorder.value() == 42.0)
        other = doubles(3.0, 4.0)
        await shared_plc.do("write_bytes", name="one kind", body=other, kind="Type of other kind")
        await until(lambda: recorder.status() == Status.BadTypeMismatch)
        assert "the value is another structure: found " in reason_of(connection, "one kind.temp")
        sink.submit(prediction(7.0))
        await until(lambda: sink.counts.refused == 1)
        assert "the value is another structure: found " in reason_of(connection, "one kind.low")
        assert await shared_plc.do("read_bytes", name="one kind") == other
        await shared_plc.do("write_bytes", name="one kind", body=doubles(5.0, 6.0))
        await until(lambda: recorder.value() == 6.0)


@pytest.mark.parametrize("body", [doubles(3.0, 4.0, 5.0), doubles(3.0, 4.0) + "00", doubles(3.0)])
async def test_bytes_that_the_definition_does_not_measure_are_neither_read_nor_written(
    shared_plc: Plc, recorder: Recorder, body: str
) -> None:
    """As after a change of the type that its definition does not tell."""
    name = f"sized {len(body)}"
    plain = [("low", "Double", -1), ("temp", "Double", -1)]
    await shared_plc.do("add_bytes", name=name, fields=plain, body=doubles(1.0, 42.0))
    sink = sink_for(shared_plc, written(name, "low"))
    async with running(connection_to(shared_plc, recorder, read(name, "temp"), sink=sink)):
        await until(lambda: recorder.value() == 42.0)
        await shared_plc.do("write_bytes", name=name, body=body)
        await until(lambda: recorder.status() == Status.BadDecodingError)
        sink.submit(prediction(7.0))
        await until(lambda: sink.counts.refused == 1)
        assert await shared_plc.do("read_bytes", name=name) == body


async def test_a_definition_that_changes_online_is_read_anew(shared_plc: Plc, recorder: Recorder) -> None:
    """The value tells first: until the definition fits it the tag is Bad, and found again in this session."""
    await shared_plc.do("add_bytes", name="grown", fields=[("temp", "Double", -1)], body=doubles(42.0))
    sink = sink_for(shared_plc, written("grown", "temp"))
    async with running(connection_to(shared_plc, recorder, read("grown", "temp"), sink=sink)):
        await until(lambda: recorder.value() == 42.0)
        await shared_plc.do("write_bytes", name="grown", body=doubles(1.0, 43.0))
        await until(lambda: recorder.status() == Status.BadDecodingError)
        sink.submit(prediction(7.0))
        await until(lambda: sink.counts.refused == 1)
        await shared_plc.do("redefine", name="grown", fields=[("low", "Double", -1), ("temp", "Double", -1)])
        await until(lambda: recorder.value() == 43.0)

        def is_written() -> bool:
            sink.submit(prediction(8.0))
            return bool(recorder.value() == 8.0)

        await until(is_written)
        assert await shared_plc.do("read_bytes", name="grown") == doubles(1.0, 8.0)


async def test_a_structure_that_is_bad_is_not_written(shared_plc: Plc, recorder: Recorder) -> None:
    """Its read is the write's outcome, also where bytes come with it; when it is Good it is written again."""
    plain = [("low", "Double", -1), ("temp", "Double", -1)]
    await shared_plc.do("add_bytes", name="failing", fields=plain, body=doubles(1.0, 42.0))
    sink = sink_for(shared_plc, written("failing", "low"))
    async with running(connection_to(shared_plc, recorder, read("failing", "temp"), sink=sink)) as connection:
        await until(lambda: recorder.value() == 42.0)
        await shared_plc.do("write_bytes", name="failing", body=doubles(1.0, 2.0), status=SENSOR_FAILURE)
        await until(lambda: recorder.status() == SENSOR_FAILURE)
        before = (await shared_plc.do("facts"))["write_requests"]
        sink.submit(prediction(7.0))
        await until(lambda: sink.counts.refused == 1)
        assert "BadSensorFailure" in reason_of(connection, "failing.low")
        assert await shared_plc.do("read_bytes", name="failing") == doubles(1.0, 2.0)
        assert (await shared_plc.do("facts"))["write_requests"] == before
        await shared_plc.do("write_bytes", name="failing", body=doubles(1.0, 3.0))
        await until(lambda: recorder.value() == 3.0)
        sink.submit(prediction(8.0))
        await until(lambda: sink.counts.written == 1)
        assert await shared_plc.do("read_bytes", name="failing") == doubles(8.0, 3.0)


async def test_a_field_of_an_array_s_element_is_read_and_not_written(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """Drives[1].temp; an element that isn't there has no value."""
    fields = [("speed", "Double", -1), ("temp", "Double", -1)]
    await shared_plc.do("add_bytes", name="drives", fields=fields, body=doubles(1.0, 42.0), array=True)
    sink = sink_for(shared_plc, written("drives[1]", "temp"))
    tags = [read(f"drives[{place}]", "temp", place) for place in range(3)]
    async with running(connection_to(shared_plc, recorder, *tags, sink=sink)) as connection:
        await until(lambda: (recorder.value(0), recorder.value(1)) == (0.0, 42.0))
        assert "the array has no element 2" in reason_of(connection, "drives[2].temp")
        assert recorder.status(2) == Status.BadTypeMismatch
        sink.submit(prediction(7.0))
        await until(lambda: bool(sink.problems()))
        (problem,) = sink.problems()
        assert "a field of an array's element can be read, and not written" in problem.reason


async def test_a_single_structure_has_no_elements(shared_plc: Plc, recorder: Recorder) -> None:
    """Told as such, not as a missing node."""
    fields = [("temp", "Double", -1)]
    await shared_plc.do("add_bytes", name="single", fields=fields, body=doubles(42.0))
    async with running(connection_to(shared_plc, recorder, read("single[0]", "temp"))) as connection:
        await until(lambda: "is no array" in reason_of(connection, "single[0].temp"))
