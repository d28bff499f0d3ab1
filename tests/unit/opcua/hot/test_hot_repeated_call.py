"""Calls that come again are read from their outline, and as the general codec reads them or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot import (
    DECLINED,
    REFUSED_VALUES,
    CallRequest,
    RepeatedCall,
    RequestDecoder,
    SymmetricFrame,
    encode_answered_call,
    encode_call_response,
    encode_variant,
    variant_writer,
    variants_writer,
)
from tests.unit.opcua.hot.messages import (
    NUMBERS,
    SCALARS,
    VT,
    build,
    moments,
    mutated,
    node_ids,
    uint32,
    variants,
    wire,
)
from tests.unit.opcua.hot.test_hot_request import HEADER, call

if TYPE_CHECKING:
    from asyncua import ua

BEFORE = 24
"""Bytes of a chunk's header, before the request."""
KINDS = st.lists(st.sampled_from([*NUMBERS, VT.Boolean]), min_size=1, max_size=9)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Two Calls of one method by one session: other values, times and handles."""
    target, kinds, token = (draw(node_ids()), draw(node_ids())), draw(KINDS), draw(node_ids())

    def one() -> bytes:
        header = build.RequestHeader(token, draw(moments), draw(uint32), draw(uint32), None, draw(uint32))
        given = [build.Variant(draw(SCALARS[kind]), kind) for kind in kinds]
        method = build.CallMethodRequest(*target, given)
        return wire(build.CallRequest(RequestHeader=header, Parameters=build.CallParameters([method])))

    return one(), one()


def general(body: bytes) -> Any:
    """What the general codec reads."""
    return RequestDecoder().decode(body)


def learnt(body: bytes) -> RepeatedCall:
    """The Call as it is kept after its first request."""
    request = general(body)
    assert isinstance(request, CallRequest)
    return RepeatedCall(body, request.methods[0], BEFORE)


def read_again(known: RepeatedCall, body: bytes) -> tuple[int, tuple[Any, ...]] | None:
    """Handle and arguments of a later request, as a server finds them."""
    received = b"\xff" * BEFORE + body
    if len(received) != known.outline.size:
        return None
    prefix, handle, audit, key = known.outline.unpack(received)
    arguments = known.arguments(received, prefix, audit) if key == known.key else None
    return None if arguments is None else (handle, arguments)


@given(pairs())
def test_the_next_request_of_a_kind_is_read_as_if_it_were_the_first(both: tuple[bytes, bytes]) -> None:
    """Handle and arguments, in Python's own types."""
    first, second = both
    found = read_again(learnt(first), second)
    wanted = general(second)
    assert found is not None
    assert found[0] == wanted.head.request_handle
    assert repr(found[1]) == repr(wanted.methods[0].arguments)  # NaN is not itself, but its text is


@settings(max_examples=400)
@given(pairs(), st.data())
def test_a_damaged_request_is_left_alone_or_read_alike(
    both: tuple[bytes, bytes], data: st.DataObject
) -> None:
    """Under the same token, for the same method; whatever else was damaged."""
    first, second = both
    damaged = data.draw(mutated(second))
    found = read_again(learnt(first), damaged)
    if found is None:
        return
    was, read = general(first), general(damaged)
    assert read is not DECLINED
    assert read.head.authentication_token == was.head.authentication_token
    assert read.head.audit_entry_id is None
    assert [(one.object_id, one.method_id) for one in read.methods] == [
        (one.object_id, one.method_id) for one in was.methods
    ]
    assert read.methods[0].encodings == was.methods[0].encodings
    assert found[0] == read.head.request_handle
    assert repr(found[1]) == repr(read.methods[0].arguments)


@pytest.mark.parametrize(
    "body",
    [
        call([]),
        call(None),
        call([build.Variant("text")]),
        call([build.Variant([1.0, 2.0])]),
        call([build.Variant(1.0), build.Variant()]),
        call([build.Variant(1.0)], header=build.RequestHeader(HEADER.AuthenticationToken, AuditEntryId="a")),
    ],
    ids=["no arguments", "null", "text", "array", "null among them", "audit entry"],
)
def test_other_calls_are_not_kept(body: bytes) -> None:
    """They have no outline."""
    with pytest.raises(ValueError, match="wanted"):
        learnt(body)


@given(uint32, st.integers(0, 2**63 - 1), st.lists(variants(), max_size=5))
def test_an_answer_from_encoded_outputs_is_that_of_the_general_codec(
    handle: int, timestamp: int, outputs: list[Any]
) -> None:
    """Byte for byte."""
    result = build.CallMethodResult(OutputArguments=outputs)
    wanted = encode_call_response(handle, timestamp, [result])
    written = b"".join(encode_variant(one) for one in outputs)  # type: ignore[misc]
    assert encode_answered_call(handle, timestamp, len(outputs).to_bytes(4, "little") + written) == wanted


@pytest.mark.parametrize("kind", [*NUMBERS, VT.Boolean, VT.String])
@given(st.data())
def test_a_writer_of_one_type_writes_what_its_variants_are(kind: ua.VariantType, data: st.DataObject) -> None:
    """Alone, and as an array."""
    value, values = data.draw(SCALARS[kind]), data.draw(st.lists(SCALARS[kind], max_size=4))
    assert variant_writer(kind)(value) == encode_variant(build.Variant(value, kind))
    wanted = encode_variant(build.Variant(values, kind, is_array=True))
    assert variant_writer(kind, len(values))(values) == wanted
    with pytest.raises(REFUSED_VALUES):
        variant_writer(kind, len(values) + 1)(values)


@given(st.lists(uint32, min_size=5, max_size=5), st.integers(0, 2**63 - 1), st.binary(max_size=60))
def test_an_answer_is_framed_in_one_step_as_in_two(ids: list[int], timestamp: int, outputs: bytes) -> None:
    """Byte for byte, and declined where it needs a second chunk."""
    channel, token, number, request, handle = ids
    frame = SymmetricFrame(channel, token, max_send=125)
    wanted = frame.encode(number, request, encode_answered_call(handle, timestamp, outputs))
    assert frame.answered_call(number, request, handle, timestamp, outputs) == wanted


LENGTHS = st.none() | st.integers(0, 4)


@given(
    st.lists(st.tuples(st.sampled_from([*NUMBERS, VT.Boolean, VT.String]), LENGTHS), max_size=5), st.data()
)
def test_a_writer_of_several_types_writes_each_as_its_own_writer_does(
    kinds: list[tuple[ua.VariantType, int | None]], data: st.DataObject
) -> None:
    """One after another; another number of values, of an array or of all, is refused."""
    values = [
        data.draw(SCALARS[kind])
        if length is None
        else tuple(data.draw(st.lists(SCALARS[kind], min_size=length, max_size=length)))
        for kind, length in kinds
    ]
    write = variants_writer(kinds)
    assert write(values) == b"".join(
        variant_writer(kind, length)(value) for (kind, length), value in zip(kinds, values, strict=True)
    )
    with pytest.raises(REFUSED_VALUES):
        write([*values, 1.0])
    for place, (_, length) in enumerate(kinds):
        if length is not None:
            with pytest.raises(REFUSED_VALUES):
                write([*values[:place], (*values[place], 1), *values[place + 1 :]])
