"""Which events reach which items: a node's own, those of the notifiers above it, and of the Server object.

Source: OPC UA Part 3, 7.17 and 7.18 (HasEventSource, HasNotifier); Part 9, 5.5.2 (Retain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua.server.subscription_service import SubscriptionService
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua import ua

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes
    from opcua_ml.opcua.trust.subscriptions.event_filter import Fields
    from opcua_ml.opcua.trust.subscriptions.event_item import EventItem

_log = structlog.get_logger(__name__)

_SERVER: Final = node_id(ObjectIds.Server)
_HAS_EVENT_SOURCE: Final = node_id(ObjectIds.HasEventSource)
_MAX_NOTIFIERS: Final = 1_000


class EventService(SubscriptionService):
    """Hands events to the items of all subscriptions.

    Args:
        aspace: the nodes.
        types: which references lead to notifiers.
        iserver: what asyncua's own service wants to know of the server.

    Attributes:
        event_observers: told of every event and its notifiers.
        glance: called between two items: a filter may take a millisecond, and others be answered meanwhile.
    """

    aspace: PlantAddressSpace

    def __init__(self, aspace: PlantAddressSpace, types: ValueTypes, iserver: Any) -> None:
        super().__init__(aspace, iserver)
        self.types = types
        self._event_items: dict[ua.NodeId, dict[EventItem, None]] = {}
        self.glance: Callable[[], object] = iserver.turns.glance
        self.event_observers: list[Callable[[Any, dict[ua.NodeId, None]], None]] = []

    def add_event_item(self, item: EventItem) -> None:
        """The item wants the events of its notifier."""
        self._event_items.setdefault(item.node_id, {})[item] = None

    def remove_event_item(self, item: EventItem) -> None:
        """The item wants no more."""
        items = self._event_items.get(item.node_id, {})
        items.pop(item, None)
        if not items:
            self._event_items.pop(item.node_id, None)

    @property
    def hears_events(self) -> bool:
        """Whether anybody would be told of an event."""
        return bool(self._event_items or self.event_observers)

    async def trigger_event(self, event: Any, subscription_id: int | None = None) -> None:
        """Hand an event to every item of its notifiers, the Server object included."""
        self.remember_condition(event)
        if not self.hears_events:
            return
        notifiers = self.notifiers_of(event)
        for observe in self.event_observers:
            observe(event, notifiers)
        known: Fields = {}
        for notifier in notifiers:
            for item in tuple(self._event_items.get(notifier, ())):
                self.glance()
                if subscription_id in {None, item.service.subscription_id}:
                    try:
                        item.occurred(event, known)
                    except Exception:  # noqa: BLE001 - one client's filter must not keep the event from the others
                        _log.exception("event item failed", notifier=notifier.to_string())

    def notifiers_of(self, event: Any) -> dict[ua.NodeId, None]:
        """The emitting node, the notifiers above it, and the Server object (Part 3, 7.17)."""
        found: dict[ua.NodeId, None] = {event.emitting_node: None, _SERVER: None}
        waiting = [event.emitting_node]
        while waiting and len(found) < _MAX_NOTIFIERS:
            node = self.aspace.get(waiting.pop())
            for reference in node.references if node is not None else ():
                if reference.IsForward or reference.NodeId in found:
                    continue
                if self.types.is_subtype(reference.ReferenceTypeId, _HAS_EVENT_SOURCE):
                    found[reference.NodeId] = None
                    waiting.append(reference.NodeId)
        return found

    @property
    def retained(self) -> list[Any]:
        """The latest event of every condition that is still of interest (Part 9, 5.5.2, Retain)."""
        return list(self._conditions.values())

    def remember_condition(self, event: Any) -> None:
        """What ConditionRefresh shows again; as asyncua keeps it."""
        if hasattr(event, "Retain") and hasattr(event, "NodeId"):
            if event.Retain:
                self._conditions[event.NodeId] = event
            else:
                self._conditions.pop(event.NodeId, None)
