"""What is long inside a request is read with pauses, and comes to the same as in one step."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.trust.decoding.in_parts import let_go, read_in_parts
from opcua_ml.opcua.trust.decoding.reader import Reader
from opcua_ml.opcua.trust.decoding.structure import read_structure
from opcua_ml.opcua.trust.ground.limits import Limits

LIMITS = Limits()
Type = ua.VariantType
_ua: Any = ua


class Pauses:
    """Counts them."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        """One more."""
        self.count += 1


def _written(value: ua.Variant) -> bytes:
    item = ua.WriteValue(_ua.NodeId("node", 2), AttributeIds.Value, None, ua.DataValue(value))
    return bytes(struct_to_binary(ua.WriteParameters(NodesToWrite=[item, item])))


_LONG = {
    "numbers": (ua.Variant([1.5] * 50_000, Type.Double), 20),
    "a matrix": (ua.Variant([[1, 2, 3, 4]] * 10_000, Type.Int32), 80),
    "strings": (ua.Variant([f"text {n}" for n in range(5_000)], Type.String), 150),
    "null strings": (ua.Variant([None] * 20_000, Type.String), 600),
    "node ids": (ua.Variant([ua.NodeId(ua.Int32(5), ua.Int16(2))] * 2_000, Type.NodeId), 60),
    "values": (ua.Variant([ua.DataValue(ua.Variant(1.0))] * 1_000, Type.DataValue), 200),
    "structures": (ua.Variant([ua.Argument("a", ua.NodeId(ua.Int32(5)))] * 500, Type.ExtensionObject), 100),
    "arrays in arrays": (ua.Variant([ua.Variant([ua.Variant([1] * 20)] * 20, Type.Variant)] * 50), 250),
}


@pytest.mark.parametrize(("value", "pauses"), _LONG.values(), ids=list(_LONG))
async def test_one_long_value_is_read_with_pauses_inside_of_it(value: ua.Variant, pauses: int) -> None:
    """Numbers, texts, structures, arrays in arrays: the same as in one step."""
    data, paused = _written(value), Pauses()
    found = await read_in_parts(ua.WriteParameters, Reader(data, LIMITS), paused)
    assert found == read_structure(ua.WriteParameters, Reader(data, LIMITS))
    assert paused.count >= pauses


async def test_a_long_value_in_the_header_is_read_with_pauses_too() -> None:
    """Nothing of a request is trusted to be short."""
    header = ua.RequestHeader(AdditionalHeader=ua.AdditionalParametersType())
    header.AdditionalHeader.Parameters = [
        ua.KeyValuePair(ua.QualifiedName("a"), ua.Variant([1.5] * 50_000)) for _ in range(3)
    ]
    data, pauses = bytes(struct_to_binary(header)), Pauses()
    found = await read_in_parts(ua.RequestHeader, Reader(data, LIMITS), pauses)
    assert struct_to_binary(found) == data
    assert pauses.count >= 30


def _variants(values: list[ua.Variant]) -> ua.Variant:
    return ua.Variant(values, Type.Variant)


_LEAVES = st.sampled_from(
    [
        ua.Variant([1.5] * 300, Type.Double),
        ua.Variant([None] * 600, Type.String),
        ua.Variant("text"),
        ua.Variant(ua.Range(1.0, 2.0)),
        ua.Variant([[1, 2], [3, 4]], Type.Int16),
        ua.Variant(ua.DataValue(ua.Variant(7))),
    ]
)
_NESTED = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, min_size=1, max_size=150).map(lambda v: ua.Variant(v, Type.Variant)),
)


async def _outcome(data: bytes, *, parts: bool) -> Any:
    try:
        if parts:
            return await read_in_parts(ua.WriteParameters, Reader(data, LIMITS), Pauses())
        return read_structure(ua.WriteParameters, Reader(data, LIMITS))
    except ServiceError as refusal:
        return refusal.code


@given(_NESTED, st.integers(0, 2**32), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
async def test_whatever_comes_is_read_or_refused_as_in_one_step(
    value: ua.Variant, place: int, byte: int
) -> None:
    """Also with any one byte changed: the same value, or the same StatusCode."""
    data = bytearray(_written(value))
    assert str(await _outcome(bytes(data), parts=True)) == str(await _outcome(bytes(data), parts=False))
    data[place % len(data)] = byte
    assert str(await _outcome(bytes(data), parts=True)) == str(await _outcome(bytes(data), parts=False))


@pytest.mark.parametrize("change", [0, 1, -1])
async def test_what_is_inside_a_structure_ends_with_it(change: int) -> None:
    """A length that is too short for the long array inside refuses the whole, as in one step."""
    many = ua.AdditionalParametersType()
    many.Parameters = [ua.KeyValuePair(ua.QualifiedName("a"), ua.Variant([1.5] * 3_000)) for _ in range(3)]
    data = bytearray(_written(ua.Variant(many)))
    body = len(struct_to_binary(many))
    size = data.index(body.to_bytes(4, "little"))
    data[size : size + 4] = (body + change).to_bytes(4, "little")
    found = await _outcome(bytes(data), parts=True)
    assert found == await _outcome(bytes(data), parts=False)
    assert isinstance(found, int) == (change != 0)


async def test_a_long_list_is_let_go_in_parts() -> None:
    """Up to what is freed in one step anyway."""
    values: list[Any] = list(range(50_000))
    pauses = Pauses()
    await let_go(values, pauses)
    assert len(values) <= 4_096
    assert pauses.count > 10
