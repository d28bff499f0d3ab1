"""Requests that the scenarios send, and what comes back, without ceremony."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from tests.adversary.wire import ServiceFaulted

if TYPE_CHECKING:
    from tests.adversary.wire import RawClient

VALUE = AttributeIds.Value


async def refused(client: RawClient, request: object, token: ua.NodeId | None = None) -> int:
    """The code of the ServiceFault that a request gets, 0 if it is served."""
    try:
        await client.call(request, token=token)
    except ServiceFaulted as fault:
        return fault.code
    return 0


def read_request(*nodes: ua.NodeId, attribute: int = VALUE) -> ua.ReadRequest:
    """A Read of one attribute of several nodes."""
    request = ua.ReadRequest()
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    request.Parameters.NodesToRead = [ua.ReadValueId(NodeId=node, AttributeId=attribute) for node in nodes]
    return request


async def read(client: RawClient, node: ua.NodeId, attribute: int = VALUE, **options: Any) -> Any:
    """One attribute; `options` are fields of the ReadValueId."""
    request = read_request(node, attribute=attribute)
    for name, value in options.items():
        setattr(request.Parameters.NodesToRead[0], name, value)
    return (await client.call(request)).Results[0]


async def read_code(client: RawClient, node: ua.NodeId, attribute: int = VALUE, **options: Any) -> int:
    """The StatusCode of a read."""
    value = await read(client, node, attribute, **options)
    return int(value.StatusCode.value) if value.StatusCode is not None else 0


async def write(
    client: RawClient,
    node: ua.NodeId,
    value: ua.Variant | ua.DataValue,
    attribute: int = VALUE,
    index_range: str | None = None,
) -> int:
    """The StatusCode of writing one attribute; a DataValue with its StatusCode and timestamps."""
    held = value if isinstance(value, ua.DataValue) else ua.DataValue(value)
    request = ua.WriteRequest()
    request.Parameters.NodesToWrite = [
        ua.WriteValue(NodeId=node, AttributeId=attribute, IndexRange=index_range, Value=held)
    ]
    return int((await client.call(request)).Results[0].value)


async def call(client: RawClient, owner: ua.NodeId, method: ua.NodeId, *arguments: ua.Variant) -> Any:
    """The result of calling one Method."""
    return (await client.call(call_request(owner, method, *arguments))).Results[0]


def call_request(owner: ua.NodeId, method: ua.NodeId, *arguments: ua.Variant) -> ua.CallRequest:
    """A Call of one Method."""
    request = ua.CallRequest()
    request.Parameters.MethodsToCall = [
        ua.CallMethodRequest(ObjectId=owner, MethodId=method, InputArguments=list(arguments))
    ]
    return request


def history_request(
    *nodes: ua.NodeId, details: Any = None, timestamps: int = ua.TimestampsToReturn.Both
) -> ua.HistoryReadRequest:
    """A HistoryRead of several nodes; of raw values unless `details` says otherwise."""
    request = ua.HistoryReadRequest()
    request.Parameters.HistoryReadDetails = details or ua.ReadRawModifiedDetails(NumValuesPerNode=10)
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn(timestamps)
    request.Parameters.ReleaseContinuationPoints = False
    request.Parameters.NodesToRead = [ua.HistoryReadValueId(NodeId=node) for node in nodes]
    return request


async def history_codes(client: RawClient, *nodes: ua.NodeId, **options: Any) -> list[str]:
    """The names of the StatusCodes of a HistoryRead."""
    answer = await client.call(history_request(*nodes, **options))
    return [result.StatusCode.name for result in answer.Results]


async def browse(client: RawClient, node: ua.NodeId, most: int = 0, **options: Any) -> Any:
    """One browse; `options` are fields of the BrowseDescription."""
    request = ua.BrowseRequest()
    request.Parameters.RequestedMaxReferencesPerNode = most
    description = ua.BrowseDescription(NodeId=node, ResultMask=63, IncludeSubtypes=True)
    description.BrowseDirection = ua.BrowseDirection.Forward
    for name, value in options.items():
        setattr(description, name, value)
    request.Parameters.NodesToBrowse = [description]
    return (await client.call(request)).Results[0]


async def browse_next(client: RawClient, *points: bytes, release: bool = False) -> list[ua.BrowseResult]:
    """Go on with browses, or release them."""
    request = ua.BrowseNextRequest()
    request.Parameters.ReleaseContinuationPoints = release
    request.Parameters.ContinuationPoints = list(points)
    return list((await client.call(request)).Parameters.Results)


def double(value: Any) -> ua.Variant:
    """A Double."""
    return ua.Variant(value, ua.VariantType.Double)


def int32(value: Any) -> ua.Variant:
    """An Int32."""
    return ua.Variant(value, ua.VariantType.Int32)
