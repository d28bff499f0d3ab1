"""Who is told of changed numbers without an object per value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from opcua_ml.opcua.live.number_table import NumberColumn, NumberTable

_INFO_BITS: Final = 0xFFFF_0000


class NumberBatch(NamedTuple):
    """What numbers that changed together have in common.

    `mark` tells type and StatusCode, see `mark_of`; `source` is the source timestamp as filetime.
    """

    mark: int
    source: int


class NumberWatcher:
    """A watcher of an attribute that may take a number and its bytes in place of a DataValue.

    Anybody else calls it as asyncua calls watchers, with a handle and a DataValue.

    Attributes:
        indifferent: whether it need not be told of the value that it was told of last, with other timestamps.
    """

    __slots__ = ()

    indifferent: bool

    def number(self, content: Any, data: bytes, batch: NumberBatch) -> bool:  # noqa: ARG002 - for subclasses
        """Take a changed number; False to be called with its DataValue instead, as one that takes none is.

        `data` is the encoded DataValue with both timestamps.
        """
        return False

    @property
    def steady(self) -> bool:
        """Whether its next numbers may come by a column of a table."""
        return False

    def column(self, table: NumberTable) -> NumberColumn | None:
        """The column that takes its numbers, if one can; asked only while it is steady."""
        raise NotImplementedError

    def left(self) -> None:
        """The value that it watches has left its table: what the column knows is the watcher's again."""


def mark_of(kind: int, status: int) -> int:
    """A number that differs where the VariantType or the StatusCode, its info bits aside, differs."""
    return kind << 32 | status & _INFO_BITS
