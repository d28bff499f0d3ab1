"""Latencies of the last calls, in numbers that engineers know."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.application.latency import LatencySummary, LatencyWindow

SECONDS = st.floats(0, 1e3)


@given(st.lists(SECONDS, min_size=1, max_size=60), st.integers(1, 20))
def test_a_summary_is_that_of_the_last_durations(durations: list[float], size: int) -> None:
    """Percentiles as numpy interpolates them, whether the ring has been round or not, in milliseconds."""
    window = LatencyWindow(size)
    for one in durations:
        window.add(one)
        window.summary()
    held = np.array(durations[-size:]) * 1e3
    found = window.summary()
    wanted = [*np.percentile(held, (50, 99)), held.max()]
    assert np.allclose([found.p50, found.p99, found.maximum], wanted, rtol=1e-9, atol=1e-9)


@given(st.lists(st.lists(SECONDS | st.just(-1.0), max_size=30), max_size=6), st.integers(1, 20))
def test_many_durations_count_as_one_after_another(durations: list[list[float]], size: int) -> None:
    """However many, and wherever the ring begins."""
    together, singly = LatencyWindow(size), LatencyWindow(size)
    for some in durations:
        together.extend(np.array(some))
        for one in some:
            singly.add(one)
        assert (together.count, together.summary()) == (singly.count, singly.summary())


def test_nothing_is_told_of_nothing_and_no_time_is_negative() -> None:
    """Clocks that lie apart make no negative latency."""
    window = LatencyWindow()
    assert window.summary() == LatencySummary()
    window.add(-1.0)
    assert window.summary() == LatencySummary(0.0, 0.0, 0.0)


def test_a_summary_is_made_anew_only_after_another_duration() -> None:
    """A model that nobody asks costs nothing."""
    window = LatencyWindow()
    window.add(0.001)
    first = window.summary()
    assert window.summary() is first
    window.add(0.002)
    assert window.summary().maximum == 2.0
