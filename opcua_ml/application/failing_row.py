"""Which row of a call a model fails on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.errors import InferenceFailed, InferenceOverloaded, WorkerUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.row import Row


async def with_row(failure: InferenceFailed, executor: Executor, rows: Sequence[Row]) -> InferenceFailed:
    """The failure with the place of a row that fails alone, too, counted from 0; as it is where none does.

    Halves are tried, which costs as much again as the call of all rows.

    Args:
        failure: of all rows together.
        executor: that failed.
        rows: of the call.
    """
    if len(rows) <= 1 or isinstance(failure, WorkerUnavailable):
        return failure
    first, last = 0, len(rows)
    try:
        while last - first > 1:
            middle = (first + last) // 2
            told = await _failure_of(executor, rows[first:middle])
            first, last = (first, middle) if told else (middle, last)
        told = await _failure_of(executor, rows[first:last])
    except (InferenceOverloaded, WorkerUnavailable):
        return failure
    if told is None:
        return failure
    where = f"row {first}" + (f", {told.where}" if told.where else "")
    return InferenceFailed(told.what, where=where, found=told.found, wanted=told.wanted)


async def _failure_of(executor: Executor, rows: Sequence[Row]) -> InferenceFailed | None:
    try:
        await executor.run(rows)
    except WorkerUnavailable:
        raise
    except InferenceFailed as failure:
        return failure
    return None
