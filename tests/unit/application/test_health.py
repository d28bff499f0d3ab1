"""What lowers the ServiceLevel is told as a number and in words, the service's own end too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opcua_ml.application.health import ServiceHealth

if TYPE_CHECKING:
    from collections.abc import Sequence


class Told:
    """Remembers what is published."""

    def __init__(self) -> None:
        self.all: list[tuple[int, list[str]]] = []

    async def publish_health(self, level: int, problems: Sequence[str]) -> None:
        """Remember."""
        self.all.append((level, list(problems)))


async def test_a_service_that_stops_is_in_maintenance() -> None:
    """Level 0, whatever else works; the reason stands first."""
    told = Told()
    health = ServiceHealth([], ["line1"], told)
    health.note_audit("no audit log")
    await health.publish()
    assert told.all == [(2, ["PLC line1 is Disconnected: not connected yet", "no audit log"])]
    health.note_stopping()
    running = asyncio.ensure_future(health.run())
    async with asyncio.timeout(5):
        while len(told.all) < 2:  # noqa: ASYNC110 - the publisher is the only sign
            await asyncio.sleep(0)
    running.cancel()
    level, problems = told.all[-1]
    assert level == 0
    assert problems[0] == "the service is stopping"
    assert len(problems) == 3
