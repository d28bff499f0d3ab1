"""Monitored items: what they share, and data items, which sample an attribute.

Source: OPC UA Part 4, 5.13.1 (MonitoredItem model), 5.13.2 (CreateMonitoredItems).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.errors import REFUSALS, bad
from opcua_ml.opcua.trust.nodes.attribute import select_part, stamped
from opcua_ml.opcua.trust.subscriptions.change import ChangeFilter, snapshot
from opcua_ml.opcua.trust.subscriptions.queue import NotificationQueue, ValueQueue

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.subscriptions.monitored_items import PlantMonitoredItemService

DISABLED: Final = ua.MonitoringMode.Disabled
SAMPLING: Final = ua.MonitoringMode.Sampling
REPORTING: Final = ua.MonitoringMode.Reporting


@dataclass(slots=True)
class Granted:
    """What a client asked for, after revision. Intervals in milliseconds."""

    client_handle: int
    sampling_interval: float
    queue_size: int
    discard_oldest: bool


class Item:
    """What both kinds of monitored items share."""

    __slots__ = (
        "granted",
        "item_id",
        "mode",
        "node_id",
        "queue",
        "service",
        "triggered",
        "triggered_by",
        "triggers",
    )

    queue: NotificationQueue[Any]

    def __init__(
        self, service: PlantMonitoredItemService, item_id: int, node_id: ua.NodeId, granted: Granted
    ) -> None:
        self.service = service
        self.item_id = item_id
        self.node_id = node_id
        self.granted = granted
        self.mode: ua.MonitoringMode = DISABLED
        self.triggers: dict[Item, None] = {}
        self.triggered_by: dict[Item, None] = {}
        self.triggered = False

    def report(self) -> None:
        """Something was queued: offer it to the subscription, and set off the linked items."""
        if self.mode == REPORTING:
            self.service.offer(self)
        for linked in self.triggers:
            linked.trigger()

    def trigger(self) -> None:
        """Report what is queued although only sampling (Part 4, 5.13.1.6)."""
        if self.mode == SAMPLING and len(self.queue):
            self.triggered = True
            self.service.offer(self)

    def set_mode(self, mode: ua.MonitoringMode) -> None:
        """Part 4, 5.13.4: what is queued goes out with Reporting and is dropped with Disabled."""
        before, self.mode = self.mode, mode
        if mode == DISABLED:
            self.queue.clear()
            self.triggered = False
        elif before == DISABLED:
            self.enabled()
        if mode == REPORTING and len(self.queue):
            self.service.offer(self)

    def enabled(self) -> None:
        """The item starts to sample."""

    def link(self, other: Item) -> None:
        """A notification of this item sets off the other's."""
        self.triggers[other] = None
        other.triggered_by[self] = None

    def unlink(self, other: Item) -> bool:
        """Undo `link`; whether there was one."""
        other.triggered_by.pop(self, None)
        return self.triggers.pop(other, other) is None

    def close(self) -> None:
        """The item is deleted, and its links with it (Part 4, 5.13.6)."""
        for other in tuple(self.triggers):
            self.unlink(other)
        for other in tuple(self.triggered_by):
            other.unlink(self)


class DataItem(Item):
    """Samples one attribute: when it is written, or by polling where its value is computed.

    A change sooner than the sampling interval after the last sample waits for the interval's end; what is
    reported then is the value of that moment.
    """

    __slots__ = (
        "_access_version",
        "_due",
        "_handle",
        "_last",
        "_readable",
        "_scheduled",
        "change_filter",
        "closed",
        "polled",
        "read_value_id",
        "timestamps",
    )

    queue: ValueQueue

    def __init__(
        self,
        service: PlantMonitoredItemService,
        item_id: int,
        read_value_id: ua.ReadValueId,
        granted: Granted,
        change_filter: ChangeFilter,
        *,
        timestamps: int,
    ) -> None:
        super().__init__(service, item_id, read_value_id.NodeId, granted)
        self.queue = ValueQueue(granted.queue_size, discard_oldest=granted.discard_oldest)
        self.read_value_id = read_value_id
        self.change_filter = change_filter
        self.timestamps = timestamps
        self.polled = False
        self.closed = False
        self._last: ua.DataValue | None = None
        self._due = 0.0
        self._scheduled = False
        self._access_version = -1
        self._readable = StatusCodes.Good
        _, self._handle = service.aspace.add_datachange_callback(
            read_value_id.NodeId, read_value_id.AttributeId, self.changed
        )

    def changed(
        self,
        handle: int,  # noqa: ARG002 - what asyncua passes to watchers
        value: ua.DataValue | None,
        error: ua.StatusCode | None = None,
    ) -> None:
        """The attribute was written, or with `error` its node is gone."""
        if self.mode == DISABLED:
            return
        if error is not None or value is None:
            self._take(ua.DataValue(StatusCode=error or bad(StatusCodes.BadNodeIdUnknown)))
            return
        interval = self.granted.sampling_interval
        if interval > 0:
            now = self.service.now()
            if now < self._due:
                self._wait()
                return
            self._due = now + interval / 1000
        if self.read_value_id.AttributeId == AttributeIds.Value:
            self._sample(value)
        else:
            self.sample_now()  # some attributes differ by who asks

    def sample_due(self, now: float) -> None:
        """The sampling interval is over."""
        self._scheduled = False
        if self.closed or self.mode == DISABLED:
            return
        self._due = now + self.granted.sampling_interval / 1000
        if self.polled:
            self._wait()
        self.sample_now()

    def sample_now(self) -> None:
        """Look at the attribute as it is."""
        node = self.service.aspace.get(self.node_id)
        if node is None:
            self._take(ua.DataValue(StatusCode=bad(StatusCodes.BadNodeIdUnknown)))
            return
        attributes = self.service.attributes
        self._sample(attributes.attribute_for(self.service.caller, node, self.read_value_id.AttributeId))

    def resend(self) -> None:
        """Report the present value again, whatever was reported before (ResendData)."""
        if self.mode == REPORTING:
            self._last = None
            self.sample_now()

    def rights_changed(self) -> None:
        """See at once whether the client may still read; what it may not is not sent, nor what was queued."""
        before = self._readable
        if self.mode == DISABLED or self._refusal() == before:
            return
        self.queue.clear()
        self._last = None
        self.sample_now()

    def catch_up(self) -> None:
        """Take the sample now that would be due at the end of the sampling interval."""
        if self._scheduled and self.mode != DISABLED:
            self.sample_now()

    def enabled(self) -> None:
        """Take the first sample."""
        self._last = None
        self._due = self.service.now() + self.granted.sampling_interval / 1000
        self.sample_now()
        if self.polled:
            self._wait()

    def close(self) -> None:
        """Watch the attribute no longer."""
        super().close()
        self.closed = True
        self.service.aspace.delete_datachange_callback(self._handle)

    def _wait(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self.service.schedule.at(self._due, self)

    def _sample(self, value: ua.DataValue) -> None:
        code = self._refusal()
        if code:
            self._take(ua.DataValue(StatusCode=bad(code)))
            return
        item = self.read_value_id
        if item.IndexRange or (item.DataEncoding is not None and item.DataEncoding.Name):
            try:
                value = select_part(value, item, item.AttributeId)
            except REFUSALS as refusal:
                value = ua.DataValue(StatusCode=bad(refusal.code))
        self._take(value)

    def _take(self, value: ua.DataValue) -> None:
        value = snapshot(value)
        if not self.change_filter.passes(self._last, value):
            return
        self._last = value
        is_value = self.read_value_id.AttributeId == AttributeIds.Value
        if not self.queue.push(stamped(value, self.timestamps, is_value=is_value)):
            self.service.overflowed += 1
        self.report()

    def _refusal(self) -> int:
        """Whether the client may read, asked anew when rights may have changed."""
        version = self.service.access_version()
        if version != self._access_version:
            self._access_version = version
            node = self.service.aspace.get(self.node_id)
            attribute = self.read_value_id.AttributeId
            self._readable = (
                StatusCodes.BadNodeIdUnknown
                if node is None
                else self.service.attributes.readable(self.service.caller, node, attribute)
            )
        return self._readable
