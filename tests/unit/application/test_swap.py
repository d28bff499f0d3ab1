"""What happens around a swap: who answers, what counts for whom, and what is scored anew."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from opcua_ml.application.canary import Canary
from opcua_ml.application.outlet import Outlet
from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.serving import Serving
from opcua_ml.application.shadow import ROUND_SECONDS, Shadow, ShadowCounts
from opcua_ml.application.stream import stream_of
from opcua_ml.application.trigger import Trigger, TriggerKind
from opcua_ml.domain.abstention import Abstention, abstaining
from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.domain.input_policy import JoinPolicy
from opcua_ml.domain.signature import Output, OutputRole, Signature, Statistics
from opcua_ml.domain.status import Status
from opcua_ml.domain.value_range import OutsideTraining, RangePolicy
from tests.unit.application.stand_ins import CARD, Adder, Book, HandClock, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.row import Row

SECOND = replace(CARD, version="2.0.0")


class Gated(Adder):
    """Answers when it is let go."""

    def __init__(self) -> None:
        super().__init__(inline=False)
        self.begun, self.gate = asyncio.Event(), asyncio.Event()

    async def run(self, rows: Sequence[Row]) -> Computation:
        """After the gate has opened."""
        self.begun.set()
        await self.gate.wait()
        return await super().run(rows)


class Labels(Adder):
    """Always the first class, with the confidence that the first input gives."""

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """One row of outputs for each."""
        return [(0, row[0]) for row in rows]


@pytest.mark.parametrize("trigger", [Trigger(debounce=0), Trigger(TriggerKind.PERIOD, period=60.0)])
async def test_what_is_on_show_is_scored_anew_by_the_version_that_takes_over(
    model: ServedModel, clock: HandClock, book: Book, trigger: Trigger
) -> None:
    """Nobody waits for the next change, or the end of a long period, to see the new version's answer."""
    stream = stream_of(Outlet(model, clock, book, book), trigger, clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream.run(), name="stream")
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        await book.until(1)
        while book.published[-1].outputs != (3.0,):
            clock.seconds += 60.0
            model.swap(model.serving)  # wakes a stream that waits for its period
            await asyncio.sleep(0.01)
        model.swap(Serving(SECOND, Adder()))
        async with asyncio.timeout(5):
            while book.published[-1].version != "2.0.0":  # noqa: ASYNC110 - the stream's doing
                await asyncio.sleep(0)
        assert (book.published[-1].outputs, book.published[-1].status) == ((3.0,), Status.Good)
        assert book.submitted[-1] == book.published[-1]
        task.cancel()


async def test_ranges_of_the_training_follow_the_swap(clock: HandClock, book: Book) -> None:
    """What the new version's training saw counts for tags from the swap on."""

    def trained_to(card: ModelCard, most: float) -> ModelCard:
        seen = Statistics(9, 0, 5.0, 1.0, 0.0, most)
        inputs = tuple(replace(item, statistics=seen) for item in CARD.signature.inputs)
        return replace(card, signature=replace(CARD.signature, inputs=inputs))

    model = ServedModel(trained_to(CARD, 10.0), Adder(), clock, run_id="r")
    policy = JoinPolicy(ranges=RangePolicy(training=OutsideTraining.MARK))
    stream = stream_of(Outlet(model, clock, book, book), Trigger(debounce=0), clock, policy)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream.run(), name="stream")
        stream.receive([(0, tag(50.0)), (1, tag(2.0))])
        assert (await book.until(2))[1].status >= Status.Uncertain
        model.swap(Serving(trained_to(SECOND, 99.0), Adder()))
        made = (await book.until(3))[2]
        assert (made.version, made.status) == ("2.0.0", Status.Good)
        task.cancel()


async def test_failures_and_times_count_for_the_version_that_had_them(clock: HandClock) -> None:
    """A row of the version before that fails after the swap says nothing of the new one."""
    slow = Gated()
    model = ServedModel(CARD, slow, clock, run_id="r")
    under_way = asyncio.ensure_future(model.predict([[13.0, 0.0]]))
    await slow.begun.wait()
    before = model.swap(Serving(SECOND, Adder()))
    slow.gate.set()
    with pytest.raises(InferenceFailed):
        await under_way
    await model.predict([[1.0, 2.0]])
    assert (before.failed, model.serving.failed) == (1, 0)
    assert (before.inference.count, model.serving.inference.count) == (0, 1)
    assert model.snapshot().failed == 1


async def test_a_canary_answers_its_share_and_names_itself(clock: HandClock) -> None:
    """Which calls are its own can be told from the ids; whole calls only, and no row of the tags."""
    model = ServedModel(CARD, Adder(), clock, run_id="r")
    model.canary = canary = Canary(Serving(SECOND, Adder()), 0.25)
    made = [(await model.predict([[1.0, 2.0]]))[0] for _ in range(100)]
    assert sum(one.version == "2.0.0" for one in made) == 25
    assert all((one.version == "2.0.0") is canary.takes(one.sequence) for one in made)
    batch = await model.predict([[1.0, 2.0]] * 10)
    assert len({one.version for one in batch}) == 1
    assert model.predict_now((1.0, 2.0)) is None


async def test_where_a_canary_fails_the_active_version_answers(clock: HandClock) -> None:
    """The client hears nothing of it; the canary's failures are counted."""
    model = ServedModel(CARD, Adder(), clock, run_id="r")

    class Broken(Adder):
        def predict(self, rows: Sequence[Row]) -> list[Row]:
            raise InferenceFailed("broken", where="canary", found=len(rows))

    model.canary = Canary(Serving(SECOND, Broken()), 0.5)
    made = [(await model.predict([[1.0, 2.0]]))[0] for _ in range(10)]
    assert {(one.version, one.outputs) for one in made} == {(CARD.version, (3.0,))}
    assert (model.canary.serving.failed, model.snapshot().failed) == (5, 0)


async def test_an_undecided_row_of_the_shadow_agrees_with_an_undecided_one(clock: HandClock) -> None:
    """What is compared is what would have been told."""
    outputs = (Output("class", OutputRole.LABEL, categories=("a", "b")), Output("p", OutputRole.CONFIDENCE))
    signature = Signature(CARD.signature.inputs, outputs)
    card = replace(CARD, signature=abstaining(signature))
    abstention = Abstention(signature, 0.8)
    model = ServedModel(card, Labels(), clock, run_id="r", abstention=abstention)
    shadow = Shadow(Serving(replace(card, version="2.0.0"), Labels(), abstention))
    for confidence in (0.5, 0.9):
        shadow.see((await model.predict([[confidence, 1.0]]))[0])
    await shadow.score()
    assert (shadow.counts.agreed, shadow.counts.disagreed) == (2, 0)


async def test_a_shadow_that_has_ended_scores_no_further_row(clock: HandClock) -> None:
    """Its executor may be closed from then on."""
    model = ServedModel(CARD, Adder(), clock, run_id="r")
    shadow = Shadow(Serving(SECOND, Adder()))
    shadow.see((await model.predict([[1.0, 2.0]]))[0])
    shadow.end()
    await shadow.score()
    assert shadow.counts == ShadowCounts()


async def test_a_slow_shadow_gives_others_a_turn_and_loses_no_row(clock: HandClock) -> None:
    """A round ends after its time, and the next one goes on."""
    model = ServedModel(CARD, Adder(), clock, run_id="r")
    seconds = itertools.count(0.0, ROUND_SECONDS)
    shadow = Shadow(Serving(SECOND, Adder()), clock=lambda: next(seconds))
    for _ in range(3):
        shadow.see((await model.predict([[1.0, 2.0]]))[0])
    scored = []
    for _ in range(3):
        await shadow.score()
        scored.append(shadow.counts.agreed)
    assert (scored[0], scored[-1], shadow.counts.dropped) == (1, 3, 0)
