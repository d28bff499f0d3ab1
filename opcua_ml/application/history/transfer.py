"""From one store into another one, whole and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opcua_ml.domain.errors import HistoryFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.history.record import Record
    from opcua_ml.application.history.store import HistoryReader, HistoryWriter

_AT_ONCE: Final = 5_000


def transfer(
    source: HistoryReader, target: HistoryWriter, written: HistoryReader
) -> Iterator[tuple[int, Record]]:
    """Copy what the target lacks, under the same numbers; so an interrupted copy goes on where it was.

    Args:
        source: whose records are copied.
        target: open for nobody else.
        written: reads the target.

    Yields:
        how many were copied so far, and the last one of them, after each batch.

    Raises:
        HistoryFailed: a store can't be read or written, or the target holds what the source does not.
    """
    newest = target.open()
    if newest:
        _see_that_it_goes_on(source, written, newest)
    count = 0
    while records := source.records(newest, most=_AT_ONCE):
        begin = 0
        for place in range(1, len(records) + 1):
            if place == len(records) or records[place][0] != records[place - 1][0] + 1:
                target.append(records[begin][0], [record for _, record in records[begin:place]])
                begin = place
        newest = records[-1][0]
        count += len(records)
        yield count, records[-1][1]


def _see_that_it_goes_on(source: HistoryReader, written: HistoryReader, newest: int) -> None:
    """The newest record of the target has to be that of the source with the same number."""
    last, theirs = written.records(newest - 1, most=1), source.records(newest - 1, most=1)
    if not last or not theirs or last[0][0] != theirs[0][0] or last[0][1].server != theirs[0][1].server:
        raise HistoryFailed(
            "the history that is written to holds records of its own",
            found=f"{newest} records",
            wanted="an empty one, or one to which this history was copied in part",
        )
