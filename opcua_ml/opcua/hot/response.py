"""The door for what a server answers: asyncua's response objects in, their bytes out, or `DECLINED`.

For services that already return asyncua's objects; who has plain values at hand takes the encoders of the
service itself, which are faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua

from .call import encode_call_response
from .declined import DECLINED, REFUSED_VALUES, Declined, UnknownEncodingError
from .filetime import to_filetime
from .publish import encode_change, encode_publish_response
from .read import encode_read_response
from .write import encode_write_response

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_ADDITIONAL_HEADER: Final = ua.ResponseHeader().AdditionalHeader
"""asyncua's default is one object for all headers, so identity tells whether somebody set another."""


def _check_header(header: ua.ResponseHeader) -> tuple[int, int]:
    """Return request handle and timestamp of a good header without diagnostics; raise on any other."""
    info = header.ServiceDiagnostics
    if (
        header.ServiceResult.value
        or header.StringTable != []
        or header.AdditionalHeader is not _NO_ADDITIONAL_HEADER
        or type(info) is not ua.DiagnosticInfo
        or info.SymbolicId is not None
        or info.NamespaceURI is not None
        or info.Locale is not None
        or info.LocalizedText is not None
        or info.AdditionalInfo is not None
        or info.InnerStatusCode is not None
        or info.InnerDiagnosticInfo is not None
    ):
        raise UnknownEncodingError(header)
    return header.RequestHandle, to_filetime(header.Timestamp)


def _encode_results(
    encode: Callable[[int, int, Any], bytes | Declined],
) -> Callable[[int, int, Any], bytes | Declined]:
    def encode_response_of(handle: int, timestamp: int, response: Any) -> bytes | Declined:
        if response.DiagnosticInfos != []:
            return DECLINED
        return encode(handle, timestamp, response.Results)

    return encode_response_of


def _encode_changes(parts: list[Any]) -> list[bytes]:
    if not parts:
        return []
    (part,) = parts
    if type(part) is not ua.DataChangeNotification or part.DiagnosticInfos != [] or not part.MonitoredItems:
        raise UnknownEncodingError(part)
    encoded = []
    for item in part.MonitoredItems:
        change = encode_change(item.ClientHandle, item.Value)
        if change is DECLINED:
            raise UnknownEncodingError(item)
        encoded.append(change)
    return encoded


def _encode_publish(handle: int, timestamp: int, response: ua.PublishResponse) -> bytes | Declined:
    result = response.Parameters
    message = result.NotificationMessage
    if result.DiagnosticInfos != []:
        return DECLINED
    return encode_publish_response(
        handle,
        timestamp,
        subscription_id=result.SubscriptionId,
        sequence_number=message.SequenceNumber,
        publish_time=to_filetime(message.PublishTime),
        changes=_encode_changes(message.NotificationData),
        available_sequence_numbers=result.AvailableSequenceNumbers,
        more_notifications=result.MoreNotifications,
        results=None if result.Results is None else [one.value for one in result.Results],
    )


_ENCODERS: Final[dict[type, Callable[[int, int, Any], bytes | Declined]]] = {
    ua.CallResponse: _encode_results(encode_call_response),
    ua.ReadResponse: _encode_results(encode_read_response),
    ua.WriteResponse: _encode_results(encode_write_response),
    ua.PublishResponse: _encode_publish,
}


def encode_response(response: Any) -> bytes | Declined:
    """Return a response as asyncua's `struct_to_binary` writes it.

    `DECLINED` for other services, for faults and diagnostics, for notifications other than one of data
    changes, and for values that only asyncua knows.
    """
    encode = _ENCODERS.get(type(response))
    if encode is None:
        return DECLINED
    try:
        handle, timestamp = _check_header(response.ResponseHeader)
        return encode(handle, timestamp, response)
    except REFUSED_VALUES:
        return DECLINED
