"""From values to nodes: the one way by which every tag is published, with the tag faults on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from opcua_ml_simulator.errors import UnknownTagError
from opcua_ml_simulator.faults.tag import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from asyncua import ua

    from opcua_ml_simulator.opcua.node_faults import NodeFaults
    from opcua_ml_simulator.opcua.tag_writer import TagWriter
    from opcua_ml_simulator.plc.clock import PlcClock
    from opcua_ml_simulator.plc.controller import PlantController

BAD_WAITING_FOR_INITIAL_DATA = 0x80320000
"""StatusCode BadWaitingForInitialData, of a tag before its first value."""

_BETWEEN_WRITES = timedelta(milliseconds=1)


class TagPublisher:
    """Publishes tags by path.

    Args:
        writers: one per tag; may change.
        nodes: keeps the nodes as the faults want them.
        plant: has the tag faults and the plant's time.
        clock: the PLC's.
        source_time: SourceTimestamp of the present scan.
        raw: values as they are in the process image, kept from one server to the next.
    """

    def __init__(
        self,
        writers: Mapping[str, TagWriter],
        nodes: NodeFaults,
        *,
        plant: PlantController,
        clock: PlcClock,
        source_time: Callable[[], datetime],
        raw: dict[str, tuple[object, int]],
    ) -> None:
        self._writers = writers
        self._nodes = nodes
        self._plant = plant
        self._clock = clock
        self._source_time = source_time
        self._raw = raw

    async def initialise(self) -> None:
        """Show every tag as waiting for its first value, and those that have one."""
        for path in self._writers:
            await self._wait_for(path)
        await self.bring_nodes()
        for path in self._raw:
            await self.refresh(path)

    async def publish(
        self, path: str, value: object, status: int = GOOD, source_time: datetime | None = None
    ) -> None:
        """Publish a value; an active fault on the tag changes what clients see."""
        before, self._raw[path] = self._raw.get(path), (value, status)
        now = self._clock.now()
        await self._show(path, before, now if source_time is None else source_time, now)

    async def publish_many(self, values: Mapping[str, tuple[object, int]], source_time: datetime) -> None:
        """Publish the values of one scan with one SourceTimestamp."""
        raw, writers = self._raw, self._writers
        await self.bring_nodes()
        server_time = self._clock.now()
        undisturbed = self._plant.tag_faults.idle
        for path, pair in values.items():
            before, raw[path] = raw.get(path), pair
            if undisturbed:
                await writers[path].write(*pair, source_time, server_time)
            else:
                await self._show(path, before, source_time, server_time)

    async def refresh(self, path: str) -> None:
        """Publish the last value again, as the faults on the tag have changed."""
        await self.bring_nodes()
        await self._show_again(path)

    async def bring_nodes(self) -> None:
        """Change the nodes as the faults want them now, and show their values in the new way."""
        faults = self._plant.tag_faults
        if faults.idle and self._nodes.idle:
            return
        for path in await self._nodes.bring(faults.of_nodes(self._plant.plant_time)):
            await self._show_again(path)

    def read(self, path: str) -> ua.DataValue:
        """What a client would read now.

        Raises:
            UnknownTagError: there is no such tag.
        """
        if path not in self._writers:
            raise UnknownTagError(path)
        return self._writers[path].current

    async def _show_again(self, path: str) -> None:
        if path in self._raw:
            await self._show(path, self._raw[path], self._source_time(), self._clock.now())
        else:
            await self._wait_for(path)

    async def _show(
        self, path: str, before: tuple[object, int] | None, source_time: datetime, server_time: datetime
    ) -> None:
        """Write a disturbed tag, as often as the faults want; several writes lead up to the value."""
        faults, now, writer = self._plant.tag_faults, self._plant.plant_time, self._writers[path]
        raw, status = self._raw[path]
        writes = faults.writes(path, now)
        for number in range(1, writes + 1):
            step = _between(None if before is None else before[0], raw, number / writes)
            shown = faults.transform(path, step, status, now)
            await writer.write(*shown, source_time - (writes - number) * _BETWEEN_WRITES, server_time)

    async def _wait_for(self, path: str) -> None:
        now = self._clock.now()
        await self._writers[path].write(None, BAD_WAITING_FOR_INITIAL_DATA, now, now)


def _between(before: object, value: object, part: float) -> object:
    if part < 1.0 and isinstance(before, float) and isinstance(value, float):
        return before + (value - before) * part
    return value
