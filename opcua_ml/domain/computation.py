"""What an executor gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row


class Computation(NamedTuple):
    """One call of a model.

    Attributes:
        rows: outputs per row.
        seconds: in the model alone, without the wait for the worker.
    """

    rows: list[Row]
    seconds: float
