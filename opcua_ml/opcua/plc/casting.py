"""Between a tag's data type and a model's, where no information is lost.

An integer becomes a floating-point number only as far as that holds every integer exactly: ±2^24 in a
Float, ±2^53 in a Double (IEEE 754). A wider type passes where the declared range says that its values stay
within, and then each value is checked. Rounding is only done where it is asked for.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from opcua_ml.domain.signature import FLOATING, INTEGER_LIMITS, DataType

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Scalar
    from opcua_ml.domain.signature import Range

Cast = Callable[["Scalar"], "Scalar | None"]
"""A value in the wanted type; None where it can't be held: then a sample is Bad, or nothing is written."""

_EXACT_INTEGERS = {DataType.FLOAT: (-(2**24), 2**24), DataType.DOUBLE: (-(2**53), 2**53)}
_LARGEST_FLOAT: float = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]
_KINDS: dict[DataType, type] = {
    DataType.BOOLEAN: bool,
    DataType.STRING: str,
    DataType.FLOAT: float,
    DataType.DOUBLE: float,
}


def kind_of(data_type: DataType) -> type:
    """The type of Python that stands for a data type."""
    return _KINDS.get(data_type, int)


def cast(
    found: DataType, wanted: DataType, *, within: Range | None = None, rounding: bool = False
) -> Cast | None:
    """How to turn values of `found` into `wanted`; None where that could lose information.

    Args:
        found: what there is.
        wanted: what there must be.
        within: range that integer values are declared to be in.
        rounding: whether the nearest value of `wanted` will do.
    """
    if {found, wanted} & {DataType.BOOLEAN, DataType.STRING}:
        return cast_by_value(kind_of(found), wanted) if found is wanted else None
    if found in FLOATING:
        return _from_floating(found, wanted, rounding=rounding)
    least, greatest = INTEGER_LIMITS[found]
    low, high = _EXACT_INTEGERS.get(wanted) or INTEGER_LIMITS[wanted]
    is_declared = within is not None and low <= within.low and within.high <= high
    if is_declared or (low <= least and greatest <= high):
        return _from_integer(wanted)
    return None


def cast_by_value(kind: type, wanted: DataType) -> Cast | None:
    """How to turn values of a type of Python into `wanted`, each judged by itself.

    For tags whose data type says nothing, or no longer what it did; None where no value would do.
    """
    if kind is str and wanted is DataType.STRING:
        return _checked_text
    if kind is bool and wanted is DataType.BOOLEAN:
        return as_it_is
    if kind is int and wanted not in (DataType.BOOLEAN, DataType.STRING):
        return _from_integer(wanted)
    if kind is float and wanted in FLOATING:
        return as_it_is if wanted is DataType.DOUBLE else _exact_float
    return None


def in_digits(value: Scalar) -> Scalar | None:
    """The cast of a whole number to a text."""
    return str(value)


def as_it_is(value: Scalar) -> Scalar | None:
    """The cast of what has the wanted type already."""
    return value


def _from_integer(wanted: DataType) -> Cast:
    low, high = _EXACT_INTEGERS.get(wanted) or INTEGER_LIMITS[wanted]
    if wanted not in FLOATING:
        return lambda value: value if low <= value <= high else None  # type: ignore[operator]
    return lambda value: float(value) if low <= value <= high else None  # type: ignore[operator]


def _from_floating(found: DataType, wanted: DataType, *, rounding: bool) -> Cast | None:
    if wanted is DataType.DOUBLE or found is wanted:
        return as_it_is  # every Float is a Double
    if not rounding:
        return None
    if wanted is DataType.FLOAT:
        return _nearest_float
    low, high = INTEGER_LIMITS[wanted]

    def nearest_integer(value: Scalar) -> Scalar | None:
        if isinstance(value, str) or not math.isfinite(value):
            return None
        rounded = round(value)
        return rounded if low <= rounded <= high else None

    return nearest_integer


def _nearest_float(value: Scalar) -> Scalar | None:
    if isinstance(value, str) or (math.isfinite(value) and abs(value) > _LARGEST_FLOAT):
        return None
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _exact_float(value: Scalar) -> Scalar | None:
    nearest = _nearest_float(value)
    return value if nearest == value or nearest != nearest else None  # noqa: PLR0124 - NaN is not itself


def _checked_text(value: Scalar) -> Scalar | None:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return None  # asyncua lets bytes through that are no UTF-8
    return value
