"""The tag path of one model: samples come in, a trigger takes a vector, a prediction goes out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from opcua_ml.application.intake import LiveIntake
from opcua_ml.application.leading_stream import LeadingStream
from opcua_ml.application.ports import SampleReceiver
from opcua_ml.application.statistics import StreamState
from opcua_ml.application.trigger import PeriodGrid, Trigger, TriggerKind
from opcua_ml.domain.queue_state import Overflow, QueueState
from opcua_ml.domain.status import severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.outlet import Outlet
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.result_context import ResultContext
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.domain.input_policy import JoinPolicy
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.vector import Vector


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
    shown where it is worse than the last one, when a value has become too old, when a tag is not Good, or
    when the model is paused: nobody waits for the end of a long period to learn that. Where another version
    takes over, the inputs are scored anew by it; windows take nothing for that.

    Args:
        outlet: of the model.
        trigger: of the kind CHANGE or PERIOD.
        clock: for ages and periods.
        policy: of the inputs.
        context: tags that say of which part a row is; None for none.
    """

    def __init__(
        self,
        outlet: Outlet,
        trigger: Trigger,
        clock: Clock,
        policy: JoinPolicy | None = None,
        *,
        context: ResultContext | None = None,
    ) -> None:
        self.model = outlet.model
        self._outlet = outlet
        self._trigger = trigger
        self._clock = clock
        self._intake = LiveIntake(self.model.signature, policy, clock, context)
        self._by_change = trigger.kind is TriggerKind.CHANGE
        self._woken = asyncio.Event()
        self._lost = asyncio.Event()
        self._losses = 0
        self._is_due = False
        self._is_swapped = False
        self._replaced = 0
        self._waiting = 0
        self._is_new = bytearray(len(self._intake.takes))
        self._window_memory = self._intake.window_memory
        self._missed = 0
        self.model.statistics.fed_by(self._state)
        outlet.when_predicting_changes(self._woken.set)
        self.model.swap_observers.append(self._follow)

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples of one notification, as (place of the input, sample); never blocks."""
        takes, is_new = self._intake.takes, self._is_new
        all_good = True
        self._waiting += len(samples)
        for index, sample in samples:
            if index >= 0:
                all_good &= takes[index](sample)
                is_new[index] = True
            else:
                self._waiting -= 1
        if not all_good:
            self._losses += 1
            self._lost.set()
        if not self._is_due and (self._by_change or not all_good):
            self._is_due = True
            self._woken.set()

    async def run(self) -> None:
        """Score until cancelled; what a model can't do becomes a Bad prediction, not an end."""
        await self._outlet.begin()
        async with asyncio.TaskGroup() as group:
            score = self._run_by_change() if self._by_change else self._run_by_period()
            group.create_task(score, name=f"{self.model.name}.scores")
            group.create_task(self._tell_losses(), name=f"{self.model.name}.losses")

    async def _tell_losses(self) -> None:
        """Tell a loss at once: it may be over before the debounce is, and a slow model may be at work."""
        while True:
            await self._lost.wait()
            self._lost.clear()
            await self._show_if_worse()

    async def _score(self, vector: Vector) -> None:
        """Score inputs that have just been taken; where one is lost meanwhile the answer is no better."""
        losses = self._losses

        def worse_by_now() -> Vector | None:
            moment = self._intake.changes_at()
            is_due = moment is not None and moment <= self._clock.monotonic()
            return self._intake.vector(is_trigger=False) if is_due or self._losses != losses else None

        await self._outlet.score([vector], worse_by_now)

    async def _run_by_change(self) -> None:
        while True:
            if await self._wake_until(self._intake.changes_at()):
                await asyncio.sleep(self._trigger.debounce)
                is_trigger = self._is_due or not self._is_swapped
                self._begin_anew()
                await self._score(self._intake.vector(is_trigger=is_trigger))
            else:
                await self._show_if_worse()

    async def _run_by_period(self) -> None:
        grid = PeriodGrid(self._trigger.period, self._clock.monotonic())
        while True:
            changes_at = self._intake.changes_at()
            until = grid.next if changes_at is None else min(changes_at, grid.next)
            is_swapped = await self._wake_until(until) and self._is_swapped
            self._begin_anew()
            now = self._clock.monotonic()
            if now < grid.next:
                if is_swapped and self.model.state.predicts:
                    await self._score(self._intake.vector(is_trigger=False))
                else:
                    await self._show_if_worse()
                continue
            grid.take(now)
            self._missed = grid.missed
            await self._score(self._intake.vector())

    def _follow(self) -> None:
        """Another version predicts: what is on show is the old one's."""
        self._intake.follow(self.model.signature)
        self._is_swapped = True
        self._woken.set()

    def _begin_anew(self) -> None:
        self._woken.clear()
        self._is_due = self._is_swapped = False
        self._replaced += self._waiting - sum(self._is_new)
        self._is_new, self._waiting = bytearray(len(self._is_new)), 0

    async def _wake_until(self, until: float | None) -> bool:
        """Whether something came before that time of our monotonic clock."""
        if until is None:
            return await self._woken.wait()
        try:
            async with asyncio.timeout(until - self._clock.monotonic()):
                return await self._woken.wait()
        except TimeoutError:
            return False

    def _state(self) -> StreamState:
        return StreamState(
            self._window_memory, self._missed, queue=self._changes() if self._by_change else None
        )

    def _changes(self) -> QueueState:
        """Of values that wait for the next vector each input's newest alone, also within a notification."""
        dropped = self._replaced + self._waiting - sum(self._is_new)
        return QueueState("Changes", 1, Overflow.NEWEST_REPLACES, depth=int(self._is_due), dropped=dropped)

    async def _show_if_worse(self) -> None:
        vector = self._intake.vector(is_trigger=False)
        last = self._outlet.last
        is_worse = last is None or severity(vector.status) > severity(last.status)
        if is_worse or not (self.model.state.predicts or last is None or last.is_bad):
            await self._score(vector)


def stream_of(
    outlet: Outlet,
    trigger: Trigger,
    clock: Clock,
    policy: JoinPolicy | None = None,
    *,
    capacity: int = 1000,
    context: ResultContext | None = None,
) -> Stream:
    """The stream of a trigger; `capacity` is that of its queue, where it has one."""
    if trigger.kind is TriggerKind.LEADING:
        return LeadingStream(outlet, trigger, clock, policy, capacity=capacity, context=context)
    return LiveStream(outlet, trigger, clock, policy, context=context)
