"""Publish as a server (OPC UA Part 4, 5.14.5): requests read, responses with data changes written.

A changed value is encoded once, into its DataValue's bytes; each subscription that reports it puts its own
client handle before them (`encode_change`), and a response joins what is queued.
"""

from __future__ import annotations

from struct import Struct, pack
from typing import TYPE_CHECKING, Final, NamedTuple

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from .data_value import write_data_value
from .declined import DECLINED, REFUSED_VALUES, Declined, UnknownEncodingError
from .header import RequestHead, message_type, write_response_head
from .primitive import EMPTY, INT32, UINT32, read_count

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLISH_REQUEST: Final = message_type(ObjectIds.PublishRequest_Encoding_DefaultBinary)
PUBLISH_RESPONSE: Final = message_type(ObjectIds.PublishResponse_Encoding_DefaultBinary)
REPUBLISH_RESPONSE: Final = message_type(ObjectIds.RepublishResponse_Encoding_DefaultBinary)
EVENT_LIST: Final = message_type(ObjectIds.EventNotificationList_Encoding_DefaultBinary)
STATUS_CHANGE: Final = message_type(ObjectIds.StatusChangeNotification_Encoding_DefaultBinary)
DATA_CHANGE: Final = message_type(ObjectIds.DataChangeNotification_Encoding_DefaultBinary)

_ACKNOWLEDGEMENT: Final = Struct("<II")
_MESSAGE: Final = Struct("<Iqi")
_NOTIFICATION_HEAD: Final = Struct("<4sBii")
_STATUS_CHANGE: Final = Struct("<4sBiIB")


class PublishRequest(NamedTuple):
    """A Publish: its header and what it acknowledges, as pairs of subscription id and sequence number."""

    head: RequestHead
    acknowledgements: tuple[tuple[int, int], ...]

    def as_parameters(self) -> ua.PublishParameters:
        """Return asyncua's PublishParameters with the same content."""
        return ua.PublishParameters([ua.SubscriptionAcknowledgement(*one) for one in self.acknowledgements])


def read_publish(head: RequestHead, body: bytes, pos: int) -> PublishRequest:
    """Read the acknowledgements, which must end where the message does; a null array of them is empty."""
    count, start = read_count(body, pos, _ACKNOWLEDGEMENT.size)
    if start + max(count, 0) * _ACKNOWLEDGEMENT.size != len(body):
        raise UnknownEncodingError(count)
    pairs = tuple(_ACKNOWLEDGEMENT.iter_unpack(body[start:]))
    return PublishRequest(head, pairs)


def encode_change(client_handle: int, value: ua.DataValue | bytes) -> bytes | Declined:
    """Return a MonitoredItemNotification, or `DECLINED`; bytes are a DataValue already encoded."""
    try:
        return UINT32.pack(client_handle) + (value if isinstance(value, bytes) else write_data_value(value))
    except REFUSED_VALUES:
        return DECLINED


def encode_publish_response(
    request_handle: int,
    timestamp: int,
    *,
    subscription_id: int,
    sequence_number: int,
    publish_time: int,
    changes: Sequence[bytes] = (),
    available_sequence_numbers: Sequence[int] = (),
    more_notifications: bool = False,
    results: Sequence[int] | None = (),
) -> bytes | Declined:
    """Return a good PublishResponse as asyncua writes it, or `DECLINED`.

    `timestamp` (the header's) and `publish_time` are filetimes. `changes` are MonitoredItemNotifications from
    `encode_change`; without any the response is a keep-alive. `results` are the StatusCodes of the request's
    acknowledgements.
    """
    try:
        data = [write_data_change(changes)] if changes else []
        return write_publish_response(
            request_handle,
            timestamp,
            subscription_id=subscription_id,
            message=write_message(sequence_number, publish_time, data),
            available_sequence_numbers=available_sequence_numbers,
            more_notifications=more_notifications,
            results=results,
        )
    except REFUSED_VALUES:
        return DECLINED


def write_publish_response(
    request_handle: int,
    timestamp: int,
    *,
    subscription_id: int,
    message: bytes,
    available_sequence_numbers: Sequence[int] = (),
    more_notifications: bool = False,
    results: Sequence[int] | None = (),
) -> bytes:
    """Return a good PublishResponse around a NotificationMessage from `write_message`."""
    available = available_sequence_numbers
    return b"".join(
        (
            write_response_head(PUBLISH_RESPONSE, timestamp, request_handle),
            pack(f"<Ii{len(available)}I?", subscription_id, len(available), *available, more_notifications),
            message,
            INT32.pack(-1) if results is None else pack(f"<i{len(results)}I", len(results), *results),
            EMPTY,
        )
    )


def write_republish_response(request_handle: int, timestamp: int, message: bytes) -> bytes:
    """Return a good RepublishResponse around a NotificationMessage from `write_message`."""
    return write_response_head(REPUBLISH_RESPONSE, timestamp, request_handle) + message


def write_message(sequence_number: int, publish_time: int, data: Sequence[bytes]) -> bytes:
    """Return a NotificationMessage (Part 4, 7.26) of encoded NotificationData; without any, a keep-alive."""
    return _MESSAGE.pack(sequence_number, publish_time, len(data)) + b"".join(data)


def write_data_change(changes: Sequence[bytes], count: int | None = None) -> bytes:
    """Return a DataChangeNotification of encoded MonitoredItemNotifications.

    `count` tells how many they are, where some of `changes` are several in one.
    """
    items = b"".join(changes)
    count = len(changes) if count is None else count
    return _NOTIFICATION_HEAD.pack(DATA_CHANGE, 1, 4 + len(items) + 4, count) + items + EMPTY


def write_event_list(events: Sequence[bytes]) -> bytes:
    """Return an EventNotificationList of encoded EventFieldLists."""
    items = b"".join(events)
    return _NOTIFICATION_HEAD.pack(EVENT_LIST, 1, 4 + len(items), len(events)) + items


def write_status_change(status: int) -> bytes:
    """Return a StatusChangeNotification without diagnostics."""
    return _STATUS_CHANGE.pack(STATUS_CHANGE, 1, 5, status, 0)
