"""Slowing down who guesses, without letting anybody lock out others.

Failures are counted per source and user, and per source alone, never per user alone: whoever knows a user's
name can't keep that user out. A block ends by itself, and attempts during it don't prolong it.

Failures are forgotten one by one, in the time of the longest pause each: who goes on guessing gains nothing,
and a place from which many log in, of whom some mistype, is not taken for a guesser in the long run.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opcua_ml.opcua.identity.users.login_source import digest, login_source

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ENTRIES = 10_000
"""Sources, and pairs of source and user, that are remembered; the one unused for longest goes first."""


@dataclass(frozen=True, slots=True)
class ThrottleRule:
    """How many failures are free, and how the pause grows after that; all times in seconds."""

    free_failures: int
    first_pause: float
    longest_pause: float
    forget_after: float

    def pause(self, failures: int) -> float:
        """The pause after this many failures in a row."""
        if failures < self.free_failures:
            return 0.0
        doublings = min(failures - self.free_failures, 30)
        return float(min(self.first_pause * 2.0**doublings, self.longest_pause))


PER_USER = ThrottleRule(free_failures=5, first_pause=1.0, longest_pause=300.0, forget_after=900.0)
PER_SOURCE = ThrottleRule(free_failures=30, first_pause=1.0, longest_pause=60.0, forget_after=900.0)


@dataclass(slots=True)
class _Entry:
    rule: ThrottleRule
    failures: int = 0
    last: float = 0.0
    forgiven: float = 0.0
    proven: bool = False
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def blocks(self, now: float) -> bool:
        """Whether a pause lasts."""
        each = self.rule.longest_pause
        if now - self.last > self.rule.forget_after:
            self.failures = 0
        if self.failures and each and (over := int((now - self.forgiven) / each)):
            self.failures = max(0, self.failures - over)
            self.forgiven += over * each
        return now - self.last < self.rule.pause(self.failures)

    @property
    def is_full(self) -> bool:
        """Whether only attempts that run side by side keep others out: they may yet succeed."""
        return self.running > 0 and self.failures - self.running < self.rule.free_failures

    async def turn(self, *, again: bool) -> None:
        """Wait until one of those that run has ended; who was called up in vain stays the first."""
        ended = asyncio.get_running_loop().create_future()
        if again:
            self.waiting.appendleft(ended)
        else:
            self.waiting.append(ended)
        try:
            await ended
        except asyncio.CancelledError:
            if ended.done() and not ended.cancelled():
                self.call_up()
            raise

    def call_up(self) -> None:
        """Tell the first of those that wait; it tells the next one, unless it goes on waiting here."""
        while self.waiting:
            ended = self.waiting.popleft()
            if not ended.done():
                ended.set_result(None)
                return


class LoginThrottle:
    """Admits attempts or not; every admitted attempt counts as failed until it is told to have succeeded.

    Args:
        monotonic: seconds.
        per_user: for one user from one source.
        per_source: for all users from one source; a user who logged in from there before is exempt.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        per_user: ThrottleRule = PER_USER,
        per_source: ThrottleRule = PER_SOURCE,
    ) -> None:
        self._monotonic = monotonic
        self._rules = (per_user, per_source)
        self._pairs: OrderedDict[bytes, _Entry] = OrderedDict()
        self._sources: OrderedDict[bytes, _Entry] = OrderedDict()
        self.refused = 0

    @property
    def entries(self) -> int:
        """How much is remembered."""
        return len(self._pairs) + len(self._sources)

    def admit(self, address: str, certificate: bytes | None, user: str) -> Attempt | None:
        """The attempt, or None where it has to be refused without looking at it."""
        source_key, pair_key = _keys(address, certificate, user)
        if self._blocking(source_key, pair_key) is not None:
            # Nothing is remembered of a blocked attempt: made-up names can't push out what is known.
            self.refused += 1
            return None
        return self._admitted(source_key, pair_key)

    async def admit_in_turn(self, address: str, certificate: bytes | None, user: str) -> Attempt | None:
        """The same, after those side by side that alone keep it out have ended: clients may come all at once.

        Whoever uses it has to tell every attempt that it has `ended`.
        """
        source_key, pair_key = _keys(address, certificate, user)
        before: _Entry | None = None
        while True:
            blocking = self._blocking(source_key, pair_key)
            waits = blocking is not None and blocking.is_full
            if before is not None and not (waits and blocking is before):
                before.call_up()
            if blocking is None:
                attempt = self._admitted(source_key, pair_key)
                attempt.runs()
                return attempt
            if not waits:
                self.refused += 1
                return None
            await blocking.turn(again=blocking is before)
            before = blocking

    def _blocking(self, source_key: bytes, pair_key: bytes) -> _Entry | None:
        """What keeps an attempt out: the user's failures from this source, or all of the source's."""
        now = self._monotonic()
        pair, source = self._pairs.get(pair_key), self._sources.get(source_key)
        if pair is not None and pair.blocks(now):
            return pair
        if source is not None and source.blocks(now) and not (pair is not None and pair.proven):
            return source
        return None

    def _admitted(self, source_key: bytes, pair_key: bytes) -> Attempt:
        per_user, per_source = self._rules
        attempt = Attempt(
            _entry(self._pairs, pair_key, per_user), _entry(self._sources, source_key, per_source)
        )
        attempt.begun(self._monotonic())
        return attempt


class Attempt:
    """One admitted attempt to log in."""

    def __init__(self, pair: _Entry, source: _Entry) -> None:
        self._pair = pair
        self._source = source

    @property
    def is_doubtful(self) -> bool:
        """Whether so much has failed from its source lately as no user has free: somebody may be guessing."""
        return self._source.failures - self._source.running >= self._pair.rule.free_failures

    def begun(self, now: float) -> None:
        """Count it as failed, so that attempts side by side count before any of them has ended."""
        for entry in (self._pair, self._source):
            if not entry.failures:
                entry.forgiven = now
            entry.failures += 1
            entry.last = now

    def runs(self) -> None:
        """Count it among those that others wait for."""
        for entry in (self._pair, self._source):
            entry.running += 1

    def ended(self) -> None:
        """Let those that wait for this one be looked at, one after the other, whatever came of this one."""
        for entry in (self._pair, self._source):
            entry.running -= 1
            entry.call_up()

    def succeeded(self) -> None:
        """Forget the user's failures from this source, this one included."""
        self._pair.failures = 0
        self._pair.proven = True
        self._source.failures = max(0, self._source.failures - 1)

    def withdrawn(self) -> None:
        """Count it as if it had never been: we were too busy to look at it."""
        for entry in (self._pair, self._source):
            entry.failures = max(0, entry.failures - 1)


def _keys(address: str, certificate: bytes | None, user: str) -> tuple[bytes, bytes]:
    """Of the source, and of the user from this source."""
    source = login_source(address, certificate)
    return source, digest(source, user.encode("utf-8", "surrogatepass"))


def _entry(entries: OrderedDict[bytes, _Entry], key: bytes, rule: ThrottleRule) -> _Entry:
    entry = entries.get(key)
    if entry is None:
        if len(entries) >= MOST_ENTRIES:
            entries.popitem(last=False)
        entry = entries[key] = _Entry(rule)
    else:
        entries.move_to_end(key)
    return entry
