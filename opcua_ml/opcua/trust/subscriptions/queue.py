"""The queue of one monitored item: its size, what is dropped, and the bit that says so.

Source: OPC UA Part 4, 5.13.1.5 (Queue parameters), 7.39.1 (InfoBits: Overflow).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from asyncua import ua

from opcua_ml.opcua.hot import with_info_bits
from opcua_ml.opcua.hot.change_rows import OVERFLOW
from opcua_ml.opcua.trust.ground.ua_values import status_code

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

LARGEST: Final = 256 * 1024
"""Bytes of long values that one message tells; one more may be in it."""
MOST_FIELDS: Final = 4_096
"""Fields of events that one message tells, but for those of one event."""
SHORT: Final = 256
"""Bytes of a value whose length is not looked at: a message has a thousand of them at most."""


class NotificationQueue(Generic[_T]):
    """Holds at most `size` notifications and counts those it dropped.

    Args:
        size: how many; at least 1.
        discard_oldest: drop the oldest to make room, else replace the newest.
    """

    __slots__ = ("_held", "discard_oldest", "dropped", "size")

    def __init__(self, size: int, *, discard_oldest: bool) -> None:
        self.size = size
        self.discard_oldest = discard_oldest
        self.dropped = 0
        self._held: list[_T] = []

    def __len__(self) -> int:
        return len(self._held)

    def push(self, notification: _T) -> bool:
        """Take one in; False if another one was lost for it."""
        held = self._held
        if len(held) < self.size:
            held.append(notification)
            return True
        self.dropped += 1
        if self.size == 1:
            held[0] = notification
        elif self.discard_oldest:
            del held[0]
            held.append(notification)
            held[0] = self.marked(held[0])
        else:
            held[-1] = self.marked(notification)
        return False

    def resize(self, size: int, *, discard_oldest: bool) -> None:
        """Another size; what no longer fits goes as in an overflow."""
        self.discard_oldest = discard_oldest
        self.size = size
        while len(self._held) > size:
            self.dropped += 1
            if discard_oldest:
                del self._held[0]
            else:
                self._held.pop()
            if size > 1 and len(self._held) == size:
                edge = 0 if discard_oldest else -1
                self._held[edge] = self.marked(self._held[edge])

    def fitting(self, most: int, largest: int) -> int:  # noqa: ARG002 - of those that have a size
        """How many of the oldest go into so many bytes; one at least, and `most` where they have no size."""
        return most

    def take(self, most: int) -> list[_T]:
        """Remove the oldest notifications, up to `most`."""
        held = self._held
        if len(held) == 1 and most:
            return [held.pop()]
        if len(held) <= most:
            self._held = []
            return held
        taken = held[:most]
        del held[:most]
        return taken

    def clear(self) -> None:
        """Drop everything without counting it as lost."""
        self._held.clear()

    def marked(self, notification: _T) -> _T:
        """The notification with a sign that others were lost beside it; plain queues have none."""
        return notification


class ValueQueue(NotificationQueue[ua.DataValue]):
    """A queue of data values, which carry the Overflow bit."""

    __slots__ = ()

    def marked(self, notification: ua.DataValue) -> ua.DataValue:
        """A copy with the Overflow bit in its StatusCode."""
        code = notification.StatusCode.value if notification.StatusCode is not None else 0
        return ua.DataValue(
            notification.Value,
            status_code(code | OVERFLOW),
            SourceTimestamp=notification.SourceTimestamp,
            ServerTimestamp=notification.ServerTimestamp,
            SourcePicoseconds=notification.SourcePicoseconds,
            ServerPicoseconds=notification.ServerPicoseconds,
        )


class WireQueue(NotificationQueue[bytes]):
    """A queue of encoded data values."""

    __slots__ = ()

    def fitting(self, most: int, largest: int) -> int:
        """How many of the oldest go into so many bytes; one at least."""
        held = self._held
        if len(held) < 2 or len(held[0]) <= SHORT:
            return most
        left = largest
        for number, data in enumerate(held[:most]):
            left -= len(data)
            if left < 0:
                return max(1, number)
        return most

    def marked(self, notification: bytes) -> bytes:
        """The same with the Overflow bit in its StatusCode."""
        return with_info_bits(notification, OVERFLOW)


class EventQueue(NotificationQueue[ua.EventFieldList]):
    """A queue of events; one EventQueueOverflowEvent, beside the size, says that others were lost.

    Args:
        size: how many events; at least 1.
        discard_oldest: as for every queue; the overflow event stands where the gap is.
        overflow: makes the overflow event.
    """

    __slots__ = ("_gap", "_overflow")

    def __init__(self, size: int, *, discard_oldest: bool, overflow: Callable[[], ua.EventFieldList]) -> None:
        super().__init__(size, discard_oldest=discard_oldest)
        self._overflow = overflow
        self._gap: ua.EventFieldList | None = None

    def __len__(self) -> int:
        return len(self._held) + (self._gap is not None)

    def push(self, notification: ua.EventFieldList) -> bool:
        """Take one in; False if another one was lost for it."""
        kept = super().push(notification)
        if not kept and self._gap is None:
            self._gap = self._overflow()
        return kept

    def take(self, most: int) -> list[ua.EventFieldList]:
        """Remove the oldest notifications, up to `most`; the gap first or last."""
        gap = self._gap
        if gap is None:
            return super().take(most)
        if self.discard_oldest:
            self._gap = None
            return [gap, *super().take(most - 1)] if most > 1 else [gap]
        taken = super().take(most)
        if len(taken) < most:
            self._gap = None
            taken.append(gap)
        return taken

    def clear(self) -> None:
        """Drop everything without counting it as lost."""
        super().clear()
        self._gap = None
