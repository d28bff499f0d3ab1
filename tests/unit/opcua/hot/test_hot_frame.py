"""Chunks without security: framed as asyncua frames them, and accepted only where asyncua accepts them."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.common.connection import MessageChunk, SecureConnection, TransportLimits
from asyncua.common.utils import Buffer
from asyncua.crypto.security_policies import SecurityPolicyNone
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import DECLINED, SymmetricFrame, follows, next_sequence_number
from tests.unit.opcua.hot.messages import build, mutated, uint32

no_security: Any = SecurityPolicyNone
bodies = st.binary(min_size=1, max_size=40)


def connection(channel: int = 1, token: int = 13, limits: TransportLimits | None = None) -> SecureConnection:
    """Return asyncua's end of an open channel without security."""
    secure = SecureConnection(no_security(), limits or TransportLimits())
    secure.security_token.ChannelId = channel
    secure.security_token.TokenId = token
    return secure


@given(uint32, uint32, uint32, uint32, bodies)
def test_a_message_is_framed_as_asyncua_frames_it(
    channel: int, token: int, number: int, request: int, body: bytes
) -> None:
    """Header, token, sequence number, request id, body."""
    secure = connection(channel, token)
    secure._sequence_number = number  # noqa: SLF001 - asyncua's
    expected = secure.message_to_binary(body, request_id=request)
    frame = SymmetricFrame(channel, token)
    assert frame.encode(next_sequence_number(number), request, body) == expected


@given(uint32, uint32, bodies, st.binary(max_size=5), st.binary(max_size=5))
def test_a_chunk_is_read_back_where_it_stands(
    number: int, request: int, body: bytes, before: bytes, after: bytes
) -> None:
    """Among other received bytes, with the place where the next one starts."""
    frame = SymmetricFrame(7, 13)
    framed = frame.encode(number, request, body)
    assert framed is not DECLINED
    chunk = frame.decode(before + framed + after, len(before))
    assert chunk == (number, request, body, len(before) + len(framed))


@given(bodies, st.data())
def test_a_damaged_chunk_is_declined_or_read_as_asyncua_reads_it(body: bytes, data: st.DataObject) -> None:
    """Whatever was accepted, asyncua's own chunk says the same."""
    frame = SymmetricFrame(1, 13)
    framed = frame.encode(5, 6, body)
    assert framed is not DECLINED
    damaged = data.draw(mutated(framed))
    chunk = frame.decode(damaged)
    if chunk is not DECLINED:
        expected: Any = MessageChunk.from_binary(no_security(), Buffer(damaged))
        assert expected.MessageHeader.MessageType == ua.MessageType.SecureMessage
        assert expected.MessageHeader.ChunkType == ua.ChunkType.Single
        assert (expected.MessageHeader.ChannelId, expected.SecurityHeader.TokenId) == (1, 13)
        sequence = expected.SequenceHeader
        assert (sequence.SequenceNumber, sequence.RequestId, expected.Body) == chunk[:3]


@given(bodies, st.data(), st.integers(20, 70))
def test_a_chunk_is_opened_where_it_lies_only_if_it_would_be_decoded(
    body: bytes, data: st.DataObject, most: int
) -> None:
    """Alone: with other bytes behind it, it is not."""
    framed = SymmetricFrame(1, 13).encode(5, 6, body)
    assert framed is not DECLINED
    damaged = data.draw(st.one_of(st.just(framed), mutated(framed)))
    frame = SymmetricFrame(1, 13, max_receive=most)
    chunk = frame.decode(damaged)
    whole = chunk if chunk is not DECLINED and chunk.end == len(damaged) else None
    assert frame.opened(damaged) == (whole[:2] if whole is not None else None)


@pytest.mark.parametrize("part", range(24 + 3))
def test_a_chunk_not_wholly_received_is_declined(part: int) -> None:
    """The caller waits for more."""
    frame = SymmetricFrame(1, 13)
    framed = frame.encode(5, 6, b"body")
    assert framed is not DECLINED
    assert frame.decode(framed[:part]) is DECLINED
    assert frame.decode(framed) is not DECLINED


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        (SymmetricFrame(2, 13), b"MSGF"),
        (SymmetricFrame(1, 14), b"MSGF"),
        (SymmetricFrame(1, 13), b"MSGC"),
        (SymmetricFrame(1, 13), b"MSGA"),
        (SymmetricFrame(1, 13), b"CLOF"),
        (SymmetricFrame(1, 13), b"OPNF"),
    ],
)
def test_other_channels_tokens_and_kinds_are_declined(sender: SymmetricFrame, kind: bytes) -> None:
    """They are asyncua's to refuse, to assemble, or to act upon."""
    framed = sender.encode(1, 1, b"body")
    assert framed is not DECLINED
    assert SymmetricFrame(1, 13).decode(kind + framed[4:]) is DECLINED


@pytest.mark.parametrize("size", [0, 8, 12, 23, 24, 2**32 - 1])
def test_sizes_that_cannot_be_are_declined(size: int) -> None:
    """Smaller than the headers, empty, or larger than what is there."""
    framed = SymmetricFrame(1, 13).encode(1, 1, b"body")
    assert framed is not DECLINED
    assert SymmetricFrame(1, 13).decode(framed[:4] + size.to_bytes(4, "little") + framed[8:]) is DECLINED


def test_a_chunk_larger_than_agreed_is_declined() -> None:
    """By the receiver at one byte more than agreed."""
    framed = SymmetricFrame(1, 13).encode(1, 1, bytes(100))
    assert framed is not DECLINED
    assert SymmetricFrame(1, 13, max_receive=124).decode(framed) is not DECLINED
    assert SymmetricFrame(1, 13, max_receive=123).decode(framed) is DECLINED


@pytest.mark.parametrize("max_send", [8192, 65_535])
def test_a_body_that_asyncua_would_divide_is_declined(max_send: int) -> None:
    """The largest body of one chunk is framed, one byte more is not; nor is an empty one."""
    frame = SymmetricFrame(1, 13, max_send=max_send)
    largest = bytes(max_send - 24)
    secure = connection(limits=TransportLimits(max_send_buffer=max_send))
    assert frame.encode(1, 0, largest) == secure.message_to_binary(largest)
    assert len(secure.message_to_binary(largest + b"x")) > max_send
    assert frame.encode(1, 0, largest + b"x") is DECLINED
    assert frame.encode(1, 0, b"") is DECLINED


near_wrap = st.integers(2**32 - 1100, 2**32 - 1) | st.integers(0, 1100) | uint32


@given(st.none() | near_wrap, near_wrap | st.just(-1))
def test_sequence_numbers_follow_as_asyncua_lets_them(previous: int | None, number: int) -> None:
    """The next number, or a wrap near the end of 32 bits; repeats and gaps do not."""
    if number < 0:
        number = ((previous or 0) + 1) % 2**32
    secure = connection()
    secure._peer_sequence_number = previous  # noqa: SLF001 - asyncua's
    chunk: Any = MessageChunk(no_security().symmetric_cryptography)
    chunk.MessageHeader.ChannelId = 1
    chunk.SequenceHeader.SequenceNumber = number
    if follows(previous, number):
        secure._check_incoming_chunk(chunk)  # noqa: SLF001 - asyncua's
    else:
        with pytest.raises(build.UaError, match="wrong sequence"):
            secure._check_incoming_chunk(chunk)  # noqa: SLF001 - asyncua's
