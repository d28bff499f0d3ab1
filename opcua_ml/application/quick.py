"""The short way of any executor for single rows."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from opcua_ml.application.ports import QuickExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.row import Row


def quick_of(executor: Executor) -> QuickExecutor:
    """Its own short way, or `predict` where it has none."""
    return executor if isinstance(executor, QuickExecutor) else _Plain(executor)


class _Plain:
    """Single rows by an executor that has no short way."""

    concern = inf

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @property
    def one_row(self) -> Callable[[Row], Row] | None:
        """See `QuickExecutor`."""
        return self._predict if self._executor.inline else None

    def took(self, seconds: float) -> None:
        """See `QuickExecutor`."""

    def _predict(self, row: Row) -> Row:
        return self._executor.predict((row,))[0]
