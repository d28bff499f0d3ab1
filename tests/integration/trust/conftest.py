"""The same small plant on two servers: ours, and asyncua's as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.integration.trust.target import Target, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from tests.patient_client import Client


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["plant", "plain"])
async def target(request: pytest.FixtureRequest) -> AsyncIterator[Target]:
    """Both servers, one after the other: ours has to withstand, the other shows what of."""
    async with started(request.param) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plant() -> AsyncIterator[Target]:
    """Our server alone."""
    async with started("plant") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def client(target: Target) -> AsyncIterator[Client]:
    """An honest client of the target."""
    async with target.client() as connected:
        yield connected
