"""Notification messages: what a subscription sends, encoded once.

Source: OPC UA Part 4, 7.25 (NotificationData), 7.26 (NotificationMessage).
"""

from __future__ import annotations

from functools import lru_cache
from struct import pack
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.hot import (
    filetime_now,
    to_datetime,
    write_data_change,
    write_event_list,
    write_message,
    write_status_change,
)
from opcua_ml.opcua.trust.ground.ua_values import status_code
from opcua_ml.opcua.trust.subscriptions.block import Block
from opcua_ml.opcua.trust.subscriptions.value_encoder import encoded

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = structlog.get_logger(__name__)
_SHOWN: Final = 200
"""Characters of a reason that are logged."""
_ua: Any = ua

Notification = bytes | Block | ua.MonitoredItemNotification | ua.EventFieldList
"""A MonitoredItemNotification, encoded or for the server's own code, several, or an event's fields."""


class Message:
    """One NotificationMessage.

    Args:
        sequence_number: of the message.
        notifications: what it tells; nothing in a keep-alive.
        status: of the subscription, where the message tells of nothing but its end.
    """

    __slots__ = ("_notifications", "_status", "_wire", "publish_time", "sequence_number")

    def __init__(
        self, sequence_number: int, notifications: Sequence[Notification] = (), status: int | None = None
    ) -> None:
        self.sequence_number = sequence_number
        self.publish_time = filetime_now()
        self._notifications = notifications
        self._status = status
        self._wire: bytes | None = None

    def wire(self) -> bytes:
        """As it is sent, and kept to be sent again."""
        if self._wire is None:
            changes, count, events = _parts(self._notifications)
            data = [] if self._status is None else [write_status_change(self._status)]
            if changes:
                data.append(write_data_change(changes, count))
            if events:
                data.append(write_event_list([_event(event) for event in events]))
            self._wire = write_message(self.sequence_number, self.publish_time, data)
            self._notifications = ()
        return self._wire

    def as_object(self) -> ua.NotificationMessage:
        """As the server's own code takes it."""
        changes = [one for one in self._notifications if isinstance(one, ua.MonitoredItemNotification)]
        events = [one for one in self._notifications if isinstance(one, ua.EventFieldList)]
        data: list[Any] = []
        if self._status is not None:
            data.append(ua.StatusChangeNotification(Status=status_code(self._status)))
        if changes:
            data.append(ua.DataChangeNotification(MonitoredItems=changes))
        if events:
            data.append(ua.EventNotificationList(Events=events))
        message: ua.NotificationMessage = _ua.NotificationMessage(
            SequenceNumber=self.sequence_number,
            PublishTime=to_datetime(self.publish_time),
            NotificationData=data,
        )
        return message


class Publication(NamedTuple):
    """A message on its way, with what a PublishResponse says beside it."""

    subscription_id: int
    message: Message
    available: Sequence[int] = ()
    more: bool = False


def _parts(notifications: Sequence[Notification]) -> tuple[list[bytes], int, list[ua.EventFieldList]]:
    """Data changes, which come first, how many they are, and events."""
    changes: list[bytes] = []
    events: list[ua.EventFieldList] = []
    more = 0
    for one in notifications:
        if isinstance(one, bytes):
            changes.append(one)
        elif isinstance(one, Block):
            changes.append(one.data)
            more += one.number - 1
        elif isinstance(one, ua.EventFieldList):
            events.append(one)
        else:
            changes.append(_change(one))
    return changes, len(changes) + more, events


def _change(one: ua.MonitoredItemNotification) -> bytes:
    """Of a subscription that was the server's own code's before."""
    return pack("<I", one.ClientHandle) + encoded(one.Value)


@lru_cache(maxsize=256)
def _tell_once(why: str) -> None:
    """One line for each such event, however many items report it."""
    _log.warning("event can't be encoded", why=why)


def _event(event: ua.EventFieldList) -> bytes:
    """An event's fields; those that fit no type are all null, so that the client misses no event."""
    try:
        written: bytes = struct_to_binary(event)
    except Exception as error:  # noqa: BLE001 - fields of events may not fit their types in any way
        _tell_once(f"{type(error).__name__}: {' '.join(str(error).split())}"[:_SHOWN])
        nulls = [ua.Variant(None) for _ in event.EventFields]
        written = struct_to_binary(ua.EventFieldList(event.ClientHandle, nulls))
    return written
