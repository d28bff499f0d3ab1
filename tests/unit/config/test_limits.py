"""The limits that an operator may set: known, of sense, and fitting together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from opcua_ml.config import ServerSection
from opcua_ml.config.limits import LimitsSection


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_sessions": 0},
        {"max_sessions": 2.5},
        {"max_sessions": True},
        {"max_message_size": 1000},
        {"max_session_timeout_ms": 9_999},
        {"shutdown_notice_s": -1.0},
        {"min_publishing_interval_ms": float("nan")},
        {"max_session": 10},
        {"max_connections_per_address": 1_001},
        {"max_subscriptions": 10, "max_subscriptions_per_owner": 11},
        {"max_subscriptions_per_session": 201},
        {"max_monitored_items_per_subscription": 100_001},
    ],
)
def test_a_limit_without_sense_is_refused(wrong: dict[str, object]) -> None:
    """Zero, a fraction, an unknown key, a part above its whole."""
    with pytest.raises(ValidationError):
        LimitsSection.model_validate(wrong)


def test_a_whole_below_its_parts_default_cuts_the_part() -> None:
    """Nobody has to write down what follows; what is written down stays."""
    section = ServerSection.model_validate({"limits": {"max_subscriptions": 30}}).limits
    found = section.effective()
    assert found["max_subscriptions_per_owner"] == found["max_subscriptions_per_session"] == 30
    assert found["max_monitored_items_per_owner"] == LimitsSection().max_monitored_items_per_owner


@given(
    st.dictionaries(
        st.sampled_from(
            ["max_connections", "max_subscriptions", "max_monitored_items", "max_concurrent_calls"]
        ),
        st.integers(1, 10_000_000),
    )
)
def test_what_is_enforced_fits_together(wholes: dict[str, int]) -> None:
    """Whatever the wholes are."""
    found = LimitsSection.model_validate(wholes).effective()
    assert found["max_connections_per_address"] <= found["max_connections"]
    assert found["max_subscriptions_per_session"] <= found["max_subscriptions_per_owner"]
    assert found["max_subscriptions_per_owner"] <= found["max_subscriptions"]
    assert found["max_monitored_items_per_subscription"] <= found["max_monitored_items_per_owner"]
    assert found["max_monitored_items_per_owner"] <= found["max_monitored_items"]
    assert found["max_concurrent_calls_per_session"] <= found["max_concurrent_calls"]
