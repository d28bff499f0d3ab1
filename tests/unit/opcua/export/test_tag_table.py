"""The table of tags, opened with a spreadsheet: nothing in it is a formula."""

from __future__ import annotations

import csv
import io

import pytest

from opcua_ml.opcua.export.tag_table import Tag, as_csv


def told(description: str, low: str = "0") -> dict[str, str]:
    """The row of one tag."""
    tag = Tag("a", "ns=1;s=a", "nsu=u;s=a", "Double", 0, "R", "", "", low, "1", "", description)
    (row,) = csv.DictReader(io.StringIO(as_csv([tag]), newline=""))
    return row


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1+cmd", "-2+3|x", "\t=1", "\r=1", "-flow", "1=1"])
def test_texts_that_a_spreadsheet_would_compute_get_an_apostrophe(text: str) -> None:
    """All others stay as they are."""
    assert told(text)["description"] == (text if text == "1=1" else f"'{text}")


@pytest.mark.parametrize("number", ["-40", "+5", "-1e+06", "-0.25", "-inf"])
def test_numbers_stay_numbers(number: str) -> None:
    """The low end of a range is one, and may be negative."""
    assert told("x", number)["low"] == number
