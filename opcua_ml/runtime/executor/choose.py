"""Which place a model's calls run in, from what they were measured to take."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.runtime.executor.batching import batching_of
from opcua_ml.runtime.executor.inline import InlineExecutor
from opcua_ml.runtime.executor.warm_up import warm_up
from opcua_ml.runtime.executor.worker import ProcessExecutor, ThreadExecutor
from opcua_ml.runtime.model import LoadedModel

if TYPE_CHECKING:
    from opcua_ml.application.ports import Executor
    from opcua_ml.runtime.model import Model

UNLOCKED = {"onnx", "treelite"}
"""Backends that let go of the interpreter's lock while they compute."""


class WorkerKind(StrEnum):
    """Kinds of workers; AUTO is a thread for ONNX and treelite, a process for all else."""

    AUTO = "auto"
    THREAD = "thread"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    """What the configuration says.

    Attributes:
        inline_budget: seconds; a model whose p99 is below runs on the event loop. A change of thread costs
            about 80 µs, so what is quicker gains nothing by one. 0 for never.
        worker: for the others.
        queue_size: calls that may be unanswered by a worker; one more is refused.
        call_timeout: seconds; a process that takes longer for one call is killed and replaced.
        batch_rows: of calls that wait for a worker, computed together where that pays; 1 for never.
        batch_wait: seconds for which a worker waits for more calls after the first.
    """

    inline_budget: float = 1e-3
    worker: WorkerKind = WorkerKind.AUTO
    queue_size: int = 64
    call_timeout: float = 10.0
    batch_rows: int = 64
    batch_wait: float = 0.0


def executor_for(model: Model, settings: ExecutorSettings | None = None) -> Executor:
    """The place for this model's calls, warmed up; blocks for about a second, more where a process starts.

    Raises:
        InferenceFailed: the model fails on its own golden rows.
        PackageError: it can't be loaded again in another process.
    """
    settings = settings or ExecutorSettings()
    pace = warm_up(model, settings.inline_budget)
    chosen = f"; {model.reason}" if isinstance(model, LoadedModel) and model.reason else ""
    measured = f"p99 of {pace.p99 * 1e3:.3g} ms, budget {settings.inline_budget * 1e3:g} ms"
    if pace.p99 < settings.inline_budget:
        rows = max(1, int(settings.inline_budget / pace.per_row))
        return InlineExecutor(model, rows, settings.queue_size, f"on the event loop: {measured}{chosen}")
    kind = settings.worker
    if kind is WorkerKind.AUTO:
        kind = WorkerKind.THREAD if model.backend in UNLOCKED else WorkerKind.PROCESS
    batching = batching_of(model, settings.batch_rows, settings.batch_wait)
    measured = f"{measured}; {batching.why}{chosen}"
    if kind is WorkerKind.PROCESS and model.origin is not None and sys.executable:
        place = f"in a process of its own: {measured}"
        return ProcessExecutor(
            model.origin, model.backend, settings.queue_size, settings.call_timeout, place, batching=batching
        )
    return ThreadExecutor(model, settings.queue_size, f"in a thread of its own: {measured}", batching)
