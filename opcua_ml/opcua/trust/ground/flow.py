"""What work is put to the account of: a client, or all of an address who have not logged in."""

from __future__ import annotations

from typing import Final

_FIRST_GUESS_S: Final = 0.0003
_LIGHT_SHARE: Final = 0.03
_FIRST_CREDIT_S: Final = 0.002
_MOST_CREDIT_S: Final = 0.006


class Account:
    """Flows that have one share together: the clients of one user, or the strangers of one address.

    Attributes:
        waiting: flows of it that have turns in the queue.
    """

    __slots__ = ("__weakref__", "waiting")

    def __init__(self) -> None:
        self.waiting = 0


class Flow:
    """What has one place in the queue.

    Args:
        account: with whom it shares; None where it has an account of its own.

    Attributes:
        tag: virtual time in seconds at which its next piece starts.
        cost: seconds that a piece of it usually takes.
        over: seconds by which its pieces took longer than they were expected to, in sum.
        queued: turns of it that are in the queue.
    """

    __slots__ = ("_credit", "_seen", "account", "cost", "over", "queued", "tag")

    def __init__(self, account: Account | None = None) -> None:
        self.account = account or Account()
        self.tag = 0.0
        self.cost = _FIRST_GUESS_S
        self.over = 0.0
        self.queued = 0
        self._credit = _FIRST_CREDIT_S
        self._seen = 0.0

    def queue(self) -> None:
        """One more turn waits."""
        self.account.waiting += not self.queued
        self.queued += 1

    def leave(self) -> None:
        """One turn fewer waits."""
        self.queued -= 1
        self.account.waiting -= not self.queued

    def is_light(self, now: float) -> bool:
        """Whether it asked for so little lately that it need not wait."""
        return self._credit + _LIGHT_SHARE * (now - self._seen) > 0

    def spend(self, seconds: float, now: float) -> None:
        """Take it from its credit, which fills up again with time."""
        filled = self._credit + _LIGHT_SHARE * (now - self._seen)
        self._credit = max(min(filled, _MOST_CREDIT_S) - seconds, -_MOST_CREDIT_S)
        self._seen = now
