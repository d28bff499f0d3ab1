"""How long one call takes, measured before anybody waits for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.model import Model

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

    The first calls, which allocate, do not count; of several rounds the quickest counts, since a busy
    machine makes calls slower and never faster. A model that is over the budget from the start is not
    measured on.

    Args:
        model: to be measured.
        budget: seconds.

    Raises:
        InferenceFailed: the model fails.
    """
    rows = [[row] for row in model.golden.inputs]
    first = _round(model, rows, _FIRST_CALLS)
    if min(first) > budget:
        return Pace(max(first), max(first))
    p99 = min(float(np.percentile(_round(model, rows, _CALLS), 99)) for _ in range(_ROUNDS))
    batch = list(islice(cycle(model.golden.inputs), _BATCH))
    return Pace(p99, min(_round(model, [batch], _ROUNDS)) / _BATCH)


def _round(model: Model, calls: Sequence[Sequence[Row]], count: int) -> list[float]:
    taken: list[float] = []
    end = time.perf_counter() + _LONGEST_ROUND
    for rows in islice(cycle(calls), count):
        started = time.perf_counter()
        model.predict(rows)
        now = time.perf_counter()
        taken.append(now - started)
        if now > end:
            break
    return taken
