"""The bench on which connections to PLCs are tried: a PLC in its own process, and what watches it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import InputBinding
from opcua_ml.opcua.plc.connection import PlcConnection
from opcua_ml.opcua.plc.settings import PlcSecurity, PlcSettings, Policy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.details import TagDetails
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.state import ConnectionState
    from opcua_ml.opcua.plc.binding import Heartbeat
    from opcua_ml.opcua.plc.sink import PlcSink

URI = "urn:bench:plc"
SCRIPT = Path(__file__).with_name("plc_process.py")
UNSECURED = PlcSecurity(policy=Policy.NONE)


class SystemClock:
    """Time as it is."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """Wall clock."""
        return datetime.now(UTC)


class Plc:
    """A PLC in a process of its own, which keeps its port over restarts."""

    def __init__(self, **options: Any) -> None:
        self.options: dict[str, Any] = {"namespaces": [URI], **options}
        self.options.setdefault("port", free_port())
        self._process: subprocess.Popen[str] | None = None

    @property
    def endpoint(self) -> str:
        """Where it listens, or will."""
        return f"opc.tcp://127.0.0.1:{self.options['port']}"

    def start(self) -> None:
        """Start the process and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), json.dumps(self.options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def kill(self) -> None:
        """End it as a power cut would."""
        process = self._running
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process = None

    def freeze(self) -> None:
        """Stop it in the middle of what it does; its sockets stay open."""
        os.kill(self._running.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self._running.pid, signal.SIGCONT)

    def close(self) -> None:
        """End it, whatever state it is in."""
        if self._process is not None:
            self.kill()

    async def do(self, what: str, **arguments: Any) -> Any:
        """Tell it to do something, and return what it says."""
        stdin = self._running.stdin
        assert stdin is not None
        stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        stdin.flush()
        return await asyncio.to_thread(self._answer)

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the PLC does not run"
        return self._process

    def _answer(self) -> Any:
        assert self._running.stdout is not None
        line = self._running.stdout.readline()
        answer = json.loads(line) if line else {"error": "the PLC's process has ended"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]


class Recorder:
    """Receives samples and states, and keeps them."""

    def __init__(self) -> None:
        self.samples: list[tuple[int, Sample]] = []
        self.batches: list[int] = []
        self.states: list[tuple[ConnectionState, str]] = []
        self.details: dict[str, TagDetails] = {}

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples."""
        self.samples += samples
        self.batches.append(len(samples))

    def changed(self, snapshot: ConnectionSnapshot) -> None:
        """Take a state, where it is another one than the last."""
        if [(snapshot.state, snapshot.reason)] != self.states[-1:]:
            self.states.append((snapshot.state, snapshot.reason))

    def described(self, binding: InputBinding, details: TagDetails) -> None:
        """Take what the PLC tells of a tag for displays."""
        self.details[binding.name] = details

    def latest(self, key: int = 0) -> Sample | None:
        """The newest sample of a key."""
        return next((sample for one, sample in reversed(self.samples) if one == key), None)

    def all(self, key: int = 0) -> list[Sample]:
        """Every sample of a key, in order."""
        return [sample for one, sample in self.samples if one == key]

    def value(self, key: int = 0) -> Any:
        """The newest value of a key."""
        sample = self.latest(key)
        return None if sample is None else sample.value

    def status(self, key: int = 0) -> int | None:
        """The newest StatusCode of a key."""
        sample = self.latest(key)
        return None if sample is None else sample.status


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(endpoint: str, **changes: Any) -> PlcSettings:
    """Settings that suit tests: quick, but not so quick that a loaded machine fails them."""
    quick: dict[str, Any] = {
        "security": UNSECURED,
        "publishing_interval": 0.05,
        "request_timeout": 3.0,
        "retry_min": 0.2,
        "retry_max": 0.5,
        "recheck": 0.4,
    }
    return PlcSettings(name="bench", endpoint=endpoint, **(quick | changes))


def tag(name: str, key: int = 0, **changes: Any) -> InputBinding:
    """A tag of the bench's PLC."""
    return InputBinding(key=key, name=name, address=TagAddress(URI, name), **changes)


@asynccontextmanager
async def running(connection: PlcConnection) -> AsyncIterator[PlcConnection]:
    """Run a connection for as long as the block lasts."""
    task = asyncio.create_task(connection.run(), name="connection")
    try:
        yield connection
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object], within: float = 30.0) -> float:
    """Wait until the condition holds; return how long that took, in seconds."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > within:
            raise AssertionError(f"not so within {within} s")
        await asyncio.sleep(0.005)
    return time.monotonic() - started


def connection_to(
    plc: Plc,
    recorder: Recorder,
    *inputs: InputBinding,
    sink: PlcSink | None = None,
    heartbeat: Heartbeat | None = None,
    **changes: Any,
) -> PlcConnection:
    """A connection whose samples and states go to the recorder."""
    return PlcConnection(
        settings_for(plc.endpoint, **changes),
        inputs=inputs,
        receiver=recorder,
        clock=SystemClock(),
        sink=sink,
        heartbeat=heartbeat,
        changed=recorder.changed,
        described=recorder.described,
    )


def reason_of(connection: PlcConnection, name: str) -> str:
    """Why a tag is not Good; empty where it is."""
    return next((one.reason for one in connection.snapshot().problems if one.name == name), "")
