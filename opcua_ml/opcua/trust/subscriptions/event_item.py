"""Event items: monitored items that filter the events of a notifier.

Source: OPC UA Part 4, 5.13.1 (MonitoredItem model), 7.22.3 (EventFilter); Part 3, 8.55 (ReceiveEvents).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.nodes.localized import localized_variant
from opcua_ml.opcua.trust.subscriptions.event_filter import overflow_event
from opcua_ml.opcua.trust.subscriptions.item import DISABLED, Granted, Item
from opcua_ml.opcua.trust.subscriptions.queue import MOST_FIELDS, EventQueue

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.subscriptions.event_filter import CompiledEventFilter, Fields
    from opcua_ml.opcua.trust.subscriptions.item import ItemService


class EventItem(Item):
    """Filters events of one notifier."""

    __slots__ = ("event_filter",)

    def __init__(
        self,
        service: ItemService,
        item_id: int,
        node_id: ua.NodeId,
        granted: Granted,
        event_filter: CompiledEventFilter,
    ) -> None:
        super().__init__(service, item_id, node_id, granted)
        self.queue = EventQueue(
            granted.queue_size, discard_oldest=granted.discard_oldest, overflow=self._overflow
        )
        self.event_filter = event_filter

    def occurred(self, event: Any, known: Fields | None = None) -> None:
        """An event of the notifier, or of something below it; others have asked for the `known` fields."""
        if self.mode is DISABLED or not self._may_receive(event):
            return
        if self.event_filter.matches(event, known):
            self.deliver(event, known)

    def deliver(self, event: Any, known: Fields | None = None) -> None:
        """Queue an event without a look at filter and rights."""
        if self.mode is DISABLED:
            return
        if not self.queue.push(self._told(event, known)):
            self.service.lost_event()
        self.report()

    def notifications(self, most: int) -> list[ua.EventFieldList]:
        """EventFieldLists."""
        return self.queue.take(min(most, max(1, MOST_FIELDS // self.event_filter.width)))

    def _overflow(self) -> ua.EventFieldList:
        return self._told(overflow_event())

    def _told(self, event: Any, known: Fields | None = None) -> ua.EventFieldList:
        fields, locales = self.event_filter.fields(event, known), self.service.caller.locales
        if locales:
            fields = [localized_variant(one, locales) for one in fields]
        return ua.EventFieldList(self.granted.client_handle, fields)

    def _may_receive(self, event: Any) -> bool:
        """ReceiveEvents on the source and on the event's type (Part 3, 8.55)."""
        caller = self.service.caller
        if caller.identity.trusted:
            return True
        for node_id in (event.SourceNode, event.EventType):
            node: NodeData | None = self.service.aspace.get(node_id) if node_id is not None else None
            if node is not None and not self.service.rules.permissions(caller, node) & access.RECEIVE_EVENTS:
                return False
        return True
