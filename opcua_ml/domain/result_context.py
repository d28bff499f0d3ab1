"""What a tag beside the inputs says of the part that a row is about, and what it said at a moment.

Source: OPC 40001-101, 10.6 (ResultMetaDataType); OPC UA Part 5, 12.2.9 (TrimmedString).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from opcua_ml.domain.sample import Sample
from opcua_ml.domain.status import Severity, Status, severity

if TYPE_CHECKING:
    from datetime import datetime

MOST_CHARACTERS = 256
"""Of one text, which every result of the model has a copy of."""
_TRIMMED = " \t\r\n\v\f\0"
_WAITING = Sample(None, Status.BadWaitingForInitialData, None, None, 0.0)


class ContextMemory:
    """The last texts of one tag.

    Args:
        max_age: seconds on our monotonic clock after which a value that nothing has renewed says nothing
            any more; None for never.
        depth: how many texts are kept, for rows of moments that are over.
    """

    def __init__(self, max_age: float | None = None, depth: int = 64) -> None:
        self._max_age = max_age
        self._kept: deque[Sample] = deque(maxlen=depth)

    def take(self, sample: Sample) -> None:
        """A sample has come; one without a text is kept as Bad."""
        kept = _as_text(sample)
        last = self._kept[-1] if self._kept else None
        if last is not None and _is_before(kept, last):
            # The source's clock was set back: by its new time the others are still to come.
            self._kept.clear()
        self._kept.append(kept)

    def at(self, moment: datetime | None, monotonic: float) -> Sample:
        """What the tag said at a moment of the source's clock.

        Args:
            moment: None for now. A value without a time of the source counts from when it came.
            monotonic: our clock, in seconds, for ages.

        Returns:
            A text, or None and a Bad StatusCode where none was there, it was Bad, or is too old.
        """
        for place, sample in enumerate(reversed(self._kept)):
            stamp = sample.source_timestamp
            if moment is not None and stamp is not None and stamp > moment:
                continue
            too_old = self._max_age is not None and monotonic >= sample.received + self._max_age
            if too_old and place == 0 and not sample.is_bad:
                return sample._replace(value=None, status=Status.BadTimeout)
            return sample
        return _WAITING if not self._kept else self._kept[0]._replace(value=None, status=Status.BadNoData)


def _as_text(sample: Sample) -> Sample:
    """The sample with a trimmed text, or Bad."""
    if severity(sample.status) is Severity.BAD or sample.value is None:
        code = sample.status if severity(sample.status) is Severity.BAD else Status.BadNoData
        return sample._replace(value=None, status=code)
    words = str(sample.value).strip(_TRIMMED)
    if not words:
        return sample._replace(value=None, status=Status.BadNoData)
    if len(words) > MOST_CHARACTERS:
        return sample._replace(value=None, status=Status.BadOutOfRange)
    return sample._replace(value=words)


def _is_before(one: Sample, other: Sample) -> bool:
    here, there = one.source_timestamp, other.source_timestamp
    return here is not None and there is not None and here < there
