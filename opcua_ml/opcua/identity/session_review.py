"""Ends sessions that would no longer be let in: user or trust is taken back, or a certificate expired."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from opcua_ml.opcua.audit.audited_services import who
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.trust.access.authentication import Peer
    from opcua_ml.opcua.trust.access.identity import Identity
    from opcua_ml.opcua.trust.sessions.registry import SessionRegistry
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_log = structlog.get_logger(__name__)

PERIOD_SECONDS = 0.5
"""Between two looks at whether anything has changed; a look costs one stat per file of the stores."""


class Reviewer(Protocol):
    """Says whether a session would be let in now."""

    @property
    def revision(self) -> int:
        """Grows when the answer may have changed."""
        ...

    def still_valid(self, peer: Peer, identity: Identity) -> bool:
        """Whether the session would be let in now."""
        ...

    def expired(self, peer: Peer, identity: Identity) -> bool:
        """Whether a certificate of the session has expired; asked in each period."""
        ...


class SessionReview:
    """Looks at every activated session again when the users or the trust list have changed.

    Sessions of which a certificate expires are looked at when it does.

    Args:
        sessions: of the server.
        reviewer: who let them in.
        audit: told of those that end.
        changed: called when users or trust have changed, before anybody is looked at.
        period: seconds between two looks.
    """

    def __init__(
        self,
        sessions: SessionRegistry,
        reviewer: Reviewer,
        audit: AuditSink,
        *,
        changed: Callable[[], None] | None = None,
        period: float = PERIOD_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._reviewer = reviewer
        self._audit = audit
        self._changed = changed
        self._period = period
        self._seen = self._reviewed = reviewer.revision

    async def run(self) -> None:
        """Review until cancelled.

        Once nothing has changed for a period: a file that is being saved is empty for a moment.
        """
        while True:
            await asyncio.sleep(self._period)
            before, self._seen = self._seen, self._reviewer.revision
            if self._seen == before != self._reviewed:
                self._reviewed = before
                if self._changed is not None:
                    self._changed()
                await self._review(self._sessions)
            else:
                await self._review([session for session in self._sessions if self._expired(session)])

    def _expired(self, session: PlantSession) -> bool:
        if not session.is_activated() or session.peer is None:
            return False
        return self._reviewer.expired(session.peer, session.caller.identity)

    async def _review(self, sessions: Iterable[PlantSession]) -> None:
        for session in sessions:
            await asyncio.sleep(0)  # each costs the check of a certificate; others want the loop meanwhile
            if not session.is_activated() or session.peer is None or session.ended_already:
                continue
            if self._reviewer.still_valid(session.peer, session.caller.identity):
                continue
            user = session.caller.identity.name or "anonymous"
            _log.warning("session ended: it would no longer be let in", user=user, session=session.name)
            self._audit.record(
                AuditRecord(
                    kind=AuditKind.SECURITY,
                    message="session ended: its user or its application is no longer let in",
                    **who(session.caller),
                )
            )
            self._sessions.close(session, delete_subscriptions=True)
