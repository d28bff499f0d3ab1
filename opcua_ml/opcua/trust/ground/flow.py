"""What work is put to the account of: a client, or all of an address who have not logged in."""

from __future__ import annotations

from typing import Final

_FIRST_GUESS_S: Final = 0.0003
_LIGHT_SHARE: Final = 0.03
_FIRST_CREDIT_S: Final = 0.002
_MOST_CREDIT_S: Final = 0.006
_ACCOUNT_SHARE: Final = 0.4
_ACCOUNT_CREDIT_S: Final = 0.02
_SUSPICIOUS_S: Final = 0.005
_MOST_DEBT_S: Final = 0.02


class Credit:
    """Seconds of work that may be had without waiting; it fills up again with time.

    Args:
        share: of the time that comes back.
        first: seconds at the beginning.
        most: seconds that are kept, and that may be owed.
    """

    __slots__ = ("_left", "_most", "_seen", "_share")

    def __init__(self, share: float, first: float, most: float) -> None:
        self._share = share
        self._left = first
        self._most = most
        self._seen = 0.0

    def left(self, now: float) -> float:
        """What there is."""
        return self._left + self._share * (now - self._seen)

    def spend(self, seconds: float, now: float) -> None:
        """Take so much."""
        self._left = max(min(self.left(now), self._most) - seconds, -self._most)
        self._seen = now


class Account:
    """Flows that have one share together: the clients of one user, or the strangers of one address.

    Attributes:
        waiting: flows of it that have turns in the queue.
        credit: what those of them who ask for little may take together and come first: a hundred who ask for
            little each are as much as one who asks for much.
    """

    __slots__ = ("__weakref__", "credit", "waiting")

    def __init__(self) -> None:
        self.waiting = 0
        self.credit = Credit(_ACCOUNT_SHARE, _ACCOUNT_CREDIT_S, _ACCOUNT_CREDIT_S)


class Flow:
    """What has one place in the queue.

    Args:
        account: with whom it shares; None where it has an account of its own.
        stranger: whether it is of clients who have not logged in.

    What was refused is a debt, in seconds of the work that it took; what is answered pays for it. Who owes
    more than a few milliseconds is a suspect, as strangers are: what it asks for is mostly refused.

    Attributes:
        tag: virtual time in seconds at which its next piece starts.
        cost: seconds that a piece of it usually takes, on its own account.
        lasts: seconds that a piece usually takes, with what it does on others' account.
        over: seconds by which its pieces took longer than they were expected to, in sum.
        queued: turns of it that are in the queue.
        is_suspect: whether it has not logged in, or is mostly refused what it asks for.
    """

    __slots__ = (
        "_credit",
        "_debt",
        "_open",
        "_refused",
        "account",
        "cost",
        "is_suspect",
        "lasts",
        "over",
        "queued",
        "stranger",
        "tag",
    )

    def __init__(self, account: Account | None = None, *, stranger: bool = False) -> None:
        self.account = account or Account()
        self.tag = 0.0
        self.cost = self.lasts = _FIRST_GUESS_S
        self.over = 0.0
        self.queued = 0
        self._credit = Credit(_LIGHT_SHARE, _FIRST_CREDIT_S, _MOST_CREDIT_S)
        self.is_suspect = self.stranger = stranger
        self._debt = 0.0
        self._open = 0.0
        self._refused = False

    def queue(self) -> None:
        """One more turn waits."""
        self.account.waiting += not self.queued
        self.queued += 1

    def leave(self) -> None:
        """One turn fewer waits."""
        self.queued -= 1
        self.account.waiting -= not self.queued

    def begin(self) -> None:
        """A request is looked at; those before it that were not refused have come to something."""
        if self._debt:
            self._owe(max(0.0, self._debt - self._open))
        self._open = 0.0

    def refused(self) -> None:
        """The present request is answered with a ServiceFault: what it takes is a debt."""
        self._refused = True

    def is_light(self, now: float) -> bool:
        """Whether it asked for so little lately that it need not wait; who is mostly refused always waits."""
        return (
            self._debt <= _SUSPICIOUS_S and self._credit.left(now) > 0 and self.account.credit.left(now) > 0
        )

    def spend(self, seconds: float, now: float) -> bool:
        """Take it from its credit, which fills up again with time; whether it was light before."""
        was_light = self.is_light(now)
        self._credit.spend(seconds, now)
        if was_light:
            self.account.credit.spend(seconds, now)
        self._open += seconds
        if self._refused:
            self._owe(min(self._debt + self._open, _MOST_DEBT_S))
            self._open = 0.0
            self._refused = False
        return was_light

    def _owe(self, seconds: float) -> None:
        self._debt = seconds
        self.is_suspect = self.stranger or seconds > _SUSPICIOUS_S
