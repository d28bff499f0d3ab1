"""Time from the operating system."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The Clock of a running service."""

    def monotonic(self) -> float:
        """Seconds that only grow, on the clock that the event loop uses."""
        return time.monotonic()

    def now(self) -> datetime:
        """Wall clock, timezone-aware UTC."""
        return datetime.now(UTC)
