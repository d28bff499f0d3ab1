"""A folder that is watched: who may write to it deploys by copying a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from opcua_ml.domain.errors import OpcuaMlError

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5


class Stage(Protocol):
    """Stages a package."""

    async def __call__(self, path: Path, who: str) -> str:
        """Returns the model and version, in words."""


class Inbox:
    """Stages each `.zip` of the folder that no longer changes; then it goes to `staged` or `refused`.

    Beside a refused one stands a text file with the reason.

    Args:
        folder: made where it is missing.
        stage: takes a package.
    """

    def __init__(self, folder: Path, stage: Stage) -> None:
        self._folder = folder
        self._stage = stage
        self._seen: dict[Path, tuple[int, int]] = {}

    async def run(self) -> None:
        """Look every half second, until cancelled."""
        while True:
            try:
                for path in await asyncio.to_thread(self._settled):
                    await self._take(path)
            except OSError as error:
                _log.error("the inbox can't be used", folder=str(self._folder), reason=error.strerror)
            await asyncio.sleep(LOOK_SECONDS)

    async def _take(self, path: Path) -> None:
        try:
            told = await self._stage(path, "inbox")
        except OpcuaMlError as error:
            _log.warning("package refused", package=str(path), reason=error.sentence)
            await asyncio.to_thread(self._put, path, "refused", error.sentence)
        except Exception as error:  # noqa: BLE001 - one file's fault must not end the service
            _log.exception("package refused", package=str(path))
            await asyncio.to_thread(self._put, path, "refused", f"{type(error).__name__}: {error}")
        else:
            _log.info("package staged", package=str(path), version=told)
            await asyncio.to_thread(self._put, path, "staged", "")

    def _settled(self) -> list[Path]:
        """Packages that are as they were at the last look: nobody is still copying them."""
        self._folder.mkdir(parents=True, exist_ok=True)
        now = {
            path: (stat.st_size, stat.st_mtime_ns)
            for path in sorted(self._folder.glob("*.zip"))
            if (stat := path.stat()).st_size
        }
        before, self._seen = self._seen, now
        return [path for path, state in now.items() if before.get(path) == state]

    def _put(self, path: Path, where: str, reason: str) -> None:
        folder = self._folder / where
        folder.mkdir(exist_ok=True)
        path.replace(folder / path.name)
        told = folder / f"{path.name}.txt"
        if reason:
            told.write_text(f"{reason}\n", encoding="utf-8")
        else:
            told.unlink(missing_ok=True)
