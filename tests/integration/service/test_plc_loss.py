"""A PLC that dies and comes back, as an HMI sees it; real processes throughout."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.integration.service.hmi import Hmi, connected
from tests.integration.service.processes import Command, configuration, simulator, started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
OUTPUT = "flow.Outputs.flow"


def seen(service: Command) -> AbstractAsyncContextManager[Hmi]:
    """An HMI to whose times the service's wait for a processor does not count."""
    return connected(service.first_line, processes=[service.pid])


async def test_outputs_turn_bad_when_the_plc_is_killed_and_good_when_it_is_back(tmp_path: Path) -> None:
    """Within the keep-alive, with the tag and the reason in words, and without anybody's help."""
    async with simulator() as (plc, endpoint):
        file = configuration(tmp_path, endpoint)
        async with (
            started("serve", str(file)) as service,
            seen(service) as hmi,
        ):
            await hmi.until_good(OUTPUT)
            os.kill(plc.pid, signal.SIGKILL)
            await plc.process.wait()
            bad = await hmi.until_bad(OUTPUT, seconds=3)
            assert bad.Value is None or bad.Value.Value is None
            assert await hmi.text("flow.Reason")
            assert await hmi.text("flow.OffendingTag") == "SuctionPressure"
            async with simulator(port=urlsplit(endpoint).port or 0):
                await hmi.until_good(OUTPUT, seconds=15)


async def test_outputs_turn_bad_when_the_plc_freezes(tmp_path: Path) -> None:
    """No connection is closed, nothing is refused: only silence tells."""
    async with simulator() as (plc, endpoint):
        file = configuration(tmp_path, endpoint)
        async with (
            started("serve", str(file)) as service,
            seen(service) as hmi,
        ):
            await hmi.until_good(OUTPUT)
            os.kill(plc.pid, signal.SIGSTOP)
            try:
                await hmi.until_bad(OUTPUT, seconds=4)
            finally:
                os.kill(plc.pid, signal.SIGCONT)
            await hmi.until_good(OUTPUT, seconds=15)


async def test_a_service_that_starts_before_its_plc_waits_for_it(tmp_path: Path) -> None:
    """Bad with the reason, then Good; the order of power-up does not matter."""
    async with simulator() as (plc, endpoint):
        await plc.end()
    async with (
        started("serve", str(configuration(tmp_path, endpoint))) as service,
        seen(service) as hmi,
    ):
        await hmi.until_bad(OUTPUT)
        async with simulator(port=urlsplit(endpoint).port or 0):
            await hmi.until_good(OUTPUT)


@pytest.fixture
def heard() -> Iterator[None]:
    """A shell's background jobs ignore SIGINT, and so would what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_service_ends_within_five_seconds_of_being_asked(tmp_path: Path, number: int) -> None:
    """Clean: exit code 0 and nothing on standard error but log lines, with a PLC and a client connected."""
    async with simulator() as (_, endpoint):
        file = configuration(tmp_path, endpoint)
        async with (
            started("serve", str(file)) as service,
            seen(service) as hmi,
        ):
            await hmi.until_good(OUTPUT)
            service.process.send_signal(number)
            code, _, err = await service.ended(5)
            assert code == 0
            assert "Traceback" not in err


async def test_the_service_ends_though_its_plc_dies_at_the_same_moment(tmp_path: Path) -> None:
    """A session that fails while it is being closed must not swallow the request to end."""
    for _ in range(3):
        async with simulator() as (plc, endpoint):
            file = configuration(tmp_path, endpoint)
            async with started("serve", str(file)) as service:
                async with seen(service) as hmi:
                    await hmi.until_good(OUTPUT)
                plc.process.kill()
                service.process.terminate()
                assert (await service.ended(5))[0] == 0
