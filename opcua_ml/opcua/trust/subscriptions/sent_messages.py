"""The messages of one subscription that are not acknowledged yet, and the numbers of the next ones.

Source: OPC UA Part 4, 5.14.1.1 (retransmission queue), 5.14.6 (Republish), 7.26 (NotificationMessage).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opcua_ml.opcua.trust.subscriptions.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.trust.subscriptions.message import Notification

_LAST_NUMBER: Final = 0xFFFF_FFFF


class SentMessages:
    """Numbers messages and keeps the latest.

    Args:
        most: how many are kept; 0 for a receiver that never asks again.
        most_notifications: how many notifications they hold together; the latest message is kept anyway.
    """

    def __init__(self, most: int, most_notifications: int) -> None:
        self._most = most
        self._most_notifications = most_notifications
        self._kept: dict[int, tuple[Message, int]] = {}
        self.notifications = 0
        self.discarded = 0
        """Messages given up before they were acknowledged."""
        self.next_number = 1

    @property
    def available(self) -> list[int]:
        """Numbers of the kept messages, the oldest first."""
        return list(self._kept)

    def keep_alive(self) -> Message:
        """A message without notifications; it has the next number and does not use it up."""
        return Message(self.next_number)

    def last_word(self, status: int) -> Message:
        """What tells of the subscription's end; it does not use up its number either."""
        return Message(self.next_number, status=status)

    def numbered(self, notifications: Sequence[Notification]) -> Message:
        """A message with the next number; it is not kept yet."""
        return Message(self.next_number, notifications)

    def keep(self, message: Message, notifications: int) -> None:
        """The message leaves: its number is used, and it is kept until it is acknowledged or too old."""
        self.next_number = message.sequence_number % _LAST_NUMBER + 1
        if not self._most:
            return
        self._kept[message.sequence_number] = message, notifications
        self.notifications += notifications
        while len(self._kept) > self._most or (
            self.notifications > self._most_notifications and len(self._kept) > 1
        ):
            self.acknowledge(next(iter(self._kept)))
            self.discarded += 1

    def take_back(self, message: Message) -> None:
        """The latest message did not leave after all: its number is free again."""
        self.acknowledge(message.sequence_number)
        self.next_number = message.sequence_number

    def clear(self) -> None:
        """Forget all messages."""
        self._kept.clear()
        self.notifications = 0

    def acknowledge(self, number: int) -> bool:
        """Forget a message; False if it is not kept."""
        found = self._kept.pop(number, None)
        if found is None:
            return False
        self.notifications -= found[1]
        return True

    def get(self, number: int) -> Message | None:
        """A kept message; it stays kept."""
        found = self._kept.get(number)
        return found[0] if found is not None else None
