"""Durations of the last calls, and what engineers read of them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

RECENT = 1024
"""Durations that a window holds."""


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Of the last calls, in milliseconds; zeros where there was none."""

    p50: float = 0.0
    p99: float = 0.0
    maximum: float = 0.0


class LatencyWindow:
    """The last `size` durations, in a ring that is allocated once."""

    def __init__(self, size: int = RECENT) -> None:
        self._ring = array("d", bytes(8 * size))
        self._size = size
        self._count = 0
        self._summary = LatencySummary()
        self._summed_up = 0

    def add(self, seconds: float) -> None:
        """Take one duration; negative ones (clocks apart) count as zero."""
        self._ring[self._count % self._size] = seconds if seconds > 0 else 0.0
        self._count += 1

    def extend(self, seconds: np.ndarray) -> None:
        """Take durations, shape (n,), as `add` takes each."""
        count, ring = self._count, np.frombuffer(self._ring)
        last = np.maximum(seconds[-self._size :], 0.0)
        first = count + len(seconds) - len(last)
        ring[np.arange(first, first + len(last)) % self._size] = last
        self._count = count + len(seconds)

    @property
    def count(self) -> int:
        """Durations taken so far."""
        return self._count

    def summary(self) -> LatencySummary:
        """Median, 99th percentile and maximum of what the ring holds; percentiles are interpolated."""
        if self._summed_up != self._count:
            held = np.sort(np.frombuffer(self._ring, count=min(self._count, self._size)))
            last = len(held) - 1
            p50, p99 = (_between(held, share * last) for share in (0.5, 0.99))
            self._summary = LatencySummary(p50 * 1e3, p99 * 1e3, float(held[last]) * 1e3)
            self._summed_up = self._count
        return self._summary


def _between(held: np.ndarray, place: float) -> float:
    """The value at a place of sorted ones, shape (n,), that may lie between two of them."""
    low = int(place)
    below, above = float(held[low]), float(held[min(low + 1, len(held) - 1)])
    return below + (above - below) * (place - low)
