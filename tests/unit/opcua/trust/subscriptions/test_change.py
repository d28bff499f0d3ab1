"""Dead bands and triggers as tables and as properties."""

from __future__ import annotations

import math

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.ground.ua_values import data_value, status_code
from opcua_ml.opcua.trust.subscriptions.change import (
    ChangeFilter,
    Seen,
    exceeds,
    same_content,
    seen,
    snapshot,
)
from opcua_ml.opcua.trust.subscriptions.value_encoder import encoded

FINITE = st.floats(-1e6, 1e6)


class Encoder:
    """asyncua's encoding of values."""

    def whole(self, value: ua.DataValue) -> bytes:
        """All of it."""
        return encoded(value)


def value(number: object, status: int = 0) -> Seen:
    """What is kept of a Double."""
    return seen(data_value(ua.Variant(number, ua.VariantType.Double), status_code(status)), Encoder())


@given(st.lists(FINITE, min_size=1, max_size=40), st.floats(0.001, 1e5))
def test_reported_values_are_farther_apart_than_the_band(numbers: list[float], band: float) -> None:
    """Each reported value differs from the one before by more than the band, the others by no more."""
    change_filter = ChangeFilter(1, band)
    last: Seen | None = None
    reported: float | None = None
    for number in numbers:
        if change_filter.passes(last, value(number)):
            assert reported is None or abs(number - reported) > band
            last, reported = value(number), number
        else:
            assert reported is not None
            assert abs(number - reported) <= band


@given(FINITE, FINITE)
def test_without_a_band_every_other_value_is_a_change(first: float, second: float) -> None:
    """Equality decides."""
    assert ChangeFilter().passes(value(first), value(second)) == (first != second)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (math.nan, math.nan, False),
        (math.nan, 1.0, True),
        (1.0, math.nan, True),
        (math.inf, math.inf, False),
        (math.inf, -math.inf, True),
        ([1.0, 2.0], [1.0, 2.4], False),
        ([1.0, 2.0], [1.0, 2.6], True),
        ([1.0], [1.0, 1.0], True),
        ([[1.0], [2.0]], [[1.0], [2.6]], True),
        ([math.nan], [math.nan], False),
    ],
)
def test_odd_values_within_a_band(old: object, new: object, changed: bool) -> None:
    """NaN, infinities and arrays."""
    assert exceeds(value(old)[1], value(new)[1], 0.5) is changed


@pytest.mark.parametrize("band", [0.0, 5.0])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ua.Variant(1.0), ua.Variant(1, ua.VariantType.Int32)),
        (ua.Variant(None), ua.Variant(1.0)),
        (None, ua.Variant(1.0)),
        (ua.Variant(1.0), ua.Variant([1.0])),
        (ua.Variant(ua.Range(1.0, 2.0)), ua.Variant(ua.Range(1.0, 3.0))),
    ],
)
def test_another_type_or_null_is_a_change(
    band: float, first: ua.Variant | None, second: ua.Variant | None
) -> None:
    """Null, the same number as another type, a list of it, and another structure."""
    one, two = (seen(ua.DataValue(variant), Encoder()) for variant in (first, second))
    assert ChangeFilter(1, band).passes(one, two)
    assert not ChangeFilter(1, band).passes(one, one)


def test_contents_are_the_same_where_their_nans_are() -> None:
    """In matrices too."""
    assert same_content([[math.nan, 1.0]], [[math.nan, 1.0]])
    assert not same_content([[math.nan, 1.0]], [[1.0, math.nan]])


@pytest.mark.parametrize(("trigger", "expected"), [(0, False), (1, False), (2, False)])
def test_info_bits_are_no_change_of_status(trigger: int, expected: bool) -> None:
    """The Overflow bit and its kin do not make a new status."""
    assert ChangeFilter(trigger).passes(value(1.0), value(1.0, 0x480)) is expected


def test_a_snapshot_is_not_changed_by_its_writer() -> None:
    """Lists and structures are copied, plain values are not."""
    numbers = [1.0, 2.0]
    held = snapshot(ua.DataValue(ua.Variant(numbers)))
    structure = ua.Range(1.0, 2.0)
    kept = snapshot(ua.DataValue(ua.Variant(structure)))
    numbers[0] = 9.0
    structure.Low = ua.Double(9.0)
    assert held.Value is not None
    assert kept.Value is not None
    assert held.Value.Value == [1.0, 2.0]
    assert kept.Value.Value.Low == 1.0
    plain = ua.DataValue(ua.Variant(1.0))
    assert snapshot(plain) is plain
