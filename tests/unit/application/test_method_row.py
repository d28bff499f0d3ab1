"""Rows of method calls: what passes at once is what a longer look would have passed as it is."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.application.method_row import MethodRows
from opcua_ml.domain.errors import PredictionError
from opcua_ml.domain.signature import Input, Output, Range, Signature
from opcua_ml.domain.status import Status
from opcua_ml.domain.value_range import GREATEST, OutOfRange, RangePolicy

RANGES = st.none() | st.tuples(st.floats(-10, 0), st.floats(1, 10)).map(lambda ends: Range(*ends))
VALUES = st.floats(-12, 12) | st.sampled_from([math.nan, math.inf, -math.inf, GREATEST, -GREATEST, 0.0])


@given(
    st.lists(st.tuples(RANGES, VALUES), min_size=1, max_size=6),
    st.sampled_from([RangePolicy(declared) for declared in OutOfRange]),
)
def test_a_plain_row_is_one_that_is_taken_as_it_is(
    columns: list[tuple[Range | None, float]], policy: RangePolicy
) -> None:
    """With ranges, with some, without any; numbers may be none, or too great together for the short look."""
    inputs = tuple(Input(f"x{place}", range=span) for place, (span, _) in enumerate(columns))
    values = tuple(value for _, value in columns)
    rows = MethodRows(Signature(inputs, (Output("y"),)), policy)

    if rows.are_plain(values):
        row = rows.checked(values, 0)
        assert row.row == values
        assert row.status == Status.Good
        return

    try:
        row = rows.checked(values, 0)
    except PredictionError:
        return
    assert row.row != values or row.status != Status.Good or math.hypot(*values) > GREATEST


def test_another_number_of_values_is_not_plain() -> None:
    """One fewer, one more."""
    rows = MethodRows(Signature((Input("a"), Input("b")), (Output("y"),)), RangePolicy())
    assert rows.are_plain((1.0, 2.0))
    assert not rows.are_plain((1.0,))
    assert not rows.are_plain((1.0, 2.0, 3.0))
