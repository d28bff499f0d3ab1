"""The plain signals."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.signals import waveforms

cycles = st.integers(0, 10**9)
seeds = st.integers(0, 2**32)


@given(cycle=cycles)
def test_the_boolean_alternates_every_phase(cycle: int) -> None:
    """It is the opposite one phase later and the same two phases later."""
    now = waveforms.alternating_boolean(cycle)
    assert waveforms.alternating_boolean(cycle + waveforms.PHASE) is not now
    assert waveforms.alternating_boolean(cycle + 2 * waveforms.PHASE) is now


@given(seed=seeds, cycle=cycles)
def test_random_numbers_fit_their_types(seed: int, cycle: int) -> None:
    """And are the same for the same seed and cycle."""
    assert 0 <= waveforms.random_unsigned(seed, cycle) < 2**32
    assert -(2**31) <= waveforms.random_signed(seed, cycle) < 2**31
    assert waveforms.random_signed(seed, cycle) == waveforms.random_signed(seed, cycle)


def test_random_numbers_are_spread_evenly() -> None:
    """In 16,000 draws each of sixteen ranges gets a sixteenth, give or take 15 %."""
    ranges = Counter(waveforms.random_unsigned(7, cycle) >> 28 for cycle in range(16_000))
    assert len(ranges) == 16
    assert all(850 < count < 1150 for count in ranges.values())


@pytest.mark.parametrize(("signal", "anomaly"), [(waveforms.spike, 1000.0), (waveforms.dip, -1000.0)])
@given(seed=seeds, phase=st.integers(0, 10_000))
def test_each_phase_has_one_anomaly_on_a_sine(signal: object, anomaly: float, seed: int, phase: int) -> None:
    """The other 49 values stay within -100 and 100."""
    assert callable(signal)
    start = phase * waveforms.PHASE
    values = [signal(seed, start + offset) for offset in range(waveforms.PHASE)]
    assert values.count(anomaly) == 1
    assert all(-100.0 <= value <= 100.0 for value in values if value != anomaly)


@given(seed=seeds, cycle=cycles)
def test_the_trend_never_turns(seed: int, cycle: int) -> None:
    """It starts at 100, and a phase adds 0.1 or nothing."""
    assert waveforms.trend(seed, 5, 0) == 100.0
    rise = waveforms.trend(seed, 5, cycle + waveforms.PHASE) - waveforms.trend(seed, 5, cycle)
    assert rise == pytest.approx(0.1, abs=1e-6) or rise == 0.0
