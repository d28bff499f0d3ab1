"""NumericRange against Python's own slices as the oracle."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.nodes.index_range import parse_index_range, read_range, write_range

ARRAYS = st.lists(st.integers(-1000, 1000), min_size=1, max_size=12)
RANGES = st.tuples(st.integers(0, 14), st.integers(0, 14))


def text_of(first: int, last: int) -> str:
    """A range as text."""
    return str(first) if first == last else f"{first}:{last}"


@given(ARRAYS, RANGES)
def test_reading_a_range_is_slicing(values: list[int], bounds: tuple[int, int]) -> None:
    """Cut at the end, refused behind it, invalid backwards."""
    first, last = bounds
    if last < first:
        with pytest.raises(ServiceError) as refusal:
            parse_index_range(f"{first}:{last}")
        assert refusal.value.code == StatusCodes.BadIndexRangeInvalid
        return
    ranges = parse_index_range(text_of(first, last))
    variant = ua.Variant(values, ua.VariantType.Int32)
    if first >= len(values):
        with pytest.raises(ServiceError) as refusal:
            read_range(variant, ranges)
        assert refusal.value.code == StatusCodes.BadIndexRangeNoData
    else:
        assert read_range(variant, ranges).Value == values[first : last + 1]


@given(ARRAYS, RANGES, st.lists(st.integers(), max_size=12))
def test_writing_a_range_replaces_exactly_it(
    values: list[int], bounds: tuple[int, int], new: list[int]
) -> None:
    """Outside is BadIndexRangeNoData, another length BadIndexRangeDataMismatch; the old list is untouched."""
    first, last = min(bounds), max(bounds)
    before = list(values)
    current = ua.Variant(values, ua.VariantType.Int32)
    part = ua.Variant(new, ua.VariantType.Int32, is_array=True)
    outside, fits = last >= len(values), len(new) == last - first + 1
    if outside or not fits:
        with pytest.raises(ServiceError) as refusal:
            write_range(current, ((first, last),), part)
        expected = StatusCodes.BadIndexRangeNoData if outside else StatusCodes.BadIndexRangeDataMismatch
        assert refusal.value.code == expected
    else:
        assert write_range(current, ((first, last),), part).Value == before[:first] + new + before[last + 1 :]
    assert values == before


@given(st.text(max_size=20))
def test_any_text_is_a_range_or_invalid(text: str) -> None:
    """Nothing but digits, colons and commas passes, and what passes is in order."""
    code = 0
    try:
        ranges = parse_index_range(text)
    except ServiceError as refusal:
        code = refusal.code
    else:
        assert set(text) <= set("0123456789:,")
        assert all(first <= last for first, last in ranges)
    assert code in {0, StatusCodes.BadIndexRangeInvalid}


@pytest.mark.parametrize(
    ("value", "text", "part"),
    [
        ([[1, 2], [3, 4], [5, 6]], "1:2,0", [[3], [5]]),
        ([[[1], [2]], [[3], [4]]], "0,1,0", [[[2]]]),
        (["pump", "valve"], "0:1,1:2", ["um", "al"]),
        (["pump", "valve"], "1,0:9", ["valve"]),
        ("pump", "1:2", "um"),
        (b"pump", "3", b"p"),
    ],
)
def test_ranges_of_several_dimensions_and_of_strings(value: Any, text: str, part: Any) -> None:
    """Matrices, cubes, strings, and strings within arrays."""
    assert read_range(ua.Variant(value), parse_index_range(text)).Value == part


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "0"), ([1], "0,0"), ([[1]], "0"), ("", "0"), ([], "0"), (None, "0"), (["", "ab"], "0:1,0")],
)
def test_where_there_is_nothing_there_is_no_data(value: Any, text: str) -> None:
    """Scalars, other ranks and empty values: BadIndexRangeNoData."""
    variant = ua.Variant(value, ua.VariantType.Int32, is_array=True) if value == [] else ua.Variant(value)
    with pytest.raises(ServiceError) as refusal:
        read_range(variant, parse_index_range(text))
    assert refusal.value.code == StatusCodes.BadIndexRangeNoData
