"""The simulated PLC as a process of its own, started again when it ends."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from opcua_ml.domain.errors import EndpointUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = structlog.get_logger(__name__)
_START_DEADLINE = 60.0
_STOP_DEADLINE = 3.0
RESTART_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class PlantSettings:
    """How the PLC is simulated: seed of its noise and schedule, speed in plant seconds per second."""

    seed: int = 1
    speed: float = 1.0


class Plant:
    """Owns the PLC's process; `run` keeps it alive, as a PLC's own watchdog would."""

    def __init__(self, settings: PlantSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self.endpoint = ""
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the process and wait until it listens.

        Raises:
            EndpointUnavailable: it ended, or said nothing, before it listened.
        """
        process = self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Ctrl-C is for us alone: we end the PLC when nobody needs it any more.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert process.stdout is not None  # noqa: S101 - PIPE is asked for above
        try:
            async with asyncio.timeout(_START_DEADLINE):
                line = await process.stdout.readline()
            self.endpoint = str(json.loads(line)["endpoint"])
        except (TimeoutError, ValueError, KeyError) as error:
            await self.stop()
            found = await self._complaint()
            raise EndpointUnavailable("the simulated PLC did not start", found=found) from error
        self._port = int(self.endpoint.split(":")[2].split("/")[0])

    async def run(self) -> None:
        """Start the process again, some seconds after each end of it; cancelled to stop."""
        while True:
            assert self._process is not None  # noqa: S101 - start comes first
            await self._drain(self._process)
            _log.warning("the simulated PLC has ended; it starts again", seconds=RESTART_PAUSE)
            await asyncio.sleep(RESTART_PAUSE)
            try:
                await self.start()
            except EndpointUnavailable as error:
                # Somebody else may have started one at this port in the meantime: theirs is as good.
                _log.warning("the simulated PLC could not be started again", reason=error.sentence)
            else:
                self.restarts += 1

    async def stop(self) -> None:
        """End the process: asked first, then by force; a second call does nothing."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_DEADLINE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _command(self) -> Sequence[str]:
        return (
            *(sys.executable, "-m", "opcua_ml_simulator", "--json", "--scenario", "demo"),
            "--until-input-ends",
            *("--port", str(self._port)),
            *("--seed", str(self._settings.seed)),
            *("--speed", str(self._settings.speed)),
        )

    @staticmethod
    async def _drain(process: asyncio.subprocess.Process) -> None:
        """Read what it prints until it ends, so that no full pipe ever blocks it."""
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - PIPEs
        async with asyncio.TaskGroup() as group:
            for stream in (process.stdout, process.stderr):
                group.create_task(_discard(stream), name="plant.drain")
        await process.wait()

    async def _complaint(self) -> str:
        process = self._process
        if process is None or process.stderr is None:
            return ""
        lines = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {process.returncode} and no word"


async def _discard(stream: asyncio.StreamReader) -> None:
    while await stream.read(65536):
        pass
