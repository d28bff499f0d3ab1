"""One secure channel, server side: sizes agreed on, tokens issued, messages framed in few steps.

Source: OPC UA Part 6, 6.7 (UA Secure Conversation) and 7.1 (UA Connection Protocol); Part 4, 5.5.2.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.connection import MessageChunk, TransportLimits
from asyncua.common.utils import create_nonce
from asyncua.crypto.security_policies import SecurityPolicyNone
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaError

from opcua_ml.opcua.hot import (
    DECLINED,
    HEADER_SIZE,
    SymmetricFrame,
    encode_answered_call,
    filetime_now,
    follows,
    next_sequence_number,
)
from opcua_ml.opcua.trust.channel.checked_connection import CheckedConnection
from opcua_ml.opcua.trust.channel.sealed_frame import SealedFrame
from opcua_ml.opcua.trust.ground.errors import ConnectionFailure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.opcua.hot import Chunk
    from opcua_ml.opcua.trust.channel.budget import ByteBudget
    from opcua_ml.opcua.trust.ground.limits import Limits

_ua: Any = ua
_MESSAGE: Any = ua.MessageType.SecureMessage
_LAST_NUMBER = (1 << 32) - 1
_MIN_BUFFER = 8192
_MAX_URL = 4096
_NO_LIMITS = (0, 0)


class PlantConnection(CheckedConnection):
    """One channel as the processor uses it: greeted, issued with tokens, framed in few steps.

    Args:
        limits: sizes and lifetimes.
        budget: where the bytes of unfinished messages are counted.
        address: the peer's address, for the budget.
    """

    def __init__(self, limits: Limits, budget: ByteBudget, address: str) -> None:
        transport_limits = TransportLimits(
            max_recv_buffer=limits.receive_buffer_size,
            max_send_buffer=_MIN_BUFFER,
            max_chunk_count=limits.max_chunk_count,
            max_message_size=limits.max_message_size,
        )
        policy_none: Any = SecurityPolicyNone
        super().__init__(policy_none(), transport_limits, budget, address)
        self._caps = limits
        self._response_limits = (0, 0)
        self._frame: SymmetricFrame | SealedFrame | None = None
        self._framed_token = self.security_token

    def greet(self, hello: ua.Hello) -> ua.Acknowledge:
        """Agree on buffer sizes (Part 6, 7.1.2.3 and 7.1.2.4).

        Raises:
            ConnectionFailure: the client's buffers are too small or its URL too long.
        """
        if min(hello.ReceiveBufferSize, hello.SendBufferSize) < _MIN_BUFFER:
            raise ConnectionFailure(StatusCodes.BadTcpInternalError, "buffers below 8192 bytes")
        if len(hello.EndpointUrl or "") > _MAX_URL:
            raise ConnectionFailure(StatusCodes.BadTcpEndpointUrlInvalid, "EndpointUrl above 4096 bytes")
        limits = self._limits
        limits.max_recv_buffer = min(self._caps.receive_buffer_size, hello.SendBufferSize)
        limits.max_send_buffer = min(self._caps.send_buffer_size, hello.ReceiveBufferSize)
        self._response_limits = (hello.MaxMessageSize, hello.MaxChunkCount)
        acknowledge: ua.Acknowledge = _ua.Acknowledge(
            ProtocolVersion=0,
            ReceiveBufferSize=limits.max_recv_buffer,
            SendBufferSize=limits.max_send_buffer,
            MaxMessageSize=limits.max_message_size,
            MaxChunkCount=limits.max_chunk_count,
        )
        return acknowledge

    def response_fits(self, size: int, session_limit: int = 0) -> bool:
        """Whether a response of `size` bytes is sent: by our limit, and by the client's two."""
        if size > self._caps.max_message_size:
            return False
        if self._response_limits == _NO_LIMITS and not session_limit:
            return True
        largest = self.largest_response(session_limit)
        return not largest or size <= largest

    def largest_response(self, session_limit: int = 0) -> int:
        """Bytes that the client takes in a response; 0 for any."""
        most, chunks = self._response_limits
        limits = [limit for limit in (most, session_limit) if limit]
        if chunks:
            cryptography = self.security_policy.symmetric_cryptography
            limits.append(chunks * MessageChunk.max_body_size(cryptography, self._limits.max_send_buffer))
        return min(limits, default=0)

    def issue(self, params: ua.OpenSecureChannelParameters, channel_id: int) -> ua.OpenSecureChannelResult:
        """Issue or renew the channel's security token (Part 4, 5.5.2).

        Raises:
            ConnectionFailure: Issue on an open channel, Renew on a closed one, or a nonce of wrong length.
        """
        wanted = self.security_policy.secure_channel_nonce_length
        if len(params.ClientNonce or b"") != wanted and wanted:
            raise ConnectionFailure(StatusCodes.BadNonceInvalid, "client nonce of wrong length")
        renew = params.RequestType == ua.SecurityTokenRequestType.Renew
        if renew != self._open:
            raise ConnectionFailure(StatusCodes.BadRequestTypeInvalid, "Issue and Renew mixed up")
        self.local_nonce = create_nonce(wanted)
        self.remote_nonce = params.ClientNonce or b""
        token = ua.ChannelSecurityToken(
            ChannelId=self.security_token.ChannelId if renew else channel_id,
            TokenId=self._fresh_token_id(),
            CreatedAt=datetime.now(UTC),
            RevisedLifetime=self._revised_lifetime(params.RequestedLifetime),
        )
        if renew:
            self.next_security_token = token
        else:
            self._open = True
            self.security_token = token
            policy: Any = self.security_policy
            policy.make_local_symmetric_key(self.remote_nonce, self.local_nonce)
            policy.make_remote_symmetric_key(self.local_nonce, self.remote_nonce, token.RevisedLifetime)
        return ua.OpenSecureChannelResult(
            ServerProtocolVersion=0, SecurityToken=token, ServerNonce=self.local_nonce
        )

    def receive_whole(self, frame: bytes) -> Chunk | None:
        """A whole message in one chunk under the current token; else None.

        None leaves the frame to `receive_chunk`, which takes or refuses it; nothing is refused here.
        """
        known = self._known_frame()
        if known is None or self._incoming_parts:
            return None
        chunk = known.decode(frame)
        if (
            chunk is DECLINED
            or chunk.end != len(frame)
            or len(chunk.body) > self._limits.max_message_size
            or not follows(self._peer_sequence_number, chunk.sequence_number)
        ):
            return None
        self._peer_sequence_number = chunk.sequence_number
        return chunk

    def taken(self, frame: bytes) -> int | None:
        """The request id of a whole message in one chunk without security, which is taken where it lies.

        None, with nothing taken, for any other: see `receive_whole`.
        """
        known = self._frame if self.security_token is self._framed_token else self._known_frame()
        if type(known) is not SymmetricFrame or self._incoming_parts:
            return None
        ids = known.opened(frame)
        if ids is None or len(frame) - HEADER_SIZE > self._limits.max_message_size:
            return None
        number, request_id = ids
        last = self._peer_sequence_number
        if number - 1 != last and not follows(last, number):
            return None
        self._peer_sequence_number = number
        return request_id

    @property
    def room_before_body(self) -> int:
        """Bytes that come before a message in a chunk that is `taken` where it lies; 0 where none is."""
        return HEADER_SIZE if type(self._known_frame()) is SymmetricFrame else 0

    def answered_call(self, request_id: int, handle: int, outputs: bytes, session_limit: int) -> bytes | None:
        """Chunks of the good answer to a Call of one method; None if the client does not take so many bytes.

        Args:
            request_id: of the request's chunk.
            handle: of its header.
            outputs: OutputArguments as on the wire.
            session_limit: bytes that the session takes; 0 for any.
        """
        known = self._frame if self.security_token is self._framed_token else self._known_frame()
        if type(known) is SymmetricFrame and self._response_limits == _NO_LIMITS and not session_limit:
            number = self._sequence_number + 1
            if number <= _LAST_NUMBER:
                chunk = known.answered_call(number, request_id, handle, filetime_now(), outputs)
                if chunk is not DECLINED:
                    self._sequence_number = number
                    return chunk
        response = encode_answered_call(handle, filetime_now(), outputs)
        if not self.response_fits(len(response), session_limit):
            return None
        return self.message_to_binary(response, request_id=request_id)

    def message_to_binary(
        self, message: bytes, message_type: ua.MessageType = _MESSAGE, request_id: int = 0
    ) -> bytes:
        """Chunks of a message; one chunk is written in one step."""
        if message_type is _MESSAGE:
            known = self._frame if self.security_token is self._framed_token else self._known_frame()
            if known is not None:
                number = next_sequence_number(self._sequence_number)
                chunk = known.encode(number, request_id, message)
                if chunk is not DECLINED:
                    self._sequence_number = number
                    return chunk
        chunks: bytes = super().message_to_binary(message, message_type, request_id)
        return chunks

    def chunks(self, message: bytes, request_id: int) -> Iterator[bytes]:
        """Chunks of a message, each made when it is asked for; no other message is made meanwhile."""
        made: list[Any] = MessageChunk.message_to_chunks(
            self.security_policy,
            message,
            self._limits.max_send_buffer,
            channel_id=self.security_token.ChannelId,
            request_id=request_id,
        )
        for chunk in made:
            chunk.SecurityHeader.TokenId = self.security_token.TokenId  # it may be another one by now
            self._sequence_number = next_sequence_number(self._sequence_number)
            chunk.SequenceHeader.SequenceNumber = self._sequence_number
            data: bytes = chunk.to_binary()
            yield data

    def _known_frame(self) -> SymmetricFrame | SealedFrame | None:
        token = self.security_token
        if token is not self._framed_token:
            self._framed_token = token
            self._frame = self._new_frame(token) if self._open else None
        return self._frame

    def _new_frame(self, token: ua.ChannelSecurityToken) -> SymmetricFrame | SealedFrame | None:
        """How chunks are framed under a token whose keys are made; None where only asyncua knows."""
        limits, policy = self._limits, self.security_policy
        if policy.URI == SecurityPolicyNone.URI:
            return SymmetricFrame(
                token.ChannelId, token.TokenId, limits.max_recv_buffer, limits.max_send_buffer
            )
        crypto: Any = policy.symmetric_cryptography
        try:
            return SealedFrame(
                token.ChannelId,
                token.TokenId,
                crypto,
                max_receive=limits.max_recv_buffer,
                max_send=limits.max_send_buffer,
            )
        except ValueError:
            return None

    def offers(self, uri: str) -> bool:
        """Whether some endpoint has this security policy, in whatever mode."""
        return any(policy.matches(uri, None) for policy in self._policies)

    def select_policy(
        self, uri: str, peer_certificate: bytes | None, mode: ua.MessageSecurityMode | None = None
    ) -> None:
        """Choose the security policy of the channel.

        Raises:
            ConnectionFailure: no endpoint has it, or the certificate can't be read.
        """
        if uri == SecurityPolicyNone.URI and peer_certificate:
            peer_certificate = None  # Part 6, 6.7.2.3: the field is null for SecurityPolicy None
        try:
            super().select_policy(uri, leaf(peer_certificate), mode)
        except UaError as error:
            code = (
                StatusCodes.BadSecurityPolicyRejected if mode is None else StatusCodes.BadSecurityModeRejected
            )
            raise ConnectionFailure(code) from error
        except ValueError as error:
            raise ConnectionFailure(StatusCodes.BadCertificateInvalid) from error

    def _fresh_token_id(self) -> int:
        used = {
            self.security_token.TokenId,
            self.next_security_token.TokenId,
            self.prev_security_token.TokenId,
        }
        while (token := secrets.randbelow((1 << 32) - 1) + 1) in used:
            pass
        return token

    def _revised_lifetime(self, requested: int) -> int:
        caps = self._caps
        return min(max(requested, caps.min_channel_lifetime_ms), caps.max_channel_lifetime_ms)


def leaf(certificate: bytes | None) -> bytes | None:
    """The first certificate of a chain in DER (Part 6, 6.2.6: the leaf comes first)."""
    if not certificate or len(certificate) < 4 or certificate[0] != 0x30 or certificate[1] != 0x82:
        return certificate or None
    return certificate[: 4 + int.from_bytes(certificate[2:4], "big")]
