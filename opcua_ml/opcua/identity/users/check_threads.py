"""Threads in which passwords are checked: they take processor time that nobody else has a use for."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from queue import Queue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[], bool]
    Done = Callable[[bool | BaseException, float], None]


class CheckThreads:
    """Runs blocking checks, as many at a time as there are threads; these begin when they are needed.

    They are daemons: where the processor is busy with other things, a check may take many seconds more, and
    nobody waits for that at the end of the service.

    Args:
        most: threads.
        prepare: called by each thread first; it says whether the thread gives way to all others.

    Attributes:
        gives_way: what `prepare` said.
    """

    def __init__(self, most: int, prepare: Callable[[], bool]) -> None:
        self._most = most
        self._prepare = prepare
        self._threads: list[threading.Thread] = []
        # As many as run, and the word that it is over for each thread.
        self._work: Queue[tuple[Work, Done, asyncio.AbstractEventLoop] | None] = Queue(2 * most)
        self._busy = 0
        self.gives_way = False

    @property
    def free(self) -> bool:
        """Whether a check would run at once."""
        return self._busy < self._most

    def run(self, work: Work, done: Done) -> None:
        """Run `work` in a thread that is free; then the event loop calls `done` with its result or error.

        `done` is also told how much processor time it took, in seconds.
        """
        self._busy += 1
        if len(self._threads) < min(self._busy, self._most):
            name = f"password-{len(self._threads)}"
            thread = threading.Thread(target=self._serve, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        self._work.put_nowait((work, done, asyncio.get_running_loop()))

    async def close(self, deadline: float) -> None:
        """End the threads; those that still check something at the deadline, in seconds, end afterwards."""
        threads, self._threads = self._threads, []
        for _ in threads:
            self._work.put_nowait(None)
        until = time.monotonic() + deadline
        for thread in threads:
            await asyncio.to_thread(thread.join, max(0.0, until - time.monotonic()))

    def _serve(self) -> None:
        self.gives_way = self._prepare()
        while (given := self._work.get()) is not None:
            work, done, loop = given
            del given
            begun = time.thread_time()
            result: bool | BaseException
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - whoever waits for the check is told
                result = error
            took = time.thread_time() - begun
            with suppress(RuntimeError):  # the loop may be closed when a late one ends
                loop.call_soon_threadsafe(self._ended, done, result, took)
            del work, done, result  # a password is in them

    def _ended(self, done: Done, result: bool | BaseException, took: float) -> None:
        self._busy -= 1
        done(result, took)
