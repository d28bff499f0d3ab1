"""SourceTimestamps that lie ahead of the server's clock."""

from __future__ import annotations

from typing import Final

from opcua_ml.application.history.record import Column, EventRecord, Layout, ValueRecord
from opcua_ml.application.history.times_ahead import TimesAhead
from opcua_ml.domain.history.point import TICKS_PER_SECOND
from opcua_ml.domain.signature import DataType

NOW: Final = 133_000_000_000_000_000
LAYOUT: Final = Layout((Column("m.Inputs.a", DataType.DOUBLE),))


def row(ahead: float) -> ValueRecord:
    """A row that came now, and says that it is of so many seconds later."""
    return ValueRecord(LAYOUT, NOW + int(ahead * TICKS_PER_SECOND), NOW, (1.0,), (0,))


def test_a_time_far_ahead_is_recorded_as_the_servers() -> None:
    """Value, status and ServerTimestamp stay; times within the limit, or long ago, are as they came."""
    ahead = TimesAhead(3600.0)
    for seconds in (-1e9, 0.0, 3600.0):
        assert ahead.held(row(seconds)) == row(seconds)
    assert ahead.held(row(3601.0)) == row(0.0)
    assert ahead.held(row(1e10)) == row(0.0)


def test_events_are_left_alone() -> None:
    """Their time is the server's own."""
    event = EventRecord(NOW * 2, NOW, (), "")
    assert TimesAhead(1.0).held(event) is event
