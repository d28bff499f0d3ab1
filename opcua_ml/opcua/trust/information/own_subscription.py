"""The subscription that a Method of the Server object is called for.

Source: OPC UA Part 5, 9.1 (GetMonitoredItems), 9.2 (ResendData); Part 9, 5.5.7 (ConditionRefresh).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad
from opcua_ml.opcua.trust.nodes.method import calling_session

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription


def own_subscription(
    service: PlantSubscriptionService, subscription_id: int
) -> PlantSubscription | ua.StatusCode:
    """That of the caller's session, alive by this; or BadSubscriptionIdInvalid or BadUserAccessDenied."""
    found = service.subscriptions.get(subscription_id)
    if found is None:
        return bad(StatusCodes.BadSubscriptionIdInvalid)
    if found.session is not calling_session.get():
        return bad(StatusCodes.BadUserAccessDenied)
    found.alive()
    return found
