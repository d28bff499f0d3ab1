"""What somebody was not allowed to write fills no memory."""

from __future__ import annotations

import pytest
from asyncua import ua

from opcua_ml.opcua.audit.refused_value import LONGEST, beginning


@pytest.mark.parametrize("content", [[1.5] * 5_000, "x" * 5_000, b"x" * 5_000])
def test_of_a_long_value_the_beginning_is_kept(content: list[float] | str | bytes) -> None:
    """Of the same type."""
    kept = beginning(ua.Variant(content))
    assert kept is not None
    assert kept.Value == content[:LONGEST]
    assert kept.VariantType == ua.Variant(content).VariantType


@pytest.mark.parametrize("value", [None, ua.Variant(None), ua.Variant(1.5), ua.Variant([1, 2])])
def test_all_others_are_kept_as_they_are(value: ua.Variant | None) -> None:
    """They share what was sent."""
    assert beginning(value) is value
