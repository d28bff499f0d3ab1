"""Who is told of secure channels (OPC UA Part 4, 6.5.3: auditing of the SecureChannel Service Set)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.authentication import Peer


class ChannelObserver(Protocol):
    """Called from the event loop; never blocks, never raises."""

    def opened(self, peer: Peer, *, renewed: bool, lifetime_ms: int) -> None:
        """A channel was opened, or its token renewed."""
        ...

    def closed(self, peer: Peer, *, asked: bool) -> None:
        """A channel that was open is gone; `asked` where the client closed it."""
        ...


class Unobserved:
    """Tells nobody."""

    def opened(self, peer: Peer, *, renewed: bool, lifetime_ms: int) -> None:
        """Let it be."""

    def closed(self, peer: Peer, *, asked: bool) -> None:
        """Let it be."""


UNOBSERVED: Final = Unobserved()
