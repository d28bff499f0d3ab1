"""Slowing down who guesses, without letting anybody lock out others.

Failures are counted per source and user, and per source alone, never per user alone: whoever knows a user's
name can't keep that user out. A source is an address with the certificate of its application, so that
stations behind one address don't block each other; IPv6 addresses count by their /64, as one host has all of
it. A block ends by itself, and attempts during it don't prolong it.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    failures: int = 0
    last: float = 0.0
    proven: bool = False
    running: int = 0
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


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
        now = self._monotonic()
        source_key = _digest(_network(address).encode(), certificate or b"")
        pair_key = _digest(source_key, user.encode("utf-8", "surrogatepass"))
        per_user, per_source = self._rules
        pair, source = self._pairs.get(pair_key), self._sources.get(source_key)
        if _blocked(pair, per_user, now) or (
            not (pair is not None and pair.proven) and _blocked(source, per_source, now)
        ):
            # Nothing is remembered of a blocked attempt: made-up names can't push out what is known.
            self.refused += 1
            return None
        attempt = Attempt(_entry(self._pairs, pair_key), _entry(self._sources, source_key))
        attempt.begun(now)
        return attempt

    async def admit_in_turn(self, address: str, certificate: bytes | None, user: str) -> Attempt | None:
        """The same, after those side by side that alone keep it out have ended: clients may come all at once.

        Whoever uses it has to tell every attempt that it has `ended`.
        """
        per_user, _ = self._rules
        while (attempt := self.admit(address, certificate, user)) is None:
            source_key = _digest(_network(address).encode(), certificate or b"")
            pair = self._pairs.get(_digest(source_key, user.encode("utf-8", "surrogatepass")))
            if pair is None or not pair.running or pair.failures - pair.running >= per_user.free_failures:
                return None
            self.refused -= 1
            ended = asyncio.get_running_loop().create_future()
            pair.waiting.append(ended)
            await ended
        attempt.runs()
        return attempt


class Attempt:
    """One admitted attempt to log in."""

    def __init__(self, pair: _Entry, source: _Entry) -> None:
        self._pair = pair
        self._source = source

    def begun(self, now: float) -> None:
        """Count it as failed, so that attempts side by side count before any of them has ended."""
        for entry in (self._pair, self._source):
            entry.failures += 1
            entry.last = now

    def runs(self) -> None:
        """Count it among those that others wait for."""
        self._pair.running += 1

    def ended(self) -> None:
        """Let one that waits for this one be looked at, whatever came of this one."""
        pair = self._pair
        pair.running -= 1
        waiting, pair.waiting = pair.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def succeeded(self) -> None:
        """Forget the user's failures from this source, this one included."""
        self._pair.failures = 0
        self._pair.proven = True
        self._source.failures = max(0, self._source.failures - 1)

    def withdrawn(self) -> None:
        """Count it as if it had never been: we were too busy to look at it."""
        for entry in (self._pair, self._source):
            entry.failures = max(0, entry.failures - 1)


def _blocked(entry: _Entry | None, rule: ThrottleRule, now: float) -> bool:
    if entry is None:
        return False
    if now - entry.last > rule.forget_after:
        entry.failures = 0
    return now - entry.last < rule.pause(entry.failures)


def _entry(entries: OrderedDict[bytes, _Entry], key: bytes) -> _Entry:
    entry = entries.get(key)
    if entry is None:
        if len(entries) >= MOST_ENTRIES:
            entries.popitem(last=False)
        entry = entries[key] = _Entry()
    else:
        entries.move_to_end(key)
    return entry


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _digest(*parts: bytes) -> bytes:
    """A short key of fixed length, however long the names are that clients send."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()[:16]
