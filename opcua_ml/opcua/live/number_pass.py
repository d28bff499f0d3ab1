"""Changed numbers of one type, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from opcua_ml.opcua.hot.change_rows import ENDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NO_TIMES: Final = np.empty(0)
"""Of changes of which nobody has to know when they came."""


class Pass(NamedTuple):
    """Changes that are settled together, in the order in which they came.

    Attributes:
        places: rows of the table, int64.
        values: the numbers.
        endings: StatusCodes and timestamps as filetimes, see `ENDING_BYTES`.
        at: when they came, in seconds by the clock of the tables; empty without one.
        distinct: whether no place comes twice.
        good: whether it is known that all StatusCodes are Good.
    """

    places: NDArray[Any]
    values: NDArray[Any]
    endings: NDArray[Any]
    at: NDArray[Any]
    distinct: bool
    good: bool = False

    @property
    def status(self) -> NDArray[Any]:
        """StatusCodes, uint32."""
        found: NDArray[Any] = self.endings.view(ENDING)["status"]
        return found

    @property
    def source(self) -> NDArray[Any]:
        """Source timestamps as filetimes, int64."""
        found: NDArray[Any] = self.endings.view(ENDING)["source"]
        return found

    def only(self, which: NDArray[Any]) -> Pass:
        """Some of the changes, or all in another order."""
        at = self.at[which] if len(self.at) else self.at
        return Pass(self.places[which], self.values[which], self.endings[which], at, self.distinct, self.good)


def joined(passes: Sequence[Pass]) -> Pass:
    """Several passes, the oldest first, as one."""
    if len(passes) == 1:
        return passes[0]
    places = np.concatenate([one.places for one in passes])
    at = np.concatenate([one.at for one in passes])
    return Pass(
        places,
        np.concatenate([one.values for one in passes]),
        np.concatenate([one.endings for one in passes]),
        # The first ones may have come before there was a clock.
        at if len(at) == len(places) else np.append(np.zeros(len(places) - len(at)), at),
        distinct=False,
        good=all(one.good for one in passes),
    )
