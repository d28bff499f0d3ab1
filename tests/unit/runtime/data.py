"""Measurements of a small plant, always the same."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

COLUMNS = ("flow", "pressure", "speed", "temperature")


@dataclass(frozen=True)
class Plant:
    """Rows of measurements with what may be predicted from them."""

    x: Any
    state: Any
    runs: Any
    both: Any
    power: Any
    pair: Any


@cache
def plant() -> Plant:
    """200 rows of four measurements."""
    random = np.random.default_rng(7)
    x = random.normal(size=(200, 4)) * [10.0, 2.0, 100.0, 5.0] + [50.0, 3.0, 1500.0, 60.0]
    centred = (x - x.mean(axis=0)) / x.std(axis=0)
    state = np.where(centred[:, 0] > 0.5, "high", np.where(centred[:, 1] > 0, "normal", "low"))
    power = centred @ [1.0, 2.0, 3.0, 4.0] + random.normal(size=200) * 0.1
    both = np.c_[centred[:, 2] > 0, state == "low"].astype(int)
    return Plant(x, state, centred[:, 2] > 0, both, power, np.c_[power, centred[:, 0] - power])
