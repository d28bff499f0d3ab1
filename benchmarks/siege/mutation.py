"""Requests of every service, and what becomes of them in a fuzzer's hands.

Structure-aware: what is changed are messages that were right, of every service of Part 4, at their lengths,
types, counts and nested parts as well as at any byte.

Source: OPC UA Part 4, 5 (the Service Sets); Part 6, 5.2.2 (encodings).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.ua_binary import nodeid_to_binary, struct_to_binary

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_ua: Any = ua
NAMES = (
    *("FindServers", "FindServersOnNetwork", "GetEndpoints", "RegisterServer", "RegisterServer2"),
    *("CreateSession", "ActivateSession", "CloseSession", "Cancel"),
    *("AddNodes", "AddReferences", "DeleteNodes", "DeleteReferences"),
    *("Browse", "BrowseNext", "TranslateBrowsePathsToNodeIds", "RegisterNodes", "UnregisterNodes"),
    *("QueryFirst", "QueryNext", "Read", "HistoryRead", "Write", "HistoryUpdate", "Call"),
    *("CreateMonitoredItems", "ModifyMonitoredItems", "SetMonitoringMode", "SetTriggering"),
    *("DeleteMonitoredItems", "CreateSubscription", "ModifySubscription", "SetPublishingMode", "Publish"),
    *("Republish", "TransferSubscriptions", "DeleteSubscriptions"),
)
"""Every service of Part 4, offered or not."""
_SHARE_IN_PLACE = 0.75
_EXTREMES = (0, 1, 2, 127, 128, 255, 256, 65_535, 65_536, 1_000_001, 2**31 - 1, 2**31, 2**32 - 1)
_DOUBLES = (float("nan"), float("inf"), float("-inf"), -1.0, 0.0, 5e-324, 1e308)


def requests(token: Any, nodes: Sequence[Any], model: Any, method: Any) -> dict[str, list[bytes]]:
    """Right requests by the name of their service: an empty one, and a full one where it has parts."""
    found: dict[str, list[Any]] = {name: [getattr(ua, f"{name}Request")()] for name in NAMES}
    for name, full in _full(nodes, model, method).items():
        found[name].append(full)
    for several in found.values():
        for one in several:
            one.RequestHeader.AuthenticationToken = token
    return {name: [struct_to_binary(one) for one in several] for name, several in found.items()}


def mutated(body: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """A body with one to four things wrong, most often one in its place: the rest can still be read."""
    data = bytearray(body)
    for _ in range(chance.choice((1, 1, 1, 1, 2, 4))):
        kinds = _IN_PLACE if chance.random() < _SHARE_IN_PLACE else _OF_LENGTH
        chance.choice(kinds)(data, chance, others)
    return bytes(data[:60_000])


def nested(kind: int, depth: int) -> bytes:
    """A Variant that holds itself over and over: as scalar, array, DiagnosticInfo, DataValue or structure."""
    if kind == 0:
        return b"\x18" * depth + b"\x01\x01"
    if kind == 1:
        return (b"\x98" + struct.pack("<i", 1)) * depth + b"\x01\x01"
    if kind == 2:
        return b"\x19" + b"\x40" * depth + b"\x00"
    if kind == 3:
        return b"\x17\x01" * depth + b"\x01\x01"
    inner = b"\x01\x01"
    type_id = nodeid_to_binary(ua.FourByteNodeId(ua.Int32(597)))
    for _ in range(min(depth, 500)):
        inner = b"\x16" + type_id + b"\x01" + struct.pack("<i", len(inner)) + inner
    return inner


def write_of(head: bytes, node: Any, variant: bytes) -> bytes:
    """A Write whose Variant is these bytes, after the head (type and header) of a Write."""
    return (
        head + struct.pack("<i", 1) + nodeid_to_binary(node) + struct.pack("<Ii", 13, -1) + b"\x01" + variant
    )


def _full(nodes: Sequence[Any], model: Any, method: Any) -> dict[str, Any]:
    double = [ua.Variant(1.0, ua.VariantType.Double)] * 6
    subscribe, monitor = ua.CreateSubscriptionRequest(), ua.CreateMonitoredItemsRequest()
    subscribe.Parameters.RequestedPublishingInterval = 1000.0
    read = ua.ReadRequest()
    read.Parameters.NodesToRead = [
        ua.ReadValueId(NodeId=node, AttributeId=AttributeIds.Value) for node in nodes
    ]
    write = ua.WriteRequest()
    write.Parameters.NodesToWrite = [
        ua.WriteValue(
            NodeId=node,
            AttributeId=AttributeIds.Value,
            Value=ua.DataValue(ua.Variant([1.0, 2.0], ua.VariantType.Double)),
        )
        for node in nodes
    ]
    call = ua.CallRequest()
    call.Parameters.MethodsToCall = [
        ua.CallMethodRequest(ObjectId=model, MethodId=method, InputArguments=double)
    ]
    browse = ua.BrowseRequest()
    browse.Parameters.NodesToBrowse = [
        ua.BrowseDescription(NodeId=model, BrowseDirection=ua.BrowseDirection.Both, ResultMask=63)
    ]
    element = ua.ContentFilterElement(
        FilterOperator=ua.FilterOperator.And,
        FilterOperands=[ua.ElementOperand(Index=0), ua.LiteralOperand(ua.Variant(1, ua.VariantType.Int32))],
    )
    event = ua.EventFilter(
        SelectClauses=[ua.SimpleAttributeOperand(BrowsePath=[ua.QualifiedName("Message", 0)])],
        WhereClause=ua.ContentFilter(Elements=[element]),
    )
    filters = (event, ua.DataChangeFilter(DeadbandType=1, DeadbandValue=0.5), None)
    monitor.Parameters.ItemsToCreate = [
        ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(
                NodeId=node,
                AttributeId=AttributeIds.EventNotifier if one is event else AttributeIds.Value,
            ),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=ua.MonitoringParameters(Filter=one, QueueSize=3),
        )
        for node, one in zip(nodes, filters, strict=False)
    ]
    translate = ua.TranslateBrowsePathsToNodeIdsRequest()
    element_of_path = _ua.RelativePathElement(TargetName=ua.QualifiedName("Objects", 0), IncludeSubtypes=True)
    translate.Parameters.BrowsePaths = [
        ua.BrowsePath(StartingNode=model, RelativePath=ua.RelativePath(Elements=[element_of_path] * 3))
    ]
    history = ua.HistoryReadRequest()
    history.Parameters.HistoryReadDetails = ua.ReadRawModifiedDetails(NumValuesPerNode=10)
    history.Parameters.NodesToRead = [ua.HistoryReadValueId(NodeId=nodes[0], ContinuationPoint=b"12345678")]
    create, activate = ua.CreateSessionRequest(), ua.ActivateSessionRequest()
    create.Parameters.EndpointUrl = "opc.tcp://127.0.0.1"
    create.Parameters.ClientNonce = bytes(32)
    activate.Parameters.UserIdentityToken = ua.UserNameIdentityToken(UserName="a", Password=bytes(256))
    activate.Parameters.LocaleIds = ["en", "de"]
    find, publish = ua.FindServersRequest(), ua.PublishRequest()
    find.Parameters.ServerUris = find.Parameters.LocaleIds = ["urn:a", "urn:b"]
    publish.Parameters.SubscriptionAcknowledgements = [ua.SubscriptionAcknowledgement(1, 1)]
    following, delete = ua.BrowseNextRequest(), ua.DeleteSubscriptionsRequest()
    following.Parameters.ContinuationPoints = [b"12345678"]
    delete.Parameters.SubscriptionIds = [1, 2, 3]
    return {
        "CreateSubscription": subscribe,
        "CreateMonitoredItems": monitor,
        "Read": read,
        "Write": write,
        "Call": call,
        "Browse": browse,
        "BrowseNext": following,
        "TranslateBrowsePathsToNodeIds": translate,
        "HistoryRead": history,
        "CreateSession": create,
        "ActivateSession": activate,
        "FindServers": find,
        "Publish": publish,
        "DeleteSubscriptions": delete,
    }


def _flip(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _byte(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _extreme(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    at = chance.randrange(max(1, len(data) - 3))
    data[at : at + 4] = struct.pack("<I", chance.choice(_EXTREMES))


def _length(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    """What looks like a length, a count or null becomes another one."""
    places = [
        at
        for at in range(4, len(data) - 3)
        if data[at : at + 4] == b"\xff\xff\xff\xff" or (data[at] < 64 and not any(data[at + 1 : at + 4]))
    ]
    if places:
        at = chance.choice(places)
        data[at : at + 4] = struct.pack("<I", chance.choice(_EXTREMES))


def _cut(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _insert(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8, 16, 300)))


def _drop(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    del data[at : at + chance.choice((1, 2, 4, 8))]


def _splice(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    other = chance.choice(others)
    at = chance.randrange(len(data) + 1)
    data[at:] = other[chance.randrange(len(other) + 1) :]


def _repeat(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    part = bytes(data[at : at + chance.choice((4, 8, 32))])
    data[at:at] = part * chance.choice((2, 10, 100))


def _double(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    at = chance.randrange(max(1, len(data) - 7))
    data[at : at + 8] = struct.pack("<d", chance.choice(_DOUBLES))


def _nest(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:] = nested(chance.randrange(5), chance.choice((2, 99, 100, 101, 1_000, 5_000)))


def _text(data: bytearray, chance: random.Random, _others: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    wrong = chance.choice((b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\x00", "\u202e".encode()))
    data[at:at] = struct.pack("<i", len(wrong)) + wrong


_IN_PLACE = (_flip, _byte, _length, _extreme, _double)
_OF_LENGTH = (_cut, _insert, _drop, _splice, _repeat, _nest, _text)
