"""A version that scores the live inputs beside the one that predicts, and is heard by nobody."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from opcua_ml.application.bounded_queue import BoundedQueue
from opcua_ml.domain.errors import InferenceFailed, InferenceOverloaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.serving import Serving
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Value

MOST_WAITING = 256
CLOSE_ENOUGH = 1e-6
"""Numbers that differ by less than this share agree."""
ROUND_SECONDS = 1.0
"""After which a round of scores begins no further row: other shadows of the model have their turn."""


@dataclass(frozen=True, slots=True)
class ShadowCounts:
    """Since the shadow began.

    Attributes:
        agreed, disagreed: rows for which all outputs were the same, or not.
        failed: rows on which the shadow failed.
        dropped: rows that newer ones replaced before they were scored.
        outputs: of the last row.
    """

    agreed: int = 0
    disagreed: int = 0
    failed: int = 0
    dropped: int = 0
    outputs: Row = ()

    @property
    def agreement(self) -> float:
        """Share of the scored rows that agreed; NaN before the first."""
        scored = self.agreed + self.disagreed
        return self.agreed / scored if scored else math.nan


class Shadow:
    """Scores what the active version scored; its results go into counts, and nowhere else.

    Args:
        serving: the shadow version.
        clock: seconds.
    """

    def __init__(self, serving: Serving, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.serving = serving
        self.counts = ShadowCounts()
        self._waiting: BoundedQueue[Prediction] = BoundedQueue("Shadow", MOST_WAITING)
        self._is_ended = False

    def end(self) -> None:
        """Score no further row: its executor may be closed once no call is in it."""
        self._is_ended = True

    def see(self, prediction: Prediction) -> None:
        """Take what the active version made of a row; never blocks."""
        if prediction.outputs:
            self._waiting.put(prediction)

    async def score(self) -> None:
        """Score what waits, as much as there is time for in a round, one row at least."""
        end = self._clock() + ROUND_SECONDS
        while waiting := self._waiting.take(1):
            await asyncio.sleep(0)  # an inline model would hold up everybody for as long as rows wait
            if self._is_ended:
                return
            await self._score(waiting[0])
            if self._clock() >= end:
                break
        self.counts = replace(self.counts, dropped=self._waiting.state.dropped)

    async def _score(self, prediction: Prediction) -> None:
        row = tuple(value for value in prediction.inputs if value is not None)
        try:
            with self.serving as serving:
                ((outputs,), *_) = await serving.executor.run([row])
                if serving.abstention is not None:  # what is compared was told, and so is this
                    outputs, _ = serving.abstention.judged(outputs)
        except (InferenceFailed, InferenceOverloaded):
            self.counts = replace(self.counts, failed=self.counts.failed + 1)
            return
        same = all(map(_agree, prediction.outputs, outputs))
        self.counts = replace(
            self.counts,
            agreed=self.counts.agreed + same,
            disagreed=self.counts.disagreed + (not same),
            outputs=outputs,
        )


def _agree(one: Value, other: Value) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_agree, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE_ENOUGH, abs_tol=CLOSE_ENOUGH)
    return one == other
