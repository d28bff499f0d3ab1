"""Which of a column's changes are reported: triggers and dead bands of many items at once.

Whatever is decided here is what `ChangeFilter.passes` decides, one value after the other.

Source: OPC UA Part 4, 7.22.2 (DataChangeFilter).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from opcua_ml.opcua.live import mark_of
from opcua_ml.opcua.trust.subscriptions.change import INFO_BITS, STATUS, STATUS_VALUE_TIMESTAMP, ChangeFilter
from opcua_ml.opcua.trust.subscriptions.row_arrays import FIRST_ROWS, RowArrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from opcua_ml.opcua.live import Pass
    from opcua_ml.opcua.trust.subscriptions.change import Seen

UNTOUCHED: Final = -(2**63)
"""In place of a source timestamp: of a row that has reported nothing here."""
NARROW: Final = 16
"""Rows below which one by one is quicker."""


class EveryChange(RowArrays):
    """Another number or status is a change, and nothing else.

    Args:
        kind: VariantType of the numbers.
        dtype: of the numbers.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ("_last", "_status", "_source")

    def __init__(self, kind: int, dtype: np.dtype[Any]) -> None:
        self._kind = kind
        self._last = np.zeros(FIRST_ROWS, dtype)
        self._status = np.zeros(FIRST_ROWS, np.uint32)
        self._source = np.zeros(FIRST_ROWS, np.int64)
        self._good = True

    def open(self, row: int, change_filter: ChangeFilter, last: Seen) -> None:  # noqa: ARG002 - for subclasses
        """Another item has this row; the last that it has reported."""
        mark, self._last[row], _ = last
        self._status[row] = mark & INFO_BITS
        self._good = self._good and not self._status[row]
        self._source[row] = UNTOUCHED

    def last(self, row: int) -> Seen | None:
        """What was reported last here; None where nothing was."""
        if self._source[row] == UNTOUCHED:
            return None
        mark = mark_of(self._kind, int(self._status[row]))
        return mark, self._last[row].item(), int(self._source[row])

    def passing(self, rows: NDArray[Any], news: Pass) -> NDArray[Any] | None:
        """Whether each is to be reported, None for all; all of a row's changes are one after the other.

        A row's second change is held against its first one: reported or not, that is as what was reported.
        """
        again = None if news.distinct else np.flatnonzero(rows[1:] == rows[:-1]) + 1
        passing = self._changed(rows, self._before(self._last, rows, news.values, again), news, again)
        marks = None
        if not (news.good and self._good):
            marks = news.status & INFO_BITS
            passing |= self._before(self._status, rows, marks, again) != marks
        if passing.all():
            self._reported(rows, news, marks)
            return None
        self._reported(rows[passing], news.only(passing), None if marks is None else marks[passing])
        return passing

    def _reported(self, rows: NDArray[Any], news: Pass, marks: NDArray[Any] | None) -> None:
        """These have been reported; without `marks` all are Good, and were before."""
        self._last[rows], self._source[rows] = news.values, news.source
        if marks is not None:
            self._status[rows] = marks
            self._good = not self._status.any()

    @staticmethod
    def _before(
        held: NDArray[Any], rows: NDArray[Any], new: NDArray[Any], again: NDArray[Any] | None
    ) -> NDArray[Any]:
        """What each is held against."""
        before: NDArray[Any] = held[rows]
        if again is not None:
            before[again] = new[again - 1]
        return before

    def _changed(
        self,
        rows: NDArray[Any],  # noqa: ARG002 - for subclasses
        before: NDArray[Any],
        news: Pass,
        again: NDArray[Any] | None,  # noqa: ARG002 - likewise
    ) -> NDArray[Any]:
        """Whether the numbers, or their times, have changed enough where the status has not."""
        return _other_numbers(before, news.values)


class ByTrigger(EveryChange):
    """What counts as a change is told by each item's trigger; there are no dead bands."""

    ARRAYS: ClassVar[tuple[str, ...]] = (*EveryChange.ARRAYS, "_trigger")

    def __init__(self, kind: int, dtype: np.dtype[Any]) -> None:
        super().__init__(kind, dtype)
        self._trigger = np.zeros(FIRST_ROWS, np.int8)

    def open(self, row: int, change_filter: ChangeFilter, last: Seen) -> None:
        """Another item has this row."""
        super().open(row, change_filter, last)
        self._trigger[row] = change_filter.trigger
        self._source[row] = last[2] if isinstance(last[2], int) else UNTOUCHED

    def _changed(
        self, rows: NDArray[Any], before: NDArray[Any], news: Pass, again: NDArray[Any] | None
    ) -> NDArray[Any]:
        trigger = self._trigger[rows]
        later = self._before(self._source, rows, news.source, again) != news.source
        changed = _other_numbers(before, news.values) | (later & (trigger == STATUS_VALUE_TIMESTAMP))
        found: NDArray[Any] = changed & (trigger != STATUS)
        return found


class WithinBands(ByTrigger):
    """Each item has a dead band around the value that it has reported last."""

    ARRAYS: ClassVar[tuple[str, ...]] = (*ByTrigger.ARRAYS, "_band")

    def __init__(self, kind: int, dtype: np.dtype[Any]) -> None:
        super().__init__(kind, dtype)
        self._band = np.zeros(FIRST_ROWS)

    def open(self, row: int, change_filter: ChangeFilter, last: Seen) -> None:
        """Another item has this row."""
        super().open(row, change_filter, last)
        self._band[row] = change_filter.band

    def passing(self, rows: NDArray[Any], news: Pass) -> NDArray[Any] | None:
        """Whether each is to be reported: first the first of each row, then the second, and so on."""
        if news.distinct:
            return super().passing(rows, news)
        found = np.zeros(len(rows), np.bool_)
        at = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
        ends = np.append(at[1:], len(rows))
        while len(at) > NARROW:
            passing = super().passing(rows[at], news.only(at)._replace(distinct=True))
            found[at] = True if passing is None else passing
            at += 1
            more = at < ends
            at, ends = at[more], ends[more]
        for begin, end in zip(at.tolist(), ends.tolist(), strict=True):
            self._one_by_one(int(rows[begin]), begin, news.only(np.arange(begin, end)), found)
        return found

    def _one_by_one(self, row: int, begin: int, news: Pass, found: NDArray[Any]) -> None:
        change_filter = ChangeFilter(int(self._trigger[row]), float(self._band[row]))
        kind = self._kind
        last: Seen = (mark_of(kind, int(self._status[row])), self._last[row].item(), int(self._source[row]))
        told = zip(news.status.tolist(), news.values.tolist(), news.source.tolist(), strict=True)
        for place, (status, value, source) in enumerate(told, begin):
            now = mark_of(kind, status), value, source
            if change_filter.passes(last, now):
                found[place], last = True, now
        self._status[row], self._last[row], self._source[row] = last[0] & INFO_BITS, last[1], last[2]
        self._good = self._good and not self._status[row]

    def _changed(
        self, rows: NDArray[Any], before: NDArray[Any], news: Pass, again: NDArray[Any] | None
    ) -> NDArray[Any]:
        without = super()._changed(rows, before, news, again)
        band = self._band[rows]
        first, second = (one.astype(np.float64) for one in (before, news.values))
        with np.errstate(invalid="ignore", over="ignore"):
            moved = (first != second) & (np.abs(second - first) > band)
        moved |= np.isnan(first) != np.isnan(second)
        found: NDArray[Any] = np.where(band > 0, moved & (self._trigger[rows] != STATUS), without)
        return found


def _other_numbers(before: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """Whether numbers differ, where NaN is the same as NaN."""
    differs: NDArray[Any] = before != values
    if before.dtype.kind == "f" and np.isnan(values).any():
        differs &= ~(np.isnan(before) & np.isnan(values))
    return differs
