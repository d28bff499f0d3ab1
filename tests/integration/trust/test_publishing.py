"""Subscriptions: whose they are, when their messages leave, and what can be had again.

Source: OPC UA Part 4, 5.14.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import AnonymousAuthenticator, Identity, Limits, Role
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import call, read_request, refused
from tests.integration.trust.subscriber import Subscriber, changes_of, statuses_of
from tests.integration.trust.target import Target, started, until, weak_in_asyncua
from tests.stopwatch import Stopwatch

if TYPE_CHECKING:
    from opcua_ml.opcua.trust import Login
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
_ua: Any = ua
ID_INVALID = Code.BadSubscriptionIdInvalid


def request_for(name: str, subscription: int, **fields: Any) -> Any:
    """A request of the Subscription or MonitoredItem Service Set for one subscription."""
    request = getattr(ua, f"{name}Request")()
    parameters = request.Parameters
    if hasattr(parameters, "SubscriptionIds"):
        parameters.SubscriptionIds = [subscription]
    else:
        parameters.SubscriptionId = subscription
    for field, value in fields.items():
        setattr(parameters, field, value)
    return request


async def codes(client: RawClient, request: Any) -> list[int]:
    """The StatusCodes per operation, or the one of the ServiceFault."""
    try:
        response = await client.call(request)
    except ServiceFaulted as fault:
        return [fault.code]
    parameters = getattr(response, "Parameters", response)
    results = getattr(parameters, "Results", [ua.StatusCode()])
    return [getattr(result, "StatusCode", result).value for result in results]


async def quiet(client: RawClient) -> Subscriber:
    """A subscription that has sent its first message and will say nothing for a while."""
    subscriber = await Subscriber.create(client)
    await subscriber.publish()
    await client.call(request_for("ModifySubscription", subscriber.id, RequestedPublishingInterval=60_000.0))
    return subscriber


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("DeleteSubscriptions", {}),
        ("SetPublishingMode", {"PublishingEnabled": False}),
        ("ModifySubscription", {"RequestedPublishingInterval": 1000.0}),
        ("Republish", {"RetransmitSequenceNumber": 1}),
        ("SetMonitoringMode", {"MonitoredItemIds": [1]}),
        ("DeleteMonitoredItems", {"MonitoredItemIds": [1]}),
    ],
)
@weak_in_asyncua
async def test_a_foreign_subscription_is_out_of_reach(
    target: Target, name: str, fields: dict[str, Any]
) -> None:
    """No service touches another session's subscription; its owner still gets its values."""
    async with target.session() as victim, target.session() as thief:
        mine = await Subscriber.create(victim)
        await mine.monitor(target.id("speed"))
        await mine.values(1)
        assert await codes(thief, request_for(name, mine.id, **fields)) == [ID_INVALID]
        await target.write("speed", 5.0)
        await target.write("speed", 6.0)
        assert (await mine.numbers(2))[-1] == 6.0


@weak_in_asyncua
async def test_items_are_not_added_to_a_foreign_subscription(target: Target) -> None:
    """CreateMonitoredItems needs one's own subscription."""
    async with target.session() as victim, target.session() as thief:
        mine = await Subscriber.create(victim)
        theirs = Subscriber(thief, mine.result)
        with pytest.raises(ServiceFaulted) as fault:
            await theirs.create_items(theirs.item(target.id("speed")))
        assert fault.value.code == ID_INVALID


@weak_in_asyncua
async def test_foreign_messages_can_not_be_acknowledged_away(target: Target) -> None:
    """An acknowledgement for somebody else's subscription is refused, and the message stays kept."""
    async with target.session() as victim, target.session() as thief:
        mine = await Subscriber.create(victim)
        await mine.monitor(target.id("speed"))
        number = (await mine.publish()).NotificationMessage.SequenceNumber
        own = await Subscriber.create(thief)
        theirs = Subscriber(thief, mine.result)
        await own.publish()
        await own.monitor(target.id("count"))
        answered = await theirs.publish(number)
        assert [result.value for result in answered.Results] == [ID_INVALID]
        again = await victim.call(request_for("Republish", mine.id, RetransmitSequenceNumber=number))
        assert again.NotificationMessage.SequenceNumber == number


async def test_the_first_message_comes_with_the_first_interval(plant: Target) -> None:
    """Even without anything to report: a keep-alive with the next sequence number (Part 4, 5.14.1.1)."""
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        first = await subscriber.publish()
        assert not first.NotificationMessage.NotificationData
        assert first.NotificationMessage.SequenceNumber == 1
        assert not first.AvailableSequenceNumbers
        await subscriber.monitor(plant.id("speed"))
        second = await subscriber.publish()
        assert second.NotificationMessage.SequenceNumber == 1
        assert list(second.AvailableSequenceNumbers) == [1]


async def test_silence_is_broken_by_keep_alives(plant: Target) -> None:
    """After as many empty intervals as revised, and again; the sequence number does not move."""
    async with plant.session() as client:
        subscriber = await Subscriber.create(client, 20.0, RequestedMaxKeepAliveCount=3)
        assert subscriber.result.RevisedMaxKeepAliveCount == 3
        loop = asyncio.get_running_loop()
        await subscriber.publish()
        start, watch = loop.time(), Stopwatch()
        for _ in range(3):
            message = await subscriber.publish()
            assert not message.NotificationMessage.NotificationData
            assert message.NotificationMessage.SequenceNumber == 1
        assert loop.time() - start > 0.12
        assert watch.seconds < 1.0


@weak_in_asyncua
async def test_messages_hold_no_more_than_asked_and_say_that_more_wait(target: Target) -> None:
    """MaxNotificationsPerPublish cuts; MoreNotifications tells; the rest follows at once, in order."""
    await target.write("count", 0, ua.VariantType.Int32)
    async with target.session() as client:
        subscriber = await Subscriber.create(client, 100.0, MaxNotificationsPerPublish=4)
        await subscriber.monitor(target.id("count"))
        await subscriber.values(1)
        for number in range(1, 11):
            await target.write("count", number, ua.VariantType.Int32)
        subscriber.messages.clear()
        assert await subscriber.numbers(10) == list(range(1, 11))
        assert [len(changes_of(message)) for message in subscriber.messages] == [4, 4, 2]
        assert [message.MoreNotifications for message in subscriber.messages] == [True, True, False]
        numbers = [message.NotificationMessage.SequenceNumber for message in subscriber.messages]
        assert numbers == list(range(numbers[0], numbers[0] + 3))


def is_late(plant: Target, subscriber: Subscriber) -> bool:
    """Whether a message waits for a Publish request."""
    return bool(plant.server.iserver.subscription_service.subscriptions[subscriber.id].late)


async def test_a_late_message_leaves_with_the_next_publish_request(plant: Target) -> None:
    """What waits for a request does not wait for another interval."""
    async with plant.session() as client:
        subscriber = await quiet(client)
        await subscriber.monitor(plant.id("speed"))
        await refused(
            client, request_for("ModifySubscription", subscriber.id, RequestedPublishingInterval=20.0)
        )
        await until(lambda: is_late(plant, subscriber))
        await refused(
            client, request_for("ModifySubscription", subscriber.id, RequestedPublishingInterval=60_000.0)
        )
        async with asyncio.timeout(30):
            assert changes_of(await subscriber.publish())


async def test_subscriptions_of_higher_priority_go_first(plant: Target) -> None:
    """When several are late, Priority decides who gets the request."""
    async with plant.session() as client:
        low = await Subscriber.create(client, 20.0, Priority=1)
        high = await Subscriber.create(client, 20.0, Priority=9)
        await low.monitor(plant.id("speed"))
        await high.monitor(plant.id("speed"))
        await until(lambda: is_late(plant, low) and is_late(plant, high))
        assert [(await low.publish()).SubscriptionId for _ in range(2)] == [high.id, low.id]


@weak_in_asyncua
async def test_a_lost_message_is_had_again_as_often_as_needed(target: Target) -> None:
    """Republish returns the message until it is acknowledged; then it is not available."""
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(target.id("speed"))
        message = (await subscriber.publish()).NotificationMessage
        while not message.NotificationData:
            message = (await subscriber.publish()).NotificationMessage
        request = request_for("Republish", subscriber.id, RetransmitSequenceNumber=message.SequenceNumber)
        for _ in range(2):
            assert (await client.call(request)).NotificationMessage == message
        await target.write("speed", 99.0)
        results = (await subscriber.publish(message.SequenceNumber, 4711)).Results
        assert [result.value for result in results] == [Code.Good, Code.BadSequenceNumberUnknown]
        assert await refused(client, request) == Code.BadMessageNotAvailable


async def test_messages_kept_for_republish_are_bounded() -> None:
    """The oldest go first, and AvailableSequenceNumbers says which are left."""
    async with started("plant", Limits(max_retransmission_messages=3)) as plant, plant.session() as client:
        subscriber = await Subscriber.create(client, 20.0, MaxNotificationsPerPublish=1)
        await subscriber.monitor(plant.id("count"))
        await subscriber.values(1)
        for number in range(1, 9):
            await plant.write("count", 100 + number, ua.VariantType.Int32)
        await subscriber.values(8)
        assert list(subscriber.messages[-1].AvailableSequenceNumbers) == [7, 8, 9]


async def test_publish_without_a_subscription_is_refused(plant: Target) -> None:
    """BadNoSubscription, also for requests that wait when the last subscription goes."""
    async with plant.session() as client:
        assert await refused(client, ua.PublishRequest()) == Code.BadNoSubscription
        subscriber = await Subscriber.create(client)
        await subscriber.publish()
        waiting = await subscriber.send_publish()
        assert await codes(client, request_for("DeleteSubscriptions", subscriber.id)) == [Code.Good]
        with pytest.raises(ServiceFaulted) as fault:
            await client.answer(waiting)
        assert fault.value.code == Code.BadNoSubscription


async def test_too_many_publish_requests_push_the_oldest_out(plant: Target) -> None:
    """BadTooManyPublishRequests for the oldest; more than there are subscriptions are taken."""
    async with plant.session() as client:
        subscriber = await quiet(client)
        waiting = [await subscriber.send_publish() for _ in range(15)]
        with pytest.raises(ServiceFaulted) as fault:
            await client.answer(waiting[0])
        assert fault.value.code == Code.BadTooManyPublishRequests


async def test_a_publish_request_times_out_as_it_asks(plant: Target) -> None:
    """TimeoutHint is kept without anything else happening."""
    async with plant.session() as client:
        subscriber = await quiet(client)
        with pytest.raises(ServiceFaulted) as fault:
            await subscriber.publish(timeout_hint=100)
        assert fault.value.code == Code.BadTimeout


async def test_waiting_publish_requests_keep_nothing_that_is_for_nobody(plant: Target) -> None:
    """A header may hold megabytes, and its request wait for an hour."""
    async with plant.session() as client:
        await quiet(client)
        request = ua.PublishRequest()
        request.RequestHeader.AuditEntryId = "long" * 100_000
        request.RequestHeader.AdditionalHeader = _ua.ExtensionObject(node_id(1, 1), b"x" * 5_000_000)
        await client.send(request)
        del request
        await client.call(read_request(plant.id("count")))
        headers = [one for one in gc.get_objects() if isinstance(one, ua.RequestHeader)]
        assert not [one for one in headers if len(one.AuditEntryId or "") > 1_000]
        assert not [one for one in headers if one.AdditionalHeader.Body]


async def test_waiting_publish_requests_are_cancelled_by_their_handle(plant: Target) -> None:
    """Cancel answers them with BadRequestCancelledByClient and counts them."""
    async with plant.session() as client:
        await quiet(client)
        request = ua.PublishRequest()
        request.RequestHeader.RequestHandle = 4711
        number = await client.send(request)
        cancel = ua.CancelRequest()
        cancel.Parameters.RequestHandle = 4711
        assert (await client.call(cancel)).Parameters.CancelCount == 1
        with pytest.raises(ServiceFaulted) as fault:
            await client.answer(number)
        assert fault.value.code == Code.BadRequestCancelledByClient


async def test_disabled_publishing_holds_data_back_and_keeps_alive(plant: Target) -> None:
    """SetPublishingMode: nothing is lost, everything comes when it is enabled again."""
    await plant.write("count", 0, ua.VariantType.Int32)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client, 20.0, RequestedMaxKeepAliveCount=2)
        await subscriber.monitor(plant.id("count"))
        assert await subscriber.numbers(1) == [0]
        mode = request_for("SetPublishingMode", subscriber.id, PublishingEnabled=False)
        assert await codes(client, mode) == [Code.Good]
        await plant.write("count", 1, ua.VariantType.Int32)
        assert not (await subscriber.publish()).NotificationMessage.NotificationData
        await client.call(request_for("SetPublishingMode", subscriber.id, PublishingEnabled=True))
        assert await subscriber.numbers(1) == [1]


@weak_in_asyncua
async def test_a_modified_subscription_publishes_at_its_new_interval(target: Target) -> None:
    """ModifySubscription revises and applies."""
    async with target.session() as client:
        subscriber = await Subscriber.create(client, 30_000.0)
        await subscriber.monitor(target.id("speed"))
        response = await client.call(
            request_for("ModifySubscription", subscriber.id, RequestedPublishingInterval=20.0)
        )
        assert response.Parameters.RevisedPublishingInterval == 20.0
        async with asyncio.timeout(10):
            await subscriber.values(1)


async def test_a_subscription_nobody_asks_for_expires(plant: Target) -> None:
    """Its lifetime over, it is deleted, its owner is told BadTimeout, and its items are given back."""
    async with plant.session() as client:
        quotas = plant.server.iserver.subscription_service.quotas
        before = quotas.items.total()
        subscriber = await Subscriber.create(
            client, 10.0, RequestedLifetimeCount=3, RequestedMaxKeepAliveCount=1
        )
        assert subscriber.result.RevisedLifetimeCount == 3
        await subscriber.monitor(plant.id("speed"))
        subscriptions = plant.server.iserver.subscription_service.subscriptions
        await until(lambda: subscriber.id not in subscriptions)
        assert quotas.items.total() == before
        assert statuses_of(await subscriber.publish()) == [Code.BadTimeout]
        assert await refused(client, ua.PublishRequest()) == Code.BadNoSubscription


async def test_lifetimes_are_at_least_three_keep_alives_and_bounded(plant: Target) -> None:
    """Part 4, 5.14.2.2; and not longer than the limit in time."""
    limits = Limits()
    async with plant.session() as client:
        for wanted in ((0, 0), (1, 100), (0xFFFFFFFF, 0xFFFFFFFF), (5, 1)):
            subscriber = await Subscriber.create(
                client, 1_000.0, RequestedLifetimeCount=wanted[0], RequestedMaxKeepAliveCount=wanted[1]
            )
            result = subscriber.result
            assert result.RevisedLifetimeCount >= 3 * result.RevisedMaxKeepAliveCount > 0
            lifetime = result.RevisedLifetimeCount * result.RevisedPublishingInterval
            assert lifetime <= limits.max_subscription_lifetime_ms


async def test_a_closed_session_may_leave_its_subscription_to_the_next(plant: Target) -> None:
    """CloseSession without deleting, then TransferSubscriptions: what was queued meanwhile is not lost."""
    await plant.write("count", 0, ua.VariantType.Int32)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client, 20.0)
        await subscriber.monitor(plant.id("count"))
        await subscriber.values(1)
        request = ua.CloseSessionRequest()
        request.DeleteSubscriptions = False
        await client.call(request)
    await plant.write("count", 1, ua.VariantType.Int32)
    async with plant.session() as heir:
        transfer = request_for("TransferSubscriptions", subscriber.id)
        result = (await heir.call(transfer)).Parameters.Results[0]
        assert result.StatusCode.is_good()
        assert list(result.AvailableSequenceNumbers) == [1]
        inherited = Subscriber(heir, subscriber.result)
        assert await inherited.numbers(1) == [1]


async def test_a_transfer_tells_the_old_session_and_resends_what_is_asked(plant: Target) -> None:
    """GoodSubscriptionTransferred there; with SendInitialValues the present values here."""
    await plant.write("count", 5, ua.VariantType.Int32)
    async with plant.session() as old, plant.session() as new:
        subscriber = await Subscriber.create(old, 20.0)
        await subscriber.monitor(plant.id("count"))
        await subscriber.values(1)
        transfer = request_for("TransferSubscriptions", subscriber.id, SendInitialValues=True)
        assert (await new.call(transfer)).Parameters.Results[0].StatusCode.is_good()
        assert statuses_of(await subscriber.publish()) == [Code.GoodSubscriptionTransferred]
        assert await Subscriber(new, subscriber.result).numbers(1) == [5]
        assert await codes(old, request_for("DeleteSubscriptions", subscriber.id)) == [ID_INVALID]


class NamedUsers(AnonymousAuthenticator):
    """Lets everybody in under the name that they give."""

    async def authenticate(self, login: Login) -> Identity:
        """The name, without asking for more."""
        if isinstance(login.token, ua.UserNameIdentityToken):
            return Identity(login.token.UserName, frozenset({Role.OPERATOR}), ua.UserTokenType.UserName)
        return await super().authenticate(login)


async def test_a_subscription_is_not_transferred_to_another_user() -> None:
    """Part 4, 5.14.7: the same user, or BadUserAccessDenied; nor does a session change users on the way."""
    async with (
        started("plant", authenticator=NamedUsers()) as plant,
        plant.channel() as ann,
        plant.channel() as bob,
        plant.channel() as other_ann,
    ):
        for client, name in ((ann, "ann"), (bob, "bob"), (other_ann, "ann")):
            await client.create_session()
            await client.activate_session(identity=ua.UserNameIdentityToken(UserName=name, Password=b""))
        subscriber = await Subscriber.create(ann)
        transfer = request_for("TransferSubscriptions", subscriber.id)
        assert await codes(bob, transfer) == [Code.BadUserAccessDenied]
        assert await codes(other_ann, transfer) == [Code.Good]
        thief_session, bob.session = bob.session, ann.session
        with pytest.raises(ServiceFaulted) as fault:
            await bob.activate_session(identity=ua.UserNameIdentityToken(UserName="bob", Password=b""))
        assert fault.value.code == Code.BadIdentityChangeNotSupported
        bob.session = thief_session
        assert await refused(ann, read_request(plant.id("speed"))) == 0


@weak_in_asyncua
async def test_a_triggering_item_takes_the_linked_ones_along(target: Target) -> None:
    """SetTriggering: a sampling item reports when its trigger does, and only then."""
    await target.write("count", 0, ua.VariantType.Int32)
    await target.write("speed", 0.0)
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        trigger = await subscriber.monitor(target.id("speed"))
        linked = await subscriber.monitor(target.id("count"), mode=ua.MonitoringMode.Sampling)
        assert await subscriber.numbers(1) == [0.0]
        request = request_for(
            "SetTriggering",
            subscriber.id,
            TriggeringItemId=trigger.MonitoredItemId,
            LinksToAdd=[linked.MonitoredItemId, 999],
        )
        added = (await client.call(request)).Parameters.AddResults
        assert [code.value for code in added] == [Code.Good, Code.BadMonitoredItemIdInvalid]
        await target.write("count", 1, ua.VariantType.Int32)
        assert await subscriber.nothing_for(0.1)
        await target.write("speed", 1.0)
        assert sorted(await subscriber.numbers(3)) == [0, 1, 1.0]
        request = request_for(
            "SetTriggering",
            subscriber.id,
            TriggeringItemId=trigger.MonitoredItemId,
            LinksToRemove=[linked.MonitoredItemId, linked.MonitoredItemId],
        )
        removed = (await client.call(request)).Parameters.RemoveResults
        assert [code.value for code in removed] == [Code.Good, Code.BadMonitoredItemIdInvalid]


async def test_links_are_bounded_and_given_back() -> None:
    """A thousand links of each of twenty thousand items would take a gigabyte."""
    limits = Limits(max_triggering_links=3, max_triggering_links_per_subscription=5)
    async with started("plant", limits) as plant, plant.session() as client:
        subscriber = await Subscriber.create(client)
        items = [(await subscriber.monitor(plant.id("count"))).MonitoredItemId for _ in range(5)]

        async def link(trigger: int, *linked: int) -> list[int]:
            request = request_for(
                "SetTriggering", subscriber.id, TriggeringItemId=trigger, LinksToAdd=list(linked)
            )
            return [code.value for code in (await client.call(request)).Parameters.AddResults]

        full = Code.BadTooManyMonitoredItems
        assert await link(items[0], *items[:4]) == [0, 0, 0, full]
        assert await link(items[0], *items[:2]) == [0, 0]
        assert await link(items[1], *items[:3]) == [0, 0, full]
        request = ua.DeleteMonitoredItemsRequest()
        request.Parameters.SubscriptionId = subscriber.id
        request.Parameters.MonitoredItemIds = [items[0]]
        await client.call(request)
        assert await link(items[2], *items[1:]) == [0, 0, 0, full]
        assert await link(items[3], *items[1:]) == [0, full, full, full]


async def test_monitoring_modes_queue_drop_and_report(plant: Target) -> None:
    """Sampling queues, Reporting sends what was queued, Disabled forgets."""
    await plant.write("count", 0, ua.VariantType.Int32)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        item = await subscriber.monitor(plant.id("count"))
        assert await subscriber.numbers(1) == [0]

        async def set_mode(mode: ua.MonitoringMode) -> None:
            request = request_for(
                "SetMonitoringMode",
                subscriber.id,
                MonitoringMode=mode,
                MonitoredItemIds=[item.MonitoredItemId],
            )
            assert await codes(client, request) == [Code.Good]

        await set_mode(ua.MonitoringMode.Sampling)
        await plant.write("count", 1, ua.VariantType.Int32)
        assert await subscriber.nothing_for(0.1)
        await set_mode(ua.MonitoringMode.Reporting)
        assert await subscriber.numbers(1) == [1]
        await set_mode(ua.MonitoringMode.Disabled)
        await plant.write("count", 2, ua.VariantType.Int32)
        assert await subscriber.nothing_for(0.1)
        await set_mode(ua.MonitoringMode.Reporting)
        assert await subscriber.numbers(1) == [2]


@weak_in_asyncua
async def test_a_client_may_ask_for_its_items_and_their_values(target: Target) -> None:
    """GetMonitoredItems and ResendData, for one's own subscription only."""
    server = node_id(ObjectIds.Server)
    get = node_id(ObjectIds.Server_GetMonitoredItems)
    resend = node_id(ObjectIds.Server_ResendData)
    await target.write("speed", 8.0)
    async with target.session() as client, target.session() as stranger:
        subscriber = await Subscriber.create(client)
        item = await subscriber.monitor(target.id("speed"))
        assert await subscriber.numbers(1) == [8.0]
        own = ua.Variant(subscriber.id, ua.VariantType.UInt32)
        result = await call(client, server, get, own)
        assert [argument.Value for argument in result.OutputArguments] == [[item.MonitoredItemId], [1]]
        assert (await call(client, server, resend, own)).StatusCode.is_good()
        assert await subscriber.numbers(1) == [8.0]
        assert (await call(stranger, server, get, own)).StatusCode.value == Code.BadUserAccessDenied
        unknown = ua.Variant(999_999, ua.VariantType.UInt32)
        assert (await call(client, server, get, unknown)).StatusCode.value == ID_INVALID


async def test_subscriptions_and_items_are_capped_and_given_back() -> None:
    """Per session, per owner and in sum; after CloseSession every counter is back at zero."""
    limits = Limits(
        max_subscriptions_per_session=2,
        max_subscriptions_per_owner=3,
        max_monitored_items_per_subscription=5,
        max_monitored_items_per_owner=8,
    )
    async with started("plant", limits) as plant:
        quotas = plant.server.iserver.subscription_service.quotas
        async with plant.session() as one, plant.session() as two:
            first, second = await Subscriber.create(one), await Subscriber.create(one)
            with pytest.raises(ServiceFaulted) as fault:
                await Subscriber.create(one)
            assert fault.value.code == Code.BadTooManySubscriptions
            await Subscriber.create(two)
            with pytest.raises(ServiceFaulted):
                await Subscriber.create(two)
            results = await first.create_items(*[first.item(plant.id("speed")) for _ in range(6)])
            assert [result.StatusCode.value for result in results] == [0] * 5 + [
                Code.BadTooManyMonitoredItems
            ]
            results = await second.create_items(*[second.item(plant.id("speed")) for _ in range(4)])
            assert [result.StatusCode.value for result in results] == [0] * 3 + [
                Code.BadTooManyMonitoredItems
            ]
            for client in (one, two):
                await client.call(ua.CloseSessionRequest())
        owners = {owner for owner in quotas.subscriptions if owner not in quotas.unlimited}
        assert not owners
        assert not quotas.items.total()
        assert not quotas.queue_places.total()
        held = plant.server.iserver.aspace[plant.id("speed")].attributes[AttributeIds.Value]
        assert not held.datachange_callbacks


async def test_the_servers_own_code_subscribes_as_before(plant: Target) -> None:
    """A Subscription in the server's process works: values in order, none after delete."""
    seen: asyncio.Queue[Any] = asyncio.Queue(100)

    class Handler:
        async def datachange_notification(self, _node: Any, value: Any, _data: Any) -> None:
            await seen.put(value)

    await plant.write("count", 0, ua.VariantType.Int32)
    subscription: Any = await plant.server.create_subscription(10, Handler())
    handle = await subscription.subscribe_data_change(
        plant.nodes["count"], queuesize=100, sampling_interval=50.0
    )
    async with asyncio.timeout(30):
        assert await seen.get() == 0
        for number in range(1, 6):
            await plant.write("count", number, ua.VariantType.Int32)
        assert [await seen.get() for _ in range(5)] == [1, 2, 3, 4, 5]
    await subscription.unsubscribe(handle)
    await subscription.delete()
    assert seen.empty()


async def test_a_message_too_large_for_its_client_is_sent_in_smaller_ones(plant: Target) -> None:
    """By its MaxResponseMessageSize; nothing is lost, and sequence numbers have no gap."""
    await plant.write("count", 0, ua.VariantType.Int32)
    async with plant.session() as client:
        subscriber = await Subscriber.create(client, 100.0)
        await subscriber.monitor(plant.id("count"), queue=1_000)
        await subscriber.values(1)
        for session in plant.server.iserver.sessions:
            session.max_response_size = 2_000
        for number in range(1, 401):
            await plant.write("count", number, ua.VariantType.Int32)
        seen: list[int] = []
        sequence: list[int] = []
        faults = 0
        async with asyncio.timeout(30):
            while len(seen) < 400:
                try:
                    message = await subscriber.publish()
                except ServiceFaulted as fault:
                    faults += fault.code == Code.BadResponseTooLarge
                    continue
                seen += [change.Value.Value.Value for change in changes_of(message)]
                sequence.append(message.NotificationMessage.SequenceNumber)
        assert seen == list(range(1, 401))
        assert sequence == list(range(sequence[0], sequence[0] + len(sequence)))
        assert 0 < faults < 20


async def test_long_values_are_told_in_messages_of_bounded_size() -> None:
    """A thousand values of a third of a megabyte in one message would stop the server for seconds."""
    async with started("plant") as plant, plant.session() as client:
        subscriber = await Subscriber.create(client, 20.0)
        for _ in range(4):
            await subscriber.monitor(node_id(ObjectIds.OpcUa_XmlSchema))
        for number in range(3):
            await plant.nodes["blob"].write_value(ua.Variant(bytes([number]) * 200_000))
            if not number:
                await subscriber.monitor(plant.id("blob"))
        told = [await subscriber.publish() for _ in range(7)]
        assert [one.MoreNotifications for one in told] == [True] * 6 + [False]
        assert [len(changes_of(one)) for one in told] == [1] * 7
        values = [change.Value.Value.Value for one in told[4:] for change in changes_of(one)]
        assert [value[:1] for value in values] == [b"\0", b"\1", b"\2"]


async def test_a_value_too_large_for_its_client_is_told_as_bad(plant: Target) -> None:
    """What fits into no message at all is BadEncodingLimitsExceeded, never silence."""
    node = await plant.nodes["other"].add_variable(plant.index, "huge", [0.0] * 1_000)
    async with plant.session() as client:
        for session in plant.server.iserver.sessions:
            session.max_response_size = 2_000
        subscriber = await Subscriber.create(client)
        await subscriber.create_items(subscriber.item(node.nodeid), subscriber.item(plant.id("constant")))
        codes_by_handle: dict[int, int] = {}
        async with asyncio.timeout(30):
            while len(codes_by_handle) < 2:
                with suppress(ServiceFaulted):
                    for change in changes_of(await subscriber.publish()):
                        codes_by_handle[change.ClientHandle] = change.Value.StatusCode.value
        assert codes_by_handle == {1: Code.BadEncodingLimitsExceeded, 2: Code.Good}
