"""Holding rows against a signature."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.errors import (
    ArgumentsMissing,
    InputOutOfRange,
    InputTypeMismatch,
    TooManyArguments,
)
from opcua_ml.domain.row import checked_row
from opcua_ml.domain.signature import INTEGER_LIMITS, DataType, Input, Output, Range, Signature, Window
from opcua_ml.domain.value_range import GREATEST


def signature(*inputs: Input) -> Signature:
    """A signature with these inputs and one output."""
    return Signature(inputs, (Output("y"),))


FLOW = Input("flow", unit="MQH", range=Range(0, 100))
COUNT = Input("count", DataType.INT16)
VALVE = Input("valve", DataType.STRING, categories=("open", "shut"))
RUNNING = Input("running", DataType.BOOLEAN)


def test_a_right_row_comes_back_in_the_types_of_its_signature() -> None:
    """An integer becomes a float where a Double is wanted; all else stays as it is."""
    row = checked_row(signature(FLOW, COUNT, VALVE, RUNNING), [7, 3, "open", True])
    assert row == (7.0, 3, "open", True)
    assert [type(value) for value in row] == [float, int, str, bool]


def test_too_few_and_too_many_are_told_apart_and_the_missing_are_named() -> None:
    """The caller learns which inputs are missing."""
    with pytest.raises(ArgumentsMissing, match="count"):
        checked_row(signature(FLOW, COUNT), [1.0])
    with pytest.raises(TooManyArguments):
        checked_row(signature(FLOW), [1.0, 2.0])


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (FLOW, "7"),
        (FLOW, True),
        (FLOW, None),
        (COUNT, 1.5),
        (COUNT, False),
        (VALVE, 1),
        (RUNNING, 1),
        (RUNNING, "true"),
    ],
)
def test_a_value_of_another_type_is_a_type_mismatch_at_its_place(item: Input, value: object) -> None:
    """Nothing is guessed: no text becomes a number, no number a Boolean, none is rounded."""
    with pytest.raises(InputTypeMismatch) as caught:
        checked_row(signature(RUNNING, item), [True, value], row=4)
    assert (caught.value.index, caught.value.row, caught.value.where) == (1, 4, item.name)


@pytest.mark.parametrize("data_type", [DataType.FLOAT, DataType.DOUBLE])
def test_a_number_too_great_for_single_precision_is_out_of_range(data_type: DataType) -> None:
    """Trees compute in it, whatever the input's type: it must not become infinite on its way."""
    speed = signature(Input("speed", data_type))
    assert checked_row(speed, [GREATEST]) == (GREATEST,)
    with pytest.raises(InputOutOfRange, match=r"to 3\.4"):
        checked_row(speed, [1e300])


@pytest.mark.parametrize("value", [-0.001, 100.001, math.nan, math.inf, -math.inf])
def test_a_value_outside_its_declared_range_is_out_of_range(value: float) -> None:
    """The range and its unit are named in the sentence."""
    with pytest.raises(InputOutOfRange) as caught:
        checked_row(signature(FLOW), [value])
    assert "m³/h" in caught.value.sentence or "finite" in caught.value.sentence


def test_missing_values_pass_only_where_the_model_takes_them() -> None:
    """NaN means «not known» to some models, and an error to all others."""
    tolerant = Input("flow", allow_missing=True)
    assert math.isnan(checked_row(signature(tolerant), [math.nan])[0])  # type: ignore[arg-type]
    with pytest.raises(InputOutOfRange):
        checked_row(signature(tolerant), [math.inf])


def test_an_unknown_category_is_out_of_range() -> None:
    """The allowed categories are listed."""
    with pytest.raises(InputOutOfRange, match="open, shut"):
        checked_row(signature(VALVE), ["ajar"])


@pytest.mark.parametrize("data_type", list(INTEGER_LIMITS))
def test_integers_hold_exactly_what_their_type_holds(data_type: DataType) -> None:
    """Both limits pass, one beyond either does not."""
    low, high = INTEGER_LIMITS[data_type]
    item = signature(Input("n", data_type))
    assert checked_row(item, [low]) == (low,)
    assert checked_row(item, [high]) == (high,)
    for beyond in (low - 1, high + 1):
        with pytest.raises(InputOutOfRange):
            checked_row(item, [beyond])


def test_a_windowed_input_takes_exactly_its_number_of_values() -> None:
    """A shorter or longer array, or a scalar, is a type mismatch."""
    windowed = signature(Input("flow", window=Window(3, 1.0)))
    assert checked_row(windowed, [[1, 2, 3]]) == ((1.0, 2.0, 3.0),)
    for wrong in ([1.0, 2.0], 1.0, [1.0, "x", 2.0]):
        with pytest.raises(InputTypeMismatch):
            checked_row(windowed, [wrong])


@given(
    st.lists(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())),
        max_size=6,
    )
)
def test_whatever_comes_is_a_row_or_an_error_of_ours(values: list[object]) -> None:
    """No input makes the check raise anything that has no StatusCode."""
    wanted = signature(FLOW, COUNT, VALVE, RUNNING)
    try:
        row = checked_row(wanted, values)
    except (ArgumentsMissing, TooManyArguments, InputOutOfRange, InputTypeMismatch):
        return
    assert len(row) == len(wanted.inputs)
