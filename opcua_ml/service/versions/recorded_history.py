"""Predictions of tags as the service's own history has them, to be replayed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from opcua_ml.application.history.store import FIRST_TIME, LAST_TIME
from opcua_ml.opcua.space.node_ids import below, model_path
from opcua_ml.runtime.recorded import RecordedRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.history.record import StoredValue
    from opcua_ml.application.history.store import HistoryReader
    from opcua_ml.domain.signature import Signature

_BATCH: Final = 10_000
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def recorded_history(
    reader: HistoryReader,
    model: str,
    signature: Signature,
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> Iterator[RecordedRow]:
    """The Good predictions of a model in a history, oldest first.

    Inputs and outputs of one prediction were stored together, under one number, which joins them again. The
    history has no versions: the span of time has to be one in which a single version predicted.

    Args:
        reader: of the history.
        model: name of the model's table.
        signature: of the version.
        begin: from which source time on, timezone-aware.
        end: up to which, excluded.

    Raises:
        HistoryFailed: it can't be read.
    """
    path = model_path(model)
    inputs = [below(path, "Inputs", item.name) for item in signature.inputs]
    outputs = [below(path, "Outputs", item.name) for item in signature.outputs]
    low = FIRST_TIME if begin is None else _filetime(begin)
    high = LAST_TIME if end is None else _filetime(end)
    yield from _joined(reader, inputs, outputs, low, high)


def _joined(
    reader: HistoryReader, inputs: list[str], outputs: list[str], low: int, high: int
) -> Iterator[RecordedRow]:
    """A span of time after the other, so that an hour need not fit into memory at once."""
    after: tuple[int, int] | None = None
    while True:
        lead = reader.values(outputs[0], low, high, most=_BATCH, after=after)
        if not lead:
            return
        after = lead[-1].source, lead[-1].number
        last = lead[-1].source + 1
        others = {path: _by_number(reader, path, lead[0].source, last) for path in (*inputs, *outputs[1:])}
        others[outputs[0]] = {one.number: one for one in lead}
        for one in lead:
            row = [others[path].get(one.number) for path in (*inputs, *outputs)]
            values = [found.value for found in row if found is not None and not found.status >> 30]
            usable = tuple(value for value in values if value is not None)
            if len(usable) == len(row):
                time = (_EPOCH + timedelta(microseconds=one.source // 10)).isoformat()
                yield RecordedRow(one.number, "", time, usable[: len(inputs)], usable[len(inputs) :])


def _by_number(reader: HistoryReader, path: str, low: int, high: int) -> dict[int, StoredValue]:
    found: dict[int, StoredValue] = {}
    after: tuple[int, int] | None = None
    while values := reader.values(path, low, high, most=_BATCH, after=after):
        found |= {one.number: one for one in values}
        after = values[-1].source, values[-1].number
    return found


def _filetime(moment: datetime) -> int:
    return int((moment - _EPOCH) / timedelta(microseconds=1)) * 10
