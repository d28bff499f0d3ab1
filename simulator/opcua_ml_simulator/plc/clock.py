"""The PLC's own clock, which may be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class PlcClock:
    """The host's clock, ahead by ``skew`` seconds."""

    def __init__(self) -> None:
        self.skew = 0.0

    def now(self) -> datetime:
        """Date and time as the PLC believes it to be, timezone-aware UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.skew)
