"""Servers of both kinds, each started once; every test shows models of its own names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.integration.server.stage import Stage, plain_server, plant_server
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The servers live as long as the session, and with them their event loop."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plant_stage() -> AsyncIterator[Stage]:
    """The hardened server."""
    stage = Stage(plant_server())
    async with stage.server as server:
        await server.open()
        yield stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plain_stage() -> AsyncIterator[Stage]:
    """Asyncua's own server."""
    stage = Stage(plain_server())
    async with stage.server as server:
        await server.open()
        yield stage


@pytest.fixture(params=["plant_stage", "plain_stage"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """Each of the two: what holds must hold on both."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Stage)
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def client(stage: Stage) -> AsyncIterator[Client]:
    """Connected to the stage's server."""
    # Patient: client and server share one event loop, and one held up for a second is no lost connection.
    async with Client(stage.server.url) as connected:
        yield connected
