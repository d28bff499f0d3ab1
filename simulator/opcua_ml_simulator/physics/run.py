"""Whole runs in process, without a server: data for training, faster than real time by the thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.schedule import FaultSchedule
from opcua_ml_simulator.physics.station import PumpStation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from opcua_ml_simulator.faults.schedule import FaultEvent
    from opcua_ml_simulator.physics.parameters import StationParameters

_INTEGERS = frozenset({"OperatingPoint", "TripReason", "ActiveFault"})
_BOOLEANS = frozenset({"Running", "Tripped", "Anomaly"})


def simulate_run(
    seed: int = 0,
    duration_s: float = 600.0,
    step_s: float = 0.1,
    schedule: Sequence[FaultEvent] = (),
    *,
    parameters: StationParameters | None = None,
) -> dict[str, NDArray[Any]]:
    """Run the pump station and return every value at every scan.

    Args:
        seed: the same seed, step and schedule give the same arrays, bit for bit.
        duration_s: length of the run in s of plant time.
        step_s: s between scans, above 0 and at most 1.
        schedule: process faults to inject, as a scenario file would.
        parameters: plate data.

    Returns:
        One array of shape (n,) per tag, ``n = round(duration_s / step_s)``: ``Time`` in s, the tags of the
        folder PumpStation and the ground truth, named as the tags without their folder; float64, int32
        for enumerations, bool for booleans.

    Raises:
        SettingsError: duration or step out of range, or an event that is no process fault.
        SeverityError: a severity out of range.
    """
    station = PumpStation(seed, step=step_s, parameters=parameters)
    scans = round(duration_s / step_s)
    if scans < 1:
        raise SettingsError("duration_s", duration_s, f"at least one step of {step_s} s")
    plan = FaultSchedule(schedule)
    rows: list[list[float]] = []
    names: list[str] = []
    for _ in range(scans):
        for change in plan.due(station.time):
            fault = change.event.process_fault
            if fault is None:
                raise SettingsError("schedule", change.event.fault, "process faults only")
            if change.starts:
                station.inject(fault, change.event.severity)
            else:
                station.clear(fault)
        image = station.scan()
        rows.append([station.time, *image.values()])
        names = names or ["Time", *image]
    table = np.array(rows, dtype=np.float64)
    return {name: _typed(name, table[:, column]) for column, name in enumerate(names)}


def _typed(name: str, values: NDArray[np.float64]) -> NDArray[Any]:
    if name in _BOOLEANS:
        return values.astype(np.bool_)
    if name in _INTEGERS:
        return values.astype(np.int32)
    return values.copy()
