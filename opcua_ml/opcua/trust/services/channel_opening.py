"""Hello and OpenSecureChannel: how a connection becomes a secure channel.

Source: OPC UA Part 4, 5.5.2 (OpenSecureChannel), 6.1.3; Part 6, 6.7.4 and 7.1.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.security_policies import SecurityPolicyNone
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary, uatcp_to_binary

from opcua_ml.opcua.trust.access.authentication import Peer
from opcua_ml.opcua.trust.channel.connection import leaf
from opcua_ml.opcua.trust.decoding.structure import decode
from opcua_ml.opcua.trust.ground.errors import REFUSALS, ConnectionFailure
from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.channel.connection import PlantConnection
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer

_ACKNOWLEDGE: Any = ua.MessageType.Acknowledge
_OPEN: Any = ua.MessageType.SecureOpen
_LARGEST_SEALED = 2304
"""Bytes of an OpenSecureChannel request beside its certificates: nine blocks of the shortest key."""
_OPEN_REQUEST = node_id(ObjectIds.OpenSecureChannelRequest_Encoding_DefaultBinary)


class ChannelOpening:
    """Of one connection.

    Args:
        server: who asks for the application, and gives channels their ids.
        connection: what is agreed on is kept there.
        address: of the client.

    Attributes:
        certificate_chain: as the client sent it; None before, and without security.
        expires_at: by the loop's clock, in seconds: when a token that is not renewed has run out.
        renewed: whether the last opening renewed a channel that stood.
        lifetime_ms: of the last token.
    """

    def __init__(self, server: PlantInternalServer, connection: PlantConnection, address: str) -> None:
        self._server = server
        self._connection = connection
        self._address = address
        self.certificate_chain: bytes | None = None
        self.expires_at = 0.0
        self.renewed = False
        self.lifetime_ms = 0

    def greet(self, body: bytes) -> bytes:
        """The answer to a Hello.

        Raises:
            ConnectionFailure: it can't be decoded, or asks for what can't be.
        """
        return uatcp_to_binary(_ACKNOWLEDGE, self._connection.greet(self._decoded(ua.Hello, body)))

    async def check(self, body: bytes) -> None:
        """Ask for the application before anything is decrypted; each chunk of its request names it anew.

        Raises:
            ConnectionFailure: no endpoint has the policy, the application may not open a channel, or more is
                encrypted than a request needs: each block takes a quarter of a millisecond, six times as much
                with long keys.
        """
        security = self._decoded(ua.AsymmetricAlgorithmHeader, body)
        uri, chain = security.SecurityPolicyURI, security.SenderCertificate or b""
        if uri == SecurityPolicyNone.URI:
            return
        if len(body) - len(chain) > _LARGEST_SEALED:
            raise ConnectionFailure(StatusCodes.BadTcpMessageTooLarge, "OpenSecureChannel too long")
        if self._connection.is_open() or chain == self.certificate_chain:
            return
        if not self._connection.offers(uri):
            raise ConnectionFailure(StatusCodes.BadSecurityPolicyRejected)
        peer = Peer(self._address, uri, ua.MessageSecurityMode.Invalid, leaf(chain), chain)
        try:
            await self._server.authenticator.check_channel(peer)
        except REFUSALS as refusal:
            raise ConnectionFailure(refusal.code) from refusal
        self.certificate_chain = chain

    def open(self, message: Any) -> bytes:
        """The answer to a whole OpenSecureChannel request.

        Raises:
            ConnectionFailure: it is none, or asks for what can't be; a channel is renewed as it was opened
                (Part 4, 5.5.2.1).
        """
        connection = self._connection
        request = self._open_request(bytes(message.body()))
        self.renewed = bool(connection.is_open())
        if not self.renewed:
            security = message.SecurityHeader()
            connection.select_policy(
                security.SecurityPolicyURI, security.SenderCertificate, request.Parameters.SecurityMode
            )
        elif not self._as_opened(message.SecurityHeader(), request.Parameters.SecurityMode):
            raise ConnectionFailure(StatusCodes.BadSecurityChecksFailed, "renewed by other means than opened")
        self._server.turns.glance()
        result = connection.issue(request.Parameters, self._server.get_new_channel_id())
        self.lifetime_ms = result.SecurityToken.RevisedLifetime
        self.expires_at = asyncio.get_running_loop().time() + 1.25 * self.lifetime_ms / 1000
        response = ua.OpenSecureChannelResponse(Parameters=result)
        response.ResponseHeader.RequestHandle = request.RequestHeader.RequestHandle
        self._server.turns.glance()
        return connection.message_to_binary(
            struct_to_binary(response), message_type=_OPEN, request_id=message.SequenceHeader().RequestId
        )

    def _as_opened(self, security: Any, mode: ua.MessageSecurityMode) -> bool:
        """Whether policy, certificate and mode are those of the channel."""
        policy: Any = self._connection.security_policy
        ours = leaf(security.SenderCertificate) if policy.URI != SecurityPolicyNone.URI else None
        return bool(
            (security.SecurityPolicyURI, mode, ours)
            == (policy.URI, policy.Mode, policy.peer_certificate or None)
        )

    def _open_request(self, body: bytes) -> Any:
        request = self._decoded(ua.OpenSecureChannelRequest, body)
        if request.TypeId != _OPEN_REQUEST:
            raise ConnectionFailure(StatusCodes.BadTcpMessageTypeInvalid)
        return request

    def _decoded(self, kind: type, data: bytes) -> Any:
        try:
            return decode(kind, data, self._server.limits)
        except ServiceError as error:
            raise ConnectionFailure(error.code) from error
