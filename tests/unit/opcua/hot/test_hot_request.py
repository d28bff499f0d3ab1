"""Requests: what a server hears is what asyncua would have heard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import (
    DECLINED,
    CallRequest,
    HotRequest,
    PublishRequest,
    ReadRequest,
    RequestDecoder,
    WriteRequest,
)
from opcua_ml.opcua.hot.nodeid import NodeIds, parse_nodeid
from tests.unit.opcua.hot.messages import (
    NUMBERS,
    SCALARS,
    VT,
    build,
    headers,
    node_ids,
    portrait,
    read_by_asyncua,
    requests,
    wire,
)

HEADER = build.RequestHeader(
    AuthenticationToken=build.NodeId(b"\x05" * 32), RequestHandle=7, TimeoutHint=4000
)


def call(arguments: Any, method: str = "Predict", *, header: ua.RequestHeader = HEADER) -> bytes:
    """Return a Call of one method of the object Model."""
    target = build.NodeId("Model", 2), build.NodeId(method, 2)
    return wire(
        build.CallRequest(
            RequestHeader=header,
            Parameters=build.CallParameters([build.CallMethodRequest(*target, arguments)]),
        )
    )


def read(*names: str) -> bytes:
    """Return a Read of the values of some nodes."""
    return wire(
        build.ReadRequest(
            RequestHeader=HEADER,
            Parameters=build.ReadParameters(
                NodesToRead=[build.ReadValueId(build.NodeId(name, 2), 13) for name in names]
            ),
        )
    )


def decoded(body: bytes, decoder: RequestDecoder | None = None) -> HotRequest:
    """Decode a request that must not be declined."""
    request = (decoder or RequestDecoder()).decode(body)
    assert request is not DECLINED
    return request


def assert_read_alike(request: HotRequest, body: bytes) -> None:
    """Hold a decoded request against asyncua's reading of the same bytes."""
    header, parameters, left = read_by_asyncua(body)
    assert portrait(request.head.as_header()) == portrait(header)
    assert portrait(request.as_parameters()) == portrait(parameters)
    assert left == 0


@given(requests)
def test_every_request_is_read_as_asyncua_reads_it(request_: Any) -> None:
    """Call, Read, Write and Publish: header and parameters, first from the bytes and then from memory."""
    body = wire(request_)
    decoder = RequestDecoder()
    for _ in range(2):
        assert_read_alike(decoded(body, decoder), body)


@given(requests, st.binary(min_size=1, max_size=4))
def test_trailing_bytes_are_declined(request_: Any, more: bytes) -> None:
    """Also where the request itself is remembered."""
    body = wire(request_)
    decoder = RequestDecoder()
    decoded(body, decoder)
    assert decoder.decode(body + more) is DECLINED
    assert RequestDecoder().decode(body + more) is DECLINED


@given(requests, st.data())
def test_truncated_requests_are_declined(request_: Any, data: st.DataObject) -> None:
    """Cut at any byte, also where the request itself is remembered."""
    body = wire(request_)
    decoder = RequestDecoder()
    decoded(body, decoder)
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    assert decoder.decode(cut) is DECLINED
    assert RequestDecoder().decode(cut) is DECLINED


def test_other_services_are_declined() -> None:
    """Browse is asyncua's."""
    assert RequestDecoder().decode(wire(build.BrowseRequest())) is DECLINED


def test_each_service_has_its_own_class() -> None:
    """The caller tells them apart by class."""
    decoder = RequestDecoder()
    assert isinstance(decoded(call([]), decoder), CallRequest)
    assert isinstance(decoded(read("a"), decoder), ReadRequest)
    assert isinstance(decoded(wire(build.WriteRequest(RequestHeader=HEADER)), decoder), WriteRequest)
    assert isinstance(decoded(wire(build.PublishRequest(RequestHeader=HEADER)), decoder), PublishRequest)


@given(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=9), st.data())
def test_a_call_repeated_with_other_values_is_read_with_those_values(
    kinds: list[ua.VariantType], data: st.DataObject
) -> None:
    """A remembered call never answers with remembered arguments."""
    decoder = RequestDecoder()
    for _ in range(3):
        body = call([build.Variant(data.draw(SCALARS[kind]), kind) for kind in kinds])
        assert_read_alike(decoded(body, decoder), body)


@given(
    st.lists(st.sampled_from([VT.Double, VT.Int64, VT.UInt64, VT.DateTime]), min_size=1, max_size=4),
    st.data(),
)
def test_a_call_with_other_types_of_the_same_size_is_told_apart(
    kinds: list[ua.VariantType], data: st.DataObject
) -> None:
    """Eight bytes are eight bytes: the type bytes are compared."""
    decoder = RequestDecoder()
    decoded(call([build.Variant(1.5, VT.Double)] * len(kinds)), decoder)
    body = call([build.Variant(data.draw(SCALARS[kind]), kind) for kind in kinds])
    assert_read_alike(decoded(body, decoder), body)


def test_methods_called_in_turn_are_told_apart() -> None:
    """Two methods of equal length and shape, remembered side by side."""
    decoder = RequestDecoder()
    for _ in range(3):
        for method in ("Predict", "Explain"):
            body = call([build.Variant(1.0)], method)
            assert_read_alike(decoded(body, decoder), body)


def test_a_call_is_told_apart_by_where_its_ids_end() -> None:
    """Two calls of equal length whose ids and arguments divide it otherwise."""
    decoder = RequestDecoder()
    bodies = (
        call([build.Variant(1.0), build.Variant(2.0)], "P"),
        call([build.Variant(1.0)], "P" + "x" * 9),
    )
    assert len(bodies[0]) == len(bodies[1])
    for body in bodies * 3:
        assert_read_alike(decoded(body, decoder), body)


def test_a_calls_encodings_name_its_arguments_types() -> None:
    """One byte per argument, so that a signature is checked by comparing bytes."""
    request = decoded(
        call([build.Variant(1.0), build.Variant([1.0, 2.0]), build.Variant("a"), build.Variant(True)])
    )
    assert isinstance(request, CallRequest)
    (method,) = request.methods
    assert method.encodings == bytes((11, 11 | 128, 12, 1))
    assert method.arguments == (1.0, [1.0, 2.0], "a", True)


def test_null_arguments_differ_from_none_given() -> None:
    """A null array is None, an empty one is empty."""
    null, empty = decoded(call(None)), decoded(call([]))
    assert isinstance(null, CallRequest)
    assert isinstance(empty, CallRequest)
    assert null.methods[0].arguments is None
    assert null.methods[0].variants() is None
    assert empty.methods[0].arguments == ()
    assert empty.methods[0].variants() == []


def test_a_calls_target_is_the_same_for_the_same_method_only() -> None:
    """It serves as the key of what the method was resolved to."""
    decoder = RequestDecoder()
    targets = []
    for body in (
        call([build.Variant(1.0)]),
        call([build.Variant("x")]),
        call([build.Variant(1.0)], "Explain"),
    ):
        request = decoded(body, decoder)
        assert isinstance(request, CallRequest)
        targets.append(request.methods[0].target)
    assert targets[0] == targets[1] != targets[2]


def test_trailing_bytes_that_fill_up_to_a_known_length_are_declined() -> None:
    """Two methods remembered, and a call of the one stretched to the length of the other's."""
    decoder = RequestDecoder()
    short = call([build.Variant(1.0)], "Predict")
    long = call([build.Variant(1.0), build.Variant(2.0)], "Explain")
    assert_read_alike(decoded(short, decoder), short)
    assert_read_alike(decoded(long, decoder), long)
    assert decoder.decode(short + bytes(len(long) - len(short))) is DECLINED


@given(node_ids())
def test_nodeids_are_read_in_every_encoding(node_id: ua.NodeId) -> None:
    """Identifier, namespace and encoding, at first sight and again."""
    known = NodeIds()
    body = bytes(ua.ua_binary.nodeid_to_binary(node_id))
    for _ in range(2):
        read_id, end = known.read(b"\xff" + body + b"\xff", 1)
        assert end == 1 + len(body)
        assert portrait(read_id) == portrait(
            build.NodeId(node_id.Identifier, node_id.NamespaceIndex, node_id.NodeIdType)
        )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("00 72", build.NodeId(114)),
        ("01 05 0104", build.NodeId(1025, 5)),
        ("03 0100 06000000 486f74e6b0b4", build.NodeId("Hot水", 1)),
        (
            "04 0100 912b9672 75fa e64a 8d28b404dc7daf63",
            build.NodeId(UUID("72962b91-fa75-4ae6-8d28-b404dc7daf63"), 1),
        ),
    ],
)
def test_the_standards_own_nodeid_examples_are_read(body: str, expected: ua.NodeId) -> None:
    """OPC UA Part 6, 5.2.2.9, figures and tables."""
    assert parse_nodeid(bytes.fromhex(body)) == expected


@given(headers)
def test_an_additional_header_is_declined(header: ua.RequestHeader) -> None:
    """Its content is asyncua's."""
    header.AdditionalHeader = build.ExtensionObject(build.NodeId(1), b"x")
    assert RequestDecoder().decode(call([], header=header)) is DECLINED


@pytest.mark.parametrize("length", [-2, -1000])
def test_a_negative_length_of_the_audit_entry_is_declined(length: int) -> None:
    """-1 is null, others do not exist."""
    body = call([])
    place = body.index(b"\xff\xff\xff\xff")
    damaged = body[:place] + length.to_bytes(4, "little", signed=True) + body[place + 4 :]
    assert RequestDecoder().decode(damaged) is DECLINED


def test_the_read_timestamps_that_do_not_exist_are_declined() -> None:
    """4 (Invalid) and beyond are asyncua's to refuse."""
    body = read("a")
    place = body.index(HEADER.AuthenticationToken.Identifier) + 32 + 27 + 8
    assert body[place : place + 4] == bytes(4)
    for wrong in (b"\x04\0\0\0", b"\xff\xff\xff\xff"):
        assert RequestDecoder().decode(body[:place] + wrong + body[place + 4 :]) is DECLINED
