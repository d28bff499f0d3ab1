"""What a client does with thousands of items at once holds nobody up: ending, taking over, sending again.

Source: OPC UA Part 4, 5.14.7 (TransferSubscriptions), 5.14.8 (DeleteSubscriptions), 5.6.3 and 5.6.4
(ActivateSession, CloseSession); Part 5, 9.2 (ResendData).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits
from tests.integration.trust.requests import call_request, read_request
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANY = 3_000
LIMITS = Limits(max_monitored_items_per_session_and_node=MANY, max_monitored_items_per_owner_and_node=MANY)
SERVER = ua.NodeId(ua.Int32(ObjectIds.Server))
RESEND_DATA = ua.NodeId(ua.Int32(ObjectIds.Server_ResendData))


async def with_many_items(client: RawClient, target: Target) -> Subscriber:
    """A subscription with three thousand items on the name of one node."""
    subscriber = await Subscriber.create(client, interval=60_000)
    for _ in range(MANY // 1_000):
        items = [subscriber.item(target.id("speed"), AttributeIds.DisplayName) for _ in range(1_000)]
        results = await subscriber.create_items(*items)
        assert all(result.StatusCode.is_good() for result in results)
    return subscriber


async def goes_first(cheap: RawClient, target: Target, long: RawClient, request: Any) -> Any:
    """The long request's answer; cheap Reads of another client that come after it are answered before."""
    asked = asyncio.create_task(long.call(request), name="long")
    await asyncio.sleep(0)
    for _ in range(3):
        await cheap.call(read_request(target.id("speed")))
        assert not asked.done()
    return await asked


def transfer(subscriber: Subscriber) -> ua.TransferSubscriptionsRequest:
    """To the session that sends it, with the present values."""
    request = ua.TransferSubscriptionsRequest()
    request.Parameters.SubscriptionIds = [subscriber.id]
    request.Parameters.SendInitialValues = True
    return request


def activation(locales: Sequence[str]) -> ua.ActivateSessionRequest:
    """The same user, in another language."""
    request = ua.ActivateSessionRequest()
    request.Parameters.UserIdentityToken = ua.AnonymousIdentityToken(PolicyId="anonymous")
    request.Parameters.LocaleIds = list(locales)
    return request


async def test_sending_again_and_taking_over_hold_nobody_up() -> None:
    """ResendData, TransferSubscriptions and another language of the session look at items in parts."""
    async with (
        started("plant", LIMITS) as plant,
        plant.session() as many,
        plant.session() as next_one,
        plant.session() as cheap,
    ):
        subscriber = await with_many_items(many, plant)
        handle = ua.Variant(subscriber.id, ua.VariantType.UInt32)
        answer = await goes_first(cheap, plant, many, call_request(SERVER, RESEND_DATA, handle))
        assert answer.Results[0].StatusCode.is_good()
        answer = await goes_first(cheap, plant, many, activation(["de"]))
        assert answer.ResponseHeader.ServiceResult.is_good()
        answer = await goes_first(cheap, plant, next_one, transfer(subscriber))
        assert answer.Parameters.Results[0].StatusCode.is_good()


@pytest.mark.parametrize("by", ["DeleteSubscriptions", "CloseSession", "silence"])
async def test_ending_holds_nobody_up_and_leaves_nothing(by: str) -> None:
    """Thousands of items are deleted a hundred at a time; their quotas are given back."""
    async with started("plant", LIMITS) as plant, plant.session() as cheap, plant.channel() as many:
        await many.create_session()
        await many.activate_session()
        subscriber = await with_many_items(many, plant)
        service, sessions = plant.server.iserver.subscription_service, plant.server.iserver.sessions
        if by == "DeleteSubscriptions":
            assert await subscriber.delete() == StatusCodes.Good
        elif by == "CloseSession":
            request = ua.CloseSessionRequest()
            request.DeleteSubscriptions = True
            await many.call(request)
        else:
            (session,) = [one for one in sessions if one.subscriptions]
            sessions.close(session, delete_subscriptions=True)
        assert service.quotas.items.total() > 1_000
        for _ in range(3):
            await cheap.call(read_request(plant.id("speed")))
            assert service.quotas.items.total() > 0
        await until(lambda: not service.quotas.items.total())
        assert not service.quotas.queue_places.total()
        assert not service.quotas.watched.total()


async def test_who_changes_its_language_or_goes_makes_no_other_client_ask_for_its_rights() -> None:
    """Fifty thousand items that ask anew, each time that somebody comes or goes, take a fifth of a second."""
    async with started("plant") as plant:
        before = plant.server.iserver.aspace.access_version
        async with plant.session() as passing:
            subscriber = await Subscriber.create(passing)
            await subscriber.monitor(plant.id("speed"))
            await passing.call(activation(["de"]))
            await passing.call(ua.CloseSessionRequest())
        assert plant.server.iserver.aspace.access_version == before
