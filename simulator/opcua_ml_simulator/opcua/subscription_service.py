"""Subscriptions as Part 4 wants them where a queue is too short; asyncua 2.1 drops values without telling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asyncua.server.subscription_service import SubscriptionService

from opcua_ml_simulator.opcua.tag_writer import status_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua import ua
    from asyncua.server.internal_server import InternalServer
    from asyncua.server.internal_subscription import InternalSubscription

    from opcua_ml_simulator.opcua.limits import ServerLimits

_OVERFLOW = 0x480
"""InfoType DataValue with its Overflow bit (Part 4, 7.39.1)."""


class PlcSubscriptionService(SubscriptionService):
    """Holds to the limits, and marks what follows a lost value.

    Args:
        server: whose service it is.
        limits: of the server.
    """

    def __init__(self, server: InternalServer, limits: ServerLimits) -> None:
        super().__init__(server.aspace, server)
        self._limits = limits

    async def create_subscription(
        self,
        params: ua.CreateSubscriptionParameters,
        callback: Callable[..., Any],
        session_id: ua.NodeId,
        request_callback: Callable[..., Any] | None = None,
    ) -> ua.CreateSubscriptionResult:
        """One whose queues tell that they overflowed."""
        result = await super().create_subscription(params, callback, session_id, request_callback)
        queue = _Queue(self.subscriptions[result.SubscriptionId])
        queue.subscription.enqueue_datachange_event = queue.put  # type: ignore[method-assign]
        return result

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """Create items, if they are not too many."""
        self._limits.check_operations(len(params.ItemsToCreate))
        return await super().create_monitored_items(params)

    def modify_monitored_items(
        self, params: ua.ModifyMonitoredItemsParameters
    ) -> list[ua.MonitoredItemModifyResult]:
        """Modify items, if they are not too many."""
        self._limits.check_operations(len(params.ItemsToModify))
        return super().modify_monitored_items(params)

    def delete_monitored_items(self, params: ua.DeleteMonitoredItemsParameters) -> list[ua.StatusCode]:
        """Delete items, if they are not too many."""
        self._limits.check_operations(len(params.MonitoredItemIds))
        return super().delete_monitored_items(params)


class _Queue:
    """The queues of a subscription's items, which say that they lost something (Part 4, 5.13.1.5)."""

    def __init__(self, subscription: InternalSubscription) -> None:
        self.subscription = subscription
        self._put = subscription.enqueue_datachange_event

    async def put(self, mid: int, eventdata: ua.MonitoredItemNotification, maxsize: int) -> None:
        """Add a change; where the queue is full the oldest goes and the next one carries the Overflow bit."""
        waiting = self.subscription._triggered_datachanges.get(mid, [])  # noqa: SLF001 - asyncua has no hook
        overflows = 1 < maxsize <= len(waiting)
        await self._put(mid, eventdata, maxsize)
        if overflows:
            oldest = waiting[0]
            waiting[0] = replace(oldest, Value=_marked(oldest.Value))


def _marked(value: ua.DataValue) -> ua.DataValue:
    code = 0 if value.StatusCode is None else int(value.StatusCode.value)
    return replace(value, StatusCode=status_code(code | _OVERFLOW))
