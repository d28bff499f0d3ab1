"""Writing single fields of structures: OPC UA writes a Variable's Value whole (Part 4, 5.11.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.status import Severity, severity
from opcua_ml.opcua.plc.failure import code_name
from opcua_ml.opcua.plc.structure_layout import OtherStructure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.output_tag import OutputTag
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.structure_layout import FieldPath


@dataclass(frozen=True, slots=True)
class WholeWrites:
    """What is sent for a number of tags: all fields of one structure are one write.

    Attributes:
        writes: to send.
        places: per tag: of its write; None where its field can't be put into what the PLC holds.
        problems: per tag: the StatusCode that tells why; Good where it can.
    """

    writes: list[ua.WriteValue] = field(default_factory=list)
    places: list[int | None] = field(default_factory=list)
    problems: list[int] = field(default_factory=list)

    def codes_of_each(self, codes: Sequence[int]) -> list[int]:
        """The StatusCode of each tag, of those of the writes."""
        return [
            problem if place is None else codes[place]
            for place, problem in zip(self.places, self.problems, strict=True)
        ]

    def put(self, place: int | None, problem: int = StatusCodes.Good) -> None:
        """Note the next tag's."""
        self.places.append(place)
        self.problems.append(problem)


async def whole_writes(
    session: PlcSession, requests: Sequence[tuple[OutputTag, ua.WriteValue]]
) -> WholeWrites:
    """The writes of tags, those to fields put into their structures as the PLC holds them now.

    Raises:
        SessionFailed: there is no answer.
    """
    for tag, _ in requests:
        tag.obstacle = ""
    nodes = list(dict.fromkeys(tag.node for tag, _ in requests if tag.field is not None))
    read = await session.read([(node, AttributeIds.Value) for node in nodes])
    held = dict(zip(nodes, read, strict=True))
    whole = WholeWrites()
    started: dict[ua.NodeId, int] = {}
    for tag, request in requests:
        if tag.field is None:
            whole.put(len(whole.writes))
            whole.writes.append(request)
            continue
        code, tag.obstacle, changed = _changed(tag.field, held[tag.node], request)
        if changed is None:
            whole.put(None, code)
            continue
        held[tag.node] = changed.Value
        if tag.node not in started:
            started[tag.node] = len(whole.writes)
            whole.writes.append(changed)
        whole.writes[started[tag.node]] = changed
        whole.put(started[tag.node])
    return whole


def _changed(
    path: FieldPath, held: ua.DataValue, request: ua.WriteValue
) -> tuple[int, str, ua.WriteValue | None]:
    """The structure that was read, to be written with another value of a field; else why it can't be.

    A Bad read is the outcome: the structure would be made up, and turn Good by being written.
    """
    code = 0 if held.StatusCode is None else int(held.StatusCode.value)
    if severity(code) is Severity.BAD:
        # What comes with it is not what the PLC holds.
        return code, f"the structure can't be read ({code_name(code)})", None
    value = None if held.Value is None else held.Value.Value
    if value is None:
        return StatusCodes.BadNoData, "the structure has no value yet", None
    try:
        changed = path.with_value(value, request.Value.Value or ua.Variant())
    except OtherStructure as error:
        return StatusCodes.BadTypeMismatch, str(error), None
    except ValueError as error:
        return StatusCodes.BadDecodingError, str(error), None
    return StatusCodes.Good, "", _write(request.NodeId, changed)


def _write(node: ua.NodeId, value: ua.ExtensionObject) -> ua.WriteValue:
    request: Any = ua.WriteValue()
    request.NodeId = node
    request.AttributeId = AttributeIds.Value
    request.Value = ua.DataValue(ua.Variant(value, ua.VariantType.ExtensionObject), None)
    return request  # type: ignore[no-any-return]
