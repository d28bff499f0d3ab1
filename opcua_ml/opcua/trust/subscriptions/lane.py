"""The way of notifications to a client: the session's queued Publish requests.

Source: OPC UA Part 4, 5.14.1 (Subscription model), 5.14.5 (Publish).
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.hot import filetime_now, write_publish_response

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.subscriptions.message import Publication

_SPARE_REQUESTS: Final = 10
_MAX_FAREWELLS: Final = 100


class Request(Protocol):
    """A request of a client that is not answered yet."""

    header: ua.RequestHeader

    @property
    def congested(self) -> bool:
        """Whether its client leaves answers unread."""
        ...

    @property
    def channel(self) -> object:
        """The channel that it came by."""
        ...

    def send(self, response: bytes) -> bool:
        """Send the encoded response; False if a ServiceFault had to take its place."""
        ...

    def refuse(self, code: int) -> None:
        """Send a ServiceFault."""
        ...


class Sender(Protocol):
    """A subscription as the way of its messages sees it."""

    priority: int

    def lane_opened(self) -> None:
        """A message can be sent now, for which the subscription was late."""
        ...


class Lane(Protocol):
    """Where a subscription's messages go.

    Attributes:
        wire: whether they go out as bytes, and notifications had better be bytes from the start.
    """

    wire: bool

    def open(self) -> bool:
        """Whether a message can be sent now."""
        ...

    def send(self, publication: Publication) -> bool:
        """Send one, only when open; False if it is too large for its receiver."""
        ...

    def late(self, subscription: Sender) -> None:
        """The subscription has something to send and has to wait for the lane to open."""
        ...

    def forget(self, subscription: Sender) -> None:
        """The subscription is gone, or goes another way."""
        ...

    def farewell(self, publication: Publication) -> None:
        """Send the last message of a subscription that is already gone, as soon as the lane is open."""
        ...


@dataclass(slots=True, eq=False)
class PublishRequest:
    """A Publish request that waits for a notification.

    Args:
        request: the request itself.
        results: of its acknowledgements.
        deadline: by the monotonic clock, in seconds; None without a TimeoutHint.
    """

    request: Request
    results: list[ua.StatusCode]
    deadline: float | None

    def late(self, now: float) -> bool:
        """Whether the client has given up on it."""
        return self.deadline is not None and now > self.deadline


class PublishLane:
    """One per session; notifications of its subscriptions leave in the order of priority, then of waiting."""

    wire = True

    def __init__(self) -> None:
        self._requests: deque[PublishRequest] = deque()
        self._late: dict[Sender, None] = {}
        self._farewells: deque[Publication] = deque(maxlen=_MAX_FAREWELLS)

    def __len__(self) -> int:
        return len(self._requests)

    def publish(self, request: Request, results: list[ua.StatusCode], subscriptions: int) -> None:
        """Take in a Publish request; it may be answered at once.

        Raises:
            ServiceError: BadNoSubscription.
        """
        if not subscriptions and not self._farewells:
            raise ServiceError(StatusCodes.BadNoSubscription)
        if len(self._requests) >= subscriptions + _SPARE_REQUESTS:
            self._requests.popleft().request.refuse(StatusCodes.BadTooManyPublishRequests)
        hint = request.header.TimeoutHint
        deadline = time.monotonic() + hint / 1000 if hint else None
        self._requests.append(PublishRequest(request, results, deadline))
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
        while self._requests and self._requests[0].late(now):
            self._requests.popleft().request.refuse(StatusCodes.BadTimeout)
        return bool(self._requests) and not self._requests[0].request.congested

    def send(self, publication: Publication) -> bool:
        """Answer the oldest request; False if the client does not take so large a response."""
        oldest = self._requests.popleft()
        return oldest.request.send(
            write_publish_response(
                oldest.request.header.RequestHandle,
                filetime_now(),
                subscription_id=publication.subscription_id,
                message=publication.message.wire(),
                available_sequence_numbers=publication.available,
                more_notifications=publication.more,
                results=[result.value for result in oldest.results],
            )
        )

    def late(self, subscription: Sender) -> None:
        """Remember the subscription until a request comes."""
        self._late[subscription] = None

    def forget(self, subscription: Sender) -> None:
        """The subscription waits no longer."""
        self._late.pop(subscription, None)

    def farewell(self, publication: Publication) -> None:
        """The last message of a subscription that is already gone."""
        self._farewells.append(publication)
        self.resume()

    def cancel(self, request_handle: int) -> int:
        """Withdraw requests of this handle (Part 4, 5.6.5); how many there were."""
        cancelled = [held for held in self._requests if held.request.header.RequestHandle == request_handle]
        for held in cancelled:
            self._requests.remove(held)
            held.request.refuse(StatusCodes.BadRequestCancelledByClient)
        return len(cancelled)

    def sweep(self, now: float) -> None:
        """Answer the requests whose client has given up on them."""
        for held in [held for held in self._requests if held.late(now)]:
            self._requests.remove(held)
            held.request.refuse(StatusCodes.BadTimeout)

    def drop(self, channel: object) -> None:
        """Requests of this channel can't be answered any more."""
        self._requests = deque(held for held in self._requests if held.request.channel is not channel)

    def close(self, code: int) -> None:
        """Answer everything that waits with `code`."""
        while self._requests:
            self._requests.popleft().request.refuse(code)
        self._late.clear()
