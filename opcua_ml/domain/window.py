"""The last values of one input, as the model takes them."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from opcua_ml.domain.signature import WindowStatistic
from opcua_ml.domain.status import Severity, Status, severity, worst

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.signature import Window


class WindowBuffer:
    """Takes an input's sample at every trigger and gives the window that ends with it.

    Bounded by the window's number of samples. A Bad sample keeps the window Bad until it has left it: no
    statistic hides a hole.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._held: deque[Sample] = deque(maxlen=window.samples)

    def take(self, sample: Sample | None) -> Sample | None:
        """The window with this sample as its newest, as one sample; None while too few have come.

        An array tag is a window already and passes as it is.
        """
        if sample is None:
            self._held.clear()
            return None
        if isinstance(sample.value, tuple):
            return sample
        self._held.append(sample)
        status = worst(one.status for one in self._held)
        if severity(status) is Severity.BAD or any(one.value is None for one in self._held):
            return replace(sample, value=None, status=status if status >= Status.Bad else Status.BadNoData)
        if len(self._held) < self._window.samples:
            return None
        values = tuple(
            one.value for one in self._held if one.value is not None and not isinstance(one.value, tuple)
        )
        if self._window.statistic is None:
            return replace(sample, value=values, status=status)
        return replace(sample, value=reduced(self._window, np.array(values, dtype=np.float64)), status=status)


def reduced(window: Window, values: np.ndarray) -> float:
    """The window's statistic of its values, shape (samples,), in their unit; the slope in unit per second."""
    match window.statistic:
        case WindowStatistic.MINIMUM:
            return float(values.min())
        case WindowStatistic.MAXIMUM:
            return float(values.max())
        case WindowStatistic.STANDARD_DEVIATION:
            return float(values.std())
        case WindowStatistic.SLOPE:
            moments = (np.arange(len(values)) - (len(values) - 1) / 2) * window.period
            spread = float(moments @ moments)
            return float(moments @ (values - values.mean()) / spread) if spread else 0.0
        case _:
            return float(values.mean())
