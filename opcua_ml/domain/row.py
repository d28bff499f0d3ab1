"""Holding one row of inputs against the signature."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.errors import ArgumentsMissing, InputOutOfRange, InputTypeMismatch, TooManyArguments
from opcua_ml.domain.signature import FLOATING, INTEGER_LIMITS, DataType
from opcua_ml.domain.value_range import GREATEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.signature import Input, Signature

Row = tuple["Value", ...]
LIMITS = {**INTEGER_LIMITS, **dict.fromkeys(FLOATING, (-GREATEST, GREATEST))}


def checked_row(signature: Signature, values: Sequence[object], *, row: int = 0, ranges: bool = True) -> Row:
    """The values as a row of this signature, in the types of Python that its data types name.

    Args:
        signature: of the model.
        values: one per input, in order; a windowed input takes a sequence of as many as its window.
        row: place in a batch, for the error.
        ranges: whether a value outside its declared range is refused.

    Raises:
        ArgumentsMissing, TooManyArguments: their number differs from the signature's.
        InputTypeMismatch: a value is of another type; Booleans are no numbers, and no number is rounded.
        InputOutOfRange: a value is not finite, not in the declared range, or not a category.
    """
    wanted = len(signature.inputs)
    if len(values) < wanted:
        missing = ", ".join(signature.names[len(values) :])
        raise ArgumentsMissing(f"inputs are missing: {missing}", found=len(values), wanted=wanted)
    if len(values) > wanted:
        raise TooManyArguments("more inputs than the model has", found=len(values), wanted=wanted)
    return tuple(
        _checked(item, value, index, row, ranges)
        for index, (item, value) in enumerate(zip(signature.inputs, values, strict=True))
    )


def checked_value(item: Input, value: object) -> Scalar:
    """One value of an input, in the type of Python that its data type names.

    Raises:
        InputTypeMismatch, InputOutOfRange: as `checked_row`.
    """
    return _checked_scalar(item, value, 0, 0, ranges=True)


def _checked(item: Input, value: object, index: int, row: int, ranges: bool) -> Value:
    if not item.is_array:
        return _checked_scalar(item, value, index, row, ranges)
    if not isinstance(value, list | tuple) or len(value) != item.length:
        raise InputTypeMismatch(
            "wrong number of values",
            index=index,
            row=row,
            where=item.name,
            found=len(value) if isinstance(value, list | tuple) else type(value).__name__,
            wanted=f"an array of {item.length}",
        )
    return tuple(_checked_scalar(item, one, index, row, ranges) for one in value)


def _checked_scalar(item: Input, value: object, index: int, row: int, ranges: bool) -> Scalar:
    cast = _cast(item.data_type, value)
    if cast is None:
        raise InputTypeMismatch(
            "wrong type",
            index=index,
            row=row,
            where=item.name,
            found=f"{type(value).__name__} {value!r}",
            wanted=item.data_type.value,
        )
    problem = _outside(item, cast, ranges)
    if problem is not None:
        raise InputOutOfRange(
            "value not allowed", index=index, row=row, where=item.name, found=repr(cast), wanted=problem
        )
    return cast


def _cast(data_type: DataType, value: object) -> Scalar | None:
    """The value in the type of Python that stands for `data_type`; None where that would lose something."""
    if data_type is DataType.STRING:
        return value if isinstance(value, str) else None
    if data_type is DataType.BOOLEAN:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if data_type in FLOATING:
        return float(value)
    return int(value) if isinstance(value, int) else None


def _outside(item: Input, value: Scalar, ranges: bool) -> str | None:
    """What would have been allowed, where the value is not."""
    if item.categories:
        return None if value in item.categories else f"one of {', '.join(map(str, item.categories))}"
    if isinstance(value, str | bool):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) and item.allow_missing else "a finite number"
    limits = LIMITS.get(item.data_type)
    if limits is not None and not limits[0] <= value <= limits[1]:
        return f"{limits[0]} to {limits[1]}"
    if ranges and item.range is not None and value not in item.range:
        return f"{item.range} {engineering_unit(item.unit).symbol}" if item.unit else str(item.range)
    return None
