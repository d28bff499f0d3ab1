"""The values of one input over the last seconds, one every so often, however often the tag changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Severity, severity
from opcua_ml.domain.value_ring import ValueRing, worst_code
from opcua_ml.domain.window import content

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.signature import Window

_PARTS = 4
"""Into so many parts a period is cut; of equally good values within one part only the newest is held."""


class TimeWindow:
    """Looks back over `samples` periods, each with the tag's newest value in it.

    A period without a value has that of the one before: PLCs send a tag when it changes. A period reaches
    from half of it before its moment to half of it after, so that values which come a little early or late
    are not counted twice. A Bad value keeps the window Bad until it, and what it stood for, has left.

    Time is the source's, as values that come in one notification are told apart by it alone; from the newest
    value on it is our monotonic clock, as a tag that does not change says nothing. A source whose clock goes
    back by more than a period starts anew.

    Memory: four values for each sample, taken once.

    Args:
        window: of the signature.
        data_type: of one value.
    """

    def __init__(self, window: Window, data_type: DataType = DataType.DOUBLE) -> None:
        samples, period = window.samples, window.period
        self._window = window
        self._ring = ValueRing(_PARTS * (samples + 1), data_type, numeric=window.statistic is not None)
        self._ends = (np.arange(samples - 1, -1, -1) - 0.5) * period
        self._newest: Sample | None = None
        self._time = 0.0
        self._part_from = 0.0

    @property
    def nbytes(self) -> int:
        """Of memory."""
        return self._ring.nbytes

    def push(self, sample: Sample) -> None:
        """Take a sample of the tag, in the order in which they come."""
        self._take(self._time_of(sample), sample)

    def at(self, used: Sample, monotonic: float, moment: datetime | None = None) -> Sample | None:
        """The window that ends at a moment, as one sample; None while it reaches back further than values do.

        Args:
            used: what stands for the tag then: the newest sample, or what replaces it.
            monotonic: our clock, in seconds.
            moment: the end by the source's clock, where it is known; else that of our clock.
        """
        newest = self._newest
        if newest is None:
            return None
        end = self._time + max(0.0, monotonic - newest.received) if moment is None else moment.timestamp()
        if (used.value, used.status) != (newest.value, newest.status):
            self._take(max(end, self._time), used._replace(received=max(monotonic, newest.received)))
        found = np.searchsorted(self._ring.times, end - self._ends, side="right") - 1
        oldest = max(int(found[0]), 0)
        status = worst_code(self._ring.codes[oldest : int(found[-1]) + 1])
        if severity(status) is Severity.BAD:
            return used._replace(value=None, status=status)
        if found[0] < 0:
            return None
        return used._replace(value=content(self._window, self._ring.values[found]), status=status)

    def _take(self, time: float, sample: Sample) -> None:
        if isinstance(sample.value, tuple):
            return
        period = self._window.period
        if time < self._time - period:
            self._ring.clear()
        elif len(self._ring):
            time = max(time, self._time)
        # Of equal quality: nothing worse is forgotten, and nothing better kept from lasting.
        is_as_good = self._newest is not None and sample.status >> 30 == self._newest.status >> 30
        if is_as_good and len(self._ring) and time - self._part_from < period / _PARTS:
            self._ring.replace_newest(sample.value, sample.status)
        else:
            self._ring.append(time, sample.value, sample.status)
            self._part_from = time
        self._time, self._newest = time, sample

    def _time_of(self, sample: Sample) -> float:
        if sample.source_timestamp is not None:
            return sample.source_timestamp.timestamp()
        if self._newest is None:
            return sample.received
        return self._time + max(0.0, sample.received - self._newest.received)
