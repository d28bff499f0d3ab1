"""Numbers in texts are such as people write."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.figure import exact, figure, figure_outside


@pytest.mark.parametrize(
    ("value", "digits", "told"),
    [
        (1390.4, 3, "1390"),
        (28800.0, 4, "28800"),
        (123456.7, 5, "123457"),
        (1e6, 6, "1000000"),
        (0.06, 3, "0.06"),
        (0.0012345, 3, "0.00123"),
        (99.96, 3, "100"),
        (-2.5, 6, "-2.5"),
        (100.0, 6, "100"),
        (0.0, 6, "0"),
        (1200, 3, "1200"),
        (12345678901234567890, 3, "12345678901234567890"),
        (1e-9, 3, "1e-09"),
        (3.4e38, 6, "3.4e+38"),
        (math.nan, 3, "nan"),
        (-math.inf, 3, "-inf"),
    ],
)
def test_a_figure_has_no_exponent_where_people_can_do_without(value: float, digits: int, told: str) -> None:
    """Rounded to the digits that count, whole before the decimal point."""
    assert figure(value, digits) == told


def test_a_number_just_beyond_a_limit_is_another_than_the_limit() -> None:
    """«200 is outside 0 to 200» helps nobody."""
    assert figure_outside(200.0000001, 0.0, 200.0) == "200.0000001"
    assert figure_outside(250.0000001, 0.0, 200.0) == "250"


@given(st.floats(-1e300, 1e300), st.integers(1, 15))
def test_a_figure_is_the_number_to_its_digits(value: float, digits: int) -> None:
    """However large or small."""
    assert math.isclose(float(figure(value, digits)), value, rel_tol=0.5 * 10 ** (1 - digits) * 1.001)


@given(st.floats(allow_nan=False))
def test_an_exact_number_reads_back_as_the_same(value: float) -> None:
    """Tables for other programs lose nothing."""
    assert float(exact(value)) == value
