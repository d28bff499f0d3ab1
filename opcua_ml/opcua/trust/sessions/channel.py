"""A secure channel as its sessions see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.authentication import Peer
    from opcua_ml.opcua.trust.ground.flow import Flow
    from opcua_ml.opcua.trust.sessions.session import PlantSession


class SessionChannel(Protocol):
    """Carries the requests of its sessions.

    Attributes:
        sessions: those that are bound to it.
    """

    sessions: set[PlantSession]

    @property
    def peer(self) -> Peer:
        """The application at the other end."""
        ...

    @property
    def flow(self) -> Flow:
        """On whose account its work goes."""
        ...
