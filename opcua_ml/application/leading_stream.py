"""The tag path of a model whose inputs are joined when one tag changes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from opcua_ml.application.bounded_queue import BoundedQueue
from opcua_ml.application.intake import QualityWatch, StagedIntake
from opcua_ml.application.statistics import StreamState
from opcua_ml.application.trigger import LEADING
from opcua_ml.domain.figure import figure
from opcua_ml.domain.status import Status, status_name
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.outlet import Outlet
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.result_context import ResultContext
    from opcua_ml.application.trigger import Trigger
    from opcua_ml.domain.input_policy import JoinPolicy
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.vector import Vector

_BATCH = 256


class LeadingStream:
    """Scores every change of a leading tag, in order, with the inputs of its moment.

    Vectors wait in a queue; when it is full the oldest goes and is counted. Between two changes the last
    prediction stays on show until a tag is lost, grows too old or turns Uncertain, the leading tag pauses for
    too long, or the model is paused: then its quality is told anew, though nothing new is predicted.

    Args:
        outlet: of the model.
        trigger: of the kind LEADING.
        clock: for ages.
        policy: of the inputs.
        capacity: of the queue, and samples of each input that may wait for the leading tag.
        context: tags that say of which part a row is; None for none.
    """

    def __init__(
        self,
        outlet: Outlet,
        trigger: Trigger,
        clock: Clock,
        policy: JoinPolicy | None = None,
        *,
        capacity: int = 1000,
        context: ResultContext | None = None,
    ) -> None:
        self.model = outlet.model
        self._outlet = outlet
        self._trigger = trigger
        self._clock = clock
        self._intake = StagedIntake(self.model.signature, policy, clock, capacity, context)
        self._watch = QualityWatch(self.model.signature, policy, clock, context)
        self._pending: BoundedQueue[Vector] = BoundedQueue("Vectors", capacity)
        self._woken = asyncio.Event()
        self._lost = asyncio.Event()
        self._losses = 0
        self._is_at_work = False
        self._last_change = clock.monotonic()
        held = self._intake.window_memory
        self.model.statistics.fed_by(lambda: StreamState(held, queue=self._pending.state))
        outlet.when_predicting_changes(self._woken.set)
        self.model.swap_observers.append(lambda: self._intake.follow(self.model.signature))

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples of one notification, as (place of the input or LEADING, sample); never blocks."""
        leading = []
        for index, sample in samples:
            if index == self._trigger.leading:
                leading.append(sample)
            if index >= 0:
                self._intake.take(index, sample)
        all_good = self._watch.receive(samples)
        for sample in leading:
            self._pending.put(self._vector_at(sample))
        if leading:
            self._last_change = self._clock.monotonic()
        if leading or not all_good:
            self._woken.set()
        if self._is_at_work and not all_good:
            self._losses += 1
            self._lost.set()

    async def run(self) -> None:
        """Score until cancelled; what a model can't do becomes a Bad prediction, not an end."""
        await self._outlet.begin()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run(), name=f"{self.model.name}.scores")
            group.create_task(self._tell_losses(), name=f"{self.model.name}.losses")

    async def _run(self) -> None:
        while True:
            await self._wake()
            self._woken.clear()
            while vectors := self._pending.take(_BATCH):
                await self._score(vectors)
            if not self._pending:
                await self._outlet.worsen(self._quality())

    async def _score(self, vectors: list[Vector]) -> None:
        losses = self._losses
        self._is_at_work = True
        try:
            await self._outlet.score(vectors, lambda: self._quality() if self._losses != losses else None)
        finally:
            self._is_at_work = False

    async def _tell_losses(self) -> None:
        """Tell a loss at once while a slow model is at work, on the last prediction."""
        while True:
            await self._lost.wait()
            self._lost.clear()
            await self._outlet.worsen(self._quality())

    def _vector_at(self, sample: Sample) -> Vector:
        vector = self._intake.vector_at(sample)
        if sample.is_bad and self._trigger.leading == LEADING:
            code = sample.status if sample.status >= Status.Bad else Status.BadNoData
            return vector.spoilt(code, sentence("the leading tag is {status}", status=status_name(code)))
        return vector

    async def _wake(self) -> None:
        """Wait until something comes, or for the time at which what is on show may be true no more."""
        until = self._true_until()
        with suppress(TimeoutError):
            async with asyncio.timeout(None if until is None else until - self._clock.monotonic()):
                await self._woken.wait()

    def _true_until(self) -> float | None:
        """None for as long as nothing comes, and where what is on show is Bad already."""
        last, pause = self._outlet.last, self._trigger.longest_pause
        if last is None or last.is_bad:
            return None
        moments = [self._watch.changes_at(), None if pause is None else self._last_change + pause]
        return min((moment for moment in moments if moment is not None), default=None)

    def _quality(self) -> Vector:
        """What the tags, and the time since the leading one changed, say of the last prediction."""
        vector, pause = self._watch.vector(), self._trigger.longest_pause
        if pause is not None and self._clock.monotonic() >= self._last_change + pause and not vector.is_bad:
            words = sentence("the leading tag has not changed for more than {limit} s", limit=figure(pause))
            return vector.spoilt(Status.BadTimeout, words)
        return vector
