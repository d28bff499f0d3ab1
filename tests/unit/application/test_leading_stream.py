"""What a leading tag's last prediction is worth while the leading tag stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from opcua_ml.application.leading_stream import LeadingStream
from opcua_ml.application.outlet import Outlet
from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.trigger import LEADING, Trigger, TriggerKind
from opcua_ml.domain.input_policy import InputPolicy, JoinPolicy, WhenBad
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status
from tests.unit.application.stand_ins import CARD, Book, Clock, Slow, tag


@asynccontextmanager
async def running(
    model: ServedModel, book: Book, policy: JoinPolicy | None = None
) -> AsyncIterator[LeadingStream]:
    """A stream that has told one Good prediction of 1 + 2, until the block ends."""
    clock = Clock()
    outlet = Outlet(model, clock, book, book)
    stream = LeadingStream(outlet, Trigger(TriggerKind.LEADING, debounce=0.001), clock, policy)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream.run(), name="stream")
        await book.until(1)
        now = clock.monotonic()
        stream.receive([(0, tag(1.0, now)), (1, tag(2.0, now)), (LEADING, tag(1, now))])
        made = (await book.until(2))[1]
        assert (made.status, made.outputs) == (Status.Good, (3.0,))
        yield stream
        task.cancel()


@pytest.mark.parametrize(
    ("value", "status", "wanted"),
    [
        (None, Status.BadNoCommunication, Status.BadNoCommunication),
        (None, Status.Good, Status.BadNoData),
        (float("nan"), Status.Good, Status.BadOutOfRange),
    ],
)
async def test_a_tag_that_is_lost_turns_the_outputs_bad_before_the_leading_tag_changes(
    model: ServedModel, book: Book, value: float | None, status: Status, wanted: Status
) -> None:
    """At once and once; to PLC tags, too; the next change of the leading tag makes all good again."""
    async with running(model, book) as stream:
        stream.receive([(1, tag(value, 1e6, status))])
        lost = (await book.until(3))[2]
        assert (lost.status, lost.outputs, lost.inputs) == (wanted, (), (1.0, None))
        assert lost.offending_input == "b"
        stream.receive([(0, tag(None, 1e6, Status.BadNoCommunication))])
        stream.receive([(0, tag(5.0, 2e6)), (1, tag(6.0, 2e6))])
        await asyncio.sleep(0.01)
        assert len(book.published) == 3
        stream.receive([(LEADING, tag(2, 2e6))])
        assert (await book.until(4))[3].outputs == (11.0,)
        assert book.submitted == book.published


async def test_a_loss_while_a_slow_model_is_at_work_is_told_before_it_is_done(book: Book) -> None:
    """And what it makes of the moment before the loss is not shown as Good over that."""
    clock, executor = Clock(), Slow()
    executor.go_on.set()
    async with running(ServedModel(CARD, executor, clock, run_id="r"), book) as stream:
        executor.go_on.clear()
        executor.started.clear()
        stream.receive([(0, tag(5.0, 1e6)), (LEADING, tag(2, 1e6))])
        await executor.started.wait()
        stream.receive([(1, tag(None, 2e6, Status.BadNoCommunication))])
        assert (await book.until(3))[2].status == Status.BadNoCommunication
        executor.go_on.set()
        await book.until(4)
        await asyncio.sleep(0.01)
        assert all(one.is_bad for one in book.published[2:])
        stream.receive([(0, tag(5.0, 3e6)), (1, tag(6.0, 3e6)), (LEADING, tag(3, 3e6))])
        async with asyncio.timeout(5):
            while book.published[-1].outputs != (11.0,):  # noqa: ASYNC110 - the stream's doing
                await asyncio.sleep(0.001)


async def test_an_uncertain_tag_makes_the_same_outputs_uncertain(model: ServedModel, book: Book) -> None:
    """They are told again with the worse quality; nothing is predicted anew from values of another moment."""
    async with running(model, book) as stream:
        stream.receive([(1, tag(50.0, 1e6, Status.UncertainLastUsableValue))])
        first, told = (await book.until(3))[1:]
        assert (told.status, told.outputs, told.inputs) == (
            Status.UncertainLastUsableValue,
            (3.0,),
            (1.0, 2.0),
        )
        assert told.source_timestamp == first.source_timestamp
        assert told.sequence > first.sequence
        assert model.snapshot().predictions == 1


async def test_a_good_value_that_changes_or_leaves_its_range_says_nothing_of_the_last_moment(
    model: ServedModel, book: Book
) -> None:
    """The outputs are of the leading tag's moment and stay Good."""
    async with running(model, book) as stream:
        stream.receive([(0, tag(1e9, 1e6)), (1, tag(7.0, 1e6))])
        await asyncio.sleep(0.01)
        assert len(book.published) == 2


async def test_a_tag_that_is_not_renewed_turns_the_outputs_by_itself(model: ServedModel, book: Book) -> None:
    """Uncertain while it is held, and Bad when that time is over: nothing has to come for either."""
    policy = JoinPolicy({"a": InputPolicy(WhenBad.HOLD, hold=0.05, max_age=0.05)})
    async with running(model, book, policy):
        held, lost = (await book.until(4))[2:]
        assert (held.status, held.outputs) == (Status.UncertainLastUsableValue, (3.0,))
        assert (lost.status, lost.offending_input) == (Status.BadTimeout, "a")


async def test_a_loss_and_the_leading_tags_change_of_the_same_moment_are_told_once(
    model: ServedModel, book: Book
) -> None:
    """Though they came in two notifications: a PLC's row is one row."""
    async with running(model, book) as stream:
        stream.receive([(1, tag(None, 1e6, Status.BadDeviceFailure))])
        stream.receive([(LEADING, tag(2, 1e6))])
        await book.until(3)
        await asyncio.sleep(0.01)
        assert [one.status for one in book.published[2:]] == [Status.BadDeviceFailure]


async def test_a_paused_model_takes_its_outputs_back_at_once(model: ServedModel, book: Book) -> None:
    """Nobody waits for a change of the leading tag to learn that."""
    async with running(model, book) as stream:
        model.change_state(ModelState.Paused, "by an operator")
        paused = (await book.until(3))[2]
        assert (paused.status, paused.reason) == (Status.BadOutOfService, "by an operator")
        model.change_state(ModelState.Ready, "")
        stream.receive([(LEADING, tag(2, 1e6))])
        assert (await book.until(4))[3].status == Status.Good
