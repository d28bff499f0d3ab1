"""Values of several layouts in one order."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml.application.history.record import StoredValue


def merged(found: list[list[StoredValue]], most: int, *, newest_first: bool) -> list[StoredValue]:
    """By time and number.

    Args:
        found: of each layout in that order.
        most: how many.
        newest_first: whether they come from the newest to the oldest.
    """
    if len(found) == 1:
        return found[0]
    return list(islice(heapq.merge(*found, key=lambda value: value[:2], reverse=newest_first), most))
