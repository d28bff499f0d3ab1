"""How often an owner may ask for what costs much: a bucket of tokens that fills again in a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_OWNERS = 10_000
"""Buckets that are remembered; one that is full again is as good as none and goes first."""


class Rates:
    """One bucket per owner.

    Args:
        per_second: tokens that come back each second, and that a full bucket holds.
        monotonic: seconds.
    """

    def __init__(self, per_second: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self.refused = 0

    def take(self, owner: tuple[str, str], tokens: float = 1.0) -> bool:
        """Whether the owner may; a full bucket serves a request of any size, and is empty then."""
        now, most = self._monotonic(), self._per_second
        left, since = self._buckets.get(owner, (most, now))
        left = min(most, left + (now - since) * most)
        if left < min(tokens, most):
            self.refused += 1
            return False
        if owner not in self._buckets and len(self._buckets) >= MOST_OWNERS:
            self._forget(now)
        self._buckets[owner] = (max(0.0, left - tokens), now)
        return True

    def _forget(self, now: float) -> None:
        full = [owner for owner, (_, since) in self._buckets.items() if now - since >= 1.0]
        for owner in full or [next(iter(self._buckets))]:
            del self._buckets[owner]
