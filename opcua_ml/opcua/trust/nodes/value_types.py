"""Whether a value is of a DataType, ValueRank and ArrayDimensions: for Write and for the arguments of Call.

Source: OPC UA Part 3, 5.6.2 (Variable attributes), 8 (DataTypes); Part 4, 5.11.4 and 5.12.2; Part 6, 5.1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua import VariantType
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua.server.address_space import AddressSpace

_SIGNED: Final = frozenset({VariantType.SByte, VariantType.Int16, VariantType.Int32, VariantType.Int64})
_UNSIGNED: Final = frozenset({VariantType.Byte, VariantType.UInt16, VariantType.UInt32, VariantType.UInt64})
_NUMBER: Final = _SIGNED | _UNSIGNED | {VariantType.Float, VariantType.Double}
_ANY: Final = frozenset(VariantType)
_ABSTRACT: Final = {24: _ANY, 26: _NUMBER, 27: _SIGNED, 28: _UNSIGNED, 29: frozenset({VariantType.Int32})}
_HAS_SUBTYPE: Final = node_id(ObjectIds.HasSubtype)
_HAS_ENCODING: Final = node_id(ObjectIds.HasEncoding)
_MAX_DEPTH: Final = 64


class ValueTypes:
    """Answers for one address space; types are remembered until the address space says they changed.

    Args:
        aspace: where the DataTypes and their HasSubtype references are.
    """

    def __init__(self, aspace: AddressSpace) -> None:
        self._aspace = aspace
        self._built_in: dict[ua.NodeId, frozenset[VariantType]] = {}

    def forget(self) -> None:
        """DataTypes were added or removed."""
        self._built_in.clear()

    def check(
        self, variant: ua.Variant | None, data_type: ua.NodeId, rank: int, dimensions: Sequence[int] | None
    ) -> int:
        """Hold `variant` against a declaration: Good, BadTypeMismatch or BadOutOfRange."""
        if variant is None or not self._is_of(variant, data_type):
            return StatusCodes.BadTypeMismatch
        found = shape(variant)
        if not _rank_fits(len(found), rank):
            return StatusCodes.BadTypeMismatch
        if dimensions and len(dimensions) == len(found):
            for wanted, length in zip(dimensions, found, strict=True):
                if wanted and length > wanted:
                    return StatusCodes.BadOutOfRange
        return StatusCodes.Good

    def is_subtype(self, data_type: ua.NodeId, of: ua.NodeId) -> bool:
        """Whether `data_type` is `of` or below it."""
        for _ in range(_MAX_DEPTH):
            if data_type == of:
                return True
            above = self._supertype(data_type)
            if above is None:
                return False
            data_type = above
        return False

    def allowed(self, data_type: ua.NodeId) -> frozenset[VariantType]:
        """The built-in types that a value of this DataType may have on the wire."""
        found = self._built_in.get(data_type)
        if found is None:
            found = self._built_in[data_type] = self._resolve(data_type)
        return found

    def built_in(self, data_type: ua.NodeId) -> VariantType | None:
        """The built-in type of a DataType, where it is one."""
        allowed = self.allowed(data_type)
        return next(iter(allowed)) if len(allowed) == 1 else None

    def _is_of(self, variant: ua.Variant, data_type: ua.NodeId) -> bool:
        kind = variant.VariantType
        if kind not in self.allowed(data_type):
            return False
        if kind == VariantType.Null:
            return True
        if kind != VariantType.ExtensionObject or (
            data_type.Identifier in {22, 24} and data_type.NamespaceIndex == 0
        ):
            return True
        return all(self._is_structure(element, data_type) for element in _elements(variant.Value))

    def _is_structure(self, value: Any, data_type: ua.NodeId) -> bool:
        if value is None:
            return False
        if isinstance(value, ua.ExtensionObject):
            own = self._type_of_encoding(value.TypeId)
        else:
            own = ua.datatype_by_extension_object.get(type(value)) or getattr(value, "data_type", None)
        return own is not None and self.is_subtype(own, data_type)

    def _type_of_encoding(self, encoding: ua.NodeId) -> ua.NodeId | None:
        return self._source(encoding, _HAS_ENCODING)

    def _resolve(self, data_type: ua.NodeId) -> frozenset[VariantType]:
        current: ua.NodeId | None = data_type
        for _ in range(_MAX_DEPTH):
            if current is None:
                break
            number = current.Identifier if current.NamespaceIndex == 0 else None
            if isinstance(number, int):
                if number in _ABSTRACT:
                    return _ABSTRACT[number]
                if 0 < number <= 25:
                    return frozenset({VariantType(number)})
            current = self._supertype(current)
        return frozenset()

    def _supertype(self, data_type: ua.NodeId) -> ua.NodeId | None:
        return self._source(data_type, _HAS_SUBTYPE)

    def _source(self, target: ua.NodeId, kind: ua.NodeId) -> ua.NodeId | None:
        """The node that refers to `target` by a reference of this type."""
        node = self._aspace.get(target)
        for reference in node.references if node is not None else ():
            if reference.ReferenceTypeId == kind and not reference.IsForward:
                source: ua.NodeId = reference.NodeId
                return source
        return None


def shape(variant: ua.Variant) -> tuple[int, ...]:
    """Lengths of the value's dimensions; empty for a scalar."""
    if variant.Dimensions:
        return tuple(variant.Dimensions)
    value = variant.Value
    if isinstance(value, list | tuple):
        return (len(value),)
    return (0,) if variant.is_array else ()


def bytes_as_array(variant: ua.Variant) -> ua.Variant:
    """A ByteString as the Byte array that it may stand for (Part 6, 5.1.2), anything else unchanged."""
    if variant.VariantType == VariantType.ByteString and isinstance(variant.Value, bytes):
        return ua.Variant(list(variant.Value), VariantType.Byte, is_array=True)
    return variant


def _rank_fits(found: int, rank: int) -> bool:
    if rank >= 1:
        return found == rank
    return {
        ua.ValueRank.OneOrMoreDimensions: found >= 1,
        ua.ValueRank.Scalar: found == 0,
        ua.ValueRank.Any: True,
        ua.ValueRank.ScalarOrOneDimension: found <= 1,
    }.get(ua.ValueRank(rank) if -3 <= rank <= 0 else ua.ValueRank.Scalar, False)


def _elements(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        return [value]
    flat: list[Any] = []
    for element in value:
        flat += _elements(element)
    return flat
