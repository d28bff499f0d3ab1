"""An executor of a version whose inputs and outputs have other names or another order than its model's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.application.ports import TellingExecutor
from opcua_ml.domain.batch_counts import BatchCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.port_mapping import PortMapping
    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.domain.row import Row


class MappedExecutor:
    """Takes the model's rows, and gives the model's outputs.

    Args:
        executor: of the version.
        mapping: between both.
    """

    def __init__(self, executor: Executor, mapping: PortMapping) -> None:
        self._executor = executor
        self._mapping = mapping

    @property
    def inline(self) -> bool:
        """See `Executor`."""
        return self._executor.inline

    @property
    def backend(self) -> str:
        """See `Executor`."""
        return self._executor.backend

    @property
    def waiting(self) -> QueueState | None:
        """See `Executor`."""
        return self._executor.waiting

    @property
    def batches(self) -> BatchCounts:
        """See `TellingExecutor`."""
        executor = self._executor
        return executor.batches if isinstance(executor, TellingExecutor) else BatchCounts()

    @property
    def place(self) -> str:
        """See `TellingExecutor`."""
        executor = self._executor
        return executor.place if isinstance(executor, TellingExecutor) else ""

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See `Executor`."""
        given, made = self._mapping.given, self._mapping.made
        return [made(row) for row in self._executor.predict([given(row) for row in rows])]

    async def run(self, rows: Sequence[Row]) -> Computation:
        """See `Executor`."""
        given, made = self._mapping.given, self._mapping.made
        found = await self._executor.run([given(row) for row in rows])
        return found._replace(rows=[made(row) for row in found.rows])

    def close(self) -> None:
        """See `Executor`."""
        self._executor.close()
