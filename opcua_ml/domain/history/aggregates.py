"""The Aggregates that are offered, by the names of the standard.

Source: OPC UA Part 13, 5.4.2 (table of Aggregates).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opcua_ml.domain.history import regions, values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml.domain.history.calculation import Calculation

AGGREGATES: Final[Mapping[str, type[Calculation]]] = {
    kind.__name__: kind
    for kind in (
        regions.Interpolative,
        values.Average,
        regions.TimeAverage,
        regions.TimeAverage2,
        regions.Total,
        regions.Total2,
        values.Minimum,
        values.Maximum,
        values.MinimumActualTime,
        values.MaximumActualTime,
        values.Range,
        values.Count,
        values.NumberOfTransitions,
        values.Start,
        values.End,
        values.Delta,
        regions.StartBound,
        regions.EndBound,
        regions.DeltaBounds,
        regions.DurationGood,
        regions.DurationBad,
        regions.PercentGood,
        regions.PercentBad,
        regions.DurationInStateZero,
        regions.DurationInStateNonZero,
        values.WorstQuality,
        values.StandardDeviationSample,
        values.StandardDeviationPopulation,
        values.VarianceSample,
        values.VariancePopulation,
    )
}
