"""How Aggregates treat quality, and what lies between and behind points.

Source: OPC UA Part 13, 4.2.1.2 (AggregateConfigurationType), 5.3.3 (StatusCode calculation).
"""

from __future__ import annotations

from dataclasses import dataclass

from opcua_ml.domain.history.point import Point, is_bad, is_good
from opcua_ml.domain.status import Status

_ALL = 100


@dataclass(frozen=True, slots=True)
class AggregateSettings:
    """An AggregateConfiguration, and whether the values hold until the next one.

    Attributes:
        treat_uncertain_as_bad: whether an Uncertain value counts as Bad; else as Good.
        percent_data_bad: from this share of Bad data on, in percent, a result is Bad.
        percent_data_good: below this share of Good data a result is Uncertain.
        sloped_extrapolation: whether behind the last value its slope goes on; else the value is held.
        stepped: whether a value holds until the next one; else there is a straight line between them.
    """

    treat_uncertain_as_bad: bool = True
    percent_data_bad: int = 100
    percent_data_good: int = 100
    sloped_extrapolation: bool = False
    stepped: bool = False

    @property
    def is_consistent(self) -> bool:
        """Whether the percentages can be meant (Part 13, 4.2.1.2)."""
        bad, good = self.percent_data_bad, self.percent_data_good
        return 0 <= bad <= _ALL and 0 <= good <= _ALL and good >= _ALL - bad

    def is_usable(self, point: Point) -> bool:
        """Whether the value counts as Good."""
        return is_good(point) if self.treat_uncertain_as_bad else not is_bad(point)

    def status(self, good: float, bad: float, total: float) -> int:
        """Good, UncertainDataSubNormal or Bad, by the shares of Good and Bad data (Part 13, 5.3.3.2)."""
        if total <= 0:
            return Status.BadNoData
        if bad / total * _ALL >= self.percent_data_bad:
            return Status.Bad
        if good / total * _ALL < self.percent_data_good:
            return Status.UncertainDataSubNormal
        return Status.Good
