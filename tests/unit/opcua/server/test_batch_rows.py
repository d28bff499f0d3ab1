"""The rows of PredictBatch, in both forms."""

from __future__ import annotations

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.errors import (
    ArgumentsMissing,
    InputInvalid,
    InputOutOfRange,
    InputTypeMismatch,
    TooManyArguments,
)
from opcua_ml.domain.signature import DataType, Input, Signature, Window, WindowStatistic
from opcua_ml.opcua.server.batch_rows import batch_form

ROWS = st.lists(st.tuples(*[st.floats(allow_nan=False)] * 3), min_size=1, max_size=5)
THREE = Signature((Input("a"), Input("b"), Input("c")), ())
MIXED = Signature(
    (
        Input("count", DataType.INT16),
        Input("running", DataType.BOOLEAN),
        Input("trace", window=Window(2)),
        Input("level", window=Window(9, statistic=WindowStatistic.MEAN)),
    ),
    (),
)
TEXTS = Signature((Input("grade", DataType.STRING), Input("trace", window=Window(2))), ())


def _doubles(value: object) -> ua.Variant:
    return ua.Variant(value, ua.VariantType.Double, None, True)


def _count(number: int) -> ua.Variant:
    return ua.Variant(number, ua.VariantType.UInt32)


@given(ROWS, st.booleans())
def test_a_matrix_and_the_same_numbers_flat_are_the_same_rows(
    rows: list[tuple[float, ...]], counted: bool
) -> None:
    """Clients without matrices send the rows one after another, with or without their number."""
    form = batch_form(THREE, 10)
    count = _count(len(rows) if counted else 0)
    flat = _doubles([number for row in rows for number in row])
    matrix = ua.Variant([list(row) for row in rows], ua.VariantType.Double)
    assert form.rows([matrix, count]) == rows == form.rows([flat, count])


def test_columns_become_the_inputs_own_types() -> None:
    """A Double of a whole-number or Boolean column becomes one; a window takes as many columns as samples."""
    row = batch_form(MIXED, 10).rows([_doubles([3.0, 1.0, 0.5, 0.6, 7.0]), _count(1)])[0]
    assert row == (3, True, (0.5, 0.6), 7.0)
    assert [type(value) for value in row] == [int, bool, tuple, float]


@pytest.mark.parametrize(
    ("rows", "count", "place", "kind"),
    [
        (_doubles([1.0, 2.0]), _count(0), 0, InputOutOfRange),
        (_doubles([]), _count(0), 0, InputOutOfRange),
        (ua.Variant([[1.0, 2.0]], ua.VariantType.Double), _count(0), 0, InputOutOfRange),
        (_doubles([1.0] * 6), _count(3), 1, InputOutOfRange),
        (_doubles([1.0] * 33), _count(0), 0, InputOutOfRange),
        (ua.Variant(1.0, ua.VariantType.Double), _count(0), 0, InputTypeMismatch),
        (ua.Variant([1.0], ua.VariantType.Float), _count(0), 0, InputTypeMismatch),
        (ua.Variant(None, ua.VariantType.Null), _count(0), 0, InputTypeMismatch),
        (_doubles([1.0] * 3), ua.Variant(1, ua.VariantType.Int32), 1, InputTypeMismatch),
        (_doubles([1.0] * 3), ua.Variant([1], ua.VariantType.UInt32), 1, InputTypeMismatch),
    ],
)
def test_what_holds_no_rows_is_refused_at_its_argument(
    rows: ua.Variant, count: ua.Variant, place: int, kind: type[InputInvalid]
) -> None:
    """The error names the argument, not the input."""
    with pytest.raises(kind) as refused:
        batch_form(THREE, 10).rows([rows, count])
    assert refused.value.index == place


@pytest.mark.parametrize(("column", "number"), [(0, 1.5), (0, float("nan")), (1, 2.0)])
def test_a_number_that_its_column_cannot_hold_is_refused(column: int, number: float) -> None:
    """Nothing is rounded; the error names row and input."""
    numbers = [3.0, 1.0, 0.5, 0.6, 7.0] * 2
    numbers[5 + column] = number
    with pytest.raises(InputTypeMismatch) as refused:
        batch_form(MIXED, 10).rows([_doubles(numbers), _count(0)])
    assert (refused.value.row, refused.value.index) == (1, 0)
    assert refused.value.where == MIXED.inputs[column].name


def test_texts_travel_in_columns() -> None:
    """A signature with a text has one typed array per input; a window's samples follow one another."""
    form = batch_form(TEXTS, 10)
    assert [argument.Name for argument in form.arguments] == ["grade", "trace"]
    grades = ua.Variant(["x", "y"], ua.VariantType.String)
    assert form.rows([grades, _doubles([1.0, 2.0, 3.0, 4.0])]) == [("x", (1.0, 2.0)), ("y", (3.0, 4.0))]


@pytest.mark.parametrize(
    ("grades", "trace", "place"),
    [
        (["x"], [1.0, 2.0, 3.0, 4.0], 1),
        (["x"], [1.0], 1),
        ([], [], 0),
        (["x"] * 11, [1.0] * 22, 0),
    ],
)
def test_columns_of_different_length_are_refused(grades: list[str], trace: list[float], place: int) -> None:
    """All columns have as many rows as the first, and no more than allowed."""
    with pytest.raises(InputOutOfRange) as refused:
        batch_form(TEXTS, 10).rows([ua.Variant(grades, ua.VariantType.String), _doubles(trace)])
    assert refused.value.index == place


@pytest.mark.parametrize(("given_count", "kind"), [(1, ArgumentsMissing), (3, TooManyArguments)])
@pytest.mark.parametrize("signature", [THREE, TEXTS])
def test_the_number_of_arguments_is_held(
    signature: Signature, given_count: int, kind: type[Exception]
) -> None:
    """In both forms."""
    with pytest.raises(kind):
        batch_form(signature, 10).rows([_doubles([1.0])] * given_count)
