"""Keeps the PLC's server as the active faults want it: up or down, reachable or not, slow, small, late."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from opcua_ml_simulator.faults.server import SMALL_OPERATIONS, SMALL_SESSIONS, ServerFaultKind
from opcua_ml_simulator.opcua.server import PlcServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml_simulator.faults.server import ServerFaults
    from opcua_ml_simulator.opcua.node_faults import NodeFaults
    from opcua_ml_simulator.plc.clock import PlcClock
    from opcua_ml_simulator.settings import SimulatorSettings

LIBRARY_URI = "urn:opcua-ml:simulator:library"
"""Namespace that a download puts before the simulator's own."""

CRASHED = 70
"""Exit code of a process that has crashed on demand."""

_CLOCK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Tuning:
    """How a server that is up behaves."""

    skew: float
    delay: float
    frozen: bool
    locked: bool
    writable: bool
    with_status: bool
    operations: int
    sessions: int


class ServerControl:
    """Owns the one server that there is at a time.

    Args:
        settings: where to listen.
        faults: of the server.
        clock: the PLC's.
        populate: gives a new server its nodes.
    """

    def __init__(
        self,
        settings: SimulatorSettings,
        faults: ServerFaults,
        clock: PlcClock,
        populate: Callable[[PlcServer, tuple[str, ...]], Awaitable[NodeFaults]],
    ) -> None:
        self._settings = settings
        self._faults = faults
        self._clock = clock
        self._populate = populate
        self._changed = asyncio.Event()
        self._libraries: tuple[str, ...] = ()
        self._nodes: NodeFaults | None = None
        self._tuning: _Tuning | None = None
        self._listens = False
        self.server = self._new_server(settings.port)
        faults.changed = self._changed.set

    async def open(self) -> None:
        """Build the first server and open its port.

        Raises:
            PortInUseError: another program has the port.
            SettingsError: the host is no address of this machine.
        """
        self.server = self._new_server(self._settings.port)
        self._changed.clear()
        self._libraries = self._wanted_libraries()
        await self._build()
        await self._tune()
        if not self._is_cut_off():
            await self._listen()

    async def run(self) -> None:
        """Follow the faults, and move the server's clock, until cancelled."""
        while True:
            next_end = self._faults.expire(monotonic())
            await self._bring()
            if self._nodes:
                await self.server.tick()
            pause = _CLOCK_SECONDS if next_end is None else min(_CLOCK_SECONDS, next_end - monotonic())
            try:
                async with asyncio.timeout(max(pause, 0.0)):
                    await self._changed.wait()
            except TimeoutError:
                continue
            self._changed.clear()

    async def close(self) -> None:
        """Drop the connections and free the port."""
        await self._shut()

    async def _bring(self) -> None:
        if self._faults.is_active(ServerFaultKind.Crash) and self._settings.may_crash:
            os._exit(CRASHED)
        libraries = self._wanted_libraries()
        if self._faults.is_active(ServerFaultKind.Restart):
            await self._shut()
        elif not self._nodes or libraries != self._libraries:
            await self._shut()
            self._libraries = libraries
            self.server = self._new_server(self.server.port)
            await self._build()
        if not self._nodes:
            return
        await self._tune()
        if self._is_cut_off():
            self.server.hang_up()
        elif not self._listens:
            await self._listen()
        else:
            await self.server.listen_again()

    async def _build(self) -> None:
        self._nodes = await self._populate(self.server, self._libraries)

    async def _listen(self) -> None:
        await self.server.listen()
        self._listens = True

    async def _shut(self) -> None:
        self._nodes = self._tuning = None
        self._listens = False
        await self.server.close()

    async def _tune(self) -> None:
        tuning = self._wanted_tuning()
        self._clock.skew = tuning.skew
        self.server.wire.delay = tuning.delay
        self.server.wire.freeze(frozen=tuning.frozen)
        if tuning == self._tuning or self._nodes is None:
            return
        self._tuning = tuning
        self.server.attributes.locked = tuning.locked
        self.server.limits.operations = tuning.operations
        self.server.limits.sessions = tuning.sessions
        await self.server.advertise_limits()
        await self._nodes.set_access(writable=tuning.writable, with_status=tuning.with_status)

    def _wanted_tuning(self) -> _Tuning:
        faults, kind = self._faults, ServerFaultKind
        operations = faults.magnitude(kind.SmallLimits)
        return _Tuning(
            skew=faults.magnitude(kind.ClockSkew) or 0.0,
            delay=faults.magnitude(kind.SlowServer) or 0.0,
            frozen=faults.is_active(kind.FrozenServer),
            locked=faults.is_active(kind.WriteRefused),
            writable=not faults.is_active(kind.NotWritable),
            with_status=not faults.is_active(kind.NoStatusWrite),
            operations=0 if operations is None else int(operations) or SMALL_OPERATIONS,
            sessions=0 if operations is None else SMALL_SESSIONS,
        )

    def _wanted_libraries(self) -> tuple[str, ...]:
        return (LIBRARY_URI,) if self._faults.is_active(ServerFaultKind.NamespaceReorder) else ()

    def _is_cut_off(self) -> bool:
        return self._faults.is_active(ServerFaultKind.Disconnect) or self._faults.is_active(
            ServerFaultKind.Restart
        )

    def _new_server(self, port: int) -> PlcServer:
        return PlcServer(self._settings.host, port, self._settings.name, self._clock)
