"""The Methods of the Server object that need a session: GetMonitoredItems and ResendData.

Source: OPC UA Part 5, 9.1 (GetMonitoredItems), 9.2 (ResendData).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.information.own_subscription import own_subscription

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService


class ServerMethods:
    """Their code.

    Args:
        subscriptions: all subscriptions.
    """

    def __init__(self, subscriptions: PlantSubscriptionService) -> None:
        self._subscriptions = subscriptions

    def link(self, aspace: PlantAddressSpace) -> None:
        """Put the code behind the Methods."""
        aspace.add_method_callback(node_id(ObjectIds.Server_GetMonitoredItems), self.get_monitored_items)
        aspace.add_method_callback(node_id(ObjectIds.Server_ResendData), self.resend_data)

    async def get_monitored_items(self, _parent: ua.NodeId, subscription_id: ua.Variant) -> Any:
        """Server and client handles of the caller's own subscription."""
        subscription = own_subscription(self._subscriptions, subscription_id.Value)
        if isinstance(subscription, ua.StatusCode):
            return subscription
        servers, clients = subscription.monitored_item_srv.handles()
        return [ua.Variant(handles, ua.VariantType.UInt32, is_array=True) for handles in (servers, clients)]

    async def resend_data(self, _parent: ua.NodeId, subscription_id: ua.Variant) -> Any:
        """Report the present values of the caller's own subscription again."""
        subscription = own_subscription(self._subscriptions, subscription_id.Value)
        if isinstance(subscription, ua.StatusCode):
            return subscription
        await self._subscriptions.resend(subscription)
        return []
