"""NumericRange: parts of arrays, matrices, strings and byte strings, to be read and to be written.

Source: OPC UA Part 4, 7.27 (NumericRange), 5.11.2 (Read), 5.11.4 (Write).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from collections.abc import Sequence

Range = tuple[int, int]
"""First and last index, both included."""

_DIMENSION = re.compile(r"(\d{1,10})(?::(\d{1,10}))?", re.ASCII)
_MAX_DIMENSIONS = 16
_SLICED = (ua.VariantType.String, ua.VariantType.ByteString)


def parse_index_range(text: str) -> tuple[Range, ...]:
    """Ranges of "2", "1:3" or "0:1,4:5", one per dimension.

    Raises:
        ServiceError: BadIndexRangeInvalid.
    """
    parts = text.split(",")
    ranges = []
    for part in parts[: _MAX_DIMENSIONS + 1]:
        match = _DIMENSION.fullmatch(part)
        if match is None:
            raise ServiceError(StatusCodes.BadIndexRangeInvalid)
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        if (match[2] is not None and last <= first) or last >= 1 << 32:
            raise ServiceError(StatusCodes.BadIndexRangeInvalid)
        ranges.append((first, last))
    if len(ranges) > _MAX_DIMENSIONS:
        raise ServiceError(StatusCodes.BadIndexRangeInvalid)
    return tuple(ranges)


def read_range(variant: ua.Variant, ranges: tuple[Range, ...]) -> ua.Variant:
    """The part of a value; a range that ends behind the data is cut there.

    Raises:
        ServiceError: BadIndexRangeNoData, also for a value without elements.
    """
    value, rank = variant.Value, _rank(variant)
    if len(ranges) != rank and not (len(ranges) == rank + 1 and variant.VariantType in _SLICED):
        raise ServiceError(StatusCodes.BadIndexRangeNoData)
    part = _cut(value, ranges)
    if rank == 0:
        return ua.Variant(part, variant.VariantType)
    return ua.Variant(part, variant.VariantType, is_array=True)


def write_range(current: ua.Variant, ranges: tuple[Range, ...], new: ua.Variant) -> ua.Variant:
    """`current` with its part replaced by `new`, which has exactly that part's shape.

    Raises:
        ServiceError: BadIndexRangeNoData (outside of the current value), BadIndexRangeDataMismatch (another
            shape) or BadTypeMismatch.
    """
    if new.VariantType != current.VariantType:
        raise ServiceError(StatusCodes.BadTypeMismatch)
    rank = _rank(current)
    if len(ranges) != rank and not (len(ranges) == rank + 1 and current.VariantType in _SLICED):
        raise ServiceError(StatusCodes.BadIndexRangeNoData)
    if rank and not isinstance(new.Value, list | tuple):
        raise ServiceError(StatusCodes.BadIndexRangeDataMismatch)
    merged = _replaced(current.Value, ranges, new.Value)
    return ua.Variant(merged, current.VariantType, current.Dimensions, is_array=current.is_array)


def _rank(variant: ua.Variant) -> int:
    if variant.Value is None:
        raise ServiceError(StatusCodes.BadIndexRangeNoData)
    if variant.Dimensions:
        return len(variant.Dimensions)
    return 1 if variant.is_array or isinstance(variant.Value, list | tuple) else 0


def _cut(value: Any, ranges: Sequence[Range]) -> Any:
    if not ranges:
        return value
    if not isinstance(value, list | tuple | str | bytes):
        raise ServiceError(StatusCodes.BadIndexRangeNoData)
    first, last = ranges[0]
    part = value[first : last + 1]
    if not part:
        raise ServiceError(StatusCodes.BadIndexRangeNoData)
    if len(ranges) == 1:
        return list(part) if isinstance(part, tuple) else part
    return [_cut(element, ranges[1:]) for element in part]


def _replaced(value: Any, ranges: Sequence[Range], new: Any) -> Any:
    if not ranges:
        return new
    first, last = ranges[0]
    if not isinstance(value, list | tuple | str | bytes) or last >= len(value):
        raise ServiceError(StatusCodes.BadIndexRangeNoData)
    kind = list if isinstance(value, tuple) else type(value)
    if not isinstance(new, kind) or len(new) != last - first + 1:
        raise ServiceError(StatusCodes.BadIndexRangeDataMismatch)
    if isinstance(value, str | bytes):
        text: Any = value
        return text[:first] + new + text[last + 1 :]
    merged = list(value)
    for offset, element in enumerate(new):
        merged[first + offset] = _replaced(value[first + offset], ranges[1:], element)
    return merged
