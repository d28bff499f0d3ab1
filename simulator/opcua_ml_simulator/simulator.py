"""The simulator as one object: an OPC UA server with a plant behind it, to embed or to run by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from opcua_ml_simulator.errors import SettingsError, UnknownTagError
from opcua_ml_simulator.faults.registry import find_tag_fault
from opcua_ml_simulator.methods import replay_methods, signal_methods, simulation_methods
from opcua_ml_simulator.opcua.node_ids import string_node
from opcua_ml_simulator.opcua.publisher import TagPublisher
from opcua_ml_simulator.opcua.results import ResultTags
from opcua_ml_simulator.opcua.server import NAMESPACE_URI, PlcServer
from opcua_ml_simulator.plc.controller import PlantController
from opcua_ml_simulator.plc.scan_loop import ScanLoop
from opcua_ml_simulator.replay.player import REPLAY_FOLDER, ReplayPlayer
from opcua_ml_simulator.replay.recording import load_recording
from opcua_ml_simulator.settings import SimulatorSettings
from opcua_ml_simulator.signals.signal_set import SIGNALS_FOLDER, SignalSet
from opcua_ml_simulator.tags import (
    ALL_TAGS,
    PLC_FOLDER,
    RESULTS_FOLDER,
    STATION_FOLDER,
    TRUTH_FOLDER,
    Tag,
    TagType,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

    from asyncua import ua

SIMULATION_FOLDER = "Simulation"
"""Object that has the methods."""

_FOLDERS = {
    STATION_FOLDER: "Measured values, set-points and states of the pump station",
    RESULTS_FOLDER: "Where a client writes its predictions; the PLC program reacts to FaultClass",
    PLC_FOLDER: "State of the PLC and of its program",
    TRUTH_FOLDER: "What is really the case in the plant, to hold predictions against",
    SIMULATION_FOLDER: "Methods that steer the simulation",
}
_CLOCK_SECONDS = 1.0


class Simulator:
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
        self.settings = settings = settings or SimulatorSettings()
        self._plant = PlantController(
            settings.seed,
            step=settings.step,
            scenario=settings.scenario,
            heartbeat_timeout=settings.heartbeat_timeout,
        )
        self._signals = None if settings.signals is None else SignalSet(settings.signals, settings.seed)
        self._player: ReplayPlayer | None = None
        if settings.replay is not None:
            self._player = ReplayPlayer(load_recording(settings.replay), settings.replay)
        self._server = PlcServer(settings.host, settings.port, settings.name)
        self._tags: dict[str, Tag] = {tag.path: tag for tag in self._all_tags()}
        self._check_scenario()
        self._publisher: TagPublisher
        self._loop: ScanLoop
        self._tasks: list[asyncio.Task[None]] = []

    def _all_tags(self) -> tuple[Tag, ...]:
        signals = () if self._signals is None else self._signals.tags
        replayed = () if self._player is None else self._player.tags
        return (*ALL_TAGS, *signals, *replayed)

    def _check_scenario(self) -> None:
        for event in () if self.settings.scenario is None else self.settings.scenario.events:
            if event.tag is not None:
                self._check_disturbable(event.tag, str(event.fault))

    async def __aenter__(self) -> Self:
        """Build the address space, make a first scan, open the port, start the scan cycle.

        Raises:
            PortInUseError: another program has the port.
            SettingsError: the host is no address of this machine.
        """
        try:
            await self._build()
            await self._server.listen()
        except BaseException:
            await self._server.close()
            raise
        self._spawn("simulator-clock", self._keep_clock())
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
        await self._server.close()
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
                raise outcome

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until the time is over; raises what a task of the simulator raised."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*self._tasks)

    def _spawn(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _build(self) -> None:
        builder = await self._server.prepare(sampling_ms=self.settings.step * 1e3)
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
            await builder.add_method(self._server.methods, method)
        self._publisher = TagPublisher(builder.writers, self._plant)
        await self._publisher.initialise()
        results = ResultTags(builder.writers)
        await results.initialise()
        self._loop = ScanLoop(
            self._plant,
            self._signals,
            self.settings,
            results=results.read,
            publish=self._publisher.publish_many,
        )
        await self._loop.step(1)
        if self._player is not None:
            await self._player.connect(self._publisher.publish)

    async def _keep_clock(self) -> None:
        while True:
            await self._server.tick()
            await asyncio.sleep(_CLOCK_SECONDS)

    @property
    def endpoint(self) -> str:
        """URL that clients connect to."""
        return self._server.endpoint

    @property
    def port(self) -> int:
        """TCP port that is listened on."""
        return self._server.port

    @property
    def namespace_uri(self) -> str:
        """Namespace of all nodes of the simulator."""
        return NAMESPACE_URI

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Every tag with its type, unit, range and description."""
        return tuple(self._tags.values())

    def node_id(self, path: str) -> ua.NodeId:
        """NodeId of a tag, object or method, like ``PumpStation.Flow``, while the simulator runs."""
        return string_node(path, self._server.namespace_index)

    def read(self, path: str) -> ua.DataValue:
        """What a client would read of a tag now.

        Raises:
            UnknownTagError: there is no such tag.
        """
        return self._publisher.read(path)

    @property
    def plant_time(self) -> float:
        """Seconds of plant time since the start."""
        return self._plant.plant_time

    @property
    def scans(self) -> int:
        """Scans since the start."""
        return self._plant.scans

    @property
    def replay(self) -> ReplayPlayer | None:
        """The player, with start, stop, rewind and step; None without a replay."""
        return self._player

    async def step(self, scans: int = 1) -> None:
        """Make and publish so many scans by hand.

        Raises:
            SettingsError: the simulator scans by itself, or the number is not positive.
        """
        if not self.settings.manual:
            raise SettingsError("manual", False, "True to step scans by hand")
        if scans < 1:
            raise SettingsError("scans", scans, "a number from 1 on")
        await self._loop.step(scans)

    async def inject_fault(self, fault: str | int, severity: float = 1.0) -> None:
        """Start a process fault by name or number; it shows from the next scan on.

        Raises:
            UnknownFaultError: there is none of that name or number.
            SeverityError: severity is not above 0 and at most 1.
        """
        self._plant.inject_fault(fault, severity)

    async def clear_faults(self, fault: str | int | None = None) -> None:
        """Repair one process fault, or all.

        Raises:
            UnknownFaultError: there is none of that name or number.
        """
        self._plant.clear_faults(fault)

    async def inject_tag_fault(
        self, tag: str, fault: str, magnitude: float = 0.0, duration: float | None = None
    ) -> None:
        """Disturb one tag that the PLC publishes, for some seconds of plant time or until cleared.

        Raises:
            UnknownTagError: there is no such tag, or clients write it.
            UnknownFaultError: there is no such tag fault.
            SettingsError: the fault needs a number and the tag has none; the duration is not positive.
        """
        self._check_disturbable(tag, fault)
        self._plant.inject_tag_fault(tag, fault, magnitude, duration)
        await self._publisher.refresh(tag)

    async def clear_tag_faults(self, tag: str | None = None) -> None:
        """End what disturbs one tag, or every tag."""
        disturbed = self._plant.tag_faults.disturbed if tag is None else (tag,)
        self._plant.tag_faults.clear(tag)
        for path in disturbed:
            await self._publisher.refresh(path)

    async def set_quality(self, tag: str, status: int) -> None:
        """Publish a tag with this StatusCode from now on; Good (0) ends that.

        Raises:
            UnknownTagError: there is no such tag, or clients write it.
        """
        self._check_published(tag)
        self._plant.tag_faults.set_status(tag, status)
        await self._publisher.refresh(tag)

    async def start_pump(self) -> bool:
        """Start the pump; False while a trip is latched."""
        return self._plant.station.start()

    async def stop_pump(self) -> None:
        """Stop the pump."""
        self._plant.station.stop()

    async def acknowledge_trip(self) -> None:
        """Release a latched trip; the pump stays stopped."""
        self._plant.station.acknowledge_trip()

    async def set_demand(self, flow: float | None) -> None:
        """Ask the station for a flow in m³/h by hand; None returns to the automatic profile.

        Raises:
            SettingsError: a flow the station can't be asked for.
        """
        self._plant.set_demand(flow)

    async def reset(self) -> None:
        """Bring plant, faults and timetable back to the start; scan count and plant time go on."""
        disturbed = self._plant.tag_faults.disturbed
        self._plant.reset()
        for path in disturbed:
            await self._publisher.refresh(path)

    def _check_published(self, tag: str) -> Tag:
        found = self._tags.get(tag)
        if found is None or found.writable:
            raise UnknownTagError(tag)
        return found

    def _check_disturbable(self, tag: str, fault: str) -> None:
        found = self._check_published(tag)
        kind = find_tag_fault(fault)
        if kind.changes_number and found.type is not TagType.Double:
            raise SettingsError("tag", tag, f"a tag of type Double for {kind.value}")
