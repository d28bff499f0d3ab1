"""Differences of stored whole numbers: of a type that holds them.

Source: OPC UA Part 13, 5.4.3.14 (Range), 5.4.3.27 (Delta), 5.4.3.30 (DeltaBounds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import from_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.application.history.record import Column, Layout, ValueRecord
from opcua_ml.domain.history.aggregate_settings import AggregateSettings
from opcua_ml.domain.history.aggregates import AGGREGATES
from opcua_ml.domain.signature import INTEGER_LIMITS, DataType
from opcua_ml.history.sqlite_file import SqliteFile
from opcua_ml.history.sqlite_reader import SqliteReader
from opcua_ml.history.sqlite_writer import SqliteWriter
from opcua_ml.opcua.history.encoding import ValueEncoder
from opcua_ml.opcua.history.processed import ProcessedRead, difference_type
from opcua_ml.opcua.history.variable import Historized

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.opcua.history.paging import Unfinished

SECOND = 10_000_000
NOON = 134_000_000_000_000_000


def paged(read: Unfinished, reader: Any, most: int = 10) -> list[Any]:
    """One page, decoded."""
    steps = read.page(reader, most)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return [from_binary(ua.DataValue, Buffer(one)) for one in end.value]


@pytest.mark.parametrize(
    ("name", "data_type", "values", "wanted"),
    [
        ("Delta", DataType.UINT16, (10, 3), (ua.VariantType.Int32, -7)),
        ("Delta", DataType.UINT16, (3, 10), (ua.VariantType.Int32, 7)),
        ("DeltaBounds", DataType.BYTE, (255, 0), (ua.VariantType.Int16, -255)),
        ("Delta", DataType.UINT64, (2**64 - 1, 0), (ua.VariantType.Double, float(1 - 2**64))),
        ("Delta", DataType.INT32, (10, 3), (ua.VariantType.Int32, -7)),
        ("Range", DataType.UINT16, (10, 3), (ua.VariantType.UInt16, 7)),
        ("Range", DataType.SBYTE, (-100, 100), (ua.VariantType.Int16, 200)),
        ("Range", DataType.FLOAT, (-3.0e38, 3.0e38), (ua.VariantType.Double, pytest.approx(6e38))),
        ("Delta", DataType.FLOAT, (1.0, 3.0), (ua.VariantType.Float, 2.0)),
    ],
)
def test_a_difference_has_a_type_that_holds_it(
    tmp_path: Path, name: str, data_type: DataType, values: tuple[Any, Any], wanted: tuple[Any, Any]
) -> None:
    """Also where the source's own type does not."""
    layout = Layout((Column("a", data_type),))
    file = SqliteFile(tmp_path)
    writer, reader = SqliteWriter(file, 1 << 30), SqliteReader(file)
    writer.open()
    times = (NOON, NOON + 9 * SECOND)
    writer.append(
        1, [ValueRecord(layout, at, at, (value,), (0,)) for at, value in zip(times, values, strict=True)]
    )
    variable = Historized(layout.columns[0], stepped=True)
    settings = AggregateSettings(treat_uncertain_as_bad=False, stepped=True)
    encoder = ValueEncoder(ua.TimestampsToReturn.Both)
    span = (NOON, NOON + 10 * SECOND, 0)
    (found,) = paged(ProcessedRead(variable, AGGREGATES[name], settings, span, encoder), reader)
    assert (found.Value.VariantType, found.Value.Value) == wanted
    reader.close()
    writer.close()


@given(st.sampled_from(sorted(INTEGER_LIMITS)), st.data())
def test_every_difference_can_be_written(data_type: DataType, data: st.DataObject) -> None:
    """Of any two numbers of a type."""
    first, last = (data.draw(st.integers(*INTEGER_LIMITS[data_type])) for _ in range(2))
    encoder = ValueEncoder(ua.TimestampsToReturn.Source)
    for name, value in (("Delta", last - first), ("Range", abs(last - first))):
        written = encoder.value(value, difference_type(name, data_type, value), 0, NOON, NOON)
        decoded: Any = from_binary(ua.DataValue, Buffer(written))
        assert decoded.Value.Value == pytest.approx(value)
