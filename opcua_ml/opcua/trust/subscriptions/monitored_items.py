"""The monitored items of one subscription: made, modified, linked, deleted.

Source: OPC UA Part 4, 5.13 (MonitoredItem Service Set).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.monitored_item_service import MonitoredItemService
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad, good
from opcua_ml.opcua.trust.subscriptions.event_item import EventItem
from opcua_ml.opcua.trust.subscriptions.item import DISABLED, SAMPLING, Item
from opcua_ml.opcua.trust.subscriptions.item_maker import ItemMaker
from opcua_ml.opcua.trust.subscriptions.number_column import ColumnKind, ItemColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opcua_ml.opcua.live import NumberTable
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
    from opcua_ml.opcua.trust.subscriptions.item_owner import ItemOwner, ItemServer
    from opcua_ml.opcua.trust.subscriptions.ready_items import ReadyItems
    from opcua_ml.opcua.trust.subscriptions.sampling import SamplingSchedule
    from opcua_ml.opcua.trust.subscriptions.value_encoder import ValueEncoder


class PlantMonitoredItemService(MonitoredItemService):
    """Implements the service set for one subscription.

    Args:
        subscription: whose items.
        service: the server's subscriptions, with what items need of the server.
        ready: what the subscription sends next.

    Attributes:
        offer: called by an item that has queued notifications to be reported.
        wire: whether notifications go to a client, as bytes.
        overflowed, overflowed_events: how many values and events had no room in their queues.
        rights_are_told: whether the address space's `access_version` rises whenever rights change.
    """

    aspace: PlantAddressSpace
    isub: Any
    """The subscription, by asyncua's name."""

    def __init__(
        self,
        subscription: ItemOwner,
        service: ItemServer,
        ready: ReadyItems,
    ) -> None:
        # The base's own start is left out: it makes a logger per subscription, which logging never forgets.
        self.isub = subscription
        self.aspace = service.aspace
        self._subscription = subscription
        self._service = service
        self._items: dict[int, Item] = {}
        self._links = 0
        self._maker = ItemMaker(self, subscription, service)
        self._ready = ready
        self._columns: dict[tuple[NumberTable, ColumnKind], ItemColumn] = {}
        self.offer: Callable[[Item], None] = ready.add
        self.wire = subscription.lane.wire
        self.rights_are_told: bool = service.rights_are_told
        self.overflowed = self.overflowed_events = 0

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
        return self._subscription.caller

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

    def now(self) -> float:
        """Its time, in seconds."""
        return self._service.schedule.now()

    def lost(self, notifications: int) -> None:
        """So many values had no room in their queues."""
        self.overflowed += notifications

    def lost_event(self) -> None:
        """An event had no room in its queue."""
        self.overflowed_events += 1

    @property
    def encoder(self) -> ValueEncoder:
        """The server's encoder of changed values."""
        return self._service.encoder

    def column(self, table: NumberTable, kind: ColumnKind) -> ItemColumn:
        """The column of items of this kind that report the numbers of a table."""
        found = self._columns.get((table, kind))
        if found is None:
            found = self._columns[table, kind] = ItemColumn(table, self, self._ready, kind)
        return found

    def settle(self) -> None:
        """Have all that is to be reported by now among what is sent next."""
        self.aspace.tables.settle()
        for column in tuple(self._columns.values()):
            column.settle()

    # The services

    def create(self, params: ua.CreateMonitoredItemsParameters) -> list[ua.MonitoredItemCreateResult]:
        """Part 4, 5.13.2; results in the order of ItemsToCreate."""
        timestamps = int(params.TimestampsToReturn)
        results = []
        for request in params.ItemsToCreate:
            item, result = self._maker.create(request, timestamps)
            if item is not None:
                self._items[item.item_id] = item
                item.set_mode(ua.MonitoringMode(request.MonitoringMode))
            results.append(result)
        return results

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
        results = []
        for request in params.ItemsToModify:
            item = self._items.get(request.MonitoredItemId)
            results.append(
                ua.MonitoredItemModifyResult(StatusCode=bad(StatusCodes.BadMonitoredItemIdInvalid))
                if item is None
                else self._maker.modify(item, request.RequestedParameters, timestamps)
            )
        return results

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
        removed, added, limits = [], [], self._service.limits
        for item_id in params.LinksToRemove or []:
            linked = self._items.get(item_id)
            known = linked is not None and triggering.unlink(linked)
            self._links -= known
            removed.append(good() if known else bad(StatusCodes.BadMonitoredItemIdInvalid))
        for item_id in params.LinksToAdd or []:
            linked = self._items.get(item_id)
            if linked is None:
                added.append(bad(StatusCodes.BadMonitoredItemIdInvalid))
            elif linked in triggering.triggers:
                added.append(good())
            elif len(triggering.triggers) >= limits.max_triggering_links or (
                self._links >= limits.max_triggering_links_per_subscription
            ):
                added.append(bad(StatusCodes.BadTooManyMonitoredItems))
            else:
                triggering.link(linked)
                self._links += 1
                added.append(good())
        return ua.SetTriggeringResult(AddResults=added, RemoveResults=removed)

    def delete_monitored_items(self, ids: list[int]) -> list[ua.StatusCode]:
        """Part 4, 5.13.6; results in the order of the ids."""
        return [self._delete_one(item_id) for item_id in ids]

    def delete_some(self, most: int) -> int:
        """Delete at most so many of the items; how many there were."""
        return len(self.delete_monitored_items(list(islice(self._items, most))))

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

    def mark(self, event: Any, mid: int | None = None) -> None:
        """Hand an event about the subscription itself to its event items, or to one, whatever they filter."""
        for item in self.items:
            if isinstance(item, EventItem) and mid in {None, item.item_id}:
                item.deliver(event)

    def _delete_one(self, item_id: int) -> ua.StatusCode:
        item = self._items.pop(item_id, None)
        if item is None:
            return bad(StatusCodes.BadMonitoredItemIdInvalid)
        self._links -= len(item.triggers) + len(item.triggered_by) - (item in item.triggers)
        item.close()
        self._subscription.withdraw(item)
        if isinstance(item, EventItem):
            self._service.remove_event_item(item)
            self._service.quotas.give_back_filter(self._subscription.owner, item.event_filter.weight)
        self._service.quotas.give_back_item(
            self._subscription.owner, item.granted.queue_size, item.node_id, self._subscription.created_in
        )
        return good()
