"""Faults of the server, as state."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.server import ServerFaultKind, ServerFaults

SLOW, SKEW, SMALL = ServerFaultKind.SlowServer, ServerFaultKind.ClockSkew, ServerFaultKind.SmallLimits


def test_a_fault_ends_at_its_time_and_not_before() -> None:
    """By the caller's clock, which is told when to look next."""
    faults = ServerFaults()
    faults.inject(SLOW, 0.5, until=10.0)
    faults.inject(SKEW, 3600.0)
    assert faults.expire(9.9) == 10.0
    assert faults.magnitude(SLOW) == 0.5
    assert faults.expire(10.0) is None
    assert not faults.is_active(SLOW)
    assert faults.magnitude(SLOW) is None
    assert faults.magnitude(SKEW) == 3600.0


def test_injecting_again_changes_magnitude_and_end() -> None:
    """The last word counts."""
    faults = ServerFaults()
    faults.inject(SLOW, 0.5, until=10.0)
    faults.inject(SLOW, 2.0)
    assert faults.expire(1e9) is None
    assert faults.magnitude(SLOW) == 2.0


def test_every_change_is_told() -> None:
    """Whoever carries the faults out hears of each injection and clearing."""
    faults, told = ServerFaults(), []
    faults.changed = lambda: told.append(faults.is_active(SKEW))
    faults.inject(SKEW, -60.0)
    faults.inject(SLOW, 1.0)
    faults.clear(SKEW)
    faults.clear()
    assert told == [True, True, False, False]
    assert not faults.is_active(SLOW)


@pytest.mark.parametrize(
    ("kind", "magnitude"),
    [(SLOW, 0.0), (SLOW, -1.0), (SLOW, 61.0), (SKEW, 1e9), (SMALL, -1.0), (SMALL, 2.5), (SKEW, math.nan)],
)
def test_a_magnitude_that_makes_no_sense_is_refused(kind: ServerFaultKind, magnitude: float) -> None:
    """With what is wanted; nothing is injected."""
    faults = ServerFaults()
    with pytest.raises(SettingsError, match=r"magnitude is .*, wanted"):
        faults.inject(kind, magnitude)
    assert not faults.is_active(kind)


@given(kinds=st.lists(st.sampled_from(ServerFaultKind), unique=True), ends=st.floats(0.0, 100.0))
def test_faults_are_independent(kinds: list[ServerFaultKind], ends: float) -> None:
    """Each is active from its injection to its end, whatever the others do."""
    faults = ServerFaults()
    for place, kind in enumerate(kinds):
        faults.inject(kind, 1.0, until=float(place))
    faults.expire(ends)
    assert [faults.is_active(kind) for kind in kinds] == [place > ends for place in range(len(kinds))]
