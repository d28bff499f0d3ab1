"""Plays a recording as tags: row by row, in time or step by step, the row number last."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.tag import GOOD
from opcua_ml_simulator.tags import Tag, TagType

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml_simulator.replay.recording import Recording
    from opcua_ml_simulator.replay.settings import ReplaySettings

REPLAY_FOLDER = "Replay"
"""Object the replayed tags hang under."""

BAD_NO_DATA_AVAILABLE = 0x80B10000
"""StatusCode BadNoDataAvailable, of a missing value."""


_ROWS_PER_TURN = 20


class PublishRow(Protocol):
    """Where the player's values go."""

    async def __call__(self, path: str, value: object, status: int, source_time: datetime | None) -> None:
        """Publish one tag; without a source time it is now."""


class ReplayPlayer:
    """State of a replay.

    Args:
        recording: what to play.
        settings: how.

    Raises:
        SettingsError: recorded timestamps are wanted of a recording that has none.
    """

    def __init__(self, recording: Recording, settings: ReplaySettings) -> None:
        if settings.timestamps == "file" and recording.times is None:
            raise SettingsError(
                "replay timestamps", "file", f"'now', as {recording.source} has no column with dates"
            )
        self._recording = recording
        self._settings = settings
        self._next = 0
        self._wake = asyncio.Event()
        self._anchor = 0.0
        self._publish: PublishRow | None = None
        self.running = not settings.paused
        self.tags = (*self._column_tags(), *_STATE_TAGS)

    def _column_tags(self) -> list[Tag]:
        return [
            Tag(
                REPLAY_FOLDER,
                name,
                TagType.Double if numeric else TagType.String,
                f"Column of {self._recording.source}",
            )
            for name, numeric in zip(self._recording.names, self._recording.numeric, strict=True)
        ]

    @property
    def row_count(self) -> int:
        """Rows of the recording."""
        return len(self._recording.rows)

    @property
    def row(self) -> int:
        """Number of the row that is shown, from 0; -1 before the first."""
        return self._next - 1

    @property
    def done(self) -> bool:
        """Whether the last row is shown and no other will follow by itself."""
        return self._next >= self.row_count and not self._settings.loop

    async def connect(self, publish: PublishRow) -> None:
        """Give the player its outlet and publish its state."""
        self._publish = publish
        await self._send("RowCount", self.row_count)
        await self._send_state()

    async def start(self) -> bool:
        """Play on in time; False when there is no row left."""
        if self.done:
            return False
        self.running = True
        self._set_anchor()
        self._wake.set()
        await self._send_state()
        return True

    async def stop(self) -> None:
        """Hold at the present row."""
        self.running = False
        self._wake.set()
        await self._send_state()

    async def rewind(self) -> None:
        """Let the first row be the next."""
        self._next = 0
        self._set_anchor()
        self._wake.set()
        await self._send_state()

    async def step(self, rows: int = 1) -> int:
        """Play so many rows at once, one after another, at most to the end; the number of the row shown.

        With ``loop`` the first row follows the last.
        """
        for number in range(rows):
            if self.done:
                break
            await self._play_row()
            if number % _ROWS_PER_TURN == _ROWS_PER_TURN - 1:
                await asyncio.sleep(0)
        return self.row

    async def play(self) -> None:
        """Play in time for ever; to be run as a task."""
        self._set_anchor()
        while True:
            if not self.running:
                await self._wait(None)
                continue
            position = 0 if self._next >= self.row_count else self._next
            delay = self._anchor + self._recording.offsets[position] / self._settings.speed - monotonic()
            if delay > 0.0:
                await self._wait(delay)
                continue
            await self._play_row()
            await asyncio.sleep(0)

    async def _wait(self, seconds: float | None) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _set_anchor(self) -> None:
        """Fix the moment at which row 0 would have been played so that the next row is due now."""
        position = 0 if self._next >= self.row_count else self._next
        self._anchor = monotonic() - self._recording.offsets[position] / self._settings.speed

    async def _play_row(self) -> None:
        recording = self._recording
        number = 0 if self._next >= self.row_count else self._next
        self._next = number + 1
        time = recording.times[number] if recording.times and self._settings.timestamps == "file" else None
        for name, value in zip(recording.names, recording.rows[number], strict=True):
            await self._send(name, value, GOOD if value is not None else BAD_NO_DATA_AVAILABLE, time)
        if self._next >= self.row_count:
            self.running = self.running and self._settings.loop
            gap = recording.offsets[-1] / max(1, self.row_count - 1)
            self._anchor = monotonic() + gap / self._settings.speed
            await self._send_state(time)
        await self._send("Row", number, GOOD, time)

    async def _send_state(self, time: datetime | None = None) -> None:
        await self._send("Done", self.done, GOOD, time)
        await self._send("Running", self.running, GOOD, time)

    async def _send(self, name: str, value: object, status: int = GOOD, time: datetime | None = None) -> None:
        if self._publish is not None:
            await self._publish(f"{REPLAY_FOLDER}.{name}", value, status, time)


_STATE_TAGS = (
    Tag(REPLAY_FOLDER, "RowCount", TagType.Int64, "Rows of the recording"),
    Tag(
        REPLAY_FOLDER,
        "Done",
        TagType.Boolean,
        "The last row is shown and no other will follow",
        states=("Playing", "Done"),
    ),
    Tag(
        REPLAY_FOLDER,
        "Running",
        TagType.Boolean,
        "Rows are played in time",
        states=("Held", "Running"),
    ),
    Tag(
        REPLAY_FOLDER,
        "Row",
        TagType.Int64,
        "Number of the row shown, from 0; changes last of all tags of a row",
    ),
)
