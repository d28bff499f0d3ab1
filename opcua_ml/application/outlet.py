"""Where a stream's predictions go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opcua_ml.domain.status import severity
from opcua_ml.domain.vector import join

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.application.ports import Clock, PredictionPublisher, PredictionSink
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.vector import Vector


class Outlet:
    """Where a stream's predictions go.

    Args:
        model: that makes them.
        clock: for the vector of the start.
        publisher: shows them to clients.
        sink: carries them to PLC tags.
    """

    def __init__(
        self,
        model: ServedModel,
        clock: Clock,
        publisher: PredictionPublisher,
        sink: PredictionSink | None = None,
    ) -> None:
        self.model = model
        self._clock = clock
        self._publisher = publisher
        self._sink = sink
        self.last: Prediction | None = None
        """What went out last."""

    async def score(
        self, vectors: Sequence[Vector], worse_by_now: Callable[[], Vector | None] = lambda: None
    ) -> None:
        """Predict and hand on, in order; what a model can't do becomes a Bad prediction.

        Args:
            vectors: to score.
            worse_by_now: the inputs of now where one has been lost while the model was at work: what was made
                of the last of those before is not told Good then. Nor is any where the model has been paused.
        """
        started = time.perf_counter()
        predictions = await self.model.score(vectors)
        now = worse_by_now()
        for prediction, vector in zip(predictions, vectors, strict=True):
            is_worse = (
                now is not None
                and vector is vectors[-1]
                and severity(now.status) > severity(prediction.status)
            )
            is_paused = not (self.model.state.predicts or prediction.is_bad)
            await self.tell(
                self.model.retold(prediction, now or vector) if is_worse or is_paused else prediction
            )
        made = [one.inference_seconds for one in predictions if not one.is_bad]
        if made:
            each = (time.perf_counter() - started) / len(predictions)
            self.model.statistics.answered(each, sum(made) / len(made))

    async def tell(self, prediction: Prediction) -> None:
        """Hand one prediction on."""
        self.last = prediction
        if self._sink is not None:
            self._sink.submit(prediction)  # before anything is awaited: losses are told by another task
        await self._publisher.publish(prediction)

    def when_predicting_changes(self, wake: Callable[[], None]) -> None:
        """Call this whenever the model stops or begins to predict: what is on show must not stay."""
        predicted = self.model.state.predicts

        def note(model: ServedModel) -> None:
            nonlocal predicted
            if model.state.predicts is not predicted:
                predicted = model.state.predicts
                wake()

        self.model.state_observers.append(note)

    async def worsen(self, vector: Vector) -> None:
        """Tell the last prediction again where these inputs, or the model, bear it out no more."""
        last = self.last
        if last is None or last.is_bad:
            return
        if not self.model.state.predicts or severity(vector.status) > severity(last.status):
            await self.tell(self.model.retold(last, vector))

    async def begin(self) -> None:
        """Show that nothing has come yet; windows take no notice."""
        nothing = [None] * len(self.model.signature.inputs)
        now, monotonic = self._clock.now(), self._clock.monotonic()
        await self.score([join(self.model.signature, nothing, now=now, monotonic=monotonic)])
