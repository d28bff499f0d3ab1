"""Steering a plant: faults, quality, pump, scans by hand; the same for embedders and for methods."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from opcua_ml_simulator.errors import SettingsError, UnknownFaultError, UnknownTagError
from opcua_ml_simulator.faults.registry import FaultScope, fault_names, find_server_fault, find_tag_fault
from opcua_ml_simulator.faults.server import ServerFaultKind
from opcua_ml_simulator.faults.tag import TagFaultKind
from opcua_ml_simulator.tags import Tag, TagType

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml_simulator.opcua.publisher import TagPublisher
    from opcua_ml_simulator.plc.controller import PlantController
    from opcua_ml_simulator.plc.scan_loop import ScanLoop
    from opcua_ml_simulator.settings import SimulatorSettings


class PlantSteering:
    """What can be asked of a running plant; all methods are for its own event loop.

    Args:
        settings: how the plant was started.
        plant: what runs in the PLC.
        tags: every tag by path.
    """

    def __init__(self, settings: SimulatorSettings, plant: PlantController, tags: dict[str, Tag]) -> None:
        self.settings = settings
        self._plant = plant
        self._tags = tags
        self._publisher: TagPublisher
        self._loop: ScanLoop
        for event in () if settings.scenario is None else settings.scenario.events:
            if event.tag is not None:
                self._check_disturbable(event.tag, str(event.fault))
            elif event.server_fault is not None:
                self._check_allowed(event.server_fault)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Every tag with its type, unit, range and description."""
        return tuple(self._tags.values())

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
            SettingsError: the fault needs a number or a unit and the tag has none; the duration is not
                positive; the magnitude is none of the fault.
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

    async def inject_server_fault(
        self, fault: str, magnitude: float = 0.0, duration: float | None = None
    ) -> None:
        """Disturb the PLC's server or the way to it, from the next turn of the event loop on.

        Args:
            fault: name of a fault of the server.
            magnitude: as the fault's description tells.
            duration: real seconds, as clients' patience is; None until it is cleared.

        Raises:
            UnknownFaultError: there is no such fault of the server, or it is Crash and the process has
                another purpose, too.
            SettingsError: the magnitude is none of the fault, or the duration is not positive.
        """
        kind = find_server_fault(fault)
        self._check_allowed(kind)
        if duration is not None and not duration > 0.0:
            raise SettingsError("duration", duration, "seconds above 0")
        until = None if duration is None else monotonic() + duration
        self._plant.server_faults.inject(kind, magnitude, until=until)

    async def clear_server_faults(self, fault: str | None = None) -> None:
        """End one fault of the server, or all.

        Raises:
            UnknownFaultError: there is no such fault of the server.
        """
        self._plant.server_faults.clear(None if fault is None else find_server_fault(fault))

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
        kind = find_tag_fault(fault)
        if kind is TagFaultKind.NodeRemoved and tag in self._tags:
            return
        found = self._check_published(tag)
        if kind.changes_number and found.type is not TagType.Double:
            raise SettingsError("tag", tag, f"a tag of type Double for {kind.value}")
        if kind is TagFaultKind.UnitChange and found.unit is None:
            raise SettingsError("tag", tag, f"a tag with a unit for {kind.value}")
        if kind is TagFaultKind.TypeChange and (found.length or found.type is TagType.String):
            raise SettingsError("tag", tag, f"a tag with one value that is no String for {kind.value}")

    def _check_allowed(self, kind: ServerFaultKind) -> None:
        if kind is ServerFaultKind.Crash and not self.settings.may_crash:
            known = tuple(name for name in fault_names(FaultScope.SERVER) if name != kind.value)
            raise UnknownFaultError(kind.value, known)
