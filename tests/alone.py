"""A test that measures time by the clock has the machine for itself; all others share it.

Such a test is marked `alone`. Before each test a process of pytest-xdist goes through a door: it locks the
door, then the room, for itself or together with others, and unlocks the door. Who wants the room for itself
keeps the door locked until the room is empty, so nobody waits for ever. Both locks end with their process.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

try:
    import fcntl
except ImportError:  # Windows: there tests of time take the machine as it is
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOOR, _ROOM = 0, 1


class Machine:
    """One process's part in the order of all processes of a run.

    Args:
        file: the same for all of them; the bytes of it are locked, none is written.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.open("a+b", buffering=0)
        self._is_alone = False

    @classmethod
    def of_this_run(cls) -> Self | None:
        """Of the run that this process is a worker of; None where there is no other process to wait for."""
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
        if run is None or fcntl is None:
            return None
        return cls(Path(tempfile.gettempdir(), f"tests-alone-{run}"))

    @contextmanager
    def taken(self, *, alone: bool, next_alone: bool) -> Iterator[None]:
        """Wait for the machine, and have it for a test.

        Args:
            alone: no other test may run meanwhile.
            next_alone: neither beside the test after it: then the machine is kept between the two.
        """
        if not (alone and self._is_alone):
            self._enter(alone=alone)
        try:
            yield
        finally:
            self._is_alone = alone and next_alone
            if not self._is_alone:
                self._lock(fcntl.LOCK_UN, _ROOM)

    def close(self) -> None:
        """Let go; the last process takes the file away."""
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)

    def _enter(self, *, alone: bool) -> None:
        self._lock(fcntl.LOCK_EX, _DOOR)
        try:
            self._lock(fcntl.LOCK_EX if alone else fcntl.LOCK_SH, _ROOM)
        finally:
            self._lock(fcntl.LOCK_UN, _DOOR)

    def _lock(self, how: int, byte: int) -> None:
        fcntl.lockf(self._file, how, 1, byte)
