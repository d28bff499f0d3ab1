"""One field in a structure's bytes: read and put there, and every other one stays as it was."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.plc.data_types import TypeFact
from opcua_ml.opcua.plc.structure_layout import (
    SCALAR_FIELD,
    Field,
    FieldPath,
    Form,
    Layout,
    OtherStructure,
)

KIND = ua.VariantType
ENCODING = ua.NodeId(ua.Int32(7), ua.Int16(2))
STRUCTURE = TypeFact("Structure", KIND.ExtensionObject.value)


def field(name: str, kind: ua.VariantType, rank: int = SCALAR_FIELD, *, optional: bool = False) -> Field:
    """A field of a built-in type."""
    return Field(name, TypeFact(kind.name, kind.value), rank, None, optional)


INNER = Layout((field("X", KIND.Float), field("Y", KIND.String, optional=True)), Form.OPTIONAL)
UNION = Layout((field("N", KIND.Double), field("S", KIND.String)), Form.UNION)
LAYOUT = Layout(
    (
        field("A", KIND.Int32),
        field("B", KIND.String, optional=True),
        field("C", KIND.Double, 1),
        Field("D", STRUCTURE, SCALAR_FIELD, INNER, is_optional=False),
        field("E", KIND.Boolean, optional=True),
        Field("U", STRUCTURE, SCALAR_FIELD, UNION, is_optional=False),
        field("Z", KIND.UInt16),
    ),
    Form.OPTIONAL,
)
NOTHING = struct.pack("<IiiIfIH", 0, 0, 0, 0, 0.0, 0, 7)
"""No optional field is there, the array is empty, the union holds none."""
NUMBERS = st.floats(allow_nan=False)
TEXTS = st.text(max_size=9)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just(("A",)), st.just(KIND.Int32), st.integers(-(2**31), 2**31 - 1)),
        st.tuples(st.sampled_from([("B",), ("D", "Y"), ("U", "S")]), st.just(KIND.String), TEXTS),
        st.tuples(st.just(("C",)), st.just(KIND.Double), st.lists(NUMBERS, max_size=3)),
        st.tuples(st.just(("D", "X")), st.just(KIND.Float), st.floats(allow_nan=False, width=32)),
        st.tuples(st.just(("E",)), st.just(KIND.Boolean), st.booleans()),
        st.tuples(st.just(("U", "N")), st.just(KIND.Double), NUMBERS),
    ),
    max_size=8,
)


def path(*names: str) -> FieldPath:
    """The way to a field."""
    layout, found = LAYOUT, None
    for name in names:
        (found,) = (one for one in layout.fields if one.name == name)
        layout = found.layout or layout
    assert found is not None
    return FieldPath(names, LAYOUT, found.fact, found.rank)


@given(CHANGES)
def test_a_field_that_is_written_has_its_value_and_the_others_have_theirs(
    changes: list[tuple[tuple[str, ...], ua.VariantType, Any]],
) -> None:
    """Optional fields come into being, a union holds the last one alone."""
    value = ua.ExtensionObject(TypeId=ENCODING, Body=NOTHING)  # type: ignore[arg-type]
    wanted: dict[tuple[str, ...], Any] = {("Z",): 7, ("A",): 0, ("C",): [], ("D", "X"): 0.0}
    for names, kind, new in changes:
        value = path(*names).with_value(value, ua.Variant(new, kind))
        if names[0] == "U":
            wanted = {known: one for known, one in wanted.items() if known[0] != "U"}
        wanted[names] = new
    every = [(one,) for one in "ABCEZ"] + [("D", "X"), ("D", "Y"), ("U", "N"), ("U", "S")]
    assert {names: path(*names).value_in(value) for names in every} == dict.fromkeys(every) | wanted
    assert value.TypeId == ENCODING


@pytest.mark.parametrize("body", [b"", b"\x00", NOTHING[:-1], None])
def test_a_structure_of_another_layout_is_refused(body: bytes | None) -> None:
    """As after a download that the type's definition does not tell of."""
    value = ua.ExtensionObject(TypeId=ENCODING, Body=body)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="can't be decoded"):
        path("Z").with_value(value, ua.Variant(1, KIND.UInt16))


def test_what_has_no_value_takes_no_field() -> None:
    """The rest of the structure would be invented."""
    with pytest.raises(ValueError, match="no value yet"):
        path("A").with_value(None, ua.Variant(1, KIND.Int32))


def matrix(*dimensions: int, count: int) -> bytes:
    """So many numbers, and a temperature of 42."""
    head = struct.pack(f"<{len(dimensions) + 1}i", len(dimensions), *dimensions)
    return head + struct.pack(f"<{count + 1}d", *range(count), 42.0)


MAPPED = Layout((field("map", KIND.Double, 2), field("temp", KIND.Double)))
TEMPERATURE = FieldPath(("temp",), MAPPED, MAPPED.fields[1].fact, SCALAR_FIELD)


@pytest.mark.parametrize("dimensions", [(2, 3), (1, 1), (0, 4), (3, 0), (2, -1)])
def test_a_matrix_is_stepped_over(dimensions: tuple[int, ...]) -> None:
    """Where a dimension has no length there are no values (Part 6, Table 17)."""
    count = dimensions[0] * dimensions[1] if min(dimensions) > 0 else 0
    body = matrix(*dimensions, count=count)
    value = ua.ExtensionObject(TypeId=ENCODING, Body=body)  # type: ignore[arg-type]
    assert TEMPERATURE.value_in(value) == 42.0
    held = TEMPERATURE.with_value(value, ua.Variant(7.0, KIND.Double))
    assert held.Body == body[:-8] + struct.pack("<d", 7.0)


@pytest.mark.parametrize(
    "body",
    [
        struct.pack("<i7d", 6, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 42.0),
        matrix(2, 3, 1, count=6),
        matrix(6, count=6),
        struct.pack("<iiid", 2, 2**31 - 1, 2**31 - 1, 42.0),
        struct.pack("<id", -1, 42.0),
    ],
)
def test_a_matrix_of_another_rank_or_larger_than_its_bytes_is_refused(body: bytes) -> None:
    """As from stacks that encode it as an array: what lies behind it can't be found for sure."""
    value = ua.ExtensionObject(TypeId=ENCODING, Body=body)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="map has"):
        TEMPERATURE.value_in(value)
    with pytest.raises(ValueError, match="map has"):
        TEMPERATURE.with_value(value, ua.Variant(7.0, KIND.Double))


def test_an_array_has_no_more_structures_than_bytes() -> None:
    """Whatever it says: nobody waits for two thousand million of them."""
    layout = Layout((Field("many", STRUCTURE, 1, INNER, is_optional=False),))
    value = ua.ExtensionObject(TypeId=ENCODING, Body=struct.pack("<iI", 2**31 - 1, 0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2147483647 values, and 4 bytes"):
        FieldPath(("many",), layout, STRUCTURE, 1).value_in(value)


@pytest.mark.parametrize(
    ("layout", "body"),
    [
        (Layout((field("A", KIND.Byte), field("B", KIND.Byte, optional=True)), Form.OPTIONAL), b"\2\0\0\0\7"),
        (UNION, b"\3\0\0\0"),
        (Layout((field("A", KIND.Byte),)), b"\7\7"),
    ],
)
def test_what_the_definition_does_not_know_is_refused(layout: Layout, body: bytes) -> None:
    """A bit of the mask, a number of the union (Part 6, 5.2.7 and 5.2.8), a byte at the end."""
    value = ua.ExtensionObject(TypeId=ENCODING, Body=body)  # type: ignore[arg-type]
    one = layout.fields[0]
    way = FieldPath((one.name,), layout, one.fact, one.rank)
    with pytest.raises(ValueError, match=r"definition|of 2"):
        way.value_in(value)
    with pytest.raises(ValueError, match=r"definition|of 2"):
        way.with_value(value, ua.Variant(1, ua.VariantType(one.fact.number or 0)))


@pytest.mark.parametrize("told", [ENCODING, ua.NodeId(ua.Int32(9), ua.Int16(2))])
def test_a_value_is_held_against_its_type(told: ua.NodeId) -> None:
    """By the NodeId of the encoding or, as some servers have it, of the type."""
    one = field("A", KIND.Byte)
    types = frozenset({ENCODING, ua.NodeId(ua.Int32(9), ua.Int16(2))})
    way = FieldPath(("A",), Layout((one,), type_ids=types), one.fact, one.rank)
    assert way.value_in(ua.ExtensionObject(TypeId=told, Body=b"\7")) == 7  # type: ignore[arg-type]
    other: Any = ua.ExtensionObject(TypeId=ua.NodeId(ua.Int32(8), ua.Int16(2)), Body=b"\7")  # type: ignore[arg-type]
    for wrong in (other, ua.Range(1.0, 2.0), 7.0):
        with pytest.raises(OtherStructure, match="another structure"):
            way.value_in(wrong)
    with pytest.raises(OtherStructure, match="another structure"):
        way.with_value(other, ua.Variant(1, KIND.Byte))
