"""Rows whose quality changed, though their SourceTimestamp did not: recorded behind what was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opcua_ml.application.history.record import ValueRecord

if TYPE_CHECKING:
    from opcua_ml.application.history.record import Layout, Record


@dataclass(slots=True)
class _Last:
    """What was recorded last of a layout.

    Attributes:
        statuses: of the last row.
        came: its SourceTimestamp as it came.
        since: where the last change of quality was moved, the time of what it was moved behind; else `until`.
        until: the time behind which a row of better quality has to stand.
        is_good: whether all of the last row were Good.
    """

    statuses: tuple[int, ...]
    came: int
    since: int
    until: int
    is_good: bool


class Recoveries:
    """Sees that history tells changes of quality in their order.

    A tag that stands still has the same SourceTimestamp before an outage and behind it, while what is Bad has
    the server's time. Recorded as it came, the return to Good would stand in front of what is Bad, and the
    history would end Bad for ever. A SourceTimestamp should tell the last change of the value or of the
    StatusCode (OPC UA Part 4, 7.11.3): for the StatusCode that is now.

    Only the row in which the quality changes is moved; all others stay where they are, so a plant that is
    played again with the times of long ago keeps them.
    """

    def __init__(self) -> None:
        self._last: dict[Layout, _Last] = {}

    def held(self, record: Record) -> Record:
        """The same, or at the ServerTimestamp, or right behind what was before where that is later.

        A row of better quality is moved where it would stand in front of the worse one. A row of worse
        quality is moved where it would stand between those two, or has the SourceTimestamp of the row before.
        """
        if not isinstance(record, ValueRecord):
            return record
        last = self._last.get(record.layout)
        if last is None:
            self._last[record.layout] = _Last(
                record.statuses, record.source, record.source, record.source, _is_good(record.statuses)
            )
            return record
        if record.statuses != last.statuses:
            return _changed(last, record)
        last.came = record.source
        if not last.is_good and last.until < record.source:
            last.until = record.source
        return record


def _changed(last: _Last, record: ValueRecord) -> ValueRecord:
    pairs = [(new >> 30, old >> 30) for new, old in zip(record.statuses, last.statuses, strict=True)]
    better, worse = any(new < old for new, old in pairs), any(new > old for new, old in pairs)
    came = record.source
    moved = came < last.until and (better or (worse and _follows(last, came)))
    since = last.until
    if moved:
        record = record._replace(source=max(record.server, last.until + 1))
    last.statuses, last.came, last.is_good = record.statuses, came, _is_good(record.statuses)
    if better or worse:
        last.until = record.source
        last.since = since if moved else record.source
    elif not last.is_good:
        last.until = max(last.until, record.source)
    return record


def _follows(last: _Last, came: int) -> bool:
    """Whether a row of worse quality is one of now, and not of long ago, though it lies before `until`."""
    return last.since < last.until and (came == last.came or came > last.since)


def _is_good(statuses: tuple[int, ...]) -> bool:
    return not any(code >> 30 for code in statuses)
