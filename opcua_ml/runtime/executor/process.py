"""The service's side of a model process: start it, ask it, see it die, start it again.

The process is started by its command line, not by `multiprocessing`: that would import the service's main
module again and read pickles that the other process wrote.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from opcua_ml.domain.errors import InferenceFailed, PackageError, WorkerUnavailable
from opcua_ml.runtime.executor.wire import computation_in, of_origin, of_rows, raise_error_in, receive, send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.model import Origin

MODULE = "opcua_ml.runtime.executor.served"
END_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
KEPT = frozenset(
    {
        *("HOME", "LANG", "PATH", "TEMP", "TMP", "TMPDIR", "TZ", "VIRTUAL_ENV"),
        # What Windows needs to start a process.
        *("COMSPEC", "PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "USERPROFILE", "WINDIR"),
        *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
    }
)
KEPT_PREFIXES = ("LC_", "LD_", "DYLD_", "OMP_", "OPENBLAS_", "MKL_", "KMP_")
"""Variables that a model's process gets of the service's; passwords are among the others."""


class ModelProcess:
    """One process with one model; all but `close` is for one thread at a time.

    Args:
        origin: of the model.
        call_timeout: seconds after which a call's process is taken for hung and killed; found within a
            second. Loading has the same time, but a minute at least.
    """

    def __init__(self, origin: Origin, call_timeout: float) -> None:
        self._origin = origin
        self._call_timeout = call_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = float("inf")
        self._is_hung = False
        self._closing = threading.Event()
        self._pause = FIRST_PAUSE
        self._not_before = 0.0
        self._why_not = ""
        self._watch = threading.Thread(target=self._kill_hung, name="watch-process", daemon=True)

    def start(self) -> None:
        """Start the process; blocks until its model is loaded and has proved its golden rows.

        Raises:
            PackageError: the model must not be loaded.
            InferenceFailed: the process can't be started, or ended while it loaded.
        """
        if not self._watch.is_alive() and not self._closing.is_set():
            self._watch.start()
        try:
            process = subprocess.Popen(  # noqa: S603 - this interpreter, and a module of ours
                [sys.executable, "-P", "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise WorkerUnavailable(
                "the process of the model can't be started", found=error.strerror
            ) from error
        self._process = process
        if self._closing.is_set():
            process.kill()
        try:
            raise_error_in(self._ask(process, of_origin(self._origin), max(self._call_timeout, 60.0)))
        except (PackageError, InferenceFailed):
            self._end()
            raise

    def predict(self, rows: Sequence[Row]) -> Computation:
        """Outputs per row, and what they took over there.

        Raises:
            InferenceFailed: the model failed, its process ended, or is not there.
        """
        process = self._process
        if process is None:
            raise WorkerUnavailable("the process of the model is not there", found=self._why_not or None)
        message = self._ask(process, of_rows(rows), self._call_timeout)
        raise_error_in(message)
        return computation_in(message)

    def revive(self) -> None:
        """Start the process again where it has ended; after a failure to do so not before a pause is over."""
        if self._process is not None or self._closing.is_set() or time.monotonic() < self._not_before:
            return
        try:
            self.start()
        except (PackageError, InferenceFailed) as error:
            self._why_not = str(error)
            self._not_before = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        else:
            self._why_not, self._pause = "", FIRST_PAUSE

    @property
    def pid(self) -> int | None:
        """Of the process that runs or starts; None for as long as there is none."""
        process = self._process
        return None if process is None else process.pid

    @property
    def is_closed(self) -> bool:
        """Whether it is to run no more."""
        return self._closing.is_set()

    def close(self) -> None:
        """Kill the process, now or as soon as it has started; `reap` is to follow. For any thread."""
        self._closing.set()
        process = self._process
        if process is not None:
            process.kill()

    def reap(self) -> None:
        """Wait for the process that was killed, so that nothing is left of it."""
        self._end()
        if self._watch.is_alive():
            self._watch.join()

    def _ask(
        self, process: subprocess.Popen[bytes], message: dict[str, Any], seconds: float
    ) -> dict[str, Any]:
        self._deadline = time.monotonic() + seconds
        try:
            send(cast("IO[bytes]", process.stdin), message)
            return receive(cast("IO[bytes]", process.stdout))
        except (EOFError, OSError, ValueError) as error:
            raise WorkerUnavailable("the process of the model ended", found=self._end()) from error
        finally:
            self._deadline = float("inf")

    def _end(self) -> str:
        """Wait for a process that ends or has ended, and tell how it did."""
        process, self._process = self._process, None
        if process is None:
            return "no process"
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent has nobody to read it
                    pipe.close()
        try:
            code = process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        hung, self._is_hung = self._is_hung, False
        if hung:
            return f"no answer within {self._call_timeout:g} s"
        return "the service closes it" if self._closing.is_set() else _told(code)

    def _kill_hung(self) -> None:
        while not self._closing.wait(min(1.0, self._call_timeout / 2)):
            process = self._process
            if process is not None and time.monotonic() > self._deadline:
                self._is_hung = True
                process.kill()


def _environment() -> dict[str, str]:
    """Modules are found where this process finds them; libraries compute on one thread, if not told else."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in KEPT or name.upper().startswith(KEPT_PREFIXES)
    }
    return {**dict.fromkeys(ONE_THREAD, "1"), **kept, "PYTHONPATH": path}


def _told(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
