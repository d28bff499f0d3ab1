"""The users as their file says now; where it says nothing clear, nobody is a user."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from opcua_ml.opcua.identity.certificates.trust_store import RECHECK_SECONDS
from opcua_ml.opcua.identity.users.user_file import User, UserFileInvalid, read_users

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_log = structlog.get_logger(__name__)
_Seen = tuple[int, int, int] | None


class Users:
    """Reads the file again when it has changed; a file that is missing or wrong leaves nobody.

    Args:
        path: of the file; None where there are no users.
        recheck_seconds: longest time for which a change may go unnoticed.
        monotonic: seconds.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        recheck_seconds: float = RECHECK_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._recheck_seconds = recheck_seconds
        self._monotonic = monotonic
        self._checked = -float("inf")
        self._seen: _Seen = None
        self._users: Mapping[str, User] = {}
        self._owners: Mapping[str, User] = {}
        self._hashes: tuple[str, ...] = ()
        self._revision = 0
        self.problem = ""
        """Why nobody is a user, in one sentence; empty where the file is right."""

    @property
    def revision(self) -> int:
        """Counts up each time the file turned out to be changed: who logged in before may be out now."""
        self._refresh()
        return self._revision

    def named(self, name: str) -> User | None:
        """The user of this name."""
        self._refresh()
        return self._users.get(name)

    def owning(self, thumbprint: str) -> User | None:
        """The user who has the certificate of this SHA-256 thumbprint."""
        self._refresh()
        return self._owners.get(thumbprint)

    def all(self) -> tuple[User, ...]:
        """Everybody, in the order of the file."""
        self._refresh()
        return tuple(self._users.values())

    @property
    def certificates(self) -> frozenset[str]:
        """Thumbprints of all users' certificates."""
        self._refresh()
        return frozenset(self._owners)

    @property
    def known_hashes(self) -> tuple[str, ...]:
        """Of all users that have a password, as last read; safe to ask from any thread."""
        return self._hashes

    def look(self) -> None:
        """See at once what the file says now, for a login: who has just been added is let in.

        One stat; logins are few, as each costs an encryption or a signature.
        """
        self._refresh(at_once=True)

    def _refresh(self, *, at_once: bool = False) -> None:
        if self._path is None:
            return
        now = self._monotonic()
        if now - self._checked < self._recheck_seconds and not at_once:
            return
        self._checked = now
        seen = self._look(self._path)
        if self._revision and seen == self._seen:
            return
        self._seen = seen
        self._revision += 1
        self._read(self._path)

    def _look(self, path: Path) -> _Seen:
        try:
            stat = path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self, path: Path) -> None:
        users: Mapping[str, User] = {}
        self.problem = ""
        try:
            users = read_users(path)
        except (UserFileInvalid, OSError) as error:
            self.problem = str(error)
            # A file that was never there is no fault: what the service says at its start tells of it.
            if self._revision > 1 or not isinstance(error, FileNotFoundError):
                _log.error("nobody can log in by the file of users", file=str(path), why=str(error))
        self._users = users
        self._owners = {thumbprint: user for user in users.values() for thumbprint in user.certificates}
        self._hashes = tuple(user.password_hash for user in users.values() if user.password_hash is not None)
