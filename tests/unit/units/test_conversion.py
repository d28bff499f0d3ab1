"""Conversions between UNECE codes."""

import csv
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.engineering_units import UNITS as SHOWN
from opcua_ml.units import conversion
from opcua_ml.units.unece import UNITS

OFFICIAL = Path(__file__).parents[4] / "shared" / "nodesets" / "Schema" / "UNECE_to_OPCUA.csv"
UNCONVERTIBLE = {"2N", "Q30"}  # decibel and pH are logarithms


@pytest.mark.parametrize(
    ("found", "wanted", "value", "converted"),
    [
        ("FAH", "CEL", 212.0, 100.0),
        ("FAH", "CEL", 32.0, 0.0),
        ("FAH", "CEL", -40.0, -40.0),
        ("CEL", "FAH", 100.0, 212.0),
        ("KEL", "CEL", 273.15, 0.0),
        ("CEL", "KEL", 20.0, 293.15),
        ("BAR", "KPA", 2.5, 250.0),
        ("PS", "BAR", 14.503773773, 1.0),
        ("PAL", "BAR", 100_000.0, 1.0),
        ("P1", "C62", 50.0, 0.5),
        ("NX", "P1", 5.0, 0.5),
        ("59", "C62", 1.0, 1e-6),
        ("MQH", "G51", 36.0, 10.0),
        ("G2", "L2", 1.0, 3.785411784),
        ("RPM", "2A", 60.0, 6.283185307179586),
        ("RPM", "M46", 1480.0, 1480.0),
        ("KWH", "3B", 1.0, 3.6),
        ("DD", "C81", 180.0, 3.141592653589793),
        ("KMH", "MTS", 36.0, 10.0),
        ("4C", "S4", 1.0, 1e-6),
        ("BHP", "WTT", 1.0, 745.6998715822702),
    ],
)
def test_values_convert_as_the_textbooks_say(found: str, wanted: str, value: float, converted: float) -> None:
    """Offset units included."""
    rule = conversion(found, wanted)
    assert rule is not None
    assert rule(value) == pytest.approx(converted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("value", "exact"), [(212.0, 100.0), (32.0, 0.0), (-40.0, -40.0)])
def test_fahrenheit_becomes_celsius_to_the_last_bit(value: float, exact: float) -> None:
    """The shift of 32 is told exactly, that of 17.777… could not be."""
    rule = conversion("FAH", "CEL")
    assert rule is not None
    assert rule(value) == exact


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("BAR", "CEL"),
        ("HTZ", "RPM"),  # both are «per second» to a dimensional analysis, which is off by 2π here
        ("NU", "JOU"),
        ("KVA", "KWT"),
        ("D44", "D46"),
        ("C81", "P1"),
        ("2N", "C62"),
        ("Q30", "C62"),
        ("XYZ", "BAR"),
        ("BAR", "XYZ"),
    ],
)
def test_what_is_not_the_same_kind_of_quantity_does_not_convert(found: str, wanted: str) -> None:
    """Equal dimensions are not enough."""
    assert conversion(found, wanted) is None


def test_the_same_code_needs_no_table() -> None:
    """Whatever it means."""
    rule = conversion("XYZ", "XYZ")
    assert rule is not None
    assert rule.is_identity


PAIRS = [
    pair
    for kind in {kind for kind, _ in UNITS.values()}
    for pair in combinations([code for code, (own, _) in UNITS.items() if own == kind], 2)
]


@given(st.sampled_from(PAIRS), st.floats(-1e4, 1e4))
def test_there_and_back_is_where_it_began(pair: tuple[str, str], value: float) -> None:
    """For every two units of a kind."""
    there, back = conversion(*pair), conversion(*reversed(pair))
    assert there is not None
    assert back is not None
    assert back(there(value)) == pytest.approx(value, rel=1e-9, abs=1e-6)


def test_every_unit_that_we_show_converts_or_is_known_not_to() -> None:
    """No unit is forgotten in one of the two tables."""
    assert set(SHOWN) - set(UNITS) == UNCONVERTIBLE


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official table of units is not at hand")
def test_every_code_is_one_of_the_standard_s() -> None:
    """And its unit is called so there, where the names can be compared."""
    with OFFICIAL.open(encoding="utf-8-sig") as lines:
        official = {row["UNECECode"] for row in csv.DictReader(lines)}
    assert set(UNITS) <= official
