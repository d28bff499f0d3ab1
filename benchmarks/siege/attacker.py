"""What all hostile clients share: where the service is, who they are, and what became of their attacks."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from benchmarks.siege.channel import Channel
from benchmarks.siege.policy import POLICIES
from benchmarks.siege.session import Session
from benchmarks.siege.site import PASSWORD, known_application

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

POLICY: Final = POLICIES["Basic256Sha256"]


class Attacker:
    """Counts outcomes by class, and keeps what no attacker must get.

    Args:
        folder, port: of the service.
        seed: of all chances.
        tokens: AuthenticationTokens of honest sessions, as if they had leaked.
        subscriptions: ids of honest clients' subscriptions.
    """

    def __init__(
        self, folder: Path, port: int, seed: int, tokens: list[str], subscriptions: list[int]
    ) -> None:
        self.folder, self.port = folder, port
        self.chance = random.Random(seed)  # noqa: S311 - repeatable
        self.application = known_application(folder, "hostile")
        self.server = (folder / "pki" / "own" / "certs" / "opcua-ml.der").read_bytes()
        self.tokens = [bytes.fromhex(token) for token in tokens]
        self.subscriptions = subscriptions
        self.counts: Counter[str] = Counter()
        self.breaches: list[str] = []

    def count(self, what: str) -> None:
        """Of one class and outcome."""
        self.counts[what] += 1

    def breach(self, what: str) -> None:
        """An attacker got what it must not get."""
        self.breaches.append(what)

    @asynccontextmanager
    async def channel(self, *, opened: bool = True) -> AsyncIterator[Channel]:
        """A connection, with a secure channel if wanted; dropped at the end."""
        channel = Channel(self.application, POLICY, self.server)
        try:
            await channel.connect(self.port)
            if opened:
                await channel.open()
            yield channel
        finally:
            channel.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session of the hostile user, an Observer and no more; named after its class of attack."""
        async with self.channel() as channel:
            task = asyncio.current_task()
            session = Session(channel, task.get_name() if task else "hostile")
            await session.create()
            await session.activate("intruder", PASSWORD)
            yield session
