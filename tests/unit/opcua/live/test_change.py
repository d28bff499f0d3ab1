"""Values that change together: at once, in order, and made only when somebody looks."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import to_datetime
from opcua_ml.opcua.live import NumberBatch, Numbers, NumberWatcher, ValueCell, change_together

NUMBERS = st.one_of(st.integers(-300, 300), st.integers(), st.floats())
KINDS = st.sampled_from([kind for kind in ua.VariantType if 2 <= kind.value <= 11])
made: Any = ua


def cell() -> ValueCell:
    """One that has no value yet."""
    return ValueCell(ua.DataValue())


async def test_a_structure_is_made_when_somebody_looks_and_once() -> None:
    """The same object for all who look, until the next change."""
    one: Any = cell()
    calls: list[int] = []

    def make() -> Any:
        calls.append(1)
        return made.DataValue(made.Variant(1.5))

    await change_together((), (), [(one, make)])
    assert calls == []
    assert one.value is one.value
    assert one.value.Value.Value == 1.5
    assert calls == [1]
    await change_together([(one, made.DataValue(made.Variant(2.5)))])
    assert one.value.Value.Value == 2.5


async def test_watchers_hear_numbers_then_structures_then_the_rest() -> None:
    """By then every value is in its place: who looks at another one sees the new one."""
    cells: list[Any] = [cell() for _ in range(3)]
    heard: list[tuple[int, list[Any]]] = []
    for place, one in enumerate(cells):

        def note(_handle: int, _value: ua.DataValue, place: int = place) -> None:
            heard.append((place, [held.value.Value.Value for held in cells]))

        one.datachange_callbacks[place] = note
    plain = made.DataValue(made.Variant("words"))
    numbers = Numbers([cells[1]], ua.VariantType.Double, [4.0], 0, 10, 10)
    await change_together(
        [(cells[0], plain)], [numbers], [(cells[2], lambda: made.DataValue(made.Variant(7)))]
    )
    assert heard == [(1, ["words", 4.0, 7]), (2, ["words", 4.0, 7]), (0, ["words", 4.0, 7])]


@given(KINDS, st.lists(NUMBERS, max_size=40))
async def test_numbers_in_bulk_are_those_one_by_one(kind: ua.VariantType, contents: list[Any]) -> None:
    """Whatever is told to be of a type: bulk or not, a Read sees what was given, and none is missed."""
    cells = [cell() for _ in contents]
    await change_together((), [Numbers(cells, kind, contents, 0x40000000, 10, 20)])
    for one, content in zip(cells, contents, strict=True):
        value: Any = one.value
        assert value.Value.VariantType is kind
        assert value.StatusCode.value == 0x40000000
        assert (value.SourceTimestamp, value.ServerTimestamp) == (to_datetime(10), to_datetime(20))
        held = value.Value.Value
        if kind is ua.VariantType.Double and held != content:
            assert repr(held) == repr(float(content))  # a great integer is rounded, NaN stays
        elif kind is not ua.VariantType.Float:
            assert repr(held) == repr(content) or held == content


class Watcher(NumberWatcher):
    """Notes what it is told, one way or the other."""

    def __init__(self, *, indifferent: bool) -> None:
        self.indifferent = indifferent
        self.heard: list[Any] = []

    def number(self, content: Any, data: bytes, batch: NumberBatch) -> bool:  # noqa: ARG002 - as declared
        """Take it."""
        self.heard.append(content)
        return True

    def __call__(self, _handle: int, value: ua.DataValue) -> None:
        """Take what is no number."""
        self.heard.append(value.Value.Value if value.Value is not None else None)


def _watched(first: ua.DataValue) -> tuple[ValueCell, Watcher, Watcher]:
    """A cell with as many watchers as it takes, one that is indifferent and one that is not."""
    held, one, other = ValueCell(first), Watcher(indifferent=True), Watcher(indifferent=False)
    held.datachange_callbacks[0], held.datachange_callbacks[1] = one, other
    for handle in range(2, 20):
        held.datachange_callbacks[handle] = Watcher(indifferent=True)
    return held, one, other


def _moment(second: int, content: Any, status: int = 0) -> ua.DataValue:
    at = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    value: ua.DataValue = made.DataValue(made.Variant(content), made.StatusCode(status), at, at)
    return value


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        ([1.5, 1.5, 2.5, 2.5], [1.5, 2.5]),
        (["a", "a", "b"], ["a", "b"]),
        ([1.5, 1, True, 1], [1.5, 1, True, 1]),
        ([math.nan, math.nan], [math.nan, math.nan]),
        ([[1.5], [1.5]], [[1.5], [1.5]]),
    ],
)
async def test_who_is_indifferent_to_timestamps_is_not_told_of_the_same_again(
    contents: list[Any], told: list[Any]
) -> None:
    """All others are; what may have been changed in place, or is not equal to itself, is always told."""
    held, indifferent, other = _watched(made.DataValue())
    for second, content in enumerate(contents):
        await change_together([(held, _moment(second, content))])
    assert repr(indifferent.heard) == repr(told)
    assert repr(other.heard) == repr(contents)


async def test_another_status_is_told_to_everybody() -> None:
    """With the same content."""
    held, indifferent, _ = _watched(made.DataValue())
    for second, status in enumerate((0, 0x40000000, 0x40000000, 0)):
        await change_together([(held, _moment(second, 1.5, status))])
    assert indifferent.heard == [1.5] * 3


@given(st.lists(st.tuples(st.sampled_from([0.0, -0.0, 1.5, math.nan]), st.sampled_from([0, 0x40000000]))))
async def test_repeated_numbers_in_bulk_are_told_as_one_by_one(values: list[tuple[float, int]]) -> None:
    """Whoever is indifferent hears of each change at least, everybody else of each value."""
    held, indifferent, other = _watched(made.DataValue())
    for second, (content, status) in enumerate(values):
        await change_together((), [Numbers([held], ua.VariantType.Double, [content], status, second, second)])
    changes = [
        now[0]
        for before, now in zip([None, *values], values, strict=False)
        if before is None or repr(before) != repr(now)
    ]
    assert repr(other.heard) == repr([content for content, _ in values])
    assert repr(indifferent.heard) == repr(changes)
