"""asyncua's client as nearly all tests use it: a busy machine is no reason to hang up."""

from __future__ import annotations

from typing import Any, Self

from asyncua.client import client

PATIENCE_S = 30.0


class Client(client.Client):
    """By default asyncua's gives up after 4 s, and each second looks whether it is answered within one."""

    def __init__(self, url: str, timeout: float = PATIENCE_S, **options: Any) -> None:
        super().__init__(url, timeout, **{"watchdog_intervall": PATIENCE_S} | options)

    async def __aenter__(self) -> Self:
        """Itself, once it is connected."""
        await super().__aenter__()
        return self
