"""Whether a value changed enough to be reported: triggers and dead bands.

Source: OPC UA Part 4, 7.22.2 (DataChangeFilter); Part 8, 6.2 (PercentDeadband).
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any, Final

from asyncua import ua

_STATUS: Final = 0
_STATUS_VALUE_TIMESTAMP: Final = 2
_INFO_BITS: Final = 0xFFFF_0000


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """A checked DataChangeFilter.

    Args:
        trigger: what counts as a change, as ua.DataChangeTrigger.
        band: the absolute dead band in the value's unit; 0 is none.
    """

    trigger: int = 1
    band: float = 0.0

    def passes(self, last: ua.DataValue | None, new: ua.DataValue) -> bool:
        """Whether `new` is to be reported after `last`, the one reported before."""
        if last is None:
            return True
        if _code(last) != _code(new):
            return True
        if self.trigger == _STATUS:
            return False
        if self.band > 0:
            return exceeds(last.Value, new.Value, self.band)
        if not same_value(last.Value, new.Value):
            return True
        return self.trigger == _STATUS_VALUE_TIMESTAMP and (
            last.SourceTimestamp != new.SourceTimestamp or last.SourcePicoseconds != new.SourcePicoseconds
        )


def exceeds(last: ua.Variant | None, new: ua.Variant | None, band: float) -> bool:
    """Whether any element moved by more than `band`; another type, shape or NaN state always does."""
    if last is None or new is None or last.VariantType != new.VariantType:
        return not same_value(last, new)
    before, after = _flat(last.Value), _flat(new.Value)
    if len(before) != len(after):
        return True
    return any(_moved(old, now, band) for old, now in zip(before, after, strict=True))


def same_value(last: ua.Variant | None, new: ua.Variant | None) -> bool:
    """Equality of values where NaN equals NaN, so that a lasting NaN is one change and not many."""
    if last is None or new is None:
        return last is new
    if last.VariantType != new.VariantType:
        return False
    if last.Value == new.Value:
        return True
    if last.VariantType not in {ua.VariantType.Double, ua.VariantType.Float}:
        return False
    before, after = _flat(last.Value), _flat(new.Value)
    return len(before) == len(after) and all(
        old == now or (_is_nan(old) and _is_nan(now)) for old, now in zip(before, after, strict=True)
    )


def snapshot(value: ua.DataValue) -> ua.DataValue:
    """A value that its writer can't change any more by changing a list or structure in place."""
    variant = value.Value
    held = variant.Value if variant is not None else None
    if variant is None or held is None or isinstance(held, int | float | str | bytes):
        return value
    if isinstance(held, list) and all(isinstance(element, int | float | str | bytes) for element in held):
        kept: Any = list(held)
    else:
        kept = copy.deepcopy(held)
    return ua.DataValue(
        ua.Variant(kept, variant.VariantType, variant.Dimensions, is_array=variant.is_array),
        value.StatusCode,
        SourceTimestamp=value.SourceTimestamp,
        ServerTimestamp=value.ServerTimestamp,
        SourcePicoseconds=value.SourcePicoseconds,
        ServerPicoseconds=value.ServerPicoseconds,
    )


def _code(value: ua.DataValue) -> int:
    return value.StatusCode.value & _INFO_BITS if value.StatusCode is not None else 0


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        return [value]
    if value and isinstance(value[0], list | tuple):
        return [element for row in value for element in _flat(row)]
    return list(value)


def _moved(old: Any, now: Any, band: float) -> bool:
    if _is_nan(old) or _is_nan(now):
        return _is_nan(old) != _is_nan(now)
    if old is None or now is None:
        return old is not now
    return bool(old != now and abs(now - old) > band)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
