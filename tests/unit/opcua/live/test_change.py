"""Values that change together: at once, in order, and made only when somebody looks."""

from __future__ import annotations

from typing import Any

from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import to_datetime
from opcua_ml.opcua.live import Numbers, ValueCell, change_together

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
