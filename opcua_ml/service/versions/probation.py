"""Whether a version that is on trial fails at it: in probation, or as a canary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.application.alarms.card import AlarmKind
from opcua_ml.domain.lifecycle import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.application.serving import Serving

MOST_FAILURES = 3
"""Rows on which a version on trial may fail; at one more it goes."""
LATENCY_CALLS = 100
"""Calls before the latency of a version on trial counts."""
_OF_THE_MODEL = frozenset({AlarmKind.LIMIT, AlarmKind.OFF_NORMAL, AlarmKind.MODEL})
"""Alarms that a model's answers raise. Inputs and PLCs that are lost are not its fault."""


class Trial:
    """Holds a version, from now on, against what it may not do; what others did before does not count.

    Args:
        serving: the version.
        latency_ms: most that its p99 may be; None where that does not matter.
        alarms: names of the model's alarms that are raised now.
    """

    def __init__(
        self, serving: Serving, latency_ms: float | None, alarms: Callable[[], frozenset[str]]
    ) -> None:
        self._serving = serving
        self._latency_ms = latency_ms
        self._alarms = alarms
        self._raised_before = alarms()
        self._failed_before = serving.failed

    def cause(self) -> tuple[Cause, str] | None:
        """Why the version is to go, and in words with what was found; None where it may stay."""
        failed = self._serving.failed - self._failed_before
        if failed > MOST_FAILURES:
            return Cause.FAILURES, f"it failed on {failed} rows, at most {MOST_FAILURES} are allowed"
        limit = self._latency_ms
        if limit is not None and self._serving.inference.count >= LATENCY_CALLS:
            found = self._serving.inference.summary().p99
            if found > limit:
                return Cause.LATENCY, f"it was too slow: p99 of {found:.3g} ms, at most {limit:g} ms"
        raised = self._alarms()
        self._raised_before &= raised  # one that ends and is raised again counts
        new = sorted(raised - self._raised_before)
        return (Cause.ALARM, f"an alarm was raised: {', '.join(new)}") if new else None


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
