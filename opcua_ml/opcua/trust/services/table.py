"""Which handler serves which request: the whole surface of the server on one page.

What is not in this table is answered with BadServiceUnsupported: Query, NodeManagement, HistoryUpdate,
RegisterServer and RegisterServer2 are not offered to clients.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.hot import CallRequest, PublishRequest, ReadRequest, WriteRequest
from opcua_ml.opcua.trust.services import (
    attribute_set,
    discovery_set,
    method_set,
    session_set,
    subscription_set,
    view_set,
)
from opcua_ml.opcua.trust.services.exchange import Needs, Service

if TYPE_CHECKING:
    from collections.abc import Callable

_PARAMETERS: Final = {"CloseSession": ua.Boolean}
"""Where a request has no structure of parameters."""


_MOST: Final = {
    "Read": "max_nodes_per_read",
    "Write": "max_nodes_per_write",
    "HistoryRead": "max_nodes_per_history_read",
    "Browse": "max_nodes_per_browse",
    "BrowseNext": "max_nodes_per_browse",
    "TranslateBrowsePathsToNodeIds": "max_nodes_per_translate",
    "RegisterNodes": "max_nodes_per_register",
    "UnregisterNodes": "max_nodes_per_register",
    "Call": "max_nodes_per_method_call",
    "SetPublishingMode": "max_subscriptions",
    "Publish": "max_monitored_items_per_call",
    "TransferSubscriptions": "max_subscriptions",
    "DeleteSubscriptions": "max_subscriptions",
    "CreateMonitoredItems": "max_monitored_items_per_call",
    "ModifyMonitoredItems": "max_monitored_items_per_call",
    "SetMonitoringMode": "max_monitored_items_per_call",
    "SetTriggering": "max_monitored_items_per_call",
    "DeleteMonitoredItems": "max_monitored_items_per_call",
}
"""Limits of operations, so that a request with more of them is refused before they are decoded."""


def _service(
    name: str, handle: Callable[..., Any], needs: Needs = Needs.ACTIVATED, *, detached: bool = False
) -> Service:
    parameters = _PARAMETERS.get(name) or getattr(ua, f"{name}Parameters")
    awaits = inspect.iscoroutinefunction(handle)
    return Service(name, parameters, handle, needs, awaits, detached, _MOST.get(name, ""))


_ALL: Final = (
    _service("FindServers", discovery_set.find_servers, Needs.NOTHING),
    _service("GetEndpoints", discovery_set.get_endpoints, Needs.NOTHING),
    _service("CreateSession", session_set.create_session, Needs.NOTHING),
    _service("ActivateSession", session_set.activate_session, Needs.SESSION),
    _service("CloseSession", session_set.close_session, Needs.SESSION),
    _service("Cancel", discovery_set.cancel),
    _service("Read", attribute_set.read),
    _service("Write", attribute_set.write),
    _service("HistoryRead", attribute_set.history_read, detached=True),
    _service("Browse", view_set.browse),
    _service("BrowseNext", view_set.browse_next),
    _service("TranslateBrowsePathsToNodeIds", view_set.translate_browse_paths),
    _service("RegisterNodes", view_set.register_nodes),
    _service("UnregisterNodes", view_set.unregister_nodes),
    _service("Call", method_set.call, detached=True),
    _service("CreateSubscription", subscription_set.create_subscription),
    _service("ModifySubscription", subscription_set.modify_subscription),
    _service("SetPublishingMode", subscription_set.set_publishing_mode),
    _service("Publish", subscription_set.publish),
    _service("Republish", subscription_set.republish),
    _service("TransferSubscriptions", subscription_set.transfer_subscriptions),
    _service("DeleteSubscriptions", subscription_set.delete_subscriptions),
    _service("CreateMonitoredItems", subscription_set.create_monitored_items),
    _service("ModifyMonitoredItems", subscription_set.modify_monitored_items),
    _service("SetMonitoringMode", subscription_set.set_monitoring_mode),
    _service("SetTriggering", subscription_set.set_triggering),
    _service("DeleteMonitoredItems", subscription_set.delete_monitored_items),
)

SERVICES: Final[dict[object, Service]] = {
    getattr(ObjectIds, f"{service.name}Request_Encoding_DefaultBinary"): service for service in _ALL
}
"""By the numeric NodeId of the request's binary encoding, in namespace 0."""

_BY_NAME: Final = {service.name: service for service in _ALL}

HOT_SERVICES: Final[dict[type, Service]] = {
    CallRequest: _BY_NAME["Call"],
    ReadRequest: _BY_NAME["Read"],
    WriteRequest: _BY_NAME["Write"],
    PublishRequest: _BY_NAME["Publish"],
}
"""By the type that the hot codec decodes a request to."""
