"""One session: its secrets, its caller, and what it owns, from its creation to its end.

Source: OPC UA Part 4, 5.6 (Session Service Set).
"""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from asyncua import ua
from asyncua.common.utils import ServiceError, create_nonce
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_session import SessionState
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access.identity import INTERNAL, Caller, Identity
from opcua_ml.opcua.trust.ground.flow import Flow
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.history import HistoryPoints
from opcua_ml.opcua.trust.nodes.view import ContinuationPoints
from opcua_ml.opcua.trust.sessions.session_services import ServiceServer, SessionServices
from opcua_ml.opcua.trust.sessions.token import fresh_token
from opcua_ml.opcua.trust.subscriptions.lane import PublishLane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.opcua.trust.access.authentication import Peer
    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.sessions.channel import SessionChannel
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription

_NOBODY = Caller(Identity())
_USER_HISTORY = 9
_YOUNG_S = 5.0
"""For which a client may take to activate its session before another one needs the place."""


class SessionKeeper(Protocol):
    """The registry of sessions, as one of them sees it."""

    def close(self, session: PlantSession, *, delete_subscriptions: bool) -> None:
        """End a session."""
        ...


class SessionDisplay(Protocol):
    """What shows sessions in the address space."""

    def forget(self, session: PlantSession) -> None:
        """The session has ended."""
        ...


class SessionServer(ServiceServer, Protocol):
    """The server as a session needs it."""

    limits: Limits

    @property
    def sessions(self) -> SessionKeeper:
        """All that there are."""
        ...

    @property
    def session_nodes(self) -> SessionDisplay:
        """Where they are shown."""
        ...


class Outstanding(Protocol):
    """A request of the session that runs beside its others, and is not answered yet."""

    def abandon(self, code: int) -> None:
        """Answer it with this StatusCode, whatever comes of it."""
        ...


class PlantSession(SessionServices):
    """A client's session, or with `external=False` the server's own, of which nothing is asked."""

    iserver: SessionServer
    nonce: bytes

    def __init__(self, internal_server: SessionServer, name: str, *, external: bool) -> None:
        asyncuas: Any = internal_server
        super().__init__(
            asyncuas,
            internal_server.aspace,
            internal_server.subscription_service,
            name,
            user=User(role=UserRole.Anonymous if external else UserRole.Admin, name=name),
            external=external,
        )
        self.session_id = node_id(uuid.uuid4(), 1)
        self.auth_token = fresh_token()
        self.nonce = create_nonce(32)
        self.caller = _NOBODY if external else INTERNAL
        self.channel: SessionChannel | None = None
        self.peer: Peer | None = None
        self._own_flow = Flow()
        self.client_description = ua.ApplicationDescription()
        self.endpoint_url = ""
        self.timeout_s = float("inf")
        self.max_response_size = 0
        self.running_calls = 0
        self.outstanding: set[Outstanding] = set()
        self.lane = PublishLane()
        self.subscriptions: dict[PlantSubscription, None] = {}
        self._without_points()
        self.counters: dict[str, list[int]] = {}
        self.unauthorized = 0
        self.user_history: list[str] = []
        self.connected_at = datetime.now(UTC)
        self.created_at = self.last_activity = time.monotonic()

    # Life

    @property
    def application_uri(self) -> str:
        """As the client described itself."""
        return self.client_description.ApplicationUri or ""

    @property
    def flow(self) -> Flow:
        """On whose account its messages go: its channel's, while it has one."""
        return self.channel.flow if self.channel is not None else self._own_flow

    @property
    def ended_already(self) -> bool:
        """Whether the session was closed."""
        return self.state is SessionState.Closed

    @property
    def abandoned(self) -> bool:
        """Whether nobody would miss it: not activated, or without channel and subscriptions."""
        return not self.is_activated() or (self.channel is None and not self.subscriptions)

    def is_young(self, now: float) -> bool:
        """Whether its client has just made it, and is about to activate it by the same channel."""
        return not self.is_activated() and self.channel is not None and now - self.created_at < _YOUNG_S

    def idle_for(self, now: float) -> float:
        """Seconds since the last request."""
        return now - self.last_activity

    def touch(self) -> None:
        """A request came."""
        self.last_activity = time.monotonic()

    @property
    def last_contact(self) -> datetime:
        """When the last request came, by the wall clock of now."""
        return datetime.now(UTC) - timedelta(seconds=self.idle_for(time.monotonic()))

    def counter(self, service: str) -> list[int]:
        """Requests answered, and how many of them with a Bad code."""
        counter = self.counters.get(service)
        if counter is None:
            counter = self.counters[service] = [0, 0]
        return counter

    def count(self, service: str, code: int) -> None:
        """A request was answered with `code`."""
        counter = self.counter(service)
        counter[0] += 1
        if code:
            counter[1] += 1
            self.unauthorized += code == StatusCodes.BadUserAccessDenied

    @contextmanager
    def one_more_call(self, most: int) -> Iterator[None]:
        """Something runs beside the requests of the session's connection.

        Raises:
            ServiceError: BadResourceUnavailable, if that many do.
        """
        if self.running_calls >= most:
            raise ServiceError(StatusCodes.BadResourceUnavailable)
        self.running_calls += 1
        try:
            yield
        finally:
            self.running_calls -= 1

    def created_by(
        self, channel: SessionChannel, description: ua.ApplicationDescription, endpoint_url: str
    ) -> None:
        """Remember the client of CreateSession."""
        self.peer = channel.peer
        self.client_description = description
        self.endpoint_url = endpoint_url

    def attach(self, channel: SessionChannel) -> None:
        """Bind to a channel; the one before is no longer answered."""
        if self.channel is not None:
            self.channel.sessions.discard(self)
            self.lane.close(StatusCodes.BadSecureChannelIdInvalid)
        self.channel = channel
        self.peer = channel.peer
        channel.sessions.add(self)

    def detach(self, channel: SessionChannel) -> None:
        """The channel is gone; the session waits for another one."""
        self.lane.drop(channel)
        if self.channel is channel:
            self.channel = None

    def activated_as(self, caller: Caller) -> bool:
        """The session has a user now; what another one, or with other Roles, had begun to read is over.

        Returns whether its monitored items have to look at what they may read.
        """
        if caller.identity != self.caller.identity:
            self._without_points()
            for subscription in self.subscriptions:
                subscription.forget_sent()
        looks = bool(self.subscriptions) and not caller.sees_like(self.caller)
        self.caller = caller
        self.user = User(role=UserRole.User, name=caller.identity.name or None)
        if self.user_history[-1:] != [caller.identity.name]:
            self.user_history = [*self.user_history[-_USER_HISTORY:], caller.identity.name]
        self.state = SessionState.Activated
        return looks

    def _without_points(self) -> None:
        """Give all continuation points up, those too that a HistoryRead under way will leave."""
        limits = self.iserver.limits
        self.continuation_points = ContinuationPoints(limits.max_browse_continuation_points)
        self.history_points = HistoryPoints(
            limits.max_history_continuation_points, limits.history_continuation_point_s
        )

    def ended(self, *, delete_subscriptions: bool) -> None:
        """Called by the registry when the session is closed."""
        self.state = SessionState.Closed
        while self.outstanding:
            self.outstanding.pop().abandon(StatusCodes.BadSessionClosed)
        self.lane.close(StatusCodes.BadSessionClosed)
        if self.channel is not None:
            self.channel.sessions.discard(self)
            self.channel = None
        self.iserver.session_nodes.forget(self)
        self.subscription_service.session_ended(self, delete_subscriptions=delete_subscriptions)

    async def close_session(self, delete_subs: bool = True) -> None:
        """End the session, as asyncua's server calls it for its own."""
        if self.external:
            self.iserver.sessions.close(self, delete_subscriptions=delete_subs)
        else:
            self.ended(delete_subscriptions=delete_subs)

    def cancel(self, request_handle: int) -> int:
        """Withdraw the Publish requests of this handle; how many there were."""
        return self.lane.cancel(request_handle)
