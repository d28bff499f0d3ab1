"""The services that a session may call, each in the name of its caller.

Source: OPC UA Part 4, 5.9 (View), 5.11 (Attribute), 5.12 (Method), 5.13 (MonitoredItem), 5.14 (Subscription).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from asyncua import ua
from asyncua.common.callback import CallbackType, ServerItemCallback
from asyncua.common.utils import ServiceError
from asyncua.server.internal_session import InternalSession
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad, good

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.ground.flow import Flow
    from opcua_ml.opcua.trust.ground.listeners import PlantCallbackService
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
    from opcua_ml.opcua.trust.nodes.history import HistoryPoints, PlantHistoryService
    from opcua_ml.opcua.trust.nodes.method import PlantMethodService
    from opcua_ml.opcua.trust.nodes.view import PlantViewService
    from opcua_ml.opcua.trust.subscriptions.lane import PublishLane
    from opcua_ml.opcua.trust.subscriptions.monitored_items import PlantMonitoredItemService
    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription


class ServiceServer(Protocol):
    """The server's services."""

    aspace: PlantAddressSpace
    attribute_service: PlantAttributeService
    callback_service: PlantCallbackService
    history_service: PlantHistoryService
    method_service: PlantMethodService
    subscription_service: PlantSubscriptionService
    view_service: PlantViewService


class SessionServices(InternalSession):
    """Calls the server's services for one session.

    Attributes:
        caller: in whose name.
        lane: where the client's messages go.
        subscriptions: the session's own, in the order of their creation.
        history_points: where its HistoryReads go on.
    """

    iserver: ServiceServer  # type: ignore[assignment]
    subscription_service: PlantSubscriptionService
    caller: Caller
    lane: PublishLane
    subscriptions: dict[PlantSubscription, None]
    history_points: HistoryPoints

    @property
    @abstractmethod
    def ended_already(self) -> bool:
        """Whether the session was closed."""

    @property
    @abstractmethod
    def flow(self) -> Flow:
        """On whose account its messages go."""

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
