"""What a PLC's server says of itself: how far its clock is off, and within which bounds that is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from asyncua import ua

from opcua_ml.opcua.plc.watch import server_facts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Ticking:
    """A clock that goes on by 2 ms a look."""

    def __init__(self) -> None:
        self.moment = NOON + timedelta(seconds=0.3)

    def now(self) -> datetime:
        """Later than the last one."""
        self.moment += timedelta(milliseconds=2)
        return self.moment

    def monotonic(self) -> float:
        """Seconds."""
        return self.moment.timestamp()


class Told:
    """A session of a server whose CurrentTime is this one."""

    def __init__(self, current: datetime) -> None:
        self.current = current

    async def read(self, wanted: Any) -> list[ua.DataValue]:
        """State, CurrentTime, StartTime."""
        return [ua.DataValue(ua.Variant(one)) for one in (0, self.current, NOON)][: len(wanted)]


@pytest.mark.parametrize(("shown", "step"), [(0, 1.0), (300_000, 0.1), (303_000, 0.001), (302_999, 0.000001)])
async def test_a_clock_that_steps_is_known_within_a_step(shown: int, step: float) -> None:
    """Beside half of what asking took: its time was any within the step."""
    session = cast("Any", Told(NOON + timedelta(microseconds=shown)))
    facts = await server_facts(session, Ticking())
    assert facts is not None
    assert facts.clock_offset is not None
    assert abs(facts.clock_offset) <= facts.offset_within
    assert facts.offset_within == pytest.approx(step + 0.001)
