"""The application's PredictionPublisher and HandshakePublisher on OPC UA nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from opcua_ml.application.ports import Clock
    from opcua_ml.application.statistics import ModelStatistics
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.state import ModelState
    from opcua_ml.opcua.server.model_display import ModelDisplay

_log = structlog.get_logger(__name__)


class NodePublisher:
    """Finds the nodes of what is published; what belongs to no shown model is logged and dropped.

    Args:
        clock: for ServerTimestamps.
        glance: is called between predicting and showing: others are answered meanwhile.

    Attributes:
        record: is given each prediction that is shown, with its ServerTimestamp.
    """

    def __init__(self, clock: Clock, glance: Callable[[], object] = lambda: None) -> None:
        self._clock = clock
        self._displays: dict[str, ModelDisplay] = {}
        self._glance = glance
        self.record: Callable[[Prediction, datetime], None] | None = None

    def take(self, model: str, display: ModelDisplay) -> None:
        """Publish this model's values there from now on."""
        self._displays[model] = display

    def drop(self, model: str) -> None:
        """Publish nothing of this model any more."""
        self._displays.pop(model, None)

    async def publish(self, prediction: Prediction) -> None:
        """Write inputs, outputs, `Latest` and the reason, as one, with status and source time."""
        display = self._display(prediction.model)
        if display is None:
            return
        if not display.fits(prediction):
            # A prediction on its way while a version of another signature took over.
            _log.warning(
                "prediction of another signature dropped",
                model=prediction.model,
                found=prediction.version,
                wanted=display.card.version,
            )
            return
        self._glance()
        now = self._clock.now()
        if self.record is not None:
            self.record(prediction, now)
        await display.show(prediction, now)

    async def publish_state(self, model: str, state: ModelState, reason: str) -> None:
        """Show the model's state and why it is so."""
        display = self._display(model)
        if display is not None:
            await display.show_state(state, reason, self._clock.now())

    async def publish_statistics(self, model: str, statistics: ModelStatistics) -> None:
        """Show the counters and latencies under Diagnostics."""
        display = self._display(model)
        if display is not None:
            await display.show_statistics(statistics, self._clock.now())

    async def publish_heartbeat(self, model: str, beats: int) -> None:
        """Show that the service lives and can answer requests."""
        display = self._display(model)
        if display is not None:
            await display.show_heartbeat(beats, self._clock.now())

    def _display(self, model: str) -> ModelDisplay | None:
        display = self._displays.get(model)
        if display is None:
            _log.warning("no nodes for what was published", model=model)
        return display
