"""One request's fault is told to who asked, and the next request is done."""

from __future__ import annotations

import asyncio

import pytest

from opcua_ml.domain.errors import GateFailed
from opcua_ml.service.versions.requests import Requests


@pytest.mark.parametrize("fault", [GateFailed("too slow"), ValueError("a fault of ours"), MemoryError()])
async def test_a_fault_of_one_request_is_its_own(fault: Exception) -> None:
    """Whatever class it has."""
    requests = Requests("pump")

    async def fails() -> str:
        raise fault

    async def works() -> str:
        return "2.0.0"

    async with asyncio.TaskGroup() as group:
        running = group.create_task(requests.run(), name="requests")
        with pytest.raises(type(fault)) as caught:
            await requests.done(fails)
        assert caught.value is fault
        assert await requests.done(works) == "2.0.0"
        running.cancel()
