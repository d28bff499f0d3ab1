"""Whether a value changed enough to be reported: triggers and dead bands.

Source: OPC UA Part 4, 7.22.2 (DataChangeFilter); Part 8, 6.2 (PercentDeadband).
"""

from __future__ import annotations

import copy
import math
from datetime import datetime
from struct import error, pack
from typing import Any, Final, Protocol

from asyncua import ua

from opcua_ml.opcua.hot import to_filetime, variant_of
from opcua_ml.opcua.hot.variant_reader import NUMBERS_AND_BOOLEAN
from opcua_ml.opcua.live import mark_of

STATUS: Final = 0
STATUS_VALUE: Final = 1
STATUS_VALUE_TIMESTAMP: Final = 2
INFO_BITS: Final = 0xFFFF_0000
_NO_VALUE: Final = -1
_IMMUTABLE: Final = int | float | str | bytes | datetime | None


Seen = tuple[int, Any, Any]
"""What of a value decides whether the next one is a change: type and status (see `mark_of`), the content that
nobody changes any more, and the source timestamp."""


class Encoder(Protocol):
    """Who has values as bytes."""

    def whole(self, value: ua.DataValue) -> bytes:
        """The value with every timestamp that it has."""
        ...


class ChangeFilter:
    """A checked DataChangeFilter.

    Args:
        trigger: what counts as a change, as ua.DataChangeTrigger.
        band: the absolute dead band in the value's unit; 0 is none.

    Attributes:
        plain: whether another status or value is a change, and nothing else.
        by_timestamp: whether another source timestamp alone is a change.
    """

    __slots__ = ("band", "by_timestamp", "plain", "trigger")

    def __init__(self, trigger: int = 1, band: float = 0.0) -> None:
        self.trigger = trigger
        self.band = band
        self.plain = trigger == STATUS_VALUE and not band > 0
        self.by_timestamp = trigger == STATUS_VALUE_TIMESTAMP

    def passes(self, last: Seen | None, new: Seen) -> bool:
        """Whether `new` is to be reported after `last`, the one reported before."""
        if last is None or (last[0] ^ new[0]) & INFO_BITS:
            return True
        if self.trigger == STATUS:
            return False
        if last[0] != new[0]:
            return True
        if self.band > 0:
            return exceeds(last[1], new[1], self.band)
        if not same_content(last[1], new[1]):
            return True
        return self.trigger == STATUS_VALUE_TIMESTAMP and last[2] != new[2]


def seen(value: ua.DataValue, encoder: Encoder) -> Seen:
    """What is kept of a value that is reported."""
    variant, code = value.Value, value.StatusCode
    moment = value.SourceTimestamp
    source: Any = None if moment is None else to_filetime(moment)
    if value.SourcePicoseconds:
        source = (source, value.SourcePicoseconds)
    status = code.value if code is not None else 0
    if variant is None:
        return mark_of(_NO_VALUE, status), None, source
    content = variant.Value
    if not isinstance(content, _IMMUTABLE):
        # A structure's encoding tells it from another one and is not changed in place by who wrote it.
        content = _copy(content) if isinstance(content, list | tuple) else variant_of(encoder.whole(value))
    return mark_of(variant.VariantType.value, status), content, source


def is_number(seen: Seen | None, kind: int) -> bool:
    """Whether this is one number, or Boolean, that fits this VariantType."""
    if seen is None or seen[0] >> 32 != kind or not isinstance(seen[1], int | float):
        return False
    try:
        pack("<" + NUMBERS_AND_BOOLEAN[kind], seen[1])
    except (error, OverflowError):
        return False
    return True


def exceeds(last: Any, new: Any, band: float) -> bool:
    """Whether any element moved by more than `band`; another shape or NaN state always does."""
    before, after = _flat(last), _flat(new)
    if len(before) != len(after) or isinstance(last, list) != isinstance(new, list):
        return True
    return any(_moved(old, now, band) for old, now in zip(before, after, strict=True))


def same_number(last: Any, new: Any) -> bool:
    """Equality of numbers where NaN equals NaN, so that a lasting NaN is one change and not many."""
    return bool(last == new or (last != last and new != new))  # noqa: PLR0124 - only NaN differs from itself


def same_content(last: Any, new: Any) -> bool:
    """Equality of contents of one type, where NaN equals NaN."""
    if last is new or last == new:
        return True
    if isinstance(last, list | tuple) and isinstance(new, list | tuple):
        return len(last) == len(new) and all(map(same_content, last, new))
    return _is_nan(last) and _is_nan(new)


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


def _copy(values: list[Any] | tuple[Any, ...]) -> Any:
    if all(isinstance(value, _IMMUTABLE) for value in values):
        return list(values)
    return copy.deepcopy(list(values))


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        return [value]
    if value and isinstance(value[0], list | tuple):
        return [element for row in value for element in _flat(row)]
    return list(value)


def _moved(old: Any, now: Any, band: float) -> bool:
    if _is_nan(old) or _is_nan(now):
        return _is_nan(old) != _is_nan(now)
    if not isinstance(old, int | float) or not isinstance(now, int | float):
        return bool(old != now)
    return old != now and abs(now - old) > band


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
