"""Notifications that are one after the other in one piece of bytes.

Source: OPC UA Part 4, 7.25.2 (MonitoredItemNotification).
"""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """Encoded MonitoredItemNotifications, all of the same length.

    Args:
        data: all of them.
        number: how many, at least one.
    """

    data: bytes
    number: int

    def one_by_one(self) -> list[bytes]:
        """Each of them alone."""
        size = len(self.data) // self.number
        return [self.data[start : start + size] for start in range(0, len(self.data), size)]
