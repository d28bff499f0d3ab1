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
    """The StatusCodes that this project gives by itself, by their names in the standard.

    A tag may bring any other code; those travel as plain integers.
    """

    Good = 0x00000000
    Uncertain = 0x40000000
    UncertainLastUsableValue = 0x40900000
    UncertainSubstituteValue = 0x40910000
    UncertainInitialValue = 0x40920000
    UncertainSensorNotAccurate = 0x40930000
    UncertainEngineeringUnitsExceeded = 0x40940000
    UncertainSubNormal = 0x40950000
    Bad = 0x80000000
    BadUnexpectedError = 0x80010000
    BadInternalError = 0x80020000
    BadOutOfMemory = 0x80030000
    BadCommunicationError = 0x80050000
    BadTimeout = 0x800A0000
    BadInvalidTimestamp = 0x80230000
    BadUserAccessDenied = 0x801F0000
    BadWaitingForInitialData = 0x80320000
    BadNodeIdUnknown = 0x80340000
    BadNotWritable = 0x803B0000
    BadOutOfRange = 0x803C0000
    BadInvalidState = 0x80AF0000
    BadTypeMismatch = 0x80740000
    BadArgumentsMissing = 0x80760000
    BadConfigurationError = 0x80890000
    BadNotConnected = 0x808A0000
    BadDeviceFailure = 0x808B0000
    BadSensorFailure = 0x808C0000
    BadOutOfService = 0x808D0000
    BadNoCommunication = 0x80310000
    BadNoData = 0x809B0000
    BadDataUnavailable = 0x809E0000
    BadInvalidArgument = 0x80AB0000
    BadTooManyOperations = 0x80100000
    BadTooManyArguments = 0x80E50000


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
