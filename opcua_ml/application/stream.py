"""The tag path of one model: samples come in, a trigger takes a vector, a prediction goes out."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.vector import OutOfRange, Vector, join
from opcua_ml.domain.window import WindowBuffer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.application.ports import Clock, PredictionPublisher, PredictionSink
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Sample

LEADING = -1
_BATCH = 256


class TriggerKind(StrEnum):
    """When a vector is taken."""

    CHANGE = "change"
    LEADING = "leading"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a model's inputs are joined.

    Attributes:
        kind: at any change, at a change of one leading tag, or at a period.
        debounce: seconds to wait after the first change, so that one scan's changes make one vector.
        period: seconds between two vectors, for the kind PERIOD.
        leading: place of the leading input, or LEADING for a tag that is no input.
    """

    kind: TriggerKind = TriggerKind.CHANGE
    debounce: float = 0.02
    period: float = 1.0
    leading: int = LEADING


class ModelStream:
    """Holds the newest samples of one model's inputs and scores a vector at every trigger.

    A SampleReceiver whose keys are places of inputs, or LEADING.

    Live tags: the newest value wins. A leading tag: every change of it is scored, in order, from a queue
    of `capacity` vectors; when it is full the oldest goes and is counted. As many samples of each input are
    held, since one notification may bring all values of one tag before those of another.
    """

    def __init__(
        self,
        model: ServedModel,
        trigger: Trigger,
        clock: Clock,
        publisher: PredictionPublisher,
        *,
        sink: PredictionSink | None = None,
        capacity: int = 1000,
    ) -> None:
        self.model = model
        self._trigger = trigger
        self._clock = clock
        self._publisher = publisher
        self._sink = sink
        # Only a leading tag looks back: for all others the newest sample is enough.
        depth = capacity if trigger.kind is TriggerKind.LEADING else 1
        self._history: list[deque[Sample]] = [deque(maxlen=depth) for _ in model.signature.inputs]
        self._windows = [
            WindowBuffer(item.window) if item.window else None for item in model.signature.inputs
        ]
        self._pending: deque[Vector] = deque(maxlen=capacity)
        self._changed = asyncio.Event()

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples of one notification, as (place of the input or LEADING, sample); never blocks."""
        leading: list[Sample] = []
        for index, sample in samples:
            if index == self._trigger.leading and self._trigger.kind is TriggerKind.LEADING:
                leading.append(sample)
            if index != LEADING:
                self._history[index].append(sample)
        if self._trigger.kind is TriggerKind.LEADING:
            for sample in leading:
                self._queue(self._vector_at(sample))
        elif self._changed.is_set():
            self.model.statistics.dropped += 1
        if leading or self._trigger.kind is TriggerKind.CHANGE:
            self._changed.set()

    async def run(self) -> None:
        """Score until cancelled; what a model can't do becomes a Bad prediction, not an end."""
        await self._emit(
            await self.model.score([self._join([None] * len(self._history))]), time.perf_counter()
        )
        while True:
            vectors = await self._triggered()
            started = time.perf_counter()
            await self._emit(await self.model.score(vectors), started)

    async def _triggered(self) -> list[Vector]:
        if self._trigger.kind is TriggerKind.PERIOD:
            await asyncio.sleep(self._trigger.period)
            return [self._vector()]
        await self._changed.wait()
        if self._trigger.kind is TriggerKind.CHANGE:
            await asyncio.sleep(self._trigger.debounce)
            self._changed.clear()
            return [self._vector()]
        taken = [self._pending.popleft() for _ in range(min(len(self._pending), _BATCH))]
        if not self._pending:
            self._changed.clear()
        self.model.statistics.queue_depth = len(self._pending)
        return taken

    async def _emit(self, predictions: Sequence[Prediction], started: float) -> None:
        for prediction in predictions:
            await self._publisher.publish(prediction)
            if self._sink is not None:
                self._sink.submit(prediction)
        made = [one.inference_seconds for one in predictions if not one.is_bad]
        if made:
            each = (time.perf_counter() - started) / len(predictions)
            self.model.statistics.answered(each, sum(made) / len(made))

    def _queue(self, vector: Vector) -> None:
        if len(self._pending) == self._pending.maxlen:
            self.model.statistics.dropped += 1
        self._pending.append(vector)
        self.model.statistics.queue_depth = len(self._pending)

    def _vector(self) -> Vector:
        return self._windowed([held[-1] if held else None for held in self._history])

    def _vector_at(self, leading: Sample) -> Vector:
        """The inputs as they were when the leading tag changed: a later value of another tag stays out."""
        return self._windowed([_as_of(held, leading) for held in self._history])

    def _windowed(self, samples: list[Sample | None]) -> Vector:
        windowed = [
            window.take(sample) if window else sample
            for window, sample in zip(self._windows, samples, strict=True)
        ]
        return self._join(windowed)

    def _join(self, samples: Sequence[Sample | None]) -> Vector:
        return join(
            self.model.signature,
            samples,
            now=self._clock.now(),
            monotonic=self._clock.monotonic(),
            out_of_range=self.model.out_of_range or OutOfRange.MARK,
        )


def _as_of(held: deque[Sample], leading: Sample) -> Sample | None:
    """The newest sample that is not younger than the leading one, by the PLC's own time; older ones go."""
    moment = leading.source_timestamp
    if moment is None or leading.is_bad:
        return held[-1] if held else None
    while len(held) > 1 and _is_due(held[1], moment):
        held.popleft()
    return held[0] if held and _is_due(held[0], moment) else None


def _is_due(sample: Sample, moment: datetime) -> bool:
    """Whether the sample belongs to that moment; a loss of quality has no time to wait for."""
    return sample.is_bad or sample.source_timestamp is None or sample.source_timestamp <= moment
