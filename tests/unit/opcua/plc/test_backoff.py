"""Pauses between attempts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.plc.backoff import Backoff


@given(st.floats(0.01, 10), st.floats(1, 100), st.integers(1, 80))
def test_pauses_double_up_to_the_longest_with_jitter(first: float, factor: float, attempts: int) -> None:
    """Never longer than the longest, never shorter than half of what is due."""
    longest = first * factor
    backoff = Backoff(first, longest)
    for attempt in range(attempts):
        due = min(longest, first * 2.0 ** min(attempt, 32))
        assert due / 2 <= backoff.next() <= due
    backoff.reset()
    assert backoff.attempts == 0
    assert backoff.next() <= first


def test_two_clients_do_not_come_back_in_step() -> None:
    """The jitter tells them apart."""
    one, other = Backoff(1, 1), Backoff(1, 1)
    assert [one.next() for _ in range(8)] != [other.next() for _ in range(8)]
