"""Which place a model's calls run in, from what they were measured to take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.runtime.executor.inline import InlineExecutor
from opcua_ml.runtime.executor.warm_up import warm_up
from opcua_ml.runtime.executor.worker import ProcessExecutor, ThreadExecutor

if TYPE_CHECKING:
    from opcua_ml.application.ports import Executor
    from opcua_ml.runtime.model import Model

ONNX = "onnx"


class WorkerKind(StrEnum):
    """Kinds of workers; AUTO is a thread for ONNX and a process for all else."""

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
        queue_size: calls that may wait for a worker.
    """

    inline_budget: float = 1e-3
    worker: WorkerKind = WorkerKind.AUTO
    queue_size: int = 64


def executor_for(model: Model, settings: ExecutorSettings | None = None) -> Executor:
    """The place for this model's calls, warmed up; blocks for about a second, more where a process starts.

    Raises:
        InferenceFailed: the model fails on its own golden rows, or can't be loaded in another process.
    """
    settings = settings or ExecutorSettings()
    if warm_up(model) < settings.inline_budget:
        return InlineExecutor(model)
    kind = settings.worker
    if kind is WorkerKind.AUTO:
        kind = WorkerKind.THREAD if model.backend == ONNX or model.origin is None else WorkerKind.PROCESS
    if kind is WorkerKind.THREAD or model.origin is None:
        return ThreadExecutor(model, settings.queue_size)
    worker = ProcessExecutor(model.origin, model.backend, settings.queue_size)
    worker.predict(model.golden.inputs[:1])
    return worker
