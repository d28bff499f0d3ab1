"""The connection as the services see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio

    from opcua_ml.opcua.trust.ground.flow import Flow


class Outlet(Protocol):
    """The connection as the processor sees it."""

    transport: asyncio.Transport | None
    address: str
    flow: Flow

    @property
    def congested(self) -> bool:
        """Whether the client leaves our answers unread."""
        ...

    async def flowing(self) -> None:
        """Wait until the client reads its answers, or is gone."""
        ...

    def send(self, data: bytes) -> None:
        """Send one message."""
        ...
