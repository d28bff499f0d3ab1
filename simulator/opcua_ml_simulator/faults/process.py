"""Faults of the process itself: what goes wrong in pump, valve, pipe, bearing and sensors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Fault(IntEnum):
    """Process faults; the number is the value of ``GroundTruth.ActiveFault`` and ``Results.FaultClass``."""

    Normal = 0
    Cavitation = 1
    BearingWear = 2
    ValveStuck = 3
    ValveClogged = 4
    ImpellerWear = 5
    Leak = 6
    SensorDrift = 7
    SensorStuck = 8


@dataclass(frozen=True, slots=True)
class ProcessFault:
    """What a process fault does.

    Attributes:
        fault: its number.
        onset: seconds of plant time until it has fully developed.
        description: cause and effect in words.
    """

    fault: Fault
    onset: float
    description: str


PROCESS_FAULTS: dict[Fault, ProcessFault] = {
    entry.fault: entry
    for entry in (
        ProcessFault(
            Fault.Cavitation,
            4.0,
            "Gassy water and a clogged strainer take up to 9 m of the NPSH: head, efficiency and smooth "
            "running are lost, the more so the higher the flow; below severity 0.7 at high flow only",
        ),
        ProcessFault(
            Fault.BearingWear,
            30.0,
            "The drive-end bearing gets a spall of damage up to 0.85: vibration, friction and heat rise, "
            "the remaining life falls",
        ),
        ProcessFault(
            Fault.ValveStuck,
            0.0,
            "The control valve jams, up to 40 % of the stroke more closed than it was, "
            "and ignores its command",
        ),
        ProcessFault(
            Fault.ValveClogged,
            6.0,
            "Deposits take up to 70 % of the valve's flow coefficient at every position",
        ),
        ProcessFault(
            Fault.ImpellerWear,
            10.0,
            "The impeller loses up to 25 % of its head and 15 % of its efficiency and runs out of balance",
        ),
        ProcessFault(
            Fault.Leak, 2.0, "A hole in the discharge pipe before the flow meter, up to about 35 m³/h"
        ),
        ProcessFault(
            Fault.SensorDrift,
            60.0,
            "The flow meter drifts by up to +25 m³/h within a minute; the controller believes it",
        ),
        ProcessFault(
            Fault.SensorStuck,
            0.0,
            "The impulse line of the discharge pressure transmitter blocks: it keeps its last value, "
            "less up to 0.7 bar",
        ),
    )
}
"""Every process fault, by its number."""


def fault_labels() -> tuple[str, ...]:
    """Names of all fault numbers in order, as EnumStrings."""
    return tuple(fault.name for fault in Fault)
