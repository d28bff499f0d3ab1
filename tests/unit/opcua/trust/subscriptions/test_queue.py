"""Queues of monitored items, held against a plain list as the oracle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot.change_rows import OVERFLOW
from opcua_ml.opcua.trust.subscriptions.queue import EventQueue, ValueQueue, WireQueue
from opcua_ml.opcua.trust.subscriptions.value_encoder import encoded

STEPS = st.lists(st.integers(0, 1000) | st.just("take"), max_size=60)


Entry = Callable[[int], Any]


def as_object(number: int) -> ua.DataValue:
    """For the server's own code."""
    return ua.DataValue(ua.Variant(number, ua.VariantType.Int64))


def as_bytes(number: int) -> bytes:
    """For a client."""
    return encoded(as_object(number))


KINDS = st.sampled_from([(ValueQueue, as_object), (WireQueue, as_bytes)])


def number(entry: ua.DataValue | bytes) -> tuple[int, bool]:
    """The value and whether it is marked."""
    value = struct_from_binary(ua.DataValue, Buffer(entry)) if isinstance(entry, bytes) else entry
    assert value.Value is not None
    code = value.StatusCode.value if value.StatusCode is not None else 0
    return value.Value.Value, code & OVERFLOW == OVERFLOW


@given(KINDS, STEPS, st.integers(1, 5), st.booleans(), st.integers(1, 7))
def test_a_queue_keeps_what_it_should_and_marks_the_gap(
    kind: tuple[Any, Entry], steps: list[int | str], size: int, discard_oldest: bool, most: int
) -> None:
    """Values come in order, never more than its size, with the Overflow bit beside what was lost."""
    queue = kind[0](size, discard_oldest=discard_oldest)
    model: list[tuple[int, bool]] = []
    lost = 0
    for step in steps:
        if step == "take":
            taken, model = model[:most], model[most:]
            assert [number(value) for value in queue.take(most)] == taken
            continue
        assert isinstance(step, int)
        kept = queue.push(kind[1](step))
        assert kept == (len(model) < size)
        lost += not kept
        if kept:
            model.append((step, False))
        elif size == 1:
            model = [(step, False)]
        elif discard_oldest:
            model = [*model[1:], (step, False)]
            model[0] = (model[0][0], True)
        else:
            model[-1] = (step, True)
        assert len(queue) == len(model) <= size
    assert queue.dropped == lost
    assert [number(value) for value in queue.take(1000)] == model


@given(KINDS, st.lists(st.integers(0, 9), max_size=8), st.integers(1, 8), st.integers(1, 8), st.booleans())
def test_a_smaller_queue_drops_and_marks_like_an_overflow(
    kind: tuple[Any, Entry], values: list[int], size: int, smaller: int, discard_oldest: bool
) -> None:
    """ModifyMonitoredItems: what no longer fits goes from the right end, and the gap is marked."""
    queue = kind[0](8, discard_oldest=discard_oldest)
    for value in values:
        queue.push(kind[1](value))
    queue.resize(min(size, smaller), discard_oldest=discard_oldest)
    left = min(size, smaller)
    expected = values[-left:] if discard_oldest else values[:left]
    found = [number(value) for value in queue.take(100)]
    assert [value for value, _ in found] == expected
    overflowed = len(values) > left > 1
    place = 0 if discard_oldest else -1
    assert [mark for _, mark in found].count(True) == (1 if overflowed else 0)
    if overflowed:
        assert found[place][1]


@pytest.mark.parametrize("discard_oldest", [True, False])
def test_a_queue_of_one_is_never_marked(discard_oldest: bool) -> None:
    """Part 4, 5.13.1.5: the Overflow bit is for queues of more than one."""
    queue = ValueQueue(1, discard_oldest=discard_oldest)
    for value in range(5):
        queue.push(ua.DataValue(ua.Variant(value)))
    assert [number(value) for value in queue.take(5)] == [(4, False)]


@pytest.mark.parametrize("most", [1, 2, 3, 10])
@pytest.mark.parametrize("discard_oldest", [True, False])
def test_lost_events_are_told_once_where_the_gap_is(discard_oldest: bool, most: int) -> None:
    """One overflow event beside the size, first when the oldest went, last when the newest did."""
    gap = ua.EventFieldList(ua.UInt32(0), [ua.Variant("gap")])
    queue = EventQueue(2, discard_oldest=discard_oldest, overflow=lambda: gap)
    for name in "abcd":
        queue.push(ua.EventFieldList(ua.UInt32(1), [ua.Variant(name)]))
    assert len(queue) == 3
    found: list[str] = []
    while len(queue):
        taken = queue.take(most)
        assert 0 < len(taken) <= most
        found += [event.EventFields[0].Value for event in taken]
    assert found == (["gap", "c", "d"] if discard_oldest else ["a", "d", "gap"])
