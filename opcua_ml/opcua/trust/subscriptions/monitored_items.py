"""The monitored items of one subscription: made, modified, linked, deleted.

Source: OPC UA Part 4, 5.13 (MonitoredItem Service Set).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.monitored_item_service import MonitoredItemService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.errors import REFUSALS, bad, good
from opcua_ml.opcua.trust.subscriptions.event_item import EventItem
from opcua_ml.opcua.trust.subscriptions.item import DISABLED, SAMPLING, DataItem, Granted, Item
from opcua_ml.opcua.trust.subscriptions.item_request import (
    EventFilterRefusal,
    check_data_item,
    check_event_item,
    revised_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
    from opcua_ml.opcua.trust.subscriptions.sampling import SamplingSchedule
    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription

_EVENT_NOTIFIER = AttributeIds.EventNotifier


class PlantMonitoredItemService(MonitoredItemService):
    """Implements the service set for one subscription.

    Args:
        subscription: whose items.
        service: the server's subscriptions, with what items need of the server.
    """

    aspace: PlantAddressSpace

    def __init__(self, subscription: PlantSubscription, service: PlantSubscriptionService) -> None:
        # The base's own start is left out: it makes a logger per subscription, which logging never forgets.
        self.isub = subscription
        self.aspace = service.aspace
        self._subscription = subscription
        self._service = service
        self._items: dict[int, Item] = {}
        self._last_id = 0
        self.overflowed = self.overflowed_events = 0
        self.now = asyncio.get_running_loop().time

    def __len__(self) -> int:
        return len(self._items)

    # What the items need

    @property
    def items(self) -> Iterable[Item]:
        """All items."""
        return tuple(self._items.values())

    @property
    def subscription_id(self) -> int:
        """The subscription's id."""
        return int(self._subscription.data.SubscriptionId)

    @property
    def caller(self) -> Caller:
        """Who reads through these items."""
        return self._service.caller_of(self._subscription)

    @property
    def attributes(self) -> PlantAttributeService:
        """How attributes are read."""
        return self._service.attributes

    @property
    def rules(self) -> AccessRules:
        """Who may see what."""
        return self._service.rules

    @property
    def schedule(self) -> SamplingSchedule:
        """The server's sampling clock."""
        return self._service.schedule

    def access_version(self) -> int:
        """Rises when what this subscription's client may read may have changed."""
        return self.aspace.access_version + self._service.caller_version

    def offer(self, item: Item) -> None:
        """The item has something to report."""
        self._subscription.offer(item)

    # The services

    def create(self, params: ua.CreateMonitoredItemsParameters) -> list[ua.MonitoredItemCreateResult]:
        """Part 4, 5.13.2; results in the order of ItemsToCreate."""
        timestamps = int(params.TimestampsToReturn)
        return [self._create_one(request, timestamps) for request in params.ItemsToCreate]

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """The same under asyncua's name."""
        return self.create(params)

    def modify_monitored_items(
        self, params: ua.ModifyMonitoredItemsParameters
    ) -> list[ua.MonitoredItemModifyResult]:
        """Part 4, 5.13.3; results in the order of ItemsToModify."""
        timestamps = int(params.TimestampsToReturn)
        return [self._modify_one(request, timestamps) for request in params.ItemsToModify]

    def set_mode(self, mode: ua.MonitoringMode, ids: Iterable[int]) -> list[ua.StatusCode]:
        """Part 4, 5.13.4; results in the order of the ids."""
        results = []
        for item_id in ids:
            item = self._items.get(item_id)
            if item is None:
                results.append(bad(StatusCodes.BadMonitoredItemIdInvalid))
                continue
            item.set_mode(mode)
            if mode in {DISABLED, SAMPLING}:
                self._subscription.withdraw(item)
            results.append(good())
        return results

    def set_triggering(self, params: ua.SetTriggeringParameters) -> ua.SetTriggeringResult:
        """Part 4, 5.13.5; links are removed before others are added.

        Raises:
            ServiceError: BadMonitoredItemIdInvalid (the triggering item).
        """
        triggering = self._items.get(params.TriggeringItemId)
        if triggering is None:
            raise ServiceError(StatusCodes.BadMonitoredItemIdInvalid)
        removed, added = [], []
        for item_id in params.LinksToRemove or []:
            linked = self._items.get(item_id)
            known = linked is not None and triggering.unlink(linked)
            removed.append(good() if known else bad(StatusCodes.BadMonitoredItemIdInvalid))
        for item_id in params.LinksToAdd or []:
            linked = self._items.get(item_id)
            if linked is None:
                added.append(bad(StatusCodes.BadMonitoredItemIdInvalid))
            elif len(triggering.triggers) >= self._service.limits.max_triggering_links:
                added.append(bad(StatusCodes.BadTooManyMonitoredItems))
            else:
                triggering.link(linked)
                added.append(good())
        return ua.SetTriggeringResult(AddResults=added, RemoveResults=removed)

    def delete_monitored_items(self, ids: list[int]) -> list[ua.StatusCode]:
        """Part 4, 5.13.6; results in the order of the ids."""
        return [self._delete_one(item_id) for item_id in ids]

    def delete_all_monitored_items(self) -> None:
        """The subscription ends."""
        self.delete_monitored_items(list(self._items))

    def handles(self) -> tuple[list[int], list[int]]:
        """Server and client handles of all items (Part 5, 9.1 GetMonitoredItems)."""
        return list(self._items), [item.granted.client_handle for item in self._items.values()]

    def count(self, *, disabled: bool = False) -> int:
        """How many items, or how many that are disabled."""
        return sum(item.mode == DISABLED for item in self._items.values()) if disabled else len(self._items)

    async def trigger_event(self, event: Any, mid: int | None = None) -> bool:
        """Hand an event to the event items of its notifiers, or to one item alone (ConditionRefresh2)."""
        notifiers = self._service.notifiers_of(event)
        found = False
        for item in self.items:
            if isinstance(item, EventItem) and mid in {None, item.item_id} and item.node_id in notifiers:
                item.occurred(event)
                found = True
        return found

    # One item

    def _create_one(
        self, request: ua.MonitoredItemCreateRequest, timestamps: int
    ) -> ua.MonitoredItemCreateResult:
        wanted, parameters = request.ItemToMonitor, request.RequestedParameters
        try:
            if int(request.MonitoringMode) not in {0, 1, 2}:
                raise ServiceError(StatusCodes.BadMonitoringModeInvalid)
            node = self.aspace.get(wanted.NodeId)
            if node is None:
                raise ServiceError(StatusCodes.BadNodeIdUnknown)
            granted = Granted(
                parameters.ClientHandle, 0.0, self._queue_size(parameters, wanted), parameters.DiscardOldest
            )
            item: Item
            filter_result: ua.EventFilterResult | None
            if wanted.AttributeId == _EVENT_NOTIFIER:
                item, filter_result = self._event_item(node, wanted, parameters, granted)
            else:
                item, filter_result = self._data_item(node, wanted, parameters, granted, timestamps), None
        except EventFilterRefusal as refusal:
            return ua.MonitoredItemCreateResult(StatusCode=bad(refusal.code), FilterResult=refusal.result)
        except REFUSALS as refusal:
            return ua.MonitoredItemCreateResult(StatusCode=bad(refusal.code))
        item.set_mode(ua.MonitoringMode(request.MonitoringMode))
        return ua.MonitoredItemCreateResult(
            MonitoredItemId=item.item_id,
            RevisedSamplingInterval=granted.sampling_interval,
            RevisedQueueSize=granted.queue_size,
            FilterResult=filter_result,
        )

    def _data_item(
        self,
        node: NodeData,
        wanted: ua.ReadValueId,
        parameters: ua.MonitoringParameters,
        granted: Granted,
        timestamps: int,
    ) -> DataItem:
        change_filter = check_data_item(self._service, self.caller, node, wanted, parameters.Filter)
        polled = node.attributes[AttributeIds(wanted.AttributeId)].value_callback is not None
        granted.sampling_interval = self._interval(node, parameters.SamplingInterval, polled=polled)
        self._take_quota(granted)
        item = DataItem(self, self._fresh_id(), wanted, granted, change_filter, timestamps=timestamps)
        item.polled = polled
        self._items[item.item_id] = item
        return item

    def _event_item(
        self, node: NodeData, wanted: ua.ReadValueId, parameters: ua.MonitoringParameters, granted: Granted
    ) -> tuple[EventItem, ua.EventFilterResult]:
        event_filter, result = check_event_item(self._service, node, parameters.Filter)
        self._take_quota(granted)
        item = EventItem(self, self._fresh_id(), wanted.NodeId, granted, event_filter)
        self._items[item.item_id] = item
        self._service.add_event_item(item)
        return item, result

    def _modify_one(
        self, request: ua.MonitoredItemModifyRequest, timestamps: int
    ) -> ua.MonitoredItemModifyResult:
        item, parameters = self._items.get(request.MonitoredItemId), request.RequestedParameters
        if item is None:
            return ua.MonitoredItemModifyResult(StatusCode=bad(StatusCodes.BadMonitoredItemIdInvalid))
        node = self.aspace.get(item.node_id)
        if node is None:
            return ua.MonitoredItemModifyResult(StatusCode=bad(StatusCodes.BadNodeIdUnknown))
        filter_result = None
        try:
            if isinstance(item, EventItem):
                item.event_filter, filter_result = check_event_item(self._service, node, parameters.Filter)
            elif isinstance(item, DataItem):
                item.change_filter = check_data_item(
                    self._service, self.caller, node, item.read_value_id, parameters.Filter
                )
                item.granted.sampling_interval = self._interval(
                    node, parameters.SamplingInterval, polled=item.polled
                )
                item.timestamps = timestamps
        except EventFilterRefusal as refusal:
            return ua.MonitoredItemModifyResult(StatusCode=bad(refusal.code), FilterResult=refusal.result)
        except REFUSALS as refusal:
            return ua.MonitoredItemModifyResult(StatusCode=bad(refusal.code))
        self._resize(item, parameters)
        return ua.MonitoredItemModifyResult(
            RevisedSamplingInterval=item.granted.sampling_interval,
            RevisedQueueSize=item.granted.queue_size,
            FilterResult=filter_result,
        )

    def _resize(self, item: Item, parameters: ua.MonitoringParameters) -> None:
        granted = item.granted
        attribute = _EVENT_NOTIFIER if isinstance(item, EventItem) else AttributeIds.Value
        quotas, owner = self._service.quotas, self._subscription.owner
        quotas.give_back_queue(owner, granted.queue_size)
        granted.queue_size = quotas.take_queue(
            owner, self._queue_size(parameters, ua.ReadValueId(AttributeId=attribute))
        )
        granted.client_handle = parameters.ClientHandle
        granted.discard_oldest = parameters.DiscardOldest
        item.queue.resize(granted.queue_size, discard_oldest=granted.discard_oldest)

    def _delete_one(self, item_id: int) -> ua.StatusCode:
        item = self._items.pop(item_id, None)
        if item is None:
            return bad(StatusCodes.BadMonitoredItemIdInvalid)
        item.close()
        self._subscription.withdraw(item)
        if isinstance(item, EventItem):
            self._service.remove_event_item(item)
        self._service.quotas.give_back_item(self._subscription.owner, item.granted.queue_size)
        return good()

    def _take_quota(self, granted: Granted) -> None:
        if len(self._items) >= self._service.limits.max_monitored_items_per_subscription:
            raise ServiceError(StatusCodes.BadTooManyMonitoredItems)
        granted.queue_size = self._service.quotas.take_item(self._subscription.owner, granted.queue_size)

    def _queue_size(self, parameters: ua.MonitoringParameters, wanted: ua.ReadValueId) -> int:
        """0 is one value, or for events as many as there may be (Part 4, 7.21)."""
        most = self._service.limits.max_queue_size
        if parameters.QueueSize == 0:
            return most if wanted.AttributeId == _EVENT_NOTIFIER else 1
        return int(min(parameters.QueueSize, most))

    def _interval(self, node: NodeData, requested: float, *, polled: bool) -> float:
        if self.caller.identity.trusted and not polled:
            return 0.0  # the server's own code, such as a historian, misses no change
        publishing = float(self._subscription.data.RevisedPublishingInterval)
        return revised_interval(self._service.limits, node, requested, publishing, polled=polled)

    def _fresh_id(self) -> int:
        self._last_id += 1
        return self._last_id
