"""Messages as asyncua writes them, as Hypothesis strategies, with asyncua's own reading as the oracle."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary
from hypothesis import strategies as st

build: Any = ua  # unchecked: its annotations want ua.Int16 and the like, where everyone gives an int

VT = ua.VariantType

uint16 = st.integers(0, 2**16 - 1)
uint32 = st.integers(0, 2**32 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
moments = st.datetimes(datetime(1601, 1, 2), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@st.composite
def node_ids(draw: st.DrawFn) -> Any:
    """NodeIds in all six encodings."""
    return draw(
        st.one_of(
            st.integers(0, 255).map(build.TwoByteNodeId),
            st.builds(ua.FourByteNodeId, uint16, st.integers(0, 255)),
            st.builds(ua.NumericNodeId, uint32, uint16),
            st.builds(ua.StringNodeId, texts, uint16),
            st.builds(ua.GuidNodeId, st.uuids(), uint16),
            st.builds(ua.ByteStringNodeId, st.binary(max_size=12), uint16),
        )
    )


def signed(bits: int) -> st.SearchStrategy[int]:
    """Signed integers of so many bits."""
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


SCALARS: dict[ua.VariantType, st.SearchStrategy[Any]] = {
    VT.Boolean: st.booleans(),
    VT.SByte: signed(8),
    VT.Byte: st.integers(0, 255),
    VT.Int16: signed(16),
    VT.UInt16: uint16,
    VT.Int32: signed(32),
    VT.UInt32: uint32,
    VT.Int64: signed(64),
    VT.UInt64: st.integers(0, 2**64 - 1),
    VT.Float: st.floats(width=32),
    VT.Double: st.floats(),
    VT.String: st.none() | texts,
    VT.DateTime: moments,
    VT.Guid: st.uuids(),
    VT.ByteString: st.none() | st.binary(max_size=12),
    VT.NodeId: node_ids(),
    VT.StatusCode: st.builds(ua.StatusCode, uint32),
    VT.QualifiedName: st.builds(ua.QualifiedName, st.none() | texts, st.integers(0, 2**15 - 1)),
    VT.LocalizedText: st.builds(ua.LocalizedText, st.none() | texts, st.none() | texts),
}
"""Values of every built-in type that the codecs know."""

NUMBERS = [
    VT.SByte,
    VT.Byte,
    VT.Int16,
    VT.UInt16,
    VT.Int32,
    VT.UInt32,
    VT.Int64,
    VT.UInt64,
    VT.Float,
    VT.Double,
]


@st.composite
def variants(draw: st.DrawFn, *, arrays: bool = True) -> Any:
    """Variants of every known type: scalars, null, arrays, empty and null arrays."""
    kind = draw(st.sampled_from([None, *SCALARS]))
    if kind is None:
        return build.Variant()
    values = SCALARS[kind]
    if arrays and draw(st.booleans()):
        elements = draw(st.none() | st.lists(values, max_size=5))
        return build.Variant(elements, kind, is_array=True)
    return build.Variant(draw(values), kind)


@st.composite
def data_values(draw: st.DrawFn) -> Any:
    """DataValues with any of their fields absent."""
    value = build.DataValue(
        draw(variants()),
        draw(st.none() | st.builds(ua.StatusCode, uint32)),
        draw(st.none() | moments),
        draw(st.none() | moments),
    )
    if draw(st.integers(0, 9)) == 0:
        value.Value = None
    return value


numeric_data_values = st.sampled_from([VT.Double, VT.Float, VT.Int32, VT.Boolean]).flatmap(
    lambda kind: st.builds(
        ua.DataValue,
        SCALARS[kind].map(lambda value: build.Variant(value, kind)),
        st.just(build.StatusCode()) | st.none(),
        st.none() | moments,
        st.none() | moments,
    )
)

headers = st.builds(
    ua.RequestHeader,
    AuthenticationToken=node_ids(),
    Timestamp=moments,
    RequestHandle=uint32,
    ReturnDiagnostics=uint32,
    AuditEntryId=st.none() | texts,
    TimeoutHint=uint32,
)

call_requests = st.builds(
    ua.CallRequest,
    RequestHeader=headers,
    Parameters=st.builds(
        ua.CallParameters,
        st.lists(
            st.builds(
                ua.CallMethodRequest, node_ids(), node_ids(), st.none() | st.lists(variants(), max_size=5)
            ),
            max_size=3,
        ),
    ),
)

read_requests = st.builds(
    ua.ReadRequest,
    RequestHeader=headers,
    Parameters=st.builds(
        ua.ReadParameters,
        st.floats(),
        st.sampled_from([one for one in ua.TimestampsToReturn if one.name != "Invalid"]),
        st.lists(
            st.builds(
                ua.ReadValueId,
                node_ids(),
                uint32,
                st.none() | texts,
                st.just(build.QualifiedName()) | SCALARS[VT.QualifiedName],
            ),
            max_size=5,
        ),
    ),
)

write_requests = st.builds(
    ua.WriteRequest,
    RequestHeader=headers,
    Parameters=st.builds(
        ua.WriteParameters,
        st.lists(st.builds(ua.WriteValue, node_ids(), uint32, st.none() | texts, data_values()), max_size=4),
    ),
)

publish_requests = st.builds(
    ua.PublishRequest,
    RequestHeader=headers,
    Parameters=st.builds(
        ua.PublishParameters, st.lists(st.builds(ua.SubscriptionAcknowledgement, uint32, uint32), max_size=4)
    ),
)

requests = st.one_of(call_requests, read_requests, write_requests, publish_requests)

changes = st.lists(
    st.builds(ua.MonitoredItemNotification, uint32, data_values())
    | st.builds(ua.MonitoredItemNotification, uint32, numeric_data_values),
    max_size=8,
)


@st.composite
def publish_responses(draw: st.DrawFn) -> Any:
    """PublishResponses with runs of one shape, mixed values, several data changes, or none (keep-alives)."""
    parts: list[Any] = []
    for _ in range(draw(st.integers(0, 2))):
        items = draw(changes)
        items += items[-1:] * draw(st.integers(0, 40))
        parts.append(build.DataChangeNotification(items, draw(st.none() | st.just([]))))
    header = build.ResponseHeader(Timestamp=draw(moments), RequestHandle=draw(uint32))
    message = build.NotificationMessage(draw(uint32), draw(moments), parts)
    statuses = st.lists(st.builds(ua.StatusCode, uint32), max_size=3)
    return build.PublishResponse(
        ResponseHeader=header,
        Parameters=build.PublishResult(
            draw(uint32),
            draw(st.none() | st.lists(uint32, max_size=3)),
            draw(st.booleans()),
            message,
            draw(st.none() | statuses),
            draw(st.none() | st.just([])),
        ),
    )


PARAMETERS = {
    build.ObjectIds.CallRequest_Encoding_DefaultBinary: ua.CallParameters,
    build.ObjectIds.ReadRequest_Encoding_DefaultBinary: ua.ReadParameters,
    build.ObjectIds.WriteRequest_Encoding_DefaultBinary: ua.WriteParameters,
    build.ObjectIds.PublishRequest_Encoding_DefaultBinary: ua.PublishParameters,
}


def wire(message: Any) -> bytes:
    """Return a message as asyncua writes it."""
    return struct_to_binary(message)


def read_by_asyncua(body: bytes) -> tuple[Any, Any, int]:
    """Return header and parameters of a request as asyncua's server reads them, and what bytes are left."""
    buffer = Buffer(body)
    kind = nodeid_from_binary(buffer).Identifier
    header = struct_from_binary(ua.RequestHeader, buffer)
    return header, struct_from_binary(PARAMETERS[kind], buffer), len(buffer)


def portrait(message: Any) -> str:
    """Return a text that is equal for equal messages only: types, nulls and NaN included."""
    return repr(message)


HOSTILE_LENGTHS = [struct.pack("<i", length) for length in (-1, -2, -(2**31), 2**31 - 1, 2**20, 0, 1, 2, 3)]


@st.composite
def mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """Return `body` with one to three small damages: bytes changed, cut, doubled, or lengths replaced."""
    damaged = bytearray(body)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(damaged) - 1, 0)))
        kind = draw(st.integers(0, 5))
        if kind == 0:
            del damaged[place:]
        elif kind == 1:
            del damaged[place : place + draw(st.integers(1, 8))]
        elif kind == 2:
            damaged[place:place] = draw(st.binary(min_size=1, max_size=8))
        elif kind == 3:
            damaged[place : place + 4] = draw(st.sampled_from(HOSTILE_LENGTHS))
        elif kind == 4:
            damaged[place:place] = damaged[place : place + draw(st.integers(1, 32))]
        else:
            damaged[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
    return bytes(damaged)
