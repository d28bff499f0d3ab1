"""MonitoredItemNotifications of many numbers at once (OPC UA Part 4, 7.25.2; Part 6, 5.2.2.17).

Each is as long as any other of its type and timestamps, so that all of them are rows of one table.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .data_value import SERVER, SOURCE, STATUS, VALUE
from .variant_reader import NUMBERS_AND_BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ENDING: Final = np.dtype([("status", "<u4"), ("source", "<i8"), ("server", "<i8")])
"""StatusCode and both timestamps, as filetimes, with which a notification ends that has all of them."""
ENDING_BYTES: Final = np.dtype(f"V{ENDING.itemsize}")
"""The same where it is only moved: arrays of plain bytes are moved eight times as fast."""
OVERFLOW: Final = 0x0480
"""InfoType DataValue and the Overflow bit (Part 4, 7.39.1)."""
_STAMPS: Final = {0: SOURCE, 1: SERVER, 2: SOURCE | SERVER, 3: 0}
"""Which timestamps each TimestampsToReturn asks for."""


class ChangeRows:
    """Writes notifications of numbers of one type with the same timestamps.

    Args:
        kind: VariantType of fixed length.
        timestamps: ua.TimestampsToReturn.

    Attributes:
        size: bytes of one notification.
        head: type of what is before the number: client handle, encoding mask, VariantType.
    """

    def __init__(self, kind: int, timestamps: int) -> None:
        self._mask = VALUE | STATUS | _STAMPS[timestamps]
        self._kind = kind
        stamps = [("source", "<i8")] if self._mask & SOURCE else []
        stamps += [("server", "<i8")] if self._mask & SERVER else []
        self._ending = np.dtype([("status", "<u4"), *stamps])
        number = "<" + NUMBERS_AND_BOOLEAN[kind]
        self._whole = self._ending == ENDING
        ending = ENDING_BYTES if self._whole else self._ending
        self._rows = np.dtype([("head", "V6"), ("number", number), ("ending", ending)])
        self.size = self._rows.itemsize
        self.head = self._rows["head"]

    def heads(self, handles: Sequence[int]) -> NDArray[Any]:
        """Return what is before the numbers of these client handles."""
        made = np.empty(len(handles), np.dtype([("handle", "<u4"), ("mask", "u1"), ("kind", "u1")]))
        made["handle"], made["mask"], made["kind"] = handles, self._mask, self._kind
        return made.view(self.head)

    def encode(
        self,
        heads: NDArray[Any],
        numbers: NDArray[Any],
        endings: NDArray[Any],
    ) -> NDArray[Any]:
        """Return the notifications as they are sent; `endings` are `ENDING_BYTES`."""
        rows = np.empty(len(heads), self._rows)
        rows["head"], rows["number"] = heads, numbers
        if self._whole:
            rows["ending"] = endings
        else:
            for name in self._ending.names or ():
                rows["ending"][name] = endings.view(ENDING)[name]
        return rows

    def mark(self, rows: NDArray[Any], lost: NDArray[Any]) -> None:
        """Say in some of the notifications that others were lost beside them."""
        endings = rows["ending"]
        (endings.view(ENDING) if self._whole else endings)["status"][lost] |= OVERFLOW


@lru_cache
def change_rows(kind: int, timestamps: int) -> ChangeRows:
    """Return who writes them, one for all who ask."""
    return ChangeRows(kind, timestamps)
