"""Checks of passwords that wait: in turn by the place that they come from, and no more than bear waiting."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MOST_WAITING = 512
"""As many as may have a session; at 20 ms each the last one waits for ten seconds."""
MOST_WAITING_PER_SOURCE = 64


class TooManyChecks(Exception):
    """No more checks are taken now; the client may come again."""


@dataclass(eq=False, slots=True)
class Check:
    """One run of argon2, and who waits for it.

    Attributes:
        key: what is checked; equal ones are one check.
        source: where the first came from that asked for it.
        work: blocks until it has the answer.
        answer: of the check.
        waiting: how many wait for the answer.
        begun: when a patient thread took it, in seconds; None before.
        hurried: whether a second thread has taken it.
    """

    key: bytes
    source: bytes
    work: Callable[[], bool]
    answer: asyncio.Future[bool]
    waiting: int = 0
    begun: float | None = None
    hurried: bool = False


class CheckQueue:
    """First come, first served within a source, and sources in turn."""

    def __init__(self) -> None:
        self._by_source: OrderedDict[bytes, deque[Check]] = OrderedDict()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def add(self, check: Check) -> Check | None:
        """Let it wait; the one that has to go where there are too many: of the source that has most waiting.

        That is the new one itself where no other source has more than its own, or its own has as many as may
        wait.
        """
        of_source = len(self._by_source.get(check.source, ()))
        if of_source >= MOST_WAITING_PER_SOURCE:
            return check
        dropped = None
        if self._waiting >= MOST_WAITING:
            longest = max(self._by_source.values(), key=len)
            if len(longest) <= of_source + 1:
                return check
            dropped = longest[-1]
            self.remove(dropped)
        self._by_source.setdefault(check.source, deque()).append(check)
        self._waiting += 1
        return dropped

    def next(self) -> Check | None:
        """The one whose turn it is, which waits no longer; None where nobody waits."""
        if not self._by_source:
            return None
        source, checks = self._by_source.popitem(last=False)
        check = checks.popleft()
        self._waiting -= 1
        if checks:
            self._by_source[source] = checks
        return check

    def remove(self, check: Check) -> bool:
        """Forget one; False where it does not wait."""
        checks = self._by_source.get(check.source, deque())
        if check not in checks:
            return False
        checks.remove(check)
        self._waiting -= 1
        if not checks:
            del self._by_source[check.source]
        return True
