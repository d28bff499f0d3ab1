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
DATA_CHANGE: Final = message_type(ObjectIds.DataChangeNotification_Encoding_DefaultBinary)

_ACKNOWLEDGEMENT: Final = Struct("<II")
_MESSAGE: Final = Struct("<?Iqi")
_DATA_CHANGE_HEAD: Final = Struct("<4sBii")


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
    available = available_sequence_numbers
    try:
        head = write_response_head(PUBLISH_RESPONSE, timestamp, request_handle)
        return b"".join(
            (
                head,
                pack(f"<Ii{len(available)}I", subscription_id, len(available), *available),
                _MESSAGE.pack(more_notifications, sequence_number, publish_time, 1 if changes else 0),
                _write_data_change(changes) if changes else b"",
                INT32.pack(-1) if results is None else pack(f"<i{len(results)}I", len(results), *results),
                EMPTY,
            )
        )
    except REFUSED_VALUES:
        return DECLINED


def _write_data_change(changes: Sequence[bytes]) -> bytes:
    items = b"".join(changes)
    size = 4 + len(items) + 4
    return _DATA_CHANGE_HEAD.pack(DATA_CHANGE, 1, size, len(changes)) + items + EMPTY
