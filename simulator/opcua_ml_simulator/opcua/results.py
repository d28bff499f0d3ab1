"""The result tags as the PLC program reads them at the start of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml_simulator.plc.program import ReportedResults
from opcua_ml_simulator.tags import RESULTS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncua import ua

    from opcua_ml_simulator.opcua.tag_writer import TagWriter


ENABLE = f"{RESULTS_FOLDER}.Enable"
"""The operator's switch, which begins as true."""


class ResultTags:
    """Reads what clients have written.

    Args:
        writers: every tag's, by path; may change.
    """

    def __init__(self, writers: Mapping[str, TagWriter]) -> None:
        self._writers = writers

    def read(self) -> ReportedResults:
        """What stands in the tags now."""
        status = self._current("FaultClass").StatusCode
        return ReportedResults(
            fault_class=self._integer("FaultClass"),
            fault_status=0 if status is None else int(status.value),
            fault_quality=self._integer("FaultClassQuality"),
            heartbeat=self._integer("Heartbeat"),
            enable=_value(self._current("Enable")) is True,
        )

    def _current(self, name: str) -> ua.DataValue:
        return self._writers[f"{RESULTS_FOLDER}.{name}"].current

    def _integer(self, name: str) -> int | None:
        value = _value(self._current(name))
        return value if isinstance(value, int) else None


def _value(found: ua.DataValue) -> object:
    return None if found.Value is None else found.Value.Value
