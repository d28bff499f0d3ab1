"""What the Server object says is so: limits, diagnostics, namespaces, service level.

Source: OPC UA Part 5, 6.3 and 12.9 to 12.15.
"""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import browse, read
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, weak_in_asyncua

pytestmark = pytest.mark.asyncio(loop_scope="module")
SUMMARY = "Server_ServerDiagnostics_ServerDiagnosticsSummary"


async def below(client: Any, top: ua.NodeId) -> list[ua.ReferenceDescription]:
    """All objects, variables and methods below a node."""
    found: dict[ua.NodeId, ua.ReferenceDescription] = {}
    waiting = [top]
    while waiting:
        aggregates = node_id(ObjectIds.Aggregates)
        for reference in (await browse(client, waiting.pop(), ReferenceTypeId=aggregates)).References:
            if reference.NodeId not in found:
                found[reference.NodeId] = reference
                waiting.append(reference.NodeId)
    return list(found.values())


@weak_in_asyncua
async def test_no_value_of_the_server_object_is_null(target: Target) -> None:
    """Every variable below it that may be read has a value of its own type."""
    async with target.session() as client:
        empty = []
        for reference in await below(client, node_id(ObjectIds.Server)):
            if reference.NodeClass != ua.NodeClass.Variable or "Arguments" in reference.BrowseName.Name:
                continue
            value = await read(client, reference.NodeId)
            readable = value.StatusCode is None or value.StatusCode.is_good()
            is_array = value.Value is not None and value.Value.is_array
            if readable and not is_array and (value.Value is None or value.Value.Value is None):
                empty.append(reference.BrowseName.Name)
        assert not empty


async def test_no_value_of_any_instance_is_null(plant: Target) -> None:
    """Whatever hangs below Objects, Types left out: a type's variables are declarations without values."""
    space = plant.server.iserver.aspace
    hierarchical = {ObjectIds.Organizes, ObjectIds.HasComponent, ObjectIds.HasProperty}
    waiting, seen, empty = [node_id(ObjectIds.ObjectsFolder)], set(), []
    async with plant.session() as client:
        while waiting:
            place = waiting.pop()
            if place in seen or (node := space.get(place)) is None:
                continue
            seen.add(place)
            waiting += [
                reference.NodeId
                for reference in node.references
                if reference.IsForward and reference.ReferenceTypeId.Identifier in hierarchical
            ]
            if AttributeIds.AccessLevel in node.attributes:
                value = await read(client, place)
                readable = value.StatusCode is None or value.StatusCode.is_good()
                if readable and value.Value.VariantType == ua.VariantType.Null:
                    empty.append(place)
    assert len(seen) > 200
    assert not empty


async def test_every_method_of_the_server_object_can_be_called(plant: Target) -> None:
    """Methods without code behind them are not shown there, but for those that the RoleSet has to have."""
    async with plant.session() as client:
        methods = [
            reference
            for reference in await below(client, node_id(ObjectIds.Server))
            if reference.NodeClass == ua.NodeClass.Method
        ]
        told = {
            method.BrowseName.Name: (await read(client, method.NodeId, AttributeIds.Executable)).Value.Value
            for method in methods
        }
        assert told == {"GetMonitoredItems": True, "ResendData": True, "AddRole": False, "RemoveRole": False}


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("MaxSessions", "max_sessions"),
        ("MaxSubscriptions", "max_subscriptions"),
        ("MaxMonitoredItems", "max_monitored_items"),
        ("MaxSubscriptionsPerSession", "max_subscriptions_per_session"),
        ("MaxMonitoredItemsPerSubscription", "max_monitored_items_per_subscription"),
        ("MaxMonitoredItemsQueueSize", "max_queue_size"),
        ("MaxArrayLength", "max_array_length"),
        ("MaxStringLength", "max_string_length"),
        ("MaxByteStringLength", "max_byte_string_length"),
        ("MaxBrowseContinuationPoints", "max_browse_continuation_points"),
        ("MaxSelectClauseParameters", "max_select_clauses"),
        ("MaxWhereClauseParameters", "max_filter_elements"),
        ("MinSupportedSampleRate", "min_sampling_interval_ms"),
    ],
)
async def test_what_is_advertised_is_what_is_enforced(plant: Target, name: str, limit: str) -> None:
    """The nodes show the numbers that the services use."""
    async with plant.session() as client:
        number = getattr(ObjectIds, f"Server_ServerCapabilities_{name}")
        assert (await read(client, node_id(number))).Value.Value == getattr(Limits(), limit)


async def test_diagnostics_count_what_happens() -> None:
    """Sessions and subscriptions now and ever, refused sessions and requests."""
    async with started("plant", Limits(max_sessions=2)) as plant:

        async def summary(client: Any) -> Any:
            return (await read(client, node_id(getattr(ObjectIds, SUMMARY)))).Value.Value

        async with plant.session() as one, plant.session() as two:
            await Subscriber.create(one)
            await Subscriber.create(two)
            async with plant.channel() as third:
                with pytest.raises(ServiceFaulted):
                    await third.create_session()
            counts = await summary(one)
            assert (counts.CurrentSessionCount, counts.CumulatedSessionCount) == (2, 2)
            assert (counts.CurrentSubscriptionCount, counts.CumulatedSubscriptionCount) == (2, 2)
            assert (counts.RejectedSessionCount, counts.RejectedRequestsCount) == (1, 1)
            assert counts.PublishingIntervalCount == 1
            await two.call(ua.CloseSessionRequest())
            counts = await summary(one)
            assert (counts.CurrentSessionCount, counts.CurrentSubscriptionCount) == (1, 1)
            assert (counts.CumulatedSessionCount, counts.CumulatedSubscriptionCount) == (2, 2)
            single = node_id(getattr(ObjectIds, f"{SUMMARY}_CurrentSessionCount"))
            assert (await read(one, single)).Value.Value == 1


@weak_in_asyncua
async def test_every_namespace_has_its_metadata(target: Target) -> None:
    """Under Server/Namespaces, with the URI and the default permissions."""
    async with target.session() as client:
        uris = (await read(client, node_id(ObjectIds.Server_NamespaceArray))).Value.Value
        folder, aggregates = node_id(ObjectIds.Server_Namespaces), node_id(ObjectIds.Aggregates)
        described = (await browse(client, folder, ReferenceTypeId=aggregates)).References
        names = {reference.BrowseName.Name for reference in described}
        assert names >= set(uris)
        for reference in described:
            properties = (await browse(client, reference.NodeId)).References
            found = {one.BrowseName.Name: one.NodeId for one in properties}
            assert {"NamespaceUri", "NamespaceVersion", "IsNamespaceSubset", "DefaultRolePermissions"} <= set(
                found
            )
            assert (await read(client, found["NamespaceUri"])).Value.Value == reference.BrowseName.Name
            assert (await read(client, found["DefaultRolePermissions"])).Value.Value


async def test_the_service_level_falls_and_rises_with_the_service(plant: Target) -> None:
    """As the service says; its subscribers are told."""
    level = node_id(ObjectIds.Server_ServiceLevel)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(level)
        for shown in (100, 0, 255):
            told = ua.Variant(shown, ua.VariantType.Byte)
            await plant.server.get_node(level).write_value(told)
            assert (await read(client, level)).Value == told
        assert await subscriber.numbers(4) == [255, 100, 0, 255]


async def test_no_answer_tells_of_our_code(plant: Target) -> None:
    """No path, trace or library name in a fault, a result or an Error message."""
    async with plant.session() as client:
        client.heard = b""  # CreateSession tells our name on purpose
        client.writer.write(client.frame(b"MSG", b"\x01\x00\x77\x02" + bytes(3)))
        request = ua.CallRequest()
        request.Parameters.MethodsToCall = [ua.CallMethodRequest(plant.id("pump"), plant.id("fail"), [])]
        number = await client.send(request)
        await client.answer(number)
        client.channel_id += 1
        client.writer.write(client.frame(b"MSG", b""))
        await client.closed_by_server()
        told = client.heard.lower()
        for secret in (b"traceback", b".py", b"asyncua", b"python", b"secret", b"runtimeerror", b"/"):
            assert secret not in told
