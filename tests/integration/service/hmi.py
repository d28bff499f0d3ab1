"""A small HMI: reads what the service shows and waits until it is as wanted."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from asyncua import ua

from tests.patient_client import Client
from tests.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

GOOD = 0
SECONDS = 30.0


class Hmi:
    """One client of a site.

    Args:
        client: that is connected.
        namespace: index of the site's.
        processes: whose wait for a processor is no fault of theirs, beside our own; such as the service's.
    """

    def __init__(self, client: Client, namespace: int, processes: Sequence[int] = ()) -> None:
        self.client = client
        self.namespace = namespace
        self._processes = processes

    def node_id(self, path: str) -> ua.NodeId:
        """The site's node of this path."""
        return ua.NodeId.from_string(f"ns={self.namespace};s={path}")

    async def read(self, path: str) -> ua.DataValue:
        """A variable's DataValue, whatever its status."""
        return await self.client.get_node(self.node_id(path)).read_data_value(raise_on_bad_status=False)

    async def text(self, path: str) -> str:
        """A variable's value as text."""
        found = (await self.read(path)).Value
        return "" if found is None else str(found.Value)

    async def until(
        self, path: str, wanted: Callable[[ua.DataValue], bool], seconds: float = SECONDS
    ) -> ua.DataValue:
        """Read until it is as wanted.

        Raises:
            TimeoutError: it was not in time; with what it was.
        """
        watch = Stopwatch(*self._processes)
        while not wanted(found := await self.read(path)):
            if watch.seconds > seconds:
                raise TimeoutError(f"{path} was {found} after {seconds} s")
            await asyncio.sleep(0.02)
        return found

    async def until_good(self, path: str, seconds: float = SECONDS) -> ua.DataValue:
        """Read until the status is Good."""
        return await self.until(path, lambda value: status(value) == GOOD, seconds)

    async def until_bad(self, path: str, seconds: float = SECONDS) -> ua.DataValue:
        """Read until the status is Bad."""
        return await self.until(path, lambda value: status(value) >= 0x80000000, seconds)


def status(value: ua.DataValue) -> int:
    """The StatusCode as a number; absent means Good (Part 6, 5.2.2.17)."""
    return GOOD if value.StatusCode is None else int(value.StatusCode.value)


@asynccontextmanager
async def connected(
    endpoint: str, site: str = "urn:test:site", processes: Sequence[int] = ()
) -> AsyncIterator[Hmi]:
    """An HMI that is connected; see `Hmi`."""
    async with Client(endpoint) as client:
        yield Hmi(client, await client.get_namespace_index(site), processes)
