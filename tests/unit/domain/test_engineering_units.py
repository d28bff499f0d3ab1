"""Units are those of UNECE Recommendation 20, with the numbers that OPC UA gives them."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.engineering_units import UNITS, engineering_unit, near_code, unece_code, unit_id

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_agrees_with_the_official_one(official_nodesets: Path) -> None:
    """Every unit of ours has the number, symbol and name of the OPC Foundation's table."""
    with (official_nodesets / "Schema" / "UNECE_to_OPCUA.csv").open(encoding="utf-8-sig", newline="") as file:
        official = {row["UNECECode"]: row for row in csv.DictReader(file)}
    for unit in UNITS.values():
        row = official[unit.code]
        assert unit_id(unit.code) == int(row["UnitId"])
        assert unit.symbol == row["DisplayName"].split(" or ")[0]
        assert unit.name == re.sub(r" *\[.*?\]", "", row["Description"])


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=3))
def test_every_code_comes_back_from_its_number(code: str) -> None:
    """Packing loses nothing."""
    assert unece_code(unit_id(code)) == code


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_number_is_a_code_or_none(number: int) -> None:
    """No number crashes the reading of a PLC's unit, and what is read packs to the same number."""
    code = unece_code(number)
    assert code is None or unit_id(code) == number


@pytest.mark.parametrize("text", ["", "ABCD", "m³", "A B", "°C"])
def test_what_is_no_code_is_refused(text: str) -> None:
    """The message shows what was found and what was wanted."""
    with pytest.raises(ValueError, match="wanted one to three ASCII letters and digits"):
        unit_id(text)


def test_an_unlisted_unit_shows_its_code() -> None:
    """A rare unit is still shown, by its code."""
    assert engineering_unit("ZZZ").symbol == "ZZZ"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("m³/h", "MQH"),
        ("m3/h", "MQH"),
        ("m^3/h", "MQH"),
        ("degC", "CEL"),
        ("°c", "CEL"),
        ("kw", "KWT"),
        ("Bar", "BAR"),
        ("Nm", "NU"),
        ("litre per minute", "L2"),
        ("buckets", None),
    ],
)
def test_a_unit_is_found_by_what_people_call_it(words: str, code: str | None) -> None:
    """Its symbol as keyboards have it, or its name."""
    assert near_code(words) == code
