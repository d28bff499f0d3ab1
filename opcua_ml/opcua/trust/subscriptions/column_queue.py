"""The queues of a column's items, all in one: what waits to be sent, as it is sent.

A queue's size is held when something is taken out of it, or much has come in: until then what came since
tells what would have been dropped.

Source: OPC UA Part 4, 5.13.1.5 (Queue parameters), 7.25.2 (notifications), 7.39.1 (InfoBits: Overflow).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

import numpy as np

from opcua_ml.opcua.hot import change_rows
from opcua_ml.opcua.trust.subscriptions.block import Block
from opcua_ml.opcua.trust.subscriptions.row_arrays import FIRST_ROWS, RowArrays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from opcua_ml.opcua.live import Pass
    from opcua_ml.opcua.trust.subscriptions.item import Granted
    from opcua_ml.opcua.trust.subscriptions.queue import NotificationQueue

_HANDLE: Final = 4
"""Bytes of the client handle, with which a notification starts."""
MOST_BEYOND: Final = 4096
"""Notifications beyond twice those that stayed last time, after which sizes are held in any case."""


class QueuedItem(Protocol):
    """An item as the queue of its column sees it."""

    granted: Granted
    queue: NotificationQueue[Any]

    def queue_swiftly(self, data: bytes) -> None:
        """Queue a value of an item that reports and has no links."""
        ...


class ColumnQueue(RowArrays):
    """Notifications of many items in the order in which they came.

    Args:
        kind: VariantType of the numbers.
        timestamps: that are told, as ua.TimestampsToReturn.
        items: of the rows; what waits in an item's own queue is older than all here.
        lost: told how many notifications there was no room for.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ("_heads", "_size", "_room", "_oldest_first")

    def __init__(
        self,
        kind: int,
        timestamps: int,
        items: Sequence[QueuedItem | None],
        lost: Callable[[int], None],
    ) -> None:
        self._rows = change_rows(kind, timestamps)
        self._items = items
        self._lost = lost
        self._heads = np.zeros(FIRST_ROWS, self._rows.head)
        self._size, self._room = (np.zeros(FIRST_ROWS, np.int64) for _ in range(2))
        self._oldest_first = np.zeros(FIRST_ROWS, np.bool_)
        self._waiting: deque[tuple[NDArray[Any], NDArray[Any]]] = deque()
        self._count = 0
        self._most = MOST_BEYOND
        self._unsure = self._spilled = False

    def __bool__(self) -> bool:
        return bool(self._count)

    def open(self, rows: Sequence[int]) -> None:
        """These rows have other items from now on, of which nothing waits here."""
        granted = [self._item(row).granted for row in rows]
        self._heads[rows] = self._rows.heads([one.client_handle for one in granted])
        self._oldest_first[rows] = [one.discard_oldest for one in granted]
        self._size[rows] = [one.queue_size for one in granted]
        self._ask_room(rows)
        self._spilled = True  # their own queues may hold something

    def close(self, row: int) -> None:
        """Nobody has this row; nothing of it waits here."""
        self._room[row] = self._size[row]

    def put(self, rows: NDArray[Any], news: Pass) -> None:
        """Take in one notification for each of the rows."""
        self._unsure = self._unsure or self._spilled or not news.distinct or bool(self._waiting)
        self._waiting.append((rows, self._rows.encode(self._heads[rows], news.values, news.endings)))
        self._count += len(rows)
        if self._count > self._most:
            self.hold_sizes()
            self._most = 2 * self._count + MOST_BEYOND

    def hold_sizes(self) -> None:
        """Drop what the queues have no room for, and mark the gaps.

        One notification for each row has room in every queue in which nothing else waits.
        """
        if not self._unsure:
            return
        self._unsure = False
        rows = np.concatenate([rows for rows, _ in self._waiting])
        each = np.bincount(rows, minlength=len(self._size))
        if self._spilled:
            self._ask_room(np.flatnonzero(self._room < self._size).tolist())
            taken = self._room < self._size
            self._spilled = bool(taken.any())
            if (taken & (each > self._room)).any():
                self.spill()
                return
        if (each > self._size).any():
            self._drop(rows, each[rows])

    def _drop(self, rows: NDArray[Any], counts: NDArray[Any]) -> None:
        """Drop what there is no room for; of each notification's row so many wait."""
        data = np.concatenate([data for _, data in self._waiting])
        sizes, oldest = self._size[rows], self._oldest_first[rows]
        place = _places_within(rows)
        over, only, last = counts > sizes, sizes == 1, place == counts - 1
        kept = ~over | np.where(oldest | only, place >= counts - sizes, (place < sizes - 1) | last)
        self._rows.mark(data, over & ~only & np.where(oldest, place == counts - sizes, last))
        self._lost(self._count - int(kept.sum()))
        self._waiting = deque([(rows[kept], data[kept])])
        self._count = len(self._waiting[0][0])

    def spill(self) -> None:
        """What waits goes into the queues of its items, which may drop some of it."""
        waiting, self._waiting = self._waiting, deque()
        self._count, self._unsure, self._spilled = 0, False, True
        for rows, data in waiting:
            notifications = Block(data.tobytes(), len(rows)).one_by_one()
            for row, one in zip(rows.tolist(), notifications, strict=True):
                self._item(row).queue_swiftly(one[_HANDLE:])
        self._ask_room({row for rows, _ in waiting for row in rows.tolist()})

    def take(self, most: int) -> Block:
        """The oldest notifications, at most so many; asked only while sizes are held."""
        left, parts = most, []
        while self._waiting and left:
            rows, data = self._waiting.popleft()
            if len(rows) > left:
                self._waiting.appendleft((rows[left:], data[left:]))
                rows, data = rows[:left], data[:left]
            parts.append(data.tobytes())
            left -= len(rows)
        self._count -= most - left
        return Block(b"".join(parts), most - left)

    def _ask_room(self, rows: Iterable[int]) -> None:
        for row in rows:
            self._room[row] = self._size[row] - len(self._item(row).queue)

    def _item(self, row: int) -> QueuedItem:
        found = self._items[row]
        assert found is not None, f"row {row} is empty"  # noqa: S101 - only rows that are held are asked for
        return found


def _places_within(rows: NDArray[Any]) -> NDArray[Any]:
    """How many of the same row come before each."""
    order = np.argsort(rows, kind="stable")
    found = rows[order]
    begins = np.append(True, found[1:] != found[:-1])
    starts = np.flatnonzero(begins)
    place = np.empty(len(rows), np.int64)
    place[order] = np.arange(len(rows)) - starts[np.cumsum(begins) - 1]
    return place
