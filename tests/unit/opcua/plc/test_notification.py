"""Publish answers: the short way and asyncua's say the same, and garbage ends the session."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua as asyncua_ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.plc.failure import SessionFailed
from opcua_ml.opcua.plc.notification import decode

ua: Any = asyncua_ua
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answer(*parts: Any, sequence: int = 7) -> Buffer:
    """The body of a Publish answer with these NotificationData."""
    response = ua.PublishResponse()
    response.TypeId = ua.NodeId(ua.ObjectIds.PublishResponse_Encoding_DefaultBinary)
    response.Parameters.SubscriptionId = 5
    response.Parameters.NotificationMessage.SequenceNumber = sequence
    response.Parameters.NotificationMessage.NotificationData = list(parts)
    return Buffer(struct_to_binary(response))


def changes(*values: Any) -> Any:
    """A DataChangeNotification; handles count from 0."""
    items = [
        ua.MonitoredItemNotification(handle, ua.DataValue(value, ua.StatusCode(0), NOON, NOON))
        for handle, value in enumerate(values)
    ]
    return ua.DataChangeNotification(MonitoredItems=items)


def test_values_come_with_handle_status_and_times() -> None:
    """As plain tuples, in the PLC's order."""
    stamp = to_filetime(NOON)
    notification = decode(answer(changes(ua.Variant(1.5), ua.Variant([1, 2], ua.VariantType.Int16))))
    assert notification.changes == [(0, 1.5, 0, stamp, stamp), (1, [1, 2], 0, stamp, stamp)]
    assert (notification.subscription, notification.sequence) == (5, 7)
    assert not notification.is_keep_alive


def test_a_matrix_goes_asyncuas_way() -> None:
    """What the hot codec declines is decoded all the same."""
    matrix = ua.Variant([[1.0, 2.0], [3.0, 4.0]], ua.VariantType.Double)
    assert decode(answer(changes(matrix))).changes[0][1] == [[1.0, 2.0], [3.0, 4.0]]


def test_a_keep_alive_has_the_number_that_comes_next() -> None:
    """It carries nothing else."""
    notification = decode(answer(sequence=9))
    assert (notification.is_keep_alive, notification.sequence, notification.changes) == (True, 9, [])


def test_the_end_of_a_subscription_is_told() -> None:
    """A StatusChangeNotification is no keep-alive."""
    notification = decode(answer(ua.StatusChangeNotification(Status=ua.StatusCode(0x800A0000))))
    assert notification.ended_by == 0x800A0000
    assert not notification.is_keep_alive


@given(st.binary(max_size=200))
def test_garbage_is_a_failed_session(raw: bytes) -> None:
    """Whatever a PLC sends: the session ends, the service goes on."""
    with pytest.raises(SessionFailed):
        decode(Buffer(raw))


@given(st.data())
def test_a_cut_answer_is_a_failed_session_or_an_answer(data: st.DataObject) -> None:
    """Truncated anywhere."""
    whole = bytes(answer(changes(ua.Variant(1.5), ua.Variant("text"), ua.Variant([1.0, 2.0]))))
    cut = data.draw(st.integers(0, len(whole) - 1))
    try:
        decode(Buffer(whole[:cut]))
    except SessionFailed:
        return
    assert cut >= len(whole) - 8, "only the empty arrays at the end may be missing"
