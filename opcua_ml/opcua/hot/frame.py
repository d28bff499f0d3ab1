"""Chunks of a SecureChannel without security, header and sequence header in one step (OPC UA Part 6, 6.7.2).

Only what runs all day: a MSG of one chunk, on a known channel under its current token. Everything else
(Hello, Open, Close, intermediate and abort chunks, token renewal, secured channels) is left to asyncua.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from .call import ANSWERED_CALL, CALL_RESPONSE, GOOD_CALL
from .declined import DECLINED, Declined
from .primitive import EMPTY

_HEAD: Final = Struct("<4sI8sII")
"""Kind, size, channel and token, sequence number, request id."""
_ANSWERED_CALL: Final = Struct(_HEAD.format + ANSWERED_CALL.format.removeprefix("<"))
_FINAL_MESSAGE: Final = b"MSGF"

HEADER_SIZE: Final = _HEAD.size
_UINT32_RANGE: Final = 1 << 32
_WRAP: Final = 1024


class Chunk(NamedTuple):
    """A whole message in one chunk: its body, and where in the received bytes the next one starts."""

    sequence_number: int
    request_id: int
    body: bytes
    end: int


class SymmetricFrame:
    """Frames messages of one channel under one token.

    `max_receive` and `max_send` are the negotiated chunk sizes in bytes, headers included.
    """

    def __init__(
        self, channel_id: int, token_id: int, max_receive: int = 65_535, max_send: int = 65_535
    ) -> None:
        self._max_receive = max_receive
        self._max_send = max_send
        self._ids = channel_id.to_bytes(4, "little") + token_id.to_bytes(4, "little")

    def decode(self, received: bytes, start: int = 0) -> Chunk | Declined:
        """Return the chunk that starts at `start`.

        `DECLINED` unless it is all there, a whole message, of this channel and token, and within the size
        agreed. Its sequence number is the caller's to check, with `follows`.
        """
        body_start = start + HEADER_SIZE
        if body_start > len(received):
            return DECLINED
        kind, size, ids, sequence_number, request_id = _HEAD.unpack_from(received, start)
        end = start + size
        if (
            kind != _FINAL_MESSAGE
            or ids != self._ids
            or not body_start < end <= len(received)
            or size > self._max_receive
        ):
            return DECLINED
        return Chunk(sequence_number, request_id, received[body_start:end], end)

    def opened(self, frame: bytes) -> tuple[int, int] | None:
        """Sequence number and request id of the one chunk that `frame` is, its body left in place.

        None where `decode` would decline it, or find other bytes behind it.
        """
        size = len(frame)
        if not HEADER_SIZE < size <= self._max_receive:
            return None
        kind, said, ids, sequence_number, request_id = _HEAD.unpack_from(frame)
        if said != size or ids != self._ids or kind != _FINAL_MESSAGE:
            return None
        return sequence_number, request_id

    def answered_call(
        self, sequence_number: int, request_id: int, handle: int, timestamp: int, outputs: bytes
    ) -> bytes | Declined:
        """`encode` of `encode_answered_call`, in one step."""
        size = _ANSWERED_CALL.size + len(outputs) + len(EMPTY)
        if size > self._max_send:
            return DECLINED
        head = _ANSWERED_CALL.pack(
            _FINAL_MESSAGE,
            size,
            self._ids,
            sequence_number,
            request_id,
            CALL_RESPONSE,
            timestamp,
            handle,
            GOOD_CALL,
        )
        return head + outputs + EMPTY

    def encode(self, sequence_number: int, request_id: int, body: bytes) -> bytes | Declined:
        """Return `body` as one chunk; `DECLINED` if it is empty or needs more than one."""
        size = HEADER_SIZE + len(body)
        if not HEADER_SIZE < size <= self._max_send:
            return DECLINED
        return _HEAD.pack(_FINAL_MESSAGE, size, self._ids, sequence_number, request_id) + body


def follows(previous: int | None, sequence_number: int) -> bool:
    """Say whether a chunk may come after `previous`: the next number, or wrapped (Part 6, 6.7.2.4)."""
    if previous is None or sequence_number == previous + 1:
        return True
    return sequence_number < _WRAP and previous >= _UINT32_RANGE - _WRAP


def next_sequence_number(previous: int) -> int:
    """Return the number after `previous` for a chunk to send; after the last of 32 bits comes 1."""
    return previous + 1 if previous + 1 < _UINT32_RANGE else 1
