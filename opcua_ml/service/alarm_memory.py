"""How alarms stood, kept over restarts: what was acknowledged, latched, shelved, disabled or commented."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from typing import TYPE_CHECKING, Any, Final

import structlog

from opcua_ml.atomic_file import write_atomically
from opcua_ml.domain.alarm.condition import Condition, Shelving
from opcua_ml.domain.status import Status
from opcua_ml.domain.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.application.ports import Clock

_log = structlog.get_logger(__name__)
_FILE: Final = "alarms.json"
_PAUSE: Final = 0.5
"""Seconds between two writes at least: a flood of alarms is one write."""
_FLAGS: Final = ("enabled", "acked", "confirmed", "latched")
_TEXTS: Final = ("message", "comment", "comment_locale", "commented_by")
_LATER: Final = frozenset({"comment_locale"})
"""Files of versions before do not have it."""
_SEVERITIES: Final = ("severity", "last_severity")


class AlarmMemory:
    """The file of one site's alarms.

    Args:
        folder: for the file.
        clock: wall time for shelving, which goes on while the service is stopped.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / _FILE
        self._clock = clock
        self._board: AlarmBoard | None = None
        self._written: str | None = None
        self._changed = asyncio.Event()
        self._begun = self._done = 0
        self._writing = threading.Lock()

    def recalled(self) -> dict[str, Condition]:
        """The alarms' states by their keys; none, and an error in the log, where the file can't be read."""
        try:
            text = self._path.read_text(encoding="utf-8")
            found = {key: self._state(kept) for key, kept in json.loads(text)["alarms"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.error(
                "how alarms stood can't be read: each begins anew", file=str(self._path), reason=repr(error)
            )
            return {}
        self._written = text
        return found

    def watch(self, board: AlarmBoard) -> None:
        """Keep these alarms."""
        self._board = board
        board.observers.append(self._changed.set)

    async def run(self) -> None:
        """Write what changes, until cancelled; where that fails, again with the next change."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.keep()
            await asyncio.sleep(_PAUSE)

    async def keep(self) -> None:
        """Write how the alarms stand, unless it is what the file says already."""
        entries = self._board.entries if self._board is not None else {}
        kept = {
            key: self._told(state)
            for key, (_, alarm) in entries.items()
            if _is_worth_keeping(state := alarm.state)
        }
        text = json.dumps({"alarms": kept}, indent=1, ensure_ascii=False)
        if text == self._written or (self._written is None and not kept):
            return
        self._begun += 1
        try:
            await asyncio.to_thread(self._write, self._begun, text)
        except OSError as error:
            _log.error("how alarms stand can't be kept", file=str(self._path), reason=str(error))
            return
        self._written = text

    def _write(self, number: int, text: str) -> None:
        """In a thread; one that was given up by who waited for it must not come after a later one."""
        with self._writing:
            if number > self._done:
                write_atomically(self._path, text.encode("utf-8"))
                self._done = number

    def _told(self, state: Condition) -> dict[str, Any]:
        told: dict[str, Any] = {name: getattr(state, name) for name in (*_FLAGS, *_SEVERITIES, *_TEXTS)}
        if isinstance(state.message, Wording) and state.message.translations:
            told["translations"] = dict(state.message.translations)
        told["active"] = list(state.active)
        told["quality"] = int(state.quality)
        told["shelving"] = state.shelving.value
        if not math.isinf(state.shelved_until):
            left = state.shelved_until - self._clock.monotonic()
            told["shelved_until"] = round(self._clock.now().timestamp() + left)
        return told

    def _state(self, kept: Mapping[str, Any]) -> Condition:
        shelving = Shelving(kept["shelving"])
        until = math.inf
        if shelving is not Shelving.UNSHELVED:
            left = float(kept["shelved_until"]) - self._clock.now().timestamp()
            until = self._clock.monotonic() + left
        texts = {name: _of(str, kept.get(name, "") if name in _LATER else kept[name]) for name in _TEXTS}
        others = _of(dict, kept.get("translations", {}))
        translations = {_of(str, locale): _of(str, words) for locale, words in others.items()}
        texts["message"] = Wording(texts["message"], translations)
        return Condition(
            **{name: _of(bool, kept[name]) for name in _FLAGS},
            **texts,
            **{name: min(max(_of(int, kept[name]), 1), 1000) for name in _SEVERITIES},
            active=tuple(_of(str, name) for name in kept["active"]),
            quality=_of(int, kept.get("quality", int(Status.BadWaitingForInitialData))),
            shelving=shelving,
            shelved_until=until,
        )


def _is_worth_keeping(state: Condition) -> bool:
    aside = state.shelving is not Shelving.UNSHELVED
    return state.retain or not state.enabled or aside or bool(state.comment)


def _of(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"found {value!r}, wanted {kind.__name__}")
    return value
