"""One writer at a time: two processes that append to one log would break its chain."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import structlog

from opcua_ml.atomic_file import SECRET_MODE
from opcua_ml.domain.errors import OpcuaMlError

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger(__name__)

LOCK = "audit.lock"


class AuditLogInUse(OpcuaMlError):
    """Another process writes the log."""


class LogLock:
    """Held while the file is open; the system lets it go with the process, however that ends.

    Args:
        folder: of the log.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._descriptor = -1

    def take(self) -> None:
        """Hold the lock; nothing where it is held already.

        Raises:
            AuditLogInUse: another process, or another log of this one, holds it.
            OSError: the folder can't be written.
        """
        if self._descriptor >= 0:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, SECRET_MODE)
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            raise AuditLogInUse(
                "another service writes this audit log",
                where=str(self._path.parent),
                wanted="a folder of its own for each service (server.security.audit.folder)",
            ) from None
        except OSError as error:  # such as of a network drive that has no locks
            _log.warning("the audit log can't be locked against another service", why=str(error))
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
