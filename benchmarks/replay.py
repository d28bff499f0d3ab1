"""A recording played as tags, scored by a service, read back by an OPC UA client: nothing goes past the wire.

Three processes: the simulator plays the rows, the service scores them, and this one reads `Latest` as an HMI
would. Rows are matched by the SourceTimestamp that the simulator gave them.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.client.client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

SIMULATOR_NAMESPACE = "urn:opcua-ml:simulator"
SITE_NAMESPACE = "urn:opcua-ml:benchmark"
_DEADLINE = 120.0
_STEP = 200
_LONGEST_PAUSE = 10.0  # recorded seconds between two rows, on average
_CONNECTED = (2, 3)  # the second while no row has been played


@dataclass(frozen=True, slots=True)
class Run:
    """One recording and the model that scores it.

    Attributes:
        recording: CSV with a header.
        package: of the model; its inputs have the names in `columns`.
        columns: input to column of the recording.
        output: whose values are wanted.
        rows: of the recording.
        speed: recorded seconds per second, stamped with the recorded times; None for as fast as rows are
            answered, stamped with the time of playing.
    """

    recording: Path
    package: Path
    columns: Mapping[str, str]
    output: str
    rows: int
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What the service said of one row; `value` is None where it was Bad, `outputs` are all by name."""

    number: int
    value: Any
    status: int
    outputs: Mapping[str, Any]
    source: datetime


async def score(run: Run, folder: Path) -> list[Row]:
    """Every row's prediction, in order, read over OPC UA.

    Raises:
        RuntimeError: fewer rows came back than were played.
    """
    simulator = [
        *(sys.executable, "-m", "opcua_ml_simulator", "--json", "--port", "0", "--no-signals", "--manual"),
        *("--replay", str(run.recording), "--replay-paused"),
    ]
    if run.speed is not None:
        simulator += ["--replay-speed", str(run.speed), "--replay-timestamps", "file"]
    async with _process(simulator) as plc_line:
        plc = str(json.loads(plc_line)["endpoint"])
        configuration = folder / "service.toml"
        configuration.write_text(_configuration(run, plc, folder), encoding="utf-8")
        service = [sys.executable, "-m", "opcua_ml", "serve", str(configuration)]
        async with _process(service) as service_line:
            return await _read(run, plc, service_line.strip())


def _configuration(run: Run, plc: str, folder: Path) -> str:
    tags = {name: f"replay:s=Replay.{column}" for name, column in run.columns.items()}
    inputs = "\n".join(f"{json.dumps(name)} = {json.dumps(tag)}" for name, tag in tags.items())
    return f"""
[server]
endpoint = "opc.tcp://127.0.0.1:0/opcua-ml"
namespace_uri = "{SITE_NAMESPACE}"
[server.security]
policies = ["None"]
anonymous = "operator"
pki = {json.dumps(str(folder / "pki"))}
[plcs.replay]
endpoint = "{plc}"
namespace_uri = "{SIMULATOR_NAMESPACE}"
security_policy = "None"
publishing_interval_ms = 50
sampling_interval_ms = 0
queue_size = 10000
[models.replayed]
package = {json.dumps(str(run.package))}
most_waiting = 100000
[models.replayed.trigger]
kind = "leading"
tag = "replay:s=Replay.Row"
[models.replayed.inputs]
{inputs}
"""


class _Answers:
    """A subscription handler that keeps the values of `Latest` in order of arrival."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._changed = asyncio.Event()

    def datachange_notification(self, _node: Any, value: Any, _data: Any) -> None:
        """Keep one value."""
        self.values.append(value)
        self._changed.set()

    async def until(self, count: int, seconds: float = _DEADLINE) -> None:
        """Wait for so many values in all."""
        async with asyncio.timeout(seconds):
            while len(self.values) < count:
                self._changed.clear()
                await self._changed.wait()


async def _read(run: Run, plc: str, endpoint: str) -> list[Row]:
    # By default it hangs up where the machine stands still for a second.
    patience: dict[str, float] = {"timeout": _DEADLINE, "watchdog_intervall": _DEADLINE}
    async with Client(endpoint, **patience) as hmi, Client(plc, **patience) as simulator:  # type: ignore[arg-type]
        await hmi.load_data_type_definitions()
        site = await hmi.get_namespace_index(SITE_NAMESPACE)
        index = await simulator.get_namespace_index(SIMULATOR_NAMESPACE)
        await _until_connected(hmi)
        answers = _Answers()
        subscription = await hmi.create_subscription(50, answers)
        latest = hmi.get_node(ua.NodeId.from_string(f"ns={site};s=replayed.Latest"))
        await subscription.subscribe_data_change(latest, queuesize=2 * _STEP, sampling_interval=ua.Double(0))
        await answers.until(1)
        replay = simulator.get_node(ua.NodeId.from_string(f"ns={index};s=Replay"))
        if run.speed is not None:
            await replay.call_method(ua.NodeId.from_string(f"ns={index};s=Replay.Start"))
            await answers.until(1 + run.rows, _DEADLINE + _LONGEST_PAUSE * run.rows / run.speed)
        method = ua.NodeId.from_string(f"ns={index};s=Replay.Step")
        for played in range(0, run.rows if run.speed is None else 0, _STEP):
            step = min(_STEP, run.rows - played)
            await replay.call_method(method, ua.Variant(step, ua.VariantType.UInt32))
            await answers.until(1 + played + step)
        return [_row(number, value, run.output) for number, value in enumerate(answers.values[1:])]


def _row(number: int, latest: Any, output: str) -> Row:
    values = {one.Name: one.Value.Value for one in latest.Outputs or []}
    return Row(number, values.get(output), latest.StatusCode.value, values, latest.SourceTimestamp)


async def _until_connected(hmi: Client) -> None:
    """The PLC's tags are subscribed."""
    site = await hmi.get_namespace_index(SITE_NAMESPACE)
    state = hmi.get_node(ua.NodeId.from_string(f"ns={site};s=MachineLearning.Sources.replay.ConnectionState"))
    async with asyncio.timeout(_DEADLINE):
        while await state.read_value() not in _CONNECTED:  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _process(command: Sequence[str]) -> AsyncIterator[str]:
    """A process and the first line that it printed; ended when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - pipes are asked for
    try:
        async with asyncio.timeout(_DEADLINE):
            line = (await process.stdout.readline()).decode()
        if not line:
            raise RuntimeError((await process.stderr.read()).decode())
        drain = asyncio.create_task(process.stderr.read(), name="drain")
        yield line
        drain.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
