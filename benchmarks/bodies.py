"""Requests encoded before: OPC UA's by asyncua's codec, HTTP's as text, protobuf's by hand."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import nodeid_to_binary, struct_to_binary

from benchmarks.load import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

build: Any = ua  # unchecked: its annotations want ua.Int16 and the like, where everyone gives an int


def _request(encoding: int, parameters: Any) -> bytes:
    return struct.pack("<H", encoding) + struct_to_binary(parameters)


def call_body(target: ua.NodeId, method: ua.NodeId, row: Sequence[float]) -> bytes:
    """A Call with Doubles as arguments."""
    one = build.CallMethodRequest(target, method, [build.Variant(float(x)) for x in row])
    return _request(ObjectIds.CallRequest_Encoding_DefaultBinary, build.CallParameters([one]))


def read_body(nodes: Iterable[ua.NodeId]) -> bytes:
    """A Read of values, with both timestamps."""
    wanted = [build.ReadValueId(node, AttributeIds.Value) for node in nodes]
    parameters = build.ReadParameters(0, ua.TimestampsToReturn.Both, wanted)
    return _request(ObjectIds.ReadRequest_Encoding_DefaultBinary, parameters)


def node_list(nodes: Sequence[ua.NodeId]) -> bytes:
    """NodeIds for the load generator's subscriptions."""
    return struct.pack("<I", len(nodes)) + b"".join(nodeid_to_binary(node) for node in nodes)


async def anonymous_policy(url: str) -> str:
    """PolicyId of the anonymous user token at the endpoint without security."""
    for endpoint in await Client(url).connect_and_get_server_endpoints():
        if endpoint.SecurityMode == ua.MessageSecurityMode.None_:
            for token in endpoint.UserIdentityTokens:
                if token.TokenType == ua.UserTokenType.Anonymous:
                    return str(token.PolicyId)
    raise ValueError(f"{url} lets nobody in without security and user")


def http_request(port: int, path: str, content: Any, *, least: int = 1) -> Request:
    """A POST of JSON over a connection that stays open."""
    body = json.dumps(content).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: keep-alive\r\n\r\n"
    )
    return Request("http", port, head.encode() + body, expect=least)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def model_infer(model: str, row: Sequence[float]) -> bytes:
    """The protobuf of a ModelInferRequest of the Open Inference Protocol, with one row of FP64."""
    shape = b"".join(_varint(n) for n in (1, len(row)))
    values = struct.pack(f"<{len(row)}d", *row)
    tensor = _field(1, b"input") + _field(2, b"FP64") + _field(3, shape) + _field(5, _field(7, values))
    output = _field(1, b"predict_proba")
    return _field(1, model.encode()) + _field(5, tensor) + _field(6, output)


def grpc_request(port: int, model: str, row: Sequence[float]) -> Request:
    """One row through the Open Inference Protocol's gRPC service."""
    path = "/inference.GRPCInferenceService/ModelInfer"
    return Request("grpc", port, model_infer(model, row), url=path, expect=16)
