"""AlarmStateEnumeration of ADI, from a value and its ranges.

Source: OPC 10020 1.01a, G.3.1 (MVAOutputParameterType, AlarmStateEnumeration).
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.status import Severity, severity

if TYPE_CHECKING:
    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.sample import Value


class AlarmState(IntEnum):
    """As the nodeset numbers them."""

    NORMAL = 0
    WARNING_LOW = 1
    WARNING_HIGH = 2
    WARNING = 4
    ALARM_LOW = 8
    ALARM_HIGH = 16
    ALARM = 32


def alarm_state(value: Value | None, status: int, ranges: OutputRanges) -> AlarmState:
    """Whether the value is acceptable; WARNING and ALARM stand for other causes than limits.

    A Bad prediction is an ALARM; an Uncertain one, such as a sample that can't be classified, a WARNING at
    least. WARNING_LOW means that the value is below the warning limit and not below the alarm limit.
    """
    quality = severity(status)
    if quality is Severity.BAD or value is None or value in ranges.off_normal:
        return AlarmState.ALARM
    found = AlarmState.NORMAL
    if isinstance(value, float | int) and not isinstance(value, bool):
        found = AlarmState.ALARM if math.isnan(value) else _by_limits(value, ranges)
    if found is AlarmState.NORMAL and quality is Severity.UNCERTAIN:
        return AlarmState.WARNING
    return found


def _by_limits(value: float, ranges: OutputRanges) -> AlarmState:
    if ranges.alarm is not None:
        low, high = ranges.alarm
        if value < low:
            return AlarmState.ALARM_LOW
        if value > high:
            return AlarmState.ALARM_HIGH
    if ranges.warning is not None:
        low, high = ranges.warning
        if value < low:
            return AlarmState.WARNING_LOW
        if value > high:
            return AlarmState.WARNING_HIGH
    return AlarmState.NORMAL
