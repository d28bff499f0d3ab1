"""Where histories are read: off the event loop, in slices, one owner after another."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator

    from opcua_ml.application.history.store import HistoryReader
    from opcua_ml.opcua.history.paging import Paged, PageLimit

SLICE_S: Final = 0.01
"""Time after which another owner's reading comes up."""


class ReadingRoom:
    """A thread that reads.

    One thread is enough: it waits for the disk at worst, and each further one would take the interpreter from
    the event loop.

    Args:
        reader: used in the thread alone.
    """

    def __init__(self, reader: HistoryReader) -> None:
        self._reader = reader
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="history-read")
        self._owners: dict[Any, tuple[asyncio.Lock, int]] = {}

    async def page(self, owner: Any, paged: Paged, limit: PageLimit, until: float) -> list[bytes]:
        """Read on, a slice at a time.

        Args:
            owner: whose reading it is; of one owner one slice at a time is queued.
            paged: what is read.
            limit: of the page.
            until: time of the loop at which the page ends, and is what was found up to then; it goes on by at
                least one slice whatever the time is.

        Raises:
            HistoryFailed: the store can't be read.
        """
        loop = asyncio.get_running_loop()
        steps = paged.page(self._reader, limit)
        over: bool | None = None
        lock, users = self._owners.get(owner) or (asyncio.Lock(), 0)
        self._owners[owner] = lock, users + 1
        try:
            while True:
                async with lock:
                    done, result = await loop.run_in_executor(self._executor, _slice, steps, over)
                if done:
                    return result
                over = loop.time() > until
        finally:
            lock, users = self._owners.pop(owner)
            if users > 1:
                self._owners[owner] = lock, users - 1

    async def close(self) -> None:
        """Wait for what runs, then let go of all readers."""
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._reader.close)


def _slice(steps: Generator[None, bool, list[bytes]], over: bool | None) -> tuple[bool, list[bytes]]:
    """Steps for a while; `over` is None for the first ones, then whether the time of the page is over."""
    until = time.perf_counter() + SLICE_S
    while True:
        try:
            steps.send(over)  # type: ignore[arg-type]  # the first one takes None alone
        except StopIteration as end:
            return True, end.value
        over = bool(over)
        if time.perf_counter() >= until:
            return False, []
