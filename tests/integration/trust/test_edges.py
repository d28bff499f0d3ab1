"""Edges of asyncua that no other page of these tests shows on its plain server."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.server.address_space import AttributeValue
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import call, double, read_code, refused, write
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, weak_in_asyncua

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes


@weak_in_asyncua
async def test_role_permissions_are_enforced_on_every_service(target: Target) -> None:
    """A node for engineers alone is neither read, written, monitored nor called by an operator."""
    entry = ua.RolePermissionType(
        RoleId=node_id(ObjectIds.WellKnownRole_Engineer),
        Permissions=ua.PermissionType.Read | ua.PermissionType.Write | ua.PermissionType.Call,
    )
    value = ua.DataValue(ua.Variant([entry], ua.VariantType.ExtensionObject, is_array=True))
    held = [target.server.iserver.aspace[target.id(name)].attributes for name in ("title", "add")]
    for attributes in held:
        attributes[AttributeIds.RolePermissions] = AttributeValue(value)
    try:
        async with target.session() as client:
            title, pump, add = target.id("title"), target.id("pump"), target.id("add")
            assert await read_code(client, title) == Code.BadUserAccessDenied
            assert await write(client, title, ua.Variant("x")) == Code.BadUserAccessDenied
            result = await call(client, pump, add, double(1.0), double(2.0))
            assert result.StatusCode.value == Code.BadUserAccessDenied
            subscriber = await Subscriber.create(client)
            await subscriber.monitor(title)
            (first,) = await subscriber.values(1)
            assert first.StatusCode.value == Code.BadUserAccessDenied
    finally:
        for attributes in held:
            del attributes[AttributeIds.RolePermissions]


@weak_in_asyncua
async def test_subscriptions_of_a_session_are_capped(target: Target) -> None:
    """One more than advertised is BadTooManySubscriptions."""
    async with target.session() as client:
        for _ in range(Limits().max_subscriptions_per_session):
            await Subscriber.create(client, interval=10_000.0)
        with pytest.raises(ServiceFaulted) as fault:
            await Subscriber.create(client, interval=10_000.0)
        assert fault.value.code == Code.BadTooManySubscriptions


@pytest.mark.parametrize("interval", [0.0, -1.0, 1e-9, float("nan"), float("inf")])
@weak_in_asyncua
async def test_absurd_publishing_intervals_are_revised(target: Target, interval: float) -> None:
    """Into what the server keeps, and says so."""
    async with target.session() as client:
        revised = (await Subscriber.create(client, interval=interval)).result.RevisedPublishingInterval
        limits = Limits()
        assert limits.min_publishing_interval_ms <= revised <= limits.max_publishing_interval_ms


@pytest.mark.parametrize("service", ["QueryFirst", "QueryNext"])
@weak_in_asyncua
async def test_a_query_is_not_supported_and_says_so(target: Target, service: str) -> None:
    """BadServiceUnsupported, where asyncua blames the user's rights."""
    async with target.session() as client:
        request: Any = getattr(ua, f"{service}Request")()
        assert await refused(client, request) == Code.BadServiceUnsupported


@weak_in_asyncua
async def test_a_condition_refresh_is_done(target: Target) -> None:
    """Good, and between its two events what is retained; asyncua has no code there by default."""
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        method = node_id(ObjectIds.ConditionType_ConditionRefresh)
        argument = ua.Variant(subscriber.id, ua.VariantType.UInt32)
        result = await call(client, node_id(ObjectIds.ConditionType), method, argument)
        assert result.StatusCode.value == Code.Good
