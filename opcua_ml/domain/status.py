"""Quality as OPC UA tells it: StatusCodes, their severity and the worst of several.

Source: OPC UA Part 4, 7.39 (StatusCode) and Part 8, 6.3 (quality of data items); the numbers are those of
the standard's StatusCode table.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(IntEnum):
    """The two leading bits of a StatusCode; greater is worse."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


_SEVERITIES = (Severity.GOOD, Severity.UNCERTAIN, Severity.BAD, Severity.BAD)


class Status(IntEnum):
    """The StatusCodes that this project gives by itself, and those that tags have, by their names.

    A tag may bring any other code; those travel as plain integers.
    """

    Good = 0x00000000
    GoodOverload = 0x002F0000
    GoodClamped = 0x00300000
    GoodLocalOverride = 0x00960000
    Uncertain = 0x40000000
    UncertainReferenceOutOfServer = 0x406C0000
    UncertainNoCommunicationLastUsableValue = 0x408F0000
    UncertainLastUsableValue = 0x40900000
    UncertainSubstituteValue = 0x40910000
    UncertainInitialValue = 0x40920000
    UncertainSensorNotAccurate = 0x40930000
    UncertainEngineeringUnitsExceeded = 0x40940000
    UncertainSubNormal = 0x40950000
    UncertainDataSubNormal = 0x40A40000
    UncertainTransducerInManual = 0x42080000
    UncertainSimulatedValue = 0x42090000
    UncertainSensorCalibration = 0x420A0000
    UncertainConfigurationError = 0x420F0000
    Bad = 0x80000000
    BadUnexpectedError = 0x80010000
    BadInternalError = 0x80020000
    BadOutOfMemory = 0x80030000
    BadResourceUnavailable = 0x80040000
    BadCommunicationError = 0x80050000
    BadEncodingError = 0x80060000
    BadDecodingError = 0x80070000
    BadTimeout = 0x800A0000
    BadShutdown = 0x800C0000
    BadServerNotConnected = 0x800D0000
    BadServerHalted = 0x800E0000
    BadTooManyOperations = 0x80100000
    BadUserAccessDenied = 0x801F0000
    BadInvalidTimestamp = 0x80230000
    BadNoCommunication = 0x80310000
    BadWaitingForInitialData = 0x80320000
    BadNodeIdInvalid = 0x80330000
    BadNodeIdUnknown = 0x80340000
    BadAttributeIdInvalid = 0x80350000
    BadIndexRangeInvalid = 0x80360000
    BadIndexRangeNoData = 0x80370000
    BadDataEncodingUnsupported = 0x80390000
    BadNotReadable = 0x803A0000
    BadNotWritable = 0x803B0000
    BadOutOfRange = 0x803C0000
    BadNotSupported = 0x803D0000
    BadNotFound = 0x803E0000
    BadObjectDeleted = 0x803F0000
    BadNotImplemented = 0x80400000
    BadWriteNotSupported = 0x80730000
    BadTypeMismatch = 0x80740000
    BadArgumentsMissing = 0x80760000
    BadRequestTimeout = 0x80850000
    BadConfigurationError = 0x80890000
    BadNotConnected = 0x808A0000
    BadDeviceFailure = 0x808B0000
    BadSensorFailure = 0x808C0000
    BadOutOfService = 0x808D0000
    BadDeadbandFilterInvalid = 0x808E0000
    BadNoData = 0x809B0000
    BadDataLost = 0x809D0000
    BadDataUnavailable = 0x809E0000
    BadInvalidArgument = 0x80AB0000
    BadConnectionClosed = 0x80AE0000
    BadInvalidState = 0x80AF0000
    BadNoDataAvailable = 0x80B10000
    BadWaitingForResponse = 0x80B20000
    BadAggregateConfigurationRejected = 0x80DA0000
    BadTooManyArguments = 0x80E50000
    BadSecurityModeInsufficient = 0x80E60000
    BadServerTooBusy = 0x80EE0000


def severity(code: int) -> Severity:
    """Severity of any StatusCode; the reserved pattern 11 counts as Bad (Part 4, 7.39.1)."""
    return _SEVERITIES[code >> 30 & 0b11]


def worst(codes: Iterable[int]) -> int:
    """The StatusCode of the worst severity; among equals the first one, so that its reason stays.

    An empty iterable is `Status.Good`.
    """
    found: int = Status.Good
    for code in codes:
        if severity(code) > severity(found):
            found = code
    return found


def status_name(code: int) -> str:
    """The standard's name of a code, or its hexadecimal number where we have no name for it."""
    try:
        return Status(code & 0xFFFF0000).name
    except ValueError:
        return f"0x{code:08X}"
