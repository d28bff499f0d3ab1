"""Room on the disk that is kept free for the history: a full disk leaves none even for removing rows."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger(__name__)

FILE: Final = "history.reserve"
BYTES: Final = 16 * 1024 * 1024
"""The log of SQLite takes 4 MiB, and its content as much again in the file."""
_PLENTY: Final = 4
"""Times its size that must be free before it is taken (again)."""


class Reserve:
    """A file without content that is given up when the disk is full.

    Args:
        folder: of the history.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def keep(self) -> None:
        """Take it where it is missing and there is plenty of room; a failure leaves none."""
        try:
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < _PLENTY * BYTES:
                return
            with self._path.open("wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, BYTES)
                else:
                    file.write(bytes(BYTES))
        except OSError as error:
            _log.warning("no room is reserved for the history", reason=error.strerror)
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def give_up(self) -> None:
        """Give the room to the history."""
        if self._path.exists():
            with suppress(OSError):
                self._path.unlink()
                _log.warning("the disk of the history is full: its reserve is used to remove old values")
