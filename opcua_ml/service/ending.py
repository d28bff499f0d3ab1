"""The end of tasks that were asked to end, for certain and in words."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = structlog.get_logger(__name__)

_PATIENCE_S = 1.0


async def end(tasks: Iterable[asyncio.Task[Any]], *, patience_s: float = _PATIENCE_S) -> None:
    """Cancel the tasks and wait until the last has ended; what a task raises is its owner's to see.

    A task that a library kept from hearing of it, by taking the cancellation for its own, is asked again each
    `patience_s` seconds, and the log names it.
    """
    late = set(tasks)
    while late:
        for task in late:
            task.cancel()
        _, late = await asyncio.wait(late, timeout=patience_s)
        if late:
            _log.warning("asked again to end", tasks=sorted(task.get_name() for task in late))
