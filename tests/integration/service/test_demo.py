"""The demo as its users start it."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.integration.service.hmi import connected
from tests.integration.service.processes import started

SITE = "urn:opcua-ml:demo"


def plc_of(pid: int) -> int:
    """The simulator's process among the children of a process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == str(pid) and b"opcua_ml_simulator" in command:
                return int(entry.name)
    raise AssertionError("no simulator runs")


def endpoint_of(line: str) -> str:
    """The address in the demo's first line."""
    return next(word for word in line.split() if word.startswith("opc.tcp://"))


async def test_the_demo_predicts_compares_with_the_truth_and_sums_up() -> None:
    """The last line is one JSON object with what it promises."""
    async with started("demo", "--port", "0", "--seconds", "6", "--json", "--no-ui", warm=False) as demo:
        code, out, err = await demo.ended(30)
        assert code == 0, err
        told = json.loads(out.splitlines()[-1])
        assert told["endpoint"] == endpoint_of(demo.first_line)
        assert told["predictions"] == sum(model["predictions"] for model in told["models"].values())
        assert set(told["models"]) >= {"pump_anomaly", "pump_fault", "pump_flow"}
        for model in told["models"].values():
            assert model["predictions"] > 20
            assert 0 < model["latency_ms"]["p50"] <= model["latency_ms"]["p99"]
            assert model["score"]["compared"] > 20


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the PLC's process by /proc")
async def test_the_demo_survives_the_death_of_its_plc() -> None:
    """Bad within the keep-alive, and Good again by itself; then SIGTERM ends it with its summary."""
    async with started("demo", "--port", "0", "--json", "--no-ui") as demo:
        async with connected(endpoint_of(demo.first_line), SITE) as hmi:
            output = "pump_flow.Outputs.flow"
            await hmi.until_good(output)
            os.kill(plc_of(demo.pid), signal.SIGKILL)
            await hmi.until_bad(output, seconds=3)
            await hmi.until_good(output, seconds=30)
        code, out, err = await demo.end()
        assert code == 0, err
        told = json.loads(out.splitlines()[-1])
        assert told["plc"]["restarts"] == 1
        assert told["rejected"] > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets two listen on one port")
async def test_a_port_in_use_is_one_sentence() -> None:
    """And no PLC is left behind."""
    async with started("demo", "--port", "0", "--json", "--no-ui") as first:
        port = endpoint_of(first.first_line).split(":")[2].split("/")[0]
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "opcua_ml", "demo", "--port", port, "--no-ui"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            _, err = await second.communicate()
        assert second.returncode == 1
        told = [line for line in err.decode().splitlines() if line.startswith("error: ")]
        assert len(told) == 1
        assert port in told[0]
        assert "Traceback" not in err.decode()
        assert (await first.end())[0] == 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the PLC's process by /proc")
async def test_no_plc_is_left_behind_when_the_demo_is_killed() -> None:
    """Killed by force, the demo can end nothing itself: its PLC sees that it is gone."""
    async with started("demo", "--port", "0", "--json", "--no-ui") as demo:
        plc = Path(f"/proc/{plc_of(demo.pid)}/cmdline")
        demo.process.kill()
        async with asyncio.timeout(5):
            while plc.exists() and plc.read_bytes():  # noqa: ASYNC110, ASYNC240 - another process's end
                await asyncio.sleep(0.02)
