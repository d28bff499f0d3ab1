"""The rows of method calls: held against the signature, and against the ranges as configured."""

from __future__ import annotations

import asyncio
from math import hypot
from operator import ge, le
from typing import TYPE_CHECKING, Any, NamedTuple

from opcua_ml.domain.errors import InputOutOfRange
from opcua_ml.domain.row import checked_row
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Severity, Status, severity, worst
from opcua_ml.domain.value_range import GREATEST, OutOfRange, OutsideTraining, RangePolicy, RangeRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature

SLICE = 256
"""Rows of one call that are looked at in one go."""


class MethodRow(NamedTuple):
    """A row that may be predicted from; `offending` is the first input whose status is not Good."""

    row: Row
    input_status: tuple[int, ...]
    reason: str
    offending: str

    @property
    def status(self) -> int:
        """The worst of the inputs'."""
        return worst(self.input_status)


class MethodRows:
    """Checks rows of one model.

    Args:
        signature: of the model.
        ranges: None means that values outside the declared range are refused.
    """

    def __init__(self, signature: Signature, ranges: RangePolicy) -> None:
        self._signature = signature
        self._refuses = ranges.declared is OutOfRange.REFUSE
        self._good = (int(Status.Good),) * len(signature.inputs)
        self._bounds = _bounds(signature, ranges)
        self._lows = [low for low, _ in self._bounds or ()]
        self._highs = [high for _, high in self._bounds or ()]
        self._unbounded = all(low <= -GREATEST and high >= GREATEST for low, high in self._bounds or ())
        self._rules: list[RangeRule] | None = None
        if not self._refuses or ranges.training is not OutsideTraining.IGNORE:
            self._rules = [RangeRule(item, ranges) for item in signature.inputs]

    def are_plain(self, values: Sequence[Any]) -> bool:
        """Whether `checked` would take the values as they are, all Good; False where it has to look longer.

        Args:
            values: one per input, each of exactly its data type.
        """
        if self._bounds is None or len(values) != len(self._bounds):
            return False
        if self._unbounded:
            return hypot(*values) <= GREATEST  # of NaN it is NaN
        return all(map(le, self._lows, values)) and all(map(ge, self._highs, values))

    async def all_checked(self, rows: Sequence[Sequence[object]]) -> list[MethodRow]:
        """Every row of a call, with a turn of the event loop for others between slices of a large one.

        Raises:
            PredictionError: see `checked`.
        """
        checked: list[MethodRow] = []
        for number, values in enumerate(rows):
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            checked.append(self.checked(values, number))
        return checked

    def checked(self, values: Sequence[object], number: int) -> MethodRow:
        """The row, with what its ranges made of it.

        Raises:
            PredictionError: of the kind that names what is wrong, with the place of the input and row.
        """
        row = checked_row(self._signature, values, row=number, ranges=self._refuses)
        if self._rules is None:
            return MethodRow(row, self._good, "", "")
        used, codes, reason, offending = [], [], "", ""
        for place, (rule, value) in enumerate(zip(self._rules, row, strict=True)):
            held, code, why = rule.judge(value)
            name = self._signature.names[place]
            if held is None or severity(code) is Severity.BAD:
                raise InputOutOfRange(f"value not allowed: {why}", index=place, row=number, where=name)
            if why and not reason:
                reason, offending = f"{name}: {why}", name
            used.append(held)
            codes.append(code)
        return MethodRow(tuple(used), tuple(codes), reason, offending)


def _bounds(signature: Signature, ranges: RangePolicy) -> list[tuple[float, float]] | None:
    """Between which values each input is Good without another look; None where one has no such values."""
    rules = [RangeRule(item, ranges) for item in signature.inputs]
    for rule, item in zip(rules, signature.inputs, strict=True):
        if not rule.is_plain or item.is_array or item.data_type is DataType.STRING:
            return None
    return [(rule.low, rule.high) for rule in rules]
