"""What the recording and reading of history needs of a store, whose calls block: threads make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.application.history.record import Extent, Record, SeenEvents, StoredValue

FIRST_TIME = 0
LAST_TIME = (1 << 63) - 1
Cursor = tuple[int, int]
"""Time and number of the last value or event that was read."""


class HistoryWriter(Protocol):
    """Takes records; used from one thread."""

    @property
    def note(self) -> str:
        """What operators should know of the store, though it works; empty for nothing."""

    def open(self) -> int:
        """Make the store ready; the number of the newest record in it, 0 for none.

        Raises:
            HistoryFailed: it can't be.
        """

    def append(self, first: int, records: Sequence[Record]) -> None:
        """Store all or none of them, under numbers from `first` on; when this returns, they last.

        Raises:
            HistoryFailed: they can't be stored, or nobody knows: `open` tells then.
        """

    def prune(self, oldest: int) -> bool:
        """Remove some of what came before that filetime, or is too much; whether there may be more to remove.

        Raises:
            HistoryFailed: nothing can be removed.
        """

    def extent(self) -> Extent:
        """What there is.

        Raises:
            HistoryFailed: it can't be read.
        """

    def close(self) -> None:
        """Let go of it; a second call does nothing."""


class ValueReader(Protocol):
    """Tells which values were stored; used from one thread, not that of the writer."""

    def values(
        self,
        path: str,
        low: int,
        high: int,
        *,
        most: int,
        newest_first: bool = False,
        after: Cursor | None = None,
    ) -> list[StoredValue]:
        """Values of one variable, by time and number.

        Args:
            path: of its node.
            low: SourceTimestamp from which on, as filetime.
            high: up to which, excluded.
            most: how many.
            newest_first: whether they come from the newest to the oldest.
            after: where the values before ended, in that direction.

        Raises:
            HistoryFailed: they can't be read.
        """


class HistoryReader(ValueReader, Protocol):
    """Tells what was stored; used from one thread, not that of the writer."""

    def events(
        self,
        notifier: str,
        low: int,
        high: int,
        *,
        most: int,
        newest_first: bool = False,
        after: Cursor | None = None,
    ) -> SeenEvents:
        """Events that one node tells of, by time and number; otherwise as `values`.

        Args:
            notifier: the node.
            low: Time from which on, as filetime.
            high: up to which, excluded.
            most: how many are looked at, whoever tells of them: one call takes no longer in a long history.
            newest_first: whether they come from the newest to the oldest.
            after: where those before ended, in that direction.

        Raises:
            HistoryFailed: they can't be read.
        """

    def records(self, after: int, *, most: int) -> list[tuple[int, Record]]:
        """What was stored behind a number, in the order of numbers, each with its own.

        Raises:
            HistoryFailed: they can't be read.
        """

    def paths(self) -> list[str]:
        """Of all variables that there are values of.

        Raises:
            HistoryFailed: they can't be read.
        """

    def close(self) -> None:
        """Let go of the store; a second call does nothing."""


class Trail(Protocol):
    """Makes records of what happened; used from the thread that writes."""

    def record(self, happened: object, moment: datetime) -> Record:
        """What is stored of it.

        Args:
            happened: what was handed over, such as a prediction.
            moment: when; wall clock.
        """

    @property
    def weight(self) -> int:
        """How many values, or events, a record holds."""
