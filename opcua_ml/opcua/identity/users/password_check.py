"""Password checks off the event loop: few at a time, few waiting, fewer still for one address."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AT_A_TIME = max(1, min(2, (os.cpu_count() or 1) - 1))
"""One processor stays with the event loop, however many guess."""
STEPS_BACK = 10
"""By so much the checks' threads are nicer than the others: who guesses takes processor time from nobody."""
MOST_WAITING = 64
MOST_WAITING_PER_ADDRESS = 8


class TooManyChecks(Exception):
    """No more checks are taken now; the client may come again."""


class PasswordChecks:
    """Runs blocking checks in its own threads; `close` waits for those that run."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="password", initializer=_step_back)
        self._waiting: Counter[str] = Counter()
        self.refused = 0

    async def run(self, address: str, check: Callable[[], bool]) -> bool:
        """What `check` says, computed in a thread.

        Raises:
            TooManyChecks: too many wait, in sum or for this address.
        """
        if self._waiting.total() >= MOST_WAITING or self._waiting[address] >= MOST_WAITING_PER_ADDRESS:
            self.refused += 1
            raise TooManyChecks
        self._waiting[address] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, check)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    async def close(self) -> None:
        """Take no more checks and wait for those that run; the ones that wait are dropped."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)


def _step_back() -> None:
    """Let this thread run when others have no use for the processor; only Linux has priorities of threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            nice = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(19, nice + STEPS_BACK))
