"""Reads that come again are known by their bytes, and only if all but time and handle is the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot import (
    DECLINED,
    ReadRequest,
    RepeatedRead,
    RequestDecoder,
    encode_answered_read,
    encode_data_value,
    encode_read_response,
)
from tests.unit.opcua.hot.messages import build, data_values, moments, mutated, read_requests, uint32, wire


@st.composite
def pairs(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Two Reads of the same by one session: other times and handles."""
    request: Any = draw(read_requests)

    def one() -> bytes:
        token = request.RequestHeader.AuthenticationToken
        request.RequestHeader = build.RequestHeader(
            token, draw(moments), draw(uint32), draw(uint32), None, draw(uint32)
        )
        return wire(request)

    return one(), one()


def learnt(body: bytes) -> tuple[RepeatedRead, ReadRequest]:
    """The Read as it is kept, and as it was read."""
    request = RequestDecoder().decode(body)
    assert isinstance(request, ReadRequest)
    return RepeatedRead(body, request.plan.wire), request


@given(pairs())
def test_the_next_request_is_known_by_its_bytes(both: tuple[bytes, bytes]) -> None:
    """And its handle is read."""
    first, second = both
    known, _ = learnt(first)
    _, wanted = learnt(second)
    assert known.size == len(second)
    assert known.handle(second) == wanted.head.request_handle


@settings(max_examples=300)
@given(pairs(), st.data())
def test_a_damaged_request_is_not_known_or_says_the_same(
    both: tuple[bytes, bytes], data: st.DataObject
) -> None:
    """Whatever was damaged."""
    known, was = learnt(both[0])
    damaged = data.draw(mutated(both[1]))
    if len(damaged) != known.size or (handle := known.handle(damaged)) is None:
        return
    read = RequestDecoder().decode(damaged)
    assert isinstance(read, ReadRequest)
    assert read.head.authentication_token == was.head.authentication_token
    assert read.head.audit_entry_id is None
    assert (read.plan.wire, read.head.request_handle) == (was.plan.wire, handle)


def test_a_read_with_an_audit_entry_is_not_kept() -> None:
    """It has to be told to the audit."""
    header = build.RequestHeader(build.NodeId(b"t" * 32), AuditEntryId="ticket")
    with pytest.raises(ValueError, match="plain header"):
        learnt(wire(build.ReadRequest(RequestHeader=header)))


@given(uint32, st.integers(0, 2**63 - 1), st.lists(data_values(), max_size=5))
def test_an_answer_of_encoded_values_is_that_of_the_general_codec(
    handle: int, timestamp: int, values: list[Any]
) -> None:
    """Byte for byte."""
    encoded = [encode_data_value(value) for value in values]
    written = [one for one in encoded if one is not DECLINED]
    if len(written) == len(values):
        joined = b"".join(written)
        wanted = encode_read_response(handle, timestamp, values)
        assert encode_answered_read(handle, timestamp, len(values), joined) == wanted
