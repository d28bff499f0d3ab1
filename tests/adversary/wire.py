"""An OPC UA client on a raw socket that says what it is told to, true or not.

It builds messages with asyncua's encoders and reads answers with them; tokens, sequence numbers, sizes and
types of every part can be lied about. Security policy None only: what it attacks lies behind the channel's
crypto.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary

from opcua_ml.opcua.trust.ground.ua_values import status_code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_ua: Any = ua
POLICY_NONE = "http://opcfoundation.org/UA/SecurityPolicy#None"
PATIENCE_S = 30.0


class ServerClosed(Exception):
    """The server closed the connection; `code` is that of its Error message, 0 without one."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(status_code(code).name if code else "closed without an Error message")
        self.code = code


class ServiceFaulted(Exception):
    """The server answered with a ServiceFault."""

    def __init__(self, code: int) -> None:
        super().__init__(status_code(code).name)
        self.code = code


@dataclass
class RawSession:
    """What CreateSession gave."""

    token: ua.NodeId
    session_id: ua.NodeId
    nonce: bytes = b""
    result: Any = None


@dataclass
class RawClient:
    """One connection.

    Attributes:
        channel_id, token_id, sequence_number, request_id: of the next message; set them to lie.
        session: the RawSession whose token the requests carry unless told otherwise.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    channel_id: int = 0
    token_id: int = 0
    sequence_number: int = 0
    request_id: int = 0
    session: Any = None
    largest_frame: int = 0
    heard: bytes = b""
    patience_s: float = PATIENCE_S
    _answers: dict[int, Any] = field(default_factory=dict)

    # Bytes

    async def send_bytes(self, data: bytes) -> None:
        """Send anything."""
        self.writer.write(data)
        await self.writer.drain()

    async def read_frame(self) -> tuple[bytes, bytes]:
        """The next chunk's type (such as MSGF) and what follows its eight bytes of header.

        Raises:
            ServerClosed: there will be none.
        """
        try:
            async with asyncio.timeout(self.patience_s):
                header = await self.reader.readexactly(8)
                body = await self.reader.readexactly(int.from_bytes(header[4:8], "little") - 8)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ServerClosed from None
        self.largest_frame = max(self.largest_frame, len(body) + 8)
        self.heard = self.heard[-4_000:] + body
        if header[:3] == b"ERR":
            raise ServerClosed(int.from_bytes(body[:4], "little"))
        return header[:4], body

    async def closed_by_server(self) -> int:
        """Wait until the server closes; the code of its Error message."""
        try:
            while True:
                await self.read_frame()
        except ServerClosed as closed:
            return closed.code

    # Messages

    async def hello(self, url: str = "opc.tcp://adversary", **lies: int) -> ua.Acknowledge:
        """Greet the server; `lies` replace fields of the Hello."""
        values = {
            "ReceiveBufferSize": 65535,
            "SendBufferSize": 65535,
            "MaxMessageSize": 0,
            "MaxChunkCount": 0,
            **lies,
        }
        body = struct_to_binary(_ua.Hello(EndpointUrl=url, **values))
        await self.send_bytes(b"HELF" + struct.pack("<I", len(body) + 8) + body)
        kind, answer = await self.read_frame()
        assert kind == b"ACKF"
        return struct_from_binary(ua.Acknowledge, Buffer(answer))

    async def open_channel(
        self, policy: str = POLICY_NONE, mode: int = ua.MessageSecurityMode.None_, *, renew: bool = False
    ) -> ua.OpenSecureChannelResult:
        """Open or renew the secure channel."""
        request = ua.OpenSecureChannelRequest()
        request.Parameters.RequestType = (
            ua.SecurityTokenRequestType.Renew if renew else ua.SecurityTokenRequestType.Issue
        )
        request.Parameters.SecurityMode = ua.MessageSecurityMode(mode)
        request.Parameters.RequestedLifetime = 60_000
        security = struct_to_binary(_ua.AsymmetricAlgorithmHeader(SecurityPolicyURI=policy))
        await self.send_bytes(self.frame(b"OPN", struct_to_binary(request), security=security))
        _, body = await self.read_frame()
        buffer = Buffer(body[4:])
        struct_from_binary(ua.AsymmetricAlgorithmHeader, buffer)
        struct_from_binary(ua.SequenceHeader, buffer)
        response = struct_from_binary(ua.OpenSecureChannelResponse, buffer)
        self.channel_id = response.Parameters.SecurityToken.ChannelId
        self.token_id = response.Parameters.SecurityToken.TokenId
        result: ua.OpenSecureChannelResult = response.Parameters
        return result

    def frame(
        self,
        kind: bytes,
        body: bytes,
        *,
        chunk: bytes = b"F",
        security: bytes | None = None,
        size: int | None = None,
        request_id: int | None = None,
        sequence_number: int | None = None,
    ) -> bytes:
        """One chunk, with this connection's next numbers where none are given."""
        if sequence_number is None:
            self.sequence_number += 1
            sequence_number = self.sequence_number
        if request_id is None:
            self.request_id += 1
            request_id = self.request_id
        security = struct.pack("<I", self.token_id) if security is None else security
        rest = security + struct.pack("<II", sequence_number, request_id) + body
        length = len(rest) + 12 if size is None else size
        return kind + chunk + struct.pack("<II", length, self.channel_id) + rest

    async def send(self, request: Any, *, token: ua.NodeId | None = None, timeout_hint: int = 0) -> int:
        """Send a request; its request id, by which `answer` finds the response."""
        if token is None and self.session is not None:
            token = self.session.token
        request.RequestHeader.AuthenticationToken = token or ua.NodeId()
        request.RequestHeader.TimeoutHint = timeout_hint
        self.request_id += 1
        await self.send_bytes(self.chunks(struct_to_binary(request), self.request_id))
        return self.request_id

    def chunks(self, body: bytes, request_id: int, size: int = 60_000) -> bytes:
        """One message in as many chunks as it takes."""
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        return b"".join(
            self.frame(b"MSG", part, chunk=b"F" if part is parts[-1] else b"C", request_id=request_id)
            for part in parts
        )

    @property
    def unclaimed(self) -> list[int]:
        """Ids of requests of which a response has come that nobody asked for."""
        return list(self._answers)

    async def answer(self, request_id: int) -> Any:
        """The response to this request, whatever comes before it.

        Raises:
            ServiceFaulted: it is a ServiceFault.
            ServerClosed: it never comes.
        """
        while request_id not in self._answers:
            number, response = await self.read_response()
            self._answers[number] = response
        response = self._answers.pop(request_id)
        if isinstance(response, ua.ServiceFault):
            raise ServiceFaulted(response.ResponseHeader.ServiceResult.value)
        return response

    async def read_response(self) -> tuple[int, Any]:
        """The next response, put together from its chunks, and the id of its request."""
        parts = []
        while True:
            kind, body = await self.read_frame()
            parts.append(body[16:])
            if kind == b"MSGF":
                break
        data = Buffer(b"".join(parts))
        type_id = nodeid_from_binary(data.copy())
        return int.from_bytes(body[12:16], "little"), struct_from_binary(
            ua.extension_objects_by_typeid[type_id], data
        )

    async def call(self, request: Any, *, token: ua.NodeId | None = None, timeout_hint: int = 0) -> Any:
        """Send a request and wait for its response."""
        return await self.answer(await self.send(request, token=token, timeout_hint=timeout_hint))

    # Sessions

    def deafen(self) -> None:
        """Read nothing any more."""
        transport: Any = self.writer.transport
        transport.pause_reading()

    async def create_session(self, timeout_ms: float = 60_000) -> RawSession:
        """Create a session; the next requests carry its token."""
        request = ua.CreateSessionRequest()
        request.Parameters.ClientDescription.ApplicationUri = "urn:adversary"
        request.Parameters.EndpointUrl = "opc.tcp://adversary"
        request.Parameters.SessionName = "adversary"
        request.Parameters.ClientNonce = bytes(32)
        request.Parameters.RequestedSessionTimeout = timeout_ms
        result = (await self.call(request)).Parameters
        session = RawSession(result.AuthenticationToken, result.SessionId, result.ServerNonce, result)
        self.session = session
        return session

    async def activate_session(self, token: ua.NodeId | None = None, identity: Any = None) -> Any:
        """Activate a session, anonymously unless `identity` is given."""
        request = ua.ActivateSessionRequest()
        request.Parameters.UserIdentityToken = identity or ua.AnonymousIdentityToken(PolicyId="anonymous")
        return await self.call(request, token=token)

    async def close(self) -> None:
        """Drop the connection without a word."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@asynccontextmanager
async def connected(host: str, port: int, patience_s: float = PATIENCE_S) -> AsyncIterator[RawClient]:
    """A TCP connection, nothing said yet; an answer is waited for `patience_s` seconds."""
    client = RawClient(*await asyncio.open_connection(host, port, limit=1 << 26), patience_s=patience_s)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def with_channel(host: str, port: int, patience_s: float = PATIENCE_S) -> AsyncIterator[RawClient]:
    """A connection with an open channel."""
    async with connected(host, port, patience_s) as client:
        await client.hello()
        await client.open_channel()
        yield client


@asynccontextmanager
async def with_session(host: str, port: int, patience_s: float = PATIENCE_S) -> AsyncIterator[RawClient]:
    """A connection with an activated anonymous session."""
    async with with_channel(host, port, patience_s) as client:
        await client.create_session()
        await client.activate_session()
        yield client
