"""Chunks in: token, sequence number, request and size checked, and put together within bounds.

Source: OPC UA Part 6, 6.7.2 (chunk structure), 6.7.3 (MessageChunks and error handling).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.connection import SecureConnection, TransportLimits
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaError

from opcua_ml.opcua.trust.ground.errors import REFUSALS, ConnectionFailure

if TYPE_CHECKING:
    from asyncua.common.utils import Buffer

    from opcua_ml.opcua.trust.channel.budget import ByteBudget

_ua: Any = ua
_WRAP_FROM = (1 << 32) - 1024
_WRAP_TO = 1024


class CheckedConnection(SecureConnection):
    """asyncua's SecureConnection, with the checks that a server needs.

    Args:
        policy: asyncua's SecurityPolicy of the beginning.
        limits: sizes of chunks and messages.
        budget: where the bytes of unfinished messages are counted.
        address: the peer's address, for the budget.
    """

    def __init__(self, policy: Any, limits: TransportLimits, budget: ByteBudget, address: str) -> None:
        super().__init__(policy, limits)
        self._budget = budget
        self._address = address
        self._charged = 0

    def receive_chunk(self, header: Any, body: Buffer) -> ua.Message | None:
        """The message that this chunk ends, or None while chunks are missing.

        Raises:
            ConnectionFailure: whatever is wrong with the chunk; Part 6 has the channel closed then.
        """
        opening = header.MessageType == ua.MessageType.SecureOpen
        if not opening and not self._open:
            raise ConnectionFailure(StatusCodes.BadTcpSecureChannelUnknown, "no open secure channel")
        try:
            message = self.receive_from_header_and_body(header, body)
        except ConnectionFailure:
            raise
        except REFUSALS as refusal:
            raise ConnectionFailure(refusal.code) from refusal
        except Exception as error:
            # Decryption, signature, padding and header errors of every kind end the channel alike, so that
            # the client can't tell them apart (Part 6, 6.7.4: no oracle).
            raise ConnectionFailure(StatusCodes.BadSecurityChecksFailed) from error
        if message is not None and not isinstance(message, ua.Message):
            raise ConnectionFailure(StatusCodes.BadTcpMessageTypeInvalid)
        return message

    def release(self) -> None:
        """Give back the bytes of an unfinished message; nothing more will come."""
        self._drop_incoming_parts()

    def _check_sym_header(self, security_hdr: ua.SymmetricAlgorithmHeader) -> None:
        if security_hdr.TokenId == 0:
            raise ConnectionFailure(StatusCodes.BadSecureChannelTokenUnknown)
        try:
            super()._check_sym_header(security_hdr)
        except UaError as error:
            raise ConnectionFailure(StatusCodes.BadSecureChannelTokenUnknown) from error

    def _check_incoming_chunk(self, chunk: Any) -> None:
        header = chunk.MessageHeader
        if (
            header.MessageType != ua.MessageType.SecureOpen
            and header.ChannelId != self.security_token.ChannelId
        ):
            raise ConnectionFailure(StatusCodes.BadTcpSecureChannelUnknown, "wrong channel id")
        parts: list[Any] = self._incoming_parts
        if parts and parts[0].SequenceHeader.RequestId != chunk.SequenceHeader.RequestId:
            raise ConnectionFailure(StatusCodes.BadSecurityChecksFailed, "chunks of two requests mixed")
        number, last = chunk.SequenceHeader.SequenceNumber, self._peer_sequence_number
        wrapped = last is not None and last >= _WRAP_FROM and number < _WRAP_TO
        if last is not None and number != last + 1 and not wrapped:
            raise ConnectionFailure(StatusCodes.BadSequenceNumberInvalid)
        self._peer_sequence_number = number

    def _receive(self, msg: Any) -> ua.Message | None:
        """Keep a chunk, or put the message together; an aborted one is forgotten (Part 6, 6.7.3).

        Nothing is logged here: whoever sends chunks would write our log.
        """
        self._check_incoming_chunk(msg)
        kind, size = msg.MessageHeader.ChunkType, len(msg.Body)
        if kind == ua.ChunkType.Abort:
            self._drop_incoming_parts()
            return None
        if kind not in {ua.ChunkType.Single, ua.ChunkType.Intermediate}:
            raise ConnectionFailure(StatusCodes.BadTcpMessageTypeInvalid)
        limits = self._limits
        if self._incoming_size + size > limits.max_message_size or (
            len(self._incoming_parts) >= limits.max_chunk_count
        ):
            raise ConnectionFailure(StatusCodes.BadRequestTooLarge)
        if kind == ua.ChunkType.Single:
            message: ua.Message = _ua.Message([*self._incoming_parts, msg])
            self._drop_incoming_parts()
            return message
        if not self._budget.take(self._address, size):
            raise ConnectionFailure(StatusCodes.BadTcpNotEnoughResources, "too many unfinished messages")
        self._charged += size
        self._incoming_parts.append(msg)
        self._incoming_size += size
        return None

    def _drop_incoming_parts(self) -> None:
        super()._drop_incoming_parts()
        self._budget.give_back(self._address, self._charged)
        self._charged = 0
