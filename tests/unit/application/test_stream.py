"""The tag path: triggers, joins and order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from opcua_ml.application.outlet import Outlet
from opcua_ml.application.routing import SampleRouter
from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.serving import Serving
from opcua_ml.application.stream import Stream, stream_of
from opcua_ml.application.trigger import LEADING, PeriodGrid, Trigger, TriggerKind
from opcua_ml.domain.input_policy import InputPolicy, JoinPolicy, WhenBad
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status
from tests.unit.application.stand_ins import CARD, Adder, Book, Clock, HandClock, Slow, tag


@asynccontextmanager
async def running(
    model: ServedModel,
    trigger: Trigger,
    clock: HandClock,
    book: Book,
    *,
    capacity: int = 1000,
    policy: JoinPolicy | None = None,
) -> AsyncIterator[Stream]:
    """A stream at work until the block ends."""
    stream = stream_of(Outlet(model, clock, book, book), trigger, clock, policy, capacity=capacity)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream.run(), name="stream")
        yield stream
        task.cancel()


async def turns() -> None:
    """Let the stream do whatever it can do without another sample."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_outputs_are_bad_before_the_first_sample_and_good_when_all_inputs_came(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """Clients see why there is nothing yet, and each prediction goes to the PLC's sink too."""
    async with running(model, Trigger(debounce=0), clock, book) as stream:
        (waiting,) = await book.until(1)
        assert waiting.status == Status.BadWaitingForInitialData
        stream.receive([(0, tag(1.0)), (1, tag(2.0, 5))])
        made = (await book.until(2))[1]
        assert (made.outputs, made.status) == ((3.0,), Status.Good)
        assert made.source_timestamp == tag(0.0, 5).source_timestamp
        assert book.submitted == book.published


async def test_changes_of_one_scan_make_one_vector(model: ServedModel, clock: HandClock, book: Book) -> None:
    """Debounced: the newest of each tag is taken, and what it replaced is counted."""
    async with running(model, Trigger(debounce=0.01), clock, book) as stream:
        await book.until(1)
        for value in (1.0, 2.0, 3.0):
            stream.receive([(0, tag(value)), (1, tag(value))])
        made = (await book.until(2))[1]
        assert made.outputs == (6.0,)
        assert model.snapshot().dropped == 4  # two of each


async def test_values_of_one_tag_in_one_notification_are_counted_where_none_but_the_newest_counts(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """A PLC that samples faster than it publishes sends several; changes of other tags replace nothing."""
    async with running(model, Trigger(debounce=0.01), clock, book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (0, tag(2.0, 1.0)), (0, tag(3.0, 2.0)), (-1, tag(9.0))])
        assert model.snapshot().dropped == 2  # told before the row is scored
        stream.receive([(1, tag(4.0, 2.0))])
        assert (await book.until(2))[1].outputs == (7.0,)
        assert model.snapshot().dropped == 2
        stream.receive([(0, tag(5.0, 3.0))])
        await book.until(3)
        assert model.snapshot().dropped == 2


@pytest.mark.parametrize("kind", [TriggerKind.CHANGE, TriggerKind.LEADING])
async def test_a_loss_that_is_over_before_the_debounce_is_told_all_the_same(
    model: ServedModel, clock: HandClock, book: Book, kind: TriggerKind
) -> None:
    """A good change waits for those that belong to it; a loss of quality waits for nothing."""
    async with running(model, Trigger(kind, debounce=0.05, leading=0), clock, book) as stream:
        await book.until(1)
        stream.receive([(1, tag(2.0)), (0, tag(1.0))])
        await book.until(2)
        stream.receive([(1, tag(None, 1.0, Status.BadNoCommunication))])
        await turns()
        stream.receive([(1, tag(3.0, 2.0)), (0, tag(1.0, 2.0))])
        made = await book.until(4)
        assert [one.status for one in made[1:4]] == [Status.Good, Status.BadNoCommunication, Status.Good]


async def test_a_loss_while_a_slow_model_is_at_work_is_told_before_it_is_done(
    clock: HandClock, book: Book
) -> None:
    """And what it makes of the row from before the loss is not told Good."""
    executor = Slow()
    executor.go_on.set()
    model = ServedModel(CARD, executor, clock, run_id="r")
    async with running(model, Trigger(debounce=0), clock, book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        assert (await book.until(2))[1].status == Status.Good
        executor.go_on.clear()
        executor.started.clear()
        stream.receive([(0, tag(3.0, 1.0))])
        await executor.started.wait()
        stream.receive([(1, tag(None, 2.0, Status.BadNoCommunication))])
        assert (await book.until(3))[2].status == Status.BadNoCommunication
        executor.go_on.set()
        await book.until(4)
        await turns()
        assert all(one.is_bad for one in book.published[2:])


@pytest.mark.parametrize("trigger", [Trigger(debounce=0), Trigger(TriggerKind.PERIOD, period=60.0)])
async def test_a_loss_while_a_slow_model_scores_anew_after_a_swap_is_not_told_good(
    clock: HandClock, book: Book, trigger: Trigger
) -> None:
    """The version that takes over is at work when a tag is lost: its answer is of the row from before."""
    model, slow = ServedModel(CARD, Adder(), clock, run_id="r"), Slow()
    async with running(model, trigger, clock, book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        model.swap(Serving(replace(CARD, version="1.9.0"), Adder()))
        assert (await book.until(2))[1].status == Status.Good
        model.swap(Serving(replace(CARD, version="2.0.0"), slow))
        await slow.started.wait()
        stream.receive([(1, tag(None, 2.0, Status.BadNoCommunication))])
        assert (await book.until(3))[2].status == Status.BadNoCommunication
        slow.go_on.set()
        await book.until(4)
        await turns()
        assert all(one.is_bad for one in book.published[2:])


@pytest.mark.parametrize("trigger", [Trigger(debounce=0), Trigger(TriggerKind.PERIOD, period=60.0)])
async def test_a_tag_that_is_lost_while_its_worse_quality_is_scored_stays_bad(
    clock: HandClock, book: Book, trigger: Trigger
) -> None:
    """Uncertain first, Bad while a slow model makes something of that: the answer comes too late."""
    executor = Slow()
    executor.go_on.set()
    model = ServedModel(CARD, executor, clock, run_id="r")
    async with running(model, trigger, clock, book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        model.swap(Serving(replace(CARD, version="1.9.0"), executor))
        assert (await book.until(2))[1].status == Status.Good
        executor.go_on.clear()
        executor.started.clear()
        stream.receive([(1, tag(3.0, 1.0, Status.Uncertain))])
        await executor.started.wait()
        stream.receive([(1, tag(None, 2.0, Status.BadNoCommunication))])
        await turns()
        executor.go_on.set()
        await book.until(3)
        for _ in range(5):
            await turns()
        assert [one.status for one in book.published[2:] if not one.is_bad] == []


@pytest.mark.parametrize("kind", [TriggerKind.CHANGE, TriggerKind.LEADING])
async def test_a_model_that_is_paused_while_it_is_at_work_tells_nothing_good(
    clock: HandClock, book: Book, kind: TriggerKind
) -> None:
    """Whoever paused it sees no new value afterwards."""
    executor = Slow()
    model = ServedModel(CARD, executor, clock, run_id="r")
    async with running(model, Trigger(kind, debounce=0, leading=0), clock, book) as stream:
        await book.until(1)
        stream.receive([(1, tag(2.0)), (0, tag(1.0))])
        await executor.started.wait()
        model.change_state(ModelState.Paused, "an operator paused it")
        executor.go_on.set()
        assert (await book.until(2))[1].status == Status.BadOutOfService
        await turns()
        assert all(one.is_bad for one in book.published)


async def test_what_stands_in_for_a_lost_tag_is_scored_before_it_is_told(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """The last value, of other inputs, is never told with the quality of what replaces one of them."""
    policy = JoinPolicy(default=InputPolicy(WhenBad.SUBSTITUTE, substitute=10.0))
    async with running(model, Trigger(debounce=0.01), clock, book, policy=policy) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        await book.until(2)
        stream.receive([(1, tag(None, 1.0, Status.BadNoCommunication))])
        made = (await book.until(3))[2]
        assert (made.outputs, made.status) == ((11.0,), Status.UncertainSubNormal)


async def test_a_value_that_grows_too_old_while_a_slow_model_is_at_work_makes_nothing_good(
    clock: HandClock, book: Book
) -> None:
    """Nothing comes afterwards that could tell."""
    executor = Slow()
    model = ServedModel(CARD, executor, clock, run_id="r")
    policy = JoinPolicy(default=InputPolicy(max_age=2.0))
    async with running(model, Trigger(debounce=0), clock, book, policy=policy) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        await executor.started.wait()
        clock.seconds = 5.0
        executor.go_on.set()
        assert (await book.until(2))[1].status == Status.BadTimeout


async def test_every_change_of_a_leading_tag_is_scored_with_the_inputs_of_its_moment(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """A value that the PLC wrote later stays out, though it came in the same notification."""
    async with running(model, Trigger(TriggerKind.LEADING), clock, book) as stream:
        await book.until(1)
        stream.receive(
            [
                *((0, tag(float(row), row)) for row in range(1, 4)),
                (1, tag(10.0, 1)),
                *((LEADING, tag(row, row + 0.5)) for row in range(1, 4)),
            ]
        )
        made = (await book.until(4))[1:]
        assert [one.outputs for one in made] == [(11.0,), (12.0,), (13.0,)]


async def test_a_full_queue_lets_the_oldest_vector_go_and_counts_it(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """Bounded, and never silent about it."""
    async with running(model, Trigger(TriggerKind.LEADING, leading=0), clock, book, capacity=2) as stream:
        await book.until(1)
        stream.receive([(1, tag(0.0)), *((0, tag(float(row), row)) for row in range(1, 6))])
        made = (await book.until(3))[1:]
        assert [one.outputs for one in made] == [(4.0,), (5.0,)]
        assert model.snapshot().dropped == 3


async def test_a_period_scores_without_any_change(model: ServedModel, book: Book) -> None:
    """The newest values are scored again and again."""
    async with running(model, Trigger(TriggerKind.PERIOD, period=0.005), Clock(), book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        made = await book.until(4)
        assert {one.outputs for one in made[2:]} == {(3.0,)}


async def test_a_period_does_not_wait_to_tell_that_a_tag_is_lost(model: ServedModel, book: Book) -> None:
    """A long period would hide a dead PLC; that a second tag is lost tells nothing new."""
    period = 0.4
    async with running(model, Trigger(TriggerKind.PERIOD, period=period), Clock(), book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        await book.until(2)
        started = asyncio.get_running_loop().time()
        stream.receive([(0, tag(None, 1, Status.BadNoCommunication))])
        lost = (await book.until(3))[2]
        stream.receive([(1, tag(None, 1, Status.BadNoCommunication))])
        await turns()
        assert asyncio.get_running_loop().time() - started < period / 2
        assert (lost.status, lost.offending_input) == (Status.BadNoCommunication, "a")
        assert len(book.published) == 3


@pytest.mark.parametrize(
    ("value", "status", "wanted"),
    [
        (1.0, Status.UncertainLastUsableValue, Status.UncertainLastUsableValue),
        (float("inf"), Status.Good, Status.BadOutOfRange),
    ],
)
async def test_a_period_does_not_wait_to_tell_that_a_tag_is_not_good(
    model: ServedModel, book: Book, value: float, status: Status, wanted: Status
) -> None:
    """Uncertain, or a value that no model could take."""
    async with running(model, Trigger(TriggerKind.PERIOD, period=0.4), Clock(), book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        await book.until(2)
        started = asyncio.get_running_loop().time()
        stream.receive([(0, tag(value, 1, status))])
        assert (await book.until(3))[2].status == wanted
        assert asyncio.get_running_loop().time() - started < 0.2


@pytest.mark.parametrize("kind", [TriggerKind.CHANGE, TriggerKind.PERIOD])
async def test_a_paused_model_takes_its_outputs_back_at_once(
    model: ServedModel, book: Book, kind: TriggerKind
) -> None:
    """And gives them again by itself: at once where changes lead, with the next period else."""
    trigger = Trigger(kind, debounce=0, period=0.05)
    async with running(model, trigger, Clock(), book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        for state, wanted in (
            (ModelState.Ready, Status.Good),
            (ModelState.Paused, Status.BadOutOfService),
            (ModelState.Ready, Status.Good),
        ):
            model.change_state(state, "by an operator")
            async with asyncio.timeout(2):
                while book.published[-1].status != wanted:  # noqa: ASYNC110 - another task's work
                    await asyncio.sleep(0.001)


@pytest.mark.parametrize("kind", [TriggerKind.CHANGE, TriggerKind.PERIOD])
async def test_a_value_grows_too_old_although_nothing_comes(
    model: ServedModel, book: Book, kind: TriggerKind
) -> None:
    """The stream wakes up by itself: held first, and Bad when that time is over, too."""
    policy = JoinPolicy({"a": InputPolicy(WhenBad.HOLD, hold=0.05, max_age=0.05)})
    clock = Clock()
    trigger = Trigger(kind, debounce=0, period=0.01 if kind is TriggerKind.PERIOD else 1)
    async with running(model, trigger, clock, book, policy=policy) as stream:
        await book.until(1)
        now = clock.monotonic()
        stream.receive([(0, tag(1.0, now)), (1, tag(2.0, now))])
        async with asyncio.timeout(5):
            while book.published[-1].status != Status.BadTimeout:  # noqa: ASYNC110 - another task's work
                await asyncio.sleep(0.005)
    told = [one.status for one in book.published if one.status != Status.BadWaitingForInitialData]
    order = [Status.Good, Status.UncertainLastUsableValue, Status.BadTimeout]
    assert list(dict.fromkeys(told)) == order
    lost = book.published[-1]
    assert lost.offending_age_seconds == pytest.approx(0.1, abs=0.08)
    if kind is TriggerKind.CHANGE:
        assert told == order


def test_periods_that_nobody_came_to_are_counted_and_the_grid_stays() -> None:
    """A late one moves none of those that follow."""
    grid = PeriodGrid(10.0, 0.0)
    seen = []
    for now in (10.0, 20.5, 47.0, 50.0):
        grid.take(now)
        seen.append((grid.next, grid.missed))
    assert seen == [(20.0, 0), (30.0, 0), (50.0, 1), (60.0, 1)]


async def test_a_leading_tag_that_pauses_too_long_turns_the_outputs_bad(
    model: ServedModel, book: Book
) -> None:
    """Once, and Good again with its next change."""
    clock = Clock()
    trigger = Trigger(TriggerKind.LEADING, longest_pause=0.05)
    async with running(model, trigger, clock, book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (LEADING, tag(1))])
        made = await book.until(3)
        assert [one.status for one in made[1:]] == [Status.Good, Status.BadTimeout]
        assert "leading tag" in made[2].reason
        stream.receive([(LEADING, tag(2, 1))])
        assert (await book.until(4))[3].status == Status.Good


@pytest.mark.parametrize("status", [Status.BadNoCommunication, Status.BadNodeIdUnknown])
async def test_a_leading_tag_that_is_lost_leads_to_nothing_good(
    model: ServedModel, clock: HandClock, book: Book, status: Status
) -> None:
    """Though all inputs are well, nobody knows of which moment."""
    async with running(model, Trigger(TriggerKind.LEADING), clock, book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (LEADING, tag(None, 1, status))])
        assert (await book.until(2))[1].status == status


async def test_a_value_that_newer_ones_overtook_is_never_taken_for_that_of_the_moment(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """More of them came than are held: Bad, not the next best."""
    async with running(model, Trigger(TriggerKind.LEADING), clock, book, capacity=3) as stream:
        await book.until(1)
        stream.receive([*((0, tag(float(row), row)) for row in range(2, 9)), (1, tag(0.0, 1))])
        stream.receive([(LEADING, tag(1, 2.5))])
        made = (await book.until(2))[1]
        assert (made.status, made.offending_input) == (Status.BadNoData, "a")


@pytest.mark.parametrize("status", [Status.BadNoCommunication, Status.BadDeviceFailure])
async def test_a_tag_that_turns_bad_turns_the_outputs_bad_and_back(
    model: ServedModel, clock: HandClock, book: Book, status: Status
) -> None:
    """No old value stays Good."""
    async with running(model, Trigger(debounce=0), clock, book) as stream:
        await book.until(1)
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        await book.until(2)
        stream.receive([(0, tag(None, 1, status))])
        assert (await book.until(3))[2].status == status
        stream.receive([(0, tag(5.0, 2))])
        assert (await book.until(4))[3].outputs == (7.0,)


async def test_one_tag_feeds_several_inputs_of_several_models(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """The router hands every model its share of one notification at once."""
    async with running(model, Trigger(debounce=0), clock, book) as stream:
        await book.until(1)
        router = SampleRouter()
        router.add(7, stream, 0)
        router.add(7, stream, 1)
        router.receive([(7, tag(4.0)), (8, tag(9.0))])
        assert (await book.until(2))[1].outputs == (8.0,)


async def test_hundreds_of_rows_in_one_notification_are_each_scored_with_their_own_values(
    model: ServedModel, clock: HandClock, book: Book
) -> None:
    """A fast replay, or a PLC that was asked rarely, loses nothing within the queue's capacity."""
    async with running(model, Trigger(TriggerKind.LEADING), clock, book) as stream:
        await book.until(1)
        rows = range(1, 501)
        stream.receive(
            [
                *((0, tag(row / 1000, row)) for row in rows),
                *((1, tag(0.0, row)) for row in rows if row % 7 == 1),
                *((LEADING, tag(row, row + 0.5)) for row in rows),
            ]
        )
        made = (await book.until(501))[1:]
        assert [one.outputs for one in made] == [(row / 1000,) for row in rows]
