"""An owner of tasks: every task has a name and is awaited before its owner is gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Coroutine

_log = structlog.get_logger(__name__)


class OwnedTasks:
    """Starts tasks and keeps them until they end; `close` waits for all of them.

    A TaskGroup can't be used where tasks are started from callbacks of a transport; this is its counterpart.

    Attributes:
        running: those that have not ended.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self.running)

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run `work` as a task called `name`; what it raises is logged once."""
        named = f"{self._name}: {name}"
        task = asyncio.create_task(work, name=named)  # owned by close(), which awaits it
        self.running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, deadline_s: float) -> None:
        """Wait for the running tasks, at most `deadline_s` seconds; then cancel what is left and await it."""
        running = self.running - {asyncio.current_task()}
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=deadline_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task failed", task=task.get_name(), exc_info=error)
