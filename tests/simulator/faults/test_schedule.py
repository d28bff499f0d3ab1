"""Timetables of faults."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.errors import SettingsError, SeverityError, UnknownFaultError
from opcua_ml_simulator.faults.schedule import FaultEvent, FaultSchedule


@given(
    times=st.lists(st.floats(0.0, 100.0), max_size=20),
    looks=st.lists(st.floats(0.0, 120.0), min_size=1, max_size=30),
)
def test_every_change_is_handed_out_once_and_in_order(times: list[float], looks: list[float]) -> None:
    """However often one looks: by a time, exactly the changes up to that time have come."""
    events = [FaultEvent(at=time, fault="Leak", duration=5.0) for time in times]
    schedule = FaultSchedule(events)
    seen = []
    for now in sorted(looks):
        seen += schedule.due(now)
        due = sum(time <= now + 1e-9 for time in times) + sum(time + 5.0 <= now + 1e-9 for time in times)
        assert len(seen) == due
    moments = [c.event.at if c.starts else c.event.at + 5.0 for c in seen]
    assert moments == sorted(moments)


def test_a_fault_that_ends_as_the_next_begins_ends_first() -> None:
    """So that the same fault back to back stays active."""
    first = FaultEvent(at=0.0, fault="Leak", duration=10.0)
    second = FaultEvent(at=10.0, fault="Leak", severity=0.5, duration=10.0)
    changes = FaultSchedule([first, second]).due(10.0)
    assert [(c.event, c.starts) for c in changes] == [(first, True), (first, False), (second, True)]


def test_a_periodic_timetable_begins_again() -> None:
    """Every period, for ever."""
    schedule = FaultSchedule([FaultEvent(at=2.0, fault="Leak", duration=3.0)], period=10.0)
    starts = [now for now in range(35) if any(change.starts for change in schedule.due(float(now)))]
    assert starts == [2, 12, 22, 32]


@pytest.mark.parametrize("period", [0.0, -1.0, 4.9, float("nan")])
def test_a_period_that_cuts_an_event_off_is_refused(period: float) -> None:
    """Also zero, which would never end."""
    with pytest.raises(SettingsError, match="period"):
        FaultSchedule([FaultEvent(at=2.0, fault="Leak", duration=3.0)], period=period)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"at": -1.0, "fault": "Leak"}, SettingsError),
        ({"at": float("inf"), "fault": "Leak"}, SettingsError),
        ({"at": 0.0, "fault": "Rust"}, UnknownFaultError),
        ({"at": 0.0, "fault": "Leak", "severity": 2.0}, SeverityError),
        ({"at": 0.0, "fault": "Leak", "duration": 0.0}, SettingsError),
        ({"at": 0.0, "fault": "Frozen"}, SettingsError),
        ({"at": 0.0, "fault": "Leak", "tag": "PumpStation.Flow"}, SettingsError),
        ({"at": 0.0, "fault": "Disconnect", "tag": "PumpStation.Flow"}, SettingsError),
        ({"at": 0.0, "fault": "SlowServer"}, SettingsError),
        ({"at": 0.0, "fault": "QueueOverflow", "tag": "PumpStation.Flow", "magnitude": -1.0}, SettingsError),
    ],
)
def test_an_impossible_event_is_refused(fields: dict[str, Any], error: type[Exception]) -> None:
    """When it is made, not when it is due."""
    with pytest.raises(error):
        FaultEvent(**fields)
