"""The plain data items of one subscription whose numbers are of one type: compared and queued as arrays.

What is in it reports every change of its number or status, and nothing more: no dead band, no links, no
sampling interval. All else that happens to an item, and whatever its client changes of it, first takes the
item out; it has then all that it would have had without the column.

Source: OPC UA Part 4, 5.13.1.5 (Queue parameters), 7.22.2 (DataChangeFilter), 7.25.2 (notifications).
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from opcua_ml.opcua.hot import change_rows
from opcua_ml.opcua.live import mark_of
from opcua_ml.opcua.trust.subscriptions.block import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from opcua_ml.opcua.live import NumberTable, NumberWatcher, Pass
    from opcua_ml.opcua.trust.subscriptions.data_item import DataItem
    from opcua_ml.opcua.trust.subscriptions.monitored_items import PlantMonitoredItemService
    from opcua_ml.opcua.trust.subscriptions.ready_items import ReadyItems

_INFO_BITS: Final = 0xFFFF_0000
_HANDLE: Final = 4
_FIRST_ROWS: Final = 16
_UNTOUCHED: Final = -(2**63)


class ItemColumn:
    """Takes changed numbers for its items.

    Args:
        table: where the numbers are.
        service: whose items.
        ready: what the subscription sends next.
        timestamps: that the items report, as ua.TimestampsToReturn.
    """

    def __init__(
        self, table: NumberTable, service: PlantMonitoredItemService, ready: ReadyItems, timestamps: int
    ) -> None:
        self._table = table
        self._service = service
        self._ready = ready
        self._rows = change_rows(table.kind, timestamps)
        self._items: list[DataItem | None] = []
        self._free: list[int] = []
        self._untidy = False
        self._known_places = self._known_rows = np.empty(0, np.int64)
        self._heads = np.zeros(_FIRST_ROWS, self._rows.head)
        self._last = np.zeros(_FIRST_ROWS, table.type)
        self._status = np.zeros(_FIRST_ROWS, np.uint32)
        self._single = np.zeros(_FIRST_ROWS, np.bool_)
        self._places, self._source, self._rights, self._room, self._queued = (
            np.zeros(_FIRST_ROWS, np.int64) for _ in range(5)
        )
        self._waiting: deque[tuple[NDArray[Any], bytes]] = deque()

    # Changes

    def changed(self, news: Pass) -> Callable[[], None] | None:
        """Queue what differs from what was reported before."""
        if self._untidy:
            self._tidy()
        if not len(self._known_places):
            return None
        at = np.searchsorted(self._known_places, news.places)
        at[at == len(self._known_places)] = 0
        watched = self._known_places[at] == news.places
        if not watched.all():
            news, at = news.only(watched), at[watched]
        rows = self._known_rows[at]
        refused = self._refused(rows)
        if refused:
            allowed = ~np.isin(rows, refused)
            news, rows = news.only(allowed), rows[allowed]
        if not news.distinct:
            order = np.argsort(rows, kind="stable")
            news, rows = news.only(order), rows[order]
        marks = news.status & _INFO_BITS
        differs = self._differs(rows, news, marks)
        if not differs.all():
            news, rows, marks = news.only(differs), rows[differs], marks[differs]
        if len(rows):
            self._last[rows], self._status[rows], self._source[rows] = news.values, marks, news.source
            self._queue(*self._without_replaced(rows, news))
        return partial(_refuse, [self._item(row) for row in refused]) if refused else None

    def _differs(self, rows: NDArray[Any], news: Pass, marks: NDArray[Any]) -> NDArray[Any]:
        """Whether each is another number or status than the one before it.

        A row's second change is held against its first one: reported or not, that is as what was reported.
        """
        before, status = self._last[rows], self._status[rows]
        if not news.distinct:
            again = np.flatnonzero(rows[1:] == rows[:-1]) + 1
            before[again], status[again] = news.values[again - 1], marks[again - 1]
        differs = before != news.values
        if before.dtype.kind == "f":
            differs &= ~(np.isnan(before) & np.isnan(news.values))
        differs |= status != marks
        found: NDArray[Any] = differs
        return found

    def _without_replaced(self, rows: NDArray[Any], news: Pass) -> tuple[NDArray[Any], Pass]:
        """What is left where a queue has room for one and a newer value is among these, too."""
        if news.distinct:
            return rows, news
        kept = ~self._single[rows] | np.append(rows[1:] != rows[:-1], True)
        self._service.overflowed += len(rows) - int(kept.sum())
        return rows[kept], news.only(kept)

    def _queue(self, rows: NDArray[Any], news: Pass) -> None:
        data = self._rows.encode(self._heads[rows], news.values, news.status, news.source, news.server)
        self._waiting.append((rows, data))
        self._ready.add_column(self)
        np.add.at(self._queued, rows, 1)
        over = self._queued[rows] > self._room[rows]
        if over.any() and self._overflows(rows[over]):
            self.spill()

    def _overflows(self, rows: NDArray[Any]) -> bool:
        """Whether one of these queues has too little room, when asked again: meanwhile some was sent."""
        self._ask_room(rows.tolist())
        return bool((self._queued[rows] > self._room[rows]).any())

    def _ask_room(self, rows: Iterable[int]) -> None:
        for row in rows:
            queue = self._item(row).queue
            self._room[row] = queue.size - len(queue)
            self._single[row] = queue.size == 1

    def _refused(self, rows: NDArray[Any]) -> list[int]:
        """Rows whose client may not read them any more; asked once after each change of rights."""
        version = self._service.aspace.watch_version
        refused = []
        for row in rows[self._rights[rows] != version].tolist():
            if self._item(row).may_read():
                self._rights[row] = version
            else:
                refused.append(row)
        return refused

    # Messages

    def __bool__(self) -> bool:
        """Whether notifications wait."""
        return bool(self._waiting)

    def take(self, most: int) -> Block:
        """The oldest notifications, at most so many; asked only while some wait."""
        size, left, parts = self._rows.size, most, []
        while self._waiting and left:
            rows, data = self._waiting.popleft()
            if len(rows) > left:
                self._waiting.appendleft((rows[left:], data[left * size :]))
                rows, data = rows[:left], data[: left * size]
            np.subtract.at(self._queued, rows, 1)
            parts.append(data)
            left -= len(rows)
        return Block(b"".join(parts), most - left)

    def spill(self) -> None:
        """What waits goes into the queues of its items, which may drop some of it."""
        waiting, self._waiting = self._waiting, deque()
        if not waiting:
            return
        self._ready.remove_column(self)
        for rows, data in waiting:
            for row, one in zip(rows.tolist(), Block(data, len(rows)).one_by_one(), strict=True):
                self._item(row).queue_swiftly(one[_HANDLE:])
            self._queued[rows] = 0
        self._ask_room({row for rows, _ in waiting for row in rows.tolist()})

    # Who is in it

    def join(self, joining: Sequence[tuple[int, NumberWatcher]]) -> None:
        """Take in items, each with its place; what the table holds is what they have reported."""
        rows = [self._fresh_row() for _ in joining]
        places = [place for place, _ in joining]
        items = [cast("DataItem", watcher) for _, watcher in joining]
        self._places[rows] = places
        self._heads[rows] = self._rows.heads([item.granted.client_handle for item in items])
        self._last[rows], status = self._table.numbers(places)
        self._status[rows] = status & _INFO_BITS
        self._source[rows] = _UNTOUCHED
        self._rights[rows] = self._service.aspace.watch_version
        self._queued[rows] = 0
        for row, item in zip(rows, items, strict=True):
            self._items[row] = item
            item.join(self, row)
        self._ask_room(rows)
        self._untidy = True

    def leave(self, row: int) -> None:
        """The item of this row has to be told at once from now on, with all who watch the same value."""
        self._table.cell_at(int(self._places[row])).leave()

    def close(self, row: int) -> None:
        """The item of this row is deleted; who else watches the value stays as it is."""
        cell = self._table.cell_at(int(self._places[row]))
        self.release(row)
        if len(cell.datachange_callbacks) == 1:
            cell.leave()

    def release(self, row: int) -> tuple[int, Any, int] | None:
        """Forget an item; what it has reported, as `Seen`, or None where it knows that itself."""
        self.spill()
        self._items[row] = None
        self._free.append(row)
        self._untidy = True
        if len(self._free) == len(self._items):
            self._table.columns.pop(self, None)
        if self._source[row] == _UNTOUCHED:
            return None
        status, content = int(self._status[row]), self._last[row].item()
        return mark_of(self._table.kind, status), content, int(self._source[row])

    def _tidy(self) -> None:
        """Put the rows in the order of their places."""
        self._untidy = False
        rows = np.array([row for row, item in enumerate(self._items) if item is not None], np.int64)
        self._known_rows = rows[np.argsort(self._places[rows], kind="stable")]
        self._known_places = self._places[self._known_rows]

    def _item(self, row: int) -> DataItem:
        found = self._items[row]
        assert found is not None, f"row {row} is empty"  # noqa: S101 - only rows that are held are asked for
        return found

    def _fresh_row(self) -> int:
        if self._free:
            return self._free.pop()
        row = len(self._items)
        self._items.append(None)
        if row >= len(self._last):
            for name in (
                "_heads",
                "_last",
                "_status",
                "_single",
                "_places",
                "_source",
                "_rights",
                "_room",
                "_queued",
            ):
                held = getattr(self, name)
                setattr(self, name, np.concatenate((held, np.zeros_like(held))))
        return row


def _refuse(items: Iterable[DataItem]) -> None:
    for item in items:
        item.sample_now()
