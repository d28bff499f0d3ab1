"""Active process faults."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.errors import SeverityError
from opcua_ml_simulator.faults.active import ActiveFaults
from opcua_ml_simulator.faults.process import PROCESS_FAULTS, Fault

REAL_FAULTS = [fault for fault in Fault if fault is not Fault.Normal]


@given(fault=st.sampled_from(REAL_FAULTS), severity=st.floats(0.01, 1.0), steps=st.integers(1, 100))
def test_a_fault_develops_over_its_onset_and_no_further(fault: Fault, severity: float, steps: int) -> None:
    """After any number of seconds the level is the elapsed share of the onset, at most the severity."""
    faults = ActiveFaults()
    faults.inject(fault, severity)
    for _ in range(steps):
        faults.advance(1.0)
    onset = PROCESS_FAULTS[fault].onset
    share = 1.0 if onset == 0.0 else min(1.0, steps / onset)
    assert faults.level(fault) == pytest.approx(severity * share)


def test_a_cleared_fault_is_gone_at_once() -> None:
    """Clearing one leaves the other; clearing all leaves none."""
    faults = ActiveFaults()
    faults.inject(Fault.Leak, 0.5)
    faults.inject(Fault.ImpellerWear, 0.7)
    faults.advance(60.0)
    faults.clear(Fault.ImpellerWear)
    assert faults.level(Fault.ImpellerWear) == 0.0
    assert faults.level(Fault.Leak) == 0.5
    assert faults.dominant == (Fault.Leak, 0.5)
    faults.clear()
    assert faults.severities == {}
    assert faults.dominant == (Fault.Normal, 0.0)


def test_of_equal_faults_the_later_is_named() -> None:
    """And a changed severity counts as injected anew."""
    faults = ActiveFaults()
    faults.inject(Fault.Leak, 0.5)
    faults.inject(Fault.Cavitation, 0.5)
    assert faults.dominant == (Fault.Cavitation, 0.5)
    faults.inject(Fault.Leak, 0.5)
    assert faults.dominant == (Fault.Leak, 0.5)


def test_a_refused_severity_leaves_the_fault_as_it_was() -> None:
    """An active fault survives a wrong change of its severity."""
    faults = ActiveFaults()
    faults.inject(Fault.Leak, 0.5)
    with pytest.raises(SeverityError):
        faults.inject(Fault.Leak, 2.0)
    assert faults.dominant == (Fault.Leak, 0.5)
