"""A queue with a size, a policy and a counter of what it let go."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from opcua_ml.domain.queue_state import Overflow, QueueState

Item = TypeVar("Item")


class BoundedQueue(Generic[Item]):
    """First in, first out; used from the event loop only.

    Args:
        name: as clients see it.
        size: how many may wait.
        policy: what goes when it is full.
    """

    def __init__(self, name: str, size: int, policy: Overflow = Overflow.OLDEST_GOES) -> None:
        self.name = name
        self.size = size
        self.policy = policy
        self.dropped = 0
        self._items: deque[Item] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> bool:
        """Take an item, unless the queue is full and refuses it."""
        if len(self._items) >= self.size:
            self.dropped += 1
            if self.policy is Overflow.NEWEST_IS_REFUSED:
                return False
            self._items.popleft()
        self._items.append(item)
        return True

    def take(self, most: int) -> list[Item]:
        """The oldest ones, at most so many."""
        return [self._items.popleft() for _ in range(min(most, len(self._items)))]

    @property
    def state(self) -> QueueState:
        """As it is now."""
        return QueueState(self.name, self.size, self.policy, len(self._items), self.dropped)
