"""The last values of one input, one for each of the model's triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from opcua_ml.domain.signature import DataType, WindowStatistic
from opcua_ml.domain.status import Severity, severity
from opcua_ml.domain.value_ring import ValueRing, worst_code

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Sample, Value
    from opcua_ml.domain.signature import Window


class WindowBuffer:
    """Takes an input's sample at every trigger and gives the window that ends with it.

    Bounded by the window's number of samples. A Bad sample keeps the window Bad until it has left it: no
    statistic hides a hole.

    Args:
        window: of the signature.
        data_type: of one value.
    """

    def __init__(self, window: Window, data_type: DataType = DataType.DOUBLE) -> None:
        self._window = window
        self._ring = ValueRing(window.samples, data_type, numeric=window.statistic is not None)
        self.last: Sample | None = None
        """What `take` gave last."""

    @property
    def nbytes(self) -> int:
        """Of memory."""
        return self._ring.nbytes

    def take(self, sample: Sample | None) -> Sample | None:
        """The window with this sample as its newest, as one sample; None while too few have come.

        An array tag is a window already and passes as it is.
        """
        self.last = self._taken(sample)
        return self.last

    def _taken(self, sample: Sample | None) -> Sample | None:
        if sample is None:
            self._ring.clear()
            return None
        if isinstance(sample.value, tuple):
            return sample
        self._ring.append(0.0, sample.value, sample.status)
        status = worst_code(self._ring.codes)
        if severity(status) is Severity.BAD:
            return sample._replace(value=None, status=status)
        if len(self._ring) < self._window.samples:
            return None
        return sample._replace(value=content(self._window, self._ring.values), status=status)


def content(window: Window, values: np.ndarray) -> Value:
    """What the model takes for the window's values, shape (samples,), the newest last."""
    return tuple(values.tolist()) if window.statistic is None else reduced(window, values)


def reduced(window: Window, values: np.ndarray) -> float:
    """The window's statistic of its values, shape (samples,), in their unit; the slope in unit per second."""
    match window.statistic:
        case WindowStatistic.MINIMUM:
            return float(values.min())
        case WindowStatistic.MAXIMUM:
            return float(values.max())
        case WindowStatistic.STANDARD_DEVIATION:
            return float(values.std())
        case WindowStatistic.LAG:
            return float(values[0])
        case WindowStatistic.SLOPE:
            moments = (np.arange(len(values)) - (len(values) - 1) / 2) * window.period
            spread = float(moments @ moments)
            return float(moments @ (values - values.mean()) / spread) if spread else 0.0
        case _:
            return float(values.mean())
