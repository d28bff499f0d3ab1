"""Responses and client requests: to the byte what asyncua would have sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import nodeid_to_binary, struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import (
    DECLINED,
    CallResponseShape,
    encode_call_response,
    encode_change,
    encode_data_value,
    encode_publish_request,
    encode_publish_response,
    encode_read_response,
    encode_response,
    encode_write_response,
    to_filetime,
)
from tests.unit.opcua.hot.messages import (
    NUMBERS,
    SCALARS,
    VT,
    build,
    data_values,
    moments,
    node_ids,
    uint32,
    variants,
)

status_codes = st.builds(ua.StatusCode, uint32)
NOW = datetime(2025, 6, 1, 12, 30, 15, 123456, tzinfo=UTC)

method_results = st.builds(
    ua.CallMethodResult,
    status_codes,
    st.none() | st.lists(status_codes, max_size=3),
    st.none() | st.just([]),
    st.none() | st.lists(variants(), max_size=4),
)


def head(moment: datetime, handle: int) -> Any:
    """Return a good response's header."""
    return build.ResponseHeader(Timestamp=moment, RequestHandle=handle)


@given(uint32, moments, st.lists(method_results, max_size=3))
def test_call_responses(handle: int, moment: datetime, results: list[ua.CallMethodResult]) -> None:
    """With statuses, per-argument results and outputs of every known type."""
    expected = build.CallResponse(ResponseHeader=head(moment, handle), Results=results)
    assert encode_call_response(handle, to_filetime(moment), results) == struct_to_binary(expected)


@given(st.lists(st.sampled_from([*NUMBERS, VT.Boolean]), max_size=5), uint32, moments, st.data())
def test_a_response_shape_writes_the_same_as_the_general_way(
    kinds: list[ua.VariantType], handle: int, moment: datetime, data: st.DataObject
) -> None:
    """From bare values, in one step."""
    values = [data.draw(SCALARS[kind]) for kind in kinds]
    outputs = [build.Variant(value, kind) for value, kind in zip(values, kinds, strict=True)]
    expected = build.CallResponse(
        ResponseHeader=head(moment, handle), Results=[build.CallMethodResult(OutputArguments=outputs)]
    )
    shape = CallResponseShape(kinds)
    assert shape.encode(handle, to_filetime(moment), values) == struct_to_binary(expected)


def test_a_response_shape_declines_values_that_do_not_fit() -> None:
    """Too few, too many, of another type, out of range."""
    shape = CallResponseShape([VT.Byte, VT.Double])
    wrong: list[list[Any]] = [[1], [1, 2.0, 3], ["1", 2.0], [256, 2.0], [1, None]]
    for values in wrong:
        assert shape.encode(1, 0, values) is DECLINED


def test_a_response_shape_of_texts_is_refused() -> None:
    """At building."""
    with pytest.raises(ValueError, match="String"):
        CallResponseShape([VT.Double, VT.String])


@given(uint32, moments, st.lists(data_values(), max_size=5))
def test_read_responses(handle: int, moment: datetime, values: list[ua.DataValue]) -> None:
    """From asyncua's DataValues, twice over (timestamps are remembered), and from their bytes."""
    expected = struct_to_binary(build.ReadResponse(ResponseHeader=head(moment, handle), Results=values))
    encoded = [encode_data_value(value) for value in values]
    stamp = to_filetime(moment)
    assert encode_read_response(handle, stamp, values) == expected
    assert encode_read_response(handle, stamp, values) == expected
    assert encode_read_response(handle, stamp, [one for one in encoded if one is not DECLINED]) == expected


@given(uint32, moments, st.lists(status_codes, max_size=5))
def test_write_responses(handle: int, moment: datetime, results: list[ua.StatusCode]) -> None:
    """One StatusCode each."""
    expected = build.WriteResponse(ResponseHeader=head(moment, handle), Results=results)
    assert encode_write_response(handle, to_filetime(moment), results) == struct_to_binary(expected)


@given(
    st.lists(st.tuples(uint32, data_values()), max_size=6),
    st.lists(uint32, max_size=3),
    st.none() | st.lists(uint32, max_size=3),
    st.booleans(),
    uint32,
)
def test_publish_responses(
    changes: list[tuple[int, ua.DataValue]],
    available: list[int],
    results: list[int] | None,
    more: bool,
    number: int,
) -> None:
    """Data changes in one notification, keep-alives without any, acknowledgements' results."""
    items = [build.MonitoredItemNotification(*change) for change in changes]
    statuses = None if results is None else [build.StatusCode(one) for one in results]
    message = build.NotificationMessage(number, NOW, [build.DataChangeNotification(items)] if items else [])
    published = build.PublishResult(number, available, more, message, statuses)
    encoded = [encode_change(*change) for change in changes]
    stamp = to_filetime(NOW)
    assert encode_publish_response(
        9,
        stamp,
        subscription_id=number,
        sequence_number=number,
        publish_time=stamp,
        changes=[one for one in encoded if one is not DECLINED],
        available_sequence_numbers=available,
        more_notifications=more,
        results=results,
    ) == struct_to_binary(build.PublishResponse(ResponseHeader=head(NOW, 9), Parameters=published))


def test_a_change_is_encoded_once_for_all_subscriptions() -> None:
    """The DataValue's bytes behind each subscription's own client handle."""
    value = build.DataValue(build.Variant(1.5))
    encoded = encode_data_value(value)
    assert encoded is not DECLINED
    for handle in (1, 2**32 - 1):
        assert encode_change(handle, encoded) == encode_change(handle, value)


@given(node_ids(), uint32, moments, uint32, st.lists(st.tuples(uint32, uint32), max_size=4))
def test_publish_requests_of_a_client(
    token: ua.NodeId, handle: int, moment: datetime, hint: int, acknowledgements: list[tuple[int, int]]
) -> None:
    """With the session's token and what was received."""
    header = build.RequestHeader(token, moment, handle, TimeoutHint=hint)
    parameters = build.PublishParameters(
        [build.SubscriptionAcknowledgement(*one) for one in acknowledgements]
    )
    assert encode_publish_request(
        bytes(nodeid_to_binary(token)), handle, to_filetime(moment), hint, acknowledgements
    ) == struct_to_binary(build.PublishRequest(RequestHeader=header, Parameters=parameters))


def test_what_cannot_be_written_is_declined() -> None:
    """Diagnostics, unknown types, numbers out of range: no exception, asyncua's path."""
    matrix = build.Variant([[1.0], [2.0]])
    numbers: dict[str, Any] = {"subscription_id": 1, "sequence_number": 1, "publish_time": 0}
    assert encode_call_response(1, 0, [build.CallMethodResult(OutputArguments=[matrix])]) is DECLINED
    assert (
        encode_call_response(
            1, 0, [build.CallMethodResult(InputArgumentDiagnosticInfos=[build.DiagnosticInfo()])]
        )
        is DECLINED
    )
    assert encode_call_response(2**32, 0, []) is DECLINED
    assert encode_read_response(1, 0, [build.DataValue(matrix)]) is DECLINED
    assert encode_write_response(1, 2**63, []) is DECLINED
    assert encode_change(-1, build.DataValue()) is DECLINED
    assert encode_change(1, build.DataValue(matrix)) is DECLINED
    assert encode_publish_response(1, 0, available_sequence_numbers=[-1], **numbers) is DECLINED
    assert encode_publish_request(b"\0\0", 1, 0, -1) is DECLINED
    assert encode_publish_request(b"\0\0", 1, 0, 0, [(1, 2**32)]) is DECLINED


@given(uint32, moments, st.lists(method_results, max_size=2), st.lists(data_values(), max_size=3))
def test_asyncuas_own_responses_are_written_as_it_writes_them(
    handle: int, moment: datetime, called: list[Any], values: list[Any]
) -> None:
    """The four services' response objects, through one door."""
    header = head(moment, handle)
    items = [build.MonitoredItemNotification(handle, value) for value in values]
    message = build.NotificationMessage(
        handle, moment, [build.DataChangeNotification(items)] if items else []
    )
    statuses = [result.StatusCode for result in called]
    for response in (
        build.CallResponse(ResponseHeader=header, Results=called),
        build.ReadResponse(ResponseHeader=header, Results=values),
        build.WriteResponse(ResponseHeader=header, Results=statuses),
        build.PublishResponse(
            ResponseHeader=header, Parameters=build.PublishResult(handle, [1, 2], False, message, statuses)
        ),
        build.PublishResponse(ResponseHeader=header, Parameters=build.PublishResult(Results=None)),
    ):
        expected = struct_to_binary(response)
        assert encode_response(response) == expected


def publish_of(*parts: Any, **result: Any) -> Any:
    """Return a PublishResponse with these notifications."""
    message = build.NotificationMessage(1, NOW, list(parts))
    return build.PublishResponse(Parameters=build.PublishResult(NotificationMessage=message, **result))


CHANGED = build.DataChangeNotification(
    [build.MonitoredItemNotification(1, build.DataValue(build.Variant(1.0)))]
)


@pytest.mark.parametrize(
    "response",
    [
        build.BrowseResponse(),
        build.ServiceFault(),
        build.ReadResponse(ResponseHeader=build.ResponseHeader(ServiceResult=build.StatusCode(2**31))),
        build.ReadResponse(ResponseHeader=build.ResponseHeader(StringTable=["text"])),
        build.ReadResponse(ResponseHeader=build.ResponseHeader(StringTable=None)),
        build.ReadResponse(ResponseHeader=build.ResponseHeader(AdditionalHeader=build.Argument())),
        build.ReadResponse(DiagnosticInfos=[build.DiagnosticInfo()]),
        build.ReadResponse(DiagnosticInfos=None),
        build.ReadResponse(Results=None),
        build.ReadResponse(Results=[build.DataValue(build.Variant([[1], [2]]))]),
        publish_of(build.EventNotificationList()),
        publish_of(CHANGED, CHANGED),
        publish_of(build.DataChangeNotification()),
        publish_of(build.DataChangeNotification(CHANGED.MonitoredItems, [build.DiagnosticInfo()])),
        publish_of(
            build.DataChangeNotification(
                [build.MonitoredItemNotification(1, build.DataValue(build.Variant([[1], [2]])))]
            )
        ),
        publish_of(CHANGED, DiagnosticInfos=[build.DiagnosticInfo()]),
    ],
)
def test_responses_that_only_asyncua_knows_are_declined(response: Any) -> None:
    """Faults, diagnostics, events, matrices: no exception, asyncua's path."""
    assert encode_response(response) is DECLINED


@pytest.mark.parametrize(
    "field",
    [
        {"SymbolicId": 1},
        {"NamespaceURI": 1},
        {"Locale": 1},
        {"LocalizedText": 1},
        {"AdditionalInfo": "x"},
        {"InnerStatusCode": build.StatusCode()},
        {"InnerDiagnosticInfo": build.Argument()},
    ],
)
def test_service_diagnostics_are_declined(field: dict[str, Any]) -> None:
    """Any of their fields."""
    header = build.ResponseHeader(ServiceDiagnostics=build.DiagnosticInfo(**field))
    assert encode_response(build.ReadResponse(ResponseHeader=header)) is DECLINED
