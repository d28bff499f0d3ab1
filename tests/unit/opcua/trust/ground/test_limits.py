"""Limits that make no sense are refused with the name of the one that does not."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from opcua_ml.opcua.trust.ground.limits import Limits


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
@pytest.mark.parametrize("value", [-1, float("nan")])
def test_no_limit_is_negative_or_nothing(name: str, value: float) -> None:
    """Every single one."""
    values: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=name):
        Limits(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"min_session_timeout_ms": 10, "max_session_timeout_ms": 5},
        {"min_publishing_interval_ms": 10.0, "max_publishing_interval_ms": 5.0},
        {"receive_buffer_size": 8191},
        {"send_buffer_size": 100},
    ],
)
def test_bounds_have_to_fit_together(values: dict[str, Any]) -> None:
    """Lower below upper, and buffers that the standard allows."""
    with pytest.raises(ValueError, match="Limits"):
        Limits(**values)


def test_the_chunks_of_a_message_make_up_its_size() -> None:
    """MaxChunkCount full chunks hold MaxMessageSize."""
    limits = Limits()
    assert limits.max_chunk_count * (limits.receive_buffer_size - 1024) >= limits.max_message_size


def test_the_standard_profile_fits_the_defaults() -> None:
    """The Standard UA Server profile asks for 50 sessions, the embedded one for less of everything."""
    limits = Limits()
    assert limits.max_sessions >= 50
    assert limits.max_subscriptions_per_session >= 5
    assert limits.max_monitored_items_per_subscription >= 500
    assert limits.max_queue_size >= 10
