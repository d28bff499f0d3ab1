"""Casts between data types: nothing is lost, or there is no cast."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.signature import FLOATING, INTEGER_LIMITS, DataType, Range
from opcua_ml.opcua.plc.casting import cast, cast_by_value, kind_of

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Scalar

INTEGERS = tuple(INTEGER_LIMITS)
LOSSLESS = {
    DataType.BOOLEAN: "Boolean",
    DataType.SBYTE: "SByte Int16 Int32 Int64 Float Double",
    DataType.BYTE: "Byte Int16 UInt16 Int32 UInt32 Int64 UInt64 Float Double",
    DataType.INT16: "Int16 Int32 Int64 Float Double",
    DataType.UINT16: "UInt16 Int32 UInt32 Int64 UInt64 Float Double",
    DataType.INT32: "Int32 Int64 Double",
    DataType.UINT32: "UInt32 Int64 UInt64 Double",
    DataType.INT64: "Int64",
    DataType.UINT64: "UInt64",
    DataType.FLOAT: "Float Double",
    DataType.DOUBLE: "Double",
    DataType.STRING: "String",
}


def values_of(kind: DataType) -> st.SearchStrategy[Scalar]:
    """Any value of a data type."""
    if kind in INTEGER_LIMITS:
        return st.integers(*INTEGER_LIMITS[kind])
    if kind is DataType.FLOAT:
        return st.floats(width=32, allow_nan=False)
    if kind is DataType.DOUBLE:
        return st.floats(allow_nan=False)
    return st.booleans() if kind is DataType.BOOLEAN else st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize("found", DataType)
@pytest.mark.parametrize("wanted", DataType)
def test_exactly_the_lossless_casts_exist(found: DataType, wanted: DataType) -> None:
    """The whole table."""
    assert (cast(found, wanted) is not None) == (wanted.value in LOSSLESS[found].split())


@given(st.data())
def test_a_cast_value_is_the_same_value_in_the_wanted_type(data: st.DataObject) -> None:
    """Equal to what it was, of the right type of Python, and exact in the wanted type."""
    found, wanted = data.draw(st.sampled_from(DataType)), data.draw(st.sampled_from(DataType))
    to_wanted = cast(found, wanted)
    value = data.draw(values_of(found))
    if to_wanted is None:
        return
    held = to_wanted(value)
    assert held == value
    assert type(held) is kind_of(wanted)
    if wanted is DataType.FLOAT and math.isfinite(float(value)):
        assert struct.unpack("<f", struct.pack("<f", held))[0] == value
    if wanted in INTEGER_LIMITS:
        low, high = INTEGER_LIMITS[wanted]
        assert isinstance(held, int)
        assert low <= held <= high


@given(st.data())
def test_a_value_judged_by_itself_is_exact_or_refused(data: st.DataObject) -> None:
    """For tags whose type says nothing: what passes is the same number, what would change does not pass."""
    found, wanted = data.draw(st.sampled_from(DataType)), data.draw(st.sampled_from(DataType))
    value = data.draw(values_of(found))
    to_wanted = cast_by_value(kind_of(found), wanted)
    held = None if to_wanted is None else to_wanted(value)
    if held is None:
        return
    assert held == value
    assert type(held) is kind_of(wanted)
    if wanted is DataType.FLOAT and math.isfinite(float(value)):
        assert struct.unpack("<f", struct.pack("<f", held))[0] == value


@pytest.mark.parametrize(("found", "wanted", "span", "passes", "refused"), [
    (DataType.INT64, DataType.DOUBLE, Range(0, 1e12), 10**12, 2**53 + 1),
    (DataType.INT64, DataType.INT16, Range(0, 3), 2, 40_000),
    (DataType.INT32, DataType.FLOAT, Range(-1000, 1000), -5, 2**24 + 1),
    (DataType.UINT32, DataType.INT32, Range(0, 100), 100, 2**31),
])  # fmt: skip
def test_a_declared_range_lets_a_wider_integer_in_value_by_value(
    found: DataType, wanted: DataType, span: Range, passes: int, refused: int
) -> None:
    """The range opens the way; each value is still held against the wanted type."""
    to_wanted = cast(found, wanted, within=span)
    assert to_wanted is not None
    assert to_wanted(passes) == passes
    assert to_wanted(refused) is None


def test_a_range_that_is_too_wide_opens_nothing() -> None:
    """Nor does a range help a floating-point number into an integer."""
    assert cast(DataType.INT64, DataType.DOUBLE, within=Range(0, 2.0**54)) is None
    assert cast(DataType.DOUBLE, DataType.INT16, within=Range(0, 3)) is None


@given(st.floats(allow_nan=False), st.sampled_from([*INTEGERS, DataType.FLOAT]))
def test_rounding_takes_the_nearest_value_or_none(value: float, wanted: DataType) -> None:
    """Only where it is asked for; what is out of the type's reach is refused, not clamped."""
    to_wanted = cast(DataType.DOUBLE, wanted, rounding=True)
    assert to_wanted is not None
    held = to_wanted(value)
    if wanted in FLOATING:
        reachable = math.isinf(value) or abs(value) <= 3.4028234663852886e38
        assert (held is not None) == reachable
        if held is not None and math.isfinite(value):
            assert isinstance(held, float)
            assert abs(held - value) <= max(abs(value) * 2**-24, 2**-149)
        return
    low, high = INTEGER_LIMITS[wanted]
    if math.isfinite(value) and low <= round(value) <= high:
        assert held == round(value)
    else:
        assert held is None


def test_text_that_is_no_text_is_refused() -> None:
    """Bytes that are no UTF-8 come through asyncua; they end here."""
    to_text = cast(DataType.STRING, DataType.STRING)
    assert to_text is not None
    assert to_text("Größe") == "Größe"
    assert to_text("\udcff") is None
