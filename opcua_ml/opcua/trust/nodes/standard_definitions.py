"""What the standard's own nodes say of themselves, where asyncua leaves an attribute null.

A DataTypeDefinition is made when it is first read, from the class by which asyncua encodes the type, so
that the two can't differ. Optional attributes without a value are not there, which is BadAttributeIdInvalid.

Source: OPC UA Part 3, 5.2.1 (attributes), 5.8.3 (DataType), 8.47 to 8.52 (DataTypeDefinition).
"""

from __future__ import annotations

import dataclasses
import enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.errors import good
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

Definition = ua.StructureDefinition | ua.EnumDefinition

_OTHER_NAMES: Final = {"Variant": ObjectIds.BaseDataType, "ExtensionObject": ObjectIds.Structure}
_NOT_FIELDS: Final = frozenset({"TypeId", "Encoding", "Body"})
_WITH_SUBTYPES: Final = ua.StructureType.StructureWithSubtypedValues
_ABSENT: Final = (AttributeIds.Description, AttributeIds.InverseName)
_ROOTS: Final = (ObjectIds.Structure, ObjectIds.Enumeration, *range(ObjectIds.SByte, ObjectIds.UInt64 + 1))


def complete(aspace: PlantAddressSpace) -> None:
    """Give the standard's types their definitions, and take away optional attributes that are null."""
    nodes = aspace.nodes()
    defined = {kind for root in _ROOTS for kind in _below(nodes, node_id(root))}
    for place, node in nodes.items():
        for attribute in _ABSENT:
            held = node.attributes.get(attribute)
            if held is not None and held.value is not None and not _text(held.value):
                del node.attributes[attribute]
        if AttributeIds.DataTypeDefinition in node.attributes:
            read = _definition_of(nodes, node) if place in defined else None
            if read is None:
                del node.attributes[AttributeIds.DataTypeDefinition]
            else:
                node.attributes[AttributeIds.DataTypeDefinition].value_callback = read
        if AttributeIds.IsAbstract in node.attributes and AttributeIds.Value in node.attributes:
            _without_null(node)


def _without_null(kind: NodeData) -> None:
    """A VariableType without a default value has no Value (Part 3, 5.6.5)."""
    value = kind.attributes[AttributeIds.Value].value
    if value is None or value.Value is None or value.Value.Value is None:
        del kind.attributes[AttributeIds.Value]


def _text(value: ua.DataValue) -> str | None:
    text = value.Value.Value if value.Value is not None else None
    return text.Text if isinstance(text, ua.LocalizedText) else None


def _below(nodes: dict[ua.NodeId, NodeData], root: ua.NodeId) -> Iterator[ua.NodeId]:
    """Subtypes at any depth."""
    if root not in nodes:
        return
    for kind in _targets(nodes[root], ObjectIds.HasSubtype):
        yield kind
        yield from _below(nodes, kind)


def _targets(node: NodeData, kind: int, *, forward: bool = True) -> list[ua.NodeId]:
    return [
        reference.NodeId
        for reference in node.references
        if reference.IsForward == forward and reference.ReferenceTypeId.Identifier == kind
    ]


def _definition_of(
    nodes: dict[ua.NodeId, NodeData], node: NodeData
) -> Callable[[ua.NodeId, AttributeIds], ua.DataValue] | None:
    """Makes the definition at the first read; None where asyncua knows no such type."""
    cls = _classes().get(node.nodeid)
    if cls is None:
        return None
    encodings = [
        place
        for place in _targets(node, ObjectIds.HasEncoding)
        if nodes[place].attributes[AttributeIds.BrowseName].value.Value.Value.Name == "Default Binary"  # type: ignore[union-attr]
    ]
    encoding = encodings[0] if encodings else ua.NodeId()
    base = next(iter(_targets(node, ObjectIds.HasSubtype, forward=False)), ua.NodeId())

    @cache
    def made() -> ua.DataValue:
        definition = _enumeration(cls) if issubclass(cls, enum.Enum) else _structure(cls, base, encoding)
        return data_value(ua.Variant(definition, ua.VariantType.ExtensionObject), good())

    return lambda _node, _attribute: made()


@cache
def _classes() -> dict[ua.NodeId, type]:
    """Of all standard types that asyncua encodes."""
    found: dict[ua.NodeId, type] = {}
    for name, cls in vars(ua).items():
        if not isinstance(cls, type):
            continue
        number = getattr(ObjectIds, name, None)
        if number is not None and (dataclasses.is_dataclass(cls) or issubclass(cls, enum.Enum)):
            found[node_id(number)] = cls
    return found


def _enumeration(cls: type[enum.Enum]) -> ua.EnumDefinition:
    """Values of an enumeration; of an option set the numbers of its bits."""
    bits = issubclass(cls, enum.IntFlag)
    fields = []
    for name, member in cls.__members__.items():
        if bits and (member.value <= 0 or member.value & (member.value - 1)):
            continue
        shown = name.removesuffix("_")
        value = member.value.bit_length() - 1 if bits else member.value
        fields.append(
            ua.EnumField(Value=ua.Int64(value), DisplayName=ua.LocalizedText(shown), Name=ua.String(shown))
        )
    return ua.EnumDefinition(Fields=fields)


def _structure(cls: type, base: ua.NodeId, encoding: ua.NodeId) -> ua.StructureDefinition:
    fields = list(_fields(cls))
    kind = ua.StructureType.Structure
    if any(annotated.subtyped for annotated, _ in fields):
        kind = _WITH_SUBTYPES
    elif any(field.IsOptional for _, field in fields):
        kind = ua.StructureType.StructureWithOptionalFields
    return ua.StructureDefinition(
        DefaultEncodingId=encoding,
        BaseDataType=base,
        StructureType=kind,
        Fields=[field for _, field in fields],
    )


@dataclasses.dataclass(frozen=True)
class _Annotated:
    """An annotation of asyncua's classes, such as `list[type[ua.X]]` or `ua.X | None`."""

    name: str
    array: bool
    subtyped: bool
    optional: bool

    @classmethod
    def read(cls, given: Any) -> _Annotated:
        text = given.__name__ if isinstance(given, type) else str(given).strip("'")
        optional = text.endswith(" | None")
        text = text.removesuffix(" | None")
        array = text.startswith("list[")
        text = text.removeprefix("list[").removesuffix("]") if array else text
        subtyped = text.startswith("type[")
        text = text.removeprefix("type[").removesuffix("]") if subtyped else text
        return cls(text.rpartition(".")[2], array, subtyped, optional)


def _fields(cls: Any) -> Iterator[tuple[_Annotated, ua.StructureField]]:
    for item in dataclasses.fields(cls):
        if item.name in _NOT_FIELDS:
            continue
        annotated = _Annotated.read(item.type)
        number = _OTHER_NAMES.get(annotated.name) or getattr(ObjectIds, annotated.name, None)
        if number is None:
            # A group that asyncua makes of a service's parameters; on the wire its fields stand here.
            yield from _fields(getattr(ua, annotated.name))
            continue
        yield (
            annotated,
            ua.StructureField(
                Name=ua.String(item.name),
                DataType=node_id(number),
                ValueRank=ua.Int32(ua.ValueRank.OneDimension if annotated.array else ua.ValueRank.Scalar),
                ArrayDimensions=[ua.UInt32(0)] if annotated.array else [],
                IsOptional=annotated.optional or annotated.subtyped,
            ),
        )
