"""Items with something to report, in the order in which they got it, and what comes out of their queues.

Source: OPC UA Part 4, 5.14.1.1 (notifications of a message), 7.25 (NotificationData).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad
from opcua_ml.opcua.trust.subscriptions.block import Block
from opcua_ml.opcua.trust.subscriptions.queue import LARGEST, MOST_FIELDS, SHORT
from opcua_ml.opcua.trust.subscriptions.value_encoder import encoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.trust.subscriptions.item import Item
    from opcua_ml.opcua.trust.subscriptions.message import Notification

_HANDLE: Final = 4
"""Bytes of the client handle, with which an encoded notification starts."""


class ReadyColumn(Protocol):
    """Items whose notifications wait in one queue."""

    def __bool__(self) -> bool:
        """Whether notifications wait."""
        ...

    def take(self, most: int) -> Block:
        """The oldest notifications, at most so many."""
        ...


class ReadyItems:
    """What a subscription will send next.

    Attributes:
        taken_bytes: of the long values that were taken last.
    """

    def __init__(self) -> None:
        self._items: dict[Item, None] = {}
        self._columns: dict[ReadyColumn, None] = {}
        self._returned: deque[Notification] = deque()
        self.taken_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._items) or bool(self._returned) or bool(self._columns)

    def add(self, item: Item) -> None:
        """The item has queued notifications."""
        self._items[item] = None

    def remove(self, item: Item) -> None:
        """The item has none any more."""
        self._items.pop(item, None)

    def clear(self) -> None:
        """Nothing will be sent."""
        self._items.clear()
        self._returned.clear()
        self._columns.clear()

    def add_column(self, column: ReadyColumn) -> None:
        """The column has notifications."""
        self._columns[column] = None

    def remove_column(self, column: ReadyColumn) -> None:
        """The column has none any more."""
        self._columns.pop(column, None)

    def take(self, most: int) -> tuple[list[Notification], int]:
        """The oldest notifications, at most so many, and how many they are; those given back come first."""
        taken: list[Notification] = []
        self.taken_bytes = 0
        while self._returned and len(taken) < most:
            taken.append(self._returned.popleft())
        emptied = []
        for item in self._items:
            left = most - len(taken)
            if left <= 0:
                break
            found = item.notifications(left)
            taken += found
            if not len(item.queue):
                emptied.append(item)
                item.triggered = False
            if found and type(found[0]) is bytes and len(found[0]) > SHORT:
                self.taken_bytes += sum(map(len, found))  # type: ignore[arg-type]
            elif found and isinstance(found[0], ua.EventFieldList):
                self.taken_bytes += len(found) * len(found[0].EventFields) * (LARGEST // MOST_FIELDS)
            if self.taken_bytes > LARGEST:
                break
        if len(emptied) == len(self._items):
            self._items.clear()
        else:
            for item in emptied:
                del self._items[item]
        return taken, len(taken) + self._take_blocks(taken, most - len(taken))

    def _take_blocks(self, taken: list[Notification], most: int) -> int:
        """What columns have comes after the queues of items, which is older.

        Returns how many notifications there are beyond one for each block.
        """
        more = 0
        for column in tuple(self._columns):
            if most <= 0:
                break
            block = column.take(most)
            taken.append(block)
            most -= block.number
            more += block.number - 1
            if not column:
                del self._columns[column]
        return more

    def give_back(self, notifications: Sequence[Notification]) -> None:
        """They did not fit into one message: several smaller ones will be tried.

        What does not even fit alone is told as a Bad value, so that the client knows what it missed.
        """
        single: list[bytes | ua.MonitoredItemNotification | ua.EventFieldList] = []
        for one in notifications:
            if isinstance(one, Block):
                single += one.one_by_one()
            else:
                single.append(one)
        if len(single) == 1:
            self._returned.appendleft(_too_large(single[0]))
        else:
            self._returned.extendleft(reversed(single))


def _too_large(one: bytes | ua.MonitoredItemNotification | ua.EventFieldList) -> Notification:
    if isinstance(one, ua.EventFieldList):
        return ua.EventFieldList(one.ClientHandle, [ua.Variant(None) for _ in one.EventFields])
    limit = ua.DataValue(StatusCode=bad(StatusCodes.BadEncodingLimitsExceeded))
    if isinstance(one, bytes):
        return one[:_HANDLE] + encoded(limit)
    return ua.MonitoredItemNotification(one.ClientHandle, limit)
