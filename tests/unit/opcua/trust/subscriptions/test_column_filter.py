"""What arrays let pass is what the filter of each item lets pass, one value after the other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot.change_rows import ENDING, ENDING_BYTES
from opcua_ml.opcua.hot.variant_reader import NUMBERS_AND_BOOLEAN
from opcua_ml.opcua.live import Pass, mark_of
from opcua_ml.opcua.trust.subscriptions import column_filter
from opcua_ml.opcua.trust.subscriptions.change import INFO_BITS, ChangeFilter
from opcua_ml.opcua.trust.subscriptions.column_filter import ByTrigger, EveryChange, WithinBands

ROWS = 20
INT32, FLOAT, DOUBLE = 6, 10, 11
NAN, INF = float("nan"), float("inf")
VALUES = {
    DOUBLE: st.sampled_from([0.0, -0.0, 0.5, 1.0, 1.5, -2.0, NAN, INF, -INF, 1e308, -1e308]),
    FLOAT: st.sampled_from([0.0, 0.5, 1.5, NAN, INF]),
    INT32: st.sampled_from([-(2**31), -1, 0, 1, 2, 2**31 - 1]),
}
STATUS = st.sampled_from([0, 0, 0, 0x0400, 0x4000_0000])
FILTERS = {
    EveryChange: st.builds(ChangeFilter),
    ByTrigger: st.builds(ChangeFilter, st.integers(0, 2)),
    WithinBands: st.builds(ChangeFilter, st.integers(0, 2), st.sampled_from([0.0, 0.5, 1.0, 3e9])),
}


@pytest.mark.parametrize("narrow", [0, 16])
@pytest.mark.parametrize("made", FILTERS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_each_row_passes_what_its_filter_passes(
    made: type[EveryChange], narrow: int, data: st.DataObject
) -> None:
    """Several passes, in which a row may change many times."""
    kind = data.draw(st.sampled_from([DOUBLE, FLOAT, INT32]))
    rows = st.integers(0, ROWS - 1) | st.integers(0, 1)
    change = st.tuples(rows, VALUES[kind], STATUS, st.integers(1, 3))
    passes = data.draw(st.lists(st.lists(change, max_size=50), min_size=1, max_size=4))
    filters = data.draw(st.lists(FILTERS[made], min_size=ROWS, max_size=ROWS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_filter, "NARROW", narrow)
        found = made(kind, np.dtype("<" + NUMBERS_AND_BOOLEAN[kind]))
        found.grow()
        last: list[Any] = [(mark_of(kind, 0), 0, 1)] * ROWS
        for row, one in enumerate(filters):
            found.open(row, one, last[row])
        for changes in passes:
            changes.sort(key=lambda change: change[0])
            wanted = []
            for row, value, status, source in changes:
                now = mark_of(kind, status), value, source
                wanted.append(filters[row].passes(last[row], now))
                last[row] = now if wanted[-1] else last[row]
            assert told(found, kind, changes) == wanted
        for row, reported in enumerate(last):
            held = found.last(row)
            if held is not None:
                assert repr((held[0], float(held[1]), held[2])) == repr(
                    (reported[0], float(reported[1]), reported[2])
                )


def told(found: EveryChange, kind: int, changes: list[Any]) -> list[bool]:
    """Whether each change passes."""
    passing = found.passing(*as_pass(kind, changes))
    return [True] * len(changes) if passing is None else passing.tolist()


def as_pass(kind: int, changes: list[Any]) -> tuple[np.ndarray[Any, Any], Pass]:
    """Changes of row, number, status and source time, by rows."""
    rows = np.array([row for row, _, _, _ in changes], np.int64)
    numbers = np.array([value for _, value, _, _ in changes], "<" + NUMBERS_AND_BOOLEAN[kind])
    endings = np.array([(status, source, source) for _, _, status, source in changes], ENDING)
    distinct = all(one != other for one, other in pairwise(rows.tolist()))
    return rows, Pass(
        rows,
        numbers,
        endings.view(ENDING_BYTES),
        np.empty(0),
        distinct,
        all(not status for _, _, status, _ in changes),
    )


def test_info_bits_are_no_change() -> None:
    """Only what a StatusCode says is."""
    found = EveryChange(DOUBLE, np.dtype("<f8"))
    found.open(0, ChangeFilter(), (mark_of(DOUBLE, 0), 1.0, 1))
    assert told(found, DOUBLE, [(0, 1.0, 0xFFFF & ~INFO_BITS, 2)]) == [False]
    assert found.last(0) is None
