"""The simulator as one object: an OPC UA server with a plant behind it, to embed or to run by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from opcua_ml_simulator.methods.replay import replay_methods
from opcua_ml_simulator.methods.signals import signal_methods
from opcua_ml_simulator.methods.simulation import simulation_methods
from opcua_ml_simulator.opcua.node_faults import NodeFaults
from opcua_ml_simulator.opcua.node_ids import string_node
from opcua_ml_simulator.opcua.publisher import TagPublisher
from opcua_ml_simulator.opcua.results import ASKING, ENABLE, ResultTags
from opcua_ml_simulator.opcua.server import NAMESPACE_URI
from opcua_ml_simulator.opcua.server_control import ServerControl
from opcua_ml_simulator.plc.clock import PlcClock
from opcua_ml_simulator.plc.controller import PlantController
from opcua_ml_simulator.plc.inquiry import AnswerWords
from opcua_ml_simulator.plc.program import ReportedResults
from opcua_ml_simulator.plc.scan_loop import ScanLoop
from opcua_ml_simulator.replay.player import REPLAY_FOLDER, ReplayPlayer
from opcua_ml_simulator.replay.recording import load_recording
from opcua_ml_simulator.settings import SimulatorSettings
from opcua_ml_simulator.signals.signal_set import SIGNALS_FOLDER, SignalSet
from opcua_ml_simulator.steering import PlantSteering
from opcua_ml_simulator.tags import (
    ALL_TAGS,
    INQUIRY_FOLDER,
    PLC_FOLDER,
    RESULTS_FOLDER,
    STATION_FOLDER,
    TRUTH_FOLDER,
    Tag,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from datetime import datetime
    from types import TracebackType

    from asyncua import ua

    from opcua_ml_simulator.opcua.server import PlcServer

SIMULATION_FOLDER = "Simulation"
"""Object that has the methods."""

_FOLDERS = {
    STATION_FOLDER: "Measured values, set-points and states of the pump station",
    RESULTS_FOLDER: "Where a client writes its predictions; the PLC program reacts to FaultClass",
    PLC_FOLDER: "State of the PLC and of its program",
    INQUIRY_FOLDER: "Where the PLC program asks a client for a flow, by request and answer",
    TRUTH_FOLDER: "What is really the case in the plant, to hold predictions against",
    SIMULATION_FOLDER: "Methods that steer the simulation",
}


class Simulator(PlantSteering):
    """An OPC UA server that behaves like the PLC of a cooling-water pump station.

    Use it as an async context manager: it listens inside the block. All methods are for the event loop that
    entered the block.

    Args:
        settings: what to simulate and where to listen.

    Raises:
        FileError: the recording to replay can't be used.
        SettingsError: the settings don't fit the recording.
    """

    def __init__(self, settings: SimulatorSettings | None = None) -> None:
        settings = settings or SimulatorSettings()
        self._signals = None if settings.signals is None else SignalSet(settings.signals, settings.seed)
        self._player: ReplayPlayer | None = None
        if settings.replay is not None:
            self._player = ReplayPlayer(load_recording(settings.replay), settings.replay)
        self._tasks: list[asyncio.Task[None]] = []
        self._raw: dict[str, tuple[object, int]] = {}
        self._results: ResultTags | None = None
        self._clock = PlcClock()
        plant = PlantController(
            settings.seed,
            step=settings.step,
            scenario=settings.scenario,
            heartbeat_timeout=settings.heartbeat_timeout,
        )
        super().__init__(settings, plant, {tag.path: tag for tag in self._all_tags()})
        self._control = ServerControl(settings, plant.server_faults, self._clock, self._populate)
        self._loop = ScanLoop(
            plant,
            self._signals,
            settings,
            self._clock,
            results=self._read_results,
            answers=self._read_answers,
            publish=self._publish_scan,
        )

    def _all_tags(self) -> tuple[Tag, ...]:
        signals = () if self._signals is None else self._signals.tags
        replayed = () if self._player is None else self._player.tags
        return (*ALL_TAGS, *signals, *replayed)

    async def __aenter__(self) -> Self:
        """Build the address space, make a first scan, open the port, start the scan cycle.

        Raises:
            PortInUseError: another program has the port.
            SettingsError: the host is no address of this machine.
        """
        self._raw.clear()
        self._loop.scan()
        try:
            await self._control.open()
        except BaseException:
            await self._control.close()
            raise
        self._spawn("simulator-server", self._control.run())
        if not self.settings.manual:
            self._spawn("simulator-scan", self._loop.run())
        if self._player is not None:
            self._spawn("simulator-replay", self._player.play())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop scanning, drop the connections, free the port; raises what a task of the simulator raised."""
        await self.close()

    async def close(self) -> None:
        """Stop everything, within about a second."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await self._control.close()
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
                raise outcome

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until the time is over; raises what a task of the simulator raised.

        The simulator runs on: neither the end of the time nor a cancelled wait stops it.
        """
        if self._tasks:
            ended, _ = await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()

    def _spawn(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))  # owned by close(), which awaits it

    async def _populate(self, server: PlcServer, libraries: tuple[str, ...]) -> NodeFaults:
        """Give a new server its nodes, and the values of the last scan."""
        builder = await server.prepare(sampling_ms=self.settings.step * 1e3, libraries=libraries)
        folders = dict(_FOLDERS)
        if self._signals is not None:
            folders[SIGNALS_FOLDER] = "Plain signals for trying out clients"
        if self._player is not None:
            folders[REPLAY_FOLDER] = "A recording played as tags"
        for path, description in folders.items():
            await builder.add_folder(path, description)
        await builder.add_tags(self._tags.values())
        methods = [*simulation_methods(self)]
        methods += [] if self._signals is None else signal_methods(self._signals)
        methods += [] if self._player is None else replay_methods(self._player)
        for method in methods:
            await builder.add_method(server.methods, method)
        nodes = NodeFaults(builder, self._clock)
        self._results = ResultTags(builder.writers)
        self._publisher = TagPublisher(
            builder.writers,
            nodes,
            plant=self._plant,
            clock=self._clock,
            source_time=self._loop.source_time,
            raw=self._raw,
        )
        await self._publisher.initialise()
        await self._publisher.publish(ENABLE, value=True)
        await self._publisher.publish(ASKING, value=False)
        await self._loop.publish()
        if self._player is not None:
            await self._player.connect(self._publish)
        return nodes

    def _read_results(self) -> ReportedResults:
        return ReportedResults() if self._results is None else self._results.read()

    def _read_answers(self) -> AnswerWords:
        return AnswerWords() if self._results is None else self._results.answers()

    async def _publish_scan(self, values: Mapping[str, tuple[object, int]], source_time: datetime) -> None:
        await self._publisher.publish_many(values, source_time)

    async def _publish(
        self, path: str, value: object, status: int, source_time: datetime | None = None
    ) -> None:
        await self._publisher.publish(path, value, status, source_time)

    @property
    def endpoint(self) -> str:
        """URL that clients connect to."""
        return self._control.server.endpoint

    @property
    def port(self) -> int:
        """TCP port that is listened on."""
        return self._control.server.port

    @property
    def namespace_uri(self) -> str:
        """Namespace of all nodes of the simulator."""
        return NAMESPACE_URI

    @property
    def replay(self) -> ReplayPlayer | None:
        """The player, with start, stop, rewind and step; None without a replay."""
        return self._player

    def node_id(self, path: str) -> ua.NodeId:
        """NodeId of a tag, object or method, like ``PumpStation.Flow``, while the simulator runs."""
        return string_node(path, self._control.server.namespace_index)
