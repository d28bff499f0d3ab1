"""Our commands as processes of their own, and what they print."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

START_SECONDS = 60.0
END_SECONDS = 5.0


class Command:
    """One process of `opcua-ml`, or of the simulator."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.first_line = ""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self.process.pid

    async def end(self) -> tuple[int, str, str]:
        """Ask it to end; exit code, and what it has printed since its first line.

        Raises:
            TimeoutError: it takes longer than it may.
        """
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(END_SECONDS):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def started(*arguments: str, module: str = "opcua_ml") -> AsyncIterator[Command]:
    """A command that has printed its first line; ended by force where the test has not ended it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    command = Command(process)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            command.first_line = (await process.stdout.readline()).decode().strip()
        if not command.first_line:
            pytest_told = (await process.communicate())[1].decode()
            raise AssertionError(f"{arguments} printed nothing: {pytest_told}")
        yield command
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def simulator(*arguments: str, port: int = 0) -> AsyncIterator[tuple[Command, str]]:
    """A simulated PLC and its endpoint."""
    given = ("--json", "--no-signals", "--port", str(port), *arguments)
    async with started(*given, module="opcua_ml_simulator") as command:
        yield command, str(json.loads(command.first_line)["endpoint"])


INPUTS = ("SuctionPressure", "DischargePressure", "MotorSpeed", "MotorTorque", "MotorPower", "ValvePosition")


def configuration(
    folder: Path,
    plc: str,
    *,
    endpoint: str = "opc.tcp://127.0.0.1:0/opcua-ml",
    package: str = "pump_flow",
    lines: Iterable[str] = (),
    **tags: str,
) -> Path:
    """A file that serves a model on the simulator's tags.

    Args:
        folder: for the file.
        plc: endpoint of the simulator.
        endpoint: of the service.
        package: of the model.
        lines: further keys of the model.
        tags: input to tag, in place of the simulator's own.
    """
    fed = {name: f"pump:s=PumpStation.{name}" for name in INPUTS} | tags
    text = [
        "[server]",
        f'endpoint = "{endpoint}"',
        'namespace_uri = "urn:test:site"',
        "[server.security]",
        'policies = ["None"]',
        'anonymous = "operator"',
        "[plcs.pump]",
        f'endpoint = "{plc}"',
        'namespace_uri = "urn:opcua-ml:simulator"',
        'security_policy = "None"',
        "keep_alive_ms = 1000",
        "[models.flow]",
        f"package = {json.dumps(package)}",
        *lines,
        "[models.flow.inputs]",
        *(f'{name} = "{tag}"' for name, tag in fed.items()),
        "[models.flow.outputs]",
        'flow = "pump:s=Results.PredictedFlow"',
    ]
    path = folder / "plant.toml"
    path.write_text("\n".join(text), encoding="utf-8")
    return path
