"""Losing a PLC and getting it back: Bad within its time, Good again by itself, never two sessions."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from tests.integration.plc.bench import URI, Plc, Recorder, connection_to, running, tag, until
from tests.integration.plc.half_open import HalfOpenWay
from tests.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.sample import Sample

SILENCE = 2.0
SCHEDULING = 0.5  # seconds that a loaded machine may add
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows can't freeze a process")
FLOW = [{"name": "flow", "value": 1.0}]


async def test_a_plc_killed_and_restarted_is_bad_and_good_again(plc: Plc, recorder: Recorder) -> None:
    """Power off: Bad at once with the reason; back within two seconds of listening; namespaces by URI.

    After the restart the PLC's namespaces have other indices: the tag is still found.
    """
    plc.options |= {"nodes": FLOW}
    plc.start()
    async with running(connection_to(plc, recorder, tag("flow"), silence=SILENCE)) as connection:
        await until(lambda: recorder.value() == 1.0)
        plc.kill()
        assert await until(lambda: recorder.status() == Status.BadNoCommunication) < SILENCE + SCHEDULING
        assert recorder.value() is None
        await until(lambda: connection.snapshot().failed_attempts > 1)
        assert connection.snapshot().state in (ConnectionState.Disconnected, ConnectionState.Connecting)
        assert connection.snapshot().reason == f"{plc.endpoint}: nothing listens there"

        plc.options |= {"namespaces": ["urn:bench:new", "urn:bench:newer", URI]}
        plc.options |= {"nodes": [{"name": "flow", "value": 2.0}]}
        await asyncio.to_thread(plc.start)
        assert await until(lambda: recorder.value() == 2.0) < 2 + SCHEDULING
        await until(lambda: connection.snapshot().state is ConnectionState.Connected)
        assert connection.snapshot().reconnects == 1
        assert (await plc.do("facts"))["sessions"] == 1


@needs_signals
async def test_a_frozen_plc_is_bad_within_its_silence(plc: Plc, recorder: Recorder) -> None:
    """SIGSTOP leaves the socket open; only silence tells. Afterwards the PLC holds one session of ours."""
    plc.options |= {"nodes": FLOW}
    plc.start()
    async with running(connection_to(plc, recorder, tag("flow"), silence=SILENCE)) as connection:
        await until(lambda: recorder.value() == 1.0)
        await until(lambda: connection.snapshot().state is ConnectionState.Connected)
        plc.freeze()
        assert await until(lambda: recorder.status() == Status.BadNoCommunication) < SILENCE + SCHEDULING
        assert "nothing came from the PLC" in connection.snapshot().reason
        plc.thaw()
        assert await until(lambda: recorder.value() == 1.0) < 2 + SCHEDULING
        facts = await plc.do("facts")
        assert (facts["sessions"], facts["subscriptions"]) == (1, 1)


async def test_a_half_open_connection_is_bad_within_the_silence(shared_plc: Plc, recorder: Recorder) -> None:
    """Packets vanish, nobody closes: as when a cable is pulled behind a switch."""
    await shared_plc.do("add", name="far", value=1.0)
    async with HalfOpenWay(shared_plc.options["port"]) as way:
        far = Plc(port=way.port)
        async with running(connection_to(far, recorder, tag("far"), silence=SILENCE)):
            await until(lambda: recorder.value() == 1.0)
            way.swallow()
            assert await until(lambda: recorder.status() == Status.BadNoCommunication) < SILENCE + SCHEDULING
            way.pass_on()
            await until(lambda: recorder.value() == 1.0)
            assert (await shared_plc.do("facts"))["sessions"] == 1


async def test_a_broken_way_leaves_no_second_session(shared_plc: Plc, recorder: Recorder) -> None:
    """The PLC does not notice and keeps the session: it is closed before a new one is opened."""
    await shared_plc.do("add", name="broken", value=1.0)
    async with HalfOpenWay(shared_plc.options["port"]) as way:
        far = Plc(port=way.port)
        async with running(connection_to(far, recorder, tag("broken"))) as connection:
            for times in range(1, 4):
                await until(lambda: recorder.value() == 1.0)
                way.cut()
                await until(lambda: recorder.status() == Status.BadNoCommunication)
                await until(lambda: recorder.value() == 1.0)
                assert connection.snapshot().reconnects == times
                facts = await shared_plc.do("facts")
                assert (facts["sessions"], facts["subscriptions"]) == (1, 1)


async def test_a_plc_that_is_not_there_yet_is_waited_for(plc: Plc, recorder: Recorder) -> None:
    """The service may start first: BadNotConnected, then Good without anybody's doing."""
    plc.options |= {"nodes": FLOW}
    async with running(connection_to(plc, recorder, tag("flow"))) as connection:
        await until(lambda: connection.snapshot().failed_attempts > 0)
        assert recorder.status() == Status.BadNotConnected
        await asyncio.to_thread(plc.start)
        await until(lambda: recorder.value() == 1.0)
        assert connection.snapshot().failed_attempts == 0
        states = [state for state, _ in recorder.states]
        assert states[0] is ConnectionState.Connecting
        await until(lambda: recorder.states[-1] == (ConnectionState.Connected, ""))


async def test_stopping_closes_the_session(shared_plc: Plc, recorder: Recorder) -> None:
    """Real controllers have few sessions: ours is given back, in less than the deadline."""
    await shared_plc.do("add", name="closing", value=1.0)
    async with running(connection_to(shared_plc, recorder, tag("closing"))):
        await until(lambda: recorder.value() == 1.0)
        assert (await shared_plc.do("facts"))["sessions"] == 1
        watch = Stopwatch()
    assert watch.seconds < 1
    facts = await shared_plc.do("facts")
    assert (facts["sessions"], facts["subscriptions"]) == (0, 0)


@needs_signals
async def test_stopping_does_not_wait_for_a_frozen_plc(plc: Plc, recorder: Recorder) -> None:
    """Closing has a deadline."""
    plc.options |= {"nodes": FLOW}
    plc.start()
    async with running(connection_to(plc, recorder, tag("flow"), stop_deadline=0.5)):
        await until(lambda: recorder.value() == 1.0)
        plc.freeze()
        watch = Stopwatch()
    assert watch.seconds < 0.5 + SCHEDULING


async def test_an_address_that_speaks_something_else_is_a_state(recorder: Recorder) -> None:
    """Whatever listens there, it is told in one sentence and tried again; nothing of ours ends."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    other = Plc(port=server.sockets[0].getsockname()[1])
    async with (
        server,
        running(connection_to(other, recorder, tag("flow"), request_timeout=1.0)) as connection,
    ):
        await until(lambda: connection.snapshot().failed_attempts > 1)
        assert connection.snapshot().reason.startswith(f"{other.endpoint}: the PLC")
        assert recorder.status() == Status.BadNotConnected


async def test_an_error_of_our_own_ends_the_connection_and_closes_the_session(shared_plc: Plc) -> None:
    """It is not taken for the PLC's and retried for ever; the PLC gets its session back all the same."""
    await shared_plc.do("add", name="ours", value=1.0)

    class Broken(Recorder):
        def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
            super().receive(samples)
            if self.value() is not None:
                raise ZeroDivisionError

    connection = connection_to(shared_plc, Broken(), tag("ours"))
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(10):
            await connection.run()
    assert caught.value.split(ZeroDivisionError)[1] is None
    assert (await shared_plc.do("facts"))["sessions"] == 0
