"""Single elements of an array: which one it is, and whether a PLC really writes it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.inspection import Found
    from opcua_ml.opcua.plc.session import PlcSession


async def ignores_index_range(session: PlcSession, found: Found) -> bool:
    """Whether the PLC, asked to read one element, sends more or nothing.

    A server that ignores the index range of a Read ignores that of a Write, too, and would put the one
    element in the place of the whole array: found out by reading, as trying to write would destroy it.
    """
    item: Any = ua.ReadValueId()
    item.NodeId = found.node
    item.AttributeId = AttributeIds.Value
    item.IndexRange = ",".join(map(str, found.index))
    request = ua.ReadRequest()
    request.Parameters.NodesToRead = [item]
    (answer,) = (await session.request(request, ua.ReadResponse)).Results
    value = None if answer.Value is None else answer.Value.Value
    return not isinstance(value, list) or _count(value) != 1


def element_of(value: Any, index: Sequence[int]) -> Any:
    """The element of an array at this place; None where there is none."""
    for place in index:
        if not isinstance(value, list) or place >= len(value):
            return None
        value = value[place]
    return value


def _count(value: Any) -> int:
    return sum(map(_count, value)) if isinstance(value, list) else 1
