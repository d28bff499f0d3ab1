"""Processes of our commands that do not import everything anew: forked from one that already has.

More than half of the processor time of a service that starts, is asked something and ends goes into imports,
and tests start some hundred of them. What is forked is a process of its own as any other. Tests of the start
itself, and systems that can't fork, start processes in full.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

POSSIBLE = sys.platform == "linux"
_PATIENCE_S = 60.0


class WarmProcess:
    """What tests need of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        while self.returncode is None:  # noqa: ASYNC110 - a thread hears of it
            await asyncio.sleep(0.01)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing happens where it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class WarmParent:
    """The process that forks, and what it says."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.service.warm_parent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._started: queue.Queue[WarmProcess] = queue.Queue(1)
        self._running: dict[int, WarmProcess] = {}
        self._one_at_a_time = threading.Lock()
        self._listener = threading.Thread(target=self._listen, name="warm-start", daemon=True)
        self._listener.start()
        atexit.register(self.close)

    def start(self, module: str, arguments: Sequence[str], out: IO[bytes], err: IO[bytes]) -> WarmProcess:
        """As `python -m module arguments` here and now, without standard input."""
        request = {
            "module": module,
            "arguments": arguments,
            "out": out.name,
            "err": err.name,
            "environment": dict(os.environ),
            "folder": str(Path.cwd()),
            "hears_interrupts": signal.getsignal(signal.SIGINT) is not signal.SIG_IGN,
        }
        with self._one_at_a_time:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
            return self._started.get(timeout=_PATIENCE_S)

    def close(self) -> None:
        """End it and all that it has started."""
        self._requests.close()
        self._process.wait(_PATIENCE_S)
        self._listener.join(_PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def _requests(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if "started" in told:
                process = self._running[told["started"]] = WarmProcess(told["started"])
                self._started.put(process)
            elif "ended" in told:
                self._running.pop(told["ended"]).returncode = told["code"]


@cache
def warm_parent() -> WarmParent:
    """This process's own, from the first time on."""
    return WarmParent()
