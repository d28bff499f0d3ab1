"""Where a model's calls run: on the event loop where they are fast, in a thread or a process elsewhere."""

from opcua_ml.runtime.executor.placement import ExecutorSettings, WorkerKind, executor_for

__all__ = ["ExecutorSettings", "WorkerKind", "executor_for"]
