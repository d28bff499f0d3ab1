"""Writing predictions to tags of a PLC: value, quality and time, and what a PLC does not take."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.signature import DataType, Range
from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import Heartbeat, OutputBinding, Written
from opcua_ml.opcua.plc.sink import PlcSink
from tests.integration.plc.bench import (
    URI,
    Plc,
    SystemClock,
    connection_to,
    reason_of,
    running,
    settings_for,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.domain.sample import Value
    from tests.integration.plc.bench import Recorder

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_sequence = itertools.count(1)


def prediction(
    *outputs: Value, status: int = Status.Good, reason: str = "", model: str = "pump"
) -> Prediction:
    """A prediction of a model; Bad ones have no outputs."""
    number = next(_sequence)
    return Prediction(
        id=f"p{number}", sequence=number, model=model, version="1.0.0", inputs=(), input_status=(),
        outputs=outputs, status=status, reason=reason, source_timestamp=NOON + timedelta(seconds=number),
    )  # fmt: skip


def to_tag(name: str, **changes: Any) -> OutputBinding:
    """An output of the model «pump» that goes to the tag `name`."""
    return OutputBinding(model="pump", name=name, address=TagAddress(URI, name), **changes)


def sink_for(plc: Plc, *bindings: OutputBinding, **changes: Any) -> PlcSink:
    """A sink whose settings are the connection's."""
    return PlcSink(settings_for(plc.endpoint), bindings, SystemClock(), **changes)


async def test_fields_of_a_structure_are_written_in_one_write_and_the_others_stay(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """An optional field comes into being, a union changes to the field that is written."""
    await shared_plc.do("add_result", name="result")

    def into(*path: str, **changes: Any) -> OutputBinding:
        address = TagAddress(URI, "result", field=path)
        return OutputBinding(model="pump", name=".".join(path), address=address, **changes)

    sink = sink_for(
        shared_plc,
        into("Flow", read_back=True),
        into("Spread", output=1),
        into("Quality", written=Written.QUALITY),
        into("Last", "Number", output=1),
        into("Steps", output=2, length=3),
        into("Label", output=1),
    )
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await until(lambda: "can't take it" in reason_of(connection, "Label"))
        before = (await shared_plc.do("facts"))["write_requests"]
        sink.submit(prediction(0.1, 2.5, (3.0, 4.0, 5.0)))
        await until(lambda: sink.counts.written == 5)
        held = await shared_plc.do("read_result", name="result")
        assert held == {
            "Label": "five", "Spread": 2.5, "Flow": pytest.approx(0.1), "Quality": 0,
            "Steps": [3.0, 4.0, 5.0], "Last": {"Number": 2.5, "Words": None},
        }  # fmt: skip
        assert (await shared_plc.do("facts"))["write_requests"] == before + 1
        assert not sink.counts.differing
        sink.submit(prediction(status=Status.BadNoCommunication))
        await until(lambda: sink.counts.written == 6)
        held = await shared_plc.do("read_result", name="result")
        assert (held["Flow"], held["Quality"]) == (pytest.approx(0.1), Status.BadNoCommunication)


async def test_live_values_do_not_starve_an_answer(odd_plc: Plc, recorder: Recorder) -> None:
    """A PLC so slow that a newer value waits after each write: what a program waits for is written, too."""
    await odd_plc.do("add", name="lively")
    await odd_plc.do("add", name="asked", type="Int32")
    done = OutputBinding(
        model="asked", name="asked", address=TagAddress(URI, "asked"), written=Written.DONE_ID
    )
    sink = sink_for(odd_plc, to_tag("lively"), done)

    async def live() -> None:
        while True:
            sink.submit(prediction(1.0))
            await asyncio.sleep(0.01)

    async with running(connection_to(odd_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        await odd_plc.do("set", answer_delay=0.1)
        task = asyncio.create_task(live(), name="live")
        await until(lambda: sink.counts.replaced)
        sink.submit(replace(prediction(1.0, model="asked"), request_id=7))
        await held(odd_plc, "asked", lambda found: found["value"] == 7)
        task.cancel()


async def test_an_answer_does_not_outlive_the_session_that_it_was_asked_in(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """The program may have begun anew meanwhile, and wait for the answer to another question of this id."""
    await shared_plc.do("add", name="done", type="Int32")
    sink = sink_for(shared_plc, to_tag("done", written=Written.DONE_ID))
    sink.submit(replace(prediction(1.0), request_id=1))
    sink.lose("the connection is lost")
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await until(lambda: connection.snapshot().state is ConnectionState.Connected)
        sink.submit(replace(prediction(1.0), request_id=2))
        await held(shared_plc, "done", lambda tag: tag["value"] == 2)
        await until(lambda: sink.counts.written)
        assert (sink.counts.written, sink.counts.expired) == (1, 1)


async def held(plc: Plc, name: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the PLC's tag holds, as soon as it fulfils the condition."""
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any] = await plc.do("read", name=name)
            if condition(found):
                return found
            await asyncio.sleep(0.01)


async def is_connected(connection: Any) -> None:
    """Wait until everything works."""
    await until(lambda: connection.snapshot().state is ConnectionState.Connected)


async def test_a_prediction_is_written_with_quality_and_time(shared_plc: Plc, recorder: Recorder) -> None:
    """Value, StatusCode and the inputs' time in one write; beside it what the other tags take."""
    await shared_plc.do("add", name="score", value=0.0)
    await shared_plc.do("add", name="label", type="Int16", value=0)
    await shared_plc.do("add", name="quality", type="UInt32", value=1)
    await shared_plc.do("add", name="reason", type="String", value="")
    await shared_plc.do("add", name="when", type="DateTime")
    await shared_plc.do("add", name="count", type="Int16", value=0)
    sink = sink_for(
        shared_plc,
        to_tag("score", output=0),
        to_tag("label", output=1, data_type=DataType.INT64, range=Range(0, 3)),
        to_tag("quality", written=Written.QUALITY),
        to_tag("reason", written=Written.REASON),
        to_tag("when", written=Written.TIMESTAMP),
        to_tag("count", written=Written.SEQUENCE),
    )
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        before = (await shared_plc.do("facts"))["write_requests"]
        good = prediction(0.25, 2)
        sink.submit(good)
        score = await held(shared_plc, "score", lambda found: found["value"] == 0.25)
        assert score["status"] == Status.Good
        assert datetime.fromisoformat(score["source"]) == good.source_timestamp
        assert (await shared_plc.do("read", name="label"))["value"] == 2
        assert (await shared_plc.do("read", name="quality"))["value"] == Status.Good
        assert (
            datetime.fromisoformat((await shared_plc.do("read", name="when"))["value"])
            == good.source_timestamp
        )
        assert (await shared_plc.do("read", name="count"))["value"] == good.sequence
        assert (await shared_plc.do("facts"))["write_requests"] == before + 1

        doubtful = Status.UncertainLastUsableValue
        sink.submit(prediction(0.5, 1, status=doubtful, reason="flow: the tag is held"))
        assert (await held(shared_plc, "score", lambda found: found["value"] == 0.5))["status"] == doubtful
        assert (await shared_plc.do("read", name="reason"))["value"] == "flow: the tag is held"
        assert connection.snapshot().written == 12


async def test_a_bad_prediction_writes_no_value(shared_plc: Plc, recorder: Recorder) -> None:
    """Where the PLC takes StatusCodes the tag turns Bad; the count stays that of the last value."""
    await shared_plc.do("add", name="bad-score", value=0.0)
    await shared_plc.do("add", name="bad-quality", type="Byte", value=1)
    await shared_plc.do("add", name="bad-count", type="Int32", value=-1)
    sink = sink_for(
        shared_plc,
        to_tag("bad-score"),
        to_tag("bad-quality", written=Written.QUALITY),
        to_tag("bad-count", written=Written.SEQUENCE),
    )
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        sink.submit(prediction(0.25))
        await held(shared_plc, "bad-quality", lambda found: found["value"] == 192)
        count = (await shared_plc.do("read", name="bad-count"))["value"]
        sink.submit(prediction(status=Status.BadNoCommunication, reason="gone"))
        await held(shared_plc, "bad-quality", lambda found: found["value"] == 0)
        score = await shared_plc.do("read", name="bad-score")
        assert (score["value"], score["status"]) == (None, Status.BadNoCommunication)
        assert (await shared_plc.do("read", name="bad-count"))["value"] == count


async def test_a_plc_without_quality_gets_the_value_alone(odd_plc: Plc, recorder: Recorder) -> None:
    """BadWriteNotSupported is learnt per tag, tried once; a Bad prediction leaves the value."""
    await odd_plc.do("add", name="plain", value=0.0)
    await odd_plc.do("add", name="ok", type="Boolean", value=False)
    await odd_plc.do("set", value_alone=True)
    sink = sink_for(odd_plc, to_tag("plain"), to_tag("ok", written=Written.QUALITY))
    async with running(connection_to(odd_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        start = (await odd_plc.do("facts"))["write_requests"]
        sink.submit(prediction(0.25))
        assert (await held(odd_plc, "plain", lambda found: found["value"] == 0.25))["status"] == Status.Good
        assert (await odd_plc.do("facts"))["write_requests"] == start + 2
        sink.submit(prediction(0.5))
        await held(odd_plc, "plain", lambda found: found["value"] == 0.5)
        assert (await odd_plc.do("facts"))["write_requests"] == start + 3
        sink.submit(prediction(status=Status.BadNoCommunication, reason="gone"))
        await held(odd_plc, "ok", lambda found: found["value"] is False)
        assert (await odd_plc.do("read", name="plain"))["value"] == 0.5
        assert connection.snapshot().write_refused == 0
        assert connection.snapshot().state is ConnectionState.Connected


async def test_a_plc_that_takes_no_status_without_a_value_gets_bad_with_the_last_one(
    odd_plc: Plc, recorder: Recorder
) -> None:
    """Else its tag would stay Good with a value that is not true any more."""
    await odd_plc.do("add", name="valued", value=0.0)
    await odd_plc.do("set", value_always=True)
    sink = sink_for(odd_plc, to_tag("valued"))
    async with running(connection_to(odd_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        sink.submit(prediction(0.25))
        await held(odd_plc, "valued", lambda found: found["value"] == 0.25)
        start = (await odd_plc.do("facts"))["write_requests"]
        for code in (Status.BadNoCommunication, Status.BadTimeout):
            sink.submit(prediction(status=code))
            await held(odd_plc, "valued", lambda found, code=code: found["status"] == code)  # type: ignore[misc]
        assert (await odd_plc.do("facts"))["write_requests"] == start + 3  # learnt at the first one
        sink.submit(prediction(0.5))
        await held(odd_plc, "valued", lambda found: (found["value"], found["status"]) == (0.5, 0))
        assert connection.snapshot().write_refused == 0


async def test_nothing_is_written_before_the_first_good_prediction(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """A PLC never sees a default or a doubt before there is something to rely on."""
    await shared_plc.do("add", name="first", value=-1.0)
    await shared_plc.do("add", name="first-quality", type="UInt32", value=7)
    sink = sink_for(shared_plc, to_tag("first"), to_tag("first-quality", written=Written.QUALITY))
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        before = (await shared_plc.do("facts"))["write_requests"]
        sink.submit(prediction(status=Status.BadWaitingForInitialData, reason="no value has come yet"))
        sink.submit(prediction(0.1, status=Status.UncertainInitialValue, reason="so so"))
        sink.submit(prediction(0.2, model="another"))
        sink.submit(prediction(0.3))
        await held(shared_plc, "first", lambda found: found["value"] == 0.3)
        assert (await shared_plc.do("facts"))["write_requests"] == before + 1
        assert connection.snapshot().write_replaced == 0


async def test_the_newest_prediction_wins_while_the_plc_is_slow(odd_plc: Plc, recorder: Recorder) -> None:
    """What waits is replaced and counted; nothing queues up."""
    await odd_plc.do("add", name="slow", value=0.0)
    await odd_plc.do("set", write_delay=0.2)
    sink = sink_for(odd_plc, to_tag("slow"))
    async with running(connection_to(odd_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        start = (await odd_plc.do("facts"))["write_requests"]
        for number in range(50):
            sink.submit(prediction(float(number)))
            await asyncio.sleep(0)
        await held(odd_plc, "slow", lambda found: found["value"] == 49.0)
        assert (await odd_plc.do("facts"))["write_requests"] == start + 2
        assert connection.snapshot().write_replaced == 48


async def test_an_output_that_does_not_fit_is_refused_in_words(shared_plc: Plc, recorder: Recorder) -> None:
    """A REAL takes the nearest value; what can't be held is refused, and the others are written."""
    for name, kind in (("real", "Float"), ("text", "String"), ("whole", "Int32")):
        await shared_plc.do("add", name=name, type=kind, value="" if kind == "String" else 0)
    await shared_plc.do("add", name="fixed", value=0.0, writable=False)
    await shared_plc.do("add", name="row", value=[0.0, 0.0, 0.0])
    element = OutputBinding("pump", "element", TagAddress(URI, "row", (1,)))
    sink = sink_for(
        shared_plc,
        to_tag("real"),
        to_tag("text"),
        to_tag("whole"),
        to_tag("fixed"),
        to_tag("absent"),
        to_tag("row", output=1, length=3),
        element,
    )
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await until(lambda: connection.snapshot().state is ConnectionState.Degraded)
        assert connection.snapshot().reason.startswith("5 tags can't be written: text (")
        assert reason_of(connection, "whole") == (
            f"whole (nsu={URI};s=whole): the tag's type can't take it without losing information; "
            "found Int32; wanted Double"
        )
        assert "found String" in reason_of(connection, "text")
        assert "the PLC does not let us write the tag" in reason_of(connection, "fixed")
        assert "no such node" in reason_of(connection, "absent")
        assert "it would replace the whole array" in reason_of(connection, "element")
        sink.submit(prediction(0.1, (1.0, 2.0, 3.0)))
        real = await held(shared_plc, "real", lambda found: found["value"] != 0)
        assert abs(real["value"] - 0.1) < 1e-8
        assert (await shared_plc.do("read", name="row"))["value"] == [1.0, 2.0, 3.0]
        await shared_plc.do("add", name="absent", value=0.0)
        await until(lambda: reason_of(connection, "absent") == "")
        sink.submit(prediction(0.2, (1.0, 2.0, 3.0)))
        await held(shared_plc, "absent", lambda found: found["value"] == 0.2)


async def test_a_write_without_an_answer_is_not_repeated(odd_plc: Plc, recorder: Recorder) -> None:
    """Its outcome is unknown: it is counted, and only a newer prediction is written."""
    await odd_plc.do("add", name="unanswered", value=0.0)
    await odd_plc.do("set", write_delay=2.5)
    sink = sink_for(odd_plc, to_tag("unanswered"))
    connection = connection_to(odd_plc, recorder, sink=sink, request_timeout=1.0, silence=8.0)
    async with running(connection):
        await is_connected(connection)
        start = (await odd_plc.do("facts"))["write_requests"]
        sink.submit(prediction(1.0))
        await until(lambda: connection.snapshot().write_unknown == 1)
        await odd_plc.do("set", write_delay=0.0)
        await held(odd_plc, "unanswered", lambda found: found["value"] == 1.0)
        assert (await odd_plc.do("facts"))["write_requests"] == start + 1
        sink.submit(prediction(2.0))
        await held(odd_plc, "unanswered", lambda found: found["value"] == 2.0)
        assert connection.snapshot().state is ConnectionState.Connected


async def test_a_value_from_before_a_loss_is_not_written_after_it(plc: Plc, recorder: Recorder) -> None:
    """Too old by then: it expires and is counted."""
    plc.options |= {"nodes": [{"name": "old", "value": 0.0}]}
    plc.start()
    sink = sink_for(plc, to_tag("old"), longest_wait=0.3)
    async with running(connection_to(plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        plc.kill()
        await until(lambda: connection.snapshot().state is ConnectionState.Disconnected)
        sink.submit(prediction(1.0))
        await asyncio.to_thread(plc.start)
        await until(lambda: connection.snapshot().write_expired == 1)
        sink.submit(prediction(2.0))
        await held(plc, "old", lambda found: found["value"] == 2.0)
        assert connection.snapshot().written == 1


async def test_a_plc_that_was_away_learns_that_its_value_is_not_true_any_more(
    plc: Plc, recorder: Recorder
) -> None:
    """However long ago that was: a loss of quality does not grow old, and no other prediction may follow."""
    plc.options |= {"nodes": [{"name": "kept", "value": 0.0}]}
    plc.start()
    sink = sink_for(plc, to_tag("kept"), longest_wait=0.3)
    async with running(connection_to(plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        sink.submit(prediction(1.0))
        await held(plc, "kept", lambda found: found["value"] == 1.0)
        plc.kill()
        await until(lambda: connection.snapshot().state is ConnectionState.Disconnected)
        sink.submit(prediction(status=Status.BadNoCommunication))
        too_old_for_good = time.monotonic() + 0.4
        await until(lambda: time.monotonic() > too_old_for_good)
        await asyncio.to_thread(plc.start)
        await held(plc, "kept", lambda found: found["status"] == Status.BadNoCommunication)
        assert connection.snapshot().write_expired == 0


async def test_a_tag_that_took_nothing_for_a_while_learns_that_its_value_is_not_true_any_more(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """What was refused while the node was gone is told when it is back."""
    await shared_plc.do("add", name="renewed", value=0.0)
    sink = sink_for(shared_plc, to_tag("renewed"))
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        sink.submit(prediction(1.0))
        await held(shared_plc, "renewed", lambda found: found["value"] == 1.0)
        await shared_plc.do("delete", name="renewed")
        sink.submit(prediction(2.0))
        await until(lambda: reason_of(connection, "renewed"))
        sink.submit(prediction(status=Status.BadNoCommunication))
        await shared_plc.do("add", name="renewed", value=0.0)
        await held(shared_plc, "renewed", lambda found: found["status"] == Status.BadNoCommunication)


async def _asked_again(asked: Callable[[], int]) -> None:
    before = asked()
    await until(lambda: asked() > before + 2)


async def test_the_heart_beats_while_the_service_is_healthy(shared_plc: Plc, recorder: Recorder) -> None:
    """The PLC's program sees a count that grows, and that stands still when we are not well."""
    await shared_plc.do("add", name="beat", type="Int16", value=0)
    well = True
    asked = 0

    def healthy() -> bool:
        nonlocal asked
        asked += 1
        return well

    heartbeat = Heartbeat(write=TagAddress(URI, "beat"), period=0.05)
    sink = sink_for(shared_plc, heartbeat=heartbeat, healthy=healthy)
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await held(shared_plc, "beat", lambda found: found["value"] > 3)
        well = False
        await is_connected(connection)
        await _asked_again(lambda: asked)
        last = (await shared_plc.do("read", name="beat"))["value"]
        await _asked_again(lambda: asked)
        assert (await shared_plc.do("read", name="beat"))["value"] == last
        well = True
        await held(shared_plc, "beat", lambda found: found["value"] > last)
