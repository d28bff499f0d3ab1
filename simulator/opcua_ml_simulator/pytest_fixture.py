"""A pytest fixture for projects that test against a PLC.

Name it in a ``conftest.py``::

    pytest_plugins = ["opcua_ml_simulator.pytest_fixture"]

and ask for ``start_simulator`` in an async test::

    async def test_reads_the_flow(start_simulator):
        simulator = await start_simulator(seed=7)
        async with asyncua.Client(simulator.endpoint) as client: ...
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from opcua_ml_simulator.settings import SimulatorSettings
from opcua_ml_simulator.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    StartSimulator = Callable[..., Awaitable[Simulator]]


@pytest_asyncio.fixture
async def start_simulator() -> AsyncIterator[StartSimulator]:
    """A function that starts a simulator with ``SimulatorSettings``; the port is a free one unless given.

    Every simulator it has started is closed at the end of the test.
    """
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Simulator:
            chosen = SimulatorSettings(**{"port": 0, **settings})
            return await stack.enter_async_context(Simulator(chosen))

        yield start
