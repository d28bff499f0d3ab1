"""Monitored items, created and deleted in sizes that the PLC takes (OPC UA Part 4, 5.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings

_NO_FILTER = frozenset({StatusCodes.BadMonitoredItemFilterUnsupported, StatusCodes.BadFilterNotAllowed})


@dataclass(frozen=True, slots=True)
class Monitored:
    """A monitored item as the PLC made it; times in seconds.

    Attributes:
        code: StatusCode of its creation; the rest is of meaning only where it is Good.
        item: its id.
        sampling_interval, queue_size: as revised by the PLC.
        filtered: whether changes of the timestamp alone are told, too.
    """

    code: int
    item: int = 0
    sampling_interval: float = 0.0
    queue_size: int = 0
    filtered: bool = True


class MonitoredItems:
    """Of one subscription."""

    def __init__(self, session: PlcSession, settings: PlcSettings, subscription: int) -> None:
        self._session = session
        self._settings = settings
        self._subscription = subscription

    async def create(self, items: Sequence[tuple[int, ua.NodeId]]) -> list[Monitored]:
        """Create items, given as client handle and node; what the PLC made of each.

        They notify a change of the timestamp alone, too: a PLC that writes the same value again has spoken
        anew. A PLC that knows no such filter is asked once more without it; a change of value or StatusCode
        is told then (Part 4, 7.22.2).
        """
        made = await self._create(items, filtered=True)
        again = [place for place, one in enumerate(made) if one.code in _NO_FILTER]
        if again:
            plain = await self._create([items[place] for place in again], filtered=False)
            for place, one in zip(again, plain, strict=True):
                made[place] = one
        return made

    async def forget(self, items: Sequence[int]) -> None:
        """Delete items by their ids; that some are gone already is no error."""

        async def call(part: Sequence[int]) -> Any:
            request = ua.DeleteMonitoredItemsRequest()
            request.Parameters.SubscriptionId = self._subscription
            request.Parameters.MonitoredItemIds = list(part)
            return (await self._session.request(request, ua.DeleteMonitoredItemsResponse)).Results

        limit = self._session.limits.monitored_items
        await self._session.in_parts("DeleteMonitoredItems", items, limit, call)

    async def _create(self, items: Sequence[tuple[int, ua.NodeId]], *, filtered: bool) -> list[Monitored]:
        async def call(part: Sequence[tuple[int, ua.NodeId]]) -> Any:
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters.SubscriptionId = self._subscription
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.ItemsToCreate = [self._item(handle, node, filtered) for handle, node in part]
            return (await self._session.request(request, ua.CreateMonitoredItemsResponse)).Results

        limit = self._session.limits.monitored_items
        results = await self._session.in_parts("CreateMonitoredItems", items, limit, call)
        return [
            Monitored(
                code=one.StatusCode.value,
                item=one.MonitoredItemId,
                sampling_interval=one.RevisedSamplingInterval / 1000,
                queue_size=one.RevisedQueueSize,
                filtered=filtered,
            )
            for one in results
        ]

    def _item(self, handle: int, node: ua.NodeId, filtered: bool) -> ua.MonitoredItemCreateRequest:
        settings = self._settings
        interval = settings.sampling_interval
        wanted = ua.MonitoringParameters()
        wanted.ClientHandle = handle
        wanted.SamplingInterval = (settings.publishing_interval if interval is None else interval) * 1000
        wanted.QueueSize = settings.queue_size
        wanted.DiscardOldest = True
        if filtered:
            wanted.Filter = ua.DataChangeFilter(Trigger=ua.DataChangeTrigger.StatusValueTimestamp)
        request = ua.MonitoredItemCreateRequest()
        request.ItemToMonitor = ua.ReadValueId(NodeId=node, AttributeId=AttributeIds.Value)
        request.MonitoringMode = ua.MonitoringMode.Reporting
        request.RequestedParameters = wanted
        return request
