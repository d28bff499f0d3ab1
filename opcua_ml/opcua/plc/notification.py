"""What a Publish answer says: the hot codec's way, and asyncua's for all that the hot codec does not know.

Source: OPC UA Part 4, 5.14.5 (Publish) and 7.25 (NotificationData).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from asyncua import ua
from asyncua.ua.ua_binary import struct_from_binary

from opcua_ml.opcua.hot import DECLINED, decode_publish_response, to_filetime
from opcua_ml.opcua.plc.failure import SessionFailed

if TYPE_CHECKING:
    from opcua_ml.opcua.hot import Change


class Notification(NamedTuple):
    """One NotificationMessage.

    Attributes:
        subscription: id of the subscription.
        sequence: its number; of a keep-alive: the number that the next message will have.
        changes: (client handle, value, StatusCode, source, server timestamp), in the PLC's order.
        is_keep_alive: whether there was nothing to say.
        ended_by: StatusCode with which the PLC ended the subscription, or None.
    """

    subscription: int
    sequence: int
    changes: list[Change]
    is_keep_alive: bool
    ended_by: int | None = None


def decode(body: Any) -> Notification:
    """The notification in the body of a Publish answer, an asyncua Buffer.

    Raises:
        SessionFailed: the PLC sent something that can't be decoded.
    """
    short = decode_publish_response(body.copy().read(len(body)))
    if short is not DECLINED:
        is_keep_alive = not short.changes
        return Notification(short.subscription_id, short.sequence_number, short.changes, is_keep_alive)
    try:
        response: Any = struct_from_binary(ua.PublishResponse, body)
        result = response.Parameters
        return of_message(result.SubscriptionId, result.NotificationMessage)
    except Exception as error:
        # What a PLC sends can make asyncua's decoder raise anything.
        raise SessionFailed(f"the PLC sent a notification that can't be decoded ({error!r})") from error


def of_message(subscription: int, message: ua.NotificationMessage) -> Notification:
    """The same of what asyncua has decoded."""
    changes: list[Change] = []
    ended_by = None
    parts: list[Any] = message.NotificationData or []
    for part in parts:
        if isinstance(part, ua.DataChangeNotification):
            changes += [(item.ClientHandle, *plain(item.Value)) for item in part.MonitoredItems]
        elif isinstance(part, ua.StatusChangeNotification):
            ended_by = int(part.Status.value)
    return Notification(subscription, message.SequenceNumber, changes, not parts, ended_by)


def plain(data_value: ua.DataValue) -> tuple[Any, int, int | None, int | None]:
    """A DataValue as the hot codec has it: value, StatusCode (Good where absent), both times as filetime."""
    status = data_value.StatusCode
    source, server = data_value.SourceTimestamp, data_value.ServerTimestamp
    return (
        None if data_value.Value is None else data_value.Value.Value,
        0 if status is None else int(status.value),
        None if source is None else to_filetime(source),
        None if server is None else to_filetime(server),
    )
