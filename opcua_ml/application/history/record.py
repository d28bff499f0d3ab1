"""What is recorded: rows of values that belong together, and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import DataType


class Column(NamedTuple):
    """One variable whose history is kept.

    Attributes:
        path: of its node, which never changes.
        data_type: of its values.
        is_array: whether they are arrays.
    """

    path: str
    data_type: DataType
    is_array: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Variables whose values are recorded together: those of one model in one version, or a single one."""

    columns: tuple[Column, ...]


class ValueRecord(NamedTuple):
    """Values that were so at the same time.

    Attributes:
        layout: of which variables.
        source: SourceTimestamp, as filetime.
        server: ServerTimestamp, as filetime.
        values: one for each column; None where there is none.
        statuses: StatusCodes, one for each column.
    """

    layout: Layout
    source: int
    server: int
    values: tuple[Value | None, ...]
    statuses: tuple[int, ...]


class EventRecord(NamedTuple):
    """An event that was raised.

    Attributes:
        time: its Time, as filetime.
        server: when it was raised, as filetime.
        notifiers: who tells of it: identifiers of nodes, as the trail of events writes them.
        content: its fields, as the trail of events writes them.
    """

    time: int
    server: int
    notifiers: tuple[str, ...]
    content: str


Record = ValueRecord | EventRecord


class StoredValue(NamedTuple):
    """A value as a store tells it.

    Attributes:
        source: SourceTimestamp, as filetime.
        number: counts what was stored; among values of one time it tells their order.
        server: ServerTimestamp, as filetime.
        status: StatusCode.
        value: None where there is none.
        data_type: of it.
    """

    source: int
    number: int
    server: int
    status: int
    value: Value | None
    data_type: DataType


class StoredEvent(NamedTuple):
    """An event as a store tells it."""

    time: int
    number: int
    content: str


class SeenEvents(NamedTuple):
    """Events that were looked at.

    Attributes:
        found: those that were asked for.
        behind: time and number of the last one that was looked at; None where there are no more.
    """

    found: list[StoredEvent]
    behind: tuple[int, int] | None


class Extent(NamedTuple):
    """What there is in a store: the first ServerTimestamp as filetime, 0 for none, and bytes."""

    begin: int
    size: int
