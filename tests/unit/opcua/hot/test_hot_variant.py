"""Variants and DataValues: to the byte what asyncua writes, and what it reads."""

from __future__ import annotations

import math
import struct
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary, variant_from_binary, variant_to_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import DECLINED, DataValueShape, encode_data_value, encode_variant
from opcua_ml.opcua.hot.data_value import read_data_value
from opcua_ml.opcua.hot.declined import REFUSED_BYTES, UnknownEncodingError
from opcua_ml.opcua.hot.filetime import to_datetime, to_filetime
from opcua_ml.opcua.hot.variant_reader import build_variant, read_variant
from tests.unit.opcua.hot.messages import NUMBERS, SCALARS, VT, build, data_values, portrait, uint32, variants

STAMP = datetime(2025, 6, 1, 12, 30, 15, 123456, tzinfo=UTC)


@given(variants())
def test_every_known_variant_is_written_as_asyncua_writes_it(variant: ua.Variant) -> None:
    """Scalars, nulls, arrays, empty and null arrays of every known type come out byte for byte the same."""
    assert encode_variant(variant) == variant_to_binary(variant)


@given(variants())
def test_every_known_variant_is_read_as_asyncua_reads_it(variant: ua.Variant) -> None:
    """The value, its type, its nullness and the end are those that asyncua finds; NaN keeps its bits."""
    body = variant_to_binary(variant)
    encoding, value, end = read_variant(b"\xaa" + body + b"\xbb", 1)
    assert end == len(body) + 1
    read = build_variant(encoding, value)
    assert portrait(read) == portrait(variant_from_binary(Buffer(body)))
    assert variant_to_binary(read) == body


@given(variants(), st.data())
def test_a_cut_variant_is_refused(variant: ua.Variant, data: st.DataObject) -> None:
    """No prefix of a Variant reads as a Variant."""
    body = variant_to_binary(variant)
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    with pytest.raises(REFUSED_BYTES):
        read_variant(cut, 0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\x01\x02", "a Boolean is 0 or 1"),
        (b"\x81\x02\x00\x00\x00\x01\x07", "so is each of an array"),
        (b"\x0c\x02\x00\x00\x00\xc3\x28", "invalid UTF-8"),
        (b"\x0c\xfe\xff\xff\xff", "a length of -2"),
        (b"\x8b\xfe\xff\xff\xff", "an array length of -2"),
        (b"\x0c\xff\xff\xff\x7f", "a String of 2 GB in five bytes"),
        (b"\x8b\xff\xff\xff\x7f", "an array of 16 GB in five bytes"),
        (b"\x15\x04", "a bit of LocalizedText that does not exist"),
        (b"\x14\xff\xff\xff\xff\xff\xff", "a namespace index that asyncua reads as -1"),
        (b"\x11\x40\x00", "a NodeId with an expanded NodeId's bit"),
        (b"\x11\x06\x00", "a NodeId encoding that does not exist"),
        (b"\x11\x03\x00\x00\xff\xff\xff\xff", "a NodeId with a null String"),
        (b"\xcb\x00\x00\x00\x00\x00\x00\x00\x00", "a matrix"),
        (b"\x80\x00\x00\x00\x00", "an array of nulls"),
        (b"\x10\xff\xff\xff\xff", "an XmlElement"),
        (b"\x12\x00\x00", "an expanded NodeId"),
        (b"\x16\x00\x00\x00", "a structure"),
        (b"\x17\x00", "a DataValue"),
        (b"\x18\x00", "a Variant in a Variant"),
        (b"\x19\x00", "a DiagnosticInfo"),
        (b"\x1a\xff\xff\xff\xff", "a type beyond the built-in ones"),
        (b"\x0d\xff\xff\xff\xff\xff\xff\xff\xff", "a DateTime before 1601, which asyncua alters"),
        (b"\x0d\xfe\xff\xff\xff\xff\xff\xff\x7f", "a DateTime after 9999, which asyncua alters"),
    ],
)
def test_what_is_not_known_to_the_last_byte_is_refused(body: bytes, why: str) -> None:
    """Each of these is refused, altered or left to a slower path by asyncua."""
    with pytest.raises(REFUSED_BYTES):
        pytest.fail(f"read {read_variant(body, 0)}: {why}")


@pytest.mark.parametrize(
    "variant",
    [
        build.Variant([[1, 2], [3, 4]], VT.Int32),
        build.Variant([1, 2], VT.Int32, Dimensions=[2]),
        build.Variant([build.Variant(1)], VT.Variant),
        build.Variant(build.ExtensionObject(), VT.ExtensionObject),
        build.Variant(build.ExpandedNodeId(1, NamespaceUri="urn:x"), VT.NodeId),
        build.Variant("\ud800", VT.String),
        build.Variant(b"raw", VT.String),
        build.Variant(bytearray(b"raw"), VT.ByteString),
        build.Variant("text", VT.LocalizedText),
        build.Variant(5, VT.Null),
        build.Variant("text", VT.Int32, is_array=True),
        build.Variant([build.Variant(1.0)], VT.Double),
        build.Variant([None], VT.Double),
        build.Variant(b"x", ua.uatypes.VariantTypeCustom(40)),
    ],
)
def test_variants_outside_the_known_types_are_declined(variant: ua.Variant) -> None:
    """A matrix, a structure, a value of another Python type than its VariantType says."""
    assert encode_variant(variant) is DECLINED


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers() | st.text() | st.floats(), max_size=3),
    st.uuids(),
    st.datetimes(),
    st.just(build.StatusCode()),
    st.just(object()),
)


@given(st.sampled_from(list(VT)), anything, st.booleans())
def test_a_value_that_asyncua_cannot_write_is_declined(kind: ua.VariantType, value: Any, array: bool) -> None:
    """Whatever a method returns under whatever type: asyncua's bytes or none, never an exception."""
    variant = build.Variant()
    variant.VariantType, variant.Value, variant.is_array = kind, value, array
    written = encode_variant(variant)
    if written is not DECLINED:
        assert written == variant_to_binary(variant)


@given(data_values())
def test_data_values_are_written_as_asyncua_writes_them(value: ua.DataValue) -> None:
    """Every combination of absent fields gives the same mask and bytes, whole values on the short way too."""
    assert encode_data_value(value) == struct_to_binary(value)


@given(data_values())
def test_data_values_are_read_as_asyncua_reads_them(value: ua.DataValue) -> None:
    """All fields and the end; an absent StatusCode stays distinguishable from Good."""
    body = struct_to_binary(value)
    encoding, plain, status, source, server, end = read_data_value(body + b"\xff", 0)
    expected = struct_from_binary(ua.DataValue, Buffer(body))
    assert end == len(body)
    assert (status is None) == (value.StatusCode is None)
    assert portrait(
        build.DataValue(
            build_variant(encoding, plain),
            build.StatusCode(status or 0),
            None if source is None else to_datetime(source),
            None if server is None else to_datetime(server),
        )
    ) == portrait(expected)


@pytest.mark.parametrize("mask", [0x10, 0x20, 0x40, 0x80, 0xFF])
def test_picoseconds_and_unknown_bits_of_a_data_value_are_refused(mask: int) -> None:
    """Picoseconds asyncua orders otherwise than the standard, unknown bits it ignores."""
    with pytest.raises(UnknownEncodingError):
        read_data_value(bytes((mask,)) + bytes(20), 0)


@pytest.mark.parametrize("field", ["SourcePicoseconds", "ServerPicoseconds"])
def test_a_data_value_with_picoseconds_is_declined(field: str) -> None:
    """Written by asyncua, however it does."""
    value = build.DataValue(build.Variant(1.0), SourceTimestamp=STAMP, ServerTimestamp=STAMP)
    setattr(value, field, 5)
    assert encode_data_value(value) is DECLINED


def test_a_subclass_of_data_value_is_declined() -> None:
    """It may carry fields that asyncua would write."""

    class Annotated(ua.DataValue):
        pass

    assert encode_data_value(Annotated(build.Variant(1.0))) is DECLINED


@pytest.mark.parametrize(
    "moment", [STAMP.replace(tzinfo=None), STAMP.astimezone(timezone(timedelta(hours=9)))]
)
def test_timestamps_without_or_of_another_zone_are_written_as_asyncua_does(moment: datetime) -> None:
    """Naive is UTC, another zone is converted."""
    value = build.DataValue(build.Variant(1.0), SourceTimestamp=moment, ServerTimestamp=moment)
    assert encode_data_value(value) == struct_to_binary(value)


@given(st.sampled_from([*NUMBERS, VT.Boolean]), uint32, st.data())
def test_a_shape_writes_what_the_whole_data_value_would(
    kind: ua.VariantType, status: int, data: st.DataObject
) -> None:
    """From bare values, without an asyncua object."""
    value = data.draw(SCALARS[kind])
    whole = build.DataValue(build.Variant(value, kind), build.StatusCode(status), STAMP, STAMP)
    stamp = to_filetime(STAMP)
    assert DataValueShape(kind).encode(value, status, stamp, stamp) == struct_to_binary(whole)


def test_a_shape_of_a_type_without_fixed_length_is_refused() -> None:
    """At building, with the type's name."""
    with pytest.raises(ValueError, match="String has no fixed length"):
        DataValueShape(VT.String)


def test_a_shape_declines_what_does_not_fit() -> None:
    """A text for a Byte, 300 for a Byte, a status beyond 32 bits."""
    shape = DataValueShape(VT.Byte)
    assert shape.encode("1", 0, 0, 0) is DECLINED
    assert shape.encode(300, 0, 0, 0) is DECLINED
    assert shape.encode(1, 2**32, 0, 0) is DECLINED


def test_signalling_and_quiet_nan_survive_in_doubles() -> None:
    """A Double's NaN is passed on bit by bit, as Part 6 lets any NaN be."""
    for bits in (0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001):
        body = b"\x0b" + struct.pack("<Q", bits)
        _, value, _ = read_variant(body, 0)
        assert math.isnan(value)
        assert encode_variant(build.Variant(value, VT.Double)) == variant_to_binary(
            build.Variant(value, VT.Double)
        )


def test_the_standards_own_guid_example_is_read() -> None:
    """OPC UA Part 6, 5.2.2.6: 72962B91-FA75-4AE6-8D28-B404DC7DAF63."""
    body = bytes.fromhex("0e 912b9672 75fa e64a 8d28b404dc7daf63")
    assert read_variant(body, 0)[1] == uuid.UUID("72962B91-FA75-4AE6-8D28-B404DC7DAF63")
