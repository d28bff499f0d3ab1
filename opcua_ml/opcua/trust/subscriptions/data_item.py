"""Data items: monitored items that sample an attribute.

Source: OPC UA Part 4, 5.13.1 (MonitoredItem model), 5.13.1.2 (Sampling interval), 7.25.2 (notifications).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.hot import with_timestamps
from opcua_ml.opcua.live import NumberBatch, ValueCell
from opcua_ml.opcua.trust.ground.errors import REFUSALS, bad
from opcua_ml.opcua.trust.nodes.attribute import select_part, stamped
from opcua_ml.opcua.trust.nodes.localized import localized
from opcua_ml.opcua.trust.subscriptions.change import ChangeFilter, Seen, same_number, snapshot
from opcua_ml.opcua.trust.subscriptions.column_member import NEVER, ColumnMember
from opcua_ml.opcua.trust.subscriptions.item import DISABLED, REPORTING, Granted
from opcua_ml.opcua.trust.subscriptions.queue import LARGEST, NotificationQueue, ValueQueue, WireQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.trust.subscriptions.column_member import DataItemService
    from opcua_ml.opcua.trust.subscriptions.item import Item
    from opcua_ml.opcua.trust.subscriptions.message import Notification

_pack_handle: Final = Struct("<I").pack
_BOTH: Final = 2
_notification: Any = ua.MonitoredItemNotification


class DataItem(ColumnMember):
    """Samples one attribute: when it is written, or by polling where its value is computed.

    A change sooner than the sampling interval after the last sample waits for the interval's end; what is
    reported then is the value of that moment. For a client the queue holds encoded DataValues, for the
    server's own code the DataValues themselves.

    Numbers that change in bulk come by `number`, everything else by calling the item as asyncua calls
    watchers. The bulk way is open (`_swift`) while all that would have to be asked is known: the item
    samples whole values, and its client may read them. While this lasts for all who watch the value, numbers
    come by a column; see ColumnMember.
    """

    __slots__ = (
        "_access_version",
        "_handle",
        "_is_value",
        "_locales",
        "_readable",
        "indifferent",
        "read_value_id",
    )

    queue: NotificationQueue[Any]

    def __init__(
        self,
        service: DataItemService,
        item_id: int,
        read_value_id: ua.ReadValueId,
        granted: Granted,
        change_filter: ChangeFilter,
        *,
        timestamps: int,
    ) -> None:
        super().__init__(
            service, item_id, read_value_id.NodeId, granted, change_filter, timestamps=timestamps
        )
        kind: Any = WireQueue if service.wire else ValueQueue
        self.queue = kind(granted.queue_size, discard_oldest=granted.discard_oldest)
        self.read_value_id = read_value_id
        self.indifferent = service.rights_are_told and not change_filter.by_timestamp
        self._is_value = read_value_id.AttributeId == AttributeIds.Value
        self._access_version = NEVER
        self._readable = StatusCodes.Good
        self._locales: tuple[str, ...] = ()
        _, self._handle = service.aspace.add_datachange_callback(
            read_value_id.NodeId, read_value_id.AttributeId, self
        )

    # Changes

    def number(self, content: Any, data: bytes, batch: NumberBatch) -> bool:
        """One of many numbers has changed."""
        if self._column is not None:
            self._leave()
        if self._swift != self.service.aspace.access_version:
            return self._held_back()
        if self.granted.sampling_interval > 0 and not self._looks():
            return True
        last, mark = self._last, batch.mark
        now: Seen = (mark, content, batch.source)
        if last is not None:
            change_filter = self.change_filter
            if change_filter.plain and last[0] == mark:
                if same_number(last[1], content):
                    return True
            elif not change_filter.passes(last, now):
                return True
        self._last = now
        if self.timestamps != _BOTH:
            data = with_timestamps(data, self.timestamps)
        if self.triggers or self.mode is not REPORTING:
            self._queue(data)
            return True
        self.queue_swiftly(data)
        return True

    def queue_swiftly(self, data: bytes) -> None:
        """Queue a value of an item that reports and has no links."""
        if not self.queue.push(data):
            self.service.lost(1)
        self.service.offer(self)

    def __call__(
        self,
        handle: int,  # noqa: ARG002 - what asyncua passes to watchers
        value: ua.DataValue | None,
        error: ua.StatusCode | None = None,
    ) -> None:
        """The attribute was written, or with `error` its node is gone."""
        if self._column is not None:
            self._leave()
        if self.mode is DISABLED:
            return
        if error is not None or value is None:
            self._take(ua.DataValue(StatusCode=error or bad(StatusCodes.BadNodeIdUnknown)))
            return
        if not self._looks():
            return
        if self._is_value:
            self._sample(value)
        else:
            self.sample_now()  # some attributes differ by who asks

    def sample_now(self) -> None:
        """Look at the attribute as it is."""
        self._leave()
        node = self.service.aspace.get(self.node_id)
        if node is None:
            self._take(ua.DataValue(StatusCode=bad(StatusCodes.BadNodeIdUnknown)))
            return
        attributes = self.service.attributes
        self._sample(attributes.attribute_for(self.service.caller, node, self.read_value_id.AttributeId))

    # The item's life

    def set_mode(self, mode: ua.MonitoringMode) -> None:
        """Part 4, 5.13.4."""
        self._leave()
        self._swift = NEVER
        if mode is DISABLED:
            self._wait_no_more()
        super().set_mode(mode)

    def modify(self, change_filter: ChangeFilter, sampling_interval: float, timestamps: int) -> None:
        """Sample otherwise from now on (Part 4, 5.13.3); what is queued stays as it is."""
        self._leave()
        self._swift = NEVER
        self.change_filter = change_filter
        self.indifferent = self.service.rights_are_told and not change_filter.by_timestamp
        self.granted.sampling_interval = sampling_interval
        self.timestamps = timestamps
        self._look_sooner(self.service.now() + sampling_interval / 1000)

    def forget_rights(self) -> None:
        """Ask with the next change what may be read."""
        self._leave()
        self._access_version = self._swift = NEVER

    def rights_changed(self) -> None:
        """See at once whether the client may still read; what it may not is not sent, nor what was queued.

        A client that reads in other languages from now on hears of what is another text then.
        """
        before, locales = self._readable, self._locales
        self._access_version = NEVER
        if self.mode is DISABLED:
            return
        if self._refusal() == before:
            if self._locales != locales:
                self.sample_now()
            return
        self._leave()
        self._swift = NEVER
        self.queue.clear()
        self._last = None
        self.sample_now()

    def catch_up(self) -> None:
        """Take the sample now that would be due at the end of the sampling interval."""
        if self.granted.sampling_interval > 0:
            self._leave()
        if self._scheduled and self.mode is not DISABLED:
            self.sample_now()

    def resend(self) -> None:
        """Report the present value again, whatever was reported before (ResendData)."""
        if self.mode is REPORTING:
            self._leave()
            self._last = None
            self.sample_now()

    def link(self, other: Item) -> None:
        """A notification of this item sets off the other's."""
        self._leave()
        super().link(other)

    def enabled(self) -> None:
        """Take the first sample."""
        self._last = None
        self._look_later(self.service.now())
        self.sample_now()
        if self.polled:
            self._wait()
        if self.steady and (node := self.service.aspace.get(self.node_id)) is not None:
            held = node.attributes[AttributeIds.Value]
            if isinstance(held, ValueCell):
                held.nominate()

    def close(self) -> None:
        """Watch the attribute no longer."""
        super().close()
        if self._column is not None:
            column, self._column = self._column, None
            column.close(self._row)
        self.closed = True
        self._wait_no_more()
        self.service.aspace.delete_datachange_callback(self._handle)

    def notifications(self, most: int) -> Sequence[Notification]:
        """MonitoredItemNotifications, encoded for a client."""
        handle, queue = self.granted.client_handle, self.queue
        queued = queue.take(queue.fitting(most, LARGEST))
        if self.service.wire:
            head = _pack_handle(handle)
            return [head + data for data in queued] if len(queued) != 1 else (head + queued[0],)
        return [_notification(handle, value) for value in queued]

    def may_read(self) -> bool:
        """Whether the client may read the value, asked anew where rights may have changed."""
        return not self._refusal()

    # Parts

    def _sample(self, value: ua.DataValue) -> None:
        code = self._refusal()
        if code:
            self._take(ua.DataValue(StatusCode=bad(code)))
            return
        if self._locales:
            value = localized(value, self._locales)
        item = self.read_value_id
        if item.IndexRange or (item.DataEncoding is not None and item.DataEncoding.Name):
            try:
                value = select_part(value, item, item.AttributeId)
            except REFUSALS as refusal:
                value = ua.DataValue(StatusCode=bad(refusal.code))
        elif self._is_value and self.service.wire and not self.polled and self.service.rights_are_told:
            self._swift = self._access_version
        self._take(value)

    def _take(self, value: ua.DataValue) -> None:
        encoder = self.service.encoder
        now, last = encoder.seen(value), self._last
        if last is now:
            return
        if last is not None:
            change_filter = self.change_filter
            # The most frequent case without a call: hundreds of items may watch one node.
            if change_filter.plain and type(now[1]) is float and last[0] == now[0]:
                if same_number(last[1], now[1]):
                    return
            elif not change_filter.passes(last, now):
                return
        self._last = now
        if self.service.wire:
            self._queue(encoder.part(value, self.timestamps, is_value=self._is_value))
        else:
            self._queue(stamped(snapshot(value), self.timestamps, is_value=self._is_value))

    def _queue(self, notification: bytes | ua.DataValue) -> None:
        if not self.queue.push(notification):
            self.service.lost(1)
        if self.mode is REPORTING:
            self.service.offer(self)
        if self.triggers:
            self.report()

    def _refusal(self) -> int:
        """Whether the client may read, asked anew when rights may have changed."""
        service = self.service
        version = service.aspace.access_version
        if version != self._access_version or not service.rights_are_told:
            self._access_version = version
            self._locales = service.caller.locales
            node = service.aspace.get(self.node_id)
            attribute = self.read_value_id.AttributeId
            self._readable = (
                StatusCodes.BadNodeIdUnknown
                if node is None
                else service.attributes.readable(service.caller, node, attribute)
            )
        return self._readable
