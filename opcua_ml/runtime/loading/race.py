"""Which of several loaded models of one package takes less time for a row, on this machine."""

from __future__ import annotations

import time
from itertools import cycle, islice
from statistics import median
from typing import TYPE_CHECKING

from opcua_ml.domain.figure import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.runtime.contract.model import LoadedModel

_ROUNDS, _ROWS = 3, 50


def quickest(models: Sequence[LoadedModel]) -> tuple[LoadedModel, str]:
    """The quickest, and in words what all of them took; rounds in turn, so that a busy moment meets each.

    Raises:
        InferenceFailed: one fails on its golden rows, which it has just reproduced.
    """
    ways = [model.one_row() for model in models]
    best = [float("inf")] * len(models)
    for _ in range(_ROUNDS):
        for place, predict in enumerate(ways):
            taken = []
            for row in islice(cycle(models[place].golden.inputs), _ROWS):
                began = time.perf_counter()
                predict(row)
                taken.append(time.perf_counter() - began)
            best[place] = min(best[place], median(taken))
    first = min(range(len(models)), key=best.__getitem__)
    told = ", ".join(
        f"{model.artifact} {figure(seconds * 1e6, 3)} µs" for model, seconds in zip(models, best, strict=True)
    )
    return models[first], f"quickest at one row ({told})"
