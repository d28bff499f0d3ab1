"""Pacing: runs scans when they are due and hands their values out, in real time, faster, or by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Protocol

from opcua_ml_simulator.faults.tag import GOOD
from opcua_ml_simulator.tags import INQUIRY_FOLDER, PLC_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opcua_ml_simulator.plc.clock import PlcClock
    from opcua_ml_simulator.plc.controller import PlantController
    from opcua_ml_simulator.plc.inquiry import AnswerWords
    from opcua_ml_simulator.plc.program import ReportedResults
    from opcua_ml_simulator.settings import SimulatorSettings
    from opcua_ml_simulator.signals.signal_set import SignalSet

_SHORTEST_TICK = 0.01
_LONGEST_BURST = 0.05
_LONGEST_BACKLOG = 1.0
_SCANS_PER_TURN = 20
_COUNTER = 2**32


class PublishScan(Protocol):
    """Where the values of a scan go."""

    async def __call__(self, values: Mapping[str, tuple[object, int]], source_time: datetime) -> None:
        """Publish values with StatusCodes by path, all with one SourceTimestamp."""


class ScanLoop:
    """Runs the controller's scans.

    Publishing happens at most every 10 ms; faster plants publish the last of the scans between. A host that
    is too slow for the wanted speed leaves out scans, which ``missed`` counts, rather than lag ever further.

    Args:
        plant: what is scanned.
        signals: the plain signals, or None.
        settings: speed, step, timestamps.
        clock: the PLC's.
        results: reads the result tags at the start of a scan.
        answers: reads the words of the answer then.
        publish: takes the values.
    """

    def __init__(
        self,
        plant: PlantController,
        signals: SignalSet | None,
        settings: SimulatorSettings,
        clock: PlcClock,
        *,
        results: Callable[[], ReportedResults],
        answers: Callable[[], AnswerWords],
        publish: PublishScan,
    ) -> None:
        self._plant = plant
        self._signals = signals
        self._settings = settings
        self._plc_clock = clock
        self._results = results
        self._answers = answers
        self._publish = publish
        self._started = datetime.now(UTC)
        self._started_clock = monotonic()
        self._scan_ms = 0.0
        self.missed = 0

    def source_time(self) -> datetime:
        """SourceTimestamp of the present scan."""
        if self._settings.timestamps == "plant" or self._settings.manual:
            return self.plant_clock()
        return self._plc_clock.now()

    def plant_clock(self) -> datetime:
        """The plant's own date and time."""
        start = self._settings.start_time or self._started
        return start + timedelta(seconds=self._plant.plant_time + self._plc_clock.skew)

    def _clock(self) -> float:
        """Seconds for timeouts and heartbeats: real ones, or the plant's where scans are made by hand."""
        return self._plant.plant_time if self._settings.manual else monotonic() - self._started_clock

    def scan(self) -> None:
        """One scan, without publishing."""
        begin = perf_counter()
        self._plant.scan(self._results(), self._clock(), self._answers())
        self._scan_ms = (perf_counter() - begin) * 1e3

    async def step(self, scans: int) -> None:
        """So many scans, each published; others get their turn in between."""
        for number in range(scans):
            self.scan()
            await self.publish()
            if number % _SCANS_PER_TURN == _SCANS_PER_TURN - 1:
                await asyncio.sleep(0)

    async def publish(self) -> None:
        """Hand out the values of the last scan."""
        values: dict[str, tuple[object, int]] = {path: (value, GOOD) for path, value in self._plant.values()}
        reaction = self._plant.reaction
        plc: dict[str, object] = {
            "Heartbeat": int(self._clock()) % _COUNTER,
            "ScanCount": self._plant.scans % _COUNTER,
            "MissedScans": self.missed % _COUNTER,
            "ScanTime": self._scan_ms,
            "PlantTime": self.plant_clock(),
            "ResultsAlive": reaction.alive,
            "ResultsUsed": reaction.used,
            "ReducedOperation": reaction.reduced,
        }
        values.update({f"{PLC_FOLDER}.{name}": (value, GOOD) for name, value in plc.items()})
        values.update({f"{INQUIRY_FOLDER}.{name}": (one, GOOD) for name, one in self._plant.inquiry.tags()})
        if self._signals is not None:
            values.update(
                (path, (value, status))
                for path, value, status in self._signals.update(self._plant.plant_time)
            )
        await self._publish(values, self.source_time())

    async def run(self) -> None:
        """Scan and publish in time for ever; to be run as a task."""
        step, speed = self._plant.step, self._settings.speed
        pace = step / speed
        next_scan = monotonic()
        while True:
            begin = monotonic()
            while next_scan <= monotonic() and monotonic() - begin < _LONGEST_BURST:
                self.scan()
                next_scan += pace
            behind = monotonic() - next_scan
            if behind > _LONGEST_BACKLOG:
                left_out = int(behind / pace)
                self.missed += left_out
                next_scan += left_out * pace
            await self.publish()
            now = monotonic()
            await asyncio.sleep(max(next_scan - now, begin + _SHORTEST_TICK - now, 0.0))
