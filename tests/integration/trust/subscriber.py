"""A client that subscribes on a raw connection and keeps Publish requests waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

if TYPE_CHECKING:
    from tests.adversary.wire import RawClient


@dataclass
class Subscriber:
    """One subscription.

    Attributes:
        messages: every notification message received, in order.
    """

    client: RawClient
    result: ua.CreateSubscriptionResult
    messages: list[ua.PublishResult] = field(default_factory=list)
    _unread: list[Any] = field(default_factory=list)
    _handle: int = 0
    _waiting: int | None = None

    @classmethod
    async def create(cls, client: RawClient, interval: float = 20.0, **options: Any) -> Subscriber:
        """Create a subscription; `options` are fields of its parameters."""
        request = ua.CreateSubscriptionRequest()
        parameters = request.Parameters
        parameters.RequestedPublishingInterval = interval
        parameters.RequestedLifetimeCount = 10_000
        parameters.RequestedMaxKeepAliveCount = 1_000
        parameters.PublishingEnabled = True
        for name, value in options.items():
            setattr(parameters, name, value)
        return cls(client, (await client.call(request)).Parameters)

    @property
    def id(self) -> int:
        """The SubscriptionId."""
        return int(self.result.SubscriptionId)

    def item(
        self,
        node: ua.NodeId,
        attribute: int = AttributeIds.Value,
        *,
        sampling: float = 0.0,
        queue: int = 100,
        discard_oldest: bool = True,
        mode: int = ua.MonitoringMode.Reporting,
        wanted_filter: Any = None,
        index_range: str | None = None,
    ) -> ua.MonitoredItemCreateRequest:
        """A request for one item; client handles count from 1."""
        self._handle += 1
        request = ua.MonitoredItemCreateRequest()
        request.ItemToMonitor = ua.ReadValueId(NodeId=node, AttributeId=attribute, IndexRange=index_range)
        request.MonitoringMode = ua.MonitoringMode(mode)
        request.RequestedParameters = ua.MonitoringParameters(
            ClientHandle=self._handle,
            SamplingInterval=sampling,
            Filter=wanted_filter,
            QueueSize=queue,
            DiscardOldest=discard_oldest,
        )
        return request

    async def create_items(self, *items: ua.MonitoredItemCreateRequest, timestamps: int = 2) -> list[Any]:
        """Create items; their results."""
        request = ua.CreateMonitoredItemsRequest()
        request.Parameters.SubscriptionId = self.id
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn(timestamps)
        request.Parameters.ItemsToCreate = list(items)
        return list((await self.client.call(request)).Results)

    async def monitor(self, node: ua.NodeId, *arguments: Any, **options: Any) -> Any:
        """Create one item."""
        (result,) = await self.create_items(self.item(node, *arguments, **options))
        result.StatusCode.check()
        return result

    async def delete(self) -> int:
        """Delete the subscription; its StatusCode."""
        request = ua.DeleteSubscriptionsRequest()
        request.Parameters.SubscriptionIds = [self.id]
        return int((await self.client.call(request)).Results[0].value)

    async def publish(self, *acknowledged: int, timeout_hint: int = 0) -> Any:
        """Send one Publish request and wait for its response."""
        number, self._waiting = self._waiting, None
        if number is None or acknowledged or timeout_hint:
            number = await self.send_publish(*acknowledged, timeout_hint=timeout_hint)
        result = await self.client.answer(number)
        self.messages.append(result.Parameters)
        return result.Parameters

    async def send_publish(self, *acknowledged: int, timeout_hint: int = 0) -> int:
        """Send one Publish request; its request id."""
        request = ua.PublishRequest()
        request.Parameters.SubscriptionAcknowledgements = [
            ua.SubscriptionAcknowledgement(self.id, number) for number in acknowledged
        ]
        return await self.client.send(request, timeout_hint=timeout_hint)

    async def notifications(self, count: int) -> list[ua.MonitoredItemNotification]:
        """The next `count` data changes; more than that stay for the next call."""
        async with asyncio.timeout(30):
            while len(self._unread) < count:
                self._unread += changes_of(await self.publish())
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    async def values(self, count: int) -> list[Any]:
        """The next `count` values, of whatever item."""
        return [notification.Value for notification in await self.notifications(count)]

    async def numbers(self, count: int) -> list[Any]:
        """The next `count` values without status and time."""
        return [value.Value.Value for value in await self.values(count)]

    async def nothing_for(self, seconds: float) -> bool:
        """Whether no data change comes within this time."""
        if self._unread:
            return False
        number = self._waiting or await self.send_publish()
        self._waiting = number
        try:
            async with asyncio.timeout(seconds):
                result = (await self.client.answer(number)).Parameters
        except TimeoutError:
            return True
        self._waiting = None
        self._unread += changes_of(result)
        return not self._unread


def changes_of(result: ua.PublishResult) -> list[ua.MonitoredItemNotification]:
    """The data changes of one message."""
    found: list[ua.MonitoredItemNotification] = []
    for notification in result.NotificationMessage.NotificationData or []:
        if isinstance(notification, ua.DataChangeNotification):
            found += notification.MonitoredItems
    return found


def statuses_of(result: ua.PublishResult) -> list[int]:
    """The status changes of one message."""
    return [
        notification.Status.value
        for notification in result.NotificationMessage.NotificationData or []
        if isinstance(notification, ua.StatusChangeNotification)
    ]


def event_lists_of(result: ua.PublishResult) -> list[ua.EventFieldList]:
    """The events of one message."""
    return [
        event
        for notification in result.NotificationMessage.NotificationData or []
        if isinstance(notification, ua.EventNotificationList)
        for event in notification.Events
    ]


def events_of(result: ua.PublishResult) -> list[list[Any]]:
    """The field values of one message's events."""
    return [[variant.Value for variant in event.EventFields] for event in event_lists_of(result)]
