"""The data items of one subscription whose numbers are of one type: sampled, compared and queued as arrays.

What changes is only kept until the subscription wants to send, or an item comes or goes. All that happens to
an item but changes of its number, and whatever its client changes of it, first takes the item out; it has
then all that it would have had without the column.

Source: OPC UA Part 4, 5.13.1 (MonitoredItem model), 7.22.2 (DataChangeFilter).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

import numpy as np

from opcua_ml.opcua.live import joined
from opcua_ml.opcua.trust.subscriptions.column_filter import ByTrigger, EveryChange, WithinBands
from opcua_ml.opcua.trust.subscriptions.column_queue import ColumnQueue, QueuedItem
from opcua_ml.opcua.trust.subscriptions.column_sampling import ColumnSampling
from opcua_ml.opcua.trust.subscriptions.row_arrays import FIRST_ROWS, RowArrays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

    from numpy.typing import NDArray

    from opcua_ml.opcua.live import NumberTable, NumberWatcher, Pass
    from opcua_ml.opcua.trust.subscriptions.block import Block
    from opcua_ml.opcua.trust.subscriptions.change import ChangeFilter, Seen
    from opcua_ml.opcua.trust.subscriptions.item import ItemService
    from opcua_ml.opcua.trust.subscriptions.ready_items import ReadyItems

_SPARSE: Final = 16
"""Places for each item beyond which rows are searched for and not looked up."""
_MOST_KEPT: Final = 16384
"""Changes after which they are looked at although the subscription does not want to send."""


class ColumnKind(NamedTuple):
    """What the items of one column have in common.

    Args:
        timestamps: that they report, as ua.TimestampsToReturn.
        sampled: whether they have a sampling interval.
        by_trigger: whether another trigger than status and value decides for some of them, or a dead band.
        bands: whether they have dead bands.
    """

    timestamps: int
    sampled: bool
    by_trigger: bool
    bands: bool

    @classmethod
    def of(cls, timestamps: int, interval: float, change_filter: ChangeFilter) -> ColumnKind:
        """The kind for an item of this sampling interval and filter."""
        return cls(timestamps, interval > 0, not change_filter.plain, change_filter.band > 0)


class Released(NamedTuple):
    """What an item takes along.

    Attributes:
        last: that it has reported; None where it knows that itself.
        due: when it may look again; None where it looks at every change.
        waits: whether it has to.
        refused: whether its client may not read any more, and has not been told.
    """

    last: Seen | None
    due: float | None
    waits: bool
    refused: bool


class ColumnItem(QueuedItem, Protocol):
    """An item as its column sees it."""

    def join(
        self, column: ItemColumn, row: int, reported: EveryChange, sampling: ColumnSampling | None
    ) -> bool:
        """From now on the column takes the numbers; whether the present one has to wait for its sample."""
        ...

    def may_read(self) -> bool:
        """Whether the client may read the value, asked anew where rights may have changed."""
        ...

    def refused(self) -> None:
        """The client may not read the value any more, as the column has found."""
        ...


class ItemColumn(RowArrays):
    """Takes changed numbers for its items.

    Args:
        table: where the numbers are.
        service: whose items.
        ready: what the subscription sends next.
        kind: what the items have in common.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ("_places", "_rights")

    def __init__(self, table: NumberTable, service: ItemService, ready: ReadyItems, kind: ColumnKind) -> None:
        self._table = table
        self._service = service
        self._ready = ready
        self._items: list[ColumnItem | None] = []
        self._free: list[int] = []
        self._refused: dict[int, None] = {}
        self._untidy = False
        self._known_places = self._known_rows = np.empty(0, np.int64)
        self._row_of: NDArray[Any] | None = None
        self._all_read_at = -1
        self._places, self._rights = (np.zeros(FIRST_ROWS, np.int64) for _ in range(2))
        self._kept: list[Pass] = []
        self._most_left = _MOST_KEPT
        made = WithinBands if kind.bands else ByTrigger if kind.by_trigger else EveryChange
        self._filter = made(table.kind, table.type)
        self._queue = ColumnQueue(table.kind, kind.timestamps, self._items, service.lost)
        self._sampling: ColumnSampling | None = None
        if kind.sampled:
            self._sampling = ColumnSampling(table.type)
            table.tables.clock = service.now

    # Changes

    def changed(self, news: Pass) -> None:
        """Keep what has changed."""
        self._kept.append(news)
        self._most_left -= len(news.places)
        if self._most_left < 0:
            self._look()

    def settle(self) -> None:
        """Have all that is to be reported by now in the queue, and nothing that there is no room for."""
        if self._kept or self._sampling is not None:
            self._look()
            self._queue.hold_sizes()
            self._offer()
        while self._refused:
            self._item(next(iter(self._refused))).refused()

    def _look(self) -> None:
        """Queue what is to be reported of all that was kept."""
        sampling = self._sampling
        if not self._kept and (sampling is None or not sampling.any_due(self._service.now())):
            return
        kept, self._kept, self._most_left = self._kept, [], _MOST_KEPT
        if self._untidy:
            self._tidy()
        if not len(self._known_places):
            return
        rows, news = self._watched(joined(kept)) if kept else self._nothing()
        if sampling is not None:
            rows, news = sampling.seen(rows, news, self._service.now())
        elif not news.distinct:
            order = np.argsort(rows, kind="stable")
            rows, news = rows[order], news.only(order)
        if self._all_read_at != self._service.aspace.access_version:
            rows, news = self._readable(rows, news)
        if not len(rows):
            return
        passing = self._filter.passing(rows, news)
        if passing is not None:
            rows, news = rows[passing], news.only(passing)
        if len(rows):
            self._queue.put(rows, news)
            self._offer()

    def _offer(self) -> None:
        if self._queue:
            self._ready.add_column(self)
        else:
            self._ready.remove_column(self)

    def _watched(self, news: Pass) -> tuple[NDArray[Any], Pass]:
        """The changes of what its items watch, and their rows."""
        if self._row_of is not None:
            rows = self._row_of.take(news.places, mode="clip")
            if rows.min() >= 0:
                return rows, news
            watched = rows >= 0
            return rows[watched], news.only(watched)
        at = np.searchsorted(self._known_places, news.places)
        at[at == len(self._known_places)] = 0
        watched = self._known_places[at] == news.places
        if watched.all():
            return self._known_rows[at], news
        return self._known_rows[at[watched]], news.only(watched)

    def _nothing(self) -> tuple[NDArray[Any], Pass]:
        none = np.empty(0, np.int64)
        return none, self._table.present(none)

    def _readable(self, rows: NDArray[Any], news: Pass) -> tuple[NDArray[Any], Pass]:
        """What clients may still read; they are asked for once after each change of rights."""
        version, refused = self._service.aspace.access_version, []
        for row in dict.fromkeys(rows[self._rights[rows] != version].tolist()):
            if self._item(row).may_read():
                self._rights[row] = version
            else:
                refused.append(row)
        if not refused:
            if (self._rights[self._known_rows] == version).all():
                self._all_read_at = version
            return rows, news
        self._refused.update(dict.fromkeys(refused))
        allowed = ~np.isin(rows, refused)
        return rows[allowed], news.only(allowed)

    # Messages

    def __bool__(self) -> bool:
        """Whether notifications wait."""
        return bool(self._queue)

    def take(self, most: int) -> Block:
        """The oldest notifications, at most so many; asked only when it has settled and some wait."""
        return self._queue.take(most)

    # Who is in it

    def join(self, joining: Sequence[tuple[int, NumberWatcher]]) -> None:
        """Take in items, each with its place."""
        self._look()
        rows = [self._fresh_row() for _ in joining]
        self._places[rows] = places = np.array([place for place, _ in joining], np.int64)
        self._rights[rows] = self._service.aspace.access_version
        waiting = []
        for row, (_, watcher) in zip(rows, joining, strict=True):
            item = self._items[row] = cast("ColumnItem", watcher)
            waiting.append(item.join(self, row, self._filter, self._sampling))
        self._queue.open(rows)
        if self._sampling is not None and any(waiting):
            waits = np.array(waiting)
            self._sampling.wait(np.array(rows)[waits], self._table.present(places[waits]))
        self._untidy = True

    def leave(self, row: int) -> None:
        """The item of this row has to be told at once from now on, with all who watch the same value."""
        self._table.cell_at(int(self._places[row])).leave()

    def close(self, row: int) -> None:
        """The item of this row is deleted; who else watches the value stays as it is."""
        cell = self._table.cell_at(int(self._places[row]))
        self._forget(row)
        if len(cell.datachange_callbacks) == 1:
            cell.leave()

    def release(self, row: int) -> Released:
        """Forget an item."""
        self._look()
        due, waits = self._sampling.due(row) if self._sampling is not None else (None, False)
        released = Released(self._filter.last(row), due, waits, row in self._refused)
        self._forget(row)
        return released

    def _forget(self, row: int) -> None:
        """What waits goes into the items' own queues; this one's is its own, or dropped with it."""
        self._queue.spill()
        self._offer()
        self._refused.pop(row, None)
        if self._sampling is not None:
            self._sampling.close(row)
        self._queue.close(row)
        self._items[row] = None
        self._free.append(row)
        self._untidy = True
        if len(self._free) == len(self._items):
            self._table.columns.pop(self, None)

    def _tidy(self) -> None:
        """Put the rows in the order of their places."""
        self._untidy = False
        rows = np.array([row for row, item in enumerate(self._items) if item is not None], np.int64)
        self._known_rows = rows[np.argsort(self._places[rows], kind="stable")]
        self._known_places = self._places[self._known_rows]
        self._row_of = None
        if len(rows) and (most := int(self._known_places[-1])) < _SPARSE * len(rows):
            self._row_of = np.full(most + 2, -1, np.int64)  # the last one is for all places beyond
            self._row_of[self._known_places] = self._known_rows

    def _item(self, row: int) -> ColumnItem:
        found = self._items[row]
        assert found is not None, f"row {row} is empty"  # noqa: S101 - only rows that are held are asked for
        return found

    def _fresh_row(self) -> int:
        if self._free:
            return self._free.pop()
        self._items.append(None)
        while len(self._items) > len(self._places):
            for part in (self, self._filter, self._queue, self._sampling):
                if part is not None:
                    part.grow()
        return len(self._items) - 1
