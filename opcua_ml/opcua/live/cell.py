"""The Value attribute of one of the server's own variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.server.address_space import AttributeValue

from opcua_ml.opcua.hot import to_datetime
from opcua_ml.opcua.hot.data_value import read_data_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self


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
    """

    __slots__ = ("data", "decoded")

    data: bytes | Callable[[], ua.DataValue] | None
    decoded: ua.DataValue | None

    def __init__(self, value: ua.DataValue) -> None:
        self.data = None
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
        found = self.decoded
        if found is None:
            found = self.decoded = _decoded(self.data)
        return found

    @value.setter
    def value(self, value: ua.DataValue) -> None:
        self.data, self.decoded = None, value

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
    return ua.DataValue(
        ua.Variant(content, ua.VariantType(encoding)),
        ua.StatusCode(ua.UInt32(status or 0)),
        _moment(source),
        _moment(server),
    )


def _moment(filetime: int | None) -> ua.DateTime | None:
    return None if filetime is None else to_datetime(filetime)  # type: ignore[return-value]  # any datetime will do
