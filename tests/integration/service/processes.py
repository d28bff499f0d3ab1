"""Our commands as processes of their own, and what they print."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.integration.service import warm_start
from tests.integration.service.plant_file import open_server, plant_file
from tests.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from tests.integration.service.warm_start import WarmProcess

START_SECONDS = 60.0
END_SECONDS = 5.0


class Command:
    """One process of `opcua-ml`, or of the simulator; what it prints goes to files, so nothing holds it up.

    Args:
        process: that runs.
        out, err: what it prints, from the beginning.
    """

    def __init__(
        self, process: asyncio.subprocess.Process | WarmProcess, out: IO[bytes], err: IO[bytes]
    ) -> None:
        self.process = process
        self.first_line = ""
        self._out = out
        self._err = err

    @property
    def pid(self) -> int:
        """Of the process."""
        return self.process.pid

    @property
    def errors(self) -> str:
        """What it has printed on stderr so far."""
        return _read(self._err).decode()

    async def announced(self) -> str:
        """Its first line, once it is whole; empty where it ended without one.

        Raises:
            TimeoutError: it takes longer than it may.
        """
        async with asyncio.timeout(START_SECONDS):
            while b"\n" not in _read(self._out):
                if self.process.returncode is not None:
                    break
                await asyncio.sleep(0.02)
        return _read(self._out).decode().partition("\n")[0].strip()

    async def ended(self, seconds: float = END_SECONDS) -> tuple[int, str, str]:
        """Wait until it has ended by itself; exit code, and what it has printed since its first line.

        Raises:
            TimeoutError: it takes longer than it may.
        """
        watch = Stopwatch(self.pid)
        ending = asyncio.ensure_future(self.process.wait())
        try:
            while not (await asyncio.wait({ending}, timeout=0.02))[0]:
                if watch.seconds > seconds:
                    raise TimeoutError(f"the process runs after {seconds} s; it said: {self.errors}")
        finally:
            ending.cancel()
        return ending.result(), _read(self._out).decode().partition("\n")[2], self.errors

    async def end(self) -> tuple[int, str, str]:
        """Ask it to end; exit code, and what it has printed since its first line.

        Raises:
            TimeoutError: it takes longer than it may.
        """
        if self.process.returncode is None:
            self.process.terminate()
        return await self.ended()


def _read(file: IO[bytes]) -> bytes:
    # By another handle, as the process writes at the position of this one.
    return Path(file.name).read_bytes()


@contextmanager
def printed_files() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """For standard output and standard error, until the block ends."""
    with (
        tempfile.TemporaryDirectory(prefix="printed-") as folder,
        Path(folder, "out").open("wb") as out,
        Path(folder, "err").open("wb") as err,
    ):
        yield out, err


@asynccontextmanager
async def started(*arguments: str, module: str = "opcua_ml", warm: bool = True) -> AsyncIterator[Command]:
    """A command that has printed its first line; ended by force where the test has not ended it.

    Args:
        arguments: of the command.
        module: that is run.
        warm: whether it may have everything imported already; see `warm_start`.
    """
    with printed_files() as (out, err):
        process: asyncio.subprocess.Process | WarmProcess
        if warm and warm_start.POSSIBLE:
            process = await asyncio.to_thread(warm_start.warm_parent().start, module, arguments, out, err)
        else:
            command_line = (sys.executable, "-m", module, *arguments)
            process = await asyncio.create_subprocess_exec(*command_line, stdout=out, stderr=err)
        command = Command(process, out, err)
        try:
            command.first_line = await command.announced()
            if not command.first_line:
                raise AssertionError(f"{arguments} printed nothing: {command.errors}")
            yield command
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


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
        *open_server(endpoint=endpoint),
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
    return plant_file(folder, text)
