"""Swaps lose no change: every notification is scored, or counted as replaced by a newer one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.application.outlet import Outlet
from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.serving import Serving
from opcua_ml.application.stream import stream_of
from opcua_ml.application.trigger import Trigger, TriggerKind
from tests.unit.application.stand_ins import CARD, Adder, Book, HandClock, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.row import Row

NOTIFY, SWAP, TURN, GATE = "notify", "swap", "turn", "gate"
STEPS = st.lists(st.sampled_from([NOTIFY, SWAP, TURN, GATE]), min_size=4, max_size=60)


class Multiplier(Adder):
    """Multiplies the sum by a gain, so that an answer tells its version; may wait for a gate."""

    def __init__(self, gain: float, gate: asyncio.Event, *, inline: bool) -> None:
        super().__init__(inline=inline)
        self._gain, self._gate = gain, gate

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """One row of outputs for each."""
        return [(self._gain * sum(value for value in row if isinstance(value, float)),) for row in rows]

    async def run(self, rows: Sequence[Row]) -> Computation:
        """After the gate has opened."""
        await self._gate.wait()
        return await super().run(rows)


class Course:
    """One model's stream, through the steps of a test.

    Args:
        trigger: of the stream.
        inline: where its versions run: in the event loop, or beside it behind a gate.
    """

    def __init__(self, trigger: Trigger, *, inline: bool) -> None:
        self._inline, self._gate, self._sent, self._gain = inline, asyncio.Event(), 0, 1
        self._gate.set()
        clock, self.book = HandClock(), Book()
        self.model = ServedModel(CARD, self._version().executor, clock, run_id="r")
        self.stream = stream_of(Outlet(self.model, clock, self.book, self.book), trigger, clock)

    def _version(self) -> Serving:
        executor = Multiplier(self._gain, self._gate, inline=self._inline)
        return Serving(replace(CARD, version=f"{self._gain}.0.0"), executor)

    async def go(self, steps: Sequence[str]) -> list[Prediction]:
        """The Good predictions, once everything has come to rest."""
        self.model.swap(self._version())
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.stream.run(), name="stream")
            await self.book.until(1)
            for step in (*steps, NOTIFY):
                await self._step(step)
            self._gate.set()
            for _ in range(40):
                await asyncio.sleep(0)
            running.cancel()
        return [one for one in self.book.published if not one.is_bad]

    async def _step(self, step: str) -> None:
        if step == NOTIFY:
            self._sent += 1
            count = float(self._sent)
            self.stream.receive([(1, tag(count, count)), (0, tag(count, count))])
        elif step == SWAP:
            self._gain += 1
            self.model.swap(self._version())
        elif step == TURN:
            await asyncio.sleep(0)
        elif self._gate.is_set():
            self._gate.clear()
        else:
            self._gate.set()

    @property
    def sent(self) -> int:
        """Notifications so far; both inputs of each have its number."""
        return self._sent

    @property
    def gain(self) -> int:
        """Of the version that predicts."""
        return self._gain


@pytest.mark.parametrize("inline", [True, False], ids=["in the loop", "beside the loop"])
@pytest.mark.parametrize("kind", [TriggerKind.CHANGE, TriggerKind.LEADING])
@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_swaps_at_any_moment_lose_no_change(inline: bool, kind: TriggerKind, steps: list[str]) -> None:
    """Whatever comes between a notification, its score and a swap: what is not scored is counted."""

    async def run() -> None:
        course = Course(Trigger(kind, debounce=0, leading=0), inline=inline)
        made = await course.go(steps)
        counts = [one.inputs[0] for one in made if isinstance(one.inputs[0], float)]
        assert counts == sorted(counts)
        # With the trigger «change» values are counted, of which each notification has one for each input.
        dropped = course.model.snapshot().dropped / (2 if kind is TriggerKind.CHANGE else 1)
        assert len(set(counts)) + dropped == course.sent
        assert kind is TriggerKind.CHANGE or len(set(counts)) == course.sent
        assert [one.outputs[0] for one in made] == [
            int(one.version[: one.version.index(".")]) * 2.0 * count
            for one, count in zip(made, counts, strict=True)
        ]
        assert (counts[-1], made[-1].version) == (course.sent, f"{course.gain}.0.0")

    asyncio.run(run())
