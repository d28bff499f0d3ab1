"""Items of subscriptions that have ended: they are deleted a few at a time.

A client may have tens of thousands of them, and ends them all by one request or by being silent; in one step
that would hold everybody up for a fifth of a second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.ground.tasks import OwnedTasks
    from opcua_ml.opcua.trust.subscriptions.monitored_items import PlantMonitoredItemService

_AT_ONCE: Final = 100
"""Items that are deleted in one run of the event loop: a millisecond."""


class EndedItems:
    """Deletes them: at once where they are few, else run by run.

    Args:
        tasks: by which those go on that are many.
    """

    def __init__(self, tasks: OwnedTasks) -> None:
        self._tasks = tasks
        self._waiting: deque[PlantMonitoredItemService] = deque()
        self._in_this_run = 0

    def __len__(self) -> int:
        return sum(map(len, self._waiting))

    def add(self, items: PlantMonitoredItemService) -> None:
        """Delete the items of a subscription that has ended."""
        if not self._waiting and self._in_this_run + len(items) <= _AT_ONCE:
            if not self._in_this_run:
                asyncio.get_running_loop().call_soon(self._next_run)
            self._in_this_run += len(items)
            items.delete_some(len(items))
            return
        self._waiting.append(items)
        if len(self._waiting) == 1:
            self._tasks.start(self._delete(), name="deleting items")

    def _next_run(self) -> None:
        self._in_this_run = 0

    async def _delete(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)
            left = _AT_ONCE
            while self._waiting and left > 0:
                first = self._waiting[0]
                left -= first.delete_some(left) or 1
                if not len(first):
                    self._waiting.popleft()
