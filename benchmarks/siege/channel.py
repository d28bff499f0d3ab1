"""A client's secure channel on a socket of its own, cheap enough for hundreds in one process.

What it is asked to send it sends, true or not; answers are handed out as the bytes of their bodies.

Source: OPC UA Part 6, 6.7 (UA Secure Conversation) and 7.1 (UA Connection Protocol).
"""

from __future__ import annotations

import asyncio
import os
import struct
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary

from benchmarks.siege.policy import NONCE_LENGTH, SIGN_AND_ENCRYPT, Keys, certificate_of, thumbprint

if TYPE_CHECKING:
    from benchmarks.siege.policy import Application, Policy

PATIENCE_S = 30.0
LARGEST = 65_535
_ua: Any = ua
_URL = "opc.tcp://127.0.0.1/opcua-ml"


class Closed(ConnectionError):
    """The server closed the connection; `code` is that of its Error message, 0 without one."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(f"closed by the server, {code:#010x}")
        self.code = code


class Channel(asyncio.Protocol):
    """One connection; `connect` opens it.

    Args:
        application: who we say we are; None for a channel without security.
        policy: of the channel.
        server: certificate of the server in DER.
        mode: SIGN or SIGN_AND_ENCRYPT.
    """

    def __init__(
        self,
        application: Application | None = None,
        policy: Policy | None = None,
        server: bytes = b"",
        mode: int = SIGN_AND_ENCRYPT,
    ) -> None:
        self.application, self.policy, self.server, self.mode = application, policy, server, mode
        self.channel_id = self.token_id = self.number = self.request_id = 0
        self.closed: Closed | None = None
        self.came_at = 0.0
        self.unasked = 0
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._parts: list[bytes] = []
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._opening: asyncio.Future[bytes] | None = None
        self._ours: Keys | None = None
        self._theirs: Keys | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    # The socket

    async def connect(self, port: int, *, source: str = "127.0.0.1") -> None:
        """Open the connection, from this address of the loopback, and greet.

        Raises:
            Closed: the server does not want it.
        """
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", port, local_addr=(source, 0))
        sizes = {
            "ReceiveBufferSize": LARGEST,
            "SendBufferSize": LARGEST,
            "MaxMessageSize": 0,
            "MaxChunkCount": 0,
        }
        body = struct_to_binary(_ua.Hello(EndpointUrl=_URL, **sizes))
        await self.exchange(b"HELF" + struct.pack("<I", len(body) + 8) + body)

    @property
    def transport(self) -> asyncio.Transport:
        """Of the connection.

        Raises:
            Closed: there is none any more.
        """
        if self._transport is None or self.closed is not None:
            raise self.closed or Closed
        return self._transport

    def close(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"a stream transport is wanted, not {type(transport).__name__}")
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the loop's signature
        """Called by the loop; whoever waits for an answer is told."""
        self._end(Closed())

    def pause_writing(self) -> None:
        """Called by the loop: the server does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Called by the loop."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Called by the loop: cut frames and hand them out."""
        self.came_at = asyncio.get_running_loop().time()
        received = self._received
        received += data
        while len(received) >= 8 and len(received) >= (size := int.from_bytes(received[4:8], "little")):
            frame = bytes(received[:size])
            del received[:size]
            self._frame(frame)

    # Messages

    async def open(self) -> None:
        """Open the secure channel.

        Raises:
            Closed: the server refuses it.
        """
        nonce = os.urandom(NONCE_LENGTH) if self.policy is not None else b""
        request = ua.OpenSecureChannelRequest()
        request.Parameters.SecurityMode = ua.MessageSecurityMode(self.mode if self.policy else 1)
        request.Parameters.RequestedLifetime = 3_600_000
        request.Parameters.ClientNonce = nonce
        body = await self.exchange(self.opening(struct_to_binary(request)))
        answer = struct_from_binary(ua.OpenSecureChannelResponse, Buffer(body)).Parameters
        self.channel_id, self.token_id = answer.SecurityToken.ChannelId, answer.SecurityToken.TokenId
        if self.policy is not None:
            encrypted = self.mode == SIGN_AND_ENCRYPT
            self._ours = Keys(self.policy, answer.ServerNonce, nonce, encrypted=encrypted)
            self._theirs = Keys(self.policy, nonce, answer.ServerNonce, encrypted=encrypted)

    def opening(self, body: bytes) -> bytes:
        """The bytes of an OpenSecureChannel request, signed and encrypted as the policy has it."""
        numbers = self._numbers()
        if self.policy is None or self.application is None:
            head = b"OPNF" + bytes(4) + struct.pack("<I", self.channel_id) + _strings(_NONE, None, None)
            return _sized(head + numbers + body, 0)
        certificate = certificate_of(self.server)
        names = _strings(self.policy.uri.encode(), self.application.der, thumbprint(self.server))
        head = b"OPNF" + bytes(4) + struct.pack("<I", self.channel_id) + names
        signature, block = self.application.key.key_size // 8, self.policy.plain_block(certificate)
        extra = b"" if certificate_key_bytes(self.server) <= 256 else b"\0"
        fill = -(8 + len(body) + 1 + len(extra) + signature) % block
        plain = numbers + body + bytes([fill & 0xFF]) * (fill + 1)
        if extra:
            plain += bytes([fill >> 8])
        blocks = (len(plain) + signature) // block
        head = _sized(head, blocks * certificate_key_bytes(self.server))
        plain += self.policy.sign(self.application.key, head + plain)
        return head + self.policy.encrypt(certificate, plain)

    def message(self, body: bytes, *, most: int = 65_000) -> bytes:
        """The bytes of one request, in as many chunks as it takes; its id is `request_id` afterwards."""
        self.request_id += 1
        parts = [body[at : at + most] for at in range(0, len(body), most)] or [b""]
        return b"".join(self.chunk(part, b"F" if part is parts[-1] else b"C") for part in parts)

    def chunk(self, part: bytes, kind: bytes = b"F", message: bytes = b"MSG") -> bytes:
        """One chunk of the request with the present id."""
        self.number += 1
        head = message + kind + bytes(4) + struct.pack("<II", self.channel_id, self.token_id)
        plain = struct.pack("<II", self.number, self.request_id) + part
        if self._ours is None:
            return _sized(head + plain, 0)
        return self._ours.seal(head, plain)

    def send(self, data: bytes) -> None:
        """Send anything.

        Raises:
            Closed: there is no connection any more.
        """
        transport = self.transport
        if transport.is_closing():
            raise Closed
        transport.write(data)

    async def drained(self) -> None:
        """Let others go on, and wait until the server reads again.

        Raises:
            Closed: it has closed the connection.
        """
        await asyncio.sleep(0)
        await self._writable.wait()
        if self.closed is not None:
            raise self.closed

    def ask(self, body: bytes) -> asyncio.Future[bytes]:
        """Send a request; its answer's body will be the future's result."""
        data = self.message(body)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[self.request_id] = answer
        self.send(data)
        return answer

    async def call(self, body: bytes, patience_s: float = PATIENCE_S) -> bytes:
        """Send a request and wait for its answer's body.

        Raises:
            Closed: the server closed the connection.
            TimeoutError: there is no answer.
        """
        async with asyncio.timeout(patience_s):
            return await self.ask(body)

    async def exchange(self, data: bytes) -> bytes:
        """Send a Hello or an OpenSecureChannel, and wait for the body of what comes back.

        Raises:
            Closed: the server closed the connection.
        """
        self._opening = asyncio.get_running_loop().create_future()
        self.send(data)
        async with asyncio.timeout(PATIENCE_S):
            return await self._opening

    # Parts

    def _numbers(self) -> bytes:
        self.number += 1
        self.request_id += 1
        return struct.pack("<II", self.number, self.request_id)

    def _frame(self, frame: bytes) -> None:
        kind = frame[:3]
        if kind == b"ERR":
            self._end(Closed(int.from_bytes(frame[8:12], "little")))
        elif kind in {b"ACK", b"OPN"}:
            if self._opening is not None and not self._opening.done():
                self._opening.set_result(frame[8:] if kind == b"ACK" else self._opened_body(frame))
        else:
            plain = frame[16:] if self._theirs is None else self._theirs.open(frame)
            self._parts.append(plain[8:])
            if frame[3:4] == b"C":
                return
            body = b"".join(self._parts)
            self._parts.clear()
            answer = self._waiting.pop(int.from_bytes(plain[4:8], "little"), None)
            if answer is None:
                self.unasked += 1
            elif not answer.done():
                answer.set_result(body)

    def _opened_body(self, frame: bytes) -> bytes:
        at = 12
        for _ in range(3):
            at += 4 + max(0, int.from_bytes(frame[at : at + 4], "little", signed=True))
        if self.policy is None or self.application is None:
            return frame[at + 8 :]
        plain = self.policy.decrypt(self.application.key, frame[at:])
        # The answer is decoded from its start; padding and signature behind it are left unread.
        return plain[8:]

    def _end(self, closed: Closed) -> None:
        if self.closed is None:
            self.closed = closed
        self._writable.set()
        waiting = [*self._waiting.values(), *([self._opening] if self._opening is not None else [])]
        self._waiting.clear()
        for answer in waiting:
            if not answer.done():
                answer.set_exception(self.closed)
                answer.exception()  # whoever waits is told; where nobody does, nothing is logged


_NONE = b"http://opcfoundation.org/UA/SecurityPolicy#None"


def certificate_key_bytes(der: bytes) -> int:
    """Length of the certificate's RSA key in bytes."""
    key: Any = certificate_of(der).public_key()
    return int(key.key_size) // 8


def _strings(*texts: bytes | None) -> bytes:
    return b"".join(
        struct.pack("<i", -1) if text is None else struct.pack("<i", len(text)) + text for text in texts
    )


def _sized(data: bytes, more: int) -> bytes:
    return data[:4] + struct.pack("<I", len(data) + more) + data[8:]
