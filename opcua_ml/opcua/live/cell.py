"""The Value attribute of one of the server's own variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.server.address_space import AttributeValue

from opcua_ml.opcua.hot import encode_numbers, to_datetime
from opcua_ml.opcua.hot.data_value import WHOLE, read_data_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from opcua_ml.opcua.live.number_table import NumberTable, NumberTables

_NOTHING = ua.DataValue()
_TIMESTAMPS: Final = 16
"""Bytes of both timestamps, with which a number's DataValue ends."""
FEW: Final = 8
"""Watchers of one attribute of whom it costs too little to tell them to look at how else it could be done."""


class ValueCell(AttributeValue):
    """An AttributeValue that makes the object of its value only when somebody wants it.

    Args:
        value: the first one.

    Attributes:
        data: a number's DataValue with both timestamps, encoded, or what makes the DataValue, always the same
            one; None where it came as an object.
        decoded: the DataValue as an object; None where nobody asked since it came otherwise.
        table: which has the value in place of `data`; None while it is told to its watchers at once.
        place: in the table; -1 without one.
        tables: of its server; None until somebody watches.
    """

    __slots__ = ("_seen_at", "data", "decoded", "place", "table", "tables")

    data: bytes | Callable[[], ua.DataValue] | None
    decoded: ua.DataValue | None

    def __init__(self, value: ua.DataValue) -> None:
        self.data = None
        self.table: NumberTable | None = None
        self.tables: NumberTables | None = None
        self.place = -1
        self._seen_at = 0
        super().__init__(value)

    @classmethod
    def in_place_of(cls, held: AttributeValue) -> Self:
        """A cell that has all that `held` has."""
        cell = cls(held.value if held.value is not None else ua.DataValue())
        cell.value_callback, cell.value_setter = held.value_callback, held.value_setter
        cell.datachange_callbacks = held.datachange_callbacks
        return cell

    @classmethod
    def made_by(cls, make: Callable[[], ua.DataValue]) -> Self:
        """A cell whose first value is made when somebody asks for it."""
        cell = cls(_NOTHING)
        cell.data, cell.decoded = make, None
        return cell

    @property
    def value(self) -> ua.DataValue:
        """As a Read answers it; the same object until the value changes."""
        table = self.table
        if table is not None:
            changed = table.changed_at(self.place)
            if changed != self._seen_at:
                self._seen_at, self.decoded = changed, None
        # To settle what is noted may have taken the value out of its table.
        found, table = self.decoded, self.table
        if found is None:
            made = _decoded(self.data) if table is None else _data_value(table.kind, *table.held(self.place))
            found = self.decoded = made
        return found

    @value.setter
    def value(self, value: ua.DataValue) -> None:
        self.put(None)
        self.decoded = value

    def put(self, data: bytes | Callable[[], ua.DataValue] | None) -> None:
        """Another value, which its watchers are told of at once."""
        if self.table is not None:
            self.leave()
        self.data, self.decoded = data, None

    # In a table

    def nominate(self) -> None:
        """Ask for a place in a table: whoever watches would take its numbers from one."""
        data = self.data
        if self.tables is not None and isinstance(data, bytes) and self.holds_number(data[1]):
            self.tables.table(data[1]).nominate(self)

    def holds_number(self, kind: int) -> bool:
        """Whether it has a number of this type with both timestamps, as `change_together` has put it."""
        data = self.data
        return self.table is None and isinstance(data, bytes) and data[0] == WHOLE and data[1] == kind

    def number(self) -> tuple[Any, int, int, int]:
        """Number, StatusCode, source and server time; asked only while it holds one."""
        data = self.data if isinstance(self.data, bytes) else b""
        _, content, status, source, server, _ = read_data_value(data, 0)
        return content, status or 0, source or 0, server or 0

    def join(self, table: NumberTable, place: int) -> None:
        """From now on the table has the value."""
        self.table, self.place = table, place
        self._seen_at, self.data, self.decoded = 0, None, None

    def leave(self) -> None:
        """Have the value itself again; the watchers are told of the next one at once."""
        table, place = self.table, self.place
        if table is None:
            return
        table.tables.settle()
        if self.table is None:
            return  # one of the watchers had to be told otherwise
        content, status, source, server = table.held(place)
        self.data = encode_numbers(table.kind, (content,), status, source, server)[1][0]
        if table.changed_at(place) != self._seen_at:
            self.decoded = None
        self.table, self.place = None, -1
        watchers: list[Any] = list(self.datachange_callbacks.values())
        for watcher in watchers:
            watcher.left()
        table.leave(place)

    def watched(self, tables: NumberTables) -> None:
        """Somebody else will watch it, who has to be told at once first."""
        self.tables = tables
        if self.table is not None:
            self.leave()

    def repeats(self, data: bytes) -> bool:
        """Whether these are the present value's bytes but for the timestamps, where many would be told."""
        return (
            len(self.datachange_callbacks) > FEW
            and isinstance(self.data, bytes)
            and self.data[:-_TIMESTAMPS] == data[:-_TIMESTAMPS]
        )


def _decoded(data: bytes | Callable[[], ua.DataValue] | None) -> ua.DataValue:
    if data is None:
        return ua.DataValue()
    if not isinstance(data, bytes):
        return data()
    encoding, content, status, source, server, _ = read_data_value(data, 0)
    return _data_value(encoding, content, status, source, server)


def _data_value(
    kind: int, content: Any, status: int | None, source: int | None, server: int | None
) -> ua.DataValue:
    return ua.DataValue(
        ua.Variant(content, ua.VariantType(kind)),
        ua.StatusCode(ua.UInt32(status or 0)),
        _moment(source),
        _moment(server),
    )


def _moment(filetime: int | None) -> ua.DateTime | None:
    return None if filetime is None else to_datetime(filetime)  # type: ignore[return-value]  # any datetime will do
