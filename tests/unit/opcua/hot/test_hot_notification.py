"""PublishResponses as a client receives them: the same changes that asyncua's client would deliver."""

from __future__ import annotations

import struct
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import (
    DECLINED,
    DataChanges,
    Declined,
    decode_publish_response,
    to_datetime,
    to_filetime,
)
from tests.unit.opcua.hot.messages import HOSTILE_LENGTHS, VT, build, portrait, publish_responses, wire

NOW = datetime(2025, 6, 1, 12, 30, 15, 123456, tzinfo=UTC)


def said(response: DataChanges | Declined) -> str:
    """Return what was decoded in asyncua's terms, as text."""
    assert response is not DECLINED
    changes = [
        (handle, value, status, *(None if at is None else to_datetime(at) for at in stamps))
        for handle, value, status, *stamps in response.changes
    ]
    return portrait(
        (
            response.request_handle,
            to_datetime(response.timestamp),
            response.subscription_id,
            response.available_sequence_numbers,
            response.more_notifications,
            response.sequence_number,
            to_datetime(response.publish_time),
            changes,
            response.results,
        )
    )


def said_by_asyncua(body: bytes) -> str:
    """Return what asyncua's client reads in the same bytes, in the same text."""
    buffer = Buffer(body)
    response = struct_from_binary(ua.PublishResponse, buffer)
    assert len(buffer) == 0
    result, message = response.Parameters, response.Parameters.NotificationMessage
    changes = []
    for part in message.NotificationData:
        assert type(part) is ua.DataChangeNotification
        for item in part.MonitoredItems:
            value = item.Value
            changes.append(
                (
                    item.ClientHandle,
                    value.Value.Value,
                    value.StatusCode.value,
                    value.SourceTimestamp,
                    value.ServerTimestamp,
                )
            )
    available, results = result.AvailableSequenceNumbers, result.Results
    return portrait(
        (
            response.ResponseHeader.RequestHandle,
            response.ResponseHeader.Timestamp,
            result.SubscriptionId,
            None if available is None else tuple(available),
            result.MoreNotifications,
            message.SequenceNumber,
            message.PublishTime,
            changes,
            None if results is None else tuple(one.value for one in results),
        )
    )


def response(*parts: Any, **result: Any) -> bytes:
    """Return a PublishResponse with these notifications."""
    message = build.NotificationMessage(1, NOW, list(parts))
    return wire(build.PublishResponse(Parameters=build.PublishResult(NotificationMessage=message, **result)))


def changed(*values: ua.DataValue) -> Any:
    """Return a notification of these values under handles from 1 on."""
    return build.DataChangeNotification(
        [build.MonitoredItemNotification(*pair) for pair in enumerate(values, 1)]
    )


@given(publish_responses())
def test_every_data_change_is_read_as_asyncua_reads_it(message: ua.PublishResponse) -> None:
    """Runs of one shape, mixed shapes, all masks and types, several notifications, keep-alives, nulls."""
    body = wire(message)
    assert said(decode_publish_response(body)) == said_by_asyncua(body)


@given(publish_responses(), st.data())
def test_truncated_and_trailing_bytes_are_declined(message: ua.PublishResponse, data: st.DataObject) -> None:
    """Cut at any byte, or with any byte behind."""
    body = wire(message)
    assert decode_publish_response(body[: data.draw(st.integers(0, len(body) - 1))]) is DECLINED
    assert decode_publish_response(body + data.draw(st.binary(min_size=1, max_size=3))) is DECLINED


@pytest.mark.parametrize("place", [0, 7, 8, 9, 499, 998, 999])
@pytest.mark.parametrize(
    "stranger",
    [
        build.DataValue(build.Variant("text")),
        build.DataValue(build.Variant(1, VT.Int64), build.StatusCode(), NOW, NOW),
        build.DataValue(build.Variant(1.0), None, NOW, NOW),
        build.DataValue(build.Variant(1.0), None, None, NOW),
    ],
)
def test_a_stranger_in_a_long_run_is_read_in_its_place(place: int, stranger: ua.DataValue) -> None:
    """One value of another type or mask among a thousand alike, at the start, at window edges, at the end."""
    values = [build.DataValue(build.Variant(float(n)), build.StatusCode(), NOW, NOW) for n in range(1000)]
    values[place] = stranger
    body = response(changed(*values))
    assert said(decode_publish_response(body)) == said_by_asyncua(body)


def test_status_and_timestamps_are_those_of_the_wire() -> None:
    """An absent StatusCode is Good, an absent timestamp None, 100 ns are kept."""
    bad = build.StatusCode(build.StatusCodes.BadNoCommunication)
    body = response(
        changed(build.DataValue(build.Variant(1.5), None), build.DataValue(build.Variant(2), bad, NOW, None))
    )
    stamp = to_filetime(NOW)
    finer = body.replace(struct.pack("<q", stamp), struct.pack("<q", stamp + 7))
    decoded = decode_publish_response(finer)
    assert decoded is not DECLINED
    assert decoded.changes == [
        (1, 1.5, 0, None, None),
        (2, 2, build.StatusCodes.BadNoCommunication, stamp + 7, None),
    ]


def test_a_boolean_that_is_neither_is_declined_even_within_a_run() -> None:
    """For asyncua 2 is True: left to it to say so."""
    body = response(changed(*[build.DataValue(build.Variant(True), None)] * 100))
    assert decode_publish_response(body) is not DECLINED
    place = body.rindex(b"\x01\x01\x01") + 2
    assert decode_publish_response(body[:place] + b"\x02" + body[place + 1 :]) is DECLINED


@pytest.mark.parametrize(
    "body",
    [
        response(build.EventNotificationList()),
        response(build.StatusChangeNotification()),
        response(changed(build.DataValue(1)), build.EventNotificationList()),
        response(changed(build.DataValue(build.Variant(1.0), SourceTimestamp=NOW, SourcePicoseconds=4))),
        response(changed(build.DataValue(build.Variant([[1.0], [2.0]])))),
        response(build.DataChangeNotification([], [build.DiagnosticInfo()])),
        response(DiagnosticInfos=[build.DiagnosticInfo()]),
        wire(build.ServiceFault()),
        wire(
            build.PublishResponse(ResponseHeader=build.ResponseHeader(ServiceResult=build.StatusCode(2**31)))
        ),
        wire(build.PublishResponse(ResponseHeader=build.ResponseHeader(StringTable=["x"]))),
        b"",
    ],
    ids=lambda body: f"{len(body)} bytes",
)
def test_all_but_data_changes_is_declined(body: bytes) -> None:
    """Events, status changes, picoseconds, matrices, diagnostics, faults: asyncua's path."""
    assert decode_publish_response(body) is DECLINED


def test_a_notifications_claimed_size_must_be_its_own() -> None:
    """One byte more or less than its items take is declined, though asyncua ignores a surplus."""
    body = response(changed(build.DataValue(1)))
    place = body.index(b"\x01\x00\x2b\x03\x01") + 5
    (size,) = struct.unpack_from("<i", body, place)
    for wrong in (size - 1, size + 1, -1, 2**31 - 1):
        assert (
            decode_publish_response(body[:place] + struct.pack("<i", wrong) + body[place + 4 :]) is DECLINED
        )


def test_claimed_counts_allocate_nothing() -> None:
    """Every four bytes replaced by hostile lengths: less than a megabyte, and no exception."""
    body = response(
        changed(*[build.DataValue(build.Variant(1.0), None)] * 10), AvailableSequenceNumbers=[1, 2]
    )
    tracemalloc.start()
    try:
        for place in range(len(body) - 3):
            for length in HOSTILE_LENGTHS:
                decode_publish_response(body[:place] + length + body[place + 4 :])
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
