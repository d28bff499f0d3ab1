"""What an executor gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row


class Computation(NamedTuple):
    """One call of a model.

    Attributes:
        rows: outputs per row.
        seconds: in the model alone, without the wait for the worker and the way there and back.
        processor: seconds that the thread which computed had the processor for: what else the machine did is
            not among them, and neither is what threads of the model's own did; 0 where it is not known.
    """

    rows: list[Row]
    seconds: float
    processor: float = 0.0
