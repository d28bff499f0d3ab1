"""Which place a model's calls run in, from what they were measured to take."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.figure import figure
from opcua_ml.runtime.contract.model import LoadedModel
from opcua_ml.runtime.executor.batching import batching_of
from opcua_ml.runtime.executor.inline import InlineExecutor
from opcua_ml.runtime.executor.pace_watch import PaceWatch
from opcua_ml.runtime.executor.warm_up import warm_up
from opcua_ml.runtime.executor.worker import ProcessPlan, ThreadExecutor

if TYPE_CHECKING:
    from opcua_ml.application.ports import Executor
    from opcua_ml.runtime.contract.model import Model

UNLOCKED = {"onnx", "treelite"}
"""Backends that let go of the interpreter's lock while they compute."""

_SLOWER = 2.0  # times the budget: a model whose calls take that long has become slow


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
    measured = f"p99 of {figure(pace.p99 * 1e3, 3)} ms, budget {figure(settings.inline_budget * 1e3)} ms"
    process = _process_of(model, settings)
    if pace.p99 < settings.inline_budget and not _may_not_end(model):
        return InlineExecutor(
            model,
            max(1, int(settings.inline_budget / pace.per_row)),
            settings.queue_size,
            f"on the event loop: {measured}{chosen}",
            watch=PaceWatch(settings.inline_budget * _SLOWER),
            process=process,
        )
    batching = batching_of(model, settings.batch_rows, settings.batch_wait)
    loops = "; its graph has a Loop, which may not end" if _may_not_end(model) else ""
    measured = f"{measured}; {batching.why}{loops}{chosen}"
    if process is not None:
        return process.executor(process.made(), f"in a process of its own: {measured}", batching)
    return ThreadExecutor(model, settings.queue_size, f"in a thread of its own: {measured}", batching)


def _process_of(model: Model, settings: ExecutorSettings) -> ProcessPlan | None:
    """What makes and starts a process for the model; None for one that has a thread."""
    kind, origin = settings.worker, model.origin
    if _may_not_end(model):
        kind = WorkerKind.PROCESS  # what can be killed
    if kind is WorkerKind.AUTO:
        kind = WorkerKind.THREAD if model.backend in UNLOCKED else WorkerKind.PROCESS
    if kind is WorkerKind.THREAD or origin is None or not sys.executable:
        return None

    return ProcessPlan(origin, model.backend, settings.queue_size, settings.call_timeout)


def _may_not_end(model: Model) -> bool:
    """Whether how long a call takes is up to its row: what was measured says nothing then."""
    return isinstance(model, LoadedModel) and model.may_not_end
