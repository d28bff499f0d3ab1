"""Showing how the models fare: states at once, counters every second."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.ports import PredictionPublisher
    from opcua_ml.application.served_model import ServedModel


_PARTS = 20
_SLICE_S = 0.0005
"""Time after which others have their turn: predictions must not wait for the counters of many models."""


class ModelReporter:
    """Publishes each model's state when it changes, and its statistics at a period in seconds.

    The statistics of several models are spread over the period.
    """

    def __init__(
        self, models: Sequence[ServedModel], publisher: PredictionPublisher, *, period: float = 1.0
    ) -> None:
        self._models = {model.name: model for model in models}
        self._publisher = publisher
        self._period = period
        self._changed = dict.fromkeys(self._models)
        self._wake = asyncio.Event()
        self._wake.set()
        for model in models:
            model.state_observers.append(self._note)

    async def run(self) -> None:
        """Publish until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._report_states(), name="report.states")
            group.create_task(self._report_statistics(), name="report.statistics")

    def _note(self, model: ServedModel) -> None:
        self._changed[model.name] = None
        self._wake.set()

    async def _report_states(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._changed:
                name, _ = self._changed.popitem()
                model = self._models[name]
                await self._publisher.publish_state(name, model.state, model.state_reason)

    async def _report_statistics(self) -> None:
        models = list(self._models.values())
        size = max(1, -(-len(models) // _PARTS))
        parts = [models[start : start + size] for start in range(0, len(models), size)] or [[]]
        while True:
            for part in parts:
                await self._report(part)
                await asyncio.sleep(self._period / len(parts))

    async def _report(self, models: Sequence[ServedModel]) -> None:
        begun = time.perf_counter()
        for model in models:
            await self._publisher.publish_statistics(model.name, model.snapshot())
            if time.perf_counter() - begun > _SLICE_S:
                await asyncio.sleep(0)
                begun = time.perf_counter()
