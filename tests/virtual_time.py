"""An event loop whose clock stands while there is work, and goes on to the next timer when there is none.

Tests of delays and periods then take no time, and a machine that stands still in the middle of one changes
nothing. For tests that wait for timers alone: what sockets, threads or processes do takes no time here.
"""

from __future__ import annotations

import asyncio
import selectors


class _Skipping(selectors.DefaultSelector):
    """Waits for nothing, and counts how long it should have."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; without a timer in sight as long as it takes."""
        if timeout is None:
            return super().select(None)
        ready = super().select(0)
        if not ready and timeout > 0:
            self.skipped += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Begins at 0."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds that were waited for."""
        return self._skipping.skipped
