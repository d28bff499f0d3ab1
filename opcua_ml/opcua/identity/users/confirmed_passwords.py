"""Passwords that were right a short while ago: confirmed without another run of argon2.

What is kept is an HMAC under a key of this process, in memory alone. A wrong password is never kept: it costs
the same run, whether or not there is such a user, and whether or not somebody has just logged in.

Source: RFC 2104 (HMAC); as MySQL's caching_sha2_password and the authentication cache of Dovecot do.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from typing import Final

LONGEST_S: Final = 900.0
"""For which a password is remembered at most, from the run of argon2 that confirmed it."""
MOST_USERS: Final = 1_000
_NOBODY: Final = bytes(32)


class ConfirmedPasswords:
    """One password per user, for a bounded time that using it does not prolong.

    Args:
        lifetime: seconds; 0 remembers nothing.
    """

    def __init__(self, lifetime: float = LONGEST_S) -> None:
        self._lifetime = lifetime
        self._key = secrets.token_bytes(32)
        self._confirmed: dict[str, tuple[bytes, float]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._confirmed)

    def fingerprint(self, *parts: bytes) -> bytes:
        """HMAC-SHA256 of all parts, each with its length: 32 bytes that say nothing without the key."""
        joined = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self._key, joined, hashlib.sha256)

    def knows(self, name: str, fingerprint: bytes) -> bool:
        """Whether this was the user's right password lately; as quick where nothing is known of the user."""
        confirmed, until = self._confirmed.get(name, (_NOBODY, 0.0))
        is_the_same = hmac.compare_digest(confirmed, fingerprint)
        return is_the_same and asyncio.get_running_loop().time() < until

    def remember(self, name: str, fingerprint: bytes) -> None:
        """It has just been found right by argon2."""
        if not self._lifetime:
            return
        loop = asyncio.get_running_loop()
        self._confirmed.pop(name, None)
        if len(self._confirmed) >= MOST_USERS:
            del self._confirmed[next(iter(self._confirmed))]
        self._confirmed[name] = (fingerprint, loop.time() + self._lifetime)
        if self._timer is None:
            self._timer = loop.call_later(self._lifetime, self._forget_old)

    def forget(self) -> None:
        """Forget all: the file of users has changed, or this is the end."""
        self._confirmed.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _forget_old(self) -> None:
        """What is over leaves the memory, too, whether anybody logs in or not; the oldest stands first."""
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._confirmed:
            name = next(iter(self._confirmed))
            until = self._confirmed[name][1]
            if until > loop.time():
                self._timer = loop.call_at(until, self._forget_old)
                return
            del self._confirmed[name]
