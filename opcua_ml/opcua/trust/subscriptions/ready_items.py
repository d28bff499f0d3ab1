"""Items with something to report, in the order in which they got it, and what comes out of their queues.

Source: OPC UA Part 4, 5.14.1.1 (notifications of a message), 7.25 (NotificationData).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.errors import bad
from opcua_ml.opcua.trust.subscriptions.item import DataItem

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.subscriptions.item import Item

Notification = ua.MonitoredItemNotification | ua.EventFieldList
_ua: Any = ua


class ReadyItems:
    """What a subscription will send next."""

    def __init__(self) -> None:
        self._items: OrderedDict[Item, None] = OrderedDict()
        self._returned: deque[Notification] = deque()

    def __bool__(self) -> bool:
        return bool(self._items) or bool(self._returned)

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

    def take(self, most: int) -> list[Notification]:
        """The oldest notifications, at most so many; those given back come first."""
        taken: list[Notification] = []
        while self._returned and len(taken) < most:
            taken.append(self._returned.popleft())
        while self._items and len(taken) < most:
            item = next(iter(self._items))
            queued = item.queue.take(most - len(taken))
            if isinstance(item, DataItem):
                handle = item.granted.client_handle
                taken += [_ua.MonitoredItemNotification(handle, value) for value in queued]
            else:
                taken += queued
            if not len(item.queue):
                del self._items[item]
                item.triggered = False
        return taken

    def give_back(self, notifications: list[Notification]) -> None:
        """They did not fit into one message: several smaller ones will be tried.

        What does not even fit alone is told as a Bad value, so that the client knows what it missed.
        """
        if len(notifications) == 1:
            (one,) = notifications
            if isinstance(one, ua.MonitoredItemNotification):
                one.Value = ua.DataValue(StatusCode=bad(StatusCodes.BadEncodingLimitsExceeded))
            else:
                one.EventFields = [ua.Variant(None) for _ in one.EventFields]
        self._returned.extendleft(reversed(notifications))


def as_data(notifications: list[Notification]) -> list[Any]:
    """The NotificationData of a message: data changes before events."""
    changes = [one for one in notifications if isinstance(one, ua.MonitoredItemNotification)]
    events = [one for one in notifications if isinstance(one, ua.EventFieldList)]
    data: list[Any] = []
    if changes:
        data.append(ua.DataChangeNotification(MonitoredItems=changes))
    if events:
        data.append(ua.EventNotificationList(Events=events))
    return data
