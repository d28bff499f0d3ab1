"""The command line, as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua

from opcua_ml_simulator.cli import app
from tests.patient_client import Client
from tests.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "opcua_ml_simulator"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """A simulator process with what it announced; it is killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--json", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield process, json.loads(line)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def flow(announced: dict[str, Any]) -> float:
    """The flow as a client of another process reads it."""
    async with Client(announced["endpoint"]) as client:
        index = await client.get_namespace_index(announced["namespace"])
        node = client.get_node(ua.NodeId(ua.String("PumpStation.Flow"), ua.Int16(index)))
        return float(await node.read_value())


def test_it_announces_its_endpoint_in_one_line_and_ends_in_time() -> None:
    """On stdout; nothing on stderr; exit code 0."""
    done = run("--port", "0", "--seconds", "0.2")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Simulator ready at opc.tcp://127.0.0.1:")
    assert done.stdout.count("\n") == 1


async def test_json_announces_what_a_program_needs() -> None:
    """Endpoint, namespace and the settings that make a run repeatable."""
    arguments = ("--port", "0", "--seed", "5", "--speed", "10", "--scenario", "demo", "--fast-nodes", "3")
    async with running(*arguments) as (_, announced):
        assert announced["endpoint"].startswith("opc.tcp://127.0.0.1:")
        assert (announced["seed"], announced["speed"], announced["step"]) == (5, 10.0, 0.1)
        assert 70.0 < await flow(announced) < 130.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals to send")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_signal_ends_it_cleanly_within_two_seconds(number: signal.Signals) -> None:
    """With a client connected; exit code 0 and no traceback."""
    async with running("--port", "0") as (process, announced), Client(announced["endpoint"], timeout=2):
        watch = Stopwatch(process.pid)
        process.send_signal(number)
        _, errors = await asyncio.wait_for(process.communicate(), 30)
        assert watch.seconds < 2.0
        assert process.returncode == 0
        assert errors == b""


async def test_a_killed_plant_comes_back_on_the_same_port() -> None:
    """Kill -9, then the same command: the same NodeIds answer again."""
    async with running("--port", "0") as (process, announced):
        port = announced["endpoint"].rstrip("/").rpartition(":")[2]
        assert await flow(announced) > 0.0
        process.kill()
        await process.wait()
        async with running("--port", port) as (_, again):
            assert again["endpoint"] == announced["endpoint"]
            assert await flow(again) > 0.0


async def test_a_port_in_use_is_one_sentence_and_exit_code_1() -> None:
    """Not a traceback."""
    async with running("--port", "0") as (_, announced):
        port = announced["endpoint"].rstrip("/").rpartition(":")[2]
        second = await asyncio.to_thread(run, "--port", port)
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is in use" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "wanted a loopback address"),
        (["--endpoint", "http://127.0.0.1:1"], "wanted opc.tcp://host:port/"),
        (["--endpoint", "opc.tcp://192.168.0.1:4840/"], "wanted a loopback address"),
        (["--replay", "absent.csv"], "absent.csv: can't be read"),
        (["--fault", "Rust"], "There is no fault 'Rust'"),
        (["--fault", "Disconnect,in=5"], "wanted a name, then KEY=VALUE"),
        (["--fault", "Frozen,tag=PumpStation.Absent"], "There is no tag 'PumpStation.Absent'"),
        (["--replay", "absent.csv", "--column", "Flow"], "wanted COLUMN=TAG"),
        (["--replay-speed", "50"], "wanted --replay FILE beside --replay-speed"),
        (["--no-header", "--loop"], "wanted --replay FILE beside --"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    """With what was found and what is wanted; in this process, as each of its own takes a second."""
    with pytest.raises(SystemExit) as ended:
        app(arguments)
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert told.err.startswith("Error: ")
    assert told.err.count("\n") == 1
    assert sentence in told.err


def test_a_wrong_argument_ends_the_process_with_exit_code_2() -> None:
    """The sentence comes on standard error, and nothing is announced."""
    done = run("--replay", "absent.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: absent.csv: can't be read (No such file or directory).\n"


async def test_faults_are_given_on_the_command_line() -> None:
    """Those without a time act before the first client comes."""
    faults = ("--fault", "TypeChange,tag=PumpStation.Flow", "--fault", "NamespaceReorder")
    async with running("--port", "0", *faults) as (_, announced), Client(announced["endpoint"]) as client:
        uris = await client.get_namespace_array()
        index = uris.index(announced["namespace"])
        assert index == 3
        node = client.get_node(ua.NodeId(ua.String("PumpStation.Flow"), ua.Int16(index)))
        assert isinstance(await node.read_value(), str)


async def test_a_crash_on_demand_ends_the_process_at_once() -> None:
    """By method or timetable; with exit code 70 and without a word."""
    async with running("--port", "0") as (process, announced), Client(announced["endpoint"]) as client:
        index = await client.get_namespace_index(announced["namespace"])
        simulation = client.get_node(ua.NodeId(ua.String("Simulation"), ua.Int16(index)))
        method = ua.NodeId(ua.String("Simulation.InjectServerFault"), ua.Int16(index))
        await simulation.call_method(method, "Crash", 0.0, 0.0)
        assert await asyncio.wait_for(process.wait(), 10) == 70
    done = await asyncio.to_thread(run, "--port", "0", "--fault", "Crash,at=0.3")
    assert (done.returncode, done.stderr) == (70, "")


async def test_a_file_is_replayed_from_the_command_line(tmp_path: Path) -> None:
    """With mapped columns, held until stepped."""
    path = tmp_path / "run.csv"
    path.write_text("time;a b;c\n0;1,5;2\n1;2,5;3\n", encoding="utf-8")
    arguments = ("--replay", os.fspath(path), "--decimal", ",", "--column", "a b=Flow", "--replay-paused")
    async with running("--port", "0", *arguments) as (_, announced), Client(announced["endpoint"]) as client:
        index = await client.get_namespace_index(announced["namespace"])

        def node(name: str) -> Any:
            return client.get_node(ua.NodeId(ua.String(f"Replay.{name}"), ua.Int16(index)))

        replay = client.get_node(ua.NodeId(ua.String("Replay"), ua.Int16(index)))
        row, done = await replay.call_method(node("Step").nodeid, ua.Variant(2, ua.VariantType.UInt32))
        assert (row, done) == (1, True)
        assert await client.read_values([node("Flow"), node("c"), node("Row")]) == [2.5, 3.0, 1]
