"""A model at work, by method call and by tags."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from opcua_ml.application.served_model import ServedModel
from opcua_ml.domain.computation import Computation
from opcua_ml.domain.errors import (
    InferenceFailed,
    InferenceOverloaded,
    InputOutOfRange,
    ModelUnavailable,
    WorkerUnavailable,
)
from opcua_ml.domain.output_rule import output_rule
from opcua_ml.domain.queue_state import Overflow, QueueState
from opcua_ml.domain.row import Row
from opcua_ml.domain.signature import Output, Range, Signature
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status
from opcua_ml.domain.value_range import OutOfRange, RangePolicy
from opcua_ml.domain.vector import Vector, join
from tests.unit.application.stand_ins import CARD, NOON, Adder, HandClock, tag


def vector(a: float | None, b: float = 1.0) -> Vector:
    """A vector of these two inputs."""
    return join(CARD.signature, [tag(a), tag(b)], now=NOON, monotonic=0)


async def test_a_call_is_answered_with_identity_and_counted(model: ServedModel) -> None:
    """Each row has its own id and number, and the version that computed it."""
    first, second = await model.predict([[1.0, 2.0], [3.0, 4.0]])
    assert (first.outputs, second.outputs) == ((3.0,), (7.0,))
    assert (first.sequence, second.sequence) == (1, 2)
    assert first.id != second.id
    assert first.version == "1.2.0"
    counted = model.snapshot()
    assert (counted.predictions, counted.calls, counted.rejected) == (2, 1, 0)


async def test_one_wrong_row_refuses_the_whole_batch_before_the_model_runs(model: ServedModel) -> None:
    """The place of the offender is told, and nothing was computed."""
    with pytest.raises(InputOutOfRange) as caught:
        await model.predict([[1.0, 2.0], [101.0, 4.0]])
    assert (caught.value.row, caught.value.index) == (1, 0)
    assert model.snapshot().predictions == 0
    assert model.snapshot().rejected_by_reason == {"InputOutOfRange": 2}


@pytest.mark.parametrize(("policy", "total"), [(OutOfRange.CLAMP, 101.0), (OutOfRange.MARK, 201.0)])
async def test_a_policy_can_let_calls_out_of_range_pass_as_uncertain(
    clock: HandClock, policy: OutOfRange, total: float
) -> None:
    """Clamped or not, it is never Good."""
    model = ServedModel(CARD, Adder(), clock, run_id="r", ranges=RangePolicy(policy))
    (made,) = await model.predict([[200.0, 1.0]])
    assert made.outputs == (total,)
    assert made.status == Status.UncertainEngineeringUnitsExceeded
    assert made.reason.startswith("a: ")


async def test_bad_vectors_become_bad_predictions_in_their_place(model: ServedModel) -> None:
    """Order is kept, and a Bad one has no outputs but a reason."""
    made = await model.score([vector(1.0), vector(None), vector(2.0)])
    assert [one.outputs for one in made] == [(2.0,), (), (3.0,)]
    assert [one.is_bad for one in made] == [False, True, False]
    assert made[1].reason == "a: the tag is BadNoData"
    assert [one.sequence for one in made] == [1, 2, 3]


@pytest.mark.parametrize("inline", [True, False])
async def test_a_row_on_which_the_model_fails_spoils_no_other(clock: HandClock, inline: bool) -> None:
    """A failing row is Bad, those beside it are Good, and the model says that it is degraded, then well."""
    model = ServedModel(CARD, Adder(inline=inline), clock, run_id="r")
    seen: list[ModelState] = []
    model.state_observers.append(lambda one: seen.append(one.state))
    made = await model.score([vector(1.0), vector(13.0), vector(2.0)])
    assert [one.status for one in made] == [Status.Good, Status.BadInternalError, Status.Good]
    assert "13" in made[1].reason
    assert model.snapshot().failed == 1
    assert model.state is ModelState.Ready
    assert ModelState.Degraded in seen


async def test_a_model_that_keeps_failing_is_failed_until_it_succeeds(model: ServedModel) -> None:
    """Ten failures in a row are a state of their own; one success ends it."""
    for _ in range(10):
        with pytest.raises(InferenceFailed):
            await model.predict([[13.0, 0.0]])
    failed = model.state
    await model.predict([[1.0, 0.0]])
    assert (failed, model.state) == (ModelState.Failed, ModelState.Ready)


@pytest.mark.parametrize("place", [0, 2, 4])
async def test_the_row_on_which_the_model_fails_is_named(model: ServedModel, place: int) -> None:
    """Of a call of many rows; counted from 0, as clients count them."""
    rows = [[13.0 if row == place else 1.0, 0.0] for row in range(5)]
    with pytest.raises(InferenceFailed, match=f"^row {place}"):
        await model.predict(rows)


async def test_a_paused_model_refuses_calls_and_turns_tags_bad(model: ServedModel) -> None:
    """Neither path computes while an operator has paused the model."""
    model.change_state(ModelState.Paused, "paused by an operator")
    with pytest.raises(ModelUnavailable, match="paused by an operator"):
        await model.predict([[1.0, 2.0]])
    (made,) = await model.score([vector(1.0)])
    assert (made.status, made.outputs) == (Status.BadOutOfService, ())


class Gated(Adder):
    """An executor whose call waits until it is let go."""

    def __init__(self) -> None:
        super().__init__(inline=False)
        self.begun, self.gate = asyncio.Event(), asyncio.Event()

    async def run(self, rows: Sequence[Row]) -> Computation:
        """After the gate has opened."""
        self.begun.set()
        await self.gate.wait()
        return Computation(self.predict(rows), 0.001)


@pytest.mark.parametrize("first", [13.0, 1.0])
async def test_a_row_under_way_does_not_end_a_pause(clock: HandClock, first: float) -> None:
    """Whether the model fails on it or, after failures before, does not."""
    executor = Gated()
    model = ServedModel(CARD, executor, clock, run_id="r")
    model.change_state(ModelState.Degraded, "failed before")
    under_way = asyncio.ensure_future(model.score([vector(first)]))
    await executor.begun.wait()
    model.change_state(ModelState.Paused, "paused by an operator")
    executor.gate.set()
    await under_way
    assert (model.state, model.state_reason) == (ModelState.Paused, "paused by an operator")


class Hung:
    """An executor whose worker never answers in time."""

    backend = "hung"
    waiting: QueueState | None = None
    inline = False

    def __init__(self) -> None:
        self.calls = 0

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Never asked."""
        raise AssertionError(rows)

    async def run(self, rows: Sequence[Row]) -> Computation:
        """As a worker that was killed for taking too long."""
        assert rows
        self.calls += 1
        raise WorkerUnavailable("the process of the model ended", found="no answer within 10 s")

    def close(self) -> None:
        """Nothing to let go."""


async def test_a_worker_that_hangs_is_not_asked_row_by_row(clock: HandClock) -> None:
    """All waiting rows turn Bad after one timeout; one for each would leave old outputs standing."""
    executor = Hung()
    model = ServedModel(CARD, executor, clock, run_id="r")
    made = await model.score([vector(float(number)) for number in range(20)])
    assert executor.calls == 1
    assert {one.status for one in made} == {Status.BadInternalError}
    assert model.snapshot().failed == 20


class Full(Adder):
    """An executor whose worker takes no more calls."""

    waiting: QueueState | None = QueueState("Calls", 2, Overflow.NEWEST_IS_REFUSED, depth=2, dropped=1)

    async def run(self, rows: Sequence[Row]) -> Computation:
        """Refused."""
        assert rows
        raise InferenceOverloaded("too many predictions wait for this model", found=2, wanted="fewer than 2")


async def test_rows_that_a_full_worker_refuses_are_no_failures_of_the_model(clock: HandClock) -> None:
    """They are counted apart, the model stays Ready, and the queue is shown."""
    model = ServedModel(CARD, Full(inline=False), clock, run_id="r")
    (made,) = await model.score([vector(1.0)])
    assert made.status == Status.BadServerTooBusy
    with pytest.raises(InferenceOverloaded):
        await model.predict([(1.0, 2.0)])
    shown = model.snapshot()
    assert (shown.refused, shown.failed, shown.dropped, model.state) == (2, 0, 0, ModelState.Ready)
    assert [queue.name for queue in shown.queues] == ["Calls"]


class Busy(Adder):
    """An executor whose model takes a tenth of the time that its call takes."""

    async def run(self, rows: Sequence[Row]) -> Computation:
        """After a wait."""
        await asyncio.to_thread(time.sleep, 0.05)
        return Computation(self.predict(rows), 0.005)


async def test_the_wait_for_a_worker_is_not_the_model_s_time(clock: HandClock) -> None:
    """An engineer sees which of the two is slow."""
    model = ServedModel(CARD, Busy(inline=False), clock, run_id="r")
    (made,) = await model.predict([(1.0, 2.0)])
    assert made.inference_seconds == 0.005
    shown = model.snapshot()
    assert shown.inference.maximum == pytest.approx(5.0)
    assert shown.wait.maximum > 40.0


async def test_an_answer_outside_its_range_is_uncertain_whatever_way_it_goes(
    clock: HandClock,
) -> None:
    """By method at once or with waiting, and by tags; one within is Good."""
    rule = output_rule(Signature((), (Output("total", range=Range(0.0, 5.0)),)))
    model = ServedModel(CARD, Adder(), clock, run_id="r", rule=rule)
    exceeded = Status.UncertainEngineeringUnitsExceeded
    answers = [model.predict_now((1.0, 2.0)), model.predict_now((4.0, 2.0))]
    assert [one and one[3] for one in answers] == [Status.Good, exceeded]
    called = await model.predict([[1.0, 2.0], [4.0, 2.0]])
    vectors = [vector(4.0, b) for b in (-1.0, 2.0)]
    scored = await model.score(vectors)
    assert [one.status for one in (*called, *scored)] == [Status.Good, exceeded] * 2
    assert {one.reason for one in (called[1], scored[1])} == {"total: 6 is outside its range, 0 to 5"}
