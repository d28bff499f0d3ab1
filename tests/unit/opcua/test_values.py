"""Values, qualities and units cross the wire's edge without losing or inventing anything."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import variant_from_binary, variant_to_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.signature import FLOATING, INTEGER_LIMITS, DataType, Range
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua import values

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _scalars(kind: DataType) -> st.SearchStrategy[object]:
    if kind in INTEGER_LIMITS:
        return st.integers(*INTEGER_LIMITS[kind])
    if kind is DataType.BOOLEAN:
        return st.booleans()
    if kind is DataType.STRING:
        return st.text()
    return st.floats(allow_nan=False, width=32 if kind is DataType.FLOAT else 64)


@given(st.data(), st.sampled_from(list(DataType)))
def test_a_value_survives_the_way_to_the_wire_and_back(data: st.DataObject, kind: DataType) -> None:
    """Every scalar and array of every data type comes back as it went, with its exact built-in type."""
    value = data.draw(st.one_of(_scalars(kind), st.lists(_scalars(kind), max_size=4).map(tuple)))
    variant = values.to_variant(value, kind)  # type: ignore[arg-type]
    wire = Buffer(variant_to_binary(variant))
    assert values.to_value(variant_from_binary(wire)) == value
    assert values.data_type_of(variant.VariantType) is kind


@pytest.mark.parametrize("kind", list(DataType))
def test_every_data_type_has_its_node_id(kind: DataType) -> None:
    """The NodeId of a data type leads back to it."""
    assert values.data_type_of(values.data_type_id(kind)) is kind


@pytest.mark.parametrize("node_id", ["i=13", "ns=2;i=11", "s=Double", "i=290", "i=0"])
def test_other_data_types_have_no_domain_type(node_id: str) -> None:
    """Dates, foreign namespaces, strings and subtypes are not taken for a built-in type."""
    assert values.data_type_of(ua.NodeId.from_string(node_id)) is None


@pytest.mark.parametrize("kind", sorted(FLOATING))
def test_an_integer_becomes_a_float_where_the_type_floats(kind: DataType) -> None:
    """A whole number for a Double is packed as a Double."""
    variant = values.to_variant((1, 2), kind)
    assert [type(member) for member in variant.Value] == [float, float]
    assert isinstance(values.to_variant(1, kind).Value, float)


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (ua.Variant([[1.0, 2.0], [3.0, 4.0]], ua.VariantType.Double), (1.0, 2.0, 3.0, 4.0)),
        (ua.Variant(None, ua.VariantType.Null), None),
        (ua.Variant(None, ua.VariantType.String), None),
        (ua.Variant(["a", None], ua.VariantType.String), None),
        (ua.Variant(NOON, ua.VariantType.DateTime), None),
        (ua.Variant(ua.LocalizedText("a"), ua.VariantType.LocalizedText), None),
        (None, None),
    ],
)
def test_what_a_model_cannot_use_is_no_value(variant: ua.Variant | None, expected: object) -> None:
    """Matrices are read row by row; nulls, dates, texts with locale and arrays with holes are None."""
    assert values.to_value(variant) == expected


@given(st.integers(0, 2**32 - 1))
def test_a_sample_is_never_better_than_its_data_value(code: int) -> None:
    """The code stays as it came; under a Bad one there is no value."""
    sample = values.to_sample(ua.DataValue(ua.Variant(1.0), ua.StatusCode(code)), 5.0)  # type: ignore[arg-type]
    assert sample.status == code
    assert (sample.value is None) == (severity(code) is Severity.BAD)
    assert sample.received == 5.0


@pytest.mark.parametrize(
    ("variant", "code"),
    [
        (ua.Variant(None, ua.VariantType.Null), Status.BadNoData),
        (ua.Variant(NOON, ua.VariantType.DateTime), Status.BadTypeMismatch),
    ],
)
def test_a_good_sample_without_a_usable_value_is_bad(variant: ua.Variant, code: Status) -> None:
    """A null or a date under Good never passes for a usable value."""
    assert values.to_sample(ua.DataValue(variant), 0.0).status == code


def test_a_missing_status_is_good() -> None:
    """Part 6, 5.2.2.17: a DataValue without StatusCode is Good."""
    assert values.to_sample(ua.DataValue(ua.Variant(1.0), None), 0.0).status == Status.Good


def test_times_are_utc() -> None:
    """A time without zone is UTC already; one of another zone is brought to UTC."""
    east = NOON.astimezone(timezone(timedelta(hours=2)))
    assert values.utc(NOON.replace(tzinfo=None)) == NOON
    moved = values.utc(east)
    assert moved is not None
    assert moved.tzinfo is UTC
    assert moved == NOON


def test_nan_is_a_value() -> None:
    """NaN means «not known» to models that take it; it is not null."""
    sample = values.to_sample(ua.DataValue(ua.Variant(math.nan)), 0.0)
    assert isinstance(sample.value, float)
    assert math.isnan(sample.value)


def test_units_travel_as_eu_information() -> None:
    """Symbol, name and packed code; the code comes back from the number alone."""
    information = values.eu_information("MQH")
    assert information.UnitId == 5067080
    assert information.DisplayName.Text == "m³/h"
    assert values.unit_of(information) == "MQH"


@pytest.mark.parametrize(
    "information",
    [ua.EUInformation(), ua.EUInformation(NamespaceUri="urn:other", UnitId=5067080)],
)
def test_units_of_another_catalogue_are_unknown(information: ua.EUInformation) -> None:
    """A number of another catalogue is not taken for a UNECE code."""
    assert values.unit_of(information) is None


def test_a_range_travels_as_a_range() -> None:
    """Low and high keep their places."""
    span = values.eu_range(Range(-1.0, 2.0))
    assert (span.Low, span.High) == (-1.0, 2.0)
