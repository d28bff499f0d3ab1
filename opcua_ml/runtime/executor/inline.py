"""On the event loop, for models that are quicker than a change of thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.model import Model


class InlineExecutor:
    """Calls the model where it is called; see application.ports.Executor."""

    inline = True

    def __init__(self, model: Model) -> None:
        self.backend = model.backend
        self.predict = model.predict

    async def run(self, rows: Sequence[Row]) -> list[Row]:
        """The same, for callers that always wait."""
        return self.predict(rows)

    def close(self) -> None:
        """Nothing is held but the model."""
