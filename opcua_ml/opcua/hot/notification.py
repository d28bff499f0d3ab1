"""Publish as a client (OPC UA Part 4, 5.14.5): requests written, responses with data changes read."""

from __future__ import annotations

from struct import Struct, pack, unpack_from
from typing import TYPE_CHECKING, Final, NamedTuple

from .changes import Change, read_changes
from .declined import DECLINED, REFUSED_BYTES, REFUSED_VALUES, Declined, UnknownEncodingError
from .header import read_response_head
from .primitive import read_count, read_uint32
from .publish import DATA_CHANGE, PUBLISH_REQUEST, PUBLISH_RESPONSE

if TYPE_CHECKING:
    from collections.abc import Sequence

_MESSAGE: Final = Struct("<BIqi")
_DATA_CHANGE_HEAD: Final = Struct("<4sBi")
_SMALLEST_CHANGE: Final = 5  # a client handle and an empty DataValue
_AFTER_TOKEN: Final = Struct("<qIIiI3si")


class DataChanges(NamedTuple):
    """A PublishResponse that carries data changes, or nothing (a keep-alive).

    `timestamp` (the header's) and `publish_time` are filetimes. `changes` keeps the wire's order; each is
    (client handle, value, StatusCode, source timestamp, server timestamp), arrays as lists, an absent
    StatusCode as Good (0), timestamps as filetimes or None. `available_sequence_numbers` and `results`
    (StatusCodes of the request's acknowledgements) are None where the server sent a null array.
    """

    request_handle: int
    timestamp: int
    subscription_id: int
    available_sequence_numbers: tuple[int, ...] | None
    more_notifications: bool
    sequence_number: int
    publish_time: int
    changes: list[Change]
    results: tuple[int, ...] | None


def _read_numbers(body: bytes, pos: int) -> tuple[tuple[int, ...] | None, int]:
    count, start = read_count(body, pos, 4)
    if count < 0:
        return None, start
    return unpack_from(f"<{count}I", body, start), start + 4 * count


def _read_no_diagnostics(body: bytes, pos: int) -> int:
    count, end = read_count(body, pos, 1)
    if count > 0:
        raise UnknownEncodingError(count)
    return end


def _read_data_change(body: bytes, pos: int, changes: list[Change]) -> int:
    type_bytes, encoding, size = _DATA_CHANGE_HEAD.unpack_from(body, pos)
    start = pos + _DATA_CHANGE_HEAD.size
    if type_bytes != DATA_CHANGE or encoding != 1:
        raise UnknownEncodingError(type_bytes)
    count, pos = read_count(body, start, _SMALLEST_CHANGE)
    if count > 0:
        found, pos = read_changes(body, pos, count)
        changes += found
    end = _read_no_diagnostics(body, pos)
    if end - start != size:
        raise UnknownEncodingError(size)
    return end


def _read_response(body: bytes) -> DataChanges:
    timestamp, handle, pos = read_response_head(body, PUBLISH_RESPONSE)
    (subscription_id,) = read_uint32(body, pos)
    available, pos = _read_numbers(body, pos + 4)
    more, sequence_number, publish_time, parts = _MESSAGE.unpack_from(body, pos)
    pos += _MESSAGE.size
    if more > 1 or parts < -1:
        raise UnknownEncodingError(more)
    changes: list[Change] = []
    for _ in range(parts):
        pos = _read_data_change(body, pos, changes)
    results, pos = _read_numbers(body, pos)
    if _read_no_diagnostics(body, pos) != len(body):
        raise UnknownEncodingError(pos)
    return DataChanges(
        handle,
        timestamp,
        subscription_id,
        available,
        more == 1,
        sequence_number,
        publish_time,
        changes,
        results,
    )


def decode_publish_response(body: bytes) -> DataChanges | Declined:
    """Read a PublishResponse's whole body.

    `DECLINED` for anything but a good response whose notifications are all data changes: events, status
    changes, diagnostics, service faults and malformed bytes are asyncua's.
    """
    try:
        return _read_response(body)
    except REFUSED_BYTES:
        return DECLINED


def encode_publish_request(
    token: bytes,
    request_handle: int,
    timestamp: int,
    timeout_hint: int,
    acknowledgements: Sequence[tuple[int, int]] = (),
) -> bytes | Declined:
    """Return a PublishRequest as asyncua writes it, or `DECLINED`.

    `token` is the session's authentication token, encoded; `timestamp` is filetime, `timeout_hint`
    milliseconds; acknowledgements are pairs of subscription id and sequence number.
    """
    flat = [number for pair in acknowledgements for number in pair]
    try:
        head = _AFTER_TOKEN.pack(
            timestamp, request_handle, 0, -1, timeout_hint, b"\0\0\0", len(acknowledgements)
        )
        return b"".join((PUBLISH_REQUEST, token, head, pack(f"<{len(flat)}I", *flat)))
    except REFUSED_VALUES:
        return DECLINED
