"""Servers under test as processes: started, watched, told what to do, and ended for certain."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks.environments import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

_START_PATIENCE_S = 120.0
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def free_port() -> int:
    """A TCP port of the loopback that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def process_tree(root: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found = [root]
    for one in found:
        found += children.get(one, ())
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """Processor time that all threads of these processes have used."""
    total = 0
    for pid in pids:
        for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(schedstat.read_text().split()[0])
    return total / 1e9


def resident_bytes(pids: Sequence[int]) -> int:
    """Memory that these processes hold."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total


class Process:
    """One server, or one client under test, in a process of its own.

    Args:
        name: for messages.
        command: to start it.
        folder: its working folder; what it says on standard error goes to `<name>.log` there.
        environment: variables beside ours.
        ready: tells whether it is up; None where its first line on standard output says so.
        first_line: makes facts of that line; by default it is JSON.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
        first_line: Callable[[str], dict[str, Any]] = json.loads,
    ) -> None:
        self.name = name
        self.facts: dict[str, Any] = {}
        self.started_in = 0.0
        self._command = list(command)
        self._folder = folder
        self._environment = dict(environment or {})
        self._ready = ready
        self._first_line = first_line
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        begin = time.monotonic()
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env={**os.environ, **self._environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if self._ready is None else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise
        self.started_in = time.monotonic() - begin
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def log(self) -> Path:
        """What it said on standard error."""
        return self._folder / f"{self.name}.log"

    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pids(self) -> list[int]:
        """Its process and all that it has started."""
        return process_tree(self._running.pid)

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        return cpu_seconds(self.pids)

    def resident_bytes(self) -> int:
        """Memory it holds now."""
        return resident_bytes(self.pids)

    def ask(self, what: str, *, patience: float = 60.0, **arguments: Any) -> dict[str, Any]:
        """Tell it to do something, and return what it says when it is done."""
        self.tell(what, **arguments)
        return self.answer(patience)

    def tell(self, what: str, **arguments: Any) -> None:
        """Tell it to do something; `answer` waits for the end of it."""
        stdin = self._running.stdin
        if stdin is None:
            raise Unavailable(f"{self.name} takes no commands")
        stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        stdin.flush()

    def answer(self, patience: float = 60.0) -> dict[str, Any]:
        """Wait for its next line, which is JSON.

        Raises:
            Unavailable: it has ended, or says nothing.
        """
        said: dict[str, Any] = json.loads(self._line(patience))
        return said

    def close(self) -> None:
        """End it and all that it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        for signal_number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal_number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    @property
    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise Unavailable(f"{self.name} does not run")
        return self._process

    def _wait_until_ready(self) -> None:
        if self._ready is None:
            self.facts = self._first_line(self._line(_START_PATIENCE_S))
            return
        deadline = time.monotonic() + _START_PATIENCE_S
        while not self._ready():
            if self._running.poll() is not None:
                raise Unavailable(f"{self.name} has ended: {self._last_words()}")
            if time.monotonic() > deadline:
                raise Unavailable(f"{self.name} was not up after {_START_PATIENCE_S:g} s; see {self.log}")
            time.sleep(0.05)

    def _line(self, patience: float) -> str:
        stdout = self._running.stdout
        if stdout is None or not select.select([stdout], [], [], patience)[0]:
            raise Unavailable(f"{self.name} said nothing for {patience:g} s; see {self.log}")
        line = stdout.readline()
        if not line:
            raise Unavailable(f"{self.name} has ended: {self._last_words()}")
        return line.strip()

    def _last_words(self) -> str:
        told = self.log.read_text(errors="replace").splitlines()
        lines = [line.strip(" |") for line in told if any(map(str.isalpha, line))]
        return lines[-1] if lines else "without a word"
