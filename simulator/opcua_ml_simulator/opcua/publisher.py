"""From values to nodes: the one way by which every tag is published, with the tag faults on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml_simulator.errors import UnknownTagError
from opcua_ml_simulator.faults.tag import GOOD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml_simulator.opcua.tag_writer import TagWriter
    from opcua_ml_simulator.plc.controller import PlantController

BAD_WAITING_FOR_INITIAL_DATA = 0x80320000
"""StatusCode BadWaitingForInitialData, of a tag before its first value."""


class TagPublisher:
    """Publishes tags by path.

    Args:
        writers: one per tag.
        plant: has the tag faults and the plant's time.
    """

    def __init__(self, writers: Mapping[str, TagWriter], plant: PlantController) -> None:
        self._writers = writers
        self._plant = plant
        self._raw: dict[str, tuple[object, int]] = {}

    async def initialise(self) -> None:
        """Show every tag as waiting for its first value."""
        for writer in self._writers.values():
            await writer.write_now(None, BAD_WAITING_FOR_INITIAL_DATA)

    async def publish(
        self, path: str, value: object, status: int = GOOD, source_time: datetime | None = None
    ) -> None:
        """Publish a value; an active fault on the tag changes what clients see."""
        self._raw[path] = (value, status)
        now = ua.DateTime.now(UTC)
        stamp = now if source_time is None else ua.DateTime.fromtimestamp(source_time.timestamp(), UTC)
        faults = self._plant.tag_faults
        if not faults.idle:
            value, status = faults.transform(path, value, status, self._plant.plant_time)
        await self._writers[path].write(value, status, stamp, now)

    async def publish_many(self, values: Mapping[str, tuple[object, int]], source_time: datetime) -> None:
        """Publish the values of one scan with one SourceTimestamp."""
        raw, writers, faults, now = self._raw, self._writers, self._plant.tag_faults, self._plant.plant_time
        server_time = ua.DateTime.now(UTC)
        stamp = ua.DateTime.fromtimestamp(source_time.timestamp(), UTC)
        undisturbed = faults.idle
        for path, pair in values.items():
            raw[path] = pair
            value, status = pair
            if not undisturbed:
                value, status = faults.transform(path, value, status, now)
            await writers[path].write(value, status, stamp, server_time)

    async def refresh(self, path: str) -> None:
        """Publish the last value again, as the faults on the tag have changed."""
        if path in self._raw:
            await self.publish(path, *self._raw[path])

    def read(self, path: str) -> ua.DataValue:
        """What a client would read now.

        Raises:
            UnknownTagError: there is no such tag.
        """
        if path not in self._writers:
            raise UnknownTagError(path)
        return self._writers[path].current
