"""The rows that clients give to `PredictBatch`, in one of two forms that the signature decides.

All inputs numeric: one array of Doubles, a matrix of rows x columns or the same numbers flat, row after row,
with the number of rows beside it; a windowed input takes as many columns as its window has samples.
Otherwise: one typed array per input, all of them of as many rows.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

from opcua_ml.domain.errors import InputOutOfRange, InputTypeMismatch
from opcua_ml.domain.signature import FLOATING, DataType
from opcua_ml.opcua.space.arguments import (
    ONE_DIMENSION,
    ONE_OR_MORE_DIMENSIONS,
    argument,
    check_count,
    described_input,
    given_members,
    mismatch,
)
from opcua_ml.opcua.space.standard import DOUBLE, UINT32
from opcua_ml.opcua.texts import joined, phrase, said
from opcua_ml.opcua.values import data_type_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua import ua

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.signature import Input, Signature


class BatchForm(Protocol):
    """How rows travel."""

    arguments: list[ua.Argument]

    def rows(self, given: Sequence[ua.Variant]) -> list[Row]:
        """The rows in the arguments.

        Raises:
            ArgumentsMissing, TooManyArguments: of arguments.
            InputTypeMismatch, InputOutOfRange: what is wrong; their index is the argument's place.
        """

    def place(self, index: int) -> int:
        """Which argument carries the input of this index."""


def batch_form(signature: Signature, max_rows: int) -> BatchForm:
    """The form for a signature."""
    if signature.is_numeric:
        return MatrixForm(signature, max_rows)
    return ColumnsForm(signature, max_rows)


class MatrixForm:
    """`Rows` and `RowCount`."""

    def __init__(self, signature: Signature, max_rows: int) -> None:
        self._items = signature.inputs
        self._width = sum(item.length for item in self._items)
        self._max_rows = max_rows
        self._plain = all(item.data_type in FLOATING and not item.is_array for item in self._items)
        columns = ", ".join(
            f"{item.name}[{item.length}]" if item.is_array else item.name for item in self._items
        )
        self.arguments = [
            argument(
                "Rows",
                DOUBLE,
                phrase(
                    "Matrix of rows x {width} columns ({columns}), or the same flat, row after row.",
                    width=self._width,
                    columns=columns,
                ),
                ONE_OR_MORE_DIMENSIONS,
            ),
            argument(
                "RowCount",
                UINT32,
                phrase("Number of rows, at most {most}; 0: as many as Rows holds.", most=max_rows),
            ),
        ]

    def place(self, index: int) -> int:  # noqa: ARG002 - all inputs travel in one argument
        """All inputs travel in `Rows`."""
        return 0

    def rows(self, given: Sequence[ua.Variant]) -> list[Row]:
        """See `BatchForm`."""
        check_count(len(given), 2)
        numbers = given_members(given[0], DataType.DOUBLE)
        if numbers is None or not given[0].is_array:
            raise mismatch("Rows", given[0], "Double[]", 0)
        count = given_members(given[1], DataType.UINT32)
        if count is None or given[1].is_array:
            raise mismatch("RowCount", given[1], "UInt32", 1)
        self._check_shape(len(numbers), given[0].Dimensions, count[0])
        width = self._width
        parts = [tuple(numbers[start : start + width]) for start in range(0, len(numbers), width)]
        if self._plain:
            return parts
        return [self._typed_row(part, number) for number, part in enumerate(parts)]

    def _check_shape(self, length: int, dimensions: Sequence[int] | None, count: int) -> None:
        if dimensions is not None and len(dimensions) > 1 and tuple(dimensions[1:]) != (self._width,):
            shape = " x ".join(map(str, dimensions))
            raise _out_of_range("Rows", 0, f"{shape} values", f"rows x {self._width} values")
        if not length or not self._width or length % self._width:
            raise _out_of_range("Rows", 0, f"{length} values", f"a multiple of {self._width} values")
        held = length // self._width
        if count not in (0, held):
            raise _out_of_range("RowCount", 1, count, f"{held}, as many as Rows holds, or 0")
        _check_limit("Rows", held, self._max_rows)

    def _typed_row(self, numbers: Sequence[float], row: int) -> Row:
        values: list[Value] = []
        start = 0
        for item in self._items:
            part = tuple(_typed(item, number, row) for number in numbers[start : start + item.length])
            values.append(part if item.is_array else part[0])
            start += item.length
        return tuple(values)


class ColumnsForm:
    """One array per input."""

    def __init__(self, signature: Signature, max_rows: int) -> None:
        self._items = signature.inputs
        self._max_rows = max_rows
        self.arguments = [
            argument(
                item.name,
                data_type_id(item.data_type),
                joined("; ", [described_input(item), said("one per row")]),
                ONE_OR_MORE_DIMENSIONS if item.is_array else ONE_DIMENSION,
            )
            for item in self._items
        ]

    def place(self, index: int) -> int:
        """Each input has an argument of its own."""
        return index

    def rows(self, given: Sequence[ua.Variant]) -> list[Row]:
        """See `BatchForm`."""
        check_count(len(given), len(self._items))
        columns = [
            self._column(item, variant, index)
            for index, (item, variant) in enumerate(zip(self._items, given, strict=True))
        ]
        wanted = len(columns[0])
        for index, (item, column) in enumerate(zip(self._items, columns, strict=True)):
            if len(column) != wanted or not column:
                raise _out_of_range(item.name, index, f"{len(column)} rows", f"{max(wanted, 1)} rows")
        _check_limit(self._items[0].name, wanted, self._max_rows)
        return list(zip(*columns, strict=True))

    def _column(self, item: Input, variant: ua.Variant, index: int) -> list[Value]:
        members = given_members(variant, item.data_type)
        if members is None or not variant.is_array:
            raise mismatch(item.name, variant, f"{item.data_type.value}[]", index)
        if not item.is_array:
            return members
        size = item.length
        if len(members) % size:
            raise _out_of_range(item.name, index, f"{len(members)} values", f"a multiple of {size}")
        return [tuple(chain(members[start : start + size])) for start in range(0, len(members), size)]


def _typed(item: Input, number: float, row: int) -> Scalar:
    """A Double as the input's own type, where that loses nothing."""
    if item.data_type in FLOATING:
        return number
    if item.data_type is DataType.BOOLEAN and number in (0.0, 1.0):
        return bool(number)
    if item.data_type is not DataType.BOOLEAN and number.is_integer():
        return int(number)
    raise InputTypeMismatch(
        "wrong type", index=0, row=row, where=item.name, found=number, wanted=item.data_type.value
    )


def _check_limit(name: str, rows: int, limit: int) -> None:
    if rows > limit:
        raise _out_of_range(name, 0, f"{rows} rows", f"at most {limit} rows in one call")


def _out_of_range(name: str, index: int, found: object, wanted: str) -> InputOutOfRange:
    return InputOutOfRange("wrong number of values", index=index, where=name, found=found, wanted=wanted)
