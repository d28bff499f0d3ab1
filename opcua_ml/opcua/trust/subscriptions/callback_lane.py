"""The way of notifications to the server's own code: a callback, one message at a time.

Source: none; asyncua's in-process subscriptions work so.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.opcua.trust.ground.tasks import OwnedTasks
    from opcua_ml.opcua.trust.subscriptions.lane import Sender
    from opcua_ml.opcua.trust.subscriptions.message import Publication

_MAX_WAITING = 2
_ua: Any = ua


class CallbackLane:
    """Awaits the callback for each message; while it runs, notifications wait in their items' queues.

    Args:
        callback: a coroutine function that takes a PublishResult.
        tasks: who owns the running callback.
    """

    wire = False

    def __init__(self, callback: Callable[..., Any], tasks: OwnedTasks) -> None:
        self._callback = callback
        self._tasks = tasks
        self._waiting: deque[ua.PublishResult] = deque()
        self._late: Sender | None = None
        self._running = False

    def open(self) -> bool:
        """Whether the callback is through with the messages before."""
        return len(self._waiting) < _MAX_WAITING

    def send(self, publication: Publication) -> bool:
        """Hand one over; any size is taken."""
        self._waiting.append(
            _ua.PublishResult(
                SubscriptionId=publication.subscription_id,
                AvailableSequenceNumbers=list(publication.available),
                MoreNotifications=publication.more,
                NotificationMessage=publication.message.as_object(),
            )
        )
        if not self._running:
            self._running = True
            self._tasks.start(self._deliver(), name="notification callback")
        return True

    def late(self, subscription: Sender) -> None:
        """Remember to ask the subscription again."""
        self._late = subscription

    def forget(self, subscription: Sender) -> None:
        """The subscription is gone; what waits is dropped."""
        if self._late is subscription:
            self._late = None
        self._waiting.clear()

    def farewell(self, publication: Publication) -> None:
        """Hand over the last message."""
        self.send(publication)

    async def _deliver(self) -> None:
        try:
            while self._waiting:
                await self._callback(self._waiting.popleft())
                if self._late is not None and self.open():
                    late, self._late = self._late, None
                    late.lane_opened()
        finally:
            self._running = False
