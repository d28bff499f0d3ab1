"""Sampling worked out from times is what items with a clock would have seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot.change_rows import ENDING, ENDING_BYTES
from opcua_ml.opcua.live import Pass
from opcua_ml.opcua.trust.subscriptions import column_sampling
from opcua_ml.opcua.trust.subscriptions.column_sampling import ColumnSampling

ROWS = 24
CHANGES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, ROWS - 1)), max_size=60)
"""Seconds since the change before, and the row that changes."""
EXAMPLES = st.lists(st.tuples(CHANGES, st.integers(0, 9)), min_size=1, max_size=6)
"""Changes, and the seconds after which somebody looks."""


@dataclass
class PlainItem:
    """One item with a clock of its own."""

    interval: float
    due: float
    waits: float | None = None

    def until(self, now: float) -> list[float]:
        """What is seen as time goes on."""
        if self.waits is None or self.due > now:
            return []
        seen, self.waits = self.waits, None
        self.due += self.interval
        return [seen]

    def changed(self, value: float, now: float) -> list[float]:
        """What is seen of a change; who waits until this very moment has been called before."""
        seen = self.until(now)
        if now < self.due:
            self.waits = value
            return seen
        self.due = now + self.interval
        return [*seen, value]


def as_pass(changes: list[tuple[int, float, float]]) -> tuple[np.ndarray[Any, Any], Pass]:
    """Changes of row, number and time."""
    rows = np.array([row for row, _, _ in changes], np.int64)
    values = np.array([value for _, value, _ in changes], np.float64)
    stamps = values.astype(np.int64)
    times = np.array([at for _, _, at in changes], np.float64)
    endings = np.zeros(len(rows), ENDING)
    endings["source"], endings["server"] = stamps, stamps + 1
    return rows, Pass(rows, values, endings.view(ENDING_BYTES), times, distinct=False)


@pytest.mark.parametrize("narrow", [0, 16])
@settings(max_examples=40, deadline=None)
@given(example=EXAMPLES, intervals=st.lists(st.sampled_from([1, 3, 7, 20]), min_size=ROWS, max_size=ROWS))
def test_each_row_sees_what_an_item_with_a_clock_sees(
    narrow: int, example: list[tuple[list[tuple[int, int]], int]], intervals: list[int]
) -> None:
    """All rows at once, or one by one where they are few, whenever somebody looks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_sampling, "NARROW", narrow)
        sampling = ColumnSampling(np.dtype("<f8"))
        sampling.grow()
        items = [PlainItem(interval, 100.0 + row % 5) for row, interval in enumerate(intervals)]
        for row, item in enumerate(items):
            sampling.open(row, item.interval, item.due)
        now, value = 100.0, 0.0
        for changes, pause in example:
            wanted: dict[int, list[float]] = {row: [] for row in range(ROWS)}
            news = []
            for later, row in changes:
                now, value = now + later, value + 1.0
                news.append((row, value, now))
                wanted[row] += items[row].changed(value, now)
            now += pause
            for row, item in enumerate(items):
                wanted[row] += item.until(now)
            rows, seen = sampling.seen(*as_pass(news), now)
            found: dict[int, list[float]] = {row: [] for row in range(ROWS)}
            for row, one in zip(rows.tolist(), seen.values.tolist(), strict=True):
                found[row].append(one)
            assert found == wanted
            assert seen.source.tolist() == [int(one) for one in seen.values]
            assert seen.endings.view(ENDING)["server"].tolist() == [int(one) + 1 for one in seen.values]
            assert not len(rows) or seen.distinct == all(len(one) <= 1 for one in found.values())
            assert [sampling.due(row) for row in range(ROWS)] == [
                (item.due, item.waits is not None) for item in items
            ]
