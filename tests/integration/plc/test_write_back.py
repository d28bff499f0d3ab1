"""What may be written to a tag: limits, safe values, a switch, and writes that nobody answered."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.domain.unit_contract import Conversion, UnitContract
from opcua_ml.domain.write_limits import Limit, WriteLimits
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import Heartbeat, Written
from tests.integration.plc.bench import URI, connection_to, reason_of, running, until
from tests.integration.plc.test_writing import held, is_connected, prediction, sink_for, to_tag

if TYPE_CHECKING:
    from tests.integration.plc.bench import Plc, Recorder

BAD = Status.BadNoCommunication


async def test_a_value_is_held_within_its_limits_and_says_so(shared_plc: Plc, recorder: Recorder) -> None:
    """In the output's unit; the limit bits of the StatusCode tell, the quality tag stays the prediction's."""
    await shared_plc.do("add", name="clamped", value=0.0, unit=(20563, "psi"))
    await shared_plc.do("add", name="clamped-quality", type="UInt32", value=7)
    units = UnitContract("BAR", lambda _, wanted: Conversion(0.1 if wanted == "BAR" else 10.0))
    sink = sink_for(
        shared_plc,
        to_tag("clamped", limits=WriteLimits(1.0, 5.0), units=units),
        to_tag("clamped-quality", written=Written.QUALITY),
    )
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        for value, wanted, limit in ((9.0, 50.0, Limit.HIGH), (0.0, 10.0, Limit.LOW), (3.0, 30.0, 0)):
            sink.submit(prediction(value))
            found = await held(shared_plc, "clamped", lambda one, wanted=wanted: one["value"] == wanted)  # type: ignore[misc]
            assert found["status"] == Status.Good | limit
            assert (await shared_plc.do("read", name="clamped-quality"))["value"] == Status.Good


async def test_a_far_value_is_reached_in_steps_from_what_the_tag_held(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """By itself, though no other prediction comes; nothing jumps when we begin."""
    await shared_plc.do("add", name="ramped", value=10.0)
    sink = sink_for(shared_plc, to_tag("ramped", limits=WriteLimits(rate=10.0)))
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        started = time.monotonic()
        sink.submit(prediction(14.0))
        first = await held(shared_plc, "ramped", lambda found: found["value"] != 10.0)
        assert first["value"] <= 13.0
        await held(shared_plc, "ramped", lambda found: found["value"] == 14.0 and found["status"] == 0)
        assert time.monotonic() - started > 0.25
        sink.submit(prediction(13.5))
        await held(shared_plc, "ramped", lambda found: found["value"] == 13.5)


async def test_small_changes_are_not_written(shared_plc: Plc, recorder: Recorder) -> None:
    """Neither counted as written nor sent; a worse quality is."""
    await shared_plc.do("add", name="dead", value=0.0)
    sink = sink_for(shared_plc, to_tag("dead", limits=WriteLimits(dead_band=1.0)))
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        for value, status in ((5.0, Status.Good), (5.5, Status.Good), (5.5, Status.UncertainSubNormal)):
            sink.submit(prediction(value, status=status))
            if (value, status) != (5.5, Status.Good):
                await held(shared_plc, "dead", lambda one, status=status: one["status"] == status)  # type: ignore[misc]
            else:
                await asyncio.sleep(0)
        assert connection.snapshot().written + connection.snapshot().write_replaced <= 3
        assert (await shared_plc.do("read", name="dead"))["value"] == 5.5


async def test_a_safe_value_stands_for_a_bad_output(shared_plc: Plc, recorder: Recorder) -> None:
    """Even before the first Good one, but not while all merely begins; the quality tag tells the truth."""
    await shared_plc.do("add", name="safe", value=77.0)
    await shared_plc.do("add", name="safe-quality", type="UInt32", value=7)
    sink = sink_for(
        shared_plc,
        to_tag("safe", limits=WriteLimits(safe_value=20.0)),
        to_tag("safe-quality", written=Written.QUALITY),
    )
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        sink.submit(prediction(status=Status.BadWaitingForInitialData))
        sink.submit(prediction(status=BAD))
        found = await held(shared_plc, "safe", lambda one: one["value"] != 77.0)
        assert (found["value"], found["status"]) == (20.0, Status.UncertainSubNormal)
        assert (await shared_plc.do("read", name="safe-quality"))["value"] == BAD
        assert connection.snapshot().write_replaced == 0
        sink.submit(prediction(30.0))
        await held(shared_plc, "safe", lambda one: one["value"] == 30.0 and one["status"] == 0)


async def test_a_switch_ends_all_writing_after_a_last_word(shared_plc: Plc, recorder: Recorder) -> None:
    """Safe value and quality once, then neither results nor heartbeat; on again, the newest is written."""
    for name, value in (("off", 0.0), ("off-plain", 0.0)):
        await shared_plc.do("add", name=name, value=value)
    await shared_plc.do("add", name="off-quality", type="UInt32", value=7)
    await shared_plc.do("add", name="off-beat", type="Int32", value=0)
    asked = 0

    def healthy() -> bool:
        nonlocal asked
        asked += 1
        return True

    sink = sink_for(
        shared_plc,
        to_tag("off", limits=WriteLimits(safe_value=-1.0)),
        to_tag("off-plain"),
        to_tag("off-quality", written=Written.QUALITY),
        heartbeat=Heartbeat(write=TagAddress(URI, "off-beat"), period=0.02),
        healthy=healthy,
    )
    async with running(connection_to(shared_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        sink.submit(prediction(1.0))
        await held(shared_plc, "off", lambda one: one["value"] == 1.0)
        sink.switch(on=False)
        await held(shared_plc, "off", lambda one: one["value"] == -1.0)
        await held(shared_plc, "off-quality", lambda one: one["value"] == Status.BadOutOfService)
        plain = await shared_plc.do("read", name="off-plain")
        assert (plain["value"], plain["status"]) == (None, Status.BadOutOfService)
        assert "switched off" in reason_of(connection, "writing")
        assert not connection.snapshot().writes
        sink.submit(prediction(2.0))
        beat = (await shared_plc.do("read", name="off-beat"))["value"]
        requests = (await shared_plc.do("facts"))["write_requests"]
        beats = asked
        await until(lambda: asked > beats + 3)
        after = (await shared_plc.do("facts"))["write_requests"]
        assert after - requests <= 1, "a beat that was on its way"
        sink.switch(on=True)
        await held(shared_plc, "off", lambda one: one["value"] == 2.0)
        await held(shared_plc, "off-beat", lambda one: one["value"] > beat + 1)


async def test_leave_is_taken_of_the_tags_and_only_where_there_is_something_to_say(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """A model that never was good leaves its tags as they were."""
    for name in ("left", "left-reason", "left-alone"):
        kind = "String" if "reason" in name else "Double"
        await shared_plc.do("add", name=name, type=kind, value="" if kind == "String" else 5.0)
    sink = sink_for(
        shared_plc,
        to_tag("left"),
        to_tag("left-reason", written=Written.REASON),
    )
    other = sink_for(shared_plc, to_tag("left-alone"))
    async with (
        running(connection_to(shared_plc, recorder, sink=sink)) as connection,
        running(connection_to(shared_plc, recorder, sink=other)) as idle,
    ):
        await is_connected(connection)
        await is_connected(idle)
        sink.submit(prediction(1.0))
        await held(shared_plc, "left", lambda one: one["value"] == 1.0)
        other.submit(prediction(status=BAD))
        await connection.take_leave("the service has stopped")
        await idle.take_leave("the service has stopped")
        assert (await shared_plc.do("read", name="left"))["status"] == Status.BadOutOfService
        assert (await shared_plc.do("read", name="left-reason"))["value"] == "the service has stopped"
        assert (await shared_plc.do("read", name="left-alone"))["value"] == 5.0


async def test_what_a_tag_holds_is_held_against_what_was_written(odd_plc: Plc, recorder: Recorder) -> None:
    """A PLC that says Good and does nothing is found out, and told of in words."""
    await odd_plc.do("add", name="kept", value=0.0)
    sink = sink_for(odd_plc, to_tag("kept", read_back=True))
    async with running(connection_to(odd_plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        sink.submit(prediction(1.0))
        await held(odd_plc, "kept", lambda one: one["value"] == 1.0)
        assert connection.snapshot().write_differing == 0
        await odd_plc.do("set", swallow=True)
        sink.submit(prediction(2.0))
        await until(lambda: connection.snapshot().write_differing == 1)
        assert "the PLC took the write, and the PLC holds 1.0" in reason_of(connection, "kept")
        await odd_plc.do("set", swallow=False)
        sink.submit(prediction(3.0))
        await until(lambda: connection.snapshot().state is ConnectionState.Connected)


async def test_a_write_that_was_done_but_not_answered_is_found_done(odd_plc: Plc, recorder: Recorder) -> None:
    """By reading; it is not sent again."""
    await odd_plc.do("add", name="unconfirmed", value=0.0)
    sink = sink_for(odd_plc, to_tag("unconfirmed"))
    connection = connection_to(odd_plc, recorder, sink=sink, request_timeout=1.0, silence=8.0)
    async with running(connection):
        await is_connected(connection)
        start = (await odd_plc.do("facts"))["write_requests"]
        await odd_plc.do("set", answer_delay=2.5)
        sink.submit(prediction(1.0))
        await until(lambda: connection.snapshot().write_unknown == 1)
        await until(lambda: connection.snapshot().written == 1)
        assert (await odd_plc.do("facts"))["write_requests"] == start + 1


async def test_a_write_that_a_loss_left_open_is_settled_by_the_next_session(
    plc: Plc, recorder: Recorder
) -> None:
    """The PLC comes back without it: it is told so, and not written again."""
    plc.options |= {"nodes": [{"name": "open", "value": 0.0}]}
    plc.start()
    sink = sink_for(plc, to_tag("open"))
    async with running(connection_to(plc, recorder, sink=sink)) as connection:
        await is_connected(connection)
        await plc.do("set", write_delay=5.0)
        sink.submit(prediction(1.0))
        async with asyncio.timeout(30):
            while (await plc.do("facts"))["write_requests"] < 1:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)
        plc.kill()
        await until(lambda: connection.snapshot().write_unknown == 1)
        await asyncio.to_thread(plc.start)
        await until(lambda: "did not answer the write" in reason_of(connection, "open"))
        assert (await plc.do("facts"))["write_requests"] == 0
        assert connection.snapshot().written == 0
