"""Checks of passwords that wait: in turn by the place that they come from, and no more than bear waiting.

Those of places from which nobody seems to guess come first.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MOST_WAITING = 512
"""As many as may have a session; at 20 ms each the last one waits for ten seconds, of guesses for minutes."""
MOST_WAITING_PER_SOURCE = 64


class TooManyChecks(Exception):
    """No more checks are taken now; the client may come again."""


@dataclass(eq=False, slots=True)
class Check:
    """One run of argon2, and who waits for it.

    Attributes:
        key: what is checked; equal ones are one check.
        source: where the first came from that asked for it.
        doubtful: whether somebody seems to guess there.
        work: blocks until it has the answer.
        answer: of the check.
        waiting: how many wait for the answer.
        begun: when a patient thread took it, in seconds; None before.
        hurried: whether a second thread has taken it.
    """

    key: bytes
    source: bytes
    doubtful: bool
    work: Callable[[], bool]
    answer: asyncio.Future[bool]
    waiting: int = 0
    begun: float | None = None
    hurried: bool = False


class CheckQueue:
    """First come, first served within a source, and sources in turn."""

    def __init__(self) -> None:
        self._by_source: OrderedDict[bytes, deque[Check]] = OrderedDict()
        self._doubtful: OrderedDict[bytes, deque[Check]] = OrderedDict()

    def add(self, check: Check) -> Check | None:
        """Let it wait; the one that has to go where there are too many: of the source that has most waiting.

        That is the new one itself where no other source has more than its own, or its own has as many as may
        wait.
        """
        lines = (*self._doubtful.values(), *self._by_source.values())
        line = self._line(check).get(check.source, deque())
        if len(line) >= MOST_WAITING_PER_SOURCE:
            return check
        dropped = None
        if sum(map(len, lines)) >= MOST_WAITING:
            longest = max(lines, key=len)
            if len(longest) <= len(line) + 1:
                return check
            dropped = longest[-1]
            self.remove(dropped)
        self._line(check).setdefault(check.source, line).append(check)
        return dropped

    def next(self, *, doubtful: bool = True) -> Check | None:
        """The one whose turn it is, which waits no longer; None where nobody waits.

        Args:
            doubtful: whether it may be of a source from which somebody seems to guess.
        """
        lines = self._by_source or (self._doubtful if doubtful else None)
        if not lines:
            return None
        source, line = lines.popitem(last=False)
        check = line.popleft()
        if line:
            lines[source] = line
        return check

    def remove(self, check: Check) -> bool:
        """Forget one; False where it does not wait."""
        lines = self._line(check)
        line = lines.get(check.source, deque())
        if check not in line:
            return False
        line.remove(check)
        if not line:
            del lines[check.source]
        return True

    def _line(self, check: Check) -> OrderedDict[bytes, deque[Check]]:
        return self._doubtful if check.doubtful else self._by_source
