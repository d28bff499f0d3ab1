"""The PLC without its network: station, program, timetable and faults behind one ``scan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.registry import find_process_fault, find_tag_fault
from opcua_ml_simulator.faults.schedule import FaultSchedule
from opcua_ml_simulator.faults.server import ServerFaults
from opcua_ml_simulator.faults.tag import TagFaults, check_tag_magnitude
from opcua_ml_simulator.physics.station import PumpStation
from opcua_ml_simulator.plc.inquiry import AnswerWords, Inquiry, InquiryProgram
from opcua_ml_simulator.plc.program import Reaction, ReportedResults, ResultProgram
from opcua_ml_simulator.tags import STATION_TAGS, TRUTH_TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml_simulator.faults.schedule import FaultChange
    from opcua_ml_simulator.scenario import Scenario

GREATEST_DEMAND = 130.0
"""m³/h that may be asked for by hand."""

_STATION_PATHS = tuple((tag.name, tag.path) for tag in (*STATION_TAGS, *TRUTH_TAGS))


class PlantController:
    """What runs in the PLC.

    Args:
        seed: fixes everything random.
        step: s of plant time per scan.
        scenario: timetable of faults, or None.
        heartbeat_timeout: s without heartbeat until written results are ignored.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        step: float = 0.1,
        scenario: Scenario | None = None,
        heartbeat_timeout: float = 5.0,
    ) -> None:
        self._seed = seed
        self._scenario = scenario
        self.step = step
        self.station = PumpStation(seed, step=step)
        self.program = ResultProgram(heartbeat_timeout=heartbeat_timeout)
        self.asking = InquiryProgram()
        self.tag_faults = TagFaults(seed)
        self.server_faults = ServerFaults()
        self._schedule = self._timetable()
        self.scans = 0
        self.reaction = Reaction()
        self.inquiry = Inquiry()
        self._image: dict[str, float] = {}

    def _timetable(self) -> FaultSchedule:
        return FaultSchedule(()) if self._scenario is None else self._scenario.schedule()

    @property
    def plant_time(self) -> float:
        """Seconds of plant time since the PLC started; goes on over ``reset``."""
        return self.scans * self.step

    def scan(self, results: ReportedResults, now: float, words: AnswerWords | None = None) -> None:
        """One cycle: timetable, program on the written results at clock ``now`` (s), plant, new image.

        Args:
            results: what was written to the result tags.
            now: seconds of a clock that never goes back.
            words: what was written to answer the program's questions.
        """
        for change in self._schedule.due(self.station.time):
            self._apply(change)
        self.reaction = self.program.scan(results, now)
        self._image = self.station.scan(self.reaction.speed_factor)
        alive = self.reaction.alive
        self.inquiry = self.asking.scan(words or AnswerWords(), self._image, now, alive=alive)
        self.scans += 1

    def values(self) -> Iterator[tuple[str, float]]:
        """Path and value of every station and truth tag after the last scan; none before the first."""
        image = self._image
        if image:
            for name, path in _STATION_PATHS:
                yield path, image[name]

    def inject_fault(self, fault: str | int, severity: float) -> None:
        """Start a process fault.

        Raises:
            UnknownFaultError: there is none of that name or number.
            SeverityError: severity is not above 0 and at most 1.
        """
        self.station.inject(find_process_fault(fault), severity)

    def clear_faults(self, fault: str | int | None = None) -> None:
        """Repair one process fault, or all.

        Raises:
            UnknownFaultError: there is none of that name or number.
        """
        self.station.clear(None if fault is None else find_process_fault(fault))

    def inject_tag_fault(
        self, tag: str, fault: str, magnitude: float = 0.0, duration: float | None = None
    ) -> None:
        """Disturb a tag; the caller has checked that it exists and suits the fault.

        Raises:
            UnknownFaultError: there is no such tag fault.
            SettingsError: the duration is not positive, or the magnitude none of the fault.
        """
        if duration is not None and not duration > 0.0:
            raise SettingsError("duration", duration, "seconds above 0")
        kind = find_tag_fault(fault)
        check_tag_magnitude(kind, magnitude)
        self.tag_faults.inject(tag, kind, magnitude, now=self.plant_time, duration=duration)

    def set_demand(self, flow: float | None) -> None:
        """Ask for a flow in m³/h by hand; None returns to the profile.

        Raises:
            SettingsError: the flow is not above 0 or more than the pump can give.
        """
        if flow is not None and not 0.0 < flow <= GREATEST_DEMAND:
            raise SettingsError("demand", flow, f"m³/h above 0 and at most {GREATEST_DEMAND:g}")
        self.station.set_demand(flow)

    def reset(self) -> None:
        """Bring the plant back to its first state: same seed, no faults, no trip, timetable anew."""
        self.station = PumpStation(self._seed, step=self.step)
        self.tag_faults = TagFaults(self._seed)
        self.server_faults.clear()
        self._schedule = self._timetable()

    def _apply(self, change: FaultChange) -> None:
        event = change.event
        if event.process_fault is not None:
            if change.starts:
                self.station.inject(event.process_fault, event.severity)
            else:
                self.station.clear(event.process_fault)
        elif event.server_fault is not None:
            if change.starts:
                self.server_faults.inject(event.server_fault, event.magnitude)
            else:
                self.server_faults.clear(event.server_fault)
        elif event.tag is not None and event.tag_fault is not None:
            if change.starts:
                self.tag_faults.inject(event.tag, event.tag_fault, event.magnitude, now=self.plant_time)
            else:
                self.tag_faults.clear(event.tag, event.tag_fault)
