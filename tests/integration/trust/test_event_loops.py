"""What comes again is answered in passing on either event loop: they hand over bytes in different ways."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opcua_ml.service.event_loop import loop_factory
from tests.integration.trust.target import started
from tests.integration.trust.test_repeated_calls import known, placed

if TYPE_CHECKING:
    from collections.abc import Callable


async def calls() -> tuple[int, int]:
    """How often a Method was awaited, and asked in passing."""
    async with started("plant") as target, target.session() as client:
        code = await placed(target)
        for _ in range(3):
            await known(client, target, code)
        return code.awaited, code.asked


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, loop_factory()], ids=["asyncio", "quickest"])
def test_a_known_call_needs_no_task(factory: Callable[[], asyncio.AbstractEventLoop] | None) -> None:
    """Only the first one does."""
    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(calls()) == (1, 5)
