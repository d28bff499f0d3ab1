"""One session: its secrets, its caller, what it owns, and the services it may call.

Source: OPC UA Part 4, 5.6 (Session Service Set).
"""

from __future__ import annotations

import math
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.callback import CallbackType, ServerItemCallback
from asyncua.common.utils import ServiceError, create_nonce
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_session import InternalSession, SessionState
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access.identity import INTERNAL, Caller, Identity
from opcua_ml.opcua.trust.ground.errors import bad, good
from opcua_ml.opcua.trust.ground.flow import Flow
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.history import HistoryPoints
from opcua_ml.opcua.trust.nodes.view import ContinuationPoints
from opcua_ml.opcua.trust.sessions.registry import fresh_token
from opcua_ml.opcua.trust.subscriptions.lane import PublishLane

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.opcua.trust.access.authentication import Peer
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.sessions.channel import SessionChannel
    from opcua_ml.opcua.trust.subscriptions.monitored_items import PlantMonitoredItemService
    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription

_NOBODY = Caller(Identity())
_USER_HISTORY = 9


class PlantSession(InternalSession):
    """A client's session, or with `external=False` the server's own, of which nothing is asked."""

    iserver: PlantInternalServer
    subscription_service: PlantSubscriptionService
    nonce: bytes

    def __init__(self, internal_server: PlantInternalServer, name: str, *, external: bool) -> None:
        super().__init__(
            internal_server,
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

    # Attribute Service Set

    async def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        """Part 4, 5.11.2; results in the order of NodesToRead."""
        service, listeners = self.iserver.attribute_service, self.iserver.callback_service
        if not listeners.busy:
            return service.read_for(self.caller, params)
        await listeners.tell(CallbackType.PreRead, self._callback(params, None))
        results = service.read_for(self.caller, params)
        await listeners.tell(CallbackType.PostRead, self._callback(params, results))
        return results

    async def read_in_parts(
        self, params: ua.ReadParameters, size: int, pause: Callable[[], Awaitable[None]]
    ) -> list[ua.DataValue]:
        """The same, with a pause after each so many nodes; all values are those of the moment when it began.

        Raises:
            ServiceError: what `pause` raises.
        """
        service, timestamps = self.iserver.attribute_service, int(params.TimestampsToReturn)
        wanted = params.NodesToRead
        present = service.present(wanted)
        results: list[ua.DataValue] = []
        for number, (item, value) in enumerate(zip(wanted, present, strict=True)):
            if number and number % size == 0:
                await pause()
            results.append(service.read_one(self.caller, item, timestamps, value))
        return results

    async def write(self, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Part 4, 5.11.4; results in the order of NodesToWrite."""
        service, listeners = self.iserver.attribute_service, self.iserver.callback_service
        if not listeners.busy:
            return await service.write_for(self.caller, params)
        await listeners.tell(CallbackType.PreWrite, self._callback(params, None))
        results = await service.write_for(self.caller, params)
        await listeners.tell(CallbackType.PostWrite, self._callback(params, results))
        return results

    async def history_read(
        self, params: ua.HistoryReadParameters, largest: int = 1 << 24, *, until: float = math.inf
    ) -> list[ua.HistoryReadResult]:
        """Part 4, 5.11.3; results in the order of NodesToRead, of so many bytes, at that time."""
        service = self.iserver.history_service
        return await service.read_for(self.caller, params, self.history_points, largest, until=until)

    # Method Service Set

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        """Part 4, 5.12.2; results in the order of the methods."""
        return await self.iserver.method_service.call_for(self, params)

    # View Service Set

    async def browse(self, params: ua.BrowseParameters) -> list[ua.BrowseResult]:
        """Part 4, 5.9.2; results in the order of NodesToBrowse."""
        return self.iserver.view_service.browse_for(self.caller, params)

    async def translate_browsepaths_to_nodeids(
        self, params: list[ua.BrowsePath]
    ) -> list[ua.BrowsePathResult]:
        """Part 4, 5.9.4; results in the order of the paths."""
        return self.iserver.view_service.translate_for(self.caller, params)

    # MonitoredItem and Subscription Service Sets

    async def create_subscription(
        self,
        params: ua.CreateSubscriptionParameters,
        callback: Callable[..., Any] | None = None,
        request_callback: Callable[..., Any] | None = None,  # noqa: ARG002 - the base's signature
    ) -> ua.CreateSubscriptionResult:
        """Part 4, 5.14.2; messages go to `callback`, or without one to the session's Publish requests."""
        service = self.subscription_service
        return service.create(self, service.callback_lane(callback) if callback else self.lane, params)

    def modify_subscription(self, params: ua.ModifySubscriptionParameters) -> ua.ModifySubscriptionResult:
        """Part 4, 5.14.3."""
        return self.subscription_service.modify(self, params)

    async def set_publishing_mode(self, params: ua.SetPublishingModeParameters) -> list[ua.StatusCode]:
        """Part 4, 5.14.4; results in the order of the ids."""
        results = []
        for number in params.SubscriptionIds:
            try:
                subscription = self.subscription_service.own(self, number)
                subscription.enable_publishing(enabled=params.PublishingEnabled)
                results.append(good())
            except ServiceError as refusal:
                results.append(bad(refusal.code))
        return results

    async def delete_subscriptions(self, ids: list[int]) -> list[ua.StatusCode]:
        """Part 4, 5.14.8; results in the order of the ids."""
        results = [self.subscription_service.delete(self, number) for number in ids]
        if not self.subscriptions:
            self.lane.close(StatusCodes.BadNoSubscription)
        return results

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """Part 4, 5.13.2; results in the order of the items."""
        results = self._items(params.SubscriptionId).create(params)
        await self._tell(CallbackType.ItemSubscriptionCreated, params, results)
        return results

    async def modify_monitored_items(
        self, params: ua.ModifyMonitoredItemsParameters
    ) -> list[ua.MonitoredItemModifyResult]:
        """Part 4, 5.13.3; results in the order of the items."""
        results = self._items(params.SubscriptionId).modify_monitored_items(params)
        await self._tell(CallbackType.ItemSubscriptionModified, params, results)
        return results

    async def set_monitoring_mode(self, params: ua.SetMonitoringModeParameters) -> list[ua.StatusCode]:
        """Part 4, 5.13.4; results in the order of the ids."""
        return self._items(params.SubscriptionId).set_mode(
            ua.MonitoringMode(params.MonitoringMode), params.MonitoredItemIds
        )

    async def delete_monitored_items(self, params: ua.DeleteMonitoredItemsParameters) -> list[ua.StatusCode]:
        """Part 4, 5.13.6; results in the order of the ids."""
        results = self._items(params.SubscriptionId).delete_monitored_items(list(params.MonitoredItemIds))
        await self._tell(CallbackType.ItemSubscriptionDeleted, params, results)
        return results

    def _items(self, subscription_id: int) -> PlantMonitoredItemService:
        return self.subscription_service.own(self, subscription_id).monitored_item_srv

    async def _tell(self, kind: CallbackType, params: Any, results: Any) -> None:
        listeners = self.iserver.callback_service
        if listeners.busy:
            await listeners.tell(kind, self._callback(params, results))

    def _callback(self, params: Any, results: Any) -> ServerItemCallback:
        return ServerItemCallback(params, results, self.user, self.external)
