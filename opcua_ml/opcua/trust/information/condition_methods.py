"""ConditionRefresh and ConditionRefresh2: the retained conditions again, for the caller's own subscription.

Source: OPC UA Part 9, 5.5.7 and 5.5.8, 5.11.2 to 5.11.4 (RefreshStart, RefreshEnd).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.event_objects import BaseEvent
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.texts import text
from opcua_ml.opcua.trust.ground.errors import bad
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.information.own_subscription import own_subscription

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.rates import Rates
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService

_START: Final = node_id(ObjectIds.RefreshStartEventType)
_END: Final = node_id(ObjectIds.RefreshEndEventType)
_SERVER: Final = node_id(ObjectIds.Server)


class ConditionMethods:
    """Their code.

    Args:
        subscriptions: all subscriptions, with the conditions that are retained.
        rates: how often an owner may ask.
    """

    def __init__(self, subscriptions: PlantSubscriptionService, rates: Rates) -> None:
        self._subscriptions = subscriptions
        self._rates = rates

    def link(self, aspace: PlantAddressSpace) -> None:
        """Put the code behind the Methods."""
        aspace.add_method_callback(node_id(ObjectIds.ConditionType_ConditionRefresh), self.refresh)
        aspace.add_method_callback(node_id(ObjectIds.ConditionType_ConditionRefresh2), self.refresh_item)

    async def refresh(self, _parent: ua.NodeId, subscription_id: ua.Variant) -> Any:
        """All event items of the subscription."""
        return await self._refresh(subscription_id.Value, None)

    async def refresh_item(self, _parent: ua.NodeId, subscription_id: ua.Variant, item: ua.Variant) -> Any:
        """One event item of the subscription."""
        return await self._refresh(subscription_id.Value, int(item.Value))

    async def _refresh(self, subscription_id: int, item: int | None) -> Any:
        """A StatusCode, or nothing when it is done.

        Who asks more often than the server gives is told BadServerTooBusy: each call writes every retained
        condition into the queues.
        """
        found = own_subscription(self._subscriptions, subscription_id)
        if isinstance(found, ua.StatusCode):
            return found
        items = found.monitored_item_srv
        if item is not None and item not in items.handles()[0]:
            return bad(StatusCodes.BadMonitoredItemIdInvalid)
        if not self._rates.take(found.owner):
            return bad(StatusCodes.BadServerTooBusy)
        items.mark(_mark(_START), item)
        for event in self._subscriptions.retained:
            await items.trigger_event(event, item)
        items.mark(_mark(_END), item)
        return []


def _mark(kind: ua.NodeId) -> Any:
    """What stands before and after the conditions."""
    make: Any = BaseEvent
    event = make()
    event.EventId = uuid.uuid4().bytes
    event.EventType = kind
    event.emitting_node = event.SourceNode = _SERVER
    event.SourceName = "Server"
    event.Time = event.ReceiveTime = datetime.now(UTC)
    event.Message = text("Refresh of the retained conditions")
    event.Severity = 1
    return event
