"""Every tag of the PLC: name, type, unit, range, description; the address space derives from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from opcua_ml_simulator.faults.process import fault_labels
from opcua_ml_simulator.physics.demand import OperatingPoint
from opcua_ml_simulator.physics.protection import TripReason
from opcua_ml_simulator.physics.sensors import RANGES
from opcua_ml_simulator.units import (
    AMPERE,
    BAR,
    CELSIUS,
    CUBIC_METRE_PER_HOUR,
    HOUR,
    KILOWATT,
    METRE,
    METRE_PER_SECOND_SQUARED,
    MILLIMETRE_PER_SECOND,
    MILLISECOND,
    NEWTON_METRE,
    ONE,
    PERCENT,
    REVOLUTION_PER_MINUTE,
    Unit,
)


class TagType(IntEnum):
    """Built-in types that tags have, with their numbers of OPC UA Part 6, table 1."""

    Boolean = 1
    Int32 = 6
    UInt32 = 7
    Int64 = 8
    Double = 11
    String = 12
    DateTime = 13


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag.

    Attributes:
        folder: object it hangs under; first part of its NodeId.
        name: browse name; rest of its NodeId.
        type: built-in type.
        description: what it is, in words.
        unit: engineering unit, of an analogue tag.
        low: lower end of EURange.
        high: upper end of EURange.
        labels: EnumStrings of an enumeration.
        states: what False and True mean, of a Boolean that has names for them.
        writable: whether clients may write it.
        length: number of elements of an array, 0 for a scalar.
    """

    folder: str
    name: str
    type: TagType
    description: str
    unit: Unit | None = None
    low: float = 0.0
    high: float = 0.0
    labels: tuple[str, ...] = ()
    states: tuple[str, str] | None = None
    writable: bool = False
    length: int = 0

    @property
    def path(self) -> str:
        """``Folder.Name``, the string identifier of its NodeId."""
        return f"{self.folder}.{self.name}"


STATION_FOLDER = "PumpStation"
TRUTH_FOLDER = "GroundTruth"
RESULTS_FOLDER = "Results"
PLC_FOLDER = "Plc"
INQUIRY_FOLDER = "Inquiry"


def _measured(name: str, unit: Unit, description: str) -> Tag:
    low, high = RANGES[name]
    return Tag(STATION_FOLDER, name, TagType.Double, description, unit, low, high)


def _analog(folder: str, name: str, unit: Unit, span: tuple[float, float], description: str) -> Tag:
    return Tag(folder, name, TagType.Double, description, unit, *span)


def _choice(folder: str, name: str, labels: tuple[str, ...], description: str) -> Tag:
    return Tag(folder, name, TagType.Int32, description, labels=labels)


def _flag(folder: str, name: str, states: tuple[str, str], description: str) -> Tag:
    return Tag(folder, name, TagType.Boolean, description, states=states)


STATION_TAGS: tuple[Tag, ...] = (
    _measured("Flow", CUBIC_METRE_PER_HOUR, "Flow delivered to the cooler, by the flow meter"),
    _measured("SuctionPressure", BAR, "Gauge pressure before the pump"),
    _measured("DischargePressure", BAR, "Gauge pressure behind the pump"),
    _measured("TankLevel", PERCENT, "Level of the cooling-tower basin"),
    _measured("MakeUpFlow", CUBIC_METRE_PER_HOUR, "Fresh water into the basin"),
    _measured("MotorSpeed", REVOLUTION_PER_MINUTE, "Shaft speed"),
    _measured("MotorTorque", NEWTON_METRE, "Torque at the shaft, by the frequency converter"),
    _measured("MotorCurrent", AMPERE, "Current of one phase"),
    _measured("MotorPower", KILOWATT, "Active power taken from the mains"),
    _measured("WindingTemperature", CELSIUS, "Temperature of the motor's winding"),
    _measured("BearingTemperature", CELSIUS, "Temperature of the drive-end bearing"),
    _measured("BearingVibration", MILLIMETRE_PER_SECOND, "RMS velocity at the drive end, 10 Hz to 1 kHz"),
    _measured(
        "BearingAcceleration",
        METRE_PER_SECOND_SQUARED,
        "RMS acceleration at the drive end, 1 to 10 kHz",
    ),
    _measured("ValvePosition", PERCENT, "Position of the control valve, fed back"),
    _measured("SupplyTemperature", CELSIUS, "Water to the cooler"),
    _measured("ReturnTemperature", CELSIUS, "Water from the cooler"),
    _measured("AmbientTemperature", CELSIUS, "Air in the pump house"),
    _analog(STATION_FOLDER, "FlowSetpoint", CUBIC_METRE_PER_HOUR, (0.0, 200.0), "Demand on the controller"),
    _analog(STATION_FOLDER, "SpeedSetpoint", REVOLUTION_PER_MINUTE, (0.0, 3600.0), "Speed that is asked for"),
    _analog(STATION_FOLDER, "ValveCommand", PERCENT, (0.0, 100.0), "Position asked of the control valve"),
    _analog(STATION_FOLDER, "OperatingHours", HOUR, (0.0, 100_000.0), "Hours the pump has run"),
    _flag(STATION_FOLDER, "Running", ("Stopped", "Running"), "The pump is switched on"),
    _choice(STATION_FOLDER, "OperatingPoint", tuple(p.name for p in OperatingPoint), "Operating point"),
    _flag(STATION_FOLDER, "Tripped", ("Normal", "Tripped"), "Protection has stopped the pump, latched"),
    _choice(STATION_FOLDER, "TripReason", tuple(r.name for r in TripReason), "Cause of the latched trip"),
)
"""Measured values, set-points and states that a PLC would have."""

TRUTH_TAGS: tuple[Tag, ...] = (
    _choice(TRUTH_FOLDER, "ActiveFault", fault_labels(), "Most severe process fault that is injected now"),
    _analog(TRUTH_FOLDER, "FaultSeverity", ONE, (0.0, 1.0), "Severity of the active fault"),
    _flag(TRUTH_FOLDER, "Anomaly", ("Normal", "Anomaly"), "Any process fault is injected now"),
    _analog(TRUTH_FOLDER, "TrueFlow", CUBIC_METRE_PER_HOUR, (0.0, 200.0), "Flow delivered in truth"),
    _analog(TRUTH_FOLDER, "LeakFlow", CUBIC_METRE_PER_HOUR, (0.0, 60.0), "Flow lost through a leak"),
    _analog(TRUTH_FOLDER, "BearingDamage", ONE, (0.0, 1.0), "Damage of the bearing, 0 is new, 1 failed"),
    _analog(
        TRUTH_FOLDER, "BearingRemainingLife", HOUR, (0.0, 60_000.0), "Hours until the drive-end bearing fails"
    ),
    _analog(TRUTH_FOLDER, "CavitationIntensity", ONE, (0.0, 1.0), "0 is none, 1 fully developed"),
    _analog(TRUTH_FOLDER, "NpshMargin", METRE, (-10.0, 20.0), "NPSH available less NPSH required"),
)
"""What no real PLC knows: the truth to hold predictions against."""

_QUALITY = "StatusCode of {0} for programs that can't read an OPC UA StatusCode; 0 is Good"


def _result(
    name: str,
    kind: TagType,
    description: str,
    *,
    unit: Unit | None = None,
    high: float = 0.0,
    labels: tuple[str, ...] = (),
) -> tuple[Tag, Tag]:
    value = Tag(RESULTS_FOLDER, name, kind, description, unit, high=high, labels=labels, writable=True)
    quality = Tag(RESULTS_FOLDER, f"{name}Quality", TagType.UInt32, _QUALITY.format(name), writable=True)
    return value, quality


OTHER_RESULTS = 9
"""Result tags without a meaning of their own."""

RESULT_TAGS: tuple[Tag, ...] = (
    *_result("AnomalyScore", TagType.Double, "Anomaly score, greater is more anomalous"),
    *_result(
        "FaultClass",
        TagType.Int32,
        "Predicted fault",
        labels=fault_labels(),
    ),
    *_result("PredictedFlow", TagType.Double, "Predicted flow", unit=CUBIC_METRE_PER_HOUR, high=200.0),
    *_result("BearingRemainingLife", TagType.Double, "Predicted remaining life", unit=HOUR, high=60_000.0),
    *(
        tag
        for number in range(1, OTHER_RESULTS + 1)
        for tag in _result(f"Value{number}", TagType.Double, "Any other number that a client computes")
    ),
    Tag(RESULTS_FOLDER, "Heartbeat", TagType.UInt32, "Counted up by the writer", writable=True),
    Tag(
        RESULTS_FOLDER,
        "Enable",
        TagType.Boolean,
        "Operator's switch: whether the PLC program may act on the results",
        states=("Disabled", "Enabled"),
        writable=True,
    ),
)
"""Tags that a client writes its predictions to, each with a tag for its quality."""

PLC_TAGS: tuple[Tag, ...] = (
    Tag(PLC_FOLDER, "Heartbeat", TagType.UInt32, "Counted up by the PLC once a second"),
    Tag(PLC_FOLDER, "ScanCount", TagType.UInt32, "Scan cycles since the start"),
    Tag(PLC_FOLDER, "MissedScans", TagType.UInt32, "Scan cycles left out because the host was too slow"),
    _analog(PLC_FOLDER, "ScanTime", MILLISECOND, (0.0, 1000.0), "Computing time of the last scan cycle"),
    Tag(PLC_FOLDER, "PlantTime", TagType.DateTime, "Clock of the plant, ahead when faster"),
    _flag(PLC_FOLDER, "ResultsAlive", ("Silent", "Alive"), "Results.Heartbeat moves"),
    _flag(PLC_FOLDER, "ResultsUsed", ("Ignored", "Used"), "The PLC program trusts Results.FaultClass now"),
    _flag(
        PLC_FOLDER,
        "ReducedOperation",
        ("Normal", "Reduced"),
        "Speed is reduced for a reported fault",
    ),
)
"""State of the PLC and of its program."""

ASKED_ABOUT = (
    "SuctionPressure",
    "DischargePressure",
    "MotorSpeed",
    "MotorTorque",
    "MotorPower",
    "ValvePosition",
)
"""Station tags whose values a question of the PLC program has."""

_FLOW_RANGE = (0.0, 200.0)
INQUIRY_TAGS: tuple[Tag, ...] = (
    *(
        replace(tag, folder=INQUIRY_FOLDER, description=f"{tag.name} that the question is about")
        for tag in STATION_TAGS
        if tag.name in ASKED_ABOUT
    ),
    Tag(INQUIRY_FOLDER, "SampleId", TagType.String, "Of the values above, as a laboratory would name them"),
    Tag(INQUIRY_FOLDER, "RequestId", TagType.UInt32, "Counted up when the values above are those to answer"),
    Tag(INQUIRY_FOLDER, "DoneId", TagType.UInt32, "RequestId that is answered, written last", writable=True),
    Tag(INQUIRY_FOLDER, "ResultCode", TagType.UInt32, "StatusCode of the answer; 0 is Good", writable=True),
    replace(_analog(INQUIRY_FOLDER, "Flow", CUBIC_METRE_PER_HOUR, _FLOW_RANGE, "The answer"), writable=True),
    _flag(INQUIRY_FOLDER, "FlowKnown", ("Unknown", "Known"), "The last question had a usable answer"),
    _analog(INQUIRY_FOLDER, "LastFlow", CUBIC_METRE_PER_HOUR, _FLOW_RANGE, "The last usable answer"),
    Tag(INQUIRY_FOLDER, "Answered", TagType.UInt32, "Questions that were answered, Bad answers included"),
    Tag(INQUIRY_FOLDER, "GivenUp", TagType.UInt32, "Questions that were not answered within 3 s"),
    Tag(
        INQUIRY_FOLDER,
        "Enable",
        TagType.Boolean,
        "Operator's switch: whether the PLC program asks",
        states=("Disabled", "Enabled"),
        writable=True,
    ),
)
"""Words by which the PLC program asks a client, and values of the scan that it asks about."""

ALL_TAGS: tuple[Tag, ...] = (*STATION_TAGS, *TRUTH_TAGS, *RESULT_TAGS, *PLC_TAGS, *INQUIRY_TAGS)
"""Every tag of the pump station's PLC, in the order of the address space."""
