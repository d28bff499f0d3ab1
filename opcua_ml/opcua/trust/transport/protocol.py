"""One TCP connection: bytes to frames, backpressure both ways, and the clocks that let idle peers go.

Source: OPC UA Part 6, 7.1 (UA Connection Protocol).
"""

from __future__ import annotations

import asyncio
import os
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from asyncua import ua
from asyncua.server.binary_server_asyncio import OPCUAProtocol
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import uatcp_to_binary

from opcua_ml.opcua.trust.ground.errors import ChannelClosed, ConnectionFailure
from opcua_ml.opcua.trust.ground.flow import Flow
from opcua_ml.opcua.trust.ground.turns import QUANTUM_S
from opcua_ml.opcua.trust.ground.ua_values import status_code
from opcua_ml.opcua.trust.services.processor import PlantProcessor
from opcua_ml.opcua.trust.transport.waiting_frames import WaitingFrames

if TYPE_CHECKING:
    from asyncua.common.connection import TransportLimits

    from opcua_ml.opcua.hot import Chunk
    from opcua_ml.opcua.trust.channel.budget import ByteBudget
    from opcua_ml.opcua.trust.ground.tasks import OwnedTasks
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.transport.complaints import Complaints
    from opcua_ml.opcua.trust.transport.glances import Glances

_ua: Any = ua
_ERROR: Any = ua.MessageType.Error
_HEADER: Final = 8
_SMALLEST: Final = {b"HEL": 32, b"OPN": 32, b"MSG": 24, b"CLO": 24, b"ERR": 16}
_LARGEST_HELLO: Final = 4096 + 64
_MOST_READ: Final = 4096
"""Bytes that are taken at a glance: what may pass is short."""


class Listener(Protocol):
    """The listening socket as its connections see it."""

    iserver: PlantInternalServer
    clients: list[Any]
    limits: TransportLimits
    budget: ByteBudget
    tasks: OwnedTasks
    complaints: Complaints
    glances: Glances

    @property
    def policies(self) -> list[Any]:
        """The security policies of the endpoints."""
        ...

    def admit(self, protocol: PlantProtocol) -> bool:
        """Take the connection in unless there are too many, of all or of its address."""
        ...

    def forget(self, protocol: PlantProtocol) -> None:
        """Count the connection out."""
        ...


class PlantProtocol(OPCUAProtocol, asyncio.BufferedProtocol):
    """Instantiated for every connection.

    Requests that come again are served while their bytes are at hand, all others by the connection's task.
    """

    iserver: PlantInternalServer
    _plant: PlantProcessor

    def __init__(self, server: Listener) -> None:
        super().__init__(server.iserver, server.policies, server.clients, [], server.limits)
        self._server = server
        self._caps = server.iserver.limits
        self._received = bytearray()
        self._incoming = memoryview(bytearray(self._caps.receive_buffer_size))
        self._frames = WaitingFrames(
            self._caps.max_queued_requests, self._caps.max_queued_bytes_before_activation
        )
        self._is_full = False
        self._is_waiting = False
        self._began_at = 0.0
        self._wake = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._flows = True
        self._timers: list[asyncio.TimerHandle] = []
        self._slow_timer: asyncio.TimerHandle | None = None
        self._greeted = False
        self._shares_flow = True
        self._had_its_turn = False
        self._handshake_s = 0.0
        self._lost = False
        self._turns = server.iserver.turns
        self.address = ""
        self.flow = Flow()
        self._fd = -1

    # Transport callbacks

    def connection_made(self, made: asyncio.BaseTransport) -> None:
        """Admit the connection, or close it when there are too many."""
        transport = cast("asyncio.Transport", made)  # other event loops have classes of their own
        self.peer_name = transport.get_extra_info("peername")
        self.address = str(self.peer_name[0]) if self.peer_name else ""
        self.transport = transport
        if not self._server.admit(self):
            self._fail(ConnectionFailure(StatusCodes.BadTcpServerTooBusy, "too many connections"))
            return
        transport.set_write_buffer_limits(high=256 * 1024)
        processor = PlantProcessor(self.iserver, self, self._server.budget)
        processor.use_policies(self.policies)
        self.processor = self._plant = processor
        self.iserver.asyncio_transports.append(transport)
        self._server.tasks.start(self._serve(processor), name=f"connection {self.peer_name}")
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(self._caps.handshake_timeout_s, self._expect_channel),
            loop.call_later(self._caps.activation_timeout_s, self._expect_session),
        ]

    def connection_lost(self, ex: BaseException | None) -> None:  # noqa: ARG002 - the transport's signature
        """Forget the connection; its task ends by itself."""
        self._lost = True
        self._server.glances.forget(self._fd, self._read_between_steps)
        for timer in self._timers:
            timer.cancel()
        if self._slow_timer is not None:
            self._slow_timer.cancel()
        self._frames.clear()
        self._received = bytearray()
        self._wake.set()
        self._writable.set()
        if self.transport in self.iserver.asyncio_transports:
            self.iserver.asyncio_transports.remove(self.transport)
        self._server.forget(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the transport's signature
        """Where the next bytes are put; asyncio's own loop would make memory anew for each read."""
        return self._incoming

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes out before the next ones come; uvloop does, and calls `data_received` itself."""
        self.data_received(self._incoming[:nbytes].tobytes())

    def data_received(self, data: bytes) -> None:
        """Serve a request that stands alone at once, if it may; cut all else into frames that wait."""
        turns, flow = self._turns, self.flow
        is_free = self._is_waiting and self._flows and not self._frames and not self._received
        if is_free and turns.may_pass(flow):
            begun = perf_counter()
            left = self._plant.receive_now(data)
            turns.passed(flow, perf_counter() - begun)
            if left is None:
                return
            if left is not data:
                self._frames.append(left)
                self._wake.set()
                return
        self._cut(data)

    def _cut(self, data: bytes) -> None:
        """Cut the stream into frames, each checked by its header before the rest of it is waited for."""
        self._began_at = 0.0
        received = self._received
        received += data
        start = 0
        try:
            while len(received) - start >= _HEADER:
                size = self._frame_size(received, start)
                if len(received) - start < size:
                    break
                self._take(bytes(received[start : start + size]))
                start += size
        except ConnectionFailure as failure:
            self._frames.clear()
            self._received = bytearray()
            self._fail(failure)
            return
        del received[:start]
        if self._began_at:
            self._turns.passed(self.flow, perf_counter() - self._began_at)
        if start and self._frames:
            self._wake.set()
            if self._frames.full:
                self._is_full = True
                self._stop_reading()
        if len(data) >= self._caps.receive_buffer_size and not self.lost:
            # There may be more, up to megabytes at once: others come first.
            self._stop_reading()
            asyncio.get_running_loop().call_soon(self._read_on)

    def _take(self, frame: bytes) -> None:
        """Serve a frame now where nothing is before it and it needs no task; else it waits for its turn."""
        left: bytes | Chunk | None = frame
        if self._is_waiting and not self._frames and self._flows and self._may_serve_now():
            left = self._plant.receive_now(frame)
        if left is not None:
            self._frames.append(left)

    def _may_serve_now(self) -> bool:
        """Whether the client need not wait for its turn, or is at it and has time left."""
        now = perf_counter()
        if self._began_at:
            return now - self._began_at < QUANTUM_S
        if self._turns.may_pass(self.flow):
            self._began_at = now
            return True
        return False

    def _read_between_steps(self) -> None:
        """The loop will bring these bytes after some other steps: take them now, if they may pass."""
        is_free = self._is_waiting and self._flows and not self._frames and not self._received
        if not is_free or self.lost or not self._turns.may_pass(self.flow):
            return
        try:
            data = os.read(self._fd, _MOST_READ)
        except OSError:  # nothing more is there, or the loop will find out what is wrong
            return
        if data:
            self.data_received(data)

    def pause_writing(self) -> None:
        """The client does not read; it gets a while to catch up."""
        self._writable.clear()
        self._flows = False
        loop = asyncio.get_running_loop()
        self._slow_timer = loop.call_later(self._caps.slow_reader_timeout_s, self._drop_slow_reader)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._writable.set()
        self._flows = True
        if self._slow_timer is not None:
            self._slow_timer.cancel()
            self._slow_timer = None
        if isinstance(self.processor, PlantProcessor) and not self._lost:
            self.processor.writable()

    # What the processor uses

    @property
    def lost(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._lost or self.transport is None or self.transport.is_closing()

    @property
    def congested(self) -> bool:
        """Whether the client leaves our answers unread."""
        return not self._flows

    async def flowing(self) -> None:
        """Wait until the client reads its answers, or is gone."""
        await self._writable.wait()

    def send(self, data: bytes) -> None:
        """Send one message, unless the connection is gone or its backlog too long."""
        transport = self.transport
        if self._lost or transport is None or transport.is_closing():
            return
        transport.write(data)
        if not self._flows and transport.get_write_buffer_size() > self._caps.max_send_backlog:
            self._drop_slow_reader()

    def close(self) -> None:
        """Close after what was sent so far; a client that does not take it is cut off."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()
            loop = asyncio.get_running_loop()
            self._timers.append(loop.call_later(self._caps.slow_reader_timeout_s, self.transport.abort))

    # The connection's task

    async def _serve(self, processor: PlantProcessor) -> None:
        try:
            while not self._lost:
                await self._next_frame()
                await self._serve_turn(processor)
                if self._shares_flow and processor.has_been_activated:
                    # From now on the client has a place of its own among the others.
                    self._shares_flow, self.flow = False, Flow(processor.account())
                    self._frames.most_bytes = self._caps.max_queued_bytes
                    self._turns.logged_in(self._handshake_s)
                    self._watch_socket()
        except ChannelClosed:
            self.close()
        except ConnectionFailure as failure:
            self._fail(failure)
        finally:
            processor.disconnected()
            self.close()
            # Nothing is served any more. Left to the collector, which looks rarely, each connection that was
            # would stay for minutes.
            self.processor = None
            del self._plant

    def _watch_socket(self) -> None:
        """Let what the client asks for be found at a glance."""
        transport = self.transport
        socket = transport.get_extra_info("socket") if transport is not None else None
        if transport is not None and socket is not None and not self.lost:
            self._fd = socket.fileno()
            self._server.glances.watch(self._fd, self._read_between_steps, transport.abort)

    async def _next_frame(self) -> None:
        while not self._frames and not self._lost:
            self._wake.clear()
            self._is_waiting = True
            try:
                await self._wake.wait()
            finally:
                self._is_waiting = False

    async def _serve_turn(self, processor: PlantProcessor) -> None:
        """Serve what waits, for as long as one turn lasts; a request that was begun is finished."""
        turns, flow = self._turns, self.flow
        charged = await (turns.again(flow) if self._had_its_turn else turns.come(flow))
        took = self._add_to_handshake if self._shares_flow else None
        await turns.measured(flow, self._serve_waiting(processor), charged, took)
        self._had_its_turn = bool(self._frames)
        await self._writable.wait()

    def _add_to_handshake(self, seconds: float) -> None:
        self._handshake_s += seconds

    async def _serve_waiting(self, processor: PlantProcessor) -> None:
        begun = perf_counter()
        while self._frames and self._flows:
            received: bytes | Chunk | None = self._frames.popleft()
            if isinstance(received, bytes):
                received = processor.receive_now(received)
            if received is not None:
                await processor.receive(received)
            if self._is_full and self._frames.low:
                self._is_full = False
                self._read_on()
            if perf_counter() - begun >= QUANTUM_S or self._shares_flow:
                return

    def _stop_reading(self) -> None:
        if self.transport is not None and not self.lost:
            self.transport.pause_reading()

    def _read_on(self) -> None:
        """Read again, unless too many requests wait; then that is done when they are fewer."""
        if self.transport is not None and not self.lost and not self._frames.full:
            self.transport.resume_reading()

    def _frame_size(self, received: bytearray, start: int) -> int:
        kind = bytes(received[start : start + 3])
        size = int.from_bytes(received[start + 4 : start + 8], "little")
        if kind not in _SMALLEST or (kind == b"HEL") == self._greeted:
            raise ConnectionFailure(StatusCodes.BadTcpMessageTypeInvalid)
        self._greeted = True
        if size < _SMALLEST[kind]:
            raise ConnectionFailure(StatusCodes.BadTcpMessageTypeInvalid, "message too short")
        if size > (_LARGEST_HELLO if kind == b"HEL" else self._caps.receive_buffer_size):
            raise ConnectionFailure(StatusCodes.BadTcpMessageTooLarge)
        return size

    def _fail(self, failure: ConnectionFailure) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        self._server.complaints.tell(self.address, status_code(failure.code).name, failure.why)
        message = _ua.ErrorMessage(status_code(failure.code), failure.reason)
        self.transport.write(uatcp_to_binary(_ERROR, message))
        self.close()

    def _expect_channel(self) -> None:
        if isinstance(self.processor, PlantProcessor) and not self.processor.channel_open:
            self._fail(ConnectionFailure(StatusCodes.BadTimeout, "no secure channel in time"))

    def _expect_session(self) -> None:
        if isinstance(self.processor, PlantProcessor) and not self.processor.has_been_activated:
            self._fail(ConnectionFailure(StatusCodes.BadTimeout, "no activated session in time"))

    def _drop_slow_reader(self) -> None:
        if self.transport is not None and not self._lost:
            self._server.complaints.tell(self.address, "BadTimeout", "the client does not read")
            self.transport.abort()
