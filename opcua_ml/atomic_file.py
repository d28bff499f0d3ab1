"""Files that are either the old or the new one, and files that only their owner reads."""

from __future__ import annotations

import getpass
import os
import secrets
import subprocess
import sys
from contextlib import contextmanager
from errno import ENOTDIR
from typing import TYPE_CHECKING, BinaryIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_log = structlog.get_logger(__name__)

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644
BINARY = getattr(os, "O_BINARY", 0)
"""Without it Windows changes line ends in what is written through a descriptor."""


def write_atomically(path: Path, content: bytes, *, secret: bool = False, durable: bool = True) -> None:
    """Put `content` at `path`; all else is as with `replaced`."""
    with replaced(path, secret=secret, durable=durable) as file:
        file.write(content)


@contextmanager
def replaced(path: Path, *, secret: bool = False, durable: bool = True) -> Iterator[BinaryIO]:
    """A file to write to, which is at `path` once it is whole: a reader, or a crash, sees the old one or it.

    Args:
        path: missing folders above it are made.
        durable: whether to wait until the disk has it, which may take long; else a power cut may lose it.
        secret: whether only the owner may read it; it is so before the first byte is written.

    Raises:
        OSError: the file can't be written; the old one is as it was, as after any other error within.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:  # which would tell of a folder that it is there already
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(path.parent)) from error
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, SECRET_MODE if secret else PUBLIC_MODE
        )
        try:
            with os.fdopen(descriptor, "wb") as file:
                if secret:
                    restrict_to_owner(temporary)
                yield file
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            temporary.replace(path)
            if durable:
                sync_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(temporary)):
            raise
        # Nobody knows the temporary file.
        raise type(error)(error.errno, error.strerror, str(path)) from error


def sync_folder(path: Path) -> None:
    """Make a folder's new names last; Windows can't open folders and does this by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def restrict_to_owner(path: Path) -> None:
    """Let nobody but the owner read or write `path`.

    On Windows, where file modes say nothing of readers, the inherited access list is replaced by one entry
    for this user; where that fails, a warning tells so and the folder's own list holds.
    """
    path.chmod(SECRET_MODE)
    if sys.platform == "win32":  # pragma: no cover - other systems have modes
        command = ["icacls", str(path), "/inheritance:r", "/grant:r", f"{getpass.getuser()}:F"]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed program, own path
        if done.returncode:
            _log.warning("others may be able to read a private file", file=str(path))


def readable_by_others(path: Path) -> bool:
    """Whether the file's mode lets others than its owner read or write it; always False on Windows."""
    return sys.platform != "win32" and bool(path.stat().st_mode & 0o077)
