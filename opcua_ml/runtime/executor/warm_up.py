"""How long one call takes, measured before anybody waits for it."""

from __future__ import annotations

import time
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.model import Model

_FIRST_CALLS = 5
_CALLS = 100
_ROUNDS = 3
_LONGEST_ROUND = 0.3


def warm_up(model: Model) -> float:
    """99th percentile of the time of a call with one row, in seconds.

    The model's golden rows are its input. The first calls, which allocate, do not count; of several rounds
    the quickest counts, since a busy machine makes calls slower and never faster.
    """
    rows = [[row] for row in model.golden.inputs]
    for row in islice(cycle(rows), _FIRST_CALLS):
        model.predict(row)
    return min(_round(model, rows) for _ in range(_ROUNDS))


def _round(model: Model, rows: list[list[Row]]) -> float:
    taken: list[float] = []
    end = time.perf_counter() + _LONGEST_ROUND
    for row in islice(cycle(rows), _CALLS):
        started = time.perf_counter()
        model.predict(row)
        now = time.perf_counter()
        taken.append(now - started)
        if now > end:
            break
    return float(np.percentile(taken, 99))
