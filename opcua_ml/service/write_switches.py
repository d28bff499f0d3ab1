"""Whether results are written to each PLC, as operators have switched it: kept over restarts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import structlog

from opcua_ml.atomic_file import write_atomically

if TYPE_CHECKING:
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

    def turn(self, plc: str, known: list[str], *, on: bool) -> None:
        """Keep a switch; `known` are all PLCs.

        Raises:
            OSError: it can't be kept; the switches are as they were.
        """
        off = set(known) if self._is_lost else set(self._off)
        off = off - {plc} if on else off | {plc}
        content = json.dumps({"off": sorted(off)}, indent=1)
        write_atomically(self._path, content.encode("utf-8"))
        self._off, self._is_lost = off, False
