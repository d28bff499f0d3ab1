"""Arguments explain themselves, and take exactly their own type."""

from __future__ import annotations

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.errors import InputTypeMismatch
from opcua_ml.domain.signature import (
    DataType,
    Input,
    Output,
    OutputRole,
    Range,
    Signature,
    Statistics,
    Window,
    WindowStatistic,
)
from opcua_ml.opcua.space.arguments import described_input, described_output, given_value, input_argument
from opcua_ml.opcua.space.labels import label_names, label_text
from opcua_ml.opcua.values import variant_type

SEEN = Statistics(10, 0, 5.0, 1.0, 2.0, 8.0)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            Input("flow", description="Flow", unit="MQH", range=Range(0, 120)),
            "Flow; unit m³/h; range 0 to 120",
        ),
        (Input("flow", statistics=SEEN), "flow; seen in training 2 to 8"),
        (Input("mode", DataType.INT32, categories=(1, 2)), "mode; one of 1, 2"),
        (Input("x", window=Window(3, 0.5)), "x; the last 3 values, one every 0.5 s, newest last"),
        (Input("x", window=Window(6, 10, WindowStatistic.MEAN)), "x; the mean of the last 60 s"),
        (Input("x", allow_missing=True), "x; NaN where not known"),
    ],
)
def test_an_input_says_what_belongs_in_it(item: Input, words: str) -> None:
    """Meaning, unit, range, choices, window: what the method dialog of a client shows."""
    assert described_input(item) == words


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Output("f", OutputRole.LABEL, categories=("ok", "worn")), "f (label); 0 = ok, 1 = worn"),
        (
            Output("p", OutputRole.PROBABILITIES, categories=("a", "b"), length=2),
            "p (probabilities); in the order a, b; range 0 to 1",
        ),
        (Output("q", description="Flow", unit="MQH"), "Flow; unit m³/h"),
    ],
)
def test_an_output_says_what_it_means(item: Output, words: str) -> None:
    """Classes by number, order of probabilities, unit and range."""
    assert described_output(item) == words


def test_an_array_argument_has_its_length() -> None:
    """A window is an array of its samples."""
    argument = input_argument(Input("x", window=Window(3)))
    assert (argument.ValueRank, argument.ArrayDimensions) == (1, [3])


@given(st.sampled_from(list(DataType)), st.sampled_from(list(DataType)))
def test_only_the_exact_type_is_taken(wanted: DataType, found: DataType) -> None:
    """No number is converted on the way in: Int32 for Double is refused, and so is Float."""
    sample = {DataType.STRING: "a", DataType.BOOLEAN: True}.get(found, 1)
    variant = ua.Variant(sample, variant_type(found))
    if wanted is found:
        assert given_value(Input("x", wanted), variant, 0) == sample
    else:
        with pytest.raises(InputTypeMismatch, match=f"found {found}; wanted {wanted}"):
            given_value(Input("x", wanted), variant, 0)


@pytest.mark.parametrize(
    ("item", "variant"),
    [
        (Input("x"), ua.Variant([1.0], ua.VariantType.Double)),
        (Input("x", window=Window(2)), ua.Variant(1.0, ua.VariantType.Double)),
        (Input("x", window=Window(2)), ua.Variant([1.0], ua.VariantType.Double)),
        (Input("x", window=Window(2)), ua.Variant([[1.0, 2.0]], ua.VariantType.Double)),
        (Input("x", DataType.STRING), ua.Variant(None, ua.VariantType.String)),
        (Input("x", DataType.STRING), ua.Variant(None, ua.VariantType.Null)),
        (Input("x", window=Window(1)), ua.Variant(None, ua.VariantType.Double, None, True)),
    ],
)
def test_other_shapes_and_nulls_are_refused(item: Input, variant: ua.Variant) -> None:
    """Arrays for scalars, scalars for arrays, other lengths, nulls."""
    with pytest.raises(InputTypeMismatch):
        given_value(item, variant, 0)


def test_texts_of_labels_never_collide_with_outputs() -> None:
    """The text beside a label gets a name that no output has."""
    label = Output("f", OutputRole.LABEL, categories=("a",))
    assert label_names(Signature((), (label, Output("f_text")))) == ["f_text_"]


def test_a_class_without_name_shows_its_number() -> None:
    """An index beyond the names is shown, not hidden."""
    label = Output("f", OutputRole.LABEL, categories=("a",))
    assert [label_text(label, value) for value in (0, 1, -1)] == ["a", "1", "-1"]
