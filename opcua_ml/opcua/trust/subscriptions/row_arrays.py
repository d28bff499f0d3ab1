"""Arrays with one element for each row of a column, which grow together."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

FIRST_ROWS: Final = 16


class RowArrays:
    """What is known of each row.

    Attributes:
        ARRAYS: the names of its arrays, all of which have as many elements.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ()

    def grow(self) -> None:
        """Have room for twice as many rows."""
        for name in self.ARRAYS:
            held = getattr(self, name)
            setattr(self, name, np.concatenate((held, np.zeros_like(held))))
