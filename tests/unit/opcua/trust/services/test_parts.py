"""Long requests and responses in parts are the same bytes, and the same results, as in one step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.trust.decoding.in_parts import read_in_parts
from opcua_ml.opcua.trust.decoding.reader import Reader
from opcua_ml.opcua.trust.decoding.structure import read_structure
from opcua_ml.opcua.trust.ground.limits import Limits
from opcua_ml.opcua.trust.services.parts import encode_in_parts, is_long

_ua: Any = ua
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Pauses:
    """Counts them."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        """One more."""
        self.count += 1


def _reference(number: int) -> ua.ReferenceDescription:
    return ua.ReferenceDescription(
        ReferenceTypeId=ua.NodeId(ua.Int32(35)),
        IsForward=True,
        NodeId=_ua.ExpandedNodeId(f"node {number}", 2),
        BrowseName=ua.QualifiedName(f"name {number}", 2),
        DisplayName=ua.LocalizedText(f"name {number}"),
        NodeClass=ua.NodeClass.Variable,
        TypeDefinition=_ua.ExpandedNodeId(63, 0),
    )


def _values() -> list[ua.DataValue]:
    status = _ua.ServerStatusDataType(StartTime=_NOW, CurrentTime=_NOW)
    some = [ua.Variant(1.5), ua.Variant(["a", "b"]), ua.Variant(status), ua.Variant(None)]
    return [_ua.DataValue(some[n % 4], SourceTimestamp=_NOW, ServerTimestamp=_NOW) for n in range(50)]


_RESPONSES = {
    "values of every kind": ua.ReadResponse(Results=_values()),
    "many nodes with few references": ua.BrowseResponse(
        Results=[ua.BrowseResult(References=[_reference(n)]) for n in range(40)]
    ),
    "one node with many references": ua.BrowseResponse(
        Results=[ua.BrowseResult(ContinuationPoint=b"more", References=[_reference(n) for n in range(100)])]
    ),
    "items": ua.CreateMonitoredItemsResponse(
        Results=[ua.MonitoredItemCreateResult(MonitoredItemId=n) for n in range(60)]
    ),
    "paths": ua.TranslateBrowsePathsToNodeIdsResponse(
        Results=[
            ua.BrowsePathResult(Targets=[ua.BrowsePathTarget(_ua.ExpandedNodeId(n, 1), 7)]) for n in range(30)
        ]
    ),
}


@pytest.mark.parametrize("response", _RESPONSES.values(), ids=list(_RESPONSES))
async def test_a_response_in_parts_has_the_same_bytes(response: Any) -> None:
    """Whatever it holds."""
    pauses = Pauses()
    assert is_long(response)
    assert await encode_in_parts(response, pauses, 1 << 24) == struct_to_binary(response)
    assert pauses.count >= 5


@pytest.mark.parametrize("response", _RESPONSES.values(), ids=list(_RESPONSES))
async def test_no_more_is_encoded_than_is_sent(response: Any) -> None:
    """BadResponseTooLarge, as soon as it is known: a thousand long values would be a third of a gigabyte."""
    size = len(struct_to_binary(response))
    assert len(await encode_in_parts(response, Pauses(), size)) == size
    pauses = Pauses()
    with pytest.raises(ServiceError) as refusal:
        await encode_in_parts(response, pauses, size // 4)
    assert refusal.value.code == StatusCodes.BadResponseTooLarge
    assert pauses.count <= 15


def test_a_short_response_is_encoded_in_one_step() -> None:
    """Most are."""
    assert not is_long(ua.ReadResponse(Results=_values()[:6]))
    assert not is_long(ua.WriteResponse(Results=[ua.StatusCode()] * 1_000))


def _read_request(nodes: int) -> bytes:
    params = ua.ReadParameters(
        NodesToRead=[ua.ReadValueId(_ua.NodeId(f"node {n}", 2), AttributeIds.Value) for n in range(nodes)]
    )
    return bytes(struct_to_binary(params))


async def test_parameters_read_in_parts_are_the_same() -> None:
    """With pauses in between."""
    data, pauses = _read_request(100), Pauses()
    found = await read_in_parts(ua.ReadParameters, Reader(data, Limits()), pauses, 100)
    assert found == read_structure(ua.ReadParameters, Reader(data, Limits()))
    assert pauses.count >= 10


async def test_too_many_operations_are_refused_before_they_are_read() -> None:
    """What would take tens of milliseconds takes none."""
    pauses = Pauses()
    with pytest.raises(ServiceError) as refused:
        await read_in_parts(ua.ReadParameters, Reader(_read_request(1_001), Limits()), pauses, 1_000)
    assert refused.value.code == StatusCodes.BadTooManyOperations
    assert pauses.count == 0


async def test_parameters_that_end_too_soon_are_malformed() -> None:
    """As in one step."""
    with pytest.raises(ServiceError) as refused:
        await read_in_parts(ua.ReadParameters, Reader(_read_request(100)[:-3], Limits()), Pauses(), 100)
    assert refused.value.code == StatusCodes.BadDecodingError
