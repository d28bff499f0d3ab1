"""A version that answers a share of the method calls, so that few see it before all do."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

import structlog

from opcua_ml.domain.errors import InferenceFailed, InferenceOverloaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.serving import Serving
    from opcua_ml.domain.row import Row

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Canary:
    """One version and its share; tags, and with them outputs and PLCs, never see it.

    Attributes:
        serving: the version.
        share: of the method calls, above 0 and below 1.
    """

    serving: Serving
    share: float

    def takes(self, sequence: int) -> bool:
        """Whether the call whose first prediction has this sequence is the canary's.

        Known from the number alone: of any n predictions in a row as many as the share says, or one more or
        less; who has a PredictionId can tell why that version answered.
        """
        return floor(sequence * self.share) > floor((sequence - 1) * self.share)

    async def attempt(self, rows: Sequence[Row], sequence: int) -> tuple[Serving, list[Row], float] | None:
        """Who answered, outputs, and the seconds that it took; None where the active version is to answer.

        Rows on which it fails count as the canary's failures, and no client hears of them.

        Args:
            rows: to predict from.
            sequence: of the first prediction that comes of them.
        """
        if not rows or not self.takes(sequence):
            return None
        with self.serving as serving:
            try:
                outputs, seconds, _ = await serving.executor.run(rows)
            except InferenceOverloaded:
                return None
            except InferenceFailed as failure:
                serving.failed_on(len(rows))
                card = serving.card
                _log.warning("canary failed", model=card.name, version=card.version, reason=failure.sentence)
                return None
        serving.inference.add(seconds / len(rows))
        return serving, outputs, seconds
