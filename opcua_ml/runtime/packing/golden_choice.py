"""Which rows of the training data show best that a loaded model is the one that was packed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from opcua_ml.domain.signature import OutputRole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.package.parts import OutputPart

STEADY = 1e-4  # nearer than this to another answer, a row proves nothing but rounding


def spread(count: int, length: int) -> list[int]:
    """At most `count` of `length` places, evenly spread, the first and the last among them."""
    return sorted({int(place) for place in np.linspace(0, length - 1, min(count, length)).round()})


def extremes(rows: Sequence[Row], count: int) -> list[int]:
    """Rows that hold the least and the greatest value of each numeric input, and the first missing one."""
    found: dict[int, None] = {}
    for values in zip(*rows, strict=True):
        numbers = [_first_number(value) for value in values]
        present = [place for place, number in enumerate(numbers) if not math.isnan(number)]
        missing = next((place for place, number in enumerate(numbers) if math.isnan(number)), None)
        if present:
            found[min(present, key=numbers.__getitem__)] = None
            found[max(present, key=numbers.__getitem__)] = None
        if missing is not None:
            found[missing] = None
        if len(found) >= count:
            break
    return list(found)[:count]


def choose(
    rows: Sequence[Row], answers: Sequence[Row], outputs: Sequence[OutputPart], count: int
) -> list[int]:
    """Places of at most `count` golden rows: one of each answer, extremes, and the rest evenly spread.

    Rows whose label or anomaly would flip by rounding are taken only where there are no others.
    """
    unsteady = _unsteady(answers, outputs)
    steady = [place for place in range(len(rows)) if place not in unsteady]
    places = steady or list(range(len(rows)))
    chosen: dict[int, None] = {}
    for place in _one_of_each(places, answers, outputs):
        chosen[place] = None
    for local in extremes([rows[place] for place in places], count // 2):
        chosen[places[local]] = None
    for local in spread(count, len(places)):
        chosen[places[local]] = None
    return sorted(list(chosen)[:count])


def _one_of_each(
    places: Iterable[int], answers: Sequence[Row], outputs: Sequence[OutputPart]
) -> Iterator[int]:
    discrete = [
        index
        for index, output in enumerate(outputs)
        if output.role in (OutputRole.LABEL, OutputRole.ANOMALY, OutputRole.CLUSTER)
    ]
    seen: set[Row] = set()
    for place in places:
        answer = tuple(answers[place][index] for index in discrete)
        if answer not in seen:
            seen.add(answer)
            yield place


def _unsteady(answers: Sequence[Row], outputs: Sequence[OutputPart]) -> set[int]:
    unsteady: set[int] = set()
    threshold = next(
        (output.source.threshold for output in outputs if output.source.threshold is not None), 0.0
    )
    for index, output in enumerate(outputs):
        values = [answer[index] for answer in answers]
        if output.role is OutputRole.PROBABILITIES:
            gaps = [_lead(value) for value in values]
        elif output.role is OutputRole.SCORE and output.length == 1:
            gaps = [abs(_first_number(value) - threshold) for value in values]
            greatest = max(gaps, default=0.0)
            gaps = [gap / greatest if greatest else 0.0 for gap in gaps]
        else:
            continue
        unsteady.update(place for place, gap in enumerate(gaps) if gap < STEADY)
    return unsteady


def _lead(probabilities: object) -> float:
    """By how much the likeliest class leads."""
    if not isinstance(probabilities, tuple) or len(probabilities) == 1:
        return 1.0
    first, second = sorted(probabilities, reverse=True)[:2]
    return float(first - second)


def _first_number(value: object) -> float:
    """The newest value of a window, or the value; NaN for a text."""
    newest = value[-1] if isinstance(value, tuple) else value
    return float(newest) if isinstance(newest, bool | int | float) else math.nan
