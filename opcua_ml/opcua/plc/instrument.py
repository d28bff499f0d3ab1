"""What a PLC tells of its tags for displays: InstrumentRange, ValuePrecision, Definition (Part 8, 5.3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.details import TagDetails
from opcua_ml.domain.signature import Range
from opcua_ml.opcua.plc.engineering import property_path, target_of
from opcua_ml.opcua.plc.failure import ServiceFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.input_tag import InputTag
    from opcua_ml.opcua.plc.session import PlcSession

_PROPERTIES: Final = ("InstrumentRange", "ValuePrecision", "Definition")
_LONGEST: Final = 4096


async def read_details(session: PlcSession, tags: Sequence[InputTag]) -> list[TagDetails]:
    """What the PLC tells of tags that were found, in the units of the inputs that they feed.

    A PLC that can't tell, or tells nonsense, has told nothing: these are words for displays.

    Raises:
        SessionFailed: the session ended meanwhile.
    """
    paths = [property_path(tag.found.node, name) for tag in tags if tag.found for name in _PROPERTIES]

    async def call(part: Sequence[ua.BrowsePath]) -> Any:
        request = ua.TranslateBrowsePathsToNodeIdsRequest()
        request.Parameters.BrowsePaths = list(part)
        return (await session.request(request, ua.TranslateBrowsePathsToNodeIdsResponse)).Results

    values: list[Any] = [None] * len(paths)
    try:
        results = await session.in_parts("TranslateBrowsePaths", paths, session.limits.translate, call)
        nodes = {place: node for place, one in enumerate(results) if (node := target_of(one)) is not None}
        read = await session.read([(node, AttributeIds.Value) for node in nodes.values()])
        for place, one in zip(nodes, read, strict=True):
            values[place] = None if one.Value is None else one.Value.Value
    except ServiceFault:
        pass  # unit and range were read before, with the tag itself
    rows = iter([values[start : start + 3] for start in range(0, len(values), 3)])
    return [_details(tag, *next(rows)) for tag in tags if tag.found]


def _details(tag: InputTag, instrument: Any, precision: Any, definition: Any) -> TagDetails:
    found, conversion = tag.found, tag.conversion
    if found is None or found.field is not None or found.index:
        return TagDetails()  # what the tag as a whole has says nothing of its parts
    described = found.description
    as_told = conversion.is_identity
    return TagDetails(
        unit=described.unit if as_told else None,
        range=None if described.range is None else conversion.range(described.range),
        instrument_range=_span(instrument, conversion.range),
        value_precision=float(precision) if as_told and _is_number(precision) else None,
        definition=definition[:_LONGEST] if isinstance(definition, str) else "",
    )


def _span(told: Any, converted: Any) -> Range | None:
    if not isinstance(told, ua.Range) or not (math.isfinite(told.Low) and math.isfinite(told.High)):
        return None
    span: Range = converted(Range(told.Low, told.High))
    return span if span.low < span.high else None


def _is_number(told: Any) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool) and -15 <= told <= 15
