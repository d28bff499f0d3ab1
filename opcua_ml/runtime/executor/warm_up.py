"""How long one call takes, measured before anybody waits for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np

from opcua_ml.application.timed import timed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.model import Model

_FIRST_CALLS = 5
_CALLS = 100
_ROUNDS = 3
_LONGEST_ROUND = 0.3  # seconds
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Pace:
    """What calls take, in seconds.

    Attributes:
        p99: 99th percentile for one row.
        per_row: of a call with many rows, for each of them.
    """

    p99: float
    per_row: float


def warm_up(model: Model, budget: float) -> Pace:
    """Call the model with its golden rows and measure.

    The first calls, which allocate, do not count. A busy machine makes calls slower and never faster: of
    several rounds the quickest counts, and of its calls the processor's time beside what a usual one waits.
    A model that is over the budget from the start is not measured on.

    Args:
        model: to be measured.
        budget: seconds.

    Raises:
        InferenceFailed: the model fails.
    """
    rows = [[row] for row in model.golden.inputs]
    first = _round(model, rows, _FIRST_CALLS)
    if min(one.seconds for one in first) > budget:
        slowest = max(one.seconds for one in first)
        return Pace(slowest, slowest)
    p99 = min(_p99(_round(model, rows, _CALLS)) for _ in range(_ROUNDS))
    batch = list(islice(cycle(model.golden.inputs), _BATCH))
    return Pace(p99, min(one.seconds for one in _round(model, [batch], _ROUNDS)) / _BATCH)


def _p99(calls: Sequence[Computation]) -> float:
    """By the clock, or by the processor's time where that is less with what a usual call waits."""
    clock, processor = (np.array([call[place] for call in calls]) for place in (1, 2))
    waits = float(np.median(clock - processor))
    return min(float(np.percentile(clock, 99)), float(np.percentile(processor, 99)) + waits)


def _round(model: Model, calls: Sequence[Sequence[Row]], count: int) -> list[Computation]:
    taken: list[Computation] = []
    end = time.perf_counter() + _LONGEST_ROUND
    for rows in islice(cycle(calls), count):
        taken.append(timed(model.predict, rows))
        if time.perf_counter() > end:
            break
    return taken
