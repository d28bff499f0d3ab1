"""Writing single fields of structures: OPC UA writes a Variable's Value whole (Part 4, 5.11.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.output_tag import OutputTag
    from opcua_ml.opcua.plc.session import PlcSession

_EMPTY, _OTHER = StatusCodes.BadNoData, StatusCodes.BadDecodingError


@dataclass(frozen=True, slots=True)
class WholeWrites:
    """What is sent for a number of tags: all fields of one structure are one write.

    Attributes:
        writes: to send.
        places: per tag: of its write; None where its field can't be put into what the PLC holds.
        empty: whether that is nothing at all, per tag.
    """

    writes: list[ua.WriteValue] = field(default_factory=list)
    places: list[int | None] = field(default_factory=list)
    empty: list[bool] = field(default_factory=list)

    def codes_of_each(self, codes: Sequence[int]) -> list[int]:
        """The StatusCode of each tag, of those of the writes."""
        return [
            codes[place] if place is not None else _EMPTY if empty else _OTHER
            for place, empty in zip(self.places, self.empty, strict=True)
        ]


async def whole_writes(
    session: PlcSession, requests: Sequence[tuple[OutputTag, ua.WriteValue]]
) -> WholeWrites:
    """The writes of tags, those to fields put into their structures as the PLC holds them now.

    Raises:
        SessionFailed: there is no answer.
    """
    nodes = list(dict.fromkeys(tag.node for tag, _ in requests if tag.field is not None))
    read = await session.read([(node, AttributeIds.Value) for node in nodes])
    held: dict[ua.NodeId, Any] = {
        node: None if one.Value is None else one.Value.Value for node, one in zip(nodes, read, strict=True)
    }
    whole = WholeWrites()
    started: dict[ua.NodeId, int] = {}
    for tag, request in requests:
        whole.empty.append(held.get(tag.node) is None)
        if tag.field is None:
            whole.places.append(len(whole.writes))
            whole.writes.append(request)
            continue
        try:
            held[tag.node] = tag.field.with_value(held[tag.node], request.Value.Value or ua.Variant())
        except ValueError:
            whole.places.append(None)
            continue
        if tag.node not in started:
            started[tag.node] = len(whole.writes)
            whole.writes.append(request)
        whole.writes[started[tag.node]] = _write(tag.node, held[tag.node])
        whole.places.append(started[tag.node])
    return whole


def _write(node: ua.NodeId, value: ua.ExtensionObject) -> ua.WriteValue:
    request: Any = ua.WriteValue()
    request.NodeId = node
    request.AttributeId = AttributeIds.Value
    request.Value = ua.DataValue(ua.Variant(value, ua.VariantType.ExtensionObject), None)
    return request  # type: ignore[no-any-return]
