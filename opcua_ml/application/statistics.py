"""Counters and latencies of one model, as engineers read them under Diagnostics."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from opcua_ml.application.latency import RECENT, LatencySummary, LatencyWindow
from opcua_ml.domain.batch_counts import BatchCounts
from opcua_ml.domain.queue_state import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opcua_ml.domain.handshake import HandshakeCounts
    from opcua_ml.domain.queue_state import QueueState


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


@dataclass(frozen=True, slots=True)
class StreamState:
    """What the stream that feeds a model holds, and what it let go, as ModelStatistics tells it.

    Attributes:
        queue: None for a stream without one.
    """

    window_memory: int = 0
    missed_periods: int = 0
    queue: QueueState | None = None
    handshake: HandshakeCounts | None = None


class StatisticsRecorder:
    """Counts what is told of one model's calls; touched from the event loop only.

    What others hold anyway is asked of them at a snapshot. What calls in passing took is put down in a row,
    and goes into the windows when somebody looks.

    Args:
        work: how calls were taken together, and where they run and why there; None where nobody knows.
        waiting: the queue of calls that wait for the model's worker; None where there is none.
    """

    def __init__(
        self,
        work: Callable[[], tuple[BatchCounts, str]] | None = None,
        waiting: Callable[[], QueueState | None] | None = None,
    ) -> None:
        self._work = work
        self._waiting = waiting
        self._stream: Callable[[], StreamState] = StreamState
        self._predictions = 0
        self._calls = 0
        self._passed = 0
        self._settled = 0
        self._untold = 0
        self._times = array("d", bytes(8 * RECENT))  # as many as a window holds: older ones would leave it
        self._failed = 0
        self._refused = 0
        self._undecided = 0
        self._rejected: Counter[str] = Counter()
        self._inference = LatencyWindow()
        self._wait = LatencyWindow()
        self._server = LatencyWindow()
        self._answer = LatencyWindow()
        self._source_age = LatencyWindow()

    def fed_by(self, stream: Callable[[], StreamState]) -> None:
        """Ask this of the stream at each snapshot."""
        self._stream = stream

    def timed_by(self, inference: LatencyWindow) -> None:
        """Put what calls in passing take from now on into this window: another version predicts."""
        self.settle()
        self._inference = inference

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

    def rejected(self, reason: str, rows: int = 1) -> None:
        """Count rows that were refused before the model ran."""
        self._rejected[reason] += rows

    def refused(self, rows: int) -> None:
        """Count rows that were not tried, as too many calls waited."""
        self._refused += rows

    def failed(self, rows: int) -> None:
        """Count rows on which the model failed."""
        self._failed += rows

    def undecided(self) -> None:
        """Count a row of which a classifier's answer is not told."""
        self._undecided += 1

    def waited(self, seconds: float) -> None:
        """Take the time until a worker began, and on the way to it and back."""
        self._wait.add(seconds)

    def aged(self, seconds: float) -> None:
        """Take the time from the PLC's timestamp to an answer."""
        self._source_age.add(seconds)

    def answered(self, seconds: float, inference: float) -> None:
        """Take one answer: from its trigger, or call, to its end, and the model's share of that."""
        self.settle()
        self._answer.add(seconds)
        self._server.add(seconds - inference)

    def passed(self, seconds: float) -> None:
        """Count a call of one row answered in passing, and its time in the model: nearly all of it."""
        count = self._passed
        self._times[count % RECENT] = seconds
        self._passed = count + 1

    def not_told(self) -> None:
        """Take back the count of the last call in passing: it is answered another way."""
        self._untold += 1

    def settle(self) -> None:
        """Let the windows have what calls in passing took."""
        first = max(self._settled, self._passed - RECENT)
        if first == self._passed:
            return
        times = np.frombuffer(self._times)[np.arange(first, self._passed) % RECENT]
        self._inference.extend(times)
        self._answer.extend(times)
        self._server.extend(np.zeros(len(times)))
        self._settled = self._passed

    def snapshot(self) -> ModelStatistics:
        """The counts and latencies of now."""
        self.settle()
        stream, waiting = self._stream(), self._waiting() if self._waiting is not None else None
        queues = tuple(state for state in (waiting, stream.queue) if state is not None)
        batches, place = self._work() if self._work is not None else (BatchCounts(), "")
        return ModelStatistics(
            predictions=self.predictions,
            calls=self.calls,
            rejected=self._rejected.total(),
            rejected_by_reason=dict(self._rejected),
            failed=self._failed,
            refused=self._refused,
            undecided=self._undecided,
            dropped=sum(queue.dropped for queue in queues if queue.policy is not Overflow.NEWEST_IS_REFUSED),
            missed_periods=stream.missed_periods,
            queue_depth=sum(queue.depth for queue in queues),
            window_memory=stream.window_memory,
            queues=queues,
            handshake=stream.handshake,
            inference=self._inference.summary(),
            wait=self._wait.summary(),
            server=self._server.summary(),
            answer=self._answer.summary(),
            source_age=self._source_age.summary(),
            mean_batch=batches.mean,
            place=place,
        )
