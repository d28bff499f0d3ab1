"""One subscription: its publishing cycle, its messages and those kept for Republish.

Source: OPC UA Part 4, 5.14.1 (Subscription model and its state table), 5.14.5 (Publish), 5.14.6 (Republish).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from asyncua import ua
from asyncua.server.internal_subscription import InternalSubscription
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad, good
from opcua_ml.opcua.trust.ground.flow import Flow
from opcua_ml.opcua.trust.subscriptions.data_item import DataItem
from opcua_ml.opcua.trust.subscriptions.item_owner import ItemServer
from opcua_ml.opcua.trust.subscriptions.message import Message, Publication
from opcua_ml.opcua.trust.subscriptions.monitored_items import PlantMonitoredItemService
from opcua_ml.opcua.trust.subscriptions.ready_items import ReadyItems
from opcua_ml.opcua.trust.subscriptions.sent_messages import SentMessages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.ground.turn import Turn
    from opcua_ml.opcua.trust.ground.turns import Turns
    from opcua_ml.opcua.trust.subscriptions.item import Item
    from opcua_ml.opcua.trust.subscriptions.lane import Lane
    from opcua_ml.opcua.trust.subscriptions.message import Notification
    from opcua_ml.opcua.trust.subscriptions.owner import SubscriptionOwner

_LIKE_ONE: Final = 256
"""Bytes of long values that count like one notification where messages are kept."""
_WITHOUT_A_PAUSE: Final = 50
"""Items that are looked at in one step."""


class SubscriptionServer(ItemServer, Protocol):
    """The server's subscriptions, as one of them sees them."""

    turns: Turns

    def expire(self, subscription: PlantSubscription) -> None:
        """The subscription's lifetime is over."""
        ...


class PlantSubscription(InternalSubscription):
    """Collects notifications of its items and sends them once per publishing interval.

    Args:
        service: who owns it.
        session: whose it is.
        lane: where messages go.
        data: the revised parameters, and the id.
        params: the parameters that are not revised.
    """

    monitored_item_srv: PlantMonitoredItemService

    def __init__(
        self,
        service: SubscriptionServer,
        session: SubscriptionOwner[PlantSubscription],
        lane: Lane,
        data: ua.CreateSubscriptionResult,
        params: ua.CreateSubscriptionParameters,
    ) -> None:
        # The base's own start is left out: it makes a service of its own for the items, and a logger with it.
        self.data = data
        self.session_id = self.created_in = session.session_id
        self.service = service
        self.session: SubscriptionOwner[PlantSubscription] | None = session
        self.owner = session.caller.owner
        self.creator = session.caller
        self.lane = lane
        self.priority = int(params.Priority)
        self.max_notifications = int(params.MaxNotificationsPerPublish)
        self.publishing_enabled = bool(params.PublishingEnabled)
        self._ready = ReadyItems()
        self.monitored_item_srv = PlantMonitoredItemService(self, service, self._ready)
        self.closed = False
        self.held = 0
        self.is_external = session.external
        self.sent_changes = self.sent_events = self.sent_messages = self.republished = 0
        self.counts: Counter[str] = Counter()
        limits = service.limits
        kept = limits.max_retransmission_messages if session.external else 0
        self._sent = SentMessages(kept, limits.max_retransmission_notifications)
        self._fitting = self._most_per_message
        self._next_turn: Turn | None = None
        self._first_message_due = True
        self._waiting = False
        self._keep_alive_left = int(data.RevisedMaxKeepAliveCount)
        self._life_left = int(data.RevisedLifetimeCount)
        self._next_cycle = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # What the service calls

    def begin(self) -> None:
        """Start the publishing cycle."""
        if self.session is not None:
            self.session.subscriptions[self] = None
        self._next_cycle = asyncio.get_running_loop().time()
        self._arm()

    def end(self) -> None:
        """Stop the cycle; nothing more is sent, and the items can be deleted."""
        self.closed = True
        if self.session is not None:
            self.session.subscriptions.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._next_turn is not None:
            self._next_turn.cancel()
            self._next_turn = None
        self.lane.forget(self)
        self._ready.clear()

    def move(self, session: SubscriptionOwner[PlantSubscription] | None, lane: Lane) -> None:
        """Belong to another session, or to none."""
        self.lane.forget(self)
        if self.session is not None:
            self.session.subscriptions.pop(self, None)
        self.lane = lane
        self.session = session
        self._waiting = False
        if session is not None:
            session.subscriptions[self] = None
            self.session_id = session.session_id
            self.creator = session.caller
        self.alive()

    def alive(self) -> None:
        """The client has called a service for this subscription: its lifetime starts anew."""
        self._life_left = self.data.RevisedLifetimeCount

    def revise(self, data: ua.CreateSubscriptionResult, params: ua.ModifySubscriptionParameters) -> None:
        """Take over modified parameters (Part 4, 5.14.3)."""
        self.counts["Modify"] += 1
        self.data = data
        self.priority = int(params.Priority)
        self.max_notifications = int(params.MaxNotificationsPerPublish)
        self._fitting = self._most_per_message
        self._keep_alive_left = min(self._keep_alive_left, data.RevisedMaxKeepAliveCount)
        self.alive()
        if self._timer is not None:
            self._timer.cancel()
        self._next_cycle = asyncio.get_running_loop().time()
        self._arm()

    def enable_publishing(self, *, enabled: bool) -> None:
        """Part 4, 5.14.4; what is queued goes out with the next cycle."""
        self.publishing_enabled = enabled
        self.counts["Enable" if enabled else "Disable"] += 1
        self.alive()

    def acknowledge(self, sequence_number: int) -> ua.StatusCode:
        """Forget a message that has arrived."""
        known = self._sent.acknowledge(sequence_number)
        return good() if known else bad(StatusCodes.BadSequenceNumberUnknown)

    def kept_message(self, sequence_number: int) -> Message | None:
        """A message that is not acknowledged yet; it stays kept."""
        self.counts["RepublishRequest"] += 1
        message = self._sent.get(sequence_number)
        self.republished += message is not None
        return message

    def forget_sent(self) -> None:
        """The client has another user, who gets nothing again that was sent to the one before."""
        self._sent.clear()

    @property
    def caller(self) -> Caller:
        """Who reads through it; while it has no session, the one who left it."""
        return self.session.caller if self.session is not None else self.creator

    @property
    def available(self) -> list[int]:
        """Sequence numbers of the kept messages."""
        return self._sent.available

    @property
    def next_sequence_number(self) -> int:
        """Of the next message with notifications."""
        return self._sent.next_number

    @property
    def discarded(self) -> int:
        """Messages given up before the client has acknowledged them."""
        return self._sent.discarded

    @property
    def keep_alive_count(self) -> int:
        """Publishing cycles since the last message."""
        return int(self.data.RevisedMaxKeepAliveCount) - self._keep_alive_left

    @property
    def lifetime_count(self) -> int:
        """Publishing cycles since the client was heard of."""
        return int(self.data.RevisedLifetimeCount) - self._life_left

    @property
    def late(self) -> bool:
        """Whether a message waits for a Publish request."""
        return self._waiting

    def status_message(self, code: int) -> Publication:
        """The last that is heard of the subscription in its session; it is not kept."""
        return Publication(self.data.SubscriptionId, self._sent.last_word(code))

    async def resend(self, pause: Callable[[], Awaitable[None]]) -> None:
        """Report the present values of all data items again, with pauses in between."""
        for number, item in enumerate(self.monitored_item_srv.items):
            if number % _WITHOUT_A_PAUSE == _WITHOUT_A_PAUSE - 1:
                await pause()
            if self.closed:
                return
            if isinstance(item, DataItem):
                item.resend()

    def forget_rights(self) -> None:
        """Somebody else reads through it: each data item asks with its next change what it may read."""
        for item in self.monitored_item_srv.items:
            if isinstance(item, DataItem):
                item.forget_rights()

    async def look_again(self, pause: Callable[[], Awaitable[None]]) -> None:
        """See which data items the client may still read; meanwhile nothing is sent."""
        self.held += 1
        try:
            for number, item in enumerate(self.monitored_item_srv.items):
                if number % _WITHOUT_A_PAUSE == _WITHOUT_A_PAUSE - 1:
                    await pause()
                if isinstance(item, DataItem) and not self.closed:
                    item.rights_changed()
        finally:
            self.held -= 1

    def catch_up(self) -> None:
        """Sample what waits for its interval, and begin to send before the publishing interval is over."""
        for item in self.monitored_item_srv.items:
            if isinstance(item, DataItem):
                item.catch_up()
        if self.sending and not self._waiting and self._next_turn is None:
            self._send()

    @property
    def sending(self) -> bool:
        """Whether there is something to send, and a Publish request to send it by."""
        return not self.closed and self._has_notifications() and self.lane.open()

    # What the items call

    def withdraw(self, item: Item) -> None:
        """The item has nothing to report any more."""
        self._ready.remove(item)

    # The publishing cycle

    def lane_opened(self) -> None:
        """A Publish request has come while this subscription was late."""
        self._waiting = False
        if not self.closed:
            self._send()

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        interval = self.data.RevisedPublishingInterval / 1000
        # Cycles keep their rhythm; those missed while the loop was busy are left out.
        behind = loop.time() - self._next_cycle
        self._next_cycle += interval * (1 + max(0, int(behind / interval)))
        self._timer = loop.call_at(self._next_cycle, self._cycle)

    def _cycle(self) -> None:
        self._arm()
        if self.lane.open():
            self.alive()
        else:
            self._life_left -= 1
            if self._life_left <= 0:
                self.service.expire(self)
                return
        due = self._first_message_due or self._has_notifications()
        if not due:
            self._keep_alive_left -= 1
            due = self._keep_alive_left <= 0
        if due and not self._waiting and self._next_turn is None:
            self._send_in_turn()

    def _send_in_turn(self) -> None:
        """Send now, or when the client's turn has come; the server's own code does not wait for its turn."""
        if self.session is None or not self.session.external:
            self._send()
            return
        turn = self.service.turns.run(self.session.flow, self._send)
        if turn is not None:
            self._next_turn = turn

    def _has_notifications(self) -> bool:
        self.monitored_item_srv.settle()
        return self.publishing_enabled and not self.held and bool(self._ready)

    def _send(self) -> None:
        """Send one message or keep-alive; what has no Publish request waits, the rest has its turn."""
        self._next_turn = None
        if not self.lane.open():
            self._waiting = True
            self.counts["LatePublishRequest"] += 1
            self.lane.late(self)
            return
        if not self._has_notifications():
            self._send_message(self._sent.keep_alive(), more=False)
            return
        taken, count = self._ready.take(self._fitting)
        more = self._has_notifications()
        message = self._sent.numbered(taken)
        self._sent.keep(message, max(count, self._ready.taken_bytes // _LIKE_ONE))
        if self._send_message(message, more=more):
            self._fitting = min(self._fitting + self._fitting // 8 + 1, self._most_per_message)
            self._count(taken, count)
        else:
            self._sent.take_back(message)
            self._fitting = max(1, count // 2)
            self._ready.give_back(taken)
            more = True
        if more:
            self._next_turn = self._later()

    def _later(self) -> Turn:
        flow = self.session.flow if self.session is not None else Flow()
        return self.service.turns.later(flow, self._send)

    def _send_message(self, message: Message, *, more: bool) -> bool:
        self._first_message_due = False
        self.counts["PublishRequest"] += 1
        self._keep_alive_left = self.data.RevisedMaxKeepAliveCount
        return self.lane.send(Publication(self.data.SubscriptionId, message, self.available, more))

    def _count(self, sent: list[Notification], count: int) -> None:
        events = sum(isinstance(one, ua.EventFieldList) for one in sent)
        self.sent_changes += count - events
        self.sent_events += events
        self.sent_messages += 1

    @property
    def _most_per_message(self) -> int:
        cap = self.service.limits.max_notifications_per_publish
        return min(self.max_notifications, cap) if self.max_notifications else cap
