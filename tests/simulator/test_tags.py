"""The catalogue of tags and units."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from opcua_ml_simulator.tags import ALL_TAGS, TagType
from opcua_ml_simulator.units import ALL_UNITS

ROOT = Path(__file__).resolve().parents[2]
UNECE = ROOT.parent / "shared" / "nodesets" / "Schema" / "UNECE_to_OPCUA.csv"

OTHER = "Results.Value"  # of a client's choice


def test_paths_are_unique() -> None:
    """As they are NodeIds."""
    paths = [tag.path for tag in ALL_TAGS]
    assert len(paths) == len(set(paths))


def test_every_tag_is_described() -> None:
    """A number has a unit and a range, an enumeration labels, a Boolean states; all have a description."""
    for tag in ALL_TAGS:
        assert tag.description, tag.path
        if tag.type is TagType.Double and tag.name != "AnomalyScore" and not tag.path.startswith(OTHER):
            assert tag.unit is not None, tag.path
            assert tag.low < tag.high, tag.path
        if tag.type is TagType.Int32:
            assert tag.labels, tag.path
        if tag.type is TagType.Boolean:
            assert tag.states is not None, tag.path


def test_every_unit_in_use_is_listed() -> None:
    """And every listed one is in use."""
    assert {tag.unit for tag in ALL_TAGS if tag.unit} == set(ALL_UNITS)


@pytest.mark.skipif(not UNECE.is_file(), reason="the official table beside the checkout is absent")
def test_units_are_those_of_the_official_table() -> None:
    """Code, UnitId, symbol and description agree with the OPC Foundation's table of UNECE units."""
    with UNECE.open(encoding="utf-8-sig", newline="") as file:
        table = {row["UNECECode"]: row for row in csv.DictReader(file)}
    for unit in ALL_UNITS:
        official = table[unit.code]
        assert unit.unit_id == int(official["UnitId"]), unit.code
        assert unit.symbol in official["DisplayName"].split(" or "), unit.code
        assert unit.description == official["Description"], unit.code
