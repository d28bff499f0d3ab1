"""A secure channel as its sessions see it, and they as it sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.authentication import Peer
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.ground.flow import Flow
    from opcua_ml.opcua.trust.subscriptions.lane import PublishLane


class BoundSession(Protocol):
    """A session as the channel sees it that it is bound to.

    Attributes:
        lane: where its client's messages go.
    """

    caller: Caller
    lane: PublishLane

    def detach(self, channel: SessionChannel) -> None:
        """The channel is gone; the session waits for another one."""
        ...


class SessionChannel(Protocol):
    """Carries the requests of its sessions.

    Attributes:
        sessions: those that are bound to it.
    """

    sessions: set[BoundSession]

    @property
    def peer(self) -> Peer:
        """The application at the other end."""
        ...

    @property
    def flow(self) -> Flow:
        """On whose account its work goes."""
        ...
