"""The result tags as the PLC program reads them at the start of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml_simulator.plc.program import ReportedResults
from opcua_ml_simulator.tags import RESULTS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml_simulator.opcua.tag_writer import TagWriter


class ResultTags:
    """Reads what clients have written.

    Args:
        writers: every tag's, by path.
    """

    def __init__(self, writers: Mapping[str, TagWriter]) -> None:
        self._fault_class = writers[f"{RESULTS_FOLDER}.FaultClass"]
        self._fault_quality = writers[f"{RESULTS_FOLDER}.FaultClassQuality"]
        self._heartbeat = writers[f"{RESULTS_FOLDER}.Heartbeat"]
        self._enable = writers[f"{RESULTS_FOLDER}.Enable"]

    async def initialise(self) -> None:
        """Switch the results on; the other tags wait for their writer."""
        await self._enable.write_now(value=True)

    def read(self) -> ReportedResults:
        """What stands in the tags now."""
        reported = self._fault_class.current
        status = reported.StatusCode
        return ReportedResults(
            fault_class=_integer(self._fault_class),
            fault_status=0 if status is None else int(status.value),
            fault_quality=_integer(self._fault_quality),
            heartbeat=_integer(self._heartbeat),
            enable=_value(self._enable) is True,
        )


def _value(writer: TagWriter) -> object:
    variant = writer.current.Value
    return None if variant is None else variant.Value


def _integer(writer: TagWriter) -> int | None:
    value = _value(writer)
    return value if isinstance(value, int) else None
