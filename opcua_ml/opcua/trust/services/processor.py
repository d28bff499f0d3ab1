"""The server side of one secure channel: messages in, services called, responses out.

Source: OPC UA Part 4, 5.5 (SecureChannel), 7.32 (RequestHeader), 7.33 (ResponseHeader); Part 6, 6.7 and 7.1.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua
from asyncua.common.connection import TransportLimits
from asyncua.common.utils import Buffer, ServiceError
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import header_from_binary

from opcua_ml.opcua.hot import (
    DECLINED,
    HEADER_SIZE,
    CallRequest,
    Chunk,
    Declined,
    ReadRequest,
    RequestDecoder,
)
from opcua_ml.opcua.hot.publish import PUBLISH_REQUEST
from opcua_ml.opcua.trust.access.audit_entry import audit_entry_id
from opcua_ml.opcua.trust.access.authentication import Peer
from opcua_ml.opcua.trust.channel.connection import PlantConnection
from opcua_ml.opcua.trust.decoding.in_parts import read_in_parts
from opcua_ml.opcua.trust.decoding.reader import Reader
from opcua_ml.opcua.trust.decoding.structure import read_structure
from opcua_ml.opcua.trust.ground.errors import REFUSALS, ChannelClosed
from opcua_ml.opcua.trust.services.channel_opening import ChannelOpening
from opcua_ml.opcua.trust.services.exchange import Exchange, Needs, Service
from opcua_ml.opcua.trust.services.known_calls import KnownCalls
from opcua_ml.opcua.trust.services.known_reads import KnownReads
from opcua_ml.opcua.trust.services.messages_out import MessagesOut
from opcua_ml.opcua.trust.services.responses import RespondingProcessor
from opcua_ml.opcua.trust.services.table import HOT_SERVICES, SERVICES

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.channel.budget import ByteBudget
    from opcua_ml.opcua.trust.ground.flow import Account, Flow
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.services.outlet import Outlet
    from opcua_ml.opcua.trust.sessions.channel import BoundSession
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_ua: Any = ua
_NO_HEADER = ua.RequestHeader()
_ESTABLISHING = frozenset({"CreateSession", "ActivateSession"})
_LARGEST_HOT: Final = 32 * 1024
"""Bytes of a request up to which it is decoded in one step, by the hot codec where that knows it."""
_SHORT: Final = 1024
"""Bytes of a request up to which the bounded codec decodes it in one step."""

_log = structlog.get_logger(__name__)


class PlantProcessor(RespondingProcessor):
    """Serves one connection; sessions are found by a request's token, never by the connection."""

    iserver: PlantInternalServer

    def __init__(self, internal_server: PlantInternalServer, outlet: Outlet, budget: ByteBudget) -> None:
        super().__init__(internal_server, outlet.transport, TransportLimits())
        self.outlet = outlet
        self._connection = PlantConnection(internal_server.limits, budget, outlet.address)
        self.out = MessagesOut(self._connection, outlet.send)
        self._opening = ChannelOpening(internal_server, self._connection, outlet.address)
        self._asked_to_close = False
        self._hot = RequestDecoder(internal_server.turns.glance)
        self._reads = KnownReads(internal_server, self)
        self._calls = KnownCalls(internal_server, self)
        self._hot_size = min(internal_server.limits.shortest_limit, _LARGEST_HOT)
        self.sessions: set[BoundSession] = set()
        self.has_been_activated = False

    # What the rest of the server asks

    @property
    def channel_open(self) -> bool:
        """Whether a secure channel stands."""
        return bool(self._connection.is_open())

    @property
    def channel_id(self) -> int:
        """The secure channel's id, 0 before it is open."""
        return int(self._connection.security_token.ChannelId)

    @property
    def flow(self) -> Flow:
        """On whose account its work goes."""
        return self.outlet.flow

    @property
    def policy(self) -> Any:
        """Asyncua's SecurityPolicy of the channel."""
        return self._connection.security_policy

    @property
    def peer(self) -> Peer:
        """The application at the other end."""
        policy = self.policy
        return Peer(
            self.outlet.address,
            policy.URI,
            policy.Mode,
            policy.peer_certificate or None,
            self._opening.certificate_chain,
            self.channel_id,
        )

    def account(self) -> Account:
        """With whom the client shares: all clients of its user."""
        owner = next(iter(self.sessions)).caller.owner if self.sessions else ("address", self.outlet.address)
        return self.iserver.account_of(owner)

    @property
    def kept_bytes(self) -> int:
        """Memory that is taken by what was kept of Reads, about."""
        return self._reads.held_bytes

    def use_policies(self, policies: list[Any]) -> None:
        """The security policies that a channel may have."""
        self._connection.set_policy_factories(policies)

    def expired(self, now: float) -> bool:
        """Whether the token was not renewed in its lifetime and a quarter (Part 4, 5.5.2.1)."""
        return self.channel_open and now > self._opening.expires_at

    # Messages in

    def receive_now(self, frame: bytes) -> bytes | Chunk | None:
        """Serve one frame in passing: None if that could be done, else what is left for `receive`.

        Only for a frame that comes after all others were received.
        """
        if not self.has_been_activated or self.out.busy:
            return frame
        connection, chunk = self._connection, None
        request_id = connection.taken(frame)
        if request_id is not None:
            called = self._calls.answer(frame)
        else:
            chunk = connection.receive_whole(frame)
            if chunk is None:
                return frame
            request_id, called = chunk.request_id, self._calls.answer(chunk.body)
        if called is None:
            return self._read_now(chunk or Chunk(0, request_id, frame[HEADER_SIZE:], len(frame)))
        session, handle, outputs = called
        response = connection.answered_call(request_id, handle, outputs, session.max_response_size)
        if response is not None:
            self.outlet.send(response)
        else:
            self._too_large(request_id, session, handle)
        return None

    def _read_now(self, chunk: Chunk) -> Chunk | None:
        """Answer a Read that comes again, or take in a Publish; the chunk for any other message."""
        found = self._reads.answer_again(chunk.body)
        if found is None:
            return None if self._publish_now(chunk) else chunk
        session, handle, response = found
        connection = self._connection
        if connection.response_fits(len(response), session.max_response_size):
            self.outlet.send(connection.message_to_binary(response, request_id=chunk.request_id))
        else:
            self._too_large(chunk.request_id, session, handle)
        return None

    def _publish_now(self, chunk: Chunk) -> bool:
        """Take in a Publish, which is the most frequent request of a client that subscribes."""
        if not chunk.body.startswith(PUBLISH_REQUEST):
            return False
        exchange = Exchange(self, _NO_HEADER, chunk.request_id)
        try:
            found = self._hot_request(exchange, chunk.body)
        except REFUSALS as refusal:
            self.fault(exchange, refusal.code)
            return True
        if found is DECLINED:
            return False
        if found is not None:
            handling = self._handle(found[0], exchange, found[1])
            with suppress(StopIteration):  # it awaits nothing, and so needs no task
                handling.send(None)
        return True

    def _too_large(self, request_id: int, session: PlantSession, handle: int) -> None:
        header = _ua.RequestHeader(RequestHandle=handle)
        self.fault(Exchange(self, header, request_id, session), StatusCodes.BadResponseTooLarge)

    async def receive(self, received: bytes | Chunk) -> None:
        """Serve one frame, or what `receive_now` left of one.

        Raises:
            ConnectionFailure: the connection has to be closed with an Error message.
            ChannelClosed: the client is done.
        """
        if isinstance(received, bytes):
            chunk = self._connection.receive_whole(received)
            if chunk is None:
                await self._receive_other(received)
                return
            received = chunk
        await self._serve(received.body, received.request_id)

    async def _receive_other(self, frame: bytes) -> None:
        buffer = Buffer(frame)
        header: Any = header_from_binary(buffer)
        kind = header.MessageType
        if kind == ua.MessageType.Hello:
            self.outlet.send(self._opening.greet(bytes(buffer)))
            return
        if kind == ua.MessageType.Error:
            raise ChannelClosed
        if kind == ua.MessageType.SecureOpen:
            await self._opening.check(bytes(buffer))
            await self.iserver.turns.pause(self.outlet.flow)
        message: Any = self._connection.receive_chunk(header, buffer)
        if message is None:
            return
        if kind == ua.MessageType.SecureOpen:
            # It was decrypted, and will be signed: half a millisecond each, or 3.5 with long keys.
            await self.iserver.turns.pause(self.outlet.flow)
            await self.out.idle()
            self.outlet.send(self._opening.open(message))
            self.iserver.channel_observer.opened(
                self.peer, renewed=self._opening.renewed, lifetime_ms=self._opening.lifetime_ms
            )
        elif kind == ua.MessageType.SecureClose:
            self._asked_to_close = True
            raise ChannelClosed
        else:
            await self._serve(bytes(message.body()), message.request_id())

    def writable(self) -> None:
        """The client reads its answers again: send what its subscriptions held back."""
        for session in tuple(self.sessions):
            session.lane.resume()

    def disconnected(self) -> None:
        """Nothing is received any more: sessions stay until they time out, their publish requests do not."""
        self._connection.release()
        for session in tuple(self.sessions):
            session.detach(self)
        self.sessions.clear()
        if self.channel_open:
            self.iserver.channel_observer.closed(self.peer, asked=self._asked_to_close)
        del self._reads, self._calls  # a ring, which would wait for the collector with all that was kept

    # Requests

    async def _serve(self, body: bytes, request_id: int) -> None:
        exchange = Exchange(self, _NO_HEADER, request_id)
        self.outlet.flow.begin()
        try:
            found = self._hot_request(exchange, body)
            if found is DECLINED:
                found = await self._request(exchange, body)
        except REFUSALS as refusal:
            self.fault(exchange, refusal.code)
            return
        if found is None:
            return
        service, params = found
        self.iserver.turns.glance()
        if service.detached:
            exchange.activated.outstanding.add(exchange)
            self.iserver.calls.start(self._handle_in_turn(service, exchange, params), name=service.name)
        else:
            await self._handle(service, exchange, params)

    def _hot_request(self, exchange: Exchange, body: bytes) -> tuple[Service, Any] | Declined | None:
        """What is asked for, None if it is answered already; the hot codec is there for who was let in."""
        if not self.has_been_activated or len(body) > self._hot_size:
            return DECLINED
        request = self._hot.decode(body)
        if request is DECLINED:
            return DECLINED
        service = HOT_SERVICES[type(request)]
        exchange.header = request.head.as_header()
        exchange.session = self._session_for(service, exchange.header)
        if type(request) is ReadRequest and self._read_again(exchange, request, body):
            return None
        if type(request) is CallRequest:
            self._calls.learn(exchange.activated, request, body, self._connection.room_before_body)
        if type(request) is ReadRequest and len(body) > _SHORT:
            # Not for what is served in passing: its connection would be served within itself.
            self.iserver.turns.glance()
        return service, request.as_parameters()

    async def _request(self, exchange: Exchange, body: bytes) -> tuple[Service, Any]:
        """What is asked for, by the bounded codec, which is there for all."""
        reader = Reader(body, self.iserver.limits)
        type_id = reader.node_id()
        if len(body) <= _SHORT:
            exchange.header = read_structure(ua.RequestHeader, reader)
        else:
            exchange.header = await read_in_parts(ua.RequestHeader, reader, exchange.pause)
        found = SERVICES.get(type_id.Identifier) if type_id.NamespaceIndex == 0 else None
        if found is None:
            raise ServiceError(StatusCodes.BadServiceUnsupported)
        exchange.session = self._session_for(found, exchange.header)
        if len(body) <= _SHORT:
            return found, read_structure(found.parameters, reader)
        most = found.checked_limit(self.iserver.limits, len(body))
        return found, await read_in_parts(found.parameters, reader, exchange.pause, most)

    def _read_again(self, exchange: Exchange, request: ReadRequest, body: bytes) -> bool:
        if (response := self._reads.answer(exchange.activated, request, body)) is None:
            return False
        self.send(exchange, response)
        exchange.activated.count("Read", StatusCodes.Good)
        return True

    async def _handle_in_turn(self, service: Service, exchange: Exchange, params: Any) -> None:
        turns, flow = self.iserver.turns, self.outlet.flow
        expected = await turns.come(flow)
        if not exchange.answered:  # the session may have ended meanwhile
            await turns.measured(flow, self._handle(service, exchange, params), expected)
            exchange.activated.outstanding.discard(exchange)

    async def _handle(self, service: Service, exchange: Exchange, params: Any) -> None:
        session, code = exchange.session, StatusCodes.Good
        entry = audit_entry_id.set(exchange.header.AuditEntryId or "")
        try:
            response = service.handle(exchange, params)
            if service.awaits:
                response = await response
        except REFUSALS as refusal:
            code = refusal.code
            if service.name in _ESTABLISHING:
                self.iserver.sessions.refused(code)
            self.fault(exchange, code)
        except Exception:  # noqa: BLE001 - a fault of ours must not take the connection along
            _log.exception("service failed", service=service.name)
            code = StatusCodes.BadInternalError
            self.fault(exchange, code)
        else:
            if response is not None:
                await self._respond(exchange, response)
        finally:
            audit_entry_id.reset(entry)
        if session is not None:
            session.count(service.name, code)

    def _session_for(self, service: Service, header: ua.RequestHeader) -> PlantSession | None:
        if service.needs is Needs.NOTHING:
            return None
        session = self.iserver.sessions.find(header.AuthenticationToken)
        if session is None or (session.channel is not self and service.name != "ActivateSession"):
            raise ServiceError(StatusCodes.BadSessionIdInvalid)
        if service.needs is Needs.ACTIVATED and not session.is_activated():
            # Part 4, 5.6.2.1: any other service before ActivateSession closes the session.
            self.iserver.sessions.abort(session)
            raise ServiceError(StatusCodes.BadSessionNotActivated)
        session.touch()
        return session
