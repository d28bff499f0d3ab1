"""All subscriptions of the server: whose they are, and what they may hold.

Source: OPC UA Part 4, 5.14 (Subscription Service Set).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Protocol

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access.rules import RoleAccess
from opcua_ml.opcua.trust.ground.errors import bad, good
from opcua_ml.opcua.trust.ground.tasks import OwnedTasks
from opcua_ml.opcua.trust.subscriptions.callback_lane import CallbackLane
from opcua_ml.opcua.trust.subscriptions.data_item import DataItem
from opcua_ml.opcua.trust.subscriptions.ended_items import EndedItems
from opcua_ml.opcua.trust.subscriptions.event_service import EventService
from opcua_ml.opcua.trust.subscriptions.lane import PublishLane
from opcua_ml.opcua.trust.subscriptions.quotas import Owner, Quotas
from opcua_ml.opcua.trust.subscriptions.sampling import SamplingSchedule
from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription
from opcua_ml.opcua.trust.subscriptions.value_encoder import ValueEncoder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.ground.turns import Turns
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes
    from opcua_ml.opcua.trust.subscriptions.lane import Lane
    from opcua_ml.opcua.trust.subscriptions.owner import SubscriptionOwner

_CYCLES_PER_SECOND: Final = 1_000
"""Publishing cycles that one owner gets in sum, as far as intervals are still to be granted."""


class SubscribedServer(Protocol):
    """The server as its subscriptions need it."""

    limits: Limits
    turns: Turns
    rules: AccessRules
    types: ValueTypes
    attribute_service: PlantAttributeService


class PlantSubscriptionService(EventService):
    """One per server.

    Args:
        aspace: the nodes.
        iserver: the server.
    """

    subscriptions: dict[int, PlantSubscription]  # type: ignore[assignment]

    def __init__(self, aspace: PlantAddressSpace, iserver: SubscribedServer) -> None:
        super().__init__(aspace, iserver.types, iserver)
        self.limits = iserver.limits
        self.turns = iserver.turns
        self.rules = iserver.rules
        self.attributes = iserver.attribute_service
        self.schedule = SamplingSchedule()
        self.quotas = Quotas(iserver.limits)
        self.encoder = ValueEncoder(aspace)
        self.rights_are_told = isinstance(iserver.rules, RoleAccess)
        self.cumulated = 0
        self._tasks = OwnedTasks("opc ua subscription")
        self._ended_items = EndedItems(self._tasks)
        aspace.rights_watcher = self.rights_changed

    # Sessions

    def owned_by(self, session: SubscriptionOwner[PlantSubscription]) -> list[PlantSubscription]:
        """The session's subscriptions."""
        return list(session.subscriptions)

    def own(self, session: SubscriptionOwner[PlantSubscription], subscription_id: int) -> PlantSubscription:
        """The session's subscription of this id; calling for it keeps it alive.

        Raises:
            ServiceError: BadSubscriptionIdInvalid, also if it is somebody else's.
        """
        subscription = self.subscriptions.get(subscription_id)
        if subscription is None or subscription.session is not session:
            raise ServiceError(StatusCodes.BadSubscriptionIdInvalid)
        subscription.alive()
        return subscription

    async def look_again(self, session: SubscriptionOwner[PlantSubscription]) -> None:
        """The session has another user, other Roles or languages: its items look before anything is sent."""
        looking = list(session.subscriptions)
        for subscription in looking:
            subscription.held += 1
        try:
            for subscription in looking:
                await subscription.look_again(self._pause_for(session))
        finally:
            for subscription in looking:
                subscription.held -= 1

    async def resend(self, subscription: PlantSubscription) -> None:
        """Report the present values of the subscription's data items again."""
        if subscription.session is not None:
            await subscription.resend(self._pause_for(subscription.session))

    def _pause_for(self, session: SubscriptionOwner[PlantSubscription]) -> Callable[[], Awaitable[None]]:
        return lambda: self.turns.pause(session.flow)

    def rights_changed(self, node_id: ua.NodeId | None) -> None:
        """More or less of a node may be read: the items concerned look at once, not with the next change.

        Args:
            node_id: the node; None for all nodes.
        """
        for subscription in tuple(self.subscriptions.values()):
            for item in subscription.monitored_item_srv.items:
                if isinstance(item, DataItem) and node_id in {None, item.node_id}:
                    item.rights_changed()

    def session_ended(
        self, session: SubscriptionOwner[PlantSubscription], *, delete_subscriptions: bool
    ) -> None:
        """Delete the session's subscriptions, or leave them to be transferred until their lifetime ends."""
        owned = self.owned_by(session)
        for subscription in owned:
            if delete_subscriptions:
                self._end(subscription)
            else:
                subscription.move(None, PublishLane())
                if not subscription.caller.sees_like(session.caller):
                    subscription.forget_rights()

    # Services

    def create(
        self,
        session: SubscriptionOwner[PlantSubscription],
        lane: Lane,
        params: ua.CreateSubscriptionParameters,
    ) -> ua.CreateSubscriptionResult:
        """Part 4, 5.14.2.

        Raises:
            ServiceError: BadTooManySubscriptions.
        """
        if session.external and len(session.subscriptions) >= self.limits.max_subscriptions_per_session:
            raise ServiceError(StatusCodes.BadTooManySubscriptions)
        self.quotas.take_subscription(session.caller.owner)
        self._sub_id_counter += 1
        data = self._revised(self._sub_id_counter, session.caller.owner, params)
        subscription = PlantSubscription(self, session, lane, data, params)
        self.subscriptions[data.SubscriptionId] = subscription
        self.cumulated += 1
        subscription.begin()
        return data

    def callback_lane(self, callback: Callable[..., Any]) -> CallbackLane:
        """A lane to the server's own code."""
        return CallbackLane(callback, self._tasks)

    def modify(
        self, session: SubscriptionOwner[PlantSubscription], params: ua.ModifySubscriptionParameters
    ) -> ua.ModifySubscriptionResult:
        """Part 4, 5.14.3."""
        subscription = self.own(session, params.SubscriptionId)
        data = self._revised(params.SubscriptionId, subscription.owner, params)
        subscription.revise(data, params)
        return ua.ModifySubscriptionResult(
            RevisedPublishingInterval=data.RevisedPublishingInterval,
            RevisedLifetimeCount=data.RevisedLifetimeCount,
            RevisedMaxKeepAliveCount=data.RevisedMaxKeepAliveCount,
        )

    def delete(self, session: SubscriptionOwner[PlantSubscription], subscription_id: int) -> ua.StatusCode:
        """Part 4, 5.14.8."""
        try:
            self._end(self.own(session, subscription_id))
        except ServiceError as refusal:
            return bad(refusal.code)
        return good()

    def acknowledge(
        self, session: SubscriptionOwner[PlantSubscription], wanted: ua.SubscriptionAcknowledgement
    ) -> ua.StatusCode:
        """One acknowledgement of a Publish request."""
        try:
            return self.own(session, wanted.SubscriptionId).acknowledge(wanted.SequenceNumber)
        except ServiceError as refusal:
            return bad(refusal.code)

    async def transfer(
        self, session: SubscriptionOwner[PlantSubscription], subscription_id: int, *, send_initial: bool
    ) -> ua.TransferResult:
        """Take over a subscription of the same user (Part 4, 5.14.7)."""
        subscription = self.subscriptions.get(subscription_id)
        if subscription is None or (subscription.session is not None and not subscription.session.external):
            return ua.TransferResult(StatusCode=bad(StatusCodes.BadSubscriptionIdInvalid))
        subscription.counts["TransferRequest"] += 1
        if not subscription.creator.may_pass_to(session.caller):
            return ua.TransferResult(StatusCode=bad(StatusCodes.BadUserAccessDenied))
        if subscription.session is session:
            return ua.TransferResult(AvailableSequenceNumbers=subscription.available)
        if len(session.subscriptions) >= self.limits.max_subscriptions_per_session:
            return ua.TransferResult(StatusCode=bad(StatusCodes.BadTooManySubscriptions))
        same = subscription.creator.application_uri == session.caller.application_uri
        subscription.counts["TransferredToSameClient" if same else "TransferredToAltClient"] += 1
        before, reader = subscription.session, subscription.caller
        available = subscription.available
        if before is not None:
            farewell = subscription.status_message(StatusCodes.GoodSubscriptionTransferred)
            subscription.move(session, session.lane)
            before.lane.farewell(farewell)
        else:
            subscription.move(session, session.lane)
        if not reader.sees_like(session.caller):
            await subscription.look_again(self._pause_for(session))
        if send_initial:
            await subscription.resend(self._pause_for(session))
        return ua.TransferResult(AvailableSequenceNumbers=available)

    def expire(self, subscription: PlantSubscription) -> None:
        """The lifetime is over: say so to the session, if there is one, and delete."""
        farewell = subscription.status_message(StatusCodes.BadTimeout)
        lane, session = subscription.lane, subscription.session
        self._end(subscription)
        if session is not None:
            lane.farewell(farewell)

    async def stop(self) -> None:
        """End every subscription and wait for callbacks that are still running."""
        for subscription in tuple(self.subscriptions.values()):
            self._end(subscription)
        self.schedule.stop()
        await self._tasks.close(self.limits.call_deadline_s)

    # Parts

    def _end(self, subscription: PlantSubscription) -> None:
        if self.subscriptions.pop(subscription.data.SubscriptionId, None) is not None:
            subscription.end()
            self._ended_items.add(subscription.monitored_item_srv)
            self.quotas.give_back_subscription(subscription.owner)

    def _revised(
        self,
        subscription_id: int,
        owner: Owner,
        params: ua.CreateSubscriptionParameters | ua.ModifySubscriptionParameters,
    ) -> ua.CreateSubscriptionResult:
        """Intervals and counts within the limits; three keep-alives at least (Part 4, 5.14.2.2).

        Who has many subscriptions gets longer intervals: even cycles in which nothing is sent take time.
        """
        limits = self.limits
        interval = params.RequestedPublishingInterval
        if not math.isfinite(interval):
            interval = limits.max_publishing_interval_ms if interval > 0 else 0.0
        shortest = limits.min_publishing_interval_ms
        if owner not in self.quotas.unlimited:
            shortest = max(shortest, 1000 * self.quotas.subscriptions[owner] / _CYCLES_PER_SECOND)
        interval = min(max(interval, shortest), limits.max_publishing_interval_ms)
        longest = max(3, int(limits.max_subscription_lifetime_ms / interval))
        keep_alive = params.RequestedMaxKeepAliveCount or limits.max_keep_alive_count
        keep_alive = max(1, min(keep_alive, limits.max_keep_alive_count, longest // 3))
        lifetime = min(max(params.RequestedLifetimeCount, 3 * keep_alive), longest)
        return ua.CreateSubscriptionResult(
            SubscriptionId=subscription_id,
            RevisedPublishingInterval=interval,
            RevisedLifetimeCount=lifetime,
            RevisedMaxKeepAliveCount=keep_alive,
        )
