"""Request and answer by words that each have one writer: which requests are to be answered, and once.

The client writes the inputs and then raises the request id; the service writes outputs and result code and
at last the done id. 0 is no request. The client counts up by one and goes on at 1 after the greatest number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

GREATEST_IDS = frozenset(2**bits - 1 for bits in (7, 8, 15, 16, 31, 32))
"""After these a counter of a PLC's program may start again without anything being missed."""


class Seen(Enum):
    """What a look at the request id has shown."""

    NOTHING_NEW = "nothing new"
    REQUEST = "a request to answer"
    RESET = "the client has begun anew and waits for nothing"


@dataclass(frozen=True, slots=True)
class HandshakeCounts:
    """Since the service's start.

    Attributes:
        requests: seen.
        answered: of them, with whatever result, timeouts included.
        repeated: written once more with the same id, and not answered again.
        missed: ids left out between two requests: they came and went before anybody saw them.
        superseded: replaced by a newer one, or lost with the connection, before their answer.
        timed_out: answered with a timeout, as the answer was not there in time.
    """

    requests: int = 0
    answered: int = 0
    repeated: int = 0
    missed: int = 0
    superseded: int = 0
    timed_out: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A request that waits for its answer; `since` is on our monotonic clock, in seconds."""

    id: int
    since: float


class Handshake:
    """The state of one handshake.

    Args:
        timeout: seconds after which a request is answered with a timeout.
        done_id: what the done id's word holds; None while that is not known.

    Attributes:
        pending: the request to answer now.
        done_id: of the last answer.
        counts: see there.
    """

    def __init__(self, timeout: float, *, done_id: int | None = None) -> None:
        self.pending: Request | None = None
        self.done_id = done_id
        self.counts = HandshakeCounts()
        self._timeout = timeout
        self._last: int | None = None
        self._mark: Hashable = None

    @property
    def deadline(self) -> float | None:
        """When the pending request's time is over, on our monotonic clock."""
        return None if self.pending is None else self.pending.since + self._timeout

    def see_done(self, done_id: int) -> None:
        """The done id's word was read: it tells whether a request from before we came is still open."""
        self.done_id = done_id

    def see_request(self, request_id: int, now: float, mark: Hashable = None) -> Seen:
        """The request id's word was seen.

        Args:
            request_id: what it holds.
            now: monotonic time in seconds.
            mark: tells two writings of the same id apart, such as the source's time; the same mark is the
                same writing, seen again.
        """
        last, is_same_writing = self._last, mark == self._mark
        self._mark = mark
        if request_id == last:
            if not is_same_writing and request_id != 0:
                self.counts = replace(self.counts, repeated=self.counts.repeated + 1)
            return Seen.NOTHING_NEW
        self._last = request_id
        self._abandon()
        if request_id == 0:
            return Seen.RESET if self.done_id != 0 else Seen.NOTHING_NEW
        if last is None and request_id == self.done_id:
            return Seen.NOTHING_NEW
        self.counts = replace(
            self.counts,
            requests=self.counts.requests + 1,
            missed=self.counts.missed + _left_out(last, request_id),
        )
        self.pending = Request(request_id, now)
        return Seen.REQUEST

    def lose(self) -> None:
        """The words can't be seen any more: what they hold when they can is to be looked at as at first."""
        self._abandon()
        self._last = self._mark = None

    def answer(self, request_id: int) -> bool:
        """Whether this request still waits; it does no longer now."""
        if self.pending is None or self.pending.id != request_id:
            return False
        self.pending, self.done_id = None, request_id
        self.counts = replace(self.counts, answered=self.counts.answered + 1)
        return True

    def reset(self) -> None:
        """The done id's word is 0 again."""
        self.done_id = 0

    def expire(self, now: float) -> int | None:
        """The id of the request whose time is over, to be answered so; None where there is none."""
        deadline = self.deadline
        if self.pending is None or deadline is None or now < deadline:
            return None
        request_id = self.pending.id
        self.answer(request_id)
        self.counts = replace(self.counts, timed_out=self.counts.timed_out + 1)
        return request_id

    def _abandon(self) -> None:
        if self.pending is not None:
            self.counts = replace(self.counts, superseded=self.counts.superseded + 1)
            self.pending = None


class SignOfLife:
    """A word that its writer keeps changing.

    Args:
        timeout: seconds without a change after which the writer counts as silent; None for never.
    """

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._value: Hashable = None
        self._changed_at: float | None = None

    def see(self, value: Hashable, now: float) -> None:
        """The word was seen."""
        if value != self._value or self._changed_at is None:
            self._value, self._changed_at = value, now

    @property
    def silent_at(self) -> float | None:
        """When its writer will count as silent; None for never, and before its first sign."""
        if self._timeout is None or self._changed_at is None:
            return None
        return self._changed_at + self._timeout

    def is_silent(self, now: float) -> bool:
        """Whether the writer was there and is no more."""
        silent_at = self.silent_at
        return silent_at is not None and now >= silent_at


def _left_out(last: int | None, request_id: int) -> int:
    """Ids between two requests; none can be told of where the count began anew."""
    if last is None or last == 0 or request_id < last:
        return max(0, request_id - 1) if last in GREATEST_IDS else 0
    return request_id - last - 1
