"""How many rows of calls that wait are computed together: as many as pay, none where answers would differ."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

from opcua_ml.runtime.package.golden import difference

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.model import Model

SAME = 1e-6
"""Difference of a row's answer among others from its answer alone, as a share of the greatest of that output:
more than rounding of single precision is another answer."""
_LONGEST = 4.0  # times of one row that a batch is expected to take at most
_PAYS = 0.7  # of the time of one row: what one more may cost in a batch
_SECONDS = 0.3  # for measuring one way
_TRIES = 5  # of many rows
_FEWEST, _MOST = 2, 64  # rows tried together


@dataclass(frozen=True, slots=True)
class Batching:
    """What a worker may do with calls that wait.

    Attributes:
        rows: of the calls that are computed together; 1 for one call after another.
        wait: seconds to wait for others after the first.
        why: in words.
    """

    rows: int = 1
    wait: float = 0.0
    why: str = ""


ONE_BY_ONE = Batching()


def batching_of(model: Model, most: int, wait: float) -> Batching:
    """Measure with the golden rows whether and how far batches pay.

    A batch is expected to take no more than four times as long as one row does: that bounds what the first
    call of it waits for the others.

    Args:
        model: to be measured; blocks for some times what one row takes, a second at most where one takes
            less than a tenth of that.
        most: rows in one batch; below 2 nothing is measured.
        wait: seconds to wait for others after the first.

    Raises:
        InferenceFailed: the model fails on its golden rows.
    """
    if most < _FEWEST:
        return Batching(1, 0.0, "calls are computed one by one, as configured")
    alone, single = _alone(model)
    given = list(islice(cycle(model.golden.inputs[: len(alone)]), max(_FEWEST, len(alone))))
    together, taken = _together(model, given)
    met = difference(model.signature, alone, together[: len(alone)])
    if met.discrete or met.greatest > SAME:
        return Batching(1, 0.0, "calls are computed one by one, as together they give other answers")
    another = max(taken - single, 0.0) / (len(given) - 1)
    if another > _PAYS * single:
        return Batching(1, 0.0, "calls are computed one by one, as together they take as long")
    pays = most if another <= 0 else int(1 + (_LONGEST - 1) * single / another)
    rows = min(most, pays)
    return Batching(rows, wait, f"up to {rows} rows that wait are computed together")


def _alone(model: Model) -> tuple[list[Row], float]:
    """Answers to the first golden rows, each asked for alone, and the shortest time that one took."""
    answers: list[Row] = []
    shortest = float("inf")
    end = time.perf_counter() + _SECONDS
    for row in islice(model.golden.inputs, _MOST):
        began = time.perf_counter()
        answers += model.predict([row])
        now = time.perf_counter()
        shortest = min(shortest, now - began)
        if now > end and len(answers) >= _FEWEST:
            break
    return answers, shortest


def _together(model: Model, given: list[Row]) -> tuple[list[Row], float]:
    """Answers to all at once, and the shortest time that it took: pauses are the machine's."""
    shortest = float("inf")
    end = time.perf_counter() + _SECONDS
    for _ in range(_TRIES):
        began = time.perf_counter()
        answers = model.predict(given)
        now = time.perf_counter()
        shortest = min(shortest, now - began)
        if now > end:
            break
    return answers, shortest
