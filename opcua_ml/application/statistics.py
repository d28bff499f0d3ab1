"""Counters and latencies of one model, as engineers read them under Diagnostics."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from opcua_ml.domain.batch_counts import BatchCounts
from opcua_ml.domain.queue_state import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opcua_ml.domain.handshake import HandshakeCounts
    from opcua_ml.domain.queue_state import QueueState


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Of the last calls, in milliseconds; zeros where there was none."""

    p50: float = 0.0
    p99: float = 0.0
    maximum: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelStatistics:
    """A snapshot; the counts run from the service's start.

    Attributes:
        predictions: rows that got outputs, by tags and by methods.
        calls: method calls answered with outputs.
        rejected: rows refused before the model ran (bad or missing inputs), by StatusCode name.
        failed: rows on which the model itself failed.
        refused: rows that were not tried, as too many calls waited for the worker.
        undecided: rows of which a classifier's answer was not told, as its confidence was too small.
        dropped: samples or vectors that a newer one replaced before they were scored.
        missed_periods: moments of a period that had passed before the model could be scored.
        queue_depth: vectors that wait now.
        window_memory: bytes that the inputs' windows hold, for as long as the service runs.
        queues: each one with its size and policy.
        handshake: its counters; None for a model that is asked in another way.
        inference, server, answer, source_age: time in the model; in this server beside it; both together;
            between the PLC's timestamp and the published answer.
        wait: part of `server`: until the model's worker began, and on the way to it and back.
        mean_batch: rows per call of the model, where a worker makes them; 0 where none was made there.
        place: where calls run and why there, in words.
    """

    predictions: int = 0
    calls: int = 0
    rejected: int = 0
    rejected_by_reason: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    refused: int = 0
    undecided: int = 0
    dropped: int = 0
    missed_periods: int = 0
    queue_depth: int = 0
    window_memory: int = 0
    queues: tuple[QueueState, ...] = ()
    handshake: HandshakeCounts | None = None
    inference: LatencySummary = field(default_factory=LatencySummary)
    wait: LatencySummary = field(default_factory=LatencySummary)
    server: LatencySummary = field(default_factory=LatencySummary)
    answer: LatencySummary = field(default_factory=LatencySummary)
    source_age: LatencySummary = field(default_factory=LatencySummary)
    mean_batch: float = 0.0
    place: str = ""


_RECENT = 1024
"""Calls whose times are kept until somebody looks; a power of two, and no fewer than a window holds."""


class LatencyWindow:
    """The last `size` durations, in a ring that is allocated once."""

    def __init__(self, size: int = _RECENT) -> None:
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


class StatisticsRecorder:
    """Counts; owned by one model and touched from the event loop only.

    What calls in passing took is put down in a row, and goes into the windows when somebody looks.
    """

    def __init__(self) -> None:
        self._predictions = 0
        self._calls = 0
        self._passed = 0
        self._settled = 0
        self._untold = 0
        self._times = array("d", bytes(8 * _RECENT))
        self.failed = 0
        self.refused = 0
        self.undecided = 0
        self.missed_periods = 0
        self.window_memory = 0
        self.queues: list[Callable[[], QueueState | None]] = []
        self.handshake: Callable[[], HandshakeCounts] | None = None
        self.work: Callable[[], tuple[BatchCounts, str]] | None = None
        self.rejected: Counter[str] = Counter()
        self.inference = LatencyWindow()
        self.wait = LatencyWindow()
        self.server = LatencyWindow()
        self.answer = LatencyWindow()
        self.source_age = LatencyWindow()

    @property
    def predictions(self) -> int:
        """Rows that got outputs."""
        return self._predictions + self._passed - self._untold

    @property
    def calls(self) -> int:
        """Method calls answered with outputs."""
        return self._calls + self._passed - self._untold

    def predicted(self, rows: int, calls: int = 0) -> None:
        """Count rows that got outputs, and the method calls among which they came."""
        self._predictions += rows
        self._calls += calls

    def answered(self, seconds: float, inference: float) -> None:
        """Take one answer: from its trigger, or call, to its end, and the model's share of that."""
        self.settle()
        self.answer.add(seconds)
        self.server.add(seconds - inference)

    def passed(self, seconds: float) -> None:
        """Count a call of one row answered in passing, and its time in the model: nearly all of it."""
        count = self._passed
        self._times[count % _RECENT] = seconds
        self._passed = count + 1

    def not_told(self) -> None:
        """Take back the count of the last call in passing: it is answered another way."""
        self._untold += 1

    def settle(self) -> None:
        """Let the windows have what calls in passing took."""
        first = max(self._settled, self._passed - _RECENT)
        if first == self._passed:
            return
        times = np.frombuffer(self._times)[np.arange(first, self._passed) % _RECENT]
        self.inference.extend(times)
        self.answer.extend(times)
        self.server.extend(np.zeros(len(times)))
        self._settled = self._passed

    def snapshot(self) -> ModelStatistics:
        """The counts and latencies of now."""
        self.settle()
        queues = tuple(state for look in self.queues if (state := look()) is not None)
        batches, place = self.work() if self.work is not None else (BatchCounts(), "")
        return ModelStatistics(
            predictions=self.predictions,
            calls=self.calls,
            rejected=self.rejected.total(),
            rejected_by_reason=dict(self.rejected),
            failed=self.failed,
            refused=self.refused,
            undecided=self.undecided,
            dropped=sum(queue.dropped for queue in queues if queue.policy is not Overflow.NEWEST_IS_REFUSED),
            missed_periods=self.missed_periods,
            queue_depth=sum(queue.depth for queue in queues),
            window_memory=self.window_memory,
            queues=queues,
            handshake=self.handshake() if self.handshake is not None else None,
            inference=self.inference.summary(),
            wait=self.wait.summary(),
            server=self.server.summary(),
            answer=self.answer.summary(),
            source_age=self.source_age.summary(),
            mean_batch=batches.mean,
            place=place,
        )
