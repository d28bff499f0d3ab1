"""What clients have written, as the PLC program reads it at the start of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml_simulator.plc.inquiry import AnswerWords
from opcua_ml_simulator.plc.program import ReportedResults
from opcua_ml_simulator.tags import INQUIRY_FOLDER, RESULTS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncua import ua

    from opcua_ml_simulator.opcua.tag_writer import TagWriter


ENABLE = f"{RESULTS_FOLDER}.Enable"
"""The operator's switch, which begins as true."""

ASKING = f"{INQUIRY_FOLDER}.Enable"
"""The switch of the program's questions, which begins as false."""


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

    def answers(self) -> AnswerWords:
        """What stands in the words of the answer now."""
        flow = _value(self._current("Flow", INQUIRY_FOLDER))
        return AnswerWords(
            enable=_value(self._current("Enable", INQUIRY_FOLDER)) is True,
            done_id=self._integer("DoneId", INQUIRY_FOLDER),
            result_code=self._integer("ResultCode", INQUIRY_FOLDER),
            flow=flow if isinstance(flow, float) else None,
        )

    def _current(self, name: str, folder: str = RESULTS_FOLDER) -> ua.DataValue:
        return self._writers[f"{folder}.{name}"].current

    def _integer(self, name: str, folder: str = RESULTS_FOLDER) -> int | None:
        value = _value(self._current(name, folder))
        return value if isinstance(value, int) else None


def _value(found: ua.DataValue) -> object:
    return None if found.Value is None else found.Value.Value
