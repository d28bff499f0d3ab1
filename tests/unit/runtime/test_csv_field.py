"""A text of a table becomes a value of its column, or an error; never a value by accident."""

from __future__ import annotations

import math
from typing import Any

import pytest

from opcua_ml.domain.signature import DataType
from opcua_ml.runtime.csv_field import scalar, truth


@pytest.mark.parametrize("text", ["true", "True", " TRUE ", "1", "1.0", "yes"])
def test_what_says_yes_is_true(text: str) -> None:
    """As spreadsheets, pandas and people write it."""
    assert truth(text) is True


@pytest.mark.parametrize("text", ["false", "False", "0", "0.0", "No"])
def test_what_says_no_is_false(text: str) -> None:
    """Likewise."""
    assert truth(text) is False


@pytest.mark.parametrize("text", ["", "ture", "2", "-1", "y", "nan"])
def test_any_other_text_is_neither(text: str) -> None:
    """A misspelt truth must not count as false."""
    with pytest.raises(ValueError, match="neither true nor false"):
        truth(text)


@pytest.mark.parametrize(
    ("data_type", "given", "wanted"),
    [
        (DataType.STRING, "1", "1"),
        (DataType.BOOLEAN, False, False),
        (DataType.BOOLEAN, "yes", True),
        (DataType.DOUBLE, "0.1", 0.1),
        (DataType.INT32, "-3", -3),
    ],
)
def test_a_cell_is_of_its_columns_type(data_type: DataType, given: Any, wanted: Any) -> None:
    """A text of a CSV file, or what JSON has in an array."""
    found = scalar(data_type, given)
    assert (type(found), found) == (type(wanted), wanted)


@pytest.mark.parametrize("given", ["", "  ", None])
def test_nothing_is_not_a_number(given: str | None) -> None:
    """Of floating-point columns; of others it is an error."""
    assert math.isnan(float(scalar(DataType.FLOAT, given)))
    with pytest.raises((ValueError, TypeError)):
        scalar(DataType.INT32, given)
