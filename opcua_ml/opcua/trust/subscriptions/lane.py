"""The way of notifications to a client: the session's queued Publish requests.

Source: OPC UA Part 4, 5.14.1 (Subscription model), 5.14.5 (Publish).
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from asyncua import ua
from asyncua.common.utils import ServiceError

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.services.exchange import Exchange
    from opcua_ml.opcua.trust.services.processor import PlantProcessor
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription

_SPARE_REQUESTS = 10
_MAX_FAREWELLS = 100


class Lane(Protocol):
    """Where a subscription's messages go."""

    def open(self) -> bool:
        """Whether a message can be sent now."""
        ...

    def send(self, result: ua.PublishResult) -> None:
        """Send one; only when open."""
        ...

    def late(self, subscription: PlantSubscription) -> None:
        """The subscription has something to send and has to wait for the lane to open."""
        ...

    def forget(self, subscription: PlantSubscription) -> None:
        """The subscription is gone, or goes another way."""
        ...


@dataclass(slots=True, eq=False)
class PublishRequest:
    """A Publish request that waits for a notification.

    Args:
        exchange: the request.
        results: of its acknowledgements.
        deadline: by the monotonic clock, in seconds; None without a TimeoutHint.
    """

    exchange: Exchange
    results: list[ua.StatusCode]
    deadline: float | None


class PublishLane:
    """One per session; notifications of its subscriptions leave in the order of priority, then of waiting."""

    def __init__(self) -> None:
        self._requests: deque[PublishRequest] = deque()
        self._late: dict[PlantSubscription, None] = {}
        self._farewells: deque[ua.PublishResult] = deque(maxlen=_MAX_FAREWELLS)

    def __len__(self) -> int:
        return len(self._requests)

    def publish(self, exchange: Exchange, results: list[ua.StatusCode], subscriptions: int) -> None:
        """Take in a Publish request; it may be answered at once.

        Raises:
            ServiceError: BadNoSubscription.
        """
        if not subscriptions and not self._farewells:
            raise ServiceError(ua.StatusCodes.BadNoSubscription)
        if len(self._requests) >= subscriptions + _SPARE_REQUESTS:
            self._refuse(self._requests.popleft(), ua.StatusCodes.BadTooManyPublishRequests)
        hint = exchange.header.TimeoutHint
        deadline = time.monotonic() + hint / 1000 if hint else None
        self._requests.append(PublishRequest(exchange, results, deadline))
        self.resume()

    def resume(self) -> None:
        """Send what waits, as long as there are requests."""
        while self._farewells and self.open():
            self.send(self._farewells.popleft())
        while self._late and self.open():
            first = max(self._late, key=lambda subscription: subscription.priority)
            del self._late[first]
            first.lane_opened()

    def open(self) -> bool:
        """Whether a live request waits and its client reads its answers."""
        now = time.monotonic()
        while self._requests:
            request = self._requests[0]
            if request.deadline is not None and now > request.deadline:
                self._refuse(self._requests.popleft(), ua.StatusCodes.BadTimeout)
            else:
                return not request.exchange.processor.outlet.congested
        return False

    def send(self, result: ua.PublishResult) -> None:
        """Answer the oldest request."""
        request = self._requests.popleft()
        result.Results = request.results
        request.exchange.processor.respond(request.exchange, ua.PublishResponse(Parameters=result))

    def late(self, subscription: PlantSubscription) -> None:
        """Remember the subscription until a request comes."""
        self._late[subscription] = None

    def forget(self, subscription: PlantSubscription) -> None:
        """The subscription waits no longer."""
        self._late.pop(subscription, None)

    def farewell(self, result: ua.PublishResult) -> None:
        """The last message of a subscription that is already gone."""
        self._farewells.append(result)
        self.resume()

    def cancel(self, request_handle: int) -> int:
        """Withdraw requests of this handle (Part 4, 5.6.5); how many there were."""
        matching = [
            request for request in self._requests if request.exchange.header.RequestHandle == request_handle
        ]
        for request in matching:
            self._requests.remove(request)
            self._refuse(request, ua.StatusCodes.BadRequestCancelledByClient)
        return len(matching)

    def sweep(self, now: float) -> None:
        """Answer the requests whose client has given up on them."""
        for request in [r for r in self._requests if r.deadline is not None and now > r.deadline]:
            self._requests.remove(request)
            self._refuse(request, ua.StatusCodes.BadTimeout)

    def drop(self, processor: PlantProcessor) -> None:
        """Requests of this channel can't be answered any more."""
        self._requests = deque(
            request for request in self._requests if request.exchange.processor is not processor
        )

    def close(self, code: int) -> None:
        """Answer everything that waits with `code`."""
        while self._requests:
            self._refuse(self._requests.popleft(), code)
        self._late.clear()

    @staticmethod
    def _refuse(request: PublishRequest, code: int) -> None:
        request.exchange.processor.fault(request.exchange, code)
