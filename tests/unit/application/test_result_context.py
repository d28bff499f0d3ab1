"""Of which part a prediction is, whatever makes the model score."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opcua_ml.application.handshake_stream import HandshakeSettings, HandshakeStream
from opcua_ml.application.leading_stream import LeadingStream
from opcua_ml.application.outlet import Outlet
from opcua_ml.application.result_context import ResultContext
from opcua_ml.application.routing import SampleRouter
from opcua_ml.application.stream import LiveStream
from opcua_ml.application.trigger import LEADING, REQUEST_ID, Trigger, TriggerKind
from opcua_ml.domain.status import Status
from tests.unit.application.stand_ins import Book, Clock, tag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.application.stream import Stream
    from opcua_ml.domain.prediction import Prediction

A, B, PART, TRIGGER = range(4)
"""Keys of one PLC's bindings."""
CHANGE = Trigger(TriggerKind.CHANGE, debounce=0.001)


class Line:
    """A model on the tags of one PLC, of which one tells the part."""

    def __init__(self, model: ServedModel, book: Book) -> None:
        self.clock = Clock()
        self.outlet = Outlet(model, self.clock, book, book)
        self.context = ResultContext({"PartId": None}, self.clock, 8)
        self.router = SampleRouter()

    @asynccontextmanager
    async def running(self, stream: Stream, trigger: int = LEADING) -> AsyncIterator[None]:
        """The stream at work, with its tags wired to it."""
        for key in (A, B):
            self.router.add(key, stream, key)
        self.router.add_ahead(PART, self.context, 0)
        self.router.add(TRIGGER, stream, trigger)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(stream.run(), name="stream")
            await asyncio.sleep(0.005)
            yield
            task.cancel()


def part(prediction: Prediction) -> tuple[object, int]:
    """What it tells of its part."""
    assert prediction.context is not None
    told = prediction.context["PartId"]
    return told.value, told.status


async def test_a_change_is_of_the_part_of_its_moment(model: ServedModel, book: Book) -> None:
    """In one notification, in whatever order; the next part's id alone makes no model score."""
    line = Line(model, book)
    async with line.running(LiveStream(line.outlet, CHANGE, line.clock, context=line.context)):
        line.router.receive([(A, tag(1.0, 5)), (B, tag(2.0, 5)), (PART, tag("P1", 4)), (PART, tag("P2", 6))])
        made = (await book.until(2))[1]
        assert (made.outputs, part(made)) == ((3.0,), ("P1", Status.Good))
        line.router.receive([(PART, tag("P3", 7))])
        await asyncio.sleep(0.02)
        assert len(book.published) == 2
        line.router.receive([(A, tag(5.0, 8))])
        assert part((await book.until(3))[2]) == ("P3", Status.Good)


async def test_a_lost_part_id_is_told_as_lost_and_makes_no_prediction_worse(
    model: ServedModel, book: Book
) -> None:
    """Nobody knows which part it is; the verdict itself is as good as before."""
    line = Line(model, book)
    async with line.running(LiveStream(line.outlet, CHANGE, line.clock, context=line.context)):
        line.router.receive([(PART, tag("P1", 4)), (A, tag(1.0, 5)), (B, tag(2.0, 5))])
        await book.until(2)
        line.router.receive([(PART, tag(None, 6, Status.BadNoCommunication))])
        line.router.receive([(A, tag(2.0, 8))])
        made = (await book.until(3))[2]
        assert (made.status, part(made)) == (Status.Good, (None, Status.BadNoCommunication))


async def test_a_leading_tag_takes_the_part_of_its_own_moment(model: ServedModel, book: Book) -> None:
    """Rows that wait in the queue keep theirs."""
    line = Line(model, book)
    trigger = Trigger(TriggerKind.LEADING)
    stream = LeadingStream(line.outlet, trigger, line.clock, context=line.context)
    async with line.running(stream):
        line.router.receive(
            [
                *((A, tag(1.0, 1)), (B, tag(2.0, 1))),
                *((TRIGGER, tag(number, 10 * number)) for number in (1, 2, 3)),
                *((PART, tag(f"P{number}", 10 * number)) for number in (1, 2, 3)),
            ]
        )
        made = (await book.until(4))[1:]
        assert [part(one)[0] for one in made] == ["P1", "P2", "P3"]


async def test_an_answer_is_of_the_part_that_was_read_with_its_inputs(model: ServedModel, book: Book) -> None:
    """Although the part's id is younger than the inputs, which stayed what they were."""
    line = Line(model, book)
    settings = HandshakeSettings(timeout=1.0)
    stream = HandshakeStream(line.outlet, book, settings, line.clock, context=line.context)
    async with line.running(stream, REQUEST_ID):
        line.router.receive([(A, tag(1.0, 1)), (B, tag(2.0, 1)), (PART, tag("P7", 2)), (TRIGGER, tag(1, 3))])
        assert part(await book.answered(1)) == ("P7", Status.Good)
