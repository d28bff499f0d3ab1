"""Whether a version that is on trial fails at it: in probation, or as a canary."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opcua_ml.application.alarms.card import AlarmKind
from opcua_ml.application.call_times import CallTimes, MeasuredExecutor
from opcua_ml.domain.figure import figure
from opcua_ml.domain.lifecycle import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.application.serving import Serving

MOST_FAILURES = 3
"""Rows on which a version on trial may fail; at one more it goes."""
LATENCY_CALLS, LATENCY_SECONDS = 100, 1.0
"""Calls in a round, and how long it takes at least: the latency of a version on trial counts from then on."""
_ROUNDS_OF_WAITS = 3
"""Rounds in a row that have to agree where a version waits for too long: a busy machine makes all wait."""
_OF_THE_MODEL = frozenset({AlarmKind.LIMIT, AlarmKind.OFF_NORMAL, AlarmKind.MODEL})
"""Alarms that a model's answers raise. Inputs and PLCs that are lost are not its fault."""


class Trial:
    """Holds a version, from now on, against what it may not do; what others did before does not count.

    Args:
        serving: the version.
        latency_ms: most that its p99 may be; None where that does not matter.
        alarms: names of the model's alarms that are raised now.
        clock: seconds.
    """

    def __init__(
        self,
        serving: Serving,
        latency_ms: float | None,
        alarms: Callable[[], frozenset[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._serving = serving
        self._clock = clock
        self._times = CallTimes()
        self._round_began = clock()
        self._waits = 0
        if latency_ms is not None:
            serving.run_on(MeasuredExecutor(serving.executor, self._times))
        self._latency_ms = latency_ms
        self._alarms = alarms
        self._raised_before = alarms()
        self._failed_before = serving.failed

    def cause(self) -> tuple[Cause, str] | None:
        """Why the version is to go, and in words with what was found; None where it may stay."""
        failed = self._serving.failed - self._failed_before
        if failed > MOST_FAILURES:
            return Cause.FAILURES, f"it failed on {failed} rows, at most {MOST_FAILURES} are allowed"
        slow = self._slowness()
        if slow:
            return Cause.LATENCY, slow
        raised = self._alarms()
        self._raised_before &= raised  # one that ends and is raised again counts
        new = sorted(raised - self._raised_before)
        return (Cause.ALARM, f"an alarm was raised: {', '.join(new)}") if new else None

    def end(self) -> None:
        """Measure no further call."""
        executor = self._serving.executor
        if isinstance(executor, MeasuredExecutor):
            self._serving.run_on(executor.executor)

    def _slowness(self) -> str:
        """In words, where the version itself is too slow, whatever else the machine does; see the gate."""
        limit, times, now = self._latency_ms, self._times, self._clock()
        if limit is None or times.count < LATENCY_CALLS:
            return ""
        processor, wait = (seconds * 1e3 for seconds in times.own())
        words = f"it was too slow: p99 of {figure(processor + wait, 3)} ms, at most {figure(limit)} ms"
        if processor > limit:
            return words
        if now - self._round_began < LATENCY_SECONDS:
            return ""
        self._waits = self._waits + 1 if processor + wait > limit else 0
        self._round_began = now
        times.clear()
        return words if self._waits >= _ROUNDS_OF_WAITS else ""


def raised_alarms(board: AlarmBoard | None, model: str) -> frozenset[str]:
    """Names of the alarms that this model's answers have raised; none where there is no board."""
    if board is None:
        return frozenset()
    return frozenset(
        card.name
        for card, alarm in board.entries.values()
        if card.model == model
        and card.kind in _OF_THE_MODEL
        and alarm.state.enabled
        and alarm.state.is_active
    )
