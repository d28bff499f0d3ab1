"""Numbers that change together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua import ua

    from opcua_ml.opcua.live.cell import ValueCell


class Numbers(NamedTuple):
    """Numbers or Booleans of one type, with one status and the same timestamps.

    Args:
        cells: that change.
        kind: the VariantType, one of fixed length.
        contents: the numbers, in the order of the cells; each must fit its type.
        status: StatusCode, not Bad.
        source, server: timestamps as filetimes.
    """

    cells: Sequence[ValueCell]
    kind: ua.VariantType
    contents: Sequence[Any]
    status: int
    source: int
    server: int
