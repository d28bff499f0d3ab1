"""The queue of a column is the queues of its items."""

from __future__ import annotations

from struct import unpack_from
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot import encode_numbers
from opcua_ml.opcua.hot.change_rows import ENDING, ENDING_BYTES
from opcua_ml.opcua.live import Pass
from opcua_ml.opcua.trust.subscriptions import column_queue
from opcua_ml.opcua.trust.subscriptions.column_queue import ColumnQueue
from opcua_ml.opcua.trust.subscriptions.item import Granted
from opcua_ml.opcua.trust.subscriptions.queue import WireQueue

DOUBLE = 11
SIZES = st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=6)
STEPS = st.lists(
    st.tuples(st.just("put"), st.lists(st.integers(0, 5), min_size=1, max_size=8))
    | st.tuples(st.just("take"), st.integers(1, 9))
    | st.tuples(st.just("spill"), st.none())
    | st.tuples(st.just("send"), st.integers(0, 5)),
    max_size=20,
)


class Counts:
    """What is lost."""

    overflowed = 0

    def lost(self, notifications: int) -> None:
        """Count them."""
        self.overflowed += notifications


class Queued:
    """What a column's queue knows of an item."""

    def __init__(self, handle: int, size: int, counts: Counts, *, discard_oldest: bool) -> None:
        self.granted = Granted(handle, 0.0, size, discard_oldest)
        self.queue = WireQueue(size, discard_oldest=discard_oldest)
        self.counts = counts

    def queue_swiftly(self, data: bytes) -> None:
        """Take one in."""
        self.counts.overflowed += not self.queue.push(data)


@pytest.mark.parametrize("beyond", [0, 4096])
@settings(max_examples=60, deadline=None)
@given(sizes=SIZES, steps=STEPS)
def test_what_is_taken_is_what_the_items_own_queues_give(
    beyond: int, sizes: list[tuple[int, bool]], steps: list[tuple[str, Any]]
) -> None:
    """Sizes, overflow and its bit, whatever is taken in parts, or lies in the items' own queues already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_queue, "MOST_BEYOND", beyond)
        counts, lost = Counts(), 0
        items = [Queued(row, size, counts, discard_oldest=oldest) for row, (size, oldest) in enumerate(sizes)]
        plain = [WireQueue(size, discard_oldest=oldest) for size, oldest in sizes]
        made: Any = ColumnQueue
        queue = made(DOUBLE, 2, items, counts.lost)
        queue.open(range(len(items)))
        number = 0
        for step, argument in steps:
            if step == "put":
                rows = sorted(row % len(items) for row in argument)
                values = [float(number + place) for place in range(len(rows))]
                number += len(rows)
                queue.put(np.array(rows), as_pass(rows, values))
                for row, value in zip(rows, values, strict=True):
                    lost += not plain[row].push(encode_numbers(DOUBLE, [value], 0, 10, 20)[1][0])
            elif step == "take":
                queue.hold_sizes()
                for item, one in zip(items, plain, strict=True):  # which a message takes first
                    sent = item.queue.take(9)
                    assert sent == one.take(len(sent))
                block = queue.take(argument)
                assert block.number <= argument
                for one in block.one_by_one() if block.number else ():
                    (row,) = unpack_from("<I", one)
                    assert plain[row].take(1) == [one[4:]]
            elif step == "spill":
                queue.spill()
            elif not queue:
                row = argument % len(items)
                assert items[row].queue.take(9) == plain[row].take(9)
        queue.spill()
        assert [item.queue.take(9) for item in items] == [one.take(9) for one in plain]
        assert counts.overflowed == lost


def as_pass(rows: list[int], values: list[float]) -> Pass:
    """Numbers that have changed."""
    count = len(rows)
    return Pass(
        np.array(rows),
        np.array(values),
        np.array([(0, 10, 20)] * count, ENDING).view(ENDING_BYTES),
        np.empty(0),
        distinct=len(set(rows)) == count,
    )
