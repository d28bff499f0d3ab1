"""What somebody was not allowed to write fills no memory."""

from __future__ import annotations

from typing import Any

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


@pytest.mark.parametrize(
    "content",
    [["x" * 1_000_000] * 3, [b"x" * 600] * 1_000, [ua.LocalizedText("x" * 5_000)], [["a"] * 2_000] * 9],
)
def test_long_elements_count_as_what_they_are(content: list[object]) -> None:
    """Not as one each: a thousand of them could be a thousand megabytes."""
    kept = beginning(ua.Variant(content, ua.VariantType.Variant))
    assert kept is not None
    assert sum(len(repr(one)) for one in kept.Value) < 2 * LONGEST


@pytest.mark.parametrize("content", [[True] * 5_000, [1] * 5_000, [1, 2.5, False] * 2_000])
def test_of_many_numbers_as_many_are_kept_as_fit(content: list[object]) -> None:
    """Of whatever types."""
    kept = beginning(ua.Variant(content, ua.VariantType.Double))
    assert kept is not None
    assert kept.Value == content[:LONGEST]


def test_a_long_text_behind_a_thousand_numbers_is_not_kept() -> None:
    """It would not fit."""
    kept = beginning(ua.Variant([*[1.0] * 1_000, "x" * 100_000], ua.VariantType.Double))
    assert kept is not None
    assert kept.Value == [1.0] * 1_000


def test_of_a_long_structure_nothing_is_kept() -> None:
    """A part of it would be another one."""
    body: Any = ua.ExtensionObject
    kept = beginning(ua.Variant(body(ua.NodeId(), b"x" * 5_000)))
    assert kept is not None
    assert kept.Value is None


@pytest.mark.parametrize("value", [None, ua.Variant(None), ua.Variant(1.5), ua.Variant([1, 2])])
def test_all_others_are_kept_as_they_are(value: ua.Variant | None) -> None:
    """They share what was sent."""
    assert beginning(value) is value
