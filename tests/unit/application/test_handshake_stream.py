"""A model that is asked by words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from opcua_ml.application.handshake_stream import HandshakeSettings, HandshakeStream
from opcua_ml.application.outlet import Outlet
from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.trigger import CLIENT_HEARTBEAT, DONE_ID, REQUEST_ID
from opcua_ml.domain.handshake import HandshakeCounts
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status
from tests.unit.application.stand_ins import CARD, Adder, Book, Clock, Slow, tag

BRISK = HandshakeSettings(timeout=0.1, heartbeat=0.01)


@asynccontextmanager
async def running(
    model: ServedModel, book: Book, settings: HandshakeSettings = BRISK
) -> AsyncIterator[HandshakeStream]:
    """A stream at work until the block ends."""
    clock = Clock()
    stream = HandshakeStream(Outlet(model, clock, book, book), book, settings, clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(stream.run(), name="stream")
        await book.until(1)
        yield stream
        task.cancel()


def counts(model: ServedModel) -> HandshakeCounts:
    """What the stream has counted."""
    found = model.snapshot().handshake
    assert found is not None
    return found


async def test_a_request_is_answered_once_with_the_inputs_as_they_are(model: ServedModel, book: Book) -> None:
    """Changes of inputs alone are answered by nothing, and the PLC's sink gets the answer, too."""
    async with running(model, book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0))])
        stream.receive([(REQUEST_ID, tag(1)), (0, tag(5.0))])
        answer = await book.answered(1)
        assert (answer.outputs, answer.status) == ((7.0,), Status.Good)
        stream.receive([(REQUEST_ID, tag(1, 1.0)), (1, tag(9.0))])
        stream.receive([(REQUEST_ID, tag(2, 2.0))])
        assert (await book.answered(2)).outputs == (14.0,)
        assert [one.request_id for one in book.answers] == [1, 2]
        assert book.submitted == book.published
        assert counts(model) == HandshakeCounts(requests=2, answered=2, repeated=1)


async def test_bad_inputs_are_an_answer_too(model: ServedModel, book: Book) -> None:
    """At once, with the reason; not silence until the client's patience ends."""
    async with running(model, book) as stream:
        stream.receive([(0, tag(1.0)), (REQUEST_ID, tag(1))])
        answer = await book.answered(1)
        assert (answer.status, answer.outputs) == (Status.BadWaitingForInitialData, ())
        assert answer.offending_input == "b"


async def test_an_answer_that_takes_too_long_is_a_timeout_and_comes_no_more(book: Book) -> None:
    """The late one would belong to nobody."""
    executor = Slow()
    model = ServedModel(CARD, executor, Clock(), run_id="r")
    async with running(model, book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (REQUEST_ID, tag(1))])
        assert (await book.answered(1)).status == Status.BadTimeout
        executor.go_on.set()
        stream.receive([(REQUEST_ID, tag(2, 1.0))])
        assert (await book.answered(2)).status == Status.Good
        assert [one.request_id for one in book.answers] == [1, 2]
        assert counts(model) == HandshakeCounts(requests=2, answered=2, timed_out=1)


async def test_a_newer_request_replaces_one_that_is_being_answered(book: Book) -> None:
    """Its client waits for no other; the older one is counted."""
    executor = Slow()
    model = ServedModel(CARD, executor, Clock(), run_id="r")
    async with running(model, book, HandshakeSettings(timeout=60.0)) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (REQUEST_ID, tag(1))])
        await executor.started.wait()
        stream.receive([(0, tag(3.0)), (REQUEST_ID, tag(2, 1.0))])
        executor.go_on.set()
        assert (await book.answered(2)).outputs == (5.0,)
        assert [one.request_id for one in book.answers] == [2]
        assert counts(model).superseded == 1


async def test_an_answer_of_a_model_that_is_paused_meanwhile_is_bad(book: Book) -> None:
    """Whoever paused it wants nothing of it to reach the plant; the request is answered all the same."""
    executor = Slow()
    model = ServedModel(CARD, executor, Clock(), run_id="r")
    async with running(model, book, HandshakeSettings(timeout=60.0)) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (REQUEST_ID, tag(1))])
        await executor.started.wait()
        model.change_state(ModelState.Paused, "by an operator")
        executor.go_on.set()
        answer = await book.answered(1)
        assert (answer.status, answer.outputs) == (Status.BadOutOfService, ())
        assert all(one.is_bad for one in book.submitted)


async def test_an_answer_is_not_for_the_same_id_of_a_program_that_began_anew(book: Book) -> None:
    """The PLC restarted while the model was at work: its first question is about other values."""
    executor = Slow()
    model = ServedModel(CARD, executor, Clock(), run_id="r")
    async with running(model, book, HandshakeSettings(timeout=60.0, on_plc=True)) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (DONE_ID, tag(0)), (REQUEST_ID, tag(1))])
        await executor.started.wait()
        lost = tag(None, 1.0, Status.BadNoCommunication)
        stream.receive([(key, lost) for key in (0, 1, DONE_ID, REQUEST_ID)])
        stream.receive(
            [(0, tag(5.0, 2.0)), (1, tag(6.0, 2.0)), (DONE_ID, tag(0, 2.0)), (REQUEST_ID, tag(1, 2.0))]
        )
        executor.go_on.set()
        assert (await book.answered(1)).outputs == (11.0,)
        assert [one.request_id for one in book.answers] == [1]


async def test_inputs_are_read_after_the_request_was_seen(model: ServedModel, book: Book) -> None:
    """What a notification brought with the request may be older than it; what is read then can't be."""
    async with running(model, book, HandshakeSettings(on_plc=True)) as stream:

        async def refresh() -> bool:
            stream.receive([(0, tag(10.0, 1.0)), (1, tag(20.0, 1.0)), (REQUEST_ID, tag(4, 1.0))])
            return True

        stream.read_by(refresh)
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (DONE_ID, tag(3)), (REQUEST_ID, tag(4, 1.0))])
        assert (await book.answered(4)).outputs == (30.0,)
        assert counts(model) == HandshakeCounts(requests=1, answered=1)


async def test_inputs_that_can_not_be_read_are_tried_again_until_the_time_is_over(
    model: ServedModel, book: Book
) -> None:
    """A PLC that is slow for a moment costs nothing but that moment; one that stays so, a timeout."""
    answers = iter([False, True])
    settings = HandshakeSettings(timeout=0.3, on_plc=True)
    async with running(model, book, settings) as stream:

        async def refresh() -> bool:
            return next(answers, False)

        stream.read_by(refresh)
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (DONE_ID, tag(0)), (REQUEST_ID, tag(1))])
        assert (await book.answered(1)).outputs == (3.0,)
        stream.receive([(REQUEST_ID, tag(2, 1.0))])
        assert (await book.answered(2)).status == Status.BadTimeout


@pytest.mark.parametrize(("done", "answered"), [(6, [6, 7]), (7, [6])])
async def test_after_a_lost_connection_the_done_id_tells_what_is_open(
    model: ServedModel, book: Book, done: int, answered: list[int]
) -> None:
    """Outputs are Bad meanwhile; an answer that never arrived is given again."""
    async with running(model, book, HandshakeSettings(on_plc=True)) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (DONE_ID, tag(5)), (REQUEST_ID, tag(6))])
        await book.answered(6)
        stream.receive([(REQUEST_ID, tag(None, 1.0, Status.BadNoCommunication))])
        lost = (await book.until(3))[-1]
        assert (lost.status, lost.request_id) == (Status.BadNoCommunication, None)
        stream.receive([(DONE_ID, tag(done, 2.0)), (REQUEST_ID, tag(7, 2.0))])
        if 7 in answered:
            await book.answered(7)
        stream.receive([(0, tag(1.0, 3.0))])
        await asyncio.sleep(0)
        assert [one.request_id for one in book.answers] == answered


async def test_a_client_that_begins_anew_finds_no_old_answer(model: ServedModel, book: Book) -> None:
    """Its 0 is answered by a done id of 0 and nothing usable; then it may count from 1 again."""
    async with running(model, book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (REQUEST_ID, tag(1))])
        await book.answered(1)
        stream.receive([(REQUEST_ID, tag(0, 1.0))])
        assert (await book.answered(0)).is_bad
        stream.receive([(REQUEST_ID, tag(1, 2.0))])
        async with asyncio.timeout(5):
            while [one.request_id for one in book.answers] != [1, 0, 1]:  # noqa: ASYNC110 - another task's
                await asyncio.sleep(0)


async def test_a_client_that_falls_silent_turns_the_outputs_bad(model: ServedModel, book: Book) -> None:
    """Once; its next request is answered as ever."""
    settings = HandshakeSettings(client_timeout=0.05)
    async with running(model, book, settings) as stream:
        now = asyncio.get_running_loop().time
        stream.receive(
            [(0, tag(1.0)), (1, tag(2.0)), (REQUEST_ID, tag(1)), (CLIENT_HEARTBEAT, tag(1, now()))]
        )
        await book.answered(1)
        silent = (await book.until(3))[-1]
        assert (silent.status, silent.request_id) == (Status.BadOutOfService, None)
        stream.receive([(CLIENT_HEARTBEAT, tag(2, now())), (REQUEST_ID, tag(2, 1.0))])
        assert (await book.answered(2)).status == Status.Good


async def test_a_silent_client_is_answered_so_until_its_heart_beats_again(
    model: ServedModel, book: Book
) -> None:
    """Never Good with outputs that turn Bad at once: the answer and what is on show are one."""
    settings = HandshakeSettings(client_timeout=0.05)
    async with running(model, book, settings) as stream:
        now = asyncio.get_running_loop().time
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (CLIENT_HEARTBEAT, tag(1, now()))])
        await asyncio.sleep(0.1)
        stream.receive([(CLIENT_HEARTBEAT, tag(1, now())), (REQUEST_ID, tag(1))])
        answer = await book.answered(1)
        assert (answer.status, answer.outputs) == (Status.BadOutOfService, ())
        assert answer.reason == "the client has given no sign of life for 0.05 s"
        await asyncio.sleep(0.1)
        assert book.published[-1] is answer
        stream.receive([(CLIENT_HEARTBEAT, tag(2, now())), (REQUEST_ID, tag(2, 1.0))])
        assert (await book.answered(2)).outputs == (3.0,)


async def test_an_answer_to_a_client_that_falls_silent_meanwhile_is_bad(book: Book) -> None:
    """It lived when it asked and does no more when the model has done: no value is told for a moment."""
    executor = Slow()
    model = ServedModel(CARD, executor, Clock(), run_id="r")
    async with running(model, book, HandshakeSettings(timeout=60.0, client_timeout=0.05)) as stream:
        now = asyncio.get_running_loop().time()
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (CLIENT_HEARTBEAT, tag(1, now)), (REQUEST_ID, tag(1))])
        await executor.started.wait()
        await asyncio.sleep(0.1)
        executor.go_on.set()
        assert (await book.answered(1)).status == Status.BadOutOfService
        assert all(one.is_bad for one in book.published)


async def test_the_heart_beats_while_the_model_can_answer(model: ServedModel, book: Book) -> None:
    """A paused model shows no sign of life, as nothing usable will come of it; others do."""
    other = ServedModel(replace(CARD, name="other"), Adder(), Clock(), run_id="r")

    async def beaten(name: str, least: int) -> int:
        while book.beats.get(name, 0) < least:  # noqa: ASYNC110 - another task's work
            await asyncio.sleep(0.005)
        return book.beats[name]

    async with running(model, book), running(other, book), asyncio.timeout(5):
        await beaten("adder", 3)
        model.change_state(ModelState.Paused, "by an operator")
        beats = book.beats["adder"]
        await beaten("other", book.beats["other"] + 3)
        assert book.beats["adder"] == beats


async def test_a_paused_model_takes_its_last_answer_back(model: ServedModel, book: Book) -> None:
    """For those who look at the outputs; the answered request stays answered."""
    async with running(model, book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (REQUEST_ID, tag(1))])
        await book.answered(1)
        model.change_state(ModelState.Paused, "by an operator")
        paused = (await book.until(3))[-1]
        assert (paused.status, paused.request_id) == (Status.BadOutOfService, None)


async def test_an_answer_stays_what_it_was_when_a_tag_is_lost_later(model: ServedModel, book: Book) -> None:
    """It is the answer to its request; the next one has the new quality."""
    async with running(model, book) as stream:
        stream.receive([(0, tag(1.0)), (1, tag(2.0)), (REQUEST_ID, tag(1))])
        await book.answered(1)
        stream.receive([(1, tag(None, 1.0, Status.BadDeviceFailure))])
        stream.receive([(REQUEST_ID, tag(2, 2.0))])
        assert (await book.answered(2)).status == Status.BadDeviceFailure
        assert [one.request_id for one in book.published] == [None, 1, 2]
