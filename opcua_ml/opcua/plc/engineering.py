"""Unit and range of tags that have them (OPC UA Part 8, 5.3.2 and 5.6)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.engineering_units import code_of_symbol
from opcua_ml.domain.signature import Range
from opcua_ml.opcua.plc.failure import ServiceFault
from opcua_ml.opcua.plc.node_ids import bare, standard
from opcua_ml.opcua.values import unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.plc.session import PlcSession

_PROPERTIES = ("EngineeringUnits", "EURange")


@dataclass(frozen=True, slots=True)
class Engineering:
    """UNECE code and shown name of the unit, and the usual range of values; None or empty where absent.

    Attributes:
        nodes: of the properties EngineeringUnits and EURange, to look at them again; None where absent.
    """

    unit: str | None = None
    unit_name: str = ""
    range: Range | None = None
    nodes: tuple[ua.NodeId | None, ua.NodeId | None] = (None, None)


UNKNOWN = Engineering()


async def read_engineering(session: PlcSession, nodes: Sequence[ua.NodeId]) -> list[Engineering]:
    """Unit and range of each node; a PLC that can't tell has none."""
    paths = [property_path(node, name) for node in nodes for name in _PROPERTIES]

    async def call(part: Sequence[ua.BrowsePath]) -> Any:
        request = ua.TranslateBrowsePathsToNodeIdsRequest()
        request.Parameters.BrowsePaths = list(part)
        return (await session.request(request, ua.TranslateBrowsePathsToNodeIdsResponse)).Results

    try:
        results = await session.in_parts("TranslateBrowsePaths", paths, session.limits.translate, call)
        targets = [target_of(result) for result in results]
        pairs = list(zip(targets[::2], targets[1::2], strict=True))
        return await read_again(session, [Engineering(nodes=pair) for pair in pairs])
    except ServiceFault:
        return [UNKNOWN] * len(nodes)


async def read_again(session: PlcSession, known: Sequence[Engineering]) -> list[Engineering]:
    """Units and ranges of now, where the properties of these were found; as known where one can't be read.

    Raises:
        ServiceFault: the PLC does not let us read them.
    """
    there = [node for one in known for node in one.nodes if node is not None]
    read = iter(await session.read([(node, AttributeIds.Value) for node in there]))
    values = [[None if node is None else _value(next(read)) for node in one.nodes] for one in known]
    return [_engineering(one, unit, span) for one, (unit, span) in zip(known, values, strict=True)]


def _engineering(known: Engineering, unit: Any, span: Any) -> Engineering:
    code, name, limits = known.unit, known.unit_name, known.range
    if isinstance(unit, ua.EUInformation):
        name = (unit.DisplayName.Text if unit.DisplayName is not None else None) or ""
        code = unit_of(unit) or code_of_symbol(name)
    if isinstance(span, ua.Range) and math.isfinite(span.Low) and math.isfinite(span.High):
        limits = Range(span.Low, span.High) if span.Low < span.High else None
    return replace(known, unit=code, unit_name=name, range=limits)


def property_path(node: ua.NodeId, name: str) -> ua.BrowsePath:
    """From a node to one of its properties."""
    element: Any = ua.RelativePathElement()
    element.ReferenceTypeId = standard(ObjectIds.HasProperty)
    element.IsInverse = False
    element.IncludeSubtypes = True
    element.TargetName = ua.QualifiedName(name, 0)
    path = ua.BrowsePath()
    path.StartingNode = node
    path.RelativePath.Elements = [element]
    return path


def target_of(result: ua.BrowsePathResult) -> ua.NodeId | None:
    """Where a path leads; None where nowhere."""
    if not result.StatusCode.is_good() or not result.Targets:
        return None
    target = result.Targets[0].TargetId
    return bare(target)


def _value(data_value: ua.DataValue) -> Any:
    return None if data_value.Value is None else data_value.Value.Value
