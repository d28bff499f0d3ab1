"""Whether results are written to each PLC, as operators have switched it: kept over restarts."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

import structlog

from opcua_ml.atomic_file import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

_log = structlog.get_logger(__name__)
_FILE = "writing.json"


class WriteSwitches:
    """Switches by PLC; on where nobody has switched. A file that can't be read switches all off.

    Args:
        folder: for the file.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._off: set[str] = set()
        self._is_lost = False
        self._wished: dict[str, bool] = {}
        self._turning = asyncio.Lock()
        try:
            self._off = {str(name) for name in json.loads(self._path.read_text(encoding="utf-8"))["off"]}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._is_lost = True
            _log.error(
                "what operators have switched can't be read: nothing is written until it is switched on",
                file=str(self._path),
                reason=str(error),
            )

    def is_on(self, plc: str) -> bool:
        """Whether results may be written to this PLC."""
        return not self._is_lost and plc not in self._off

    async def turn(
        self, plc: str, known: Collection[str], *, on: bool, then: Callable[[], None] | None = None
    ) -> None:
        """Keep a switch; what others do goes on while the disk takes it. Switches are turned one by one.

        A switch is turned whole or not at all, also where who asked for it is gone meanwhile.

        Args:
            plc: its name.
            known: names of all PLCs.
            on: how it is from now on.
            then: called once it lasts, unless the switch has been turned again meanwhile.

        Raises:
            OSError: it can't be kept; the switches are as they were.
        """
        self._wished[plc] = on

        def lasting() -> None:
            if then is not None and self._wished[plc] is on:
                then()

        async with self._turning:
            off = set(known) if self._is_lost else set(self._off)
            off = off - {plc} if on else off | {plc}
            await self._kept(json.dumps({"off": sorted(off)}, indent=1).encode("utf-8"), off, lasting)

    async def _kept(self, content: bytes, off: set[str], lasting: Callable[[], None]) -> None:
        writing = asyncio.get_running_loop().run_in_executor(
            None, partial(write_atomically, self._path, content)
        )
        gone: asyncio.CancelledError | None = None
        while not writing.done():
            try:
                await asyncio.wait([writing])
            except asyncio.CancelledError as error:
                gone = error
        failure = writing.exception()
        if failure is None:
            self._off, self._is_lost = off, False
            lasting()
        for reason in (gone, failure):
            if reason is not None:
                raise reason
