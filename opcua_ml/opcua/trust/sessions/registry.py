"""All sessions of the server by their tokens: how many, whose, and how long.

Source: OPC UA Part 4, 5.6 (Session Service Set).
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.sessions.security_codes import SECURITY_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncua import ua

    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.sessions.session import PlantSession


class SessionObserver(Protocol):
    """Called from the event loop; never blocks, never raises."""

    def created(self, session: PlantSession) -> None:
        """A session was taken in."""
        ...

    def closed(self, session: PlantSession) -> None:
        """A session has ended, by whatever cause."""
        ...


class SessionRegistry:
    """Finds, counts and closes sessions.

    Args:
        limits: how many and how long.

    Attributes:
        observers: told of every session.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_token: dict[bytes, PlantSession] = {}
        self._by_id: dict[str, PlantSession] = {}
        self.observers: list[SessionObserver] = []
        self.rejected = 0
        self.security_rejected = 0
        self.aborted = 0
        self.timed_out = 0
        self.cumulated = 0

    def __len__(self) -> int:
        return len(self._by_token)

    def __iter__(self) -> Iterator[PlantSession]:
        return iter(tuple(self._by_token.values()))

    def find(self, token: ua.NodeId) -> PlantSession | None:
        """The session of an AuthenticationToken."""
        identifier = token.Identifier
        return self._by_token.get(identifier) if isinstance(identifier, bytes) else None

    def of_id(self, identifier: str) -> PlantSession | None:
        """The session whose SessionId has this identifier, as text."""
        return self._by_id.get(identifier)

    def add(self, session: PlantSession) -> None:
        """Take in a new session.

        Raises:
            ServiceError: BadTooManySessions, if no abandoned one could make room.
        """
        if len(self._by_token) >= self._limits.max_sessions and not self._make_room():
            raise ServiceError(StatusCodes.BadTooManySessions)
        self._by_token[_key(session)] = session
        self._by_id[str(session.session_id.Identifier)] = session
        self.cumulated += 1
        for observer in self.observers:
            observer.created(session)

    def refused(self, code: int) -> None:
        """CreateSession or ActivateSession was answered with this code."""
        self.rejected += 1
        self.security_rejected += code in SECURITY_CODES

    def close(self, session: PlantSession, *, delete_subscriptions: bool) -> None:
        """End a session; its token is worth nothing afterwards."""
        if self._by_token.pop(_key(session), None) is not None:
            self._by_id.pop(str(session.session_id.Identifier), None)
            session.ended(delete_subscriptions=delete_subscriptions)
            for observer in self.observers:
                observer.closed(session)

    def abort(self, session: PlantSession) -> None:
        """End a session that its client misused or abandoned, with all that it owns."""
        self.aborted += 1
        self.close(session, delete_subscriptions=True)

    def sweep(self, session: PlantSession) -> bool:
        """Close a session that timed out, or was created and not activated in time; whether it was closed."""
        now = time.monotonic()
        unused = not session.is_activated() and now - session.created_at > self._limits.activation_timeout_s
        if not unused and session.idle_for(now) <= session.timeout_s:
            return False
        self.timed_out += 1
        self.close(session, delete_subscriptions=True)
        return True

    def _make_room(self) -> bool:
        """Give up one that nobody would miss, else one of the user who left most behind, else a young one.

        Part 4, 5.6.2.1 asks for the oldest that is not activated. In a storm of handshakes its client is
        about to activate it, while sessions of a user whose clients have vanished fill all other places.
        """
        now = time.monotonic()
        young: list[PlantSession] = []
        abandoned: list[PlantSession] = []
        left_behind: defaultdict[tuple[str, str], list[PlantSession]] = defaultdict(list)
        for session in self._by_token.values():
            if session.is_young(now):
                young.append(session)
            elif session.abandoned:
                abandoned.append(session)
            elif session.channel is None:
                # Its client may come back to it.
                left_behind[session.caller.owner].append(session)
        given_up = abandoned or max(left_behind.values(), key=len, default=young)
        if not given_up:
            return False
        self.abort(min(given_up, key=lambda session: (session.is_activated(), session.last_activity)))
        return True


def _key(session: PlantSession) -> bytes:
    identifier = session.auth_token.Identifier
    return identifier if isinstance(identifier, bytes) else b""
