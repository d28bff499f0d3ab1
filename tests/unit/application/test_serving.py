"""One version takes another one's place while calls are on their way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.serving import Serving
from opcua_ml.domain.computation import Computation
from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.vector import join
from tests.unit.application.stand_ins import CARD, NOON, Adder, HandClock, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row


class Held(Adder):
    """Answers, or fails, when it is let go."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__(inline=False)
        self.begun, self.free = asyncio.Event(), asyncio.Event()
        self._fails = fails

    async def run(self, rows: Sequence[Row]) -> Computation:
        """The sums, later."""
        self.begun.set()
        await self.free.wait()
        if self._fails:
            raise InferenceFailed("told to")
        return Computation(self.predict(rows), 0.0)


NEXT = replace(CARD, version="2.0.0")


async def test_a_call_on_its_way_ends_on_the_version_that_it_began_with(clock: HandClock) -> None:
    """By method and by tag; the next call is the new version's; the old one is idle only after the last."""
    held = Held()
    model = ServedModel(CARD, held, clock, run_id="r")
    vector = join(CARD.signature, [tag(1.0), tag(2.0)], now=NOON, monotonic=0)
    async with asyncio.TaskGroup() as group:
        called = group.create_task(model.predict([[1.0, 2.0]]), name="call")
        scored = group.create_task(model.score([vector]), name="tag")
        await held.begun.wait()
        old = model.swap(Serving(NEXT, Adder()))
        assert [one.version for one in await model.predict([[3.0, 4.0]])] == ["2.0.0"]
        was_idle = old.is_idle
        held.free.set()
    assert (was_idle, old.is_idle) == (False, True)
    assert [one.version for one in (*called.result(), *scored.result())] == ["1.2.0", "1.2.0"]
    ids = [one.sequence for one in (*called.result(), *scored.result())]
    assert sorted(ids) == [2, 3]


async def test_an_old_version_s_failure_is_not_the_new_one_s(clock: HandClock) -> None:
    """It is told to who asked, and the model stays Ready; a Degraded model is Ready after a swap."""
    held = Held(fails=True)
    model = ServedModel(CARD, held, clock, run_id="r")

    async def fails() -> None:
        with pytest.raises(InferenceFailed):
            await model.predict([[1.0, 2.0]])

    async with asyncio.TaskGroup() as group:
        group.create_task(fails(), name="call")
        await held.begun.wait()
        model.swap(Serving(NEXT, Adder()))
        held.free.set()
    assert model.state is ModelState.Ready
    model.change_state(ModelState.Degraded, "odd")
    model.swap(Serving(CARD, Adder()))
    assert model.state is ModelState.Ready
