"""When the items of a column look at their values, worked out from the times at which these changed.

A change that comes an interval or more after the last look is seen at once; one that comes sooner is seen at
the interval's end, or what has replaced it by then is. As nobody is told before the next message, no timer
has to run for any of this.

Source: OPC UA Part 4, 5.13.1.2 (Sampling interval).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from opcua_ml.opcua.hot.change_rows import ENDING_BYTES
from opcua_ml.opcua.live import Pass
from opcua_ml.opcua.trust.subscriptions.row_arrays import FIRST_ROWS, RowArrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

NARROW: Final = 16
"""Rows below which one by one is quicker."""


class ColumnSampling(RowArrays):
    """Times in seconds by the clock of the tables.

    Args:
        dtype: of the numbers.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ("_interval", "_due", "_waits", "_value", "_ending")

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._interval, self._due = (np.zeros(FIRST_ROWS) for _ in range(2))
        self._waits = np.zeros(FIRST_ROWS, np.bool_)
        self._value = np.zeros(FIRST_ROWS, dtype)
        self._ending = np.zeros(FIRST_ROWS, ENDING_BYTES)

    def open(self, row: int, interval: float, due: float) -> None:
        """Another item has this row.

        Args:
            row: of the column.
            interval: between two looks.
            due: before it, changes have to wait until then.
        """
        self._interval[row], self._due[row], self._waits[row] = interval, due, False

    def wait(self, rows: NDArray[Any], news: Pass) -> None:
        """These values are looked at when their rows are due, unless others replace them."""
        self._waits[rows] = True
        self._value[rows], self._ending[rows] = news.values, news.endings

    def due(self, row: int) -> tuple[float, bool]:
        """When the row may look again, and whether it has to; asked once it is up to date."""
        return float(self._due[row]), bool(self._waits[row])

    def any_due(self, now: float) -> bool:
        """Whether a value that waits has to be looked at."""
        return bool((self._waits & (self._due <= now)).any())

    def close(self, row: int) -> None:
        """Nobody has this row."""
        self._waits[row] = False

    def seen(self, rows: NDArray[Any], news: Pass, now: float) -> tuple[NDArray[Any], Pass]:
        """What is seen until `now` of these changes and of what waited before, row by row and by time."""
        rows, news = self._with_waiting(rows, news, now)
        if not len(rows):
            return rows, news
        self._waits[rows] = False
        begins = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
        ends = np.append(begins[1:], len(rows))
        keys = _Keys(news.at, begins, ends, now)
        found = []
        group = np.arange(len(begins))
        at = begins
        while len(at) > NARROW:
            row, end = rows[at], ends[group]
            due = self._due[row]
            early = news.at[at] < due
            looked = ~early | (due <= now)
            place = at.copy()
            place[early] = keys.last_before(group[early], due[early])
            moment = np.where(early, due, news.at[at])
            self._due[row[looked]] = moment[looked] + self._interval[row[looked]]
            found.append(place[looked])
            left = end[~looked] - 1
            self.wait(row[~looked], news.only(left))
            more = looked & (place + 1 < end)
            at, group = place[more] + 1, group[more]
        for begin, end in zip(at.tolist(), ends[group].tolist(), strict=True):
            found.append(self._one_by_one(int(rows[begin]), begin, news.only(np.arange(begin, end)), now))
        which = np.sort(np.concatenate(found))
        rows = rows[which]
        distinct = bool((rows[1:] != rows[:-1]).all())
        return rows, news.only(which)._replace(distinct=distinct)

    def _with_waiting(self, rows: NDArray[Any], news: Pass, now: float) -> tuple[NDArray[Any], Pass]:
        """All that may be seen, row by row and by time; what waits is as old as it can be."""
        touched = self._due <= now
        touched[rows] = True
        waiting = np.flatnonzero(self._waits & touched)
        if len(waiting):
            since = self._due[waiting] - self._interval[waiting]
            rows = np.concatenate((waiting, rows))
            news = Pass(
                rows,
                np.concatenate((self._value[waiting], news.values)),
                np.concatenate((self._ending[waiting], news.endings)),
                np.concatenate((since, news.at)),
                distinct=False,
            )
        order = np.argsort(rows, kind="stable")
        return rows[order], news.only(order)

    def _one_by_one(self, row: int, begin: int, news: Pass, now: float) -> NDArray[Any]:
        times, found, place = news.at.tolist(), [], 0
        due, interval = float(self._due[row]), float(self._interval[row])
        while place < len(times):
            if times[place] >= due:
                due = times[place] + interval
            elif due <= now:
                place = bisect_left(times, due, place) - 1
                due += interval
            else:
                self.wait(np.array([row]), news.only(np.array([-1])))
                break
            found.append(begin + place)
            place += 1
        self._due[row] = due
        return np.array(found, np.int64)


class _Keys:
    """Times of many groups in one ascending array, to be searched for all groups at once."""

    def __init__(self, at: NDArray[Any], begins: NDArray[Any], ends: NDArray[Any], now: float) -> None:
        self._first = float(at.min())
        self._span = max(now, float(at.max())) - self._first + 1.0
        self._keys = np.repeat(np.arange(len(begins)) * self._span, ends - begins) + (at - self._first)

    def last_before(self, group: NDArray[Any], time: NDArray[Any]) -> NDArray[Any]:
        """Of each group the last change before a time that is after its first one."""
        wanted = np.minimum(time - self._first, self._span - 0.5)
        found: NDArray[Any] = np.searchsorted(self._keys, group * self._span + wanted, side="left") - 1
        return found
