"""Packages that clients send: on disk until they are whole, and never more than there is room for."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from opcua_ml.domain.errors import PackageError, StoreFailed, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.application.versions import Upload

_log = structlog.get_logger(__name__)

MOST_UPLOADS = 4
FOLDER = ".uploads"
_MEBIBYTE = 2**20


class Uploads:
    """Takes packages for the store; see UploadHandler.

    Args:
        stage: takes what is whole: its path, who sent it, and the model that it was sent for, or none.
        check_model: raises where no model of this name has versions.
        folder: of the store; uploads that a crash left there are removed.
        largest: of one package, in MiB.
    """

    def __init__(
        self,
        stage: Callable[[Path, str, str], Awaitable[str]],
        check_model: Callable[[str], None],
        folder: Path,
        largest: int,
    ) -> None:
        self._stage = stage
        self._check_model = check_model
        self._folder = folder / FOLDER
        self._largest = largest * _MEBIBYTE
        self._places = 0
        self._clear()

    def _clear(self) -> None:
        """Remove what a crash left; what is not of our making, or can't go, stays and is told."""
        for left in self._folder.glob("*.zip"):
            try:
                left.unlink()
            except OSError as error:
                _log.warning("an old upload stays", path=str(left), reason=error.strerror)

    async def begin(self, model: str, who: str) -> Upload:
        """See UploadHandler."""
        if model:
            self._check_model(model)  # before it takes one of the places
        if self._places >= MOST_UPLOADS:
            raise TooManyRequests(
                "too many packages are being uploaded",
                found=self._places,
                wanted=f"less than {MOST_UPLOADS}",
            )
        self._places += 1  # at once: another call may begin while the file is made
        try:
            path = await asyncio.to_thread(self._new)
        except OSError as error:
            self._places -= 1
            what = "the upload can't be kept"
            raise StoreFailed(what, where=str(self._folder), found=error.strerror) from error
        return PackageUpload(self, path, model, who)

    def _new(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=".zip", dir=self._folder)
        os.close(descriptor)
        return Path(name)

    def check_size(self, size: int) -> None:
        """Refuse what is larger than a package may be."""
        if size > self._largest:
            raise PackageError(
                "the package is too large", found=f"{size} bytes", wanted=f"at most {self._largest}"
            )

    async def stage(self, path: Path, model: str, who: str) -> str:
        """Let the store take it."""
        told = await self._stage(path, who, model)
        _log.info("package staged", version=told, by=who)
        return told

    def leave(self) -> None:
        """One upload is at its end."""
        self._places -= 1


class PackageUpload:
    """One package on its way; see Upload."""

    def __init__(self, uploads: Uploads, path: Path, model: str, who: str) -> None:
        self.size = 0
        self._is_over = False
        self._uploads = uploads
        self._path = path
        self._model = model
        self._who = who

    async def write(self, data: bytes) -> None:
        """See Upload."""
        self._uploads.check_size(self.size + len(data))
        try:
            await asyncio.to_thread(self._append, data)
        except OSError as error:
            raise StoreFailed("the upload can't be kept", found=error.strerror) from error
        self.size += len(data)

    async def commit(self) -> str:
        """See Upload."""
        try:
            return await self._uploads.stage(self._path, self._model, self._who)
        finally:
            await self.discard()

    async def discard(self) -> None:
        """See Upload."""
        if self._is_over:
            return
        self._is_over = True
        self._uploads.leave()
        with suppress(OSError):  # what is left is removed at the next start
            await asyncio.to_thread(self._path.unlink, missing_ok=True)

    def _append(self, data: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(data)
