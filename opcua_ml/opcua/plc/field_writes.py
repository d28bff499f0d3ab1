"""Writing single fields of structures: OPC UA writes a Variable's Value whole (Part 4, 5.11.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.plc.session import value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.output_tag import OutputTag
    from opcua_ml.opcua.plc.session import PlcSession


@dataclass(frozen=True, slots=True)
class WholeWrites:
    """What is sent for a number of tags: all fields of one structure are one write.

    Attributes:
        writes: to send.
        places: per tag: of its write; None where its field can't be put into what the PLC holds.
    """

    writes: list[ua.WriteValue]
    places: list[int | None]

    def codes_of_each(self, codes: Sequence[int]) -> list[int]:
        """The StatusCode of each tag, of those of the writes."""
        return [StatusCodes.BadDecodingError if place is None else codes[place] for place in self.places]


async def whole_writes(
    session: PlcSession, requests: Sequence[tuple[OutputTag, ua.WriteValue]]
) -> WholeWrites:
    """The writes of tags, those to fields put into their structures as the PLC holds them now.

    Raises:
        SessionFailed: there is no answer.
    """
    nodes = list(dict.fromkeys(tag.node for tag, _ in requests if tag.field is not None))
    read = await session.read([(node, AttributeIds.Value) for node in nodes])
    held = {node: value_of(one) for node, one in zip(nodes, read, strict=True)}
    whole = WholeWrites([], [])
    started: dict[ua.NodeId, int] = {}
    for tag, request in requests:
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
