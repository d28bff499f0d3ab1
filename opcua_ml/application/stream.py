"""The tag path of one model: samples come in, a trigger takes a vector, a prediction goes out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from opcua_ml.application.bounded_queue import BoundedQueue
from opcua_ml.application.intake import LiveIntake, StagedIntake
from opcua_ml.application.ports import SampleReceiver
from opcua_ml.application.trigger import LEADING, PeriodGrid, Trigger, TriggerKind
from opcua_ml.domain.status import Status, severity, status_name
from opcua_ml.domain.vector import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.outlet import Outlet
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.domain.input_policy import JoinPolicy
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.vector import Vector

_BATCH = 256


class Stream(SampleReceiver, Protocol):
    """Takes samples whose keys are places of inputs, or LEADING, and scores them while it runs."""

    @property
    def model(self) -> ServedModel:
        """That scores them."""

    async def run(self) -> None:
        """Score until cancelled."""


class LiveStream:
    """Scores the newest samples: at their changes, or at a period.

    Changes within the debounce time make one vector. Whatever the trigger is, a vector is also taken, and
    shown where it is worse than the last one, when a value has become too old, or when a tag turns Bad:
    nobody waits for the end of a long period to learn that.

    Args:
        outlet: of the model.
        trigger: of the kind CHANGE or PERIOD.
        clock: for ages and periods.
        policy: of the inputs.
    """

    def __init__(
        self, outlet: Outlet, trigger: Trigger, clock: Clock, policy: JoinPolicy | None = None
    ) -> None:
        self.model = outlet.model
        self._outlet = outlet
        self._trigger = trigger
        self._clock = clock
        self._intake = LiveIntake(self.model.signature, policy, clock)
        self._by_change = trigger.kind is TriggerKind.CHANGE
        self._woken = asyncio.Event()
        self.model.statistics.window_memory = self._intake.window_memory

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples of one notification, as (place of the input, sample); never blocks."""
        takes = self._intake.takes
        for index, sample in samples:
            if index >= 0:
                takes[index](sample)
        if self._woken.is_set():
            self.model.statistics.dropped += self._by_change
        elif self._by_change or any(sample.is_bad for _, sample in samples):
            self._woken.set()

    async def run(self) -> None:
        """Score until cancelled; what a model can't do becomes a Bad prediction, not an end."""
        await self._outlet.begin()
        await (self._run_by_change() if self._by_change else self._run_by_period())

    async def _run_by_change(self) -> None:
        while True:
            if await self._wake_until(self._intake.changes_at()):
                await asyncio.sleep(self._trigger.debounce)
                self._woken.clear()
                await self._outlet.score([self._intake.vector()])
            else:
                await self._show_if_worse()

    async def _run_by_period(self) -> None:
        grid = PeriodGrid(self._trigger.period, self._clock.monotonic())
        while True:
            changes_at = self._intake.changes_at()
            until = grid.next if changes_at is None else min(changes_at, grid.next)
            if await self._wake_until(until):
                self._woken.clear()
            now = self._clock.monotonic()
            if now < grid.next:
                await self._show_if_worse()
                continue
            grid.take(now)
            self.model.statistics.missed_periods = grid.missed
            await self._outlet.score([self._intake.vector()])

    async def _wake_until(self, until: float | None) -> bool:
        """Whether something came before that time of our monotonic clock."""
        if until is None:
            return await self._woken.wait()
        try:
            async with asyncio.timeout(until - self._clock.monotonic()):
                return await self._woken.wait()
        except TimeoutError:
            return False

    async def _show_if_worse(self) -> None:
        vector = self._intake.vector(is_trigger=False)
        last = self._outlet.last
        if last is None or severity(vector.status) > severity(last.status):
            await self._outlet.score([vector])


class LeadingStream:
    """Scores every change of a leading tag, in order, with the inputs of its moment.

    Vectors wait in a queue; when it is full the oldest goes and is counted.

    Args:
        outlet: of the model.
        trigger: of the kind LEADING.
        clock: for ages.
        policy: of the inputs.
        capacity: of the queue, and samples of each input that may wait for the leading tag.
    """

    def __init__(
        self,
        outlet: Outlet,
        trigger: Trigger,
        clock: Clock,
        policy: JoinPolicy | None = None,
        *,
        capacity: int = 1000,
    ) -> None:
        self.model = outlet.model
        self._outlet = outlet
        self._trigger = trigger
        self._clock = clock
        self._intake = StagedIntake(self.model.signature, policy, clock, capacity)
        self._pending: BoundedQueue[Vector] = BoundedQueue("Vectors", capacity)
        self._woken = asyncio.Event()
        self._last_change = clock.monotonic()
        self.model.statistics.window_memory = self._intake.window_memory
        self.model.statistics.queues.append(lambda: self._pending.state)

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples of one notification, as (place of the input or LEADING, sample); never blocks."""
        leading = []
        for index, sample in samples:
            if index == self._trigger.leading:
                leading.append(sample)
            if index >= 0:
                self._intake.take(index, sample)
        for sample in leading:
            self._pending.put(self._vector_at(sample))
        if leading:
            self._last_change = self._clock.monotonic()
            self._woken.set()

    async def run(self) -> None:
        """Score until cancelled; what a model can't do becomes a Bad prediction, not an end."""
        await self._outlet.begin()
        while True:
            if not await self._wake():
                await self._show_pause()
                continue
            vectors = self._pending.take(_BATCH)
            if not self._pending:
                self._woken.clear()
            if vectors:
                await self._outlet.score(vectors)

    def _vector_at(self, sample: Sample) -> Vector:
        vector = self._intake.vector_at(sample)
        if sample.is_bad and self._trigger.leading == LEADING:
            code = sample.status if sample.status >= Status.Bad else Status.BadNoData
            return vector.spoilt(code, f"the leading tag is {status_name(code)}")
        return vector

    async def _wake(self) -> bool:
        """Whether the leading tag changed within its longest pause."""
        pause = self._trigger.longest_pause
        if pause is None or (self._outlet.last is not None and self._outlet.last.is_bad):
            return await self._woken.wait()
        try:
            async with asyncio.timeout(self._last_change + pause - self._clock.monotonic()):
                return await self._woken.wait()
        except TimeoutError:
            return False

    async def _show_pause(self) -> None:
        nothing = [None] * len(self.model.signature.inputs)
        now, monotonic = self._clock.now(), self._clock.monotonic()
        vector = join(self.model.signature, nothing, now=now, monotonic=monotonic)
        words = f"the leading tag has not changed for more than {self._trigger.longest_pause:g} s"
        await self._outlet.score([vector.spoilt(Status.BadTimeout, words)])


def stream_of(
    outlet: Outlet, trigger: Trigger, clock: Clock, policy: JoinPolicy | None = None, *, capacity: int = 1000
) -> Stream:
    """The stream of a trigger; `capacity` is that of its queue, where it has one."""
    if trigger.kind is TriggerKind.LEADING:
        return LeadingStream(outlet, trigger, clock, policy, capacity=capacity)
    return LiveStream(outlet, trigger, clock, policy)
