"""A session on a Channel, with the few services that the loads use, encoded as cheaply as can be.

Source: OPC UA Part 4, 5.6 (Session Service Set); Part 6, 5.2 (binary encoding).
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary

from benchmarks.siege.policy import certificate_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.siege.channel import Channel

VALUE = 13
_ua: Any = ua


class Refused(Exception):
    """The server answered with a StatusCode that is not good."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:#010x} {ua.StatusCode(ua.UInt32(code)).name}")
        self.code = code


class Session:
    """What CreateSession and ActivateSession give.

    Args:
        channel: that is open.
        name: SessionName.
    """

    def __init__(self, channel: Channel, name: str = "siege") -> None:
        self.channel = channel
        self.name = name
        self.token: Any = ua.NodeId()
        self.session_id: Any = ua.NodeId()
        self.nonce = b""
        self.namespaces: list[str] = []

    async def create(self, timeout_ms: float = 120_000) -> None:
        """CreateSession.

        Raises:
            Refused: with the fault's StatusCode.
        """
        application = self.channel.application
        request = ua.CreateSessionRequest()
        params = request.Parameters
        params.ClientDescription.ApplicationUri = application.uri if application else "urn:siege"
        params.ClientDescription.ApplicationType = ua.ApplicationType.Client
        params.EndpointUrl = "opc.tcp://127.0.0.1/opcua-ml"
        params.SessionName = self.name
        params.ClientNonce = os.urandom(32)
        params.ClientCertificate = application.der if application else None
        params.RequestedSessionTimeout = timeout_ms
        result = (await self.service(request)).Parameters
        self.token, self.session_id, self.nonce = (
            result.AuthenticationToken,
            result.SessionId,
            result.ServerNonce,
        )

    async def activate(self, user: str = "", password: str = "") -> None:
        """ActivateSession, anonymously or by password.

        Raises:
            Refused: with the fault's StatusCode.
        """
        channel, policy = self.channel, self.channel.policy
        request = ua.ActivateSessionRequest()
        params = request.Parameters
        if policy is not None and channel.application is not None:
            params.ClientSignature = ua.SignatureData(
                Algorithm=policy.signature_uri,
                Signature=policy.sign(channel.application.key, channel.server + self.nonce),
            )
        params.UserIdentityToken = self.identity(user, password)
        self.nonce = (await self.service(request)).Parameters.ServerNonce

    def identity(self, user: str, password: str) -> Any:
        """The token of a user, or of nobody."""
        policy = self.channel.policy
        if not user:
            return ua.AnonymousIdentityToken(PolicyId="anonymous")
        if policy is None:
            raise TypeError("a password is sent under a security policy only")
        secret = password.encode() + self.nonce
        plain = len(secret).to_bytes(4, "little") + secret
        return ua.UserNameIdentityToken(
            PolicyId=f"username_{policy.name}",
            UserName=user,
            Password=policy.encrypt(certificate_of(self.channel.server), plain),
            EncryptionAlgorithm=policy.encryption_uri,
        )

    async def service(self, request: Any, patience_s: float = 30.0) -> Any:
        """Any service by asyncua's types.

        Raises:
            Refused: it is answered with a ServiceFault.
        """
        request.RequestHeader.AuthenticationToken = self.token
        return decoded(await self.channel.call(struct_to_binary(request), patience_s))

    async def index(self, uri: str) -> int:
        """Of a namespace."""
        if not self.namespaces:
            answer = await self.channel.call(self.read_body([ua.NodeId(ua.Int32(2255))]))
            self.namespaces = decoded(answer).Results[0].Value.Value
        return self.namespaces.index(uri)

    # Bodies that are sent often: encoded once

    def read_body(self, nodes: Sequence[Any], attribute: int = VALUE) -> bytes:
        """A Read of one attribute of each node."""
        request = ua.ReadRequest()
        request.RequestHeader.AuthenticationToken = self.token
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        request.Parameters.NodesToRead = [
            ua.ReadValueId(NodeId=node, AttributeId=AttributeIds(attribute)) for node in nodes
        ]
        return struct_to_binary(request)

    def write_body(self, node: Any, value: float) -> bytes:
        """A Write of one Double; the value is the last eight bytes."""
        request = ua.WriteRequest()
        request.RequestHeader.AuthenticationToken = self.token
        request.Parameters.NodesToWrite = [
            ua.WriteValue(
                NodeId=node,
                AttributeId=AttributeIds.Value,
                Value=_ua.DataValue(ua.Variant(value, ua.VariantType.Double), StatusCode=None),
            )
        ]
        return struct_to_binary(request)

    def publish_body(self, acknowledge: tuple[int, int] | None = None) -> bytes:
        """A Publish; the acknowledged subscription and sequence number are the last eight bytes."""
        request = ua.PublishRequest()
        request.RequestHeader.AuthenticationToken = self.token
        if acknowledge is not None:
            request.Parameters.SubscriptionAcknowledgements = [ua.SubscriptionAcknowledgement(*acknowledge)]
        return struct_to_binary(request)

    async def subscribe(self, interval_ms: float, *, keep_alive: int = 50, priority: int = 0) -> int:
        """CreateSubscription; its id."""
        request = ua.CreateSubscriptionRequest()
        params = request.Parameters
        params.RequestedPublishingInterval = interval_ms
        params.RequestedMaxKeepAliveCount = keep_alive
        params.RequestedLifetimeCount = 10 * keep_alive
        params.PublishingEnabled = True
        params.Priority = priority
        return int((await self.service(request)).Parameters.SubscriptionId)

    async def monitor(
        self, subscription: int, nodes: Sequence[Any], *, queue: int = 100, interval_ms: float = 0.0
    ) -> list[int]:
        """CreateMonitoredItems on Values, client handles from 0; the StatusCodes."""
        request = ua.CreateMonitoredItemsRequest()
        request.Parameters.SubscriptionId = subscription
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        request.Parameters.ItemsToCreate = [
            ua.MonitoredItemCreateRequest(
                ItemToMonitor=ua.ReadValueId(NodeId=node, AttributeId=AttributeIds.Value),
                MonitoringMode=ua.MonitoringMode.Reporting,
                RequestedParameters=ua.MonitoringParameters(
                    ClientHandle=handle, SamplingInterval=interval_ms, QueueSize=queue, DiscardOldest=True
                ),
            )
            for handle, node in enumerate(nodes)
        ]
        return [int(result.StatusCode.value) for result in (await self.service(request, 60.0)).Results]


def node(index: int, text: str) -> Any:
    """A node of a namespace by its text."""
    return _ua.NodeId(text, index)


def decoded(body: bytes) -> Any:
    """A response.

    Raises:
        Refused: it is a ServiceFault.
    """
    data = Buffer(body)
    type_id = nodeid_from_binary(data.copy())
    response: Any = struct_from_binary(ua.extension_objects_by_typeid[type_id], data)
    if isinstance(response, ua.ServiceFault):
        raise Refused(int(response.ResponseHeader.ServiceResult.value))
    return response


def service_result(body: bytes) -> int:
    """The ServiceResult of a response, without decoding it (type, time, handle, result)."""
    return int.from_bytes(body[16:20], "little")


_HEADER = 4 + 8 + 4 + 4 + 1 + 4 + 3
"""Type, time, handle, result, no diagnostics, no strings, no additional header."""


def changes(body: bytes) -> tuple[int, int, list[tuple[int, Any]]]:
    """Of a PublishResponse: subscription, sequence number, and (client handle, value) of each change.

    A value is a float where it is a Double, else None; with an overflow bit, or not Good, it is the
    StatusCode, an int. A keep-alive has no changes.
    """
    at = _HEADER
    subscription = int.from_bytes(body[at : at + 4], "little")
    at = _skip_array(body, at + 4, 4) + 1
    number = int.from_bytes(body[at : at + 4], "little")
    at += 12
    found: list[tuple[int, Any]] = []
    count = int.from_bytes(body[at : at + 4], "little", signed=True)
    at += 4
    for _ in range(max(0, count)):
        type_id, length = struct.unpack_from("<H", body, at + 2)[0], struct.unpack_from("<i", body, at + 5)[0]
        at += 9
        if type_id == 811:
            found += _items(body, at)
        at += length
    return subscription, number, found


def _items(body: bytes, at: int) -> list[tuple[int, Any]]:
    found: list[tuple[int, Any]] = []
    count = int.from_bytes(body[at : at + 4], "little", signed=True)
    at += 4
    for _ in range(count):
        handle, mask = struct.unpack_from("<IB", body, at)
        at += 5
        value: Any = None
        if mask & 1:
            if body[at] == 11:
                (value,) = struct.unpack_from("<d", body, at + 1)
                at += 9
            else:
                at = _skip_variant(body, at)
        if mask & 2:
            value = int.from_bytes(body[at : at + 4], "little") or value
            at += 4
        at += 8 * bool(mask & 4) + 2 * bool(mask & 16) + 8 * bool(mask & 8) + 2 * bool(mask & 32)
        found.append((handle, value))
    return found


def _skip_variant(body: bytes, at: int) -> int:
    data = Buffer(body, at)
    before = len(data)
    _ua_variant(data)
    return at + before - len(data)


def _skip_array(body: bytes, at: int, size: int) -> int:
    return at + 4 + size * max(0, int.from_bytes(body[at : at + 4], "little", signed=True))


def _ua_variant(data: Buffer) -> None:
    from asyncua.ua.ua_binary import variant_from_binary  # noqa: PLC0415 - rarely needed

    variant_from_binary(data)
