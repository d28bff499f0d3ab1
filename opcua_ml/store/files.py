"""The one door through which the store touches the disk, so that a test can fail or end it at any step."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Protocol

from opcua_ml.atomic_file import BINARY, sync_folder

if TYPE_CHECKING:
    from pathlib import Path


class Files(Protocol):
    """Steps on a disk, each one of which may fail with an OSError.

    What was written lasts over a loss of power once its file was synced; a new, renamed or removed entry
    once its folder was.
    """

    def exists(self, path: Path) -> bool:
        """Whether there is a file or folder."""

    def names(self, folder: Path) -> list[str]:
        """Of the folder's entries."""

    def read(self, path: Path) -> bytes:
        """The whole file."""

    def make_folder(self, path: Path) -> None:
        """Make a folder that is not there yet; its parent is."""

    def write(self, path: Path, data: bytes) -> None:
        """Make a file with this content, or give it to one that is there."""

    def append(self, path: Path, data: bytes) -> None:
        """Add to the end of a file, which is made where there is none."""

    def truncate(self, path: Path, size: int) -> None:
        """Shorten a file to that many bytes."""

    def sync(self, path: Path) -> None:
        """Make a file's content last."""

    def sync_folder(self, path: Path) -> None:
        """Make a folder's entries last."""

    def rename(self, source: Path, target: Path) -> None:
        """Give an entry another name, which is not taken, in one step."""

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with all in it."""


class DiskFiles:
    """The operating system's disk."""

    def exists(self, path: Path) -> bool:
        """See `Files`."""
        return os.path.lexists(path)

    def names(self, folder: Path) -> list[str]:
        """See `Files`."""
        return sorted(path.name for path in folder.iterdir())

    def read(self, path: Path) -> bytes:
        """See `Files`."""
        return path.read_bytes()

    def make_folder(self, path: Path) -> None:
        """See `Files`."""
        path.mkdir()

    def write(self, path: Path, data: bytes) -> None:
        """See `Files`."""
        path.write_bytes(data)

    def append(self, path: Path, data: bytes) -> None:
        """See `Files`."""
        with path.open("ab") as file:
            file.write(data)

    def truncate(self, path: Path, size: int) -> None:
        """See `Files`."""
        os.truncate(path, size)

    def sync(self, path: Path) -> None:
        """See `Files`."""
        descriptor = os.open(path, os.O_RDWR | BINARY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_folder(self, path: Path) -> None:
        """See `Files`."""
        sync_folder(path)

    def rename(self, source: Path, target: Path) -> None:
        """See `Files`."""
        source.rename(target)

    def remove(self, path: Path) -> None:
        """See `Files`."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def make_folders(files: Files, path: Path) -> None:
    """Make a folder and those above it that are missing, so that they last."""
    missing = []
    while not files.exists(path):
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        files.make_folder(folder)
        files.sync_folder(folder.parent)
