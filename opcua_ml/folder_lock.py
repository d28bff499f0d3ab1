"""One service at a time in a folder: two that write there would break what each believes of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import structlog

from opcua_ml.domain.errors import FolderInUse

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger(__name__)


class FolderLock:
    """Held while its file is open; the system lets it go with the process, however that ends.

    Args:
        path: of the lock's file, in the folder.
        what: what is wrong where another service holds it.
        key: of the configuration, which names the folder.
    """

    def __init__(self, path: Path, what: str, key: str) -> None:
        self._path = path
        self._what = what
        self._key = key
        self._descriptor = -1

    def take(self) -> None:
        """Hold the lock; nothing where it is held already. Makes the folder where there is none.

        Raises:
            FolderInUse: another process, or another holder of this one, has it.
            OSError: the folder can't be written.
        """
        if self._descriptor >= 0:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            where, wanted = str(self._path.parent), f"a folder of its own for each service ({self._key})"
            raise FolderInUse(self._what, where=where, wanted=wanted) from None
        except OSError as error:  # such as of a network drive that has no locks
            _log.warning(
                "a folder can't be locked against another service", file=str(self._path), why=str(error)
            )
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another one take it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _lock(descriptor: int) -> None:
    try:
        import fcntl  # noqa: PLC0415 - only where there is one
    except ImportError:
        import msvcrt  # noqa: PLC0415 - of Windows, which has no fcntl

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
