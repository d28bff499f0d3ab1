"""What tags hold after a write: whether a PLC took what it never answered, or keeps what it did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from asyncua.ua.attribute_ids import AttributeIds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua import ua

    from opcua_ml.opcua.plc.output_tag import OutputTag
    from opcua_ml.opcua.plc.session import PlcSession


async def read_back(
    session: PlcSession, requests: Sequence[tuple[OutputTag, ua.WriteValue]]
) -> list[tuple[bool, object]]:
    """Per write: whether its tag holds that now, and what it holds.

    Args:
        session: open.
        requests: tags, whose nodes may have other numbers since the write, and the writes.

    Raises:
        SessionFailed: there is no answer.
    """
    values = await session.read([(tag.node, AttributeIds.Value) for tag, _ in requests])
    found = []
    for (tag, one), value in zip(requests, values, strict=True):
        held = tag.part_of(None if value.Value is None else value.Value.Value)
        wanted = None if one.Value.Value is None else one.Value.Value.Value
        if tag.is_element and isinstance(wanted, list):
            (wanted,) = wanted
        found.append((_same(held, wanted), held))
    return found


def _same(held: Any, wanted: Any) -> bool:
    if isinstance(held, list) and isinstance(wanted, list):
        return len(held) == len(wanted) and all(map(_same, held, wanted))
    if isinstance(held, float) and isinstance(wanted, float):
        # A Float was rounded on its way; two NaN are the same.
        both_missing = math.isnan(held) and math.isnan(wanted)
        return both_missing or math.isclose(held, wanted, rel_tol=1e-6, abs_tol=1e-30)
    return bool(held == wanted)
