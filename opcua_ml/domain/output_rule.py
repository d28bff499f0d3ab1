"""Holding what a model answers against the declared ranges of its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.figure import figure, figure_outside
from opcua_ml.domain.signature import DataType, OutputRole
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Output, Signature

_DISCRETE = (OutputRole.LABEL, OutputRole.ANOMALY, OutputRole.CLUSTER)


class _Limits(NamedTuple):
    """Of one output; `place` is that in the row."""

    place: int
    low: float
    high: float
    item: Output


class OutputRule:
    """The declared ranges of a model's outputs, made once.

    A regression extrapolates without a bound. What lies outside the EURange that clients see is told as that
    (Uncertain_EngineeringUnitsExceeded; OPC UA Part 8, 5.3.2.3 and 6.3.2), not as Good.

    Args:
        limits: of the outputs that have some.
    """

    def __init__(self, limits: tuple[_Limits, ...]) -> None:
        self._limits = limits

    def exceeded(self, outputs: Row) -> str:
        """Which output is outside its range and how; empty where none is.

        Args:
            outputs: of one row, in the signature's order.
        """
        for place, low, high, item in self._limits:
            value = outputs[place]
            if isinstance(value, tuple):
                beyond = next((one for one in value if not low <= one <= high), None)  # type: ignore[operator]
            else:
                beyond = None if low <= value <= high else value  # type: ignore[operator]
            if beyond is not None:
                unit = f" {engineering_unit(item.unit).symbol}" if item.unit else ""
                return sentence(
                    "{output}: {value} is outside its range, {low} to {high}{unit}",
                    output=item.name,
                    value=figure_outside(float(beyond), low, high),
                    low=figure(low),
                    high=figure(high),
                    unit=unit,
                )
        return ""


def output_rule(signature: Signature) -> OutputRule | None:
    """The rule of a signature; None where no number among its outputs has a range."""
    limits = tuple(
        _Limits(place, item.range.low, item.range.high, item)
        for place, item in enumerate(signature.outputs)
        if item.range is not None and item.role not in _DISCRETE and item.data_type is not DataType.STRING
    )
    return OutputRule(limits) if limits else None
