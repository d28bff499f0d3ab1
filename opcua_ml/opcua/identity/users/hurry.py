"""How often a check of a password may be hurried for places from which somebody seems to guess.

A share of a processor, with a little to begin with.

Source: a token bucket, as in RFC 3290, appendix A.
"""

from __future__ import annotations

from typing import Final

SHARE: Final = 0.01
"""Of one processor: a check of 20 ms every two seconds. A hurried check may hold up others for a tick of the
kernel, so what happens in a hundredth of the time is not among the slowest of a hundred requests."""
BURST_S: Final = 0.1
"""Processor time that may have been saved up: five checks."""
_DEEPEST_S: Final = -0.1
"""Hashes that are dearer than ours make others wait for ten seconds at most."""


class Hurry:
    """Times are seconds of one clock."""

    def __init__(self) -> None:
        self._credit = BURST_S
        self._since = 0.0

    def permits(self, now: float) -> bool:
        """Whether a check may be hurried now."""
        return self._filled(now) > 0

    def took(self, seconds: float, now: float) -> None:
        """A hurried check took so much processor time."""
        self._credit = max(self._filled(now) - seconds, _DEEPEST_S)
        self._since = now

    def _filled(self, now: float) -> float:
        return min(self._credit + SHARE * (now - self._since), BURST_S)
