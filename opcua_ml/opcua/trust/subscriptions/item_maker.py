"""Monitored items as clients ask for them: made and modified within limits and quotas.

Source: OPC UA Part 4, 5.13.2 (CreateMonitoredItems), 5.13.3 (ModifyMonitoredItems), 7.21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import REFUSALS, bad
from opcua_ml.opcua.trust.subscriptions.column_member import DataItemService
from opcua_ml.opcua.trust.subscriptions.data_item import DataItem
from opcua_ml.opcua.trust.subscriptions.event_item import EventItem
from opcua_ml.opcua.trust.subscriptions.item import Granted, Item
from opcua_ml.opcua.trust.subscriptions.item_request import (
    EventFilterRefusal,
    check_data_item,
    check_event_item,
    revised_interval,
)

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.subscriptions.item_owner import ItemOwner, ItemServer

_EVENT_NOTIFIER = AttributeIds.EventNotifier


class MadeItems(DataItemService, Protocol):
    """The items that were made for one subscription."""

    def __len__(self) -> int:
        """How many there are."""
        ...


class ItemMaker:
    """Makes and modifies the items of one subscription.

    Args:
        items: the subscription's items.
        subscription: whose items.
        service: the server's subscriptions.
    """

    def __init__(
        self,
        items: MadeItems,
        subscription: ItemOwner,
        service: ItemServer,
    ) -> None:
        self._items = items
        self._subscription = subscription
        self._service = service
        self._last_id = 0

    def create(
        self, request: ua.MonitoredItemCreateRequest, timestamps: int
    ) -> tuple[Item | None, ua.MonitoredItemCreateResult]:
        """Make an item that does not sample yet, or none; and the answer."""
        wanted, parameters = request.ItemToMonitor, request.RequestedParameters
        try:
            if int(request.MonitoringMode) not in {0, 1, 2}:
                raise ServiceError(StatusCodes.BadMonitoringModeInvalid)
            node = self._items.aspace.get(wanted.NodeId)
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
            return None, ua.MonitoredItemCreateResult(
                StatusCode=bad(refusal.code), FilterResult=refusal.result
            )
        except REFUSALS as refusal:
            return None, ua.MonitoredItemCreateResult(StatusCode=bad(refusal.code))
        return item, ua.MonitoredItemCreateResult(
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
        change_filter = check_data_item(self._service, self._items.caller, node, wanted, parameters.Filter)
        polled = node.attributes[AttributeIds(wanted.AttributeId)].value_callback is not None
        granted.sampling_interval = self._interval(node, parameters.SamplingInterval, polled=polled)
        self._take_quota(granted, wanted.NodeId)
        item = DataItem(self._items, self._fresh_id(), wanted, granted, change_filter, timestamps=timestamps)
        item.polled = polled
        return item

    def _event_item(
        self, node: NodeData, wanted: ua.ReadValueId, parameters: ua.MonitoringParameters, granted: Granted
    ) -> tuple[EventItem, ua.EventFilterResult]:
        event_filter, result = check_event_item(self._service, node, parameters.Filter)
        quotas, owner = self._service.quotas, self._subscription.owner
        quotas.take_filter(owner, event_filter.weight)
        try:
            self._take_quota(granted, wanted.NodeId)
        except ServiceError:
            quotas.give_back_filter(owner, event_filter.weight)
            raise
        item = EventItem(self._items, self._fresh_id(), wanted.NodeId, granted, event_filter)
        self._service.add_event_item(item)
        return item, result

    def modify(
        self, item: Item, parameters: ua.MonitoringParameters, timestamps: int
    ) -> ua.MonitoredItemModifyResult:
        """Give an item other parameters, all of them or none; and the answer."""
        node = self._items.aspace.get(item.node_id)
        if node is None:
            return ua.MonitoredItemModifyResult(StatusCode=bad(StatusCodes.BadNodeIdUnknown))
        filter_result = None
        try:
            if isinstance(item, EventItem):
                filter_result = self._modify_event_item(item, node, parameters)
            elif isinstance(item, DataItem):
                item.modify(
                    check_data_item(
                        self._service, self._items.caller, node, item.read_value_id, parameters.Filter
                    ),
                    self._interval(node, parameters.SamplingInterval, polled=item.polled),
                    timestamps,
                )
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

    def _modify_event_item(
        self, item: EventItem, node: NodeData, parameters: ua.MonitoringParameters
    ) -> ua.EventFilterResult:
        quotas, owner, before = self._service.quotas, self._subscription.owner, item.event_filter
        event_filter, result = check_event_item(self._service, node, parameters.Filter)
        quotas.give_back_filter(owner, before.weight)
        try:
            quotas.take_filter(owner, event_filter.weight)
        except ServiceError:
            quotas.filter_weights[owner] += before.weight
            raise
        item.event_filter = event_filter
        return result

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

    def _take_quota(self, granted: Granted, node: ua.NodeId) -> None:
        if len(self._items) >= self._service.limits.max_monitored_items_per_subscription:
            raise ServiceError(StatusCodes.BadTooManyMonitoredItems)
        granted.queue_size = self._service.quotas.take_item(
            self._subscription.owner, granted.queue_size, node, self._subscription.created_in
        )

    def _queue_size(self, parameters: ua.MonitoringParameters, wanted: ua.ReadValueId) -> int:
        """0 is one value, or for events as many as there may be (Part 4, 7.21)."""
        most = self._service.limits.max_queue_size
        if parameters.QueueSize == 0:
            return most if wanted.AttributeId == _EVENT_NOTIFIER else 1
        return int(min(parameters.QueueSize, most))

    def _interval(self, node: NodeData, requested: float, *, polled: bool) -> float:
        if self._items.caller.identity.trusted and not polled:
            return 0.0  # the server's own code, such as a historian, misses no change
        publishing = float(self._subscription.data.RevisedPublishingInterval)
        return revised_interval(self._service.limits, node, requested, publishing, polled=polled)

    def _fresh_id(self) -> int:
        self._last_id += 1
        return self._last_id
