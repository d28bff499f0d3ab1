"""A session as its subscriptions see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.ground.flow import Flow
    from opcua_ml.opcua.trust.subscriptions.lane import PublishLane


Owned = TypeVar("Owned")


class SubscriptionOwner(Protocol[Owned]):
    """Owns subscriptions and reads through their items.

    Attributes:
        external: a client's session, not the server's own.
        lane: where its client's messages go.
        subscriptions: its own, in the order of their creation.
    """

    external: bool
    session_id: ua.NodeId
    caller: Caller
    lane: PublishLane
    subscriptions: dict[Owned, None]

    @property
    def ended_already(self) -> bool:
        """Whether it was closed since."""
        ...

    @property
    def flow(self) -> Flow:
        """On whose account its messages go."""
        ...
