"""How calls that waited were taken together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """Of one model's worker, since it began.

    Attributes:
        batches: calls of the model itself.
        rows: that were in them.
    """

    batches: int = 0
    rows: int = 0

    @property
    def mean(self) -> float:
        """Rows per call of the model; 0 where there was none."""
        return self.rows / self.batches if self.batches else 0.0
