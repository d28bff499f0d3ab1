"""The last values of one tag with their times and StatusCodes, in memory that is taken once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.signature import FLOATING
from opcua_ml.domain.status import Status

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import DataType

_BAD = int(Status.Bad)
_UNCERTAIN = int(Status.Uncertain)


class ValueRing:
    """Holds the newest `capacity` values; the oldest goes when another one comes.

    The arrays are twice as long as that: values are appended, and only when the end is reached are they
    moved to the front, so that they always lie in one piece and in order.

    Args:
        capacity: how many.
        data_type: of the values; numbers are held as Doubles where `numeric`.
        numeric: whether only arithmetic is done with them.
    """

    def __init__(self, capacity: int, data_type: DataType, *, numeric: bool) -> None:
        kind: Any = np.float64 if numeric or data_type in FLOATING else object
        self._capacity = capacity
        self._times = np.zeros(2 * capacity, dtype=np.float64)
        self._values = np.zeros(2 * capacity, dtype=kind)
        self._codes = np.zeros(2 * capacity, dtype=np.uint32)
        self._none = np.nan if kind is np.float64 else None
        self._start = self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def nbytes(self) -> int:
        """Of memory; texts are counted as references."""
        return self._times.nbytes + self._values.nbytes + self._codes.nbytes

    @property
    def times(self) -> np.ndarray:
        """Of the values, the oldest first; seconds."""
        return self._times[self._start : self._end]

    @property
    def values(self) -> np.ndarray:
        """The oldest first; NaN or None where there is none."""
        return self._values[self._start : self._end]

    @property
    def codes(self) -> np.ndarray:
        """Their StatusCodes."""
        return self._codes[self._start : self._end]

    def append(self, time: float, value: Value | None, code: int) -> None:
        """Take a value as the newest; one without a value is Bad."""
        if self._end == len(self._times):
            self._move_to_front()
        self._put(self._end, value, code)
        self._times[self._end] = time
        self._end += 1
        if len(self) > self._capacity:
            self._start += 1

    def replace_newest(self, value: Value | None, code: int) -> None:
        """Put a value in the place, and time, of the newest one."""
        self._put(self._end - 1, value, code)

    def clear(self) -> None:
        """Hold nothing."""
        self._start = self._end = 0

    def _put(self, place: int, value: Value | None, code: int) -> None:
        if value is None and code < _BAD:
            code = Status.BadNoData
        self._values[place] = self._none if value is None or code >= _BAD else value
        self._codes[place] = code

    def _move_to_front(self) -> None:
        kept = self._end - self._start
        for array in (self._times, self._values, self._codes):
            array[:kept] = array[self._start : self._end]
        self._start, self._end = 0, kept


def worst_code(codes: np.ndarray) -> int:
    """The StatusCode of the worst severity, shape (n,); among equals the first, as in `status.worst`."""
    worst = int(codes.max(initial=0))
    if worst < _UNCERTAIN:
        return Status.Good
    limit = _BAD if worst >= _BAD else _UNCERTAIN
    return int(codes[int((codes >= limit).argmax())])
