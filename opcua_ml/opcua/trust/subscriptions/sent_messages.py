"""The messages of one subscription that are not acknowledged yet, and the numbers of the next ones.

Source: OPC UA Part 4, 5.14.1.1 (retransmission queue), 5.14.6 (Republish), 7.26 (NotificationMessage).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from asyncua import ua

_LAST_NUMBER: Final = 0xFFFF_FFFF
_ua: Any = ua


class SentMessages:
    """Numbers messages and keeps the latest.

    Args:
        most: how many are kept; 0 for a receiver that never asks again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[int, ua.NotificationMessage] = {}
        self.next_number = 1

    @property
    def available(self) -> list[int]:
        """Numbers of the kept messages, the oldest first."""
        return list(self._kept)

    def keep_alive(self) -> ua.NotificationMessage:
        """A message without notifications; it has the next number and does not use it up."""
        message: ua.NotificationMessage = _ua.NotificationMessage(
            SequenceNumber=self.next_number, PublishTime=datetime.now(UTC)
        )
        return message

    def numbered(self, notifications: list[Any]) -> ua.NotificationMessage:
        """A message with the next number, kept until it is acknowledged or too many came after it."""
        message = self.keep_alive()
        message.NotificationData = notifications
        self.next_number = self.next_number % _LAST_NUMBER + 1
        if self._most:
            self._kept[message.SequenceNumber] = message
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return message

    def take_back(self, message: ua.NotificationMessage) -> None:
        """The latest message never left: its number is free again."""
        self._kept.pop(message.SequenceNumber, None)
        self.next_number = message.SequenceNumber

    def acknowledge(self, number: int) -> bool:
        """Forget a message; False if it is not kept."""
        return self._kept.pop(number, None) is not None

    def get(self, number: int) -> ua.NotificationMessage | None:
        """A kept message; it stays kept."""
        return self._kept.get(number)
