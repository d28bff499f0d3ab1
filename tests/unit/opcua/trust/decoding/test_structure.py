"""The decoder reads what asyncua writes, and nothing that it should not."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary, variant_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.trust.decoding.reader import Reader
from opcua_ml.opcua.trust.decoding.structure import decode, read_structure, read_variant
from opcua_ml.opcua.trust.ground.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Limits()
REFUSALS = {StatusCodes.BadDecodingError, StatusCodes.BadEncodingLimitsExceeded}
Type = ua.VariantType
_ua: Any = ua

INTEGERS = {
    Type.SByte: (-(2**7), 2**7 - 1),
    Type.Byte: (0, 2**8 - 1),
    Type.Int16: (-(2**15), 2**15 - 1),
    Type.UInt16: (0, 2**16 - 1),
    Type.Int32: (-(2**31), 2**31 - 1),
    Type.UInt32: (0, 2**32 - 1),
    Type.Int64: (-(2**63), 2**63 - 1),
    Type.UInt64: (0, 2**64 - 1),
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS: dict[ua.VariantType, st.SearchStrategy[Any]] = {
    **{kind: st.integers(low, high) for kind, (low, high) in INTEGERS.items()},
    Type.Boolean: st.booleans(),
    Type.Double: st.floats(),
    Type.Float: st.floats(width=32),
    Type.String: st.none() | TEXT,
    Type.ByteString: st.none() | st.binary(max_size=30),
    Type.Guid: st.uuids(),
    Type.DateTime: st.datetimes(
        min_value=datetime(1700, 1, 1),  # noqa: DTZ001 - the strategy adds the time zone
        max_value=datetime(9000, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.just(UTC),
    ),
    Type.StatusCode: st.integers(0, 2**32 - 1).map(_ua.StatusCode),
    Type.QualifiedName: st.builds(_ua.QualifiedName, TEXT, st.integers(0, 32_767)),
    Type.LocalizedText: st.builds(_ua.LocalizedText, st.none() | TEXT, st.none() | TEXT),
    Type.NodeId: st.builds(
        _ua.NodeId,
        st.integers(0, 2**32 - 1) | TEXT.filter(bool) | st.binary(min_size=1, max_size=20) | st.uuids(),
        st.integers(0, 65_535),
    ),
}


@st.composite
def variants(draw: st.DrawFn) -> ua.Variant:
    """A Variant of any scalar type, as scalar, array or matrix."""
    kind = draw(st.sampled_from(list(SCALARS)))
    scalar = SCALARS[kind]
    shape = draw(st.integers(0, 2))
    if shape == 0:
        value = draw(scalar)
        return ua.Variant(value, kind, is_array=False)
    if shape == 1:
        return ua.Variant(draw(st.lists(scalar, max_size=6)), kind, is_array=True)
    width = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(scalar, min_size=width, max_size=width), min_size=1, max_size=3))
    return ua.Variant(rows, kind)


def refusal_of(read: Callable[[], object]) -> int:
    """The StatusCode that reading raises, 0 if it does not."""
    try:
        read()
    except ServiceError as refusal:
        return refusal.code
    return 0


def same(first: Any, second: Any) -> bool:
    """Equality where NaN equals NaN."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(
            same(one, two) for one, two in zip(first, second, strict=True)
        )
    if isinstance(first, float) and isinstance(second, float) and math.isnan(first):
        return math.isnan(second)
    return bool(first == second)


@given(variants())
def test_a_variant_comes_back_as_it_went(variant: ua.Variant) -> None:
    """Every built-in type, as scalar, array and matrix."""
    found = read_variant(Reader(variant_to_binary(variant), LIMITS))
    assert found.VariantType == variant.VariantType
    assert found.is_array == variant.is_array
    assert list(found.Dimensions or []) == list(variant.Dimensions or [])
    assert same(found.Value, variant.Value)


REQUESTS = [
    kind
    for name, kind in vars(ua).items()
    if isinstance(kind, type) and is_dataclass(kind) and name.endswith(("Request", "Parameters"))
]


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: str(kind.__name__))
def test_every_request_is_read_as_asyncua_writes_it(kind: type) -> None:
    """All requests of the standard, with their defaults, byte for byte again."""
    try:
        written = struct_to_binary(kind())
    except Exception:  # noqa: BLE001 - asyncua can't write some of its own defaults
        pytest.skip("asyncua does not write this one")
    assert struct_to_binary(decode(kind, written, LIMITS)) == written


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever comes, it is a value or one of two StatusCodes."""
    for kind in (ua.ReadRequest, ua.CreateMonitoredItemsParameters, ua.CallParameters, ua.Hello):
        assert refusal_of(partial(decode, kind, data, LIMITS)) in {0, *REFUSALS}


@given(st.binary(max_size=60), st.integers(0, 63), st.booleans(), st.booleans())
@settings(max_examples=500)
def test_any_variant_is_read_or_refused(data: bytes, number: int, array: bool, matrix: bool) -> None:
    """Whatever the encoding byte claims; what is read has no more elements than bytes."""
    encoding = number | 0x80 * array | 0x40 * matrix
    found: list[ua.Variant] = []
    reader = Reader(bytes([encoding]) + data, LIMITS)
    assert refusal_of(lambda: found.append(read_structure(ua.Variant, reader))) in {0, *REFUSALS}
    if found and isinstance(found[0].Value, list):
        assert len(found[0].Value) <= len(data)


@pytest.mark.parametrize(
    ("limits", "variant"),
    [
        (Limits(max_array_length=3), ua.Variant([1, 2, 3, 4], Type.Int32)),
        (Limits(max_string_length=3), ua.Variant("abcd")),
        (Limits(max_byte_string_length=3), ua.Variant(b"abcd")),
        (Limits(max_nesting=2), ua.Variant([ua.Variant([ua.Variant(1)])])),
    ],
)
def test_what_exceeds_a_limit_is_told_apart_from_nonsense(limits: Limits, variant: ua.Variant) -> None:
    """BadEncodingLimitsExceeded: the bytes may be right, but we don't take so many."""
    with pytest.raises(ServiceError) as refusal:
        read_variant(Reader(variant_to_binary(variant), limits))
    assert refusal.value.code == StatusCodes.BadEncodingLimitsExceeded


def test_a_structure_within_a_structure_ends_where_its_length_says() -> None:
    """What an ExtensionObject's body leaves over is skipped; what it lacks is refused."""
    data = bytearray(variant_to_binary(ua.Variant(ua.Range(1.0, 2.0))))
    assert read_variant(Reader(bytes(data), LIMITS)).Value == ua.Range(1.0, 2.0)
    length_at = data.index(b"\x10\x00\x00\x00")
    data[length_at] = 0x0F
    with pytest.raises(ServiceError):
        read_variant(Reader(bytes(data), LIMITS))


def test_unknown_structures_keep_their_bytes() -> None:
    """An ExtensionObject of a type that we do not know is passed on unread."""
    unknown = _ua.ExtensionObject(TypeId=_ua.NodeId(4711, 9), Body=b"opaque")
    found = read_variant(Reader(variant_to_binary(ua.Variant(unknown)), LIMITS)).Value
    assert (found.TypeId, found.Body) == (unknown.TypeId, b"opaque")


def test_enumerations_keep_unknown_numbers() -> None:
    """Which code an unknown choice deserves is the service's to say."""
    parameters = ua.ReadParameters()
    data = bytearray(struct_to_binary(parameters))
    names = [field.name for field in fields(parameters)]
    assert names[1] == "TimestampsToReturn"
    data[8] = 7
    assert decode(ua.ReadParameters, bytes(data), LIMITS).TimestampsToReturn == 7
